"""Signs besides size and weight: lorries forbidden or on an errand only, bogies and triple axles."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.heavy_haul.capacity import edge_capacity
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.limits import make_terms, margins, passable
from geoplan.vehicles.load import Load
from geoplan.vehicles.posted import group_bearable, group_need
from geoplan.vehicles.rules import USUAL_PERMITS
from geoplan.vehicles.vehicle import AxleGroup, Vehicle

VAN = Vehicle("van", "road", height_m=2.5, width_m=2.0, length_m=6.0, gross_weight_t=3.5, axle_load=2.0)
LORRY = Vehicle("lorry", "road", height_m=4.0, width_m=2.5, length_m=12.0, gross_weight_t=26.0, axle_load=9.0)


@pytest.fixture
def road(make_network):
    """A function: one edge A -> B (and back) with some values."""
    return lambda **values: make_network({"A": (0, 0), "B": (900, 0)}, [("A", "B", {"id": "w", **values})])


def row_of(network, mover, limit, **options):
    table = margins(network, mover, ["w:f"], **options)
    rows = table[table["limit"] == limit]
    assert len(rows) <= 1
    return rows.iloc[0] if len(rows) else None


def test_no_lorries_refuses_a_lorry_and_says_so(road):
    network = road(hgv="no", source="OSM")
    row = row_of(network, LORRY, "hgv")
    assert (row["verdict"], row["limit_value"], row["need_value"], row["unit"]) == ("not_ok", 3.5, 26.0, "t")
    assert (row["source"], row["basis"], row["permit"]) == ("OSM, hgv=no", "measured", "lorry_ban")
    assert not passable(network, LORRY).any()
    exempt = (*USUAL_PERMITS, "lorry_ban")
    assert row_of(network, LORRY, "hgv", permits=exempt)["verdict"] == "unknown"
    assert row_of(network, VAN, "hgv")["verdict"] == "ok" and passable(network, VAN).all()


@pytest.mark.parametrize("word", ["destination", "delivery", "discouraged?"])
def test_an_errand_is_not_known_for_lorries_and_nothing_to_vans(road, word):
    network = road(hgv=word, source="OSM")
    row = row_of(network, LORRY, "hgv")
    assert row["verdict"] == "unknown" and np.isnan(row["limit_value"])
    assert row["source"] == f"OSM, hgv={word}"
    assert passable(network, LORRY).all() and not passable(network, LORRY, unknown="block").any()
    assert row_of(network, VAN, "hgv")["verdict"] == "ok"


def test_the_word_for_lorries_stands_above_that_for_all(road):
    assert row_of(road(access="private"), VAN, "access")["verdict"] == "unknown"
    assert row_of(road(access="private", hgv="yes"), LORRY, "access") is None
    assert row_of(road(access="no"), LORRY, "hgv")["source"] == "access=no"  # open to some other vehicle
    assert row_of(road(access="permissive", hgv="designated"), LORRY, "hgv") is None
    assert row_of(road(access="private", status="closed"), LORRY, "access") is not None


@pytest.mark.parametrize(
    ("limit", "value", "need", "verdict"),
    [
        # Trailer bogies 1.82 m apart: (6.1 + 0.3225 x 40 t) = 19.0 t; no three axles within 5 m.
        ("max_bogie_load_t", 19.0, 19.0, "ok"),
        ("max_bogie_load_t", 18.0, 19.0, "not_ok"),
        ("max_bogie_load_t", np.inf, 19.0, "ok"),
        ("max_triple_load_t", 12.0, 0.0, "ok"),
    ],
)
def test_bogies_and_triple_axles(road, limit, value, need, verdict):
    row = row_of(road(**{limit: value, "bk_class": "BK1"}), vehicle("bk1_64t"), limit)
    assert (row["verdict"], row["limit_value"], row["need_value"]) == (verdict, value, pytest.approx(need))


def test_axles_that_are_not_known_settle_nothing(road):
    assert row_of(road(max_bogie_load_t=16.0), LORRY, "max_bogie_load_t")["verdict"] == "unknown"
    assert row_of(road(max_bogie_load_t=np.inf), LORRY, "max_bogie_load_t")["verdict"] == "ok"
    assert row_of(road(), LORRY, "max_bogie_load_t") is None


def test_the_load_that_a_bogie_limit_bears(road):
    # |o--oo| : 5 t + a bogie 1.5 m apart of 4 t and half the load: 0.5 W + 4 <= 18, so W <= 28; alone 1.5 m: no triple.
    groups = (AxleGroup("front", 1, 1, 0, 5, 0.5), AxleGroup("rear", 8, 2, 1.5, 4, 0.5))
    mover = Vehicle("m", "road", axle_groups=groups, tare_t=9, payload_t=80, length_m=10, width_m=2.5, deck_height_m=1)
    assert group_bearable(mover, "max_bogie_load_t", np.array([18.0, 3.0])).tolist() == [28.0, -2.0]
    assert group_bearable(mover, "max_triple_load_t", np.array([10.0])).tolist() == [np.inf]
    laden = mover.carrying(Load("goods", 28, 5, 2, 2))
    assert group_need(laden, "max_bogie_load_t") == pytest.approx(18.0)
    network = road(max_bogie_load_t=18.0, bk_class="BK4")
    settings = {"unknown": "pass", "permits": USUAL_PERMITS, "terms": make_terms()}
    found = edge_capacity(network, mover, 2.0, 5.0, **settings)
    assert found.weight_t[0] == pytest.approx(28.0) and found.limit[found.weight_by[0]] == "max_bogie_load_t"
    assert edge_capacity(road(hgv="no"), mover, 2.0, 5.0, **settings).weight_t[0] == 0.0


def test_how_a_number_was_read_stands_beside_its_source(road):
    network = road(
        max_weight_t=12.0, source="OSM", limit_note="max_height_m maxheight: below; max_weight_t maxweight: lowest"
    )
    assert row_of(network, LORRY, "max_weight_t")["source"] == "OSM, maxweight: lowest"
