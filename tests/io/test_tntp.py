"""TNTP files: counts, units, odd spellings, and faults with their lines."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.io.tntp import read_tntp

# Braess on four nodes, two zones (1, 2), through nodes 3 and 4, one link twice:
#
#        3
#      / | \
#     1  |  2        1-3, 3-2, 1-4, 4-2, 3-4, 2-1 and 1-2 twice
#      \ v /
#        4
NET = """<NUMBER OF ZONES> 2\t
<NUMBER OF NODES>   4
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 8
<ORIGINAL HEADER>~ Init node Term node ;
<END OF METADATA>

~ \tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t1\t3\t1\t2.5\t10\t1.0E-18\t0\t0\t50\t1\t;
\t3\t2\t100\t1\t1.5\t0.15\t4\t0\t0\t1\t;
\t1\t4\t100\t1\t1.5\t0.15\t4\t0\t0\t1\t;
~ a remark
\t4\t2\t1\t0\t0\t0\t17.5\t0\t0\t3\t;
\t3\t4\t100\t1\t1.5\t0.15\t4\t0\t0\t1\t;
\t1\t2\t100\t1\t1.5\t0.15\t4\t0\t0\t1\t;
\t1\t2\t100\t2\t2.5\t0.15\t4\t0\t0\t1\t;
\t2\t1\t100\t1\t1.5\t0.15\t4\t0\t0\t1;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 36.5
<END OF METADATA>

~ some program wrote this
Origin \t1
    1 :      0.5;     2 :    30.0;

origin 2
  1 : 6.0
