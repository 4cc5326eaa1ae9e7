"""What a vehicle needs against what each edge and structure allows: arrays, before any verdict.

One `Check` is one limit on many edges. Building it knows the modes and the rules; judging it (`limits.py`)
does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.network.structures import LimitRows, limit_rows
from geoplan.vehicles.axle_tables import worst_need
from geoplan.vehicles.bridges import bridge_ratio, continuous_ratio, read_spans
from geoplan.vehicles.gauge import Gauge, find_gauge, gauge_room
from geoplan.vehicles.posted import AXLE_GROUPS, CLOSED_WORDS, LORRY_T, access_words, group_need
from geoplan.vehicles.rules import Rules
from geoplan.vehicles.vehicle import Vehicle

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Check:
    """A limit on many edges. Arrays have one entry a row; a single number stands for all rows.

    Parameters
    ----------
    limit, unit
        Name of the limit in tables, unit of its values.
    edge, structure
        Positions in the tables of the network; structure -1 is the edge itself.
    value
        What is allowed, NaN when it is not known, inf when it is known to be unlimited.
    need
        What the vehicle needs; NaN when the vehicle's measure is not known.
    rule_ok
        Where the value is not known: a need up to this passes by rule (-inf: the rule says nothing).
    rule_bad
        Where the value is not known or a permit covers it: a need above this does not pass, by rule.
    permit, permit_top
        The permit that covers a need above a known value, up to `permit_top`.
    rule_permit
        The permit that covers a need above `rule_ok`; empty where no law stands behind the rule.
    legal_top, legal_permit
        A need above `legal_top` is unlawful anywhere without this permit, whatever the edge has room for.
    rule_source
        Source of the rule.
    said
        The sign or tag behind every row, word for word; empty when the value says it all.
    """

    limit: str
    unit: str
    edge: IntArray
    structure: IntArray
    value: FloatArray
    need: FloatArray | float
    rule_ok: FloatArray | float = -np.inf
    rule_bad: FloatArray | float = np.inf
    permit: str = ""
    permit_top: float = np.inf
    rule_permit: str = ""
    legal_top: float = np.inf
    legal_permit: str = ""
    rule_source: str = ""
    kind: str = field(default="edge")
    said: str = ""


@dataclass(frozen=True, eq=False)
class Terms:
    """What the checks are made under: rules, clearance to keep, gauges of the study's own."""

    rules: Rules
    clearance_m: float = 0.0
    gauges: Mapping[str, Gauge] = field(default_factory=dict)
    curve_radius_m: float = np.inf


