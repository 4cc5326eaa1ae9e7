"""The study page in a real Chromium: one state that everything follows, mouse or keyboard, screen or paper."""

import base64
import importlib.util
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from geoplan.report.page import write_page
from geoplan.report.pdf import write_pdf

pytest.importorskip("selenium")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

pytestmark = pytest.mark.browser

READY = "var a = document.getElementById('atlas'); return a && a.dataset.ready === 'yes'"
HASH = "return Object.fromEntries(new URLSearchParams(location.hash.slice(1)))"
PAINTED = """
return Array.prototype.reduce.call(document.querySelectorAll("#atlas-map canvas"), function (sum, canvas) {
  if (!canvas.width || !canvas.height) { return sum; }
  // A copy is read: a canvas that is read again and again makes the browser complain.
  var copy = document.createElement("canvas");
  copy.width = canvas.width; copy.height = canvas.height;
  var pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  var data = pen.getImageData(0, 0, canvas.width, canvas.height).data, count = 0;
  for (var i = 3; i < data.length; i += 4) { if (data[i] > 0) { count += 1; } }
  return sum + count;
}, 0);
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory, varying, meta, atlas):
    path = tmp_path_factory.mktemp("study") / "index.html"
    return write_page(path, varying, meta=meta, atlas=atlas, headline=atlas.headlines["today"])


@pytest.fixture
def show(chromium, page):
    """Open the page with a state in its address, and wait until its map is there."""

    def opened(state="", width=1280):
        driver = chromium.open(page, width=width, query=f"#{state}" if state else "")
        wait(driver, lambda one: one.execute_script(READY))
        return driver

    return opened


def wait(driver, until):
    return WebDriverWait(driver, 10).until(until)


def state(driver):
    return driver.execute_script(HASH)


def text(driver, selector):
    return driver.find_element(By.CSS_SELECTOR, selector).text.replace("\u00a0", " ")


def names(driver):
    return [one.text for one in driver.find_elements(By.CSS_SELECTOR, "#twin-table tbody button")]


def column(driver, heading):
    """Cells of a column of the map's table."""
    heads = [one.text.split(" (")[0] for one in driver.find_elements(By.CSS_SELECTOR, "#twin-table thead th")]
    at = next(k for k, one in enumerate(heads) if one.startswith(heading))
    rows = driver.find_elements(By.CSS_SELECTOR, "#twin-table tbody tr")
    return [row.find_elements(By.CSS_SELECTOR, "th, td")[at].text for row in rows]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("view", ["plan", "flows", "change", "bottlenecks", "network"])
def test_every_view_draws_and_asks_for_nothing(chromium, show, view, width):
    driver = show(f"view={view}&scenario=past&lang=en", width)
    wait(driver, lambda one: one.execute_script(PAINTED) > 300)
    assert names(driver)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert driver.execute_script("return window.hacked") is None
    assert chromium.requests() == []
    assert chromium.complaints() == []


def test_the_scenario_changes_map_table_chart_and_text_together(show):
    driver = show("view=flows&lang=sv")
    assert "700 fordon/h" in column(driver, "Trafikflöde")[0] or "800 fordon/h" in column(driver, "Trafikflöde")[0]
    assert "Så gick det." in text(driver, "#heavy") and "1,42" in text(driver, "#figure-cost")
    assert "250 120" in text(driver, "#legs") and "120" in text(driver, "#loss")
    assert text(driver, ".headline") == "I dag går det inte."
    before = driver.execute_script("return document.querySelector('#atlas-map canvas').toDataURL().length")
    chosen = driver.find_element(By.ID, "scenario")
    chosen.send_keys(Keys.ARROW_DOWN)
    wait(driver, lambda one: state(one).get("scenario") == "past")
    assert "Så går det förbi." in text(driver, "#heavy") and "9,88" in text(driver, "#figure-cost")
    assert "111 222" in text(driver, "#legs") and "77" in text(driver, "#loss")
    assert text(driver, ".headline") == "Förbi går det."
    flows = dict(zip(names(driver), column(driver, "Trafikflöde"), strict=True))
    assert next(value for name, value in flows.items() if "Förbi" in name).startswith("650")
    wait(driver, lambda one: one.execute_script(
        "return document.querySelector('#atlas-map canvas').toDataURL().length") != before)  # fmt: skip
    # What was put in sorts and gives CSV as the rest does, and back is back.
    assert driver.find_elements(By.CSS_SELECTOR, "#legs thead button") and driver.find_elements(
        By.CSS_SELECTOR, "#legs .under button"
    )
    Select(driver.find_element(By.ID, "scenario")).select_by_value("today")
    assert "Så gick det." in text(driver, "#heavy") and "250 120" in text(driver, "#legs")


