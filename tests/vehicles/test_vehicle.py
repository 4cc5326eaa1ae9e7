"""Loads, vehicles and the catalogue."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.errors import DataError
from geoplan.vehicles.catalogue import home_fleet, vehicle, vehicle_table
from geoplan.vehicles.load import Load
from geoplan.vehicles.vehicle import AxleGroup, Vehicle


def load(weight_t=320.0, height_m=4.6, width_m=4.0, length_m=10.5):
    return Load("transformer", weight_t, length_m, width_m, height_m)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((10_000, 10, 4, 4), "weight_t is 10000, above 2000"),
        ((-1, 10, 4, 4), "weight_t is -1, not above 0"),
        ((float("nan"), 10, 4, 4), "weight_t is nan, not a number"),
        ((float("inf"), 10, 4, 4), "weight_t is inf, not a number"),
        ((320, 0, 4, 4), "length_m is 0, not above 0"),
        ((320, 10, 4, "high"), "height_m is 'high', not a number"),
        ((320, 10, True, 4), "width_m is True, not a number"),
    ],
)
def test_impossible_load_gets_one_line(values, told):
    with pytest.raises(DataError) as caught:
        Load("x", *values)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_of_a_load_in_one_line():
    with pytest.raises(DataError, match=r"weight_t is -3.*width_m is 99"):
        Load("x", -3, 10, 99, 4)


def test_q73_is_the_consistent_reading_of_its_facts():
    # 730 t gross at 25 t axle load needs 730 / 25 = 29.2, so 30 axles; 400 t pay-load leaves 330 t tare.
    full = vehicle("q73").carrying(load(400))
    assert full.gross_weight_t == 730
    assert len(full.axle_x_m) == 30
    assert full.axle_load_t == pytest.approx(730 / 30)
    # 22.5 t axles are reached at 30 x 22.5 - 330 = 345 t
    assert vehicle("q73").carrying(load(345)).axle_load_t == pytest.approx(22.5)


def test_girder_frame_is_the_tovasen_convoy():
    laden = vehicle("girder_32").carrying(load(390, height_m=5.35))
    assert laden.gross_weight_t == 750  # ELLEVIO
    assert laden.length_m == 106
    assert laden.width_m == pytest.approx(5.5)  # 4.0 m body between two beams of 0.75 m
    assert laden.height_m == pytest.approx(5.5)
    lines = sum(g.count * g.tyres for g in laden.axle_groups if g.name.startswith("lines"))
    assert lines == 256  # wheels


def test_load_between_two_halves_lengthens_the_wagon_and_moves_its_rear():
    empty = vehicle("q73")
    laden = empty.carrying(load(length_m=10.0))
    assert laden.length_m == empty.length_m + 10.0
    assert laden.axle_x_m[15] == pytest.approx(empty.axle_x_m[15] + 10.0)
    assert laden.axle_x_m[0] == empty.axle_x_m[0]
    assert laden.metre_load_tpm == pytest.approx(650 / 62)


def test_a_load_that_does_not_fit_is_refused_with_every_reason():
    with pytest.raises(DataError) as caught:
        vehicle("q73").carrying(load(410, length_m=20))
    assert "takes 400 t" in str(caught.value)
    assert "takes 16 m" in str(caught.value)


def test_a_laden_vehicle_takes_no_second_load():
    with pytest.raises(DataError, match="carries 'transformer' already"):
        vehicle("q73").carrying(load()).carrying(load())


def test_unknown_vehicle_names_near_ones():
    with pytest.raises(DataError, match="Did you mean: q73"):
        vehicle("q37")


def test_catalogue_is_consistent_and_says_where_it_comes_from():
    table = vehicle_table()
    assert (table["source"] != "").all()
    assert table["confidence"].isin(["H", "M", "L", "D"]).all()
    assert (table.loc[table["confidence"] == "L", "note"] != "").all()
    for name in table.index:
        one = vehicle(name)
        if not one.axle_groups:
            continue
        assert sum(g.load_share for g in one.axle_groups) == pytest.approx(1.0), name
        assert sum(g.tare_t for g in one.axle_groups) == pytest.approx(one.tare_t), name
        assert (np.diff(one.axle_x_m) > 0).all(), name
        assert one.axle_x_m[-1] <= one.length_m, name
        assert one.axle_loads_t.sum() == pytest.approx(one.gross_weight_t), name


def test_home_fleet_leaves_out_what_has_to_be_hired():
    names = {v.name for v in home_fleet()}
    assert "q73" in names
    assert "uaai_839" not in names


def test_grade_of_the_tractors():
    # 500 t up 7 % (BREAKBULK) at 0.012 rolling resistance: F = 500 x 9.81 x 0.082 = 402.2 kN
    pulling = Vehicle("t", "road", gross_weight_t=500.0, tractive_force_kn=402.21)
    assert pulling.max_grade_pct == pytest.approx(7.0, abs=1e-3)


def test_own_vehicle_needs_only_name_and_mode():
    plain = Vehicle("mine", "road", height_m=4.2)
    assert np.isnan(plain.axle_load_t)
    assert np.isnan(plain.gross_weight_t)
    with pytest.raises(DataError, match="height_m is 0"):
        Vehicle("mine", "road", height_m=0.0)
    with pytest.raises(DataError, match="mode is 'air'"):
        Vehicle("mine", "air")


def test_axle_loads_share_the_load():
    own = Vehicle(
        "two", "road", tare_t=10, payload_t=20, deck_height_m=1, gross_weight_t=10,
        axle_groups=(AxleGroup("front", 1, 1, 0, 4, 0.25), AxleGroup("rear", 4, 2, 1.3, 6, 0.75)),
    )  # fmt: skip
    laden = own.carrying(load(20, 3, 2, 4))
    assert laden.axle_loads_t.tolist() == [4 + 5, (6 + 15) / 2, (6 + 15) / 2]
    assert laden.axle_x_m.tolist() == [1, 4, 5.3]
