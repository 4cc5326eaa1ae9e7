"""Every closure of a network, exactly: geoplan against the same loop with scipy and networkx.

    python benchmarks/bench_criticality.py [--quick]

geoplan closes all links. The loops close a random sample of them and are *extrapolated* to all links from the mean of
the sample: they would run for hours. All three see the same network, trips and closures, and the losses of the sampled
links are compared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from harness import Options, Row, alone, cpu, yardstick
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.pairs import pair_criticality
from geoplan.demand.demand import Demand, build_demand
from geoplan.network.network import Network, build_network

SEED = 1
SAMPLES = 5  # closures that scipy and networkx work out


def road_grid(links: int, rng: np.random.Generator) -> Network:
    """A grid of two-way roads with times of their own, a tenth of its links taken out; `links` are left."""
    side = int(np.ceil(np.sqrt(links / 0.9 / 2.0))) + 1
    number = np.arange(side * side).reshape(side, side)
    ends = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
            np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
        ]
    )
    ends = ends[rng.permutation(len(ends))[:links]]
    length = rng.uniform(300.0, 3000.0, len(ends))
    x, y = (number % side).ravel() * 1000.0, (number // side).ravel() * 1000.0
    nodes = gpd.GeoDataFrame(
        {"name": "", "kind": "junction"},
        index=pd.RangeIndex(side * side, name="node_id"),
        geometry=gpd.points_from_xy(x, y),
        crs=3006,
    )
    u, v = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
    lines = shapely.linestrings(np.stack([np.stack([x[u], y[u]], axis=1), np.stack([x[v], y[v]], axis=1)], axis=1))
    edges = gpd.GeoDataFrame(
        {
            "u": u,
            "v": v,
            "way_id": np.tile(np.arange(len(ends)), 2),
            "mode": "road",
            "length_m": np.tile(length, 2),
            "speed_kmh": 60.0,
        },
        index=pd.RangeIndex(2 * len(ends), name="edge_id"),
        geometry=lines,
        crs=3006,
    )
    return build_network(nodes, edges)


def random_demand(network: Network, zones: int, rng: np.random.Generator) -> Demand:
    """Trips between all pairs of random nodes."""
    nodes = rng.choice(len(network.nodes), zones, replace=False)
    ids = [f"z{k}" for k in range(zones)]
    table = gpd.GeoDataFrame(
        {"name": ids, "node_id": nodes},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[nodes].array,
    )
    trips = rng.uniform(0.0, 10.0, (zones, zones))
    return build_demand(table, {"car": pd.DataFrame(trips, index=ids, columns=ids)})


def loss_vehh(before: np.ndarray, after: np.ndarray, trips: np.ndarray) -> float:
    """Extra vehicle hours of trips that still arrive."""
    there = np.isfinite(before) & np.isfinite(after)
    return float(
        (trips * np.where(there, np.where(there, after, 0.0) - np.where(there, before, 0.0), 0.0)).sum() / 3600
    )


def scipy_loop(network: Network, demand: Demand, ways: np.ndarray) -> tuple[float, list[float]]:
    """Seconds a closure, and the losses, with a whole search for every closure."""
    edges = network.edges
    n = len(network.nodes)
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    seconds = edges["length_m"].to_numpy() / (edges["speed_kmh"].to_numpy() / 3.6)
    zone = demand.zones["node_id"].to_numpy()
    trips = demand.matrices["car"].to_numpy()

    def times(keep: np.ndarray) -> np.ndarray:
        graph = csr_array((seconds[keep], (u[keep], v[keep])), shape=(n, n))
        return dijkstra(graph, indices=zone)[:, zone]

    before = times(np.ones(len(edges), dtype=bool))
    start = time.process_time()
    losses = [loss_vehh(before, times(edges["way_id"].to_numpy() != way), trips) for way in ways]
    return (time.process_time() - start) / len(ways), losses


def networkx_loop(network: Network, demand: Demand, ways: np.ndarray, sources: int) -> tuple[float, list[float]]:
    """As `scipy_loop`, from the first `sources` zones only, scaled to all of them."""
    edges = network.edges
    graph = nx.DiGraph()
    graph.add_nodes_from(network.nodes.index)
    seconds = edges["length_m"] / (edges["speed_kmh"] / 3.6)
    graph.add_weighted_edges_from(zip(edges["u"], edges["v"], seconds, strict=True))
    zone = demand.zones["node_id"].to_numpy()

    def times() -> np.ndarray:
        found = [nx.single_source_dijkstra_path_length(graph, source) for source in zone[:sources]]
        return np.array([[row.get(node, np.inf) for node in zone] for row in found])

    before = times()
    trips = demand.matrices["car"].to_numpy()[:sources]
    spent, losses = 0.0, []
    for way in ways:
        rows = edges[edges["way_id"] == way]
        pairs = list(zip(rows["u"], rows["v"], seconds[rows.index], strict=True))
        start = time.process_time()
        graph.remove_edges_from([(u, v) for u, v, _ in pairs])
        losses.append(loss_vehh(before, times(), trips))
        graph.add_weighted_edges_from(pairs)
        spent += time.process_time() - start
    return spent / len(ways) * len(zone) / sources, losses


def measure(options: Options) -> Iterator[Row]:
    links, zones = (2_000, 50) if options.quick else (20_000, 200)
    rng = np.random.default_rng(SEED)
    small = road_grid(200, np.random.default_rng(SEED))
    warm = random_demand(small, 5, np.random.default_rng(SEED))
    criticality(small, warm)  # kernels are compiled here
    pair_criticality(small, warm, by="edge", top=5)
    network = road_grid(links, rng)
    demand = random_demand(network, zones, rng)
    own, table = cpu(lambda: criticality(network, demand), times=1)
    busy = table[table["loss_vehh"] > 0].index.to_numpy()
    ways = network.edges["way_id"].to_numpy()[rng.choice(busy, SAMPLES, replace=False)]
    case = f"all {links:,} closures, {zones} x {zones} zones"
    note = f"theirs from {SAMPLES} closures, extrapolated"
    each, losses = scipy_loop(network, demand, ways)
    equal = bool(np.allclose(losses, table["loss_vehh"].to_numpy()[ways], rtol=1e-9))
    yield Row(case, "a scipy loop", own, each * links, checked=equal, note=note)
    each, _ = networkx_loop(network, demand, ways, 4)
    yield Row(case, "a networkx loop", own, each * links, note=note)
    seconds, _ = cpu(lambda: pair_criticality(network, demand, by="edge", top=100), times=1)
    yield Row("all pairs of the 100 most important links", "yardstick", seconds, yardstick())


if __name__ == "__main__":
    alone(measure, __doc__)
