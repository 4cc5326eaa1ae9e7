"""The register: what each kind brings, and in which order."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.congestion import congestion
from geoplan.bottlenecks.rank import COLUMNS, rank_bottlenecks
from geoplan.bottlenecks.restriction import restrictions
from geoplan.scenario.scenario import Scenario


@pytest.fixture(scope="module")
def network(make_network):
    nodes = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0)}
    edges = [("a", "b", {"ref": "50"}), ("b", "c", {"name": "Storgatan"})]
    return make_network(nodes, edges, structures={"gate": {"over": ["a-b"]}})


def plan(margins=(), why=()):
    columns = ["structure_id", "edge_id", "mode", "limit", "unit", "basis", "source"]
    passed = pd.DataFrame(list(margins), columns=[*columns, "verdict", "margin"])
    refused = pd.DataFrame(list(why), columns=[*columns, "excess"])
    return SimpleNamespace(margins=passed, why=refused)


def test_restrictions_count_each_transport_once_and_put_stops_first():
    unknown = ("gate", "a-b", "road", "max_height_m", "m", "by_rule", "rule", "unknown", np.nan)
    other = ("gate", "b-a", "road", "max_height_m", "m", "by_rule", "rule", "unknown", np.nan)
    stop = ("", "b-c", "rail", "max_axle_load_t", "t", "measured", "table", 1.5)
    table = restrictions({"x": plan([unknown, other], [stop]), "y": plan([unknown])}, trips_per_year={"x": 52})
    assert table["verdict"].tolist() == ["not_ok", "unknown"]
    assert table.loc[0, ["edge_id", "margin", "transports", "trips_per_year"]].tolist() == ["b-c", -1.5, "x", 52]
    assert table.loc[1, ["structure_id", "edge_id", "transports", "n_transports"]].tolist() == ["gate", "", "x, y", 2]
    assert restrictions({}).empty


def test_what_is_not_known_along_a_road_is_one_row():
    rows = [("", edge, "road", "bk_class", "t", "by_rule", "rule", "unknown", -600.0) for edge in ("a-b", "b-c")]
    table = restrictions({"x": plan(rows)})
    assert table[["limit", "n_sections", "edge_id"]].to_numpy().tolist() == [["bk_class", 2, "a-b"]]


def test_the_register_ranks_by_vehicle_hours_a_year_and_keeps_both_directions_in_one_row(network):
    flows = pd.DataFrame(
        {
            "flow_vph": [100.0, 50.0, 10.0, 0.0],
            "time_s": 60.0,
            "vc_ratio": [0.9, 0.5, np.nan, 0.0],
            "delay_vehh": [2.0, 1.0, 0.5, 0.0],
        },
        index=network.edges.index,
    )
    delays = congestion(SimpleNamespace(flows=flows))
    assert delays.index.tolist() == ["a-b", "b-a", "b-c"]
    assert congestion(SimpleNamespace(flows=flows), vc_limit=0.8).index.tolist() == ["a-b"]
    loss = pd.DataFrame(
        {
            "loss_vehh": 0.0,
            "unsatisfied_trips": 5.0,
            "closure_vehh": [900.0, 900.0, 10.0, 10.0],
            "hit_zones": 2,
            "worst_zone": "A",
        },
        index=network.edges.index,
    )
    loss.attrs["duration_h"] = 24.0
    stop = ("", "b-c", "rail", "max_axle_load_t", "t", "measured", "table", 1.5)
    table = rank_bottlenecks(
        network,
        congestion=delays,
        criticality=loss,
        restrictions=restrictions({"x": plan(why=[stop])}),
        peak_hours_per_year=200,
        closures_per_year=0.5,
    )
    assert tuple(table.columns) == COLUMNS
    assert table[["kind", "annual_vehh"]].head(3).to_numpy().tolist() == [
        ["congestion", 600.0],
        ["vulnerability", 450.0],
        ["congestion", 100.0],
    ]
    assert table["kind"].iloc[-1] == "restriction" and np.isnan(table["annual_vehh"].iloc[-1])
    assert "belastningsgrad 90 %" in table["evidence_sv"].iloc[0]
    assert "capacity not known" in table.loc[table["name"].str.startswith("Storgatan"), "evidence_en"].iloc[0]
    assert table["rank"].tolist() == list(range(1, len(table) + 1))


def test_a_delay_of_minutes_a_year_is_no_bottleneck_and_is_counted(network):
    columns = {"flow_vph": 100.0, "time_s": 60.0, "vc_ratio": 0.5, "delay_vehh": [0.006, 0.0, 0.001, 0.001]}
    flows = pd.DataFrame(columns, index=network.edges.index)
    found = congestion(SimpleNamespace(flows=flows))
    table = rank_bottlenecks(network, congestion=found, peak_hours_per_year=200, closures_per_year=1)
    assert table["annual_vehh"].to_list() == pytest.approx([1.2]) and table.attrs["left_out"] == 1
    assert "0.006 vehicle hours" in table["evidence_en"].iloc[0]


def test_measures_of_the_study_come_before_proposals(network):
    loss = pd.DataFrame({"unsatisfied_trips": 0.0, "closure_vehh": 9.0, "hit_zones": 2, "worst_zone": "A"},
                        index=pd.Index(["gate"], name="structure_id"))  # fmt: skip
    build = [{"do": "add_way", "id": "w9", "from_node": "a", "to_node": "c", "mode": "road"}]
    raised = [{"do": "set_structure", "structures": ["gate"], "column": "clearance_height_m", "value": 6.0}]
    rows = [
        Scenario("raise", [*build, {"do": "set", "ways": ["w9"], "column": "lanes", "value": 2}, *raised], step=3),
        Scenario("growth", [{"do": "scale_demand", "factor": 2.0}]),
    ]
    table = rank_bottlenecks(network, structures=loss, scenarios=rows, peak_hours_per_year=1, closures_per_year=1)
    assert table["measures_en"].iloc[0].startswith("3: raise; 2: More frequent inspection")


def test_nothing_found_is_an_empty_register(network):
    assert rank_bottlenecks(network, peak_hours_per_year=1, closures_per_year=1).empty


def test_restrictions_carry_what_they_cost_a_year_and_every_row_its_proposals(network):
    stop = ("", "b-c", "rail", "max_axle_load_t", "t", "measured", "table", 1.5)
    low = ("gate", "a-b", "road", "max_height_m", "m", "measured", "table", 0.4)
    gains = pd.DataFrame(
        {
            "structure_id": ["", "gate", "gate"],
            "mode": ["rail", "road", "road"],
            "limit": ["max_axle_load_t", "", ""],
            "saved_sek_per_year": [np.nan, 1e6, 2e6],
            "tonnes_per_year": [800.0, 300.0, np.nan],
        }
    )
    found = restrictions({"x": plan(why=[stop]), "y": plan(why=[low])})
    table = rank_bottlenecks(network, restrictions=found, gains=gains, peak_hours_per_year=1, closures_per_year=1)
    rows = table.set_index("measure")
    assert rows.at["max_height_m", "annual_sek"] == 3e6 and rows.at["max_height_m", "tonnes_per_year"] == 300
    assert np.isnan(rows.at["max_axle_load_t", "annual_sek"]) and rows.at["max_axle_load_t", "tonnes_per_year"] == 800
    assert rows.at["max_height_m", "measures_en"].startswith("2: Measure the clear height")
    assert "3: Förstärk bana och broar" in rows.at["max_axle_load_t", "measures_sv"]


def test_full_sections_of_railway_and_those_whose_traffic_is_not_known(make_network):
    nodes = {k: (1000 * i, 0) for i, k in enumerate("abcde")}
    railway = make_network(nodes, [(u, v, {"mode": "rail"}) for u, v in zip("abcd", "bcde", strict=True)])
    rail = pd.DataFrame(
        {
            "section_id": ["a-b", "a-b", "b-c", "c-d", "d-e"],
            "section": ["A–B", "A–B", "B–C", "C–D", "D–E"],
            "trains": [60.0, 60.0, 20.0, np.nan, np.nan],
            "consumption_pct": [85.0, 85.0, 30.0, np.nan, 70.0],
            "unknown_services": [0, 0, 0, 1, 1],
            "basis": ["estimate", "estimate", "estimate", "", "estimate"],
            "peak_pct": [90.0, 90.0, 59.0, np.nan, np.nan],
        },
        index=pd.Index(["a-b", "b-a", "b-c", "c-d", "d-e"], name="edge_id"),
    )
    table = rank_bottlenecks(railway, rail=rail, peak_hours_per_year=1, closures_per_year=1)
    assert table[["kind", "edge_id", "value"]].fillna(-1).to_numpy().tolist() == [
        ["rail_capacity", "a-b", 90.0],
        ["rail_capacity", "d-e", 70.0],
        ["rail_capacity", "c-d", -1.0],
    ]
    assert table["evidence_en"].to_list() == [
        "section A–B: 85% of the day occupied with 60 trains a day; 90% in the busiest two hours",
        "section D–E: at least 70% of the day occupied",
        "section C–D: the number of trains is not known, its use cannot be worked out",
    ]
    assert table["measures_sv"].str.contains("3: Nytt eller längre mötesspår").all()
