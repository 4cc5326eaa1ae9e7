"""The search graph: junctions with turns come apart, the others stay whole, and every edge is one arc."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from geoplan.routing.search_graph import search_graph, search_places
from geoplan.routing.skim import skim


def test_only_junctions_near_a_ban_come_apart(barred_turn):
    network = barred_turn
    graph = search_graph(network)
    on_edges = graph.edge[graph.edge >= 0]
    assert len(on_edges) == len(network.edges) == len(set(on_edges))
    assert (graph.edge[graph.arc] == np.arange(len(network.edges))).all()
    whole = network.nodes.index[graph.through[: len(network.nodes)]].to_list()
    assert whole == ["x"]
    assert sorted(graph.extra[graph.extra > 0]) == [30.0]
    x, _ = search_places(network, graph)
    assert len(graph.first_out) - 1 == len(graph.through) == len(x)
    assert len(graph.head) == len(graph.tail) == len(graph.edge)


def test_without_turns_the_graph_is_the_plain_one(barred_turn):
    network = barred_turn.replace(turns=barred_turn.turns.iloc[:0])
    graph = search_graph(network)
    np.testing.assert_array_equal(graph.head, network.graph.head)
    assert (graph.extra == 0).all() and (graph.edge >= 0).all()


@pytest.mark.parametrize("seed", range(8))
def test_ways_equal_those_of_the_whole_line_graph(random_network, seed):
    """A twin that expands every junction, and forbids turning back only at those near a turn of the table."""
    network = random_network(seed, 40, 55)
    edges, rng = network.edges, np.random.default_rng(seed)
    pairs = [(a, b) for a in edges.index for b in edges.index[edges["u"] == edges.at[a, "v"]]]
    chosen = [pairs[i] for i in rng.choice(len(pairs), 3, replace=False)]
    penalty = {pair: float(rng.choice([np.inf, 2000.0])) for pair in chosen}
    rows = [(a, b, seconds) for (a, b), seconds in penalty.items()]
    turned = network.replace(turns=pd.DataFrame(rows, columns=["from_edge", "to_edge", "penalty_s"]))

    streets = nx.Graph(zip(edges["u"], edges["v"], strict=True))
    near = {edges.at[a, "v"] for a, _ in chosen}
    fringe = set(near)
    while fringe:
        new = {there for here in fringe for there in streets[here]} - near
        near |= new
        fringe = {node for node in new if streets.degree(node) <= 2}
    assert near != set(network.nodes.index)

    twin = nx.DiGraph()
    leads_on = edges.groupby("u").size()
    for a, b in pairs:
        back = edges.at[a, "way_id"] == edges.at[b, "way_id"] and edges.at[a, "u"] == edges.at[b, "v"]
        barred = back and edges.at[a, "v"] in near and leads_on[edges.at[a, "v"]] > 1
        if not barred and np.isfinite(penalty.get((a, b), 0.0)):
            twin.add_edge(a, b, weight=edges.at[b, "length_m"] + penalty.get((a, b), 0.0))
    for edge in edges.index:
        twin.add_edge(("from", edges.at[edge, "u"]), edge, weight=edges.at[edge, "length_m"])
        twin.add_edge(edge, ("to", edges.at[edge, "v"]), weight=0.0)
    found = skim(turned, network.nodes.index.to_list(), cost="length_m")
    for node in network.nodes.index:
        expected = nx.single_source_dijkstra_path_length(twin, ("from", node)) if ("from", node) in twin else {}
        for other in network.nodes.index.drop(node):
            assert found.loc[node, other] == pytest.approx(expected.get(("to", other), np.inf))
