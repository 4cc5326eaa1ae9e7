"""results.xlsx: one sheet a table with headings in words, units, number formats and notes; the first tells about it."""

from __future__ import annotations

import io
import math
import os
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from numbers import Real
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text, value_text
from geoplan.maps.standalone import write_whole
from geoplan.report.cells import Heading, cell_text, headings, is_unknown, row_digits, row_unit
from geoplan.report.content import Figure, Meta, Table, text_of
from geoplan.report.words import word

_HEAD = Font(bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="0B3C5D")
_TITLE = Font(bold=True, size=14)
_GREY = Font(color="52606D", italic=True)
_LINE = Border(bottom=Side(style="thin", color="E4E7EB"))
_WRAP = Alignment(wrap_text=True, vertical="top")
_WIDEST = 60
# A workbook carries a time in every part of its archive; this one, so that the same input gives the same bytes.
_STILL = (1980, 1, 1, 0, 0, 0)


def write_workbook(
    path: str | os.PathLike[str],
    tables: Sequence[Table],
    *,
    meta: Meta,
    figures: Sequence[Figure] = (),
    lang: Lang = "sv",
) -> Path:
    """Write tables as sheets, after a sheet about the study and one of key figures, before one of sources.

    A value that is not known is an empty cell; one without limit is said in words. Text that looks like a formula
    stays text.

    Raises
    ------
    DataError
        The file cannot be written there.
    """
    book = Workbook()
    names = _sheet_names([word("about_sheet", lang), word("key_figures", lang), *(_name(t, lang) for t in tables)])
    about = book.active
    assert isinstance(about, Worksheet)
    about.title = names[0]
    _about_sheet(about, tables, names, meta, lang)
    _figure_sheet(book.create_sheet(names[1]), figures, lang)
    for table, name in zip(tables, names[2:], strict=True):
        _table_sheet(book.create_sheet(name), table, lang)
    if meta.sources:
        _source_sheet(book.create_sheet(_sheet_names([*names, word("sources", lang)])[-1]), meta, lang)
    book.properties.title = meta.name.of(lang)
    book.properties.creator = f"geoplan {meta.version}".strip()
    book.properties.created = book.properties.modified = datetime(*_STILL[:3])
    return write_whole(path, _steady_bytes(book))


def _about_sheet(sheet: Worksheet, tables: Sequence[Table], names: list[str], meta: Meta, lang: Lang) -> None:
    _put(sheet, 1, 1, meta.name.of(lang)).font = _TITLE
    rows = [
        (word("content", lang), meta.description.of(lang).strip()),
        (word("data_date", lang), meta.data_date),
        (word("version", lang), meta.version),
        (word("command", lang), meta.command),
        (word("attribution", lang), meta.attribution),
        (word("note", lang), word("unknown_note", lang)),
    ]
    at = 3
    for label, text in rows:
        if text:
            _put(sheet, at, 1, label).font = Font(bold=True)
            _put(sheet, at, 2, text).alignment = _WRAP
            at += 1
    at += 1
    _head(sheet, at, [word("sheet", lang), word("content", lang)])
    listed = [(names[1], word("key_figures", lang)), *zip(names[2:], (t.title.of(lang) for t in tables), strict=True)]
    for name, title in listed:
        at += 1
        link = _put(sheet, at, 1, name)
        link.hyperlink = f"#'{name}'!A1"
        link.font = Font(color="0B4F8A", underline="single")
        _put(sheet, at, 2, title)
    if meta.assumptions:
        at += 2
        _head(sheet, at, [word("assumptions", lang), ""])
        for assumption in meta.assumptions:
            at += 1
            _put(sheet, at, 2, assumption.of(lang)).alignment = _WRAP
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 100


def _figure_sheet(sheet: Worksheet, figures: Sequence[Figure], lang: Lang) -> None:
    keys = ("figure", "value", "unit", "basis", "share_unknown", "share_assumed", "source")
    _head(sheet, 1, [word(key, lang) for key in keys])
    for at, figure in enumerate(figures, start=2):
        _put(sheet, at, 1, figure.label.of(lang))
        if isinstance(figure.value, Text):
            _put(sheet, at, 2, figure.value.of(lang))
        else:
            _number(sheet, at, 2, figure.value, figure.digits, "", lang)
        _put(sheet, at, 3, figure.unit.of(lang))
        _put(sheet, at, 4, figure.basis.of(lang)).alignment = _WRAP
        for column, share in ((5, figure.share_unknown), (6, figure.share_assumed)):
            if not math.isnan(share):
                sheet.cell(at, column, float(share)).number_format = "0 %"
        _put(sheet, at, 7, figure.source)
    for letter, width in zip("ABCDEFG", (46, 16, 18, 70, 14, 16, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "B2"


def _table_sheet(sheet: Worksheet, table: Table, lang: Lang) -> None:
    """Title, note, heading row (frozen, with a filter), rows."""
    columns = headings(table, lang)
    _put(sheet, 1, 1, table.title.of(lang)).font = _TITLE
    if note := table.note.of(lang):
        _put(sheet, 2, 1, note).font = _GREY
    top = 4
    _head(sheet, top, [column.text for column in columns])
    widths = [len(column.text) + 3 for column in columns]
    for row in range(len(table.frame)):
        for number, column in enumerate(columns):
            cell = _table_cell(sheet, top + 1 + row, number + 1, table, row, column, lang)
            cell.border = _LINE
            widths[number] = max(widths[number], len(str(cell.value or "")) + 2)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(max(width, 9), _WIDEST)
    sheet.freeze_panes = sheet.cell(top + 1, 2 if len(columns) > 3 else 1)
    if columns:
        sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(columns))}{top + max(len(table.frame), 1)}"
    _page(sheet, top)


