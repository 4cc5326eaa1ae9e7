"""Dead ends leave no choice: trips there are known before any search, and the solvers need not see them.

Connectors of zones are dead ends, and so is a third of the nodes of many road networks. What is left is the core.
Flows on the dead ends are put back afterwards, so that a result is one of the whole network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.assignment.problem import Problem
from geoplan.network.graph import graph_from_positions

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Core:
    """A problem without its dead ends, and the way back to the whole.

    problem : the core as a problem of its own
    whole : the problem it comes from
    arc : (n_core_arcs,) arc of the whole
    row : (n_trips,) row of the trips of the whole for each row of the core
    attach : (n_nodes,) core node where a node of the whole hangs, or is
    apart : (n_trips,) rows of the whole whose ends hang on different core nodes
    parent, up, down : (n_nodes,) next node towards the core, arc to it and arc from it; -1 where there is none
    rounds : stripped nodes, the outermost first; a parent comes after its children
    """

    problem: Problem
    whole: Problem
    arc: Places
    row: Places
    attach: Places
    apart: NDArray[np.bool_]
    parent: Places
    up: Places
    down: Places
    rounds: tuple[Places, ...]


def strip_dead_ends(problem: Problem) -> Core:
    """The core of a problem: nodes that hang on one other node by one arc each way are taken off, again and again.

    A node stays when what it hangs on may not be passed through. Trips that a dead end keeps from their goal
    (an arc that is missing or closed to their class) become 0 in `problem.amount`.
    """
    first_out, head, tail, through = problem.graph
    n = len(first_out) - 1
    usable = np.isfinite(problem.extra).any(axis=0) & (head != tail)
    parent, up, down = (np.full(n, -1, dtype=np.intp) for _ in range(3))
    rounds: list[Places] = []
    while True:
        arcs = np.flatnonzero(usable)
        leaves, mother, leave, enter = _leaves(n, head[arcs], tail[arcs], through)
        if not len(leaves):
            break
        parent[leaves] = mother
        up[leaves] = np.where(leave >= 0, arcs[leave], -1)
        down[leaves] = np.where(enter >= 0, arcs[enter], -1)
        usable[up[leaves][leave >= 0]] = False
        usable[down[leaves][enter >= 0]] = False
        rounds.append(leaves)
    _drop_hindered(problem, parent, up, down, tuple(rounds))
    return _core(problem, parent, up, down, tuple(rounds))


def whole_flow(core: Core, core_flow: Array) -> Array:
    """Flows (n_classes, n_arcs) of the whole from those of the core, trips of dead ends included."""
    flow = np.zeros_like(core.whole.extra)
    flow[:, core.arc] = core_flow
    # What the solver found to have no way must not be on the dead ends either.
    lost = core.apart[core.row] & (core.problem.amount == 0)
    core.whole.amount[core.row[lost]] = 0.0
    add_dead_ends(core, core.whole.amount, flow)
    return flow


def add_dead_ends(core: Core, amount: Array, flow: Array) -> None:
    """Add to `flow` (n_classes, n_arcs) the dead ends' part of trips `amount`, in the rows of the whole."""
    whole, n = core.whole, len(core.parent)
    if not core.rounds:
        return
    bush, apart = whole.bush_of_row, core.apart
    for k in range(len(whole.classes)):
        mine = whole.rows_of_class(k)
        moving = np.where(apart[mine], amount[mine], 0.0)
        start = np.bincount(whole.origin[bush[mine]], weights=moving, minlength=n)
        end = np.bincount(whole.to_node[mine], weights=moving, minlength=n)
        for leaves in core.rounds:
            for load, arcs in ((start, core.up[leaves]), (end, core.down[leaves])):
                there = arcs >= 0
                flow[k, arcs[there]] += load[leaves[there]]
                np.add.at(load, core.parent[leaves], load[leaves])
    for row in np.flatnonzero(~apart & (amount > 0)):
        within = arcs_within(core, int(whole.origin[bush[row]]), int(whole.to_node[row]))
        flow[whole.kind[bush[row]], within] += amount[row]


def arcs_out(core: Core, node: int) -> list[int]:
    """Arcs from a node to the core, in order of travel."""
    arcs = []
    while core.parent[node] >= 0:
        arcs.append(int(core.up[node]))
        node = int(core.parent[node])
    return arcs


def arcs_in(core: Core, node: int) -> list[int]:
    """Arcs from the core to a node, in order of travel."""
    arcs = []
    while core.parent[node] >= 0:
        arcs.append(int(core.down[node]))
        node = int(core.parent[node])
    return arcs[::-1]


def arcs_within(core: Core, start: int, end: int) -> list[int]:
    """Arcs between two nodes that hang on the same core node: up to where their ways meet, and down."""
    return _between(core.parent, core.up, core.down, start, end)


def _between(parent: Places, up: Places, down: Places, start: int, end: int) -> list[int]:
    above = [start]
    while parent[above[-1]] >= 0:
        above.append(int(parent[above[-1]]))
    back: list[int] = []
    while end not in above:
        back.append(int(down[end]))
        end = int(parent[end])
    return [int(up[node]) for node in above[: above.index(end)]] + back[::-1]


