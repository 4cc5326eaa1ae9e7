"""Other plans than the best: ways that avoid its structures, and what is worth measuring on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.heavy_haul.costs import cost_rates
from geoplan.heavy_haul.plan import Objective, Plan, best_way, describe_way, plan_transport, weights
from geoplan.heavy_haul.refusals import Refusals
from geoplan.heavy_haul.states import States, build_states, open_arcs
from geoplan.network.names import place_title
from geoplan.network.network import Network
from geoplan.routing.points import Point, find_node
from geoplan.vehicles.limits import PASSES, Unknown, make_terms
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS
from geoplan.vehicles.vehicle import Vehicle

SHARED = 1e9  # what passing a structure of an earlier plan costs in the search: more than any real way


def alternative_plans(
    network: Network,
    origin: Point,
    destination: Point,
    load: Load,
    *,
    count: int = 3,
    vehicles: list[str | Vehicle] | None = None,
    objective: Objective = "cost",
    unknown: Unknown = "pass",
    permits: tuple[str, ...] = USUAL_PERMITS,
) -> list[Plan]:
    """The best plan and others that pass other structures, at most `count`.

    Each further plan passes as few of the structures of the earlier ones as it can, and is the best of those.
    The list ends when a further plan would pass no other structures than an earlier one.
    """
    first = plan_transport(
        network, origin, destination, load, vehicles=vehicles, objective=objective, unknown=unknown, permits=permits
    )
    plans = [first]
    if not first.feasible:
        return plans
    states = states_of(network, first)
    passed = [_passed(network, first)]
    usable = open_arcs(states, PASSES[unknown])
    burden = np.zeros(len(states.edge))
    while len(plans) < count:
        burden += _touching(states, passed[-1])
        cost = np.where(usable, weights(states, objective) + SHARED * burden, np.inf)
        arcs = states.search(cost)
        if arcs is None:
            break
        plan = describe_way(states, arcs, load, objective, Refusals(first.why.iloc[:0], ""), first.options)
        other = _passed(network, plan)
        if other in passed:
            break
        plans.append(plan)
        passed.append(other)
    return plans


def worth_measuring(network: Network, plan: Plan, *, unknown: Unknown = "pass", limit: int = 20) -> pd.DataFrame:
    """The unknown values on the way that could change the plan, with what it would cost if they turned out bad.

    Parameters
    ----------
    limit
        Most structures and sections to try, structures first, in order of travel.

    Returns
    -------
    Table, the most decisive first: structure_id, edge_id, name, vehicle, limits (what is not known there),
    still_feasible (another way remains when it is not enough for any vehicle of the mode), extra_cost_sek,
    extra_time_h (inf when none remains).
    """
    if not plan.feasible:
        return pd.DataFrame(columns=WORTH_COLUMNS)
    states = states_of(network, plan)
    items = _unknown_items(plan).head(limit)
    edge_rows = network.edges.index.get_indexer(items["edge_id"])
    way_of = network.edges["way_id"].to_numpy()
    mode_of = {v.name: v.mode for v in states.vehicles}
    modes = np.array([v.mode for v in states.vehicles] + [""], dtype=object)
    rows = []
    for item, edge_row in zip(items.to_dict("records"), edge_rows, strict=True):
        if item["structure_id"] != "":
            closed = _touching(states, frozenset([item["structure_id"]])) > 0
        else:
            closed = np.isin(states.edge, np.flatnonzero(way_of == way_of[edge_row]))
        closed &= modes[states.vehicle] == mode_of[str(item["vehicle"])]
        other = best_way(states, plan.objective, unknown, closed=closed)
        rows.append(
            {
                **item,
                "name": place_title(network, item["structure_id"], item["edge_id"]),
                "still_feasible": other is not None,
                "extra_cost_sek": np.inf if other is None else float(states.cost_sek[other].sum()) - plan.cost_sek,
                "extra_time_h": np.inf if other is None else float(states.time_h[other].sum()) - plan.time_h,
            }
        )
    table = pd.DataFrame(rows, columns=WORTH_COLUMNS)
    return table.sort_values("extra_cost_sek", ascending=False, kind="stable").reset_index(drop=True)


WORTH_COLUMNS = [
    "structure_id",
    "edge_id",
    "name",
    "vehicle",
    "limits",
    "still_feasible",
    "extra_cost_sek",
    "extra_time_h",
]


def _unknown_items(plan: Plan) -> pd.DataFrame:
    """One row for each structure, then for each plain section, with an unknown limit: what it is and which limits."""
    rows = plan.margins[plan.margins["verdict"] == "unknown"]
    items = (
        rows.groupby(["structure_id", "edge_id", "vehicle"], sort=False)["limit"]
        .agg(lambda found: ", ".join(dict.fromkeys(found)))
        .rename("limits")
        .reset_index()
    )
    plain = items["structure_id"] == ""
    structures = items[~plain].drop_duplicates(["structure_id", "vehicle"])
    return pd.concat([structures, items[plain]], ignore_index=True)


def states_of(network: Network, plan: Plan) -> States:
    """The graph of states that a plan was searched on."""
    options = plan.options
    return build_states(
        network,
        plan.vehicles,
        find_node(network, plan.origin),
        find_node(network, plan.destination),
        permits=options["permits"],
        terms=make_terms(options["clearance_m"], options["rules"], options["gauges"]),
        rates=cost_rates(dict(plan.rates)),
    )


def _passed(network: Network, plan: Plan) -> frozenset[object]:
    """Structures that carry or stand over an edge of the plan."""
    table = network.structure_edges
    return frozenset(table.loc[table["edge_id"].isin(plan.edges.index), "structure_id"])


def _touching(states: States, structures: frozenset[object]) -> np.ndarray:
    """How many of these structures each arc passes, (n_arcs,)."""
    table = states.network.structure_edges
    table = table[table["structure_id"].isin(structures)]
    edge = states.network.edges.index.get_indexer(table["edge_id"])
    count = np.bincount(edge, minlength=len(states.network.edges) + 1).astype(np.float64)
    count[-1] = 0.0
    return count[states.edge]
