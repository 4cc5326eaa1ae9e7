"""Assignments on tiny networks, worked out by hand."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from geoplan.assignment.equilibrium import assign
from geoplan.assignment.evaluator import evaluate
from geoplan.assignment.problem import TrafficClass, build_problem
from geoplan.assignment.volume_delay import Conical
from geoplan.errors import DataError, NotConvergedWarning
from geoplan.vehicles.vehicle import Vehicle

METHODS = ["bush", "bfw"]


# o === d: two links between the same nodes.
TWO = {"o": (0, 0), "d": (1000, 0)}


@pytest.mark.parametrize("method", METHODS)
def test_two_routes_by_hand(make_network, make_demand, link, method):
    # t1 = 10 (1 + x/100), t2 = 15 (1 + x/300); 300 trips: 10 + x/10 = 15 + (300 - x)/20 -> x = 400/3.
    network = make_network(TWO, [link("o", "d", 10, 100, 1, 1, id="p"), link("o", "d", 15, 300, 1, 1, id="q")])
    result = assign(network, make_demand({("o", "d"): 300.0}), method=method, gap=1e-9)
    assert result.flows["flow_vph"].to_dict() == pytest.approx({"p:f": 400 / 3, "q:f": 500 / 3}, rel=1e-6)
    time = 10 + 400 / 30
    assert result.flows["time_s"].to_list() == pytest.approx([time, time], rel=1e-6)
    assert result.flows["vc_ratio"].to_list() == pytest.approx([4 / 3, 5 / 9], rel=1e-6)
    assert result.flows["delay_vehh"].sum() == pytest.approx((300 * time - 4000 / 3 - 2500) / 3600, rel=1e-6)
    assert result.skims["car"].loc["o", "d"] == pytest.approx(time, rel=1e-6)
    assert np.isinf(result.skims["car"].loc["d", "o"]) and result.skims["car"].loc["o", "o"] == 0
    figures = result.evaluation
    objective = 10 * (400 / 3) + (400 / 3) ** 2 / 20 + 15 * (500 / 3) + (500 / 3) ** 2 / 40
    assert figures["objective"] == pytest.approx(objective / 3600, rel=1e-9)
    assert figures["total_time"] == pytest.approx(300 * time / 3600, rel=1e-9)
    assert figures["relative_gap"] <= 1e-9 and figures["node_balance"] < 1e-9 and result.converged


@pytest.mark.parametrize("method", METHODS)
def test_braess(make_network, make_demand, link, method):
    # Braess (1968):      a        o-a, b-d: 10 x;  o-b, a-d: 50 + x;  a-b: 10 + x. Six trips o to d.
    #                   / | \      Without a-b: 3 + 3 trips of 83. With it: 2 + 2 + 2 trips of 92.
    #                  o  |  d     Zero time at no flow needs a function that starts at next to nothing.
    #                   \ v /
    #                     b
    tiny = 1e-6
    nodes = {"o": (0, 0), "a": (1, 1), "b": (1, -1), "d": (2, 0)}
    links = [
        link("o", "a", tiny, 1, 10 / tiny, 1), link("b", "d", tiny, 1, 10 / tiny, 1),
        link("o", "b", 50, 1, 1 / 50, 1), link("a", "d", 50, 1, 1 / 50, 1),
    ]  # fmt: skip
    demand = make_demand({("o", "d"): 6.0})
    without = assign(make_network(nodes, links), demand, method=method, gap=1e-10)
    assert without.skims["car"].loc["o", "d"] == pytest.approx(83, rel=1e-6)
    with_bridge = assign(make_network(nodes, [*links, link("a", "b", 10, 1, 0.1, 1)]), demand, method=method, gap=1e-10)
    assert with_bridge.skims["car"].loc["o", "d"] == pytest.approx(92, rel=1e-6)
    assert with_bridge.flows["flow_vph"].to_list() == pytest.approx([4, 4, 2, 2, 2], rel=1e-4)


@pytest.mark.parametrize("method", [*METHODS, "aon", "incremental"])
def test_links_of_no_cost_lose_no_trips(make_network, make_demand, link, method):
    # o - a = b = c - d with all middle links (both ways) of no time: sorting by distance would lose trips there.
    nodes = {n: (i, 0) for i, n in enumerate("oabcd")}
    links = [link("o", "a", 5, 50), link("c", "d", 5, 50)]
    links += [link(u, v, 0, 50, id=f"{u}{v}{k}") for u, v in ("ab", "ba", "bc", "cb", "ac") for k in range(2)]
    result = assign(
        make_network(nodes, links), make_demand({("o", "d"): 100.0, ("b", "d"): 7.0, ("d", "b"): 3.0}), method=method
    )
    assert result.flows.loc["o-a", "flow_vph"] == pytest.approx(100)
    assert result.flows.loc["c-d", "flow_vph"] == pytest.approx(107)
    assert result.evaluation["node_balance"] < 1e-9
    assert result.unassigned.to_dict("records") == [
        {"class": "car", "origin": "d", "destination": "b", "trips_vph": 3.0, "reason": "no way"}
    ]


@pytest.mark.parametrize("method", METHODS)
def test_all_of_no_cost(make_network, make_demand, link, method):
    nodes = {n: (i, 0) for i, n in enumerate("abc")}
    links = [link(u, v, 0, 10) for u, v in ("ab", "ba", "bc", "cb", "ac", "ca")]
    result = assign(make_network(nodes, links), make_demand({("a", "c"): 4.0, ("c", "b"): 2.0}), method=method)
    assert result.converged and result.evaluation["total_time"] == 0 and result.evaluation["node_balance"] < 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_centroids_are_not_passed_through(make_network, make_demand, link, method):
    # o - z - d is quick but z is a centroid; z may still be an origin and a destination.
    nodes = {"o": (0, 0), "z": (1, 0, {"kind": "centroid"}), "d": (2, 0), "w": (1, -1)}
    links = [link(u, v, t, 100) for u, v, t in (("o", "z", 1), ("z", "d", 1), ("o", "w", 9), ("w", "d", 9))]
    demand = make_demand({("o", "d"): 10.0, ("o", "z"): 5.0, ("z", "d"): 2.0})
    result = assign(make_network(nodes, links), demand, method=method)
    assert result.flows["flow_vph"].to_list() == pytest.approx([5, 2, 10, 10])
    assert np.all(result.evaluation["node_balance"] < 1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_source_and_sink_nodes_and_duplicate_links(make_network, make_demand, link, method):
    # s -> m (three equal links) -> t; s has no way in, t none out.
    nodes = {"s": (0, 0), "m": (1, 0), "t": (2, 0)}
    links = [link("s", "m", 10, 100, 1, 1, id=f"e{k}") for k in range(3)] + [link("m", "t", 10, 100)]
    demand = make_demand({("s", "t"): 90.0, ("t", "s"): 1.0, ("m", "s"): 1.0})
    result = assign(make_network(nodes, links), demand, method=method, gap=1e-10)
    assert result.flows["flow_vph"].to_list() == pytest.approx([30, 30, 30, 90], rel=1e-5)
    assert result.unassigned["trips_vph"].sum() == 2 and set(result.unassigned["reason"]) == {"no way"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("power", [0.5, *range(18)])
def test_powers(make_network, make_demand, link, method, power):
    # Equal links share alike whatever the power, but for power 0, where any split is an equilibrium.
    network = make_network(TWO, [link("o", "d", 10, 10, 0.5, power, id=f"e{k}") for k in range(2)])
    result = assign(network, make_demand({("o", "d"): 40.0}), method=method, gap=1e-9)
    assert result.converged and result.flows["flow_vph"].sum() == pytest.approx(40)
    assert result.skims["car"].loc["o", "d"] == pytest.approx(10 * (1 + 0.5 * (2**power if power else 1)), rel=1e-6)


def test_barcelona_like_link(make_network, make_demand, link):
    # Capacity 1, B 1e-18, power 17: 100 cars make 10 (1 + 1e-18 x 1e34) seconds of it.
    network = make_network(TWO, [link("o", "d", 10, 1, 1e-18, 17, id="p"), link("o", "d", 60, 1, 0, 0, id="q")])
    result = assign(network, make_demand({("o", "d"): 100.0}), gap=1e-12)
    # 10 (1 + 1e-18 x^17) = 60 -> x = (5e18)^(1/17)
    assert result.flows.loc["p:f", "flow_vph"] == pytest.approx(5e18 ** (1 / 17), rel=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_b_of_zero_never_slows_down(make_network, make_demand, link, method):
    # B = 0 at any power, and so at no capacity at all: 12 s for ever; the other link fills up to that.
    links = [link("o", "d", 12, 0, 0, 4, id="p"), link("o", "d", 10, 100, 1, 1, id="q")]
    result = assign(make_network(TWO, links), make_demand({("o", "d"): 500.0}), method=method, gap=1e-10)
    # 10 (1 + x / 100) = 12 -> x = 20
    assert result.flows["flow_vph"].to_dict() == pytest.approx({"p:f": 480, "q:f": 20}, rel=1e-5)
    assert result.skims["car"].loc["o", "d"] == pytest.approx(12) and result.evaluation["node_balance"] < 1e-9


def test_nobody_one_zone_and_trips_within_zones(make_network, make_demand, link, caplog):
    network = make_network(TWO, [link("o", "d", 10, 100)])
    for demand in (make_demand({("o", "d"): 0.0}), make_demand({("o", "o"): 5.0}), make_demand({}, nodes={"o": "o"})):
        for method in METHODS:
            result = assign(network, demand, method=method)
            assert result.converged and result.flows["flow_vph"].sum() == 0 and result.evaluation["relative_gap"] == 0
    # Two zones at one node: trips between them are intrazonal, kept and reported; trips from both go on.
    nodes = {"z1": "o", "z2": "o", "z3": "d"}
    result = assign(network, make_demand({("z1", "z2"): 4.0, ("z1", "z3"): 5.0, ("z2", "z3"): 6.0}, nodes=nodes))
    assert result.flows["flow_vph"].to_list() == pytest.approx([11])
    assert result.unassigned[["origin", "destination", "trips_vph", "reason"]].to_numpy().tolist() == [
        ["z1", "z2", 4, "same node"]
    ]
    assert result.skims["car"].loc["z1", "z2"] == 0


@pytest.mark.parametrize("method", [*METHODS, "aon", "incremental"])
def test_no_edges_and_no_zones(make_network, make_demand, link, method):
    network = make_network(TWO, [link("o", "d", 5)])
    bare = network.replace(edges=network.edges.iloc[:0])
    result = assign(bare, make_demand({("o", "d"): 3.0}), method=method)
    assert result.flows.empty and result.unassigned["reason"].to_list() == ["no way"]
    empty = assign(network, make_demand({}), method=method)
    assert empty.flows["flow_vph"].to_list() == [0] and empty.skims == {} and empty.unassigned.empty
    assert "0 of 1 edges in use" in repr(empty)


def test_disconnected_pairs_are_reported(make_network, make_demand, link, caplog):
    network = make_network({**TWO, "x": (5, 5), "y": (6, 5)}, [link("o", "d", 10, 100), link("x", "y", 10, 100)])
    with caplog.at_level(logging.WARNING):
        result = assign(network, make_demand({("o", "d"): 5.0, ("o", "x"): 2.0, ("x", "y"): 1.0}))
    assert "2.0 trips of 1 pairs have no way (first: o to x)" in caplog.text
    assert result.flows["flow_vph"].to_list() == [5, 1] and result.evaluation["node_balance"] == 0


def test_unknown_capacity_is_reported_not_guessed(make_network, make_demand, link, caplog):
    network = make_network(
        TWO, [link("o", "d", 10, length_m=1000), link("d", "o", 10, 50, length_m=3000, assumed="capacity_vph")]
    )
    with caplog.at_level(logging.WARNING):
        result = assign(network, make_demand({("o", "d"): 5000.0, ("d", "o"): 5000.0}))
    assert result.flows["time_s"].iloc[0] == 10 and np.isnan(result.flows["vc_ratio"].iloc[0])
    assert result.meta["unknown_capacity_edges"] == 1 and result.meta["unknown_capacity_share"] == pytest.approx(0.25)
    assert result.meta["assumed_capacity_share"] == pytest.approx(0.75)
    assert "1 edges in use (25 % of vehicle metres) have no known capacity" in caplog.text


def test_fixed_delay_of_alternating_one_way_working(make_network, make_demand, link):
    # The signal costs 100 s whatever the flow, and the single lane has a small capacity.
    network = make_network(
        TWO, [link("o", "d", 10, 50, 1, 1, id="p", fixed_delay_s=100.0), link("o", "d", 200, id="q")]
    )
    result = assign(network, make_demand({("o", "d"): 1000.0}), gap=1e-10)
    # 110 + x/5 = 200 -> x = 450
    assert result.flows["flow_vph"].to_list() == pytest.approx([450, 550])
    assert result.flows["delay_vehh"].iloc[0] == pytest.approx(450 * 90 / 3600)  # beyond the empty edge and its signal


@pytest.mark.parametrize("method", METHODS)
def test_classes_share_the_road_by_their_size(make_network, make_demand, link, method):
    # As the two routes by hand, but 100 cars and 100 lorries of 2; lorries may not use p at all.
    rows = [link("o", "d", 10, 100, 1, 1, id="p", max_weight_t=3.5), link("o", "d", 15, 300, 1, 1, id="q")]
    network = make_network(TWO, rows)
    demand = make_demand({"car": {("o", "d"): 100.0}, "lorry": {("o", "d"): 100.0}})
    plain = assign(network, demand, method=method, classes={"lorry": TrafficClass(pce=2.0)}, gap=1e-9)
    volume = plain.flows["vc_ratio"] * [100, 300]
    assert volume.to_list() == pytest.approx([400 / 3, 500 / 3], rel=1e-5)
    assert plain.flows["flow_vph"].sum() == pytest.approx(200, rel=1e-9)
    heavy = TrafficClass(pce=2.0, vehicle=Vehicle(name="lorry", mode="road", gross_weight_t=40.0))
    limited = assign(network, demand, method=method, classes={"lorry": heavy}, gap=1e-9)
    assert limited.flows["flow_vph_lorry"].to_list() == pytest.approx([0, 100])
    # Cars: 10 + x/10 = 15 + (200 + 100 - x)/20 -> x = 400/3 > 100, so all cars take p.
    assert limited.flows["flow_vph_car"].to_list() == pytest.approx([100, 0], abs=1e-6)
    assert limited.evaluation["total_time"] == pytest.approx((100 * 20 + 100 * 25) / 3600)


def test_preload_takes_room(make_network, make_demand, link):
    network = make_network(TWO, [link("o", "d", 10, 100, 1, 1, id="p"), link("o", "d", 15, 300, 1, 1, id="q")])
    preload = pd.Series({"p:f": 60.0})
    result = assign(network, make_demand({("o", "d"): 300.0}), preload_vph=preload, gap=1e-10)
    # 10 + (x + 60)/10 = 15 + (300 - x)/20 -> x = 280/3
    assert result.flows["flow_vph"].to_list() == pytest.approx([280 / 3, 620 / 3])
    assert result.flows["preload_vph"].to_list() == [60, 0]
    assert result.flows["vc_ratio"].iloc[0] == pytest.approx((280 / 3 + 60) / 100)
    with pytest.raises(DataError, match=r"preload_vph: 1 row \(first: x\) are no edges"):
        assign(network, make_demand({("o", "d"): 1.0}), preload_vph=pd.Series({"x": 1.0}))


def test_functions_by_road_class(make_network, make_demand, link):
    rows = [link("o", "d", 10, 100, np.nan, np.nan, id="p", road_class="street"), link("o", "d", 20, id="q")]
    result = assign(
        make_network(TWO, rows), make_demand({("o", "d"): 300.0}), functions={"street": Conical(4.0)}, gap=1e-9
    )
    # The conical function doubles the time at capacity: 100 cars take the street.
    assert result.flows["flow_vph"].to_list() == pytest.approx([100, 200], rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_turns_are_kept(make_network, make_demand, method):
    #       n        From s the turn to the right (e) is banned and that to the left (w) costs 30 s;
    #       |        straight on is free. The way to e leads around by n.
    #   w - m - e
    #       |
    #       s
    nodes = {"m": (0, 0), "n": (0, 1000), "e": (1000, 0), "w": (-1000, 0), "s": (0, -1000)}
    edges = [
        ("m", "n", {"id": "mn"}),
        ("m", "e", {"id": "me"}),
        ("m", "w", {"id": "mw"}),
        ("m", "s", {"id": "ms"}),
        ("n", "e", {"id": "ne"}),
    ]
    turns = [("ms:b", "me:f", np.inf), ("ms:b", "mw:f", 30.0)]
    network = make_network(nodes, edges, turns=turns)
    result = assign(network, make_demand({("s", "e"): 10.0, ("s", "w"): 5.0}), method=method)
    flow = result.flows["flow_vph"]
    assert flow["me:f"] == 0 and flow["ne:f"] == pytest.approx(10) and flow["mw:f"] == pytest.approx(5)
    assert result.skims["car"].loc["s", "w"] == pytest.approx(150)
    assert result.skims["car"].loc["s", "e"] == pytest.approx(120 + np.hypot(1, 1) * 60)
    assert result.evaluation["node_balance"] < 1e-9


def test_closed_edges_and_other_modes_carry_nothing(make_network, make_demand, link):
    rows = [
        link("o", "d", 1, id="shut", status="closed"),
        link("o", "d", 1, id="rail", mode="rail"),
        link("o", "d", 9, id="road"),
    ]
    result = assign(make_network(TWO, rows), make_demand({("o", "d"): 3.0}))
    assert result.flows["flow_vph"].to_list() == [0, 0, 3]


def test_not_converged_says_so(make_network, make_demand, link):
    rows = [link("o", "d", 10 + k, 100, 1, 2 + k, id=f"e{k}") for k in range(4)]
    network = make_network(TWO, rows)
    demand = make_demand({("o", "d"): 300.0})
    with pytest.warns(
        NotConvergedWarning, match=r"relative gap .* after 2 iterations, not 1e-12; raise max_iterations"
    ):
        result = assign(network, demand, gap=1e-12, max_iterations=2, method="bfw")
    assert not result.converged and len(result.convergence) == 2
    for method in ("aon", "incremental"):
        rough = assign(network, demand, method=method)
        assert not rough.converged and rough.evaluation["relative_gap"] > 0 and rough.evaluation["node_balance"] < 1e-9


def test_evaluator_sees_through_a_solver_that_loses_trips(make_network, make_demand, link):
    network = make_network(TWO, [link("o", "d", 10, 100, 1, 1, id="p"), link("o", "d", 15, 300, 1, 1, id="q")])
    problem = build_problem(network, make_demand({("o", "d"): 300.0}))
    figures, _ = evaluate(problem, np.array([[300.0, 0.0]]), time_unit_s=1.0)
    # All on p: 40 s each, q would take 15.
    assert figures["relative_gap"] == pytest.approx(25 / 40) and figures["node_balance"] == 0
    figures, _ = evaluate(problem, np.array([[120.0, 150.0]]), time_unit_s=1.0)
    assert figures["node_balance"] == pytest.approx(30)


def test_refusals(make_network, make_demand, link):
    network = make_network(TWO, [link("o", "d", 10, 100)])
    demand = make_demand({("o", "d"): 1.0})
    with pytest.raises(DataError, match=r"1 row \(first: o-d\) have capacity_vph 0"):
        assign(make_network(TWO, [link("o", "d", 10, 0.0)]), demand)
    with pytest.raises(DataError, match=r"1 row \(first: z\) stand at nodes .*z at 'dd'\). Did you mean: d"):
        assign(network, make_demand({}, nodes={"z": "dd"}))
    with pytest.raises(DataError, match="classes: 'bus' is not in the demand, which has car"):
        assign(network, demand, classes={"bus": TrafficClass()})
    with pytest.raises(DataError, match="pce of car"):
        assign(network, demand, classes={"car": TrafficClass(pce=0)})
    with pytest.raises(DataError, match="method 'fw' is not known"):
        assign(network, demand, method="fw")
    with pytest.raises(DataError, match="gap 0 is not above 0"):
        assign(network, demand, gap=0)
    with pytest.raises(DataError, match="max_iterations 0"):
        assign(network, demand, max_iterations=0)
