"""Capacity with and without a timetable, further trains, measures; numbers by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.rail.capacity import CAPACITY_COLUMNS, rail_capacity, worst_by_stretch, worst_sections
from geoplan.rail.estimate import section_mixes
from geoplan.rail.layout import rail_layout
from geoplan.rail.measures import Measure, value_measures, with_measure
from geoplan.rail.rules import Rules
from geoplan.rail.traffic import service_traffic
from geoplan.rail.train import Train

RULES = Rules(meet_s=120, release_s=120, track_s=60, margin_pct=0.0)
SLUG = Train(
    "slug",
    train_type="freight",
    length_m=100.0,
    mass_t=100.0,
    max_speed_kmh=72.0,
    force_kn=1e5,
    power_kw=1e9,
    brake_ms2=500.0,
    resist_a_npt=0.0,
    resist_c_npt=0.0,
    rotating_pct=0.0,
)


@dataclass
class Trains:
    """Services as a study has them."""

    trains: pd.DataFrame
    stations: pd.DataFrame


def services(*rows, stations=()):
    """(service_id, train_type, from, to, trains a day each way, {more})."""
    table = pd.DataFrame(
        [
            {
                "service_id": i,
                "train_type": t,
                "from_node": a,
                "to_node": b,
                "trains_per_day": n,
                **(more[0] if more else {}),
            }
            for i, t, a, b, n, *more in rows
        ]
    ).set_index("service_id")
    return Trains(table, pd.DataFrame(list(stations), columns=["node_id", "has_loop", "loop_length_m"]))


def traffic(*rows):
    """(section, forward, trains, minutes, length_m)."""
    return pd.DataFrame(
        [(s, f, f"k{length:g}{f}", "freight", float(n), 60.0 * m, float(length), "") for s, f, n, m, length in rows],
        columns=["section_id", "forward", "kind", "train_type", "trains", "run_s", "length_m", "service_id"],
    )


def test_a_day_by_compression(single_line, make_timetable):
    # Hourly each way, meeting in B and C: 24 + 24 trains; A-B 10 min: 48 x 12 = 576 of 1440 minutes = 40 %.
    trains = {f"u{h}": f"A {h}:00, B {h}:10, C {h}:25, D {h}:45" for h in range(24)}
    trains |= {f"d{h}": f"D {h}:47, C {h + 1}:07, B {h + 1}:22, A {h + 1}:32" for h in range(24)}
    timetable = make_timetable(trains, train_type="freight", length_m=400.0)
    table = rail_capacity(single_line, timetable, rules=RULES, extra=SLUG, day=timetable.first_day.replace(day=7))
    assert list(table.columns) == list(CAPACITY_COLUMNS)
    day = table[table["period"] == "day"].set_index("section_id")
    assert day["trains"].to_list() == [48, 48, 48]
    assert day.loc["A-B", "timetable_pct"] == pytest.approx(100 * 48 * 12 / 1440)
    assert day.loc["C-D", "timetable_pct"] == pytest.approx(100 * 48 * 22 / 1440, abs=0.01)
    assert day.loc["A-B", "capacity_class"] == "low" and day.loc["C-D", "capacity_class"] == "medium"
    assert (day["basis"] == "timetable").all()
    assert (day["difference_pct"] - (day["timetable_pct"] - day["estimate_pct"])).abs().max() == 0
    peak = table[(table["period"] == "peak_2h")].set_index("section_id")
    assert peak.loc["A-B", "timetable_pct"] == pytest.approx(100 * 4 * 12 / 120) and peak.loc["A-B", "trains"] == 4


def test_the_estimate_by_hand(single_line):
    # C-D (20 min), 10 a day each way. Same way: 20 + 2; opposing: 20 + 2 + half of 20. Half of all pairs meet:
    # 20 x (22 + 32) / 2 = 540 minutes = 37.5 %. Without the wait at meetings: 20 x 22 = 440.
    rows = traffic(("C-D", True, 10, 20, 100), ("C-D", False, 10, 20, 100))
    assert section_mixes(single_line, rows, rules=RULES)["C-D"].occupied_s() == 540 * 60
    assert section_mixes(single_line, rows, rules=RULES, meet_wait=0.0)["C-D"].occupied_s() == 440 * 60


def test_the_estimate_on_double_track_knows_speeds(make_railway):
    layout = rail_layout(make_railway({"A": (0,), "B": (12,)}, [("A", "B", {"tracks": 2.0, "blocks": 5.0})]))
    # 5 fast (5 min) and 5 slow (10 min) one way: z = 3, 8 (slow then fast), 3 (fast then slow) and 4 as in compression.
    mixed = traffic(("A-B", True, 5, 10, 100), ("A-B", True, 5, 5, 101), ("A-B", False, 3, 5, 101))
    z = np.array([[4, 8], [3, 3]])
    n = np.array([5, 5])
    assert section_mixes(layout, mixed, rules=RULES)["A-B"].occupied_s() == pytest.approx(60 * n @ z @ n / 10)
    # As many of one speed take less: mixing speeds is what costs.
    even = traffic(("A-B", True, 10, 5, 101))
    assert section_mixes(layout, even, rules=RULES)["A-B"].occupied_s() == 10 * 3 * 60


def test_long_trains_meet_in_long_loops_only(single_line):
    # Loops of 700 m; two trains of 750 m can only meet at A or D: the stretch is the whole line of 45 minutes.
    rows = [(s, f, 2, m, 750) for s, m in (("A-B", 10), ("B-C", 15), ("C-D", 20)) for f in (True, False)]
    mix = section_mixes(single_line, traffic(*rows), rules=RULES, meet_wait=0.0)
    # B-C: own way 15 + 2; opposing: up runs B..D 35, down then D..C 20: 35 + 2 + 20; down then up: C..A 25 + 2 + A..B 10.
    assert mix["B-C"].occupied_s() == 60 * (2 * 2 * 17 * 2 + 4 * (57 + 37)) / 4
    short = section_mixes(single_line, traffic(*[(*row[:4], 650) for row in rows]), rules=RULES, meet_wait=0.0)
    assert short["B-C"].occupied_s() == 4 * 17 * 60


def test_further_trains_until_each_limit(make_railway):
    # 20 min, no traffic: n trains take n (22 + 32)/2 on average: 60 % of 1440 = 864 -> 32 (odd numbers take a little less).
    layout = rail_layout(make_railway({"A": (0,), "B": (24,)}, [("A", "B")]))
    table = rail_capacity(layout, services(("s", "freight", "A", "B", 0.0)), rules=RULES, extra=SLUG)
    assert (
        table["consumption_pct"].isna().all() and (table["basis"] == "").all() and (table["capacity_class"] == "").all()
    )
    busy = services(("s", "passenger", "A", "B", 8.0))
    table = rail_capacity(layout, busy, rules=RULES, extra=SLUG)
    day = table[table["period"] == "day"].iloc[0]
    used = day["consumption_pct"]
    for limit in (60, 80, 100):
        room = day[f"extra_trains_{limit}"]
        assert room == pytest.approx((limit - used) / 100 * 1440 / 27, abs=1.5)
    assert day["extra_trains_60"] < day["extra_trains_80"] < day["extra_trains_100"]


def test_unknown_traffic_is_not_none(make_railway):
    network = make_railway({"A": (0,), "B": (12,), "C": (24,), "E": (36,)}, [("A", "B"), ("B", "C"), ("C", "E")])
    some = services(("known", "freight", "A", "C", 5.0), ("lost", "freight", "B", "C", np.nan))
    table = rail_capacity(network, some, rules=RULES)
    day = table[table["period"] == "day"].set_index("section_id")
    assert day["unknown_services"].to_dict() == {"A-B": 0, "B-C": 1, "C-E": 0}
    assert np.isnan(day.loc["C-E", "consumption_pct"]) and day.loc["B-C", "trains"] == 10
    filled = rail_capacity(network, some, rules=RULES, assumed_trains={"lost": 20.0})
    assert filled[filled["period"] == "day"].set_index("section_id").loc["B-C", "trains"] == 50
    with pytest.raises(DataError, match=r"no service 'lots'\. Did you mean: lost"):
        rail_capacity(network, some, assumed_trains={"lots": 1.0})


def test_unknown_loops_give_a_range(make_railway):
    network = make_railway({"A": (0,), "B": (12,), "C": (24,)}, [("A", "B"), ("B", "C")])
    listed = [("B", "", np.nan)]
    table = rail_capacity(network, services(("s", "freight", "A", "C", 10.0), stations=listed), rules=RULES)
    day = table[table["period"] == "day"].set_index("section_id")
    assert list(day.index) == ["A-C"]  # listed without an answer: taken as none
    assert day.loc["A-C", "low_pct"] < day.loc["A-C", "consumption_pct"] == day.loc["A-C", "high_pct"]


def test_scenario_services_count_when_named(make_railway):
    layout = rail_layout(make_railway({"A": (0,), "B": (12,)}, [("A", "B")]))
    ore = services(("s", "freight", "A", "B", 5.0), ("o", "ore", "A", "B", 6.0, {"scenario": "mines"}))
    today, then = (rail_capacity(layout, ore, scenarios=names).iloc[0]["trains"] for names in ((), ("mines",)))
    assert (today, then) == (10, 22)


def test_worst_sections_and_stretches(single_line):
    table = rail_capacity(single_line, services(("s", "freight", "A", "D", 20.0)), rules=RULES)
    assert worst_sections(table)["section_id"].to_list() == ["C-D", "B-C", "A-B"]
    stretches = worst_by_stretch(table, single_line, {"west": ("A", "C"), "east": ("C", "D")})
    assert stretches["stretch"].to_list() == ["east", "west"] and stretches["section"].to_list() == ["C–D", "B–C"]
    with pytest.raises(DataError, match="use day or peak_2h"):
        worst_sections(table, period="week")


def test_measures_help_where_they_should(single_line):
    long = services(("s", "freight", "A", "D", 20.0, {"train": "freight_long", "train_back": "freight_long"}))
    measures = [
        Measure("loop", "C-D"),
        Measure("signal", "C-D"),
        Measure("second_track", "C-D"),
        Measure("longer_loop", "C", usable_m=900.0),
    ]
    table = value_measures(single_line, long, measures, rules=RULES)
    loop, signal, second, longer = table["gain_trains"]
    assert loop > signal > 0 and second > loop and longer == 0  # 630 m fit into 700 m already
    # A loop in the middle halves the run: 864 + ... every pair takes half its running time less.
    assert table["after_pct"].iloc[0] < 0.65 * table["before_pct"].iloc[0]
    tight = replace(single_line, places=single_line.places.assign(usable_m=[np.inf, 500.0, 500.0, np.inf]), cache={})
    table = value_measures(tight, long, [Measure("longer_loop", "C", usable_m=900.0)], rules=RULES)
    assert table["gain_trains"].iloc[0] > 0


def test_a_new_loop_keeps_the_line_whole(single_line):
    layout = with_measure(single_line, Measure("loop", "B-C", at_share=0.25))
    assert layout.sections.loc[["B-C/1", "B-C/2"], "length_m"].to_list() == [4_500, 13_500]
    assert layout.pieces["length_m"].sum() == single_line.pieces["length_m"].sum()
    assert layout.places.loc["B-C+loop", "x"] == 12_000 + 4_500
    with pytest.raises(DataError, match=r"no section 'B-D'\. Did you mean: .*B-C"):
        with_measure(single_line, Measure("loop", "B-D"))
    with pytest.raises(DataError, match="share between 0 and 1"):
        with_measure(single_line, Measure("loop", "B-C", at_share=1.0))


def test_typical_trains_run_the_services(single_line):
    table, unknown = service_traffic(single_line, services(("o", "ore", "A", "D", 4.0)).trains, rules=RULES)
    there, back = (table[table["forward"] == ahead] for ahead in (True, False))
    assert set(there["kind"]) == {"ore_22t"} and set(back["kind"]) == {"ore_empty"} and unknown.empty
    assert there["run_s"].sum() > back["run_s"].sum()  # the laden train is slower
    with pytest.raises(DataError, match="x: no typical train of type 'mixed'"):
        service_traffic(single_line, services(("x", "mixed", "A", "D", 4.0)).trains)
