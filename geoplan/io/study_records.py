"""What a study has beside its network: zones, trains, stations, loads and sources."""

from __future__ import annotations

import logging
import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from geoplan.errors import DataError, name_near, name_rows
from geoplan.io.study_columns import (
    LOAD_COLUMNS,
    MUNICIPALITY_COLUMNS,
    OBSERVED_COLUMNS,
    SOURCE_COLUMNS,
    STATION_COLUMNS,
    TRAIN_COLUMNS,
    ZONE_COLUMNS,
)
from geoplan.io.study_geometry import points_in_metres
from geoplan.io.tables import name_lines, read_table, split_list
from geoplan.network.network import Network, node_names
from geoplan.vehicles.load import Load

log = logging.getLogger(__name__)

CODE_DIGITS = 4  # of a Swedish municipality code; programs that take it for a number drop the leading zero


def read_zones(
    path: str | os.PathLike[str], *, crs: str | CRS = "EPSG:3006", network: Network | None = None
) -> gpd.GeoDataFrame:
    """Zones as `geoplan.demand` takes them: by zone_id, points in `crs`, `assumed` from the basis columns.

    With a network, a zone without node_id gets the nearest road node, and every node_id must be in it.

    Raises
    ------
    DataError
        Duplicate ids, lon and lat swapped, a node that does not exist: with file and lines.
    """
    file, crs = Path(path), CRS.from_user_input(crs)
    table = read_table(file, ZONE_COLUMNS)
    faults: list[str] = []
    points = points_in_metres(table, crs, faults, file.name)
    faults += _twice(table, "zone_id", file.name)
    if faults:
        raise DataError("; ".join(faults))
    table["municipality_code"] = _codes(table["municipality_code"], file.name)
    basis = {"employed_residents": table["employed_basis"], "jobs": table["jobs_basis"]}
    marks = [",".join(name for name, values in basis.items() if values.loc[line] == "assumed") for line in table.index]
    lines = table.index
    zones = gpd.GeoDataFrame(
        table.drop(columns=["lon", "lat"]).assign(assumed=pd.array(marks, dtype="str")).set_index("zone_id"),
        geometry=points.to_numpy(),
        crs=crs,
    )
    return zones if network is None else _on_network(zones, network, lines, file.name)


