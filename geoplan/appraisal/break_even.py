"""How much it takes to pay: how often, at which worth, at which cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.appraisal.cba import (
    INVESTMENT,
    MAINTENANCE,
    RESIDUAL,
    Case,
    annuity_factor,
    discount_rate,
    evaluate,
    growth_of,
)
from geoplan.errors import DataError

EXAMPLE_COST_MSEK = 100.0  # what a measure of unknown cost is counted for, said so in every row


def break_even(case: Case, item: str, group: str = "", *, value_sek: float | None = None) -> float:
    """Yearly amount of one effect at which the measure just pays, in the unit of its row.

    How often must the transformer go for a fix to pay: `break_even(case, "heavy_transport", "transformer_390")`.

    Parameters
    ----------
    value_sek
        What one of the unit is worth where the row has no price of its own, such as the cost of the way that a
        transport would take instead.

    Returns
    -------
    The amount, never below 0; `inf` when one of the unit is worth nothing; NaN when its worth or the cost is not known.

    Raises
    ------
    DataError
        The case has no such row.
    """
    table = evaluate(case)
    row = _row_of(case, item, group)
    worth = float(table["value"].iloc[row]) if value_sek is None else value_sek
    return _needed(_missing(case, table, row), worth * _factor(case, row) / 1e6)


def break_even_value(case: Case, item: str, group: str = "") -> float:
    """SEK that one of an effect must be worth for the measure just to pay, at the amount of its row.

    It tells what an effect without a price would have to be worth: a life, a transport that gets through at all.

    Returns
    -------
    SEK, never below 0; `inf` when there is none of it; NaN when the amount or the cost is not known.

    Raises
    ------
    DataError
        The case has no such row.
    """
    row = _row_of(case, item, group)
    amount = float(case.effects["amount"].iloc[row])
    return _needed(_missing(case, evaluate(case), row), amount * _factor(case, row) / 1e6)


def break_even_table(case: Case, *, example_cost_msek: float = EXAMPLE_COST_MSEK) -> pd.DataFrame:
    """What it takes to pay, effect by effect, all others as they are.

    Parameters
    ----------
    example_cost_msek
        Cost that is counted with where that of the measure is not known.

    Returns
    -------
    Table: item, group, unit, amount, value (SEK for one), needed_amount (`break_even`), times (needed for each of
    today's), needed_value (`break_even_value`), example_cost_msek (NaN where the cost is known). A row for each effect
    that the measure changes; upkeep is a cost and has none.
    """
    costed = case if case.cost_msek is not None else replace(case, cost_msek=example_cost_msek)
    table = evaluate(costed)
    rows: list[dict[str, object]] = []
    for row, effect in enumerate(case.effects.to_dict("records")):
        amount, value = float(effect["amount"]), float(table["value"].iloc[row])
        if effect["item"] == MAINTENANCE or amount == 0.0 or value == 0.0:
            continue
        missing, factor = _missing(costed, table, row), _factor(costed, row) / 1e6
        needed = _needed(missing, value * factor)
        rows.append(
            {
                "item": effect["item"],
                "group": effect["group"],
                "unit": effect["unit"],
                "amount": amount,
                "value": value,
                "needed_amount": needed,
                "times": needed / amount if amount > 0 else np.nan,
                "needed_value": _needed(missing, amount * factor),
                "example_cost_msek": np.nan if case.cost_msek is not None else example_cost_msek,
            }
        )
    columns = ["item", "group", "unit", "amount", "value", "needed_amount", "times", "needed_value"]
    return pd.DataFrame(rows, columns=[*columns, "example_cost_msek"])


def break_even_cost(case: Case) -> float:
    """Largest investment, MSEK in the prices of the case's cost, at which the measure just pays; never below 0."""
    table = evaluate(replace(case, cost_msek=1.0))
    costs = table["item"].isin([INVESTMENT, RESIDUAL])
    per_msek = -float(table.loc[costs, "present_value_msek"].sum())
    return max(0.0, float(table.loc[~costs, "present_value_msek"].sum()) / per_msek)


def _row_of(case: Case, item: str, group: str) -> int:
    match = np.flatnonzero(((case.effects["item"] == item) & (case.effects["group"] == group)).to_numpy())
    if len(match) == 0:
        known = ", ".join(f"{row.item} {row.group}".strip() for row in case.effects.itertuples())
        raise DataError(f"the case has no effect {item} {group}; it has {known}")
    return int(match[0])


def _missing(case: Case, table: pd.DataFrame, row: int) -> float:
    """MSEK that the other rows lack to pay, present value; NaN while the cost is not known."""
    return -float(table["present_value_msek"].drop(index=row).sum()) if case.cost_msek is not None else np.nan


def _factor(case: Case, row: int) -> float:
    """Present value of one a year of an effect."""
    effect: dict[str, Any] = {str(name): cell for name, cell in case.effects.iloc[row].items()}
    return annuity_factor(
        discount_rate(case), case.terms.years, growth_pct=growth_of(case, effect), growth_years=case.terms.growth_years
    )


def _needed(missing: float, each: float) -> float:
    if np.isnan(missing) or np.isnan(each):
        return np.nan
    if missing <= 0:
        return 0.0
    return missing / each if each > 0 else np.inf
