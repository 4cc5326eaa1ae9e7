"""Networks from OpenStreetMap files: topology, directions, structures, turns, errors."""

from __future__ import annotations

import bz2
import gzip
import random
import struct
import sys
import zlib
from itertools import pairwise
from xml.sax.saxutils import quoteattr

import networkx as nx
import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError, NoRouteError
from geoplan.io.osm import read_osm
from geoplan.io.osm_place import choose_crs, country_of
from geoplan.network.check import check_network
from geoplan.routing.route import route
from geoplan.routing.skim import skim
from geoplan.vehicles.vehicle import Vehicle

STEP = 0.001  # degrees between neighbours of the drawings; north up


def osm_text(drawing, ways, relations=(), node_tags=None, origin=(60.0, 15.0)) -> str:
    """OSM XML of a drawing: digits are nodes at their place, ways are (id, "1 2 3", tags)."""

    def tags(found) -> str:
        return "".join(f"<tag k={quoteattr(str(k))} v={quoteattr(str(v))}/>" for k, v in found.items())

    nodes = {}
    for row, line in enumerate(drawing.splitlines()):
        for column, sign in enumerate(line):
            if sign.isdigit():
                nodes[int(sign)] = (origin[0] - row * STEP, origin[1] + column * STEP)
    text = "<osm version='0.6'>"
    for node, (lat, lon) in sorted(nodes.items()):
        text += f"<node id='{node}' lat='{lat:.7f}' lon='{lon:.7f}'>{tags((node_tags or {}).get(node, {}))}</node>"
    for way, refs, found in ways:
        text += f"<way id='{way}'>" + "".join(f"<nd ref='{ref}'/>" for ref in refs.split()) + tags(found) + "</way>"
    for relation, found, members in relations:
        rows = "".join(f"<member type='{kind}' ref='{ref}' role='{role}'/>" for kind, ref, role in members)
        text += f"<relation id='{relation}'>{rows}{tags(found)}</relation>"
    return text + "</osm>"


@pytest.fixture
def build(tmp_path):
    def make(drawing, ways, relations=(), node_tags=None, **options):
        file = tmp_path / "map.osm"
        file.write_text(osm_text(drawing, ways, relations, node_tags), encoding="utf-8")
        return read_osm(file, **options)

    return make


def pairs(network) -> set[tuple[int, int]]:
    return set(zip(network.edges["u"], network.edges["v"], strict=True))


ROAD = {"highway": "primary"}

# ---------------------------------------------------------------- topology

CROSS = """
  2
1 3 5
  4
"""


def test_ways_are_cut_where_they_share_a_node(build) -> None:
    network = build(CROSS, [(10, "1 3 5", ROAD), (11, "2 3 4", ROAD)])
    assert network.nodes.index.to_list() == [1, 2, 3, 4, 5]
    assert pairs(network) == {(a, b) for a, b in [(1, 3), (3, 5), (2, 3), (3, 4)] for a, b in [(a, b), (b, a)]}
    assert network.edges["way_id"].nunique() == 4
    assert sorted(network.edges["osm_id"].unique()) == [10, 11]


def test_edge_ids_tell_way_place_and_direction(build) -> None:
    network = build(CROSS, [(10, "1 3 5", ROAD), (11, "2 3 4", ROAD)])
    assert network.edges.loc[100000, ["u", "v"]].to_list() == [1, 3]
    assert network.edges.loc[100001, ["u", "v"]].to_list() == [3, 1]
    assert network.edges.loc[100002, ["u", "v"]].to_list() == [3, 5]
    alone = build(CROSS, [(10, "1 3 5", ROAD)])
    assert 100000 in alone.edges.index  # the same edge whatever else is read


def test_geometry_runs_in_the_direction_of_travel(build) -> None:
    network = build("1 2\n  3", [(10, "1 2 3", ROAD)])
    for _, edge in network.edges.iterrows():
        ends = [edge.geometry.coords[0], edge.geometry.coords[-1]]
        nodes = network.nodes.geometry.loc[[edge["u"], edge["v"]]]
        assert ends == [(point.x, point.y) for point in nodes]
        assert len(edge.geometry.coords) == 3


def test_length_is_that_on_the_ellipsoid(build) -> None:
    from pyproj import Geod

    network = build("1  2\n\n   3", [(10, "1 2 3", ROAD)])
    expected = Geod(ellps="WGS84").line_length([15.0, 15.003, 15.003], [60.0, 60.0, 60.0 - 2 * STEP])
    assert network.edges["length_m"].to_list() == pytest.approx([expected] * 2, rel=1e-9)
    assert network.edges.length.to_list() == pytest.approx([expected] * 2, rel=5e-4)


def test_roundabout_loop_and_one_way(build) -> None:
    #  1 -> 2 -> 3 -> 1 a roundabout, 4 on an arm
    network = build(
        "1 2\n\n  3 4", [(10, "1 2 3 1", {"highway": "primary", "junction": "roundabout"}), (11, "3 4", ROAD)]
    )
    assert (2, 1) not in pairs(network)
    assert {(3, 4), (4, 3)} < pairs(network)
    graph = nx.DiGraph(list(pairs(network)))
    assert nx.is_strongly_connected(graph)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "primary"}, {(1, 2), (2, 1)}),
        ({"highway": "primary", "oneway": "yes"}, {(1, 2)}),
        ({"highway": "primary", "oneway": "1"}, {(1, 2)}),
        ({"highway": "primary", "oneway": "-1"}, {(2, 1)}),
        ({"highway": "primary", "oneway": "reverse"}, {(2, 1)}),
        ({"highway": "primary", "oneway": "no"}, {(1, 2), (2, 1)}),
        ({"highway": "primary", "oneway": "reversible"}, {(1, 2), (2, 1)}),
        ({"highway": "motorway"}, {(1, 2)}),
        ({"highway": "motorway", "oneway": "no"}, {(1, 2), (2, 1)}),
        ({"highway": "motorway_link"}, {(1, 2), (2, 1)}),
        ({"highway": "primary", "junction": "roundabout"}, {(1, 2)}),
        ({"railway": "rail", "oneway": "yes"}, {(1, 2), (2, 1)}),
    ],
)
def test_directions(build, tags, expected) -> None:
    assert pairs(build("1 2", [(10, "1 2", tags)])) == expected


