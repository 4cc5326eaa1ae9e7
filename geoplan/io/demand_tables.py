"""Trips from zone to zone out of the tables that people send: lists of pairs and square matrices, with their zones."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.demand.demand import Demand, build_demand
from geoplan.errors import DataError, MissingExtraError, name_near
from geoplan.io.demand_zones import MAX_ZONES, place_zones, read_zone_file, zones_of_labels
from geoplan.io.files import require_file
from geoplan.io.tables import HIDDEN_CELLS, ZERO_CELLS, name_lines, parse_number, read_cells
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

# Heads of the columns of a list, as people spell them.
HEADS = {
    "origin": ("origin", "from", "o", "orig", "home", "from_zone", "origin_zone", "från", "bostad", "start"),
    "destination": ("destination", "to", "d", "dest", "work", "to_zone", "destination_zone", "till", "arbete", "mål"),
    "trips": ("trips", "trips_vph", "vph", "flow", "volume", "count", "commuters", "demand", "value", "antal", "resor"),
    "class": ("class", "mode", "purpose", "klass", "färdmedel"),
}
TOTALS = frozenset({"total", "totalt", "summa", "sum", "all", "alla"})


class _Trips(NamedTuple):
    """Long table of the file: labels, class, number (NaN where it is not known), its text and line."""

    origin: list[str]
    destination: list[str]
    trip_class: list[str]
    trips: np.ndarray
    text: list[str]
    line: list[int]


def read_demand(
    path: str | os.PathLike[str],
    *,
    zones: str | os.PathLike[str] | gpd.GeoDataFrame | None = None,
    network: Network | None = None,
    sheet: str | None = None,
    class_name: str = "car",
    factor: float = 1.0,
    unknown: Literal["error", "zero"] = "error",
) -> Demand:
    """Trips from zone to zone from CSV, xlsx or Parquet.

    A list has columns origin, destination and trips (or from, to and flow; home, work and commuters; från, till and
    antal ...), and class where there are several; pairs that are not in it have no trips. A square matrix has
    destinations in its first row and origins in its first column. Separator, decimal comma and character set are found;
    labels stay text, so that `0114` does.

    Parameters
    ----------
    zones
        Zones by id: a GeoDataFrame indexed by zone_id, a file (GeoPackage and the like, or CSV with lon and lat), or
        None: then the labels are the zones. Labels may be the names of the zones too.
    network
        Gives zones without `node_id` the nearest node of a road in use, and without `zones` the places of the labels
        (ids or names of nodes). Without it such zones enter at the node of their own id.
    sheet
        Sheet of a workbook; the first one when None.
    class_name
        Class of the trips when the file names none.
    factor
        Trips an hour for each trip of the file, such as 0.1 for a table of trips a day.
    unknown
        What to do with cells that hide their number (`..`, `x`, empty): an error, or no trips. `meta["suppressed"]`
        lists them either way. A dash is a number: none.

    Raises
    ------
    DataError
        Not a list nor a square matrix, labels that are no zones, negative or unreadable numbers, pairs twice: with
        lines.
    """
    file = require_file(path, "demand table")
    if not (np.isfinite(factor) and factor >= 0):
        raise DataError(f"factor is {factor}; give a number of 0 or more")
    trips = _read_trips(file, sheet, class_name)
    labels = list(dict.fromkeys([*trips.origin, *trips.destination]))
    if len(labels) > MAX_ZONES:
        raise DataError(f"{file}: names {len(labels)} zones; a full matrix of more than {MAX_ZONES} is too large")
    table = zones_of_labels(labels, network) if zones is None else _given_zones(zones, network)
    zone_of = _match(file, labels, table)
    suppressed = _suppressed(file, trips, unknown)
    keys = pd.DataFrame({"class": trips.trip_class, "o": [zone_of[x] for x in trips.origin]})
    keys["d"] = [zone_of[x] for x in trips.destination]
    twice = keys.duplicated().to_numpy()
    if twice.any():
        cure = "sum them, or tell them apart by a column 'class'"
        raise DataError(f"{file}: {_lines(trips, twice)} repeat a pair of zones; {cure}")

    matrices: dict[str, pd.DataFrame] = {}
    for name, rows in keys.groupby("class", sort=False):
        values = np.zeros((len(table), len(table)))
        values[rows["o"], rows["d"]] = trips.trips[rows.index] * factor
        matrices[str(name)] = pd.DataFrame(values, index=table.index, columns=table.index)
    meta = {"name": file.stem, "source": file.name, "factor": factor, "suppressed": suppressed}
    return build_demand(table, matrices, meta, unknown=unknown)


def _read_trips(file: Path, sheet: str | None, class_name: str) -> _Trips:
    """The file as a long table, list or matrix, its numbers checked."""
    header, body = _cells(file, sheet)
    columns = _list_columns(header)
    if columns and not _is_square(header, body):
        trips = _of_list(file, header, body, columns, class_name)
    else:
        trips = _of_matrix(file, header, body, class_name)
    for what, wrong in (("below 0", trips.trips < 0), ("infinite", np.isinf(trips.trips))):
        if wrong.any():
            raise DataError(f"{file}: {_lines(trips, wrong)} hold trips that are {what}; correct them")
    return trips


def _suppressed(file: Path, trips: _Trips, unknown: str) -> pd.DataFrame:
    """Pairs whose number the file hides, with the text that stands there."""
    hidden = np.isnan(trips.trips)
    columns = {"origin": trips.origin, "destination": trips.destination, "class": trips.trip_class, "text": trips.text}
    table = pd.DataFrame(columns, dtype="str")[hidden].reset_index(drop=True)
    if hidden.any():
        logger.warning("%s: %d cells hide their number; they are not known, not zero", file.name, len(table))
        if unknown == "error":
            raise DataError(
                f"{file}: {len(table)} cells hide their number (such as {table['text'].iloc[0]!r}) in "
                f"{_lines(trips, hidden)}; fill them, or pass unknown='zero' to go on without their trips"
            )
    return table


def _lines(trips: _Trips, rows: np.ndarray) -> str:
    return name_lines(sorted({trips.line[k] for k in np.flatnonzero(rows)}))


def _cells(file: Path, sheet: str | None) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and numbered rows as text."""
    if file.suffix.lower() == ".parquet":
        try:
            frame = pd.read_parquet(file)
        except ImportError as fault:
            raise MissingExtraError("Parquet needs pyarrow; install it with: pip install 'geoplan[parquet]'") from fault
        except (ValueError, OSError) as fault:
            raise DataError(f"{file}: cannot be read as Parquet; write it again") from fault
        if not isinstance(frame.index, pd.RangeIndex):
            frame = frame.reset_index()
        rows = zip(*(["" if pd.isna(v) else str(v) for v in frame[name]] for name in frame), strict=True)
        return [str(name) for name in frame], [(k, list(row)) for k, row in enumerate(rows, start=1)]
    rows_read = read_cells(file, sheet=sheet)
    if len(rows_read) < 2:
        raise DataError(f"{file}: holds no rows of trips; give a header and rows")
    header = rows_read[0][1]
    return header, rows_read[1:]


