"""Walking speed at a bridge and an area to itself, from tables to the slot."""

from __future__ import annotations

import pytest

from geoplan.errors import DataError
from geoplan.rail.layout import rail_layout
from geoplan.rail.rules import Rules
from geoplan.rail.slot_plan import plan_slots
from geoplan.rail.slots import Conditions
from geoplan.rail.train import train
from geoplan.rail.zones import area_between, slow_at_structure


@pytest.fixture(scope="module")
def bridge(make_network):
    """A bridge of 100 m in the middle of A - B, whose official length is twice the drawn one.

    A ---[bridge]--- B --- C
    """
    rail = {"mode": "rail", "tracks": 1.0, "speed_kmh": 90.0}
    network = make_network(
        {
            "A": (0, 0, {"kind": "station"}),
            "B": (10_000, 0, {"kind": "station"}),
            "C": (20_000, 0, {"kind": "station"}),
        },
        [("A", "B", {**rail, "id": "ab", "length_m": 20_000.0}), ("B", "C", rail)],
        structures={
            "b": {"kind": "rail_bridge_over_road", "span_m": 100.0, "carries": ["ab"]},
            "road": {"kind": "road_bridge"},
        },
    )
    at = network.structures.copy()
    at.geometry = at.geometry.translate(5_000, 30)
    return network.replace(structures=at)


def test_a_zone_lies_where_the_bridge_stands(bridge):
    (zone,) = slow_at_structure(bridge, "b", 5.0)
    assert (zone.way_id, zone.start_m, zone.end_m, zone.speed_kmh) == ("ab", 9_950, 10_050, 5.0)
    with pytest.raises(DataError, match="carries no railway"):
        slow_at_structure(bridge, "road", 5.0)
    with pytest.raises(DataError, match="no structure 'x'"):
        slow_at_structure(bridge, "x", 5.0)
    with pytest.raises(DataError, match="speed above 0"):
        slow_at_structure(bridge, "b", 0.0)


def test_the_slow_train_needs_longer(bridge, make_timetable):
    layout, none = rail_layout(bridge), make_timetable({})
    options = {"weekdays": [0], "window": ("8:00", "8:01"), "rules": Rules(margin_pct=0.0)}
    free = plan_slots(layout, none, train("transformer"), ["A", "C"], **options).slots.iloc[0]
    walk = Conditions(slow=slow_at_structure(bridge, "b", 5.0))
    slow = plan_slots(layout, none, train("transformer"), ["A", "C"], conditions=walk, **options).slots.iloc[0]
    # 100 m and the train's 107 m at 5 instead of 30 km/h, and a little for braking and speeding up.
    lost = 207 / (5 / 3.6) - 207 / (30 / 3.6)
    assert lost < (slow["run_min"] - free["run_min"]) * 60 < lost + 90


def test_an_area_is_the_sections_between(bridge):
    layout = rail_layout(bridge)
    assert area_between(layout, ("A", "C")) == ["A-B", "B-C"]
    assert area_between(layout, ("C", "B"), ("A", "B")) == ["B-C", "A-B"]
