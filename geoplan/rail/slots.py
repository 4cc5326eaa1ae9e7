"""A time for one more train: every free departure, the same weekday and minute in every week of the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S, parse_clock
from geoplan.rail.layout import Layout, find_place
from geoplan.rail.line import Line, SlowZone, line_track, rail_line
from geoplan.rail.occupation import Occupation, occupation, weekly, weeks_of
from geoplan.rail.paths import train_paths
from geoplan.rail.rules import Rules
from geoplan.rail.running import run_table
from geoplan.rail.slot_kernels import NEVER, search_departures
from geoplan.rail.slot_piece_kernels import all_pieces, free_windows
from geoplan.rail.train import Train

IntArray = NDArray[np.int64]

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Conditions:
    """What a special train needs beside track and time.

    Parameters
    ----------
    no_stop
        Places (ids or names) where it may not stand.
    stops
        Places where it must stop, with the least minutes.
    slow
        Walking speed at single structures: stretches of ways with their speed.
    alone
        Groups of section ids, or of place pairs `"a-b"`: while it is on one section of a group no other train may be on
        any of the group (catenary feeding switched off; a load too wide to meet on the next track).
    max_speed_kmh
        Section id -> speed for this train.
    """

    no_stop: Collection[str] = ()
    stops: Mapping[str, float] = field(default_factory=dict)
    slow: Sequence[SlowZone] = ()
    alone: Sequence[Collection[str]] = ()
    max_speed_kmh: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class SlotTask:
    """One search, ready to run: the line, the train on it and what is in the way. Times count from Monday 0:00.

    stops : positions of the places where it may stand; dwell_s and must, one value a stop
    table : `run_table` of the train on the line
    alone : groups of sections, see `Conditions`
    """

    line: Line
    train: Train
    rules: Rules
    stops: IntArray
    dwell_s: IntArray
    must: NDArray[np.bool_]
    table: IntArray
    others: Occupation
    departures: IntArray
    latest_s: int
    alone: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class SlotPlan:
    """Slots and what a reader needs to trust them.

    slots : the table of `find_slots`
    ways : per slot the stops made: slot, place, name, arrive_s, depart_s (from Monday 0:00 of the week)
    why : what stands in the way when no departure is free every week; empty otherwise
    assumed : values on the way that are assumed or not known
    weeks : Mondays of the weeks looked at
    """

    slots: pd.DataFrame
    ways: pd.DataFrame
    why: pd.DataFrame
    assumed: pd.DataFrame
    task: SlotTask
    weeks: tuple[dt.date, ...]
    made_up: bool


def slot_task(
    layout: Layout,
    timetable: Timetable,
    train: Train,
    stops: Sequence[object],
    *,
    weekdays: Collection[int] = range(7),
    window: tuple[str, str] = ("0:00", "24:00"),
    weeks: Sequence[dt.date] | None = None,
    step_s: int = 60,
    max_journey_h: float = 24.0,
    rules: Rules | None = None,
    conditions: Conditions | None = None,
    avoid: Sequence[str] = (),
) -> SlotTask:
    """Everything a search needs, made from tables. Arguments are those of `find_slots`.

    Raises
    ------
    DataError
        Values that cannot be, or a train that stalls on the line.
    NoRouteError
        No railway in use between two of the stops.
    """
    rules, conditions = rules or Rules(), conditions or Conditions()
    line = rail_line(layout, stops, avoid=avoid)
    if len(line.places) < 2:
        raise DataError("find_slots: origin and destination are the same place; give two places")
    departures = _departures(weekdays, window, step_s)
    latest = int(departures[-1] + max_journey_h * 3600)
    at, dwell, must = stops_of(line, train, conditions, rules)
    table = train_table(line, train, at, rules=rules, conditions=conditions)
    if table[0].max() < 0:
        raise DataError(
            f"{train.name} cannot run {line.names[0]}–{line.names[-1]}: it stalls on a grade (it starts on at most "
            f"{train.max_grade_pct:.2f} %); choose a stronger or lighter train"
        )
    chosen = list(weeks) if weeks is not None else weeks_of(timetable)
    alone = [_group(layout, group) for group in conditions.alone]
    others = occupation(
        line,
        timetable,
        train_paths(layout, timetable),
        weekly(timetable.runs, timetable.first_day, chosen),
        weekly(timetable.work_runs, timetable.first_day, chosen),
        rules=rules,
        window=(int(departures[0]), latest),
        alone=alone,
    )
    groups = tuple(tuple(group) for group in alone)
    return SlotTask(line, train, rules, at, dwell, must, table, others, departures, latest, groups)


def train_table(
    line: Line, train: Train, stops: IntArray, *, rules: Rules, conditions: Conditions | None = None
) -> IntArray:
    """`run_table` of a train on a line with its own speed limits, margin included."""
    if conditions is None:  # asked for again and again by services of the same kind
        known = line.layout.cache.setdefault("run_tables", {})
        key = (line.sections, line.forward, train, tuple(stops.tolist()), rules.margin_pct)
        if key not in known:
            known[key] = run_table(line_track(line), train, stops, margin_pct=rules.margin_pct)
        return known[key]
    slow = list(conditions.slow)
    for section, speed in conditions.max_speed_kmh.items():
        rows = line.layout.section_rows(section) if section in line.layout.sections.index else None
        if rows is None:
            raise DataError(f"max_speed_kmh: no section {section!r}; there are such as {line.sections[0]!r}")
        slow += [
            SlowZone(way, 0.0, metres, speed) for way, metres in zip(rows["way_id"], rows["length_m"], strict=True)
        ]
    return run_table(line_track(line, slow=slow), train, stops, margin_pct=rules.margin_pct)


@dataclass(frozen=True, eq=False)
class Found:
    """Arrays of one search, one row a departure: see `search_departures`; slack in seconds, both ways.

    furthest : position in `task.stops` of the last stop it can reach, -1 where it cannot even start
    """

    arrival: IntArray
    n_way: IntArray
    way_stop: IntArray
    way_arrive: IntArray
    way_depart: IntArray
    late_s: IntArray
    early_s: IntArray
    furthest: IntArray

    @property
    def free(self) -> NDArray[np.bool_]:
        return self.arrival < NEVER


@dataclass(frozen=True, eq=False)
class Pieces:
    """Who is hit by leaving at which time: what `all_pieces` returns, one row of run (a, b) a time from which it holds.

    first, start, mask : of the runs between two stops; place_first, place_start, place_mask : of being at a place
    """

    first: IntArray
    start: IntArray
    mask: NDArray[np.uint64]
    place_first: IntArray
    place_start: IntArray
    place_mask: NDArray[np.uint64]


def find_pieces(task: SlotTask) -> Pieces:
    """Pieces of every run between two stops of the task."""
    o, rules = task.others, task.rules
    return Pieces(
        *all_pieces(
            task.table, task.stops, task.must, o.sec_first, o.sec_enter, o.sec_leave, o.sec_kind, o.sec_mask, o.blocks,
            o.pla_first, o.pla_low, o.pla_high, o.pla_mask, rules.meet_s, rules.release_s,
            int(task.departures[0]), task.latest_s,
        )
    )  # fmt: skip


def _windows(pieces: Pieces, bits: int, t1: int) -> tuple[IntArray, IntArray, IntArray]:
    """Windows (first, start, end) of every run in which none of the bits is hit; neighbours are one window."""
    free = (pieces.mask & np.uint64(bits)) == 0
    opens = free.copy()
    opens[1:] &= ~free[:-1]
    begins = pieces.first[:-1][np.diff(pieces.first) > 0]
    opens[begins] = free[begins]
    closes = free.copy()
    closes[:-1] &= ~free[1:]
    last = np.append(begins[1:], len(free)) - 1 if len(begins) else begins
    closes[last] = free[last]
    until = np.append(pieces.start[1:], t1 + 1) - 1
    until[last] = t1
    return np.concatenate([[0], np.cumsum(opens)])[pieces.first], pieces.start[opens], until[closes]


def search(task: SlotTask, pieces: Pieces | None = None, *, weeks: int | None = None) -> Found:
    """Earliest arrival of every departure that is free in all weeks, with its slack to the nearest other train.

    Parameters
    ----------
    pieces
        Those of the task, when they are known.
    weeks
        Bits of the weeks that count; all when None. With some, `pieces` are needed.
    """
    t0, t1 = int(task.departures[0]), task.latest_s
    if pieces is None:
        pieces = find_pieces(replace(task, others=any_week(task.others)))
    first, start, end = _windows(pieces, -1 % 2**64 if weeks is None else weeks, t1)
    gap_first, gap_start, gap_end = _gaps(task, t0, t1, weeks)
    arrival, n_way, way_stop, way_arrive, way_depart, way_gap, way_window, furthest = search_departures(
        task.departures, task.table, task.stops, task.dwell_s, first, start, end, gap_first, gap_start, gap_end
    )
    over = arrival > task.latest_s
    arrival[over], n_way[over] = NEVER, 0
    # The window's own edges are no trains: slack towards them is not bounded.
    far = 10 * DAY_S
    low = np.where(start <= t0, -far, start)
    high = np.where(end >= t1, task.latest_s + far, end)
    used = way_window >= 0
    safe = np.where(used, way_window, 0)
    late = np.where(used, high[safe] - way_depart, far) if len(high) else np.full(way_window.shape, far)
    early = np.where(used, way_depart - low[safe], far) if len(low) else np.full(way_window.shape, far)
    inner = used & (np.arange(way_stop.shape[1]) > 0)
    gap = np.where(inner, way_gap, 0)
    gap_low = np.where(gap_start <= t0, -far, gap_start)
    gap_high = np.where(gap_end >= t1, task.latest_s + far, gap_end)
    late = np.where(inner, np.minimum(late, gap_high[gap] - way_depart), late)
    early = np.where(inner, np.minimum(early, way_arrive - gap_low[gap]), early)
    slack = (late.min(axis=1), early.min(axis=1))
    return Found(arrival, n_way, way_stop, way_arrive, way_depart, *slack, furthest)


def any_week(others: Occupation) -> Occupation:
    """All weeks as one bit."""
    one = np.uint64(1)
    sections, places = np.full(len(others.sec_mask), one), np.full(len(others.pla_mask), one)
    return replace(others, n_bits=1, sec_mask=sections, pla_mask=places)


def _gaps(task: SlotTask, t0: int, t1: int, weeks: int | None) -> tuple[IntArray, IntArray, IntArray]:
    """Free stays at each stop; trains start and end on tracks of the yard but pass the place at that moment."""
    o = task.others
    counts = np.ones(len(o.pla_mask), dtype=bool) if weeks is None else (o.pla_mask & np.uint64(weeks)) != 0
    first, start, end = [0], [], []
    for place in task.stops:
        part = slice(o.pla_first[place], o.pla_first[place + 1])
        s, e = free_windows(o.pla_low[part][counts[part]], o.pla_high[part][counts[part]], t0, t1)
        start.append(s)
        end.append(e)
        first.append(first[-1] + len(s))
    return np.array(first, dtype=np.int64), np.concatenate(start), np.concatenate(end)


def _departures(weekdays: Collection[int], window: tuple[str, str], step_s: int) -> IntArray:
    try:
        low, high = (int(parse_clock(text)) for text in window)
    except ValueError as fault:
        raise DataError(f"window: {fault} is no time; give such as ('20:00', '30:00')") from None
    if not 0 <= low < high:
        raise DataError(f"window {window} does not end after it starts; write 22:00 to 29:00 for a night")
    if step_s < 1:
        raise DataError(f"step_s is {step_s}; give whole seconds above 0")
    days = sorted(set(weekdays))
    if not days or days[0] < 0 or days[-1] > 6:
        raise DataError(f"weekdays are {list(weekdays)}; give numbers 0 (Monday) to 6 (Sunday)")
    times = np.unique(np.concatenate([np.arange(low, high, step_s) + day * DAY_S for day in days]))
    return times.astype(np.int64)


def stops_of(
    line: Line, train: Train, conditions: Conditions, rules: Rules
) -> tuple[IntArray, IntArray, NDArray[np.bool_]]:
    """Positions where the train may stand, least seconds there, and whether it must."""
    layout = line.layout
    must = {find_place(layout, place): minutes for place, minutes in conditions.stops.items()}
    never = {find_place(layout, place) for place in conditions.no_stop}
    lost = [place for place in must if place not in line.places[1:-1]]
    if lost:
        raise DataError(f"stops: {lost[0]!r} is not on the way {line.describe()}; name places between its ends")
    places = [layout.place(place) for place in line.places]
    fits = [bool(place["can_hold"]) and place["usable_m"] >= train.length_m for place in places]
    last = len(line.places) - 1
    at = [
        k for k, place in enumerate(line.places) if k in (0, last) or place in must or (fits[k] and place not in never)
    ]
    dwell = [round(max(must.get(line.places[k], 0.0) * 60, rules.dwell_s)) for k in at]
    needed = [0 < k < last and line.places[k] in must for k in at]
    return np.array(at, dtype=np.int64), np.array(dwell, dtype=np.int64), np.array(needed, dtype=bool)


def _group(layout: Layout, group: Collection[str]) -> list[str]:
    lost = [section for section in group if section not in layout.sections.index]
    if lost:
        raise DataError(f"alone: no section {lost[0]!r}; sections are named such as {layout.sections.index[0]!r}")
    return list(group)


def running_time_h(line: Line, kind: Train, rules: Rules) -> float:
    """Hours of an undisturbed run from the first to the last place of a line, with its stops."""
    at, _, _ = stops_of(line, kind, Conditions(), rules)
    return float(train_table(line, kind, at, rules=rules)[0].max()) / 3600.0
