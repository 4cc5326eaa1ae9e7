"""Rasters of people, jobs and hazards on zones and networks. Only the windows that are needed are read."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window

from geoplan.errors import DataError, name_rows
from geoplan.io.raster_files import Paths, open_rasters, pixel_m, read_window
from geoplan.io.raster_points import FloatArray, chunks_of_lines, points_along, raster_values, require_spacing
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

_BLOCK = 1024  # pixels each way that are read at once, parts counted
_SPANS = ("bridge", "tunnel", "viaduct")


def zonal_sums(zones: gpd.GeoDataFrame, raster: Paths, column: str, *, parts: int = 4) -> gpd.GeoDataFrame:
    """Sum of a raster of counts (people, jobs) in each zone.

    A pixel on a border is shared: it is split into `parts` x `parts` equal pieces, each of which goes to the zone its
    middle lies in. Zones that share no ground therefore share out exactly what lies in them.

    Parameters
    ----------
    zones
        Areas, in any coordinate system.
    raster
        One raster of counts a pixel (not densities), in any coordinate system.
    column
        Name of the column that is added, such as "population".
    parts
        1 to 16; 1 gives each pixel to the zone of its middle.

    Returns
    -------
    The zones with `column` (NaN where the raster has no value in the zone) and `{column}_unknown_share`, the share of
    the zone's area that lies outside the raster or on pixels without a value.

    Raises
    ------
    DataError
        Zones that are no areas or have no coordinate system, or a raster that cannot be read.
    """
    if zones.crs is None:
        raise DataError("zones have no coordinate reference system; set it with .set_crs(...)")
    kinds = shapely.get_type_id(zones.geometry.to_numpy())
    wrong = ~np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    wrong |= np.asarray(zones.geometry.is_empty)
    if wrong.any():
        raise DataError(f"zones: {name_rows(zones.index[wrong].to_list())} are no areas; give polygons")
    if not 1 <= parts <= 16:
        raise DataError(f"parts is {parts}; give a whole number from 1 to 16")
    with open_rasters(raster) as opened:
        if len(opened) != 1:
            raise DataError(f"{raster}: holds {len(opened)} rasters; sums need one, so merge them first")
        areas = zones.geometry.to_crs(opened[0].crs).to_numpy()
        total, known, cells = _sums(areas, opened[0], int(parts))
        pixel_area = abs(opened[0].transform.determinant)
        frame = shapely.Polygon(_corners(opened[0].transform, opened[0].width, opened[0].height))
    # Where a zone leaves the raster its area counts, else its cells: those say exactly 0 or 1.
    size = np.where(shapely.covered_by(areas, frame), cells, shapely.area(areas) / pixel_area)
    with np.errstate(divide="ignore", invalid="ignore"):
        unknown = np.where(known > 0, np.clip(1.0 - known / size, 0.0, 1.0), 1.0)
    none = int((known == 0).sum())
    if none:
        logger.warning("%s: %d of %d zones lie where the raster has no value; not known", column, none, len(zones))
    return zones.assign(**{column: np.where(known > 0, total, np.nan), f"{column}_unknown_share": unknown})


def exposed_edges(
    network: Network,
    hazard: Paths,
    threshold: float,
    *,
    below: bool = False,
    spacing_m: float | None = None,
) -> pd.DataFrame:
    """Edges and structures that lie where a hazard raster (flood depth, landslide class) reaches a threshold.

    Parameters
    ----------
    hazard
        One or several rasters; where they overlap the first one counts. Where a flood raster has no value there is no
        flood in it, but whether it was computed there is not known: see `unknown_share`.
    threshold
        Pixels of this value or more expose what lies on them; of this value or less with `below`.
    spacing_m
        Distance between the points that are looked at; None takes half a pixel, 1 m at least.

    Returns
    -------
    One row for each exposed edge and structure, the most exposed length first: `element` (edge, structure), `id`,
    `mode` or kind, `name`, `length_m`, `exposed_m`, `exposed_share`, `worst_value`, `unknown_share` (of the length
    outside the raster or without a value) and `on_structure_share` (of the exposed length on a bridge or in a tunnel,
    where the ground below may be flooded and the road dry).
    `.attrs["counts"]` says how many of each were looked at, and how many have no value at all.

    Raises
    ------
    DataError
        A raster that cannot be read, or a threshold that is no number.
    """
    if not np.isfinite(threshold):
        raise DataError(f"threshold is {threshold}; give a number")
    edges, structures = network.edges, network.structures
    with open_rasters(hazard) as opened:
        spacing = require_spacing(spacing_m, max(min(pixel_m(raster) for raster in opened) / 2, 1.0))
        edge_rows = _exposure(edges.geometry, network.crs, opened, threshold, below, spacing)
        structure_rows = _exposure(structures.geometry, network.crs, opened, threshold, below, spacing)
    edge_rows = edge_rows.assign(
        element="edge",
        id=edges.index,
        mode=edges["mode"].to_numpy(),
        name=edges["name"].to_numpy(),
        length_m=edges["length_m"].to_numpy(),
        on_structure_share=_span_share(network),
    )
    drawn = shapely.length(structures.geometry.to_numpy())
    structure_rows = structure_rows.assign(
        element="structure",
        id=structures.index,
        mode=structures["kind"].to_numpy(),
        name=structures["name"].to_numpy(),
        length_m=np.where(drawn > 0, drawn, structures["span_m"].to_numpy()),
        on_structure_share=1.0,
    )
    both = pd.concat([edge_rows, structure_rows.astype({"id": "object"})], ignore_index=True)
    both["exposed_m"] = both["length_m"] * both["exposed_share"]
    counts = {
        f"{name}s_{what}": int(rows.sum())
        for name in ("edge", "structure")
        for what, rows in (
            ("looked_at", both["element"] == name),
            ("exposed", (both["element"] == name) & (both["exposed_share"] > 0)),
            ("without_value", (both["element"] == name) & (both["unknown_share"] == 1)),
        )
    }
    logger.info("hazard: %s", ", ".join(f"{name} {count}" for name, count in counts.items()))
    columns = ["element", "id", "mode", "name", "length_m", "exposed_m", "exposed_share", "worst_value"]
    columns += ["unknown_share", "on_structure_share"]
    table = both.loc[both["exposed_share"] > 0, columns]
    table = table.sort_values(["element", "exposed_m"], ascending=[True, False], kind="stable").reset_index(drop=True)
    table.attrs["counts"] = counts
    return table


def _sums(areas: NDArray[np.object_], raster: Any, parts: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of each area: the sum of values, the known cells, and all cells inside the raster (cells may be parts of one)."""
    total, known, cells = (np.zeros(len(areas)) for _ in range(3))
    tree = shapely.STRtree(areas)
    step = max(_BLOCK // parts, 1)
    whole = Window(0, 0, raster.width, raster.height)
    span = _window_of(shapely.total_bounds(areas), raster, whole)
    for top in range(int(span.row_off), int(span.row_off + span.height), step):
        for left in range(int(span.col_off), int(span.col_off + span.width), step):
            window = Window(left, top, min(step, raster.width - left), min(step, raster.height - top))
            shape = _moved(raster.transform, left, top)
            box = shapely.Polygon(_corners(shape, window.width, window.height))
            hit = tree.query(box, predicate="intersects")
            if len(hit) == 0:
                continue
            values = np.repeat(np.repeat(read_window(raster, window), parts, axis=0), parts, axis=1) / parts**2
            fine = Affine(shape.a / parts, shape.b / parts, shape.c, shape.d / parts, shape.e / parts, shape.f)
            for layer in _apart(areas, np.sort(hit)):
                owner = _painted(areas[layer], values.shape, fine)
                has = ~np.isnan(values)
                n = len(layer) + 1
                total[layer] += np.bincount(owner[has], weights=values[has], minlength=n)[1:]
                known[layer] += np.bincount(owner[has], minlength=n)[1:] / parts**2
                cells[layer] += np.bincount(owner.ravel(), minlength=n)[1:] / parts**2
    return total, known, cells


def _painted(areas: NDArray[np.object_], shape: tuple[int, ...], transform: Affine) -> NDArray[np.int32]:
    """For each pixel the number of the area, from 1, that its middle lies in; 0 for none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)  # of rasterio's own use of affine
        numbered = [(area, number) for number, area in enumerate(areas, start=1)]
        return rasterize(numbered, out_shape=shape, transform=transform, fill=0, dtype="int32")


def _apart(areas: NDArray[np.object_], picked: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The areas in groups within which none overlaps another, so that each can be painted on its own."""
    one, two = shapely.STRtree(areas[picked]).query(areas[picked], predicate="intersects")
    pair = one < two
    one, two = one[pair], two[pair]
    overlap = ~shapely.touches(areas[picked[one]], areas[picked[two]])
    one, two = one[overlap], two[overlap]
    group = np.zeros(len(picked), dtype=np.int64)
    for k in np.unique(two):
        taken = set(group[one[two == k]].tolist())
        group[k] = next(number for number in range(len(picked)) if number not in taken)
    return [picked[group == number] for number in range(int(group.max(initial=0)) + 1)]


def _window_of(bounds: NDArray[np.float64], raster: Any, whole: Window) -> Window:
    """Pixels that a box may touch, cut to the raster; empty where it lies beside it."""
    west, south, east, north = bounds
    back = ~raster.transform
    corner = [_place(back, *at) for at in ((west, south), (west, north), (east, south), (east, north))]
    columns, rows = zip(*corner, strict=True)
    left, top = max(int(np.floor(min(columns))), 0), max(int(np.floor(min(rows))), 0)
    right, bottom = min(int(np.ceil(max(columns))), whole.width), min(int(np.ceil(max(rows))), whole.height)
    return Window(left, top, max(right - left, 0), max(bottom - top, 0))


def _moved(transform: Affine, column: float, row: float) -> Affine:
    """The transform of a window that begins at a pixel."""
    x, y = _place(transform, column, row)
    return Affine(transform.a, transform.b, x, transform.d, transform.e, y)


def _place(transform: Affine, column: float, row: float) -> tuple[float, float]:
    """What `transform @ (column, row)` gives, in every version of the library."""
    x = transform.a * column + transform.b * row + transform.c
    return x, transform.d * column + transform.e * row + transform.f


def _corners(transform: Affine, width: int, height: int) -> list[tuple[float, float]]:
    """Corners of a raster or window in its coordinate system."""
    return [_place(transform, *at) for at in ((0, 0), (width, 0), (width, height), (0, height))]


def _exposure(
    geometry: gpd.GeoSeries, crs: Any, opened: list[Any], threshold: float, below: bool, spacing_m: float
) -> pd.DataFrame:
    """Share of each line (or point, or outline of an area) that is exposed, worst value, share without a value."""
    n = len(geometry)
    out = pd.DataFrame({"exposed_share": np.zeros(n), "worst_value": np.full(n, np.nan), "unknown_share": np.ones(n)})
    shape = geometry.to_numpy()
    rows = np.flatnonzero(~np.asarray(geometry.isna() | geometry.is_empty))
    areas = np.isin(shapely.get_type_id(shape[rows]), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    lines = shape[rows].copy()
    lines[areas] = shapely.get_exterior_ring(shapely.convex_hull(lines[areas]))
    is_point = shapely.get_dimensions(lines) == 0
    xy = shapely.get_coordinates(lines[is_point])
    lines[is_point] = shapely.linestrings(np.repeat(xy[:, None, :], 2, axis=1)) if len(xy) else lines[is_point]
    for part in chunks_of_lines(shapely.length(lines), spacing_m):
        points = points_along(lines[part], spacing_m, middles=True)
        value = raster_values(points.xy, crs, opened, smooth=False).value
        with np.errstate(invalid="ignore"):
            exposed = value <= threshold if below else value >= threshold
        count = np.diff(points.first)
        worst = np.full(len(count), np.inf if below else -np.inf)
        has = ~np.isnan(value)
        (np.minimum if below else np.maximum).at(worst, points.line[has], value[has])
        here = rows[part]
        out.loc[here, "exposed_share"] = np.bincount(points.line, weights=exposed, minlength=len(count)) / count
        out.loc[here, "worst_value"] = np.where(np.isinf(worst), np.nan, worst)
        out.loc[here, "unknown_share"] = np.bincount(points.line, weights=~has, minlength=len(count)) / count
    return out


def _span_share(network: Network) -> FloatArray:
    """1 for edges that a bridge or tunnel carries, 0 for others, NaN where only a part of the edge may be on it."""
    kind = network.structures["kind"].astype("object")
    spans = network.structures.index[[any(word in str(text) for word in _SPANS) for text in kind]]
    pairs = network.structure_edges
    held = pairs.loc[(pairs["role"] == "carries") & pairs["structure_id"].isin(spans)]
    drawn = pd.Series(shapely.length(network.structures.geometry.to_numpy()), index=network.structures.index)
    covered = held.assign(m=drawn.reindex(held["structure_id"]).to_numpy()).groupby("edge_id")["m"].sum()
    cover = covered.reindex(network.edges.index).to_numpy()
    share = np.where(np.isnan(cover), 0.0, np.nan)
    share[cover >= 0.99 * shapely.length(network.edges.geometry.to_numpy())] = 1.0
    return share
