"""New jobs and homes on top of the trips of today: the pattern stays, the margins move.

The matrix of today is the seed of a doubly constrained balance (pivot point): each zone's trip ends grow as its workers
and jobs do. When jobs and workers do not grow alike, jobs decide the total and workers of all zones fill them.
Source: Ortuzar and Willumsen, Modelling Transport, ch. 5 (growth-factor methods).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.demand.demand import Demand
from geoplan.demand.furness import balance
from geoplan.errors import DataError, name_near

TOLERANCE = 1e-10


def grow_demand(
    demand: Demand,
    *,
    jobs: Mapping[str, float] | None = None,
    homes: Mapping[str, float] | None = None,
    workers_per_home: float,
) -> Demand:
    """Trips when some zones have more (or fewer) jobs and homes.

    Parameters
    ----------
    jobs, homes
        Change by zone id.
    workers_per_home
        Employed residents of a new home; an assumption of the caller's, kept in `meta["growth"]`.

    Returns
    -------
    Demand with new `jobs` and `employed_residents`, and matrices balanced to the new margins. `meta["growth"]` tells
    what was added and which zones had no trips to take a pattern from (they take that of all zones together).

    Raises
    ------
    DataError
        Unknown zone, jobs or workers not known where they change, or fewer than none left.
    """
    zones = demand.zones.copy()
    change = {
        "jobs": _by_zone(demand, jobs or {}),
        "employed_residents": _by_zone(demand, homes or {}) * workers_per_home,
    }
    factors: dict[str, NDArray[np.float64]] = {}
    for column, more in change.items():
        old = zones[column].to_numpy(dtype=np.float64)
        unknown = np.isnan(old) & (more.to_numpy() != 0)
        if unknown.any():
            raise DataError(f"zones: {column} of {zones.index[unknown][0]} is not known; set it before it grows")
        new = old + more.to_numpy()
        if (new < 0).any():
            raise DataError(f"zones: {column} of {zones.index[new < 0][0]} would fall below 0; correct the change")
        with np.errstate(divide="ignore", invalid="ignore"):
            factors[column] = np.where(more.to_numpy() == 0, 1.0, new / old)
        zones[column] = new
    bare: list[str] = []
    matrices = {name: _pivot(matrix, factors, zones, bare) for name, matrix in demand.matrices.items()}
    earlier = demand.meta.get("growth", {})
    record = {
        "jobs": {**earlier.get("jobs", {}), **(jobs or {})},
        "homes": {**earlier.get("homes", {}), **(homes or {})},
        "workers_per_home": workers_per_home,
        "zones_without_pattern": sorted(set(bare)),
    }
    return replace(demand, zones=zones, matrices=matrices, meta={**demand.meta, "growth": record})


def _by_zone(demand: Demand, change: Mapping[str, float]) -> pd.Series:
    lost = [zone for zone in change if zone not in demand.zones.index]
    if lost:
        raise DataError(f"no zone is called {lost[0]!r}.{name_near(lost[0], [str(z) for z in demand.zones.index])}")
    return pd.Series(change, dtype="float64").reindex(demand.zones.index, fill_value=0.0)


def _pivot(
    matrix: pd.DataFrame, factors: Mapping[str, NDArray[np.float64]], zones: pd.DataFrame, bare: list[str]
) -> pd.DataFrame:
    seed = matrix.to_numpy(dtype=np.float64, copy=True)
    if seed.sum() <= 0:
        return matrix
    rows = _margin(seed.sum(axis=1), factors["employed_residents"], zones["employed_residents"].to_numpy())
    columns = _margin(seed.sum(axis=0), factors["jobs"], zones["jobs"].to_numpy())
    for empty, other, axis in ((rows, seed.sum(axis=0), 0), (columns, seed.sum(axis=1), 1)):
        new = (empty > 0) & (seed.sum(axis=1 - axis) <= 0)
        bare += [str(zone) for zone in zones.index[new]]
        if axis == 0:
            seed[new] = other
        else:
            seed[:, new] = other[:, None]
    rows *= columns.sum() / rows.sum()
    balanced = balance(seed, rows, columns, tolerance=TOLERANCE, max_iterations=10_000)
    grown = seed * balanced.row_factor[:, None] * balanced.column_factor
    return pd.DataFrame(grown, index=matrix.index, columns=matrix.columns)


def _margin(
    old: NDArray[np.float64], factor: NDArray[np.float64], activity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Trip ends grown by the factor; a zone that had none gets the mean rate of the others for its new activity."""
    grown = np.where(np.isfinite(factor), old * np.where(np.isfinite(factor), factor, 1.0), 0.0)
    new = ~np.isfinite(factor) & (activity > 0)
    if new.any():
        active = (old > 0) & (activity > 0)
        rate = old[active].sum() / activity[active].sum() if active.any() else 0.0
        grown[new] = activity[new] * rate
    return grown