def test_chains_merge_where_nothing_changes_and_only_there(build) -> None:
    drawing = "1 2 3 4 5"
    same = [(10, "1 2", ROAD), (11, "2 3", ROAD), (12, "3 4", ROAD), (13, "4 5", ROAD)]
    assert pairs(build(drawing, same)) == {(1, 5), (5, 1)}
    for key, value in [("name", "x"), ("maxspeed", "50"), ("maxheight", "4"), ("lanes", "4"), ("ref", "50"), ("bridge", "yes"),
                       ("hgv", "no"), ("highway", "secondary"), ("maxheight:forward", "4"), ("layer", "1"), ("oneway", "yes")]:  # fmt: skip
        changed = [*same[:2], (12, "3 4", {**ROAD, key: value}), same[3]]
        network = build(drawing, changed)
        assert {frozenset(pair) for pair in pairs(network)} == {frozenset(p) for p in [(1, 3), (3, 4), (4, 5)]}, key
    merged = build(drawing, same)
    assert merged.edges["length_m"].iloc[0] == pytest.approx(
        sum(build("1 2", same[:1]).edges["length_m"][:1]) * 4, rel=1e-6
    )
    assert [len(line.coords) for line in merged.edges.geometry] == [5, 5]


def test_a_ring_of_equal_ways_does_not_go_round_for_ever(build) -> None:
    one_way = {"highway": "primary", "oneway": "yes"}
    network = build(
        "1 2\n\n4 3", [(10, "1 2", one_way), (11, "2 3", one_way), (12, "3 4", one_way), (13, "4 1", one_way)]
    )
    assert len(network.edges) == 1
    assert network.edges["u"].iloc[0] == network.edges["v"].iloc[0]
    assert network.edges["length_m"].iloc[0] > 0.0


def test_a_limit_a_barrier_and_a_restricted_turn_stop_a_chain(build) -> None:
    ways = [(10, "1 2", ROAD), (11, "2 3", ROAD)]
    assert len(build("1 2 3", ways, node_tags={2: {"maxheight": "3"}}).nodes) == 3
    assert len(build("1 2 3", ways, node_tags={2: {"barrier": "bollard"}}).nodes) == 3
    u_turn = [
        (
            1,
            {"type": "restriction", "restriction": "no_u_turn"},
            [("way", 10, "from"), ("node", 2, "via"), ("way", 10, "to")],
        )
    ]
    assert len(build("1 2 3", ways, u_turn).nodes) == 3


def test_a_node_cut_off_by_the_extract_breaks_the_way(tmp_path) -> None:
    file = tmp_path / "cut.osm"
    text = osm_text("1 2 3 4 5", [(10, "1 2 3 4 5", {**ROAD, "maxheight": "4"})])
    file.write_text(text.replace("<node id='3'", "<node id='33'"))
    network = read_osm(file)
    assert {frozenset(pair) for pair in pairs(network)} == {frozenset((1, 2)), frozenset((4, 5))}
    assert network.meta["counts"]["nodes_missing"] == 1


def test_a_way_that_is_all_cut_off_lists_its_restrictions(tmp_path) -> None:
    file = tmp_path / "cut.osm"
    text = osm_text("1 2 3 4", [(10, "1 2", {**ROAD, "maxheight": "4"}), (11, "3 4", ROAD)])
    file.write_text(text.replace("<node id='2'", "<node id='22'"))
    network = read_osm(file)
    assert network.meta["unused_restrictions"]["reason"].to_list() == ["the way has less than two nodes in the file"]
    assert network.meta["counts"]["ways_too_short"] == 1


def test_repeated_nodes_and_repeated_ways_do_no_harm(tmp_path) -> None:
    file = tmp_path / "odd.osm"
    file.write_text(osm_text("1 2 3", [(10, "1 1 2 2 3 3", ROAD), (10, "1 2 3", ROAD)]))
    network = read_osm(file)
    assert pairs(network) == {(1, 3), (3, 1)}
    assert network.meta["counts"]["ways_twice"] == 1


def test_negative_ids_and_nodes_behind_their_ways(tmp_path) -> None:
    file = tmp_path / "josm.osm"
    file.write_text(
        "<osm version='0.6'><way id='-9'><nd ref='-1'/><nd ref='-2'/><tag k='highway' v='primary'/></way>"
        "<node id='-1' lat='60' lon='15'><tag k='barrier' v='gate'/></node><node id='-2' lat='60' lon='15.01'/></osm>"
    )
    network = read_osm(file)
    assert pairs(network) == {(-1, -2), (-2, -1)}
    assert network.nodes.loc[-1, "kind"] == "barrier"
    assert network.edges["osm_id"].to_list() == [-9, -9]


