"""Linear referencing: values that hold from one measure to another of a road link, cut into pieces of one value.

link     0 |----------------------------------| 1      geometry of the link, its ends at its measures
BK1        |==============|
BK2                       |===================|
70 km/h    |=======================|
pieces     |--------------|--------|----------|
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SHORTEST_M = 1.0  # cuts nearer to each other, or to the end of a link, are one
NEAR_M = 2.0  # a row without a measure lies on the links that are this near


@dataclass(frozen=True, eq=False)
class Links:
    """Road links, one row a drawn line: geometry in metres, its length, element and the measures of its ends."""

    geometry: NDArray[np.object_]
    length_m: FloatArray
    element: NDArray[np.object_]
    start: FloatArray
    end: FloatArray
    official_m: FloatArray


@dataclass(frozen=True, eq=False)
class Places:
    """Stretches of links: row of the table they come from, link, from and to in metres, and the directions."""

    row: IntArray
    link: IntArray
    from_m: FloatArray
    to_m: FloatArray
    along: BoolArray
    against: BoolArray


@dataclass(frozen=True, eq=False)
class Pieces:
    """Links cut: the link of each piece, and where on it, in metres."""

    link: IntArray
    from_m: FloatArray
    to_m: FloatArray


def make_links(frame: gpd.GeoDataFrame) -> Links:
    """Links of a network layer; parts of a multi-line share its measures by length."""
    parts, row = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    lines = np.isin(shapely.get_type_id(parts), (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING))
    parts, row = parts[lines], row[lines]
    length = shapely.length(parts)
    parts, row, length = parts[length > 0], row[length > 0], length[length > 0]
    whole = np.bincount(row, weights=length, minlength=len(frame))[row]
    before = np.cumsum(length) - length
    first = np.concatenate([[True], np.diff(row) != 0]) if len(row) else np.empty(0, dtype=bool)
    begun = np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), len(row)))) if len(row) else before
    measured = ~np.isnan(frame["start"].to_numpy()) & (frame["end"].to_numpy() > frame["start"].to_numpy())
    start = np.where(measured, frame["start"].to_numpy(), 0.0)[row]
    end = np.where(measured, frame["end"].to_numpy(), 1.0)[row]
    share = (before - begun) / whole
    return Links(
        parts,
        length,
        frame["element"].to_numpy(dtype=object)[row],
        start + (end - start) * share,
        start + (end - start) * (share + length / whole),
        frame["length_m"].to_numpy()[row] * length / whole,
    )


def places_of(frame: gpd.GeoDataFrame, links: Links) -> tuple[Places, IntArray]:
    """Where the rows of a layer lie: by link and measures, else by geometry. And the rows that lie on no link."""
    measured = (frame["element"] != "").to_numpy() & ~np.isnan(frame["start"].to_numpy())
    known = np.isin(frame["element"].to_numpy(dtype=object).astype(str), np.unique(links.element.astype(str)))
    by_measure = measured & known
    blank = np.asarray(frame.geometry.isna() | frame.geometry.is_empty)
    parts = [_by_measure(frame, links, np.flatnonzero(by_measure))]
    rest = np.setdiff1d(np.arange(len(frame)), parts[0].row)
    parts.append(_by_geometry(frame, links, rest[~blank[rest]]))
    joined = Places(*(np.concatenate([getattr(part, name) for part in parts]) for name in Places.__dataclass_fields__))
    return joined, np.setdiff1d(np.arange(len(frame)), joined.row)


def _by_measure(frame: gpd.GeoDataFrame, links: Links, rows: IntArray) -> Places:
    mine = pd.DataFrame({"element": frame["element"].to_numpy(dtype=object)[rows], "row": rows})
    theirs = pd.DataFrame({"element": links.element, "link": np.arange(len(links.length_m))})
    both = mine.merge(theirs, on="element")
    row, link = both["row"].to_numpy(dtype=np.int64), both["link"].to_numpy(dtype=np.int64)
    start, end = frame["start"].to_numpy()[row], frame["end"].to_numpy()[row]
    scale = links.length_m[link] / (links.end[link] - links.start[link])
    from_m, to_m = (start - links.start[link]) * scale, (end - links.start[link]) * scale
    point = start == end
    length = links.length_m[link]
    overlap = np.minimum(to_m, length) - np.maximum(from_m, 0.0)
    # A stretch that ends where the link begins only touches it; a point in a node lies on both links.
    whole = to_m - from_m
    on = np.where(point, overlap >= -SHORTEST_M / 2, overlap > np.minimum(SHORTEST_M / 2, whole / 2))
    row, link, length = row[on], link[on], length[on]
    along, against = frame["along"].to_numpy()[row], frame["against"].to_numpy()[row]
    return Places(row, link, np.clip(from_m[on], 0, length), np.clip(to_m[on], 0, length), along, against)


def _by_geometry(frame: gpd.GeoDataFrame, links: Links, rows: IntArray) -> Places:
    """Stretches of links that a line runs along, or the nearest place of a point; directions as the line runs."""
    shapes, row = shapely.get_parts(frame.geometry.to_numpy()[rows], return_index=True)
    row = rows[row]
    tree = shapely.STRtree(links.geometry)
    shape, link = tree.query(shapes, predicate="dwithin", distance=NEAR_M)
    dimension = shapely.get_dimensions(shapes)[shape]
    point = dimension == 0
    out = []
    if point.any():
        gap = shapely.distance(shapes[shape[point]], links.geometry[link[point]])
        nearest = pd.Series(gap).groupby(shape[point]).transform("min").to_numpy()
        here = np.flatnonzero(point)[gap <= nearest + 0.01]
        at = shapely.line_locate_point(links.geometry[link[here]], shapes[shape[here]])
        out.append((row[shape[here]], link[here], at, at, np.zeros(len(here), dtype=bool)))
    lines = np.flatnonzero(dimension == 1)
    if len(lines):
        # Ends of the line on the link, and of the link on the line: two of the four are the ends of what they share.
        one, other = shapes[shape[lines]], links.geometry[link[lines]]
        length = links.length_m[link[lines]]
        every = []
        for tip in (shapely.get_point(one, 0), shapely.get_point(one, -1)):
            at = shapely.line_locate_point(other, tip)
            every.append(np.where(shapely.dwithin(tip, other, NEAR_M), at, np.nan))
        for tip, at in ((shapely.get_point(other, 0), 0 * length), (shapely.get_point(other, -1), length)):
            every.append(np.where(shapely.dwithin(tip, one, NEAR_M), at, np.nan))
        seen = (~np.isnan(np.stack(every))).any(axis=0)
        low = np.where(seen, np.fmin.reduce(every, axis=0), 0.0)
        high = np.where(seen, np.fmax.reduce(every, axis=0), 0.0)
        middle = shapely.line_interpolate_point(other, (low + high) / 2)
        shares = (high - low > SHORTEST_M / 2) & shapely.dwithin(middle, one, NEAR_M)
        head = shapely.line_locate_point(one, shapely.line_interpolate_point(other, low))
        tail = shapely.line_locate_point(one, shapely.line_interpolate_point(other, high))
        turned = head > tail
        picked = lines[shares]
        out.append((row[shape[picked]], link[picked], low[shares], high[shares], turned[shares]))
    empty = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, bool))
    row_of, link_of, from_m, to_m, turned = (np.concatenate(one) for one in zip(empty, *out, strict=True))
    along, against = frame["along"].to_numpy()[row_of], frame["against"].to_numpy()[row_of]
    return Places(row_of, link_of, from_m, to_m, np.where(turned, against, along), np.where(turned, along, against))


def cut_links(links: Links, places: list[Places]) -> Pieces:
    """Links cut wherever a stretch begins or ends; cuts within a metre of each other are one."""
    n = len(links.length_m)
    link = np.concatenate([np.arange(n), np.arange(n), *(p.link for p in places), *(p.link for p in places)])
    at = np.concatenate([np.zeros(n), links.length_m, *(p.from_m for p in places), *(p.to_m for p in places)])
    length = links.length_m[link]
    short = np.minimum(SHORTEST_M, length / 2)
    at = np.where(length - at < short, length, np.where(at < short, 0.0, at))
    order = np.lexsort((at, link))
    link, at = link[order], at[order]
    keep = np.zeros(len(at), dtype=bool)
    last_link, last_at = -1, 0.0
    for k, (one, place, end) in enumerate(zip(link.tolist(), at.tolist(), length[order].tolist(), strict=True)):
        if one != last_link or (place > last_at and (place - last_at >= SHORTEST_M or place == end)):
            keep[k], last_link, last_at = True, one, place
    link, at = link[keep], at[keep]
    inner = link[1:] == link[:-1]
    return Pieces(link[:-1][inner], at[:-1][inner], at[1:][inner])


def pieces_under(pieces: Pieces, places: Places, *, touching_m: float = 0.0) -> tuple[IntArray, IntArray]:
    """Pairs (place, piece): the pieces that each stretch lies on by half of the piece or of itself, or a metre.

    A stretch too short to have cut anything lies on the piece of its middle, so that none is lost.
    """
    first = np.searchsorted(pieces.link, places.link, side="left")
    count = np.searchsorted(pieces.link, places.link, side="right") - first
    place = np.repeat(np.arange(len(places.link)), count)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    piece = np.repeat(first, count) + number
    low = np.maximum(pieces.from_m[piece], places.from_m[place])
    high = np.minimum(pieces.to_m[piece], places.to_m[place])
    overlap = high - low
    size = pieces.to_m[piece] - pieces.from_m[piece]
    extent = (places.to_m - places.from_m)[place]
    on = overlap > np.minimum(np.minimum(size, extent) / 2, SHORTEST_M)
    on |= (extent == 0) & (overlap >= -touching_m)
    middle = (places.from_m + places.to_m)[place] / 2
    inside = (pieces.from_m[piece] <= middle) & (middle <= pieces.to_m[piece])
    served = np.zeros(len(places.link), dtype=bool)
    served[place[on]] = True
    on |= inside & ~served[place]
    return place[on], piece[on]


def piece_lines(links: Links, pieces: Pieces) -> NDArray[np.object_]:
    """Geometry of the pieces; whole links are taken as they are."""
    lines = links.geometry[pieces.link].copy()
    whole = (pieces.from_m == 0) & (pieces.to_m == links.length_m[pieces.link])
    for k in np.flatnonzero(~whole):
        lines[k] = shapely.ops.substring(lines[k], pieces.from_m[k], pieces.to_m[k])
    return lines
