"""Slots that do not fit every week: the fewest exceptions, and whom a given way would hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.io.timetable import Timetable
from geoplan.rail.occupation import CLOSED, FULL, MAX_BITS, SAME, Occupation, first_rows
from geoplan.rail.slot_kernels import NEVER, full_spans, hit_pieces, least_hit, leg_bans, popcount, section_ban
from geoplan.rail.slots import Found, SlotTask, search

LONG_WAIT_S = 2 * 3600
MAX_GROUPS = 7  # of weeks: up to 127 sets are searched one by one

IntArray = NDArray[np.int64]
MaskArray = NDArray[np.uint64]


@dataclass(frozen=True)
class Way:
    """One run of the new train: departure, stops (positions in `task.stops`) with arrival and departure, bits hit."""

    departure_s: int
    stop: tuple[int, ...]
    arrive_s: tuple[int, ...]
    depart_s: tuple[int, ...]
    hits: int

    @property
    def arrival_s(self) -> int:
        return self.arrive_s[-1]


@dataclass(frozen=True, eq=False)
class _Search:
    """What `least_hit` needs beside the departure: weeks of the same traffic put together, pieces of all runs."""

    task: SlotTask
    groups: tuple[int, ...]  # bits of the weeks behind each bit of the search
    weight: IntArray
    piece_first: IntArray
    piece_start: IntArray
    piece_mask: MaskArray
    end_first: IntArray
    end_time: IntArray


def search_least(
    task: SlotTask,
    *,
    departures: Sequence[int] | None = None,
    most: int | None = None,
    never_all: bool = False,
    max_labels: int = 100_000,
) -> list[Way]:
    """For each departure the way that hits the fewest weeks, as long as that is no more than the best of all.

    Weeks in which the same trains run are put together. With few such groups each set of them is searched for, the
    largest first; with many, labels (time, weeks hit) are carried along the line.

    Parameters
    ----------
    departures
        Seconds from Monday 0:00, ascending; all of the task when None.
    most
        List every departure that hits no more weeks than this; None lists those that hit the fewest.
    never_all
        It is known that none of the departures is free every week.
    max_labels
        Labels kept at a stop. With fewer than needed the ways found still run, but need not hit the fewest.

    Returns
    -------
    The ways; empty when none can run in any week.
    """
    times = [int(t) for t in (task.departures if departures is None else departures)]
    if not times:
        return []
    others, groups = _same_weeks(task.others)
    if len(groups) <= MAX_GROUPS:
        return _by_sets(replace(task, departures=np.array(times, dtype=np.int64)), groups, most, never_all)
    return _by_labels(replace(task, others=others), groups, times, most, max_labels)


def _by_sets(task: SlotTask, groups: tuple[int, ...], most: int | None, never_all: bool) -> list[Way]:
    """Sets of weeks with the same traffic, the largest first: the first that leaves a way is the best."""
    total = sum(bin(group).count("1") for group in groups)
    sets: dict[int, list[int]] = {}
    for chosen in range(1, 2 ** len(groups) - int(never_all)):
        weeks = sum(group for k, group in enumerate(groups) if chosen >> k & 1)
        sets.setdefault(bin(weeks).count("1"), []).append(weeks)
    ways: dict[int, Way] = {}
    for size in sorted(sets, reverse=True):
        if (most is None and ways) or (most is not None and total - size > most):
            break
        level: dict[int, Way] = {}
        for weeks in sets[size]:
            for way in free_ways(task, search(replace(task, others=only_weeks(task.others, weeks)))):
                known = level.get(way.departure_s)
                if way.departure_s not in ways and (known is None or way.arrival_s < known.arrival_s):
                    missed = sum(groups) & ~weeks
                    level[way.departure_s] = replace(way, hits=missed & _hit_bits(task, way))
        ways |= level
    return [ways[key] for key in sorted(ways)]


def _hit_bits(task: SlotTask, way: Way) -> int:
    """Weeks that a way hits."""
    masks = who_is_hit(task, way)["mask"].to_list()
    bits = 0
    for mask in masks:
        bits |= int(mask)
    return bits


def only_weeks(others: Occupation, weeks: int) -> Occupation:
    """What is in the way in some of the weeks."""
    bits = np.uint64(weeks)
    on, full = (others.sec_mask & bits) != 0, (others.pla_mask & bits) != 0
    section = np.repeat(np.arange(len(others.sec_first) - 1), np.diff(others.sec_first))[on]
    place = np.repeat(np.arange(len(others.pla_first) - 1), np.diff(others.pla_first))[full]
    return replace(
        others,
        sec_first=first_rows(section, len(others.sec_first) - 1),
        sec_enter=others.sec_enter[on],
        sec_leave=others.sec_leave[on],
        sec_kind=others.sec_kind[on],
        sec_mask=others.sec_mask[on],
        sec_item=others.sec_item[on],
        pla_first=first_rows(place, len(others.pla_first) - 1),
        pla_low=others.pla_low[full],
        pla_high=others.pla_high[full],
        pla_mask=others.pla_mask[full],
        pla_item=others.pla_item[full],
    )


def free_ways(task: SlotTask, found: Found) -> list[Way]:
    """The ways that a search found, in the order of departures."""
    return [
        Way(
            int(task.departures[q]),
            tuple(found.way_stop[q, : found.n_way[q]].tolist()),
            tuple(found.way_arrive[q, : found.n_way[q]].tolist()),
            tuple(found.way_depart[q, : found.n_way[q]].tolist()),
            0,
        )
        for q in np.flatnonzero(found.free)
    ]


def _by_labels(
    task: SlotTask, groups: tuple[int, ...], times: Sequence[int], most: int | None, max_labels: int
) -> list[Way]:
    """Label search of each departure, with more and more weeks that may be hit until a way is found."""
    prepared = _prepare(task, groups)
    total = int(prepared.weight.sum())
    bound = 0 if most is None else most
    while True:
        found: list[tuple[int, Way]] = []
        limit = bound
        for departure in times:
            way = _least(prepared, departure, limit, max_labels)
            if way is None:
                continue
            count = int(popcount(np.uint64(way.hits)))
            if most is None and count < limit:
                limit, found = count, []
            found.append((count, way))
        if found or most is not None or bound >= total:
            return [way for count, way in found if most is not None or count <= limit]
        bound = min(2 * bound + 1, total)


def _least(prepared: _Search, departure: int, most: int, max_labels: int) -> Way | None:
    p, o, task = prepared, prepared.task.others, prepared.task
    bits, arrival, stop, arrive, depart, _ = least_hit(
        departure, most, p.weight, task.table, task.stops, task.dwell_s, p.piece_first, p.piece_start, p.piece_mask,
        o.pla_first, o.pla_low, o.pla_high, o.pla_mask, p.end_first, p.end_time, task.latest_s, max_labels,
    )  # fmt: skip
    if arrival == NEVER:
        return None
    weeks = 0
    for b, group in enumerate(p.groups):
        if int(bits) >> b & 1:
            weeks |= group
    return Way(departure, tuple(stop.tolist()), tuple(arrive.tolist()), tuple(depart.tolist()), weeks)


def _prepare(task: SlotTask, groups: tuple[int, ...]) -> _Search:
    others = task.others
    first, start, mask = _pieces(task)
    end_first, ends = [0], []
    for place in task.stops:
        here = np.unique(others.pla_high[others.pla_first[place] : others.pla_first[place + 1]])
        ends.append(here)
        end_first.append(end_first[-1] + len(here))
    return _Search(
        task,
        groups,
        np.array([bin(group).count("1") for group in groups], dtype=np.int64),
        first,
        start,
        mask,
        np.array(end_first, dtype=np.int64),
        np.concatenate(ends),
    )


def _same_weeks(others: Occupation) -> tuple[Occupation, tuple[int, ...]]:
    """One bit for all weeks in which the same trains run, and the weeks behind each bit."""
    shifts = np.arange(others.n_bits, dtype=np.uint64)
    masks = np.unique(np.concatenate([others.sec_mask, others.pla_mask]))
    columns = (masks[:, None] >> shifts & np.uint64(1)).astype(bool)
    _, group = np.unique(columns, axis=1, return_inverse=True) if len(masks) else (None, np.zeros(others.n_bits, int))
    group = np.asarray(group).ravel()
    n_groups = int(group.max()) + 1
    firsts = np.array([int(np.argmax(group == g)) for g in range(n_groups)], dtype=np.uint64)

    def narrow(mask: MaskArray) -> MaskArray:
        bits = (mask[:, None] >> firsts & np.uint64(1)) << np.arange(n_groups, dtype=np.uint64)
        return bits.sum(axis=1, dtype=np.uint64)

    weeks = tuple(sum(1 << int(b) for b in np.flatnonzero(group == g)) for g in range(n_groups))
    narrowed = replace(others, sec_mask=narrow(others.sec_mask), pla_mask=narrow(others.pla_mask), n_bits=n_groups)
    return narrowed, weeks


def _pieces(task: SlotTask) -> tuple[IntArray, IntArray, MaskArray]:
    """`hit_pieces` of every run between two stops."""
    o, m = task.others, len(task.stops)
    t0, t1 = int(task.departures[0]), task.latest_s
    first, start, mask = [0], [], []
    for a in range(m):
        for b in range(m):
            i, j = task.stops[a], task.stops[b]
            if b > a and task.table[i, j, j] >= 0 and not task.must[a + 1 : b].any():
                low, high, bits = leg_bans(
                    i, j, task.table[i, j], o.sec_first, o.sec_enter, o.sec_leave, o.sec_kind, o.sec_mask, o.blocks,
                    o.pla_first, o.pla_low, o.pla_high, o.pla_mask, task.rules.meet_s, task.rules.release_s, t0, t1,
                )  # fmt: skip
                s, bits = hit_pieces(low, high, bits, t0, t1)
                start.append(s)
                mask.append(bits)
                first.append(first[-1] + len(s))
            else:
                first.append(first[-1])
    return np.array(first, dtype=np.int64), np.concatenate(start), np.concatenate(mask)


def search_items(task: SlotTask, departure: int, *, max_labels: int = 40) -> tuple[SlotTask, list[Way]]:
    """The way of one departure that meets the fewest other trains and works, and the task it is a way of.

    max_labels bounds the work: on busy lines the set found need not be the smallest of all.
    """
    item_task = by_item(task, departure)
    groups = tuple(1 << b for b in range(item_task.others.n_bits))
    return item_task, _by_labels(item_task, groups, [departure], None, max_labels)


def by_item(task: SlotTask, departure: int) -> SlotTask:
    """The same task for one departure, with one bit a train or work instead of one a week.

    Only what is on the line between the departure and the latest arrival gets a bit; when that is more than 63, several
    share one, and counts are counts of bits.
    """
    last = int(task.stops[-1])
    run = max(int(task.table[0, last, last]), 0)
    # Waiting for hours is no answer to who is in the way.
    task = replace(
        task,
        departures=np.array([departure], dtype=np.int64),
        latest_s=min(task.latest_s, departure + 2 * run + LONG_WAIT_S),
    )
    o = task.others
    near_section = (o.sec_leave > departure) & (o.sec_enter < task.latest_s)
    near_stay = (o.stay_depart > departure) & (o.stay_arrive < task.latest_s)
    shut = (o.pla_item != FULL) & (o.pla_high > departure) & (o.pla_low < task.latest_s)
    items = np.unique(np.concatenate([o.sec_item[near_section], o.stay_item[near_stay], o.pla_item[shut]]))
    bit = np.arange(len(items)) % MAX_BITS
    if len(items) == 0:
        return replace(task, others=replace(o, n_bits=1))

    def masks(item: IntArray, near: NDArray[np.bool_]) -> MaskArray:
        position = np.searchsorted(items, item)
        position = np.where(near, np.minimum(position, len(items) - 1), 0)
        return np.where(near, np.uint64(1) << bit[position].astype(np.uint64), np.uint64(0))

    sec_mask, stay_mask = masks(o.sec_item, near_section), masks(o.stay_item, near_stay)
    tracks = task.line.layout.places.loc[list(task.line.places), "n_tracks"].to_numpy()
    closed_mask = masks(o.pla_item, shut)
    low, high, mask, item, first = [], [], [], [], [0]
    for k in range(len(task.line.places)):
        part = slice(o.stay_first[k], o.stay_first[k + 1])
        near = np.flatnonzero(near_stay[part])
        arrive, depart = o.stay_arrive[part][near], o.stay_depart[part][near]
        # All weeks at once: a place is full when its tracks are taken, and all who stand there are hit.
        ones = np.ones(len(near), dtype=np.uint64)
        start, end, _ = full_spans(arrive, depart, ones, tracks[k], task.rules.track_s, 1)
        for a, b in zip(start, end, strict=True):
            there = (arrive < b) & (depart + task.rules.track_s > a)
            low.append(a - task.rules.track_s)
            high.append(b)
            mask.append(np.bitwise_or.reduce(stay_mask[part][near][there]))
            item.append(FULL)
        for at in np.flatnonzero(shut[o.pla_first[k] : o.pla_first[k + 1]]) + o.pla_first[k]:
            low.append(o.pla_low[at])
            high.append(o.pla_high[at])
            mask.append(closed_mask[at])
            item.append(o.pla_item[at])
        order = first[-1] + np.argsort(np.array(low[first[-1] :], dtype=np.int64), kind="stable")
        for column in (low, high, mask, item):
            column[first[-1] :] = [column[at] for at in order]
        first.append(len(low))
    others = replace(
        o,
        sec_mask=sec_mask,
        stay_mask=stay_mask,
        pla_first=np.array(first, dtype=np.int64),
        pla_low=np.array(low, dtype=np.int64),
        pla_high=np.array(high, dtype=np.int64),
        pla_mask=np.array(mask, dtype=np.uint64),
        pla_item=np.array(item, dtype=np.int64),
        n_bits=min(len(items), MAX_BITS),
    )
    return replace(task, others=others)


def way_times(task: SlotTask, way: Way) -> pd.DataFrame:
    """Rows of a way at every place: k, place, arrive_s, depart_s (from Monday 0:00), stop (whether it stands)."""
    rows: list[tuple[object, ...]] = []
    for n, (a, b) in enumerate(zip(way.stop[:-1], way.stop[1:], strict=True)):
        i, j = int(task.stops[a]), int(task.stops[b])
        at = task.table[i, j]
        leaves = way.depart_s[n]
        rows.append((i, way.arrive_s[n], leaves, n > 0))
        rows += [(k, leaves + int(at[k]), leaves + int(at[k]), False) for k in range(i + 1, j)]
    rows.append((int(task.stops[way.stop[-1]]), way.arrive_s[-1], way.arrive_s[-1], False))
    table = pd.DataFrame(rows, columns=["k", "arrive_s", "depart_s", "stop"])
    table.insert(1, "place", [task.line.places[k] for k in table["k"]])
    return table


def who_is_hit(task: SlotTask, way: Way) -> pd.DataFrame:
    """Other trains and works that a way would hit: item (train position, or -1 - work position), where, is_section,
    mask (weeks), other_s (when the other is there). Computed row by row, apart from the search."""
    o, rules = task.others, task.rules
    rows = way_times(task, way)
    arrive, depart = rows["arrive_s"].to_list(), rows["depart_s"].to_list()
    found: list[tuple[object, ...]] = []
    for k in range(len(rows) - 1):
        for at in range(o.sec_first[k], o.sec_first[k + 1]):
            enter, leave, kind = int(o.sec_enter[at]), int(o.sec_leave[at]), int(o.sec_kind[at])
            run = arrive[k + 1] - depart[k]
            if kind == CLOSED:
                low, high = enter - run, leave
            else:
                low, high = section_ban(enter, leave, kind == SAME, run, o.blocks[k], rules.meet_s, rules.release_s)
            if low < depart[k] < high:
                found.append((int(o.sec_item[at]), task.line.sections[k], True, int(o.sec_mask[at]), enter))
    for k in range(len(rows)):
        part = range(o.pla_first[k], o.pla_first[k + 1])
        for at in part:
            low, high = int(o.pla_low[at]), int(o.pla_high[at])
            if not (arrive[k] < high and depart[k] > low):
                continue
            if o.pla_item[at] != FULL:
                found.append((int(o.pla_item[at]), task.line.places[k], False, int(o.pla_mask[at]), low))
                continue
            for stay in range(o.stay_first[k], o.stay_first[k + 1]):
                there = o.stay_arrive[stay] < high and o.stay_depart[stay] > low
                bits = int(o.stay_mask[stay]) & int(o.pla_mask[at])
                if there and bits:
                    place = task.line.places[k]
                    found.append((int(o.stay_item[stay]), place, False, bits, int(o.stay_arrive[stay])))
    table = pd.DataFrame(found, columns=["item", "where", "is_section", "mask", "other_s"])
    return table.drop_duplicates().reset_index(drop=True)


def item_name(timetable: Timetable, item: int) -> str:
    """Number of a train, or name of a work."""
    if item < 0:
        return f"work {timetable.works.index[-1 - item]}"
    return f"train {timetable.trains['train'].iloc[item]}"


def weeks_hit(mask: int, n_bits: int) -> list[int]:
    """Positions of the ones."""
    return [b for b in range(n_bits) if mask >> b & 1]


def free_bits(occupation: Occupation, mask: int) -> int:
    """How many weeks are free."""
    return occupation.n_bits - int(popcount(np.uint64(mask)))
