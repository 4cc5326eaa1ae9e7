"""Edits change what they name, never their input, and say what they cannot find."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from geoplan.errors import DataError
from geoplan.routing.skim import skim
from geoplan.scenario.compare import compare
from geoplan.scenario.edits import Edit

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


@given(seed=st.integers(0, 500))
@settings(max_examples=40, deadline=None)
def test_closing_never_shortens_and_disjoint_edits_commute(random_network, seed):
    network = random_network(seed % 20)
    rng = np.random.default_rng(seed)
    first, second = rng.choice(network.edges["way_id"].unique(), 2, replace=False)
    a = read_edit({"do": "close", "ways": [first]})
    b = read_edit({"do": "scale", "ways": [second], "column": "speed_kmh", "factor": 2.0})
    points = network.nodes.index.to_list()
    before = skim(network, points, cost="length_m")
    assert (skim(a.apply_to_network(network), points, cost="length_m") >= before).all(axis=None)
    ab = b.apply_to_network(a.apply_to_network(network)).edges
    ba = a.apply_to_network(b.apply_to_network(network)).edges
    pd.testing.assert_frame_equal(pd.DataFrame(ab), pd.DataFrame(ba))


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
