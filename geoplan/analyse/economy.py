"""What the measures of a study are worth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.scenario import answer_scenario
from geoplan.analyse.transit import Supplies, transit_seconds_saved
from geoplan.appraisal.appraise import HOURS_PER_YEAR, build_case
from geoplan.appraisal.cba import MAINTENANCE, Case, Terms
from geoplan.appraisal.values import read_values
from geoplan.appraisal.worth import Worth, weigh
from geoplan.errors import DataError, name_near
from geoplan.maps.labels import Text
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study

DRAW_SEED = 0  # of the intervals
TRANSIT = "transit"  # group of those who travel by public transport

# A measure whose upkeep nobody has stated has one all the same: not known, and so not priced.
_NO_UPKEEP = {
    "item": MAINTENANCE,
    "amount": np.nan,
    "unit": "MSEK/year",
    "basis": Text("studien har ingen uppgift", "the study states none"),
}


def study_worth(
    study: Study,
    answers: Mapping[str, ScenarioAnswer],
    *,
    values: str | None = None,
    supplies: Supplies | None = None,
) -> dict[str, Worth] | None:
    """What each scenario that is a measure is worth against the first one, by id; None when none is a measure.

    Parameters
    ----------
    answers
        Scenarios of the study by id, the base first.
    values
        Version of the values or a CSV file; that of the study when None.
    """
    cases = appraisal_cases(study, answers, values=values, supplies=supplies)
    return {key: _weigh(study, case) for key, case in cases.items()} or None


def appraise_study(
    study: Study,
    *,
    scenario: str | None = None,
    values: str | None = None,
    lang: str = "en",
    on_step: Callable[[str], None] | None = None,
) -> dict[str, Worth]:
    """Work out the base and the measures of a study, and what they are worth.

    Parameters
    ----------
    scenario
        Only this measure; all when None.
    values
        As in `study_worth`.

    Raises
    ------
    DataError
        No such scenario, one that is no measure, or a study without measures: says which there are.
    """
    if not study.scenarios:
        raise DataError(f"{study.folder.name}: the study has no scenarios; add [[scenarios]] to study.toml")
    base, *others = study.scenarios
    measures = [row for row in others if is_measure(row)]
    chosen = measures if scenario is None else [row for row in measures if row.id == scenario]
    if not chosen:
        raise DataError(_no_measure(study, scenario, [row.id for row in measures]))
    read_values(values or _values_of(study))  # a wrong version is told before the work
    answers = {}
    supplies: Supplies = {}
    for row in (base, *chosen):
        if on_step is not None:
            on_step(row.name(lang))
        answers[row.id] = answer_scenario(study, row, lang=lang, supplies=supplies)
    found = study_worth(study, answers, values=values, supplies=supplies)
    assert found is not None  # at least one measure was chosen
    return found


def worth_table(worth: Mapping[str, Worth]) -> pd.DataFrame:
    """Headline figures, one row a measure.

    Returns
    -------
    Table: scenario, cost_msek, nnv_msek, nnk, nnk_idu, benefits_msek, investment_msek, maintenance_msek (NaN where
    the study states none), nnv_low_msek, nnv_high_msek (5 and 95 per cent of the draws), share_positive (of the
    draws), largest_cost_msek, not_priced (how many effects), share_not_priced, share_unverified (0 to 1), values,
    price_year.
    """
    rows = []
    for key, one in worth.items():
        totals, drawn = one.values.attrs, one.interval
        rows.append(
            {
                "scenario": key,
                "cost_msek": math.nan if one.case.cost_msek is None else one.case.cost_msek,
                **{name: totals[name] for name in ("nnv_msek", "nnk", "nnk_idu", "benefits_msek")},
                "investment_msek": totals["investment_msek"],
                "maintenance_msek": totals["maintenance_msek"],
                "nnv_low_msek": math.nan if drawn is None else drawn.low_msek,
                "nnv_high_msek": math.nan if drawn is None else drawn.high_msek,
                "share_positive": math.nan if drawn is None else drawn.share_positive,
                "largest_cost_msek": one.largest_cost_msek,
                "not_priced": len(totals["not_priced"]),
                "share_not_priced": totals["share_not_priced"],
                "share_unverified": totals["share_unverified"],
                "values": totals["values"],
                "price_year": totals["price_year"],
            }
        )
    return pd.DataFrame(rows)


def states_upkeep(one: Worth) -> bool:
    """Whether the upkeep of a measure is stated in full; else NNV is without it and NNK-idu is not known."""
    return not math.isnan(float(one.values.attrs["maintenance_msek"]))


def item_table(worth: Mapping[str, Worth]) -> pd.DataFrame:
    """Present values of all measures under one another: scenario and the columns of `evaluate`."""
    tables = [one.values.assign(scenario=key) for key, one in worth.items()]
    for table in tables:
        table.attrs = {}
    joined = pd.concat(tables, ignore_index=True)
    return joined[["scenario", *(name for name in joined.columns if name != "scenario")]]


def appraisal_cases(
    study: Study,
    answers: Mapping[str, ScenarioAnswer],
    *,
    values: str | None = None,
    supplies: Supplies | None = None,
) -> dict[str, Case]:
    """A case for each scenario that is a measure (has a step or a cost), against the first one, by id.

    Scenarios of growth have another demand and no measure: what they are worth is not the difference of travel times.
    """
    config = study.config.appraisal
    table = read_values(values or _values_of(study), price_year=config.price_year)
    base = next(iter(answers.values()))
    years = {row.id: row.cost_price_year for row in study.config.scenarios}
    found = {}
    for key, answer in answers.items():
        if answer is base or not is_measure(answer.scenario):
            continue
        saved = _transit_hours(study, base, answer, supplies)
        stated = [_effect(row) for row in config.effects if row.scenario == key]
        if not any(row["item"] == MAINTENANCE for row in stated):
            stated.append(_NO_UPKEEP)
        case = build_case(
            base,
            answer,
            values=table,
            terms=_terms(study),
            cost_price_year=years.get(key),
            hours_per_year=config.hours_per_year or HOURS_PER_YEAR,
            time_items=config.time_items,
            persons_per_vehicle=config.persons_per_vehicle,
            transports=study.transports,
            effects=[*stated, *([] if saved is None else [_transit_effect(study, saved)])],
        )
        zones = case.zone_benefits
        if saved is not None and zones is not None:
            zones = zones.assign(**{f"hours_{TRANSIT}": saved})
        found[key] = replace(case, name=key, zone_benefits=zones)
    return found


def _transit_hours(
    study: Study, base: ScenarioAnswer, answer: ScenarioAnswer, supplies: Supplies | None
) -> pd.Series | None:
    """Hours a year saved by public transport, by zone; NaN where services change and nobody knows who travels."""
    seconds = transit_seconds_saved(study, base, answer, supplies=supplies)
    if seconds is None and answer.scenario.changes_services:
        seconds = pd.Series(np.nan, index=[] if base.demand is None else base.demand.zones.index)
    hours = study.config.appraisal.hours_per_year or HOURS_PER_YEAR
    return None if seconds is None else seconds / 3600.0 * hours


def _transit_effect(study: Study, hours: pd.Series) -> dict[str, Any]:
    per_year = study.config.appraisal.hours_per_year or HOURS_PER_YEAR
    return {
        "item": "travel_time",
        "amount": float(hours.sum(skipna=False)) if len(hours) else np.nan,
        "unit": "h/year",
        "group": TRANSIT,
        "value_item": study.config.appraisal.time_items.get(TRANSIT, "time_train_commute"),
        "basis": Text(
            f"trapetsregeln (rule of a half), {per_year:g} timmar per år som den beräknade; resenärerna enligt en "
            "logitmodell med antagna koefficienter",
            f"rule of a half, {per_year:g} hours a year like the one worked out; travellers by a logit with assumed "
            "coefficients",
        ),
        "verified": False,
    }


def is_measure(scenario: Scenario) -> bool:
    """Whether a scenario is something to do: it has a step of the four-step principle or a cost."""
    return scenario.step is not None or scenario.cost_msek is not None


def _weigh(study: Study, case: Case) -> Worth:
    config = study.config.appraisal
    pays: dict[str, float] = {}
    for row in config.payments:
        if row.scenario == case.name:
            pays[row.party.sv] = pays.get(row.party.sv, 0.0) + row.msek
    judged = {
        Text(row.effect.sv, row.effect.en): Text(row.judgement.sv, row.judgement.en)
        for row in config.judged
        if row.scenario == case.name
    }
    return weigh(case, pays_msek=pays, not_priced=judged, seed=DRAW_SEED)


def _no_measure(study: Study, scenario: str | None, measures: list[str]) -> str:
    if not measures:
        return f"{study.folder.name}: no scenario is a measure; give one a cost_msek or a step in study.toml"
    known = [row.id for row in study.scenarios]
    told = f"it has {', '.join(measures)}"
    if scenario in known:
        return f"scenario {scenario!r} is no measure (no cost_msek and no step); {told}"
    return f"no scenario {scenario!r} in the study; {told}.{name_near(str(scenario), measures)}"


def _terms(study: Study) -> Terms:
    config = study.config.appraisal
    return Terms(
        years=config.years,
        discount_rate_pct=config.discount_rate_pct,
        traffic_growth_pct=config.traffic_growth_pct,
        growth_years=config.growth_years,
        value_growth_pct=config.value_growth_pct,
        construction_years=config.construction_years,
        lifetime_years=config.lifetime_years,
        tax_factor=config.tax_factor,
    )


def _effect(row: Any) -> dict[str, Any]:
    given = row.model_dump(exclude={"scenario"})
    return given | {"value": np.nan if row.value is None else row.value}


def _values_of(study: Study) -> str:
    """Version of the values, or a CSV file beside study.toml."""
    name = study.config.appraisal.values
    file = study.folder / name
    return str(file) if file.is_file() else name
