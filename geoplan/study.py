"""A study: the file study.toml and its tables as one record, read when they are first asked for."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.bottlenecks.find import find_edges, find_structures
from geoplan.demand.containment import distribute_contained, self_containment
from geoplan.demand.demand import Demand
from geoplan.demand.gravity import distribute
from geoplan.demand.zones import estimate_activity, peak_hour
from geoplan.errors import DataError, MeanCostError, name_near, name_rows
from geoplan.io.areas import read_areas
from geoplan.io.commuting_tables import read_growth, read_services
from geoplan.io.doors import read_any_network
from geoplan.io.study_config import (
    FILE_NAME,
    DemandConfig,
    StudyConfig,
    TargetConfig,
    TransportConfig,
    read_config,
)
from geoplan.io.study_folders import embedded_studies, find_study, init_study
from geoplan.io.study_records import (
    complete_loads,
    read_loads,
    read_municipalities,
    read_observed,
    read_sources,
    read_stations,
    read_trains,
    read_zones,
    unknown_sources,
)
from geoplan.io.study_tables import Assumption, read_study_network
from geoplan.io.transit_tables import read_transit_lines
from geoplan.network.attributes import fill_defaults
from geoplan.network.network import Network
from geoplan.routing.points import find_node
from geoplan.routing.skim import skim
from geoplan.scenario.read import read_scenarios
from geoplan.scenario.scenario import Scenario
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load

__all__ = ["Study", "Timetable", "check_study", "embedded_studies", "init_study", "read_study"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timetable:
    """Trains of a study: services by `service_id`, and the places along its lines where trains can meet."""

    trains: pd.DataFrame
    stations: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Study:
    """One study. Its tables are read when they are first asked for, and kept.

    Parameters
    ----------
    config
        The checked content of study.toml.
    folder
        Folder of study.toml; tables are named relative to it.
    """

    config: StudyConfig
    folder: Path

    @property
    def name(self) -> str:
        """Name for people in the study's own language."""
        return self.config.study.name[self.config.study.language]

    @cached_property
    def network(self) -> Network:
        """Road, rail and sea, joined where they meet; `meta` has name, data date, attribution and sources."""
        config = self.config.network
        if config.nodes is None:
            network = read_any_network(self.folder / str(config.osm or config.file), modes=config.modes)
        else:
            network = read_study_network(
                self.folder,
                nodes=config.nodes,
                ways=config.ways,
                structures=config.structures,
                crs=self.config.study.crs,
                assume=[
                    Assumption(rule.mode, rule.column, rule.value, rule.road_class, rule.line) for rule in config.assume
                ],
            )
            self._check_sources(network)
        if config.fill_defaults:
            network = fill_defaults(network)
        return network.with_meta(**self._meta(network.meta))

    @cached_property
    def zones(self) -> gpd.GeoDataFrame | None:
        """Zones of the demand with the name of their municipality; None when the study has none."""
        config = self.config.demand
        if config is None:
            return None
        zones = read_zones(self.folder / config.zones, crs=self.network.crs, network=self.network)
        if self.municipalities is not None:
            names = self.municipalities["municipality"]
            zones["municipality"] = zones["municipality_code"].map(names).fillna("").astype("str")
        return zones

    @cached_property
    def municipalities(self) -> pd.DataFrame | None:
        """Names and net commuting by municipality code; None when the study has no such table."""
        config = self.config.demand
        if config is None or config.municipalities is None:
            return None
        return read_municipalities(self.folder / config.municipalities)

    @cached_property
    def demand(self) -> Demand | None:
        """Cars an hour from zone to zone, made by the gravity model as [demand] says; None without zones."""
        config = self.config.demand
        if config is None or self.zones is None:
            return None
        observed = read_observed(self.folder / config.observed, self.zones) if config.observed else None
        try:
            demand = _commuting(self.zones, self.network, config, self.municipalities, observed)
        except MeanCostError as fault:
            raise DataError(f"{self.folder / FILE_NAME}: demand: {_mean_time_fault(config, fault)}") from fault
        except DataError as fault:
            raise DataError(f"{self.folder / FILE_NAME}: demand: {fault}") from fault
        meta = self._meta({})
        return replace(demand, meta={**demand.meta, **{key: meta[key] for key in ("name", "data_date")}})

    @cached_property
    def background(self) -> dict[str, gpd.GeoDataFrame]:
        """Areas that lie below the maps, `water` and `borders`, in the study's own system; those that it names."""
        named = self.config.background.model_dump(exclude_none=True)
        return {key: read_areas(self.folder / file, crs=self.network.crs) for key, file in named.items()}

    @cached_property
    def timetable(self) -> Timetable | None:
        """Services and stations; None when the study has none."""
        config = self.config.timetable
        if config is None:
            return None
        network = self.network
        stations = read_stations(self.folder / config.stations, network=network) if config.stations else pd.DataFrame()
        return Timetable(read_trains(self.folder / config.trains, network=network), stations)

    @cached_property
    def transit_lines(self) -> pd.DataFrame | None:
        """Lines of public transport beside the trains of the timetable; None when the study names none."""
        config = self.config.transit
        return read_transit_lines(self.folder / config.lines) if config is not None and config.lines else None

    @cached_property
    def services(self) -> pd.DataFrame | None:
        """Services in the zones (schools, hospitals ...); None when the study has no such table."""
        config = self.config.access
        if config is None or config.services is None or self.zones is None:
            return None
        return read_services(self.folder / config.services, self.zones.index)

    @cached_property
    def growth(self) -> pd.DataFrame | None:
        """Inputs of the growth scenarios, as `grow` takes them; None when the study has none."""
        config = self.config.growth
        return (
            None if config is None or self.zones is None else read_growth(self.folder / config.table, self.zones.index)
        )

    @cached_property
    def cases(self) -> pd.DataFrame:
        """Every row of the table of loads by `load_id`, also those whose weight or size is not known."""
        config = self.config.loads
        return read_loads(self.folder / config.table) if config is not None else pd.DataFrame()

    @cached_property
    def loads(self) -> Mapping[str, Load]:
        """Loads by id: the rows of `cases` whose weight and size are all known."""
        return complete_loads(self.cases) if self.config.loads is not None else {}

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Scenarios that are switched on, in the order of the file."""
        return read_scenarios(self.config.scenarios, self.folder)

    @property
    def transports(self) -> tuple[TransportConfig, ...]:
        return self.config.transports

    @property
    def targets(self) -> tuple[TargetConfig, ...]:
        return self.config.targets

    @cached_property
    def sources(self) -> pd.DataFrame | None:
        """Sources by key; None when the study names no table of them."""
        table = self.config.study.sources
        return read_sources(self.folder / table) if table is not None else None

    def _meta(self, given: Mapping[str, Any]) -> dict[str, Any]:
        about = self.config.study
        # A file of another kind knows its own date better than study.toml does.
        date = str(given.get("data_date") or about.data_date.isoformat())
        meta: dict[str, Any] = {"name": self.name, "data_date": date}
        texts = [text for text in (about.attribution, str(given.get("attribution", ""))) if text]
        meta["attribution"] = "; ".join(texts)
        if about.rules is not None:
            meta["rules"] = about.rules
        if self.sources is not None:
            meta["sources"] = self.sources.to_dict(orient="index")
        return meta

    def _check_sources(self, network: Network) -> None:
        if self.sources is None:
            return
        tables = {name: getattr(network, name)["source"] for name in ("nodes", "edges", "structures")}
        for table, keys in unknown_sources(self.sources, tables).items():
            log.warning("%s: sources %s are not in %s", table, ", ".join(keys), self.config.study.sources)


def read_study(path_or_name: str | os.PathLike[str]) -> Study:
    """A study from a study.toml, its folder, or the name of an embedded study such as `ludvika`.

    The file is checked and every table it names must exist; the tables themselves are read when they are needed.

    Raises
    ------
    DataError
        No such study (with near ones and the embedded ones), a key that is unknown or a value that cannot be.
    """
    file = find_study(path_or_name)
    study = Study(read_config(file), file.parent)
    _check_files(study, file)
    try:
        _check_transports(study)
        study.scenarios  # noqa: B018 - read now, so that a slip in an edit is told before a long run
    except DataError as fault:
        raise DataError(f"{file}: {fault}") from fault
    return study


def check_study(study: Study) -> None:
    """Read every table, find every place and apply every scenario once, before the long work.

    Raises
    ------
    DataError
        Of the first part with faults; what a transport, a target or a scenario names must be there.
    """
    file = study.folder / FILE_NAME
    network, _, _ = study.network, study.timetable, study.zones
    _ = study.transit_lines, study.services, study.growth
    places = [(f"transports {row.id}", place) for row in study.transports for place in (row.origin, *row.to)]
    for row in study.targets:
        places += [(f"targets {row.id}", place) for place in (row.origin, row.destination, *row.ports) if place]
    for line in study.config.corridors:
        places += [(f"corridors {line.id}", place) for row in line.places.values() for place in row]
    faults = _area_faults(study) + _named_faults(study)
    for where, place in places:
        faults += _fault_of(where, partial(find_node, network, place))
    for row in study.targets:
        known = [] if study.zones is None else [str(zone) for zone in study.zones.index]
        asked = [zone for zone in (row.zone, row.to_zone) if zone is not None and zone not in known]
        faults += [f"targets {row.id}: no zone {zone!r}.{name_near(zone, known)}" for zone in asked]
    try:
        demand, scenarios = study.demand, study.scenarios
    except DataError as fault:  # once, not with each scenario
        demand, scenarios = None, ()
        faults.append(str(fault).removeprefix(f"{file}: "))
    for scenario in scenarios:
        try:
            scenario.apply(network, demand)
            if study.timetable is not None:
                scenario.apply_to_services(study.timetable.trains)
        except DataError as fault:
            faults.append(str(fault))
    if faults:
        raise DataError(f"{file}: " + "; ".join(faults))


def _named_faults(study: Study) -> list[str]:
    """Vehicles of transports, and ways and structures of [[places]], that are not there."""
    network, faults = study.network, []
    for row in study.transports:
        for name in row.vehicles:
            faults += _fault_of(f"transports {row.id}", partial(vehicle, name))
    for place in study.config.places:
        faults += _fault_of(f"places {place.id}", partial(find_edges, network, place.ways))
        faults += _fault_of(f"places {place.id}", partial(find_structures, network, place.structures))
    return faults


def _fault_of(where: str, look: Callable[[], object]) -> list[str]:
    """What a look-up complains about, with where it was asked; empty when it does not."""
    try:
        look()
    except DataError as fault:
        return [f"{where}: {fault}"]
    return []


def _area_faults(study: Study) -> list[str]:
    """Municipalities of `[study] area` that no zone lies in, and zones of `[access]` that are not there."""
    if study.zones is None:
        return []
    known = study.zones["municipality_code"].unique().tolist()
    lost = [code for code in study.config.study.area if code not in known]
    faults = [f"study area: no zone lies in municipality {code!r}.{name_near(code, known)}" for code in lost]
    zones = [str(zone) for zone in study.zones.index]
    access = study.config.access
    named = () if access is None else (*access.around, *access.not_localities)
    return faults + [f"access: no zone {zone!r}.{name_near(zone, zones)}" for zone in named if zone not in zones]


def _check_files(study: Study, file: Path) -> None:
    """Every table that the file names is there."""
    config = study.config
    named = {"study.sources": config.study.sources}
    named |= {f"background.{key}": table for key, table in config.background.model_dump().items()}
    keys = ("nodes", "roads", "railways", "sea", "structures", "osm", "file")
    keys_beside = (
        "zones",
        "municipalities",
        "observed",
        "trains",
        "stations",
        "questions",
        "table",
        "services",
        "lines",
    )
    for section in ("network", "demand", "timetable", "loads", "transit", "access", "growth"):
        part = getattr(config, section)
        named |= {f"{section}.{key}": getattr(part, key, None) for key in (*keys, *keys_beside)}
    lost = {key: table for key, table in named.items() if table is not None and not (study.folder / table).exists()}
    if lost:
        there = [item.name for item in study.folder.iterdir() if item.is_file()]
        texts = [f"{key} = {table!r}: no such file.{name_near(table, there)}" for key, table in lost.items()]
        raise DataError(f"{file}: " + "; ".join(texts))


def _check_transports(study: Study) -> None:
    """Every transport has a load that is wholly known."""
    for transport in study.transports:
        if transport.load in study.loads:
            continue
        if transport.load in study.cases.index:
            raise DataError(
                f"transports {transport.id}: load {transport.load!r} lacks its weight or a size; fill it in"
            )
        near = name_near(transport.load, [str(load) for load in study.cases.index])
        raise DataError(f"transports {transport.id}: no load {transport.load!r}; add it to the table of loads.{near}")


def _commuting(
    zones: gpd.GeoDataFrame,
    network: Network,
    config: DemandConfig,
    municipalities: pd.DataFrame | None,
    observed: pd.DataFrame | None,
) -> Demand:
    """Commuters by the gravity model over the empty roads, then the cars of the busiest hour."""
    unknown = zones[["employed_residents", "jobs"]].isna().to_numpy().any()
    if config.employed_share is not None and unknown:
        net = None if municipalities is None else municipalities["net_commuting"]
        filled = estimate_activity(zones, employed_share=config.employed_share, source=config.source, net_commuting=net)
        marks = zones["assumed"] + "," + filled["assumed"]
        zones = filled.assign(assumed=marks.str.strip(","))
    nodes = zones["node_id"].unique().tolist()
    times = skim(network, nodes, cost="time_s", modes=("road",))
    options: dict[str, Any] = {
        "deterrence": config.deterrence,
        "parameters": config.parameters or None,
        "mean_cost": None if config.mean_time_min is None else config.mean_time_min * 60.0,
        "class_name": config.class_name,
        "observed": observed,
        "intrazonal_cost": _intrazonal_s(zones),
    }
    if config.containment and municipalities is not None:
        employed = zones["employed_residents"].groupby(zones["municipality_code"]).sum()
        commuters = distribute_contained(zones, times, self_containment(municipalities, employed), **options)
    else:
        commuters = distribute(zones, times, **options)
    return peak_hour(
        commuters,
        peak_share=config.peak_share,
        driver_share=config.driver_share,
        return_share=config.return_share,
        source=config.source,
    )


def _mean_time_fault(config: DemandConfig, fault: MeanCostError) -> str:
    """What is wrong with mean_time_min, in the minutes of study.toml."""
    minutes, bound = config.mean_time_min or 0.0, fault.bound / 60.0
    side, cure = ("least", "larger") if bound > minutes else ("most", "smaller")
    return (
        f"mean_time_min = {minutes:g} cannot be reached: a drive to work between these zones takes at {side} "
        f"{bound:.1f} min in the mean; give a {cure} one, or parameters = {{ beta = ... }} instead"
    )


def _intrazonal_s(zones: gpd.GeoDataFrame) -> pd.Series | None:
    """Seconds of a commute within each zone; None when the table has none."""
    minutes = zones["intrazonal_min"]
    if minutes.isna().all():
        return None
    if minutes.isna().any():
        rows = name_rows(zones.index[minutes.isna()].to_list())
        raise DataError(f"zones: {rows} have no intrazonal_min; give it for every zone, or for none")
    return minutes * 60.0
