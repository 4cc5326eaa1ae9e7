"""GTFS: night trains, exceptions, frequencies, and feeds that mean harm."""

from __future__ import annotations

import datetime as dt
import zipfile

import numpy as np
import pytest
from pyproj import Transformer

from geoplan.errors import DataError
from geoplan.io import gtfs_feed
from geoplan.io.gtfs import is_rail, read_gtfs

FIRST, LAST = dt.date(2026, 1, 5), dt.date(2026, 1, 18)  # Monday to Sunday, two weeks


@pytest.fixture(scope="module")
def line(make_network):
    """Three stations 20 km apart near Ludvika.

    Ludvika --- Ställdalen --- Frövi
    """
    rail = {"mode": "rail"}
    x, y = 510_000, 6_668_000
    return make_network(
        {
            "lu": (x, y, {"name": "Ludvika", "kind": "station"}),
            "st": (x, y - 20_000, {"name": "Ställdalen", "kind": "station"}),
            "fr": (x, y - 40_000, {"name": "Frövi", "kind": "station"}),
        },
        [("lu", "st", rail), ("st", "fr", rail)],
    )


def place(dx=0, dy=0):
    lon, lat = Transformer.from_crs(3006, 4326, always_xy=True).transform(510_000 + dx, 6_668_000 + dy)
    return f"{lat:.6f},{lon:.6f}"


def feed(**changes):
    files = {
        "agency": "agency_id,agency_name\nT,Tåg i Bergslagen\n",
        "stops": "stop_id,stop_name,stop_lat,stop_lon,parent_station\n"
        f"1,Ludvika spår 1,{place(100)},\n2,Ludvika spår 2,{place(-100)},\n3,Ställdalen,{place(0, -20_300)},\n"
        f"4,Frövi,{place(0, -40_000)},\n5,Örebro,{place(0, -90_000)},\n",
        "routes": "route_id,agency_id,route_short_name,route_type\nR,T,54,2\nB,T,500,3\n",
        "trips": "route_id,service_id,trip_id,trip_short_name\nR,week,a,8101\nR,night,b,8199\nB,week,bus,1\nR,gone,c,8200\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "a,6:00:00,6:00:00,1,1\na,,,3,2\na,6:50:00,6:52:00,4,3\na,7:30:00,7:30:00,5,4\n"
        "b,23:40:00,23:40:00,4,10\nb,24:10:00,24:12:00,3,20\nb,24:40:00,24:45:00,2,30\nb,24:46:00,24:50:00,1,40\n"
        "bus,6:00:00,6:00:00,1,1\nbus,6:50:00,6:50:00,4,2\n"
        "c,8:00:00,8:00:00,1,1\nc,8:50:00,8:50:00,4,2\n",
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20260101,20260630\ngone,1,1,1,1,1,1,1,20250101,20251231\n",
        "calendar_dates": "service_id,date,exception_type\nweek,20260106,2\nweek,20260110,1\nnight,20260109,1\nnight,20260401,1\n",
    }
    return {**files, **changes}


def write(tmp_path, files, *, folder=""):
    target = tmp_path / "feed.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            if text is not None:
                archive.writestr(f"{folder}{name}.txt", text)
    return target


def read(tmp_path, line, **changes):
    return read_gtfs(write(tmp_path, feed(**changes)), line, first_day=FIRST, last_day=LAST)


def test_trains_of_a_feed(tmp_path, line):
    timetable = read(tmp_path, line)
    assert timetable.trains.index.to_list() == ["a", "b"]
    assert timetable.trains["train"].to_list() == ["8101", "8199"]
    assert timetable.trains.loc["a", ["operator", "line"]].to_list() == ["Tåg i Bergslagen", "54"]
    assert timetable.meta["unmatched_stops"] == ("Örebro",) and timetable.meta["trips_without_days"] == 1


def test_a_time_between_its_neighbours(tmp_path, line):
    stops = read(tmp_path, line).stops
    first = stops[stops["train_id"] == "a"]
    assert first["place"].to_list() == ["lu", "st", "fr"]
    assert (first["arrive_s"] / 60).to_list() == [360, 385, 410]


def test_after_midnight_and_two_platforms(tmp_path, line):
    stops = read(tmp_path, line).stops
    night = stops[stops["train_id"] == "b"]
    assert night["place"].to_list() == ["fr", "st", "lu"]
    assert (
        night["depart_s"].to_list() == [85_200, 87_120, 24 * 3600 + 50 * 60]
        and night["arrive_s"].iloc[-1] == 24 * 3600 + 40 * 60
    )


def test_calendar_and_exceptions(tmp_path, line):
    timetable = read(tmp_path, line)
    days = {
        key: np.flatnonzero(runs).tolist() for key, runs in zip(timetable.trains.index, timetable.runs, strict=True)
    }
    assert days["a"] == [0, 2, 3, 4, 5, 7, 8, 9, 10, 11]  # not the 6th, but Saturday the 10th
    assert days["b"] == [4]


def test_only_calendar_dates(tmp_path, line):
    timetable = read(tmp_path, line, calendar=None, calendar_dates="service_id,date,exception_type\nweek,20260107,1\n")
    assert timetable.trains.index.to_list() == ["a"] and timetable.runs.sum() == 1