def test_the_address_opens_the_same_page(chromium, page, show):
    driver = show()
    driver.find_element(By.CSS_SELECTOR, '[data-lang="en"]').send_keys(Keys.ENTER)
    driver.find_element(By.CSS_SELECTOR, '#views input[value="plan"]').send_keys(Keys.SPACE)
    Select(driver.find_element(By.ID, "transport")).select_by_value("small")
    Select(driver.find_element(By.ID, "scenario")).select_by_value("past")
    driver.find_element(By.CSS_SELECTOR, "#twin-table tbody button").send_keys(Keys.ENTER)
    asked = driver.execute_script("return location.hash")
    assert state(driver) == {
        "view": "plan", "scenario": "past", "transport": "small", "lang": "en", "focus": "passages.0",
    }  # fmt: skip
    driver = show(asked.removeprefix("#"))
    assert driver.execute_script("return document.documentElement.lang") == "en"
    assert text(driver, ".gp-head h3") == "small past"
    assert driver.find_element(By.CSS_SELECTOR, '#twin-table tr[aria-current="true"]')
    assert Select(driver.find_element(By.ID, "transport")).first_selected_option.text == "Small"
    assert state(driver)["focus"] == "passages.0"


def test_nonsense_in_the_address_is_left_alone(chromium, show):
    driver = show("view=nothing&scenario=%3Cscript%3E&focus=..9&step=-4&lang=xx")
    assert text(driver, ".gp-head h3") == "big today"
    assert chromium.complaints() == []


def test_a_link_to_a_section_stays_one(show):
    driver = show("about")
    assert driver.execute_script("return location.hash") == "#about"
    assert text(driver, ".gp-head h3") == "big today"


def test_rows_lead_to_the_map_by_keys_and_the_map_to_its_row(show):
    driver = show("view=flows&lang=sv")
    first = driver.find_element(By.CSS_SELECTOR, "#twin-table tbody button")
    first.send_keys(Keys.ARROW_DOWN)
    wait(driver, lambda one: len(one.find_elements(By.CSS_SELECTOR, '#twin-table tr[aria-current="true"]')) == 1)
    focus = state(driver)["focus"]
    assert focus.startswith("flows.")
    assert driver.switch_to.active_element.get_attribute("data-row") == focus
    # The other way: a click on the bypass, which no other line covers.
    driver = show("view=flows&lang=sv")
    row = next(one for one in driver.find_elements(By.CSS_SELECTOR, "#twin-table tbody button") if "Förbi" in one.text)
    row.send_keys(Keys.ENTER)
    # The popup fades in.
    wait(driver, lambda one: any("Förbi" in found.text for found in one.find_elements(By.CSS_SELECTOR, ".gp-pop h4")))
    driver.find_element(By.CSS_SELECTOR, '#views input[value="bottlenecks"]').send_keys(Keys.SPACE)
    driver.find_element(By.CSS_SELECTOR, '#views input[value="flows"]').send_keys(Keys.SPACE)
    assert not driver.find_elements(By.CSS_SELECTOR, '#twin-table tr[aria-current="true"]')
    assert state(driver).get("focus") is None
    entry = next(one for one in driver.find_elements(By.CSS_SELECTOR, ".gp-list button") if "Förbi" in one.text)
    entry.send_keys(Keys.ENTER)
    marked = wait(driver, lambda one: one.find_element(By.CSS_SELECTOR, '#twin-table tr[aria-current="true"] button'))
    assert "Förbi" in marked.text


def test_the_table_of_the_map_sorts_and_finds(show):
    driver = show("view=flows&lang=sv")
    find = driver.find_element(By.ID, "twin-find")
    find.send_keys("förbi")
    assert len(names(driver)) == 2 and text(driver, "#twin-under .count") == "1–2 / 2"
    find.send_keys(Keys.BACKSPACE * 5)
    heads = driver.find_elements(By.CSS_SELECTOR, "#twin-table thead button")
    flow = next(k for k, one in enumerate(heads) if one.text.startswith("Trafikflöde"))
    heads[flow].send_keys(Keys.ENTER)
    head = driver.find_elements(By.CSS_SELECTOR, "#twin-table thead th")[flow]
    assert head.get_attribute("aria-sort") == "descending"
    shown = [int(re.match(r"\d+", one).group()) for one in column(driver, "Trafikflöde")]
    assert shown == sorted(shown, reverse=True)


def test_the_table_of_the_map_as_csv(show):
    driver = show("view=flows&lang=sv&scenario=today")
    saved = driver.execute_async_script("""
        var done = arguments[0];
        URL.createObjectURL = function (blob) { blob.arrayBuffer().then(b => done(new TextDecoder("utf-8", {ignoreBOM: true}).decode(b))); return "about:blank#"; };
        HTMLAnchorElement.prototype.click = function () {};
        document.querySelector("#twin-under button:last-child").dispatchEvent(new MouseEvent("click"));""")
    lines = saved.removeprefix("\ufeff").split("\r\n")
    assert saved.startswith("\ufeff") and lines[0].startswith("Namn;Riktning;Trafikflöde (fordon/h);Belastningsgrad")
    assert len(lines) == 1 + 8 + 1 and any(";0,8;" in line for line in lines)


