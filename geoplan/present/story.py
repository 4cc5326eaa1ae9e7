"""The story of a study: steps that each show one thing on the map, from study.toml or else from the sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from geoplan.errors import DataError, name_near
from geoplan.io.study_config import FILE_NAME, StoryConfig
from geoplan.maps.labels import LANGS, Lang, Text
from geoplan.maps.picture import map_svg
from geoplan.report.atlas import Atlas, MapState, Step
from geoplan.report.content import NO_TEXT, Figure, Section
from geoplan.report.page import figure_value
from geoplan.study import Study

_WIDE, _HIGH = 900, 640  # pixels of a step's picture
_PLACE = re.compile(r"\{([^{}]*)\}")


def study_story(
    study: Study, atlas: Atlas, sections: Sequence[Section], *, lang: Lang, headline: Text = NO_TEXT
) -> tuple[Step, ...]:
    """Steps in the words of the study; one for each section with a map when study.toml tells none.

    `{id}` in a text stands for a figure of the report, as its scenario has it.

    Raises
    ------
    DataError
        A step names a view that the study has no map of, or a figure that the report has not.
    """
    told = study.config.story
    steps = [_told(step, sections, atlas, at) for at, step in enumerate(told, start=1)] or _from_sections(
        sections, headline
    )
    return tuple(Step(step.headline, step.text, step.state, _picture(atlas, step.state, lang)) for step in steps)


def _told(step: StoryConfig, sections: Sequence[Section], atlas: Atlas, number: int) -> Step:
    where = f"{FILE_NAME}: story step {number}"
    if step.view and step.view not in atlas.views:
        near = name_near(step.view, list(atlas.views))
        raise DataError(f"{where}: there is no map {step.view!r}; use one of {', '.join(atlas.views)}.{near}")
    figures = _figures(sections, step.scenario)
    headline, text = (
        Text(*(_filled(given[lang], figures, lang, where) for lang in LANGS)) for given in (step.headline, step.text)
    )
    return Step(headline, text, MapState(step.view, step.scenario, step.transport))


def _figures(sections: Sequence[Section], scenario: str) -> Mapping[str, Figure]:
    """Figures of the report by id, as a scenario has them."""
    shown = [section.by_scenario.get(scenario, section) for section in sections]
    return {figure.id: figure for section in shown for figure in section.figures}


def _filled(text: str, figures: Mapping[str, Figure], lang: Lang, where: str) -> str:
    """A text with the figures that it names."""

    def said(found: re.Match[str]) -> str:
        key = found.group(1)
        if key not in figures:
            raise DataError(f"{where}: the report has no figure {key!r}.{name_near(key, list(figures))}")
        figure = figures[key]
        return f"{figure_value(figure).of(lang)}\u00a0{figure.unit.of(lang)}".rstrip("\u00a0")

    return _PLACE.sub(said, text).strip()


def _from_sections(sections: Sequence[Section], headline: Text) -> list[Step]:
    """What was found, then each section with a map: its title and what it says first."""
    steps: list[Step] = []
    for section in sections:
        states = [link.state for link in section.maps if link.state]
        if not states:
            continue
        state = MapState(**dict(parse_qsl(states[0])))
        said = headline if not steps and headline.sv else (section.text[0] if section.text else NO_TEXT)
        steps.append(Step(section.title, said, state))
    return steps


def _picture(atlas: Atlas, state: MapState, lang: Lang) -> str:
    """The map of a step as SVG, the one that the page would show; empty when there is none."""
    view = state.view or next(iter(atlas.views), "")
    scenario = state.scenario or next(iter(atlas.scenarios), "")
    transport = state.transport or next(iter(atlas.transports), "")
    for key in ((view, scenario, transport), (view, scenario, ""), (view, "", transport), (view, "", "")):
        if key in atlas.maps:
            return map_svg(atlas.maps[key][lang], width_px=_WIDE, height_px=_HIGH, names=True)
    return ""
