"""Growth: jobs -> workers -> homes -> residents. Trips follow in `trip_growth`.

A scenario is a small table, one row a place where jobs come: how many, and how much of the growth stays in the area.
The six scenarios of the growth programme are such tables: one mining company or two, times how well both are tied
to the area (share of local supplies, share of the staff who live near).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.demand.coefficients import Coefficient, coefficient_table, growth_coefficients
from geoplan.errors import DataError, name_near, name_rows

log = logging.getLogger(__name__)
Array = NDArray[np.float64]

# Columns of the table of a scenario; a share is of the row's own growth.
INPUTS = {
    "zone_id": "zone where the direct jobs come",
    "direct_jobs": "new jobs in that place",
    "local_supply_share": "share of the indirect jobs that come to the area",
    "local_living_share": "share of those who take the new jobs who live, or come to live, in the area",
}


@dataclass(frozen=True, eq=False)
class Growth:
    """What a scenario brings to each zone.

    zones : zones with the growth added to jobs, employed_residents and population
    change : by zone_id: direct_jobs, indirect_jobs, workers, houses, flats, residents (all new)
    totals : sums, with the indirect jobs that go elsewhere and the workers who commute in from outside
    coefficients : value, meaning, source and confidence of each
    """

    zones: gpd.GeoDataFrame
    change: pd.DataFrame
    totals: pd.Series
    coefficients: pd.DataFrame


def grow(
    zones: gpd.GeoDataFrame,
    inputs: pd.DataFrame,
    *,
    area: Iterable[Any],
    coefficients: Mapping[str, Coefficient] | None = None,
    scenario: str | None = None,
    homes: pd.Series | None = None,
    supplies: pd.Series | None = None,
) -> Growth:
    """New jobs, workers, homes and residents of each zone.

    indirect jobs = direct jobs x indirect_per_direct, of which local_supply_share come to the area; workers in the
    area = new jobs x local_living_share, the others commute in from the zones outside; dwellings = workers in the
    area x dwellings_per_worker, of which house_share are houses.

    Parameters
    ----------
    zones
        Zones as in `Demand`, with known jobs, employed_residents and population.
    inputs
        One row a place with the columns of `INPUTS`; with a column `scenario` it may hold several.
    area
        Zone ids of the study area: here new people live and local supplies come from.
    coefficients
        {name: Coefficient}, see `coefficients.GROWTH`; those that the growth programme does not state must be given.
    scenario
        Which rows of `inputs`, when it holds several.
    homes
        Weights by zone_id of where new homes are built; residents when None.
    supplies
        Weights by zone_id of where indirect jobs come; jobs when None.

    Raises
    ------
    DataError
        Unknown zones or scenarios, shares out of bounds, coefficients without value or source.
    """
    known = growth_coefficients(coefficients)
    rows = _scenario_rows(inputs, scenario)
    inside = _inside(zones, area)
    _check_inputs(zones, rows)
    value = {name: c.value for name, c in known.items()}
    direct = rows.groupby("zone_id")["direct_jobs"].sum().reindex(zones.index, fill_value=0.0).to_numpy(dtype=float)
    jobs = rows["direct_jobs"].to_numpy(dtype=float)
    indirect = jobs * value["indirect_per_direct"]
    local = indirect * rows["local_supply_share"].to_numpy(dtype=float)
    living = rows["local_living_share"].to_numpy(dtype=float)
    workers_inside = float(((jobs + local) * living).sum())
    workers_outside = float(((jobs + local) * (1 - living)).sum())
    if workers_outside > 0 and inside.all():
        raise DataError("growth: some take the new jobs from outside, but all zones are in the area; add zones outside")

    built = _spread(zones, homes, "population", inside, "homes")
    new_jobs = direct + local.sum() * _spread(zones, supplies, "jobs", inside, "supplies")
    dwellings = workers_inside * value["dwellings_per_worker"] * built
    houses, flats = dwellings * value["house_share"], dwellings * (1 - value["house_share"])
    workers = workers_inside * built
    if workers_outside > 0:
        workers = workers + workers_outside * _spread(zones, None, "employed_residents", ~inside, "workers")
    change = pd.DataFrame(
        {
            "direct_jobs": direct,
            "indirect_jobs": new_jobs - direct,
            "workers": workers,
            "houses": houses,
            "flats": flats,
            "residents": houses * value["residents_per_house"] + flats * value["residents_per_flat"],
        },
        index=zones.index,
    )
    grown = zones.copy()
    grown["jobs"] = zones["jobs"] + new_jobs
    grown["employed_residents"] = zones["employed_residents"] + workers
    grown["population"] = zones["population"] + change["residents"]
    totals = change.sum()
    totals["indirect_jobs_elsewhere"] = float((indirect - local).sum())
    totals["workers_from_outside"] = workers_outside
    log.info("growth: %.0f jobs, %.0f dwellings, %.0f residents", new_jobs.sum(), dwellings.sum(), totals["residents"])
    return Growth(grown, change, totals.rename(scenario or "growth"), coefficient_table(known))


def scenario_grid(
    places: Mapping[str, Mapping[Any, float]], integration: Mapping[str, tuple[float, float]]
) -> pd.DataFrame:
    """Inputs for every pair of a set of mines and a degree of integration, such as two by three.

    Parameters
    ----------
    places
        {name: {zone_id: direct jobs}}, such as {"one mine": ..., "two mines": ...}.
    integration
        {name: (local_supply_share, local_living_share)}, such as {"low": ..., "middle": ..., "high": ...}.

    Returns
    -------
    Table for `grow`, its scenarios named `{place}, {integration}`.
    """
    rows = [
        (f"{place}, {degree}", zone, jobs, supply, living)
        for place, mines in places.items()
        for degree, (supply, living) in integration.items()
        for zone, jobs in mines.items()
    ]
    return pd.DataFrame(rows, columns=["scenario", *INPUTS])


def _scenario_rows(inputs: pd.DataFrame, scenario: str | None) -> pd.DataFrame:
    missing = [name for name in INPUTS if name not in inputs]
    if missing:
        raise DataError(
            f"growth: columns {', '.join(missing)} are missing from the inputs ({INPUTS[missing[0]]}); add them"
        )
    if "scenario" not in inputs:
        return inputs
    names = list(dict.fromkeys(inputs["scenario"]))
    if scenario is None and len(names) > 1:
        raise DataError(f"growth: the inputs hold several scenarios; name one of {', '.join(map(str, names))}")
    chosen = names[0] if scenario is None and names else scenario
    if chosen not in names:
        raise DataError(
            f"growth: no scenario {chosen!r} in the inputs.{name_near(str(chosen), [str(n) for n in names])}"
        )
    return inputs[inputs["scenario"] == chosen]


def _check_inputs(zones: gpd.GeoDataFrame, rows: pd.DataFrame) -> None:
    faults = []
    strange = [zone for zone in rows["zone_id"] if zone not in zones.index]
    if strange:
        near = name_near(str(strange[0]), [str(z) for z in zones.index])
        faults.append(f"zone {strange[0]!r} is not in the zones.{near}")
    for name, high in (("direct_jobs", np.inf), ("local_supply_share", 1.0), ("local_living_share", 1.0)):
        values = rows[name].to_numpy(dtype=np.float64)
        wrong = ~((values >= 0) & (values <= high))
        if wrong.any():
            at = name_rows(rows["zone_id"][wrong].to_list())
            faults.append(f"{name} is unknown or not between 0 and {high:g} in {at}; set it")
    for name in ("jobs", "employed_residents", "population"):
        if zones[name].isna().any():
            at = name_rows(zones.index[zones[name].isna()].to_list())
            faults.append(f"{name} is unknown in {at}; estimate_activity fills workers and jobs")
    if faults:
        raise DataError("growth: " + "; ".join(faults))


def _inside(zones: gpd.GeoDataFrame, area: Iterable[Any]) -> NDArray[np.bool_]:
    wanted = list(area)
    lost = [zone for zone in wanted if zone not in zones.index]
    if lost:
        near = name_near(str(lost[0]), [str(z) for z in zones.index])
        raise DataError(f"growth: area names {lost[0]!r}, which is no zone.{near}")
    if not wanted:
        raise DataError("growth: area is empty; name the zones of the study area")
    return zones.index.isin(wanted)


def _spread(
    zones: gpd.GeoDataFrame, weights: pd.Series | None, column: str, where: NDArray[np.bool_], what: str
) -> Array:
    """Shares by zone that sum to 1, by weights given or by a column, over the zones `where`."""
    if weights is None:
        values = np.where(where, zones[column].to_numpy(dtype=np.float64), 0.0)
    else:
        lost = weights.index.difference(zones.index)
        if len(lost):
            raise DataError(f"growth: {what} names zones that are not there: {name_rows(lost.to_list())}; correct them")
        values = weights.reindex(zones.index, fill_value=0.0).to_numpy(dtype=np.float64)
    if not (np.isfinite(values) & (values >= 0)).all() or values.sum() <= 0:
        raise DataError(f"growth: the weights of {what} are unknown, negative or all 0; give others")
    return values / values.sum()