GRID = "1 2 3\n\n4 5 6\n\n7 8 9"
WAYS = st.lists(
    st.tuples(
        st.lists(st.integers(1, 9), min_size=2, max_size=5),
        st.sampled_from(["", "yes", "-1"]),
        st.sampled_from(["", "3.5"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(WAYS)
def test_distances_equal_those_of_the_map_drawn_piece_by_piece(tmp_path_factory, drawn) -> None:
    """Slow twin: every piece between two nodes of a way is an edge of its own, nothing cut or merged."""
    from pyproj import Geod

    geod, places = (
        Geod(ellps="WGS84"),
        {n: (15.0 + (n - 1) % 3 * 2 * STEP, 60.0 - (n - 1) // 3 * 2 * STEP) for n in range(1, 10)},
    )
    twin, ways = nx.DiGraph(), []
    for number, (refs, oneway, height) in enumerate(drawn):
        tags = {**ROAD, **({"oneway": oneway} if oneway else {}), **({"maxheight": height} if height else {})}
        ways.append((10 + number, " ".join(map(str, refs)), tags))
        for a, b in pairwise(refs):
            length = geod.line_length(*zip(places[a], places[b], strict=True))
            if a != b and oneway != "-1":
                twin.add_edge(a, b, length=length)
            if a != b and oneway != "yes":
                twin.add_edge(b, a, length=length)
    file = tmp_path_factory.mktemp("twin") / "map.osm"
    file.write_text(osm_text(GRID, ways))
    if not twin:
        with pytest.raises(DataError, match="of two nodes or more"):
            read_osm(file)
        return
    network = read_osm(file)
    graph = nx.DiGraph()
    for row in network.edges.itertuples():
        known = graph.get_edge_data(row.u, row.v, {"length": np.inf})["length"]
        graph.add_edge(row.u, row.v, length=min(row.length_m, known))
    expected = dict(nx.all_pairs_dijkstra_path_length(twin, weight="length"))
    found = dict(nx.all_pairs_dijkstra_path_length(graph, weight="length"))
    assert set(graph) <= set(twin)
    for u in graph:
        assert found[u] == pytest.approx({v: d for v, d in expected[u].items() if v in graph}, rel=1e-8, abs=1e-6)
    drawn_length = sum(
        geod.line_length(*zip(places[a], places[b], strict=True)) * (1 if oneway else 2)
        for refs, oneway, _ in drawn for a, b in pairwise(refs)
    )  # fmt: skip
    assert network.edges["length_m"].sum() == pytest.approx(drawn_length, rel=1e-8)


# ---------------------------------------------------------------- attributes

ATTRIBUTES = [
    ({"maxspeed": "70"}, [70.0, 70.0], ""),
    ({"maxspeed": "40 mph"}, [64.37376, 64.37376], ""),
    ({"maxspeed": "SE:urban"}, [50.0, 50.0], ""),
    ({"source:maxspeed": "SE:rural"}, [70.0, 70.0], ""),
    ({"maxspeed:type": "SE:motorway"}, [110.0, 110.0], ""),
    ({"maxspeed": "80", "maxspeed:backward": "60"}, [80.0, 60.0], ""),
    ({"maxspeed": "none"}, [130.0, 130.0], "speed_kmh"),
    ({"maxspeed": "walk"}, [7.0, 7.0], ""),
    ({"maxspeed": "signals"}, [65.0, 65.0], "speed_kmh"),
    ({}, [65.0, 65.0], "speed_kmh"),
]


@pytest.mark.parametrize(("tags", "speeds", "assumed"), ATTRIBUTES)
def test_speeds(build, tags, speeds, assumed) -> None:
    edges = build("1 2", [(10, "1 2", {**ROAD, **tags})]).edges.sort_index()
    assert edges["speed_kmh"].to_list() == pytest.approx(speeds)
    assert set(edges["assumed"]) == {assumed}


def test_unreadable_values_are_kept_word_for_word_and_shares_are_told(build) -> None:
    network = build(
        "1 2 3",
        [(10, "1 2", {**ROAD, "maxspeed": "signals", "lanes": "many"}), (11, "2 3", {**ROAD, "maxspeed": "50"})],
    )
    found = network.meta["unreadable_values"]
    assert found[["osm_id", "key", "value"]].to_numpy().tolist() == [[10, "maxspeed", "signals"], [10, "lanes", "many"]]
    assert network.meta["share_speed_assumed"] == pytest.approx(0.5, abs=0.01)
    assert network.meta["attribution"] == "© OpenStreetMap contributors (ODbL)"
    bare = build("1 2", [(10, "1 2", ROAD)], fill_speed=False)
    assert bare.edges["speed_kmh"].isna().all()
    assert set(bare.edges["assumed"]) == {""}


@pytest.mark.parametrize(
    ("tags", "lanes"),
    [
        ({"lanes": "2"}, [1.0, 1.0]),
        ({"lanes": "3"}, [1.0, 1.0]),
        ({"lanes": "1"}, [1.0, 1.0]),
        ({"lanes": "4"}, [2.0, 2.0]),
        ({"lanes": "3", "lanes:forward": "2"}, [2.0, 1.0]),
        ({"lanes:forward": "2", "lanes:backward": "1"}, [2.0, 1.0]),
        ({"lanes": "3", "lanes:both_ways": "1"}, [1.0, 1.0]),
        ({"lanes": "3", "oneway": "yes"}, [3.0]),
        ({}, [np.nan, np.nan]),
    ],
)
def test_lanes_of_one_direction(build, tags, lanes) -> None:
    edges = build("1 2", [(10, "1 2", {**ROAD, **tags})]).edges.sort_index()
    assert edges["lanes"].to_list() == pytest.approx(lanes, nan_ok=True)


def test_roads_to_come_and_railways_gone_are_there_but_not_in_use(build) -> None:
    network = build(
        "1 2\n\n3 4\n\n5 6",
        [
            (10, "1 2", {"highway": "construction", "construction": "trunk"}),
            (11, "3 4", {"railway": "disused", "disused": "rail"}),
            (12, "5 6", {"highway": "proposed", "proposed": "footway"}),
        ],
    )
    found = network.edges.drop_duplicates("osm_id").set_index("osm_id")[["road_class", "status"]]
    assert found.T.to_dict("list") == {10: ["trunk", "planned"], 11: ["rail", "closed"]}


def test_car_ferries_are_roads_with_the_time_of_the_crossing(build) -> None:
    network = build(
        "1 2 3", [(10, "1 2", ROAD), (11, "2 3", {"route": "ferry", "duration": "00:20", "motor_vehicle": "yes"})]
    )
    ferry = network.edges[network.edges["road_class"] == "ferry"]
    assert ferry["mode"].to_list() == ["road", "road"]
    assert ferry["free_time_s"].to_list() == [1200.0, 1200.0]
    assert pairs(network) >= {(2, 3), (3, 2)}


def test_footways_and_areas_are_no_roads(build) -> None:
    network = build(
        "1 2 3\n\n4 5 6",
        [
            (10, "1 2", ROAD),
            (11, "2 3", {"highway": "footway"}),
            (12, "4 5 6 4", {"highway": "service", "area": "yes"}),
        ],
    )
    assert network.edges["osm_id"].unique().tolist() == [10]


# ---------------------------------------------------------------- structures

UNDERPASS = """
  2
1 5 3
  4
"""
# node 5 belongs to the road below only; the railway 1 - 3 passes over it without a node


def underpass(build, **more):
    return build(
        "  2  \n1   3\n  4  ",
        [
            (10, "1 3", {"railway": "rail", "bridge": "yes", "layer": "1", "bridge:name": "Stubin", **more}),
            (11, "2 4", ROAD),
        ],
    )


def test_a_railway_bridge_carries_the_rail_and_stands_over_the_road(build) -> None:
    network = underpass(build)
    (structure,) = network.structures.index
    row = network.structures.loc[structure]
    assert (structure, row["name"], row["kind"], row["osm_id"]) == ("bridge-10", "Stubin", "rail_bridge_over_road", 10)
    links = network.structure_edges.merge(network.edges[["mode"]], left_on="edge_id", right_index=True)
    assert links.groupby("role")["mode"].agg(list).to_dict() == {"carries": ["rail"] * 2, "over": ["road"] * 2}


def test_a_height_on_the_railway_bridge_binds_the_road_below(build) -> None:
    network = underpass(build, maxheight="3.6", maxwidth="5")
    row = network.structures.iloc[0]
    assert (row["clearance_height_m"], row["clearance_width_m"]) == (3.6, 5.0)
    assert np.isnan(row["max_height_m"])
    assert network.edges[["max_height_m", "max_height_signed_m", "max_width_m"]].isna().all(axis=None)


def test_a_height_on_the_road_below_stays_that_of_the_road(build) -> None:
    network = build(
        "  2  \n1   3\n  4  ",
        [(10, "1 3", {"railway": "rail", "bridge": "yes"}), (11, "2 4", {**ROAD, "maxheight": "3.6"})],
    )
    road = network.edges["mode"] == "road"
    assert network.edges.loc[road, "max_height_m"].to_list() == [3.6, 3.6]
    assert network.edges.loc[~road, "max_height_m"].isna().all()


@pytest.mark.parametrize(
    ("above", "below", "stands"),
    [
        ({"bridge": "yes", "layer": "1"}, {}, True),
        ({"bridge": "viaduct"}, {}, True),  # no layer: a bridge is above the ground
        ({"bridge": "yes", "layer": "2"}, {"bridge": "yes", "layer": "1"}, True),
        ({"bridge": "yes", "layer": "1"}, {"bridge": "yes", "layer": "1"}, False),
        ({"bridge": "yes", "layer": "1"}, {"layer": "2"}, False),
        ({"bridge": "yes", "layer": "1"}, {"tunnel": "yes", "layer": "-1"}, False),  # a tunnel has its own roof
        ({"bridge": "no"}, {}, False),
        ({}, {}, False),
    ],
)
def test_levels_tell_what_stands_over_what(build, above, below, stands) -> None:
    network = build("  2  \n1   3\n  4  ", [(10, "1 3", {**ROAD, **above}), (11, "2 4", {**ROAD, **below})])
    over = network.structure_edges[network.structure_edges["role"] == "over"]
    assert (len(over) == 2) is stands


def test_a_bridge_that_touches_at_its_end_stands_over_nothing(build) -> None:
    network = build("1 2 3\n\n  4", [(10, "1 2", {**ROAD, "bridge": "yes"}), (11, "2 3", ROAD), (12, "2 4", ROAD)])
    assert set(network.structure_edges["role"]) == {"carries"}


def test_pieces_of_one_bridge_are_one_structure(build) -> None:
    bridge = {**ROAD, "bridge": "yes"}
    ways = [(10, "1 2", ROAD), (11, "2 3", bridge), (12, "3 4", {**bridge, "maxspeed": "50"}), (13, "4 5", ROAD)]
    network = build("1 2 3 4 5", ways)
    assert network.structures.index.to_list() == ["bridge-11"]
    assert len(network.structure_edges) == 4
    assert len(network.structures.geometry.iloc[0].coords) == 3


def test_a_footbridge_is_an_obstacle_and_its_sign_a_clearance(build) -> None:
    network = build(
        "  2  \n1   3\n  4  ",
        [(10, "1 3", {"highway": "footway", "bridge": "yes", "maxheight": "4.2"}), (11, "2 4", ROAD)],
    )
    row = network.structures.iloc[0]
    assert (row["kind"], row["clearance_height_m"]) == ("foot_bridge", 4.2)
    assert set(network.structure_edges["role"]) == {"over"}
    assert network.edges["osm_id"].unique().tolist() == [11]
    assert network.meta["unused_restrictions"].empty


def test_a_bridge_of_a_mode_that_is_not_read_is_an_obstacle_all_the_same(build) -> None:
    drawing, rail = "  2  \n1   3\n  4  ", {"railway": "rail", "bridge": "yes", "maxheight": "3.4"}
    network = build(drawing, [(10, "1 3", rail), (11, "2 4", ROAD)], modes=("road",))
    assert network.structures[["kind", "clearance_height_m"]].to_numpy().tolist() == [["rail_bridge_over_road", 3.4]]
    assert set(network.structure_edges["role"]) == {"over"}
    assert set(network.edges["mode"]) == {"road"}


def test_a_footbridge_over_nothing_lists_its_limit(build) -> None:
    network = build(
        "1 2\n\n3 4", [(10, "1 2", {"highway": "footway", "bridge": "yes", "maxweight": "2.5"}), (11, "3 4", ROAD)]
    )
    assert network.structures.empty
    assert network.meta["unused_restrictions"]["reason"].to_list() == ["not on a way of the modes read"]


def test_tunnels_and_passages(build) -> None:
    network = build(
        "1 2\n\n3 4",
        [
            (10, "1 2", {**ROAD, "tunnel": "yes", "tunnel:name": "Berg"}),
            (11, "3 4", {**ROAD, "tunnel": "building_passage"}),
        ],
    )
    assert network.structures["kind"].to_dict() == {"tunnel-10": "road_tunnel", "tunnel-11": "building_passage"}
    assert network.structures.loc["tunnel-10", "name"] == "Berg"


CROSSING = """
  2
1 5 3
  4
"""


def test_a_level_crossing_is_one_structure_and_no_way_onto_the_track(build) -> None:
    network = build(
        CROSSING,
        [(10, "1 5 3", {"railway": "rail"}), (11, "2 5 4", ROAD)],
        node_tags={5: {"railway": "level_crossing"}},
    )
    assert sorted(network.nodes.index) == [-5, 1, 2, 3, 4, 5]
    assert network.nodes.loc[[5, -5], "kind"].to_list() == ["level_crossing"] * 2
    assert network.nodes.geometry.loc[5].equals(network.nodes.geometry.loc[-5])
    graph = nx.Graph(list(pairs(network)))
    assert sorted(map(sorted, nx.connected_components(graph))) == [[-5, 1, 3], [2, 4, 5]]
    assert network.structures["kind"].to_list() == ["level_crossing"]
    links = network.structure_edges.merge(network.edges[["mode"]], left_on="edge_id", right_index=True)
    assert links["mode"].value_counts().to_dict() == {"rail": 4, "road": 4}


def test_a_limit_on_a_level_crossing_binds_the_road(build) -> None:
    tags = {5: {"railway": "level_crossing", "maxheight": "4.5"}}
    network = build(CROSSING, [(10, "1 5 3", {"railway": "rail"}), (11, "2 5 4", ROAD)], node_tags=tags)
    limit = network.structures[network.structures["kind"] == "portal"]
    assert limit["max_height_m"].to_list() == [4.5]
    bound = network.structure_edges.loc[network.structure_edges["structure_id"] == limit.index[0], "edge_id"]
    assert set(network.edges.loc[bound, "mode"]) == {"road"}


# ---------------------------------------------------------------- turns


def banned(network) -> set[tuple[int, int, int]]:
    """Banned turns as (from node, at node, to node)."""
    edges = network.edges
    assert np.isinf(network.turns["penalty_s"]).all()
    return {
        (edges.loc[a, "u"], edges.loc[a, "v"], edges.loc[b, "v"])
        for a, b in zip(network.turns["from_edge"], network.turns["to_edge"], strict=True)
    }


ARMS = [(10, "1 3", ROAD), (11, "3 5", ROAD), (12, "2 3", ROAD), (13, "3 4", ROAD)]
FROM_1_TO_2 = [("way", 10, "from"), ("node", 3, "via"), ("way", 12, "to")]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"restriction": "no_left_turn"}, {(1, 3, 2)}),
        ({"restriction": "only_left_turn"}, {(1, 3, 1), (1, 3, 4), (1, 3, 5)}),
        ({"restriction": "no_left_turn", "except": "psv;bicycle"}, {(1, 3, 2)}),
        ({"restriction": "no_left_turn", "except": "motor_vehicle"}, set()),
        ({"restriction:hgv": "no_left_turn"}, {(1, 3, 2)}),
        ({"restriction:bicycle": "no_left_turn"}, set()),
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, {(1, 3, 2)}),
        ({"restriction": "sharp_left"}, set()),
    ],
)
def test_turn_restrictions(build, tags, expected) -> None:
    network = build(CROSS, ARMS, [(7, {"type": "restriction", **tags}, FROM_1_TO_2)])
    assert banned(network) == expected
    assert len(network.meta["unused_restrictions"]) == (0 if expected else 1)
    counts = network.meta["restrictions"]
    assert counts["found"].sum() == 1


@pytest.mark.parametrize(
    ("tags", "lorry_turns", "car_turns"),
    [
        ({"restriction:hgv": "no_left_turn"}, False, True),
        ({"restriction": "no_left_turn", "except": "hgv"}, True, False),
        ({"restriction": "no_left_turn", "except": "psv"}, False, False),
        ({"restriction": "no_left_turn", "restriction:hgv": "no_left_turn"}, False, False),
    ],
)
def test_a_turn_that_binds_lorries_only(build, tags, lorry_turns, car_turns) -> None:
    network = build(CROSS, ARMS, [(7, {"type": "restriction", **tags}, FROM_1_TO_2)])
    lorry = Vehicle("lorry", "road", gross_weight_t=26.0)
    way = network.edges[network.edges["u"].isin([1, 3]) & network.edges["v"].isin([3, 2])]["length_m"].sum()
    for mover, turns in ((lorry, lorry_turns), (None, car_turns)):
        table = skim(network, [1], [2], cost="length_m", vehicle=mover)  # who may not turns round at 5
        assert (table.loc[1, 2] == pytest.approx(way)) == turns


def test_a_conditional_turn_outside_its_hours_is_free(build) -> None:
    tags = {"type": "restriction", "restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}
    network = build(CROSS, ARMS, [(7, tags, FROM_1_TO_2)], date="2024-01-14")
    assert banned(network) == set()
    assert network.meta["unused_restrictions"].empty


def test_no_u_turn_bans_the_way_back(build) -> None:
    u_turn = [("way", 10, "from"), ("node", 3, "via"), ("way", 10, "to")]
    assert banned(build(CROSS, ARMS, [(7, {"type": "restriction", "restriction": "no_u_turn"}, u_turn)])) == {(1, 3, 1)}


def test_turns_hold_after_chains_are_merged(build) -> None:
    # 1 - 6 - 3: way 10 is joined to way 14 before the junction
    ways = [(14, "1 6", ROAD), (10, "6 3", ROAD), *ARMS[1:]]
    network = build(
        "    2\n1 6 3 5\n    4", ways, [(7, {"type": "restriction", "restriction": "no_left_turn"}, FROM_1_TO_2)]
    )
    assert banned(network) == {(1, 3, 2)}


DUAL = """
1 2 3
  |
4 5 6
"""  # two carriageways: 1 -> 2 -> 3 east, 6 -> 5 -> 4 west, and an opening 2 - 5
ONE_WAY = {**ROAD, "oneway": "yes"}
CARRIAGEWAYS = [
    (10, "1 2", ONE_WAY),
    (11, "2 3", ONE_WAY),
    (12, "6 5", ONE_WAY),
    (13, "5 4", ONE_WAY),
    (14, "2 5", ROAD),
]
OVER = [("way", 10, "from"), ("way", 14, "via"), ("way", 13, "to")]


def test_a_u_turn_over_a_way_is_banned_where_a_pair_of_edges_says_the_same(build) -> None:
    ban = {"type": "restriction", "restriction": "no_u_turn"}
    assert banned(build(DUAL, CARRIAGEWAYS, [(7, ban, OVER)])) == {(2, 5, 4)}
    # nothing but way 13 leaves at node 5: the turn into the opening is banned instead, though way 15 enters it too
    side = "  7  \n1 2 3\n  |  \n4 5 6"
    entered = [*CARRIAGEWAYS, (15, "7 2", ONE_WAY)]
    assert banned(build(side, entered, [(7, ban, OVER)])) == {(1, 2, 5)}


def test_only_over_a_way_bans_every_other_course(build) -> None:
    only = {"type": "restriction", "restriction": "only_u_turn"}
    ways = [*CARRIAGEWAYS[:4], (14, "2 5", ROAD), (15, "5 7", ONE_WAY)]
    network = build("1 2 3\n  |\n4 5 6\n  7", ways, [(7, only, OVER)])
    assert banned(network) == {(1, 2, 3), (2, 5, 7), (2, 5, 2)}


WIDE = "  2  7\n1 3 5 6\n  4"
WIDE_ARMS = [*ARMS, (16, "5 6", ROAD), (17, "5 7", ROAD)]
OVER_11 = [("way", 10, "from"), ("way", 11, "via"), ("way", 16, "to")]


def may_drive(network, nodes) -> bool:
    """Whether a route along these nodes costs what its edges cost, that is, whether no ban makes it longer."""
    edges = network.edges[network.edges["copy_of"] == ""]
    length = sum(edges.loc[(edges["u"] == a) & (edges["v"] == b), "length_m"].iloc[0] for a, b in pairwise(nodes))
    try:
        return route(network, nodes[0], nodes[-1], cost="length_m").length_m == pytest.approx(length)
    except NoRouteError:
        return False


def test_a_ban_over_a_way_that_others_use_binds_only_those_who_come_from_there(build) -> None:
    network = build(WIDE, WIDE_ARMS, [(7, {"type": "restriction", "restriction": "no_right_turn"}, OVER_11)])
    assert network.meta["unused_restrictions"].empty
    assert not may_drive(network, [1, 3, 5, 6])
    free = ([1, 3, 5, 7], [2, 3, 5, 6], [4, 3, 5, 6], [1, 3, 2], [3, 5, 6], [1, 3, 5], [6, 5, 3, 1])
    assert all(may_drive(network, nodes) for nodes in free)
    (copy,) = network.edges[network.edges["copy_of"] != ""].to_dict("records")
    assert (copy["u"], copy["v"], copy["osm_id"], copy["copy_of"]) == (3, 5, 11, "110000")
    assert check_network(network).duplicates.empty


def test_only_over_a_way_that_others_use(build) -> None:
    network = build(WIDE, WIDE_ARMS, [(7, {"type": "restriction", "restriction": "only_straight_on"}, OVER_11)])
    assert may_drive(network, [1, 3, 5, 6]) and may_drive(network, [2, 3, 5, 7])
    assert not any(may_drive(network, nodes) for nodes in ([1, 3, 2], [1, 3, 5, 7]))


def test_a_ban_over_two_ways_with_a_junction_between(build) -> None:
    # 1 - 3 - 5 - 6 - 8 may not be driven; 5 and 6 are junctions within and between the ways 11 and 16
    ways = [*WIDE_ARMS, (18, "6 8", ROAD), (19, "6 9", ROAD)]
    members = [("way", 10, "from"), ("way", 16, "via"), ("way", 11, "via"), ("way", 18, "to")]
    network = build(
        "  2 7 9\n1 3 5 6 8\n  4", ways, [(7, {"type": "restriction", "restriction": "no_straight_on"}, members)]
    )
    assert network.meta["unused_restrictions"].empty
    assert not may_drive(network, [1, 3, 5, 6, 8])
    free = ([2, 3, 5, 6, 8], [1, 3, 5, 6, 9], [7, 5, 6, 8], [1, 3, 5, 7], [5, 6, 8])
    assert all(may_drive(network, nodes) for nodes in free)


def test_a_copy_of_a_bridge_stays_on_the_bridge(build) -> None:
    ways = [*WIDE_ARMS[:1], (11, "3 5", {**ROAD, "bridge": "yes", "maxweight": "12"}), *WIDE_ARMS[2:]]
    network = build(WIDE, ways, [(7, {"type": "restriction", "restriction": "no_right_turn"}, OVER_11)])
    (copy,) = network.edges.index[network.edges["copy_of"] != ""]
    links = network.structure_edges
    assert len(links[(links["edge_id"] == copy) & (links["role"] == "carries")]) == 1


def test_a_restriction_that_cannot_be_used_says_which_way_is_missing(build) -> None:
    members = [("way", 10, "from"), ("node", 3, "via"), ("way", 99, "to")]
    network = build(CROSS, ARMS, [(7, {"type": "restriction", "restriction": "no_left_turn"}, members)])
    (row,) = network.meta["unused_restrictions"].to_dict("records")
    assert (row["osm_type"], row["osm_id"], row["value"]) == ("relation", 7, "no_left_turn")
    assert row["reason"] == "way 99 of it is no road of the network"


@pytest.mark.parametrize(
    ("tags", "blocked"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, False),
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "motor_vehicle": "no"}, True),
        ({"barrier": "gate", "access": "no", "hgv": "yes"}, False),
        ({"barrier": "lift_gate", "access": "private"}, False),
    ],
)
def test_barriers_ban_the_passage_but_not_the_turn_back(build, tags, blocked) -> None:
    network = build("1 2 3", [(10, "1 2 3", ROAD)], node_tags={2: tags})
    assert banned(network) == ({(1, 2, 3), (3, 2, 1)} if blocked else set())


