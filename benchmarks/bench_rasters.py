"""Heights along 50,000 edges, against a twin that opens the raster and asks for each point.

    python benchmarks/bench_rasters.py [--quick]

A raster of 4,000 x 4,000 pixels of 10 m is made in a temporary folder; edges are random streets of 20 to 400 m.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from harness import Options, Row, alone, cpu

from geoplan.io.dem import sample_heights
from geoplan.network.network import Network, build_network

SIZE, PIXEL = 4000, 10.0


def make_raster(path: Path) -> Path:
    """Rolling hills, tiled and packed as a national elevation model is."""
    at = np.arange(SIZE) * PIXEL
    heights = (150 + 80 * np.sin(at[None, :] / 1500) * np.cos(at[:, None] / 2100)).astype("float32")
    shape = {"width": SIZE, "height": SIZE, "count": 1, "dtype": "float32", "crs": "EPSG:3006"}
    tiles = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    transform = Affine(PIXEL, 0, 500_000, 0, -PIXEL, 6_700_000)
    with rasterio.open(path, "w", driver="GTiff", transform=transform, **shape, **tiles) as file:
        file.write(heights, 1)
    return path


def make_streets(n: int, seed: int = 0) -> Network:
    rng = np.random.default_rng(seed)
    n //= 2
    start = np.column_stack([rng.uniform(500_500, 539_500, n), rng.uniform(6_660_500, 6_699_500, n)])
    angle, length = rng.uniform(0, 2 * np.pi, n), rng.uniform(20, 400, n)
    end = start + length[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    bend = (start + end) / 2 + rng.normal(0, 5, (n, 2))
    lines = shapely.linestrings(np.stack([start, bend, end], axis=1))
    nodes = gpd.GeoDataFrame(
        {"kind": "junction"},
        geometry=shapely.points(np.r_[start, end]),
        index=pd.RangeIndex(2 * n),
        crs=3006,
    )
    way = np.arange(n)
    both = {"u": np.r_[way, way + n], "v": np.r_[way + n, way], "way_id": np.r_[way, way], "mode": "road"}
    shape = np.r_[lines, shapely.reverse(lines)]
    edges = gpd.GeoDataFrame({**both, "length_m": shapely.length(shape)}, geometry=shape, crs=3006)
    return build_network(nodes, edges)


def twin_heights(network: Network, path: Path, rows: int) -> None:
    """Ask rasterio point by point, for the first rows."""
    with rasterio.open(path) as raster:
        for line in network.edges.geometry.iloc[:rows]:
            parts = max(int(np.ceil(line.length / PIXEL)), 1)
            points = [line.interpolate(line.length * k / parts) for k in range(parts + 1)]
            list(raster.sample([(p.x, p.y) for p in points]))


def measure(options: Options) -> Iterator[Row]:
    n = 2_000 if options.quick else 50_000
    with tempfile.TemporaryDirectory() as folder:
        path = make_raster(Path(folder) / "hills.tif")
        network = make_streets(n)
        seconds, _ = cpu(lambda: sample_heights(network, path))
        rows = 500
        twin, _ = cpu(lambda: twin_heights(network, path, rows), times=1)
    note = f"theirs from {rows} edges, nearest pixel only"
    yield Row(f"heights along {n:,} edges", "rasterio point by point", seconds, twin * n / rows, limit_s=2.0, note=note)


if __name__ == "__main__":
    alone(measure, __doc__)
