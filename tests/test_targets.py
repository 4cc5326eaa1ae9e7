"""Targets: met, not met or not known, by hand and on the embedded study."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.scenario import answer_scenario
from geoplan.assignment.equilibrium import assign
from geoplan.demand.demand import build_demand
from geoplan.io.study_config import TargetConfig
from geoplan.maps.labels import Text
from geoplan.scenario.scenario import Scenario
from geoplan.study import read_study
from geoplan.targets import Reading, evaluate_targets, is_met, target_table


def target(indicator, **keys):
    return TargetConfig.model_validate({"id": indicator, "name": indicator, "indicator": indicator, **keys})


@pytest.fixture(scope="module")
def case(make_network):
    """
    .   A --10 km, 60 km/h, speed assumed-- B --20 km, 60 km/h-- C      jobs 100, 200 (assumed), 400
    """
    nodes = {"a": (0, 0, {"name": "Alfa"}), "b": (10_000, 0), "c": (30_000, 0)}
    network = make_network(nodes, [("a", "b", {"assumed": "speed_kmh", "capacity_vph": 500.0}), ("b", "c")])
    ids = ["A", "B", "C"]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": ["a", "b", "c"], "jobs": [100.0, 200.0, 400.0], "assumed": ["", "jobs", ""]},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry.array,
    )
    trips = pd.DataFrame([[0.0, 1, 1], [0, 0, 1], [0, 0, 0]], index=ids, columns=ids)
    demand = build_demand(zones, {"car": trips})
    plans = {
        "heavy": SimpleNamespace(feasible=True, verdict="unknown"),
        "light": SimpleNamespace(feasible=True, verdict="ok"),
        "tall": SimpleNamespace(feasible=False, verdict="not_ok"),
    }
    answer = ScenarioAnswer(Scenario("today"), network, demand, plans, assign(network, demand))
    empty = ScenarioAnswer(Scenario("empty"), network, None, plans, None)
    return network, answer, empty


def evaluate(case, *targets):
    network, answer, empty = case
    study = SimpleNamespace(targets=targets, network=network, timetable=None, transports=())
    table = evaluate_targets(study, SimpleNamespace(scenarios={"today": answer, "empty": empty}))
    return table.set_index(["target", "scenario"])


def test_travel_time_says_how_much_of_it_is_assumed(case):
    keys = {"from": "Alfa", "to": "c"}
    table = evaluate(case, target("travel_time_min", at_most=31, **keys))
    assert table["value"].to_list() == pytest.approx([30, 30], rel=1e-3)
    assert table["met"].to_list() == ["yes", "yes"]
    assert "33% of the way" in table.loc[("travel_time_min", "today"), "reason"].en
    assert evaluate(case, target("travel_time_min", at_most=29, **keys))["met"].to_list() == ["no", "no"]


def test_jobs_within_reach(case):
    table = evaluate(case, target("jobs_within", zone="A", minutes=15, at_least=300))
    assert table.loc[("jobs_within", "today"), ["value", "met"]].to_list() == [300, "yes"]
    assert table.loc[("jobs_within", "today"), "reason"].en == "67% of the jobs are assumed numbers"
    assert table.loc[("jobs_within", "empty"), "met"] == "not_known"
    assert table.loc[("jobs_within", "empty"), "reason"].en == "the study has no demand"


def test_a_transport_that_rests_on_what_is_not_known_is_not_met_for_sure(case):
    table = evaluate(case, *(target("transport_feasible", at_least=1, transport=t) for t in ("light",)))
    assert table["met"].to_list() == ["yes", "yes"]
    assert evaluate(case, target("transport_feasible", at_least=1, transport="heavy"))["met"].iloc[0] == "not_known"
    assert evaluate(case, target("transport_feasible", at_least=1, transport="tall"))["met"].iloc[0] == "no"


def test_tonnes_by_rail_count_what_goes_by_rail(case):
    network, *_ = case
    by_rail, by_road = pd.DataFrame({"mode": ["transfer", "rail"]}), pd.DataFrame({"mode": ["road"]})
    load = SimpleNamespace(weight_t=300.0)
    plans = {
        "a": SimpleNamespace(feasible=True, verdict="ok", legs=by_rail, load=load),
        "b": SimpleNamespace(feasible=True, verdict="ok", legs=by_road, load=load),
        "c": SimpleNamespace(feasible=False, verdict="not_ok", legs=by_rail[:0], load=load),
    }

    def read(per_year, verdict="ok"):
        plans["a"].verdict = verdict
        names = {"sv": "A", "en": "A"}
        rows = [SimpleNamespace(id=key, per_year=per_year, name=names) for key in plans]
        study = SimpleNamespace(targets=[target("tonnes_by_rail", at_least=3000)], network=network, transports=rows)
        one = ScenarioAnswer(Scenario("today"), network, None, plans, None)
        return evaluate_targets(study, SimpleNamespace(scenarios={"today": one})).iloc[0]

    assert read(10)[["value", "met"]].to_list() == [3000, "yes"]
    assert read(9)["met"] == "no" and read(10, "unknown")["met"] == "not_known"
    unknown = read(None)
    assert np.isnan(unknown["value"]) and unknown["reason"].en == "how often A goes is not known"


def test_what_cannot_be_worked_out_says_why(case):
    table = evaluate(
        case,
        target("rail_use_pct", line="Main line", at_most=80),
        target("largest_load_t", at_least=400, ports=["c"], **{"from": "Alfa"}),
        target("delay_vehh", at_most=10),
        target("transit_min", zone="A", to_zone="C", at_most=60),
    )
    assert table.loc[("transit_min", "today"), "reason"].en == "the study has no public transport"
    assert table.loc["rail_use_pct", "met"].to_list() == ["not_known"] * 2
    assert table.loc[("rail_use_pct", "today"), "reason"].sv == "studien har ingen tidtabell"
    assert table.loc[("largest_load_t", "today"), "reason"].en == "no transport starts there"
    assert table.loc["delay_vehh", "met"].to_list() == ["yes", "not_known"]


def test_thresholds():
    least, most = target("delay_vehh", at_least=10), target("delay_vehh", at_most=10)
    assert [is_met(Reading(value), least) for value in (9.0, 10.0, np.nan)] == ["no", "yes", "not_known"]
    assert [is_met(Reading(value), most) for value in (10.0, 11.0, np.inf)] == ["yes", "no", "no"]
    assert is_met(Reading(12.0, Text("", ""), sure=False), least) == "not_known"
    assert is_met(Reading(9.0, Text("", ""), sure=False), least) == "no"


def test_the_picture_of_the_embedded_study():
    study = read_study("ludvika")
    chosen = [row for row in study.scenarios if row.id in ("today", "axle_25t")]
    answers = SimpleNamespace(scenarios={row.id: answer_scenario(study, row) for row in chosen})
    table = evaluate_targets(study, answers)
    assert len(table) == len(study.targets) * 2
    wide = target_table(table)
    assert wide.index.to_list() == [row.id for row in study.targets] and list(wide.columns) == ["today", "axle_25t"]
    assert wide.loc["q73_by_rail"].to_list()[0] == "no" and wide.loc["q73_by_rail"].to_list()[1] != "no"
    assert set(table["met"]) <= {"yes", "no", "not_known"}
    open_rows = table[table["met"] == "not_known"]
    assert all(text.sv and text.en for text in open_rows["reason"])
    assert target_table(table, "value").loc["minutes_to_vasteras"].between(40, 120).all()
