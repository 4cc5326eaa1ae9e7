"""What if a structure is lost: how many ways are there that share none, and which single ones strand the load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, coo_array, csr_array, hstack

from geoplan.heavy_haul.condense import Condensed, Items, condense
from geoplan.heavy_haul.costs import cost_rates
from geoplan.heavy_haul.places import load_place, load_places
from geoplan.heavy_haul.plan import best_way, fleet_for
from geoplan.heavy_haul.states import States, build_states, open_arcs
from geoplan.network.names import place_title
from geoplan.network.network import Network
from geoplan.routing.points import Point
from geoplan.vehicles.gauge import Gauge
from geoplan.vehicles.limits import PASSES, Unknown, make_terms
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS, check_permits, rules_for
from geoplan.vehicles.vehicle import Vehicle


@dataclass(frozen=True, eq=False)
class Redundancy:
    """How much depends on single structures.

    Parameters
    ----------
    ways
        Number of ways that share no structure: 0 none at all, inf when a way passes no structure; `at_least`
        says that the search stopped there.
    structures
        Structures on the best way: structure_id, name, strands (nothing gets through without it),
        extra_cost_sek and extra_time_h of the best way round it (inf when it strands).
    reason
        One line.
    """

    ways: float
    at_least: bool
    structures: pd.DataFrame
    reason: str


def transport_redundancy(
    network: Network,
    origin: Point,
    destination: Point | Sequence[Point],
    load: Load,
    *,
    vehicles: Iterable[str | Vehicle] | None = None,
    unknown: Unknown = "pass",
    permits: tuple[str, ...] = USUAL_PERMITS,
    clearance_m: float = 0.0,
    rules: str | None = None,
    gauges: Mapping[str, Gauge] | None = None,
    max_ways: int = 4,
) -> Redundancy:
    """Ways for a load that share no structure, and the structures whose loss strands it.

    A structure is lost on every network it belongs to: a railway bridge over a road closes both. Whether k
    ways share none is answered exactly, by a 0-1 program in which each structure belongs to one way at most.

    Parameters
    ----------
    destination
        A point, or several of which any will do.
    max_ways
        Where the count stops.
    vehicles, unknown, permits, clearance_m, rules, gauges
        As in `plan_transport`.
    """
    laden, _ = fleet_for(load, vehicles)
    states = build_states(
        network,
        laden,
        load_place(network, origin, laden),
        load_places(network, destination, laden),
        permits=check_permits(permits),
        terms=make_terms(clearance_m, rules_for(network, rules), gauges),
        rates=cost_rates(),
    )
    usable = open_arcs(states, PASSES[unknown])
    touching = _structures_of_arcs(states)
    way = best_way(states, "cost", unknown)
    if way is None:
        return Redundancy(0, False, _losses(states, None, touching, unknown), f"{load.name}: there is no way at all.")
    graph = condense(states, usable, {arc: s for arc, s in touching.items() if usable[arc]})
    ways, stopped = _disjoint_ways(graph, max_ways)
    losses = _losses(states, way, touching, unknown)
    stranding = losses.loc[losses["strands"], "name"].to_list()
    count = "a way passes no structure" if np.isinf(ways) else f"{ways:g} ways share no structure"
    told = f"; the loss of {', '.join(stranding)} strands it" if stranding else "; no single structure strands it"
    return Redundancy(ways, stopped, losses, f"{load.name}: {'at least ' if stopped else ''}{count}{told}.")


def _structures_of_arcs(states: States) -> dict[int, Items]:
    """Structures that carry or stand over the edge of each arc, where there are some."""
    network = states.network
    table = network.structure_edges
    edge = network.edges.index.get_indexer(table["edge_id"])
    structure = network.structures.index.get_indexer(table["structure_id"])
    by_edge: dict[int, set[int]] = {}
    for e, s in zip(edge.tolist(), structure.tolist(), strict=True):
        by_edge.setdefault(e, set()).add(s)
    concerned = np.flatnonzero(np.isin(states.edge, list(by_edge)))
    return {int(arc): frozenset(by_edge[int(states.edge[arc])]) for arc in concerned}


def _losses(
    states: States, way: NDArray[np.int32] | None, touching: dict[int, Items], unknown: Unknown
) -> pd.DataFrame:
    """What the loss of each structure of the best way costs."""
    columns = ["structure_id", "name", "strands", "extra_cost_sek", "extra_time_h"]
    if way is None:
        return pd.DataFrame(columns=columns).astype({"strands": bool})
    network = states.network
    passed = dict.fromkeys(s for arc in way for s in sorted(touching.get(int(arc), ())))
    cost, time = states.cost_sek[way].sum(), states.time_h[way].sum()
    rows = []
    for structure in passed:
        closed = np.zeros(len(states.edge), dtype=bool)
        closed[[arc for arc, found in touching.items() if structure in found]] = True
        other = best_way(states, "cost", unknown, closed=closed)
        rows.append(
            {
                "structure_id": network.structures.index[structure],
                "name": place_title(network, network.structures.index[structure], ""),
                "strands": other is None,
                "extra_cost_sek": np.inf if other is None else float(states.cost_sek[other].sum() - cost),
                "extra_time_h": np.inf if other is None else float(states.time_h[other].sum() - time),
            }
        )
    return pd.DataFrame(rows, columns=columns).astype({"strands": bool})


def _disjoint_ways(graph: Condensed, max_ways: int) -> tuple[float, bool]:
    """Largest number of ways that share no item, and whether the count stopped at `max_ways`."""
    if graph.start == graph.end or _way_without_items(graph):
        return np.inf, False
    ways = 1
    while ways < max_ways and _ways_exist(graph, ways + 1):
        ways += 1
    return float(ways), ways == max_ways


def _way_without_items(graph: Condensed) -> bool:
    """Whether free arcs alone join start and end."""
    free = np.array([not wanted for wanted in graph.items], dtype=bool)
    reached = {graph.start}
    front = [graph.start]
    while front:
        place = front.pop()
        for other in graph.head[free & (graph.tail == place)].tolist():
            if other not in reached:
                reached.add(other)
                front.append(other)
    return graph.end in reached


def _ways_exist(graph: Condensed, count: int) -> bool:
    """Whether `count` ways exist of which no two use the same item: one flow a way, each item given to one of them."""
    numbers = sorted({i for wanted in graph.items for i in wanted})
    place = {item: column for column, item in enumerate(numbers)}
    n_arcs, n_items = len(graph.tail), len(numbers)
    nodes, arcs = np.concatenate([graph.tail, graph.head]), np.tile(np.arange(n_arcs), 2)
    signs = np.concatenate([np.ones(n_arcs), -np.ones(n_arcs)])
    flow = coo_array((signs, (nodes, arcs)), shape=(graph.n_groups, n_arcs + n_items))
    links = np.array([(a, n_arcs + place[i]) for a, wanted in enumerate(graph.items) for i in sorted(wanted)])
    rows = np.tile(np.arange(len(links)), 2)
    bought = coo_array(
        (np.concatenate([np.ones(len(links)), -np.ones(len(links))]), (rows, links.T.ravel())),
        shape=(len(links), n_arcs + n_items),
    )
    balance = np.zeros(graph.n_groups)
    balance[graph.start], balance[graph.end] = 1.0, -1.0
    shared = hstack([csr_array((n_items, n_arcs)), csr_array(np.eye(n_items))])
    program = [
        LinearConstraint(csr_array(block_diag([flow] * count)), np.tile(balance, count), np.tile(balance, count)),
        LinearConstraint(csr_array(block_diag([bought] * count)), -np.inf, 0.0),
        LinearConstraint(csr_array(hstack([shared] * count)), -np.inf, 1.0),
    ]
    whole = np.tile(np.concatenate([np.zeros(n_arcs), np.ones(n_items)]), count)
    solved = milp(np.zeros(len(whole)), integrality=whole, bounds=Bounds(0, 1), constraints=program)
    return solved.x is not None
