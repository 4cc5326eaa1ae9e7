"""OpenStreetMap files as a network of roads and railways with every restriction."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geoplan.errors import DataError
from geoplan.io.files import require_file
from geoplan.io.osm_attributes import WayAttributes, read_attributes
from geoplan.io.osm_data import BRIDGE, FERRY, RAIL, ROAD, OsmData
from geoplan.io.osm_edges import build_edges, build_nodes, edge_rows, project, segment_lines
from geoplan.io.osm_merge import merge_chains
from geoplan.io.osm_place import centre_of, choose_crs, country_of
from geoplan.io.osm_restrictions import UNUSED_COLUMNS, Limits, read_limits
from geoplan.io.osm_spans import read_levels
from geoplan.io.osm_split import Segments, ends_only, segment_lengths_m, split_ways
from geoplan.io.osm_stream import read_osm_file
from geoplan.io.osm_structures import build_structures, without_openings
from geoplan.io.osm_tags import LEVEL_CROSSINGS, STATION_NODES
from geoplan.io.osm_turns import blocked_nodes, build_turns, turn_nodes
from geoplan.io.osm_via import copied_edges, copied_relation
from geoplan.network.attributes import fill_edges
from geoplan.network.network import Network, build_network

logger = logging.getLogger(__name__)

ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
_KINDS = {"road": (ROAD, FERRY), "rail": (RAIL,)}


def read_osm(
    path: str | os.PathLike[str],
    *,
    modes: Sequence[str] = ("road", "rail"),
    crs: Any = None,
    date: dt.date | dt.datetime | str | None = None,
    country: str | None = None,
    fill_speed: bool = True,
) -> Network:
    """Read roads and railways of an OpenStreetMap file (.osm.pbf, .osm, .osm.gz, .osm.bz2).

    Parameters
    ----------
    modes
        "road" (with car ferries), "rail", or both.
    crs
        Projected coordinate system in metres; None takes EPSG:3006 in Sweden, the UTM zone elsewhere.
    date
        Date, or date and time, for which conditional restrictions are evaluated; ISO text will do. None takes
        every limit that may hold at some time, and no exemption.
    country
        Two letters, for what `default` means; None finds Sweden by itself and takes European rules elsewhere.
    fill_speed
        Fill missing speeds by class (`fill_defaults`); the rows say so in `assumed`.

    Returns
    -------
    Network
        Edges keep the id of their way in `osm_id`. `meta` holds the attribution, the date of the data, the
        share of assumed speeds and three tables: `restrictions`, how many were found and used by key;
        `unused_restrictions`, each one that is in no column, or not wholly, with the reason; and
        `unreadable_values`, every other value that could not be read.

    Raises
    ------
    DataError
        The file is missing, damaged or no OpenStreetMap file, or holds no way of the modes.
    """
    wanted = _checked_modes(modes)
    moment = _checked_date(date)
    if country is not None and not (len(country) == 2 and country.isalpha()):
        raise DataError(f"country: {country!r}; give its two letters such as SE")
    file = require_file(path, "map file")
    kinds = frozenset({kind for mode in wanted for kind in _KINDS[mode]} | {BRIDGE})
    tables = _tables(read_osm_file(file, kinds=kinds), crs, country, moment, fill_speed)
    if tables is None:
        cure = "choose other modes, or make an extract with complete ways"
        raise DataError(f"{file}: holds no {' or '.join(wanted)} way of two nodes or more; {cure}")
    tables["meta"].update(name=file.name.split(".")[0], source=f"OpenStreetMap, {file.name}")
    network = build_network(**tables)
    found, unused = (int(network.meta["restrictions"][name].sum()) for name in ("found", "unused"))
    size = (len(network.nodes), len(network.edges))
    logger.info("%s: %d nodes, %d edges, %d restrictions of which %d not used", file.name, *size, found, unused)
    return network


def _tables(
    data: OsmData, crs: Any, country: str | None, when: dt.date | None, fill_speed: bool
) -> dict[str, Any] | None:
    """The tables of the network; None when no way has two nodes with a place.

    Everything else that was read is forgotten on return, before the tables are completed and checked.
    """
    known = ~np.isnan(data.lon)
    if not known.any():
        return None
    lon, lat = centre_of(data.lon[known], data.lat[known])
    crs = choose_crs(crs, lon, lat)
    country = country_of(lon, lat) if country is None else country.upper()
    attributes = read_attributes(data)
    way_limits = read_limits(data.way_tags, data.way_id, osm_type="way", country=country, when=when)
    node_limits = read_limits(data.node_tags, data.node_id, osm_type="node", country=country, when=when)
    special = _special_nodes(data, node_limits)
    segments = split_ways(data, special)
    if len(segments.way) == 0:
        return None
    at_turns = turn_nodes(data)
    kept = np.concatenate([special, np.array(sorted(at_turns), dtype=np.int64)])
    segments = merge_chains(segments, _compared(data, attributes, way_limits), np.concatenate([kept, -kept]))
    rows = edge_rows(data, segments, attributes)
    lines, length_m = segment_lines(segments, crs), segment_lengths_m(segments)
    foreign = _foreign_bridges(data, crs)
    data, segments = data.without_points(), ends_only(segments)
    structures = build_structures(data, segments, rows, way_limits, node_limits, lines, foreign, crs=crs)
    edge_limits = without_openings(data, way_limits)
    edges = build_edges(data, segments, rows, attributes, edge_limits, lines, length_m, crs=crs)
    if fill_speed:
        edges = fill_edges(edges, columns=("speed_kmh",))
    turns = build_turns(data, segments, rows, at_turns, when=when)
    edges = copied_edges(edges, turns.copied, turns.copy_id)
    relation = copied_relation(structures.edges, rows.edge_id[turns.copied], turns.copy_id)
    unused = _unused_table([data.other, way_limits.unused, node_limits.unused, structures.unused, turns.unused])
    found = {"way": way_limits.found, "node": node_limits.found, "relation": turns.found}
    meta = {
        **_meta(data, segments, attributes, edges, when),
        # Whose rules on sizes, weights and permits speak: none are known of other countries.
        "rules": country if country == "SE" else "none",
        "restrictions": _count_restrictions(found, data.other, unused),
        "unused_restrictions": unused,
    }
    return {
        "nodes": build_nodes(segments, data, lines, crs=crs),
        "edges": edges,
        "structures": structures.table,
        "structure_edges": relation,
        "turns": turns.table,
        "meta": meta,
    }


def _special_nodes(data: OsmData, limits: Limits) -> NDArray[np.int64]:
    """Ids of nodes at which ways are cut: limits, barriers that close the road, level crossings, stations."""
    n = len(data.node_id)
    special = np.isin(data.node_id, list(blocked_nodes(data)))
    for values in limits.numbers.values():
        special |= ~np.isnan(values).all(axis=0)
    special |= np.isin(data.node_tags.text("railway", n), [*LEVEL_CROSSINGS, *STATION_NODES])
    return data.node_id[special]


def _compared(data: OsmData, attributes: WayAttributes, limits: Limits) -> list[NDArray[np.generic]]:
    """Every column of ways that must be equal for two of them to become one edge."""
    levels = read_levels(data)
    notes = np.full(data.n_ways, "", dtype=object)
    notes[list(limits.notes)] = list(limits.notes.values())
    sided = (attributes.numbers, attributes.assumed, limits.numbers, limits.texts, limits.assumed)
    return [
        data.way_kind,
        levels.bridge,
        levels.tunnel,
        levels.level,
        notes,
        *attributes.open,
        *attributes.texts.values(),
        *(side for table in sided for both in table.values() for side in both),
    ]


def _unused_table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One row a restriction that could not be used; the first reason counts."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=UNUSED_COLUMNS)
    table = pd.concat(filled, ignore_index=True)
    return table.drop_duplicates(["osm_type", "osm_id", "key"], ignore_index=True)


def _count_restrictions(found: dict[str, dict[str, int]], other: pd.DataFrame, unused: pd.DataFrame) -> pd.DataFrame:
    """Restriction tags by type of object and key: how many were found, used, and not or not wholly used."""
    keys = ["osm_type", "key"]
    rows = [(kind, key, count) for kind, counts in found.items() for key, count in counts.items()]
    table = pd.DataFrame(rows, columns=[*keys, "found"]).set_index(keys)["found"]
    table = table.add(other.groupby(keys).size(), fill_value=0)
    left = unused.groupby(keys).size().reindex(table.index, fill_value=0)
    counts = pd.DataFrame({"found": table, "used": table - left, "unused": left}).astype(int)
    return counts.reset_index().sort_values(keys, ignore_index=True)


def _foreign_bridges(data: OsmData, crs: CRS) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Rows and lines of bridges that are not in the network."""
    size = np.diff(data.first)
    way = np.repeat(np.arange(data.n_ways), size)
    known = ~np.isnan(data.lon) & (data.way_kind == BRIDGE)[way]
    enough = np.bincount(way[known], minlength=data.n_ways) >= 2
    known &= enough[way]
    if not known.any():
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=object)
    x, y = project(data.lon[known], data.lat[known], crs)
    ways, owner = np.unique(way[known], return_inverse=True)
    return ways, shapely.linestrings(np.column_stack([x, y]), indices=owner)