def test_frequencies_become_trains(tmp_path, line):
    table = "trip_id,start_time,end_time,headway_secs\na,5:00:00,7:00:00,1800\na,7:00:00,8:00:00,3600\n"
    timetable = read(tmp_path, line, frequencies=table)
    starts = timetable.stops.groupby("train_id")["depart_s"].first()
    assert sorted(starts[starts.index.str.startswith("a_")] / 60) == [300, 330, 360, 390, 420]
    with pytest.raises(DataError, match=r"frequencies\.txt: line 2 has a headway of 0 s"):
        read(tmp_path, line, frequencies="trip_id,start_time,end_time,headway_secs\na,5:00:00,7:00:00,0\n")


def test_a_folder_and_an_archive_with_a_folder(tmp_path, line):
    inside = write(tmp_path, feed(), folder="gtfs/")
    assert len(read_gtfs(inside, line, first_day=FIRST, last_day=LAST).trains) == 2
    folder = tmp_path / "plain"
    folder.mkdir()
    for name, text in feed().items():
        (folder / f"{name}.txt").write_text("\ufeff" + text, encoding="utf-8")
    assert len(read_gtfs(folder, line, first_day=FIRST, last_day=LAST).trains) == 2


def test_the_same_minute_is_put_on(tmp_path, line):
    text = feed()["stop_times"].replace("a,,,3,2", "a,6:00:00,6:00:00,3,2")
    timetable = read(tmp_path, line, stop_times=text)
    assert timetable.stops["arrive_s"].iloc[1] == 21_630 and timetable.meta["stops_nudged"] == 1


@pytest.mark.parametrize(
    "name", ["../stop_times.txt", "/stop_times.txt", "a/b/stop_times.txt", "..\\stop_times.txt", "C:/stop_times.txt"]
)
def test_names_that_lead_elsewhere(tmp_path, line, name):
    target = write(tmp_path, feed(stop_times=None))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, feed()["stop_times"])
    with pytest.raises(DataError, match="a name that leads out of the feed"):
        read_gtfs(target, line, first_day=FIRST, last_day=LAST)
    assert list(tmp_path.iterdir()) == [target]


def test_a_bomb_is_not_unpacked(tmp_path, line, monkeypatch):
    bomb = write(
        tmp_path, feed(stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "0" * 20_000_000)
    )
    with pytest.raises(DataError, match=r"would unpack to 20 MB out of .*; not read"):
        read_gtfs(bomb, line, first_day=FIRST, last_day=LAST)
    monkeypatch.setattr(gtfs_feed, "MAX_FILE_BYTES", 100)
    with pytest.raises(DataError, match="would unpack to"):
        read(tmp_path, line)


def test_an_archive_that_lies_about_its_size(tmp_path, line):
    target = write(tmp_path, feed())
    data = bytearray(target.read_bytes())
    with zipfile.ZipFile(target) as archive:
        size = archive.getinfo("stop_times.txt").file_size
    # The central directory claims a smaller file than the stream holds.
    at = data.rfind(b"stop_times.txt") - 46 + 24
    assert int.from_bytes(data[at : at + 4], "little") == size
    data[at : at + 4] = (size // 2).to_bytes(4, "little")
    target.write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"stop_times\.txt|zip"):
        read_gtfs(target, line, first_day=FIRST, last_day=LAST)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stops": None}, "is no GTFS feed: stops.txt is missing"),
        ({"calendar": None, "calendar_dates": None}, "calendar.txt or calendar_dates.txt is missing"),
        ({"routes": "route_id,agency_id,route_short_name\nR,T,54\n"}, "routes.txt has no column route_type"),
        (
            {"routes": "route_id,agency_id,route_type\nR,T,train\n"},
            r"routes.txt: 1 row \(first: 2\) have no number in route_type",
        ),
        (
            {"stop_times": feed()["stop_times"].replace("6:50:00,6:52:00", "6:99:00,6:52:00")},
            r"stop_times.txt: 1 row \(first: 4\) hold no time but '6:99:00'",
        ),
        (
            {"stop_times": feed()["stop_times"].replace("1,1\na,", "1,x\na,")},
            r"1 row \(first: 2\) have no stop_sequence",
        ),
        (
            {"calendar_dates": "service_id,date,exception_type\nweek,2026-01-06,2\n"},
            r"calendar_dates.txt: date: 1 row \(first: 2\) are no dates",
        ),
        ({"calendar_dates": "service_id,date,exception_type\nweek,20260106,3\n"}, "neither 1 nor 2"),
        ({"trips": feed()["trips"] + "R,week,a,9\n"}, "the same trip_id twice"),
    ],
)
def test_bad_feeds_are_named(tmp_path, line, changes, words):
    with pytest.raises(DataError, match=words):
        read(tmp_path, line, **changes)


def test_a_feed_of_another_place(tmp_path, make_network):
    far = make_network({"a": (100, 100), "b": (5_000, 100)}, [("a", "b", {"mode": "rail"})])
    with pytest.raises(
        DataError, match=r"no train of the feed runs between two stations .* check the period and the area"
    ):
        read(tmp_path, far)


def test_no_archive(tmp_path, line):
    text = tmp_path / "x.zip"
    text.write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match="is no zip file"):
        read_gtfs(text, line, first_day=FIRST, last_day=LAST)
    with pytest.raises(DataError, match="no such feed"):
        read_gtfs(tmp_path / "none.zip", line, first_day=FIRST, last_day=LAST)


def test_route_types():
    assert [t for t in (0, 1, 2, 3, 99, 100, 106, 117, 118, 700) if is_rail(t)] == [2, 100, 106, 117]
