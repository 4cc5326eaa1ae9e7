"""The start page in a real Chromium: two languages, sorting, CSV, keyboard, print, no request, no complaint."""

import base64
import re

import pytest

from geoplan.maps.labels import Text
from geoplan.report.page import write_page

pytest.importorskip("selenium")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory, sections, meta):
    folder = tmp_path_factory.mktemp("report")
    return write_page(
        folder / "index.html", sections, meta=meta, headline=Text("Det går inte än.", "Not possible yet.")
    )


def visible(driver):
    return driver.find_element(By.TAG_NAME, "body").text


@pytest.mark.parametrize("width", [1280, 390])
def test_page_asks_for_nothing_and_fits(chromium, page, width):
    driver = chromium.open(page, width=width)
    assert driver.find_element(By.TAG_NAME, "h1").text == "Studien Ludvika"
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert driver.execute_script("return window.hacked") is None
    assert chromium.requests() == []
    assert chromium.complaints() == []


def test_language_switches_everything_and_stays_in_the_address(chromium, page):
    driver = chromium.open(page)
    assert "Tunga transporter" in visible(driver) and "Heavy transports" not in visible(driver)
    driver.find_element(By.CSS_SELECTOR, '[data-lang="en"]').send_keys(Keys.ENTER)
    text = visible(driver)
    assert "Heavy transports" in text and "Tunga transporter" not in text
    assert "Rests on < 1 % assumed values" in text.replace("\u00a0", " ")
    assert "Download as CSV" in text and "250,120" in text
    assert driver.execute_script("return [document.documentElement.lang, document.title]") == [
        "en",
        "The Ludvika study",
    ]
    driver = chromium.open(page, query="?lang=en")
    assert "Heavy transports" in visible(driver)


def test_tables_sort_with_the_unknown_last(chromium, page):
    driver = chromium.open(page)
    table = driver.find_element(By.CSS_SELECTOR, "#legs table")
    head = table.find_elements(By.CSS_SELECTOR, "th button")[4]

    def heights():
        return [
            row.find_elements(By.TAG_NAME, "td")[4].text for row in table.find_elements(By.CSS_SELECTOR, "tbody tr")
        ]

    head.send_keys(Keys.ENTER)
    assert heights() == ["4,65", "okänt"]
    assert table.find_elements(By.TAG_NAME, "th")[4].get_attribute("aria-sort") == "ascending"
    head.send_keys(Keys.ENTER)
    assert heights() == ["4,65", "okänt"]
    table.find_elements(By.CSS_SELECTOR, "th button")[3].send_keys(Keys.ENTER)
    assert heights() == ["okänt", "4,65"]


def test_long_tables_open_and_close(chromium, page):
    driver = chromium.open(page)
    more = driver.find_element(By.CSS_SELECTOR, "#margins .under button")
    rows = driver.find_elements(By.CSS_SELECTOR, "#margins tbody tr")
    assert (more.text, sum(row.is_displayed() for row in rows)) == ("Visa alla rader (30)", 12)
    more.send_keys(Keys.ENTER)
    assert (more.text, sum(row.is_displayed() for row in rows)) == ("Visa färre rader", 30)


@pytest.mark.parametrize(("lang", "number", "word"), [("sv", "4,65", "okänt"), ("en", "4.65", "not known")])
def test_csv_is_what_excel_opens(chromium, page, lang, number, word):
    driver = chromium.open(page, query=f"?lang={lang}")
    text = driver.execute_async_script("""
        var done = arguments[0];
        URL.createObjectURL = function (blob) { blob.arrayBuffer().then(b => done(new TextDecoder("utf-8", {ignoreBOM: true}).decode(b))); return "about:blank#"; };
        HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };
        document.querySelector("#legs .under button:last-child").dispatchEvent(new MouseEvent("click"));""")
    assert text.startswith("\ufeff")
    lines = text.removeprefix("\ufeff").split("\r\n")
    assert len(lines) == 4 and lines[-1] == ""
    assert lines[1].split(";")[4] == number
    assert lines[2].split(";")[-3] == word
    assert driver.execute_script("return window.savedAs") == "legs.csv"


def test_everything_is_reached_by_keyboard(chromium, page):
    driver = chromium.open(page)
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    seen = []
    for _ in range(40):
        seen.append(
            driver.execute_script("var e = document.activeElement; return (e.textContent || '').trim().slice(0, 30)")
        )
        driver.switch_to.active_element.send_keys(Keys.TAB)
    assert seen[0].startswith("Hoppa till innehållet")
    assert {"Svenska", "English"} <= set(seen)
    assert any("Transport A" in text for text in seen)
    assert any(text.startswith("Hämta som CSV") for text in seen)


def test_links_to_maps_are_relative(chromium, page):
    driver = chromium.open(page)
    link = driver.find_element(By.CSS_SELECTOR, "a.map").get_attribute("href")
    assert link == (page.parent / "plan_a.html").as_uri()


def test_print_has_all_panels_and_no_buttons(chromium, page):
    driver = chromium.open(page)
    data = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})["data"]
    pdf = base64.b64decode(data)
    assert pdf.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 6
    assert driver.execute_script("return document.querySelector('details').open") is True
