"""Values of OpenStreetMap tags as numbers: lengths, weights and speeds in every spelling that mappers use.

Nothing here raises. A text that cannot be read gives `value` NaN and says why; a text that can be read only with a
grain of salt (a range, a guessed unit, a default) says so in `flag`. Unknown is NaN, known unlimited is `inf`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["height", "width", "length", "weight", "axle_load", "metre_load"]

# Plausible values of a sign, in metres and tonnes: a number without unit above them is tried in a smaller one.
PLAUSIBLE: dict[Kind, tuple[float, float]] = {
    "height": (1.0, 15.0),
    "width": (0.5, 40.0),
    "length": (2.0, 200.0),
    "weight": (0.2, 1000.0),
    "axle_load": (0.2, 100.0),
    "metre_load": (0.5, 50.0),
}
LIMIT_WORDS_NONE = frozenset({"none", "no", "unlimited", "no_limit", "unrestricted", "infinite"})
LIMIT_WORDS_DEFAULT = frozenset({"default", "unsigned", "no_sign", "no sign", "no_indications", "noindications"})
LIMIT_WORDS_BELOW = frozenset({"below_default", "below default", "belowdefault"})

METRES = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "mtr", "mtrs"), 1.0),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), 0.01),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), 0.001),
    **dict.fromkeys(("km", "kilometre", "kilometres"), 1000.0),
    **dict.fromkeys(("'", "ft", "feet", "foot"), 0.3048),  # international foot, exact
    **dict.fromkeys(('"', "in", "inch", "inches"), 0.0254),  # international inch, exact
    **dict.fromkeys(("yd", "yds", "yard", "yards"), 0.9144),
}
TONNES = {
    **dict.fromkeys(("t", "to", "ton", "tons", "tonne", "tonnes", "mt", "metric ton", "metric tons"), 1.0),
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"), 0.001),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), 0.45359237e-3),  # avoirdupois pound, exact
    **dict.fromkeys(("st", "short ton", "short tons", "ton us", "us ton", "us tons"), 0.90718474),  # 2000 lb
    **dict.fromkeys(("lt", "long ton", "long tons"), 1.0160469088),  # 2240 lb
    **dict.fromkeys(("cwt",), 0.05080234544),  # 112 lb
    **dict.fromkeys(("kn",), 1.0 / 9.80665),  # standard gravity
}
TONNES_PER_METRE = {
    **dict.fromkeys(("t/m", "t per m", "tpm", "tonnes/m", "t", ""), 1.0),
    **dict.fromkeys(("kg/m",), 0.001),
    **dict.fromkeys(("kn/m",), 1.0 / 9.80665),
}
KILOMETRES_PER_HOUR = {
    **dict.fromkeys(("", "km/h", "kmh", "kph", "kmph", "km / h"), 1.0),
    **dict.fromkeys(("mph", "mp/h", "m.p.h.", "miles/h"), 1.609344),  # international mile, exact
    **dict.fromkeys(("knots", "knot", "kn", "kt", "kts"), 1.852),
    **dict.fromkeys(("m/s",), 3.6),
}

_QUOTES = str.maketrans(
    {
        "\u2019": "'",
        "\u2032": "'",
        "\u00b4": "'",
        "`": "'",
        "\u2018": "'",
        "\u2033": '"',
        "\u201d": '"',
        "\u201c": '"',
    }
)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2013": "-", "\u2014": "-", "\u2212": "-"})
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?|[.,]\d+)\s*(.*)", re.ASCII)
_FEET = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:'|ft\.?|feet|foot)\s*-?\s*(?:(\d+(?:\.\d+)?)\s*(?:(\d)\s*/\s*(\d+)\s*)?(?:\"|in\.?|inch|inches)?)?",
    re.ASCII,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ ,.]\d{3})+(?=\s*(?:kg|kgs|lb|lbs|pounds?|mm)$)", re.ASCII)
_BLANKS_IN_NUMBER = re.compile(r"\d{1,3}(?: \d{3})+(?![\d.,])", re.ASCII)
_ABOUT = re.compile(r"(?:~|\u2248|ca\.?|c\.|circa|about|approx\.?|approximately|around)\s*(?=[\d.,])")
_BOUND = re.compile(r"(?:<=?|\u2264|max\.?|up to)\s*(?=[\d.,])")
_AT_LEAST = re.compile(r"(?:>=?|\u2265|min\.?)\s*(?=[\d.,])")
_LIST = re.compile(r"\s*(?:;|\||/(?!\s*m\b|\s*h\b)|,\s+|,(?=\d+\.\d)|\bor\b|\band\b|&)\s*")
_RANGE = re.compile(r"(?<=[\dmt'\"])\s*(?:-|\.{3}|\bto\b|\bbis\b)\s*(?=\d)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tag value says.

    value : number in metres, tonnes, tonnes per metre or km/h; NaN not known, inf unlimited
    flag : empty for a plain value, else what a reader must know ("lowest of several", "unit guessed" ...)
    word : "none", "default" or "below_default" where the text is one of these words
    fault : why the text could not be read, empty when it could
    """

    value: float = math.nan
    flag: str = ""
    word: str = ""
    fault: str = ""


