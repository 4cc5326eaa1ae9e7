"""The demand record: what it accepts, what it refuses and the small verbs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geoplan.demand.demand import build_demand, scale_demand, total, trip_table, with_matrices
from geoplan.errors import DataError


def make_zones(ids: list[str]) -> gpd.GeoDataFrame:
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": [f"n_{i}" for i in ids], "jobs": [10.0 * k for k in range(len(ids))]},
        geometry=[Point(1000 * k, 0) for k in range(len(ids))],
        crs="EPSG:3006",
        index=pd.Index(ids, name="zone_id"),
    )
    return zones


def make_matrix(values: object, ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(values, dtype=float), index=ids, columns=ids)


IDS = ["a", "b", "c"]
TRIPS = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_completes_zone_columns_and_sorts_matrix() -> None:
    shuffled = make_matrix(TRIPS, IDS).loc[["c", "a", "b"], ["b", "c", "a"]]
    demand = build_demand(make_zones(IDS), {"car": shuffled}, {"source": "made up"})
    assert list(demand.zones.columns[:6]) == [
        "name",
        "node_id",
        "population",
        "employed_residents",
        "jobs",
        "municipality_code",
    ]
    assert demand.zones["population"].isna().all()
    assert demand.zones.index.name == "zone_id"
    np.testing.assert_array_equal(demand.matrices["car"].to_numpy(), TRIPS)
    assert "3 zones" in repr(demand) and "car 45" in repr(demand)


def test_verbs() -> None:
    demand = build_demand(make_zones(IDS), {"car": make_matrix(TRIPS, IDS), "lorry": make_matrix(np.eye(3), IDS)})
    assert total(demand) == 48
    assert total(demand, "car", intrazonal=False) == 30
    double = scale_demand(demand, 2.0, classes=["car"])
    assert (total(double, "car"), total(double, "lorry"), total(demand, "car")) == (90, 3, 45)
    table = trip_table(demand, "lorry")
    assert table.to_dict("list") == {
        "class": ["lorry"] * 3,
        "origin": IDS,
        "destination": IDS,
        "trips_vph": [1.0, 1.0, 1.0],
    }
    more = with_matrices(demand, {"bus": make_matrix(np.ones((3, 3)), IDS)})
    assert more.classes == ("car", "lorry", "bus") and demand.classes == ("car", "lorry")


def test_refuses_wrong_input_with_rows_and_cure() -> None:
    zones = make_zones(IDS)
    bad = make_matrix(TRIPS, IDS)
    bad.loc["a", "b"] = -2
    with pytest.raises(DataError, match=r"1 cells are negative \(first: a to b = -2\)"):
        build_demand(zones, {"car": bad})
    with pytest.raises(DataError, match="columns d are no zones"):
        build_demand(zones, {"car": make_matrix(TRIPS, IDS).rename(columns={"c": "d"})})
    with pytest.raises(DataError, match="zones c have no rows"):
        build_demand(zones, {"car": make_matrix(TRIPS, IDS).drop(index="c")})
    with pytest.raises(DataError, match="node_id is missing"):
        build_demand(zones.drop(columns="node_id"), {})
    with pytest.raises(DataError, match=r"duplicate zone_id: 1 row \(first: a\)"):
        build_demand(zones.set_axis(["a", "a", "c"]), {})
    with pytest.raises(DataError, match=r"1 row \(first: b\) have jobs < 0"):
        build_demand(zones.assign(jobs=[1, -1, 1]), {})
    with pytest.raises(DataError, match="jobs that is no number"):
        build_demand(zones.assign(jobs=["1", "many", "1"]), {})
    with pytest.raises(DataError, match="Did you mean: car"):
        total(build_demand(zones, {"car": make_matrix(TRIPS, IDS)}), "cra")
    with pytest.raises(DataError, match="cannot be scaled"):
        scale_demand(build_demand(zones, {}), -1.0)


def test_unknown_trips_are_never_zero_in_silence() -> None:
    holes = make_matrix(TRIPS, IDS)
    holes.loc["b", "c"] = np.nan
    with pytest.raises(DataError, match="1 cells have no trips"):
        build_demand(make_zones(IDS), {"car": holes})
    demand = build_demand(make_zones(IDS), {"car": holes}, unknown="zero")
    assert demand.meta["unknown_cells"] == {"car": 1}
    assert total(demand) == 39


def test_no_zones_and_no_matrices() -> None:
    empty = build_demand(make_zones(IDS), {})
    assert total(empty) == 0 and trip_table(empty).empty
