"""The study page as a file: a map inside, the scenarios, the story; the same bytes each time; size."""

import json
import re
from dataclasses import replace

import pytest

from geoplan.maps.labels import Text
from geoplan.maps.twins import twins_of
from geoplan.report.atlas import MapState
from geoplan.report.content import Section, all_tables, by_scenario_of
from geoplan.report.page import page_environment, page_html, scenario_parts, write_page


@pytest.fixture(scope="module")
def html(varying, meta, atlas):
    return page_html(varying, meta=meta, atlas=atlas, headline=atlas.headlines["today"])


def test_the_page_asks_for_nothing_and_holds_its_scripts(html):
    assert "default-src &#39;none&#39;" in html
    markup = re.sub(r"(<script[^>]*>).*?</script>", r"\1", html, flags=re.S)
    assert not re.search(r"<(?:script|img|iframe|link)[^>]*\s(?:src|href)=", markup)
    assert "geoplan.unpack" in html and "Leaflet" in html


def test_same_content_same_bytes(varying, meta, atlas, tmp_path):
    pages = [write_page(tmp_path / f"{k}.html", varying, meta=meta, atlas=atlas).read_bytes() for k in range(2)]
    assert pages[0] == pages[1]


def test_names_from_data_are_never_markup(html):
    assert "<script>window.hacked" not in html


def test_ids_stand_once(html):
    ids = re.findall(r'\sid="([^"]+)"', re.sub(r"<script.*?</script>", "", html, flags=re.S))
    assert sorted(set(ids)) == sorted(ids)


def test_the_choices_are_those_of_the_atlas(html, atlas):
    data = json.loads(re.search(r'id="atlas-data">(.*?)</script>', html, re.S).group(1))
    assert data["views"] == list(atlas.views) and data["scenarios"] == ["today", "past"]
    assert data["names"]["today"] == ["I dag", "Today"]


def test_every_pointable_layer_is_in_one_table(atlas):
    for maps in atlas.maps.values():
        spec = maps["sv"].spec
        told = [key for table in twins_of(spec) for key in table["layers"]]
        assert sorted(told) == sorted(layer["key"] for layer in spec["layers"] if "fields" in layer)


def test_what_the_map_is_about_comes_first(atlas):
    first = {view: twins_of(maps["sv"].spec)[0]["layers"] for (view, scenario, _), maps in atlas.maps.items()
             if scenario in ("", "past")}  # fmt: skip
    assert first["plan"] == ["passages"]
    assert first["flows"] == ["flows"]
    # One register, though its kinds are layers of their own.
    assert set(first["bottlenecks"]) == {"kind-congestion", "kind-structure"}


def test_a_state_as_part_of_an_address():
    assert MapState("plan", "", "big").hash == "view=plan&transport=big"
    assert MapState().hash == ""


def test_a_section_of_scenarios_keeps_the_base():
    base, other = (Section("a", None), Section("a", None, text=("x",)))
    made = by_scenario_of({"today": base, "new": other, "none": None})
    assert made.text == () and made.by_scenario == {"new": other}
    assert by_scenario_of({"today": None, "new": other}) is None


def test_files_have_the_rows_of_every_scenario(varying, atlas):
    legs, margins, none = all_tables(varying, scenarios=atlas.scenarios)
    assert legs.frame["scenario"].map(lambda words: words.sv).tolist()[::2] == ["I dag", atlas.scenarios["past"].sv]
    assert legs.frame["length_m"].tolist() == [250_120.0, 0.0, 111_222.0, 0.0]
    assert len(margins.frame) == 60 and "scenario" not in none.frame
    assert len(all_tables(varying)[0].frame) == 2


def test_cards_lead_to_the_map_of_the_page(html):
    assert 'href="#view=plan&amp;transport=small"' in html
    assert 'class="alone" href="plan_a.html"' in html


def test_a_page_without_a_map_carries_none(sections, meta):
    html = page_html(sections, meta=meta)
    assert "Leaflet" not in html and "atlas-block" not in html


def test_every_section_follows_the_scenario_or_says_what_it_shows(varying, html):
    for section in varying:
        part = re.search(rf'<section id="{section.id}".*?</section>', html, re.S).group(0)
        assert ("data-scenario-name" in part) == bool(section.by_scenario)
        assert ("Holds for today." in part) == (not section.by_scenario)


def test_only_what_differs_varies_and_what_stays_is_not_repeated(varying, legs):
    heavy = varying[0]
    note = Text("Gäller I dag.", "Holds for today.")
    other = heavy.by_scenario["past"]
    stays = replace(other.tables[1], stays=note)
    told = replace(heavy, tables=(heavy.tables[0], stays), by_scenario={"past": replace(other, tables=(stays,))})
    parts = scenario_parts(page_environment([told]), [told], {})["past"]
    assert parts[f"{told.id}.{legs.id}"] == "" and f"{told.id}.{stays.id}" not in parts
    first, second = all_tables([told], scenarios={"today": Text("I dag", "Today"), "past": Text("Förbi", "Past")})
    assert "scenario" in first.frame and "scenario" not in second.frame
