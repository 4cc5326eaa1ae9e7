"""Limits of the railway: axle load, weight per metre, loading gauge, contact wire and length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.network.structures import LimitRows, limit_rows
from geoplan.vehicles.check import Check, Terms, above_any, permit_if, pick
from geoplan.vehicles.gauge import find_gauge, gauge_room
from geoplan.vehicles.rules import Rules
from geoplan.vehicles.vehicle import Vehicle


def rail_checks(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    """All limits of a rail vehicle on the edges `own`, (n_edges,)."""
    rows, rules = limit_rows(network), terms.rules
    axle = _with_line_category(network, rows["max_axle_load_t"], rules, "axle_load_t")
    yield Check(
        "max_axle_load_t", "t", *pick(axle, own, structures_known_only=True),
        need=vehicle.axle_load_t,
        permit="rail_axle_load",
        permit_top=above_any(rules.number("rail_special_axle_load")),
    )  # fmt: skip
    metre = _with_line_category(network, rows["max_metre_load_tpm"], rules, "metre_load_tpm")
    yield Check(
        "max_metre_load_tpm", "t/m", *pick(metre, own, structures_known_only=True),
        need=vehicle.metre_load_tpm,
        permit="rail_metre_load",
    )  # fmt: skip
    yield from _loading_gauge(network, vehicle, own, terms)
    standard = find_gauge(rules.text("rail_gauge"), terms.gauges)
    top = -np.inf if standard is None else standard.top_m(vehicle.width_m, _bottom(vehicle))
    height = pick(rows["max_height_m"], own, known_only=True, with_structures=True)
    yield Check(
        "max_height_m", "m", *height,
        need=vehicle.height_m + terms.clearance_m,
        rule_ok=top,
        rule_permit=permit_if(rules.number("rail_contact_wire"), "rail_gauge"),
        rule_source=rules.source("rail_gauge"),
    )  # fmt: skip
    for limit, need, unit in (
        ("max_width_m", vehicle.width_m, "m"),
        ("max_weight_t", vehicle.train_weight_t, "t"),
        ("max_length_m", vehicle.train_length_m, "m"),
    ):
        yield Check(limit, unit, *pick(rows[limit], own, known_only=True), need=need)


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


def _with_line_category(network: Network, rows: LimitRows, rules: Rules, column: str) -> LimitRows:
    """The rows, with an edge's own unknown limit taken from its line category where that is stated."""
    categories = network.edges["line_category"]
    if (categories == "").all():
        return rows
    stated = categories.map(rules.line_categories[column]).to_numpy(dtype=np.float64)
    fill = np.where((rows.structure < 0) & np.isnan(rows.value), stated[rows.edge], rows.value)
    return LimitRows(rows.limit, rows.edge, rows.structure, fill)


def _bottom(vehicle: Vehicle) -> float:
    """Underside of the load above rail; 0 when it is not known."""
    return float(np.nan_to_num(vehicle.deck_height_m))
