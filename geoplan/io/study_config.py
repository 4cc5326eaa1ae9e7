"""`study.toml` as checked records: a slip in a key gets one line that says where and what was meant."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import DataError, name_near
from geoplan.io.appraisal_config import AppraisalConfig
from geoplan.io.commuting_config import AccessConfig, GrowthConfig, TransitConfig
from geoplan.io.config_faults import config_faults
from geoplan.io.config_parts import Share, Strict, Words
from geoplan.io.files import require_file

FILE_NAME = "study.toml"
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$")]
DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]  # 12-01

# What a target picture may measure, and which keys each indicator needs.
INDICATORS: dict[str, tuple[str, ...]] = {
    "transport_feasible": ("transport",),
    "travel_time_min": ("origin", "destination"),
    "largest_load_t": ("origin", "ports"),
    "jobs_within": ("zone", "minutes"),
    "delay_vehh": (),
    "rail_use_pct": ("line",),
    "tonnes_by_rail": (),
    "transit_min": ("zone", "to_zone"),
}


class About(Strict):
    """[study]: what it is called and in which coordinates it is worked out."""

    id: Id
    name: Words
    description: Words = Words(sv="", en="")
    crs: str = "EPSG:3006"
    rules: Literal["SE", "none"] | None = None
    language: Literal["sv", "en"] = "en"
    data_date: dt.date
    attribution: str = ""
    sources: str | None = None
    area: tuple[str, ...] = ()

    @field_validator("crs")
    @classmethod
    def _in_metres(cls, value: str) -> str:
        try:
            crs = CRS.from_user_input(value)
        except CRSError as fault:
            raise ValueError("is no coordinate reference system; write a code such as EPSG:3006") from fault
        if not crs.is_projected or crs.axis_info[0].unit_name not in ("metre", "meter"):
            raise ValueError(f"({crs.name}) is not in metres; write a projected one such as EPSG:3006")
        return value


class AssumeConfig(Strict):
    """One value for every edge of a mode (and class or line) whose own is not known."""

    mode: Literal["road", "rail", "sea"]
    column: str
    value: float | str
    road_class: str = ""
    line: str = ""
    why: Words


class NetworkConfig(Strict):
    """[network]: the tables of the network, or one file of another kind."""

    nodes: str | None = None
    roads: str | None = None
    railways: str | None = None
    sea: str | None = None
    structures: str | None = None
    fill_defaults: bool = True
    osm: str | None = None
    file: str | None = None
    modes: tuple[Literal["road", "rail"], ...] = ("road", "rail")
    assume: tuple[AssumeConfig, ...] = ()

    @property
    def ways(self) -> dict[str, str]:
        """Table of ways by mode."""
        named = {"road": self.roads, "rail": self.railways, "sea": self.sea}
        return {mode: table for mode, table in named.items() if table is not None}

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [key for key in ("nodes", "osm", "file") if getattr(self, key) is not None]
        if len(kinds) != 1:
            raise ValueError("needs exactly one of nodes (tables), osm (an extract) or file (a GeoPackage)")
        if kinds != ["nodes"] and (self.ways or self.structures or self.assume):
            raise ValueError("roads, railways, sea, structures and assume go with nodes only")
        if kinds == ["nodes"] and not self.ways:
            raise ValueError("nodes need at least one table of ways (roads, railways or sea)")
        return self


class DemandConfig(Strict):
    """[demand]: zones, and how many of their workers drive in the hour that is assigned."""

    zones: str
    municipalities: str | None = None
    observed: str | None = None
    employed_share: Share | None = None
    deterrence: Literal["exponential", "power", "tanner"] = "exponential"
    parameters: dict[str, float] = Field(default_factory=dict)
    mean_time_min: float | None = Field(default=None, gt=0)
    containment: bool = False
    class_name: str = "car"
    peak_share: Share = 1.0
    driver_share: Share = 1.0
    return_share: Share = 0.0
    source: str = ""

    @model_validator(mode="after")
    def _told_by_municipality(self) -> Self:
        if self.containment and self.municipalities is None:
            raise ValueError("needs municipalities (net_commuting, commuters_per_non_commuter) for containment = true")
        return self


class TimetableConfig(Strict):
    """[timetable]: services and the places where trains can meet."""

    trains: str
    stations: str | None = None
    questions: str | None = None


class LoadsConfig(Strict):
    """[loads]: pieces to move, and transports that took place."""

    table: str


class TransportConfig(Strict):
    """[[transports]]: one load from one place to any of some ports."""

    id: Id
    name: Words
    load: str
    origin: str = Field(alias="from")
    to: tuple[str, ...] = Field(min_length=1)
    vehicles: tuple[str, ...] = ()
    per_year: float | None = Field(default=None, ge=0)
    source: str = ""


class ScenarioConfig(Strict):
    """[[scenarios]]: edits in order, and what they cost. The edits are read by `geoplan.scenario`.

    `combine` names scenarios whose edits come first; `on = false` leaves a scenario out of a run (it may be combined).
    """

    id: Id
    on: bool = True
    combine: tuple[Id, ...] = ()
    name: Words
    description: Words = Words(sv="", en="")
    year: int | None = Field(default=None, ge=1900, le=2200)
    cost_msek: float | None = Field(default=None, ge=0)
    cost_price_year: int | None = Field(default=None, ge=1900, le=2200)
    step: Literal[1, 2, 3, 4] | None = None
    source: str = ""
    edits: tuple[dict[str, Any], ...] = ()


class PeriodConfig(Strict):
    """[[periods]]: a part of every year in which other limits hold (edits), or something has to be heeded (note)."""

    id: Id
    name: Words
    start: DayOfYear = Field(alias="from")
    end: DayOfYear = Field(alias="to")
    note: Words = Words(sv="", en="")
    source: str = ""
    edits: tuple[dict[str, Any], ...] = ()


class DemandYearConfig(Strict):
    """[[demand_years]]: trips of a year as a factor on those of the study, for the matrix of scenarios and years."""

    year: int = Field(ge=1900, le=2200)
    factor: float = Field(gt=0)
    source: str = ""


class BottleneckConfig(Strict):
    """[bottlenecks]: what turns an hour and a closure into a year; assumptions of the study."""

    peak_hours_per_year: float = Field(default=450.0, gt=0)
    closure_hours: float = Field(default=24.0, gt=0)
    closures_per_year: float = Field(default=1.0, gt=0)
    top: int = Field(default=15, ge=1, le=1000)
    draws: int = Field(default=50, ge=0, le=10_000)
    source: str = "ASSUMED"


class PlaceConfig(Strict):
    """[[places]]: a bottleneck that gets a page of its own, by its ways (ids or patterns) and structures."""

    id: Id
    name: Words
    ways: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.ways and not self.structures:
            raise ValueError("needs ways or structures")
        return self


class CorridorConfig(Strict):
    """[[corridors]]: a corridor (stråk) by the places it passes, in order, for each mode that runs along it."""

    id: Id
    name: Words
    road: tuple[str, ...] = ()
    rail: tuple[str, ...] = ()
    sea: tuple[str, ...] = ()

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """Places by mode, the modes it has."""
        return {mode: row for mode in ("road", "rail", "sea") if (row := getattr(self, mode))}

    @model_validator(mode="after")
    def _two_places(self) -> Self:
        short = [mode for mode, row in self.places.items() if len(row) < 2]
        if short or not self.places:
            raise ValueError(f"{short[0] if short else 'road, rail or sea'} needs at least two places")
        return self


class TargetConfig(Strict):
    """[[targets]]: one indicator of the target picture and its threshold."""

    id: Id
    name: Words
    indicator: str
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""
    transport: str | None = None
    origin: str | None = Field(default=None, alias="from")
    destination: str | None = Field(default=None, alias="to")
    ports: tuple[str, ...] = ()
    zone: str | None = None
    to_zone: str | None = None
    minutes: float | None = Field(default=None, gt=0)
    line: str | None = None
    source: str = ""

    @field_validator("indicator")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in INDICATORS:
            near = name_near(value, list(INDICATORS))
            raise ValueError(f"is {value!r}; use one of {', '.join(INDICATORS)}.{near}")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("needs exactly one of at_least and at_most")
        aliases = {"origin": "from", "destination": "to"}
        lacking = [aliases.get(key, key) for key in INDICATORS[self.indicator] if not getattr(self, key)]
        if lacking:
            raise ValueError(f"indicator {self.indicator} needs {', '.join(lacking)}")
        return self


class BackgroundConfig(Strict):
    """[background]: files of areas or lines (GeoPackage, GeoJSON, Shapefile ...) that lie below every map."""

    water: str | None = None
    borders: str | None = None


class StoryConfig(Strict):
    """One step of [[story]]: what is said, and what the map shows meanwhile; `{figure_id}` stands for a figure."""

    headline: Words
    text: Words = Words(sv="", en="")
    view: str = ""
    scenario: str = ""
    transport: str = ""


class StudyConfig(Strict):
    """The whole of study.toml."""

    study: About
    network: NetworkConfig
    demand: DemandConfig | None = None
    timetable: TimetableConfig | None = None
    loads: LoadsConfig | None = None
    transports: tuple[TransportConfig, ...] = ()
    scenarios: tuple[ScenarioConfig, ...] = ()
    periods: tuple[PeriodConfig, ...] = ()
    targets: tuple[TargetConfig, ...] = ()
    demand_years: tuple[DemandYearConfig, ...] = ()
    bottlenecks: BottleneckConfig = BottleneckConfig()
    places: tuple[PlaceConfig, ...] = ()
    corridors: tuple[CorridorConfig, ...] = ()
    appraisal: AppraisalConfig = AppraisalConfig()
    transit: TransitConfig | None = None
    access: AccessConfig | None = None
    growth: GrowthConfig | None = None
    background: BackgroundConfig = BackgroundConfig()
    story: tuple[StoryConfig, ...] = ()

    @model_validator(mode="after")
    def _own_ids(self) -> Self:
        for name in ("transports", "scenarios", "periods", "targets", "places", "corridors"):
            ids = [row.id for row in getattr(self, name)]
            twice = sorted({row for row in ids if ids.count(row) > 1})
            if twice:
                raise ValueError(f"{name} use the id {', '.join(twice)} more than once; give each its own")
        known = [row.id for row in self.transports]
        for target in self.targets:
            if target.transport is not None and target.transport not in known:
                near = name_near(target.transport, known)
                raise ValueError(f"targets {target.id}: no transport {target.transport!r}.{near}")
        told = [row.id for row in self.scenarios]
        for number, step in enumerate(self.story, start=1):
            for kind, asked, there in (("transport", step.transport, known), ("scenario", step.scenario, told)):
                if asked and asked not in there:
                    raise ValueError(f"story step {number}: no {kind} {asked!r}.{name_near(asked, there)}")
        stated = self.appraisal
        priced = [row.scenario for row in stated.effects] + [row.scenario for row in stated.payments]
        told_of = [row.scenario for row in stated.judged] + [row.scenario for row in stated.published]
        for scenario in priced + told_of:
            if scenario not in told:
                raise ValueError(f"appraisal: no scenario {scenario!r}.{name_near(scenario, told)}")
        return self


def read_config(path: str | os.PathLike[str]) -> StudyConfig:
    """The checked content of a study.toml.

    Raises
    ------
    DataError
        Not TOML, an unknown or missing key (with near ones), a value that cannot be: one line with all of them.
    """
    file = require_file(path, "study file")
    try:
        text = file.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except UnicodeDecodeError as fault:
        raise DataError(f"{file}: is no text in UTF-8; save it as UTF-8") from fault
    except tomllib.TOMLDecodeError as fault:
        raise DataError(f"{file}: is not TOML: {fault}; correct that line") from fault
    try:
        return StudyConfig.model_validate(content)
    except ValidationError as fault:
        raise DataError(f"{file}: " + "; ".join(config_faults(fault, StudyConfig, content, text))) from fault
