"""The map of the study page: views by scenario and transport, and the steps of the story told with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from geoplan.maps.labels import LANGS, Lang, Text
from geoplan.maps.page import GeoMap
from geoplan.maps.twins import twins_of
from geoplan.report.content import NO_TEXT


@dataclass(frozen=True)
class MapState:
    """What the map shows: a view, a scenario and a transport by id; empty is the first one."""

    view: str = ""
    scenario: str = ""
    transport: str = ""

    @property
    def hash(self) -> str:
        """The part of an address behind `#` that opens the page like this; empty parts are left out."""
        parts = {"view": self.view, "scenario": self.scenario, "transport": self.transport}
        return urlencode({key: value for key, value in parts.items() if value})


@dataclass(frozen=True)
class Step:
    """One step of the story: headline, text, and what the map shows; `picture` is the map as SVG, for paper."""

    headline: Text
    text: Text = NO_TEXT
    state: MapState = MapState()
    picture: str = ""


@dataclass(frozen=True, eq=False)
class Atlas:
    """The maps of a study page.

    Parameters
    ----------
    views, scenarios, transports
        What a reader chooses from, in order, with words; ids without blanks. The first scenario is the base.
    maps
        By (view, scenario, transport), with a map in each language. An empty scenario or transport fits all: the
        page looks for the exact one first.
    story
        Steps in order; none when there is no story to tell.
    headlines
        What was found, by scenario; a scenario without one keeps the headline of the page.
    """

    views: Mapping[str, Text]
    scenarios: Mapping[str, Text]
    transports: Mapping[str, Text]
    maps: Mapping[tuple[str, str, str], Mapping[Lang, GeoMap]]
    story: tuple[Step, ...] = ()
    headlines: Mapping[str, Text] = field(default_factory=dict)

    def specs(self) -> dict[str, Any]:
        """Every map by `view|scenario|transport|lang`, each with the rows of its table."""
        done: dict[int, Any] = {}
        found: dict[str, Any] = {}
        for (view, scenario, transport), maps in self.maps.items():
            for lang in LANGS:
                spec = maps[lang].spec
                if id(spec) not in done:
                    done[id(spec)] = {**spec, "twins": twins_of(spec)}
                found["|".join((view, scenario, transport, lang))] = done[id(spec)]
        return found
