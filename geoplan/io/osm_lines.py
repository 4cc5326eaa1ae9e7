"""Lines of OPL, the text form of OpenStreetMap objects, as arrays.

    w10 Thighway=primary,maxheight=4%2c%5 Nn1x15.1y60.1,n2x15.2y60.1
    n2 Tbarrier=gate x15.2y60.1        r7 Ttype=restriction,restriction=no_u_turn Mw10@from,n2@via,w10@to

Source: osmcode.org, OPL file format manual.
"""

from __future__ import annotations

import re
from array import array

import numpy as np
import pandas as pd

from geoplan.io.osm_data import BRIDGE, FERRY, RAIL, ROAD, OsmData, Tags
from geoplan.io.osm_tags import LIFECYCLE_STATUS, PLAIN_KEYS, RAIL_CLASSES, ROAD_CLASSES, split_restriction_key

_LONGEST_WAY = 100_000  # nodes; OpenStreetMap itself allows 2,000
_NODE_KEYS = ("barrier", "railway")  # beside restrictions, what makes a node worth keeping
_CHUNK = 2**20  # characters of nodes that are turned into numbers at a time
_LARGEST_ID = 2**53  # ids pass through float64
_ESCAPED = re.compile("%([0-9a-f]+)%")
_COMMAS = str.maketrans({"x": ",", "y": ","})

Found = list[tuple[int, str]]


