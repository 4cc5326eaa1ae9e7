"""Many maps in one compact block of text: what they share stands once, numbers as bytes, the whole deflated.

The views of a study show the same lines, names and columns again and again: by scenario, by transport, in two
languages. Here every line goes into one pool, every text into another and every list of numbers into a third;
a map keeps only references. A list that resembles one that stood at the same place in an earlier map keeps only the
difference. `unpack` in `assets/unpack.js` is the other half.

The block, before deflate (RFC 1950) and base64: length of the JSON (4 bytes, little-endian), the JSON in UTF-8, then
the lists as variable-length integers (7 bits a byte, the lowest first, zigzag for the sign).
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_SHORT = 8  # lists below this length stay in the JSON
_FEW = 200  # different numbers up to which a column keeps them as a list and refers to them
_MOST_DIGITS = 6
RAW, STEPS, CHANGES, SPLICE = range(4)


def pack(maps: Mapping[str, Mapping[str, Any]], *, extra: Mapping[str, Any] | None = None) -> str:
    """Map specs by key as one block; maps whose spec is the very same object stand once.

    Parameters
    ----------
    maps
        Specs as `make_map` puts them together: JSON of texts, numbers, lists and mappings.
    extra
        Anything else of JSON that travels along as it is.

    Returns
    -------
    Base64 text. The same maps give the same text.
    """
    packer = _Packer()
    shells: list[Any] = []
    number_of: dict[int, int] = {}
    index: dict[str, int] = {}
    for key, spec in maps.items():
        if id(spec) not in number_of:
            number_of[id(spec)] = len(shells)
            shells.append(packer.shell(spec, ""))
        index[key] = number_of[id(spec)]
    head = {"maps": index, "shells": shells, "extra": dict(extra or {}), **packer.pools()}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    body = len(text).to_bytes(4, "little") + text + packer.data()
    return base64.b64encode(zlib.compress(body, 9)).decode("ascii")


class _Packer:
    """Pools of lines, texts and lists that fill while maps go through."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._lines: dict[bytes, int] = {}
        self._points: list[Ints] = []
        self._lists: dict[bytes, int] = {}
        self._table: list[list[int]] = []  # way of writing, length, and what it refers to
        self._bytes: list[bytes] = []
        self._at: dict[str, tuple[int, Ints]] = {}  # the last list at each place

    def shell(self, value: Any, place: str) -> Any:
        """A spec, or a part of one, with references in the place of what is in the pools."""
        if isinstance(value, Mapping):
            return self._shell_of(value, place)
        if isinstance(value, list | tuple):
            if len(value) >= _SHORT and all(type(one) is int for one in value):
                return {"#": self.numbers(np.asarray(value, dtype=np.int64), place)}
            return [self.shell(one, f"{place}/{_name(one, at)}") for at, one in enumerate(value)]
        return value

    def _shell_of(self, value: Mapping[str, Any], place: str) -> Any:
        keys = set(value)
        if keys == {"n", "d"}:
            return {"lines": self.numbers(self._pool_lines(value["n"], value["d"]), place)}
        if keys == {"of", "at"}:
            return self._column(value["of"], value["at"], place)
        return {key: self.shell(one, f"{place}/{key}") for key, one in value.items()}

    def _column(self, of: list[Any], at: list[int], place: str) -> Any:
        """A column of texts or numbers."""
        rows = np.asarray(at, dtype=np.int64)
        if of and all(isinstance(one, str) for one in of) and not set(of) <= {"inf", "-inf"}:
            codes = np.asarray([self._texts.setdefault(one, len(self._texts)) for one in of], dtype=np.int64)
            return {"texts": self.numbers(codes, place + "/of"), "at": self.numbers(rows, place + "/at")}
        finite = [one for one in of if isinstance(one, int | float)]
        digits = _digits(finite)
        if len(of) <= _FEW or digits is None:
            return {"of": of, "at": {"#": self.numbers(rows, place + "/at")}}
        whole = {one: round(one * 10**digits) for one in finite}
        last = max(whole.values())
        special = {None: last + 1, "inf": last + 2, "-inf": last + 3}
        values = np.asarray([whole[one] if one in whole else special[one] for one in of], dtype=np.int64)
        return {"values": self.numbers(values[rows], place + "/values"), "digits": digits, "last": last}

    def _pool_lines(self, counts: list[int], steps: list[int]) -> Ints:
        """Numbers of lines in the pool; a line that runs the other way is the same line."""
        points = np.cumsum(np.asarray(steps, dtype=np.int64).reshape(-1, 2), axis=0)
        numbers = np.empty(len(counts), dtype=np.int64)
        ends = np.cumsum(counts)
        for at, (end, count) in enumerate(zip(ends, counts, strict=True)):
            line = points[end - count : end]
            back = line[::-1]
            if tuple(back[0]) < tuple(line[0]):
                line = back
            key = line.tobytes()
            known = self._lines.get(key)
            if known is None:
                known = self._lines[key] = len(self._lines)
                self._points.append(line)
            numbers[at] = known
        return numbers

    def numbers(self, values: Ints, place: str) -> int:
        """Number of a list of whole numbers, written in the shortest of the ways."""
        key = values.tobytes()
        known = self._lists.get(key)
        if known is None:
            known = self._lists[key] = len(self._table)
            way, extra, data = self._shortest(values, place)
            self._table.append([way, len(values), *extra, len(data)])
            self._bytes.append(data)
        self._at[place] = (known, values)
        return known

    def _shortest(self, values: Ints, place: str) -> tuple[int, list[int], bytes]:
        """Way of writing, what the reader needs for it, and the bytes."""
        ways: list[tuple[int, list[int], Ints]] = [(RAW, [], values)]
        if len(values) > 1:
            ways.append((STEPS, [], np.diff(values, prepend=np.int64(0))))
        if place in self._at:
            number, earlier = self._at[place]
            if len(earlier) == len(values):
                ways.append((CHANGES, [number], values - earlier))
            else:
                front, back = _shared(earlier, values)
                ways.append((SPLICE, [number, front, back], values[front : len(values) - back]))
        written = [(way, extra, _varints(rest)) for way, extra, rest in ways]
        if len(values) < _SHORT:
            return min(written, key=lambda one: len(one[2]))
        return min(written, key=lambda one: len(zlib.compress(one[2], 6)))

    def pools(self) -> dict[str, Any]:
        """What the reader needs of the pools beside the bytes; lines are the last two lists."""
        order = sorted(self._texts)
        rank = {text: number for number, text in enumerate(order)}
        counts = np.asarray([len(line) for line in self._points], dtype=np.int64)
        points = np.concatenate(self._points) if self._points else np.zeros((0, 2), dtype=np.int64)
        steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
        # Longitudes and latitudes apart: each compresses better alone.
        self._at.clear()
        lines = [self.numbers(part.copy(), f"lines{at}") for at, part in enumerate((counts, *steps.T))]
        return {
            # Sorted, so that neighbours share their beginnings; `rank` leads from the order of arrival to this one.
            "texts": order,
            "rank": self.numbers(np.asarray([rank[text] for text in self._texts], dtype=np.int64), "rank"),
            "lines": lines,
            "lists": self._table,
        }

    def data(self) -> bytes:
        return b"".join(self._bytes)


