"""Shortest paths where many are asked: the hierarchy against scipy, networkx, AequilibraE and RoutingKit.

    python benchmarks/bench_routing.py [--quick] [--peers '{"networkx": "/venv/bin/python"}']

On the graph of Luxembourg (RoutingKit's test data) and on a made network with the numbers of nodes and arcs of New
York's. Costs are whole numbers, so that equal means equal to the last bit.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from harness import ONE_THREAD, Options, Row, alone, as_matrix, ask_peer, cpu, yardstick
from made_networks import NEW_YORK, make_streets
from scipy.sparse.csgraph import dijkstra

from geoplan.routing.hierarchy import (
    build_hierarchy,
    change_costs,
    customize,
    order_nodes,
    pair_costs,
    path_arcs,
    table_costs,
)

TREES = 64
CLOSURES = 300


def measure(options: Options) -> Iterator[Row]:
    unit = yardstick()
    if (options.data / "routing" / "luxembourg-routingkit").is_dir():
        yield from _graph("Luxembourg", *_luxembourg(options.data), options, unit)
        yield from _reference(options.data, unit)
    size = (26_000, 73_000) if options.quick else NEW_YORK
    streets = make_streets(*size)
    name = "made small" if options.quick else "made New York"
    yield from _graph(name, streets.tail, streets.head, streets.time_ms, streets.x, streets.y, options, unit)


def _graph(name, tail, head, cost, x, y, options, unit) -> Iterator[Row]:
    n = len(x)
    rng = np.random.default_rng(0)
    sources, targets = rng.integers(0, n, (2, 10_000)).astype(np.int32)
    order_nodes(tail[:10], head[:10], x, y)  # compiles
    order_s, rank = cpu(lambda: order_nodes(tail, head, x, y), times=1)
    hierarchy = build_hierarchy(tail, head, x, y, rank=rank)
    customize(hierarchy, cost)
    customize_s, metric = cpu(lambda: customize(hierarchy, cost), times=5)
    peers = _ask(tail, head, cost, x, y, sources, targets, options)

    def memory(peer: str) -> dict[str, float]:
        """Growth of the peak by graph (ours with its hierarchy) and questions; each in a process of its own."""
        return {"memory_mb": peers["geoplan"]["memory"]["grown_mb"], "peer_mb": peers[peer]["memory"]["grown_mb"]}

    matrix = as_matrix(tail, head, cost, n)
    nodes = np.arange(n, dtype=np.int32)
    table_costs(metric, sources[:1], nodes)
    tree_s, trees = cpu(lambda: table_costs(metric, sources[:TREES], nodes), times=5)
    tree_s /= TREES
    some = min(10, TREES)
    scipy_s, expected = cpu(lambda: dijkstra(matrix, indices=sources[:some]))
    case = f"{name}: one tree of {TREES}"
    equal = bool(np.array_equal(trees[:some], expected))
    yield Row(case, "scipy", tree_s, scipy_s / some, 20, checked=equal, **memory("scipy"))
    if "networkx" in peers:
        tree = peers["networkx"]["tree"]
        equal = float(trees[0][np.isfinite(trees[0])].sum()) == tree["answer"]
        yield Row(case, "networkx", tree_s, tree["cpu_s"], 300, checked=equal, **memory("networkx"))

    few = sources[:200], targets[:200]
    table_s, square = cpu(lambda: table_costs(metric, *few), times=5)
    scipy_table_s, whole = cpu(lambda: dijkstra(matrix, indices=few[0])[:, few[1]], times=1)
    case = f"{name}: 200 x 200"
    yield Row(case, "scipy", table_s, scipy_table_s, 30, checked=bool(np.array_equal(square, whole)))
    if "aequilibrae" in peers:
        theirs = peers["aequilibrae"]["square"]["cpu_s"]
        yield Row(case, "AequilibraE", table_s, theirs, note="same 200 zones", **memory("aequilibrae"))
    if "routingkit" in peers:
        yield Row(case, "routingkit-cch", table_s, peers["routingkit"]["table"]["cpu_s"], **memory("routingkit"))

    pair_costs(metric, sources[:1], targets[:1])
    pair_s, costs = cpu(lambda: pair_costs(metric, sources, targets), times=5)
    pair_s /= len(sources)
    case = f"{name}: point to point"
    if "networkx" in peers:
        pair = peers["networkx"]["pair"]
        equal = bool(np.array_equal(costs[:20], pair["answer"]))
        yield Row(case, "networkx bidirectional", pair_s, pair["cpu_s"], 100, 1e-4, checked=equal)
    else:
        yield Row(case, "yardstick", pair_s, unit, limit_s=1e-4)
    if "routingkit" in peers:
        yield Row(
            case, "routingkit-cch", pair_s, peers["routingkit"]["pair"]["cpu_s"],
            checked=bool(np.array_equal(costs[:20], peers["routingkit"]["pair"]["answer"])),
            note="theirs with a Python call a pair",
        )  # fmt: skip
    path_arcs(metric, 0, 1)
    path_s, _ = cpu(lambda: [path_arcs(metric, a, b) for a, b in zip(sources[:300], targets[:300], strict=True)])
    yield Row(f"{name}: point to point with its arcs", "yardstick", path_s / 300, unit)

    case = f"{name}: new weights"
    yield Row(case, "yardstick", customize_s, unit, limit_s=0.3)
    if "routingkit" in peers:
        yield Row(case, "routingkit-cch", customize_s, peers["routingkit"]["customize"]["cpu_s"])
    yield _closures(name, metric, tail, head, rng, unit)
    yield Row(f"{name}: order, once", "yardstick", order_s, unit, limit_s=30.0)
    if "routingkit" in peers:
        yield Row(f"{name}: order, once", "routingkit-cch", order_s, peers["routingkit"]["order"]["cpu_s"])


def _closures(name, metric, tail, head, rng, unit) -> Row:
    """Both directions of a random street closed, on average, and opened again."""
    key = tail.astype(np.int64) * len(metric.hierarchy.rank) + head
    order = np.argsort(key, kind="stable")
    twin = head.astype(np.int64) * len(metric.hierarchy.rank) + tail
    place = np.minimum(np.searchsorted(key[order], twin), len(key) - 1)
    back = np.where(key[order[place]] == twin, order[place], np.arange(len(key)))
    change_costs(metric, np.array([0]), metric.cost[[0]])
    seconds = []
    for arc in rng.choice(len(tail), CLOSURES, replace=False):
        pair = np.unique([arc, back[arc]])
        costs = metric.cost[pair].copy()
        seconds.append(cpu(lambda pair=pair: change_costs(metric, pair, np.full(len(pair), np.inf)), times=1)[0])
        change_costs(metric, pair, costs)
    worst = f"mean of {CLOSURES}; nineteen in twenty below {1e3 * np.percentile(seconds, 95):.2g} ms, worst "
    worst += f"{1e3 * max(seconds):.2g} ms"
    return Row(f"{name}: one road closed", "yardstick", float(np.mean(seconds)), unit, limit_s=2e-3, note=worst)


def _reference(data: Path, unit: float) -> Iterator[Row]:
    """The 100,000 reference queries by time and by distance."""
    tail, head, cost, x, y = _luxembourg(data)
    hierarchy = build_hierarchy(tail, head, x, y)
    ends = [_vector(data, name).astype(np.int32) for name in ("source_node", "target_node")]
    for name, values in (("travel_time", cost), ("geo_distance", _vector(data, "geo_distance").astype(float))):
        expected = _vector(data, f"query_reference_{name}_length").astype(float)
        expected[expected == 2**31 - 1] = np.inf
        metric = customize(hierarchy, values)
        seconds, found = cpu(lambda metric=metric: pair_costs(metric, *ends), times=1)
        equal = bool(np.array_equal(found, expected))
        yield Row(f"Luxembourg: {len(expected):,} reference queries, {name}", "yardstick", seconds, unit, checked=equal)


def _ask(tail, head, cost, x, y, sources, targets, options) -> dict:
    """What the peers that are installed say of a graph, and we of our memory: {peer: {case: line}}."""
    told = {}
    pythons = {"geoplan": sys.executable, "scipy": sys.executable, **options.peers}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.npz"
        np.savez(file, tail=tail, head=head, cost=cost, x=x, y=y, sources=sources, targets=targets)
        for peer in ("geoplan", "scipy", "networkx", "routingkit", "aequilibrae"):
            if peer in pythons:
                lines = ask_peer(pythons[peer], "peer_routing.py", str(file), peer)
                told[peer] = {line["case"]: line for line in lines}
    return told


def _vector(data: Path, name: str, dtype: type = np.uint32) -> np.ndarray:
    return np.fromfile(data / "routing" / "luxembourg-routingkit" / f"luxembourg_{name}", dtype)


def _luxembourg(data: Path) -> tuple[np.ndarray, ...]:
    first_out, head = _vector(data, "first_out").astype(np.int64), _vector(data, "head").astype(np.int32)
    tail = np.repeat(np.arange(len(first_out) - 1, dtype=np.int32), np.diff(first_out))
    x, y = (_vector(data, name, np.float32).astype(float) for name in ("longitude", "latitude"))
    return tail, head, _vector(data, "travel_time").astype(float), x, y


if __name__ == "__main__":
    import os

    if os.environ.get("NUMBA_NUM_THREADS") != "1":
        raise SystemExit(f"one thread only: set {' '.join(f'{k}={v}' for k, v in ONE_THREAD.items())}")
    alone(measure, __doc__)
