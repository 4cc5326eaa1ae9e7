"""Walks and drives to stops, lines from services, trains of a day."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError, NoRouteError
from geoplan.io.timetable import build_timetable
from geoplan.transit.access_links import drive_links, stop_walks, walk_links
from geoplan.transit.frequency import transit_skim
from geoplan.transit.lines import line_departures
from geoplan.transit.schedule import find_journey
from geoplan.transit.services import lines_from_services
from geoplan.transit.timetable import calls_of_day


def points(**places):
    xy = list(places.values())
    frame = gpd.GeoDataFrame(index=list(places), geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs=3006)
    return frame


def test_walks_to_stops():
    zones = points(z1=(0, 0), z2=(10_000, 0))
    stops = points(s=(800, 0), t=(0, 1_500), u=(10_000, 0))
    links = walk_links(zones, stops, speed_kmh=6.0, detour=1.25, max_km=1.5, least_m=200.0)
    assert list(zip(links["zone_id"], links["stop_id"], strict=True)) == [("z1", "s"), ("z2", "u")]
    assert links["length_m"].to_list() == [1000.0, 200.0] and links["time_s"].to_list() == pytest.approx([600.0, 120.0])
    assert (links["mode"] == "walk").all() and (links["assumed"] == "length_m,time_s").all()
    assert walk_links(points(z1=(0, 0), far=(90_000, 0)), stops).attrs["without_stop"] == ["far"]
    with pytest.raises(DataError, match="to_crs"):
        walk_links(zones.to_crs(4326), stops)


def test_walks_between_stops():
    walks = stop_walks(points(a=(0, 0), b=(300, 0), c=(5_000, 0)), speed_kmh=5.4, detour=1.0)
    assert list(zip(walks["from_stop"], walks["to_stop"], strict=True)) == [("a", "b"), ("b", "a")]
    assert walks["walk_s"].to_list() == pytest.approx([200.0, 200.0])


@pytest.fixture
def valley(make_network):
    """Road w-x-y and rail A-P-B-C of line Red, with a quicker line Blue A-Q-C. One km a minute on the road."""
    rail = {"mode": "rail", "line": "Red", "speed_kmh": 60.0}
    blue = {"mode": "rail", "line": "Blue", "speed_kmh": 120.0}
    nodes = {
        "w": (0, 0), "x": (10_000, 0), "y": (20_000, 0),
        "A": (10_000, 500), "P": (15_000, 5_000), "B": (20_000, 1_000), "C": (40_000, 0), "Q": (25_000, 9_000),
    }  # fmt: skip
    edges = [
        ("w", "x"),
        ("x", "y"),
        *[(a, b, rail) for a, b in ("AP", "PB", "BC")],
        *[(a, b, blue) for a, b in ("AQ", "QC")],
    ]
    return make_network(nodes, edges)


def test_drives_to_stops_with_parking(valley):
    zones = points(z=(0, 0)).assign(node_id="w")
    stops = points(A=(10_000, 500), C=(40_000, 0))
    links = drive_links(valley, zones, stops, parking_s=120.0, last_kmh=30.0, detour=1.2)
    assert links["stop_id"].to_list() == ["A"] and links.attrs["stops_off_road"] == ["C"]
    assert links["time_s"].iloc[0] == pytest.approx(600 + 500 * 1.2 / (30 / 3.6) + 120)
    assert links["mode"].iloc[0] == "drive" and links["parking_s"].iloc[0] == 120.0
    loaded = pd.DataFrame({"A": [900.0], "C": [np.inf]}, index=["z"])
    assert drive_links(valley, zones, stops, time_s=loaded)["time_s"].to_list() == [1080.0]
    with pytest.raises(DataError, match="are no columns"):
        drive_links(valley, zones, stops, time_s=loaded[["A"]])


def services(**changes):
    row = {"service_id": "s1", "line": "Red (7)", "from_node": "A", "to_node": "C", "trains_per_day": 8.0, "run_min": 40.0,
           "train_type": "passenger", "assumed": "run_min", "source": "TABLE"}  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


def test_lines_follow_their_own_railway(valley):
    lines = lines_from_services(valley, services(), ["P", "B"], service_h=16, source="ASSUMED")
    out = lines[lines["line_id"] == "s1_out"]
    assert out["stop_id"].to_list() == ["A", "P", "B", "C"]  # not over Q, though that is quicker
    assert out["run_min"].sum() == pytest.approx(40.0) and out["headway_min"].iloc[0] == 120.0
    assert lines.loc[lines["line_id"] == "s1_back", "stop_id"].to_list() == ["C", "B", "P", "A"]
    assert np.allclose(lines.loc[lines["line_id"] == "s1_back", "run_min"], [0, *out["run_min"].to_list()[:0:-1]])
    assert set(out["assumed"].iloc[0].split(",")) == {"run_min", "headway_min", "stops"}
    assert out["source"].iloc[0] == "TABLE; ASSUMED"
    express = lines_from_services(valley, services(line=""), [], service_h=16, source="ASSUMED")
    assert express["stop_id"].to_list() == ["A", "C", "C", "A"]
    departures = line_departures(lines)
    assert departures["A"] == 8.0 and departures["P"] == 16.0


def test_unknown_services_stay_unknown(valley):
    lines = lines_from_services(
        valley, services(trains_per_day=np.nan, run_min=np.nan), ["B"], service_h=16, source="X"
    )
    assert lines["headway_min"].isna().all() and np.isnan(line_departures(lines)["A"])
    way = np.hypot(5, 4.5) + np.hypot(5, 4) + np.hypot(20, 1)
    assert lines.loc[lines["line_id"] == "s1_out", "run_min"].sum() == pytest.approx(way)
    doors = pd.DataFrame({"zone_id": ["a", "c"], "stop_id": ["A", "C"], "time_s": 0.0, "mode": "walk"})
    with pytest.raises(DataError, match="leave_out"):
        transit_skim(lines, doors)
    closed = lines_from_services(valley, services(trains_per_day=0.0), ["B"], service_h=16, source="X")
    assert np.isinf(closed["headway_min"]).all()
    with pytest.raises(DataError, match="none of train_type 'freight'"):
        lines_from_services(valley, services(), [], service_h=16, source="X", train_type="freight")
    with pytest.raises(NoRouteError):
        lines_from_services(valley, services(from_node="w"), [], service_h=16, source="X")


def test_trains_of_a_day():
    trains = pd.DataFrame(
        {"days": ["Mo-Fr", "", ""], "train_type": ["passenger", "passenger", "freight"]},
        index=pd.Index(["p", "q", "f"], name="train_id"),
    )
    rows = [("p", "A", 6.0, 6.0), ("p", "X", 6.2, 6.2), ("p", "B", 6.5, 6.6), ("p", "C", 7.0, 7.0),
            ("q", "A", 9.0, 9.0), ("q", "C", 9.5, 9.5), ("f", "A", 5.0, 5.0), ("f", "C", 5.5, 5.5)]  # fmt: skip
    stops = pd.DataFrame(rows, columns=["train_id", "place", "arrive_s", "depart_s"])
    stops[["arrive_s", "depart_s"]] *= 3600.0
    week = {"first_day": dt.date(2026, 3, 2), "last_day": dt.date(2026, 3, 8)}
    timetable = build_timetable(trains, stops, **week)
    monday = calls_of_day(timetable, dt.date(2026, 3, 2))
    assert monday["trip_id"].unique().tolist() == ["p", "q"]
    assert monday.loc[monday["trip_id"] == "p", "stop_id"].to_list() == ["A", "B", "C"]  # X is passed
    assert find_journey(monday, "A", "C", 0.0)["arrival_s"].iloc[0] == 7.0 * 3600
    assert calls_of_day(timetable, dt.date(2026, 3, 8))["trip_id"].unique().tolist() == ["q"]
    with pytest.raises(DataError, match="outside the timetable"):
        calls_of_day(timetable, dt.date(2027, 1, 1))
    with pytest.raises(DataError, match="no train of type ore"):
        calls_of_day(timetable, dt.date(2026, 3, 2), train_types=("ore",))
