"""Structures of a map put together: bridges, tunnels, level crossings, and limits that stand at a point."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from geoplan.io.osm_data import BRIDGE, RAIL, OsmData, Tags
from geoplan.io.osm_edges import SOURCE, EdgeRows, end_points
from geoplan.io.osm_restrictions import UNUSED_COLUMNS, Limits
from geoplan.io.osm_spans import (
    Part,
    bridge_part,
    foreign_bridge_part,
    links_to,
    no_part,
    read_levels,
    structure_ids,
    tunnel_part,
)
from geoplan.io.osm_split import Segments
from geoplan.io.osm_tags import LEVEL_CROSSINGS, LIMIT_BARRIERS, split_restriction_key

# A height or width on a bridge of a railway or a footpath is that of the opening below it.
_OPENING = {"max_height_m": "clearance_height_m", "max_width_m": "clearance_width_m"}
_OPENING_KINDS = ("max_height_signed_m", "max_height_physical_m")


@dataclass(frozen=True, eq=False)
class Structures:
    """Structures, their edges, and the restrictions that found no place on the network."""

    table: gpd.GeoDataFrame
    edges: pd.DataFrame
    unused: pd.DataFrame


def build_structures(
    data: OsmData,
    segments: Segments,
    rows: EdgeRows,
    way_limits: Limits,
    node_limits: Limits,
    lines: NDArray[np.object_],
    foreign: tuple[NDArray[np.int64], NDArray[np.object_]],
    *,
    crs: CRS,
) -> Structures:
    """The structures of the network.

    Parameters
    ----------
    way_limits, node_limits
        As read, before `without_openings`.
    lines
        Geometry of each segment, shape (n_segments,), in `crs`.
    foreign
        Bridges of what is not in the network (footbridges, pipelines): rows of their ways, and their lines.
    """
    levels = read_levels(data)
    parts = [
        bridge_part(data, segments, rows, levels, lines),
        foreign_bridge_part(data, segments, rows, levels, lines, *foreign),
        tunnel_part(data, segments, rows, levels, lines),
        _crossing_part(data, segments, rows, lines),
        _limit_part(data, segments, rows, node_limits, lines),
    ]
    frames = [part.table for part in parts if len(part.table)]
    table = pd.concat(frames, ignore_index=True) if frames else no_part().table
    table = _with_openings(table, way_limits)
    unused = [
        _off_network(data, segments),
        _over_nothing(data, table["way"].to_numpy()),
        _cut_off(data, segments),
    ]
    table["source"], table["confidence"] = SOURCE, "M"
    frame = table.set_index("structure_id").drop(columns=["way", "geometry"])
    frame.index = frame.index.astype("str")
    links = pd.concat([part.links for part in parts], ignore_index=True)
    return Structures(
        gpd.GeoDataFrame(frame, geometry=table["geometry"].to_numpy(), crs=crs),
        links,
        pd.concat(unused, ignore_index=True),
    )


def without_openings(data: OsmData, limits: Limits) -> Limits:
    """The limits without heights and widths of railway bridges: those bind the road below, not the train."""
    above = (data.way_kind == RAIL) & read_levels(data).bridge
    numbers = dict(limits.numbers)
    for column in (*_OPENING, *_OPENING_KINDS):
        if column in numbers and above.any():
            numbers[column] = np.where(above, np.nan, numbers[column])
    return replace(limits, numbers=numbers)


def _with_openings(table: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Clearances of what passes below, from the tags of a bridge that carries no road."""
    table = table.copy()
    above = (table["way"] >= 0).to_numpy() & table["structure_id"].str.startswith("bridge-").to_numpy(dtype=bool)
    above &= ~table.get("kind", pd.Series("", index=table.index)).eq("road_bridge").to_numpy()
    way = table["way"].to_numpy(dtype=np.int64)[above]
    for column, clearance in _OPENING.items():
        values = limits.numbers.get(column)
        table[clearance] = np.nan
        if values is not None:
            table.loc[above, clearance] = np.fmin(values[0], values[1])[way]
    return table


def _crossing_part(data: OsmData, segments: Segments, rows: EdgeRows, lines: NDArray[np.object_]) -> Part:
    """Level crossings: one structure that carries the road and the railway."""
    railway = data.node_tags.text("railway", len(data.node_id))
    ids = data.node_id[np.isin(railway, list(LEVEL_CROSSINGS))]
    road, rail = _rows_of(segments, ids), _rows_of(segments, -ids)
    both = (road >= 0) & (rail >= 0)
    ids, road, rail = ids[both], road[both], rail[both]
    if len(ids) == 0:
        return no_part()
    names = structure_ids("crossing", ids)
    links = [links_to(names[key], edge, "carries") for key, edge in (_meeting(segments, rows, n) for n in (road, rail))]
    table = _point_table(names, ids, segments, road, lines).assign(kind="level_crossing")
    return Part(table, pd.concat(links, ignore_index=True))


