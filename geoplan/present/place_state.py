"""How a place stands: its traffic, its facts, and how much of them somebody has read."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from geoplan.bottlenecks.places import PlaceSheet
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text, same, unit_text
from geoplan.present.words import MODE
from geoplan.report.content import Figure, Section, Table
from geoplan.study import Study

_STATE = {
    "stated": Text("uppgift finns", "stated"),
    "assumed": Text("antaget", "assumed"),
    "not_known": Text("okänt", "not known"),
}


def summarise(sheet: PlaceSheet) -> dict[str, object]:
    traffic, freight = sheet.traffic, sheet.freight
    stopped = freight[(freight["verdict"] == "not_ok")].drop_duplicates("transport")
    on_road = (traffic["mode"] == "road").any()
    return {
        "place": sheet.place.title,
        "rank": _least(sheet.evidence, "rank"),
        "flow_vph": float(traffic.loc[traffic["mode"] == "road", "flow_vph"].max()),
        "delay_vehh": float(traffic.loc[traffic["mode"] == "road", "delay_vehh"].sum(min_count=1)),
        "closure_vehh": sheet.totals.get("closure_vehh", math.nan) if on_road else math.nan,
        "unsatisfied_trips": sheet.totals.get("unsatisfied_trips", math.nan) if on_road else math.nan,
        "consumption_pct": float(traffic["consumption_pct"].max()),
        "peak_pct": float(traffic["peak_pct"].max()),
        "stopped": len(stopped),
        "stopped_tonnes": float(stopped["tonnes_per_year"].sum()),
        "unknown": len(sheet.unknown),
    }


def _least(table: pd.DataFrame, column: str) -> float:
    return float(table[column].min()) if column in table and len(table) else math.nan


def state_part(study: Study, sheet: PlaceSheet) -> Section:
    """Traffic and facts, and how much of them somebody has read."""
    row = summarise(sheet)
    states = sheet.facts["state"].value_counts()
    stated, assumed, unknown = int(states.get("stated", 0)), int(states.get("assumed", 0)), len(sheet.unknown)
    facts = sheet.facts.rename(columns={"what": "measure"})
    facts["state"] = pd.Series([_STATE[s] for s in sheet.facts["state"]], index=facts.index, dtype="object")
    facts["value"] = [_range(*cells) for cells in sheet.facts[["what", "low", "high", "text"]].to_numpy(dtype=object)]
    facts["mode"] = [MODE.get(mode, Text("Byggnadsverk", "Structure")) for mode in facts["mode"]]
    return Section(
        id="state",
        title=Text("Läget", "How it stands"),
        text=(
            Text(
                f"Om platsen finns {stated} belagda och {assumed} antagna uppgifter; {unknown} som skulle behövas är "
                "inte kända. Flödena är en modell av pendling i maxtimmen, inte räknade trafikmängder. Belagd "
                "tid räknar "
                "de tåg som studiens tabeller har.",
                f"Of the place {stated} facts are stated and {assumed} assumed; {unknown} that would be needed are not "
                "known. The flows are a model of commuting in the peak hour, not counts. The time occupied counts the "
                "trains that the study's tables have.",
            ),
        ),
        figures=_figures(study, sheet, row),
        tables=(
            *_traffic(sheet),
            Table(
                "place_facts",
                Text("Uppgifter om väg, bana och byggnadsverk", "Facts of road, railway and structures"),
                facts[["mode", "measure", "value", "state", "n", "source", "confidence"]],
                labels={
                    "mode": Text("del", "part"),
                    "measure": Text("uppgift", "fact"),
                    "state": Text("hur känt", "how known"),
                    "n": Text("antal sträckor", "sections"),
                },
                units={"value": ""},
                few=None,
            ),
        ),
    )


def _traffic(sheet: PlaceSheet) -> list[Table]:
    """Traffic of the roads, and trains of the railways; both directions of a track are one."""
    tables = []
    road = sheet.traffic[sheet.traffic["mode"] == "road"]
    if len(road):
        tables.append(
            Table(
                "place_traffic",
                Text("Biltrafik i maxtimmen, per riktning", "Car traffic in the peak hour, by direction"),
                road[["name", "towards", "flow_vph", "vc_ratio", "delay_vehh"]],
                labels={"name": Text("sträcka", "section"), "towards": Text("mot", "towards")},
                digits={"flow_vph": 0, "vc_ratio": 2, "delay_vehh": 3},
            )
        )
    if "wait_s" in road and road["wait_s"].notna().any():
        tables.append(_queues(road[road["wait_s"].notna()]))
    rail = sheet.traffic[sheet.traffic["mode"] == "rail"].drop_duplicates(["name", "trains", "consumption_pct"])
    if len(rail):
        tables.append(
            Table(
                "place_trains",
                Text("Tåg och belagd tid", "Trains and time occupied"),
                rail[["name", "trains", "consumption_pct", "peak_pct"]],
                labels={
                    "name": Text("sträcka", "section"),
                    "trains": Text("tåg per dygn", "trains a day"),
                    "consumption_pct": Text("belagd tid, dygn", "time occupied, day"),
                    "peak_pct": Text("belagd tid, två timmar", "time occupied, two hours"),
                },
                digits={"trains": 0, "consumption_pct": 0, "peak_pct": 0},
            )
        )
    return tables


def _queues(road: pd.DataFrame) -> Table:
    """Wait and queue by direction where one direction waits for the other."""
    assumed = bool(road["queue_assumed"].any())
    vehicles = Text("fordon", "vehicles")
    return Table(
        "place_queues",
        Text("Kö vid växelvis enkelriktad trafik i maxtimmen", "Queue at alternating one-way working in the peak hour"),
        road[["name", "towards", "flow_vph", "vc_ratio", "wait_s", "queue_veh", "queue95_veh"]],
        labels={
            "name": Text("sträcka", "section"),
            "towards": Text("mot", "towards"),
            "wait_s": Text("väntan per fordon, medel", "wait a vehicle, mean"),
            "queue_veh": Text("kö, medel", "queue, mean"),
            "queue95_veh": Text("kö, 95 fall av 100", "queue, 95 cases of 100"),
        },
        units={"queue_veh": vehicles, "queue95_veh": vehicles},
        digits={"flow_vph": 0, "vc_ratio": 2, "wait_s": 0, "queue_veh": 1, "queue95_veh": 0},
        note=Text(
            f"Beräknat med {'antagen' if assumed else 'angiven'} kapacitet och antagen hastighet genom den sträcka "
            "där bara en riktning i taget får köra (Websters fördröjning och kö som blir kvar efter grönt; fordon "
            "kommer slumpvis). Kön i 95 fall av 100 är den när rött slutar. Flödet är modellens, inte räknat.",
            f"Worked out with {'an assumed' if assumed else 'the stated'} capacity and an assumed speed through the "
            "length that one direction at a time may use (Webster's delay, and the queue that a green leaves; random "
            "arrivals). The queue of 95 cases of 100 is that at the end of red. The flow is the model's, not a count.",
        ),
    )


def _range(column: str, low: float, high: float, text: str) -> Text:
    """A number or a range with its unit, or the words of a fact."""
    if text:
        return same(text)
    if math.isnan(low):
        return same("")

    def said(lang: Lang) -> str:
        unit = unit_text(column, lang)
        value = number_text(low, lang) if low == high else f"{number_text(low, lang)}–{number_text(high, lang)}"
        return f"{value}\u00a0{unit}" if unit else value

    return Text(said("sv"), said("en"))


def _figures(study: Study, sheet: PlaceSheet, row: Mapping[str, object]) -> tuple[Figure, ...]:
    hours = study.config.bottlenecks.closure_hours
    share = float((sheet.facts["state"] == "assumed").mean()) if len(sheet.facts) else math.nan
    key = sheet.place.id
    vph, percent = Text("fordon/h", "vehicles/h"), same("%")
    told = (
        ("rank", Text("Bästa rang i registret", "Best rank in the register"), same(""), 0),
        ("flow_vph", Text("Flöde i maxtimmen, tyngre riktningen", "Peak-hour flow, heavier direction"), vph, 0),
        ("closure_vehh", Text(f"Stängd {hours:g} h", f"Closed for {hours:g} h"),
         Text("fordonstimmar", "vehicle hours"), 0),
        ("consumption_pct", Text("Belagd tid, dygn", "Time occupied, day"), percent, 0),
        ("peak_pct", Text("Belagd tid, två timmar", "Time occupied, two hours"), percent, 0),
        ("stopped_tonnes", Text("Tung last som inte kan passera", "Heavy loads that cannot pass"),
         Text("ton/år", "t a year"), 0),
    )  # fmt: skip
    return tuple(
        Figure(f"place_{key}_{name}", label, float(str(row[name])), unit, digits=digits, share_assumed=share)
        for name, label, unit, digits in told
        if not math.isnan(float(str(row[name])))
    )
