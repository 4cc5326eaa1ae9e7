"""All limits that a vehicle meets, mode by mode: arrays, before any verdict.

Building a `Check` knows the modes and the rules; judging it (`limits.py`) does not.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.network.structures import limit_rows
from geoplan.vehicles.check import Check, Terms, edge_modes, pick
from geoplan.vehicles.rail_checks import rail_checks
from geoplan.vehicles.road_checks import road_checks
from geoplan.vehicles.vehicle import Vehicle


def build_checks(network: Network, vehicle: Vehicle, selected: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    """All checks of a vehicle on the selected edges of its mode and on transfers."""
    modes = edge_modes(network)
    own = selected & (modes == vehicle.mode)
    if own.any():
        yield from {"road": road_checks, "rail": rail_checks, "sea": _sea}[vehicle.mode](network, vehicle, own, terms)
    transfers = selected & (modes == "transfer")
    if transfers.any() and vehicle.load is not None:
        yield from _transfer(network, vehicle, transfers)


def _sea(network: Network, vehicle: Vehicle, own: NDArray[np.bool_], terms: Terms) -> Iterator[Check]:
    rows = limit_rows(network)
    yield Check("max_length_m", "m", *pick(rows["max_length_m"], own), need=vehicle.length_m)
    yield Check("max_width_m", "m", *pick(rows["max_width_m"], own), need=vehicle.width_m)
    if "max_draught_m" in network.edges:
        yield Check("max_draught_m", "m", *pick(rows["max_draught_m"], own), need=vehicle.draught_m)
    height = pick(rows["max_height_m"], own, known_only=True, with_structures=True)
    yield Check("max_height_m", "m", *height, need=vehicle.height_m + terms.clearance_m)
    cargo = pick(rows["max_weight_t"], own, known_only=True)
    yield Check("max_weight_t", "t", *cargo, need=vehicle.load_weight_t)
    yield Check("max_load_t", "t", *pick(rows["max_load_t"], own, known_only=True), need=vehicle.load_weight_t)


def _transfer(network: Network, vehicle: Vehicle, transfers: NDArray[np.bool_]) -> Iterator[Check]:
    """Cranes and quays. What a ship's own gear lifts needs no crane."""
    rows = limit_rows(network)["max_load_t"]
    keep = transfers[rows.edge] & (~np.isnan(rows.value) | _at_sea(network)[rows.edge])
    value = rows.value[keep]
    yield Check(
        "max_load_t",
        "t",
        rows.edge[keep],
        rows.structure[keep],
        value=np.where(np.isnan(value), np.nan, np.fmax(value, vehicle.own_lift_t)),
        need=vehicle.load_weight_t,
        rule_ok=vehicle.own_lift_t if vehicle.own_lift_t > 0 else -np.inf,
        rule_source="the vehicle's own gear" if vehicle.own_lift_t > 0 else "",
    )


def _at_sea(network: Network) -> NDArray[np.bool_]:
    """Whether an edge ends at a node of the sea, (n_edges,), kept with the network."""
    if "at_sea" not in network._cache:
        node_mode, edges = network.nodes["mode"], network.edges
        at_sea = (edges["u"].map(node_mode) == "sea") | (edges["v"].map(node_mode) == "sea")
        network._cache["at_sea"] = at_sea.to_numpy(dtype=bool)
    return network._cache["at_sea"]
