"""Trips after growth: today's trips stay the pattern, and the margins, or a gravity model, say what is added.

By factors: the matrix of today is the seed of a doubly constrained balance; each zone's trip ends grow as its workers
and jobs do. When jobs and workers do not grow alike, jobs decide the total and workers of all zones fill them. By the
model: today's trips plus what the gravity model that made them says of the change (pivot-point).
Source: Ortuzar and Willumsen, Modelling Transport, ch. 5 (growth-factor methods) and ch. 12 (pivot-point).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.demand.demand import Demand
from geoplan.demand.furness import balance
from geoplan.demand.gravity import distribute
from geoplan.demand.pivot_point import pivot_point
from geoplan.errors import DataError, name_near

log = logging.getLogger(__name__)
TOLERANCE = 1e-10
ENDS = ("employed_residents", "jobs")  # what makes trips at home and at work


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
    As `grow_trips`; `meta["growth"]` also tells what was added.

    Raises
    ------
    DataError
        Unknown zone, jobs or workers not known where they change, or fewer than none left.
    """
    zones = demand.zones.copy()
    change = {"jobs": _by_zone(demand, jobs or {}), "employed_residents": _by_zone(demand, homes or {})}
    change["employed_residents"] *= workers_per_home
    for column, more in change.items():
        moved = more != 0
        if (unknown := moved & zones[column].isna()).any():
            raise DataError(f"zones: {column} of {zones.index[unknown][0]} is not known; set it before it grows")
        zones[column] = zones[column].mask(moved, zones[column] + more)
    grown = grow_trips(demand, zones)
    earlier = demand.meta.get("growth", {})
    record = {
        **grown.meta["growth"],
        "jobs": {**earlier.get("jobs", {}), **(jobs or {})},
        "homes": {**earlier.get("homes", {}), **(homes or {})},
        "workers_per_home": workers_per_home,
    }
    return replace(grown, meta={**grown.meta, "growth": record})


def grow_trips(
    base: Demand,
    zones: gpd.GeoDataFrame,
    *,
    skim: pd.DataFrame | None = None,
    new_skim: pd.DataFrame | None = None,
    form: Literal["difference", "ratio"] = "difference",
) -> Demand:
    """Trips when zones have other numbers of workers and jobs; what `base` observed stays, plus the change.

    Parameters
    ----------
    base
        Trips of today, in any unit (commuters, cars an hour).
    zones
        The zones of `base` after the growth, such as those of `grow`.
    skim, new_skim
        Costs between the zones before and after (the same when None), as in `distribute`. With them the gravity model
        that made `base` (`meta["gravity"]`) is run before and after and says what changes; without, trip ends grow by
        factors and the pattern stays, trips kept within municipalities included.
    form
        How the change of the model is put on the base, see `pivot_point`.

    Returns
    -------
    Demand over `zones`. `meta["growth"]` tells how and, by factors, which zones had no trips to take a pattern from
    (they take that of all zones together).

    Raises
    ------
    DataError
        Other zones, fewer than no workers or jobs, or no gravity model to run.
    """
    if not zones.index.equals(base.zones.index):
        raise DataError("growth: the zones are not those of the demand; grow its own zones")
    for column in ENDS:
        if (zones[column] < 0).any():
            raise DataError(f"zones: {column} of {zones.index[zones[column] < 0][0]} would fall below 0; correct it")
    record: dict[str, Any] = {"by": "factors" if skim is None else "model", "zones_without_pattern": []}
    if skim is None:
        bare: list[str] = []
        factors = {column: _factors(base.zones[column], zones[column]) for column in ENDS}
        matrices = {name: _by_factors(matrix, factors, zones, bare) for name, matrix in base.matrices.items()}
        record["zones_without_pattern"] = sorted(set(bare))
    else:
        matrices = _by_model(base, zones, skim, skim if new_skim is None else new_skim, form)
    return replace(base, zones=zones, matrices=matrices, meta={**base.meta, "growth": record})


def _factors(old: pd.Series, new: pd.Series) -> NDArray[np.float64]:
    """Growth by zone: 1 where nothing changes (or nothing is known), inf where there was nothing."""
    before, after = old.to_numpy(dtype=np.float64), new.to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((after == before) | np.isnan(after), 1.0, after / before)


def _by_model(
    base: Demand,
    zones: gpd.GeoDataFrame,
    skim: pd.DataFrame,
    new_skim: pd.DataFrame,
    form: Literal["difference", "ratio"],
) -> dict[str, pd.DataFrame]:
    """Base matrices moved by what the gravity model says of the change, in the unit of the base."""
    record = base.meta.get("gravity")
    if record is None:
        raise DataError("growth: the base has no gravity model (meta['gravity']); make it with distribute")
    if "containment" in base.meta:
        raise DataError("growth: the base is balanced by municipality, which the model alone cannot do; leave out skim")
    options: dict[str, Any] = {
        "deterrence": record["deterrence"],
        "parameters": record["parameters"],
        "productions": record["productions"],
        "attractions": record["attractions"],
        "keep": "attractions",
    }
    before, after = distribute(base.zones, skim, **options), distribute(zones, new_skim, **options)
    # The model makes commuters; the base may hold the cars of an hour (see `peak_hour`).
    unit = _unit(base, record)
    matrices = {
        name: pivot_point(matrix, before.matrices[name] * unit, after.matrices[name] * unit, form=form)
        if name in before.matrices
        else matrix
        for name, matrix in base.matrices.items()
    }
    kept = [name for name in base.matrices if name not in before.matrices]
    if kept:
        log.info("growth: classes without a gravity model stay as they are: %s", ", ".join(kept))
    return matrices


def _unit(base: Demand, record: Mapping[str, Any]) -> float:
    """Trips of the base for each trip of the model that made it."""
    peak = base.meta.get("peak")
    if peak is None:
        return 1.0
    if peak["return_share"]:
        raise DataError("growth: the base mixes trips to work and back; grow the commuters, then take the peak hour")
    return float(peak["peak_share"] * peak["driver_share"])


def _by_zone(demand: Demand, change: Mapping[str, float]) -> pd.Series:
    lost = [zone for zone in change if zone not in demand.zones.index]
    if lost:
        raise DataError(f"no zone is called {lost[0]!r}.{name_near(lost[0], [str(z) for z in demand.zones.index])}")
    return pd.Series(change, dtype="float64").reindex(demand.zones.index, fill_value=0.0)


def _by_factors(
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
