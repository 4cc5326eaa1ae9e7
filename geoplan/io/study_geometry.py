"""From lon, lat and WKT in a study's tables to points and lines in metres; the usual slips are named."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geoplan.errors import name_rows
from geoplan.io.tables import name_lines

log = logging.getLogger(__name__)

LOOSE_M = 1_000.0  # a drawn line that ends farther from its node is reported
SHORT = 0.5  # a length below this share of the straight line between its nodes is taken for a slip (km for m)


def points_in_metres(table: pd.DataFrame, crs: CRS, faults: list[str], file: str) -> gpd.GeoSeries:
    """Points of the columns lon and lat in `crs`; what is wrong with them goes to `faults`."""
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    new = _place_faults(lon, lat, table.index, crs)
    faults += [f"{file}: {fault}" for fault in new]
    points = gpd.points_from_xy(lon, lat, crs=4326)
    series = gpd.GeoSeries(points, index=table.index)
    return series.to_crs(crs) if not new else series.set_crs(crs, allow_override=True)


def lines_in_metres(
    table: pd.DataFrame, ends: tuple[gpd.GeoSeries, gpd.GeoSeries], crs: CRS, faults: list[str], file: str
) -> gpd.GeoSeries:
    """Lines of the column geometry in `crs`, from from_node to to_node; straight where the cell is empty.

    `ends` are the points of both nodes in the rows of `table`. A line drawn the other way round is turned.
    """
    text = table["geometry"].to_numpy(dtype=object)
    drawn = text != ""
    shapes = shapely.from_wkt([wkt or None for wkt in text], on_invalid="ignore")
    straight = shapely.linestrings(np.stack([shapely.get_coordinates(list(points)) for points in ends], axis=1))
    new = _shape_faults(shapes, drawn, table.index)
    if not new and drawn.any():
        merged = shapely.line_merge(shapes[drawn])  # pieces that touch are one line
        bounds = shapely.bounds(merged)
        middle_lon, middle_lat = bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)
        new = _piece_faults(merged, table.index[drawn])
        new += _place_faults(middle_lon, middle_lat, table.index[drawn], crs) if not new else []
    faults += [f"{file}: column geometry: {fault}" for fault in new]
    if new or not drawn.any():
        return gpd.GeoSeries(straight, index=table.index, crs=crs)
    lines = straight.copy()
    lines[drawn] = gpd.GeoSeries(merged, crs=4326).to_crs(crs).to_numpy()
    lines = _turned(lines, ends, table, file)
    return gpd.GeoSeries(lines, index=table.index, crs=crs)


def length_faults(table: pd.DataFrame, ends: tuple[gpd.GeoSeries, gpd.GeoSeries]) -> list[str]:
    """Lengths far below the straight line between the nodes: kilometres for metres, or a wrong node."""
    straight = shapely.distance(ends[0].to_numpy(), ends[1].to_numpy())
    length = table["length_m"].to_numpy()
    short = (length < SHORT * straight) & (straight > LOOSE_M)
    if not short.any():
        return []
    first = np.flatnonzero(short)[0]
    rows = name_lines(table.index[short].to_list())
    return [
        f"{rows} have a length_m far below the straight line between their nodes "
        f"(first: {length[first]:g} m, straight {straight[first]:,.0f} m); give metres, or correct the nodes"
    ]


def _shape_faults(shapes: NDArray[np.object_], drawn: NDArray[np.bool_], lines: pd.Index) -> list[str]:
    faults = []
    unread = drawn & pd.isna(shapes)
    if unread.any():
        cure = "write WKT such as LINESTRING (15.1 60.1, 15.2 60.2)"
        faults.append(f"{name_lines(lines[unread].to_list())} cannot be read; {cure}, or leave the cell empty")
    kinds = [shapely.GeometryType.LINESTRING.value, shapely.GeometryType.MULTILINESTRING.value]
    other = drawn & ~unread & (~np.isin(shapely.get_type_id(shapes), kinds) | shapely.is_empty(shapes))
    if other.any():
        faults.append(f"{name_lines(lines[other].to_list())} are no LINESTRING; draw one line from node to node")
    return faults


def _piece_faults(merged: NDArray[np.object_], lines: pd.Index) -> list[str]:
    broken = shapely.get_num_geometries(merged) > 1
    if not broken.any():
        return []
    rows = name_lines(lines[broken].to_list())
    return [f"{rows} are of several pieces; draw one line from node to node"]


def _place_faults(
    lon: NDArray[np.float64], lat: NDArray[np.float64], lines: Sequence[object] | pd.Index, crs: CRS
) -> list[str]:
    """Positions that are no degrees, or that fit the place of the CRS only when lon and lat are exchanged."""
    lines = pd.Index(lines)
    metres = (np.abs(lon) > 180) | (np.abs(lat) > 180)
    if metres.any():
        return [f"{name_lines(lines[metres].to_list())} hold no degrees; give lon and lat (WGS84), not metres"]
    area = crs.area_of_use
    if area is None:
        return []

    def inside(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        return (x >= area.west) & (x <= area.east) & (y >= area.south) & (y <= area.north)

    away = ~inside(lon, lat)
    swapped = away & inside(lat, lon)
    if swapped.any():
        rows = name_lines(lines[swapped].to_list())
        return [
            f"{rows} have lon and lat swapped (they lie in the area of {crs.name} only the other way round); "
            "exchange them"
        ]
    off_earth = np.abs(lat) > 90
    if off_earth.any():
        return [f"{name_lines(lines[off_earth].to_list())} have a lat beyond 90; correct it"]
    if away.any():
        log.warning("%s lie outside the area of %s (%s)", name_lines(lines[away].to_list()), crs.name, area.name)
    return []


def _turned(
    lines: NDArray[np.object_], ends: tuple[gpd.GeoSeries, gpd.GeoSeries], table: pd.DataFrame, file: str
) -> NDArray[np.object_]:
    """Lines from from_node to to_node; those that end far from a node are reported."""
    first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    start, end = (points.to_numpy() for points in ends)
    as_drawn = np.maximum(shapely.distance(first, start), shapely.distance(last, end))
    turned = np.maximum(shapely.distance(first, end), shapely.distance(last, start))
    backward = turned < as_drawn
    lines = np.where(backward, shapely.reverse(lines), lines)
    loose = np.minimum(as_drawn, turned) > LOOSE_M
    if backward.any():
        log.info(
            "%s: %s were drawn from to_node to from_node; turned",
            file,
            name_lines(table.index[backward].to_list()),
        )
    if loose.any():
        names = name_rows(table.loc[loose, "way_id"].to_list())
        log.warning("%s: %s are drawn more than %g km off their nodes; lengths stand", file, names, LOOSE_M / 1000)
    return lines
