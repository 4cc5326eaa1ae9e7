"""report.pptx: figures, drawings and tables of a report as slides that a presenter goes on editing."""

from __future__ import annotations

import datetime as dt
import io
import math
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from geoplan.errors import MissingExtraError
from geoplan.maps.labels import Lang, Text
from geoplan.maps.standalone import write_whole
from geoplan.report.cells import cell_text, headings
from geoplan.report.content import NO_TEXT, Figure, Meta, Section, Table
from geoplan.report.page import figure_value

INSTALL = "slides need python-pptx; install it with: pip install 'geoplan[report]'"

WIDE_IN, HIGH_IN = 40 / 3, 7.5  # 16:9
MARGIN_IN, TOP_IN, FOOT_IN = 0.55, 1.3, 7.02
INK, SOFT, BLUE, STRIPE = "1F2933", "52606D", "0B4F8A", "EEF2F5"
ROWS, COLUMNS, FIGURES = 12, 8, 8  # most on one slide
LONGEST_CELL = 90
LETTERS_PER_IN, LINE_IN = 13.0, 0.17  # of letters of 10 points, as they run on average

MORE = Text(
    "Visar {rows} av {all_rows} rader{columns}; resten finns i results.xlsx.",
    "Shows {rows} of {all_rows} rows{columns}; the rest is in results.xlsx.",
)
MORE_COLUMNS = Text(" och {columns} av {all_columns} kolumner", " and {columns} of {all_columns} columns")
DATA = Text("Data per", "Data as of")


def check_slides() -> None:
    """Before long work: MissingExtraError when slides cannot be written here."""
    if find_spec("pptx") is None:
        raise MissingExtraError(INSTALL)


def write_slides(
    path: str | os.PathLike[str],
    sections: Sequence[Section],
    *,
    meta: Meta,
    pictures: str | os.PathLike[str] | None = None,
    headline: Text = NO_TEXT,
    lang: Lang = "sv",
) -> Path:
    """Write the report as slides (16:9): title, and for each section its findings, drawings and tables.

    Tables are tables that can be edited; the first twelve rows and eight columns are shown, and a line says how many
    there are. Every slide carries attribution, date of the data and version.

    Parameters
    ----------
    pictures
        Folder with the drawings as `ID.png`; a drawing without such a file is left out.

    Raises
    ------
    MissingExtraError
        python-pptx is not installed.
    DataError
        The file cannot be written there.
    """
    try:
        import pptx
    except ImportError as fault:
        raise MissingExtraError(INSTALL) from fault
    deck = _Deck(pptx, meta, lang)
    deck.title(meta.name.of(lang), headline.of(lang) or meta.description.of(lang))
    for section in sections:
        deck.findings(section)
        for picture in section.pictures:
            file = Path(pictures) / f"{picture.id}.png" if pictures is not None else None
            if file is not None and file.is_file():
                deck.picture(picture.title.of(lang), file, picture.note.of(lang))
        for table in section.tables:
            if len(table.frame):
                deck.table(table)
    return write_whole(path, deck.save())


