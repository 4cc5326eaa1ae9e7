"""Rank intervals: seeded, nothing drawn where nothing is assumed, firm ranks stay firm."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.assignment.equilibrium import assign
from geoplan.bottlenecks.congestion import congestion
from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.intervals import AssumedSpread, draw_inputs, rank_intervals
from geoplan.bottlenecks.rank import rank_bottlenecks
from geoplan.demand.demand import build_demand
from geoplan.errors import DataError

TERMS = {"peak_hours_per_year": 400.0, "closures_per_year": 1.0}
NONE = AssumedSpread(0, 0, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def case(make_network):
    """
    .   A == b == C        A-b: narrow, its capacity assumed; b-C: wide, known; S carries b-C
    .         \\ /
    .          d
    """
    nodes = {"a": (0, 0), "b": (5000, 0), "c": (9000, 0), "d": (7000, 3000)}
    edges = [
        ("a", "b", {"capacity_vph": 900.0, "assumed": "capacity_vph,lanes"}),
        ("b", "c", {"capacity_vph": 1800.0}),
        ("b", "d", {"capacity_vph": 1800.0}),
        ("d", "c", {"capacity_vph": 1800.0}),
    ]
    network = make_network(nodes, edges, structures={"S": {"carries": ["b-c"]}})
    ids = ["A", "C"]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": ["a", "c"], "assumed": ["employed_residents", ""]},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[["a", "c"]].array,
    )
    trips = pd.DataFrame([[0.0, 800], [300, 0]], index=ids, columns=ids)
    demand = build_demand(zones, {"car": trips})
    result = assign(network, demand)
    times = result.flows["time_s"].to_numpy()
    register = rank_bottlenecks(
        network,
        congestion=congestion(result),
        criticality=criticality(network, demand, cost=times, duration_h=6.0),
        structures=criticality(network, demand, by="structure", cost=times, duration_h=6.0),
        **TERMS,
    )
    return network, demand, register


def intervals(case, **options):
    return rank_intervals(*case, **TERMS, closure_hours=6.0, **{"draws": 30, **options})


def test_without_spread_every_draw_is_the_register(case):
    table = intervals(case, spread=NONE)
    register = case[2]
    ranked = register["annual_vehh"].notna()
    assert (table.loc[ranked, "rank_low"] == register.loc[ranked, "rank"]).all()
    np.testing.assert_allclose(table.loc[ranked, "annual_high"], register.loc[ranked, "annual_vehh"], rtol=1e-3)


def test_the_same_seed_gives_the_same_table(case):
    first, again, other = intervals(case), intervals(case), intervals(case, seed=1)
    pd.testing.assert_frame_equal(first, again)
    assert not first["annual_low"].equals(other["annual_low"])
    assert (first["rank_low"] <= first["rank_high"]).all() and (first["annual_low"] <= first["annual_high"]).all()
    assert first.attrs["assumed_capacity"] == 0.25 and first.attrs["assumed_zones"] == 0.5
    assert first.index.equals(case[2].index)


def test_only_what_is_assumed_is_drawn(case):
    network, demand, _ = case
    spread = AssumedSpread(speed=1, capacity=1, activity=1, demand=0)
    drawn, trips = draw_inputs(network, demand, np.random.default_rng(3), spread)
    ratio = drawn.edges["capacity_vph"] / network.edges["capacity_vph"]
    assert ratio["a-b"] == ratio["b-a"] != 1 and (ratio.drop(["a-b", "b-a"]) == 1).all()
    assert (drawn.edges["speed_kmh"] == network.edges["speed_kmh"]).all()
    change = (trips.matrices["car"] / demand.matrices["car"]).to_numpy()
    assert change[0, 1] != 1 and change[1, 0] == 1  # only the workers of A are assumed
    assert network.edges["capacity_vph"]["a-b"] == 900


def test_faults(case):
    with pytest.raises(DataError, match="at least 2 draws"):
        intervals(case, draws=1)
