"""Areas that lie below maps: water, borders of municipalities; any file that GDAL reads."""

from __future__ import annotations

import os

import geopandas as gpd
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS

from geoplan.errors import DataError
from geoplan.io.files import require_file


def read_areas(path: str | os.PathLike[str], *, crs: str | CRS) -> gpd.GeoDataFrame:
    """Areas or lines of a file in `crs`; rows without geometry are left out.

    Raises
    ------
    DataError
        No such file, not one that GDAL reads, without coordinate system, or of points.
    """
    file = require_file(path, "background")
    try:
        areas = gpd.read_file(file)
    except (DataSourceError, DataLayerError, ValueError) as fault:
        raise DataError(f"{file}: cannot be read as areas ({fault}); write GeoPackage or GeoJSON") from fault
    if areas.crs is None:
        raise DataError(f"{file}: has no coordinate reference system; set one")
    if areas.geometry.geom_type.isin(["Point", "MultiPoint"]).any():
        raise DataError(f"{file}: holds points; a background is areas or lines")
    return areas[areas.geometry.notna() & ~areas.geometry.is_empty].to_crs(crs)
