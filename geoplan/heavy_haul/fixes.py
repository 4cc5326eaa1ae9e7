"""What would it cost to open the way: the cheapest, or the smallest, set of structures to change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.heavy_haul.condense import Items, condense, keep_arcs
from geoplan.heavy_haul.costs import cost_rates
from geoplan.heavy_haul.fix_sets import cheapest_sets
from geoplan.heavy_haul.places import as_points, load_place, load_places
from geoplan.heavy_haul.plan import Plan, fleet_for, plan_transport
from geoplan.heavy_haul.states import States, build_states, open_arcs
from geoplan.network.names import place_title
from geoplan.network.network import Network
from geoplan.network.structures import BINDINGS
from geoplan.routing.points import Point
from geoplan.vehicles.gauge import Gauge
from geoplan.vehicles.limits import PASSES, Unknown, closing_rows, make_terms, margins
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS, check_permits, rules_for
from geoplan.vehicles.vehicle import Vehicle

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fixes:
    """Sets of structures that open the way, cheapest first.

    Parameters
    ----------
    feasible
        Whether some set opens the way (the empty set when it is open already).
    sets
        rank, structures (ids joined by "; "), names, n, cost_msek, cost_assumed (a part of it was assumed).
    changes
        What each set changes: rank, structure_id, name, limit, limit_value, need_value, change (need -
        limit), unit, verdict, cost_msek, fix_note, source.
    plan
        The plan once the first set is done, None when nothing opens the way or none was asked for.
    unpriced
        Structures that stand in a way but have no cost and none assumed: they were taken as fixed in place.
    reason
        One line.
    """

    feasible: bool
    sets: pd.DataFrame
    changes: pd.DataFrame
    plan: Plan | None
    unpriced: tuple[object, ...]
    reason: str


def cheapest_fixes(
    network: Network,
    origin: Point,
    destination: Point | Sequence[Point],
    load: Load,
    *,
    vehicles: Iterable[str | Vehicle] | None = None,
    unknown: Unknown = "pass",
    permits: tuple[str, ...] = USUAL_PERMITS,
    clearance_m: float = 0.0,
    rules: str | None = None,
    gauges: Mapping[str, Gauge] | None = None,
    runner_ups: int = 3,
    assumed_cost_msek: float | None = None,
    with_plan: bool = True,
) -> Fixes:
    """The exact least-cost set of structures to change so that the load gets through, and the runners-up.

    A structure that blocks several edges, or several vehicles, is paid once. Limits of the edges themselves
    (a line's axle load, a gauge) are no structures and stay as they are.

    Parameters
    ----------
    destination
        A point, or several of which any will do.
    runner_ups
        Number of further sets; each holds no earlier set within it.
    assumed_cost_msek
        Cost of a structure that states none (marked in the result); None leaves such structures as they are.
    with_plan
        Also make the plan with the first set done.
    vehicles, unknown, permits, clearance_m, rules, gauges
        As in `plan_transport`.
    """
    price = network.structures["fix_cost_msek"].to_numpy()
    if assumed_cost_msek is not None:
        price = np.where(np.isnan(price), assumed_cost_msek, price)
    asked = rules_for(network, rules)
    question = _Question(network, origin, destination, load, vehicles, unknown, permits, clearance_m, asked, gauges)
    return _answer(question, price, price, runner_ups, with_plan)


def fewest_fixes(
    network: Network,
    origin: Point,
    destination: Point | Sequence[Point],
    load: Load,
    *,
    vehicles: Iterable[str | Vehicle] | None = None,
    unknown: Unknown = "pass",
    permits: tuple[str, ...] = USUAL_PERMITS,
    clearance_m: float = 0.0,
    rules: str | None = None,
    gauges: Mapping[str, Gauge] | None = None,
    runner_ups: int = 3,
    with_plan: bool = True,
) -> Fixes:
    """The smallest set of structures to change so that the load gets through, whatever each costs.

    Parameters and result as in `cheapest_fixes`; a cost that is not known is NaN.
    """
    asked = rules_for(network, rules)
    question = _Question(network, origin, destination, load, vehicles, unknown, permits, clearance_m, asked, gauges)
    price = network.structures["fix_cost_msek"].to_numpy()
    return _answer(question, np.ones(len(price)), price, runner_ups, with_plan)


def apply_fixes(network: Network, structure_ids: Iterable[object]) -> Network:
    """The network with every limit of these structures lifted (known to be unlimited)."""
    ids = list(structure_ids)
    lost = [i for i in ids if i not in network.structures.index]
    if lost:
        raise DataError(f"no structure has the id {lost[0]!r}; correct the ids")
    structures = network.structures.copy()
    structures.loc[ids, [column for column, _, _ in BINDINGS]] = np.inf
    # A bridge without a span is not checked for moment and shear: it is as strong as it needs to be.
    structures.loc[ids, "span_m"] = np.nan
    structures.loc[ids, "spans"] = ""
    return network.replace(structures=structures)


@dataclass(frozen=True, eq=False)
class _Question:
    """What was asked, once for both ways of counting."""

    network: Network
    origin: Point
    destination: Point | Sequence[Point]
    load: Load
    vehicles: Iterable[str | Vehicle] | None
    unknown: Unknown
    permits: tuple[str, ...]
    clearance_m: float
    rules: str
    gauges: Mapping[str, Gauge] | None

    def options(self) -> dict[str, Any]:
        return {
            "permits": self.permits,
            "clearance_m": self.clearance_m,
            "rules": self.rules,
            "gauges": self.gauges,
        }


def _answer(question: _Question, cost: FloatArray, price: FloatArray, runner_ups: int, with_plan: bool) -> Fixes:
    """The cheapest sets by `cost`, shown with `price` in MSEK; arrays (n_structures,), NaN cannot be fixed."""
    network = question.network
    laden, _ = fleet_for(question.load, question.vehicles)
    permits, terms = check_permits(question.permits), make_terms(question.clearance_m, question.rules, question.gauges)
    states = build_states(
        network,
        laden,
        load_place(network, question.origin, laden),
        load_places(network, question.destination, laden),
        permits=permits,
        terms=terms,
        rates=cost_rates(),
    )
    closing = [closing_rows(network, v, unknown=question.unknown, permits=permits, terms=terms) for v in laden]
    usable, items = _arc_items(states, closing, question.unknown)
    graph = condense(states, usable, items)
    priced = ~np.isnan(cost)
    standing = sorted({int(i) for wanted in graph.items for i in wanted if not priced[i]})
    unpriced = tuple(network.structures.index[standing])
    graph = keep_arcs(graph, np.array([all(priced[i] for i in wanted) for wanted in graph.items], dtype=bool))
    sets = cheapest_sets(graph, np.nan_to_num(cost), 1 + runner_ups)
    return _as_fixes(question, states, closing, sets, price, unpriced, with_plan)


def _arc_items(
    states: States, closing: list[tuple[NDArray[np.int64], NDArray[np.int64]]], unknown: Unknown
) -> tuple[NDArray[np.bool_], dict[int, Items]]:
    """Arcs that can be used at all, and the structures that close those which are closed by structures only."""
    usable = open_arcs(states, PASSES[unknown])
    by_edge: list[dict[int, set[int]]] = []
    for edge, structure in closing:
        found: dict[int, set[int]] = {}
        for e, s in zip(edge.tolist(), structure.tolist(), strict=True):
            found.setdefault(e, set()).add(s)
        by_edge.append(found)
    items: dict[int, Items] = {}
    for arc in np.flatnonzero(~usable & (states.edge >= 0) & ~states.barred).tolist():
        e = int(states.edge[arc])
        wanted = [by_edge[k].get(e) for k in (int(states.vehicle[arc]), int(states.other[arc])) if k >= 0]
        if any(not found for found in wanted):
            continue
        union = set().union(*[found for found in wanted if found])
        if -1 not in union:
            items[arc] = frozenset(union)
            usable[arc] = True
    return usable, items


def _as_fixes(
    question: _Question,
    states: States,
    closing: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    sets: list[Items],
    price: FloatArray,
    unpriced: tuple[object, ...],
    with_plan: bool,
) -> Fixes:
    network = question.network
    ids = network.structures.index
    assumed = network.structures["fix_cost_msek"].isna().to_numpy()
    rows = [
        {
            "rank": rank,
            "structures": "; ".join(str(ids[i]) for i in sorted(chosen)),
            "names": "; ".join(place_title(network, ids[i], "") for i in sorted(chosen)),
            "n": len(chosen),
            "cost_msek": float(sum(price[i] for i in chosen)),
            "cost_assumed": any(bool(assumed[i]) for i in chosen),
        }
        for rank, chosen in enumerate(sets, start=1)
    ]
    table = pd.DataFrame(rows, columns=SET_COLUMNS)
    changes = [_changes(question, states, closing, chosen, price).assign(rank=k + 1) for k, chosen in enumerate(sets)]
    filled = [change for change in changes if len(change)]
    told = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=CHANGE_COLUMNS)
    plan = _plan_after(question, [ids[i] for i in sorted(sets[0])]) if sets and with_plan else None
    return Fixes(bool(sets), table, told[CHANGE_COLUMNS], plan, unpriced, _sentence(question, table, unpriced))


SET_COLUMNS = ["rank", "structures", "names", "n", "cost_msek", "cost_assumed"]
CHANGE_COLUMNS = [
    "rank",
    "structure_id",
    "name",
    "vehicle",
    "limit",
    "limit_value",
    "need_value",
    "change",
    "unit",
    "verdict",
    "cost_msek",
    "fix_note",
    "source",
]


def _changes(
    question: _Question,
    states: States,
    closing: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    chosen: Items,
    price: FloatArray,
) -> pd.DataFrame:
    """What has to change at each structure of a set, for the vehicle that asks most of it."""
    network = question.network
    tables = []
    for k, (edge, structure) in enumerate(closing):
        here = np.isin(structure, list(chosen))
        if not here.any():
            continue
        rows = network.edges.index[np.unique(edge[here])]
        mover = states.vehicles[k]
        table = margins(network, mover, rows, **question.options())
        table = table[table["structure_id"].isin(network.structures.index[sorted(chosen)])]
        tables.append(table[table["verdict"] != "ok"].assign(vehicle=mover.name))
    if not tables:
        return pd.DataFrame(columns=CHANGE_COLUMNS)
    table = pd.concat(tables, ignore_index=True)
    table["change"] = table["need_value"] - table["limit_value"]
    table = table.sort_values("change", ascending=False, kind="stable").drop_duplicates(["structure_id", "limit"])
    row = network.structures.index.get_indexer(table["structure_id"])
    return table.assign(
        name=[place_title(network, s, "") for s in table["structure_id"]],
        cost_msek=price[row],
        fix_note=network.structures["fix_note"].to_numpy(dtype=object)[row],
        rank=0,
    )[CHANGE_COLUMNS]


def _plan_after(question: _Question, structure_ids: list[object]) -> Plan:
    """The plan with these structures changed; of several destinations the cheapest to reach."""
    fixed = apply_fixes(question.network, structure_ids) if structure_ids else question.network
    plans = [
        plan_transport(
            fixed,
            question.origin,
            point,
            question.load,
            vehicles=question.vehicles,
            unknown=question.unknown,
            **question.options(),
        )
        for point in as_points(question.destination)
    ]
    return min(plans, key=lambda plan: plan.cost_sek)


def _sentence(question: _Question, table: pd.DataFrame, unpriced: tuple[object, ...]) -> str:
    left = f" {len(unpriced)} structures in the way state no cost and were left as they are." if unpriced else ""
    if table.empty:
        return f"{question.load.name}: no set of structures opens the way.{left}"
    first = table.iloc[0]
    if first["n"] == 0:
        return f"{question.load.name}: the way is open."
    cost = "cost not known" if np.isnan(first["cost_msek"]) else f"{first['cost_msek']:.1f} MSEK"
    return f"{question.load.name}: {first['names']} ({cost}).{left}"
