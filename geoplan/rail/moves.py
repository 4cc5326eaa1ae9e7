"""Moving trains: the least change that takes the conflicts out of a timetable.

Every train may be shifted as a whole by whole minutes. For two trains that share a section on a common day the shift of
the one against the other must stay out of some open intervals; that is a small mixed-integer program. Constraints are
added only when a solution breaks them, so the last solution, which breaks none, is the best of all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S
from geoplan.rail.layout import Layout
from geoplan.rail.paths import closed_track, train_paths, use_of_sections
from geoplan.rail.rules import Rules
from geoplan.rail.slot_piece_kernels import section_ban

ROUNDS = 200  # more rounds than this have not been seen; a stop against endless work


@dataclass(frozen=True, eq=False)
class Moves:
    """How the trains are moved: table (train, train_type, shift_min, cost), the total, and the moved timetable.

    feasible is False when no shifts within the limit help; `blocked` names the trains or works that still collide.
    in_time is False when the search stopped before it knew: then not feasible means not known.
    """

    feasible: bool
    table: pd.DataFrame
    total_min: float
    cost: float
    timetable: Timetable
    blocked: tuple[str, ...] = ()
    in_time: bool = True


def move_trains(
    layout: Layout,
    timetable: Timetable,
    *,
    fixed: Collection[str] = (),
    max_move_min: int = 15,
    cost_per_min: Mapping[str, float] | None = None,
    rules: Rules | None = None,
    alone: Sequence[Collection[str]] = (),
    most_nodes: int = 10_000,
) -> Moves:
    """The cheapest shifts of whole trains that leave no conflict with the fixed trains nor among the moved ones.

    Parameters
    ----------
    fixed
        Trains that stay where they are, such as the new one. Conflicts between two trains that neither is fixed nor
        moved are taken as given: they were there before.
    max_move_min
        Largest shift of a train, either way.
    cost_per_min
        Price of a minute by train_type; 1 where a type is not named.
    alone
        Groups of sections in which a fixed train must be the only one; see `Conditions`.
    most_nodes
        Work stops after so many nodes of the search tree of one program; `in_time` is False then. Nodes and not
        seconds, so that a busy machine gives the same answer.

    Returns
    -------
    `Moves`; not feasible when something stays in the way (a work, a fixed train, or too small a limit).
    """
    repair = _Repair(layout, timetable, set(fixed), max_move_min, cost_per_min or {}, rules or Rules(), alone)
    return repair.run(most_nodes)


class _Repair:
    """The growing program: which trains may move, and the disjunctions found so far."""

    def __init__(
        self,
        layout: Layout,
        timetable: Timetable,
        fixed: set[str],
        limit: int,
        cost: Mapping[str, float],
        rules: Rules,
        alone: Sequence[Collection[str]],
    ) -> None:
        self.layout, self.timetable, self.limit, self.rules = layout, timetable, limit, rules
        self.alone = [frozenset(group) for group in alone]
        self.ids = timetable.trains.index.to_list()
        self.fixed = {self.ids.index(key) for key in fixed}
        types = timetable.trains["train_type"].to_list()
        self.price = [float(cost.get(kind, 1.0)) for kind in types]
        paths = train_paths(layout, timetable)
        use = use_of_sections(paths)
        where = {key: k for k, key in enumerate(self.ids)}
        self.use: dict[int, list[tuple[str, bool, int, int]]] = {k: [] for k in range(len(self.ids))}
        columns = (use[name].to_list() for name in ("train_id", "section_id", "forward", "enter_s", "leave_s"))
        for train, *row in zip(*columns, strict=True):
            self.use[where[train]].append((str(row[0]), bool(row[1]), int(row[2]), int(row[3])))
        self.stays: dict[str, list[tuple[int, int, int]]] = {}
        columns = (paths[name].to_list() for name in ("train_id", "place", "arrive_s", "depart_s"))
        for train, place, arrive, depart in zip(*columns, strict=True):
            self.stays.setdefault(str(place), []).append((where[train], int(arrive), int(depart)))
        self.info = layout.sections[["tracks", "blocks"]].to_dict("index")
        self.tracks = layout.places["n_tracks"].to_dict()
        last = max((row[3] for rows in self.use.values() for row in rows), default=0)
        self.days = range(-(last // DAY_S + 1), last // DAY_S + 2)
        self.known: dict[tuple[int, int], list[tuple[float, float]]] = {}
        self.pairs: set[tuple[int, int, float, float]] = set()
        self.crowds: list[list[tuple[int, int, float]]] = []
        self.shut: set[tuple[int, float, float]] = set()
        self.closures = self._closures()

    def run(self, most_nodes: int) -> Moves:
        stuck = self._stuck()
        if stuck:
            return self._none(stuck)
        moved = set(self.fixed)
        shift = dict.fromkeys(range(len(self.ids)), 0)
        for _ in range(ROUNDS):
            new = self._broken(moved, shift)
            if not new:
                return self._answer(shift)
            moved |= new
            solved, late = self._solve(sorted(moved - self.fixed), most_nodes)
            if solved is None:
                names = sorted({self.ids[k] for pair in self.pairs for k in pair[:2] if k not in self.fixed})
                return self._none([] if late else names, in_time=not late)
            shift = {**dict.fromkeys(range(len(self.ids)), 0), **solved}
        return self._none([], in_time=False)

    def _none(self, blocked: list[str], *, in_time: bool = True) -> Moves:
        return Moves(False, self._table({}), np.nan, np.nan, self.timetable, tuple(blocked), in_time)

    def _stuck(self) -> list[str]:
        """Trains that no shift within the limit takes out of the way of a fixed train."""
        minutes = np.arange(-self.limit, self.limit + 1) * 60
        found = []
        for one in sorted(self.fixed):
            for two in range(len(self.ids)):
                if two in self.fixed:
                    continue
                a, b = min(one, two), max(one, two)
                relative = minutes if two == b else -minutes
                hit = np.zeros(len(minutes), dtype=bool)
                for low, high in self._forbidden(a, b):
                    hit |= (relative > low) & (relative < high)
                if hit.all():
                    found.append(self.ids[two])
        return found

    def _broken(self, moved: set[int], shift: Mapping[int, int]) -> set[int]:
        """Adds the constraints that the shifts break; the trains they touch."""
        touched: set[int] = set()
        active = [k for k in moved if k in self.fixed or shift[k]]
        for one in active:
            for two in range(len(self.ids)):
                if one == two or (one in self.fixed and two in self.fixed):
                    continue
                a, b = min(one, two), max(one, two)
                relative = shift[b] - shift[a]
                for low, high in self._forbidden(a, b):
                    if low < relative * 60 < high and (a, b, low, high) not in self.pairs:
                        self.pairs.add((a, b, low, high))
                        touched |= {a, b}
            for low, high in self.closures.get(one, []):
                if low < shift[one] * 60 < high and (one, low, high) not in self.shut and one not in self.fixed:
                    self.shut.add((one, low, high))
                    touched.add(one)
        for crowd in self._crowded(active, shift):
            if crowd not in self.crowds:
                self.crowds.append(crowd)
                touched |= {k for a, b, _ in crowd for k in (a, b)}
        return touched

    def _forbidden(self, a: int, b: int) -> list[tuple[float, float]]:
        """Open intervals of (shift of b - shift of a) in seconds that bring the two too near each other."""
        if (a, b) in self.known:
            return self.known[a, b]
        found = []
        theirs: dict[str, list[tuple[bool, int, int]]] = {}
        for section, forward, enter, leave in self.use[b]:
            theirs.setdefault(section, []).append((forward, enter, leave))
        for day in self.days:
            if not self._together(a, b, day):
                continue
            for section, forward, enter, leave in self.use[a]:
                info = self.info[section]
                for ahead, begin, end in theirs.get(section, ()):
                    same = ahead == forward
                    if not same and info["tracks"] >= 2:
                        continue
                    rules = self.rules
                    low, high = section_ban(
                        enter, leave, same, end - begin, info["blocks"], rules.meet_s, rules.release_s
                    )
                    start = begin + day * DAY_S
                    reach = 2 * self.limit * 60
                    if low - start < reach and high - start > -reach:
                        found.append((float(low - start), float(high - start)))
            for group in self.alone if a in self.fixed or b in self.fixed else ():
                found += self._apart(a, b, day, group)
        # A conflict that was there before is none of ours, unless a fixed train takes part in it.
        if a not in self.fixed and b not in self.fixed:
            found = [(low, high) for low, high in found if not low < 0 < high]
        self.known[a, b] = found
        return found

    def _apart(self, a: int, b: int, day: int, group: Collection[str]) -> list[tuple[float, float]]:
        """Shifts of b against a with which both are in a group of sections at once."""
        ours = [(enter, leave) for section, _, enter, leave in self.use[a] if section in group]
        theirs = [(enter, leave) for section, _, enter, leave in self.use[b] if section in group]
        if not ours or not theirs:
            return []
        wait, move = self.rules.meet_s, day * DAY_S
        low = min(enter for enter, _ in ours) - max(leave for _, leave in theirs) - wait - move
        high = max(leave for _, leave in ours) - min(enter for enter, _ in theirs) + wait - move
        reach = 2 * self.limit * 60
        return [(float(low), float(high))] if low < reach and high > -reach else []

    def _together(self, a: int, b: int, day: int) -> bool:
        """Whether b ever starts `day` days after a starts."""
        runs = self.timetable.runs
        one, two = runs[a], runs[b]
        if day >= 0:
            return bool((one[: len(one) - day] & two[day:]).any())
        return bool((one[-day:] & two[:day]).any())

    def _crowded(self, active: list[int], shift: Mapping[int, int]) -> list[list[tuple[int, int, float]]]:
        """Places where moved trains make one too many: the ways out, as (first, then, seconds between)."""
        crowds = []
        hold = self.rules.track_s
        for place, stays in self.stays.items():
            here = [row for row in stays if row[0] in active]
            if not here:
                continue
            for at, arrive, depart in here:
                begin = arrive + shift[at] * 60
                end = depart + shift[at] * 60 + hold
                others = []
                for other, reach, leave in stays:
                    for day in self.days:
                        if (other == at and day == 0) or not self._together(at, other, day):
                            continue
                        t0, t1 = (
                            reach + day * DAY_S + shift[other] * 60,
                            leave + day * DAY_S + shift[other] * 60 + hold,
                        )
                        if t0 < end and t1 > begin:
                            others.append((other, t0, t1, reach + day * DAY_S, leave + day * DAY_S))
                for moment in {begin, *(row[1] for row in others if row[1] >= begin)}:
                    there = [row for row in others if row[1] <= moment < row[2]]
                    if len(there) + 1 <= self.tracks[place] or not self._one_day([at, *(row[0] for row in there)]):
                        continue
                    rows = [(at, arrive, depart), *((k, a, d) for k, _, _, a, d in there)]
                    crowds += [
                        [(p, q, float(d + hold - a)) for (p, _, d), (q, a, _) in permutations(group, 2)]
                        for group in combinations(rows, int(self.tracks[place]) + 1)
                        if any(k in active for k, _, _ in group)
                    ]
        return crowds

    def _one_day(self, trains: list[int]) -> bool:
        """Whether the trains run on a common day (days next to each other are taken as one: cautious)."""
        runs: NDArray[np.bool_] = self.timetable.runs[trains]
        near = runs.copy()
        near[:, 1:] |= runs[:, :-1]
        near[:, :-1] |= runs[:, 1:]
        return bool(near.all(axis=0).any())

    def _closures(self) -> dict[int, list[tuple[float, float]]]:
        """Open intervals of each train's shift that bring it into works."""
        found: dict[int, list[tuple[float, float]]] = {}
        works = self.timetable.works.index.to_list()
        for work, where, is_section, start, end in closed_track(self.layout, self.timetable).to_numpy().tolist():
            if not is_section:
                continue
            days = self.timetable.work_runs[works.index(work)]
            for train, rows in self.use.items():
                runs = self.timetable.runs[train]
                for section, _, enter, leave in rows:
                    if section != where:
                        continue
                    for day in range(self.days.start - 2, self.days.stop + 2):
                        n = len(runs)
                        a, b = max(0, -day), min(n, n - day)
                        if a < b and (runs[a:b] & days[a + day : b + day]).any():
                            found.setdefault(train, []).append((start + day * DAY_S - leave, end + day * DAY_S - enter))
        return found

    def _solve(self, trains: list[int], most_nodes: int) -> tuple[dict[int, int] | None, bool]:
        """Shifts in whole minutes, None when there are none or the limit came first, and whether it did."""
        column = {train: k for k, train in enumerate(trains)}
        n = len(trains)
        # Columns: shift, then its two parts (later, earlier), then one binary a disjunction.
        n_binary = len(self.pairs) + len(self.shut) + sum(len(crowd) for crowd in self.crowds)
        width = 3 * n + n_binary
        cost = np.zeros(width)
        for train, k in column.items():
            cost[n + 2 * k] = cost[n + 2 * k + 1] = self.price[train]
        low, high = np.zeros(width), np.full(width, float(self.limit))
        low[:n] = -self.limit
        high[3 * n :] = 1.0
        rows, least, most = [], [], []

        def add(terms: Mapping[int, float], at_least: float, at_most: float) -> None:
            row = np.zeros(width)
            for k, value in terms.items():
                row[k] += value
            rows.append(row)
            least.append(at_least)
            most.append(at_most)

        def shift_of(train: int, sign: float) -> dict[int, float]:
            return {column[train]: sign} if train in column else {}

        big = 6.0 * self.limit + 10.0
        for k in range(n):
            add({k: 1.0, n + 2 * k: -1.0, n + 2 * k + 1: 1.0}, 0.0, 0.0)
        binary = 3 * n
        singles = [(-1, train, a, b) for train, a, b in self.shut]
        for one, two, a, b in [*sorted(self.pairs), *singles]:
            terms = {**shift_of(two, 1.0)}
            for key, value in shift_of(one, -1.0).items():
                terms[key] = terms.get(key, 0.0) + value
            under, over = np.floor(a / 60.0), np.ceil(b / 60.0)
            add({**terms, binary: -big - max(0.0, -under)}, -np.inf, under)  # binary 0: stay below
            add({**terms, binary: -big - max(0.0, over)}, over - big - max(0.0, over), np.inf)  # 1: stay above
            binary += 1
        for crowd in self.crowds:
            first = binary
            for one, two, gap in crowd:
                terms = {**shift_of(two, 1.0)}
                for key, value in shift_of(one, -1.0).items():
                    terms[key] = terms.get(key, 0.0) + value
                need = np.ceil(gap / 60.0)
                room = big + max(0.0, need)
                add({**terms, binary: -room}, need - room, np.inf)  # binary 1: `two` comes after `one` has gone
                binary += 1
            add(dict.fromkeys(range(first, binary), 1.0), 1.0, np.inf)
        integrality = np.zeros(width)
        integrality[:n] = 1
        integrality[3 * n :] = 1
        result = milp(
            cost,
            constraints=LinearConstraint(np.array(rows), np.array(least), np.array(most)),
            integrality=integrality,
            bounds=Bounds(low, high),
            options={"node_limit": most_nodes},
        )
        if result.status != 0:  # 0 is optimal, 1 the limit; an answer that need not be the best is none
            return None, result.status == 1
        return {train: round(result.x[k]) for train, k in column.items()}, False

    def _answer(self, shift: Mapping[int, int]) -> Moves:
        moved = {self.ids[k]: minutes for k, minutes in shift.items() if minutes}
        table = self._table(moved)
        stops = self.timetable.stops.copy()
        seconds = stops["train_id"].map(moved).fillna(0.0) * 60.0
        stops["arrive_s"] += seconds
        stops["depart_s"] += seconds
        total = float(table["shift_min"].abs().sum())
        return Moves(True, table, total, float(table["cost"].sum()), replace(self.timetable, stops=stops))

    def _table(self, moved: Mapping[str, int]) -> pd.DataFrame:
        trains = self.timetable.trains.loc[list(moved)]
        minutes = np.array([moved[key] for key in trains.index], dtype=float)
        price = np.array([self.price[self.ids.index(key)] for key in trains.index])
        return pd.DataFrame(
            {
                "train": trains["train"],
                "train_type": trains["train_type"],
                "shift_min": minutes,
                "cost": np.abs(minutes) * price,
            }
        )