def _checked_modes(modes: Sequence[str]) -> list[str]:
    wanted = [modes] if isinstance(modes, str) else list(modes)
    unknown = [mode for mode in wanted if mode not in _KINDS]
    if unknown or not wanted:
        raise DataError(f"modes: {', '.join(map(repr, unknown)) or 'none given'}; choose of {', '.join(_KINDS)}")
    return wanted


def _checked_date(date: dt.date | dt.datetime | str | None) -> dt.date | dt.datetime | None:
    if not isinstance(date, str):
        return date
    try:
        return dt.date.fromisoformat(date) if len(date) <= 10 else dt.datetime.fromisoformat(date)
    except ValueError as fault:
        raise DataError(f"date: {date!r} is no date; write 2026-03-01 or 2026-03-01T07:30") from fault


def _meta(
    data: OsmData,
    segments: Segments,
    attributes: WayAttributes,
    edges: pd.DataFrame,
    when: dt.date | None,
) -> dict[str, Any]:
    guessed = edges["assumed"].str.contains("speed_kmh", regex=False).to_numpy(dtype=bool)
    length = edges["length_m"].to_numpy()
    return {
        "attribution": ATTRIBUTION,
        "data_date": data.data_date[:10],
        "restrictions_for_date": "" if when is None else when.isoformat(),
        "share_speed_assumed": float(length[guessed].sum() / max(length.sum(), 1e-9)),
        "unreadable_values": pd.DataFrame(
            [("way", int(data.way_id[row]), key, text, reason) for row, key, text, reason in attributes.faults],
            columns=UNUSED_COLUMNS,
        ),
        "counts": {
            **data.counts,
            "ways_read": int((data.way_kind != BRIDGE).sum()),
            "nodes_missing": segments.n_missing,
            "ways_too_short": len(segments.lost_ways),
            "ways_twice": segments.n_twice,
        },
    }
