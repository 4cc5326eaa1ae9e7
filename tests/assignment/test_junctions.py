"""Turns in assignments: bans hold, turning back does not get around them, and times equal those of routing."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.assignment.equilibrium import assign
from geoplan.routing.skim import skim


def test_nobody_turns_back_to_get_around_a_ban(barred_turn, make_demand):
    result = assign(barred_turn, make_demand({("s", "e"): 10.0, ("s", "w"): 4.0, ("e", "s"): 2.0, ("m", "e"): 1.0}))
    flow = result.flows["flow_vph"]
    assert flow["me:f"] == pytest.approx(1) and flow["ke:f"] == pytest.approx(10)
    assert flow["nj:b"] == 0 and flow["jx:f"] == 0
    assert result.skims["car"].loc["s", "w"] == pytest.approx(150)
    assert result.skims["car"].loc["m", "e"] == pytest.approx(60)
    assert result.evaluation["node_balance"] < 1e-9 and result.unassigned.empty


@pytest.mark.parametrize("seed", range(6))
def test_times_equal_those_of_routing(make_network, make_demand, seed):
    # Bans and delays at random, on a grid.
    rng = np.random.default_rng(seed)
    nodes = {f"{i}{j}": (1000 * i, 1000 * j) for i in range(4) for j in range(4)}
    streets = [(f"{i}{j}", f"{i + 1}{j}") for i in range(3) for j in range(4)]
    streets += [(f"{i}{j}", f"{i}{j + 1}") for i in range(4) for j in range(3)]
    network = make_network(nodes, [(u, v, {"id": u + v}) for u, v in streets])
    edges = network.edges
    ends = zip(edges.index, edges["u"], edges["v"], strict=True)
    pairs = [(a, b) for a, u, v in ends for b in edges.index[(edges["u"] == v) & (edges["v"] != u)]]
    turns = [(a, b, float(rng.choice([np.inf, 25.0]))) for a, b in pairs if rng.random() < 0.15]
    network = make_network(nodes, [(u, v, {"id": u + v}) for u, v in streets], turns=turns)
    ends = ["00", "03", "30", "33", "12"]
    result = assign(network, make_demand({(a, b): 1.0 for a in ends for b in ends if a != b}))
    expected = skim(network, ends).loc[sorted(ends), sorted(ends)]
    np.testing.assert_allclose(result.skims["car"], expected)
