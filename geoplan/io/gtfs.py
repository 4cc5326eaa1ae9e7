"""Passenger trains from a GTFS feed."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from pyproj import Transformer

from geoplan.errors import DataError, name_rows
from geoplan.io.gtfs_feed import Feed
from geoplan.io.gtfs_times import service_days, spread_frequencies, stop_times
from geoplan.io.timetable import Timetable, build_timetable, place_names
from geoplan.io.timetable_days import BoolArray, format_days
from geoplan.network.network import Network

log = logging.getLogger(__name__)

NUDGE_S = 30.0  # published times are whole minutes: a next stop in the same minute is put half a minute on


def is_rail(route_type: int) -> bool:
    """GTFS route types of trains on railways: 2, and 100-117 of the extended types."""
    return route_type == 2 or 100 <= route_type <= 117


def read_gtfs(
    path: str | os.PathLike[str],
    network: Network,
    *,
    first_day: dt.date,
    last_day: dt.date,
    within_m: float = 1000.0,
    route_types: Collection[int] | None = None,
) -> Timetable:
    """Trains of a feed on the stations of a network.

    Times above 24:00 are the day after, `calendar` and `calendar_dates` give the days, `frequencies` become single
    trains, and stops without times are put between their neighbours.

    Parameters
    ----------
    path
        The zip file, or a folder with its text files.
    first_day, last_day
        Period of the timetable; days outside are left out.
    within_m
        A stop belongs to the station of the same name, or else to the nearest one, within this distance.
    route_types
        GTFS route types to read; None is all trains (2 and 100-117).

    Returns
    -------
    The timetable. `meta`: source, unmatched_stops (names of stops without a station), trips_left_out (trips with fewer
    than two stations of the network), trips_without_days, stops_interpolated, stops_nudged.

    Raises
    ------
    DataError
        The feed is unsafe or no feed, files or columns are missing, or values cannot be read; with rows.
    """
    feed = Feed(Path(path))
    routes = feed.table("routes")
    kind = pd.to_numeric(routes["route_type"], errors="coerce")
    if kind.isna().any():
        rows = name_rows((routes.index[kind.isna()] + 2).to_list())
        raise DataError(f"{path}: routes.txt: {rows} have no number in route_type; get the feed again")
    chosen = kind.astype(int).map(is_rail if route_types is None else (lambda value: value in set(route_types)))
    routes = routes[chosen.astype(bool)]
    trips = feed.table("trips")
    trips = trips[trips["route_id"].isin(routes["route_id"])]
    if trips["trip_id"].duplicated().any():
        twice = trips["trip_id"][trips["trip_id"].duplicated()].to_list()
        raise DataError(f"{path}: trips.txt: the same trip_id twice: {name_rows(twice)}; get the feed again")
    times = feed.stop_times(set(trips["trip_id"]))
    runs = service_days(feed, first_day, last_day)
    stations, unmatched = _stations(feed.table("stops"), network, within_m)
    meta: dict[str, object] = {"source": os.path.basename(os.fspath(path))}
    stops, counts = _stops(times, stations, unmatched, path)
    meta |= counts
    whole = stops.groupby("train_id")["place"].transform("size") > 1
    meta["trips_left_out"] = int(trips["trip_id"].nunique() - stops[whole]["train_id"].nunique())
    stops = stops[whole]
    trips = trips[trips["trip_id"].isin(stops["train_id"])]
    known = trips["service_id"].isin(list(runs))
    meta["trips_without_days"] = int((~known).sum())
    trips = trips[known]
    stops, trips = spread_frequencies(feed, stops[stops["train_id"].isin(trips["trip_id"])], trips)
    if trips.empty:
        raise DataError(
            f"{path}: no train of the feed runs between two stations of the network from {first_day} to {last_day} "
            f"({len(unmatched)} stops lie farther than {within_m:g} m from any); check the period and the area"
        )
    return build_timetable(
        _trains(feed, trips, routes, runs, first_day),
        stops,
        first_day=first_day,
        last_day=last_day,
        network=network,
        meta=meta,
    )


def _stations(stops: pd.DataFrame, network: Network, within_m: float) -> tuple[dict[str, str], list[str]]:
    """Station (place id) of each stop, and names of stops without one."""
    position = stops[["stop_lon", "stop_lat"]].apply(pd.to_numeric, errors="coerce")
    x, y = Transformer.from_crs(4326, network.crs, always_xy=True).transform(*position.to_numpy().T)
    rail = network.edges[network.edges["mode"] == "rail"]
    ends = set(rail["u"].astype(str)) | set(rail["v"].astype(str))
    at = np.flatnonzero(network.nodes.index.astype(str).isin(ends))
    px, py = network.nodes.geometry.x.to_numpy()[at], network.nodes.geometry.y.to_numpy()[at]
    ids = [str(network.nodes.index[k]).removesuffix("@rail") for k in at]
    names = place_names(network)
    where = {key: k for k, key in enumerate(ids)}
    found: dict[str, str] = {}
    lost = []
    shown = dict(zip(stops["stop_id"], stops["stop_name"], strict=True))
    columns = (stops[name] for name in ("stop_id", "stop_name", "parent_station"))
    for k, (stop, name, parent) in enumerate(zip(*columns, strict=True)):
        if not np.isfinite(x[k]) or len(at) == 0:
            lost.append(name)
            continue
        distance = np.hypot(px - x[k], py - y[k])
        best = int(np.argmin(distance))
        for text in (name, shown.get(parent, "")):
            named = where.get(names.get(str(text).casefold(), ""))
            if named is not None and distance[named] <= within_m:
                best = named
                break
        if distance[best] <= within_m:
            found[stop] = ids[best]
        else:
            lost.append(name)
    return found, sorted(set(lost))


def _stops(
    times: pd.DataFrame, stations: dict[str, str], unmatched: list[str], path: str | os.PathLike[str]
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Rows train_id, place, arrive_s, depart_s in the order of the run, and what was mended."""
    table, n_between = stop_times(times, path)
    table["place"] = table["place"].map(lambda stop: stations.get(stop, "")).astype("str")
    lost = int((table["place"] == "").sum())
    table = table[table["place"] != ""]
    # Two platforms of one station are one stop.
    block = ((table["place"] != table["place"].shift()) | (table["train_id"] != table["train_id"].shift())).cumsum()
    table = table.groupby(block, sort=False).agg(
        train_id=("train_id", "first"),
        place=("place", "first"),
        arrive_s=("arrive_s", "first"),
        depart_s=("depart_s", "last"),
    )
    same = (table["train_id"] == table["train_id"].shift()).to_numpy()
    arrive, depart = table["arrive_s"].to_numpy().copy(), table["depart_s"].to_numpy().copy()
    nudged = 0
    for k in np.flatnonzero(same):
        if arrive[k] == depart[k - 1]:
            arrive[k] += NUDGE_S
            depart[k] = max(depart[k], arrive[k])
            nudged += 1
    table["arrive_s"], table["depart_s"] = arrive, depart
    counts: dict[str, object] = {
        "unmatched_stops": tuple(unmatched),
        "stop_times_left_out": lost,
        "stops_interpolated": n_between,
        "stops_nudged": nudged,
    }
    return table.reset_index(drop=True), counts


def _trains(
    feed: Feed, trips: pd.DataFrame, routes: pd.DataFrame, runs: dict[str, BoolArray], first_day: dt.date
) -> pd.DataFrame:
    agency = feed.table("agency")
    names = dict(zip(agency["agency_id"], agency["agency_name"], strict=True))
    single = agency["agency_name"].iloc[0] if len(agency) == 1 else ""
    of_route = routes.set_index("route_id")
    route = of_route.loc[trips["route_id"]]
    number = trips["trip_short_name"]
    # A number that several trips share would clash on common days: then the trip's own id is shown.
    unique = (number != "") & ~number.duplicated(keep=False)
    days = {service: format_days(mask, first_day) for service, mask in runs.items()}
    return pd.DataFrame(
        {
            "train": np.where(unique, number, trips["trip_id"]),
            "operator": [names.get(key, single) for key in route["agency_id"]],
            "train_type": "passenger",
            "days": trips["service_id"].map(days).to_numpy(),
            "line": route["route_short_name"].to_numpy(),
            "source": f"GTFS {feed.path.name}",
        },
        index=trips["trip_id"].to_list(),
    )
