"""The quality report on a small network with one fault of each kind.

    g (1 m below f)
    |
a---b---c---f      h---i         a-b is drawn twice; d-e crosses b-c without a node; h-i is an island
      d
      x
      e
"""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point

from geoplan.errors import DataError
from geoplan.network.check import check_network
from geoplan.network.check_rows import _WORDS, quality_rows
from geoplan.network.network import build_network

PLACES = {
    "a": (0, 0), "b": (100, 0), "c": (200, 0), "f": (300, 0), "g": (300, 2), "k": (300, 100), "d": (150, 10), "e": (150, -50),
    "h": (1000, 0), "i": (1100, 0), "r": (0, 500), "s": (400, 500),
}  # fmt: skip
WAYS = [
    ("ab", "a", "b", "road", ""),
    ("ab2", "a", "b", "road", ""),
    ("bc", "b", "c", "road", ""),
    ("cf", "c", "f", "road", ""),
    ("gk", "g", "k", "road", ""),
    ("kb", "k", "b", "road", ""),
    ("de", "d", "e", "road", ""),
    ("hi", "h", "i", "road", ""),
    ("hi_later", "h", "i", "road", "planned"),
    ("rs", "r", "s", "rail", ""),
]


def make(ways=WAYS, **more):
    nodes = gpd.GeoDataFrame(index=list(PLACES), geometry=[Point(p) for p in PLACES.values()], crs=3006)
    lines = [LineString([PLACES[u], PLACES[v]]) for _, u, v, _, _ in ways]
    edges = gpd.GeoDataFrame(
        {
            "u": [way[1] for way in ways] + [way[2] for way in ways],
            "v": [way[2] for way in ways] + [way[1] for way in ways],
            "way_id": [way[0] for way in ways] * 2,
            "mode": [way[3] for way in ways] * 2,
            "status": [way[4] for way in ways] * 2,
            "road_class": "primary",
            "length_m": [line.length for line in lines] * 2,
        },
        index=[way[0] for way in ways] + [way[0] + "_back" for way in ways],
        geometry=lines + [line.reverse() for line in lines],
        crs=3006,
    )
    return build_network(nodes, edges, **more)


@pytest.fixture
def network():
    unused = pd.DataFrame(
        [("way", 7, "maxheight", "low", "not readable")], columns=["osm_type", "osm_id", "key", "value", "reason"]
    )
    found = pd.DataFrame([("way", "maxheight", 3, 2, 1)], columns=["osm_type", "key", "found", "used", "unused"])
    meta = {"name": "faults", "data_date": "2024-01-01", "unused_restrictions": unused, "restrictions": found}
    return make(meta=meta)


@pytest.fixture
def report(network):
    return check_network(network, today=dt.date(2026, 1, 1))


def test_counts_and_lengths(report) -> None:
    counts = report.counts.set_index("item")["count"]
    assert counts[["nodes", "edges", "ways", "edges: rail", "edges: planned"]].to_list() == [12, 20, 10, 2, 2]
    lengths = report.lengths.set_index("mode")
    assert lengths.loc["rail", ["ways", "length_km"]].to_list() == [1, 0.4]


def test_islands_by_mode_the_largest_first(report) -> None:
    road = report.islands[report.islands["mode"] == "road"]
    assert road["nodes"].to_list() == [6, 2, 2]
    assert road["share_pct"].sum() == pytest.approx(100.0)
    assert report.islands[report.islands["mode"] == "rail"]["nodes"].to_list() == [2]


def test_dead_ends_and_gaps(report) -> None:
    # a has two ways to b: no dead end
    assert report.dead_ends["node_id"].to_list() == ["r", "s", "d", "e", "f", "g", "h", "i"]
    gaps = {row.node_id: (row.edge_id, row.distance_m) for row in report.gaps.itertuples()}
    assert gaps == {"f": ("gk", 2.0), "g": ("cf", 2.0)}


def test_a_tighter_tolerance_finds_fewer_gaps(network) -> None:
    assert check_network(network, tolerance_m=1.0).gaps.empty


def test_crossing_lines_without_a_node(report) -> None:
    (row,) = report.crossings.itertuples(index=False)
    assert {row.edge_id, row.other_edge_id} == {"bc", "de"}
    assert (row.x, row.y) == (150.0, 0.0)


def test_a_bridge_may_cross(network) -> None:
    structures = gpd.GeoDataFrame({"kind": ["road_bridge"]}, index=["s1"], geometry=[Point(150, 0)], crs=3006)
    links = pd.DataFrame({"structure_id": ["s1"] * 2, "edge_id": ["de", "de_back"], "role": ["carries"] * 2})
    assert check_network(make(structures=structures, structure_edges=links)).crossings.empty


def test_duplicates(report) -> None:
    found = dict(zip(report.duplicates["edge_id"], report.duplicates["same_as"], strict=True))
    assert found == {"ab2": "ab", "hi_later": "hi"}


def test_values_word_for_word_and_age(report) -> None:
    assert report.unreadable["value"].to_list() == ["low"]
    assert report.age_days == 731
    assert check_network(make()).age_days is None
    assert check_network(make()).unreadable.empty


def test_rows_in_both_languages(report) -> None:
    english, swedish = quality_rows(report), quality_rows(report, lang="sv")
    assert len(english) == len(swedish)
    assert ("Topology", "suspected gaps", "2", "look") in english
    assert ("Topologi", "misstänkta glapp", "2", "look") in swedish
    assert ("Values", "way 7", "maxheight = 'low': not readable", "") in english
    assert ("Age", "date of the data", "2024-01-01 (731 days)", "look") in english
    assert ("Values", "restrictions found / used / not used", "3 / 2 / 1", "look") in english
    with pytest.raises(DataError, match="choose en or sv"):
        quality_rows(report, lang="de")
    assert all(len(pair) == 2 and all(pair) for pair in _WORDS.values())


def test_an_empty_network_has_an_empty_report() -> None:
    network = make()
    report = check_network(network.replace(edges=network.edges.iloc[:0]))
    for name in ("islands", "dead_ends", "gaps", "crossings", "duplicates", "shares", "unreadable"):
        assert getattr(report, name).empty
    assert quality_rows(report)
