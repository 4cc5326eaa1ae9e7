"""Who is hit: what closures cost each zone or municipality, in the worst case and on average.

Source: Jenelius, Petersen and Mattsson (2006): the exposure of an area is the loss of the trips that start in it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.bottlenecks.closures import Losses, find_closures, group_closures, measure, pose
from geoplan.demand.demand import Demand
from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network
from geoplan.routing.cost import Cost, FloatArray

LEVELS = ("zone", "municipality")


def exposure(
    network: Network,
    demand: Demand,
    *,
    level: str = "municipality",
    by: str = "edge",
    among: Sequence[Hashable] | None = None,
    cost: Cost | FloatArray = "time_s",
    duration_h: float = 24.0,
    modes: Sequence[str] = ("road",),
    matrix: str | None = None,
) -> pd.DataFrame:
    """What the closures cost the trips that start in each zone or municipality.

    Parameters
    ----------
    level
        "zone" or "municipality" (zones without a municipality code stand together under "").
    by, among, cost, duration_h, modes, matrix
        As in `criticality`: the closures that are looked at, each on its own.

    Returns
    -------
    Table indexed by `zone_id` or `municipality_code`, the most exposed first: name, trips_vph (that leave the zone's
    node), worst_vehh (vehicle hours of the closure that costs the area most), worst_id (that way or structure),
    worst_unsatisfied_trips (its trips an hour left without a way), mean_vehh (mean over all closures looked at), hits
    (closures that cost the area anything), worst_min_per_trip and mean_min_per_trip (the same an average trip of the
    closure, minutes; NaN without trips).
    """
    _check_level(level)
    question = pose(network, demand, cost=cost, modes=modes, matrix=matrix)
    losses = measure(question, find_closures(network, by=by, among=among), duration_h=duration_h)
    ids = losses.closures.ids
    if len(ids) == 0:
        raise DataError(f"exposure: there is no {by} to close")
    group, table = _areas(demand, losses, level)
    waiting = _sum(losses.closure_vehh, group, len(table))
    lost = _sum(losses.lost_vph, group, len(table))
    worst = np.argmax(waiting, axis=1)
    area = np.arange(len(table))
    table["worst_vehh"] = waiting[area, worst]
    table["worst_id"] = np.where(table["worst_vehh"] > 0, ids.to_numpy(dtype=object)[worst], "")
    table["worst_unsatisfied_trips"] = lost[area, worst]
    table["mean_vehh"] = waiting.mean(axis=1)
    table["hits"] = (waiting > 0).sum(axis=1)
    for column in ("worst", "mean"):
        table[f"{column}_min_per_trip"] = _per_trip(table[f"{column}_vehh"], table["trips_vph"], duration_h)
    table.attrs = {"duration_h": duration_h, "by": by, "closures": len(ids)}
    return table.sort_values("worst_vehh", ascending=False, kind="stable")


def who_is_hit(
    network: Network,
    demand: Demand,
    edges: Sequence[Hashable],
    *,
    level: str = "municipality",
    cost: Cost | FloatArray = "time_s",
    duration_h: float = 24.0,
    modes: Sequence[str] = ("road",),
    matrix: str | None = None,
) -> pd.DataFrame:
    """What closing all of `edges` at once costs the trips that start in each zone or municipality.

    Returns
    -------
    Table indexed by `zone_id` or `municipality_code`, those hit hardest first and those not hit left out: name,
    trips_vph, loss_vehh, unsatisfied_trips, closure_vehh, min_per_trip. `attrs` has the totals and the duration.
    """
    _check_level(level)
    rows = network.edges.index.get_indexer(pd.Index(list(edges)))
    if (rows < 0).any():
        lost = [edge for edge, row in zip(edges, rows, strict=True) if row < 0]
        raise DataError(f"edges: {name_rows(lost)} do not exist; correct the ids")
    closure = group_closures(pd.Index(["all"]), np.zeros(len(rows), dtype=np.intp), rows.astype(np.intp))
    question = pose(network, demand, cost=cost, modes=modes, matrix=matrix)
    losses = measure(question, closure, duration_h=duration_h)
    group, table = _areas(demand, losses, level)
    for column, values in (
        ("loss_vehh", losses.extra_vehh),
        ("unsatisfied_trips", losses.lost_vph),
        ("closure_vehh", losses.closure_vehh),
    ):
        table[column] = _sum(values, group, len(table))[:, 0]
    table["min_per_trip"] = _per_trip(table["closure_vehh"], table["trips_vph"], duration_h)
    table = table[table["closure_vehh"] > 0].sort_values("closure_vehh", ascending=False, kind="stable")
    totals = table[["loss_vehh", "unsatisfied_trips", "closure_vehh"]].sum()
    table.attrs = {"duration_h": duration_h, **{str(name): float(value) for name, value in totals.items()}}
    return table


def hit_areas(
    network: Network,
    demand: Demand,
    ids: Sequence[Hashable],
    *,
    by: str = "edge",
    level: str = "municipality",
    cost: Cost | FloatArray = "time_s",
    duration_h: float = 24.0,
    least_share: float = 0.05,
) -> pd.DataFrame:
    """Who bears each of several closures: the share of its vehicle hours by the area where the trips start.

    Parameters
    ----------
    ids
        Edges (both directions of their way close) or structures, by `by`.
    least_share
        Areas that bear less of a closure are left out.

    Returns
    -------
    One row an id and area, in the order of `ids`, those who bear most first: id, name, share (of the closure's vehicle
    hours), closure_vehh.
    """
    _check_level(level)
    question = pose(network, demand, cost=cost)
    losses = measure(question, find_closures(network, by=by, among=list(dict.fromkeys(ids))), duration_h=duration_h)
    group, areas = _areas(demand, losses, level)
    waiting = pd.DataFrame(_sum(losses.closure_vehh, group, len(areas)), columns=losses.closures.ids)
    keys = network.edges["way_id"].loc[list(ids)] if by == "edge" else ids
    names = areas["name"].to_numpy()
    rows = []
    for name, key in zip(ids, keys, strict=True):
        hours = waiting[key].to_numpy()
        total = hours.sum()
        for area in np.argsort(-hours, kind="stable") if total > 0 else ():
            if hours[area] < least_share * total:
                break
            rows.append((name, names[area], hours[area] / total, hours[area]))
    return pd.DataFrame(rows, columns=["id", "name", "share", "closure_vehh"])


def _areas(demand: Demand, losses: Losses, level: str) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Area of each origin, and the table of areas with names and trips."""
    zones = demand.zones.iloc[losses.origins]
    if level == "zone":
        ids = pd.Index(zones.index, name="zone_id")
        group = np.arange(len(ids))
        names = zones["name"].to_numpy()
    else:
        group, codes = pd.factorize(zones["municipality_code"])
        ids = pd.Index(codes, name="municipality_code")
        named = zones["municipality"] if "municipality" in zones else zones["municipality_code"]
        names = named.groupby(group).first().to_numpy()
    trips = np.bincount(group, weights=losses.trips_vph, minlength=len(ids))
    return group, pd.DataFrame({"name": names, "trips_vph": trips}, index=ids)


def _sum(values: FloatArray, group: NDArray[np.intp], n: int) -> FloatArray:
    """(n_areas, n_closures) from (n_origins, n_closures)."""
    table = np.zeros((n, values.shape[1]))
    np.add.at(table, group, values)
    return table


def _per_trip(vehh: pd.Series, trips_vph: pd.Series, duration_h: float) -> FloatArray:
    """Minutes for an average trip of the closure, NaN where there are none."""
    trips = trips_vph.to_numpy() * duration_h
    return np.divide(vehh.to_numpy() * 60.0, trips, out=np.full(len(trips), np.nan), where=trips > 0)


def _check_level(level: str) -> None:
    if level not in LEVELS:
        raise DataError(f"level {level!r} is not known; use {' or '.join(LEVELS)}")
