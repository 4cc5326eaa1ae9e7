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
from geoplan.io.osm_edges import WAY_STEP, EdgeRows
from geoplan.io.osm_restrictions import UNUSED_COLUMNS
from geoplan.io.osm_split import Segments
from geoplan.io.osm_tags import CLOSED_BARRIERS, MOTOR_KEYS, MOTOR_OPENERS, NO_ACCESS, OPEN_WORDS
from geoplan.io.osm_via import Course, Pair, pairs_of_courses

_OTHER_KEYS = ("bus", "psv", "bicycle", "moped", "motorcycle", "foot", "caravan", "trailer", "agricultural")
_LONGEST_COURSE, _MOST_COURSES = 20, 100  # edges of one restriction, and courses: more is no sign on a road
TURN_COLUMNS = ["from_edge", "to_edge", "penalty_s", "restriction", "vehicle", "osm_id"]


@dataclass(frozen=True, eq=False)
class Turns:
    """Banned turns, the restrictions that could not be used, how many there were, and copies of edges (`osm_via`).

    copied : row of the edge of each copy; copy_id : id of the copy
    """

    table: pd.DataFrame
    unused: pd.DataFrame
    found: dict[str, int]
    copied: NDArray[np.int64]
    copy_id: NDArray[np.int64]


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
    tail: NDArray[np.int64]  # id of the node each edge starts in
    head: NDArray[np.int64]  # and of the one it ends in
    ways: frozenset[int]  # OSM ids of all ways with an edge


def build_turns(
    data: OsmData, segments: Segments, rows: EdgeRows, nodes: set[int], *, when: dt.date | None = None
) -> Turns:
    """Banned turns of the road network.

    `only_*` bans every other way out. A restriction over ways instead of a node becomes a pair of edges where that says
    the same; elsewhere the edges between get copies (`osm_via`). Barriers that no motor vehicle passes ban every
    passage of their node, but not the turn back.

    Parameters
    ----------
    nodes
        Ids of the nodes at which turns are restricted, from `turn_nodes`.
    when
        Date for conditional restrictions; None takes every one that may hold.
    """
    blocked = blocked_nodes(data)
    ends = _ends(data, segments, rows, nodes | set(blocked))
    banned: list[Pair] = []
    courses: list[Course] = []
    unused: list[tuple[str, int, str, str, str]] = []
    counts: Counter[str] = Counter()
    for osm_id, tags, members in data.turns:
        found = {key: text for key, text in tags.items() if key.split(":")[0] == "restriction"}
        found = found or {"type": tags.get("type", "")}
        counts.update(list(found))
        for key, text in found.items():
            try:
                vehicle, word = _meaning(key, text, tags, when)
                found_bans = _bans(word, members, ends) if word else []
                banned += [(path[0], other, word, vehicle, osm_id) for path, other in found_bans if len(path) == 1]
                courses += [Course(path, (other,), word, vehicle, osm_id) for path, other in found_bans if path[1:]]
            except _Unused as reason:
                unused.append(("relation", osm_id, key, text, str(reason)))
    for node, word in blocked.items():
        for one in ends.into.get(node, []):
            banned += [
                (one, other, f"barrier:{word}", "", node)
                for other in ends.out_of.get(node, [])
                if other != ends.twin[one]
            ]
    banned, copied = pairs_of_courses(
        banned, courses, into=ends.into, out_of=ends.out_of, tail=ends.tail, head=ends.head
    )
    copy_id = _copy_ids(ends.edge_id, copied)
    table = _turn_table(banned, np.concatenate([ends.edge_id, copy_id]))
    return Turns(table, pd.DataFrame(unused, columns=UNUSED_COLUMNS), dict(counts), copied, copy_id)


