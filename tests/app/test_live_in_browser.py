"""The live page in Chromium: drag, share, both languages, nothing from elsewhere, no complaint."""

import threading
from importlib.resources import files

import pytest
import uvicorn
from selenium.webdriver.support.ui import WebDriverWait

from geoplan.app.answers import Live
from geoplan.app.desk import Desk
from geoplan.app.serve import listen_on
from geoplan.app.site import make_app
from geoplan.app.state import first_state
from geoplan.study import read_study

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(chromium):
    live, desk = Live(read_study("ludvika")), Desk(timeout_s=60)
    live.warm(first_state(live.choices, "sv"))
    listening = listen_on("127.0.0.1", 0)
    site = make_app(live, desk, lang="sv")
    server = uvicorn.Server(uvicorn.Config(site, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    server.should_exit = True
    thread.join(20)
    desk.close()
    listening.close()


def opened(chromium, url, width=1280, height=900):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver = chromium.driver
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.get("about:blank")
    driver.get_log("browser")
    driver.get_log("performance")
    driver.get(url)
    return driver


def answered(driver, part=""):
    """Waits until all stages are shown for a state that holds this text."""
    ready = "return document.body.getAttribute('data-ready') || ''"
    WebDriverWait(driver, 60).until(lambda d: (state := d.execute_script(ready)) and part in state)


SET = """
const field = document.querySelector(arguments[0]);
field.value = arguments[1];
field.dispatchEvent(new Event('input', {bubbles: true}));
"""


def text(driver, selector):
    return driver.execute_script("return document.querySelector(arguments[0]).textContent", selector)


def test_dragging_the_load_changes_answer_map_and_address(chromium, address):
    driver = opened(chromium, address)
    answered(driver, "weight=320")
    before = text(driver, "#verdict .said")
    driver.execute_script(SET, "#slide-weight", "390")
    driver.execute_script(SET, "#slide-height", "5.5")
    answered(driver, "height=5.5")
    assert text(driver, "#verdict .said") != before
    assert "weight=390" in driver.current_url and "height=5.5" in driver.current_url
    assert "390" in text(driver, "#map .gp-head p")
    rows = driver.execute_script("return document.querySelectorAll('#margins tbody tr').length")
    assert rows > 5 and text(driver, "#envelope svg[role=img]")
    driver.execute_script(SET, "[name=weight]", "5000")
    WebDriverWait(driver, 60).until(lambda d: "1–1\xa0000" in text(d, "#fault"))
    assert chromium.requests() and all(url.startswith(address) for url in chromium.requests())
    assert [line for line in chromium.complaints() if "400" not in line] == []


def test_a_shared_link_opens_the_same_state_in_the_other_language_on_a_phone(chromium, address):
    query = "?weight=390&height=5.5&destination=koping_port&day=2027-04-12&closed=st_dalporten&lang=en"
    driver = opened(chromium, address + query, width=390, height=844)
    answered(driver, "weight=390")
    assert driver.execute_script("return document.documentElement.lang") == "en"
    assert "Spring thaw" in text(driver, "#verdict .notes")
    assert text(driver, "#closed-count") == "(1)"
    wide = "return document.documentElement.scrollWidth <= window.innerWidth"
    assert driver.execute_script(wide)
    nameless = """return [...document.querySelectorAll('button, input, select, a')]
      .filter(n => !n.textContent.trim() && !n.getAttribute('aria-label') && !(n.labels && n.labels.length)).length"""
    assert driver.execute_script(nameless) == 0
    assert "_" not in text(driver, "#margins thead") + text(driver, "#calendar thead") + text(driver, "#envelope thead")
    assert chromium.complaints() == []


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_fault(chromium, address, width):
    axe = pytest.importorskip("axe_core_python")
    driver = opened(chromium, address + "?weight=390&height=5.5&day=2027-04-12", width=width)
    answered(driver)
    driver.execute_script(files(axe).joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = driver.execute_async_script("axe.run(document).then(arguments[0])")
    serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == [], [(one["id"], one["nodes"][0]["html"][:150]) for one in serious]
