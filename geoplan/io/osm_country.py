"""What a country's rules say where a tag only points to them: `default`, `below_default`, `SE:urban`."""

from __future__ import annotations

import re

# What `default` means, by country and column: the limit that holds where none is signed. `below_default` is
# read as the same number, then an upper bound. Both are marked as assumed. The empty country is for all others.
DEFAULT_LIMITS: dict[tuple[str, str], float] = {
    (
        "SE",
        "max_height_m",
    ): 4.5,  # a lower clearance must be signed (road sign C17, Vägmärkesförordningen 2007:90)
    (
        "SE",
        "max_weight_t",
    ): 64.0,  # BK1 on public roads without other class, Trafikförordningen 1998:1276 annex 1
    ("SE", "max_axle_load_t"): 10.0,  # BK1, axle not driven, Trafikförordningen 1998:1276 4 kap. 12 §
    ("SE", "max_width_m"): 2.6,  # Trafikförordningen 1998:1276 4 kap. 15 §
    ("SE", "max_length_m"): 24.0,  # Trafikförordningen 1998:1276 4 kap. 17 §
    ("GB", "max_height_m"): 5.03,  # 16'6": lower bridges are signed (Traffic Signs Manual, chapter 4)
    ("", "max_height_m"): 4.0,  # international traffic, Directive 96/53/EC annex I
    ("", "max_weight_t"): 40.0,  # Directive 96/53/EC annex I
    ("", "max_width_m"): 2.55,  # Directive 96/53/EC annex I
    ("", "max_length_m"): 18.75,  # road train, Directive 96/53/EC annex I
    ("", "max_axle_load_t"): 10.0,  # axle not driven, Directive 96/53/EC annex I
}

# Speed that a zone implies, km/h, by country.
# Source: OpenStreetMap wiki, Default speed limits (national traffic rules, collected by country).
IMPLICIT_SPEED_KMH: dict[str, dict[str, float]] = {
    "AT": {"urban": 50, "rural": 100, "trunk": 100, "motorway": 130, "living_street": 5},
    "BE": {"urban": 50, "rural": 90, "trunk": 120, "motorway": 120, "living_street": 20},
    "CH": {"urban": 50, "rural": 80, "trunk": 100, "motorway": 120, "living_street": 20},
    "CZ": {"urban": 50, "rural": 90, "trunk": 110, "motorway": 130, "living_street": 20},
    "DE": {"urban": 50, "rural": 100, "motorway": 130, "living_street": 7, "bicycle_road": 30},
    "DK": {"urban": 50, "rural": 80, "motorway": 130, "living_street": 15},
    "EE": {"urban": 50, "rural": 90},
    "ES": {"urban": 50, "rural": 90, "trunk": 90, "motorway": 120, "living_street": 20},
    "FI": {"urban": 50, "rural": 80, "trunk": 100, "motorway": 120, "living_street": 20},
    "FR": {"urban": 50, "rural": 80, "trunk": 110, "motorway": 130, "living_street": 20},
    "GB": {"nsl_restricted": 48.28032, "nsl_single": 96.56064, "nsl_dual": 112.65408, "motorway": 112.65408},
    "IT": {"urban": 50, "rural": 90, "trunk": 110, "motorway": 130},
    "LI": {"urban": 50, "rural": 80},
    "LT": {"urban": 50, "rural": 90, "motorway": 130},
    "LV": {"urban": 50, "rural": 90},
    "NL": {"urban": 50, "rural": 80, "trunk": 100, "motorway": 100, "living_street": 15},
    "NO": {"urban": 50, "rural": 80, "motorway": 90},
    "PL": {"urban": 50, "rural": 90, "trunk": 100, "motorway": 140, "living_street": 20},
    "SE": {"urban": 50, "rural": 70, "trunk": 90, "motorway": 110, "living_street": 7},
}
_MILE_KM = 1.609344


def implicit_speed_kmh(text: str) -> float:
    """Speed of a zone such as `SE:urban`, `DE:zone:30`, `DE:zone30`; NaN when the table does not know it."""
    country, _, zone = text.strip().partition(":")
    if not zone or len(text) > 40:
        return float("nan")
    country = {"UK": "GB"}.get(country.upper(), country.upper())
    speed = re.fullmatch(r"zone:?(\d{1,3})", zone, re.ASCII)
    if speed:
        return float(speed[1]) * (_MILE_KM if country == "GB" else 1.0) or float("nan")
    return float(IMPLICIT_SPEED_KMH.get(country, {}).get(zone.lower(), float("nan")))


def default_limit(country: str, column: str) -> float:
    """The limit that holds in a country where none is signed; NaN when there is none."""
    return DEFAULT_LIMITS.get((country, column), DEFAULT_LIMITS.get(("", column), float("nan")))
