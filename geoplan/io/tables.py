"""One careful reader for the small tables that a planner edits: CSV from any program, and xlsx.

Separator (`;`, `,`, tab), character set (UTF-8, UTF-16, cp1252) and decimal sign are found, not asked for.
Cells of text columns stay as they were written, so that a municipality code keeps its leading zero. An empty
cell is NaN in a number column and "" in a text column. The index of what comes back is the line in the file,
so that a later check can name the line too.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.io.files import require_file
from geoplan.io.workbook import workbook_rows
from geoplan.network.schema import Column

log = logging.getLogger(__name__)

SEPARATORS = (";", "\t", ",")
SPACES = "\u00a0\u202f\u2009"  # no-break space, narrow no-break space, thin space
UNKNOWN_CELLS = ("", "..", "nan", "na", "n/a")  # ".." is SCB's sign of a cell that is not shown
# Signs of statistics offices in cells without a number. The dash is a true zero, "nothing to report":
# Trafikanalys (trafa.se, Teckenförklaring: "– noll (inget finns att redovisa)"), Destatis ("exactly zero"), CSO.
ZERO_CELLS = frozenset({"-", "–", "—", "\u2212"})
# Not shown, so not known: not available or too uncertain (..), cannot occur (.), kept back (U, x, *, :, /) or empty.
HIDDEN_CELLS = frozenset({"", "..", ".", "...", "....", "*", "x", "u", ":", "/", "n/a", "na", "nan", "null"})
_GROUPED = re.compile(rf"[+-]?\d{{1,3}}(?:[ {SPACES}']\d{{3}})+(?:[.,]\d+)?")
_PLAIN = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_DOTTED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:,\d{3})+\.\d+")

Row = tuple[int, list[str]]


def read_table(
    path: str | os.PathLike[str],
    columns: Sequence[Column],
    *,
    sheet: str | None = None,
    allow_empty: bool = False,
) -> pd.DataFrame:
    """A table with every column of `columns` present, typed and checked.

    Parameters
    ----------
    path
        .csv, .txt or .tsv, or .xlsx. Rows that start with `#` and empty rows are skipped.
    columns
        What the table may hold. Other columns are reported in the log and kept behind them as text.
    sheet
        Sheet of an xlsx file; the first one when None.
    allow_empty
        Whether a table without rows is right.

    Returns
    -------
    Table whose index `line` is the line (row of the sheet) each row stood in; most headers are line 1.

    Raises
    ------
    DataError
        Lists every fault at once: file, column, lines and the cure.
    """
    file = require_file(path, "table")
    rows = read_cells(file, columns, sheet=sheet)
    if not rows:
        raise DataError(f"{file}: holds no header; the first line must name the columns")
    header, body = _header(file, rows, columns)
    if not body and not allow_empty:
        raise DataError(f"{file}: has a header but no rows; add one, or name no such table")
    raw = pd.DataFrame(
        [cells for _, cells in body],
        columns=header,
        index=pd.Index([line for line, _ in body], name="line", dtype="int64"),
        dtype=object,
    )
    faults: list[str] = []
    done: dict[str, object] = {}
    for column in columns:
        values = raw[column.name] if column.name in raw else pd.Series("", index=raw.index, dtype=object)
        done[column.name], new_faults = _typed(column, values, given=column.name in raw)
        faults += [f"column {column.name}: {fault}" for fault in new_faults]
    if faults:
        raise DataError(f"{file}: " + "; ".join(faults))
    for name in header:
        if name not in done:
            done[name] = raw[name].astype("str")
    return pd.DataFrame(done, index=raw.index)


def read_cells(
    path: str | os.PathLike[str], columns: Sequence[Column] = (), *, sheet: str | None = None
) -> list[tuple[int, list[str]]]:
    """Rows of a table as (line, cells as text), header included; `columns` helps to find the separator."""
    file = require_file(path, "table")
    return _sheet_rows(file, sheet) if file.suffix.lower() in (".xlsx", ".xlsm") else _text_rows(file, columns)


def parse_number(text: str) -> float:
    """A number as people write it: `1 234,5`, `1234.5`, `1.234,5`, `-0,4`, `inf`; NaN for an empty cell.

    A single comma is the decimal sign, as Swedish programs write it: `1,234` is 1.234.

    Raises ValueError when the text is no number.
    """
    cell = text.strip(f" \t{SPACES}").replace("\u2212", "-")
    if cell.lower() in UNKNOWN_CELLS:
        return float("nan")
    if cell.lower() in ("inf", "+inf", "infinity", "∞"):
        return float("inf")
    if _PLAIN.fullmatch(cell):
        return float(cell.replace(",", "."))
    if _GROUPED.fullmatch(cell):
        return float(re.sub(rf"[ {SPACES}']", "", cell).replace(",", "."))
    if _DOTTED.fullmatch(cell):
        grouping = "." if cell.rfind(",") > cell.rfind(".") else ","
        return float(cell.replace(grouping, "").replace(",", "."))
    raise ValueError(text)


def split_list(text: str) -> list[str]:
    """Parts of a cell that holds several ids, parted by `;`; empty parts are dropped."""
    return [part.strip() for part in text.split(";") if part.strip()]


def name_lines(lines: Sequence[object], limit: int = 5) -> str:
    """Text such as `3 rows (lines 2, 7, 9)` for error messages."""
    shown = ", ".join(str(line) for line in lines[:limit])
    more = ", ..." if len(lines) > limit else ""
    words = ("row", "line") if len(lines) == 1 else ("rows", "lines")
    return f"{len(lines)} {words[0]} ({words[1]} {shown}{more})"


def _text_rows(file: Path, columns: Sequence[Column]) -> list[Row]:
    """Rows of a text file as (line, cells)."""
    text = _decoded(file)
    separator = _separator(text, columns)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[Row] = []
    start = 1
    try:
        for cells in reader:
            rows.append((start, [cell.strip(f" \t\r\n{SPACES}") for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as fault:
        raise DataError(f"{file}: line {reader.line_num} cannot be read ({fault}); check its quotes") from fault
    if rows and len(rows[0][1]) <= 2 and rows[0][1][0].lower().startswith("sep="):
        rows = rows[1:]  # Excel's own hint at the separator
    return _content(rows)


def _decoded(file: Path) -> str:
    """Text of the file, its character set found by trying."""
    data = file.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = ["utf-16"]
    elif b"\x00" in data:
        raise DataError(f"{file}: is no text (it holds zero bytes); save it as CSV (UTF-8) or xlsx")
    else:
        tries = ["utf-8-sig", "cp1252"]
    for encoding in tries:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{file}: its characters are neither UTF-8 nor Windows-1252; save it as CSV UTF-8")


def _separator(text: str, columns: Sequence[Column]) -> str:
    """The sign that gives the header the most known columns, then the most columns."""
    known = {column.name.casefold() for column in columns}
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    first = next((line for line in lines if not line.lower().startswith("sep=")), "")

    def score(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=separator), [])
        return sum(cell.strip().casefold() in known for cell in cells), len(cells)

    return max(SEPARATORS, key=score)


def _sheet_rows(file: Path, sheet: str | None) -> list[Row]:
    """Rows of a sheet of a workbook as (row number, cells as text)."""
    rows = enumerate(workbook_rows(file, sheet), start=1)
    return _content([(k, [_cell_text(cell) for cell in cells]) for k, cells in rows])


def _cell_text(value: object) -> str:
    """A cell of a workbook as a person would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return str(value).strip(f" \t\r\n{SPACES}")


