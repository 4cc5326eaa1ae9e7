"""Conditions of restrictions: times, vehicles, errands."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.io.osm_conditional import Bound, Clause, holds, parse_conditional

TUESDAY = dt.date(2024, 1, 16)
MORNING = dt.datetime(2024, 1, 16, 7, 30)
SUNDAY_NIGHT = dt.datetime(2024, 7, 14, 23, 0)


def test_value_times_bounds_and_words_are_told_apart() -> None:
    assert parse_conditional("no @ (07:00-19:00 AND weight>7.5 AND destination)") == (
        Clause("no", ("07:00-19:00",), (Bound("max_weight_t", ">", 7.5),), ("destination",)),
    )
    assert parse_conditional("no @ (weight >= 60 t)") == (Clause("no", (), (Bound("max_weight_t", ">=", 60.0),), ()),)
    assert parse_conditional("none @ destination") == (Clause("none", (), (), ("destination",)),)


def test_semicolons_in_brackets_belong_to_the_times() -> None:
    two = parse_conditional("4.0 @ (Mo-Fr 06:00-09:00; Sa 08:00-10:00); 3.5 @ (Nov 1-Mar 31)")
    assert [clause.value for clause in two] == ["4.0", "3.5"]
    assert two[0].when == ("Mo-Fr 06:00-09:00; Sa 08:00-10:00",)


def test_hours_without_brackets_go_on_after_a_semicolon() -> None:
    (clause,) = parse_conditional("no @ Mo-Fr 10:00-12:00; Tu 07:00-08:00")
    assert holds(clause, MORNING) is True


@pytest.mark.parametrize("text", ["", "no", "no @", "@ (weight>3)", "no @ ", "no; @ (Mo)", "x" * 2000 + "@ (Mo)"])
def test_what_is_no_conditional_gives_nothing(text) -> None:
    assert parse_conditional(text) == ()


@pytest.mark.parametrize(
    ("condition", "without", "by_day", "by_hour"),
    [
        # condition, no date, Tuesday 16 January 2024, the same at 07:30
        ("Mo-Fr 06:00-09:00", None, None, True),
        ("Mo-Fr 08:00-09:00", None, None, False),
        ("Mo-Fr", None, True, True),
        ("Sa,Su", None, False, False),
        ("Mo,We-Fr", None, False, False),
        ("Fr-Tu", None, True, True),
        ("22:00-08:00", None, None, True),
        ("Mo 22:00-08:00", None, None, True),
        ("Tu 22:00-08:00", None, None, False),
        ("22:00-06:00", None, None, False),
        ("Nov-Mar", None, True, True),
        ("Nov 1-Mar 31", None, True, True),
        ("Nov 1 - Jan 15", None, False, False),
        ("Mar 15 - Sep 15", None, False, False),
        ("Jan 10-20", None, True, True),
        ("Jan 16", None, True, True),
        ("2024 Jan 1 - 2024 Feb 1", None, True, True),
        ("2016 Apr 25 - 2016 Sep 26", None, False, False),
        ("Jan-Feb Mo-Fr 07:00-08:00", None, None, True),
        ("Jan-Feb Sa 07:00-08:00", None, False, False),
        ("Mo-Fr 06:00-07:00, 07:15-08:00", None, None, True),
        ("Sa-Su 24h", None, False, False),
        ("24/7", True, True, True),
        ("sunset-sunrise", None, None, None),
        ("PH", None, None, None),
        ("15.03. bis 15.09.", None, None, None),
        ("Mo-Fr 25:00-31:99", None, None, None),
    ],
)
def test_times_hold_or_not_or_maybe(condition, without, by_day, by_hour) -> None:
    (clause,) = parse_conditional(f"no @ ({condition})")
    assert holds(clause, None) is without
    assert holds(clause, TUESDAY) is by_day
    assert holds(clause, MORNING) is by_hour


def test_two_times_joined_by_and_must_both_hold() -> None:
    (clause,) = parse_conditional("no @ (Nov-Mar AND Mo-Fr 07:00-08:00)")
    assert holds(clause, MORNING) is True
    assert holds(clause, SUNDAY_NIGHT) is False


def test_dimensions_are_read_in_their_units() -> None:
    bounds = [
        clause.bounds[0]
        for clause in parse_conditional(
            "no @ (weight>7500); no @ (height>14'6\"); no @ (length>12); no @ (axleload>10 t)"
        )
    ]
    assert [(bound.column, round(bound.value, 4)) for bound in bounds] == [
        ("max_weight_t", 7.5),
        ("max_height_m", 4.4196),
        ("max_length_m", 12.0),
        ("max_axle_load_t", 10.0),
    ]


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=200), st.text(alphabet="no@(); MoTuSanJFebD0123456789:-.,><=weightandAND", max_size=120)
    ),
    st.one_of(st.none(), st.dates(), st.datetimes()),
)
def test_never_raises(text, when) -> None:
    for clause in parse_conditional(text):
        assert clause.value
        assert holds(clause, when) in (True, False, None)
        if not clause.when:
            assert holds(clause, when) is True


@settings(deadline=None)
@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 23), st.integers(0, 59), st.datetimes())
def test_hours_equal_the_plain_comparison(h1, m1, h2, m2, when) -> None:
    (clause,) = parse_conditional(f"no @ ({h1:02}:{m1:02}-{h2:02}:{m2:02})")
    start, end, now = h1 * 60 + m1, h2 * 60 + m2, when.hour * 60 + when.minute
    expected = start <= now < end if start < end else now >= start or now < end
    assert holds(clause, when) is expected
