"""What was read of an OpenStreetMap file: arrays, and tags as codes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROAD, RAIL, FERRY = 1, 2, 3  # kinds of ways
BRIDGE = 4  # any other bridge, read only for what it stands over


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
