"""Other trains along a line, in the seconds of one repeated period, with the weeks in which they are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S, WEEK_S
from geoplan.rail.line import Line
from geoplan.rail.paths import closed_track, use_of_sections
from geoplan.rail.rules import Rules
from geoplan.rail.slot_piece_kernels import full_spans

IntArray = NDArray[np.int64]
MaskArray = NDArray[np.uint64]

MAX_BITS = 63
OPPOSING, SAME, CLOSED = 0, 1, 2
FULL = 1 << 40  # in `pla_item`: no work, but all tracks are taken


@dataclass(frozen=True, eq=False)
class Occurrences:
    """When trains (or works) start on the time axis: row i of a table starts at offset_s[i] in the weeks of mask[i].

    item : (n,) position in `trains` or `works`; n_bits: weeks, bit b of a mask is week b.
    """

    item: IntArray
    offset_s: IntArray
    mask: MaskArray
    n_bits: int


@dataclass(frozen=True, eq=False)
class Occupation:
    """What is in the way along a line, for the kernels.

    sec_first : (n_sections + 1,) rows of each section; sec_enter, sec_leave, sec_kind (OPPOSING, SAME, CLOSED),
    sec_mask, sec_item (train position, or -1 - work position)
    stay_first : (n_places + 1,) rows of stays; stay_arrive, stay_depart, stay_mask, stay_item
    pla_first, pla_low, pla_high, pla_mask, pla_item : times when a place is full or closed, as bans on stays; the item
        is FULL, -1 - work position, or (inside a group of `alone`) the train that is in the group
    """

    sec_first: IntArray
    sec_enter: IntArray
    sec_leave: IntArray
    sec_kind: IntArray
    sec_mask: MaskArray
    sec_item: IntArray
    stay_first: IntArray
    stay_arrive: IntArray
    stay_depart: IntArray
    stay_mask: MaskArray
    stay_item: IntArray
    pla_first: IntArray
    pla_low: IntArray
    pla_high: IntArray
    pla_mask: MaskArray
    pla_item: IntArray
    blocks: IntArray
    n_bits: int


def weeks_of(timetable: Timetable) -> list[dt.date]:
    """Mondays of the weeks that lie wholly in the timetable's period."""
    first = timetable.first_day + dt.timedelta(days=-timetable.first_day.weekday() % 7)
    count = ((timetable.last_day - first).days + 1) // 7
    return [first + dt.timedelta(weeks=k) for k in range(count)]


