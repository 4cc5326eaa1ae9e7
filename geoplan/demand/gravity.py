"""The gravity model: who works where, when only homes, jobs and travel costs are known."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.demand.demand import Demand, build_demand
from geoplan.demand.deterrence import Deterrence, deter, fit_distribution, fit_mean_cost, parameter_names
from geoplan.demand.furness import Balance, balance
from geoplan.demand.margins import equal_totals, margin, observed_cells, take_out_observed, zone_costs
from geoplan.errors import DataError, NotConvergedWarning

log = logging.getLogger(__name__)
Array = NDArray[np.float64]


def distribute(
    zones: gpd.GeoDataFrame,
    skim: pd.DataFrame,
    *,
    deterrence: Deterrence = "exponential",
    parameters: Mapping[str, float] | None = None,
    mean_cost: float | None = None,
    trip_shares: pd.Series | None = None,
    productions: str | Mapping[str, str] = "employed_residents",
    attractions: str = "jobs",
    class_name: str = "car",
    keep: Literal["productions", "attractions", "mean"] = "productions",
    observed: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    intrazonal_cost: pd.Series | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
) -> Demand:
    """Trips between zones by the doubly constrained gravity model.

    T_ij = a_i b_j f(c_ij), where the balancing factors a and b make the rows meet the productions and the
    columns the attractions. The trips have the unit of the productions (such as commuters); `peak_hour` makes
    vehicles an hour of them.

    Parameters
    ----------
    zones
        Zones as in `Demand`, with the columns named by `productions` and `attractions`.
    skim
        Costs from zone to zone, labelled by zone ids or by the node ids of the zones; `inf` is not reachable.
    deterrence, parameters
        The function f (see `deter`) and its parameters, `alpha` without unit and `beta` per unit of the skim.
    mean_cost
        Calibrate to this mean cost of a trip, trips within zones included. Tanner keeps the `alpha` given and
        calibrates `beta`.
    trip_shares
        Calibrate to this distribution instead: shares of trips with a `pandas.IntervalIndex` of cost bands.
    productions
        Column of trip ends at home; or {group: column} for groups (women, men, ages) that share the
        attractions, each of which becomes a class of the demand.
    attractions
        Column of trip ends at work.
    class_name
        Name of the class when there are no groups.
    keep
        Which total stands when productions and attractions differ: the other is scaled, and reported.
    observed
        Trips that are known, NaN where not: those cells are kept as they are and the model fills the rest of
        the margins.
    intrazonal_cost
        Cost of a trip within each zone. Where it is not given and the skim says 0 or nothing, half the cost
        to the nearest other zone is taken, and counted.

    Returns
    -------
    Demand; its `meta["gravity"]` records parameters, mean cost, scaling, zero and lost margins, convergence.

    Raises
    ------
    DataError
        Unknown or negative margins, labels that do not fit, a mean cost that cannot be reached.

    Source: Wilson (1967), Transportation Research 1; Ortuzar & Willumsen, Modelling Transport, ch. 5.
    """
    groups = {class_name: productions} if isinstance(productions, str) else dict(productions)
    names = parameter_names(deterrence)
    if sum(x is not None for x in (mean_cost, trip_shares)) == 2:
        raise DataError("give mean_cost or trip_shares to calibrate to, not both")
    record: dict[str, Any] = {"deterrence": deterrence, "productions": groups, "attractions": attractions}
    rows = np.concatenate([margin(zones, column) for column in groups.values()]) if groups else np.empty(0)
    columns = margin(zones, attractions)
    rows, columns = equal_totals(rows, columns, keep, record)
    cost = zone_costs(zones, skim, intrazonal_cost, record)
    known = observed_cells(zones, groups, observed)
    rows, columns, fixed = take_out_observed(zones, rows, columns, known, record)
    cost = np.tile(cost, (len(groups), 1))
    model = _Model(cost, None if known is None else np.isnan(known), fixed, rows, columns, max_iterations)
    given = {name: float(value) for name, value in (parameters or {}).items() if name in names}
    found = _calibrate(model, names, given, mean_cost, trip_shares)
    trips, balanced = model.trips(found, tolerance)
    _report(zones, groups, cost, trips, found, balanced, tolerance, record)
    n = len(zones)
    matrices = {
        name: pd.DataFrame(trips[k * n : (k + 1) * n], index=zones.index, columns=zones.index)
        for k, name in enumerate(groups)
    }
    return build_demand(zones, matrices, {"gravity": record})


class _Model:
    """Seed, margins and the last column factors: a calibration starts each balance from the one before."""

    def __init__(
        self,
        cost: Array,
        free: NDArray[np.bool_] | None,
        fixed: Array | None,
        rows: Array,
        columns: Array,
        max_iterations: int,
    ) -> None:
        self.cost, self.free, self.fixed = cost, free, fixed
        self.rows, self.columns = rows, columns
        self.max_iterations = max_iterations
        self.start: Array | None = None

    def trips(self, parameters: Mapping[str, float], tolerance: float) -> tuple[Array, Balance]:
        """The balanced table, observed cells included."""
        seed = deter(self.cost, parameters)
        if self.free is not None:
            seed *= self.free
        balanced = balance(
            seed,
            self.rows,
            self.columns,
            tolerance=tolerance,
            max_iterations=self.max_iterations,
            start=self.start,
        )
        self.start = np.where(balanced.column_factor > 0, balanced.column_factor, 1.0)
        seed *= balanced.row_factor[:, None]
        seed *= balanced.column_factor
        return (seed if self.fixed is None else seed + self.fixed), balanced

    def mean(self, parameters: Mapping[str, float]) -> float:
        trips, _ = self.trips(parameters, 1e-8)
        return mean_trip_cost(trips, self.cost)


def mean_trip_cost(trips: Array, cost: Array) -> float:
    """Mean cost of the trips, NaN when there are none; cells without trips may have an infinite cost."""
    total = float(trips.sum())
    return float(np.sum(trips * np.where(trips > 0, cost, 0.0)) / total) if total > 0 else float("nan")


def shares_by_cost(trips: Array, cost: Array, bands: pd.IntervalIndex) -> Array:
    """Share of the trips in each band of cost, (n_bands,); trips outside all bands count in the total."""
    where = bands.get_indexer(pd.Index(cost[trips > 0]))
    weights = trips[trips > 0]
    inside = where >= 0
    return np.bincount(where[inside], weights=weights[inside], minlength=len(bands)) / weights.sum()


def _calibrate(
    model: _Model,
    names: tuple[str, ...],
    given: dict[str, float],
    mean_cost: float | None,
    trip_shares: pd.Series | None,
) -> dict[str, float]:
    reached = model.cost[np.isfinite(model.cost) & (model.cost > 0)]
    typical = float(np.median(reached)) if len(reached) else 1.0
    if mean_cost is not None:
        if not (np.isfinite(mean_cost) and mean_cost > 0):
            raise DataError(f"mean_cost {mean_cost} is not a number above 0")
        free = names[-1]
        missing = [name for name in names if name != free and name not in given]
        if missing:
            raise DataError(f"a mean cost fixes one parameter: give {', '.join(missing)} in parameters")
        fixed = {name: value for name, value in given.items() if name != free}
        return fit_mean_cost(model.mean, free, fixed, mean_cost, typical)
    if trip_shares is not None:
        if not isinstance(trip_shares.index, pd.IntervalIndex):
            raise DataError("trip_shares needs an IntervalIndex of cost bands, as pandas.cut makes them")
        goal = trip_shares.to_numpy(dtype=np.float64)
        if np.isnan(goal).any() or (goal < 0).any() or goal.sum() <= 0:
            raise DataError("trip_shares holds unknown or negative shares, or none; correct them")
        bands = trip_shares.index
        return fit_distribution(
            lambda p: shares_by_cost(model.trips(p, 1e-8)[0], model.cost, bands),
            names,
            goal / goal.sum(),
            typical,
        )
    missing = [name for name in names if name not in given]
    if missing:
        raise DataError(f"give {', '.join(missing)} in parameters, or mean_cost or trip_shares to calibrate to")
    return given


def _report(
    zones: gpd.GeoDataFrame,
    groups: Mapping[str, str],
    cost: Array,
    trips: Array,
    parameters: Mapping[str, float],
    balanced: Balance,
    tolerance: float,
    record: dict[str, Any],
) -> None:
    """Fill the record; warn when the margins were not met."""
    n = len(zones)
    inside = sum(float(np.trace(trips[k * n : (k + 1) * n])) for k in range(len(groups)))
    record.update(
        parameters=dict(parameters),
        mean_cost=mean_trip_cost(trips, cost),
        iterations=balanced.iterations,
        max_error=balanced.max_error,
        converged=balanced.converged,
        total_trips=float(trips.sum()),
        intrazonal_trips=inside,
        zones_without_productions=zones.index[np.flatnonzero(trips.sum(axis=1) == 0) % n].to_list(),
        zones_without_attractions=zones.index[trips.sum(axis=0) == 0].to_list(),
        lost_productions=zones.index[balanced.lost_rows % n].to_list(),
        lost_attractions=zones.index[balanced.lost_columns].to_list(),
    )
    if not balanced.converged:
        lost = len(balanced.lost_rows) + len(balanced.lost_columns)
        warnings.warn(
            f"gravity: margins met to {balanced.max_error:.1e}, not {tolerance:.0e}, "
            f"after {balanced.iterations} iterations"
            + (f"; {lost} zones reach none that they could trade with" if lost else ""),
            NotConvergedWarning,
            stacklevel=3,
        )
