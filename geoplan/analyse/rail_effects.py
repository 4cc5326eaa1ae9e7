"""What changes of the railway do, what a closed bridge costs, what measures give, and harder wishes of the train."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.io.timetable import Timetable
from geoplan.network.network import Network
from geoplan.rail.answers import answer_cases, net_tonnes, with_ore
from geoplan.rail.changes import answer_closure
from geoplan.rail.effects import (
    effect_on_special,
    effect_on_stretches,
    takes_away,
    with_loops,
    with_measures,
    with_speed,
)
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout, on_railway, rail_layout
from geoplan.rail.measures import value_measures
from geoplan.rail.questions import Change, KnownServices, RailQuestions
from geoplan.rail.slot_plan import SlotPlan
from geoplan.rail.train import train
from geoplan.study import Study

ORE_AT_MEASURES = 8  # ore trains a day each way that the measures are weighed with (analysed in the study of 2011-12)


@dataclass(frozen=True, eq=False)
class RailEffects:
    """Further answers of the railway.

    stretches : change (empty is today) and `effect_on_stretches`
    trains : change, ore_<k> (ore trains a day each way that fit on route k), mt_<k> (million tonnes a year), and
        `effect_on_special`
    closed_trains, closed_sections : `answer_closure`
    measures : `value_measures` in the busiest two hours, with 8 ore trains a day each way by the last of the routes
    cases, plans : `answer_cases`
    """

    stretches: pd.DataFrame
    trains: pd.DataFrame
    closed_trains: pd.DataFrame
    closed_sections: pd.DataFrame
    measures: pd.DataFrame
    cases: pd.DataFrame
    plans: tuple[SlotPlan, ...]


def rail_effects(
    study: Study, network: Network, questions: RailQuestions, services: KnownServices, layout: Layout, made: Timetable
) -> RailEffects:
    """All of it, beside the same made-up timetable as the other answers."""
    special = train(questions.transformer_train)
    closed = answer_closure(network, services, questions.closed_structure, days=questions.closed_days)
    ore = with_ore(
        services, questions.ore_routes[-1], ORE_AT_MEASURES, there=questions.ore_train, back=questions.ore_train_back
    )
    cases, plans = answer_cases(
        layout, made, special, questions.transformer_origin, questions.transformer_routes, questions.transformer_cases
    )
    stretches, trains = _changes(study, network, questions, services, layout, made)
    return RailEffects(
        stretches=stretches,
        trains=trains,
        closed_trains=closed[0],
        closed_sections=closed[1],
        measures=value_measures(layout, ore, questions.measures, period="peak_2h"),
        cases=cases,
        plans=plans,
    )


def _changes(
    study: Study,
    network: Network,
    questions: RailQuestions,
    services: KnownServices,
    layout: Layout,
    made: Timetable,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Today and each change: capacity of the stretches, and trains."""
    shown = {name: questions.stretches[name] for name in questions.effect_stretches}
    stops = (questions.transformer_origin, *questions.transformer_routes[0].stops)
    tables, rows = [], []
    for change in (None, *questions.changes):
        mix, changed, beside = services, layout, made
        if change is not None:
            mix, changed = _changed(study, network, questions, services, layout, change)
            if takes_away(change):
                beside = make_timetable(changed, mix, first_day=made.first_day, last_day=made.last_day)
        key = "" if change is None else change.id
        kind = train(change.ore_train if change is not None and change.ore_train else questions.ore_train)
        table, fits = effect_on_stretches(changed, mix, shown, questions.ore_routes, kind)
        table.insert(0, "change", key)
        tables.append(table)
        special = effect_on_special(
            changed,
            beside,
            train(questions.transformer_train),
            stops,
            weekdays=questions.transformer_weekdays,
            window=questions.transformer_window,
        )
        ore: dict[str, object] = {}
        for k, count in enumerate(fits):
            ore |= {f"ore_{k}": count, f"mt_{k}": count * net_tonnes(kind) * 365 / 1e6}
        rows.append({"change": key, **ore, **special})
    return pd.concat(tables, ignore_index=True), pd.DataFrame(rows)


def _changed(
    study: Study,
    network: Network,
    questions: RailQuestions,
    services: KnownServices,
    layout: Layout,
    change: Change,
) -> tuple[KnownServices, Layout]:
    """Services and layout after a change."""
    if change.scenario:
        known = {scenario.id: scenario for scenario in study.scenarios}
        if change.scenario not in known:
            near = name_near(change.scenario, list(known))
            raise DataError(f"effects: {change.id}: no scenario {change.scenario!r} in study.toml.{near}")
        network, _ = known[change.scenario].apply(network, None)
    if change.speed_ways:
        network = with_speed(network, change.speed_ways, change.speed_kmh)
    mix = with_loops(services, change.loops)
    if change.scenario or change.speed_ways or change.loops:
        layout = rail_layout(network, mix.stations, keep=on_railway(network, list(layout.places.index)))
    return mix, with_measures(layout, change.measures)


def year_of(study: Study) -> tuple[dt.date, dt.date]:
    """First and last day of the year of the study's data."""
    year = study.config.study.data_date.year
    return dt.date(year, 1, 1), dt.date(year, 12, 31)