def _name(value: Any, at: int) -> str:
    """A layer by its key and a field by its column: the same place in another map, wherever it stands there."""
    if isinstance(value, Mapping):
        return str(value.get("key") or value.get("column") or at)
    return str(at)


def _digits(values: list[int | float]) -> int | None:
    """Decimals that all values have room in; None when there are too many or no values."""
    if not values:
        return None
    numbers = np.asarray(values, dtype=np.float64)
    if np.abs(numbers).max() > 1e12:
        return None
    for digits in range(_MOST_DIGITS + 1):
        scaled = numbers * 10.0**digits
        if np.abs(scaled - np.round(scaled)).max() < 1e-6 * max(1.0, 10.0 ** (digits - 6)):
            return digits
    return None


def _shared(a: Ints, b: Ints) -> tuple[int, int]:
    """How many values two lists share at the front and, apart from those, at the back."""
    most = min(len(a), len(b))
    apart = np.flatnonzero(a[:most] != b[:most])
    front = int(apart[0]) if len(apart) else most
    rest = most - front
    if rest == 0:
        return front, 0
    apart = np.flatnonzero(a[::-1][:rest] != b[::-1][:rest])
    return front, int(apart[0]) if len(apart) else rest


def _varints(values: Ints) -> bytes:
    """Whole numbers as zigzag varints."""
    left = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    size = np.ones(len(left), dtype=np.int64)
    for k in range(1, 10):
        size += left >= np.uint64(1) << np.uint64(7 * k)
    ends = np.cumsum(size)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    start = ends - size
    for k in range(int(size.max()) if len(size) else 0):
        has = size > k
        part = (left[has] >> np.uint64(7 * k)) & np.uint64(127)
        more = (size[has] > k + 1).astype(np.uint64) << np.uint64(7)
        out[start[has] + k] = (part | more).astype(np.uint8)
    return out.tobytes()
