"""Size and opening time of the study page: a made region of 50,000 edges, 3 scenarios.

    python benchmarks/study_page.py [--open]

Budget: at most 3 MB, and in Chromium drawn and ready in less than 3 s. The network is a bent grid with names,
limits and classes as a region of OpenStreetMap has them; flows fall off from a few centres, with noise.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.maps.labels import LANGS, Text
from geoplan.maps.views import map_bottlenecks, map_comparison, map_flows, map_network
from geoplan.network.network import Network, build_network
from geoplan.report.atlas import Atlas
from geoplan.report.content import Meta, Section
from geoplan.report.page import write_page

SIDE = 113  # nodes a side: 2 * 113 * 112 ways, both directions: 50,624 edges
SCENARIOS = {"today": Text("I dag", "Today"), "road": Text("Ny väg", "New road"), "growth": Text("Tillväxt", "Growth")}


def made_region(side: int = SIDE, seed: int = 0) -> Network:
    """A bent grid with `side` nodes a side, 800 m apart: every tenth row and column a main road."""
    rng = np.random.default_rng(seed)
    at = np.arange(side) * 800.0
    x, y = (part.ravel() + rng.uniform(-250, 250, side * side) for part in np.meshgrid(at, at))
    x, y = x + 500_000, y + 6_650_000
    nodes = gpd.GeoDataFrame(
        {"node_id": [f"n{k}" for k in range(side**2)], "name": "", "kind": "junction"},
        geometry=gpd.points_from_xy(x, y),
        crs=3006,
    ).set_index("node_id")
    grid = np.arange(side**2).reshape(side, side)
    u = np.concatenate([grid[:, :-1].ravel(), grid[:-1].ravel()])
    v = np.concatenate([grid[:, 1:].ravel(), grid[1:].ravel()])
    row, column = np.divmod(u, side)
    main = np.concatenate([(row % 10 == 0)[: side * (side - 1)], (column % 10 == 0)[side * (side - 1) :]])
    share = np.linspace(0, 1, 6)
    bend = rng.normal(0, 25, (len(u), 6, 2)) * np.sin(np.pi * share)[None, :, None]
    ends = np.stack([np.column_stack([x[u], y[u]]), np.column_stack([x[v], y[v]])], axis=1)
    points = ends[:, :1] * (1 - share)[None, :, None] + ends[:, 1:] * share[None, :, None] + bend
    lines = shapely.linestrings(points)
    street = [f"{('Björk', 'Sjö', 'Kyrk', 'Industri', 'Ring', 'Skol')[k % 6]}vägen {k // 8}" for k in range(len(u))]
    ways = {
        "u": [f"n{k}" for k in u],
        "v": [f"n{k}" for k in v],
        "way_id": [f"w{k}" for k in range(len(u))],
        "mode": "road",
        "road_class": np.where(main, "primary", "residential"),
        "ref": np.where(main, (50 + (row + column) % 40).astype(str), ""),
        "name": np.where(main, "", street),
        "length_m": np.round(shapely.length(lines), 0),
        "speed_kmh": np.where(main, 80.0, rng.choice([30.0, 40.0, 50.0], len(u))),
        "lanes": 1.0,
        "capacity_vph": np.where(main, 1400.0, 600.0),
        "max_height_m": np.where(rng.random(len(u)) < 0.02, np.round(rng.uniform(3.5, 4.5, len(u)), 1), np.nan),
    }
    forth = gpd.GeoDataFrame(ways, geometry=lines, crs=3006)
    back = forth.assign(u=forth["v"], v=forth["u"], geometry=shapely.reverse(lines))
    forth["edge_id"], back["edge_id"] = forth["way_id"] + "f", back["way_id"] + "b"
    edges = pd.concat([forth, back]).set_index("edge_id")
    meta = {"name": "made", "data_date": "2026-01-01", "attribution": "made"}
    return build_network(nodes, gpd.GeoDataFrame(edges, crs=3006), meta=meta)


def made_flows(network: Network, seed: int) -> pd.DataFrame:
    """Flows that fall off from three centres, with noise of its own for each seed."""
    rng = np.random.default_rng(seed)
    edges = network.edges
    middle = shapely.get_coordinates(shapely.line_interpolate_point(edges.geometry.to_numpy(), 0.5, normalized=True))
    centres = np.random.default_rng(7).uniform(middle.min(axis=0), middle.max(axis=0), (3, 2))
    away = np.min(np.hypot(*(middle[:, None] - centres[None]).transpose(2, 0, 1)), axis=1)
    main = (edges["road_class"] == "primary").to_numpy()
    flow = np.where(main, 900.0, 120.0) * np.exp(-away / 15_000) * rng.lognormal(0, 0.4, len(edges))
    ratio = flow / edges["capacity_vph"].to_numpy()
    free = edges["length_m"].to_numpy() / edges["speed_kmh"].to_numpy() * 3.6
    time_s = free * (1 + 0.15 * ratio**4)
    values = {"flow_vph": flow, "vc_ratio": ratio, "time_s": time_s, "delay_vehh": flow * (time_s - free) / 3600}
    return pd.DataFrame(values, index=edges.index)


def made_atlas(network: Network) -> Atlas:
    """The network, flows of three scenarios and what two of them change, and a register."""
    flows = {key: made_flows(network, seed=1 + number) for number, key in enumerate(SCENARIOS)}
    top = max(float(table["flow_vph"].max()) for table in flows.values())
    maps = {("network", "", ""): {lang: map_network(network, lang=lang) for lang in LANGS}}
    for key, table in flows.items():
        maps["flows", key, ""] = {lang: map_flows(network, table, largest_vph=top, lang=lang) for lang in LANGS}
        base = flows["today"]["flow_vph"]
        change = pd.DataFrame({"base": base, "variant": table["flow_vph"]}).assign(change=lambda t: t.variant - t.base)
        maps["change", key, ""] = {lang: map_comparison(network, change, largest=top, lang=lang) for lang in LANGS}
    worst = flows["today"].nlargest(30, "delay_vehh")
    register = pd.DataFrame(
        {
            "rank": range(1, 31), "kind": "congestion", "name": "", "structure_id": "", "edge_id": worst.index,
            "measure": "delay_vehh", "value": worst["delay_vehh"].to_numpy(), "unit": "vehh/h", "evidence": "made",
            "who_affected": "", "confidence": "L", "basis": "made",
        }
    )  # fmt: skip
    maps["bottlenecks", "", ""] = {lang: map_bottlenecks(network, register, lang=lang) for lang in LANGS}
    views = {
        "network": Text("Nätet", "Network"), "flows": Text("Flöden", "Flows"), "change": Text("Förändring", "Change"),
        "bottlenecks": Text("Flaskhalsar", "Bottlenecks"),
    }  # fmt: skip
    return Atlas(views, SCENARIOS, {}, maps)


def write_made_page(path: Path, side: int = SIDE) -> Path:
    atlas = made_atlas(made_region(side))
    return write_page(path, [Section("one", Text("Ett", "One"))], meta=Meta(Text("Gjord", "Made")), atlas=atlas)


def opening_time(page: Path, query: str = "") -> float:
    """Seconds from the start of loading until the map is drawn, in the machine's Chromium."""
    from selenium import webdriver
    from selenium.webdriver.support.ui import WebDriverWait

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        driver.get(page.as_uri() + query)
        painted = "var mark = performance.getEntriesByName('geoplan-painted')[0]; return mark ? mark.startTime : null"
        return float(WebDriverWait(driver, 60).until(lambda one: one.execute_script(painted))) / 1000
    finally:
        driver.quit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", action="store_true", help="also open it in Chromium and take the time")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        page = write_made_page(Path(folder) / "index.html")
        print(f"written in {time.process_time() - started:.1f} s CPU, {page.stat().st_size / 1e6:.2f} MB")
        if chosen.open:
            for query in ("", "#view=flows&scenario=growth"):
                print(f"ready after {opening_time(page, query):.2f} s {query}")


if __name__ == "__main__":
    main()
