"""Link-based methods: bi-conjugate Frank-Wolfe, all or nothing, and incremental loading.

They keep flows of links only, not ways. Bi-conjugate Frank-Wolfe is the plain twin of Algorithm B, and the frame
for costs that are not separable by link.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoplan.assignment.delay_kernels import set_costs
from geoplan.assignment.loading import load_all
from geoplan.assignment.problem import Problem

Array = NDArray[np.float64]
Rows = list[dict[str, Any]]

SMALLEST_STEP = 1e-12  # a step below this is taken for none: start again from a plain direction


def solve_bfw(problem: Problem, gap: float, max_iterations: int) -> tuple[Array, Rows]:
    """User equilibrium by bi-conjugate Frank-Wolfe; flows (n_classes, n_arcs) and rows of the convergence table.

    Source: Mitradjieva & Lindberg (2013), The stiff is moving: conjugate direction Frank-Wolfe methods with
    applications to traffic assignment, Transportation Science 47, 280-293.
    """
    began = time.perf_counter()
    state = _State(problem)
    point = state.load(np.zeros_like(problem.extra))
    targets: list[Array] = []  # the last points aimed at, the newest first
    step = 1.0
    rows: Rows = []
    for iteration in range(1, max_iterations + 1):
        nearest = state.load(point)  # sets the costs and slopes at `point`
        now = state.weighted(point * _finite(state.cost, point))
        best = state.weighted(nearest * _finite(state.cost, nearest))
        relative_gap = (now - best) / now if now > 0 else 0.0
        rows.append(
            {
                "iteration": iteration,
                "relative_gap": relative_gap,
                "seconds": time.perf_counter() - began,
                "step": step if iteration > 1 else np.nan,
            }
        )
        if relative_gap <= gap or iteration == max_iterations:
            break
        aim = _conjugate_aim(point, nearest, targets, step, state.slope)
        step = state.best_step(point, aim - point)
        if step < SMALLEST_STEP and targets:
            targets, aim = [], nearest
            step = state.best_step(point, aim - point)
        # A full step would make the last target useless for the next conjugate direction.
        targets = [] if step > 1 - 1e-6 else [aim, *targets[:1]]
        point = point + step * (aim - point)
    return point, rows


def solve_all_or_nothing(problem: Problem) -> tuple[Array, Rows]:
    """Every trip on the way that is shortest on the network without it."""
    began = time.perf_counter()
    point = _State(problem).load(np.zeros_like(problem.extra))
    return point, [{"iteration": 1, "relative_gap": np.nan, "seconds": time.perf_counter() - began}]


def solve_incremental(problem: Problem, parts: int) -> tuple[Array, Rows]:
    """Load the trips in equal parts, each on the ways that are shortest with the parts before it."""
    began = time.perf_counter()
    state, point, rows = _State(problem), np.zeros_like(problem.extra), []
    for part in range(1, parts + 1):
        point = point + state.load(point) / parts
        rows.append({"iteration": part, "relative_gap": np.nan, "seconds": time.perf_counter() - began})
    return point, rows


class _State:
    """Costs and slopes at the flows looked at last, and the arrays the kernels write into."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.cost = np.empty_like(problem.extra)
        self.slope = np.empty(len(problem.preload))
        self.lost = np.zeros(len(problem.amount))

    def load(self, point: Array) -> Array:
        """All or nothing at the costs of `point`; trips without a way leave `problem.amount`."""
        problem, nearest = self.problem, np.zeros_like(point)
        set_costs(*problem.law, problem.preload + point.sum(axis=0), self.cost, self.slope)
        load_all(problem, self.cost, nearest, self.lost)
        return nearest

    def weighted(self, class_values: Array) -> float:
        """Sum over arcs and classes, in vehicles."""
        return float(np.sum(class_values.sum(axis=1) / self.problem.pce))

    def best_step(self, point: Array, direction: Array) -> float:
        """Step in [0, 1] that minimises the objective along a direction: where its slope is 0, by halving."""
        problem = self.problem
        cost, slope = np.empty_like(self.cost), np.empty_like(self.slope)
        flow, along = problem.preload + point.sum(axis=0), direction.sum(axis=0)

        def rise(step: float) -> float:
            # The direction takes flow off links: rounding must not take more than there is.
            set_costs(*problem.law, np.maximum(flow + step * along, 0.0), cost, slope)
            return float(np.sum(direction * _finite(cost, direction)))

        low, high = 0.0, 1.0
        if rise(1.0) <= 0:
            return 1.0
        if rise(0.0) >= 0:
            return 0.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if rise(middle) < 0 else (low, middle)
        return (low + high) / 2


def _finite(cost: Array, amount: Array) -> Array:
    """Costs where there is an amount; nothing x inf is nothing."""
    return np.where(amount != 0, cost, 0.0)


def _conjugate_aim(point: Array, nearest: Array, targets: list[Array], step: float, slope: Array) -> Array:
    """The point to aim at: from `point`, its direction is conjugate to the last one or two."""

    def product(a: Array, b: Array) -> float:
        return float(np.sum(slope * a.sum(axis=0) * b.sum(axis=0)))

    plain = nearest - point
    if not targets:
        return nearest
    last = targets[0] - point
    if len(targets) == 1:
        below = product(last, plain - last)
        share = product(last, plain) / below if below != 0 else 0.0
        share = min(max(share, 0.0), 0.99)
        return share * targets[0] + (1 - share) * nearest
    both = step * targets[0] + (1 - step) * targets[1] - point
    below = product(both, targets[1] - targets[0])
    mu = max(-product(both, plain) / below, 0.0) if below != 0 else 0.0
    below = product(last, last)
    nu = max(-product(last, plain) / below + mu * step / (1 - step), 0.0) if below != 0 else 0.0
    return (nearest + nu * targets[0] + mu * targets[1]) / (1 + mu + nu)
