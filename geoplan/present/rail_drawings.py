"""Drawings of the railway: a slot among the other trains, capacity on the map, loops along the line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from geoplan.analyse.answers import Answers, RailAnswers
from geoplan.maps.drawings_rail import WORDS, draw_capacity_map, draw_loops, draw_string_diagram
from geoplan.maps.labels import Lang, Text, same
from geoplan.present.drawings import Drawn
from geoplan.present.rail_words import place_names
from geoplan.rail.along import (
    capacity_geometry,
    free_windows_along,
    meetings_along,
    places_along,
    sections_along,
    slot_along,
    trains_along,
    works_along,
)
from geoplan.rail.layout import Layout
from geoplan.rail.questions import RailQuestions
from geoplan.rail.slot_plan import SlotPlan
from geoplan.rail.train import train
from geoplan.study import Study

NOTES = {
    "rail_slot": Text(
        "Tåget som söks (rött) bland de andra i den påhittade tidtabellen. Kryssen visar vilka det skulle möta om det "
        "for vid samma tid och aldrig väntade; bandet överst är avgångar som är lediga varje vecka.",
        "The train that is placed (red) among the others of the made-up timetable. The crosses show whom it would meet "
        "if it left at the same time and never waited; the band at the top is departures that are free every week.",
    ),
    "rail_capacity": Text(
        "Trafikverkets klasser i färg och bredd: ju bredare, desto fullare. Streckat: trafiken är inte känd.",
        "Trafikverket's classes in colour and width: the wider, the fuller. Dashed: traffic not known.",
    ),
    "rail_loops": Text(
        "Hur långa tåg som ryms där tåg kan mötas, och belagd tid på dygnet under. Streckade staplar är antagna.",
        "How long a train fits where trains can meet, and the time occupied by day below. Hatched bars are assumed.",
    ),
}


def rail_drawings(study: Study, answers: Answers, *, lang: Lang) -> list[Drawn]:
    """What can be drawn of the railway's answers."""
    rail = answers.rail
    if rail is None or rail.layout is None or rail.questions is None:
        return []
    drawn = [_capacity(answers, rail, rail.layout, rail.questions, lang)]
    plan = rail.plans.get(0)
    if plan is None:
        return drawn
    if len(plan.slots):
        drawn.insert(0, _slot(rail, plan, rail.questions, place_names(study.network), lang))
    return [*drawn, _loops(rail, plan, rail.questions, place_names(study.network), lang)]


def _slot(rail: RailAnswers, plan: SlotPlan, questions: RailQuestions, names: Mapping[str, Text], lang: Lang) -> Drawn:
    assert rail.made is not None
    slot = int(plan.slots.index[0])
    line, made = plan.task.line, rail.made
    day = plan.weeks[0] + dt.timedelta(days=int(plan.slots["depart_s"].iloc[0]) // 86_400)
    met = meetings_along(plan, slot, made)
    met["label"] = [WORDS.get(kind or "works", WORDS["other"]).of(lang) for kind in met["train_type"]]
    figure = draw_string_diagram(
        places_along(line),
        trains_along(line, made, day),
        slot=slot_along(plan, slot),
        free=free_windows_along(plan, slot),
        works=works_along(line, made, day),
        conflicts=met,
        lang=lang,
    )
    route = questions.transformer_routes[0]
    port = names.get(route.port, same(route.port))
    title = Text(
        f"Grafisk tidtabell: transformatortåget till {port.sv} över {route.name}",
        f"String diagram: the transformer train to {port.en} by {route.name}",
    )
    return "rail_slot", title, figure


def _capacity(answers: Answers, rail: RailAnswers, layout: Layout, questions: RailQuestions, lang: Lang) -> Drawn:
    shown = rail.capacity[(rail.capacity["period"] == "peak_2h")]
    sections = capacity_geometry(answers.base.network, layout, shown)
    ends = sorted({stop for stops in questions.stretches.values() for stop in (stops[0], stops[-1])})
    places = layout.places.loc[[key for key in ends if key in layout.places.index]]
    points = gpd.GeoDataFrame(
        places[["name"]], geometry=gpd.points_from_xy(places["x"], places["y"]), crs=answers.base.network.crs
    )
    title = Text(
        "Belagd tid under de två mest belastade timmarna, uppskattad",
        "Time occupied in the busiest two hours, estimated",
    )
    return "rail_capacity", title, draw_capacity_map(sections, places=points, lang=lang)


def _loops(rail: RailAnswers, plan: SlotPlan, questions: RailQuestions, names: Mapping[str, Text], lang: Lang) -> Drawn:
    line = plan.task.line
    own, ore = plan.task.train, train(questions.ore_train)
    words = {own.name: Text("transformatortåget", "transformer train"), ore.name: Text("malmtåg", "ore train")}
    lengths = {words[kind.name].of(lang): kind.length_m for kind in (own, ore) if not np.isnan(kind.length_m)}
    figure = draw_loops(places_along(line), sections_along(line, rail.capacity), train_lengths_m=lengths, lang=lang)
    told = {text.of(lang): text for text in names.values()}  # the line speaks the language of the run
    first, last = (told.get(name, same(name)) for name in (line.names[0], line.names[-1]))
    title = Text(
        f"Mötesstationer och deras längd, {first.sv}–{last.sv}", f"Loops and their length, {first.en}–{last.en}"
    )
    return "rail_loops", title, figure
