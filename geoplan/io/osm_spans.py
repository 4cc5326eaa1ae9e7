"""Bridges and tunnels: what they carry, and what they stand over.

A bridge carries the ways on it and stands over those that its line crosses on a lower level, on whatever network:

        ==========#==========   railway on a bridge: the structure carries it
                  |
        ----------|----------   road below: the structure stands over it
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.io.osm_data import FERRY, RAIL, OsmData
from geoplan.io.osm_edges import EdgeRows
from geoplan.io.osm_split import Segments

_NOT = ("", "no")
_FOOTWAYS = ("footway", "path", "cycleway", "pedestrian", "steps", "bridleway", "corridor")


@dataclass(frozen=True, eq=False)
class Levels:
    """Bridge and tunnel of each way, and its level: the layer, half a step up on a bridge and down in a tunnel."""

    bridge: NDArray[np.bool_]
    tunnel: NDArray[np.bool_]
    level: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """Some structures and their edges: rows of `structures` (with `structure_id`) and of `structure_edges`."""

    table: pd.DataFrame
    links: pd.DataFrame


def read_levels(data: OsmData) -> Levels:
    """What lies above what."""
    n, tags = data.n_ways, data.way_tags
    bridge = ~np.isin(tags.text("bridge", n), _NOT)
    tunnel = ~np.isin(tags.text("tunnel", n), _NOT) & ~bridge
    layer = np.zeros(n)
    rows, codes = tags.of("layer")
    for code in np.unique(codes):
        text = tags.words[code].strip().removeprefix("+")
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= 2:
            layer[rows[codes == code]] = float(text)
    return Levels(bridge, tunnel, layer + 0.5 * bridge - 0.5 * tunnel)


def bridge_part(data: OsmData, segments: Segments, rows: EdgeRows, levels: Levels, lines: NDArray[np.object_]) -> Part:
    """Bridges that carry roads or railways. Segments that follow each other are one bridge."""
    picked = np.flatnonzero(levels.bridge[segments.way])
    if len(picked) == 0:
        return no_part()
    group, way = _groups(data, segments, levels, picked)
    ids = structure_ids("bridge", data.way_id[way])
    span, below = _crossed(data, segments, levels, lines, lines[picked], levels.level[segments.way[picked]])
    rail = data.way_kind[way] == RAIL
    over_road = np.zeros(len(way), dtype=bool)
    over_road[group[span][data.way_kind[segments.way[below]] != RAIL]] = True
    kind = np.where(rail, np.where(over_road, "rail_bridge_over_road", "rail_bridge"), "road_bridge")
    table = _table(data, way, ids, kind, "bridge:name", _merged(lines[picked], group))
    links = [_links(rows, ids[group], picked, "carries"), _links(rows, ids[group[span]], below, "over")]
    return Part(table, pd.concat(links, ignore_index=True).drop_duplicates(ignore_index=True))


def tunnel_part(data: OsmData, segments: Segments, rows: EdgeRows, levels: Levels, lines: NDArray[np.object_]) -> Part:
    """Tunnels and passages through buildings."""
    picked = np.flatnonzero(levels.tunnel[segments.way])
    if len(picked) == 0:
        return no_part()
    group, way = _groups(data, segments, levels, picked)
    ids = structure_ids("tunnel", data.way_id[way])
    passage = data.way_tags.text("tunnel", data.n_ways)[way] == "building_passage"
    kind = np.where(passage, "building_passage", np.where(data.way_kind[way] == RAIL, "rail_tunnel", "road_tunnel"))
    table = _table(data, way, ids, kind, "tunnel:name", _merged(lines[picked], group))
    return Part(table, _links(rows, ids[group], picked, "carries"))


def foreign_bridge_part(
    data: OsmData,
    segments: Segments,
    rows: EdgeRows,
    levels: Levels,
    lines: NDArray[np.object_],
    ways: NDArray[np.int64],
    way_lines: NDArray[np.object_],
) -> Part:
    """Footbridges, tram bridges, pipelines and so on (rows `ways` with their lines) over a road or railway."""
    if len(ways) == 0:
        return no_part()
    # A pipeline on trestles is no tagged bridge; it stands over what it crosses unless its layer says below.
    level = np.where(levels.level[ways] == 0.0, 0.5, levels.level[ways])
    span, below = _crossed(data, segments, levels, lines, way_lines, level)
    standing, place = np.unique(span, return_inverse=True)
    if len(standing) == 0:
        return no_part()
    way, n, tags = ways[standing], data.n_ways, data.way_tags
    kind = np.full(len(way), "bridge", dtype=object)
    highway = tags.text("highway", n)[way]
    kind[highway != ""] = "road_bridge"
    kind[np.isin(highway, _FOOTWAYS)] = "foot_bridge"
    kind[tags.text("railway", n)[way] != ""] = "rail_bridge_over_road"
    man_made = tags.text("man_made", n)[way]
    pipe = np.isin(man_made, ("pipeline", "goods_conveyor"))
    kind[pipe] = man_made[pipe]
    ids = structure_ids("bridge", data.way_id[way])
    table = _table(data, way, ids, kind, "bridge:name", way_lines[standing])
    return Part(table, _links(rows, ids[place], below, "over").drop_duplicates(ignore_index=True))


def no_part() -> Part:
    empty = np.empty(0, dtype=object)
    table = pd.DataFrame({"structure_id": empty, "way": np.empty(0, dtype=np.int64), "geometry": empty})
    links = pd.DataFrame({"structure_id": empty, "edge_id": np.empty(0, dtype=np.int64), "role": empty})
    return Part(table, links)


def structure_ids(prefix: str, osm_ids: NDArray[np.int64]) -> NDArray[np.object_]:
    """Ids such as `bridge-4711`, and `bridge-4711-2` for the second structure of the same way."""
    again = pd.Series(osm_ids).groupby(osm_ids).cumcount().to_numpy()
    return np.array(
        [f"{prefix}-{one}" if k == 0 else f"{prefix}-{one}-{k + 1}" for one, k in zip(osm_ids, again, strict=True)],
        dtype=object,
    )


def links_to(ids: NDArray[np.object_], edges: NDArray[np.int64], role: str) -> pd.DataFrame:
    return pd.DataFrame({"structure_id": ids, "edge_id": edges, "role": role})


def _links(rows: EdgeRows, ids: NDArray[np.object_], segment: NDArray[np.int64], role: str) -> pd.DataFrame:
    """Structure ids spread to the edges, in both directions, of the segments."""
    both = rows.row[:, segment]
    there = both >= 0
    return links_to(np.broadcast_to(ids, both.shape)[there], rows.edge_id[both[there]], role)


def _table(
    data: OsmData,
    way: NDArray[np.int64],
    ids: NDArray[np.object_],
    kind: NDArray[np.object_],
    name_key: str,
    geometry: NDArray[np.object_],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "structure_id": ids,
            "way": way,
            "osm_id": data.way_id[way],
            "name": data.way_tags.text(name_key, data.n_ways)[way],
            "kind": kind,
            "geometry": geometry,
        }
    )


def _groups(
    data: OsmData, segments: Segments, levels: Levels, picked: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of the structure of each picked segment, and the first way of each structure.

    Segments belong together when one follows the other in a way, or when two of one level meet in a node where no
    third one ends.
    """
    # Imported here: a study is opened, and most routes found, without it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    way = segments.way[picked]
    level = np.round(levels.level[way] * 2.0).astype(np.int64)
    ends = pd.DataFrame({"node": np.concatenate([segments.u[picked], segments.v[picked]]), "level": np.tile(level, 2)})
    place = ends.groupby(["node", "level"], sort=False).ngroup().to_numpy()
    order = np.argsort(place, kind="stable")
    count = np.bincount(place)
    pair = (np.cumsum(count) - count)[count == 2]
    left, right = order[pair] % len(picked), order[pair + 1] % len(picked)
    u, v, ended = segments.u[picked], segments.v[picked], segments.last_way[picked]
    next_in_way = np.flatnonzero((way[1:] == ended[:-1]) & (u[1:] == v[:-1]))
    left, right = np.concatenate([left, next_in_way]), np.concatenate([right, next_in_way + 1])
    links = coo_array((np.ones(len(left)), (left, right)), shape=(len(picked), len(picked)))
    group = connected_components(links, directed=False)[1].astype(np.int64)
    first = np.unique(group, return_index=True)[1]
    return group, way[first]


def _crossed(
    data: OsmData,
    segments: Segments,
    levels: Levels,
    lines: NDArray[np.object_],
    spans: NDArray[np.object_],
    span_level: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which span crosses which segment of a lower level. Tunnels have their own roof, ferries no clearance."""
    open_air = np.flatnonzero(~levels.tunnel[segments.way] & (data.way_kind[segments.way] != FERRY))
    found, span = shapely.STRtree(spans).query(lines[open_air], predicate="crosses")
    below = open_air[found]
    lower = levels.level[segments.way[below]] < span_level[span]
    return span[lower], below[lower]


def _merged(lines: NDArray[np.object_], group: NDArray[np.int64]) -> NDArray[np.object_]:
    """One line a group; the longest part where it forks."""
    order = np.argsort(group, kind="stable")
    merged = shapely.line_merge(shapely.multilinestrings(lines[order], indices=group[order]))
    for row in np.flatnonzero(shapely.get_type_id(merged) != shapely.GeometryType.LINESTRING):
        parts = shapely.get_parts(merged[row])
        merged[row] = parts[np.argmax(shapely.length(parts))]
    return merged
