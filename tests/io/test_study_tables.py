"""Networks from tables: both directions, hubs, structures on two networks, and what is said of bad rows."""

from __future__ import annotations

import logging
import math

import pytest

from geoplan.errors import DataError
from geoplan.io.study_records import (
    complete_loads,
    read_loads,
    read_municipalities,
    read_observed,
    read_sources,
    read_zones,
    unknown_sources,
)
from geoplan.io.study_tables import Assumption, read_study_network

#        road_1        road_2
#   A ------------ B ------------ P (port)
#   |              ^ bridge over   |  \
#   +------------- rail_1 ---------+   sea_1 --- S
#
NODES = """node_id;name;kind;lon;lat;crane_capacity_t
a;Alfa;plant;15.00;60.00;
b;Bravo;junction;15.10;60.00;
p;Papa;port;15.20;60.00;200
s;Sierra;bend;15.30;60.00;
"""
ROADS = """way_id;from_node;to_node;length_m;speed_kmh;lanes_both;grade_pct;aadt_both;assumed;source;confidence;geometry
road_1;a;b;5 600,5;80;3;2;1000;speed_kmh, lanes;X;L;
road_2;b;p;;70;2;;;;X;L;LINESTRING (15.10 60.00, 15.15 60.01, 15.20 60.00)
"""
RAIL = "way_id;from_node;to_node;length_m;max_axle_load_t\nrail_1;a;p;11200;22.5\n"
SEA = "way_id;from_node;to_node;length_m\nsea_1;p;s;5600\n"
STRUCTURES = """structure_id;name;kind;lon;lat;carries;over;at_node;clearance_height_m;max_load_t
bridge;Bridge;rail_bridge_over_road;15.15;60.01;rail_1;road_2;;4.6;
crane;Crane;crane;15.2;60.0;;;p;;200
"""


@pytest.fixture
def folder(tmp_path):
    """The tables of the drawing above."""
    for name, text in (
        ("nodes.csv", NODES),
        ("roads.csv", ROADS),
        ("railways.csv", RAIL),
        ("sea.csv", SEA),
        ("structures.csv", STRUCTURES),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def change(folder, name, old, new):
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def fault_of(folder, **options):
    with pytest.raises(DataError) as fault:
        read_study_network(folder, **options)
    message = str(fault.value)
    assert "\n" not in message
    return message


def test_one_row_is_both_directions(folder):
    edges = read_study_network(folder).edges
    forward, backward = edges.loc["road_1:f"], edges.loc["road_1:b"]
    assert (forward["u"], forward["v"]) == ("a@road", "b") == (backward["v"], backward["u"])
    assert forward["way_id"] == backward["way_id"] == "road_1"
    assert forward["length_m"] == backward["length_m"] == 5600.5
    assert forward["geometry"].equals(backward["geometry"].reverse())
    assert (forward["grade_pct"], backward["grade_pct"]) == (2, -2)
    assert forward["lanes"] == 1.5 and forward["aadt"] == 500
    assert forward["assumed"] == "speed_kmh,lanes"


def test_one_way_street_has_one_edge_with_all_its_lanes(folder):
    change(folder, "roads.csv", "way_id;", "oneway;way_id;")
    change(folder, "roads.csv", "road_1;a", "yes;road_1;a")
    change(folder, "roads.csv", "road_2;b", ";road_2;b")
    edges = read_study_network(folder).edges
    assert "road_1:b" not in edges.index and edges.loc["road_1:f", "lanes"] == 3


def test_unknown_stays_not_known(folder):
    edges = read_study_network(folder).edges
    assert math.isnan(edges.loc["rail_1:f", "speed_kmh"])
    assert math.isnan(edges.loc["road_1:f", "max_height_m"])
    assert edges.loc["rail_1:f", "loading_gauge"] == ""


def test_length_is_measured_when_it_is_empty_and_says_so(folder):
    edges = read_study_network(folder).edges
    # 0.1 degrees of longitude at 60 N is 5.58 km; the bend of 0.01 degrees (1.11 km) adds 2 x (sqrt(2.79^2 + 1.11^2) - 2.79).
    assert edges.loc["road_2:f", "length_m"] == pytest.approx(2 * math.hypot(2790, 1114), rel=0.005)
    assert edges.loc["road_2:f", "assumed"] == "length_m"


def test_assumption_fills_what_is_empty_only(folder):
    rules = [Assumption("rail", "speed_kmh", 40.0), Assumption("road", "speed_kmh", 5.0)]
    edges = read_study_network(folder, assume=rules).edges
    assert edges.loc["rail_1:f", "speed_kmh"] == 40 and edges.loc["rail_1:f", "assumed"] == "speed_kmh"
    assert edges.loc["road_2:f", "speed_kmh"] == 70


def test_first_assumption_that_fits_counts(folder):
    change(folder, "sea.csv", "length_m\nsea_1;p;s;5600", "length_m;line\nsea_1;p;s;5600;Bay")
    rules = [Assumption("sea", "speed_kmh", 15.0, line="Bay"), Assumption("sea", "speed_kmh", 20.0)]
    assert read_study_network(folder, assume=rules).edges.loc["sea_1:f", "speed_kmh"] == 15


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Assumption("rail", "speed", 40.0), "assume: speed is no column of an edge. Did you mean: speed_kmh"),
        (Assumption("rail", "speed_kmh", "quick"), "assume: speed_kmh takes a number, not 'quick'"),
        (Assumption("rail", "loading_gauge", 3.0), "assume: loading_gauge takes text, not 3.0"),
    ],
)
def test_assumption_that_cannot_be(folder, rule, message):
    assert message in fault_of(folder, assume=[rule])


