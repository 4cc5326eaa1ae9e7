"""The page of data quality: numbers in columns, every value word for word, both languages."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pytest

from geoplan.maps.labels import Text
from geoplan.network.check import check_network
from geoplan.present.quality import quality_table, write_quality_page
from geoplan.present.reasons import _SV, reason_text

UNUSED = pd.DataFrame(
    [("way", 7, "maxheight", "<b>low</b>", "not readable: no number"), ("Rad", "1:2", "Axelvikt", "?", "odd")],
    columns=["osm_type", "osm_id", "key", "value", "reason"],
)


@pytest.fixture
def report(make_network):
    """a --- b   c (2 m beside b): a suspected gap; one value that could not be read."""
    network = make_network(
        {"a": (0, 0), "b": (900, 0), "c": (900, 2), "d": (900, 800)},
        [("a", "b", {"road_class": "motorway_link", "length_m": 1000}), ("c", "d", {"road_class": "primary"})],
    )
    found = pd.DataFrame([("way", "maxheight", 3, 2, 1)], columns=["osm_type", "key", "found", "used", "unused"])
    meta = {"name": "two roads", "data_date": "2026-01-01", "unused_restrictions": UNUSED, "restrictions": found}
    return check_network(network.with_meta(**meta), today=dt.date(2026, 3, 2))


def test_the_page_says_all_in_both_languages(report, tmp_path):
    page = write_quality_page(report, tmp_path / "q.html", lang="sv").read_text(encoding="utf-8")
    for words in ("Misstänkta glapp", "Suspected gaps", "ramp till motorväg", "kan inte läsas: inget tal", "60"):
        assert words in page
    assert "&lt;b&gt;low&lt;/b&gt;" in page and "<b>low</b>" not in page
    assert not re.search(r">\s*(max_height_m|motorway_link|known_pct|osm_type)\s*<", page)


def test_rows_for_the_terminal_are_in_words(report):
    rows = quality_table(report, lang="sv")
    assert "väg, ramp till motorväg" in set(rows["item"])
    assert "väg, fri höjd (känt / antaget / okänt)" in set(rows["item"])
    assert not rows["item"].str.contains("_").any()
    near = rows["value"].str.contains("närmast: nod")
    assert sorted(rows["value"][near]) == ["närmast: nod b, 2,0 m", "närmast: nod c, 2,0 m"]


def test_reasons_in_swedish():
    assert reason_text("binds bus only") == Text("gäller endast bus", "binds bus only")
    assert reason_text("none has no number for max_weight_t").sv == "none ger inget tal för största bruttovikt"
    assert reason_text("something new").sv == "something new"
    assert all(re.compile(pattern) for pattern, _ in _SV)
