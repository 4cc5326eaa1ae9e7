"""What the appraisal adds to a run, and what a sweep costs beside its work.

python benchmarks/bench_appraisal.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.analyse.economy import study_worth
from geoplan.analyse.transit import shift_modes
from geoplan.assignment.equilibrium import assign
from geoplan.batch.sweep import Job, sweep
from geoplan.present.economy import economy_drawings, economy_section
from geoplan.study import read_study


def cpu(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result and CPU seconds of the second of two runs, so that nothing compiles."""
    work()
    started = time.process_time()
    return work(), time.process_time() - started


def nothing(k: int) -> int:
    return k


def main() -> None:
    study = read_study("ludvika")
    found: dict[str, ScenarioAnswer] = {}
    for scenario in study.scenarios:
        network, demand = scenario.apply(study.network, study.demand)
        demand = shift_modes(study, scenario, network, demand)
        found[scenario.id] = ScenarioAnswer(scenario, network, demand, {}, assign(network, demand))
    worth, seconds = cpu(lambda: study_worth(study, found))
    print(f"appraisal of {len(worth)} measures with 10,000 draws each: {seconds:.2f} CPU s")
    empty = pd.DataFrame()
    answers = Answers(found, None, None, empty, {}, empty, worth=worth)
    _, seconds = cpu(lambda: economy_section(study, answers))
    print(f"section of the page: {seconds:.2f} CPU s")
    drawn, seconds = cpu(lambda: economy_drawings(answers, lang="sv"))
    print(f"{len(drawn)} tornados: {seconds:.2f} CPU s")
    jobs = [Job(f"j{k}", nothing, (k,)) for k in range(2000)]
    _, turn = cpu(lambda: sweep(jobs, workers=1))
    _, threads = cpu(lambda: sweep(jobs))
    each = [1e3 * seconds / len(jobs) for seconds in (turn, threads)]
    print(f"a part that does nothing: {each[0]:.3f} ms in turn, {each[1]:.3f} ms on threads")


if __name__ == "__main__":
    main()
