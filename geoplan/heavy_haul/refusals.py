"""Why a mode is refused: what stands in its way on the way with the fewest obstacles."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.heavy_haul.states import CARRIERS, States, open_arcs
from geoplan.network.names import node_titles, place_title
from geoplan.vehicles.check import edge_modes
from geoplan.vehicles.limits import PASSES, margins
from geoplan.vehicles.turning import turning_margins
from geoplan.vehicles.vehicle import Vehicle

OBSTACLE_H = 1e7  # hours that an obstacle costs in the relaxed search: more than any real way

COLUMNS = [
    "mode",
    "vehicle",
    "structure_id",
    "edge_id",
    "name",
    "limit",
    "limit_value",
    "need_value",
    "excess",
    "unit",
    "edges",
    "verdict",
    "permit",
    "basis",
    "source",
    "reason",
]

WORDS = {
    "max_height_m": "free height",
    "max_width_m": "free width",
    "max_length_m": "length",
    "max_weight_t": "weight limit",
    "max_axle_load_t": "axle load",
    "max_metre_load_tpm": "weight per metre",
    "max_bogie_load_t": "bogie load",
    "max_triple_load_t": "triple axle load",
    "hgv": "ban on lorries",
    "access": "private or for traffic to the place only",
    "max_load_t": "lift",
    "max_draught_m": "draught",
    "loading_gauge": "loading gauge",
    "bk_class": "bearing class",
    "grade_pct": "grade",
    "bridge_load_ratio": "bridge",
    "turning_width_m": "room to turn",
}


@dataclass(frozen=True, eq=False)
class Refusals:
    """What stops the modes that do not get through: the table of `Plan.why`, and one line of it."""

    table: pd.DataFrame
    told: str


def find_refusals(
    states: States,
    way: NDArray[np.int32] | None,
    refused: Sequence[tuple[Vehicle, list[str]]],
    *,
    unknown: str,
    options: Mapping[str, Any],
) -> Refusals:
    """What refuses each land mode that does not carry the load alone, and sea when nothing gets through at
    all.

    For each mode a relaxed search over its vehicles (with sea where the mode alone does not connect) takes
    the way with the fewest closed edges, then the quickest; the limits that close these edges are the
    reasons.
    """
    used = set() if way is None else {states.vehicles[k].mode for k in set(states.vehicle[way]) if k >= 0}
    used.discard("sea")
    present = set(pd.unique(edge_modes(states.network)))
    tables = []
    for mode in CARRIERS:
        alone = used == {mode}
        if alone or mode not in present or (mode == "sea" and way is not None):
            continue
        tables.append(_refusal(states, mode, refused, unknown, options))
    tables = [table for table in tables if len(table)]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    firsts = table.drop_duplicates("mode")
    if way is not None:
        firsts = firsts[firsts["limit"] != "connection"]
    told = " ".join(f"{row['mode'].capitalize()} is refused: {row['reason']}." for _, row in firsts.iterrows())
    return Refusals(table, told)


def refused_vehicles(refused: Sequence[tuple[Vehicle, list[str]]], mode: str) -> pd.DataFrame:
    """Rows for the vehicles of a mode that do not take the load."""
    rows = [
        {
            "mode": mode,
            "vehicle": vehicle.name,
            "structure_id": "",
            "edge_id": "",
            "name": vehicle.name,
            "limit": "payload_t",
            "limit_value": vehicle.payload_t,
            "need_value": np.nan,
            "excess": np.nan,
            "unit": "t",
            "edges": 0,
            "verdict": "not_ok",
            "permit": "",
            "basis": "measured",
            "source": vehicle.source,
            "reason": f"{vehicle.name}: {'; '.join(reasons)}",
        }
        for vehicle, reasons in refused
        if vehicle.mode == mode
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("limit_value", ascending=False, kind="stable")


def _refusal(
    states: States,
    mode: str,
    refused: Sequence[tuple[Vehicle, list[str]]],
    unknown: str,
    options: Mapping[str, Any],
) -> pd.DataFrame:
    """Rows for one mode, empty when the mode would get through."""
    if not any(vehicle.mode == mode for vehicle in states.vehicles):
        return refused_vehicles(refused, mode)
    closed = ~open_arcs(states, PASSES[unknown])
    for modes in ((mode,), (mode, "sea")):
        allowed = np.array([vehicle.mode in modes for vehicle in states.vehicles] + [True])
        barred = ~(allowed[states.vehicle] & allowed[states.other])
        arcs = states.search(np.where(barred, np.inf, states.time_h + np.where(closed, OBSTACLE_H, 0.0)))
        if arcs is not None:
            break
    else:
        return _not_connected(mode)
    blocked = arcs[closed[arcs] & (states.edge[arcs] >= 0)]
    if len(blocked) == 0:
        return pd.DataFrame(columns=COLUMNS)
    tables = [
        _reasons(states, blocked[states.vehicle[blocked] == k], int(k), mode, unknown, options)
        for k in dict.fromkeys(states.vehicle[blocked])
    ]
    return pd.concat(tables, ignore_index=True)


def _reasons(
    states: States,
    blocked: NDArray[np.int32],
    k: int,
    mode: str,
    unknown: str,
    options: Mapping[str, Any],
) -> pd.DataFrame:
    """The limits that close these arcs to vehicle k, one row for a limit of a structure or of a run of sections."""
    vehicle = states.vehicles[k]
    network = states.network
    turns = _turn_reasons(states, blocked[states.barred[blocked]], vehicle, mode)
    blocked = blocked[~states.barred[blocked]]
    table = margins(network, vehicle, network.edges.index[states.edge[blocked]], **options)
    stopping = table["verdict"] == "not_ok"
    if unknown == "by_rule":
        stopping |= table["verdict"] == "unknown"
    elif unknown == "block":
        stopping |= (table["verdict"] == "unknown") | (table["basis"] == "by_rule")
    table = table[stopping]
    groups = table.groupby(["structure_id", "limit", "limit_value", "need_value"], dropna=False, sort=False)
    rows = groups.agg(
        edge_id=("edge_id", "first"),
        unit=("unit", "first"),
        edges=("edge_id", "nunique"),
        verdict=("verdict", "first"),
        permit=("permit", "first"),
        basis=("basis", "first"),
        source=("source", "first"),
    ).reset_index()
    rows["excess"] = rows["need_value"] - rows["limit_value"]
    rows["mode"], rows["vehicle"] = mode, vehicle.name
    rows["name"] = [place_title(network, s, e) for s, e in zip(rows["structure_id"], rows["edge_id"], strict=True)]
    rows["reason"] = [_sentence(row) for row in rows.to_dict("records")]
    # What no permit can lift comes first: it would stop the load on the best of terms.
    rows["lawful"] = rows["permit"] != ""
    rows = rows.sort_values(["lawful", "excess"], ascending=[True, False], kind="stable")[COLUMNS]
    return pd.concat([part for part in (rows, turns) if len(part)] or [rows], ignore_index=True)


def _turn_reasons(states: States, arcs: NDArray[np.int32], vehicle: Vehicle, mode: str) -> pd.DataFrame:
    """One row for each turn that is banned, or has less room than the vehicle sweeps."""
    network, ids = states.network, states.network.edges.index
    titles, rows = node_titles(network), []
    for arc in arcs:
        node = network.nodes.index[states.node[states.tail[arc]]]
        # The state before a barred turn has one way in: the edge that the turn begins on.
        come = ids[states.edge[states.head == states.tail[arc]][0]]
        turn = turning_margins(network, vehicle, [come, ids[states.edge[arc]]])
        room = turn[(turn["kind"] == "junction") & (turn["verdict"] == "not_ok")]
        limit, need = (float(room[column].iloc[0]) if len(room) else np.nan for column in ("room_m", "need_width_m"))
        row: dict[Hashable, Any] = dict.fromkeys(COLUMNS, "") | {
            "mode": mode,
            "vehicle": vehicle.name,
            "edge_id": ids[states.edge[arc]],
            "name": titles[node],
            "limit": "turning_width_m" if len(room) else "turn_ban",
            "limit_value": limit,
            "need_value": need,
            "excess": need - limit,
            "unit": "m" if len(room) else "",
            "edges": 1,
            "verdict": "not_ok",
            "basis": "measured",
            "source": network.nodes.at[node, "source"] if len(room) else "",
        }
        rows.append(row | {"reason": _sentence(row) if len(room) else f"the turn at {titles[node]} is banned"})
    return pd.DataFrame(rows, columns=COLUMNS)


def _sentence(row: Mapping[Hashable, Any]) -> str:
    word = WORDS.get(str(row["limit"]), str(row["limit"]))
    more = int(row["edges"]) - 1
    place = f"{row['name']}" + (f" and {more} more section{'s' if more > 1 else ''}" if more > 0 else "")
    unit = f" {row['unit']}" if row["unit"] else ""
    need, limit = float(row["need_value"]), float(row["limit_value"])
    if np.isnan(limit):
        return f"{word} at {place} is not known, {row['vehicle']} needs {need:.4g}{unit}"
    return f"{word} at {place}: {limit:.4g}{unit}, {row['vehicle']} needs {need:.4g}{unit}"


def _not_connected(mode: str) -> pd.DataFrame:
    row = dict.fromkeys(COLUMNS, "") | {
        "mode": mode,
        "limit": "connection",
        "limit_value": np.nan,
        "need_value": np.nan,
        "excess": np.nan,
        "edges": 0,
        "verdict": "not_ok",
        "basis": "measured",
        "reason": f"no way by {mode} alone joins the two places",
    }
    return pd.DataFrame([row], columns=COLUMNS)
