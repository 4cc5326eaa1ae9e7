"""Sums in reach by hand; unknown stays unknown; groups and change."""

import numpy as np
import pandas as pd
import pytest

from geoplan.access.opportunities import accessibility, accessibility_by_group, compare_accessibility
from geoplan.errors import DataError

ZONES = ["a", "b", "c"]


@pytest.fixture
def zones():
    """a --20 min-- b --25 min-- c"""
    return pd.DataFrame(
        {
            "name": ["A", "B", "C"],
            "jobs": [100.0, 50.0, 1000.0],
            "assumed": ["", "jobs,employed_residents", ""],
            "women": [10.0, 30.0, 0.0],
            "men": [20.0, 20.0, np.nan],
        },
        index=pd.Index(ZONES, name="zone_id"),
    )


@pytest.fixture
def car():
    minutes = np.array([[0, 20, 45], [20, 0, 25], [45, 25, 0]], dtype=float)
    return pd.DataFrame(60 * minutes, index=ZONES, columns=ZONES)


def test_sums_by_hand(zones, car):
    table = accessibility(zones, {"car": car}, limits_min=(20, 30, 45))
    assert table["jobs_car_20min"].to_list() == [150.0, 150.0, 1000.0]  # the limit itself is in reach
    assert table["jobs_car_30min"].to_list() == [150.0, 1150.0, 1050.0]
    assert table["jobs_car_45min"].to_list() == [1150.0] * 3
    assert table["jobs_car_20min_assumed_pct"].to_list() == pytest.approx([100 / 3, 100 / 3, 0.0])
    assert (table["jobs_car_45min_at_least"] == 1150.0).all()
    assert table["name"].to_list() == ["A", "B", "C"]


def test_unknown_jobs_are_unknown_never_zero(zones, car):
    zones.loc["c", "jobs"] = np.nan
    table = accessibility(zones, {"car": car}, limits_min=(20, 30))
    assert table.loc["a", "jobs_car_30min"] == 150.0
    assert np.isnan(table.loc["b", "jobs_car_30min"]) and table.loc["b", "jobs_car_30min_at_least"] == 150.0
    assert np.isnan(table.loc["c", "jobs_car_20min"]) and table.loc["c", "jobs_car_20min_at_least"] == 0.0


def test_unknown_times_are_unknown_and_out_of_reach_is_not(zones, car):
    car.loc["a", "c"] = np.nan
    car.loc["c", "a"] = np.inf
    table = accessibility(zones, {"car": car}, limits_min=(30,))
    assert np.isnan(table.loc["a", "jobs_car_30min"]) and table.loc["a", "jobs_car_30min_at_least"] == 150.0
    assert table.loc["c", "jobs_car_30min"] == 1050.0
    zones["jobs"] = [100.0, 50.0, 0.0]  # nothing there: the time does not matter
    assert accessibility(zones, {"car": car}, limits_min=(30,)).loc["a", "jobs_car_30min"] == 150.0


def test_trips_within_a_zone(zones, car):
    car = car.mask(np.eye(3, dtype=bool))
    assert accessibility(zones, {"car": car}, limits_min=(10,))["jobs_car_10min"].isna().all()
    inside = accessibility(zones, {"car": car}, limits_min=(10,), within_zone_min=5)
    assert inside["jobs_car_10min"].to_list() == [100.0, 50.0, 1000.0]
    far = accessibility(zones, {"car": car}, limits_min=(10,), within_zone_min=pd.Series({"a": 15, "b": 5, "c": 5}))
    assert far["jobs_car_10min"].to_list() == [0.0, 50.0, 1000.0]


def test_by_group(zones, car):
    table = accessibility(zones, {"car": car}, limits_min=(30,))
    groups = accessibility_by_group(table, zones, ["women", "men"])
    assert groups.loc["women", "jobs_car_30min"] == pytest.approx((10 * 150 + 30 * 1150) / 40)
    assert np.isnan(groups.loc["men", "jobs_car_30min"]) and groups.loc["men", "people_known_pct"] == pytest.approx(
        200 / 3
    )
    # Nobody of the group lives where the sum is not known: the mean is known.
    zones.loc["c", "jobs"] = np.nan
    limited = accessibility(zones, {"car": car}, limits_min=(20,))
    assert np.isnan(limited.loc["c", "jobs_car_20min"])
    assert accessibility_by_group(limited, zones, ["women"]).loc["women", "jobs_car_20min"] == pytest.approx(150.0)


def test_change(zones, car):
    before = accessibility(zones, {"car": car}, limits_min=(30,))
    after = accessibility(zones, {"car": car * 0.5}, limits_min=(30,))
    change = compare_accessibility(before, after)
    assert change["jobs_car_30min_change"].to_list() == [1000.0, 0.0, 100.0]
    assert change.loc["a", "jobs_car_30min_change_pct"] == pytest.approx(100 * 1000 / 150)
    assert (compare_accessibility(before, before)["jobs_car_30min_change"] == 0).all()
    with pytest.raises(DataError, match="one table only"):
        compare_accessibility(before, after.drop(index="a"))


def test_faults(zones, car):
    with pytest.raises(DataError, match=r"no column 'job'.*Did you mean: jobs"):
        accessibility(zones, {"car": car}, columns=("job",))
    with pytest.raises(DataError, match="have no row"):
        accessibility(zones, {"car": car.drop(index="b")})
    with pytest.raises(DataError, match="no mode"):
        accessibility(zones, {})
