"""The railway: how full it is, when the special train can go, how many ore trains fit, and what changes that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from geoplan.analyse.answers import Answers, RailAnswers
from geoplan.maps.formats import short_text
from geoplan.maps.labels import LANGS, Text, same, unit_word
from geoplan.present.rail_effects import MakeTable, effect_tables
from geoplan.present.rail_words import CLASSES, DAYS, LABELS, NOT_KNOWN, clock, exceeded_words, place_names
from geoplan.rail.train import train
from geoplan.report.content import NO_TEXT, Bar, Chart, Picture, Section, Table, by_scenario_of
from geoplan.study import Study

_SLOT_COLUMNS = [
    "port", "route", "length_km", "run_h", "slots", "depart", "arrive", "wait_min", "stops", "slack_min", "weeks",
    "over", "unknown_limits",
]  # fmt: skip
_ORE_COLUMNS = [
    "route", "trains", "section", "before_pct", "day_pct", "day_class", "peak_pct", "peak_class",
    "extra_trains_80", "placed", "mean_h", "over",
]  # fmt: skip
_STRETCH_COLUMNS = [
    "stretch", "section", "trains", "day_pct", "low_pct", "high_pct", "day_class", "peak_pct", "peak_class",
    "extra_trains_60", "extra_trains_80", "extra_trains_100",
]  # fmt: skip
_WHAT_IT_IS = Text(
    "Ingen tidtabell för banorna kan läsas fritt. Belagd tid är en uppskattning av tåg per dygn, mötesstationer och "
    "gångtider, där mycket är antaget. Tåglägena är sökta i en påhittad, konfliktfri tidtabell: de visar om det finns "
    "plats, inte när tåget går.",
    "No timetable of the lines can be had freely. The time occupied is an estimate from trains a day, passing loops "
    "and running times, much of it assumed. The slots were searched in a made-up timetable without conflicts: they "
    "show whether there is room, not when the train goes.",
)
_LEFT_AS_IT_IS = Text(
    "Scenariot ändrar varken banorna eller tågen: belagd tid och tåglägen är som i nuläget.",
    "The scenario changes neither the lines nor the trains: time occupied and slots are those of the base.",
)
_LED_ROUND = Text(
    "Persontåg vars väg är stängd räknas här som omledda, i avsnittet Kollektivtrafik som inställda: belagd tid på "
    "omvägen är därför i överkant.",
    "Passenger trains whose way is closed count as led round here, and as cancelled under Public transport: the time "
    "occupied on the way round is therefore on the high side.",
)
_CHANGED = Text(
    "I scenariot går tågen den snabbaste väg som är öppen, och tågen som scenariot lägger till är med.",
    "In the scenario trains go the quickest way that is open, and the trains that it adds are counted.",
)
_SLOT_NOTE = Text(
    "Ledigt: så många minuter i veckan som tåget kan avgå, varje vecka. Den bästa avgången är den med minst väntan som "
    "går samma veckodag och tid varje vecka. Där tåget är tyngre per axel eller meter än banan medger går det som "
    "specialtransport med tillstånd.",
    "Free: minutes of the week at which the train can leave, in every week. The best departure is the one with the "
    "least waiting that holds on the same weekday and time in every week. Where the train is heavier an axle or a "
    "metre than the line allows it goes as special transport with a permit.",
)
_ORE_NOTE = Text(
    "Tåg per dygn i vardera riktningen. Belagd tid på färdvägens trängsta delsträcka; över 80 % blir trafiken mycket "
    "känslig för störningar.",
    "Trains a day each way. Time occupied on the fullest section of the route; above 80 % traffic is very sensitive to "
    "disturbance.",
)
_STRETCH_NOTE = Text(
    "Fler tåg: godståg av vanlig sort, båda riktningarna tillsammans, tills delsträckan är belagd till den andelen av "
    "dygnet. Klasserna är Trafikverkets: högst 60 %, 61–80 % och 81 % eller mer. Okända mötesstationer: stationer som "
    "stationstabellen nämner utan uppgift är räknade utan mötesspår, övriga med. Mer än 100 % utan dem säger att några "
    "måste finnas, om trafiken är den antagna.",
    "More trains: ordinary freight trains, both ways together, until the section is occupied for that share of the "
    "day. The classes are Trafikverket's: up to 60 %, 61-80 % and 81 % or more. Unknown loops: stations that the table "
    "of stations lists without an answer count as none, all others as loops. More than 100 % without them says that "
    "some must exist, if the traffic is as assumed.",
)


def rail_section(study: Study, answers: Answers, pictures: Sequence[Picture] = ()) -> Section | None:
    """Capacity and slots in every scenario, and ore trains, changes, closure and measures beside the base.

    None when the study asks nothing of its railway.
    """
    rail, base = answers.rail, answers.base.scenario
    if rail is None:
        return None
    table = partial(rail_table, ports=place_names(study.network))
    stays = Text(
        f"Utgår från scenariot {base.name('sv')}, oavsett vilket som är valt.",
        f"Starts from the scenario {base.name('en')}, whichever is chosen.",
    )
    words = {"before_pct": Text("belagd tid utan malmtåg", "without ore trains")}
    title = Text("Plats för malmtåg", "Room for ore trains")
    ore = table("rail_ore", title, rail.ore_trains, _ORE_COLUMNS, note=_ORE_NOTE, labels=words)
    beside = [replace(one, stays=stays) for one in (ore, *effect_tables(rail, table))]
    made = {}
    for key, one in (answers.rails or {base.id: rail}).items():
        said = () if key == base.id else (_LEFT_AS_IT_IS,) if one is rail else (_CHANGED, *_led_round(answers, key))
        made[key] = _section(one, (_WHAT_IT_IS, *said), pictures, beside, table)
    return by_scenario_of(made)


def _section(
    rail: RailAnswers, text: tuple[Text, ...], pictures: Sequence[Picture], beside: Sequence[Table], table: MakeTable
) -> Section:
    """The section of one scenario."""
    tables = [
        table(
            "rail_stretches", Text("Belagd tid per sträcka", "Time occupied by stretch"), rail.stretches,
            _STRETCH_COLUMNS, note=_STRETCH_NOTE,
        ),
        table(
            "rail_slots", Text("Tågläge för transformatortåget", "Slot for the transformer train"), rail.slots,
            _SLOT_COLUMNS, note=_slot_note(rail),
        ),
    ]  # fmt: skip
    return Section(
        id="rail",
        title=Text("Järnväg", "Railway"),
        text=text,
        charts=(_chart(rail),),
        pictures=tuple(pictures),
        tables=(*tables, *beside),
    )


def _led_round(answers: Answers, scenario: str) -> tuple[Text, ...]:
    """That passenger trains are led round here, where the section on public transport has them cancelled."""
    transit = None if answers.commuting is None else answers.commuting.transit
    return () if transit is None or scenario not in transit.stopped else (_LED_ROUND,)


def _slot_note(rail: RailAnswers) -> Text:
    """What a slot is, and how heavy and long the train is that was searched for."""
    if rail.questions is None:
        return _SLOT_NOTE
    special = train(rail.questions.transformer_train)
    sizes = ((special.mass_t, "t"), (special.length_m, "m"), (special.axle_load_t, "t"))
    sv, en = (tuple(f"{short_text(value, lang)} {unit_word(unit, lang)}" for value, unit in sizes) for lang in LANGS)
    return Text(
        f"Tåget som söks är räknat med full last: {sv[0]}, {sv[1]} långt, axellast {sv[2]}. {_SLOT_NOTE.sv}",
        f"The train searched for is fully laden: {en[0]}, {en[1]} long, axle load {en[2]}. {_SLOT_NOTE.en}",
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


def _with_times(frame: pd.DataFrame) -> pd.DataFrame:
    """Departures with their weekday, arrivals by the clock, and in how many of the weeks they work, in words."""
    told = frame.copy()
    if "weekday" in frame:
        told["depart"] = [
            Text(f"{DAYS[day].sv} {clock(at)}", f"{DAYS[day].en} {clock(at)}") if day in DAYS else same("–")
            for day, at in zip(frame["weekday"], frame["depart"], strict=True)
        ]
    if "arrive" in frame:
        told["arrive"] = [clock(value) for value in frame["arrive"]]
    if "weeks_ok" in frame:
        told["weeks"] = [
            same("–") if pd.isna(good) else Text(f"{good:.0f} av {count:.0f}", f"{good:.0f} of {count:.0f}")
            for good, count in zip(frame["weeks_ok"], frame["n_weeks"], strict=True)
        ]
    return told


def rail_table(
    key: str,
    title: Text,
    frame: pd.DataFrame,
    columns: Sequence[str],
    *,
    note: Text = NO_TEXT,
    labels: Mapping[str, Text] | None = None,
    ports: Mapping[str, Text] | None = None,
) -> Table:
    """A table of railway results with its words; columns that the frame lacks are left out."""
    joined = _with_times(frame)
    shown = joined[[column for column in columns if column in joined]].copy()
    for column in ("day_class", "peak_class", "class_before", "class_after"):
        if column in shown:
            shown[column] = [CLASSES.get(str(value), NOT_KNOWN) for value in shown[column]]
    if "port" in shown:
        shown["port"] = [(ports or {}).get(str(name), same(str(name))) for name in shown["port"]]
    if "over" in shown:
        shown["over"] = [exceeded_words(rows) if isinstance(rows, tuple) else Text("–", "–") for rows in shown["over"]]
    if "stops" in shown:
        shown["stops"] = [str(value) if isinstance(value, str) and value else "–" for value in shown["stops"]]
    words = {**LABELS, **(labels or {})}
    percent = [column for column in shown if str(column).endswith("_pct")]
    return Table(
        key,
        title,
        shown,
        labels={str(column): words[str(column)] for column in shown if str(column) in words},
        units={**{str(column): Text("%", "%") for column in percent}, "moved_min": NO_TEXT},
        digits={str(c): 0 for c in shown if str(c).startswith("extra_") or c == "trains"},
        note=note,
        few=None,
    )
