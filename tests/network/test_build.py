"""Lines to network: exploding, snapping, cutting, and the report of what stays loose."""

from __future__ import annotations

import time

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point

from geoplan.errors import DataError
from geoplan.network.build import network_from_lines
from geoplan.network.build_report import build_issues
from geoplan.network.snap import cluster_points
from geoplan.network.topology import (
    crossings_without_node,
    dangling_ends,
    duplicate_ways,
    islands,
    near_misses,
)

CRS = "EPSG:3006"


def frame(*geometry: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs=CRS)


def way_set(network) -> set[tuple[tuple[float, float], tuple[float, float]]]:
    """Ends of all ways as coordinates, direction and order left out."""
    place = {node: (round(p.x, 3), round(p.y, 3)) for node, p in network.nodes.geometry.items()}
    return {tuple(sorted((place[u], place[v]))) for u, v in zip(network.edges["u"], network.edges["v"], strict=True)}


@pytest.fixture
def t_road() -> gpd.GeoDataFrame:
    """A side road that ends 0.4 m short of the middle of the main road.

    (0,0) ---------- main ---------- (100,0)
                       .  0.4 m
                       |
                   side (50,-80)
    """
    return frame(
        LineString([(0, 0), (100, 0)]),
        LineString([(50, -80), (50, -0.4)]),
        name=["main", "side"],
        max_weight_t=[60.0, np.nan],
        length_m=[120.0, np.nan],
        free_time_s=[10.0, np.nan],
    )


def test_line_is_cut_where_another_ends_on_it(t_road):
    network = network_from_lines(t_road, mode="road")
    assert way_set(network) == {((0, 0), (50, -0.4)), ((50, -0.4), (100, 0)), ((50, -80), (50, -0.4))}
    assert len(network.edges) == 6  # three ways, both directions
    report = network.meta["build_report"]
    assert (report["cuts"], report["gaps_closed"], report["dangling_ends"], report["islands"]) == (1, 0, 3, 0)


def test_official_length_and_time_are_shared_and_limits_are_not(t_road):
    edges = network_from_lines(t_road, mode="road").edges
    main = edges[edges["name"] == "main"]
    assert main["length_m"].to_list() == pytest.approx([60, 60, 60, 60])
    assert main["free_time_s"].to_list() == pytest.approx([5, 5, 5, 5])
    assert main["max_weight_t"].to_list() == [60] * 4
    side = edges[edges["name"] == "side"]
    assert side["length_m"].to_list() == pytest.approx([79.6, 79.6])
    assert side["max_weight_t"].isna().all()
    assert edges["line_id"].to_list() == ["0"] * 4 + ["1"] * 2


def test_ends_only_leaves_lines_whole_and_says_what_nearly_meets(t_road):
    network = network_from_lines(t_road, mode="road", split_at="ends")
    assert len(network.edges) == 4
    assert network.meta["build_report"]["islands"] == 1
    misses = near_misses(network)
    assert misses["distance_m"].to_list() == pytest.approx([0.4])
    issues = build_issues(network)
    assert issues["issue"].value_counts().to_dict() == {"dangling_end": 4, "near_miss": 1, "island": 1}
    assert issues.loc[issues["issue"] == "near_miss", "line"].to_list() == ["0"]
    assert issues.loc[issues["issue"] == "island", "detail"].to_list() == ["1 ways, 80 m"]


def test_ends_within_the_tolerance_become_one_node():
    """Three ends 0.6 m apart in a chain: one node, though the outer two are 1.2 m apart.

    (0,0) ------ 10  10.6 ------ (20,0)
                  11.2
                    `---- (11.2,50)
    """
    lines = frame(LineString([(0, 0), (10, 0)]), LineString([(10.6, 0), (20, 0)]), LineString([(11.2, 0), (11.2, 50)]))
    network = network_from_lines(lines, mode="road")
    assert len(network.nodes) == 4
    assert network.meta["build_report"]["gaps_closed"] == 2
    gaps = build_issues(network).query("issue == 'gap_closed'")
    assert sorted(gaps["distance_m"]) == pytest.approx([0.6, 1.2])
    far = network_from_lines(lines, mode="road", tolerance_m=0.5, split_at="ends")
    assert (len(far.nodes), far.meta["build_report"]["islands"]) == (6, 2)


def test_most_frequent_end_keeps_its_place():
    lines = frame(LineString([(0, 0), (10, 0)]), LineString([(10.5, 0), (20, 0)]), LineString([(10.5, 0), (10, 9)]))
    network = network_from_lines(lines, mode="rail")
    assert (10.5, 0) in {(p.x, p.y) for p in network.nodes.geometry}
    assert (10, 0) not in {(p.x, p.y) for p in network.nodes.geometry}


