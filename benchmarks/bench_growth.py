"""How cost grows with size: made networks of 10^4 to 2 x 10^6 edges, by the hierarchy, plain trees and scipy.

    python benchmarks/bench_growth.py [--quick]

Each size runs in a process of its own, so that memory is that of the size. `run.py` draws the rows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
from harness import Options, Row, alone, as_matrix, cpu, peak_mb, yardstick
from made_networks import make_streets
from scipy.sparse.csgraph import dijkstra

from geoplan.network.graph import graph_from_positions
from geoplan.routing.hierarchy import build_hierarchy, customize, order_nodes, pair_costs, table_costs
from geoplan.routing.kernels import cost_table

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000)


def measure(options: Options) -> Iterator[Row]:
    unit = yardstick()
    for size in SIZES[:2] if options.quick else SIZES:
        done = subprocess.run([sys.executable, __file__, str(size)], capture_output=True, text=True, check=True)
        figures = json.loads(done.stdout)
        memory = {"memory_mb": figures["memory_mb"], "size": size}
        tree, plain, scipy = figures["tree"], figures["plain"], figures["scipy"]
        yield Row(f"{size:,} edges: a tree of 16", "scipy", tree, scipy, checked=figures["equal"], **memory)
        yield Row(f"{size:,} edges: a plain tree", "scipy", plain, scipy, size=size)
        for case in ("pair", "table", "customize", "order"):
            names = {"pair": "point to point", "table": "200 x 200", "customize": "new weights", "order": "order"}
            yield Row(f"{size:,} edges: {names[case]}", "yardstick", figures[case], unit, size=size)


def one_size(edges: int) -> dict[str, float]:
    """CPU seconds of each question on a network of this size."""
    small = make_streets(360, 1_000)  # compiles, which takes memory too
    ends = np.arange(16, dtype=np.int32)
    metric = customize(build_hierarchy(small.tail, small.head, small.x, small.y, cache=False), small.time_ms)
    table_costs(metric, ends, ends)
    base = peak_mb()
    streets = make_streets(int(edges / 2.78), edges)
    n, cost = len(streets.x), streets.time_ms
    order, rank = cpu(lambda: order_nodes(streets.tail, streets.head, streets.x, streets.y), times=1)
    hierarchy = build_hierarchy(streets.tail, streets.head, streets.x, streets.y, rank=rank)
    customize(hierarchy, cost)
    custom, metric = cpu(lambda: customize(hierarchy, cost))
    rng = np.random.default_rng(0)
    sources, targets = rng.integers(0, n, (2, 2000)).astype(np.int32)
    nodes = np.arange(n, dtype=np.int32)
    table_costs(metric, sources[:1], nodes)
    pair_costs(metric, sources[:1], targets[:1])
    trees_s, trees = cpu(lambda: table_costs(metric, sources[:16], nodes))
    memory = peak_mb() - base
    graph = graph_from_positions(nodes, streets.tail, streets.head)
    through, arc_cost = np.ones(n, dtype=bool), graph.arc_costs(cost)
    cost_table(graph.first_out, graph.head, arc_cost, sources[:1], nodes[:1], through)
    plain, _ = cpu(lambda: cost_table(graph.first_out, graph.head, arc_cost, sources[:3], nodes, through))
    matrix = as_matrix(streets.tail, streets.head, cost, n)
    scipy, expected = cpu(lambda: dijkstra(matrix, indices=sources[:3]), times=2)
    return {
        "order": order,
        "customize": custom,
        "tree": trees_s / 16,
        "pair": cpu(lambda: pair_costs(metric, sources, targets))[0] / len(sources),
        "table": cpu(lambda: table_costs(metric, sources[:200], targets[:200]))[0],
        "plain": plain / 3,
        "scipy": scipy / 3,
        "memory_mb": round(memory),
        "equal": bool(np.array_equal(trees[:3], expected)),
    }


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].isdigit():
        print(json.dumps(one_size(int(sys.argv[1]))))
    else:
        alone(measure, __doc__)
