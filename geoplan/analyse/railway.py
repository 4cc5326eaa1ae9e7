"""What a study asks of its railway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from geoplan.analyse.answers import RailAnswers, ScenarioAnswer
from geoplan.analyse.rail_effects import rail_effects, year_of
from geoplan.bottlenecks.rail_use import rail_use, section_use
from geoplan.io.timetable import Timetable
from geoplan.network.network import Network
from geoplan.rail.answers import answer_ore_trains, answer_slots
from geoplan.rail.capacity import rail_capacity, worst_by_stretch
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout, on_railway, rail_layout
from geoplan.rail.questions import KnownServices, RailQuestions, known_services, read_questions
from geoplan.rail.slot_plan import SlotPlan
from geoplan.rail.traffic import ends_of
from geoplan.rail.train import train
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study

Step = Callable[[str], None]
RAIL_SEED = 0  # of timetables that are made up


def study_capacity(
    study: Study, network: Network, questions: RailQuestions, *, scenario: Scenario | None = None, bounds: bool = False
) -> tuple[KnownServices, Layout, pd.DataFrame]:
    """Services with what is assumed of them, the layout with every place that is asked about, and `rail_capacity`.

    `bounds`: with low_pct and high_pct, if all loops that are not known exist and if none does.
    """
    assert study.timetable is not None
    timetable = study.timetable
    if scenario is not None:  # its own trains run as those of today
        timetable = replace(timetable, trains=scenario.apply_to_services(timetable.trains).assign(scenario=""))
    services = known_services(timetable, questions)
    routes = (*questions.transformer_routes, *questions.ore_routes)
    wanted = [stop for route in routes for stop in route.stops] + [questions.transformer_origin]
    wanted += [stop for stops in questions.stretches.values() for stop in stops]
    kept = on_railway(network, [*ends_of(services.trains), *wanted])
    layout = rail_layout(network, services.stations, keep=kept)
    return services, layout, rail_capacity(network, services, keep=kept) if bounds else rail_capacity(layout, services)


def study_rail_use(study: Study, answer: ScenarioAnswer) -> pd.DataFrame | None:
    """Use of each railway edge of a scenario (`rail_use`), with what the questions assume; None without trains."""
    config = study.config.timetable
    if config is None or study.timetable is None or not (answer.network.edges["mode"] == "rail").any():
        return None
    if config.questions is None:
        return rail_use(answer.network, study.timetable, scenarios=[answer.scenario.id])
    questions = read_questions(study.folder / config.questions)
    _, layout, capacity = study_capacity(study, answer.network, questions, scenario=answer.scenario)
    return section_use(answer.network, layout, capacity)


def study_rail(study: Study, base: ScenarioAnswer, on_step: Step, lang: str) -> RailAnswers | None:
    """What the study asks of its railway, on a timetable that is made up and says so."""
    config = study.config.timetable
    if config is None or config.questions is None or study.timetable is None:
        return None
    on_step("järnväg" if lang == "sv" else "railway")
    questions = read_questions(study.folder / config.questions)
    services, layout, capacity = study_capacity(study, base.network, questions, bounds=True)
    first, last = year_of(study)
    made = make_timetable(layout, services, first_day=first, last_day=last, seed=RAIL_SEED)
    plans: dict[int, SlotPlan] = {}
    return RailAnswers(
        capacity=capacity,
        use=section_use(base.network, layout, capacity),
        stretches=worst_by_stretch(capacity, layout, questions.stretches),
        slots=special_slots(layout, made, questions, plans=plans),
        ore_trains=answer_ore_trains(
            layout,
            services,
            questions.ore_routes,
            questions.ore_counts,
            there=questions.ore_train,
            back=questions.ore_train_back,
            seed=RAIL_SEED,
            made=made,
        ),
        questions=questions,
        layout=layout,
        made=made,
        plans=plans,
        effects=rail_effects(study, base.network, questions, services, layout, made),
    )


def special_slots(
    layout: Layout, made: Timetable, questions: RailQuestions, *, plans: dict[int, SlotPlan] | None = None
) -> pd.DataFrame:
    """Slots of the special train by each of its routes (`answer_slots`), its searches into `plans` by position."""
    return answer_slots(
        layout,
        made,
        train(questions.transformer_train),
        questions.transformer_origin,
        questions.transformer_routes,
        weekdays=questions.transformer_weekdays,
        window=questions.transformer_window,
        plans=plans,
    )
