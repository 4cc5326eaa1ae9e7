"""Public transport of a study: which services run in a scenario, how long journeys take, and who changes mode."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.commuting_answers import TransitAnswers
from geoplan.appraisal.benefits import rule_of_half
from geoplan.demand.demand import Demand
from geoplan.demand.mode_choice import choose_mode, default_coefficients, mode_utilities, pivot_modes
from geoplan.errors import DataError, NoRouteError
from geoplan.io.commuting_config import TransitConfig
from geoplan.network.network import Network
from geoplan.routing.route import route
from geoplan.routing.skim import skim
from geoplan.scenario.edits import SetService
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study
from geoplan.transit.access_links import drive_links, walk_links
from geoplan.transit.frequency import transit_skim
from geoplan.transit.lines import line_departures
from geoplan.transit.services import lines_from_services
from geoplan.transit.skims import skim_matrix
from geoplan.transit.strategy_graph import wait_curve

log = logging.getLogger(__name__)

LONGEST_DETOUR = 1.2  # a train that would have to run farther about than this does not run; assumed
PARTS = ("ride_s", "wait_s", "walk_s", "transfers")


@dataclass(frozen=True, eq=False)
class Supply:
    """What runs in a scenario, the journeys as they are made, and as the choice of mode feels them."""

    lines: pd.DataFrame
    stops: gpd.GeoDataFrame
    skim: pd.DataFrame
    felt: pd.DataFrame
    stopped: tuple[str, ...]


# What runs by scenario, "" as the study's tables have it: functions fill in what they work out and use what is there.
Supplies: TypeAlias = dict[str, Supply]


def study_transit(
    study: Study, answers: Mapping[str, ScenarioAnswer], *, supplies: Supplies | None = None
) -> TransitAnswers | None:
    """Journeys by public transport in each scenario; None when the study has no [transit] or no passenger trains."""
    config = study.config.transit
    if config is None or study.timetable is None or study.zones is None:
        return None
    if not (study.timetable.trains["train_type"] == "passenger").any():
        return None
    known = {} if supplies is None else supplies
    supply = {key: _supply_of(study, config, answer.scenario, answer.network, known) for key, answer in answers.items()}
    return TransitAnswers(
        lines={key: one.lines for key, one in supply.items()},
        stops={key: one.stops for key, one in supply.items()},
        skims={key: one.skim for key, one in supply.items()},
        park_ride=_park_rides(study, config, supply),
        stopped={key: one.stopped for key, one in supply.items() if one.stopped},
        modes=_mode_table(answers, supply) if config.mode_choice else None,
    )


def shift_modes(
    study: Study, scenario: Scenario, network: Network, demand: Demand | None, *, supplies: Supplies | None = None
) -> Demand | None:
    """The demand of a scenario that changes train services or stops them: who changes between car and train.

    Incremental logit: the base shares of car and public transport come from a logit with the default coefficients, the
    shares of the scenario from the change of the journey by public transport; cars change as the share of the car does.
    Trips without a journey by public transport stay as they are.
    """
    config = study.config.transit
    if demand is None or config is None or not config.mode_choice or study.timetable is None:
        return demand
    if not scenario.changes_services and not _stopped(study.network, network, _passenger(study, scenario)):
        return demand
    known = {} if supplies is None else supplies
    before, after = _usual(study, config, known), _supply_of(study, config, scenario, network, known)
    car = _car_times(demand, network)
    old = _shares(car, before.felt)
    new = _shifted(old, before.felt, after.felt)
    ratio = (new / old).fillna(1.0).clip(lower=0.0)
    matrices = {name: matrix * ratio.to_numpy() for name, matrix in demand.matrices.items()}
    return replace(demand, matrices=matrices, meta={**demand.meta, "mode_choice": "incremental logit, assumed"})


def transit_seconds_saved(
    study: Study, base: ScenarioAnswer, answer: ScenarioAnswer, *, supplies: Supplies | None = None
) -> pd.Series | None:
    """Traveller seconds that a scenario saves those who go by public transport in the hour, by zone of origin.

    Rule of a half over those who travel before and after; NaN in a zone where a journey is there on one side only. None
    where the scenario changes no service or nothing is known of who travels.
    """
    config = study.config.transit
    if base.demand is None or config is None or not config.mode_choice or study.timetable is None:
        return None
    scenario, network = answer.scenario, answer.network
    if not scenario.changes_services and not _stopped(study.network, network, _passenger(study, scenario)):
        return None
    known = {} if supplies is None else supplies
    before = _supply_of(study, config, base.scenario, base.network, known)
    after = _supply_of(study, config, scenario, network, known)
    car_share = _shares(_car_times(base.demand, base.network), before.felt).fillna(1.0)
    travellers = _travellers(base.demand)
    old = travellers * (1.0 - car_share.to_numpy())
    new = travellers * (1.0 - _shifted(car_share, before.felt, after.felt).to_numpy())
    times = [skim_matrix(one.skim, "time_s").to_numpy(copy=True) for one in (before, after)]
    for table in times:
        np.fill_diagonal(table, 0.0)  # nobody goes by train within a zone
    return pd.Series(rule_of_half(old, new, *times).sum(axis=1), index=base.demand.zones.index)


def _park_rides(study: Study, config: TransitConfig, supply: Mapping[str, Supply]) -> dict[str, pd.DataFrame]:
    """Journeys with a drive to the station by scenario; searched once where the supply is the same."""
    assert study.zones is not None
    done: dict[int, pd.DataFrame] = {}
    for one in supply.values():
        if id(one) not in done:
            walks = _walks(study, config, one.stops)
            drives = drive_links(
                study.network, study.zones, one.stops, parking_s=60.0 * config.parking_min, max_min=config.drive_min
            )
            options = skim_options(config)
            done[id(one)] = transit_skim(one.lines, drives, egress=walks, zones=study.zones.index, **options)
    return {key: done[id(one)] for key, one in supply.items()}


def transit_minutes(skims: pd.DataFrame) -> pd.DataFrame:
    """Square table of minutes by public transport; inf without a journey, NaN within a zone."""
    return skim_matrix(skims, "time_s") / 60.0


def _usual(study: Study, config: TransitConfig, known: Supplies) -> Supply:
    """What runs as the study's tables have it."""
    if "" not in known:
        known[""] = _supply(study, config, Scenario("base"), study.network)
    return known[""]


