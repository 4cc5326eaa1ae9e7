"""Optimal strategies on arrays: numpy and numba only.

A passenger at a stop takes the first vehicle of a set of lines; which set, follows from the least expected time to
the destination. Labels are set from the destination backwards: arcs are looked at in the order of (label of the head
+ cost of the arc), and an arc joins the strategy of its tail when that sum is below the label the tail has so far.
Source: Spiess & Florian (1989), Optimal strategies: a new assignment model for transit networks, Transportation
Research B 23, 83-102.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class StrategyNet(NamedTuple):
    """Arcs sorted by tail, and the arcs into each node.

    first_out, head, tail : CSR by tail
    first_in, in_arc : arcs into node i are in_arc[first_in[i] : first_in[i + 1]]
    cost : (n_arcs,) seconds, weighted
    rate : (n_arcs,) one over the mean wait in seconds; inf is no wait, 0 is never
    wait_weight : what a second of waiting counts
    """

    first_out: NDArray[np.int32]
    head: NDArray[np.int32]
    tail: NDArray[np.int32]
    first_in: NDArray[np.int64]
    in_arc: NDArray[np.int64]
    cost: NDArray[np.float64]
    rate: NDArray[np.float64]
    wait_weight: float


class Strategy(NamedTuple):
    """The strategy from every node to one target.

    label : (n,) expected weighted seconds, inf where the target is out of reach
    total : (n,) sum of the rates of the arcs chosen, inf where one arc without a wait is taken
    sole : (n,) that arc, or -1
    chosen : (n_arcs,) arcs of the strategy; those of a node with a sole arc do not count
    done : (n,) whether the label is final
    order : (n,) nodes in the order their label became final
    keys, items : the heap
    """

    label: NDArray[np.float64]
    total: NDArray[np.float64]
    sole: NDArray[np.int64]
    chosen: NDArray[np.bool_]
    done: NDArray[np.bool_]
    order: NDArray[np.int64]
    keys: NDArray[np.float64]
    items: NDArray[np.int64]


def blank_strategy(n, m):
    """Work arrays for n nodes and m arcs."""
    return Strategy(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(m, np.bool_),
        np.empty(n, np.bool_),
        np.empty(n, np.int64),
        np.empty(2 * m + 2, np.float64),
        np.empty(2 * m + 2, np.int64),
    )


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
def find_strategy(net, target, s):
    """The optimal strategy from every node to `target`, into `s`. Returns the number of nodes in `order`."""
    n = len(s.label)
    for node in range(n):
        s.label[node] = np.inf
        s.total[node] = 0.0
        s.sole[node] = -1
        s.done[node] = False
    for arc in range(len(s.chosen)):
        s.chosen[arc] = False
    s.label[target] = 0.0
    s.total[target] = np.inf
    settled = 0
    size = _push(s.keys, s.items, np.int64(0), 0.0, np.int64(target))  # all of one type: compiled once
    while size > 0:
        size = _pop(s.keys, s.items, size)
        key, item = s.keys[size], s.items[size]
        if item < n:  # a node whose label cannot fall any more
            if s.done[item]:
                continue
            s.done[item] = True
            s.order[settled] = item
            settled += 1
            for k in range(net.first_in[item], net.first_in[item + 1]):
                arc = net.in_arc[k]
                if net.rate[arc] > 0.0 and net.cost[arc] < np.inf and not s.done[net.tail[arc]]:
                    size = _push(s.keys, s.items, size, s.label[item] + net.cost[arc], n + arc)
            continue
        arc = item - n
        node = net.tail[arc]
        if s.done[node] or not key < s.label[node]:
            continue
        if np.isinf(net.rate[arc]):
            s.label[node] = key
            s.total[node] = np.inf
            s.sole[node] = arc
        else:
            weighted = net.wait_weight if s.total[node] == 0.0 else s.total[node] * s.label[node]
            s.total[node] += net.rate[arc]
            s.label[node] = max((weighted + net.rate[arc] * key) / s.total[node], key)
        s.chosen[arc] = True
        size = _push(s.keys, s.items, size, s.label[node], np.int64(node))
    return settled


@njit(cache=True)
def _share(net, s, arc, node):
    """Share of those at `node` who leave it by `arc`."""
    if not s.chosen[arc]:
        return 0.0
    if s.sole[node] >= 0:
        return 1.0 if s.sole[node] == arc else 0.0
    return net.rate[arc] / s.total[node]


def skim_strategies(net, values, origins, targets):
    """Expected cost, wait and sums of `values` (n_arcs, k) along the optimal strategies.

    Returns (n_origins, n_targets, 2 + k): weighted cost, seconds of waiting, sums of the values; inf and nan where
    the target is out of reach.
    """
    n, m, k = len(net.first_out) - 1, len(net.head), values.shape[1]
    # Made here: allocating them in the kernel doubles the time it takes to compile.
    table = np.full((len(origins), len(targets), 2 + k), np.nan)
    _fill_skim(net, values, origins, targets, blank_strategy(n, m), np.empty((n, 1 + k)), table)
    return table


@njit(cache=True)
def _fill_skim(net, values, origins, targets, s, sums, table):
    k = values.shape[1]
    for d in range(len(targets)):
        settled = find_strategy(net, targets[d], s)
        for i in range(settled):
            node = s.order[i]
            for c in range(k + 1):
                sums[node, c] = 0.0
            if i == 0:  # the target itself
                continue
            if s.sole[node] < 0:
                sums[node, 0] = 1.0 / s.total[node]
            for arc in range(net.first_out[node], net.first_out[node + 1]):
                share = _share(net, s, arc, node)
                if share > 0.0:
                    sums[node, 0] += share * sums[net.head[arc], 0]
                    for c in range(k):
                        sums[node, 1 + c] += share * (values[arc, c] + sums[net.head[arc], 1 + c])
        for o in range(len(origins)):
            table[o, d, 0] = s.label[origins[o]]
            if s.label[origins[o]] < np.inf:
                for c in range(k + 1):
                    table[o, d, 1 + c] = sums[origins[o], c]


def load_strategies(net, trips, origins, targets):
    """Trips (n_origins, n_targets) spread over the arcs of the optimal strategies.

    Returns
    -------
    volume (n_arcs,); waiting (n_nodes,): trips times seconds waited at each node; reached (n_origins, n_targets).
    Targets are taken in turn, so that the sums do not depend on the number of threads.
    """
    n, m = len(net.first_out) - 1, len(net.head)
    volume, waiting, reached = np.zeros(m), np.zeros(n), np.ones(trips.shape, np.bool_)
    trips = np.ascontiguousarray(trips)  # one order of memory, one compilation
    _fill_load(net, trips, origins, targets, blank_strategy(n, m), np.empty(n), volume, waiting, reached)
    return volume, waiting, reached


@njit(cache=True)
def _fill_load(net, trips, origins, targets, s, at_node, volume, waiting, reached):
    for d in range(len(targets)):
        settled = find_strategy(net, targets[d], s)
        for node in range(len(at_node)):
            at_node[node] = 0.0
        for o in range(len(origins)):
            if s.label[origins[o]] < np.inf:
                at_node[origins[o]] += trips[o, d]
            else:
                reached[o, d] = False
        for i in range(settled - 1, 0, -1):  # arcs of a strategy lead to nodes settled earlier
            node = s.order[i]
            people = at_node[node]
            if people == 0.0:
                continue
            if s.sole[node] < 0:
                waiting[node] += people / s.total[node]
            for arc in range(net.first_out[node], net.first_out[node + 1]):
                share = _share(net, s, arc, node)
                if share > 0.0:
                    volume[arc] += people * share
                    at_node[net.head[arc]] += people * share
