"""What a measure is worth: `appraise` for the answer, `build_case` for what can be asked of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from geoplan.appraisal.benefits import Transport, build_effects
from geoplan.appraisal.cba import Case, Terms, evaluate
from geoplan.appraisal.values import Values, read_values

HOURS_PER_YEAR = 460.0  # assumed: two hours a day like the one assigned, on 230 working days


def appraise(
    base: Any,
    variant: Any,
    *,
    values: str | Values = "asek8",
    terms: Terms | None = None,
    cost_msek: float | None = None,
    cost_price_year: int | None = None,
    hours_per_year: float = HOURS_PER_YEAR,
    time_items: Mapping[str, str] | None = None,
    persons_per_vehicle: Mapping[str, float] | None = None,
    transports: Iterable[Transport] = (),
    effects: Iterable[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """Present values of a variant against its base, by item and group.

    Parameters
    ----------
    base, variant
        (network, demand) pairs as `Scenario.apply` gives them, assignments, or the answers of scenarios.
    values
        Version of the values, or `read_values(...)`.
    terms
        Years, growth, tax factor and so on; see `Terms`.
    cost_msek, cost_price_year
        Investment and the year of its prices; that of the variant's scenario when None.
    hours_per_year, time_items, persons_per_vehicle, transports, effects
        As in `build_effects`.

    Returns
    -------
    Table: item, group, present_value_msek, basis and the columns of `evaluate`; `attrs` with nnv_msek, nnk, nnk_idu,
    what is not priced and what is not verified. This is material for an appraisal by the rules of the Swedish
    Transport Administration, not one: effects without a price are told, not counted.
    """
    return evaluate(
        build_case(
            base,
            variant,
            values=values,
            terms=terms,
            cost_msek=cost_msek,
            cost_price_year=cost_price_year,
            hours_per_year=hours_per_year,
            time_items=time_items,
            persons_per_vehicle=persons_per_vehicle,
            transports=transports,
            effects=effects,
        )
    )


def build_case(
    base: Any,
    variant: Any,
    *,
    values: str | Values = "asek8",
    terms: Terms | None = None,
    cost_msek: float | None = None,
    cost_price_year: int | None = None,
    hours_per_year: float = HOURS_PER_YEAR,
    time_items: Mapping[str, str] | None = None,
    persons_per_vehicle: Mapping[str, float] | None = None,
    transports: Iterable[Transport] = (),
    effects: Iterable[Mapping[str, Any]] = (),
) -> Case:
    """The case that `appraise` evaluates, for sensitivity, chance, break-even and who gains; parameters as there."""
    table = values if isinstance(values, Values) else read_values(values)
    rows, zones, notes = build_effects(
        base,
        variant,
        table,
        hours_per_year=hours_per_year,
        time_items=time_items,
        persons_per_vehicle=persons_per_vehicle,
        transports=transports,
        effects=effects,
    )
    scenario = getattr(variant, "scenario", None)
    return Case(
        effects=rows,
        values=table,
        terms=terms or Terms(),
        cost_msek=cost_msek if cost_msek is not None else getattr(scenario, "cost_msek", None),
        cost_price_year=cost_price_year,
        name=str(getattr(scenario, "id", "")),
        zone_benefits=zones,
        notes=notes,
    )