def read_municipalities(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Names and net commuting, indexed by the four digits of the municipality code as text."""
    table = read_table(path, MUNICIPALITY_COLUMNS)
    table["municipality_code"] = _codes(table["municipality_code"], Path(path).name)
    return _keyed(table, "municipality_code", path)


def read_observed(path: str | os.PathLike[str], zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Commuters counted from zone to zone, NaN where nobody counted; zones as index and columns.

    Raises DataError for a pair that stands twice or a zone that does not exist.
    """
    file = Path(path)
    table = read_table(file, OBSERVED_COLUMNS)
    faults = []
    for side in ("origin", "destination"):
        lost = table.loc[~table[side].isin(zones.index), side]
        if len(lost):
            near = name_near(str(lost.iloc[0]), [str(zone) for zone in zones.index])
            lines = name_lines(lost.index.to_list())
            faults.append(f"{file}: column {side}: {lines} name no zone ({lost.iloc[0]!r}); correct it.{near}")
    twice = table.index[table.duplicated(["origin", "destination"])].to_list()
    if twice:
        faults.append(f"{file}: {name_lines(twice)} repeat a pair of zones; keep one row each")
    if faults:
        raise DataError("; ".join(faults))
    counts = np.full((len(zones), len(zones)), np.nan)
    rows, columns = (zones.index.get_indexer(table[side]) for side in ("origin", "destination"))
    counts[rows, columns] = table["commuters"]
    return pd.DataFrame(counts, index=zones.index, columns=zones.index)


def read_trains(path: str | os.PathLike[str], *, network: Network | None = None) -> pd.DataFrame:
    """Services by service_id: ends, trains a day and direction, minutes; `scenario` when not today.

    With a network the ends may be names of nodes, and must be in it; those of a scenario may come with its edits.
    """
    table = read_table(path, TRAIN_COLUMNS)
    if network is not None:
        table = _with_nodes(table, ("from_node", "to_node"), network, path, optional=table["scenario"] != "")
    return _keyed(table, "service_id", path)


def read_stations(path: str | os.PathLike[str], *, network: Network | None = None) -> pd.DataFrame:
    """Places along the lines in order, with what is known of their loops; an empty loop is not known.

    With a network node_id may be the name of a node, and must be in it.
    """
    table = read_table(path, STATION_COLUMNS)
    if network is not None:
        table = _with_nodes(table, ("node_id",), network, path, optional=table["node_id"] == "")
    return table.reset_index(drop=True)


def read_loads(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Loads and transports that took place, by load_id."""
    return _keyed(read_table(path, LOAD_COLUMNS), "load_id", path)


def complete_loads(table: pd.DataFrame) -> dict[str, Load]:
    """A `Load` for each row whose weight and size are all known; the others stay in the table only."""
    whole = table[["weight_t", "length_m", "width_m", "height_m"]].notna().all(axis=1)
    sizes = table.loc[whole, ["weight_t", "length_m", "width_m", "height_m"]].to_numpy()
    return {
        str(key): Load(name or str(key), *(float(value) for value in row))
        for key, name, row in zip(table.index[whole], table.loc[whole, "name"], sizes, strict=True)
    }


def read_sources(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Title, address, year, licence and confidence of each source, by key."""
    return _keyed(read_table(path, SOURCE_COLUMNS), "key", path)


def unknown_sources(sources: pd.DataFrame, tables: Mapping[str, Sequence[str] | pd.Series]) -> dict[str, list[str]]:
    """Keys named in columns `source` that the table of sources does not have, by table."""
    lost = {}
    for name, values in tables.items():
        keys = {key for cell in values for key in split_list(str(cell))}
        if missing := sorted(keys - set(sources.index)):
            lost[name] = missing
    return lost


def _with_nodes(
    table: pd.DataFrame, columns: Sequence[str], network: Network, path: str | os.PathLike[str], *, optional: pd.Series
) -> pd.DataFrame:
    """The table with ids where its cells name nodes by id or name; `optional` rows may name what is not there (yet)."""
    known = _nodes_by_text(network)
    faults = []
    for column in columns:
        found = table[column].map(lambda text: known.get(text, known.get(text.casefold())))
        lost = table.index[found.isna() & ~optional]
        if len(lost):
            first = str(table.loc[lost[0], column])
            faults.append(
                f"{path}: column {column}: {name_lines(lost.to_list())}: no node is called {first!r}; write the "
                f"id or the name of one.{name_near(first, list(known))}"
            )
        table = table.assign(**{column: found.astype("str").where(found.notna(), table[column])})
    if faults:
        raise DataError("; ".join(faults))
    return table


def _nodes_by_text(network: Network) -> dict[str, Hashable]:
    """Node ids by their own text, by their name and by the name in small letters; ids come before names."""
    names = node_names(network)
    return (
        {name.casefold(): key for name, key in names.items()} | names | {str(key): key for key in network.nodes.index}
    )


def _keyed(table: pd.DataFrame, key: str, path: str | os.PathLike[str]) -> pd.DataFrame:
    faults = _twice(table, key, Path(path).name)
    if faults:
        raise DataError("; ".join(faults))
    return table.set_index(key)


def _twice(table: pd.DataFrame, key: str, file: str) -> list[str]:
    twice = table.index[table[key].duplicated(keep=False)]
    if twice.empty:
        return []
    lines = name_lines(twice.to_list())
    return [f"{file}: duplicate {key} {table.loc[twice[0], key]!r}: {lines}; give each its own"]


def _codes(codes: pd.Series, file: str) -> pd.Series:
    """Municipality codes with the leading zero that spreadsheets drop."""
    short = (codes.str.len() == CODE_DIGITS - 1) & codes.str.isdigit()
    if short.any():
        log.info("%s: %s have a municipality code of three digits; a zero is put before it", file, short.sum())
    return codes.where(~short, "0" + codes)


def _on_network(zones: gpd.GeoDataFrame, network: Network, lines: pd.Index, file: str) -> gpd.GeoDataFrame:
    """Every zone with a node of the network: its own, or the nearest one that roads meet in."""
    nodes, known = network.nodes, _nodes_by_text(network)
    given = (zones["node_id"] != "").to_numpy()
    found = zones["node_id"].map(lambda text: known.get(text, known.get(text.casefold()))).astype(object)
    lost = given & found.isna().to_numpy()
    if lost.any():
        first = zones.loc[lost, "node_id"].iloc[0]
        raise DataError(
            f"{file}: column node_id: {name_lines(lines[lost].to_list())} name a node that does not exist "
            f"({first!r}); correct it, or leave it empty for the nearest road node.{name_near(first, list(known))}"
        )
    zones = zones.assign(node_id=found.to_numpy())
    if given.all():
        return zones
    roads = network.edges[(network.edges["mode"] == "road") & (network.edges["status"] == "")]
    ends = pd.concat([roads["u"], roads["v"]]).unique()
    if len(ends) == 0:
        raise DataError(f"{file}: the network has no road for zones to join; add roads, or set node_id")
    x, y = nodes.geometry.x[ends].to_numpy(), nodes.geometry.y[ends].to_numpy()
    place = zones.geometry[~given]
    distance = np.hypot(place.x.to_numpy()[:, None] - x, place.y.to_numpy()[:, None] - y)
    nearest = distance.argmin(axis=1)
    log.info("%s: %s joined to the nearest road node", file, name_rows(zones.index[~given].to_list()))
    node_id = zones["node_id"].copy()
    node_id[~given] = ends[nearest]
    return zones.assign(node_id=node_id.to_numpy())
