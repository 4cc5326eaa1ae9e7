"""First estimates for zones without counted workers and jobs; from commuters to vehicles an hour."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.demand.demand import Demand, build_demand
from geoplan.errors import DataError, name_rows

log = logging.getLogger(__name__)


def estimate_activity(
    zones: gpd.GeoDataFrame,
    *,
    employed_share: float | Mapping[str, float],
    source: str,
    net_commuting: pd.Series | None = None,
) -> gpd.GeoDataFrame:
    """Fill unknown `employed_residents` and `jobs`, and mark them as assumed. Known values stay.

    Workers are population times the employed share. The jobs of a municipality are its workers plus its net
    commuting; what its known zones leave of them is shared out by workers over its unknown zones.

    Parameters
    ----------
    zones
        Zones as in `Demand`.
    employed_share
        Employed residents over all residents; one number, or one for each `municipality_code`.
    source
        Where `employed_share` comes from; written to the column `activity_source` of the rows filled.
    net_commuting
        In-commuters less out-commuters by `municipality_code`. Where there is no figure it is
        zero.

    Returns
    -------
    Zones with the column `assumed` (names of the columns estimated in that row, parted by commas).

    Raises
    ------
    DataError
        Population unknown where it is needed, or more jobs known in a municipality than it has.
    """
    zones = zones.copy()
    code = zones["municipality_code"].astype("str")
    unknown_workers = zones["employed_residents"].isna().to_numpy()
    share = pd.Series(
        employed_share if not isinstance(employed_share, Mapping) else code.map(dict(employed_share)),
        index=zones.index,
        dtype="float64",
    )
    bad = unknown_workers & ~((share > 0) & (share <= 1)).to_numpy()
    if bad.any():
        raise DataError(f"employed_share: not between 0 and 1 for {name_rows(zones.index[bad].to_list())}; set it")
    workers = zones["employed_residents"].where(~unknown_workers, zones["population"] * share)
    if workers.isna().any():
        rows = name_rows(zones.index[workers.isna()].to_list())
        raise DataError(f"zones: neither employed_residents nor population is known in {rows}; set one")
    unknown_jobs = zones["jobs"].isna().to_numpy()
    balance = code.map(net_commuting).fillna(0.0) if net_commuting is not None else pd.Series(0.0, index=zones.index)
    left = workers.groupby(code).transform("sum") + balance - zones["jobs"].groupby(code).transform("sum")
    weight = workers.where(unknown_jobs, 0.0)
    part = weight / weight.groupby(code).transform("sum")
    jobs = zones["jobs"].where(~unknown_jobs, left * part.fillna(0.0))
    if (jobs < 0).any():
        rows = name_rows(zones.index[jobs < 0].to_list())
        raise DataError(
            f"zones: more jobs known than workers plus net commuting in the municipality of {rows}; correct"
        )
    zones["employed_residents"], zones["jobs"] = workers, jobs
    marks = [
        ",".join(name for name, filled in (("employed_residents", w), ("jobs", j)) if filled)
        for w, j in zip(unknown_workers, unknown_jobs, strict=True)
    ]
    zones["assumed"] = pd.Series(marks, index=zones.index, dtype="str")
    zones["activity_source"] = pd.Series(np.where([bool(m) for m in marks], source, ""), index=zones.index, dtype="str")
    log.info(
        "zones: workers estimated in %d and jobs in %d of %d zones",
        unknown_workers.sum(), unknown_jobs.sum(), len(zones),
    )  # fmt: skip
    return zones


def peak_hour(
    commuters: Demand,
    *,
    peak_share: float,
    source: str,
    driver_share: float = 1.0,
    return_share: float = 0.0,
) -> Demand:
    """Vehicles an hour in a peak hour, from commuters a day (one way, home to work).

    Parameters
    ----------
    commuters
        Matrices of commuters from home to work.
    peak_share
        Share of them who travel in that hour, 0 to 1.
    source
        Where the shares come from; kept in the meta data.
    driver_share
        Cars to a commuter: share who go by car over people in a car.
    return_share
        Share of the commuters who travel home (work to home) in that hour.

    Returns
    -------
    Demand in vehicles an hour; `meta["peak"]` says how it was made.
    """
    shares = {"peak_share": peak_share, "driver_share": driver_share, "return_share": return_share}
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise DataError(f"{name} {value} is not between 0 and 1")
    matrices = {
        name: driver_share * (peak_share * matrix + return_share * matrix.T.set_axis(matrix.columns, axis=1))
        for name, matrix in commuters.matrices.items()
    }
    return build_demand(commuters.zones, matrices, {**commuters.meta, "peak": {**shares, "source": source}})


def hourly_demand(
    commuters: Demand, profile: pd.DataFrame, *, source: str, driver_share: float = 1.0
) -> dict[int, Demand]:
    """Vehicles in each hour of a day.

    Parameters
    ----------
    commuters
        Matrices of commuters a day, home to work.
    profile
        Indexed by hour (0-23): `to_work` and `to_home`, shares of the commuters on the way in it. Each column
        sums to at most 1.
    source, driver_share
        As in `peak_hour`.

    Returns
    -------
    {hour: Demand}
    """
    for name in ("to_work", "to_home"):
        if name not in profile:
            raise DataError(f"profile: column {name} is missing; add the share of commuters by hour")
        if not (profile[name] >= 0).all() or profile[name].sum() > 1 + 1e-9:
            raise DataError(f"profile: {name} holds unknown or negative shares, or sums to more than 1; correct it")
    return {
        int(hour): peak_hour(
            commuters, peak_share=to_work, return_share=to_home, driver_share=driver_share, source=source
        )
        for hour, to_work, to_home in zip(profile.index, profile["to_work"], profile["to_home"], strict=True)
    }
