"""Scenarios x years x transports: the base year is the scenario's own assignment, more cars wait longer each."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.matrix import COLUMNS, scenario_matrix
from geoplan.assignment.equilibrium import assign
from geoplan.demand.demand import build_demand
from geoplan.scenario.scenario import Scenario


@pytest.fixture(scope="module")
def answer(make_network):
    """
    .   a --6 km, 60 km/h, 100 veh/h-- b      100 cars from a to b: 6 min x 1.15 (BPR 0.15, 4)
    """
    network = make_network({"a": (0, 0), "b": (6000, 0)}, [("a", "b", {"capacity_vph": 100.0})])
    zones = gpd.GeoDataFrame(
        {"name": ["A", "B"], "node_id": ["a", "b"]},
        index=pd.Index(["A", "B"], name="zone_id"),
        geometry=network.nodes.geometry.array,
    )
    demand = build_demand(zones, {"car": pd.DataFrame([[0.0, 100], [0, 0]], index=["A", "B"], columns=["A", "B"])})
    plans = {
        "weekly": SimpleNamespace(feasible=True, verdict="unknown", cost_sek=1000.0),
        "rare": SimpleNamespace(feasible=False, verdict="not_ok", cost_sek=np.inf),
    }
    return ScenarioAnswer(Scenario("today"), network, demand, plans, assign(network, demand))


def study(*years):
    rows = tuple(SimpleNamespace(year=year, factor=factor, source="S") for year, factor in years)
    transports = (SimpleNamespace(id="weekly", per_year=52), SimpleNamespace(id="rare", per_year=None))
    hours = SimpleNamespace(peak_hours_per_year=400.0)
    return SimpleNamespace(config=SimpleNamespace(demand_years=rows, bottlenecks=hours), transports=transports)


def test_every_scenario_year_and_transport_has_a_row(answer):
    table = scenario_matrix(study((2026, 1.0), (2040, 1.2)), {"today": answer, "other": answer})
    assert tuple(table.columns) == COLUMNS and len(table) == 2 * 2 * 2
    first = table.set_index(["scenario", "year", "transport"])
    weekly = first.loc[("today", 2026, "weekly")]
    assert weekly["feasible"] and weekly["cost_sek_per_year"] == 52_000
    assert np.isnan(first.loc[("today", 2026, "rare"), "cost_sek"])
    assert weekly["vehh_per_year"] == pytest.approx(400 * 100 * 0.1 * 1.15)
    assert weekly["delay_vehh_per_year"] == pytest.approx(400 * 100 * 0.1 * 0.15)
    later = first.loc[("today", 2040, "weekly"), "vehh_per_year"]
    assert later == pytest.approx(400 * 120 * 0.1 * (1 + 0.15 * 1.2**4))


def test_without_years_or_demand_it_says_so(answer):
    bare = ScenarioAnswer(Scenario("bare"), answer.network, None, {}, None)
    table = scenario_matrix(study(), {"bare": bare})
    assert len(table) == 1 and table["transport"].iloc[0] == ""
    assert table[["year", "vehh_per_year", "cost_sek"]].isna().all(axis=None)
