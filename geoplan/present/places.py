"""A page for each place: what it is, what speaks for it, who is hit, which transports, what to do and find out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.bottlenecks.places import PlaceSheet
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text, same
from geoplan.present.place_actions import evidence_part, measures_part, open_part
from geoplan.present.place_effects import freight_part, who_part
from geoplan.present.place_state import state_part, summarise
from geoplan.present.scenarios import shows_base
from geoplan.report.content import MapLink, Section, Table
from geoplan.study import Study


def place_file(key: str) -> str:
    """Name of the page of a place."""
    return f"place_{key}.html"


def places_section(study: Study, answers: Answers) -> Section | None:
    """All places side by side, with links to their pages; None when the study names none."""
    if not answers.places:
        return None
    rows = [_shown(summarise(sheet)) for sheet in answers.places.values()]
    links = tuple(
        MapLink(place_file(key), sheet.place.title, text=_lead(study, sheet)) for key, sheet in answers.places.items()
    )
    hours = study.config.bottlenecks.closure_hours
    return Section(
        id="places",
        title=Text("Platser", "Places"),
        text=(
            Text(
                "Varje plats har en egen sida med belägg, berörda kommuner, tunga transporter, åtgärder enligt "
                "fyrstegsprincipen och det som återstår att ta reda på.",
                "Each place has a page of its own with evidence, municipalities hit, heavy transports, measures by the "
                "four-step principle, and what remains to be found out.",
            ),
        ),
        maps=links,
        stays=shows_base(answers),
        tables=(
            Table(
                "places",
                Text("Platserna sida vid sida", "The places side by side"),
                pd.DataFrame(rows),
                labels={
                    "place": Text("plats", "place"),
                    "rank": Text("bästa rang", "best rank"),
                    "closure_vehh": Text(
                        f"stängd {hours:g} h (fordonstimmar)", f"closed for {hours:g} h (vehicle hours)"
                    ),
                    "unsatisfied_trips": Text("resor/h utan annan väg", "trips/h without another way"),
                    "consumption_pct": Text("belagd tid, dygn", "time occupied, day"),
                    "peak_pct": Text("belagd tid, två timmar", "time occupied, two hours"),
                    "stopped": Text("tunga transporter som stoppas", "heavy transports stopped"),
                    "stopped_tonnes": Text("ton per år som stoppas", "tonnes a year stopped"),
                    "unknown": Text("uppgifter som saknas", "facts not known"),
                },
                units={"closure_vehh": "", "unsatisfied_trips": "", "stopped_tonnes": ""},
                few=None,
            ),
        ),
    )


def place_sections(study: Study, answers: Answers, key: str) -> tuple[Section, ...]:
    """The sections of the page of one place."""
    sheet = answers.places[key]
    parts = (
        state_part(study, sheet),
        who_part(study, sheet),
        freight_part(study, sheet),
        evidence_part(answers, sheet),
        measures_part(sheet),
        open_part(sheet),
    )
    return tuple(part for part in parts if part is not None)


def place_headline(study: Study, answers: Answers, key: str) -> Text:
    """What was found of a place, in a sentence."""
    return _lead(study, answers.places[key])


def place_tables(study: Study, answers: Answers) -> list[Table]:
    """The tables of all places' pages, each kind in one, for the workbook."""
    found: dict[str, list[tuple[Text, Table]]] = {}
    for key, sheet in answers.places.items():
        for section in place_sections(study, answers, key):
            for table in section.tables:
                found.setdefault(table.id, []).append((sheet.place.title, table))
    return [_joined(key, tables, Text("plats", "place")) for key, tables in found.items()]


def _joined(key: str, tables: Sequence[tuple[Text, Table]], label: Text) -> Table:
    parts = []
    for title, table in tables:
        frame = table.frame.copy()
        frame.insert(0, "of", pd.Series([title] * len(frame), index=frame.index, dtype="object"))
        parts.append(frame)
    first = tables[0][1]
    return replace(first, id=key, frame=pd.concat(parts, ignore_index=True), labels={**first.labels, "of": label})


def _shown(row: Mapping[str, object]) -> dict[str, object]:
    """A summary for the table: a dash for what the place has not (no road, no railway) or nobody knows."""
    return {
        name: same("–") if isinstance(value, float) and math.isnan(value) else _text_of(name, value)
        for name, value in row.items()
    }


def _text_of(name: str, value: object) -> object:
    if not isinstance(value, int | float):
        return value
    digits = 2 if name == "delay_vehh" else 0
    return Text(number_text(float(value), "sv", digits=digits), number_text(float(value), "en", digits=digits))


def _lead(study: Study, sheet: PlaceSheet) -> Text:
    """The weightiest findings of a place, in one or two sentences."""
    row = summarise(sheet)
    sv, en = [], []
    hours = study.config.bottlenecks.closure_hours
    loss, lost = float(str(row["closure_vehh"])), float(str(row["unsatisfied_trips"]))
    if loss > 0:
        no_way = lost >= 1
        more_sv = f" och {number_text(lost, 'sv', digits=0)} resor/h saknar annan väg" if no_way else ""
        more_en = f", and {number_text(lost, 'en', digits=0)} trips/h have no other way" if no_way else ""
        sv.append(f"stängd {hours:g} h kostar den {number_text(loss, 'sv', digits=0)} fordonstimmar{more_sv}")
        en.append(f"closed for {hours:g} h it costs {number_text(loss, 'en', digits=0)} vehicle hours{more_en}")
    day, peak = float(str(row["consumption_pct"])), float(str(row["peak_pct"]))
    if not math.isnan(day):
        sv.append(
            f"järnvägen är belagd högst {day:.0f} % av dygnet och {peak:.0f} % under de två mest belastade timmarna"
        )
        en.append(f"its railway is occupied at most {day:.0f}% of the day and {peak:.0f}% in the busiest two hours")
    if row["stopped"]:
        tonnes = float(str(row["stopped_tonnes"]))
        sv.append(f"{row['stopped']} av studiens tunga transporter ({number_text(tonnes, 'sv', digits=0)} ton per år) "
                  "kan inte passera")  # fmt: skip
        en.append(f"{row['stopped']} of the study's heavy transports ({number_text(tonnes, 'en', digits=0)} t a year) "
                  "cannot pass")  # fmt: skip
    if not sv:
        return Text("Ingen av studiens mätare slår ut här.", "None of the study's measures points to this place.")
    joined_sv, joined_en = "; ".join(sv), "; ".join(en)
    return Text(joined_sv[0].upper() + joined_sv[1:] + ".", joined_en[0].upper() + joined_en[1:] + ".")