def test_known_nodes_keep_id_place_and_attributes():
    """Two stations 1.5 m apart stay two; the line end goes to the nearer one, the line through is cut at a third."""
    nodes = gpd.GeoDataFrame(
        {"name": ["A", "A yard", "B", "far"], "crane_capacity_t": [np.nan, 80, np.nan, np.nan]},
        index=pd.Index(["a", "a2", "b", "far"], name="id"),
        geometry=[Point(0, 0), Point(0, 1.5), Point(50, 0.3), Point(50, 300)],
        crs=CRS,
    )
    lines = frame(LineString([(0, 1), (100, 0)]), line=["main line"])
    network = network_from_lines(lines, mode="rail", nodes=nodes)
    ways = {tuple(sorted(pair)) for pair in zip(network.edges["u"], network.edges["v"], strict=True)}
    assert ways == {("a2", "b"), ("b", "n1")}
    assert network.nodes.index.to_list() == ["a", "a2", "b", "far", "n1"]
    assert network.nodes.loc["a2", ["name", "crane_capacity_t"]].to_list() == ["A yard", 80]
    assert network.nodes.geometry["b"] == Point(50, 0.3)
    assert network.meta["build_report"]["nodes_without_edge"] == 2
    assert set(build_issues(network).query("issue == 'node_without_edge'")["node_id"]) == {"a", "far"}


def test_number_ids_go_on_after_the_known_ones():
    nodes = gpd.GeoDataFrame(index=pd.Index([7, 3]), geometry=[Point(0, 0), Point(5, 5)], crs=CRS)
    network = network_from_lines(frame(LineString([(0, 0), (9, 9)])), mode="sea", nodes=nodes)
    assert network.nodes.index.to_list() == [7, 3, 8]
    assert network.nodes.index.dtype == "int64"
    assert network.edges["u"].dtype == "int64"


def test_new_text_ids_do_not_clash():
    nodes = gpd.GeoDataFrame(index=["n1"], geometry=[Point(0, 0)], crs=CRS)
    network = network_from_lines(frame(LineString([(0, 0), (9, 9)])), mode="sea", nodes=nodes)
    assert network.nodes.index.to_list() == ["n1", "new_n1"]


def test_crossings_only_when_asked():
    """A cross of two roads without a vertex in the middle."""
    lines = frame(LineString([(-10, 0), (10, 0)]), LineString([(0, -10), (0, 10)]))
    apart = network_from_lines(lines, mode="road")
    assert len(apart.edges) == 4
    found = crossings_without_node(apart)
    assert found.geometry.to_list() == [Point(0, 0)]
    assert found[["edge_id", "other_edge_id"]].iloc[0].to_list() == [1, 3]
    joined = network_from_lines(lines, mode="road", split_at="crossings")
    assert len(joined.edges) == 8
    assert len(crossings_without_node(joined)) == 0


def test_crossing_in_a_shared_vertex_is_found_once():
    lines = frame(LineString([(-10, 0), (0, 0), (10, 0)]), LineString([(0, -10), (0, 0), (0, 10)]))
    assert len(crossings_without_node(network_from_lines(lines, mode="road"))) == 1
    assert len(network_from_lines(lines, mode="road", split_at="crossings").nodes) == 5


def test_crossing_that_a_structure_explains_is_no_suspect():
    lines = frame(LineString([(-10, 0), (10, 0)]), LineString([(0, -10), (0, 10)]), mode=["rail", "road"])
    network = network_from_lines(lines)
    assert crossings_without_node(network)[["mode", "other_mode"]].to_numpy().tolist() == [["rail", "road"]]
    bridge = gpd.GeoDataFrame({"kind": ["rail_bridge_over_road"]}, index=["s"], geometry=[Point(0, 0)], crs=CRS)
    roles = pd.DataFrame(
        {
            "structure_id": "s",
            "edge_id": network.edges.index,
            "role": np.where(network.edges["mode"] == "rail", "carries", "over"),
        }
    )
    assert crossings_without_node(network.replace(structures=bridge, structure_edges=roles)).empty


def test_loop_road_that_ends_on_itself_is_cut_there():
    """A lollipop drawn as one line: stick (0,0)-(10,0), loop back to (10,0).

    0 ----- 10 --- 20
             |      |
             `------'
    """
    lines = frame(LineString([(0, 0), (10, 0), (20, 0), (20, -10), (10, -10), (10, 0)]))
    network = network_from_lines(lines, mode="road")
    assert len(network.nodes) == 2
    one_a_way = network.edges.drop_duplicates("way_id")
    assert sorted(one_a_way["length_m"]) == pytest.approx([10, 40])
    assert len(dangling_ends(network)) == 1


