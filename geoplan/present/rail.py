"""The railway: how full it is, when the special train can go, and how many ore trains fit."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from geoplan.analyse.answers import Answers, RailAnswers
from geoplan.maps.labels import Text
from geoplan.report.content import Bar, Chart, Section, Table

_SLOT_COLUMNS = [
    "port",
    "route",
    "length_km",
    "run_h",
    "weekday",
    "depart",
    "arrive",
    "wait_min",
    "weeks_ok",
    "n_weeks",
]
_SLOT_COLUMNS += ["over_limits", "unknown_limits"]
_ORE_COLUMNS = [
    "route",
    "trains",
    "movements",
    "section",
    "before_pct",
    "day_pct",
    "day_class",
    "peak_pct",
    "peak_class",
]
_ORE_COLUMNS += ["extra_trains_80", "placed", "mean_h"]
_STRETCH_COLUMNS = ["stretch", "section", "trains", "day_pct", "day_class", "peak_pct", "peak_class", "extra_trains_80"]

_LABELS = {
    "stretch": Text("sträcka", "stretch"),
    "section": Text("trängsta delsträcka", "fullest section"),
    "trains": Text("tåg per dygn", "trains a day"),
    "day_pct": Text("belagd tid, dygn", "time occupied, day"),
    "day_class": Text("begränsning, dygn", "limitation, day"),
    "peak_pct": Text("belagd tid, två timmar", "time occupied, two hours"),
    "peak_class": Text("begränsning, två timmar", "limitation, two hours"),
    "extra_trains_80": Text("fler tåg till 80 %", "more trains to 80 %"),
    "port": Text("hamn", "port"),
    "route": Text("väg", "route"),
    "length_km": Text("längd", "length"),
    "run_h": Text("gångtid", "running time"),
    "weekday": Text("dag", "day"),
    "depart": Text("avgång", "departure"),
    "arrive": Text("ankomst", "arrival"),
    "wait_min": Text("väntan på vägen", "waiting on the way"),
    "weeks_ok": Text("veckor som går", "weeks that work"),
    "n_weeks": Text("av veckor", "of weeks"),
    "unknown_limits": Text("sträckor med okänd gräns", "sections with an unknown limit"),
    "movements": Text("tågrörelser", "movements"),
    "before_pct": Text("belagd tid utan malmtåg", "time occupied without ore trains"),
    "placed": Text("malmtåg som får plats", "ore trains that find a time"),
    "mean_h": Text("medelrestid", "mean journey"),
}
_TITLES = {
    "stretches": Text("Belagd tid per sträcka", "Time occupied by stretch"),
    "slots": Text("Tågläge för transformatortåget", "Slot for the transformer train"),
    "ore": Text("Plats för malmtåg", "Room for ore trains"),
}
_WHAT_IT_IS = Text(
    "Ingen tidtabell för banorna kan läsas fritt. Belagd tid är en uppskattning av tåg per dygn, mötesstationer och "
    "gångtider, där mycket är antaget. Tåglägena är sökta i en påhittad, konfliktfri tidtabell: de visar om det finns "
    "plats, inte när tåget går.",
    "No timetable of the lines can be had freely. The time occupied is an estimate from trains a day, passing loops "
    "and running times, much of it assumed. The slots were searched in a made-up timetable without conflicts: they "
    "show whether there is room, not when the train goes.",
)
_OVER_LIMITS = Text(
    "Tåget är tyngre per axel eller meter än banorna medger: det går som specialtransport med tillstånd.",
    "The train is heavier an axle or a metre than the lines allow: it goes as special transport with a permit.",
)
_UNITS = {"before_pct": Text("%", "%")}
_CLASSES = {"low": Text("liten", "low"), "medium": Text("medelstor", "medium"), "high": Text("stor", "high")}
_DAYS = {
    "Monday": Text("måndag", "Monday"),
    "Tuesday": Text("tisdag", "Tuesday"),
    "Wednesday": Text("onsdag", "Wednesday"),
    "Thursday": Text("torsdag", "Thursday"),
    "Friday": Text("fredag", "Friday"),
    "Saturday": Text("lördag", "Saturday"),
    "Sunday": Text("söndag", "Sunday"),
}


def rail_section(answers: Answers) -> Section | None:
    """Capacity by stretch, slots of the special train, ore trains; None when the study asks nothing of its railway."""
    rail = answers.rail
    if rail is None:
        return None
    stretches = _table("rail_stretches", _TITLES["stretches"], rail.stretches, _STRETCH_COLUMNS)
    slots = _table("rail_slots", _TITLES["slots"], rail.slots, _SLOT_COLUMNS)
    if (rail.slots["over_limits"] != "").any():
        slots = replace(slots, note=_OVER_LIMITS)
    ore = _table("rail_ore", _TITLES["ore"], rail.ore_trains, _ORE_COLUMNS)
    return Section(
        id="rail",
        title=Text("Järnväg", "Railway"),
        text=(_WHAT_IT_IS,),
        charts=(_chart(rail),),
        tables=(stretches, slots, ore),
    )


def _chart(rail: RailAnswers) -> Chart:
    known = rail.stretches[rail.stretches["peak_pct"].notna()].nlargest(10, "peak_pct")
    bars = tuple(
        Bar(Text(str(name), str(name)), float(value), tone="strong" if value > 80 else "")
        for name, value in zip(known["stretch"], known["peak_pct"].to_numpy(), strict=True)
    )
    return Chart(
        "rail_occupied",
        Text("Belagd tid under de två mest belastade timmarna", "Time occupied in the busiest two hours"),
        bars,
        unit=Text("%", "%"),
        digits=0,
        limit=80.0,
        limit_label=Text("80 %: stora begränsningar", "80%: severe limitations"),
    )


def _table(key: str, title: Text, frame: pd.DataFrame, columns: list[str]) -> Table:
    shown = frame[[column for column in columns if column in frame]].copy()
    for column in ("day_class", "peak_class"):
        if column in shown:
            shown[column] = [_CLASSES.get(str(value), Text("okänd", "not known")) for value in shown[column]]
    if "weekday" in shown:
        shown["weekday"] = [_DAYS.get(str(value), Text(str(value), str(value))) for value in shown["weekday"]]
    for column in ("depart", "arrive"):
        if column in shown:
            shown[column] = [_clock(value) for value in shown[column]]
    units = {column: unit for column, unit in _UNITS.items() if column in shown}
    return Table(key, title, shown, labels={c: t for c, t in _LABELS.items() if c in shown}, units=units)


def _clock(value: object) -> str:
    """A time beyond midnight as the clock shows it, with the days that have passed."""
    parts = str(value).split(":")
    if len(parts) < 2 or not parts[0].isdigit():
        return str(value)
    days, hour = divmod(int(parts[0]), 24)
    return f"{hour:02d}:{parts[1]}" + (f" (+{days})" if days else "")
