"""Balancing a table to given row and column sums (Furness, iterative proportional fitting)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Balance:
    """Factors that make `row_factor[:, None] * seed * column_factor` meet the margins.

    max_error : largest |sum - margin| of rows and columns over the largest margin
    lost_rows, lost_columns : positions with a margin above zero but nothing in the seed to carry it
    """

    row_factor: Array
    column_factor: Array
    iterations: int
    max_error: float
    converged: bool
    lost_rows: NDArray[np.intp]
    lost_columns: NDArray[np.intp]


def balance(
    seed: Array,
    rows: Array,
    columns: Array,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
    start: Array | None = None,
) -> Balance:
    """Factors that balance a seed to row and column sums.

    Parameters
    ----------
    seed
        Array (n, m), >= 0. It need not be square.
    rows, columns
        Margins (n,) and (m,), >= 0, equal totals. A zero margin gives a factor of zero.
    tolerance
        Largest error of a sum over the largest margin.
    start
        Column factors (m,) to start from, such as those of a similar seed.

    Returns
    -------
    Balance. Not converged when the zeros of the seed leave no table with these margins.

    Source: Furness (1965), Traffic Engineering and Control 7, 458-460; convergence: Sinkhorn (1967).
    """
    scale = max(float(rows.max(initial=0.0)), float(columns.max(initial=0.0))) or 1.0
    wanted = (columns > 0).astype(np.float64)
    lost_rows = np.flatnonzero((rows > 0) & (seed @ wanted == 0))
    lost_columns = np.flatnonzero((columns > 0) & ((rows > 0).astype(np.float64) @ seed == 0))
    a = np.zeros_like(rows, dtype=np.float64)
    b = wanted if start is None else np.where(columns > 0, start, 0.0)
    sums = seed @ b
    error, iteration = np.inf, 0
    while error > tolerance and iteration < max_iterations:
        iteration += 1
        with np.errstate(over="ignore", invalid="ignore"):  # a hopeless seed: seen by the error below
            a = _divide(rows, sums)
            b = _divide(columns, a @ seed)
            sums = seed @ b
            # The columns are met by their own step just now: what is left is the error of the rows.
            error = float(np.max(np.abs(a * sums - rows), initial=0.0)) / scale
        if not np.isfinite(error):
            a, b, error = np.zeros_like(a), np.zeros_like(b), np.inf
            break
    error = max(error, float(columns[lost_columns].max(initial=0.0)) / scale)
    return Balance(a, b, iteration, error, error <= tolerance, lost_rows, lost_columns)


def _divide(margin: Array, total: Array) -> Array:
    """margin / total, zero where either is zero."""
    return np.divide(margin, total, out=np.zeros_like(total), where=(total > 0) & (margin > 0))
