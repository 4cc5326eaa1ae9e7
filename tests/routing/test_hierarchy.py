"""The hierarchy answers as plain Dijkstra does, and keeps the arcs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.network.graph import graph_from_positions
from geoplan.routing.hierarchy import (
    build_hierarchy,
    change_costs,
    customize,
    load_trips,
    order_nodes,
    pair_costs,
    path_arcs,
    table_costs,
)
from geoplan.routing.kernels import cost_table
from geoplan.routing.skim import skim


def always_hierarchy(monkeypatch):
    """The hierarchy answers, however small the network is."""
    for name in ("MANY", "SOURCES"):
        monkeypatch.setattr(f"geoplan.routing.many.{name}", 0)


def random_arcs(seed, n, m):
    """Arcs with loops, parallels, zero, equal and infinite costs."""
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(0, n, (2, m)).astype(np.int32)
    cost = rng.integers(0, 5, m).astype(float)
    cost[rng.random(m) < 0.15] = np.inf
    x, y = rng.random((2, n))
    return tail, head, cost, x, y


def plain_table(tail, head, cost, n):
    graph = graph_from_positions(pd.RangeIndex(n), tail, head)
    nodes = np.arange(n, dtype=np.int32)
    return cost_table(graph.first_out, graph.head, graph.arc_costs(cost), nodes, nodes, np.ones(n, dtype=bool))


@given(seed=st.integers(0, 100_000), n=st.integers(1, 60), density=st.floats(0.3, 4))
@settings(max_examples=120, deadline=None)
def test_every_pair_equals_dijkstra(seed, n, density):
    tail, head, cost, x, y = random_arcs(seed, n, int(n * density))
    hierarchy = build_hierarchy(tail, head, x, y, cache=False)
    assert sorted(hierarchy.rank) == list(range(n))
    nodes = np.arange(n, dtype=np.int32)
    a, b = (grid.ravel().astype(np.int32) for grid in np.meshgrid(nodes, nodes, indexing="ij"))
    for costs in (cost, cost[::-1].copy()):  # a second metric on the same topology
        metric = customize(hierarchy, costs)
        expected = plain_table(tail, head, costs, n)
        np.testing.assert_array_equal(table_costs(metric, nodes, nodes), expected)
        np.testing.assert_array_equal(pair_costs(metric, a, b).reshape(n, n), expected)


@pytest.mark.parametrize("seed", range(10))
def test_paths_are_chains_of_arcs_with_the_same_cost(seed):
    n = 40
    tail, head, cost, x, y = random_arcs(seed, n, 120)
    metric = customize(build_hierarchy(tail, head, x, y, cache=False), cost)
    expected = plain_table(tail, head, cost, n)
    for source in range(0, n, 5):
        for target in range(n):
            total, arcs = path_arcs(metric, source, target)
            assert total == expected[source, target]
            if len(arcs):
                assert cost[arcs].sum() == total
                assert tail[arcs[0]] == source and head[arcs[-1]] == target
                assert (head[arcs][:-1] == tail[arcs][1:]).all()
            else:
                assert total in (0.0, np.inf)


@given(seed=st.integers(0, 100_000), n=st.integers(2, 50), density=st.floats(0.5, 4))
@settings(max_examples=80, deadline=None)
def test_changed_costs_equal_a_new_customization(seed, n, density):
    tail, head, cost, x, y = random_arcs(seed, n, max(1, int(n * density)))
    hierarchy = build_hierarchy(tail, head, x, y, cache=False)
    metric = customize(hierarchy, cost)
    rng = np.random.default_rng(seed)
    for _ in range(3):
        arcs = rng.choice(len(cost), min(3, len(cost)), replace=False)
        costs = rng.choice([0.0, 1.0, 7.0, np.inf], len(arcs))
        change_costs(metric, arcs, costs)
        fresh = customize(hierarchy, metric.cost)
        np.testing.assert_array_equal(metric.up, fresh.up)
        np.testing.assert_array_equal(metric.down, fresh.down)
        nodes = np.arange(n, dtype=np.int32)
        np.testing.assert_array_equal(table_costs(metric, nodes, nodes), plain_table(tail, head, metric.cost, n))
        for target in range(n):
            total, path = path_arcs(metric, 0, target)
            if len(path):
                assert metric.cost[path].sum() == total


@pytest.mark.parametrize("seed", range(12))
def test_loads_are_those_of_the_paths(seed):
    n = 60
    tail, head, cost, x, y = random_arcs(seed, n, 200)
    rng = np.random.default_rng(seed)
    cost += rng.random(len(cost))  # one cheapest way for each pair
    metric = customize(build_hierarchy(tail, head, x, y, cache=False), cost)
    sources = rng.integers(0, n, 37).astype(np.int32)  # more than two batches, some of them twice
    first_trip = np.arange(0, 38 * 5, 5)
    to_node = rng.integers(0, n, 37 * 5).astype(np.int32)
    amount = rng.random(37 * 5)
    flow, spent = load_trips(metric, sources, first_trip, to_node, amount)
    expected, table = np.zeros(len(cost)), plain_table(tail, head, cost, n)
    for i in range(len(to_node)):
        source = sources[i // 5]
        _, arcs = path_arcs(metric, source, to_node[i])
        expected[arcs] += amount[i]
        assert spent[i] == pytest.approx(table[source, to_node[i]], rel=1e-12)
    np.testing.assert_allclose(flow, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_loads_balance_where_ways_are_equal(seed):
    n = 50
    tail, head, cost, x, y = random_arcs(seed, n, 200)  # zero, equal and infinite costs
    metric = customize(build_hierarchy(tail, head, x, y, cache=False), cost)
    to_node, amount = np.arange(n, dtype=np.int32), np.ones(n)
    flow, spent = load_trips(metric, np.array([7], dtype=np.int32), np.array([0, n]), to_node, amount)
    arrive = np.isfinite(spent)
    net = np.bincount(head, flow, n) - np.bincount(tail, flow, n)
    np.testing.assert_allclose(net, arrive - np.where(np.arange(n) == 7, arrive.sum(), 0.0), atol=1e-12)
    assert (flow[flow > 0] * cost[flow > 0]).sum() == pytest.approx(spent[arrive].sum())


def test_the_order_is_kept_on_disk_and_a_broken_file_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    tail, head, _, x, y = random_arcs(1, 50, 120)
    first = build_hierarchy(tail, head, x, y).rank
    (file,) = (tmp_path / "orders").iterdir()
    monkeypatch.setattr("geoplan.routing.hierarchy.order_nodes", lambda *_: pytest.fail("not read from disk"))
    np.testing.assert_array_equal(build_hierarchy(tail, head, x, y).rank, first)
    monkeypatch.undo()
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    file.write_bytes(b"half a file")
    np.testing.assert_array_equal(build_hierarchy(tail, head, x, y).rank, first)


def test_skims_are_the_same_either_way(random_network, tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    network = random_network(3, 30, 80)
    points = network.nodes.index.to_list()
    plain = skim(network, points, cost="length_m")
    always_hierarchy(monkeypatch)
    pd.testing.assert_frame_equal(skim(network, points, cost="length_m"), plain)
    edges = network.edges.copy()
    edges.loc[edges.index[:10], "status"] = "closed"
    closed = network.replace(edges=edges)
    assert closed._cache["hierarchy"] is network._cache["hierarchy"]  # a scenario is a new vector of costs
    by_hierarchy = skim(closed, points, cost="length_m")
    monkeypatch.setattr("geoplan.routing.many.MANY", 10**9)
    pd.testing.assert_frame_equal(skim(closed, points, cost="length_m"), by_hierarchy)


def with_turns_and_centroids(network, seed):
    """Turns banned or dear at random, and some nodes that may not be passed."""
    rng = np.random.default_rng(seed)
    edges = network.edges
    pairs = edges.reset_index().merge(edges.reset_index(), left_on="v", right_on="u")[["edge_id_x", "edge_id_y"]]
    chosen = pairs.iloc[rng.choice(len(pairs), min(25, len(pairs)), replace=False)]
    turns = pd.DataFrame(
        {
            "from_edge": chosen["edge_id_x"].to_numpy(),
            "to_edge": chosen["edge_id_y"].to_numpy(),
            "penalty_s": rng.choice([np.inf, 40.0], len(chosen)),
        }
    )
    nodes = network.nodes.copy()
    nodes.loc[nodes.index[rng.choice(len(nodes), 5, replace=False)], "kind"] = "centroid"
    return network.replace(nodes=nodes), network.replace(turns=turns), network.replace(nodes=nodes, turns=turns)


@pytest.mark.parametrize("seed", range(5))
def test_turns_and_centroids_are_kept(random_network, tmp_path, monkeypatch, seed):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    for network in with_turns_and_centroids(random_network(seed, 20, 60), seed):
        points = network.nodes.index.to_list()
        monkeypatch.setattr("geoplan.routing.many.MANY", 10**9)
        plain = skim(network, points, points[::2])
        always_hierarchy(monkeypatch)
        pd.testing.assert_frame_equal(skim(network, points, points[::2]), plain, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_another_implementation_agrees(seed):
    oracle = pytest.importorskip("routingkit_cch")
    n = 200
    tail, head, _, x, y = random_arcs(seed, n, 500)
    keep = tail != head
    tail, head = tail[keep], head[keep]
    cost = np.random.default_rng(seed).integers(0, 1000, len(tail))
    hierarchy = build_hierarchy(tail, head, x, y, cache=False)
    theirs = oracle.CCH(hierarchy.node.tolist(), tail.tolist(), head.tolist(), False)
    query = oracle.CCHQuery(oracle.CCHMetric(theirs, cost.tolist()))
    nodes = np.arange(n, dtype=np.int32)
    ours = table_costs(customize(hierarchy, cost.astype(float)), nodes, nodes)
    for source in range(0, n, 9):
        for target in range(0, n, 3):
            found = query.run(source, target).distance
            assert ours[source, target] == (np.inf if found is None else found)


@pytest.mark.shared_data
def test_luxembourg_reference_queries(shared_data):
    folder = shared_data / "routing" / "luxembourg-routingkit"

    def read(name, dtype=np.uint32):
        return np.fromfile(folder / f"luxembourg_{name}", dtype)

    first_out, head = read("first_out").astype(np.int64), read("head").astype(np.int32)
    tail = np.repeat(np.arange(len(first_out) - 1, dtype=np.int32), np.diff(first_out))
    x, y = read("longitude", np.float32).astype(float), read("latitude", np.float32).astype(float)
    hierarchy = build_hierarchy(tail, head, x, y, rank=order_nodes(tail, head, x, y))
    sources, targets = read("source_node").astype(np.int32), read("target_node").astype(np.int32)
    for cost in ("travel_time", "geo_distance"):
        reference = read(f"query_reference_{cost}_length").astype(float)
        reference[reference == 2**31 - 1] = np.inf
        metric = customize(hierarchy, read(cost).astype(float))
        np.testing.assert_array_equal(pair_costs(metric, sources, targets), reference)
