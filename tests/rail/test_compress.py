"""UIC 406 and single-track examples worked out by hand. Minutes in the comments."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.errors import DataError
from geoplan.rail.compress import alternation_bound, consumption_pct, line_occupancy, occupancy
from geoplan.rail.rules import Rules, capacity_class

RULES = Rules(meet_s=120, release_s=120, track_s=60)


def minutes(*rows):
    """(enter, leave, forward) in minutes as arrays in seconds."""
    enter, leave, forward = zip(*rows, strict=True)
    return np.array(enter) * 60.0, np.array(leave) * 60.0, np.array(forward)


def test_alternating_trains_on_one_track():
    # 10 minutes each way and 2 to turn the section round: 12 + 12 = 24 minutes of every hour, 40 %.
    trains = minutes((0, 10, True), (30, 40, False))
    taken = occupancy(*trains, tracks=1, blocks=1, rules=RULES)
    assert taken == 24 * 60 and consumption_pct(taken, 3600) == 40.0
    assert alternation_bound(600, 600, 120, period_s=3600) == 5.0  # trains an hour


def test_bundling_saves_on_one_track_with_blocks():
    # Two up, then two down. One block: every train takes 12. Two blocks: the second up follows after 5 + 2 = 7.
    trains = minutes((0, 10, True), (12, 22, True), (30, 40, False), (42, 52, False))
    assert occupancy(*trains, tracks=1, blocks=1, rules=RULES) == (12 + 12 + 12 + 12) * 60
    assert occupancy(*trains, tracks=1, blocks=2, rules=RULES) == (7 + 12 + 7 + 12) * 60


def test_a_mixed_hour_on_double_track():
    # 10 km, 5 blocks. Fast 5 min (1 a block), slow 10 min (2 a block), release 2.
    # slow -> fast: the fast must not catch up: 10 + 2 + 1 - 5 = 8; fast -> slow: 1 + 2 = 3; slow -> slow 4; fast -> fast 3.
    alternating = minutes((0, 10, True), (15, 20, True), (30, 40, True), (45, 50, True))
    assert occupancy(*alternating, tracks=2, blocks=5, rules=RULES) == (8 + 3 + 8 + 3) * 60
    bundled = minutes((0, 10, True), (10, 20, True), (30, 35, True), (45, 50, True))
    assert occupancy(*bundled, tracks=2, blocks=5, rules=RULES) == (4 + 8 + 3 + 3) * 60
    both_ways = minutes((0, 10, True), (15, 20, True), (30, 40, True), (45, 50, True), (5, 10, False))
    assert occupancy(*both_ways, tracks=2, blocks=5, rules=RULES) == 22 * 60  # the other track does not matter


def test_additional_time_says_the_same_as_the_limit():
    # 45 of 60 minutes are 75 %, the peak limit; with the rate of 1/3 they are 100 % of the usable time.
    assert consumption_pct(45 * 60, 3600) == 75.0
    assert consumption_pct(45 * 60, 3600, additional_time_rate=1 / 3) == pytest.approx(100.0)


def test_two_sections_with_a_meet_between_them():
    # A -10- B -10- C; up leaves A at 0, waits in B 10-14 for the down train that leaves C at 2 and B at 12-ish.
    # up: A-B 0-10, B-C 14-24; down: C-B 2-12, B-A 12-22. Rigid trains: the copy of up may enter A when down has left A-B.
    train = np.array([0, 0, 1, 1])
    section = np.array([0, 1, 1, 0])
    enter, leave, forward = minutes((0, 10, True), (14, 24, True), (2, 12, False), (12, 22, False))
    one = line_occupancy(
        train, section, enter, leave, forward, tracks=np.array([1, 1]), blocks=np.array([1, 1]), rules=RULES
    )
    # down is held to up in A-B (12 >= 10 + 2: it may not come earlier) and leaves A-B at 22, the copy enters at 24.
    assert one == 24 * 60
    enter[2:] -= 60  # down a minute earlier collides with up in A-B
    leave[2:] -= 60
    with pytest.raises(DataError, match="the trains collide"):
        line_occupancy(
            train,
            section,
            enter,
            leave,
            forward,
            tracks=np.array([1, 1]),
            blocks=np.array([1, 1]),
            rules=Rules(meet_s=240, release_s=120),
        )


def test_compression_never_needs_more_than_the_timetable_has():
    rng = np.random.default_rng(1)
    for _ in range(50):
        time, rows = 0.0, []
        for _ in range(int(rng.integers(1, 9))):
            run = float(rng.integers(3, 15))
            rows.append((time, time + run, bool(rng.random() < 0.5)))
            time += run + 2 + float(rng.integers(0, 10))
        taken = occupancy(*minutes(*rows), tracks=1, blocks=int(rng.integers(1, 4)), rules=RULES)
        assert 0 < taken <= time * 60


@pytest.mark.parametrize(
    ("share", "name"),
    [
        (0, "low"),
        (60, "low"),
        (60.4, "low"),
        (60.6, "medium"),
        (61, "medium"),
        (80, "medium"),
        (80.4, "medium"),
        (81, "high"),
        (100, "high"),
        (130, "high"),
        (np.nan, ""),
    ],
)
def test_classes_of_trafikverket(share, name):
    assert capacity_class(share) == name


def test_published_counts_of_ore_trains():
    # ÅVS norra Västmanland: 8 trains a day are 16 movements, one every third hour per direction.
    movements = 2 * 8
    assert movements == 16 and 24 / 8 == 3
    # 2.5-6 Mt a year are 4-10 trains a day: 1,712 and 1,644 t net a train, and ore_22t carries 25 x 68 = 1,700 t.
    net_t = 25 * 68
    assert round(2.5e6 / 365 / net_t) == 4 and round(6e6 / 365 / net_t) == 10
