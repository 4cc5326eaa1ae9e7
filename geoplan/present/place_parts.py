"""Parts of the page of a place: how it stands, who is hit, heavy transports, evidence, measures, what is open."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.bottlenecks.places import PlaceSheet
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text, same, unit_text
from geoplan.present.evidence import evidence_table
from geoplan.present.words import MODE, transport_names
from geoplan.report.content import Bar, Chart, Figure, Section, Table
from geoplan.study import Study

PROPOSAL = "four-step principle; proposal"
_LIFTED = {
    "opens": Text("kommer fram först då", "gets through only then"),
    "saves": Text("blir billigare", "becomes cheaper"),
    "": Text("ingen skillnad i sig", "no difference by itself"),
}
_CLOSED = {
    "stops": Text("kommer inte fram", "does not get through"),
    "round": Text("går en annan väg", "goes another way"),
    "": Text("berörs inte", "is not concerned"),
}
_YES, _NO = Text("ja", "yes"), Text("nej", "no")
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


def who_part(study: Study, sheet: PlaceSheet) -> Section | None:
    """Who is hit when all of the place closes, by municipality."""
    if sheet.hit.empty:
        return None
    hours = study.config.bottlenecks.closure_hours
    total = sheet.totals["closure_vehh"]
    table = sheet.hit[sheet.hit["closure_vehh"] >= 0.001 * total]
    bars = tuple(
        Bar(same(str(name)), float(loss))
        for name, loss in table[["name", "closure_vehh"]].head(8).to_numpy(dtype=object)
    )
    left = len(sheet.hit) - len(table)
    return Section(
        id="who",
        title=Text("Vem drabbas om platsen stängs", "Who is hit when the place closes"),
        text=(
            Text(
                f"Hela platsen stängd i {hours:g} timmar i högtrafik, alla resor på sin näst bästa väg. Ingen väntar "
                "längre än avstängningen varar: den som saknar annan väg väntar ut den. Kommunen är den som resan "
                "börjar i.",
                f"All of the place closed for {hours:g} hours of peak traffic, every trip on its second-best "
                "way. Nobody "
                "waits longer than the closure lasts: those without another way wait it out. The municipality is where "
                "the trip starts.",
            ),
        ),
        charts=(
            Chart(
                "place_hit_chart",
                Text("Förlorad tid per kommun", "Time lost by municipality"),
                bars,
                unit=Text("fordonstimmar", "vehicle hours"),
                digits=0,
            ),
        ),
        tables=(
            Table(
                "place_hit",
                Text("Berörda kommuner", "Municipalities hit"),
                table.reset_index(drop=True).drop(columns=["loss_vehh"]),
                labels={
                    "name": Text("kommun", "municipality"),
                    "trips_vph": Text("bilresor/h som börjar där", "car trips/h that start there"),
                    "unsatisfied_trips": Text("resor/h utan annan väg", "trips/h without another way"),
                    "closure_vehh": Text("fordonstimmar under avstängningen", "vehicle hours of the closure"),
                    "min_per_trip": Text("minuter per resa, medel", "minutes a trip, mean"),
                },
                units={"trips_vph": "", "closure_vehh": "", "unsatisfied_trips": "", "min_per_trip": ""},
                digits={"trips_vph": 0, "closure_vehh": 0, "unsatisfied_trips": 0, "min_per_trip": 1},
                note=Text(
                    f"{left} kommuner med mindre än en tusendel av förlusten visas inte.",
                    f"{left} municipalities with less than a thousandth of the loss are not shown.",
                )
                if left
                else same(""),
            ),
        ),
    )


def freight_part(study: Study, sheet: PlaceSheet) -> Section | None:
    """Heavy transports: what stops them here, what lifting it gives, what a closure costs."""
    if sheet.freight.empty:
        return None
    names = transport_names(study)
    rows = sheet.freight
    frame = pd.DataFrame(
        {
            "transport": [names.get(key, same(str(key))) for key in rows["transport"]],
            "mode": [MODE[mode] for mode in rows["mode"]],
            "here": [_YES if here else _NO for here in rows["here"]],
            "verdict": rows["verdict"].to_numpy(),
            "limit": rows["limit"].to_numpy(),
            "margin": rows["margin"].to_numpy(),
            "unit": rows["unit"].to_numpy(),
            "lifted": [
                _LIFTED[lifted] if verdict == "not_ok" else same("")
                for lifted, verdict in zip(rows["lifted"], rows["verdict"], strict=True)
            ],
            "saved_sek_per_year": [
                _when(value, lifted == "saves")
                for value, lifted in zip(rows["saved_sek_per_year"], rows["lifted"], strict=True)
            ],
            "closed": [_CLOSED[closed] for closed in rows["closed"]],
            "extra_sek_per_year": [
                _when(value, closed == "round")
                for value, closed in zip(rows["extra_sek_per_year"], rows["closed"], strict=True)
            ],
            "trips_per_year": rows["trips_per_year"].to_numpy(),
            "tonnes_per_year": rows["tonnes_per_year"].to_numpy(),
        }
    )
    limits = sheet.transports.copy()
    told = [names.get(key, same(str(key))) for key in limits["transport"]]
    limits["transport"] = pd.Series(told, index=limits.index, dtype="object")
    return Section(
        id="freight",
        title=Text("Tunga transporter", "Heavy transports"),
        text=(
            Text(
                "För varje transport och trafikslag: det fordon som går här, annars det som är närmast att kunna gå. "
                "”Om gränserna här hävs” gäller enbart denna plats; ett hinder längre bort står kvar.",
                "For each transport and mode: the vehicle that goes here, else the one that comes nearest. “If "
                "the limits "
                "here go” is this place alone; an obstacle farther on remains.",
            ),
        ),
        tables=(
            Table(
                "place_freight",
                Text("Vad platsen betyder för varje transport", "What the place means to each transport"),
                frame,
                labels={
                    "transport": Text("transport", "transport"),
                    "here": Text("går här i dag", "goes here today"),
                    "limit": Text("tätast gräns", "tightest limit"),
                    "lifted": Text("om gränserna här hävs", "if the limits here go"),
                    "saved_sek_per_year": Text("sparar, kr per år", "saves, SEK a year"),
                    "closed": Text("om platsen stängs", "if the place closes"),
                    "extra_sek_per_year": Text("merkostnad, kr per år", "extra cost, SEK a year"),
                    "trips_per_year": Text("resor per år", "trips a year"),
                    "tonnes_per_year": Text("ton per år", "tonnes a year"),
                },
                units={"margin": "@unit", "saved_sek_per_year": "", "extra_sek_per_year": "", "tonnes_per_year": ""},
                digits={"tonnes_per_year": 0},
                few=None,
            ),
            Table(
                "place_limits",
                Text("Tätaste gräns av varje slag", "Tightest limit of each kind"),
                limits[["transport", "limit", "limit_value", "need_value", "margin", "unit", "verdict", "basis"]],
                labels={"transport": Text("transport", "transport")},
                units=dict.fromkeys(("limit_value", "need_value", "margin"), "@unit"),
            ),
        ),
    )


def _when(value: float, matters: bool) -> Text:
    """A sum of money where there is one to tell; it may be not known."""
    return Text(number_text(value, "sv", digits=0), number_text(value, "en", digits=0)) if matters else same("")


def evidence_part(answers: Answers, sheet: PlaceSheet) -> Section | None:
    if sheet.evidence.empty:
        return None
    title = Text("Rader i registret som gäller platsen", "Rows of the register that concern it")
    return Section(
        id="evidence",
        title=Text("Flaskhalsar här", "Bottlenecks here"),
        tables=(evidence_table("place_evidence", title, sheet.evidence, answers.bottlenecks.attrs, measures=False),),
    )


def measures_part(sheet: PlaceSheet) -> Section:
    """Measures by step; scenarios of the study are worked out, the rest are proposals."""
    rows = sheet.measures.sort_values("step", kind="stable", na_position="last")
    told = zip(rows["measure_sv"], rows["measure_en"], strict=True)
    frame = pd.DataFrame(
        {
            "step": [same("" if math.isnan(step) else f"{step:.0f}") for step in rows["step"]],
            "measure_text": [Text(sv, en) for sv, en in told],
            "cost_msek": rows["cost_msek"].to_numpy(),
            "scenario": [_YES if key else _NO for key in rows["scenario"]],
            "source": [
                Text("förslag enligt fyrstegsprincipen", "proposal by the four-step principle") if s == PROPOSAL else s
                for s in rows["source"]
            ],
        }
    )
    return Section(
        id="measures",
        title=Text("Åtgärder enligt fyrstegsprincipen", "Measures by the four-step principle"),
        text=(
            Text(
                "1 tänk om, 2 optimera, 3 bygg om, 4 bygg nytt. Åtgärder som är uträknade som scenario har "
                "effekter och "
                "kostnad under Scenarier; övriga är förslag att pröva i en åtgärdsvalsstudie.",
                "1 rethink, 2 optimise, 3 rebuild, 4 build new. Measures worked out as a scenario have effects "
                "and cost "
                "under Scenarios; the rest are proposals to examine in a study of measures.",
            ),
        ),
        tables=(
            Table(
                "place_measures",
                Text("Åtgärder att pröva", "Measures to examine"),
                frame,
                labels={
                    "step": Text("steg", "step"),
                    "measure_text": Text("åtgärd", "measure"),
                    "scenario": Text("uträknad som scenario", "worked out as a scenario"),
                },
                note=Text("Tom cell: inte känt.", "Empty cell: not known."),
                few=None,
            ),
        ),
    )


def open_part(sheet: PlaceSheet) -> Section:
    frame = sheet.unknown[["what", "column", "n"]].rename(columns={"what": "place", "column": "measure"})
    return Section(
        id="open",
        title=Text("Vad som återstår att ta reda på", "What remains to be found out"),
        text=(
            Text(
                "Uppgifter som ingen har läst och som skulle avgöra frågor ovan. Ett okänt värde räknas aldrig "
                "som noll "
                "och aldrig som att gräns saknas.",
                "Facts that nobody has read and that would settle questions above. A value not known never counts as "
                "zero, nor as no limit.",
            ),
        ),
        tables=(
            Table(
                "place_unknown",
                Text("Okända uppgifter", "Facts not known"),
                frame,
                labels={
                    "place": Text("gäller", "of"),
                    "measure": Text("uppgift", "fact"),
                    "n": Text("antal sträckor", "sections"),
                },
                few=None,
            ),
        ),
    )
