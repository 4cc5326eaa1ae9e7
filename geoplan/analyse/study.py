"""Everything a study asks for, worked out: plans, flows, bottlenecks and comparisons, scenario by scenario."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.analyse.commuting import study_commuting
from geoplan.analyse.economy import study_worth
from geoplan.analyse.heavy import study_envelope
from geoplan.analyse.indicators import indicators
from geoplan.analyse.matrix import scenario_matrix
from geoplan.analyse.places import corridor_sheets, place_sheets
from geoplan.analyse.railway import study_rail
from geoplan.analyse.railway_scenarios import scenario_rails
from geoplan.analyse.register import bottleneck_register, find_bottlenecks, with_intervals
from geoplan.analyse.register_scenarios import scenario_registers
from geoplan.analyse.scenario import answer_scenario
from geoplan.analyse.transit import Supplies
from geoplan.errors import DataError, name_near
from geoplan.scenario.compare import compare
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study

log = logging.getLogger(__name__)

Step = Callable[[str], None]


def count_steps(study: Study) -> int:
    """Steps that `analyse_study` will report."""
    timetable = study.config.timetable
    asked = (timetable is not None and timetable.questions is not None, study.config.demand is not None)
    return max(1, len(study.scenarios)) + 1 + sum(asked)


def analyse_study(study: Study, *, lang: str | None = None, on_step: Step = log.info) -> Answers:
    """Work out a study.

    Parameters
    ----------
    lang
        Language of the names in the results; the study's own when None.
    on_step
        Called with a short text before each step; `count_steps` tells how many.
    """
    language = lang or study.config.study.language
    answers: dict[str, ScenarioAnswer] = {}
    supplies: Supplies = {}
    for scenario in study.scenarios or (Scenario("base", title={"sv": "Nuläge", "en": "Base"}),):
        on_step(scenario.name(language))
        answers[scenario.id] = answer_scenario(study, scenario, lang=language, supplies=supplies)
    base = next(iter(answers.values()))
    rail = study_rail(study, base, on_step, language)
    rails = scenario_rails(study, answers, rail)
    on_step("flaskhalsar" if language == "sv" else "bottlenecks")
    found = find_bottlenecks(study, base, rail=None if rail is None else rail.use, lang=language)
    register = with_intervals(study, base, bottleneck_register(study, base, found))
    changes = {
        key: compare(base.assignment, answer.assignment, columns=["flow_vph", "time_s", "delay_vehh"])
        for key, answer in list(answers.items())[1:]
        if base.assignment is not None and answer.assignment is not None
    }
    return Answers(
        scenarios=answers,
        links=found.links,
        structures=found.structures,
        bottlenecks=register,
        registers=scenario_registers(study, answers, register, rails, lang=language),
        gains=found.gains,
        pairs=found.pairs,
        places=place_sheets(study, base, found, register),
        corridors=corridor_sheets(study, base, found, register),
        changes=changes,
        indicators=pd.concat([indicators(study, answer) for answer in answers.values()], ignore_index=True),
        envelope=study_envelope(study, answers, language),
        rail=rail,
        rails=rails,
        matrix=scenario_matrix(study, answers),
        worth=study_worth(study, answers, supplies=supplies),
        commuting=study_commuting(study, answers, on_step, language, supplies=supplies),
    )


def study_bottlenecks(study: Study) -> pd.DataFrame:
    """The register of bottlenecks of the base scenario alone."""
    scenario = study.scenarios[0] if study.scenarios else Scenario("base")
    answer = answer_scenario(study, scenario)
    return with_intervals(study, answer, bottleneck_register(study, answer, find_bottlenecks(study, answer)))


def compare_scenarios(study: Study, base: str, variant: str) -> pd.DataFrame:
    """Indicators of two scenarios side by side: id, transport, unit, base, variant, change."""
    known = {scenario.id: scenario for scenario in study.scenarios}
    for name in (base, variant):
        if name not in known:
            raise DataError(f"no scenario {name!r}; the study has {', '.join(known)}.{name_near(name, list(known))}")
    tables = [indicators(study, answer_scenario(study, known[name])) for name in (base, variant)]
    keys = ["id", "transport", "unit"]
    joined = tables[0].merge(tables[1], on=keys, how="outer", suffixes=("_base", "_variant"), sort=False)
    joined["change"] = joined["value_variant"] - joined["value_base"]
    return joined[[*keys, "value_base", "value_variant", "change"]].rename(
        columns={"value_base": base, "value_variant": variant}
    )
