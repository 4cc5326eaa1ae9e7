"""A made network of Sweden's size through the whole chain, with the time and the peak memory of each step.

    python benchmarks/bench_national.py [--quick]

2 million directed edges with limits, 290 municipalities and 6,000 small zones; `--quick` is a twentieth of that. Steps:
write and read (GeoParquet by parts), a heavy transport from one end to the other, skims 290 x 290 and 6,000 -> 290,
all-or-nothing assignment, criticality of a sample of links. Each step is held against the yardstick.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from harness import Options, Row, alone, peak_mb, yardstick
from made_networks import Streets, as_network, make_streets

from geoplan.assignment.equilibrium import assign
from geoplan.bottlenecks.criticality import criticality
from geoplan.demand.demand import Demand, build_demand
from geoplan.heavy_haul.plan import plan_transport
from geoplan.io.network_files import read_network, write_network
from geoplan.network.network import Network
from geoplan.routing.skim import skim
from geoplan.vehicles.load import Load

T = TypeVar("T")
EDGES, MUNICIPALITIES, SMALL_ZONES = 2_000_000, 290, 6_000
SAMPLE = 100  # links that are closed
MEMORY_MB = 16_000


def measure(options: Options) -> Iterator[Row]:
    share = 20 if options.quick else 1
    unit = yardstick()
    size = f"{EDGES // share:,} edges"
    clock = _Clock(unit, size, EDGES // share)
    streets = make_streets(int(EDGES / share / 2.6), EDGES // share)
    network, row = clock("tables made and checked", lambda: as_network(streets, **_limits(streets)))
    yield row
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # orders that were made before do not count
        path = Path(folder) / "sweden.parquet"
        _, row = clock("written as GeoParquet", lambda: write_network(network, path))
        yield row
        del network
        network, row = clock("read again", lambda: read_network(path))
        yield row
        shutil.rmtree(path)
        yield from _questions(network, streets, share, clock)


def _questions(network: Network, streets: Streets, share: int, clock: _Clock) -> Iterator[Row]:
    """What is asked of the network that was read."""
    rng = np.random.default_rng(1)
    nodes = rng.choice(len(network.nodes), MUNICIPALITIES + SMALL_ZONES // share, replace=False)
    towns, small = nodes[:MUNICIPALITIES].tolist(), nodes[MUNICIPALITIES:].tolist()
    on_main = np.unique(streets.tail[streets.speed_kmh >= 80])  # a factory and a port lie on a main road
    across = (streets.x + streets.y)[on_main]
    ends = int(on_main[np.argmin(across)]), int(on_main[np.argmax(across)])
    load = Load("transformer", weight_t=60, length_m=8.0, width_m=3.2, height_m=3.4)
    plan, row = clock("a heavy transport across", lambda: plan_transport(network, *ends, load))
    yield Row(**{**vars(row), "note": f"{row.note}; {'feasible' if plan.feasible else 'not feasible'}"})
    _, row = clock("skim 290 x 290, first (the order is made)", lambda: skim(network, towns))
    yield row
    _, row = clock("skim 290 x 290, again", lambda: skim(network, towns))
    yield row
    _, row = clock(f"skim {len(small):,} -> 290", lambda: skim(network, small, towns))
    yield row
    demand = _demand(network, towns, small, rng)
    result, row = clock("all-or-nothing assignment", lambda: assign(network, demand, method="aon"))
    yield Row(**{**vars(row), "checked": bool(result.evaluation["node_balance"] < 1e-6)})
    busiest = result.flows["flow_vph"].sort_values(ascending=False).index[: 20 * SAMPLE].to_numpy()
    among = rng.choice(busiest, SAMPLE, replace=False).tolist()
    between_towns = _demand(network, towns, [], rng)
    _, row = clock(f"criticality of {SAMPLE} links", lambda: criticality(network, between_towns, among=among))
    yield row


class _Clock:
    """CPU seconds of steps, and the peak memory of the process after each."""

    def __init__(self, unit: float, size: str, edges: int) -> None:
        self.unit, self.size, self.edges = unit, size, edges

    def __call__(self, step: str, work: Callable[[], T]) -> tuple[T, Row]:
        wall, began = time.perf_counter(), time.process_time()
        result = work()
        seconds, wall = time.process_time() - began, time.perf_counter() - wall
        memory = peak_mb()
        kept = "" if memory < MEMORY_MB else " OVER 16 GB"
        row = Row(
            f"{self.size}: {step}", "yardstick", seconds, self.unit,
            memory_mb=memory, size=self.edges, note=f"{wall:.1f} s by the clock{kept}",
        )  # fmt: skip
        return result, row


def _limits(streets: Streets) -> dict[str, np.ndarray]:
    """Limits of the streets, the same both ways; some are unknown. All drawn, none real."""
    rng = np.random.default_rng(2)
    half = len(streets.tail) // 2

    main = streets.speed_kmh[:half] >= 80

    def both(values: list[float], shares: list[float]) -> np.ndarray:
        return np.tile(np.where(main, np.inf, rng.choice(values, half, p=shares)), 2)

    return {
        "max_height_m": both([np.inf, 4.5, 4.2, np.nan], [0.9, 0.02, 0.01, 0.07]),
        "max_weight_t": both([np.inf, 74.0, 64.0, 12.0, np.nan], [0.93, 0.02, 0.01, 0.01, 0.03]),
        "max_width_m": both([np.inf, 4.5, 3.5], [0.98, 0.015, 0.005]),
        "lanes": np.where(streets.speed_kmh >= 80, 2.0, 1.0),
        "capacity_vph": np.where(streets.speed_kmh >= 80, 1800.0, 900.0),
        "road_class": np.where(streets.speed_kmh >= 80, "primary", "secondary"),
        "grade_pct": np.zeros(2 * half),
    }


def _demand(network: Network, towns: list[int], small: list[int], rng: np.random.Generator) -> Demand:
    """Trips between all towns, and from each small zone to its five nearest and five random towns."""
    zones = towns + small
    at = network.nodes.geometry.iloc[zones]
    ids = pd.Index([f"t{k}" for k in range(len(towns))] + [f"z{k}" for k in range(len(small))], name="zone_id")
    table = gpd.GeoDataFrame({"name": ids, "node_id": zones}, index=ids, geometry=at.array, crs=network.crs)
    trips = np.zeros((len(zones), len(zones)))
    trips[: len(towns), : len(towns)] = rng.uniform(0.0, 20.0, (len(towns), len(towns)))
    x, y = at.x.to_numpy(), at.y.to_numpy()
    for row in range(len(towns), len(zones)):
        near = np.argpartition(np.hypot(x[: len(towns)] - x[row], y[: len(towns)] - y[row]), 5)[:5]
        trips[row, near] = rng.uniform(0.0, 30.0, 5)
        trips[row, rng.integers(0, len(towns), 5)] += 1.0
    np.fill_diagonal(trips, 0.0)
    return build_demand(table, {"car": pd.DataFrame(trips, index=ids, columns=ids)})


if __name__ == "__main__":
    alone(measure, __doc__)