def _leaves(
    n: int, head: NDArray[np.int32], tail: NDArray[np.int32], through: NDArray[np.bool_]
) -> tuple[Places, Places, Places, Places]:
    """Nodes that hang on one other; that node; the arc (place in `head`) to it and from it, -1 for none."""
    out_degree, in_degree = np.bincount(tail, minlength=n), np.bincount(head, minlength=n)
    out_arc, in_arc = (np.full(n, -1, dtype=np.intp) for _ in range(2))
    out_arc[tail] = np.arange(len(tail))
    in_arc[head] = np.arange(len(head))
    alone = np.flatnonzero((out_degree <= 1) & (in_degree <= 1) & (out_degree + in_degree > 0))
    leave, enter = out_arc[alone], in_arc[alone]
    after = np.where(leave >= 0, head[leave], tail[enter])
    before = np.where(enter >= 0, tail[enter], after)
    good = (after == before) & through[after]
    # Two nodes that hang on each other only: one of them stays.
    hanging = np.zeros(n, dtype=bool)
    hanging[alone[good]] = True
    good &= ~(hanging[after] & (after < alone))
    return alone[good], after[good].astype(np.intp), leave[good], enter[good]


def _drop_hindered(problem: Problem, parent: Places, up: Places, down: Places, rounds: tuple[Places, ...]) -> None:
    """Set trips to 0 that a missing or closed arc of a dead end keeps from their goal."""
    if not rounds:
        return
    n, amount = len(parent), problem.amount
    bush, attach = problem.bush_of_row, _attach(parent, rounds)
    for k in range(len(problem.classes)):
        open_arc = np.append(np.isfinite(problem.extra[k]), False)  # the last answers for -1
        gets_out, gets_in = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
        for leaves in reversed(rounds):
            gets_out[leaves] = gets_out[parent[leaves]] & open_arc[up[leaves]]
            gets_in[leaves] = gets_in[parent[leaves]] & open_arc[down[leaves]]
        mine = problem.rows_of_class(k)
        start, end = problem.origin[bush[mine]], problem.to_node[mine]
        same = attach[start] == attach[end]
        amount[mine] *= same | (gets_out[start] & gets_in[end])
        for row in mine.start + np.flatnonzero(same & (amount[mine] > 0)):
            arcs = _between(parent, up, down, int(problem.origin[bush[row]]), int(problem.to_node[row]))
            if not open_arc[arcs].all():
                amount[row] = 0.0


def _attach(parent: Places, rounds: tuple[Places, ...]) -> Places:
    """Node of the core (by its number in the whole) where each node hangs."""
    attach = np.arange(len(parent))
    for leaves in reversed(rounds):
        attach[leaves] = attach[parent[leaves]]
    return attach


def _core(problem: Problem, parent: Places, up: Places, down: Places, rounds: tuple[Places, ...]) -> Core:
    _, head, tail, through = problem.graph
    kept = np.flatnonzero(parent < 0)
    number = np.full(len(parent), -1, dtype=np.intp)
    number[kept] = np.arange(len(kept))
    attach = number[_attach(parent, rounds)]
    stays = (parent[tail] < 0) & (parent[head] < 0)
    arc = np.flatnonzero(stays)
    graph = graph_from_positions(
        pd.RangeIndex(len(kept)), number[tail[arc]].astype(np.int32), number[head[arc]].astype(np.int32)
    )
    arc = arc[graph.edge]
    root = attach[problem.origin]
    order = np.lexsort((root, problem.kind))
    sizes = np.diff(problem.ptr)[order]
    starts = problem.ptr[:-1][order]
    row = np.repeat(starts - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) + np.arange(sizes.sum())
    row = row.astype(np.intp)
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(root[order]) != 0) | (np.diff(problem.kind[order]) != 0)
    to_node = attach[problem.to_node[row]].astype(np.int32)
    origin_of_row = np.repeat(root[order], sizes)
    amount = np.where(origin_of_row == to_node, 0.0, problem.amount[row])
    first_row = np.concatenate([[0], np.cumsum(sizes)])
    return Core(
        problem=replace(
            problem,
            graph=(graph.first_out, graph.head, graph.tail, through[kept].copy()),
            edge=problem.edge[arc],
            delay=problem.delay[arc],
            extra=np.ascontiguousarray(problem.extra[:, arc]),
            preload=problem.preload[arc],
            origin=root[order][fresh].astype(np.int32),
            kind=problem.kind[order][fresh],
            ptr=np.append(first_row[:-1][fresh], first_row[-1]).astype(np.int64),
            to_node=to_node,
            amount=amount,
            zone_node=attach[problem.zone_node].astype(np.int32),
            origin_ids=problem.origin_ids[order][fresh],
            place=problem.place[:, kept],
        ),
        whole=problem,
        arc=arc,
        row=row,
        attach=attach,
        apart=root[problem.bush_of_row] != attach[problem.to_node],
        parent=parent,
        up=up,
        down=down,
        rounds=rounds,
    )
