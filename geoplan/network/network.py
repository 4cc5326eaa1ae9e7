"""The network: five tables in one projected coordinate system."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from geoplan.network.graph import Graph, build_graph
from geoplan.network.schema import INDEX_NAMES, TABLES, complete
from geoplan.network.validate import validate_tables

# What the cache holds that depends on nodes and ends only.
_OF_TOPOLOGY = ("graph", "hierarchy")


@dataclass(frozen=True, eq=False)
class Network:
    """Road, rail and sea as tables. Frozen: functions return new networks; never write into its frames.

    Parameters
    ----------
    nodes, edges, structures
        GeoDataFrames indexed by `node_id`, `edge_id`, `structure_id`; one edge row a direction.
    structure_edges
        Which structure `carries` or stands `over` which edge: columns structure_id, edge_id, role.
    turns
        Extra time from edge to edge: columns from_edge, to_edge, penalty_s (`inf` = banned).
    meta
        What travels with the data: `name`, `attribution`, `data_date`, `source` and whatever a door adds.

    Use `build_network` to make one: it completes the columns and checks the tables.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    structures: gpd.GeoDataFrame
    structure_edges: pd.DataFrame
    turns: pd.DataFrame
    meta: Mapping[str, Any] = field(default_factory=dict)
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def crs(self) -> CRS:
        return self.nodes.crs

    @property
    def graph(self) -> Graph:
        """Topology in CSR form, made once and handed on to networks with the same nodes and ends."""
        if "graph" not in self._cache:
            self._cache["graph"] = build_graph(self.nodes.index, self.edges["u"], self.edges["v"])
        return self._cache["graph"]

    def replace(self, **tables: Any) -> Network:
        """A network with some tables changed and these checked again. The graph stays while nodes, `u` and `v` do."""
        changed = {name: _complete_table(name, tables.pop(name)) for name in TABLES if name in tables}
        validate_tables({name: changed.get(name, getattr(self, name)) for name in TABLES}, changed=changed)
        new = replace(self, **changed, **tables, _cache={})
        if _same_topology(self, new):
            new._cache.update({key: self._cache[key] for key in _OF_TOPOLOGY if key in self._cache})
        return new

    def with_meta(self, **meta: Any) -> Network:
        """The same tables with more meta data."""
        return replace(self, meta={**self.meta, **meta})

    def _tables(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*TABLES, "meta")}

    def __repr__(self) -> str:
        modes = ", ".join(f"{count} {mode}" for mode, count in self.edges["mode"].value_counts().items())
        return (
            f"<Network {self.meta.get('name', '')!r}: {len(self.nodes)} nodes, {len(self.edges)} edges ({modes}), "
            f"{len(self.structures)} structures>"
        )


def build_network(
    nodes: gpd.GeoDataFrame,
    edges: gpd.GeoDataFrame,
    structures: gpd.GeoDataFrame | None = None,
    structure_edges: pd.DataFrame | None = None,
    turns: pd.DataFrame | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Network:
    """Complete the tables to the schema, check them and put them together.

    Raises
    ------
    DataError
        Lists every fault at once with its rows and cure.
    """
    if structures is None:
        structures = gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=nodes.crs)
        structures.index = pd.Index([], name="structure_id", dtype="str")
    if structure_edges is None:
        structure_edges = pd.DataFrame({"structure_id": [], "edge_id": [], "role": []}, dtype="str")
    if turns is None:
        turns = pd.DataFrame({"from_edge": [], "to_edge": [], "penalty_s": []})
    given = {"nodes": nodes, "edges": edges, "structures": structures}
    given |= {"structure_edges": structure_edges, "turns": turns}
    tables = {name: _complete_table(name, table) for name, table in given.items()}
    validate_tables(tables)
    return Network(**tables, meta=dict(meta or {}))


def node_names(network: Network) -> dict[str, Hashable]:
    """Node id by name, also by its names in other languages (`name_sv`); the first of several of the same name."""
    nodes = network.nodes
    found: dict[str, Hashable] = {}
    for column in [*(name for name in nodes.columns if name.startswith("name_")), "name"]:
        named = nodes[column].fillna("").astype("str")
        named = named[named != ""]
        found |= dict(zip(named.to_list()[::-1], named.index.to_list()[::-1], strict=True))
    return found


def _complete_table(table: str, frame: Any) -> Any:
    """A table of a network with its columns; an edge without a way is a way of its own."""
    done = _complete_geo(table, frame) if table in INDEX_NAMES else complete(table, frame)
    if table == "edges" and "way_id" not in done:
        done.insert(2, "way_id", done.index)
    return done


def _complete_geo(table: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`complete` for a GeoDataFrame: geometry last, index named."""
    plain = {name: frame[name] for name in frame.columns if name != frame.geometry.name}
    done = complete(table, pd.DataFrame(plain, index=frame.index, copy=False))
    done = gpd.GeoDataFrame(done, geometry=frame.geometry.array, crs=frame.crs, copy=False)
    done.index = done.index.rename(INDEX_NAMES[table])
    return done


def _same_topology(old: Network, new: Network) -> bool:
    return (
        old.nodes.index.equals(new.nodes.index)
        and old.edges.index.equals(new.edges.index)
        and old.edges["u"].equals(new.edges["u"])
        and old.edges["v"].equals(new.edges["v"])
    )
