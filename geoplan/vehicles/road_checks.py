"""Limits of the road: size, posted weights, bearing class, grade and bridges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.network.structures import limit_rows
from geoplan.vehicles.axle_tables import worst_need
from geoplan.vehicles.bridges import bridge_ratio, continuous_ratio, read_spans
from geoplan.vehicles.check import Check, Terms, above_any, below_any, permit_if, pick
from geoplan.vehicles.posted import AXLE_GROUPS, CLOSED_WORDS, LORRY_T, access_words, group_need
from geoplan.vehicles.rules import Rules
from geoplan.vehicles.vehicle import Vehicle


def road_checks(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    """All limits of a road vehicle on the edges `own`, (n_edges,)."""
    rules, rows = terms.rules, limit_rows(network)
    yield Check(
        "max_height_m", "m", *pick(rows["max_height_m"], own),
        need=vehicle.height_m + terms.clearance_m,
        rule_ok=below_any(rules.number("road_clearance")),
        rule_source=rules.source("road_clearance"),
    )  # fmt: skip
    width, longest = rules.number("road_width"), length_rule(vehicle)
    yield Check(
        "max_width_m", "m", *pick(rows["max_width_m"], own),
        need=vehicle.width_m,
        rule_ok=below_any(width),
        rule_permit=permit_if(width, "road_size"),
        legal_top=above_any(width),
        legal_permit="road_size",
        rule_source=rules.source("road_width"),
    )  # fmt: skip
    length = rules.number(longest)
    yield Check(
        "max_length_m", "m", *pick(rows["max_length_m"], own),
        need=vehicle.length_m,
        rule_ok=below_any(length),
        rule_permit=permit_if(length, "road_size"),
        legal_top=above_any(length),
        legal_permit="road_size",
        rule_source=rules.source(longest),
    )  # fmt: skip
    posted = pick(rows["max_weight_t"], own, known_only=True)
    yield Check("max_weight_t", "t", *posted, need=vehicle.gross_weight_t, permit="posted_weight")
    axle = pick(rows["max_axle_load_t"], own, known_only=True)
    yield Check("max_axle_load_t", "t", *axle, need=vehicle.axle_load_t, permit="posted_weight")
    metre = pick(rows["max_metre_load_tpm"], own, known_only=True)
    yield Check("max_metre_load_tpm", "t/m", *metre, need=vehicle.metre_load_tpm, permit="posted_weight")
    yield from _posted(network, vehicle, own)
    yield from _bearing(network, vehicle, own, terms)
    yield from _grade(network, vehicle, own)
    yield from _bridges(network, vehicle, own, terms)


def _posted(network: Network, vehicle: Vehicle, own: NDArray[np.bool_]) -> Iterator[Check]:
    """Bogies and triple axles against what is posted, and roads that lorries may not use, or only on an errand."""
    rows = limit_rows(network)
    for limit in AXLE_GROUPS:
        posted = pick(rows[limit], own, known_only=True)
        yield Check(limit, "t", *posted, need=group_need(vehicle, limit), permit="posted_weight")
    for column, word, edge in access_words(network, own):
        alone, nothing = np.full(len(edge), -1, dtype=np.int64), np.full(len(edge), np.nan)
        said = f"{column}={word}"
        if word in CLOSED_WORDS:
            value, need = np.full(len(edge), LORRY_T), vehicle.gross_weight_t
            yield Check("hgv", "t", edge, alone, value, need, permit="lorry_ban", said=said)
        elif column == "hgv":
            yield Check("hgv", "t", edge, alone, nothing, vehicle.gross_weight_t, rule_ok=LORRY_T, said=said)
        else:
            yield Check("access", "", edge, alone, nothing, np.nan, said=said)


def _bearing(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    """Bearing class of the road, stated or by rule, and the road bridges whose own limit is not known."""
    classes, stated = bearing_classes(network, terms.rules)
    limit = np.full(len(own), np.nan)
    need = np.full(len(own), vehicle.gross_weight_t)
    for name in pd.unique(classes[own]):
        if name:
            worst = worst_need(vehicle, name)
            here = classes == name
            limit[here], need[here] = worst.limit_t, worst.need_t
    edge = np.flatnonzero(own)
    # A road of class BK4 bears no sign, so that one without data is BK1 at least: what BK4 allows may be
    # allowed.
    best = worst_need(vehicle, "BK4")
    rule_permit = "road_weight" if best.need_t > best.limit_t * (1 + 1e-9) else ""
    yield Check(
        "bk_class", "t", edge, np.full(len(edge), -1, dtype=np.int64),
        value=np.where(stated, limit, np.nan)[edge],
        need=need[edge],
        rule_ok=np.where(stated | np.isnan(limit), -np.inf, limit)[edge],
        permit="road_weight",
        rule_permit=rule_permit,
        rule_source=terms.rules.source("road_bk_main"),
    )  # fmt: skip
    rows = limit_rows(network)["max_weight_t"]
    bridge = own[rows.edge] & np.isnan(rows.value) & (rows.structure >= 0)
    edge = rows.edge[bridge]
    yield Check(
        "max_weight_t", "t", edge, rows.structure[bridge],
        value=rows.value[bridge],
        need=need[edge],
        rule_ok=np.where(np.isnan(limit), -np.inf, limit)[edge],
        rule_permit=rule_permit,
        rule_source=terms.rules.source("road_bk_main"),
    )  # fmt: skip


def _grade(network: Network, vehicle: Vehicle, own: NDArray[np.bool_]) -> Iterator[Check]:
    """Uphill grade against what the tractors pull: the vehicle sets the limit, the edge the need."""
    if np.isnan(vehicle.tractive_force_kn):
        return
    grade = network.edges["grade_pct"].to_numpy()
    edge = np.flatnonzero(own & (grade > 0))
    top = np.full(len(edge), vehicle.max_grade_pct)
    yield Check("grade_pct", "%", edge, np.full(len(edge), -1, dtype=np.int64), value=top, need=grade[edge])


def _bridges(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    """Moment and shear on road bridges of known span against the legal vehicles of the class (1 = as heavy as
    these).
    """
    rows = limit_rows(network)["max_weight_t"]
    span = network.structures["span_m"].to_numpy()
    spans = network.structures["spans"].to_numpy(dtype=object)
    bridge = own[rows.edge] & (rows.structure >= 0)
    bridge[bridge] &= ~np.isnan(span[rows.structure[bridge]]) | (spans[rows.structure[bridge]] != "")
    if not bridge.any() or len(vehicle.axle_x_m) == 0:
        return
    edge, structure = rows.edge[bridge], rows.structure[bridge]
    classes, _ = bearing_classes(network, terms.rules)
    ratio = np.full(len(edge), np.nan)
    simple = spans[structure] == ""
    for name in pd.unique(classes[edge]):
        if name:
            here = (classes[edge] == name) & simple
            ratio[here] = bridge_ratio(vehicle, span[structure[here]], name)
    for k in np.flatnonzero(~simple & (classes[edge] != "")):
        ratio[k] = continuous_ratio(vehicle, read_spans(spans[structure[k]]), classes[edge[k]])
    yield Check("bridge_load_ratio", "", edge, structure, value=np.ones(len(edge)), need=ratio, permit="road_weight")


def bearing_classes(network: Network, rules: Rules) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Bearing class of each edge (empty text where neither data nor rule gives one) and whether it is stated."""
    key = f"bearing_classes_{id(rules)}"
    if key not in network._cache:
        classes = network.edges["bk_class"]
        stated = (classes != "").to_numpy(dtype=bool)
        by_rule = network.edges["road_class"].map(rules.bk_of_road_class).astype("object").fillna("")
        network._cache[key] = (classes.where(stated, by_rule).to_numpy(dtype=object), stated)
    return network._cache[key]


def length_rule(vehicle: Vehicle) -> str:
    """The rule that limits the length of a road vehicle on a road without a sign."""
    return "road_length_modular" if vehicle.kind == "lorry_combination" else "road_length"
