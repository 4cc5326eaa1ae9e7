"""What the gravity model has to meet: margins, costs between zones and observed cells."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, name_rows

log = logging.getLogger(__name__)
Array = NDArray[np.float64]


def margin(zones: gpd.GeoDataFrame, column: str) -> Array:
    """A margin column, all known and >= 0."""
    if column not in zones:
        raise DataError(f"zones: column {column} is missing; add it or name another")
    values = zones[column].to_numpy(dtype=np.float64)
    for what, wrong in (
        ("unknown", np.isnan(values)),
        ("negative", values < 0),
        ("infinite", np.isinf(values)),
    ):
        if wrong.any():
            rows = name_rows(zones.index[wrong].to_list())
            cure = "estimate_activity fills them, marked as assumed" if what == "unknown" else "correct them"
            raise DataError(f"zones: {column} is {what} in {rows}; {cure}")
    return values.copy()


def equal_totals(rows: Array, columns: Array, keep: str, record: dict[str, Any]) -> tuple[Array, Array]:
    """Both margins with one total; says in the record what was scaled."""
    made, drawn = float(rows.sum()), float(columns.sum())
    totals = {"productions": made, "attractions": drawn, "mean": (made + drawn) / 2}
    if keep not in totals:
        raise DataError(f"keep {keep!r} is not known; use one of {', '.join(totals)}")
    record.update(total_productions=made, total_attractions=drawn)
    if (made == 0) != (drawn == 0):
        empty = "productions" if made == 0 else "attractions"
        raise DataError(f"zones: all {empty} are 0 while the other side has {max(made, drawn):g}; set them")
    factors = {
        "productions": totals[keep] / made if made else 1.0,
        "attractions": totals[keep] / drawn if drawn else 1.0,
    }
    record["scaled"] = {side: factor for side, factor in factors.items() if abs(factor - 1.0) > 1e-12}
    for side, factor in record["scaled"].items():
        log.info("gravity: %s times %.4f, because %.1f trips start and %.1f end", side, factor, made, drawn)
    return rows * factors["productions"], columns * factors["attractions"]


def zone_costs(
    zones: gpd.GeoDataFrame, skim: pd.DataFrame, intrazonal_cost: pd.Series | None, record: dict[str, Any]
) -> Array:
    """Costs zone to zone, shape (n, n), each above 0."""
    labels = zones.index
    nodes = pd.Index(zones["node_id"]) if "node_id" in zones else labels
    if not labels.isin(skim.index).all() and nodes.isin(skim.index).all():
        labels = nodes
    for side, names in (("rows", skim.index), ("columns", skim.columns)):
        lost = ~labels.isin(names)
        if lost.any():
            rows = name_rows(zones.index[lost].to_list())
            raise DataError(f"skim: no {side} for zones: {rows}; label it by zone id or by the node id of the zones")
        if not names.is_unique:
            raise DataError(f"skim: {side} named twice: {name_rows(names[names.duplicated()].to_list())}; keep one")
    cost = skim.to_numpy(dtype=np.float64)[np.ix_(skim.index.get_indexer(labels), skim.columns.get_indexer(labels))]
    if np.isnan(cost[~np.eye(len(cost), dtype=bool)]).any() or (cost < 0).any():
        raise DataError("skim: holds unknown or negative costs; use inf where a zone cannot be reached")
    if intrazonal_cost is not None:
        np.fill_diagonal(cost, intrazonal_cost.reindex(zones.index).to_numpy(dtype=np.float64))
        if not (np.diag(cost) > 0).all():
            raise DataError("intrazonal_cost: must be known and above 0 for every zone")
    zero = ~(cost > 0)
    if zero.any():
        nearest = np.min(cost, axis=1, initial=np.inf, where=~zero)
        cost = np.where(zero, np.where(np.isfinite(nearest), nearest / 2, 1.0)[:, None], cost)
        record["intrazonal_rule"] = "half the cost to the nearest other zone"
        record["intrazonal_by_rule"] = int(np.diag(zero).sum())
        record["zero_cost_pairs_by_rule"] = int(zero.sum() - np.diag(zero).sum())
    return cost


def observed_cells(
    zones: gpd.GeoDataFrame,
    groups: Mapping[str, str],
    observed: pd.DataFrame | Mapping[str, pd.DataFrame] | None,
) -> Array | None:
    """Known cells, NaN elsewhere, shape (n_groups * n, n)."""
    if observed is None:
        return None
    tables = {next(iter(groups)): observed} if isinstance(observed, pd.DataFrame) else dict(observed)
    if strange := [name for name in tables if name not in groups]:
        raise DataError(f"observed: no class {strange[0]!r}; there are {', '.join(groups)}")
    parts = []
    for name in groups:
        table = tables.get(name, pd.DataFrame(np.nan, index=zones.index, columns=zones.index))
        for side, labels in (("rows", table.index), ("columns", table.columns)):
            lost = labels.difference(zones.index)
            if len(lost):
                raise DataError(f"observed: {side} are no zones: {name_rows(lost.to_list())}; correct or drop them")
        parts.append(table.reindex(index=zones.index, columns=zones.index).to_numpy(dtype=np.float64))
    known = np.concatenate(parts)
    if (known < 0).any() or np.isinf(known).any():
        raise DataError("observed: holds negative or infinite trips; correct them, NaN is not known")
    return known


def take_out_observed(
    zones: gpd.GeoDataFrame, rows: Array, columns: Array, known: Array | None, record: dict[str, Any]
) -> tuple[Array, Array, Array | None]:
    """What the model still has to distribute: margins less the observed trips, on one total again."""
    if known is None:
        return rows, columns, None
    fixed = np.nan_to_num(known)
    left_rows, left_columns = rows - fixed.sum(axis=1), columns - fixed.sum(axis=0)
    n = len(zones)
    over_rows, over_columns = left_rows < 0, left_columns < 0
    record["observed_cells"] = int((~np.isnan(known)).sum())
    record["observed_trips"] = float(fixed.sum())
    record["observed_above_productions"] = zones.index[np.flatnonzero(over_rows) % n].to_list()
    record["observed_above_attractions"] = zones.index[over_columns].to_list()
    left_rows, left_columns = np.maximum(left_rows, 0.0), np.maximum(left_columns, 0.0)
    if over_rows.any() or over_columns.any():
        log.warning(
            "gravity: observed trips exceed %d productions, %d attractions",
            over_rows.sum(),
            over_columns.sum(),
        )
    made, drawn = left_rows.sum(), left_columns.sum()
    if made > 0 and drawn > 0:
        left_columns *= made / drawn
    return left_rows, left_columns, fixed
