"""A page for each corridor (stråk): a strip from end to end, times, capacity, bottlenecks in order, and its worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.bottlenecks.corridor import CorridorSheet
from geoplan.maps.drawings_corridor import draw_corridor
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text, same
from geoplan.network.names import node_titles
from geoplan.present.evidence import evidence_table
from geoplan.present.scenarios import shows_base
from geoplan.present.words import MODE, transport_names
from geoplan.report.content import MapLink, Picture, Section, Table
from geoplan.study import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    Drawn = tuple[str, Text, "Figure"]

LEAST = 0.01  # of the largest loss along a corridor: smaller ones are counted only
# Decimals of what a mode may not have.
_MAY_LACK = {
    "delay_vehh": 2,
    "max_flow_vph": 0,
    "max_vc_ratio": 2,
    "max_consumption_pct": 0,
    "max_peak_pct": 0,
    "min_axle_load_t": 1,
}
_ALL = Text("Hela stråket", "The whole corridor")
_TIME_COLUMNS = (
    "of",
    "mode",
    "length_km",
    "free_min",
    "time_min",
    "back_min",
    "mean_kmh",
    "delay_vehh",
    "assumed_share",
)
_LOAD_COLUMNS = (
    "of", "mode", "max_flow_vph", "max_vc_ratio", "max_vc_at", "max_consumption_pct", "max_peak_pct",
    "max_consumption_at", "min_axle_load_t",
)  # fmt: skip
_MODE_WORDS = {
    "of": Text("stråk", "corridor"),
    "mode": Text("trafikslag", "mode"),
    "length_km": Text("längd (km)", "length (km)"),
    "free_min": Text("restid utan trafik (min)", "free time (min)"),
    "time_min": Text("restid (min)", "time (min)"),
    "back_min": Text("restid tillbaka (min)", "time back (min)"),
    "mean_kmh": Text("medelhastighet (km/h)", "mean speed (km/h)"),
    "delay_vehh": Text("fördröjning (fordonstimmar/h)", "delay (vehicle hours/h)"),
    "max_flow_vph": Text("största flöde (fordon/h)", "largest flow (vehicles/h)"),
    "max_vc_ratio": Text("högsta belastningsgrad", "highest volume/capacity"),
    "max_vc_at": Text("var", "where"),
    "max_consumption_pct": Text("belagd tid, dygn (%)", "time occupied, day (%)"),
    "max_peak_pct": Text("belagd tid, två timmar (%)", "time occupied, two hours (%)"),
    "max_consumption_at": Text("trängsta delsträcka", "fullest section"),
    "min_axle_load_t": Text("lägsta kända axellast (ton)", "least known axle load (t)"),
    "assumed_share": Text("antagen hastighet (% av längden)", "assumed speed (% of the length)"),
}


def corridor_file(key: str) -> str:
    """Name of the page of a corridor."""
    return f"corridor_{key}.html"


def corridor_drawings(answers: Answers, *, lang: Lang) -> list[Drawn]:
    """A strip of each corridor, keyed `corridor_` and its id."""
    titles = node_titles(answers.base.network)
    drawn = []
    for key, sheet in answers.corridors.items():
        named = {titles[node] for stops in sheet.corridor.places.values() for node in stops}
        strip = draw_corridor(sheet.sections, sheet.bottlenecks, named=named, lang=lang)
        drawn.append((f"corridor_{key}", sheet.corridor.title, strip))
    return drawn


def corridors_section(study: Study, answers: Answers, pictures: Sequence[Picture]) -> Section | None:
    """All corridors side by side with their strips, and links to their pages; None when the study names none."""
    if not answers.corridors:
        return None
    links = tuple(
        MapLink(corridor_file(key), sheet.corridor.title, text=corridor_headline(study, answers, key))
        for key, sheet in answers.corridors.items()
    )
    rows = [_modes(sheet).assign(of=_titles(sheet, len(sheet.modes))) for sheet in answers.corridors.values()]
    tables = _modes_tables("corridors", pd.concat(rows, ignore_index=True))
    return Section(
        id="corridors",
        title=Text("Stråk", "Corridors"),
        text=(
            Text(
                "Ett stråk är en kedja av vägar och järnvägar mellan orter. Varje stråk har en egen sida med "
                "flaskhalsarna "
                "i ordning längs det och vad det bär som helhet.",
                "A corridor is a chain of roads and railways between towns. Each has a page of its own with the "
                "bottlenecks in order along it and what it carries as a whole.",
            ),
        ),
        maps=links,
        tables=tables,
        pictures=tuple(pictures),
        stays=shows_base(answers),
    )


def corridor_headline(study: Study, answers: Answers, key: str) -> Text:
    """Times by road and rail, and what it would cost to lose the corridor, in a sentence."""
    sheet = answers.corridors[key]
    sv, en = [], []
    for mode, length, minutes in sheet.modes[["mode", "length_km", "time_min"]].to_numpy(dtype=object):
        word = MODE[mode]
        sv.append(f"{word.sv.lower()} {length:.0f} km på {minutes:.0f} min")
        en.append(f"{word.en.lower()} {length:.0f} km in {minutes:.0f} min")
    worth = sheet.worth.iloc[-1]
    hours = study.config.bottlenecks.closure_hours
    if not math.isnan(worth["closure_vehh"]):
        loss = worth["closure_vehh"]
        sv.append(f"stängt {hours:g} h kostar det {number_text(loss, 'sv', digits=0)} fordonstimmar")
        en.append(f"closed for {hours:g} h it costs {number_text(loss, 'en', digits=0)} vehicle hours")
    told_sv, told_en = "; ".join(sv), "; ".join(en)
    return Text(told_sv[:1].upper() + told_sv[1:] + ".", told_en[:1].upper() + told_en[1:] + ".")


def corridor_sections(study: Study, answers: Answers, key: str, picture: Picture | None = None) -> tuple[Section, ...]:
    """The sections of the page of one corridor."""
    sheet = answers.corridors[key]
    assumed = float((sheet.modes["assumed_share"] * sheet.modes["length_km"]).sum() / sheet.modes["length_km"].sum())
    along = Section(
        id="along",
        title=Text("Längs stråket", "Along the corridor"),
        text=(
            Text(
                f"Restider med bil är de i maxtimmen, med tåg körtid i banans hastighet utan uppehåll. Hastigheten är "
                f"antagen på {assumed * 100:.0f} % av längden. Belagd tid räknar de tåg som studiens tabeller har; "
                "utanför studieområdet är de ofullständiga.",
                "Times by car are those of the peak hour, by train running time at the speed of the line "
                "without stops. "
                f"The speed is assumed on {assumed * 100:.0f}% of the length. The time occupied counts the trains of "
                "the study's tables; outside the study area these are incomplete.",
            ),
        ),
        pictures=() if picture is None else (picture,),
        tables=(*_modes_tables("corridor_modes", _modes(sheet)), *_sections_tables(sheet)),
    )
    rows = sheet.bottlenecks
    weighty = rows[rows["annual_vehh"].isna() | (rows["annual_vehh"] >= LEAST * rows["annual_vehh"].max())]
    left = len(rows) - len(weighty)
    note = Text(
        f"I km-ordning; rang i studiens register, – för det som ligger utanför studieområdet. {left} rader med mindre "
        "än en hundradel av den största förlusten visas inte.",
        f"In order of km; the rank is that of the study's register, – for what lies outside the study area. {left} "
        "rows with less than a hundredth of the largest loss are not shown.",
    )
    table = evidence_table(
        "corridor_bottlenecks",
        Text("Flaskhalsar längs stråket", "Bottlenecks along the corridor"),
        weighty,
        answers.bottlenecks.attrs,
        few=None,
        measures=False,
        note=note,
    )
    hurts = Section(
        id="evidence", title=Text("Flaskhalsar i ordning", "Bottlenecks in order"), tables=(table,) if len(rows) else ()
    )
    return (along, hurts, _worth(study, sheet))


def corridor_tables(study: Study, answers: Answers) -> list[Table]:
    """The tables of all corridors' pages, each kind in one, for the workbook."""
    found: dict[str, list[tuple[Text, Table]]] = {}
    for key, sheet in answers.corridors.items():
        for section in corridor_sections(study, answers, key):
            for table in section.tables:
                found.setdefault(table.id, []).append((sheet.corridor.title, table))
    joined = []
    for key, tables in found.items():
        frames = [table.frame.assign(of=pd.Series([title] * len(table.frame), dtype="object", index=table.frame.index))
                  for title, table in tables]  # fmt: skip
        frame = pd.concat(frames, ignore_index=True)
        first = tables[0][1]
        shown = frame[["of", *(name for name in frame.columns if name != "of")]]
        joined.append(replace(first, frame=shown, id=key, labels={**first.labels, "of": Text("stråk", "corridor")}))
    return joined


