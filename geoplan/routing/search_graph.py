"""The graph that kernels search: the plain one, or one whose junctions with turns come apart.

A junction with turns in the table comes apart, so that a label there belongs to the edge one came by:

    edge a  ->  end of a  --turn-->  start of b  ->  edge b          seconds of the turn; banned ones are left out
                end of a  ------->   the node                        ways that end here
                the node  ------->   start of b                      ways that start here

and the node itself is not passed. So do its neighbours up to the next junction, so that nobody gets around a ban by
turning back there; where junctions come apart a turn back is allowed at dead ends only. Elsewhere nodes stay whole and
turning back is possible, which never is a shortest way but where it gets around a ban by a detour over two junctions or
more. Every edge is one arc, so that its flow is in one place, and all kernels answer both graphs.
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
    """CSR arrays with, for each search arc, the edge it is (-1 for none) and its own extra cost.

    The first search nodes are those of the network, at the same positions.

    first_out, head, tail : as in `Graph`
    edge : (n_search_arcs,) row of `network.edges` or -1
    arc : (n_edges,) search arc of each edge
    extra : (n_search_arcs,) seconds of the turn
    through : (n_search_nodes,) may a path go on from here
    place : (n_search_nodes,) position of the network node where a search node lies
    """

    first_out: IntArray
    head: IntArray
    tail: IntArray
    edge: IntArray
    arc: IntArray
    extra: FloatArray
    through: NDArray[np.bool_]
    place: IntArray

    def costs(self, edge_costs: FloatArray, *, turn_weight: float = 1.0) -> FloatArray:
        """Search arc costs from costs of the edges (n_edges,); `turn_weight` is the cost of one second of turning."""
        passed = np.where(self.edge >= 0, edge_costs[self.edge], 0.0)
        return np.ascontiguousarray(passed + self.extra * turn_weight)

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
    """Coordinates x and y of the search nodes, (n_search_nodes,) each."""
    points = network.nodes.geometry
    return points.x.to_numpy()[graph.place], points.y.to_numpy()[graph.place]


def _through(network: Network) -> NDArray[np.bool_]:
    """Nodes a path may pass: all but centroids. A copy: kernels are compiled for arrays that may be written."""
    return (network.nodes["kind"] != "centroid").to_numpy(dtype=bool, copy=True)


def _plain(graph: Graph, through: NDArray[np.bool_]) -> SearchGraph:
    return SearchGraph(
        first_out=graph.first_out,
        head=graph.head,
        tail=graph.tail,
        edge=graph.edge,
        arc=graph.arc,
        extra=np.zeros(graph.n_arcs),
        through=through,
        place=np.arange(graph.n_nodes, dtype=np.int32),
    )


def _with_turns(network: Network, plain: SearchGraph, turns: pd.DataFrame) -> SearchGraph:
    """The graph whose junctions with turns, and their neighbours, come apart."""
    apart = _junctions_apart(network, turns)
    n, m = len(plain.through), len(plain.head)
    # Ends and starts of the arcs at junctions that come apart are nodes of their own, behind those of the network.
    end, start = plain.head.copy(), plain.tail.copy()
    into, out = np.flatnonzero(apart[plain.head]), np.flatnonzero(apart[plain.tail])
    end[into] = n + np.arange(len(into))
    start[out] = n + len(into) + np.arange(len(out))
    before, after, seconds = _allowed_turns(network, plain, turns, into)
    tail = np.concatenate([start, end[before], end[into], plain.tail[out]]).astype(np.int32)
    head = np.concatenate([end, start[after], plain.head[into], start[out]]).astype(np.int32)
    edge = np.concatenate([plain.edge, np.full(len(tail) - m, -1)]).astype(np.int32)
    extra = np.concatenate([np.zeros(m), seconds, np.zeros(len(into) + len(out))])
    place = np.concatenate([np.arange(n), plain.head[into], plain.tail[out]]).astype(np.int32)
    graph = graph_from_positions(pd.RangeIndex(len(place)), tail, head)
    edge = edge[graph.edge]
    arc = np.empty(m, dtype=np.int32)
    arc[edge[edge >= 0]] = np.flatnonzero(edge >= 0)
    return SearchGraph(
        first_out=graph.first_out,
        head=graph.head,
        tail=graph.tail,
        edge=edge,
        arc=arc,
        extra=extra[graph.edge],
        through=np.concatenate([plain.through & ~apart, np.ones(len(place) - n, dtype=bool)]),
        place=place,
    )


def _allowed_turns(
    network: Network, plain: SearchGraph, turns: pd.DataFrame, into: NDArray[np.intp]
) -> tuple[IntArray, IntArray, FloatArray]:
    """Turns that may be made after the arcs `into`: arc before, arc after and seconds, (n_turns,) each."""
    out_degree = np.diff(plain.first_out)
    successors = np.where(plain.through[plain.head[into]], out_degree[plain.head[into]], 0)
    before = np.repeat(into, successors).astype(np.int32)
    offset = np.arange(successors.sum()) - np.repeat(np.cumsum(successors) - successors, successors)
    after = (plain.first_out[plain.head[before]] + offset).astype(np.int32)
    way = network.edges["way_id"].astype("category").cat.codes.to_numpy()[plain.edge]
    back = (
        (way[before] == way[after]) & (plain.tail[before] == plain.head[after]) & (out_degree[plain.head[before]] > 1)
    )
    seconds = _turn_penalties(network, turns, plain.edge[before], plain.edge[after])
    allowed = ~back & np.isfinite(seconds)
    return before[allowed], after[allowed], seconds[allowed]


def _junctions_apart(network: Network, turns: pd.DataFrame) -> NDArray[np.bool_]:
    """Nodes with turns in the table, and on every way out of them all nodes up to the next junction, (n_nodes,)."""
    plain = network.graph
    rows = network.edges.index.get_indexer(pd.Index(turns["from_edge"]))
    n = plain.n_nodes
    tail, head = plain.tail.astype(np.int64), plain.head.astype(np.int64)
    here, there = np.divmod(np.unique(np.append(tail * n + head, head * n + tail)), n)  # pairs of neighbours, once each
    on_the_way = np.bincount(here, minlength=n) <= 2
    apart = np.zeros(n, dtype=bool)
    apart[plain.head[plain.arc[rows]]] = True
    reached = apart.copy()
    while reached.any():
        new = np.zeros_like(apart)
        new[there[reached[here]]] = True
        new &= ~apart
        apart |= new
        reached = new & on_the_way
    return apart


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
