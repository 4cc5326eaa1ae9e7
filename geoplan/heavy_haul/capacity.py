"""How heavy and how high may a load be on each edge: the checks of a vehicle turned round.

Every check compares a need that grows with the load to a value, so that it can be solved for the load. What
weight an edge bears does not depend on the load's height, nor the height on the weight; both depend on its
width and length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.vehicles.axle_tables import worst_need
from geoplan.vehicles.bridges import bridge_ratio, continuous_ratio, read_spans
from geoplan.vehicles.check import Check, Terms, edge_modes
from geoplan.vehicles.checks import build_checks
from geoplan.vehicles.gauge import find_gauge
from geoplan.vehicles.limits import BY_RULE, PASSES, TOLERANCE, UNKNOWN, judge, obtainable
from geoplan.vehicles.load import Load
from geoplan.vehicles.posted import AXLE_GROUPS, group_bearable
from geoplan.vehicles.road_checks import bearing_classes
from geoplan.vehicles.vehicle import GRAVITY, ROLLING_RESISTANCE, Vehicle

FloatArray = NDArray[np.float64]
TINY = 1e-6  # tonnes and metres of the load that stands for "as light, as low as can be"
WEIGHT_LIMITS = (
    "max_weight_t", "max_axle_load_t", "max_bogie_load_t", "max_triple_load_t", "max_metre_load_tpm", "bk_class",
    "grade_pct", "bridge_load_ratio", "max_load_t",
)  # fmt: skip
HEIGHT_LIMITS = ("max_height_m", "loading_gauge")
BISECTIONS = 60  # halvings of the weight where no formula turns a check round: exact to the last digit shown


@dataclass(frozen=True, eq=False)
class Capacity:
    """Largest load of one vehicle on each edge, arrays (n_edges,); 0 where none passes, inf where nothing is
    known to bind.

    weight_t, height_m : of the load, not of the vehicle
    weight_by, height_by : row of the next three that binds, -1 for none
    limit, structure, edge : name of the limit, position of the structure (-1: the edge itself) and of the
    edge
    """

    weight_t: FloatArray
    height_m: FloatArray
    weight_by: NDArray[np.int64]
    height_by: NDArray[np.int64]
    limit: list[str]
    structure: NDArray[np.int64]
    edge: NDArray[np.int64]


def edge_capacity(
    network: Network,
    empty: Vehicle,
    width_m: float,
    length_m: float,
    *,
    unknown: str,
    permits: tuple[str, ...],
    terms: Terms,
) -> Capacity:
    """The largest load of this width and length that the vehicle brings over each edge."""
    n = len(network.edges)
    light = empty.carrying(Load("light", TINY, length_m, width_m, TINY))
    allowed = PASSES[unknown]
    may = obtainable(permits, light)
    modes = edge_modes(network)
    usable = (modes == empty.mode) | (modes == "transfer")
    weight = np.where(usable, empty.payload_t, 0.0)
    height = np.where(usable, np.inf, 0.0)
    weight_by, height_by = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    limits: list[str] = []
    structures: list[NDArray[np.int64]] = []
    places: list[NDArray[np.int64]] = []
    count = 0
    for check in build_checks(network, light, usable, terms):
        if len(check.edge) == 0:
            continue
        closed = judge(check, may) > allowed
        rows = count + np.arange(len(check.edge))
        count += len(rows)
        limits += [check.limit] * len(rows)
        structures.append(check.structure)
        places.append(check.edge)
        if check.limit in WEIGHT_LIMITS:
            bearable = _bearable(network, check, light, may, allowed, terms)
            _lower(weight, weight_by, check.edge, np.where(closed, 0.0, bearable), rows)
        elif check.limit in HEIGHT_LIMITS:
            clear = _clear(network, check, light, may, allowed, terms)
            _lower(height, height_by, check.edge, np.where(closed, 0.0, clear), rows)
        else:
            _lower(weight, weight_by, check.edge, np.where(closed, 0.0, np.inf), rows)
    none = np.empty(0, dtype=np.int64)
    return Capacity(
        weight,
        height,
        weight_by,
        height_by,
        limits,
        np.concatenate([none, *structures]),
        np.concatenate([none, *places]),
    )


def _lower(
    capacity: FloatArray,
    by: NDArray[np.int64],
    edge: NDArray[np.int64],
    value: FloatArray,
    rows: NDArray[np.int64],
) -> None:
    """Lower the capacity of edges to these values and note which row binds."""
    order = np.argsort(value, kind="stable")
    # The lowest value of each edge comes first; only that one can bind.
    first = np.unique(edge[order], return_index=True)[1]
    pick = order[first]
    pick = pick[value[pick] < capacity[edge[pick]]]
    capacity[edge[pick]] = value[pick]
    by[edge[pick]] = rows[pick]


def _accepted(check: Check, may: tuple[str, ...], allowed: int) -> FloatArray:
    """The greatest need that is allowed in each row of a check, whatever the verdict is called."""
    shape = check.value.shape
    known = ~np.isnan(check.value)
    lawful = allowed >= UNKNOWN
    top = check.value
    if check.permit in may and lawful:
        top = np.fmax(top, check.permit_top)
    rule = np.broadcast_to(np.asarray(check.rule_ok, dtype=np.float64), shape)
    beyond = lawful and (not check.rule_permit or check.rule_permit in may)
    by_rule = rule if allowed >= BY_RULE else np.full(shape, -np.inf)
    # Where the rule says nothing the limit is plainly not known.
    unknown_top = np.where(np.isfinite(rule), np.inf if beyond else by_rule, np.inf if lawful else -np.inf)
    top = np.where(known, top, unknown_top)
    bad = np.broadcast_to(np.asarray(check.rule_bad, dtype=np.float64), shape)
    return np.where(known, np.fmax(check.value, np.fmin(top, bad)), np.fmin(top, bad))


def _bearable(
    network: Network, check: Check, light: Vehicle, may: tuple[str, ...], allowed: int, terms: Terms
) -> FloatArray:
    """Greatest weight of the load in each row of a check on weight."""
    if check.limit == "grade_pct":
        grade = np.asarray(check.need) / 100.0
        return light.tractive_force_kn / (GRAVITY * (grade + ROLLING_RESISTANCE)) - light.tare_t
    if check.limit in ("bk_class", "bridge_load_ratio") or (check.limit == "max_weight_t" and check.rule_source):
        return _by_class(network, check, light, may, allowed, terms)
    top = _accepted(check, may, allowed)
    if check.limit == "max_load_t":
        return top
    if check.limit == "max_axle_load_t":
        groups = [g for g in light.axle_groups if g.load_share > 0]
        bearable = [(top * g.count - g.tare_t) / g.load_share for g in groups]
        return np.min(bearable, axis=0) if bearable else np.full(top.shape, np.inf)
    if check.limit in AXLE_GROUPS:
        return group_bearable(light, check.limit, top)
    if check.limit == "max_metre_load_tpm":
        return top * light.length_m - light.tare_t
    if light.mode == "sea":
        return top
    return top - light.tare_t - light.train_extra_t


def _by_class(
    network: Network, check: Check, light: Vehicle, may: tuple[str, ...], allowed: int, terms: Terms
) -> FloatArray:
    """Greatest weight by halving, once for each class (and span) that occurs; the verdict falls with the weight."""
    if allowed >= UNKNOWN and "road_weight" in may:
        return np.full(check.value.shape, np.inf)
    classes, stated = bearing_classes(network, terms.rules)
    span = np.full(len(check.edge), "", dtype=object)
    if check.limit == "bridge_load_ratio":
        table = network.structures
        told = table["spans"].where(table["spans"] != "", table["span_m"].astype("str"))
        span = told.to_numpy(dtype=object)[check.structure]
    groups = pd.DataFrame(
        {
            "name": classes[check.edge].astype(str),
            "span": span,
            # A bridge whose own limit is not known has what the class of its road says, as a rule.
            "stated": stated[check.edge] & (check.limit == "bk_class"),
        }
    )
    result = np.empty(len(groups))
    for (name, told, is_stated), same in groups.groupby(["name", "span", "stated"]):
        result[same.index] = _halve(light, str(name), str(told), allowed, stated=bool(is_stated))
    return result


def _ratio(laden: Vehicle, spans: str, bk_class: str) -> float:
    if ";" in spans:
        return continuous_ratio(laden, read_spans(spans), bk_class)
    return float(bridge_ratio(laden, np.array([float(spans)]), bk_class)[0])


def _halve(light: Vehicle, bk_class: str, spans: str, allowed: int, *, stated: bool) -> float:
    """Greatest weight that a class allows, or a bridge of these spans in it, between nothing and the pay-load."""

    def passes(weight_t: float) -> bool:
        laden = _reloaded(light, weight_t)
        if spans:
            ratio = _ratio(laden, spans, bk_class) if bk_class else np.nan
            return bool(ratio <= 1 + TOLERANCE) or (np.isnan(ratio) and allowed >= UNKNOWN)
        if not bk_class:
            return allowed >= UNKNOWN
        need = worst_need(laden, bk_class)
        if np.isnan(need.limit_t):
            return allowed >= UNKNOWN
        fits = need.need_t <= need.limit_t * (1 + TOLERANCE)
        if stated:
            return fits
        best = worst_need(laden, "BK4")
        maybe = allowed >= UNKNOWN and not best.need_t > best.limit_t * (1 + TOLERANCE)
        return (fits and allowed >= BY_RULE) or maybe

    low, high = TINY, light.payload_t
    if passes(high):
        return np.inf
    if not passes(low):
        return 0.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return low


def _reloaded(light: Vehicle, weight_t: float) -> Vehicle:
    """The laden vehicle with another weight on it, its measures as they are."""
    return replace(light, load=Load("trial", weight_t, 1.0, 1.0, 1.0), gross_weight_t=light.tare_t + weight_t)


def _clear(
    network: Network, check: Check, light: Vehicle, may: tuple[str, ...], allowed: int, terms: Terms
) -> FloatArray:
    """Greatest height of the load in each row of a check on height."""
    deck = float(np.nan_to_num(light.deck_height_m))
    if check.limit == "max_height_m":
        if light.mode == "sea":
            # A ship's height over the water is its own, whatever stands on its deck.
            return np.full(check.value.shape, np.inf)
        return _accepted(check, may, allowed) - terms.clearance_m - deck
    return _gauge_height(network, check, light, may, allowed, terms) - deck


def _gauge_height(
    network: Network, check: Check, light: Vehicle, may: tuple[str, ...], allowed: int, terms: Terms
) -> FloatArray:
    """Greatest height above rail inside the gauge, or up to the wire where a permit goes beyond the gauge."""
    rules = terms.rules
    stated = network.edges["loading_gauge"].to_numpy(dtype=object)[check.edge]
    wired = (network.edges["electrified"] == "yes").to_numpy()[check.edge]
    wire, free = rules.wire_top_m, rules.number("rail_free_width")
    lawful = allowed >= UNKNOWN and "rail_gauge" in may
    groups = pd.DataFrame({"gauge": stated, "wired": wired})
    result = np.empty(len(stated))
    for _, same in groups.groupby(["gauge", "wired"]):
        name, has_wire = same.iloc[0]
        gauge = find_gauge(str(name), terms.gauges)
        standard = gauge or find_gauge(rules.text("rail_gauge"), terms.gauges)
        inside = beyond = -np.inf
        if standard is not None and (gauge is not None or allowed >= BY_RULE):
            inside = standard.top_m(light.width_m, float(np.nan_to_num(light.deck_height_m)))
        if (lawful or (standard is None and allowed >= UNKNOWN)) and not light.width_m > free * (1 + TOLERANCE):
            beyond = wire if has_wire and not np.isnan(wire) else np.inf
        result[same.index] = max(inside, beyond)
    return result
