"""Partial customization: a hierarchy made right again after a few arcs got new costs, in the time the change is worth.

Source: the triangle inequalities of Dibbelt, Strasser and Wagner (2016), Customizable contraction hierarchies, worked
out anew only where an edge's own support changed.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.routing.hierarchy_kernels import low_end


@njit(cache=True)
def recustomize(
    changed, edge, goes_up, cost, first_arc, arcs_of_edge,
    up_first, up_head, low_first, low_edge, low_tail, parent,
    up, down, up_mid, down_mid, up_arc, down_arc, dirty, seen,
):  # fmt: skip
    """Make the hierarchy right again after some arcs got new costs (already in `cost`). Returns edges worked out anew.

    Edges are worked out from the lowest node up, along the ancestors of the changed ones. One is dirty when an arc of
    its own changed, when the triangle that its cost rests on got dearer, or when a triangle got cheaper than it.
    `dirty` (n_hierarchy_edges,) and `seen` (n_nodes,) are False on entry and exit.
    """
    nodes = np.empty(64, np.int32)
    count = 0
    for i in range(len(changed)):
        e = edge[changed[i]]
        if e < 0:
            continue
        dirty[e] = True
        v = low_end(up_first, e)
        while v >= 0 and not seen[v]:
            seen[v] = True
            if count == len(nodes):
                more = np.empty(2 * count, np.int32)
                more[:count] = nodes
                nodes = more
            nodes[count] = v
            count += 1
            v = parent[v]
    order = np.sort(nodes[:count])
    renewed = 0
    for i in range(count):
        x = order[i]
        seen[x] = False
        begin, end = up_first[x], up_first[x + 1]
        # The edges of a node rest on lower nodes only: all of them first, then what rests on them.
        touched = False
        for e in range(begin, end):
            touched = touched or dirty[e]
        if not touched:
            continue
        old_up = up[begin:end].copy()
        old_down = down[begin:end].copy()
        for e in range(begin, end):
            if dirty[e]:
                renewed += 1
                _renew_edge(
                    x, e, goes_up, cost, first_arc, arcs_of_edge, up_first, up_head, low_first, low_edge, low_tail,
                    up, down, up_mid, down_mid, up_arc, down_arc,
                )  # fmt: skip
        moved = np.empty(end - begin, np.int64)  # the edges that are dearer or cheaper than before
        n_moved = 0
        rose, fell = False, False
        for e in range(begin, end):
            if dirty[e]:
                dirty[e] = False
                was_up, was_down = old_up[e - begin], old_down[e - begin]
                rose = rose or up[e] > was_up or down[e] > was_down
                fell = fell or up[e] < was_up or down[e] < was_down
                if up[e] != was_up or down[e] != was_down:
                    moved[n_moved] = e
                    n_moved += 1
        # Ways over x between two of its neighbours, at least one of them moved: what is cheaper than before may serve,
        # and what rested on a way that is dearer has to look elsewhere.
        next_moved = 0
        for one in range(begin, end):
            y = up_head[one]
            both = next_moved < n_moved and moved[next_moved] == one
            if both:
                next_moved += 1
            upper, reached = up_first[y], one + 1
            n_others = end - one - 1 if both else n_moved - next_moved
            for i in range(n_others):
                other = one + 1 + i if both else moved[next_moved + i]
                # The higher neighbours of x behind y are all neighbours of y, in the same order, mostly one by one.
                upper += other - reached
                reached = other
                while up_head[upper] != up_head[other]:
                    upper += 1
                if rose:
                    there = up_mid[upper] == x
                    if there and down[one] + up[other] > old_down[one - begin] + old_up[other - begin]:
                        dirty[upper] = True
                    back = down_mid[upper] == x
                    if back and down[other] + up[one] > old_down[other - begin] + old_up[one - begin]:
                        dirty[upper] = True
                if fell and (down[one] + up[other] < up[upper] or down[other] + up[one] < down[upper]):
                    dirty[upper] = True
    return renewed


@njit(cache=True)
def _renew_edge(
    x, e, goes_up, cost, first_arc, arcs_of_edge, up_first, up_head, low_first, low_edge, low_tail,
    up, down, up_mid, down_mid, up_arc, down_arc,
):  # fmt: skip
    """Costs of the edge `e` from x up, from its arcs and its lower triangles."""
    up[e] = np.inf
    down[e] = np.inf
    up_mid[e] = -1
    down_mid[e] = -1
    up_arc[e] = -1
    down_arc[e] = -1
    for j in range(first_arc[e], first_arc[e + 1]):
        a = arcs_of_edge[j]
        if goes_up[a]:
            if cost[a] < up[e]:
                up[e] = cost[a]
                up_arc[e] = a
        elif cost[a] < down[e]:
            down[e] = cost[a]
            down_arc[e] = a
    # Lower neighbours that x and y share: both lists are sorted, the shorter is looked up in the longer.
    y = up_head[e]
    one, one_end, two, two_end = low_first[x], low_first[x + 1], low_first[y], low_first[y + 1]
    while one < one_end and two < two_end:
        v, w = low_tail[one], low_tail[two]
        if v < w:
            one += 1
        elif w < v:
            two = _gallop(low_tail, two, two_end, v)
        else:
            vx, vy = low_edge[one], low_edge[two]
            way = down[vx] + up[vy]
            if way < up[e]:
                up[e] = way
                up_mid[e] = v
            way = down[vy] + up[vx]
            if way < down[e]:
                down[e] = way
                down_mid[e] = v
            one += 1
            two += 1


@njit(cache=True)
def _gallop(values, begin, end, wanted):
    """First place from `begin` on whose value is not below `wanted`, in leaps that double, then by bisection."""
    leap = 1
    high = begin + 1
    while high < end and values[high] < wanted:
        begin = high
        leap *= 2
        high = begin + leap
    high = min(high, end)
    low = begin + 1
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low
