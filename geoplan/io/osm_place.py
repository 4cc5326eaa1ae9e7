"""Where on earth the data lie: the coordinate system and the country that go with it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import DataError

# Outline of Sweden, longitude and latitude, drawn by hand to within about 10 km (5 km in Öresund): enough to
# choose the national grid, not a border.
_SWEDEN = shapely.Polygon(
    [
        (12.3, 56.3), (12.65, 56.05), (12.82, 55.75), (12.75, 55.33), (14.3, 55.3), (14.6, 55.75),
        (16.2, 55.95), (16.9, 56.4), (18.3, 56.85), (19.5, 57.6), (19.4, 58.05), (18.5, 58.9),
        (19.4, 59.7), (18.9, 60.2), (17.7, 60.9), (17.8, 62.4), (19.3, 63.3), (20.9, 63.7),
        (21.6, 64.6), (22.6, 65.5), (24.16, 65.7), (24.0, 66.2), (23.7, 66.9), (23.8, 67.8),
        (22.0, 68.45), (20.5, 69.06), (20.0, 68.4), (18.1, 68.5), (16.2, 67.5), (16.3, 67.0),
        (14.6, 66.1), (14.5, 65.3), (13.7, 64.6), (14.1, 64.1), (12.7, 63.9), (12.05, 63.3),
        (12.2, 62.3), (12.85, 61.4), (12.3, 61.0), (12.5, 60.1), (11.8, 59.6), (11.5, 58.9),
        (11.1, 58.95), (11.2, 58.3), (11.8, 57.4),
    ]
)  # fmt: skip
SWEREF_99_TM = 3006


def country_of(lon: float, lat: float) -> str:
    """`SE` inside Sweden, else empty: the country of other places is the caller's to say."""
    return "SE" if shapely.contains_xy(_SWEDEN, lon, lat) else ""


def centre_of(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[float, float]:
    """Median longitude and latitude: a stray point far away does not move it."""
    return float(np.median(lon)), float(np.median(lat))


def choose_crs(crs: object, lon: float, lat: float) -> CRS:
    """The system asked for, else SWEREF 99 TM in Sweden and the UTM zone of the place elsewhere.

    Raises
    ------
    DataError
        Not a coordinate system, or one in degrees.
    """
    if crs is not None:
        try:
            chosen = CRS.from_user_input(crs)
        except CRSError as fault:
            raise DataError(f"crs: {crs!r} is no coordinate reference system; give a code such as EPSG:3006") from fault
        if not chosen.is_projected:
            raise DataError(f"crs: {chosen.name} is in degrees; give a projected one in metres such as EPSG:3006")
        return chosen
    if country_of(lon, lat) == "SE":
        return CRS.from_epsg(SWEREF_99_TM)
    zone = int((lon + 180.0) // 6.0) % 60 + 1
    return CRS.from_epsg((32600 if lat >= 0.0 else 32700) + zone)