def _supply_of(study: Study, config: TransitConfig, scenario: Scenario, network: Network, known: Supplies) -> Supply:
    """What runs in a scenario on its network; the usual where nothing differs."""
    if scenario.id not in known:
        known[scenario.id] = _supply(study, config, scenario, network, like=_usual(study, config, known))
    return known[scenario.id]


def _supply(
    study: Study, config: TransitConfig, scenario: Scenario, network: Network, *, like: Supply | None = None
) -> Supply:
    """Lines that run in a scenario on its network, their stops, and the journeys; `like` where nothing differs."""
    assert study.timetable is not None and study.zones is not None
    services = _passenger(study, scenario)
    stopped = _stopped(study.network, network, services)
    if like is not None and stopped == like.stopped and services.equals(_passenger(study, Scenario("base"))):
        return like
    lines = _lines(study, config, scenario, services, stopped)
    stops = _stops(study, lines)
    walks = _walks(study, config, stops)
    felt = wait_curve(list(config.choice_headways_min), list(config.choice_waits_min))
    options = skim_options(config) | {"zones": study.zones.index}
    return Supply(
        lines,
        stops,
        transit_skim(lines, walks, **options),
        transit_skim(lines, walks, **(options | {"first_wait": felt, "longest_h": 2.0 * config.longest_h})),
        stopped,
    )


def _passenger(study: Study, scenario: Scenario) -> pd.DataFrame:
    """Passenger services that run in a scenario, with its changes."""
    assert study.timetable is not None
    services = scenario.apply_to_services(study.timetable.trains)
    return services[services["train_type"] == "passenger"]


