"""Algorithm B: flows on given bushes. Arrays and tuples as in `bush_kernels`."""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.assignment.delay_kernels import set_cost


@njit(cache=True)
def shift_flows(law, kind, loads, bushes, rounds, rest, stop):
    """Bring the flows of each bush near equilibrium over its own links.

    rounds : rounds at most
    rest : a bush that moved less than this share of the mean in the round before rests in this one
    stop : no further round once one moved less than this share of what the first did

    Returns the rounds made.
    """
    node_ptr = bushes[0]
    most = 1
    for b in range(len(kind)):
        most = max(most, node_ptr[b + 1] - node_ptr[b])
    labels = (np.zeros(most), np.zeros(most))
    ways = (np.full(most, -1, np.int64), np.full(most, -1, np.int64))
    moved = np.zeros(len(kind))
    at_first, least = 0.0, 0.0
    for done in range(rounds):
        total = _shift_round(law, kind, loads, bushes, moved, least, labels, ways)
        if done == 0:
            at_first = total
        elif total <= stop * at_first:
            return done + 1
        least = rest * total / len(kind)
    return rounds


@njit(cache=True)
def _shift_round(law, kind, loads, bushes, moved, least, labels, ways):
    """One round: at each node of each bush, flow moves from the longest used way to the shortest.

    The two ways part at their last common node. The step is Newton's on the difference of their costs, at most
    the least flow on the longer one; flows and costs of the arcs follow at once. Without a slope all moves.

    moved : (n_bushes,) flow moved x difference of cost in the round before; bushes below `least` rest

    Returns the sum of `moved`, which is written anew.
    """
    _, cost, slope = loads
    node_ptr, _node, in_ptr, arc, from_pos, share = bushes
    shortest, longest = labels
    near, far = ways
    everything = 0.0
    for b in range(len(kind)):
        if moved[b] < least:
            continue
        first, count = node_ptr[b], node_ptr[b + 1] - node_ptr[b]
        c = cost[kind[b]]
        for k in range(1, count):
            best, best_at, worst, worst_at = np.inf, -1, -1.0, -1
            for i in range(in_ptr[first + k], in_ptr[first + k + 1]):
                t, step = from_pos[i], c[arc[i]]
                if shortest[t] + step < best:
                    best, best_at = shortest[t] + step, i
                if share[i] > 0.0 and longest[t] + step > worst:
                    worst, worst_at = longest[t] + step, i
            shortest[k], near[k] = best, best_at
            longest[k], far[k] = worst if worst_at >= 0 else best, worst_at
        total = 0.0
        for k in range(count - 1, 0, -1):
            i, j = far[k], near[k]
            if i < 0 or i == j or longest[k] - shortest[k] <= 1e-15 * longest[k]:
                continue
            difference = c[arc[i]] - c[arc[j]]
            steep = slope[arc[i]] + slope[arc[j]]
            on_far, on_near = share[i], share[j]
            u, v = from_pos[i], from_pos[j]
            while u != v:
                if u > v:
                    i = far[u]
                    if i < 0:
                        break
                    difference += c[arc[i]]
                    steep += slope[arc[i]]
                    on_far = min(on_far, share[i])
                    u = from_pos[i]
                else:
                    j = near[v]
                    difference -= c[arc[j]]
                    steep += slope[arc[j]]
                    on_near = min(on_near, share[j])
                    v = from_pos[j]
            if u != v or difference == 0.0:
                continue
            if steep > 0.0:
                step = max(min(difference / steep, on_far), -on_near)
            else:
                step = on_far if difference > 0.0 else -on_near
            if step == 0.0:
                continue
            total += abs(step * difference)
            _move(law, loads, arc, from_pos, share, far, k, u, -step)
            _move(law, loads, arc, from_pos, share, near, k, u, step)
        moved[b] = total
        everything += total
    return everything


@njit(cache=True)
def _move(law, loads, arc, from_pos, share, way, start, end, step):
    """Add `step` to the flow of the links of a way, back from the node at `start` to that at `end`."""
    delay, points, extra = law
    flow, cost, slope = loads
    at = start
    while at != end:
        i = way[at]
        share[i] += step
        flow[arc[i]] = max(flow[arc[i]] + step, 0.0)
        set_cost(delay, points, extra, flow, cost, slope, arc[i])
        at = from_pos[i]
