"""Earliest arrival on a timetable by connection scan: numpy and numba only.

A connection is one vehicle from one stop to the next without a halt between. All connections are looked at once, in
the order of departure: one is boarded when its trip is already ridden or its stop is reached in time. Source: Dibbelt,
Pajor, Strasser & Wagner (2018), Connection Scan Algorithm, ACM Journal of Experimental Algorithmics 23.

Connections of the same departure second are looked at again when one of them takes no time and opens a way to
another, so that timetables rounded to minutes lose nothing.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class ScanNet(NamedTuple):
    """Connections sorted by departure and, within a trip, by order of travel; stops and walks between them.

    departs, arrives, trip : (n,) positions of stops and trips; departs_s, arrives_s : (n,) seconds
    change_s : (n_stops,) least time to change within a stop
    foot_first, foot_to, foot_s : walks from each stop, as CSR; a walk over another stop is a walk of its own
    n_trips : number of trips
    """

    departs: NDArray[np.int64]
    arrives: NDArray[np.int64]
    departs_s: NDArray[np.float64]
    arrives_s: NDArray[np.float64]
    trip: NDArray[np.int64]
    change_s: NDArray[np.float64]
    foot_first: NDArray[np.int64]
    foot_to: NDArray[np.int64]
    foot_s: NDArray[np.float64]
    n_trips: int


class StopLabels(NamedTuple):
    """Earliest second at each stop, with the rides it took and where it came from.

    time_s, rides : (n_stops,) inf for not reached
    by : (n_stops, 3) last connection, the stop it was left at (before the walk, if any) and the connection where that
        trip was boarded; -1 for no ride
    """

    time_s: NDArray[np.float64]
    rides: NDArray[np.int64]
    by: NDArray[np.int64]


class Labels(NamedTuple):
    """What is known of the stops: `ready` to board, `left` a ride at the stop itself, `arrive` after a ride and a walk.

    boarded, trip_rides : (n_trips,) connection where the trip was boarded (-1 for none) and rides with it
    """

    ready: StopLabels
    left: StopLabels
    arrive: StopLabels
    boarded: NDArray[np.int64]
    trip_rides: NDArray[np.int64]


@njit(cache=True)
def _blank_stops(n_stops):
    return StopLabels(np.full(n_stops, np.inf), np.zeros(n_stops, np.int64), np.full((n_stops, 3), -1))


@njit(cache=True)
def scan(net, stops, ways_s, time, longest_s):
    """Earliest arrivals when leaving at `time`.

    stops, ways_s : stops that can be walked to, and seconds
    longest_s : connections that leave later than this after `time` are not looked at

    Returns `Labels`.
    """
    n_stops, n = len(net.change_s), len(net.departs_s)
    labels = Labels(
        _blank_stops(n_stops),
        _blank_stops(n_stops),
        _blank_stops(n_stops),
        np.full(net.n_trips, -1),
        np.zeros(net.n_trips, np.int64),
    )
    for k in range(len(stops)):
        labels.ready.time_s[stops[k]] = min(labels.ready.time_s[stops[k]], time + ways_s[k])
    i = np.searchsorted(net.departs_s, time)
    while i < n and net.departs_s[i] <= time + longest_s:
        end = i
        while end < n and net.departs_s[end] == net.departs_s[i]:
            end += 1
        again = True
        while again:
            again = False
            for c in range(i, end):
                _board(net, c, labels)
                # A trip that is boarded further on does not carry anybody before that.
                if 0 <= labels.boarded[net.trip[c]] <= c and _settle(net, c, labels):
                    again = True
        i = end
    return labels


@njit(cache=True)
def _board(net, c, labels):
    """Board connection c when its stop is ready and its trip is not ridden yet, or reached with more rides."""
    trip, stop = net.trip[c], net.departs[c]
    if labels.ready.time_s[stop] > net.departs_s[c]:
        return
    rides, boarded = labels.ready.rides[stop] + 1, labels.boarded[trip]
    if boarded < 0 or rides < labels.trip_rides[trip] or (c < boarded and rides == labels.trip_rides[trip]):
        labels.boarded[trip] = c
        labels.trip_rides[trip] = rides


@njit(cache=True)
def _settle(net, c, labels):
    """Labels after leaving connection c at its end. True when a stop became ready at this very second."""
    stop, time, now = net.arrives[c], net.arrives_s[c], net.departs_s[c]
    if not _note(net, c, stop, time, labels.left, labels):
        return False  # an earlier ride to this stop has opened everything that this one could
    _note(net, c, stop, time, labels.arrive, labels)
    ready = time + net.change_s[stop]
    opened = _note(net, c, stop, ready, labels.ready, labels) and ready <= now
    for k in range(net.foot_first[stop], net.foot_first[stop + 1]):
        other, at = net.foot_to[k], time + net.foot_s[k]
        _note(net, c, other, at, labels.arrive, labels)
        if _note(net, c, other, at, labels.ready, labels):
            opened = opened or at <= now
    return opened


@njit(cache=True, inline="always")
def _note(net, c, stop, time, known, labels):
    """Write the label of a stop reached after connection c when it is earlier, or as early with fewer rides."""
    trip = net.trip[c]
    if time > known.time_s[stop] or (time == known.time_s[stop] and labels.trip_rides[trip] >= known.rides[stop]):
        return False
    known.time_s[stop] = time
    known.rides[stop] = labels.trip_rides[trip]
    known.by[stop, 0] = c
    known.by[stop, 1] = net.arrives[c]
    known.by[stop, 2] = labels.boarded[trip]
    return True