def test_modes_meet_in_hubs(folder):
    network = read_study_network(folder)
    assert network.nodes.loc["p", "name"] == "Papa"
    assert {"p@road", "p@rail", "p@sea", "a@road", "a@rail"} <= set(network.nodes.index)
    assert (network.edges["mode"] == "transfer").sum() == 2 * (2 + 3)


def test_one_structure_on_two_networks(folder):
    pairs = read_study_network(folder).structure_edges
    found = set(pairs.loc[pairs["structure_id"] == "bridge", ["edge_id", "role"]].itertuples(index=False, name=None))
    assert found == {
        ("rail_1:f", "carries"), ("rail_1:b", "carries"), ("road_2:f", "over"), ("road_2:b", "over"),
    }  # fmt: skip


def test_crane_binds_the_hand_over_to_the_ship_once(folder):
    network = read_study_network(folder)
    pairs = network.structure_edges
    assert set(pairs.loc[pairs["structure_id"] == "crane", "edge_id"]) == {
        "transfer_p@sea:f",
        "transfer_p@sea:b",
    }
    assert network.structures.loc["crane", "max_load_t"] == 200
    # The limit stands with the structure, so that raising it there is enough.
    assert math.isnan(network.edges.loc["transfer_p@sea:f", "max_load_t"])


def test_line_drawn_the_other_way_round_is_turned(folder):
    turned = "LINESTRING (15.20 60.00, 15.15 60.01, 15.10 60.00)"
    straight = read_study_network(folder).edges.geometry["road_2:f"]
    change(folder, "roads.csv", "LINESTRING (15.10 60.00, 15.15 60.01, 15.20 60.00)", turned)
    assert read_study_network(folder).edges.geometry["road_2:f"].equals(straight)


def test_columns_of_the_study_travel_along(folder):
    change(folder, "railways.csv", "length_m;", "year;note;length_m;")
    change(folder, "railways.csv", "rail_1;a;p;", "rail_1;a;p;2020;old bridge;")
    edges = read_study_network(folder).edges
    assert edges.loc["rail_1:b", "note"] == "old bridge" and edges.loc["rail_1:b", "year"] == "2020"
    assert edges["note"].notna().all()


def test_study_without_sea_and_structures(folder):
    network = read_study_network(folder, ways={"road": "roads.csv"}, structures=None)
    assert len(network.edges) == 4 and network.structures.empty