def skim_options(config: TransitConfig) -> dict[str, Any]:
    """Options of `transit_skim`: waits of people who know the timetable."""
    return {
        "first_wait": wait_curve([1.0], [config.wait_min]),
        "transfer_wait": wait_curve([1.0], [config.change_min]),
        "longest_h": config.longest_h,
        "unknown": "leave_out",
    }


def _lines(
    study: Study, config: TransitConfig, scenario: Scenario, services: pd.DataFrame, stopped: tuple[str, ...]
) -> pd.DataFrame:
    """Lines of the services that run, and those of the study's own table."""
    assert study.timetable is not None and study.zones is not None
    stations = sorted(set(study.zones["station_id"]) - {""})
    running = services.assign(trains_per_day=services["trains_per_day"].mask(services.index.isin(stopped), 0.0))
    saved: dict[tuple[str, tuple[str, str]], float] = {}
    for edit in scenario.edits:
        if isinstance(edit, SetService) and edit.between is not None:
            for service in services.index[services["run_min"] == edit.value]:
                usual = study.timetable.trains["run_min"].get(service, np.nan)
                if np.isfinite(usual):  # the rest of the way takes as long as it did
                    saved[(str(service), edit.between)] = edit.value - usual
                    running.loc[service, "run_min"] = usual
    lines = lines_from_services(study.network, running, stations, service_h=config.service_h, source=config.source)
    for (service, between), minutes in saved.items():
        lines = _quicker(lines, service, between, minutes)
    return lines if study.transit_lines is None else pd.concat([lines, study.transit_lines], ignore_index=True)


def _quicker(lines: pd.DataFrame, service: str, between: tuple[str, str], minutes: float) -> pd.DataFrame:
    """The lines of a service with so many more (or fewer) minutes between two of its stops."""
    changed = lines.copy()
    for line in (f"{service}_out", f"{service}_back"):
        rows = lines.index[lines["line_id"] == line]
        order = lines.loc[rows, "stop_id"].to_list()
        lost = [stop for stop in between if stop not in order]
        if lost:
            raise DataError(f"set_service {service}: does not call at {lost[0]!r}; it calls at {', '.join(order)}")
        a, b = sorted(order.index(stop) for stop in between)
        part = rows[a + 1 : b + 1]
        now = lines.loc[part, "run_min"]
        if now.sum() + minutes < 0:
            raise DataError(f"set_service {service}: {-minutes:g} minutes less than {now.sum():.0f} cannot be saved")
        changed.loc[part, "run_min"] = now * (now.sum() + minutes) / now.sum()
    return changed


def _stopped(base: Network, network: Network, services: pd.DataFrame) -> tuple[str, ...]:
    """Services whose way is closed, so that they would have to run a long way about."""
    before, after = (one.edges.loc[one.edges["mode"] != "road", "status"] for one in (base, network))
    if network is base or after.equals(before):
        return ()
    lost = []
    for service in services.itertuples():
        ends = (str(service.from_node), str(service.to_node))
        try:
            usual = route(base, *ends, modes=("rail",)).length_m
            now = route(network, *ends, modes=("rail",)).length_m
        except NoRouteError:
            now, usual = np.inf, 1.0
        if now > LONGEST_DETOUR * usual:
            lost.append(str(service.Index))
    return tuple(lost)


def _stops(study: Study, lines: pd.DataFrame) -> gpd.GeoDataFrame:
    """Points of the stops with name, mode and departures a day."""
    ids = list(dict.fromkeys(lines["stop_id"]))
    lost = [stop for stop in ids if stop not in study.network.nodes.index]
    if lost:
        raise DataError(f"lines: stop {lost[0]!r} is no node of the network; add it to the nodes")
    points = study.network.nodes.loc[ids, ["name", "geometry"]]
    departures = line_departures(lines).reindex(points.index)
    mode = lines.drop_duplicates("stop_id").set_index("stop_id")["mode"].reindex(points.index)
    return points.assign(mode=mode, departures_per_day=departures)


