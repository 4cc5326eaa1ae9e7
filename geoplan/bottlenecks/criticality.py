"""How much a closure costs everybody: the exact loss of each link or structure for every trip.

Source: Jenelius, Petersen and Mattsson (2006), importance and exposure; the vehicle hours of a closure of a given
duration put links with and without a detour on one scale.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.bottlenecks.chain_kernels import compress
from geoplan.bottlenecks.closure_kernels import closure_losses
from geoplan.demand.demand import Demand
from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network
from geoplan.routing.cost import Cost, FloatArray, edge_costs
from geoplan.routing.search_graph import SearchGraph, search_graph


@dataclass(frozen=True, eq=False)
class Closures:
    """What is closed together. `rows` lists the edge rows of all closures, closure k from first[k] to first[k + 1]."""

    ids: pd.Index
    first: NDArray[np.int32]
    rows: NDArray[np.int32]


def criticality(
    network: Network,
    demand: Demand,
    *,
    by: str = "edge",
    directed: bool = False,
    cost: Cost | FloatArray = "time_s",
    duration_h: float = 24.0,
    modes: Sequence[str] = ("road",),
    matrix: str | None = None,
    among: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """Loss of closing each edge or structure, for all trips of the demand on their cheapest ways.

    Parameters
    ----------
    by
        "edge": both directions of a way close together, unless `directed`; "structure": every edge that the structure
        carries or stands over closes, on all its networks.
    cost
        Cost of the open network in seconds; the loaded times of an assignment make the loss that of today's traffic.
    duration_h
        How long the closure of `closure_vehh` lasts; nobody waits longer than it does.
    matrix
        Class of the demand; all classes together when None.
    among
        Ids of the edges or structures to close; all when None.

    Returns
    -------
    Table indexed by `edge_id` or `structure_id`: loss_vehh (extra vehicle hours an hour of demand, trips that still
    arrive), unsatisfied_trips (an hour), closure_vehh (vehicle hours over the closure), hit_zones (zones with a trip
    that gets longer or is lost) and worst_zone (the one that loses most, counted by closure hours). `attrs` tells
    trips assigned, and those not connected even today.

    Raises
    ------
    DataError
        Unknown id, zone without a node, class that the demand has not.
    """
    closures = _closures(network, by, directed, among)
    graph = search_graph(network)
    allowed = tuple(dict.fromkeys((*modes, "transfer")))
    costs = graph.costs(edge_costs(network, cost=cost, modes=allowed))
    trips = _trips(demand, matrix)
    nodes = _zone_nodes(network, demand)
    origins = np.flatnonzero(trips.sum(axis=1) > 0)
    extra, lost, waiting = _losses(graph, costs, closures, nodes, trips, origins, duration_h * 3600.0)
    hit = (extra > 0) | (lost > 0)
    names = demand.zones["name"].to_numpy()[origins]
    worst = np.where(hit.any(axis=0), names[np.argmax(waiting, axis=0)] if len(origins) else "", "")
    table = pd.DataFrame(
        {
            "loss_vehh": extra.sum(axis=0) / 3600.0,
            "unsatisfied_trips": lost.sum(axis=0),
            "closure_vehh": waiting.sum(axis=0) / 3600.0,
            "hit_zones": hit.sum(axis=0),
            "worst_zone": worst,
        },
        index=closures.ids,
    )
    if by == "edge" and not directed:
        table = _to_edges(network, table, among)
    table.attrs = {"duration_h": duration_h, "trips_vph": float(trips.sum()), "by": by}
    return table


def _closures(network: Network, by: str, directed: bool, among: Sequence[Hashable] | None) -> Closures:
    edges = network.edges
    if by == "structure":
        pairs = network.structure_edges.drop_duplicates(["structure_id", "edge_id"])
        known = network.structures.index
        wanted = known if among is None else pd.Index(list(among))
        _require(wanted, known, "structures")
        pairs = pairs[pairs["structure_id"].isin(wanted)]
        group = wanted.get_indexer(pd.Index(pairs["structure_id"]))
        rows = edges.index.get_indexer(pd.Index(pairs["edge_id"]))
        return _group(wanted.rename("structure_id"), group, rows)
    if by != "edge":
        raise DataError(f"by {by!r} is not known; use 'edge' or 'structure'")
    wanted = edges.index if among is None else pd.Index(list(among))
    _require(wanted, edges.index, "edges")
    if directed:
        return _group(wanted.rename("edge_id"), np.arange(len(wanted)), edges.index.get_indexer(wanted))
    ways = pd.Index(edges.loc[wanted, "way_id"].unique(), name="way_id")
    group = ways.get_indexer(pd.Index(edges["way_id"]))
    rows = np.flatnonzero(group >= 0)
    return _group(ways, group[rows], rows)


def _require(wanted: pd.Index, known: pd.Index, what: str) -> None:
    lost = wanted[~wanted.isin(known)].to_list()
    if lost:
        raise DataError(f"{what}: {name_rows(lost)} do not exist; correct the ids")


def _group(ids: pd.Index, group: NDArray[np.intp], rows: NDArray[np.intp]) -> Closures:
    order = np.argsort(group, kind="stable")
    first = np.zeros(len(ids) + 1, dtype=np.int32)
    np.cumsum(np.bincount(group, minlength=len(ids)), out=first[1:])
    return Closures(ids, first, rows[order].astype(np.int32))


def _trips(demand: Demand, matrix: str | None) -> NDArray[np.float64]:
    if matrix is not None:
        if matrix not in demand.matrices:
            raise DataError(f"the demand has no class {matrix!r}; it has {', '.join(demand.matrices)}")
        return demand.matrices[matrix].to_numpy()
    if not demand.matrices:
        raise DataError("the demand has no matrix; distribute trips first")
    return np.sum([table.to_numpy() for table in demand.matrices.values()], axis=0)


def _zone_nodes(network: Network, demand: Demand) -> NDArray[np.int32]:
    nodes = network.nodes.index.get_indexer(pd.Index(demand.zones["node_id"]))
    if (nodes < 0).any():
        rows = name_rows(demand.zones.index[nodes < 0].to_list())
        raise DataError(f"zones: {rows} have a node_id that the network has not; correct it")
    return nodes.astype(np.int32)


@dataclass(frozen=True, eq=False)
class _Problem:
    """What the closure kernel works on: arcs with costs, trip ends, and closures as (closure, arc) pairs."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    cost: FloatArray
    through: NDArray[np.bool_]
    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    trips: FloatArray
    n_closures: int
    closure: NDArray[np.int64]
    arc: NDArray[np.int64]