def _content(rows: list[Row]) -> list[Row]:
    return [(line, cells) for line, cells in rows if any(cells) and not cells[0].startswith("#")]


def _header(file: Path, rows: list[Row], columns: Sequence[Column]) -> tuple[list[str], list[Row]]:
    """Names of the columns as the schema spells them, and the rows cut to that width."""
    line, found = rows[0]
    spelled = {column.name.casefold(): column.name for column in columns}
    header = [spelled.get(name.casefold(), name) for name in found]
    while header and not header[-1]:
        header.pop()
    faults = []
    blank = [str(k + 1) for k, name in enumerate(header) if not name]
    if blank:
        faults.append(f"line {line} has columns without a name (number {', '.join(blank)}); name or delete them")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        faults.append(f"columns named twice: {', '.join(twice)}; keep one of each")
    strange = [name for name in header if name and name not in spelled.values()]
    for column in columns:
        if column.required and column.name not in header:
            near = name_near(column.name, strange)
            faults.append(f"column {column.name} is missing ({column.meaning}); add it.{near}")
    wide = [row_line for row_line, cells in rows[1:] if any(cells[len(header) :])]
    if wide:
        faults.append(
            f"{name_lines(wide)} have more cells than the header has columns ({len(header)}); "
            "put quotes round text that holds the separator"
        )
    if faults:
        raise DataError(f"{file}: " + "; ".join(faults))
    for name in strange:
        near = name_near(name, [column.name for column in columns if column.name not in header])
        log.warning("%s: column %s is not used by geoplan; kept as text.%s", file.name, name, near)
    width = len(header)
    return header, [(row_line, (cells + [""] * width)[:width]) for row_line, cells in rows[1:]]


def _typed(column: Column, values: pd.Series, *, given: bool) -> tuple[pd.Series, list[str]]:
    """The column in its kind, and what is wrong with it."""
    if column.kind == "float":
        return _numbers(column, values)
    text = values.astype("str")
    faults = []
    empty = text.index[text == ""].to_list()
    if empty and given and (column.kind == "id" and column.required):
        faults.append(f"{name_lines(empty)} have no {column.name}; fill it in")
    if column.choices:
        wrong = text[~text.isin([*column.choices, ""])]
        if len(wrong):
            allowed = ", ".join(choice for choice in column.choices if choice)
            near = name_near(str(wrong.iloc[0]), [choice for choice in column.choices if choice])
            faults.append(f"{name_lines(wrong.index.to_list())} hold {wrong.iloc[0]!r}; use one of {allowed}.{near}")
    return text, faults


def _numbers(column: Column, values: pd.Series) -> tuple[pd.Series, list[str]]:
    numbers = np.full(len(values), np.nan)
    wrong: list[tuple[object, str]] = []
    for k, (line, text) in enumerate(values.items()):
        try:
            numbers[k] = parse_number(text)
        except ValueError:
            wrong.append((line, text))
    faults = []
    if wrong:
        lines = name_lines([line for line, _ in wrong])
        faults.append(
            f"{lines} hold no number but {wrong[0][1]!r}; write a plain number, "
            "or leave the cell empty when it is not known"
        )
    if column.low is not None:
        low = numbers <= column.low if column.low_open else numbers < column.low
        if low.any():
            sign = "<=" if column.low_open else "<"
            lines = name_lines(values.index[low].to_list())
            faults.append(f"{lines} are {sign} {column.low:g}; set the right value, or leave the cell empty")
    done = pd.Series(numbers, index=values.index)
    if column.required and done.isna().any() and not wrong:
        faults.append(f"{name_lines(done.index[done.isna()].to_list())} are empty; fill them in")
    return done, faults
