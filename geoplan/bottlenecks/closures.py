"""Closures of links and structures, and what each costs the trips from each origin.

What `criticality`, `exposure`, pairs, corridors and resampling share: who closes together, and the exact kernel run on
the graph of chains.
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
from geoplan.bottlenecks.few_closures import longer_ways
from geoplan.demand.demand import Demand
from geoplan.errors import DataError, name_rows
from geoplan.network.ids import are_known
from geoplan.network.network import Network
from geoplan.routing.blocks import in_blocks
from geoplan.routing.cost import Cost, FloatArray, edge_costs
from geoplan.routing.hierarchy import Hierarchy, known_hierarchies
from geoplan.routing.many import Crossroads, crossroads_of, worth_it
from geoplan.routing.search_graph import SearchGraph, search_graph

# Nodes that a search backwards from one destination visits, about: 600 on a grid of 20,000 links with 200 zones.
NEAR = 500
# Closures up to which a large network is asked by the hierarchy, closure by closure, instead of one tree an origin.
FEW = 1000


@dataclass(frozen=True, eq=False)
class Closures:
    """What is closed together. `rows` lists the edge rows of all closures, closure k from first[k] to first[k + 1]."""

    ids: pd.Index
    first: NDArray[np.int32]
    rows: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Losses:
    """What closures cost the trips of each origin with trips; arrays (n_origins, n_closures).

    origins : rows of the zones
    trips_vph : (n_origins,) trips an hour that leave the zone's node
    extra_vehh, lost_vph, closure_vehh : extra vehicle hours an hour of trips that still arrive; trips an hour that do
        not; vehicle hours over the closure
    """

    closures: Closures
    origins: NDArray[np.intp]
    trips_vph: FloatArray
    extra_vehh: FloatArray
    lost_vph: FloatArray
    closure_vehh: FloatArray


@dataclass(frozen=True, eq=False)
class Question:
    """Who travels over which costs: the open search graph of a network, its arc costs, the trips between nodes."""

    graph: SearchGraph
    costs: FloatArray
    nodes: NDArray[np.int32]
    trips: NDArray[np.float64]
    origins: NDArray[np.intp]
    network: Network


def pose(
    network: Network,
    demand: Demand,
    *,
    cost: Cost | FloatArray = "time_s",
    modes: Sequence[str] = ("road",),
    matrix: str | None = None,
) -> Question:
    """The question that closures are asked about: costs of the modes, trips of a class (all when None)."""
    graph = search_graph(network)
    allowed = tuple(dict.fromkeys((*modes, "transfer")))
    costs = graph.costs(edge_costs(network, cost=cost, modes=allowed))
    trips = _trips(demand, matrix)
    origins = np.flatnonzero(trips.sum(axis=1) > 0)
    return Question(graph, costs, _zone_nodes(network, demand), trips, origins, network)


def measure(question: Question, closures: Closures, *, duration_h: float) -> Losses:
    """Exact losses of every closure for the trips of every origin."""
    extra, lost, waiting = _losses(question, closures, duration_h * 3600.0)
    trips = _between_nodes(question).sum(axis=1)
    return Losses(closures, question.origins, trips, extra / 3600.0, lost, waiting / 3600.0)


def find_closures(
    network: Network, *, by: str = "edge", directed: bool = False, among: Sequence[Hashable] | None = None
) -> Closures:
    """Closures of ways ("edge": both directions together, unless `directed`) or of structures.

    A structure closes every edge that it carries or stands over, on all its networks.
    """
    edges = network.edges
    if by == "structure":
        pairs = network.structure_edges.drop_duplicates(["structure_id", "edge_id"])
        known = network.structures.index
        wanted = known if among is None else pd.Index(list(among))
        _require(wanted, known, "structures")
        pairs = pairs[pairs["structure_id"].isin(wanted)]
        group = wanted.get_indexer(pd.Index(pairs["structure_id"]))
        rows = edges.index.get_indexer(pd.Index(pairs["edge_id"]))
        return group_closures(wanted.rename("structure_id"), group, rows)
    if by != "edge":
        raise DataError(f"by {by!r} is not known; use 'edge' or 'structure'")
    wanted = edges.index if among is None else pd.Index(list(among))
    _require(wanted, edges.index, "edges")
    if directed:
        return group_closures(wanted.rename("edge_id"), np.arange(len(wanted)), edges.index.get_indexer(wanted))
    ways = pd.Index(edges.loc[wanted, "way_id"].unique(), name="way_id")
    group = ways.get_indexer(pd.Index(edges["way_id"]))
    rows = np.flatnonzero(group >= 0)
    return group_closures(ways, group[rows], rows)


def _require(wanted: pd.Index, known: pd.Index, what: str) -> None:
    lost = wanted[~are_known(wanted, known)].to_list()
    if lost:
        raise DataError(f"{what}: {name_rows(lost)} do not exist; correct the ids")


def group_closures(ids: pd.Index, group: NDArray[np.intp], rows: NDArray[np.intp]) -> Closures:
    """Closures from (place in `ids`, edge row) pairs."""
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
class Problem:
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


def _losses(question: Question, closures: Closures, duration_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Extra time, lost trips and waiting (n_origins, n_closures) for closures of edges."""
    problem = as_problem(question, closures)
    if len(closures.ids) <= FEW and worth_it(len(problem.sources), len(problem.through)):
        roads = crossroads_of(question.network, question.graph)
        return _by_hierarchy(problem, roads, known_hierarchies(question.network), duration_s)
    small, same = compress_problem(problem)
    if small.n_closures == 0:
        nothing = np.zeros((len(question.origins), len(same)))
        return nothing, nothing.copy(), nothing.copy()
    # A closure that touches no chain costs nothing; those of one chain share one result.
    extra, lost, waiting = (np.where(same >= 0, table[:, same], 0.0) for table in run_kernel(small, duration_s))
    return extra, lost, waiting


