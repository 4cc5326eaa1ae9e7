"""What the appraisal adds to a run, and what a sweep costs beside its work.

python benchmarks/bench_appraisal.py
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from harness import Options, Row, alone, cpu, yardstick

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.analyse.economy import study_worth
from geoplan.analyse.transit import shift_modes
from geoplan.assignment.equilibrium import assign
from geoplan.batch.sweep import Job, sweep
from geoplan.present.economy import economy_drawings, economy_section
from geoplan.study import read_study


def nothing(k: int) -> int:
    return k


def measure(options: Options) -> Iterator[Row]:
    unit = yardstick()
    study = read_study("ludvika")
    found: dict[str, ScenarioAnswer] = {}
    for scenario in study.scenarios[: 2 if options.quick else None]:
        network, demand = scenario.apply(study.network, study.demand)
        demand = shift_modes(study, scenario, network, demand)
        found[scenario.id] = ScenarioAnswer(scenario, network, demand, {}, assign(network, demand))
    seconds, worth = cpu(lambda: study_worth(study, found))
    yield Row(f"appraisal of {len(worth)} measures, 10,000 draws each", "yardstick", seconds, unit)
    empty = pd.DataFrame()
    answers = Answers(found, None, None, empty, {}, empty, worth=worth)
    seconds, _ = cpu(lambda: economy_section(study, answers))
    yield Row("its section of the page", "yardstick", seconds, unit)
    seconds, drawn = cpu(lambda: economy_drawings(answers, lang="sv"), times=2)
    yield Row(f"its {len(drawn)} tornados", "yardstick", seconds, unit)
    jobs = [Job(f"j{k}", nothing, (k,)) for k in range(2000)]
    seconds, _ = cpu(lambda: sweep(jobs, workers=1))
    yield Row("a part of a sweep that does nothing, in turn", "yardstick", seconds / len(jobs), unit)
    seconds, _ = cpu(lambda: sweep(jobs))
    yield Row("a part of a sweep that does nothing, on threads", "yardstick", seconds / len(jobs), unit)


if __name__ == "__main__":
    alone(measure, __doc__)
