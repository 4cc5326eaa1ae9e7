"""Heights along roads and railways from elevation rasters, and the grades that follow from them.

ground      .--.
road  --o--'    '--o===o--     === is carried by a bridge: the road goes straight from end to end,
river              ~~~         whatever the ground below does
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.errors import DataError, name_rows
from geoplan.io.raster_files import Paths, open_rasters, pixel_m
from geoplan.io.raster_points import (
    FloatArray,
    LinePoints,
    chunks_of_lines,
    points_along,
    raster_values,
    require_spacing,
)
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

BoolArray = NDArray[np.bool_]

_SPANS = ("bridge", "tunnel", "viaduct")  # kinds of structures whose edges leave the ground
_NEAR_M = 1.0  # a point of an edge this near to the line of its bridge lies on it
_STEEP_PCT = 20.0  # reported: steeper than any public road, so the raster is too coarse or the edge misplaced


@dataclass(frozen=True, eq=False)
class _Profile:
    """Points along some edges with their heights, and which of them were put between the ends of a span."""

    points: LinePoints
    height_m: FloatArray
    spanned: BoolArray


def sample_heights(
    network: Network,
    rasters: Paths,
    *,
    spacing_m: float | None = None,
    replace_known: bool = False,
) -> Network:
    """Grades of all road and rail edges from elevation rasters.

    Heights are taken at equal distances along the drawn line. Where a bridge or tunnel carries the edge, the height
    goes straight between the last points on the ground, through any number of edges in a row.

    Parameters
    ----------
    rasters
        One or several elevation rasters in metres (GeoTIFF, .hgt, .asc ..., or a zip of them), in any coordinate
        system. Where they overlap the first one counts, so name the finest first.
    spacing_m
        Distance between the points; None takes the pixel of the finest raster, 10 m at least.
    replace_known
        Whether grades that are known already are replaced.

    Returns
    -------
    Network whose edges have `grade_pct` (mean rise in the direction of travel, ends over `length_m`),
    `max_grade_pct` (steepest rise between two points), `climb_m` (sum of rises), `height_from_m` and `height_to_m`;
    and whose nodes have `height_m`. NaN where no raster has a value. `meta["heights"]` counts points and edges outside
    the rasters or without value, edges on structures, and edges steeper than 20 %.

    Raises
    ------
    DataError
        A raster that cannot be read, or none that covers any part of the network.
    """
    edges = network.edges
    wanted = edges["mode"].isin(["road", "rail"]).to_numpy() & ~_blank(edges)
    if not wanted.any():
        raise DataError("network: has no road or railway edge with a line; there is nothing to take heights for")
    rows = np.flatnonzero(wanted)
    columns = {name: np.full(len(edges), np.nan) for name in ("from", "to", "climb", "steepest")}
    counts = dict.fromkeys(("points", "points_outside", "points_without_value", "edges_on_structures"), 0)
    with open_rasters(rasters) as opened:
        spacing = require_spacing(spacing_m, max(min(pixel_m(raster) for raster in opened), 10.0))
        spans = _spans(network)
        node_m, node_counts = _node_heights(network, rows, spans, opened)
        lines = edges.geometry.to_numpy()[rows]
        for part in chunks_of_lines(shapely.length(lines), spacing):
            profile, told = _profile(network, rows[part], spacing, spans, opened, node_m)
            _add(counts, told)
            for name, values in _summary(profile, edges["length_m"].to_numpy()[rows[part]]).items():
                columns[name][rows[part]] = values
    if not np.isfinite(columns["from"]).any():
        raise DataError(f"{_shown(rasters)}: no part of the network lies on it; check place and coordinate system")

    length = edges["length_m"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        grade = 100.0 * (columns["to"] - columns["from"]) / length
    grade[~np.isfinite(grade)] = np.nan
    counts["edges_without_height"] = int(np.isnan(grade[rows]).sum())
    counts["edges_steeper_than_20_pct"] = int((np.abs(grade[rows]) > _STEEP_PCT).sum())
    known = edges["grade_pct"].to_numpy()
    kept = ~np.isnan(known) & (np.isnan(grade) | (not replace_known))
    counts["grades_kept"] = int(kept[rows].sum())
    _tell(counts)
    new_edges = edges.assign(
        grade_pct=np.where(kept, known, grade),
        max_grade_pct=columns["steepest"],
        climb_m=columns["climb"],
        height_from_m=columns["from"],
        height_to_m=columns["to"],
    )
    nodes = network.nodes.assign(height_m=node_m)
    report = {**counts, **node_counts, "spacing_m": spacing, "rasters": _shown(rasters)}
    return network.replace(nodes=nodes, edges=new_edges).with_meta(heights=report)


def height_profile(
    network: Network, edge_ids: Sequence[Hashable], rasters: Paths, *, spacing_m: float | None = None
) -> pd.DataFrame:
    """Heights along a row of edges, to draw: columns edge_id, distance_m (from the start), height_m, on_structure.

    Raises
    ------
    DataError
        Edges that are not in the network or have no line; rasters that cannot be read.
    """
    rows = network.edges.index.get_indexer(pd.Index(list(edge_ids)))
    strange = [edge for edge, row in zip(edge_ids, rows, strict=True) if row < 0]
    if strange or len(rows) == 0:
        raise DataError(f"edges: {name_rows(strange)} are not in the network; give ids of its edges in order of travel")
    if _blank(network.edges)[rows].any():
        raise DataError("edges: some have no line; heights are taken along lines")
    with open_rasters(rasters) as opened:
        spacing = require_spacing(spacing_m, max(min(pixel_m(raster) for raster in opened), 10.0))
        spans = _spans(network)
        node_m, _ = _node_heights(network, rows, spans, opened)
        profile, _ = _profile(network, rows, spacing, spans, opened, node_m)
    points = profile.points
    drawn = points.length_m
    official = network.edges["length_m"].to_numpy()[rows]
    start = np.concatenate([[0.0], np.cumsum(official)])[:-1]
    scale = np.divide(official, drawn, out=np.ones_like(drawn), where=drawn > 0)
    return pd.DataFrame(
        {
            "edge_id": network.edges.index.take(rows[points.line]),
            "distance_m": start[points.line] + points.at_m * scale[points.line],
            "height_m": profile.height_m,
            "on_structure": profile.spanned,
        }
    )


def _blank(edges: gpd.GeoDataFrame) -> BoolArray:
    return np.asarray(edges.geometry.isna() | edges.geometry.is_empty)


def _spans(network: Network) -> pd.DataFrame:
    """Bridges and tunnels by the edge they carry: `row` of the edge and `shape` of the stretch they cover.

    The stretch is the structure's own line or area, or its span around its point. A point without a span covers
    nothing: how long it is is not known.
    """
    kind = network.structures["kind"].astype("object").to_numpy()
    leaves = np.array([any(word in str(text) for word in _SPANS) for text in kind], dtype=bool)
    shape = network.structures.geometry.to_numpy().copy()
    span_m = network.structures["span_m"].to_numpy()
    is_point = shapely.get_type_id(shape) == shapely.GeometryType.POINT
    has_span = is_point & (span_m > 0) & np.isfinite(span_m)
    shape[has_span] = shapely.buffer(shape[has_span], span_m[has_span] / 2)
    leaves &= ~shapely.is_missing(shape) & (~is_point | has_span)
    pairs = network.structure_edges
    pairs = pairs[pairs["role"] == "carries"]
    structure = network.structures.index.get_indexer(pd.Index(pairs["structure_id"]))
    edge = network.edges.index.get_indexer(pd.Index(pairs["edge_id"]))
    good = leaves[structure] if len(structure) else np.zeros(0, dtype=bool)
    return pd.DataFrame({"row": edge[good], "shape": shape[structure[good]]})


def _covered(points: LinePoints, rows: NDArray[np.int64], spans: pd.DataFrame) -> BoolArray:
    """Which points lie on a bridge or in a tunnel that carries their edge."""
    covered = np.zeros(len(points.xy), dtype=bool)
    place = pd.Series(np.arange(len(rows)), index=rows)
    here = spans[spans["row"].isin(place.index)]
    if here.empty:
        return covered
    line = place[here["row"]].to_numpy()
    count = np.diff(points.first)[line]
    shape = np.repeat(here["shape"].to_numpy(), count)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    point = np.repeat(points.first[:-1][line], count) + number
    near = shapely.dwithin(shape, shapely.points(points.xy[point]), _NEAR_M)
    covered[point[near]] = True
    return covered


def _node_heights(
    network: Network, rows: NDArray[np.int64], spans: pd.DataFrame, opened: list[Any]
) -> tuple[FloatArray, dict[str, int]]:
    """Height of each node: the ground, or between the ends of the span where every edge at the node is on one."""
    nodes, edges = network.nodes, network.edges
    xy = np.full((len(nodes), 2), np.nan)
    placed = ~np.asarray(nodes.geometry.isna() | nodes.geometry.is_empty)
    xy[placed] = shapely.get_coordinates(nodes.geometry.array[placed])
    found = raster_values(xy, network.crs, opened)
    height = found.value
    u = nodes.index.get_indexer(pd.Index(edges["u"]))[rows]
    v = nodes.index.get_indexer(pd.Index(edges["v"]))[rows]
    held = np.isin(rows, spans["row"].to_numpy())
    counts = {"nodes_outside": int(found.outside.sum()), "nodes_without_value": int(found.nodata.sum())}
    if not held.any():
        return height, counts

    # The ends of the edges that a span carries tell which of their nodes are off the ground.
    lines = edges.geometry.to_numpy()[rows[held]]
    ends = points_along(lines, np.inf)
    on_span = _covered(ends, rows[held], spans).reshape(-1, 2)
    grounded = np.zeros(len(nodes), dtype=bool)
    grounded[np.concatenate([u[~held], v[~held]])] = True
    grounded[np.concatenate([u[held][~on_span[:, 0]], v[held][~on_span[:, 1]]])] = True
    link_u, link_v, length = u[held], v[held], np.maximum(shapely.length(lines), 1e-3)
    neighbours = pd.DataFrame({"n": np.r_[link_u, link_v], "m": np.r_[link_v, link_u]}).drop_duplicates()
    several = np.bincount(neighbours["n"], minlength=len(nodes)) >= 2
    free = ~grounded & several
    free = _tied(free, link_u, link_v, len(nodes))
    counts["nodes_on_structures"] = int(free.sum())
    return _straight(height, free, link_u, link_v, length), counts


def _tied(free: BoolArray, u: NDArray[np.int64], v: NDArray[np.int64], n: int) -> BoolArray:
    """Free nodes of which some way along spans leads to a node on the ground."""
    # Imported here: a study is opened, and most routes found, without it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    inside = free[u] & free[v]
    links = coo_array((np.ones(inside.sum()), (u[inside], v[inside])), shape=(n, n))
    group = connected_components(links, directed=False)[1]
    touches = np.zeros(n, dtype=bool)
    for one, other in ((u, v), (v, u)):
        touches[group[one[free[one] & ~free[other]]]] = True
    return free & touches[group]


def _straight(
    height: FloatArray, free: BoolArray, u: NDArray[np.int64], v: NDArray[np.int64], length_m: FloatArray
) -> FloatArray:
    """Heights of the free nodes as if the spans were stretched strings: straight from end to end along a chain.

    The sum over the links at each free node of (height - neighbour) / length is 0.
    """
    # Imported here: a study is opened, and most routes found, without it.
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    if not free.any():
        return height
    number = np.full(len(height), -1, dtype=np.int64)
    number[free] = np.arange(free.sum())
    tail, head, pull = np.r_[u, v], np.r_[v, u], 1.0 / np.r_[length_m, length_m]
    at_free = free[tail] & (tail != head) & (free[head] | ~np.isnan(height[head]))
    tail, head, pull = tail[at_free], head[at_free], pull[at_free]
    n = int(free.sum())
    inner = free[head]
    row = number[tail]
    diagonal = np.bincount(row, weights=pull, minlength=n)
    right = np.bincount(row[~inner], weights=(pull * np.nan_to_num(height[head]))[~inner], minlength=n)
    loose = diagonal == 0
    diagonal_at = np.arange(n)
    entries = np.r_[np.where(loose, 1.0, diagonal), -pull[inner]]
    places = (np.r_[diagonal_at, row[inner]], np.r_[diagonal_at, number[head[inner]]])
    matrix = coo_array((entries, places), shape=(n, n)).tocsc()
    done = height.copy()
    solved = spsolve(matrix, right)
    done[free] = np.where(loose | ~np.isfinite(solved), np.nan, solved)
    return done


def _profile(
    network: Network,
    rows: NDArray[np.int64],
    spacing_m: float,
    spans: pd.DataFrame,
    opened: list[Any],
    node_m: FloatArray,
) -> tuple[_Profile, dict[str, int]]:
    """Heights along some edges, spans stretched."""
    edges = network.edges
    points = points_along(edges.geometry.to_numpy()[rows], spacing_m)
    found = raster_values(points.xy, network.crs, opened)
    height, spanned = found.value.copy(), _covered(points, rows, spans)
    first, last = points.first[:-1], points.first[1:] - 1
    for end, side in ((first, "u"), (last, "v")):
        at_node = node_m[network.nodes.index.get_indexer(pd.Index(edges[side].iloc[rows]))]
        # A node on the ground and the end of its edges are one place; on a span the node's height is the stretched one.
        height[end] = np.where(np.isnan(at_node), height[end], at_node)
    ends = np.zeros(len(height), dtype=bool)
    ends[first] = ends[last] = True
    hold = spanned & ~ends
    if hold.any():
        # Distances of all edges laid end to end, so that one call stretches every span between its own neighbours.
        place = points.at_m + np.concatenate([[0.0], np.cumsum(points.length_m + 1.0)])[:-1][points.line]
        height[hold] = np.interp(place[hold], place[~hold], height[~hold])
    told = {
        "points": len(height),
        "points_outside": int(found.outside.sum()),
        "points_without_value": int((found.nodata & ~hold).sum()),
        "edges_on_structures": int(np.isin(rows, spans["row"].to_numpy()).sum()),
    }
    return _Profile(points, height, spanned), told


def _summary(profile: _Profile, length_m: FloatArray) -> dict[str, FloatArray]:
    """Heights at the ends, sum of rises, and the steepest rise, of each edge."""
    points, height = profile.points, profile.height_m
    first, last = points.first[:-1], points.first[1:] - 1
    rise = np.diff(height, append=np.nan)
    step = np.diff(points.at_m, append=np.nan)
    inner = np.ones(len(height), dtype=bool)
    inner[last] = False
    drawn = points.length_m
    scale = np.divide(length_m, drawn, out=np.ones_like(drawn), where=(drawn > 0) & (length_m > 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        grade = np.where(inner & (step > 0), 100.0 * rise / (step * scale[points.line]), np.nan)
    climb = np.bincount(points.line[inner], weights=np.maximum(rise[inner], 0.0), minlength=len(drawn))
    steepest = np.full(len(drawn), -np.inf)
    known = inner & ~np.isnan(grade)
    np.maximum.at(steepest, points.line[known], grade[known])
    steepest[points.line[inner & ~known]] = np.nan
    return {
        "from": height[first],
        "to": height[last],
        "climb": climb,
        "steepest": np.where(np.isfinite(steepest), steepest, np.nan),
    }


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for name, value in more.items():
        counts[name] += value


def _shown(rasters: Paths) -> str:
    given = [rasters] if isinstance(rasters, str) or hasattr(rasters, "__fspath__") else list(rasters)
    return ", ".join(str(path).replace("\\", "/").rsplit("/", 1)[-1] for path in given)


def _tell(counts: dict[str, int]) -> None:
    logger.info("heights: %s", ", ".join(f"{name} {count}" for name, count in counts.items()))
    for name in ("points_outside", "points_without_value", "edges_steeper_than_20_pct"):
        if counts[name]:
            logger.warning("heights: %s %d", name.replace("_", " "), counts[name])
