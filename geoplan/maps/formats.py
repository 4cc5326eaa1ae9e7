"""Numbers as text: Swedish decimal comma and thin groups, or English; unknown and unlimited in words."""

from __future__ import annotations

import math

from geoplan.maps.labels import Lang, Text, unit_text

UNKNOWN = Text("okänt", "not known")
UNLIMITED = Text("obegränsat", "unlimited")
_GROUP = {"sv": "\u00a0", "en": ","}
_POINT = {"sv": ",", "en": "."}
_MINUS = "\u2212"

# Decimals that a reader of the field expects, by the end of the column name.
_DIGITS = {
    "_m": 2,
    "_t": 1,
    "_tpm": 1,
    "_kmh": 0,
    "_vph": 0,
    "_vehh": 1,
    "_pct": 1,
    "_msek": 1,
    "_sek": 0,
    "_h": 1,
    "_min": 0,
    "_s": 0,
    "_ratio": 2,
    "_km": 1,
}


def digits_of(column: str) -> int:
    """Decimals to show for a column: by its unit, none for lengths along a route and for counts."""
    if column in ("length_m", "alt_length_m", "diff_length_m"):
        return 0
    fits = [end for end in _DIGITS if column.endswith(end)]
    if fits:
        return _DIGITS[max(fits, key=len)]
    return 0 if column in ("lanes", "tracks", "aadt", "rank", "trains", "population", "jobs", "leg") else 2


def digits_of_unit(unit: str) -> int:
    """Decimals to show for a unit that a table carries in a column of its own."""
    return {"m": 2, "t": 1, "t/m": 1, "tpm": 1, "km": 1, "h": 1, "vehh": 0, "vehh/h": 1, "%": 1}.get(unit, 2)


def number_text(value: float, lang: Lang, *, digits: int | None = None) -> str:
    """A number for a reader. NaN is said to be not known, inf to be unlimited; neither is ever a figure.

    `digits` are decimals; without it three significant figures, and every figure of a whole number.
    """
    if math.isnan(value):
        return UNKNOWN.of(lang)
    if math.isinf(value):
        return UNLIMITED.of(lang) if value > 0 else _MINUS + UNLIMITED.of(lang)
    if digits is None and 0 < abs(value) < 1e-3:
        return _tiny_text(value, lang)
    if digits is None:
        whole = float(value).is_integer() or abs(value) >= 1000
        digits = 0 if whole else max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{abs(value):,.{digits}f}"
    negative = value < 0 and any(c in "123456789" for c in text)
    text = text.replace(",", "\0").replace(".", _POINT[lang]).replace("\0", _GROUP[lang])
    return (_MINUS if negative else "") + text


def _tiny_text(value: float, lang: Lang) -> str:
    """A very small number as figures times a power of ten."""
    figures, _, power = f"{value:.2e}".partition("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{figures.replace('-', _MINUS).replace('.', _POINT[lang])}\u00a0·\u00a010{raised}"


def short_text(value: float, lang: Lang) -> str:
    """A number with no more decimals than it needs: the limit of a class, a value of a table of rules."""
    decimals = f"{value:.6g}".partition(".")[2] if abs(value) < 1e6 and math.isfinite(value) else ""
    return number_text(value, lang, digits=len(decimals))


def length_text(value_m: float, lang: Lang) -> str:
    """Metres below one kilometre, otherwise kilometres with a decimal below 100 km."""
    if not math.isfinite(value_m):
        return number_text(value_m, lang)
    if abs(value_m) < 1000:
        return f"{number_text(value_m, lang, digits=0)}\u00a0m"
    return f"{number_text(value_m / 1000, lang, digits=1 if abs(value_m) < 99_950 else 0)}\u00a0km"


def duration_text(value_s: float, lang: Lang) -> str:
    """Seconds below two minutes, minutes below an hour and a half, then hours and minutes; whole hours from a day."""
    if not math.isfinite(value_s):
        return number_text(value_s, lang)
    if abs(value_s) < 120:
        return f"{number_text(value_s, lang, digits=0)}\u00a0s"
    minutes = round(abs(value_s) / 60)
    sign = _MINUS if value_s < 0 else ""
    if minutes < 90:
        return f"{sign}{minutes}\u00a0min"
    hour = Text("tim", "h").of(lang)
    if minutes >= 24 * 60:
        return f"{sign}{number_text(minutes / 60, lang, digits=0)}\u00a0{hour}"
    rest = f" {minutes % 60}\u00a0min" if minutes % 60 else ""
    return f"{sign}{minutes // 60}\u00a0{hour}{rest}"


def money_text(value_sek: float, lang: Lang) -> str:
    """Kronor to three figures: millions from one million on, whole thousands from ten thousand on."""
    if not math.isfinite(value_sek):
        return number_text(value_sek, lang)
    if abs(value_sek) >= 1e6:
        return f"{number_text(value_sek / 1e6, lang)}\u00a0{unit_text('_msek', lang)}"
    whole = round(value_sek, -3) if abs(value_sek) >= 10_000 else value_sek
    return f"{number_text(whole, lang, digits=0)}\u00a0{unit_text('_sek', lang)}"


def value_with_unit(column: str, value: float, lang: Lang) -> str:
    """The number of a column with its unit; an unknown value without one."""
    if column.endswith("length_m") and column != "max_length_m":
        return length_text(value, lang)
    if column.endswith("time_s") or column.endswith("delay_s"):
        return duration_text(value, lang)
    if column.endswith("_sek"):
        return money_text(value, lang)
    text = number_text(value, lang, digits=digits_of(column))
    unit = unit_text(column, lang)
    return f"{text}\u00a0{unit}" if unit and math.isfinite(value) else text
