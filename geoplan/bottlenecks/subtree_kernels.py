"""Shortest ways from one origin, laid out so that what a closure touches lies side by side in memory.

The shortest-path tree is numbered in preorder: the nodes below a tree arc are one interval. Every arc carries its
*reduced* cost, the metres or seconds it is worse than the tree: cost + dist(tail) - dist(head), zero on the tree and
never below zero (Johnson 1977). Distances behind a closure are then *extra* distances, found in increasing order, and
whole branches of the tree take the same extra distance without a heap. Arrays only.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

from collections import namedtuple

import numpy as np
from numba import njit

from geoplan.routing.kernels import NOWHERE, _pop, _sift_up, grow_tree

# place: preorder number of each node, -1 unreachable; size: nodes in the branch of each number.
# out_first, out_head, out_arc, out_cost and in_first, in_tail, in_cost: usable arcs by preorder numbers of their ends.
# out_row, in_row: (n_arcs,) row of each arc in the two lists, -1 when it is in none; pred: tree arc into each number.
# trip_place: preorder numbers of destinations, ascending, rate: their trips; before: destinations before each number.
Layout = namedtuple(
    "Layout",
    "count place size out_first out_head out_arc out_cost in_first in_tail in_arc in_cost out_row in_row pred "
    "trip_place rate before",
)
# Work arrays of one origin: extra distance, arc it came by, position in the heap, mark of the closure; heap, stack and
# nodes in the order they are settled.
Work = namedtuple("Work", "extra by where inside heap stack order cuts saved_out saved_in")


@njit(cache=True)
def lay_out(first_out, head, tail, cost, through, source, targets, trips):
    """Layout of the tree from `source`; `trips` (n_targets,) an hour to each of `targets`."""
    n = len(first_out) - 1
    m = len(head)
    dist = np.empty(n, np.float64)
    pred_arc = np.empty(n, np.int32)
    order = np.empty(n, np.int32)
    heap = np.empty(n, np.int32)
    where = np.empty(n, np.int32)
    count = grow_tree(first_out, head, cost, np.int64(source), through, NOWHERE, dist, pred_arc, order, heap, where)

    branch = where  # nodes in the branch of each node; the heap is done with its array
    for i in range(count):
        branch[order[i]] = 1
    for i in range(count - 1, 0, -1):
        branch[tail[pred_arc[order[i]]]] += branch[order[i]]
    place = np.full(n, -1, np.int32)
    free = np.empty(n, np.int32)
    node_at = np.empty(count, np.int32)
    size = np.empty(count, np.int32)
    pred = np.empty(count, np.int32)
    for i in range(count):
        node = order[i]
        if i == 0:
            place[node] = 0
        else:
            parent = tail[pred_arc[node]]
            place[node] = free[parent]
            free[parent] += branch[node]
        free[node] = place[node] + 1
        node_at[place[node]] = node
        size[place[node]] = branch[node]
        pred[place[node]] = pred_arc[node]

    out_first = np.zeros(count + 1, np.int32)
    in_first = np.zeros(count + 1, np.int32)
    out_row = np.full(m, -1, np.int32)
    in_row = np.full(m, -1, np.int32)
    out_head = np.empty(m, np.int32)
    out_arc = np.empty(m, np.int32)
    out_cost = np.empty(m, np.float64)
    used = 0
    for i in range(count):
        node = node_at[i]
        if through[node] or node == source:
            for arc in range(first_out[node], first_out[node + 1]):
                other = place[head[arc]]
                if cost[arc] < np.inf and other > 0:  # nothing is shorter by going back to the origin
                    out_row[arc] = used
                    out_head[used] = other
                    out_arc[used] = arc
                    out_cost[used] = dist[node] + cost[arc] - dist[head[arc]]
                    in_first[other + 1] += 1
                    used += 1
        out_first[i + 1] = used
    for i in range(count):
        in_first[i + 1] += in_first[i]
    in_tail = np.empty(used, np.int32)
    in_arc = np.empty(used, np.int32)
    in_cost = np.empty(used, np.float64)
    nearest = in_first[:-1].copy()
    for i in range(count):
        for row in range(out_first[i], out_first[i + 1]):
            to = nearest[out_head[row]]
            nearest[out_head[row]] += 1
            in_tail[to] = i
            in_arc[to] = out_arc[row]
            in_cost[to] = out_cost[row]
            in_row[out_arc[row]] = to

    demand = np.zeros(count, np.float64)
    for t in range(len(targets)):
        if trips[t] > 0.0 and place[targets[t]] > 0:
            demand[place[targets[t]]] += trips[t]
    before = np.zeros(count + 1, np.int32)
    for i in range(count):
        before[i + 1] = before[i] + (1 if demand[i] > 0.0 else 0)
    trip_place = np.empty(before[count], np.int32)
    rate = np.empty(before[count], np.float64)
    for i in range(count):
        if demand[i] > 0.0:
            trip_place[before[i]] = i
            rate[before[i]] = demand[i]
    return Layout(
        count, place, size, out_first, out_head[:used], out_arc[:used], out_cost[:used], in_first, in_tail, in_arc,
        in_cost, out_row, in_row, pred, trip_place, rate, before,
    )  # fmt: skip


@njit(cache=True)
def make_work(layout, most_arcs):
    """Work arrays for a layout and closures of at most `most_arcs` arcs."""
    count = layout.count
    return Work(
        np.full(count, np.inf),
        np.full(count, -1, np.int32),
        np.full(count, -1, np.int32),
        np.full(count, -1, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(most_arcs, np.int32),
        np.empty(most_arcs, np.float64),
        np.empty(most_arcs, np.float64),
    )


@njit(cache=True)
def find_cuts(layout, head, arcs, cuts):
    """Tops of the branches that the closed `arcs` cut off, ascending and none inside another.

    Returns (number of cuts, destinations below them); the cuts are written into `cuts`.
    """
    found = 0
    for i in range(len(arcs)):
        top = layout.place[head[arcs[i]]]
        if top < 0 or layout.pred[top] != arcs[i]:
            continue
        j = found
        while j > 0 and cuts[j - 1] > top:
            cuts[j] = cuts[j - 1]
            j -= 1
        cuts[j] = top
        found += 1
    kept = 0
    below = 0
    end = 0
    for i in range(found):
        if cuts[i] < end:
            continue
        cuts[kept] = cuts[i]
        end = cuts[i] + layout.size[cuts[i]]
        below += layout.before[end] - layout.before[cuts[i]]
        kept += 1
    return kept, below


@njit(cache=True)
def go_round(layout, work, arcs, n_cuts, below, mark):
    """Extra distances of the destinations below the cuts with the `arcs` closed, into `work.extra`.

    `mark` is a number of its own for each call. The search stops when the `below` destinations are settled: other nodes
    may hold a distance that is not final, `inf` where it did not come; with `below` above their number it settles all.
    Returns nodes settled, in `work.order`; `work.by` holds the arc each was reached by.
    """
    for c in range(n_cuts):
        top = work.cuts[c]
        work.inside[top : top + layout.size[top]] = mark
    close_arcs(layout, work, arcs)
    heaped = np.int64(0)  # typed: a bare number would compile `spread` twice
    for c in range(n_cuts):
        top = work.cuts[c]
        for i in range(top, top + layout.size[top]):
            best = np.inf
            arc = -1
            for row in range(layout.in_first[i], layout.in_first[i + 1]):
                if layout.in_cost[row] < best and work.inside[layout.in_tail[row]] != mark:
                    best = layout.in_cost[row]
                    arc = layout.in_arc[row]
            heaped = enter(work, heaped, i, best, arc)
    settled = spread(layout, work, heaped, below, mark)
    open_arcs(layout, work, arcs)
    return settled


@njit(cache=True, inline="always")
def enter(work, heaped, i, best, arc):
    """Start node `i` at its best entry from outside; returns the size of the heap."""
    work.extra[i] = best
    work.by[i] = arc
    work.where[i] = -1
    if best < np.inf:
        work.heap[heaped] = i
        work.where[i] = heaped
        heaped += 1
        _sift_up(work.heap, work.where, work.extra, work.where[i])
    return heaped


@njit(cache=True)
def spread(layout, work, heaped, left, mark):
    """Settle marked nodes in order of extra distance until `left` destinations are; returns how many nodes were."""
    extra, by, where, inside = work.extra, work.by, work.where, work.inside
    heap, stack, order = work.heap, work.stack, work.order
    settled = 0
    while heaped > 0 and left > 0:
        stack[0] = _pop(heap, where, extra, heaped)
        heaped -= 1
        deep = 1
        while deep > 0:
            deep -= 1
            i = stack[deep]
            order[settled] = i
            settled += 1
            left -= layout.before[i + 1] - layout.before[i]
            for row in range(layout.out_first[i], layout.out_first[i + 1]):
                other = layout.out_head[row]
                if inside[other] != mark or where[other] == -2:
                    continue
                reach = extra[i] + layout.out_cost[row]
                if reach < extra[other]:
                    extra[other] = reach
                    by[other] = layout.out_arc[row]
                    if where[other] >= 0:
                        _sift_up(heap, where, extra, where[other])
                    elif reach == extra[i]:
                        where[other] = -2  # as near as the nearest of the heap: settled at once
                        stack[deep] = other
                        deep += 1
                    else:
                        heap[heaped] = other
                        where[other] = heaped
                        heaped += 1
                        _sift_up(heap, where, extra, where[other])
    return settled


@njit(cache=True)
def close_arcs(layout, work, arcs):
    """Make arcs impassable; what they cost is kept for `open_arcs`."""
    for i in range(len(arcs)):
        row = layout.out_row[arcs[i]]
        if row >= 0:
            work.saved_out[i] = layout.out_cost[row]
            work.saved_in[i] = layout.in_cost[layout.in_row[arcs[i]]]
            layout.out_cost[row] = np.inf
            layout.in_cost[layout.in_row[arcs[i]]] = np.inf


@njit(cache=True)
def open_arcs(layout, work, arcs):
    """Undo `close_arcs`, last first: an arc that is named twice was closed once."""
    for i in range(len(arcs) - 1, -1, -1):
        row = layout.out_row[arcs[i]]
        if row >= 0:
            layout.out_cost[row] = work.saved_out[i]
            layout.in_cost[layout.in_row[arcs[i]]] = work.saved_in[i]
