"""What moving a heavy load costs: rates as a table with source and confidence, hours and SEK of edges and handlings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.vehicles.axle_tables import worst_need
from geoplan.vehicles.limits import TOLERANCE
from geoplan.vehicles.permits import TALL_M, find_permits, needs_escort
from geoplan.vehicles.vehicle import Vehicle

FloatArray = NDArray[np.float64]
HEAVY_GROSS_T = 200.0  # above it a road leg needs road plates; 212 t at Bredäng did
WIDE_M = 4.5  # above it the road is closed while the convoy moves; escort limit of the rules


@dataclass(frozen=True, eq=False)
class Effort:
    """Hours on the move, hours by the calendar and SEK, arrays of one shape or single numbers."""

    driving_h: FloatArray
    time_h: FloatArray
    cost_sek: FloatArray


def read_costs() -> pd.DataFrame:
    """The cost rates: index `item`; columns value, unit, source, confidence, note. Most are assumed and say so."""
    return _costs().copy()


def edge_effort(network: Network, vehicle: Vehicle, rates: dict[str, float]) -> Effort:
    """Hours and SEK of every edge for a laden vehicle, arrays (n_edges,).

    Speed is the lower of the vehicle's and the edge's; a vehicle that may move only some hours a day (nights)
    takes 24 / hours_per_day times as long by the calendar, and its crew and equipment are paid by the
    calendar. A tall vehicle pays for cables and level crossings, an overweight one for the check of every
    bridge, shown or likely.
    """
    length_km = network.edges["length_m"].to_numpy() / 1000.0
    speed = np.fmin(network.edges["speed_kmh"].to_numpy(), vehicle.max_speed_kmh)
    driving = np.where(length_km > 0, length_km / speed, 0.0)
    rate_km = _known(vehicle.sek_per_km, rates[f"default_{vehicle.mode}_sek_per_km"])
    rate_h = _known(vehicle.sek_per_h, rates["default_sek_per_h"])
    time = driving * 24.0 / vehicle.hours_per_day
    cost = length_km * rate_km + time * rate_h + driving * _guard_rate(vehicle, rates)
    if vehicle.mode == "road":
        if vehicle.height_m > TALL_M:
            crossings = structures_on_edges(network, "crossing")
            cost = cost + crossings * rates["level_crossing_sek"] + length_km * rates["tall_sek_per_km"]
            time = time + crossings * rates["level_crossing_h"]
        if is_overweight(vehicle):
            shown = structures_on_edges(network, "bridge", role="carries")
            cost = cost + np.fmax(shown, length_km * rates["bridges_per_km"]) * rates["bridge_check_sek"]
    return Effort(driving, time, cost)


def is_overweight(vehicle: Vehicle) -> bool:
    """Whether a road vehicle is above the heaviest bearing class, so that every bridge has to be looked at."""
    worst = worst_need(vehicle, "BK4")
    return vehicle.mode == "road" and worst.need_t > worst.limit_t * (1 + TOLERANCE)


def needs_exemption(vehicle: Vehicle) -> bool:
    """Whether a road vehicle needs an exemption on an ordinary public road (BK1): for its size or its weight.

    A measure that is not known counts as one that needs it.
    """
    worst = worst_need(vehicle, "BK1")
    if not worst.need_t <= worst.limit_t * (1 + TOLERANCE) or np.isnan(vehicle.width_m + vehicle.length_m):
        return True
    return bool((find_permits(vehicle)["kind"] == "exemption").any())


def _guard_rate(vehicle: Vehicle, rates: dict[str, float]) -> float:
    """SEK an hour on the move for escort and for closing the road."""
    rate = rates["escort_sek_per_h"] if needs_escort(vehicle) else 0.0
    return rate + (rates["closure_sek_per_h"] if vehicle.mode == "road" and vehicle.width_m > WIDE_M else 0.0)


def handling(vehicle: Vehicle, rates: dict[str, float]) -> tuple[float, float]:
    """Hours and SEK of putting the load on the vehicle or taking it off, once."""
    return (
        rates[f"handling_{vehicle.mode}_h"],
        rates[f"handling_{vehicle.mode}_sek"] + rates["handling_sek_per_t"] * vehicle.load_weight_t,
    )


def leg_start_cost(vehicle: Vehicle, rates: dict[str, float]) -> float:
    """SEK that a leg costs before it moves: the vehicle on the spot, permits, road plates."""
    cost = _known(vehicle.mobilisation_sek, rates[f"default_{vehicle.mode}_mobilisation_sek"])
    if not vehicle.divisible and (vehicle.mode == "rail" or (vehicle.mode == "road" and needs_exemption(vehicle))):
        cost += rates[f"permit_{vehicle.mode}_sek"]
    if vehicle.mode == "road" and vehicle.gross_weight_t > HEAVY_GROSS_T:
        cost += rates["road_plates_sek"]
    return cost


def structures_on_edges(network: Network, word: str, *, role: str | None = None) -> FloatArray:
    """Number of structures whose kind holds the word at each edge, (n_edges,)."""
    key = f"structures_{word}_{role}"
    if key not in network._cache:
        table = network.structure_edges
        if role is not None:
            table = table[table["role"] == role]
        kinds = network.structures["kind"]
        wanted = kinds.index[kinds.str.contains(word, regex=False)]
        table = table[table["structure_id"].isin(wanted)].drop_duplicates(["structure_id", "edge_id"])
        rows = network.edges.index.get_indexer(table["edge_id"])
        network._cache[key] = np.bincount(rows, minlength=len(network.edges)).astype(np.float64)
    return network._cache[key]


def cost_rates(own: dict[str, float] | None = None) -> dict[str, float]:
    """The rates by item, the caller's own in place of the table's."""
    return {str(item): float(value) for item, value in _costs()["value"].items()} | (own or {})


def _known(value: float, default: float) -> float:
    return default if np.isnan(value) else value


@cache
def _costs() -> pd.DataFrame:
    table = pd.read_csv(Path(__file__).parent / "costs.csv", index_col="item")
    return table.fillna({"note": ""})
