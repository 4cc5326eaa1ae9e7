"""All or nothing: each trip on the shortest way, at costs that stand still.

By one plain tree for each origin, or by a hierarchy where there are so many origins that it pays. Of ways that are
equally short either may be taken.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geoplan.assignment.problem import Problem
from geoplan.assignment.tree_kernels import label_nodes, order_tree
from geoplan.routing.hierarchy import load_trips
from geoplan.routing.many import Crossroads, customize_crossroads, open_crossroads, worth_it

Array = NDArray[np.float64]


def load_all(problem: Problem, cost: Array, class_flow: Array, lost: Array) -> float:
    """Flows (n_classes, n_arcs) when every trip takes its shortest way by `cost`, of that shape, into `class_flow`.

    Trips that have no way are added to `lost` and set to 0 in `problem.amount`. Returns the sum of trips x time.
    """
    if not by_hierarchy(problem):
        return float(load_shortest(problem.graph, problem.trips, cost, class_flow, lost))
    roads = crossroads(problem)
    spent = 0.0
    for k in range(len(problem.classes)):
        first, last = np.searchsorted(problem.kind, [k, k + 1])
        mine = problem.rows_of_class(k)
        amount = problem.amount[mine]  # a view: what has no way is taken out below
        origin, ptr = problem.origin[first:last], problem.ptr[first : last + 1] - mine.start
        metric = customize_crossroads(roads, cost[k], problem.known)
        class_flow[k], trip_cost = load_trips(metric, roads.start[origin], ptr, problem.to_node[mine], amount)
        hindered = np.isinf(trip_cost)
        lost[mine][hindered] += amount[hindered]
        amount[hindered] = 0.0
        trip_cost[hindered] = 0.0
        spent += float(np.dot(amount, trip_cost))
    return spent


def by_hierarchy(problem: Problem) -> bool:
    """Are there so many origins that a hierarchy of the graph pays?"""
    return worth_it(len(problem.origin), len(problem.graph[0]) - 1)


def crossroads(problem: Problem) -> Crossroads:
    """The graph of a problem as a hierarchy takes it."""
    _, head, tail, through = problem.graph
    return open_crossroads(tail, head, through, *problem.place)


@njit(cache=True)
def load_shortest(graph, trips, cost, class_flow, lost):
    """Flows of the arcs when every trip takes its shortest way, written into `class_flow` (n_classes, n_arcs).

    Trees are loaded against the order of their nodes: sorting by distance would lose trips on links of no
    cost. Trips that have no way are written into `lost` and set to 0 in `trips`.

    graph, trips : as in `bush_kernels`; cost : (n_classes, n_arcs), seconds

    Returns the sum of trips x shortest time, weighted as the trips are.
    """
    first_out, _head, tail, _through = graph
    origin, kind, ptr, to_node, amount = trips
    n_nodes = len(first_out) - 1
    dist = np.empty(n_nodes, np.float64)
    pred = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int32)
    queue = np.empty(n_nodes, np.int32)
    place = np.empty(n_nodes, np.int32)
    load = np.empty(n_nodes, np.float64)
    class_flow[:] = 0.0
    spent = 0.0
    for b in range(len(origin)):
        row = class_flow[kind[b]]
        label_nodes(graph, cost[kind[b]], origin[b], dist, pred, queue)
        reached = order_tree(tail, pred, origin[b], place, order)
        load[:] = 0.0
        for i in range(ptr[b], ptr[b + 1]):
            if dist[to_node[i]] == np.inf:
                lost[i] += amount[i]
                amount[i] = 0.0
            else:
                load[to_node[i]] += amount[i]
                spent += amount[i] * dist[to_node[i]]
        for i in range(reached - 1, 0, -1):
            v = order[i]
            if load[v] > 0.0:
                row[pred[v]] += load[v]
                load[tail[pred[v]]] += load[v]
    return spent
