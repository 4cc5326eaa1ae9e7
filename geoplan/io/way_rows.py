"""Ways that a scenario adds, from a table or a drawn file: one plain record each."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyogrio.errors import DataSourceError

from geoplan.errors import DataError
from geoplan.io.files import require_file
from geoplan.io.study_columns import WAY_COLUMNS
from geoplan.io.tables import read_table
from geoplan.network.schema import EDGES

TABLES = (".csv", ".tsv", ".txt", ".xlsx")
_OWN = ("from_node", "to_node", "length_m", "oneway", "mode")
_COLUMNS = {column.name for column in EDGES} - {"u", "v", "way_id", "length_m", "mode", "assumed"}
_DRAWN_BY_HAND = ("from_node", "to_node")  # may be empty where a line is drawn: its ends come to the nodes


def read_way_rows(path: str | os.PathLike[str]) -> tuple[dict[str, Any], ...]:
    """Rows for the edit add_ways: id, from_node, to_node, mode, length_m, oneway, geojson and columns of edges.

    A table has the columns of roads.csv (see data/README.md; geometry is WKT in degrees; from_node and to_node may be
    empty where a geometry is drawn). Anything else is opened as a map file (GeoJSON, GeoPackage ...): one line a way,
    its attributes by the same names.

    Raises
    ------
    DataError
        No such file, no rows, a column that is no number, or a way without an id.
    """
    file = require_file(path, "file of ways")
    table = _from_table(file) if file.suffix.lower() in TABLES else _from_map(file)
    if table.empty:
        raise DataError(f"{file.name}: holds no ways")
    if "way_id" not in table or (table["way_id"].fillna("").astype(str) == "").any():
        raise DataError(f"{file.name}: every way needs a way_id; add the column")
    return tuple(_row(record) for record in table.to_dict("records"))


def _from_table(file: Path) -> pd.DataFrame:
    columns = [
        replace(c, kind="text", default="", required=False) if c.name in _DRAWN_BY_HAND else c for c in WAY_COLUMNS
    ]
    table = read_table(file, columns)
    shapes = shapely.from_wkt([text or None for text in table["geometry"]], on_invalid="ignore")
    bad = [line for line, text, shape in zip(table.index, table["geometry"], shapes, strict=True) if text and not shape]
    if bad:
        raise DataError(f"{file.name}: geometry of line {bad[0]} cannot be read; give a LINESTRING in degrees")
    return table.assign(geojson=[shapely.to_geojson(shape) if shape else "" for shape in shapes])


def _from_map(file: Path) -> pd.DataFrame:
    try:
        drawn = gpd.read_file(file)
    except DataSourceError as fault:
        raise DataError(f"{file.name}: is no table and no map file that can be read ({fault})") from fault
    if drawn.crs is None:
        raise DataError(f"{file.name}: has no coordinate reference system; save it with one")
    shapes = shapely.line_merge(drawn.geometry.to_crs(4326).to_numpy())
    return pd.DataFrame(drawn.drop(columns="geometry")).assign(geojson=shapely.to_geojson(shapes))


def _row(record: Mapping[Any, Any]) -> dict[str, Any]:
    """What is known of a way: empty cells are left out, lanes are those of a direction."""
    row: dict[str, Any] = {"id": str(record["way_id"])}
    if _known(record.get("lanes_both")):
        row["lanes"] = float(record["lanes_both"]) / 2.0
    for name in (*_OWN, *sorted(_COLUMNS)):
        if _known(value := record.get(name)):
            row[name] = value
    if "oneway" in row:
        row["oneway"] = str(row["oneway"]).lower() in ("yes", "true", "1")
    if _known(record.get("geojson")):
        row["geojson"] = json.loads(record["geojson"])
    return row


def _known(value: object) -> bool:
    return not (value is None or value == "" or (isinstance(value, float) and pd.isna(value)))
