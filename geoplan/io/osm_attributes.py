"""What the plain tags of a way say: class, names, speed, lanes, access, one-way, rail attributes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoplan.io.osm_country import implicit_speed_kmh
from geoplan.io.osm_data import FERRY, RAIL, ROAD, OsmData, Tags
from geoplan.io.osm_tags import (
    LIFECYCLE_STATUS,
    MOTOR_KEYS,
    MOTOR_OPENERS,
    NO_ACCESS,
    OPEN_WORDS,
)
from geoplan.io.osm_values import parse_count, parse_duration_s, parse_limit, parse_speed_kmh

# Advised speed where there is no limit (Autobahn-Richtgeschwindigkeits-V 1978, § 1); marked as assumed.
UNLIMITED_SPEED_KMH = 130.0
_FORWARD_WORDS = frozenset({"yes", "true", "1"})
_BACKWARD_WORDS = frozenset({"-1", "reverse"})
_TWO_WAY_WORDS = frozenset({"no", "false", "0", "reversible", "alternating"})
_ROUNDABOUTS = frozenset({"roundabout", "circular"})
_ZONE_KEYS = ("maxspeed", "maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")


@dataclass(frozen=True, eq=False)
class WayAttributes:
    """Attributes of n ways. Arrays of shape (2, n) hold forward and backward.

    texts : column -> (n,) words; numbers : column -> (2, n) floats; assumed : column -> (2, n) bools
    faults : key, row and text of values that could not be read
    """

    open: NDArray[np.bool_]
    texts: dict[str, NDArray[np.object_]]
    numbers: dict[str, NDArray[np.float64]]
    assumed: dict[str, NDArray[np.bool_]]
    faults: list[tuple[int, str, str, str]]


def read_attributes(data: OsmData) -> WayAttributes:
    """The plain attributes of every way. Values that cannot be read are listed, not dropped."""
    tags, n = data.way_tags, data.n_ways
    faults: list[tuple[int, str, str, str]] = []
    road, rail, ferry = (data.way_kind == kind for kind in (ROAD, RAIL, FERRY))
    forward, backward = _directions(tags, n, road)
    road_class, status = _classes(tags, n, road, rail, ferry)
    access = _access(tags, n)
    closed = _closed_to_motors(tags, n) & ~rail | (road_class == "busway")
    closed |= ferry & ~_said_open_to_motors(tags, n)
    status[closed & (status == "")] = "closed"
    speed, speed_assumed = _speeds(tags, n, faults)
    name = tags.text("name", n)
    line = tags.text("line", n)
    texts = {
        "road_class": road_class,
        "status": status,
        "access": access,
        "ref": tags.text("ref", n),
        "name": name,
        "line": np.where(rail & (line == ""), name, line),
        "electrified": _electrified(tags, n),
        "loading_gauge": tags.text("loading_gauge", n),
        "line_category": _first_of(tags, n, "line_category", "railway:line_category"),
        "gauge_mm": tags.text("gauge", n),
        "service": tags.text("service", n),
    }
    duration, _ = _numbers(tags, n, "duration", parse_duration_s, faults)
    width, _ = _numbers(tags, n, "width", lambda text: parse_limit(text, "width").value, faults)
    width_guess, _ = _numbers(tags, n, "est_width", lambda text: parse_limit(text, "width").value, faults)
    tracks, _ = _numbers(tags, n, "tracks", parse_count, faults)
    width_assumed = np.isnan(width) & ~np.isnan(width_guess)
    numbers = {
        "speed_kmh": speed,
        "lanes": _lanes(tags, n, forward & backward, faults),
        "width_m": _both(np.where(np.isnan(width), width_guess, width)),
        "tracks": _both(np.where(rail, tracks, np.nan)),
        "duration_s": _both(np.where(ferry, duration, np.nan)),
    }
    assumed = {"speed_kmh": speed_assumed, "width_m": np.stack([width_assumed, width_assumed])}
    return WayAttributes(np.stack([forward, backward]), texts, numbers, assumed, faults)


def _directions(tags: Tags, n: int, road: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a way may be driven forward and backward; railways and ferries both ways."""
    yes, back, both = (tags.is_in("oneway", words, n) for words in (_FORWARD_WORDS, _BACKWARD_WORDS, _TWO_WAY_WORDS))
    implied = tags.is_in("junction", _ROUNDABOUTS, n) | tags.is_in("highway", frozenset({"motorway"}), n)
    only_forward = (yes | (implied & ~both & ~back)) & road
    only_backward = back & road
    return ~only_backward, ~only_forward


