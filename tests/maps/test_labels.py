"""Every column, value and word has both languages; a raw column name never reaches a reader."""

import csv
import re
from importlib.resources import files

import pytest

from geoplan.maps.labels import (
    COLUMNS,
    LANGS,
    UNITS,
    VALUES,
    Text,
    capitalise,
    column_text,
    in_words,
    unit_text,
    value_text,
)
from geoplan.maps.words import WORDS
from geoplan.network.schema import CONFIDENCES, MODES, ROLES, TABLES

# Columns that outside readers of the results see, table by table.
RESULTS = {
    "legs": "leg mode vehicle from_node to_node from_name to_name length_m time_h cost_sek gross_weight_t axle_load_t",
    "margins": "structure_id edge_id limit limit_value need_value margin unit verdict basis source permit confidence",
    "why": "mode vehicle name limit limit_value need_value excess unit edges verdict permit basis source reason",
    "flows": "flow_vph time_s vc_ratio delay_vehh",
    "criticality": "loss_vehh unsatisfied_trips closure_vehh hit_zones worst_zone",
    "redundancy": "detour alt_length_m diff_length_m",
    "rail": "section_id period trains consumption_pct capacity_class extra_trains_60 extra_trains_80 basis",
    "slots": "depart arrive weekday weeks_ok wait_min slack_min conflicts",
    "appraisal": "item group present_value_msek basis",
    "bottlenecks": "rank kind rank_in_kind name ref measure value unit annual_vehh evidence_sv who_affected",
    "comparison": "base variant change only_in",
}


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_the_schema_has_words(table):
    missing = [column.name for column in TABLES[table] if column.name not in COLUMNS]
    assert not missing


@pytest.mark.parametrize("table", RESULTS)
def test_every_column_of_the_results_has_words(table):
    assert not [name for name in RESULTS[table].split() if name not in COLUMNS]


@pytest.mark.parametrize("texts", [COLUMNS, WORDS, UNITS, *VALUES.values()], ids=lambda texts: next(iter(texts)))
def test_both_languages_are_there_and_in_words(texts):
    for key, text in texts.items():
        assert text.sv.strip() and text.en.strip(), key
        for words in text:
            assert not re.search(r"[a-z]_[a-z]", words), f"{key}: {words!r} looks like a raw name"


def test_swedish_is_not_english():
    alike = {key for key, text in COLUMNS.items() if text.sv == text.en}
    assert alike <= {"status", "station", "period", "scenario"}


@pytest.mark.parametrize(("column", "choices"), [("mode", MODES), ("role", ROLES), ("confidence", CONFIDENCES)])
def test_every_choice_of_the_schema_has_words(column, choices):
    assert set(choices) <= set(VALUES[column])


def test_what_permits_ask_for_has_swedish_words():
    text = files("geoplan.vehicles").joinpath("permit_rules_se.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert rows
    assert not {row["requirement"] for row in rows} - set(VALUES["requirement"])
    assert not {row["kind"] for row in rows} - set(VALUES["kind"])


def test_vehicles_of_the_catalogue_have_words():
    text = files("geoplan.vehicles").joinpath("catalogue.csv").read_text(encoding="utf-8")
    assert not {row["name"] for row in csv.DictReader(text.splitlines())} - set(VALUES["vehicle"])


@pytest.mark.parametrize(
    ("column", "sv", "en"),
    [
        ("max_axle_load_t", "största axellast (ton)", "greatest axle load (t)"),
        ("vc_ratio", "belastningsgrad", "volume–capacity ratio"),
        ("max_metre_load_tpm", "största metervikt (ton/m)", "greatest metre load (t/m)"),
        ("my_own_depth_m", "my own depth (m)", "my own depth (m)"),
    ],
)
def test_a_column_in_words_with_its_unit(column, sv, en):
    assert column_text(column, "sv", unit=True) == sv
    assert column_text(column, "en", unit=True) == en


def test_units_come_from_the_longest_end_of_the_name():
    assert unit_text("max_metre_load_tpm", "sv") == "ton/m"
    assert unit_text("cost_msek", "sv") == "Mkr"
    assert unit_text("aadt", "sv") == ""


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("mode", "rail", "järnväg"),
        ("limit", "max_height_m", "fri höjd"),
        ("road_class", "motorway_link", "ramp till motorväg"),
        ("kind", "quarry_gate", "quarry gate"),
        ("assumed", "speed_kmh, lanes", "hastighet, körfält i riktningen"),
        ("name", "Dalporten", "Dalporten"),
    ],
)
def test_values_in_words(column, value, said):
    assert value_text(column, value, "sv") == said


def test_column_names_inside_a_sentence_become_words():
    assert in_words("stoppar: max_height_m (−0,2 m)", "sv") == "stoppar: fri höjd (−0,2 m)"
    assert in_words("file_name stays", "en") == "file_name stays"


def test_text_knows_two_languages():
    assert [Text("väg", "road").of(lang) for lang in LANGS] == ["väg", "road"]
    assert capitalise("ÅDT i riktningen") == "ÅDT i riktningen"
    assert capitalise("årsdygnstrafik (ÅDT)") == "Årsdygnstrafik (ÅDT)"
