"""A few closures by the hierarchy lose what the exact kernel says."""

import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.criticality import criticality
from geoplan.demand.demand import Demand, build_demand


def some_demand(network, rng, zones=9) -> Demand:
    nodes = rng.choice(len(network.nodes), zones, replace=False)
    table = network.nodes.iloc[nodes][["geometry"]].copy()
    table["node_id"] = network.nodes.index[nodes]
    table.index = pd.Index([f"z{k}" for k in range(zones)], name="zone_id")
    trips = rng.integers(0, 9, (zones, zones)).astype(float)
    return build_demand(table, {"car": pd.DataFrame(trips, index=table.index, columns=table.index)})


@pytest.mark.parametrize("centroids", [False, True])
@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_losses_are_those_of_the_exact_kernel(random_network, tmp_path, monkeypatch, seed, turns, centroids):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    network = random_network(seed, 25, 55)  # parallel edges, no cost, one-way streets, parts that do not connect
    rng = np.random.default_rng(seed)
    nodes = network.nodes.copy()
    if centroids:
        nodes.loc[nodes.index[rng.choice(len(nodes), 6, replace=False)], "kind"] = "centroid"
    network = network.replace(nodes=nodes)
    if turns:
        ends = network.edges.reset_index()
        pairs = ends.merge(ends, left_on="v", right_on="u").query("u_x != v_y").sample(12, random_state=seed)
        table = {"from_edge": pairs["edge_id_x"], "to_edge": pairs["edge_id_y"], "penalty_s": np.inf}
        network = network.replace(turns=pd.DataFrame(table).reset_index(drop=True))
    demand = some_demand(network, rng)
    exact = criticality(network, demand, duration_h=2.0)
    for name in ("MANY", "SOURCES"):
        monkeypatch.setattr(f"geoplan.routing.many.{name}", 0)
    monkeypatch.setattr("geoplan.bottlenecks.closures.run_kernel", lambda *_: pytest.fail("not by the hierarchy"))
    pd.testing.assert_frame_equal(criticality(network, demand, duration_h=2.0), exact, rtol=1e-9, atol=1e-9)
