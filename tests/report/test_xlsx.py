"""The workbook opens again with headings, units, formats and notes, and holds text as text."""

import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.maps.labels import Text
from geoplan.report.content import Table, all_figures
from geoplan.report.xlsx import write_workbook


@pytest.fixture(scope="module")
def book(tmp_path_factory, sections, legs, margins, meta):
    path = tmp_path_factory.mktemp("xlsx") / "results.xlsx"
    write_workbook(path, [legs, margins], meta=meta, figures=all_figures(sections))
    return openpyxl.load_workbook(path)


def row(sheet, number):
    return [cell.value for cell in sheet[number]]


def test_sheets_in_order(book):
    assert book.sheetnames == ["Om", "Nyckeltal", "Etapper", "Marginaler", "Källor"]


def test_first_sheet_says_what_it_is(book):
    cells = {a: b for a, b in book["Om"].iter_rows(max_col=2, values_only=True) if a}
    assert cells["Data per"] == "2026-11-21"
    assert cells["geoplan"] == "0.1.0"
    assert cells["Upphov till data"] == "Trafikverket <CC0>"
    assert cells["Kommando"] == "geoplan run ludvika"
    assert book["Om"]["A1"].value == "Studien Ludvika"
    assert "18 minuter till arbetet antas." in [b for _, b in book["Om"].iter_rows(max_col=2, values_only=True)]


def test_tables_have_units_formats_and_a_frozen_head(book):
    sheet = book["Etapper"]
    assert sheet["A1"].value == "Etapper" and sheet["A2"].value == "Med lastning."
    assert row(sheet, 4) == [
        "Etapp", "Trafikslag", "Fordon", "Längd (m)", "Fri höjd (m)", "Största bruttovikt (ton)", "Bedömning",
    ]  # fmt: skip
    assert row(sheet, 5)[:2] == [1, "järnväg"]
    assert sheet["D5"].value == 250120 and sheet["D5"].number_format == "#,##0"
    assert sheet["E5"].value == 4.65 and sheet["E5"].number_format == "#,##0.00"
    assert sheet["E6"].value is None  # not known: an empty cell, no zero
    assert sheet["F5"].value == "obegränsat"
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref == "A4:G6"


def test_rows_with_their_own_unit_carry_it_in_the_format(book):
    sheet = book["Marginaler"]
    assert row(sheet, 4)[2] == "Gränsvärde"
    assert (sheet["C5"].value, sheet["C5"].number_format) == (4.3, '#,##0.00" m"')
    assert (sheet["C6"].value, sheet["C6"].number_format) == (22.5, '#,##0.0" ton"')


def test_key_figures_with_shares(book):
    sheet = book["Nyckeltal"]
    assert row(sheet, 1) == ["Nyckeltal", "Värde", "Enhet", "Underlag", "Andel okänt", "Andel antaget", "Källa"]
    assert row(sheet, 2)[:3] == ["Kostnad", 1.421, "Mkr"]
    assert (sheet["F2"].value, sheet["F2"].number_format) == (0.004, "0 %")
    assert sheet["B3"].value == "går inte"
    assert sheet["B4"].value is None


def test_english_workbook(tmp_path, legs, meta):
    path = write_workbook(tmp_path / "x.xlsx", [legs], meta=meta, lang="en")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["About", "Key figures", "Legs", "Sources"]
    assert row(book["Legs"], 4)[3:5] == ["Length (m)", "Clear height (m)"]


def test_text_is_never_a_formula_nor_breaks_the_file(tmp_path, meta):
    frame = pd.DataFrame({"name": ["=1+1", "+cmd|' /C calc'!A0", "a\x00b\x0bc", "😀" * 3, "x" * 40_000, ""]})
    path = write_workbook(tmp_path / "x.xlsx", [Table("t", Text("T", "T"), frame)], meta=meta)
    sheet = openpyxl.load_workbook(path)["T"]
    cells = [sheet.cell(5 + k, 1) for k in range(6)]
    assert [cell.data_type for cell in cells] == ["s", "s", "s", "s", "s", "n"]
    assert cells[0].value == "=1+1"
    assert cells[2].value == "a\ufffdb\ufffdc"
    assert len(cells[4].value) == 32_000
    assert cells[5].value is None


def test_sheet_names_fit_excel(tmp_path, legs, meta):
    frame = legs.frame
    titles = ["Vad/som: helst*[?]", "x" * 50, "X" * 50, "'quoted'", ""]
    tables = [Table(f"t{k}", Text(title, title), frame) for k, title in enumerate(titles)]
    names = openpyxl.load_workbook(write_workbook(tmp_path / "x.xlsx", tables, meta=meta)).sheetnames
    assert len(names) == len({name.casefold() for name in names}) == 8
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert "quoted" in names and "t4" in names


def test_same_tables_same_bytes(tmp_path, legs, margins, meta, sections):
    def make(name):
        figures = all_figures(sections)
        return write_workbook(tmp_path / name, [legs, margins], meta=meta, figures=figures).read_bytes()

    first = make("a.xlsx")
    assert make("b.xlsx") == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_place_that_cannot_be_written(tmp_path, legs, meta):
    with pytest.raises(DataError, match="cannot write there"):
        write_workbook(tmp_path / "missing" / "x.xlsx", [legs], meta=meta)
