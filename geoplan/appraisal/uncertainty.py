"""How sure is it: one thing changed at a time, and all at once by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.appraisal.cba import (
    INVESTMENT,
    RESIDUAL,
    Case,
    discount_rate,
    evaluate,
    growth_of,
    investment_msek,
)
from geoplan.appraisal.values import Values, read_values, value_of
from geoplan.errors import DataError


@dataclass(frozen=True)
class Spread:
    """Standard deviations of the logarithm (shares, about) by what is uncertain; assumptions, to be shown.

    amounts: what the traffic models and statements give; unverified, verified: values; cost: the investment.
    growth_pct: standard deviation of the yearly traffic growth, percentage points.
    """

    amounts: float = 0.25
    unverified: float = 0.4
    verified: float = 0.1
    cost: float = 0.25
    growth_pct: float = 0.5


@dataclass(frozen=True)
class Interval:
    """Net present value when everything uncertain is drawn at once: 5, 50 and 95 per cent of the draws lie below.

    share_positive : of the draws, 0 to 1
    """

    low_msek: float
    middle_msek: float
    high_msek: float
    share_positive: float
    draws: int
    seed: int
    spread: Spread


def sensitivity(
    case: Case,
    *,
    rates_pct: Sequence[float] = (2.0, 5.0),
    growth_pct: float = 1.0,
    cost_share: float = 0.3,
    value_share: float = 0.3,
) -> pd.DataFrame:
    """The result with one assumption changed at a time.

    Parameters
    ----------
    rates_pct
        Discount rates to try.
    growth_pct
        Percentage points that the traffic grows more and less a year.
    cost_share, value_share
        How much the investment, and each value that is not verified, is raised and (values) lowered.

    Returns
    -------
    Table: what (central, discount_rate, traffic_growth, cost, tax_factor, years, or the item of a value), setting
    (text), nnv_msek, nnk, nnk_idu, change_msek (against central).
    """
    tried: list[tuple[str, str, Case]] = [("central", "", case)]
    tried += [
        ("discount_rate", f"{rate:g} %", _with_terms(case, discount_rate_pct=float(rate)))
        for rate in rates_pct
        if rate != discount_rate(case)
    ]
    for step in (-growth_pct, growth_pct):
        grown = case.terms.traffic_growth_pct + step
        tried.append(("traffic_growth", f"{grown:+g} %", _with_terms(case, traffic_growth_pct=grown)))
    if case.cost_msek is not None:
        dear = replace(case, cost_msek=case.cost_msek * (1 + cost_share))
        tried.append(("cost", f"{cost_share:+.0%}", dear))
        if case.terms.tax_factor is None and np.isnan(value_of(case.values, "tax_factor")):
            factor = value_of(read_values("asek5"), "tax_factor")
            tried.append(("tax_factor", f"{factor:g} (ASEK 5)", _with_terms(case, tax_factor=factor)))
    for years in (case.terms.years // 2, case.terms.years + case.terms.years // 2):
        if years >= 1:
            tried.append(("years", str(years), _with_terms(case, years=years)))
    for item in _unverified_items(case):
        for share in (-value_share, value_share):
            tried.append((item, f"{share:+.0%}", _with_value(case, item, 1 + share)))
    rows = []
    for what, setting, changed in tried:
        totals = evaluate(changed).attrs
        rows.append({"what": what, "setting": setting, **{key: totals[key] for key in ("nnv_msek", "nnk", "nnk_idu")}})
    table = pd.DataFrame(rows)
    table["change_msek"] = table["nnv_msek"] - table["nnv_msek"].iloc[0]
    return table


def monte_carlo(case: Case, *, draws: int = 10_000, seed: int = 0, spread: Spread | None = None) -> pd.DataFrame:
    """The result when everything uncertain is drawn at once, each draw by itself.

    Amounts, values and the cost are multiplied by log-normal factors with median 1: one for each row, one for each
    value (rows that share a value move together), one for the cost; the traffic growth is drawn from a normal
    distribution.

    Returns
    -------
    Table of `draws` rows: nnv_msek, nnk. `attrs`: seed, p_positive (share of draws with nnv above 0), nnv_p05, nnv_p50,
    nnv_p95 and the spread used.

    Raises
    ------
    DataError
        The cost is not known: there is no net present value to draw.
    """
    if case.cost_msek is None:
        raise DataError("the cost of the measure is not known; give cost_msek")
    spread = spread or Spread()
    rng = np.random.default_rng(seed)
    table = evaluate(case)
    rate = discount_rate(case)
    rows = table[~table["item"].isin([INVESTMENT, RESIDUAL]) & table["annual_msek"].notna()]
    growth = rng.normal(0.0, spread.growth_pct, draws)
    shared = {
        str(item): _factors(rng, draws, spread.verified if bool(sure) else spread.unverified)
        for item, sure in rows.groupby("value_item")["verified"].all().items()
        if item
    }
    total = np.zeros(draws)
    for index in rows.index:
        effect = {str(name): cell for name, cell in case.effects.iloc[index].items()}
        central = growth_of(case, effect)
        factor = _annuities(case, rate, central, growth if effect["grows"] else np.zeros(draws))
        value = float(rows["annual_msek"][index]) * factor * _factors(rng, draws, spread.amounts)
        value = value * shared.get(str(rows["value_item"][index]), 1.0)
        total += value
    dearer = _factors(rng, draws, spread.cost)
    cost = investment_msek(case) * dearer
    left = table.loc[table["item"] == RESIDUAL, "present_value_msek"].sum()
    nnv = total + left * dearer - cost
    drawn = pd.DataFrame({"nnv_msek": nnv, "nnk": nnv / cost if (cost > 0).all() else np.nan})
    p05, p50, p95 = np.quantile(nnv, [0.05, 0.5, 0.95])
    drawn.attrs = {
        "seed": seed,
        "p_positive": float((nnv > 0).mean()),
        "nnv_p05": float(p05),
        "nnv_p50": float(p50),
        "nnv_p95": float(p95),
        "spread": spread,
    }
    return drawn


def summarise_draws(drawn: pd.DataFrame) -> Interval:
    """The middle nine tenths of what `monte_carlo` drew."""
    return Interval(
        low_msek=drawn.attrs["nnv_p05"],
        middle_msek=drawn.attrs["nnv_p50"],
        high_msek=drawn.attrs["nnv_p95"],
        share_positive=drawn.attrs["p_positive"],
        draws=len(drawn),
        seed=drawn.attrs["seed"],
        spread=drawn.attrs["spread"],
    )


def _unverified_items(case: Case) -> list[str]:
    table = evaluate(case)
    used = [item for item in dict.fromkeys(table["value_item"]) if item in case.values.table.index]
    return [item for item in used if not bool(case.values.table["verified"][item])]


def _with_terms(case: Case, **changes: Any) -> Case:
    return replace(case, terms=replace(case.terms, **changes))


def _with_value(case: Case, item: str, factor: float) -> Case:
    table = case.values.table.copy()
    table["value"] = table["value"].where(table.index != item, table["value"] * factor)
    values = Values(case.values.version, case.values.title, case.values.price_year, table)
    return replace(case, values=values)


def _factors(rng: np.random.Generator, draws: int, sigma: float) -> np.ndarray:
    return np.exp(rng.normal(0.0, sigma, draws))


def _annuities(case: Case, rate_pct: float, growth_pct: float, more_pct: np.ndarray) -> np.ndarray:
    """Annuity factor of each draw, (draws,)."""
    t = np.arange(1, case.terms.years + 1)
    grown = np.minimum(t, case.terms.years if case.terms.growth_years is None else case.terms.growth_years)
    growth = 1 + (growth_pct + more_pct[:, None]) / 100.0
    return (growth**grown / (1 + rate_pct / 100.0) ** t).sum(axis=1)
