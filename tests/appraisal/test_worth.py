"""Everything said of a measure: break-even, unknown never zero, the section of the page, the table of the study."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.analyse.economy import appraise_study, item_table, study_worth, worth_table
from geoplan.appraisal.appraise import appraise, build_case
from geoplan.appraisal.benefits import effect
from geoplan.appraisal.break_even import break_even_table, break_even_value
from geoplan.appraisal.cba import Case, Terms, annuity_factor, evaluate
from geoplan.appraisal.values import read_values
from geoplan.appraisal.worth import weigh
from geoplan.assignment.equilibrium import assign
from geoplan.errors import DataError
from geoplan.maps.drawings_economy import Swing, draw_tornado
from geoplan.maps.labels import Text
from geoplan.present.economy import economy_drawings, economy_section
from geoplan.report.content import all_figures, all_tables
from geoplan.report.page import page_html
from geoplan.scenario.scenario import Scenario
from geoplan.study import read_study

FACTOR = annuity_factor(3.5, 40)


def make_case(*effects, cost=100.0):
    return Case(pd.DataFrame(effects), read_values("asek6_1"), Terms(), cost)


HOURS = effect("travel_time", 10_000, "h/year", group="car", value_item="time_car_commute")
LIVES = effect("accidents", 0.5, "KSI/year", value_item="ksi_sek")
UPKEEP = effect("maintenance", -1.0, "MSEK/year")


def test_what_an_effect_without_a_price_must_be_worth():
    case = make_case(HOURS, LIVES, UPKEEP)
    missing = 100 + FACTOR - 0.87 * FACTOR
    needed = missing * 1e6 / (0.5 * FACTOR)
    assert break_even_value(case, "accidents") == pytest.approx(needed)
    priced = make_case(HOURS, LIVES | {"value": needed}, UPKEEP)
    assert evaluate(priced).attrs["nnv_msek"] == pytest.approx(0)
    table = break_even_table(case).set_index("item")
    assert table.index.tolist() == ["travel_time", "accidents"]  # upkeep is a cost
    assert table.at["accidents", "needed_value"] == pytest.approx(needed)
    assert table.at["travel_time", "times"] == pytest.approx((100 + FACTOR) / (0.87 * FACTOR))
    assert np.isnan(table.at["accidents", "needed_amount"]) and table["example_cost_msek"].isna().all()
    assert np.isinf(break_even_value(make_case(LIVES | {"amount": -0.5}), "accidents"))


def test_an_unknown_cost_is_counted_for_an_example():
    table = break_even_table(make_case(LIVES, cost=None))
    assert table["example_cost_msek"].tolist() == [100]
    assert table["needed_value"].tolist() == pytest.approx([100e6 / (0.5 * FACTOR)])
    one = weigh(make_case(LIVES, cost=None))
    assert one.interval is None and one.tried.empty and np.isnan(one.values.attrs["nnv_msek"])


def test_upkeep_does_not_grow_with_the_traffic():
    tried = weigh(make_case(UPKEEP)).tried.set_index("setting")
    assert tried.loc[["-1 %", "+1 %"], "change_msek"].tolist() == [0, 0]
    case = make_case(HOURS, UPKEEP, UPKEEP | {"amount": np.nan})  # one part of the upkeep is not known
    assert np.isnan(evaluate(case).attrs["maintenance_msek"]) and np.isnan(evaluate(case).attrs["nnk_idu"])


def heavy(feasible, cost=np.nan):
    return SimpleNamespace(feasible=feasible, cost_sek=cost)


def transports(old, new):
    sides = [SimpleNamespace(network=None, demand=None, assignment=None, plans={"t": plan}) for plan in (old, new)]
    rows = [SimpleNamespace(id="t", origin="Works", per_year=4.0)]
    return build_case(*sides, transports=rows, cost_msek=10.0)


def test_a_gain_without_a_price_is_not_zero():
    worth = weigh(transports(heavy(False), heavy(True, 1e6)))
    gains = worth.gains.set_index("party_kind")
    assert np.isnan(gains.at["company", "gain_msek"]) and gains.at["company", "party"] == "Works"
    assert worth.values["source"].tolist() == ["", ""]  # the place it leaves is no source
    assert "without a price: heavy transports" in gains.at["company", "basis"].en


def test_a_transport_that_no_longer_gets_through_is_a_loss():
    assert transports(heavy(True, 1e6), heavy(False)).effects["amount"].tolist() == [-4]
    goals = weigh(transports(heavy(True, 1e6), heavy(False))).assessment
    row = goals[goals["effect"].map(lambda text: text.en == "Functional goal: transports of business")].iloc[0]
    assert row["judgement"].en == "works against"


def test_shares_of_the_effects_add_up():
    unchanged = effect("heavy_transport", 52, "transports/year", group="t", value=0.0, verified=False)
    attrs = evaluate(make_case(HOURS, LIVES, UPKEEP, unchanged)).attrs
    assert attrs["share_not_priced"] == pytest.approx(1 / 3) and attrs["share_assumed"] == pytest.approx(1 / 3)


@pytest.fixture(scope="module")
def study():
    return read_study("ludvika")


@pytest.fixture(scope="module")
def answers(study):
    """Two measures of the study without their heavy transports: flows only."""
    found = {}
    for scenario in study.scenarios:
        if scenario.id in ("today", "new_rv50", "axle_25t", "bp_quicker"):
            network, demand = scenario.apply(study.network, study.demand)
            found[scenario.id] = ScenarioAnswer(scenario, network, demand, {}, assign(network, demand, gap=1e-6))
    nothing = pd.DataFrame()
    return Answers(found, None, None, nothing, {}, nothing, worth=study_worth(study, found))


def test_assignments_are_appraised_as_their_networks(answers):
    base, variant = answers.scenarios["today"], answers.scenarios["new_rv50"]
    whole = appraise(base, variant, values="asek8")
    flows = appraise(base.assignment, variant.assignment, values="asek8", cost_msek=102.0)
    hours = [table.set_index("item").at["travel_time", "present_value_msek"] for table in (whole, flows)]
    assert hours[0] == hours[1] > 0
    assert [note.en[:34] for note in flows.attrs["notes"]] == ["operating costs and carbon dioxide"]
    assert whole.attrs["notes"] == []


def test_measures_of_the_study(answers):
    table = worth_table(answers.worth).set_index("scenario")
    assert table.index.tolist() == ["new_rv50", "axle_25t", "bp_quicker"]
    row = table.loc["new_rv50"]
    assert row["nnv_low_msek"] < row["nnv_msek"] < row["nnv_high_msek"]
    assert row["price_year"] == 2022 and row["share_unverified"] == 1.0
    assert np.isnan(row["maintenance_msek"])  # nobody has said what the upkeep costs
    assert np.isnan(table.at["axle_25t", "nnv_msek"])  # its cost is not known
    gains = answers.worth["new_rv50"].gains.set_index("party")
    assert gains.at["Staten, nationell plan", "pays_msek"] == 102
    assert gains.at["Ludvika", "gain_msek"] > 0
    assert set(item_table(answers.worth)["scenario"]) == {"new_rv50", "axle_25t", "bp_quicker"}


def test_a_quicker_train_saves_its_travellers_time(answers):
    one = answers.worth["bp_quicker"]
    row = one.values[one.values["group"] == "transit"].iloc[0]
    assert row["item"] == "travel_time" and row["present_value_msek"] > 0
    assert one.case.zone_benefits["hours_transit"].sum() == pytest.approx(row["amount"])
    towns = one.gains[one.gains["party_kind"] == "municipality"]
    assert towns["gain_msek"].sum() == pytest.approx(row["present_value_msek"])  # the roads are as before
    assert one.gains.set_index("party").at["Kommuner", "pays_msek"] == 20


def test_the_section_says_what_each_number_rests_on(study, answers):
    section = economy_section(study, answers)
    figures = {figure.id: figure for figure in all_figures([section])}
    assert list(figures) == ["nnv_msek_new_rv50", "nnk_new_rv50", "nnk_idu_new_rv50", "nnv_msek_axle_25t",
                             "nnv_msek_bp_quicker", "nnk_bp_quicker", "nnk_idu_bp_quicker"]  # fmt: skip
    assert figures["nnv_msek_new_rv50"].tone == "open"  # an effect has no price
    assert figures["nnv_msek_new_rv50"].share_unknown == pytest.approx(2 / 4)  # operating costs and upkeep
    assert "seed 0" in figures["nnv_msek_new_rv50"].basis.en
    # Upkeep that nobody stated is no upkeep of zero.
    assert np.isnan(figures["nnk_idu_new_rv50"].value)
    assert "is not stated, so that NNK-idu is not known" in figures["nnk_idu_new_rv50"].basis.en
    tables = {table.id: table for table in all_tables([section])}
    assert {"economy", "economy_items", "not_priced", "break_even", "sensitivity", "gains", "assessment"} <= set(tables)
    assert tables["assessment"].name == Text("SEB", "SEB")
    said = " ".join(text.en for text in section.text)
    assert "profitability not settled" in said and "vehicle operating costs (pays if worth" in said
    html = page_html([section], meta=_meta(), lang="sv")
    for word in ("share_women_", "_msek", "time_car", "operating_car", "needed_value"):
        assert word not in html.replace('id="figure-nnv_msek_', "").replace("figure-nnv_msek", "")


def _meta():
    from geoplan.report.content import Meta

    return Meta(name=Text("x", "x"))


def test_no_measure_no_section(study, answers):
    bare = Answers({"today": answers.base}, None, None, pd.DataFrame(), {}, pd.DataFrame())
    assert economy_section(study, bare) is None and economy_drawings(bare, lang="sv") == []


def test_tornado_puts_the_widest_on_top(answers):
    (key, title, drawing), _ = economy_drawings(answers, lang="en")
    assert key == "tornado_new_rv50" and title.sv.endswith("vad resultatet hänger på")
    labels = [tick.get_text() for tick in drawing.axes[0].get_yticklabels()]
    assert labels[0] == "All at once (90 % of the draws)" and labels[-1] in ("Tax factor", "Investment")
    assert "Time, commuting by car *" in labels
    same_side = Swing(Text("a", "a"), ((Text("x", "x"), 1.0), (Text("y", "y"), 2.0)))
    texts = [text.get_text() for text in draw_tornado([same_side], central_msek=0.0).axes[0].texts]
    assert "x · y" in texts


def test_only_measures_can_be_asked_for(study):
    with pytest.raises(DataError, match=r"no scenario 'new_rv5' in the study; it has new_rv50, .* mean: new_rv50"):
        appraise_study(study, scenario="new_rv5")
    with pytest.raises(DataError, match="scenario 'mines_open' is no measure"):
        appraise_study(study, scenario="mines_open")


def test_growth_is_no_measure(study, answers):
    more = ScenarioAnswer(Scenario("more"), answers.base.network, answers.base.demand, {}, None)
    assert study_worth(study, {"today": answers.base, "more": more}) is None
