"""Losses of a few closures by the hierarchy: no tree is grown, and only pairs whose way is closed are asked again.

A pair of origin o and destination t uses the arc u -> v on a cheapest way only where d(o, u) + c(u, v) + d(v, t) is no
more than d(o, t). Three tables tell that for all closures at once; then each closure is put on the hierarchy, the
pairs it hits are asked, and the old costs are put back. What is asked too much finds no difference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geoplan.routing.hierarchy import Hierarchy, Metric, change_costs
from geoplan.routing.many import Crossroads, customize_crossroads, table_between

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

EQUAL = 1e-11  # share of a cost below which two sums of the same arcs, added in another order, may differ


def longer_ways(
    roads: Crossroads,
    cost: FloatArray,
    known: dict[str, Hierarchy],
    sources: IntArray,
    targets: IntArray,
    closures: list[NDArray[np.int64]],
    asked: NDArray[np.bool_],
) -> list[tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]]:
    """What each closure adds to the ways between sources and targets.

    Parameters
    ----------
    cost : (n_arcs,) costs of the open graph
    closures : arcs that close together
    asked : (n_sources, n_targets) pairs that matter

    Returns
    -------
    For each closure the rows and columns of the pairs that it makes longer, and by how much: inf where no way is left.
    """
    metric = customize_crossroads(roads, cost, known)
    base = table_between(metric, roads, sources, targets)
    arcs = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *closures]))
    arcs = arcs[np.isfinite(cost[arcs])]
    # Where a tail has a second node, `tail` is that one already, and only trips from the node itself start there.
    tails, at_tail = np.unique(roads.tail[arcs], return_inverse=True)
    heads, at_head = np.unique(roads.head[arcs], return_inverse=True)
    place = {int(arc): k for k, arc in enumerate(arcs)}
    to_tail = _to_tails(metric, roads, sources, tails)
    from_head = table_between(metric, roads, heads, targets)
    limit = base * (1 + EQUAL)
    asked = asked & np.isfinite(base)
    found = []
    for closed in closures:
        closed = np.array([arc for arc in closed if int(arc) in place], dtype=np.int64)
        hit = np.zeros(base.shape, dtype=bool)
        for arc in closed:
            k = place[int(arc)]
            over = to_tail[:, at_tail[k], None] + cost[arc] + from_head[at_head[k]]
            hit |= over <= limit
        hit &= asked
        rows, columns = np.flatnonzero(hit.any(axis=1)), np.flatnonzero(hit.any(axis=0))
        if not len(rows):
            found.append((rows, columns, np.empty(0)))
            continue
        change_costs(metric, closed.astype(np.int32), np.full(len(closed), np.inf))
        around = table_between(metric, roads, sources[rows], targets[columns])
        change_costs(metric, closed.astype(np.int32), cost[closed])
        i, j = np.nonzero(hit[np.ix_(rows, columns)])
        before = base[rows[i], columns[j]]
        longer = around[i, j] - before
        real = longer > EQUAL * before
        found.append((rows[i[real]], columns[j[real]], longer[real]))
    return found


def _to_tails(metric: Metric, roads: Crossroads, sources: IntArray, tails: IntArray) -> FloatArray:
    """Costs from the sources to the tails of arcs; a second node is reached from its own first node only."""
    n = len(roads.start)
    own = np.flatnonzero(roads.start != np.arange(n))  # nodes that may not be passed
    table = table_between(metric, roads, sources, np.where(tails < n, tails, 0).astype(np.int32))
    for column in np.flatnonzero(tails >= n):
        table[:, column] = np.where(sources == own[tails[column] - n], 0.0, np.inf)
    return table
