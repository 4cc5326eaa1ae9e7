"""Where a load starts and ends: from what a user names to a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pandas as pd

from geoplan.errors import DataError
from geoplan.network.network import Network
from geoplan.routing.points import Point, find_node
from geoplan.vehicles.check import edge_modes
from geoplan.vehicles.vehicle import Vehicle


def load_place(network: Network, point: Point, vehicles: Sequence[Vehicle]) -> int:
    """Position of the node where a load is picked up or set down.

    A coordinate means the nearest node on a road, for a load comes from somewhere by road unless it is said
    otherwise (of another mode where no vehicle or edge is of the road). A terminal stands for all its modes.
    """
    present = set(pd.unique(edge_modes(network)))
    modes = [v.mode for v in vehicles if v.mode in present]
    node = find_node(network, point, modes=("road",) if "road" in modes else tuple(dict.fromkeys(modes)) or None)
    return _hub_of(network, node)


def load_places(network: Network, points: Point | Sequence[Point], vehicles: Sequence[Vehicle]) -> list[int]:
    """`load_place` of several points, of which any will do."""
    return [load_place(network, point, vehicles) for point in as_points(points)]


def as_points(points: Point | Sequence[Point]) -> list[Point]:
    """Several points from one or several; a pair of numbers is one point.

    Raises
    ------
    DataError
        There is none.
    """
    pair = isinstance(points, tuple) and len(points) == 2 and isinstance(points[0], (float, int))
    if pair or not isinstance(points, (list, tuple)):
        return [cast("Point", points)]  # what is left of the type: a name, an id, or a tuple that is a pair of numbers
    if not points:
        raise DataError("destination: no point was given; name one")
    return list(cast("Sequence[Point]", points))


def _hub_of(network: Network, node: int) -> int:
    """The hub that a node of one mode belongs to, or the node itself."""
    nodes = network.nodes
    if nodes["mode"].iloc[node] == "":
        return node
    ends = network.edges.loc[(network.edges["mode"] == "transfer") & (network.edges["v"] == nodes.index[node]), "u"]
    hubs = [u for u in ends if nodes.at[u, "mode"] == ""]
    return int(nodes.index.get_loc(hubs[0])) if hubs else node
