"""Deterrence functions of the gravity model, and the search for their parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from geoplan.errors import DataError, MeanCostError

Array = NDArray[np.float64]
Deterrence = Literal["exponential", "power", "tanner"]


def deter(cost: Array, parameters: Mapping[str, float]) -> Array:
    """Willingness to travel, c^-alpha exp(-beta c), scaled row by row; 0 where the cost is infinite.

    Parameters
    ----------
    cost
        Array (n, m). Must be > 0 where alpha is not 0.
    parameters
        `beta` alone is the exponential function, `alpha` alone the power function, both are Tanner's.

    Source: Ortuzar & Willumsen, Modelling Transport, ch. 5; Tanner (1961), Road Research Laboratory TP 51.
    """
    alpha, beta = parameters.get("alpha", 0.0), parameters.get("beta", 0.0)
    reached = np.isfinite(cost)
    exponent = np.full(cost.shape, -np.inf)
    np.multiply(cost, -beta, out=exponent, where=reached)
    if alpha:
        np.subtract(exponent, alpha * np.log(cost, out=np.zeros(cost.shape), where=reached), out=exponent)
    # Only ratios within a row matter to a balanced table: scaled so, nothing underflows but what is hopeless.
    top = np.max(exponent, axis=1, keepdims=True, initial=-np.inf)
    exponent -= np.where(np.isfinite(top), top, 0.0)
    return np.exp(exponent, out=exponent)


def parameter_names(deterrence: Deterrence) -> tuple[str, ...]:
    """Names of the parameters of a deterrence function."""
    names = {"exponential": ("beta",), "power": ("alpha",), "tanner": ("alpha", "beta")}
    if deterrence not in names:
        raise DataError(f"deterrence {deterrence!r} is not known; use one of {', '.join(get_args(Deterrence))}")
    return names[deterrence]


def fit_mean_cost(
    mean_of: Callable[[Mapping[str, float]], float],
    name: str,
    fixed: Mapping[str, float],
    target: float,
    typical_cost: float,
) -> dict[str, float]:
    """The value of one parameter for which the trips have the mean cost `target`; the others stay `fixed`.

    The mean falls as the parameter grows, so that it is bracketed first and then found by Brent's method.
    """

    def miss(value: float) -> float:
        return mean_of({**fixed, name: value}) - target

    unit = 1.0 / typical_cost if name == "beta" else 1.0
    low, high = 0.0, unit
    longest = miss(low)
    if np.isnan(longest):
        raise DataError("nobody travels: there is no mean cost to calibrate to")
    if longest < 0:
        raise MeanCostError(
            f"mean cost {target:g} is not reachable: without any deterrence it is {target + longest:.4g}; "
            "give a smaller mean cost",
            bound=target + longest,
        )
    shortest = miss(high)
    while not shortest <= 0:
        low, high = high, 2.0 * high
        previous, shortest = shortest, miss(high)
        if high > 100 * unit or not np.isfinite(shortest):
            raise MeanCostError(
                f"mean cost {target:g} is not reachable: the shortest trips these margins allow have about "
                f"{target + previous:.4g}; give a larger mean cost",
                bound=target + previous,
            )
    from scipy.optimize import brentq  # half the start-up time of a study, and only needed here

    value = brentq(miss, low, high, xtol=1e-12 * unit, rtol=1e-10)
    return {**fixed, name: float(value)}


def fit_distribution(
    shares_of: Callable[[Mapping[str, float]], Array],
    names: tuple[str, ...],
    observed: Array,
    typical_cost: float,
) -> dict[str, float]:
    """Parameters with which the shares of trips by cost band are nearest to the observed (least squares)."""
    units = np.array([1.0 / typical_cost if name == "beta" else 1.0 for name in names])

    def miss(x: Array) -> Array:
        return shares_of(dict(zip(names, x * units, strict=True))) - observed

    from scipy.optimize import least_squares

    found = least_squares(miss, np.full(len(names), 1.0 if len(names) == 1 else 0.5), diff_step=1e-5, xtol=1e-10)
    return dict(zip(names, (float(v) for v in found.x * units), strict=True))
