"""Present values against sums written out by hand, and a published case."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.appraisal.benefits import effect
from geoplan.appraisal.cba import (
    Case,
    Terms,
    annuity_factor,
    capitalise,
    evaluate,
    net_ratios,
    residual_value,
    summarise,
)
from geoplan.appraisal.values import read_values
from geoplan.errors import DataError


def make_case(*effects, terms=None, cost=100.0, values="asek6_1", **more):
    rows = pd.DataFrame(effects)
    return Case(rows, read_values(values), terms or Terms(), cost, **more)


HOURS = effect("travel_time", 10_000, "h/year", group="car", value_item="time_car_commute")
UPKEEP = effect("maintenance", -1.0, "MSEK/year")


def test_published_case_of_rv66_from_its_components():
    totals = summarise(pd.read_csv(Path(__file__).parent / "rv66_vm004.csv"))
    assert totals["nnv_msek"] == pytest.approx(43)
    assert round(totals["nnk"], 2) == 0.32
    assert totals["nnk_idu"] == pytest.approx(43 / (133 + 48))
    assert (totals["investment_msek"], totals["maintenance_msek"]) == (133, 48)


@given(rate=st.floats(0, 12), growth=st.floats(-3, 5), years=st.integers(1, 80), stop=st.integers(1, 80))
def test_annuity_factor_is_the_sum_year_by_year(rate, growth, years, stop):
    total = 0.0
    for t in range(1, years + 1):
        total += (1 + growth / 100) ** min(t, stop) / (1 + rate / 100) ** t
    assert annuity_factor(rate, years, growth_pct=growth, growth_years=stop) == pytest.approx(total)


def test_investment_is_brought_to_the_opening():
    assert capitalise(90, rate_pct=10) == 90
    assert capitalise(90, rate_pct=10, construction_years=3) == pytest.approx(30 * (1 + 1.1 + 1.21))
    assert residual_value(120, rate_pct=0, years=40, lifetime_years=60) == pytest.approx(40)
    assert residual_value(120, rate_pct=5, years=40, lifetime_years=40) == 0


def test_a_case_by_hand():
    case = make_case(HOURS, UPKEEP, terms=Terms(years=2, discount_rate_pct=10, traffic_growth_pct=2, tax_factor=1.3))
    table = evaluate(case)
    hour = 10_000 * 87 / 1e6
    benefit = hour * (1.02 / 1.1 + 1.02**2 / 1.21)
    upkeep = -1.3 * (1 / 1.1 + 1 / 1.21)  # does not grow with the traffic
    assert table["present_value_msek"].tolist() == pytest.approx([benefit, upkeep, -130])
    assert table.attrs["nnv_msek"] == pytest.approx(benefit + upkeep - 130)
    assert table.attrs["nnk"] == pytest.approx(table.attrs["nnv_msek"] / 130)
    assert table.attrs["nnk_idu"] == pytest.approx(table.attrs["nnv_msek"] / (130 - upkeep))
    assert table.attrs["annuity_msek"] == pytest.approx(130 / (1 / 1.1 + 1 / 1.21))
    assert list(table.columns[:4]) == ["item", "group", "present_value_msek", "basis"]
    assert table["basis"].iloc[-1] == "100 MSEK (its price year is not known, taken as 2014), tax factor 1.3"
    assert table["basis_sv"].iloc[-1] == "100 Mkr (prisnivån är inte känd, tas som 2014), skattefaktor 1,3"


def test_what_is_not_verified_travels_to_the_result():
    attrs = evaluate(make_case(HOURS, effect("co2", 1e6, "kg/year", value_item="co2_sek_per_kg"), values="asek7")).attrs
    assert attrs["unverified"] == ["time_car_commute", "discount_rate_pct"]
    hours, co2 = 10_000 * 87 * 322.11 / 313.49, 7e6
    assert attrs["share_unverified"] == pytest.approx(hours / (hours + co2))
    checked = evaluate(make_case(effect("co2", 1e6, "kg/year", value_item="co2_sek_per_kg"), values="asek7")).attrs
    assert checked["share_unverified"] == 0


def test_what_has_no_price_is_told_and_not_counted_as_zero():
    lorry = effect("freight_time", 500, "h/year", group="lorry", value_item="time_lorry")
    table = evaluate(make_case(HOURS, lorry))
    assert np.isnan(table["present_value_msek"].iloc[1])
    assert table.attrs["not_priced"] == ["freight_time lorry"]
    assert table["basis"].iloc[1].endswith("not priced: ASEK 6.1 has no value time of lorries")
    assert table.attrs["nnv_msek"] == pytest.approx(evaluate(make_case(HOURS)).attrs["nnv_msek"])
    nothing = effect("freight_time", 0, "h/year", group="lorry", value_item="time_lorry")
    assert evaluate(make_case(nothing)).attrs["not_priced"] == []  # no hours are worth nothing at any price


def test_a_cost_that_is_not_known_leaves_nnv_open():
    attrs = evaluate(make_case(HOURS, cost=None)).attrs
    assert np.isnan(attrs["nnv_msek"]) and np.isnan(attrs["nnk"]) and attrs["benefits_msek"] > 0
    assert net_ratios(10, 0, 0) == pytest.approx((np.nan, np.nan), nan_ok=True)


def test_tax_factor_only_where_the_version_has_one():
    assert evaluate(make_case(HOURS, terms=Terms())).attrs["tax_factor"] == 1.0
    rate_only = make_case(effect("other", 1.0, "MSEK/year"), values="asek5")
    assert evaluate(rate_only).attrs["investment_msek"] == pytest.approx(130)


def test_costs_of_another_year_and_residual_value():
    case = make_case(HOURS, terms=Terms(lifetime_years=60), cost_price_year=2018)
    table = evaluate(case)
    cost = 100 * 313.49 / 328.40
    assert table.attrs["investment_msek"] == pytest.approx(cost)
    assert table["item"].tolist()[-1] == "residual_value"
    assert table["present_value_msek"].iloc[-1] == pytest.approx(cost / 3 / 1.035**40)


def test_faults():
    with pytest.raises(DataError, match="years and construction_years are at least 1"):
        Terms(years=0)
    with pytest.raises(
        DataError, match=r"no effect 'travel_tim'; use one of travel_time, .* Did you mean: travel_time"
    ):
        effect("travel_tim", 1, "h/year")
