"""A customizable contraction hierarchy on arrays: contract once, customize for new costs, ask many times.

Everything lives in rank space: node 0 is contracted first. Each hierarchy edge joins a lower and a higher node and has
two costs, up (lower to higher) and down (higher to lower). Source: Dibbelt, Strasser and Wagner (2016), Customizable
contraction hierarchies, ACM JEA 21; trees by sweeping: Delling, Goldberg, Nowatzyk and Werneck (2013), PHAST.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit, prange

LANES = 16  # trees grown in one sweep


@njit(cache=True)
def contract(first, neighbour):
    """Chordal supergraph of an undirected graph in rank space: CSR of the higher neighbours, sorted, and the parents.

    The lowest higher neighbour of a node inherits the others; that is the elimination tree's parent (-1 at a root).
    """
    n = len(first) - 1
    parent = np.full(n, -1, np.int32)
    up_first = np.zeros(n + 1, np.int64)
    capacity = max(16, 3 * len(neighbour))
    up_head = np.empty(capacity, np.int32)
    first_child = np.full(n, -1, np.int32)
    next_child = np.full(n, -1, np.int32)
    seen = np.full(n, -1, np.int32)
    found = np.empty(n, np.int32)
    size = 0
    for v in range(n):
        count = 0
        seen[v] = v
        for a in range(first[v], first[v + 1]):
            w = neighbour[a]
            if w > v and seen[w] != v:
                seen[w] = v
                found[count] = w
                count += 1
        child = first_child[v]
        while child >= 0:
            for e in range(up_first[child], up_first[child + 1]):
                w = up_head[e]
                if seen[w] != v:
                    seen[w] = v
                    found[count] = w
                    count += 1
            child = next_child[child]
        if size + count > capacity:
            capacity = max(2 * capacity, size + count)
            bigger = np.empty(capacity, np.int32)
            bigger[:size] = up_head[:size]
            up_head = bigger
        up_head[size : size + count] = np.sort(found[:count])
        if count > 0:
            parent[v] = up_head[size]
            next_child[v] = first_child[parent[v]]
            first_child[parent[v]] = v
        size += count
        up_first[v + 1] = size
    return up_first, up_head[:size].copy(), parent


@njit(cache=True)
def lower_lists(up_first, up_head):
    """CSR of the lower neighbours of each node: the edge and its lower end, sorted by that end."""
    n = len(up_first) - 1
    low_first = np.zeros(n + 1, np.int64)
    for e in range(len(up_head)):
        low_first[up_head[e] + 1] += 1
    for v in range(n):
        low_first[v + 1] += low_first[v]
    fill = low_first[:-1].copy()
    low_edge = np.empty(len(up_head), np.int32)
    low_tail = np.empty(len(up_head), np.int32)
    for v in range(n):
        for e in range(up_first[v], up_first[v + 1]):
            w = up_head[e]
            low_edge[fill[w]] = e
            low_tail[fill[w]] = v
            fill[w] += 1
    return low_first, low_edge, low_tail


@njit(cache=True)
def find_edge(up_first, up_head, v, w):
    """Hierarchy edge from v to the higher node w, by bisection; -1 when there is none."""
    low = up_first[v]
    high = up_first[v + 1]
    while low < high:
        middle = (low + high) >> 1
        if up_head[middle] < w:
            low = middle + 1
        else:
            high = middle
    if low < up_first[v + 1] and up_head[low] == w:
        return low
    return -1


@njit(cache=True)
def map_arcs(up_first, up_head, tail, head):
    """Hierarchy edge of each input arc (-1 for loops) and whether the arc goes up."""
    edge = np.full(len(tail), -1, np.int32)
    goes_up = np.zeros(len(tail), np.bool_)
    for a in range(len(tail)):
        if tail[a] < head[a]:
            edge[a] = find_edge(up_first, up_head, tail[a], head[a])
            goes_up[a] = True
        elif tail[a] > head[a]:
            edge[a] = find_edge(up_first, up_head, head[a], tail[a])
    return edge, goes_up


@njit(cache=True)
def set_arc_costs(edge, goes_up, cost, up, down, up_arc, down_arc):
    """Costs of the input arcs on their hierarchy edges; the cheapest of parallel arcs is kept and named."""
    up[:] = np.inf
    down[:] = np.inf
    up_arc[:] = -1
    down_arc[:] = -1
    for a in range(len(edge)):
        e = edge[a]
        if e < 0:
            continue
        if goes_up[a]:
            if cost[a] < up[e]:
                up[e] = cost[a]
                up_arc[e] = a
        elif cost[a] < down[e]:
            down[e] = cost[a]
            down_arc[e] = a


@njit(cache=True, parallel=True)
def relax_triangles(
    up_first, up_head, low_first, low_edge, low_tail, level_first, by_level, up, down, up_mid, down_mid
):
    """Make every edge no dearer than the ways over nodes below both its ends. Nodes of one level are independent.

    `up_mid[e]`, `down_mid[e]` name the node passed, -1 where the edge is an input arc.
    """
    up_mid[:] = -1
    down_mid[:] = -1
    n = len(up_first) - 1
    n_levels = len(level_first) - 1
    for level in range(n_levels):
        begin = level_first[level]
        end = level_first[level + 1]
        if end - begin < 64:
            for i in range(begin, end):
                _relax_node(by_level[i], up_first, up_head, low_first, low_edge, low_tail, up, down, up_mid, down_mid)
        else:
            for i in prange(begin, end):
                _relax_node(by_level[i], up_first, up_head, low_first, low_edge, low_tail, up, down, up_mid, down_mid)
    return n


@njit(cache=True)
def _relax_node(x, up_first, up_head, low_first, low_edge, low_tail, up, down, up_mid, down_mid):
    """Relax the upward edges of x by all triangles whose lowest node is a lower neighbour of x."""
    x_begin = up_first[x]
    x_end = up_first[x + 1]
    if x_begin == x_end:
        return
    for j in range(low_first[x], low_first[x + 1]):
        vx = low_edge[j]
        v = low_tail[j]
        to_x = up[vx]
        from_x = down[vx]
        if to_x == np.inf and from_x == np.inf:
            continue
        # The higher neighbours of v behind x are all neighbours of x: walk both sorted lists together.
        xy = x_begin
        for vy in range(vx + 1, up_first[v + 1]):
            y = up_head[vy]
            while up_head[xy] != y:
                xy += 1
            way = from_x + up[vy]
            if way < up[xy]:
                up[xy] = way
                up_mid[xy] = v
            way = down[vy] + to_x
            if way < down[xy]:
                down[xy] = way
                down_mid[xy] = v


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
    """Distances of pairs (n_pairs,)."""
    n = len(up_first) - 1
    forward = np.full(n, np.inf)
    backward = np.full(n, np.inf)
    via_forward = np.empty(n, np.int32)
    via_backward = np.empty(n, np.int32)
    result = np.empty(len(sources))
    for i in range(len(sources)):
        result[i] = query(
            sources[i],
            targets[i],
            up_first,
            up_head,
            parent,
            up,
            down,
            forward,
            backward,
            via_forward,
            via_backward,
        )[0]
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
                    reach = base + up[e]
                    if reach < dist[up_head[e], k]:
                        dist[up_head[e], k] = reach
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
            low = _low_end(up_first, e)
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
def _low_end(up_first, e):
    """Lower node of a hierarchy edge."""
    low = 0
    high = len(up_first) - 1
    while low < high:
        middle = (low + high) >> 1
        if up_first[middle + 1] <= e:
            low = middle + 1
        else:
            high = middle
    return low


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
        v = _low_end(up_first, via_forward[v])
    falling = 0
    v = meet
    while v != target:
        falling += 1
        v = _low_end(up_first, via_backward[v])
    edges = np.empty(rising + falling, np.int32)
    goes_up = np.empty(rising + falling, np.bool_)
    v = meet
    for i in range(rising - 1, -1, -1):
        edges[i] = via_forward[v]
        goes_up[i] = True
        v = _low_end(up_first, via_forward[v])
    v = meet
    for i in range(rising, rising + falling):
        edges[i] = via_backward[v]
        goes_up[i] = False
        v = _low_end(up_first, via_backward[v])
    return best, edges, goes_up
