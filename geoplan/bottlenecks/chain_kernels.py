"""Leave out what no trip needs: dead ends without demand go, chains of simple nodes become one arc.

Every closure inside a chain costs the same, so that the closure kernel works on far fewer nodes. Arrays only.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def _neighbours(v, first_out, head, first_in, in_arc, tail, cost, gone):
    """Up to two distinct open neighbours of a node: (count, a, b). Count 3 means more, or arcs side by side."""
    a = -1
    b = -1
    out_a = 0
    out_b = 0
    for arc in range(first_out[v], first_out[v + 1]):
        w = head[arc]
        if cost[arc] == np.inf or gone[w] or w == v:
            continue
        if a == -1 or w == a:
            a = w
            out_a += 1
        elif b == -1 or w == b:
            b = w
            out_b += 1
        else:
            return 3, a, b
    in_a = 0
    in_b = 0
    for i in range(first_in[v], first_in[v + 1]):
        arc = in_arc[i]
        w = tail[arc]
        if cost[arc] == np.inf or gone[w] or w == v:
            continue
        if a == -1 or w == a:
            a = w
            in_a += 1
        elif b == -1 or w == b:
            b = w
            in_b += 1
        else:
            return 3, a, b
    if b != -1 and (out_a > 1 or out_b > 1 or in_a > 1 or in_b > 1):
        return 3, a, b
    return (0 if a == -1 else (1 if b == -1 else 2)), a, b


def compress(first_out, head, tail, first_in, in_arc, cost, keep):
    """Nodes and arcs that matter to trips between the nodes to `keep`.

    Returns
    -------
    new_node : (n_nodes,) place of each node in the small graph, -1 where it is left out
    chain_tail, chain_head, chain_cost : arcs of the small graph
    chain : (n_arcs,) arc of the small graph that each arc is part of, -1 for none
    """
    # Arrays are made here: allocating them in the kernel doubles the time it takes to compile.
    n, m = len(first_out) - 1, len(head)
    new_node, chain = np.full(n, -1, np.int32), np.full(m, -1, np.int32)
    chain_tail, chain_head, chain_cost = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.float64)
    work = (np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.empty(n, np.int32), np.empty(m, np.int32))
    chains = _compress(
        first_out, head, tail, first_in, in_arc, cost, keep, new_node, chain_tail, chain_head, chain_cost, chain, work
    )
    return new_node, chain_tail[:chains].copy(), chain_head[:chains].copy(), chain_cost[:chains].copy(), chain


@njit(cache=True)
def _compress(
    first_out, head, tail, first_in, in_arc, cost, keep, new_node, chain_tail, chain_head, chain_cost, chain, work
):
    """`compress` into given arrays; returns the number of arcs of the small graph."""
    n = len(first_out) - 1
    gone, inner, stack, walked = work
    size = 0
    for v in range(n):
        if not keep[v] and _neighbours(v, first_out, head, first_in, in_arc, tail, cost, gone)[0] <= 1:
            stack[size] = v
            size += 1
            gone[v] = True
    while size > 0:
        size -= 1
        v = stack[size]
        # The one neighbour may now be a dead end itself.
        for side in range(2):
            first = first_out if side == 0 else first_in
            for i in range(first[v], first[v + 1]):
                w = head[i] if side == 0 else tail[in_arc[i]]
                if gone[w] or keep[w]:
                    continue
                if _neighbours(np.int64(w), first_out, head, first_in, in_arc, tail, cost, gone)[0] <= 1:
                    gone[w] = True
                    stack[size] = w
                    size += 1
    count = 0
    for v in range(n):
        if gone[v]:
            continue
        if not keep[v] and _neighbours(v, first_out, head, first_in, in_arc, tail, cost, gone)[0] == 2:
            inner[v] = True
        else:
            new_node[v] = count
            count += 1
    chains = 0
    for v in range(n):
        if new_node[v] < 0:
            continue
        for start in range(first_out[v], first_out[v + 1]):
            arc = start
            if cost[arc] == np.inf or gone[head[arc]] or head[arc] == v:
                continue
            steps = 0
            total = 0.0
            before = v
            while True:
                walked[steps] = arc
                steps += 1
                total += cost[arc]
                w = head[arc]
                if not inner[w]:
                    break
                onward = -1
                for other in range(first_out[w], first_out[w + 1]):
                    x = head[other]
                    if cost[other] < np.inf and not gone[x] and x != before and x != w:
                        onward = other
                        break
                if onward < 0:
                    steps = 0  # the chain cannot be passed this way
                    break
                before = w
                arc = onward
            if steps == 0 or head[arc] == v:
                continue  # a loop is on no shortest way
            for i in range(steps):
                chain[walked[i]] = chains
            chain_tail[chains] = new_node[v]
            chain_head[chains] = new_node[head[arc]]
            chain_cost[chains] = total
            chains += 1
    return chains