# ---------------------------------------------------------------- doors, places, errors


def test_all_four_formats_give_the_same_network(tmp_path) -> None:
    text = osm_text(CROSS, [(10, "1 3 5", {**ROAD, "maxheight": "4"}), (11, "2 3 4", ROAD)])
    plain = tmp_path / "a.osm"
    plain.write_text(text)
    (tmp_path / "a.osm.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "a.osm.bz2").write_bytes(bz2.compress(text.encode()))
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(plain)):
            writer.add(thing)
    (tmp_path / "download").write_bytes((tmp_path / "a.osm.pbf").read_bytes())  # the suffix does not matter
    expected = read_osm(plain)
    for name in ("a.osm.gz", "a.osm.bz2", "a.osm.pbf", "download"):
        network = read_osm(tmp_path / name)
        assert network.edges.equals(expected.edges)
        assert network.nodes.equals(expected.nodes)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (15.19, 60.15, 3006),  # Ludvika
        (13.19, 55.71, 3006),  # Lund
        (20.22, 67.86, 3006),  # Kiruna
        (18.3, 57.6, 3006),  # Visby
        (12.57, 55.68, 32633),  # København
        (10.75, 59.91, 32632),  # Oslo
        (8.68, 49.41, 32632),  # Heidelberg
        (24.94, 60.17, 32635),  # Helsingfors
        (-70.0, -33.0, 32719),
        (180.0, 0.0, 32601),
    ],
)
def test_coordinate_system_of_the_place(lon, lat, epsg) -> None:
    assert choose_crs(None, lon, lat).to_epsg() == epsg
    assert (country_of(lon, lat) == "SE") == (epsg == 3006)


