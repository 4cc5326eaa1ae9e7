"""The maps in a real Chromium: they draw, ask for nothing, complain about nothing, and answer mouse and keys."""

import base64
import re

import folium
import pytest

from geoplan.maps.standalone import save_map
from geoplan.maps.views import map_bottlenecks, map_comparison, map_flows, map_network, map_plan

pytest.importorskip("selenium")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = pytest.mark.browser

# Pixels of the canvases that are painted at all.
PAINTED = """
return Array.prototype.reduce.call(document.querySelectorAll("canvas"), function (sum, canvas) {
  if (!canvas.width || !canvas.height) { return sum; }
  var data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, count = 0;
  for (var i = 3; i < data.length; i += 4) { if (data[i] > 0) { count += 1; } }
  return sum + count;
}, 0);
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory, network, plan, blocked_plan, flows, register, comparison):
    folder = tmp_path_factory.mktemp("maps")
    maps = {
        "network": map_network(network),
        "plan": map_plan(network, plan),
        "refused": map_plan(network, blocked_plan),
        "flows": map_flows(network, flows, lang="en"),
        "bottlenecks": map_bottlenecks(network, register),
        "comparison": map_comparison(network, comparison),
    }
    return {name: save_map(m, folder / f"{name}.html") for name, m in maps.items()}


def texts(driver, selector):
    return [element.text for element in driver.find_elements(By.CSS_SELECTOR, selector)]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["network", "plan", "refused", "flows", "bottlenecks", "comparison"])
def test_pages_draw_and_ask_for_nothing(chromium, pages, name, width):
    driver = chromium.open(pages[name], width=width)
    assert driver.find_element(By.CLASS_NAME, "folium-map").get_attribute("data-ready") == "yes"
    assert driver.execute_script(PAINTED) > 300
    assert chromium.requests() == []
    assert chromium.complaints() == []
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width


def test_labels_do_not_overlap(chromium, pages):
    driver = chromium.open(pages["network"])
    boxes = driver.execute_script("""
        return Array.prototype.filter.call(document.querySelectorAll(".gp-label"), n => n.style.display !== "none")
          .map(n => { var b = n.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; });""")
    assert len(boxes) >= 5
    for k, a in enumerate(boxes):
        assert not [b for b in boxes[k + 1 :] if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]


def test_the_panel_speaks_the_language_of_the_map(chromium, pages):
    driver = chromium.open(pages["flows"])
    assert texts(driver, ".gp-head h1") == ["Traffic flows"]
    assert "Volume–capacity ratio" in texts(driver, ".gp-sub")
    driver = chromium.open(pages["plan"])
    assert texts(driver, ".gp-say-maybe") == ["Transporten går, om de okända gränserna räcker."]
    assert driver.find_element(By.CLASS_NAME, "leaflet-control-zoom-in").get_attribute("title") == "Zooma in"
    assert "© Exempeldata <CC0>" in driver.find_element(By.CLASS_NAME, "leaflet-control-attribution").text
    assert "Data per 2024-05-01" in driver.find_element(By.CLASS_NAME, "leaflet-control-attribution").text


def test_a_layer_takes_its_legend_along(chromium, pages):
    driver = chromium.open(pages["network"])
    row = next(one for one in driver.find_elements(By.CLASS_NAME, "gp-layer") if "Vägnät" in one.text)
    assert "Större väg" in row.text
    before = driver.execute_script(PAINTED)
    row.find_element(By.TAG_NAME, "input").click()
    assert "Större väg" not in row.text
    # The canvas is cleared in the next animation frame, not in the click itself.
    WebDriverWait(driver, 10).until(lambda page: page.execute_script(PAINTED) < before)


def test_a_list_entry_leads_to_its_place_by_keyboard(chromium, pages):
    driver = chromium.open(pages["bottlenecks"])
    entry = driver.find_elements(By.CSS_SELECTOR, ".gp-list button")[1]
    entry.send_keys(Keys.ENTER)
    popup = driver.find_element(By.CLASS_NAME, "gp-pop").text
    assert "2. Dalporten" in popup and "Stängd 24 h kostar 2 140 fordonstimmar" in popup


def test_hover_and_click_tell_both_directions(chromium, pages, network):
    on_road = network.edges.geometry.loc[["w4_f"]].interpolate(0.3, normalized=True).to_crs(4326).iloc[0]
    driver = chromium.open(pages["flows"])
    box = driver.execute_script(
        """
        var map = Object.keys(window).filter(k => /^map_/.test(k)).map(k => window[k])[0];
        var p = map.latLngToContainerPoint(arguments[0]), e = document.querySelector(".folium-map");
        ["mousemove", "mousedown", "mouseup", "click"].forEach(t => e.dispatchEvent(
          new MouseEvent(t, {clientX: p.x, clientY: p.y, bubbles: true, view: window})));
        return [p.x, p.y];""",
        [on_road.y, on_road.x],
    )
    assert 0 < box[0] < 1280
    popup = driver.find_element(By.CLASS_NAME, "gp-pop").text
    assert popup.startswith("Road 50")
    assert "towards Grängesberg" in popup and "towards Ludvika" in popup
    assert "1,260 veh/h" in popup and "700 veh/h" in popup
    assert "Delay (vehicle hours/h)" in popup


def test_a_map_prints_on_one_sheet(chromium, pages):
    driver = chromium.open(pages["flows"], width=1600, height=700)
    data = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})["data"]
    pdf = base64.b64decode(data)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    # A4 on its side, in points.
    width, height = (float(n) for n in re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())
    assert (round(width), round(height)) == (842, 595)


def test_names_are_text(chromium, network, tmp_path):
    nodes = network.nodes.copy()
    nodes.loc["lud", "name"] = "<script>window.hacked = 1</script>"
    nodes.loc["smed", "name"] = "Ö" * 400
    nodes.loc["grang", "name"] = "😀 'x' \"y\" &amp;"
    page = save_map(map_network(network.replace(nodes=nodes), title="</script><b>T"), tmp_path / "x.html")
    driver = chromium.open(page)
    assert driver.execute_script("return window.hacked") is None
    assert texts(driver, ".gp-head h1") == ["</script><b>T"]
    labels = driver.execute_script("return Array.from(document.querySelectorAll('.gp-label'), n => n.textContent)")
    assert {"<script>window.hacked = 1</script>", "😀 'x' \"y\" &amp;"} <= set(labels)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 1280
    assert chromium.complaints() == []


def test_a_folium_marker_with_popup_works_without_network(chromium, tmp_path):
    m = folium.Map([60.15, 15.18], tiles=None, zoom_start=9)
    folium.Marker([60.15, 15.18], popup=folium.Popup("<b>Ludvika</b>", show=True)).add_to(m)
    driver = chromium.open(save_map(m, tmp_path / "plain.html"))
    assert driver.find_element(By.CLASS_NAME, "leaflet-popup-content").get_attribute("textContent").strip() == "Ludvika"
    assert driver.execute_script("return document.querySelector('.leaflet-marker-icon').naturalWidth") == 25
    assert chromium.requests() == []
    assert chromium.complaints() == []