def _by_hierarchy(
    problem: Problem, roads: Crossroads, known: dict[str, Hierarchy], duration_s: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The losses of few closures of a large network."""
    extra, lost, waiting = np.zeros((3, len(problem.sources), problem.n_closures))
    order = np.argsort(problem.closure, kind="stable")
    arcs = np.split(problem.arc[order], np.searchsorted(problem.closure[order], np.arange(1, problem.n_closures)))
    asked = problem.trips > 0
    found = longer_ways(roads, problem.cost, known, problem.sources, problem.targets, arcs, asked)
    for k, (rows, columns, longer) in enumerate(found):
        trips = problem.trips[rows, columns]
        arrives = np.isfinite(longer)
        wait = np.where(
            longer < duration_s,
            longer * (duration_s - longer / 2),
            duration_s**2 / 2,
        )
        np.add.at(extra[:, k], rows[arrives], trips[arrives] * longer[arrives])
        np.add.at(lost[:, k], rows[~arrives], trips[~arrives])
        np.add.at(waiting[:, k], rows, trips / 3600.0 * wait)
    return extra, lost, waiting


def as_problem(question: Question, closures: Closures) -> Problem:
    """Arrays for the kernels."""
    graph, nodes, origins = question.graph, question.nodes, question.origins
    closure, arc = _arcs_of_closures(graph, closures)
    return Problem(
        tail=graph.tail,
        head=graph.head,
        cost=question.costs,
        through=graph.through,
        sources=nodes[origins],
        targets=nodes,
        trips=_between_nodes(question),
        n_closures=len(closures.ids),
        closure=closure,
        arc=arc,
    )


def _between_nodes(question: Question) -> FloatArray:
    """Trips (n_origins, n_zones) that leave their node."""
    nodes, origins = question.nodes, question.origins
    same = nodes[None, :] == nodes[origins, None]
    return np.ascontiguousarray(np.where(same, 0.0, question.trips[origins]))


def _arcs_of_closures(graph: SearchGraph, closures: Closures) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(closure, search arc) pairs."""
    arc = graph.arc[closures.rows].astype(np.int64)
    return np.repeat(np.arange(len(closures.ids)), np.diff(closures.first)), arc


def compress_problem(problem: Problem) -> tuple[Problem, NDArray[np.int64]]:
    """The problem on chains between nodes that matter, and which of its closures stands for each (-1: none)."""
    n = len(problem.through)
    first_out, _ = sort_by_group(problem.tail, n)  # arcs of a plain search graph are sorted by tail
    first_in, in_arc = sort_by_group(problem.head, n)
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


def run_kernel(problem: Problem, duration_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sort the arcs by tail and hand blocks of origins to the kernel."""
    first_out, head, tail, cost, through, sources, targets, trips, first_arc, arcs = kernel_arrays(problem)
    # On a small network no origin has so much work by closure: what would search by destination is not even compiled.
    asked = np.count_nonzero(trips, axis=1)
    near = None if problem.n_closures * len(through) <= NEAR * asked[asked > 0].min(initial=len(targets)) else NEAR

    def of_rows(rows: slice) -> tuple[FloatArray, FloatArray, FloatArray]:
        of_origins = (sources[rows], targets, trips[rows])
        return closure_losses(first_out, head, tail, cost, through, *of_origins, first_arc, arcs, duration_s, near)

    parts = in_blocks(of_rows, len(sources))
    extra, lost, waiting = (np.concatenate(tables) for tables in zip(*parts, strict=True))
    return extra, lost, waiting


def kernel_arrays(problem: Problem) -> tuple[NDArray[Any], ...]:
    """The arrays that the closure kernels take, arcs sorted by tail and closures in order."""
    n, m = len(problem.through), len(problem.head)
    first_out, order = sort_by_group(problem.tail, n)
    place = np.empty(m, dtype=np.int64)
    place[order] = np.arange(m)
    first_arc, by_closure = sort_by_group(problem.closure, problem.n_closures)
    return (
        first_out,
        problem.head[order],
        problem.tail[order],
        problem.cost[order],
        problem.through,
        problem.sources,
        problem.targets,
        problem.trips,
        first_arc,
        place[problem.arc][by_closure].astype(np.int32),
    )


def sort_by_group(group: NDArray[Any], n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First place of each group and the rows sorted by group."""
    first = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(group, minlength=n), out=first[1:])
    return first, np.argsort(group, kind="stable").astype(np.int32)
