"""What a lawful passage needs."""

from __future__ import annotations

import pandas as pd
import pytest

from geoplan.vehicles.permits import FOLDER, find_permits, needs_escort
from geoplan.vehicles.rules import read_rules, sources_sv
from geoplan.vehicles.vehicle import Vehicle


def convoy(width_m=2.55, length_m=20.0, height_m=4.0):
    return Vehicle("convoy", "road", width_m=width_m, length_m=length_m, height_m=height_m)


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({}, set()),
        ({"width_m": 2.60}, set()),
        ({"width_m": 3.0}, {"marking"}),
        ({"width_m": 3.10}, {"marking"}),
        ({"width_m": 3.4}, {"warning_car"}),
        ({"width_m": 4.0}, {"warning_car", "exemption"}),
        ({"width_m": 4.6}, {"escort", "exemption", "route_certificate"}),
        ({"length_m": 28.0}, {"marking"}),
        ({"length_m": 33.0}, {"warning_car", "exemption", "route_certificate"}),
        ({"length_m": 40.0}, {"escort", "exemption", "route_certificate"}),
        ({"height_m": 4.6}, {"route_certificate", "own_survey"}),
    ],
)
def test_published_bounds(values, kinds):
    assert set(find_permits(convoy(**values))["kind"]) == kinds


def test_every_rule_names_its_source():
    table = find_permits(convoy(5.5, 106, 5.5), exceeded={"road_weight": 686.0}, level_crossings=2)
    assert (table["source"] != "").all()
    assert {"feeding_off", "exemption", "escort"} <= set(table["kind"])
    assert needs_escort(convoy(5.5))
    assert not needs_escort(convoy())


def test_low_vehicles_leave_the_wire_alone():
    assert find_permits(convoy(), level_crossings=3).empty


def test_rail_special_transport():
    wagon = Vehicle("q73", "rail", width_m=4.0, height_m=4.75, length_m=62)
    table = find_permits(wagon, exceeded={"rail_gauge": 0.6})
    assert {"specialtransport", "feeding_off", "weekend"} == set(table["kind"])
    assert find_permits(wagon).empty


def test_every_rule_says_it_in_both_languages():
    rules = pd.read_csv(FOLDER / "permit_rules_se.csv")
    assert rules[["requirement", "requirement_sv"]].notna().all(axis=None)
    table = find_permits(convoy(5.5), exceeded={"road_weight": 686.0})
    escort = table[table["kind"] == "escort"].iloc[0]
    assert escort["requirement"].startswith("escort by police")
    assert escort["requirement_sv"].startswith("eskort av polis")


def test_every_source_that_is_a_rule_has_swedish_words():
    rules = read_rules("SE")
    for rule in rules.table.index:
        assert sources_sv()[rules.source(rule)].startswith("regel: ")
    assert sources_sv()["not known"] == "okänd"
