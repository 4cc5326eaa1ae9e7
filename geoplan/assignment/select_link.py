"""Who uses this edge, and by which ways: read off the bushes of an assignment."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.assignment.bush_kernels import carry_all, sum_bushes
from geoplan.assignment.dead_ends import Core, add_dead_ends, arcs_in, arcs_out, arcs_within
from geoplan.assignment.path_kernels import follow_users
from geoplan.assignment.problem import by_edge
from geoplan.assignment.result import Assignment, Paths
from geoplan.errors import DataError, name_near

log = logging.getLogger(__name__)
Array = NDArray[np.float64]


def select_link(result: Assignment, edges: Hashable | Iterable[Hashable]) -> pd.DataFrame:
    """Trips that use an edge, or at least one of several (such as all edges of a bridge).

    Parameters
    ----------
    result
        An assignment by "bush".
    edges
        Edge id or ids.

    Returns
    -------
    One row a class and pair of zones that uses it, most trips first: class, origin, destination, trips_vph
    (all of the pair), through_vph (those over the edges) and share (through over all).

    Which traveller takes which of several equally quick ways is not unique in user equilibrium: at each node
    all trips from one origin are taken to have come over its links in the same proportion.
    """
    paths, chosen = _chosen_arcs(result, edges)
    fraction, _ = _users(paths, chosen)
    problem, demand = paths.core.whole, paths.demand
    zones = demand.zones.index
    parts = []
    for k, name in enumerate(problem.classes):
        by_pair = _zone_table(paths, fraction, k)
        trips = demand.matrices[name].to_numpy()
        i, j = np.nonzero(by_pair * trips > 0)
        columns = {"class": name, "origin": zones[i], "destination": zones[j], "trips_vph": trips[i, j]}
        parts.append(pd.DataFrame({**columns, "share": by_pair[i, j]}))
    table = pd.concat(parts, ignore_index=True)
    table.insert(4, "through_vph", table["trips_vph"] * table["share"])
    return table.sort_values("through_vph", ascending=False, kind="stable", ignore_index=True)


def select_link_flows(result: Assignment, edges: Hashable | Iterable[Hashable]) -> pd.Series:
    """Vehicles an hour on every edge that use at least one of `edges`, indexed by `edge_id`: where they come from."""
    paths, chosen = _chosen_arcs(result, edges)
    _, users = _users(paths, chosen)
    problem = paths.core.whole
    vehicles = (users / problem.pce[:, None]).sum(axis=0)
    return pd.Series(by_edge(problem, vehicles, len(problem.edge_ids)), index=problem.edge_ids, name="through_vph")


def used_paths(
    result: Assignment,
    origin: Hashable,
    destination: Hashable,
    *,
    class_name: str | None = None,
    least_share: float = 0.001,
) -> pd.DataFrame:
    """The ways that trips between two zones take.

    Parameters
    ----------
    origin, destination
        Zone ids.
    class_name
        Class of the demand; may be left out when there is only one.
    least_share
        Ways with a smaller share of the trips are left out; the log says how much that is.

    Returns
    -------
    One row an edge of a way, the most used way first: path (0, 1, ...), position, edge_id, share, flow_vph.
    """
    paths = _paths_of(result)
    problem, demand = paths.core.whole, paths.demand
    for zone in (origin, destination):
        if zone not in demand.zones.index:
            near = name_near(str(zone), [str(z) for z in demand.zones.index])
            raise DataError(f"no zone {zone!r} in the demand.{near}")
    name = class_name if class_name is not None else problem.classes[0]
    if name not in problem.classes or (class_name is None and len(problem.classes) > 1):
        raise DataError(f"class {class_name!r}: name one of {', '.join(problem.classes)}")
    place = demand.zones.index.get_indexer([origin, destination])
    trips = float(demand.matrices[name].iloc[place[0], place[1]])
    root, end = (int(node) for node in problem.zone_node[place])
    ways = _ways(paths, root, end, problem.classes.index(name), least_share)
    ways.sort(key=lambda way: -way[0])
    found = sum(share for share, _ in ways)
    if ways and found < 1 - 1e-9:
        log.info("paths: ways with less than %g of the trips left out, %.2g of them together", least_share, 1 - found)
    rows = [
        (number, position, problem.edge_ids[problem.edge[arc]], share, share * trips)
        for number, (share, arcs) in enumerate(ways)
        for position, arc in enumerate(arc for arc in arcs if problem.edge[arc] >= 0)
    ]
    return pd.DataFrame(rows, columns=["path", "position", "edge_id", "share", "flow_vph"])


def _paths_of(result: Assignment) -> Paths:
    if result.paths is None:
        raise DataError(f"a result by {result.meta['method']!r} keeps no ways; assign with method='bush'")
    return result.paths


def _chosen_arcs(result: Assignment, edges: Hashable | Iterable[Hashable]) -> tuple[Paths, NDArray[np.bool_]]:
    """Ways, and which arcs were asked for."""
    paths = _paths_of(result)
    ids = paths.core.whole.edge_ids
    wanted: list[Hashable]
    if isinstance(edges, Iterable) and not isinstance(edges, str):
        wanted = list(edges)
    else:
        wanted = [edges]
    lost = [edge for edge in wanted if edge not in ids]
    if lost:
        near = name_near(str(lost[0]), [str(i) for i in ids])
        raise DataError(f"no edge {lost[0]!r} in the network.{near}")
    row = np.zeros(len(ids) + 1, dtype=bool)
    row[ids.get_indexer(pd.Index(wanted))] = True
    return paths, row[paths.core.whole.edge]  # the last place answers for arcs that are no edge


def _users(paths: Paths, chosen: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Share of each row of trips that uses the chosen arcs, and the flow of these users (n_classes, n_arcs)."""
    core, whole = paths.core, paths.core.whole
    always = _always(core, chosen)
    fraction, users = np.zeros(len(whole.amount)), np.zeros_like(whole.extra)
    part, flow = np.zeros(len(core.row)), np.zeros_like(core.problem.extra)
    origin, kind, ptr, to_node, amount = core.problem.trips
    n, tail = len(core.problem.graph[0]) - 1, core.problem.graph[2]
    # Those who pass a chosen dead end use the core wherever they go; of the rest, those over chosen arcs.
    bound = always[core.row]
    sure, rest = (_loaded(paths, np.where(where, amount, 0.0)) for where in (bound, ~bound))
    sum_bushes(kind, sure, flow)
    users[:, core.arc] = flow
    flow[:] = 0.0
    follow_users(n, tail, (origin, kind, ptr, to_node, amount), rest, chosen[core.arc], part, flow)
    users[:, core.arc] += flow
    fraction[core.row] = part
    fraction[always] = 1.0
    add_dead_ends(core, whole.amount * fraction, users)
    return fraction, users


