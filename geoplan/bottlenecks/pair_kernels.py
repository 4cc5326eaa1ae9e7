"""What two closures at once cost, for many pairs, from the ways round each of them alone.

Closing a and b lengthens a way by as much as closing a alone when the way round a does not pass b, and the other way
round. Only nodes whose way round each passes the other, the *tangled* ones, need a search, and what lies around them
is known. Arrays only.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.bottlenecks.closure_kernels import wait
from geoplan.bottlenecks.subtree_kernels import (
    close_arcs,
    enter,
    find_cuts,
    go_round,
    lay_out,
    make_work,
    open_arcs,
    spread,
)


@njit(cache=True, nogil=True)
def pair_losses(
    first_out,
    head,
    tail,
    cost,
    through,
    sources,
    targets,
    trips,
    first_arc,
    closure_arcs,
    bits,
    first,
    second,
    duration_s,
):
    """Loss of closing first[p] and second[p] together for the trips from each origin. Holds no lock.

    Parameters
    ----------
    first_out ... closure_arcs
        As in `closure_losses`.
    bits
        (n_arcs, n_words) uint64: closures of each arc, closure k as bit k % 64 of word k // 64.
    first, second
        Closures of each pair, different ones.

    Returns
    -------
    extra, lost, waiting (n_origins, n_pairs), as in `closure_losses`.
    """
    n_closures = len(first_arc) - 1
    words = bits.shape[1]
    most_arcs = 1
    for k in range(n_closures):
        most_arcs = max(most_arcs, first_arc[k + 1] - first_arc[k])
    shape = (len(sources), len(first))
    extra = np.zeros(shape)
    lost = np.zeros(shape)
    waiting = np.zeros(shape)
    for row in range(len(sources)):
        layout = lay_out(first_out, head, tail, cost, through, sources[row], targets, trips[row])
        work = make_work(layout, 2 * most_arcs)
        places = layout.trip_place
        on_way = _closures_on_tree(layout, tail, bits)
        # Alone: how much longer the way to each node is, and the closures on the way that is then best.
        longer = np.zeros((n_closures, layout.count))
        passes = np.empty((n_closures, layout.count, words), np.uint64)
        reached = np.zeros((n_closures, words), np.uint64)  # closures on any way round each closure
        cuts = np.zeros(n_closures, np.bool_)
        for k in range(n_closures):
            for i in range(layout.count):  # a slice would compile for three seconds, for its error text
                for w in range(words):
                    passes[k, i, w] = on_way[i, w]
            arcs = closure_arcs[first_arc[k] : first_arc[k + 1]]
            n_cuts, _ = find_cuts(layout, head, arcs, work.cuts)
            if n_cuts == 0:
                continue
            cuts[k] = True
            settled = go_round(layout, work, arcs, n_cuts, layout.count + 1, k)
            _keep_ways(layout, work, tail, bits, n_cuts, settled, longer[k], passes[k], reached[k])
        for p in range(len(first)):
            a, b = first[p], second[p]
            if not (cuts[a] or cuts[b]):
                continue
            searched = False
            if (_has(reached[a], b) or _has(reached[b], a)) and _any_tangled(places, passes[a], passes[b], a, b):
                both = _join(closure_arcs, first_arc, a, b)
                n_cuts, _ = find_cuts(layout, head, both, work.cuts)
                _untangle(layout, work, both, n_cuts, longer[a], longer[b], passes[a], passes[b], a, b, n_closures + p)
                searched = True
            for q in range(len(places)):
                # One of the two ways is open to both, and neither can be better than the pair's.
                time = max(longer[a, places[q]], longer[b, places[q]])
                if searched and work.inside[places[q]] == n_closures + p:
                    time = work.extra[places[q]]
                if time == np.inf:
                    lost[row, p] += layout.rate[q]
                else:
                    extra[row, p] += layout.rate[q] * time
                waiting[row, p] += layout.rate[q] / 3600.0 * wait(time, duration_s)
    return extra, lost, waiting


@njit(cache=True)
def _closures_on_tree(layout, tail, bits):
    """(n_nodes, n_words): closures on the tree way to each preorder number."""
    on_way = np.zeros((layout.count, bits.shape[1]), np.uint64)
    for i in range(1, layout.count):
        parent = layout.place[tail[layout.pred[i]]]
        for w in range(bits.shape[1]):
            on_way[i, w] = on_way[parent, w] | bits[layout.pred[i], w]
    return on_way


@njit(cache=True)
def _keep_ways(layout, work, tail, bits, n_cuts, settled, longer, passes, reached):
    """Extra distances that `go_round` has found, and the closures on the ways; a node without a way passes none."""
    for c in range(n_cuts):
        top = work.cuts[c]
        for i in range(top, top + layout.size[top]):
            longer[i] = work.extra[i]
            passes[i] = 0
    for n in range(settled):
        i = work.order[n]
        before = layout.place[tail[work.by[i]]]
        for w in range(bits.shape[1]):
            passes[i, w] = passes[before, w] | bits[work.by[i], w]
            reached[w] |= passes[i, w]


@njit(cache=True)
def _any_tangled(places, passes_a, passes_b, a, b):
    """Whether some destination's way round each closure passes the other."""
    for i in places:  # noqa: SIM110 - a loop, not a generator, compiles
        if _has(passes_a[i], b) and _has(passes_b[i], a):
            return True
    return False


@njit(cache=True)
def _join(closure_arcs, first_arc, a, b):
    """Arcs of two closures."""
    return np.concatenate(
        (closure_arcs[first_arc[a] : first_arc[a + 1]], closure_arcs[first_arc[b] : first_arc[b + 1]])
    )


@njit(cache=True)
def _untangle(layout, work, arcs, n_cuts, longer_a, longer_b, passes_a, passes_b, a, b, mark):
    """Extra distances of the tangled nodes below the cuts of both closures, marked, into `work.extra`."""
    count = 0
    for c in range(n_cuts):
        top = work.cuts[c]
        for i in range(top, top + layout.size[top]):
            if _has(passes_a[i], b) and _has(passes_b[i], a):
                work.inside[i] = mark
                work.order[count] = i
                count += 1
    close_arcs(layout, work, arcs)
    heaped = np.int64(0)  # typed: a bare number would compile the kernels it goes to twice
    left = np.int64(0)
    for n in range(count):
        i = work.order[n]
        left += layout.before[i + 1] - layout.before[i]
        best = np.inf
        for row in range(layout.in_first[i], layout.in_first[i + 1]):
            x = layout.in_tail[row]
            if work.inside[x] != mark:
                best = min(best, max(longer_a[x], longer_b[x]) + layout.in_cost[row])
        heaped = enter(work, heaped, i, best, -1)
    spread(layout, work, heaped, left, mark)
    open_arcs(layout, work, arcs)


@njit(cache=True, inline="always")
def _has(words, k):
    """Whether bit k is set."""
    return (words[k >> 6] >> np.uint64(k & 63)) & np.uint64(1) != np.uint64(0)
