"""Edits change what they name, never their input, and say what they cannot find."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from geoplan.demand.demand import build_demand
from geoplan.errors import DataError
from geoplan.routing.skim import skim
from geoplan.scenario.compare import compare
from geoplan.scenario.edits import Edit
from geoplan.scenario.scenario import Scenario

read_edit = TypeAdapter(Edit).validate_python


@pytest.fixture(scope="module")
def network(make_network):
    """
    .    a --w1-- b --w2-- c        s stands over w2 and carries r1; w3 is planned
    .     \\-------w3-------/        r1: railway a-c
    """
    nodes = {"a": (0, 0), "b": (1000, 0), "c": (2000, 0)}
    edges = [
        ("a", "b", {"id": "w1"}),
        ("b", "c", {"id": "w2", "max_height_m": 4.2}),
        ("a", "c", {"id": "w3", "status": "planned", "length_m": 1500.0}),
        ("a", "c", {"id": "r1", "mode": "rail"}),
    ]
    return make_network(nodes, edges, structures={"s": {"over": ["w2"], "carries": ["r1"], "clearance_height_m": 4.1}})


def apply(network, **edit):
    return read_edit(edit).apply_to_network(network)


def test_each_edit_does_what_it_says(network):
    assert (apply(network, do="open", ways=["w3"]).edges["status"] == "").all()
    closed = apply(network, do="close", structures=["s"]).edges["status"]
    assert closed[closed == "closed"].index.tolist() == ["w2:f", "w2:b", "r1:f", "r1:b"]
    road_only = apply(network, do="close", structures=["s"], networks=["road"]).edges["status"]
    assert road_only[road_only == "closed"].index.tolist() == ["w2:f", "w2:b"]
    raised = apply(network, do="set", ways=["w?"], column="max_height_m", value=4.8).edges["max_height_m"]
    assert raised[["w1:f", "w2:b"]].tolist() == [4.8, 4.8] and np.isnan(raised["r1:f"])
    scaled = apply(network, do="scale", ways=["w1", "w2"], column="max_height_m", factor=2.0).edges["max_height_m"]
    assert scaled["w2:f"] == 8.4 and np.isnan(scaled["w1:f"])  # not known stays not known
    structure = apply(
        network, do="set_structure", structures=["s"], column="clearance_height_m", value=4.7, source="plan"
    )
    assert structure.structures.loc["s", ["clearance_height_m", "source"]].tolist() == [4.7, "plan"]
    added = apply(network, do="add_way", id="w9", from_node="a", to_node="c", mode="road", columns={"speed_kmh": 80})
    assert added.edges.loc["w9:b", ["u", "v", "speed_kmh", "length_m"]].tolist() == ["c", "a", 80, 2000]
    assert "w9:f" not in network.edges.index and network.edges.loc["w2:f", "max_height_m"] == 4.2


def test_a_drawn_line_comes_to_the_nodes_near_its_ends(network):
    wkt = apply(network, do="add_way", id="w9", mode="road", wkt="LINESTRING (10 -20, 500 800, 1980 10)")
    assert wkt.edges.loc["w9:f", ["u", "v"]].tolist() == ["a", "c"] and wkt.edges.loc["w9:f", "length_m"] > 2000
    ends = shapely.get_coordinates(wkt.edges.geometry["w9:b"])[[0, -1]].tolist()
    assert ends == [[2000, 0], [0, 0]]
    degrees = gpd.GeoSeries(network.nodes.geometry[["a", "b"]].array, crs=network.crs).to_crs(4326)
    drawn = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shapely.LineString(degrees))}
    for text in (drawn, json.dumps(drawn)):
        added = apply(network, do="add_way", id="w9", mode="road", geojson=text).edges
        assert added.loc["w9:f", ["u", "v"]].tolist() == ["a", "b"]
        assert added.loc["w9:f", "length_m"] == pytest.approx(1000, abs=0.01)


def test_rows_of_a_table_become_ways(network):
    rows = [
        {"id": "w8", "from_node": "a", "to_node": "c", "speed_kmh": 100.0, "oneway": True},
        {"id": "w9", "from_node": "b", "to_node": "c", "mode": "rail"},
    ]
    added = apply(network, do="add_ways", mode="road", rows=rows, source="plan").edges
    assert added.loc[["w8:f", "w9:f", "w9:b"], "mode"].tolist() == ["road", "rail", "rail"]
    assert added.loc["w8:f", ["speed_kmh", "source"]].tolist() == [100.0, "plan"] and "w8:b" not in added.index


def test_a_banned_turn_sends_trips_round_and_can_be_allowed_again(network):
    """From a over b to c: w1 then w2; banned, the trip goes by w3, made longer here."""
    opened = apply(network, do="open", ways=["w3"])
    ban = {"do": "ban_turn", "from_way": "w1", "to_way": "w2"}
    banned = apply(opened, **ban)
    assert banned.turns.set_index(["from_edge", "to_edge"])["penalty_s"].to_dict() == {("w1:f", "w2:f"): np.inf}
    slow = apply(opened, do="scale", ways=["w3"], column="length_m", factor=10.0)
    way = [skim(one, ["a"], ["c"], cost="length_m", modes=("road",)).iloc[0, 0] for one in (slow, apply(slow, **ban))]
    assert way == [2000, 15_000]
    again = apply(banned, **ban, penalty_s=30.0)
    assert again.turns["penalty_s"].tolist() == [30.0] and network.turns.empty
    uturn = apply(network, do="ban_turn", from_way="w1", to_way="w1", at="b", vehicle="hgv")
    assert uturn.turns[["from_edge", "to_edge", "vehicle"]].to_numpy().tolist() == [["w1:f", "w1:b", "hgv"]]


@pytest.fixture(scope="module")
def demand(network):
    ids = ["A1", "A2", "B"]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": ["a", "b", "c"]},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry.array,
    )
    trips = pd.DataFrame(np.full((3, 3), 10.0), index=ids, columns=ids)
    return build_demand(zones, {"car": trips, "lorry": trips / 10})


def test_trips_are_scaled_and_added_where_they_are_named(network, demand):
    def after(**edit):
        return Scenario("x", [edit]).apply(network, demand)[1].matrices

    some = after(do="scale_demand", factor=2.0, classes=["car"], origins=["A*"], destinations=["B"])
    assert some["car"].to_numpy().tolist() == [[10, 10, 20], [10, 10, 20], [10, 10, 10]]
    assert some["lorry"].equals(demand.matrices["lorry"])
    more = after(do="add_trips", origin="A1", destination="B", trips_vph=7.0, class_name="lorry")
    assert more["lorry"].loc["A1", "B"] == 8 and more["lorry"].to_numpy().sum() == 16
    assert demand.matrices["lorry"].to_numpy().sum() == 9  # the base stays
    for edit, message in (
        ({"do": "scale_demand", "factor": 2.0, "origins": ["Z"]}, "no zone is called 'Z'"),
        ({"do": "scale_demand", "factor": 2.0, "classes": ["bus"]}, "bus"),
        ({"do": "add_trips", "origin": "A1", "destination": "C", "trips_vph": 1.0}, "no zone 'C'"),
        ({"do": "add_trips", "origin": "A1", "destination": "B", "trips_vph": 1.0}, "name one as class_name"),
    ):
        with pytest.raises(DataError, match=message):
            after(**edit)


def test_trains_are_added_and_set():
    table = pd.DataFrame(
        {"train_type": "freight", "from_node": "a", "to_node": "b", "trains_per_day": 4.0, "run_min": np.nan,
         "scenario": "", "assumed": "trains_per_day", "source": "S"}, index=pd.Index(["old"], name="service_id")
    )  # fmt: skip
    ore = {"do": "add_service", "id": "ore", "train_type": "ore", "from_node": "a", "to_node": "b", "trains_per_day": 6}
    more = {"do": "set_service", "services": ["o*"], "column": "trains_per_day", "value": 9}
    found = Scenario("x", [ore, more]).apply_to_services(table)
    assert found["trains_per_day"].to_dict() == {"old": 9.0, "ore": 9.0} and found.loc["ore", "train_type"] == "ore"
    assert np.isnan(found.loc["ore", "run_min"]) and Scenario("x", [ore]).changes_services
    with pytest.raises(DataError, match=r"edit 1 \(add_service\): a service of the id 'old' exists"):
        Scenario("x", [{**ore, "id": "old"}]).apply_to_services(table)
    with pytest.raises(DataError, match=r"services have no column 'run_minutes'.* Did you mean: run_min"):
        Scenario("x", [{**ore, "columns": {"run_minutes": 3}}]).apply_to_services(table)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"do": "close", "ways": ["w7"]}, "no way is called 'w7'"),
        ({"do": "close", "ways": ["x*"]}, r"no way is called 'x\*'"),
        ({"do": "close", "structures": ["t"]}, "no structure is called 't'"),
        (
            {"do": "set", "ways": ["w1"], "column": "max_hight_m", "value": 4},
            "no column 'max_hight_m'.* Did you mean: max_height_m",
        ),
        (
            {"do": "set", "ways": ["w1"], "column": "max_height_m", "value": "4,8 m"},
            "is a number, not '4,8 m'",
        ),
        ({"do": "set", "ways": ["w1"], "column": "max_height_m", "value": -4.0}, "max_height_m <= 0"),
        (
            {"do": "set", "ways": ["w1"], "column": "mode", "value": "rail"},
            "no column 'mode' that can be set",
        ),
        (
            {"do": "add_way", "id": "w1", "from_node": "a", "to_node": "c", "mode": "road"},
            "a way of that id exists",
        ),
        ({"do": "add_way", "id": "n", "from_node": "q", "to_node": "c", "mode": "road"}, "no node 'q'"),
        ({"do": "add_way", "id": "n", "mode": "road"}, "give from_node and to_node, or a line"),
        (
            {"do": "add_way", "id": "n", "mode": "road", "wkt": "LINESTRING (0 400, 1000 0)"},
            "the start of the line is 400 m from the nearest node 'a'; draw it to a node, name the node, or raise snap_m",
        ),
        ({"do": "add_way", "id": "n", "mode": "road", "wkt": "LINE 1 2"}, "wkt cannot be read"),
        ({"do": "add_way", "id": "n", "mode": "road", "wkt": "POINT (1 2)"}, "wkt is a Point; give a LineString"),
        ({"do": "add_way", "id": "n", "mode": "road", "geojson": "{}"}, "geojson cannot be read"),
        ({"do": "add_ways", "rows": [{"id": "n"}]}, "row 1 has no mode"),
        (
            {"do": "add_ways", "mode": "road", "rows": [{"id": "n", "from_node": "a", "to_node": "z"}]},
            "row 1: .*no node 'z'",
        ),
        ({"do": "add_ways"}, "add_ways: no rows"),
        ({"do": "ban_turn", "from_way": "w2", "to_way": "r7"}, "no way is called 'r7'"),
        (
            {"do": "ban_turn", "from_way": "w1", "to_way": "w2", "at": "c"},
            "w1 does not lead into w2 at c; name ways that meet",
        ),
        (
            {"do": "set", "ways": ["w1"], "column": "max_height_m", "value": 480, "unit": "cm"},
            "max_height_m is in m, not in 'cm'; write the value in m",
        ),
        (
            {"do": "set_structure", "structures": ["s"], "column": "clearance_height_cm", "value": 480},
            "no column 'clearance_height_cm'.* Did you mean: clearance_height_m",
        ),
    ],
)
def test_what_is_not_there_is_named(network, edit, message):
    with pytest.raises(DataError, match=message):
        apply(network, **edit)


@pytest.mark.parametrize(
    "edit",
    [{"do": "fly"}, {"do": "close"}, {"do": "open", "ways": []}, {"do": "open", "ways": ["w1"], "colour": 1}],
)
def test_malformed_edits_are_refused(edit):
    with pytest.raises(ValidationError):
        read_edit(edit)


def test_an_empty_scenario_changes_nothing(network, demand):
    same_network, same_demand = Scenario("nothing").apply(network, demand)
    assert same_network is network and same_demand is demand
    assert Scenario("nothing").apply(network) == (network, None)


@given(seed=st.integers(0, 500))
@settings(max_examples=15, deadline=None)
def test_closing_never_shortens_and_disjoint_edits_commute(random_network, seed):
    network = random_network(seed % 5)
    rng = np.random.default_rng(seed)
    first, second, third = (str(way) for way in rng.choice(network.edges["way_id"].unique(), 3, replace=False))
    node, other = (str(one) for one in rng.choice(network.nodes.index, 2, replace=False))
    close = {"do": "close", "ways": [first]}
    edits = [
        close,
        {"do": "scale", "ways": [second], "column": "speed_kmh", "factor": 2.0},
        {"do": "set", "ways": [third], "column": "max_height_m", "value": 4.0},
    ]
    points = network.nodes.index.to_list()
    before = skim(network, points, cost="length_m")
    assert (skim(read_edit(close).apply_to_network(network), points, cost="length_m") >= before).all(axis=None)
    build = {"do": "add_way", "id": "new", "mode": "road", "from_node": node, "to_node": other}
    built = read_edit(build).apply_to_network(network)
    assert (skim(built, points, cost="length_m") <= before).all(axis=None)
    one, _ = Scenario("ab", edits).apply(network)
    two, _ = Scenario("ba", edits[::-1]).apply(network)
    pd.testing.assert_frame_equal(pd.DataFrame(one.edges), pd.DataFrame(two.edges))


def test_compare_keeps_what_only_one_side_has():
    base = pd.DataFrame({"flow_vph": [1.0, 2.0], "name": ["x", "y"]}, index=["e1", "e2"])
    variant = pd.DataFrame({"flow_vph": [5.0, 7.0]}, index=["e2", "e3"])
    table = compare(base, variant)
    assert table.loc["e2", "flow_vph_change"] == 3
    assert table["only_in"].to_dict() == {"e1": "base", "e2": "", "e3": "variant"}
    assert np.isnan(table.loc["e3", "flow_vph_change"])
    assert (compare(base, base)["flow_vph_change"] == 0).all()
    with pytest.raises(DataError, match="speed is not in both"):
        compare(base, variant, columns=["speed"])
