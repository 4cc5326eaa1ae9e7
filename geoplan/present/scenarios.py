"""The same figures in each scenario, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text, same
from geoplan.present.words import (
    HOURS,
    KM,
    MSEK,
    TRIPS,
    VEHH,
    transport_names,
)
from geoplan.report.content import MapLink, Section, Table
from geoplan.study import Study


def scenario_section(
    study: Study, answers: Answers, maps: Sequence[MapLink], targets: pd.DataFrame | None = None
) -> Section | None:
    """Indicators of all scenarios side by side; None when there is only one."""
    if len(answers.scenarios) < 2:
        return None
    names = transport_names(study)
    wide = answers.indicators.pivot_table(
        index=["id", "transport", "unit"], columns="scenario", values="value", sort=False, dropna=False
    )
    wide = wide.dropna(how="all")
    rows: list[dict[str, object]] = []
    for values in wide.reset_index().to_dict(orient="records"):
        indicator, transport = str(values["id"]), str(values["transport"])
        if indicator not in _INDICATORS:
            continue
        label, scale, unit = _INDICATORS[indicator]
        what = names.get(transport, same(""))
        row: dict[str, object] = {
            "indicator": Text(_with(what.sv, label.sv), _with(what.en, label.en)),
            "unit": unit,
        }
        for key in answers.scenarios:
            row[key] = _shown(indicator, values[key], scale)
        rows.append(row)
    digits = dict.fromkeys(answers.scenarios, 1)
    titles = {key: scenario_title(answer) for key, answer in answers.scenarios.items()}
    measures = pd.DataFrame(
        [
            {
                "scenario": titles[key],
                "year": same("" if answer.scenario.year is None else str(answer.scenario.year)),
                "cost_msek": math.nan if answer.scenario.cost_msek is None else answer.scenario.cost_msek,
                "step": same("" if answer.scenario.step is None else str(answer.scenario.step)),
                "source": answer.scenario.source,
            }
            for key, answer in answers.scenarios.items()
        ]
    )
    return Section(
        id="scenarios",
        title=Text("Scenarier", "Scenarios"),
        maps=tuple(maps),
        tables=(
            Table(
                "scenarios",
                Text("Samma mått i varje scenario", "The same figures in each scenario"),
                pd.DataFrame(rows),
                labels={**titles, "indicator": Text("mått", "figure"), "unit": Text("enhet", "unit")},
                units=dict.fromkeys(answers.scenarios, ""),
                digits=digits,
                few=None,
            ),
            Table(
                "measures",
                Text("Vad scenarierna är", "What the scenarios are"),
                measures,
                labels={
                    "year": Text("år", "year"),
                    "cost_msek": Text("kostnad", "cost"),
                    "step": Text("steg i fyrstegsprincipen", "step of the four-step principle"),
                },
                note=Text("Tom cell: inte känt.", "Empty cell: not known."),
                few=None,
            ),
            *(() if targets is None or targets.empty else (_target_picture(targets, titles),)),
        ),
    )


def _target_picture(targets: pd.DataFrame, titles: Mapping[str, Text]) -> Table:
    """Whether each target is met in each scenario; the value in brackets where there is one."""
    rows = []
    for _, group in targets.groupby("target", sort=False):
        row: dict[str, object] = {"goal": group["name"].iloc[0]}
        for scenario, met, value in zip(group["scenario"], group["met"], group["value"], strict=True):
            word = _MET[met]
            known = not math.isnan(value)
            row[scenario] = Text(
                f"{word.sv} ({number_text(value, 'sv')})" if known else word.sv,
                f"{word.en} ({number_text(value, 'en')})" if known else word.en,
            )
        rows.append(row)
    return Table(
        "targets",
        Text("Målbild", "Target picture"),
        pd.DataFrame(rows),
        labels={**titles, "goal": Text("mål", "goal")},
        note=Text(
            "Okänt: svaret vilar på gränser som ingen har läst, eller på en uppskattning.",
            "Not known: the answer rests on limits that nobody has read, or on an estimate.",
        ),
        few=None,
    )


# Words, factor and unit of the indicators that the table of scenarios shows.
_INDICATORS: dict[str, tuple[Text, float, Text]] = {
    "feasible": (Text("kommer fram", "arrives"), 1.0, same("")),
    "cost_sek": (Text("kostnad", "cost"), 1e-6, MSEK),
    "time_h": (Text("tid", "time"), 1.0, HOURS),
    "length_m": (Text("sträcka", "distance"), 1e-3, KM),
    "trips_vph": (Text("Bilresor i maxtimmen", "Car trips in the peak hour"), 1.0, TRIPS),
    "vehkm": (Text("Trafikarbete i maxtimmen", "Traffic in the peak hour"), 1.0, Text("fordonskm/h", "vehicle km/h")),
    "vehh": (Text("Restid i maxtimmen", "Travel time in the peak hour"), 1.0, VEHH),
    "delay_vehh": (Text("Fördröjning i maxtimmen", "Delay in the peak hour"), 1.0, VEHH),
}


_MET = {"yes": Text("ja", "yes"), "no": Text("nej", "no"), "not_known": Text("okänt", "not known")}
_YES, _NO = Text("ja", "yes"), Text("nej", "no")


def scenario_title(answer: ScenarioAnswer) -> Text:
    return Text(answer.scenario.name("sv"), answer.scenario.name("en"))


def _with(what: str, label: str) -> str:
    return f"{what}: {label}" if what else label


def _shown(indicator: str, value: float, scale: float) -> object:
    if indicator == "feasible":
        return _YES if value == 1.0 else _NO
    return value * scale
