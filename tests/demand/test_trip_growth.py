"""Growth on the trips of today: margins move as jobs and workers do, the pattern stays."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.demand.demand import build_demand
from geoplan.demand.trip_growth import grow_demand
from geoplan.errors import DataError


@pytest.fixture
def demand():
    ids = ["a", "b", "c"]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": ids, "employed_residents": [100.0, 50.0, 30.0], "jobs": [60.0, 120.0, 0.0]},
        index=pd.Index(ids, name="zone_id"),
        geometry=gpd.points_from_xy([0, 1, 2], [0, 0, 0]),
        crs=3006,
    )
    trips = pd.DataFrame([[40.0, 60, 0], [15, 35, 0], [5, 25, 0]], index=ids, columns=ids)
    return build_demand(zones, {"car": trips})


def test_nothing_added_changes_nothing(demand):
    same = grow_demand(demand, workers_per_home=1.0)
    np.testing.assert_allclose(same.matrices["car"], demand.matrices["car"], rtol=1e-9)


def test_jobs_set_the_column_total_and_all_zones_fill_them(demand):
    grown = grow_demand(demand, jobs={"a": 30}, workers_per_home=1.0)
    trips = grown.matrices["car"]
    np.testing.assert_allclose(trips.sum(axis=0), [60 * 90 / 60, 120, 0], rtol=1e-8)
    np.testing.assert_allclose(trips.sum(axis=1), np.array([100, 50, 30]) * 210 / 180, rtol=1e-8)
    # Cross products of a Furness balance stay those of the seed.
    seed = demand.matrices["car"]
    old = seed.loc["a", "a"] * seed.loc["b", "b"] / (seed.loc["a", "b"] * seed.loc["b", "a"])
    new = trips.loc["a", "a"] * trips.loc["b", "b"] / (trips.loc["a", "b"] * trips.loc["b", "a"])
    assert new == pytest.approx(old)
    assert demand.zones.loc["a", "jobs"] == 60 and grown.zones.loc["a", "jobs"] == 90


def test_homes_bring_workers(demand):
    grown = grow_demand(demand, homes={"c": 15}, workers_per_home=2.0)
    assert grown.zones.loc["c", "employed_residents"] == 60
    shares = grown.matrices["car"].sum(axis=1) / 180
    np.testing.assert_allclose(shares, np.array([100, 50, 60]) / 210, rtol=1e-8)


def test_jobs_where_there_were_none_take_the_pattern_of_all(demand):
    grown = grow_demand(demand, jobs={"c": 18}, workers_per_home=1.0)
    assert grown.matrices["car"]["c"].sum() == pytest.approx(18 * 180 / 180)
    assert grown.meta["growth"]["zones_without_pattern"] == ["c"]


def test_faults_are_named(demand):
    with pytest.raises(DataError, match="no zone is called 'd'"):
        grow_demand(demand, jobs={"d": 1}, workers_per_home=1.0)
    with pytest.raises(DataError, match="jobs of a would fall below 0"):
        grow_demand(demand, jobs={"a": -100}, workers_per_home=1.0)
