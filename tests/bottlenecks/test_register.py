"""The register: what each kind brings, and in which order."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.congestion import congestion
from geoplan.bottlenecks.rank import COLUMNS, rank_bottlenecks
from geoplan.bottlenecks.restriction import restrictions


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


def test_nothing_found_is_an_empty_register(network):
    assert rank_bottlenecks(network, peak_hours_per_year=1, closures_per_year=1).empty
