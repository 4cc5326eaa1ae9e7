"""An elimination order for a contraction hierarchy: nested dissection by inertial flow.

A piece of the graph is cut where the fewest edges cross between one end and the other, seen along four directions;
the cut's nodes come last, both sides are ordered the same way before them. Source: Schild and Sommer (2015), On
balanced separators in road networks; Dibbelt, Strasser and Wagner (2016), Customizable contraction hierarchies.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

SMALL = 8  # pieces of so few nodes are not cut further
DIRECTIONS = 4
END_SHARE = 0.25  # share of the nodes at each end that the flow starts from and goes to


@njit(cache=True)
def _flow_cut(nodes, rank_in_direction, first, neighbour, twin, piece, label, flow, level, side, queue, stack_arc):
    """Largest flow between the ends of a piece with unit capacities; `side[v]` is 1 where the source still reaches.

    `piece[v] == label` marks the nodes of the piece. `flow` (n_arcs,) holds -1, 0 or 1 and is 0 on entry and exit.
    """
    n = len(nodes)
    ends = max(1, int(n * END_SHARE))
    # level: -1 not seen, else distance from the source; rank_in_direction tells the two ends.
    total = 0
    while True:
        for i in range(n):
            level[nodes[i]] = -1
        tail = 0
        for i in range(n):
            if rank_in_direction[nodes[i]] < ends:
                level[nodes[i]] = 0
                queue[tail] = nodes[i]
                tail += 1
        front = 0
        reached = False
        while front < tail:
            v = queue[front]
            front += 1
            if rank_in_direction[v] >= n - ends:
                reached = True
                continue
            for a in range(first[v], first[v + 1]):
                w = neighbour[a]
                if piece[w] == label and level[w] < 0 and flow[a] < 1:
                    level[w] = level[v] + 1
                    queue[tail] = w
                    tail += 1
        if not reached:
            break
        # Blocking flow by depth-first search from each source node; side holds the current arc of a node.
        for i in range(n):
            side[nodes[i]] = first[nodes[i]]
        for i in range(n):
            start = nodes[i]
            if rank_in_direction[start] >= ends:
                continue
            while True:
                depth = 0
                v = start
                pushed = False
                while True:
                    if rank_in_direction[v] >= n - ends:
                        pushed = True
                        break
                    moved = False
                    while side[v] < first[v + 1]:
                        a = side[v]
                        w = neighbour[a]
                        if piece[w] == label and flow[a] < 1 and level[w] == level[v] + 1:
                            stack_arc[depth] = a
                            depth += 1
                            v = w
                            moved = True
                            break
                        side[v] += 1
                    if not moved:
                        if depth == 0:
                            break
                        depth -= 1
                        a = stack_arc[depth]
                        v = neighbour[twin[a]]
                        side[v] += 1
                if not pushed:
                    break
                for d in range(depth):
                    a = stack_arc[d]
                    flow[a] += 1
                    flow[twin[a]] -= 1
                total += 1
    for i in range(n):
        v = nodes[i]
        side[v] = 1 if level[v] >= 0 else 0
        for a in range(first[v], first[v + 1]):
            flow[a] = 0
    return total


@njit(cache=True)
def nested_dissection(first, neighbour, twin, x, y):
    """Rank of each node, lowest contracted first, shape (n_nodes,).

    Parameters
    ----------
    first, neighbour, twin
        Undirected graph without loops as CSR of both directions; `twin[a]` is the arc back.
    x, y
        Coordinates of the nodes.
    """
    n = len(first) - 1
    rank = np.full(n, -1, np.int32)
    piece = np.zeros(n, np.int32)  # label of the piece a node belongs to; -1 once it is ordered
    flow = np.zeros(len(neighbour), np.int8)
    level = np.empty(n, np.int32)
    side = np.empty(n, np.int32)
    best_side = np.empty(n, np.int8)
    queue = np.empty(n, np.int32)
    stack_arc = np.empty(n + 1, np.int32)
    along = np.empty(n, np.int32)
    nodes = np.arange(n).astype(np.int32)  # pieces are stretches of this array
    part = np.empty(n, np.int32)
    # Stack of pieces: start, end, highest rank + 1 that the piece may take.
    starts = [0]
    stops = [n]
    tops = [n]
    labels = 1
    while len(starts) > 0:
        start = starts.pop()
        stop = stops.pop()
        top = tops.pop()
        size = stop - start
        if size <= SMALL:
            for i in range(start, stop):
                rank[nodes[i]] = top - 1 - (i - start)
                piece[nodes[i]] = -1
            continue
        members = nodes[start:stop]
        # Parts that do not touch are taken one at a time.
        label = labels
        labels += 1
        tail = 1
        queue[0] = members[0]
        old = piece[members[0]]
        piece[members[0]] = label
        front = 0
        while front < tail:
            v = queue[front]
            front += 1
            for a in range(first[v], first[v + 1]):
                w = neighbour[a]
                if piece[w] == old:
                    piece[w] = label
                    queue[tail] = w
                    tail += 1
        if tail < size:
            k = 0
            j = tail
            for i in range(size):
                v = members[i]
                if piece[v] == label:
                    part[k] = v
                    k += 1
                else:
                    part[j] = v
                    j += 1
            members[:] = part[:size]
            starts.append(start)
            stops.append(start + tail)
            tops.append(top)
            starts.append(start + tail)
            stops.append(stop)
            tops.append(top - tail)
            continue
        best = -1
        for direction in range(DIRECTIONS):
            angle = np.pi * direction / DIRECTIONS
            key = np.cos(angle) * x[members] + np.sin(angle) * y[members]
            order = np.argsort(key, kind="mergesort")
            for i in range(size):
                along[members[order[i]]] = i
            cut = _flow_cut(members, along, first, neighbour, twin, piece, label, flow, level, side, queue, stack_arc)
            if best < 0 or cut < best:
                best = cut
                for i in range(size):
                    best_side[members[i]] = side[members[i]]
        # Separator: the nodes of the source side that touch the other side.
        bound = np.zeros(2, np.int64)
        for i in range(size):
            v = members[i]
            for a in range(first[v], first[v + 1]):
                w = neighbour[a]
                if piece[w] == label and best_side[w] != best_side[v]:
                    bound[best_side[v]] += 1
                    break
        mine = 1 if bound[1] <= bound[0] else 0
        k = 0
        for i in range(size):
            v = members[i]
            if best_side[v] != mine:
                continue
            touches = False
            for a in range(first[v], first[v + 1]):
                w = neighbour[a]
                if piece[w] == label and best_side[w] == 1 - mine:
                    touches = True
                    break
            if touches:
                best_side[v] = 2
        for i in range(size):
            if best_side[members[i]] == 2:
                rank[members[i]] = top - 1 - k
                k += 1
        place = 0
        for wanted in range(2):
            for i in range(size):
                if best_side[members[i]] == wanted:
                    part[place] = members[i]
                    place += 1
            if wanted == 0:
                middle = place
        for i in range(size):
            if best_side[members[i]] == 2:
                piece[members[i]] = -1
        members[:place] = part[:place]
        new = labels
        labels += 1
        for i in range(middle):
            piece[members[i]] = new
        new = labels
        labels += 1
        for i in range(middle, place):
            piece[members[i]] = new
        if middle > 0:
            starts.append(start)
            stops.append(start + middle)
            tops.append(top - k)
        if place > middle:
            starts.append(start + middle)
            stops.append(start + place)
            tops.append(top - k - middle)
    return rank
