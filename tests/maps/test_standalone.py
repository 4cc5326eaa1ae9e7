"""A saved map is one whole file that needs nothing else, and the same each time."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import folium
import geopandas as gpd
import pytest
from folium.plugins import MiniMap

from geoplan.errors import DataError
from geoplan.maps.assets import leaflet_css, leaflet_js, script_json
from geoplan.maps.picture import map_svg
from geoplan.maps.standalone import map_html, save_map
from geoplan.maps.views import map_bottlenecks, map_comparison, map_flows, map_network, map_plan


class Addresses(HTMLParser):
    """Collects what elements would fetch, and the policy of the page."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.policy, self.lang = [], "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.fetched += [values[key] for key in ("src", "srcset", "poster", "data") if values.get(key)]
        if tag == "link":
            self.fetched.append(values.get("href"))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if tag == "html":
            self.lang = values.get("lang")


@pytest.fixture(scope="module")
def maps(network, plan, flows, register, comparison):
    return {
        "network": map_network(network),
        "plan": map_plan(network, plan),
        "flows": map_flows(network, flows),
        "bottlenecks": map_bottlenecks(network, register),
        "comparison": map_comparison(network, comparison),
    }


@pytest.mark.parametrize("name", ["network", "plan", "flows", "bottlenecks", "comparison"])
def test_no_map_fetches_anything(maps, name):
    html = map_html(maps[name])
    page = Addresses(html)
    assert page.fetched == []
    assert page.policy.startswith("default-src 'none'")
    assert page.lang == "sv"
    # Addresses in the text are names of XML and credits in comments; no style or script loads one.
    assert not re.search(r"url\(\s*['\"]?(?!data:|#)", html)
    assert not re.search(r"@import|sourceMappingURL|fetch\(|XMLHttpRequest|importScripts", html)
    assert "cdn." not in html


@pytest.mark.parametrize("name", ["network", "plan", "flows", "bottlenecks", "comparison"])
def test_same_map_same_bytes(maps, name, tmp_path):
    first = save_map(maps[name], tmp_path / "a.html").read_bytes()
    assert save_map(maps[name], tmp_path / "b.html").read_bytes() == first


def test_maps_made_twice_are_the_same(network, flows):
    assert map_html(map_flows(network, flows)) == map_html(map_flows(network, flows))


def test_names_from_data_cannot_become_markup(network, tmp_path):
    nodes = network.nodes.copy()
    nodes.loc["lud", "name"] = "</script><script>alert(1)</script>"
    nodes.loc["smed", "name"] = "Ö" * 4000
    nodes.loc["port", "name"] = "😀 \"quoted\" & 'more' \u2028 "
    html = map_html(map_network(network.replace(nodes=nodes), title="<img src=x onerror=alert(1)>"))
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert "\\u003c/script\\u003e" in html
    assert Addresses(html).fetched == []


def test_json_for_a_script_holds_no_markup():
    text = script_json({"a": "</script>&\u2028"})
    assert text == '{"a":"\\u003c/script\\u003e\\u0026\\u2028"}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json(float("nan"))


def test_leaflet_is_whole_and_asks_for_no_file():
    assert "Leaflet 1.9.4" in leaflet_js()
    assert "BSD 2-Clause License" in leaflet_js() and "Redistributions in binary form" in leaflet_js()
    assert "images/" not in leaflet_css()


def test_a_plain_folium_map_is_made_standalone(tmp_path):
    m = folium.Map([60.15, 15.18], tiles=None)
    folium.Marker([60.15, 15.18], popup="Ludvika <b>").add_to(m)
    html = save_map(m, tmp_path / "plain.html").read_text(encoding="utf-8")
    assert Addresses(html).fetched == []
    assert "L.map(" in html and "Leaflet 1.9.4" in html


def test_our_map_takes_folium_elements(network):
    m = map_network(network)
    folium.CircleMarker([60.15, 15.18], tooltip="Här").add_to(m)
    html = map_html(m)
    assert "L.circleMarker(" in html
    assert html.index("geoplan.start(") < html.index("L.circleMarker(\n")


def test_a_notebook_shows_the_map_without_network(network):
    html = map_network(network)._repr_html_()
    assert html.count("<iframe") == 1
    assert "geoplan.start(" in html
    assert "cdn." not in html


def test_what_needs_the_network_is_refused_with_the_cure(network, tmp_path):
    with pytest.raises(DataError, match=r"tile layer.*standalone=False"):
        save_map(map_network(network, tiles=True), tmp_path / "x.html")
    icon = folium.Map([60, 15], tiles=None)
    folium.Marker([60, 15], icon=folium.Icon()).add_to(icon)
    with pytest.raises(DataError, match=r"folium\.Icon"):
        save_map(icon, tmp_path / "x.html")
    plugin = folium.Map([60, 15], tiles=None)
    MiniMap(tile_layer=folium.TileLayer("OpenStreetMap")).add_to(plugin)
    with pytest.raises(DataError, match="standalone=False"):
        save_map(plugin, tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


def test_tiles_carry_their_attribution(network, tmp_path):
    html = save_map(map_network(network, tiles=True), tmp_path / "tiles.html", standalone=False).read_text()
    assert "openstreetmap.org/copyright" in html
    assert "Content-Security-Policy" not in html


def test_a_place_that_cannot_be_written(maps, tmp_path):
    with pytest.raises(DataError, match="cannot write there"):
        save_map(maps["plan"], tmp_path / "missing" / "x.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(DataError, match="cannot write there"):
        save_map(maps["plan"], tmp_path / "folder.html")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.html"]


def test_pages_stay_small(maps):
    # Leaflet and the script are about 190 kB; the small network adds next to nothing.
    assert all(len(map_html(m)) < 240_000 for m in maps.values())


@pytest.mark.parametrize("name", ["network", "plan", "flows", "bottlenecks", "comparison"])
def test_a_still_picture_is_whole_xml(maps, name):
    picture = map_svg(maps[name], width_px=320, height_px=180)
    root = ElementTree.fromstring(picture)
    assert root.get("viewBox") == "0 0 320 180"
    assert root.find("{http://www.w3.org/2000/svg}title").text == maps[name].spec["title"]
    paths = [path.get("d") for path in root.iter("{http://www.w3.org/2000/svg}path")]
    assert paths and all(path.startswith("M") for path in paths)
    assert map_svg(maps[name], width_px=320, height_px=180) == picture


def test_a_picture_shows_what_the_map_shows(network):
    """A line from corner to corner of the bounds runs from corner to corner of the picture, but for the room around."""
    m = map_network(network)
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d", " ".join(re.findall(r'd="([^"]+)"', map_svg(m))))]
    xs, ys = numbers[0::2], numbers[1::2]
    assert min(xs) >= 0 and max(xs) <= 640
    # The picture is wide: height binds, with 6 % of room above; the southern sea leg lies below what opens on land.
    assert min(ys) == pytest.approx(0.06 * 360, abs=2)


def test_a_picture_escapes_the_title(network):
    ElementTree.fromstring(map_svg(map_network(network, title='<b>"&')))


def test_background_is_in_the_picture(network):
    water = gpd.GeoDataFrame(geometry=network.nodes.geometry.buffer(2000).to_list(), crs=network.crs)
    assert 'fill-rule="evenodd"' in map_svg(map_network(network, background={"water": water, "borders": water}))
