"""Queues where one direction waits for the other: delay and queue of both directions of an alternating link.

Poisson arrivals through an hour that starts without a queue. The capacity is that of the edge; cycle, speed and
saturation flow of signals follow from it by `geoplan.network.alternating`, which names what is assumed. A queue is
counted in cars (lorries by their equivalents) and stands at the stop line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.network.alternating import (
    balanced_lorry_capacity,
    heavy_share,
    lorry_capacity,
    signal_cycle,
)
from geoplan.network.network import Network

QUEUE_COLUMNS = ("wait_s", "queue_veh", "queue95_veh")


@dataclass(frozen=True, slots=True)
class Queue:
    """One direction: mean wait in seconds, vehicles that wait on average, and at most in 95 of 100 cases."""

    wait_s: float
    queue_veh: float
    queue95_veh: float


def uniform_wait(flow_vph: float, capacity_vph: float, cycle_s: float, green_s: float) -> float:
    """Mean wait, s, if the same number came in each cycle: C (1 - u)^2 / (2 (1 - min(1, x) u)).

    u = green / cycle, x = flow / capacity. Source: Webster (1958), Road Research Technical Paper 39, first term.
    """
    x, u = flow_vph / capacity_vph, green_s / cycle_s
    return cycle_s * (1.0 - u) ** 2 / (2.0 * (1.0 - min(1.0, x) * u))


def signal_queue(flow_vph: float, capacity_vph: float, cycle_s: float, green_s: float, *, hours: float = 1.0) -> Queue:
    """Queue of one direction at a fixed-time signal.

    The wait is the uniform one and that of what the greens leave, mean overflow / capacity, as in Akcelik (1981), ARRB
    Research Report 123; his formula for the overflow and the exact one used here (`overflow_chances`) differ by some
    per cent, and a vehicle-by-vehicle simulation comes within 6 % of it; d2 of the HCM (2000, eq. 16-12) lies up to
    a fifth above, for it knows no cycles. The mean queue is that of all moments (flow x wait, Little 1961); the
    95 % queue is that at the end of red, when it is longest: what the green before left and those who came in the red.
    """
    left = overflow_chances(flow_vph * cycle_s / 3600.0, capacity_vph * cycle_s / 3600.0, hours * 3600.0 / cycle_s)
    overflow = float(left @ np.arange(len(left)))
    wait = uniform_wait(flow_vph, capacity_vph, cycle_s, green_s) + 3600.0 * overflow / capacity_vph
    red = _poisson(flow_vph * (cycle_s - green_s) / 3600.0)
    reach = int(np.searchsorted(np.cumsum(np.convolve(left, red)), 0.95 - 1e-12))
    return Queue(wait, flow_vph / 3600.0 * wait, float(reach))


def overflow_chances(arrivals: float, served: float, cycles: float) -> np.ndarray:
    """Chances of 0, 1, 2 ... vehicles left at the end of green, mean of the cycles of the period.

    From cycle to cycle the queue is max(0, queue + Poisson arrivals - served), from none at first; the part of
    `served` beyond a whole vehicle is a chance of one more.
    """
    whole, part = int(served), served - int(served)
    come = _poisson(arrivals)
    state, total = np.ones(1), np.zeros(1)
    n = max(1, round(cycles))
    for _ in range(n):
        grown = np.convolve(state, come)
        state = _add(_served(grown, whole) * (1.0 - part), _served(grown, whole + 1) * part)
        last = int(np.flatnonzero(state > 1e-12)[-1])
        state = state[: last + 1]
        total = _add(total, state)
    chances: np.ndarray = total / total.sum()
    return chances


def lorry_queue(flow_vph: float, capacity_vph: float, free_capacity_vph: float, *, hours: float = 1.0) -> Queue:
    """Queue of one direction where lorries need the length alone.

    free_capacity_vph : capacity when nobody comes from the other side; the headway it means is no wait

    d = 3600 / c - 3600 / c0 + 900 T (X - 1 + sqrt((X - 1)^2 + 3600 X / (450 c T))), and the 95 % queue
    900 T (X - 1 + sqrt((X - 1)^2 + 3600 X / (150 c T))) c / 3600. Source: HCM 2000 eq. 17-37 and 17-38.
    """
    if capacity_vph <= 0.0:
        return Queue(math.inf, math.inf, math.inf)
    x, service = flow_vph / capacity_vph, 3600.0 / capacity_vph
    wait = max(0.0, service - 3600.0 / free_capacity_vph)
    wait += 900.0 * hours * (x - 1.0 + math.sqrt((x - 1.0) ** 2 + service * x / (450.0 * hours)))
    far = 900.0 * hours * (x - 1.0 + math.sqrt((x - 1.0) ** 2 + service * x / (150.0 * hours))) / service
    return Queue(wait, flow_vph / 3600.0 * wait, float(math.ceil(far - 1e-9)))


def alternating_queues(network: Network, flows: pd.DataFrame) -> pd.DataFrame:
    """Wait and queue of each direction of the network's alternating links.

    Parameters
    ----------
    flows
        Of an assignment of an hour, indexed by `edge_id`: vc_ratio.

    Returns
    -------
    Table indexed by `edge_id`: wait_s (mean, with that of the empty link), queue_veh (mean), queue95_veh. NaN where the
    length, the capacity or the flow of a direction is not known.
    """
    edges = network.edges
    columns = ["alternating", "one_lane_m", "capacity_vph", "heavy_share_pct"]
    mine = edges.loc[edges["alternating"] != "", [*columns, "way_id"]]
    volume = (flows["vc_ratio"].reindex(edges.index) * edges["capacity_vph"])[mine.index]
    opposing = volume.groupby(mine["way_id"]).transform("sum", skipna=False) - volume
    rows = []
    for edge, kind, length, capacity, heavy in mine[columns].itertuples(name=None):
        flow = float(volume.loc[edge])
        if np.isnan(length) or np.isnan(flow + opposing.loc[edge]) or not capacity > 0 or np.isinf(capacity):
            rows.append((edge, np.nan, np.nan, np.nan))
            continue
        if kind == "signal":
            queue = signal_queue(flow, capacity, *signal_cycle(length, capacity))
        else:
            share = heavy_share(heavy)
            scale = capacity / balanced_lorry_capacity(length, share)  # 1 unless the capacity was measured or drawn
            against = lorry_capacity(float(opposing.loc[edge]), length, share)
            queue = lorry_queue(flow, scale * against, scale * lorry_capacity(0.0, length, share))
        rows.append((edge, queue.wait_s, queue.queue_veh, queue.queue95_veh))
    return pd.DataFrame(rows, columns=["edge_id", *QUEUE_COLUMNS]).set_index("edge_id")


def _poisson(mean: float) -> np.ndarray:
    """Chances of 0, 1, 2 ... of a Poisson law, up to where less than 1e-12 is left."""
    n = np.arange(int(mean + 10.0 * math.sqrt(mean) + 20.0))
    if mean == 0.0:
        return (n == 0).astype(np.float64)
    logs = n * math.log(mean) - mean - np.cumsum(np.log(np.maximum(n, 1)))
    chances: np.ndarray = np.exp(logs)
    return chances


def _served(chances: np.ndarray, n: int) -> np.ndarray:
    """Chances after up to `n` have gone."""
    if len(chances) <= n:
        return np.array([chances.sum()])
    return np.concatenate([[chances[: n + 1].sum()], chances[n + 1 :]])


def _add(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Sum of two arrays of chances of unlike length."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    total = long.copy()
    total[: len(short)] += short
    return total
