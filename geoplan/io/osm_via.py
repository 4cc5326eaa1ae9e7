"""Turn restrictions over ways: a course of edges that may not be followed, told by pairs of edges.

    from ---> N1 ---via---> N2 ---> to            others ---> N1, N2 ---> others

A table of banned pairs knows only the last edge. Where others use the way between, banning either of its turns would
forbid too much. So the edge between gets a copy that stands for "came from there": who comes from `from` runs on the
copy, all others on the edge itself, and only the copy may not go on to `to`. The copy has the same ends, line, limits
and `way_id`; its `copy_of` names the edge.

The copies are the states of an automaton after Aho and Corasick (1975), so that restrictions may share their courses
or begin within each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Pair = tuple[int, int, str, str, int]  # edge, edge after it, word of the ban, vehicles it binds, id of the restriction
BY_COURSE = "by_course"  # word of the pairs that only keep everybody on the edge or copy that is his


@dataclass(frozen=True, slots=True)
class Course:
    """Rows of edges, driven one after the other, and those that may not follow."""

    path: tuple[int, ...]
    banned: tuple[int, ...]
    word: str
    vehicle: str
    osm_id: int


def pairs_of_courses(
    pairs: Sequence[Pair],
    courses: Sequence[Course],
    *,
    into: Mapping[int, Sequence[int]],
    out_of: Mapping[int, Sequence[int]],
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
) -> tuple[list[Pair], NDArray[np.int64]]:
    """Banned pairs that say what the courses say.

    Parameters
    ----------
    pairs
        Pairs that are banned whatever came before.
    into, out_of
        Rows of the edges that end and start in a node, for every node along the courses.
    tail, head
        Node that each edge starts and ends in, shape (n_edges,).

    Returns
    -------
    All pairs, and the row of the edge that each copy is of: copy k has the row n_edges + k.
    """
    states = sorted(
        {c.path[:k] for c in courses for k in range(2, len(c.path) + 1)}, key=lambda path: (len(path), path)
    )
    row_of = {path: len(tail) + k for k, path in enumerate(states)}
    copies: dict[int, list[int]] = defaultdict(list)
    for path in states:
        copies[path[-1]].append(row_of[path])
    bans: dict[tuple[int, ...], dict[int, tuple[str, str, int]]] = defaultdict(dict)
    for one, other, word, kind, osm_id in pairs:
        bans[one,][other] = (word, kind, osm_id)
    for course in courses:
        for edge in course.banned:
            bans[course.path][edge] = (course.word, course.vehicle, course.osm_id)
    table = list(pairs)
    plain = {(edge,) for between in copies for edge in into.get(int(tail[between]), ())}
    for path in [*sorted(plain), *states]:
        own = row_of.get(path, path[0])
        banned: dict[int, tuple[str, str, int]] = {}
        for k in range(len(path)):
            banned = {**bans.get(path[k:], {}), **banned}
        for edge in out_of.get(int(head[path[-1]]), ()):
            after = _longest_known((*path, edge), row_of)
            open_row = row_of.get(after, edge)
            for row in (edge, *copies.get(edge, ())):
                if edge in banned:
                    told: tuple[str, str, int] | None = banned[edge]
                else:
                    told = None if row == open_row else (BY_COURSE, "", 0)
                if told is not None and (row != edge or own >= len(tail) or edge not in bans.get(path, {})):
                    table.append((own, row, *told))
    return table, np.array([path[-1] for path in states], dtype=np.int64)


def copied_edges(edges: gpd.GeoDataFrame, rows: NDArray[np.int64], ids: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """The edges with copies of some rows behind them; `copy_of` is the id of the edge, empty for no copy."""
    if len(rows) == 0:
        return edges
    added = edges.iloc[rows]
    names = added.index.astype("str")
    both = pd.concat([edges, added.set_axis(pd.Index(ids, name=edges.index.name), axis=0)])
    return both.assign(copy_of=pd.array([""] * len(edges) + names.to_list(), dtype="str"))


def copied_relation(relation: pd.DataFrame, edge_id: NDArray[np.int64], ids: NDArray[np.int64]) -> pd.DataFrame:
    """The relation of structures and edges with rows for the copies: `edge_id[k]` was copied as `ids[k]`."""
    if len(ids) == 0 or relation.empty:
        return relation
    more = pd.DataFrame({"edge_id": edge_id, "copy": ids}).merge(relation, on="edge_id")
    more = more.drop(columns="edge_id").rename(columns={"copy": "edge_id"})
    return pd.concat([relation, more[relation.columns]], ignore_index=True)


def _longest_known(path: tuple[int, ...], row_of: Mapping[tuple[int, ...], int]) -> tuple[int, ...]:
    """The longest end of a course that is a state; the last edge when none is."""
    return next((path[k:] for k in range(len(path) - 1) if path[k:] in row_of), path[-1:])
