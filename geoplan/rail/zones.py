"""Where a special train has conditions of its own: walking speed at structures, areas to itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network
from geoplan.rail.layout import Layout
from geoplan.rail.line import SlowZone, rail_line

UNKNOWN_SPAN_M = 50.0  # length of a structure whose span is not known: assumed


def slow_at_structure(network: Network, structure_id: str, speed_kmh: float) -> list[SlowZone]:
    """Stretches of the railway ways that a structure carries where a train must be slow.

    The stretch is as long as the structure's span (50 m assumed where it is not known) and lies where the structure
    stands on the drawn line, put into proportion with the official length. A train keeps the speed until its tail has
    left it; the train's own length need not be added.

    Raises
    ------
    DataError
        No such structure, it carries no railway, or the speed is not above 0.
    """
    if structure_id not in network.structures.index:
        near = name_near(structure_id, [str(key) for key in network.structures.index])
        raise DataError(f"no structure {structure_id!r}.{near}")
    if not speed_kmh > 0:
        raise DataError(f"speed at {structure_id!r} is {speed_kmh:g} km/h; give a speed above 0")
    roles = network.structure_edges
    carried = roles[(roles["structure_id"] == structure_id) & (roles["role"] == "carries")]["edge_id"]
    rail = network.edges[network.edges.index.isin(carried) & (network.edges["mode"] == "rail")]
    if rail.empty:
        raise DataError(f"structure {structure_id!r} carries no railway; name one that does")
    span = network.structures["span_m"].to_dict()[structure_id]
    half = (UNKNOWN_SPAN_M if np.isnan(span) else float(span)) / 2
    point = shapely.centroid(network.structures.geometry.to_dict()[structure_id])
    first = rail[~rail["way_id"].duplicated()]
    zones = []
    for way, length, line in zip(first["way_id"], first["length_m"], first.geometry, strict=True):
        middle = shapely.line_locate_point(line, point, normalized=True) * length
        low = min(max(middle - half, 0.0), max(length - 2 * half, 0.0))
        zones.append(SlowZone(str(way), float(low), float(min(low + 2 * half, length)), speed_kmh))
    return zones


def area_between(layout: Layout, *stretches: Sequence[object]) -> list[str]:
    """Section ids of stretches of line, as a group for `Conditions.alone`: a feeding area that is switched off.

    Each stretch is places in their order, such as ("ludvika", "grangesberg").
    """
    found: dict[str, None] = {}
    for stops in stretches:
        found.update(dict.fromkeys(rail_line(layout, stops).sections))
    return list(found)
