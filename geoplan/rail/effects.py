"""What a change of the railway does: capacity by stretch, ore trains that fit, the special train's slots."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatch

import numpy as np
import pandas as pd

from geoplan.errors import DataError, NoRouteError
from geoplan.io.timetable import Timetable
from geoplan.network.network import Network
from geoplan.rail.capacity import rail_capacity, worst_by_stretch
from geoplan.rail.layout import Layout
from geoplan.rail.line import rail_line
from geoplan.rail.measures import Measure, with_measure
from geoplan.rail.questions import Change, KnownServices, Route
from geoplan.rail.slot_plan import plan_slots
from geoplan.rail.train import Train


def with_speed(network: Network, ways: Sequence[str], speed_kmh: float) -> Network:
    """The network with a line speed on railway ways named by id or pattern; higher ones stay.

    Raises DataError when a pattern names no railway way.
    """
    edges = network.edges.copy()
    rail = edges["mode"] == "rail"
    keys = pd.unique(edges.loc[rail, "way_id"].astype("str"))
    chosen: set[str] = set()
    for pattern in ways:
        found = {key for key in keys if fnmatch(key, pattern)}
        if not found:
            raise DataError(f"speed: no railway way {pattern!r}; name ways of the network or patterns of them")
        chosen |= found
    rows = rail & edges["way_id"].astype("str").isin(chosen)
    edges.loc[rows, "speed_kmh"] = np.fmax(edges.loc[rows, "speed_kmh"], speed_kmh)
    return network.replace(edges=edges)


def with_loops(services: KnownServices, loops: Mapping[str, str]) -> KnownServices:
    """Services whose table of stations says yes or no to loops.

    Raises DataError for a station that is not in the table, or another word.
    """
    stations = services.stations.copy()
    for node, answer in loops.items():
        rows = stations["node_id"] == node
        if not rows.any() or answer not in ("yes", "no"):
            raise DataError(f"loops: {node} = {answer!r}; name a station of the table and yes or no")
        stations.loc[rows, "has_loop"] = answer
    return KnownServices(services.trains, stations)


def with_measures(layout: Layout, measures: Sequence[Measure]) -> Layout:
    """The layout with all the measures built."""
    for measure in measures:
        layout = with_measure(layout, measure)
    return layout


def effect_on_stretches(
    layout: Layout,
    services: KnownServices,
    stretches: Mapping[str, tuple[str, ...]],
    routes: Sequence[Route],
    ore: Train,
) -> tuple[pd.DataFrame, list[float]]:
    """Capacity and room for ore trains, on one layout.

    Returns
    -------
    table : `worst_by_stretch` of the stretches; further trains are ore trains
    fits : of each route the ore trains a day each way until its fullest section is occupied 80 % of the day
    """
    own = [frozenset(rail_line(layout, route.stops).sections) for route in routes]
    shown = [frozenset(rail_line(layout, stops).sections) for stops in stretches.values()]
    capacity = rail_capacity(layout, services, extra=ore, only=frozenset().union(*own, *shown))
    day = capacity[capacity["period"] == "day"]
    extra = [day[day["section_id"].isin(sections)]["extra_trains_80"].min() for sections in own]
    return worst_by_stretch(capacity, layout, stretches), [float(np.floor(count / 2.0)) for count in extra]


def effect_on_special(
    layout: Layout,
    made: Timetable,
    special: Train,
    stops: Sequence[str],
    *,
    weekdays: Collection[int],
    window: tuple[str, str],
) -> dict[str, object]:
    """The special train on one layout: slots (departures free in every week), journey_h and wait_min of the best,
    over_axle_km (length of the line whose axle load it exceeds)."""
    row: dict[str, object] = {}
    line = rail_line(layout, list(stops))
    sections = layout.sections.loc[list(line.sections)]
    over = sections["max_axle_load_t"] < special.axle_load_t
    row["over_axle_km"] = float(sections["length_m"][over].sum()) / 1000.0
    try:
        plan = plan_slots(layout, made, special, list(stops), weekdays=weekdays, window=window)
    except NoRouteError:
        return row
    slots = plan.slots
    best = slots.iloc[0].to_dict() if len(slots) else {}
    row["slots"] = int((slots["weeks_ok"] == slots["n_weeks"]).sum())
    row["journey_h"] = (float(best["arrive_s"]) - float(best["depart_s"])) / 3600.0 if best else np.nan
    row["wait_min"] = best.get("wait_min", np.nan)
    return row


def takes_away(change: Change) -> bool:
    """Whether a change takes something away, so that other trains need a timetable of their own."""
    return any(answer == "no" for answer in change.loops.values())
