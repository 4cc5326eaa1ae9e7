"""What a planner reads: no name of a column and no English name of a place on the Swedish page; ids that stand once."""

import re

import pytest

from geoplan.maps.labels import LANGS, Text
from geoplan.network.names import local_names
from geoplan.present.bottlenecks import bottleneck_section
from geoplan.present.corridors import corridors_section
from geoplan.present.heavy import heavy_section
from geoplan.present.places import places_section
from geoplan.present.rail import rail_table
from geoplan.present.rail_words import place_names
from geoplan.present.sheets import sheet_pages
from geoplan.present.signage import signage_section
from geoplan.report.cells import cell_text, headings
from geoplan.report.content import Meta, Section
from geoplan.report.page import page_html

RAW = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
AS_THE_SOURCE_SAYS = ("source", "note")  # columns that quote


@pytest.fixture(scope="module")
def sections(hurts):
    study, answers = hurts.study, hurts.answers
    made = [
        heavy_section(study, answers, ()),
        signage_section(study, answers),
        bottleneck_section(study, answers, ()),
        places_section(study, answers),
        corridors_section(study, answers, ()),
    ]
    pages = sheet_pages(study, answers, Meta(Text("x", "x")), ())
    return [*(one for one in made if one is not None), *(one for page in pages for one in page.sections)]


def words_of(section: Section, lang: str) -> list[str]:
    """All that a section says in a language: title, text, figures, charts, notes, headings and cells."""
    said = [section.title, *section.text]
    said += [word for figure in section.figures for word in (figure.label, figure.basis)]
    said += [word for chart in section.charts for word in (chart.title, *(bar.label for bar in chart.bars))]
    said += [word for table in section.tables for word in (table.title, table.note)]
    texts = [word.of(lang) if isinstance(word, Text) else str(word) for word in said]
    for table in section.tables:
        for head in headings(table, lang):
            texts.append(head.text)
            if head.key not in AS_THE_SOURCE_SAYS:
                texts += {cell_text(table, row, head, lang) for row in range(len(table.frame))}
    return texts


@pytest.mark.parametrize("lang", LANGS)
def test_no_name_of_a_column_is_shown(sections, lang):
    found = {text for section in sections for text in words_of(section, lang) if RAW.search(text)}
    assert not found


def test_places_have_their_swedish_names(hurts, sections):
    network = hurts.study.network
    swedish = local_names(network, "sv")
    tables = (network.nodes, network.edges, network.structures)
    english = {
        str(t.at[key, "name"])
        for t in tables
        for key in t.index
        if key in swedish and swedish[key] != t.at[key, "name"]
    }
    english = {name for name in english if name and not any(name in own for own in swedish.values())}
    texts = [text for section in sections for text in words_of(section, "sv")]
    found = {(name, text) for name in english for text in texts if name in text}
    assert len(english) > 50 and not found


def test_ports_of_the_railway_in_both_languages(hurts):
    rows = hurts.study.network.nodes["name"].rename("port").to_frame()
    ports = rows[rows["port"].str.endswith(" port")]
    table = rail_table("slots", Text("x", "x"), ports, ["port"], ports=place_names(hurts.study.network))
    (head,) = headings(table, "sv")
    assert {cell_text(table, k, head, "sv").split()[-1] for k in range(len(ports))} == {"hamn"}
    assert cell_text(table, 0, head, "en") == ports["port"].iloc[0]


def test_ids_stand_once(sections, hurts):
    study, answers = hurts.study, hurts.answers
    made = [
        bottleneck_section(study, answers, ()),
        places_section(study, answers),
        corridors_section(study, answers, ()),
    ]
    html = page_html([one for one in made if one is not None], meta=Meta(Text("x", "x")))
    ids = re.findall(r'\sid="([^"]+)"', re.sub(r"<script.*?</script>", "", html, flags=re.S))
    assert sorted(set(ids)) == sorted(ids)
