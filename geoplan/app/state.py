"""What a page asks: every value bounded and checked, from the address and back into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from geoplan.app.choices import Choices
from geoplan.app.words import word
from geoplan.errors import DataError
from geoplan.maps.formats import short_text
from geoplan.maps.labels import Lang

MOST_CLOSED = 30
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)
UNITS = {"weight": "t", "length": "m", "width": "m", "height": "m"}


class State(BaseModel):
    """One question. Numbers are rounded to what a slider gives, so that equal questions are equal records.

    weight in tonnes; length, width, height in metres; origin and destination are node ids, an empty destination any
    port of the study; vehicle empty is all at hand; closed are structure ids; day None is no day in particular.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(ge=1, le=1000)
    length: float = Field(ge=1, le=40)
    width: float = Field(ge=0.5, le=10)
    height: float = Field(ge=0.5, le=10)
    origin: str
    destination: str = ""
    vehicle: str = ""
    scenario: str
    closed: tuple[str, ...] = Field(default=(), max_length=MOST_CLOSED)
    day: dt.date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    unknown: Literal["pass", "by_rule", "block"] = "pass"
    lang: Literal["sv", "en"]

    @field_validator("weight")
    @classmethod
    def _whole(cls, value: float) -> float:
        return float(round(value))

    @field_validator("length", "width", "height")
    @classmethod
    def _centimetres(cls, value: float) -> float:
        return round(value, 2)

    @field_validator("closed", mode="before")
    @classmethod
    def _parted(cls, value: Any) -> Any:
        return tuple(sorted({part for part in value.split(",") if part})) if isinstance(value, str) else value

    @field_validator("day", mode="before")
    @classmethod
    def _no_day(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("origin", "destination", "vehicle", "scenario", "closed")
    @classmethod
    def _on_the_page(cls, value: Any, info: ValidationInfo) -> Any:
        known = (info.context or {})[info.field_name]
        wrong = [one for one in (value if isinstance(value, tuple) else (value,)) if one not in known]
        if wrong:
            raise ValueError(wrong[0])
        return value

    def address(self) -> str:
        """The state as the part of an address behind the question mark."""
        values = self.model_dump(mode="json")
        values["closed"] = ",".join(self.closed)
        told = {key: f"{v:g}" if isinstance(v, float) else v for key, v in values.items() if v is not None}
        return urlencode(told)


def first_state(choices: Choices, lang: Lang) -> State:
    """What the page opens with: the first transport of the study in its first scenario."""
    return read_state([], choices, lang)


def read_state(pairs: Sequence[tuple[str, str]], choices: Choices, lang: Lang) -> State:
    """A state from the pairs of an address; what is left out is as the page opens.

    Raises
    ------
    DataError
        A value that cannot be, in the language of the page: one line with all of them.
    """
    values: dict[str, Any] = {**choices.first, "lang": lang}
    seen: set[str] = set()
    for key, value in pairs:
        if key in seen:
            raise DataError(word("twice", lang).format(value=_short(key)) + ".")
        seen.add(key)
        values[key] = value
    known = {
        "origin": choices.origins,
        "destination": {"", *choices.ports},
        "vehicle": {"", *choices.vehicles},
        "scenario": choices.scenarios,
        "closed": choices.structures,
    }
    try:
        state = State.model_validate(values, context=known)
    except ValidationError as fault:
        lang = values["lang"] if values["lang"] in ("sv", "en") else lang
        raise DataError(". ".join(dict.fromkeys(_said(one, lang) for one in fault.errors())) + ".") from fault
    if state.origin == state.destination:
        raise DataError(word("same_place", state.lang) + ".")
    return state


def _said(fault: Any, lang: Lang) -> str:
    """One fault of pydantic in words."""
    key = str(fault["loc"][0]) if fault["loc"] else ""
    value = _short(fault["input"])
    what = word(key, lang) if key in State.model_fields and key != "lang" else key
    kind = fault["type"]
    if kind == "extra_forbidden":
        return word("bad_key", lang).format(value=_short(key))
    if key in UNITS:
        low, high = (_bound(key, name) for name in ("ge", "le"))
        if kind in ("greater_than_equal", "less_than_equal", "finite_number"):
            ends = {"low": short_text(low, lang), "high": short_text(high, lang)}
            return word("bad_range", lang).format(what=what, value=value, unit=UNITS[key], **ends)
        return word("bad_number", lang).format(what=what, value=value)
    if key == "day":
        return word("bad_day", lang).format(what=what, value=value, low=FIRST_DAY, high=LAST_DAY)
    if kind == "too_long":
        return word("too_many", lang).format(what=what, high=MOST_CLOSED)
    shown = _short(fault["ctx"]["error"]) if kind == "value_error" else value
    return word("bad_choice", lang).format(what=what, value=shown)


def _bound(key: str, name: str) -> float:
    return next(getattr(rule, name) for rule in State.model_fields[key].metadata if hasattr(rule, name))


def _short(value: object) -> str:
    """What somebody wrote, short enough to say back to them."""
    text = str(value)
    return f"”{text[:40]}…”" if len(text) > 40 else f"”{text}”"
