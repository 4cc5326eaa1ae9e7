"""The page that compares commuters with published flows is true, and its measures and matching are right."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, MultiLineString

from geoplan.study import read_study

SCRIPT = Path(__file__).parents[1] / "docs" / "validation_commuting.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("validation_commuting", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared_data
def test_page_is_what_the_study_says_today(script, shared_data):
    assert script.PAGE.read_text(encoding="utf-8") == script.write_page(read_study("ludvika"), shared_data), (
        "write it anew: python docs/validation_commuting.py"
    )


@pytest.mark.shared_data
def test_commuters_of_the_area_follow_the_published_pattern(script, shared_data):
    told = script.compare(read_study("ludvika"), shared_data)
    area = told.measures(told.segments["near"])
    assert area["segments"] > 15 and area["correlation"] > 0.95 and area["rank_correlation"] > 0.8
    assert 1 < area["commuter_km_ratio"] < 2  # the level is above the published one, and the page says why
    used = told.measures(told.segments["modelled"] > 0)
    assert used["rank_correlation"] > 0.85


def test_geh_by_hand(script):
    # 120 against 80: sqrt(2 x 40^2 / 200) = 4; nothing on either side is no error.
    np.testing.assert_allclose(script.geh(np.array([120.0, 0.0]), np.array([80.0, 0.0])), [4.0, 0.0])


#   north  ==========================   500 m north of the road to the east
#   east   --------------------------
#                     | cross
def test_a_segment_belongs_to_the_near_road_of_its_direction(script):
    roads = gpd.GeoSeries(
        {
            "east": LineString([(0, 0), (10_000, 0)]),
            "north": LineString([(0, 500), (10_000, 500)]),
            "cross": LineString([(5_000, -5_000), (5_000, 0)]),
        },
        crs=3006,
    )
    segments = gpd.GeoSeries(
        [
            LineString([(9_000, 100), (1_000, 100)]),  # drawn the other way round
            MultiLineString([[(1_000, 450), (4_000, 450)], [(6_000, 450), (9_000, 450)]]),
            LineString([(5_100, -4_000), (5_100, -1_000)]),
            LineString([(0, 20_000), (10_000, 20_000)]),  # no road near
            LineString([(9_000, 0), (21_000, 0)]),  # a quarter or so of it lies along a road
        ],
        crs=3006,
    )
    ways, shares = script.match_segments(segments, roads)
    assert ways[:4].tolist() == ["east", "north", "cross", ""] and ways[4] == "east"
    np.testing.assert_allclose(shares[:4], [1, 1, 1, 0])
    assert 0.1 < shares[4] < 0.3


def test_share_of_residents_in_localities(script):
    zones = gpd.GeoDataFrame(
        {
            "name": ["Ludvika", "Ludvika municipality outside localities", "Falun", "Fagersta"],
            "municipality_code": ["2085", "2085", "2080", "1982"],
            "population": [15_000.0, 3_500.0, 60_000.0, 13_000.0],
        },
        geometry=gpd.points_from_xy([0] * 4, [0] * 4),
        crs=3006,
    )
    localities = gpd.GeoDataFrame({"kommun": [2080, 2080, 2085], "bef": [40_000, 5_000, 15_000]})
    # A municipality of several zones: each a locality or not. Falun 45 of 60. Fagersta has no locality in the layer.
    assert script.in_localities(zones, localities).tolist() == [1.0, 0.0, 0.75, 1.0]
