"""From two networks to a net present value: rule of a half, traffic, heavy transports, who gains."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.appraisal.appraise import appraise, build_case
from geoplan.appraisal.benefits import as_side, build_effects, rule_of_half
from geoplan.appraisal.break_even import break_even, break_even_cost
from geoplan.appraisal.cba import Terms, annuity_factor
from geoplan.appraisal.distribution import assessment_rows, share_gains
from geoplan.appraisal.uncertainty import Spread, monte_carlo, sensitivity
from geoplan.appraisal.values import read_values
from geoplan.demand.demand import build_demand, scale_demand
from geoplan.errors import DataError
from geoplan.maps.labels import Text
from geoplan.scenario.scenario import Scenario


@pytest.fixture(scope="module")
def case(make_network):
    """
    .   A ---- 6.5 km, 80 km/h, wide ---- B       100 cars an hour from A, 50 from B
    """
    nodes = {"a": (0, 0), "b": (6500, 0)}
    network = make_network(nodes, [("a", "b", {"speed_kmh": 80.0, "capacity_vph": 1e9})])
    ids = ["A", "B"]
    zones = gpd.GeoDataFrame(
        {
            "name": ids,
            "node_id": ["a", "b"],
            "municipality_code": ["2085", "2061"],
            "municipality": ["Ludvika", "Smedjebacken"],
        },
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry.array,
    )
    trips = pd.DataFrame([[0.0, 100], [50, 0]], index=ids, columns=ids)
    return network, build_demand(zones, {"car": trips})


def faster(case, cost=10.0):
    edit = {"do": "set", "ways": ["a-b"], "column": "speed_kmh", "value": 100}
    scenario = Scenario("fast", [edit], cost_msek=cost)
    network, demand = scenario.apply(*case)
    side = as_side((network, demand))
    return SimpleNamespace(scenario=scenario, network=network, demand=demand, assignment=side.assignment, plans={})


SAVED_H = 6.5 / 80 - 6.5 / 100  # 58.5 s, the published "1 minute"


def test_speeds_of_rv50_give_the_published_minutes(case):
    base, variant = as_side(case), faster(case)
    minutes = (base.assignment.skims["car"] - variant.assignment.skims["car"]).loc["A", "B"] / 60
    assert round(minutes, 1) == 1.0
    slow = Scenario("slow", [{"do": "set", "ways": ["a-b"], "column": "speed_kmh", "value": 60}]).apply(*case)
    slower = as_side(slow).assignment.skims["car"].loc["A", "B"] / 60
    assert round(slower - variant.assignment.skims["car"].loc["A", "B"] / 60, 1) == 2.6


def test_appraise_by_hand(case):
    table = appraise(case, faster(case), values="asek6_1", hours_per_year=400, cost_price_year=2014)
    hours = 150 * SAVED_H * 400
    row = table[table["item"] == "travel_time"].iloc[0]
    assert row["amount"] == pytest.approx(hours) and row["group"] == "car"
    expected = hours * 87 / 1e6 * annuity_factor(3.5, 40)
    assert row["present_value_msek"] == pytest.approx(expected)
    assert table.attrs["nnv_msek"] == pytest.approx(expected - 10)  # nobody drives farther
    assert table.attrs["nnk"] == pytest.approx((expected - 10) / 10)
    assert table.attrs["not_priced"] == []


def test_the_same_on_both_sides_is_worth_nothing(case):
    table = appraise(case, case, values="asek8", cost_msek=5.0)
    assert (table.set_index("item")["present_value_msek"].drop("investment") == 0).all()
    assert table.attrs["nnv_msek"] == pytest.approx(-5) and table.attrs["nnk"] == pytest.approx(-1)


def test_new_travellers_gain_half(case):
    variant = faster(case)
    more = (variant.network, scale_demand(variant.demand, 1.2))
    effects, zones, notes = build_effects(case, more, read_values("asek8"), hours_per_year=100)
    assert effects.set_index("item").at["travel_time", "amount"] == pytest.approx(1.1 * 150 * SAVED_H * 100)
    assert zones["hours_car"].tolist() == pytest.approx([1.1 * 100 * SAVED_H * 100, 1.1 * 50 * SAVED_H * 100])
    km = -0.2 * 150 * 6.5 * 100
    assert np.isnan(effects.set_index("item").at["operating_cost", "amount"])  # new travellers pay for what they gain
    assert effects.set_index("item").at["co2", "amount"] == pytest.approx(0.146 * km)
    assert notes == ()


def test_rule_of_half_where_a_way_is_missing():
    inf = np.inf
    x0, x1 = np.array([4.0, 4, 4, 0]), np.array([6.0, 4, 4, 0])
    found = rule_of_half(x0, x1, np.array([30.0, inf, inf, inf]), np.array([20.0, 20, inf, 20]))
    assert found[0] == 50 and np.isnan(found[1]) and found[2:].tolist() == [0, 0]


def test_pairs_with_a_way_on_one_side_only_are_told(case):
    network, demand = case
    cut, _ = Scenario("cut", [{"do": "close", "ways": ["a-b"]}]).apply(network, demand)
    effects, _, notes = build_effects((cut, demand), case, read_values("asek8"), hours_per_year=1)
    assert [note.en for note in notes] == ["car: 150 trips an hour of 2 pairs have a way on one side only; left out"]
    assert effects.set_index("item").at["travel_time", "amount"] == 0


def heavy(feasible, cost=np.nan):
    return SimpleNamespace(feasible=feasible, cost_sek=cost)


def transports_case(old, new, per_year=52.0, cost=50.0):
    base = SimpleNamespace(network=None, demand=None, assignment=None, plans={"t": old})
    variant = SimpleNamespace(network=None, demand=None, assignment=None, plans={"t": new})
    transport = SimpleNamespace(id="t", origin="Works", per_year=per_year)
    return build_case(base, variant, transports=[transport], cost_msek=cost, values="asek8")


def test_how_often_the_transformer_must_go():
    saving = transports_case(heavy(True, 5e6), heavy(True, 3e6))
    factor = annuity_factor(3.5, 40)
    assert break_even(saving, "heavy_transport", "t") == pytest.approx(50 / (2.0 * factor))
    blocked = transports_case(heavy(False), heavy(True, 3e6))
    assert np.isnan(break_even(blocked, "heavy_transport", "t"))  # what it saves is not known
    assert break_even(blocked, "heavy_transport", "t", value_sek=1e6) == pytest.approx(50 / factor)
    assert np.isinf(break_even(transports_case(heavy(True, 1.0), heavy(True, 1.0)), "heavy_transport", "t"))
    assert np.isnan(break_even(transports_case(heavy(True, 2.0), heavy(True, 1.0), cost=None), "heavy_transport", "t"))
    assert break_even(transports_case(heavy(True, 9e6), heavy(True, 1e6), cost=0.0), "heavy_transport", "t") == 0
    with pytest.raises(DataError, match="the case has no effect heavy_transport x; it has heavy_transport t"):
        break_even(saving, "heavy_transport", "x")


def test_break_even_cost(case):
    one = build_case(case, faster(case), values="asek6_1", terms=Terms(tax_factor=1.3, construction_years=2))
    most = break_even_cost(one)
    again = build_case(case, faster(case, cost=most), values="asek6_1", terms=one.terms)
    assert appraise(case, faster(case, cost=most), values="asek6_1", terms=one.terms).attrs[
        "nnv_msek"
    ] == pytest.approx(0)
    assert sensitivity(again)["nnv_msek"].iloc[0] == pytest.approx(0)


def test_sensitivity_changes_one_thing_at_a_time(case):
    one = build_case(case, faster(case), values="asek8", hours_per_year=400)
    table = sensitivity(one).set_index(["what", "setting"])
    assert table.index[0] == ("central", "") and table["change_msek"].iloc[0] == 0
    central = table["nnv_msek"].iloc[0]
    assert table.at[("cost", "+30%"), "nnv_msek"] == pytest.approx(central - 3)
    assert table.at[("tax_factor", "1.3 (ASEK 5)"), "nnv_msek"] == pytest.approx(central - 3)
    time = central + 10
    assert table.at[("time_car_commute", "-30%"), "nnv_msek"] == pytest.approx(0.7 * time - 10)
    assert table.loc[("discount_rate", "2 %"), "nnv_msek"] > central > table.loc[("discount_rate", "5 %"), "nnv_msek"]
    assert ("time_car_other", "-30%") not in table.index  # not used here


def test_monte_carlo_is_seeded_and_centred(case):
    one = build_case(case, faster(case), values="asek8", hours_per_year=4000, terms=Terms(lifetime_years=60))
    first, again = monte_carlo(one, draws=4000, seed=7), monte_carlo(one, draws=4000, seed=7)
    pd.testing.assert_frame_equal(first, again)
    assert not first["nnv_msek"].equals(monte_carlo(one, draws=4000, seed=8)["nnv_msek"])
    central = sensitivity(one)["nnv_msek"].iloc[0]
    assert first.attrs["nnv_p50"] == pytest.approx(central, rel=0.05)
    assert first.attrs["nnv_p05"] < central < first.attrs["nnv_p95"]
    still = monte_carlo(one, draws=10, spread=Spread(0, 0, 0, 0, 0))
    assert still["nnv_msek"].to_numpy() == pytest.approx(np.full(10, central))
    assert still.attrs["p_positive"] == float(central > 0)
    with pytest.raises(DataError, match="cost of the measure is not known"):
        monte_carlo(build_case(case, case))


def test_who_gains_and_who_pays(case):
    one = build_case(case, faster(case), values="asek6_1", hours_per_year=400)
    table = share_gains(one, pays_msek={"Ludvika": 4.0, "State": 6.0})
    towns = table[table["party_kind"] == "municipality"].set_index("party")
    assert towns["share_pct"].to_dict() == pytest.approx({"Ludvika": 100 * 2 / 3, "Smedjebacken": 100 / 3})
    assert towns.at["Ludvika", "pays_msek"] == 4 and np.isnan(towns.at["Smedjebacken", "pays_msek"])
    assert table.set_index("party").at["State", "pays_msek"] == 6
    sex = table[table["party_kind"] == "sex"].iloc[0]
    assert np.isnan(sex["gain_msek"]) and "share of women" in sex["basis"].en
    network, demand = case
    known = demand.zones.assign(share_women=[0.25, 0.75])
    split = build_demand(known, demand.matrices)
    variant = (faster(case).network, split)
    shares = share_gains(build_case((network, split), variant, values="asek6_1", cost_msek=1.0)).set_index("party")
    assert shares.at["women", "share_pct"] == pytest.approx(100 * (100 * 0.25 + 50 * 0.75) / 150)
    works = share_gains(transports_case(heavy(True, 5e6), heavy(True, 3e6))).set_index("party_kind")
    assert works.at["company", "party"] == "Works" and works.at["company", "gain_msek"] > 0


def test_rows_for_an_assessment_have_three_perspectives(case):
    safety = {"item": "accidents", "amount": 0.5, "unit": "KSI/year", "value_item": "ksi_sek", "source": "VM004"}
    one = build_case(case, faster(case), values="asek8", effects=[safety])
    table = assessment_rows(one, not_priced={Text("Landskap", "Landscape"): Text("litet intrång", "small loss")})
    assert table["perspective"].unique().tolist() == ["economy", "goals", "distribution"]
    economy = table[table["perspective"] == "economy"]
    words = {row.effect.en: row.judgement.en for row in economy.itertuples()}
    assert words["Accidents"] == "not priced" and words["Freight time"] == "not assessed"
    assert words["Travel time"] == "priced with a value that is not verified"
    assert words["Landscape"] == "small loss"
    goals = {row.effect.en: row.judgement.en for row in table[table["perspective"] == "goals"].itertuples()}
    assert goals["Consideration goal: safety"] == "contributes"
    assert goals["Consideration goal: climate"] == "no contribution"
    assert goals["Consideration goal: health and environment"] == "not assessed"
    assert not any("SEB" in str(cell) for cell in table.to_numpy().ravel())


def test_faults_are_one_line(case):
    with pytest.raises(DataError, match="cannot appraise int"):
        appraise(case, 3)
    with pytest.raises(DataError, match=r"effects: unknown key 'valu_item'. Did you mean: value_item"):
        appraise(case, case, effects=[{"item": "other", "amount": 1, "unit": "MSEK/year", "valu_item": "x"}])
    with pytest.raises(DataError, match="effects: unit missing"):
        appraise(case, case, effects=[{"item": "other", "amount": 1}])
