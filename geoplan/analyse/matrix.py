"""Scenarios x demand years x heavy transports in one table: what gets through, at what cost, and time on the roads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.assignment.equilibrium import assign
from geoplan.demand.demand import scale_demand
from geoplan.study import Study

GAP = 1e-6  # relative gap, as in the scenarios
COLUMNS = (
    "scenario",
    "year",
    "factor",
    "transport",
    "feasible",
    "verdict",
    "cost_sek",
    "cost_sek_per_year",
    "vehh_per_year",
    "delay_vehh_per_year",
    "source",
)


def scenario_matrix(study: Study, answers: Mapping[str, ScenarioAnswer]) -> pd.DataFrame:
    """Every scenario in every demand year, for every heavy transport.

    The demand of a year is that of the scenario times the factor of [[demand_years]], assigned anew; without such rows
    the scenario's own demand is the only year (NaN). A plan of a heavy transport does not depend on the cars.

    Returns
    -------
    Table with the columns `COLUMNS`, one row a scenario, year and transport ("" when the study has none): feasible,
    verdict (ok, unknown, not_ok), cost_sek of a trip (NaN when it does not get through) and a year (NaN too when nobody
    knows how often it goes), vehh_per_year and delay_vehh_per_year (of all cars in the hours of
    `peak_hours_per_year`; NaN without demand), source of the factor.
    """
    years = [(float(row.year), row.factor, row.source) for row in study.config.demand_years] or [(np.nan, 1.0, "")]
    often = {row.id: np.nan if row.per_year is None else float(row.per_year) for row in study.transports}
    rows = []
    for key, answer in answers.items():
        plans = [
            (name, plan.feasible, plan.verdict, plan.cost_sek if plan.feasible else np.nan)
            for name, plan in answer.plans.items()
        ] or [("", False, "", np.nan)]
        for year, factor, source in years:
            spent, waited = _hours(answer, factor)
            per_year = study.config.bottlenecks.peak_hours_per_year
            rows += [
                (key, year, factor, name, feasible, verdict, cost, cost * often.get(name, np.nan), spent * per_year,
                 waited * per_year, source)
                for name, feasible, verdict, cost in plans
            ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _hours(answer: ScenarioAnswer, factor: float) -> tuple[float, float]:
    """Vehicle hours, and those of delay, in the hour assigned with the demand times a factor."""
    if answer.demand is None or answer.assignment is None:
        return np.nan, np.nan
    result = answer.assignment
    if factor != 1.0:
        result = assign(answer.network, scale_demand(answer.demand, factor), gap=GAP)
    flows = result.flows
    return float((flows["flow_vph"] * flows["time_s"]).sum() / 3600.0), float(flows["delay_vehh"].sum())