def _list_columns(header: Sequence[str]) -> dict[str, int]:
    """Where origin, destination, trips and class stand; empty when this is no list."""
    spelled = [cell.strip().casefold().replace(" ", "_") for cell in header]
    found = {}
    for role, names in HEADS.items():
        there = [name for name in names if name in spelled]
        if there:
            found[role] = spelled.index(there[0])
    return found if {"origin", "destination"} <= found.keys() else {}


def _is_square(header: Sequence[str], body: list[tuple[int, list[str]]]) -> bool:
    """Whether the first row and the first column name the same: zones may be called O and D."""
    return {label for label in header[1:] if label} == {cells[0] for _, cells in body if cells}


def _of_list(
    file: Path, header: Sequence[str], body: list[tuple[int, list[str]]], columns: dict[str, int], class_name: str
) -> _Trips:
    """Trips of a table with a row for each pair."""
    if "trips" not in columns:
        others = [k for k in range(len(header)) if k not in columns.values() and header[k].strip()]
        if len(others) != 1:
            near = name_near("trips", list(header))
            raise DataError(f"{file}: no column 'trips' beside origin and destination; name it so.{near}")
        columns = {**columns, "trips": others[0]}
    width = max(columns.values()) + 1
    rows = [(cells + [""] * width)[:width] for _, cells in body]
    lines = [line for line, _ in body]

    def pick(role: str) -> list[str]:
        return [row[columns[role]] for row in rows]

    blank = [line for line, o, d in zip(lines, pick("origin"), pick("destination"), strict=True) if not (o and d)]
    if blank:
        raise DataError(f"{file}: {name_lines(blank)} have no origin or no destination; fill them in")
    classes = [text or class_name for text in pick("class")] if "class" in columns else [class_name] * len(rows)
    texts = pick("trips")
    return _Trips(pick("origin"), pick("destination"), classes, _numbers(file, texts, lines), texts, lines)


