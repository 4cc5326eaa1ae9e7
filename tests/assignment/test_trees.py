"""Shortest-path trees of the loading kernels against Dijkstra's algorithm, and flows against walking each path."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.assignment.loading import load_shortest
from geoplan.assignment.tree_kernels import label_nodes, label_table, order_tree
from geoplan.network.graph import graph_from_positions
from geoplan.routing.kernels import shortest_path_tree


def make_graph(tail, head, n, through=None):
    graph = graph_from_positions(pd.RangeIndex(n), np.asarray(tail, np.int32), np.asarray(head, np.int32))
    through = np.ones(n, dtype=bool) if through is None else through
    return (graph.first_out, graph.head, graph.tail, through), graph.edge


def random_case(seed, n=60, m=240):
    rng = np.random.default_rng(seed)
    through = rng.random(n) > 0.1
    graph, _ = make_graph(rng.integers(0, n, m), rng.integers(0, n, m), n, through)
    cost = rng.integers(0, 20, m).astype(float)
    cost[rng.random(m) < 0.05] = np.inf
    return graph, cost


@pytest.mark.parametrize("seed", range(20))
def test_equals_dijkstra_and_orders_the_tree(seed):
    graph, cost = random_case(seed)
    first_out, head, tail, through = graph
    n = len(first_out) - 1
    dist, pred = np.empty(n), np.empty(n, np.int32)
    queue, place, order = (np.empty(n, np.int32) for _ in range(3))
    for source in np.arange(0, n, 7, dtype=np.int32):
        expected, _, _, settled = shortest_path_tree(first_out, head, cost, source, through)
        label_nodes(graph, cost, source, dist, pred, queue)
        np.testing.assert_array_equal(dist, expected)
        count = order_tree(tail, pred, source, place, order)
        assert count == settled == np.isfinite(dist).sum()
        assert sorted(order[:count]) == list(np.flatnonzero(np.isfinite(dist)))
        assert (place[order[:count]] == np.arange(count)).all()
        followers = order[1:count]
        assert (place[tail[pred[followers]]] < place[followers]).all()


def test_a_network_made_to_be_slow_is_not():
    # Every arc i -> j (i < j) with costs that let a deque improve the same nodes over and over: 2^30 steps.
    n = 32
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    tail, head = (np.array(side) for side in zip(*pairs, strict=True))
    cost = np.where(head == tail + 1, 1.0, 2.0 ** (n - tail) - 2.0 ** (n - head))
    graph, edge = make_graph(n - 1 - head, n - 1 - tail, n)
    cost = np.ascontiguousarray(cost[edge])
    for graph_, cost_ in ((graph, cost), make_reverse(pairs, n)):
        table = np.empty((n, n))
        assert label_table(graph_, cost_, np.arange(n, dtype=np.int32), np.arange(n, dtype=np.int32), table) == 0.0
        for source in np.arange(n, dtype=np.int32):
            np.testing.assert_array_equal(
                table[source], shortest_path_tree(graph_[0], graph_[1], cost_, source, graph_[3])[0]
            )


def make_reverse(pairs, n):
    """The same arcs forwards, cheap ones last."""
    tail, head = (np.array(side) for side in zip(*pairs, strict=True))
    cost = 2.0 ** (n - 1 - tail) * (head - tail) - (2.0 ** (n - 1 - tail) - 1) * (head == tail + 1)
    graph, edge = make_graph(tail, head, n)
    return graph, np.ascontiguousarray(cost[edge])


@pytest.mark.parametrize("seed", range(5))
def test_all_or_nothing_equals_walking_each_path(seed):
    graph, cost = random_case(seed)
    _, _, tail, through = graph
    n = len(through)
    rng = np.random.default_rng(seed)
    origin = np.array([3, 10, 40], np.int32)
    to_node = np.concatenate([rng.permutation(n)[:15] for _ in origin]).astype(np.int32)
    amount = rng.uniform(1, 9, 45)
    trips = (origin, np.zeros(3, np.int32), np.array([0, 15, 30, 45]), to_node, amount.copy())
    flow, lost = np.zeros((1, len(cost))), np.zeros(45)
    spent = load_shortest(graph, trips, cost[None, :], flow, lost)
    expected, total = np.zeros(len(cost)), 0.0
    for k, source in enumerate(origin):
        dist, pred = np.empty(n), np.empty(n, np.int32)
        label_nodes(graph, cost, source, dist, pred, np.empty(n, np.int32))
        for i in range(15 * k, 15 * k + 15):
            if np.isinf(dist[to_node[i]]):
                assert lost[i] == amount[i] and trips[4][i] == 0
                continue
            total += amount[i] * dist[to_node[i]]
            v = to_node[i]
            while v != source:
                expected[pred[v]] += amount[i]
                v = tail[pred[v]]
    np.testing.assert_allclose(flow[0], expected, atol=1e-9)
    assert spent == pytest.approx(total)
