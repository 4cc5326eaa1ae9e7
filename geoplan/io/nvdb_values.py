"""Cells of NVDB tables as values: numbers with units, bearing classes, days, directions. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.io.nvdb_mapping import UNITS, ColumnRule, NvdbMapping, fold
from geoplan.io.tables import parse_number

# Weakest first: SFS 1998:1276 (Trafikförordningen) appendices 1-3.
BK_ORDER = ("BK3", "BK2", "BK1", "BK4")
PRESSURES = {
    "axeltryck": "max_axle_load_t",
    "boggitryck": "max_bogie_load_t",
    "trippelaxeltryck": "max_triple_load_t",
}
_NUMBER = re.compile(r"\s*([+-]?[\d.,\s\u00a0]*\d)\s*([a-zA-ZåäöÅÄÖ/]*)\s*")
_BK = re.compile(r"bk\s*([1-4])\b.*", re.IGNORECASE)
OPEN_DAY = 99_991_231  # how Lastkajen writes that something still holds


class Cells(NamedTuple):
    """Values of a column, and which cells hold something that could not be read (with the reason)."""

    values: NDArray[np.float64] | NDArray[np.object_]
    unread: dict[int, str]


def cell_text(value: object) -> str:
    """A cell as a person would write it; empty where there is none."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_cells(rule: ColumnRule, column: pd.Series, missing: frozenset[str]) -> Cells:
    """One column by its rule: float64 (NaN not known) for numbers and bearing classes (by BK_ORDER), else text."""
    code, kinds = pd.factorize(column.astype("object").map(cell_text))
    texts = [str(text) for text in kinds]
    reasons: dict[int, str] = {}
    if rule.kind in ("number", "pressure", "bk"):
        reader = _bk if rule.kind == "bk" else _number
        done = np.full(len(texts), np.nan)
        for k, text in enumerate(texts):
            if text == "" or fold(text) in missing or text in missing:
                continue
            done[k], reason = reader(rule, text)
            if reason:
                reasons[k] = reason
        values = done[code] if len(texts) else np.full(len(column), np.nan)
    else:
        words = np.array([_word(rule, text, missing) for text in texts], dtype=object)
        values = words[code] if len(texts) else np.full(len(column), "", dtype=object)
        if rule.kind == "words":
            reasons = {k: "no such word in the mapping" for k, t in enumerate(texts) if t and not words[k]}
    wrong = np.flatnonzero(np.isin(code, list(reasons))) if reasons else np.empty(0, dtype=np.int64)
    return Cells(values, {int(row): reasons[int(code[row])] for row in wrong})


def pressure_column(text: object) -> str | None:
    """Limit that a kind of pressure is; None when it is no kind that is known."""
    return PRESSURES.get(fold(cell_text(text)))


def read_days(column: pd.Series | None, n: int, *, default: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days as YYYYMMDD numbers, and which cells hold no day (they count as the default)."""
    if column is None:
        return np.full(n, default, dtype=np.int64), np.zeros(n, dtype=bool)
    code, kinds = pd.factorize(column.astype("object").map(cell_text))
    days = np.array([_day(str(text), default) for text in kinds], dtype=np.int64)
    wrong = days < 0
    return np.where(wrong, default, days)[code], wrong[code]


def read_directions(
    column: pd.Series | None, n: int, mapping: NvdbMapping
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each row holds along, and against, its link; and which cells say neither (both are taken)."""
    if column is None:
        return np.ones(n, dtype=bool), np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    text = column.astype("object").map(cell_text).map(fold).to_numpy(dtype=object)
    along = np.isin(text, [fold(word) for word in mapping.common.get("along", ("med",))])
    against = np.isin(text, [fold(word) for word in mapping.common.get("against", ("mot",))])
    both = np.isin(text, ["", *(fold(word) for word in mapping.common.get("both", ("med och mot",)))])
    strange = ~(along | against | both)
    return along | both | strange, against | both | strange, strange


def in_period(day: dt.date, start: str, end: str) -> bool | None:
    """Whether a day of the year lies in a period such as 12-01 to 03-31; None when its ends cannot be read."""
    first, last = _day_of_year(start), _day_of_year(end)
    if first is None or last is None:
        return None
    here = (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last


def _number(rule: ColumnRule, text: str) -> tuple[float, str]:
    if fold(text) in rule.words:
        return float(rule.words[fold(text)]), ""
    match = _NUMBER.fullmatch(text)
    if not match:
        return np.nan, "is no number"
    unit = match[2].casefold() or rule.unit
    if unit not in UNITS or (match[2] and _quantity(unit) != _quantity(rule.unit)):
        return np.nan, f"has the unit {match[2]!r}"
    try:
        value = parse_number(match[1]) * UNITS[unit]
    except ValueError:
        return np.nan, "is no number"
    if not rule.low <= value <= rule.high:
        return np.nan, f"is not between {rule.low:g} and {rule.high:g}"
    return round(value, 9), ""


def _quantity(unit: str) -> str:
    for units in (("m", "dm", "cm"), ("t", "ton", "kg")):
        if unit in units:
            return units[0]
    return unit


def _bk(_rule: ColumnRule, text: str) -> tuple[float, str]:
    match = _BK.fullmatch(text)
    if not match:
        return np.nan, "is no bearing class BK1 to BK4"
    return float(BK_ORDER.index(f"BK{match[1]}")), ""


def _word(rule: ColumnRule, text: str, missing: frozenset[str]) -> str:
    if rule.kind == "flag":
        return "yes" if text.casefold() in ("-1", "1", "sant", "ja", "true", "yes") else ""
    if text in missing or fold(text) in missing:
        return ""
    return str(rule.words.get(fold(text), "")) if rule.kind == "words" else text


def _day(text: str, default: int) -> int:
    digits = re.sub(r"[-/]", "", text[:10])
    if text == "":
        return default
    if len(digits) == 8 and digits.isdigit():
        year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
        return int(digits) if year >= 1 and 1 <= month <= 12 and 1 <= day <= 31 else -1
    return -1


def _day_of_year(text: str) -> tuple[int, int] | None:
    """Month and day of `12-01`, `2020-12-01`, `20201201` or `1201`."""
    digits = re.sub(r"\D", "", str(text)[:10])
    if len(digits) not in (4, 8):
        return None
    month, day = int(digits[-4:-2]), int(digits[-2:])
    return (month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def fold_all(words: Sequence[str]) -> frozenset[str]:
    """Words as they are and folded, to compare with either."""
    return frozenset([*words, *(fold(word) for word in words if fold(word) and not fold(word).isdigit())])
