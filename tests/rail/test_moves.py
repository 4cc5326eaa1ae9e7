"""Moving trains against trying every shift with the independent checker."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from geoplan.rail.check import find_conflicts
from geoplan.rail.moves import move_trains
from geoplan.rail.rules import Rules

RULES = Rules(meet_s=120, release_s=120, track_s=60)


def shifted(timetable, minutes):
    stops = timetable.stops.copy()
    for column in ("arrive_s", "depart_s"):
        stops[column] += stops["train_id"].map(minutes).fillna(0.0) * 60.0
    return replace(timetable, stops=stops)


def best_by_trying(layout, timetable, fixed, limit, cost):
    """Least cost over every combination of shifts; inf when none is free of conflicts."""
    free = [train for train in timetable.trains.index if train not in fixed]
    best = np.inf
    for minutes in product(range(-limit, limit + 1), repeat=len(free)):
        total = sum(
            abs(m) * cost.get(timetable.trains.at[t, "train_type"], 1.0) for t, m in zip(free, minutes, strict=True)
        )
        if (
            total < best
            and find_conflicts(layout, shifted(timetable, dict(zip(free, minutes, strict=True))), rules=RULES).empty
        ):
            best = total
    return best


def test_moves_one_train_by_hand(single_line, make_timetable):
    # new leaves B-C at 6:42; the other enters C-B at 6:40 and must wait until 6:44.
    trains = {"new": "A 6:17, B 6:27, C 6:42, D 7:02", "1": "C 6:40, B 6:55, A 7:05"}
    moves = move_trains(single_line, make_timetable(trains), fixed=["new"], rules=RULES)
    assert moves.feasible and moves.table["shift_min"].to_dict() == {"1": 4.0} and moves.total_min == 4
    assert find_conflicts(single_line, moves.timetable, rules=RULES).empty


def test_dear_trains_stay(single_line, make_timetable):
    # Two trains behind each other; the new one in the middle. A passenger minute costs 10.
    trains = {"new": "A 6:30, B 6:40, C 6:55, D 7:15", "p": "C 6:50, B 7:05, A 7:15", "f": "C 7:08, B 7:23, A 7:33"}
    types = {"new": "special", "p": "passenger", "f": "freight"}
    timetable = make_timetable(trains, train_type=types)
    cost = {"passenger": 10.0, "freight": 1.0}
    moves = move_trains(single_line, timetable, fixed=["new"], cost_per_min=cost, rules=RULES, max_move_min=20)
    # p waits until 6:57 (7 min); f may follow it into C-B at 7:14 (6 min): 70 + 6. Nothing else is cheaper.
    assert moves.table["shift_min"].to_dict() == {"p": 7.0, "f": 6.0} and moves.cost == 76


def test_a_work_cannot_be_moved(single_line, make_timetable):
    works = pd.DataFrame(
        {"from_place": ["C"], "to_place": ["B"], "start_s": [6 * 3600 + 3300.0], "end_s": [86_400.0]}, index=["w"]
    )
    trains = {"new": "A 6:17, B 6:27, C 6:42, D 7:02", "1": "C 6:30, B 6:45, A 6:55"}
    late = move_trains(single_line, make_timetable(trains, works=works), fixed=["new"], rules=RULES, max_move_min=20)
    assert not late.feasible and late.blocked == ("1",)  # later runs into the works, earlier is too far
    # Earlier it must be out of A-B two minutes before 6:17: 40 minutes.
    far = move_trains(single_line, make_timetable(trains, works=works), fixed=["new"], rules=RULES, max_move_min=45)
    assert far.feasible and far.table["shift_min"].to_dict() == {"1": -40.0}


def test_nothing_to_move(single_line, make_timetable):
    moves = move_trains(single_line, make_timetable({"1": "A 6:00, D 6:54"}), rules=RULES)
    assert moves.feasible and moves.table.empty and moves.total_min == 0


def random_trains(rng):
    """A new train from A at 7:00 and two others, one each way, near it."""
    trains = {"new": "A 7:00, B 7:10, C 7:25, D 7:45"}
    for k, (places, run) in enumerate((("ABCD", (10, 15, 20)), ("DCBA", (20, 15, 10)))):
        time = 420 + int(rng.integers(-60, 60))
        words = []
        for place, minutes in zip(places, (*run, 0), strict=True):
            stay = int(rng.integers(0, 12)) if place in "BC" else 0
            words.append(f"{place} {time // 60}:{time % 60:02d}-{(time + stay) // 60}:{(time + stay) % 60:02d}")
            time += stay + minutes
        trains[f"t{k}"] = ", ".join(words)
    return trains


@pytest.mark.parametrize("seed", range(5))
def test_as_cheap_as_trying_everything(single_line, make_timetable, seed):
    rng = np.random.default_rng(seed)
    limit = 4
    while True:  # until only the new train collides
        timetable = make_timetable(random_trains(rng), n_days=1)
        conflicts = find_conflicts(single_line, timetable, rules=RULES)
        if len(conflicts) and ((conflicts["train"] == "new") | (conflicts["other"] == "new")).all():
            break
    moves = move_trains(single_line, timetable, fixed=["new"], max_move_min=limit, rules=RULES)
    assert (moves.total_min if moves.feasible else np.inf) == best_by_trying(single_line, timetable, {"new"}, limit, {})
    if moves.feasible:
        assert find_conflicts(single_line, moves.timetable, rules=RULES).empty
