"""From zones to stops: on foot, or by car to a stop with parking.

A table of access links has the columns zone_id, stop_id, time_s, length_m, mode (walk or drive), parking_s, assumed.
Egress links are the same table read the other way.
"""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network
from geoplan.routing.skim import skim

log = logging.getLogger(__name__)

COLUMNS = ("zone_id", "stop_id", "time_s", "length_m", "mode", "parking_s", "assumed")


def walk_links(
    zones: gpd.GeoDataFrame,
    stops: gpd.GeoDataFrame,
    *,
    speed_kmh: float = 5.0,
    detour: float = 1.25,
    max_km: float = 2.0,
    least_m: float = 0.0,
    most_stops: int = 10,
) -> pd.DataFrame:
    """Walks from the point of each zone to the stops near it, as the crow flies times a detour factor.

    Parameters
    ----------
    zones, stops
        Points (or areas, of which the centroid counts), in one projected system in metres.
    speed_kmh, detour
        Walking speed and the length of a walk over the straight line: common planning figures, marked as assumed.
    max_km
        Longest walk.
    least_m
        Shortest walk: people of a zone do not all live at its point.
    most_stops
        Nearest stops kept for each zone.

    Returns
    -------
    Access links. Zones without a stop in reach have no row; they are named in the log and in `.attrs["without_stop"]`.
    """
    _check_points(zones, stops)
    here, there = _xy(zones), _xy(stops)
    length = detour * np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1))
    length = np.maximum(length, least_m)
    nearest = np.argsort(length, axis=1, kind="stable")[:, :most_stops]
    rows = np.repeat(np.arange(len(zones)), nearest.shape[1])
    columns = nearest.ravel()
    keep = length[rows, columns] <= max_km * 1000.0
    rows, columns = rows[keep], columns[keep]
    links = _links(zones.index[rows], stops.index[columns], length[rows, columns], "walk")
    links["time_s"] = links["length_m"] / (speed_kmh / 3.6)
    links["assumed"] = "length_m,time_s"
    return _named(links, zones.index, f"{max_km:g} km walk of a stop")


