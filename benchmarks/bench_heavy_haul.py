"""Heavy haul: span checks a second, and the time of a plan with fixes and envelope.

    python benchmarks/bench_heavy_haul.py [--spans 200000] [--osm heidelberg.osm.pbf]

One core. The span checks are exact moments and shears of a 44-axle convoy on simple spans, its preparation included;
a part of them is held against a model that pushes the convoy over the span in small steps. With `--osm` the second
part is repeated on that extract.
"""

from __future__ import annotations

import os

os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import argparse
import platform
import time
from collections.abc import Callable

import numpy as np

from geoplan.heavy_haul.envelope import export_envelope
from geoplan.heavy_haul.fixes import cheapest_fixes
from geoplan.heavy_haul.plan import plan_transport
from geoplan.network.network import Network
from geoplan.study import read_study
from geoplan.vehicles.bridges import class_envelope, moving_load, simple_span
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load
from geoplan.vehicles.vehicle import GRAVITY

SEED = 1
STEPS = 4000
PORTS = ["Norrköping port", "Oxelösund port", "Köping port", "Västerås port", "Gävle port"]


def stepped_moment(x: np.ndarray, loads: np.ndarray, span: float) -> float:
    """Largest moment in kNm by pushing the axles over the span in small steps."""
    places = np.linspace(-x[-1], span, STEPS)[:, None] + x
    on = (places >= 0) & (places <= span)
    left = (np.where(on, 1 - places / span, 0.0) * loads).sum(axis=1)
    best = 0.0
    for k in range(len(x)):
        under = places[:, k]
        arm = (np.where(on, np.maximum(under[:, None] - places, 0.0), 0.0) * loads).sum(axis=1)
        best = max(best, float(np.where(on[:, k], left * under - arm, 0.0).max()))
    return best * GRAVITY


def bench_spans(count: int) -> None:
    laden = vehicle("girder_32").carrying(Load("transformer", 390, 10.5, 4.0, 5.5))
    x, loads = laden.axle_x_m, laden.axle_loads_t
    spans = np.random.default_rng(SEED).uniform(2.0, 80.0, count)
    simple_span(moving_load(x, loads), spans[:10])  # compiles
    class_envelope("BK1", spans[:10])
    start = time.perf_counter()
    moment, _ = simple_span(moving_load(x, loads), spans)
    took = time.perf_counter() - start
    sample = spans[:20]
    twin = np.array([stepped_moment(x, loads, span) for span in sample])
    worst = np.abs(moment[:20] / twin - 1).max()
    print(f"span checks: {len(x)} axles, {count:,} spans in {took:.3f} s: {count / took:,.0f} a second")
    print(f"             largest difference from {STEPS} steps: {worst:.2e}")
    start = time.perf_counter()
    class_envelope("BK1", spans)
    print(f"             legal vehicles of BK1 on the same spans: {time.perf_counter() - start:.3f} s")


def bench_questions(network: Network, name: str, origin: object, ports: list, load: Load) -> None:
    asked: dict[str, Callable[[], object]] = {
        "plan": lambda: plan_transport(network, origin, ports[0], load),
        "cheapest fixes": lambda: cheapest_fixes(network, origin, ports[0], load, assumed_cost_msek=5.0),
        "envelope, one width": lambda: export_envelope(network, origin, ports, widths_m=(load.width_m,)),
    }
    total = 0.0
    print(f"{name}: {network!r}")
    for word, ask in asked.items():
        ask()  # compiles and fills what the network keeps
        start = time.perf_counter()
        ask()
        took = time.perf_counter() - start
        total += took
        print(f"  {word:22s}{took:7.3f} s")
    print(f"  {'together':22s}{total:7.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=200_000)
    parser.add_argument("--osm", help="an OpenStreetMap extract of Heidelberg")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    bench_spans(options.spans)
    heavy = Load("transformer", 390, 10.5, 4.0, 5.5)
    bench_questions(read_study("ludvika").network, "Ludvika", "Hitachi Energy Ludvika", PORTS[2:] + PORTS[:2], heavy)
    if options.osm:
        from geoplan.io.osm import read_osm

        network = read_osm(options.osm, modes=("road", "rail"))
        bench_questions(network, "Heidelberg", (8.62, 49.42), [(8.72, 49.39)], Load("transformer", 60, 7, 3.2, 3.6))


if __name__ == "__main__":
    main()
