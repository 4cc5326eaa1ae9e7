"""The questions of a study to the railway, read from a small TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.io.files import require_file
from geoplan.io.timetable import Services
from geoplan.rail.measures import Measure


@dataclass(frozen=True)
class Route:
    """A way with a name: places in their order, the last the end."""

    name: str
    stops: tuple[str, ...]
    port: str = ""


@dataclass(frozen=True)
class SpecialCase:
    """Another wish of the special train: days, window, stretches where it must be alone, positions of routes, and the
    longest time from the end of the window to the arrival."""

    name: Mapping[str, str]
    weekdays: tuple[int, ...]
    window: tuple[str, str]
    alone: tuple[tuple[str, ...], ...] = ()
    routes: tuple[int, ...] = (0,)
    max_journey_h: float = 24.0


@dataclass(frozen=True)
class Change:
    """A change of the railway whose effects are asked for.

    scenario : of the study; speed_ways, speed_kmh : ways (or patterns) with a new line speed; loops : station -> yes or
    no; measures : on sections and places; ore_train : the ore train that can run then, empty for the usual one
    """

    id: str
    name: Mapping[str, str]
    scenario: str = ""
    speed_ways: tuple[str, ...] = ()
    speed_kmh: float = 0.0
    loops: Mapping[str, str] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    ore_train: str = ""


@dataclass(frozen=True)
class RailQuestions:
    """What is asked of the railway of a study.

    via : places that services are led through, by service_id
    assumed_trains : trains a day of services without a number; assumed_services : rows that no table has
    transformer_* : the special train, its origin, days, window (clock times) and routes
    ore_* : trains a day that are tried, the trains there and back, and the routes
    stretches : name -> places, for tables of capacity
    measures : changes of the track that are valued
    closed_structure, closed_days, closed_name : what is closed, for how long, and how that is called
    transformer_cases : harder wishes of the special train
    effect_stretches, changes : what changes of the railway do, and on which stretches that is shown
    """

    via: Mapping[str, tuple[str, ...]]
    assumed_trains: Mapping[str, float]
    assumed_services: pd.DataFrame
    transformer_origin: str
    transformer_train: str
    transformer_weekdays: tuple[int, ...]
    transformer_window: tuple[str, str]
    transformer_routes: tuple[Route, ...]
    ore_counts: tuple[int, ...]
    ore_train: str
    ore_train_back: str
    ore_routes: tuple[Route, ...]
    stretches: Mapping[str, tuple[str, ...]]
    measures: tuple[Measure, ...]
    closed_structure: str
    closed_days: int
    closed_name: Mapping[str, str] = field(default_factory=dict)
    transformer_cases: tuple[SpecialCase, ...] = ()
    effect_stretches: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class KnownServices:
    """Services with what is assumed added to them; see `io.timetable.Services`."""

    trains: pd.DataFrame
    stations: pd.DataFrame


def read_questions(path: str | os.PathLike[str]) -> RailQuestions:
    """Questions from a TOML file of the study (data/ludvika/rail.toml shows all parts).

    Raises
    ------
    DataError
        The file is missing, is no TOML, or lacks a part.
    """
    file = require_file(path, "file with questions to the railway")
    name = file.name
    text = file.read_text(encoding="utf-8")
    try:
        return _questions(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise DataError(f"{name}: is no TOML ({fault}); correct it") from fault
    except (KeyError, TypeError) as fault:
        raise DataError(f"{name}: lacks or misspells {fault}; data/ludvika/rail.toml shows all parts") from fault


def _questions(table: Mapping[str, Any]) -> RailQuestions:
    transformer, ore, closure = table["transformer"], table["ore"], table["closure"]
    rows = pd.DataFrame(table.get("assumed_services", []))
    services = rows.set_index("service_id") if len(rows) else rows
    return RailQuestions(
        via={key: tuple(stops) for key, stops in table.get("via", {}).items()},
        assumed_trains={key: float(value) for key, value in table.get("assumed_trains", {}).items()},
        assumed_services=services,
        transformer_origin=transformer["origin"],
        transformer_train=transformer["train"],
        transformer_weekdays=tuple(transformer["weekdays"]),
        transformer_window=(transformer["window"][0], transformer["window"][1]),
        transformer_routes=_routes(transformer["routes"]),
        ore_counts=tuple(ore["counts"]),
        ore_train=ore["train"],
        ore_train_back=ore["train_back"],
        ore_routes=_routes(ore["routes"]),
        stretches={name: tuple(stops) for name, stops in table["stretches"].items()},
        measures=tuple(Measure(**row) for row in table.get("measures", [])),
        closed_structure=closure["structure"],
        closed_days=int(closure["days"]),
        closed_name=closure.get("name", {}),
        transformer_cases=tuple(_case(row, len(transformer["routes"])) for row in transformer.get("cases", [])),
        effect_stretches=_known_stretches(table),
        changes=tuple(_change(row) for row in table.get("effects", {}).get("cases", [])),
    )


def _case(row: Mapping[str, Any], n_routes: int) -> SpecialCase:
    alone = tuple(tuple(stops) for stops in row.get("alone", []))
    routes, longest = tuple(row.get("routes", [0])), float(row.get("max_journey_h", 24.0))
    lost = [k for k in routes if not 0 <= k < n_routes]
    if lost:
        raise DataError(f"transformer.cases: no route {lost[0]}; there are 0 to {n_routes - 1}")
    return SpecialCase(
        row["name"], tuple(row["weekdays"]), (row["window"][0], row["window"][1]), alone, routes, longest
    )


def _change(row: Mapping[str, Any]) -> Change:
    known = {"id", "name", "scenario", "speed", "loops", "measures", "ore_train"}
    lost = sorted(set(row) - known)
    if lost:
        raise DataError(f"effects.cases: {lost[0]!r} is no key; use {', '.join(sorted(known))}")
    speed = row.get("speed", {})
    return Change(
        id=row["id"],
        name=row["name"],
        scenario=row.get("scenario", ""),
        speed_ways=tuple(speed.get("ways", ())),
        speed_kmh=float(speed["speed_kmh"]) if speed else 0.0,
        loops=row.get("loops", {}),
        measures=tuple(Measure(**measure) for measure in row.get("measures", [])),
        ore_train=row.get("ore_train", ""),
    )


def _known_stretches(table: Mapping[str, Any]) -> tuple[str, ...]:
    names = tuple(table.get("effects", {}).get("stretches", ()))
    lost = [name for name in names if name not in table["stretches"]]
    if lost:
        raise DataError(f"effects.stretches: no stretch {lost[0]!r}.{name_near(lost[0], list(table['stretches']))}")
    return names


def _routes(rows: Sequence[Mapping[str, Any]]) -> tuple[Route, ...]:
    return tuple(Route(row["name"], tuple(row["stops"]), row.get("port", "")) for row in rows)


def known_services(services: Services, questions: RailQuestions) -> KnownServices:
    """The services with ways and numbers filled in and rows added where the questions assume them.

    Column `assumed` says which: `trains_per_day` where a number was put in or a row added.
    """
    trains = services.trains.copy()
    if "assumed" not in trains:
        trains["assumed"] = ""
    if "via_nodes" not in trains:
        trains["via_nodes"] = ""
    for part in (questions.via, questions.assumed_trains):
        lost = [key for key in part if key not in trains.index]
        if lost:
            raise DataError(f"questions: no service {lost[0]!r}; the services are {', '.join(map(str, trains.index))}")
    for key, stops in questions.via.items():
        trains.loc[key, "via_nodes"] = "; ".join(stops)
    for key, value in questions.assumed_trains.items():
        if trains["trains_per_day"].isna()[key]:
            trains.loc[key, "trains_per_day"] = value
            trains.loc[key, "assumed"] = "trains_per_day"
    added = questions.assumed_services
    if len(added):
        added = added.assign(assumed="trains_per_day", source="ASSUMED", scenario="")
        trains = pd.concat([trains, added])
        for name in ("scenario", "line", "note", "via_nodes"):
            if name in trains:
                trains[name] = trains[name].fillna("")
    return KnownServices(trains, services.stations)
