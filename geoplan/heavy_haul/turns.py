"""Turns that a vehicle may not or cannot make, as arcs of the graph of states.

Only junctions with such a turn are taken apart: behind each edge that may not be followed by another stands a state of
its own, from which all other arcs lead on.

    a --f--> B --t--> c        a --f--> B'            t from B' is barred,
             B --s--> d   =>            B' --s--> d   s is not;
    e -----> B                 e -----> B --t--> c    who comes another way may turn into t

Nothing else of a search changes, so every question that is asked on states respects turns.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.routing.search_graph import binding_turns
from geoplan.vehicles.limits import COLUMNS
from geoplan.vehicles.road_checks import length_rule
from geoplan.vehicles.rules import read_rules
from geoplan.vehicles.turning import APPROACH_M, LEAST_ANGLE_DEG, room_needed, turn_angle, turning_margins
from geoplan.vehicles.vehicle import Vehicle

Rows = NDArray[np.int64]


def barred_turns(network: Network, vehicle: Vehicle) -> tuple[Rows, Rows]:
    """Turns from one edge to the next (rows of `network.edges`) that the vehicle may not make: those that are banned,
    and those where the junction states less room (`turn_room_m`) than the vehicle sweeps.
    """
    none = np.empty(0, dtype=np.int64)
    if vehicle.mode != "road":
        return none, none
    edges, turns = network.edges, binding_turns(network, vehicle)
    banned = turns[np.isposinf(turns["penalty_s"].to_numpy())]
    tight = network.nodes.index[network.nodes["turn_room_m"].notna()]
    if tight.empty and banned.empty:
        return none, none
    ends = [edges.index.get_indexer(banned[end]) for end in ("from_edge", "to_edge")]
    pairs = [np.stack(ends, axis=1).astype(np.int64)]
    road = np.flatnonzero((edges["mode"] == "road").to_numpy())
    into = road[edges["v"].isin(tight).to_numpy()[road]]
    out = road[edges["u"].isin(tight).to_numpy()[road]]
    lines = edges.geometry.array
    at = pd.DataFrame({"node": edges["v"].array[into], "come": into})
    both = at.merge(pd.DataFrame({"node": edges["u"].array[out], "go": out}), on="node")
    for node, come, go in both.itertuples(index=False):
        angle = turn_angle(lines[come].coords, lines[go].coords, APPROACH_M)
        if angle < LEAST_ANGLE_DEG:
            continue
        need = room_needed(vehicle, angle, APPROACH_M / np.tan(np.radians(angle) / 2))
        if need > network.nodes.at[node, "turn_room_m"]:
            pairs.append(np.array([[come, go]], dtype=np.int64))
    if sum(map(len, pairs)):
        pairs.append(_turns_back(network, road))
    found = np.unique(np.concatenate(pairs), axis=0)
    return found[:, 0], found[:, 1]


def _turns_back(network: Network, road: Rows) -> Rows:
    """Turns back onto the same way where others lead on, (n, 2), so that no bar is dodged by them."""
    edges = network.edges
    u = network.nodes.index.get_indexer(edges["u"])
    v = network.nodes.index.get_indexer(edges["v"])
    leads_on = np.bincount(u[road], minlength=len(network.nodes)) > 1
    way = pd.factorize(edges["way_id"])[0]
    ends = pd.DataFrame({"row": road, "way": way[road], "u": u[road], "v": v[road]})
    both = ends.merge(ends, left_on=["way", "u", "v"], right_on=["way", "v", "u"], suffixes=("", "_back"))
    kept = both[leads_on[both["v"].to_numpy()]]
    return kept[["row", "row_back"]].to_numpy(dtype=np.int64)


def turn_rows(network: Network, vehicle: Vehicle, edge_ids: pd.Index, *, rules: str) -> pd.DataFrame:
    """Turns of a way as rows of `margins`; none for a vehicle of legal length, for which roads are laid out."""
    empty = pd.DataFrame({column: [] for column in COLUMNS})
    if vehicle.mode != "road" or vehicle.length_m <= read_rules(rules).number(length_rule(vehicle)):
        return empty
    turns = turning_margins(network, vehicle, edge_ids)
    if turns.empty:
        return empty
    measured = (turns["basis"] == "measured").to_numpy()
    source = turns["node_id"].map(network.nodes["source"]).where(measured, "rule: paved width of the road")
    trust = turns["node_id"].map(network.nodes["confidence"]).where(measured, "")
    return pd.DataFrame(
        {
            "structure_id": "",
            "edge_id": turns["to_edge"],
            "mode": "road",
            "limit": "turning_width_m",
            "limit_value": turns["room_m"],
            "need_value": turns["need_width_m"],
            "margin": turns["margin"],
            "unit": "m",
            "verdict": turns["verdict"],
            "basis": turns["basis"],
            "permit": "",
            "source": source.where(measured | turns["room_m"].notna(), "not known"),
            "confidence": trust,
        }
    )[list(COLUMNS)]


def take_apart(
    columns: list[NDArray], state_node: NDArray[np.int64], barred: Mapping[int, tuple[Rows, Rows]]
) -> tuple[list[NDArray], NDArray[np.int64], NDArray[np.bool_]]:
    """Give each edge before a barred turn a state of its own.

    Parameters
    ----------
    columns
        Arcs: tail, head, edge, vehicle, load, ... (n_arcs,) each; states are numbered 0 to n - 1.
    state_node
        Node of each state, (n,).
    barred
        Turns that each vehicle may not make, as rows of edges.

    Returns
    -------
    The arcs with those that were added, the node of each state with the new states behind the others, and which arcs
    are barred turns: they stay in the graph, closed, so that a refusal can name them.
    """
    tail, head, edge, vehicle, load = (np.array(column) for column in columns[:5])
    n, n_edges = len(state_node), int(edge.max(initial=-1)) + 1
    moves = [np.flatnonzero(np.isin(edge, come) & (vehicle == k) & (load == 0)) for k, (come, _) in barred.items()]
    come_in = np.concatenate([np.empty(0, dtype=np.int64), *moves])
    old = head[come_in]
    # Heads first, so that the arcs copied below lead into the new states as well.
    head[come_in] = n + np.arange(len(come_in))
    by_tail = np.argsort(tail, kind="stable")
    first = np.searchsorted(tail[by_tail], np.arange(n + 1))
    count = first[old + 1] - first[old]
    state = np.repeat(np.arange(len(come_in)), count)
    on = by_tail[first[old][state] + np.arange(len(state)) - np.repeat(np.cumsum(count) - count, count)]
    closed = np.zeros(len(on), dtype=bool)
    for k, (come, go) in barred.items():
        pair = edge[come_in][state].astype(np.int64) * n_edges + edge[on]
        closed |= np.isin(pair, come * n_edges + go) & (vehicle[on] == k) & (load[on] == 0)
    copies = [n + state, head[on], *(column[on] for column in columns[2:])]
    whole = [np.concatenate(parts) for parts in zip([tail, head, *columns[2:]], copies, strict=True)]
    return whole, np.concatenate([state_node, state_node[old]]), np.concatenate([np.zeros(len(tail), bool), closed])
