"""Signs along a way, with turns worked out by hand."""

from types import SimpleNamespace

import pytest

from geoplan.analyse.signage import signage
from geoplan.errors import DataError
from geoplan.routing.route import route

#                 north
#                   | 70
#   a --50-- b --50-- c --50-- east
#            |        | 66
#          farm     south ---- port
#
# a (0, 0), b (1000, 0), c (2000, 0); the farm's road leaves b to the south, c is a crossing.


@pytest.fixture(scope="module")
def network(make_network):
    nodes = {
        "a": (0, 0, {"name": "Ahus (rv 50)"}),
        "b": (1000, 0, {"name": "Bro"}),
        "c": (2000, 0, {"name": "Centrum (rv 50/66/70)"}),
        "farm": (1000, -1000),
        "north": (2000, 1000, {"name": "Norrby"}),
        "east": (3000, 0, {"name": "Österby"}),
        "south": (2000, -2000, {"name": "Söderby"}),
        "port": (4000, -2000, {"name": "Hamnen"}),
    }
    edges = [
        ("a", "b", {"ref": "50"}),
        ("b", "c", {"ref": "50"}),
        ("c", "east", {"ref": "50"}),
        ("b", "farm", {"name": "Gårdsvägen"}),
        ("c", "north", {"ref": "70"}),
        ("c", "south", {"ref": "66"}),
        ("south", "port", {"name": "Hamnvägen"}),
    ]
    return make_network(nodes, edges)


def test_a_turn_at_a_crossing_and_none_where_the_number_goes_straight_on(network):
    table = signage(network, route(network, "a", "port"))
    # At b the way keeps its number straight on, at south nothing else leads on: neither needs a sign.
    assert list(table["node_id"]) == ["a", "c"]
    assert list(table["km"]) == [0.0, 2.0]
    assert list(table["turn"]) == ["", "right"]  # from east to south
    assert table["turn_deg"].iloc[1] == 90 and table["arms"].iloc[1] == 4
    assert list(table["sign_sv"]) == [
        "Tung transport: kör mot Centrum, väg 50",
        "Tung transport: sväng höger, väg 66 mot Hamnen",
    ]
    assert table["sign_en"].iloc[1] == "Heavy load: turn right, road 66 towards Hamnen"


def test_the_same_crossing_from_the_other_side_turns_left(network):
    table = signage(network, route(network, "port", "a"))
    assert list(table["turn"]) == ["", "left"]
    assert table["turn_deg"].iloc[1] == -90
    assert list(table["junction"]) == ["Hamnen", "Centrum"]
    assert table["sign_en"].iloc[0] == "Heavy load: drive towards Centrum, Hamnvägen"
    assert table["sign_en"].iloc[1] == "Heavy load: turn left, road 50 towards Ahus"


def test_straight_on_under_a_new_number_is_a_decision(network):
    table = signage(network, route(network, "north", "south"))
    assert list(table["turn"]) == ["", "straight"]
    assert table["sign_sv"].iloc[1] == "Tung transport: rakt fram, väg 66 mot Söderby"


def test_leaving_a_numbered_road_for_a_street(network):
    table = signage(network, route(network, "a", "farm"))
    assert table["sign_en"].iloc[1] == "Heavy load: turn right, Gårdsvägen towards farm"


def test_a_closed_arm_leaves_no_choice(network):
    closed = network.edges["way_id"].isin(["c-north", "c-east"])
    edges = network.edges.assign(status=network.edges["status"].where(~closed, "closed"))
    table = signage(network.replace(edges=edges), route(network, "a", "port"))
    assert list(table["node_id"]) == ["a"]


def test_legs_of_a_plan_by_road_only(make_network):
    nodes = {"a": (0, 0), "b": (1000, 0), "c": (1000, 1000), "d": (2000, 0), "e": (3000, 0)}
    edges = [("a", "b"), ("b", "c"), ("b", "d"), ("d", "e", {"mode": "rail"})]
    network = make_network(nodes, edges)
    way = network.edges.loc[["a-b", "b-c", "d-e"]].assign(leg=[1, 1, 2])
    table = signage(network, SimpleNamespace(edges=way))
    assert list(table["leg"]) == [1, 1]
    assert list(table["turn"]) == ["", "left"]


def test_a_way_of_another_network_is_refused(network):
    way = network.edges.rename(index={"a-b": "x-y"}).iloc[:1]
    with pytest.raises(DataError, match="'x-y' is no edge of the network"):
        signage(network, SimpleNamespace(edges=way))
