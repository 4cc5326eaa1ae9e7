"""Made-up timetables: free of conflicts, repeatable, labelled."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.check import find_conflicts
from geoplan.rail.generate import make_timetable
from geoplan.rail.slot_plan import find_slots
from geoplan.rail.train import train

FIRST, LAST = dt.date(2026, 1, 5), dt.date(2026, 1, 18)


def services(*rows):
    columns = ["service_id", "train_type", "from_node", "to_node", "trains_per_day", "run_min", "scenario"]
    return pd.DataFrame(list(rows), columns=columns).set_index("service_id")


def made(layout, *rows, **options):
    return make_timetable(layout, services(*rows), first_day=FIRST, last_day=LAST, **options)


MIXED = (
    ("pass", "passenger", "A", "D", 12.0, np.nan, ""),
    ("goods", "freight", "A", "D", 4.0, np.nan, ""),
    ("local", "passenger", "B", "D", 6.0, 50.0, ""),
)


def test_as_many_trains_as_asked_and_no_conflict(single_line):
    timetable = made(single_line, *MIXED, seed=3)
    assert timetable.trains["train_type"].value_counts().to_dict() == {"passenger": 36, "freight": 8}
    assert timetable.meta["not_placed"] == ()
    assert find_conflicts(single_line, timetable).empty
    assert timetable.made_up and (timetable.trains["made_up"] == "yes").all() and "made up" in repr(timetable)


def test_the_seed_decides(single_line):
    one, same, other = (made(single_line, *MIXED, seed=s).stops for s in (3, 3, 4))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


def test_published_running_times_are_kept(single_line):
    timetable = made(single_line, MIXED[2])
    rows = timetable.stops[timetable.stops["train_id"] == "local.u01"]
    assert rows["arrive_s"].iloc[-1] - rows["depart_s"].iloc[0] >= 50 * 60


def test_says_what_found_no_time(single_line):
    # 100 trains each way do not fit on sections of up to 20 minutes.
    timetable = made(
        single_line, ("much", "freight", "A", "D", 100.0, np.nan, ""), ("lost", "freight", "A", "D", np.nan, np.nan, "")
    )
    assert 20 < len(timetable.trains) < 140 and len(timetable.meta["not_placed"]) == 200 - len(timetable.trains)
    assert timetable.meta["unknown"] == ("lost",)
    assert find_conflicts(single_line, timetable).empty
    full = rail_capacity(single_line, timetable)
    assert full[full["period"] == "day"]["timetable_pct"].max() > 60
    with pytest.raises(DataError, match="no typical train of type 'odd'"):
        made(single_line, ("x", "odd", "A", "D", 1.0, np.nan, ""))


def test_slots_beside_made_up_trains_say_so(single_line):
    timetable = made(single_line, *MIXED)
    table = find_slots(single_line, timetable, train("ore_22t"), "A", "D", weekdays=[5], step_s=300)
    assert table.attrs["made_up"] and (table["weeks_ok"] == 2).any()


def test_scenario_and_days(single_line):
    rows = (*MIXED[:1], ("ore", "ore", "A", "D", 4.0, np.nan, "mines"))
    assert set(made(single_line, *rows).trains["train_type"]) == {"passenger"}
    mines = made(single_line, *rows, scenarios=["mines"], days={"ore": "Mo-Fr"})
    assert mines.runs[mines.trains["train_type"] == "ore"].sum(axis=1).tolist() == [10] * 8
