"""Moving loads on simple spans: textbook figures, a stepped twin, invariants."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.vehicles.bridges import (
    bridge_ratio,
    class_envelope,
    continuous_ratio,
    dynamic_share,
    equivalent_loads,
    moving_load,
    read_spans,
    simple_span,
)
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load
from geoplan.vehicles.vehicle import GRAVITY, Vehicle


def stepped(x, loads, span, steps=2000):
    """The slow twin: push the axles over the span in small steps and look under every axle."""
    moment = shear = 0.0
    for shift in np.unique(np.concatenate([np.linspace(-x[-1], span, steps), -x, span - x])):
        p = x + shift
        on = (p >= -1e-12) & (p <= span + 1e-12)
        if not on.any():
            continue
        left = (loads[on] * (1 - p[on] / span)).sum()
        shear = max(shear, left, loads[on].sum() - left)
        under = [left * q - (loads[on] * np.clip(q - p[on], 0, None)).sum() for q in p[on]]
        moment = max(moment, *under)
    return moment * GRAVITY, shear * GRAVITY


def test_one_load_stands_at_mid_span():
    moment, shear = simple_span(moving_load(np.array([0.0]), np.array([10.0])), np.array([8.0]))
    assert moment[0] == pytest.approx(10 * GRAVITY * 8 / 4)
    assert shear[0] == pytest.approx(10 * GRAVITY)


def test_two_equal_loads_halve_the_distance():
    # Two loads P at distance a on a span L > 1.7 a: M = P / 2L (L - a / 2)^2 (textbook)
    span, gap, p = 10.0, 2.0, 7.0
    moment, shear = simple_span(moving_load(np.array([0.0, gap]), np.array([p, p])), np.array([span]))
    assert moment[0] == pytest.approx(p * GRAVITY / (2 * span) * (span - gap / 2) ** 2)
    assert shear[0] == pytest.approx(p * GRAVITY * (1 + (span - gap) / span))


def test_design_truck_hs20_on_60_feet():
    # AASHTO HS20-44: 8, 32, 32 kip at 14 ft on a span of 60 ft: 806.5 kip-ft and 60.8 kip (AASHTO tables of
    # maximum # moments and shears, one lane). Forces in any unit: 1 "tonne" is 1 kip here, metres are feet.
    moment, shear = simple_span(moving_load(np.array([0.0, 14.0, 28.0]), np.array([8.0, 32.0, 32.0])), np.array([60.0]))
    assert moment[0] / GRAVITY == pytest.approx(806.5, rel=1e-3)
    assert shear[0] / GRAVITY == pytest.approx(60.8, rel=1e-3)


def test_many_equal_loads_are_an_even_load():
    x = np.arange(0, 60, 0.25)
    moment, shear = simple_span(moving_load(x, np.full(len(x), 0.25)), np.array([20.0]))
    by_moment, by_shear = equivalent_loads(moment, shear, np.array([20.0]))
    assert by_moment[0] / GRAVITY == pytest.approx(1.0, rel=0.02)
    assert by_shear[0] / GRAVITY == pytest.approx(1.0, rel=0.02)


def test_heavy_convoy_equals_the_stepped_twin_within_a_thousandth():
    laden = vehicle("girder_32").carrying(Load("t", 390, 10.5, 4, 5.5))
    spans = np.array([3.0, 8.0, 20.0, 45.0])
    moment, shear = simple_span(moving_load(laden.axle_x_m, laden.axle_loads_t), spans)
    for i, span in enumerate(spans):
        twin = stepped(laden.axle_x_m, laden.axle_loads_t, span, 4000)
        assert moment[i] == pytest.approx(twin[0], rel=1e-3)
        assert shear[i] == pytest.approx(twin[1], rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.6, 6.0), st.floats(0.0, 30.0)), min_size=1, max_size=12),
    st.floats(1.0, 60.0),
)
def test_any_axles_equal_the_stepped_twin(axles, span):
    x = np.cumsum([gap for gap, _ in axles])
    x -= x[0]
    loads = np.array([load for _, load in axles])
    moment, shear = simple_span(moving_load(x, loads), np.array([span]))
    twin = stepped(x, loads, span, 1500)
    assert moment[0] >= twin[0] * (1 - 1e-9)
    assert moment[0] <= twin[0] * 1.01 + 1e-6
    assert shear[0] == pytest.approx(twin[1], rel=1e-9, abs=1e-9)


def test_heavier_axles_never_give_less():
    x, loads = np.array([0.0, 1.3, 5.0]), np.array([8.0, 8.0, 6.0])
    spans = np.linspace(1, 40, 50)
    less, more = (simple_span(moving_load(x, loads * f), spans) for f in (1.0, 1.2))
    assert (more[0] >= less[0]).all() and (more[1] >= less[1]).all()


def test_a_legal_vehicle_is_inside_the_envelope_of_its_class():
    spans = np.linspace(2, 60, 30)
    ratio = bridge_ratio(vehicle("bk1_64t"), spans, "BK1", speed_kmh=80.0)
    assert (ratio <= 1.0 + 1e-9).all()
    heavy = bridge_ratio(vehicle("girder_32").carrying(Load("t", 390, 10.5, 4, 5.5)), spans, "BK1")
    assert (heavy > 1).all()


def test_classes_are_in_order():
    spans = np.array([5.0, 15.0, 40.0])
    envelopes = [class_envelope(name, spans)[0] for name in ("BK3", "BK2", "BK1", "BK4")]
    for lower, higher in pairwise(envelopes):
        assert (higher >= lower - 1e-9).all()


def test_slow_alone_and_centred_help():
    laden = vehicle("modular_14").carrying(Load("t", 152, 8, 3.5, 4.3))
    span = np.array([20.0])
    fast = bridge_ratio(laden, span, "BK1", speed_kmh=80)[0]
    slow = bridge_ratio(laden, span, "BK1", speed_kmh=10)[0]
    assert slow == pytest.approx(fast * (1 + 1.8 / 40) / (1 + 7.4 / 40))
    assert bridge_ratio(laden, span, "BK1", other_lane_share=0.5)[0] == pytest.approx(slow / 1.5)
    assert dynamic_share(span, 10.0)[0] == pytest.approx(0.045)


def test_unknown_axles_give_an_unknown_ratio():
    assert np.isnan(bridge_ratio(Vehicle("x", "road", gross_weight_t=60), np.array([10.0]), "BK1")).all()


def test_bad_axles_and_spans_are_refused():
    with pytest.raises(DataError, match="ascending"):
        moving_load(np.array([0.0, 0.0]), np.array([1.0, 1.0]))
    with pytest.raises(DataError, match="above 0"):
        simple_span(moving_load(np.array([0.0]), np.array([1.0])), np.array([0.0]))


def test_a_continuous_bridge_is_held_against_the_same_legal_vehicles():
    lorry = vehicle("bk1_64t")
    girder = vehicle("girder_32").carrying(Load("t", 390, 12, 4.2, 5.5))
    spans = read_spans("12; 15;12,0")
    assert spans == (12.0, 15.0, 12.0)
    # A class carries its own legal vehicles, whatever the spans; a convoy many times as heavy does not fit in.
    assert continuous_ratio(lorry, spans, "BK1") <= 1.0
    assert continuous_ratio(girder, spans, "BK1") > 1.0
    # Slow and alone is easier, and one span is the simple beam.
    assert continuous_ratio(girder, spans, "BK1", speed_kmh=60.0) > continuous_ratio(girder, spans, "BK1")
    assert continuous_ratio(girder, spans, "BK1", other_lane_share=0.5) < continuous_ratio(girder, spans, "BK1")
    assert continuous_ratio(girder, (18.0,), "BK1") == pytest.approx(
        bridge_ratio(girder, np.array([18.0]), "BK1")[0], rel=5e-3
    )


@pytest.mark.parametrize("text", ["12", "12;", "a;b", "12;-3", "12;inf", ""])
def test_spans_that_are_none(text):
    with pytest.raises(DataError, match="two or more lengths"):
        read_spans(text)
