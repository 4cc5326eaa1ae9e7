"""From what a user names to a node: an id, a name, or (lon, lat)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network, node_names

if TYPE_CHECKING:
    from scipy.spatial import KDTree

Point: TypeAlias = str | int | tuple[float, float]

FAR_M = 5_000.0  # a point farther than this from every node is taken for a mistake


def find_node(network: Network, point: Point, *, modes: Sequence[str] | None = None, far_m: float = FAR_M) -> int:
    """Position of the node in `network.nodes`.

    Parameters
    ----------
    point
        A node id, a node's name, or (lon, lat) in degrees (WGS84): the nearest node with an edge of `modes`.
    far_m
        Largest distance between a coordinate and its node.

    Raises
    ------
    DataError
        Unknown name (with near matches), a coordinate out of range or far from every node.
    """
    if isinstance(point, (tuple, list)):
        return _nearest_node(network, point, modes, far_m)
    index = network.nodes.index
    if point in index:
        return int(index.get_loc(point))
    names = node_names(network)
    if isinstance(point, str):
        if point in names:
            return int(index.get_loc(names[point]))
        folded = {name.casefold(): name for name in names}
        if point.casefold() in folded:
            return int(index.get_loc(names[folded[point.casefold()]]))
        pair = _coordinates(point)
        if pair is not None:
            return _nearest_node(network, pair, modes, far_m)
        if point.lstrip("-").isdigit() and pd.api.types.is_integer_dtype(index) and int(point) in index:
            return int(index.get_loc(int(point)))
        raise DataError(f"no node is called {point!r}.{name_near(point, list(names))} Or give lon,lat in degrees")
    raise DataError(f"no node has the id {point!r}; give an id, a name or (lon, lat)")


def find_nodes(network: Network, points: Sequence[Point], *, modes: Sequence[str] | None = None) -> np.ndarray:
    """`find_node` for several points: positions, int32."""
    return np.array([find_node(network, point, modes=modes) for point in points], dtype=np.int32)


def _coordinates(text: str) -> tuple[float, float] | None:
    """(lon, lat) from text such as `15.18,60.15`, or None when it is no such text."""
    parts = text.replace(";", ",").split(",")
    if len(parts) != 2:
        return None
    try:
        return float(parts[0]), float(parts[1])
    except ValueError:
        return None


def _nearest_node(network: Network, point: Sequence[float], modes: Sequence[str] | None, far_m: float) -> int:
    lon, lat = (float(value) for value in point)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise DataError(f"({lon}, {lat}) is no place on earth; give (lon, lat) in degrees")
    places = _places(network, modes)
    at = places.transformer.transform(lon, lat)
    distance = float(places.tree.query(at)[0]) if np.isfinite(at).all() else np.inf
    if not distance <= far_m:
        swapped = _swap_helps(network, lon, lat, far_m)
        hint = "lon and lat look swapped" if swapped else "choose a point on the network or load a larger area"
        raise DataError(f"({lon}, {lat}) is {distance / 1000:,.0f} km from the nearest node; {hint}")
    # Of nodes at one place the first.
    return int(places.rows[min(places.tree.query_ball_point(at, distance * (1 + 1e-12)))])


@dataclass(frozen=True, eq=False)
class _Places:
    """Where the nodes are that have an edge of some modes: their rows, in order, a tree of their places, and the way
    there from degrees."""

    rows: NDArray[np.intp]
    tree: KDTree
    transformer: Transformer


def _places(network: Network, modes: Sequence[str] | None) -> _Places:
    """Made once for a network and the modes."""
    # Imported here: a study is opened, and most routes found, without it.
    from scipy.spatial import KDTree

    key = "places" if modes is None else f"places of {sorted(modes)}"
    if key not in network._cache:
        nodes = network.nodes
        rows = np.arange(len(nodes))
        if modes is not None:
            edges = network.edges[network.edges["mode"].isin(list(modes))]
            rows = np.flatnonzero(nodes.index.isin(edges["u"]) | nodes.index.isin(edges["v"]))
            if not len(rows):
                raise DataError(f"the network has no edge of mode {', '.join(modes)}; load that mode first")
        points = nodes.geometry.iloc[rows]
        tree = KDTree(np.stack([points.x.to_numpy(), points.y.to_numpy()], axis=1))
        network._cache[key] = _Places(rows, tree, Transformer.from_crs(4326, network.crs, always_xy=True))
    return network._cache[key]


def _swap_helps(network: Network, lon: float, lat: float, far_m: float) -> bool:
    if not (-90 <= lon <= 90):
        return False
    x, y = Transformer.from_crs(4326, network.crs, always_xy=True).transform(lat, lon)
    nodes = network.nodes.geometry
    return bool(np.hypot(nodes.x.to_numpy() - x, nodes.y.to_numpy() - y).min() <= far_m)
