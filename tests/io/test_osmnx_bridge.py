"""Graphs of osmnx in, graphs for networkx and osmnx out."""

from __future__ import annotations

import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from shapely.geometry import LineString

from geoplan.errors import DataError
from geoplan.io.osm import read_osm
from geoplan.io.osmnx_bridge import from_osmnx, to_networkx
from geoplan.network.network import Network

# 1 === 2 === 3 (two-way, merged of two ways), 2 -> 4 (one-way), 4 === 4 loop, 2 === 3 again by the railway
NODES = {1: (15.10, 60.10), 2: (15.11, 60.10), 3: (15.12, 60.10), 4: (15.11, 60.11)}


@pytest.fixture
def graph() -> nx.MultiDiGraph:
    g = nx.MultiDiGraph(crs="epsg:4326", created_date="2025-01-02 03:04:05")
    for node, (x, y) in NODES.items():
        g.add_node(node, x=x, y=y, street_count=3, **({"highway": "traffic_signals"} if node == 2 else {}))
    street = {"osmid": [11, 12], "highway": ["primary", "secondary"], "name": ["Storgatan", "Nygatan"], "oneway": False}
    limits = {"maxspeed": ["70", "50"], "maxheight": ["4.2", "3,9"], "lanes": "2", "maxweight": "12 t", "ref": "50"}
    g.add_edge(1, 2, length=556.0, reversed=False, **street, **limits)
    g.add_edge(2, 1, length=556.0, reversed=True, **{**street, "osmid": [12, 11]}, **limits)
    bow = LineString([(15.11, 60.10), (15.115, 60.101), (15.12, 60.10)])
    for u, v, shape in ((2, 3, bow), (3, 2, bow.reverse())):
        g.add_edge(
            u, v, osmid=13, highway="residential", oneway=False, length=600.0, geometry=shape, maxheight="default"
        )
        g.add_edge(u, v, osmid=15, railway="rail", oneway=False, length=560.0, maxspeed="40 mph")
    g.add_edge(
        2, 4, osmid=14, highway="residential", oneway=True, length=1110.0, lanes="3", maxspeed="walk", access="no"
    )
    return g


def test_attributes(graph):
    network = from_osmnx(graph)
    edges = network.edges.set_index("osm_id")
    assert network.crs.to_epsg() == 3006
    assert edges.loc["11;12", ["speed_kmh", "max_height_m", "max_weight_t", "lanes"]].to_list() == [50, 3.9, 12, 1]
    assert edges.loc["11;12", ["road_class", "name", "ref"]].to_list() == ["primary", "Storgatan;Nygatan", "50"]
    assert edges.loc["14", ["lanes", "speed_kmh"]].to_list() == [3, 7]
    assert edges.loc["14", "status"] == "closed"
    assert edges.loc["15", "mode"].to_list() == ["rail", "rail"]
    assert edges.loc["15", "speed_kmh"].to_list() == pytest.approx([64.37376] * 2)
    assert edges.loc["13", "max_height_m"].isna().all()
    assert edges.loc["13", "assumed"].to_list() == ["speed_kmh", "speed_kmh"]
    assert network.nodes["highway"].to_list() == ["", "traffic_signals", "", ""]
    assert network.nodes["street_count"].to_list() == [3] * 4
    assert network.meta["merged_values"] == {
        "maxheight": 2, "maxweight": 0, "maxspeed": 2, "lanes": 0, "highway": 2,
    }  # fmt: skip
    unread = network.meta["unreadable_values"]
    assert unread[["osm_id", "key", "value"]].drop_duplicates().to_numpy().tolist() == [["13", "maxheight", "default"]]
    assert network.meta["data_date"] == "2025-01-02"
    assert "OpenStreetMap" in network.meta["attribution"]


def test_directions_share_a_way_and_parallel_streets_do_not(graph):
    edges = from_osmnx(graph).edges
    assert edges["way_id"].nunique() == 4
    assert edges.groupby("way_id").size().to_list() == [2, 2, 2, 1]


def test_paths_are_closed_to_vehicles(graph):
    graph.add_edge(3, 4, osmid=16, highway="footway", oneway=False, length=1200.0)
    network = from_osmnx(graph)
    assert network.edges.set_index("osm_id")["status"].to_dict()["16"] == "closed"
    assert network.meta["edges_closed"] == 2


def test_geometry_and_length(graph):
    edges = from_osmnx(graph).edges
    street = edges[edges["osm_id"] == "11;12"].iloc[0]
    assert street["length_m"] == 556
    assert street.geometry.length == pytest.approx(556, rel=0.01)
    assert [len(g.coords) for g in edges.geometry[edges["osm_id"] == "13"]] == [3, 3]
    start = shapely.get_point(edges.geometry.array, 0)
    network = from_osmnx(graph)
    assert shapely.equals_exact(start, network.nodes.geometry.loc[edges["u"]].array, 1e-6).all()


def test_imputed_speeds_of_osmnx_are_marked(graph):
    for *_, data in graph.edges(data=True):
        data["speed_kph"] = 33.0
    edges = from_osmnx(graph, fill_speed=False).edges.set_index("osm_id")
    assert edges.loc["13", "speed_kmh"].to_list() == [33, 33]
    assert edges.loc["13", "assumed"].to_list() == ["speed_kmh"] * 2
    assert edges.loc["14", "assumed"] == ""


