"""What goes into a page comes out of it: geometry to a metre, values, and two directions as one line."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.maps.encode import (
    STEPS_PER_DEGREE,
    bounds_of,
    draw_edges,
    encode_areas,
    encode_field,
    encode_lines,
    encode_numbers,
    encode_points,
    encode_text,
)


def decode(steps: list[int]) -> np.ndarray:
    """The page's way back: add the steps up."""
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / STEPS_PER_DEGREE


def values(column: dict) -> list:
    return [column["of"][at] for at in column["at"]]


def test_lines_come_back_within_a_metre(network):
    lines = network.edges.geometry.to_numpy()
    encoded = encode_lines(lines, network.crs)
    assert encoded["n"] == [3] * len(lines)
    back = gpd.GeoSeries(gpd.points_from_xy(*decode(encoded["d"]).T), crs=4326).to_crs(network.crs)
    there = shapely.points(shapely.get_coordinates(lines))
    assert shapely.distance(back.to_numpy(), there).max() < 1.0


def test_points_lie_on_what_they_stand_for():
    square = shapely.box(500_000, 6_600_000, 500_100, 6_600_100)
    line = shapely.LineString([(500_000, 6_600_000), (500_000, 6_600_400)])
    points = np.array([shapely.Point(500_000, 6_600_000), line, square], dtype=object)
    back = gpd.GeoSeries(gpd.points_from_xy(*decode(encode_points(points, 3006)).T), crs=4326).to_crs(3006)
    assert back[0].distance(points[0]) < 1
    assert back[1].distance(shapely.Point(500_000, 6_600_200)) < 1
    assert square.contains(back[2])


def test_directions_of_a_way_are_one_line_and_modes_stay_apart(make_network):
    #   a ===== b     road w1 both ways, and a railway on the very same line
    network = make_network(
        {"a": (0, 0), "b": (1000, 0)}, [("a", "b", {"id": "w1"}), ("a", "b", {"id": "r1", "mode": "rail"})]
    )
    drawn = draw_edges(network.edges)
    assert len(drawn.lines) == 2
    groups = np.split(drawn.rows, drawn.starts[1:])
    assert [set(network.edges.index[rows]) for rows in groups] == [{"w1:f", "w1:b"}, {"r1:f", "r1:b"}]
    assert drawn.largest([1.0, 3.0, 2.0, 0.0]).tolist() == [3.0, 2.0]


def test_no_edges_draw_no_lines(network):
    drawn = draw_edges(network.edges.iloc[:0])
    assert len(drawn.lines) == 0
    assert drawn.largest(np.empty(0)).tolist() == []
    assert encode_lines(drawn.lines, network.crs) == {"n": [], "d": []}


def test_unknown_is_null_and_unlimited_is_said():
    column = encode_numbers(np.array([4.5, np.nan, np.inf, 4.5, -np.inf]), 2)
    assert values(column) == [4.5, None, "inf", 4.5, "-inf"]


def test_texts_are_stored_once():
    column = encode_text(["Ludvika", None, "Ludvika", "😀 <b>"])
    assert column["of"] == ["Ludvika", "", "😀 <b>"]
    assert values(column) == ["Ludvika", "", "Ludvika", "😀 <b>"]


def test_fields_carry_words_unit_and_decimals():
    field = encode_field("max_axle_load_t", pd.Series([22.5, 25.0]), "sv")
    assert (field["label"], field["unit"], field["digits"], field["kind"]) == ("Största axellast", "ton", 1, "number")
    assert encode_field("length_m", pd.Series([1.0]), "sv")["kind"] == "length"
    assert values(encode_field("mode", pd.Series(["rail"]), "sv")["values"]) == ["järnväg"]


def test_bounds_hold_everything_and_are_never_a_point(network):
    (south, west), (north, east) = bounds_of(network.nodes)
    assert south < 59.99 < 60.22 < north and west < 15.02 < 15.4 < east
    one = network.nodes.loc[["lud"]]
    (south, _), (north, _) = bounds_of(one, least_m=4000)
    assert north - south == pytest.approx(4000 / 111_200, abs=1e-4)


def test_a_few_outliers_of_many_do_not_decide_the_bounds():
    rng = np.random.default_rng(1)
    town = rng.uniform([500_000, 6_660_000], [510_000, 6_670_000], (5000, 2))
    far = np.array([[600_000, 6_660_000], [400_000, 6_700_000]])
    frame = gpd.GeoSeries(gpd.points_from_xy(*np.vstack([town, far]).T), crs=3006)
    (south, west), (north, east) = bounds_of(frame)
    # The town is 10 km wide: 0.09 degrees of latitude, 0.18 of longitude at 60 degrees north.
    assert 0.08 < north - south < 0.11 and 0.16 < east - west < 0.22
    few = bounds_of(frame.iloc[-100:])
    assert few[1][1] - few[0][1] > 3


def test_bounds_of_nothing_are_sweden(network):
    assert bounds_of(network.nodes.iloc[:0]) == [[55.3, 11.0], [69.1, 24.2]]


def test_areas_become_rings():
    hole = shapely.box(500_000, 6_600_000, 501_000, 6_601_000) - shapely.box(500_400, 6_600_400, 500_600, 6_600_600)
    areas = gpd.GeoDataFrame(geometry=[shapely.MultiPolygon([hole])], crs=3006)
    assert encode_areas(areas, tolerance_m=1.0)["n"] == [5, 5]
