"""Tables into one float an edge: `inf` may not be passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network
from geoplan.vehicles.limits import passable
from geoplan.vehicles.vehicle import Vehicle

FloatArray: TypeAlias = NDArray[np.float64]
Cost: TypeAlias = Literal["time_s", "length_m"]
Unknown: TypeAlias = Literal["pass", "block", "by_rule"]


def free_time(network: Network, *, max_speed_kmh: float = np.inf) -> FloatArray:
    """Seconds to travel each empty edge, shape (n_edges,); NaN where the speed is not known.

    `free_time_s` where the table has it, else length over the lower of the edge's and the vehicle's speed; a fixed
    delay comes on top. An edge without a speed takes the vehicle's, when that has one.
    """
    edges = network.edges
    speed = np.fmin(edges["speed_kmh"].to_numpy(), max_speed_kmh if np.isfinite(max_speed_kmh) else np.nan)
    moving = edges["length_m"].to_numpy() / (speed / 3.6)
    stated = edges["free_time_s"].to_numpy()
    # A slow vehicle needs longer than the stated time of the empty edge, never less.
    moving = np.where(np.isnan(stated), moving, np.fmax(stated, moving) if np.isfinite(max_speed_kmh) else stated)
    transfer = (edges["mode"] == "transfer").to_numpy() & np.isnan(moving)
    moving = np.where(transfer, 0.0, moving)
    return moving + np.nan_to_num(edges["fixed_delay_s"].to_numpy(), nan=0.0)


def in_use(network: Network, modes: Sequence[str] | None = None) -> NDArray[np.bool_]:
    """Edges that are neither planned nor closed and of one of the modes (all when None), shape (n_edges,)."""
    usable = (network.edges["status"] == "").to_numpy(dtype=bool)
    if modes is not None:
        usable = usable & network.edges["mode"].isin(list(modes)).to_numpy(dtype=bool)
    return usable


def edge_costs(
    network: Network,
    *,
    cost: Cost | FloatArray = "time_s",
    vehicle: Vehicle | None = None,
    unknown: Unknown = "pass",
    modes: Sequence[str] | None = None,
) -> FloatArray:
    """Cost of each edge, shape (n_edges,), seconds or metres; `inf` where it may not be passed.

    Parameters
    ----------
    cost
        "time_s", "length_m", or an array of the caller's own.
    vehicle
        Its limits close edges and its top speed counts. Without one, only status and mode do.
    unknown
        What a limit that is not known counts as: "pass", "block", or "by_rule" (what the road or rail rules say,
        and blocked where they say nothing).
    modes
        Modes that may be used; None is all.

    Raises
    ------
    DataError
        Edges in use have no speed, or the array has another shape or negative values.
    """
    usable = in_use(network, modes)
    if isinstance(cost, str):
        if cost not in ("time_s", "length_m"):
            raise DataError(f"cost {cost!r} is not known; use time_s, length_m or an array of (n_edges,)")
        top = vehicle.max_speed_kmh if vehicle is not None else np.inf
        values = network.edges["length_m"].to_numpy() if cost == "length_m" else free_time(network, max_speed_kmh=top)
    else:
        values = np.asarray(cost, dtype=np.float64)
        if values.shape != (len(network.edges),):
            raise DataError(
                f"cost has shape {values.shape}, the network {len(network.edges)} edges; give one value an edge"
            )
    missing = usable & np.isnan(values)
    if missing.any():
        rows = name_rows(network.edges.index[missing].to_list())
        raise DataError(f"edges: {rows} have no speed_kmh; set it or call fill_defaults")
    negative = usable & (values < 0)
    if negative.any():
        raise DataError(f"edges: {name_rows(network.edges.index[negative].to_list())} have a cost below 0; correct it")
    if vehicle is not None:
        usable = usable & passable(network, vehicle, unknown=unknown)
    return np.where(usable, values, np.inf)
