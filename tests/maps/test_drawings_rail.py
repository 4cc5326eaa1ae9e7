"""Railway drawings: what stands on them, from tables alone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.maps.drawings_common import drawing_svg, save_drawing
from geoplan.maps.drawings_rail import CAPACITY_COLORS, draw_capacity_map, draw_loops, draw_string_diagram

PLACES = pd.DataFrame(
    {
        "name": ["Ludvika", "Ställdalen", "Frövi (junction)"],
        "km": [0.0, 36.0, 100.0],
        "can_hold": [True, True, False],
        "usable_m": [np.inf, 650.0, np.nan],
        "loop": ["", "yes", ""],
        "assumed": ["", "usable_m", ""],
    }
)
TRAINS = pd.DataFrame(
    {
        "train": ["1"] * 2 + ["2"] * 2 + ["3"] * 2,
        "train_type": ["passenger"] * 2 + ["freight"] * 2 + ["odd"] * 2,
        "made_up": ["yes"] * 6,
        "part": [1, 1, 2, 2, 3, 3],
        "km": [0.0, 100.0, 100.0, 0.0, 0.0, 36.0],
        "time_s": [21_600, 25_200, 22_000, 27_000, 80_000, 83_000],
    }
)
SLOT = pd.DataFrame(
    {
        "name": ["Ludvika", "Ludvika", "Ställdalen", "Ställdalen", "Frövi", "Frövi"],
        "km": [0.0, 0.0, 36.0, 36.0, 100.0, 100.0],
        "time_s": [22_000, 22_000, 25_000, 26_200, 30_000, 30_000],
        "stop": [False, False, True, True, False, False],
    }
)


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def legend(figure):
    found = [axes.get_legend() for axes in figure.axes if axes.get_legend() is not None] + list(figure.legends)
    return [text.get_text() for box in found for text in box.get_texts()]


def test_the_string_diagram_says_what_is_what():
    free = pd.DataFrame({"start_s": [21_600.0], "end_s": [23_000.0]})
    works = pd.DataFrame({"km_from": [36.0], "km_to": [100.0], "start_s": [20_000.0], "end_s": [24_000.0]})
    conflicts = pd.DataFrame({"km": [50.0], "time_s": [24_000.0], "label": ["train 2"]})
    figure = draw_string_diagram(PLACES, TRAINS, slot=SLOT, free=free, works=works, conflicts=conflicts, title="x")
    assert {
        "passenger trains",
        "freight trains",
        "the train that is placed",
        "departures free every week",
        "works",
        "conflict",
    } == set(legend(figure))
    assert "MADE-UP TIMETABLE: no real trains" in words(figure) and "Ställdalen: waits 20 min" in words(figure)
    assert {"06:07", "08:20", "train 2"} <= set(words(figure))
    low, high = figure.axes[0].get_xlim()
    assert (low, high) == (5.0, 10.0)  # the odd train in the evening is outside
    swedish = draw_string_diagram(PLACES, TRAINS, lang="sv")
    assert "PÅHITTAD TIDTABELL: inga verkliga tåg" in words(swedish) and "andra tåg" in legend(swedish)


def test_real_timetables_are_not_called_made_up():
    figure = draw_string_diagram(PLACES, TRAINS.assign(made_up=""))
    assert not any("MADE" in text for text in words(figure))


def test_capacity_has_trafikverkets_colours(tmp_path):
    lines = [shapely.LineString([(k * 1e4, 0), (k * 1e4 + 9e3, 3e3)]) for k in range(4)]
    sections = gpd.GeoDataFrame(
        {"name": list("abcd"), "consumption_pct": [40.0, 70.0, 95.0, np.nan], "capacity_class": ["low", "medium", "high", ""]},
        geometry=lines, crs=3006,
    )  # fmt: skip
    places = gpd.GeoDataFrame({"name": ["Ludvika"]}, geometry=[shapely.Point(0, 0)], crs=3006)
    figure = draw_capacity_map(sections, places=places)
    assert legend(figure) == ["traffic not known", "up to 60 % (low)", "61–80 % (medium)", "81 % and more (high)"]
    assert "1  c: 95 %\n2  b: 70 %\n3  a: 40 %" in words(figure)
    svg = drawing_svg(figure)
    assert all(color in svg for color in CAPACITY_COLORS.values())
    save_drawing(figure, tmp_path / "map.png", dpi=50)
    assert (tmp_path / "map.png").stat().st_size > 1_000


@pytest.mark.parametrize(("lang", "label"), [("en", "assumed length"), ("sv", "antagen längd")])
def test_loops_known_assumed_and_unknown(lang, label):
    sections = pd.DataFrame(
        {
            "km_from": [0.0, 36.0],
            "km_to": [36.0, 100.0],
            "tracks": [1, 2],
            "consumption_pct": [72.0, np.nan],
            "capacity_class": ["medium", ""],
        }
    )
    figure = draw_loops(PLACES, sections, train_lengths_m={"ore": 750.0}, lang=lang)
    assert legend(figure) == [label]
    assert {"?", "ore 750 m", "72 %"} <= set(words(figure))
