"""Public transport: which trains run, what journeys take against the car, and who changes mode."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.analyse.commuting_answers import TransitAnswers
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text, same
from geoplan.present.scenarios import BESIDE, scenario_title
from geoplan.report.content import Section, Table, by_scenario_of
from geoplan.study import Study
from geoplan.transit.lines import line_summary
from geoplan.transit.skims import skim_matrix

LEAST_CHANGE = 0.05  # people an hour; less is rounding
LONGEST_CAR_MIN = 90.0  # pairs farther apart are no commutes


def transit_section(study: Study, answers: Answers) -> Section | None:
    """Public transport in every scenario; None when the study has none."""
    found = None if answers.commuting is None else answers.commuting.transit
    if found is None:
        return None
    return by_scenario_of({key: _section(study, answers, found, key) for key in answers.scenarios})


def _section(study: Study, answers: Answers, found: TransitAnswers, scenario: str) -> Section:
    tables = [_journeys(study, answers, found, scenario), _lines(found, scenario)]
    if found.modes is not None:
        tables.insert(1, _modes(answers, found.modes))
    return Section(
        id="transit",
        title=Text("Kollektivtrafik", "Public transport"),
        text=_text(study, answers, found, scenario),
        tables=tuple(table for table in tables if len(table.frame)),
    )


def _text(study: Study, answers: Answers, found: TransitAnswers, scenario: str) -> tuple[Text, ...]:
    """What the trains are, and what the scenario does to them."""
    config = study.config.transit
    assert config is not None
    modes = set(found.lines[scenario]["mode"])
    lines = []
    if "bus" not in modes:
        lines.append(
            Text(
                "Bussar saknas i underlaget: svaren gäller bara de tåg som tabellen har, och orter utan station har "
                "ingen kollektivtrafik i svaren.",
                "Buses are missing from the data: the answers hold for the trains of the table only, and places "
                "without a station have no public transport in them.",
            )
        )
    lines.append(
        Text(
            f"Tågen är jämnt spridda över {config.service_h:g} timmar (antaget). En resa räknas från dörr till dörr: "
            f"gång till stationen (högst {config.walk_km:g} km), {config.wait_min:g} minuters väntan, åktid, "
            f"{config.change_min:g} minuter vid byte och gång till målet.",
            f"The trains are spread evenly over {config.service_h:g} hours (assumed). A journey counts from door to "
            f"door: the walk to the station (at most {config.walk_km:g} km), {config.wait_min:g} minutes of waiting, "
            f"the ride, {config.change_min:g} minutes at a change and the walk to the destination.",
        )
    )
    answer = answers.scenarios[scenario]
    title, stopped = scenario_title(answer), found.stopped.get(scenario, ())
    if stopped:
        names = study.timetable.trains["line"].reindex(list(stopped)) if study.timetable is not None else pd.Series()
        what = ", ".join(dict.fromkeys(names.astype(str)))
        lines.append(
            Text(
                f"{title.sv}: persontågen på {what} kan inte gå, och deras resenärer tar bilen.",
                f"{title.en}: the passenger trains on {what} cannot run, and their passengers take the car.",
            )
        )
    told = {row.id: row.description for row in study.config.scenarios}
    if answer.scenario.changes_services and told[scenario].sv:
        lines.append(Text(f"{title.sv}. {told[scenario].sv}", f"{title.en}. {told[scenario].en}"))
    return tuple(lines)


def _journeys(study: Study, answers: Answers, found: TransitAnswers, scenario: str) -> Table:
    """Journeys from the main places by car, by train, and by car to the train."""
    answer = answers.scenarios[scenario]
    assert answer.assignment is not None and answer.demand is not None
    zones = answer.demand.zones
    around = [] if study.config.access is None else list(study.config.access.around)
    car = next(iter(answer.assignment.skims.values())) / 60.0
    skims = found.skims[scenario]
    columns = {name: skim_matrix(skims, name) for name in ("time_s", "wait_s", "walk_s", "transfers")} | {
        "park_ride": skim_matrix(found.park_ride[scenario], "time_s")
    }
    rows = []
    for origin in around or list(zones.index):
        for end in zones.index[(car.loc[origin] <= LONGEST_CAR_MIN).to_numpy()]:
            ride = {name: float(table.loc[origin, end]) for name, table in columns.items()}
            if origin == end or not (np.isfinite(ride["time_s"]) or np.isfinite(ride["park_ride"])):
                continue
            best = ride["park_ride"] / 60.0 if np.isfinite(ride["park_ride"]) else np.nan
            by_train = ride["time_s"] / 60.0 if np.isfinite(ride["time_s"]) else np.nan
            rows.append(
                {
                    "from": zones.loc[origin, "name"],
                    "to": zones.loc[end, "name"],
                    "car_min": car.loc[origin, end],
                    "train_min": by_train,
                    "walk_min": ride["walk_s"] / 60.0,
                    "transfers": ride["transfers"],
                    "ratio": by_train / car.loc[origin, end],
                    "park_ride_min": best,
                }
            )
    frame = pd.DataFrame(rows)
    return Table(
        "journeys",
        Text("Restid med bil och med tåg", "Travel time by car and by train"),
        frame,
        labels={
            "from": Text("från", "from"),
            "to": Text("till", "to"),
            "car_min": Text("bil", "car"),
            "train_min": Text("tåg, dörr till dörr", "train, door to door"),
            "walk_min": Text("varav gång", "of it on foot"),
            "transfers": Text("byten", "changes"),
            "ratio": Text("restidskvot tåg/bil", "train-to-car time ratio"),
            "park_ride_min": Text("bil till stationen, sedan tåg", "car to the station, then train"),
        },
        digits={"car_min": 0, "train_min": 0, "walk_min": 0, "transfers": 1, "ratio": 1, "park_ride_min": 0},
        note=Text("Okänt: ingen resa på det sättet inom tidsgränsen.", "Not known: no such journey within the limit."),
    )


def _modes(answers: Answers, modes: pd.DataFrame) -> Table:
    """Train commuters in the scenarios that change the trains."""
    shown = modes[modes["change"].abs() > LEAST_CHANGE]
    titles = {key: scenario_title(answer) for key, answer in answers.scenarios.items()}
    columns = ["scenario", "by_transit", "change", "in_corridor", "in_corridor_pct"]
    frame = shown.assign(scenario=shown["scenario"].map(titles))[columns]
    today = float(modes.loc[modes["scenario"] == answers.base.scenario.id, "by_transit"].iloc[0])
    people = Text("personer/h", "people/h")
    return Table(
        "mode_choice",
        Text("Tågpendlare i maxtimmen", "Train commuters in the peak hour"),
        frame.reset_index(drop=True),
        labels={
            "by_transit": Text("med tåg", "by train"),
            "change": Text("förändring", "change"),
            "in_corridor": Text("på berörda sträckor i dag", "on the journeys that change, today"),
            "in_corridor_pct": Text("förändring där", "change there"),
        },
        units={"by_transit": people, "change": people, "in_corridor": people, "in_corridor_pct": same("%")},
        digits={"by_transit": 0, "change": 0, "in_corridor": 0, "in_corridor_pct": 0},
        note=Text(
            f"I dag enligt modellen: {number_text(today, 'sv', digits=0)} personer/h. Inkrementell logitmodell med "
            "antagna koefficienter, inte skattade för området: nivån är osäker, riktningen säkrare. Bilresorna i "
            "scenariot minskar eller ökar i motsvarande mån.",
            f"Today by the model: {number_text(today, 'en', digits=0)} people/h. Incremental logit with assumed "
            "coefficients, not estimated for the area: the level is uncertain, the direction less so. Car trips of the "
            "scenario fall or rise accordingly.",
        ),
        few=None,
        stays=BESIDE,
    )


def _lines(found: TransitAnswers, scenario: str) -> Table:
    """The lines: from where to where, how often and how long; one direction of each."""
    lines = found.lines[scenario]
    summary = line_summary(lines)
    summary = summary[~summary.index.astype(str).str.endswith("_back")]
    departures = lines.drop_duplicates("line_id").set_index("line_id")["departures_per_day"]
    names = found.stops[scenario]["name"]
    frame = pd.DataFrame(
        {
            "line": summary["name"].str.split(":").str[0],
            "from": summary["from_stop"].map(names),
            "to": summary["to_stop"].map(names),
            "departures_per_day": departures.reindex(summary.index),
            "run_min": summary["run_min"],
            "headway_min": summary["headway_min"],
            "source": summary["source"],
        }
    )
    return Table(
        "transit_lines",
        Text("Tåglinjer", "Train lines"),
        frame.reset_index(drop=True),
        labels={
            "line": Text("linje", "line"),
            "from": Text("från", "from"),
            "to": Text("till", "to"),
            "departures_per_day": Text("turer per dygn och riktning", "departures a day, each way"),
            "run_min": Text("åktid", "running time"),
            "headway_min": Text("tid mellan turer", "time between departures"),
        },
        digits={"run_min": 0, "headway_min": 0, "departures_per_day": 0},
    )
