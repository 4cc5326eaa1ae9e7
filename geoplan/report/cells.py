"""Columns and cells of a table in words: heading, unit, and each value as a reader wants it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from geoplan.maps.formats import digits_of, digits_of_unit, number_text
from geoplan.maps.labels import Lang, Text, capitalise, column_text, in_words, unit_text, unit_word, value_text
from geoplan.report.content import Table, text_of


@dataclass(frozen=True)
class Heading:
    """A column: its key, words without unit, unit, decimals (None: as many as each value needs), whether numbers."""

    key: str
    label: str
    unit: str
    digits: int | None
    number: bool

    @property
    def text(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


def headings(table: Table, lang: Lang) -> list[Heading]:
    """Columns to show, in order; columns that only hold the units of another are left out."""
    hidden = {str(unit)[1:] for unit in table.units.values() if str(unit).startswith("@")}
    found = []
    for key in table.frame.columns:
        name = str(key)
        if name in hidden:
            continue
        label = table.labels[name].of(lang) if name in table.labels else column_text(name, lang)
        given = table.units.get(name)
        unit = unit_text(name, lang) if given is None else ("" if str(given).startswith("@") else text_of(given, lang))
        values = table.frame[key]
        number = _holds_numbers(values)
        digits = table.digits.get(name, digits_of(name) if unit_text(name, lang) else None)
        whole = _largest(values) >= 10_000 or (digits is None and _all_whole(values))
        if number and whole and name not in table.digits:
            digits = 0
        found.append(Heading(name, capitalise(label), unit, digits, number))
    return found


def cell_text(table: Table, row: int, heading: Heading, lang: Lang) -> str:
    """One cell in words."""
    value = table.cells[heading.key][row]
    if is_unknown(value):
        return "" if not heading.number else number_text(float("nan"), lang)
    if isinstance(value, Text):
        return value.of(lang)
    if isinstance(value, bool | np.bool_):
        return value_text("detour", str(bool(value)), lang)
    if isinstance(value, Real):
        unit = row_unit(table, row, heading.key, lang)
        text = number_text(float(value), lang, digits=row_digits(table, row, heading))
        return f"{text}\u00a0{unit}" if unit and math.isfinite(float(value)) else text
    return in_words(value_text(heading.key, value, lang), lang)


def row_unit(table: Table, row: int, key: str, lang: Lang) -> str:
    """The unit of a row where a column of the table holds it, else empty."""
    raw = _raw_unit(table, row, key)
    return unit_word(raw, lang) if raw else ""


def row_digits(table: Table, row: int, heading: Heading) -> int | None:
    """Decimals of a cell: those of its row's unit where rows have their own, else those of the column."""
    raw = _raw_unit(table, row, heading.key)
    return digits_of_unit(raw) if raw and heading.key not in table.digits else heading.digits


def _raw_unit(table: Table, row: int, key: str) -> str:
    given = table.units.get(key, "")
    if not isinstance(given, str) or not given.startswith("@"):
        return ""
    unit = table.cells[given[1:]][row]
    return "" if is_unknown(unit) else str(unit)


def is_unknown(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, an empty text."""
    if value is None or (isinstance(value, str) and not value):
        return True
    return bool(not isinstance(value, Text) and pd.api.types.is_scalar(value) and pd.isna(value))


def _holds_numbers(values: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return True
    known = [value for value in values if not is_unknown(value)]
    return bool(known) and all(isinstance(value, Real) and not isinstance(value, bool) for value in known)


def _largest(values: pd.Series) -> float:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    known = np.abs(numbers[np.isfinite(numbers)])
    return float(known.max()) if len(known) else 0.0


def _all_whole(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    known = numbers[np.isfinite(numbers)]
    return bool(len(known)) and bool((known == np.round(known)).all())
