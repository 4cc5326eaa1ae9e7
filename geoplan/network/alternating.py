"""Links where one direction waits for the other: capacity and wait of the empty link from the length of one lane.

Two ways of working, named in the column `alternating` of an edge; `one_lane_m` is the length that cannot be shared:

    signal   signals let one direction through at a time; between the two the lane must empty
    lorry    cars can meet, a lorry must have the length to itself and waits for a gap among those who meet it

Signals: two phases a cycle of C s, each with green g and lost time l = one_lane_m / speed + LOST_S. Capacity of
a direction = SATURATION_VPH x g / C (Webster 1958; HCM 2000 eq. 16-6). Lorries: `lorry_capacity`.
"""

from __future__ import annotations

import logging
import math
from typing import Any

import geopandas as gpd
import numpy as np

from geoplan.errors import name_rows

log = logging.getLogger(__name__)

SATURATION_VPH = 1800.0  # assumed: a car every 2 s; HCM 2000 exhibit 10-12 has 1,900 for good lanes, this one is narrow
LOST_S = 4.0  # HCM 2000 exhibit 10-17: start-up and clearance lost time of a phase when nothing was measured
GREEN_S = 20.0  # assumed: green of each direction where neither capacity nor plan of the signal is known
ONE_LANE_KMH = 30.0  # assumed: speed through a narrow length with poor sight
LORRY_FOLLOW_S = 4.0  # assumed: headway of two lorries that use the same gap, twice that of cars
HEAVY_SHARE = 0.10  # assumed where heavy_share_pct is not known
ASSUMPTIONS = {
    "saturation_vph": SATURATION_VPH, "lost_s": LOST_S, "green_s": GREEN_S, "one_lane_kmh": ONE_LANE_KMH,
    "lorry_follow_s": LORRY_FOLLOW_S, "heavy_share": HEAVY_SHARE,
}  # fmt: skip


def lost_time(one_lane_m: float) -> float:
    """Seconds of a phase in which nobody may start: until the lane is empty, and starting up."""
    return clearance_time(one_lane_m) + LOST_S


def clearance_time(one_lane_m: float) -> float:
    """Seconds from one end of the lane to the other."""
    return one_lane_m / (ONE_LANE_KMH / 3.6)


def signal_capacity(one_lane_m: float, *, green_s: float = GREEN_S) -> float:
    """Cars an hour and direction through signals with equal greens."""
    return SATURATION_VPH * green_s / (2.0 * (green_s + lost_time(one_lane_m)))


def signal_cycle(one_lane_m: float, capacity_vph: float) -> tuple[float, float]:
    """Cycle and green of a direction, s, of the signal that has this capacity in both directions.

    The inverse of `signal_capacity`: green share = capacity / saturation flow, and what is not green is lost. A
    capacity of half the saturation flow or more, which no two phases have, counts as 0.48 of it.
    """
    share = min(capacity_vph / SATURATION_VPH, 0.48)
    cycle = 2.0 * lost_time(one_lane_m) / (1.0 - 2.0 * share)
    return cycle, share * cycle


def empty_wait(cycle_s: float, green_s: float) -> float:
    """Mean wait, s, of one who comes to the signal at any time and meets no queue: red^2 / (2 cycle)."""
    return (cycle_s - green_s) ** 2 / (2.0 * cycle_s)


def lorry_capacity(opposing_vph: float, one_lane_m: float, heavy_share: float = HEAVY_SHARE) -> float:
    """Vehicles an hour of a direction where lorries need the length alone, against a flow in the other direction.

    A lorry takes a gap of the time t through the length: q exp(-q t) / (1 - exp(-q f)) lorries (Harders 1968;
    HCM 2000 eq. 17-3; q opposing flow, f headway of followers). Cars pass except while an opposing lorry is inside:
    saturation flow x (1 - q heavy_share t). Both share a lane: 1 / c = sum of share / capacity (HCM 2000 eq. 17-15).
    """
    q, t = opposing_vph / 3600.0, clearance_time(one_lane_m)
    lorries = 3600.0 / LORRY_FOLLOW_S if q == 0.0 else 3600.0 * q * math.exp(-q * t) / -math.expm1(-q * LORRY_FOLLOW_S)
    cars = SATURATION_VPH * (1.0 - q * heavy_share * t)
    if heavy_share == 0.0:
        return SATURATION_VPH
    if lorries <= 0.0 or cars <= 0.0:
        return 0.0
    return 1.0 / (heavy_share / lorries + (1.0 - heavy_share) / cars)


def balanced_lorry_capacity(one_lane_m: float, heavy_share: float = HEAVY_SHARE) -> float:
    """Flow that both directions can have at once: where `lorry_capacity` against a flow is that flow."""
    low, high = 0.0, SATURATION_VPH
    while high - low > 1e-6:
        middle = (low + high) / 2.0
        low, high = (middle, high) if lorry_capacity(middle, one_lane_m, heavy_share) > middle else (low, middle)
    return (low + high) / 2.0


def heavy_share(heavy_share_pct: float) -> float:
    """Share of lorries, assumed where nobody knows it."""
    return HEAVY_SHARE if math.isnan(heavy_share_pct) else heavy_share_pct / 100.0


def fill_alternating(edges: Any) -> Any:
    """Edges with capacity_vph and fixed_delay_s of alternating links from the model, where they are not given.

    What is filled is named in `assumed`: green, saturation flow and speed are. A link without `one_lane_m` is left
    as it is and told in the log.
    """
    if "alternating" not in edges or not (edges["alternating"].fillna("") != "").any():
        return edges
    rows = np.flatnonzero((edges["alternating"].fillna("") != "").to_numpy())
    part = edges.iloc[rows]
    length = part["one_lane_m"].to_numpy(dtype=np.float64)
    lost = np.isnan(length)
    if lost.any():
        log.warning("alternating: %s have no one_lane_m; no capacity follows", name_rows(part.index[lost].to_list()))
    columns: dict[str, np.ndarray] = {
        name: (edges[name].to_numpy(dtype=np.float64, copy=True) if name in edges else np.full(len(edges), np.nan))
        for name in ("capacity_vph", "fixed_delay_s")
    }
    heavy = np.full(len(part), np.nan)
    if "heavy_share_pct" in part:
        heavy = part["heavy_share_pct"].to_numpy(dtype=np.float64)
    assumed = (edges["assumed"] if "assumed" in edges else edges["alternating"].map(lambda _: "")).to_list()
    for k, (row, kind) in enumerate(zip(rows, part["alternating"], strict=True)):
        if lost[k]:
            continue
        capacity, wait = columns["capacity_vph"][row], 0.0
        if np.isnan(capacity):
            share = heavy_share(float(heavy[k]))
            capacity = signal_capacity(length[k]) if kind == "signal" else balanced_lorry_capacity(length[k], share)
        if kind == "signal":
            wait = empty_wait(*signal_cycle(length[k], capacity))
        for name, value in (("capacity_vph", capacity), ("fixed_delay_s", wait)):
            if np.isnan(columns[name][row]):
                columns[name][row] = value
                names = [part for part in str(assumed[row]).split(",") if part]
                assumed[row] = ",".join(dict.fromkeys([*names, name]))
    filled = edges.assign(**columns, assumed=assumed)
    return gpd.GeoDataFrame(filled) if isinstance(edges, gpd.GeoDataFrame) else filled
