"""What a job was given, as one short text: the same input gives the same text in every process and on every machine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import hashlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path, PurePath
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely import to_wkb
from shapely.geometry.base import BaseGeometry

from geoplan.errors import DataError

PACKAGE = Path(__file__).parents[1]


class _Sink(Protocol):
    def update(self, data: bytes, /) -> None: ...


def fingerprint(value: Any) -> str:
    """A digest of plain values, arrays, tables, geometries, records (dataclasses, pydantic) and what they hold.

    Fields of a record that begin with an underscore are caches and do not count. The order of a mapping does not count
    either; that of rows and columns does.

    Raises
    ------
    DataError
        A value whose content cannot be told from outside; says which type.
    """
    sink = hashlib.sha256()
    _feed(sink, value)
    return sink.hexdigest()


def code_fingerprint(function: Callable[..., Any]) -> str:
    """A digest of the name of a function, of its own file and of this package: other code is another result."""
    sink = hashlib.sha256(f"{function.__module__}.{function.__qualname__}".encode())
    sink.update(_package_digest())
    own = inspect.getsourcefile(inspect.unwrap(function))
    if own is not None and Path(own).is_file() and PACKAGE not in Path(own).parents:
        sink.update(Path(own).read_bytes())
    return sink.hexdigest()


@cache
def _package_digest() -> bytes:
    """Once a process: what runs is the code that it started with, whatever is edited meanwhile."""
    sink = hashlib.sha256()
    files = [file for ending in ("py", "csv", "toml") for file in PACKAGE.rglob(f"*.{ending}")]  # tables of rules too
    for file in sorted(files):
        sink.update(file.relative_to(PACKAGE).as_posix().encode())
        sink.update(hashlib.sha256(file.read_bytes()).digest())
    return sink.digest()


def _feed(sink: _Sink, value: Any) -> None:
    """Type and content of a value; the type keeps 1, 1.0 and "1" apart, the length keeps neighbours apart."""
    for kind, feed in _KINDS:
        if isinstance(value, kind):
            sink.update(f"<{type(value).__name__}>".encode())
            feed(sink, value)
            return
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if not field.name.startswith("_")]
        _feed_record(sink, value, names)
    elif hasattr(type(value), "model_fields"):
        _feed_record(sink, value, list(type(value).model_fields))
    else:
        name = f"{type(value).__module__}.{type(value).__qualname__}"
        raise DataError(f"cannot tell the content of a {name}; give the job a stamp of its own (Job(stamp=...))")


def _feed_record(sink: _Sink, value: Any, names: list[str]) -> None:
    sink.update(f"<{type(value).__qualname__}:{len(names)}>".encode())
    for name in names:
        sink.update(name.encode())
        _feed(sink, getattr(value, name))


def _feed_plain(sink: _Sink, value: Any) -> None:
    text = repr(value).encode()
    sink.update(f"{len(text)}:".encode())
    sink.update(text)


def _feed_text(sink: _Sink, value: Any) -> None:
    _feed_plain(sink, str(value))


def _feed_bytes(sink: _Sink, value: bytes) -> None:
    sink.update(f"{len(value)}:".encode())
    sink.update(value)


def _feed_array(sink: _Sink, value: np.ndarray) -> None:
    sink.update(f"{value.dtype.str}{value.shape}".encode())
    if value.dtype.hasobject:
        for cell in value.ravel():
            _feed(sink, cell)
    else:
        sink.update(np.ascontiguousarray(value).tobytes())


def _feed_series(sink: _Sink, value: pd.Series | pd.Index) -> None:
    sink.update(f"{value.name!r}{value.dtype}:{len(value)}".encode())
    if isinstance(value, gpd.GeoSeries):
        for shape in to_wkb(value.to_numpy()):
            _feed(sink, shape)
    elif isinstance(value.dtype, np.dtype) and not value.dtype.hasobject:
        sink.update(np.ascontiguousarray(value.to_numpy()).tobytes())
    elif value.dtype == object:
        for cell in value:
            _feed(sink, cell)
    else:
        _feed_plain(sink, value.tolist())


def _feed_frame(sink: _Sink, value: pd.DataFrame) -> None:
    _feed_series(sink, value.index)
    for number in range(value.shape[1]):
        _feed_series(sink, value.iloc[:, number])
    if isinstance(value, gpd.GeoDataFrame) and value.shape[1]:
        _feed(sink, value.crs if value._geometry_column_name in value else None)


def _feed_sequence(sink: _Sink, value: Any) -> None:
    sink.update(f"{len(value)}:".encode())
    for one in value:
        _feed(sink, one)


def _feed_set(sink: _Sink, value: Any) -> None:
    _feed_sequence(sink, sorted(fingerprint(one) for one in value))


def _feed_mapping(sink: _Sink, value: Mapping[Any, Any]) -> None:
    _feed_sequence(sink, sorted((fingerprint(key), fingerprint(one)) for key, one in value.items()))


def _feed_geometry(sink: _Sink, value: BaseGeometry) -> None:
    _feed_bytes(sink, to_wkb(value))


_KINDS: tuple[tuple[Any, Callable[[_Sink, Any], None]], ...] = (
    ((type(None), bool, int, float, complex, str, np.generic, type(pd.NA), type(pd.NaT)), _feed_plain),
    (bytes, _feed_bytes),
    (enum.Enum, _feed_text),
    ((dt.date, dt.time, dt.timedelta, PurePath, CRS), _feed_text),
    (np.ndarray, _feed_array),
    (pd.DataFrame, _feed_frame),
    ((pd.Series, pd.Index), _feed_series),
    (BaseGeometry, _feed_geometry),
    (Mapping, _feed_mapping),
    ((set, frozenset), _feed_set),
    ((list, tuple), _feed_sequence),
)
