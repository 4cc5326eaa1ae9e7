"""Networks in files: one GeoPackage, or a folder of GeoParquet files. What is written is what is read.

A large table is written to GeoParquet, and read, in parts of `PART_ROWS` rows (`edges.parquet`, `edges.00001.parquet`,
...), so that geometry stands in memory in its written form for one part at a time.

GeoPackage has the layers nodes, edges, structures, structure_edges, turns, and a table meta of keys and JSON
values. The ids (`node_id`, `edge_id`, `structure_id`) are columns of their layers. Unknown numbers are NULL;
`inf` is kept as such by SQLite. A GeoPackage made elsewhere is a network when it has the layers nodes and
edges with these columns; the others may be missing.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geoplan.errors import DataError, MissingExtraError
from geoplan.io.files import atomic_path, first_line, require_file, require_geopackage, warnings_to_log
from geoplan.io.table_codec import Spec, decode_table, encode_table, from_json, to_json
from geoplan.network.network import Network, build_network
from geoplan.network.schema import GEOMETRY_TYPES, INDEX_NAMES, TABLES

logger = logging.getLogger(__name__)

FORMAT = 2  # raised when an older geoplan could no longer read what this one writes
PART_ROWS = 250_000  # rows of one GeoParquet file
FORMAT_KEY = "geoplan_format"
META = "meta"
# What pyogrio (RuntimeError), pyarrow, shapely and the decoding of text raise on bytes that are not what they
# should be.
BROKEN = (RuntimeError, ValueError, OSError, KeyError, OverflowError, shapely.errors.ShapelyError)


def write_network(network: Network, path: str | os.PathLike[str]) -> Path:
    """Write a network to `x.gpkg`, or with the extra `parquet` to a folder `x.parquet`; returns the path.

    Every column survives, extra ones included, with its type; whole files or none: what stood there before is
    replaced when the new one is complete. `structure_edges` and `turns` have no index of their own and are
    numbered anew.

    Raises
    ------
    DataError
        Another ending, a place that cannot be written, a column that no file can hold.
    MissingExtraError
        `.parquet` without pyarrow.
    """
    target = Path(path)
    writer = {".gpkg": _write_geopackage, ".parquet": _write_parquet}.get(target.suffix.lower())
    if writer is None:
        raise DataError(f"{target}: unknown ending {target.suffix!r}; write to .gpkg or .parquet")
    _require_own(target)
    tables: dict[str, pd.DataFrame] = {}
    specs: dict[str, Spec] = {}
    for table in TABLES:
        frame = getattr(network, table)
        try:
            tables[table], specs[table] = encode_table(_without_geometry(frame), INDEX_NAMES.get(table))
        except DataError as fault:
            raise DataError(f"{target}: {table}: {fault}") from fault
        if isinstance(frame, gpd.GeoDataFrame):
            tables[table] = gpd.GeoDataFrame(tables[table], geometry=frame.geometry.array, crs=network.crs)
    try:
        meta = {str(key): to_json(value) for key, value in network.meta.items()}
    except TypeError as fault:
        raise DataError(f"{target}: meta {fault}; leave it out of meta") from fault
    meta[FORMAT_KEY] = json.dumps({"version": FORMAT, "tables": specs})
    with atomic_path(target) as temporary:
        writer(tables, meta, temporary)
    logger.info("wrote %d nodes and %d edges to %s", len(network.nodes), len(network.edges), target)
    return target


def read_network(path: str | os.PathLike[str]) -> Network:
    """Read a network from a GeoPackage or a folder of GeoParquet files.

    Raises
    ------
    DataError
        One line: no such file, not a network, missing layers or columns, and every fault that `build_network`
        finds.
    """
    file = Path(path)
    if file.is_dir():
        tables, meta = _read_parquet(file)
    elif file.suffix.lower() == ".gpkg":
        tables, meta = _read_geopackage(require_file(file, "GeoPackage"))
    else:
        require_file(file, "network")
        cure = "read OpenStreetMap data with read_osm, other lines with geopandas and network_from_lines"
        raise DataError(f"{file}: a network is a .gpkg file or a .parquet folder; {cure}")

    specs = _specs(file, meta)
    for table, frame in tables.items():
        index_name = INDEX_NAMES.get(table)
        try:
            plain = decode_table(_without_geometry(frame), specs.get(table, []), index_name)
        except (KeyError, TypeError, AttributeError) as fault:
            raise DataError(f"{file}: meta {FORMAT_KEY!r} is spoilt; write the file again") from fault
        if index_name is not None and plain.index.name != index_name:
            raise DataError(f"{file}: {table} has no column {index_name}; add one with an id for each row")
        if isinstance(frame, gpd.GeoDataFrame):
            plain = gpd.GeoDataFrame(plain, geometry=_single(table, frame.geometry), crs=frame.crs)
        tables[table] = plain
    missing = [
        f"{table}.{column.name}"
        for table in tables
        for column in TABLES[table]
        if column.required and column.name not in tables[table] and column.name != "way_id"
    ]
    if missing:
        raise DataError(f"{file}: columns are missing: {', '.join(missing)}; add them")
    try:
        network = build_network(**tables, meta={key: _meta_value(file, key, text) for key, text in meta.items()})
    except DataError as fault:
        raise DataError(f"{file}: {fault}") from fault
    logger.info("read %d nodes and %d edges from %s", len(network.nodes), len(network.edges), file)
    return network


def _require_own(target: Path) -> None:
    """DataError when a folder stands there that holds anything but a network: it would be lost."""
    if target.is_dir():
        own = re.compile(rf"({'|'.join(TABLES)})(\.\d{{5}})?\.parquet|meta\.json")
        others = sorted(entry.name for entry in target.iterdir() if not own.fullmatch(entry.name))
        if others or target.suffix.lower() != ".parquet":
            shown = f" ({', '.join(others[:3])})" if others else ""
            raise DataError(f"{target}: is a folder that holds other files{shown}; choose another name")


def _without_geometry(frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    return pd.DataFrame(frame.drop(columns=frame.geometry.name))


def _single(table: str, geometry: gpd.GeoSeries) -> np.ndarray:
    """Points and lines that other programs wrap as multi ones of one part, unwrapped."""
    shapes = np.asarray(geometry.array)
    if table in ("nodes", "edges"):
        wrapped = np.isin(shapely.get_type_id(shapes), (4, 5)) & (shapely.get_num_geometries(shapes) == 1)
        shapes[wrapped] = shapely.get_geometry(shapes[wrapped], 0)
    return shapes


def _specs(file: Path, meta: dict[str, str]) -> dict[str, Spec]:
    """How the columns are to be restored; taken out of meta."""
    text = meta.pop(FORMAT_KEY, None)
    if text is None:
        return {}
    found = _meta_value(file, FORMAT_KEY, text)
    if not isinstance(found, dict) or not isinstance(found.get("version"), int):
        raise DataError(f"{file}: meta {FORMAT_KEY!r} is spoilt; write the file again")
    if found["version"] > FORMAT:
        raise DataError(f"{file}: was written by a newer geoplan (format {found['version']}); update geoplan")
    if not isinstance(found.get("tables"), dict):
        raise DataError(f"{file}: meta {FORMAT_KEY!r} is spoilt; write the file again")
    return found["tables"]


def _meta_value(file: Path, key: str, text: str) -> Any:
    try:
        return from_json(text)
    except (ValueError, TypeError) as fault:
        raise DataError(f"{file}: meta {key!r} is no JSON ({fault}); correct or delete the row") from fault


def _write_geopackage(tables: Mapping[str, pd.DataFrame], meta: Mapping[str, str], path: Path) -> None:
    rows = pd.DataFrame({"key": list(meta), "value": list(meta.values())}, dtype="str")
    for table, frame in {**tables, META: rows}.items():
        options: dict[str, Any] = {}
        if isinstance(frame, gpd.GeoDataFrame):
            # Polygons stay polygons beside multipolygons: pyogrio would turn all of them into multi ones.
            options = {"geometry_type": _layer_type(table, frame.geometry), "promote_to_multi": False}
        pyogrio.write_dataframe(frame, path, layer=table, driver="GPKG", use_arrow=_has_arrow(), **options)


def _layer_type(table: str, geometry: gpd.GeoSeries) -> str:
    """The one type of the layer, so that QGIS offers the right styles; Unknown holds any mixture."""
    kinds, with_z = set(geometry.geom_type), set(geometry.has_z)
    if not kinds and len(GEOMETRY_TYPES[table]) == 1:
        return GEOMETRY_TYPES[table][0]
    if len(kinds) != 1 or len(with_z) != 1:
        return "Unknown"
    return kinds.pop() + (" Z" if with_z.pop() else "")


def _read_geopackage(file: Path) -> tuple[dict[str, Any], dict[str, str]]:
    require_geopackage(file, cure="export it as GeoPackage again")
    try:
        with warnings_to_log(logger):
            layers = {str(name): kind for name, kind in pyogrio.list_layers(file)}
            if not {"nodes", "edges"} <= layers.keys():
                raise DataError(_foreign(file, layers))
            tables = {table: _read_layer(file, table) for table in TABLES if table in layers}
            meta = _read_layer(file, META) if META in layers else pd.DataFrame({"key": [], "value": []})
            if not {"key", "value"} <= set(meta.columns):
                raise DataError(f"{file}: table meta has no columns key and value; delete it or write it again")
            texts = {str(key): str(value) for key, value in zip(meta["key"], meta["value"], strict=True)}
    except DataError:
        raise
    except BROKEN as fault:
        raise DataError(f"{file}: cannot be read ({first_line(fault)}); get or write it again") from fault
    return tables, texts


def _read_layer(file: Path, layer: str) -> pd.DataFrame:
    frame = pyogrio.read_dataframe(file, layer=layer, use_arrow=_has_arrow())
    if layer in GEOMETRY_TYPES and not isinstance(frame, gpd.GeoDataFrame):
        raise DataError(f"{file}: layer {layer} has no geometry; add {GEOMETRY_TYPES[layer][0]} geometry")
    if layer not in GEOMETRY_TYPES and isinstance(frame, gpd.GeoDataFrame):
        frame = _without_geometry(frame)
    return frame


def _foreign(file: Path, layers: Mapping[str, Any]) -> str:
    """What to say of a GeoPackage that holds something else."""
    missing = [name for name in ("nodes", "edges") if name not in layers]
    text = f"{file}: no layer {' and '.join(missing)}, so it is no network"
    if not layers:
        return f"{text}; it holds no layer at all"
    text += "; it holds " + ", ".join(f"{name} ({kind or 'no geometry'})" for name, kind in layers.items())
    lines = [name for name, kind in layers.items() if "LineString" in str(kind)]
    if lines:
        source = f"geopandas.read_file({file.name!r}, layer={lines[0]!r})"
        text += f"; make one with network_from_lines({source}, mode='road')"
    return text


def _write_parquet(tables: Mapping[str, pd.DataFrame], meta: Mapping[str, str], path: Path) -> None:
    _require_arrow()
    path.mkdir()
    for table, frame in tables.items():
        for k, first in enumerate(range(0, max(len(frame), 1), PART_ROWS)):
            frame.iloc[first : first + PART_ROWS].to_parquet(_part(path, table, k), index=False)
    texts = {key: json.loads(value) for key, value in meta.items()}
    (path / "meta.json").write_text(json.dumps(texts, ensure_ascii=False, indent=1), encoding="utf-8")


def _read_parquet(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    _require_arrow()
    missing = [f"{table}.parquet" for table in ("nodes", "edges") if not (folder / f"{table}.parquet").is_file()]
    if missing:
        raise DataError(f"{folder}: no {' and '.join(missing)} in the folder, so it is no network; check the path")
    tables: dict[str, Any] = {}
    for table in TABLES:
        file = folder / f"{table}.parquet"
        if not file.exists():
            continue
        tables[table] = _read_parts(folder, table)
    if not (folder / "meta.json").exists():
        return tables, {}
    try:
        texts = json.loads(require_file(folder / "meta.json", "file").read_text(encoding="utf-8"))
        return tables, {key: json.dumps(value) for key, value in texts.items()}
    except (ValueError, AttributeError) as fault:
        raise DataError(f"{folder / 'meta.json'}: is no JSON object ({first_line(fault)}); write it again") from fault


def _part(folder: Path, table: str, k: int) -> Path:
    """File of the k-th part of a table."""
    return folder / (f"{table}.{k:05d}.parquet" if k else f"{table}.parquet")


def _read_parts(folder: Path, table: str) -> pd.DataFrame:
    """All parts of a table, one after the other; DataError when one in between is missing."""
    read = gpd.read_parquet if table in GEOMETRY_TYPES else pd.read_parquet
    count = 1 + len(list(folder.glob(f"{table}.[0-9][0-9][0-9][0-9][0-9].parquet")))
    parts = []
    for k in range(count):
        file = _part(folder, table, k)
        try:
            parts.append(read(require_file(file, "GeoParquet file")))
        except DataError:
            raise
        except BROKEN as fault:
            raise DataError(f"{file}: cannot be read ({first_line(fault)}); get or write it again") from fault
    return parts[0] if count == 1 else pd.concat(parts, ignore_index=True)


def _require_arrow() -> None:
    if not _has_arrow():
        raise MissingExtraError("GeoParquet needs pyarrow; install it with: pip install 'geoplan[parquet]'")


def _has_arrow() -> bool:
    return importlib.util.find_spec("pyarrow") is not None
