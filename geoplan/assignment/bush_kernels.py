"""Algorithm B on flat arrays: one bush for each origin and class, no array of the size zones x links.

A bush is an acyclic set of links that carries all trips of an origin. Its nodes lie in topological order, and
with each node its incoming links:

    bush b   nodes   node[node_ptr[b] : node_ptr[b + 1]], the origin first
    node k   links   in_ptr[k] .. in_ptr[k + 1]: `arc` (of the graph), `from_pos` (place of its tail within the
                     bush), `share` (flow, passenger car equivalents an hour); in_ptr[-1] are all, the arrays
                     may be longer

so that labels, gaps and shifts are walks through neighbouring memory. Tuples that the kernels share:

    graph   first_out, head, tail, through
    law     delay, points, extra            see delay_kernels
    trips   origin, kind (class), ptr, node, amount: trips of bush b are ptr[b] .. ptr[b + 1]
    bushes  node_ptr, node, in_ptr, arc, from_pos, share
    loads   flow (n_arcs,), cost (n_classes, n_arcs), slope (n_arcs,)

Source: Dial (2006), Transportation Research B 40, 917-936; Nie (2010), Transportation Research B 44, 73-89.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.assignment.delay_kernels import add_flow
from geoplan.assignment.tree_kernels import label_nodes, order_tree

TINY = 1e-14  # a share of a node's flow below this is the dust of rounding


def plant_bushes(graph, law, trips, loads):
    """Shortest-path trees as first bushes; each loads its trips before the next is grown, which so sees them.

    Trips to nodes that are not reached become 0 in `trips`; `loads` are brought up to date.

    Returns
    -------
    bushes; lost: trips that have no way, in the order of `trips`.
    """
    # Arrays are made here: allocating them in the kernel doubles the time it takes to compile.
    n_nodes, n_bushes = len(graph[0]) - 1, len(trips[0])
    dist, load = np.empty(n_nodes, np.float64), np.empty(n_nodes, np.float64)
    pred, order, queue, place = (np.empty(n_nodes, np.int32) for _ in range(4))
    node_ptr = np.zeros(n_bushes + 1, np.int64)
    node = np.empty(n_bushes * n_nodes, np.int32)
    in_ptr = np.empty(n_bushes * n_nodes + 1, np.int64)
    arc = np.empty(n_bushes * n_nodes, np.int32)
    from_pos = np.empty(n_bushes * n_nodes, np.int32)
    share = np.empty(n_bushes * n_nodes, np.float64)
    lost = np.zeros(len(trips[4]), np.float64)
    _plant(
        graph, law, trips, loads, (dist, load, pred, order, queue, place),
        (node_ptr, node, in_ptr, arc, from_pos, share), lost,
    )  # fmt: skip
    p, q = node_ptr[-1], in_ptr[node_ptr[-1]]
    return (node_ptr, node[:p], in_ptr[: p + 1], arc[:q], from_pos[:q], share[:q]), lost


@njit(cache=True)
def _plant(graph, law, trips, loads, work, bushes, lost):
    """`plant_bushes` into given arrays."""
    _first_out, _head, tail, _through = graph
    delay, points, extra = law
    origin, kind, ptr, to_node, amount = trips
    flow, cost, slope = loads
    dist, load, pred, order, queue, place = work
    node_ptr, node, in_ptr, arc, from_pos, share = bushes
    p, q = 0, 0
    for b in range(len(origin)):
        c = cost[kind[b]]
        label_nodes(graph, c, origin[b], dist, pred, queue)
        reached = order_tree(tail, pred, origin[b], place, order)
        load[:] = 0.0
        for i in range(ptr[b], ptr[b + 1]):
            if dist[to_node[i]] == np.inf:
                lost[i] = amount[i]
                amount[i] = 0.0
            load[to_node[i]] += amount[i]
        for i in range(reached - 1, 0, -1):
            load[tail[pred[order[i]]]] += load[order[i]]
        node_ptr[b] = p
        for i in range(reached):
            v = order[i]
            node[p] = v
            in_ptr[p] = q
            p += 1
            if i > 0:
                a = pred[v]
                arc[q] = a
                from_pos[q] = place[tail[a]]
                share[q] = load[v]
                q += 1
                if load[v] > 0.0:
                    add_flow(delay, points, extra, flow, cost, slope, a, load[v])
    node_ptr[len(origin)] = p
    in_ptr[p] = q


@njit(cache=True)
def carry_trips(tail, trips, bushes, b, load):
    """Flows of bush `b` anew from the shares at each node: exact balance, and no dust of earlier rounding.

    load : (n_nodes,) work space
    """
    node_ptr, node, in_ptr, arc, _from_pos, share = bushes
    _origin, _kind, ptr, to_node, amount = trips
    load[:] = 0.0
    for i in range(ptr[b], ptr[b + 1]):
        load[to_node[i]] += amount[i]
    for k in range(node_ptr[b + 1] - 1, node_ptr[b], -1):
        through_flow = load[node[k]]
        low, high = in_ptr[k], in_ptr[k + 1]
        if high - low == 1:
            share[low] = through_flow
            load[tail[arc[low]]] += through_flow
            continue
        total = 0.0
        for i in range(low, high):
            total += share[i]
        kept = 0.0
        for i in range(low, high):
            if share[i] <= TINY * total:
                share[i] = 0.0
            kept += share[i]
        if kept > 0.0:
            scale = through_flow / kept
            for i in range(low, high):
                share[i] *= scale
                load[tail[arc[i]]] += share[i]
        elif through_flow > 0.0:
            share[low] = through_flow
            load[tail[arc[low]]] += through_flow


@njit(cache=True)
def carry_all(tail, trips, bushes, n_nodes):
    """`carry_trips` for every bush: the flows of `trips` on the shares that the bushes have."""
    load = np.empty(n_nodes, np.float64)
    for b in range(len(trips[0])):
        carry_trips(tail, trips, bushes, b, load)


@njit(cache=True)
def sum_bushes(kind, bushes, class_flow):
    """Flows of the arcs by class, written into `class_flow` (n_classes, n_arcs)."""
    node_ptr, _node, in_ptr, arc, _from_pos, share = bushes
    class_flow[:] = 0.0
    for b in range(len(kind)):
        row = class_flow[kind[b]]
        for i in range(in_ptr[node_ptr[b]], in_ptr[node_ptr[b + 1]]):
            row[arc[i]] += share[i]


@njit(cache=True)
def adopt_bushes(graph, trips, cost, old, source, keep, new_arc):
    """Bushes of another solution made fit for this network and these trips.

    A bush whose links all still stand (`keep`) is taken over as it is. Any other is a shortest-path tree at
    `cost`, with those old links that lead onwards in the order in which the tree settled its nodes.

    old : bushes; source : (n_bushes,) number of the old bush, -1 for none; keep : (n_bushes,) bool
    new_arc : (old n_arcs,) arc of this graph or -1

    Returns
    -------
    bushes; lost: trips that have no way, set to 0 in `trips`.
    """
    first_out, head, tail, through = graph
    origin, kind, ptr, to_node, amount = trips
    node_ptr, node, in_ptr, arc, from_pos, share = old
    n_nodes, n_arcs, n_bushes = len(first_out) - 1, len(head), len(origin)
    dist, pred = np.empty(n_nodes, np.float64), np.empty(n_nodes, np.int32)
    order, queue = np.empty(n_nodes, np.int32), np.empty(n_nodes, np.int32)
    place, rank = np.full(n_nodes, -1, np.int32), np.empty(n_nodes, np.int32)
    held = np.zeros(n_arcs, np.float64)
    first_in = np.full(n_nodes, -1, np.int32)
    next_in = np.empty(n_arcs, np.int32)
    size = n_bushes * n_nodes + len(arc)
    new_ptr = np.zeros(n_bushes + 1, np.int64)
    new_node, new_in_ptr = np.empty(n_bushes * n_nodes, np.int32), np.empty(n_bushes * n_nodes + 1, np.int64)
    to_arc, new_from, new_share = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.float64)
    lost = np.zeros(len(amount), np.float64)
    p, q = np.int64(0), np.int64(0)
    for b in range(n_bushes):
        o = source[b]
        new_ptr[b] = p
        if keep[b]:
            for k in range(node_ptr[o], node_ptr[o + 1]):
                new_node[p], new_in_ptr[p] = node[k], q
                place[node[k]] = 0
                p += 1
                for i in range(in_ptr[k], in_ptr[k + 1]):
                    to_arc[q], new_from[q], new_share[q] = new_arc[arc[i]], from_pos[i], share[i]
                    q += 1
        else:
            c = cost[kind[b]]
            low, high = (in_ptr[node_ptr[o]], in_ptr[node_ptr[o + 1]]) if o >= 0 else (0, 0)
            for i in range(low, high):
                a = new_arc[arc[i]]
                if a >= 0 and c[a] < np.inf and (through[tail[a]] or tail[a] == origin[b]):
                    held[a] = share[i]
                    next_in[a] = first_in[head[a]]
                    first_in[head[a]] = a
            label_nodes(graph, c, origin[b], dist, pred, queue)
            reached = order_tree(tail, pred, origin[b], rank, order)
            for k in range(reached):
                v = order[k]
                new_node[p], new_in_ptr[p] = v, q
                p += 1
                a = pred[v]
                if k > 0:
                    to_arc[q], new_from[q], new_share[q] = a, place[tail[a]], held[a]
                    q += 1
                a = first_in[v]
                while a >= 0:
                    # Only links from nodes that stand before: no cycle, whatever the old order was.
                    if a != pred[v] and k > 0 and place[tail[a]] >= 0:
                        to_arc[q], new_from[q], new_share[q] = a, place[tail[a]], held[a]
                        q += 1
                    a = next_in[a]
                place[v] = k
            for i in range(low, high):
                a = new_arc[arc[i]]
                if a >= 0:
                    held[a] = 0.0
                    first_in[head[a]] = -1
        for i in range(ptr[b], ptr[b + 1]):
            if place[to_node[i]] < 0:
                lost[i] = amount[i]
                amount[i] = 0.0
        for k in range(new_ptr[b], p):
            place[new_node[k]] = -1
    new_ptr[n_bushes] = p
    new_in_ptr[p] = q
    bushes = (new_ptr, new_node[:p], new_in_ptr[: p + 1], to_arc[:q], new_from[:q], new_share[:q])
    carry_all(tail, trips, bushes, n_nodes)  # the flows of these trips, before anyone asks for costs
    return bushes, lost