def _of_matrix(file: Path, header: Sequence[str], body: list[tuple[int, list[str]]], class_name: str) -> _Trips:
    """Trips of a square table; rows and columns of totals are left out."""
    across = [label.strip() for label in header[1:]]
    while across and not across[-1]:
        across.pop()
    down = [cells[0] if cells else "" for _, cells in body]
    use_across = [k for k, label in enumerate(across) if label.casefold() not in TOTALS]
    use_down = [k for k, label in enumerate(down) if label.casefold() not in TOTALS]
    rows_only = sorted({down[k] for k in use_down} ^ {across[k] for k in use_across})
    if rows_only or not use_across or len(set(across)) < len(across) or len(set(down)) < len(down):
        told = f" ({', '.join(rows_only[:3])} stand only in rows or only in columns)" if rows_only else ""
        raise DataError(
            f"{file}: is neither a list with columns origin, destination and trips nor a square matrix "
            f"with the same zones in its first row and column{told}; name its columns so"
        )
    origin, destination, texts, lines = [], [], [], []
    for k in use_down:
        line, cells = body[k]
        padded = cells + [""] * (len(across) + 1 - len(cells))
        origin += [down[k]] * len(use_across)
        destination += [across[j] for j in use_across]
        texts += [padded[j + 1] for j in use_across]
        lines += [line] * len(use_across)
    return _Trips(origin, destination, [class_name] * len(texts), _numbers(file, texts, lines), texts, lines)


def _numbers(file: Path, texts: Sequence[str], lines: Sequence[int]) -> np.ndarray:
    """Numbers of cells; NaN where the number is hidden, 0 for a dash."""
    numbers = np.full(len(texts), np.nan)
    wrong: list[int] = []
    for k, text in enumerate(texts):
        sign = text.strip().casefold()
        if sign in HIDDEN_CELLS:
            continue
        if sign in ZERO_CELLS:
            numbers[k] = 0.0
            continue
        try:
            numbers[k] = parse_number(text)
        except ValueError:
            wrong.append(k)
    if wrong:
        named = name_lines(sorted({lines[k] for k in wrong}))
        raise DataError(f"{file}: {named} hold no number of trips but {texts[wrong[0]]!r}; write a plain number, or ..")
    return numbers


def _given_zones(zones: str | os.PathLike[str] | gpd.GeoDataFrame, network: Network | None) -> gpd.GeoDataFrame:
    table = zones if isinstance(zones, gpd.GeoDataFrame) else read_zone_file(zones, network=network)
    return place_zones(table, network)


def _match(file: Path, labels: Sequence[str], zones: gpd.GeoDataFrame) -> dict[str, int]:
    """Position of the zone of each label, by id or else by name."""
    by_id: dict[str, int] = {str(zone): k for k, zone in enumerate(zones.index)}
    lost = [label for label in labels if label not in by_id]
    if not lost:
        return by_id
    if "name" in zones:
        names = zones["name"].astype("str")
        by_name = {name: k for k, name in enumerate(names) if name}
        if names[names != ""].is_unique and all(label in by_name for label in labels):
            return by_name
    known: list[Any] = [*by_id, *zones.get("name", [])]
    shown = ", ".join(lost[:5])
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    near = name_near(lost[0], [str(name) for name in known])
    raise DataError(f"{file}: no zone is called {shown}{more}; correct the labels or add the zones.{near}")
