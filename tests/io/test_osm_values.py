"""Every spelling of a limit, and parsers that never raise."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.io.osm_country import IMPLICIT_SPEED_KMH, implicit_speed_kmh
from geoplan.io.osm_values import (
    METRES,
    TONNES,
    Reading,
    parse_count,
    parse_duration_s,
    parse_limit,
    parse_speed_kmh,
)

PLAIN = [
    # heights, metres; feet and inches worked out by hand: 14'6" = 174 in x 0.0254
    ("height", "4.5", 4.5),
    ("height", "4,5", 4.5),
    ("height", "4.5 m", 4.5),
    ("height", "4.5m", 4.5),
    ("height", " 4.50 ", 4.5),
    ("height", "4.5 metres", 4.5),
    ("height", "450 cm", 4.5),
    ("height", "4500 mm", 4.5),
    ("height", "14'6\"", 4.4196),
    ("height", "14\u20326\u2033", 4.4196),
    ("height", "14\u2019 6\u201d", 4.4196),
    ("height", "14'", 4.2672),
    ("height", "14 ft", 4.2672),
    ("height", "14 ft 6 in", 4.4196),
    ("height", "14'-6\"", 4.4196),
    ("height", "14'6 1/2\"", 4.4323),
    ("height", "174 in", 4.4196),
    ("height", ".9", 0.9),
    ("width", "2,3 m", 2.3),
    ("width", "7'0\"", 2.1336),
    ("length", "12", 12.0),
    ("length", "25.25", 25.25),
    ("length", "40 ft", 12.192),
    ("length", "0.5 km", 500.0),
    # weights, tonnes
    ("weight", "7.5", 7.5),
    ("weight", "7,5 t", 7.5),
    ("weight", "74", 74.0),
    ("weight", "320", 320.0),
    ("weight", "7500 kg", 7.5),
    ("weight", "7 500 kg", 7.5),
    ("weight", "7,500 kg", 7.5),
    ("weight", "16000 lbs", 7.25747792),
    ("weight", "16,000 lbs", 7.25747792),
    ("weight", "8 st", 7.25747792),
    ("weight", "8 short tons", 7.25747792),
    ("weight", "3 lt", 3.0481407264),
    ("weight", "100 cwt", 5.080234544),
    ("weight", "7.5 tonnes", 7.5),
    ("axle_load", "11.5 t", 11.5),
    ("axle_load", "80 kN", 8.157729703823426),
    ("metre_load", "6.4", 6.4),
    ("metre_load", "8 t/m", 8.0),
]
FLAGGED = [
    ("height", "450", 4.5, "unit guessed: cm"),
    ("height", "4500", 4.5, "unit guessed: mm"),
    ("weight", "7500", 7.5, "unit guessed: kg"),
    ("length", "1200", 12.0, "unit guessed: cm"),
    ("height", "~4.5", 4.5, "approximate"),
    ("height", "ca. 4,5 m", 4.5, "approximate"),
    ("height", "4.5+", 4.5, "at least"),
    ("height", "3.8;4.2", 3.8, "lowest of several"),
    ("height", "4.2 ; 3.8", 3.8, "lowest of several"),
    ("height", "3,8;4,2", 3.8, "lowest of several"),
    ("height", "3.8-4.2", 3.8, "lowest of several"),
    ("height", "3.8 \u2013 4.2 m", 3.8, "lowest of several"),
    ("height", "3.8 to 4.2", 3.8, "lowest of several"),
    ("height", "3.8,4.2", 3.8, "lowest of several"),
    ("height", "3.8...4.2", 3.8, "lowest of several"),
    ("height", "1.80/2.50", 1.8, "lowest of several"),
    ("height", "14'6\"-15'0\"", 4.4196, "lowest of several"),
    ("height", "380;420 cm", 3.8, "lowest of several"),
    ("height", "none;4", 4.0, "lowest of several"),
    ("height", "default;3.9", 3.9, "lowest of several"),
    ("height", "3.8;something", 3.8, "lowest of several, one not readable"),
    ("weight", "60;74", 60.0, "lowest of several"),
    ("weight", "3.5-7.5", 3.5, "lowest of several"),
]
UNREADABLE = [
    "", " ", "?", "yes", "unknown", "fixme", "abc", "0", "0 m", "-4", "4.5 parsecs", "60", "4..5", "4.5.6", "1e9",
    "4,5,6,7", "\u0664", "\u00bd", "nan", "inf", "4 5", "4.5 m (bridge)", "9" * 300, "4.5\x00",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "value"), PLAIN)
def test_plain_spellings_are_read_exactly(kind, text, value) -> None:
    reading = parse_limit(text, kind)
    assert reading.value == pytest.approx(value, rel=1e-12)
    assert reading.flag == reading.word == reading.fault == ""


@pytest.mark.parametrize(("kind", "text", "value", "flag"), FLAGGED)
def test_doubtful_spellings_are_read_and_flagged(kind, text, value, flag) -> None:
    reading = parse_limit(text, kind)
    assert reading.value == pytest.approx(value, rel=1e-12)
    assert reading.flag == flag
    assert reading.fault == ""


@pytest.mark.parametrize("text", ["none", "no", "unlimited", "None", " NONE "])
def test_none_is_known_to_be_unlimited(text) -> None:
    assert parse_limit(text, "height") == Reading(math.inf, "", "none")


@pytest.mark.parametrize(
    ("text", "word"),
    [("default", "default"), ("unsigned", "default"), ("no_sign", "default"), ("below_default", "below_default")],
)
def test_words_without_a_number_stay_words(text, word) -> None:
    reading = parse_limit(text, "height")
    assert math.isnan(reading.value)
    assert reading.word == word
    assert reading.fault == ""


def test_a_list_of_words_keeps_the_strictest() -> None:
    assert parse_limit("default;below_default", "height").word == "below_default"
    assert parse_limit("none;default", "height").word == "default"
    assert math.isnan(parse_limit("none;default", "height").value)


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_not_known_and_says_why(text) -> None:
    reading = parse_limit(text, "height")
    assert math.isnan(reading.value)
    assert reading.fault
    assert reading.word == ""


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("50kmh", 50.0),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("10 knots", 18.52),
        ("walk", 7.0),
        ("50;70", 50.0),
        ("50|70", 50.0),
        ("none", math.inf),
    ],
)
def test_speeds(text, speed) -> None:
    assert parse_speed_kmh(text).value == pytest.approx(speed)


@pytest.mark.parametrize("text", ["signals", "variable", "", "0", "-50", "SE:urban", "9999", "fast"])
def test_speeds_that_are_none(text) -> None:
    assert math.isnan(parse_speed_kmh(text).value)


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("SE:urban", 50.0),
        ("SE:rural", 70.0),
        ("SE:motorway", 110.0),
        ("se:urban", 50.0),
        ("DE:rural", 100.0),
        ("DE:zone:30", 30.0),
        ("DE:zone30", 30.0),
        ("GB:zone:20", 32.18688),
        ("UK:nsl_single", 96.56064),
    ],
)
def test_zones_imply_a_speed(text, speed) -> None:
    assert implicit_speed_kmh(text) == pytest.approx(speed)


@pytest.mark.parametrize(
    "text", ["", "SE", "urban", "XX:urban", "SE:", "SE:zone:0", "SE:zone:abc", "S" * 99 + ":urban"]
)
def test_unknown_zones_imply_nothing(text) -> None:
    assert math.isnan(implicit_speed_kmh(text))


def test_every_country_has_an_urban_or_national_speed() -> None:
    for zones in IMPLICIT_SPEED_KMH.values():
        assert all(5.0 <= speed <= 140.0 for speed in zones.values())


@pytest.mark.parametrize(
    ("text", "value"), [("2", 2.0), ("2;3", 2.0), ("1.5", 1.5), ("two", math.nan), ("2;x", math.nan)]
)
def test_counts(text, value) -> None:
    assert parse_count(text) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:05", 300.0),
        ("5", 300.0),
        ("1:30:00", 5400.0),
        ("PT25M", 1500.0),
        ("P1DT2H", 93600.0),
        ("soon", math.nan),
        ("P", math.nan),
    ],
)
def test_durations(text, seconds) -> None:
    assert parse_duration_s(text) == pytest.approx(seconds, nan_ok=True)


KINDS = st.sampled_from(["height", "width", "length", "weight", "axle_load", "metre_load"])
TAGGY = st.text(alphabet="0123456789.,;|/-~<>+'\" mcktsftinlb()@:_abdeonu", max_size=40)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), TAGGY), KINDS)
def test_parser_never_raises_and_never_lies(text, kind) -> None:
    reading = parse_limit(text, kind)
    assert math.isnan(reading.value) or reading.value > 0.0
    # not known has exactly one reason: a word without a number, or a fault
    assert (
        math.isnan(reading.value) == bool(reading.fault or reading.word in ("default", "below_default")) or reading.word
    )
    assert not (reading.fault and not math.isnan(reading.value))


@settings(deadline=None)
@given(st.text(max_size=300))
def test_other_parsers_never_raise(text) -> None:
    for value in (parse_speed_kmh(text).value, implicit_speed_kmh(text), parse_count(text), parse_duration_s(text)):
        assert math.isnan(value) or value >= 0.0


@settings(deadline=None)
@given(st.integers(1, 1499).map(lambda n: n / 100), st.sampled_from(sorted(METRES)))
def test_lengths_come_back_in_any_unit(metres, unit) -> None:
    reading = parse_limit(f"{metres / METRES[unit]:.9f} {unit}", "height")
    assert reading.value == pytest.approx(metres, abs=1e-6 * max(METRES[unit], 1.0))


@settings(deadline=None)
@given(st.integers(1, 99_999).map(lambda n: n / 100), st.sampled_from(sorted(TONNES)))
def test_weights_come_back_in_any_unit(tonnes, unit) -> None:
    reading = parse_limit(f"{tonnes / TONNES[unit]:.9f} {unit}", "weight")
    assert reading.value == pytest.approx(tonnes, rel=1e-6)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 11))
def test_feet_and_inches_come_back(feet, inches) -> None:
    spellings = [f"{feet}'{inches}\"", f"{feet} ft {inches} in", f"{feet}'-{inches}\"", f"{feet}\u2032{inches}\u2033"]
    for text in spellings:
        assert parse_limit(text, "height").value == pytest.approx((12 * feet + inches) * 0.0254)


@settings(deadline=None)
@given(
    st.lists(st.integers(100, 1400).map(lambda n: n / 100), min_size=2, max_size=5),
    st.sampled_from([";", " ; ", "|", ", "]),
)
def test_a_list_is_its_lowest(values, mark) -> None:
    assert parse_limit(mark.join(f"{value:g}" for value in values), "height").value == pytest.approx(min(values))
