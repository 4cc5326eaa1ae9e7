"""Numbers as a Swedish or an English reader writes them."""

import math

import pytest

from geoplan.maps.formats import (
    digits_of,
    duration_text,
    length_text,
    money_text,
    number_text,
    short_text,
    value_with_unit,
)

NBSP, MINUS = "\u00a0", "\u2212"


@pytest.mark.parametrize(
    ("value", "digits", "sv", "en"),
    [
        (1234567.0, 0, f"1{NBSP}234{NBSP}567", "1,234,567"),
        (4.65, 2, "4,65", "4.65"),
        (-0.6, 1, f"{MINUS}0,6", f"{MINUS}0.6"),
        (-0.001, 1, "0,0", "0.0"),
        (22.5, None, "22,5", "22.5"),
        (0.0625, None, "0,0625", "0.0625"),
        (1840.0, None, f"1{NBSP}840", "1,840"),
        (6.24e-14, None, f"6,24{NBSP}·{NBSP}10⁻¹⁴", f"6.24{NBSP}·{NBSP}10⁻¹⁴"),
        (0.0, None, "0", "0"),
    ],
)
def test_numbers(value, digits, sv, en):
    assert number_text(value, "sv", digits=digits) == sv
    assert number_text(value, "en", digits=digits) == en


def test_unknown_and_unlimited_are_words_and_differ():
    assert number_text(math.nan, "sv") == "okänt"
    assert number_text(math.inf, "sv") == "obegränsat"
    assert value_with_unit("max_height_m", math.nan, "en") == "not known"
    assert value_with_unit("max_height_m", math.inf, "en") == "unlimited"


@pytest.mark.parametrize(
    ("metres", "said"),
    [
        (0.0, f"0{NBSP}m"),
        (949.6, f"950{NBSP}m"),
        (1000.0, f"1,0{NBSP}km"),
        (98_000.0, f"98,0{NBSP}km"),
        (240_400.0, f"240{NBSP}km"),
    ],
)
def test_lengths(metres, said):
    assert length_text(metres, "sv") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (45.0, f"45{NBSP}s"),
        (150.0, f"2{NBSP}min"),
        (5_340.0, f"89{NBSP}min"),
        (5_400.0, f"1{NBSP}tim 30{NBSP}min"),
        (36_000.0, f"10{NBSP}tim"),
        (-300.0, f"{MINUS}5{NBSP}min"),
        (100_000_000.0, f"27{NBSP}778{NBSP}tim"),
    ],
)
def test_durations(seconds, said):
    assert duration_text(seconds, "sv") == said


@pytest.mark.parametrize(
    ("sek", "said"), [(640.0, f"640{NBSP}kr"), (410_400.0, f"410{NBSP}000{NBSP}kr"), (1_421_253.0, f"1,42{NBSP}Mkr")]
)
def test_money_to_what_it_is_known_to(sek, said):
    assert money_text(sek, "sv") == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.5, "0,5"), (0.85, "0,85"), (1.0, "1"), (320.0, "320"), (2500.0, f"2{NBSP}500")]
)
def test_limits_of_classes_have_no_empty_decimals(value, said):
    assert short_text(value, "sv") == said


def test_decimals_follow_the_unit():
    assert [digits_of(c) for c in ("max_height_m", "weight_t", "speed_kmh", "vc_ratio", "length_m", "tracks")] == [
        2,
        1,
        0,
        2,
        0,
        0,
    ]
