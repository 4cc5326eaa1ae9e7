"""A timetable as the sorted connections of the scan.

A timetable is a table with one row for each call: trip_id, stop_id, arrival_s, departure_s (seconds after midnight of
the day of service; 25:10 is 90,600), in the order of travel. `line_id`, `mode` and what else a door adds stay with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geoplan.errors import DataError, name_rows
from geoplan.io.timetable import Timetable
from geoplan.transit.scan_kernels import ScanNet

DAY_S = 86_400.0

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Connections:
    """Connections in the order of departure (`net`, by position), and the ids of its stops and trips."""

    stops: pd.Index
    trips: pd.Index
    net: ScanNet


def check_timetable(timetable: pd.DataFrame) -> pd.DataFrame:
    """The timetable in order of trip and travel.

    Raises
    ------
    DataError
        Columns missing, times that are empty or run backwards, trips with one call.
    """
    lacking = [name for name in ("trip_id", "stop_id", "arrival_s", "departure_s") if name not in timetable]
    if lacking:
        raise DataError(f"timetable: columns {', '.join(lacking)} are missing; add them")
    if timetable.empty:
        raise DataError("timetable: the table is empty; add at least one trip")
    table = timetable.copy()
    table["arrival_s"] = table["arrival_s"].astype("float64").fillna(table["departure_s"])
    table["departure_s"] = table["departure_s"].astype("float64").fillna(table["arrival_s"])
    by = ["trip_id", "sequence"] if "sequence" in table else ["trip_id"]
    table = table.sort_values(by, kind="stable").reset_index(drop=True)
    faults = []
    empty = table.loc[~np.isfinite(table["departure_s"]), "trip_id"].unique().tolist()
    if empty:
        faults.append(f"{name_rows(empty)} have calls without a time; fill in arrival_s and departure_s")
    same = table["trip_id"].eq(table["trip_id"].shift())
    back = (same & (table["arrival_s"] < table["departure_s"].shift())) | (table["departure_s"] < table["arrival_s"])
    wrong = table.loc[back, "trip_id"].unique().tolist()
    if wrong:
        faults.append(f"{name_rows(wrong)} run backwards in time; correct them, or give a column sequence")
    size = table["trip_id"].value_counts(sort=False)
    short = size[size < 2].index.tolist()
    if short:
        faults.append(f"{name_rows(short)} have one call only; add the others")
    if faults:
        raise DataError("timetable: trips " + "; trips ".join(faults))
    return table


def calls_of_day(
    timetable: Timetable, day: dt.date, *, train_types: Collection[str] = ("passenger", "")
) -> pd.DataFrame:
    """The calls of the trains that start on a day, as the table of this module.

    Parameters
    ----------
    timetable
        Trains and their days. A row whose arrival and departure are equal is a passing and left out, but at the ends
        of the run.
    train_types
        Kinds of trains that carry passengers; the empty text is a train whose kind is not stated.

    Raises
    ------
    DataError
        A day outside the timetable, or without such trains.
    """
    if not timetable.first_day <= day <= timetable.last_day:
        raise DataError(f"{day} lies outside the timetable ({timetable.first_day} to {timetable.last_day})")
    trains = timetable.trains
    chosen = (
        timetable.runs[:, (day - timetable.first_day).days] & trains["train_type"].isin(list(train_types)).to_numpy()
    )
    stops = timetable.stops[timetable.stops["train_id"].isin(trains.index[chosen])]
    if stops.empty:
        raise DataError(f"timetable: no train of type {', '.join(filter(None, train_types))} starts on {day}")
    first = ~stops["train_id"].duplicated()
    last = ~stops["train_id"].duplicated(keep="last")
    halts = stops[first | last | (stops["depart_s"] > stops["arrive_s"])]
    named = {"train_id": "trip_id", "place": "stop_id", "arrive_s": "arrival_s", "depart_s": "departure_s"}
    return halts[list(named)].rename(columns=named).reset_index(drop=True)


def repeat_daily(timetable: pd.DataFrame, *, days: tuple[int, ...] = (-1, 0, 1)) -> pd.DataFrame:
    """The timetable of one day, also run on other days (-1 yesterday, 1 tomorrow): for journeys around midnight.

    Trips of the other days get the day behind their id, such as `1042@-1`. Where days differ, put the tables of
    several days together instead.
    """
    parts = []
    for day in days:
        part = timetable.copy()
        part[["arrival_s", "departure_s"]] += day * DAY_S
        if day:
            part["trip_id"] = part["trip_id"].astype("str") + f"@{day:+d}"
        else:
            part["trip_id"] = part["trip_id"].astype("str")
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def build_connections(
    timetable: pd.DataFrame,
    *,
    walks: pd.DataFrame | None = None,
    change_s: float | pd.Series = 120.0,
    repeat: Literal["daily", "none"] = "none",
    longest_walk_s: float = 1800.0,
) -> Connections:
    """Connections in the order of the scan.

    Parameters
    ----------
    walks
        Walks between stops: from_stop, to_stop, walk_s. Walks over other stops are added, up to `longest_walk_s`.
    change_s
        Least seconds to change within a stop: one number, or one by stop. A walk to another stop takes its walk_s.
    repeat
        "daily" runs the timetable yesterday and tomorrow too.
    """
    table = check_timetable(timetable)
    if repeat == "daily":
        table = repeat_daily(table)
    elif repeat != "none":
        raise DataError(f"repeat {repeat!r} is not known; use daily or none")
    known = list(table["stop_id"].unique())
    if walks is not None:
        known += [s for s in pd.unique(pd.concat([walks["from_stop"], walks["to_stop"]])) if s not in set(known)]
    stops = pd.Index(known)
    trips = pd.Index(table["trip_id"].unique())
    at = stops.get_indexer(pd.Index(table["stop_id"]))
    trip = trips.get_indexer(pd.Index(table["trip_id"]))
    goes_on = np.flatnonzero(trip[1:] == trip[:-1])
    leaves = table["departure_s"].to_numpy(dtype=np.float64)[goes_on]
    # By departure, then in the order of travel: rows stand so within each trip.
    order = goes_on[np.argsort(leaves, kind="stable")]
    change = _change_times(change_s, stops)
    first, to, seconds = _close_walks(walks, stops, longest_walk_s)
    net = ScanNet(
        departs=at[order].astype(np.int64),
        arrives=at[order + 1].astype(np.int64),
        departs_s=np.ascontiguousarray(leaves[np.argsort(leaves, kind="stable")]),
        arrives_s=np.ascontiguousarray(table["arrival_s"].to_numpy(dtype=np.float64)[order + 1]),
        trip=trip[order].astype(np.int64),
        change_s=change,
        foot_first=first,
        foot_to=to,
        foot_s=seconds,
        n_trips=len(trips),
    )
    return Connections(stops, trips, net)


def _change_times(change_s: float | pd.Series, stops: pd.Index) -> FloatArray:
    """Seconds to change by position of the stop."""
    if isinstance(change_s, pd.Series):
        values = change_s.reindex(stops).to_numpy(dtype=np.float64, copy=True)
    else:
        values = np.full(len(stops), float(change_s))
    bad = ~(values >= 0)
    if bad.any():
        raise DataError(f"change_s: {name_rows(stops[bad].to_list())} have no value or a negative one; set it")
    return values


def _close_walks(
    walks: pd.DataFrame | None, stops: pd.Index, longest_s: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Shortest walks between stops as rows of a CSR, walks over other stops included."""
    n = len(stops)
    if walks is None or walks.empty:
        return np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    if not (walks["walk_s"] >= 0).all():
        bad = walks.index[~(walks["walk_s"] >= 0)].to_list()
        raise DataError(f"walks: {name_rows(bad)} have walk_s that is empty or negative; set it")
    pairs = walks.groupby(["from_stop", "to_stop"], as_index=False)["walk_s"].min()
    pairs = pairs[pairs["from_stop"] != pairs["to_stop"]]
    a, b = stops.get_indexer(pairs["from_stop"]), stops.get_indexer(pairs["to_stop"])
    # A sparse graph takes a zero for no edge: a walk of no time becomes a sliver, which the rounding takes off again.
    seconds = np.maximum(pairs["walk_s"].to_numpy(dtype=np.float64), 1e-9)
    graph = coo_array((seconds, (a, b)), shape=(n, n)).tocsr()
    rows, columns, values = [], [], []
    for row in np.unique(a):
        reach = dijkstra(graph, indices=int(row), limit=max(longest_s, seconds.max()))
        found = np.flatnonzero(np.isfinite(reach) & (np.arange(n) != row))
        rows.append(np.full(len(found), row))
        columns.append(found)
        values.append(np.round(reach[found], 6))
    row_of = np.concatenate(rows)
    first = np.concatenate([[0], np.cumsum(np.bincount(row_of, minlength=n))]).astype(np.int64)
    return first, np.concatenate(columns).astype(np.int64), np.concatenate(values)
