"""Queues where one direction waits for the other: hand-worked numbers, and simulated vehicle by vehicle."""

import heapq
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.congestion import congestion
from geoplan.bottlenecks.queue import alternating_queues, lorry_queue, overflow_chances, signal_queue, uniform_wait
from geoplan.bottlenecks.rank import rank_bottlenecks
from geoplan.network.alternating import (
    balanced_lorry_capacity,
    clearance_time,
    empty_wait,
    fill_alternating,
    lorry_capacity,
    signal_capacity,
    signal_cycle,
)


def test_uniform_wait_by_hand():
    # C 60, g 20, capacity 600, flow 300: 60 (2/3)^2 / (2 (1 - 1/6)); full and beyond: half the red
    assert uniform_wait(300.0, 600.0, 60.0, 20.0) == pytest.approx(16.0)
    assert uniform_wait(700.0, 600.0, 60.0, 20.0) == pytest.approx(20.0)


@pytest.mark.parametrize(("flow", "tolerance"), [(150.0, 0.02), (400.0, 0.08), (520.0, 0.05), (660.0, 0.06)])
def test_wait_is_near_that_of_akcelik(flow, tolerance):
    capacity, x = 600.0, flow / 600.0
    least = 0.67 + 10.0 / 600.0
    overflow = capacity / 4 * (x - 1 + math.sqrt((x - 1) ** 2 + 12 * (x - least) / capacity)) if x > least else 0.0
    expected = uniform_wait(flow, capacity, 60.0, 20.0) + 3600 * overflow / capacity
    assert signal_queue(flow, capacity, 60.0, 20.0).wait_s == pytest.approx(expected, rel=tolerance)


def test_signal_from_its_length_and_back():
    # 60 m at 30 km/h: 7.2 s, and 4 s lost: phase 20 + 11.2, cycle 62.4, capacity 1800 x 20 / 62.4
    capacity = signal_capacity(60.0)
    assert capacity == pytest.approx(1800 * 20 / 62.4)
    assert signal_cycle(60.0, capacity) == pytest.approx((62.4, 20.0))
    assert empty_wait(62.4, 20.0) == pytest.approx(42.4**2 / 124.8)
    assert signal_capacity(300.0) < capacity < signal_capacity(10.0) < 900.0
    cycle, green = signal_cycle(60.0, 2000.0)
    assert green < cycle / 2


def test_a_lorry_takes_a_gap():
    # 600/h against, 60 m: q = 1/6, t = 7.2 s; lorries 600 exp(-1.2) / (1 - exp(-2/3)); cars 1800 (1 - .1 x 1.2)
    lorries, cars = 600 * math.exp(-1.2) / (1 - math.exp(-2 / 3)), 1800 * (1 - 0.12)
    assert lorry_capacity(600.0, 60.0, 0.1) == pytest.approx(1 / (0.1 / lorries + 0.9 / cars))
    assert lorry_capacity(600.0, 60.0, 0.0) == 1800.0
    balance = balanced_lorry_capacity(60.0, 0.1)
    assert lorry_capacity(balance, 60.0, 0.1) == pytest.approx(balance)
    assert lorry_capacity(20_000.0, 60.0, 0.5) == 0.0 and math.isinf(lorry_queue(10.0, 0.0, 1000.0).wait_s)


def test_what_the_green_leaves_is_that_of_a_long_count():
    rng = np.random.default_rng(1)
    queue, seen = 0, []
    for _ in range(200_000):
        queue = max(0, queue + rng.poisson(8.0) - 10)
        seen.append(queue)
    expected = np.bincount(seen) / len(seen)
    chances = overflow_chances(8.0, 10.0, 3000.0)
    assert chances.sum() == pytest.approx(1.0)
    assert chances[:6] == pytest.approx(expected[:6], abs=0.01)


@pytest.mark.parametrize("flow", [150.0, 400.0, 520.0, 560.0])
def test_signal_as_simulated(flow):
    capacity, cycle, green = 600.0, 60.0, 20.0
    waits, at_red_end = simulate_signal(flow, cycle, green, hours=300, seed=3)
    queue = signal_queue(flow, capacity, cycle, green)
    assert queue.wait_s == pytest.approx(waits.mean(), rel=0.08)
    assert queue.queue_veh == pytest.approx(flow / 3600 * waits.mean(), rel=0.08)
    assert abs(queue.queue95_veh - np.quantile(at_red_end, 0.95)) <= 1


@pytest.mark.parametrize(("flow", "against", "heavy"), [(300.0, 300.0, 0.1), (200.0, 500.0, 0.3)])
def test_lorries_one_at_a_time_as_simulated(flow, against, heavy):
    """The formulas leave out that platoons pass: right to a few seconds, not to a tenth."""
    waits = simulate_lorries((flow, against), heavy, clearance_time(60.0), hours=60, seed=4)
    free = lorry_capacity(0.0, 60.0, heavy)
    queue = lorry_queue(flow, lorry_capacity(against, 60.0, heavy), free)
    assert queue.wait_s == pytest.approx(waits[0].mean(), rel=0.5, abs=0.5)


@pytest.fixture
def port(make_port):
    return make_port("signal")


