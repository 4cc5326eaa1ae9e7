"""results.gpkg: layers in the network's system, styles that parse, nothing that a file cannot hold."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geoplan.errors import DataError
from geoplan.maps.labels import Text
from geoplan.maps.style import PointStyle, cased
from geoplan.report.gpkg import write_geopackage
from geoplan.report.layers import GeoLayer, bottleneck_layer, change_layer, flow_layer, network_layers, plan_layer
from geoplan.report.qml import Rule, between, equals, rules_qml


@pytest.fixture(scope="module")
def network(make_network):
    """a --road w1-- b --rail r1-- c, a bridge over the road."""
    edges = [("a", "b", {"id": "w1", "road_class": "national"}), ("b", "c", {"id": "r1", "mode": "rail"})]
    nodes = {"a": (500_000, 6_660_000), "b": (510_000, 6_661_000), "c": (520_000, 6_660_000)}
    return make_network(nodes, edges, {"st": {"kind": "road_bridge", "over": ["w1"], "clearance_height_m": np.inf}})


@pytest.fixture(scope="module")
def layers(network):
    flows = pd.DataFrame(
        {"flow_vph": [900.0, 100.0], "time_s": 60.0, "vc_ratio": [0.9, np.nan], "delay_vehh": [2.0, 0.0]},
        index=pd.Index(["w1:f", "w1:b"], name="edge_id"),
    )
    change = pd.DataFrame(
        {
            "flow_vph_base": [1.0, 5.0],
            "flow_vph_variant": [2.0, np.nan],
            "flow_vph_change": [1.0, np.nan],
            "only_in": ["", "base"],
        },
        index=flows.index,
    )
    plan = SimpleNamespace(edges=network.edges.loc[["w1:f", "r1:f"]].assign(leg=[1, 2], vehicle="q73"))
    register = pd.DataFrame(
        {
            "rank": [1, 2],
            "kind": ["structure", "congestion"],
            "structure_id": ["st", ""],
            "edge_id": ["", "w1:f"],
            "name": ["Bron", "Vägen"],
        }
    )
    return [
        *network_layers(network),
        plan_layer(network, "plan_a", Text("Plan A", "Plan A"), plan),
        flow_layer(network, "flows", Text("Flöden", "Flows"), flows),
        change_layer(network, "change_a", Text("Ändring", "Change"), change),
        bottleneck_layer(network, register),
    ]


@pytest.fixture(scope="module")
def file(tmp_path_factory, layers, meta):
    return write_geopackage(tmp_path_factory.mktemp("gpkg") / "results.gpkg", layers, meta=meta)


def query(file, sql):
    with closing(sqlite3.connect(file)) as base:
        return base.execute(sql).fetchall()


def test_layers_open_in_the_network_s_system(file, network):
    names = dict(pyogrio.list_layers(file).tolist())
    assert {
        "nodes",
        "edges",
        "structures",
        "plan_a",
        "flows",
        "change_a",
        "bottlenecks",
        "structure_edges",
        "turns",
        "about",
    } <= set(names)
    for name, kind in names.items():
        if kind is not None:
            layer = gpd.read_file(file, layer=name)
            assert layer.crs == network.crs, name
            assert len(layer) and layer.geometry.notna().all()


def test_rows_come_back(file):
    flows = gpd.read_file(file, layer="flows").set_index("edge_id")
    assert flows["flow_vph"].to_dict() == {"w1:f": 900.0, "w1:b": 100.0}
    assert np.isnan(flows.at["w1:b", "vc_ratio"])
    structures = gpd.read_file(file, layer="structures")
    assert np.isposinf(structures["clearance_height_m"][0])
    plan = gpd.read_file(file, layer="plan_a")
    assert plan[["edge_id", "leg", "vehicle", "mode"]].to_numpy().tolist() == [
        ["w1:f", 1, "q73", "road"],
        ["r1:f", 2, "q73", "rail"],
    ]
    points = gpd.read_file(file, layer="bottlenecks")
    assert points.geometry[1].distance(shapely.Point(505_000, 6_660_500)) < 1e-6


def test_every_map_layer_has_a_style_that_parses(file):
    styled = dict(query(file, "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
    assert set(styled) == {"nodes", "edges", "structures", "plan_a", "flows", "change_a", "bottlenecks"}
    for name, text in styled.items():
        root = ElementTree.fromstring(text)
        assert root.tag == "qgis"
        rules = root.findall("./renderer-v2/rules/rule")
        symbols = {symbol.get("name") for symbol in root.findall("./renderer-v2/symbols/symbol")}
        assert rules and {rule.get("symbol") for rule in rules} == symbols, name
        assert all(rule.get("label") for rule in rules)
    columns = dict(query(file, "SELECT f_table_name, f_geometry_column FROM layer_styles"))
    geometry = dict(query(file, "SELECT table_name, column_name FROM gpkg_geometry_columns"))
    assert columns == {name: geometry[name] for name in columns}


def test_styles_choose_rows_as_the_map_does(file):
    """Rules are tried as SQL on the layer itself: each row has just one look, and the look of its class."""
    root = ElementTree.fromstring(dict(query(file, "SELECT f_table_name, styleQML FROM layer_styles"))["flows"])
    hits = {}
    for rule in root.findall("./renderer-v2/rules/rule"):
        for (edge,) in query(file, f"SELECT edge_id FROM flows WHERE {rule.get('filter')}"):
            hits.setdefault(edge, []).append(rule.get("label"))
    assert hits["w1:f"] == ["0,85–1 · minst 500 fordon/h"]
    assert [label.split(" · ")[0] for label in hits["w1:b"]] == ["kapacitet okänd"]


def test_the_file_says_what_it_is(file):
    about = dict(query(file, "SELECT key, value FROM about"))
    assert about["data_date"] == "2026-11-21"
    assert about["attribution"] == "Trafikverket <CC0>"
    assert dict(query(file, "SELECT table_name, description FROM gpkg_contents"))["flows"] == "Flöden"


def test_same_layers_same_bytes(layers, meta, tmp_path):
    first = write_geopackage(tmp_path / "a.gpkg", layers, meta=meta).read_bytes()
    assert write_geopackage(tmp_path / "b.gpkg", layers, meta=meta).read_bytes() == first


def test_lists_and_words_become_text(network, meta, tmp_path):
    frame = pd.DataFrame({"names": [["a", "b"], None], "set": [{"y", "x"}, set()], "said": [Text("väg", "road"), None]})
    file = write_geopackage(tmp_path / "x.gpkg", [GeoLayer("t", Text("T", "T"), frame)], meta=meta)
    assert query(file, 'SELECT names, "set", said FROM t') == [("a, b", "x, y", "väg / road"), (None, "", None)]


def test_faults_are_told(network, meta, tmp_path):
    layer = network_layers(network)[0]
    with pytest.raises(DataError, match="several layers are called 'nodes'"):
        write_geopackage(tmp_path / "x.gpkg", [layer, layer], meta=meta)
    nowhere = GeoLayer("x", Text("x", "x"), gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]))
    with pytest.raises(DataError, match="has no coordinate system"):
        write_geopackage(tmp_path / "x.gpkg", [nowhere], meta=meta)
    with pytest.raises(DataError, match="cannot write there"):
        write_geopackage(tmp_path / "missing" / "x.gpkg", [layer], meta=meta)
    assert list(tmp_path.iterdir()) == []


def test_expressions_quote_what_they_hold():
    assert equals("kind", "d'Arc") == "\"kind\" = 'd''Arc'"
    assert between('"v"', None, 0.5) == '"v" IS NOT NULL AND "v" < 0.5'


def test_style_text_is_escaped():
    text = rules_qml(
        [Rule("", '<b> & "x"', PointStyle("circle", 5, "#0072b2")), Rule("a", "line", cased("#0072b2", 3, dash="9 3"))]
    )
    root = ElementTree.fromstring(text)
    assert root.find("./renderer-v2/rules/rule").get("label") == '<b> & "x"'
    dashes = [p.get("v") for p in root.iter("prop") if p.get("k") == "customdash"]
    assert dashes == ["2.38;0.79"]