class _Deck:
    """A presentation that grows slide by slide."""

    def __init__(self, pptx: Any, meta: Meta, lang: Lang) -> None:
        self._pptx, self._meta, self._lang = pptx, meta, lang
        self._deck = pptx.Presentation()
        self._deck.slide_width, self._deck.slide_height = self._at(WIDE_IN), self._at(HIGH_IN)
        about = self._deck.core_properties
        about.title, about.author, about.subject = meta.name.of(lang), "geoplan", meta.command
        about.comments = self._credits()
        if meta.data_date:  # of the data and not of the run, as everything else that a run writes
            day = dt.date.fromisoformat(meta.data_date)
            about.created = about.modified = dt.datetime(day.year, day.month, day.day)

    def title(self, name: str, said: str) -> None:
        slide = self._slide("")
        self._text(slide, name, (MARGIN_IN, 2.2, WIDE_IN - 2 * MARGIN_IN, 1.4), size=40, bold=True)
        self._text(slide, said, (MARGIN_IN, 3.7, WIDE_IN - 2 * MARGIN_IN, 2.0), size=22, color=SOFT)

    def findings(self, section: Section) -> None:
        """The words of a section on the left, its first figures on the right."""
        if not section.text and not section.figures:
            return
        slide = self._slide(section.title.of(self._lang))
        split = WIDE_IN * 0.54 if section.figures else WIDE_IN - MARGIN_IN
        said = "\n".join(text.of(self._lang) for text in section.text)
        size = 18 if len(said) < 700 else 14 if len(said) < 1500 else 11
        self._text(slide, said, (MARGIN_IN, TOP_IN, split - MARGIN_IN, FOOT_IN - TOP_IN), size=size)
        for row, figure in enumerate(section.figures[:FIGURES]):
            self._figure(slide, figure, split + 0.4, TOP_IN + row * (FOOT_IN - TOP_IN) / FIGURES)

    def picture(self, title: str, file: Path, note: str) -> None:
        slide = self._slide(title)
        room_wide, room_high = WIDE_IN - 2 * MARGIN_IN, FOOT_IN - TOP_IN - (0.5 if note else 0.1)
        drawn = slide.shapes.add_picture(str(file), 0, 0)
        scale = min(self._at(room_wide) / drawn.width, self._at(room_high) / drawn.height)
        drawn.width, drawn.height = int(drawn.width * scale), int(drawn.height * scale)
        drawn.left, drawn.top = (self._at(WIDE_IN) - drawn.width) // 2, self._at(TOP_IN)
        drawn.name = title
        if note:
            self._text(slide, note, (MARGIN_IN, FOOT_IN - 0.45, room_wide, 0.4), size=11, color=SOFT)

    def table(self, table: Table) -> None:
        heads = headings(table, self._lang)
        shown, most = heads[:COLUMNS], min(ROWS, len(table.frame))
        texts = [[head.text for head in shown]]
        texts += [[cell_text(table, row, head, self._lang) for head in shown] for row in range(most)]
        slide = self._slide(table.title.of(self._lang))
        wide = WIDE_IN - 2 * MARGIN_IN
        widths = [wide * share for share in _widths(texts)]
        heights = _heights(texts, widths, FOOT_IN - TOP_IN - 0.5)
        texts, rows = texts[: len(heights)], len(heights) - 1
        place = (MARGIN_IN, TOP_IN, wide, sum(heights))
        grid = slide.shapes.add_table(rows + 1, len(shown), *(self._at(part) for part in place)).table
        for column, width in enumerate(widths):
            grid.columns[column].width = self._at(width)
        for row, height in enumerate(heights):
            grid.rows[row].height = self._at(height)
        for row, cells in enumerate(texts):
            for column, text in enumerate(cells):
                self._cell(
                    grid.cell(row, column), text, head=row == 0, number=shown[column].number, stripe=row % 2 == 0
                )
        note = self._shown(rows, len(table.frame), len(shown), len(heads))
        note = " ".join(part for part in (table.note.of(self._lang), note) if part)
        if note:
            self._text(slide, note, (MARGIN_IN, FOOT_IN - 0.42, wide, 0.4), size=10, color=SOFT)

    def save(self) -> bytes:
        stream = io.BytesIO()
        self._deck.save(stream)
        return stream.getvalue()

    def _shown(self, rows: int, all_rows: int, columns: int, all_columns: int) -> str:
        """How much of a table is on its slide; empty when all of it is."""
        if rows == all_rows and columns == all_columns:
            return ""
        part = MORE_COLUMNS.of(self._lang).format(columns=columns, all_columns=all_columns)
        return MORE.of(self._lang).format(rows=rows, all_rows=all_rows, columns=part if columns < all_columns else "")

    def _figure(self, slide: Any, figure: Figure, left: float, top: float) -> None:
        unit = figure.unit.of(self._lang)
        value = f"{figure_value(figure).of(self._lang)}\u00a0{unit}".rstrip("\u00a0")
        box = (left, top, WIDE_IN - MARGIN_IN - left, 0.36)
        self._text(slide, value, box, size=20 if len(value) < 28 else 14, bold=True, color=BLUE)
        self._text(slide, figure.label.of(self._lang), (left, top + 0.34, box[2], 0.3), size=11, color=SOFT)

    def _slide(self, title: str) -> Any:
        blank = self._deck.slide_layouts[5] if title else self._deck.slide_layouts[6]  # title only, nothing
        slide = self._deck.slides.add_slide(blank)
        if title:
            head = slide.shapes.title
            head.left, head.top = self._at(MARGIN_IN), self._at(0.4)
            head.width, head.height = self._at(WIDE_IN - 2 * MARGIN_IN), self._at(0.8)
            self._fill(head.text_frame, title, size=28, bold=True)
        number = str(len(self._deck.slides))
        self._text(slide, self._credits(), (MARGIN_IN, FOOT_IN + 0.04, WIDE_IN - 1.6, 0.36), size=9, color=SOFT)
        self._text(slide, number, (WIDE_IN - 1.0, FOOT_IN + 0.04, 0.5, 0.36), size=9, color=SOFT)
        return slide

    def _credits(self) -> str:
        meta = self._meta
        dated = f"{DATA.of(self._lang)} {meta.data_date}" if meta.data_date else ""
        parts = (meta.attribution, dated, f"geoplan {meta.version}".strip())
        return " · ".join(part for part in parts if part)

    def _text(
        self,
        slide: Any,
        text: str,
        box: tuple[float, float, float, float],
        *,
        size: float,
        bold: bool = False,
        color: str = INK,
    ) -> None:
        shape = slide.shapes.add_textbox(*(self._at(part) for part in box))
        self._fill(shape.text_frame, text, size=size, bold=bold, color=color)

    def _fill(self, frame: Any, text: str, *, size: float, bold: bool = False, color: str = INK) -> None:
        frame.word_wrap = True
        for at, line in enumerate(text.split("\n")):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.space_after = self._pptx.util.Pt(size / 3)
            paragraph.alignment = self._pptx.enum.text.PP_ALIGN.LEFT
            run = paragraph.add_run()
            run.text = _clean(line)
            self._font(run.font, size, bold, color)

    def _cell(self, cell: Any, text: str, *, head: bool, number: bool, stripe: bool) -> None:
        cell.margin_left = cell.margin_right = self._at(0.06)
        cell.margin_top = cell.margin_bottom = self._at(0.025)
        cell.fill.solid()
        cell.fill.fore_color.rgb = self._pptx.dml.color.RGBColor.from_string(
            BLUE if head else STRIPE if stripe else "FFFFFF"
        )
        paragraph = cell.text_frame.paragraphs[0]
        align = self._pptx.enum.text.PP_ALIGN
        paragraph.alignment = align.RIGHT if number else align.LEFT
        run = paragraph.add_run()
        run.text = _clean(text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…")
        self._font(run.font, 10, head, "FFFFFF" if head else INK)

    def _font(self, font: Any, size: float, bold: bool, color: str) -> None:
        font.size, font.bold = self._pptx.util.Pt(size), bold
        font.color.rgb = self._pptx.dml.color.RGBColor.from_string(color)

    def _at(self, inches: float) -> int:
        return int(self._pptx.util.Inches(inches))


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Share of the width for each column: the root of its longest text, so that long texts wrap and short do not."""
    longest = [math.sqrt(max(4, *(min(len(text), 60) for text in column))) for column in zip(*rows, strict=True)]
    return [one / sum(longest) for one in longest]


def _heights(rows: Sequence[Sequence[str]], widths: Sequence[float], room: float) -> list[float]:
    """Height of each row in inches with its texts wrapped, for as many rows as there is room for; two at least."""
    heights: list[float] = []
    for row in rows:
        pairs = zip(row, widths, strict=True)
        lines = max(math.ceil(min(len(text), LONGEST_CELL) / (width * LETTERS_PER_IN)) for text, width in pairs)
        heights.append(0.1 + LINE_IN * max(1, lines))
        if len(heights) > 2 and sum(heights) > room:
            return heights[:-1]
    return heights


def _clean(text: str) -> str:
    """Text without the signs that XML cannot hold."""
    return "".join(sign for sign in text if sign >= " " or sign == "\t")
