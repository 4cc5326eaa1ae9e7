"""Tables of what changes the railway: before and after, harder wishes, a closed bridge, measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from geoplan.analyse.answers import RailAnswers
from geoplan.analyse.rail_effects import ORE_AT_MEASURES, RailEffects
from geoplan.maps.labels import Text, same
from geoplan.present.rail_words import DAYS, DETOURS, MEASURES, clock, named
from geoplan.rail.questions import RailQuestions
from geoplan.report.content import Table

MakeTable = Callable[..., Table]
TODAY = Text("i dag", "today")
_SEVERE_PCT = 80.0


def effect_tables(rail: RailAnswers, make: MakeTable) -> list[Table]:
    """All of them; none when nothing was asked."""
    effects, questions = rail.effects, rail.questions
    if effects is None or questions is None:
        return []
    names = {"": TODAY, **{change.id: named(change.name) for change in questions.changes}}
    tables = [_cases(effects, questions, make)] if len(effects.cases) else []
    if len(questions.changes):
        tables += [_trains(effects, questions, names, make), _stretches(effects, names, make)]
    tables += _closure(effects, questions, make)
    return [*tables, _measures(effects, questions, make)] if len(effects.measures) else tables


def _cases(effects: RailEffects, questions: RailQuestions, make: MakeTable) -> Table:
    frame = effects.cases.copy()
    frame["case"] = [named(questions.transformer_cases[k].name) for k in frame["case"]]
    frame["why"] = [
        Text(sv or "–", en or "–") for sv, en in zip(frame["why_sv"].fillna(""), frame["why"].fillna(""), strict=True)
    ]
    frame["at"] = [
        Text(f"{DAYS[day].sv} {clock(at)}", f"{DAYS[day].en} {clock(at)}") if day in DAYS else Text("–", "–")
        for day, at in zip(frame["at_weekday"], frame["at"], strict=True)
    ]
    frame["moves"] = [
        _no_answer(int(stuck), in_time=bool(in_time)) if stuck or not in_time else same(moves or "–")
        for moves, stuck, in_time in zip(frame["moves"], frame["stuck"], frame["in_time"], strict=True)
    ]
    for column in ("moved_trains", "moved_min", "wait_min"):
        frame[column] = [
            "–" if np.isnan(float(value)) else f"{float(value):.0f}" for value in frame[column].fillna(np.nan)
        ]
    columns = ["case", "port", "slots", "depart", "wait_min", "weeks", "why", "at"]
    note = Text(
        "Där ingen avgång är ledig varje vecka: vad som står i vägen, och de minsta flyttningar av andra tåg "
        "(högst 30 minuter) som ger plats. Tre avgångar i fönstret prövas.",
        "Where no departure is free every week: what stands in the way, and the least moves of other trains (30 "
        "minutes at most) that make room. Three departures of the window are tried.",
    )
    title = Text(
        "Svårare önskemål, hinder och pris i flyttade minuter",
        "Harder requests: obstacles, and what room costs in moved minutes",
    )
    return make("rail_cases", title, frame, [*columns, "moved_trains", "moved_min", "moves"], note=note)


def _no_answer(stuck: int, *, in_time: bool) -> Text:
    """Why there are no moves: trains that would have to move too far, or a search that did not get to an answer."""
    if not in_time:
        return Text(
            "okänt: sökningen avbröts innan den var klar",
            "not known: the search stopped before it had an answer",
        )
    return Text(
        f"räcker inte: {stuck} tåg skulle behöva flyttas mer än 30 minuter",
        f"not enough: {stuck} {'train' if stuck == 1 else 'trains'} would have to move more than 30 minutes",
    )


def _trains(effects: RailEffects, questions: RailQuestions, names: Mapping[str, Text], make: MakeTable) -> Table:
    frame = effects.trains.copy()
    frame["change"] = [names[key] for key in frame["change"]]
    labels, columns = {}, ["change"]
    for k, route in enumerate(questions.ore_routes):
        way = f"{route.name.split('–')[0]}–{route.name.split('–')[-1]}"
        labels[f"ore_{k}"] = Text(
            f"malmtåg per dygn och riktning till 80 %, {way}", f"ore trains each way to 80 %, {way}"
        )
        labels[f"mt_{k}"] = Text(f"miljoner ton per år, {way}", f"million tonnes a year, {way}")
        columns += [f"ore_{k}", f"mt_{k}"]
    note = Text(
        "Malmtåg: så många per dygn i vardera riktningen som ryms innan färdvägens trängsta delsträcka är belagd till "
        "80 % av dygnet, utan andra malmtåg. Transformatortåget går till första hamnen i tabellen ovan.",
        "Ore trains: as many a day each way as fit before the fullest section of the route is occupied 80 % of the "
        "day, with no other ore trains. The transformer train goes to the first port of the table above.",
    )
    title = Text("Vad åtgärder ger: malmtåg och tåglägen, före och efter", "What changes give: ore trains and slots")
    columns += ["slots", "journey_h", "wait_min", "over_axle_km"]
    return make("rail_effects", title, frame, columns, note=note, labels=labels)


def _stretches(effects: RailEffects, names: Mapping[str, Text], make: MakeTable) -> Table:
    """Only stretches that a change touches, beside what they are today."""
    table = effects.stretches
    today = table[table["change"] == ""].set_index("stretch")
    rows = []
    for row in table[table["change"] != ""].to_dict("records"):
        before = today.loc[row["stretch"]].to_dict()
        moved = row["day_pct"] - before["day_pct"]
        if abs(moved) < 0.05:
            continue
        rows.append(
            {
                "change": names[row["change"]],
                "stretch": row["stretch"],
                "before_pct": before["day_pct"],
                "after_pct": row["day_pct"],
                "change_pct": moved,
                "peak_before_pct": before["peak_pct"],
                "peak_after_pct": row["peak_pct"],
                "extra_80_before": before["extra_trains_80"],
                "extra_80_after": row["extra_trains_80"],
            }
        )
    labels = {
        "peak_before_pct": Text("före, två timmar", "before, two hours"),
        "extra_80_before": Text("fler malmtåg till 80 %, före", "more ore trains to 80 %, before"),
        "extra_80_after": Text("fler malmtåg till 80 %, efter", "more ore trains to 80 %, after"),
    }
    note = Text(
        "Bara sträckor som ändras. 25 t axellast ändrar inte belagd tid utan varje tågs last. Fler malmtåg: båda "
        "riktningarna tillsammans.",
        "Only stretches that change. 25 t axles do not change the time occupied but what each train carries. More ore "
        "trains: both ways together.",
    )
    columns = ["change", "stretch", "before_pct", "after_pct", "change_pct", "peak_before_pct", "peak_after_pct"]
    title = Text("Vad åtgärder ger: belagd tid, före och efter", "What changes give: time occupied, before and after")
    frame = pd.DataFrame(rows, columns=[*columns, "extra_80_before", "extra_80_after"])
    return make("rail_effects_stretches", title, frame, list(frame.columns), note=note, labels=labels)


def _closure(effects: RailEffects, questions: RailQuestions, make: MakeTable) -> list[Table]:
    name = named(questions.closed_name) if questions.closed_name else Text("Stängd bro", "Closed bridge")
    moved = effects.closed_trains[effects.closed_trains["answer"] != "as before"].copy()
    moved["service"] = [_service(row) for row in moved.to_dict("records")]
    moved["answer"] = [DETOURS.get(str(answer), Text(str(answer), str(answer))) for answer in moved["answer"]]
    moved["month_trains"] = moved["trains"].round()
    columns = ["service", "month_trains", "answer", "length_km", "detour_km", "added_min", "train_hours"]
    note = Text(
        "Omvägen är den snabbaste som är öppen. Tåg som inte har någon annan väg ryms inte.",
        "The detour is the quickest way that is open. Trains without another way do not fit.",
    )
    trains = make("rail_closure", Text(f"{name.sv}: tågen", f"{name.en}: the trains"), moved, columns, note=note)
    sections = effects.closed_sections
    fuller = sections[sections["after_pct"] > sections["before_pct"].fillna(0.0)].head(10)
    severe = int((sections["peak_after_pct"] > _SEVERE_PCT).sum())
    words = Text(
        f"De fullaste av de delsträckor som får mer trafik. {_count_sv(severe)} över 80 % under de två mest belastade "
        "timmarna: där ryms omvägstrafiken inte utan stora begränsningar.",
        f"The fullest of the sections that get more traffic. {_count_en(severe)} above 80 % in the busiest two hours: "
        "there the traffic led round does not fit without severe limitations.",
    )
    shown = ["name", "before_pct", "after_pct", "class_after", "peak_after_pct", "extra_trains_80"]
    title = Text(f"{name.sv}: var det blir trångt", f"{name.en}: where it gets tight")
    return [trains, make("rail_closure_sections", title, fuller, shown, note=words)]


def _count_sv(number: int) -> str:
    return "Ingen kommer" if number == 0 else f"{number} kommer"


def _count_en(number: int) -> str:
    return "None gets" if number == 0 else f"{number} get"


_KINDS = {
    "passenger": Text("persontåg", "passenger"),
    "freight": Text("godståg", "freight"),
    "ore": Text("malmtåg", "ore"),
    "special": Text("specialtransport", "special transport"),
}


def _service(row: Mapping[object, object]) -> Text:
    """A service by its kind and its ends."""
    kind = _KINDS.get(str(row["train_type"]), Text(str(row["train_type"]), str(row["train_type"])))
    ends = f"{row['from_name']}–{row['to_name']}"
    assumed = str(row.get("assumed", ""))
    more = Text(" (antal antaget)", " (number assumed)") if "trains_per_day" in assumed else Text("", "")
    return Text(f"{kind.sv} {ends}{more.sv}", f"{kind.en} {ends}{more.en}")


def _measures(effects: RailEffects, questions: RailQuestions, make: MakeTable) -> Table:
    frame = effects.measures.copy()
    frame["kind"] = [MEASURES.get(str(kind), Text(str(kind), str(kind))) for kind in frame["kind"]]
    frame["where"] = frame["name"]
    frame[["extra_80_before", "extra_80_after"]] = frame[["extra_80_before", "extra_80_after"]].replace(np.inf, np.nan)
    route = questions.ore_routes[-1].name
    note = Text(
        f"De två mest belastade timmarna, med {ORE_AT_MEASURES} malmtåg per dygn och riktning {route}. Fler tåg: "
        "godståg under de två timmarna, båda riktningarna tillsammans.",
        f"The busiest two hours, with {ORE_AT_MEASURES} ore trains a day each way {route}. More trains: freight "
        "trains in the two hours, both ways together.",
    )
    columns = ["kind", "where", "before_pct", "class_before", "after_pct", "class_after"]
    title = Text("Vad en åtgärd till ger", "What one more measure would give")
    return make(
        "rail_measures", title, frame, [*columns, "extra_80_before", "extra_80_after", "gain_trains"], note=note
    )
