"""What is good and what is doubtful about a network: one report of plain tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geoplan.network.attributes import describe_share
from geoplan.network.network import Network

# A dead end that stops so close to another line that somebody may have forgotten to join them.
GAP_TOLERANCE_M = 5.0  # a planner's judgement: about the width of a lane and a half
_UNREADABLE = ["osm_type", "osm_id", "key", "value", "reason"]


@dataclass(frozen=True, eq=False)
class QualityReport:
    """Quality of a network as tables.

    counts : `item, count` of nodes, edges, ways, structures, turns
    lengths : `mode, road_class, ways, length_km`, each way once; what follows leaves planned and closed ways out
    islands : `mode, island, nodes, length_km, share_pct`, parts without connection, the largest first
    dead_ends : `node_id, mode`, nodes where one way ends and nothing goes on
    gaps : `node_id, mode, edge_id, distance_m`, dead ends close to a line they are not joined to
    crossings : `edge_id, other_edge_id, mode, other_mode, x, y`, lines that cross without node, bridge or tunnel
    duplicates : `edge_id, same_as`, edges with the same ends, mode and line as an earlier one
    shares : known, assumed and unknown share of each attribute by length, see `describe_share`
    unreadable : `osm_type, osm_id, key, value, reason`, each value that could not be read, word for word
    restrictions : `osm_type, key, found, used, unused`, empty when the source counts none
    data_date : date of the data as the source gives it; age_days : None when it gives none
    """

    name: str
    attribution: str
    data_date: str
    age_days: int | None
    counts: pd.DataFrame
    lengths: pd.DataFrame
    islands: pd.DataFrame
    dead_ends: pd.DataFrame
    gaps: pd.DataFrame
    crossings: pd.DataFrame
    duplicates: pd.DataFrame
    shares: pd.DataFrame
    unreadable: pd.DataFrame
    restrictions: pd.DataFrame


def check_network(
    network: Network, *, tolerance_m: float = GAP_TOLERANCE_M, today: dt.date | None = None
) -> QualityReport:
    """Look for what makes answers wrong: islands, gaps, missing nodes, duplicates, unknown values, old data.

    Parameters
    ----------
    tolerance_m
        A dead end nearer than this to a line it is not joined to is a suspected gap.
    today
        Day from which the age of the data counts; today when None.
    """
    ways = _ways(network)
    in_use = ways[(ways["status"] == "").to_numpy(dtype=bool)].reset_index(drop=True)
    dead_ends = _dead_ends(in_use)
    date = str(network.meta.get("data_date", "") or "")
    return QualityReport(
        name=str(network.meta.get("name", "")),
        attribution=str(network.meta.get("attribution", "")),
        data_date=date,
        age_days=_age_days(date, today or dt.date.today()),
        counts=_counts(network, ways),
        lengths=_lengths(ways),
        islands=_islands(network, in_use),
        dead_ends=dead_ends,
        gaps=_gaps(network, in_use, dead_ends, tolerance_m),
        crossings=_crossings(network, in_use),
        duplicates=_duplicates(network),
        shares=describe_share(network),
        unreadable=_unreadable(network),
        restrictions=_table(network, "restrictions", ["osm_type", "key", "found", "used", "unused"]),
    )


def _ways(network: Network) -> pd.DataFrame:
    """One row a way, that is the first of its directions, with `edge_id` and `geometry`; planned and closed too."""
    edges = network.edges.drop_duplicates("way_id")
    columns = ["u", "v", "mode", "road_class", "length_m", "status"]
    frame = pd.DataFrame({name: edges[name].array for name in columns})
    frame.insert(0, "edge_id", edges.index.array)
    frame["geometry"] = edges.geometry.to_numpy()
    return frame


def _counts(network: Network, ways: pd.DataFrame) -> pd.DataFrame:
    rows = [("nodes", len(network.nodes)), ("edges", len(network.edges)), ("ways", len(ways))]
    rows += [(f"edges: {mode}", int(count)) for mode, count in network.edges["mode"].value_counts().items()]
    not_in_use = network.edges["status"].value_counts()
    rows += [(f"edges: {status}", int(count)) for status, count in not_in_use.items() if status]
    rows.append(("structures", len(network.structures)))
    rows += [(f"structures: {kind}", int(n)) for kind, n in network.structures["kind"].value_counts().items()]
    rows.append(("turns", len(network.turns)))
    return pd.DataFrame(rows, columns=["item", "count"])


def _lengths(ways: pd.DataFrame) -> pd.DataFrame:
    grouped = ways.groupby(["mode", "road_class"], observed=True)["length_m"].agg(["size", "sum"]).reset_index()
    grouped["length_km"] = grouped.pop("sum") / 1000.0
    table = grouped.rename(columns={"size": "ways"})
    return table.sort_values(["mode", "length_km"], ascending=[True, False], ignore_index=True)


def _islands(network: Network, ways: pd.DataFrame) -> pd.DataFrame:
    """Weakly connected parts by mode. Transfers join modes and make no island of their own."""
    tables = []
    for mode, of_mode in ways[ways["mode"] != "transfer"].groupby("mode", observed=True):
        u, v = (network.nodes.index.get_indexer(pd.Index(of_mode[end])) for end in ("u", "v"))
        n = len(network.nodes)
        part = connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(n, n)), directed=False)[1]
        on_mode = np.unique(np.concatenate([u, v]))
        table = pd.DataFrame(
            {
                "nodes": pd.Series(part[on_mode]).value_counts(),
                "length_km": of_mode["length_m"].groupby(part[u]).sum() / 1000.0,
            }
        ).sort_values(["length_km", "nodes"], ascending=False, ignore_index=True)
        table.insert(0, "mode", mode)
        table.insert(1, "island", np.arange(1, len(table) + 1))
        table["share_pct"] = 100.0 * table["length_km"] / max(float(table["length_km"].sum()), 1e-12)
        tables.append(table)
    columns = ["mode", "island", "nodes", "length_km", "share_pct"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _dead_ends(ways: pd.DataFrame) -> pd.DataFrame:
    ends = pd.DataFrame({"node_id": pd.concat([ways["u"], ways["v"]]), "mode": pd.concat([ways["mode"], ways["mode"]])})
    ends = ends[ends["mode"] != "transfer"]
    alone = ends[~ends.duplicated(keep=False)]
    return alone.sort_values(["mode", "node_id"], ignore_index=True)


def _gaps(network: Network, ways: pd.DataFrame, dead_ends: pd.DataFrame, tolerance_m: float) -> pd.DataFrame:
    """Dead ends within the tolerance of a line of their mode that does not touch the dead end's own line."""
    columns = ["node_id", "mode", "edge_id", "distance_m"]
    if dead_ends.empty:
        return pd.DataFrame(columns=columns)
    points = network.nodes.geometry.loc[dead_ends["node_id"]].to_numpy()
    lines = ways["geometry"].to_numpy()
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=tolerance_m)
    near = pd.DataFrame(
        {
            "node_id": dead_ends["node_id"].to_numpy()[point],
            "mode": dead_ends["mode"].to_numpy()[point],
            "edge_id": ways["edge_id"].to_numpy()[line],
            "distance_m": shapely.distance(points[point], lines[line]),
        }
    )
    same_mode = near["mode"].to_numpy() == ways["mode"].to_numpy()[line]
    # The one other end of the dead end's way: lines that meet it there are joined already, if by a detour.
    other_end = pd.concat([ways.set_index(["v", "mode"])["u"], ways.set_index(["u", "mode"])["v"]])
    across = other_end.loc[list(zip(dead_ends["node_id"], dead_ends["mode"], strict=True))].to_numpy()[point]
    u, v = ways["u"].to_numpy()[line], ways["v"].to_numpy()[line]
    own = near["node_id"].to_numpy()
    joined = (u == own) | (v == own) | (u == across) | (v == across)
    near = near[same_mode & ~joined].sort_values(["distance_m", "edge_id"], kind="stable")
    return near.drop_duplicates(["node_id", "mode"])[columns].reset_index(drop=True)