def _titles(sheet: CorridorSheet, n: int) -> pd.Series:
    return pd.Series([sheet.corridor.title] * n, dtype="object")


def _modes(sheet: CorridorSheet) -> pd.DataFrame:
    rows = sheet.modes.reset_index(drop=True)
    return rows.assign(mode=pd.Series([MODE[mode] for mode in rows["mode"]], dtype="object"))


def _modes_tables(key: str, frame: pd.DataFrame) -> tuple[Table, ...]:
    """Times, and flow and capacity, of each mode."""
    shown = frame.copy()
    shown["assumed_share"] *= 100.0
    for name, digits in _MAY_LACK.items():
        shown[name] = pd.Series([_or_dash(value, digits) for value in shown[name]], index=shown.index, dtype="object")
    titles = {
        key: Text("Restid", "Travel time"),
        f"{key}_load": Text("Flöde och kapacitet", "Flow and capacity"),
    }
    columns = dict(zip(titles, (_TIME_COLUMNS, _LOAD_COLUMNS), strict=True))
    return tuple(
        Table(
            name,
            title,
            shown[[column for column in columns[name] if column in shown]],
            labels=_MODE_WORDS,
            units=dict.fromkeys(_MODE_WORDS, ""),
            digits=dict.fromkeys(_TIME_COLUMNS, 0),
            few=None,
        )
        for name, title in titles.items()
    )


