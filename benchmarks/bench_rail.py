"""How long the railway answers take: a slot for every week of a year, a made-up timetable, the checker, capacity.

python benchmarks/bench_rail.py [--quick]
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from harness import Options, Row, alone, cpu, yardstick

from geoplan.io.timetable import Timetable, build_timetable
from geoplan.network.network import build_network
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.check import find_conflicts
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout, rail_layout
from geoplan.rail.slot_plan import SlotPlan, plan_slots, slot_timetable
from geoplan.rail.slot_price import price_slots
from geoplan.rail.train import train

FIRST, LAST = dt.date(2025, 12, 15), dt.date(2026, 12, 13)  # 52 weeks
TRAINS = 60  # a day, both ways together


def straight_line(n_sections: int, length_km: float = 9.0) -> Layout:
    """A single-track line with a loop of 650 m at every station."""
    names = [f"S{k:02d}" for k in range(n_sections + 1)]
    nodes = gpd.GeoDataFrame(
        {"name": names, "kind": "station", "has_loop": "yes", "loop_length_m": 650.0},
        geometry=[shapely.Point(1000 * length_km * k, 0) for k in range(n_sections + 1)],
        index=pd.Index(names, name="node_id"),
        crs=3006,
    )
    rows = []
    for k in range(n_sections):
        for u, v in ((names[k], names[k + 1]), (names[k + 1], names[k])):
            line = shapely.LineString([nodes.geometry[u], nodes.geometry[v]])
            rows.append(
                {"edge_id": f"{u}>{v}", "u": u, "v": v, "way_id": f"w{k}", "mode": "rail", "length_m": line.length,
                 "speed_kmh": 120.0, "tracks": 1.0, "geometry": line}
            )  # fmt: skip
    edges = gpd.GeoDataFrame(rows, geometry="geometry", crs=3006).set_index("edge_id")
    return rail_layout(build_network(nodes, edges))


def services(last: str, per_direction: float) -> pd.DataFrame:
    """Passenger and freight trains over the whole line."""
    rows = [("p", "passenger", per_direction * 0.6), ("g", "freight", per_direction * 0.4)]
    table = pd.DataFrame(rows, columns=["service_id", "train_type", "trains_per_day"]).set_index("service_id")
    return table.assign(from_node="S00", to_node=last)


def with_gaps(timetable: Timetable, share: float = 0.1, seed: int = 1) -> Timetable:
    """The timetable with each train missing in so many of the weeks, so that no two weeks are alike."""
    rng = np.random.default_rng(seed)
    weeks = [FIRST + dt.timedelta(weeks=k) for k in range(52)]
    days = []
    for _ in range(len(timetable.trains)):
        off = [week for week in weeks if rng.random() < share]
        days.append(" ".join(["daily", *(f"-{week}..{week + dt.timedelta(days=6)}" for week in off)]))
    trains = timetable.trains.assign(days=days)
    return build_timetable(trains, timetable.stops, first_day=FIRST, last_day=LAST, meta=timetable.meta)


def measure(options: Options) -> Iterator[Row]:
    unit = yardstick()
    for sections in (12,) if options.quick else (12, 30):
        yield from _line(sections, unit)


def _line(sections: int, unit: float) -> Iterator[Row]:
    """All of it on a line of so many sections."""
    special, long = train("transformer"), replace(train("freight_long"), length_m=700.0)
    layout = straight_line(sections)
    ends = ["S00", f"S{sections:02d}"]
    wanted = services(ends[1], TRAINS / 2)

    def row(what: str, seconds: float, note: str = "", checked: bool | None = None) -> Row:
        case = f"{sections} sections, {TRAINS} trains a day, 52 weeks: {what}"
        return Row(case, "yardstick", seconds, unit, note=note, checked=checked)

    seconds, made = cpu(lambda: make_timetable(layout, wanted, first_day=FIRST, last_day=LAST))
    yield row("made-up timetable", seconds)
    seconds, plan = cpu(partial(plan_slots, layout, made, special, ends, weekdays=(5, 6)))
    free = f"{(plan.slots['weeks_ok'] == 52).sum()} of 2,880 departures free every week"
    yield row("slots of a 30 km/h train on a weekend", seconds, free)
    seconds, _ = cpu(partial(plan_slots, layout, made, special, ends))
    yield row("slots of the same, 10,080 departures of a week", seconds)
    seconds, none = cpu(partial(plan_slots, layout, made, long, ends, weekdays=(2,), window=("12:00", "14:00")))
    yield row("no slot for 700 m that fit no loop: fewest exceptions and why", seconds, _best(none))
    odd = with_gaps(made)
    seconds, some = cpu(partial(plan_slots, layout, odd, special, ends, weekdays=(5, 6)))
    yield row("52 different weeks, 30 km/h: fewest exceptions and why", seconds, _best(some))
    seconds, some = cpu(partial(plan_slots, layout, odd, long, ends, weekdays=(5, 6)))
    yield row("52 different weeks, 700 m: fewest exceptions and why", seconds, _best(some))
    seconds, price = cpu(partial(price_slots, none, made, departures=3, max_move_min=30), times=1)
    yield row("what moving other trains costs, 3 departures", seconds, f"cheapest: {price['moves'].iloc[0]}")
    seconds, _ = cpu(partial(rail_capacity, layout, made))
    yield row("capacity of all sections", seconds)
    if len(plan.slots):
        with_slot = slot_timetable(plan, int(plan.slots.index[0]), made)
        seconds, found = cpu(partial(find_conflicts, layout, with_slot))
        note = f"{len(found)} conflicts with the slot in it"
        yield row("independent check of the whole year", seconds, note, checked=found.empty)


def _best(plan: SlotPlan) -> str:
    """What came out, in a few words."""
    if plan.slots.empty:
        return f"no departure: {plan.why['reason'].iloc[0]}"
    return f"best {plan.slots['weeks_ok'].max()} of 52 weeks, {len(plan.slots)} departures"


if __name__ == "__main__":
    alone(measure, __doc__)
