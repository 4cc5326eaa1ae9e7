"""The best way to one destination with each arc of its shortest way closed in turn, from one search.

For undirected networks this is the algorithm of Malik, Mittal and Gupta (1989): the best way round arc e is the best
arc that crosses from outside the branch below e into it, with the tree before and the shortest way to the destination
behind. Backwards from the destination, in reduced costs, all its ancestors are at distance zero, so that the search
stays near the way and stops once every arc of it has its best.

Where one-way roads or times that differ by direction make the way behind the crossing run over the closed arc itself,
the crossing tells only a bound. Such an arc is reported, and the caller searches for it alone. Arrays only.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

from collections import namedtuple

import numpy as np
from numba import njit

from geoplan.routing.kernels import _pop, _sift_up

# Of each preorder number: parent and depth in the tree, and whether no arc but its tree arc enters its branch.
Branches = namedtuple("Branches", "parent depth sealed")
# Work arrays of one origin. By depth on the way: path, best, bound. By preorder number: mark of the destination, depth
# at which it leaves the way, extra distance to the destination, depth where it meets the way, highest depth it goes
# through, position in the heap.
Search = namedtuple("Search", "path best bound mark leaves extra meets inner where heap")


@njit(cache=True)
def find_branches(layout, tail):
    """Parents, depths and sealed branches of a layout."""
    n = layout.count
    parent = np.full(n, -1, np.int32)
    depth = np.zeros(n, np.int32)
    low = np.empty(n, np.int32)
    high = np.empty(n, np.int32)
    sealed = np.zeros(n, np.bool_)
    for i in range(n):
        low[i] = i
        high[i] = i
        if i > 0:
            parent[i] = layout.place[tail[layout.pred[i]]]
            depth[i] = depth[parent[i]] + 1
            for row in range(layout.in_first[i], layout.in_first[i + 1]):
                if layout.in_arc[row] != layout.pred[i]:
                    low[i] = min(low[i], layout.in_tail[row])
                    high[i] = max(high[i], layout.in_tail[row])
    for i in range(n - 1, 0, -1):
        sealed[i] = low[i] >= i and high[i] < i + layout.size[i]
        low[parent[i]] = min(low[parent[i]], low[i])
        high[parent[i]] = max(high[parent[i]], high[i])
    return Branches(parent, depth, sealed)


@njit(cache=True)
def make_search(layout, branches):
    """Work arrays for a layout."""
    n = layout.count
    deepest = 1
    for i in range(n):
        deepest = max(deepest, branches.depth[i] + 1)
    return Search(
        np.zeros(deepest, np.int32),
        np.empty(deepest, np.float64),
        np.empty(deepest, np.float64),
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.float64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
    )


@njit(cache=True)
def replace_arcs(layout, branches, search, q):
    """Extra distance to destination `q` with each tree arc of its way closed, alone or both ways.

    Fills `search.path[j]`, the preorder number the j-th arc of the way enters, `search.best[j]`, the extra distance
    (inf: no way), and `search.bound[j]`: where it is below `best`, the truth lies between the two. Returns how many
    arcs the way has.
    """
    path, best, bound, mark, leaves = search.path, search.best, search.bound, search.mark, search.leaves
    extra, meets, inner, where, heap = search.extra, search.meets, search.inner, search.where, search.heap
    parent = branches.parent
    node = layout.trip_place[q]
    steps = branches.depth[node]
    mark[0] = q
    leaves[0] = 0
    heaped = 0
    for j in range(steps, 0, -1):
        path[j] = node
        best[j] = np.inf
        bound[j] = np.inf
        mark[node] = q
        leaves[node] = j
        extra[node] = 0.0
        meets[node] = j
        inner[node] = j
        heap[heaped] = node
        where[node] = heaped
        heaped += 1
        node = parent[node]
    first = 1  # the highest arc that has not got its best
    while heaped > 0:
        y = _pop(heap, where, extra, heaped)
        heaped -= 1
        while first <= steps and (best[first] <= extra[y] or branches.sealed[path[first]]):
            first += 1
        if first > steps:
            break
        inside = leaves[y]
        if inside < first:
            continue
        on_way = path[inside] == y
        for row in range(layout.in_first[y], layout.in_first[y + 1]):
            if on_way and layout.in_arc[row] == layout.pred[y]:
                continue
            x = layout.in_tail[row]
            if mark[x] != q:
                _trace(x, q, parent, mark, leaves, extra, where)
            outside = leaves[x]
            reach = extra[y] + layout.in_cost[row]
            for j in range(outside + 1, min(inside, inner[y]) + 1):
                best[j] = min(best[j], reach)
            for j in range(max(outside, meets[y]) + 1, inside + 1):
                bound[j] = min(bound[j], reach)
            if outside >= first and reach < extra[x]:
                extra[x] = reach
                meets[x] = meets[y]
                inner[x] = min(outside, inner[y])
                if where[x] < 0:
                    heap[heaped] = x
                    where[x] = heaped
                    heaped += 1
                _sift_up(heap, where, extra, where[x])
    return steps


@njit(cache=True)
def _trace(x, q, parent, mark, leaves, extra, where):
    """Depth at which `x` and what is above it, up to a node met before, leave the way to destination `q`."""
    top = x
    while mark[top] != q:
        top = parent[top]
    while mark[x] != q:
        mark[x] = q
        leaves[x] = leaves[top]
        extra[x] = np.inf
        where[x] = -1
        x = parent[x]