def test_multi_lines_are_exploded_and_share_the_official_length():
    multi = MultiLineString([[(0, 0), (10, 0)], [(10, 0), (40, 0)]])
    network = network_from_lines(frame(multi, length_m=[80.0], ref=["50"]), mode="road")
    assert network.edges["length_m"].to_list() == pytest.approx([20, 20, 60, 60])
    assert network.edges["ref"].to_list() == ["50"] * 4
    assert network.meta["build_report"]["multi_lines_exploded"] == 1


def test_useless_rows_are_dropped_and_reported():
    lines = frame(
        LineString([(0, 0), (10, 0)]),
        LineString([(5, 5), (5, 5)]),
        LineString(),
        None,
        LineString([(3, 9), (3.2, 9)]),
    )
    network = network_from_lines(lines, mode="road")
    report = network.meta["build_report"]
    assert [report[n] for n in ("lines", "edges", "zero_length_dropped", "empty_dropped", "shorter_than_tolerance")] == [
        5, 2, 1, 2, 1,
    ]  # fmt: skip
    issues = build_issues(network).set_index("issue")["line"]
    assert issues["zero_length_dropped"] == "1"
    assert issues["empty_dropped"].to_list() == ["2", "3"]
    assert issues["shorter_than_tolerance"] == "4"


def test_one_way_lines_and_grade():
    line = LineString([(0, 0), (100, 0)])
    lines = frame(line, shapely.transform(line, lambda xy: xy + 50), shapely.transform(line, lambda xy: xy + 90))
    lines["way"] = ["yes", "-1", None]
    lines["grade_pct"] = [2.0, 3.0, 4.0]
    edges = network_from_lines(lines, mode="road", oneway_column="way").edges
    assert edges["line_id"].to_list() == ["0", "1", "2", "2"]
    assert edges["grade_pct"].to_list() == [2, -3, 4, -4]
    assert [g.coords[0] for g in edges.geometry] == [(0, 0), (150, 50), (90, 90), (190, 90)]


def test_heights_stay_and_are_interpolated_at_cuts():
    lines = frame(LineString([(0, 0, 10), (100, 0, 30)]), LineString([(50, -9, 0), (50, 0, 5)]))
    edges = network_from_lines(lines, mode="road").edges
    main = edges[edges["line_id"] == "0"].geometry.iloc[0]
    assert main.coords[1] == (50, 0, 20)


def test_repeated_vertices_do_no_harm():
    lines = frame(LineString([(0, 0), (0, 0), (5, 0), (5, 0), (9, 0), (9, 0)]), LineString([(5, 0), (5, 5)]))
    edges = network_from_lines(lines, mode="road").edges.drop_duplicates("way_id")
    assert [list(g.coords) for g in edges.geometry] == [[(0, 0), (5, 0)], [(5, 0), (9, 0)], [(5, 0), (5, 5)]]


def test_end_snapped_onto_the_vertex_before_it():
    """The hook at the end of the second line folds onto the first; both meet in one node, cut by a third."""
    lines = frame(
        LineString([(0, 0), (10, 0)]),
        LineString([(20, 0), (15, 0), (10, 0), (10.5, 0)]),
        LineString([(15, 0), (15, 5)]),
    )
    network = network_from_lines(lines, mode="road")
    assert way_set(network) == {((0, 0), (10, 0)), ((10, 0), (15, 0)), ((15, 0), (20, 0)), ((15, 0), (15, 5))}


def test_only_asked_columns_are_kept(t_road):
    network = network_from_lines(t_road.assign(junk=1), mode="road", keep=["name"])
    assert "junk" not in network.edges
    assert network.edges["max_weight_t"].isna().all()
    assert set(network.edges["name"]) == {"main", "side"}


def test_columns_that_the_network_needs_itself_keep_another_name(t_road):
    edges = network_from_lines(t_road.assign(u="here", line_id=["x", "y"]), mode="road").edges
    assert set(edges["u_original"]) == {"here"}
    assert edges["line_id_original"].to_list() == ["x"] * 4 + ["y"] * 2
    assert edges["line_id"].to_list() == ["0"] * 4 + ["1"] * 2


