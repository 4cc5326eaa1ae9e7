"""No restriction is lost: each spelling ends in a column, or in the table of unused ones with its reason.

1 ------- 2 ------- 3        one road, way 10, in Sweden
"""

from __future__ import annotations

import datetime as dt
import math
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.io.osm import read_osm
from geoplan.io.osm_effects import read_restriction
from geoplan.io.osm_tags import LIMIT_KEYS, split_restriction_key

NAN = math.nan


def tags_xml(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


@pytest.fixture
def road(tmp_path):
    """A function: the network of the road with some tags on its way, and others on node 2."""

    def make(way_tags=None, node_tags=None, **options):
        file = tmp_path / "road.osm"
        file.write_text(
            "<osm version='0.6'>"
            "<node id='1' lat='60.10' lon='15.10'/>"
            f"<node id='2' lat='60.10' lon='15.12'>{tags_xml(node_tags or {})}</node>"
            "<node id='3' lat='60.10' lon='15.14'/>"
            f"<way id='10'><nd ref='1'/><nd ref='2'/><nd ref='3'/>{tags_xml({'highway': 'primary', **(way_tags or {})})}</way>"
            "</osm>",
            encoding="utf-8",
        )
        return read_osm(file, **options)

    return make


# key, value, column, forward, backward; SE: default height 4.5 m
EVERY_SPELLING = [
    ("maxheight", "4.5", "max_height_m", 4.5, 4.5),
    ("maxheight", "3,8", "max_height_m", 3.8, 3.8),
    ("maxheight", "3.8 m", "max_height_m", 3.8, 3.8),
    ("maxheight", "14'6\"", "max_height_m", 4.4196, 4.4196),
    ("maxheight", "14 ft", "max_height_m", 4.2672, 4.2672),
    ("maxheight", "380 cm", "max_height_m", 3.8, 3.8),
    ("maxheight", "450", "max_height_m", 4.5, 4.5),
    ("maxheight", "~4.5", "max_height_m", 4.5, 4.5),
    ("maxheight", "3.8;4.2", "max_height_m", 3.8, 3.8),
    ("maxheight", "3.8-4.2", "max_height_m", 3.8, 3.8),
    ("maxheight", "default", "max_height_m", 4.5, 4.5),
    ("maxheight", "below_default", "max_height_m", 4.5, 4.5),
    ("maxheight", "none", "max_height_m", math.inf, math.inf),
    ("maxheight:signed", "3.7", "max_height_m", 3.7, 3.7),
    ("maxheight:physical", "4.1", "max_height_m", 4.1, 4.1),
    ("maxheight:physical", "4.1", "max_height_physical_m", 4.1, 4.1),
    ("maxheight:forward", "3.8", "max_height_m", 3.8, NAN),
    ("maxheight:backward", "3.8", "max_height_m", NAN, 3.8),
    ("maxheight:lanes", "3.8|4.2", "max_height_m", 4.2, 4.2),
    ("maxheight:lanes:forward", "3.8|4.2", "max_height_m", 4.2, NAN),
    ("maxheight:hgv", "3.8", "max_height_m", 3.8, 3.8),
    ("maxheight:conditional", "3.5 @ (Mo-Fr)", "max_height_m", 3.5, 3.5),
    ("maxwidth", "2.3", "max_width_m", 2.3, 2.3),
    ("maxwidth", "7'0\"", "max_width_m", 2.1336, 2.1336),
    ("maxwidth:physical", "2.5", "max_width_m", 2.5, 2.5),
    ("maxlength", "12", "max_length_m", 12.0, 12.0),
    ("maxlength:hgv", "12", "max_length_m", 12.0, 12.0),
    ("maxweight", "7.5", "max_weight_t", 7.5, 7.5),
    ("maxweight", "7500", "max_weight_t", 7.5, 7.5),
    ("maxweight", "7500 kg", "max_weight_t", 7.5, 7.5),
    ("maxweight", "16000 lbs", "max_weight_t", 7.25747792, 7.25747792),
    ("maxweight", "8 st", "max_weight_t", 7.25747792, 7.25747792),
    ("maxweight", "74", "max_weight_t", 74.0, 74.0),
    ("maxweight", "320", "max_weight_t", 320.0, 320.0),
    ("maxweight", "none", "max_weight_t", math.inf, math.inf),
    ("maxweight:hgv", "12", "max_weight_t", 12.0, 12.0),
    ("maxweight:hgv:forward", "12", "max_weight_t", 12.0, NAN),
    ("maxweight:conditional", "12 @ (22:00-06:00)", "max_weight_t", 12.0, 12.0),
    ("maxweight", "12 @ (22:00-06:00)", "max_weight_t", 12.0, 12.0),
    ("maxweightrating", "3.5", "max_weight_t", 3.5, 3.5),
    ("maxweightrating:hgv", "12", "max_weight_t", 12.0, 12.0),
    ("maxweightrating:hgv", "12", "max_rating_t", 12.0, 12.0),
    ("maxgcweight", "40", "max_weight_t", 40.0, 40.0),
    ("maxgcweightrating", "40", "max_weight_t", 40.0, 40.0),
    ("maxaxleload", "8", "max_axle_load_t", 8.0, 8.0),
    ("maxaxleload", "80 kN", "max_axle_load_t", 8.157729703823426, 8.157729703823426),
    ("maxbogieweight", "16", "max_bogie_load_t", 16.0, 16.0),
    ("maxbogieload", "16", "max_bogie_load_t", 16.0, 16.0),
    ("maxtandemaxleload", "16", "max_bogie_load_t", 16.0, 16.0),
    ("maxtridemaxleload", "21", "max_triple_load_t", 21.0, 21.0),
    ("hgv:conditional", "no @ (weight>60)", "max_weight_t", 60.0, 60.0),
    ("hgv:conditional", "no @ (weight>=60)", "max_weight_t", np.nextafter(60.0, 0.0), np.nextafter(60.0, 0.0)),
    ("hgv:forward:conditional", "no @ (weight>60)", "max_weight_t", 60.0, NAN),
    ("access:conditional", "no @ (length>12)", "max_length_m", 12.0, 12.0),
    ("motor_vehicle:conditional", "no @ (22:00-06:00 AND weight>7.5)", "max_weight_t", 7.5, 7.5),
    ("vehicle:conditional", "no @ (height>3.5)", "max_height_m", 3.5, 3.5),
    ("goods:conditional", "no @ (width>2.2)", "max_width_m", 2.2, 2.2),
]  # fmt: skip
UNUSED = [
    ("maxheight", "60", "not plausible"),
    ("maxheight", "low", "not readable"),
    ("maxheight:lanes", "|4.2", "lane"),
    ("maxheight:marine", "4.5", "marine"),
    ("maxheight:source", "sign", "says nothing"),
    ("maxheight:unheard_of", "3", "not known"),
    ("maxweight:signed", "no", "whether there is a sign"),
    ("maxweight:bus", "18", "bus"),
    ("maxweight:conditional", "none @ destination", "exemption"),
    ("maxweight:conditional", "none @ (weight<3)", "vehicle sizes"),
    ("maxweight:conditional", "12", "no value @ condition"),
    ("maxlength:psv", "no", "psv"),
    ("maxbogieweight", "default", "no number"),
    ("maxunladenweight", "3.5", "no column"),
    ("maxaxles", "4", "no column"),
    ("hgv:lanes", "no|yes", "by lane"),
    ("hgv:lanes:conditional", "|yes @ (Mo-Fr 09:00-15:00)", "by lane"),
    ("hgv_articulated", "no", "articulated"),
    ("hgv:conditional", "no @ (weight>60 AND length>24)", "several dimensions"),
    ("hgv:conditional", "no @ (weight<3.5)", "small vehicles"),
    ("hgv:conditional", "yes @ (22:00-06:00)", "give a date"),
    ("access:conditional", "no @ (bus)", "bus only"),
    ("access:conditional", "yes @ (school)", "give a date"),
]


@pytest.mark.parametrize(("key", "text", "column", "forward", "backward"), EVERY_SPELLING)
def test_every_spelling_reaches_the_edge(road, key, text, column, forward, backward) -> None:
    network = road({key: text})
    assert network.crs.to_epsg() == 3006
    values = network.edges.sort_index()[column].to_list()
    assert values == pytest.approx([forward, backward], nan_ok=True)
    assert network.meta["unused_restrictions"].empty
    assert network.meta["restrictions"][["found", "used", "unused"]].to_numpy().tolist() == [[1, 1, 0]]


def test_there_are_at_least_46_spellings() -> None:
    assert len(EVERY_SPELLING) + len(UNUSED) >= 46


@pytest.mark.parametrize(("key", "text", "reason"), UNUSED)
def test_what_no_column_can_hold_is_listed_word_for_word(road, key, text, reason) -> None:
    network = road({key: text})
    (row,) = network.meta["unused_restrictions"].to_dict("records")
    assert (row["osm_type"], row["osm_id"], row["key"], row["value"]) == ("way", 10, key, text)
    assert reason in row["reason"]
    limits = network.edges.filter(like="max_").drop(columns="max_load_t")
    assert limits.isna().all(axis=None)


def test_default_counts_as_assumed_and_says_so(road) -> None:
    edges = road({"maxheight": "default"}).edges
    assert edges["assumed"].str.contains("max_height_m").all()
    assert (edges["limit_note"] == "max_height_m maxheight: default").all()
    assert edges["max_height_signed_m"].isna().all()


def test_default_is_the_country_s(road) -> None:
    assert road({"maxheight": "default"}, country="GB").edges["max_height_m"].to_list() == [5.03, 5.03]
    assert road({"maxheight": "default"}, country="DE").edges["max_height_m"].to_list() == [4.0, 4.0]


def test_a_measured_height_beats_the_default_and_the_sign_is_kept_apart(road) -> None:
    edges = road({"maxheight": "default", "maxheight:physical": "4.7"}).edges
    assert edges["max_height_m"].to_list() == [4.7, 4.7]
    assert not edges["assumed"].str.contains("max_height_m").any()
    both = road({"maxheight": "4.2", "maxheight:physical": "4.4"}).edges
    assert both["max_height_m"].to_list() == both["max_height_signed_m"].to_list() == [4.2, 4.2]
    assert both["max_height_physical_m"].to_list() == [4.4, 4.4]


def test_the_more_specific_tag_wins_and_the_lowest_of_several_kinds_counts(road) -> None:
    assert road({"maxheight": "3.8", "maxheight:forward": "4.2"}).edges.sort_index()["max_height_m"].to_list() == [
        4.2,
        3.8,
    ]
    assert road({"maxweight": "3.5", "maxweight:hgv": "7.5"}).edges["max_weight_t"].to_list() == [7.5, 7.5]
    assert road({"maxweight": "40", "maxgcweight": "30"}).edges["max_weight_t"].to_list() == [30.0, 30.0]
    assert road({"maxheight": "3.5", "maxheight:lanes": "3.5|4.2"}).edges["max_height_m"].to_list() == [4.2, 4.2]


def test_backward_limits_follow_the_way_not_the_table(road) -> None:
    edges = road({"maxheight:backward": "3.8", "oneway": "-1"}).edges
    assert edges["max_height_m"].to_list() == [3.8]
    assert edges["u"].to_list() == [3]


@pytest.mark.parametrize(
    ("date", "limit"),
    [
        (None, 3.5),  # may hold: counts
        ("2024-01-16", 3.5),  # winter
        ("2024-07-16", 4.2),
        (dt.date(2024, 12, 1), 3.5),
        ("2024-07-16T07:30", 4.2),
    ],
)
def test_seasons_are_evaluated_for_the_date(road, date, limit) -> None:
    network = road({"maxheight": "4.2", "maxheight:conditional": "3.5 @ (Nov 1-Mar 31)"}, date=date)
    assert network.edges["max_height_m"].to_list() == [limit, limit]
    assert network.meta["unused_restrictions"].empty


def test_an_exemption_counts_only_when_it_surely_holds(road) -> None:
    tags = {"maxweight": "3.5", "maxweight:conditional": "none @ (Sa-Su)"}
    assert road(tags, date="2024-01-14").edges["max_weight_t"].to_list() == [math.inf, math.inf]
    assert road(tags, date="2024-01-16").edges["max_weight_t"].to_list() == [3.5, 3.5]
    unsure = road(tags)
    assert unsure.edges["max_weight_t"].to_list() == [3.5, 3.5]
    assert "exemption" in unsure.meta["unused_restrictions"]["reason"].iloc[0]


@pytest.mark.parametrize(
    ("tags", "access", "hgv"),
    [
        ({"hgv:conditional": "no @ (Mo-Fr 06:00-09:00)"}, "", "no @ (mo-fr 06:00-09:00)"),
        ({"hgv": "no", "hgv:conditional": "destination @ (10:00-11:00)"}, "", "no"),
        ({"hgv": "yes", "hgv:conditional": "no @ (Su)"}, "", "no @ (Su)"),
        ({"motor_vehicle:conditional": "destination @ (Mo-Sa 06:00-11:00)"}, "destination @ (Mo-Sa 06:00-11:00)", ""),
        ({"motor_vehicle:conditional": "no @ (Su) AND hgv"}, "", "no @ (hgv AND Su)"),
    ],
)
def test_without_a_date_what_may_hold_is_kept_with_its_condition(road, tags, access, hgv) -> None:
    network = road(tags)
    edges = network.edges
    assert [word.casefold() for word in edges["hgv"]] == [hgv.casefold()] * 2
    assert [word.casefold() for word in edges["access"]] == [access.casefold()] * 2
    assert edges["status"].to_list() == ["", ""] and network.meta["unused_restrictions"].empty


def test_a_limit_of_lorries_written_the_other_way_round(road) -> None:
    assert road({"hgv:maxweight": "12", "hgv:maxheight:forward": "3.9"}).edges.sort_index()[
        "max_weight_t"
    ].to_list() == [12, 12]


def test_hours_need_an_hour(road) -> None:
    tags = {"hgv:conditional": "no @ (06:00-09:00)"}
    assert road(tags, date="2024-01-16T07:30").edges["hgv"].to_list() == ["no", "no"]
    assert road(tags, date="2024-01-16T12:00").edges["hgv"].to_list() == ["", ""]
    assert road(tags, date="2024-01-16").edges["hgv"].to_list() == ["no @ (06:00-09:00)"] * 2


def test_a_way_closed_for_a_season_is_closed_on_its_days(road) -> None:
    tags = {"access:conditional": "no @ (Mar 15 - Sep 15)"}
    for date, status, access in [("2024-07-01", "closed", "no"), ("2024-12-01", "", "")]:
        edges = road(tags, date=date).edges
        assert edges["status"].to_list() == [status, status]
        assert edges["access"].to_list() == [access, access]
    one_side = road({"motor_vehicle:backward:conditional": "no @ (Mar 15 - Sep 15)"}, date="2024-07-01").edges
    assert one_side.sort_index()["status"].to_list() == ["", "closed"]
    opened = {"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (Mo-Fr)"}
    assert road(opened, date="2024-01-16").edges["status"].to_list() == ["", ""]
    assert road(opened, date="2024-01-14").edges["status"].to_list() == ["closed", "closed"]
    assert road(opened).edges["status"].to_list() == ["closed", "closed"]


def test_access_of_lorries_is_kept_by_direction(road) -> None:
    assert road({"hgv": "no"}).edges["hgv"].to_list() == ["no", "no"]
    assert road({"hgv": "destination", "hgv:backward": "no"}).edges.sort_index()["hgv"].to_list() == [
        "destination",
        "no",
    ]
    assert road({"goods": "no"}).edges["hgv"].to_list() == ["no", "no"]
    assert road({"goods": "no", "hgv": "yes"}).edges["hgv"].to_list() == ["yes", "yes"]


def test_no_lorries_says_nothing_of_the_weight_a_bridge_bears(road) -> None:
    edges = road({"hgv": "no", "maxweight": "12"}).edges
    assert edges["max_weight_t"].to_list() == [12, 12] and edges["hgv"].to_list() == ["no", "no"]
    assert road({"hgv": "no"}).edges["max_weight_t"].isna().all()


@pytest.mark.parametrize(
    ("tags", "status", "access"),
    [
        ({"motor_vehicle": "no"}, "closed", "no"),
        ({"access": "no"}, "closed", "no"),
        ({"access": "no", "motor_vehicle": "yes"}, "", "yes"),
        ({"vehicle": "no", "hgv": "yes"}, "", "no"),
        ({"access": "private"}, "", "private"),
        ({"motor_vehicle": "destination"}, "", "destination"),
        ({"motor_vehicle": "forestry"}, "", "forestry"),
        ({}, "", ""),
    ],
)
def test_access_closes_or_is_kept(road, tags, status, access) -> None:
    edges = road(tags).edges
    assert edges["status"].to_list() == [status, status]
    assert edges["access"].to_list() == [access, access]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"maxheight": "3.2"}, "portal"),
        ({"barrier": "height_restrictor", "maxheight": "3.2"}, "portal"),
        ({"barrier": "gate", "maxheight": "10'6\""}, "barrier"),
    ],
)
def test_a_limit_on_a_node_binds_every_edge_that_ends_there(road, tags, kind) -> None:
    network = road({}, tags)
    assert network.nodes.index.to_list() == [1, 2, 3]
    (structure,) = network.structures.index
    assert network.structures.loc[structure, "kind"] == kind
    assert network.structures.loc[structure, "max_height_m"] == pytest.approx(3.2, abs=0.001)
    links = network.structure_edges
    assert sorted(links["edge_id"]) == sorted(network.edges.index)
    assert set(links["role"]) == {"carries"}
    assert network.edges["max_height_m"].isna().all()
    assert network.meta["unused_restrictions"].empty


