"""Many questions to one network: a customizable contraction hierarchy.

The order depends on the topology only and is kept on disk; a vehicle or a scenario brings new costs, which
`customize` puts on the same hierarchy in a fraction of a second. Below a handful of questions plain Dijkstra is
cheaper, and the library uses that.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from numba import get_num_threads
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.routing import hierarchy_kernels as kernels
from geoplan.routing import query_kernels as asking
from geoplan.routing.load_kernels import hand_down, load_sources
from geoplan.routing.order_kernels import nested_dissection
from geoplan.routing.partial_kernels import recustomize

log = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
_FORMAT = 1  # of the files kept on disk


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The contracted topology in rank space: what stays the same while the ends of the arcs do.

    rank : (n_nodes,) place of each node in the order; `node` is its inverse
    up_first, up_head, parent : higher neighbours of each node, and the elimination tree
    low_first, low_edge, low_tail : lower neighbours
    level_first, by_level : nodes by level, for parallel customization
    arc_edge, arc_up : hierarchy edge and direction of each input arc
    first_arc, arcs_of_edge : input arcs of each hierarchy edge (CSR)
    """

    rank: IntArray
    node: IntArray
    up_first: NDArray[np.int64]
    up_head: IntArray
    parent: IntArray
    low_first: NDArray[np.int64]
    low_edge: IntArray
    low_tail: IntArray
    level_first: NDArray[np.int64]
    by_level: IntArray
    arc_edge: IntArray
    arc_up: NDArray[np.bool_]
    first_arc: NDArray[np.int64]
    arcs_of_edge: IntArray


@dataclass(frozen=True, eq=False)
class Metric:
    """Costs on a hierarchy: up and down cost of each edge, the node each shortcut passes and the arc each edge is.

    `cost` are the costs of the input arcs, (n_arcs,), a copy of the caller's. `change_costs` works on these arrays;
    `dirty` and `seen` are its marks, all False between calls.
    """

    hierarchy: Hierarchy
    cost: FloatArray
    up: FloatArray
    down: FloatArray
    up_mid: IntArray
    down_mid: IntArray
    up_arc: IntArray
    down_arc: IntArray
    dirty: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def build_hierarchy(
    tail: IntArray,
    head: IntArray,
    x: FloatArray,
    y: FloatArray,
    *,
    cache: bool = True,
    rank: IntArray | None = None,
    key: str | None = None,
) -> Hierarchy:
    """Contract a directed graph given by its arcs, shape (n_arcs,), and the coordinates of its nodes, (n_nodes,).

    Parameters
    ----------
    cache
        Keep the order on disk under a hash of the topology and look for it there first.
    rank
        An order of the caller's own instead.
    key
        The hash, when it is known.
    """
    n = len(x)
    tail, head = np.asarray(tail, dtype=np.int32), np.asarray(head, dtype=np.int32)
    if rank is None:
        rank = (
            _cached_order(tail, head, x, y, key or _digest(tail, head, x, y))
            if cache
            else order_nodes(tail, head, x, y)
        )
    node = np.empty(n, dtype=np.int32)
    node[rank] = np.arange(n, dtype=np.int32)
    first, neighbour = _undirected(rank[tail], rank[head], n)
    up_first, up_head, parent = kernels.contract(first, neighbour)
    low_first, low_edge, low_tail = kernels.lower_lists(up_first, up_head)
    level_first, by_level = asking.levels(up_first, up_head)
    arc_edge, arc_up = kernels.map_arcs(up_first, up_head, rank[tail], rank[head])
    arcs_of_edge = np.argsort(arc_edge, kind="stable").astype(np.int32)
    arcs_of_edge = arcs_of_edge[arc_edge[arcs_of_edge] >= 0]
    first_arc = np.zeros(len(up_head) + 1, dtype=np.int64)
    np.cumsum(np.bincount(arc_edge[arcs_of_edge], minlength=len(up_head)), out=first_arc[1:])
    return Hierarchy(
        rank, node, up_first, up_head, parent, low_first, low_edge, low_tail, level_first, by_level, arc_edge, arc_up,
        first_arc, arcs_of_edge,
    )  # fmt: skip


def hierarchy_of(network: Network) -> Hierarchy:
    """The hierarchy of a network's plain graph, made once for its topology; its arcs are those of `network.graph`."""
    graph, points = network.graph, network.nodes.geometry
    return find_hierarchy(known_hierarchies(network), graph.tail, graph.head, points.x.to_numpy(), points.y.to_numpy())


