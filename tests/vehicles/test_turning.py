"""Swept paths against steady-state formulas."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.errors import DataError
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load
from geoplan.vehicles.turning import chord_follow, swept_path, tractrix, turn_path, turning_margins
from geoplan.vehicles.vehicle import Vehicle


def circle(radius_m, turns=4.0, step_m=0.1):
    angle = np.arange(0, turns * 2 * np.pi, step_m / radius_m)
    return np.stack([radius_m * np.sin(angle), radius_m * (1 - np.cos(angle))], axis=1), np.array([0.0, radius_m])


@pytest.mark.parametrize(("radius_m", "length_m"), [(20.0, 6.0), (12.0, 10.0), (50.0, 12.0)])
def test_a_drawn_unit_settles_on_the_inner_circle(radius_m, length_m):
    # steady off-tracking: R_rear = sqrt(R^2 - l^2)
    path, centre = circle(radius_m)
    rear = tractrix(path, length_m)
    settled = np.linalg.norm(rear[-1] - centre)
    assert settled == pytest.approx(np.sqrt(radius_m**2 - length_m**2), rel=1e-3)


def test_a_chain_of_units_settles_on_the_root_of_the_squares():
    path, centre = circle(30.0)
    rear = tractrix(tractrix(path, 5.0), 11.0)
    assert np.linalg.norm(rear[-1] - centre) == pytest.approx(np.sqrt(30**2 - 5**2 - 11**2), rel=1e-3)


def test_on_a_straight_the_angle_dies_out_exactly():
    # a step of 1 rad at the start, then straight: tan(delta / 2) = tan(0.5) exp(-s / l)
    path = np.array([[0.0, 0.0], [1e-9, 0.0], [1e-9 + 7 * np.cos(1.0), 7 * np.sin(1.0)]])
    rear = tractrix(path, 5.0)
    heading = np.arctan2(*(path[-1] - rear[-1])[::-1])
    assert 1.0 - heading == pytest.approx(2 * np.arctan(np.tan(0.5) * np.exp(-7 / 5.0)), rel=1e-9)


def test_steered_ends_give_the_mid_ordinate():
    # girder of 60 m at R = 100 m: 100 - sqrt(100^2 - 30^2) = 4.61 m inside the path
    path, centre = circle(100.0)
    rear = chord_follow(path, 60.0)
    middle = (path[-1] + rear[-1]) / 2
    assert 100 - np.linalg.norm(middle - centre) == pytest.approx(100 - np.sqrt(100**2 - 30**2), abs=0.01)
    assert np.linalg.norm(path[-1] - rear[-1]) == pytest.approx(60.0)


def test_room_of_a_girder_in_a_wide_bend():
    frame = Vehicle("g", "road", width_m=5.0, pivot_span_m=40.0)
    swept = swept_path(frame, 180.0, 60.0)
    # inside: middle of the chord less half the width; outside: a corner at the end of the chord reaches
    # sqrt((middle + 2.5)^2 + 20^2) - 60 = 2.36 m, less than the 2.5 m of half the width on the straights
    middle = np.sqrt(60**2 - 20**2)
    assert swept.inside_m == pytest.approx(60 - (middle - 2.5), abs=0.02)
    assert np.hypot(middle + 2.5, 20.0) - 60 < 2.5
    assert swept.outside_m == pytest.approx(2.5, abs=0.01)
    assert swept.width_m == pytest.approx(swept.inside_m + swept.outside_m)


def test_tighter_turns_need_more_room():
    semi = vehicle("semi_low_loader").carrying(Load("t", 40, 9, 3, 3))
    widths = [swept_path(semi, 90.0, radius).width_m for radius in (12.0, 20.0, 40.0, 200.0)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] > 3.0


def test_path_is_continuous_and_turns_as_far_as_asked():
    path, _ = turn_path(90.0, 15.0, 10.0)
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() < 0.51
    assert np.allclose(path[-1] - path[-2], [0, 0.25], atol=1e-9)


def test_turns_of_a_route(make_network):
    """A right angle at B, straight on at C.

              C ---- D
              |  (C-D turns right again)
    A ------- B
    """
    network = make_network(
        {"A": (0, 0), "B": (200, 0), "C": (200, 200), "D": (200, 400)},
        [("A", "B", {"width_m": 8.0}), ("B", "C", {"width_m": 6.0}), ("C", "D")],
    )
    table = turning_margins(network, vehicle("bk1_64t"), ["A-B", "B-C", "C-D"])
    assert table["node_id"].tolist() == ["B"]
    row = table.iloc[0]
    assert row["angle_deg"] == pytest.approx(90.0)
    assert row["radius_m"] == pytest.approx(15.0)
    assert row["room_m"] == 6.0
    # The paved width settles only what fits in it: a junction is wider than its roads.
    assert row["verdict"] == ("ok" if row["need_width_m"] <= 6.0 else "unknown")
    assert (row["kind"], row["basis"]) == ("junction", "by_rule")
    unknown = turning_margins(network, vehicle("bk1_64t"), ["C-D"])
    assert unknown.empty


def test_what_is_missing_is_said():
    with pytest.raises(DataError, match="turn_lengths_m or pivot_span_m"):
        swept_path(Vehicle("x", "road", width_m=2.5), 90.0, 15.0)
    with pytest.raises(DataError, match="0 to 180 degrees"):
        swept_path(vehicle("bk1_64t"), 270.0, 15.0)
