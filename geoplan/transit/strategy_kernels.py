"""Optimal strategies on arrays: numpy and numba only.

A passenger at a stop takes the first vehicle of a set of lines; which set, follows from the least expected time to
the destination. Labels are set from the destination backwards: arcs are looked at in the order of (label of the head
+ cost of the arc), and an arc joins the strategy of its tail when that sum is below the label the tail has so far.
Source: Spiess & Florian (1989), Optimal strategies: a new assignment model for transit networks, Transportation
Research B 23, 83-102.

An arc has a `cost` (seconds, weighted) and a `rate`: one over the mean wait for it in seconds; `inf` is no wait, 0 is
never. Arcs are sorted by tail (`first_out`, `head`); `first_in`, `in_arc` list the arcs into each node.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(cache=True, inline="always")
def _before(keys, items, a, b):
    """Whether heap entry a comes before b: by key, ties by item, so that the order never depends on luck."""
    return keys[a] < keys[b] or (keys[a] == keys[b] and items[a] < items[b])


@njit(cache=True)
def _push(keys, items, size, key, item):
    keys[size] = key
    items[size] = item
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if not _before(keys, items, i, parent):
            break
        keys[i], keys[parent] = keys[parent], keys[i]
        items[i], items[parent] = items[parent], items[i]
        i = parent
    return size + 1


@njit(cache=True)
def _pop(keys, items, size):
    """Moves the first entry behind the others, where the caller reads it."""
    size -= 1
    keys[0], keys[size] = keys[size], keys[0]
    items[0], items[size] = items[size], items[0]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and _before(keys, items, child + 1, child):
            child += 1
        if not _before(keys, items, child, i):
            break
        keys[i], keys[child] = keys[child], keys[i]
        items[i], items[child] = items[child], items[i]
        i = child
    return size


@njit(cache=True)
def find_strategy(
    first_in, in_arc, tail, cost, rate, target, wait_weight, label, total, sole, chosen, order, keys, items
):
    """The optimal strategy from every node to `target`, into the work arrays of the caller.

    label (n,): expected weighted seconds, inf where the target is out of reach.
    total (n,): sum of the rates of the arcs chosen, inf where one arc without a wait is taken.
    sole (n,): that arc, or -1. chosen (n_arcs,): arcs of the strategy; those of a node with a sole arc do not count.
    order (n,): nodes in the order their label became final; returns how many.
    keys, items: heap, at least 2 * n_arcs + 2 long.
    """
    n = len(label)
    label[:] = np.inf
    total[:] = 0.0
    sole[:] = -1
    chosen[:] = False
    done = np.zeros(n, np.bool_)
    label[target] = 0.0
    total[target] = np.inf
    settled = 0
    size = _push(keys, items, 0, 0.0, target)
    while size > 0:
        size = _pop(keys, items, size)
        key, item = keys[size], items[size]
        if item < n:  # a node whose label cannot fall any more
            if done[item]:
                continue
            done[item] = True
            order[settled] = item
            settled += 1
            for k in range(first_in[item], first_in[item + 1]):
                arc = in_arc[k]
                if rate[arc] > 0.0 and cost[arc] < np.inf and not done[tail[arc]]:
                    size = _push(keys, items, size, label[item] + cost[arc], n + arc)
            continue
        arc = item - n
        node = tail[arc]
        if done[node] or not key < label[node]:
            continue
        if np.isinf(rate[arc]):
            label[node] = key
            total[node] = np.inf
            sole[node] = arc
        else:
            sum_before = total[node]
            weighted = wait_weight if sum_before == 0.0 else sum_before * label[node]
            total[node] = sum_before + rate[arc]
            label[node] = max((weighted + rate[arc] * key) / total[node], key)
        chosen[arc] = True
        size = _push(keys, items, size, label[node], node)
    return settled


@njit(cache=True)
def _share(arc, node, total, sole, chosen, rate):
    """Share of those at `node` who leave it by `arc`."""
    if not chosen[arc]:
        return 0.0
    if sole[node] >= 0:
        return 1.0 if sole[node] == arc else 0.0
    return rate[arc] / total[node]


@njit(cache=True, parallel=True)
def skim_strategies(first_out, head, first_in, in_arc, tail, cost, rate, values, origins, targets, wait_weight):
    """Expected cost, wait and sums of `values` (n_arcs, k) along the optimal strategies; parallel over the targets.

    Returns (n_origins, n_targets, 2 + k): weighted cost, seconds of waiting, sums of the values; inf and nan where
    the target is out of reach.
    """
    n, m, k = len(first_out) - 1, len(head), values.shape[1]
    table = np.full((len(origins), len(targets), 2 + k), np.nan)
    for d in prange(len(targets)):
        label = np.empty(n, np.float64)
        total = np.empty(n, np.float64)
        sole = np.empty(n, np.int64)
        chosen = np.empty(m, np.bool_)
        order = np.empty(n, np.int64)
        keys = np.empty(2 * m + 2, np.float64)
        items = np.empty(2 * m + 2, np.int64)
        settled = find_strategy(
            first_in, in_arc, tail, cost, rate, targets[d], wait_weight, label, total, sole, chosen, order, keys, items
        )
        sums = np.zeros((n, 1 + k))
        for i in range(1, settled):  # the target itself is the first
            node = order[i]
            if sole[node] < 0:
                sums[node, 0] = 1.0 / total[node]
            for arc in range(first_out[node], first_out[node + 1]):
                share = _share(arc, node, total, sole, chosen, rate)
                if share > 0.0:
                    sums[node, 0] += share * sums[head[arc], 0]
                    for c in range(k):
                        sums[node, 1 + c] += share * (values[arc, c] + sums[head[arc], 1 + c])
        for o in range(len(origins)):
            table[o, d, 0] = label[origins[o]]
            if label[origins[o]] < np.inf:
                table[o, d, 1:] = sums[origins[o]]
    return table


@njit(cache=True)
def load_strategies(first_out, head, first_in, in_arc, tail, cost, rate, trips, origins, targets, wait_weight):
    """Trips (n_origins, n_targets) spread over the arcs of the optimal strategies.

    Returns
    -------
    volume (n_arcs,); waiting (n_nodes,): trips times seconds waited at each node; reached (n_origins, n_targets).
    Targets are taken in turn, so that the sums do not depend on the number of threads.
    """
    n, m = len(first_out) - 1, len(head)
    label = np.empty(n, np.float64)
    total = np.empty(n, np.float64)
    sole = np.empty(n, np.int64)
    chosen = np.empty(m, np.bool_)
    order = np.empty(n, np.int64)
    keys = np.empty(2 * m + 2, np.float64)
    items = np.empty(2 * m + 2, np.int64)
    at_node = np.empty(n, np.float64)
    volume = np.zeros(m)
    waiting = np.zeros(n)
    reached = np.ones(trips.shape, np.bool_)
    for d in range(len(targets)):
        settled = find_strategy(
            first_in, in_arc, tail, cost, rate, targets[d], wait_weight, label, total, sole, chosen, order, keys, items
        )
        at_node[:] = 0.0
        for o in range(len(origins)):
            if label[origins[o]] < np.inf:
                at_node[origins[o]] += trips[o, d]
            else:
                reached[o, d] = False
        for i in range(settled - 1, 0, -1):  # arcs of a strategy lead to nodes settled earlier
            node = order[i]
            people = at_node[node]
            if people == 0.0:
                continue
            if sole[node] < 0:
                waiting[node] += people / total[node]
            for arc in range(first_out[node], first_out[node + 1]):
                share = _share(arc, node, total, sole, chosen, rate)
                if share > 0.0:
                    volume[arc] += people * share
                    at_node[head[arc]] += people * share
    return volume, waiting, reached
