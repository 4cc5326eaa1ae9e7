"""Commuting tables of Statistics Sweden (PxWeb): JSON-stat 2 and CSV, to a table or to demand by municipality.

Codes stay text (`0114`). A cell that the office does not show (`..`, or null with a status) is not known: it is counted
and told, never zero.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import math
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.demand.demand import Demand, build_demand
from geoplan.errors import DataError, name_near
from geoplan.io.demand_zones import MAX_ZONES, place_zones, read_zone_file, zones_of_labels
from geoplan.io.files import require_file
from geoplan.io.tables import HIDDEN_CELLS, SEPARATORS, SPACES, ZERO_CELLS, name_lines, parse_number
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

_LARGEST_FILE = 2**29  # bytes; the commuting of all pairs of municipalities takes 2 MB
_MOST_CELLS = 50_000_000
_HOME = (
    "bostad",
    "boende",
    "home",
    "residence",
    "bostadskommun",
    "bostadsregion",
    "från",
    "origin",
    "utpendling",
    "natt",
)
_WORK = ("arbet", "work", "arbetsställe", "till", "destination", "inpendling", "dag")
# Heads of columns that hold codes or years, though their cells may be nothing but digits.
_DIMENSIONS = ("kod", "code", "region", "kommun", "år", "year", "kön", "sex", "ålder", "age", "sektor", *_HOME, *_WORK)
_CODE = re.compile(r"^\s*(\d{2}|\d{4}|\d{6,})(?:\s+(\S.*))?$")


def read_pxweb(path: str | os.PathLike[str]) -> pd.DataFrame:
    """A PxWeb table in long form.

    Parameters
    ----------
    path
        JSON-stat 2 (or JSON-stat 1 with one dataset), or CSV in any of PxWeb's forms (text columns first; the last
        dimension may stand in the header).

    Returns
    -------
    One row a cell: a text column for each dimension (codes; `{name}_label` where the file has labels), `value` (NaN
    where it is not known) and `status` (what stands there instead). `.attrs` holds `title`, `source`, `updated` and
    `hidden`, the number of cells that are not shown.

    Raises
    ------
    DataError
        Neither form, damaged or cut off, or claims more cells than it holds.
    """
    file = require_file(path, "PxWeb table")
    if file.stat().st_size > _LARGEST_FILE:
        raise DataError(f"{file}: is larger than {_LARGEST_FILE / 1e6:.0f} MB; choose fewer values in PxWeb")
    with file.open("rb") as stream:
        head = stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    table = _json_stat(file) if head[:1] in (b"{", b"[") else _csv(file)
    hidden = int(table["value"].isna().sum())
    table.attrs["hidden"] = hidden
    if hidden:
        logger.warning("%s: %d of %d cells are not shown; they are not known, not zero", file.name, hidden, len(table))
    return table


def read_pxweb_demand(
    path: str | os.PathLike[str],
    *,
    home: str | None = None,
    work: str | None = None,
    zones: str | os.PathLike[str] | gpd.GeoDataFrame | None = None,
    network: Network | None = None,
    keep: dict[str, str | Sequence[str]] | None = None,
    class_name: str = "car",
    factor: float = 1.0,
    unknown: Literal["error", "zero"] = "error",
) -> Demand:
    """Commuters from municipality to municipality as demand.

    Parameters
    ----------
    home, work
        Dimensions of where people live and work; None finds them by their names.
    zones, network
        As in `read_demand`; zones are known by their codes. Rows whose zone is not among given zones are left out and
        counted in `meta["outside_zones"]` (pairs and commuters).
    keep
        Values to keep of other dimensions, such as `{"år": "2022", "kön": ["1", "2"]}`; several are summed. A dimension
        with several values that is not named here is an error, because a sum would count people twice.
    factor
        Trips an hour for each commuter.
    unknown
        What to do with cells that are not shown: an error, or no trips; `meta["suppressed"]` lists them either way.

    Raises
    ------
    DataError
        Dimensions that are not found or hold several values, negative numbers, codes that are no zones.
    """
    file = require_file(path, "PxWeb table")
    if not (np.isfinite(factor) and factor >= 0):
        raise DataError(f"factor is {factor}; give a number of 0 or more")
    table = read_pxweb(file)
    dimensions = [name for name in table.columns if name not in ("value", "status") and not name.endswith("_label")]
    ends = (_dimension(file, dimensions, home, _HOME, "home"), _dimension(file, dimensions, work, _WORK, "work"))
    if ends[0] == ends[1]:
        raise DataError(f"{file}: home and work are both {ends[0]!r}; name them with home= and work=")
    table = _kept(file, table, [name for name in dimensions if name not in ends], keep or {})
    if (table["value"] < 0).any():
        raise DataError(f"{file}: {int((table['value'] < 0).sum())} cells are below 0; commuters are counted")
    labels = list(dict.fromkeys([*table[ends[0]], *table[ends[1]]]))
    if len(labels) > MAX_ZONES:
        raise DataError(f"{file}: names {len(labels)} regions; a full matrix of more than {MAX_ZONES} is too large")
    given = zones_of_labels(labels, network) if zones is None else _zones(zones, network)
    number = {str(zone): k for k, zone in enumerate(given.index)}
    place = [table[end].map(number) for end in ends]
    inside = (place[0].notna() & place[1].notna()).to_numpy()
    if not inside.any():
        near = name_near(labels[0], list(number))
        raise DataError(
            f"{file}: none of its {len(labels)} regions is a zone (such as {labels[0]!r}); check codes.{near}"
        )
    outside = table[~inside]
    if len(outside):
        logger.warning("%s: %d pairs lie outside the zones and are left out", file.name, len(outside))
    table, o, d = table[inside], place[0][inside].astype(int), place[1][inside].astype(int)
    hidden = table["value"].isna().to_numpy()
    columns = {"origin": table[ends[0]], "destination": table[ends[1]], "class": class_name, "text": table["status"]}
    suppressed = pd.DataFrame(columns)[hidden].reset_index(drop=True)
    if hidden.any() and unknown == "error":
        first = suppressed.iloc[0]
        raise DataError(
            f"{file}: {hidden.sum()} cells are not shown (first: {first['origin']} to {first['destination']}, "
            f"{first['text']!r}); fill them, or pass unknown='zero' to go on without their commuters"
        )
    values = np.zeros((len(given), len(given)))
    np.add.at(values, (o, d), np.nan_to_num(table["value"].to_numpy()) * factor)
    matrix = pd.DataFrame(values, index=given.index, columns=given.index)
    meta = {
        "name": file.stem,
        "source": table.attrs.get("source") or file.name,
        "data_date": table.attrs.get("updated", "")[:10],
        "factor": factor,
        "suppressed": suppressed,
        "outside_zones": {"pairs": len(outside), "commuters": float(outside["value"].sum())},
    }
    if hidden.any():
        meta["unknown_cells"] = {class_name: int(hidden.sum())}
    return build_demand(given, {class_name: matrix}, meta)


def _zones(zones: str | os.PathLike[str] | gpd.GeoDataFrame, network: Network | None) -> gpd.GeoDataFrame:
    table = zones if isinstance(zones, gpd.GeoDataFrame) else read_zone_file(zones, network=network)
    return place_zones(table, network)


def _dimension(file: Path, names: list[str], given: str | None, words: Sequence[str], what: str) -> str:
    if given is not None:
        spelled = {name.casefold(): name for name in names}
        if given.casefold() not in spelled:
            near = name_near(given, names)
            raise DataError(f"{file}: no dimension {given!r}; it has {', '.join(names)}.{near}")
        return spelled[given.casefold()]
    for word in words:
        found = [name for name in names if word in name.casefold()]
        if len(found) == 1:
            return found[0]
    raise DataError(f"{file}: which of {', '.join(names)} is {what}? Say {what}=")


def _kept(file: Path, table: pd.DataFrame, others: list[str], keep: dict[str, str | Sequence[str]]) -> pd.DataFrame:
    """The cells of the values asked for; other dimensions must have one value."""
    attrs = table.attrs
    spelled = {name.casefold(): name for name in others}
    for name, wanted in keep.items():
        if name.casefold() not in spelled:
            raise DataError(f"{file}: keep names {name!r}; it has {', '.join(others)}.{name_near(name, others)}")
        column = spelled[name.casefold()]
        chosen = [wanted] if isinstance(wanted, str) else list(wanted)
        here = set(table[column])
        strange = [value for value in chosen if value not in here]
        if strange:
            near = name_near(str(strange[0]), sorted(here))
            raise DataError(f"{file}: {column} has no value {', '.join(map(repr, strange))}.{near}")
        table = table[table[column].isin(chosen)]
    for column in others:
        values = table[column].unique()
        if len(values) > 1 and column.casefold() not in {name.casefold() for name in keep}:
            shown = ", ".join(map(str, values[:5]))
            raise DataError(
                f"{file}: {column} has {len(values)} values ({shown}); say which with keep={{{column!r}: ...}}"
            )
    table.attrs = attrs
    return table


def _json_stat(file: Path) -> pd.DataFrame:
    try:
        raw = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as fault:
        raise DataError(f"{file}: is no JSON, or cut off ({str(fault)[:80]}); get the table again") from fault
    if isinstance(raw, dict) and "dataset" in raw:
        raw = raw["dataset"]
    try:
        return _cells_of_json(file, raw)
    except (KeyError, TypeError, AttributeError, IndexError, OverflowError) as fault:
        raise DataError(
            f"{file}: is no JSON-stat table ({type(fault).__name__}: {fault}); choose JSON-stat 2"
        ) from fault


def _cells_of_json(file: Path, raw: Any) -> pd.DataFrame:
    """JSON-stat: values in row-major order of the dimensions; missing ones are null or not in the table.

    Source: JSON-stat 2.0 format, https://json-stat.org/full/.
    """
    names = raw.get("id") or raw["dimension"]["id"]
    sizes = [int(size) for size in (raw.get("size") or raw["dimension"]["size"])]
    total = math.prod(sizes)
    if len(names) != len(sizes) or min(sizes, default=0) < 1 or total > _MOST_CELLS:
        raise DataError(f"{file}: claims {total:,} cells in {len(sizes)} dimensions; that is no table of this office")
    columns: dict[str, Any] = {}
    at = np.unravel_index(np.arange(total), sizes)
    for name, size, place in zip(names, sizes, at, strict=True):
        category = raw["dimension"][name]["category"]
        labels = category.get("label") or {}
        index = category.get("index")
        codes = (
            [*labels]
            if index is None
            else sorted(index, key=lambda code: int(index[code]))
            if isinstance(index, dict)
            else index
        )
        if len(codes) != size:
            raise DataError(f"{file}: dimension {name} has {len(codes)} values and claims {size}; get the table again")
        title = str(name)
        columns[title] = np.array([str(code) for code in codes], dtype=object)[place]
        if labels:
            columns[f"{title}_label"] = np.array([str(labels.get(code, "")) for code in codes], dtype=object)[place]
    given, status = raw["value"], raw.get("status") or {}
    if isinstance(given, list) and len(given) != total:
        raise DataError(f"{file}: holds {len(given):,} cells and claims {total:,}; get the table again")
    values = np.full(total, np.nan)
    told = np.full(total, "", dtype=object)
    for k, value in enumerate(given) if isinstance(given, list) else ((int(key), v) for key, v in given.items()):
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            values[k] = value
        elif value is not None:
            told[k] = str(value)
    if isinstance(status, str):
        told[:] = status
    else:
        for k, text in enumerate(status) if isinstance(status, list) else ((int(key), v) for key, v in status.items()):
            told[k] = "" if text is None else str(text)
    # A status of "-" says that the number is nil; without a number, every other status says that it is not shown.
    nil = np.isnan(values) & np.isin(told, list(ZERO_CELLS))
    values[nil] = 0.0
    told[np.isnan(values) & (told == "")] = "null"
    table = pd.DataFrame({**columns, "value": values, "status": told})
    table.attrs.update(
        title=str(raw.get("label", "")), source=str(raw.get("source", "")), updated=str(raw.get("updated", ""))
    )
    return table


def _csv(file: Path) -> pd.DataFrame:
    """PxWeb's CSV: text columns first, then one column of numbers for each value of the last dimension."""
    rows = _rows(file)
    start = next((k for k, (_, cells) in enumerate(rows) if len([c for c in cells if c]) > 1), None)
    if start is None or len(rows) < start + 2:
        raise DataError(f"{file}: holds no table; download it from PxWeb as CSV with a heading")
    title = rows[0][1][0] if start else ""
    header, body = rows[start][1], rows[start + 1 :]
    wide = len(header)
    full = [(line, cells) for line, cells in body if len([c for c in cells if c]) > 1]
    notes = len(body) - len(full)
    first = _first_value_column(header, [cells for _, cells in full])
    if not full or first in (0, wide):
        raise DataError(
            f"{file}: has no text columns followed by columns of numbers; choose 'comma separated' in PxWeb"
        )
    short = [line for line, cells in full if len(cells) < wide]
    if short:
        raise DataError(f"{file}: {name_lines(short)} are shorter than the heading; get the table again")
    lines = len(full)
    columns: dict[str, Any] = {}
    for k in range(first):
        cells = [row[k] for _, row in full]
        found = [_CODE.match(cell) for cell in cells]
        coded = all(found) and any(match and match[2] for match in found)
        columns[header[k]] = [match[1] for match in found if match] if coded else cells
        if coded:
            columns[f"{header[k]}_label"] = [match[2] or "" for match in found if match]
    parts = []
    for k in range(first, wide):
        values, status = np.full(lines, np.nan), np.full(lines, "", dtype=object)
        for n, (_, row) in enumerate(full):
            values[n], status[n] = _cell(row[k])
        part = pd.DataFrame({**columns, "contents": header[k], "value": values, "status": status})
        parts.append(part if wide - first > 1 else part.drop(columns="contents"))
    table = pd.concat(parts, ignore_index=True)
    table.attrs.update(title=title, source="", updated="")
    if notes:
        logger.info("%s: %d lines of notes", file.name, notes)
    return table


