"""What if, after one edit of the embedded study: how long until flows and heavy transports are known again.

    python benchmarks/bench_what_if.py

Each part is timed alone, best of three; the answer as a whole is what a person waits for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from harness import Options, Row, alone, cpu, yardstick

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


def measure(options: Options) -> Iterator[Row]:
    logging.disable(logging.WARNING)
    unit = yardstick()
    study = read_study("ludvika")
    base = answer_scenario(study, study.scenarios[0])
    for name, edits in list(EDITS.items())[: 1 if options.quick else None]:
        scenario = Scenario(name, edits)
        applied, (network, demand) = cpu(lambda s=scenario: s.apply(base.network, base.demand))
        warm, _ = cpu(lambda n=network, d=demand: assign(n, d, gap=1e-6, warm_start=base.assignment))
        cold, _ = cpu(lambda n=network, d=demand: assign(n, d, gap=1e-6))
        plans, _ = cpu(lambda n=network: [plan_best(study, n, row.id) for row in study.transports])
        whole, _ = cpu(lambda s=scenario: answer_scenario(study, s))
        parts = f"edits {applied:.2f}, assignment {cold:.2f} ({warm:.2f} warm), heavy transports {plans:.2f}"
        yield Row(f"what if: {name}", "yardstick", whole, unit, note=parts)


if __name__ == "__main__":
    alone(measure, __doc__)
