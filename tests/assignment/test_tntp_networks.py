"""The standard networks, to the objectives that the literature knows best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.assignment.equilibrium import assign
from geoplan.demand.demand import scale_demand
from geoplan.io.tntp import read_tntp

pytestmark = pytest.mark.shared_data

# Best known objectives: README and flow files of the repository of the networks, recomputed to 15 digits.
BEST = {
    "SiouxFalls": 4231335.28710744,
    "Anaheim": 1286032.17109603,
    "Winnipeg": 827911.494629965,
    "ChicagoSketch": 17313018.7387478,
}
WEIGHTS = {"ChicagoSketch": {"toll_weight": 0.02, "distance_weight": 0.04}}


def read(shared_data, name):
    folder = shared_data / "tntp" / name
    return read_tntp(folder / f"{name}_net.tntp", folder / f"{name}_trips.tntp", **WEIGHTS.get(name, {}))


def published_flows(shared_data, name, network):
    """Flows of the repository in the order of the edges."""
    table = pd.read_csv(shared_data / "tntp" / name / f"{name}_flow.tntp", sep=r"\s+")
    known = {(int(u), int(v)): x for u, v, x in table.iloc[:, :3].itertuples(index=False)}
    return np.array([known[pair] for pair in zip(network.edges["u"], network.edges["v"], strict=True)])


@pytest.mark.parametrize("name", BEST)
def test_best_known_objective(shared_data, name):
    network, demand = read(shared_data, name)
    result = assign(network, demand, gap=1e-12)
    figures = result.evaluation
    assert result.converged and figures["relative_gap"] <= 1.01e-12
    assert figures["objective"] == pytest.approx(BEST[name], rel=1e-10)
    assert figures["node_balance"] < 1e-9
    flows = result.flows["flow_vph"].to_numpy()
    if name in ("SiouxFalls", "Anaheim"):  # the others have links whose time does not rise: flows are not unique
        np.testing.assert_allclose(flows, published_flows(shared_data, name, network), atol=1e-3)
    if name == "ChicagoSketch":
        cost = network.edges["bpr_alpha"].to_numpy() * network.edges["free_time_s"].to_numpy() > 0
        np.testing.assert_allclose(flows[cost], published_flows(shared_data, name, network)[cost], rtol=1e-5, atol=1e-2)


def test_frank_wolfe_finds_the_published_flows(shared_data):
    network, demand = read(shared_data, "SiouxFalls")
    result = assign(network, demand, method="bfw", gap=1e-6)
    flows = published_flows(shared_data, "SiouxFalls", network)
    np.testing.assert_allclose(result.flows["flow_vph"], flows, rtol=5e-3)
    assert result.evaluation["objective"] == pytest.approx(BEST["SiouxFalls"], rel=1e-6)
    assert result.evaluation["node_balance"] < 1e-9
    gaps = [assign(network, demand, method=m).evaluation["relative_gap"] for m in ("aon", "incremental")]
    assert gaps[0] > gaps[1] > 0.01


def test_berlin_with_centroids_that_may_not_be_passed(shared_data):
    folder = shared_data / "tntp" / "Berlin-Friedrichshain"
    network, demand = read_tntp(
        folder / "friedrichshain-center_net.tntp", folder / "friedrichshain-center_trips.tntp", time_unit_s=1.0
    )
    result = assign(network, demand, gap=1e-12)
    twin = assign(network, demand, gap=1e-6, method="bfw")
    assert result.converged and result.evaluation["node_balance"] < 1e-9
    assert twin.evaluation["objective"] == pytest.approx(result.evaluation["objective"], rel=1e-6)
    entries = network.edges["v"].isin(demand.zones["node_id"]).to_numpy()
    arrivals = demand.matrices["car"].to_numpy() * (1 - np.eye(len(demand.zones)))
    assert result.flows["flow_vph"].to_numpy()[entries].sum() == pytest.approx(arrivals.sum())


def test_doubled_demand(shared_data):
    network, demand = read(shared_data, "SiouxFalls")
    result = assign(network, scale_demand(demand, 2.0), gap=1e-11)
    assert result.converged and result.evaluation["node_balance"] < 1e-9
