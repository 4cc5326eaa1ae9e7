"""Tables as compact columns for a map page: geometry as integer steps, texts by number, one line for two directions.

A page of GeoJSON repeats every property name at every feature and every coordinate in full; columns need about a
tenth of it and open that much sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.maps.formats import digits_of
from geoplan.maps.labels import Lang, capitalise, column_text, unit_text, value_text

_MANY = 2000  # rows from which on single outliers do not decide what a map opens on
STEPS_PER_DEGREE = 100_000  # about 1.1 m north-south, 0.55 m east-west in Sweden
METRES_PER_DEGREE = 111_200.0  # along a meridian
DEGREES = "EPSG:4326"

FieldKind = Literal["text", "number", "length", "duration"]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Edges grouped by the line they share on the map: the two directions of a way are one line.

    lines : (n_lines,) geometries in the network's own system
    rows : (n_edges,) positions in the edge table, line by line
    starts : (n_lines,) where each line's rows begin in `rows`
    """

    lines: NDArray[np.object_]
    rows: NDArray[np.intp]
    starts: NDArray[np.intp]

    def largest(self, values: Any) -> NDArray[Any]:
        """The largest value among the edges of each line, shape (n_lines,), from values in edge order."""
        ordered = np.asarray(values)[self.rows]
        return np.maximum.reduceat(ordered, self.starts) if len(ordered) else ordered


def draw_edges(edges: gpd.GeoDataFrame) -> Drawn:
    """Group the edges that run on one line, whichever way, and in one mode.

    Lines are compared to the decimetre. A way whose directions have lines of their own keeps both.
    """
    lines = edges.geometry.to_numpy()
    if not len(lines):
        none = np.empty(0, dtype=np.intp)
        return Drawn(lines, none, none)
    rounded = shapely.normalize(shapely.transform(lines, lambda xy: np.round(xy, 1)))
    keys = pd.MultiIndex.from_arrays([pd.Index(shapely.to_wkb(rounded)), edges["mode"].to_numpy()])
    group, _ = pd.factorize(keys)
    rows = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[rows], prepend=-1))
    return Drawn(lines[rows[starts]], rows, starts)


def encode_lines(lines: NDArray[np.object_], crs: Any, *, tolerance_m: float = 0.0) -> dict[str, list[int]]:
    """Lines as `n`, the points of each, and `d`, integer steps lon, lat, lon, lat ... through them all."""
    if tolerance_m > 0:
        lines = shapely.simplify(lines, tolerance_m)
    degrees = gpd.GeoSeries(lines, crs=crs).to_crs(DEGREES).to_numpy()
    return {"n": shapely.get_num_coordinates(degrees).tolist(), "d": _steps(shapely.get_coordinates(degrees))}


def encode_points(points: NDArray[np.object_], crs: Any) -> list[int]:
    """Points as integer steps lon, lat from one to the next. A line or an area stands as a point on it."""
    inner = np.array(points, dtype=object)
    lines = shapely.get_type_id(inner) == shapely.GeometryType.LINESTRING
    inner[lines] = shapely.line_interpolate_point(inner[lines], 0.5, normalized=True)
    inner = shapely.point_on_surface(inner)
    degrees = gpd.GeoSeries(inner, crs=crs).to_crs(DEGREES).to_numpy()
    return _steps(shapely.get_coordinates(degrees))


def encode_areas(areas: gpd.GeoDataFrame, *, tolerance_m: float) -> dict[str, list[int]]:
    """Rings of polygons, holes too, or lines, in the form of `encode_lines`; filled by the even-odd rule."""
    rings = areas.geometry.explode(ignore_index=True).to_numpy()
    polygons = shapely.get_type_id(rings) == shapely.GeometryType.POLYGON
    lines = np.concatenate([rings[~polygons], shapely.get_rings(rings[polygons])])
    lines = lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))]
    return encode_lines(lines, areas.crs, tolerance_m=tolerance_m)


