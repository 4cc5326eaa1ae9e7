"""Continuous beams against textbook coefficients and a stepped twin."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.errors import DataError
from geoplan.vehicles.bridges import moving_load, simple_span
from geoplan.vehicles.continuous import continuous_spans, moment_influence, support_moments
from geoplan.vehicles.vehicle import GRAVITY


def test_two_equal_spans_have_the_textbook_support_moment():
    # unit load at mid-span of one of two equal spans: M_B = -3 P L / 32
    moments = support_moments(np.array([5.0]), np.array([10.0, 10.0]))
    assert moments[1, 0] == pytest.approx(-3 * 10 / 32)
    # largest hogging of one moving load: -0.0962 P L, with the load at 0.577 L
    effects = continuous_spans(np.array([0.0]), np.array([1.0]), (10.0, 10.0))
    assert effects.hogging_knm == pytest.approx(-10 * GRAVITY / (6 * np.sqrt(3)), rel=1e-6)
    assert effects.hogging_at_m == 10.0


def test_largest_sagging_of_one_load_on_two_spans():
    # 0.2074 P L at 0.432 L (tables of influence lines of two equal spans)
    effects = continuous_spans(np.array([0.0]), np.array([1.0]), (10.0, 10.0), sections=250)
    assert effects.sagging_knm == pytest.approx(0.2074 * 10 * GRAVITY, rel=1e-3)
    assert min(effects.sagging_at_m, 20 - effects.sagging_at_m) == pytest.approx(4.32, abs=0.05)


def test_one_span_is_the_simple_beam():
    x, loads = np.array([0.0, 1.3, 2.6, 8.0]), np.array([10.0, 10.0, 10.0, 7.0])
    effects = continuous_spans(x, loads, (12.0,), sections=200)
    moment, shear = simple_span(moving_load(x, loads), np.array([12.0]))
    assert effects.sagging_knm == pytest.approx(moment[0], rel=1e-4)
    assert effects.sagging_knm <= moment[0] * (1 + 1e-9)
    assert effects.shear_kn == pytest.approx(shear[0], rel=1e-6)
    assert effects.hogging_knm == 0.0


def test_equals_the_stepped_twin_on_three_spans():
    rng = np.random.default_rng(3)
    spans = np.array([14.0, 20.0, 11.0])
    x = np.cumsum(rng.uniform(1.0, 4.0, 9))
    x -= x[0]
    loads = rng.uniform(5, 20, 9)
    effects = continuous_spans(x, loads, tuple(spans), sections=10)
    high = low = 0.0
    supports = np.concatenate([[0], np.cumsum(spans)])
    for k, span in enumerate(spans):
        for local in np.linspace(0, span, 11):
            places = np.linspace(-x[-1], supports[-1], 1500)[:, None] + x
            on = (places >= 0) & (places <= supports[-1])
            influence = moment_influence(np.where(on, places, 0.0).ravel(), spans, k, local).reshape(places.shape)
            effect = (influence * on * loads).sum(axis=1) * GRAVITY
            high, low = max(high, effect.max()), min(low, effect.min())
    assert effects.sagging_knm == pytest.approx(high, rel=1e-3)
    assert effects.hogging_knm == pytest.approx(low, rel=1e-3)
    assert effects.sagging_knm >= high * (1 - 1e-9)
    assert effects.hogging_knm <= low * (1 - 1e-9)


def test_bad_spans_are_refused():
    with pytest.raises(DataError, match="lengths above 0"):
        continuous_spans(np.array([0.0]), np.array([1.0]), ())
