"""Slots that do not fit every week: the fewest exceptions, and whom a given way would hit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.io.timetable import Timetable
from geoplan.rail.occupation import CLOSED, FULL, MAX_BITS, SAME, Occupation
from geoplan.rail.slot_kernels import NEVER, least_hit
from geoplan.rail.slot_piece_kernels import doomed, full_spans
from geoplan.rail.slots import Found, Pieces, SlotTask, find_pieces, search

LONG_WAIT_S = 2 * 3600
FEW = 8  # departures that are cheaper to search one by one than together

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
    """What the searches for the fewest exceptions need beside the departure.

    end_first, end_time : ends of the bans at each stop, sorted
    lost_low, lost_high, lost_time, lost_bits : `doomed`
    """

    task: SlotTask
    pieces: Pieces
    end_first: IntArray
    end_time: IntArray
    lost_low: IntArray
    lost_high: IntArray
    lost_time: IntArray
    lost_bits: MaskArray

    def lost(self, times: IntArray) -> list[int]:
        """Bits of the weeks in which no train that leaves at these times gets through."""
        part = slice(self.lost_low[0], self.lost_high[0])
        row = np.searchsorted(self.lost_time[part], times, side="right") - 1
        return list(map(int, self.lost_bits[part][row]))


def search_least(
    task: SlotTask, *, departures: Sequence[int] | None = None, most: int | None = None, max_labels: int = 100_000
) -> list[Way]:
    """For each departure the way that hits the fewest weeks, as long as that is no more than the best of all.

    Looking back from the destination tells for each departure in which weeks any way gets through at all. Departures
    are taken in that order. Where one way holds in all of those weeks it is the best of its departure; only where none
    does, labels (time, weeks hit) are carried along the line, and no further than the best way found so far bears.

    Parameters
    ----------
    departures
        Seconds from Monday 0:00, ascending; all of the task when None.
    most
        List every departure that hits no more weeks than this; None lists those that hit the fewest.
    max_labels
        Labels kept at a stop. With fewer than needed the ways found still run, but need not hit the fewest.

    Returns
    -------
    The ways in the order of departures; empty when none can run in any week.
    """
    times = task.departures if departures is None else np.array(departures, dtype=np.int64)
    if len(times) == 0:
        return []
    prepared = _prepare(replace(task, departures=times))
    lost = prepared.lost(times)
    floor = np.array([bits.bit_count() for bits in lost])  # no way of the departure hits fewer weeks
    total = task.others.n_bits
    worst = total - 1 if most is None else min(most, total - 1)  # hitting every week is no slot
    ways: dict[int, Way] = {}
    open_ones: list[int] = []
    for level in np.unique(floor[floor <= worst]).tolist():
        rows = np.flatnonzero(floor == level)
        found = _at_the_floor(prepared, rows, lost, max_labels)
        ways |= {times[q]: way for q, way in found.items()}
        open_ones += [q for q in rows.tolist() if q not in found]
        if found and most is None:
            worst = level
            break
    for q in open_ones:
        if floor[q] < worst or most is not None:
            way = _least(prepared, int(times[q]), worst, max_labels)
            if way is not None:
                ways[times[q]] = way
                if most is None:
                    worst = min(worst, way.hits.bit_count())
    return [ways[key] for key in sorted(ways) if most is not None or ways[key].hits.bit_count() == worst]


def _at_the_floor(prepared: _Search, rows: IntArray, lost: Sequence[int], max_labels: int) -> dict[int, Way]:
    """Ways that hit no more weeks than their departure must, by position of the departure."""
    found: dict[int, Way] = {}
    task = prepared.task
    by_bits: dict[int, list[int]] = {}
    for q in rows.tolist():
        by_bits.setdefault(lost[q], []).append(q)
    every = (1 << task.others.n_bits) - 1
    for bits, same in by_bits.items():
        if len(same) < FEW:
            limit = bits.bit_count()
            for q in same:
                way = _least(prepared, int(task.departures[q]), limit, max_labels)
                if way is not None:
                    found[q] = way
            continue
        part = replace(task, departures=task.departures[same])
        result = search(part, prepared.pieces, weeks=every & ~bits)
        at = np.flatnonzero(result.free).tolist()
        for k, way in zip(at, free_ways(part, result), strict=True):
            found[same[k]] = replace(way, hits=bits)
    return found


def one_way(task: SlotTask, found: Found, q: int) -> Way:
    """The way of one departure (by its position) that a search found."""
    n = int(found.n_way[q])
    stop, arrive, depart = (rows[q, :n].tolist() for rows in (found.way_stop, found.way_arrive, found.way_depart))
    return Way(int(task.departures[q]), tuple(stop), tuple(arrive), tuple(depart), 0)


def free_ways(task: SlotTask, found: Found) -> list[Way]:
    """The ways that a search found, in the order of departures."""
    return [one_way(task, found, int(q)) for q in np.flatnonzero(found.free)]


def _least(prepared: _Search, departure: int, most: int, max_labels: int) -> Way | None:
    """The way of one departure that hits the fewest weeks, and no more than `most`."""
    p, o, task = prepared, prepared.task.others, prepared.task
    bits, arrival, stop, arrive, depart, _ = least_hit(
        departure, most, o.n_bits, task.table, task.stops, task.dwell_s, p.pieces.first, p.pieces.start, p.pieces.mask,
        o.pla_first, o.pla_low, o.pla_high, o.pla_mask, p.end_first, p.end_time,
        p.lost_low, p.lost_high, p.lost_time, p.lost_bits, task.latest_s, max_labels,
    )  # fmt: skip
    if arrival == NEVER:
        return None
    return Way(departure, tuple(stop.tolist()), tuple(arrive.tolist()), tuple(depart.tolist()), int(bits))


def _prepare(task: SlotTask) -> _Search:
    others = task.others
    pieces = find_pieces(task)
    every = np.uint64((1 << others.n_bits) - 1)
    lost = doomed(
        task.table, task.stops, task.dwell_s, pieces.first, pieces.start, pieces.mask,
        pieces.place_first, pieces.place_start, pieces.place_mask, every, int(task.departures[0]), task.latest_s,
    )  # fmt: skip
    end_first, ends = [0], []
    for place in task.stops:
        here = np.unique(others.pla_high[others.pla_first[place] : others.pla_first[place + 1]])
        ends.append(here)
        end_first.append(end_first[-1] + len(here))
    return _Search(task, pieces, np.array(end_first, dtype=np.int64), np.concatenate(ends), *lost)


def search_items(
    task: SlotTask, departure: int, *, avoid: Collection[int] = (), max_labels: int = 40
) -> tuple[SlotTask, list[Way]]:
    """The way of one departure that meets the fewest other trains and works, and the task it is a way of.

    avoid : trains (positions) that it may not meet at all. max_labels bounds the work: on busy lines the set found need
    not be the smallest of all.
    """
    item_task = by_item(task, departure, avoid)
    most = item_task.others.n_bits - bool(avoid)
    way = _least(_prepare(item_task), departure, most, max_labels)
    return item_task, [] if way is None else [way]


def by_item(task: SlotTask, departure: int, avoid: Collection[int] = ()) -> SlotTask:
    """The same task for one departure, with one bit a train or work instead of one a week.

    Only what is on the line between the departure and the latest arrival gets a bit; when that is more than 63, several
    share one, and counts are counts of bits. Meeting a train to avoid hits every bit.
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

    every = np.uint64((1 << min(len(items), MAX_BITS)) - 1)
    barred = np.array(sorted(avoid), dtype=np.int64)

    def masks(item: IntArray, near: NDArray[np.bool_]) -> MaskArray:
        position = np.searchsorted(items, item)
        position = np.where(near, np.minimum(position, len(items) - 1), 0)
        own = np.where(near, np.uint64(1) << bit[position].astype(np.uint64), np.uint64(0))
        return np.where(near & np.isin(item, barred), every, own)

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
    k, arrive, depart, stands = at_places(task, way)
    place = [task.line.places[at] for at in k.tolist()]
    return pd.DataFrame({"k": k, "place": place, "arrive_s": arrive, "depart_s": depart, "stop": stands})


