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
    order_nodes,
    pair_costs,
    path_arcs,
    table_costs,
)
from geoplan.routing.kernels import cost_table
from geoplan.routing.skim import skim


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
    monkeypatch.setattr("geoplan.routing.skim.MANY", 0)
    pd.testing.assert_frame_equal(skim(network, points, cost="length_m"), plain)
    edges = network.edges.copy()
    edges.loc[edges.index[:10], "status"] = "closed"
    closed = network.replace(edges=edges)
    assert closed._cache["hierarchy"] is network._cache["hierarchy"]  # a scenario is a new vector of costs
    by_hierarchy = skim(closed, points, cost="length_m")
    monkeypatch.setattr("geoplan.routing.skim.MANY", 10**9)
    pd.testing.assert_frame_equal(skim(closed, points, cost="length_m"), by_hierarchy)


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
