"""Fill what is not known from a documented table, and say how much was filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, name_rows
from geoplan.network.alternating import fill_alternating
from geoplan.network.network import Network
from geoplan.network.schema import LIMITS

FILLED = ("speed_kmh", "lanes", "capacity_vph")
SHOWN = (*LIMITS, "speed_kmh", "lanes", "capacity_vph", "grade_pct", "aadt", "width_m", "tracks")
SHOWN_TEXT = ("bk_class", "electrified", "loading_gauge", "line_category")

_OSRM = "OSRM car profile (profiles/car.lua): usual speed of the class where no limit is tagged"
_TRF = "Trafikförordningen 1998:1276 3 kap. 17 §: 70 km/h outside and 50 km/h inside built-up areas"
_HCM = "Highway Capacity Manual 2010"
_HCM_FREEWAY = f"{_HCM} ch. 11: about 2,250-2,400 cars/h and lane on freeways, rounded down for lorries"
_HCM_MULTI = f"{_HCM} ch. 14: about 1,900-2,200 cars/h and lane on multilane highways"
_HCM_TWO = f"{_HCM} ch. 15: 1,700 cars/h in one direction of a two-lane highway"
_SIGNAL = f"{_HCM} ch. 18: saturation flow of about 1,900 cars/h and lane, green half of the time"
_LOCAL = "a planner's judgement: access streets are bounded by their junctions; replace by counts"


@dataclass(frozen=True, slots=True)
class _Default:
    """Defaults of one class: the speed, lanes and capacity of a lane, each with its source."""

    mode: str
    road_class: str
    speed_kmh: float
    speed_source: str
    lanes: float
    lane_capacity_vph: float
    capacity_source: str


# The row with an empty class is for every class of the mode that has none of its own.
_DEFAULTS = (
    _Default("road", "motorway", 90, _OSRM, 2, 2000, _HCM_FREEWAY),
    _Default("road", "motorway_link", 45, _OSRM, 1, 1500, _HCM_FREEWAY),
    _Default("road", "trunk", 85, _OSRM, 1, 1700, _HCM_TWO),
    _Default("road", "trunk_link", 40, _OSRM, 1, 1500, _HCM_MULTI),
    _Default("road", "primary", 65, _OSRM, 1, 1700, _HCM_TWO),
    _Default("road", "primary_link", 30, _OSRM, 1, 950, _SIGNAL),
    _Default("road", "secondary", 55, _OSRM, 1, 950, _SIGNAL),
    _Default("road", "secondary_link", 25, _OSRM, 1, 950, _SIGNAL),
    _Default("road", "tertiary", 40, _OSRM, 1, 800, _LOCAL),
    _Default("road", "tertiary_link", 20, _OSRM, 1, 800, _LOCAL),
    _Default("road", "unclassified", 25, _OSRM, 1, 600, _LOCAL),
    _Default("road", "residential", 25, _OSRM, 1, 600, _LOCAL),
    _Default("road", "living_street", 10, _OSRM, 1, 300, _LOCAL),
    _Default("road", "service", 15, _OSRM, 1, 300, _LOCAL),
    _Default("road", "track", 15, "as service: a forest or field road of gravel", 1, 150, _LOCAL),
    _Default("road", "ferry", 15, "a planner's judgement: 8 knots; use the timetable", 1, 100, _LOCAL),
    _Default("road", "national", 70, _TRF, 1, 1700, _HCM_TWO),
    _Default("road", "regional", 70, _TRF, 1, 1700, _HCM_TWO),
    _Default("road", "local", 50, _TRF, 1, 800, _LOCAL),
    _Default("road", "", 50, _TRF, 1, 800, _LOCAL),
    _Default(
        "rail",
        "",
        80,
        "a planner's judgement: freight train on a line of unknown speed; use the line book",
        np.nan,
        np.nan,
        "",
    ),
    _Default("sea", "", 18.5, "a planner's judgement: 10 knots, coastal freight", np.nan, np.nan, ""),
)


def default_table() -> pd.DataFrame:
    """The defaults by `mode` and `road_class`: speed_kmh, lanes (one direction), lane_capacity_vph, and sources.

    Change values and hand the table to `fill_defaults`. An empty class stands for every class without a row.
    """
    names = list(_Default.__dataclass_fields__)
    return pd.DataFrame([[getattr(row, name) for name in names] for row in _DEFAULTS], columns=names)


def fill_defaults(network: Network, *, table: pd.DataFrame | None = None, columns: Sequence[str] = FILLED) -> Network:
    """Fill unknown speeds, lanes and capacities by mode and class; known values stay as they are.

    Alternating links get theirs, and their wait, from `fill_alternating`.

    Parameters
    ----------
    table
        Defaults in the columns of `default_table()`; those when None.
    columns
        Which of speed_kmh (km/h), lanes and capacity_vph (cars/h), both of one direction, to fill.

    Returns
    -------
    A network whose filled rows name the column in `assumed`. The capacity of an edge is lanes times the capacity
    of a lane, and counts as assumed.

    Raises
    ------
    DataError
        A column that is none of the three, or a table without the columns it needs or with a class twice.
    """
    return network.replace(edges=fill_edges(network.edges, table=table, columns=columns))


def fill_edges(
    edges: gpd.GeoDataFrame, *, table: pd.DataFrame | None = None, columns: Sequence[str] = FILLED
) -> gpd.GeoDataFrame:
    """`fill_defaults` for an edge table that is not yet a network."""
    unknown = [column for column in columns if column not in FILLED]
    if unknown:
        raise DataError(f"columns: {', '.join(unknown)} cannot be filled; choose of {', '.join(FILLED)}")
    if "capacity_vph" in columns:
        edges = fill_alternating(edges)
    rows = _rows_of_table(default_table() if table is None else _checked(table), edges)
    filled: dict[str, Any] = {}
    marks = np.zeros(len(edges), dtype=np.int64)  # a bit for each column filled
    lanes = _values(edges, "lanes")
    for bit, column in enumerate(FILLED):
        if column not in columns:
            continue
        values = _values(edges, column)
        if column == "capacity_vph":
            default = rows("lane_capacity_vph") * np.where(np.isnan(lanes), rows("lanes"), lanes)
        else:
            default = rows(column)
        missing = np.isnan(values) & ~np.isnan(default)
        filled[column] = np.where(missing, default, values)
        marks |= missing.astype(np.int64) << bit
        if column == "lanes":
            lanes = filled[column]
    return edges.assign(**filled, assumed=_marked(edges, marks))


def describe_share(network: Network) -> pd.DataFrame:
    """How much of each attribute is known, by length.

    Returns
    -------
    One row a mode and attribute: `mode, attribute, length_km, known_pct, assumed_pct, unknown_pct`; the three
    shares add up to 100. Lengths count every direction.
    """
    edges = network.edges
    length = edges["length_m"].to_numpy()
    assumed = edges["assumed"].to_numpy(dtype=object)
    names = pd.Series(assumed).unique()
    rows = []
    attributes = [(name, edges[name].notna().to_numpy()) for name in SHOWN]
    attributes += [(name, (edges[name] != "").to_numpy(dtype=bool)) for name in SHOWN_TEXT]
    modes = edges["mode"].to_numpy(dtype=object)
    for name, known in attributes:
        guess = known & np.isin(assumed, [text for text in names if name in text.split(",")])
        for mode in pd.unique(modes):
            here = modes == mode
            total = float(length[here].sum())
            shares = [_share(length, here & mask, total) for mask in (known & ~guess, guess, ~known)]
            rows.append((mode, name, total / 1000.0, *shares))
    return pd.DataFrame(rows, columns=["mode", "attribute", "length_km", "known_pct", "assumed_pct", "unknown_pct"])


def _share(length: NDArray[np.float64], mask: NDArray[np.bool_], total: float) -> float:
    return 100.0 * float(length[mask].sum()) / total if total > 0.0 else 0.0


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    """The table of the caller, when it has what is needed."""
    needed = ("mode", "road_class", "speed_kmh", "lanes", "lane_capacity_vph")
    missing = [column for column in needed if column not in table]
    if missing:
        raise DataError(f"table of defaults: column {', '.join(missing)} is missing; start from default_table()")
    twice = table.duplicated(["mode", "road_class"])
    if twice.any():
        rows = name_rows(table.index[twice].to_list())
        raise DataError(f"table of defaults: {rows} repeat a mode and class; keep one row each")
    return table


def _rows_of_table(table: pd.DataFrame, edges: gpd.GeoDataFrame) -> Callable[[str], NDArray[np.float64]]:
    """A function: the default of a column for each edge, by mode and class, else by mode; NaN where there is none."""
    keyed = table.set_index(["mode", "road_class"])
    mode, modes = pd.factorize(edges["mode"])
    code, classes = pd.factorize(edges["road_class"]) if "road_class" in edges else (np.zeros(len(edges), int), [""])
    place = np.array([_row_of(keyed.index, a, b) for a in modes for b in classes], dtype=np.int64)
    row = place[mode * len(classes) + code] if len(edges) else place[:0]

    def values(column: str) -> NDArray[np.float64]:
        return np.append(keyed[column].to_numpy(dtype=float), np.nan)[row]

    return values


def _row_of(index: pd.Index, mode: str, road_class: str) -> int:
    """Row of a mode and class, else of the mode, else -1."""
    found = index.get_indexer(pd.MultiIndex.from_tuples([(mode, road_class), (mode, "")]))
    return int(found[0] if found[0] >= 0 else found[1])


def _values(edges: gpd.GeoDataFrame, column: str) -> NDArray[np.float64]:
    return edges[column].to_numpy(dtype=float) if column in edges else np.full(len(edges), np.nan)


def _marked(edges: gpd.GeoDataFrame, marks: NDArray[np.int64]) -> pd.api.extensions.ExtensionArray:
    """The `assumed` column with the names of filled columns added, parted by commas."""
    old, texts = pd.factorize(edges["assumed"]) if "assumed" in edges else (np.zeros(len(edges), int), [""])
    longer = []
    for text in texts:
        for mark in range(2 ** len(FILLED)):
            added = [name for bit, name in enumerate(FILLED) if mark >> bit & 1]
            longer.append(",".join([text, *added] if text else added))
    codes = old * 2 ** len(FILLED) + marks
    return pd.array(longer or [""], dtype="str").take(codes)
