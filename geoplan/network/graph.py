"""Topology as compressed sparse rows (CSR): what the search kernels walk on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IntArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Graph:
    """Arcs sorted by tail. Arc `a` is row `edge[a]` of `network.edges`; there is one arc for each edge.

    first_out : (n_nodes + 1,) arcs of node i are first_out[i] .. first_out[i + 1] - 1
    head, tail : (n_arcs,) node positions
    edge : (n_arcs,) row of the edge table; `arc` is its inverse, (n_edges,)
    """

    node_ids: pd.Index
    first_out: IntArray
    head: IntArray
    tail: IntArray
    edge: IntArray
    arc: IntArray

    @property
    def n_nodes(self) -> int:
        return len(self.node_ids)

    @property
    def n_arcs(self) -> int:
        return len(self.head)

    def arc_costs(self, edge_costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Costs in arc order from costs in edge order, shape (n_edges,)."""
        return np.ascontiguousarray(edge_costs, dtype=np.float64)[self.edge]


def build_graph(node_ids: pd.Index, u: pd.Series, v: pd.Series) -> Graph:
    """The graph of edges `u -> v` (node ids). Every id must be in `node_ids`; validation has seen to that."""
    tail = node_ids.get_indexer(pd.Index(u)).astype(np.int32)
    head = node_ids.get_indexer(pd.Index(v)).astype(np.int32)
    return graph_from_positions(node_ids, tail, head)


def graph_from_positions(node_ids: pd.Index, tail: IntArray, head: IntArray) -> Graph:
    """The graph of edges given by node positions, shape (n_edges,)."""
    order = np.argsort(tail, kind="stable").astype(np.int32)
    first_out = np.zeros(len(node_ids) + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=len(node_ids)), out=first_out[1:])
    arc = np.empty(len(tail), dtype=np.int32)
    arc[order] = np.arange(len(tail), dtype=np.int32)
    return Graph(
        node_ids=node_ids,
        first_out=first_out,
        head=np.ascontiguousarray(head[order], dtype=np.int32),
        tail=np.ascontiguousarray(tail[order], dtype=np.int32),
        edge=order,
        arc=arc,
    )