def _sections_tables(sheet: CorridorSheet) -> tuple[Table, ...]:
    """A table a mode, with the columns that the mode has."""
    own = {
        "road": ["from_km", "name", "time_min", "speed_kmh", "flow_vph", "vc_ratio", "delay_vehh", "rank"],
        "rail": [
            "from_km",
            "name",
            "time_min",
            "speed_kmh",
            "trains",
            "consumption_pct",
            "peak_pct",
            "max_axle_load_t",
        ],
        "sea": ["from_km", "name", "time_min", "speed_kmh"],
    }
    tables = []
    for mode, part in sheet.sections.groupby("mode", sort=False):
        shown = part[own[str(mode)]].copy()
        if "rank" in shown:
            shown["rank"] = [same("" if np.isnan(rank) else f"{rank:.0f}") for rank in part["rank"]]
        tables.append(
            Table(
                f"corridor_{mode}",
                Text(f"Delsträckor: {MODE[str(mode)].sv.lower()}", f"Sections: {MODE[str(mode)].en.lower()}"),
                shown,
                labels={
                    "from_km": Text("från km", "from km"),
                    "name": Text("sträcka", "section"),
                    "time_min": Text("restid (min)", "time (min)"),
                    "trains": Text("tåg per dygn", "trains a day"),
                    "consumption_pct": Text("belagd tid, dygn (%)", "time occupied, day (%)"),
                    "peak_pct": Text("belagd tid, två timmar (%)", "time occupied, two hours (%)"),
                    "rank": Text("bästa rang i registret", "best rank in the register"),
                },
                units={"from_km": "", "time_min": "", "consumption_pct": "", "peak_pct": ""},
                digits={"from_km": 1, "time_min": 1, "flow_vph": 0, "vc_ratio": 2, "consumption_pct": 0, "peak_pct": 0}
                | {"trains": 0, "delay_vehh": 3},
            )
        )
    return tuple(tables)


def _worth(study: Study, sheet: CorridorSheet) -> Section:
    names = transport_names(study)
    rows = sheet.worth
    hours = study.config.bottlenecks.closure_hours
    frame = pd.DataFrame(
        {
            "mode": [MODE.get(mode, _ALL) for mode in rows["mode"]],
            "vehkm": rows["vehkm"].to_numpy(),
            "vehkm_share": rows["vehkm_share"].to_numpy() * 100.0,
            "closure_vehh": rows["closure_vehh"].to_numpy(),
            "unsatisfied_trips": rows["unsatisfied_trips"].to_numpy(),
            "transports": [_named(str(keys), names) for keys in rows["transports"]],
            "tonnes_per_year": rows["tonnes_per_year"].to_numpy(),
        }
    )
    return Section(
        id="worth",
        title=Text("Vad stråket är värt", "What the corridor is worth"),
        text=(
            Text(
                f"Det som stråket bär i dag, och vad det kostar biltrafiken om allt stängs i {hours:g} timmar. "
                "Tågresenärer "
                "och vanligt gods på järnväg är inte med.",
                f"What the corridor carries today, and what closing all of it for {hours:g} hours costs car traffic. "
                "Train passengers and ordinary rail freight are not in it.",
            ),
        ),
        tables=(
            Table(
                "corridor_worth",
                Text("Stråket som helhet", "The corridor as a whole"),
                frame,
                labels={
                    "mode": Text("del", "part"),
                    "vehkm": Text("trafikarbete (fordonskm i maxtimmen)", "traffic (vehicle km in the peak hour)"),
                    "vehkm_share": Text("andel av allt (%)", "share of all (%)"),
                    "closure_vehh": Text("stängt (fordonstimmar)", "closed (vehicle hours)"),
                    "unsatisfied_trips": Text("resor/h utan annan väg", "trips/h without another way"),
                    "transports": Text("tunga transporter här", "heavy transports here"),
                    "tonnes_per_year": Text("ton per år", "tonnes a year"),
                },
                units=dict.fromkeys(frame.columns, ""),
                digits={"vehkm": 0, "vehkm_share": 0, "closure_vehh": 0, "unsatisfied_trips": 0, "tonnes_per_year": 0},
                few=None,
            ),
        ),
    )


def _or_dash(value: float, digits: int) -> Text:
    """A number, or a dash where the mode has no such thing or it is not known."""
    if math.isnan(value):
        return same("–")
    return Text(number_text(value, "sv", digits=digits), number_text(value, "en", digits=digits))


def _named(keys: str, names: dict[str, Text]) -> Text:
    told = [names.get(key, same(key)) for key in keys.split(", ") if key]
    return Text("; ".join(name.sv for name in told), "; ".join(name.en for name in told))
