"""Ways cut into segments at shared nodes, and the nodes of the network. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoplan.io.osm_data import BRIDGE, RAIL, OsmData

# Semi-major axis and squared eccentricity of WGS 84.
_A_M, _E2 = 6378137.0, 0.00669437999014


@dataclass(frozen=True, eq=False)
class Segments:
    """Pieces of ways between nodes of the network.

    way, last_way : (n_segments,) row of the way, and of the way it ends in when several were merged
    start, end : (n_segments,) positions in `node`, `lon`, `lat`; a segment holds start .. end, both included
    place : (n_segments,) number of its first node within the way: names the segment whatever else is read
    node : (n_positions,) row of the node in `node_id`
    node_id : ids of all points of ways; a node of a road that a railway shares has a twin with the id negated
    is_end : (n_ids,) whether the point is a node of the network
    is_rail : (n_ids,) whether the node belongs to the railway
    lost_ways : rows of ways without two nodes that have a place
    """

    way: NDArray[np.int64]
    last_way: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    place: NDArray[np.int64]
    node: NDArray[np.int32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    node_id: NDArray[np.int64]
    is_end: NDArray[np.bool_]
    is_rail: NDArray[np.bool_]
    n_missing: int
    lost_ways: NDArray[np.int64]
    n_twice: int

    @property
    def u(self) -> NDArray[np.int32]:
        return self.node[self.start]

    @property
    def v(self) -> NDArray[np.int32]:
        return self.node[self.end]


def ends_only(segments: Segments) -> Segments:
    """The same segments without the points between their ends, once lines and lengths are made."""
    n, nowhere = len(segments.way), np.empty(0)
    kept = np.flatnonzero(segments.is_end)
    place = np.full(len(segments.node_id), -1, dtype=np.int32)
    place[kept] = np.arange(len(kept))
    return replace(
        segments,
        start=2 * np.arange(n),
        end=2 * np.arange(n) + 1,
        node=place[np.column_stack([segments.u, segments.v])].ravel(),
        lon=nowhere,
        lat=nowhere,
        node_id=segments.node_id[kept],
        is_end=segments.is_end[kept],
        is_rail=segments.is_rail[kept],
    )


def split_ways(data: OsmData, special: NDArray[np.int64]) -> Segments:
    """Cut the ways at their ends, at nodes passed by several ways or twice by one, and at special nodes.

    A node without a place (cut off by the border of an extract) breaks its way, which never jumps the gap by
    a straight line. Road and rail never share a node: where they cross on a level, the railway's node gets
    the id of the road's node negated, so that no road vehicle turns onto the track.
    """
    way = np.repeat(np.arange(data.n_ways, dtype=np.int32), np.diff(data.first))
    number = (np.arange(len(way)) - data.first[way]).astype(np.int32)
    once = np.zeros(data.n_ways, dtype=bool)
    once[np.unique(data.way_id, return_index=True)[1]] = True  # a file merged carelessly holds a way twice
    networked = ((data.way_kind != BRIDGE) & once)[way]
    known = ~(np.isnan(data.lon) | np.isnan(data.lat))
    same_way = np.zeros(len(way), dtype=bool)
    same_way[1:] = way[1:] == way[:-1]
    repeated = np.zeros(len(way), dtype=bool)
    repeated[1:] = same_way[1:] & (data.ref[1:] == data.ref[:-1])
    after_gap = np.zeros(len(way), dtype=bool)
    after_gap[1:] = ~known[:-1]
    kept = networked & known & ~repeated
    piece = np.cumsum((~same_way | after_gap) & networked, dtype=np.int32)[kept]
    ref, way, number = data.ref[kept], way[kept], number[kept]
    first_of_piece = np.ones(len(piece), dtype=bool)
    first_of_piece[1:] = piece[1:] != piece[:-1]
    last_of_piece = np.ones(len(piece), dtype=bool)
    last_of_piece[:-1] = first_of_piece[1:]

    ids = np.unique(ref)
    node = np.searchsorted(ids, ref).astype(np.int32)
    rail_here = data.way_kind[way] == RAIL
    node, ids, is_rail = _part_modes(node, ids, rail_here)
    passes = np.bincount(node, minlength=len(ids))
    is_end = passes >= 2
    is_end[node[first_of_piece | last_of_piece]] = True
    is_end |= np.isin(np.abs(ids), np.abs(special))
    cut = is_end[node] | first_of_piece | last_of_piece
    cuts = np.flatnonzero(cut)
    starts = cuts[~last_of_piece[cuts]]
    ends = cuts[np.searchsorted(cuts, starts) + 1] if len(starts) else starts
    is_end = np.zeros(len(ids), dtype=bool)
    is_end[node[starts]] = is_end[node[ends]] = True
    return Segments(
        way=way[starts],
        last_way=way[starts],
        start=starts,
        end=ends,
        place=number[starts],
        node=node,
        lon=data.lon[kept],
        lat=data.lat[kept],
        node_id=ids,
        is_end=is_end,
        is_rail=is_rail,
        n_missing=int((networked & ~known).sum()),
        lost_ways=np.setdiff1d(np.flatnonzero((data.way_kind != BRIDGE) & once), way[starts]),
        n_twice=int((~once).sum()),
    )


def _part_modes(
    node: NDArray[np.int32], ids: NDArray[np.int64], rail_here: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]:
    """Give the railway a node of its own where it shares one with a road."""
    on_rail = np.bincount(node[rail_here], minlength=len(ids)) > 0
    on_road = np.bincount(node[~rail_here], minlength=len(ids)) > 0
    shared = np.flatnonzero(on_rail & on_road)
    if len(shared) == 0:
        return node, ids, on_rail
    twin = np.full(len(ids), -1, dtype=np.int32)
    twin[shared] = len(ids) + np.arange(len(shared))
    moved = rail_here & (twin[node] >= 0)
    node = np.where(moved, twin[node], node).astype(np.int32)
    twin_ids = -ids[shared]
    taken = np.isin(twin_ids, ids)
    if taken.any():  # a file with negative ids of its own: any number that is free will do
        twin_ids[taken] = ids.min() - 1 - np.arange(int(taken.sum())) - int(np.abs(ids).max())
    is_rail = np.concatenate([on_rail & ~on_road, np.ones(len(shared), dtype=bool)])
    return node, np.concatenate([ids, twin_ids]), is_rail


def segment_lengths_m(segments: Segments) -> NDArray[np.float64]:
    """Length of each segment on the WGS 84 ellipsoid, metres.

    Each piece between two points by the radii of curvature at its middle: off by less than 1 mm at 1 km and
    by less than 1 m at 50 km (a ferry), far below the accuracy of the map.

    Source: radii of curvature of the meridian and the prime vertical, any textbook of geodesy.
    """
    lon, lat = np.radians(segments.lon), np.radians(segments.lat)
    middle = (lat[1:] + lat[:-1]) / 2.0
    w2 = 1.0 - _E2 * np.sin(middle) ** 2
    north = _A_M * (1.0 - _E2) / (w2 * np.sqrt(w2)) * np.diff(lat)
    turn = np.remainder(np.diff(lon) + np.pi, 2.0 * np.pi) - np.pi  # the short way round at the date line
    east = _A_M / np.sqrt(w2) * np.cos(middle) * turn
    along = np.concatenate([[0.0], np.cumsum(np.hypot(north, east))])
    return along[segments.end] - along[segments.start]


def ranges(start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions start .. end (included) of the ranges one behind the other, and the range each belongs to."""
    size = end - start + 1
    owner = np.repeat(np.arange(len(start)), size)
    offset = np.cumsum(size) - size
    return np.arange(int(size.sum())) - np.repeat(offset - start, size), owner