def known_hierarchies(network: Network) -> dict[str, Hierarchy]:
    """What `find_hierarchy` keeps for a network; networks with the same nodes and ends share it."""
    return network._cache.setdefault("hierarchy", {})


def find_hierarchy(
    known: dict[str, Hierarchy], tail: IntArray, head: IntArray, x: FloatArray, y: FloatArray
) -> Hierarchy:
    """The hierarchy of a graph, from `known` when it was made before; else made and kept there."""
    key = _digest(tail, head, x, y)
    if key not in known:
        known[key] = build_hierarchy(tail, head, x, y, key=key)
    return known[key]


def order_nodes(tail: IntArray, head: IntArray, x: FloatArray, y: FloatArray) -> IntArray:
    """Rank of each node by nested dissection, (n_nodes,)."""
    first, neighbour = _undirected(tail, head, len(x))
    owner = np.repeat(np.arange(len(x), dtype=np.int64), np.diff(first))
    key = owner * len(x) + neighbour
    twin = np.searchsorted(key, neighbour.astype(np.int64) * len(x) + owner).astype(np.int32)
    return nested_dissection(first, neighbour, twin, np.asarray(x, np.float64), np.asarray(y, np.float64))


def customize(hierarchy: Hierarchy, cost: FloatArray) -> Metric:
    """Put costs of the input arcs, shape (n_arcs,), >= 0 or inf, on the hierarchy."""
    m = len(hierarchy.up_head)
    up, down = np.empty((2, m))
    up_mid, down_mid, up_arc, down_arc = np.empty((4, m), dtype=np.int32)
    cost = np.array(cost, dtype=np.float64)
    metric = Metric(hierarchy, cost, up, down, up_mid, down_mid, up_arc, down_arc, *_marks(hierarchy))
    kernels.set_arc_costs(
        hierarchy.arc_edge, hierarchy.arc_up, cost, metric.up, metric.down, metric.up_arc, metric.down_arc
    )
    kernels.relax_triangles(
        hierarchy.up_first, hierarchy.up_head, hierarchy.low_first, hierarchy.low_edge, hierarchy.low_tail,
        hierarchy.level_first, hierarchy.by_level, metric.up, metric.down, metric.up_mid, metric.down_mid,
    )  # fmt: skip
    return metric


def change_costs(metric: Metric, arcs: IntArray, costs: FloatArray) -> int:
    """Give a few input arcs new costs, in place; far quicker than `customize` below about half a percent of the arcs.

    Parameters
    ----------
    arcs, costs
        Positions of the arcs and their new costs, (n_changes,). Giving the old costs back undoes the change.

    Returns
    -------
    Number of hierarchy edges that were worked out anew.
    """
    h = metric.hierarchy
    metric.cost[arcs] = costs
    return int(
        recustomize(
            np.asarray(arcs, dtype=np.int32), h.arc_edge, h.arc_up, metric.cost, h.first_arc, h.arcs_of_edge,
            h.up_first, h.up_head, h.low_first, h.low_edge, h.low_tail, h.parent,
            metric.up, metric.down, metric.up_mid, metric.down_mid, metric.up_arc, metric.down_arc,
            metric.dirty, metric.seen,
        )
    )  # fmt: skip


def pair_costs(metric: Metric, sources: IntArray, targets: IntArray) -> FloatArray:
    """Cost from each source to the target of the same row, (n_pairs,), inf where there is no way."""
    h = metric.hierarchy
    return asking.queries(h.rank[sources], h.rank[targets], h.up_first, h.up_head, h.parent, metric.up, metric.down)


