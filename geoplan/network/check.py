"""What is good and what is doubtful about a network: one report of plain tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geoplan.network.attributes import describe_share
from geoplan.network.network import Network
from geoplan.network.topology import crossings_without_node, dangling_ends, duplicate_ways, mode_islands, near_misses

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
    gaps : `node_id, mode, edge_id, distance_m, x, y`, dead ends close to a line they are not joined to
    crossings : `edge_id, other_edge_id, mode, other_mode, x, y`, lines that cross without node, bridge or tunnel
    duplicates : `edge_id, same_as`, ways with the same ends, mode and line as an earlier one, in either direction
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
    date = str(network.meta.get("data_date", "") or "")
    return QualityReport(
        name=str(network.meta.get("name", "")),
        attribution=str(network.meta.get("attribution", "")),
        data_date=date,
        age_days=_age_days(date, today or dt.date.today()),
        counts=_counts(network, ways),
        lengths=_lengths(ways),
        islands=mode_islands(network, in_use=True),
        dead_ends=_dead_ends(network),
        gaps=_with_place(near_misses(network, within_m=tolerance_m, in_use=True)),
        crossings=_crossings(network),
        duplicates=duplicate_ways(network),
        shares=describe_share(network),
        unreadable=_unreadable(network),
        restrictions=_table(network, "restrictions", ["osm_type", "key", "found", "used", "unused"]),
    )


def _ways(network: Network) -> pd.DataFrame:
    """One row a way, that is the first of its directions; planned and closed too."""
    return pd.DataFrame(network.edges[["way_id", "mode", "road_class", "length_m"]]).drop_duplicates("way_id")


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


def _dead_ends(network: Network) -> pd.DataFrame:
    ends = dangling_ends(network, in_use=True).reset_index()[["node_id", "mode"]]
    return pd.DataFrame(ends).sort_values(["mode", "node_id"], ignore_index=True)


def _crossings(network: Network) -> pd.DataFrame:
    """Crossings of roads and railways: a ship passes below anything."""
    table = crossings_without_node(network, in_use=True)
    on_land = table["mode"].isin(["road", "rail"]) & table["other_mode"].isin(["road", "rail"])
    return _with_place(table[on_land.to_numpy(dtype=bool)])


def _with_place(points: gpd.GeoDataFrame) -> pd.DataFrame:
    """The table with coordinates of the network instead of points."""
    place = points.geometry
    return pd.DataFrame(points.drop(columns=place.name)).assign(x=place.x, y=place.y).reset_index(drop=True)


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
