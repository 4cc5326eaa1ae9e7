"""A corridor from end to end, by hand."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.corridor import Corridor, chain_edges, corridor_sheet
from geoplan.bottlenecks.gains import lift_gains
from geoplan.demand.demand import build_demand
from geoplan.errors import DataError
from geoplan.heavy_haul.plan import plan_transport
from geoplan.maps.labels import Text
from geoplan.vehicles.load import Load

TITLE = Text("Stråket", "The corridor")


@pytest.fixture(scope="module")
def case(make_network):
    """
    .   a --r1-- b --r2-- c        r1: 60 km/h, 1000 m; r2: 1500 m, speed assumed; r3: short cut a-c, 4000 m, slow
    .    \\-------r3------/        t1: railway a-c, 22.5 t axle load; S carries t1 over r2
    """
    nodes = {"a": (0, 0, {"name": "Alfa"}), "b": (1000, 0), "c": (2500, 0, {"name": "Ceres"})}
    edges = [
        ("a", "b", {"id": "r1", "capacity_vph": 1000.0}),
        ("b", "c", {"id": "r2", "capacity_vph": 500.0, "assumed": "speed_kmh"}),
        ("a", "c", {"id": "r3", "length_m": 4000.0, "speed_kmh": 30.0}),
        ("a", "c", {"id": "t1", "mode": "rail", "max_axle_load_t": 22.5, "speed_kmh": 100.0}),
    ]
    network = make_network(nodes, edges, structures={"S": {"carries": ["t1"], "over": ["r2"]}})
    flows = pd.DataFrame(
        {
            "flow_vph": [100.0, 200.0, 100.0, 200.0, 0, 0, 0, 0],
            "time_s": [60.0, 66.0, 90.0, 120.0, 480.0, 480.0, 90.0, 90.0],
            "vc_ratio": [0.1, 0.2, 0.2, 0.4, 0, 0, np.nan, np.nan],
            "delay_vehh": [0.0, 0.2, 0.0, 0.5, 0, 0, 0, 0],
        },
        index=network.edges.index,
    )
    return network, flows


def test_times_flows_and_limits_along_it(case):
    network, flows = case
    rail = pd.DataFrame({"trains": [12.0, 12.0], "consumption_pct": [40.0, 40.0]}, index=["t1:f", "t1:b"])
    places = {"road": ["Alfa", "b", "Ceres"], "rail": ["a", "c"]}
    sheet = corridor_sheet(network, Corridor("x", TITLE, places), flows=flows, rail=rail)
    assert sheet.sections["edge_id"].tolist() == ["r1:f", "r2:f", "t1:f"]
    assert sheet.sections["back_id"].tolist() == ["r1:b", "r2:b", "t1:b"]
    assert sheet.sections[["from_km", "to_km"]].to_numpy().tolist() == [[0, 1], [1, 2.5], [0, 2.5]]
    assert sheet.sections["from_name"].tolist() == ["Alfa", "b", "Alfa"]
    assert sheet.sections["flow_vph"].iloc[:2].tolist() == [200, 200] and np.isnan(sheet.sections["flow_vph"].iloc[2])
    road, railway = sheet.modes.set_index("mode").loc["road"], sheet.modes.set_index("mode").loc["rail"]
    assert (road["length_km"], road["free_min"], road["time_min"], road["back_min"]) == pytest.approx(
        (2.5, 2.5, 2.5, 3.1)
    )
    assert road["mean_kmh"] == pytest.approx(60) and road["delay_vehh"] == pytest.approx(0.7)
    assert (road["max_vc_at"], road["max_vc_ratio"]) == ("b–Ceres", 0.4)
    assert road["assumed_share"] == pytest.approx(0.6)
    assert (railway["max_consumption_pct"], railway["min_axle_load_t"]) == (40, 22.5)


def test_bottlenecks_stand_in_order_along_it(case):
    network, _ = case
    register = pd.DataFrame(
        {"rank": [1, 2, 3], "kind": ["structure", "congestion", "vulnerability"], "edge_id": ["", "r1:b", "r3:f"], "structure_id": ["S", "", ""]}
    )  # fmt: skip
    places = {"road": ["a", "b", "c"], "rail": ["a", "c"]}
    sheet = corridor_sheet(network, Corridor("x", TITLE, places), register=register)
    assert sheet.bottlenecks[["mode", "km", "rank"]].to_numpy().tolist() == [
        ["road", 0, 2],
        ["road", 1, 1],
        ["rail", 0, 1],
    ]
    assert sheet.sections["rank"].tolist() == [2, 1, 1]


def test_what_it_is_worth_as_a_whole(case):
    network, flows = case
    ids = ["A", "C"]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": ["a", "c"]},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[["a", "c"]].array,
    )
    demand = build_demand(zones, {"car": pd.DataFrame([[0.0, 100], [0, 0]], index=ids, columns=ids)})
    plan = SimpleNamespace(edges=network.edges.loc[["t1:f"]], load=SimpleNamespace(weight_t=300.0))
    places = {"road": ["a", "b", "c"], "rail": ["a", "c"]}
    sheet = corridor_sheet(
        network, Corridor("x", TITLE, places), flows=flows, demand=demand, plans={"t": plan}, trips_per_year={"t": 10},
        duration_h=2.0,
    )  # fmt: skip
    worth = sheet.worth.set_index("mode")
    longer = (480 - 150) / 3600
    assert worth.at["road", "closure_vehh"] == pytest.approx(100 * longer * (2 - longer / 2))
    assert worth.at["road", "vehkm"] == pytest.approx(300 * 1 + 300 * 1.5)
    assert worth.at["road", "vehkm_share"] == pytest.approx(1)
    assert worth["transports"].to_dict() == {"road": "", "rail": "t", "all": "t"}
    assert worth.at["rail", "tonnes_per_year"] == 3000 and np.isnan(worth.at["rail", "closure_vehh"])


def test_faults(case):
    network, _ = case
    with pytest.raises(DataError, match="mode 'air' is not known"):
        Corridor("x", TITLE, {"air": ["a", "b"]})
    with pytest.raises(DataError, match="rail needs at least two places"):
        Corridor("x", TITLE, {"rail": ["a"]})
    with pytest.raises(DataError, match="corridor: no way by rail from a to b"):
        chain_edges(network, "rail", ["a", "b"])


def test_a_limit_that_sends_a_transport_round_costs_so_much_a_year(make_network):
    """
    .   a --low-- b        low: 2 km, 4.0 m high; round: 40 km, high enough; load on a lorry about 4.4 m
    .    \\-round-/
    """
    nodes = {"a": (0, 0), "b": (2000, 0)}
    common = {
        "bk_class": "BK4",
        "max_width_m": 6.0,
        "max_length_m": 60.0,
        "max_weight_t": 900.0,
        "max_axle_load_t": 30.0,
    }
    edges = [
        ("a", "b", {"id": "low", "max_height_m": 4.0, **common}),
        ("a", "b", {"id": "round", "length_m": 40_000.0, "max_height_m": 9.0, **common}),
    ]
    network = make_network(nodes, edges)
    load = Load("unit", weight_t=20, length_m=6, width_m=2.5, height_m=3.6)
    plan = plan_transport(network, "a", "b", load, vehicles=["semi_low_loader"])
    assert plan.edges.index.tolist() == ["round:f"]
    table = lift_gains(network, {"unit": plan}, trips_per_year={"unit": 10})
    row = table.iloc[0]
    assert (row["limit"], bool(row["opens"])) == ("max_height_m", False)
    assert row["saved_sek"] == pytest.approx(row["before_sek"] - row["after_sek"]) and row["saved_sek"] > 0
    assert row["saved_sek_per_year"] == pytest.approx(10 * row["saved_sek"]) and row["tonnes_per_year"] == 200
    tight = network.replace(edges=network.edges.assign(max_height_m=4.0))
    blocked = plan_transport(tight, "a", "b", load, vehicles=["semi_low_loader"])
    opened = lift_gains(tight, {"unit": blocked}).iloc[0]
    assert bool(opened["opens"]) and np.isnan(opened["saved_sek"])
