"""The kernels against networkx on random graphs with zero and infinite costs, parallel and one-way arcs."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.network.graph import graph_from_positions
from geoplan.routing.kernels import cost_table, shortest_path, shortest_path_tree, sum_along_trees


def random_graph(seed, n, m, infinite=0.1):
    rng = np.random.default_rng(seed)
    tail = rng.integers(0, n, m).astype(np.int32)
    head = rng.integers(0, n, m).astype(np.int32)
    cost = rng.integers(0, 6, m).astype(float)
    cost[rng.random(m) < infinite] = np.inf
    graph = graph_from_positions(pd.RangeIndex(n), tail, head)
    twin = nx.MultiDiGraph()
    twin.add_nodes_from(range(n))
    twin.add_weighted_edges_from(
        (int(t), int(h), c) for t, h, c in zip(tail, head, cost, strict=True) if np.isfinite(c)
    )
    return graph, graph.arc_costs(cost), twin


@given(seed=st.integers(0, 10_000), n=st.integers(1, 25), density=st.floats(0.5, 4))
@settings(max_examples=150, deadline=None)
def test_tree_equals_networkx(seed, n, density):
    graph, cost, twin = random_graph(seed, n, int(n * density))
    through = np.ones(n, dtype=bool)
    dist, pred_arc, order, settled = shortest_path_tree(graph.first_out, graph.head, cost, 0, through)
    expected = nx.single_source_dijkstra_path_length(twin, 0)
    assert {i: d for i, d in enumerate(dist) if np.isfinite(d)} == expected
    assert settled == len(expected) and set(order[:settled]) == set(expected)
    assert (np.diff(dist[order[:settled]]) >= 0).all()
    place = np.empty(n, dtype=int)
    place[order[:settled]] = np.arange(settled)
    for node in order[1:settled]:
        arc = pred_arc[node]
        assert graph.head[arc] == node
        assert dist[graph.tail[arc]] + cost[arc] == dist[node]
        assert place[graph.tail[arc]] < place[node]  # parents settle before their children, on zero-cost arcs too


@pytest.mark.parametrize("seed", range(20))
def test_path_has_the_length_of_networkx(seed):
    graph, cost, twin = random_graph(seed, 20, 50)
    through = np.ones(20, dtype=bool)
    expected = nx.single_source_dijkstra_path_length(twin, 3)
    for target in range(20):
        total, arcs = shortest_path(graph.first_out, graph.head, graph.tail, cost, 3, target, through)
        assert total == expected.get(target, np.inf)
        if np.isfinite(total):
            assert cost[arcs].sum() == total
            assert (graph.head[arcs][:-1] == graph.tail[arcs][1:]).all()


@pytest.mark.parametrize("seed", range(5))
def test_tables_equal_trees(seed):
    graph, cost, _ = random_graph(seed, 30, 90)
    through = np.ones(30, dtype=bool)
    through[[4, 9]] = False
    nodes = np.arange(0, 30, 3, dtype=np.int32)
    table = cost_table(graph.first_out, graph.head, cost, nodes, nodes, through)
    summed = sum_along_trees(graph.first_out, graph.head, graph.tail, cost, cost, nodes, nodes, through)
    for row, node in enumerate(nodes):
        dist = shortest_path_tree(graph.first_out, graph.head, cost, int(node), through)[0]
        np.testing.assert_array_equal(table[row], dist[nodes])
    np.testing.assert_array_equal(np.where(np.isnan(summed), np.inf, summed), table)


def test_a_centroid_ends_a_path_but_is_not_passed():
    #   0 --1-- 1 --1-- 2      node 1 is a centroid
    #    \------5------/
    graph = graph_from_positions(pd.RangeIndex(3), np.array([0, 1, 0], np.int32), np.array([1, 2, 2], np.int32))
    cost = graph.arc_costs(np.array([1.0, 1.0, 5.0]))
    through = np.array([True, False, True])
    assert shortest_path_tree(graph.first_out, graph.head, cost, 0, through)[0].tolist() == [0.0, 1.0, 5.0]
    assert shortest_path_tree(graph.first_out, graph.head, cost, 1, through)[0].tolist() == [np.inf, 0.0, 1.0]
