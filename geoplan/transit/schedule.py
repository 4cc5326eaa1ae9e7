"""Public transport by timetable: one journey, or all journeys of a window from zone to zone."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable
from typing import Literal

import numpy as np
import pandas as pd

from geoplan.errors import DataError, NoRouteError, name_near, name_rows
from geoplan.transit.profile_kernels import Reach, skim_window
from geoplan.transit.scan_kernels import Labels, ScanNet, scan
from geoplan.transit.skims import complete_pairs
from geoplan.transit.timetable import Connections, build_connections

log = logging.getLogger(__name__)

SKIM_COLUMNS = ("time_s", "reached_share", "best_s", "journeys", "ride_s", "walk_s", "drive_s", "wait_s", "rides")


def timetable_skim(
    timetable: pd.DataFrame | Connections,
    access: pd.DataFrame,
    window_s: tuple[float, float],
    *,
    egress: pd.DataFrame | None = None,
    zones: Iterable[Hashable] | None = None,
    walks: pd.DataFrame | None = None,
    change_s: float | pd.Series = 120.0,
    repeat: Literal["daily", "none"] = "none",
    longest_h: float = 4.0,
) -> pd.DataFrame:
    """Journeys from zone to zone by timetable, over all departures of a window.

    Parameters
    ----------
    timetable
        As in geoplan.transit.timetable, or `Connections` made before (then `walks`, `change_s` and `repeat` are
        those it was made with).
    access, egress
        Links between zones and stops, as in `transit_skim`.
    zones
        All zones to answer for: those without a link to a stop have no way. The zones of the links when None.
    window_s
        From when to when one may want to leave home, seconds after midnight.
    walks, change_s, repeat
        As in `build_connections`.
    longest_h
        A journey that takes longer, its wait at home included, is none.

    Returns
    -------
    Table indexed by (origin, destination):

    - `time_s`: mean over the window, the wait at home for the next departure included
    - `reached_share`: share of the window from where the destination is reached; the mean is over that share
    - `best_s`: the shortest journey that leaves in the window, door to door; of it `ride_s, walk_s, drive_s, wait_s`
      and `transfers`
    - `journeys`: journeys in the window that no other one beats (leaves later and is there as early)

    No way by public transport: time_s and best_s are inf, parts NaN; so it is where the walk over a stop that both
    ends share is as quick as the shortest journey. A zone to itself is NaN.
    """
    start, stop = window_s
    if not stop > start:
        raise DataError(f"window_s {window_s}: the end is not after the start")
    if not longest_h > 0:
        raise DataError(f"longest_h {longest_h} is not above 0")
    net = _connections(timetable, walks, change_s, repeat)
    out = egress if egress is not None else access[access["mode"] != "drive"]
    if out.empty or out["mode"].eq("drive").any():
        raise DataError("egress: give walks from the stops; the car stands at the other end")
    starts, home = _reach(access, net, spread=True)
    ends, end = _reach(out, net, spread=False)
    table = skim_window(net.net, home, end, float(start), float(stop), longest_h * 3600.0)
    index = pd.MultiIndex.from_product([starts, ends], names=["origin", "destination"])
    done = pd.DataFrame(table.reshape(-1, table.shape[2]), index=index, columns=list(SKIM_COLUMNS))
    done["transfers"] = done.pop("rides") - 1.0
    # Who walks to a stop and on to the destination in less time has no use for a ride.
    shortest = done["best_s"].where(np.isfinite(done["best_s"]), done["time_s"])
    afoot = _foot_times(access, out).reindex(index).to_numpy() <= shortest.to_numpy()
    done[afoot] = np.nan
    done.loc[afoot, ["time_s", "best_s"]] = np.inf
    done.loc[afoot, ["reached_share", "journeys"]] = 0.0
    no_way = {"time_s": np.inf, "best_s": np.inf, "reached_share": 0.0, "journeys": 0.0}
    done = complete_pairs(done, zones, no_way)
    log.info("timetable skim: %d of %d pairs of zones have a journey", np.isfinite(done["time_s"]).sum(), len(done))
    return done


def find_journey(
    timetable: pd.DataFrame | Connections,
    from_stop: Hashable,
    to_stop: Hashable,
    depart_s: float,
    *,
    walks: pd.DataFrame | None = None,
    change_s: float | pd.Series = 120.0,
    repeat: Literal["daily", "none"] = "none",
    longest_h: float = 24.0,
) -> pd.DataFrame:
    """The journey that arrives first when one is at a stop at `depart_s`.

    Returns
    -------
    One row a leg: mode (ride, walk), trip_id (empty on foot), from_stop, to_stop, departure_s, arrival_s. No rows when
    both stops are the same.

    Raises
    ------
    DataError
        Unknown stop, with near ones.
    NoRouteError
        No journey within `longest_h`.
    """
    net = _connections(timetable, walks, change_s, repeat)
    a, b = _stop(net, from_stop), _stop(net, to_stop)
    columns = ["mode", "trip_id", "from_stop", "to_stop", "departure_s", "arrival_s"]
    if a == b:
        return pd.DataFrame(columns=columns)
    feet = slice(net.net.foot_first[a], net.net.foot_first[a + 1])
    near, near_s = np.r_[a, net.net.foot_to[feet]], np.r_[0.0, net.net.foot_s[feet]]
    labels = scan(net.net, near, near_s, float(depart_s), longest_h * 3600.0)
    arrive_s = labels.arrive.time_s[b]
    on_foot = dict(zip(near.tolist(), near_s.tolist(), strict=True)).get(b, np.inf)
    if on_foot <= arrive_s - depart_s and np.isfinite(on_foot):
        legs = [("walk", "", a, b, depart_s, depart_s + on_foot)]
    elif arrive_s - depart_s <= longest_h * 3600.0:
        legs = _trace(net, labels, a, b)
    else:
        raise NoRouteError(
            f"no journey from {from_stop} to {to_stop} within {longest_h:g} h of {_clock(depart_s)}", pd.DataFrame()
        )
    table = pd.DataFrame(legs, columns=columns)
    for name in ("from_stop", "to_stop"):
        table[name] = net.stops[table[name].to_numpy(dtype=np.int64)]
    return table


def stop_departures(timetable: pd.DataFrame, *, window_s: tuple[float, float] = (0.0, 86_400.0)) -> pd.Series:
    """Departures by stop in a window (a day when left out), the last call of each trip not counted."""
    table = timetable.sort_values(["trip_id", "departure_s"], kind="stable")
    goes_on = table["trip_id"].eq(table["trip_id"].shift(-1))
    inside = (table["departure_s"] >= window_s[0]) & (table["departure_s"] < window_s[1])
    counts = table.loc[goes_on & inside, "stop_id"].value_counts()
    return counts.reindex(pd.Index(table["stop_id"].unique()), fill_value=0).rename("departures").rename_axis("stop_id")


def _connections(
    timetable: pd.DataFrame | Connections,
    walks: pd.DataFrame | None,
    change_s: float | pd.Series,
    repeat: Literal["daily", "none"],
) -> Connections:
    if isinstance(timetable, Connections):
        return timetable
    return build_connections(timetable, walks=walks, change_s=change_s, repeat=repeat)


def _foot_times(access: pd.DataFrame, egress: pd.DataFrame) -> pd.Series:
    """Seconds from zone to zone over a stop in reach of both, without a ride; indexed by (origin, destination)."""
    pairs = access[["zone_id", "stop_id", "time_s"]].merge(
        egress[["zone_id", "stop_id", "time_s"]], on="stop_id", suffixes=("_out", "_in")
    )
    pairs["time_s"] = pairs["time_s_out"] + pairs["time_s_in"]
    return pairs.groupby(["zone_id_out", "zone_id_in"])["time_s"].min()


def _reach(links: pd.DataFrame, net: Connections, *, spread: bool) -> tuple[pd.Index, Reach]:
    """Zones and their links; with `spread`, the stops a walk further on are in reach too."""
    if not (links["time_s"] >= 0).all():
        bad = links.index[~(links["time_s"] >= 0)].to_list()
        raise DataError(f"links: {name_rows(bad)} have time_s that is empty or negative; set it or drop the rows")
    zones = pd.Index(links["zone_id"].unique())
    known = links[links["stop_id"].isin(net.stops)]
    if known.empty:
        raise DataError("links: none leads to a stop of the timetable; check the stop ids")
    row = zones.get_indexer(pd.Index(known["zone_id"]))
    stop = net.stops.get_indexer(pd.Index(known["stop_id"]))
    time_s = known["time_s"].to_numpy(dtype=np.float64)
    drive_s = np.where(known["mode"].eq("drive"), time_s, 0.0)
    if spread:
        size = np.diff(net.net.foot_first)[stop]
        source = np.repeat(np.arange(len(stop)), size)
        place = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + net.net.foot_first[stop[source]]
        row = np.r_[row, row[source]]
        time_s = np.r_[time_s, time_s[source] + net.net.foot_s[place]]
        drive_s = np.r_[drive_s, drive_s[source]]
        stop = np.r_[stop, net.net.foot_to[place]]
    order = np.lexsort((time_s, stop, row))
    keep = np.r_[True, (np.diff(row[order]) != 0) | (np.diff(stop[order]) != 0)]  # the quickest of each pair
    order = order[keep]
    first = np.r_[0, np.cumsum(np.bincount(row[order], minlength=len(zones)))].astype(np.int64)
    return zones, Reach(first, stop[order].astype(np.int64), time_s[order], drive_s[order])


def _trace(connections: Connections, labels: Labels, source: int, target: int) -> list[tuple]:
    """Legs from the labels, found from the end."""
    net, legs = connections.net, []
    stop, time = target, labels.arrive.time_s[target]
    last, left_at, board = labels.arrive.by[stop]
    while last >= 0:
        if left_at != stop:
            legs.append(("walk", "", left_at, stop, net.arrives_s[last], time))
        here, trip = net.departs[board], connections.trips[net.trip[last]]
        legs.append(("ride", trip, here, left_at, net.departs_s[board], net.arrives_s[last]))
        stop, time = here, labels.ready.time_s[here]
        last, left_at, board = labels.ready.by[stop]
    if stop != source:
        legs.append(("walk", "", source, stop, time - _walk(net, source, stop), time))
    return legs[::-1]


def _walk(net: ScanNet, a: int, b: int) -> float:
    feet = slice(net.foot_first[a], net.foot_first[a + 1])
    return float(net.foot_s[feet][net.foot_to[feet] == b][0])


def _stop(net: Connections, stop: Hashable) -> int:
    if stop not in net.stops:
        raise DataError(f"no stop {stop!r} in the timetable.{name_near(str(stop), [str(s) for s in net.stops])}")
    return int(net.stops.get_indexer(pd.Index([stop]))[0])


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}"
