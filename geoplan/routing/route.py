"""One route, and the reason when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, NoRouteError
from geoplan.network.network import Network
from geoplan.routing.cost import Cost, FloatArray, Unknown, edge_costs, free_time
from geoplan.routing.kernels import shortest_path
from geoplan.routing.points import Point, find_node
from geoplan.routing.search_graph import search_graph
from geoplan.vehicles.limits import margins
from geoplan.vehicles.vehicle import Vehicle

OBSTACLE = 1e12  # cost of passing a closed edge in the relaxed search; larger than any sum of real costs


@dataclass(frozen=True, eq=False)
class Route:
    """A route: `edges` are rows of the network's edge table in order of travel.

    `cost` is the total in the unit asked for, `modes` what it runs on, `from_node` and `to_node` the ids of its ends.
    """

    edges: gpd.GeoDataFrame
    cost: float
    time_s: float
    length_m: float
    modes: tuple[str, ...]
    from_node: object
    to_node: object


def route(
    network: Network,
    origin: Point,
    destination: Point,
    *,
    vehicle: Vehicle | None = None,
    cost: Cost | FloatArray = "time_s",
    unknown: Unknown = "pass",
    modes: Sequence[str] | None = None,
) -> Route:
    """The cheapest route between two points.

    Parameters
    ----------
    origin, destination
        Node id, node name, or (lon, lat) in degrees.
    vehicle, cost, unknown
        As in `edge_costs`.
    modes
        Modes the route may use. None: a route of one mode, the cheapest of the modes that touch both ends (the
        vehicle's own mode when there is one), or any modes when none touches both.

    Raises
    ------
    NoRouteError
        With `reasons`, a table of the obstacles on the way with the fewest of them.
    DataError
        Unknown point, or edges without speed.
    """
    wanted = tuple(modes) if modes is not None else None
    search_modes = wanted or ((vehicle.mode,) if vehicle is not None else None)
    source = find_node(network, origin, modes=search_modes)
    target = find_node(network, destination, modes=search_modes)
    best: tuple[float, NDArray[np.int32]] | None = None
    for choice in _mode_choices(network, source, target, wanted, vehicle):
        costs = edge_costs(network, cost=cost, vehicle=vehicle, unknown=unknown, modes=choice)
        total, rows = cheapest_rows(network, costs, source, target, vehicle=vehicle)
        if np.isfinite(total) and (best is None or total < best[0]):
            best = (total, rows)
    if best is None:
        raise _no_route(network, origin, destination, source, target, wanted, vehicle, unknown)
    return _as_route(network, *best, source, target, vehicle)


def cheapest_rows(
    network: Network, costs: FloatArray, source: int, target: int, *, vehicle: Vehicle | None = None
) -> tuple[float, NDArray[np.int32]]:
    """Total and edge rows of the cheapest way between node positions; (inf, empty) when there is none.

    `vehicle` says which of the turns that bind some vehicles only are banned.
    """
    if source == target:
        return 0.0, np.empty(0, dtype=np.int32)
    graph = search_graph(network, vehicle=vehicle)
    total, arcs = shortest_path(
        graph.first_out,
        graph.head,
        graph.tail,
        graph.costs(costs),
        source,
        target,
        graph.through,
    )
    return float(total), graph.edges_of(arcs) if np.isfinite(total) else np.empty(0, dtype=np.int32)


def touching_modes(network: Network, node: int) -> set[str]:
    """Modes of the edges at a node, those behind the transfers of a hub included."""
    edges = network.edges
    node_id = network.nodes.index[node]
    at = (edges["u"] == node_id) | (edges["v"] == node_id)
    modes = set(edges.loc[at, "mode"])
    if "transfer" in modes:
        modes.discard("transfer")
        far = set(edges.loc[at & (edges["mode"] == "transfer"), ["u", "v"]].to_numpy().ravel()) - {node_id}
        modes |= set(network.nodes.loc[list(far), "mode"]) - {""}
    return modes


def _mode_choices(
    network: Network, source: int, target: int, wanted: tuple[str, ...] | None, vehicle: Vehicle | None
) -> list[tuple[str, ...] | None]:
    """Sets of modes to try; transfers only lead from a hub to the mode that is allowed."""
    if wanted is not None:
        return [tuple(dict.fromkeys((*wanted, "transfer")))]
    if vehicle is not None:
        return [(vehicle.mode, "transfer")]
    both = touching_modes(network, source) & touching_modes(network, target)
    return [(mode, "transfer") for mode in sorted(both)] if both else [None]


def _as_route(
    network: Network, total: float, rows: NDArray[np.int32], source: int, target: int, vehicle: Vehicle | None
) -> Route:
    edges = network.edges.iloc[rows]
    top = vehicle.max_speed_kmh if vehicle is not None else np.inf
    modes = tuple(dict.fromkeys(mode for mode in edges["mode"] if mode != "transfer"))
    return Route(
        edges=edges,
        cost=total,
        time_s=float(free_time(network, max_speed_kmh=top)[rows].sum()),
        length_m=float(edges["length_m"].sum()),
        modes=modes,
        from_node=network.nodes.index[source],
        to_node=network.nodes.index[target],
    )


def _no_route(
    network: Network,
    origin: Point,
    destination: Point,
    source: int,
    target: int,
    modes: tuple[str, ...] | None,
    vehicle: Vehicle | None,
    unknown: Unknown,
) -> NoRouteError:
    """The error that says what stands in the way with the fewest obstacles."""
    between = f"no route from {_shown(network, source, origin)} to {_shown(network, target, destination)}"
    allowed = modes or ((vehicle.mode,) if vehicle is not None else None)
    allowed = None if allowed is None else (*allowed, "transfer")
    try:
        open_costs = edge_costs(network, cost="length_m", modes=allowed)
    except DataError as fault:
        return NoRouteError(f"{between}: {fault}", pd.DataFrame())
    if vehicle is None:
        return NoRouteError(
            f"{between}: the two are not connected{_by(allowed)}; run a check for islands and gaps",
            pd.DataFrame(),
        )
    strict = edge_costs(network, cost="length_m", vehicle=vehicle, unknown=unknown, modes=allowed)
    relaxed = np.where(np.isfinite(open_costs) & np.isinf(strict), OBSTACLE + open_costs, strict)
    total, rows = cheapest_rows(network, relaxed, source, target, vehicle=vehicle)
    if not np.isfinite(total):
        return NoRouteError(
            f"{between}: the two are not connected{_by(allowed)}; run a check for islands and gaps",
            pd.DataFrame(),
        )
    blocked = network.edges.index[rows[np.isinf(strict[rows])]]
    reasons = margins(network, vehicle, edge_ids=blocked)
    reasons = reasons[reasons["verdict"] != "ok"].reset_index(drop=True)
    return NoRouteError(f"{between} for {vehicle.name}: {_name_obstacles(network, reasons, len(blocked))}", reasons)


def _by(modes: tuple[str, ...] | None) -> str:
    carriers = [mode for mode in modes or () if mode != "transfer"]
    return f" by {' or '.join(carriers)}" if carriers else ""


def _shown(network: Network, node: int, point: Point) -> str:
    return network.nodes["name"].iloc[node] or str(point)


def _name_obstacles(network: Network, reasons: pd.DataFrame, count: int) -> str:
    """Text that names the first obstacle with its limit and need."""
    head = f"{count} edge{'s' if count != 1 else ''} on the best way may not be passed"
    if reasons.empty:
        return head
    first = reasons.iloc[0]
    place = first["structure_id"] if first["structure_id"] else first["edge_id"]
    names = network.structures["name"] if first["structure_id"] else network.edges["name"]
    name = names.get(place, "") or place
    need = f"{first['limit']} {first['limit_value']:g}, needed {first['need_value']:g} {first['unit']}"
    return f"{head}, first {name}: {need}"