def test_a_given_coordinate_system_is_used_and_degrees_are_refused(build) -> None:
    assert build("1 2", [(10, "1 2", ROAD)], crs=3035).crs.to_epsg() == 3035
    with pytest.raises(DataError, match="in degrees"):
        build("1 2", [(10, "1 2", ROAD)], crs="EPSG:4326")
    with pytest.raises(DataError, match="no coordinate reference system"):
        build("1 2", [(10, "1 2", ROAD)], crs="Swedish grid")


def test_modes_are_chosen(build) -> None:
    ways = [(10, "1 3 5", {"railway": "rail"}), (11, "2 3 4", ROAD)]
    assert set(build(CROSS, ways, modes=("rail",)).edges["mode"]) == {"rail"}
    assert set(build(CROSS, ways, modes="road").edges["mode"]) == {"road"}
    with pytest.raises(DataError, match=r"modes: 'air'; choose of road, rail"):
        build(CROSS, ways, modes=("air",))
    with pytest.raises(DataError, match="holds no rail way"):
        build(CROSS, ways[1:], modes=("rail",))
    with pytest.raises(DataError, match="country: 'Sweden'; give its two letters"):
        build(CROSS, ways, country="Sweden")
    with pytest.raises(DataError, match="is no date"):
        build(CROSS, ways, date="yesterday")


