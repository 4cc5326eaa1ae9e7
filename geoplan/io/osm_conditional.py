"""Conditional restrictions: `7.5 @ (Mo-Fr 22:00-06:00)`, `no @ (weight>60)`, `4.0 @ (Nov 1-Mar 31)`.

Source: OpenStreetMap wiki, Conditional restrictions, and the part of the opening_hours syntax that road signs
use (years, months, days of the month, days of the week, hours). What is not understood holds *maybe*.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from geoplan.io.osm_values import Kind, parse_limit

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")

# Conditions about the vehicle, as the limit they amount to: `no @ (weight>60)` forbids more than 60 t.
_DIMENSIONS: dict[str, tuple[str, Kind]] = {
    "weight": ("max_weight_t", "weight"),
    "weightrating": ("max_weight_t", "weight"),
    "gcweight": ("max_weight_t", "weight"),
    "grossweight": ("max_weight_t", "weight"),
    "axleload": ("max_axle_load_t", "axle_load"),
    "height": ("max_height_m", "height"),
    "width": ("max_width_m", "width"),
    "length": ("max_length_m", "length"),
}
_COMPARISON = re.compile(r"(max)?([a-z_]+)\s*(>=|>|<=|<|=)\s*(.+)", re.ASCII)
HEAVY_WORDS = frozenset({"hgv", "goods", "truck", "hgv_articulated"})


@dataclass(frozen=True, slots=True)
class Bound:
    """A vehicle condition `weight>60`: the column, the sign and the number in metres or tonnes."""

    column: str
    sign: str
    value: float


@dataclass(frozen=True, slots=True)
class Clause:
    """One `value @ condition`: what it says, when, for which vehicles, and words such as `destination`."""

    value: str
    when: tuple[str, ...]
    bounds: tuple[Bound, ...]
    words: tuple[str, ...]


@lru_cache(maxsize=16384)
def parse_conditional(text: str) -> tuple[Clause, ...]:
    """The clauses of a conditional value, empty when the text is none. Never raises."""
    if "@" not in text or len(text) > 1024:
        return ()
    clauses = []
    for part in _outside_brackets(text, ";"):
        value, at, condition = part.partition("@")
        if at and value.strip() and condition.strip():
            clauses.append(_clause(value.strip(), condition.strip()))
        elif part.strip() and clauses:  # `no @ Mo-Fr 10:00-12:00; Sa 08:00-10:00`: more hours of the same value
            last = clauses[-1]
            clauses[-1] = Clause(
                last.value,
                (*last.when[:-1], f"{last.when[-1]}; {part.strip()}") if last.when else (part.strip(),),
                last.bounds,
                last.words,
            )
        elif part.strip():
            return ()
    return tuple(clauses)


def holds(clause: Clause, when: dt.date | dt.datetime | None) -> bool | None:
    """Whether the times of a clause hold: True, False, or None for maybe (no date given, or not understood).

    A date without an hour: hours of the day make it maybe.
    """
    answer: bool | None = True
    for condition in clause.when:
        one = _holds(condition, when)
        if one is False:
            return False
        answer = None if one is None else answer
    return answer


def _clause(value: str, condition: str) -> Clause:
    if condition.startswith("(") and condition.endswith(")"):
        condition = condition[1:-1].strip()
    when: list[str] = []
    bounds: list[Bound] = []
    words: list[str] = []
    for part in re.split(r"\s+and\s+|\s*&&\s*", condition, flags=re.IGNORECASE):
        part = part.strip().strip("()").strip()
        bound = _bound(part)
        if bound:
            bounds.append(bound)
        elif re.fullmatch(r"[a-z_]+", part) and part[:3] not in MONTHS and part not in WEEKDAYS:
            words.append(part)
        elif part:
            when.append(part)
    return Clause(value, tuple(when), tuple(bounds), tuple(words))


def _bound(text: str) -> Bound | None:
    match = _COMPARISON.fullmatch(text.lower())
    if not match or match[2] not in _DIMENSIONS:
        return None
    column, kind = _DIMENSIONS[match[2]]
    reading = parse_limit(match[4], kind)
    return None if reading.fault or reading.word else Bound(column, match[3], reading.value)


def _outside_brackets(text: str, mark: str) -> list[str]:
    """The parts between marks that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif sign == mark and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


