"""Swedish bearing classes: what BK1-BK4 allow an axle, a bogie, a triple axle and a gross weight.

The tables are data (`bk_groups.csv`, `bk_gross.csv`) with a source a row. The gross table of BK1 is complete;
of BK2 only the end (51.4 t) was readable, of BK3 its end (37.5 t at 22 m and 0.25 t for each further 0.2 m),
of BK4 its end (74 t). In the gaps a weight that BK1 allows is allowed by BK4 too; any other is *not known*
below the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.vehicles.vehicle import Vehicle

FOLDER = Path(__file__).parent
BOGIE_M = 2.0  # axles nearer than this are a bogie; trafikforordningen
TRIPLE_M = 5.0  # three axles whose outer ones are nearer than this are a triple axle; trafikforordningen
GROSS_END_T = {"BK1": 64.0, "BK2": 51.4, "BK4": 74.0}  # facts: SFS 2015:240, 2018:102; Transportstyrelsen
BK3_END_M, BK3_END_T, BK3_STEP_M, BK3_STEP_T = 22.0, 37.5, 0.2, 0.25  # Transportstyrelsen (web copy, M)


@dataclass(frozen=True)
class BearingNeed:
    """The group of a vehicle that a bearing class allows least, by share: what it may weigh and what it
    weighs.

    `limit_t` is NaN where the class's table has a gap. `group` is axle, driven_axle, bogie, triple or gross.
    """

    group: str
    limit_t: float
    need_t: float


def gross_limit(bk_class: str, distance_m: float) -> float:
    """Highest gross weight in tonnes for a distance between first and last axle; NaN where the table has a gap."""
    distances, weights = _bk1_gross()
    bk1 = float(weights[np.searchsorted(distances, distance_m + 1e-9, side="right") - 1])
    if bk_class == "BK1":
        return bk1
    if bk_class == "BK4":
        return GROSS_END_T["BK4"] if distance_m >= _bk4_end_m() else np.nan
    if bk_class == "BK3" and distance_m >= BK3_END_M:
        return BK3_END_T + BK3_STEP_T * np.floor((distance_m - BK3_END_M) / BK3_STEP_M + 1e-9)
    return np.nan


def bearing_needs(vehicle: Vehicle, bk_class: str) -> list[BearingNeed]:
    """Every group that the class limits: axles, bogies, triples and the gross weight.

    For BK1 the gross table is held against every run of two or more neighbouring axles, as the regulation
    asks; for the classes whose table has gaps only against the whole vehicle.
    """
    x, loads = vehicle.axle_x_m, vehicle.axle_loads_t
    if len(x) == 0:
        return [BearingNeed("gross", GROSS_END_T.get(bk_class, BK3_END_T), vehicle.gross_weight_t)]
    needs = [_axle_need(vehicle, bk_class)]
    if len(x) >= 2:
        needs += _worst_group("bogie", np.diff(x), loads[:-1] + loads[1:], BOGIE_M, bk_class)
    if len(x) >= 3:
        needs += _worst_group("triple", x[2:] - x[:-2], loads[:-2] + loads[1:-1] + loads[2:], TRIPLE_M, bk_class)
    needs.append(_gross_need(vehicle, bk_class))
    return needs


def worst_need(vehicle: Vehicle, bk_class: str) -> BearingNeed:
    """The group that decides: the largest need over limit, or an unknown one when no known limit is exceeded."""
    needs = bearing_needs(vehicle, bk_class)
    known = [need for need in needs if not np.isnan(need.limit_t)]
    worst = max(known, key=lambda need: need.need_t / need.limit_t)
    unknown = [need for need in needs if np.isnan(need.limit_t)]
    if unknown and not worst.need_t > worst.limit_t:
        return unknown[0]
    return worst


def _axle_need(vehicle: Vehicle, bk_class: str) -> BearingNeed:
    limits = {kind: _group_limit(kind, 0.0, bk_class) for kind in ("axle", "driven_axle")}
    allowed = np.where(vehicle.axle_driven, limits["driven_axle"], limits["axle"])
    worst = int(np.argmax(vehicle.axle_loads_t / allowed))
    kind = "driven_axle" if vehicle.axle_driven[worst] else "axle"
    return BearingNeed(kind, float(allowed[worst]), float(vehicle.axle_loads_t[worst]))


def _worst_group(kind: str, spread: np.ndarray, weight: np.ndarray, below_m: float, bk_class: str) -> list[BearingNeed]:
    near = np.flatnonzero(spread < below_m)
    if len(near) == 0:
        return []
    limits = np.array([_group_limit(kind, spread[i], bk_class) for i in near])
    worst = int(np.argmax(weight[near] / limits))
    return [BearingNeed(kind, float(limits[worst]), float(weight[near[worst]]))]


def _gross_need(vehicle: Vehicle, bk_class: str) -> BearingNeed:
    x, loads = vehicle.axle_x_m, vehicle.axle_loads_t
    whole = BearingNeed("gross", gross_limit(bk_class, float(x[-1] - x[0])), vehicle.gross_weight_t)
    end = GROSS_END_T.get(bk_class, np.inf)
    if np.isnan(whole.limit_t):
        allowed_by_bk1 = bk_class == "BK4" and vehicle.gross_weight_t <= gross_limit("BK1", float(x[-1] - x[0]))
        if vehicle.gross_weight_t > end or allowed_by_bk1:
            return BearingNeed("gross", end, vehicle.gross_weight_t)
        return whole
    if bk_class != "BK1" or len(x) < 2:
        return whole
    total = np.concatenate([[0.0], np.cumsum(loads)])
    first, last = np.triu_indices(len(x), k=1)
    weight = total[last + 1] - total[first]
    distances, weights = _bk1_gross()
    allowed = weights[np.searchsorted(distances, x[last] - x[first] + 1e-9, side="right") - 1]
    worst = int(np.argmax(weight / allowed))
    part = BearingNeed("gross", float(allowed[worst]), float(weight[worst]))
    return part if part.need_t / part.limit_t > whole.need_t / whole.limit_t else whole


@cache
def _groups() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "bk_groups.csv")


@cache
def _group_rows(kind: str, bk_class: str) -> tuple[np.ndarray, np.ndarray]:
    rows = _groups().query("group == @kind")
    return rows["from_m"].fillna(0.0).to_numpy(), rows[bk_class].to_numpy(dtype=float)


def _group_limit(kind: str, spread_m: float, bk_class: str) -> float:
    starts, limits = _group_rows(kind, bk_class)
    return float(limits[np.searchsorted(starts, spread_m + 1e-9, side="right") - 1])


@cache
def _gross_table() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "bk_gross.csv")


@cache
def _bk1_gross() -> tuple[np.ndarray, np.ndarray]:
    rows = _gross_table().query("bk_class == 'BK1'")
    return rows["distance_m"].to_numpy(), rows["gross_t"].to_numpy()


@cache
def _bk4_end_m() -> float:
    return float(_gross_table().query("bk_class == 'BK4'")["distance_m"].iloc[0])
