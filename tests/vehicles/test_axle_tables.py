"""Bearing classes BK1-BK4 against the published tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.vehicles import bridges
from geoplan.vehicles.axle_tables import bearing_needs, gross_limit, worst_need
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load
from geoplan.vehicles.vehicle import AxleGroup, Vehicle


@pytest.mark.parametrize(
    ("distance_m", "gross_t"),
    [
        (0.5, 11.5),
        (1.0, 16),
        (1.29, 16),
        (1.3, 18),
        (2.6, 24),
        (4.99, 24),
        (6.4, 32),
        (8.24, 32),
        (11.25, 45),
        (13.5, 51),
        (20, 64),
        (30, 64),
    ],
)
def test_bk1_gross_table(distance_m, gross_t):
    assert gross_limit("BK1", distance_m) == gross_t


def test_ends_and_gaps_of_the_other_classes():
    assert gross_limit("BK3", 22.0) == 37.5
    assert gross_limit("BK3", 22.4) == 38.0  # 0.25 t for each 0.2 m
    assert gross_limit("BK4", 21.0) == 74
    assert np.isnan(gross_limit("BK4", 15.0))
    assert np.isnan(gross_limit("BK2", 10.0))


def two_axles(gap_m, load_t, driven=False):
    return Vehicle(
        "v", "road", tare_t=2 * load_t, gross_weight_t=2 * load_t,
        axle_groups=(AxleGroup("g", 0.0, 2, gap_m, 2 * load_t, 0, driven=driven),),
    )  # fmt: skip


@pytest.mark.parametrize(("gap_m", "limit_t"), [(0.9, 11.5), (1.0, 16), (1.3, 18), (1.8, 20)])
def test_bogie_limits_by_gap(gap_m, limit_t):
    needs = {need.group: need for need in bearing_needs(two_axles(gap_m, 5.0), "BK1")}
    assert needs["bogie"].limit_t == limit_t


def test_axles_two_metres_apart_are_no_bogie():
    assert "bogie" not in {need.group for need in bearing_needs(two_axles(2.0, 5.0), "BK1")}


def test_driven_axle_may_be_heavier():
    assert worst_need(two_axles(4.0, 11.0), "BK1").limit_t == 10
    assert worst_need(two_axles(4.0, 11.0, driven=True), "BK1").limit_t == 11.5


def test_catalogue_combinations_are_legal_on_their_class():
    for name, bk_class in (("bk1_64t", "BK1"), ("bk1_64t", "BK4"), ("bk4_74t", "BK4")):
        worst = worst_need(vehicle(name), bk_class)
        assert worst.need_t <= worst.limit_t * (1 + 1e-9), (name, bk_class, worst)


def test_74_t_are_too_much_for_bk1():
    worst = worst_need(vehicle("bk4_74t"), "BK1")
    assert (worst.group, worst.limit_t) == ("gross", 64)


def test_legal_vehicles_of_the_bridge_envelope_are_legal():
    table = pd.read_csv(bridges.FOLDER / "legal_vehicles.csv")
    for row in table.itertuples():
        x, loads = bridges._axles(row.axles)
        groups = tuple(
            AxleGroup(str(i), float(a), 1, 0.0, float(p), 0, driven=p > 10)
            for i, (a, p) in enumerate(zip(x, loads, strict=True))
        )
        one = Vehicle(row.name, "road", tare_t=loads.sum(), gross_weight_t=float(loads.sum()), axle_groups=groups)
        for bk_class in row.classes.split(";"):
            worst = worst_need(one, bk_class)
            if not np.isnan(worst.limit_t):
                assert worst.need_t <= worst.limit_t * (1 + 1e-9), (row.name, bk_class, worst)


def test_heavy_convoy_exceeds_everything():
    laden = vehicle("girder_32").carrying(Load("t", 390, 10.5, 4, 5.5))
    needs = {need.group: need for need in bearing_needs(laden, "BK1")}
    assert needs["gross"].need_t == 750
    assert needs["axle"].need_t == pytest.approx((240 + 390) / 32)