def test_degrees_are_projected_when_asked_and_refused_otherwise(t_road):
    lonlat = t_road.to_crs("EPSG:4326")
    with pytest.raises(DataError, match="is in degrees; give crs= in metres"):
        network_from_lines(lonlat, mode="road")
    network = network_from_lines(lonlat, mode="road", crs=3006)
    assert len(network.edges) == 6
    assert network.crs.to_epsg() == 3006


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda g: g.set_crs(None, allow_override=True), {}, "lines have no coordinate reference system"),
        (lambda g: g, {"mode": "air"}, "mode is 'air'; use one of road, rail, sea, transfer"),
        (lambda g: g, {"mode": None}, "say what runs on the lines"),
        (lambda g: g, {"oneway_column": "nam"}, "no column 'nam'. Did you mean: name"),
        (
            lambda g: g,
            {"oneway_column": "name"},
            r"2 rows \(first: 0, 1\) have name = 'main'; use yes, no or -1",
        ),
        (lambda g: g, {"tolerance_m": -1}, "tolerance_m is -1; give a distance"),
        (lambda g: g, {"split_at": "nods"}, "split_at is 'nods'"),
        (lambda g: g.set_geometry(g.buffer(1)), {}, r"2 rows \(first: 0, 1\) are Polygon; give lines only"),
        (lambda g: g, {"tolerance_m": 1000}, "all are shorter than the tolerance of 1000 m"),
        (
            lambda g: g.assign(max_height_m=["4.5", "4,2"]),
            {},
            r"1 row \(first: 1\) have max_height_m = '4,2'; give numbers",
        ),
        (lambda g: g.iloc[:0], {}, "none of 0 rows is a line"),
    ],
)
def test_bad_input_gets_one_clear_line(t_road, change, options, words):
    with pytest.raises(DataError, match=words) as caught:
        network_from_lines(change(t_road), **{"mode": "road", **options})
    assert "\n" not in str(caught.value)


def test_swapped_axes_are_named():
    lines = gpd.GeoDataFrame(geometry=[LineString([(60.1, 115.0), (60.2, 115.1)])], crs=4326)
    with pytest.raises(DataError, match="are longitude and latitude swapped"):
        network_from_lines(lines, mode="road", crs=3857)


def test_ways_drawn_twice_are_reported():
    """The same street once each way round, and another way between the same nodes that is no double."""
    street, bow = LineString([(0, 0), (5, 0), (9, 0)]), LineString([(0, 0), (5, 5), (9, 0)])
    network = network_from_lines(frame(street, bow, street.reverse()), mode="road")
    assert duplicate_ways(network).to_numpy().tolist() == [[5, 1]]
    found = build_issues(network).query("issue == 'duplicate_way'")
    assert found[["line", "edge_id", "detail"]].to_numpy().tolist() == [["2", 5, "same as edge 1"]]


def test_islands_largest_first():
    lines = frame(LineString([(0, 0), (1, 0)]), LineString([(50, 0), (60, 0)]), LineString([(60, 0), (70, 0)]))
    table = islands(network_from_lines(lines, mode="road", tolerance_m=0))
    assert table["n_nodes"].to_list() == [3, 2]
    assert table["n_ways"].to_list() == [2, 1]
    assert table["length_m"].to_list() == [20, 1]


def test_gap_next_to_a_short_stub_is_not_a_near_miss():
    lines = frame(LineString([(0, 0), (50, 0)]), LineString([(50, 0), (100, 0)]), LineString([(50, 0), (50, 5)]))
    assert near_misses(network_from_lines(lines, mode="road")).empty


# Lines on an integer grid: whatever meets there meets exactly, so shapely's own noding is a fair twin.
spots = st.tuples(st.integers(0, 6), st.integers(0, 6))
strokes = st.lists(st.lists(spots, min_size=2, max_size=4), min_size=1, max_size=8)


def usable(shapes: list[list[tuple[int, int]]]) -> list[LineString]:
    drawn = [LineString(shape) for shape in shapes]
    return [line for line in drawn if line.length > 0]


@settings(max_examples=40, deadline=None)
@given(strokes)
def test_topology_of_crossing_lines_equals_shapely(shapes):
    """Total length is kept, ends lie in their nodes, and the components are those of shapely's noded lines."""
    lines = [line for line in usable(shapes) if line.is_simple]
    if not lines:
        return
    network = network_from_lines(frame(*lines), mode="road", split_at="crossings", tolerance_m=0)
    check_invariants(network, lines)

    twin = nx.Graph()
    for piece in shapely.get_parts(shapely.unary_union(lines)):
        twin.add_edges_from(nx.utils.pairwise([tuple(np.round(c, 6)) for c in piece.coords]))
    assert network.meta["build_report"]["islands"] + 1 == nx.number_connected_components(twin)


