"""Loading by a hierarchy gives what plain trees give, and the evaluator says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.assignment.equilibrium import assign
from geoplan.assignment.problem import TrafficClass


def always_hierarchy(monkeypatch):
    """The hierarchy answers, however small the network is."""
    for name in ("MANY", "SOURCES"):
        monkeypatch.setattr(f"geoplan.routing.many.{name}", 0)


def unlike(network, seed, *, turns=False, centroids=False):
    """The network with lengths that make one way the shortest, capacities, and some turns or centroids."""
    rng = np.random.default_rng(seed)
    edges, nodes = network.edges.copy(), network.nodes.copy()
    edges["length_m"] += rng.uniform(1, 50, len(edges))
    edges["capacity_vph"] = 500.0
    if centroids:
        nodes.loc[nodes.index[:4], "kind"] = "centroid"
    if turns:
        pairs = edges.reset_index().merge(edges.reset_index(), left_on="v", right_on="u")
        pairs = pairs[pairs["u_x"] != pairs["v_y"]].iloc[:6]
        table = {"from_edge": pairs["edge_id_x"], "to_edge": pairs["edge_id_y"], "penalty_s": np.inf}
        network = network.replace(turns=pd.DataFrame(table).reset_index(drop=True))
    return network.replace(nodes=nodes, edges=edges)


@pytest.mark.parametrize(("turns", "centroids"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("seed", range(3))
def test_all_or_nothing_is_the_same_either_way(
    random_network, make_demand, tmp_path, monkeypatch, seed, turns, centroids
):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    network = unlike(random_network(seed, 20, 45, zero_share=0.0), seed, turns=turns, centroids=centroids)
    rng = np.random.default_rng(seed)
    zones = network.nodes.index[:9]
    demand = make_demand({(a, b): float(rng.integers(1, 9)) for a in zones for b in zones if a != b})
    classes = {"car": TrafficClass(pce=1.0)}
    plain = assign(network, demand, method="aon", classes=classes)
    always_hierarchy(monkeypatch)
    fast = assign(network, demand, method="aon", classes=classes)
    np.testing.assert_allclose(fast.flows["flow_vph"], plain.flows["flow_vph"], atol=1e-9)
    pd.testing.assert_frame_equal(fast.skims["car"], plain.skims["car"], rtol=1e-12)
    pd.testing.assert_frame_equal(fast.unassigned, plain.unassigned)
    pd.testing.assert_series_equal(fast.evaluation, plain.evaluation, rtol=1e-9, atol=1e-9)


def test_frank_wolfe_gets_to_the_same_equilibrium(random_network, make_demand, tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    always_hierarchy(monkeypatch)
    network = unlike(random_network(5, 15, 50, zero_share=0.0), 5)
    zones = network.nodes.index[:5]
    demand = make_demand({(a, b): 150.0 for a in zones for b in zones if a != b})
    fast = assign(network, demand, method="bfw", gap=1e-5)
    bush = assign(network, demand, gap=1e-9)
    assert fast.converged and fast.evaluation["relative_gap"] <= 1e-5
    assert fast.evaluation["objective"] == pytest.approx(bush.evaluation["objective"], rel=1e-5)
