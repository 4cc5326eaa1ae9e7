"""The graph of an assignment where turns cost or are banned: one arc an edge, so that its flow is in one place.

A junction with turns in the table comes apart:

    edge a  ->  end of a  --turn-->  start of b  ->  edge b          seconds of the turn; banned ones are left out
                end of a  ------->   the node                        trips that end here
                the node  ------->   start of b                      trips that start here

and the node itself is not passed through. So do its neighbours up to the next junction, so that nobody gets around a
ban by turning back there; a turn back is allowed at dead ends only. Elsewhere nodes stay whole and turning back is
possible, which never is a shortest way but where it gets around a ban by a detour over two junctions or more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.graph import graph_from_positions
from geoplan.network.network import Network
from geoplan.routing.search_graph import search_graph

Array = NDArray[np.float64]
IntArray = NDArray[np.int32]
GraphArrays = tuple[IntArray, IntArray, IntArray, NDArray[np.bool_]]


def assignment_graph(network: Network) -> tuple[GraphArrays, IntArray, Array]:
    """Graph (first_out, head, tail, through) whose first nodes are those of the network, and what its arcs are.

    Returns
    -------
    graph; edge: (n_arcs,) row of `network.edges`, -1 for arcs within junctions; seconds: (n_arcs,) of the turn.
    """
    plain = network.graph
    through = (network.nodes["kind"] != "centroid").to_numpy(dtype=bool, copy=True)
    if network.turns.empty:
        return (plain.first_out, plain.head, plain.tail, through), plain.edge, np.zeros(plain.n_arcs)
    apart = _junctions_apart(network)
    n, m = plain.n_nodes, plain.n_arcs
    arcs = np.arange(m, dtype=np.int32)
    # Ends and starts of the arcs at junctions that come apart are nodes of their own, behind those of the network.
    end, start = plain.head.copy(), plain.tail.copy()
    into, out = np.flatnonzero(apart[plain.head]), np.flatnonzero(apart[plain.tail])
    end[into] = n + np.arange(len(into))
    start[out] = n + len(into) + np.arange(len(out))
    search = search_graph(network)
    turns = np.flatnonzero((search.tail < m) & (search.head < m) & np.isfinite(search.extra))
    turns = turns[apart[plain.head[search.tail[turns]]]]
    before, after = search.tail[turns], search.head[turns]
    tail = np.concatenate([start, end[before], end[into], plain.tail[out]]).astype(np.int32)
    head = np.concatenate([end, start[after], plain.head[into], start[out]]).astype(np.int32)
    within = np.full(len(tail) - m, -1)
    seconds = np.concatenate([np.zeros(m), search.extra[turns], np.zeros(len(into) + len(out))])
    count = n + len(into) + len(out)
    graph = graph_from_positions(pd.RangeIndex(count), tail, head)
    edge = np.concatenate([plain.edge[arcs], within]).astype(np.int32)[graph.edge]
    passed = np.concatenate([through & ~apart, np.ones(count - n, dtype=bool)])
    return (graph.first_out, graph.head, graph.tail, passed), edge, seconds[graph.edge]


def assignment_places(network: Network) -> Array:
    """Coordinates (2, n_nodes) of the nodes of `assignment_graph`."""
    points, plain = network.nodes.geometry, network.graph
    at = np.stack([points.x.to_numpy(), points.y.to_numpy()])
    if network.turns.empty:
        return at
    apart = _junctions_apart(network)
    return np.concatenate([at, at[:, plain.head[apart[plain.head]]], at[:, plain.tail[apart[plain.tail]]]], axis=1)


def _junctions_apart(network: Network) -> NDArray[np.bool_]:
    """Nodes with turns in the table, and on every way out of them all nodes up to the next junction, (n_nodes,)."""
    plain = network.graph
    rows = network.edges.index.get_indexer(pd.Index(network.turns["from_edge"]))
    neighbours = np.unique(np.stack([np.append(plain.tail, plain.head), np.append(plain.head, plain.tail)]), axis=1)
    on_the_way = np.bincount(neighbours[0], minlength=plain.n_nodes) <= 2
    apart = np.zeros(plain.n_nodes, dtype=bool)
    apart[plain.head[plain.arc[rows]]] = True
    reached = apart.copy()
    while reached.any():
        new = np.zeros_like(apart)
        new[neighbours[1, reached[neighbours[0]]]] = True
        new &= ~apart
        apart |= new
        reached = new & on_the_way
    return apart
