"""What every test may use: tiny networks, the real data beside the project, Chromium."""

from __future__ import annotations

import gc
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import settings

from geoplan.network.network import Network, build_network

# The same cases in every run: a failure is one that everybody can see again.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")

# Thousands of tests and compiled kernels stay to the end: looking through them for garbage less often saves a quarter
# of the suite's time.
gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()


# Real data for tests lie beside the project, never in it; another place may be named in the environment.
SHARED = Path(os.environ.get("GEOPLAN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data; the test is skipped where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"no real data at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def make_network() -> Callable[..., Network]:
    """Builder of tiny networks: `make_network(nodes, edges, structures=..., turns=...)`.

    nodes: id -> (x, y) in metres, or (x, y, {column: value}).
    edges: (u, v) or (u, v, {column: value}); both directions unless {"oneway": True}; edge ids are `u-v` and `v-u`,
    or `id:f` and `id:b` when {"id": ...} is given. Length is the straight line and speed 60 km/h unless given.
    structures: id -> {column: value, "carries": [way ids], "over": [way ids]}.
    """
    return build_tiny


@pytest.fixture
def barred_turn() -> Network:
    r"""From s the turn right to e is banned and that to the left (w) costs 30 s.

    .   w - m - e        n is a place on the way (no junction), j the next junction.
    .      / \           The long way around leads from j over k to e.
    .     s   n - j - x
    .             |
    .             k - e
    """
    nodes = {
        "m": (0, 0),
        "w": (-1000, 0),
        "e": (1000, 0),
        "s": (0, -1000),
        "n": (0, 500),
        "j": (0, 1000),
        "k": (1000, 1000),
        "x": (-500, 1000),
    }
    edges = [("m", "w"), ("m", "e"), ("m", "s"), ("m", "n"), ("n", "j"), ("j", "k"), ("k", "e"), ("j", "x")]
    turns = [("ms:b", "me:f", np.inf), ("ms:b", "mw:f", 30.0)]
    return build_tiny(nodes, [(u, v, {"id": u + v}) for u, v in edges], turns=turns)


def build_tiny(nodes, edges, structures=None, turns=None, meta=None):
    node_rows = [
        {
            "node_id": key,
            "name": str(key),
            "kind": "junction",
            **(value[2] if len(value) > 2 else {}),
            "x": value[0],
            "y": value[1],
        }
        for key, value in nodes.items()
    ]
    frame = pd.DataFrame(node_rows).set_index("node_id")
    points = gpd.GeoDataFrame(
        frame.drop(columns=["x", "y"]), geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs=3006
    )
    rows = []
    for u, v, *rest in edges:
        values = {"mode": "road", "speed_kmh": 60.0, **(rest[0] if rest else {})}
        oneway = values.pop("oneway", False)
        way = values.pop("id", None)
        line = shapely.LineString([nodes[u][:2], nodes[v][:2]])
        values.setdefault("length_m", line.length)
        values["way_id"] = way or f"{u}-{v}"
        rows.append({"edge_id": f"{way}:f" if way else f"{u}-{v}", "u": u, "v": v, "geometry": line, **values})
        if not oneway:
            back = {"edge_id": f"{way}:b" if way else f"{v}-{u}", "u": v, "v": u, "geometry": line.reverse()}
            rows.append({**back, **values})
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=3006).set_index("edge_id")
    structure_table, pairs = None, None
    if structures:
        structure_rows, pair_rows = [], []
        for key, value in structures.items():
            value = dict(value)
            for role in ("carries", "over"):
                for way in value.pop(role, []):
                    ids = table.index[(table["way_id"] == way) | (table.index == way)]
                    pair_rows += [{"structure_id": key, "edge_id": edge, "role": role} for edge in ids]
            structure_rows.append({"structure_id": key, "name": key, "geometry": shapely.Point(0, 0), **value})
        structure_table = gpd.GeoDataFrame(structure_rows, geometry="geometry", crs=3006).set_index("structure_id")
        pairs = pd.DataFrame(pair_rows)
    turn_table = pd.DataFrame(turns, columns=["from_edge", "to_edge", "penalty_s"]) if turns else None
    return build_network(points, table, structure_table, pairs, turn_table, meta or {"name": "tiny"})


@pytest.fixture(scope="session")
def random_network(make_network) -> Callable[..., Network]:
    """Builder of seeded random networks with parallel edges, zero costs and one-way parts: `random_network(seed, n, m)`."""

    def build(seed: int, n: int = 12, m: int = 30, *, zero_share: float = 0.1) -> Network:
        rng = np.random.default_rng(seed)
        nodes = {f"n{i}": tuple(rng.uniform(0, 10_000, 2)) for i in range(n)}
        edges = []
        for k in range(m):
            u, v = rng.choice(n, 2, replace=False)
            length = 0.0 if rng.random() < zero_share else float(rng.integers(1, 20) * 100)
            edges.append((f"n{u}", f"n{v}", {"id": f"w{k}", "length_m": length, "oneway": bool(rng.random() < 0.4)}))
        return make_network(nodes, edges)

    return build


@dataclass(frozen=True)
class Chromium:
    """A headless Chromium that remembers what pages asked for and complained about."""

    driver: Any

    def open(self, page: Path, *, width: int = 1280, height: int = 900, query: str = "") -> Any:
        """Open a file in a window of this size, with an empty memory; returns the selenium driver."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(page.as_uri() + query)
        return self.driver

    def complaints(self) -> list[str]:
        """Messages of the console since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses asked for since the page was opened, but for the page itself and data inside it."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith(("file:", "data:", "blob:", "about:"))]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Chromium driven by selenium; the test is skipped where either is missing."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver_file = shutil.which("chromedriver")
    if binary is None or driver_file is None:
        pytest.skip("no Chromium with its driver on this machine")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-quic",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_file))
    try:
        yield Chromium(driver)
    finally:
        driver.quit()
