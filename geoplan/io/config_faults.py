"""Faults of a configuration file in words: which key, where, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from geoplan.errors import name_near


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
            value = "" if isinstance(fault["input"], Mapping) else f" = {fault['input']!r}"
            faults.append(f"{key}{value} in {where}{line_of(text, key)}: {fault['msg']}")
    return faults


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
