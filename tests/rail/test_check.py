"""The checker against conflicts set by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.rail.check import find_conflicts
from geoplan.rail.layout import rail_layout
from geoplan.rail.rules import Rules

RULES = Rules(meet_s=120, release_s=120, track_s=60)


def kinds(layout, timetable, **options):
    table = find_conflicts(layout, timetable, rules=RULES, **options)
    return sorted(set(table["kind"])), table


def test_a_clean_meet_passes(single_line, make_timetable):
    # Meet at B: the train from D leaves B-C at 6:25, the other enters at 6:27.
    good = make_timetable({"1": "A 6:12, B 6:22-6:27, C 6:42, D 7:02", "2": "D 5:50, C 6:10, B 6:25-6:25, A 6:35"})
    assert kinds(single_line, good)[0] == []


@pytest.mark.parametrize(("leave", "missing"), [("6:26", 60), ("6:25", 120), ("6:20", 420)])
def test_a_meet_too_tight(single_line, make_timetable, leave, missing):
    run = int(leave[2:]) + 15
    trains = {"1": f"A 6:05, B 6:15-{leave}, C 6:{run}, D 7:10", "2": "D 5:45, C 6:10, B 6:25, A 6:35"}
    names, table = kinds(single_line, make_timetable(trains))
    assert names == ["meet"] and table["missing_s"].to_list() == [missing]
    assert table.iloc[0][["train", "other", "where"]].to_list() == ["1", "2", "B–C"]


def test_only_days_that_coincide_count(single_line, make_timetable):
    trains = {"1": "A 6:10, B 6:20, C 6:35, D 6:55", "2": "D 6:00, C 6:20, B 6:35, A 6:45"}
    days = {"1": "Mo-Fr", "2": "Fr-Su"}
    names, table = kinds(single_line, make_timetable(trains, days=days))
    assert names == ["meet"] and table.iloc[0]["days"] == 1 and table.iloc[0]["first_date"].isoformat() == "2026-01-09"
    assert kinds(single_line, make_timetable(trains, days={"1": "Mo-Th", "2": "Fr-Su"}))[0] == []


def test_trains_of_two_days_meet_after_midnight(single_line, make_timetable):
    trains = {"1": "A 23:50, B 24:00, C 24:15, D 24:35", "2": "D 0:00, C 0:20, B 0:35, A 0:45"}
    table = kinds(single_line, make_timetable(trains))[1]
    assert table["kind"].to_list() == ["meet"] and table["days"].to_list() == [6]


def test_headway_follows_the_blocks(make_railway, make_timetable):
    # 20 minutes in one block: the second must wait 22 min; in four blocks 5 + 2 = 7 min.
    for blocks, need in ((1.0, 22), (4.0, 7)):
        layout = rail_layout(make_railway({"A": (0,), "B": (24,)}, [("A", "B", {"blocks": blocks})]))
        for gap, bad in ((need, False), (need - 1, True)):
            trains = {"1": "A 6:00, B 6:20", "2": f"A 6:{gap:02d}, B 6:{gap + 20:02d}"}
            assert (kinds(layout, make_timetable(trains))[0] == ["headway"]) == bad


def test_nobody_overtakes_inside_a_section(make_railway, make_timetable):
    layout = rail_layout(make_railway({"A": (0,), "B": (24,)}, [("A", "B", {"tracks": 2.0})]))
    trains = {"slow": "A 6:00, B 7:00", "fast": "A 6:20, B 6:40", "back": "B 6:00, A 6:20"}
    names, table = kinds(layout, make_timetable(trains))
    assert names == ["overtake"] and set(table.iloc[0][["train", "other"]]) == {"slow", "fast"}


def test_a_place_has_so_many_tracks(single_line, make_timetable):
    trains = {
        "1": "A 6:05, B 6:15-6:50, C 7:05, D 7:25",
        "2": "D 5:30, C 5:50, B 6:05-6:40, A 6:50",
        "3": "C 6:10, B 6:25-6:26, A 6:36",
    }
    names, table = kinds(single_line, make_timetable(trains))
    assert "full" in names and table[table["kind"] == "full"].iloc[0]["detail"] == "3 trains, 2 tracks"


def test_a_station_track_holds_one_train(single_line, make_timetable):
    trains = {"1": "A 6:10, B 6:20-6:30 2, C 6:45, D 7:05", "2": "D 5:42, C 6:02, B 6:17-6:34 2, A 6:44"}
    assert "track" in kinds(single_line, make_timetable(trains))[0]
    trains["2"] = trains["2"].replace(" 2,", " 1,")
    assert "track" not in kinds(single_line, make_timetable(trains))[0]


def test_long_trains_wait_where_they_fit(single_line, make_timetable):
    trains = {"ore": "A 6:10, B 6:20-6:30, C 6:45, D 7:05"}
    names, table = kinds(single_line, make_timetable(trains, length_m=750.0))
    assert names == ["too_long"] and table.iloc[0]["detail"] == "750 m long, 700 m fit"
    assert kinds(single_line, make_timetable(trains, length_m=700.0))[0] == []
    assert kinds(single_line, make_timetable({"ore": "A 6:10, B 6:20, C 6:35, D 6:55"}, length_m=750.0))[0] == []


def test_works_and_closed_nights(single_line, make_timetable):
    works = pd.DataFrame(
        {
            "from_place": ["A", "C"],
            "to_place": ["C", ""],
            "days": ["Su", "daily"],
            "start_s": [82_800.0, 21_600.0],
            "end_s": [104_400.0, 25_200.0],
        },
        index=["night", "yard"],
    )
    trains = {"1": "A 4:55, B 5:05, C 5:20, D 5:40", "2": "A 4:30, B 4:40, C 4:55, D 5:15"}
    names, table = kinds(single_line, make_timetable(trains, works=works, n_days=14, days={"1": "Mo", "2": "Tu"}))
    assert names == ["closed"]
    assert table[["train", "where", "days", "detail"]].to_numpy().tolist() == [["1", "A–B", 1, "night"]]
    assert table.iloc[0]["missing_s"] == 300
    stands = make_timetable({"1": "A 5:00, B 5:10, C 5:25-6:30, D 6:50"}, works=works)
    assert kinds(single_line, stands)[1]["where"].to_list() == ["C"]


def test_too_fast_for_the_line(single_line, make_timetable):
    names, table = kinds(single_line, make_timetable({"1": "A 6:00, B 6:05, C 6:20, D 6:40"}))
    assert names == ["too_fast"] and table.iloc[0]["missing_s"] == 300


def test_asks_only_for_some_trains(single_line, make_timetable):
    trains = {"1": "A 6:10, B 6:20, C 6:35, D 6:55", "2": "D 6:00, C 6:20, B 6:35, A 6:45", "3": "A 12:00, D 12:54"}
    assert kinds(single_line, make_timetable(trains), trains=["3"])[0] == []
    assert kinds(single_line, make_timetable(trains), trains=["2"])[0] == ["meet"]


def test_an_empty_timetable_has_no_conflict(single_line, make_timetable):
    table = find_conflicts(single_line, make_timetable({}))
    assert table.empty and "missing_s" in table and np.isfinite(RULES.margin_pct)