def _walks(study: Study, config: TransitConfig, stops: gpd.GeoDataFrame) -> pd.DataFrame:
    assert study.zones is not None
    return walk_links(
        study.zones,
        stops,
        max_km=config.walk_km,
        least_m=config.least_walk_m,
        speed_kmh=config.walk_kmh,
    )


def _car_times(demand: Demand, network: Network) -> pd.DataFrame:
    """Seconds by car on the empty roads, zone by zone."""
    zones = demand.zones
    nodes = list(dict.fromkeys(zones["node_id"]))
    times = skim(network, nodes, modes=("road",)).reindex(index=zones["node_id"], columns=zones["node_id"])
    return times.set_axis(zones.index, axis=0).set_axis(zones.index, axis=1)


def _utilities(skims: dict[str, dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Utilities by the default coefficients for the attributes at hand (fares are not known)."""
    table = default_coefficients()
    known = [row.attribute == "constant" or row.attribute in skims.get(str(row.mode), {}) for row in table.itertuples()]
    return mode_utilities(skims, table[known])[0]


def _transit_utility(journeys: pd.DataFrame) -> pd.DataFrame:
    parts = {name: skim_matrix(journeys, name) for name in PARTS}
    gone = np.isinf(skim_matrix(journeys, "time_s"))
    parts["ride_s"] = parts["ride_s"].mask(gone, np.inf)
    return _utilities({"transit": parts})["transit"]


def _shares(car: pd.DataFrame, journeys: pd.DataFrame) -> pd.DataFrame:
    """Share of the car in each pair of zones; 1 where there is no journey by public transport."""
    utilities = {"car": _utilities({"car": {"time_s": car}})["car"], "transit": _transit_utility(journeys)}
    return choose_mode(utilities, unknown="not_there").shares["car"]


def _shifted(old: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Share of the car after a change of the journeys by public transport."""
    now, then = _transit_utility(after), _transit_utility(before)
    change = (now - then).where(np.isfinite(now) & np.isfinite(then), 0.0)
    change = change.mask(np.isneginf(now) & np.isfinite(then), -np.inf)  # the train is gone
    shares = {"car": old.fillna(1.0), "transit": 1.0 - old.fillna(1.0)}
    return pivot_modes(shares, {"transit": change}).shares["car"]


def _travellers(demand: Demand) -> np.ndarray:
    """Commuters of the hour between zones, by car or public transport."""
    cars = np.sum([matrix.to_numpy() for matrix in demand.matrices.values()], axis=0)
    per_commuter = demand.meta.get("peak", {}).get("driver_share", 1.0)
    return np.where(np.eye(len(cars), dtype=bool), 0.0, cars / per_commuter)


def _mode_table(answers: Mapping[str, ScenarioAnswer], supply: Mapping[str, Supply]) -> pd.DataFrame | None:
    """Commuters of the base by public transport, and how each scenario changes that."""
    base = next(iter(answers.values()))
    if base.demand is None:
        return None
    first = next(iter(supply.values()))
    start = first.felt
    car_share = _shares(_car_times(base.demand, base.network), start).fillna(1.0)
    travellers = _travellers(base.demand)
    by_transit = travellers * (1.0 - car_share.to_numpy())
    rows = []
    for key, one in supply.items():
        share = car_share if one is first else _shifted(car_share, start, one.felt)
        now = travellers * (1.0 - share.to_numpy())
        before, after = (skim_matrix(journeys, "time_s").to_numpy() for journeys in (start, one.felt))
        moved = ~np.isclose(before, after, rtol=0.0, atol=1.0, equal_nan=True)
        was, later = by_transit[moved].sum(), now[moved].sum()
        rows.append(
            {
                "scenario": key,
                "between_zones": travellers.sum(),
                "by_transit": now.sum(),
                "change": now.sum() - by_transit.sum(),
                "in_corridor": was,
                "in_corridor_pct": 100.0 * (later - was) / was if was > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows)
