"""All trips on the network: `assign`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.assignment.bush import solve_bush
from geoplan.assignment.dead_ends import strip_dead_ends, whole_flow
from geoplan.assignment.evaluator import evaluate
from geoplan.assignment.frank_wolfe import solve_all_or_nothing, solve_bfw, solve_incremental
from geoplan.assignment.loading import by_hierarchy
from geoplan.assignment.problem import Problem, TrafficClass, build_problem, by_edge
from geoplan.assignment.result import Assignment, Paths
from geoplan.assignment.volume_delay import DelayFunction, edge_times
from geoplan.demand.demand import Demand
from geoplan.errors import DataError, NotConvergedWarning
from geoplan.network.network import Network

log = logging.getLogger(__name__)
Array = NDArray[np.float64]
Method = Literal["bush", "bfw", "aon", "incremental"]

MAX_ITERATIONS = {"bush": 500, "bfw": 2000, "aon": 1, "incremental": 10}


def assign(
    network: Network,
    demand: Demand,
    *,
    method: Method = "bush",
    gap: float = 1e-6,
    max_iterations: int | None = None,
    classes: Mapping[str, TrafficClass] | None = None,
    functions: Mapping[str, DelayFunction] | None = None,
    modes: Sequence[str] = ("road",),
    preload_vph: pd.Series | None = None,
    warm_start: Assignment | None = None,
) -> Assignment:
    """Put the trips of a demand on the network.

    In user equilibrium no traveller has a quicker way than the one taken (Wardrop's first principle). Trips
    between zones at one node stay off the network; trips that have no way are reported, not assigned.

    Parameters
    ----------
    network, demand
        Zones enter the network at their `node_id`. A node of kind "centroid" is never passed through. Turns of
        the network are kept. `network.meta["time_unit_s"]` sets the unit of the evaluation (3600: hours).
    method
        "bush": Algorithm B, to any accuracy. "bfw": bi-conjugate Frank-Wolfe. "aon": all or nothing on the
        empty network. "incremental": in `max_iterations` equal parts (10).
    gap
        Relative gap to reach: (total time - shortest total time) / total time.
    classes
        {class: TrafficClass} for classes that count for more than one car or may not pass everywhere.
    functions
        {road_class: Bpr, Conical or Points}, "*" for all others, see `build_volume_delay`. An edge whose
        capacity is not known keeps its free time, and the share of such edges is in the meta data.
    modes
        Modes of the edges that may be used; transfer edges always may.
    preload_vph
        Passenger car equivalents an hour that are on edges anyway, indexed by `edge_id`.
    warm_start
        A result by "bush" for a similar network or demand, to start from.

    Returns
    -------
    Assignment, checked by the independent evaluator.

    Raises
    ------
    DataError
        See `build_problem`.

    Warns
    -----
    NotConvergedWarning
        "bush" or "bfw" did not reach the gap; the result says so in `converged`.
    """
    if method not in get_args(Method):
        raise DataError(f"method {method!r} is not known; use one of {', '.join(get_args(Method))}")
    if not gap > 0:
        raise DataError(f"gap {gap} is not above 0")
    limit = MAX_ITERATIONS[method] if max_iterations is None else max_iterations
    if limit < 1:
        raise DataError(f"max_iterations {limit} is not at least 1")
    if warm_start is not None and (method != "bush" or warm_start.paths is None):
        raise DataError("warm_start needs method='bush' and a result by 'bush'")
    problem = build_problem(network, demand, classes=classes, functions=functions, modes=modes, preload_vph=preload_vph)
    bushes = None
    if method != "bush" and by_hierarchy(problem):
        # Dead ends cost a hierarchy nothing, and it serves every scenario only while the graph is whole.
        core = None
        class_flow, rows, _ = _solve(problem, method, gap, limit, None)
    else:
        core = strip_dead_ends(problem)
        core_flow, rows, bushes = _solve(core.problem, method, gap, limit, warm_start)
        class_flow = whole_flow(core, core_flow)
    unit = float(network.meta.get("time_unit_s", 3600.0))
    figures, zone_times = evaluate(problem, class_flow, time_unit_s=unit)
    # The evaluator subtracts two large sums: below 1e-13 its gap is rounding.
    converged = bool(figures["relative_gap"] <= max(1.01 * gap, 1e-13))
    if method in ("bush", "bfw") and not converged:
        warnings.warn(
            f"assign: relative gap {figures['relative_gap']:.1e} after {len(rows)} iterations, not {gap:.0e}; "
            "raise max_iterations" + ("" if method == "bush" else " or use method='bush'"),
            NotConvergedWarning,
            stacklevel=2,
        )
    zones = demand.zones.index
    flows = _flow_table(network, problem, class_flow)
    result = Assignment(
        flows=flows,
        skims={
            name: pd.DataFrame(zone_times[k], index=zones, columns=zones.rename("destination"))
            for k, name in enumerate(problem.classes)
        },
        convergence=pd.DataFrame(rows),
        evaluation=figures,
        converged=converged,
        unassigned=_unassigned(demand, problem, zone_times),
        meta={"method": method, "gap": gap, "iterations": len(rows), **_footing(network, problem, flows)},
        paths=None if core is None or bushes is None else Paths(core, bushes, demand),
    )
    _tell(result)
    return result


def _solve(
    problem: Problem, method: str, gap: float, limit: int, warm_start: Assignment | None
) -> tuple[Array, list[dict[str, Any]], tuple | None]:
    if method == "bush":
        return solve_bush(problem, gap, limit, None if warm_start is None else warm_start.paths)
    if method == "bfw":
        return *solve_bfw(problem, gap, limit), None
    if method == "aon":
        return *solve_all_or_nothing(problem), None
    return *solve_incremental(problem, limit), None


def _flow_table(network: Network, problem: Problem, class_flow: Array) -> pd.DataFrame:
    """The flows of `Assignment`, one row an edge."""
    n = len(network.edges)
    pce_flow = by_edge(problem, class_flow, n)
    vehicles = pce_flow / problem.pce[:, None]
    preload = by_edge(problem, problem.preload, n)
    volume = pce_flow.sum(axis=0) + preload
    times = edge_times(problem.edge_delay, volume)
    empty = edge_times(problem.edge_delay, np.zeros(n))
    capacity = network.edges["capacity_vph"].to_numpy(dtype=np.float64)
    flow = vehicles.sum(axis=0)
    ratio = np.divide(volume, capacity, out=np.full(n, np.nan), where=capacity > 0)
    columns: dict[str, Array] = {
        "flow_vph": flow,
        "time_s": times,
        "vc_ratio": ratio,
        "delay_vehh": flow * (times - empty) / 3600,
    }
    if len(problem.classes) > 1:
        columns |= {f"flow_vph_{name}": vehicles[k] for k, name in enumerate(problem.classes)}
    if preload.any():
        columns["preload_vph"] = preload
    return pd.DataFrame(columns, index=network.edges.index)


def _unassigned(demand: Demand, problem: Problem, zone_times: Array) -> pd.DataFrame:
    """Trips between zones at one node, and trips without a way."""
    nodes = problem.zone_node
    same = nodes[:, None] == nodes[None, :]
    zones = demand.zones.index
    parts = []
    for k, name in enumerate(problem.classes):
        trips = demand.matrices[name].to_numpy()
        for reason, where in (("same node", same), ("no way", np.isinf(zone_times[k]) & ~same)):
            i, j = np.divmod(np.flatnonzero(where), max(len(zones), 1))
            some = trips[i, j] > 0
            i, j = i[some], j[some]
            columns = {"class": name, "origin": zones[i], "destination": zones[j], "trips_vph": trips[i, j]}
            if len(i):
                parts.append(pd.DataFrame({**columns, "reason": reason}))
    if not parts:
        return pd.DataFrame({"class": [], "origin": [], "destination": [], "trips_vph": [], "reason": []})
    return pd.concat(parts, ignore_index=True)


def _footing(network: Network, problem: Problem, flows: pd.DataFrame) -> dict[str, Any]:
    """What the result rests on: shares of vehicle metres on edges whose capacity is unknown or assumed."""
    travelled = flows["flow_vph"].to_numpy() * network.edges["length_m"].to_numpy()
    all_travelled = float(travelled.sum())
    assumed = network.edges["assumed"].str.contains("capacity_vph", regex=False).to_numpy(dtype=bool)
    used = flows["flow_vph"].to_numpy() > 0

    def share(where: NDArray[np.bool_]) -> float:
        return float(travelled[where].sum()) / all_travelled if all_travelled > 0 else 0.0

    return {
        "used_edges": int(used.sum()),
        "unknown_capacity_edges": int((problem.edge_delay.unknown_capacity & used).sum()),
        "unknown_capacity_share": share(problem.edge_delay.unknown_capacity),
        "assumed_capacity_share": share(assumed),
        "default_function_share": share(problem.edge_delay.default_function),
    }


def _tell(result: Assignment) -> None:
    """One line in the log, and one for what was left out."""
    figures = result.evaluation
    log.info(
        "assign: %s, %d iterations, relative gap %.2e, %.0f trips off the network",
        result.meta["method"], result.meta["iterations"], figures["relative_gap"], result.unassigned["trips_vph"].sum(),
    )  # fmt: skip
    lost = result.unassigned[result.unassigned["reason"] == "no way"]
    if len(lost):
        first = f"{lost['origin'].iloc[0]} to {lost['destination'].iloc[0]}"
        log.warning("assign: %.1f trips of %d pairs have no way (first: %s)", lost["trips_vph"].sum(), len(lost), first)
    if result.meta["unknown_capacity_edges"]:
        log.warning(
            "assign: %d edges in use (%.0f %% of vehicle metres) have no known capacity and keep their free time",
            result.meta["unknown_capacity_edges"], 100 * result.meta["unknown_capacity_share"],
        )  # fmt: skip
