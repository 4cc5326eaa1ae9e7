"""Turn restrictions and barriers as banned pairs of edges."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.io.osm_conditional import holds, parse_conditional
from geoplan.io.osm_data import RAIL, OsmData
from geoplan.io.osm_edges import EdgeRows
from geoplan.io.osm_restrictions import UNUSED_COLUMNS
from geoplan.io.osm_split import Segments
from geoplan.io.osm_tags import CLOSED_BARRIERS, MOTOR_KEYS, MOTOR_OPENERS, NO_ACCESS, OPEN_WORDS

_ALL_MOTOR = frozenset({"motor_vehicle", "vehicle", "motorcar"})
_OTHER_KEYS = ("bus", "psv", "bicycle", "moped", "motorcycle", "foot", "caravan", "trailer", "agricultural")
TURN_COLUMNS = ["from_edge", "to_edge", "penalty_s", "restriction", "vehicle", "osm_id"]


@dataclass(frozen=True, eq=False)
class Turns:
    """Banned turns, the restrictions that could not be used, and how many there were."""

    table: pd.DataFrame
    unused: pd.DataFrame
    found: dict[str, int]


class _Unused(Exception):
    """Why a turn restriction could not be used."""


@dataclass(frozen=True, eq=False)
class _Ends:
    """Road edges by node: those that end in it and those that start in it, as rows of the edge table."""

    into: dict[int, list[int]]
    out_of: dict[int, list[int]]
    edge_id: NDArray[np.int64]
    first_way: NDArray[np.int64]  # OSM id of the way that each edge starts in
    last_way: NDArray[np.int64]  # and of the way it ends in
    twin: NDArray[np.int64]  # row of the edge back, -1 on one-way roads
    head: NDArray[np.int64]  # id of the node each edge ends in


def build_turns(
    data: OsmData, segments: Segments, rows: EdgeRows, nodes: set[int], *, when: dt.date | None = None
) -> Turns:
    """Banned turns of the road network.

    `only_*` bans every other way out. A restriction over a way instead of a node is used where a pair of edges says
    the same; elsewhere it is listed as unused. Barriers that no motor vehicle passes ban every passage of their node,
    but not the turn back.

    Parameters
    ----------
    nodes
        Ids of the nodes at which turns are restricted, from `turn_nodes`.
    when
        Date for conditional restrictions; None takes every one that may hold.
    """
    blocked = blocked_nodes(data)
    ends = _ends(data, segments, rows, nodes | set(blocked))
    banned: list[tuple[int, int, str, str, int]] = []
    unused: list[tuple[str, int, str, str, str]] = []
    counts: Counter[str] = Counter()
    for osm_id, tags, members in data.turns:
        found = {key: text for key, text in tags.items() if key.split(":")[0] == "restriction"}
        found = found or {"type": tags.get("type", "")}
        counts.update(list(found))
        for key, text in found.items():
            try:
                vehicle, word = _meaning(key, text, tags, when)
                pairs = _pairs(word, members, ends) if word else []
                banned += [(one, other, word, vehicle, osm_id) for one, other in pairs]
            except _Unused as reason:
                unused.append(("relation", osm_id, key, text, str(reason)))
    for node, word in blocked.items():
        for one in ends.into.get(node, []):
            banned += [
                (one, other, f"barrier:{word}", "", node)
                for other in ends.out_of.get(node, [])
                if other != ends.twin[one]
            ]
    return Turns(_turn_table(banned, ends.edge_id), pd.DataFrame(unused, columns=UNUSED_COLUMNS), dict(counts))


def turn_nodes(data: OsmData) -> set[int]:
    """Nodes at which a turn is restricted: those named, and the ends of ways that are named instead of a node."""
    named = {(kind, ref) for _, _, members in data.turns for kind, ref, role in members if role == "via"}
    nodes = {ref for kind, ref in named if kind == "n"}
    for row in np.flatnonzero(np.isin(data.way_id, [ref for kind, ref in named if kind == "w"])):
        refs = data.ref[data.first[row] : data.first[row + 1]]
        nodes |= {int(refs[0]), int(refs[-1])} if len(refs) else set()
    return nodes


def _turn_table(banned: list[tuple[int, int, str, str, int]], edge_id: NDArray[np.int64]) -> pd.DataFrame:
    frame = pd.DataFrame(banned, columns=["from_edge", "to_edge", "restriction", "vehicle", "osm_id"])
    frame = frame.drop_duplicates(["from_edge", "to_edge"], ignore_index=True)
    frame["from_edge"] = edge_id[frame["from_edge"].to_numpy(dtype=np.int64)]
    frame["to_edge"] = edge_id[frame["to_edge"].to_numpy(dtype=np.int64)]
    frame["penalty_s"] = np.inf
    return frame[TURN_COLUMNS].astype({"restriction": "str", "vehicle": "str", "osm_id": "int64"})


def _meaning(key: str, text: str, tags: dict[str, str], when: dt.date | None) -> tuple[str, str]:
    """Vehicles that a restriction binds (empty: all motor vehicles), and its word (empty: not now). Raises _Unused."""
    parts = key.split(":")[1:]
    others = [part for part in parts if part in _OTHER_KEYS]
    exempt = {word.strip() for word in tags.get("except", "").replace(",", ";").split(";")}
    if others or exempt & {"motor_vehicle", "vehicle"}:
        raise _Unused(f"binds {others[0] if others else 'no motor vehicles'} only")
    vehicle = next((part for part in parts if part in ("hgv", "goods", "motorcar")), "")
    kind = tags.get("type", "").partition(":")[2]
    if kind in _OTHER_KEYS:
        raise _Unused(f"binds {kind} only")
    if {"hgv", "goods"} & exempt:
        vehicle = vehicle or "motorcar"
    elif "motorcar" in exempt:
        vehicle = vehicle or "hgv"
    if "conditional" not in parts and "@" not in text:
        return vehicle or kind, text.strip().lower()
    clauses = [clause for clause in parse_conditional(text) if not clause.bounds]
    if not clauses:
        raise _Unused("not readable, or for some vehicle sizes only")
    return vehicle or kind, next((c.value.lower() for c in clauses if holds(c, when) is not False), "")


def _pairs(word: str, members: list[tuple[str, int, str]], ends: _Ends) -> list[tuple[int, int]]:
    """Rows of the edges of every banned turn. Raises _Unused."""
    by_role: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for kind, ref, role in members:
        by_role[role].append((kind, ref))
    sources = [ref for kind, ref in by_role["from"] if kind == "w"]
    targets = [ref for kind, ref in by_role["to"] if kind == "w"]
    if not sources or not targets or not by_role["via"]:
        raise _Unused("a member from, via or to is missing")
    if not word.startswith(("no_", "only_")):
        raise _Unused("neither no_ nor only_")
    if any(kind != "n" for kind, _ in by_role["via"]):
        return _pairs_over_way(word, sources, [ref for _, ref in by_role["via"]], targets, ends)
    pairs: list[tuple[int, int]] = []
    met = False
    for _, node in by_role["via"]:
        into = [edge for edge in ends.into.get(node, []) if ends.last_way[edge] in sources]
        wanted = [edge for edge in ends.out_of.get(node, []) if ends.first_way[edge] in targets]
        if not into or not wanted:
            continue
        met = True
        for one in into:
            back = int(ends.twin[one])
            if word == "no_u_turn" and back in wanted:
                pairs.append((one, back))
            elif word.startswith("no_"):
                pairs += [(one, other) for other in wanted if other != back or sources == targets]
            else:
                pairs += [(one, other) for other in ends.out_of[node] if other not in wanted]
    if not met:
        raise _Unused("its ways do not meet in the network, or may not be driven that way")
    return pairs


def _pairs_over_way(
    word: str, sources: list[int], via: list[int], targets: list[int], ends: _Ends
) -> list[tuple[int, int]]:
    """Pairs that say the same as a restriction from way to way over a third one.

        from ---> N1 ---via---> N2 ---> to

    When nobody but `from` enters at N1, banning via -> to is the same; when nothing but `to` leaves at N2, banning
    from -> via is. Raises _Unused for the others: a pair of edges would forbid too much.
    """
    pairs: list[tuple[int, int]] = []
    met = False
    over = [(node, edge) for node, edges in ends.out_of.items() for edge in edges if ends.first_way[edge] in via]
    for node, edge in over:
        into = [one for one in ends.into[node] if ends.last_way[one] in sources and one != ends.twin[edge]]
        out = ends.out_of.get(int(ends.head[edge]), [])
        wanted = [one for one in out if ends.first_way[one] in targets and one != ends.twin[edge]]
        if len(via) > 1 or not into or not wanted:
            continue
        met = True
        alone = {*into, int(ends.twin[edge])} >= set(ends.into[node])
        others = [one for one in out if one not in wanted]
        if word.startswith("no_") and alone:
            pairs += [(edge, one) for one in wanted]
        elif word.startswith("no_") and set(others) <= {int(ends.twin[edge])}:
            pairs += [(one, edge) for one in into]
        elif word.startswith("only_") and alone:
            pairs += [(edge, one) for one in others]
            pairs += [(one, other) for one in into for other in ends.out_of[node] if other != edge]
        else:
            raise _Unused("via a way that others use too: no pair of edges tells it")
    if not met:
        raise _Unused("its ways do not meet in the network, or go via several ways")
    return pairs


def _ends(data: OsmData, segments: Segments, rows: EdgeRows, nodes: set[int]) -> _Ends:
    """Road edges at some nodes (OSM ids)."""
    ahead = rows.side == 0
    first, last = data.way_id[segments.way[rows.segment]], data.way_id[segments.last_way[rows.segment]]
    u, v = segments.node_id[segments.u[rows.segment]], segments.node_id[segments.v[rows.segment]]
    tail, head = np.where(ahead, u, v), np.where(ahead, v, u)
    road = data.way_kind[segments.way[rows.segment]] != RAIL
    wanted = np.array(sorted(nodes), dtype=np.int64)
    into: dict[int, list[int]] = defaultdict(list)
    out_of: dict[int, list[int]] = defaultdict(list)
    for table, end in ((into, head), (out_of, tail)):
        found = np.flatnonzero(road & np.isin(end, wanted))
        for row, node in zip(found.tolist(), end[found].tolist(), strict=True):
            table[node].append(row)
    twin = rows.row[1 - rows.side, rows.segment]
    first, last = np.where(ahead, first, last), np.where(ahead, last, first)
    return _Ends(into, out_of, rows.edge_id, first, last, twin, head)


def blocked_nodes(data: OsmData) -> dict[int, str]:
    """Nodes that no motor vehicle passes, with the barrier's word."""
    n, tags = len(data.node_id), data.node_tags
    barrier = tags.text("barrier", n)
    blocked = np.isin(barrier, list(CLOSED_BARRIERS))
    for key in reversed(MOTOR_KEYS):
        rows, _ = tags.of(key)
        blocked[rows] = tags.is_in(key, NO_ACCESS, n)[rows]
    for key in MOTOR_OPENERS:
        blocked &= ~tags.is_in(key, OPEN_WORDS, n)
    blocked &= barrier != ""
    return dict(zip(data.node_id[blocked].tolist(), barrier[blocked].tolist(), strict=True))
