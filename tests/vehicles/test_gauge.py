"""Loading gauges."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.errors import DataError
from geoplan.vehicles.gauge import GAUGES, Gauge, curve_throw, gauge_room


def test_published_measures():
    assert GAUGES["SE-A"].width_m == 3.40
    assert GAUGES["SE-A"].height_m == 4.65
    assert GAUGES["SE-C"].width_m == 3.60
    assert GAUGES["SE-C"].height_m == 4.83


@pytest.mark.parametrize(
    ("width_m", "top_m"),
    # SE-A narrows from 1.70 m at 3.64 m to 0.70 m at 4.65 m: half width 1.2 m at 3.64 + 1.01 / 2 = 4.145 m
    [(3.40, 3.64), (2.40, 4.145), (1.40, 4.65), (1.0, 4.65), (3.41, -np.inf)],
)
def test_height_allowed_at_a_width(width_m, top_m):
    assert GAUGES["SE-A"].top_m(width_m) == pytest.approx(top_m)


def test_half_width_between_heights():
    assert GAUGES["SE-A"].half_width_m(0.2, 3.0) == 1.70
    assert GAUGES["SE-A"].half_width_m(0.2, 4.145) == pytest.approx(1.20)
    assert GAUGES["SE-A"].half_width_m(0.2, 4.7) == -np.inf


def test_step_in_an_outline_counts_with_its_narrow_side():
    stepped = Gauge("own", ((2.0, 0.0), (2.0, 1.0), (1.5, 1.0), (1.5, 4.0)))
    assert stepped.top_m(4.0) == 1.0
    assert stepped.top_m(3.0) == 4.0


def test_what_binds():
    assert gauge_room(GAUGES["SE-C"], 3.5, 0.15, 4.75)[2] == "height"
    limit, need, what = gauge_room(GAUGES["SE-C"], 4.0, 0.15, 4.75)
    assert (limit, need, what) == (3.6, 4.0, "width")
    # the throw counts on both sides
    assert gauge_room(GAUGES["SE-C"], 3.5, 0.15, 4.75, throw_m=0.1)[1] == pytest.approx(3.7)


def test_curve_throw_is_the_chord():
    middle, end = curve_throw(300.0, 20.0, 30.0)
    # exact sagitta of a 20 m chord at R 300: 300 - sqrt(300^2 - 10^2) = 0.16671
    assert middle == pytest.approx(300 - np.sqrt(300**2 - 10**2), rel=1e-3)
    assert end == pytest.approx((900 - 400) / 2400)


def test_outline_from_the_bottom_up():
    with pytest.raises(DataError, match="from the bottom up"):
        Gauge("x", ((1.0, 2.0), (1.0, 0.0)))