@lru_cache(maxsize=65536)
def parse_limit(text: str, kind: Kind) -> Reading:
    """Read the value of a dimension or weight limit.

    Metres for height, width and length; tonnes for weight and axle load; tonnes per metre for metre load. The
    words `default` and `below_default` have no number of their own: the caller looks them up by country.
    """
    if len(text) > 255:  # the longest value OpenStreetMap stores; longer is no tag value but an attack or an accident
        return Reading(fault="longer than 255 characters")
    plain = _normalise(text)
    if not plain:
        return Reading(fault="empty")
    whole = _single(plain, kind)
    if not whole.fault or whole.fault.startswith("not plausible"):
        return whole
    parts = [part for part in _LIST.split(plain) if part]
    parts = [piece for part in parts for piece in (_RANGE.split(part) if _single(part, kind).fault else [part])]
    if len(parts) < 2:
        return whole
    return _lowest(parts, kind)


@lru_cache(maxsize=16384)
def parse_speed_kmh(text: str) -> Reading:
    """Read a speed in km/h. `none` gives inf, `walk` 7; zones such as `SE:urban` are for `implicit_speed_kmh`."""
    if len(text) > 255:
        return Reading(fault="longer than 255 characters")
    plain = _normalise(text)
    if plain in ("none", "unlimited"):
        return Reading(math.inf, "unlimited", "none")
    if plain in ("walk", "walking", "walking pace", "walking_pace", "walking_speed"):
        return Reading(7.0, "walking pace")  # 4-7 km/h in court rulings on the German Schrittgeschwindigkeit; highest
    readings = [_speed(part) for part in re.split(r"\s*[;|]\s*", plain) if part]
    good = [reading for reading in readings if reading > 0.0]
    if not good:
        return Reading(fault="no speed")
    return Reading(min(good), "lowest of several" if len(readings) > 1 else "")


def parse_count(text: str) -> float:
    """Read a small whole number such as lanes or tracks; the lowest of a list; NaN when there is none."""
    numbers = [part.strip() for part in text[:255].split(";")]
    values = [float(part) for part in numbers if re.fullmatch(r"\d{1,3}(?:\.\d)?", part, re.ASCII)]
    return min(values) if values and len(values) == len(numbers) else math.nan