def _losses(
    graph: SearchGraph,
    costs: FloatArray,
    closures: Closures,
    nodes: NDArray[np.int32],
    trips: NDArray[np.float64],
    origins: NDArray[np.intp],
    duration_s: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Extra time, lost trips and waiting (n_origins, n_closures) for closures of edges."""
    closure, arc = _arcs_of_closures(graph, closures)
    problem = _Problem(
        tail=graph.tail,
        head=graph.head,
        cost=costs,
        through=graph.through,
        sources=(graph.first_source + nodes[origins]).astype(np.int32),
        targets=(graph.first_target + nodes).astype(np.int32),
        trips=np.ascontiguousarray(np.where(nodes[None, :] == nodes[origins, None], 0.0, trips[origins])),
        n_closures=len(closures.ids),
        closure=closure,
        arc=arc,
    )
    if graph.first_source != graph.first_target:  # the line graph has its own shape; it is taken as it is
        return _run_kernel(problem, duration_s)
    small, same = _compress(problem)
    results = _run_kernel(small, duration_s)
    # A closure that touches no chain costs nothing; those of one chain share one result.
    return tuple(np.where(same >= 0, table[:, same], 0.0) for table in results)  # type: ignore[return-value]


def _arcs_of_closures(graph: SearchGraph, closures: Closures) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(closure, search arc) pairs; several arcs of a line graph enter one edge."""
    n_edges = int(graph.edge.max(initial=-1)) + 1
    by_edge = np.argsort(graph.edge, kind="stable")
    by_edge = by_edge[graph.edge[by_edge] >= 0]
    first = np.concatenate([[0], np.cumsum(np.bincount(graph.edge[graph.edge >= 0], minlength=n_edges))])
    count = np.diff(first)[closures.rows]
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    arc = by_edge[np.repeat(first[closures.rows], count) + offset]
    return np.repeat(np.repeat(np.arange(len(closures.ids)), np.diff(closures.first)), count), arc.astype(np.int64)


def _compress(problem: _Problem) -> tuple[_Problem, NDArray[np.int64]]:
    """The problem on chains between nodes that matter, and which of its closures stands for each (-1: none)."""
    n = len(problem.through)
    first_out, _ = _csr(problem.tail, n)  # arcs of a plain search graph are sorted by tail
    first_in, in_arc = _csr(problem.head, n)
    keep = ~problem.through
    keep[problem.sources] = True
    keep[problem.targets] = True
    new_node, tail, head, cost, chain = compress(
        first_out, problem.head, problem.tail, first_in, in_arc, problem.cost, keep
    )
    on_chain = chain[problem.arc] >= 0
    pairs = np.unique(np.stack([problem.closure[on_chain], chain[problem.arc[on_chain]]], axis=1), axis=0)
    groups: dict[bytes, int] = {}
    same = np.full(problem.n_closures, -1, dtype=np.int64)
    starts = np.searchsorted(pairs[:, 0], np.arange(problem.n_closures + 1))
    representative: list[int] = []
    for k in np.unique(pairs[:, 0]):
        key = pairs[starts[k] : starts[k + 1], 1].tobytes()
        if key not in groups:
            groups[key] = len(representative)
            representative.append(int(k))
        same[k] = groups[key]
    rows = [np.arange(starts[k], starts[k + 1]) for k in representative]
    sizes = [len(row) for row in rows]
    arcs = pairs[np.concatenate(rows), 1] if rows else np.empty(0, dtype=np.int64)
    small = replace(
        problem,
        tail=tail,
        head=head,
        cost=cost,
        through=problem.through[new_node >= 0],
        sources=new_node[problem.sources],
        targets=new_node[problem.targets],
        n_closures=len(representative),
        closure=np.repeat(np.arange(len(representative)), sizes),
        arc=arcs.astype(np.int64),
    )
    return small, same


def _run_kernel(problem: _Problem, duration_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sort the arcs by tail and hand everything to the kernel."""
    n, m = len(problem.through), len(problem.head)
    first_out, order = _csr(problem.tail, n)
    place = np.empty(m, dtype=np.int64)
    place[order] = np.arange(m)
    tail, head, arc = problem.tail[order], problem.head[order], place[problem.arc]
    first_in, in_arc = _csr(head, n)
    first_arc, by_closure = _csr(problem.closure, problem.n_closures)
    first_closure, by_arc = _csr(arc, m)
    return closure_losses(
        first_out,
        head,
        tail,
        first_in,
        in_arc,
        problem.cost[order],
        problem.through,
        problem.sources,
        problem.targets,
        problem.trips,
        first_arc,
        arc[by_closure].astype(np.int32),
        first_closure,
        problem.closure[by_arc].astype(np.int32),
        duration_s,
    )


def _csr(group: NDArray[Any], n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First place of each group and the rows sorted by group."""
    first = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(group, minlength=n), out=first[1:])
    return first, np.argsort(group, kind="stable").astype(np.int32)


def _to_edges(network: Network, by_way: pd.DataFrame, among: Sequence[Hashable] | None) -> pd.DataFrame:
    """The loss of a way on each of its directions."""
    wanted = network.edges.index if among is None else pd.Index(list(among), name="edge_id")
    table = by_way.loc[network.edges.loc[wanted, "way_id"]]
    table.index = wanted.rename("edge_id")
    return table
