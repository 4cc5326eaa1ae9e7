"""First estimates of workers and jobs, and vehicles in the peak hour."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geoplan.demand.demand import build_demand, total
from geoplan.demand.zones import estimate_activity, hourly_demand, peak_hour
from geoplan.errors import DataError


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    """Two municipalities: A with two zones of which one is counted, B with one."""
    return gpd.GeoDataFrame(
        {
            "node_id": ["n1", "n2", "n3"],
            "municipality_code": ["0001", "0001", "0002"],
            "population": [1000.0, 500.0, 2000.0],
            "employed_residents": [400.0, np.nan, np.nan],
            "jobs": [np.nan, 100.0, np.nan],
        },
        geometry=[Point(k, 0) for k in range(3)],
        crs="EPSG:3006",
        index=pd.Index(["a1", "a2", "b"], name="zone_id"),
    )


def test_estimate_by_hand(zones) -> None:
    # A: workers 400 + 500 x 0.5 = 650; jobs 650 + 150 = 800, of which 100 are known: 700 for a1.
    # B: workers 1000, no figure of net commuting: jobs 1000.
    done = estimate_activity(zones, employed_share=0.5, source="made up", net_commuting=pd.Series({"0001": 150}))
    assert done["employed_residents"].to_list() == [400, 250, 1000]
    assert done["jobs"].to_list() == [700, 100, 1000]
    assert done["assumed"].to_list() == ["jobs", "employed_residents", "employed_residents,jobs"]
    assert done["activity_source"].to_list() == ["made up"] * 3
    assert zones["jobs"].isna().sum() == 2
    by_code = estimate_activity(zones, employed_share={"0001": 0.4, "0002": 0.5}, source="x")
    assert by_code["employed_residents"].to_list() == [400, 200, 1000]


def test_estimate_refuses(zones) -> None:
    with pytest.raises(DataError, match="neither employed_residents nor population"):
        estimate_activity(zones.assign(population=np.nan), employed_share=0.5, source="x")
    with pytest.raises(DataError, match=r"not between 0 and 1 for 1 row \(first: b\)"):
        estimate_activity(zones, employed_share={"0001": 0.5}, source="x")
    with pytest.raises(DataError, match="more jobs known"):
        estimate_activity(zones, employed_share=0.5, source="x", net_commuting=pd.Series({"0001": -600}))


def test_peak_hour_and_hours_of_the_day(zones) -> None:
    ids = zones.index
    commuters = build_demand(zones, {"car": pd.DataFrame([[0, 10, 0], [0, 0, 0], [0, 0, 4.0]], index=ids, columns=ids)})
    peak = peak_hour(commuters, peak_share=0.5, driver_share=0.8, return_share=0.1, source="made up")
    np.testing.assert_allclose(peak.matrices["car"], [[0, 4, 0], [0.8, 0, 0], [0, 0, 1.92]])
    assert peak.meta["peak"]["source"] == "made up"
    profile = pd.DataFrame({"to_work": [0.4, 0.6], "to_home": [0.0, 1.0]}, index=[7, 8])
    hours = hourly_demand(commuters, profile, source="made up")
    assert sum(total(d) for d in hours.values()) == pytest.approx(2 * total(commuters))
    with pytest.raises(DataError, match="not between 0 and 1"):
        peak_hour(commuters, peak_share=10, source="x")
    with pytest.raises(DataError, match="to_home is missing"):
        hourly_demand(commuters, profile[["to_work"]], source="x")
    with pytest.raises(DataError, match="sums to more than 1"):
        hourly_demand(commuters, profile * 2, source="x")
