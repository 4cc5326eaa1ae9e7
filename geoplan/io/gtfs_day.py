"""Public transport of a GTFS feed on one day: every call of every trip, the stops, and the lines' shapes.

A day of the calendar: trips of that day, and those of the evening before that run on after midnight. With
`lines_from_timetable` the calls become lines with headways for a period, with `build_connections` a timetable to travel
by.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from geoplan.errors import DataError, name_rows
from geoplan.io.gtfs_feed import Feed
from geoplan.io.gtfs_times import service_days, spread_frequencies, stop_times
from geoplan.io.osm_place import centre_of, choose_crs
from geoplan.io.timetable_days import DAY_S

log = logging.getLogger(__name__)

CALLS = ("trip_id", "sequence", "stop_id", "arrival_s", "departure_s", "line_id", "mode", "name", "shape_id")
# First and last route type of each mode: the basic ones (0-12) and the extended ones of the GTFS reference.
MODES = (
    (0, 0, "tram"), (1, 1, "metro"), (2, 2, "rail"), (3, 3, "bus"), (4, 4, "ferry"), (5, 5, "tram"),
    (7, 7, "funicular"), (11, 11, "bus"), (100, 199, "rail"), (200, 299, "bus"), (400, 404, "metro"),
    (405, 405, "rail"), (700, 899, "bus"), (900, 999, "tram"), (1000, 1099, "ferry"), (1200, 1299, "ferry"),
    (1400, 1499, "funicular"), (1500, 1599, "taxi"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class GtfsDay:
    """Public transport of one day.

    calls : columns of `CALLS`, a row a call in the order of each trip; seconds after midnight of the day, those of the
        evening before may be negative
    stops : indexed by stop_id: name, place of the stops that are called at
    shapes : indexed by shape_id: line_id, mode, trips (of the day), the line on the ground
    meta : source, day, counts of what was mended or left out
    """

    calls: pd.DataFrame
    stops: gpd.GeoDataFrame
    shapes: gpd.GeoDataFrame
    meta: dict[str, Any]


def read_gtfs_day(
    path: str | os.PathLike[str], day: dt.date | str, *, route_types: Collection[int] | None = None, crs: Any = None
) -> GtfsDay:
    """Public transport of a feed on a day: buses, trains, ferries, all that run by timetable.

    `calendar` and `calendar_dates` say what runs, `frequencies` become single trips, calls without a time are put
    between their neighbours. A trip of the evening before keeps its id with `@-1` behind it.

    Parameters
    ----------
    path
        The zip file, or a folder with its text files.
    day
        Date, or ISO text such as 2026-05-04.
    route_types
        GTFS route types to read; None is all.
    crs
        Projected system in metres; None takes EPSG:3006 in Sweden and the UTM zone elsewhere.

    Raises
    ------
    DataError
        The feed is unsafe or no feed, files or columns are missing, values cannot be read (with rows), or nothing
        runs on the day.
    """
    when = _checked_day(day)
    feed = Feed(Path(path))
    routes = _routes(feed, route_types)
    trips = feed.table("trips")
    trips = trips[trips["route_id"].isin(routes.index)]
    if trips["trip_id"].duplicated().any():
        twice = trips["trip_id"][trips["trip_id"].duplicated()].to_list()
        raise DataError(f"{path}: trips.txt: the same trip_id twice: {name_rows(twice)}; get the feed again")
    runs = service_days(feed, when - dt.timedelta(days=1), when)
    running = trips[trips["service_id"].isin(list(runs))]
    times, between = stop_times(feed.stop_times(set(running["trip_id"])), path)
    times, running = spread_frequencies(feed, times, running)
    calls = _calls(times, running, routes, runs)
    if calls.empty:
        raise DataError(f"{path}: nothing runs on {when}; choose a day within the calendar of the feed")
    stops = _stops(feed, calls, crs)
    placed = calls["stop_id"].isin(stops.index)
    lost = sorted(calls["stop_id"][~placed].unique())
    if lost:
        log.warning("%s: %s have no place and are left out", path, name_rows(lost))
    calls = calls[placed]
    calls = calls[calls.groupby("trip_id")["stop_id"].transform("size") > 1].reset_index(drop=True)
    if calls.empty:
        raise DataError(f"{path}: no trip on {when} has two stops with a place; get the feed again")
    shapes, shapeless = _shapes(feed, calls, stops.crs)
    meta = {
        "source": os.path.basename(os.fspath(path)),
        "day": when.isoformat(),
        "calls_interpolated": between,
        "stops_without_place": lost,
        "trips_without_shape": shapeless,
    }
    log.info("%s: %d trips at %d stops on %s", meta["source"], calls["trip_id"].nunique(), len(stops), when)
    return GtfsDay(calls, stops, shapes, meta)


def mode_of_route(route_type: int) -> str:
    """Word for a GTFS route type, `other` for those without one."""
    return next((mode for first, last, mode in MODES if first <= route_type <= last), "other")


def _checked_day(day: dt.date | str) -> dt.date:
    if not isinstance(day, str):
        return day
    try:
        return dt.date.fromisoformat(day)
    except ValueError as fault:
        raise DataError(f"day: {day!r} is no date; write 2026-05-04") from fault


def _routes(feed: Feed, route_types: Collection[int] | None) -> pd.DataFrame:
    """Line, mode and name of each route, by route_id."""
    routes = feed.table("routes")
    kind = pd.to_numeric(routes["route_type"], errors="coerce")
    if kind.isna().any():
        rows = name_rows((routes.index[kind.isna()] + 2).to_list())
        raise DataError(f"{feed.path}: routes.txt: {rows} have no number in route_type; get the feed again")
    short, long = routes["route_short_name"], routes["route_long_name"]
    table = pd.DataFrame(
        {
            "line_id": short.where(short != "", long.where(long != "", routes["route_id"])).to_list(),
            "mode": [mode_of_route(int(value)) for value in kind],
            "name": long.where(long != "", short).to_list(),
        },
        index=pd.Index(routes["route_id"], name="route_id"),
    )
    chosen = np.ones(len(table), dtype=bool) if route_types is None else kind.isin(list(route_types)).to_numpy()
    table = table[chosen]
    return table[~table.index.duplicated()]


def _calls(times: pd.DataFrame, trips: pd.DataFrame, routes: pd.DataFrame, runs: dict[str, Any]) -> pd.DataFrame:
    """Calls of the day, and those of the day before that end after midnight."""
    of_trip = trips.set_index("trip_id")
    parts = []
    for back, offset_s, mark in ((1, 0.0, ""), (0, -DAY_S, "@-1")):
        running = of_trip.index[np.array([runs[service][back] for service in of_trip["service_id"]], dtype=bool)]
        part = times[times["train_id"].isin(running)]
        if mark:
            late = part.groupby("train_id")["arrive_s"].transform("max") >= DAY_S
            part = part[late.to_numpy(dtype=bool)]
        trip = part["train_id"]
        route = routes.loc[of_trip.loc[trip, "route_id"]]
        parts.append(
            pd.DataFrame(
                {
                    "trip_id": trip.to_numpy() + mark,
                    "sequence": part.groupby("train_id").cumcount().to_numpy(),
                    "stop_id": part["place"].to_numpy(),
                    "arrival_s": part["arrive_s"].to_numpy() + offset_s,
                    "departure_s": part["depart_s"].to_numpy() + offset_s,
                    **{name: route[name].to_numpy() for name in ("line_id", "mode", "name")},
                    "shape_id": of_trip.loc[trip, "shape_id"].to_numpy(),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)[list(CALLS)]
    missing = table["arrival_s"].isna()
    return table[~table["trip_id"].isin(table["trip_id"][missing])].reset_index(drop=True)


def _stops(feed: Feed, calls: pd.DataFrame, crs: Any) -> gpd.GeoDataFrame:
    """Stops that are called at and have a place."""
    table = feed.table("stops").drop_duplicates("stop_id").set_index("stop_id")
    table = table[table.index.isin(calls["stop_id"].unique())]
    lon, lat = (pd.to_numeric(table[f"stop_{side}"], errors="coerce").to_numpy(dtype=float) for side in ("lon", "lat"))
    known = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    if not known.any():
        raise DataError(f"{feed.path}: stops.txt: no stop has a place in degrees; get the feed again")
    lon, lat = lon[known], lat[known]
    points = gpd.points_from_xy(lon, lat, crs=4326).to_crs(choose_crs(crs, *centre_of(lon, lat)))
    return gpd.GeoDataFrame({"name": table["stop_name"][known]}, index=table.index[known], geometry=points)


def _shapes(feed: Feed, calls: pd.DataFrame, crs: CRS) -> tuple[gpd.GeoDataFrame, int]:
    """Lines of the shapes that the trips of the day follow, and the number of trips without one."""
    trips = calls.drop_duplicates("trip_id")
    wanted = trips.groupby("shape_id").agg(
        line_id=("line_id", "first"), mode=("mode", "first"), trips=("line_id", "size")
    )
    chunks = (
        [part[part["shape_id"].isin(wanted.index)] for part in feed.chunks("shapes")] if "shapes" in feed.names else []
    )
    points = pd.concat(chunks) if chunks else feed.table("shapes")
    names = ("shape_pt_lon", "shape_pt_lat", "shape_pt_sequence")
    numbers = pd.DataFrame({name: pd.to_numeric(points[name], errors="coerce").astype("float64") for name in names})
    wrong = numbers.isna().any(axis=1) | (numbers["shape_pt_lon"].abs() > 180) | (numbers["shape_pt_lat"].abs() > 90)
    if wrong.any():
        raise DataError(f"{feed.path}: shapes.txt: {name_rows((points.index[wrong] + 2).to_list())} hold no place")
    order = np.lexsort((numbers["shape_pt_sequence"].to_numpy(), points["shape_id"].to_numpy()))
    ids, numbers = points["shape_id"].to_numpy()[order], numbers.iloc[order]
    found, shape = np.unique(ids.astype(str), return_inverse=True)
    enough = np.bincount(shape, minlength=len(found)) >= 2
    keep = enough[shape] if len(shape) else np.zeros(0, dtype=bool)
    lon, lat = (numbers[name].to_numpy()[keep] for name in names[:2])
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    found = found[enough]
    lines = shapely.linestrings(np.column_stack([x, y]), indices=np.unique(shape[keep], return_inverse=True)[1])
    table = gpd.GeoDataFrame(wanted.reindex(found), geometry=lines if len(found) else [], crs=crs)
    table.index.name = "shape_id"
    return table, int((~trips["shape_id"].isin(found)).sum())
