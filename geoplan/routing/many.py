"""Many questions to one search graph: when the hierarchy is worth it, and how nodes that may not be passed fit in.

A hierarchy passes through every node. A node that paths may end at but not go on from (a centroid, or a junction that
comes apart because of its turns) therefore gets a second one that its arcs leave from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.routing.hierarchy import Hierarchy, Metric, customize, find_hierarchy, table_costs
from geoplan.routing.search_graph import SearchGraph, search_places

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

# Below so many sources times nodes plain trees take a moment, whatever else is true.
MANY = 4_000_000
# Sources from which the hierarchy is quicker than plain trees. Putting costs on it takes as long as about 10 trees, and
# its order, made once for a topology and kept on disk, as long as about 130. Whether it was made before must not
# decide: the same question gets the same answer to the last bit.
SOURCES = 100


@dataclass(frozen=True, eq=False)
class Crossroads:
    """A search graph as a hierarchy takes it: the same arcs, and the node that the ways out of each node start from.

    tail, head : (n_arcs,) as in the search graph, but the arcs out of a node that is not passed leave its second one
    start : (n_search_nodes,) node to search from; the node itself where it may be passed
    x, y : places of all nodes, the second ones behind
    """

    tail: IntArray
    head: IntArray
    start: IntArray
    x: FloatArray
    y: FloatArray


def worth_it(n_sources: int, n_nodes: int) -> bool:
    """Are there so many trees to grow that the hierarchy wins?"""
    return n_sources >= SOURCES and n_sources * n_nodes >= MANY


def open_crossroads(
    tail: IntArray, head: IntArray, through: NDArray[np.bool_], x: FloatArray, y: FloatArray
) -> Crossroads:
    """The graph with a second node for each that may not be passed, `through` (n_nodes,) False."""
    n = len(through)
    kept = np.flatnonzero(~through)
    start = np.arange(n, dtype=np.int32)
    start[kept] = n + np.arange(len(kept))
    return Crossroads(start[tail], head, start, np.append(x, x[kept]), np.append(y, y[kept]))


def crossroads_of(network: Network, graph: SearchGraph) -> Crossroads:
    """A network's search graph as a hierarchy takes it."""
    return open_crossroads(graph.tail, graph.head, graph.through, *search_places(network, graph))


def customize_crossroads(roads: Crossroads, cost: FloatArray, known: dict[str, Hierarchy]) -> Metric:
    """The hierarchy of the graph, taken from `known` or kept there, with costs of its arcs (n_arcs,)."""
    return customize(find_hierarchy(known, roads.tail, roads.head, roads.x, roads.y), cost)


def table_between(metric: Metric, roads: Crossroads, sources: IntArray, targets: IntArray) -> FloatArray:
    """Cost from each source to each target (n_sources, n_targets), inf where there is no way, 0 where they are one."""
    table = table_costs(metric, roads.start[sources], targets)
    if (roads.start[sources] != sources).any():
        table[sources[:, None] == targets[None, :]] = 0.0
    return table