def _copy_ids(edge_id: NDArray[np.int64], copied: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ids of copies, behind those of all edges: an id of an edge (way id x 10,000 ...) stays what it was."""
    highest = int(np.abs(edge_id).max(initial=0)) // WAY_STEP + 1
    return highest * WAY_STEP + np.arange(len(copied), dtype=np.int64)


def turn_nodes(data: OsmData) -> set[int]:
    """Nodes at which a turn is restricted: those named, and the ends of ways that are named instead of a node."""
    named = {(kind, ref) for _, _, members in data.turns for kind, ref, role in members if role == "via"}
    nodes = {ref for kind, ref in named if kind == "n"}
    for row in np.flatnonzero(np.isin(data.way_id, [ref for kind, ref in named if kind == "w"])):
        refs = data.ref[data.first[row] : data.first[row + 1]]
        nodes |= {int(refs[0]), int(refs[-1])} if len(refs) else set()
    return nodes


def _turn_table(banned: list[Pair], edge_id: NDArray[np.int64]) -> pd.DataFrame:
    frame = pd.DataFrame(banned, columns=["from_edge", "to_edge", "restriction", "vehicle", "osm_id"])
    # A ban for everybody stands above one for some.
    frame = frame.sort_values("vehicle", kind="stable").drop_duplicates(["from_edge", "to_edge"], ignore_index=True)
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


def _bans(word: str, members: list[tuple[str, int, str]], ends: _Ends) -> list[tuple[tuple[int, ...], int]]:
    """Rows of the edges driven, and the row of an edge that may not follow. Raises _Unused."""
    by_role: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for kind, ref, role in members:
        by_role[role].append((kind, ref))
    sources = [ref for kind, ref in by_role["from"] if kind == "w"]
    targets = [ref for kind, ref in by_role["to"] if kind == "w"]
    missing = [role for role, found in (("from", sources), ("via", by_role["via"]), ("to", targets)) if not found]
    if missing:
        raise _Unused(f"has no member {' and '.join(missing)}")
    if not word.startswith(("no_", "only_")):
        raise _Unused("neither no_ nor only_")
    if any(kind != "n" for kind, _ in by_role["via"]):
        over = [ref for kind, ref in by_role["via"] if kind == "w"]
        bans = _over_ways(word, sources, over, targets, ends)
    else:
        over = []
        bans = _at_nodes(word, sources, [node for _, node in by_role["via"]], targets, ends)
    if bans is None:
        lost = [way for way in (*sources, *over, *targets) if way not in ends.ways]
        if lost:
            raise _Unused(f"way {lost[0]} of it is no road of the network")
        raise _Unused("its ways do not meet, or one-way streets forbid it already")
    return bans


def _at_nodes(
    word: str, sources: list[int], via: list[int], targets: list[int], ends: _Ends
) -> list[tuple[tuple[int, ...], int]] | None:
    """Bans at a node; None when no edge leads from the ways to the ways."""
    bans: list[tuple[int, int]] = []
    met = False
    for node in via:
        into = [edge for edge in ends.into.get(node, []) if ends.last_way[edge] in sources]
        wanted = [edge for edge in ends.out_of.get(node, []) if ends.first_way[edge] in targets]
        if not into or not wanted:
            continue
        met = True
        for one in into:
            back = int(ends.twin[one])
            if word == "no_u_turn" and back in wanted:
                bans.append((one, back))
            elif word.startswith("no_"):
                bans += [(one, other) for other in wanted if other != back or sources == targets]
            else:
                bans += [(one, other) for other in ends.out_of[node] if other not in wanted]
    return [((one,), other) for one, other in bans] if met else None


def _over_ways(
    word: str, sources: list[int], via: list[int], targets: list[int], ends: _Ends
) -> list[tuple[tuple[int, ...], int]] | None:
    """Bans from way to way over others; None when no edges lead there.

        from ---> N1 ---via---> N2 ---> to

    When nobody but `from` enters at N1, banning via -> to says the same; when nothing but `to` leaves at N2, banning
    from -> via does. Otherwise the whole course is banned.
    """
    courses = _courses(via, targets, ends)
    bans: list[tuple[tuple[int, ...], int]] = []
    met = False
    for course, wanted in courses:
        first, last = course[0], course[-1]
        node, back = int(ends.tail[first]), int(ends.twin[last])
        into = [one for one in ends.into[node] if ends.last_way[one] in sources and one != ends.twin[first]]
        if not into:
            continue
        met = True
        alone = len(course) == 1 and {*into, int(ends.twin[first])} >= set(ends.into[node])
        others = [one for one in ends.out_of[int(ends.head[last])] if one not in wanted]
        if word.startswith("no_"):
            if alone:
                bans += [(course, one) for one in wanted]
            elif len(course) == 1 and set(others) <= {back}:
                bans += [((one,), first) for one in into]
            else:
                bans += [((one, *course), other) for one in into for other in wanted]
            continue
        for one in into:
            path = (one, *course)
            bans += [((one,), other) for other in ends.out_of[node] if other != first]
            for k in range(1, len(course)):
                here = ends.out_of[int(ends.head[path[k]])]
                bans += [(path[: k + 1], other) for other in here if other != path[k + 1]]
            bans += [(course if alone else path, other) for other in others]
    return bans if met else None


def _courses(via: list[int], targets: list[int], ends: _Ends) -> list[tuple[tuple[int, ...], list[int]]]:
    """Edges over all of the ways, one after the other and no node twice, with the edges to turn into behind them."""
    ways = set(via)
    starts = [edge for edges in ends.out_of.values() for edge in edges if ends.first_way[edge] in ways]
    open_paths: list[tuple[int, ...]] = [(edge,) for edge in starts]
    found: list[tuple[tuple[int, ...], list[int]]] = []
    while open_paths and len(found) < _MOST_COURSES:
        path = open_paths.pop()
        node = int(ends.head[path[-1]])
        seen = {int(ends.tail[edge]) for edge in path}
        if node in seen or len(path) > _LONGEST_COURSE:
            continue
        out = [edge for edge in ends.out_of.get(node, []) if edge != ends.twin[path[-1]]]
        wanted = [edge for edge in out if ends.first_way[edge] in targets]
        if wanted and {int(ends.first_way[edge]) for edge in path} == ways:
            found.append((path, wanted))
        else:
            open_paths += [(*path, edge) for edge in out if ends.first_way[edge] in ways]
    return found


def _ends(data: OsmData, segments: Segments, rows: EdgeRows, nodes: set[int]) -> _Ends:
    """Road edges at some nodes (OSM ids)."""
    ahead = rows.side == 0
    first, last = data.way_id[segments.way[rows.segment]], data.way_id[segments.last_way[rows.segment]]
    u, v = segments.node_id[segments.u[rows.segment]], segments.node_id[segments.v[rows.segment]]
    tail, head = np.where(ahead, u, v), np.where(ahead, v, u)
    road = data.way_kind[segments.way[rows.segment]] != RAIL
    via = [ref for _, _, members in data.turns for kind, ref, role in members if kind == "w" and role == "via"]
    between = road & np.isin(first, via)  # a way between may have junctions of its own
    wanted = np.unique(np.concatenate([np.array(sorted(nodes), dtype=np.int64), tail[between], head[between]]))
    into: dict[int, list[int]] = defaultdict(list)
    out_of: dict[int, list[int]] = defaultdict(list)
    for table, end in ((into, head), (out_of, tail)):
        found = np.flatnonzero(road & np.isin(end, wanted))
        for row, node in zip(found.tolist(), end[found].tolist(), strict=True):
            table[node].append(row)
    twin = rows.row[1 - rows.side, rows.segment]
    first, last = np.where(ahead, first, last), np.where(ahead, last, first)
    ways = frozenset(np.unique(np.concatenate([first[road], last[road]])).tolist())
    return _Ends(into, out_of, rows.edge_id, first, last, twin, tail, head, ways)


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
