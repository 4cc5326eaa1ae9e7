"""What a build had to mend, and what it left loose: counts and places."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.network.network import Network
from geoplan.network.topology import dangling_ends, duplicate_ways, islands, near_misses

logger = logging.getLogger(__name__)

COLUMNS = ("issue", "line", "node_id", "edge_id", "distance_m", "detail", "x", "y")


def build_issues(network: Network) -> gpd.GeoDataFrame:
    """Places that `network_from_lines` had to mend or left loose, as points.

    Columns `issue` (gap_closed, shorter_than_tolerance, zero_length_dropped, empty_dropped, dangling_end,
    near_miss, duplicate_way, island, node_without_edge), `line` (row label of the input line), `node_id`, `edge_id` (of
    a near miss: the edge that is missed), `distance_m`, `detail`. Empty for a network that was not built from
    lines.
    """
    table = pd.DataFrame(network.meta.get("build_issues", {name: [] for name in COLUMNS}))
    place = gpd.points_from_xy(table["x"], table["y"])
    return gpd.GeoDataFrame(table.drop(columns=["x", "y"]), geometry=place, crs=network.crs)


def with_build_report(
    network: Network, mended: Mapping[str, int], issues: Sequence[pd.DataFrame], *, near_m: float
) -> Network:
    """The network with `build_report` (counts) and `build_issues` (columns of a table) in its meta data."""
    ends = dangling_ends(network)
    misses = near_misses(network, within_m=near_m)
    doubles = duplicate_ways(network)
    parts = islands(network)
    lone = parts[parts["n_ways"] == 0]
    apart = parts[(parts["n_ways"] > 0) & (parts.index > 0)]
    report = {
        **mended,
        "nodes": len(network.nodes),
        "edges": len(network.edges),
        "dangling_ends": len(ends),
        "near_misses": len(misses),
        "duplicate_ways": len(doubles),
        "islands": len(apart),
        "nodes_without_edge": len(lone),
    }
    logger.info("network from %s", ", ".join(f"{name} {count}" for name, count in report.items()))

    sizes = [f"{ways} ways, {m:.0f} m" for ways, m in zip(apart["n_ways"], apart["length_m"], strict=True)]
    found = [
        *issues,
        _node_issues(network, "dangling_end", ends.index, edge_id=ends["edge_id"]),
        _node_issues(
            network,
            "near_miss",
            misses["node_id"],
            edge_id=misses["edge_id"],
            distance_m=misses["distance_m"],
        ),
        _node_issues(
            network,
            "duplicate_way",
            network.edges["u"].loc[doubles["edge_id"]],
            edge_id=doubles["edge_id"],
            detail=[f"same as edge {edge}" for edge in doubles["same_as"]],
        ),
        _node_issues(network, "island", apart["node_id"], detail=sizes),
        _node_issues(network, "node_without_edge", lone["node_id"]),
    ]
    table = pd.concat([part.astype("object") for part in found], ignore_index=True)
    return network.with_meta(build_report=report, build_issues={name: table[name].to_list() for name in COLUMNS})


def issue_table(
    issue: str, lines: Sequence[object] | pd.Index, xy: Any, *, distance_m: Any = np.nan, **known: Any
) -> pd.DataFrame:
    """Rows of one kind of issue: labels of the lines, places, (n, 2), and whatever columns are known."""
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    labels = [str(label) for label in lines]
    table = pd.DataFrame({"line": labels, "distance_m": distance_m, "x": xy[:, 0], "y": xy[:, 1]})
    return table.assign(issue=issue, **{"node_id": None, "edge_id": None, "detail": "", **known})[list(COLUMNS)]


def _node_issues(
    network: Network,
    issue: str,
    nodes: Any,
    *,
    edge_id: pd.Series | None = None,
    distance_m: Any = np.nan,
    detail: Any = "",
) -> pd.DataFrame:
    """Issues at nodes."""
    nodes = pd.Index(nodes)
    xy = shapely.get_coordinates(network.nodes.geometry.loc[nodes].array)
    lines = [""] * len(nodes) if edge_id is None else network.edges["line_id"].loc[edge_id].to_list()
    return issue_table(
        issue,
        lines,
        xy,
        distance_m=np.asarray(distance_m),
        node_id=nodes.to_numpy(),
        edge_id=None if edge_id is None else edge_id.to_numpy(),
        detail=detail,
    )
