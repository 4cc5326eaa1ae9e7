"""What the embedded study answers about commuting: trains, reach, growth, and who uses a place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.access.opportunities import compare_accessibility
from geoplan.analyse.answers import Answers
from geoplan.analyse.commuting import study_commuting
from geoplan.analyse.scenario import answer_scenario
from geoplan.errors import DataError
from geoplan.present.commuting_parts import commuting_parts
from geoplan.report.cells import headings
from geoplan.study import Study, read_study
from geoplan.transit.skims import skim_matrix

KEPT = ("today", "gbg_bridge_closed", "mines_open", "bp_quicker")


@pytest.fixture(scope="module")
def study():
    """The embedded study without its heavy transports, which take most of the time."""
    whole = read_study("ludvika")
    scenarios = tuple(row for row in whole.config.scenarios if row.id in KEPT)
    return Study(
        whole.config.model_copy(update={"transports": (), "targets": (), "scenarios": scenarios}), whole.folder
    )


@pytest.fixture(scope="module")
def answers(study):
    return {scenario.id: answer_scenario(study, scenario) for scenario in study.scenarios}


@pytest.fixture(scope="module")
def found(study, answers):
    return study_commuting(study, answers, lambda text: None, "en")


def test_time_is_saved_where_the_scenario_says(found):
    now, later = (skim_matrix(found.transit.skims[key], "ride_s") / 60.0 for key in ("today", "bp_quicker"))
    assert (now - later).loc["z_fagersta", "z_vasteras"] == pytest.approx(7.0)
    assert (now - later).loc["z_vasteras", "z_ludvika"] == pytest.approx(7.0)
    assert now.loc["z_ludvika", "z_smedjebacken"] == pytest.approx(later.loc["z_ludvika", "z_smedjebacken"])
    assert now.loc["z_ludvika", "z_borlange"] == pytest.approx(40.0)


def test_quicker_trains_take_from_the_car_and_closed_ones_give_back(study, answers, found):
    cars = {key: answer.demand.matrices["car"] for key, answer in answers.items()}
    change = cars["bp_quicker"] - cars["today"]
    assert change.to_numpy().max() < 1e-9 and change.loc["z_fagersta", "z_vasteras"] < -0.01
    assert change.loc["z_ludvika", "z_borlange"] == pytest.approx(0.0, abs=1e-9)
    modes = found.transit.modes.set_index("scenario")
    # 7 minutes at -2 an hour on board: at most exp(0.233) - 1 = 26 % more, less where the train has more to win from.
    assert 0 < modes.loc["bp_quicker", "in_corridor_pct"] < 26.3
    # Each new passenger leaves driver_share cars at home, a little more where many took the train before.
    fewer = -change.to_numpy().sum() / modes.loc["bp_quicker", "change"]
    assert study.config.demand.driver_share < fewer < 1.3 * study.config.demand.driver_share
    assert found.transit.stopped == {"gbg_bridge_closed": ("bb_ludvika_frovi",)}
    closed = skim_matrix(found.transit.skims["gbg_bridge_closed"], "time_s")
    assert np.isinf(closed.loc["z_ludvika", "z_ljusnarsberg"])
    assert (cars["gbg_bridge_closed"] - cars["today"]).loc["z_ljusnarsberg", "z_ludvika"] > 0
    assert modes.loc["today", "change"] == pytest.approx(0.0, abs=1e-9)
    assert found.transit.skims["mines_open"] is found.transit.skims["today"]  # nothing differs, nothing is searched


def test_more_is_in_reach_the_longer_one_travels(study, found):
    reach = found.access.reach["today"]
    for mode in ("car", "transit"):
        for column in ("jobs", "services"):
            steps = reach[[f"{column}_{mode}_{limit}min" for limit in (30, 45, 60)]].to_numpy()
            assert (np.diff(steps, axis=1) >= 0).all()
    assert (reach["jobs_car_60min"] >= reach["jobs_transit_60min"]).all()
    table = found.access.localities["today"]
    np.testing.assert_array_equal(table["jobs_car_45min"], reach.loc[table.index, "jobs_car_45min"])
    assert table.loc["z_ludvika", "role"] == "centre" and table.loc["z_fredriksberg", "role"] == "on_its_own"
    assert table.loc["z_ludvika", "departures_per_day"] == 29  # 14 to Borlänge, 8 to Västerås, 7 to Frövi
    assert np.isnan(table.loc["z_nyhammar", "departures_per_day"])  # there may be a bus
    assert not set(study.config.access.not_localities) & set(table.index)
    areas = found.access.isochrones
    for _, rows in areas.groupby(["mode", "zone_id"]):
        assert (np.diff(rows.sort_values("to_min")["area_km2"]) >= 0).all()
    assert (
        found.access.nearest["today"].loc["z_ludvika", "hospital_car_min"]
        == study.zones.loc["z_ludvika", "intrazonal_min"]
    )


def test_new_jobs_come_within_reach(found):
    change = compare_accessibility(found.access.reach["today"], found.access.reach["mines_open"])
    assert change.loc["z_ludvika", "jobs_car_45min_change"] == pytest.approx(1500)
    groups = found.access.groups
    assert groups["mines_open"].loc["employed", "jobs_car_45min"] > groups["today"].loc["employed", "jobs_car_45min"]


def test_regions_hold_the_shares_that_the_demand_was_balanced_to(found):
    regions = found.access.regions
    assert regions.loc["2085", "stay_pct"] == pytest.approx(76.4, abs=0.1)
    assert regions.loc["2061", "largest_out_to"] == "2085" and regions.loc["2061", "role"] == "satellite"
    assert regions.loc["2061", "region"] == regions.loc["2085", "region"]


def test_growth_ends_at_the_figures_of_the_programme(answers, found):
    table = found.growth.totals.set_index("scenario")
    best = table.loc["two_high"]
    assert best[["direct_jobs", "indirect_jobs", "houses", "flats"]].to_list() == pytest.approx([700, 800, 290, 320])
    assert best["workers_from_outside"] == 0 and len(table) == 6
    # Two mines are one and a third as many jobs again; the ties weigh more.
    assert table.loc["one_high", "dwellings"] > table.loc["two_low", "dwellings"]
    # The trips that end in a zone grow as its jobs do: 1,500 more jobs in the area.
    places = found.growth.places
    zones, ends = answers["today"].demand.zones, answers["today"].demand.matrices["car"].sum(axis=0)
    mine = places[places["scenario"] == "two_high"].set_index("zone_id")
    more = (mine["direct_jobs"] + mine["indirect_jobs"]) / zones["jobs"].reindex(mine.index)
    assert best["trips_vph"] == pytest.approx((more * ends.reindex(mine.index)).sum(), rel=1e-6)
    by_scenario = places.groupby("scenario")["residents"].sum()
    assert by_scenario["two_high"] == pytest.approx(best["residents"])
    assert set(found.growth.changes) == set(table.index)


def test_users_of_a_place_are_its_flow(study, answers, found):
    flows = answers["today"].assignment.flows["flow_vph"]
    users = found.users["today"]["dalporten"]
    assert users.pairs["through_vph"].sum() == pytest.approx(
        flows[["road_50_dalporten:f", "road_50_dalporten:b"]].sum()
    )
    assert users.flows["road_50_dalporten:f"] == pytest.approx(flows["road_50_dalporten:f"])
    assert (users.pairs["share"] <= 1 + 1e-9).all()
    assert "bergslagspendeln" not in found.users["today"]  # a railway has no cars


def test_every_column_of_the_page_has_words_in_both_languages(study, answers, found):
    record = Answers(answers, None, None, pd.DataFrame(), {}, pd.DataFrame(), commuting=found)
    sections = [section for section in commuting_parts(study, record, [], []) if section is not None]
    assert [section.id for section in sections] == ["travellers", "access", "transit", "growth"]
    for table in (table for section in sections for table in section.tables):
        assert len(table.frame), table.id
        for lang in ("sv", "en"):
            words = [heading.text for heading in headings(table, lang)]
            assert not [word for word in words if "_" in word], (table.id, words)
            assert len(set(words)) == len(words), (table.id, words)
    texts = [text for section in sections for text in section.text]
    assert any("Bussar saknas i underlaget" in text.sv for text in texts)
    assert all(text.sv and text.en for text in texts)


def test_a_service_that_does_not_call_there_is_refused(study):
    rows = [row for row in study.config.scenarios if row.id in ("today", "bp_quicker")]
    edit = {**rows[1].edits[0], "between": ("falun_c", "vasteras_c")}
    wrong = rows[1].model_copy(update={"edits": (edit,)})
    other = Study(study.config.model_copy(update={"scenarios": (rows[0], wrong)}), study.folder)
    with pytest.raises(DataError, match="set_service bp_pass: does not call at 'falun_c'; it calls at ludvika"):
        answer_scenario(other, other.scenarios[1])