def test_direction_and_basis_reach_the_register(make_port):
    network = make_port("signal")
    flows = pd.DataFrame(
        {"flow_vph": [400.0, 100.0, 50.0], "time_s": 60.0, "vc_ratio": np.array([400, 100, 50]) / [577, 577, 1700],
         "delay_vehh": [0.5, 0.01, 0.0]}, index=network.edges.index)  # fmt: skip
    queues = alternating_queues(network, flows)
    assert queues.index.tolist() == ["p:f", "p:b"]
    assert queues.loc["p:f", "wait_s"] > queues.loc["p:b", "wait_s"] > 14.0
    table = congestion(SimpleNamespace(flows=flows), network=network)
    assert table.loc["p:f", "delay_vehh"] == pytest.approx(400 * queues.loc["p:f", "wait_s"] / 3600)
    register = rank_bottlenecks(network, congestion=table, peak_hours_per_year=250, closures_per_year=1)
    text = register["evidence_sv"].iloc[0]
    assert "värst mot Norra" in text and "beräknat med antagen reglering" in text and "95 fall" in text
    assert "worst towards Norra" in register["evidence_en"].iloc[0]


def test_a_flow_that_is_not_known_is_no_empty_road(make_port):
    network = make_port("signal")
    flows = pd.DataFrame({"vc_ratio": [0.5, np.nan, 0.1]}, index=network.edges.index)
    assert alternating_queues(network, flows).isna().all().all()


def test_the_length_gives_capacity_and_wait_where_they_are_not_given(make_port):
    edges = make_port("signal").edges
    assert edges.loc["p:f", "capacity_vph"] == pytest.approx(signal_capacity(60.0))
    assert edges.loc["p:f", "fixed_delay_s"] == pytest.approx(empty_wait(62.4, 20.0))
    assert edges.loc["p:f", "assumed"] == "capacity_vph,fixed_delay_s" and edges.loc["q:f", "assumed"] == ""
    lorry = make_port("lorry").edges.loc["p:b"]
    assert lorry["capacity_vph"] == pytest.approx(balanced_lorry_capacity(60.0, 0.1)) and lorry["fixed_delay_s"] == 0.0
    given = make_port("signal", capacity_vph=700.0).edges.loc["p:f"]
    assert given["capacity_vph"] == 700.0 and given["assumed"] == "fixed_delay_s"
    unknown = make_port("signal", one_lane_m=np.nan).edges.loc["p:f"]
    assert np.isnan(unknown["capacity_vph"]) and unknown["assumed"] == ""


@pytest.fixture
def make_port(make_network):
    """Södra ==p (60 m for one lane)== Norra --q-- Öster."""

    def make(kind, **more):
        own = {"id": "p", "alternating": kind, "one_lane_m": 60.0, **more}
        nodes = {"s": (0, 0, {"name": "Södra"}), "n": (1000, 0, {"name": "Norra"}), "e": (2000, 0, {"name": "Öster"})}
        network = make_network(
            nodes, [("s", "n", own), ("n", "e", {"id": "q", "capacity_vph": 1700.0, "oneway": True})]
        )
        return network.replace(edges=fill_alternating(network.edges))

    return make


def simulate_signal(flow, cycle, green, *, hours, seed):
    """Vehicle by vehicle, hours that start empty: waits, and queues at the end of red."""
    rng = np.random.default_rng(seed)
    waits, queues = [], []
    for _ in range(hours):
        come = np.cumsum(rng.exponential(3600 / flow, int(2 * flow) + 50))
        come = come[come < 3600]
        gone, free = [], 0.0
        for t in come:
            start = max(t, free)
            if start % cycle >= green:  # green first in each cycle
                start = (start // cycle + 1) * cycle
            gone.append(start)
            free = start + 2.0
        gone = np.array(gone)
        waits.append(gone - come)
        ends = np.arange(1, int(3600 // cycle) + 1) * cycle
        queues += [int(((come < end) & (gone >= end)).sum()) for end in ends]
    return np.concatenate(waits), np.array(queues)


def simulate_lorries(flows, heavy, through, *, hours, seed):
    """First come, first served at each end; who may not meet the one inside waits. Waits by direction."""
    rng = np.random.default_rng(seed)
    end = hours * 3600.0
    queues = []
    for flow in flows:
        come = np.cumsum(rng.exponential(3600 / flow, int(1.3 * flow * hours)))
        come = come[come < end]
        queues.append(list(zip(come, rng.random(len(come)) < heavy, strict=True)))
    at, free = [0, 0], [0.0, 0.0]  # next vehicle, and when the one before it has left room
    clear_all, clear_lorry = [0.0, 0.0], [0.0, 0.0]  # when the last vehicle, the last lorry of a side is out
    waits: tuple[list[float], list[float]] = ([], [])
    events = [(queues[k][0][0], k) for k in (0, 1)]
    heapq.heapify(events)
    while events:
        now, k = heapq.heappop(events)
        come, lorry = queues[k][at[k]]
        may = max(come, free[k], clear_lorry[1 - k], clear_all[1 - k] if lorry else 0.0)
        if may > now + 1e-9:
            heapq.heappush(events, (may, k))
            continue
        waits[k].append(now - come)
        free[k] = now + (4.0 if lorry else 2.0)
        clear_all[k] = now + through
        if lorry:
            clear_lorry[k] = now + through
        at[k] += 1
        if at[k] < len(queues[k]):
            heapq.heappush(events, (max(queues[k][at[k]][0], now), k))
    return [np.array(part) for part in waits]
