"""Real extracts: every restriction that an independent count finds is in the network or in the list of unused ones."""

from __future__ import annotations

import re
from collections import Counter

import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely

from geoplan.io.osm import read_osm

pytestmark = pytest.mark.shared_data

EXTRACTS = [
    "heidelberg/heidelberg.osm.pbf",
    "helsinki-centre/helsinki-centre.osm.pbf",
    "liechtenstein/liechtenstein.osm.pbf",
    "lund-station/lund-station-sweden.osm.pbf",
    "north-bayreuth-with-dem/north-bayreuth.osm.gz",
    "stockholm/stockholm-fruangen.osm.gz",
    "stockholm/stockholm-ostermalm.osm.gz",
]
# Written here from the wiki's list of keys, not taken from the reader.
RESTRICTION = re.compile(
    r"(railway:|train:)?max(height|width|length|weight|weightrating|gcweight|gcweightrating|axleload|bogieweight|bogieload"
    r"|tandemaxleload|tandemload|tridemaxleload|tripleaxleload|unladenweight|emptyweight|axles)(:.*)?"
    r"|axle_load(:.*)?|met(re|er)_load(:.*)?|(hgv|goods|hgv_articulated)(:[a-z_:]+)?"
    r"|(access|vehicle|motor_vehicle|motorcar):(.*:)?conditional(:.*)?"
)


@pytest.fixture(scope="module")
def networks(shared_data):
    cache = {}

    def get(name):
        if name not in cache:
            cache[name] = read_osm(shared_data / "osm" / name)
        return cache[name]

    return get


def independent_count(path) -> tuple[Counter, int]:
    """Restriction tags by type and key, and turn restriction relations, by walking through the whole file."""
    count: Counter = Counter()
    turns = 0
    for thing in osmium.FileProcessor(str(path)):
        kind = {"n": "node", "w": "way", "r": "relation"}[thing.type_str()]
        for key, _ in thing.tags:
            if RESTRICTION.fullmatch(key):
                count[kind, key] += 1
        if kind == "relation" and thing.tags.get("type", "").startswith("restriction"):
            turns += sum(key.split(":")[0] == "restriction" for key, _ in thing.tags)
    return count, turns


@pytest.mark.parametrize("name", EXTRACTS)
def test_every_restriction_is_found_and_used_or_listed(networks, shared_data, name) -> None:
    network = networks(name)
    count, turns = independent_count(shared_data / "osm" / name)
    table = network.meta["restrictions"]
    found = {(row.osm_type, row.key): row.found for row in table.itertuples()}
    found_turns = sum(
        n for (kind, key), n in found.items() if kind == "relation" and key.split(":")[0] == "restriction"
    )
    limits = {k: n for k, n in found.items() if not (k[0] == "relation" and k[1].split(":")[0] == "restriction")}
    assert limits == dict(count)
    assert found_turns == turns
    assert (table["used"] + table["unused"] == table["found"]).all()
    assert (table["used"] >= 0).all()
    unused = network.meta["unused_restrictions"]
    assert len(unused) == table["unused"].sum()
    assert (unused["reason"].str.len() > 0).all()


@pytest.mark.parametrize("name", EXTRACTS)
def test_plain_limits_of_ways_are_those_of_their_edges(networks, shared_data, name) -> None:
    """Numbers without any decoration, read by float(): on every edge of the way, unless a bridge of a railway."""
    network = networks(name)
    edges = network.edges
    columns = {"maxheight": "max_height_m", "maxweight": "max_weight_t", "maxaxleload": "max_axle_load_t",
               "maxwidth": "max_width_m", "maxlength": "max_length_m", "axle_load": "max_axle_load_t"}  # fmt: skip
    unused = network.meta["unused_restrictions"]
    skipped = set(zip(unused["osm_id"], unused["key"], strict=True))
    by_way = edges.groupby("osm_id")
    seen = 0
    for way in osmium.FileProcessor(str(shared_data / "osm" / name), osmium.osm.WAY):
        keys = {key for key, _ in way.tags}
        for key, column in columns.items():
            text = way.tags.get(key, "")
            alone = not any(other.startswith(f"{key}:") for other in keys)
            if not (alone and re.fullmatch(r"\d{1,2}(\.\d+)?", text)) or (way.id, key) in skipped:
                continue
            if way.id not in by_way.groups or (way.tags.get("railway") and way.tags.get("bridge")):
                continue
            values = by_way.get_group(way.id)[column]
            assert (values <= float(text)).all(), (way.id, key, text)
            if not any(other.endswith(":conditional") or other.startswith(("hgv", "goods")) for other in keys):
                assert (values == float(text)).all(), (way.id, key, text)
            seen += 1
    assert seen > 0 or not len(edges.filter(like="max_").dropna(how="all"))


