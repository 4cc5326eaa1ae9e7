"""Margins and passable: three answers, rules for the unknown, permits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.gauge import Gauge
from geoplan.vehicles.limits import COLUMNS, margins, passable
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS
from geoplan.vehicles.vehicle import Vehicle

ORDER = {"ok": 2, "unknown": 1, "not_ok": 0}


def transformer(weight_t=320.0, height_m=4.6, width_m=4.0, length_m=10.5):
    return Load("transformer", weight_t, length_m, width_m, height_m)


def one_edge(make_network, structures=None, **values):
    return make_network({"A": (0, 0), "B": (1000, 0)}, [("A", "B", {"id": "w", **values})], structures=structures)


def verdict(table, limit, structure=""):
    row = table[(table["limit"] == limit) & (table["structure_id"] == structure) & (table["edge_id"] == "w:f")]
    assert len(row) == 1, table
    return row.iloc[0]


def lorry(**values):
    usual = {"height_m": 4.0, "width_m": 2.55, "length_m": 16.5, "gross_weight_t": 40.0, "axle_load": 10.0}
    return Vehicle("lorry", "road", **{**usual, **values})


def test_columns_and_order(make_network):
    table = margins(one_edge(make_network), lorry())
    assert tuple(table.columns) == COLUMNS
    assert {
        "structure_id",
        "edge_id",
        "limit",
        "limit_value",
        "need_value",
        "margin",
        "unit",
        "verdict",
        "basis",
        "source",
    } <= set(table)
    assert set(table["verdict"]) <= {"ok", "not_ok", "unknown"}
    assert set(table["basis"]) <= {"measured", "by_rule", "assumed"}


def test_a_signed_clearance_is_physical(make_network):
    network = one_edge(make_network, max_height_m=4.2, source="C17", road_class="national")
    row = verdict(margins(network, lorry(height_m=4.4)), "max_height_m")
    assert (row["verdict"], row["basis"], row["source"]) == ("not_ok", "measured", "C17")
    assert row["margin"] == pytest.approx(-0.2)
    assert not passable(network, lorry(height_m=4.4)).any()
    assert passable(network, lorry(height_m=4.2)).all()  # equal passes
    assert not passable(network, lorry(height_m=4.2), clearance_m=0.1).any()


def test_an_unsigned_clearance_is_four_and_a_half_metres_by_rule(make_network):
    network = one_edge(make_network, road_class="national")
    low = verdict(margins(network, lorry(height_m=4.5)), "max_height_m")
    assert (low["verdict"], low["basis"], low["limit_value"]) == ("ok", "by_rule", 4.5)
    high = verdict(margins(network, lorry(height_m=4.6)), "max_height_m")
    assert (high["verdict"], high["basis"]) == ("unknown", "by_rule")
    assert np.isnan(high["limit_value"])
    assert passable(network, lorry(height_m=4.6)).all()
    assert not passable(network, lorry(height_m=4.6), unknown="by_rule").any()
    assert passable(network, lorry(height_m=4.5), unknown="by_rule").all()
    assert not passable(network, lorry(height_m=4.5), unknown="block").any()


def test_unknown_is_never_none(make_network):
    """A bridge whose clearance nobody has read is not passed as if it were open."""
    network = one_edge(
        make_network, road_class="national", structures={"st": {"kind": "rail_bridge_over_road", "over": ["w"]}}
    )
    row = verdict(margins(network, lorry(height_m=5.0)), "max_height_m", "st")
    assert row["verdict"] == "unknown"
    known = one_edge(make_network, road_class="national", max_height_m=np.inf)
    assert verdict(margins(known, lorry(height_m=5.0)), "max_height_m")["verdict"] == "ok"


def test_bearing_class_by_rule_and_by_data(make_network):
    heavy = vehicle("modular_14").carrying(transformer(152, 4.0, 3.5, 8))
    by_rule = verdict(margins(one_edge(make_network, road_class="national"), heavy), "bk_class")
    assert (by_rule["verdict"], by_rule["basis"], by_rule["permit"]) == ("unknown", "by_rule", "road_weight")
    stated = one_edge(make_network, road_class="national", bk_class="BK1")
    row = verdict(margins(stated, heavy), "bk_class")
    assert (row["verdict"], row["basis"], row["permit"]) == ("unknown", "measured", "road_weight")
    # Without the exemption the law closes the road.
    assert verdict(margins(stated, heavy, permits=()), "bk_class")["verdict"] == "not_ok"
    assert verdict(margins(stated, vehicle("bk1_64t")), "bk_class")["verdict"] == "ok"


def test_goods_that_can_be_divided_get_no_exemption(make_network):
    on_bk1 = one_edge(make_network, road_class="national", bk_class="BK1")
    on_bk4 = one_edge(make_network, road_class="national", bk_class="BK4")
    unstated = one_edge(make_network, road_class="national")
    assert not passable(on_bk1, vehicle("bk4_74t")).any()
    assert passable(on_bk4, vehicle("bk4_74t")).all()
    # A BK4 road bears no sign, so that one without data may be one.
    assert passable(unstated, vehicle("bk4_74t")).all()
    assert not passable(unstated, vehicle("bk4_74t"), unknown="by_rule").any()


def test_a_posted_weight_overrides_the_exemption(make_network):
    network = one_edge(
        make_network,
        road_class="national",
        structures={"st": {"kind": "road_bridge", "carries": ["w"], "max_weight_t": 100.0}},
    )
    heavy = vehicle("modular_14").carrying(transformer(152, 4.0, 3.5, 8))
    row = verdict(margins(network, heavy), "max_weight_t", "st")
    assert (row["verdict"], row["limit_value"], row["need_value"]) == ("not_ok", 100.0, 212.0)
    assert (
        verdict(margins(network, heavy, permits=(*USUAL_PERMITS, "posted_weight")), "max_weight_t", "st")["verdict"]
        == "unknown"
    )


def test_size_needs_its_exemption(make_network):
    network = one_edge(make_network, road_class="national", max_width_m=8.0, max_length_m=200.0)
    wide = vehicle("girder_32").carrying(transformer(390, 4.0))
    assert verdict(margins(network, wide), "max_width_m")["verdict"] == "ok"
    assert verdict(margins(network, wide, permits=("road_weight",)), "max_width_m")["verdict"] == "not_ok"


def test_grade_against_traction(make_network):
    network = one_edge(make_network, road_class="national", grade_pct=6.0)
    pulling = vehicle("girder_32").carrying(transformer(390, 4.0))
    row = verdict(margins(network, pulling), "grade_pct")
    # 402 kN on 750 t: 402 / (750 x 9.81) - 0.012 = 4.26 %
    assert row["limit_value"] == pytest.approx(4.264, abs=1e-3)
    assert row["verdict"] == "not_ok"


def test_bridge_of_known_span_is_screened(make_network):
    network = one_edge(
        make_network,
        road_class="national",
        structures={"st": {"kind": "road_bridge", "carries": ["w"], "span_m": 20.0}},
    )
    row = verdict(margins(network, vehicle("girder_32").carrying(transformer(390))), "bridge_load_ratio", "st")
    assert row["limit_value"] == 1.0
    assert row["need_value"] > 3
    assert (row["verdict"], row["permit"]) == ("unknown", "road_weight")
    assert verdict(margins(network, vehicle("bk1_64t")), "bridge_load_ratio", "st")["verdict"] == "ok"
    # A continuous bridge gives its spans.
    spans = network.replace(structures=network.structures.assign(span_m=np.nan, spans="16;20;16"))
    row = verdict(margins(spans, vehicle("girder_32").carrying(transformer(390))), "bridge_load_ratio", "st")
    assert row["need_value"] > 1.0 and row["verdict"] == "unknown"


# ---------------------------------------------------------------------------------------------------------
# rail


def wagon(weight_t=320.0, height_m=4.6, width_m=4.0, name="q73"):
    return vehicle(name).carrying(transformer(weight_t, height_m, width_m))


def test_axle_load_binds_and_a_permit_lifts_it_to_25_t(make_network):
    network = one_edge(make_network, mode="rail", max_axle_load_t=22.5)
    assert verdict(margins(network, wagon(320)), "max_axle_load_t")["verdict"] == "ok"
    row = verdict(margins(network, wagon(390)), "max_axle_load_t")
    assert (row["verdict"], row["need_value"], row["permit"]) == ("not_ok", 24.0, "rail_axle_load")
    more = (*USUAL_PERMITS, "rail_axle_load")
    assert verdict(margins(network, wagon(390), permits=more), "max_axle_load_t")["verdict"] == "unknown"
    tight = Vehicle("w", "rail", axle_load=25.5)
    assert verdict(margins(network, tight, permits=more), "max_axle_load_t")["verdict"] == "not_ok"


def test_line_category_gives_axle_and_metre_load(make_network):
    network = one_edge(make_network, mode="rail", line_category="D2")
    table = margins(
        network, Vehicle("w", "rail", axle_load=22.0, gross_weight_t=70.0, length_m=10.0, height_m=4, width_m=3)
    )
    assert verdict(table, "max_axle_load_t")["limit_value"] == 22.5
    assert verdict(table, "max_metre_load_tpm")["limit_value"] == 6.4
    assert verdict(table, "max_metre_load_tpm")["need_value"] == 7.0


def test_axle_load_without_data_is_not_known(make_network):
    row = verdict(margins(one_edge(make_network, mode="rail"), wagon(320)), "max_axle_load_t")
    assert (row["verdict"], row["source"]) == ("unknown", "not known")


def test_gauge_by_rule_permit_and_wire(make_network):
    wired = one_edge(make_network, mode="rail", electrified="yes")
    small = Vehicle("w", "rail", height_m=3.6, width_m=3.1)
    inside = verdict(margins(wired, small), "loading_gauge")
    assert (inside["verdict"], inside["basis"]) == ("ok", "by_rule")
    outside = verdict(margins(wired, wagon(320, 4.6)), "loading_gauge")
    assert (outside["verdict"], outside["permit"]) == ("unknown", "rail_gauge")
    tall = verdict(margins(wired, wagon(320, 5.5)), "loading_gauge")
    assert (tall["verdict"], tall["limit_value"], tall["permit"]) == ("not_ok", 5.4, "")
    assert tall["need_value"] == pytest.approx(5.65)
    assert "contact wire" in tall["source"]
    assert verdict(margins(wired, wagon(320, 4.6, 5.5)), "loading_gauge")["verdict"] == "not_ok"
    # No wire, no contact: a siding whose electrification nobody has read stays open to a look.
    bare = one_edge(make_network, mode="rail")
    assert verdict(margins(bare, wagon(320, 5.5)), "loading_gauge")["verdict"] == "unknown"


def test_stated_gauge_and_a_gauge_of_the_study(make_network):
    network = one_edge(make_network, mode="rail", loading_gauge="SE-C", electrified="yes")
    fits = Vehicle("w", "rail", height_m=4.8, width_m=3.5)
    row = verdict(margins(network, fits), "loading_gauge")
    assert (row["verdict"], row["basis"]) == ("ok", "measured")
    own = one_edge(make_network, mode="rail", loading_gauge="works", electrified="yes")
    wide = {"works": Gauge("works", ((2.5, 0.0), (2.5, 5.2)), "surveyed")}
    assert verdict(margins(own, wagon(320, 4.6), gauges=wide), "loading_gauge")["verdict"] == "ok"
    assert verdict(margins(own, wagon(320, 4.6)), "loading_gauge")["verdict"] == "unknown"


def test_train_weight_is_a_limit_of_the_train(make_network):
    network = one_edge(
        make_network,
        mode="rail",
        structures={"bank": {"kind": "rail_embankment", "carries": ["w"], "max_weight_t": 700.0}},
    )
    row = verdict(margins(network, wagon(320)), "max_weight_t", "bank")
    assert row["need_value"] == 650 + 87.5
    assert row["verdict"] == "not_ok"


# ------------------------------------------------------------------------------------------------- sea,
# transfers


def test_ship_and_crane(make_network):
    network = make_network(
        {"hub": (0, 0), "quay": (0, 0, {"mode": "sea"}), "B": (9000, 0)},
        [
            ("hub", "quay", {"id": "t", "mode": "transfer", "max_load_t": 350.0, "length_m": 0.0}),
            ("quay", "B", {"id": "w", "mode": "sea", "max_width_m": 18.0, "max_length_m": 124.0}),
        ],
    )
    light, heavy = (vehicle("barge").carrying(transformer(w)) for w in (320, 390))
    assert passable(network, light).all()
    table = margins(network, heavy)
    crane = table[table["edge_id"] == "t:f"].iloc[0]
    assert (crane["limit"], crane["verdict"], crane["margin"]) == ("max_load_t", "not_ok", -40.0)
    own_gear = vehicle("heavy_lift_ship").carrying(transformer(390))
    table = margins(network, own_gear)
    assert table[table["edge_id"] == "t:f"].iloc[0]["verdict"] == "ok"
    assert (table[table["edge_id"] == "w:f"]["verdict"] == "not_ok").all()  # too long and too wide for the fairway


# ------------------------------------------------------------------------------------------------- whole
# answers


def test_other_modes_give_no_rows_and_may_not_be_passed(make_network):
    network = one_edge(make_network, mode="rail")
    assert margins(network, lorry()).empty
    assert not passable(network, lorry()).any()


def test_bad_words_get_one_line(make_network):
    network = one_edge(make_network)
    with pytest.raises(DataError, match="edge_ids are no edges"):
        margins(network, lorry(), ["nowhere"])
    with pytest.raises(DataError, match="Did you mean: rail_gauge"):
        margins(network, lorry(), permits=("rail_gaug",))
    with pytest.raises(DataError, match="use pass, by_rule or block"):
        passable(network, lorry(), unknown="maybe")
    with pytest.raises(DataError, match="no rules are known for 'XX'"):
        margins(network, lorry(), rules="XX")


def test_without_rules_nothing_is_settled_by_rule(make_network):
    network = one_edge(make_network, road_class="national")
    table = margins(network, lorry(), rules="none")
    assert (table["verdict"] == "unknown").all()


def test_measure_of_the_vehicle_that_is_not_known_settles_nothing(make_network):
    network = one_edge(make_network, max_height_m=4.2, max_width_m=np.inf)
    table = margins(network, Vehicle("x", "road"))
    assert verdict(table, "max_height_m")["verdict"] == "unknown"
    assert verdict(table, "max_width_m")["verdict"] == "ok"


def test_rows_follow_the_order_asked_for(make_network):
    network = make_network({"A": (0, 0), "B": (1, 0), "C": (2, 0)}, [("A", "B"), ("B", "C")])
    table = margins(network, lorry(), ["B-C", "A-B"])
    assert list(dict.fromkeys(table["edge_id"])) == ["B-C", "A-B"]


LIMITS = {
    "road": ("max_height_m", "max_width_m", "max_length_m", "max_weight_t", "max_axle_load_t", "max_metre_load_tpm"),
    "rail": ("max_height_m", "max_width_m", "max_length_m", "max_weight_t", "max_axle_load_t", "max_metre_load_tpm"),
    "sea": ("max_height_m", "max_width_m", "max_length_m", "max_weight_t"),
}
VEHICLES = {
    "road": ("modular_14", "girder_32", "bk1_64t"),
    "rail": ("q73", "rail_low_16"),
    "sea": ("barge", "ro_ro_ship"),
}


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_raising_a_limit_never_turns_ok_into_not_ok(make_network, data):
    mode = data.draw(st.sampled_from(sorted(LIMITS)))
    limit = data.draw(st.sampled_from(LIMITS[mode]))
    low = data.draw(st.floats(0.5, 900))
    high = data.draw(st.one_of(st.floats(low, 2000), st.just(np.inf)))
    name = data.draw(st.sampled_from(VEHICLES[mode]))
    one = vehicle(name)
    if not one.divisible:
        one = one.carrying(
            transformer(data.draw(st.floats(1, 230)), data.draw(st.floats(0.5, 7)), data.draw(st.floats(0.5, 4)))
        )
    permits = data.draw(st.sampled_from([(), USUAL_PERMITS, (*USUAL_PERMITS, "rail_axle_load", "posted_weight")]))
    on_structure = data.draw(st.booleans())
    # Both limits in one network, each on a way of its own.
    if on_structure:
        edges = [("A", "B", {"id": way, "mode": mode}) for way in ("low", "high")]
        kind = {"kind": "road_bridge"}
        structures = {
            "st low": {**kind, "carries": ["low"], limit: low}, "st high": {**kind, "carries": ["high"], limit: high}
        }  # fmt: skip
    else:
        edges = [("A", "B", {"id": way, "mode": mode, limit: value}) for way, value in (("low", low), ("high", high))]
        structures = None
    network = make_network({"A": (0, 0), "B": (1000, 0)}, edges, structures=structures)
    table = margins(network, one, permits=permits)
    worst = []
    for way in ("low", "high"):
        at = table[table["edge_id"].str.startswith(f"{way}:")]
        rows = at[(at["limit"] == limit) & (at["structure_id"] == (f"st {way}" if on_structure else ""))]
        worst.append(min((ORDER[v] for v in rows["verdict"]), default=2))
    for unknown in ("pass", "by_rule", "block"):
        may_pass = pd.Series(passable(network, one, unknown=unknown, permits=permits), network.edges.index)
        for edge in ("low:f", "high:f"):
            assert may_pass[edge] == _passes(table[table["edge_id"] == edge], unknown)
    assert worst[1] >= worst[0]


def _passes(table, unknown):
    if (table["verdict"] == "not_ok").any():
        return False
    if unknown == "pass":
        return True
    if (table["verdict"] == "unknown").any():
        return False
    return unknown == "by_rule" or not (table["basis"] == "by_rule").any()