@settings(max_examples=40, deadline=None)
@given(strokes)
def test_topology_of_lines_cut_at_nodes_equals_slow_twin(shapes):
    lines = usable(shapes)
    if not lines:
        return
    network = network_from_lines(frame(*lines), mode="road", tolerance_m=0)
    check_invariants(network, lines)

    twin = nx.Graph()
    for number, line in enumerate(lines):
        for other in lines:
            for end in (other.coords[0], other.coords[-1]):
                if line.distance(Point(end)) < 1e-9:
                    twin.add_edge(("line", number), end)
    assert network.meta["build_report"]["islands"] + 1 == nx.number_connected_components(twin)


def check_invariants(network, lines) -> None:
    one_a_way = network.edges.drop_duplicates("way_id")
    assert one_a_way["length_m"].sum() == pytest.approx(sum(line.length for line in lines))
    start = shapely.get_point(network.edges.geometry.array, 0)
    end = shapely.get_point(network.edges.geometry.array, -1)
    assert shapely.equals(start, network.nodes.geometry.loc[network.edges["u"]].array).all()
    assert shapely.equals(end, network.nodes.geometry.loc[network.edges["v"]].array).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=12), st.floats(0.1, 3.0))
def test_clusters_equal_a_graph_of_near_points(points, reach_m):
    xy = np.array(points)
    labels, places = cluster_points(xy, reach_m)
    twin = nx.Graph()
    twin.add_nodes_from(range(len(xy)))
    gap = np.hypot(*(xy[:, None] - xy[None]).T)
    assume((np.abs(gap - reach_m) > 1e-9).all())
    twin.add_edges_from(zip(*np.nonzero(gap <= reach_m), strict=True))
    parts = {frozenset(part) for part in nx.connected_components(twin)}
    assert {frozenset(np.flatnonzero(labels == label)) for label in np.unique(labels)} == parts
    assert {tuple(place) for place in places} <= set(map(tuple, xy))  # a node lies where an end was


def test_fixed_points_stay_and_draw_the_nearest():
    """Fixed at 0 and 3; loose ends at 1, 2 chain them together, 9 is far away; a second fixed point at 0 stays unused."""
    xy = np.array([[0, 0], [3, 0], [0, 0], [1, 0], [2, 0], [9, 0], [0, 0]], dtype=float)
    labels, places = cluster_points(xy, 1.0, n_fixed=3)
    assert labels.tolist() == [0, 1, 2, 0, 1, 3, 0]
    assert places[:, 0].tolist() == [0, 3, 0, 9]


def test_many_lines_take_seconds():
    """10,000 streets that all need cutting: linear time (about 0.5 s), where a loop over rows takes minutes."""
    k = 100
    along = [LineString([(0, 10 * i), (10 * k, 10 * i)]) for i in range(k)]
    steps = [LineString([(10 * j + 5, 10 * i), (10 * j + 5, 10 * i + 10)]) for i in range(k - 1) for j in range(k)]
    start = time.perf_counter()
    network = network_from_lines(frame(*along, *steps), mode="road")
    assert time.perf_counter() - start < 20
    assert network.meta["build_report"]["islands"] == 0
    assert network.meta["build_report"]["cuts"] == k * k


@pytest.mark.parametrize("split_at", ["ends", "nodes", "crossings"])
def test_messy_lines_keep_the_invariants(split_at):
    """300 random lines with a coarse tolerance: ends in their nodes, official lengths kept but for what is reported."""
    chance = np.random.default_rng(5)
    shapes = [np.cumsum(np.vstack([chance.uniform(0, 60, 2), chance.normal(0, 5, (4, 2))]), axis=0) for _ in range(300)]
    lines = frame(*[LineString(shape) for shape in shapes], length_m=np.full(300, 100.0))
    network = network_from_lines(lines, mode="road", tolerance_m=0.7, split_at=split_at)
    place = network.nodes.geometry
    for side, at in (("u", 0), ("v", -1)):
        assert shapely.equals(
            shapely.get_point(network.edges.geometry.array, at), place.loc[network.edges[side]].array
        ).all()
    one_a_way = network.edges.drop_duplicates("way_id")
    issues = build_issues(network)
    dropped = issues[issues["issue"] == "shorter_than_tolerance"]
    whole = one_a_way.groupby("line_id")["length_m"].sum()
    kept = whole[~whole.index.isin(dropped["line"])]
    assert kept.to_numpy() == pytest.approx(100)
    assert (whole <= 100 + 1e-9).all()
    again = network_from_lines(one_a_way.drop(columns="length_m"), mode="road", tolerance_m=0, split_at="ends")
    assert len(again.nodes) == len(network.nodes)
    assert again.meta["build_report"]["islands"] == network.meta["build_report"]["islands"]
