"""Travel time of loaded arcs and its slope, one arc at a time: what the solvers call in their innermost loops.

The numpy twin, made for reading and for the independent check, stands in `volume_delay`.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

# Columns of the arrays of parameters, one row an arc; `VolumeDelay` fills them.
KIND, FREE, WEIGHT, PER_CAPACITY, FIRST, SECOND = range(6)
BPR, CONICAL, POINTS = 0, 1, 2


def _time_and_slope(delay, points, arc, flow):
    """Seconds, and seconds for one more car an hour, of an arc that carries `flow`.

    BPR: free + weight r^power; conical: free + weight (2 + sqrt(a^2 (1-r)^2 + b^2) - a (1-r) - b); points: free +
    weight y(r), linear between points and beyond the last; r = flow / capacity.
    """
    weight = delay[arc, 2]
    if weight == 0.0:
        return delay[arc, 1], 0.0
    per_capacity = delay[arc, 3]
    ratio = flow * per_capacity
    kind = delay[arc, 0]
    if kind == 0.0:
        power = delay[arc, 4]
        if power == 4.0:
            rise = weight * ratio * ratio * ratio
        elif power == 1.0:
            rise = weight
        elif ratio > 0.0:
            rise = weight * ratio ** (power - 1.0)
        elif power < 1.0:
            # The slope at no flow is infinite: a first step as from a very small flow.
            return delay[arc, 1], weight * power * per_capacity * 1e-9 ** (power - 1.0)
        else:
            rise = 0.0
        return delay[arc, 1] + rise * ratio, rise * power * per_capacity
    if kind == 1.0:
        a, b = delay[arc, 4], delay[arc, 5]
        left = a * (1.0 - ratio)
        root = np.sqrt(left * left + b * b)
        return delay[arc, 1] + weight * (2.0 + root - left - b), weight * per_capacity * a * (1.0 - left / root)
    low, high = int(delay[arc, 4]), int(delay[arc, 5]) - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if points[middle, 0] <= ratio:
            low = middle
        else:
            high = middle
    steep = (points[high, 1] - points[low, 1]) / (points[high, 0] - points[low, 0])
    value = points[low, 1] + steep * (ratio - points[low, 0])
    return delay[arc, 1] + weight * value, weight * steep * per_capacity


# Called where time matters little, and copied into the one loop where it does: each copy takes long to compile.
time_and_slope = njit(cache=True)(_time_and_slope)
_inline_time_and_slope = njit(inline="always")(_time_and_slope)


@njit(cache=True)
def set_costs(delay, points, extra, flow, cost, slope):
    """Costs (n_classes, n_arcs) and slopes (n_arcs,) of all arcs at `flow` (n_arcs,), written in place."""
    for arc in range(len(flow)):
        time, slope[arc] = time_and_slope(delay, points, arc, flow[arc])
        for k in range(len(extra)):
            cost[k, arc] = time + extra[k, arc]


@njit(cache=True)
def add_flow(delay, points, extra, flow, cost, slope, arc, step):
    """More flow on one arc, whose cost and slope follow."""
    flow[arc] += step
    time, slope[arc] = time_and_slope(delay, points, np.int64(arc), flow[arc])
    for k in range(len(extra)):
        cost[k, arc] = time + extra[k, arc]


@njit(cache=True, inline="always")
def set_cost(delay, points, extra, flow, cost, slope, arc):
    """`set_costs` for one arc, copied into the loop that calls it."""
    time, slope[arc] = _inline_time_and_slope(delay, points, arc, flow[arc])
    for k in range(len(extra)):
        cost[k, arc] = time + extra[k, arc]
