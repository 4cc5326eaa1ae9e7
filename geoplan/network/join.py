"""Where road, rail and sea meet: hubs, mode nodes and the transfers between them.

A node that serves several modes is split: the hub keeps its id and name, each mode gets a node `{id}@{mode}`, and
edges of mode `transfer` lead from the hub to each of them and back. A transport that changes mode passes two
transfers, one to put the load down and one to take it up.

        road          rail                 road --- P@road
          \\           /                              |
            ---- P ----            becomes            P --- P@rail --- rail
                 |                                    |
                sea                                 P@sea --- sea
"""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network, build_network
from geoplan.network.schema import MODES

CARRIER_MODES = tuple(mode for mode in MODES if mode != "transfer")


def split_by_mode(network: Network, hubs: Iterable[object] | None = None) -> Network:
    """Split the nodes where several modes meet into a hub and one node a mode, joined by transfer edges.

    Parameters
    ----------
    hubs
        Node ids to make hubs even when one mode only ends there; nodes where modes meet are always split.

    Returns
    -------
    A network with text node and edge ids whose single modes meet in hubs only. A crane at the hub binds the
    transfers between the hub and the sea.
    """
    nodes, edges = network.nodes, network.edges
    ends = pd.DataFrame(
        {
            "node": pd.concat([edges["u"], edges["v"]], ignore_index=True),
            "mode": pd.concat([edges["mode"], edges["mode"]], ignore_index=True),
        }
    )
    ends = ends[ends["mode"].isin(CARRIER_MODES)].drop_duplicates()
    several = ends["node"].value_counts()
    wanted = set(several.index[several > 1]) | set(hubs or ())
    unknown = [hub for hub in wanted if hub not in nodes.index]
    if unknown:
        raise DataError(f"hubs: {name_rows(unknown)} are no nodes; correct the ids")
    pairs = ends[ends["node"].isin(wanted)].sort_values(["node", "mode"], kind="stable").reset_index(drop=True)
    if pairs.empty:
        return network
    pairs["id"] = pairs["node"].astype(str) + "@" + pairs["mode"]
    taken = pairs.loc[pairs["id"].isin(nodes.index), "id"].to_list()
    if taken:
        raise DataError(f"nodes: {name_rows(taken)} have an id that a join wants to give; rename them")

    mode_nodes = nodes.loc[pairs["node"]].assign(mode=pairs["mode"].to_numpy(), name="", crane_capacity_t=np.nan)
    mode_nodes.index = pd.Index(pairs["id"], name="node_id")
    renamed = dict(zip(zip(pairs["node"], pairs["mode"], strict=True), pairs["id"], strict=True))
    moved = edges.assign(
        **{end: [renamed.get(key, key[0]) for key in zip(edges[end], edges["mode"], strict=True)] for end in ("u", "v")}
    )
    return _assemble(network, [nodes, mode_nodes], [moved, _transfers(nodes, pairs)])


def connect(network: Network, pairs: pd.DataFrame, *, length_m: float = 0.0) -> Network:
    """Add transfer edges both ways between the nodes of `pairs` (columns from_node, to_node; optional max_load_t)."""
    for column in ("from_node", "to_node"):
        lost = pairs.loc[~pairs[column].isin(network.nodes.index), column].to_list()
        if lost:
            raise DataError(f"transfers: {name_rows(lost)} in {column} are no nodes; correct the ids")
    points = network.nodes.geometry
    rows = []
    for k, row in enumerate(pairs.itertuples(index=False)):
        for direction, (u, v) in (("f", (row.from_node, row.to_node)), ("b", (row.to_node, row.from_node))):
            rows.append(
                {
                    "edge_id": f"transfer_{u}_{v}_{k}:{direction}",
                    "u": u,
                    "v": v,
                    "way_id": f"transfer_{row.from_node}_{row.to_node}_{k}",
                    "mode": "transfer",
                    "length_m": length_m,
                    "max_load_t": getattr(row, "max_load_t", np.nan),
                    "geometry": shapely.LineString([points[u], points[v]]),
                }
            )
    added = gpd.GeoDataFrame(rows, geometry="geometry", crs=network.crs).set_index("edge_id")
    return _assemble(network, [network.nodes], [network.edges, added])


def _transfers(nodes: gpd.GeoDataFrame, pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    """Two transfer edges, out and back, for each (hub, mode node)."""
    hub = nodes.loc[pairs["node"]]
    # A crane lifts between quay and ship; what rolls on road or rail does not need it.
    crane = np.where(pairs["mode"] == "sea", hub["crane_capacity_t"].to_numpy(), np.nan)
    points = shapely.get_coordinates(hub.geometry.array)
    lines = shapely.linestrings(np.stack([points, points], axis=1))
    tables = []
    for direction in ("f", "b"):
        start, end = (pairs["node"], pairs["id"]) if direction == "f" else (pairs["id"], pairs["node"])
        tables.append(
            pd.DataFrame(
                {
                    "edge_id": ("transfer_" + pairs["id"] + ":" + direction).to_numpy(),
                    "u": start.to_numpy(),
                    "v": end.to_numpy(),
                    "way_id": ("transfer_" + pairs["id"]).to_numpy(),
                    "mode": "transfer",
                    "name": hub["name"].to_numpy(),
                    "length_m": 0.0,
                    "max_load_t": crane,
                    "source": hub["source"].to_numpy(),
                    "confidence": hub["confidence"].to_numpy(),
                    "geometry": lines,
                }
            )
        )
    table = pd.concat(tables, ignore_index=True).set_index("edge_id")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=nodes.crs)


def _assemble(network: Network, nodes: list[gpd.GeoDataFrame], edges: list[gpd.GeoDataFrame]) -> Network:
    return build_network(
        nodes=_stack(nodes),
        edges=_stack(edges),
        structures=network.structures,
        structure_edges=network.structure_edges,
        turns=network.turns,
        meta=network.meta,
    )


def _stack(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Rows of several tables under each other; columns that one lacks become unknown."""
    crs = frames[0].crs
    table = pd.concat([pd.DataFrame(frame.dropna(axis=1, how="all")) for frame in frames])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)
