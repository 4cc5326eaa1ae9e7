"""What a study answers about commuting: records that hold tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd


@dataclass(frozen=True, eq=False)
class TransitAnswers:
    """Public transport, scenario by scenario.

    lines : by scenario id, those that run in it, as in geoplan.transit.lines
    stops : by scenario id, points of their stations and stops, with name, mode and departures_per_day
    skims : by scenario id, table of `transit_skim` over all zones
    park_ride : by scenario id, table of `transit_skim` with a drive to the station
    stopped : by scenario id, services of the timetable that cannot run in it
    modes : one row a scenario: between_zones (commuters of the hour), by_transit of them (shares of the base by a logit
        with assumed coefficients), change, and in_corridor, in_corridor_pct: those whose journey the scenario changes,
        and how many more they become; None without mode choice
    """

    lines: Mapping[str, pd.DataFrame]
    stops: Mapping[str, gpd.GeoDataFrame]
    skims: Mapping[str, pd.DataFrame]
    park_ride: Mapping[str, pd.DataFrame]
    stopped: Mapping[str, tuple[str, ...]]
    modes: pd.DataFrame | None


@dataclass(frozen=True, eq=False)
class AccessAnswers:
    """What is in reach, of whom, and what each locality is, by scenario id but for the last two, which are the base.

    reach : table of `accessibility` (jobs and, where known, services) over all zones
    groups : table of `accessibility_by_group` over the zones of the area
    nearest : minutes to the nearest service of each kind, by mode (empty without services)
    localities : table of `locality_analysis` for the localities of the area
    regions : table of `labour_market_regions` by municipality, home to work
    isochrones : areas in reach of the places of the study, by mode (`mode` car or transit), in the base
    """

    reach: Mapping[str, pd.DataFrame]
    groups: Mapping[str, pd.DataFrame]
    nearest: Mapping[str, pd.DataFrame]
    localities: Mapping[str, gpd.GeoDataFrame]
    regions: pd.DataFrame
    isochrones: gpd.GeoDataFrame


@dataclass(frozen=True, eq=False)
class GrowthAnswers:
    """The growth scenarios: totals of each, where it comes, and what it does to the roads.

    totals : one row a scenario: name_sv, name_en, jobs, indirect_jobs, ..., trips_vph, vehkm_change, delay_vehh_change
    places : new jobs, dwellings and residents by scenario and zone
    changes : by scenario, flows against the base as `compare` gives them
    coefficients : value, meaning, source and confidence of each
    """

    totals: pd.DataFrame
    places: pd.DataFrame
    changes: Mapping[str, pd.DataFrame]
    coefficients: pd.DataFrame


@dataclass(frozen=True, eq=False)
class LinkUsers:
    """Who uses the roads of a place of the study.

    pairs : table of `select_link`, most trips first
    flows : vehicles an hour on every edge of those who pass the place
    """

    pairs: pd.DataFrame
    flows: pd.Series


@dataclass(frozen=True, eq=False)
class CommutingAnswers:
    """All that a study answers about commuting beside the flows; None (or empty) for what it does not ask.

    users : by scenario id, who uses the roads of each place of the study, by the place's id
    """

    transit: TransitAnswers | None
    access: AccessAnswers | None
    growth: GrowthAnswers | None
    users: Mapping[str, Mapping[str, LinkUsers]]
