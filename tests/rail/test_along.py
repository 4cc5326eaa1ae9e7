"""Tables for the drawings agree with the timetable and the slots they come from."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from geoplan.rail.along import (
    capacity_geometry,
    free_windows_along,
    places_along,
    sections_along,
    slot_along,
    trains_along,
    works_along,
)
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.layout import rail_layout
from geoplan.rail.line import rail_line
from geoplan.rail.rules import Rules
from geoplan.rail.slot_plan import plan_slots
from geoplan.rail.train import train

MONDAY = dt.date(2026, 1, 5)


def test_trains_of_a_day_and_the_night_before(single_line, make_timetable):
    timetable = make_timetable({"1": "A 6:00, B 6:10-6:15, C 6:30", "n": "D 23:50, C 24:10, A 24:40"}, days={"1": "Mo"})
    line = rail_line(single_line, ["A", "D"])
    table = trains_along(line, timetable, MONDAY + dt.timedelta(days=1))
    assert set(table["train"]) == {"n"} and len(set(table["part"])) == 2  # last night's and tonight's
    monday = trains_along(line, timetable, MONDAY)
    own = monday[monday["train"] == "1"]
    assert own["km"].to_list() == [0, 12, 12, 30] and own["time_s"].to_list() == [21_600, 22_200, 22_500, 23_400]


def test_a_train_that_leaves_the_line_is_two_strings(make_railway, make_timetable):
    layout = rail_layout(
        make_railway(
            {"A": (0,), "B": (10,), "C": (20,), "E": (15, {}, 9_000)}, [("A", "B"), ("B", "C"), ("B", "E"), ("E", "C")]
        )
    )
    timetable = make_timetable({"1": "A 6:00, B 6:10, E 6:20, C 6:30"})
    table = trains_along(rail_line(layout, ["A", "B", "C"]), timetable, MONDAY)
    assert table["km"].max() == 10 and len(set(table["part"])) == 2  # today and tomorrow morning


def test_slot_windows_and_works(single_line, make_timetable):
    works = pd.DataFrame(
        {"from_place": ["A"], "to_place": ["B"], "days": ["Mo"], "start_s": [28_800.0], "end_s": [32_400.0]},
        index=["w"],
    )
    timetable = make_timetable({"1": "D 5:45, C 6:05, B 6:25, A 6:35"}, works=works, n_days=14)
    plan = plan_slots(
        single_line, timetable, train("freight_1200"), ["A", "D"], weekdays=[0], window=("5:00", "10:00"), rules=Rules()
    )
    shut = works_along(plan.task.line, timetable, MONDAY)
    assert shut.to_numpy().tolist() == [["w", 0.0, 12.0, 28_800.0, 32_400.0]]
    slot = int(plan.slots.index[0])
    rows = slot_along(plan, slot)
    assert rows["km"].iloc[0] == 0 and rows["km"].iloc[-1] == 54 and len(rows) == 2 * len(plan.task.line.places)
    assert rows["time_s"].iloc[0] == plan.slots["depart_s"][slot]  # Monday
    free = free_windows_along(plan, slot)
    inside = [(free["start_s"] <= t).to_numpy() & (t < free["end_s"]).to_numpy() for t in plan.slots["depart_s"]]
    assert all(row.any() for row in inside) and len(free) > 1


def test_sections_with_their_share(make_railway, make_timetable):
    network = make_railway({"A": (0,), "B": (10,), "C": (30,)}, [("A", "B", {"tracks": 2.0}), ("B", "C")])
    layout = rail_layout(network)
    capacity = rail_capacity(layout, make_timetable({"1": "A 6:00, C 6:40"}, train_type="freight"))
    line = rail_line(layout, ["C", "A"])
    table = sections_along(line, capacity)
    assert table[["km_from", "km_to", "tracks"]].to_numpy().tolist() == [[0, 20, 1], [20, 30, 2]]
    assert (table["consumption_pct"] > 0).all() and (table["capacity_class"] == "low").all()
    assert places_along(line)["km"].to_list() == [0, 20, 30]
    drawn = capacity_geometry(network, layout, capacity)
    assert drawn.geometry.length.unique().tolist() == [10_000, 20_000] and len(drawn) == len(capacity)
