"""Who uses an edge, by hand and by adding up paths."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.assignment.equilibrium import assign
from geoplan.assignment.problem import TrafficClass
from geoplan.assignment.select_link import select_link, select_link_flows, used_paths
from geoplan.errors import DataError

# o1   o2      All from o1 and o2 meet in m and part again over two equal links to n:
#   \  /       each of them takes half of either, whatever the link.
#    m
#   ( )
#    n - d2
#    |
#    d1
NODES = {"o1": (0, 2), "o2": (2, 2), "m": (1, 1), "n": (1, 0), "d1": (1, -1), "d2": (2, 0)}


@pytest.fixture
def result(make_network, make_demand, link):
    rows = [link("o1", "m", 10), link("o2", "m", 10), link("n", "d1", 10), link("n", "d2", 10)]
    rows += [link("m", "n", 10, 100, 1, 1, id=k) for k in ("left", "right")]
    demand = make_demand(
        {"car": {("o1", "d1"): 40.0, ("o1", "d2"): 20.0, ("o2", "d2"): 60.0}, "lorry": {("o1", "n"): 10.0}}
    )
    return assign(make_network(NODES, rows), demand, gap=1e-12, classes={"lorry": TrafficClass(pce=2.0)})


def test_pairs_over_a_link(result):
    table = select_link(result, "left:f")
    assert table["through_vph"].sum() == pytest.approx(result.flows.loc["left:f", "flow_vph"])
    whole = select_link(result, "o1-m").set_index(["class", "origin", "destination"])["through_vph"]
    assert whole.to_dict() == pytest.approx(
        {("car", "o1", "d1"): 40, ("car", "o1", "d2"): 20, ("lorry", "o1", "n"): 10}
    )
    # One of both: everybody, nobody twice.
    both = select_link(result, ["left:f", "right:f"])
    assert both["share"].to_list() == pytest.approx([1, 1, 1, 1]) and both["through_vph"].sum() == pytest.approx(130)
    assert select_link(result, "o1-m")["share"].to_list() == pytest.approx([1, 1, 1])


def test_where_the_users_of_a_link_go(result):
    flows = select_link_flows(result, "o1-m")
    assert flows["o1-m"] == pytest.approx(70) and flows["o2-m"] == 0
    assert flows["left:f"] + flows["right:f"] == pytest.approx(70)
    assert flows[["n-d1", "n-d2"]].to_list() == pytest.approx([40, 20])
    upstream = select_link_flows(result, "n-d2")
    assert upstream[["o1-m", "o2-m"]].to_list() == pytest.approx([20, 60])
    everything = select_link_flows(result, ["o1-m", "n-d2"])
    assert everything[["o2-m", "n-d1", "n-d2"]].to_list() == pytest.approx([60, 40, 80])


def test_paths_add_up(result):
    ways = used_paths(result, "o1", "d1", class_name="car")
    assert ways.groupby("path")["share"].first().sum() == pytest.approx(1)
    assert ways.groupby("path")["edge_id"].agg(list).map(lambda e: (e[0], e[-1])).tolist() == [("o1-m", "n-d1")] * 2
    assert ways.groupby("path")["flow_vph"].first().sum() == pytest.approx(40)
    assert used_paths(result, "d1", "o1", class_name="car").empty


def test_equals_adding_up_all_paths(make_network, make_demand):
    rng = np.random.default_rng(4)
    size = 4
    nodes = {f"{i}{j}": (i, j) for i in range(size) for j in range(size)}
    streets = [(f"{i}{j}", f"{i + 1}{j}") for i in range(size - 1) for j in range(size)]
    streets += [(f"{i}{j}", f"{i}{j + 1}") for i in range(size) for j in range(size - 1)]
    edges = [(u, v, {"free_time_s": float(rng.integers(20, 40)), "capacity_vph": 60.0}) for u, v in streets]
    corners = ["00", "03", "30", "33", "12"]
    trips = {(a, b): float(rng.integers(20, 90)) for a in corners for b in corners if a != b}
    result = assign(make_network(nodes, edges), make_demand(trips), gap=1e-10)
    chosen = ["11-12", "12-11", "21-22"]
    table = select_link(result, chosen).set_index(["origin", "destination"])["through_vph"]
    flows = dict.fromkeys(result.flows.index, 0.0)
    for pair, amount in trips.items():
        ways = used_paths(result, *pair, least_share=0.0)
        assert ways.groupby("path")["share"].first().sum() == pytest.approx(1)
        users = 0.0
        for _, way in ways.groupby("path"):
            if way["edge_id"].isin(chosen).any():
                users += way["share"].iloc[0] * amount
                for edge in way["edge_id"]:
                    flows[edge] += way["share"].iloc[0] * amount
        assert table.get(pair, 0.0) == pytest.approx(users, abs=1e-9)
    spread = select_link_flows(result, chosen)
    assert spread.to_dict() == pytest.approx(flows, abs=1e-9)


def test_refusals(result, make_network, make_demand, link):
    with pytest.raises(DataError, match=r"no edge 'left' in the network. Did you mean: left:f"):
        select_link(result, "left")
    with pytest.raises(DataError, match="no zone 'o3' in the demand"):
        used_paths(result, "o3", "d1", class_name="car")
    with pytest.raises(DataError, match="name one of car, lorry"):
        used_paths(result, "o1", "d1")
    network = make_network({"a": (0, 0), "b": (1, 0)}, [link("a", "b", 1)])
    rough = assign(network, make_demand({("a", "b"): 1.0}), method="aon")
    with pytest.raises(DataError, match="'aon' keeps no ways"):
        select_link(rough, "a-b")
    with pytest.raises(DataError, match="warm_start needs"):
        assign(network, make_demand({("a", "b"): 1.0}), warm_start=rough)