def _crossings(network: Network, ways: pd.DataFrame) -> pd.DataFrame:
    """Pairs of lines that cross in their interiors although neither runs on a bridge or in a tunnel."""
    links = network.structure_edges
    kinds = network.structures["kind"].reindex(links["structure_id"]).to_numpy()
    span = pd.Series(kinds).str.contains("bridge|tunnel|passage", regex=True).to_numpy(dtype=bool)
    carried = network.edges.loc[links.loc[(links["role"] == "carries").to_numpy() & span, "edge_id"].unique(), "way_id"]
    way_of = network.edges["way_id"].reindex(ways["edge_id"]).to_numpy()
    on_ground = ways[~np.isin(way_of, carried.unique()) & ways["mode"].isin(["road", "rail"]).to_numpy()]
    lines = on_ground["geometry"].to_numpy()
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    once = one < other
    one, other = one[once], other[once]
    points = shapely.centroid(shapely.intersection(lines[one], lines[other]))
    edge_id, mode = on_ground["edge_id"].to_numpy(), on_ground["mode"].to_numpy()
    return pd.DataFrame(
        {
            "edge_id": edge_id[one],
            "other_edge_id": edge_id[other],
            "mode": mode[one],
            "other_mode": mode[other],
            "x": shapely.get_x(points),
            "y": shapely.get_y(points),
        }
    )


def _duplicates(network: Network) -> pd.DataFrame:
    """Edges with the same ends, mode and line as one before them."""
    edges = network.edges
    key = pd.DataFrame(
        {
            "u": edges["u"].array,
            "v": edges["v"].array,
            "mode": edges["mode"].array,
            "line": shapely.to_wkb(edges.geometry.to_numpy()),
        }
    )
    first = key.groupby(["u", "v", "mode", "line"], sort=False).ngroup().to_numpy()
    again = key.duplicated().to_numpy()
    leader = np.full(int(first.max(initial=-1)) + 1, -1, dtype=np.int64)
    leader[first[::-1]] = np.arange(len(first))[::-1]
    ids = edges.index.to_numpy()
    return pd.DataFrame({"edge_id": ids[again], "same_as": ids[leader[first[again]]]})


def _unreadable(network: Network) -> pd.DataFrame:
    tables = [_table(network, name, _UNREADABLE) for name in ("unused_restrictions", "unreadable_values")]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _table(network: Network, name: str, columns: list[str]) -> pd.DataFrame:
    """A table that the door left in `meta`, or an empty one."""
    table = network.meta.get(name)
    return table if isinstance(table, pd.DataFrame) else pd.DataFrame(columns=columns)


def _age_days(date: str, today: dt.date) -> int | None:
    try:
        return (today - dt.date.fromisoformat(date[:10])).days
    except ValueError:
        return None
