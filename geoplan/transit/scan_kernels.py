"""Earliest arrival on a timetable by connection scan: numpy and numba only.

A connection is one vehicle from one stop to the next without a halt between. All connections are looked at once, in
the order of departure: one is boarded when its trip is already ridden or its stop is reached in time. Source: Dibbelt,
Pajor, Strasser & Wagner (2018), Connection Scan Algorithm, ACM Journal of Experimental Algorithmics 23.

Connections of the same departure second are looked at again when one of them takes no time and opened a way to an
earlier one, so that timetables rounded to minutes lose nothing.

Arrays of connections (n,): conn_from, conn_to (stops), conn_dep, conn_arr (seconds), conn_trip; sorted by departure
and, within a trip, by order of travel. `change_s` (stops,): least time to change within a stop. foot_first, foot_to,
foot_s: walks between stops (closed: a walk over another stop is listed as a walk of its own).

Labels of a stop, in the rows of `info`: READY before boarding, ARRIVE after at least one ride.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

# Columns of `info`: number of rides, seconds of riding, on foot, by car to the first stop, and departure from home.
RIDES, RIDING, WALKING, DRIVING, START = 0, 1, 2, 3, 4


@njit(cache=True, inline="always")
def _better(new_time, new_start, new_rides, old_time, old_start, old_rides):
    """Earlier; or as early, by the same departure from home and with fewer rides."""
    if new_time < old_time:
        return True
    return new_time == old_time and new_start == old_start and new_rides < old_rides


@njit(cache=True)
def scan(
    conn_from,
    conn_to,
    conn_dep,
    conn_arr,
    conn_trip,
    change_s,
    foot_first,
    foot_to,
    foot_s,
    begin,
    end_dep,
    ready,
    ready_info,
    ready_by,
    arrive,
    arrive_info,
    arrive_by,
    trip_conn,
    trip_info,
):
    """Look at the connections from position `begin` on that leave before or at `end_dep`, and improve the labels.

    ready, arrive (stops,): seconds. *_info (stops, 5). *_by (stops, 3): last connection, the stop it was left at
    (before the walk, if any) and the connection where that trip was boarded; -1 for none. trip_conn (trips,): connection where a trip was boarded, -1 for none.
    """
    n = len(conn_dep)
    i = begin
    while i < n and conn_dep[i] <= end_dep:
        group_end = i
        while group_end < n and conn_dep[group_end] == conn_dep[i]:
            group_end += 1
        again = True
        while again:
            again = False
            for c in range(i, group_end):
                trip, stop = conn_trip[c], conn_from[c]
                boarded = trip_conn[trip]
                if ready[stop] <= conn_dep[c]:
                    start, rides = ready_info[stop, START], ready_info[stop, RIDES] + 1.0
                    fewer = boarded >= 0 and trip_info[trip, START] == start and rides < trip_info[trip, RIDES]
                    sooner = c < boarded and not (trip_info[trip, START] == start and rides > trip_info[trip, RIDES])
                    if boarded < 0 or fewer or sooner:
                        trip_conn[trip] = c
                        trip_info[trip, RIDES] = rides
                        trip_info[trip, RIDING] = ready_info[stop, RIDING] - conn_dep[c]
                        trip_info[trip, WALKING] = ready_info[stop, WALKING]
                        trip_info[trip, DRIVING] = ready_info[stop, DRIVING]
                        trip_info[trip, START] = start
                        boarded = c
                # A trip that is boarded further on does not carry anybody before that.
                if boarded < 0 or boarded > c:
                    continue
                if _settle(
                    c,
                    conn_to[c],
                    conn_arr[c],
                    conn_dep[c],
                    trip_conn[trip],
                    trip_info[trip],
                    change_s,
                    foot_first,
                    foot_to,
                    foot_s,
                    ready,
                    ready_info,
                    ready_by,
                    arrive,
                    arrive_info,
                    arrive_by,
                ):
                    again = True
        i = group_end


@njit(cache=True)
def _settle(
    c,
    stop,
    time,
    now,
    boarded,
    info,
    change_s,
    foot_first,
    foot_to,
    foot_s,
    ready,
    ready_info,
    ready_by,
    arrive,
    arrive_info,
    arrive_by,
):
    """Labels after leaving connection c at `stop`. True when a stop became ready at this very second."""
    rides, start = info[RIDES], info[START]
    opened = False
    if _better(time, start, rides, arrive[stop], arrive_info[stop, START], arrive_info[stop, RIDES]):
        arrive[stop] = time
        _note(arrive_info, arrive_by, stop, info, time, 0.0, c, stop, boarded)
    changed = time + change_s[stop]
    if _better(changed, start, rides, ready[stop], ready_info[stop, START], ready_info[stop, RIDES]):
        ready[stop] = changed
        _note(ready_info, ready_by, stop, info, time, 0.0, c, stop, boarded)
        opened = changed <= now
    for k in range(foot_first[stop], foot_first[stop + 1]):
        other, walked = foot_to[k], time + foot_s[k]
        if _better(walked, start, rides, arrive[other], arrive_info[other, START], arrive_info[other, RIDES]):
            arrive[other] = walked
            _note(arrive_info, arrive_by, other, info, time, foot_s[k], c, stop, boarded)
        if _better(walked, start, rides, ready[other], ready_info[other, START], ready_info[other, RIDES]):
            ready[other] = walked
            _note(ready_info, ready_by, other, info, time, foot_s[k], c, stop, boarded)
            opened = opened or walked <= now
    return opened


@njit(cache=True, inline="always")
def _note(label_info, label_by, stop, info, time, walk_s, c, left_at, boarded):
    label_info[stop, RIDES] = info[RIDES]
    label_info[stop, RIDING] = info[RIDING] + time  # the trip holds minus its departure
    label_info[stop, WALKING] = info[WALKING] + walk_s
    label_info[stop, DRIVING] = info[DRIVING]
    label_info[stop, START] = info[START]
    label_by[stop, 0] = c
    label_by[stop, 1] = left_at
    label_by[stop, 2] = boarded


@njit(cache=True)
def set_out(home_stop, home_s, home_drive_s, time, ready, ready_info, ready_by):
    """Labels of the stops in reach when leaving home at `time`; `home_drive_s` is the part of `home_s` by car."""
    for k in range(len(home_stop)):
        stop, at = home_stop[k], time + home_s[k]
        if at < ready[stop]:
            ready[stop] = at
            ready_info[stop, RIDES] = 0.0
            ready_info[stop, RIDING] = 0.0
            ready_info[stop, WALKING] = home_s[k] - home_drive_s[k]
            ready_info[stop, DRIVING] = home_drive_s[k]
            ready_info[stop, START] = time
            ready_by[stop, 0] = -1
            ready_by[stop, 1] = stop


@njit(cache=True)
def departures_from(home_stop, home_s, conn_from, conn_dep, start_s, end_s):
    """Times to leave home for a departure at a stop in reach, within the window: latest first, each once."""
    n_stops = 0
    for k in range(len(home_stop)):
        n_stops = max(n_stops, home_stop[k] + 1)
    way = np.full(n_stops, np.inf)
    for k in range(len(home_stop)):
        way[home_stop[k]] = min(way[home_stop[k]], home_s[k])
    count = 0
    times = np.empty(len(conn_dep), np.float64)
    for c in range(len(conn_dep)):
        if conn_from[c] < n_stops and way[conn_from[c]] < np.inf:
            leave = conn_dep[c] - way[conn_from[c]]
            if start_s <= leave < end_s:
                times[count] = leave
                count += 1
    times = np.sort(times[:count])
    kept = 0
    for i in range(count):
        if i == 0 or times[i] != times[i - 1]:
            times[kept] = times[i]
            kept += 1
    return times[:kept][::-1].copy()


@njit(cache=True, parallel=True)
def skim_window(
    conn_from,
    conn_to,
    conn_dep,
    conn_arr,
    conn_trip,
    change_s,
    foot_first,
    foot_to,
    foot_s,
    home_first,
    home_stop,
    home_s,
    home_drive_s,
    end_first,
    end_stop,
    end_s,
    n_trips,
    start_s,
    stop_s,
    longest_s,
):
    """Journeys from every origin to every destination for all departures of a window; parallel over the origins.

    home_first, home_stop, home_s: stops in reach of each origin (rows of a CSR), and seconds, `home_drive_s` of them
    by car; end_* likewise for the destinations. A journey longer than `longest_s` is none.

    Returns (n_origins, n_destinations, 9): mean seconds over the window with the wait at home in it; share of the
    window from where the destination is reached; seconds of the shortest journey that leaves in the window; number
    of journeys worth taking that leave in the window; of the shortest: riding, walking, driving, waiting, rides.
    """
    n_origins, n_ends, n_stops = len(home_first) - 1, len(end_first) - 1, len(change_s)
    table = np.full((n_origins, n_ends, 9), np.nan)
    for o in prange(n_origins):
        my_stop = home_stop[home_first[o] : home_first[o + 1]]
        my_s = home_s[home_first[o] : home_first[o + 1]]
        my_drive_s = home_drive_s[home_first[o] : home_first[o + 1]]
        ready = np.full(n_stops, np.inf)
        arrive = np.full(n_stops, np.inf)
        ready_info = np.zeros((n_stops, 5))
        arrive_info = np.zeros((n_stops, 5))
        ready_by = np.full((n_stops, 3), -1)
        arrive_by = np.full((n_stops, 3), -1)
        trip_conn = np.full(n_trips, -1)
        trip_info = np.zeros((n_trips, 5))
        inside = departures_from(my_stop, my_s, conn_from, conn_dep, start_s, stop_s)
        reach = np.full(n_ends, np.inf)  # arrival when leaving at the event before (which is later in time)
        area = np.zeros(n_ends)
        covered = np.zeros(n_ends)
        best = np.full(n_ends, np.inf)
        count = np.zeros(n_ends)
        # Latest first: what was reached by leaving later is also reached by leaving earlier and waiting at home.
        for e in range(-1, len(inside)):
            time = stop_s if e < 0 else inside[e]
            before = start_s if e + 1 >= len(inside) else inside[e + 1]
            set_out(my_stop, my_s, my_drive_s, time, ready, ready_info, ready_by)
            scan(
                conn_from, conn_to, conn_dep, conn_arr, conn_trip, change_s, foot_first, foot_to, foot_s,
                np.searchsorted(conn_dep, time), time + longest_s,
                ready, ready_info, ready_by, arrive, arrive_info, arrive_by, trip_conn, trip_info,
            )  # fmt: skip
            for d in range(n_ends):
                at, by = np.inf, -1
                for k in range(end_first[d], end_first[d + 1]):
                    if arrive[end_stop[k]] + end_s[k] < at:
                        at = arrive[end_stop[k]] + end_s[k]
                        by = k
                if at < reach[d]:
                    if e >= 0 and at - time <= longest_s:
                        count[d] += 1.0
                        if at - time < best[d]:
                            best[d] = at - time
                            info = arrive_info[end_stop[by]]
                            table[o, d, 4] = info[RIDING]
                            table[o, d, 5] = info[WALKING] + end_s[by]
                            table[o, d, 6] = info[DRIVING]
                            table[o, d, 7] = at - time - info[RIDING] - info[WALKING] - info[DRIVING] - end_s[by]
                            table[o, d, 8] = info[RIDES]
                    reach[d] = at
                # Between this departure and the one before, the time to the arrival falls second by second.
                first = max(before, reach[d] - longest_s)
                if first < time:
                    area[d] += (time - first) * (reach[d] - 0.5 * (first + time))
                    covered[d] += time - first
        for d in range(n_ends):
            table[o, d, 0] = area[d] / covered[d] if covered[d] > 0.0 else np.inf
            table[o, d, 1] = covered[d] / (stop_s - start_s)
            table[o, d, 2] = best[d]
            table[o, d, 3] = count[d]
    return table
