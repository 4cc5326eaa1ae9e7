"""Algorithm B: which links belong to a bush. Arrays and tuples as in `bush_kernels`."""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.assignment.bush_kernels import carry_trips


def renew_bushes(graph, trips, weight, cost, bushes, spare):
    """Measure the gap at fixed costs, drop links without flow, add links that shorten ways, order anew.

    weight : (n_classes,) of the excess time of a class in the gap (1 / passenger car equivalents)
    spare : bushes that nobody needs any more, whose memory is written over

    Returns
    -------
    excess: sum of flow x (L_i + c - L_j) with L the shortest ways over the whole network; added: links that
    joined; blocked: bushes with a shorter way that no link could join; the bushes.
    """
    # Arrays are made here: allocating them in the kernel doubles the time it takes to compile.
    n_nodes, n_arcs = len(graph[0]) - 1, len(graph[1])
    labels = (
        np.full(n_nodes, np.inf),  # shortest way over the bush
        np.full(n_nodes, np.inf),  # shortest way over the network
        np.zeros(n_nodes),  # longest way over the links kept
    )
    load = np.empty(n_nodes)
    kept, inside = np.empty(len(bushes[3]), np.uint8), np.zeros(n_arcs, np.uint8)
    joins, next_join = np.empty(n_arcs, np.int32), np.empty(n_arcs, np.int32)
    line, waiting = np.empty(n_nodes + 1, np.int32), np.zeros(n_nodes, np.uint8)
    work = (np.zeros(n_nodes, np.int32), np.zeros(n_nodes, np.int32), np.zeros(n_nodes, np.int32), line)
    marks = (load, kept, inside, joins, next_join, waiting)
    return _renew(graph, trips, weight, cost, bushes, spare, labels, marks, work)


@njit(cache=True)
def _renew(graph, trips, weight, cost, bushes, spare, labels, marks, work):
    """`renew_bushes` with given work arrays."""
    _first_out, head, tail, _through = graph
    origin, kind = trips[0], trips[1]
    node_ptr, node, in_ptr, arc, _from_pos, share = bushes
    _, new_node, new_in_ptr, new_arc, new_from_pos, new_share = spare
    load, kept, inside, joins, next_join, waiting = marks
    shorter, line = labels[1], work[3]
    q = np.int64(0)
    excess, added, blocked = 0.0, 0, 0
    for b in range(len(origin)):
        c, first, last = cost[kind[b]], node_ptr[b], node_ptr[b + 1]
        carry_trips(tail, trips, bushes, b, load)
        links = _keep_links(c, bushes, b, labels, kept, tail)
        joined, queued = _join_links(graph, c, node[first:last], labels, joins, line, waiting)
        if queued > 0:
            _shorten(graph, c, origin[b], shorter, line, waiting, queued)
            if joined == 0:
                joined = _join_any(graph, c, bushes, b, labels, kept, inside, joins)
                blocked += joined == 0
        added += joined
        for k in range(first + 1, last):
            low, high = in_ptr[k], in_ptr[k + 1]
            if high - low > 1 or queued > 0:  # else: the one link is the shortest way
                there = shorter[node[k]]
                for i in range(low, high):
                    a = arc[i]
                    excess += weight[kind[b]] * share[i] * (shorter[tail[a]] + c[a] - there)
        if q + links + joined > len(new_arc):
            size = (q + links + joined) * 3 // 2 + len(head)
            new_arc, new_from_pos = _longer(new_arc, size), _longer(new_from_pos, size)
            new_share = _longer(new_share, size)
        new = (new_node, new_in_ptr, new_arc, new_from_pos, new_share)
        q = _write_bush(head, tail, bushes, b, kept, joins[:joined], next_join, new, work, q)
    new_in_ptr[-1] = q
    return excess, added, blocked, (node_ptr, new_node, new_in_ptr, new_arc, new_from_pos, new_share)


@njit(cache=True)
def _keep_links(c, bushes, b, labels, kept, tail):
    """Labels of a bush. Links that carry flow, or are the shortest way to their node, are kept: their number."""
    node_ptr, node, in_ptr, arc, _from_pos, share = bushes
    shortest, shorter, longest = labels
    first, last = node_ptr[b], node_ptr[b + 1]
    root = node[first]
    shortest[root], shorter[root], longest[root] = 0.0, 0.0, 0.0
    links = 0
    for k in range(first + 1, last):
        low, high = in_ptr[k], in_ptr[k + 1]
        if high - low == 1:
            v, a = node[k], arc[low]
            shortest[v] = shortest[tail[a]] + c[a]
            shorter[v], longest[v] = shortest[v], longest[tail[a]] + c[a]
            kept[low] = 1
            links += 1
            continue
        best, at = np.inf, low
        for i in range(low, high):
            d = shortest[tail[arc[i]]] + c[arc[i]]
            if d < best:
                best, at = d, i
        far = 0.0
        for i in range(low, high):
            kept[i] = 0
            if share[i] > 0.0 or i == at:
                kept[i] = 1
                links += 1
                far = max(far, longest[tail[arc[i]]] + c[arc[i]])
        v = node[k]
        shortest[v], shorter[v], longest[v] = best, best, far
    return links


