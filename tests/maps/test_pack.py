"""Many maps in one block: what comes out in a browser is what went in, and what is shared stands once."""

import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.maps.assets import asset, leaflet_js
from geoplan.maps.pack import _varints, pack
from geoplan.maps.views import map_bottlenecks, map_comparison, map_flows, map_network, map_plan


@pytest.fixture(scope="module")
def specs(network, plan, flows, register, comparison):
    maps = {
        "network|sv": map_network(network),
        "network|en": map_network(network, lang="en"),
        "plan|sv": map_plan(network, plan),
        "flows|sv": map_flows(network, flows),
        "flows|less": map_flows(network, flows.assign(flow_vph=flows["flow_vph"] * 0.5)),
        "bottlenecks|sv": map_bottlenecks(network, register),
        "change|sv": map_comparison(network, comparison),
    }
    made = {f"made|{k}": made_spec(k) for k in range(3)}
    return {**{key: one.spec for key, one in maps.items()}, **made}


def made_spec(number):
    """Columns of many different numbers, and lists that differ from map to map a little or in length."""
    different = [None, "inf", *(k / 8 - 20 for k in range(300)), "-inf"]
    return {
        "many": {"of": different, "at": [(7 * k + number) % 303 for k in range(500)]},
        "longer": list(range(50)) + [9] * number + list(range(50)),
        "changed": [k * k % 97 for k in range(100)] if number != 1 else [k * k % 97 + (k == 50) for k in range(100)],
        "short": [1, 2.5, "x", None],
    }


def read_varints(data):
    """The slow twin of `_varints` and of the script's reader."""
    values, number, shift = [], 0, 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(number // 2 if number % 2 == 0 else -(number + 1) // 2)
            number = shift = 0
    return values


@given(st.lists(st.integers(min_value=-(2**40), max_value=2**40), max_size=40))
def test_whole_numbers_come_back(values):
    assert read_varints(_varints(np.asarray(values, dtype=np.int64))) == values


def test_small_numbers_take_one_byte():
    assert _varints(np.asarray([0, -1, 1, 63, -64])) == bytes([0, 1, 2, 126, 127])


def test_same_maps_give_the_same_text(specs):
    assert pack(specs) == pack(dict(specs))


def test_what_two_maps_share_stands_once(specs):
    one = len(pack({"a": specs["network|sv"]}))
    again = len(pack({"a": specs["network|sv"], "b": json.loads(json.dumps(specs["network|sv"]))}))
    # A second map that is the same: a shell of references, not a second set of columns.
    assert again < 1.25 * one
    assert len(pack({"a": specs["network|sv"], "b": specs["network|sv"]})) < one + 100


def test_lines_stand_in_one_pool(specs):
    data = zlib.decompress(base64.b64decode(pack(specs)))
    head = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])
    # Ten ways, some drawn on every map and either way round.
    assert head["lists"][head["lines"][0]][1] == 10


def plain(value):
    """A spec as it is read: columns as values row by row, lines as points, whichever way round they run."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"of", "at"}:
        return [value["of"][k] for k in value["at"]]
    if set(value) == {"n", "d"}:
        points = np.cumsum(np.reshape(value["d"], (-1, 2)), axis=0)
        lines = np.split(points, np.cumsum(value["n"])[:-1])
        return [min(line.tolist(), line[::-1].tolist()) for line in lines]
    return {key: plain(one) for key, one in value.items()}


@pytest.mark.browser
def test_a_browser_reads_what_was_written(chromium, specs, tmp_path):
    page = tmp_path / "page.html"
    scripts = "".join(f"<script>{text}</script>" for text in (leaflet_js(), asset("geoplan.js"), asset("unpack.js")))
    page.write_text(
        f"<meta charset=utf-8>{scripts}<script id=block type=x>{pack(specs, extra={'a': 'å<b>'})}</script>", "utf-8"
    )
    driver = chromium.open(page)
    found = driver.execute_async_script("""
        var done = arguments[0];
        function plain(value) {
          if (Array.isArray(value)) { return value.map(plain); }
          if (value === null || typeof value !== "object") { return value; }
          if (value.plain) { return value.plain; }
          if (value.of && value.at) { return value.at.map(function (k) { return value.of[k]; }); }
          if (value.ready) { return value.ready.map(function (line) { return line.map(function (p) {
            return [Math.round(p.lng * 100000), Math.round(p.lat * 100000)]; }); }); }
          return Object.fromEntries(Object.entries(value).map(function (pair) { return [pair[0], plain(pair[1])]; }));
        }
        geoplan.unpack(document.getElementById("block").textContent).then(function (block) {
          done(JSON.stringify([block.extra].concat(block.keys.map(function (key) { return [key, plain(block.spec(key))]; }))));
        }, function (fault) { done(String(fault)); });""")
    extra, *maps = json.loads(found)
    assert extra == {"a": "å<b>"}
    assert [key for key, _ in maps] == list(specs)
    for key, spec in maps:
        assert spec == plain(json.loads(json.dumps(specs[key]))), key
