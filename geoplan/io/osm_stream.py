"""From an OpenStreetMap file to arrays, in one pass of pyosmium.

A call of Python for each object and each tag costs more than all the rest of the reading. So libosmium itself writes
what may matter as lines of text (OPL) to a temporary file, and the lines are parsed a megabyte at a time.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np
import osmium

from geoplan.errors import DataError
from geoplan.io.files import first_line
from geoplan.io.osm_data import OsmData
from geoplan.io.osm_guard import osm_format
from geoplan.io.osm_lines import LineReader

_LINES = "opl,add_metadata=false,locations_on_ways=true"


def read_osm_file(path: Path, *, kinds: frozenset[int]) -> OsmData:
    """Read the ways of some kinds, the nodes on them that matter, turn restrictions and every restriction.

    Raises
    ------
    DataError
        The file is no OpenStreetMap file, is cut off or damaged, or holds a history of versions.
    """
    source = osmium.io.File(str(path), osm_format(path))
    try:
        with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
            lines = os.path.join(folder, "tagged.opl")
            header = _write_lines(source, lines)
            if header.has_multiple_object_versions:
                raise DataError(f"{path}: holds a history or changes, not a map; make an extract of one date first")
            data = LineReader(kinds).read(lines, data_date=_data_date(header))
        return _with_late_nodes(source, data)
    except DataError:
        raise
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as fault:
        what = "is cut off" if "EOF" in str(fault) else f"cannot be read as OpenStreetMap data ({first_line(fault)})"
        raise DataError(f"{path}: {what}; get the file again") from fault


def _write_lines(source: osmium.io.File, target: str) -> osmium.io.Header:
    """Every object with tags as a line; ways with the places of their nodes."""
    with _reader(source, osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION) as reader:
        header = reader.header()
        if not header.has_multiple_object_versions:
            places = osmium.NodeLocationsForWays(osmium.index.create_map(_node_store()))
            places.ignore_errors()
            with osmium.SimpleWriter(osmium.io.File(target, _LINES), bufsz=2**16) as writer:
                osmium.apply(reader, places, osmium.filter.EmptyTagFilter(), writer)
        return header


def _node_store() -> str:
    """Where the places of nodes are kept: memory that goes back to the system at once, where the system has it."""
    return next(kind for kind in ("sparse_mmap_array", "sparse_mem_array") if kind in osmium.index.map_types())


def _reader(source: osmium.io.File, what: osmium.osm.osm_entity_bits) -> osmium.io.Reader:
    """One worker and a short queue keep the decoded blocks few; reading is bound by this thread anyway."""
    return osmium.io.Reader(source, what, thread_pool=osmium.io.ThreadPool(1, 4))


def _with_late_nodes(source: osmium.io.File, data: OsmData) -> OsmData:
    """Places of nodes that stand behind their ways in the file or have negative ids, by a second pass.

    Nodes that are in the file at all are found; those that an extract cut off stay without a place.
    """
    missing = np.isnan(data.lon)
    if not missing.any():
        return data
    wanted = set(np.unique(data.ref[missing]).tolist())
    ids, lon, lat = array("q"), array("d"), array("d")
    with _reader(source, osmium.osm.NODE) as reader:
        filters = [osmium.filter.IdFilter(wanted)] if min(wanted) >= 0 else []
        for node in osmium.OsmFileIterator(reader, *filters):
            if isinstance(node, osmium.osm.Node) and node.id in wanted and node.location.valid():
                ids.append(node.id)
                lon.append(node.location.lon)
                lat.append(node.location.lat)
    if not ids:
        return data
    order = np.argsort(ids, kind="stable")
    known = np.array(ids, dtype=np.int64)[order]
    place = np.searchsorted(known, data.ref).clip(max=len(known) - 1)
    late = missing & (known[place] == data.ref)
    return replace(
        data,
        lon=np.where(late, np.array(lon)[order][place], data.lon),
        lat=np.where(late, np.array(lat)[order][place], data.lat),
    )


def _data_date(header: osmium.io.Header) -> str:
    """Date of the data by the file's header, empty when it does not say."""
    for key in ("osmosis_replication_timestamp", "timestamp"):
        date = header.get(key, "")
        if date:
            return date
    return ""