def _rows(file: Path) -> list[tuple[int, list[str]]]:
    """Rows of text as (line, cells). The title above the table has commas of its own, so every line votes.

    The separator is the one that cuts most lines into the same number of cells, more than one.
    """
    data = file.read_bytes()
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{file}: is no text (it holds zero bytes); download it from PxWeb as CSV or JSON-stat 2")
    text = ""
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    best: tuple[int, int, list[tuple[int, list[str]]]] = (0, 0, [])
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = []
        try:
            for cells in reader:
                trimmed = [cell.strip(f" \t\r\n{SPACES}") for cell in cells]
                if any(trimmed):
                    rows.append((reader.line_num, trimmed))
        except csv.Error as fault:
            raise DataError(f"{file}: line {reader.line_num} cannot be read ({fault}); check its quotes") from fault
        width, votes = (
            Counter(len(cells) for _, cells in rows if len(cells) > 1).most_common(1)[0]
            if any(len(cells) > 1 for _, cells in rows)
            else (0, 0)
        )
        best = max(best, (votes, width, rows), key=lambda one: one[:2])
    return best[2]


def _first_value_column(header: list[str], rows: list[list[str]]) -> int:
    """Where the numbers begin: behind the last column that holds text, and behind codes and years that are digits."""
    wide = len(header)
    numeric = [all(_is_value(row[k]) for row in rows if k < len(row)) for k in range(wide)]
    first = max((k + 1 for k in range(wide) if not numeric[k]), default=0)
    while first < wide - 1:
        named = any(word in header[first].casefold() for word in _DIMENSIONS)
        if not named and not any(re.fullmatch(r"0\d+", row[first]) for row in rows if first < len(row)):
            break
        first += 1
    return first


def _is_value(cell: str) -> bool:
    return cell in ZERO_CELLS or cell.casefold() in HIDDEN_CELLS or not np.isnan(_cell(cell)[0])


def _cell(text: str) -> tuple[float, str]:
    """Number and status of a cell."""
    if text in ZERO_CELLS:
        return 0.0, text
    if text.casefold() in HIDDEN_CELLS:
        return np.nan, text or "empty"
    try:
        return parse_number(text), ""
    except ValueError:
        return np.nan, text
