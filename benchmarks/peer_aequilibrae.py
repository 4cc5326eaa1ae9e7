"""AequilibraE's bi-conjugate Frank-Wolfe on arrays from a file; run by bench_assignment.py in a venv of its own.

    python peer_aequilibrae.py problem.npz 1e-4 1e-6

Prints one JSON line for each gap: CPU seconds of `execute`, iterations, and the gap it says it reached.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pandas as pd
from aequilibrae.matrix import AequilibraeMatrix
from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass


def assign(data, gap, max_iterations=5000):
    zones = data["trips"].shape[0]
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=zones, matrix_names=["matrix"], memory_only=True)
    matrix.index[:] = np.arange(1, zones + 1)
    matrix.matrix["matrix"][:, :] = data["trips"]
    matrix.computational_view(["matrix"])
    links = len(data["u"])
    network = pd.DataFrame(
        {
            "link_id": np.arange(1, links + 1),
            "a_node": data["u"],
            "b_node": data["v"],
            "direction": 1,
            "capacity": data["capacity"],
            # Times of 0 are refused: a billionth of a minute is as good as none.
            "free_flow_time": np.maximum(data["time"], 1e-9),
            "b": data["b"],
            "power": data["power"],
            "fixed": data["fixed"],
        }
    )
    graph = Graph()
    graph.network = network
    graph.prepare_graph(matrix.index)
    graph.set_graph("free_flow_time")
    graph.set_skimming([])
    graph.set_blocked_centroid_flows(bool(data["blocked"]))
    kind = TrafficClass("car", graph, matrix)
    kind.set_fixed_cost("fixed")
    assignment = TrafficAssignment()
    assignment.set_classes([kind])
    assignment.set_vdf("BPR")
    assignment.set_vdf_parameters({"alpha": "b", "beta": "power"})
    assignment.set_capacity_field("capacity")
    assignment.set_time_field("free_flow_time")
    assignment.set_algorithm("bfw")
    assignment.set_cores(1)
    assignment.max_iter = max_iterations
    assignment.rgap_target = gap
    began = time.process_time()
    assignment.execute()
    seconds = time.process_time() - began
    report = assignment.report()
    return {"gap": gap, "cpu_s": seconds, "iterations": len(report), "reached": float(report["rgap"].iloc[-1])}


if __name__ == "__main__":
    problem = np.load(sys.argv[1])
    for target in sys.argv[2:]:
        print(json.dumps(assign(problem, float(target))), flush=True)
