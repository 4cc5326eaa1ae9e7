"""Chains of segments merged into one where nothing changes at the node between them.

    way 1        way 2                 one edge
    A ----- B -------- C      becomes  A ------------- C     when class, speed, names, limits ... are the same

Two segments merge when the first ends where the second starts, no third one ends there, the node itself carries
nothing, and every attribute in both directions is equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.io.osm_split import Segments, ranges


def merge_chains(
    segments: Segments, way_columns: Iterable[NDArray[np.generic]], kept_nodes: NDArray[np.int64]
) -> Segments:
    """Merge segments head to tail.

    Parameters
    ----------
    way_columns
        Everything that must be equal, arrays of shape (n_ways,).
    kept_nodes
        Ids of nodes that stay: limits, barriers, crossings, ends of turn restrictions.
    """
    following = _following(segments, _kind_of_way(way_columns), kept_nodes)
    if (following < 0).all():
        return segments
    order, is_first = _chain_order(following)
    return _joined(segments, order, is_first)


def _kind_of_way(way_columns: Iterable[NDArray[np.generic]]) -> NDArray[np.int64]:
    """A number that two ways share when all their columns are equal."""
    kind: NDArray[np.int64] | None = None
    for column in way_columns:
        code = pd.factorize(column, use_na_sentinel=False)[0].astype(np.int64)
        kind = code if kind is None else pd.factorize(kind * (int(code.max(initial=0)) + 1) + code)[0]
    if kind is None:
        raise ValueError("no columns to compare")
    return kind.astype(np.int64)


def _following(segments: Segments, kind: NDArray[np.int64], kept_nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The segment that each one is merged with at its end, -1 for none."""
    n = len(segments.node_id)
    ends_here, starts_here = np.bincount(segments.v, minlength=n), np.bincount(segments.u, minlength=n)
    joint = (ends_here == 1) & (starts_here == 1) & ~np.isin(segments.node_id, kept_nodes)
    starting = np.full(n, -1, dtype=np.int64)
    starting[segments.u] = np.arange(len(segments.way))
    following = np.where(joint[segments.v], starting[segments.v], -1)
    own = np.arange(len(following))
    same = (following >= 0) & (following != own)
    same[same] = kind[segments.last_way[same]] == kind[segments.way[following[same]]]
    return np.where(same, following, -1)


def _chain_order(following: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Segments chain by chain, and which of them start a chain. A ring is opened at its lowest segment."""
    has_before = np.zeros(len(following), dtype=bool)
    has_before[following[following >= 0]] = True
    after = {int(one): int(following[one]) for one in np.flatnonzero(following >= 0)}
    chains = [[int(one)] for one in np.flatnonzero(~has_before)]
    seen = 0
    for chain in chains:
        while chain[-1] in after:
            chain.append(after.pop(chain[-1]))
        seen += len(chain)
    while after:
        start = min(after)
        chain = [start]
        while after[chain[-1]] != start:
            chain.append(after.pop(chain[-1]))
        del after[chain[-1]]
        chains.append(chain)
    chains.sort(key=lambda chain: chain[0])
    order = np.array([one for chain in chains for one in chain], dtype=np.int64)
    sizes = np.array([len(chain) for chain in chains])
    is_first = np.zeros(len(order), dtype=bool)
    is_first[np.cumsum(sizes) - sizes] = True
    return order, is_first


def _joined(segments: Segments, order: NDArray[np.int64], is_first: NDArray[np.bool_]) -> Segments:
    """Segments whose positions are laid one behind the other; the shared node of two pieces stands once."""
    first = np.flatnonzero(is_first)
    last = np.concatenate([first[1:], [len(order)]]) - 1
    start = segments.start[order] + ~is_first
    position, owner = ranges(start, segments.end[order])
    size = np.bincount(owner, minlength=len(order))
    offset = np.cumsum(size) - size
    is_end = np.zeros(len(segments.node_id), dtype=bool)
    node = segments.node[position]
    new_start, new_end = offset[first], offset[last] + size[last] - 1
    is_end[node[new_start]] = is_end[node[new_end]] = True
    return replace(
        segments,
        way=segments.way[order[first]],
        last_way=segments.last_way[order[last]],
        start=new_start,
        end=new_end,
        place=segments.place[order[first]],
        node=node,
        lon=segments.lon[position],
        lat=segments.lat[position],
        is_end=is_end,
    )
