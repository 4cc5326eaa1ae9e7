"""Lines as plain arrays: which ends are one point, where lines meet, and their pieces. Arrays in, arrays out.

A bundle of lines is `coords`, (n_vertices, 2 or 3), and `first`, (n_lines + 1,): line i has the vertices
first[i] .. first[i + 1] - 1. Everything here takes time in proportion to the vertices, not to pairs of lines.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Coordinates of some million metres carry about a nanometre; below a micrometre all is the same point.
GRAIN_M = 1e-6


class Pieces(NamedTuple):
    """Lines cut at points: geometry, the line each comes from, end points and share of the line's length."""

    geometry: NDArray[np.object_]
    line: IntArray
    start: IntArray
    end: IntArray
    share: FloatArray


def cluster_points(xy: FloatArray, reach_m: float, n_fixed: int = 0) -> tuple[IntArray, FloatArray]:
    """Points that are within reach of each other, directly or through others, become one.

    Parameters
    ----------
    xy
        Coordinates, (n_points, 2).
    n_fixed
        The first so many points stay apart and where they are; others go to the fixed point of their cluster,
        to the nearest one where a cluster has several. A second fixed point in the same place is left unused.

    Returns
    -------
    Label of each point, (n_points,), labels 0 .. n_fixed - 1 being the fixed points themselves; and the
    position of each label, (n_labels, 2). A cluster without a fixed point lies at its most frequent member,
    so most lines keep their shape.
    """
    # Imported here: a study is opened, and most routes found, without it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    places, place_of, times = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    place_of = place_of.reshape(-1)
    pairs = cKDTree(places).query_pairs(reach_m, output_type="ndarray") if len(places) else np.empty((0, 2), dtype=int)
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(places),) * 2)
    n_clusters, cluster = connected_components(links, directed=False)

    home = np.empty(n_clusters, dtype=np.int64)  # the place of each cluster: the most frequent, the first of equals
    order = np.lexsort((-np.arange(len(places)), times))
    home[cluster[order]] = order

    label_of_place = np.full(len(places), -1, dtype=np.int64)
    if n_fixed:
        fixed_place, first_fixed = np.unique(place_of[:n_fixed], return_index=True)
        held = np.isin(cluster, cluster[fixed_place])
        nearest = cKDTree(places[fixed_place]).query(places[held])[1]
        single = np.bincount(cluster[fixed_place], minlength=n_clusters) == 1
        only = np.empty(n_clusters, dtype=np.int64)
        only[cluster[fixed_place]] = first_fixed
        label_of_place[held] = np.where(single[cluster[held]], only[cluster[held]], first_fixed[nearest])
    free = label_of_place < 0
    names, number = np.unique(cluster[free], return_inverse=True)
    label_of_place[free] = n_fixed + number

    labels = label_of_place[place_of]
    labels[:n_fixed] = np.arange(n_fixed)
    return labels, np.concatenate([xy[:n_fixed], places[home[names]]])