def at_places(task: SlotTask, way: Way) -> tuple[IntArray, IntArray, IntArray, NDArray[np.bool_]]:
    """Position along the line, arrival, departure and whether it stands, at every place of a way."""
    at = task.stops[list(way.stop)]
    first, last = int(at[0]), int(at[-1])
    k = np.arange(first, last + 1)
    arrive, depart = np.empty(len(k), dtype=np.int64), np.empty(len(k), dtype=np.int64)
    for n, (i, j) in enumerate(zip(at[:-1].tolist(), at[1:].tolist(), strict=True)):
        passing = way.depart_s[n] + task.table[i, j, i:j]
        arrive[i - first : j - first], depart[i - first : j - first] = passing, passing
    arrive[at - first], depart[at - first] = way.arrive_s, way.depart_s
    depart[-1] = arrive[-1]
    stands = np.zeros(len(k), dtype=bool)
    stands[at[1:-1] - first] = True
    return k, arrive, depart, stands


@dataclass(frozen=True, eq=False)
class Hits:
    """Others that a way would hit, one row each: item (train position, or -1 - work position), at (position of the
    section or place along the line), is_section, mask (weeks), other_s (when the other is there)."""

    item: IntArray
    at: IntArray
    is_section: NDArray[np.bool_]
    mask: MaskArray
    other_s: IntArray


