"""The graph that kernels search: the plain one, or the line graph where turns cost or are banned.

With turns, a label belongs to an arc and not to a node. The line graph has one node for each arc, one start node and
one end node for each node of the network:

    start(i) -> b         for each arc b out of i          cost of b
    a -> b                where head(a) = tail(b)          cost of b + penalty of the turn
    a -> end(head(a))                                      0

so that the same kernels answer both, and a path is read off as the arcs entered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.graph import Graph, graph_from_positions
from geoplan.network.network import Network
from geoplan.vehicles.posted import LORRY_T
from geoplan.vehicles.vehicle import Vehicle

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class SearchGraph:
    """CSR arrays with, for each search arc, the edge it enters (-1 for none) and its own extra cost.

    first_out, head, tail : as in `Graph`
    edge : (n_search_arcs,) row of `network.edges` or -1
    extra : (n_search_arcs,) seconds of the turn
    through : (n_search_nodes,) may a path go on from here
    first_source, first_target : search node of network node i is first_source + i, first_target + i
    """

    first_out: IntArray
    head: IntArray
    tail: IntArray
    edge: IntArray
    extra: FloatArray
    through: NDArray[np.bool_]
    first_source: int
    first_target: int

    def costs(self, edge_costs: FloatArray, *, turn_weight: float = 1.0) -> FloatArray:
        """Search arc costs from costs of the edges (n_edges,); `turn_weight` is the cost of one second of turning."""
        entered = np.where(self.edge >= 0, edge_costs[self.edge], 0.0)
        extra = np.where(np.isinf(self.extra), np.inf, self.extra * turn_weight)
        return np.ascontiguousarray(entered + extra)

    def edges_of(self, arcs: IntArray) -> IntArray:
        """Rows of `network.edges` along search arcs, in order of travel."""
        edges = self.edge[arcs]
        return edges[edges >= 0]


def search_graph(network: Network, *, vehicle: Vehicle | None = None) -> SearchGraph:
    """The search graph of a network, made once for its topology and turns.

    Turns with a word in the column `vehicle` bind lorries only (hgv, goods), or all but lorries (motorcar). A vehicle
    of more than 3.5 t is a lorry; no vehicle is none.
    """
    turns = binding_turns(network, vehicle)
    key = "search_graph_of_lorries" if _is_lorry(vehicle) and (network.turns["vehicle"] != "").any() else "search_graph"
    if key not in network._cache:
        plain = _plain(network.graph, _through(network))
        network._cache[key] = plain if turns.empty else _with_turns(network, plain, turns)
    return network._cache[key]


def binding_turns(network: Network, vehicle: Vehicle | None) -> pd.DataFrame:
    """Rows of `network.turns` that bind the vehicle."""
    others = ("motorcar",) if _is_lorry(vehicle) else ("hgv", "goods")
    return network.turns[~network.turns["vehicle"].isin(others)]


def _is_lorry(vehicle: Vehicle | None) -> bool:
    return vehicle is not None and vehicle.gross_weight_t > LORRY_T


def search_places(network: Network, graph: SearchGraph) -> tuple[FloatArray, FloatArray]:
    """Coordinates of the search nodes: those of the network, and the middle of an edge for the node of its arc."""
    points, plain = network.nodes.geometry, network.graph
    x, y = points.x.to_numpy(copy=True), points.y.to_numpy(copy=True)
    if graph.first_source == graph.first_target:
        return x, y
    middle = ((values[plain.tail] + values[plain.head]) / 2 for values in (x, y))
    return tuple(np.concatenate([between, at, at]) for between, at in zip(middle, (x, y), strict=True))  # type: ignore


def _through(network: Network) -> NDArray[np.bool_]:
    """Nodes a path may pass: all but centroids. A copy: kernels are compiled for arrays that may be written."""
    return (network.nodes["kind"] != "centroid").to_numpy(dtype=bool, copy=True)


def _plain(graph: Graph, through: NDArray[np.bool_]) -> SearchGraph:
    return SearchGraph(
        first_out=graph.first_out,
        head=graph.head,
        tail=graph.tail,
        edge=graph.edge,
        extra=np.zeros(graph.n_arcs),
        through=through,
        first_source=0,
        first_target=0,
    )


def _with_turns(network: Network, plain: SearchGraph, turns: pd.DataFrame) -> SearchGraph:
    """The line graph with start and end nodes. A turn back onto the same way is allowed at dead ends only."""
    n, m = len(plain.through), len(plain.head)
    out_degree = np.diff(plain.first_out)
    goes_on = plain.through[plain.head]
    successors = np.where(goes_on, out_degree[plain.head], 0)
    before = np.repeat(np.arange(m, dtype=np.int32), successors)
    offset = np.arange(successors.sum()) - np.repeat(np.cumsum(successors) - successors, successors)
    after = (plain.first_out[plain.head[before]] + offset).astype(np.int32)

    way = network.edges["way_id"].astype("category").cat.codes.to_numpy()[plain.edge]
    back = (
        (way[before] == way[after]) & (plain.tail[before] == plain.head[after]) & (out_degree[plain.head[before]] > 1)
    )
    extra = _turn_penalties(network, turns, plain.edge[before], plain.edge[after])
    keep = ~back
    before, after, extra = before[keep], after[keep], extra[keep]

    arcs = np.arange(m, dtype=np.int32)
    tail = np.concatenate([before, m + plain.tail, arcs]).astype(np.int32)
    head = np.concatenate([after, arcs, m + n + plain.head]).astype(np.int32)
    edge = np.concatenate([plain.edge[after], plain.edge, np.full(m, -1)]).astype(np.int32)
    extra = np.concatenate([extra, np.zeros(2 * m)])
    line = graph_from_positions(pd.RangeIndex(m + 2 * n), tail, head)
    return SearchGraph(
        first_out=line.first_out,
        head=line.head,
        tail=line.tail,
        edge=edge[line.edge],
        extra=extra[line.edge],
        through=np.ones(m + 2 * n, dtype=bool),
        first_source=m,
        first_target=m + n,
    )


def _turn_penalties(network: Network, turns: pd.DataFrame, before: IntArray, after: IntArray) -> FloatArray:
    """Penalty in seconds of each pair of edge rows; 0 where the table of turns says nothing."""
    n = len(network.edges)
    index = network.edges.index
    key = index.get_indexer(turns["from_edge"]).astype(np.int64) * n + index.get_indexer(turns["to_edge"])
    order = np.argsort(key, kind="stable")
    key, penalty = key[order], turns["penalty_s"].to_numpy()[order]
    wanted = before.astype(np.int64) * n + after
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where(key[place] == wanted, penalty[place], 0.0)