@pytest.mark.parametrize("name", EXTRACTS)
def test_geometry_length_and_topology_agree(networks, name) -> None:
    network = networks(name)
    edges, nodes = network.edges, network.nodes
    ratio = edges["length_m"] / edges.length
    assert ratio[edges.length > 1.0].between(0.9985, 1.0015).all()  # scale of a transverse Mercator projection
    points = nodes.geometry
    for end, place in (("u", 0), ("v", -1)):
        assert (
            shapely.distance(shapely.get_point(edges.geometry.array, place), points.loc[edges[end]].array).max() == 0.0
        )
    copies = edges["copy_of"] != "" if "copy_of" in edges else np.zeros(len(edges), dtype=bool)
    two_way = edges[~copies].groupby("way_id")["length_m"].agg(["nunique", "size"])
    assert two_way["size"].max() <= 2 and copies.sum() < 10
    assert (two_way["nunique"] == 1).all()
    assert set(edges.loc[edges["mode"] == "rail", "u"]).isdisjoint(edges.loc[edges["mode"] == "road", "u"])


def test_heidelberg_is_the_city_it_should_be(networks) -> None:
    network = networks("heidelberg/heidelberg.osm.pbf")
    assert network.crs.to_epsg() == 32632
    assert network.meta["data_date"] == "2024-09-08"
    assert network.meta["attribution"] == "© OpenStreetMap contributors (ODbL)"
    road = network.edges[(network.edges["mode"] == "road") & (network.edges["status"] == "")]
    graph = nx.from_pandas_edgelist(road, "u", "v", create_using=nx.DiGraph)
    assert max(map(len, nx.strongly_connected_components(graph))) > 0.85 * graph.number_of_nodes()
    kinds = network.structures["kind"].value_counts()
    assert kinds["road_bridge"] > 200
    assert kinds["rail_bridge_over_road"] > 30
    assert kinds["level_crossing"] > 40
    over = network.structure_edges[network.structure_edges["role"] == "over"]
    assert len(over) > 200
    rail = network.edges[network.edges["road_class"] == "rail"]
    assert (rail["max_axle_load_t"] == 22.5).mean() > 0.4
    assert len(network.turns) > 400
    assert network.meta["share_speed_assumed"] == pytest.approx(
        network.edges.loc[network.edges["assumed"].str.contains("speed_kmh"), "length_m"].sum()
        / network.edges["length_m"].sum()
    )


def test_a_way_under_a_bridge_of_the_map_has_both_its_limit_and_the_structure(networks) -> None:
    network = networks("heidelberg/heidelberg.osm.pbf")
    over = network.structure_edges[network.structure_edges["role"] == "over"]
    below = network.edges.loc[over["edge_id"].unique()]
    assert (below["max_height_m"] < 4.0).sum() > 10


def test_swedish_extracts_are_in_the_swedish_grid(networks) -> None:
    for name in EXTRACTS[-2:]:
        assert networks(name).crs.to_epsg() == 3006
    network = networks("lund-station/lund-station-sweden.osm.pbf")
    rail = network.edges[network.edges["mode"] == "rail"]
    limits = rail[["max_axle_load_t", "max_metre_load_tpm", "loading_gauge"]].drop_duplicates().dropna()
    assert limits.to_numpy().tolist() == [[22.5, 6.4, "TSI_GB"]]


def test_a_way_cut_off_by_the_border_never_jumps(networks, shared_data) -> None:
    network = networks("helsinki-centre/helsinki-centre.osm.pbf")
    assert network.meta["counts"]["nodes_missing"] > 0
    longest = pd.Series(shapely.length(network.edges.geometry.array)).max()
    assert longest < 1500.0
    assert np.isfinite(network.edges.geometry.bounds.to_numpy()).all()