def _classes(
    tags: Tags, n: int, road: NDArray[np.bool_], rail: NDArray[np.bool_], ferry: NDArray[np.bool_]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Class, and the status of ways that are not there yet or no longer."""
    highway, railway = tags.text("highway", n), tags.text("railway", n)
    classes = np.where(road, highway, np.where(rail, railway, np.where(ferry, "ferry", ""))).astype(object)
    status = np.full(n, "", dtype=object)
    for word, meaning in LIFECYCLE_STATUS.items():
        hit = classes == word
        if hit.any():
            status[hit] = meaning
            later = tags.text(word, n)[hit]
            classes[hit] = np.where(later == "", np.where(rail[hit], "rail", "road"), later)
    return classes, status


def _access(tags: Tags, n: int) -> NDArray[np.object_]:
    """The most specific of the access keys for motor vehicles."""
    access = np.full(n, "", dtype=object)
    for key in reversed(MOTOR_KEYS):
        rows, codes = tags.of(key)
        if len(rows):
            access[rows] = np.array(tags.words, dtype=object)[codes]
    return access


def _closed_to_motors(tags: Tags, n: int) -> NDArray[np.bool_]:
    """Ways that no motor vehicle may use: the most specific key says no, and no kind of vehicle is let in."""
    closed = np.zeros(n, dtype=bool)
    for key in reversed(MOTOR_KEYS):
        rows, _ = tags.of(key)
        closed[rows] = tags.is_in(key, NO_ACCESS, n)[rows]
    for key in MOTOR_OPENERS:
        closed &= ~tags.is_in(key, OPEN_WORDS, n)
    return closed


def _said_open_to_motors(tags: Tags, n: int) -> NDArray[np.bool_]:
    """Ways that some key of motor traffic opens: a ferry of which nobody says so carries people only."""
    said = np.zeros(n, dtype=bool)
    for key in (*MOTOR_KEYS[:2], *MOTOR_OPENERS):
        said |= tags.is_in(key, OPEN_WORDS, n)
    return said


def _speeds(
    tags: Tags, n: int, faults: list[tuple[int, str, str, str]]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Speed in both directions, and where the number is advised or implied by a zone and no sign."""
    zone = np.full(n, np.nan)
    for key in reversed(_ZONE_KEYS):
        values, known = _numbers(tags, n, key, implicit_speed_kmh, None)
        zone[known] = values[known]
    plain, _ = _numbers(tags, n, "maxspeed", _speed_or_zone, faults)
    unlimited = np.isinf(plain)
    plain[unlimited] = np.nan
    base = np.where(np.isnan(plain), zone, plain)
    advised = unlimited & np.isnan(zone)
    base[advised] = UNLIMITED_SPEED_KMH
    speed = _both(base)
    for side, key in enumerate(("maxspeed:forward", "maxspeed:backward")):
        values, known = _numbers(tags, n, key, _speed_or_zone, faults)
        known &= np.isfinite(values)
        speed[side, known] = values[known]
    assumed = np.stack([advised, advised]) & (speed == UNLIMITED_SPEED_KMH)
    return speed, assumed


def _speed_or_zone(text: str) -> float:
    """A number, `none` as inf, or the speed of a zone."""
    speed = parse_speed_kmh(text).value
    return implicit_speed_kmh(text) if np.isnan(speed) else speed


def _lanes(
    tags: Tags, n: int, two_way: NDArray[np.bool_], faults: list[tuple[int, str, str, str]]
) -> NDArray[np.float64]:
    """Lanes of each direction; a two-way road shares its lanes evenly unless it says otherwise."""
    total, _ = _numbers(tags, n, "lanes", parse_count, faults)
    middle, _ = _numbers(tags, n, "lanes:both_ways", parse_count, None)
    ahead, _ = _numbers(tags, n, "lanes:forward", parse_count, faults)
    behind, _ = _numbers(tags, n, "lanes:backward", parse_count, faults)
    shared = np.maximum(1.0, np.floor((total - np.nan_to_num(middle)) / 2.0))
    shared = np.where(two_way, shared, total)
    rest_ahead, rest_behind = total - behind, total - ahead
    lanes = np.stack(
        [
            np.where(np.isnan(ahead), np.where(rest_ahead > 0, rest_ahead, shared), ahead),
            np.where(np.isnan(behind), np.where(rest_behind > 0, rest_behind, shared), behind),
        ]
    )
    lanes[lanes <= 0.0] = np.nan
    return lanes


def _electrified(tags: Tags, n: int) -> NDArray[np.object_]:
    """`yes` for any contact line or rail, `no`, or empty."""
    text = tags.text("electrified", n)
    return np.where(text == "", "", np.where(text == "no", "no", "yes")).astype(object)


def _first_of(tags: Tags, n: int, *keys: str) -> NDArray[np.object_]:
    text = np.full(n, "", dtype=object)
    for key in keys:
        more = tags.text(key, n)
        text = np.where(text == "", more, text)
    return text


def _numbers(
    tags: Tags,
    n: int,
    key: str,
    parse: Callable[[str], float],
    faults: list[tuple[int, str, str, str]] | None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Parsed values of a key, each spelling parsed once; NaN and False where missing or not readable."""
    out = np.full(n, np.nan)
    rows, codes = tags.of(key)
    for code in np.unique(codes):
        value = parse(tags.words[code])
        hit = rows[codes == code]
        out[hit] = value
        if np.isnan(value) and faults is not None:
            faults += [(int(row), key, tags.words[code], "not readable") for row in hit]
    return out, ~np.isnan(out)


def _both(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same value forward and backward, shape (2, n)."""
    return np.stack([values, values])
