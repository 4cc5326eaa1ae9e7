"""Pictures of the gallery: `python docs/make_gallery.py RESULTS_FOLDER [ADDRESS]`.

RESULTS_FOLDER is of `geoplan run ludvika --lang en`, ADDRESS that of a running `geoplan serve ludvika --lang en`.

Drawings of the run become small WebP files; pages are photographed with Chromium. The whole stays below 1 MB.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

GALLERY = Path(__file__).parent / "gallery"
WIDTH = 960
MOST_BYTES = 1_000_000
PAGE = (1280, 800)
# The live page says itself when all of its answers are shown.
READY = """return document.readyState === "complete"
  && (!document.getElementById("settings") || document.body.hasAttribute("data-ready"))"""


def main(results: Path, live: str = "") -> None:
    GALLERY.mkdir(exist_ok=True)
    for old in GALLERY.glob("*.webp"):
        old.unlink()
    drawn = {
        path.stem: Image.open(path) for path in sorted((results / "pictures").glob("*.png")) if path.stem in DRAWINGS
    }
    pages = {"study_page": results / "index.html", **{name: results / f"{name}.html" for name in MAPS}}
    addresses = {name: f"{page.resolve().as_uri()}?lang=en" for name, page in pages.items()}
    if live:
        addresses["live_page"] = f"{live}?weight=390&height=5.5&lang=en"
    drawn |= photograph(addresses)
    for name, picture in drawn.items():
        small = picture.convert("RGB")
        small.thumbnail((WIDTH, WIDTH))
        small.save(GALLERY / f"{name}.webp", quality=72, method=6)
    total = sum(path.stat().st_size for path in GALLERY.glob("*.webp"))
    print(f"{len(drawn)} pictures, {total / 1000:.0f} kB")
    assert total < MOST_BYTES, "choose fewer or smaller pictures"


MAPS = ("flows", "bottlenecks", "plan_transformer_390")
DRAWINGS = (
    "strip_transformer_320", "gauge_transformer_390", "turn_transformer_390", "envelope_modes", "isochrones",
    "desire_lines", "corridor_borlange_orebro", "tornado_rv66_2plus1",
)  # fmt: skip


def photograph(addresses: dict[str, str]) -> dict[str, Image.Image]:
    """Each page as it opens in a window."""
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options)
    width, height = PAGE
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    taken = {}
    try:
        for name, address in addresses.items():
            driver.get(address)
            WebDriverWait(driver, 20).until(lambda d: d.execute_script(READY))
            driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
            taken[name] = Image.open(io.BytesIO(driver.get_screenshot_as_png()))
    finally:
        driver.quit()
    return taken


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
