"""From tables to the arrays that the solvers work on: one door between ids outside and positions inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.assignment.volume_delay import DelayFunction, VolumeDelay, build_volume_delay
from geoplan.demand.demand import Demand
from geoplan.errors import DataError, name_near, name_rows
from geoplan.network.network import Network
from geoplan.routing.cost import Unknown, edge_costs, free_time
from geoplan.routing.hierarchy import Hierarchy, known_hierarchies
from geoplan.routing.search_graph import search_graph, search_places
from geoplan.vehicles.vehicle import Vehicle

Array = NDArray[np.float64]
IntArray = NDArray[np.int32]


@dataclass(frozen=True)
class TrafficClass:
    """How the vehicles of one class of the demand use the network.

    pce : passenger car equivalents of one vehicle
    vehicle : its limits close edges to the class, its top speed slows it; None passes everywhere
    unknown : what a limit that is not known counts as, see `edge_costs`
    """

    pce: float = 1.0
    vehicle: Vehicle | None = None
    unknown: Unknown = "pass"


@dataclass(frozen=True, eq=False)
class Problem:
    """An assignment as arrays. Arcs are sorted by tail; with turns in the network they include the turns.

    graph : first_out, head, tail, through
    edge : (n_arcs,) row of `network.edges`, -1 for arcs within junctions
    delay : volume-delay parameters in arc order; `edge_delay` in edge order
    extra : (n_classes, n_arcs) seconds of a class beyond the common time, inf where it may not pass
    preload : (n_arcs,) passenger car equivalents that are there anyway
    origin, kind, ptr, to_node, amount : trips by origin and class, passenger car equivalents an hour
    zone_node : (n_zones,) node where the trips of a zone start and end
    origin_ids : (n_bushes,) node ids of the origins
    edge_ids : index of `network.edges`
    place : (2, n_nodes) coordinates of the nodes of the graph
    known : hierarchies made for the network's graphs before
    """

    classes: tuple[str, ...]
    pce: Array
    graph: tuple[IntArray, IntArray, IntArray, NDArray[np.bool_]]
    edge: IntArray
    delay: Array
    edge_delay: VolumeDelay
    extra: Array
    preload: Array
    origin: IntArray
    kind: IntArray
    ptr: NDArray[np.int64]
    to_node: IntArray
    amount: Array
    zone_node: IntArray
    origin_ids: pd.Index
    edge_ids: pd.Index
    place: Array
    known: dict[str, Hierarchy] = field(default_factory=dict)

    @property
    def trips(self) -> tuple[IntArray, IntArray, NDArray[np.int64], IntArray, Array]:
        return self.origin, self.kind, self.ptr, self.to_node, self.amount

    @cached_property
    def bush_of_row(self) -> NDArray[np.intp]:
        """Number of the origin and class of each row of trips."""
        return np.repeat(np.arange(len(self.origin)), np.diff(self.ptr))

    def rows_of_class(self, k: int) -> slice:
        """Rows of trips of one class: origins stand class by class."""
        first, last = np.searchsorted(self.kind, [k, k + 1])
        return slice(int(self.ptr[first]), int(self.ptr[last]))

    @property
    def law(self) -> tuple[Array, Array, Array]:
        return self.delay, self.edge_delay.points, self.extra


def build_problem(
    network: Network,
    demand: Demand,
    *,
    classes: Mapping[str, TrafficClass] | None = None,
    functions: Mapping[str, DelayFunction] | None = None,
    modes: Sequence[str] = ("road",),
    preload_vph: pd.Series | None = None,
) -> Problem:
    """Check the input of an assignment and turn it into arrays.

    Raises
    ------
    DataError
        A zone at a node that the network does not have, an unknown class, an edge in use without speed or with
        a capacity of 0, a preload on an edge that does not exist or below 0.
    """
    kinds = _traffic_classes(demand, classes)
    allowed = tuple(dict.fromkeys((*modes, "transfer")))
    empty = free_time(network)
    extra_of_edges = np.empty((len(kinds), len(network.edges)))
    for k, kind in enumerate(kinds.values()):
        costs = edge_costs(network, vehicle=kind.vehicle, unknown=kind.unknown, modes=allowed)
        # inf - inf is no number: what may not pass stays inf, and the rest is what the class needs beyond.
        extra_of_edges[k] = np.subtract(costs, empty, out=np.full(len(costs), np.inf), where=np.isfinite(costs))
    usable = np.logical_or.reduce(np.isfinite(extra_of_edges), axis=0)
    edge_delay = build_volume_delay(network, functions=functions, usable=usable)
    graph = search_graph(network)
    edge = graph.edge
    on_edge = edge >= 0
    delay = np.zeros((len(edge), 6))
    delay[on_edge] = edge_delay.table[edge[on_edge]]
    extra = np.broadcast_to(graph.extra, (len(kinds), len(edge))).copy()
    extra[:, on_edge] += extra_of_edges[:, edge[on_edge]]
    preload = np.zeros(len(edge))
    preload[on_edge] = _preload(network, preload_vph)[edge[on_edge]]
    nodes = _zone_nodes(network, demand)
    pce = np.array([kind.pce for kind in kinds.values()])
    origin, kind_of, ptr, to_node, amount = _trips(demand, tuple(kinds), pce, nodes)
    return Problem(
        classes=tuple(kinds),
        pce=pce,
        graph=(graph.first_out, graph.head, graph.tail, graph.through),
        edge=edge,
        delay=delay,
        edge_delay=edge_delay,
        extra=extra,
        preload=preload,
        origin=origin,
        kind=kind_of,
        ptr=ptr,
        to_node=to_node,
        amount=amount,
        zone_node=nodes,
        origin_ids=network.nodes.index[origin],
        edge_ids=network.edges.index,
        place=np.stack(search_places(network, graph)),
        known=known_hierarchies(network),
    )


def by_edge(problem: Problem, arc_values: Array, n_edges: int) -> Array:
    """Values of arcs (..., n_arcs) in edge order (..., n_edges); 0 where an edge has no arc."""
    on_edge = problem.edge >= 0
    values = np.zeros((*arc_values.shape[:-1], n_edges))
    values[..., problem.edge[on_edge]] = arc_values[..., on_edge]
    return values


def _traffic_classes(demand: Demand, classes: Mapping[str, TrafficClass] | None) -> dict[str, TrafficClass]:
    given = dict(classes or {})
    strange = [name for name in given if name not in demand.matrices]
    if strange:
        known = ", ".join(demand.classes) or "none"
        raise DataError(f"classes: {strange[0]!r} is not in the demand, which has {known}; correct the name")
    kinds = {name: given.get(name, TrafficClass()) for name in demand.classes}
    wrong = [name for name, kind in kinds.items() if not (np.isfinite(kind.pce) and kind.pce > 0)]
    if wrong:
        raise DataError(f"classes: pce of {', '.join(wrong)} is not a number above 0; set it")
    return kinds


def _zone_nodes(network: Network, demand: Demand) -> IntArray:
    """Position of each zone's node."""
    nodes = network.nodes.index.get_indexer(pd.Index(demand.zones["node_id"]))
    lost = nodes < 0
    if lost.any():
        zone = demand.zones.index[lost][0]
        node = demand.zones["node_id"].iloc[int(np.argmax(lost))]
        near = name_near(str(node), [str(i) for i in network.nodes.index])
        rows = name_rows(demand.zones.index[lost].to_list())
        raise DataError(f"zones: {rows} stand at nodes that the network does not have ({zone} at {node!r}).{near}")
    return nodes.astype(np.int32)