def _always(core: Core, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows of trips that pass a chosen arc on their dead ends."""
    whole = core.whole
    picked = np.append(chosen, False)  # the last answers for -1
    out, into = np.zeros(len(core.parent), dtype=bool), np.zeros(len(core.parent), dtype=bool)
    for leaves in reversed(core.rounds):
        out[leaves] = out[core.parent[leaves]] | picked[core.up[leaves]]
        into[leaves] = into[core.parent[leaves]] | picked[core.down[leaves]]
    source = whole.origin[whole.bush_of_row]
    always = core.apart & (out[source] | into[whole.to_node])
    for row in np.flatnonzero(~core.apart & (whole.amount > 0)):
        always[row] = picked[arcs_within(core, int(source[row]), int(whole.to_node[row]))].any()
    return always


def _loaded(paths: Paths, amount: Array) -> tuple:
    """The bushes with the flows of other amounts, at the same shares."""
    problem = paths.core.problem
    origin, kind, ptr, to_node, _ = problem.trips
    bushes = (*paths.bushes[:5], paths.bushes[5].copy())
    carry_all(problem.graph[2], (origin, kind, ptr, to_node, amount), bushes, len(problem.graph[0]) - 1)
    return bushes


def _zone_table(paths: Paths, fraction: Array, k: int) -> Array:
    """Shares by zone, (n_zones, n_zones), from those by node."""
    problem = paths.core.whole
    nodes, place = np.unique(problem.zone_node, return_inverse=True)
    table = np.zeros((len(nodes), len(nodes)))
    mine = problem.rows_of_class(k)
    rows = np.searchsorted(nodes, problem.origin[problem.bush_of_row[mine]])
    shares = np.where(problem.amount[mine] > 0, fraction[mine], 0.0)
    table[rows, np.searchsorted(nodes, problem.to_node[mine])] = shares
    return table[np.ix_(place, place)]


def _ways(paths: Paths, root: int, end: int, k: int, least_share: float) -> list[tuple[float, list[int]]]:
    """Ways between two nodes of the whole: (share, arcs in order of travel)."""
    core = paths.core
    if core.attach[root] == core.attach[end]:
        within = arcs_within(core, root, end)
        return [(1.0, within)] if within and min(within) >= 0 else []
    before, after = arcs_out(core, root), arcs_in(core, end)
    match = np.flatnonzero((core.problem.origin == core.attach[root]) & (core.problem.kind == k))
    if not len(match) or min([*before, *after, 0]) < 0:
        return []
    found = _ways_back(paths, int(match[0]), int(core.attach[end]), least_share)
    return [(share, [*before, *(int(core.arc[a]) for a in arcs), *after]) for share, arcs in found]


def _ways_back(paths: Paths, bush: int, end: int, least_share: float) -> list[tuple[float, list[int]]]:
    """Ways of one bush from its root to a core node: (share, core arcs in order of travel)."""
    node_ptr, node, in_ptr, arc, from_pos, share = paths.bushes
    first = int(node_ptr[bush])
    places = np.flatnonzero(node[first : node_ptr[bush + 1]] == end)
    if not len(places):
        return []
    ways: list[tuple[float, list[int]]] = []
    open_ends: list[tuple[int, float, list[int]]] = [(int(places[0]), 1.0, [])]
    while open_ends:
        place, part, arcs = open_ends.pop()
        if place == 0:
            ways.append((part, arcs[::-1]))
            continue
        low, high = int(in_ptr[first + place]), int(in_ptr[first + place + 1])
        total = float(share[low:high].sum())
        for i in range(low, high):
            piece = part * float(share[i]) / total if total > 0 else 0.0
            if piece >= least_share and piece > 0:
                open_ends.append((int(from_pos[i]), piece, [*arcs, int(arc[i])]))
    return ways
