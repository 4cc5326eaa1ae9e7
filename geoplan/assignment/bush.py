"""User equilibrium by Algorithm B: the loop around the kernels, and warm starts."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoplan.assignment.bush_kernels import adopt_bushes, plant_bushes, sum_bushes
from geoplan.assignment.delay_kernels import set_costs
from geoplan.assignment.problem import Problem
from geoplan.assignment.renew_kernels import renew_bushes
from geoplan.assignment.result import Paths
from geoplan.assignment.shift_kernels import shift_flows

log = logging.getLogger(__name__)
Array = NDArray[np.float64]

# How often flows are shifted on given bushes before the bushes are renewed. Renewing costs as much as about ten
# rounds of shifting; the values were tuned on Anaheim, Winnipeg and ChicagoSketch, and matter by a factor < 1.5.
ROUNDS, REST, STOP = 32, 0.5, 0.05
# A warm start has nearly the right links: better flows pay off at once.
WARM_ROUNDS, WARM_REST, WARM_STOP = 64, 1.0, 0.003


def solve_bush(
    problem: Problem, gap: float, max_iterations: int, start: Paths | None = None
) -> tuple[Array, list[dict[str, Any]], tuple]:
    """Flows in user equilibrium to a relative gap.

    Trips that have no way are set to 0 in `problem.amount`.

    Returns
    -------
    Flows (n_classes, n_arcs), passenger car equivalents an hour; rows of the convergence table; the bushes.
    """
    began = time.perf_counter()
    law, graph, trips = problem.law, problem.graph, problem.trips
    class_flow = np.zeros_like(problem.extra)
    flow, slope = problem.preload.copy(), np.empty(len(problem.preload))
    cost = np.empty_like(problem.extra)
    loads = (flow, cost, slope)
    set_costs(*law, *loads)
    bushes = _first_bushes(problem, loads, start)
    spare = tuple(np.empty_like(part) for part in bushes)
    weight = 1.0 / problem.pce
    rows: list[dict[str, Any]] = []
    rounds, rest, stop = (ROUNDS, REST, STOP) if start is None else (WARM_ROUNDS, WARM_REST, WARM_STOP)
    if start is not None:
        # The links of the bushes are nearly right, only the flows are not: even those out first.
        _sum_flows(problem, bushes, class_flow, loads)
        shift_flows(law, problem.kind, loads, bushes, rounds, rest, stop)
    for iteration in range(1, max_iterations + 1):
        _sum_flows(problem, bushes, class_flow, loads)
        excess, added, blocked, new = renew_bushes(graph, trips, weight, cost, bushes, spare)
        bushes, spare = new, bushes
        spent = sum(w * np.sum(x * np.where(x > 0, c, 0.0)) for w, x, c in zip(weight, class_flow, cost, strict=True))
        relative_gap = excess / spent if spent > 0 else 0.0
        rows.append(
            {
                "iteration": iteration,
                "relative_gap": relative_gap,
                "seconds": time.perf_counter() - began,
                "links_in_bushes": int(bushes[2][-1]),
                "links_added": added,
                "bushes_blocked": blocked,
            }
        )
        log.debug("bush: iteration %d, relative gap %.3e, %d links join", iteration, relative_gap, added)
        if relative_gap <= gap or iteration == max_iterations:
            break
        # Once no link joins any more, only the flows on the bushes are left to even out.
        patience = 1 if added else 20
        shift_flows(law, problem.kind, loads, bushes, patience * rounds, rest, stop / patience)
    sum_bushes(problem.kind, bushes, class_flow)
    return class_flow, rows, bushes


def _sum_flows(problem: Problem, bushes: tuple, class_flow: Array, loads: tuple[Array, Array, Array]) -> None:
    """Flows and costs of the arcs from those of the bushes."""
    sum_bushes(problem.kind, bushes, class_flow)
    np.add(problem.preload, class_flow.sum(axis=0), out=loads[0])
    set_costs(*problem.law, *loads)


def _first_bushes(problem: Problem, loads: tuple[Array, Array, Array], start: Paths | None) -> tuple:
    """Trees for a cold start; the bushes of another solution made fit for a warm one."""
    if start is None:
        bushes, _ = plant_bushes(problem.graph, problem.law, problem.trips, loads)
        return bushes
    old = start.core.problem
    if _same_trips(old, problem) and _same_graph(old, problem) and np.array_equal(_open(old), _open(problem)):
        log.info("bush: warm start, all %d bushes as they were", len(problem.origin))
        return tuple(part.copy() for part in start.bushes)
    new_arc = _matching_arcs(old, problem)
    number = {key: b for b, key in enumerate(_bush_keys(old))}
    source = np.array([number.get(key, -1) for key in _bush_keys(problem)], dtype=np.int64)
    same = _same_ways(old, problem)
    fits = same[problem.kind] & (source >= 0)
    keep = fits & (old.origin[source] == problem.origin) if len(old.origin) else fits
    old_flow = np.zeros_like(old.extra)
    sum_bushes(old.kind, start.bushes, old_flow)
    flow, cost, _ = loads
    known = new_arc >= 0
    flow[new_arc[known]] += old_flow.sum(axis=0)[known]
    set_costs(*problem.law, *loads)
    log.info("bush: warm start, %d of %d bushes as they were", int(keep.sum()), len(keep))
    bushes, _ = adopt_bushes(problem.graph, problem.trips, cost, start.bushes, source, keep, new_arc)
    return bushes


def _same_trips(old: Problem, new: Problem) -> bool:
    """Whether the same trips of the same classes start and end at the same nodes."""
    parts = ("pce", "origin", "kind", "ptr", "to_node", "amount")
    return old.classes == new.classes and all(np.array_equal(getattr(old, a), getattr(new, a)) for a in parts)


def _open(problem: Problem) -> NDArray[np.bool_]:
    """Which arcs each class may use, (n_classes, n_arcs)."""
    return np.isfinite(problem.extra)


def _bush_keys(problem: Problem) -> list[tuple[str, Hashable]]:
    """Class and origin node of each bush."""
    names = (problem.classes[k] for k in problem.kind)
    return list(zip(names, problem.origin_ids.to_list(), strict=True))


def _matching_arcs(old: Problem, new: Problem) -> NDArray[np.int64]:
    """Arc of the new problem for each arc of the old one, -1 where it is gone."""
    if _same_graph(old, new):
        return np.arange(len(old.edge), dtype=np.int64)
    arc_of_edge = np.full(len(new.edge_ids) + 1, -1, dtype=np.int64)
    arc_of_edge[new.edge[new.edge >= 0]] = np.flatnonzero(new.edge >= 0)
    row = new.edge_ids.get_indexer(old.edge_ids)
    return np.where(old.edge >= 0, arc_of_edge[row[old.edge]], -1)


def _same_graph(old: Problem, new: Problem) -> bool:
    same_arcs = all(np.array_equal(a, b) for a, b in zip(old.graph, new.graph, strict=True))
    return same_arcs and np.array_equal(old.edge, new.edge) and old.edge_ids.equals(new.edge_ids)


def _same_ways(old: Problem, new: Problem) -> NDArray[np.bool_]:
    """For each class of the new problem: does it have the arcs of before, all and no others."""
    same = np.zeros(len(new.classes), dtype=bool)
    if _same_graph(old, new):
        before = dict(zip(old.classes, np.isfinite(old.extra), strict=True))
        for k, name in enumerate(new.classes):
            same[k] = name in before and np.array_equal(before[name], np.isfinite(new.extra[k]))
    return same
