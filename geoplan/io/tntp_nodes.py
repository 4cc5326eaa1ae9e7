"""Where the nodes of a TNTP network lie: from a file of coordinates, or drawn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geoplan.errors import DataError, name_rows
from geoplan.io.files import require_file

# For coordinates without a place: metres on a plane that no map shows where anybody lives.
LAYOUT_CRS = CRS.from_wkt(
    'PROJCRS["drawing without a place",BASEGEOGCRS["WGS 84",DATUM["World Geodetic System 1984",'
    'ELLIPSOID["WGS 84",6378137,298.257223563]]],CONVERSION["drawing",METHOD["Transverse Mercator",ID["EPSG",9807]],'
    'PARAMETER["Latitude of natural origin",0],PARAMETER["Longitude of natural origin",0],'
    'PARAMETER["Scale factor at natural origin",1],PARAMETER["False easting",0],PARAMETER["False northing",0]],'
    'CS[Cartesian,2],AXIS["(E)",east],AXIS["(N)",north],LENGTHUNIT["metre",1]]'
)


def node_places(
    path: str | os.PathLike[str] | None,
    nodes_crs: Any,
    crs: Any,
    node_ids: pd.Index,
    links: pd.DataFrame,
    length_unit_m: float,
) -> tuple[gpd.GeoSeries, str]:
    """Points of the nodes of a TNTP network, and a word on where they come from.

    `path`, `nodes_crs` and `crs` are those of `read_tntp`; `links` has u, v and length in units of the file.
    """
    if path is None:
        spacing = links.loc[links["length"] > 0, "length"].median() * length_unit_m
        radius = len(node_ids) * (spacing if np.isfinite(spacing) else 100.0) / (2 * np.pi)
        angle = 2 * np.pi * np.arange(len(node_ids)) / len(node_ids)
        ring = shapely.points(radius * np.sin(angle), radius * np.cos(angle))
        return gpd.GeoSeries(ring, index=node_ids, crs=LAYOUT_CRS), "made: nodes on a circle, no real place"
    file = require_file(path, "node file")
    points = _read_node_table(file, nodes_crs) if file.suffix.lower() in (".tntp", ".txt") else _read_node_layer(file)
    missing = node_ids.difference(points.index)
    if len(missing):
        raise DataError(f"{file}: {name_rows(missing.to_list())} of the network are not in it; add their coordinates")
    points = points.loc[node_ids]
    if points.crs is None:
        xy = shapely.get_coordinates(points.array)
        ends = np.stack([xy[node_ids.get_indexer(pd.Index(links[end]))] for end in ("u", "v")])
        straight = np.hypot(*(ends[0] - ends[1]).T).sum()
        scale = links["length"].sum() * length_unit_m / straight if straight > 0 and links["length"].sum() > 0 else 1.0
        drawn = shapely.points((xy - xy.mean(axis=0)) * scale)
        return gpd.GeoSeries(
            drawn, index=node_ids, crs=LAYOUT_CRS
        ), f"{file.name}, scaled to the lengths, no real place"
    metric = points.crs.is_projected and points.crs.axis_info[0].unit_name == "metre"
    target = CRS.from_user_input(crs) if crs is not None else points.crs if metric else points.estimate_utm_crs()
    return points.to_crs(target), file.name


def _read_node_table(file: Path, nodes_crs: Any) -> gpd.GeoSeries:
    """Points from lines `node x y ;`."""
    rows: list[tuple[float, float, float]] = []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        cells = line.split(";")[0].replace(",", " ").split()
        if not cells or line.lstrip().startswith(("~", "<")) or (not rows and cells[0][:1].isalpha()):
            continue
        try:
            node, x, y = (float(cell) for cell in cells[:3])
        except ValueError as fault:
            raise DataError(f"{file}: line {number} is not 'node x y'; correct the file") from fault
        rows.append((node, x, y))
    if not rows:
        raise DataError(f"{file}: holds no node; give lines of node, x and y")
    table = np.array(rows)
    return _unique(file, gpd.GeoSeries(shapely.points(table[:, 1:]), index=table[:, 0].astype("int64"), crs=nodes_crs))


def _read_node_layer(file: Path) -> gpd.GeoSeries:
    """Points from GeoJSON and the like."""
    try:
        layer = gpd.read_file(file)
    except (RuntimeError, ValueError) as fault:
        raise DataError(f"{file}: cannot be read as a layer of points; give GeoJSON or x_node.tntp") from fault
    spelled = {str(name).casefold(): name for name in layer.columns}
    name = next((spelled[word] for word in ("node_id", "node", "id") if word in spelled), None)
    if name is None or layer.empty or not (layer.geometry.geom_type == "Point").all():
        raise DataError(f"{file}: give points with a column id or node")
    ids = pd.to_numeric(layer[name], errors="coerce")
    if ids.isna().any():
        raise DataError(
            f"{file}: {name_rows(layer.index[ids.isna()].to_list())} have no number as {name}; correct them"
        )
    return _unique(file, gpd.GeoSeries(layer.geometry.array, index=ids.astype("int64"), crs=layer.crs))


def _unique(file: Path, points: gpd.GeoSeries) -> gpd.GeoSeries:
    twice = points.index[points.index.duplicated()].unique()
    if len(twice):
        raise DataError(f"{file}: nodes twice: {name_rows(twice.to_list())}; keep one of each")
    return points


def read_text(file: Path) -> str:
    """Text of a TNTP file, UTF-8 or Latin-1."""
    data = file.read_bytes()
    if b"\x00" in data:
        raise DataError(f"{file}: is no text (it holds zero bytes); get the file again")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
