"""The transports that took place come out as they happened, and the page that says so is true."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from geoplan.heavy_haul.envelope import export_envelope
from geoplan.heavy_haul.plan import plan_transport
from geoplan.study import read_study
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "validation_heavy_haul.py"
WORKS = "Hitachi Energy Ludvika"


@pytest.fixture(scope="module")
def network():
    return read_study("ludvika").network


@pytest.fixture(scope="module")
def validation():
    spec = importlib.util.spec_from_file_location("validation_heavy_haul", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def carriers(plan):
    return [mode for mode in plan.legs["mode"] if mode != "transfer"]


def test_320_t_go_by_rail_to_norrkoping(network):
    plan = plan_transport(network, WORKS, "Norrköping port", Load("t", 320, 10.5, 4.0, 4.6))
    assert carriers(plan) == ["rail"]
    assert {"specialtransport", "feeding_off", "weekend"} <= set(plan.permits["kind"])


@pytest.mark.parametrize("width_m", [4.0, 5.5])
def test_390_t_of_5_5_m_are_refused_by_rail_because_of_the_gauge(network, width_m):
    load = Load("t", 390, 10.5, width_m, 5.5)
    plan = plan_transport(network, WORKS, "Köping port", load)
    assert carriers(plan) == ["road"]
    assert plan.why.loc[plan.why["mode"] == "rail", "limit"].iloc[0] == "loading_gauge"
    onward = plan_transport(network, WORKS, "Iggesund port", load)
    assert carriers(onward) == ["road", "sea"]
    assert "Köping port" in set(onward.legs["to_name"])


def test_25_t_axles_are_refused_and_the_sections_are_named(network):
    load = Load("t", 390, 10.5, 4.0, 4.6)
    plan = plan_transport(network, WORKS, "Norrköping port", load, vehicles=["q73"])
    assert not plan.feasible
    row = plan.why.iloc[0]
    assert (row["limit"], row["limit_value"], row["need_value"]) == ("max_axle_load_t", 22.5, 24.0)
    assert row["edge_id"] in network.edges.index
    assert "Ludvika" in row["name"]
    may = (*USUAL_PERMITS, "rail_axle_load")
    assert carriers(plan_transport(network, WORKS, "Oxelösund port", load, permits=may)) == ["rail"]


def test_the_largest_load_by_rail_today(network):
    # 22.5 t on 30 axles less 330 t of tare: 345 t; wire 5.50 m less 0.10 m of air and 0.15 m under the load: 5.25 m
    envelope = export_envelope(network, WORKS, ["Norrköping port", "Köping port"], widths_m=(4.0,), modes=("rail",))
    assert envelope["weight_t"].tolist() == pytest.approx([345.0])
    assert envelope["height_m"].tolist() == pytest.approx([5.25])
    assert envelope["weight_limit"].tolist() == ["max_axle_load_t"]
    assert envelope["height_limit"].tolist() == ["loading_gauge"]


def test_the_page_is_true(network, validation):
    written = validation.PAGE.read_text(encoding="utf-8")
    assert validation.page(network) == written, "run python docs/validation_heavy_haul.py"