def test_node_name_given_twice_is_told(folder, caplog):
    change(folder, "nodes.csv", "Bravo", "Alfa")
    with caplog.at_level(logging.WARNING, logger="geoplan"):
        read_study_network(folder)
    assert "Alfa" in caplog.text and "stand for several nodes" in caplog.text


def test_node_on_no_way_is_told(folder, caplog):
    change(folder, "nodes.csv", "s;Sierra", "x;Xray;bend;15.3;60;\ns;Sierra")
    with caplog.at_level(logging.WARNING, logger="geoplan"):
        read_study_network(folder)
    assert "1 row (first: x) are on no way" in caplog.text


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("nodes.csv", "15.00;60.00", "60.00;15.00", "nodes.csv: 1 row (line 2) have lon and lat swapped"),
        ("nodes.csv", "15.00;60.00", "510670;6666762", "nodes.csv: 1 row (line 2) hold no degrees"),
        ("nodes.csv", "15.00;60.00", "15.00;", "column lat: 1 row (line 2) are empty"),
        ("nodes.csv", "b;Bravo", "a;Bravo", "duplicate node_id: 1 row (first: a); a stands in nodes.csv line 2, nodes.csv line 3"),
        ("railways.csv", "rail_1", "road_1", "road_1 stands in roads.csv line 2, railways.csv line 2; give each its own id"),
        ("roads.csv", "road_1;a;b", "road_1;alfa;b", "column from_node: 1 row (line 2) name a node that does not exist ('alfa')"),
        ("roads.csv", "5 600,5", "-5600", "column length_m: 1 row (line 2) are < 0"),
        ("roads.csv", "5 600,5", "5,6", "have a length_m far below the straight line between their nodes (first: 5.6 m"),
        ("roads.csv", "LINESTRING (15.10", "LINE (15.10", "column geometry: 1 row (line 3) cannot be read; write WKT such as"),
        ("roads.csv", "LINESTRING (15.10 60.00, 15.15 60.01, 15.20 60.00)", "POINT (15.1 60)", "are no LINESTRING"),
        (
            "roads.csv",
            "LINESTRING (15.10 60.00, 15.15 60.01, 15.20 60.00)",
            "MULTILINESTRING ((15.1 60, 15.15 60), (15.16 60, 15.2 60))",
            "are of several pieces; draw one line",
        ),
        (
            "roads.csv",
            "LINESTRING (15.10 60.00, 15.15 60.01, 15.20 60.00)",
            "LINESTRING (60.00 15.10, 60.01 15.15, 60.00 15.20)",
            "column geometry: 1 row (line 3) have lon and lat swapped",
        ),
        ("roads.csv", "speed_kmh, lanes", "speed, lanes", "column assumed: line 2 names 'speed', which is no column of an edge"),
        ("roads.csv", ";80;3;", ";fast;3;", "column speed_kmh: 1 row (line 2) hold no number but 'fast'"),
        ("structures.csv", "rail_1;road_2", "rail_9;road_2", "line 2: carries names 'rail_9', which is no way; correct it. Did you mean: rail_1"),
        ("structures.csv", ";;;p;", ";;;q;", "line 3: at_node names 'q', which is no node"),
        ("structures.csv", "crane;Crane", "bridge;Crane", "duplicate structure_id"),
    ],
)  # fmt: skip
def test_bad_rows_are_named_with_their_cure(folder, file, old, new, message):
    change(folder, file, old, new)
    assert message in fault_of(folder)


def test_faults_of_several_tables_come_together(folder):
    change(folder, "nodes.csv", "15.30;60.00", "east;60.00")
    change(folder, "railways.csv", "way_id", "id")
    message = fault_of(folder)
    assert "nodes.csv: column lon" in message and "railways.csv: column way_id is missing" in message


def test_missing_and_empty_tables(folder):
    (folder / "sea.csv").unlink()
    assert "sea.csv: no such table" in fault_of(folder)
    (folder / "sea.csv").write_text("way_id;from_node;to_node\n", encoding="utf-8")
    assert "sea.csv: has a header but no rows" in fault_of(folder)


