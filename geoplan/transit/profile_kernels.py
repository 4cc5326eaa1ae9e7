"""All journeys of a window at once, by the connection scan of profiles: numpy and numba only.

For one destination the connections are looked at in the order of departure, the latest first. Each stop keeps the
departures worth taking there, each with its arrival at the destination; a later departure with the same arrival makes
an earlier one worthless. Source: Dibbelt, Pajor, Strasser & Wagner (2018), Connection Scan Algorithm, section 4.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

# What a departure holds beside its second: arrival at the destination, rides, seconds of riding and on foot. A trip
# holds the arrival, rides, riding and walking after it is left, and the second it is left at.
ARRIVAL, RIDES, RIDING, WALKING, LEFT = 0, 1, 2, 3, 4


class Reach(NamedTuple):
    """Stops in reach of each zone, as CSR: position of the stop, seconds, and seconds of them by car."""

    first: NDArray[np.int64]
    stop: NDArray[np.int64]
    time_s: NDArray[np.float64]
    drive_s: NDArray[np.float64]


class Profile(NamedTuple):
    """Departures worth taking from each stop to one destination, the latest first.

    Those of stop i are first[i] .. first[i] + size[i] - 1 of `depart_s` (seconds) and `info` (4 columns).
    """

    first: NDArray[np.int64]
    size: NDArray[np.int64]
    depart_s: NDArray[np.float64]
    info: NDArray[np.float64]


@njit(cache=True)
def _next_departure(profile, stop, time):
    """Position of the best departure from `stop` at `time` or later, -1 when there is none."""
    low, high = 0, profile.size[stop]  # departures [0, low) leave at `time` or later
    start = profile.first[stop]
    while low < high:
        middle = (low + high) >> 1
        if profile.depart_s[start + middle] >= time:
            low = middle + 1
        else:
            high = middle
    return start + low - 1 if low > 0 else -1


@njit(cache=True, inline="always")
def _leave(best, left_s, arrival, rides, riding, walking):
    """Leave the trip at `left_s` when that is better: earlier there, or as early with fewer rides."""
    if arrival < best[ARRIVAL] or (arrival == best[ARRIVAL] and rides < best[RIDES]):
        best[ARRIVAL] = arrival
        best[RIDES] = rides
        best[RIDING] = riding
        best[WALKING] = walking
        best[LEFT] = left_s


@njit(cache=True)
def _ride(net, c, egress_s, profile, best):
    """Improve `best`, what the trip of connection c can do, by leaving it at the end of c."""
    stop, time = net.arrives[c], net.arrives_s[c]
    _leave(best, time, time + egress_s[stop], 0.0, 0.0, egress_s[stop])
    k = _next_departure(profile, stop, time + net.change_s[stop])
    if k >= 0:
        then = profile.info[k]
        _leave(best, time, then[ARRIVAL], then[RIDES], then[RIDING], then[WALKING])
    for f in range(net.foot_first[stop], net.foot_first[stop + 1]):
        other, foot_s = net.foot_to[f], net.foot_s[f]
        _leave(best, time, time + foot_s + egress_s[other], 0.0, 0.0, foot_s + egress_s[other])
        k = _next_departure(profile, other, time + foot_s)
        if k >= 0:
            then = profile.info[k]
            _leave(best, time, then[ARRIVAL], then[RIDES], then[RIDING], foot_s + then[WALKING])


@njit(cache=True)
def _offer(net, c, best, profile):
    """Add the departure of connection c to its stop when it is worth taking. Whether it was."""
    stop, time = net.departs[c], net.departs_s[c]
    last = profile.first[stop] + profile.size[stop] - 1
    rides = best[RIDES] + 1.0
    if profile.size[stop] > 0:
        known = profile.info[last]
        same = profile.depart_s[last] == time
        if best[ARRIVAL] > known[ARRIVAL]:
            return False
        if best[ARRIVAL] == known[ARRIVAL] and not (same and rides < known[RIDES]):
            return False
        if not same:
            last += 1
            profile.size[stop] += 1
    else:
        last += 1
        profile.size[stop] = 1
    profile.depart_s[last] = time
    profile.info[last, ARRIVAL] = best[ARRIVAL]
    profile.info[last, RIDES] = rides
    profile.info[last, RIDING] = best[RIDING] + best[LEFT] - time
    profile.info[last, WALKING] = best[WALKING]
    return True


@njit(cache=True)
def grow_profile(net, egress_s, begin, end):
    """Departures worth taking to one destination, from the connections at positions begin .. end - 1.

    egress_s : (n_stops,) seconds from each stop to the destination, inf where there is no way
    """
    n_stops = len(net.change_s)
    first = np.zeros(n_stops + 1, np.int64)
    for c in range(begin, end):
        first[net.departs[c] + 1] += 1
    first = np.cumsum(first)
    profile = Profile(first, np.zeros(n_stops, np.int64), np.empty(end - begin), np.empty((end - begin, 4)))
    best = np.full((net.n_trips, 5), np.inf)
    stop_at = end
    while stop_at > begin:
        start = stop_at - 1
        instant = net.arrives_s[start] == net.departs_s[start]
        while start > begin and net.departs_s[start - 1] == net.departs_s[stop_at - 1]:
            start -= 1
            instant = instant or net.arrives_s[start] == net.departs_s[start]
        # Connections that take no time may open a way to others of the same second: look again until nothing changes.
        before = np.empty((0, 5))
        if instant:
            before = np.empty((stop_at - start, 5))
            for c in range(start, stop_at):
                before[c - start] = best[net.trip[c]]
        again = True
        while again:
            again = False
            for c in range(stop_at - 1, start - 1, -1):
                _ride(net, c, egress_s, profile, best[net.trip[c]])
                if best[net.trip[c], ARRIVAL] < np.inf and _offer(net, c, best[net.trip[c]], profile):
                    again = instant
            if again:
                for c in range(start, stop_at):
                    best[net.trip[c]] = before[c - start]
        stop_at = start
    return profile


@njit(cache=True)
def _journeys(profile, stops, ways_s, start_s, stop_s, times, rows, ways):
    """Departures from home in [start_s, stop_s) into the arrays given, and the best arrival when leaving at stop_s.

    Returns (count, arrival); the count may be larger than the arrays are long: then they must grow.
    """
    count, after = 0, np.inf
    for k in range(len(stops)):
        begin = profile.first[stops[k]]
        for row in range(begin, begin + profile.size[stops[k]]):
            leave = profile.depart_s[row] - ways_s[k]
            if leave < start_s:
                break
            if leave >= stop_s:
                after = min(after, profile.info[row, ARRIVAL])
                continue
            if count < len(times):
                times[count] = leave
                rows[count] = row
                ways[count] = k
            count += 1
    return count, after


@njit(cache=True)
def _sum_up(profile, ways_s, drives_s, times, rows, ways, after, start_s, stop_s, longest_s, result):
    """The figures of one pair of zones (see `skim_window`) from its departures, in `result`."""
    area, covered, worth, best = 0.0, 0.0, 0.0, np.inf
    order = np.argsort(-times)
    reach, time, e = after, stop_s, 0  # arrival when leaving home at `time`, which goes back from the end
    while True:
        before = times[order[e]] if e < len(order) else start_s
        # Between this departure and the one before, the time to the arrival falls second by second.
        first = max(before, reach - longest_s)
        if first < time:
            area += (time - first) * (reach - 0.5 * (first + time))
            covered += time - first
        if e == len(order):
            break
        time, pick = before, -1
        while e < len(order) and times[order[e]] == time:
            if profile.info[rows[order[e]], ARRIVAL] < reach:
                pick = order[e]
                reach = profile.info[rows[pick], ARRIVAL]
            e += 1
        if pick < 0 or reach - time > longest_s:
            continue
        worth += 1.0
        if reach - time < best:
            info, k = profile.info[rows[pick]], ways[pick]
            best = reach - time
            result[4] = info[RIDING]
            result[5] = info[WALKING] + ways_s[k] - drives_s[k]
            result[6] = drives_s[k]
            result[7] = best - info[RIDING] - info[WALKING] - ways_s[k]
            result[8] = info[RIDES]
    result[0] = area / covered if covered > 0.0 else np.inf
    result[1] = covered / (stop_s - start_s)
    result[2] = best
    result[3] = worth


@njit(cache=True, parallel=True)
def skim_window(net, home, end, start_s, stop_s, longest_s):
    """Journeys from every origin to every destination for all departures of a window; parallel over destinations.

    home, end : `Reach` of the origins and of the destinations. A journey longer than `longest_s` is none.

    Returns (n_origins, n_destinations, 9): mean seconds over the window with the wait at home in it; share of the
    window from where the destination is reached; seconds of the shortest journey that leaves in the window; number
    of journeys worth taking that leave in the window; of the shortest: riding, walking, driving, waiting, rides.
    """
    n_origins, n_ends = len(home.first) - 1, len(end.first) - 1
    begin = np.searchsorted(net.departs_s, start_s)
    finish = np.searchsorted(net.departs_s, stop_s + longest_s, side="right")
    table = np.full((n_origins, n_ends, 9), np.nan)
    for d in prange(n_ends):
        egress_s = np.full(len(net.change_s), np.inf)
        for k in range(end.first[d], end.first[d + 1]):
            egress_s[end.stop[k]] = min(egress_s[end.stop[k]], end.time_s[k])
        profile = grow_profile(net, egress_s, begin, finish)
        size = 256
        times, rows, ways = np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64)
        for o in range(n_origins):
            a, b = home.first[o], home.first[o + 1]
            stops, ways_s, drives_s = home.stop[a:b], home.time_s[a:b], home.drive_s[a:b]
            count, after = _journeys(profile, stops, ways_s, start_s, stop_s, times, rows, ways)
            if count > size:
                size = 2 * count
                times, rows, ways = np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64)
                count, after = _journeys(profile, stops, ways_s, start_s, stop_s, times, rows, ways)
            _sum_up(
                profile, ways_s, drives_s, times[:count], rows[:count], ways[:count], after,
                start_s, stop_s, longest_s, table[o, d],
            )  # fmt: skip
    return table
