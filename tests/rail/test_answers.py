"""Answers for a study on a small railway: slots by route, ore trains, scenarios, a bridge out of use."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.io.study_folders import embedded_studies
from geoplan.rail.answers import answer_ore_trains, answer_slots, net_tonnes, ore_trains_needed
from geoplan.rail.changes import answer_closure, answer_scenarios, without_structure
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import rail_layout
from geoplan.rail.questions import Route, known_services, read_questions
from geoplan.rail.train import train


@dataclass
class Trains:
    trains: pd.DataFrame
    stations: pd.DataFrame


NO_STATIONS = pd.DataFrame({"node_id": [], "has_loop": [], "loop_length_m": []})


@pytest.fixture(scope="module")
def ring(make_network):
    """Two ways from A to C; the short one over a bridge, the long one with heavier track.

          B (bridge on A-B)
        /   \\
      A       C --- P (port)
        \\   /
          D
    """
    rail = {"mode": "rail", "tracks": 1.0, "speed_kmh": 90.0}
    loop = {"kind": "station", "has_loop": "yes", "loop_length_m": 700.0}
    light, heavy = (
        {**rail, "max_axle_load_t": 22.5, "max_metre_load_tpm": 6.4},
        {**rail, "max_axle_load_t": 25.0, "max_metre_load_tpm": 12.0},
    )
    return make_network(
        {
            "A": (0, 0, loop),
            "B": (15_000, 9_000, loop),
            "C": (30_000, 0, loop),
            "D": (15_000, -30_000, loop),
            "P": (60_000, 0, {"kind": "port"}),
        },
        [("A", "B", {**light, "id": "ab"}), ("B", "C", light), ("A", "D", heavy), ("D", "C", heavy), ("C", "P", heavy)],
        structures={"bridge": {"kind": "rail_bridge_over_road", "max_weight_t": 1600.0, "carries": ["ab"]}},
    )


def services(*rows):
    columns = ["service_id", "train_type", "from_node", "to_node", "trains_per_day", "scenario"]
    return Trains(pd.DataFrame(list(rows), columns=columns).set_index("service_id"), NO_STATIONS)


TODAY = services(
    ("p", "passenger", "A", "P", 10.0, ""),
    ("g", "freight", "B", "P", 4.0, ""),
    ("later", "ore", "A", "P", 6.0, "mines"),
)
ROUTES = (Route("north", ("B", "P"), "the port"), Route("south", ("D", "P"), "the port"))


def test_slots_by_route(ring):
    layout = rail_layout(ring)
    made = make_timetable(layout, TODAY, first_day=dt.date(2026, 1, 5), last_day=dt.date(2026, 1, 18))
    table = answer_slots(layout, made, train("transformer"), "A", ROUTES, weekdays=(5, 6))
    assert table["route"].to_list() == ["north", "south"] and table["made_up"].all()
    assert (table["slots"] > 0).all() and (table["weeks_ok"] == 2).all()
    assert table["length_km"].iloc[1] > table["length_km"].iloc[0]
    assert table["over_limits"].to_list() == [
        "axle load 25 above 22.5 on 2 sections; metre load 11.7 above 6.4 on 2 sections",
        "",
    ]
    closed = rail_layout(without_structure(ring, "bridge"))
    away = answer_slots(closed, made_for(closed), train("transformer"), "A", (Route("north", ("B", "A", "P")),))
    assert away["slots"].iloc[0] >= 0


def made_for(layout):
    return make_timetable(
        layout,
        services(("s", "passenger", "C", "P", 2.0, "")),
        first_day=dt.date(2026, 1, 5),
        last_day=dt.date(2026, 1, 11),
    )


def test_ore_trains_by_route_and_number(ring):
    layout = rail_layout(ring)
    table = answer_ore_trains(layout, TODAY, (Route("north", ("A", "B", "P")),), (4, 8))
    assert table["movements"].to_list() == [8, 16] and table["placed"].to_list() == [8, 16]
    assert (table["day_pct"] > table["before_pct"]).all() and table["day_pct"].is_monotonic_increasing
    assert (
        table["over_limits"].iloc[0] == "metre load 7.03 above 6.4 on 2 sections; weight 2406 above 1600 on 1 sections"
    )
    assert table["section"].iloc[0] == "C–P"


def test_published_tonnages_and_trains():
    # ÅVS norra Västmanland: 2.5-6 Mt a year are 4-10 trains a day; 8 trains a day are one every third hour each way.
    table = ore_trains_needed([2.5e6, 6e6], ["ore_22t", "ore_25t"])
    today = table[table["train"] == "ore_22t"]
    assert today["trains_per_day"].round().to_list() == [4, 10]
    assert (net_tonnes(train("ore_22t")), net_tonnes(train("ore_25t"))) == (1700, 1950)
    eight = ore_trains_needed([8 * 365 * 1700.0], ["ore_22t"]).iloc[0]
    assert (round(eight["movements_per_day"], 6), round(eight["every_h"], 6)) == (16, 3)
    assert table[table["train"] == "ore_25t"]["trains_per_day"].iloc[1] == pytest.approx(6e6 / 365 / 1950)


def test_scenarios_side_by_side(ring):
    faster = ring.edges.copy()
    faster.loc[["C-P", "P-C"], "speed_kmh"] = 140.0
    stretches = {"to the port": ("C", "P"), "north": ("A", "B", "C")}
    table = answer_scenarios(
        {"today": ring, "faster": ring.replace(edges=faster), "closed": without_structure(ring, "bridge")},
        TODAY, stretches, special=train("transformer"), special_stops=("A", "P"),
    )  # fmt: skip
    port = table[table["stretch"] == "to the port"].set_index("scenario")
    assert port["change_pct"]["today"] == 0 and port["change_pct"]["faster"] < 0
    assert port["over_axle_load"].to_dict() == {"today": 2, "faster": 2, "closed": 0}
    assert port["over_metre_load"].to_dict() == {"today": 2, "faster": 2, "closed": 0}
    assert table[table["scenario"] == "closed"]["stretch"].to_list() == ["to the port"]


def test_a_bridge_out_of_use(ring):
    trains, sections = answer_closure(ring, TODAY, "bridge", days=30)
    by = trains.set_index("service_id")
    assert by["answer"].to_dict() == {"p": "detour", "g": "as before"}
    assert by["trains"].to_dict() == {"p": 600, "g": 240} and by.loc["p", "added_min"] > 0
    assert by.loc["p", "train_hours"] == pytest.approx(600 * by.loc["p", "added_min"] / 60)
    changed = sections.set_index("section_id")
    assert np.isnan(changed.loc["A-D", "before_pct"]) and changed.loc["A-D", "after_pct"] > 1
    with pytest.raises(DataError, match=r"no structure 'bridg'\. Did you mean: bridge"):
        without_structure(ring, "bridg")


def test_questions_of_the_study():
    questions = read_questions(embedded_studies()["ludvika"] / "rail.toml")
    assert questions.ore_counts == (4, 6, 8, 10) and {r.port for r in questions.transformer_routes} == {
        "Norrköping port",
        "Oxelösund port",
        "Gävle port",
    }
    assert len(questions.ore_routes) == 2 and questions.closed_days == 30
    with pytest.raises(DataError, match="no such file with questions"):
        read_questions("nowhere")


def test_questions_of_another_place(tmp_path):
    file = tmp_path / "q.toml"
    file.write_text("[transformer]\norigin = 'a'\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"q\.toml: lacks or misspells 'ore'"):
        read_questions(file)
    file.write_text("[transformer", encoding="utf-8")
    with pytest.raises(DataError, match="is no TOML"):
        read_questions(file)


def test_what_is_assumed_is_marked():
    questions = read_questions(embedded_studies()["ludvika"] / "rail.toml")
    own = replace(
        questions,
        via={"s": ("B",)},
        assumed_trains={"s": 7.0},
        assumed_services=pd.DataFrame(
            [{"service_id": "x", "train_type": "freight", "from_node": "A", "to_node": "P", "trains_per_day": 2.0}]
        ).set_index("service_id"),
    )
    filled = known_services(services(("s", "freight", "A", "P", np.nan, "")), own).trains
    assert filled["trains_per_day"].to_dict() == {"s": 7.0, "x": 2.0}
    assert (filled["assumed"] == "trains_per_day").all() and filled.loc["s", "via_nodes"] == "B"
    with pytest.raises(DataError, match="questions: no service 's'"):
        known_services(services(("t", "freight", "A", "P", 1.0, "")), own)
