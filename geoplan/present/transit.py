"""Public transport: which trains run, what journeys take against the car, and who changes mode."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.analyse.commuting_answers import TransitAnswers
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text, same
from geoplan.present.scenarios import scenario_title
from geoplan.report.content import Section, Table
from geoplan.study import Study
from geoplan.transit.lines import line_summary
from geoplan.transit.skims import skim_matrix

LEAST_CHANGE = 0.05  # people an hour; less is rounding
LONGEST_CAR_MIN = 90.0  # pairs farther apart are no commutes


def transit_section(study: Study, answers: Answers) -> Section | None:
    """Public transport; None when the study has none."""
    found = None if answers.commuting is None else answers.commuting.transit
    if found is None:
        return None
    tables = [_journeys(study, answers, found), _lines(study, found)]
    if found.modes is not None:
        tables.insert(1, _modes(answers, found.modes))
    return Section(
        id="transit",
        title=Text("Kollektivtrafik", "Public transport"),
        text=_text(study, answers, found),
        tables=tuple(table for table in tables if len(table.frame)),
    )


def _text(study: Study, answers: Answers, found: TransitAnswers) -> tuple[Text, ...]:
    config = study.config.transit
    assert config is not None
    modes = set(found.lines["mode"])
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
    for key, services in found.stopped.items():
        title = scenario_title(answers.scenarios[key])
        names = study.timetable.trains["line"].reindex(list(services)) if study.timetable is not None else pd.Series()
        what = ", ".join(dict.fromkeys(names.astype(str)))
        lines.append(
            Text(
                f"{title.sv}: tågen på {what} kan inte gå ({len(services)} linje); deras resenärer tar bilen.",
                f"{title.en}: the trains on {what} cannot run ({len(services)} line); their passengers take the car.",
            )
        )
    told = {row.id: row.description for row in study.config.scenarios}
    for key, answer in answers.scenarios.items():
        if answer.scenario.changes_services and told[key].sv:
            title = scenario_title(answer)
            lines.append(Text(f"{title.sv}. {told[key].sv}", f"{title.en}. {told[key].en}"))
    return tuple(lines)


def _journeys(study: Study, answers: Answers, found: TransitAnswers) -> Table:
    """Journeys from the main places by car, by train, and by car to the train."""
    base = answers.base
    assert base.assignment is not None and base.demand is not None
    zones = base.demand.zones
    around = [] if study.config.access is None else list(study.config.access.around)
    car = next(iter(base.assignment.skims.values())) / 60.0
    skims = found.skims[base.scenario.id]
    columns = {name: skim_matrix(skims, name) for name in ("time_s", "wait_s", "walk_s", "transfers")} | {
        "park_ride": skim_matrix(found.park_ride, "time_s")
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
            "ratio": Text("tåg mot bil", "train over car"),
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
    )


def _lines(study: Study, found: TransitAnswers) -> Table:
    """The lines: from where to where, how often and how long; one direction of each."""
    summary = line_summary(found.lines)
    summary = summary[~summary.index.astype(str).str.endswith("_back")]
    departures = found.lines.drop_duplicates("line_id").set_index("line_id")["departures_per_day"]
    names = found.stops["name"]
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
