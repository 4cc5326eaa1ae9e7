"""Shortest paths on CSR arrays. Arrays in, arrays out: numpy and numba only.

A 4-ary heap with positions (decrease-key), so that every node is settled once and in order of distance. Costs may be
zero; an infinite cost may not be passed. The arc of each label is kept, not only the node, so that parallel edges
stay apart. Source: Dijkstra (1959); d-ary heap: Johnson (1975).
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

NOWHERE = np.int64(-1)  # no target; a plain -1 in a call is a type of its own, and one more compilation


@njit(cache=True, inline="always")
def _sift_up(heap, where, dist, i):
    """Move heap[i] towards the root until its parent is not farther."""
    node = heap[i]
    key = dist[node]
    while i > 0:
        parent = (i - 1) >> 2
        other = heap[parent]
        if dist[other] <= key:
            break
        heap[i] = other
        where[other] = i
        i = parent
    heap[i] = node
    where[node] = i


@njit(cache=True, inline="always")
def _pop(heap, where, dist, size):
    """The nearest node; the heap has `size - 1` entries afterwards."""
    top = heap[0]
    where[top] = -2
    size -= 1
    if size == 0:
        return top
    node = heap[size]
    key = dist[node]
    i = 0
    while True:
        child = (i << 2) + 1
        if child >= size:
            break
        best = child
        best_key = dist[heap[child]]
        for c in range(child + 1, min(child + 4, size)):
            c_key = dist[heap[c]]
            if c_key < best_key:
                best = c
                best_key = c_key
        if best_key >= key:
            break
        heap[i] = heap[best]
        where[heap[i]] = i
        i = best
    heap[i] = node
    where[node] = i
    return top


@njit(cache=True)
def grow_tree(first_out, head, cost, source, through, target, dist, pred_arc, order, heap, where):
    """Dijkstra from `source` into the given work arrays; stops when `target` (>= 0) is settled. Returns nodes settled.

    `where`: position in the heap, -1 not seen, -2 settled. The caller owns the arrays; all are reset here.
    """
    dist[:] = np.inf
    pred_arc[:] = -1
    where[:] = -1
    dist[source] = 0.0
    heap[0] = source
    where[source] = 0
    size = 1
    settled = 0
    while size > 0:
        node = _pop(heap, where, dist, size)
        size -= 1
        order[settled] = node
        settled += 1
        if node == target:
            break
        if not through[node] and node != source:
            continue
        base = dist[node]
        for arc in range(first_out[node], first_out[node + 1]):
            other = head[arc]
            if where[other] == -2:
                continue
            reach = base + cost[arc]
            if reach < dist[other]:
                dist[other] = reach
                pred_arc[other] = arc
                if where[other] == -1:
                    heap[size] = other
                    where[other] = size
                    size += 1
                _sift_up(heap, where, dist, where[other])
    return settled


@njit(cache=True)
def shortest_path_tree(first_out, head, cost, source, through):
    """Shortest paths from one node to all.

    Parameters
    ----------
    first_out, head : int32 CSR arrays of the graph
    cost : float64 (n_arcs,), >= 0; inf may not be passed
    source : node position
    through : bool (n_nodes,); a node that is not `through` may end a path but not carry it on

    Returns
    -------
    dist (n_nodes,) inf where not reached; pred_arc (n_nodes,) last arc or -1; order (n_nodes,) nodes in the order
    settled, of which the first n_settled are valid; n_settled.
    """
    n = len(first_out) - 1
    dist = np.empty(n, np.float64)
    pred_arc = np.empty(n, np.int32)
    order = np.empty(n, np.int32)
    heap = np.empty(n, np.int32)
    where = np.empty(n, np.int32)
    settled = grow_tree(first_out, head, cost, source, through, NOWHERE, dist, pred_arc, order, heap, where)
    return dist, pred_arc, order, settled


@njit(cache=True)
def shortest_path(first_out, head, tail, cost, source, target, through):
    """Shortest path between two nodes: (distance, arcs in order of travel); (inf, empty) when there is none."""
    n = len(first_out) - 1
    dist = np.empty(n, np.float64)
    pred_arc = np.empty(n, np.int32)
    order = np.empty(n, np.int32)
    heap = np.empty(n, np.int32)
    where = np.empty(n, np.int32)
    grow_tree(first_out, head, cost, source, through, target, dist, pred_arc, order, heap, where)
    return dist[target], trace_path(pred_arc, tail, target)


@njit(cache=True)
def trace_path(pred_arc, tail, target):
    """Arcs from the root of a tree to `target`, in order of travel."""
    count = 0
    node = target
    while pred_arc[node] >= 0:
        count += 1
        node = tail[pred_arc[node]]
    arcs = np.empty(count, np.int32)
    node = target
    for i in range(count - 1, -1, -1):
        arcs[i] = pred_arc[node]
        node = tail[pred_arc[node]]
    return arcs


@njit(cache=True, nogil=True)
def cost_table(first_out, head, cost, sources, targets, through):
    """Distances from each source to each target, (n_sources, n_targets), inf where not reached. Holds no lock."""
    n = len(first_out) - 1
    table = np.empty((len(sources), len(targets)), np.float64)
    dist = np.empty(n, np.float64)
    pred_arc = np.empty(n, np.int32)
    order = np.empty(n, np.int32)
    heap = np.empty(n, np.int32)
    where = np.empty(n, np.int32)
    for row in range(len(sources)):
        source = np.int64(sources[row])
        grow_tree(first_out, head, cost, source, through, NOWHERE, dist, pred_arc, order, heap, where)
        for column in range(len(targets)):
            table[row, column] = dist[targets[column]]
    return table


@njit(cache=True)
def sum_along_trees(first_out, head, tail, cost, values, sources, targets, through):
    """`values` (n_arcs,) summed along the shortest paths by `cost`: (n_sources, n_targets), nan where not reached."""
    n = len(first_out) - 1
    table = np.empty((len(sources), len(targets)), np.float64)
    dist = np.empty(n, np.float64)
    pred_arc = np.empty(n, np.int32)
    order = np.empty(n, np.int32)
    heap = np.empty(n, np.int32)
    where = np.empty(n, np.int32)
    total = np.empty(n, np.float64)
    for row in range(len(sources)):
        source = np.int64(sources[row])
        settled = grow_tree(first_out, head, cost, source, through, NOWHERE, dist, pred_arc, order, heap, where)
        total[:] = np.nan
        for i in range(settled):
            node = order[i]
            arc = pred_arc[node]
            total[node] = 0.0 if arc < 0 else total[tail[arc]] + values[arc]
        for column in range(len(targets)):
            table[row, column] = total[targets[column]]
    return table
