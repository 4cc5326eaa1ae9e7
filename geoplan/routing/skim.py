"""Costs between many points at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.network.network import Network
from geoplan.routing.blocks import in_blocks
from geoplan.routing.cost import Cost, FloatArray, Unknown, edge_costs
from geoplan.routing.hierarchy import known_hierarchies
from geoplan.routing.kernels import cost_table, sum_along_trees
from geoplan.routing.many import crossroads_of, customize_crossroads, table_between, worth_it
from geoplan.routing.points import Point, find_nodes
from geoplan.routing.search_graph import SearchGraph, search_graph
from geoplan.vehicles.vehicle import Vehicle


def skim(
    network: Network,
    origins: Sequence[Point],
    destinations: Sequence[Point] | None = None,
    *,
    cost: Cost | FloatArray = "time_s",
    along: Cost | FloatArray | None = None,
    vehicle: Vehicle | None = None,
    unknown: Unknown = "pass",
    modes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Cost of the cheapest way from each origin to each destination.

    Parameters
    ----------
    origins, destinations
        Points (id, name or (lon, lat)); destinations are the origins when left out.
    along
        Sum these values along the ways that are cheapest by `cost`, such as the length of the quickest ways.

    Returns
    -------
    Table with the origins as index and the destinations as columns, in the unit of `cost` (or `along`); `inf` is
    not reachable.
    """
    if len(origins) == 0:
        raise DataError("skim needs at least one origin")
    ends = origins if destinations is None else destinations
    allowed = None if modes is None else tuple(dict.fromkeys((*modes, "transfer")))
    sources = find_nodes(network, origins, modes=modes)
    targets = find_nodes(network, ends, modes=modes)
    graph = search_graph(network, vehicle=vehicle)
    costs = graph.costs(edge_costs(network, cost=cost, vehicle=vehicle, unknown=unknown, modes=allowed))
    if along is None:
        table = _cost_table(network, graph, costs, sources, targets)
    else:
        values = edge_costs(network, cost=along, vehicle=vehicle, unknown="pass", modes=allowed)
        summed = sum_along_trees(
            graph.first_out,
            graph.head,
            graph.tail,
            costs,
            graph.costs(values, turn_weight=0.0),
            sources,
            targets,
            graph.through,
        )
        table = np.where(np.isnan(summed), np.inf, summed)
    return pd.DataFrame(table, index=_labels(origins), columns=_labels(ends))


def _cost_table(
    network: Network, graph: SearchGraph, costs: FloatArray, sources: NDArray[np.int32], targets: NDArray[np.int32]
) -> FloatArray:
    """Plain trees, or the hierarchy where so many are asked that it pays."""
    if worth_it(len(sources), len(graph.through)):
        roads = crossroads_of(network, graph)
        return table_between(customize_crossroads(roads, costs, known_hierarchies(network)), roads, sources, targets)
    return np.concatenate(
        in_blocks(
            lambda rows: cost_table(graph.first_out, graph.head, costs, sources[rows], targets, graph.through),
            len(sources),
        )
    )


def _labels(points: Sequence[Point]) -> pd.Index:
    return pd.Index([f"{p[0]:g},{p[1]:g}" if isinstance(p, (tuple, list)) else p for p in points])