"""


@pytest.fixture
def files(tmp_path) -> tuple[Path, Path]:
    net, trips = tmp_path / "x_net.tntp", tmp_path / "x_trips.tntp"
    net.write_text(NET)
    trips.write_text(TRIPS)
    return net, trips


def test_units_and_columns(files):
    network, demand = read_tntp(*files)
    edges = network.edges
    assert edges.index.to_list() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert edges["u"].to_list() == [1, 3, 1, 4, 3, 1, 1, 2]
    assert edges["free_time_s"].to_list() == [600, 90, 90, 0, 90, 90, 150, 90]
    assert edges.loc[1, "length_m"] == pytest.approx(2.5 * 1609.344)
    assert edges["bpr_alpha"].to_list() == [1e-18, 0.15, 0.15, 0, 0.15, 0.15, 0.15, 0.15]
    assert edges["bpr_beta"].to_list()[:4] == [0, 4, 4, 17.5]
    assert edges["capacity_vph"].to_list()[:4] == [1, 100, 100, 1]
    assert edges["toll"].to_list()[0] == 50
    assert edges["link_type"].to_list()[3] == 3
    assert edges["fixed_delay_s"].isna().all()
    assert edges["speed_kmh"].isna().all()  # a speed of 0 in the file is none
    assert network.nodes["kind"].to_list() == ["centroid", "centroid", "junction", "junction"]
    assert network.meta["time_unit_s"] == 60
    assert network.meta["name"] == "x"
    assert demand.matrices["car"].to_numpy().tolist() == [[0.5, 30], [6, 0]]
    assert demand.zones["node_id"].to_list() == [1, 2]
    assert demand.zones.crs == network.crs


def test_opposite_links_are_one_way_and_double_links_two(files):
    ways = read_tntp(*files)[0].edges["way_id"]
    assert ways[6] == ways[8] != ways[7]
    assert ways.nunique() == 7


def test_other_units_and_generalized_cost(files):
    network, _ = read_tntp(*files, time_unit_s=36, length_unit_m=0.3048, toll_weight=0.02, distance_weight=0.04)
    assert network.edges.loc[1, ["free_time_s", "length_m"]].to_list() == [360, 2.5 * 0.3048]
    assert network.edges.loc[1, "fixed_delay_s"] == pytest.approx((0.02 * 50 + 0.04 * 2.5) * 36)
    assert network.edges.loc[4, "fixed_delay_s"] == 0
    assert network.meta["generalized_cost"] == {"toll_weight": 0.02, "distance_weight": 0.04}


def test_without_coordinates_the_drawing_says_so(files):
    network, _ = read_tntp(*files)
    assert network.meta["layout"] == "made: nodes on a circle, no real place"
    assert network.crs.name == "drawing without a place"
    assert network.nodes.geometry.is_unique


def test_coordinates_from_a_node_file(files, tmp_path):
    path = tmp_path / "x_node.tntp"
    path.write_text("Node\tX\tY\t;\n1\t15.0\t60.0\t;\n2 15.2 60 ;\n3\t15.1\t60.1\t;\n4\t15.1\t59.9\t;\n5 0 0 ;\n")
    placed, _ = read_tntp(*files, nodes_path=path, nodes_crs=4326)
    assert placed.crs.to_epsg() == 32633
    assert placed.nodes.to_crs(4326).geometry[3].x == pytest.approx(15.1)
    swedish, _ = read_tntp(*files, nodes_path=path, nodes_crs=4326, crs=3006)
    assert swedish.crs.to_epsg() == 3006
    drawn, _ = read_tntp(*files, nodes_path=path)
    assert drawn.meta["layout"] == "x_node.tntp, scaled to the lengths, no real place"
    assert drawn.edges.geometry.length.sum() == pytest.approx(drawn.edges["length_m"].sum())


def test_coordinates_from_geojson(files, tmp_path):
    path = tmp_path / "nodes.geojson"
    features = ",".join(
        f'{{"type":"Feature","properties":{{"id":{k}}},"geometry":{{"type":"Point","coordinates":[15.{k},60]}}}}'
        for k in (4, 3, 2, 1)
    )
    path.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}')
    network, _ = read_tntp(*files, nodes_path=path)
    assert network.crs.to_epsg() == 32633
    assert network.nodes.to_crs(4326).geometry[4].x == pytest.approx(15.4)


def test_columns_in_another_order_and_left_out(files):
    head = "~ From\tTo\tFree Flow Time (min)\tCapacity (veh/h)\tLength (ft)\tPower\tB\t;\n"
    body = NET[NET.index("\t1\t3") :]
    lines = [line.strip().rstrip(";").split() for line in body.splitlines() if not line.startswith("~")]
    moved = [" ".join([c[0], c[1], c[4], c[2], c[3], c[6], c[5]]) for c in lines]
    text = NET[: NET.index("~ \tinit")] + head + "\n".join(moved)
    files[0].write_text(text.replace("<FIRST THRU NODE> 3\n", ""))
    network, _ = read_tntp(*files)
    assert network.edges["free_time_s"].to_list()[:2] == [600, 90]
    assert network.edges["bpr_beta"].to_list()[:4] == [0, 4, 4, 17.5]
    assert network.edges["toll"].isna().all()
    assert (network.nodes["kind"] == "junction").all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<NUMBER OF LINKS> 8", "<NUMBER OF LINKS> 9", r"holds 8 links but <NUMBER OF LINKS> states 9"),
        (
            "\t100\t1\t1.5\t0.15\t4\t0\t0\t1;\n",
            "\t1",
            r"1 row \(line 17\) with fewer than 7 columns; the file is cut short",
        ),
        ("\t3\t2\t100", "\t3\t2\t-100", r"capacity below 0 in 1 row \(line 10\); correct the file"),
        ("\t3\t2\t100", "\t3\t2\t0", r"capacity 0 \(B above 0\) in 1 row \(line 10\)"),
        ("\t3\t2\t100", "\t3\t2\tmany", r"capacity 'many' in 1 row \(line 10\)"),
        ("\t3\t2\t100", "\t3.5\t2\t100", r"node numbers that are not whole in 1 row \(line 10\)"),
        ("\t3\t2\t100", "\t3\t99\t100", r"name 5 nodes but <NUMBER OF NODES> states 4"),
        ("\t0.15\t4\t0\t0\t1\t;\n\t1\t4", "\tinf\t4\t0\t0\t1\t;\n\t1\t4", r"b 'inf' in 1 row"),
        ("<END OF METADATA>", "", r"no <END OF METADATA> in its header"),
        ("<NUMBER OF NODES>   4", "", r"<NUMBER OF NODES> is missing"),
        (
            "<NUMBER OF NODES>   4",
            "<NUMBER OF NODES> four",
            r"line 2: <NUMBER OF NODES> is 'four'; give a whole number",
        ),
        ("<NUMBER OF NODES>   4", "<NUMBER OF NODES> 4000000000", r"4000000000 nodes for 8 links, which cannot be"),
        ("<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> 1", r"has 2 zones but the network has 1; are they a pair"),
    ],
)
def test_faults_of_the_network_file(files, old, new, words):
    assert old in NET
    files[0].write_text(NET.replace(old, new, 1))
    with pytest.raises(DataError, match=words) as caught:
        read_tntp(*files)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1 : 6.0", "1 : 6.0; 7 : 1", r"1 row \(line 10\) name a zone outside 1 .. 2"),
        ("1 : 6.0", "1 : -6.0", r"1 row \(line 10\) have trips below 0"),
        ("1 : 6.0", "1 6.0", r"1 row \(line 10\) are not 'destination : trips;'"),
        ("1 : 6.0", "1 : six", r"1 row \(line 10\) hold no number"),
        ("  1 : 6.0\n", "", r"the trips sum to 30.5 but <TOTAL OD FLOW> states 36.5; the file is cut short"),
        ("origin 2", "origin 3", r"line 9: origin '3' is no zone \(1 .. 2\)"),
        ("Origin \t1", "", r"line 7 stands before the first 'Origin'"),
        ("<TOTAL OD FLOW> 36.5", "<TOTAL OD FLOW> lots", r"line 2: <TOTAL OD FLOW> is 'lots'"),
        ("<NUMBER OF ZONES> 2", "", r"not a TNTP file of this kind \(no <NUMBER OF ZONES>"),
    ],
)
def test_faults_of_the_trips_file(files, old, new, words):
    assert old in TRIPS
    files[1].write_text(TRIPS.replace(old, new, 1))
    with pytest.raises(DataError, match=words) as caught:
        read_tntp(*files)
    assert str(caught.value).startswith(str(files[1]))


def test_faults_of_the_node_file(files, tmp_path):
    path = tmp_path / "x_node.tntp"
    for text, words in (
        ("1 0 0;\n2 1 1;\n", r"2 rows \(first: 3, 4\) of the network are not in it"),
        ("1 0 0;\n1 1 1;\n", r"nodes twice: 1 row \(first: 1\)"),
        ("1 0 0;\n2 here 1;\n", r"line 2 is not 'node x y'"),
        ("node x y\n", "holds no node"),
    ):
        path.write_text(text)
        with pytest.raises(DataError, match=words):
            read_tntp(*files, nodes_path=path)
    (tmp_path / "n.geojson").write_text("{}")
    with pytest.raises(DataError, match=r"cannot be read as a layer of points|give points"):
        read_tntp(*files, nodes_path=tmp_path / "n.geojson")


def test_wrong_and_missing_files(files, tmp_path):
    with pytest.raises(DataError, match="no such TNTP file"):
        read_tntp(tmp_path / "y", files[1])
    with pytest.raises(DataError, match=r"not a TNTP file of this kind \(no <NUMBER OF LINKS>"):
        read_tntp(files[1], files[1])
    files[0].write_bytes(b"PK\x03\x04\x00")
    with pytest.raises(DataError, match="is no text"):
        read_tntp(*files)


def test_spoilt_files_never_end_in_a_traceback(files):
    chance = random.Random(3)
    for _ in range(150):
        for path, whole in zip(files, (NET, TRIPS), strict=True):
            text = list(whole)
            for _ in range(chance.choice([0, 1, 4])):
                text[chance.randrange(len(text))] = chance.choice("0 5\t;:-~<>a\n.é")
            path.write_text("".join(text)[: chance.choice([None, chance.randrange(len(text))])], encoding="utf-8")
        try:
            read_tntp(*files)
        except DataError as fault:
            assert "\n" not in str(fault)


SETS = {
    "Anaheim": ("Anaheim", "anaheim_nodes.geojson"),
    "Berlin-Friedrichshain": ("friedrichshain-center", "friedrichshain-center_node.tntp"),
    "ChicagoSketch": ("ChicagoSketch", "ChicagoSketch_node.tntp"),
    "SiouxFalls": ("SiouxFalls", "SiouxFallsCoordinates.geojson"),
    "Winnipeg": ("Winnipeg", None),
}


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SETS)
def test_real_sets_have_the_counts_of_their_description(shared_data, name):
    folder, (stem, nodes) = shared_data / "tntp" / name, SETS[name]
    network, demand = read_tntp(
        folder / f"{stem}_net.tntp", folder / f"{stem}_trips.tntp", nodes_path=nodes and folder / nodes
    )
    told = (folder / "SOURCE.md").read_text()
    pattern = r"zones (\d+), nodes (\d+), links (\d+), first thru node (\d+); total OD flow ([\d.]+);"
    zones, n_nodes, links, first_thru, total = (float(text) for text in re.search(pattern, told).groups())
    assert (len(demand.zones), len(network.nodes), len(network.edges)) == (zones, n_nodes, links)
    assert (network.nodes["kind"] == "centroid").sum() == first_thru - 1
    assert demand.matrices["car"].to_numpy().sum() == pytest.approx(total, rel=1e-9)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "weights", "objective"),
    [
        ("SiouxFalls", {}, 4231335.28710744),
        ("Anaheim", {}, 1286032.17109603),
        ("Winnipeg", {}, 827911.494629965),
        ("ChicagoSketch", {"toll_weight": 0.02, "distance_weight": 0.04}, 17313018.7387478),
    ],
)
def test_published_flows_have_the_published_objective(shared_data, name, weights, objective):
    """Beckmann's sum of the published flows on the columns as read: capacity, times and weights all enter it."""
    folder = shared_data / "tntp" / name
    network, _ = read_tntp(folder / f"{name}_net.tntp", folder / f"{name}_trips.tntp", **weights)
    edges = network.edges
    flows = pd.read_csv(folder / f"{name}_flow.tntp", sep=r"\s+").set_index(["From", "To"])["Volume"]
    x = flows.loc[pd.MultiIndex.from_frame(edges[["u", "v"]])].to_numpy()
    rise = edges["bpr_alpha"] * (x / edges["capacity_vph"]) ** edges["bpr_beta"] / (edges["bpr_beta"] + 1)
    total_s = edges["free_time_s"] * x * (1 + rise) + np.nan_to_num(edges["fixed_delay_s"]) * x
    assert total_s.sum() / network.meta["time_unit_s"] == pytest.approx(objective, rel=1e-9)
