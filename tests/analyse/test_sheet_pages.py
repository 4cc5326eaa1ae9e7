"""Pages of places and corridors: in words of both languages, each with what a planner is asked for."""

import re

import matplotlib.pyplot as plt
import pytest

from geoplan.maps.labels import LANGS, Text
from geoplan.present.bottlenecks import bottleneck_section
from geoplan.present.corridors import corridor_drawings, corridors_section
from geoplan.present.places import places_section
from geoplan.present.sheets import sheet_pages, sheet_tables
from geoplan.report.content import Meta
from geoplan.report.page import page_html


@pytest.fixture(scope="module")
def study(hurts):
    return hurts.study


@pytest.fixture(scope="module")
def answers(hurts):
    return hurts.answers


@pytest.fixture(scope="module")
def pages(study, answers):
    meta = Meta(name=Text("Studien", "The study"))
    return {page.file: page for page in sheet_pages(study, answers, meta, [])}


def test_every_place_and_corridor_has_a_page(study, answers, pages):
    assert list(pages) == [f"place_{row.id}.html" for row in study.config.places] + [
        f"corridor_{row.id}.html" for row in study.config.corridors
    ]
    gate = pages["place_dalporten.html"]
    assert [section.id for section in gate.sections] == ["state", "who", "freight", "evidence", "measures", "open"]
    assert gate.headline.sv.startswith("Stängd 12 h kostar den ") and "vehicle hours" in gate.headline.en
    line = pages["place_stalldalen_frovi.html"]
    assert "who" not in [section.id for section in line.sections]  # no car goes by rail
    assert "två mest belastade timmarna" in line.headline.sv


def test_links_lead_to_the_pages(study, answers, pages):
    linked = [link.path for link in (*places_section(study, answers).maps, *corridors_section(study, answers, []).maps)]
    assert linked == list(pages)


def test_no_raw_name_is_left_in_words(study, answers, pages):
    raw = ("max_axle_load_t", "bk_class", "loading_gauge", "not_ok", "clearance_height_m", "rail_capacity", "by_rule",
           "closure_vehh", "speed_kmh")  # fmt: skip
    meta = Meta(name=Text("Studien", "The study"))
    everything = [(page.sections, page.meta) for page in pages.values()]
    everything.append(((bottleneck_section(study, answers, []), places_section(study, answers)), meta))
    for sections, about in everything:
        html = page_html(sections, meta=about)
        assert not [word for word in raw if f">{word}" in html or f" {word}" in html]
        assert not re.search(r">\s*nan\b|\bnan\s*<", html)


def test_the_register_tells_rank_with_interval_and_measures_with_their_step(study, answers):
    short, table, *more = bottleneck_section(study, answers, []).tables
    lifted, both = more[0].frame.iloc[0], set(more[1].frame["name"])
    assert [one.id for one in more[:2]] == ["lifted_limits", "two_networks"]
    assert lifted["opens"].en == "gets through only then" and lifted["after_t"] >= lifted["before_t"] > 0
    assert {"Dalporten", "Stubinfabriksbron"} <= both
    assert table.labels["rank_interval"].sv == "rang (90 %-intervall)" and "50 dragningar" in table.note.sv
    first = table.frame.iloc[0]
    assert first["rank_interval"].sv.startswith("1 (1–") and first["measures"].sv == "förslag, steg 2, 3, 4"
    gate = table.frame[table.frame["name"] == "50 Grängesberg genom Dalporten"].iloc[0]
    assert gate["measures"].en == "4: New rv 50 past Dalporten; proposals, steps 2, 3, 4"
    assert more[-1].id == "proposals" and len(more[-1].frame) > 15
    assert {text.sv for text in short.frame["kind"]} == {
        "Trängsel",
        "Sårbarhet",
        "Hinder för tung transport",
        "Spårkapacitet",
    }


def test_the_workbook_has_each_table_once_with_the_place_in_front(study, answers):
    tables = {table.id: table for table in sheet_tables(study, answers)}
    assert len(tables) == len(sheet_tables(study, answers))
    hit = tables["place_hit"]
    assert hit.frame.columns[0] == "of" and len({text.sv for text in hit.frame["of"]}) == 3
    assert len(tables["corridor_modes"].frame) == 4


def test_strips_draw_in_both_languages(answers):
    for lang in LANGS:
        drawn = corridor_drawings(answers, lang=lang)
        assert [key for key, _, _ in drawn] == ["corridor_borlange_orebro", "corridor_ludvika_vasteras"]
        texts = [text.get_text() for text in drawn[0][2].findobj(plt.Text)]
        assert any("Ludvika" in text for text in texts)
