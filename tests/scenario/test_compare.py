"""Every kind of result side by side: what only one side has is kept and marked."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.assignment.equilibrium import assign
from geoplan.demand.demand import build_demand, scale_demand
from geoplan.errors import DataError
from geoplan.heavy_haul.plan import plan_transport
from geoplan.routing.skim import skim
from geoplan.scenario.compare import compare
from geoplan.scenario.scenario import Scenario
from geoplan.vehicles.load import Load


@pytest.fixture(scope="module")
def case(make_network):
    """
    .   a --w1-- b --w2-- c        w3: a second way from b to c, built by the variant; w2 closes there
    """
    network = make_network(
        {"a": (0, 0), "b": (1000, 0), "c": (2000, 0)}, [("a", "b", {"id": "w1"}), ("b", "c", {"id": "w2"})]
    )
    zones = network.nodes[["name", "geometry"]].iloc[[0, 2]].assign(node_id=["a", "c"], name=["A", "C"])
    zones.index = pd.Index(["A", "C"], name="zone_id")
    demand = build_demand(zones, {"car": pd.DataFrame([[0.0, 60], [30, 0]], index=["A", "C"], columns=["A", "C"])})
    build = {"do": "add_way", "id": "w3", "mode": "road", "from_node": "b", "to_node": "c", "length_m": 3000}
    build["columns"] = {"speed_kmh": 60.0, "capacity_vph": 1000.0}
    variant, _ = Scenario("v", [build, {"do": "close", "ways": ["w2"]}]).apply(network)
    return network, variant, demand


def test_flows_of_links_that_only_one_side_has(case):
    network, variant, demand = case
    table = compare(assign(network, demand), assign(variant, demand), columns=["flow_vph"])
    assert table.loc["w1:f", ["flow_vph_change", "only_in"]].tolist() == [0, ""]
    assert table.loc["w3:f", "only_in"] == "variant" and np.isnan(table.loc["w3:f", "flow_vph_change"])
    assert table.loc["w3:f", "flow_vph_variant"] == 60


def test_plans_by_the_edges_they_use(case):
    network, variant, _ = case
    load = Load("piece", weight_t=50, length_m=8.0, width_m=3.0, height_m=3.0)
    plans = [plan_transport(one, "a", "c", load, vehicles=["modular_16"]) for one in (network, variant)]
    assert all(plan.feasible for plan in plans)
    table = compare(*plans)
    assert table["only_in"].to_dict() == {"w1:f": "", "w2:f": "base", "w3:f": "variant"}
    assert table.loc["w1:f", "cost_sek_change"] == pytest.approx(0)


def test_skims_by_pair_with_what_is_out_of_reach(case):
    network, variant, _ = case
    cut, _ = Scenario("cut", [{"do": "close", "ways": ["w1"]}]).apply(network)
    base = skim(network, ["a", "b", "c"], cost="length_m")
    table = compare(base, skim(variant, ["a", "b", "c"], cost="length_m"))
    assert table.loc[("a", "c"), "value_change"] == 2000 and table.loc[("a", "b"), "value_change"] == 0
    closed = skim(cut, ["a", "b", "c"], cost="length_m")
    assert compare(base, closed).loc[("a", "b"), "value_change"] == np.inf
    assert compare(closed, closed)["value_change"].eq(0).all()  # out of reach on both sides is no change


def test_networks_and_demands(case):
    network, variant, demand = case
    edges = compare(network, variant, columns=["length_m"])
    assert edges["only_in"].value_counts().to_dict() == {"": 4, "variant": 2}
    trips = compare(demand, scale_demand(demand, 1.5))
    assert trips.loc[("car", "A", "C"), ["trips_vph_base", "trips_vph_change"]].tolist() == [60, 30]


def test_rail_capacity_by_section_and_period():
    base = pd.DataFrame({"section_id": ["a-b", "a-b", "b-c"], "period": ["day", "peak_2h", "day"],
                         "consumption_pct": [40.0, 60.0, 20.0]})  # fmt: skip
    variant = pd.DataFrame({"section_id": ["b-c", "a-b"], "period": ["day", "day"], "consumption_pct": [30.0, np.nan]})
    table = compare(base, variant)
    assert table.loc[("b-c", "day"), "consumption_pct_change"] == 10
    assert table.loc[("a-b", "peak_2h"), "only_in"] == "base"
    unknown = table.loc[("a-b", "day")]
    assert np.isnan(unknown["consumption_pct_change"]) and unknown["only_in"] == ""  # known no more, not gone


def test_accessibility_by_zone_and_any_table_on_named_columns():
    zones = pd.Index(["z1", "z2"], name="zone_id")
    base, more = (pd.DataFrame({"name": ["A", "B"], "jobs_car_45min": jobs}, index=zones) for jobs in ([5, 7], [5, 9]))
    assert compare(base, more)["jobs_car_45min_change"].to_dict() == {"z1": 0, "z2": 2}
    rows = [pd.DataFrame({"who": ["x", "y"], "n": n}) for n in ([1, 2], [3, 2])]
    assert compare(*rows, on=["who"])["n_change"].to_dict() == {"x": 2, "y": 0}


@pytest.mark.parametrize(
    ("base", "variant", "options", "message"),
    [
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}), {}, "no number column is not in both"),
        (pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "x"]), pd.DataFrame({"a": [1.0]}), {}, "rows with the same id"),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0]}), {"on": ["ad"]}, "no column 'ad'"),
        (SimpleNamespace(), SimpleNamespace(), {}, "cannot compare SimpleNamespace"),
    ],
)
def test_what_cannot_be_compared_is_told(base, variant, options, message):
    with pytest.raises(DataError, match=message):
        compare(base, variant, **options)
