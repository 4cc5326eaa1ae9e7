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

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.assignment.delay_kernels import add_flow, set_cost
from geoplan.assignment.tree_kernels import label_nodes, order_tree

TINY = 1e-14  # a share of a node's flow below this is the dust of rounding


@njit(cache=True)
def plant_bushes(graph, law, trips, loads):
    """Shortest-path trees as first bushes; each loads its trips before the next is grown, which so sees them.

    Trips to nodes that are not reached become 0 in `trips`; `loads` are brought up to date.

    Returns
    -------
    bushes; lost: trips that have no way, in the order of `trips`.
    """
    first_out, _head, tail, _through = graph
    delay, points, extra = law
    origin, kind, ptr, to_node, amount = trips
    flow, cost, slope = loads
    n_nodes, n_bushes = len(first_out) - 1, len(origin)
    dist = np.empty(n_nodes, np.float64)
    pred = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int32)
    queue = np.empty(n_nodes, np.int32)
    load = np.empty(n_nodes, np.float64)
    place = np.empty(n_nodes, np.int32)
    node_ptr = np.zeros(n_bushes + 1, np.int64)
    node = np.empty(n_bushes * n_nodes, np.int32)
    in_ptr = np.empty(n_bushes * n_nodes + 1, np.int64)
    arc = np.empty(n_bushes * n_nodes, np.int32)
    from_pos = np.empty(n_bushes * n_nodes, np.int32)
    share = np.empty(n_bushes * n_nodes, np.float64)
    lost = np.zeros(len(amount), np.float64)
    p, q = 0, 0
    for b in range(n_bushes):
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
    node_ptr[n_bushes] = p
    in_ptr[p] = q
    return (node_ptr, node[:p], in_ptr[: p + 1], arc[:q], from_pos[:q], share[:q]), lost


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
def renew_bushes(graph, trips, weight, cost, bushes, spare):
    """Measure the gap at fixed costs, drop links without flow, add links that shorten ways, order anew.

    weight : (n_classes,) of the excess time of a class in the gap (1 / passenger car equivalents)
    spare : bushes that nobody needs any more, whose memory is written over

    Returns
    -------
    excess: sum of flow x (L_i + c - L_j) with L the shortest ways over the whole network; added: links that
    joined; blocked: bushes with a shorter way that no link could join; the bushes.
    """
    first_out, head, tail, _through = graph
    origin, kind = trips[0], trips[1]
    node_ptr, node, in_ptr, arc, _from_pos, share = bushes
    n_nodes, n_arcs, n_bushes = len(first_out) - 1, len(head), len(origin)
    _, new_node, new_in_ptr, new_arc, new_from_pos, new_share = spare
    labels = (
        np.full(n_nodes, np.inf),  # shortest way over the bush
        np.full(n_nodes, np.inf),  # shortest way over the network
        np.zeros(n_nodes),  # longest way over the links kept
    )
    shorter = labels[1]
    load = np.empty(n_nodes)
    kept, inside = np.empty(len(arc), np.uint8), np.zeros(n_arcs, np.uint8)
    joins, next_join = np.empty(n_arcs, np.int32), np.empty(n_arcs, np.int32)
    line, waiting = np.empty(n_nodes + 1, np.int32), np.zeros(n_nodes, np.uint8)
    work = (np.zeros(n_nodes, np.int32), np.zeros(n_nodes, np.int32), np.zeros(n_nodes, np.int32), line)
    q = np.int64(0)
    excess, added, blocked = 0.0, 0, 0
    for b in range(n_bushes):
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
            size = (q + links + joined) * 3 // 2 + n_arcs
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


@njit(cache=True)
def sum_bushes(kind, bushes, class_flow):
    """Flows of the arcs by class, written into `class_flow` (n_classes, n_arcs)."""
    node_ptr, _node, in_ptr, arc, _from_pos, share = bushes
    class_flow[:] = 0.0
    for b in range(len(kind)):
        row = class_flow[kind[b]]
        for i in range(in_ptr[node_ptr[b]], in_ptr[node_ptr[b + 1]]):
            row[arc[i]] += share[i]
