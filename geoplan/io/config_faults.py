"""Faults of a configuration file in words: which key, where, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geoplan.errors import name_near

_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_NO_NUMBER = "is no number; write it plain: no unit, no quotation marks, a decimal point"
_NO_WHOLE = "is no whole number; write it plain, without decimals and quotation marks"
_NO_BOOL = "is neither true nor false; write one of them, without quotation marks"
_NO_DATE = "is no date; write it as 2026-01-31, without quotation marks"
_TYPES = {
    "missing": "is missing; add it",
    "string_type": 'is no text; put it in quotation marks, such as "2085"',
    **dict.fromkeys(("float_parsing", "float_type"), _NO_NUMBER),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), _NO_WHOLE),
    **dict.fromkeys(("bool_type", "bool_parsing"), _NO_BOOL),
    **dict.fromkeys(("date_from_datetime_parsing", "date_from_datetime_inexact", "date_type"), _NO_DATE),
    "tuple_type": 'is no list; write it in square brackets, such as ["a", "b"]',
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "is no table; write { key = value }"),
}


def config_faults(error: ValidationError, model: type[BaseModel], content: Mapping[str, Any], text: str) -> list[str]:
    """What is wrong with a file, a line a fault: the key, where it stands, and the near ones.

    model : the record of the whole file; content, text : the file as read and as written
    """
    faults = []
    for fault in error.errors():
        place, key = fault["loc"][:-1], str(fault["loc"][-1]) if fault["loc"] else ""
        where = _where(place, content)
        if fault["type"] == "extra_forbidden":
            known = _keys(model, place)
            near = name_near(key, known) or f" Known keys: {', '.join(known)}"
            faults.append(f"unknown key {key!r} in {where}{line_of(text, key)}.{near}")
        elif fault["type"] == "missing":
            faults.append(f"{where} has no {key}; add it")
        elif fault["type"] == "value_error":
            faults.append(f"{_where(fault['loc'], content)} {str(fault['msg']).removeprefix('Value error, ')}")
        else:
            if place and isinstance(fault["loc"][-1], int):  # an entry of a list goes by the name of the list
                key, where = str(place[-1]), _where(place[:-1], content)
            value = "" if isinstance(fault["input"], Mapping) else f" = {fault['input']!r}"
            faults.append(f"{key}{value} in {where}{line_of(text, key)} {said(fault)}")
    return faults


def said(fault: ErrorDetails) -> str:
    """What a value is not, and the cure; the checker's own words as a last resort."""
    if fault["type"] in _BOUNDS:
        bound, words = _BOUNDS[fault["type"]]
        return f"must be {words} {fault['ctx'][bound]:g}; correct it"
    return _TYPES.get(fault["type"]) or f"cannot be: {fault['msg'][:1].lower()}{fault['msg'][1:]}; correct it"


def line_of(text: str, key: str) -> str:
    """` (line 12)` when the key is set on exactly one line of a TOML text, else an empty text."""
    pattern = re.compile(rf"(?:^|[\s{{,.\[]){re.escape(key)}\s*[=.\]]")
    found = [k for k, line in enumerate(text.splitlines(), start=1) if pattern.search(line.split("#")[0])]
    return f" (line {found[0]})" if len(found) == 1 else ""


def _where(place: Sequence[int | str], content: Any) -> str:
    """`scenarios number 2 (new_rv50)` from a path into the content."""
    words: list[str] = []
    for part in place:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            content = None
        if isinstance(part, int):
            name = f" ({content['id']})" if isinstance(content, Mapping) and "id" in content else ""
            words[-1] += f" number {part + 1}{name}"
        else:
            words.append(part)
    return ", ".join(words) or "the file"


def _keys(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """Keys that are known at a path into the file."""
    for part in place:
        if isinstance(part, int):
            continue
        by_key = {field.alias or name: field for name, field in model.model_fields.items()}
        inner = _model_of(by_key[part].annotation) if part in by_key else None
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The record inside `X | None`, `tuple[X, ...]` or X itself."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, Union, UnionType, Annotated):
        return next((found for arg in get_args(annotation) if (found := _model_of(arg))), None)
    return None
