"""Small demands and links for assignments."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geoplan.demand.demand import build_demand


@pytest.fixture(scope="session")
def make_demand():
    return build_small_demand


@pytest.fixture(scope="session")
def link():
    return build_link


def build_small_demand(trips, nodes=None):
    """Demand {class: {(from node, to node): trips}}, zones named as their nodes; or {zone: node} in `nodes`."""
    if trips and not isinstance(next(iter(trips.values())), dict):
        trips = {"car": trips}
    nodes = nodes or {n: n for n in sorted({n for pairs in trips.values() for pair in pairs for n in pair})}
    ids = pd.Index(list(nodes), name="zone_id")
    zones = gpd.GeoDataFrame({"node_id": list(nodes.values())}, geometry=[Point(0, 0)] * len(ids), crs=3006, index=ids)
    matrices = {}
    for name, pairs in trips.items():
        matrix = pd.DataFrame(0.0, index=ids, columns=ids)
        for (i, j), value in pairs.items():
            matrix.loc[i, j] = value
        matrices[name] = matrix
    return build_demand(zones, matrices)


def build_link(u, v, time_s, capacity=np.nan, alpha=0.15, beta=4.0, **more):
    values = {"oneway": True, "free_time_s": time_s, "capacity_vph": capacity, "bpr_alpha": alpha, "bpr_beta": beta}
    return (u, v, {**values, **more})
