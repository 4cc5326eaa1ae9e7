"""Skims of public transport: long tables by (origin, destination), and matrices of one column."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near


def complete_pairs(skim: pd.DataFrame, zones: Iterable[Hashable] | None, no_way: dict[str, float]) -> pd.DataFrame:
    """The skim over all pairs of `zones`; pairs that it lacks have no way. A zone to itself is NaN throughout.

    Parameters
    ----------
    skim
        Indexed by (origin, destination).
    zones
        Zones to answer for; those of the skim when None.
    no_way
        Values of columns where there is no way; the other columns are NaN there.
    """
    if zones is not None:
        ids = list(zones)
        both: pd.MultiIndex = pd.MultiIndex.from_product([ids, ids], names=["origin", "destination"])
        lacking = ~both.isin(skim.index)
        skim = skim.reindex(both)
        for name, value in no_way.items():
            skim.loc[lacking, name] = value
    skim[skim.index.get_level_values(0) == skim.index.get_level_values(1)] = np.nan
    return skim


def skim_matrix(skim: pd.DataFrame, column: str = "time_s") -> pd.DataFrame:
    """One column of a skim as a table: origins as index, destinations as columns, in the order of the skim."""
    if column not in skim:
        near = name_near(column, [str(name) for name in skim.columns])
        raise DataError(f"skim: no column {column!r}; it has {', '.join(map(str, skim.columns))}.{near}")
    origins = skim.index.get_level_values(0).unique()
    destinations = skim.index.get_level_values(1).unique()
    both = pd.MultiIndex.from_product([origins, destinations])
    whole = skim[column] if skim.index.equals(both) else skim[column].reindex(both)
    values = whole.to_numpy(copy=True).reshape(len(origins), len(destinations))
    return pd.DataFrame(values, index=origins.rename("origin"), columns=destinations.rename("destination"))
