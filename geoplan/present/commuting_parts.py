"""The sections about commuting that follow the flows, in the order of the page."""

from __future__ import annotations

from collections.abc import Sequence

from geoplan.analyse.answers import Answers
from geoplan.present.access import access_section
from geoplan.present.growth import growth_section
from geoplan.present.transit import transit_section
from geoplan.present.travellers import travellers_section
from geoplan.report.content import MapLink, Picture, Section
from geoplan.study import Study


def commuting_parts(
    study: Study, answers: Answers, maps: Sequence[MapLink], pictures: Sequence[Picture]
) -> tuple[Section | None, ...]:
    """Who travels where, what is in reach (with the `maps` of the localities), public transport and growth."""
    return (
        travellers_section(study, answers, pictures),
        access_section(study, answers, maps, pictures),
        transit_section(study, answers),
        growth_section(study, answers, pictures),
    )
