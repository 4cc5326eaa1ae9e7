"""How long the railway answers take: a slot for every week of a year, a made-up timetable, the checker, capacity.

Run: python benchmarks/bench_rail.py
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.io.timetable import Timetable, build_timetable
from geoplan.network.network import build_network
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.check import find_conflicts
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout, rail_layout
from geoplan.rail.slot_plan import plan_slots, slot_timetable
from geoplan.rail.slot_price import price_slots
from geoplan.rail.train import train

T = TypeVar("T")
FIRST, LAST = dt.date(2025, 12, 15), dt.date(2026, 12, 13)  # 52 weeks


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


def clock(what: str, run: Callable[[], T], *, repeat: int = 3) -> T:
    """Runs it and prints the least processor time."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        result = run()
        best = min(best, time.process_time() - start)
    print(f"{what:<78}{best * 1000:9.0f} ms")
    return result


def measure(sections: int, trains: int) -> None:
    """All of it on a line of so many sections."""
    special, long = train("transformer"), replace(train("freight_long"), length_m=700.0)
    layout = straight_line(sections)
    ends = ["S00", f"S{sections:02d}"]
    wanted = services(ends[1], trains / 2)

    def make() -> Timetable:
        return make_timetable(layout, wanted, first_day=FIRST, last_day=LAST)

    made = make()
    print(f"\n{sections} sections, {len(made.trains)} trains a day, 52 weeks")
    clock("made-up timetable", make)
    plan = clock(
        "slots of a 30 km/h train, 2,880 departures of a weekend",
        partial(plan_slots, layout, made, special, ends, weekdays=(5, 6)),
    )
    clock("the same, 10,080 departures of a week", partial(plan_slots, layout, made, special, ends))
    print(f"    free every week: {(plan.slots['weeks_ok'] == 52).sum()} of 2,880 departures")
    evening = {"weekdays": (2,), "window": ("12:00", "14:00")}
    none = clock(
        "no slot: a 700 m train that fits no loop; fewest exceptions and why",
        partial(plan_slots, layout, made, long, ends, **evening),
    )
    print(
        f"    best: {none.slots['weeks_ok'].max() if len(none.slots) else 0} of 52 weeks; {none.why['reason'].iloc[0]}"
    )
    odd = with_gaps(made)
    some = clock(
        "52 different weeks, the 30 km/h train: fewest exceptions and why",
        partial(plan_slots, layout, odd, special, ends, weekdays=(5, 6)),
    )
    print(
        f"    best: {some.slots['weeks_ok'].max() if len(some.slots) else 0} of 52 weeks, {len(some.slots)} departures"
    )
    clock(
        "52 different weeks, the 700 m train: fewest exceptions and why",
        partial(plan_slots, layout, odd, long, ends, weekdays=(5, 6)),
    )
    price = clock(
        "what moving other trains costs, 3 departures",
        partial(price_slots, none, made, departures=3, max_move_min=30),
        repeat=1,
    )
    print(f"    cheapest: {price['moves'].iloc[0]}")
    clock("capacity of all sections, by compression and by estimate", partial(rail_capacity, layout, made))
    if plan.slots.empty:
        print(f"    no slot for the slow train: {plan.why['reason'].iloc[0]}")
        return
    with_slot = slot_timetable(plan, int(plan.slots.index[0]), made)
    found = clock("independent check of the whole year with the slot in it", partial(find_conflicts, layout, with_slot))
    print(f"    conflicts: {len(found)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trains", type=int, default=60, help="trains a day, both ways together")
    options = parser.parse_args()
    for sections in (12, 30):
        measure(sections, options.trains)


if __name__ == "__main__":
    main()
