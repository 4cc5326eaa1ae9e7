"""Questions to a customized hierarchy, on arrays: one pair, whole trees, ways unpacked to arcs.

Arrays as in `hierarchy_kernels`. Source: elimination-tree queries as Dibbelt, Strasser and Wagner (2016); trees by
sweeping: Delling, Goldberg, Nowatzyk and Werneck (2013), PHAST.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit, prange

from geoplan.routing.hierarchy_kernels import find_edge, low_end

LANES = 16  # trees grown in one sweep


@njit(cache=True)
def levels(up_first, up_head):
    """CSR of the nodes by level: 1 + the highest level of any lower neighbour."""
    n = len(up_first) - 1
    level = np.zeros(n, np.int32)
    for v in range(n):
        for e in range(up_first[v], up_first[v + 1]):
            w = up_head[e]
            if level[w] <= level[v]:
                level[w] = level[v] + 1
    top = 0
    for v in range(n):
        top = max(top, level[v])
    first = np.zeros(top + 2, np.int64)
    for v in range(n):
        first[level[v] + 1] += 1
    for i in range(top + 1):
        first[i + 1] += first[i]
    fill = first[:-1].copy()
    by_level = np.empty(n, np.int32)
    for v in range(n):
        by_level[fill[level[v]]] = v
        fill[level[v]] += 1
    return first, by_level


@njit(cache=True)
def climb(source, up_first, up_head, parent, cost, dist, via):
    """Upward search along the elimination tree: distances of the ancestors of `source`, and the edge that reached each.

    `dist` must be inf at all ancestors on entry; `cost` is `up` (forward) or `down` (backward).
    """
    dist[source] = 0.0
    via[source] = -1
    v = source
    while v >= 0:
        base = dist[v]
        if base < np.inf:
            for e in range(up_first[v], up_first[v + 1]):
                reach = base + cost[e]
                w = up_head[e]
                if reach < dist[w]:
                    dist[w] = reach
                    via[w] = e
        v = parent[v]


@njit(cache=True)
def query(source, target, up_first, up_head, parent, up, down, forward, backward, via_forward, via_backward):
    """Distance and meeting node of two nodes, (inf, -1) when not connected; work arrays are inf on entry and exit."""
    climb(source, up_first, up_head, parent, up, forward, via_forward)
    climb(target, up_first, up_head, parent, down, backward, via_backward)
    best = np.inf
    meet = -1
    v = source
    while v >= 0:
        if forward[v] + backward[v] < best:
            best = forward[v] + backward[v]
            meet = v
        v = parent[v]
    v = source
    while v >= 0:
        forward[v] = np.inf
        v = parent[v]
    v = target
    while v >= 0:
        backward[v] = np.inf
        v = parent[v]
    return best, meet


@njit(cache=True)
def queries(sources, targets, up_first, up_head, parent, up, down):
    """Distances of pairs (n_pairs,): as `query`, but nothing is noted of the way.

    Both climb the elimination tree, the lower one first, until they are at the same node, and from there on together.
    """
    n = len(up_first) - 1
    forward = np.full(n, np.inf)
    backward = np.full(n, np.inf)
    result = np.empty(len(sources))
    for i in range(len(sources)):
        forward[sources[i]] = 0.0
        backward[targets[i]] = 0.0
        v, w = sources[i], targets[i]
        while v != w:
            if w < 0 or 0 <= v < w:
                here = forward[v]
                forward[v] = np.inf
                for e in range(up_first[v], up_first[v + 1]):
                    head = np.uint32(up_head[e])  # unsigned: no test for an index from the end
                    reach = here + up[e]
                    known = forward[head]
                    forward[head] = reach if reach < known else known  # without a branch, which nobody could foresee
                v = parent[v]
            else:
                here = backward[w]
                backward[w] = np.inf
                for e in range(up_first[w], up_first[w + 1]):
                    head = np.uint32(up_head[e])
                    reach = here + down[e]
                    known = backward[head]
                    backward[head] = reach if reach < known else known
                w = parent[w]
        best = np.inf
        while v >= 0:
            here, back = forward[v], backward[v]
            forward[v] = np.inf
            backward[v] = np.inf
            best = min(best, here + back)
            if here < best or back < best:
                for e in range(up_first[v], up_first[v + 1]):
                    head = np.uint32(up_head[e])
                    reach = here + up[e]
                    known = forward[head]
                    forward[head] = reach if reach < known else known
                    reach = back + down[e]
                    known = backward[head]
                    backward[head] = reach if reach < known else known
            v = parent[v]
        result[i] = best
    return result


@njit(cache=True)
def sweep(sources, up_first, up_head, parent, up, down, selected, touched, dist):
    """Distances from up to LANES sources to the selected nodes, into dist (n_nodes, LANES); lanes without one are inf.

    selected : nodes in descending order, each after all of its higher neighbours: all nodes for whole trees, or the
        ancestors of a set of targets
    touched : (n_nodes,) False on entry and exit; `dist` may hold anything on entry
    """
    best = np.empty(LANES)
    for k in range(len(sources)):
        v = sources[k]
        while v >= 0 and not touched[v]:
            touched[v] = True
            dist[v, :] = np.inf
            v = parent[v]
    for k in range(len(sources)):
        v = sources[k]
        dist[v, k] = 0.0
        while v >= 0:
            base = dist[v, k]
            if base < np.inf:
                for e in range(up_first[v], up_first[v + 1]):
                    w = np.uint32(up_head[e])  # unsigned: no test for an index from the end
                    reach, known = base + up[e], dist[w, k]
                    dist[w, k] = reach if reach < known else known  # without a branch, which nobody could foresee
            v = parent[v]
    for i in range(len(selected)):
        v = selected[i]
        if touched[v]:
            for k in range(LANES):
                best[k] = dist[v, k]
        else:
            best[:] = np.inf
        for e in range(up_first[v], up_first[v + 1]):
            w = np.uint32(up_head[e])  # unsigned: no test for an index from the end
            step = down[e]
            for k in range(LANES):  # without a branch, so that all lanes go through one instruction
                reach = dist[w, k] + step
                best[k] = reach if reach < best[k] else best[k]
        for k in range(LANES):
            dist[v, k] = best[k]
    for k in range(len(sources)):
        v = sources[k]
        while v >= 0 and touched[v]:
            touched[v] = False
            v = parent[v]


@njit(cache=True)
def _copy_lanes(dist, targets, table):
    """Rows of `dist` at the targets into the columns of `table` (n_lanes, n_targets), a row at once: they lie apart."""
    lanes = len(table)
    for j in range(len(targets)):
        v = np.uint32(targets[j])
        if lanes == LANES:
            for k in range(LANES):
                table[k, j] = dist[v, k]
        else:
            for k in range(lanes):
                table[k, j] = dist[v, k]


@njit(cache=True, parallel=True)
def sweep_table(sources, targets, up_first, up_head, parent, up, down, selected, dist, table):
    """Distances from each source to each target into table (n_sources, n_targets), LANES sources a sweep.

    dist : (n_workers, n_nodes, LANES) work space; the workers share the sweeps
    """
    workers = len(dist)
    batches = (len(sources) + LANES - 1) // LANES
    for worker in prange(workers):
        touched = np.zeros(len(parent), np.bool_)
        for batch in range(worker, batches, workers):
            begin = batch * LANES
            end = min(begin + LANES, len(sources))
            sweep(sources[begin:end], up_first, up_head, parent, up, down, selected, touched, dist[worker])
            _copy_lanes(dist[worker], targets, table[begin:end])


@njit(cache=True)
def ancestors(nodes, parent):
    """The nodes and all that stand above them, in descending order: what a sweep to these targets needs."""
    n = len(parent)
    marked = np.zeros(n, np.bool_)
    count = 0
    for i in range(len(nodes)):
        v = nodes[i]
        while v >= 0 and not marked[v]:
            marked[v] = True
            count += 1
            v = parent[v]
    result = np.empty(count, np.int32)
    k = 0
    for v in range(n - 1, -1, -1):
        if marked[v]:
            result[k] = v
            k += 1
    return result


@njit(cache=True)
def unpack(edges, goes_up, up_first, up_head, up_mid, down_mid, up_arc, down_arc):
    """Input arcs along a chain of hierarchy edges, each with its direction, in order of travel."""
    arcs = np.empty(16, np.int32)
    count = 0
    stack = np.empty(64, np.int32)
    stack_up = np.empty(64, np.bool_)
    for i in range(len(edges)):
        stack[0] = edges[i]
        stack_up[0] = goes_up[i]
        depth = 1
        while depth > 0:
            depth -= 1
            e = stack[depth]
            rising = stack_up[depth]
            middle = up_mid[e] if rising else down_mid[e]
            if middle < 0:
                if count == len(arcs):
                    bigger = np.empty(2 * count, np.int32)
                    bigger[:count] = arcs
                    arcs = bigger
                arcs[count] = up_arc[e] if rising else down_arc[e]
                count += 1
                continue
            if depth + 2 > len(stack):
                larger = np.empty(2 * len(stack), np.int32)
                larger[:depth] = stack[:depth]
                stack = larger
                larger_up = np.empty(len(stack), np.bool_)
                larger_up[:depth] = stack_up[:depth]
                stack_up = larger_up
            high = up_head[e]
            low = low_end(up_first, e)
            start = low if rising else high
            end = high if rising else low
            # From start down to the middle, then up to the end; the first part lies on top of the stack.
            stack[depth] = find_edge(up_first, up_head, middle, end)
            stack_up[depth] = True
            stack[depth + 1] = find_edge(up_first, up_head, middle, start)
            stack_up[depth + 1] = False
            depth += 2
    return arcs[:count].copy()


@njit(cache=True)
def path(source, target, up_first, up_head, parent, up, down, forward, backward, via_forward, via_backward):
    """Distance, hierarchy edges and their directions from source to target, in order of travel."""
    best, meet = query(
        source, target, up_first, up_head, parent, up, down, forward, backward, via_forward, via_backward
    )
    if meet < 0:
        return best, np.empty(0, np.int32), np.empty(0, np.bool_)
    rising = 0
    v = meet
    while v != source:
        rising += 1
        v = low_end(up_first, via_forward[v])
    falling = 0
    v = meet
    while v != target:
        falling += 1
        v = low_end(up_first, via_backward[v])
    edges = np.empty(rising + falling, np.int32)
    goes_up = np.empty(rising + falling, np.bool_)
    v = meet
    for i in range(rising - 1, -1, -1):
        edges[i] = via_forward[v]
        goes_up[i] = True
        v = low_end(up_first, via_forward[v])
    v = meet
    for i in range(rising, rising + falling):
        edges[i] = via_backward[v]
        goes_up[i] = False
        v = low_end(up_first, via_backward[v])
    return best, edges, goes_up
