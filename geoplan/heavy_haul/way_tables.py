"""A way as tables: its legs, edges, margins and permits, from the arcs that a search found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.heavy_haul.costs import structures_on_edges
from geoplan.heavy_haul.states import States
from geoplan.heavy_haul.turns import turn_rows
from geoplan.network.names import node_titles
from geoplan.vehicles.limits import UNKNOWN, margins
from geoplan.vehicles.permits import find_permits
from geoplan.vehicles.vehicle import Vehicle

LEG_COLUMNS = [
    "leg",
    "mode",
    "vehicle",
    "from_node",
    "to_node",
    "from_name",
    "to_name",
    "length_m",
    "time_h",
    "driving_h",
    "speed_kmh",
    "hours_per_day",
    "gross_weight_t",
    "axle_load_t",
    "height_m",
    "width_m",
    "vehicle_length_m",
    "cost_sek",
    "note",
]
_LOADING = {1: "load taken up", -1: "load put down", 2: "load handed over", 0: ""}


def leg_numbers(states: States, arcs: NDArray[np.int32]) -> NDArray[np.int64]:
    """Leg of each arc from 1 on: a run of one vehicle, or one transfer; the arcs of start and end that move
    nothing get 0.
    """
    moves = states.load[arcs] == 0
    key = np.where(moves, states.vehicle[arcs], -2)
    change = np.ones(len(arcs), dtype=bool)
    change[1:] = (key[1:] != key[:-1]) | ~moves[1:] | ~moves[:-1]
    idle = (states.edge[arcs] < 0) & moves
    change[idle] = False
    leg = np.cumsum(change)
    leg[idle] = 0
    return leg


def leg_table(states: States, arcs: NDArray[np.int32], leg: NDArray[np.int64]) -> pd.DataFrame:
    """One row a leg."""
    network = states.network
    ids, titles = network.nodes.index, node_titles(network)
    length = np.append(network.edges["length_m"].to_numpy(), 0.0)
    rows = []
    for number in range(1, int(leg.max(initial=0)) + 1):
        own = arcs[leg == number]
        k = int(states.vehicle[own[0]])
        mover = states.vehicles[k]
        moving = states.load[own[0]] == 0
        u, v = (int(states.node[state]) for state in (states.tail[own[0]], states.head[own[-1]]))
        # The arcs of start and end have one end that is no node: the other end stands for both.
        u, v = (u if u >= 0 else v), (v if v >= 0 else u)
        metres = float(length[states.edge[own]].sum()) if moving else 0.0
        driving = float(states.driving_h[own].sum())
        rows.append(
            {
                "leg": number,
                "mode": mover.mode if moving else "transfer",
                "vehicle": mover.name,
                "from_node": ids[u],
                "to_node": ids[v],
                "from_name": titles[ids[u]],
                "to_name": titles[ids[v]],
                "length_m": metres,
                "time_h": float(states.time_h[own].sum()),
                "driving_h": driving,
                "speed_kmh": metres / 1000.0 / driving if driving > 0 else np.nan,
                "hours_per_day": mover.hours_per_day if moving else np.nan,
                "gross_weight_t": mover.gross_weight_t,
                "axle_load_t": mover.axle_load_t,
                "height_m": mover.height_m,
                "width_m": mover.width_m,
                "vehicle_length_m": mover.length_m,
                "cost_sek": float(states.cost_sek[own].sum()),
                "note": _LOADING[int(states.load[own[0]])] if not moving else "",
            }
        )
    return pd.DataFrame(rows, columns=LEG_COLUMNS)


def way_edges(states: States, arcs: NDArray[np.int32], leg: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """Edges of the way in order of travel: those of the network with leg, vehicle, time_h, cost_sek and verdict."""
    real = states.edge[arcs] >= 0
    own = arcs[real]
    names = np.array([v.name for v in states.vehicles] or [""], dtype=object)
    edges = states.network.edges.iloc[states.edge[own]].copy()
    return edges.assign(
        leg=leg[real],
        vehicle=names[states.vehicle[own]],
        time_h=states.time_h[own],
        cost_sek=states.cost_sek[own],
        verdict=np.where(states.code[own] == UNKNOWN, "unknown", "ok"),
    )


def way_margins(
    states: States, arcs: NDArray[np.int32], leg: NDArray[np.int64], options: Mapping[str, Any]
) -> pd.DataFrame:
    """Margins of every leg of the way, in order of travel."""
    tables = []
    index = states.network.edges.index
    for number in range(1, int(leg.max(initial=0)) + 1):
        own = arcs[(leg == number) & (states.edge[arcs] >= 0)]
        if len(own) == 0:
            continue
        mover = states.vehicles[int(states.vehicle[own[0]])]
        way = index[states.edge[own]]
        parts = [
            margins(states.network, mover, way, **options),
            turn_rows(states.network, mover, way, rules=str(options["rules"])),
        ]
        table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        rank = pd.Index(way).drop_duplicates().get_indexer(table["edge_id"])
        tables.append(table.iloc[np.argsort(rank, kind="stable")].assign(leg=number, vehicle=mover.name))
    filled = [table for table in tables if len(table)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    return tables[0] if tables else margins(states.network, Vehicle("none", "road"), [])


def way_permits(
    states: States, arcs: NDArray[np.int32], leg: NDArray[np.int64], table: pd.DataFrame, rules: str
) -> pd.DataFrame:
    """What every moving leg needs by law."""
    tables = []
    crossings = structures_on_edges(states.network, "crossing")
    for number in range(1, int(leg.max(initial=0)) + 1):
        own = arcs[(leg == number) & (states.load[arcs] == 0) & (states.edge[arcs] >= 0)]
        if len(own) == 0:
            continue
        mover = states.vehicles[int(states.vehicle[own[0]])]
        rows = table[(table["leg"] == number) & (table["permit"] != "")]
        exceeded = {str(name): -float(low) for name, low in rows.groupby("permit")["margin"].min().items()}
        crossed = int(crossings[states.edge[own]].sum())
        found = find_permits(mover, exceeded=exceeded, level_crossings=crossed, rules=rules)
        tables.append(found.assign(leg=number))
    filled = [found for found in tables if len(found)]
    if not filled:
        return tables[0] if tables else find_permits(Vehicle("none", "road")).assign(leg=[])
    found = pd.concat(filled, ignore_index=True)
    return found[["leg", *(column for column in found.columns if column != "leg")]]


def share_of_metres(edges: gpd.GeoDataFrame, table: pd.DataFrame, column: str, word: str) -> float:
    """Share of the metres whose edge has a row with this word; 0 for a way without length."""
    metres = edges["length_m"].to_numpy()
    # A turn is a point: it makes no metres of its edge unknown.
    marked = edges.index.isin(table.loc[(table[column] == word) & (table["limit"] != "turning_width_m"), "edge_id"])
    return float(metres[marked].sum() / metres.sum()) if metres.sum() > 0 else 0.0