def weekly(runs: NDArray[np.bool_], first_day: dt.date, weeks: Sequence[dt.date]) -> Occurrences:
    """Starts in the week before, the week itself and the week after, on an axis that begins on Monday 0:00.

    What runs before and after the timetable's period is not known; its first and last week are taken to go on there, so
    that a night train of the last Sunday does not find an empty Monday.

    Raises DataError when there are more weeks than one search can hold.
    """
    if len(weeks) > MAX_BITS:
        raise DataError(f"{len(weeks)} weeks; at most {MAX_BITS} fit in one search: give fewer weeks")
    if not weeks:
        raise DataError("no whole week lies in the timetable's period; give a period of one week or more")
    n_days = runs.shape[1]
    item, offset, mask = [], [], []
    for day in range(-7, 14):
        column = np.array([(week - first_day).days + day for week in weeks])
        column = np.where(column < 0, column + 7, np.where(column >= n_days, column - 7, column))
        bits = runs[:, column]
        packed = (bits.astype(np.uint64) << np.arange(len(weeks), dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
        some = np.flatnonzero(packed)
        item.append(some)
        offset.append(np.full(len(some), day * DAY_S))
        mask.append(packed[some])
    return Occurrences(np.concatenate(item), np.concatenate(offset), np.concatenate(mask), len(weeks))


def daily(n_items: int, *, days: Sequence[int] = (-2, -1, 0, 1, 2)) -> Occurrences:
    """Every item on every day: the axis of a timetable that is the same each day."""
    item = np.tile(np.arange(n_items), len(days))
    offset = np.repeat(np.array(days, dtype=np.int64) * DAY_S, n_items)
    return Occurrences(item, offset, np.ones(len(item), dtype=np.uint64), 1)


def occupation(
    line: Line,
    timetable: Timetable,
    paths: pd.DataFrame,
    trains: Occurrences,
    works: Occurrences,
    *,
    rules: Rules,
    window: tuple[int, int] = (0, WEEK_S),
    alone: Sequence[Collection[str]] = (),
) -> Occupation:
    """Everything on the line within the window, in its direction of travel.

    Parameters
    ----------
    paths
        `train_paths` of the timetable on the layout of the line.
    alone
        Groups of section ids in which the new train must be the only one: while it is in one section of a group, no
        train may be in any of the group (feeding switched off, loads too wide to meet).
    """
    reach = 2 * max(rules.meet_s, rules.release_s) + DAY_S
    within = (window[0] - reach, window[1] + reach)
    layout, ids = line.layout, timetable.trains.index
    use = use_of_sections(paths)
    places = {place: k for k, place in enumerate(line.places)}
    groups, between = _alone_rows(line, use, ids, alone)
    passing = pd.concat([_passing_rows(line, use, ids), *groups], ignore_index=True)
    closed = closed_track(layout, timetable)
    closed["work"] = timetable.works.index.get_indexer(pd.Index(closed["work_id"])) if len(closed) else 0
    on_section = closed["is_section"].astype(bool)
    shut = _work_rows(closed[on_section], {section: k for k, section in enumerate(line.sections)}, works, within)
    locked = _work_rows(closed[~on_section], places, works, within)
    if between:
        taken = _spread(pd.concat(between, ignore_index=True), "train", trains, within)
        taken["enter"] -= rules.meet_s
        taken["leave"] += rules.meet_s
        locked = pd.concat([locked, taken], ignore_index=True)
    sections = pd.concat([_spread(passing, "train", trains, within), shut], ignore_index=True)
    sections = sections.sort_values(["k", "enter"], kind="stable")
    stays = _spread(_stay_rows(paths, places, ids), "train", trains, within).sort_values(["k", "enter"], kind="stable")
    tracks = layout.places.loc[list(line.places), "n_tracks"].to_numpy()
    stay_first = first_rows(stays["k"].to_numpy(), len(line.places))
    # Copies: columns of a table are read-only, and kernels would be compiled once more for them.
    arrive, depart = np.array(stays["enter"], dtype=np.int64), np.array(stays["leave"], dtype=np.int64)
    stay_mask = np.array(stays["mask"], dtype=np.uint64)
    full = _full_rows(stay_first, arrive, depart, stay_mask, tracks, rules.track_s, trains.n_bits)
    bans = pd.concat([full, locked], ignore_index=True).sort_values(["k", "enter"], kind="stable")
    return Occupation(
        sec_first=first_rows(sections["k"].to_numpy(dtype=np.int64), len(line.sections)),
        sec_enter=np.array(sections["enter"], dtype=np.int64),
        sec_leave=np.array(sections["leave"], dtype=np.int64),
        sec_kind=np.array(sections["kind"], dtype=np.int64),
        sec_mask=np.array(sections["mask"], dtype=np.uint64),
        sec_item=np.array(sections["item"], dtype=np.int64),
        stay_first=stay_first,
        stay_arrive=arrive,
        stay_depart=depart,
        stay_mask=stay_mask,
        stay_item=np.array(stays["item"], dtype=np.int64),
        pla_first=first_rows(bans["k"].to_numpy(dtype=np.int64), len(line.places)),
        pla_low=np.array(bans["enter"], dtype=np.int64),
        pla_high=np.array(bans["leave"], dtype=np.int64),
        pla_mask=np.array(bans["mask"], dtype=np.uint64),
        pla_item=np.array(bans["item"], dtype=np.int64),
        blocks=np.array(layout.sections.loc[list(line.sections), "blocks"], dtype=np.int64),
        n_bits=trains.n_bits,
    )


def _passing_rows(line: Line, use: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    """Trains over the line's sections that the new train must heed: on two tracks only those that go its way."""
    position = {section: k for k, section in enumerate(line.sections)}
    tracks = line.layout.sections.loc[list(line.sections), "tracks"]
    double = dict(zip(line.sections, (tracks >= 2).to_list(), strict=True))
    ahead = dict(zip(line.sections, line.forward, strict=True))
    target = use["section_id"].map(position)
    own = use[target.notna()]
    same = own["forward"].to_numpy() == own["section_id"].map(ahead).to_numpy()
    heeded = same | ~own["section_id"].map(double).to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "k": target[target.notna()].to_numpy(dtype=np.int64)[heeded],
            "train": ids.get_indexer(pd.Index(own["train_id"]))[heeded],
            "enter": own["enter_s"].to_numpy()[heeded],
            "leave": own["leave_s"].to_numpy()[heeded],
            "kind": np.where(same[heeded], SAME, OPPOSING),
        }
    )


def _alone_rows(
    line: Line, use: pd.DataFrame, ids: pd.Index, alone: Sequence[Collection[str]]
) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Trains anywhere in a group of sections, as rows of each of its sections and of each place inside it."""
    position = {section: k for k, section in enumerate(line.sections)}
    rows: list[pd.DataFrame] = []
    between: list[pd.DataFrame] = []
    for group in alone:
        there = use[use["section_id"].isin(list(group))]
        zone = {
            "train": ids.get_indexer(pd.Index(there["train_id"])),
            "enter": there["enter_s"].to_numpy(),
            "leave": there["leave_s"].to_numpy(),
            "kind": OPPOSING,
        }
        rows += [pd.DataFrame({"k": position[section], **zone}) for section in group if section in position]
        # Standing between two sections of the group is being in it.
        inside = [k + 1 for k, pair in enumerate(pairwise(line.sections)) if pair[0] in group and pair[1] in group]
        between += [pd.DataFrame({"k": k, **zone}) for k in inside]
    return rows, between


def _stay_rows(paths: pd.DataFrame, places: dict[str, int], ids: pd.Index) -> pd.DataFrame:
    """Stays of trains at the places of the line."""
    at = paths[paths["place"].isin(places)]
    return pd.DataFrame(
        {
            "k": at["place"].map(places).to_numpy(),
            "train": ids.get_indexer(pd.Index(at["train_id"])),
            "enter": at["arrive_s"].to_numpy(),
            "leave": at["depart_s"].to_numpy(),
            "kind": SAME,
        }
    )


def _work_rows(
    closed: pd.DataFrame, position: dict[str, int], works: Occurrences, within: tuple[int, int]
) -> pd.DataFrame:
    """Works that close sections or places of the line, at every start; item is -1 - position of the work."""
    rows = pd.DataFrame(
        {
            "k": closed["where"].map(position),
            "work": closed["work"],
            "enter": closed["start_s"],
            "leave": closed["end_s"],
            "kind": CLOSED,
        }
    ).dropna()
    spread = _spread(rows, "work", works, within)
    spread["item"] = -1 - spread["item"]
    return spread


def _full_rows(
    first: IntArray,
    arrive: IntArray,
    depart: IntArray,
    mask: MaskArray,
    tracks: NDArray[np.generic],
    track_s: int,
    n_bits: int,
) -> pd.DataFrame:
    """Times when all tracks of a place are taken, from `track_s` before a train could still come."""
    found = [
        full_spans(arrive[part], depart[part], mask[part], n, track_s, n_bits)
        for part, n in zip((slice(a, b) for a, b in pairwise(first)), tracks, strict=True)
    ]
    start, end, weeks = (np.concatenate(column) for column in zip(*found, strict=True))
    k = np.repeat(np.arange(len(tracks)), [len(spans[0]) for spans in found])
    return pd.DataFrame({"k": k, "enter": start - track_s, "leave": end, "kind": CLOSED, "mask": weeks, "item": FULL})


def _spread(rows: pd.DataFrame, key: str, starts: Occurrences, window: tuple[int, int]) -> pd.DataFrame:
    """Each row at every start of its item, within the window: k, enter, leave, kind, mask, item."""
    low, high = window
    order = np.argsort(starts.item, kind="stable")
    first = np.searchsorted(starts.item[order], rows[key].to_numpy(dtype=np.int64), side="left")
    last = np.searchsorted(starts.item[order], rows[key].to_numpy(dtype=np.int64), side="right")
    count = last - first
    row = np.repeat(np.arange(len(rows)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    start = order[np.repeat(first, count) + within]
    enter = rows["enter"].to_numpy(dtype=np.int64)[row] + starts.offset_s[start]
    leave = rows["leave"].to_numpy(dtype=np.int64)[row] + starts.offset_s[start]
    keep = (leave > low) & (enter < high)
    row, start = row[keep], start[keep]
    return pd.DataFrame(
        {
            "k": rows["k"].to_numpy(dtype=np.int64)[row],
            "enter": enter[keep],
            "leave": leave[keep],
            "kind": rows["kind"].to_numpy(dtype=np.int64)[row],
            "mask": starts.mask[start],
            "item": starts.item[start],
        }
    )


def first_rows(k: IntArray, n: int) -> IntArray:
    """Row where each of n groups begins, for sorted group numbers."""
    return np.concatenate([[0], np.cumsum(np.bincount(k, minlength=n))]).astype(np.int64)
