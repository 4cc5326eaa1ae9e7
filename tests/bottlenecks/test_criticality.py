"""Closures against their slow twin: remove, search again, sum."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geoplan.bottlenecks import closures
from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.redundancy import redundancy
from geoplan.demand.demand import build_demand
from geoplan.errors import DataError
from geoplan.io.tntp import read_tntp
from geoplan.routing.cost import free_time
from geoplan.routing.skim import skim


def make_demand(network, seed, share=0.6):
    rng = np.random.default_rng(seed)
    nodes = network.nodes.index[: max(3, len(network.nodes) // 3)]
    ids = [f"z{i}" for i in range(len(nodes))]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": nodes.to_numpy()},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[nodes].array,
    )
    trips = rng.integers(0, 20, (len(ids), len(ids))) * (rng.random((len(ids), len(ids))) < share)
    return build_demand(zones, {"car": pd.DataFrame(trips.astype(float), index=ids, columns=ids)})


def slow_loss(network, demand, closed_rows, duration_h):
    """Loss by removing the edges and searching again with networkx."""

    def distances(rows):
        twin = nx.MultiDiGraph()
        twin.add_nodes_from(network.nodes.index)
        edges = network.edges.iloc[rows]
        twin.add_weighted_edges_from(
            zip(edges["u"], edges["v"], edges["length_m"] / (edges["speed_kmh"] / 3.6), strict=True)
        )
        return dict(nx.all_pairs_dijkstra_path_length(twin))

    everything = np.arange(len(network.edges))
    before, after = distances(everything), distances(np.setdiff1d(everything, closed_rows))
    loss = lost = waiting = 0.0
    trips, node = demand.matrices["car"], demand.zones["node_id"]
    for a in trips.index:
        for b in trips.columns:
            rate = trips.loc[a, b]
            if rate <= 0 or node[a] == node[b] or node[b] not in before[node[a]]:
                continue
            longer = after[node[a]].get(node[b], np.inf) - before[node[a]][node[b]]
            if np.isinf(longer):
                lost += rate
            else:
                loss += rate * longer / 3600
            hours = longer / 3600
            waiting += rate * (hours * (duration_h - hours / 2) if hours < duration_h else duration_h**2 / 2)
    return loss, lost, waiting


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("size", [(14, 30), (24, 27)], ids=["dense", "chains and dead ends"])
@pytest.mark.parametrize("near", [-1, 10**9], ids=["by destination", "by closure"])
def test_every_closure_equals_brute_force(random_network, monkeypatch, seed, directed, size, near):
    monkeypatch.setattr(closures, "NEAR", near)  # both ways to see what a closure costs
    network = random_network(seed, *size)
    demand = make_demand(network, seed)
    table = criticality(network, demand, directed=directed, duration_h=0.05)
    for row, edge in enumerate(network.edges.index):
        way = network.edges["way_id"]
        closed = [row] if directed else np.flatnonzero((way == way[edge]).to_numpy())
        got = table.loc[edge, ["loss_vehh", "unsatisfied_trips", "closure_vehh"]].to_numpy(dtype=float)
        np.testing.assert_allclose(got, slow_loss(network, demand, closed, 0.05), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_both_ways_agree_where_times_differ_by_direction(random_network, monkeypatch, seed):
    """The best way behind a crossing may then run over the closed link itself: only a bound, settled by a search."""
    network = random_network(seed, 150, 240, zero_share=0.3)
    demand = make_demand(network, seed, share=0.2)
    cost = np.random.default_rng(seed).integers(0, 60, len(network.edges)).astype(float)
    tables = []
    for near in (-1, 10**9):
        monkeypatch.setattr(closures, "NEAR", near)
        tables.append(criticality(network, demand, cost=cost, duration_h=0.02))
    pd.testing.assert_frame_equal(*tables, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_structures_that_close_several_ways_equal_brute_force(random_network, seed):
    network = random_network(seed, 14, 30)
    rng = np.random.default_rng(seed)
    structures = gpd.GeoDataFrame(
        index=pd.Index(["s1", "s2"], name="structure_id"), geometry=network.nodes.geometry.array[:2], crs=3006
    )
    pairs = pd.DataFrame(
        [(s, e, "over") for s in ("s1", "s2") for e in rng.choice(network.edges.index, 5, replace=False)],
        columns=["structure_id", "edge_id", "role"],
    )
    network = network.replace(structures=structures, structure_edges=pairs)
    demand = make_demand(network, seed)
    table = criticality(network, demand, by="structure", duration_h=1.0)
    for structure in ("s1", "s2"):
        ids = pairs.loc[pairs["structure_id"] == structure, "edge_id"]
        closed = np.flatnonzero(network.edges.index.isin(ids))
        got = table.loc[structure, ["loss_vehh", "unsatisfied_trips", "closure_vehh"]].to_numpy(dtype=float)
        np.testing.assert_allclose(got, slow_loss(network, demand, closed, 1.0), rtol=1e-9, atol=1e-9)


def test_a_cut_link_by_hand(make_network):
    """
    .   a --- b --- c      10 trips/h from a to c; 60 km/h, 1 km each; a-b is the only way
    .          \\   /       b-c has a detour by d of 2 x 800 m: 36 s longer
    .            d
    """
    nodes = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0), "d": (1500, 500)}
    network = make_network(
        nodes, [("a", "b"), ("b", "c"), ("b", "d", {"length_m": 800.0}), ("d", "c", {"length_m": 800.0})]
    )
    ids = ["A", "C"]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": ["a", "c"]},
        index=pd.Index(ids, name="zone_id"),
        geometry=gpd.points_from_xy([0, 2000], [0, 0]),
    )
    demand = build_demand(zones, {"car": pd.DataFrame([[0.0, 10.0], [0.0, 0.0]], index=ids, columns=ids)})
    table = criticality(network, demand, duration_h=2.0)
    assert table.loc["a-b", "unsatisfied_trips"] == 10
    assert table.loc["a-b", "closure_vehh"] == pytest.approx(10 * 2.0**2 / 2)
    assert table.loc["b-c", "loss_vehh"] == pytest.approx(10 * 36 / 3600)
    assert table.loc["b-c", "closure_vehh"] == pytest.approx(10 * 0.01 * (2 - 0.005))
    assert table.loc["b-d", ["loss_vehh", "unsatisfied_trips", "hit_zones"]].tolist() == [0, 0, 0]
    assert table.loc["b-c", ["worst_zone", "hit_zones"]].tolist() == ["A", 1]  # six vehicle minutes an hour
    around = redundancy(network)
    assert not around.loc["a-b", "detour"] and np.isinf(around.loc["a-b", "alt_length_m"])
    assert around.loc["b-c", "diff_length_m"] == pytest.approx(600)


@pytest.mark.parametrize("seed", range(4))
def test_redundancy_equals_removal(random_network, seed):
    network = random_network(seed, 10, 24)
    table = redundancy(network)
    for edge in network.edges.index:
        twin = nx.MultiDiGraph()
        twin.add_nodes_from(network.nodes.index)
        rest = network.edges[network.edges["way_id"] != network.edges.at[edge, "way_id"]]
        twin.add_weighted_edges_from(rest[["u", "v", "length_m"]].itertuples(index=False, name=None))
        u, v = network.edges.loc[edge, ["u", "v"]]
        expected = nx.dijkstra_path_length(twin, u, v) if nx.has_path(twin, u, v) else np.inf
        assert table.loc[edge, "alt_length_m"] == pytest.approx(expected)


def test_unknown_ids_are_named(random_network):
    network = random_network(1)
    demand = make_demand(network, 1)
    with pytest.raises(DataError, match=r"edges: 1 row \(first: nowhere\) do not exist"):
        criticality(network, demand, among=["nowhere"])
    with pytest.raises(DataError, match="has no class 'bus'; it has car"):
        criticality(network, demand, matrix="bus")


@pytest.mark.shared_data
def test_losses_on_anaheim_equal_brute_force(shared_data):
    """Sampled links removed one by one, every origin searched again with scipy."""
    folder = shared_data / "tntp" / "Anaheim"
    network, demand = read_tntp(folder / "Anaheim_net.tntp", folder / "Anaheim_trips.tntp")
    edges, trips = network.edges, sum(table.to_numpy() for table in demand.matrices.values())
    zone = network.nodes.index.get_indexer(demand.zones["node_id"])
    u, v = (network.nodes.index.get_indexer(edges[end]) for end in ("u", "v"))
    seconds = free_time(network)
    centroid = (network.nodes["kind"] == "centroid").to_numpy()

    def times(closed):
        rows = []
        for origin in zone:
            keep = ((~centroid[u]) | (u == origin)) & (np.arange(len(u)) != closed)
            least = pd.Series(seconds[keep]).groupby([u[keep], v[keep]]).min()
            ends = np.array(least.index.to_list()).T
            graph = csr_array((least.to_numpy(), ends), shape=(len(network.nodes),) * 2)
            rows.append(dijkstra(graph, indices=origin)[zone])
        return np.array(rows)

    before = times(-1)
    table = criticality(network, demand, directed=True)
    rng = np.random.default_rng(0)
    busy = np.flatnonzero((table["loss_vehh"] > 0).to_numpy())
    for row in [*rng.choice(busy, 6, replace=False), *rng.choice(len(edges), 2, replace=False)]:
        after = times(row)
        gone = np.isinf(after) & np.isfinite(before) & (trips > 0)
        there = np.isfinite(after) & np.isfinite(before)
        loss = (trips * np.where(there, after - np.where(there, before, 0.0), 0.0))[there].sum() / 3600
        got = table.iloc[row][["loss_vehh", "unsatisfied_trips"]].to_numpy(dtype=float)
        np.testing.assert_allclose(got, [loss, trips[gone].sum()], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("near", [-1, 10**9], ids=["by destination", "by closure"])
def test_closures_keep_banned_turns(random_network, monkeypatch, seed, near):
    monkeypatch.setattr(closures, "NEAR", near)
    network = random_network(seed, 12, 26)
    rng = np.random.default_rng(seed)
    follows = network.edges.reset_index().merge(network.edges.reset_index(), left_on="v", right_on="u")
    turns = follows[["edge_id_x", "edge_id_y"]].sample(8, random_state=seed).to_numpy()
    table = pd.DataFrame(turns, columns=["from_edge", "to_edge"]).assign(penalty_s=[np.inf] * 5 + [30.0] * 3)
    network = network.replace(turns=table)
    demand = make_demand(network, seed)
    nodes = demand.zones["node_id"].to_list()
    before = skim(network, nodes).to_numpy()
    trips = demand.matrices["car"].to_numpy() * (np.array(nodes)[:, None] != np.array(nodes))
    found = criticality(network, demand, duration_h=1.0)
    for edge in rng.choice(network.edges.index, 5, replace=False):
        way = network.edges["way_id"]
        status = network.edges["status"].mask(way == way[edge], "closed")
        after = skim(network.replace(edges=network.edges.assign(status=status)), nodes).to_numpy()
        there = np.isfinite(before) & np.isfinite(after)
        loss = (trips[there] * (after[there] - before[there])).sum() / 3600
        lost = trips[np.isfinite(before) & np.isinf(after)].sum()
        np.testing.assert_allclose(
            found.loc[edge, ["loss_vehh", "unsatisfied_trips"]].to_numpy(dtype=float), [loss, lost], atol=1e-9
        )
