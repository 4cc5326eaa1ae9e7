"""The same figures in each scenario, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.formats import number_text
from geoplan.maps.labels import LANGS, Text, same, unit_word
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

BESIDE = Text("Alla scenarier sida vid sida.", "All scenarios side by side.")


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
            plan = answers.scenarios[key].plans.get(transport)
            row[key] = _reached(plan) if indicator == "feasible" else values[key] * scale
        rows.append(row)
    titles = {key: scenario_title(answer) for key, answer in answers.scenarios.items()}
    measures = pd.DataFrame(
        [
            {
                "scenario": titles[key],
                "year": same("" if answer.scenario.year is None else str(answer.scenario.year)),
                "cost_msek": _investment(answer),
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
        stays=BESIDE,
        tables=(
            Table(
                "scenarios",
                Text("Samma mått i varje scenario", "The same figures in each scenario"),
                pd.DataFrame(rows),
                labels={**titles, "indicator": Text("mått", "figure"), "unit": Text("enhet", "unit")},
                units=dict.fromkeys(answers.scenarios, ""),
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
                few=None,
            ),
            *(() if targets is None or targets.empty else (_target_picture(targets, titles),)),
            *(() if answers.matrix is None else (_matrix(study, answers.matrix, titles, names),)),
        ),
    )


def _matrix(study: Study, matrix: pd.DataFrame, titles: Mapping[str, Text], names: Mapping[str, Text]) -> Table:
    """Scenarios as rows; each heavy transport, and the time on the roads in each demand year, as columns."""
    rows, labels = [], {"scenario": Text("scenario", "scenario")}
    for key, group in matrix.groupby("scenario", sort=False):
        row: dict[str, object] = {"scenario": titles[str(key)]}
        once = group.drop_duplicates("transport")
        for name, verdict, cost in once[["transport", "verdict", "cost_sek"]].to_numpy(dtype=object):
            if name:
                labels[name] = names[name]
                row[name] = _cost(str(verdict), float(cost))
        for year, spent, waited in group.drop_duplicates("year")[
            ["year", "vehh_per_year", "delay_vehh_per_year"]
        ].to_numpy(dtype=float):
            when = "" if math.isnan(year) else f" {year:.0f}"
            labels[f"spent{when}"] = Text(f"restid{when} (fordonstimmar/år)", f"travel time{when} (vehicle hours/year)")
            labels[f"waited{when}"] = Text(f"varav fördröjning{when}", f"of which delay{when}")
            row |= {f"spent{when}": spent, f"waited{when}": waited}
        rows.append(row)
    hours = study.config.bottlenecks.peak_hours_per_year
    told = [(r.year, number_text(r.factor, "sv"), number_text(r.factor, "en")) for r in study.config.demand_years]
    factors_sv = ", ".join(f"{year}: {sv}" for year, sv, _ in told) or "–"
    factors_en = ", ".join(f"{year}: {en}" for year, _, en in told) or "–"
    frame = pd.DataFrame(rows)
    numbers = [name for name in frame.columns if str(name).startswith(("spent", "waited"))]
    return Table(
        "matrix",
        Text("Scenarier, tunga transporter och år", "Scenarios, heavy transports and years"),
        frame,
        labels=labels,
        units=dict.fromkeys(frame.columns, ""),
        digits=dict.fromkeys(numbers, 0),
        note=Text(
            f"Kostnad är per transport. Restid är bilarnas i {hours:g} maxtimmar per år. Resornas faktor per år: "
            f"{factors_sv}. Tunga transporter beror inte av biltrafiken.",
            f"Costs are those of one transport. Travel time is that of the cars in {hours:g} peak hours a year. Factor "
            f"on the trips by year: {factors_en}. Heavy transports do not depend on car traffic.",
        ),
        few=None,
    )


def _investment(answer: ScenarioAnswer) -> Text:
    """The cost of a measure in million SEK; a scenario that is no measure has none."""
    scenario = answer.scenario
    if scenario.cost_msek is None:
        return same("") if scenario.step is None else Text("okänd", "not known")
    return Text(number_text(scenario.cost_msek, "sv"), number_text(scenario.cost_msek, "en"))


def _cost(verdict: str, cost: float) -> Text:
    """What a transport costs where it gets through, and whether that rests on what is not known."""
    if verdict == "not_ok":
        return Text("kommer inte fram", "does not get through")
    sv, en = (f"{number_text(cost / 1e6, lang, digits=2)} {MSEK.of(lang)}" for lang in LANGS)
    return Text(f"{sv}, med förbehåll", f"{en}, with conditions") if verdict == "unknown" else Text(sv, en)


def _target_picture(targets: pd.DataFrame, titles: Mapping[str, Text]) -> Table:
    """Whether each target is met in each scenario; the value in brackets where there is one."""
    rows = []
    for _, group in targets.groupby("target", sort=False):
        first = group.iloc[0]
        row: dict[str, object] = {"goal": first["name"], "threshold": _threshold(first)}
        for scenario, met, value in zip(group["scenario"], group["met"], group["value"], strict=True):
            word = _MET[met]
            known = not math.isnan(value) and first["unit"] != ""
            row[scenario] = Text(
                f"{word.sv} ({number_text(value, 'sv')})" if known else word.sv,
                f"{word.en} ({number_text(value, 'en')})" if known else word.en,
            )
        rows.append(row)
    return Table(
        "targets",
        Text("Målbild", "Target picture"),
        pd.DataFrame(rows),
        labels={**titles, "goal": Text("mål", "goal"), "threshold": Text("krav", "threshold")},
        note=Text(
            "Okänt: svaret vilar på gränser som ingen har läst, eller på en uppskattning.",
            "Not known: the answer rests on limits that nobody has read, or on an estimate.",
        ),
        few=None,
    )


def _threshold(target: pd.Series) -> Text:
    """What a target asks for; nothing where yes or no says it all."""
    if target["unit"] == "":
        return same("")
    least = not math.isnan(target["at_least"])
    value = target["at_least"] if least else target["at_most"]
    sv, en = (f"{number_text(value, lang)} {unit_word(target['unit'], lang)}" for lang in LANGS)
    return Text(f"minst {sv}", f"at least {en}") if least else Text(f"högst {sv}", f"at most {en}")


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
_REACHED = {
    "ok": Text("ja", "yes"),
    "unknown": Text("med förbehåll", "with conditions"),
    "not_ok": Text("nej", "no"),
}


def scenario_title(answer: ScenarioAnswer) -> Text:
    return Text(answer.scenario.name("sv"), answer.scenario.name("en"))


def picture_of_base(answers: Answers) -> Text:
    """That a picture shows the base, where the map of the page follows the scenario."""
    base = scenario_title(answers.base)
    return Text(
        f"Bilden visar scenariot {base.sv}; kartan överst på sidan följer det som är valt.",
        f"The picture shows the scenario {base.en}; the map at the top of the page follows the one chosen.",
    )


def shows_base(answers: Answers) -> Text:
    """That a section is worked out for the base alone, and where the others stand."""
    base = scenario_title(answers.base)
    return Text(
        f"Visar scenariot {base.sv}, oavsett vilket som är valt; platser och stråk är bara beräknade för det.",
        f"Shows the scenario {base.en}, whichever is chosen: places and corridors are worked out for it alone.",
    )


def _with(what: str, label: str) -> str:
    return f"{what}: {label}" if what else label


def _reached(plan: Plan | None) -> Text:
    """Whether a transport gets there, and whether that rests on what is not known."""
    return same("") if plan is None else _REACHED[plan.verdict]
