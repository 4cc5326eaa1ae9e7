"""What is in reach in a study: jobs and services, isochrones, localities and labour-market regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.access.isochrones import isochrones, stop_isochrones
from geoplan.access.labour_market import labour_market_regions
from geoplan.access.locality import RoleRule, locality_analysis
from geoplan.access.opportunities import accessibility, accessibility_by_group
from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.commuting_answers import AccessAnswers, TransitAnswers
from geoplan.analyse.transit import skim_options
from geoplan.io.commuting_config import AccessConfig, TransitConfig
from geoplan.study import Study
from geoplan.transit.access_links import walk_links
from geoplan.transit.frequency import transit_skim
from geoplan.transit.skims import skim_matrix

STRIP_M = 1500.0  # land on both sides of a road that counts as reached; assumed, to be seen on a map of a region
WITHIN_ZONE_MIN = 5.0  # of a trip inside a zone whose own is not given; assumed
OUTSIDE = "outside"


def study_access(
    study: Study, answers: Mapping[str, ScenarioAnswer], transit: TransitAnswers | None
) -> AccessAnswers | None:
    """What is in reach in each scenario; None when the study has no [access] or no demand."""
    config = study.config.access
    base = next(iter(answers.values()))
    if config is None or base.demand is None or base.assignment is None:
        return None
    times = {key: _times(key, answer, transit) for key, answer in answers.items()}
    within = _within(base.demand.zones)
    reach, groups = {}, {}
    for key, answer in answers.items():
        assert answer.demand is not None
        zones = _with_services(answer.demand.zones, study.services)
        columns = ["jobs", *(["services"] if study.services is not None else [])]
        reach[key] = accessibility(
            zones, times[key], columns=columns, limits_min=config.limits_min, within_zone_min=within
        )
        inside = in_area(study, zones)
        who = {"employed": "employed_residents", "residents": "population", **config.groups}
        table = accessibility_by_group(reach[key][inside], zones[inside], list(who.values()))
        groups[key] = table.set_axis(list(who), axis=0).rename_axis("group")
    services = study.services
    nearest = {} if services is None else {key: _nearest(services, times[key], within) for key in answers}
    stops = {} if transit is None else transit.stops
    return AccessAnswers(
        reach=reach,
        groups=groups,
        nearest=nearest,
        localities={
            key: _localities(study, config, answer, times[key], stops.get(key), reach[key], nearest.get(key))
            for key, answer in answers.items()
        },
        regions=_regions(study, base),
        isochrones=_isochrones(study, config, base, transit),
    )


def in_area(study: Study, zones: pd.DataFrame) -> pd.Series:
    """Which zones lie in the study area; all when the study names none."""
    area = study.config.study.area
    if not area:
        return pd.Series(True, index=zones.index)
    return zones["municipality_code"].isin(area)


def _times(key: str, answer: ScenarioAnswer, transit: TransitAnswers | None) -> dict[str, pd.DataFrame]:
    """Seconds from zone to zone by mode: by car on the loaded roads."""
    assert answer.assignment is not None
    times = {"car": next(iter(answer.assignment.skims.values()))}
    if transit is not None:
        times["transit"] = skim_matrix(transit.skims[key], "time_s")
    return times


def _within(zones: pd.DataFrame) -> pd.Series:
    """Minutes of a trip inside each zone."""
    given = zones["intrazonal_min"] if "intrazonal_min" in zones else pd.Series(np.nan, index=zones.index)
    return given.fillna(WITHIN_ZONE_MIN)


def _with_services(zones: gpd.GeoDataFrame, services: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """The zones with the number of services that are known in each."""
    if services is None:
        return zones
    counts = services.groupby("zone_id").size().reindex(zones.index, fill_value=0)
    return zones.assign(services=counts.astype("float64"))


def _nearest(services: pd.DataFrame, times: Mapping[str, pd.DataFrame], within: pd.Series) -> pd.DataFrame:
    """Minutes to the nearest known service of each kind: `{kind}_{mode}_min` by zone."""
    found = {}
    for kind, rows in services.groupby("kind", sort=False):
        zones = list(dict.fromkeys(rows["zone_id"]))
        for mode, seconds in times.items():
            minutes = seconds / 60.0
            minutes = minutes.mask(np.eye(len(minutes), dtype=bool), within.reindex(minutes.index), axis=0)
            found[f"{kind}_{mode}_min"] = minutes[zones].min(axis=1)
    return pd.DataFrame(found)


def _localities(
    study: Study,
    config: AccessConfig,
    answer: ScenarioAnswer,
    times: Mapping[str, pd.DataFrame],
    stops: gpd.GeoDataFrame | None,
    reach: pd.DataFrame,
    nearest: pd.DataFrame | None,
) -> gpd.GeoDataFrame:
    """The locality analysis; centres outside the area count, but only localities of the area get a row."""
    assert answer.demand is not None
    zones = answer.demand.zones
    places = zones[~zones.index.isin(config.not_localities)]
    rule = RoleRule(
        centre_jobs=config.centre_jobs,
        centre_jobs_per_worker=config.centre_jobs_per_worker,
        satellite_min=config.satellite_min,
        source=config.source,
    )
    table = locality_analysis(
        places,
        times,
        stops=stops,
        rule=rule,
        limits_min=config.limits_min,
        stop_reach_m=1000.0 * config.stop_reach_km,
        within_zone_min=WITHIN_ZONE_MIN,
    )
    told = table.attrs
    # Counted over all zones, also those that are no localities.
    counted = [name for name in table if name in reach]
    table[counted] = reach.loc[table.index, counted]
    if nearest is not None:
        table = table.join(nearest)
    kept = table[in_area(study, table)]
    kept.attrs = told
    return kept


def _regions(study: Study, base: ScenarioAnswer) -> pd.DataFrame:
    """Labour-market regions of the municipalities by the commuters of the model."""
    assert base.demand is not None
    zones, code = base.demand.zones, base.demand.zones["municipality_code"]
    trips = pd.DataFrame(
        np.sum([matrix.to_numpy() for matrix in base.demand.matrices.values()], axis=0),
        index=zones.index,
        columns=zones.index,
    )
    flows = trips.groupby(code).sum().T.groupby(code).sum().T
    # Who commutes to places that are no zones is in no matrix, but has left the municipality.
    told = base.demand.meta.get("containment", {}).get("outside_out", {})
    outside = pd.Series(told, dtype="float64").reindex(flows.index).fillna(0.0)
    inside = zones["employed_residents"].groupby(code).sum().reindex(flows.index) - outside
    flows[OUTSIDE] = (outside * flows.sum(axis=1) / inside.where(inside > 0)).fillna(0.0)
    names = zones["municipality"].groupby(code).first() if "municipality" in zones else None
    return labour_market_regions(flows, names=names, elsewhere=OUTSIDE)


def _isochrones(
    study: Study, config: AccessConfig, base: ScenarioAnswer, transit: TransitAnswers | None
) -> gpd.GeoDataFrame:
    """Areas in reach of the places of the study by car (loaded roads) and by public transport."""
    assert base.demand is not None and base.assignment is not None
    zones = base.demand.zones
    seconds = base.assignment.flows["time_s"].reindex(base.network.edges.index).to_numpy()
    parts = []
    for zone in config.around:
        options: dict[str, Any] = {"limits_min": config.limits_min}
        car = isochrones(base.network, zones.loc[zone, "node_id"], cost=seconds, width_m=STRIP_M, **options)
        parts.append(car.assign(mode="car", zone_id=zone, origin=zones.loc[zone, "name"]))
        if transit is not None and study.config.transit is not None:
            stops, lines = transit.stops[base.scenario.id], transit.lines[base.scenario.id]
            reached = _to_stops(study.config.transit, zones.loc[[zone]], stops, lines)
            rail = stop_isochrones(stops, reached, **options)
            parts.append(rail.assign(mode="transit", zone_id=zone, origin=zones.loc[zone, "name"]))
    if not parts:
        return gpd.GeoDataFrame({"mode": [], "zone_id": []}, geometry=[], crs=base.network.crs)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=base.network.crs)


def _to_stops(
    config: TransitConfig, origin: gpd.GeoDataFrame, stops: gpd.GeoDataFrame, lines: pd.DataFrame
) -> pd.Series:
    """Expected seconds from a zone to each stop, by ride or on foot."""
    walks = walk_links(origin, stops, max_km=config.walk_km, least_m=config.least_walk_m, speed_kmh=config.walk_kmh)
    on_foot = walks.groupby("stop_id")["time_s"].min()
    if walks.empty:
        return pd.Series(np.inf, index=stops.index)
    stand = pd.DataFrame(
        {
            "zone_id": [f"at {stop}" for stop in stops.index], "stop_id": stops.index, "time_s": 0.0,
            "length_m": 0.0, "mode": "walk", "parking_s": 0.0, "assumed": "",
        }
    )  # fmt: skip
    rides = transit_skim(lines, walks, egress=stand, **skim_options(config))
    by_ride = pd.Series(rides["time_s"].to_numpy(), index=stops.index)
    return pd.concat([by_ride, on_foot.reindex(stops.index)], axis=1).min(axis=1).fillna(np.inf)
