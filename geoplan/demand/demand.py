"""Trips between zones: the table of zones and one matrix for each class of vehicles."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near, name_rows

log = logging.getLogger(__name__)

# Columns that every zone table has: name -> kind. A number that is not known is NaN.
ZONE_COLUMNS = {
    "name": "text",
    "node_id": "id",
    "population": "float",
    "employed_residents": "float",
    "jobs": "float",
    "municipality_code": "text",
}


@dataclass(frozen=True, eq=False)
class Demand:
    """Who wants to travel. Frozen: functions return new ones; never write into its frames.

    Parameters
    ----------
    zones
        GeoDataFrame indexed by `zone_id`: name, node_id (node where trips enter the network; several zones
        may share one), population, employed_residents, jobs, municipality_code, and whatever else is known.
    matrices
        Square tables of trips an hour (`vph`), one for each class such as `car`: origins as index,
        destinations as columns, both equal to the index of `zones`. The diagonal holds trips within zones.
    meta
        What travels with the data: `source`, `data_date`, `period` and whatever a door or a model adds.

    Use `build_demand` to make one: it completes the columns and checks the tables.
    """

    zones: gpd.GeoDataFrame
    matrices: Mapping[str, pd.DataFrame]
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.matrices)

    def __repr__(self) -> str:
        sums = {name: matrix.to_numpy().sum() for name, matrix in self.matrices.items()}
        trips = ", ".join(f"{name} {trips:,.0f}" for name, trips in sums.items()) or "none"
        return f"<Demand {self.meta.get('name', '')!r}: {len(self.zones)} zones; trips an hour: {trips}>"


def build_demand(
    zones: gpd.GeoDataFrame,
    matrices: Mapping[str, pd.DataFrame],
    meta: Mapping[str, Any] | None = None,
    *,
    unknown: Literal["error", "zero"] = "error",
) -> Demand:
    """Complete the zone table, check it and the matrices, and put them together.

    Parameters
    ----------
    zones, matrices, meta
        As in `Demand`. Rows and columns of a matrix may come in another order than the zones.
    unknown
        What to do with NaN trips: an error, or zero trips, counted in `meta["unknown_cells"]`.

    Raises
    ------
    DataError
        Lists every fault at once with its rows and cure.
    """
    zones = _complete_zones(zones)
    faults = _zone_faults(zones)
    done: dict[str, pd.DataFrame] = {}
    unknown_cells: dict[str, int] = {}
    for name, matrix in matrices.items():
        new_faults = _matrix_faults(name, matrix, zones.index) if zones.index.is_unique else []
        faults += new_faults
        if new_faults:
            continue
        values = matrix.reindex(index=zones.index, columns=zones.index).to_numpy(dtype=np.float64, copy=True)
        missing = np.isnan(values)
        if missing.any():
            if unknown == "error":
                rows = name_rows(zones.index[missing.any(axis=1)].to_list())
                faults.append(
                    f"matrix {name}: {int(missing.sum())} cells have no trips (NaN) in {rows}; "
                    "fill them, or pass unknown='zero'"
                )
                continue
            unknown_cells[name] = int(missing.sum())
            values[missing] = 0.0
            log.warning("matrix %s: %d unknown cells count as no trips", name, unknown_cells[name])
        done[name] = pd.DataFrame(values, index=zones.index, columns=zones.index.rename("destination"))
    if faults:
        raise DataError("; ".join(faults))
    meta = dict(meta or {})
    if unknown_cells:
        meta["unknown_cells"] = unknown_cells
    return Demand(zones, done, meta)


def scale_demand(demand: Demand, factor: float, *, classes: Iterable[str] | None = None) -> Demand:
    """The demand with all trips (or those of some classes) times `factor` >= 0."""
    if not (np.isfinite(factor) and factor >= 0):
        raise DataError(f"factor {factor} is not a finite number >= 0; demand cannot be scaled by it")
    chosen = set(demand.classes if classes is None else [require_class(demand, name) for name in classes])
    matrices = {name: m * factor if name in chosen else m for name, m in demand.matrices.items()}
    return replace(demand, matrices=matrices)


def total(demand: Demand, class_name: str | None = None, *, intrazonal: bool = True) -> float:
    """Trips an hour of one class, or of all; without those inside the zones when `intrazonal` is False."""
    names = demand.classes if class_name is None else (require_class(demand, class_name),)
    trips = 0.0
    for name in names:
        values = demand.matrices[name].to_numpy()
        trips += float(values.sum()) - (0.0 if intrazonal else float(np.trace(values)))
    return trips


def with_matrices(demand: Demand, matrices: Mapping[str, pd.DataFrame]) -> Demand:
    """The same zones with other matrices (added, or put in the place of those of the same class), checked."""
    return build_demand(demand.zones, {**demand.matrices, **matrices}, demand.meta)


def trip_table(demand: Demand, class_name: str | None = None, *, least: float = 0.0) -> pd.DataFrame:
    """Trips in long form, cells above `least` only: columns class, origin, destination, trips_vph."""
    names = demand.classes if class_name is None else (require_class(demand, class_name),)
    parts = []
    for name in names:
        values = demand.matrices[name].to_numpy()
        i, j = np.nonzero(values > least)
        ids = demand.zones.index
        parts.append(pd.DataFrame({"class": name, "origin": ids[i], "destination": ids[j], "trips_vph": values[i, j]}))
    if not parts:
        return pd.DataFrame({"class": [], "origin": [], "destination": [], "trips_vph": []})
    return pd.concat(parts, ignore_index=True)


def require_class(demand: Demand, name: str) -> str:
    """The class name when the demand has it; otherwise DataError with near ones."""
    if name not in demand.matrices:
        known = ", ".join(demand.classes) or "none"
        raise DataError(f"no class {name!r} in the demand, which has {known}.{name_near(name, list(demand.classes))}")
    return name


def _complete_zones(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every column of ZONE_COLUMNS present and typed, the rest kept behind them, geometry last."""
    if not isinstance(zones, gpd.GeoDataFrame):
        raise DataError("zones is a table without geometry; give a GeoDataFrame with a point or area for each zone")
    plain = pd.DataFrame(zones.drop(columns=zones.geometry.name))
    columns: dict[str, Any] = {}
    for name, kind in ZONE_COLUMNS.items():
        values = plain.get(name)
        if kind == "float":
            columns[name] = np.full(len(plain), np.nan) if values is None else _numbers(name, values)
        elif kind == "text":
            blank = pd.Series("", index=plain.index, dtype="str")
            columns[name] = blank if values is None else values.astype("object").where(values.notna(), "").astype("str")
        elif values is not None:
            columns[name] = values
    for name in plain.columns:
        if name not in ZONE_COLUMNS:
            columns[name] = plain[name]
    done = gpd.GeoDataFrame(pd.DataFrame(columns, index=plain.index), geometry=zones.geometry.array, crs=zones.crs)
    done.index = done.index.rename("zone_id")
    return done


