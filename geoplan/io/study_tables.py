"""The network of a study from its tables: nodes, one table of ways for each mode, structures."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geoplan.errors import DataError, name_near, name_rows
from geoplan.io.osm_place import centre_of, country_of
from geoplan.io.study_columns import NODE_COLUMNS, STRUCTURE_COLUMNS, WAY_COLUMNS
from geoplan.io.study_geometry import length_faults, lines_in_metres, points_in_metres
from geoplan.io.tables import name_lines, read_table, split_list
from geoplan.network.alternating import fill_alternating
from geoplan.network.join import split_by_mode
from geoplan.network.network import Network, build_network
from geoplan.network.schema import EDGES

log = logging.getLogger(__name__)

WAY_TABLES = {"road": "roads.csv", "rail": "railways.csv", "sea": "sea.csv"}
_EDGE_COLUMNS = {column.name: column for column in EDGES}


@dataclass(frozen=True)
class Assumption:
    """A value for every edge of a mode whose own is not known; the edges so filled say it in `assumed`."""

    mode: str
    column: str
    value: float | str
    road_class: str = ""
    line: str = ""


def read_study_network(
    folder: str | os.PathLike[str],
    *,
    nodes: str = "nodes.csv",
    ways: Mapping[str, str] | None = None,
    structures: str | None = "structures.csv",
    crs: str | CRS = "EPSG:3006",
    assume: Iterable[Assumption] = (),
    meta: Mapping[str, Any] | None = None,
) -> Network:
    """The network of a study folder, its modes joined at the nodes they share.

    Each row of a table of ways becomes the edges `{way_id}:f` and `{way_id}:b`. What the tables leave empty
    stays not known, but for the columns of `assume`. Where road, rail and sea share a node, it becomes a hub
    with transfers (`split_by_mode`).

    Parameters
    ----------
    folder
        Folder of the tables; names of tables are relative to it.
    ways
        Table of ways for each mode; `WAY_TABLES` when None.
    structures
        None when the study has none.
    crs
        Projected coordinate system in metres of the network; the tables hold lon, lat.
    meta
        Kept as `network.meta`, with the country whose `rules` speak: SE, or none outside Sweden.

    Raises
    ------
    DataError
        Every fault of every table at once: file, column, lines and the cure.
    """
    folder, crs = Path(folder), CRS.from_user_input(crs)
    faults: list[str] = []
    node_file = folder / nodes
    node_table = _read(node_file, NODE_COLUMNS, faults)
    way_files = {mode: folder / name for mode, name in (ways or WAY_TABLES).items()}
    way_tables = {mode: _read(file, WAY_COLUMNS, faults) for mode, file in way_files.items()}
    structure_table = _read(folder / structures, STRUCTURE_COLUMNS, faults) if structures else None
    if faults or node_table is None:
        raise DataError("; ".join(faults))

    points = points_in_metres(node_table, crs, faults, node_file.name)
    _id_faults({node_file.name: node_table}, "node_id", faults)
    named = {way_files[mode].name: table for mode, table in way_tables.items() if table is not None}
    _id_faults(named, "way_id", faults)
    place = pd.Series(points.to_numpy(), index=node_table["node_id"].to_numpy())
    edges = [
        _edges(table, mode, place, crs, faults, way_files[mode].name)
        for mode, table in way_tables.items()
        if table is not None
    ]
    if faults:
        raise DataError("; ".join(faults))
    edge_table = _filled(fill_alternating(pd.concat(edges)), assume)
    country = country_of(*centre_of(node_table["lon"].to_numpy(), node_table["lat"].to_numpy()))
    told = {"rules": country or "none", **(meta or {})}
    return _assembled(_node_frame(node_table, points), edge_table, structure_table, structures or "", crs, told)


def _read(file: Path, columns: Any, faults: list[str]) -> pd.DataFrame | None:
    try:
        return read_table(file, columns)
    except DataError as fault:
        faults.append(str(fault))
        return None


def _id_faults(tables: Mapping[str, pd.DataFrame], column: str, faults: list[str]) -> None:
    """Ids that stand twice, in one table or in two of one kind."""
    ids = pd.concat([table[column] for table in tables.values()])
    twice = ids[ids.duplicated(keep=False)].drop_duplicates().to_list()
    if not twice:
        return
    places = [
        f"{file} line {line}" for file, table in tables.items() for line in table.index[table[column] == twice[0]]
    ]
    faults.append(
        f"duplicate {column}: {name_rows(twice)}; {twice[0]} stands in {', '.join(places)}; give each its own id"
    )


def _node_frame(table: pd.DataFrame, points: gpd.GeoSeries) -> gpd.GeoDataFrame:
    names = table.loc[table["name"] != "", "name"]
    twice = names[names.duplicated()].unique().tolist()
    if twice:
        log.warning("nodes: %s stand for several nodes; the first is taken when one is named", name_rows(twice))
    plain = table.drop(columns=["lon", "lat"]).set_index("node_id")
    return gpd.GeoDataFrame(plain, geometry=points.to_numpy(), crs=points.crs)


def _edges(table: pd.DataFrame, mode: str, place: pd.Series, crs: CRS, faults: list[str], file: str) -> pd.DataFrame:
    """Edges of the ways of one table; nothing when something is wrong with them."""
    new = _reference_faults(table, place)
    if not new and place.index.is_unique:
        start, end = (gpd.GeoSeries(place.loc[table[name]].to_numpy(), crs=crs) for name in ("from_node", "to_node"))
        lines = lines_in_metres(table, (start, end), crs, new, file)
        new += [f"{file}: {fault}" for fault in length_faults(table, (start, end))]
        if not new:
            return _both_directions(table, mode, lines)
    faults += [fault if fault.startswith(file) else f"{file}: {fault}" for fault in new]
    return pd.DataFrame()


def _reference_faults(table: pd.DataFrame, place: pd.Series) -> list[str]:
    """Nodes that do not exist, and names in `assumed` that are no columns."""
    faults = []
    for end in ("from_node", "to_node"):
        lost = table.loc[~table[end].isin(place.index), end]
        if len(lost):
            near = name_near(str(lost.iloc[0]), [str(name) for name in place.index])
            faults.append(
                f"column {end}: {name_lines(lost.index.to_list())} name a node that does not exist "
                f"({lost.iloc[0]!r}); add it to the nodes or correct the id.{near}"
            )
    for line, text in table["assumed"].items():
        strange = [name for name in map(str.strip, text.split(",")) if name and name not in _EDGE_COLUMNS]
        if strange:
            near = name_near(strange[0], list(_EDGE_COLUMNS))
            faults.append(f"column assumed: line {line} names {strange[0]!r}, which is no column of an edge.{near}")
    return faults


def _both_directions(table: pd.DataFrame, mode: str, lines: gpd.GeoSeries) -> pd.DataFrame:
    """Each way as `{way_id}:f` and, unless it is one-way, `{way_id}:b`, one after the other."""
    drawn = table["length_m"].isna()
    forward = table.drop(columns=["geometry", "oneway"]).rename(columns={"from_node": "u", "to_node": "v"})
    forward["mode"] = mode
    forward["geometry"] = lines.to_numpy()
    forward["length_m"] = table["length_m"].where(~drawn, lines.length)
    forward["assumed"] = _added(forward["assumed"], drawn, "length_m")
    # A table of ways counts both directions together; a 2+1 road has 1.5 lanes a direction on average.
    one_way = table["oneway"] == "yes"
    share = np.where(one_way, 1.0, 0.5)
    forward["lanes"] = forward.pop("lanes_both") * share
    forward["aadt"] = forward.pop("aadt_both") * share
    backward = forward.rename(columns={"u": "v", "v": "u"})
    backward["geometry"] = shapely.reverse(forward["geometry"].to_numpy())
    backward["grade_pct"] = -forward["grade_pct"]
    forward["edge_id"], backward["edge_id"] = forward["way_id"] + ":f", backward["way_id"] + ":b"
    both = pd.concat([forward, backward[~one_way]]).sort_index(kind="stable")
    return both.set_index("edge_id")


def _added(assumed: pd.Series, where: pd.Series, column: str) -> pd.Series:
    """The column `assumed` with one more name in the rows of `where`."""
    names = assumed.str.replace(" ", "")
    return names.where(~where, (names + "," + column).str.strip(","))


def _filled(edges: pd.DataFrame, assume: Iterable[Assumption]) -> pd.DataFrame:
    """Unknown values filled where the study says with what; the first rule that fits a row counts."""
    for rule in assume:
        column = _EDGE_COLUMNS.get(rule.column)
        if column is None or rule.column not in edges:
            raise DataError(
                f"assume: {rule.column} is no column of an edge.{name_near(rule.column, list(_EDGE_COLUMNS))}"
            )
        is_number = column.kind == "float"
        if is_number == isinstance(rule.value, str):
            raise DataError(f"assume: {rule.column} takes {'a number' if is_number else 'text'}, not {rule.value!r}")
        where = (edges["mode"] == rule.mode) & (edges[rule.column].isna() if is_number else edges[rule.column] == "")
        for name in ("road_class", "line"):
            if getattr(rule, name):
                where &= edges[name] == getattr(rule, name)
        edges[rule.column] = edges[rule.column].where(~where, rule.value)
        edges["assumed"] = _added(edges["assumed"], where, rule.column)
        log.info("assume: %s = %s on %d edges of mode %s", rule.column, rule.value, where.sum(), rule.mode)
    return edges


def _assembled(
    nodes: gpd.GeoDataFrame,
    edges: pd.DataFrame,
    structures: pd.DataFrame | None,
    file: str,
    crs: CRS,
    meta: dict[str, Any],
) -> Network:
    """The network with its hubs, then the structures: some stand at a hand-over, which the hubs bring."""
    frame = gpd.GeoDataFrame(edges, geometry="geometry", crs=crs)
    network = split_by_mode(build_network(nodes, frame, meta=meta))
    network = _names_of_hubs(network.replace(nodes=_without_gaps(network.nodes), edges=_without_gaps(network.edges)))
    unused = nodes.index[~nodes.index.isin(pd.concat([edges["u"], edges["v"]]))]
    if len(unused):
        log.warning("nodes: %s are on no way", name_rows(unused.to_list()))
    if structures is None:
        return network
    faults: list[str] = []
    points = points_in_metres(structures, crs, faults, file)
    _id_faults({file: structures}, "structure_id", faults)
    relations = _relations(structures, network, faults, file)
    if faults:
        raise DataError("; ".join(faults))
    plain = structures.drop(columns=["lon", "lat", "carries", "over"]).set_index("structure_id")
    table = gpd.GeoDataFrame(plain, geometry=points.to_numpy(), crs=crs)
    # The crane of a terminal is told once: by the structure, whose limit a scenario can raise.
    cranes = plain.index[(plain["at_node"] != "") & plain["max_load_t"].notna()]
    lifted = network.edges.index.isin(relations.loc[relations["structure_id"].isin(cranes), "edge_id"])
    edges = network.edges.assign(max_load_t=network.edges["max_load_t"].mask(lifted))
    return network.replace(edges=edges, structures=table, structure_edges=relations)


def _without_gaps(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Text columns of the study's own without holes: the rows that a join adds have none of them."""
    texts = [name for name in table.columns if table[name].dtype in (object, "str") and name != "geometry"]
    return table.assign(**{name: table[name].fillna("").astype("str") for name in texts})


