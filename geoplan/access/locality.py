"""Locality analysis (ortsanalys): what each locality is, has and can reach, as a table for a comprehensive plan."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.access.opportunities import Times, accessibility
from geoplan.errors import DataError, name_rows

log = logging.getLogger(__name__)

ROLES = ("centre", "satellite", "on_its_own", "unknown")


@dataclass(frozen=True)
class RoleRule:
    """When a locality is a centre, a satellite or on its own.

    - centre: at least `centre_jobs` jobs, and `centre_jobs_per_worker` jobs for each employed resident
    - satellite: no centre, but one within `satellite_min` minutes by `mode`
    - on its own: neither

    The defaults are a working rule to be agreed on with the municipality, not a norm; `source` says so and goes with
    the answer.
    """

    centre_jobs: float = 1000.0
    centre_jobs_per_worker: float = 0.8
    satellite_min: float = 30.0
    mode: str = "car"
    source: str = "working rule of geoplan, assumed"


def locality_analysis(
    localities: gpd.GeoDataFrame,
    times: Times,
    *,
    stops: gpd.GeoDataFrame | None = None,
    services: gpd.GeoDataFrame | None = None,
    rule: RoleRule | None = None,
    limits_min: Sequence[float] = (30, 45, 60),
    stops_complete: bool | pd.Series = False,
    services_complete: bool | pd.Series = False,
    stop_reach_m: float = 2000.0,
    service_reach_m: float = 2000.0,
    within_zone_min: float | None = 5.0,
) -> gpd.GeoDataFrame:
    """Each locality with people, jobs, what is in reach, departures a day and its role.

    Parameters
    ----------
    localities
        Points or areas indexed by zone_id, in metres: name, population, employed_residents, jobs; `assumed` where
        figures were assumed. Unknown figures stay unknown.
    times
        Seconds between localities by mode (see `accessibility`), at least that of the rule.
    stops
        Points in metres: departures_per_day (NaN where not known) and `mode`; `name` where known. Several platforms
        of one name count as one stop.
    services
        Points in metres with `kind` (school, groceries, health ...).
    rule
        What makes a role; kept in `.attrs["rule"]`.
    stops_complete, services_complete
        Whether the table holds all stops (services) of the localities, for all or by zone_id. Only then is a locality
        without any in reach known to have none; else its departures (numbers) are not known.
    stop_reach_m, service_reach_m
        Straight-line distance from the point (or the area) of the locality that counts as in reach. A point stands for
        a whole built-up area: give areas, or a distance that covers it.
    within_zone_min
        Minutes of a trip inside a locality, for its own jobs; an assumption.

    Returns
    -------
    Indexed by zone_id, one row a locality:

    - name, municipality_code, population, employed_residents, jobs, jobs_per_worker
    - jobs_<mode>_<limit>min with `_at_least` and `_assumed_pct`, as `accessibility`
    - nearest_centre, nearest_centre_name, centre_<mode>_min: the nearest other centre by the mode of the rule
    - stops_in_reach, best_stop, departures_per_day (of the best-served stop in reach), nearest_station, station_m
    - services_<kind>: number in reach
    - role (centre, satellite, on_its_own, unknown), role_why, assumed (columns of the locality that were assumed)

    Without `stops` or `services` their columns are left out: not asked is not zero.
    """
    rule = rule or RoleRule()
    if rule.mode not in times:
        raise DataError(f"times: no mode {rule.mode!r}, which the rule asks for; the modes are {', '.join(times)}")
    _check(localities)
    kept = [name for name in ("name", "municipality_code", "municipality", "population") if name in localities]
    table = pd.DataFrame(localities[kept]).rename_axis("zone_id")
    for name in ("employed_residents", "jobs"):
        table[name] = localities[name].astype("float64")
    table["jobs_per_worker"] = table["jobs"] / table["employed_residents"].where(table["employed_residents"] > 0)
    reach = accessibility(localities, times, columns=("jobs",), limits_min=limits_min, within_zone_min=within_zone_min)
    table = table.join(reach.drop(columns="name", errors="ignore"))
    table = table.join(_centres(table, times, rule))
    if stops is not None:
        table = table.join(_public_transport(localities, stops, stops_complete, stop_reach_m))
    if services is not None:
        table = table.join(_services(localities, services, services_complete, service_reach_m))
    for name in ("role", "role_why"):  # last, where a reader looks for the answer
        table[name] = table.pop(name)
    table["assumed"] = localities.get("assumed", "")
    done = gpd.GeoDataFrame(table, geometry=localities.geometry.array, crs=localities.crs)
    done.attrs["rule"] = asdict(rule)
    log.info("localities: %s", ", ".join(f"{n} {role}" for role, n in done["role"].value_counts().items()))
    return done


def _check(localities: gpd.GeoDataFrame) -> None:
    lacking = [name for name in ("name", "population", "employed_residents", "jobs") if name not in localities]
    if lacking:
        raise DataError(f"localities: columns {', '.join(lacking)} are missing; add them (empty where not known)")
    if localities.crs is None or not localities.crs.is_projected:
        raise DataError("localities: not in a projected coordinate system in metres; call to_crs first")
    if not localities.index.is_unique:
        twice = localities.index[localities.index.duplicated()].unique().to_list()
        raise DataError(f"localities: {name_rows(twice)} stand twice; give each locality one row")


def _is_centre(table: pd.DataFrame, rule: RoleRule) -> NDArray[np.float64]:
    """1 yes, 0 no, NaN not known."""
    jobs, ratio = table["jobs"].to_numpy(), table["jobs_per_worker"].to_numpy()
    enough = np.where(np.isnan(jobs), np.nan, jobs >= rule.centre_jobs)
    dense = np.where(np.isnan(ratio), np.nan, ratio >= rule.centre_jobs_per_worker)
    # One "no" is enough to say no; "yes" needs both.
    return np.where((enough == 0) | (dense == 0), 0.0, enough * dense)


def _centres(table: pd.DataFrame, times: Times, rule: RoleRule) -> pd.DataFrame:
    """Nearest other centre of each locality, and the role with its reason."""
    centre = _is_centre(table, rule)
    minutes = {
        mode: seconds.reindex(index=table.index, columns=table.index).to_numpy(dtype=np.float64) / 60.0
        for mode, seconds in times.items()
    }
    by_rule = minutes[rule.mode].copy()
    np.fill_diagonal(by_rule, np.inf)
    to_centre = np.where((centre == 1)[None, :] & ~np.isnan(by_rule), by_rule, np.inf)
    nearest = to_centre.argmin(axis=1)
    best = to_centre.min(axis=1)
    # A locality that may be a centre, or lies at an unknown distance, keeps "on its own" from being sure.
    maybe = (np.isnan(centre)[None, :] & ~(by_rule > rule.satellite_min)).any(axis=1)
    maybe |= ((centre == 1)[None, :] & np.isnan(by_rule)).any(axis=1)
    found = np.isfinite(best)
    done = pd.DataFrame(index=table.index)
    done["nearest_centre"] = np.where(found, table.index.to_numpy().astype(object)[nearest], "")
    done["nearest_centre_name"] = np.where(found, table["name"].to_numpy().astype(object)[nearest], "")
    for mode, values in minutes.items():
        done[f"centre_{mode}_min"] = np.where(found, values[np.arange(len(table)), nearest], np.nan)
    roles, reasons = [], []
    for k in range(len(table)):
        role, reason = _role(
            table.iloc[k], centre[k], best[k], str(done["nearest_centre_name"].iloc[k]), maybe[k], rule
        )
        roles.append(role)
        reasons.append(reason)
    done["role"], done["role_why"] = roles, reasons
    return done


def _role(row: pd.Series, centre: float, minutes: float, name: str, maybe: bool, rule: RoleRule) -> tuple[str, str]:
    """Role of one locality and why."""
    jobs = f"{row['jobs']:,.0f} jobs, {row['jobs_per_worker']:.2f} for each worker"
    if np.isnan(centre):
        lacking = [name for name in ("jobs", "employed_residents") if np.isnan(row[name])]
        return "unknown", f"{' and '.join(lacking)} not known"
    if centre == 1:
        return "centre", jobs
    if minutes <= rule.satellite_min:
        return "satellite", f"{minutes:.0f} min by {rule.mode} to {name}"
    if maybe:
        return "unknown", "of a place that may be a centre in reach, jobs or travel time are not known"
    if np.isfinite(minutes):
        return "on_its_own", f"{minutes:.0f} min by {rule.mode} to the nearest centre, {name}"
    return "on_its_own", f"no centre is reached by {rule.mode}"


def _public_transport(
    localities: gpd.GeoDataFrame, stops: gpd.GeoDataFrame, complete: bool | pd.Series, reach_m: float
) -> pd.DataFrame:
    """Stops in reach, the best served of them, and the nearest station."""
    if "departures_per_day" not in stops:
        raise DataError("stops: column departures_per_day is missing; add it (empty where not known)")
    if stops.crs != localities.crs:
        raise DataError(f"stops are in {stops.crs}, localities in {localities.crs}; bring both into one")
    table = stops.reset_index()
    table["label"] = table["name"].astype("str") if "name" in table else table.iloc[:, 0].astype("str")
    pairs = localities.sindex.query(table.geometry, predicate="dwithin", distance=reach_m)
    near = pd.DataFrame({"zone": localities.index[pairs[1]], "stop": pairs[0]})
    near["label"] = table["label"].to_numpy()[near["stop"]]
    near["departures"] = table["departures_per_day"].to_numpy(dtype=np.float64)[near["stop"]]
    by_stop = near.groupby(["zone", "label"])["departures"].agg(lambda d: d.sum(skipna=False)).reset_index()
    done = pd.DataFrame(index=localities.index)
    done["stops_in_reach"] = by_stop.groupby("zone").size().reindex(localities.index, fill_value=0)
    lacking = by_stop.loc[by_stop["departures"].isna(), "zone"].unique()
    best = by_stop.dropna().sort_values(["zone", "departures", "label"], ascending=[True, False, True])
    best = best.drop_duplicates("zone").set_index("zone")
    done["best_stop"] = best["label"].reindex(localities.index).fillna("")
    found = best["departures"].reindex(localities.index)
    open_ = localities.index.isin(lacking)
    all_known = _by_zone(complete, localities.index)
    # No stop in reach is none where the table is complete; stops without a figure leave the answer open.
    done["departures_per_day"] = found.where(found.notna() | ~all_known, 0.0).mask(open_)
    rail = table[table["mode"] == "rail"] if "mode" in table else table.iloc[:0]
    done["nearest_station"], done["station_m"] = "", np.nan
    if len(rail):
        distance = np.column_stack([localities.distance(point) for point in rail.geometry])
        done["nearest_station"] = rail["label"].to_numpy().astype(object)[distance.argmin(axis=1)]
        done["station_m"] = distance.min(axis=1)
    return done


def _services(
    localities: gpd.GeoDataFrame, services: gpd.GeoDataFrame, complete: bool | pd.Series, reach_m: float
) -> pd.DataFrame:
    """Number of services of each kind in reach."""
    if "kind" not in services:
        raise DataError("services: column kind is missing; add it (school, groceries, health ...)")
    if services.crs != localities.crs:
        raise DataError(f"services are in {services.crs}, localities in {localities.crs}; bring both into one")
    pairs = localities.sindex.query(services.geometry, predicate="dwithin", distance=reach_m)
    found = pd.DataFrame({"zone": localities.index[pairs[1]], "kind": services["kind"].to_numpy()[pairs[0]]})
    counts = pd.crosstab(found["zone"], found["kind"])
    counts = counts.reindex(index=localities.index, columns=sorted(services["kind"].unique()), fill_value=0)
    known = (counts > 0).to_numpy() | _by_zone(complete, localities.index)[:, None]
    return counts.astype("float64").where(known).add_prefix("services_")


def _by_zone(complete: bool | pd.Series, zone_ids: pd.Index) -> NDArray[np.bool_]:
    """Whether a table is complete, by locality; a locality that is not named is not."""
    if isinstance(complete, pd.Series):
        return complete.reindex(zone_ids).eq(True).to_numpy(dtype=bool)
    return np.full(len(zone_ids), bool(complete))