class LineReader:
    """Reads lines one by one and keeps codes and numbers only."""

    def __init__(self, kinds: frozenset[int]) -> None:
        self._kinds = kinds
        self._keys: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._codes: dict[str, int] = {}  # of every key met: its code in `_keys`, or -1 when it is of no interest
        self._restrictions: set[int] = set()  # codes of restriction keys
        self._of_nodes: set[int] = set()  # codes of keys that make a node worth keeping
        self._way_id, self._way_kind, self._size, self._node_id = array("q"), array("b"), array("i"), array("q")
        self._way_tags, self._node_tags = _TagStore(self._words), _TagStore(self._words)
        self._waiting: list[str] = []  # nodes of ways, as text
        self._n_waiting = 0
        self._numbers: list[np.ndarray] = []
        self._turns: list[tuple[int, dict[str, str], list[tuple[str, int, str]]]] = []
        self._other: list[tuple[str, int, str, str, str]] = []
        self._n_ways = 0

    def read(self, path: str, *, data_date: str) -> OsmData:
        """The data of a file of lines. Raises ValueError for lines that are no OPL."""
        by_type = {"n": self._node, "w": self._way, "r": self._relation}
        with open(path, encoding="utf-8") as file:
            for line in file:
                by_type[line[0]](line[:-1])
        self._flush()
        return self._finish(data_date)

    def _node(self, line: str) -> None:
        fields = line.split(" ")
        tags = self._tags(fields[1])
        if any(code in self._of_nodes for code, _ in tags):
            self._node_tags.add(len(self._node_id), tags)
            self._node_id.append(int(fields[0][1:]))

    def _way(self, line: str) -> None:
        self._n_ways += 1
        ident, tagged, nodes = line.split(" ")
        tags = self._tags(tagged)
        if not tags:
            return
        found = dict(tags)
        kind = self._kind(found)
        if kind not in self._kinds and kind and found.get(self._keys.get("bridge", -1), "no") != "no":
            kind = BRIDGE  # of a mode that is not read, yet it stands over those that are
        if kind not in self._kinds:
            self._report("way", ident, tags, "not on a way of the modes read")
            return
        size = nodes.count(",") + 1 if len(nodes) > 1 else 0
        if size > _LONGEST_WAY:
            raise ValueError(f"way {ident[1:]} has {size:,} nodes, a map at most 2,000")
        self._way_tags.add(len(self._way_id), tags)
        self._way_id.append(int(ident[1:]))
        self._way_kind.append(kind)
        self._size.append(size)
        if size:
            self._waiting.append(nodes[1:])
            self._n_waiting += len(nodes)
            if self._n_waiting > _CHUNK:
                self._flush()

    def _relation(self, line: str) -> None:
        ident, tagged, members = line.split(" ")
        tags = self._tags(tagged)
        self._report("relation", ident, tags, "on a relation, not on a way or node")
        names = list(self._keys)
        named = {names[code]: _plain(text) for code, text in tags}
        if named.get("type", "").partition(":")[0] == "restriction":
            parts = (part.partition("@") for part in members[1:].split(",") if part)
            found = [(part[0][0], int(part[0][1:]), _plain(part[2])) for part in parts]
            self._turns.append((int(ident[1:]), named, found))

    def _tags(self, field: str) -> Found:
        """Codes and texts (still escaped) of the tags that are of interest."""
        found, codes = [], self._codes
        for tag in field[1:].split(","):
            key, _, text = tag.partition("=")
            code = codes.get(key)
            if code is None:
                code = self._code(key)
            if code >= 0:
                found.append((code, text))
        return found

    def _code(self, escaped: str) -> int:
        """Code of a key met for the first time; -1 when it is of no interest."""
        key, code = _plain(escaped), -1
        is_restriction = split_restriction_key(key) is not None
        if is_restriction or key in PLAIN_KEYS or key.partition(":")[0] == "restriction":
            code = self._keys.setdefault(key, len(self._keys))
            if is_restriction:
                self._restrictions.add(code)
            if is_restriction or key in _NODE_KEYS:
                self._of_nodes.add(code)
        self._codes[escaped] = code
        return code

    def _kind(self, tags: dict[int, str]) -> int:
        """Road, railway, ferry, other bridge, or 0 for what is not read."""

        def tag(key: str) -> str:
            return tags.get(codes.get(key, -2), "")

        codes = self._keys
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
        overhead = tag("man_made") in ("pipeline", "goods_conveyor") and tag("location") in ("overhead", "overground")
        return BRIDGE if tag("bridge") not in ("", "no") or overhead else 0

    def _report(self, osm_type: str, ident: str, tags: Found, reason: str) -> None:
        """Keep the restrictions of an object that is no part of the network."""
        limits = [(code, text) for code, text in tags if code in self._restrictions]
        if limits:
            names = list(self._keys)
            self._other += [(osm_type, int(ident[1:]), names[code], _plain(text), reason) for code, text in limits]

    def _flush(self) -> None:
        """Turn the text of nodes, `n1x15.1y60.1,n2xy` (no place), into rows of id, longitude, latitude."""
        if not self._waiting:
            return
        text = ",".join(self._waiting).replace("n", "").replace("xy", "xnanynan").translate(_COMMAS)
        numbers = np.fromstring(text, sep=",")
        if len(numbers) % 3 or np.abs(numbers[::3]).max() >= _LARGEST_ID:
            raise ValueError("nodes of ways are not numbers, or above 9,007,199,254,740,992")
        self._numbers.append(numbers.reshape(-1, 3))
        self._waiting, self._n_waiting = [], 0

    def _finish(self, data_date: str) -> OsmData:
        keys, words = list(self._keys), [_plain(word) for word in self._words]
        numbers = np.concatenate(self._numbers) if self._numbers else np.empty((0, 3))
        self._numbers = []
        first = np.zeros(len(self._way_id) + 1, dtype=np.int64)
        np.cumsum(np.array(self._size, dtype=np.int64), out=first[1:])
        return OsmData(
            way_id=np.array(self._way_id, dtype=np.int64),
            way_kind=np.array(self._way_kind, dtype=np.int8),
            first=first,
            ref=numbers[:, 0].astype(np.int64),
            lon=np.ascontiguousarray(numbers[:, 1]),
            lat=np.ascontiguousarray(numbers[:, 2]),
            way_tags=self._way_tags.tags(keys, words),
            node_id=np.array(self._node_id, dtype=np.int64),
            node_tags=self._node_tags.tags(keys, words),
            turns=self._turns,
            other=pd.DataFrame(self._other, columns=["osm_type", "osm_id", "key", "value", "reason"]),
            counts={"ways_in_file": self._n_ways},
            data_date=data_date,
        )


class _TagStore:
    """Collects tags as codes."""

    def __init__(self, words: dict[str, int]) -> None:
        self._row, self._key, self._word, self._words = array("i"), array("i"), array("i"), words

    def add(self, row: int, tags: Found) -> None:
        words = self._words
        for code, text in tags:
            self._row.append(row)
            self._key.append(code)
            self._word.append(words.setdefault(text, len(words)))

    def tags(self, keys: list[str], words: list[str]) -> Tags:
        row, key, value = (np.array(part, dtype=np.int32) for part in (self._row, self._key, self._word))
        return Tags(row, key, value, keys, words)


def _plain(text: str) -> str:
    """The text without OPL's escapes: `%2c%` is a comma."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "%" in text else text
