"""Local redundancy of every link: geoplan against RA2CE's algorithm (each link out, shortest way between its ends).

    python benchmarks/bench_redundancy.py [--quick]

RA2CE's own package needs a stack that pins old versions; its algorithm is the loop below, by networkx as there. It is
run for a sample of the links and extrapolated.
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
from bench_criticality import road_grid
from harness import Options, Row, alone, cpu

from geoplan.bottlenecks.redundancy import redundancy
from geoplan.network.network import Network

SAMPLE = 200


def single_link(network: Network, ways: np.ndarray) -> list[float]:
    """Length of the best way between the ends of each link without it, as RA2CE's single-link redundancy has it."""
    edges = network.edges
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(edges["u"], edges["v"], edges["length_m"], strict=True))
    found = []
    for way in ways:
        row = edges[edges["way_id"] == way].iloc[0]
        graph.remove_edge(row["u"], row["v"])
        try:
            found.append(nx.dijkstra_path_length(graph, row["u"], row["v"]))
        except nx.NetworkXNoPath:
            found.append(np.inf)
        graph.add_edge(row["u"], row["v"], weight=row["length_m"])
    return found


def measure(options: Options) -> Iterator[Row]:
    links = 2_000 if options.quick else 20_000
    redundancy(road_grid(200, np.random.default_rng(1)))  # compiles
    network = road_grid(links, np.random.default_rng(1))
    own, table = cpu(lambda: redundancy(network))
    ways = np.random.default_rng(0).choice(network.edges["way_id"].unique(), SAMPLE, replace=False)
    theirs, found = cpu(lambda: single_link(network, ways), times=1)
    first = network.edges.reset_index().groupby("way_id")["edge_id"].first()
    ours = table.loc[first[ways], "alt_length_m"].fillna(np.inf).to_numpy()
    equal = bool(np.allclose(ours, found))
    note = f"theirs from {SAMPLE} links, extrapolated"
    yield Row(
        f"redundancy of {links:,} links", "RA2CE's algorithm", own, theirs / SAMPLE * links, checked=equal, note=note
    )


if __name__ == "__main__":
    alone(measure, __doc__)