def _table_cell(sheet: Worksheet, at: int, column_at: int, table: Table, row: int, column: Heading, lang: Lang) -> Cell:
    value = table.cells[column.key][row]
    if is_unknown(value):
        return sheet.cell(at, column_at)
    if isinstance(value, Real) and not isinstance(value, bool):
        digits, unit = row_digits(table, row, column), row_unit(table, row, column.key, lang)
        return _number(sheet, at, column_at, float(value), digits, unit, lang)
    cell = _put(sheet, at, column_at, cell_text(table, row, column, lang))
    cell.alignment = _WRAP
    return cell


def _source_sheet(sheet: Worksheet, meta: Meta, lang: Lang) -> None:
    keys = ("source", "content", "licence", "date", "confidence", "address", "checksum")
    _head(sheet, 1, [word(key, lang) for key in keys])
    for at, source in enumerate(meta.sources, start=2):
        confidence = value_text("confidence", source.confidence, lang) if source.confidence else ""
        title, licence = text_of(source.title, lang), text_of(source.licence, lang)
        cells = (source.key, title, licence, source.date, confidence, source.url, source.sha256)
        for number, text in enumerate(cells, start=1):
            _put(sheet, at, number, text).alignment = _WRAP
    for letter, width in zip("ABCDEFG", (22, 70, 36, 12, 22, 60, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "B2"


def _head(sheet: Worksheet, at: int, texts: Sequence[str]) -> None:
    for number, text in enumerate(texts, start=1):
        cell = _put(sheet, at, number, text)
        cell.font, cell.fill, cell.alignment = _HEAD, _HEAD_FILL, Alignment(wrap_text=True, vertical="center")


def _put(sheet: Worksheet, at: int, column: int, text: str) -> Cell:
    """Text as text: never a formula, and without signs that a workbook cannot hold."""
    cell = sheet.cell(at, column)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", str(text))[:32_000]
    if cell.value:
        cell.data_type = "s"
    return cell


def _number(sheet: Worksheet, at: int, column: int, value: float, digits: int | None, unit: str, lang: Lang) -> Cell:
    """A number with its format; the unit of the row, when rows have their own, stands in the format."""
    if math.isnan(value):
        return sheet.cell(at, column)
    if math.isinf(value):
        return _put(sheet, at, column, number_text(value, lang))
    cell = sheet.cell(at, column, int(value) if float(value).is_integer() else float(value))
    decimals = digits if digits is not None else (0 if float(value).is_integer() else 2)
    # Excel shows the decimal sign of its own language for the point, and its own thin group for the comma.
    behind = f'" {unit}"' if unit else ""
    cell.number_format = f"#,##0{'.' + '0' * decimals if decimals else ''}{behind}"
    return cell


def _page(sheet: Worksheet, top: int) -> None:
    """Prints on wide paper, as wide as the page, with the headings on each sheet."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{top}:{top}"


def _name(table: Table, lang: Lang) -> str:
    return table.name.of(lang) or table.title.of(lang) or table.id


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    """Names that Excel takes: at most 31 signs, without []:*?/\\ or an apostrophe at the ends, each only once."""
    names: list[str] = []
    for text in wanted:
        clean = re.sub(r"[\[\]:*?/\\]", " ", ILLEGAL_CHARACTERS_RE.sub("", text)).strip(" '") or "-"
        name, number = clean[:31].strip(), 2
        while name.casefold() in (other.casefold() for other in names):
            behind = f" ({number})"
            name, number = clean[: 31 - len(behind)].strip() + behind, number + 1
        names.append(name)
    return names


def _steady_bytes(book: Workbook) -> bytes:
    """The workbook with a fixed time in every part of the archive."""
    raw, steady = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data: Any = old.read(item)
            if item.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(item.filename, _STILL), data, zipfile.ZIP_DEFLATED)
    return steady.getvalue()