def hits_of(task: SlotTask, way: Way) -> Hits:
    """Other trains and works that a way would hit, computed apart from the search."""
    o, rules = task.others, task.rules
    position, arrive, depart, _ = at_places(task, way)
    first, last = int(position[0]), int(position[-1])
    rows = slice(o.sec_first[first], o.sec_first[last])
    k = np.repeat(position[:-1], np.diff(o.sec_first[first : last + 1]))
    enter, leave, kind, blocks = o.sec_enter[rows], o.sec_leave[rows], o.sec_kind[rows], o.blocks[k]
    goes = depart[k - first]
    run = arrive[k - first + 1] - goes
    other = leave - enter
    after = np.maximum(enter + other / blocks, leave + run / blocks - run) + rules.release_s
    before = np.minimum(enter - run / blocks, leave - other / blocks - run) - rules.release_s
    low = np.where(kind == SAME, np.floor(before), np.where(kind == CLOSED, enter - run, enter - run - rules.meet_s))
    high = np.where(kind == SAME, np.ceil(after), np.where(kind == CLOSED, leave, leave + rules.meet_s))
    on = np.flatnonzero((low < goes) & (goes < high))
    found = [(o.sec_item[rows][on], k[on], np.ones(len(on), dtype=bool), o.sec_mask[rows][on], enter[on])]

    rows = slice(o.pla_first[first], o.pla_first[last + 1])
    k = np.repeat(position, np.diff(o.pla_first[first : last + 2]))
    low, high, item = o.pla_low[rows], o.pla_high[rows], o.pla_item[rows]
    on = np.flatnonzero((arrive[k - first] < high) & (depart[k - first] > low))
    for row in on.tolist():
        at = np.array([k[row]])
        if item[row] != FULL:
            part = np.array([row + rows.start])
            found.append((o.pla_item[part], at, np.zeros(1, dtype=bool), o.pla_mask[part], low[row : row + 1]))
            continue
        stays = slice(o.stay_first[at[0]], o.stay_first[at[0] + 1])
        bits = o.stay_mask[stays] & o.pla_mask[rows][row]
        there = (o.stay_arrive[stays] < high[row]) & (o.stay_depart[stays] > low[row]) & (bits != 0)
        n = int(there.sum())
        one = (o.stay_item[stays][there], np.repeat(at, n), np.zeros(n, dtype=bool), bits[there])
        found.append((*one, o.stay_arrive[stays][there]))
    return Hits(*(np.concatenate(column) for column in zip(*found, strict=True)))


def who_is_hit(task: SlotTask, way: Way) -> pd.DataFrame:
    """`hits_of` as a table: item, where (section or place), is_section, mask, other_s."""
    hits = hits_of(task, way)
    line = task.line
    pairs = zip(hits.at.tolist(), hits.is_section.tolist(), strict=True)
    where = [line.sections[k] if is_section else line.places[k] for k, is_section in pairs]
    table = pd.DataFrame(
        {"item": hits.item, "where": where, "is_section": hits.is_section, "mask": hits.mask, "other_s": hits.other_s}
    )
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
    return occupation.n_bits - mask.bit_count()