@lru_cache(maxsize=4096)
def parse_duration_s(text: str) -> float:
    """Read a duration such as `00:05`, `01:30:00`, `5` (minutes), `PT25M`; seconds, NaN when it is none."""
    plain = text.strip().upper()[:64]
    if re.fullmatch(r"\d{1,5}(?:\.\d+)?", plain, re.ASCII):
        return float(plain) * 60.0
    clock = re.fullmatch(r"(\d{1,3}):(\d{2})(?::(\d{2}))?", plain, re.ASCII)
    if clock:
        return int(clock[1]) * 3600.0 + int(clock[2]) * 60.0 + int(clock[3] or 0)
    iso = re.fullmatch(r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?", plain, re.ASCII)
    if iso and any(iso.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return days * 86400.0 + hours * 3600.0 + minutes * 60.0 + seconds
    return math.nan


def _normalise(text: str) -> str:
    """Lower case, plain quotes, dashes and spaces."""
    plain = text.translate(_QUOTES).translate(_SPACES).strip().lower().replace("''", '"')
    return re.sub(r"\s+", " ", plain)


def _lowest(parts: list[str], kind: Kind) -> Reading:
    """The lowest of several values; a part without unit takes that of the last part."""
    unit = _unit_of(parts[-1])
    readings = []
    for part in parts:
        borrowed = f"{part} {unit}" if unit and re.fullmatch(r"[\d.,]+", part) else part
        readings.append(_single(borrowed, kind))
    good = [reading for reading in readings if not reading.fault]
    if not good:
        return Reading(fault="no number")
    # `below_default` says less than any number does not; of several words the strictest counts.
    numbers = [reading for reading in good if not math.isnan(reading.value)]
    word = "below_default" if any(reading.word == "below_default" for reading in good) else ""
    if not word and any(reading.word == "default" for reading in good):
        word = "default"
    flag = "lowest of several" if len(good) == len(readings) else "lowest of several, one not readable"
    if not numbers:
        return Reading(word=word, flag=flag)
    lowest = min(reading.value for reading in numbers)
    if math.isinf(lowest):
        return Reading(math.nan if word else lowest, flag, word or "none")
    return Reading(lowest, flag, word)


def _single(plain: str, kind: Kind) -> Reading:
    """One value without lists and ranges."""
    if plain in LIMIT_WORDS_NONE:
        return Reading(math.inf, "", "none")
    if plain in LIMIT_WORDS_DEFAULT:
        return Reading(word="default", flag="default")
    if plain in LIMIT_WORDS_BELOW:
        return Reading(word="below_default", flag="below default")
    flag = ""
    for pattern, words in ((_ABOUT, "approximate"), (_BOUND, ""), (_AT_LEAST, "at least")):
        match = pattern.match(plain)
        if match:
            plain, flag = plain[match.end() :], words
    if plain.endswith("+"):
        plain, flag = plain[:-1].rstrip(), "at least"
    if kind in ("height", "width", "length"):
        feet = _feet_m(plain)
        if feet is not None:
            return Reading(feet, flag) if feet > 0.0 else Reading(fault="not above zero")
    plain = _without_thousands(plain)
    match = _NUMBER.fullmatch(plain)
    if not match:
        return Reading(fault="no number")
    number, unit = float(match[1].replace(",", ".")), match[2].rstrip(".").strip()
    if number <= 0.0 or math.isinf(number):
        return Reading(fault="not above zero")
    if not unit:
        return _without_unit(number, kind, flag)
    factor = _units(kind).get(unit)
    if factor is None:
        return Reading(fault=f"unknown unit {unit!r}"[:60])
    return Reading(number * factor, flag)


def _without_unit(number: float, kind: Kind, flag: str) -> Reading:
    """Metres or tonnes, unless only a smaller unit makes sense (450 is cm of height, 7500 kg)."""
    low, high = PLAUSIBLE[kind]
    if number <= high:
        return Reading(number, flag)
    for unit, factor in (("cm", 0.01), ("mm", 0.001)) if kind in ("height", "width", "length") else (("kg", 0.001),):
        if low <= number * factor <= high:
            return Reading(number * factor, f"unit guessed: {unit}")
    return Reading(fault=f"not plausible as a {kind.replace('_', ' ')}")


def _units(kind: Kind) -> dict[str, float]:
    if kind in ("height", "width", "length"):
        return METRES
    return TONNES_PER_METRE if kind == "metre_load" else TONNES


def _feet_m(plain: str) -> float | None:
    """Metres of `14'6"`, `14 ft 6 in`, `14'-6 1/2"`, or None when the text is no such thing."""
    match = _FEET.fullmatch(plain)
    if not match:
        return None
    feet, inches = float(match[1]), float(match[2] or 0.0)
    if match[3] and float(match[4]) > 0.0:
        inches += float(match[3]) / float(match[4])
    return feet * 0.3048 + inches * 0.0254


def _without_thousands(plain: str) -> str:
    """`3,500 lbs` and `3 500 kg` without their thousands separators."""
    for pattern in (_THOUSANDS, _BLANKS_IN_NUMBER):
        match = pattern.match(plain)
        if match:
            plain = re.sub(r"[ ,.]", "", match[0]) + plain[match.end() :]
    return plain


def _unit_of(part: str) -> str:
    match = _NUMBER.fullmatch(part)
    return match[2].strip() if match else ""


def _speed(part: str) -> float:
    """km/h of one number with unit, NaN when it is none."""
    match = _NUMBER.fullmatch(part)
    if not match:
        return math.nan
    factor = KILOMETRES_PER_HOUR.get(match[2].strip())
    speed = float(match[1].replace(",", ".")) * factor if factor else math.nan
    return speed if 0.0 < speed <= 600.0 else math.nan
