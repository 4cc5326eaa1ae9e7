"""Days of the year and clock times, as people write them in a timetable.

A days text is one or more words parted by spaces:

    daily                         every day of the period
    Mo-Fr                         weekdays; also `Mo,We,Fr`, `weekdays`, `weekends`, Swedish `Må-Fr`, `vardagar`
    2026-02-02..2026-06-12        a range; weekday words hold inside it
    2026-05-01                    one day more
    -2026-06-19  -2026-07-01..2026-08-10  -Su      days less

so that `Mo-Fr 2026-02-02..2026-12-11 -2026-05-01` is a weekday train of a part of the year.
"""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]

DAY_S = 86_400
WEEK_S = 7 * DAY_S
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

_NAMES = {
    0: ("mo", "mon", "monday", "må", "mån", "måndag"),
    1: ("tu", "tue", "tuesday", "ti", "tis", "tisdag"),
    2: ("we", "wed", "wednesday", "on", "ons", "onsdag"),
    3: ("th", "thu", "thursday", "to", "tor", "tors", "torsdag"),
    4: ("fr", "fri", "friday", "fre", "fredag"),
    5: ("sa", "sat", "saturday", "lö", "lör", "lördag"),
    6: ("su", "sun", "sunday", "sö", "sön", "söndag"),
}
_WEEKDAY = {name: day for day, names in _NAMES.items() for name in names}
_SETS = {
    "daily": range(7),
    "dagligen": range(7),
    "weekdays": range(5),
    "vardagar": range(5),
    "weekends": range(5, 7),
    "helger": range(5, 7),
}
_CLOCK = re.compile(r"(\d{1,3})[:.](\d{2})(?:[:.](\d{2}))?")


def parse_days(text: str, first_day: dt.date, last_day: dt.date) -> BoolArray:
    """Whether each day from the first to the last is meant, shape (n_days,); an empty text is every day.

    Raises ValueError with the word that is no day.
    """
    n_days = (last_day - first_day).days + 1
    weekday = (first_day.weekday() + np.arange(n_days)) % 7
    in_week = np.zeros(n_days, dtype=bool)
    in_range = np.zeros(n_days, dtype=bool)
    single = np.zeros(n_days, dtype=bool)
    less = np.zeros(n_days, dtype=bool)
    any_week = any_range = False
    words = text.split()
    for word in words:
        minus, body = word.startswith("-"), word.removeprefix("-")
        found = _parse_word(body, first_day, n_days, weekday)
        if minus:
            less |= found
        elif ".." in body:
            in_range |= found
            any_range = True
        elif _is_date(body):
            single |= found
        else:
            in_week |= found
            any_week = True
    base = np.ones(n_days, dtype=bool)
    if any_week:
        base &= in_week
    if any_range:
        base &= in_range
    if not any_week and not any_range and single.any():
        base[:] = False
    elif not any_week and not any_range and words and all(_is_date(w) for w in words):
        base[:] = False  # single days that all lie outside the period
    return (base | single) & ~less


def _parse_word(word: str, first_day: dt.date, n_days: int, weekday: NDArray[np.int64]) -> BoolArray:
    if ".." in word:
        start, _, end = word.partition("..")
        low = (_date(start) - first_day).days if start else 0
        high = (_date(end) - first_day).days if end else n_days - 1
        if high < low:
            raise ValueError(f"{word} ends before it starts")
        day = np.arange(n_days)
        return (day >= low) & (day <= high)
    if _is_date(word):
        return np.arange(n_days) == (_date(word) - first_day).days
    return np.isin(weekday, _weekdays(word))


def _weekdays(word: str) -> list[int]:
    """Weekday numbers of a word such as `Mo-Fr,Su`, Monday = 0."""
    days: list[int] = []
    for part in word.casefold().split(","):
        if part in _SETS:
            days += _SETS[part]
            continue
        start, dash, end = part.partition("-")
        if start not in _WEEKDAY or (dash and end not in _WEEKDAY):
            raise ValueError(f"{word!r} is no day; write such as daily, Mo-Fr, Sa,Su or 2026-05-01")
        low, high = _WEEKDAY[start], _WEEKDAY[end] if dash else _WEEKDAY[start]
        days += range(low, high + 1) if low <= high else [*range(low, 7), *range(high + 1)]
    return days


def _is_date(word: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", word))


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date; write such as 2026-05-01") from None


def format_days(runs: BoolArray, first_day: dt.date) -> str:
    """The shortest days text that `parse_days` reads back as `runs`, shape (n_days,)."""
    n_days = len(runs)
    weekday = (first_day.weekday() + np.arange(n_days)) % 7
    share = np.array([runs[weekday == k].mean() if (weekday == k).any() else 0.0 for k in range(7)])
    often = share > 0.5
    dates = [(first_day + dt.timedelta(days=int(k))).isoformat() for k in range(n_days)]
    if not often.any():
        return " ".join(dates[k] for k in np.flatnonzero(runs)) or f"-{dates[0]}..{dates[-1]}"
    inside = np.isin(weekday, np.flatnonzero(often))
    words = ["daily" if often.all() else ",".join(WEEKDAYS[k] for k in np.flatnonzero(often))]
    words += [dates[k] for k in np.flatnonzero(runs & ~inside)]
    words += [f"-{dates[k]}" for k in np.flatnonzero(inside & ~runs)]
    return " ".join(words).replace("Mo,Tu,We,Th,Fr", "Mo-Fr")


def parse_clock(text: str) -> float:
    """Seconds after the midnight at which the train's day begins; hours above 23 are the next day; NaN when empty.

    Raises ValueError when it is no time such as 6:05, 06:05:30 or 25:10.
    """
    cell = text.strip()
    if not cell:
        return float("nan")
    match = _CLOCK.fullmatch(cell)
    if match is None or int(match[2]) > 59 or int(match[3] or 0) > 59:
        raise ValueError(text)
    return float(int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0))


def format_clock(seconds: float) -> str:
    """`25:10` for 90,600 s, with seconds only where there are some; empty when not known."""
    if np.isnan(seconds):
        return ""
    whole = round(seconds)
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{sign}{hours:02d}:{minutes:02d}" + (f":{second:02d}" if second else "")
