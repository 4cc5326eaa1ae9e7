"""results.gpkg: one GeoPackage with layers, tables and QGIS styles, for those who go on working with the results."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geoplan.errors import DataError
from geoplan.maps.labels import Lang, Text
from geoplan.maps.standalone import write_whole
from geoplan.report.content import Meta
from geoplan.report.layers import GeoLayer

# Times in the file are those of the data, so that the same input gives the same file.
_STILL = "1980-01-01T00:00:00.000Z"
_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
  description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)"""


def write_geopackage(
    path: str | os.PathLike[str], layers: Sequence[GeoLayer], *, meta: Meta, lang: Lang = "sv"
) -> Path:
    """Write layers and tables with their styles; QGIS opens each layer as its map looks.

    Raises
    ------
    DataError
        Two layers of one name, a layer without a coordinate system, a place that cannot be written.
    """
    names = [layer.name for layer in layers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{path}: several layers are called {twice[0]!r}; give each its own name")
    for layer in layers:
        if isinstance(layer.frame, gpd.GeoDataFrame) and layer.frame.crs is None:
            raise DataError(f"{path}: layer {layer.name!r} has no coordinate system; set it (EPSG:3006 in Sweden)")
    with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        file = Path(folder) / "results.gpkg"
        with _still_times():
            for layer in layers:
                _write_layer(file, layer)
            pyogrio.write_dataframe(_about(meta, lang), file, layer="about", driver="GPKG")
        _write_styles(file, layers, lang)
        return write_whole(path, file.read_bytes())


def _write_layer(file: Path, layer: GeoLayer) -> None:
    frame = layer.frame
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)) if isinstance(frame, gpd.GeoDataFrame) else frame
    columns = {str(name): _storable(values) for name, values in plain.items() if str(name) != "fid"}
    table: pd.DataFrame = pd.DataFrame(columns, index=plain.index).reset_index(drop=True)
    options: dict[str, Any] = {}
    if isinstance(frame, gpd.GeoDataFrame):
        table = gpd.GeoDataFrame(table, geometry=frame.geometry.array, crs=frame.crs)
        kinds = set(table.geometry.geom_type.dropna())
        options = {"geometry_type": kinds.pop() if len(kinds) == 1 else "Unknown", "promote_to_multi": False}
    pyogrio.write_dataframe(table, file, layer=layer.name, driver="GPKG", use_arrow=False, **options)


def _storable(values: pd.Series) -> pd.Series:
    """A column that a file can hold: numbers and bools as they are, all else as text (no lists, no objects)."""
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return values
    return values.map(_as_text).astype("object")


def _as_text(value: Any) -> str | None:
    if isinstance(value, Text):
        return f"{value.sv} / {value.en}"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(one) for one in (sorted(value) if isinstance(value, set | frozenset) else value))
    return None if value is None or pd.isna(value) else str(value)


def _about(meta: Meta, lang: Lang) -> pd.DataFrame:
    rows = {
        "name": meta.name.of(lang),
        "description": meta.description.of(lang),
        "data_date": meta.data_date,
        "geoplan_version": meta.version,
        "command": meta.command,
        "attribution": meta.attribution,
    }
    return pd.DataFrame({"key": list(rows), "value": list(rows.values())})


def _write_styles(file: Path, layers: Sequence[GeoLayer], lang: Lang) -> None:
    with closing(sqlite3.connect(file)) as base, base:
        base.execute(_STYLES)
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (_STILL,),
        )
        for layer in layers:
            base.execute(
                "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
                (layer.name, layer.title.of(lang), layer.name),
            )
            if layer.qml:
                column = base.execute(
                    "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer.name,)
                ).fetchone()
                base.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                    "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                    "VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', '', ?)",
                    (layer.name, column[0] if column else "", layer.name[:30], layer.qml, layer.title.of(lang), _STILL),
                )


@contextmanager
def _still_times() -> Iterator[None]:
    """GDAL writes this time into the file in place of now."""
    old = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STILL})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": old})
