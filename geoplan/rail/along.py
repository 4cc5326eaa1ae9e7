"""Tables for drawings: trains, places and sections by their distance along a line."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S
from geoplan.network.network import Network
from geoplan.rail.layout import Layout
from geoplan.rail.line import Line
from geoplan.rail.paths import closed_track, train_paths
from geoplan.rail.slot_hits import Way, hits_of
from geoplan.rail.slot_plan import slot_rows
from geoplan.rail.slots import SlotPlan


def places_along(line: Line) -> pd.DataFrame:
    """Places of a line: place, name, km, can_hold, usable_m, n_tracks, loop, assumed."""
    places = line.layout.places.loc[list(line.places)]
    table = places[["name", "can_hold", "usable_m", "n_tracks", "loop", "assumed"]].reset_index(names="place")
    table.insert(2, "km", line.position_m / 1000.0)
    return table


def sections_along(line: Line, capacity: pd.DataFrame | None = None, *, period: str = "day") -> pd.DataFrame:
    """Sections of a line: section_id, name, km_from, km_to, tracks, and of `rail_capacity` consumption_pct and
    capacity_class where it is given."""
    sections = line.layout.sections.loc[list(line.sections)]
    table = sections[["name", "tracks"]].reset_index(names="section_id")
    table["km_from"], table["km_to"] = line.position_m[:-1] / 1000.0, line.position_m[1:] / 1000.0
    if capacity is not None:
        rows = capacity[capacity["period"] == period].set_index("section_id")
        for name in ("consumption_pct", "capacity_class"):
            table[name] = table["section_id"].map(rows[name]).to_numpy()
    return table


def trains_along(line: Line, timetable: Timetable, day: dt.date, *, until_h: float = 36.0) -> pd.DataFrame:
    """Trains on a line on a day and the night after it, as points of a string diagram.

    Parameters
    ----------
    until_h
        Trains that come on the line later than so many hours after midnight of the day are left out.

    Returns
    -------
    train, train_type, made_up, part (a new one where the train leaves the line and comes back), km, time_s (from
    midnight of the day; two rows a place where it stops).
    """
    paths = train_paths(line.layout, timetable)
    km = dict(zip(line.places, line.position_m / 1000.0, strict=True))
    own = dict(zip(line.sections, zip(line.places[:-1], line.places[1:], strict=True), strict=True))
    info = timetable.trains[["train", "train_type", "made_up"]].to_dict("index")
    column = (day - timetable.first_day).days
    rows: list[tuple[object, ...]] = []
    part = 0
    for key, stops in paths.groupby("train_id", sort=False):
        place, section = stops["place"].to_list(), stops["section_id"].to_list()
        arrive, depart = stops["arrive_s"].to_list(), stops["depart_s"].to_list()
        row = timetable.trains.index.get_indexer(pd.Index([key]))[0]
        about = info[key]
        for shift in range(-2, 2):
            if not (0 <= column + shift < timetable.n_days and timetable.runs[row, column + shift]):
                continue
            on = False
            for k, name in enumerate(section):
                if name in own:
                    part += not on
                    on = True
                    for where, time in (
                        (place[k], depart[k]),
                        (place[k + 1], arrive[k + 1]),
                        (place[k + 1], depart[k + 1]),
                    ):
                        seconds = time + shift * DAY_S
                        rows.append((about["train"], about["train_type"], about["made_up"], part, km[where], seconds))
                else:
                    on = False
    columns = ["train", "train_type", "made_up", "part", "km", "time_s"]
    table = pd.DataFrame(rows, columns=columns).drop_duplicates()
    span = table.groupby("part")["time_s"]
    seen = (span.transform("max") >= 0) & (span.transform("min") < until_h * 3600)
    return table[seen].reset_index(drop=True)


def works_along(line: Line, timetable: Timetable, day: dt.date) -> pd.DataFrame:
    """Track out of use on a line on a day: work_id, km_from, km_to, start_s, end_s (from midnight of the day)."""
    closed = closed_track(line.layout, timetable)
    span = dict(zip(line.sections, zip(line.position_m[:-1], line.position_m[1:], strict=True), strict=True))
    column = (day - timetable.first_day).days
    rows = []
    for work_id, where, is_section, start, end in closed.to_numpy().tolist():
        if not is_section or where not in span:
            continue
        runs = timetable.work_runs[timetable.works.index.get_loc(work_id)]
        for shift in (-1, 0, 1):
            if 0 <= column + shift < timetable.n_days and runs[column + shift]:
                low, high = span[where]
                rows.append((work_id, low / 1000.0, high / 1000.0, start + shift * DAY_S, end + shift * DAY_S))
    return pd.DataFrame(rows, columns=["work_id", "km_from", "km_to", "start_s", "end_s"])


def slot_along(plan: SlotPlan, slot: int) -> pd.DataFrame:
    """One slot as points of a string diagram: name, km, time_s (from midnight of its day), stop."""
    rows = slot_rows(plan, slot)
    day = int(rows["depart_s"].iloc[0]) // DAY_S * DAY_S
    twice = rows.loc[rows.index.repeat(2)]
    time = np.column_stack([rows["arrive_s"], rows["depart_s"]]).ravel() - day
    return twice[["name", "km", "stop"]].assign(time_s=time).reset_index(drop=True)


def meetings_along(plan: SlotPlan, slot: int, timetable: Timetable) -> pd.DataFrame:
    """Where the train of a slot would meet others if it left at the same time and never waited.

    Returns
    -------
    km, time_s (from midnight of the slot's day), train_type; one row another train (or work: train_type is empty).
    """
    task = plan.task
    last = len(task.stops) - 1
    run = int(task.table[0, task.stops[-1], task.stops[-1]])
    leaves = int(plan.slots["depart_s"].to_dict()[slot])
    columns = ["km", "time_s", "train_type"]
    if run < 0:
        return pd.DataFrame(columns=columns)
    way = Way(leaves, (0, last), (leaves, leaves + run), (leaves, leaves + run), 0)
    hits = hits_of(task, way)
    at = task.table[0, task.stops[-1]] + leaves
    km, day = task.line.position_m / 1000.0, leaves // DAY_S * DAY_S
    types = timetable.trains["train_type"].to_list()
    rows: dict[int, tuple[float, float, str]] = {}
    for item, k, is_section in zip(hits.item.tolist(), hits.at.tolist(), hits.is_section.tolist(), strict=True):
        where = (km[k] + km[k + 1]) / 2 if is_section else km[k]
        when = (at[k] + at[k + 1]) / 2 if is_section else at[k]
        rows.setdefault(item, (float(where), float(when - day), types[item] if item >= 0 else ""))
    return pd.DataFrame(list(rows.values()), columns=columns)


def free_windows_along(plan: SlotPlan, slot: int) -> pd.DataFrame:
    """Departures of the slot's day that are free every week, as windows: start_s, end_s (from midnight)."""
    day = int(plan.slots["depart_s"].to_dict()[slot]) // DAY_S
    good = plan.slots[(plan.slots["weeks_ok"] == plan.slots["n_weeks"]) & (plan.slots["depart_s"] // DAY_S == day)]
    times = np.sort(good["depart_s"].to_numpy(dtype=np.int64)) - day * DAY_S
    if len(times) == 0:
        return pd.DataFrame({"start_s": [], "end_s": []})
    step = int(np.diff(plan.task.departures).min()) if len(plan.task.departures) > 1 else 60
    cut = np.flatnonzero(np.diff(times) > step)
    first, last = np.concatenate([[0], cut + 1]), np.concatenate([cut, [len(times) - 1]])
    return pd.DataFrame({"start_s": times[first], "end_s": times[last] + step})


def capacity_geometry(network: Network, layout: Layout, capacity: pd.DataFrame) -> gpd.GeoDataFrame:
    """The rows of `rail_capacity` with the lines of their ways, in the coordinates of the network."""
    edges = network.edges.geometry
    lines = {
        key: shapely.line_merge(shapely.MultiLineString(edges.loc[rows["first_edge"]].to_list()))
        for key, rows in layout.pieces.groupby("section_id", sort=False)
    }
    geometry = [lines[key] for key in capacity["section_id"]]
    return gpd.GeoDataFrame(capacity.copy(), geometry=geometry, crs=network.crs)
