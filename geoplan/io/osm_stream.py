"""From an OpenStreetMap file to arrays: one pass of pyosmium, nothing kept an object of its own."""

from __future__ import annotations

import logging
from array import array
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.io.osm_guard import osm_format
from geoplan.io.osm_tags import (
    LIFECYCLE_STATUS,
    PLAIN_KEYS,
    RAIL_CLASSES,
    ROAD_CLASSES,
    split_restriction_key,
)

logger = logging.getLogger(__name__)

ROAD, RAIL, FERRY, BRIDGE = (
    1,
    2,
    3,
    4,
)  # kinds of ways; BRIDGE is any other bridge, read only for what it stands over
_LONGEST_WAY = 100_000  # nodes; OpenStreetMap itself allows 2,000
_NODE_KEYS = ("barrier", "railway")  # beside restrictions, what makes a node worth keeping


@dataclass(frozen=True, eq=False)
class Tags:
    """The tags of many objects as codes: row of the object, key and value as places in `keys` and `words`."""

    row: NDArray[np.int32]
    key: NDArray[np.int32]
    value: NDArray[np.int32]
    keys: list[str]
    words: list[str]
    _by_key: dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]] = field(default_factory=dict, repr=False)

    def of(self, key: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Rows that carry the key, and the codes of their values."""
        if not self._by_key:
            order = np.argsort(self.key, kind="stable")
            ends = np.cumsum(np.bincount(self.key, minlength=len(self.keys)))
            for code, name in enumerate(self.keys):
                picked = order[ends[code - 1] if code else 0 : ends[code]]
                self._by_key[name] = (self.row[picked], self.value[picked])
        nothing = np.empty(0, dtype=np.int32)
        return self._by_key.get(key, (nothing, nothing))

    def codes(self, key: str, n: int) -> NDArray[np.int32]:
        """Code of the value of each of `n` objects, -1 where the key is missing."""
        out = np.full(n, -1, dtype=np.int32)
        rows, codes = self.of(key)
        out[rows] = codes
        return out

    def text(self, key: str, n: int) -> NDArray[np.object_]:
        """Value of each of `n` objects, empty where the key is missing."""
        out = np.full(n, "", dtype=object)
        rows, codes = self.of(key)
        if len(rows):
            out[rows] = np.array(self.words, dtype=object)[codes]
        return out

    def is_in(self, key: str, words: frozenset[str], n: int) -> NDArray[np.bool_]:
        """Which of `n` objects have one of the words as value."""
        out = np.zeros(n, dtype=bool)
        rows, codes = self.of(key)
        if len(rows):
            used = np.unique(codes)
            good = used[[self.words[code] in words for code in used]]
            out[rows] = np.isin(codes, good)
        return out


@dataclass(frozen=True, eq=False)
class OsmData:
    """What was read. `first` gives the range of each way in `ref`, `lon`, `lat`; rows of `way_tags` are ways.

    other : restrictions on objects that are no part of the network
    turns : id, tags and members (type, id, role) of each turn restriction
    """

    way_id: NDArray[np.int64]
    way_kind: NDArray[np.int8]
    first: NDArray[np.int64]
    ref: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    way_tags: Tags
    node_id: NDArray[np.int64]
    node_tags: Tags
    turns: list[tuple[int, dict[str, str], list[tuple[str, int, str]]]]
    other: pd.DataFrame
    counts: dict[str, int]
    data_date: str

    def without_points(self) -> OsmData:
        """The same without nodes of ways and their places, which are most of the memory."""
        empty = np.empty(0)
        return replace(self, ref=empty.astype(np.int64), lon=empty, lat=empty)

    @property
    def n_ways(self) -> int:
        return len(self.way_id)


class _TagStore:
    """Collects tags as codes."""

    def __init__(self, keys: dict[str, int], values: dict[str, int]) -> None:
        self.row, self.key, self.value = array("i"), array("i"), array("i")
        self.keys, self.values = keys, values

    def add(self, row: int, tags: list[tuple[int, str]]) -> None:
        values = self.values
        for code, text in tags:
            self.row.append(row)
            self.key.append(code)
            self.value.append(values.setdefault(text, len(values)))

    def tags(self, keys: list[str], values: list[str]) -> Tags:
        row, key, value = (np.array(part, dtype=np.int32) for part in (self.row, self.key, self.value))
        return Tags(row, key, value, keys, values)


class _Collector:
    """The state of one pass: a method for each type of object."""

    def __init__(self, kinds: frozenset[int]) -> None:
        self.kinds = kinds
        self.keys: dict[str, int] = {}
        self.values: dict[str, int] = {}
        self.codes: dict[str, int] = {}  # of every key met: its code in `keys`, or -1 when it is of no interest
        self.restrictions: set[int] = set()  # codes of restriction keys
        self.of_nodes: set[int] = set()  # codes of keys that make a node worth keeping
        self.way_id, self.way_kind, self.size = array("q"), array("b"), array("i")
        self.ref, self.node_id = array("q"), array("q")
        self.places = bytearray()
        self.way_tags, self.node_tags = _TagStore(self.keys, self.values), _TagStore(self.keys, self.values)
        self.turns: list[tuple[int, dict[str, str], list[tuple[str, int, str]]]] = []
        self.other: list[tuple[str, int, str, str, str]] = []
        self.counts = {"ways_in_file": 0, "nodes_missing": 0, "ways_too_short": 0}
        self.wkb = osmium.geom.WKBFactory()

    def _code(self, key: str) -> int:
        code = -1
        is_restriction = split_restriction_key(key) is not None
        if is_restriction or key in PLAIN_KEYS:
            code = self.keys.setdefault(key, len(self.keys))
            if is_restriction:
                self.restrictions.add(code)
            if is_restriction or key in _NODE_KEYS:
                self.of_nodes.add(code)
        self.codes[key] = code
        return code

    def _read_tags(self, thing: osmium.osm.OSMObject) -> list[tuple[int, str]]:
        found, codes = [], self.codes
        for key, value in thing.tags:
            code = codes.get(key)
            if code is None:
                code = self._code(key)
            if code >= 0:
                found.append((code, value))
        return found

    def _report(self, kind: str, thing: osmium.osm.OSMObject, tags: list[tuple[int, str]], reason: str) -> None:
        names = list(self.keys)
        self.other += [
            (kind, thing.id, names[code], value, reason) for code, value in tags if code in self.restrictions
        ]

    def node(self, node: osmium.osm.Node) -> None:
        tags = self._read_tags(node)
        if any(code in self.of_nodes for code, _ in tags):
            self.node_tags.add(len(self.node_id), tags)
            self.node_id.append(node.id)

    def way(self, way: osmium.osm.Way) -> None:
        self.counts["ways_in_file"] += 1
        tags = self._read_tags(way)
        if not tags:
            return
        get = dict(tags).get
        codes = self.codes.get
        kind = self._kind(lambda key: get(codes(key, -2), ""))
        if kind not in self.kinds:
            if any(code in self.restrictions for code, _ in tags):
                self._report("way", way, tags, "not on a way of the modes read")
            return
        if len(way.nodes) > _LONGEST_WAY:
            raise ValueError(f"way {way.id} has {len(way.nodes):,} nodes, a map at most 2,000")
        refs = [ref.ref for ref in way.nodes]
        self.way_tags.add(len(self.way_id), tags)
        self.way_id.append(way.id)
        self.way_kind.append(kind)
        self.size.append(len(refs))
        self.ref.extend(refs)
        self.places += self._locations(way)

    def _kind(self, tag) -> int:  # type: ignore[no-untyped-def]
        highway = tag("highway")
        if highway:
            if highway in LIFECYCLE_STATUS:
                highway = tag(highway) or highway
            if highway in ROAD_CLASSES and tag("area") != "yes":
                return ROAD
        railway = tag("railway")
        if railway:
            if railway in LIFECYCLE_STATUS:
                railway = tag(railway) or "rail"
            if railway in RAIL_CLASSES:
                return RAIL
        if tag("route") == "ferry":
            return FERRY
        if tag("bridge") not in ("", "no") or (
            tag("man_made") in ("pipeline", "goods_conveyor") and tag("location") in ("overhead", "overground")
        ):
            return BRIDGE
        return 0

    def _locations(self, way: osmium.osm.Way) -> bytes:
        """Longitude and latitude of every node as bytes of float64; NaN where the file has no place."""
        try:
            return bytes.fromhex(self.wkb.create_linestring(way, osmium.geom.use_nodes.ALL))[9:]
        except (osmium.InvalidLocationError, RuntimeError):
            places = array("d")
            for node in way.nodes:
                place = node.location
                places.extend((place.lon, place.lat) if place.valid() else (np.nan, np.nan))
            return places.tobytes()

    def relation(self, relation: osmium.osm.Relation) -> None:
        tags = self._read_tags(relation)
        if not tags:
            return
        if any(code in self.restrictions for code, _ in tags):
            self._report("relation", relation, tags, "on a relation, not on a way or node")
        named = {key: value for key, value in relation.tags if key in PLAIN_KEYS or key.startswith("restriction")}
        if named.get("type", "") == "restriction" or named.get("type", "").startswith("restriction:"):
            members = [(member.type, member.ref, member.role) for member in relation.members]
            self.turns.append((relation.id, named, members))

    def finish(self, data_date: str) -> OsmData:
        keys, values = list(self.keys), list(self.values)
        places = np.frombuffer(bytes(self.places), dtype=np.float64).reshape(-1, 2)
        self.places.clear()
        first = np.zeros(len(self.way_id) + 1, dtype=np.int64)
        np.cumsum(np.frombuffer(self.size, dtype=np.int32), out=first[1:])
        return OsmData(
            way_id=np.array(self.way_id, dtype=np.int64),
            way_kind=np.array(self.way_kind, dtype=np.int8),
            first=first,
            ref=np.array(self.ref, dtype=np.int64),
            lon=np.ascontiguousarray(places[:, 0]),
            lat=np.ascontiguousarray(places[:, 1]),
            way_tags=self.way_tags.tags(keys, values),
            node_id=np.array(self.node_id, dtype=np.int64),
            node_tags=self.node_tags.tags(keys, values),
            turns=self.turns,
            other=pd.DataFrame(self.other, columns=["osm_type", "osm_id", "key", "value", "reason"]),
            counts=self.counts,
            data_date=data_date,
        )


def read_osm_file(path: Path, *, kinds: frozenset[int]) -> OsmData:
    """Read the ways of some kinds, the nodes on them that matter, turn restrictions and every restriction.

    Raises
    ------
    DataError
        The file is no OpenStreetMap file, is cut off or damaged, or holds a history of versions.
    """
    source = osmium.io.File(str(path), osm_format(path))
    collector = _Collector(kinds)
    try:
        with _reader(source, osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION) as reader:
            header = reader.header()
            if header.has_multiple_object_versions:
                raise DataError(f"{path}: holds a history or changes, not a map; make an extract of one date first")
            places = osmium.NodeLocationsForWays(osmium.index.create_map("sparse_mem_array"))
            places.ignore_errors()
            osmium.apply(reader, places, osmium.filter.EmptyTagFilter(), collector)
            data = collector.finish(_data_date(header))
        return _with_late_nodes(source, data)
    except DataError:
        raise
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as fault:
        what = "is cut off" if "EOF" in str(fault) else f"cannot be read as OpenStreetMap data ({_first_line(fault)})"
        raise DataError(f"{path}: {what}; get the file again") from fault


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


def _first_line(fault: BaseException) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0][:200]
