"""Two closures at once: which pairs of structures or links are worse together than each alone."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.bottlenecks.closures import (
    Closures,
    Losses,
    Problem,
    Question,
    as_problem,
    compress_problem,
    find_closures,
    group_closures,
    kernel_arrays,
    measure,
    pose,
    run_kernel,
)
from geoplan.bottlenecks.pair_kernels import pair_losses
from geoplan.demand.demand import Demand
from geoplan.errors import DataError
from geoplan.network.network import Network
from geoplan.routing.blocks import in_blocks
from geoplan.routing.cost import Cost, FloatArray

FEW_PAIRS = 500  # so many are asked one at a time

COLUMNS = (
    "first",
    "second",
    "loss_vehh",
    "unsatisfied_trips",
    "closure_vehh",
    "alone_vehh",
    "together_vehh",
    "hit_zones",
)


def pair_criticality(
    network: Network,
    demand: Demand,
    *,
    by: str = "structure",
    among: Sequence[Hashable] | None = None,
    top: int = 100,
    cost: Cost | FloatArray = "time_s",
    duration_h: float = 24.0,
    modes: Sequence[str] = ("road",),
    matrix: str | None = None,
) -> pd.DataFrame:
    """Loss of every pair of the most important structures (or links, both directions), closed at the same time.

    Parameters
    ----------
    among
        Ids to pair; all when None.
    top
        Of these, the so many whose own closure costs most are paired; those that cost nothing alone are paired too
        while there is room, as two ways that stand in for each other may.
    by, cost, duration_h, modes, matrix
        As in `criticality`.

    Returns
    -------
    Table, worst pair first: first, second (structure ids, or edge ids of the two links), loss_vehh, unsatisfied_trips,
    closure_vehh (of both closed), alone_vehh (sum of the two closed one at a time), together_vehh (closure_vehh less
    alone_vehh: what comes of closing both at once; below zero where the same trips would lose twice) and hit_zones.
    """
    if top < 2:
        raise DataError(f"top {top} leaves no pair; take at least 2")
    question = pose(network, demand, cost=cost, modes=modes, matrix=matrix)
    closures = find_closures(network, by=by, among=among)
    alone = measure(question, closures, duration_h=duration_h)
    single = alone.closure_vehh.sum(axis=0)
    chosen = np.sort(np.argsort(-single, kind="stable")[:top])
    few = pick(closures, chosen)
    left, right = _places(len(chosen))
    extra, lost, waiting = measure_pairs(question, few, left, right, _columns(alone, chosen), duration_h=duration_h)
    ids = _labels(network, few, by)
    sums = single[chosen]
    table = pd.DataFrame(
        {
            "first": ids[left],
            "second": ids[right],
            "loss_vehh": extra.sum(axis=0),
            "unsatisfied_trips": lost.sum(axis=0),
            "closure_vehh": waiting.sum(axis=0),
            "alone_vehh": sums[left] + sums[right],
            "hit_zones": ((extra > 0) | (lost > 0)).sum(axis=0),
        }
    )
    table["together_vehh"] = table["closure_vehh"] - table["alone_vehh"]
    order = np.lexsort((np.arange(len(table)), -table["closure_vehh"].to_numpy()))
    table = table.iloc[order].reset_index(drop=True)[list(COLUMNS)]
    table.attrs = {"duration_h": duration_h, "by": by, "paired": len(chosen), "of": len(closures.ids)}
    return table


def pick(closures: Closures, places: NDArray[np.intp]) -> Closures:
    """Some of the closures, in the order of their places."""
    count = np.diff(closures.first)
    group = np.repeat(np.arange(len(closures.ids)), count)
    where = np.full(len(closures.ids), -1)
    where[places] = np.arange(len(places))
    kept = where[group] >= 0
    return group_closures(closures.ids[places], where[group[kept]], closures.rows[kept].astype(np.intp))


def measure_pairs(
    question: Question,
    closures: Closures,
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    alone: Losses,
    *,
    duration_h: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Extra vehicle hours, lost trips and vehicle hours over the closure, (n_origins, n_pairs).

    `left` and `right` are places in `closures`; `alone` is what each costs alone.
    """
    problem = as_problem(question, closures)
    problem, same = compress_problem(problem)
    a, b = same[left], same[right]
    apart = (a >= 0) & (b >= 0) & (a != b)
    # On one chain, or where one of them touches no way at all, the pair costs what the other costs alone.
    stands = np.where(a >= 0, left, right)
    tables = [table[:, stands] for table in (alone.extra_vehh, alone.lost_vph, alone.closure_vehh)]
    if apart.any():
        few = np.count_nonzero(apart) <= FEW_PAIRS
        found = (_as_closures if few else _run_kernel)(problem, a[apart], b[apart], duration_h * 3600.0)
        for table, new, scale in zip(tables, found, (3600.0, 1.0, 3600.0), strict=True):
            table[:, apart] = new / scale
    return tables[0], tables[1], tables[2]


def _as_closures(
    problem: Problem, a: NDArray[np.int64], b: NDArray[np.int64], duration_s: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Few pairs as closures of the arcs of both: the kernel of single closures is compiled anyway."""
    order = np.argsort(problem.closure, kind="stable")
    parts = np.split(problem.arc[order], np.searchsorted(problem.closure[order], np.arange(1, problem.n_closures)))
    both = [np.union1d(parts[i], parts[k]) for i, k in zip(a, b, strict=True)]
    closure = np.repeat(np.arange(len(both)), [len(arcs) for arcs in both])
    return run_kernel(replace(problem, n_closures=len(both), closure=closure, arc=np.concatenate(both)), duration_s)


def _run_kernel(
    problem: Problem, a: NDArray[np.int64], b: NDArray[np.int64], duration_s: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    first_out, head, tail, cost, through, sources, targets, trips, first_arc, arcs = kernel_arrays(problem)
    closure = np.repeat(np.arange(problem.n_closures), np.diff(first_arc)).astype(np.uint64)
    bits = np.zeros((len(head), problem.n_closures // 64 + 1), dtype=np.uint64)
    np.bitwise_or.at(bits, (arcs, (closure // 64).astype(np.intp)), np.uint64(1) << (closure % 64))

    def of_rows(rows: slice) -> tuple[FloatArray, FloatArray, FloatArray]:
        graph = (first_out, head, tail, cost, through)
        return pair_losses(
            *graph, sources[rows], targets, trips[rows], first_arc, arcs, bits, a, b, duration_s
        )  # fmt: skip

    parts = in_blocks(of_rows, len(sources))
    extra, lost, waiting = (np.concatenate(tables) for tables in zip(*parts, strict=True))
    return extra, lost, waiting


def _places(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and second place of every pair of n things."""
    pairs = np.array(list(combinations(range(n), 2)), dtype=np.intp).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _columns(losses: Losses, places: NDArray[np.intp]) -> Losses:
    return Losses(
        pick(losses.closures, places),
        losses.origins,
        losses.trips_vph,
        losses.extra_vehh[:, places],
        losses.lost_vph[:, places],
        losses.closure_vehh[:, places],
    )


def _labels(network: Network, closures: Closures, by: str) -> NDArray[np.object_]:
    """Structure ids, or the first edge id of each way."""
    if by == "structure":
        return closures.ids.to_numpy(dtype=object)
    first = ~network.edges["way_id"].duplicated()
    edge = pd.Series(network.edges.index[first], index=network.edges.loc[first, "way_id"])
    return edge.loc[closures.ids].to_numpy(dtype=object)
