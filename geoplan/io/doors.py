"""One door for any network file, chosen by what is in it: an ending may be wrong, the first bytes are not."""

from __future__ import annotations

import bz2
import os
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from geoplan.errors import DataError
from geoplan.io.files import require_file
from geoplan.io.network_files import read_network
from geoplan.io.nvdb import read_nvdb
from geoplan.io.nvdb_mapping import fold, read_mapping
from geoplan.io.osm import read_osm
from geoplan.io.rinf import read_rinf
from geoplan.network.network import Network

_HEAD = 65_536  # bytes looked at: comments and namespaces may stand before the first element of XML
_KNOWN = (
    "OpenStreetMap (.osm.pbf, .osm, .osm.gz, .osm.bz2), GeoPackage (.gpkg: geoplan or NVDB), a folder of GeoParquet "
    "(.parquet), RINF (.xml, or a folder of its CSV tables)"
)
# What is known but holds no network, and where it goes.
_ELSEWHERE = {
    "railML": "is a timetable (railML); read it with read_railml",
    "GTFS": "is a feed of public transport (GTFS); read it with read_gtfs",
    "TNTP": "is a TNTP network; read it together with its trips with read_tntp",
    "GeoTIFF": "is a raster; sample it along a network with sample_heights",
}


def read_any_network(path: str | os.PathLike[str], *, modes: Sequence[str] = ("road", "rail")) -> Network:
    """A network from a file or folder of any kind that geoplan reads; the kind is known by the content.

    OpenStreetMap extracts, GeoPackages of geoplan or of NVDB, folders of GeoParquet files, and the register of railway
    infrastructure (RINF) as XML or as a folder of CSV tables.

    Parameters
    ----------
    modes
        What to read of OpenStreetMap. The other kinds are read whole.

    Raises
    ------
    DataError
        No such file, or a content that no door knows; says what it is where that can be told.
    """
    place = Path(path)
    kind = kind_of_file(place)
    if kind == "OpenStreetMap":
        return read_osm(place, modes=tuple(modes))
    if kind == "NVDB":
        return read_nvdb(place)
    if kind == "RINF":
        return read_rinf(_rinf_tables(place) if place.is_dir() else place)
    if kind in ("GeoPackage", "GeoParquet"):
        return read_network(place)
    raise DataError(f"{path}: {_ELSEWHERE.get(kind, f'no door for this kind of file; geoplan reads {_KNOWN}')}")


def kind_of_file(path: str | os.PathLike[str]) -> str:
    """What a file or folder holds: OpenStreetMap, GeoPackage, NVDB, GeoParquet, RINF, railML, GTFS, TNTP, GeoTIFF.

    Empty text when it is none of them. Nothing is unpacked beyond its first bytes.

    Raises
    ------
    DataError
        No such file, an empty one, or one that may not be read.
    """
    place = Path(path)
    if place.is_dir():
        return _kind_of_folder(place)
    head = _unpacked(_head(require_file(place, "network")))
    if head[4:15] == b"\n\tOSMHeader":
        return "OpenStreetMap"
    if head.startswith(b"SQLite format 3\0"):
        return _kind_of_geopackage(place)
    if head.startswith(b"PK"):
        return "GTFS" if _has_stop_times(place) else ""
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "GeoTIFF"
    return _kind_of_text(head) or _kind_by_name(place)


def _kind_by_name(place: Path) -> str:
    """The kind that the ending promises: its own reader says best what is wrong with the content."""
    name = place.name.lower()
    if name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2")):
        return "OpenStreetMap"
    return "GeoPackage" if name.endswith(".gpkg") else ""


def _kind_of_folder(folder: Path) -> str:
    if (folder / "nodes.parquet").exists() or folder.suffix.lower() == ".parquet":
        return "GeoParquet"
    if (folder / "stop_times.txt").exists():
        return "GTFS"
    return "RINF" if _rinf_tables(folder) else ""


def _rinf_tables(folder: Path) -> list[Path]:
    """The CSV tables of the register in a folder, by their headings."""
    tables = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".csv" and file.is_file())
    return [file for file in tables if file.stat().st_size and _kind_of_text(_head(file)) == "RINF"]


def _kind_of_geopackage(file: Path) -> str:
    """A delivery of NVDB has a layer of road links; what is no delivery goes to the reader of geoplan's own files."""
    mapping = read_mapping()
    for layer in _layers(file):
        rule = mapping.rule_of(layer)
        if rule is not None and rule.role == "network":
            return "NVDB"
    return "GeoPackage"


def _layers(file: Path) -> list[str]:
    """Names of the layers; none when they cannot be read or are geoplan's own."""
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            names = [str(row[0]) for row in connection.execute("SELECT table_name FROM gpkg_contents LIMIT 1000")]
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError):
        return []
    return [] if {"nodes", "edges"} <= set(names) else names


def _has_stop_times(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.rpartition("/")[2] == "stop_times.txt" for name in archive.namelist())
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
    ):  # the last: packed as zipfile knows not
        return False  # no feed, then; the door that takes the file says what is wrong with it


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(_HEAD)


def _unpacked(head: bytes) -> bytes:
    """The first bytes of what is packed, at most as many as were given; as they are when not packed or damaged."""
    try:
        if head.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(31).decompress(head, _HEAD)
        if head.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(head, _HEAD)
    except (zlib.error, OSError, ValueError):
        pass
    return head


def _kind_of_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", errors="replace")
    else:
        text = head.decode("utf-8-sig", errors="replace")
    text = text.lstrip("\ufeff \r\n\t")
    if re.match(r"<(number of|first thru|total od)\b", text, re.IGNORECASE):
        return "TNTP"
    if text.startswith("<"):
        return _kind_of_xml(text)
    return "RINF" if "uniqueopid" in fold(text[:4000].partition("\n")[0]) else ""


def _kind_of_xml(text: str) -> str:
    """By the first element, without its namespace."""
    root = _first_element(text).rpartition(":")[2].lower()
    if root in ("osm", "osmchange"):
        return "OpenStreetMap"
    if root == "railml":
        return "railML"
    return "RINF" if "rinf" in root or "<OperationalPoint" in text or "<SectionOfLine" in text else ""


def _first_element(text: str) -> str:
    """Name of the first element behind declarations, comments and a document type; empty when there is none."""
    place = 0
    while (place := text.find("<", place)) >= 0:
        if match := re.compile(r"<([A-Za-z_][\w.:-]*)").match(text, place):
            return match[1]
        bracket = text.startswith("<!D", place) and 0 <= text.find("[", place) < text.find(">", place)
        ends = {"<!-": "-->", "<?x": "?>"}.get(text[place : place + 3], "]>" if bracket else ">")
        place = text.find(ends, place)
        if place < 0:
            break
    return ""