def crossing_points(coords: FloatArray, first: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Where two lines, or one line with itself, cross or touch.

    Returns positions, (n, 2), and the numbers of the two lines, (n,) each. Stretches that run on top of each
    other are left out. A crossing in a vertex is found once for each segment there.
    """
    tail = _segment_starts(first)
    line = line_of_vertex(first)[tail]
    start, step = coords[tail, :2], coords[tail + 1, :2] - coords[tail, :2]
    tree = shapely.STRtree(_segment_geometry(coords, tail))
    one, two = tree.query(tree.geometries)
    apart = (one < two) & ~((two == one + 1) & (line[one] == line[two]))
    one, two = one[apart], two[apart]

    span = _cross(step[one], step[two])
    between = start[two] - start[one]
    with np.errstate(divide="ignore", invalid="ignore"):
        along_one = _cross(between, step[two]) / span
        along_two = _cross(between, step[one]) / span
    # A touch is found in spite of rounding: half a grain beyond either end counts.
    slack_one = GRAIN_M / 2 / np.maximum(np.hypot(*step[one].T), GRAIN_M)
    slack_two = GRAIN_M / 2 / np.maximum(np.hypot(*step[two].T), GRAIN_M)
    meets = (span != 0) & (np.abs(along_one - 0.5) <= 0.5 + slack_one) & (np.abs(along_two - 0.5) <= 0.5 + slack_two)
    one, two = one[meets], two[meets]
    return start[one] + along_one[meets, None] * step[one], line[one], line[two]


def cut_lines(
    coords: FloatArray, first: IntArray, ends: IntArray, points: IntArray, places: FloatArray, reach_m: float
) -> Pieces:
    """Cut every line at the points within reach of its inside; pieces begin and end exactly in their points.

    Parameters
    ----------
    ends
        Point of the start and of the end of each line, (n_lines, 2); line ends lie there already.
    points, places
        Numbers, (n_points,), and positions, (n_points, 2), of the points that cut; none leaves the lines
        whole.
    reach_m
        Distance from the line at which a point cuts it, metres.
    """
    measure, length = measures(coords, first)
    line_v = line_of_vertex(first)
    node_v = np.full(len(coords), -1, dtype=np.int64)
    node_v[first[:-1]], node_v[first[1:] - 1] = ends[:, 0], ends[:, 1]
    rank = np.zeros(
        len(coords), dtype=np.int8
    )  # ends stay outermost, even where a snapped end meets the vertex before it
    rank[first[:-1]], rank[first[1:] - 1] = -1, 1

    if len(points):
        line_c, measure_c, place_c, coords_c = _cuts(coords, first, measure, length, places, reach_m)
        line_v = np.concatenate([line_v, line_c])
        node_v = np.concatenate([node_v, points[place_c]])
        measure = np.concatenate([measure, measure_c])
        rank = np.concatenate([rank, np.zeros(len(line_c), dtype=np.int8)])
        order = np.lexsort((rank, measure, line_v))
        line_v, node_v, measure = line_v[order], node_v[order], measure[order]
        coords = np.concatenate([coords, coords_c])[order]
        keep = ~_shadowed(line_v, node_v, coords)
        line_v, node_v, measure, coords = line_v[keep], node_v[keep], measure[keep], coords[keep]

    is_node = node_v >= 0
    begins = np.r_[True, line_v[1:] != line_v[:-1]] if len(line_v) else np.zeros(0, dtype=bool)
    closes = np.r_[line_v[1:] != line_v[:-1], True] if len(line_v) else np.zeros(0, dtype=bool)
    inner = is_node & ~begins & ~closes
    row = np.repeat(np.arange(len(line_v)), 1 + inner)  # a cut is the end of one piece and the start of the next
    opens = begins[row].copy()
    opens[1:] |= (row[1:] == row[:-1]) & inner[row[1:]]
    piece = np.cumsum(opens) - 1
    start_row = row[opens]
    end_row = row[np.r_[np.flatnonzero(opens)[1:] - 1, len(row) - 1]] if len(row) else row
    line = line_v[start_row]
    return Pieces(
        geometry=shapely.linestrings(coords[row], indices=piece) if len(row) else np.empty(0, dtype=object),
        line=line,
        start=node_v[start_row],
        end=node_v[end_row],
        share=(measure[end_row] - measure[start_row]) / np.maximum(length[line], np.finfo(float).tiny),
    )


def measures(coords: FloatArray, first: IntArray) -> tuple[FloatArray, FloatArray]:
    """Distance of each vertex from the start of its line, (n_vertices,), and line lengths, (n_lines,)."""
    step = np.zeros(len(coords))
    if len(coords):
        step[1:] = np.hypot(*np.diff(coords[:, :2], axis=0).T)
        step[first[:-1]] = 0.0
    run = np.cumsum(step)
    measure = run - np.repeat(run[first[:-1]], np.diff(first))
    return measure, measure[first[1:] - 1]


def line_of_vertex(first: IntArray) -> IntArray:
    """Line number of each vertex, (n_vertices,)."""
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


def _cuts(
    coords: FloatArray,
    first: IntArray,
    measure: FloatArray,
    length: FloatArray,
    points: FloatArray,
    reach_m: float,
) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Line, distance along it, point and coordinates of every cut inside a line."""
    tail = _segment_starts(first)
    tree = shapely.STRtree(_segment_geometry(coords, tail))
    point, segment = tree.query(shapely.points(points), predicate="dwithin", distance=reach_m)
    start = coords[tail[segment]]
    step = coords[tail[segment] + 1] - start
    square = (step[:, :2] ** 2).sum(axis=1)
    share = np.clip(
        ((points[point] - start[:, :2]) * step[:, :2]).sum(axis=1) / np.where(square > 0, square, 1.0), 0, 1
    )
    foot = start + share[:, None] * step
    distance = np.hypot(*(points[point] - foot[:, :2]).T)
    line = line_of_vertex(first)[tail[segment]]
    along = measure[tail[segment]] + share * np.sqrt(square)

    # Neighbouring segments see the same point: one stay near it is one cut, at the closest spot. A line that
    # comes back to a point (a loop road ending on itself) is cut again.
    order = np.lexsort((along, point, line))
    line, point, along, distance, foot = line[order], point[order], along[order], distance[order], foot[order]
    if len(line):
        new = np.r_[True, (np.diff(line) != 0) | (np.diff(point) != 0) | (np.diff(along) > 2 * reach_m)]
        stay = np.cumsum(new) - 1
        order = np.lexsort((distance, stay))
        best = order[np.r_[True, np.diff(stay[order]) != 0]]
        inside = (along[best] > GRAIN_M) & (along[best] < length[line[best]] - GRAIN_M)
        best = best[inside]
        line, point, along, foot = line[best], point[best], along[best], foot[best]
    cut = foot.copy()
    cut[:, :2] = points[point]
    return line, along, point, cut


def _shadowed(line: IntArray, node: IntArray, coords: FloatArray) -> NDArray[np.bool_]:
    """Plain vertices in the very place of a cut beside them."""
    plain = node < 0
    near = np.zeros(len(line), dtype=bool)
    same = (np.hypot(*np.diff(coords[:, :2], axis=0).T) <= GRAIN_M) & (np.diff(line) == 0)
    near[1:] |= same & ~plain[:-1]
    near[:-1] |= same & ~plain[1:]
    return plain & near


def _segment_starts(first: IntArray) -> IntArray:
    """Vertex in which each segment starts."""
    is_last = np.zeros(first[-1], dtype=bool)
    is_last[first[1:] - 1] = True
    return np.flatnonzero(~is_last)


def _segment_geometry(coords: FloatArray, tail: IntArray) -> NDArray[np.object_]:
    return shapely.linestrings(np.stack([coords[tail, :2], coords[tail + 1, :2]], axis=1))


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
