"""Routes, skims, turns and points on networks small enough to check by hand."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from geoplan.errors import DataError, NoRouteError
from geoplan.network.join import connect, split_by_mode
from geoplan.routing.points import find_node
from geoplan.routing.route import route
from geoplan.routing.skim import skim


@pytest.fixture(scope="module")
def diamond(make_network):
    """
    .        b (north)
    .      /   \\        a-b-d: 2 x 1,000 m at 60 km/h = 120 s
    .    a       d      a-c-d: 2 x 1,500 m at 120 km/h = 90 s
    .      \\   /
    .        c (south)
    """
    nodes = {
        "a": (500_000, 6_600_000, {"name": "Ludvika"}),
        "b": (500_600, 6_600_800, {"name": "Borlänge"}),
        "c": (500_600, 6_599_200, {"name": "Lernbo"}),
        "d": (501_200, 6_600_000, {"name": "Falun"}),
    }
    fast = {"length_m": 1500.0, "speed_kmh": 120.0}
    return make_network(nodes, [("a", "b"), ("b", "d"), ("a", "c", fast), ("c", "d", fast)])


def test_time_and_length_choose_different_ways(diamond):
    quick = route(diamond, "a", "d")
    short = route(diamond, "a", "d", cost="length_m")
    assert quick.edges.index.to_list() == ["a-c", "c-d"]
    assert (quick.time_s, quick.length_m) == (pytest.approx(90), 3000)
    assert short.edges.index.to_list() == ["a-b", "b-d"]
    assert (short.time_s, short.length_m, short.cost) == (
        pytest.approx(120),
        pytest.approx(2000),
        pytest.approx(2000),
    )


def test_fixed_delay_and_own_costs_count(diamond):
    edges = diamond.edges.copy()
    edges.loc[edges["way_id"] == "a-c", "fixed_delay_s"] = 60.0
    assert route(diamond.replace(edges=edges), "a", "d").edges.index[0] == "a-b"
    own = np.ones(len(diamond.edges))
    assert route(diamond, "a", "d", cost=own).cost == 2


def test_points_by_id_name_case_and_coordinates(diamond):
    lon, lat = Transformer.from_crs(3006, 4326, always_xy=True).transform(500_590, 6_600_810)
    for point in ("b", "Borlänge", "borlänge", (lon, lat), f"{lon},{lat}"):
        assert find_node(diamond, point) == 1


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ("Luvika", "Did you mean: Ludvika"),
        ((200.0, 0.0), "no place on earth"),
        ((11.0, 57.0), "km from the nearest node; choose a point on the network"),
        ((59.5, 15.0), "lon and lat look swapped"),
        (7, "no node has the id 7"),
    ],
)
def test_wrong_points_get_one_clear_line(diamond, point, message):
    with pytest.raises(DataError, match=message):
        find_node(diamond, point)


def test_closed_and_planned_edges_are_not_used(diamond):
    edges = diamond.edges.copy()
    edges.loc[edges["way_id"].isin(["a-b", "a-c"]), "status"] = ["closed", "closed", "planned", "planned"]
    with pytest.raises(NoRouteError, match="from Ludvika to Falun: the two are not connected"):
        route(diamond.replace(edges=edges), "a", "d")


def test_missing_speed_is_an_error_not_zero(diamond):
    edges = diamond.edges.copy()
    edges.loc["a-b", "speed_kmh"] = np.nan
    with pytest.raises(DataError, match=r"1 row \(first: a-b\) have no speed_kmh; set it or call fill_defaults"):
        route(diamond.replace(edges=edges), "a", "d")


def test_skim_equals_routes_and_marks_the_unreachable(diamond):
    table = skim(diamond, ["a", "Falun"], ["a", "b", "c", "d"])
    assert table.index.to_list() == ["a", "Falun"]
    for origin in table.index:
        for destination in table.columns:
            assert table.loc[origin, destination] == pytest.approx(route(diamond, origin, destination).time_s)
    one_way = diamond.replace(edges=diamond.edges[~diamond.edges["v"].eq("a")])
    assert np.isinf(skim(one_way, ["d"], ["a"]).iloc[0, 0])
    assert skim(diamond, ["a"], ["d"], cost="time_s", along="length_m").iloc[0, 0] == 3000


@pytest.mark.parametrize("seed", range(15))
def test_random_routes_equal_networkx(random_network, seed):
    network = random_network(seed)
    twin = nx.MultiDiGraph()
    twin.add_nodes_from(network.nodes.index)
    twin.add_weighted_edges_from(network.edges[["u", "v", "length_m"]].itertuples(index=False, name=None))
    expected = nx.single_source_dijkstra_path_length(twin, "n0")
    for node in network.nodes.index:
        if node in expected:
            assert route(network, "n0", node, cost="length_m").cost == pytest.approx(expected[node])
        else:
            with pytest.raises(NoRouteError):
                route(network, "n0", node, cost="length_m")


def test_a_banned_turn_sends_the_route_around(make_network):
    """
    .    a --- b --- c       the turn a-b, b-c is banned; the way by d is allowed
    .           \\   /
    .             d          no turning round in b
    """
    nodes = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0), "d": (1500, -800)}
    edges = [("a", "b"), ("b", "c"), ("b", "d"), ("d", "c")]
    free = make_network(nodes, edges)
    banned = make_network(nodes, edges, turns=[("a-b", "b-c", np.inf)])
    dear = make_network(nodes, edges, turns=[("a-b", "b-c", 10.0)])
    assert route(free, "a", "c").edges.index.to_list() == ["a-b", "b-c"]
    assert route(banned, "a", "c").edges.index.to_list() == ["a-b", "b-d", "d-c"]
    assert route(dear, "a", "c").cost == pytest.approx(route(free, "a", "c").cost + 10)
    assert skim(banned, ["a"], ["c", "a"]).to_numpy()[0] == pytest.approx([route(banned, "a", "c").cost, 0])


@pytest.mark.parametrize("seed", range(10))
def test_turns_equal_a_networkx_line_graph(random_network, make_network, seed):
    network = random_network(seed, 8, 20)
    rng = np.random.default_rng(seed)
    edges = network.edges
    pairs = [(a, b) for a in edges.index for b in edges.index if edges.at[a, "v"] == edges.at[b, "u"]]
    chosen = [pairs[i] for i in rng.choice(len(pairs), min(10, len(pairs)), replace=False)]
    penalties = {pair: float(rng.choice([np.inf, 50.0])) for pair in chosen}
    turned = network.replace(
        turns=pd.DataFrame(
            [(a, b, p) for (a, b), p in penalties.items()], columns=["from_edge", "to_edge", "penalty_s"]
        )
    )
    twin = nx.DiGraph()
    out = edges.groupby("u").size()
    for a, b in pairs:
        back = (
            edges.at[a, "way_id"] == edges.at[b, "way_id"]
            and edges.at[a, "u"] == edges.at[b, "v"]
            and out[edges.at[b, "u"]] > 1
        )
        penalty = penalties.get((a, b), 0.0)
        if not back and np.isfinite(penalty):
            twin.add_edge(a, b, weight=edges.at[b, "length_m"] + penalty)
    for edge in edges.index:
        if edges.at[edge, "u"] == "n0":
            twin.add_edge("start", edge, weight=edges.at[edge, "length_m"])
        twin.add_edge(edge, ("end", edges.at[edge, "v"]), weight=0.0)
    expected = nx.single_source_dijkstra_path_length(twin, "start") if "start" in twin else {}
    for node in network.nodes.index[1:]:
        got = skim(turned, ["n0"], [node], cost="length_m").iloc[0, 0]
        assert got == pytest.approx(expected.get(("end", node), np.inf))


def test_modes_meet_in_a_hub_and_a_route_keeps_to_one(make_network):
    """
    .   a ==road== P --rail-- b       P serves both; a stays reachable by road, b by rail
    """
    nodes = {
        "a": (0, 0),
        "P": (1000, 0, {"name": "Port", "kind": "port", "crane_capacity_t": 350.0}),
        "b": (2000, 0),
    }
    network = split_by_mode(make_network(nodes, [("a", "P"), ("P", "b", {"mode": "rail"})]))
    assert set(network.nodes.index) == {"a", "P", "b", "P@road", "P@rail"}
    assert route(network, "a", "Port").modes == ("road",)
    assert route(network, "Port", "b").modes == ("rail",)
    assert route(network, "a", "b").modes == ("road", "rail")
    with pytest.raises(NoRouteError, match="not connected by road"):
        route(network, "a", "b", modes=["road"])


def test_connect_joins_named_nodes(make_network):
    network = make_network({"a": (0, 0), "b": (10, 0), "c": (500, 0)}, [("b", "c")])
    joined = connect(network, pd.DataFrame({"from_node": ["a"], "to_node": ["b"]}))
    assert route(joined, "a", "c").modes == ("road",)
    with pytest.raises(DataError, match=r"1 row \(first: x\) in to_node are no nodes"):
        connect(network, pd.DataFrame({"from_node": ["a"], "to_node": ["x"]}))