def build_checks(network: Network, vehicle: Vehicle, selected: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    """All checks of a vehicle on the selected edges of its mode and on transfers."""
    modes = edge_modes(network)
    own = selected & (modes == vehicle.mode)
    if own.any():
        yield from {"road": _road, "rail": _rail, "sea": _sea}[vehicle.mode](network, vehicle, own, terms)
    transfers = selected & (modes == "transfer")
    if transfers.any() and vehicle.load is not None:
        yield from _transfer(network, vehicle, transfers)


def _road(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    rules, rows = terms.rules, limit_rows(network)
    yield Check(
        "max_height_m", "m", *_pick(rows["max_height_m"], own),
        need=vehicle.height_m + terms.clearance_m,
        rule_ok=_low(rules.number("road_clearance")),
        rule_source=rules.source("road_clearance"),
    )  # fmt: skip
    width, longest = rules.number("road_width"), length_rule(vehicle)
    yield Check(
        "max_width_m", "m", *_pick(rows["max_width_m"], own),
        need=vehicle.width_m,
        rule_ok=_low(width),
        rule_permit=_if(width, "road_size"),
        legal_top=_high(width),
        legal_permit="road_size",
        rule_source=rules.source("road_width"),
    )  # fmt: skip
    length = rules.number(longest)
    yield Check(
        "max_length_m", "m", *_pick(rows["max_length_m"], own),
        need=vehicle.length_m,
        rule_ok=_low(length),
        rule_permit=_if(length, "road_size"),
        legal_top=_high(length),
        legal_permit="road_size",
        rule_source=rules.source(longest),
    )  # fmt: skip
    posted = _pick(rows["max_weight_t"], own, known_only=True)
    yield Check("max_weight_t", "t", *posted, need=vehicle.gross_weight_t, permit="posted_weight")
    axle = _pick(rows["max_axle_load_t"], own, known_only=True)
    yield Check("max_axle_load_t", "t", *axle, need=vehicle.axle_load_t, permit="posted_weight")
    metre = _pick(rows["max_metre_load_tpm"], own, known_only=True)
    yield Check("max_metre_load_tpm", "t/m", *metre, need=vehicle.metre_load_tpm, permit="posted_weight")
    yield from _posted(network, vehicle, own)
    yield from _bearing(network, vehicle, own, terms)
    yield from _grade(network, vehicle, own)
    yield from _bridges(network, vehicle, own, terms)


def _posted(network: Network, vehicle: Vehicle, own: NDArray[np.bool_]) -> Iterator[Check]:
    """Bogies and triple axles against what is posted, and roads that lorries may not use, or only on an errand."""
    rows = limit_rows(network)
    for limit in AXLE_GROUPS:
        posted = _pick(rows[limit], own, known_only=True)
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


def _rail(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    rows, rules = limit_rows(network), terms.rules
    axle = _with_line_category(network, rows["max_axle_load_t"], rules, "axle_load_t")
    yield Check(
        "max_axle_load_t", "t", *_pick(axle, own, structures_known_only=True),
        need=vehicle.axle_load_t,
        permit="rail_axle_load",
        permit_top=_high(rules.number("rail_special_axle_load")),
    )  # fmt: skip
    metre = _with_line_category(network, rows["max_metre_load_tpm"], rules, "metre_load_tpm")
    yield Check(
        "max_metre_load_tpm", "t/m", *_pick(metre, own, structures_known_only=True),
        need=vehicle.metre_load_tpm,
        permit="rail_metre_load",
    )  # fmt: skip
    yield from _loading_gauge(network, vehicle, own, terms)
    standard = find_gauge(rules.text("rail_gauge"), terms.gauges)
    top = -np.inf if standard is None else standard.top_m(vehicle.width_m, _bottom(vehicle))
    height = _pick(rows["max_height_m"], own, known_only=True, with_structures=True)
    yield Check(
        "max_height_m", "m", *height,
        need=vehicle.height_m + terms.clearance_m,
        rule_ok=top,
        rule_permit=_if(rules.number("rail_contact_wire"), "rail_gauge"),
        rule_source=rules.source("rail_gauge"),
    )  # fmt: skip
    for limit, need, unit in (
        ("max_width_m", vehicle.width_m, "m"),
        ("max_weight_t", vehicle.train_weight_t, "t"),
        ("max_length_m", vehicle.train_length_m, "m"),
    ):
        yield Check(limit, unit, *_pick(rows[limit], own, known_only=True), need=need)


def _loading_gauge(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    """The gauge of each section, stated or by rule; what is beyond it passes by permit below the contact wire."""
    rules = terms.rules
    stated = network.edges["loading_gauge"].to_numpy(dtype=object)
    wired = (network.edges["electrified"] == "yes").to_numpy(dtype=bool)
    wire, free = rules.wire_top_m, rules.number("rail_free_width")
    throw = 0.0 if np.isinf(terms.curve_radius_m) else vehicle.pivot_span_m**2 / (8 * terms.curve_radius_m)
    groups = pd.DataFrame({"gauge": stated[own], "wired": wired[own]}).drop_duplicates()
    for name, has_wire in groups.itertuples(index=False):
        edge = np.flatnonzero(own & (stated == name) & (wired == has_wire))
        structure = np.full(len(edge), -1, dtype=np.int64)
        gauge = find_gauge(name, terms.gauges)
        standard = gauge or find_gauge(rules.text("rail_gauge"), terms.gauges)
        limit, need, what = np.nan, vehicle.height_m, "height"
        if standard is not None:
            limit, need, what = gauge_room(standard, vehicle.width_m, _bottom(vehicle), vehicle.height_m, throw_m=throw)
        bad, source = np.inf, rules.source("rail_gauge")
        if not need <= limit:
            # Beyond the gauge a permit may help, but no permit moves the wire or the posts.
            if has_wire and vehicle.height_m > wire:
                limit, need, bad, source, what = (
                    np.nan,
                    vehicle.height_m,
                    wire,
                    rules.source("rail_contact_wire"),
                    "height",
                )
            elif vehicle.width_m + 2 * throw > free:
                limit, need, bad, source = (
                    np.nan,
                    vehicle.width_m + 2 * throw,
                    free,
                    rules.source("rail_free_width"),
                )
                what = "width"
        known = gauge is not None and not np.isnan(limit)
        yield Check(
            "loading_gauge", "m", edge, structure,
            value=np.full(len(edge), limit if known else np.nan),
            need=need,
            rule_ok=-np.inf if known or np.isnan(limit) else limit,
            rule_bad=bad,
            permit="rail_gauge",
            rule_permit="rail_gauge",
            rule_source=source,
            kind=what,
        )  # fmt: skip


def _sea(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    rows = limit_rows(network)
    yield Check("max_length_m", "m", *_pick(rows["max_length_m"], own), need=vehicle.length_m)
    yield Check("max_width_m", "m", *_pick(rows["max_width_m"], own), need=vehicle.width_m)
    if "max_draught_m" in network.edges:
        yield Check("max_draught_m", "m", *_pick(rows["max_draught_m"], own), need=vehicle.draught_m)
    height = _pick(rows["max_height_m"], own, known_only=True, with_structures=True)
    yield Check("max_height_m", "m", *height, need=vehicle.height_m + terms.clearance_m)
    cargo = _pick(rows["max_weight_t"], own, known_only=True)
    yield Check("max_weight_t", "t", *cargo, need=vehicle.load_weight_t)
    yield Check("max_load_t", "t", *_pick(rows["max_load_t"], own, known_only=True), need=vehicle.load_weight_t)


def _transfer(network: Network, vehicle: Vehicle, transfers: NDArray[np.bool_]) -> Iterator[Check]:
    """Cranes and quays. What a ship's own gear lifts needs no crane."""
    rows = limit_rows(network)["max_load_t"]
    keep = transfers[rows.edge] & (~np.isnan(rows.value) | _at_sea(network)[rows.edge])
    value = rows.value[keep]
    yield Check(
        "max_load_t",
        "t",
        rows.edge[keep],
        rows.structure[keep],
        value=np.where(np.isnan(value), np.nan, np.fmax(value, vehicle.own_lift_t)),
        need=vehicle.load_weight_t,
        rule_ok=vehicle.own_lift_t if vehicle.own_lift_t > 0 else -np.inf,
        rule_source="the vehicle's own gear" if vehicle.own_lift_t > 0 else "",
    )


def _pick(
    rows: LimitRows,
    own: NDArray[np.bool_],
    *,
    known_only: bool = False,
    with_structures: bool = False,
    structures_known_only: bool = False,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Edge, structure and value of the rows on the wanted edges.

    known_only: leave out what is not known, but with_structures keeps the unknown limits of structures.
    structures_known_only: leave out the unknown limits of structures, because the line's own limit covers
    them.
    """
    keep = own[rows.edge]
    unknown = np.isnan(rows.value)
    if known_only:
        keep = keep & (~unknown | (with_structures & (rows.structure >= 0)))
    if structures_known_only:
        keep = keep & (~unknown | (rows.structure < 0))
    return rows.edge[keep], rows.structure[keep], rows.value[keep]


def _with_line_category(network: Network, rows: LimitRows, rules: Rules, column: str) -> LimitRows:
    """The rows, with an edge's own unknown limit taken from its line category where that is stated."""
    categories = network.edges["line_category"]
    if (categories == "").all():
        return rows
    stated = categories.map(rules.line_categories[column]).to_numpy(dtype=np.float64)
    fill = np.where((rows.structure < 0) & np.isnan(rows.value), stated[rows.edge], rows.value)
    return LimitRows(rows.limit, rows.edge, rows.structure, fill)


def bearing_classes(network: Network, rules: Rules) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Bearing class of each edge (empty text where neither data nor rule gives one) and whether it is stated."""
    key = f"bearing_classes_{id(rules)}"
    if key not in network._cache:
        classes = network.edges["bk_class"]
        stated = (classes != "").to_numpy(dtype=bool)
        by_rule = network.edges["road_class"].map(rules.bk_of_road_class).astype("object").fillna("")
        network._cache[key] = (classes.where(stated, by_rule).to_numpy(dtype=object), stated)
    return network._cache[key]


def _at_sea(network: Network) -> NDArray[np.bool_]:
    """Whether an edge ends at a node of the sea, (n_edges,), kept with the network."""
    if "at_sea" not in network._cache:
        node_mode, edges = network.nodes["mode"], network.edges
        at_sea = (edges["u"].map(node_mode) == "sea") | (edges["v"].map(node_mode) == "sea")
        network._cache["at_sea"] = at_sea.to_numpy(dtype=bool)
    return network._cache["at_sea"]


def edge_modes(network: Network) -> NDArray[np.object_]:
    """Mode of each edge, (n_edges,), kept with the network."""
    if "edge_modes" not in network._cache:
        network._cache["edge_modes"] = network.edges["mode"].to_numpy(dtype=object)
    return network._cache["edge_modes"]


def length_rule(vehicle: Vehicle) -> str:
    """The rule that limits the length of a road vehicle on a road without a sign."""
    return "road_length_modular" if vehicle.kind == "lorry_combination" else "road_length"


def _bottom(vehicle: Vehicle) -> float:
    """Underside of the load above rail; 0 when it is not known."""
    return float(np.nan_to_num(vehicle.deck_height_m))


def _low(number: float) -> float:
    """A rule's number, -inf where there is no such rule."""
    return -np.inf if np.isnan(number) else number


def _high(number: float) -> float:
    return np.inf if np.isnan(number) else number


def _if(number: float, permit: str) -> str:
    """The permit, where the rule behind it exists."""
    return "" if np.isnan(number) else permit