@njit(cache=True)
def _join_links(graph, c, nodes, labels, joins, line, waiting):
    """List the links that join the bush: (their number, nodes put in line because their way got shorter).

    A link i -> j may join when U_i + c < U_j, U being the longest way over the links kept: no cycle can close,
    also not over links of no cost. Of those, links that shorten the shortest way (L_i + c < L_j) join, which a
    link of the bush never does.
    """
    first_out, head, _tail, through = graph
    shortest, shorter, longest = labels
    root = nodes[0]
    joined, queued = 0, 0
    for k in range(len(nodes)):
        v = nodes[k]
        if not through[v] and v != root:
            continue
        near, far = shortest[v], longest[v]
        for a in range(first_out[v], first_out[v + 1]):
            w = head[a]
            d = near + c[a]
            if d < shortest[w]:
                if far + c[a] < longest[w]:
                    joins[joined] = a
                    joined += 1
                if d < shorter[w]:
                    shorter[w] = d
                    if waiting[w] == 0:
                        waiting[w] = 1
                        line[queued] = w
                        queued += 1
    return joined, queued


@njit(cache=True)
def _join_any(graph, c, bushes, b, labels, kept, inside, joins):
    """List all links that may join a bush, for one with shorter ways that none of those may take: their number.

    inside : (n_arcs,) comes and goes as zeros
    """
    first_out, head, _tail, through = graph
    node_ptr, node, in_ptr, arc, _from_pos, _share = bushes
    longest = labels[2]
    first, last = node_ptr[b], node_ptr[b + 1]
    for i in range(in_ptr[first], in_ptr[last]):
        inside[arc[i]] = kept[i]
    joined = 0
    for k in range(first, last):
        v = node[k]
        if not through[v] and k > first:
            continue
        for a in range(first_out[v], first_out[v + 1]):
            if inside[a] == 0 and longest[v] + c[a] < longest[head[a]]:
                joins[joined] = a
                joined += 1
    for i in range(in_ptr[first], in_ptr[last]):
        inside[arc[i]] = 0
    return joined


@njit(cache=True)
def _shorten(graph, c, root, shorter, line, waiting, queued):
    """Label correcting over the whole network, from the nodes in line: `shorter` becomes the shortest ways."""
    first_out, head, _tail, through = graph
    size, done = len(line), 0
    while done < queued:
        v = line[done % size]
        done += 1
        waiting[v] = 0
        if not through[v] and v != root:
            continue
        for a in range(first_out[v], first_out[v + 1]):
            w = head[a]
            d = shorter[v] + c[a]
            if d < shorter[w]:
                shorter[w] = d
                if waiting[w] == 0:
                    waiting[w] = 1
                    line[queued % size] = w
                    queued += 1


@njit(cache=True)
def _write_bush(head, tail, bushes, b, kept, joins, next_join, new, work, q):
    """Write a bush with its new links in topological order; returns the next free place of the new arrays.

    Nodes go in the order they had; one that waits for a predecessor lets that (and those it waits for) go
    first. Sorting by distance instead would err on links of no cost.
    """
    node_ptr, node, in_ptr, arc, from_pos, share = bushes
    new_node, new_in_ptr, new_arc, new_from_pos, new_share = new
    first, last = node_ptr[b], node_ptr[b + 1]
    if len(joins) == 0:
        for k in range(first, last):
            new_node[k], new_in_ptr[k] = node[k], q
            for i in range(in_ptr[k], in_ptr[k + 1]):
                if kept[i]:
                    new_arc[q], new_from_pos[q], new_share[q] = arc[i], from_pos[i], share[i]
                    q += 1
        return q
    old_place, new_place, first_join, stack = work
    for k in range(last - first):
        old_place[node[first + k]] = k
        new_place[k] = -1
        first_join[k] = -1
    for j in range(len(joins)):
        k = old_place[head[joins[j]]]
        next_join[j] = first_join[k]
        first_join[k] = j
    p = first
    for start in range(last - first):
        if new_place[start] >= 0:
            continue
        stack[0], depth = start, 1
        while depth > 0:
            k = stack[depth - 1]
            waits_for = -1
            r = q
            for i in range(in_ptr[first + k], in_ptr[first + k + 1]):
                if kept[i]:
                    t = new_place[from_pos[i]]
                    if t < 0:
                        waits_for = from_pos[i]
                        break
                    new_arc[r], new_from_pos[r], new_share[r] = arc[i], t, share[i]
                    r += 1
            j = first_join[k]
            while j >= 0 and waits_for < 0:
                a = joins[j]
                t = new_place[old_place[tail[a]]]
                if t < 0:
                    waits_for = old_place[tail[a]]
                else:
                    new_arc[r], new_from_pos[r], new_share[r] = a, t, 0.0
                    r += 1
                j = next_join[j]
            if waits_for >= 0:
                stack[depth] = waits_for
                depth += 1
                continue
            depth -= 1
            new_node[p], new_in_ptr[p] = node[first + k], q
            new_place[k] = p - first
            p += 1
            q = r
    return q


@njit(cache=True)
def _longer(values, size):
    """A copy with room for `size` values."""
    new = np.empty(size, values.dtype)
    for i in range(len(values)):  # a slice would compile for two seconds, for its error text
        new[i] = values[i]
    return new