_MONTH = "(?:" + "|".join(MONTHS) + ")"
_DAY = "(?:" + "|".join(WEEKDAYS) + ")"
_DATE = rf"(?:(\d{{4}})\s+)?({_MONTH})(?:\s*(\d{{1,2}}))?"
_DATE_RANGE = re.compile(rf"{_DATE}(?:\s*-\s*(?:{_DATE}|(\d{{1,2}})))?\s*:?\s*", re.ASCII)
_DAYS = re.compile(rf"{_DAY}(?:\s*-\s*{_DAY})?(?:\s*,\s*{_DAY}(?:\s*-\s*{_DAY})?)*\s*", re.ASCII)
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?\s*(?:h|uhr)?", re.ASCII)


def _holds(condition: str, when: dt.date | dt.datetime | None) -> bool | None:
    """Whether one of the rules of a time condition holds."""
    answer: bool | None = False
    for rule in re.split(r"\s*;\s*", condition.strip().lower()):
        if not rule:
            continue
        one = _rule_holds(rule, when)
        if one:
            return True
        answer = None if one is None else answer
    return answer


def _rule_holds(rule: str, when: dt.date | dt.datetime | None) -> bool | None:
    if rule in ("24/7", "24h", "always"):
        return True
    if when is None:
        return None
    moment = when if isinstance(when, dt.datetime) else None
    dates = _DATE_RANGE.match(rule)
    date_answer: bool | None = True
    if dates:
        date_answer = _in_dates(dates, when)
        rule = rule[dates.end() :]
    if date_answer is not None and not date_answer:
        return False
    days = _DAYS.match(rule)
    weekdays = set(range(7))
    if days:
        weekdays = _weekdays(days[0])
        rule = rule[days.end() :]
    rule = rule.strip().strip(",").strip()
    if rule in ("", "24h", "24 h", "00:00-24:00"):
        return None if date_answer is None else when.weekday() in weekdays
    hours = [_HOURS.fullmatch(part.strip()) for part in rule.split(",")]
    if not all(hours):
        return None
    spans = [(int(h[1]) * 60 + int(h[2] or 0), int(h[3]) * 60 + int(h[4] or 0)) for h in hours if h]
    if any(start > 1440 or end > 2880 for start, end in spans):
        return None
    answer = _in_hours(spans, weekdays, when, moment)
    return None if answer and date_answer is None else answer


def _in_hours(
    spans: list[tuple[int, int]], weekdays: set[int], when: dt.date | dt.datetime, moment: dt.datetime | None
) -> bool | None:
    """Whether the minute of the day lies in a span; a span over midnight belongs to the day it starts on."""
    today, yesterday = when.weekday(), (when.weekday() - 1) % 7
    if moment is None:
        over_midnight = any(end <= start for start, end in spans)
        return None if today in weekdays or (over_midnight and yesterday in weekdays) else False
    minute = moment.hour * 60 + moment.minute
    for start, end in spans:
        last = end if end > start else end + 1440
        if today in weekdays and start <= minute < last:
            return True
        if yesterday in weekdays and start <= minute + 1440 < last:
            return True
    return False


def _in_dates(match: re.Match[str], when: dt.date | dt.datetime) -> bool | None:
    """Whether the day lies in a range of dates, with or without years; None when the dates make no sense."""
    year1, month1, day1, year2, month2, day2, day_only = match.groups()
    first = (MONTHS.index(month1) + 1, int(day1 or 1))
    if month2:
        last = (MONTHS.index(month2) + 1, int(day2 or 31))
    elif day_only:
        last = (first[0], int(day_only))
    else:
        last = (first[0], int(day1 or 31))
    today = (when.month, when.day)
    if year1 or year2:
        begin = (int(year1 or year2), *first)
        end = (int(year2 or year1), *last)
        return begin <= (when.year, *today) <= end
    return first <= today <= last if first <= last else today >= first or today <= last


def _weekdays(text: str) -> set[int]:
    days: set[int] = set()
    for part in text.split(","):
        ends = [WEEKDAYS.index(day.strip()) for day in part.strip().split("-")]
        first, last = ends[0], ends[-1]
        days |= set(range(first, last + 1)) if first <= last else set(range(first, 7)) | set(range(last + 1))
    return days
