"""Plan a heavy transport: the best chain over road, rail and sea, what binds it, or what stops it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.heavy_haul.costs import cost_rates
from geoplan.heavy_haul.places import load_place
from geoplan.heavy_haul.refusals import Refusals, find_refusals
from geoplan.heavy_haul.states import States, build_states, open_arcs
from geoplan.heavy_haul.way_tables import leg_numbers, leg_table, share_of_metres, way_edges, way_margins, way_permits
from geoplan.network.network import Network
from geoplan.routing.points import Point
from geoplan.vehicles.catalogue import home_fleet, vehicle
from geoplan.vehicles.gauge import Gauge
from geoplan.vehicles.limits import PASSES, Unknown, make_terms
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS, check_permits, rules_for
from geoplan.vehicles.vehicle import Vehicle

log = logging.getLogger(__name__)

Objective: TypeAlias = Literal["cost", "time"]
OBJECTIVES = {"cost": "cost_sek", "time": "time_h"}
TIE = 1e-9  # weight of the other objective, so that a tie is settled


@dataclass(frozen=True, eq=False)
class Plan:
    """A transport plan: tables, and no methods that compute.

    Parameters
    ----------
    feasible
        Whether there is a way, with what is not known counted as the caller said.
    verdict
        ok (every limit of the way is known to hold), unknown (the way rests on limits that are not known or
        on permits), not_ok (there is no way).
    legs
        leg, mode (road, rail, sea, transfer), vehicle, from_node, to_node, from_name, to_name, length_m,
        time_h (by the calendar), driving_h, speed_kmh, hours_per_day, gross_weight_t, axle_load_t, height_m,
        width_m, cost_sek.
    edges
        Rows of the network's edges in order of travel, with leg, vehicle, time_h, cost_sek, verdict.
    margins
        Every limit passed, along the way: columns of `margins()` with leg and vehicle.
    permits
        What each leg needs by law: leg, mode, vehicle, kind, requirement, measure, value, above, source.
    why
        What stops the modes that are refused, worst first: mode, vehicle, structure_id, edge_id, name, limit,
        limit_value, need_value, excess, unit, edges, permit, basis, source, reason.
    share_unknown, share_assumed
        Share of the metres with a limit that is not known; with a limit that is assumed.
    reason
        One line that says how it stands.
    """

    feasible: bool
    verdict: str
    legs: pd.DataFrame
    edges: gpd.GeoDataFrame
    margins: pd.DataFrame
    permits: pd.DataFrame
    cost_sek: float
    time_h: float
    why: pd.DataFrame
    share_unknown: float
    share_assumed: float
    reason: str
    load: Load
    vehicles: tuple[Vehicle, ...]
    origin: Point
    destination: Point
    objective: str
    options: Mapping[str, Any] = field(default_factory=dict)  # of `margins`, as keywords
    rates: Mapping[str, float] = field(default_factory=dict)


def plan_transport(
    network: Network,
    origin: Point,
    destination: Point,
    load: Load,
    *,
    vehicles: Iterable[str | Vehicle] | None = None,
    objective: Objective = "cost",
    unknown: Unknown = "pass",
    permits: tuple[str, ...] = USUAL_PERMITS,
    clearance_m: float = 0.0,
    rules: str | None = None,
    gauges: Mapping[str, Gauge] | None = None,
    rates: Mapping[str, float] | None = None,
) -> Plan:
    """The best chain of vehicles that brings a load from one point to another.

    Every vehicle that can take the load is tried: one exact search over places and vehicles, with the hours
    and cost of each edge, of putting the load on and off, of permits, escorts and closures.

    Parameters
    ----------
    origin, destination
        Node id, node name, or (lon, lat) in degrees.
    vehicles
        Names of the catalogue or vehicles; None is the home fleet.
    objective
        "cost" (SEK) or "time" (hours by the calendar, nights and handling included).
    unknown
        What a limit that is not known counts as: pass, by_rule or block.
    permits
        Exemptions the carrier can get; names of `geoplan.vehicles.rules.PERMITS`.
    clearance_m
        Air to keep over the vehicle.
    rules, gauges
        As in `margins`.
    rates
        Cost rates in place of those of `read_costs()`, by item.

    Returns
    -------
    Plan. It is not feasible when nothing gets through; `why` then names what stops each mode.

    Raises
    ------
    DataError
        Unknown point, vehicle, objective or permit; no named vehicle takes the load.
    """
    _check_choice("objective", objective, OBJECTIVES)
    _check_choice("unknown", unknown, PASSES)
    rules = rules_for(network, rules)
    laden, refused = fleet_for(load, vehicles)
    source, target = load_place(network, origin, laden), load_place(network, destination, laden)
    options = {"permits": check_permits(permits), "clearance_m": clearance_m, "rules": rules, "gauges": gauges}
    states = build_states(
        network,
        laden,
        source,
        target,
        permits=check_permits(permits),
        terms=make_terms(clearance_m, rules, gauges),
        rates=cost_rates(dict(rates or {})),
    )
    arcs = best_way(states, objective, unknown)
    refusals = find_refusals(states, arcs, refused, unknown=unknown, options=options)
    plan = replace(describe_way(states, arcs, load, objective, refusals, options), rates=dict(rates or {}))
    log.info("plan for %s: %s", load.name, plan.reason)
    return plan


def fleet_for(
    load: Load, vehicles: Iterable[str | Vehicle] | None
) -> tuple[tuple[Vehicle, ...], list[tuple[Vehicle, list[str]]]]:
    """Laden vehicles that take the load, and the others with their reasons.

    Raises
    ------
    DataError
        Vehicles were named and none of them takes the load.
    """
    named = vehicles is not None
    fleet = home_fleet() if vehicles is None else [vehicle(v) if isinstance(v, str) else v for v in vehicles]
    laden, refused = [], []
    for candidate in fleet:
        if candidate.divisible:
            # Its goods are shared out; it takes a single load only when the caller names it.
            if not named:
                continue
            candidate = emptied(candidate)
        if candidate.load == load:
            laden.append(candidate)
            continue
        reasons = candidate.refuses(load)
        if reasons:
            refused.append((candidate, reasons))
        else:
            laden.append(candidate.carrying(load))
    if named and not laden:
        told = "; ".join(f"{v.name}: {', '.join(reasons)}" for v, reasons in refused) or "no vehicle was named"
        raise DataError(f"no vehicle takes {load.name!r} ({told}); choose another vehicle")
    return tuple(laden), refused


def emptied(full: Vehicle) -> Vehicle:
    """A catalogue vehicle without its nominal goods."""
    return replace(full, load=None, gross_weight_t=full.tare_t)


def best_way(
    states: States, objective: str, unknown: str, *, closed: NDArray[np.bool_] | None = None
) -> NDArray[np.int32] | None:
    """Arcs of the best way under the verdicts, None when there is none; `closed` arcs (n_arcs,) are left out."""
    usable = open_arcs(states, PASSES[unknown])
    if closed is not None:
        usable &= ~closed
    return states.search(np.where(usable, weights(states, objective), np.inf))


def weights(states: States, objective: str) -> NDArray[np.float64]:
    """What the search adds up, with a trace of the other objective to settle ties."""
    main = states.cost_sek if objective == "cost" else states.time_h
    other = states.time_h if objective == "cost" else states.cost_sek
    return main + TIE * other


def describe_way(
    states: States,
    arcs: NDArray[np.int32] | None,
    load: Load,
    objective: str,
    refusals: Refusals,
    options: Mapping[str, Any],
) -> Plan:
    """A plan from the arcs of a way (None: there is none)."""
    origin, destination = _ends(states)
    nothing = np.empty(0, dtype=np.int32)
    none = Plan(
        feasible=False,
        verdict="not_ok",
        legs=leg_table(states, nothing, nothing.astype(np.int64)),
        edges=way_edges(states, nothing, nothing.astype(np.int64)),
        margins=way_margins(states, nothing, nothing.astype(np.int64), options),
        permits=way_permits(states, nothing, nothing.astype(np.int64), pd.DataFrame(), str(options["rules"])),
        cost_sek=np.inf,
        time_h=np.inf,
        why=refusals.table,
        share_unknown=np.nan,
        share_assumed=np.nan,
        reason=f"{load.name}: no way. {refusals.told}",
        load=load,
        vehicles=states.vehicles,
        origin=origin,
        destination=destination,
        objective=objective,
        options=options,
    )
    if arcs is None:
        return none
    leg = leg_numbers(states, arcs)
    legs = leg_table(states, arcs, leg)
    edges = way_edges(states, arcs, leg)
    table = way_margins(states, arcs, leg, options)
    chain = " - ".join(legs.loc[legs["mode"] != "transfer", "mode"]) or "no move"
    cost, hours = float(states.cost_sek[arcs].sum()), float(states.time_h[arcs].sum())
    told = f" {refusals.told}" if refusals.told else ""
    return replace(
        none,
        feasible=True,
        verdict="unknown" if (table["verdict"] == "unknown").any() else "ok",
        legs=legs,
        edges=edges,
        margins=table,
        permits=way_permits(states, arcs, leg, table, str(options["rules"])),
        cost_sek=cost,
        time_h=hours,
        share_unknown=share_of_metres(edges, table, "verdict", "unknown"),
        share_assumed=share_of_metres(edges, table, "basis", "assumed"),
        reason=f"{load.name}: {chain}, {cost / 1e6:.2f} MSEK, {hours:.0f} h.{told}",
    )


def _ends(states: States) -> tuple[Any, Any]:
    """Ids of the nodes where the way starts and ends (the first of several destinations)."""
    ids = states.network.nodes.index
    first = states.node[states.head[states.tail == states.start]]
    last = states.node[states.tail[states.head == states.end]]
    return ids[first[0]] if len(first) else None, ids[last[0]] if len(last) else None


def _check_choice(name: str, value: str, known: Mapping[str, object]) -> None:
    if value not in known:
        raise DataError(f"{name} is {value!r}; use {' or '.join(known)}")
