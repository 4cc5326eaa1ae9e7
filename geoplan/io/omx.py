"""Matrices in OMX (open matrix, HDF5): what other programs of the trade write and read."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.demand.demand import Demand, build_demand
from geoplan.errors import DataError, MissingExtraError, name_near
from geoplan.io.demand_zones import MAX_ZONES, place_zones, read_zone_file, zones_of_labels
from geoplan.io.files import atomic_path, first_line, require_file
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

VERSION = b"0.2"  # of the specification, https://github.com/osPlanning/omx
_MAGIC = b"\x89HDF\r\n\x1a\n"
_MOST_BYTES = 2**34  # of all matrices unpacked


def read_omx(
    path: str | os.PathLike[str], *, matrices: Sequence[str] | None = None, lookup: str | None = None
) -> dict[str, pd.DataFrame]:
    """Matrices of an OMX file by name, rows and columns labelled by the zones of the lookup.

    Parameters
    ----------
    matrices
        Names to read; None reads all.
    lookup
        Which list of zones labels rows and columns; None takes the only one, or counts from 1 where there is none.
        Zones that are text stay text.

    Raises
    ------
    MissingExtraError
        h5py is not installed.
    DataError
        No OMX file, damaged, matrices of another shape than the file says, or larger than memory allows.
    """
    h5py = _h5py()
    file = require_file(path, "OMX file")
    with file.open("rb") as stream:
        if stream.read(8) != _MAGIC:
            raise DataError(f"{file}: is no OMX file (no HDF5); export it again")
    try:
        with h5py.File(file, "r") as store:
            return _matrices(str(file), store, h5py, matrices, lookup)
    except DataError:
        raise
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as fault:
        raise DataError(f"{file}: is damaged or no OMX file ({first_line(fault)}); export it again") from fault


def read_omx_demand(
    path: str | os.PathLike[str],
    *,
    matrices: Mapping[str, str] | Sequence[str] | None = None,
    lookup: str | None = None,
    zones: str | os.PathLike[str] | gpd.GeoDataFrame | None = None,
    network: Network | None = None,
    factor: float = 1.0,
    unknown: Literal["error", "zero"] = "error",
) -> Demand:
    """Demand from an OMX file.

    Parameters
    ----------
    matrices
        Names of the matrices to take, or class name by name of the matrix; None takes all as classes.
    zones, network, unknown
        As in `read_demand`.
    factor
        Trips an hour for each trip of the file.

    Raises
    ------
    MissingExtraError, DataError
        As `read_omx`; zones that are not in the file.
    """
    if not (np.isfinite(factor) and factor >= 0):
        raise DataError(f"factor is {factor}; give a number of 0 or more")
    classes = dict(matrices) if isinstance(matrices, Mapping) else {}
    found = read_omx(path, matrices=None if matrices is None else list(matrices), lookup=lookup)
    labels = [str(label) for label in next(iter(found.values())).index]
    if zones is None:
        table = zones_of_labels(labels, network)
    else:
        table = zones if isinstance(zones, gpd.GeoDataFrame) else read_zone_file(zones, network=network)
        table = place_zones(table, network)
    by_text = {str(zone): zone for zone in table.index}
    strange = [label for label in labels if label not in by_text]
    if strange:
        near = name_near(strange[0], list(by_text))
        raise DataError(f"{path}: {len(strange)} of its zones are not among the zones (first: {strange[0]}).{near}")
    ids = pd.Index([by_text[label] for label in labels])
    done = {}
    for name, matrix in found.items():
        values = pd.DataFrame(matrix.to_numpy() * factor, index=ids, columns=ids)
        done[classes.get(name, name)] = values
    meta = {"source": os.path.basename(os.fspath(path)), "factor": factor}
    return build_demand(table, done, meta, unknown=unknown)


def write_omx(matrices: Mapping[str, pd.DataFrame] | Demand, path: str | os.PathLike[str]) -> None:
    """Matrices, or those of a demand, to an OMX file with their zones as lookup `zone_id`.

    Raises
    ------
    MissingExtraError
        h5py is not installed.
    DataError
        No matrix, matrices of different zones or that are not square, or a name that HDF5 does not take.
    """
    h5py = _h5py()
    tables = dict(matrices.matrices) if isinstance(matrices, Demand) else dict(matrices)
    if not tables:
        raise DataError("matrices: there is none to write")
    zones = next(iter(tables.values())).index
    for name, table in tables.items():
        if not name or "/" in name or name in (".", ".."):
            raise DataError(f"matrix {name!r}: no name for a matrix; leave out '/' and give at least a letter")
        if not (table.index.equals(zones) and pd.Index(table.columns).equals(zones)):
            raise DataError(f"matrix {name}: its rows and columns are not the zones of the first one; reindex it")
    whole = pd.api.types.is_integer_dtype(zones.dtype)
    labels: Any = zones.to_numpy() if whole else np.array([str(zone).encode() for zone in zones])
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as store:
        store.attrs["OMX_VERSION"] = np.bytes_(VERSION)
        store.attrs["SHAPE"] = np.array([len(zones), len(zones)], dtype=np.int32)
        data, lookup = store.create_group("data"), store.create_group("lookup")
        for name, table in tables.items():
            values = table.to_numpy(dtype=np.float64)
            one = data.create_dataset(name, data=values, compression="gzip", compression_opts=1, shuffle=True)
            one.attrs["NA"] = np.nan
        lookup.create_dataset("zone_id", data=labels)


def _matrices(
    file: str, store: Any, h5py: Any, wanted: Sequence[str] | None, lookup: str | None
) -> dict[str, pd.DataFrame]:
    data = store.get("data", getlink=True)
    if not isinstance(data, h5py.HardLink) or not isinstance(store["data"], h5py.Group):
        raise DataError(f"{file}: has no group 'data'; it is HDF5 but no OMX")
    names = list(store["data"])
    if not names:
        raise DataError(f"{file}: holds no matrix; export it again")
    missing = [name for name in wanted or [] if name not in names]
    if missing:
        raise DataError(f"{file}: no matrix {missing[0]!r}; it has {', '.join(names)}.{name_near(missing[0], names)}")
    chosen = list(wanted) if wanted is not None else names
    sets = {name: _dataset(file, store["data"], name, h5py) for name in chosen}
    shape = sets[chosen[0]].shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise DataError(f"{file}: matrix {chosen[0]} has the shape {shape}; geoplan reads square ones")
    if shape[0] > MAX_ZONES or 8 * shape[0] * shape[1] * len(chosen) > _MOST_BYTES:
        size = 8 * shape[0] * shape[1] * len(chosen) / 1e9
        raise DataError(
            f"{file}: claims {shape[0]:,} zones and {size:,.0f} GB; name fewer matrices, or use fewer zones"
        )
    for name, one in sets.items():
        if one.shape != shape:
            raise DataError(f"{file}: matrix {name} has the shape {one.shape}, {chosen[0]} has {shape}")
        if one.dtype.kind not in "fiu":
            raise DataError(f"{file}: matrix {name} holds no numbers ({one.dtype})")
        chunk = int(np.prod(one.chunks)) * one.dtype.itemsize if one.chunks else 0
        if chunk > 2**28:
            raise DataError(f"{file}: matrix {name} is packed in blocks of {chunk / 1e6:,.0f} MB; export it again")
    zones = _zones(file, store, h5py, lookup, shape[0])
    done = {}
    for name, one in sets.items():
        values = np.asarray(one[()], dtype=np.float64)
        filler = one.attrs.get("NA")
        if filler is not None and np.ndim(filler) == 0 and np.issubdtype(np.asarray(filler).dtype, np.number):
            values[values == float(filler)] = np.nan
        done[name] = pd.DataFrame(values, index=zones, columns=zones)
    return done


def _dataset(file: str, group: Any, name: str, h5py: Any) -> Any:
    """A dataset that lies in this very file; links to other files and their paths are refused."""
    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise DataError(f"{file}: {name} points to another place or file; copy the matrix into the file")
    found = group[name]
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external:
        raise DataError(f"{file}: {name} is no matrix that lies in the file; export it again")
    return found


def _zones(file: str, store: Any, h5py: Any, lookup: str | None, n: int) -> pd.Index:
    names = list(store["lookup"]) if isinstance(store.get("lookup"), h5py.Group) else []
    if lookup is None and len(names) > 1:
        raise DataError(f"{file}: has several lists of zones ({', '.join(names)}); say which with lookup=")
    if lookup is not None and lookup not in names:
        there = ", ".join(names) or "none"
        raise DataError(f"{file}: no list of zones {lookup!r}; it has {there}.{name_near(lookup, names)}")
    if not names:
        return pd.RangeIndex(1, n + 1, name="zone_id").astype("int64")
    one = _dataset(file, store["lookup"], lookup or names[0], h5py)
    if one.shape != (n,):
        raise DataError(f"{file}: list of zones {lookup or names[0]} has the shape {one.shape} for {n} zones")
    values = one[()]
    if values.dtype.kind in "SO":
        labels = [v.decode("utf-8", errors="replace") if isinstance(v, bytes) else str(v) for v in values]
        found = pd.Index(labels, name="zone_id", dtype="str")
    else:
        found = pd.Index(values, name="zone_id")
        if found.dtype.kind == "f" and (found == found.astype("int64")).all():
            found = found.astype("int64")
    if not found.is_unique:
        raise DataError(f"{file}: list of zones names {found[found.duplicated()][0]} twice; give each zone its own")
    return found


def _h5py() -> Any:
    try:
        import h5py  # heavy, and only this door needs it
    except ImportError as fault:
        raise MissingExtraError("OMX needs h5py; install it with: pip install 'geoplan[omx]'") from fault
    return h5py
