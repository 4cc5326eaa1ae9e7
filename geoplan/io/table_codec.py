"""Tables of any column as tables of plain columns, and back without a loss.

Files such as GeoPackage know text, whole numbers, floats and yes/no. Those stay as they are, so that QGIS and
others read them. Whatever else a column holds (dates, categories, nullable numbers, lists, tuples) is written
as JSON text. A small specification that travels with the file tells how to restore names and types.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import DataError

logger = logging.getLogger(__name__)

Spec = list[dict[str, Any]]

RESERVED = frozenset(
    {"fid", "ogc_fid", "rowid", "geom", "geometry", "_rowid_", "oid"}
)  # names that GeoPackage keeps for itself
TEXTS = ("str", "string", "object")
_SAFE_NAME = re.compile(r"[^\W\d]\w*")
_NULLABLE = re.compile(r"U?Int\d+|Float\d+|boolean")


def encode_table(frame: pd.DataFrame, index_name: str | None = None) -> tuple[pd.DataFrame, Spec]:
    """The frame with plain columns only (int64, float64, bool, str), and how to undo it.

    Parameters
    ----------
    frame
        Any table without its main geometry.
    index_name
        The index becomes the first column under this name; None leaves the index out.

    Raises
    ------
    DataError
        Two columns of one name, or values that no file can hold, with column and cure.
    """
    parts: list[tuple[Any, pd.Series]] = [(name, frame.iloc[:, k]) for k, name in enumerate(frame.columns)]
    if index_name is not None:
        parts.insert(0, (index_name, pd.Series(frame.index, index=frame.index)))
    names = [name for name, _ in parts]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"columns named twice: {', '.join(twice)}; rename one of each")
    columns: dict[str, pd.Series] = {}
    spec: Spec = []
    for number, (name, values) in enumerate(parts):
        if not isinstance(name, str | int | np.integer):
            raise DataError(f"column {name!r}: its name is no text; rename it")
        stored = _stored_name(str(name), number, columns)
        columns[stored], how = _encode(values, str(name))
        spec.append({"name": name if isinstance(name, str) else int(name), "stored": stored, **how})
    return pd.DataFrame(columns, index=frame.index), spec


def decode_table(frame: pd.DataFrame, spec: Spec, index_name: str | None = None) -> pd.DataFrame:
    """The table as it was before `encode_table`; columns added since are kept, those taken away are left out."""
    known = {entry["stored"]: entry for entry in spec}
    columns: dict[Any, Any] = {}
    for stored in [name for name in known if name in frame] + [name for name in frame if name not in known]:
        entry = known.get(stored)
        name = entry["name"] if entry else stored
        columns[name] = _decode(frame[stored], entry) if entry else frame[stored]
    done = pd.DataFrame(columns, index=frame.index)
    if index_name is not None and index_name in done:
        index = pd.Index(done.pop(index_name).array, name=index_name, tupleize_cols=False)
        done.index = index
    return done


def to_json(value: Any) -> str:
    """JSON text of plain values, arrays, tuples, dates, paths and tables; NaN and inf as Python writes them."""
    return json.dumps(_plain(value))


def from_json(text: str) -> Any:
    """The value of `to_json`; arrays and sets come back as lists, paths as text."""
    return json.loads(text, object_hook=_revive)


def _stored_name(name: str, number: int, taken: dict[str, pd.Series]) -> str:
    """Name in the file: its own where the file allows it. SQLite knows no upper and lower case."""
    folded = {other.casefold() for other in taken} | RESERVED
    if _SAFE_NAME.fullmatch(name) and name.isprintable() and len(name) <= 60 and name.casefold() not in folded:
        return name
    stem, k = f"column_{number}", 0
    while (stored := stem if k == 0 else f"{stem}_{k}").casefold() in folded:
        k += 1
    return stored


def _encode(values: pd.Series, name: str) -> tuple[pd.Series, dict[str, Any]]:
    """A plain column and how to undo it."""
    dtype = values.dtype
    how: dict[str, Any] = {"dtype": str(dtype), "form": "plain"}
    if isinstance(dtype, pd.CategoricalDtype):
        inner = values.astype("object" if values.isna().any() else dtype.categories.dtype)
        column, within = _encode(inner, name)
        listed = {"type": str(dtype.categories.dtype), "values": to_json(list(dtype.categories))}
        return column, {**within, "categories": listed, "ordered": bool(dtype.ordered)}
    if isinstance(dtype, np.dtype) and dtype.kind == "b":
        return values, how
    if isinstance(dtype, np.dtype) and dtype.kind in "iu" and str(dtype) != "uint64":
        return values.astype("int64"), how
    if isinstance(dtype, np.dtype) and dtype.kind == "f" and dtype.itemsize <= 8:
        return values.astype("float64"), how
    if str(dtype) in TEXTS and (missing := _plain_text(values)) is not None:
        return _text(values), {**how, "missing": missing}

    how["form"] = "json"
    kind = getattr(dtype, "kind", "")
    items: Iterable[Any]
    if str(dtype) == "geometry":
        shapes = gpd.GeoSeries(values)
        how["crs"] = shapes.crs.to_wkt() if shapes.crs is not None else None
        items = shapely.to_wkb(np.asarray(shapes.array), hex=True)
    elif kind == "M":
        zoned = isinstance(dtype, pd.DatetimeTZDtype)
        naive = values.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else values
        items = [None if text == "NaT" else text for text in np.datetime_as_string(naive.to_numpy())]
    elif kind == "m":
        missing_at = values.isna().to_numpy()
        items = pd.Series(values.to_numpy().view("int64"), dtype="object").mask(missing_at, None)
    elif str(dtype) == "object":
        items = values
    elif _NULLABLE.fullmatch(str(dtype)) or str(dtype) in (*TEXTS, "uint64"):
        items = values.astype("object").where(values.notna(), None)
    else:
        raise DataError(f"column {name}: type {dtype} cannot be written; turn it into text or numbers")
    try:
        return pd.Series([to_json(item) for item in items], index=values.index, dtype="str"), how
    except (TypeError, ValueError) as fault:
        raise DataError(f"column {name}: {fault}; turn it into text or numbers") from fault


def _decode(values: pd.Series, how: dict[str, Any]) -> Any:
    """The column as it was; as read, with a warning, where someone has since put in what it cannot hold."""
    try:
        column = _restore(values, how)
        if "categories" in how:
            listed = how["categories"]
            categories = pd.Index(from_json(listed["values"]), dtype=listed["type"], tupleize_cols=False)
            return pd.Categorical(column, categories=categories, ordered=how["ordered"])
        return column
    except (ValueError, TypeError, OverflowError, AttributeError, KeyError) as fault:
        logger.warning("column %s no longer holds %s (%s); taken as it is", how["name"], how["dtype"], fault)
        return values


def _restore(values: pd.Series, how: dict[str, Any]) -> pd.Series:
    """The column in its type; raises when a value does not fit."""
    dtype = how["dtype"]
    if how["form"] == "plain":
        if dtype == "object":
            absent = None if how["missing"] == "none" else np.nan
            return _objects([absent if pd.isna(value) else value for value in values], values.index)
        return values.astype(dtype)
    items = [None if pd.isna(text) else from_json(text) for text in values]
    if dtype == "object":
        return _objects(items, values.index)
    if dtype == "geometry":
        return gpd.GeoSeries.from_wkb(items, index=values.index, crs=how["crs"])
    if dtype.startswith("datetime64"):
        unit, _, zone = dtype.removeprefix("datetime64[").removesuffix("]").partition(", ")
        moments = np.array(["NaT" if item is None else item for item in items], dtype=f"datetime64[{unit}]")
        naive = pd.Series(moments, index=values.index)
        return naive.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else naive
    if dtype.startswith("timedelta64"):
        not_a_time = np.iinfo("int64").min
        ticks = np.array([not_a_time if item is None else item for item in items], dtype="int64")
        return pd.Series(ticks.view(dtype), index=values.index)
    if _NULLABLE.fullmatch(dtype):
        masked: Any = pd.api.types.pandas_dtype(dtype)
        absent_at = np.array([item is None for item in items], dtype=bool)
        numbers = np.array([0 if item is None else item for item in items], dtype=masked.numpy_dtype)
        return pd.Series(masked.construct_array_type()(numbers, absent_at), index=values.index)
    if dtype == "uint64":
        return pd.Series(np.array(items, dtype="uint64"), index=values.index)
    return pd.Series(pd.array(items, dtype=dtype), index=values.index)


def _objects(items: Sequence[Any], index: pd.Index) -> pd.Series:
    """An object column of the very items, lists included."""
    column = np.empty(len(items), dtype=object)
    for k, item in enumerate(items):
        column[k] = item
    return pd.Series(column, index=index, dtype="object")


def _plain_text(values: pd.Series) -> str | None:
    """How a missing text reads ("none" or "nan") when all is text that a file can hold; otherwise None."""
    present = values.notna()
    if str(values.dtype) != "object":
        return "nan" if all(_storable(value) for value in values[present].unique()) else None
    if not all(isinstance(value, str) and _storable(value) for value in values[present]):
        return None
    absent = list(values[~present])
    if all(value is None for value in absent):
        return "none"
    return "nan" if all(isinstance(value, float) for value in absent) else None


def _storable(text: str) -> bool:
    """Whether a file keeps the text: no zero byte and no half of a surrogate pair."""
    return (text.isascii() and "\x00" not in text) or not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text)


def _text(values: pd.Series) -> pd.Series:
    return values.astype("object").where(values.notna(), None).astype("str")


def _plain(value: Any) -> Any:
    """The value in terms of JSON; tuples, dates and durations carry a tag."""
    if value is None or isinstance(value, bool | str | int) or type(value) is float:
        return value
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return float(value)
    if isinstance(value, tuple):
        return {"__tuple__": [_plain(item) for item in value]}
    if isinstance(value, list | set | frozenset | np.ndarray):
        return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if value is pd.NaT or value is pd.NA:
        return {"__missing__": "NaT" if value is pd.NaT else "NA"}
    if isinstance(value, dt.datetime | dt.date):
        return {"__date__": value.isoformat(), "type": type(value).__name__}
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, pd.DataFrame):
        return {"__table__": _table_to_plain(value)}
    raise TypeError(f"holds a {type(value).__name__}, which cannot be written")


def _table_to_plain(frame: pd.DataFrame) -> dict[str, Any]:
    """A table as columns; an index that only counts is left out."""
    counts = isinstance(frame.index, pd.RangeIndex) and frame.index.equals(pd.RangeIndex(len(frame)))
    index_name = None if counts else "index" if "index" not in frame else "index of table"
    encoded, spec = encode_table(frame, index_name)
    columns = {str(name): [None if pd.isna(v) else v for v in encoded[name].to_list()] for name in encoded}
    return {
        "columns": columns,
        "spec": spec,
        "index": index_name,
        "rows": len(frame),
        "label": _plain(frame.index.name),
    }


def _table_from_plain(found: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(found["columns"], index=pd.RangeIndex(found["rows"]))
    done = decode_table(frame, found["spec"], found["index"])
    return done.rename_axis(index=found["label"])


def _key(key: Any) -> str:
    if not isinstance(key, str | int | float | bool | None):
        raise TypeError(f"holds a dict with a key of type {type(key).__name__}, which cannot be written")
    return str(key)


def _revive(found: dict[str, Any]) -> Any:
    if found.keys() == {"__tuple__"}:
        return tuple(found["__tuple__"])
    if found.keys() == {"__table__"}:
        return _table_from_plain(found["__table__"])
    if found.keys() == {"__missing__"}:
        return pd.NaT if found["__missing__"] == "NaT" else pd.NA
    if found.keys() == {"__date__", "type"}:
        if found["type"] == "date":
            return dt.date.fromisoformat(found["__date__"])
        if found["type"] == "datetime":
            return dt.datetime.fromisoformat(found["__date__"])
        return pd.Timestamp(found["__date__"])
    return found