def _limit_part(data: OsmData, segments: Segments, rows: EdgeRows, limits: Limits, lines: NDArray[np.object_]) -> Part:
    """Limits tagged on a node: a structure that carries every edge that ends there."""
    n = len(data.node_id)
    limited = np.zeros(n, dtype=bool)
    for values in limits.numbers.values():
        limited |= ~np.isnan(values).all(axis=0)
    picked = np.flatnonzero(limited)
    row = _rows_of(segments, data.node_id[picked])
    picked, row = picked[row >= 0], row[row >= 0]
    if len(picked) == 0:
        return no_part()
    ids = structure_ids("limit", data.node_id[picked])
    barrier = data.node_tags.text("barrier", n)[picked]
    plain = (barrier == "") | np.isin(barrier, list(LIMIT_BARRIERS))
    table = _point_table(ids, data.node_id[picked], segments, row, lines).assign(
        name=data.node_tags.text("name", n)[picked],
        kind=np.where(plain, "portal", "barrier"),
        note=[limits.notes.get(int(one), "") for one in picked],
    )
    for column, values in limits.numbers.items():
        table[column] = np.fmin(values[0], values[1])[picked]
    key, edge = _meeting(segments, rows, row)
    return Part(table, links_to(ids[key], edge, "carries"))


def _point_table(
    ids: NDArray[np.object_],
    osm_ids: NDArray[np.int64],
    segments: Segments,
    nodes: NDArray[np.int64],
    lines: NDArray[np.object_],
) -> pd.DataFrame:
    """Structures at nodes."""
    points = end_points(segments, nodes, lines)
    return pd.DataFrame({"structure_id": ids, "way": -1, "osm_id": osm_ids, "name": "", "geometry": points})


def _meeting(
    segments: Segments, rows: EdgeRows, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place in `nodes` and id of each edge that starts or ends in one of them."""
    place = np.full(len(segments.node_id), -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    pairs = []
    for end in (segments.u, segments.v):
        there = np.flatnonzero(place[end] >= 0)
        both = rows.row[:, there]
        key = np.broadcast_to(place[end][there], both.shape)[both >= 0]
        pairs.append(np.column_stack([key, rows.edge_id[both[both >= 0]]]))
    unique = np.unique(np.concatenate(pairs), axis=0)
    return unique[:, 0], unique[:, 1]


def _rows_of(segments: Segments, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of each id among the nodes of the network, -1 where it is none."""
    order = np.argsort(segments.node_id)
    place = np.searchsorted(segments.node_id, ids, sorter=order).clip(max=len(order) - 1)
    row = order[place]
    return np.where((segments.node_id[row] == ids) & segments.is_end[row], row, -1)


def _off_network(data: OsmData, segments: Segments) -> pd.DataFrame:
    """Restrictions of nodes that lie on no way of the network."""
    off = (_rows_of(segments, data.node_id) < 0) & (_rows_of(segments, -data.node_id) < 0)
    return _as_unused(data.node_tags, data.node_id, off, "node", "node is on no road or railway of the modes read")


def _over_nothing(data: OsmData, standing: NDArray[np.int64]) -> pd.DataFrame:
    """Restrictions of bridges that are not in the network and stand over nothing in it."""
    lost = data.way_kind == BRIDGE
    lost[standing[standing >= 0].astype(np.int64)] = False
    return _as_unused(data.way_tags, data.way_id, lost, "way", "not on a way of the modes read")


def _cut_off(data: OsmData, segments: Segments) -> pd.DataFrame:
    """Restrictions of ways of which less than two nodes have a place in the file."""
    lost = np.zeros(data.n_ways, dtype=bool)
    lost[segments.lost_ways] = True
    return _as_unused(data.way_tags, data.way_id, lost, "way", "the way has less than two nodes in the file")


def _as_unused(
    tags: Tags, osm_ids: NDArray[np.int64], where: NDArray[np.bool_], osm_type: str, reason: str
) -> pd.DataFrame:
    """Every restriction tag of some objects as a row of the table of unused ones."""
    codes = [code for code, key in enumerate(tags.keys) if split_restriction_key(key)]
    hit = where[tags.row] & np.isin(tags.key, codes)
    found = zip(tags.row[hit], tags.key[hit], tags.value[hit], strict=True)
    return pd.DataFrame(
        [(osm_type, int(osm_ids[row]), tags.keys[key], tags.words[value], reason) for row, key, value in found],
        columns=UNUSED_COLUMNS,
    )
