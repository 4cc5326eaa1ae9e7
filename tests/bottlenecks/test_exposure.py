"""Exposure of zones and municipalities, by hand and against criticality."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.exposure import exposure, who_is_hit
from geoplan.demand.demand import build_demand
from geoplan.errors import DataError


@pytest.fixture(scope="module")
def case(make_network):
    """
    .   A --- b --- C       60 km/h, 1 km each; A and B2 (at b) in municipality 2085, C in 0180
    .          \\   /       A-b is the only way; b-C has a detour by d: 36 s longer
    .            d          trips an hour: A to C 10, b to C 20, C to A 5
    """
    nodes = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0), "d": (1500, 500)}
    network = make_network(
        nodes, [("a", "b"), ("b", "c"), ("b", "d", {"length_m": 800.0}), ("d", "c", {"length_m": 800.0})]
    )
    ids = ["A", "B2", "C"]
    zones = gpd.GeoDataFrame(
        {
            "name": ids,
            "node_id": ["a", "b", "c"],
            "municipality_code": ["2085", "2085", "0180"],
            "municipality": ["Ludvika", "Ludvika", "Stockholm"],
        },
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[["a", "b", "c"]].array,
    )
    trips = pd.DataFrame([[0.0, 0, 10], [0, 0, 20], [5, 0, 0]], index=ids, columns=ids)
    return network, build_demand(zones, {"car": trips})


def test_exposure_by_hand(case):
    network, demand = case
    table = exposure(network, demand, duration_h=2.0, level="zone")
    cut, detour = 2.0**2 / 2, 0.01 * (2 - 0.005)  # hours lost by one vehicle an hour
    assert table.index.tolist() == ["A", "C", "B2"]
    assert table.loc["A", "worst_vehh"] == pytest.approx(10 * cut)
    assert table.loc["A", "worst_id"] == "a-b" and table.loc["A", "worst_unsatisfied_trips"] == 10
    assert table.loc["A", "mean_vehh"] == pytest.approx(10 * (cut + detour) / 4)  # two of four links cost nothing
    assert table.loc["A", "worst_min_per_trip"] == pytest.approx(60 * cut / 2)
    assert table.loc["B2", ["worst_id", "hits"]].tolist() == ["b-c", 1]
    whole = exposure(network, demand, duration_h=2.0)
    assert whole.loc["2085", ["name", "trips_vph"]].tolist() == ["Ludvika", 30]
    assert whole.loc["2085", "worst_vehh"] == pytest.approx(10 * cut)
    assert whole.loc["0180", "worst_vehh"] == pytest.approx(5 * cut)


def test_who_is_hit_when_several_links_close(case):
    network, demand = case
    table = who_is_hit(network, demand, ["b-c", "c-b", "b-d", "d-b"], duration_h=2.0)
    assert table["unsatisfied_trips"].to_dict() == {"2085": 30.0, "0180": 5.0}
    assert table.attrs["closure_vehh"] == pytest.approx(35 * 2)
    assert who_is_hit(network, demand, ["b-d"]).empty


@pytest.mark.parametrize("seed", range(3))
def test_zones_add_up_to_criticality(random_network, seed):
    network = random_network(seed, 16, 30)
    rng = np.random.default_rng(seed)
    nodes = network.nodes.index[:6]
    ids = [f"z{k}" for k in range(6)]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": nodes, "municipality_code": ["1", "1", "2", "2", "3", ""]},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[nodes].array,
    )
    demand = build_demand(zones, {"car": pd.DataFrame(rng.uniform(0, 9, (6, 6)), index=ids, columns=ids)})
    table = criticality(network, demand, duration_h=0.1)
    whole = table["closure_vehh"].groupby(network.edges["way_id"]).first()
    for level in ("zone", "municipality"):
        shown = exposure(network, demand, level=level, duration_h=0.1)
        assert shown["mean_vehh"].sum() == pytest.approx(whole.mean())
    worst = table["closure_vehh"].idxmax()
    way = network.edges["way_id"]
    hit = who_is_hit(network, demand, network.edges.index[way == way[worst]], duration_h=0.1)
    assert hit["closure_vehh"].sum() == pytest.approx(table["closure_vehh"].max())


def test_what_does_not_exist_is_named(case):
    network, demand = case
    with pytest.raises(DataError, match=r"edges: 1 row \(first: x\) do not exist"):
        who_is_hit(network, demand, ["x"])
    with pytest.raises(DataError, match="level 'county' is not known; use zone or municipality"):
        exposure(network, demand, level="county")
