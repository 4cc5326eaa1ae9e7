"""Moving loads on continuous bridges: largest sagging and hogging moment and shear, exact in the position of
the load.

A beam of constant stiffness over several spans, simply supported at its ends. The moments over the supports
follow from the three-moment equations; the influence of a unit load on any section is then a cubic in the
load's position between the supports (and the section). The effect of a row of axles is a sum of such cubics,
itself a cubic between the positions where an axle crosses a support or the section: its largest value stands
at one of these or where the derivative is zero, so that no step length enters. Sections are looked at on a
grid.

Source: Clapeyron's three-moment equation, textbook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.vehicles.vehicle import GRAVITY

FloatArray = NDArray[np.float64]
_FIT = np.array([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0])  # four points that fix a cubic


@dataclass(frozen=True)
class ContinuousEffects:
    """Largest effects of a moving load: moments in kNm (hogging is negative), shear in kN, with their sections in m."""

    sagging_knm: float
    sagging_at_m: float
    hogging_knm: float
    hogging_at_m: float
    shear_kn: float
    shear_at_m: float


def continuous_spans(
    axle_x_m: FloatArray, axle_loads_t: FloatArray, spans_m: tuple[float, ...], *, sections: int = 20
) -> ContinuousEffects:
    """Effects of a row of axles on a continuous beam.

    Parameters
    ----------
    axle_x_m, axle_loads_t
        Positions (ascending) and loads, shape (n_axles,).
    spans_m
        Lengths of the spans in order; one span is a simple beam.
    sections
        Sections looked at in each span; the moments over the supports are looked at as well.
    """
    spans = np.asarray(spans_m, dtype=np.float64)
    if len(spans) == 0 or not (spans > 0).all():
        raise DataError(f"spans_m is {spans_m!r}; give one or more lengths above 0")
    supports = np.concatenate([[0.0], np.cumsum(spans)])
    x = np.asarray(axle_x_m, dtype=np.float64)
    loads = np.asarray(axle_loads_t, dtype=np.float64) * GRAVITY
    best = {"sagging": (0.0, 0.0), "hogging": (0.0, 0.0), "shear": (0.0, 0.0)}
    for k, span in enumerate(spans):
        for local in np.linspace(0.0, span, sections + 1):
            at = supports[k] + local
            low, high = _extremes(partial(moment_influence, spans=spans, k=k, local_m=local), x, loads, supports, at)
            if high > best["sagging"][0]:
                best["sagging"] = (high, at)
            if low < best["hogging"][0]:
                best["hogging"] = (low, at)
        for local in (0.0, span):
            at = supports[k] + local
            ends = _extremes(partial(shear_influence, spans=spans, k=k, local_m=local), x, loads, supports, at)
            force = max(abs(ends[0]), abs(ends[1]))
            if force > best["shear"][0]:
                best["shear"] = (force, at)
    return ContinuousEffects(*best["sagging"], *best["hogging"], *best["shear"])


def support_moments(a: FloatArray, spans: FloatArray) -> FloatArray:
    """Moments over all supports for a unit load at each position, shape (n_supports, n_positions); 0 off the beam."""
    n = len(spans)
    supports = np.concatenate([[0.0], np.cumsum(spans)])
    moments = np.zeros((n + 1, len(a)))
    if n == 1:
        return moments
    right = np.zeros((n - 1, len(a)))
    for k, span in enumerate(spans):
        inside = (a >= supports[k]) & (a <= supports[k + 1])
        p = np.where(inside, a - supports[k], 0.0)
        q = np.where(inside, span - p, 0.0)
        if k > 0:
            right[k - 1] -= p * q * (q + span) / span
        if k < n - 1:
            right[k] -= p * q * (p + span) / span
    matrix = np.diag(2.0 * (spans[:-1] + spans[1:]))
    matrix += np.diag(spans[1:-1], 1) + np.diag(spans[1:-1], -1)
    moments[1:-1] = np.linalg.solve(matrix, right)
    return moments


def moment_influence(a: FloatArray, spans: FloatArray, k: int, local_m: float) -> FloatArray:
    """Moment at `local_m` in span k for a unit load at each position a."""
    start, span = float(np.sum(spans[:k])), float(spans[k])
    support = support_moments(a, spans)
    p = a - start
    inside = (p > 0) & (p < span)
    simple = np.where(p <= local_m, p * (span - local_m), local_m * (span - p)) / span
    share = local_m / span
    return np.where(inside, simple, 0.0) + support[k] * (1 - share) + support[k + 1] * share


def shear_influence(a: FloatArray, spans: FloatArray, k: int, local_m: float) -> FloatArray:
    """Shear just inside the end of span k at `local_m` (0 or the span) for a unit load at each position a."""
    start, span = float(np.sum(spans[:k])), float(spans[k])
    support = support_moments(a, spans)
    p = a - start
    inside = (p >= 0) & (p <= span)
    simple = np.where(inside, (span - p) / span if local_m == 0 else -p / span, 0.0)
    return simple + (support[k + 1] - support[k]) / span


def _extremes(
    influence: Callable[[FloatArray], FloatArray], x: FloatArray, loads: FloatArray, supports: FloatArray, at: float
) -> tuple[float, float]:
    """Lowest and highest effect of the axles over all their positions, 0 (off the beam) included."""
    breaks = np.unique((np.append(supports, at)[:, None] - x[None, :]).ravel())
    gaps = np.diff(breaks)
    wide = gaps > 1e-9
    left, gap = breaks[:-1][wide], gaps[wide]
    # A hair inside each piece, where the influence jumps at its ends (shear at a support).
    inner = left[:, None] + gap[:, None] * (1e-9 + (1 - 2e-9) * _FIT[None, :])
    places = inner[:, :, None] + x[None, None, :]
    on = (places >= supports[0]) & (places <= supports[-1])
    value = np.where(on, influence(np.where(on, places, 0.0).ravel()).reshape(places.shape), 0.0)
    effect = (value * loads).sum(axis=-1)
    cubic = effect @ np.linalg.inv(np.vander(_FIT, 4)).T
    candidates = [effect.ravel(), _stationary(cubic)]
    every = np.concatenate([*candidates, [0.0]])
    return float(every.min()), float(every.max())


def _stationary(cubic: FloatArray) -> FloatArray:
    """Values of cubics (n, 4), highest power first, where their derivative is zero between 0 and 1."""
    a, b, c = 3 * cubic[:, 0], 2 * cubic[:, 1], cubic[:, 2]
    root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = [(-b + root) / (2 * a), (-b - root) / (2 * a), -c / b]
    values = []
    for t in flat:
        t = np.where(np.isfinite(t), np.clip(t, 0.0, 1.0), 0.0)
        values.append(((cubic[:, 0] * t + cubic[:, 1]) * t + cubic[:, 2]) * t + cubic[:, 3])
    return np.concatenate(values)