def _preload(network: Network, preload_vph: pd.Series | None) -> Array:
    values = np.zeros(len(network.edges))
    if preload_vph is None:
        return values
    rows = network.edges.index.get_indexer(preload_vph.index)
    if (rows < 0).any():
        raise DataError(
            f"preload_vph: {name_rows(preload_vph.index[rows < 0].to_list())} are no edges; correct the ids"
        )
    loads = preload_vph.to_numpy(dtype=np.float64)
    if not (np.isfinite(loads) & (loads >= 0)).all():
        wrong = preload_vph.index[~(np.isfinite(loads) & (loads >= 0))].to_list()
        raise DataError(f"preload_vph: {name_rows(wrong)} are unknown or below 0; set them or leave them out")
    np.add.at(values, rows, loads)
    return values


def _trips(
    demand: Demand, names: tuple[str, ...], pce: Array, nodes: IntArray
) -> tuple[IntArray, IntArray, NDArray[np.int64], IntArray, Array]:
    """Trips between different nodes by class and origin node, in passenger car equivalents an hour."""
    unique, group = np.unique(nodes, return_inverse=True)
    origins, kinds, targets, amounts, counts = [], [], [], [], []
    for k, name in enumerate(names):
        values = demand.matrices[name].to_numpy(dtype=np.float64)
        table = np.zeros((len(unique), len(unique)))
        if len(unique) == len(nodes):
            table[np.ix_(group, group)] = values
        else:
            np.add.at(table, (group[:, None], group[None, :]), values)
        np.fill_diagonal(table, 0.0)
        flat = np.flatnonzero(table.ravel() != 0)  # several times as fast as nonzero of a table
        i, j = np.divmod(flat, len(unique)) if len(unique) else (flat, flat)
        sizes = np.bincount(i, minlength=len(unique))
        some = np.flatnonzero(sizes)
        origins.append(unique[some])
        kinds.append(np.full(len(some), k))
        targets.append(unique[j])
        amounts.append(table.ravel()[flat] * pce[k])
        counts.append(sizes[some])
    nothing = np.empty(0, dtype=np.int32)
    ptr = np.concatenate([[0], np.cumsum(np.concatenate([nothing, *counts]))]).astype(np.int64)
    origin, kind, target = (np.concatenate([nothing, *part]).astype(np.int32) for part in (origins, kinds, targets))
    return origin, kind, ptr, target, np.concatenate([np.empty(0), *amounts])
