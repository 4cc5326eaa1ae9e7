"""One door for any network file, chosen by its name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from geoplan.errors import DataError
from geoplan.io.files import require_file
from geoplan.io.network_files import read_network
from geoplan.io.osm import read_osm
from geoplan.network.network import Network

OSM_ENDINGS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
TABLE_ENDINGS = (".gpkg", ".parquet")


def read_any_network(path: str | os.PathLike[str], *, modes: Sequence[str] = ("road", "rail")) -> Network:
    """A network from an OpenStreetMap extract, a GeoPackage or a folder of GeoParquet files.

    Raises
    ------
    DataError
        No such file, or an ending that no door knows.
    """
    name = Path(path).name.lower()
    if name.endswith(OSM_ENDINGS):
        return read_osm(path, modes=tuple(modes))
    if name.endswith(TABLE_ENDINGS):
        return read_network(path)
    require_file(path, "network")
    endings = ", ".join((*OSM_ENDINGS, *TABLE_ENDINGS))
    raise DataError(f"{path}: no door for this kind of file; geoplan reads {endings}")
