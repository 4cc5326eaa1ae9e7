"""Plans in the calendar, by hand: 2026-11-25 is a Wednesday."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.heavy_haul.dates import plan_dates

#   leg 1 load (8 h) - leg 2 road 12 h of driving in nights of 6 h (48 h) - leg 3 rail 30 h, at the weekend only


@pytest.fixture
def plan():
    leg = {"vehicle": "v", "from_name": "a", "to_name": "b"}
    legs = pd.DataFrame(
        [
            {"leg": 1, "mode": "transfer", "time_h": 8.0, "driving_h": 0.0, "hours_per_day": np.nan, **leg},
            {"leg": 2, "mode": "road", "time_h": 48.0, "driving_h": 12.0, "hours_per_day": 6.0, **leg},
            {"leg": 3, "mode": "rail", "time_h": 30.0, "driving_h": 30.0, "hours_per_day": 24.0, **leg},
        ]
    )
    permits = pd.DataFrame({"leg": [3], "kind": ["weekend"], "source": ["T277"]})
    return SimpleNamespace(legs=legs, permits=permits)


def test_a_leg_at_the_weekend_waits_for_saturday(plan):
    dates = plan_dates(plan, dt.date(2026, 11, 25))
    assert list(dates["starts"]) == [
        pd.Timestamp("2026-11-25 00:00"),
        pd.Timestamp("2026-11-25 08:00"),
        pd.Timestamp("2026-11-28 00:00"),  # ready on Friday at 8, Saturday is 16 hours later
    ]
    assert dates["ends"].iloc[-1] == pd.Timestamp("2026-11-29 06:00")
    assert list(dates["wait_h"]) == [0.0, 0.0, 16.0]
    assert list(dates["rule"]) == ["", "night", "weekend"]
    assert dates["nights"].iloc[1] == 2 and dates["nights"].isna().sum() == 2
    assert list(dates["source"]) == ["", "", "T277"]


def test_nobody_waits_when_it_is_the_weekend(plan):
    dates = plan_dates(plan, dt.datetime(2026, 11, 26, 12))  # the railway begins on Saturday at 20
    assert dates["starts"].iloc[-1] == pd.Timestamp("2026-11-28 20:00")
    assert dates["wait_h"].sum() == 0


def test_a_leg_longer_than_a_weekend_says_so(plan):
    plan.legs.loc[2, "time_h"] = 50.0
    assert plan_dates(plan, dt.date(2026, 11, 25))["rule"].iloc[-1] == "weekend_too_short"


def test_no_way_has_no_dates(plan):
    plan.legs = plan.legs.iloc[:0]
    plan.permits = pd.DataFrame()
    assert plan_dates(plan, dt.date(2026, 11, 25)).empty
