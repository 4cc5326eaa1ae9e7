"""RINF files as plain rows: the XML of the register, and the CSV tables of its search page, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from geoplan.errors import DataError
from geoplan.io.nvdb_mapping import fold
from geoplan.io.tables import parse_number, read_cells

_CHUNK = 2**16
_MAX_DEPTH = 50
_MAX_PARTS = 200_000  # elements inside one point or section; the largest stations have some thousand
_MAX_TEXT = 2**20  # characters of one attribute or text; the register's longest are some hundred


@dataclass(eq=False)
class OperationalPoint:
    """A place of the register."""

    op_id: str
    name: str = ""
    kind: str = ""
    lon: float = float("nan")
    lat: float = float("nan")
    valid: tuple[str, str] = ("", "")


@dataclass(eq=False)
class Section:
    """A section of line, and the parameters of each of its tracks: name -> texts as they stand there."""

    line: str
    start: str
    end: str
    length: str
    unit: str = "km"
    valid: tuple[str, str] = ("", "")
    tracks: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    direction: dict[str, str] = field(default_factory=dict)
    bad_tracks: int = 0


def read_xml(file: Path) -> tuple[dict[str, OperationalPoint], list[Section]]:
    """Points and sections of a RINF XML file.

    The file is parsed in pieces and each element is forgotten when it has been read. Document types are refused before
    anything in them is looked at: with them go entities, those that explode and those that fetch other files.

    Raises
    ------
    DataError
        No XML, damaged or cut off, with a document type, or deeper or longer than the register ever is.
    """
    points: dict[str, OperationalPoint] = {}
    sections: list[Section] = []
    root = ""
    try:
        for element in _elements(file, ("OperationalPoint", "SectionOfLine")):
            root = element.tag
            if _plain(root) == "OperationalPoint":
                point = _point(element)
                points.setdefault(point.op_id, point)
            else:
                sections.append(_section(element))
    except DataError:
        raise
    except (ElementTree.ParseError, expat.ExpatError, ValueError, UnicodeError) as fault:
        raise DataError(f"{file}: is no XML, or damaged or cut off ({str(fault)[:100]}); get the file again") from fault
    if not root:
        raise DataError(
            f"{file}: holds no OperationalPoint and no SectionOfLine; give an export of the register (RINF)"
        )
    return points, sections


def read_csv(files: list[Path]) -> tuple[dict[str, OperationalPoint], list[Section]]:
    """Points and sections of CSV tables as the register's search page gives them: one row a point, one a track.

    Raises
    ------
    DataError
        Columns that are needed are missing: names which, and what there is.
    """
    points: dict[str, OperationalPoint] = {}
    sections: dict[tuple[str, str, str], Section] = {}
    for file in files:
        rows = [cells for _, cells in read_cells(file)]
        if not rows:
            raise DataError(f"{file}: is empty; get the table again")
        head = {fold(name): k for k, name in enumerate(rows[0])}
        if "startuniqueopid" in head:
            _csv_sections(file, head, rows, sections)
        elif "uniqueopid" in head:
            _csv_points(file, head, rows, points)
        else:
            shown = ", ".join(rows[0][:8])
            raise DataError(
                f"{file}: has no column 'Unique OP ID' nor 'Start Unique OP ID' but {shown}; export it again"
            )
    return points, list(sections.values())


def number(text: str) -> float:
    """A number of the register: decimal point or comma, `+`, with or without its unit; NaN where there is none."""
    match = re.fullmatch(r"\s*([+-]?[\d.,\s\u00a0]*\d)\s*[A-Za-z/%]*\s*", text)
    if not match:
        return float("nan")
    try:
        return parse_number(match[1])
    except ValueError:
        return float("nan")


def _elements(file: Path, wanted: tuple[str, ...]) -> Iterator[ElementTree.Element]:
    """Complete elements of the wanted names, one at a time."""
    parser = expat.ParserCreate(namespace_separator=None)
    builder: ElementTree.TreeBuilder | None = None
    depth, inner, parts = 0, 0, 0
    ready: list[ElementTree.Element] = []

    def refuse(*_: object) -> Any:
        raise DataError(f"{file}: declares a document type or entities, which the register never does; not read")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal builder, depth, inner, parts
        depth += 1
        parts += 1
        if depth > _MAX_DEPTH:
            raise DataError(f"{file}: is nested deeper than {_MAX_DEPTH}; that is no register")
        if builder is None and _plain(tag) in wanted:
            builder, inner, parts = ElementTree.TreeBuilder(), depth, 0
        if builder is not None and parts > _MAX_PARTS:
            raise DataError(f"{file}: one element holds more than {_MAX_PARTS:,} others; that is no register")
        if builder is not None:
            builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal builder, depth
        if builder is not None:
            builder.end(tag)
            if depth == inner:
                ready.append(builder.close())
                builder = None
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    held = 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            before = parser.CurrentByteIndex
            parser.Parse(chunk, False)
            held = 0 if parser.CurrentByteIndex > before else held + len(chunk)
            if held > _MAX_TEXT:
                raise DataError(f"{file}: holds a single value of more than a megabyte; that is no register")
            yield from ready
            ready.clear()
    parser.Parse(b"", True)
    yield from ready


def _plain(tag: str) -> str:
    return tag.rsplit(":", 1)[-1].rsplit("}", 1)[-1]


def _value(element: ElementTree.Element, name: str, attribute: str = "Value") -> str:
    found = next((child for child in element if _plain(child.tag) == name), None)
    return "" if found is None else (found.get(attribute) or "").strip()


def _valid(element: ElementTree.Element) -> tuple[str, str]:
    return element.get("ValidityDateStart", ""), element.get("ValidityDateEnd", "")


def _point(element: ElementTree.Element) -> OperationalPoint:
    lon, lat = (_value(element, "OPGeographicLocation", side) for side in ("Longitude", "Latitude"))
    kind = _value(element, "OPType", "OptionalValue") or _value(element, "OPType")
    op_id, name = _value(element, "UniqueOPID"), _value(element, "OPName")
    return OperationalPoint(op_id, name, kind, number(lon), number(lat), _valid(element))


def _section(element: ElementTree.Element) -> Section:
    keys = ("SOLLineIdentification", "SOLOPStart", "SOLOPEnd", "SOLLength")
    line, start, end, length = (_value(element, key) for key in keys)
    section = Section(line, start, end, length, "km", _valid(element))
    for track in (child for child in element if _plain(child.tag) == "SOLTrack"):
        name = _value(track, "SOLTrackIdentification") or f"track {len(section.tracks) + 1}"
        parameters: dict[str, list[str]] = {}
        for one in track:
            key, value = one.get("ID", ""), (one.get("Value") or "").strip()
            if _plain(one.tag) == "SOLTrackParameter" and key and one.get("IsApplicable", "Y") != "N" and value:
                words = (one.get("OptionalValue") or "").strip()
                parameters.setdefault(key, []).append(f"{value}|{words}" if words else value)
        if name in section.tracks:
            section.bad_tracks += 1
            name = f"{name} ({len(section.tracks) + 1})"
        section.tracks[name] = parameters
        section.direction[name] = _value(track, "SOLTrackDirection")
    return section


def _csv_points(file: Path, head: dict[str, int], rows: list[list[str]], points: dict[str, OperationalPoint]) -> None:
    place = next((head[key] for key in head if key.startswith("geographicallocation")), None)
    if place is None:
        raise DataError(f"{file}: has no column 'Geographical location of Operational Point'; export it with one")
    for row in rows[1:]:
        cells = dict(zip(head, row + [""] * (len(head) - len(row)), strict=False))
        lat, lon = _pair(row[place] if place < len(row) else "")
        op_id = cells["uniqueopid"]
        valid = (cells.get("validitystartdate", ""), cells.get("validityenddate", ""))
        name = cells.get("nameofoperationalpoint") or cells.get("operationalpoint", "")
        kind = cells.get("typeofoperationalpoint", "")
        points.setdefault(op_id, OperationalPoint(op_id, name, kind, lon, lat, valid))


def _pair(text: str) -> tuple[float, float]:
    """`59,33, 18,0573` or `59.33, 18.0573`: latitude and longitude, with commas in both jobs."""
    numbers = re.findall(r"[+-]?\d+(?:[.,]\d+)?", text)
    if len(numbers) != 2:
        return float("nan"), float("nan")
    return number(numbers[0]), number(numbers[1])


# Column of the table -> name of the parameter in the XML.
_CSV_PARAMETERS = {
    "loadcapabilitylinecategory": "IPP_LoadCap",
    "loadcapability": "IPP_LoadCap",
    "gauging": "ILL_Gauging",
    "maximumpermittedspeed": "IPP_MaxSpeed",
    "nominaltrackgauge": "ITP_NomGauge",
    "typeofcontactlinesystem": "ECS_SystemType",
    "contactlinesystemtype": "ECS_SystemType",
    "energysupplysystem": "ECS_VoltFreq",
}


def _csv_sections(
    file: Path, head: dict[str, int], rows: list[list[str]], sections: dict[tuple[str, str, str], Section]
) -> None:
    missing = [name for name in ("enduniqueopid", "length") if name not in head]
    if missing:
        raise DataError(f"{file}: has no column {', '.join(missing)}; export it with 'End Unique OP ID' and 'Length'")
    for row in rows[1:]:
        cells = dict(zip(head, row + [""] * (len(head) - len(row)), strict=False))
        key = (cells.get("nationallineid", ""), cells["startuniqueopid"], cells["enduniqueopid"])
        section = sections.setdefault(key, Section(*key, cells["length"]))
        track = cells.get("trackuri") or cells.get("trackidentification") or f"track {len(section.tracks) + 1}"
        parameters = section.tracks.setdefault(track, {})
        section.direction[track] = cells.get("normalrunningdirection", "")
        for column, name in _CSV_PARAMETERS.items():
            if cells.get(column):
                parameters.setdefault(name, []).append(cells[column])


def is_xml(file: Path) -> bool:
    """Whether the file begins as XML does."""
    with file.open("rb") as stream:
        head = stream.read(256)
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<") or b"<\x00" in head[:8]
