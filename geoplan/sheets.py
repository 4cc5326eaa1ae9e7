"""From the answers of a study to pages and sums: places, corridors, firm ranks, and what its measures are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.appraisal.appraise import HOURS_PER_YEAR, build_case
from geoplan.appraisal.cba import Case, Terms, evaluate
from geoplan.appraisal.values import read_values
from geoplan.bottlenecks.corridor import Corridor, CorridorSheet, corridor_sheet
from geoplan.bottlenecks.gains import lift_gains
from geoplan.bottlenecks.intervals import rank_intervals
from geoplan.bottlenecks.places import Place, PlaceSheet, place_sheet
from geoplan.bottlenecks.rail_use import rail_use
from geoplan.maps.labels import Text
from geoplan.routing.points import find_node
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study


def place_sheets(study: Study, answers: Answers) -> dict[str, PlaceSheet]:
    """A sheet for each place of [[places]], by id, in the base scenario."""
    base = answers.base
    rail = _rail(study, base)
    return {
        row.id: place_sheet(
            base.network,
            Place(row.id, Text(row.name.sv, row.name.en), row.ways, row.structures),
            demand=base.demand,
            flows=None if base.assignment is None else base.assignment.flows,
            register=answers.bottlenecks,
            plans=base.plans,
            scenarios=[answer.scenario for answer in answers.scenarios.values()],
            rail=rail,
            duration_h=study.config.bottlenecks.closure_hours,
        )
        for row in study.config.places
    }


def corridor_sheets(study: Study, answers: Answers) -> dict[str, CorridorSheet]:
    """A sheet for each corridor of [[corridors]], by id, in the base scenario."""
    base = answers.base
    rail = _rail(study, base)
    ids = study.network.nodes.index
    found = {}
    for row in study.config.corridors:
        # Names are those of the tables; the networks of the answers may have those of another language.
        places: dict[str, list[Any]] = {
            mode: [ids[find_node(study.network, name, modes=(mode,))] for name in names]
            for mode, names in row.places.items()
        }
        found[row.id] = corridor_sheet(
            base.network,
            Corridor(row.id, Text(row.name.sv, row.name.en), places),
            flows=None if base.assignment is None else base.assignment.flows,
            demand=base.demand,
            register=answers.bottlenecks,
            rail=rail,
            plans=base.plans,
            trips_per_year=_often(study),
            duration_h=study.config.bottlenecks.closure_hours,
        )
    return found


def register_intervals(study: Study, answers: Answers, *, draws: int = 50, seed: int = 0) -> pd.DataFrame | None:
    """Intervals of the ranks of the register (see `rank_intervals`); None without demand."""
    base = answers.base
    if base.demand is None:
        return None
    config = study.config.bottlenecks
    return rank_intervals(
        base.network,
        base.demand,
        answers.bottlenecks,
        peak_hours_per_year=config.peak_hours_per_year,
        closures_per_year=config.closures_per_year,
        closure_hours=config.closure_hours,
        draws=draws,
        seed=seed,
    )


def restriction_gains(study: Study, answers: Answers) -> pd.DataFrame:
    """SEK and tonnes a year of every limit that stops a transport of the base or sends it round (`lift_gains`)."""
    return lift_gains(answers.base.network, answers.base.plans, trips_per_year=_often(study))


def appraisal_cases(study: Study, answers: Answers) -> dict[str, Case]:
    """A case for each scenario that is a measure (has a step or a cost), against the base, by id.

    Scenarios of growth have another demand and no measure: what they are worth is not the difference of travel times.
    """
    config = study.config.appraisal
    values = read_values(_values_of(study), price_year=config.price_year)
    terms = Terms(
        years=config.years,
        discount_rate_pct=config.discount_rate_pct,
        traffic_growth_pct=config.traffic_growth_pct,
        growth_years=config.growth_years,
        value_growth_pct=config.value_growth_pct,
        construction_years=config.construction_years,
        lifetime_years=config.lifetime_years,
        tax_factor=config.tax_factor,
    )
    years = {row.id: row.cost_price_year for row in study.config.scenarios}
    return {
        key: build_case(
            answers.base,
            answer,
            values=values,
            terms=terms,
            cost_price_year=years.get(key),
            hours_per_year=config.hours_per_year or HOURS_PER_YEAR,
            time_items=config.time_items,
            persons_per_vehicle=config.persons_per_vehicle,
            transports=study.transports,
            effects=[_effect(row) for row in config.effects if row.scenario == key],
        )
        for key, answer in answers.scenarios.items()
        if answer is not answers.base and _is_measure(answer.scenario)
    }


def appraise_scenarios(cases: dict[str, Case]) -> dict[str, pd.DataFrame]:
    """Present values of each case, by id (see `appraise`)."""
    return {key: evaluate(case) for key, case in cases.items()}


def _effect(row: Any) -> dict[str, Any]:
    given = row.model_dump(exclude={"scenario"})
    return given | {"value": np.nan if row.value is None else row.value}


def _values_of(study: Study) -> str:
    """Version of the values, or a CSV file beside study.toml."""
    name = study.config.appraisal.values
    file = study.folder / name
    return str(file) if file.is_file() else name


def _is_measure(scenario: Scenario) -> bool:
    return scenario.step is not None or scenario.cost_msek is not None


def _often(study: Study) -> dict[str, float]:
    return {row.id: np.nan if row.per_year is None else row.per_year for row in study.transports}


def _rail(study: Study, answer: ScenarioAnswer) -> pd.DataFrame | None:
    """Use of the railway of a scenario, None without trains."""
    if study.timetable is None or not (answer.network.edges["mode"] == "rail").any():
        return None
    return rail_use(answer.network, study.timetable, scenarios=[answer.scenario.id])