def test_projected_graph_keeps_its_system(graph):
    utm = osmnx.project_graph(graph)
    network = from_osmnx(utm)
    assert network.crs.to_epsg() == 32633
    assert from_osmnx(utm, crs=3006).crs.to_epsg() == 3006


def test_a_graph_that_osmnx_reads_equals_our_own_reading(tmp_path):
    """The same file through osmnx and through our own door: total length and lowest height agree."""
    path = tmp_path / "x.osm"
    nodes = {1: (15.1, 60.1), 2: (15.11, 60.1), 3: (15.12, 60.1), 4: (15.11, 60.11), 5: (15.13, 60.12)}
    text = "".join(f'<node id="{k}" version="1" lat="{lat}" lon="{lon}"/>' for k, (lon, lat) in nodes.items())
    for way, refs, tags in (
        (11, (1, 2, 3), {"highway": "primary", "maxheight": "4.2", "maxspeed": "70"}),
        (12, (2, 4, 5), {"highway": "residential", "oneway": "yes"}),
    ):
        text += f'<way id="{way}" version="1">' + "".join(f'<nd ref="{ref}"/>' for ref in refs)
        text += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()) + "</way>"
    path.write_text(f'<osm version="0.6">{text}</osm>')
    before = osmnx.settings.useful_tags_way
    osmnx.settings.useful_tags_way = [*before, "maxheight"]
    try:
        graph = osmnx.graph_from_xml(path, retain_all=True)
    finally:
        osmnx.settings.useful_tags_way = before
    theirs, ours = from_osmnx(graph), read_osm(path)
    assert set(theirs.nodes.index) == {1, 2, 3, 5}
    assert theirs.edges["length_m"].sum() == pytest.approx(ours.edges["length_m"].sum(), rel=0.005)
    assert (theirs.edges["max_height_m"] == 4.2).sum() == (ours.edges["max_height_m"] == 4.2).sum() == 4
    assert theirs.edges["speed_kmh"].max() == 70


def test_there_and_back(graph):
    network = from_osmnx(graph)
    again = from_osmnx(to_networkx(network))
    for table in ("nodes", "edges"):
        left, right = pd.DataFrame(getattr(network, table)), pd.DataFrame(getattr(again, table))
        order = left.index
        assert_frame_equal(right.loc[order, left.columns], left)


def test_networkx_finds_its_ways(graph):
    """1 - 2 - 4 by length, and the parallel edges of 2 - 3 kept apart."""
    network = from_osmnx(graph)
    out = to_networkx(network, columns=["max_height_m", "mode"])
    assert nx.shortest_path_length(out, 1, 4, weight="length") == pytest.approx(556 + 1110)
    assert [data["mode"] for data in out[2][3].values()] == ["road", "rail"]
    wanted = {"max_height_m", "mode", "osmid", "edge_id", "length", "geometry"}
    assert set(out[1][2][0]) == wanted
    assert out.graph["crs"] == "EPSG:3006"


def test_osmnx_works_on_the_graph(graph, tmp_path):
    out = to_networkx(from_osmnx(graph))
    nodes, edges = osmnx.graph_to_gdfs(out)
    assert (len(nodes), len(edges)) == (4, 7)
    assert edges.crs.to_epsg() == 3006
    assert osmnx.project_graph(out, to_crs="EPSG:4326").nodes[1]["x"] == pytest.approx(15.10)
    osmnx.save_graphml(out, tmp_path / "x.graphml")
    assert len(osmnx.load_graphml(tmp_path / "x.graphml").edges) == 7


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda g: nx.Graph(g), "graph is a Graph; give the MultiDiGraph"),
        (lambda g: nx.MultiDiGraph(), "graph has no edges"),
        (lambda g: g.graph.pop("crs") and g, "graph has no crs attribute"),
        (lambda g: g.graph.update(crs="nonsense") or g, "crs 'nonsense' is not known"),
        (lambda g: g.nodes[2].pop("x") and g, r"1 row \(first: 2\) have no x and y"),
        (lambda g: g.nodes[2].update(x=500000) or g, "lie outside longitude and latitude"),
    ],
)
def test_what_is_no_graph_of_osmnx(graph, spoil, words):
    with pytest.raises(DataError, match=words) as caught:
        from_osmnx(spoil(graph))
    assert "\n" not in str(caught.value)


def test_unknown_column(graph):
    network: Network = from_osmnx(graph)
    with pytest.raises(DataError, match=r"no column 'max_hight_m'. Did you mean: max_height_m"):
        to_networkx(network, columns=["max_hight_m"])


@pytest.mark.shared_data
def test_real_extract_there_and_back(shared_data):
    network = read_osm(shared_data / "osm" / "lund-station" / "lund-station-sweden.osm.pbf")
    again = from_osmnx(to_networkx(network), fill_speed=False)
    columns = ["u", "v", "way_id", "length_m", "max_height_m", "speed_kmh", "lanes", "mode", "status"]
    left = pd.DataFrame(network.edges[columns])
    assert_frame_equal(pd.DataFrame(again.edges).loc[left.index, columns], left)
    assert np.allclose(again.edges.geometry.length.loc[left.index], network.edges.geometry.length)
