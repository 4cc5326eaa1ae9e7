"""Heavy haul: span checks a second, and the time of a plan with fixes and envelope.

    python benchmarks/bench_heavy_haul.py [--quick]

One core. The span checks are exact moments and shears of a 44-axle convoy on simple spans, its preparation included;
a part of them is held against a model that pushes the convoy over the span in small steps. The second part is asked of
the embedded study and, where the real data are, of an OpenStreetMap extract of Heidelberg.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from harness import Options, Row, alone, cpu, yardstick

from geoplan.heavy_haul.envelope import export_envelope
from geoplan.heavy_haul.fixes import cheapest_fixes
from geoplan.heavy_haul.plan import plan_transport
from geoplan.io.osm import read_osm
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


def bench_spans(count: int, unit: float) -> Iterator[Row]:
    laden = vehicle("girder_32").carrying(Load("transformer", 390, 10.5, 4.0, 5.5))
    x, loads = laden.axle_x_m, laden.axle_loads_t
    spans = np.random.default_rng(SEED).uniform(2.0, 80.0, count)
    simple_span(moving_load(x, loads), spans[:10])  # compiles
    class_envelope("BK1", spans[:10])
    took, (moment, _) = cpu(lambda: simple_span(moving_load(x, loads), spans))
    stepped, twin = cpu(lambda: np.array([stepped_moment(x, loads, span) for span in spans[:20]]), times=1)
    equal = bool(np.abs(moment[:20] / twin - 1).max() < 1e-3)
    case = f"{count:,} spans under {len(x)} axles"
    yield Row(case, f"{STEPS} steps each", took, stepped / 20 * count, checked=equal, note="theirs from 20 spans")
    took, _ = cpu(lambda: class_envelope("BK1", spans))
    yield Row(f"{count:,} spans, legal vehicles of BK1", "yardstick", took, unit)


def bench_questions(network: Network, name: str, origin: object, ports: list, load: Load, unit: float) -> Iterator[Row]:
    asked: dict[str, Callable[[], object]] = {
        "plan": lambda: plan_transport(network, origin, ports[0], load),
        "cheapest fixes": lambda: cheapest_fixes(network, origin, ports[0], load, assumed_cost_msek=5.0),
        "envelope, one width": lambda: export_envelope(network, origin, ports, widths_m=(load.width_m,)),
    }
    for word, ask in asked.items():
        ask()  # compiles and fills what the network keeps
        yield Row(f"{name}: {word}", "yardstick", cpu(ask)[0], unit)


def measure(options: Options) -> Iterator[Row]:
    unit = yardstick()
    yield from bench_spans(20_000 if options.quick else 200_000, unit)
    heavy = Load("transformer", 390, 10.5, 4.0, 5.5)
    ports = PORTS[2:] + PORTS[:2]
    yield from bench_questions(read_study("ludvika").network, "Ludvika", "Hitachi Energy Ludvika", ports, heavy, unit)
    extract = options.data / "osm" / "heidelberg" / "heidelberg.osm.pbf"
    if extract.exists() and not options.quick:
        network = read_osm(extract, modes=("road", "rail"))
        light = Load("transformer", 60, 7, 3.2, 3.6)
        yield from bench_questions(network, "Heidelberg", (8.62, 49.42), [(8.72, 49.39)], light, unit)


if __name__ == "__main__":
    alone(measure, __doc__)
