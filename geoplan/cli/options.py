"""What commands take: places, options and how they are read."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from geoplan.errors import DataError


class Lang(StrEnum):
    sv = "sv"
    en = "en"


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


NO_ANSWER, BAD_INPUT = 1, 2


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


Place = Annotated[str, typer.Argument(help="Study (name, folder or study.toml) or network file (.osm.pbf, .gpkg ...).")]


PointA = Annotated[str, typer.Argument(help="Start: node id, name, or lon,lat.")]


PointB = Annotated[str, typer.Argument(help="End: node id, name, or lon,lat.")]


Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="File to write instead of the screen: .csv, .json or .xlsx.")
]


Shape = Annotated[Format, typer.Option("--format", help="How to print tables.")]


Language = Annotated[
    Lang | None, typer.Option("--lang", help="Language of maps and reports; else the study's own, English for a file.")
]


Modes = Annotated[str, typer.Option("--modes", help="Modes to load of a file, parted by commas; a study has its own.")]


Weight = Annotated[float, typer.Option("--weight", help="Weight of the load, tonnes.")]


Length = Annotated[float, typer.Option("--length", help="Length of the load, metres.")]


Width = Annotated[float, typer.Option("--width", help="Width of the load, metres.")]


Height = Annotated[float, typer.Option("--height", help="Height of the load, metres.")]


Vehicles = Annotated[
    list[str] | None,
    typer.Option("--vehicle", help="Vehicle that may be used, such as q73; may be repeated. Left out: all at hand."),
]


Permits = Annotated[
    list[str] | None,
    typer.Option("--permit", help="Further exemption the carrier can get, such as posted_weight; may be repeated."),
]


TimetableFile = Annotated[
    Path | None,
    typer.Option("--timetable", help="Timetable: .csv, .xlsx, railML 3 or GTFS; the study's services when left out."),
]


FirstDay = Annotated[str | None, typer.Option("--from", help="First day, such as 2026-01-01.")]


LastDay = Annotated[str | None, typer.Option("--to", help="Last day.")]


def split_modes(text: str) -> tuple[str, ...]:
    modes = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [mode for mode in modes if mode not in ("road", "rail", "sea")]
    if wrong or not modes:
        raise DataError(f"--modes {text!r}: use road, rail, sea, parted by commas")
    return modes


def choice(option: str, value: str, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise DataError(f"{option} {value!r} is not known; use one of {', '.join(allowed)}")
    return value


def language(lang: Lang | None) -> Any:
    return None if lang is None else lang.value


def day(option: str, text: str | None) -> Any:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DataError(f"{option} {text!r} is no day; write such as 2026-01-31") from None


def weekday(name: str) -> int:
    return WEEKDAYS.index(choice("--days", name.strip().lower()[:3], WEEKDAYS))


def clock_window(text: str) -> tuple[str, str]:
    low, dash, high = text.partition("-")
    if not dash:
        raise DataError(f"--window {text!r} is no window; write such as 20:00-28:00")
    return low.strip(), high.strip()
