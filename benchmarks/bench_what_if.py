"""What if, after one edit of the embedded study: how long until flows and heavy transports are known again.

    python benchmarks/bench_what_if.py

Each part is timed alone, best of three; the answer as a whole is what a person waits for.
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable
from typing import Any

from geoplan.analyse.scenario import answer_scenario, plan_best
from geoplan.assignment.equilibrium import assign
from geoplan.scenario.scenario import Scenario
from geoplan.study import read_study

EDITS: dict[str, list[dict[str, Any]]] = {
    "close a road": [{"do": "close", "ways": ["road_50_05"]}],
    "close a bridge": [{"do": "close", "structures": ["st_stubinfabriksbron"]}],
    "raise a speed": [{"do": "set", "ways": ["road_66_04"], "column": "speed_kmh", "value": 100}],
    "raise an axle load": [{"do": "set", "ways": ["rail_bp_*"], "column": "max_axle_load_t", "value": 25.0}],
    "add jobs": [{"do": "add_jobs", "zone": "z_ludvika", "jobs": 500}],
}


def best_of(times: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest seconds, and the last result."""
    seconds, result = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        seconds = min(seconds, time.perf_counter() - start)
    return seconds, result


def main() -> None:
    logging.disable(logging.WARNING)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    study = read_study("ludvika")
    base = answer_scenario(study, study.scenarios[0])
    for name, edits in EDITS.items():
        scenario = Scenario(name, edits)
        applied, (network, demand) = best_of(3, lambda s=scenario: s.apply(base.network, base.demand))
        warm, _ = best_of(3, lambda n=network, d=demand: assign(n, d, gap=1e-6, warm_start=base.assignment))
        cold, _ = best_of(3, lambda n=network, d=demand: assign(n, d, gap=1e-6))
        plans, _ = best_of(3, lambda n=network: [plan_best(study, n, row.id) for row in study.transports])
        whole, _ = best_of(3, lambda s=scenario: answer_scenario(study, s))
        print(
            f"{name:18s} whole answer {whole:.2f} s: edits {applied:.3f}, assignment {cold:.3f} ({warm:.3f} from the "
            f"base's ways), {len(study.transports)} heavy transports {plans:.3f}"
        )


if __name__ == "__main__":
    main()
