"""Places and sections out of ways, and trains laid on them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError, NoRouteError
from geoplan.network.join import split_by_mode
from geoplan.rail.layout import find_place, rail_layout
from geoplan.rail.line import SlowZone, line_track, rail_line
from geoplan.rail.paths import train_paths, use_of_sections
from geoplan.rail.running import run_times
from geoplan.rail.train import train


@pytest.fixture(scope="module")
def branch(make_railway):
    """A halt h inside a section, a junction J, a station B of unknown loop, double track C = D.

    A --- h --- J --- B --- C === D
                |
                E
    """
    return make_railway(
        {
            "A": (0,),
            "h": (5, {"kind": "halt"}),
            "J": (10, {"kind": "junction"}),
            "B": (20,),
            "C": (30,),
            "D": (40,),
            "E": (10, {}, -9_000),
        },
        [
            ("A", "h", {"grade_pct": 1.0, "max_axle_load_t": 22.5}),
            ("h", "J", {"speed_kmh": 36.0}),
            ("J", "B"),
            ("B", "C"),
            ("C", "D", {"tracks": 2.0}),
            ("J", "E"),
        ],
    )


def test_sections_run_from_place_to_place(branch):
    layout = rail_layout(branch, unknown_loop="none")
    assert set(layout.sections.index) == {"A-J", "J-C", "J-E", "C-D"}
    assert layout.halts == ("h", "B")
    row = layout.sections.loc["A-J"]
    assert row["length_m"] == 10_000 and row["speed_kmh"] == pytest.approx(10 / (5 / 72 + 5 / 36))
    assert row["max_axle_load_t"] == 22.5 and row["max_axle_load_t_unknown"]
    assert layout.sections.loc["C-D", "blocks"] == 4 and layout.sections.loc["J-C", "blocks"] == 1


def test_unknown_loops_follow_the_rule(branch):
    guess = rail_layout(branch, unknown_loop="by_table")
    assert "J-B" in guess.sections.index and guess.places.loc["B", "assumed"] == "loop,n_tracks,usable_m"
    listed = pd.DataFrame({"node_id": ["B"], "has_loop": [""], "loop_length_m": [np.nan]})
    assert "J-C" in rail_layout(branch, listed).sections.index
    known = pd.DataFrame({"node_id": ["B", "B"], "has_loop": ["", "yes"], "loop_length_m": [np.nan, 550.0]})
    place = rail_layout(branch, known).places.loc["B"]
    assert place["n_tracks"] == 2 and place["usable_m"] == 550 and place["assumed"] == "n_tracks"
    no = pd.DataFrame({"node_id": ["B"], "has_loop": ["no"], "loop_length_m": [np.nan]})
    assert "J-C" in rail_layout(branch, no, unknown_loop="loop").sections.index
    with pytest.raises(DataError, match="no node 'X'"):
        rail_layout(branch, pd.DataFrame({"node_id": ["X"], "has_loop": ["yes"], "loop_length_m": [1.0]}))


def test_a_junction_holds_no_train(branch):
    places = rail_layout(branch, unknown_loop="none").places
    assert not places.loc["J", "can_hold"] and places.loc["J", "n_tracks"] == 1
    assert places.loc["A", "can_hold"] and np.isinf(places.loc["A", "usable_m"])


def test_joined_networks_keep_the_names_of_places(branch):
    layout = rail_layout(split_by_mode(branch, hubs=["A"]))
    assert find_place(layout, "A") == "A" and find_place(layout, "A@rail") == "A"
    assert layout.pieces["edge_f"].isin(branch.edges.index).all()
    with pytest.raises(DataError, match="no place 'Aa'"):
        find_place(layout, "Aa")


def test_a_closed_way_is_no_section(branch):
    edges = branch.edges.copy()
    edges.loc[["J-E", "E-J"], "status"] = "closed"
    layout = rail_layout(branch.replace(edges=edges), unknown_loop="none")
    assert "A-C" in layout.sections.index and "E" not in layout.places.index
    with pytest.raises(DataError, match="no place 'E'"):
        rail_line(layout, ["A", "E"])


def test_no_turning_back_on_the_open_line(make_railway):
    # C ends; from E to A through J a train would have to reverse at C only if asked to go there.
    network = make_railway({"A": (0,), "J": (10,), "C": (20,), "Z": (90, {}, 500)}, [("A", "J"), ("J", "C")])
    layout = rail_layout(network, keep=["J"])
    assert rail_line(layout, ["A", "C"]).sections == ("A-J", "J-C")
    assert rail_line(layout, ["A", "C"]).forward == (True, True)
    assert rail_line(layout, ["C", "A"]).forward == (False, False)
    with pytest.raises(NoRouteError, match="no railway in use from C to A"):
        rail_line(layout, ["C", "A"], avoid=["A-J"])


def test_track_turns_with_the_train(branch):
    layout = rail_layout(branch, unknown_loop="none")
    up, down = line_track(rail_line(layout, ["A", "D"])), line_track(rail_line(layout, ["D", "A"]))
    assert up.length_m.tolist() == down.length_m[::-1].tolist()
    assert up.grade_pct[0] == 1.0 and down.grade_pct[-1] == -1.0
    heavy = train("freight_1200")
    assert run_times(up, heavy)[-1] > run_times(down, heavy)[-1]


def test_slow_zone_is_cut_in_where_it_lies(branch):
    layout = rail_layout(branch, unknown_loop="none")
    zone = SlowZone("A-h", 1_000, 1_100, 5.0)
    up = line_track(rail_line(layout, ["A", "D"]), slow=[zone])
    down = line_track(rail_line(layout, ["D", "A"]), slow=[zone])
    assert up.length_m[:3].tolist() == [1_000, 100, 3_900] and up.speed_kmh[1] == 5.0
    assert down.length_m[-3:].tolist() == [3_900, 100, 1_000] and down.speed_kmh[-2] == 5.0


def test_paths_fill_the_places_passed(single_line, make_timetable):
    # A to D is 54 km; B at 12/54 and C at 30/54 of 54 minutes.
    paths = train_paths(single_line, make_timetable({"1": "A 6:00, D 6:54", "2": "D 7:00, B 7:40-7:45, A 7:55"}))
    first = paths[paths["train_id"] == "1"]
    assert first["place"].to_list() == ["A", "B", "C", "D"]
    assert ((first["arrive_s"] - 21_600) / 60).to_list() == [0, 12, 30, 54]
    assert first["given"].to_list() == [True, False, False, True]
    use = use_of_sections(paths)
    assert use["section_id"].to_list() == ["A-B", "B-C", "C-D", "C-D", "B-C", "A-B"]
    assert use["forward"].to_list() == [True] * 3 + [False] * 3
    back = use[use["train_id"] == "2"]
    assert ((back["leave_s"] - back["enter_s"]) / 60).round(2).to_list() == [22.85, 17.15, 10.0]


def test_a_halt_lengthens_the_section(branch, make_timetable):
    layout = rail_layout(branch, unknown_loop="none")
    use = use_of_sections(train_paths(layout, make_timetable({"1": "A 6:00, h 6:05-6:10, J 6:20, E 6:30"})))
    assert use[["section_id", "enter_s", "leave_s"]].to_numpy().tolist() == [
        ["A-J", 21_600, 22_800],
        ["J-E", 22_800, 23_400],
    ]


def test_trains_off_the_railway_are_named(branch, make_timetable):
    layout = rail_layout(branch, unknown_loop="none")
    with pytest.raises(DataError, match=r"'h' is no place on the railway in use \(1 train \(first: 7\)\)"):
        train_paths(layout, make_timetable({"7": "h 6:00, J 6:10", "8": "A 6:00, J 6:20"}))
    assert len(train_paths(rail_layout(branch, keep=["h"]), make_timetable({"7": "h 6:00, J 6:10"}))) == 2
