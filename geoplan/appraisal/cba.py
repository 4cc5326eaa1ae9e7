"""From amounts a year to present values: discounting, the investment, and what it all is worth.

NNV = sum over t of (B_t - DoU_t) / (1 + r)^t - I with the effects of the opening year growing, paid at the end of each
year; I is brought forward to the opening year. NNK = NNV / I and NNK-idu = NNV / (I + DoU), DoU the present value of
operation and maintenance. Source: ASEK 5.1, chapter 3 (docplayer.se/2394508).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoplan.appraisal.values import Values, is_verified, price_change, value_of
from geoplan.appraisal.words import item_word
from geoplan.errors import DataError
from geoplan.maps.formats import short_text
from geoplan.maps.labels import Text

INVESTMENT, MAINTENANCE, RESIDUAL = "investment", "maintenance", "residual_value"
ROW_COLUMNS = (
    "item",
    "group",
    "present_value_msek",
    "basis",
    "annual_msek",
    "amount",
    "unit",
    "value",
    "value_item",
    "verified",
    "source",
    "origin",
    "basis_sv",
)


@dataclass(frozen=True)
class Terms:
    """How effects of the opening year become present values. All but the rate are assumptions of the study.

    Parameters
    ----------
    years
        Years that are counted.
    discount_rate_pct
        That of the values when None.
    traffic_growth_pct
        Yearly growth of effects that follow the traffic; for `growth_years` years, to the end when None.
    value_growth_pct
        Yearly real growth of what people are willing to pay for time, safety and air.
    construction_years
        The cost is spent in equal parts at the ends of these years, the last one at the opening.
    lifetime_years
        When above `years`, the straight-line rest of the investment is counted at the end; no rest when None.
    tax_factor
        On tax-financed investment and maintenance; that of the values when None, and 1 where they have none.
    """

    years: int = 40
    discount_rate_pct: float | None = None
    traffic_growth_pct: float = 0.0
    growth_years: int | None = None
    value_growth_pct: float = 0.0
    construction_years: int = 1
    lifetime_years: int | None = None
    tax_factor: float | None = None

    def __post_init__(self) -> None:
        if self.years < 1 or self.construction_years < 1:
            raise DataError("terms: years and construction_years are at least 1")


@dataclass(frozen=True, eq=False)
class Case:
    """One measure: its effects a year, its cost, and how they are counted. `evaluate` works it out.

    Parameters
    ----------
    effects
        Rows with the columns of `benefits.EFFECT_COLUMNS`; amounts above zero are gains.
    cost_msek, cost_price_year
        Investment as its source gives it; None is not known (the year: that of the values).
    zone_benefits
        Yearly hours saved by zone and class, with the zones' columns, for who gains; None without demand.
    notes
        What the amounts leave out, one text each.
    """

    effects: pd.DataFrame
    values: Values
    terms: Terms
    cost_msek: float | None = None
    cost_price_year: int | None = None
    name: str = ""
    zone_benefits: pd.DataFrame | None = None
    notes: tuple[Text, ...] = ()


def evaluate(case: Case) -> pd.DataFrame:
    """Present values of a case.

    Returns
    -------
    Table with the columns `ROW_COLUMNS`: a row for each effect (present_value_msek is NaN where the values have no
    price for it), one for the investment and one for its residual value. `attrs`: nnv_msek, nnk, nnk_idu (NaN while
    the investment is not known; nnk_idu also while upkeep is not stated, or a part of it), benefits_msek,
    investment_msek, maintenance_msek, annuity_msek, not_priced and unverified (texts), share_unverified (of the
    present values, by size; NaN without any), share_not_priced (of the effects that the measure changes, by number;
    NaN when there is none), share_assumed (likewise: priced, but not with verified values), notes (Text: what was
    left out), values, price_year, discount_rate_pct, years, tax_factor.
    """
    rate, tax = discount_rate(case), tax_factor(case)
    rows = [_effect_row(case, effect, rate, tax) for effect in _records(case.effects)]
    cost = investment_msek(case)
    terms = case.terms
    rows.append(_row(INVESTMENT, "", -cost, _investment_basis(case, tax)))
    if terms.lifetime_years is not None and terms.lifetime_years > terms.years:
        left = residual_value(cost, rate_pct=rate, years=terms.years, lifetime_years=terms.lifetime_years)
        life = terms.lifetime_years
        basis = Text(f"rak avskrivning på {life} år", f"straight line over {life} years")
        rows.append(_row(RESIDUAL, "", left, basis))
    table = pd.DataFrame(rows, columns=list(ROW_COLUMNS))
    table.attrs.update(_totals(case, table, cost, rate, tax))
    return table


def annuity_factor(rate_pct: float, years: int, *, growth_pct: float = 0.0, growth_years: int | None = None) -> float:
    """Present value of 1 a year paid at the end of years 1 to `years`; it grows until `growth_years`."""
    t = np.arange(1, years + 1)
    grown = np.minimum(t, years if growth_years is None else growth_years)
    return float(((1 + growth_pct / 100.0) ** grown / (1 + rate_pct / 100.0) ** t).sum())


def capitalise(cost_msek: float, *, rate_pct: float, construction_years: int = 1) -> float:
    """A cost that is spent in equal parts at the ends of the building years, at the opening."""
    before = np.arange(construction_years)
    return float(cost_msek / construction_years * ((1 + rate_pct / 100.0) ** before).sum())


def residual_value(cost_msek: float, *, rate_pct: float, years: int, lifetime_years: int) -> float:
    """Present value of what is left of an investment after `years` when it wears evenly over its life."""
    return cost_msek * max(0, lifetime_years - years) / lifetime_years / (1 + rate_pct / 100.0) ** years


def net_ratios(nnv_msek: float, investment_msek: float, maintenance_msek: float) -> tuple[float, float]:
    """NNK and NNK-idu; NaN without an investment. Costs count above zero."""
    total = investment_msek + maintenance_msek
    return (
        nnv_msek / investment_msek if investment_msek > 0 else np.nan,
        nnv_msek / total if investment_msek > 0 and total > 0 else np.nan,
    )


def summarise(rows: pd.DataFrame) -> dict[str, float]:
    """Totals of rows with item and present_value_msek: nnv_msek, nnk, nnk_idu and what they are made of.

    Rows of the item "investment" and "maintenance" are costs, below zero; all others are benefits. Rows without a
    present value are left out of nnv_msek; without upkeep, maintenance_msek and nnk_idu are NaN.
    """
    value = rows.set_index("item")["present_value_msek"].groupby(level=0).sum(min_count=1)
    cost = -float(value.get(INVESTMENT, np.nan))
    stated = rows.loc[rows["item"] == MAINTENANCE, "present_value_msek"]
    upkeep = 0.0 - float(stated.sum(skipna=False)) if len(stated) else np.nan  # a part not known: no NNK-idu
    nnv = float(value.sum()) if not np.isnan(cost) else np.nan
    nnk, nnk_idu = net_ratios(nnv, cost, upkeep)
    benefits = float(value.drop([INVESTMENT, MAINTENANCE], errors="ignore").sum())
    return {
        "nnv_msek": nnv,
        "nnk": nnk,
        "nnk_idu": nnk_idu,
        "benefits_msek": benefits,
        "investment_msek": cost,
        "maintenance_msek": upkeep,
    }


def discount_rate(case: Case) -> float:
    """The rate of the terms, else that of the values, per cent."""
    rate = case.terms.discount_rate_pct
    found = value_of(case.values, "discount_rate_pct") if rate is None else float(rate)
    if np.isnan(found):
        raise DataError(f"values {case.values.version} have no discount_rate_pct; give it in the terms")
    return found


def tax_factor(case: Case) -> float:
    """The tax factor of the terms, else that of the values, else 1."""
    given = case.terms.tax_factor
    found = value_of(case.values, "tax_factor") if given is None else float(given)
    return 1.0 if np.isnan(found) else found


def investment_msek(case: Case) -> float:
    """Investment at the opening in the prices of the values, tax factor in it; NaN when the cost is not known."""
    if case.cost_msek is None:
        return np.nan
    year = case.cost_price_year
    cost = case.cost_msek * (1.0 if year is None else price_change(year, case.values.price_year))
    built = capitalise(cost, rate_pct=discount_rate(case), construction_years=case.terms.construction_years)
    return built * tax_factor(case)


def growth_of(case: Case, effect: dict[str, Any]) -> float:
    """Yearly growth of an effect, per cent: with the traffic, and with what people are willing to pay."""
    traffic = case.terms.traffic_growth_pct if effect["grows"] else 0.0
    worth = case.terms.value_growth_pct if effect["wtp"] else 0.0
    return ((1 + traffic / 100.0) * (1 + worth / 100.0) - 1) * 100.0


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


def _effect_row(case: Case, effect: dict[str, Any], rate: float, tax: float) -> dict[str, object]:
    item = str(effect["value_item"])
    value = float(effect["value"])
    checked = bool(effect["verified"])
    if np.isnan(value) and item:
        value = value_of(case.values, item)
        checked = checked and is_verified(case.values, item)
    taxed = tax if effect["item"] == MAINTENANCE else 1.0
    amount = float(effect["amount"])
    annual = 0.0 if amount == 0.0 else amount * value * taxed / 1e6
    factor = annuity_factor(
        rate, case.terms.years, growth_pct=growth_of(case, effect), growth_years=case.terms.growth_years
    )
    basis = Text(str(effect["basis_sv"]), str(effect["basis"]))
    if np.isnan(annual):
        lack = _lack(case, amount, item)
        basis = Text(f"{basis.sv}; inte prissatt: {lack.sv}", f"{basis.en}; not priced: {lack.en}")
    row = _row(str(effect["item"]), str(effect["group"]), annual * factor, basis, source=str(effect["source"]))
    return row | {
        "annual_msek": annual,
        "amount": effect["amount"],
        "unit": effect["unit"],
        "value": value,
        "value_item": item,
        "verified": checked,
        "origin": effect["origin"],
    }


def _lack(case: Case, amount: float, item: str) -> Text:
    """Why an effect has no price."""
    if np.isnan(amount):
        return Text("hur mycket är inte känt", "how much is not known")
    if item:
        word, version = item_word(item), case.values.title
        return Text(f"värdet {word.sv.lower()} saknas i {version}", f"{version} has no value {word.en.lower()}")
    return Text("vad en är värd är inte känt", "what one is worth is not known")


def _row(item: str, group: str, present: float, basis: Text, *, source: str = "") -> dict[str, object]:
    empty = {"annual_msek": np.nan, "amount": np.nan, "unit": "", "value": np.nan, "value_item": "", "verified": True}
    row: dict[str, object] = {"item": item, "group": group, "present_value_msek": present}
    return row | empty | {"source": source, "origin": "", "basis": basis.en, "basis_sv": basis.sv}


def _investment_basis(case: Case, tax: float) -> Text:
    if case.cost_msek is None:
        return Text("kostnaden är inte känd", "the cost is not known")
    sv, en = f"{short_text(case.cost_msek, 'sv')} Mkr", f"{short_text(case.cost_msek, 'en')} MSEK"
    year, to = case.cost_price_year, case.values.price_year
    if year is None:
        sv, en = f"{sv} (prisnivån är inte känd, tas som {to})", f"{en} (its price year is not known, taken as {to})"
    elif year != to:
        sv, en = f"{sv} i {year} års priser, räknade till {to}", f"{en} of {year} in prices of {to}"
    spent = case.terms.construction_years
    if spent > 1:
        sv, en = f"{sv}, under {spent} år", f"{en}, spent over {spent} years"
    if tax != 1.0:
        return Text(f"{sv}, skattefaktor {short_text(tax, 'sv')}", f"{en}, tax factor {short_text(tax, 'en')}")
    return Text(f"{sv}, utan skattefaktor", f"{en}, no tax factor")


def _totals(case: Case, table: pd.DataFrame, cost: float, rate: float, tax: float) -> dict[str, object]:
    effects = table[~table["item"].isin([INVESTMENT, RESIDUAL])]
    size = effects["present_value_msek"].abs()
    total = float(size.sum())
    open_rows = effects[effects["present_value_msek"].isna()]
    unsure = effects[~effects["verified"].astype(bool) & (size > 0)]
    items = [item for item in dict.fromkeys(unsure["value_item"]) if item]
    if case.terms.discount_rate_pct is None and not is_verified(case.values, "discount_rate_pct"):
        items.append("discount_rate_pct")
    # A transport that goes as before, at no saving, is no effect of the measure.
    changed = (effects["amount"].astype("float64") != 0.0) & (effects["value"].astype("float64") != 0.0)
    n_changed = int(changed.sum())
    return {
        **summarise(table),
        "annuity_msek": cost / annuity_factor(rate, case.terms.years),
        "not_priced": [f"{row.item} {row.group}".strip() for row in open_rows.itertuples()],
        "unverified": items,
        "share_unverified": float(size[unsure.index].sum()) / total if total > 0 else np.nan,
        "share_not_priced": len(open_rows) / n_changed if n_changed else np.nan,
        "share_assumed": len(unsure) / n_changed if n_changed else np.nan,
        "notes": list(case.notes),
        "values": case.values.version,
        "price_year": case.values.price_year,
        "discount_rate_pct": rate,
        "years": case.terms.years,
        "tax_factor": tax,
    }
