"""What a column, a unit or a value is called: looked up in the vocabulary, or written out from its name."""

from __future__ import annotations

import re

from geoplan.maps.value_words import VALUES
from geoplan.maps.vocabulary import COLUMNS, LANGS, UNIT_WORDS, UNITS, Lang, Text, same

__all__ = [
    "COLUMNS", "LANGS", "UNITS", "VALUES", "Lang", "Text", "capitalise", "column_text", "in_words", "same", "unit_text",
    "unit_word", "value_text",
]  # fmt: skip

# A column that holds the name of a column (`limit`, `measure`) is shown with that column's words.
_NAMES_COLUMNS = ("limit", "weight_limit", "measure")
# A column whose values are said with the words of another.
_SAME_VALUES = {"class": "road_class", "line_mode": "mode", "structure_kind": "kind"}


def unit_text(column: str, lang: Lang) -> str:
    """The unit of a column by the end of its name, or an empty text."""
    fits = [end for end in UNITS if column.endswith(end)]
    return UNITS[max(fits, key=len)].of(lang) if fits else ""


def column_text(column: str, lang: Lang, *, unit: bool = False, capital: bool = False) -> str:
    """The words for a column; with `unit` the unit follows in brackets."""
    text = COLUMNS[column].of(lang) if column in COLUMNS else _written_out(column)
    if capital:
        text = capitalise(text)
    if unit and (shown := unit_text(column, lang)):
        text = f"{text} ({shown})"
    return text


def unit_word(unit: str, lang: Lang) -> str:
    """The words for a unit that a table carries in a column."""
    return UNIT_WORDS[unit].of(lang) if unit in UNIT_WORDS else unit


def in_words(text: str, lang: Lang) -> str:
    """Text in which the column names that it mentions stand in words: `stops: max_height_m` has `clear height`."""
    if "_" not in text:
        return text
    return re.sub(r"\b[a-z]+(?:_[a-z0-9]+)+\b", lambda found: _known_column(found.group(0), lang), text)


def value_text(column: str, value: object, lang: Lang) -> str:
    """The words for a value of a text column; a value without words of its own is shown as it is."""
    text = str(value)
    words = VALUES.get(_SAME_VALUES.get(column, column), {})
    if text in words:
        return words[text].of(lang)
    if column in _NAMES_COLUMNS and text:
        return column_text(text, lang)
    if column == "road_class" and text.endswith("_link"):
        ramp = "ramp till" if lang == "sv" else "ramp of"
        return f"{ramp} {value_text('road_class', text.removesuffix('_link'), lang)}"
    if column in ("kind", "road_class"):
        return text.replace("_", " ")
    if column == "assumed":
        return ", ".join(column_text(name.strip(), lang) for name in text.split(",") if name.strip())
    return text


def capitalise(text: str) -> str:
    """First letter large, the rest untouched (`str.capitalize` would lower the rest)."""
    return text[:1].upper() + text[1:]


def _known_column(name: str, lang: Lang) -> str:
    return COLUMNS[name].of(lang) if name in COLUMNS else name


def _written_out(column: str) -> str:
    """A readable form of a column name without words of its own: `my_limit_t` becomes `my limit`."""
    fits = [end for end in UNITS if column.endswith(end)]
    stem = column.removesuffix(max(fits, key=len)) if fits else column
    return stem.replace("_", " ")
