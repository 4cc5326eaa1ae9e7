"""What every closure costs every trip, exactly, without searching the network again for each.

For each origin one shortest-path tree. A closure that does not touch the tree costs nothing. For one that does, only
the nodes below its tree arcs can get farther: each of them is seeded with its best entry from outside, and Dijkstra
runs inside until all their demand is settled; what is never settled is unsatisfied demand. Total work is the sum of
those subtrees instead of a whole search for each (origin, closure).
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit, prange

from geoplan.routing.kernels import _pop, _sift_up, grow_tree


@njit(cache=True)
def _number_tree(order, settled, pred_arc, tail, size, pre, by_pre, free):
    """Preorder numbers: the subtree of node c is by_pre[pre[c] : pre[c] + size[c]]."""
    for i in range(settled):
        size[order[i]] = 1
    for i in range(settled - 1, 0, -1):
        size[tail[pred_arc[order[i]]]] += size[order[i]]
    root = order[0]
    pre[root] = 0
    free[root] = 1
    by_pre[0] = root
    for i in range(1, settled):
        node = order[i]
        parent = tail[pred_arc[node]]
        place = free[parent]
        pre[node] = place
        by_pre[place] = node
        free[parent] = place + size[node]
        free[node] = place + 1


@njit(cache=True)
def _detour_below(
    first_in,
    in_arc,
    first_out,
    head,
    tail,
    cost,
    through,
    source,
    dist,
    inside,
    stamp,
    closed,
    members,
    count,
    demand,
    detour,
    heap,
    where,
):
    """Distances of the `count` nodes in `members` with the closed arcs gone, into `detour`.

    `inside[node] == stamp` marks the members, `closed[arc] == stamp` the closed arcs. Stops when every member with
    demand is settled; members without demand may then hold a distance that is not final.
    """
    size = 0
    left = 0
    for i in range(count):
        node = members[i]
        best = np.inf
        for j in range(first_in[node], first_in[node + 1]):
            arc = in_arc[j]
            before = tail[arc]
            if closed[arc] == stamp or inside[before] == stamp:
                continue
            if not through[before] and before != source:
                continue
            reach = dist[before] + cost[arc]
            if reach < best:
                best = reach
        detour[node] = best
        where[node] = -1
        if demand[node] > 0.0:
            left += 1
        if best < np.inf:
            heap[size] = node
            where[node] = size
            size += 1
            _sift_up(heap, where, detour, where[node])
    while size > 0 and left > 0:
        node = _pop(heap, where, detour, size)
        size -= 1
        if demand[node] > 0.0:
            left -= 1
        if not through[node]:
            continue
        base = detour[node]
        for arc in range(first_out[node], first_out[node + 1]):
            other = head[arc]
            if inside[other] != stamp or closed[arc] == stamp or where[other] == -2:
                continue
            reach = base + cost[arc]
            if reach < detour[other]:
                detour[other] = reach
                if where[other] == -1:
                    heap[size] = other
                    where[other] = size
                    size += 1
                _sift_up(heap, where, detour, where[other])


@njit(cache=True, parallel=True)
def closure_losses(
    first_out,
    head,
    tail,
    first_in,
    in_arc,
    cost,
    through,
    sources,
    targets,
    trips,
    first_arc,
    closure_arcs,
    first_closure,
    arc_closures,
    duration_s,
):
    """Loss of each closure for the trips from each origin.

    Parameters
    ----------
    first_out, head, tail, first_in, in_arc
        The graph forwards and backwards (CSR).
    sources, targets, trips
        Node of each origin and destination; trips (n_origins, n_targets) an hour.
    first_arc, closure_arcs
        CSR: arcs of closure k. `first_closure, arc_closures`: closures of arc a.
    duration_s
        How long the closure lasts; for the third result.

    Returns
    -------
    extra (n_origins, n_closures): extra seconds an hour of the trips that still arrive;
    lost (n_origins, n_closures): trips an hour that do not arrive;
    waiting (n_origins, n_closures): vehicle seconds over the closure when nobody waits longer than it lasts.
    """
    n = len(first_out) - 1
    m = len(head)
    n_closures = len(first_arc) - 1
    extra = np.zeros((len(sources), n_closures))
    lost = np.zeros((len(sources), n_closures))
    waiting = np.zeros((len(sources), n_closures))
    for row in prange(len(sources)):
        dist = np.empty(n, np.float64)
        pred_arc = np.empty(n, np.int32)
        order = np.empty(n, np.int32)
        heap = np.empty(n, np.int32)
        where = np.empty(n, np.int32)
        source = sources[row]
        settled = grow_tree(first_out, head, cost, source, through, -1, dist, pred_arc, order, heap, where)
        demand = np.zeros(n)
        for t in range(len(targets)):
            if trips[row, t] > 0.0 and targets[t] != source and dist[targets[t]] < np.inf:
                demand[targets[t]] += trips[row, t]
        below = demand.copy()
        size = np.zeros(n, np.int32)
        pre = np.empty(n, np.int32)
        by_pre = np.empty(n, np.int32)
        free = np.empty(n, np.int32)
        _number_tree(order, settled, pred_arc, tail, size, pre, by_pre, free)
        for i in range(settled - 1, 0, -1):
            below[tail[pred_arc[order[i]]]] += below[order[i]]

        # Closures that cut off demand on this tree, and the tree nodes below each: a linked list a closure. A closure
        # that counts brings all its cuts, also those above no demand: what lies below them is no way round either.
        counts = np.zeros(n_closures, np.bool_)
        touched = np.empty(n_closures, np.int32)
        n_touched = 0
        for i in range(1, settled):
            node = order[i]
            if below[node] <= 0.0:
                continue
            for j in range(first_closure[pred_arc[node]], first_closure[pred_arc[node] + 1]):
                k = arc_closures[j]
                if not counts[k]:
                    counts[k] = True
                    touched[n_touched] = k
                    n_touched += 1
        first_cut = np.full(n_closures, -1, np.int32)
        cut_node = np.empty(len(arc_closures), np.int32)
        cut_next = np.empty(len(arc_closures), np.int32)
        n_cuts = 0
        for i in range(1, settled):
            arc = pred_arc[order[i]]
            for j in range(first_closure[arc], first_closure[arc + 1]):
                k = arc_closures[j]
                if counts[k]:
                    cut_node[n_cuts] = order[i]
                    cut_next[n_cuts] = first_cut[k]
                    first_cut[k] = n_cuts
                    n_cuts += 1

        inside = np.full(n, -1, np.int32)
        closed = np.full(m, -1, np.int32)
        detour = np.empty(n, np.float64)
        members = np.empty(n, np.int32)
        for i in range(n_touched):
            k = touched[i]
            for j in range(first_arc[k], first_arc[k + 1]):
                closed[closure_arcs[j]] = k
            count = 0
            cut = first_cut[k]
            while cut >= 0:
                top = cut_node[cut]
                if inside[top] != k:  # not below another cut of the same closure, or met before it
                    for place in range(pre[top], pre[top] + size[top]):
                        node = by_pre[place]
                        if inside[node] != k:
                            inside[node] = k
                            members[count] = node
                            count += 1
                cut = cut_next[cut]
            _detour_below(
                first_in,
                in_arc,
                first_out,
                head,
                tail,
                cost,
                through,
                source,
                dist,
                inside,
                k,
                closed,
                members,
                count,
                demand,
                detour,
                heap,
                where,
            )
            for j in range(count):
                node = members[j]
                rate = demand[node]
                if rate <= 0.0:
                    continue
                longer = detour[node] - dist[node]
                if longer == np.inf:
                    lost[row, k] += rate
                else:
                    extra[row, k] += rate * longer
                if longer < duration_s:
                    waiting[row, k] += rate / 3600.0 * longer * (duration_s - longer / 2.0)
                else:
                    waiting[row, k] += rate / 3600.0 * duration_s * duration_s / 2.0
    return extra, lost, waiting
