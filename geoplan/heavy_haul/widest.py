"""Widest paths: the way whose narrowest arc is widest. Arrays only."""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def widest_path(first_out, head, width, source, target, through):
    """Width of the widest way from source to target, 0 when there is none.

    Parameters
    ----------
    first_out, head : int32 CSR arrays
    width : float64 (n_arcs,), >= 0; 0 may not be passed, inf is as wide as can be
    through : bool (n_nodes,); a node that is not `through` may end a way but not carry it on

    Dijkstra with min and max for + and min; binary heap with stale entries left in it.
    """
    n = len(first_out) - 1
    best = np.zeros(n, np.float64)
    done = np.zeros(n, np.bool_)
    keys = np.empty(len(head) + 1, np.float64)
    nodes = np.empty(len(head) + 1, np.int32)
    best[source] = np.inf
    keys[0] = np.inf
    nodes[0] = source
    size = 1
    while size > 0:
        key, node = keys[0], nodes[0]
        size -= 1
        last_key, last_node = keys[size], nodes[size]
        i = 0
        while True:
            child = 2 * i + 1
            if child >= size:
                break
            if child + 1 < size and keys[child + 1] > keys[child]:
                child += 1
            if keys[child] <= last_key:
                break
            keys[i], nodes[i] = keys[child], nodes[child]
            i = child
        keys[i], nodes[i] = last_key, last_node
        if done[node]:
            continue
        done[node] = True
        if node == target:
            return key
        if not through[node] and node != source:
            continue
        for arc in range(first_out[node], first_out[node + 1]):
            other = head[arc]
            reach = min(key, width[arc])
            if not done[other] and reach > best[other]:
                best[other] = reach
                i = size
                size += 1
                while i > 0:
                    parent = (i - 1) // 2
                    if keys[parent] >= reach:
                        break
                    keys[i], nodes[i] = keys[parent], nodes[parent]
                    i = parent
                keys[i], nodes[i] = reach, other
    return 0.0