def test_several_limits_on_one_node_are_one_structure(road) -> None:
    network = road({}, {"maxheight": "2.1", "maxwidth": "2", "maxweight:hgv": "3.5", "maxheight:forward": "2.0"})
    structure = network.structures.iloc[0]
    assert (structure["max_height_m"], structure["max_width_m"], structure["max_weight_t"]) == (2.0, 2.0, 3.5)


def test_access_on_a_node_is_listed(road) -> None:
    network = road({}, {"barrier": "gate", "hgv": "no"})
    assert network.structures.empty
    assert network.meta["unused_restrictions"]["reason"].to_list() == ["access on a node, not on a way"]


def test_a_rail_takes_its_loads(tmp_path) -> None:
    file = tmp_path / "rail.osm"
    tags = {
        "railway": "rail", "axle_load": "22.5", "meter_load": "6.4", "maxspeed": "160", "electrified": "contact_line",
        "gauge": "1435", "tracks": "2", "name": "Bergslagsbanan", "loading_gauge": "SE-A", "railway:line_category": "D2",
    }  # fmt: skip
    file.write_text(
        "<osm version='0.6'><node id='1' lat='60.10' lon='15.10'/><node id='2' lat='60.10' lon='15.12'/>"
        f"<way id='10'><nd ref='1'/><nd ref='2'/>{tags_xml(tags)}</way></osm>"
    )
    edges = read_osm(file).edges
    assert set(edges["mode"]) == {"rail"}
    row = edges.iloc[0]
    assert (row["max_axle_load_t"], row["max_metre_load_tpm"], row["speed_kmh"], row["tracks"]) == (
        22.5,
        6.4,
        160.0,
        2.0,
    )
    assert (row["line"], row["electrified"], row["loading_gauge"], row["gauge_mm"], row["line_category"]) == (
        "Bergslagsbanan", "yes", "SE-A", "1435", "D2",
    )  # fmt: skip
    assert row["assumed"] == ""


PARTS = st.lists(
    st.sampled_from(
        ["hgv", "forward", "backward", "lanes", "conditional", "physical", "signed", "bus", "source", "odd"]
    ),
    max_size=3,
)
VALUES = st.one_of(st.text(max_size=60), st.text(alphabet="0123456789.;|@(<>=) nomtkgweightMoFrNv-'\"", max_size=40))


@settings(deadline=None)
@given(
    st.sampled_from([*sorted(LIMIT_KEYS), "hgv", "goods", "maxaxles"]), PARTS, VALUES, st.one_of(st.none(), st.dates())
)
def test_every_tag_is_used_or_has_a_reason(base, parts, value, when) -> None:
    split = split_restriction_key(":".join([base, *parts]))
    assert split == (base, tuple(parts))
    effects, reasons = read_restriction(*split, value, country="SE", when=when)
    assert effects or reasons
    assert all(reasons)
    assert not any(effect.value <= 0.0 for effect in effects)


@pytest.mark.parametrize("key", ["maxspeed", "maxstay", "maxage", "max_age", "access", "height", "hgvx", "maxheights"])
def test_keys_that_are_no_restrictions(key) -> None:
    assert split_restriction_key(key) is None
