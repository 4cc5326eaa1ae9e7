"""A train's way over the layout: which sections in which direction, and the track under it."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geoplan.errors import NoRouteError
from geoplan.rail.layout import Layout, find_place
from geoplan.rail.running import Track

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Line:
    """Places along a train's way and the sections between them.

    places : (n + 1,) place ids; sections : (n,) section ids; forward : (n,) whether the section is run from its
    from_place to its to_place
    """

    layout: Layout
    places: tuple[str, ...]
    sections: tuple[str, ...]
    forward: tuple[bool, ...]

    @property
    def length_m(self) -> float:
        return float(self.layout.sections.loc[list(self.sections), "length_m"].sum())

    @cached_property
    def names(self) -> list[str]:
        return self.layout.places.loc[list(self.places), "name"].to_list()

    @cached_property
    def position_m(self) -> NDArray[np.float64]:
        """Distance of each place from the first, shape (n_places,)."""
        lengths = self.layout.sections.loc[list(self.sections), "length_m"].to_numpy()
        return np.concatenate([[0.0], np.cumsum(lengths)])

    def describe(self) -> str:
        """The places in words."""
        return " – ".join(self.names)


def rail_line(layout: Layout, stops: Sequence[object], *, avoid: Sequence[str] = ()) -> Line:
    """The quickest way at line speed through the stops in their order; no turning back on the open line.

    Parameters
    ----------
    stops
        Place ids or names; two at least.
    avoid
        Section ids that are not used.

    Raises
    ------
    NoRouteError
        The railway does not connect two of them.
    """
    ids = [find_place(layout, stop) for stop in stops]
    known = layout.cache.setdefault("lines", {})
    key = (tuple(ids), frozenset(avoid))
    if key not in known:
        known[key] = _find_line(layout, ids, key[1])
    return known[key]


def _find_line(layout: Layout, ids: Sequence[str], avoid: frozenset[str]) -> Line:
    places, sections, forward = [ids[0]], list[str](), list[bool]()
    for start, end in pairwise(ids):
        if start == end:
            continue
        last = sections[-1] if sections else ""
        for section, ahead, place in _quickest(layout, start, end, last, avoid):
            sections.append(section)
            forward.append(ahead)
            places.append(place)
    return Line(layout, tuple(places), tuple(sections), tuple(forward))


def _quickest(layout: Layout, start: str, end: str, last: str, avoid: frozenset[str]) -> list[tuple[str, bool, str]]:
    """Steps (section, forward, place) of the quickest way that does not begin by turning back into `last`.

    States are (place, section it was reached by), so that a train never reverses between two sections.
    """
    steps = _steps(layout)
    done: set[tuple[str, str]] = set()
    before: dict[tuple[str, str], tuple[tuple[str, str], bool]] = {}
    best = {(start, last): 0.0}
    heap = [(0.0, start, last)]
    while heap:
        time, place, by = heapq.heappop(heap)
        state = (place, by)
        if state in done:
            continue
        done.add(state)
        if place == end:
            way: list[tuple[str, bool, str]] = []
            while state in before:
                previous, ahead = before[state]
                way.append((state[1], ahead, state[0]))
                state = previous
            return way[::-1]
        for section, ahead, there, seconds in steps.get(place, ()):
            if section == by or section in avoid:
                continue
            key = (there, section)
            if time + seconds < best.get(key, np.inf):
                best[key] = time + seconds
                before[key] = (state, ahead)
                heapq.heappush(heap, (time + seconds, there, section))
    names = layout.places["name"]
    raise NoRouteError(f"no railway in use from {names[start]} to {names[end]}; open a way or choose another route")


def _steps(layout: Layout) -> Mapping[str, list[tuple[str, bool, str, float]]]:
    """Sections that leave each place: (section, forward, place beyond, seconds at line speed)."""
    if "steps" not in layout.cache:
        found: dict[str, list[tuple[str, bool, str, float]]] = {}
        table = layout.sections
        seconds = (table["length_m"] / (table["speed_kmh"] / 3.6)).to_list()
        rows = zip(table.index, table["from_place"], table["to_place"], seconds, strict=True)
        for section, start, end, time in rows:
            found.setdefault(start, []).append((section, True, end, time))
            found.setdefault(end, []).append((section, False, start, time))
        layout.cache["steps"] = found
    return layout.cache["steps"]


@dataclass(frozen=True)
class SlowZone:
    """A stretch of one way where a train may not run faster.

    start_m, end_m : from the start of the way as the network draws it (edge_f); speed_kmh
    """

    way_id: str
    start_m: float
    end_m: float
    speed_kmh: float


def line_track(line: Line, *, slow: Sequence[SlowZone] = ()) -> Track:
    """The track under a line in the direction of travel, slow zones cut in."""
    zones: dict[str, list[SlowZone]] = {}
    for zone in slow:
        zones.setdefault(zone.way_id, []).append(zone)
    length, speed, grade, place_at = [], [], [], [0]
    for section, ahead in zip(line.sections, line.forward, strict=True):
        values = _pieces_of(line.layout)[section]
        values = (
            values
            if ahead
            else [(way, m, back, limit, -slope, not drawn) for way, m, limit, back, slope, drawn in reversed(values)]
        )
        for way, metres, limit, _, slope, along in values:
            cuts = {0.0, metres}
            here = [_clip(zone, metres, along) for zone in zones.get(way, ())]
            for a, b, _ in here:
                cuts |= {a, b}
            marks = sorted(cuts)
            for a, b in pairwise(marks):
                if b - a < 1e-9:
                    continue
                middle = (a + b) / 2
                length.append(b - a)
                speed.append(min([limit, *(v for x, y, v in here if x <= middle <= y)]))
                grade.append(slope)
        place_at.append(len(length))
    return Track(np.array(length), np.array(speed), np.array(grade), np.array(place_at, dtype=np.int64))


def _pieces_of(layout: Layout) -> Mapping[str, list[tuple[str, float, float, float, float, bool]]]:
    """Pieces of each section in its direction: way, length, speed there and back, slope, whether it is drawn so."""
    if "pieces" not in layout.cache:
        found: dict[str, list[tuple[str, float, float, float, float, bool]]] = {}
        table = layout.pieces
        names = ("section_id", "way_id", "length_m", "speed_kmh", "speed_back_kmh", "grade_pct", "edge_f", "first_edge")
        for section, way, *values, edge, first in zip(*(table[name].to_list() for name in names), strict=True):
            found.setdefault(section, []).append((way, *values, edge == first))
        layout.cache["pieces"] = found
    return layout.cache["pieces"]


def _clip(zone: SlowZone, metres: float, along: bool) -> tuple[float, float, float]:
    """Start and end of a zone from the end of the way where the train enters it, and its speed."""
    a, b = max(0.0, zone.start_m), min(metres, zone.end_m)
    return (a, b, zone.speed_kmh) if along else (metres - b, metres - a, zone.speed_kmh)
