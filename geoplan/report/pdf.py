"""report.pdf: the start page as a browser prints it, so that screen and paper never tell two stories."""

from __future__ import annotations

import base64
import os
import shutil
from pathlib import Path

from geoplan.errors import DataError, MissingExtraError
from geoplan.maps.standalone import write_whole

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # containers have no user namespaces; the page is our own and forbids every request
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WAIT_S = 60
# A page with a map opens its packed block first and paints in the frame after that.
_READY = """
var map = document.getElementById("atlas");
return !map || performance.getEntriesByName("geoplan-painted").length > 0;
"""
_A4_CM = {"pageWidth": 21.0, "pageHeight": 29.7}


def write_pdf(page: str | os.PathLike[str], path: str | os.PathLike[str]) -> Path:
    """Print a page of a report to PDF (A4) with the machine's Chromium or Chrome.

    Raises
    ------
    MissingExtraError
        selenium is not installed.
    DataError
        No such page, no browser, or the file cannot be written.
    """
    source = Path(page).resolve()
    if not source.is_file():
        raise DataError(f"{page}: no such page; run the study first")
    try:
        from selenium import webdriver
        from selenium.common.exceptions import TimeoutException, WebDriverException
        from selenium.webdriver.common.print_page_options import PrintOptions
        from selenium.webdriver.support.ui import WebDriverWait
    except ImportError as fault:
        raise MissingExtraError("printing needs selenium; install it with: pip install 'geoplan[report]'") from fault
    binary = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    options = webdriver.ChromeOptions()
    if binary is not None:
        options.binary_location = binary
    for flag in _FLAGS:
        options.add_argument(flag)
    driver_file = shutil.which("chromedriver")
    service = webdriver.ChromeService(driver_file) if driver_file else None
    try:
        driver = webdriver.Chrome(options=options, service=service)
    except WebDriverException as fault:
        raise DataError(
            "printing needs Chromium or Chrome and its driver; install them, or print the page yourself"
        ) from fault
    try:
        driver.get(source.as_uri())
        try:
            WebDriverWait(driver, _WAIT_S).until(lambda one: one.execute_script(_READY))
        except TimeoutException as fault:
            raise DataError(f"{source}: its map was not drawn within {_WAIT_S} s; print the page yourself") from fault
        wanted = PrintOptions()
        wanted.page_width, wanted.page_height = _A4_CM["pageWidth"], _A4_CM["pageHeight"]
        wanted.background = True
        data = base64.b64decode(driver.print_page(wanted))
    finally:
        driver.quit()
    return write_whole(path, data)
