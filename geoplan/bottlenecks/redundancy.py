"""Is there a way around? The local detour between an edge's own ends.

Source of the definition: RA2CE, single link redundancy: remove the edge and look for the shortest way between its
ends. It tells nothing of who uses the edge; `criticality` does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numba import njit, prange

from geoplan.network.network import Network
from geoplan.routing.cost import edge_costs
from geoplan.routing.kernels import grow_tree


def redundancy(network: Network, *, modes: Sequence[str] = ("road",)) -> pd.DataFrame:
    """Shortest way around each edge when both its directions are closed.

    Returns
    -------
    Table indexed by `edge_id` (edges of the modes that are in use): detour (is there a way around), alt_length_m (its
    length, inf when there is none) and diff_length_m (how much longer than the edge).
    """
    graph = network.graph
    lengths = edge_costs(network, cost="length_m", modes=modes)
    rows = np.flatnonzero(np.isfinite(lengths))
    way = network.edges["way_id"].astype("category").cat.codes.to_numpy().astype(np.int32)
    through = (network.nodes["kind"] != "centroid").to_numpy(dtype=bool, copy=True)
    around = _ways_around(
        graph.first_out,
        graph.head,
        graph.tail,
        graph.arc_costs(lengths),
        way[graph.edge],
        through,
        graph.arc[rows],
    )
    return pd.DataFrame(
        {
            "detour": np.isfinite(around),
            "alt_length_m": around,
            "diff_length_m": around - lengths[rows],
        },
        index=network.edges.index[rows],
    )


@njit(cache=True, parallel=True)
def _ways_around(first_out, head, tail, cost, way, through, arcs):  # type: ignore[no-untyped-def]  # numba infers
    """Length of the shortest way from tail to head of each arc without the arcs of its own way."""
    n = len(first_out) - 1
    result = np.empty(len(arcs), np.float64)
    for i in prange(len(arcs)):
        arc = arcs[i]
        dist = np.empty(n, np.float64)
        pred_arc = np.empty(n, np.int32)
        order = np.empty(n, np.int32)
        heap = np.empty(n, np.int32)
        where = np.empty(n, np.int32)
        open_cost = cost.copy()
        for other in range(first_out[tail[arc]], first_out[tail[arc] + 1]):
            if way[other] == way[arc]:
                open_cost[other] = np.inf
        for other in range(first_out[head[arc]], first_out[head[arc] + 1]):
            if way[other] == way[arc]:
                open_cost[other] = np.inf
        source, target = np.int64(tail[arc]), np.int64(head[arc])  # the types that the tree is compiled for anyway
        grow_tree(first_out, head, open_cost, source, through, target, dist, pred_arc, order, heap, where)
        result[i] = dist[head[arc]]
    return result
