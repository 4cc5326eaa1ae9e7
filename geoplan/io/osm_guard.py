"""Is this an OpenStreetMap file, and is it the size it pretends to be? Looked at before anything is unpacked.

A few kilobytes can be packed so that they unpack to gigabytes. Real maps shrink 2 to 4 times in PBF blocks and 8 to 20
times as gzip or bzip2 of XML; what claims many times more is refused.
"""

from __future__ import annotations

import bz2
import gzip
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from geoplan.errors import DataError

_LARGEST_RATIO = {"pbf": 40, "osm.gz": 100, "osm.bz2": 200}
_ALWAYS_ALLOWED = 64 * 2**20  # bytes unpacked
_CHUNK = 2**20


def osm_format(path: Path) -> str:
    """Format of the file by its first bytes, in pyosmium's words.

    Raises
    ------
    DataError
        It is none that is read, is damaged at the start, or unpacks to far more than a map of its size.
    """
    with path.open("rb") as file:
        head = file.read(512)
        if head[4:15] == b"\n\tOSMHeader":
            _refuse_bomb(path, "pbf", _unpacked_size_pbf(file))
            return "pbf"
    packed = {b"\x1f\x8b": "osm.gz", b"BZ": "osm.bz2"}.get(head[:2], "")
    if packed:
        head = _check_packed(path, packed)
    text = head.decode("utf-8", errors="replace").lstrip("\ufeff \r\n\t")
    if "<osm" in text or text.startswith("<?xml"):
        return packed or "osm"
    raise DataError(f"{path}: is not an OpenStreetMap file; give .osm.pbf, .osm, .osm.gz or .osm.bz2")


def _check_packed(path: Path, packed: str) -> bytes:
    """Unpack once without keeping anything: finds cut files and bombs. Returns the first bytes."""
    head, size = b"", 0
    try:
        with gzip.open(path) if packed == "osm.gz" else bz2.open(path) as file:
            while chunk := file.read(_CHUNK):
                head = head or chunk[:512]
                size += len(chunk)
                _refuse_bomb(path, packed, size)
    except EOFError as fault:
        raise DataError(f"{path}: is cut off; get the file again") from fault
    except (OSError, zlib.error) as fault:
        raise DataError(f"{path}: is damaged ({fault}); get the file again") from fault
    return head


def _refuse_bomb(path: Path, packed: str, unpacked: int) -> None:
    allowed = max(_ALWAYS_ALLOWED, _LARGEST_RATIO[packed] * path.stat().st_size)
    if unpacked > allowed:
        raise DataError(
            f"{path}: {path.stat().st_size / 1e6:.1f} MB that unpack to more than {allowed / 1e6:,.0f} MB are no map; "
            "get the file from a source you trust"
        )


def _unpacked_size_pbf(file: BinaryIO) -> int:
    """Sum of the sizes that the blocks of a PBF file claim; reads their headers only.

    Source: OpenStreetMap wiki, PBF Format: (length, BlobHeader, Blob) repeated; Blob.raw_size is field 2. Whatever is
    malformed ends the count: the reader itself reports it.
    """
    total = 0
    file.seek(0, os.SEEK_END)
    end = file.tell()
    place = 0
    while place + 4 <= end:
        file.seek(place)
        (size,) = struct.unpack(">I", file.read(4))
        if size > 2**16:
            break
        fields = _fields(file.read(size), wanted=3)
        blob = fields.get(3, 0)
        start = place + 4 + size
        file.seek(start)
        total += _fields(file.read(64), wanted=2).get(2, blob)
        place = start + blob
        if blob <= 0:
            break
    return total


def _fields(data: bytes, *, wanted: int) -> dict[int, int]:
    """Whole-number fields of a protocol buffer up to the wanted one; text and bytes are skipped."""
    found: dict[int, int] = {}
    place = 0
    while place < len(data) and wanted not in found:
        key, place = _varint(data, place)
        value, place = _varint(data, place)
        if key & 7 == 2:
            place += value
        elif key & 7 == 0:
            found[key >> 3] = value
        else:
            break
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value, shift = 0, 0
    while place < len(data) and shift < 64:
        value |= (data[place] & 127) << shift
        place += 1
        if data[place - 1] < 128:
            break
        shift += 7
    return value, place
