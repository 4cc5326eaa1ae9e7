"""Commuting: flows, delays, and how exact and how assumed they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.maps.labels import Text
from geoplan.network.names import edge_title, node_titles
from geoplan.present.words import (
    MODELLED,
    TRIPS,
    VEHH,
    value_of,
)
from geoplan.report.content import Bar, Chart, Figure, MapLink, Section, Table, by_scenario_of
from geoplan.study import Study

LEAST_VEHH = 0.005  # less is 0.00 in the table
_NO_DELAY = Text("Ingen länk har någon fördröjning att tala om.", "No link has a delay to speak of.")


def commuting_section(study: Study, answers: Answers, maps: Sequence[MapLink]) -> Section | None:
    """Flows and how exact they are, in every scenario; None without demand."""
    return by_scenario_of({key: _section(study, answers, key, maps) for key in answers.scenarios})


def _section(study: Study, answers: Answers, scenario: str, maps: Sequence[MapLink]) -> Section | None:
    """The section of one scenario."""
    answer = answers.scenarios[scenario]
    if answer.assignment is None or answer.demand is None:
        return None
    gap = float(answer.assignment.evaluation["relative_gap"])
    assumed = _assumed_activity(answer)
    flows = answer.assignment.flows
    worst = flows[flows["delay_vehh"] >= LEAST_VEHH].nlargest(20, "delay_vehh")
    titles = node_titles(answer.network)
    frame = worst.reset_index().assign(
        name=[edge_title(answer.network, edge) for edge in worst.index],
        towards=[titles[node] for node in answer.network.edges.loc[worst.index, "v"]],
    )
    figures = (
        Figure(
            "trips_vph",
            Text("Bilresor i maxtimmen", "Car trips in the peak hour"),
            value_of(answers, "trips_vph", scenario),
            TRIPS,
            digits=0,
            basis=Text("gravitationsmodell mellan områden", "gravity model between zones"),
            share_assumed=assumed,
            source=study.config.demand.source if study.config.demand else "",
        ),
        Figure(
            "delay_vehh",
            Text("Fördröjning i maxtimmen", "Delay in the peak hour"),
            value_of(answers, "delay_vehh", scenario),
            VEHH,
            digits=1,
            basis=MODELLED,
            share_assumed=assumed,
        ),
        Figure(
            "relative_gap",
            Text("Jämviktens relativa gap", "Relative gap of the equilibrium"),
            gap,
            basis=Text("kontrollerat av en oberoende beräkning", "checked by an independent evaluator"),
        ),
        Figure(
            "node_balance",
            Text("Största obalans i en nod", "Largest imbalance in a node"),
            float(answer.assignment.evaluation["node_balance"]),
            TRIPS,
            digits=3,
            basis=Text("kontrollerat av en oberoende beräkning", "checked by an independent evaluator"),
        ),
    )
    return Section(
        id="commuting",
        title=Text("Pendling med bil", "Commuting by car"),
        text=(
            Text(
                f"Resorna är en modell: {assumed * 100:.0f} % av de förvärvsarbetande och jobben är antagna tal, inte "
                "räknade. Flödena visar var nätet belastas, inte exakta trafikmängder. Resor inom ett område och till "
                "orter utanför studien läggs inte ut på nätet.",
                f"The trips are a model: {assumed:.0%} of workers and jobs are assumed, not counted. The flows show "
                "where the network is loaded, not exact volumes. Trips within a zone and to places outside the study "
                "are not assigned.",
            ),
            *(() if len(frame) else (_NO_DELAY,)),
        ),
        figures=figures,
        charts=(_delay_chart(frame),) if len(frame) else (),
        maps=tuple(maps),
        tables=(
            Table(
                "delays",
                Text("Länkar med mest fördröjning", "Links with the most delay"),
                frame[["name", "towards", "flow_vph", "vc_ratio", "time_s", "delay_vehh"]],
                labels={"towards": Text("mot", "towards")},
                digits={"flow_vph": 0, "vc_ratio": 2, "time_s": 0, "delay_vehh": 2},
            ),
        )
        if len(frame)
        else (),
    )


def _delay_chart(frame: pd.DataFrame) -> Chart:
    """The links with the most delay; two directions of a road are two bars."""
    shown = frame[["name", "towards", "delay_vehh"]].head(8)
    bars = tuple(
        Bar(Text(f"{name}, mot {end}", f"{name}, towards {end}"), float(value))
        for name, end, value in shown.itertuples(index=False)
    )
    title = Text("Fördröjning i maxtimmen, de värsta länkarna", "Delay in the peak hour, the worst links")
    return Chart("delay_links", title, bars, unit=VEHH, digits=2)


def _assumed_activity(answer: ScenarioAnswer) -> float:
    """Share of workers and jobs that are assumed."""
    assert answer.demand is not None
    zones = answer.demand.zones
    if "assumed" not in zones:
        return math.nan
    marks = zones["assumed"].str.split(",")
    total = assumed = 0.0
    for column in ("employed_residents", "jobs"):
        values = zones[column].to_numpy(dtype=np.float64)
        mark = marks.map(lambda names, c=column: c in names).to_numpy()
        total += np.nansum(values)
        assumed += np.nansum(values[mark])
    return assumed / total if total > 0 else math.nan
