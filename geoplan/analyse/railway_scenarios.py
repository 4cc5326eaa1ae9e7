"""The railway of the scenarios that change it: how full it is, and when the special train can go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from geoplan.analyse.answers import RailAnswers, ScenarioAnswer
from geoplan.analyse.railway import RAIL_SEED, special_slots, study_capacity
from geoplan.bottlenecks.rail_use import section_use
from geoplan.rail.capacity import worst_by_stretch
from geoplan.rail.generate import make_timetable
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study

_TRAFFIC = ["section_id", "period", "trains", "consumption_pct"]  # where they are the same, so are the other trains
_LIMITS = ["max_axle_load_t", "max_metre_load_tpm", "max_weight_t", "max_length_m"]  # that a slot is held against


def scenario_rails(
    study: Study, answers: Mapping[str, ScenarioAnswer], rail: RailAnswers | None
) -> dict[str, RailAnswers]:
    """The railway of every scenario by id, the base first; the base's own record where a scenario leaves it as it is.

    Capacity, stretches, slots and use are those of the scenario; ore trains, effects and plans stay those of the base.
    """
    if rail is None:
        return {}
    base = next(iter(answers.values()))
    return {
        key: rail if answer is base or _as_in(study, base, answer) else _changed(study, base, answer, rail)
        for key, answer in answers.items()
    }


def _as_in(study: Study, base: ScenarioAnswer, answer: ScenarioAnswer) -> bool:
    """Whether a scenario has the railway and the trains of the base."""
    if not _services(study, base.scenario).equals(_services(study, answer.scenario)):
        return False
    one, other = (network.edges[network.edges["mode"] == "rail"] for network in (base.network, answer.network))
    return one is other or one.equals(other)


def _services(study: Study, scenario: Scenario) -> pd.DataFrame:
    assert study.timetable is not None
    return scenario.apply_to_services(study.timetable.trains)


def _changed(study: Study, base: ScenarioAnswer, answer: ScenarioAnswer, rail: RailAnswers) -> RailAnswers:
    """Only what differs is worked out anew: traffic and its tracks, or the limits that a slot is held against."""
    questions, made = rail.questions, rail.made
    assert questions is not None and made is not None
    services, layout, capacity = study_capacity(study, answer.network, questions, scenario=answer.scenario)
    if capacity[_TRAFFIC].equals(rail.capacity[_TRAFFIC]):
        if base.network.edges[_LIMITS].equals(answer.network.edges[_LIMITS]):
            return rail
        return replace(rail, layout=layout, slots=special_slots(layout, made, questions))
    _, _, capacity = study_capacity(study, answer.network, questions, scenario=answer.scenario, bounds=True)
    made = make_timetable(layout, services, first_day=made.first_day, last_day=made.last_day, seed=RAIL_SEED)
    return replace(
        rail,
        capacity=capacity,
        use=section_use(answer.network, layout, capacity),
        stretches=worst_by_stretch(capacity, layout, questions.stretches),
        slots=special_slots(layout, made, questions),
        layout=layout,
        made=made,
    )
