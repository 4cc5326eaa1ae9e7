"""The door of timetables: every fault with its rows, and a file that comes back as it was."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.timetable import build_timetable, join_timetables
from geoplan.io.timetable_days import format_clock, format_days, parse_clock, parse_days
from geoplan.io.timetable_table import read_timetable, write_timetable

MONDAY = dt.date(2026, 1, 5)
SUNDAY = dt.date(2026, 1, 18)
HEADER = "train;station;arrival;departure;days;operator;track\n"
GOOD = HEADER + (
    "11;Ludvika;;6:00;Mo-Fr;TiB;1\n11;Ställdalen;6:25;6:27;Mo-Fr;TiB;\n11;Frövi;7:05;;Mo-Fr;TiB;2\n"
    "90;Frövi;;23:30;daily;;\n90;Ställdalen;24:10;;daily;;\n90;Ludvika;24:50;;daily;;\n"
)


@pytest.fixture
def line(make_network):
    """A - B - C on one track, named as towns.

    Ludvika --- Ställdalen --- Frövi
    """
    rail = {"mode": "rail"}
    return make_network(
        {
            "a": (0, 0, {"name": "Ludvika", "kind": "station"}),
            "b": (30_000, 0, {"name": "Ställdalen", "kind": "station"}),
            "c": (90_000, 0, {"name": "Frövi", "kind": "station"}),
        },
        [("a", "b", rail), ("b", "c", rail)],
    )


def read(tmp_path, text, **options):
    file = tmp_path / "trains.csv"
    file.write_text(text, encoding="utf-8")
    return read_timetable(file, first_day=MONDAY, last_day=SUNDAY, **options)


def test_reads_names_times_and_days(tmp_path, line):
    timetable = read(tmp_path, GOOD, network=line)
    assert timetable.trains.index.to_list() == ["11", "90"]
    assert timetable.runs.sum(axis=1).tolist() == [10, 14]
    assert timetable.stops["place"].to_list() == ["a", "b", "c", "c", "b", "a"]
    assert timetable.stops["arrive_s"].to_list()[:3] == [21_600, 23_100, 25_500]
    assert timetable.stops["depart_s"].to_list()[3:] == [84_600, 87_000, 89_400]
    assert timetable.trains.loc["11", "operator"] == "TiB"


def test_file_comes_back_as_it_was(tmp_path, line):
    works = tmp_path / "w.csv"
    works.write_text(
        "work_id,from_station,to_station,days,start,end,reason\nnight,Ludvika,Ställdalen,Su,23:00,29:00,grinding\n",
        encoding="utf-8",
    )
    timetable = read(tmp_path, GOOD, network=line, works=works)
    write_timetable(timetable, tmp_path / "out.csv")
    again = read_timetable(
        tmp_path / "out.csv", first_day=MONDAY, last_day=SUNDAY, network=line, works=tmp_path / "out_works.csv"
    )
    pd.testing.assert_frame_equal(again.stops, timetable.stops)
    pd.testing.assert_frame_equal(again.works, timetable.works)
    pd.testing.assert_frame_equal(again.trains, timetable.trains)
    assert (again.runs == timetable.runs).all() and (again.work_runs == timetable.work_runs).all()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            "1;Ludvika;;6:00;;;\n1;Ludwika;6:30;;;;\n",
            r"1 row \(first: line 3\) name a station .* 'Ludwika'.*Did you mean: ludvika",
        ),
        ("1;Ludvika;;23:50;;;\n1;Ställdalen;0:20;;;;\n", r"line 3\) come after midnight .* 24:10"),
        ("1;Ludvika;;6:00;;;\n1;Ställdalen;23:55;0:05;;;\n1;Frövi;25:00;;;;\n", r"line 3\) depart after midnight"),
        (
            "1;Ludvika;;6:30;;;\n1;Ställdalen;6:00;;;;\n",
            r"line 3\) are earlier than the row before: .* put them in order",
        ),
        (
            "1;Ludvika;6:00;6:30;;;\n1;Ställdalen;6:20;6:40;;;\n",
            r"line 3\) arrive before the train has left .* in two places at once",
        ),
        ("1;Ludvika;;6:00;;;\n1;Ställdalen;6:30;6:25;;;\n", r"line 3\) depart before they arrive"),
        (
            "1;Ludvika;;6:00;;;\n1;Frövi;7:00;;;;\n1;Ludvika;;6:00;;;\n1;Frövi;7:00;;;;\n",
            r"timetable: stops: 2 rows \(first: line 4, line 5\) repeat an earlier row of the same train; delete them$",
        ),
        (
            "1;Ludvika;;6:00;;;\n1;Frövi;7:00;;;;\n1;Ludvika;;6:00;daily;;\n1;Frövi;7:00;;daily;;\n",
            r"1 runs 2 times on 2026-01-05",
        ),
        (
            "1;Ludvika;;6:00;;;\n1;Frövi;7:00;;;;\n2;Ludvika;;9:00;;;\n2;Frövi;9:50;;;;\n1;Frövi;;8:00;;;\n1;Ludvika;9:00;;;;\n",
            r"train 1 stand in several places.*\(lines 2, 6\)",
        ),
        ("1;Ludvika;;6:00;;;\n1;Ludvika;6:10;;;;\n1;Frövi;7:00;;;;\n", r"line 3\) repeat the station"),
        ("1;Ludvika;;6:00;;;\n", r"1 row \(first: 1\) have fewer than two stations"),
        ("1;Ludvika;;;;;\n1;Frövi;7:00;;;;\n", r"line 2\) have neither arrival nor departure"),
        ("1;Ludvika;;6:61;;;\n1;Frövi;7:00;;;;\n", r"column departure: 1 row \(line 2\) hold no time but '6:61'"),
        ("1;Ludvika;;6:00;Mo-Xx;;\n1;Frövi;7:00;;Mo-Xx;;\n", r"'Mo-Xx' is no day"),
    ],
    ids=[
        "unknown station",
        "midnight",
        "midnight at a stop",
        "unordered",
        "overlap",
        "depart<arrive",
        "duplicate",
        "twice a day",
        "torn",
        "repeated station",
        "one row",
        "no time",
        "no clock",
        "no day",
    ],
)
def test_bad_rows_are_named(tmp_path, line, rows, words):
    with pytest.raises(DataError, match=words):
        read(tmp_path, HEADER + rows, network=line)


def test_all_faults_at_once(tmp_path, line):
    with pytest.raises(DataError) as caught:
        read(
            tmp_path,
            HEADER + "1;Nowhere;;6:00;;;\n1;Frövi;5:00;;;;\n2;Frövi;;23:50;;;\n2;Ludvika;1:00;;;;\n",
            network=line,
        )
    assert "Nowhere" in str(caught.value) and "put them in order" in str(caught.value) and "24:10" in str(caught.value)


def test_variants_of_a_train_on_other_days(tmp_path, line):
    text = HEADER + "1;Ludvika;;6:00;Mo-Fr;;\n1;Frövi;7:00;;Mo-Fr;;\n1;Ludvika;;8:00;Sa;;\n1;Frövi;9:00;;Sa;;\n"
    timetable = read(tmp_path, text, network=line)
    assert timetable.trains.index.to_list() == ["1", "1/2"]
    assert timetable.trains["train"].to_list() == ["1", "1"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("daily", 14),
        ("", 14),
        ("Mo-Fr", 10),
        ("Sa,Su", 4),
        ("Fr-Mo", 8),
        ("vardagar", 10),
        ("Lö", 2),
        ("2026-01-07", 1),
        ("2026-01-07..2026-01-09", 3),
        ("Mo 2026-01-10..", 1),
        ("daily -2026-01-07", 13),
        ("Mo-Fr 2026-01-10 -Fr", 9),
        ("2025-12-24", 0),
    ],
)
def test_days(text, count):
    assert parse_days(text, MONDAY, SUNDAY).sum() == count


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 6))
def test_days_come_back(runs, shift):
    first = MONDAY + dt.timedelta(days=shift)
    last = first + dt.timedelta(days=len(runs) - 1)
    mask = np.array(runs)
    assert (parse_days(format_days(mask, first), first, last) == mask).all()


@given(st.integers(0, 3 * 86_400))
def test_clock_comes_back(seconds):
    assert parse_clock(format_clock(seconds)) == seconds


def test_join_needs_one_period():
    trains = pd.DataFrame(index=["1"])
    stops = pd.DataFrame({"train_id": ["1", "1"], "place": ["a", "b"], "depart_s": [0.0, 600.0]})
    one = build_timetable(trains, stops, first_day=MONDAY, last_day=SUNDAY)
    other = build_timetable(trains, stops, first_day=MONDAY, last_day=MONDAY)
    with pytest.raises(DataError, match="periods differ"):
        join_timetables([one, other])
    with pytest.raises(DataError, match="duplicate train_id: 1 row"):
        join_timetables([one, one])


def test_works_must_end_after_they_start():
    works = pd.DataFrame(
        {"from_place": ["a"], "to_place": ["b"], "start_s": [79_200.0], "end_s": [18_000.0]}, index=["night"]
    )
    trains = pd.DataFrame(index=["1"])
    stops = pd.DataFrame({"train_id": ["1", "1"], "place": ["a", "b"], "depart_s": [0.0, 600.0]})
    with pytest.raises(DataError, match=r"works: 1 row \(first: night\) do not end after they start; .*29:00"):
        build_timetable(trains, stops, works=works, first_day=MONDAY, last_day=SUNDAY)
