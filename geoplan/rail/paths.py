"""Trains place by place: the rows of a timetable laid on the layout, gaps filled by running times.

A timetable may name only the stations where a train stops. Here every place it passes gets a row, and every row says
over which section the train goes on. Planning, capacity and drawings work on this table; the conflict checker reads it
too, and trusts nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.errors import DataError, NoRouteError, name_rows
from geoplan.io.timetable import Timetable
from geoplan.rail.layout import Layout
from geoplan.rail.line import rail_line

PATH_COLUMNS = ("train_id", "place", "arrive_s", "depart_s", "track", "section_id", "forward", "given")


def train_paths(layout: Layout, timetable: Timetable) -> pd.DataFrame:
    """Rows of every train at every place of its way.

    Returns
    -------
    Table in the order of the timetable: train_id, place, arrive_s, depart_s (whole seconds, the first row arrives when
    it departs and the last departs when it arrives), track, section_id (to the next row; empty at the end), forward
    (direction on that section), given (False where the time lies between two given ones, by length over line speed).
    Stations inside a section (halts) are left out: the train stops within the section.

    Raises
    ------
    DataError
        A train starts, ends or stops off the railway, or two of its stations are not connected.
    """
    last = layout.cache.get("paths")
    if last is None or last[0] is not timetable:
        layout.cache["paths"] = last = (timetable, _laid_out(layout, timetable))
    return last[1].copy()


def _laid_out(layout: Layout, timetable: Timetable) -> pd.DataFrame:
    """`train_paths` anew."""
    known = set(layout.places.index)
    halts = set(layout.halts)
    rows: list[tuple[object, ...]] = []
    faults: list[str] = []
    lost: dict[str, list[str]] = {}
    ways: dict[tuple[str, str], tuple[list[str], list[str], list[bool], list[float]]] = {}
    names = ("train_id", "place", "arrive_s", "depart_s", "track")
    columns = [timetable.stops[name].to_list() for name in names]
    of_train: dict[str, list[tuple[str, float, float, str]]] = {}
    for train_id, *stop in zip(*columns, strict=True):
        of_train.setdefault(train_id, []).append(tuple(stop))
    for train_id, stops in of_train.items():
        places, arrive, depart, track = zip(*stops, strict=True)
        off = [place for place in places if place not in known and place not in halts]
        ends = [place for place in (places[0], places[-1]) if place not in known]
        if off or ends:
            for place in {*off, *ends}:
                lost.setdefault(place, []).append(str(train_id))
            continue
        on = [k for k, place in enumerate(places) if place in known]
        for n, k in enumerate(on):
            begin = arrive[k] if n else depart[k]
            end = depart[k] if n < len(on) - 1 else begin
            if n == len(on) - 1:
                rows.append((train_id, places[k], round(begin), round(end), track[k], "", False, True))
                break
            key = (places[k], places[on[n + 1]])
            if key not in ways:
                try:
                    ways[key] = _way(layout, *key)
                except NoRouteError as fault:
                    faults.append(f"{train_id}: {fault}")
                    ways[key] = ([places[k], places[on[n + 1]]], [""], [True], [0.0, 1.0])
            between, sections, forward, share = ways[key]
            rows.append((train_id, places[k], round(begin), round(end), track[k], sections[0], forward[0], True))
            span = arrive[on[n + 1]] - depart[k]
            for m in range(1, len(between) - 1):
                time = round(depart[k] + share[m] * span)
                rows.append((train_id, between[m], time, time, "", sections[m], forward[m], False))
    for place, trains in lost.items():
        faults.append(f"{place!r} is no place on the railway in use ({name_rows(trains).replace('row', 'train')})")
    if faults:
        raise DataError("timetable on the railway: " + "; ".join(faults) + "; correct the stations or open the way")
    return pd.DataFrame(rows, columns=list(PATH_COLUMNS))


def _way(layout: Layout, start: str, end: str) -> tuple[list[str], list[str], list[bool], list[float]]:
    """Places, sections, directions and shares of time between two stations."""
    line = rail_line(layout, [start, end])
    sections = [layout.section(section) for section in line.sections]
    time = np.array([section["length_m"] / section["speed_kmh"] for section in sections])
    share = np.concatenate([[0.0], np.cumsum(time) / time.sum()])
    return list(line.places), list(line.sections), list(line.forward), share.tolist()


def use_of_sections(paths: pd.DataFrame) -> pd.DataFrame:
    """One row a train and section: train_id, section_id, forward, enter_s, leave_s, from_place, to_place."""
    following = paths.shift(-1)
    use = paths["section_id"] != ""
    return pd.DataFrame(
        {
            "train_id": paths["train_id"][use],
            "section_id": paths["section_id"][use],
            "forward": paths["forward"][use].astype(bool),
            "enter_s": paths["depart_s"][use].astype("int64"),
            "leave_s": following["arrive_s"][use].astype("int64"),
            "from_place": paths["place"][use],
            "to_place": following["place"][use],
        }
    ).reset_index(drop=True)


def closed_track(layout: Layout, timetable: Timetable) -> pd.DataFrame:
    """Works on the layout: work_id, where (section_id or place), is_section, start_s, end_s.

    Raises
    ------
    DataError
        A work names a place that is not on the railway, or two that are not connected.
    """
    rows: list[tuple[object, ...]] = []
    works = timetable.works
    columns = (works[name].to_list() for name in ("from_place", "to_place", "start_s", "end_s"))
    for work_id, start, end, start_s, end_s in zip(works.index, *columns, strict=True):
        if end in ("", start):
            if start not in layout.places.index:
                raise DataError(f"works: {work_id}: {start!r} is no place on the railway; correct it")
            rows.append((work_id, start, False, start_s, end_s))
            continue
        try:
            line = rail_line(layout, [start, end])
        except (DataError, NoRouteError) as fault:
            raise DataError(f"works: {work_id}: {fault}") from None
        rows += [(work_id, section, True, start_s, end_s) for section in line.sections]
    return pd.DataFrame(rows, columns=["work_id", "where", "is_section", "start_s", "end_s"])
