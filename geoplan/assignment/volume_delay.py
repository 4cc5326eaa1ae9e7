"""Travel time by flow: BPR, conical and tables of one's own, by road class, with slope and integral."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoplan.assignment.delay_kernels import (
    BPR,
    CONICAL,
    FIRST,
    FREE,
    KIND,
    PER_CAPACITY,
    POINTS,
    SECOND,
    WEIGHT,
)
from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network
from geoplan.routing.cost import free_time

log = logging.getLogger(__name__)
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bpr:
    """t = t0 (1 + alpha (v/c)^beta). Source: Bureau of Public Roads (1964), Traffic Assignment Manual."""

    alpha: float = 0.15
    beta: float = 4.0


@dataclass(frozen=True)
class Conical:
    """t = t0 (2 + sqrt(a^2 (1 - v/c)^2 + b^2) - a (1 - v/c) - b) with b = (2a - 1) / (2a - 2); twice t0 at capacity.

    Source: Spiess (1990), Conical volume-delay functions, Transportation Science 24, 153-158.
    """

    alpha: float = 4.0


@dataclass(frozen=True)
class Points:
    """t = t0 x factor, by straight lines between points (v/c, factor); the last line goes on beyond the last point.

    The ratios rise from 0 and the factors never fall.
    """

    vc_ratio: tuple[float, ...]
    factor: tuple[float, ...]


DelayFunction: TypeAlias = Bpr | Conical | Points


@dataclass(frozen=True, eq=False)
class VolumeDelay:
    """Parameters of all edges.

    table : (n_edges, 6) kind, free, weight, 1 / capacity, and two of the function; free holds what does not depend
        on flow. Seconds and passenger car equivalents an hour.
    points : (n_points, 2) v/c and factor of all tables one after another
    unknown_capacity : (n_edges,) edges that stay at their free time because nobody knows their capacity
    default_function : (n_edges,) edges that took the function named "*"
    """

    table: Array
    points: Array
    unknown_capacity: NDArray[np.bool_]
    default_function: NDArray[np.bool_]


def build_volume_delay(
    network: Network,
    *,
    functions: Mapping[str, DelayFunction] | None = None,
    usable: NDArray[np.bool_] | None = None,
) -> VolumeDelay:
    """Parameters of the volume-delay functions of a network.

    An edge with `bpr_alpha` and `bpr_beta` has those; else the function of its `road_class`; else the one named
    "*", which is `Bpr()` when none is given. An edge whose capacity is not known keeps its free time at any flow.

    Parameters
    ----------
    functions
        {road_class: function}, "*" for all others.
    usable
        Edges that matter, (n_edges,); only they are checked.

    Raises
    ------
    DataError
        An edge in use has no speed or a capacity of 0, or a function is not one that rises.
    """
    edges = network.edges
    n = len(edges)
    usable = np.ones(n, dtype=bool) if usable is None else usable
    given = {"*": Bpr(), **(functions or {})}
    for name, function in given.items():
        _check_function(name, function)
    free = free_time(network)
    _refuse(network, usable & np.isnan(free), "no speed_kmh", "set it or call fill_defaults")
    capacity = edges["capacity_vph"].to_numpy(dtype=np.float64)
    fixed = np.nan_to_num(edges["fixed_delay_s"].to_numpy(dtype=np.float64), nan=0.0)
    moving = np.where(np.isnan(free), 0.0, free - fixed)
    alpha, beta = edges["bpr_alpha"].to_numpy(dtype=np.float64), edges["bpr_beta"].to_numpy(dtype=np.float64)
    own = ~(np.isnan(alpha) | np.isnan(beta))
    classes = edges["road_class"].to_numpy(dtype=object)
    table = np.zeros((n, 6))
    points: list[Array] = []
    by_default = np.zeros(n, dtype=bool)
    _fill_bpr(table, own, moving, fixed, alpha, beta)
    for name, function in given.items():
        if name == "*":
            rows = ~own & ~np.isin(classes, [key for key in given if key != "*"])
            by_default = rows
        else:
            rows = ~own & (classes == name)
        if isinstance(function, Bpr):
            _fill_bpr(table, rows, moving, fixed, np.full(n, function.alpha), np.full(n, function.beta))
            continue
        table[rows, FREE] = fixed[rows]
        table[rows, WEIGHT] = moving[rows]
        if isinstance(function, Conical):
            table[rows, KIND] = CONICAL
            table[rows, FIRST] = function.alpha
            table[rows, SECOND] = (2 * function.alpha - 1) / (2 * function.alpha - 2)
        else:
            start = sum(len(part) for part in points)
            points.append(np.column_stack([function.vc_ratio, function.factor]).astype(np.float64))
            table[rows, KIND] = POINTS
            table[rows, FIRST], table[rows, SECOND] = start, start + len(function.vc_ratio)
    rising = table[:, WEIGHT] > 0
    _refuse(
        network,
        usable & rising & (capacity == 0),
        "capacity_vph 0",
        "set it, leave it empty, or close the edge",
    )
    unknown = np.isnan(capacity)
    at_rest = unknown | np.isinf(capacity)
    # What does not rise with flow is one number: the time of the empty edge.
    still = at_rest & (table[:, KIND] != BPR)
    table[still, FREE] += table[still, WEIGHT] * _rest_factor(table[still], np.concatenate(points) if points else None)
    table[at_rest, WEIGHT] = 0.0
    table[:, PER_CAPACITY] = np.divide(1.0, capacity, out=np.zeros(n), where=~at_rest & (capacity > 0))
    all_points = np.concatenate(points) if points else np.zeros((2, 2))
    return VolumeDelay(table, all_points, unknown, by_default)


def edge_times(delay: VolumeDelay, flow: Array) -> Array:
    """Seconds of edges that carry `flow` (n_edges,), passenger car equivalents an hour."""
    table, ratio = delay.table, flow * delay.table[:, PER_CAPACITY]
    rise = np.zeros(len(table))
    for kind, rows in _by_kind(table):
        r, t = ratio[rows], table[rows]
        if kind == BPR:
            rise[rows] = r ** t[:, FIRST]
        elif kind == CONICAL:
            left = t[:, FIRST] * (1 - r)
            rise[rows] = 2 + np.sqrt(left**2 + t[:, SECOND] ** 2) - left - t[:, SECOND]
        else:
            rise[rows] = _on_points(delay.points, t, r)
    return table[:, FREE] + table[:, WEIGHT] * rise


def edge_integrals(delay: VolumeDelay, flow: Array) -> Array:
    """Integral of the time of each edge from 0 to `flow`: the terms of Beckmann's objective, seconds x cars an hour."""
    table, ratio = delay.table, flow * delay.table[:, PER_CAPACITY]
    area = np.zeros(len(table))
    for kind, rows in _by_kind(table):
        r, t = ratio[rows], table[rows]
        if kind == BPR:
            area[rows] = r ** (t[:, FIRST] + 1) / (t[:, FIRST] + 1)
        elif kind == CONICAL:
            a, b = t[:, FIRST], t[:, SECOND]
            left, left0 = a * (1 - r), a
            bow, bow0 = (x * np.sqrt(x**2 + b**2) + b**2 * np.arcsinh(x / b) for x in (left, left0))
            area[rows] = (2 - b) * r + (bow0 - bow) / (2 * a) - a * (r - r**2 / 2)
        else:
            area[rows] = _under_points(delay.points, t, r)
    scale = np.divide(1.0, table[:, PER_CAPACITY], out=np.zeros(len(table)), where=table[:, PER_CAPACITY] > 0)
    return table[:, FREE] * flow + table[:, WEIGHT] * scale * area


