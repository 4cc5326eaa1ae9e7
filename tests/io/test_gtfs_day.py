"""A feed of buses: lines with headways for a period, a timetable to travel by, shapes, and feeds that mean harm."""

from __future__ import annotations

import datetime as dt
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.gtfs_day import mode_of_route, read_gtfs_day
from geoplan.transit.lines import check_lines, lines_from_timetable
from geoplan.transit.timetable import build_connections, check_timetable

MONDAY = dt.date(2026, 5, 4)
# Ludvika - Gonäs - Grängesberg by bus 4 every 30 minutes from 6 to 9, hourly to 12 (frequencies); bus 500 once, its
# second call without a time; the night bus 9 at 23:40 and 24:30 (Friday and Saturday, and on Monday 2026-05-04).
FILES = {
    "agency.txt": "agency_id,agency_name\nD,Dalatrafik\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "lu,Ludvika resecentrum,60.149,15.188\ngo,Gonäs,60.128,15.130\ngr,Grängesberg,60.078,15.001\nxx,Okänd,,\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\n"
    "r4,D,4,Ludvika-Grängesberg,700\nr500,D,500,,3\nr9,D,9,Nattbuss,3\nt,D,,Bergslagspendeln,106\n",
    "trips.txt": "route_id,service_id,trip_id,shape_id\nr4,week,a,s1\nr500,week,b,\nr9,night,c,s1\nt,never,d,\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "a,6:00:00,6:00:00,lu,1\na,6:10:00,6:11:00,go,2\na,6:25:00,6:25:00,gr,3\n"
    "b,7:00:00,7:00:00,gr,1\nb,,,go,2\nb,7:20:00,7:20:00,lu,3\nb,7:30:00,7:30:00,xx,4\n"
    "c,23:40:00,23:40:00,lu,1\nc,24:05:00,24:10:00,go,2\nc,24:30:00,24:30:00,gr,3\n"
    "d,8:00:00,8:00:00,lu,1\nd,8:20:00,8:20:00,gr,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20260101,20261231\nnight,0,0,0,0,1,1,0,20260101,20261231\n",
    "calendar_dates.txt": "service_id,date,exception_type\nnight,20260504,1\nweek,20260501,2\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\na,6:00:00,9:00:00,1800\na,9:00:00,12:00:00,3600\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "s1,60.078,15.001,30\ns1,60.149,15.188,10\ns1,60.128,15.130,20\nunused,60,15,1\n",
}


def write(path, **changes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**FILES, **{f"{key}.txt": text for key, text in changes.items()}}.items():
            if text is not None:
                archive.writestr(name, text)
    return path


@pytest.fixture
def read(tmp_path):
    return lambda day=MONDAY, **changes: read_gtfs_day(write(tmp_path / "feed.zip", **changes), day)


def starts(calls, line):
    first = calls[calls["line_id"] == line].groupby("trip_id")["departure_s"].first()
    return sorted(first / 60.0)


def test_calls_of_a_day(read):
    day = read()
    assert starts(day.calls, "4") == [360, 390, 420, 450, 480, 510, 540, 600, 660]
    assert starts(day.calls, "500") == [420] and starts(day.calls, "9") == [23 * 60 + 40]
    between = day.calls[(day.calls["line_id"] == "500") & (day.calls["stop_id"] == "go")]
    assert between["arrival_s"].to_list() == [7 * 3600 + 600] and day.meta["calls_interpolated"] == 1
    assert day.meta["stops_without_place"] == ["xx"]
    night = day.calls[day.calls["line_id"] == "9"]
    assert night["arrival_s"].to_list() == [85_200, 86_700, 88_200] and set(night["name"]) == {"Nattbuss"}
    assert set(day.calls["mode"]) == {"bus"} and day.stops.crs.to_epsg() == 3006
    assert day.stops["name"].to_dict() == {"lu": "Ludvika resecentrum", "go": "Gonäs", "gr": "Grängesberg"}


def test_the_night_before_runs_on(read):
    # Saturday 2 May: the bus of Friday evening comes at 0:05 and 0:30, its own at 23:40.
    calls = read(dt.date(2026, 5, 2)).calls
    assert set(calls["trip_id"]) == {"c", "c@-1"}
    before = calls[calls["trip_id"] == "c@-1"]
    assert before["arrival_s"].to_list() == [-1200, 300, 1800] and before["sequence"].to_list() == [0, 1, 2]


def test_exceptions_of_the_calendar(read):
    friday = read("2026-05-01").calls  # week is taken out on this day
    assert set(friday["line_id"]) == {"9"}
    with pytest.raises(DataError, match=r"nothing runs on 2027-06-01; choose a day within the calendar"):
        read("2027-06-01")
    with pytest.raises(DataError, match="is no date"):
        read("May")


def test_lines_with_headways_for_a_period_end_to_end(read):
    day = read()
    peak = lines_from_timetable(day.calls, (6 * 3600, 9 * 3600), period="peak")
    four = check_lines(peak, period="peak")
    four = four[four["name"] == "4"]
    assert four["headway_min"].to_list() == [30.0] * 3 and four["run_min"].to_list() == [0, 11, 14]
    noon = lines_from_timetable(day.calls, (9 * 3600, 12 * 3600))
    assert noon["headway_min"].to_list() == [60.0] * 3
    assert len(build_connections(check_timetable(day.calls)).trips) == 11


def test_shapes_are_lines_on_the_ground(read):
    day = read()
    assert day.shapes.index.to_list() == ["s1"] and day.shapes["trips"].to_list() == [10]
    assert day.shapes.length.iloc[0] == pytest.approx(
        13_090, rel=0.02
    )  # Ludvika - Gonäs - Grängesberg in straight lines
    assert day.meta["trips_without_shape"] == 1
    assert read(shapes=None).shapes.empty
    with pytest.raises(DataError, match=r"shapes\.txt: 1 row \(first: 3\) hold no place"):
        read(shapes=FILES["shapes.txt"].replace("60.149", "north"))


def test_words_of_modes():
    kinds = (0, 1, 2, 3, 4, 106, 700, 717, 900, 1000, 1700)
    assert [mode_of_route(kind) for kind in kinds] == [
        "tram", "metro", "rail", "bus", "ferry", "rail", "bus", "bus", "tram", "ferry", "other",
    ]  # fmt: skip


def test_a_line_without_end_is_refused(read):
    endless = FILES["stop_times.txt"] + "".join(f"{k:09d}" for k in range(150_000))
    with pytest.raises(DataError, match="a line of more than a megabyte"):
        read(stop_times=endless)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gtfs")
    return folder / "feed.zip", write(folder / "whole.zip").read_bytes()


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_flipped_and_cut_feeds_end_in_one_line(scratch, data):
    path, whole = scratch
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        spoilt[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(spoilt)[: data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))])
    try:
        day = read_gtfs_day(path, MONDAY)
    except DataError as fault:
        assert "\n" not in str(fault)
    else:
        assert isinstance(day.calls, pd.DataFrame) and np.isfinite(day.calls["arrival_s"]).all()
    assert len(list(path.parent.iterdir())) == 2
