"""Isochrones on a cross of roads whose lengths can be worked out by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.access.isochrones import isochrones, stop_isochrones
from geoplan.errors import DataError


@pytest.fixture
def cross(make_network):
    """60 km/h: a kilometre a minute.

               n (0, 20 km)
               |
    w -------- o -------- e (20 km), and e -> f one way, 10 km further
    """
    nodes = {"o": (0, 0), "n": (0, 20_000), "e": (20_000, 0), "w": (-20_000, 0), "f": (30_000, 0)}
    edges = [("o", "n"), ("o", "e"), ("o", "w"), ("e", "f", {"oneway": True, "assumed": "speed_kmh,lanes"})]
    return make_network(nodes, edges)


def test_lengths_and_partial_edges_by_hand(cross):
    table = isochrones(cross, "o", limits_min=(10, 25), width_m=200.0)
    # 10 km of three arms; then three whole arms, the way back along them, and 5 km of e -> f.
    assert table["edges_km"].to_list() == pytest.approx([30.0, 60.0 + 3 * 5.0 + 5.0])
    area = table.geometry.iloc[0]
    assert area.contains(shapely.Point(9_900, 0)) and area.contains(shapely.Point(0, 10_150))
    assert not area.contains(shapely.Point(0, 10_300))
    # A hull would hold the land between the arms; this is three strips of 10 km x 400 m and their ends.
    assert not area.contains(shapely.Point(4_000, 4_000))
    strips = 3 * 10_000 * 400 - 2 * 200 * 200 - 200 * 200 + 3 * np.pi * 200**2 / 2
    assert area.area == pytest.approx(strips, rel=0.01)
    assert table["area_km2"].to_list() == pytest.approx((table.area / 1e6).to_list())
    assert table["assumed_pct"].to_list() == pytest.approx([0.0, 100 * 5 / 80])


def test_direction_matters_with_one_way_roads(cross):
    there = isochrones(cross, "f", limits_min=(5,), direction="to", width_m=100.0)
    assert there["edges_km"].to_list() == pytest.approx([5.0])
    assert there.geometry.iloc[0].contains(shapely.Point(25_500, 0))
    assert not there.geometry.iloc[0].contains(shapely.Point(24_500, 0))
    away = isochrones(cross, "f", limits_min=(5,), width_m=100.0)
    assert away["edges_km"].to_list() == [0.0]
    assert away["area_km2"].iloc[0] == pytest.approx(np.pi * 0.1**2, rel=0.02)


def test_areas_grow_and_rings_part_them(cross):
    whole = isochrones(cross, "o", limits_min=(5, 10, 15, 20))
    assert all(b.covers(a) for a, b in zip(whole.geometry[:-1], whole.geometry[1:], strict=True))
    rings = isochrones(cross, "o", limits_min=(5, 10, 15, 20), rings=True)
    assert rings["from_min"].to_list() == [0.0, 5.0, 10.0, 15.0]
    assert rings["area_km2"].sum() == pytest.approx(whole["area_km2"].iloc[-1])
    assert rings.geometry.iloc[1].intersection(rings.geometry.iloc[0]).area == pytest.approx(0.0, abs=1e-3)


def test_turns_and_closed_roads(make_network):
    nodes = {"a": (0, 0), "b": (5_000, 0), "c": (10_000, 0)}
    plain = make_network(nodes, [("a", "b"), ("b", "c")])
    banned = make_network(nodes, [("a", "b"), ("b", "c")], turns=[("a-b", "b-c", np.inf)])
    # a-b, b-c and the way back b-a; where a turn is banned nobody goes on, nor turns round but at a dead end.
    assert isochrones(plain, "a", limits_min=(10,), width_m=50)["edges_km"].iloc[0] == pytest.approx(15.0)
    assert isochrones(banned, "a", limits_min=(10,), width_m=50)["edges_km"].iloc[0] == pytest.approx(5.0)
    there = isochrones(banned, "c", limits_min=(10,), direction="to", width_m=50)
    assert there["edges_km"].iloc[0] == pytest.approx(5.0)  # b-c alone
    assert not there.geometry.iloc[0].contains(shapely.Point(4_000, 0))
    closed = plain.replace(edges=plain.edges.assign(status=["", "", "closed", "closed"]))
    assert isochrones(closed, "a", limits_min=(10,), width_m=50)["edges_km"].iloc[0] == pytest.approx(
        10.0
    )  # a-b and back


def test_small_holes_are_filled(make_network):
    nodes = {"a": (0, 0), "b": (1_000, 0), "c": (1_000, 1_000), "d": (0, 1_000)}
    square = make_network(nodes, [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")])
    open_ = isochrones(square, "a", limits_min=(10,), width_m=100.0, fill_km2=0.1).geometry.iloc[0]
    filled = isochrones(square, "a", limits_min=(10,), width_m=100.0, fill_km2=1.0).geometry.iloc[0]
    assert not open_.contains(shapely.Point(500, 500)) and filled.contains(shapely.Point(500, 500))


def test_stops_in_reach():
    stops = gpd.GeoDataFrame(
        index=["s", "t", "far"], geometry=gpd.points_from_xy([0, 10_000, 50_000], [0, 0, 0]), crs=3006
    )
    times = pd.Series({"s": 0.0, "t": 1500.0, "far": np.inf})
    table = stop_isochrones(stops, times, limits_min=(30, 45), walk_kmh=6.0, detour=1.0, max_walk_m=1000.0)
    assert table["stops"].to_list() == [2, 2]
    # At t five minutes are left of 30: 500 m; of 45 more than the longest walk.
    assert table["area_km2"].iloc[0] == pytest.approx(np.pi * (1.0**2 + 0.5**2), rel=0.02)
    assert table["area_km2"].iloc[1] == pytest.approx(np.pi * 2, rel=0.02)
    nowhere = stop_isochrones(stops, pd.Series({"s": np.inf}), limits_min=(30,))
    assert nowhere["stops"].iloc[0] == 0 and nowhere.geometry.iloc[0].is_empty
    with pytest.raises(DataError, match="NaN"):
        stop_isochrones(stops, pd.Series({"s": np.nan}))


def test_faults(cross):
    with pytest.raises(DataError, match="each larger"):
        isochrones(cross, "o", limits_min=(30, 15))
    with pytest.raises(DataError, match="width_m"):
        isochrones(cross, "o", width_m=0.0)
