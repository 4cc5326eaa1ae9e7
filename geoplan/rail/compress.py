"""Capacity by compression (UIC 406): the trains of a timetable pushed together, their order kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.rail.rules import Rules

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def separations(
    enter_s: FloatArray, leave_s: FloatArray, forward: BoolArray, *, tracks: int, blocks: int, rules: Rules
) -> FloatArray:
    """Least seconds from the entry of train i to that of a later train j of one section, shape (n, n).

    Opposing trains on one track: the first must have left, and the route must be set (meet_s). Trains of one direction
    keep one block apart at both ends of the section. -inf where two trains do not matter to each other.
    """
    run = leave_s - enter_s
    one, two = run[:, None] / blocks, run[None, :] / blocks
    following = np.maximum(one, run[:, None] + two - run[None, :]) + rules.release_s
    opposing = np.broadcast_to(run[:, None] + rules.meet_s, following.shape)
    same = forward[:, None] == forward[None, :]
    return np.where(same, following, opposing if tracks < 2 else -np.inf)


def occupancy(
    enter_s: FloatArray, leave_s: FloatArray, forward: BoolArray, *, tracks: int, blocks: int, rules: Rules
) -> float:
    """Seconds a section is taken by its trains when they follow as closely as the rules allow, in their order.

    From the entry of the first train to its entry in the next cycle (the first train once more at the end), as UIC 406
    has it. On double track the longer of the two directions.

    Parameters
    ----------
    enter_s, leave_s, forward
        One value a train, shape (n,), any order; runs and the order of entries are kept.
    """
    if len(enter_s) == 0:
        return 0.0
    groups = [forward, ~forward] if tracks >= 2 else [np.ones(len(forward), dtype=bool)]
    longest = 0.0
    for group in groups:
        if not group.any():
            continue
        enter, leave, ahead = enter_s[group], leave_s[group], forward[group]
        order = np.argsort(enter, kind="stable")
        order = np.append(order, order[0])
        apart = separations(enter[order], leave[order], ahead[order], tracks=tracks, blocks=blocks, rules=rules)
        start = np.zeros(len(order))
        for j in range(1, len(order)):
            start[j] = (start[:j] + apart[:j, j]).max()
        longest = max(longest, float(start[-1]))
    return longest


def line_occupancy(
    train: NDArray[np.int64],
    section: NDArray[np.int64],
    enter_s: FloatArray,
    leave_s: FloatArray,
    forward: BoolArray,
    *,
    tracks: NDArray[np.int64],
    blocks: NDArray[np.int64],
    rules: Rules,
) -> float:
    """The same over several sections at once: trains are rigid, meets at the loops between them keep their order.

    Rows are (train, section) pairs with positions counted from 0. Occupancy runs from the first train to its copy at
    the end of the compressed timetable.

    Raises
    ------
    DataError
        The timetable has a conflict on these sections, so that its order cannot be kept.
    """
    first_entry = np.full(train.max() + 1, np.inf)
    np.minimum.at(first_entry, train, enter_s)
    first = int(np.argmin(first_entry))
    n = len(first_entry) + 1  # the copy of the first train is the last
    apart = np.full((n, n), -np.inf)
    for k in range(section.max() + 1):
        rows = np.flatnonzero(section == k)
        rows = rows[np.argsort(enter_s[rows], kind="stable")]
        again = rows[train[rows] == first]
        ids = np.append(train[rows], np.full(len(again), n - 1))
        # The copy runs behind all others, wherever the first train stood.
        rows = np.append(rows, again)
        table = separations(
            enter_s[rows], leave_s[rows], forward[rows], tracks=int(tracks[k]), blocks=int(blocks[k]), rules=rules
        )
        for a in range(len(rows)):
            for b in range(a + 1, len(rows)):
                if ids[a] != ids[b] and np.isfinite(table[a, b]):
                    # shift_b - shift_a >= separation - (entry_b - entry_a)
                    need = table[a, b] - (enter_s[rows[b]] - enter_s[rows[a]])
                    apart[ids[a], ids[b]] = max(apart[ids[a], ids[b]], need)
    shift = np.full(n, -np.inf)
    shift[first] = 0.0
    for _ in range(n):
        new = np.maximum(shift, (shift[:, None] + apart).max(axis=0))
        if np.array_equal(new, shift):
            return float(shift[n - 1])
        shift = new
    raise DataError(
        "compression: the trains collide on these sections, so their order cannot be kept; see find_conflicts"
    )


def consumption_pct(occupancy_s: float, period_s: float, *, additional_time_rate: float = 0.0) -> float:
    """Capacity consumption by UIC 406: occupancy x (1 + additional time rate) / period, in percent.

    UIC 406 (2nd edition 2013): rates of 0.33 in the peak and 0.67 over the day on mixed traffic lines say the same as
    limits of 75 and 60 % on the occupancy itself.
    """
    return 100.0 * occupancy_s * (1.0 + additional_time_rate) / period_s


def alternation_bound(
    run_there_s: float, run_back_s: float, meet_s: float, *, period_s: float, quality: float = 1.0
) -> float:
    """Most trains, both ways, that can alternate on a single-track section: 2 S eta / (t_ab + t_ba + 2 t_x)."""
    return 2.0 * period_s * quality / (run_there_s + run_back_s + 2.0 * meet_s)
