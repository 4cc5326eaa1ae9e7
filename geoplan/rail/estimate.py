"""Capacity without a timetable: the mean time that a train takes from a section, over all orders of trains.

    C = (1/S) sum_i n_i (T_i + rho M_i)

S is the period, n_i the trains of kind i, T_i what one takes when the next goes the same way, M_i what a meeting adds
and rho the share of trains that meet. With z_ij, the time from the entry of i to that of j, and an order as chance
makes it, this is C = (1/S) sum_ij n_i n_j z_ij / sum_i n_i. A meeting adds the time to set the section round and the
wait: who comes at any time to a section that an opposing train is about to run waits half its run on average.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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


@dataclass(frozen=True, eq=False)
class _Rows:
    """Traffic of one section as arrays, and the longest run of each kind of train."""

    trains: FloatArray
    run_s: FloatArray
    length_m: FloatArray
    forward: NDArray[np.bool_]
    kind: list[str]
    train_type: tuple[str, ...]
    run_of: dict[str, float]


def _rows_by_section(traffic: pd.DataFrame) -> dict[str, _Rows]:
    code, keys = pd.factorize(traffic["section_id"])
    order = np.argsort(code, kind="stable")
    first = np.searchsorted(code[order], np.arange(len(keys) + 1))
    trains, run, length = (traffic[name].to_numpy(dtype=float)[order] for name in ("trains", "run_s", "length_m"))
    forward = traffic["forward"].to_numpy(dtype=bool)[order]
    kinds, types = (traffic[name].astype("object").to_numpy()[order] for name in ("kind", "train_type"))
    found = {}
    for k, key in enumerate(keys):
        part = slice(first[k], first[k + 1])
        kind = kinds[part].tolist()
        run_of: dict[str, float] = {}
        for name, seconds in zip(kind, run[part].tolist(), strict=True):
            run_of[name] = max(run_of.get(name, 0.0), seconds)
        found[str(key)] = _Rows(
            trains[part], run[part], length[part], forward[part], kind, tuple(types[part].tolist()), run_of
        )
    return found


def _section_mix(
    layout: Layout, section_id: str, by_section: Mapping[str, _Rows], rules: Rules, meet_wait: float
) -> SectionMix:
    """The mix of one section, with the way that opposing trains have to the next place where they can meet.

    Two opposing trains can meet where the shorter of them fits; where they cannot at an end of the section, the one
    occupies the line on to the next place where they can, and the other from there.
    """
    rows, info = by_section[section_id], layout.section(section_id)
    blocks, tracks = int(info["blocks"]), int(info["tracks"])
    run, forward = rows.run_s, rows.forward
    one, two = run[:, None] / blocks, run[None, :] / blocks
    apart = np.maximum(one, run[:, None] + two - run[None, :]) + rules.release_s
    if tracks < 2:
        for i in range(len(run)):
            place = str(info["to_place"] if forward[i] else info["from_place"])
            for j in np.flatnonzero(forward != forward[i]).tolist():
                need = float(np.fmin(rows.length_m[i], rows.length_m[j]))
                on, back = _beyond(layout, by_section, section_id, place, need, rows.kind[i], rows.kind[j])
                apart[i, j] = run[i] + on + rules.meet_s + back + meet_wait * (run[j] + back)
    return SectionMix(rows.trains, forward, apart, tracks, rows.train_type)


def _beyond(
    layout: Layout,
    by_section: Mapping[str, _Rows],
    section_id: str,
    place: str,
    need_m: float,
    kind_i: str,
    kind_j: str,
) -> tuple[float, float]:
    """Seconds that train i runs on from `place`, and train j back to it, from the next place where the two can meet."""
    seconds_i = seconds_j = 0.0
    seen = {section_id}
    while True:
        here = layout.place(place)
        if here["can_hold"] and here["n_tracks"] >= 2 and not need_m > here["usable_m"]:
            return seconds_i, seconds_j
        onward = ""
        for key in _touching(layout, place):
            table = by_section.get(key)
            if key not in seen and table is not None and kind_i in table.run_of and kind_j in table.run_of:
                onward = key
                break
        if not onward or layout.section(onward)["tracks"] >= 2:
            return seconds_i, seconds_j  # the line ends, or goes on with two tracks
        seen.add(onward)
        seconds_i += by_section[onward].run_of[kind_i]
        seconds_j += by_section[onward].run_of[kind_j]
        section = layout.section(onward)
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
    layout: Layout,
    traffic: pd.DataFrame,
    *,
    rules: Rules,
    meet_wait: float = MEET_WAIT,
    only: Collection[str] | None = None,
) -> dict[str, SectionMix]:
    """The mix of every section (of those named) that has traffic."""
    by_section = _rows_by_section(traffic)
    wanted = by_section if only is None else [key for key in by_section if key in only]
    return {key: _section_mix(layout, key, by_section, rules, meet_wait) for key in wanted}


def period_trains(mix: SectionMix, period: str, peak_share: Mapping[str, float] | None = None) -> FloatArray:
    """Trains of each kind in the period: all of the day's, or the share that falls into the busiest two hours."""
    if period == "day":
        return mix.trains
    shares = {**PEAK_SHARE, **(peak_share or {})}
    return mix.trains * np.array([shares.get(kind, DEFAULT_PEAK_SHARE) for kind in mix.train_type])
