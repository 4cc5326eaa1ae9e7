"""Volume-delay functions: by hand, kernel against numpy, slope and integral against numbers."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from scipy.integrate import quad

from geoplan.assignment.delay_kernels import time_and_slope
from geoplan.assignment.volume_delay import (
    Bpr,
    Conical,
    Points,
    bpr_time,
    build_volume_delay,
    conical_time,
    edge_integrals,
    edge_times,
)
from geoplan.errors import DataError

NUMBER = count()
NODES = {"a": (0, 0), "b": (1000, 0)}  # 1 km at 60 km/h: 60 s

FUNCTIONS = {
    "cone": Conical(alpha=5.0),
    "line": Points((0.0, 0.5, 1.0, 1.5), (1.0, 1.0, 1.6, 4.0)),
    "line2": Points((0.0, 1.0), (1.2, 3.0)),
    "steep": Bpr(alpha=0.5, beta=2.5),
}


def edge(**values):
    return ("a", "b", {"oneway": True, "id": f"e{next(NUMBER)}", **values})


@pytest.fixture
def network(make_network):
    """a ==> b: one edge of each kind of function, and BPR powers 0 to 17."""
    rows = [edge(road_class=name, capacity_vph=800.0) for name in FUNCTIONS]
    rows += [edge(capacity_vph=500.0, bpr_alpha=0.3, bpr_beta=float(p)) for p in (0, 0.5, 1, 2, 3, 4, 5, 7.3, 12, 17)]
    rows += [
        edge(capacity_vph=1.0, bpr_alpha=1e-18, bpr_beta=17.0),  # as in the Barcelona network
        edge(capacity_vph=500.0, bpr_alpha=0.0, bpr_beta=4.0),
        edge(),
        edge(capacity_vph=np.inf, road_class="cone"),
        edge(capacity_vph=np.nan, road_class="line2"),
        edge(capacity_vph=500.0, fixed_delay_s=45.0),
        edge(capacity_vph=500.0, free_time_s=0.0),
    ]
    return make_network(NODES, rows)


def test_kernel_equals_numpy_and_slope_is_the_derivative(network):
    delay = build_volume_delay(network, functions=FUNCTIONS)
    n = len(network.edges)
    for flow in (0.0, 1.0, 130.0, 399.0, 401.0, 790.0, 1300.0):
        flows = np.full(n, flow)
        times = edge_times(delay, flows)
        kernel = np.array([time_and_slope(delay.table, delay.points, a, flow) for a in range(n)])
        np.testing.assert_allclose(kernel[:, 0], times, rtol=1e-13)
        if flow >= 1.0:
            step = 1e-5 * flow
            slope = (edge_times(delay, flows + step) - edge_times(delay, flows - step)) / (2 * step)
            np.testing.assert_allclose(kernel[:, 1], slope, rtol=1e-6, atol=1e-9)
    assert (np.diff([edge_times(delay, np.full(n, f)) for f in range(0, 2000, 50)], axis=0) >= -1e-12).all()


def test_integral_is_the_area_under_the_time(network):
    delay = build_volume_delay(network, functions=FUNCTIONS)
    n = len(network.edges)
    for flow in (0.0, 200.0, 790.0, 1500.0):
        areas = edge_integrals(delay, np.full(n, flow))
        for a in range(n):
            table = type(delay)(delay.table[a : a + 1], delay.points, *(np.zeros(1, bool),) * 2)
            area, _ = quad(
                lambda x, t=table: edge_times(t, np.array([x]))[0], 0, flow, points=[400, 800, 1200], limit=200
            )
            assert areas[a] == pytest.approx(area, rel=1e-9, abs=1e-9)


def test_values_by_hand(network):
    delay = build_volume_delay(network, functions=FUNCTIONS)
    at_rest = edge_times(delay, np.zeros(len(network.edges)))
    at_capacity = edge_times(delay, np.nan_to_num(network.edges["capacity_vph"].to_numpy(), posinf=1e9))
    assert at_rest[:4] == pytest.approx([60, 60, 72, 60])
    assert at_capacity[:4] == pytest.approx([120, 96, 180, 90])
    assert at_rest[4] == pytest.approx(78)  # power 0: constant 60 x 1.3
    assert at_capacity[5:14] == pytest.approx([78] * 9)
    assert at_capacity[14:16] == pytest.approx([60, 60])
    assert at_capacity[16:19] == pytest.approx([60, 60, 72])  # unknown or unlimited capacity: time of the empty edge
    assert at_capacity[19:] == pytest.approx([60 * 1.15 + 45, 0])
    assert list(np.flatnonzero(delay.unknown_capacity)) == [16, 18]
    assert list(np.flatnonzero(delay.default_function)) == [16, 19, 20]
    assert bpr_time([800.0], [400.0], [10.0]) == pytest.approx([10 * (1 + 0.15 * 16)])
    assert conical_time([400.0, 0.0], [400.0, 400.0], [10.0, 10.0]) == pytest.approx([20, 10])


def test_an_edge_keeps_its_own_parameters_whatever_its_class(make_network):
    network = make_network(NODES, [edge(road_class="cone", capacity_vph=100.0, bpr_alpha=1.0, bpr_beta=1.0)])
    delay = build_volume_delay(network, functions=FUNCTIONS)
    assert edge_times(delay, np.array([50.0])) == pytest.approx([90])


def test_refusals(make_network):
    with pytest.raises(DataError, match="capacity_vph 0; set it, leave it empty, or close"):
        build_volume_delay(make_network(NODES, [edge(capacity_vph=0.0)]))
    with pytest.raises(DataError, match="no speed_kmh"):
        build_volume_delay(make_network(NODES, [edge(speed_kmh=np.nan)]))
    network = make_network(NODES, [edge()])
    for wrong in (Bpr(alpha=-1), Conical(1.0), Points((0.0, 1.0), (2.0, 1.0)), Points((0.5, 1.0), (1.0, 1.0)), "bpr"):
        with pytest.raises(DataError, match="volume-delay function of 'x'"):
            build_volume_delay(network, functions={"x": wrong})
