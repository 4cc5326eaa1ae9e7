"""Slides: opened again, with tables as tables, drawings, and credits on every slide."""

import pandas as pd
import pytest

from geoplan.maps.labels import Text
from geoplan.report.content import Figure, Meta, Picture, Section, Table
from geoplan.report.pptx import COLUMNS, ROWS, write_slides

pptx = pytest.importorskip("pptx")

NASTY = '<script>alert("x")</script> 🚂 \x00\x0b'
META = Meta(
    name=Text("Studien", "The study"),
    data_date="2026-11-21",
    version="0.1.0",
    attribution="© OpenStreetMap contributors",
    command="geoplan run it",
)


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides")
    import matplotlib.figure

    matplotlib.figure.Figure(figsize=(8, 4.5)).savefig(folder / "strip.png")
    rows = pd.DataFrame({"name": [NASTY] + [f"row {k}" for k in range(20)], "weight_t": [float("nan"), *range(20)]})
    wide = pd.DataFrame({f"c{k}": [k] for k in range(COLUMNS + 3)})
    section = Section(
        id="heavy",
        title=Text("Tunga transporter", "Heavy transports"),
        text=(Text("Går.", "Passes."),),
        figures=(Figure("cost", Text("kostnad", "cost"), 7.45, Text("Mkr", "MSEK"), digits=2),),
        pictures=(
            Picture("strip", Text("Väglinje", "Strip"), "<svg/>"),
            Picture("lost", Text("Borta", "Lost"), "<svg/>"),
        ),
        tables=(
            Table("rows", Text("Rader", "Rows"), rows),
            Table("wide", Text("Bred", "Wide"), wide),
            Table("none", Text("Tom", "Empty"), rows.iloc[:0]),
        ),
    )
    path = write_slides(
        folder / "report.pptx", [section], meta=META, pictures=folder, headline=Text("3 av 3", "3 of 3"), lang="sv"
    )
    return pptx.Presentation(str(path))


def texts(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def tables(deck):
    return [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]


def test_every_slide_carries_attribution_date_and_version(deck):
    assert len(deck.slides) == 5  # title, findings, one drawing, two tables
    for number, slide in enumerate(deck.slides, start=1):
        assert "© OpenStreetMap contributors · Data per 2026-11-21 · geoplan 0.1.0" in texts(slide)
        assert str(number) in texts(slide)
    assert deck.core_properties.modified.date().isoformat() == "2026-11-21"


def test_words_figures_and_drawing(deck):
    title, found, drawn, *_ = deck.slides
    assert {"Studien", "3 av 3"} <= set(texts(title))
    assert {"Tunga transporter", "Går.", "7,45\xa0Mkr", "kostnad"} <= set(texts(found))
    picture = next(shape for shape in drawn.shapes if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE)
    assert picture.left >= 0 and picture.left + picture.width <= deck.slide_width
    assert picture.width / picture.height == pytest.approx(16 / 9, rel=0.01)


def test_tables_are_tables_and_say_what_they_leave_out(deck):
    rows, wide = tables(deck)
    assert len(rows.rows) == ROWS + 1 and len(wide.columns) == COLUMNS
    assert rows.cell(0, 1).text == "Vikt (ton)"
    assert rows.cell(1, 0).text.startswith('<script>alert("x")</script> 🚂')
    assert rows.cell(1, 1).text == "okänt"
    said = "\n".join(text for slide in deck.slides for text in texts(slide))
    assert f"Visar {ROWS} av 21 rader; resten finns i results.xlsx." in said
    assert f"Visar 1 av 1 rader och {COLUMNS} av {COLUMNS + 3} kolumner" in said


def test_nothing_lies_outside_its_slide(deck):
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width + 1
            assert shape.top + shape.height <= deck.slide_height + 1
