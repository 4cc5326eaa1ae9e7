"""Gravity that keeps as many commuters at home, municipality by municipality, as statistics say.

A gravity model over large zones sends too many people out of them: one deterrence function cannot know that three of
four who live in a town also work there. Statistics do. From the net commuting of a municipality and its commuters for
each non-commuter follows how many of its residents work there, and the trips within each municipality are balanced to
that number along with productions and attractions (a factor K for each municipality, Wilson's K-factor of a block):

    T_ij = a_i b_j f(c_ij) K_m   where i and j lie in the same municipality m,   a_i b_j f(c_ij) elsewhere
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.demand.demand import Demand, build_demand
from geoplan.demand.deterrence import Deterrence, deter, fit_mean_cost, parameter_names
from geoplan.demand.gravity import mean_trip_cost
from geoplan.demand.margins import margin, observed_cells, take_out_observed, zone_costs
from geoplan.errors import DataError, NotConvergedWarning

log = logging.getLogger(__name__)
Array = NDArray[np.float64]


def self_containment(municipalities: pd.DataFrame, employed: pd.Series) -> pd.DataFrame:
    """How many residents of each municipality work in it, and how many commute out of it and into it.

    With E employed residents, net = in - out and x = (in + out) / (E - out) it follows that
    out = (x E - net) / (2 + x), in = out + net and those who live and work there are E - out.

    Parameters
    ----------
    municipalities
        By municipality code: `net_commuting`, `commuters_per_non_commuter`, and if wanted `outside_share`: the share of
        its commuters, in and out alike, whose other end lies outside all zones (0 where empty).
    employed
        Employed residents by municipality code; a code that is missing in `municipalities` is not known.

    Returns
    -------
    Table by code, in the order of `employed`: `employed, live_and_work, commute_out, commute_in, own_share,
    outside_share, met`. What is not known is NaN; `met` is False where the three figures contradict each other (more
    commuters than residents, or fewer than none) and the nearest possible ones were taken.

    Raises
    ------
    DataError
        A share beyond 0 to 1, or fewer than no commuters for each non-commuter.
    """
    table = municipalities.reindex(employed.index)
    ratio = table["commuters_per_non_commuter"].to_numpy(dtype=np.float64)
    net = table["net_commuting"].to_numpy(dtype=np.float64)
    outside = np.zeros(len(table))
    if "outside_share" in table:
        outside = table["outside_share"].fillna(0.0).to_numpy(dtype=np.float64)
    faults = [
        f"{', '.join(employed.index[wrong].astype('str'))} have {what}; correct it"
        for what, wrong in (
            ("an outside_share that is not between 0 and 1", (outside < 0) | (outside > 1)),
            ("commuters_per_non_commuter < 0", ratio < 0),
        )
        if wrong.any()
    ]
    if faults:
        raise DataError("municipalities: " + "; ".join(faults))
    workers = employed.to_numpy(dtype=np.float64)
    told = (ratio * workers - net) / (2.0 + ratio)
    out = np.clip(told, np.minimum(np.maximum(-net, 0.0), workers), workers)
    met = ~(np.abs(out - told) > 1e-9 * np.maximum(workers, 1.0))
    if not met.all():
        codes = ", ".join(employed.index[~met].astype("str"))
        log.warning("commuting: the figures of %s contradict each other; the nearest possible are taken", codes)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(workers > 0, (workers - out) / workers, np.nan)
    return pd.DataFrame(
        {
            "employed": workers,
            "live_and_work": workers - out,
            "commute_out": out,
            "commute_in": np.maximum(out + net, 0.0),
            "own_share": share,
            "outside_share": outside,
            "met": met,
        },
        index=employed.index,
    )


def distribute_contained(
    zones: gpd.GeoDataFrame,
    skim: pd.DataFrame,
    containment: pd.DataFrame,
    *,
    deterrence: Deterrence = "exponential",
    parameters: Mapping[str, float] | None = None,
    mean_cost: float | None = None,
    productions: str = "employed_residents",
    attractions: str = "jobs",
    class_name: str = "car",
    observed: pd.DataFrame | None = None,
    intrazonal_cost: pd.Series | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 20_000,
) -> Demand:
    """Trips between zones by a doubly constrained gravity model whose trips within each municipality are known.

    Commuters whose other end lies outside all zones (`outside_share`) are taken off first: they are no trips of the
    model, and without that the zones would be a closed world whose large towns draw everybody. The rest of those who
    commute in are scaled to those who commute out, since both ends of their trips lie in the zones.

    Parameters
    ----------
    zones, skim, deterrence, parameters, mean_cost, productions, attractions, class_name, observed, intrazonal_cost
        As in `geoplan.demand.gravity.distribute`; zones need a `municipality_code`.
    containment
        Table by municipality code with `own_share` (residents who work in their municipality over those who work) and
        `outside_share`, as `self_containment` makes it. A municipality without a known share is left to the gravity.
    tolerance
        Largest error of a row, a column or a municipality over the largest of them.

    Returns
    -------
    Demand; `meta["gravity"]` as `distribute` writes it, and `meta["containment"]`: by municipality the trips within it
    that were wanted and reached and its K, what was taken off as outside, the scaling of those who commute in, the
    municipalities without a known share or with figures that contradict each other, and those that could not be met.

    Raises
    ------
    DataError
        Margins that are unknown or negative, or fewer jobs than the zones need.

    Source: Wilson (1970), Entropy in Urban and Regional Modelling, ch. 2; Ortuzar & Willumsen, Modelling Transport,
    ch. 5; three families of constraints by iterative proportional fitting: Csiszar (1975), Annals of Probability 3.
    """
    names = parameter_names(deterrence)
    record: dict[str, Any] = {
        "deterrence": deterrence,
        "productions": {class_name: productions},
        "attractions": attractions,
    }
    block, codes = pd.factorize(zones["municipality_code"].astype("str"))
    told: dict[str, Any] = {}
    rows, columns, own = _margins(zones, containment, block, codes, productions, attractions, told)
    cost = zone_costs(zones, skim, intrazonal_cost, record)
    known = observed_cells(zones, {class_name: productions}, observed)
    rows, columns, fixed = take_out_observed(zones, rows, columns, known, record)
    if fixed is not None:
        inside = _block_sums(block, (fixed * (block[:, None] == block)).sum(axis=1), len(codes))
        own = np.maximum(own - inside, 0.0)
    model = _Contained(cost, known, rows, columns, block, own, max_iterations)
    found = {name: float(value) for name, value in (parameters or {}).items() if name in names}
    if mean_cost is not None:
        left = {name: value for name, value in found.items() if name != names[-1]}
        reached = cost[np.isfinite(cost) & (cost > 0)]
        typical = float(np.median(reached)) if len(reached) else 1.0
        found = fit_mean_cost(lambda p: model.mean(p, fixed), names[-1], left, mean_cost, typical)
    if missing := [name for name in names if name not in found]:
        raise DataError(f"give {', '.join(missing)} in parameters, or mean_cost to calibrate to")
    trips, balanced = model.trips(found, tolerance)
    trips = trips if fixed is None else trips + fixed
    record.update(
        parameters=found,
        mean_cost=mean_trip_cost(trips, cost),
        iterations=balanced.iterations,
        max_error=balanced.max_error,
        converged=balanced.max_error <= tolerance,
        total_trips=float(trips.sum()),
        intrazonal_trips=float(np.trace(trips)),
        zones_without_productions=zones.index[trips.sum(axis=1) == 0].to_list(),
        zones_without_attractions=zones.index[trips.sum(axis=0) == 0].to_list(),
    )
    _report(trips, block, codes, balanced, tolerance, told)
    matrix = pd.DataFrame(trips, index=zones.index, columns=zones.index)
    return build_demand(zones, {class_name: matrix}, {"gravity": record, "containment": told})


@dataclass(frozen=True)
class BlockBalance:
    """Factors of `balance_blocks`: by row, by column and by block, and the largest error over the largest sum."""

    row_factor: Array
    column_factor: Array
    block_factor: Array
    iterations: int
    max_error: float


def balance_blocks(
    seed: Array,
    rows: Array,
    columns: Array,
    block: NDArray[np.intp],
    own: Array,
    *,
    tolerance: float = 1e-8,
    max_iterations: int = 20_000,
    start: Array | None = None,
) -> BlockBalance:
    """Factors that balance a square seed to its row and column sums and to the sums of its diagonal blocks.

    Parameters
    ----------
    seed
        Array (n, n), >= 0.
    rows, columns
        Sums (n,), >= 0, of equal totals.
    block
        Block (0 to n_blocks - 1) of each row, and of the column of the same number.
    own
        Sum (n_blocks,) within each block; NaN leaves it to the other sums (its factor is 1).
    start
        Column factors to start from.

    Returns
    -------
    Factors with which `seed * row_factor[:, None] * column_factor`, times `block_factor[block]` within the blocks, has
    these sums. The error stays large where none can.
    """
    same = block[:, None] == block
    within, between = seed * same, seed * ~same
    wanted, bound = np.nan_to_num(own), ~np.isnan(own)
    # A block that holds all of its rows (columns) leaves nothing beside it: zeros, or the balance would creep there.
    between[_full(own, _block_sums(block, rows, len(own)))[block]] = 0.0
    between[:, _full(own, _block_sums(block, columns, len(own)))[block]] = 0.0
    scale = max(float(rows.max(initial=0.0)), float(columns.max(initial=0.0))) or 1.0
    a, b = np.ones(len(rows)), np.where(columns > 0, 1.0 if start is None else start, 0.0)
    k = np.ones(len(own))
    error, iteration = np.inf, 0
    while error > tolerance and iteration < max_iterations:
        iteration += 1
        inside, outside = within @ b, between @ b
        k = np.where(bound, _divide(wanted, _block_sums(block, a * inside, len(own))), 1.0)
        a = _divide(rows, k[block] * inside + outside)
        b = _divide(columns, k[block] * (a @ within) + a @ between)
        inside, outside = within @ b, between @ b
        sums = _block_sums(block, a * inside, len(own)) * k
        # The columns are met by their own step just now.
        short = np.abs(a * (k[block] * inside + outside) - rows).max(initial=0.0)
        error = max(float(short), float(np.abs(sums - wanted)[bound].max(initial=0.0))) / scale
    return BlockBalance(a, b, k, iteration, error)


class _Contained:
    """Seed, sums and the last column factors: a calibration starts each balance from the one before."""

    def __init__(
        self,
        cost: Array,
        known: Array | None,
        rows: Array,
        columns: Array,
        block: NDArray[np.intp],
        own: Array,
        max_iterations: int,
    ) -> None:
        self.cost, self.known = cost, known
        self.rows, self.columns, self.block, self.own = rows, columns, block, own
        self.max_iterations = max_iterations
        self.start: Array | None = None

    def trips(self, parameters: Mapping[str, float], tolerance: float) -> tuple[Array, BlockBalance]:
        """The balanced table without the observed cells."""
        seed = deter(self.cost, parameters)
        if self.known is not None:
            seed = seed * np.isnan(self.known)
        found = balance_blocks(
            seed,
            self.rows,
            self.columns,
            self.block,
            self.own,
            tolerance=tolerance,
            max_iterations=self.max_iterations,
            start=self.start,
        )
        self.start = np.where(found.column_factor > 0, found.column_factor, 1.0)
        factor = np.where(self.block[:, None] == self.block, found.block_factor[self.block][:, None], 1.0)
        return seed * factor * found.row_factor[:, None] * found.column_factor, found

    def mean(self, parameters: Mapping[str, float], fixed: Array | None) -> float:
        trips, _ = self.trips(parameters, 1e-7)
        return mean_trip_cost(trips if fixed is None else trips + fixed, self.cost)


def _margins(
    zones: gpd.GeoDataFrame,
    containment: pd.DataFrame,
    block: NDArray[np.intp],
    codes: pd.Index,
    productions: str,
    attractions: str,
    told: dict[str, Any],
) -> tuple[Array, Array, Array]:
    """Trips that start and end in each zone and both in each municipality, without those that leave the zones."""
    workers, jobs = margin(zones, productions), margin(zones, attractions)
    table = containment.reindex(codes)
    made = _block_sums(block, workers, len(codes))
    drawn = _block_sums(block, jobs, len(codes))
    own = table["own_share"].to_numpy(dtype=np.float64) * made
    unknown = np.isnan(own)
    crowded = own > drawn
    own = np.where(crowded, drawn, own)
    stay = 1.0 - table["outside_share"].fillna(0.0).to_numpy(dtype=np.float64)
    out = np.where(unknown, made, (made - np.nan_to_num(own)) * stay)
    into = np.where(unknown, drawn, (drawn - np.nan_to_num(own)) * stay)
    inner = np.nan_to_num(own)
    scale = float(out.sum() / into.sum()) if into.sum() > 0 else 1.0
    if into.sum() <= 0 < out.sum():
        raise DataError(f"zones: {out.sum():.0f} commute out of their municipality and no jobs are left for them")
    contradicting = containment.index[~containment["met"].astype(bool)] if "met" in containment else codes[:0]
    told.update(
        outside_out=_by_code(codes, made - inner - out),
        outside_in=_by_code(codes, drawn - inner - into),
        commuters_in_scaled=scale,
        municipalities_without_share=codes[unknown].to_list(),
        contradicting_figures=codes[codes.isin(contradicting)].to_list(),
        more_residents_than_jobs=codes[crowded].to_list(),
        wanted=_by_code(codes, own),
    )
    log.info(
        "containment: %.0f who commute out and %.0f who commute in have their other end outside the zones; "
        "those who commute in times %.4f",
        (made - inner - out).sum(),
        (drawn - inner - into).sum(),
        scale,
    )
    rows = workers * _divide(inner + out, made)[block]
    columns = jobs * _divide(inner + into * scale, drawn)[block]
    return rows, columns, own


def _report(
    trips: Array,
    block: NDArray[np.intp],
    codes: pd.Index,
    balanced: BlockBalance,
    tolerance: float,
    told: dict[str, Any],
) -> None:
    """Fill the record; warn when not everything could be met."""
    inside = _block_sums(block, (trips * (block[:, None] == block)).sum(axis=1), len(codes))
    wanted = np.array(list(told["wanted"].values()))
    missed = np.abs(inside - wanted) > 1e-3 * np.maximum(wanted, 1.0)
    told.update(
        reached=_by_code(codes, inside),
        k_factor=_by_code(codes, balanced.block_factor),
        not_met=codes[missed].to_list(),
    )
    if balanced.max_error > tolerance:
        warnings.warn(
            f"containment: sums met to {balanced.max_error:.1e}, not {tolerance:.0e}, after {balanced.iterations} "
            f"iterations; missed by more than a thousandth: {', '.join(told['not_met']) or 'none'}",
            NotConvergedWarning,
            stacklevel=3,
        )


def _block_sums(block: NDArray[np.intp], values: Array, n_blocks: int) -> Array:
    return np.asarray(np.bincount(block, weights=values, minlength=n_blocks), dtype=np.float64)


def _full(own: Array, sums: Array) -> NDArray[np.bool_]:
    """Blocks whose own trips are all there are; False where they are not known."""
    return np.asarray(own >= sums * (1.0 - 1e-12))


def _by_code(codes: pd.Index, values: Array) -> dict[str, float]:
    return {str(code): float(value) for code, value in zip(codes, values, strict=True)}


def _divide(part: Array, whole: Array) -> Array:
    """part / whole, zero where either is zero."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=(whole > 0) & (part > 0))