def _names_of_hubs(network: Network) -> Network:
    """Names in other languages as `split_by_mode` leaves `name`: the hub keeps its own, its transfers take it."""
    nodes, edges = network.nodes, network.edges
    transfer = edges["mode"] == "transfer"
    for column in [name for name in nodes.columns if name.startswith("name_") and name in edges]:
        own = nodes[column].mask(nodes["mode"] != "", "")
        nodes = nodes.assign(**{column: own})
        edges = edges.assign(**{column: edges[column].mask(transfer, edges["u"].map(own) + edges["v"].map(own))})
    return network.replace(nodes=nodes, edges=edges)


def _relations(structures: pd.DataFrame, network: Network, faults: list[str], file: str) -> pd.DataFrame:
    """structure_id, edge_id, role: ways by id (both directions) or one edge by its id."""
    edges = network.edges
    of_way = {str(way): [str(edge) for edge in found] for way, found in edges.groupby("way_id").groups.items()}
    rows: list[tuple[str, str, str]] = []
    for line, row in structures.iterrows():  # few rows
        for role in ("carries", "over"):
            for way in split_list(row[role]):
                found = of_way.get(way, [way] if way in edges.index else None)
                if found is None:
                    near = name_near(way, list(of_way))
                    faults.append(f"{file}: line {line}: {role} names {way!r}, which is no way; correct it.{near}")
                    continue
                rows += [(row["structure_id"], edge, role) for edge in found]
        if row["at_node"]:
            found = _hand_over(row["at_node"], network, f"{file}: line {line}", faults)
            rows += [(row["structure_id"], edge, "carries") for edge in found]
    table = pd.DataFrame(rows, columns=["structure_id", "edge_id", "role"], dtype="str")
    return table.drop_duplicates(ignore_index=True)


def _hand_over(node: str, network: Network, where: str, faults: list[str]) -> list[str]:
    """Transfer edges between land and ship at a node; all its transfers where there is no sea."""
    if node not in network.nodes.index:
        near = name_near(node, [str(key) for key in network.nodes.index])
        faults.append(f"{where}: at_node names {node!r}, which is no node; correct it.{near}")
        return []
    edges = network.edges
    transfers = edges[(edges["mode"] == "transfer") & ((edges["u"] == node) | (edges["v"] == node))]
    at_sea = transfers[(transfers["u"] == f"{node}@sea") | (transfers["v"] == f"{node}@sea")]
    if transfers.empty:
        log.warning("%s: no modes meet at %s; the structure binds nothing", where, node)
    return [str(edge) for edge in (at_sea if len(at_sea) else transfers).index]