EMPTY = "<osm version='0.6'><node id='1' lat='1' lon='1'/></osm>"
BAD_FILES = {
    "not-osm.osm": (b"hello", "is not an OpenStreetMap file"),
    "page.osm": (b"<!DOCTYPE html><html><body>404</body></html>", "is not an OpenStreetMap file"),
    "garbage.osm.pbf": (bytes(range(256)) * 9, "is not an OpenStreetMap file"),
    "empty.osm": (b"", "is empty"),
    "track.osm": (b"<?xml version='1.0'?><gpx></gpx>", "cannot be read as OpenStreetMap data"),
    "no-ways.osm": (EMPTY.encode(), "holds no road or rail way"),
    "cut.osm": (EMPTY.encode()[:40], "cannot be read as OpenStreetMap data"),
    "cut.osm.gz": (gzip.compress(EMPTY.encode() * 50)[:-9], "is cut off"),
    "flipped.osm.gz": (gzip.compress(EMPTY.encode())[:-8] + bytes(8), "is damaged"),
    "cut.osm.bz2": (bz2.compress(EMPTY.encode() * 50)[:-9], "is cut off"),
    "latitude.osm": (EMPTY.replace("lat='1'", "lat='north'").encode(), "wrong format for coordinate"),
    "history.osc": (b"<osmChange version='0.6'></osmChange>", "holds a history or changes"),
    "laughs.osm": (
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
        b"<osm version='0.6'><node id='1' lat='1' lon='1'><tag k='a' v='&b;'/></node></osm>",
        "XML entities are not supported",
    ),
    "bomb.osm.gz": (gzip.compress(b"<osm version='0.6'>" + b" " * 90_000_000, compresslevel=9), "no map"),
    "bomb.osm.bz2": (bz2.compress(b"<osm version='0.6'>" + b" " * 90_000_000), "no map"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_end_in_one_clear_line(tmp_path, name) -> None:
    content, message = BAD_FILES[name]
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_osm(file)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders(tmp_path) -> None:
    with pytest.raises(DataError, match="no such map file; check the path"):
        read_osm(tmp_path / "nowhere.osm.pbf")
    with pytest.raises(DataError, match="is a folder"):
        read_osm(tmp_path)


@pytest.fixture
def small_pbf(tmp_path) -> bytes:
    file = tmp_path / "small.osm"
    file.write_text(osm_text(CROSS, [(10, "1 3 5", {**ROAD, "maxheight": "4"}), (11, "2 3 4", ROAD)]))
    with osmium.SimpleWriter(str(tmp_path / "small.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(file)):
            writer.add(thing)
    return (tmp_path / "small.osm.pbf").read_bytes()


def test_every_cut_of_a_pbf_is_refused_or_honest(tmp_path, small_pbf) -> None:
    file = tmp_path / "cut.osm.pbf"
    for length in range(1, len(small_pbf), 7):
        file.write_bytes(small_pbf[:length])
        with pytest.raises(DataError) as caught:
            read_osm(file)
        assert "cut.osm.pbf" in str(caught.value)


def test_flipped_bytes_end_in_a_data_error_or_a_network(tmp_path, small_pbf) -> None:
    file, chance = tmp_path / "flipped.osm.pbf", random.Random(7)
    for _ in range(60):
        data = bytearray(small_pbf)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file.write_bytes(data)
        try:
            assert len(read_osm(file).edges) >= 0
        except DataError as fault:
            assert "flipped.osm.pbf" in str(fault)


def blob(kind: bytes, fields: bytes) -> bytes:
    header = b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + varint(len(fields))
    return struct.pack(">I", len(header)) + header + fields


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def test_blocks_that_claim_gigabytes_are_refused_before_they_are_unpacked(tmp_path, small_pbf) -> None:
    resource = pytest.importorskip("resource", reason="memory is measured on Unix only")
    (size,) = struct.unpack(">I", small_pbf[:4])
    packed = zlib.compress(bytes(30_000_000))
    bomb = blob(b"OSMData", b"\x10" + varint(30_000_000) + b"\x1a" + varint(len(packed)) + packed)
    file = tmp_path / "bomb.osm.pbf"
    start = small_pbf[: 4 + size + int.from_bytes(small_pbf[3 + size : 4 + size])]
    file.write_bytes(start + bomb * 40)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match="no map"):
        read_osm(file)
    unit = 1 if sys.platform == "darwin" else 1024
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < 100e6


def test_a_way_of_a_million_nodes_is_no_map(tmp_path) -> None:
    file = tmp_path / "long.osm"
    refs = "<nd ref='1'/>" * 100_001
    file.write_text(
        f"<osm version='0.6'><node id='1' lat='1' lon='1'/><way id='5'>{refs}<tag k='highway' v='road'/></way></osm>"
    )
    with pytest.raises(DataError, match="way 5 has 100,001 nodes"):
        read_osm(file)
