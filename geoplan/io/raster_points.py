"""Points along lines and the values of rasters at points: arrays in, arrays out, windows only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.windows import Window

from geoplan.errors import DataError
from geoplan.io.raster_files import read_window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_TILE = 512  # pixels each way that are read at once, at most
_GAP = 1.0  # metres between lines laid end to end, so that no place belongs to two


@dataclass(frozen=True, eq=False)
class LinePoints:
    """Points along lines: line i has rows first[i] .. first[i + 1] - 1.

    xy : coordinates, (n_points, 2)
    at_m : distance from the start of the line, (n_points,)
    line : number of the line, (n_points,)
    length_m : drawn length, (n_lines,)
    """

    xy: FloatArray
    at_m: FloatArray
    line: IntArray
    first: IntArray
    length_m: FloatArray


@dataclass(frozen=True, eq=False)
class RasterValues:
    """Value at each point, NaN where there is none: `outside` every raster, or on pixels without value (`nodata`)."""

    value: FloatArray
    outside: NDArray[np.bool_]
    nodata: NDArray[np.bool_]


def points_along(lines: NDArray[np.object_], spacing_m: float, *, middles: bool = False) -> LinePoints:
    """Points at equal distances along each line, at most `spacing_m` apart, both ends included.

    With `middles`, points in the middle of equal parts instead, so that each stands for the same length.
    """
    coords, of_line = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(coords, axis=0).T) if len(coords) > 1 else np.empty(0)
    step[np.diff(of_line) != 0] = _GAP
    global_m = np.concatenate([[0.0], np.cumsum(step)])
    start = np.searchsorted(of_line, np.arange(len(lines) + 1))
    length = global_m[start[1:] - 1] - global_m[start[:-1]]

    parts = np.maximum(np.ceil(length / spacing_m), 1).astype(np.int64)
    count = parts if middles else parts + 1
    first = np.concatenate([[0], np.cumsum(count)])
    line = np.repeat(np.arange(len(lines)), count)
    number = np.arange(first[-1]) - first[line]
    at_m = length[line] * ((number + 0.5) if middles else number) / parts[line]
    place = global_m[start[:-1]][line] + at_m
    xy = np.column_stack([np.interp(place, global_m, coords[:, axis]) for axis in (0, 1)])
    return LinePoints(xy, at_m, line, first, length)


def chunks_of_lines(length_m: FloatArray, spacing_m: float, most: int = 1_000_000) -> Iterator[slice]:
    """Slices of lines that have about `most` points each, so that memory stays bounded."""
    points = np.cumsum(np.ceil(length_m / spacing_m) + 1)
    start, done = 0, 0.0
    while start < len(length_m):
        end = max(int(np.searchsorted(points, done + most, side="right")), start + 1)
        yield slice(start, end)
        start, done = end, points[end - 1]


def raster_values(xy: FloatArray, crs: Any, rasters: list[Any], *, smooth: bool = True) -> RasterValues:
    """Values of the rasters at points of the system `crs`; where several lie over a point, the first with a value.

    Parameters
    ----------
    smooth
        Bilinear between the middles of pixels (and on to the border of the raster), which is exact on a plane; the
        pixel itself where a neighbour has no value. Without it, always the pixel itself.
    """
    value = np.full(len(xy), np.nan)
    covered = np.zeros(len(xy), dtype=bool)
    for raster in rasters:
        todo = np.flatnonzero(np.isnan(value))
        if len(todo) == 0:
            break
        column, row = _pixel_places(xy[todo], crs, raster)
        inside = (column >= 0) & (column <= raster.width) & (row >= 0) & (row <= raster.height)
        covered[todo[inside]] = True
        value[todo[inside]] = _values_at(raster, column[inside], row[inside], smooth)
    return RasterValues(value, ~covered, covered & np.isnan(value))


def _pixel_places(xy: FloatArray, crs: Any, raster: Any) -> tuple[FloatArray, FloatArray]:
    """Place of each point in columns and rows, whole numbers being the borders of pixels."""
    x, y = xy.T
    if crs != raster.crs:
        x, y = Transformer.from_crs(crs, raster.crs, always_xy=True).transform(x, y)
    back = ~raster.transform
    with np.errstate(invalid="ignore"):
        return np.asarray(back.a * x + back.b * y + back.c), np.asarray(back.d * x + back.e * y + back.f)


def _values_at(raster: Any, column: FloatArray, row: FloatArray, smooth: bool) -> FloatArray:
    """Values at places inside the raster, tile by tile; a tile is read no further than its points go."""
    value = np.full(len(column), np.nan)
    if len(column) == 0:
        return value
    pixel_column = np.minimum(column.astype(np.int64), raster.width - 1)
    pixel_row = np.minimum(row.astype(np.int64), raster.height - 1)
    tile = (pixel_row // _TILE) * (raster.width // _TILE + 1) + pixel_column // _TILE
    order = np.argsort(tile, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1):
        left, right = _reach(pixel_column[group], raster.width)
        top, bottom = _reach(pixel_row[group], raster.height)
        pixels = read_window(raster, Window(left, top, right - left, bottom - top))
        nearest = pixels[pixel_row[group] - top, pixel_column[group] - left]
        if smooth:
            between = _bilinear(pixels, column[group] - left - 0.5, row[group] - top - 0.5)
            nearest = np.where(np.isnan(between) | np.isnan(nearest), nearest, between)
        value[group] = nearest
    return value


def _reach(pixel: IntArray, size: int) -> tuple[int, int]:
    """First and last-but-one pixel to read: a neighbour more each way."""
    return max(int(pixel.min()) - 1, 0), min(int(pixel.max()) + 2, size)


def _bilinear(pixels: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Between the middles of four pixels; the outer half of a border pixel goes on as the plane through them."""
    high, wide = pixels.shape
    if high < 2 or wide < 2:
        return np.full(len(x), np.nan)
    left = np.clip(np.floor(x).astype(np.int64), 0, wide - 2)
    top = np.clip(np.floor(y).astype(np.int64), 0, high - 2)
    right_share, low_share = x - left, y - top
    upper = pixels[top, left] * (1 - right_share) + pixels[top, left + 1] * right_share
    lower = pixels[top + 1, left] * (1 - right_share) + pixels[top + 1, left + 1] * right_share
    return upper * (1 - low_share) + lower * low_share


def require_spacing(spacing_m: float | None, default_m: float) -> float:
    """The distance between points asked for, or the default."""
    if spacing_m is None:
        return default_m
    if not spacing_m > 0 or not np.isfinite(spacing_m):
        raise DataError(f"spacing_m is {spacing_m}; give a distance in metres above 0")
    return float(spacing_m)
