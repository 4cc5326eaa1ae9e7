"""The conflict checker: looks at a timetable from outside and shares no code with what plans.

It takes the trains place by place (`train_paths`), the layout and the rules, and compares every pair of trains that
ever meet, block by block. It is slow and obvious on purpose.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S, format_clock
from geoplan.rail.layout import Layout
from geoplan.rail.paths import closed_track, train_paths
from geoplan.rail.rules import Rules

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CONFLICT_COLUMNS = ("kind", "train", "other", "where", "clock", "missing_s", "days", "first_date", "detail")
SECOND = 1e-6  # equal times are no conflict


def find_conflicts(
    layout: Layout, timetable: Timetable, *, rules: Rules | None = None, trains: list[str] | None = None
) -> pd.DataFrame:
    """Every breach of the rules in a timetable.

    Parameters
    ----------
    trains
        Only conflicts that one of these trains takes part in; None is all.

    Returns
    -------
    One row a conflict, worst first: kind (meet: opposing trains on one track; headway; overtake inside a section; full:
    more trains at a place than tracks; track: two on one station track; too_long: waits where it does not fit; closed:
    runs during works; too_fast; broken: rows that do not follow the railway), train, other, where, clock (time of the
    first train), missing_s, days (how many), first_date, detail. Empty when there is none.
    """
    return _Checker(layout, timetable, rules or Rules(), trains).run()


class _Checker:
    """State of one check: rows, days and what was found."""

    def __init__(self, layout: Layout, timetable: Timetable, rules: Rules, only: list[str] | None) -> None:
        self.layout, self.timetable, self.rules = layout, timetable, rules
        self.rows = train_paths(layout, timetable)
        self.ids = timetable.trains.index
        self.train = self.ids.get_indexer(pd.Index(self.rows["train_id"]))
        self.runs = timetable.runs
        self.asked = np.ones(len(self.ids), dtype=bool) if only is None else np.asarray(self.ids.isin(only))
        self.arrive = self.rows["arrive_s"].to_numpy(dtype=float)
        self.depart = self.rows["depart_s"].to_numpy(dtype=float)
        self.reach = int(np.ceil(max(self.depart.max(initial=1.0), 1.0) / DAY_S))
        self.found: list[tuple[object, ...]] = []

    def run(self) -> pd.DataFrame:
        if len(self.rows):
            self._each_train()
            self._sections()
            self._places()
            self._closures()
        table = pd.DataFrame(self.found, columns=list(CONFLICT_COLUMNS))
        return table.sort_values(["missing_s", "days"], ascending=False, kind="stable").reset_index(drop=True)

    def _add(
        self,
        kind: str,
        train: int,
        other: int,
        where: str,
        time: float,
        missing: float,
        days: BoolArray,
        detail: str = "",
    ) -> None:
        if not days.any() or not (self.asked[train] or (other >= 0 and self.asked[other])):
            return
        date = self.timetable.first_day + dt.timedelta(days=int(np.argmax(days)))
        name = "" if other < 0 else self.ids[other]
        clock = format_clock(time)
        self.found.append((kind, self.ids[train], name, where, clock, float(missing), int(days.sum()), date, detail))

    def _together(self, one: int, two: int, shift: int) -> BoolArray:
        """Days on which train one starts and train two starts `shift` days later."""
        days = np.zeros(self.timetable.n_days, dtype=bool)
        start, end = max(0, -shift), min(len(days), len(days) - shift)
        if start < end:
            days[start:end] = self.runs[one, start:end] & self.runs[two, start + shift : end + shift]
        return days

    def _pairs(self, count: int) -> Iterator[tuple[int, int, int]]:
        """Rows one <= two of a table and the days that two starts later; a row also meets itself on other days."""
        for one in range(count):
            for two in range(one, count):
                for shift in range(-self.reach, self.reach + 1):
                    if one != two or shift > 0:
                        yield one, two, shift

    def _each_train(self) -> None:
        """Rows follow the railway; nobody is quicker than the line or the train allows."""
        sections = self.layout.sections.to_dict("index")
        places = self.layout.places.to_dict("index")
        top = self.timetable.trains["max_speed_kmh"].to_numpy()
        length = self.timetable.trains["length_m"].to_numpy()
        place, section_id = self.rows["place"].to_list(), self.rows["section_id"].to_list()
        forward = self.rows["forward"].to_list()
        for k, train in enumerate(self.train.tolist()):
            first = k == 0 or self.train[k - 1] != train
            last = k + 1 == len(self.rows) or self.train[k + 1] != train
            usable = places[place[k]]["usable_m"]
            if self.depart[k] > self.arrive[k] and not first and not last and length[train] > usable:
                words = f"{length[train]:g} m long, {usable:g} m fit"
                where = places[place[k]]["name"]
                self._add("too_long", train, -1, where, self.arrive[k], 0.0, self.runs[train], words)
            if last:
                continue
            section = sections[section_id[k]]
            ends = (section["from_place"], section["to_place"])
            if (place[k], place[k + 1]) != (ends if forward[k] else ends[::-1]):
                self._add("broken", train, -1, section["name"], self.depart[k], 0.0, self.runs[train])
                continue
            pieces = self.layout.section_rows(section_id[k])
            speed = np.fmin(pieces["speed_kmh" if forward[k] else "speed_back_kmh"].to_numpy(), top[train])
            least = float((pieces["length_m"].to_numpy() / (speed / 3.6)).sum())
            takes = self.arrive[k + 1] - self.depart[k]
            if takes < least - 60.0:  # published times are whole minutes
                self._add("too_fast", train, -1, section["name"], self.depart[k], least - takes, self.runs[train])

    def _sections(self) -> None:
        rules = self.rules
        used = self.rows["section_id"].to_numpy()
        ahead_in = self.rows["forward"].to_numpy(dtype=bool)
        for section_id, section in self.layout.sections.to_dict("index").items():
            at = np.flatnonzero(used == section_id)
            enter, leave = self.depart[at], self.arrive[at + 1]
            forward, train = ahead_in[at], self.train[at]
            name, blocks = section["name"], int(section["blocks"])
            widest = max(rules.meet_s, rules.release_s)
            for one, two, shift in self._pairs(len(at)):
                later = shift * DAY_S
                near = enter[one] < leave[two] + later + widest and enter[two] + later < leave[one] + widest
                if not near:
                    continue
                days = self._together(train[one], train[two], shift)
                a, b = (enter[one], leave[one]), (enter[two] + later, leave[two] + later)
                if forward[one] != forward[two]:
                    if section["tracks"] >= 2:
                        continue
                    missing = min(a[1] + rules.meet_s - b[0], b[1] + rules.meet_s - a[0])
                    if missing > SECOND:
                        self._add("meet", train[one], train[two], name, min(a[0], b[0]), missing, days)
                    continue
                ahead, behind = _block_gaps(a, b, blocks, rules.release_s), _block_gaps(b, a, blocks, rules.release_s)
                missing = min(ahead, behind)
                if missing > SECOND:
                    kind = "overtake" if (a[0] - b[0]) * (a[1] - b[1]) < 0 else "headway"
                    self._add(kind, train[one], train[two], name, min(a[0], b[0]), missing, days)

    def _places(self) -> None:
        hold = float(self.rules.track_s)
        stands, tracks = self.rows["place"].to_numpy(), self.rows["track"].to_numpy()
        for place, info in self.layout.places.to_dict("index").items():
            at = np.flatnonzero(stands == place)
            train, track, arrive, depart = self.train[at], tracks[at], self.arrive[at], self.depart[at]
            name = info["name"]
            for one in range(len(at)):
                # A place is fullest when a train arrives: count who stands there then, day by day.
                present = np.zeros(self.timetable.n_days, dtype=int)
                others: list[int] = []
                for two in range(len(at)):
                    for shift in range(-self.reach, self.reach + 1):
                        if one == two and shift == 0:
                            continue
                        begin, end = arrive[two] + shift * DAY_S, depart[two] + shift * DAY_S + hold
                        if begin <= arrive[one] + SECOND < end:
                            days = self._together(train[one], train[two], shift)
                            present += days
                            if days.any():
                                others.append(int(train[two]))
                            if track[one] and track[one] == track[two]:
                                missing, words = end - arrive[one], f"track {track[one]}"
                                self._add("track", train[one], train[two], name, arrive[one], missing, days, words)
                full = self.runs[train[one]] & (present + 1 > info["n_tracks"])
                if full.any():
                    words = f"{int(present[full].max()) + 1} trains, {info['n_tracks']} tracks"
                    asked = [k for k in others if self.asked[k]]
                    other = (asked or others)[0]
                    self._add("full", train[one], other, name, arrive[one], 0.0, full, words)

    def _closures(self) -> None:
        works = self.timetable.works.index.to_list()
        names = {**self.layout.sections["name"].to_dict(), **self.layout.places["name"].to_dict()}
        for work_id, where, is_section, start_s, end_s in closed_track(self.layout, self.timetable).to_numpy().tolist():
            days_of_work = self.timetable.work_runs[works.index(work_id)]
            at = np.flatnonzero(self.rows["section_id" if is_section else "place"] == where)
            begin = (self.depart if is_section else self.arrive)[at]
            end = self.arrive[at + 1] if is_section else self.depart[at]
            reach = self.reach + int(np.ceil(end_s / DAY_S))
            for k in range(len(at)):
                for shift in range(-reach, reach + 1):
                    start, stop = start_s + shift * DAY_S, end_s + shift * DAY_S
                    if not (begin[k] < stop and end[k] > start):
                        continue
                    train = int(self.train[at[k]])
                    days = np.zeros(self.timetable.n_days, dtype=bool)
                    first, last = max(0, -shift), min(len(days), len(days) - shift)
                    if first < last:
                        days[first:last] = self.runs[train, first:last] & days_of_work[first + shift : last + shift]
                    missing = min(stop - begin[k], end[k] - start)
                    self._add("closed", train, -1, names[where], begin[k], missing, days, work_id)


def _block_gaps(first: tuple[float, float], second: tuple[float, float], blocks: int, release_s: float) -> float:
    """Seconds that lack for `second` to follow `first` through every block of a section (none when 0 or less).

    A section has blocks of equal running time; a train may enter one when the train ahead has left it for release_s.
    """
    step_one, step_two = (first[1] - first[0]) / blocks, (second[1] - second[0]) / blocks
    lack = [(first[0] + (k + 1) * step_one + release_s) - (second[0] + k * step_two) for k in range(blocks)]
    return max(lack)