def bounds_of(*frames: gpd.GeoSeries | gpd.GeoDataFrame, least_m: float = 4000.0) -> list[list[float]]:
    """Corners [[south, west], [north, east]] in degrees around all that is given, at least `least_m` high.

    Of very many rows a hundredth on each side may lie outside when that leaves a much smaller box: the long arms of
    an extract do not make its town a dot. Sweden when there is nothing to show.
    """
    boxes = [_box(frame.to_crs(DEGREES).bounds.to_numpy()) for frame in frames if len(frame)]
    boxes = [box for box in boxes if np.isfinite(box).all()]
    if not boxes:
        return [[55.3, 11.0], [69.1, 24.2]]
    west, south = np.min([box[:2] for box in boxes], axis=0)
    east, north = np.max([box[2:] for box in boxes], axis=0)
    grow = max(0.0, least_m / METRES_PER_DEGREE - (north - south)) / 2
    south, north = south - grow, north + grow
    return [[round(float(south), 5), round(float(west), 5)], [round(float(north), 5), round(float(east), 5)]]


def _box(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """West, south, east, north of rows (n, 4), without the outermost ones when they are few among many."""
    whole = np.concatenate([np.nanmin(bounds[:, :2], axis=0), np.nanmax(bounds[:, 2:], axis=0)])
    if len(bounds) < _MANY:
        return whole
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    low, high = np.nanquantile(middle, [0.01, 0.99], axis=0)
    room = 0.08 * (high - low)
    core = np.concatenate([low - room, high + room])
    inside = np.concatenate([np.maximum(core[:2], whole[:2]), np.minimum(core[2:], whole[2:])])
    return inside if _area(inside) < 0.5 * _area(whole) else whole


def _area(box: NDArray[np.float64]) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def field_kind(column: str) -> FieldKind:
    """How the page writes the numbers of a column."""
    if column.endswith("length_m") and column != "max_length_m":
        return "length"
    return "duration" if column.endswith(("time_s", "delay_s")) else "number"


def encode_field(
    column: str, values: pd.Series, lang: Lang, *, label: str = "", unit: str | None = None
) -> dict[str, Any]:
    """A column of a popup: words, unit, way of writing and values. Text is put into words here, numbers in the page."""
    text = not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)
    field: dict[str, Any] = {
        "column": column,
        "label": capitalise(label or column_text(column, lang)),
        "kind": "text" if text else field_kind(column),
    }
    if text:
        field["values"] = encode_text(values.map(lambda value: value_text(column, value, lang), na_action="ignore"))
        return field
    field["unit"] = unit_text(column, lang) if unit is None else unit
    field["digits"] = digits_of(column)
    field["values"] = encode_numbers(values.to_numpy(dtype=np.float64), field["digits"])
    return field


def encode_text(values: Any) -> dict[str, list[Any]]:
    """Texts as `of`, each text once, and `at`, its number in every row; missing text is empty."""
    texts = pd.Series(values, dtype="object")
    number: dict[str, int] = {}
    at = [
        number.setdefault(str(text) if known else "", len(number))
        for text, known in zip(texts.to_numpy(), texts.notna().to_numpy(), strict=True)
    ]
    return {"of": list(number), "at": at}


def encode_numbers(values: NDArray[np.float64], digits: int) -> dict[str, list[Any]]:
    """Numbers rounded and by number as in `encode_text`: null is not known, "inf" is unlimited."""
    codes, unique = pd.factorize(np.round(values, digits), use_na_sentinel=False)
    return {"of": [_number(value) for value in unique], "at": codes.tolist()}


def _number(value: float) -> int | float | str | None:
    if np.isnan(value):
        return None
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return int(value) if float(value).is_integer() else float(value)


def _steps(degrees: NDArray[np.float64]) -> list[int]:
    """Coordinates (n, 2) as one flat list of integer steps, the first from zero."""
    whole = np.round(degrees * STEPS_PER_DEGREE).astype(np.int64)
    return np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist()
