"""Sheets of the embedded study: its places, corridors, firm ranks and measures."""

import numpy as np
import pytest

from geoplan.analyse.study import analyse_study
from geoplan.sheets import (
    appraisal_cases,
    appraise_scenarios,
    corridor_sheets,
    place_sheets,
    register_intervals,
    restriction_gains,
)
from geoplan.study import read_study


@pytest.fixture(scope="module")
def study():
    return read_study("ludvika")


@pytest.fixture(scope="module")
def answers(study):
    return analyse_study(study, lang="sv")


def test_every_place_has_a_page_that_can_be_defended(study, answers):
    sheets = place_sheets(study, answers)
    assert list(sheets) == ["dalporten", "stubinfabriksbron", "rv50_66_ludvika", "stalldalen_frovi", "bergslagspendeln"]
    for sheet in sheets.values():
        assert len(sheet.facts) and len(sheet.measures) and len(sheet.unknown)
        assert (sheet.facts["source"] != "").any()
    gate = sheets["dalporten"]
    assert set(gate.traffic["mode"]) == {"road", "rail"}  # one structure on two networks
    assert ("Dalporten", "clearance_height_m") in set(zip(gate.unknown["what"], gate.unknown["column"], strict=True))
    assert 4.0 in set(gate.measures["step"])
    assert gate.hit["closure_vehh"].sum() == pytest.approx(gate.totals["closure_vehh"])
    assert sheets["stalldalen_frovi"].traffic["consumption_pct"].notna().any()
    assert "not_ok" in set(sheets["bergslagspendeln"].transports["verdict"])


def test_corridors_run_from_end_to_end(study, answers):
    sheets = corridor_sheets(study, answers)
    north = sheets["borlange_orebro"].modes.set_index("mode")
    assert north.at["road", "length_km"] == pytest.approx(160, abs=10)
    assert north.at["rail", "min_axle_load_t"] == 22.5
    km = sheets["borlange_orebro"].bottlenecks
    assert all(part["km"].is_monotonic_increasing for _, part in km.groupby("mode"))
    south = sheets["ludvika_vasteras"].worth.set_index("mode")
    assert south.at["all", "closure_vehh"] > 0 and "transformer_320" in south.at["rail", "transports"]


def test_ranks_have_intervals(study, answers):
    table = register_intervals(study, answers, draws=4)
    ranked = answers.bottlenecks["annual_vehh"].notna()
    assert table.loc[ranked, "rank_low"].notna().all() and table.loc[~ranked, "rank_low"].isna().all()


def test_what_a_limit_costs_a_year(study, answers):
    table = restriction_gains(study, answers)
    wagon = table[table["transport"] == "transformer_25t_axles"].iloc[0]
    assert wagon["limit"] == "max_axle_load_t" and bool(wagon["opens"]) and wagon["tonnes_per_year"] == 800


def test_measures_are_appraised_and_growth_is_not(study, answers):
    cases = appraisal_cases(study, answers)
    assert list(cases) == ["new_rv50", "axle_25t", "rv66_2plus1"]
    worth = appraise_scenarios(cases)
    road = worth["rv66_2plus1"]
    assert road.set_index("item").at["travel_time", "present_value_msek"] > 0
    assert {"accidents", "freight_time lorry"} <= set(road.attrs["not_priced"])
    assert road.attrs["price_year"] == 2022 and road.attrs["unverified"]
    hours = road.set_index("item").at["travel_time", "amount"]
    assert 5_000 < hours < 30_000  # VM004: 16,000 h a year, all traffic of 2030; here the commuting hours
    assert np.isnan(worth["axle_25t"].attrs["nnv_msek"])  # its cost is not known
