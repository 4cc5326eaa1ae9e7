"""Cells of xlsx workbooks, opened safely: a workbook is a zip file, and may come from anywhere."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoplan.errors import DataError, name_near

# Real sheets pack to a tenth or a twentieth; nothing below the first number is worth refusing.
_ALWAYS_ALLOWED = 64 * 2**20  # bytes unpacked
_LARGEST_RATIO = 100
_MOST_ROWS = 1_048_576  # of a sheet of a spreadsheet program
_MOST_CELLS = 50_000_000
# What openpyxl, zipfile and the parsers of XML raise on bytes that are not what they should be.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, SyntaxError, LookupError, ValueError, TypeError, AttributeError,
    NotImplementedError, RuntimeError, ArithmeticError,
)  # fmt: skip


def workbook_rows(file: Path, sheet: str | None) -> Iterator[tuple[Any, ...]]:
    """Values of the rows of a sheet, the first one when None.

    Raises
    ------
    DataError
        No workbook, a damaged one, no such sheet, or more in it than any table has.
    """
    import openpyxl  # heavy, and few studies need it

    count = 0
    try:
        with file.open("rb") as stream:
            _refuse_bomb(file, stream)
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            if sheet is not None and sheet not in book.sheetnames:
                near = name_near(sheet, book.sheetnames)
                raise DataError(f"{file}: no sheet {sheet!r}; it has {', '.join(book.sheetnames)}.{near}")
            if not book.worksheets:
                raise DataError(f"{file}: holds no sheet; save it again as xlsx or as CSV")
            page = book[sheet] if sheet is not None else book.worksheets[0]
            for number, row in enumerate(page.values, start=1):
                count += len(row)
                if number > _MOST_ROWS or count > _MOST_CELLS:
                    raise DataError(f"{file}: has more rows or cells than any table; save the table alone")
                yield row
    except DataError:
        raise
    except _BROKEN as fault:
        raise DataError(f"{file}: is no xlsx workbook; save it again as xlsx or as CSV") from fault


def _refuse_bomb(file: Path, stream: Any) -> None:
    with zipfile.ZipFile(stream) as archive:
        for item in archive.infolist():
            if item.file_size > max(_ALWAYS_ALLOWED, _LARGEST_RATIO * item.compress_size):
                size = f"{item.file_size / 1e6:,.0f} MB out of {item.compress_size / 1e6:.3f} MB"
                raise DataError(f"{file}: {item.filename} would unpack to {size}, which no table does; not read")
    stream.seek(0)
