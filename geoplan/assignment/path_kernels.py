"""Walks over finished bushes: who uses which links."""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def follow_users(n_nodes, tail, trips, bushes, chosen, fraction, users):
    """Who uses the chosen arcs, written into `fraction` (of `trips`) and `users` (n_classes, n_arcs).

    before[v]: share of the flow at v that came over a chosen arc; after[v]: share that will go over one.
    """
    origin, kind, ptr, to_node, _amount = trips
    node_ptr, node, in_ptr, arc, _from_pos, share = bushes
    before, after, flow = np.zeros(n_nodes), np.zeros(n_nodes), np.zeros(n_nodes)
    for b in range(len(origin)):
        first, last = node_ptr[b], node_ptr[b + 1]
        concerned = False
        for i in range(in_ptr[first], in_ptr[last]):
            if chosen[arc[i]] and share[i] > 0.0:
                concerned = True
                break
        if not concerned:
            continue
        for k in range(first, last):
            v = node[k]
            before[v], after[v], flow[v] = 0.0, 0.0, 0.0
            for i in range(in_ptr[k], in_ptr[k + 1]):
                flow[v] += share[i]
            if flow[v] > 0.0:
                for i in range(in_ptr[k], in_ptr[k + 1]):
                    came = 1.0 if chosen[arc[i]] else before[tail[arc[i]]]
                    before[v] += share[i] / flow[v] * came
        row = users[kind[b]]
        # Backwards: after[v] holds a flow until all links out of v have been seen, that is until v's own turn.
        for k in range(last - 1, first, -1):
            v = node[k]
            if flow[v] <= 0.0:
                continue
            later = after[v] / flow[v]
            for i in range(in_ptr[k], in_ptr[k + 1]):
                a = arc[i]
                t = tail[a]
                if chosen[a]:
                    row[a] += share[i]
                    after[t] += share[i]
                else:
                    row[a] += share[i] * (before[t] + (1.0 - before[t]) * later)
                    after[t] += share[i] * later
        for i in range(ptr[b], ptr[b + 1]):
            fraction[i] = before[to_node[i]]