def table_costs(metric: Metric, sources: IntArray, targets: IntArray) -> FloatArray:
    """Cost from each source to each target, (n_sources, n_targets), inf where there is no way."""
    h = metric.hierarchy
    ends = h.rank[targets]
    selected = asking.ancestors(ends, h.parent)
    # Memory from numpy comes in huge pages where the system has them; a kernel's own does not.
    table = np.empty((len(sources), len(targets)))
    workers = max(1, min(get_num_threads(), -(-len(sources) // asking.LANES)))
    dist = np.empty((workers, len(h.rank), asking.LANES))
    asking.sweep_table(
        h.rank[sources], ends, h.up_first, h.up_head, h.parent, metric.up, metric.down, selected, dist, table
    )
    return table


def load_trips(
    metric: Metric, sources: IntArray, first_trip: NDArray[np.int64], to_node: IntArray, amount: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Flows when every trip takes its cheapest way, (n_arcs,), and what each costs, (n_trips,), inf without a way.

    Parameters
    ----------
    sources, first_trip
        (n_sources,) and (n_sources + 1,): trips of source k are first_trip[k] .. first_trip[k + 1] - 1.
    to_node, amount
        (n_trips,) where they go, and how many. Those without a way load nothing.
    """
    h = metric.hierarchy
    ends = h.rank[to_node]
    n, m = len(h.rank), len(h.up_head)
    selected = asking.ancestors(ends, h.parent)
    dist, load, climbed_load = (np.empty((n, asking.LANES)) for _ in range(3))
    via, climbed = (np.empty((n, asking.LANES), dtype=np.int32) for _ in range(2))
    up_flow, down_flow = np.zeros((2, m))
    arc_flow, trip_cost = np.zeros(len(metric.cost)), np.empty(len(to_node))
    load_sources(
        h.rank[sources], np.asarray(first_trip, dtype=np.int64), ends, np.array(amount, dtype=np.float64),
        h.up_first, h.up_head, h.parent, metric.up, metric.down, selected,
        dist, via, climbed, load, climbed_load, up_flow, down_flow, trip_cost,
    )  # fmt: skip
    hand_down(
        h.up_first, h.up_head, metric.up_mid, metric.down_mid, metric.up_arc, metric.down_arc, up_flow, down_flow,
        arc_flow,
    )  # fmt: skip
    return arc_flow, trip_cost


def path_arcs(metric: Metric, source: int, target: int) -> tuple[float, IntArray]:
    """Cost and input arcs of the way between two nodes; (inf, empty) when there is none."""
    h = metric.hierarchy
    n = len(h.rank)
    cost, edges, goes_up = asking.path(
        h.rank[source], h.rank[target], h.up_first, h.up_head, h.parent, metric.up, metric.down,
        np.full(n, np.inf), np.full(n, np.inf), np.empty(n, np.int32), np.empty(n, np.int32),
    )  # fmt: skip
    arcs = asking.unpack(
        edges, goes_up, h.up_first, h.up_head, metric.up_mid, metric.down_mid, metric.up_arc, metric.down_arc
    )
    return float(cost), arcs


def _marks(hierarchy: Hierarchy) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """No edge dirty, no node seen."""
    return np.zeros(len(hierarchy.up_head), dtype=np.bool_), np.zeros(len(hierarchy.rank), dtype=np.bool_)


def _undirected(tail: IntArray, head: IntArray, n: int) -> tuple[NDArray[np.int64], IntArray]:
    """CSR of both directions without loops and doubles, neighbours sorted."""
    keep = tail != head
    a = np.concatenate([tail[keep], head[keep]]).astype(np.int64)
    b = np.concatenate([head[keep], tail[keep]]).astype(np.int64)
    key = np.unique(a * n + b)
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(key // n, minlength=n), out=first[1:])
    return first, (key % n).astype(np.int32)


def _order_file(key: str) -> Path:
    return Path(platformdirs.user_cache_dir("geoplan")) / "orders" / f"{key}-{_FORMAT}.npy"


def _digest(tail: IntArray, head: IntArray, x: FloatArray, y: FloatArray) -> str:
    """Hash of a topology and its places."""
    digest = hashlib.sha256()
    for array in (tail, head, np.asarray(x, np.float32), np.asarray(y, np.float32)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:32]


def _cached_order(tail: IntArray, head: IntArray, x: FloatArray, y: FloatArray, key: str) -> IntArray:
    """The order from disk, or made and kept there; a cache that cannot be used is no fault."""
    file = _order_file(key)
    try:
        rank = np.load(file)
        if rank.shape == (len(x),) and np.array_equal(np.sort(rank), np.arange(len(x))):
            return rank.astype(np.int32)
        log.warning("%s: is no order of this network; making it again", file)
    except (OSError, ValueError):
        pass
    log.info("ordering %d nodes for many questions, once for this topology", len(x))
    rank = order_nodes(tail, head, x, y)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npy", delete=False) as temporary:
            np.save(temporary, rank)
        os.replace(temporary.name, file)
    except OSError as fault:
        log.info("order not kept: %s", fault)
    return rank