def test_the_story_steps_by_arrow_keys(chromium, show):
    driver = show("lang=sv")
    driver.find_element(By.ID, "show-start").send_keys(Keys.ENTER)
    assert text(driver, "#show-title") == "Första steget" and text(driver, "#show-count") == "1 / 3"
    assert text(driver, ".gp-head h3") == "small today"
    body = driver.switch_to.active_element
    assert body.get_attribute("id") == "show-title"
    body.send_keys(Keys.ARROW_RIGHT)
    assert text(driver, "#show-count") == "2 / 3" and state(driver)["scenario"] == "past"
    assert "window.hacked" in text(driver, "#show-title")
    driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert text(driver, "#show-count") == "3 / 3"
    driver.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    assert state(driver)["step"] == "2"
    # Nothing behind the story takes the focus.
    assert driver.execute_script("return document.getElementById('heavy').inert") is True
    driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not driver.find_element(By.ID, "show").is_displayed()
    assert driver.execute_script("return document.getElementById('heavy').inert") is False
    assert "step" not in state(driver)
    driver = show("step=3&lang=en")
    assert text(driver, "#show-title") == "Last step" and text(driver, ".gp-head h3") == "Bottlenecks"
    assert chromium.complaints() == []


def test_all_of_it_by_keyboard_alone(show):
    driver = show("lang=sv")
    seen = set()
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    for _ in range(60):
        at = driver.execute_script(
            "var e = document.activeElement; return e.id || e.dataset.row || e.name || e.className || e.tagName"
        )
        seen.add(at)
        driver.switch_to.active_element.send_keys(Keys.TAB)
    assert {"scenario", "view", "transport", "show-start", "twin-find", "twin-scroll", "passages.0"} <= seen


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_no_raw_name_and_no_other_language(show, lang):
    driver = show(f"lang={lang}")
    for view in ("plan", "flows", "change", "bottlenecks", "network"):
        driver.find_element(By.CSS_SELECTOR, f'#views input[value="{view}"]').send_keys(Keys.SPACE)
        shown = driver.find_element(By.ID, "atlas").text
        raw = set(re.findall(r"\b[a-z]+_[a-z_0-9]+\b", shown))
        assert not raw, (view, raw)
        swedish = {"Karta", "Namn", "Riktning", "Tunga transporter", "Flaskhalsar", "Rader"}
        english = {"Map", "Name", "Direction", "Heavy transports", "Bottlenecks", "Rows"}
        words = set(re.findall(r"[^\n]+", shown))
        assert not words & (english if lang == "sv" else swedish), view


def test_paper_has_each_step_on_a_sheet(chromium, show):
    driver = show("lang=sv")
    wait(driver, lambda one: one.execute_script(PAINTED) > 300)
    data = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})["data"]
    with_story = len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(data)))
    driver.execute_script("document.getElementById('steps').remove()")
    data = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})["data"]
    without = len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(data)))
    # Three sheets for three steps; what followed the map on its sheet begins a new one.
    assert with_story - without in (3, 4)
    assert 4 <= without <= 9


def test_the_pdf_of_a_report_waits_for_the_map(page, tmp_path):
    """The map, which is an image on paper, is in the file."""
    with_map = write_pdf(page, tmp_path / "report.pdf").read_bytes()
    assert with_map.count(b"/Type /Page\n") >= 6
    assert b"/Subtype /Image" in with_map


def test_axe_finds_no_serious_fault(chromium, show):
    axe = pytest.importorskip("axe_core_python")
    script = files(axe).joinpath("axe.min.js").read_text(encoding="utf-8")
    for asked, width in (
        ("view=plan&lang=sv", 1280),
        ("view=flows&lang=en&focus=flows.1", 390),
        ("step=1&lang=sv", 1280),
    ):
        driver = show(asked, width)
        driver.execute_script(script)
        found = driver.execute_async_script("axe.run(document).then(arguments[0])")
        serious = [
            (fault["id"], fault["help"], [node["target"] for node in fault["nodes"]][:4])
            for fault in found["violations"]
            if fault["impact"] in ("serious", "critical")
        ]
        assert not serious, json.dumps(serious, ensure_ascii=False, indent=1)


def load_benchmark():
    """The made region of the benchmark, which stands beside the code."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "study_page.py"
    if not path.is_file():
        pytest.skip("no benchmarks beside the tests")
    spec = importlib.util.spec_from_file_location("made_study_page", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_made_region_keeps_its_budget(chromium, tmp_path):
    """A tenth of the 50,000 edges that may take 3 MB and open in 3 s; the benchmark takes them all."""
    page = load_benchmark().write_made_page(tmp_path / "index.html", side=36)
    size = page.stat().st_size
    fixed = 330_000  # Leaflet and the page itself
    assert size - fixed < 0.1 * (3_000_000 - fixed)
    driver = chromium.open(page, query="#view=flows&scenario=growth")
    painted = "var mark = performance.getEntriesByName('geoplan-painted')[0]; return mark ? mark.startTime : null"
    assert wait(driver, lambda one: one.execute_script(painted)) < 3000
    assert chromium.complaints() == []
