"""Road networks made from a seed, in the sizes that real ones have.

A grid whose lines are barriers of rank, as rivers, railways and motorways are: the higher the rank of a line, the
fewer streets cross it. That gives the small cuts of real road networks, which a plain grid has not. A spanning tree
is kept, so that everything connects; spurs and dead ends come of themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from geoplan.network.network import Network, build_network

SPACING_M = 100.0
NEW_YORK = (264_346, 733_846)  # nodes and arcs of the New York graph of the 9th DIMACS Challenge (2006)


@dataclass(frozen=True)
class Streets:
    """Arcs of two-way streets, both directions: the first half forward, the second half back."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length_m: NDArray[np.float64]
    speed_kmh: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @property
    def time_ms(self) -> NDArray[np.float64]:
        """Whole milliseconds, so that sums are exact whatever the order of adding."""
        return np.round(self.length_m / self.speed_kmh * 3600.0)


def make_streets(n_nodes: int, n_arcs: int, *, seed: int = 1, barriers: bool = True) -> Streets:
    """So many nodes and arcs; without barriers a plain grid with random holes, the hardest case for a hierarchy."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(n_nodes)))
    at = np.arange(n_nodes)
    row, column = at // columns, at % columns
    x = (column + rng.uniform(-0.35, 0.35, n_nodes)) * SPACING_M
    y = (row + rng.uniform(-0.35, 0.35, n_nodes)) * SPACING_M
    east = at[(column < columns - 1) & (at + 1 < n_nodes)]
    north = at[at + columns < n_nodes]
    tail = np.concatenate([east, north])
    head = np.concatenate([east + 1, north + columns])
    # A street from column c to c + 1 crosses line c + 1; its rank is how often 2 divides it.
    crossed = np.concatenate([column[east] + 1, row[north] + 1])
    rank = np.minimum(np.log2(crossed & -crossed), 8.0)
    along = np.concatenate([row[east], column[north]])  # the line the street runs on: main streets lie on high ranks
    main = np.minimum(np.log2(np.maximum(along, 1) & -np.maximum(along, 1)), 8.0)
    worth = rng.exponential(1.0, len(tail)) * (0.8**rank if barriers else 1.0) + 0.15 * main
    tree = minimum_spanning_tree(csr_array((1.0 / (1e-9 + worth), (tail, head)), shape=(n_nodes, n_nodes))).tocoo()
    kept = np.zeros(len(tail), dtype=bool)
    key = tail * np.int64(n_nodes) + head
    order = np.argsort(key)
    kept[order[np.searchsorted(key[order], tree.row.astype(np.int64) * n_nodes + tree.col)]] = True
    more = np.flatnonzero(~kept)
    more = more[np.argsort(-worth[more], kind="stable")][: max(0, n_arcs // 2 - int(kept.sum()))]
    kept[more] = True
    tail, head, main = tail[kept], head[kept], main[kept]
    length = np.hypot(x[tail] - x[head], y[tail] - y[head]) * rng.uniform(1.0, 1.3, len(tail))
    speed = np.array([30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 110.0])[main.astype(int)]
    both = (np.concatenate([a, b]) for a, b in ((tail, head), (head, tail), (length, length), (speed, speed)))
    u, v, length, speed = both
    return Streets(u.astype(np.int32), v.astype(np.int32), length, speed, x, y)


def as_network(streets: Streets, **columns: NDArray) -> Network:
    """The streets as a network of straight lines; `columns` are added to the edges (one value an arc)."""
    n, m = len(streets.x), len(streets.tail)
    nodes = gpd.GeoDataFrame(
        {"name": np.full(n, ""), "kind": "junction"},
        index=pd.RangeIndex(n, name="node_id"),
        geometry=shapely.points(streets.x, streets.y),
        crs=3006,
    )
    ends = np.stack([streets.tail, streets.head], axis=1)
    lines = shapely.linestrings(np.stack([streets.x[ends], streets.y[ends]], axis=2))
    edges = gpd.GeoDataFrame(
        {
            "u": streets.tail.astype(np.int64),
            "v": streets.head.astype(np.int64),
            "way_id": np.tile(np.arange(m // 2), 2),
            "mode": "road",
            "length_m": streets.length_m,
            "speed_kmh": streets.speed_kmh,
            **columns,
        },
        index=pd.RangeIndex(m, name="edge_id"),
        geometry=lines,
        crs=3006,
    )
    return build_network(nodes, edges)