def bpr_time(
    flow_vph: ArrayLike,
    capacity_vph: ArrayLike,
    free_time_s: ArrayLike,
    *,
    alpha: float = 0.15,
    beta: float = 4.0,
) -> Array:
    """Travel time of loaded edges by the BPR volume-delay function.

    Parameters
    ----------
    flow_vph, capacity_vph, free_time_s
        Float arrays, shape (n_edges,), in the rows of `network.edges`. Capacity > 0.

    Returns
    -------
    Array (n_edges,), seconds, never below `free_time_s`.

    Source: Bureau of Public Roads (1964), Traffic Assignment Manual.
    """
    ratio = np.asarray(flow_vph, dtype=np.float64) / np.asarray(capacity_vph, dtype=np.float64)
    return np.asarray(free_time_s, dtype=np.float64) * (1 + alpha * ratio**beta)


def conical_time(flow_vph: ArrayLike, capacity_vph: ArrayLike, free_time_s: ArrayLike, *, alpha: float = 4.0) -> Array:
    """Travel time of loaded edges by the conical volume-delay function; arrays as in `bpr_time`, alpha > 1.

    Source: Spiess (1990), Transportation Science 24, 153-158.
    """
    left = alpha * (1 - np.asarray(flow_vph, dtype=np.float64) / np.asarray(capacity_vph, dtype=np.float64))
    b = (2 * alpha - 1) / (2 * alpha - 2)
    return np.asarray(free_time_s, dtype=np.float64) * (2 + np.sqrt(left**2 + b**2) - left - b)


