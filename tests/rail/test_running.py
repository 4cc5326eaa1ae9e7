"""Running times against the physics worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.errors import DataError
from geoplan.rail.running import Track, run_table, run_times
from geoplan.rail.train import Train, rolling_stock, train, train_from_vehicle
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load


def simple(**changes):
    """A train of 100 t that pulls 100 kN at any speed: 1 m/s2 up without resistance, 0.5 m/s2 down."""
    values = {
        "name": "plain",
        "length_m": 1.0,
        "mass_t": 100.0,
        "max_speed_kmh": 72.0,
        "force_kn": 100.0,
        "power_kw": 1e9,
        "brake_ms2": 0.5,
        "resist_a_npt": 0.0,
        "resist_c_npt": 0.0,
        "rotating_pct": 0.0,
    }
    return Train(**{**values, **changes})


def track(pieces, places=None):
    length, speed, grade = (np.array(column, dtype=float) for column in zip(*pieces, strict=True))
    return Track(length, speed, grade, np.array(places if places is not None else [0, len(length)]))


def test_constant_acceleration_by_hand():
    # 20 m/s: 20 s and 200 m up, 40 s and 400 m down, 9,400 m at 20 m/s = 470 s; 530 s in all.
    times = run_times(track([(10_000, 72, 0)]), simple())
    assert times[-1] == pytest.approx(530.0, rel=1e-3)


def test_never_reaches_top_speed_on_a_short_hop():
    # Peak v: v^2/2 + v^2 = 150 -> v = 10 m/s; 10 s up and 20 s down.
    assert run_times(track([(150, 72, 0)]), simple(), step_m=1.0)[-1] == pytest.approx(30.0, rel=5e-3)
    assert run_times(track([(40, 72, 0)]), simple())[-1] == pytest.approx(np.sqrt(40 / 1.5) * 3, rel=1e-6)


def test_tail_holds_the_low_limit():
    # 1 km at 36 km/h in the middle; a train of 500 m runs 1,500 m at 10 m/s.
    slow = [(5_000, 72, 0), (1_000, 36, 0), (5_000, 72, 0)]
    short, long = (run_times(track(slow), simple(length_m=m))[-1] for m in (1.0, 500.0))
    assert long - short == pytest.approx(500 / 10 - 500 / 20, abs=0.2)


def test_walking_speed_at_a_bridge():
    # 100 m at 5 km/h by a train of 100 m: 200 m at 1.39 m/s are 144 s.
    free = run_times(track([(10_000, 30, 0)]), simple(length_m=100.0))[-1]
    slow = run_times(track([(5_000, 30, 0), (100, 5, 0), (4_900, 30, 0)]), simple(length_m=100.0))[-1]
    dv = 25 / 3.6  # and 8.7 s are lost braking (0.5) and speeding up (1.0 m/s2)
    lost = dv**2 / (2 * 30 / 3.6) * (1 / 1.0 + 1 / 0.5)
    assert slow - free == pytest.approx(200 / (5 / 3.6) - 200 / (30 / 3.6) + lost, abs=2.0)


def test_balancing_speed_on_a_grade():
    # 981 kN would lift 100 t straight up; on 5 % 49.05 kN of pull are used, 500 kW carry 36.7 km/h.
    heavy = simple(power_kw=500.0, max_speed_kmh=100.0)
    long_climb = track([(1_000, 100, 0)] + [(1_000, 100, 5)] * 30, places=[0, 20, 25, 31])
    times = run_times(long_climb, heavy)
    assert 5_000 / (times[2] - times[1]) == pytest.approx(500 / 49.05, rel=1e-3)


def test_stalls_where_the_grade_is_too_steep():
    weak = simple(force_kn=40.0)
    assert weak.max_grade_pct == pytest.approx(4.077, abs=1e-3)
    times = run_times(track([(2_000, 72, 0), (20_000, 72, 5), (1_000, 72, 0)], places=[0, 1, 2, 3]), weak)
    assert np.isfinite(times[1]) and np.isinf(times[2:]).all()
    assert (run_table(track([(20_000, 72, 6)]), weak, np.array([0, 1])) == -1).all()


def test_finer_steps_change_little():
    line = track([(8_000, 90, 0.5), (12_000, 140, -0.8), (5_000, 70, 1.0)])
    coarse, fine = (run_times(line, train("freight_1200"), step_m=m)[-1] for m in (50.0, 5.0))
    assert coarse == pytest.approx(fine, rel=2e-3)


def test_a_stop_costs_time_and_parts_add_up():
    line = track([(9_000, 90, 0)] * 3, places=[0, 1, 2, 3])
    table = run_table(line, train("freight_1200"), np.array([0, 2, 3]), margin_pct=5.0)
    through, first, second = table[0, 3, 3], table[0, 2, 2], table[2, 3, 3]
    assert first + second > through + 30
    assert abs(table[0, 2, 1] - table[0, 3, 1]) <= 1  # far from the stop nothing changes
    assert (table[:, 1, :] == -1).all() and table[0, 3, 0] == 0
    assert (np.diff(table[0, 3]) > 0).all()


def test_catalogue_says_where_numbers_come_from():
    stock = rolling_stock()
    assert (stock["source"] != "").all() and stock["confidence"].isin(["H", "M", "L", "D"]).all()
    assert (stock["mass_t"] * 9.81 * 0.008 < stock["force_kn"]).all()  # every train starts on 8 per mille
    with pytest.raises(DataError, match=r"no train 'regina'; there are .* Did you mean: regina"):
        train("regina")


def test_train_of_a_laden_wagon():
    laden = vehicle("q73").carrying(Load("t", 400, 10.5, 4.0, 4.6))
    made = train_from_vehicle(laden)
    assert made.mass_t == pytest.approx(817.5) and made.max_speed_kmh == 30
    assert made.axle_load_t == pytest.approx(730 / 30)
    with pytest.raises(DataError, match="runs on road"):
        train_from_vehicle(vehicle("bk4_74t"))


def test_impossible_trains_are_refused():
    with pytest.raises(DataError, match=r"train 'x': mass_t is -1, brake_ms2 is 0; give values above 0"):
        simple(name="x", mass_t=-1.0, brake_ms2=0.0)
