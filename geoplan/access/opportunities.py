"""Cumulative opportunities: how many jobs, people or services are within so many minutes.

A number that is not known stays not known: where a zone in reach has no figure, the sum is NaN and `_at_least` holds
what is known of it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, name_near, name_rows

log = logging.getLogger(__name__)

Times: TypeAlias = Mapping[str, pd.DataFrame]


def accessibility(
    zones: pd.DataFrame,
    times: Times,
    *,
    columns: Sequence[str] = ("jobs",),
    limits_min: Sequence[float] = (30, 45, 60),
    within_zone_min: float | pd.Series | None = None,
) -> pd.DataFrame:
    """Opportunities in reach of each zone, by mode and time limit.

    Parameters
    ----------
    zones
        Indexed by zone_id, with the columns to be counted. `assumed` (names of columns that were assumed, parted by
        commas) is carried on to the answer.
    times
        Seconds from zone to zone by mode, origins as index: {"car": ..., "transit": ...}. `inf` is out of reach, NaN
        is not known. Destinations are counted from the zones; a zone that is no column counts as not known.
    columns
        What is counted: jobs, population, or any other number of the zones.
    within_zone_min
        Minutes of a trip within a zone, put in the place of the diagonal. None leaves the diagonal as it is.

    Returns
    -------
    Indexed by zone_id, with `name` where known and, for each column, mode and limit such as `jobs_car_45min`: the sum
    (NaN when part of it is not known), `..._at_least` (the known part) and `..._assumed_pct` (share of the known part
    that rests on assumed figures).

    Raises
    ------
    DataError
        Columns or zones missing, or no times.
    """
    if not times:
        raise DataError("times: no mode given; pass tables of seconds such as {'car': skim}")
    for column in columns:
        if column not in zones:
            raise DataError(f"zones: no column {column!r} to count.{name_near(column, list(map(str, zones.columns)))}")
    done = pd.DataFrame(index=zones.index.rename("zone_id"))
    if "name" in zones:
        done["name"] = zones["name"]
    marks = zones["assumed"].astype("str") if "assumed" in zones else pd.Series("", index=zones.index)
    for mode, table in times.items():
        seconds = _seconds(mode, table, zones, within_zone_min)
        for column in columns:
            amount = zones[column].to_numpy(dtype=np.float64)
            assumed = marks.str.split(",").map(lambda names, c=column: c in names).to_numpy(dtype=bool)
            for limit in limits_min:
                found = _count(seconds, amount, assumed, limit * 60.0)
                for suffix, values in zip(("", "_at_least", "_assumed_pct"), found, strict=True):
                    done[f"{column}_{mode}_{limit:g}min{suffix}"] = values
    unknown = [str(name) for name in done if str(name).endswith("min") and done[name].isna().any()]
    if unknown:
        log.warning("accessibility: %s of some zones are not known; see ..._at_least", ", ".join(unknown))
    return done


def accessibility_by_group(table: pd.DataFrame, zones: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """What people of each group have in reach on average, by where they live.

    Parameters
    ----------
    table
        The answer of `accessibility`.
    zones
        Zones with one column of people for each group, such as employed_women and employed_men.

    Returns
    -------
    Indexed by group: `people` (known), `people_known_pct` (share of the zones' rows with a figure) and the mean of
    each sum, weighted by the people of the group. A mean is NaN when it is not known of a zone where somebody of the
    group lives, or when it is not known how many live in a zone.
    """
    sums = [str(name) for name in table if str(name).endswith("min")]
    rows = {}
    for group in groups:
        if group not in zones:
            raise DataError(f"zones: no column {group!r}.{name_near(group, list(map(str, zones.columns)))}")
        people = zones[group].reindex(table.index).astype("float64")
        row: dict[str, float] = {
            "people": float(people.sum()),
            "people_known_pct": 100.0 * float(people.notna().mean()),
        }
        for name in sums:
            lived = table[name].where(people != 0, 0.0)
            total = (lived * people).sum(skipna=False)
            row[name] = float(total / people.sum(skipna=False)) if people.sum() > 0 else np.nan
        rows[group] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("group")


def compare_accessibility(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The change of each sum between two answers of `accessibility`.

    Returns
    -------
    Indexed by zone_id: `name`, and for each sum `..._before`, `..._after`, `..._change` and `..._change_pct` (NaN
    from zero).
    """
    sums = [str(name) for name in before if str(name).endswith("min") and name in after]
    if not sums:
        raise DataError("accessibility: the two tables share no sums; make both with the same columns and limits")
    if set(before.index) != set(after.index):
        odd = list(set(before.index) ^ set(after.index))
        raise DataError(f"accessibility: {name_rows(odd)} are in one table only; compare the same zones")
    done = before[["name"]].copy() if "name" in before else pd.DataFrame(index=before.index)
    for name in sums:
        old, new = before[name], after[name].reindex(before.index)
        done[f"{name}_before"], done[f"{name}_after"] = old, new
        done[f"{name}_change"] = new - old
        done[f"{name}_change_pct"] = 100.0 * (new - old) / old.where(old > 0)
    return done


def _seconds(
    mode: str, table: pd.DataFrame, zones: pd.DataFrame, within_zone_min: float | pd.Series | None
) -> NDArray[np.float64]:
    """Seconds zones x zones; NaN where the table says nothing."""
    lost = zones.index.difference(table.index).to_list()
    if lost:
        raise DataError(f"times of {mode}: {name_rows(lost)} have no row; skim from every zone, or leave them out")
    seconds = table.reindex(index=zones.index, columns=zones.index).to_numpy(dtype=np.float64, copy=True)
    if within_zone_min is not None:
        inside = 60.0 * np.asarray(pd.Series(within_zone_min, index=zones.index), dtype=np.float64)
        seconds[np.arange(len(zones)), np.arange(len(zones))] = inside
    return seconds


def _count(
    seconds: NDArray[np.float64], amount: NDArray[np.float64], assumed: NDArray[np.bool_], limit_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sum in reach (NaN when not known), its known part, and the assumed share of that in per cent."""
    reached = seconds <= limit_s
    maybe = np.isnan(seconds)
    known = np.nan_to_num(amount, nan=0.0)
    at_least = reached @ known
    # Unknown: a figure missing of a zone in reach, or a zone with anything in it of which the time is missing.
    open_ = (reached & np.isnan(amount)).any(axis=1) | (maybe & (np.isnan(amount) | (amount > 0))).any(axis=1)
    total = np.where(open_, np.nan, at_least)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(at_least > 0, 100.0 * (reached @ (known * assumed)) / at_least, 0.0)
    return total, at_least, share
