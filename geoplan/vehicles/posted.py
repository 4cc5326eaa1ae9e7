"""What signs say besides size and weight: lorries forbidden, traffic to the place only, bogies and triple axles.

A word of access is judged in three ways, for vehicles heavier than `LORRY_T` where it speaks of lorries (`hgv`):

    yes, designated, permissive, official    ok: no row
    no, use_sidepath                         not ok; the permit `lorry_ban` makes it not known
    destination, delivery, private ...       not known: it depends on the errand, which no vehicle tells

`hgv` is the more specific word and stands above `access`. The word itself is shown in `source`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.vehicles.axle_tables import BOGIE_M, TRIPLE_M
from geoplan.vehicles.vehicle import FloatArray, Vehicle

LORRY_T = 3.5  # trafikförordningen and OpenStreetMap wiki, Key:hgv: goods vehicles of more than 3.5 t
OPEN_WORDS = ("", "yes", "designated", "permissive", "official", "public")
CLOSED_WORDS = ("no", "use_sidepath")
# Limits of axles side by side: number of axles, and the distance of the outer ones below which they count together.
AXLE_GROUPS = {"max_bogie_load_t": (2, BOGIE_M), "max_triple_load_t": (3, TRIPLE_M)}


def group_need(vehicle: Vehicle, limit: str) -> float:
    """Weight in tonnes of the heaviest axles that a limit of `AXLE_GROUPS` counts together.

    0 when no axles stand that near, NaN when the axles are not known.
    """
    if not vehicle.axle_groups:
        return np.nan
    return float(_sums(vehicle, limit, vehicle.axle_loads_t).max(initial=0.0))


def group_bearable(vehicle: Vehicle, limit: str, allowed_t: FloatArray) -> FloatArray:
    """Heaviest load in tonnes that keeps axles side by side within each allowed weight; inf where none is counted."""
    if not vehicle.axle_groups:
        return np.full(np.shape(allowed_t), np.inf)
    tare, share = (
        _sums(vehicle, limit, np.repeat([getattr(g, name) / g.count for g in vehicle.axle_groups], _counts(vehicle)))
        for name in ("tare_t", "load_share")
    )
    laden = share > 0.0
    room = (np.asarray(allowed_t)[:, np.newaxis] - tare[laden]) / share[laden]
    return np.min(room, axis=1, initial=np.inf)


def access_words(network: Network, selected: NDArray[np.bool_]) -> Iterator[tuple[str, str, NDArray[np.int64]]]:
    """Column, word and rows of the selected edges on which traffic is forbidden or depends on the errand."""
    edges = network.edges
    if "access" not in edges or "hgv" not in edges:
        return
    hgv, access = (edges[column].to_numpy(dtype=object) for column in ("hgv", "access"))
    for column, words, mine in (("hgv", hgv, selected & (hgv != "")), ("access", access, selected & (hgv == ""))):
        for word in sorted(set(words[mine]) - set(OPEN_WORDS)):
            yield column, word, np.flatnonzero(mine & (words == word))


def _sums(vehicle: Vehicle, limit: str, values: FloatArray) -> FloatArray:
    """Sum over every run of neighbouring axles that stand near enough."""
    count, within_m = AXLE_GROUPS[limit]
    x = vehicle.axle_x_m
    if len(x) < count:
        return np.empty(0)
    total = np.concatenate([[0.0], np.cumsum(values)])
    near = x[count - 1 :] - x[: len(x) - count + 1] < within_m
    return (total[count:] - total[:-count])[near]


def _counts(vehicle: Vehicle) -> list[int]:
    return [group.count for group in vehicle.axle_groups]
