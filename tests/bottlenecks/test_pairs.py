"""Pairs of closures against their slow twin: both removed, everything searched again."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.pairs import pair_criticality
from geoplan.demand.demand import build_demand
from geoplan.errors import DataError
from geoplan.routing.cost import free_time
from geoplan.routing.skim import skim


def demand_between(network, nodes, trips):
    ids = [f"z{k}" for k in range(len(nodes))]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": nodes},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[nodes].array,
    )
    return build_demand(zones, {"car": pd.DataFrame(trips, index=ids, columns=ids)})


def removed(network, demand, edges, duration_h):
    """Loss, lost trips and vehicle hours over the closure when `edges` are closed."""
    nodes = demand.zones["node_id"].to_list()
    open_times = free_time(network)
    times = np.where(network.edges.index.isin(edges), np.inf, open_times)
    before = skim(network, nodes, cost=open_times).to_numpy() / 3600
    after = skim(network, nodes, cost=times).to_numpy() / 3600
    trips = demand.matrices["car"].to_numpy() * np.isfinite(before)
    trips = np.where(np.array(nodes)[:, None] == np.array(nodes), 0.0, trips)
    longer = np.where(np.isfinite(before), after - np.where(np.isfinite(before), before, 0.0), 0.0)
    gone = np.isinf(longer)
    short = np.where(gone, 0.0, longer)
    waiting = np.where(longer < duration_h, short * (duration_h - short / 2), duration_h**2 / 2)
    return (trips * short).sum(), trips[gone].sum(), (trips * waiting).sum()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [(14, 26), (30, 36)], ids=["dense", "chains and dead ends"])
def test_every_pair_of_links_equals_removal(random_network, monkeypatch, seed, size):
    network = random_network(seed, *size)
    rng = np.random.default_rng(seed)
    nodes = network.nodes.index[:6].to_list()
    demand = demand_between(network, nodes, rng.integers(0, 9, (6, 6)).astype(float))
    asked = {"by": "edge", "top": 40, "duration_h": 0.04}
    # Many pairs have a kernel of their own; few go one at a time through that of single closures.
    one_by_one = pair_criticality(network, demand, **asked)
    monkeypatch.setattr("geoplan.bottlenecks.pairs.FEW_PAIRS", 0)
    table = pair_criticality(network, demand, **asked)
    keys = ["first", "second"]
    pd.testing.assert_frame_equal(
        table.sort_values(keys, ignore_index=True), one_by_one.sort_values(keys, ignore_index=True), rtol=1e-9
    )
    way = network.edges["way_id"]
    ways = way.nunique()
    assert len(table) == min(40, ways) * (min(40, ways) - 1) / 2
    for row in table.sample(min(len(table), 150), random_state=seed).itertuples():
        edges = network.edges.index[way.isin([way[row.first], way[row.second]])]
        expected = removed(network, demand, edges, 0.04)
        got = (row.loss_vehh, row.unsatisfied_trips, row.closure_vehh)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


def test_pairs_of_structures_and_the_two_ways_that_stand_in_for_each_other(make_network):
    """
    .        n            north over n: 10 min; south over s: 12 min; far over f: 60 min; a to b
    .      /   \\          bridge N on a-n, bridge S on a-s: each alone costs 0 or 2 min, both 50 min
    .    a - s - b
    .      \\   /
    .        f
    """
    nodes = {"a": (0, 0), "b": (2000, 0), "n": (1000, 500), "s": (1000, 0), "f": (1000, -500)}
    legs = {"n": 5000.0, "s": 6000.0, "f": 30000.0}
    edges = [(u, v, {"length_m": length}) for k, length in legs.items() for u, v in (("a", k), (k, "b"))]
    structures = {"N": {"carries": ["a-n"]}, "S": {"carries": ["a-s"]}, "F": {"carries": ["a-f"]}}
    network = make_network(nodes, edges, structures)
    demand = demand_between(network, ["a", "b"], np.array([[0.0, 30.0], [0.0, 0.0]]))
    table = pair_criticality(network, demand, duration_h=10.0)
    assert table.iloc[0][["first", "second"]].tolist() == ["N", "S"]
    first = table.iloc[0]
    assert first["loss_vehh"] == pytest.approx(30 * 50 / 60)
    detour, near = 50 / 60, 2 / 60
    assert first["closure_vehh"] == pytest.approx(30 * detour * (10 - detour / 2))
    assert first["alone_vehh"] == pytest.approx(30 * near * (10 - near / 2))
    assert first["together_vehh"] == pytest.approx(first["closure_vehh"] - first["alone_vehh"])
    assert set(table["first"]) | set(table["second"]) == {"N", "S", "F"}
    single = criticality(network, demand, by="structure", duration_h=10.0)["closure_vehh"]
    pair = table.set_index(["first", "second"])["closure_vehh"]
    assert pair[("N", "F")] == pytest.approx(single["N"]) and pair[("S", "F")] == 0.0


def test_top_takes_the_most_important(random_network):
    network = random_network(3, 14, 26)
    demand = demand_between(network, network.nodes.index[:5].to_list(), np.ones((5, 5)))
    single = criticality(network, demand)["closure_vehh"].groupby(network.edges["way_id"]).max()
    table = pair_criticality(network, demand, by="edge", top=3)
    way = network.edges["way_id"]
    chosen = set(way[table["first"]]) | set(way[table["second"]])
    assert len(table) == 3 and single[list(chosen)].min() >= single.drop(list(chosen)).max()
    assert table.attrs["paired"] == 3
    with pytest.raises(DataError, match="top 1 leaves no pair"):
        pair_criticality(network, demand, top=1)
