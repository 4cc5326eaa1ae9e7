"""A customizable contraction hierarchy on arrays: contract once, customize for new costs; asked in `query_kernels`.

Everything lives in rank space: node 0 is contracted first. Each hierarchy edge joins a lower and a higher node and has
two costs, up (lower to higher) and down (higher to lower). Source: Dibbelt, Strasser and Wagner (2016), Customizable
contraction hierarchies, ACM JEA 21.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit, prange


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
def low_end(up_first, e):
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
