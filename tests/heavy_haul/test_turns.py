"""Turns that a convoy cannot make: the way goes round them, and a refusal names them."""

import itertools

import networkx as nx
import numpy as np
import pytest

from geoplan.heavy_haul.fixes import cheapest_fixes
from geoplan.heavy_haul.plan import plan_transport
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load
from geoplan.vehicles.turning import room_needed, sharpest_bend, turning_margins
from geoplan.vehicles.vehicle import Vehicle

LONG = vehicle("modular_16")
LOAD = Load("transformer", 200.0, 10.0, 4.0, 4.0)


def crossing(make_network, *, room_m=np.nan, turns=None, detour=True):
    """A right angle at B; the way round by C turns gently.

    A ------- B
      `.      |
         C .  |
             `D
    """
    nodes = {
        "A": (0, 0),
        "B": (1000, 0, {"turn_room_m": room_m, "source": "tape"}),
        "C": (600, -800),
        "D": (1000, -1000),
    }
    edges = [("A", "B", {"width_m": 7.0}), ("B", "D", {"width_m": 6.0})]
    edges += [("A", "C"), ("C", "D")] if detour else []
    return make_network(nodes, edges, turns=turns)


def ways(plan):
    return plan.edges.index.tolist()


def test_room_at_the_junction_decides(make_network):
    network = crossing(make_network)
    plan = plan_transport(network, "A", "D", LOAD, vehicles=[LONG])
    laden = plan.vehicles[0]
    need = room_needed(laden, 90.0, 15.0)
    rows = plan.margins[plan.margins["limit"] == "turning_width_m"]
    if ways(plan) == ["A-C", "C-D"]:
        assert rows["need_value"].max() < need
    enough = plan_transport(crossing(make_network, room_m=need + 0.1), "A", "D", LOAD, vehicles=[LONG])
    tight = plan_transport(crossing(make_network, room_m=need - 0.1, detour=False), "A", "D", LOAD, vehicles=[LONG])
    assert enough.feasible and not tight.feasible
    row = tight.why.iloc[0]
    assert (row["limit"], row["name"], row["source"]) == ("turning_width_m", "B", "tape")
    assert row["excess"] == pytest.approx(0.1)
    assert "room to turn at B" in tight.reason
    # A crossing of legal length is not asked: roads are laid out for it.
    short = plan_transport(
        crossing(make_network, room_m=3.0, detour=False),
        "A",
        "D",
        Load("t", 20, 6, 2.5, 3),
        vehicles=["semi_low_loader"],
    )
    assert short.margins[short.margins["limit"] == "turning_width_m"].empty


def test_the_paved_width_settles_only_what_fits(make_network):
    network = crossing(make_network, detour=False)
    plan = plan_transport(network, "A", "D", LOAD, vehicles=[LONG])
    row = plan.margins[plan.margins["limit"] == "turning_width_m"].iloc[0]
    assert (row["limit_value"], row["verdict"], row["basis"]) == (6.0, "unknown", "by_rule")
    assert plan.verdict == "unknown"


def test_a_convoy_keeps_turn_bans(make_network):
    ban = [("A-B", "B-D", np.inf)]
    free = plan_transport(crossing(make_network), "A", "D", LOAD, vehicles=[LONG])
    held = plan_transport(crossing(make_network, turns=ban), "A", "D", LOAD, vehicles=[LONG])
    assert ways(held) == ["A-C", "C-D"]
    assert held.cost_sek >= free.cost_sek
    none = plan_transport(crossing(make_network, turns=ban, detour=False), "A", "D", LOAD, vehicles=[LONG])
    assert not none.feasible
    assert "the turn at B is banned" in none.reason
    assert none.why["limit"].tolist() == ["turn_ban"]
    # No fix of a structure lifts a ban.
    assert not cheapest_fixes(crossing(make_network, turns=ban, detour=False), "A", "D", LOAD, vehicles=[LONG]).feasible


