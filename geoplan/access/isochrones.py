"""Isochrones as areas: the roads that are reached in time, with a strip of land on both sides.

A hull over the nodes reached would take in the land between the roads; here only what lies along a road that was
really reached counts, and of the last edges only the part that the time is enough for.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from geoplan.errors import DataError, name_rows
from geoplan.network.graph import graph_from_positions
from geoplan.network.network import Network
from geoplan.routing.cost import Cost, FloatArray, Unknown, edge_costs
from geoplan.routing.kernels import cost_table
from geoplan.routing.points import Point, find_node
from geoplan.routing.search_graph import search_graph
from geoplan.vehicles.vehicle import Vehicle

log = logging.getLogger(__name__)

COLUMNS = ("origin", "from_min", "to_min", "edges_km", "area_km2", "assumed_pct", "geometry")


def isochrones(
    network: Network,
    origin: Point,
    *,
    limits_min: Sequence[float] = (15, 30, 45, 60),
    direction: Literal["from", "to"] = "from",
    cost: Cost | FloatArray = "time_s",
    vehicle: Vehicle | None = None,
    unknown: Unknown = "pass",
    modes: Sequence[str] = ("road",),
    width_m: float = 500.0,
    fill_km2: float = 1.0,
    rings: bool = False,
) -> gpd.GeoDataFrame:
    """Areas that are reached from a point, or from which it is reached, within some minutes.

    Parameters
    ----------
    origin
        Node id, name or (lon, lat).
    limits_min
        Time limits, rising.
    direction
        "from" the point, or "to" it: they differ where roads are one-way.
    cost, vehicle, unknown, modes
        As in `edge_costs`; an array in seconds, such as the times of a loaded network, is taken too.
    width_m
        Land on both sides of a road that counts as reached.
    fill_km2
        Holes smaller than this are filled.
    rings
        Only the land that the limit adds to the one before, instead of all that is reached.

    Returns
    -------
    One row a limit, the smallest first, in the system of the network: origin, from_min (0 without rings), to_min,
    edges_km (edges reached, one direction each), area_km2, assumed_pct (share of those edges whose speed was
    assumed), geometry (polygons).
    """
    position = find_node(network, origin, modes=modes)
    allowed = tuple(dict.fromkeys((*modes, "transfer")))
    seconds = edge_costs(network, cost=cost, vehicle=vehicle, unknown=unknown, modes=allowed)
    node_s, edge_s = times_in_reach(network, position, seconds, direction=direction)
    label = network.nodes["name"].iloc[position] or str(network.nodes.index[position])
    return areas_in_reach(
        network,
        node_s,
        edge_s,
        seconds,
        limits_min=limits_min,
        direction=direction,
        label=label,
        width_m=width_m,
        fill_km2=fill_km2,
        rings=rings,
    )


def times_in_reach(
    network: Network, position: int, seconds: FloatArray, *, direction: Literal["from", "to"] = "from"
) -> tuple[FloatArray, FloatArray]:
    """Seconds from (or to) the node at a position.

    Parameters
    ----------
    seconds
        Time on each edge, shape (n_edges,), inf where it may not be passed.

    Returns
    -------
    Seconds to each node (n_nodes,), and to the near end of each edge with the turn into it (n_edges,): its start, or
    its end when the direction is "to". inf where there is no way.
    """
    graph = search_graph(network)
    costs = graph.costs(seconds)
    if direction == "from":
        dist = _from_one(graph.first_out, graph.head, costs, position, graph.through)
        near = graph.tail[graph.arc]
    else:
        back = graph_from_positions(pd.RangeIndex(len(graph.through)), graph.head, graph.tail)
        dist = _from_one(back.first_out, back.head, costs[back.edge], position, graph.through)
        near = graph.head[graph.arc]
    goes_on = graph.through.copy()
    goes_on[position] = True
    return dist[: len(network.nodes)].copy(), np.where(goes_on, dist, np.inf)[near]


def areas_in_reach(
    network: Network,
    node_s: FloatArray,
    edge_s: FloatArray,
    seconds: FloatArray,
    *,
    limits_min: Sequence[float],
    direction: Literal["from", "to"] = "from",
    label: str = "",
    width_m: float = 500.0,
    fill_km2: float = 1.0,
    rings: bool = False,
) -> gpd.GeoDataFrame:
    """Isochrones from the answer of `times_in_reach` and the time on each edge; all else as in `isochrones`."""
    limits = [float(limit) for limit in limits_min]
    if not limits or any(b <= a for a, b in zip([0.0, *limits], limits, strict=False)):
        raise DataError(f"limits_min {list(limits_min)}: give minutes above 0, each larger than the one before")
    if not width_m > 0:
        raise DataError(f"width_m {width_m} is not above 0")
    if not np.isfinite(node_s).any():
        raise DataError("isochrones: no node has a time; is the origin on the network?")
    length = network.edges["length_m"].to_numpy()
    assumed = network.edges["assumed"].str.contains("speed_kmh", regex=False).to_numpy(dtype=bool)
    rows: list[dict] = []
    areas: list[shapely.Geometry] = []
    for limit in limits:
        share = _reached_share(edge_s, seconds, limit * 60.0)
        lines = _reached_lines(network, share, direction)
        points = network.nodes.geometry.array[node_s <= limit * 60.0]
        area = _strip(np.concatenate([lines, np.asarray(points)]), width_m, fill_km2)
        # Reached sooner is reached: rounding of the strips must not make a later area smaller.
        areas.append(shapely.union(areas[-1], area) if areas else area)
        reached = length * share
        rows.append(
            {
                "origin": label,
                "from_min": rows[-1]["to_min"] if rings and rows else 0.0,
                "to_min": limit,
                "edges_km": reached.sum() / 1000.0,
                "assumed_pct": 100.0 * reached[assumed].sum() / reached.sum() if reached.sum() > 0 else 0.0,
            }
        )
    shown = [areas[0], *(shapely.difference(b, a) for a, b in pairwise(areas))]
    table = gpd.GeoDataFrame(rows, geometry=shown if rings else areas, crs=network.crs)
    table["area_km2"] = table.area / 1e6
    return table[list(COLUMNS)]


def stop_isochrones(
    stops: gpd.GeoDataFrame,
    time_s: pd.Series,
    *,
    limits_min: Sequence[float] = (30, 45, 60),
    label: str = "",
    walk_kmh: float = 5.0,
    detour: float = 1.25,
    max_walk_m: float = 1500.0,
) -> gpd.GeoDataFrame:
    """Areas reached by public transport: circles round the stops, as wide as the walk that the time is enough for.

    Parameters
    ----------
    stops
        Points in metres, indexed by stop_id.
    time_s
        Seconds from the origin until one stands at each stop; inf or missing is out of reach.

    Returns
    -------
    As `isochrones`, with `stops` (number reached) in the place of edges_km and assumed_pct.
    """
    if stops.crs is None or not stops.crs.is_projected:
        raise DataError("stops: not in a projected coordinate system in metres; call to_crs first")
    if time_s.isna().any():
        raise DataError(f"time_s: {name_rows(time_s.index[time_s.isna()].to_list())} are NaN; inf is out of reach")
    seconds = time_s.reindex(stops.index).fillna(np.inf).to_numpy(dtype=np.float64)
    rows = []
    for limit in limits_min:
        left_m = (limit * 60.0 - seconds) * walk_kmh / 3.6 / detour
        at = left_m >= 0
        radius = np.minimum(left_m[at], max_walk_m / detour)
        circles = shapely.buffer(stops.geometry.array[at], np.maximum(radius, 1.0))
        area = shapely.multipolygons(shapely.get_parts(shapely.union_all(circles)))
        row = {"origin": label, "from_min": 0.0, "to_min": float(limit), "stops": int(at.sum())}
        rows.append({**row, "area_km2": area.area / 1e6, "geometry": area})
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=stops.crs)


def _from_one(
    first_out: NDArray[np.int32], head: NDArray[np.int32], costs: FloatArray, start: int, through: NDArray[np.bool_]
) -> FloatArray:
    """Seconds from one node of a graph to all, (n_nodes,); by the kernel of `skim`, which is compiled anyway."""
    all_nodes = np.arange(len(first_out) - 1, dtype=np.int32)
    table: FloatArray = cost_table(first_out, head, costs, np.array([start], dtype=np.int32), all_nodes, through)
    return table[0]


def _reached_share(edge_s: FloatArray, seconds: FloatArray, limit_s: float) -> FloatArray:
    """Share of each edge that is reached, 0 to 1, shape (n_edges,)."""
    left = limit_s - edge_s
    passable = np.isfinite(seconds) & (left >= 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(seconds > 0, left / np.where(seconds > 0, seconds, 1.0), 1.0)
    return np.where(passable, np.clip(part, 0.0, 1.0), 0.0)


def _reached_lines(network: Network, share: FloatArray, direction: str) -> NDArray[np.object_]:
    """Geometry of the edges as far as they are reached; the second direction of an edge reached in full is left out."""
    geometry = network.edges.geometry.array
    full = np.flatnonzero(share >= 1.0)
    ways = network.edges["way_id"].to_numpy()[full]
    _, first = np.unique(ways.astype(str), return_index=True)
    lines = list(np.asarray(geometry)[full[first]])
    for row in np.flatnonzero((share > 0.0) & (share < 1.0)):
        start, end = (0.0, share[row]) if direction == "from" else (1.0 - share[row], 1.0)
        lines.append(substring(geometry[row], start, end, normalized=True))
    return np.array(lines, dtype=object)


def _strip(shapes: NDArray[np.object_], width_m: float, fill_km2: float) -> shapely.Geometry:
    """Land within `width_m` of the shapes, small holes filled."""
    thin = shapely.simplify(shapes, width_m / 20.0)
    area = shapely.buffer(shapely.union_all(thin), width_m, quad_segs=8)
    parts = [
        shapely.Polygon(
            part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= fill_km2 * 1e6]
        )
        for part in shapely.get_parts(area)
    ]
    return shapely.multipolygons([part for part in parts if not part.is_empty])
