"""Pages of the places and corridors, beside the start page, and their tables for the workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from geoplan.analyse.answers import Answers
from geoplan.maps.labels import Text
from geoplan.present.corridors import corridor_file, corridor_headline, corridor_sections, corridor_tables
from geoplan.present.places import place_file, place_headline, place_sections, place_tables
from geoplan.report.content import Meta, Picture, Section, Table
from geoplan.study import Study

_BACK = (("index.html", Text("till studiens startsida", "to the start page of the study")),)


@dataclass(frozen=True)
class SheetPage:
    """A page of its own: file name, what it carries, its sentence and its sections."""

    file: str
    meta: Meta
    headline: Text
    sections: tuple[Section, ...]


def sheet_pages(study: Study, answers: Answers, meta: Meta, pictures: Sequence[Picture]) -> Iterator[SheetPage]:
    """A page for each place and corridor, with the sources that it rests on.

    Parameters
    ----------
    meta
        Of the study's report.
    pictures
        Strips of the corridors, by id `corridor_` and the corridor's.
    """
    strips = {picture.id: picture for picture in pictures}
    for key, place in answers.places.items():
        named = [*place.facts["source"], *place.measures["source"]]
        about = _about(meta, place.place.title, Text("Plats", "Place"), named)
        headline = place_headline(study, answers, key)
        yield SheetPage(place_file(key), about, headline, place_sections(study, answers, key))
    for key, corridor in answers.corridors.items():
        edges = answers.base.network.edges["source"].reindex(corridor.sections["edge_id"])
        about = _about(meta, corridor.corridor.title, Text("Stråk", "Corridor"), edges.to_list())
        sections = corridor_sections(study, answers, key, strips.get(f"corridor_{key}"))
        yield SheetPage(corridor_file(key), about, corridor_headline(study, answers, key), sections)


def sheet_tables(study: Study, answers: Answers) -> list[Table]:
    """The tables of all these pages, each kind in one."""
    return [*place_tables(study, answers), *corridor_tables(study, answers)]


def _about(meta: Meta, title: Text, kind: Text, named: Sequence[str]) -> Meta:
    """The study's meta under the name of the place, with only the sources that are named."""
    keys = {part.strip() for text in named for part in str(text).replace("scenario:", "").split(";")}
    study = Text(f"{kind.sv} i studien {meta.name.sv}.", f"{kind.en} of the study {meta.name.en}.")
    used = tuple(source for source in meta.sources if source.key in keys)
    return replace(meta, name=title, description=study, sources=used, shares=(), files=_BACK)
