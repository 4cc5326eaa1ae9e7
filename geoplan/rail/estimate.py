"""Capacity without a timetable: the mean time that a train takes from a section, over all orders of trains.

    C = (1/S) sum_i n_i (T_i + rho M_i)

S is the period, n_i the trains of kind i, T_i what one takes when the next goes the same way, M_i what a meeting adds
and rho the share of trains that meet. With z_ij, the time from the entry of i to that of j, and an order as chance
makes it, this is C = (1/S) sum_ij n_i n_j z_ij / sum_i n_i. A meeting adds the time to set the section round and the
wait: who comes at any time to a section that an opposing train is about to run waits half its run on average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.rail.layout import Layout
from geoplan.rail.rules import Rules

FloatArray = NDArray[np.float64]

# Share of a day's trains in the busiest two hours: assumed; even traffic over the day would be 2/24 = 0.083.
MEET_WAIT = 0.5  # mean wait of a train at a meeting, in running times of the opposing train (chance arrival)
PEAK_SHARE = {"passenger": 0.15, "freight": 0.10, "ore": 0.10, "special": 0.10}
DEFAULT_PEAK_SHARE = 0.10


@dataclass(frozen=True, eq=False)
class SectionMix:
    """Kinds of trains on one section: trains a day, direction, least seconds z[i, j] from entry to entry."""

    trains: FloatArray
    forward: NDArray[np.bool_]
    apart_s: FloatArray
    tracks: int
    train_type: tuple[str, ...]

    def occupied_s(self, trains: FloatArray | None = None) -> float:
        """Seconds taken by so many trains of each kind in an order as chance makes it; of two tracks the fuller one."""
        n = self.trains if trains is None else trains
        groups = [self.forward, ~self.forward] if self.tracks >= 2 else [np.ones(len(n), dtype=bool)]
        return max((_mean_sum(n[g], self.apart_s[np.ix_(g, g)]) for g in groups), default=0.0)


def _mean_sum(n: FloatArray, apart: FloatArray) -> float:
    total = n.sum()
    return float(n @ apart @ n / total) if total > 0 else 0.0


def section_mix(
    layout: Layout, section_id: str, *, rules: Rules, by_section: Mapping[str, pd.DataFrame], meet_wait: float
) -> SectionMix:
    """The mix of one section, with the way that opposing trains have to the next place where they can meet.

    Two opposing trains can meet where the shorter of them fits; where they cannot at an end of the section, the one
    occupies the line on to the next place where they can, and the other from there.
    """
    rows = by_section[section_id]
    info = layout.section(section_id)
    blocks, tracks = int(info["blocks"]), int(info["tracks"])
    run, length = rows["run_s"].to_numpy(dtype=float), rows["length_m"].to_numpy(dtype=float)
    forward = rows["forward"].to_numpy(dtype=bool)
    one, two = run[:, None] / blocks, run[None, :] / blocks
    apart = np.maximum(one, run[:, None] + two - run[None, :]) + rules.release_s
    if tracks < 2:
        ends = {True: str(info["to_place"]), False: str(info["from_place"])}
        for i in range(len(rows)):
            for j in range(len(rows)):
                if forward[i] == forward[j]:
                    continue
                need = float(np.fmin(length[i], length[j]))
                beyond_i, beyond_j = _beyond(layout, by_section, section_id, ends[forward[i]], need, i, j, rows)
                apart[i, j] = run[i] + beyond_i + rules.meet_s + beyond_j
                apart[i, j] += meet_wait * (run[j] + beyond_j)
    types = tuple(str(word) for word in rows["train_type"])
    return SectionMix(rows["trains"].to_numpy(dtype=float), forward, apart, tracks, types)


def _beyond(
    layout: Layout,
    by_section: Mapping[str, pd.DataFrame],
    section_id: str,
    place: str,
    need_m: float,
    i: int,
    j: int,
    rows: pd.DataFrame,
) -> tuple[float, float]:
    """Seconds that train i runs on from `place`, and train j back to it, from the next place where the two can meet."""
    kind_i, kind_j = rows["kind"].iloc[i], rows["kind"].iloc[j]
    seconds_i = seconds_j = 0.0
    seen = {section_id}
    while True:
        here = layout.place(place)
        if here["can_hold"] and here["n_tracks"] >= 2 and not need_m > here["usable_m"]:
            return seconds_i, seconds_j
        onward = None
        for key in _touching(layout, place):
            table = by_section.get(key)
            if key in seen or table is None:
                continue
            mine, theirs = table[table["kind"] == kind_i], table[table["kind"] == kind_j]
            if len(mine) and len(theirs):
                onward = (key, float(mine["run_s"].max()), float(theirs["run_s"].max()))
                break
        if onward is None or layout.section(onward[0])["tracks"] >= 2:
            return seconds_i, seconds_j  # the line ends, or goes on with two tracks
        seen.add(onward[0])
        seconds_i, seconds_j = seconds_i + onward[1], seconds_j + onward[2]
        section = layout.section(onward[0])
        place = str(section["to_place"] if section["from_place"] == place else section["from_place"])


def _touching(layout: Layout, place: str) -> list[str]:
    if "touching" not in layout.cache:
        found: dict[str, list[str]] = {}
        for key, start, end in zip(
            layout.sections.index, layout.sections["from_place"], layout.sections["to_place"], strict=True
        ):
            found.setdefault(start, []).append(key)
            found.setdefault(end, []).append(key)
        layout.cache["touching"] = found
    return layout.cache["touching"].get(place, [])


def section_mixes(
    layout: Layout, traffic: pd.DataFrame, *, rules: Rules, meet_wait: float = MEET_WAIT
) -> dict[str, SectionMix]:
    """The mix of every section that has traffic."""
    by_section = {str(key): rows for key, rows in traffic.groupby("section_id", sort=False)}
    return {
        key: section_mix(layout, key, rules=rules, by_section=by_section, meet_wait=meet_wait) for key in by_section
    }


def period_trains(mix: SectionMix, period: str, peak_share: Mapping[str, float] | None = None) -> FloatArray:
    """Trains of each kind in the period: all of the day's, or the share that falls into the busiest two hours."""
    if period == "day":
        return mix.trains
    shares = {**PEAK_SHARE, **(peak_share or {})}
    return mix.trains * np.array([shares.get(kind, DEFAULT_PEAK_SHARE) for kind in mix.train_type])
