"""Slots by hand: waits, overtakes, long trains, special conditions, weeks, reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from geoplan.errors import DataError, NoRouteError
from geoplan.rail.check import find_conflicts
from geoplan.rail.layout import rail_layout
from geoplan.rail.rules import Rules
from geoplan.rail.slot_plan import find_slots, line_basis, plan_slots, slot_rows, slot_timetable
from geoplan.rail.slot_price import price_slots
from geoplan.rail.slots import Conditions
from geoplan.rail.train import Train, train

RULES = Rules(meet_s=120, release_s=120, track_s=60, dwell_s=60, margin_pct=0.0)
SLUG = Train(
    "slug",
    train_type="special",
    length_m=100.0,
    mass_t=100.0,
    max_speed_kmh=72.0,
    force_kn=1e5,
    power_kw=1e9,
    brake_ms2=500.0,
    resist_a_npt=0.0,
    resist_c_npt=0.0,
    rotating_pct=0.0,
)  # at once at 20 m/s, at once at rest


def slots(layout, timetable, train=SLUG, way=("A", "D"), **options):
    options = {"rules": RULES, "weekdays": [0], **options}
    return find_slots(layout, timetable, train, *way, **options)


def test_an_empty_line_is_free_at_every_minute(single_line, make_timetable):
    table = slots(single_line, make_timetable({}), window=("6:00", "7:00"))
    assert len(table) == 60 and (table["weeks_ok"] == 1).all() and (table["wait_min"] == 0).all()
    first = table.sort_values("depart_s").iloc[0]
    assert (first["depart"], first["weekday"]) == ("06:00", "Monday")
    assert first["arrive_s"] - first["depart_s"] == pytest.approx(45 * 60, abs=2)


def test_waits_at_the_loop_for_the_other(single_line, make_timetable):
    # The other leaves B at 6:25; who departs A at 6:00 reaches B at 6:10 and may go on at 6:27: 17 minutes there.
    other = make_timetable({"1": "D 5:45, C 6:05, B 6:25, A 6:35"})
    table = slots(single_line, other, window=("6:00", "6:01"))
    row = table.iloc[0]
    assert (
        row["stops"] == "B 17 min"
        and row["wait_min"] == pytest.approx(17, abs=0.1)
        and row["arrive"].startswith("07:02")
    )
    assert row["buffer_min"] == pytest.approx(0, abs=0.1)  # it leaves as soon as it may


def test_a_train_too_long_for_the_loop_must_find_another_time(single_line, make_timetable):
    other = make_timetable({"1": "D 5:45, C 6:05, B 6:25, A 6:35"})
    long = replace(SLUG, length_m=750.0)
    free = slots(single_line, other, long, window=("5:00", "8:00"))
    # Ends at D at 5:43 at the latest, or leaves A at 6:37 at the earliest.
    assert set(free["depart"]) == {f"0{m // 60}:{m % 60:02d}" for m in range(6 * 60 + 37, 8 * 60)}
    plan = plan_slots(single_line, other, long, ["A", "D"], window=("6:00", "6:30"), weekdays=[0], rules=RULES)
    assert plan.slots.empty and plan.slots.attrs["why"]
    assert "750 m long" in " ".join(plan.why["reason"]) and "train 1" in plan.why["what"].to_list()


def test_is_overtaken_by_a_faster_train(make_railway, make_timetable):
    loop = {"has_loop": "yes", "loop_length_m": 700.0}
    layout = rail_layout(
        make_railway(
            {"A": (0,), "B": (30, loop), "C": (60,)},
            [("A", "B", {"tracks": 2.0, "speed_kmh": 200.0}), ("B", "C", {"tracks": 2.0, "speed_kmh": 200.0})],
        )
    )
    fast = make_timetable({"1": "A 6:20, B 6:30, C 6:40"})
    slow = replace(SLUG, max_speed_kmh=36.0)  # 50 minutes to B; block times 6 x shorter
    table = slots(layout, fast, slow, ("A", "C"), window=("5:30", "5:31"))
    row = table.iloc[0]
    assert row["stops"].startswith("B ") and row["arrive_s"] - row["depart_s"] > 100 * 60
    new = slot_timetable(
        plan_slots(layout, fast, slow, ["A", "C"], window=("5:30", "5:31"), weekdays=[0], rules=RULES), 0, fast
    )
    assert find_conflicts(layout, new, rules=RULES).empty


def test_stops_that_must_be_and_must_not_be(single_line, make_timetable):
    other = make_timetable({"1": "D 5:45, C 6:05, B 6:25, A 6:35"})
    must = Conditions(stops={"B": 30.0})
    assert slots(single_line, other, window=("6:00", "6:01"), conditions=must).iloc[0]["stops"] == "B 30 min"
    never = Conditions(no_stop=["B"])
    assert slots(single_line, other, window=("6:00", "6:01"), conditions=never).empty
    with pytest.raises(DataError, match="no place 'Z'"):
        slots(single_line, other, conditions=Conditions(stops={"Z": 1.0}))
    with pytest.raises(DataError, match="is not on the way"):
        slots(single_line, other, conditions=Conditions(stops={"A": 1.0}))


def test_alone_in_a_feeding_area(make_railway, make_timetable):
    # Two tracks: opposing trains do not matter, unless the feeding is off for the whole area.
    network = make_railway(
        {"A": (0,), "B": (12,), "C": (24,)}, [("A", "B", {"tracks": 2.0}), ("B", "C", {"tracks": 2.0})]
    )
    layout = rail_layout(network, keep=["B"])
    other = make_timetable({"1": "C 6:00, B 6:10, A 6:20"})
    free = slots(layout, other, way=("A", "C"), window=("5:30", "6:30"))
    assert (free["weeks_ok"] == 1).sum() == 60
    area = Conditions(alone=[["A-B", "B-C"]])
    alone = slots(layout, other, way=("A", "C"), window=("5:30", "6:30"), conditions=area)
    # It must have left C at 5:58 (so start at 5:38) or start when the other has left at 6:20 + 2.
    minutes = sorted(alone[alone["weeks_ok"] == 1]["depart_s"] // 60)
    assert minutes == [*range(5 * 60 + 30, 5 * 60 + 38), *range(6 * 60 + 22, 6 * 60 + 30)]


def test_same_time_every_week_or_the_fewest_exceptions(single_line, make_timetable):
    # The opposing train runs one Monday of four and holds the whole hour.
    trains = {"1": "D 6:00, C 6:20, B 6:40, A 6:50"}
    timetable = make_timetable(trains, days={"1": "2026-01-12"}, n_days=28)
    long = replace(SLUG, length_m=750.0)
    table = slots(single_line, timetable, long, window=("6:10", "6:20"))
    assert (table["weeks_ok"] == 3).all() and (table["n_weeks"] == 4).all()
    assert table["conflicts"].str.contains("week of 2026-01-12").all() and "train 1 at " in table["conflicts"].iloc[0]
    assert table["weeks_not"].iloc[0] == (1,)
    assert "meets train 1" in " ".join(table.attrs["why"].split()) or table.attrs["why"]
    plan = plan_slots(single_line, timetable, long, ["A", "D"], window=("6:10", "6:20"), weekdays=[0], rules=RULES)
    new = slot_timetable(plan, int(plan.slots.index[0]), timetable)
    assert new.runs[-1].sum() == 3 and find_conflicts(single_line, new, rules=RULES).empty


def test_closed_nights_and_the_night_between_weeks(single_line, make_timetable):
    works = pd.DataFrame(
        {"from_place": ["A"], "to_place": ["D"], "days": ["Su"], "start_s": [82_800.0], "end_s": [104_400.0]},
        index=["night"],
    )
    timetable = make_timetable({"1": "A 6:00, D 6:54"}, works=works, n_days=21)
    table = slots(single_line, timetable, weekdays=[6], window=("22:00", "29:30"))
    free = table[(table["weeks_ok"] == 3) & (table["wait_min"] < 1)]["depart"]
    assert free[free > "20"].max() == "22:14" and free[free < "20"].min() == "05:00"
    assert table.loc[free.index, "weekday"].isin(["Sunday", "Monday"]).all()
    night = table[table["depart"] == "22:15"].iloc[0]  # to C by 22:40, and on at five
    assert night["arrive"].startswith("29:2") and night["wait_min"] > 360
    plan = plan_slots(single_line, timetable, SLUG, ["A", "D"], weekdays=[6], window=("23:00", "24:00"), rules=RULES)
    assert "work night" in plan.why["what"].to_list()


def test_every_slot_passes_the_checker(single_line, make_timetable):
    trains = {f"d{h}": f"D {h}:10, C {h}:32, B {h}:52, A {h + 1}:03" for h in range(5, 20, 3)}
    trains |= {f"u{h}": f"A {h}:20, B {h}:31, C {h}:50-{h}:58, D {h + 1}:19" for h in range(4, 20, 2)}
    timetable = make_timetable(trains, n_days=14, days={t: "Mo-Fr" for t in trains if t.startswith("d")})
    plan = plan_slots(
        single_line,
        timetable,
        train("freight_1200"),
        ["D", "A"],
        window=("4:00", "20:00"),
        weekdays=[0, 5],
        rules=RULES,
    )
    good = plan.slots[plan.slots["weeks_ok"] == 2]
    assert len(good) > 50 and (good["wait_min"] > 1).any()
    for slot in good.index[:: max(1, len(good) // 40)]:
        new = slot_timetable(plan, int(slot), timetable)
        assert find_conflicts(single_line, new, rules=RULES, trains=["new"]).empty, slot


def test_the_rows_of_a_slot_follow_the_line(single_line, make_timetable):
    plan = plan_slots(
        single_line,
        make_timetable({}),
        train("regina_2"),
        ["D", "A"],
        window=("8:00", "8:01"),
        weekdays=[2],
        rules=RULES,
    )
    rows = slot_rows(plan, 0)
    assert rows["place"].to_list() == ["D", "C", "B", "A"] and rows["km"].to_list() == [0, 24, 42, 54]
    assert rows["arrive_s"].iloc[0] == 2 * 86_400 + 8 * 3600 and not rows["stop"].any()
    with pytest.raises(DataError, match="no slot 99"):
        slot_rows_of = slot_timetable(plan, 99, make_timetable({}))
        assert slot_rows_of


def test_says_what_it_rests_on(make_railway, make_timetable):
    network = make_railway(
        {"A": (0,), "B": (12,), "C": (24,)},
        [("A", "B", {"max_axle_load_t": 22.5}), ("B", "C", {"max_metre_load_tpm": 6.4})],
    )
    plan = plan_slots(
        network, make_timetable({}), train("transformer"), ["A", "C"], window=("8:00", "8:01"), rules=RULES
    )
    basis = plan.assumed.set_index(["where", "value"])["verdict"]
    assert basis["A–B", "max_axle_load_t"] == "not_ok" and basis["B–C", "max_axle_load_t"] == "unknown"
    assert basis["B–C", "max_metre_load_tpm"] == "not_ok" and basis["B", "place loop"] == "assumed"
    assert (
        line_basis(plan.task.line, replace(SLUG, axle_load_t=20.0, metre_load_tpm=5.0))
        .query("verdict == 'not_ok'")
        .empty
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": ("9:00", "8:00")}, "does not end after it starts; write 22:00 to 29:00"),
        ({"window": ("x", "8:00")}, "window: x is no time"),
        ({"weekdays": [7]}, "give numbers 0 \\(Monday\\) to 6"),
        ({"weekdays": []}, "give numbers 0"),
        ({"step_s": 0}, "step_s is 0"),
        ({"way": ("A", "A")}, "the same place"),
        ({"weeks": []}, "no whole week"),
        ({"conditions": Conditions(alone=[["X-Y"]])}, "no section 'X-Y'"),
        ({"train": replace(SLUG, force_kn=0.001, resist_a_npt=20.0)}, "slug cannot run A–D: it stalls"),
    ],
)
def test_values_that_cannot_be(single_line, make_timetable, options, words):
    with pytest.raises(DataError, match=words):
        slots(single_line, make_timetable({}), **options)


def test_no_way_at_all(make_railway, make_timetable):
    layout = rail_layout(make_railway({"A": (0,), "B": (12,), "C": (30,), "D": (40,)}, [("A", "B"), ("C", "D")]))
    with pytest.raises(NoRouteError, match="no railway in use from A to D"):
        slots(layout, make_timetable({}))


def test_weeks_of_a_year(single_line, make_timetable):
    year = make_timetable({"1": "A 6:00, D 6:54"}, n_days=364)
    table = slots(single_line, year, window=("6:20", "6:21"))
    assert table.iloc[0]["n_weeks"] == 52
    some = slots(single_line, year, window=("5:30", "6:30"), weeks=[dt.date(2026, 1, 5), dt.date(2026, 3, 2)])
    assert (some["n_weeks"] == 2).all()


def test_the_price_of_a_slot(single_line, make_timetable, monkeypatch):
    # Opposing trains every half hour leave no slot for a train that fits no loop; a few minutes of theirs make one.
    trains = {
        f"{h}{m:02d}": f"D {h}:{m:02d}, C {h}:{m + 20:02d}, B {h + (m + 35) // 60}:{(m + 35) % 60:02d}, A {h + (m + 45) // 60}:{(m + 45) % 60:02d}"
        for h in range(5, 9)
        for m in (0, 35)
    }
    timetable = make_timetable(trains)
    long = replace(SLUG, length_m=750.0)
    plan = plan_slots(single_line, timetable, long, ["A", "D"], window=("6:30", "7:00"), weekdays=[0], rules=RULES)
    assert plan.slots.empty
    assert {"train", "loop"} <= set(plan.why["kind"])
    price = price_slots(plan, timetable, departures=3, max_move_min=60)
    assert price["feasible"].any() and price["moved_min"].iloc[0] > 0 and " min" in price["moves"].iloc[0]
    stuck = price_slots(plan, timetable, departures=1, max_move_min=2)
    assert not stuck["feasible"].any() and stuck["moves"].iloc[0].startswith("stuck: ")
    assert stuck["in_time"].all() and price["in_time"].all()
    # Without work nothing is known: the trains are not said to stand in the way.
    monkeypatch.setattr("geoplan.rail.moves.ROUNDS", 0)
    late = price_slots(plan, timetable, departures=1, max_move_min=60)
    assert not late["in_time"].any() and not late["feasible"].any()
    assert late["moves"].tolist() == ["the search ran out of time"]


def test_services_are_made_into_a_timetable(make_railway):
    network = make_railway({"A": (0,), "B": (12,), "C": (30,)}, [("A", "B"), ("B", "C")])
    services = SimpleNamespace(
        trains=pd.DataFrame(
            {"train_type": ["freight"], "from_node": ["A"], "to_node": ["C"], "trains_per_day": [6.0]},
            index=pd.Index(["s"], name="service_id"),
        ),
        stations=pd.DataFrame({"node_id": ["B"], "has_loop": ["yes"], "loop_length_m": [700.0]}),
    )
    table = find_slots(network, services, train("transformer"), "A", "C", weekdays=[5], step_s=600)
    assert table.attrs["made_up"] and (table["n_weeks"] == 52).all() and len(table) > 10
