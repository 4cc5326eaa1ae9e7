"""The cheapest sets of structures that open a way: a 0-1 program on the condensed graph."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from geoplan.heavy_haul.condense import Condensed, Items, keep_arcs
from geoplan.network.graph import graph_from_positions
from geoplan.routing.kernels import shortest_path_tree

FloatArray = NDArray[np.float64]
NUDGE = 1e-6  # added to each cost in MSEK: of two sets of equal cost the smaller one, and free fixes only when needed


def cheapest_sets(graph: Condensed, cost: FloatArray, count: int) -> list[Items]:
    """The cheapest sets of items that join start and end, ascending in cost; exact.

    A 0-1 program: one unit flows from start to end, an arc carries flow only when each of its items is
    bought. For the first set a Dijkstra search with every arc at its full price gives a set to beat, one with
    each item's price shared out over its arcs gives a bound below, and arcs that cannot be on a better way
    are left out. Each further set is found by forbidding the earlier ones and all that hold them.
    """
    if graph.start == graph.end:
        return [frozenset()]
    price = {i: float(cost[i]) + NUDGE for i in {i for wanted in graph.items for i in wanted}}
    found: list[Items] = []
    while len(found) < count:
        chosen = _cheapest_set(_prune(graph, price) if not found else graph, price, found)
        if chosen is None:
            break
        found.append(chosen)
        if not chosen:
            break
    return found


def _cheapest_set(graph: Condensed, price: dict[int, float], forbidden: list[Items]) -> Items | None:
    """The cheapest set that holds none of the forbidden ones, None when there is none."""
    if len(graph.tail) == 0:
        return None
    numbers = sorted({i for wanted in graph.items for i in wanted})
    place = {item: column for column, item in enumerate(numbers)}
    n_arcs, n = len(graph.tail), len(graph.tail) + len(numbers)
    ones = np.ones(n_arcs)
    nodes, arcs = np.concatenate([graph.tail, graph.head]), np.tile(np.arange(n_arcs), 2)
    flow = coo_array((np.concatenate([ones, -ones]), (nodes, arcs)), shape=(graph.n_groups, n))
    balance = np.zeros(graph.n_groups)
    balance[graph.start], balance[graph.end] = 1.0, -1.0
    links = [(arc, n_arcs + place[i]) for arc, wanted in enumerate(graph.items) for i in sorted(wanted)]
    constraints = [LinearConstraint(flow.tocsr(), balance, balance)]
    if links:
        table = np.array(links)
        rows = np.arange(len(links))
        values = np.concatenate([np.ones(len(links)), -np.ones(len(links))])
        bought = coo_array((values, (np.tile(rows, 2), table.T.ravel())), shape=(len(links), n))
        constraints.append(LinearConstraint(bought.tocsr(), -np.inf, 0.0))
    for earlier in forbidden:
        if not earlier <= set(numbers):
            continue
        columns = np.array([n_arcs + place[i] for i in earlier])
        cut = coo_array((np.ones(len(columns)), (np.zeros_like(columns), columns)), shape=(1, n))
        constraints.append(LinearConstraint(cut.tocsr(), -np.inf, len(earlier) - 1.0))
    solved = milp(
        np.concatenate([np.zeros(n_arcs), [price[i] for i in numbers]]),
        integrality=np.concatenate([np.zeros(n_arcs), np.ones(len(numbers))]),
        bounds=Bounds(0, 1),
        constraints=constraints,
        options={"mip_rel_gap": 0.0},
    )
    if solved.x is None:
        return None
    return frozenset(item for item, column in place.items() if solved.x[n_arcs + column] > 0.5)


def _prune(graph: Condensed, price: dict[int, float]) -> Condensed:
    """Leave out arcs that no way at least as cheap as a known one can use."""
    uses: dict[int, int] = {}
    for wanted in graph.items:
        for i in wanted:
            uses[i] = uses.get(i, 0) + 1
    full = np.array([sum(price[i] for i in wanted) for wanted in graph.items])
    shared = np.array([sum(price[i] / uses[i] for i in wanted) for wanted in graph.items])
    forward, ways = _distances(graph, full, graph.start)
    if not np.isfinite(forward[graph.end]):
        return graph
    best = sum(price[i] for i in frozenset().union(*[graph.items[arc] for arc in ways]))
    ahead, _ = _distances(graph, shared, graph.start)
    mirrored = Condensed(graph.head, graph.tail, graph.items, graph.end, graph.start, graph.n_groups)
    back, _ = _distances(mirrored, shared, graph.end)
    bound = ahead[graph.tail] + shared + back[graph.head]
    return keep_arcs(graph, bound <= best * (1 + 1e-9) + 1e-12)


def _distances(graph: Condensed, cost: FloatArray, root: int) -> tuple[FloatArray, list[int]]:
    """Distances from a group, and the arcs of the way to the graph's end."""
    csr = graph_from_positions(pd.RangeIndex(graph.n_groups), graph.tail.astype(np.int32), graph.head.astype(np.int32))
    through = np.ones(graph.n_groups, dtype=bool)
    distance, pred, _, _ = shortest_path_tree(csr.first_out, csr.head, cost[csr.edge].astype(np.float64), root, through)
    ways = []
    place = graph.end
    while pred[place] >= 0:
        ways.append(int(csr.edge[pred[place]]))
        place = int(csr.tail[pred[place]])
    return distance, ways