def _numbers(name: str, values: pd.Series) -> pd.Series:
    """Column as float; DataError that names the rows that hold no number."""
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = values.index[numbers.isna() & values.notna()].to_list()
    if wrong:
        raise DataError(f"zones: {name_rows(wrong)} have a {name} that is no number ({values[wrong[0]]!r}); correct it")
    return numbers


def _zone_faults(zones: gpd.GeoDataFrame) -> list[str]:
    faults = []
    if not zones.index.is_unique:
        twice = zones.index[zones.index.duplicated()].unique().to_list()
        faults.append(f"zones: duplicate zone_id: {name_rows(twice)}; give each zone its own id")
    if "node_id" not in zones:
        faults.append("zones: column node_id is missing (node where trips enter the network); add it")
    elif zones["node_id"].isna().any():
        lost = zones.index[zones["node_id"].isna()].to_list()
        faults.append(f"zones: {name_rows(lost)} have no node_id; set the node where their trips enter the network")
    for name in ("population", "employed_residents", "jobs"):
        wrong = zones.index[zones[name].to_numpy() < 0].to_list()
        if wrong:
            faults.append(f"zones: {name_rows(wrong)} have {name} < 0; set the right value, or leave it empty")
    return faults


def _matrix_faults(name: str, matrix: pd.DataFrame, zone_ids: pd.Index) -> list[str]:
    """Faults of one matrix but for NaN, which `build_demand` judges."""
    for side, labels in (("rows", matrix.index), ("columns", matrix.columns)):
        if not labels.is_unique:
            twice = labels[labels.duplicated()].unique().to_list()
            return [f"matrix {name}: {side} named twice: {_names(twice)}; keep one of each"]
        strange = labels.difference(zone_ids)
        if len(strange):
            return [f"matrix {name}: {side} {_names(strange)} are no zones; add the zones or drop the {side}"]
        lacking = zone_ids.difference(labels)
        if len(lacking):
            return [f"matrix {name}: zones {_names(lacking)} have no {side}; add them (0 where nobody travels)"]
    try:
        values = matrix.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        return [f"matrix {name}: holds cells that are no numbers; correct them"]
    faults = []
    for what, wrong in (("negative", values < 0), ("infinite", np.isinf(values))):
        if wrong.any():
            i, j = (int(k[0]) for k in np.nonzero(wrong))
            cell = f"{matrix.index[i]} to {matrix.columns[j]} = {values[i, j]:g}"
            faults.append(f"matrix {name}: {int(wrong.sum())} cells are {what} (first: {cell}); correct them")
    return faults


def _names(values: Iterable[Hashable], limit: int = 5) -> str:
    shown = list(values)
    return ", ".join(str(v) for v in shown[:limit]) + (f" and {len(shown) - limit} more" if len(shown) > limit else "")
