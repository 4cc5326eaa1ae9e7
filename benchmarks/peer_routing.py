"""Peers on the arrays of a graph, run by bench_routing.py in a venv of their own.

    python peer_routing.py graph.npz {networkx|routingkit|aequilibrae|scipy|geoplan}

Prints JSON lines: case, CPU seconds of one answer, and the answer for comparison; at the end how much the peak memory
grew over the imports and the arrays of the file. scipy and geoplan are there for their memory alone.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time

import numpy as np


def clock(work, times=1):
    least = float("inf")
    for _ in range(times):
        began = time.process_time()
        result = work()
        least = min(least, time.process_time() - began)
    return least, result


def tell(case, seconds, answer=None):
    print(json.dumps({"case": case, "cpu_s": seconds, "answer": answer}), flush=True)


def peak_mb():
    if sys.platform == "linux":  # ru_maxrss counts the parent too
        with open("/proc/self/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def imported():
    """From here on memory counts."""
    global began_mb
    began_mb = peak_mb()


def networkx(data):
    import networkx as nx

    imported()

    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(data["x"])))
    order = np.argsort(-data["cost"], kind="stable")  # the cheapest of parallel arcs is the last to be set
    graph.add_weighted_edges_from(zip(*(data[name][order].tolist() for name in ("tail", "head", "cost")), strict=True))
    seconds, tree = clock(lambda: nx.single_source_dijkstra_path_length(graph, int(data["sources"][0])), 3)
    tell("tree", seconds, float(sum(tree.values())))
    pairs = list(zip(data["sources"][:20].tolist(), data["targets"][:20].tolist(), strict=True))
    seconds, found = clock(lambda: [nx.bidirectional_dijkstra(graph, a, b)[0] for a, b in pairs])
    tell("pair", seconds / len(pairs), [float(value) for value in found])


def routingkit(data):
    import routingkit_cch as rk

    imported()
    tail, head, cost = (data[name].tolist() for name in ("tail", "head", "cost"))
    cost = [int(value) for value in cost]
    n = len(data["x"])
    seconds, order = clock(lambda: rk.compute_order_inertial(n, tail, head, data["y"].tolist(), data["x"].tolist()))
    tell("order", seconds)
    seconds, cch = clock(lambda: rk.CCH(order, tail, head, False))
    metric = rk.CCHMetric(cch, cost)
    seconds, _ = clock(lambda: metric.reset(cost), 3)
    tell("customize", seconds)
    query = rk.CCHQuery(metric)
    pairs = list(zip(data["sources"].tolist(), data["targets"].tolist(), strict=True))
    seconds, found = clock(lambda: [query.run(a, b).distance for a, b in pairs], 3)
    tell("pair", seconds / len(pairs), [float(value) for value in found[:20]])
    targets = sorted(set(data["targets"][:200].tolist()))
    many = rk.CCHOneToMany(metric, targets)
    seconds, _ = clock(lambda: [many.distances_from(a) for a in data["sources"][:200].tolist()], 3)
    tell("table", seconds)


def aequilibrae(data):
    import pandas as pd
    from aequilibrae.paths import Graph, NetworkSkimming

    imported()
    # Zones become centroids 1..k in front of the nodes; they are joined to theirs by connectors of no length.
    zones = np.unique(data["sources"][:200])
    k = len(zones)
    a = np.concatenate([data["tail"] + 1 + k, np.arange(1, k + 1), zones + 1 + k])
    b = np.concatenate([data["head"] + 1 + k, zones + 1 + k, np.arange(1, k + 1)])
    cost = np.concatenate([np.maximum(data["cost"], 1e-9), np.full(2 * k, 1e-9)])
    network = pd.DataFrame(
        {"link_id": np.arange(1, len(a) + 1), "a_node": a, "b_node": b, "direction": 1, "time": cost}
    )
    graph = Graph()
    graph.network = network
    graph.prepare_graph(np.arange(1, k + 1))
    graph.set_graph("time")
    graph.set_skimming(["time"])
    graph.set_blocked_centroid_flows(True)
    skimming = NetworkSkimming(graph)
    skimming.set_cores(1)
    seconds, _ = clock(skimming.execute)
    tell("square", seconds, float(np.nansum(skimming.results.skims.matrix["time"])))


def scipy(data):
    from harness import as_matrix
    from scipy.sparse.csgraph import dijkstra

    imported()
    matrix = as_matrix(data["tail"], data["head"], data["cost"], len(data["x"]))
    dijkstra(matrix, indices=data["sources"][:16])


def geoplan(data):
    from geoplan.routing.hierarchy import build_hierarchy, customize, table_costs

    def ask(tail, head, cost, x, y, sources):
        metric = customize(build_hierarchy(tail, head, x, y, cache=False), cost)
        table_costs(metric, sources, np.arange(len(x), dtype=np.int32))

    ends, zero = np.array([0, 1], dtype=np.int32), np.zeros(2)
    ask(ends, ends[::-1].copy(), zero, zero, zero, ends)  # compiles
    imported()
    ask(*(data[name] for name in ("tail", "head", "cost", "x", "y")), data["sources"][:16])


if __name__ == "__main__":
    peers = {
        "networkx": networkx,
        "routingkit": routingkit,
        "aequilibrae": aequilibrae,
        "scipy": scipy,
        "geoplan": geoplan,
    }
    with np.load(sys.argv[1]) as file:
        arrays = dict(file)
    peers[sys.argv[2]](arrays)
    print(json.dumps({"case": "memory", "grown_mb": peak_mb() - began_mb}), flush=True)
