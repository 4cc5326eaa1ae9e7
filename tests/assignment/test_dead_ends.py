"""Dead ends are taken off before the search and put back after it; nobody notices."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.assignment.dead_ends import strip_dead_ends
from geoplan.assignment.equilibrium import assign
from geoplan.assignment.problem import TrafficClass, build_problem
from geoplan.assignment.select_link import select_link, select_link_flows, used_paths
from geoplan.vehicles.vehicle import Vehicle

#   p2 - p1 - a ==== b - q1 - q2       a and b: two ways, so they are the core (with m);
#        |     \    /     |            p1, p2, p3, q1, q2, q3 hang on it; c is a sink, s a source.
#        p3      m        q3
#              s ^ v c
NODES = {
    "p2": (-2, 0), "p1": (-1, 0), "p3": (-1, -1), "a": (0, 0), "b": (2, 0), "m": (1, -1),
    "q1": (3, 0), "q2": (4, 0), "q3": (3, -1), "s": (0, -2), "c": (2, -2),
}  # fmt: skip
BOTH = [
    ("p2", "p1"),
    ("p1", "p3"),
    ("p1", "a"),
    ("a", "b"),
    ("a", "m"),
    ("m", "b"),
    ("b", "q1"),
    ("q1", "q2"),
    ("q1", "q3"),
]


@pytest.fixture
def make_spurs(make_network, link):
    def make(**closed):
        rows = []
        for u, v in [*BOTH, *((v, u) for u, v in BOTH), ("s", "m"), ("m", "c")]:
            rows.append(link(u, v, 10, 50, 1, 1, **closed.get(f"{u}_{v}", {})))
        return make_network(NODES, rows)

    return make


TRIPS = {
    ("p2", "q2"): 30.0, ("p3", "q1"): 10.0, ("p2", "p3"): 5.0, ("p2", "a"): 3.0, ("p2", "p1"): 2.0, ("a", "p3"): 4.0,
    ("s", "p2"): 6.0, ("s", "c"): 7.0, ("q3", "c"): 8.0, ("q3", "q2"): 1.0, ("q2", "p2"): 20.0, ("m", "b"): 9.0,
}  # fmt: skip


def test_what_is_taken_off(make_spurs, make_demand):
    network = make_spurs()
    core = strip_dead_ends(build_problem(network, make_demand(TRIPS)))
    kept = network.nodes.index[core.parent < 0].to_list()
    assert sorted(kept) == ["a", "b", "m"]
    hangs = {network.nodes.index[i]: kept[core.attach[i]] for i in range(len(network.nodes))}
    assert hangs == dict.fromkeys(["p1", "p2", "p3", "a"], "a") | dict.fromkeys(
        ["q1", "q2", "q3", "b"], "b"
    ) | dict.fromkeys("msc", "m")
    assert len(core.problem.origin) == 3 and len(core.arc) == 6


def test_flows_on_dead_ends_by_hand(make_spurs, make_demand):
    result = assign(make_spurs(), make_demand(TRIPS), gap=1e-12)
    flow = result.flows["flow_vph"]
    assert flow["p2-p1"] == 30 + 5 + 3 + 2 and flow["p1-p2"] == 6 + 20
    assert flow["p1-p3"] == 5 + 4 and flow["p3-p1"] == 10
    assert flow["p1-a"] == 30 + 10 + 3 and flow["a-p1"] == 6 + 20 + 4
    assert flow["b-q1"] == 40 and flow["q1-q2"] == 31 and flow["q3-q1"] == 9 and flow["q1-b"] == 28
    assert flow["s-m"] == 13 and flow["m-c"] == 15
    assert result.evaluation["node_balance"] < 1e-9 and result.unassigned.empty
    assert result.evaluation["relative_gap"] <= 1e-12


@pytest.mark.parametrize("method", ["bush", "bfw", "aon"])
def test_a_closed_spur_hinders_its_trips_only(make_spurs, make_demand, method):
    network = make_spurs(p1_a={"max_weight_t": 3.5}, q1_q2={"status": "closed"})
    demand = make_demand({"car": TRIPS, "lorry": {("p2", "q1"): 3.0, ("p2", "p3"): 2.0, ("q1", "p2"): 1.0}})
    heavy = TrafficClass(pce=2.0, vehicle=Vehicle(name="lorry", mode="road", gross_weight_t=40.0))
    result = assign(network, demand, method=method, classes={"lorry": heavy}, gap=1e-4)
    lost = result.unassigned.set_index(["class", "origin", "destination"])["trips_vph"].to_dict()
    assert lost == {("car", "p2", "q2"): 30, ("car", "q3", "q2"): 1, ("lorry", "p2", "q1"): 3}
    flow = result.flows
    assert flow.loc["p1-a", "flow_vph_lorry"] == 0 and flow.loc["a-p1", "flow_vph_lorry"] == 1
    assert flow.loc["p2-p1", "flow_vph_car"] == 10 and flow.loc["p2-p1", "flow_vph_lorry"] == 2
    assert result.evaluation["node_balance"] < 1e-9


def test_a_centroid_in_between_is_not_passed_through(make_network, make_demand, link):
    # o - z - d with a centroid z: o and d hang on it, but nobody may go from o to d.
    nodes = {"o": (0, 0), "z": (1, 0, {"kind": "centroid"}), "d": (2, 0)}
    network = make_network(nodes, [link(u, v, 5) for u, v in ("oz", "zo", "zd", "dz")])
    result = assign(network, make_demand({("o", "d"): 5.0, ("o", "z"): 2.0, ("z", "d"): 1.0}))
    assert result.flows["flow_vph"].to_list() == [2, 0, 1, 0]
    assert result.unassigned[["origin", "destination", "reason"]].to_numpy().tolist() == [["o", "d", "no way"]]


def test_nothing_but_dead_ends(make_network, make_demand, link):
    network = make_network(
        {n: (i, 0) for i, n in enumerate("abcd")}, [link(u, v, 5) for u, v in ("ab", "ba", "bc", "cb", "cd", "dc")]
    )
    result = assign(network, make_demand({("a", "d"): 5.0, ("c", "b"): 2.0}))
    assert result.flows["flow_vph"].to_list() == [5, 0, 5, 2, 5, 0] and result.converged
    assert select_link(result, "b-c")["through_vph"].to_list() == [5]
    assert used_paths(result, "a", "d")["edge_id"].to_list() == ["a-b", "b-c", "c-d"]


def test_select_link_over_dead_ends_equals_adding_up_paths(make_spurs, make_demand):
    result = assign(make_spurs(), make_demand(TRIPS), gap=1e-12)
    for chosen in (["a-b"], ["p2-p1"], ["p2-p1", "a-b"], ["q1-q2", "m-b"], ["m-c", "p1-p3"], ["a-b", "b-a", "s-m"]):
        table = select_link(result, chosen).set_index(["origin", "destination"])["through_vph"]
        flows = dict.fromkeys(result.flows.index, 0.0)
        for pair, amount in TRIPS.items():
            ways = used_paths(result, *pair, least_share=0.0)
            users = 0.0
            for _, way in ways.groupby("path"):
                if way["edge_id"].isin(chosen).any():
                    users += way["flow_vph"].iloc[0]
                    for edge in way["edge_id"]:
                        flows[edge] += way["flow_vph"].iloc[0]
            assert ways.groupby("path")["share"].first().sum() == pytest.approx(1)
            assert table.get(pair, 0.0) == pytest.approx(users, abs=1e-9), (chosen, pair, amount)
        assert select_link_flows(result, chosen).to_dict() == pytest.approx(flows, abs=1e-9)


def test_all_ways_together_are_the_flows(make_spurs, make_demand):
    result = assign(make_spurs(), make_demand(TRIPS), gap=1e-12)
    total = dict.fromkeys(result.flows.index, 0.0)
    for pair in TRIPS:
        for edge, flow in used_paths(result, *pair, least_share=0.0)[["edge_id", "flow_vph"]].itertuples(index=False):
            total[edge] += flow
    np.testing.assert_allclose(result.flows["flow_vph"], list(total.values()), atol=1e-9)