def _fill_bpr(table: Array, rows: NDArray[np.bool_], moving: Array, fixed: Array, alpha: Array, beta: Array) -> None:
    """BPR rows; a power of 0 is a constant."""
    constant = rows & (beta == 0)
    table[rows, KIND] = BPR
    table[rows, FREE] = (moving + fixed)[rows]
    table[constant, FREE] += (moving * alpha)[constant]
    table[rows, WEIGHT] = np.where(beta == 0, 0.0, moving * alpha)[rows]
    table[rows, FIRST] = np.where(beta == 0, 1.0, beta)[rows]


def _by_kind(table: Array) -> list[tuple[int, NDArray[np.intp]]]:
    """Rows whose time rises with flow, by kind of function."""
    rising = table[:, WEIGHT] > 0
    found = ((kind, np.flatnonzero(rising & (table[:, KIND] == kind))) for kind in (BPR, CONICAL, POINTS))
    return [(kind, rows) for kind, rows in found if len(rows)]


def _segments(points: Array, table: Array, ratio: Array) -> tuple[NDArray[np.intp], Array, Array]:
    """For tables of points: the segment of each ratio (row of its lower point), its slope, and the way into it."""
    low = np.empty(len(ratio), dtype=np.intp)
    for first in np.unique(table[:, FIRST]):
        rows = table[:, FIRST] == first
        start, stop = int(first), int(table[rows, SECOND][0])
        inner = points[start + 1 : stop - 1, 0]
        low[rows] = start + np.searchsorted(inner, ratio[rows], side="right")
    steep = (points[low + 1, 1] - points[low, 1]) / (points[low + 1, 0] - points[low, 0])
    return low, steep, ratio - points[low, 0]


def _on_points(points: Array, table: Array, ratio: Array) -> Array:
    low, steep, along = _segments(points, table, ratio)
    return points[low, 1] + steep * along


def _under_points(points: Array, table: Array, ratio: Array) -> Array:
    low, steep, along = _segments(points, table, ratio)
    pieces = np.diff(points[:, 0]) * (points[1:, 1] + points[:-1, 1]) / 2
    before = np.concatenate([[0.0], np.cumsum(pieces)])
    start = table[:, FIRST].astype(np.intp)
    return before[low] - before[start] + along * (points[low, 1] + steep * along / 2)


def _rest_factor(table: Array, points: Array | None) -> Array:
    """Factor of conical functions and tables at no flow."""
    a, b = table[:, FIRST], table[:, SECOND]
    cone = 2 + np.sqrt(a**2 + b**2) - a - b
    if points is None:
        return cone
    first = np.where(table[:, KIND] == POINTS, a, 0).astype(np.intp)
    return np.where(table[:, KIND] == POINTS, points[first, 1], cone)


def _check_function(name: str, function: Any) -> None:
    """DataError when a function would fall with flow or is none."""
    where = f"volume-delay function of {name!r}"
    if isinstance(function, Bpr):
        if not (function.alpha >= 0 and function.beta >= 0):
            raise DataError(f"{where}: alpha {function.alpha} and beta {function.beta} must be >= 0")
    elif isinstance(function, Conical):
        if not function.alpha > 1:
            raise DataError(f"{where}: alpha {function.alpha} must be above 1")
    elif isinstance(function, Points):
        x, y = np.asarray(function.vc_ratio, dtype=np.float64), np.asarray(function.factor, dtype=np.float64)
        good = len(x) == len(y) >= 2 and x[0] == 0 and (np.diff(x) > 0).all() and (np.diff(y) >= 0).all() and y[0] > 0
        if not good:
            raise DataError(
                f"{where}: ratios must rise from 0 and factors start above 0 and never fall, two or more of each"
            )
    else:
        raise DataError(f"{where}: {function!r} is not a Bpr, Conical or Points")


def _refuse(network: Network, wrong: NDArray[np.bool_], what: str, cure: str) -> None:
    if wrong.any():
        rows = name_rows(network.edges.index[wrong].to_list())
        raise DataError(f"edges: {rows} have {what}; {cure}")
