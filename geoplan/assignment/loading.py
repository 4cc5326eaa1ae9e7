"""All or nothing: each trip on the shortest way, at costs that stand still."""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.assignment.tree_kernels import label_nodes, order_tree


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
