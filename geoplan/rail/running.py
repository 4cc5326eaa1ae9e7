"""The one running-time model: used by timetables, capacity, slots and drawings alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.rail.running_kernels import run_profile
from geoplan.rail.train import Train

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STEP_M = 50.0  # longest step of the integration


@dataclass(frozen=True, eq=False)
class Track:
    """A stretch of line in the direction of travel, cut where anything changes.

    length_m, speed_kmh, grade_pct : (n_pieces,) in the order of travel
    place_at : (n_places,) piece boundary (0 .. n_pieces) at which each place stands, ascending
    """

    length_m: FloatArray
    speed_kmh: FloatArray
    grade_pct: FloatArray
    place_at: IntArray


def run_times(track: Track, train: Train, *, margin_pct: float = 0.0, step_m: float = STEP_M) -> FloatArray:
    """Seconds at each place of the track, from stand at the first to stand at the last, shape (n_places,).

    The pull is the lower of starting force and power over speed, against running resistance and grade; braking is
    constant; a lower limit holds until the tail has passed. `inf` from the place on that the train cannot reach
    because it stalls on a grade.

    Raises
    ------
    DataError
        A piece has no length or speed.
    """
    if not (track.length_m > 0).all() or not (track.speed_kmh > 0).all():
        raise DataError("track: pieces without length or speed; set length_m and speed_kmh above 0")
    pieces, at = _under_tail(track, train.length_m)
    parts = np.maximum(np.ceil(pieces.length_m / step_m).astype(np.int64), 1)
    steps = np.repeat(pieces.length_m / parts, parts)
    limit = np.repeat(np.minimum(pieces.speed_kmh, train.max_speed_kmh) / 3.6, parts)
    grade = np.repeat(np.nan_to_num(pieces.grade_pct) / 100.0, parts)
    _, time = run_profile(
        steps,
        limit,
        grade,
        train.mass_t,
        train.force_kn * 1000.0,
        train.power_kw * 1000.0,
        train.brake_ms2,
        train.resist_a_npt,
        train.resist_b_npt,
        train.resist_c_npt,
        1.0 + train.rotating_pct / 100.0,
    )
    at_piece = np.concatenate([[0], np.cumsum(parts)])
    return time[at_piece[at]] * (1.0 + margin_pct / 100.0)


def _under_tail(track: Track, tail_m: float) -> tuple[Track, IntArray]:
    """The track with limits as the front meets them (a low one holds until the tail has left it), and its places."""
    end = np.cumsum(track.length_m)
    start = end - track.length_m
    cuts = np.unique(np.concatenate([[0.0], end, (end + tail_m)[end + tail_m < end[-1]]]))
    cuts = cuts[np.concatenate([[True], np.diff(cuts) > 1e-6])]
    middle = (cuts[:-1] + cuts[1:]) / 2
    touched = (start[None, :] < middle[:, None]) & (end[None, :] > middle[:, None] - tail_m)
    limit = np.where(touched, track.speed_kmh[None, :], np.inf).min(axis=1)
    piece = np.minimum(np.searchsorted(end, middle), len(end) - 1)
    position = np.concatenate([[0.0], end])[track.place_at]
    place_at = np.argmin(np.abs(cuts[None, :] - position[:, None]), axis=1)
    return Track(np.diff(cuts), limit, track.grade_pct[piece], place_at), place_at


def run_table(track: Track, train: Train, stops: IntArray, *, margin_pct: float = 0.0) -> IntArray:
    """Whole seconds at every place of every non-stop run between two of the stops.

    Parameters
    ----------
    stops
        Positions of the places where the train may stand, ascending, the first 0 and the last that of the track.

    Returns
    -------
    Array (n_places, n_places, n_places): [i, j, k] is the time at place k of the run from stand at i to stand at j,
    rounded up; -1 where i and j are no stops, k lies outside i..j, or the train stalls.
    """
    n = len(track.place_at)
    table = np.full((n, n, n), -1, dtype=np.int64)
    for a, i in enumerate(stops):
        for j in stops[a + 1 :]:
            first, last = track.place_at[i], track.place_at[j]
            part = Track(
                track.length_m[first:last],
                track.speed_kmh[first:last],
                track.grade_pct[first:last],
                track.place_at[i : j + 1] - first,
            )
            seconds = run_times(part, train, margin_pct=margin_pct)
            if np.isfinite(seconds).all():
                table[i, j, i : j + 1] = np.ceil(seconds - 1e-6).astype(np.int64)
    return table
