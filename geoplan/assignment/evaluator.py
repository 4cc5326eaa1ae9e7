"""An independent check of an assignment: nothing of what the solver says is believed.

It takes the flows that are returned, works out their costs with the numpy form of the volume-delay functions,
and finds shortest paths anew, each of which is proven by its labels. Gap, node balance and objective of every
result come from here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.assignment.loading import by_hierarchy, crossroads
from geoplan.assignment.problem import Problem
from geoplan.assignment.tree_kernels import label_table
from geoplan.assignment.volume_delay import VolumeDelay, edge_integrals, edge_times
from geoplan.errors import GeoplanError
from geoplan.routing.many import customize_crossroads, table_between

Array = NDArray[np.float64]
IntArray = NDArray[np.int32]

PROVEN = 4  # rows of a table by hierarchy that are held against plain trees which prove themselves


def evaluate(problem: Problem, class_flow: Array, *, time_unit_s: float = 3600.0) -> tuple[pd.Series, Array]:
    """Figures that tell how far flows are from user equilibrium, and the travel times at these flows.

    Parameters
    ----------
    class_flow
        Array (n_classes, n_arcs), passenger car equivalents an hour.
    time_unit_s
        Seconds in the unit of the figures: 3600 gives vehicle hours, 60 vehicle minutes.

    Returns
    -------
    Series: relative_gap = (total_time - shortest_total_time) / total_time; objective (Beckmann's, of what is
    assigned on top of preloads; passenger car equivalents x time); node_balance, the largest |in - out| of trips
    at a node, vehicles an hour; total_time and shortest_total_time, vehicles x time; time_unit_s. And the times
    from zone to zone, (n_classes, n_zones, n_zones), seconds, inf where there is no way.
    """
    delay = VolumeDelay(problem.delay, problem.edge_delay.points, *(np.zeros(0, dtype=bool),) * 2)
    flow = class_flow.sum(axis=0)
    times = edge_times(delay, problem.preload + flow)
    costs = times + problem.extra
    total, shortest = 0.0, 0.0
    zone_times = _zone_times(problem, costs)
    for k in range(len(problem.classes)):
        total += _dot(class_flow[k], costs[k]) / problem.pce[k]
        shortest += _shortest_total(problem, zone_times[k], k) / problem.pce[k]
    integral = edge_integrals(delay, problem.preload + flow) - edge_integrals(delay, problem.preload)
    objective = float(integral.sum()) + sum(_dot(*pair) for pair in zip(class_flow, problem.extra, strict=True))
    figures = {
        "relative_gap": (total - shortest) / total if total > 0 else 0.0,
        "objective": objective / time_unit_s,
        "node_balance": node_balance(problem, class_flow),
        "total_time": total / time_unit_s,
        "shortest_total_time": shortest / time_unit_s,
        "time_unit_s": time_unit_s,
    }
    return pd.Series(figures, name="evaluation"), zone_times


def node_balance(problem: Problem, class_flow: Array) -> float:
    """Largest |what flows in + trips that start - what flows out - trips that end| at a node, vehicles an hour."""
    first_out, head, tail, _ = problem.graph
    n = len(first_out) - 1
    worst = 0.0
    for k in range(len(problem.classes)):
        net = np.zeros(n) + np.bincount(head, weights=class_flow[k], minlength=n)
        net -= np.bincount(tail, weights=class_flow[k], minlength=n)
        mine = problem.rows_of_class(k)
        amount = problem.amount[mine]
        net += np.bincount(problem.origin[problem.bush_of_row[mine]], weights=amount, minlength=n)
        net -= np.bincount(problem.to_node[mine], weights=amount, minlength=n)
        worst = max(worst, float(np.abs(net).max(initial=0.0)) / problem.pce[k])
    return worst


def _zone_times(problem: Problem, costs: Array) -> Array:
    """Shortest times from zone to zone by class; zones at one node are searched once and need no time."""
    n_zones = len(problem.zone_node)
    times = np.full((len(problem.classes), n_zones, n_zones), np.inf)
    sources, group = np.unique(problem.zone_node, return_inverse=True)
    for k in range(len(problem.classes)):
        cost = np.ascontiguousarray(costs[k])
        if by_hierarchy(problem):
            rows = _by_hierarchy(problem, cost, sources)
        else:
            rows = _proven_rows(problem, cost, sources)
        times[k] = rows[group]
    return times


def _proven_rows(problem: Problem, cost: Array, sources: IntArray) -> Array:
    """Times from nodes to all zones by plain trees whose labels prove themselves."""
    rows = np.empty((len(sources), len(problem.zone_node)))
    worst = label_table(problem.graph, cost, sources, problem.zone_node, rows)
    if worst > 1e-12:
        raise GeoplanError(f"evaluate: shortest paths are off by a share of {worst:.1e}; please report it")
    return rows


def _by_hierarchy(problem: Problem, cost: Array, sources: IntArray) -> Array:
    """The same for many nodes, some of them proven."""
    roads = crossroads(problem)
    rows = table_between(customize_crossroads(roads, cost, problem.known), roads, sources, problem.zone_node)
    some = np.unique(np.linspace(0, len(sources) - 1, PROVEN).astype(np.intp))
    if not np.allclose(rows[some], _proven_rows(problem, cost, sources[some]), rtol=1e-11, atol=0.0):
        raise GeoplanError("evaluate: the hierarchy and plain trees do not agree; please report it")
    return rows


def _shortest_total(problem: Problem, zone_times: Array, k: int) -> float:
    """Sum of trips x shortest time of one class, passenger car equivalents x seconds."""
    zone_at = np.full(len(problem.graph[0]), -1, dtype=np.intp)
    zone_at[problem.zone_node] = np.arange(len(problem.zone_node))
    mine = problem.rows_of_class(k)
    rows = zone_at[problem.origin[problem.bush_of_row[mine]]]
    return _dot(problem.amount[mine], zone_times[rows, zone_at[problem.to_node[mine]]])


def _dot(amount: Array, cost: Array) -> float:
    """Sum of products where the amount is not 0, so that nothing x inf is nothing."""
    used = amount != 0
    return float(np.sum(amount[used] * cost[used]))
