"""The slow twin of the slot search: tries every minute, knows no intervals, shares no code with it.

Everything lies on a grid of minutes. A plan is (departure, stops with arrival and departure); all of them are tried.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from geoplan.io.timetable import build_timetable
from geoplan.rail.layout import rail_layout
from geoplan.rail.rules import Rules
from geoplan.rail.slots import Conditions, slot_task
from geoplan.rail.train import Train

MONDAY = dt.date(2026, 1, 5)
DAY = 24 * 60
UNIT = 6  # running times are multiples of 6 minutes, so that 1, 2 or 3 blocks end on whole minutes


class Case:
    """A random line with other trains, works and one train to place, all in minutes."""

    def __init__(self, seed: int, make_railway, *, all_weeks: bool = True) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        n = int(rng.integers(1, 5))
        self.names = [f"P{k}" for k in range(n + 1)]
        self.tracks = rng.choice([1, 1, 1, 2], n)
        self.blocks = rng.choice([1, 2, 3], n)
        self.station_tracks = rng.choice([1, 2, 2, 3], n + 1)
        self.usable = rng.choice([300.0, 700.0], n + 1)
        self.length_m = float(rng.choice([200.0, 500.0]))
        self.rules = Rules(
            meet_s=60 * int(rng.integers(0, 4)),
            release_s=60 * int(rng.integers(0, 4)),
            track_s=60 * int(rng.integers(1, 3)),
            dwell_s=60 * int(rng.integers(0, 3)),
        )
        self.n_weeks = int(rng.integers(1, 4))
        self.n_days = 7 * self.n_weeks
        self.run = UNIT * rng.integers(1, 4, n)
        self.stop_min = int(rng.integers(0, 3))  # extra minutes to brake and to start at a stop
        self.window = (0, int(rng.integers(10, 50))) if rng.random() < 0.8 else (DAY - 40, DAY)
        self.day = int(rng.integers(0, 7))
        self.latest = self.window[1] + int(rng.integers(60, 160))
        self.alone = [k for k in range(n) if rng.random() < 0.25]
        self.must = {k: int(rng.integers(1, 6)) for k in range(1, n) if rng.random() < 0.15}
        self.no_stop = [k for k in range(1, n) if rng.random() < 0.15 and k not in self.must]
        self.trains = [self._train() for _ in range(int(rng.integers(0, 8)))]
        self.works = [self._work() for _ in range(int(rng.integers(0, 2)))]
        self._tables(make_railway)

    def _train(self):
        """Rows (place, arrive, depart) of a train and the days it starts."""
        rng, n = self.rng, len(self.run)
        ends = rng.choice(n + 1, 2, replace=False)
        time = int(rng.integers(-60, 140)) + self.window[0]
        start_shift = 1 if time < 0 else 0
        time += DAY * start_shift
        step = 1 if ends[1] > ends[0] else -1
        rows = []
        for k in range(ends[0], ends[1] + step, step):
            stay = int(rng.integers(1, 15)) if rng.random() < 0.4 and k not in ends else 0
            rows.append((k, time, time + stay))
            time += stay
            section = k if step > 0 else k - 1
            if 0 <= section < n:
                time += UNIT * int(rng.integers(1, 4))
        days = rng.random(self.n_days) < rng.choice([0.2, 0.6, 1.0])
        return rows, days

    def _work(self):
        rng, n = self.rng, len(self.run)
        start = max(0, self.window[0] + int(rng.integers(-30, 90)))
        end = start + int(rng.integers(5, 40))
        days = rng.random(self.n_days) < 0.5
        if rng.random() < 0.5:
            return int(rng.integers(0, n)), None, start, end, days
        return None, int(rng.integers(0, n + 1)), start, end, days

    def _tables(self, make_railway):
        stations = {
            name: (
                10 * k,
                {"has_loop": "yes", "loop_length_m": self.usable[k], "station_tracks": float(self.station_tracks[k])},
            )
            for k, name in enumerate(self.names)
        }
        sections = [
            (self.names[k], self.names[k + 1], {"tracks": float(self.tracks[k]), "blocks": float(self.blocks[k])})
            for k in range(len(self.run))
        ]
        self.layout = rail_layout(make_railway(stations, sections))
        # What is usable at the ends does not matter there; between them the loop's own length does.
        self.layout.places["usable_m"] = self.layout.places.index.map(dict(zip(self.names, self.usable, strict=True)))
        dates = [(MONDAY + dt.timedelta(days=k)).isoformat() for k in range(self.n_days)]
        never = f"-{dates[0]}..{dates[-1]}"

        def words(days):
            return " ".join(date for date, yes in zip(dates, days, strict=True) if yes) or never

        trains = pd.DataFrame(
            {"days": [words(days) for _, days in self.trains]}, index=[f"t{k}" for k in range(len(self.trains))]
        )
        rows = [
            (f"t{k}", self.names[p], 60.0 * a, 60.0 * d)
            for k, (stops, _) in enumerate(self.trains)
            for p, a, d in stops
        ]
        works = pd.DataFrame(
            [
                (
                    self.names[s if s is not None else p],
                    self.names[s + 1] if s is not None else "",
                    words(days),
                    60.0 * a,
                    60.0 * b,
                )
                for s, p, a, b, days in self.works
            ],
            columns=["from_place", "to_place", "days", "start_s", "end_s"],
            index=[f"w{k}" for k in range(len(self.works))],
        )
        self.timetable = build_timetable(
            trains,
            pd.DataFrame(rows, columns=["train_id", "place", "arrive_s", "depart_s"]),
            first_day=MONDAY,
            last_day=MONDAY + dt.timedelta(days=self.n_days - 1),
            works=works,
        )

    def leg(self, i: int, j: int) -> list[int]:
        """Minutes at places i..j of a run from stand at i to stand at j."""
        times = [0]
        for k in range(i, j):
            extra = (self.stop_min * UNIT if k == i else 0) + (self.stop_min * UNIT if k == j - 1 else 0)
            times.append(times[-1] + int(self.run[k]) + extra)
        return times

    def task(self):
        """The same case for the search, with the running times of this case instead of the physics."""
        n = len(self.run)
        train = Train("x", length_m=self.length_m, mass_t=100.0, max_speed_kmh=72.0, force_kn=100.0, power_kw=1000.0)
        hours = (self.latest - self.window[1]) / 60
        low, high = self.window
        task = slot_task(
            self.layout,
            self.timetable,
            train,
            [self.names[0], self.names[-1]],
            weekdays=[self.day],
            window=(f"{low // 60}:{low % 60:02d}", f"{high // 60}:{high % 60:02d}"),
            rules=self.rules,
            conditions=Conditions(
                no_stop=[self.names[k] for k in self.no_stop],
                stops={self.names[k]: float(m) for k, m in self.must.items()},
                alone=[[f"{self.names[k]}-{self.names[k + 1]}" for k in self.alone]] if self.alone else [],
            ),
        )
        table = np.full((n + 1, n + 1, n + 1), -1, dtype=np.int64)
        for a in task.stops:
            for b in task.stops:
                if a < b:
                    table[a, b, a : b + 1] = 60 * np.array(self.leg(a, b))
        latest = 60 * (self.day * DAY + self.latest)
        assert hours > 0
        return replace(task, table=table, latest_s=latest)

    # ---- the exhaustive side: dated trains, minute by minute ----

    def going_on(self, days):
        """Days it runs on, the first and the last week going on before and after the period."""
        n = self.n_days
        return [day for day in range(-7, n + 7) if days[day + 7 if day < 0 else day - 7 if day >= n else day]]

    def dated(self, week: int):
        """Trains and works of one week's axis, minutes from its Monday 0:00."""
        trains = [
            [(p, a + (day - 7 * week) * DAY, d + (day - 7 * week) * DAY) for p, a, d in rows]
            for rows, days in self.trains
            for day in self.going_on(days)
        ]
        works = [
            (s, p, a + (day - 7 * week) * DAY, b + (day - 7 * week) * DAY)
            for s, p, a, b, days in self.works
            for day in self.going_on(days)
        ]
        low, high = self.day * DAY + self.window[0] - 200, self.day * DAY + self.latest + 200
        trains = [rows for rows in trains if rows[-1][2] > low and rows[0][1] < high]
        return trains, works

    def section_ok(self, world, k: int, enter: int, leave: int) -> bool:
        trains, works = world
        meet, release = self.rules.meet_s // 60, self.rules.release_s // 60
        for s, _, a, b in works:
            if s == k and enter < b and leave > a:
                return False
        for rows in trains:
            for (p, _, out), (q, reach, _) in pairwise(rows):
                at = min(p, q)
                if k in self.alone and at in self.alone and not (enter >= reach + meet or out >= leave + meet):
                    return False
                if at != k:
                    continue
                if p > q:
                    if self.tracks[k] == 1 and not (enter >= reach + meet or out >= leave + meet):
                        return False
                    continue
                blocks = int(self.blocks[k])
                mine = [enter + (leave - enter) * b / blocks for b in range(blocks + 1)]
                theirs = [out + (reach - out) * b / blocks for b in range(blocks + 1)]
                after = all(mine[b] >= theirs[b + 1] + release for b in range(blocks))
                before = all(theirs[b] >= mine[b + 1] + release for b in range(blocks))
                if not after and not before:
                    return False
        return True

    def bad_minutes(self, world):
        """For each place how many minutes before each minute are taken (all tracks in use), from `self.zero` on."""
        trains, works = world
        hold = self.rules.track_s // 60
        self.zero = self.day * DAY + self.window[0] - 5
        size = self.latest - self.window[0] + 20
        sums = []
        for place in range(len(self.run) + 1):
            there = [0] * size
            for rows in trains:
                for p, a, d in rows:
                    if p == place:
                        for minute in range(max(a - self.zero, 0), min(d + hold - self.zero, size)):
                            there[minute] += 1
            total = [0]
            for count in there:
                total.append(total[-1] + (count >= self.station_tracks[place]))
            closed = [(a, b) for _, p, a, b in works if p == place]
            if place - 1 in self.alone and place in self.alone:
                meet = self.rules.meet_s // 60
                for rows in trains:
                    for (p, _, out), (q, reach, _) in pairwise(rows):
                        if min(p, q) in self.alone:
                            closed.append((out - meet, reach + meet))
            sums.append((total, closed))
        return sums

    def stay_ok(self, sums, place: int, arrive: int, depart: int) -> bool:
        total, works = sums[place]
        for a, b in works:
            if arrive < b and depart > a:
                return False
        hold = self.rules.track_s // 60
        return total[depart + hold - self.zero] == total[arrive - self.zero]

    def exhaustive(self, weeks=None):
        """Earliest arrival (minutes from Monday) of each departure minute, or None; free in all the weeks."""
        worlds = [self.dated(w) for w in (weeks if weeks is not None else range(self.n_weeks))]
        taken = [self.bad_minutes(world) for world in worlds]
        n = len(self.run)
        base = self.day * DAY
        dwell = {k: max(self.must.get(k, 0), self.rules.dwell_s // 60) for k in range(n + 1)}
        can_stop = [
            k in (0, n) or k in self.must or (self.usable[k] >= self.length_m and k not in self.no_stop)
            for k in range(n + 1)
        ]
        legs = {(i, j): self.leg(i, j) for i in range(n) for j in range(i + 1, n + 1)}
        leg_known: dict[tuple[int, int, int], bool] = {}

        def leg_ok(i, j, x):
            key = (i, j, x)
            if key not in leg_known:
                at = [x + m for m in legs[i, j]]
                if at[-1] > base + self.latest:
                    return False
                leg_known[key] = all(
                    all(self.section_ok(w, i + m, at[m], at[m + 1]) for m in range(j - i))
                    and all(self.stay_ok(sums, i + m, at[m], at[m]) for m in range(1, j - i))
                    for w, sums in zip(worlds, taken, strict=True)
                )
            return leg_known[key]

        known: dict[tuple[int, int], int | None] = {}

        def onward(i, t, leave):
            """Earliest arrival of a train that leaves i at `leave` (it stood there from t)."""
            best = None
            for j in range(i + 1, n + 1):
                if can_stop[j] and leg_ok(i, j, leave):
                    reach = leave + legs[i, j][-1]
                    if all(self.stay_ok(w, j, reach, reach) for w in taken):
                        end = reach if j == n else from_stand(j, reach)
                        if end is not None and (best is None or end < best):
                            best = end
                if j in self.must:
                    break
            return best

        def from_stand(i, t):
            """Earliest arrival of a train that stands at i from minute t on."""
            if (i, t) not in known:
                ends = []
                for leave in range(t + dwell[i], base + self.latest + 1):
                    if not all(self.stay_ok(w, i, t, leave) for w in taken):
                        break
                    ends.append(onward(i, t, leave))
                known[i, t] = min((end for end in ends if end is not None), default=None)
            return known[i, t]

        return [
            onward(0, d, d) if all(self.stay_ok(w, 0, d, d) for w in taken) else None
            for d in range(base + self.window[0], base + self.window[1])
        ]