def test_bans_equal_a_search_over_pairs_of_edges(random_network):
    """Networkx on the graph whose nodes are edges knows bans without taking junctions apart."""
    rng = np.random.default_rng(5)
    mover = Vehicle(
        "v", "road", width_m=2.5, height_m=3.0, length_m=20.0, gross_weight_t=20.0, payload_t=50.0, tare_t=10
    )
    tried = 0
    for seed in range(12):
        network = random_network(seed, 8, 20)
        edges = network.edges
        follow = [
            (a, b) for a, b in itertools.product(edges.index, edges.index) if edges.at[a, "v"] == edges.at[b, "u"]
        ]
        chosen = rng.choice(len(follow), size=len(follow) // 3, replace=False)
        barred = {follow[i] for i in chosen}
        # Nobody turns back onto the way he came by, but at a dead end.
        leads_on = edges["u"].value_counts()
        turned = {(a, b) for a, b in follow if edges.at[a, "way_id"] == edges.at[b, "way_id"]}
        turned = {(a, b) for a, b in turned if leads_on[edges.at[a, "v"]] > 1}
        turns = network.turns.reindex(range(len(barred))).assign(
            from_edge=[a for a, _ in barred], to_edge=[b for _, b in barred], penalty_s=np.inf
        )
        held = network.replace(turns=turns)
        line = nx.DiGraph()
        line.add_nodes_from(edges.index)
        length = edges["length_m"].to_dict()
        line.add_weighted_edges_from((a, b, length[b]) for a, b in follow if (a, b) not in barred | turned)
        start, end = network.nodes.index[0], network.nodes.index[-1]
        lengths = [np.inf]
        for first in edges.index[edges["u"] == start]:
            found = nx.single_source_dijkstra_path_length(line, first)
            lengths += [length[first] + found[last] for last in edges.index[edges["v"] == end] if last in found]
        plan = plan_transport(
            held, start, end, Load("t", 1.0, 1.0, 1.0, 1.0), vehicles=[mover], objective="time", rules="none"
        )
        assert plan.feasible == np.isfinite(min(lengths))
        if plan.feasible:
            tried += 1
            assert plan.edges["length_m"].sum() == pytest.approx(min(lengths))
    assert tried >= 4


def test_a_ban_is_not_dodged_by_turning_back(make_network):
    """From A to D is banned at B; going to E and back would lead into D all the same.

    A --- B --- E
          |
          D
    """
    network = make_network(
        {"A": (0, 0), "B": (1000, 0), "E": (1500, 0), "D": (1000, -1000), "F": (2000, 0)},
        [("A", "B"), ("B", "E"), ("B", "D"), ("E", "F", {"oneway": True})],
        turns=[("A-B", "B-D", np.inf)],
    )
    assert not plan_transport(network, "A", "D", LOAD, vehicles=[LONG]).feasible


def test_bends_inside_an_edge():
    hairpin = [(0, 0), (100, 0), (105, 5), (100, 10), (0, 10)]
    assert sharpest_bend(hairpin, 15.0) == pytest.approx(180.0)
    assert sharpest_bend([(0, 0), (50, 0), (100, 0)], 15.0) == 0.0
    gentle = [(200 * np.sin(a), 200 * (1 - np.cos(a))) for a in np.linspace(0, 1, 60)]
    # 30 m of a circle of 200 m turn by 8.6 degrees.
    assert sharpest_bend(gentle, 15.0) == pytest.approx(np.degrees(30 / 200), abs=1.0)


def test_a_wider_junction_never_closes_a_way(make_network):
    feasible = [
        plan_transport(crossing(make_network, room_m=room, detour=False), "A", "D", LOAD, vehicles=[LONG]).feasible
        for room in (3.0, 6.0, 9.0, 12.0, 20.0)
    ]
    assert feasible == sorted(feasible)
    assert feasible[0] is False and feasible[-1] is True


def test_turns_need_the_shape_of_the_vehicle(make_network):
    network = crossing(make_network, room_m=5.0)
    table = turning_margins(network, Vehicle("x", "road", width_m=3.0), ["A-B", "B-D"])
    assert table["verdict"].tolist() == ["unknown"]
