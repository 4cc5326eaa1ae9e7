"""The schema as data: one row a column. Validation, defaults and the reference documentation come from here.

A missing limit is NaN: *not known*. `inf` is known to be unlimited. The two are never exchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Kind = Literal["text", "float", "id"]

MODES = ("road", "rail", "sea", "transfer")
ROLES = ("carries", "over")
CONFIDENCES = ("H", "M", "L", "D", "")  # official, press, memory, derived, not stated

# Physical or legal limits of an edge. "Larger is easier": a transport passes when its need is not above the limit.
LIMITS = (
    "max_height_m",
    "max_width_m",
    "max_length_m",
    "max_weight_t",
    "max_axle_load_t",
    "max_metre_load_tpm",
)


@dataclass(frozen=True)
class Column:
    """One column of a table: its name carries the unit, `low` is the smallest value allowed."""

    name: str
    kind: Kind
    meaning: str
    default: object = None
    required: bool = False
    low: float | None = None
    low_open: bool = False
    choices: tuple[str, ...] = ()


def _text(name: str, meaning: str, *, required: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", meaning, "", required, choices=choices)


def _id(name: str, meaning: str, *, required: bool = True) -> Column:
    return Column(name, "id", meaning, None, required)


def _number(
    name: str, meaning: str, *, low: float | None = 0.0, low_open: bool = False, required: bool = False
) -> Column:
    return Column(name, "float", meaning, np.nan, required, low, low_open)


_ORIGIN = (
    _text("source", "where the values of the row come from"),
    _text(
        "confidence",
        "H official, M press or hobby reference, L memory or estimate, D derived",
        choices=CONFIDENCES,
    ),
)

NODES = (
    _text("name", "name that a user may write instead of the id"),
    _text("kind", "junction, station, terminal, port, plant, mine, town, centroid, bend"),
    _text("mode", "the one mode of a node made by a join; empty where several meet"),
    _number("crane_capacity_t", "heaviest single lift at the node", low_open=True),
    _number(
        "turn_room_m", "width that a long vehicle may sweep when it turns at the junction, measured", low_open=True
    ),
    _text("municipality_code", "four digits as text, leading zero kept"),
    *_ORIGIN,
)

EDGES = (
    _id("u", "node the edge starts in"),
    _id("v", "node the edge ends in"),
    _id("way_id", "the same for the two directions of one way", required=False),
    _text("mode", "what runs on it", required=True, choices=MODES),
    _text("road_class", "motorway, trunk, national, regional, local, residential, service, track ..."),
    _text("line", "railway line or fairway"),
    _text("ref", "road number"),
    _text("name", "street, section or leg"),
    _number("length_m", "length along the edge; official length where there is one", required=True),
    _number("speed_kmh", "free-flow or line speed", low_open=True),
    _number("lanes", "lanes in this direction", low_open=True),
    _number("capacity_vph", "cars an hour in this direction that the edge can carry"),
    _number("grade_pct", "rise in the direction of travel", low=None),
    _number("tracks", "tracks of the railway, both directions together"),
    _text("electrified", "yes, no or empty (not known)", choices=("yes", "no", "")),
    _number("max_height_m", "free height for a vehicle", low_open=True),
    _number("max_width_m", "free width for a vehicle", low_open=True),
    _number("max_length_m", "longest vehicle or train", low_open=True),
    _number("max_weight_t", "gross weight of vehicle, combination, train or ship's cargo", low_open=True),
    _number("max_axle_load_t", "axle load (railway: STAX)", low_open=True),
    _number("max_metre_load_tpm", "weight per metre (railway: STVM)", low_open=True),
    _number("max_bogie_load_t", "weight of two axles less than 2 m apart", low_open=True),
    _number("max_triple_load_t", "weight of three axles, the outer ones less than 5 m apart", low_open=True),
    _number("max_load_t", "heaviest single load that can be handed over (transfer edges)", low_open=True),
    _text("bk_class", "Swedish bearing class BK1-BK4", choices=("BK1", "BK2", "BK3", "BK4", "")),
    _text("line_category", "EN 15528 line category such as D2"),
    _text("loading_gauge", "SE-A, SE-C or a name of the study's own; empty is not known"),
    _number("width_m", "paved width of the road"),
    _number("aadt", "vehicles an average day, this direction"),
    _number("heavy_share_pct", "share of lorries in aadt"),
    _number("free_time_s", "time of the empty edge where it is not length over speed"),
    _number("fixed_delay_s", "wait that does not depend on flow (signal, ferry, one lorry at a time)"),
    _text(
        "alternating",
        "one direction waits for the other: signal (signals let one at a time through), lorry (a lorry must be alone)",
        choices=("", "signal", "lorry"),
    ),
    _number("one_lane_m", "length that the directions of an alternating link cannot share", low_open=True),
    _number("bpr_alpha", "coefficient of the BPR volume-delay function"),
    _number("bpr_beta", "power of the BPR volume-delay function"),
    _text("assumed", "names of the columns of this row that were assumed, parted by commas"),
    _text("access", "who may drive here, as the source says it: private, destination ...; empty: nothing is said"),
    _text("hgv", "whether lorries above 3.5 t may: yes, no, destination ...; empty: as `access`"),
    _text("limit_note", "how limits that are not plain numbers were read"),
    _text("status", "empty in use; planned; closed", choices=("", "planned", "closed")),
    *_ORIGIN,
)

STRUCTURES = (
    _text("name", "name that a user may write instead of the id"),
    _text("kind", "rail_bridge_over_road, road_bridge, tunnel, portal, level_crossing, crane, quay, lock ..."),
    _number("clearance_height_m", "free height of the edges below it", low_open=True),
    _number("clearance_width_m", "free width of the edges below it", low_open=True),
    *(_number(limit, f"{limit} of the edges it carries", low_open=True) for limit in LIMITS),
    _number("max_load_t", "heaviest single load of a crane or quay it stands for", low_open=True),
    _number("proven_load_t", "heaviest load known to have passed: shown, not a limit", low_open=True),
    _number("span_m", "length of the (longest) span", low_open=True),
    _text("spans", "lengths in metres of the spans of a continuous bridge, as 12;15;12; empty: simple spans"),
    _number("fix_cost_msek", "cost of making it pass"),
    _text("fix_note", "what the cost covers, price year"),
    _text("note", "anything a planner must know"),
    *_ORIGIN,
)

STRUCTURE_EDGES = (
    _id("structure_id", "a row of structures"),
    _id("edge_id", "a row of edges"),
    _text(
        "role",
        "carries: the edge runs on or through it; over: it stands over the edge",
        required=True,
        choices=ROLES,
    ),
)

TURNS = (
    _id("from_edge", "edge before the turn"),
    _id("to_edge", "edge after the turn"),
    _number("penalty_s", "extra time; inf is a banned turn", required=True),
    _text("vehicle", "whom it binds: hgv, goods (lorries above 3.5 t), motorcar (all others); empty: everybody"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "nodes": NODES,
    "edges": EDGES,
    "structures": STRUCTURES,
    "structure_edges": STRUCTURE_EDGES,
    "turns": TURNS,
}
INDEX_NAMES = {"nodes": "node_id", "edges": "edge_id", "structures": "structure_id"}
GEOMETRY_TYPES = {
    "nodes": ("Point",),
    "edges": ("LineString",),
    "structures": ("Point", "LineString", "Polygon", "MultiPolygon"),
}


def complete(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every schema column present and typed; other columns are kept behind them as they are.

    Raises ValueError from pandas when a number column holds text that is no number; doors report that with rows.
    """
    columns: dict[str, pd.Series | object] = {}
    for column in TABLES[table]:
        values = frame.get(column.name)
        if column.kind == "float":
            if values is None:
                columns[column.name] = pd.Series(np.nan, index=frame.index, dtype="float64")
            else:
                columns[column.name] = pd.to_numeric(values).astype("float64")
        elif column.kind == "text":
            if values is None:
                columns[column.name] = pd.Series("", index=frame.index, dtype="str")
            elif values.dtype == "str" and not values.hasnans:
                columns[column.name] = values
            else:
                columns[column.name] = values.astype("object").where(values.notna(), "").astype("str")
        elif values is not None:
            columns[column.name] = values
    known = {column.name for column in TABLES[table]}
    for name in frame.columns:
        if name not in known:
            columns[name] = frame[name]
    return pd.DataFrame(columns, index=frame.index, copy=False)