def test_pieces_that_touch_are_one_line(folder):
    pieces = "MULTILINESTRING ((15.10 60.00, 15.15 60.01), (15.15 60.01, 15.20 60.00))"
    whole = read_study_network(folder).edges.geometry["road_2:f"]
    change(folder, "roads.csv", "LINESTRING (15.10 60.00, 15.15 60.01, 15.20 60.00)", pieces)
    assert read_study_network(folder).edges.geometry["road_2:f"].equals(whole)


# ---- zones and the other tables

ZONES = """zone_id,name,municipality_code,lon,lat,population,employed_residents,employed_basis,jobs,jobs_basis,node_id
z1,One,2085,15.01,60.0,1000,450,derived,300,assumed,a
z2,Two,114,15.11,60.0,,,,,,
"""


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_zones_are_points_in_metres_with_their_assumed_columns(tmp_path):
    zones = read_zones(write(tmp_path, "zones.csv", ZONES))
    assert zones.crs.to_epsg() == 3006 and zones.geometry["z1"].x == pytest.approx(500558, abs=2)
    assert zones["assumed"].to_list() == ["jobs", ""]
    assert zones["municipality_code"].to_list() == ["2085", "0114"]
    assert math.isnan(zones.loc["z2", "jobs"])


def test_zone_without_node_gets_the_nearest_road_node(tmp_path, folder):
    network = read_study_network(folder)
    zones = read_zones(write(tmp_path, "zones.csv", ZONES), network=network)
    assert zones["node_id"].to_list() == ["a", "b"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("z2,Two", "z1,Two", "duplicate zone_id 'z1': 2 rows (lines 2, 3)"),
        (",assumed,a", ",assumed,aa", "column node_id: 1 row (line 2) name a node that does not exist ('aa')"),
        ("15.01,60.0", "60.0,15.01", "zones.csv: 1 row (line 2) have lon and lat swapped"),
        (",1000,", ",-5,", "column population: 1 row (line 2) are < 0"),
        ("assumed,a", "guessed,a", "hold 'guessed'; use one of measured, derived, assumed"),
    ],
)
def test_bad_zones(tmp_path, folder, old, new, message):
    path = write(tmp_path, "zones.csv", ZONES.replace(old, new))
    with pytest.raises(DataError) as fault:
        read_zones(path, network=read_study_network(folder))
    assert message in str(fault.value)


def test_observed_trips_keep_unknown_cells(tmp_path):
    zones = read_zones(write(tmp_path, "zones.csv", ZONES))
    observed = read_observed(write(tmp_path, "od.csv", "origin,destination,commuters\nz1,z2,40\nz2,z1,..\n"), zones)
    assert observed.loc["z1", "z2"] == 40 and math.isnan(observed.loc["z2", "z1"])
    with pytest.raises(DataError, match=r"name no zone \('z9'\).*repeat a pair"):
        read_observed(write(tmp_path, "bad.csv", "origin,destination,commuters\nz1,z9,1\nz1,z2,1\nz1,z2,2\n"), zones)


def test_loads_whose_size_is_not_known_stay_in_the_table(tmp_path):
    text = "load_id,name,weight_t,length_m,width_m,height_m\na,Big,320,10.5,4,4.6\nb,Old case,400,,,\n"
    table = read_loads(write(tmp_path, "loads.csv", text))
    assert len(table) == 2
    loads = complete_loads(table)
    assert list(loads) == ["a"] and loads["a"].weight_t == 320 and loads["a"].name == "Big"


def test_municipality_codes_are_text(tmp_path):
    text = "municipality_code;municipality;net_commuting\n0114;Upplands Väsby;-9 174\n"
    table = read_municipalities(write(tmp_path, "commuting.csv", text))
    assert table.loc["0114", "net_commuting"] == -9174


def test_source_keys_that_lead_nowhere_are_found(tmp_path):
    sources = read_sources(write(tmp_path, "sources.csv", "key,title\nA,Page A\nB,Page B\n"))
    assert unknown_sources(sources, {"roads": ["A; B", "A;C", ""], "sea": ["B"]}) == {"roads": ["C"]}
