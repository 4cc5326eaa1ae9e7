"""The graph of states made small: places that reach each other freely become one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geoplan.heavy_haul.states import States

IntArray = NDArray[np.int64]
Items = frozenset[int]


@dataclass(frozen=True, eq=False)
class Condensed:
    """Arcs between groups of states. An arc with items may be used only with all of them; without items it is
    free.

    tail, head : group of each arc, (n_arcs,)
    items : set of item numbers of each arc
    start, end : groups; n_groups : their number
    """

    tail: IntArray
    head: IntArray
    items: list[Items]
    start: int
    end: int
    n_groups: int


def condense(states: States, usable: NDArray[np.bool_], items: dict[int, Items]) -> Condensed:
    """Merge states that reach each other over free arcs, and keep the other arcs once for each set of items.

    Parameters
    ----------
    usable
        Arcs that may be used at all, (n_arcs,).
    items
        Items of the arcs that have some, by arc position.
    """
    n = states.end + 1
    usable = usable & states.through[states.tail]
    bound = np.zeros(len(usable), dtype=bool)
    bound[list(items)] = True
    free = np.flatnonzero(usable & ~bound)
    links = csr_array((np.ones(len(free), dtype=np.int8), (states.tail[free], states.head[free])), shape=(n, n))
    # Two ways between the same states would add up; only whether there is a link counts.
    links.sum_duplicates()
    n_groups, group = connected_components(links, directed=True, connection="strong")
    pairs = np.unique(np.stack([group[states.tail[free]], group[states.head[free]]], axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    tail, head = [pairs[:, 0]], [pairs[:, 1]]
    sets: list[Items] = [frozenset()] * len(pairs)
    seen = {
        (int(group[states.tail[arc]]), int(group[states.head[arc]]), wanted)
        for arc, wanted in items.items()
        if usable[arc]
    }
    rows = sorted((t, h, tuple(sorted(s))) for t, h, s in seen if t != h)
    tail.append(np.array([row[0] for row in rows], dtype=np.int64))
    head.append(np.array([row[1] for row in rows], dtype=np.int64))
    sets += [frozenset(row[2]) for row in rows]
    whole = Condensed(
        np.concatenate(tail).astype(np.int64),
        np.concatenate(head).astype(np.int64),
        sets,
        int(group[states.start]),
        int(group[states.end]),
        int(n_groups),
    )
    return _on_some_way(whole)


def keep_arcs(graph: Condensed, keep: NDArray[np.bool_]) -> Condensed:
    """The condensed graph with some of its arcs, its groups numbered anew."""
    rows = np.flatnonzero(keep)
    used = np.unique(np.concatenate([graph.tail[rows], graph.head[rows], [graph.start, graph.end]]))
    number = np.full(graph.n_groups, -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    return Condensed(
        number[graph.tail[rows]],
        number[graph.head[rows]],
        [graph.items[row] for row in rows],
        int(number[graph.start]),
        int(number[graph.end]),
        len(used),
    )


def _on_some_way(graph: Condensed) -> Condensed:
    """Only arcs that a way from start to end could use, whatever is opened."""
    links = csr_array(
        (np.ones(len(graph.tail), dtype=np.int64), (graph.tail, graph.head)), shape=(graph.n_groups, graph.n_groups)
    )
    ahead = _reached(links, graph.start)
    back = _reached(csr_array(links.T), graph.end)
    return keep_arcs(graph, ahead[graph.tail] & back[graph.head])


def _reached(links: csr_array, root: int) -> NDArray[np.bool_]:
    """Groups that the root reaches."""
    reached = np.zeros(links.shape[0], dtype=bool)
    reached[root] = True
    front = np.array([root])
    while len(front):
        spans = [links.indices[links.indptr[i] : links.indptr[i + 1]] for i in front]
        following = np.unique(np.concatenate(spans)) if spans else np.empty(0, dtype=np.int64)
        front = following[~reached[following]]
        reached[front] = True
    return reached
