"""How much a closure costs everybody: the exact loss of each link or structure for every trip.

Source: Jenelius, Petersen and Mattsson (2006), importance and exposure; the vehicle hours of a closure of a given
duration put links with and without a detour on one scale.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from geoplan.bottlenecks.closures import find_closures, measure, pose
from geoplan.demand.demand import Demand
from geoplan.network.network import Network
from geoplan.routing.cost import Cost, FloatArray

# A gravity model sends a shade of a trip everywhere; a zone is hit when it loses a vehicle minute or a tenth of a trip
# an hour.
HIT_VEHH = 60.0 / 3600.0
HIT_TRIPS = 0.1


def criticality(
    network: Network,
    demand: Demand,
    *,
    by: str = "edge",
    directed: bool = False,
    cost: Cost | FloatArray = "time_s",
    duration_h: float = 24.0,
    modes: Sequence[str] = ("road",),
    matrix: str | None = None,
    among: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """Loss of closing each edge or structure, for all trips of the demand on their cheapest ways.

    Parameters
    ----------
    by
        "edge": both directions of a way close together, unless `directed`; "structure": every edge that the structure
        carries or stands over closes, on all its networks.
    cost
        Cost of the open network in seconds; the loaded times of an assignment make the loss that of today's traffic.
    duration_h
        How long the closure of `closure_vehh` lasts; nobody waits longer than it does.
    matrix
        Class of the demand; all classes together when None.
    among
        Ids of the edges or structures to close; all when None.

    Returns
    -------
    Table indexed by `edge_id` or `structure_id`: loss_vehh (extra vehicle hours an hour of demand, trips that still
    arrive), unsatisfied_trips (an hour), closure_vehh (vehicle hours over the closure), hit_zones (zones that lose
    a vehicle minute or a tenth of a trip an hour) and worst_zone (the one that loses most, counted by closure hours).
    `attrs` holds duration_h, trips_vph and by.

    Raises
    ------
    DataError
        Unknown id, zone without a node, class that the demand has not.
    """
    question = pose(network, demand, cost=cost, modes=modes, matrix=matrix)
    closures = find_closures(network, by=by, directed=directed, among=among)
    losses = measure(question, closures, duration_h=duration_h)
    extra, lost, waiting = losses.extra_vehh, losses.lost_vph, losses.closure_vehh
    hit = (extra >= HIT_VEHH) | (lost >= HIT_TRIPS)
    names = demand.zones["name"].to_numpy()[losses.origins]
    worst = np.where(
        ((extra > 0) | (lost > 0)).any(axis=0), names[np.argmax(waiting, axis=0)] if len(losses.origins) else "", ""
    )
    table = pd.DataFrame(
        {
            "loss_vehh": extra.sum(axis=0),
            "unsatisfied_trips": lost.sum(axis=0),
            "closure_vehh": waiting.sum(axis=0),
            "hit_zones": hit.sum(axis=0),
            "worst_zone": worst,
        },
        index=closures.ids,
    )
    if by == "edge" and not directed:
        table = _to_edges(network, table, among)
    table.attrs = {"duration_h": duration_h, "trips_vph": float(question.trips.sum()), "by": by}
    return table


def _to_edges(network: Network, by_way: pd.DataFrame, among: Sequence[Hashable] | None) -> pd.DataFrame:
    """The loss of a way on each of its directions."""
    wanted = network.edges.index if among is None else pd.Index(list(among), name="edge_id")
    table = by_way.loc[network.edges.loc[wanted, "way_id"]]
    table.index = wanted.rename("edge_id")
    return table
