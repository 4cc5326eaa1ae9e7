"""Drawings of commuting: what they hold, read off the figure."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geoplan.maps.drawings_changes import by_way, draw_changes
from geoplan.maps.drawings_convergence import draw_convergence
from geoplan.maps.drawings_desire import desire_lines, draw_desire_lines
from geoplan.maps.drawings_ground import box_of
from geoplan.maps.drawings_isochrones import draw_isochrones
from geoplan.network.build import build_network
from geoplan.report.pictures import figure_svg


#   a ===== b ===== c     10 km each, both directions
@pytest.fixture
def places():
    return gpd.GeoDataFrame(
        {"name": ["Aby", "Bby", "Cby"], "population": [10.0, 20, 30]},
        index=pd.Index(["a", "b", "c"]),
        geometry=gpd.points_from_xy([0, 10_000, 20_000], [0, 0, 0]),
        crs=3006,
    )


@pytest.fixture
def network(places):
    rows = []
    for u, v in ("ab", "bc"):
        line = gpd.GeoSeries([places.geometry[u], places.geometry[v]]).union_all().convex_hull
        for end, (p, q) in (("f", (u, v)), ("b", (v, u))):
            row = {"edge_id": f"{u}{v}:{end}", "way_id": u + v, "u": p, "v": q, "mode": "road"}
            rows.append({**row, "length_m": 10_000.0, "geometry": line})
    edges = gpd.GeoDataFrame(rows, geometry="geometry", crs=3006).set_index("edge_id")
    nodes = gpd.GeoDataFrame({"name": places["name"]}, geometry=places.geometry, crs=3006)
    nodes.index.name = "node_id"
    return build_network(nodes, edges)


def test_desire_lines_join_both_directions_and_leave_out_trips_within():
    trips = pd.DataFrame([[99.0, 3, 0], [4, 99, 5], [0, 1, 99]], index=list("abc"), columns=list("abc"))
    table = desire_lines(trips, most=2)
    assert table.to_numpy().tolist() == [["a", "b", 7.0], ["b", "c", 6.0]]


def test_desire_lines_are_as_wide_as_their_trips(network, places):
    trips = pd.DataFrame([[0.0, 40, 10], [0, 0, 0], [0, 0, 0]], index=places.index, columns=places.index)
    drawn = draw_desire_lines(network, places, trips, focus=places.index, unit="cars/h")
    lines = [line for line in drawn.axes[0].lines if len(line.get_xdata()) == 2]
    widths = sorted(line.get_linewidth() for line in lines)
    assert widths[1] / widths[0] == pytest.approx(2.0)  # area by trips: the square root of 4
    svg = figure_svg(drawn, "x")
    assert "Aby" in svg and len(svg) < 60_000  # letters stay letters


def test_changes_on_one_scale_more_orange_less_blue(network, places):
    change = pd.Series({"ab:f": 5.0, "ab:b": -20.0, "bc:f": 100.0, "bc:b": 0.0})
    assert by_way(network, change).to_dict() == {"bc:f": 100.0, "ab:b": -20.0}
    box = box_of(places.geometry)
    drawn = draw_changes(
        network, {"now": change.to_frame("flow_vph_change"), "none": (0 * change).to_frame("flow_vph_change")},
        places, box=box, columns=2,
    )  # fmt: skip
    first, second = drawn.axes
    colours = {patch.get_edgecolor() for patch in first.patches} - {patch.get_edgecolor() for patch in second.patches}
    assert len(first.patches) == 3 and len(second.patches) == 1 and len(colours) == 2
    assert sorted(patch.get_linestyle() == "-" for patch in first.patches[1:]) == [False, True]


def test_isochrones_by_mode_and_place(network, places):
    rows = [
        {"mode": mode, "origin": "Aby", "to_min": limit, "geometry": Point(0, 0).buffer(100.0 * limit)}
        for mode in ("car", "transit")
        for limit in (30.0, 60.0)
    ]
    areas = gpd.GeoDataFrame(rows, geometry="geometry", crs=3006)
    drawn = draw_isochrones(
        network, areas, places, modes={"car": "car", "transit": "train"}, box=box_of(places.geometry)
    )
    assert [axes.get_title() for axes in drawn.axes] == ["Aby, car", "Aby, train"]
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["30 min", "60 min"]


def test_convergence_shows_gaps_above_zero():
    table = pd.DataFrame({"iteration": [1, 2, 3], "relative_gap": [1e-2, 1e-5, 0.0]})
    axes = draw_convergence({"base": table}, wanted=1e-6).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1e-2, 1e-5])
    assert axes.get_yscale() == "log" and "1e-06" in axes.get_legend().get_texts()[-1].get_text()
