"""Shortest-path trees for whole-network loading: every node is wanted, so no heap is needed.

Label correcting with a deque: a node whose label improves again goes to the front, a new one to the back. On road
networks it takes a third of the time of Dijkstra's algorithm with a heap, but it has no good worst case; so in
a search that takes long all go to the back (Bellman, Ford, Moore: at most nodes x arcs steps).
Source: Pape (1974), Mathematical Programming 7, 212-222.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

PATIENCE = 20  # visits a node on average, after which improved nodes go to the back of the queue


@njit(cache=True)
def label_nodes(graph, cost, source, dist, pred, queue):
    """Shortest ways from `source` to all nodes, written into `dist` (inf where not reached) and `pred` (arc, -1).

    graph : first_out, head, tail, through; queue : (n_nodes,) int32 work space
    """
    first_out, head, _tail, through = graph
    n = len(first_out) - 1
    never, waited = np.int32(-2), np.int32(-1)
    dist[:] = np.inf
    pred[:] = -1
    queue[:] = never  # else: was in the queue before, or the node behind; n is the end
    dist[source] = 0.0
    first, last = np.int32(source), np.int32(source)
    queue[source] = n
    visits = 0
    while first != n:
        visits += 1
        v = first
        first = queue[v]
        queue[v] = waited
        if not through[v] and v != source:
            continue
        base = dist[v]
        for a in range(first_out[v], first_out[v + 1]):
            w = head[a]
            d = base + cost[a]
            if d < dist[w]:
                dist[w] = d
                pred[w] = a
                if queue[w] >= 0:
                    continue
                if first == n:
                    first, last, queue[w] = w, w, n
                elif queue[w] == waited and visits < PATIENCE * n:
                    first, queue[w] = w, first
                else:
                    queue[last], queue[w] = w, n
                    last = w


@njit(cache=True)
def order_tree(tail, pred, source, place, order):
    """Nodes of a tree, each after its predecessor: how many, written into `order`; `place` is their position.

    place : (n_nodes,) int32, -1 where not reached
    """
    n = len(pred)
    place[:] = -1
    place[source] = 0
    order[0] = source
    count = 1
    for start in range(n):
        if place[start] >= 0 or pred[start] < 0:
            continue
        # Up to the first node that stands already, counting; then down again, each node to its position.
        length, v = 0, start
        while place[v] < 0:
            length += 1
            v = tail[pred[v]]
        count += length
        v = start
        for i in range(length):
            place[v] = count - 1 - i
            order[count - 1 - i] = v
            v = tail[pred[v]]
    return count


@njit(cache=True)
def label_table(graph, cost, sources, targets, table):
    """Shortest ways from each source to each target, written into `table` (n_sources, n_targets).

    The labels prove themselves: where no arc shortens any of them, none is too long, so that no gap looks
    smaller than it is. Returns the largest share by which an arc would shorten one.
    """
    first_out, head, _tail, through = graph
    n = len(first_out) - 1
    dist, pred = np.empty(n, np.float64), np.empty(n, np.int32)
    queue = np.empty(n, np.int32)
    worst = 0.0
    for row in range(len(sources)):
        source = sources[row]
        label_nodes(graph, cost, source, dist, pred, queue)
        for v in range(n):
            if not through[v] and v != source:
                continue
            base = dist[v]
            if base == np.inf:
                continue
            for a in range(first_out[v], first_out[v + 1]):
                if base + cost[a] < dist[head[a]]:
                    worst = max(worst, (dist[head[a]] - base - cost[a]) / (base + cost[a] + 1e-300))
        for column in range(len(targets)):
            table[row, column] = dist[targets[column]]
    return worst
