"""Drawings say what the tables say; how they look was looked at by eye."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.heavy_haul.drawings import draw_load_in_gauge, draw_strip, draw_worst_turn, plan_turns
from geoplan.heavy_haul.plan import plan_transport
from geoplan.maps.drawings_common import drawing_svg, save_drawing
from geoplan.maps.drawings_envelope import draw_envelope
from geoplan.network.join import split_by_mode
from geoplan.vehicles.load import Load


@pytest.fixture(scope="module")
def network(make_network):
    """Works - bend - port by road with a bridge on the way; a railway with a wire beside it."""
    plain = make_network(
        {"works": (0, 0, {"name": "Works"}), "bend": (5000, 0), "port": (5000, 6000, {"name": "Port"})},
        [
            ("works", "bend", {"id": "a", "road_class": "national", "grade_pct": 2.0, "width_m": 9.0}),
            ("bend", "port", {"id": "b", "road_class": "national", "grade_pct": -1.0, "width_m": 9.0}),
            ("works", "port", {"id": "r", "mode": "rail", "electrified": "yes", "max_axle_load_t": 22.5}),
        ],
        structures={"st": {"name": "Low bridge", "kind": "bridge", "over": ["b"], "clearance_height_m": 7.0}},
    )
    return split_by_mode(plain)


@pytest.fixture(scope="module")
def by_road(network):
    return plan_transport(network, "Works", "Port", Load("Big one", 390, 10.5, 4.0, 5.5))


def texts(figure):
    """Every text of a drawing."""
    return " | ".join(
        t.get_text() for axes in figure.axes for t in [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
    ) + (" | ".join(axes.get_title(loc="left") for axes in figure.axes))


@pytest.mark.parametrize(
    ("height_m", "lang", "told"),
    [(5.5, "en", "Reaches the wire: refused"), (4.6, "en", "Outside the gauge"), (5.5, "sv", "Når ledningen: stopp")],
)
def test_the_gauge_drawing_says_the_verdict(network, height_m, lang, told):
    plan = plan_transport(network, "Works", "Port", Load("Big one", 320, 10.5, 4.0, height_m))
    shown = texts(draw_load_in_gauge(plan, lang=lang))
    assert told in shown
    assert "SE-A" in shown
    assert "Big one" in shown


def test_turns_and_the_worst_of_them(network, by_road):
    turns = plan_turns(network, by_road)
    assert turns["node_id"].tolist() == ["bend"]
    assert turns["verdict"].tolist() == ["unknown"]
    shown = texts(draw_worst_turn(network, by_road, lang="sv"))
    assert "90°" in shown
    assert "axellinjer" in shown and "girder" not in shown and "modular" not in shown
    assert "9,0 m" in shown


def test_the_strip_names_the_bridge(network, by_road):
    shown = texts(draw_strip(network, by_road))
    assert "Low bridge" in shown
    assert "1.35 m" in shown  # 7.00 - 5.65


def test_an_empty_plan_has_nothing_to_draw(network):
    plan = plan_transport(network, "Works", "Port", Load("Too much", 500, 10.5, 4.0, 4.0))
    for draw in (lambda: draw_strip(network, plan), lambda: draw_worst_turn(network, plan)):
        with pytest.raises(DataError, match="nothing to draw"):
            draw()


def test_envelope_drawing_and_files(tmp_path):
    corners = pd.DataFrame(
        {
            "scenario": ["today", "today", "25 t"], "mode": "rail", "width_m": 4.0, "height_m": [4.5, 5.25, np.inf],
            "weight_t": [345.0, 200.0, 400.0], "weight_by": ["Ludvika - Hagge", "B", "q73"], "height_by": ["A", "B", ""],
            "weight_limit": "max_axle_load_t", "height_limit": "loading_gauge",
        }
    )  # fmt: skip
    figure = draw_envelope(corners, width_m=4.0)
    assert "Ludvika - Hagge" in texts(figure)
    assert "no known bound" in texts(figure)
    assert drawing_svg(figure).startswith("<svg")
    save_drawing(figure, tmp_path / "envelope.png")
    assert (tmp_path / "envelope.png").stat().st_size > 5_000
    assert "nothing gets out" in texts(draw_envelope(corners.iloc[:0], width_m=4.0))
