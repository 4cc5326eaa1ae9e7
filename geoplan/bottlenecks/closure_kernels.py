"""What every closure costs every trip, exactly, without searching the network again for each.

For each origin one shortest-path tree. A closure that does not touch the tree costs nothing. One that cuts it makes
only the nodes below longer to reach, and there are two exact ways to see how much:

- by closure: each node below is seeded with its best entry from outside, and Dijkstra runs inside until all demand is
  settled; what is never settled is unsatisfied demand. Work: the nodes below all closures.
- by destination: one search backwards gives the best way round every arc of its way at once. Work: the nodes near the
  ways to the destinations. For closures of one arc (and its reverse) only.

Each origin takes the one with less work.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.bottlenecks.replacement_kernels import find_branches, make_search, replace_arcs
from geoplan.bottlenecks.subtree_kernels import find_cuts, go_round, lay_out, make_work


@njit(cache=True)
def wait(longer, duration_s):
    """Vehicle seconds that a flow of one vehicle a second loses over a closure; nobody waits longer than it lasts."""
    return longer * (duration_s - longer / 2.0) if longer < duration_s else duration_s * duration_s / 2.0


@njit(cache=True, nogil=True)
def closure_losses(
    first_out, head, tail, cost, through, sources, targets, trips, first_arc, closure_arcs, duration_s, near
):  # fmt: skip
    """Loss of each closure for the trips from each origin. Holds no lock: blocks of origins run in threads.

    Parameters
    ----------
    first_out, head, tail, cost, through
        The graph (CSR).
    sources, targets, trips
        Node of each origin and destination; trips (n_origins, n_targets) an hour.
    first_arc, closure_arcs
        CSR: arcs of closure k.
    duration_s
        How long the closure lasts; for the third result.
    near
        Nodes that a search by destination visits, about: decides which of the two ways is taken, not what it finds.
        None: always by closure, and only that is compiled.

    Returns
    -------
    extra (n_origins, n_closures): extra seconds an hour of the trips that still arrive;
    lost (n_origins, n_closures): trips an hour that do not arrive;
    waiting (n_origins, n_closures): vehicle seconds over the closure when nobody waits longer than it lasts.
    """
    n_closures = len(first_arc) - 1
    most_arcs = np.int64(1)  # typed: a bare number would compile `make_work` twice
    for k in range(n_closures):
        most_arcs = max(most_arcs, first_arc[k + 1] - first_arc[k])
    extra = np.zeros((len(sources), n_closures))
    lost = np.zeros((len(sources), n_closures))
    waiting = np.zeros((len(sources), n_closures))
    for row in range(len(sources)):
        layout = lay_out(first_out, head, tail, cost, through, sources[row], targets, trips[row])
        work = make_work(layout, most_arcs)
        todo = np.zeros(n_closures, np.bool_)
        single = np.full(layout.count, -1, np.int32)  # first closure of nothing but the tree arc into each node
        following = np.full(n_closures, -1, np.int32)  # and the next such closure
        load = 0
        for k in range(n_closures):
            arcs = closure_arcs[first_arc[k] : first_arc[k + 1]]
            n_cuts, below = find_cuts(layout, head, arcs, work.cuts)
            if below == 0:
                continue
            todo[k] = True
            if n_cuts == 1 and _is_one_arc(layout, head, tail, arcs, work.cuts[0]):
                following[k] = single[work.cuts[0]]
                single[work.cuts[0]] = k
                load += layout.size[work.cuts[0]]
        if near is not None:  # noqa: SIM102  (only so does the compiler leave the search by destination out for None)
            if load > near * len(layout.rate):
                _by_destination(layout, tail, single, following, todo, duration_s, extra[row], lost[row], waiting[row])
        for k in range(n_closures):
            if not todo[k]:
                continue
            arcs = closure_arcs[first_arc[k] : first_arc[k + 1]]
            n_cuts, below = find_cuts(layout, head, arcs, work.cuts)
            go_round(layout, work, arcs, n_cuts, below, k)
            for c in range(n_cuts):
                top = work.cuts[c]
                for q in range(layout.before[top], layout.before[top + layout.size[top]]):
                    longer = work.extra[layout.trip_place[q]]
                    _count(k, layout.rate[q], longer, duration_s, extra[row], lost[row], waiting[row])
    return extra, lost, waiting


@njit(cache=True)
def _is_one_arc(layout, head, tail, arcs, top):
    """Whether a closure that cuts at `top` closes nothing but the tree arc into it and arcs straight back."""
    cut = layout.pred[top]
    others = 0
    for arc in arcs:
        if arc != cut and (tail[arc] != head[cut] or head[arc] != tail[cut]):
            others += 1
    return others == 0


@njit(cache=True)
def _by_destination(layout, tail, single, following, todo, duration_s, extra, lost, waiting):
    """Losses of the closures in the lists that begin in `single`; those that it could not settle stay in `todo`."""
    branches = find_branches(layout, tail)
    search = make_search(layout, branches)
    unsure = np.zeros(len(todo), np.bool_)
    for i in range(layout.count):
        k = single[i]
        while k >= 0:
            todo[k] = False
            k = following[k]
    for q in range(len(layout.rate)):
        for j in range(1, replace_arcs(layout, branches, search, q) + 1):
            k = single[search.path[j]]
            while k >= 0:
                if search.bound[j] < search.best[j]:
                    unsure[k] = True
                _count(np.int64(k), layout.rate[q], search.best[j], duration_s, extra, lost, waiting)
                k = following[k]
    for k in range(len(todo)):
        if unsure[k]:
            todo[k] = True
            extra[k] = 0.0
            lost[k] = 0.0
            waiting[k] = 0.0


@njit(cache=True)
def _count(k, rate, longer, duration_s, extra, lost, waiting):
    """Add a flow that takes `longer` to closure k."""
    if longer == np.inf:
        lost[k] += rate
    else:
        extra[k] += rate * longer
    waiting[k] += rate / 3600.0 * wait(longer, duration_s)
