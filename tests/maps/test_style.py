"""Classes, and colours that hold without colour."""

import itertools

import numpy as np
import pytest

from geoplan.maps import style as s


def lightness(colour: str) -> float:
    """Relative luminance after WCAG 2.1, what a grey printer sees."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize("ramp", [s.VC_COLORS, s.SEQUENCE, s.DECREASE, s.INCREASE])
def test_ramps_darken_step_by_step(ramp):
    grey = [lightness(colour) for colour in ramp]
    assert all(a > 1.15 * b for a, b in itertools.pairwise(grey))


def test_change_is_told_without_colour_too():
    # Less is dashed, more is full: see change_layers; the widths grow with the change.
    assert list(s.CHANGE_WIDTHS) == sorted(s.CHANGE_WIDTHS)
    assert list(s.FLOW_WIDTHS) == sorted(s.FLOW_WIDTHS)


def test_verdicts_differ_in_shape_and_sign():
    assert len({(mark.shape, mark.sign) for mark in s.VERDICTS.values()}) == 3


def test_modes_differ_without_colour():
    marks = {
        tuple((stroke.weight, stroke.dash) for stroke in s.plan_style(mode).strokes)
        for mode in ("road", "rail", "sea", "transfer")
    }
    assert len(marks) == 4


@pytest.mark.parametrize(("value", "nice"), [(0.07, 0.05), (87, 100), (230, 250), (1840, 2000), (0, 1), (-3, 1)])
def test_nice_numbers(value, nice):
    assert s.nice_number(value) == pytest.approx(nice)


@pytest.mark.parametrize("largest", [1e-9, 0.3, 7, 1840, 9.9e7])
def test_breaks_rise_and_stay_below_the_largest(largest):
    breaks = s.nice_breaks(largest, 5)
    assert 1 <= len(breaks) <= 4
    assert breaks == sorted(set(breaks))
    assert breaks[-1] <= largest * 1.01


def test_a_value_on_a_break_belongs_above_and_unknown_to_none():
    assert s.class_of([0.0, 0.49, 0.5, 1.0, 7.0, np.nan], s.VC_BREAKS).tolist() == [0, 0, 1, 4, 4, -1]