def drive_links(
    network: Network,
    zones: gpd.GeoDataFrame,
    stops: gpd.GeoDataFrame,
    *,
    parking_s: float = 180.0,
    max_min: float = 60.0,
    most_stops: int = 10,
    last_m: float = 2000.0,
    last_kmh: float = 30.0,
    detour: float = 1.25,
    time_s: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Drives from each zone to the stops with parking: the first half of park and ride.

    Parameters
    ----------
    network
        Network with roads.
    zones
        Zones with `node_id`, the road node where their trips start.
    stops
        Points of the stops where one may park.
    parking_s
        Seconds to park and walk to the platform; an assumption unless counted.
    max_min
        Longest drive, parking included.
    last_m, last_kmh, detour
        A stop that is no road node is driven to from the nearest one, at most `last_m` away as the crow flies, at this
        speed and detour. Stops farther off are named in the log and in `.attrs["stops_off_road"]`.
    time_s
        Table zones x stops of driving seconds to use instead, such as that of a loaded network.

    Returns
    -------
    Access links of mode `drive`. Zones out of reach are named in the log and in `.attrs["without_stop"]`.
    """
    _check_points(zones, stops)
    off_road: list[object] = []
    if time_s is None:
        nodes, last_s, off_road = _road_ends(network, stops, last_m, last_kmh / 3.6 / detour)
        stops = stops.drop(index=off_road)
        drive = skim(network, list(zones["node_id"]), nodes, modes=("road",)).to_numpy() + last_s if nodes else None
        table = drive if drive is not None else np.empty((len(zones), 0))
    else:
        lost = [stop for stop in stops.index if stop not in time_s.columns]
        if lost:
            raise DataError(f"time_s: {name_rows(lost)} are no columns; give driving times to every stop")
        table = time_s.reindex(index=zones.index, columns=stops.index).to_numpy(dtype=np.float64)
    table = table + parking_s
    nearest = np.argsort(table, axis=1, kind="stable")[:, :most_stops]
    rows = np.repeat(np.arange(len(zones)), nearest.shape[1])
    columns = nearest.ravel()
    keep = table[rows, columns] <= max_min * 60.0
    rows, columns = rows[keep], columns[keep]
    links = _links(zones.index[rows], stops.index[columns], np.full(len(rows), np.nan), "drive")
    links["time_s"] = table[rows, columns]
    links["parking_s"] = parking_s
    links["assumed"] = "parking_s"
    links = _named(links, zones.index, f"{max_min:g} minutes' drive of a stop with parking")
    links.attrs["stops_off_road"] = off_road
    return links


def _road_ends(
    network: Network, stops: gpd.GeoDataFrame, last_m: float, last_ms: float
) -> tuple[list[str | int], np.ndarray, list[object]]:
    """Road node of each stop, seconds from there to the stop, and the stops without a road node near."""
    road = network.edges[network.edges["mode"] == "road"]
    ends = network.nodes.loc[network.nodes.index.isin(road["u"]) | network.nodes.index.isin(road["v"])]
    if ends.empty:
        raise DataError("network: has no roads to drive to a stop on; load them")
    distance, nearest = cKDTree(_xy(ends)).query(_xy(stops))
    near = distance <= last_m
    off_road = stops.index[~near].to_list()
    if off_road:
        log.info("stops: %s are more than %g m from every road node", name_rows(off_road), last_m)
    return ends.index[nearest[near]].to_list(), distance[near] / last_ms, off_road


def stop_walks(
    stops: gpd.GeoDataFrame, *, speed_kmh: float = 5.0, detour: float = 1.25, max_m: float = 500.0
) -> pd.DataFrame:
    """Walks between stops near each other: columns from_stop, to_stop, walk_s, both ways."""
    _check_points(stops, stops)
    pairs = stops.sindex.query(stops.geometry, predicate="dwithin", distance=max_m / detour)
    a, b = pairs[0], pairs[1]
    keep = a != b
    a, b = a[keep], b[keep]
    xy = _xy(stops)
    length = detour * np.hypot(*(xy[a] - xy[b]).T)
    table = pd.DataFrame({"from_stop": stops.index[a], "to_stop": stops.index[b], "walk_s": length / (speed_kmh / 3.6)})
    return table.sort_values(["from_stop", "to_stop"], kind="stable").reset_index(drop=True)


def _links(zone_ids: pd.Index, stop_ids: pd.Index, length_m: np.ndarray, mode: str) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "zone_id": zone_ids, "stop_id": stop_ids, "time_s": np.nan, "length_m": length_m,
            "mode": mode, "parking_s": 0.0, "assumed": "",
        }
    )  # fmt: skip
    return table[list(COLUMNS)]


def _named(links: pd.DataFrame, zone_ids: pd.Index, what: str) -> pd.DataFrame:
    """The links, with the zones that have none on record."""
    without = zone_ids.difference(pd.Index(links["zone_id"]), sort=False).to_list()
    if without:
        log.info("zones: %s are not within %s", name_rows(without), what)
    links = links.reset_index(drop=True)
    links.attrs["without_stop"] = without
    return links


def _xy(places: gpd.GeoDataFrame) -> np.ndarray:
    points = places.geometry.centroid
    return np.column_stack([points.x, points.y])


def _check_points(zones: gpd.GeoDataFrame, stops: gpd.GeoDataFrame) -> None:
    for name, table in (("zones", zones), ("stops", stops)):
        if table.crs is None or not table.crs.is_projected:
            raise DataError(f"{name}: not in a projected coordinate system in metres; call to_crs first")
        lost = table.index[table.geometry.isna() | table.geometry.is_empty].to_list()
        if lost:
            raise DataError(f"{name}: {name_rows(lost)} have no point; add it")
    if zones.crs != stops.crs:
        raise DataError(f"zones are in {zones.crs.to_string()}, stops in {stops.crs.to_string()}; bring both into one")
