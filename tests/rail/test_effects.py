"""What changes of the railway do, and the railway on the command line.

A ----- B ----- C ----- D      one track, 9 km each, loops at B and C
"""

import pandas as pd
import pytest

from geoplan.cli.app import main
from geoplan.errors import DataError
from geoplan.rail.effects import effect_on_stretches, takes_away, with_loops, with_measures, with_speed
from geoplan.rail.layout import rail_layout
from geoplan.rail.measures import Measure
from geoplan.rail.questions import Change, KnownServices, Route
from geoplan.rail.train import train

ROUTE = Route("A–D", ("A", "D"))


@pytest.fixture
def services():
    trains = pd.DataFrame(
        {"train_type": "freight", "from_node": "A", "to_node": "D", "trains_per_day": 20.0, "scenario": ""},
        index=pd.Index(["g"], name="service_id"),
    )
    stations = pd.DataFrame({"node_id": ["B", "C"], "has_loop": ["yes", "yes"], "loop_length_m": [650.0, 650.0]})
    return KnownServices(trains, stations)


@pytest.fixture
def network(make_railway):
    return make_railway({"A": (0,), "B": (9,), "C": (18,), "D": (27,)}, [("A", "B"), ("B", "C"), ("C", "D")])


def worst(network, services, measures=()):
    layout = with_measures(rail_layout(network, services.stations, keep=["A", "D"]), measures)
    return effect_on_stretches(layout, services, {"A–D": ("A", "D")}, [ROUTE], train("ore_22t"))


def test_a_loop_less_fills_the_line_and_leaves_room_for_fewer_ore_trains(network, services):
    before, fits = worst(network, services)
    after, fewer = worst(network, with_loops(services, {"C": "no"}))
    assert after["day_pct"].iloc[0] > 1.5 * before["day_pct"].iloc[0]
    assert fewer[0] < fits[0]
    more, room = worst(network, services, [Measure("loop", "B-C"), Measure("loop", "A-B"), Measure("loop", "C-D")])
    assert more["day_pct"].iloc[0] < before["day_pct"].iloc[0] and room[0] > fits[0]
    assert takes_away(Change("x", {}, loops={"C": "no"})) and not takes_away(Change("x", {}, loops={"C": "yes"}))


def test_speed_by_pattern_never_lowers(network, services):
    faster = with_speed(network, ["A*"], 1000.0)
    assert faster.edges["speed_kmh"].to_list() == [1000.0, 1000.0, 72.0, 72.0, 72.0, 72.0]
    assert with_speed(faster, ["*"], 100.0).edges["speed_kmh"].to_list() == [1000.0, 1000.0, 100.0, 100.0, 100.0, 100.0]
    with pytest.raises(DataError, match="no railway way 'nowhere"):
        with_speed(network, ["nowhere*"], 100.0)
    with pytest.raises(DataError, match="name a station of the table"):
        with_loops(services, {"Z": "no"})


def run(monkeypatch, capsys, *words):
    monkeypatch.setattr("sys.argv", ["geoplan", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    out = capsys.readouterr()
    return code, out.out, out.err


def test_slots_on_the_command_line(monkeypatch, capsys):
    words = ("slots", "ludvika", "Ludvika", "Fagersta C", "--days", "sun", "--window", "2:00-3:00")
    code, out, err = run(monkeypatch, capsys, *words, "--format", "csv")
    assert code == 0 and out.startswith("weekday,depart,arrive,weeks_ok") and "made-up trains" in err
    assert out.count("Sunday") >= 50
    code, out, err = run(monkeypatch, capsys, *words, "--max-journey", "0.5", "--format", "csv")
    assert code == 1 and "in every week" in err and "Traceback" not in err
    for bad, said in (
        (("--days", "someday"), "--days"),
        (("--window", "noon"), "--window"),
        (("--from", "x"), "--from"),
    ):
        code, _, err = run(monkeypatch, capsys, *words, *bad)
        assert code == 2 and said in err.splitlines()[-1]


def test_capacity_on_the_command_line(monkeypatch, capsys, tmp_path):
    code, out, _ = run(monkeypatch, capsys, "capacity", "ludvika", "--format", "csv")
    assert code == 0 and "consumption_pct" in out.splitlines()[0] and "Kopparberg–Storå" in out
    bad = tmp_path / "bad.csv"
    rows = ["train,station,arrival,departure", "1,Ludvika,,10:00", "1,Nowhere,10:30,10:31", "1,Borlänge C,10:20,"]
    bad.write_text("\n".join(rows), encoding="utf-8")
    code, _, err = run(monkeypatch, capsys, "capacity", "ludvika", "--timetable", bad)
    assert code == 2 and "Nowhere" in err and "line" in err and "Traceback" not in err
    code, _, err = run(monkeypatch, capsys, "capacity", "ludvika", "--timetable", tmp_path / "x.pdf")
    assert code == 2 and ".pdf" in err
