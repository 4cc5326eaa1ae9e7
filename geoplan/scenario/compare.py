"""Base and variant side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import DataError

# The table that speaks for a result, in the order they are looked for.
_TABLES = ("flows", "legs")


def compare(base: Any, variant: Any, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Difference of two results of the same kind.

    Parameters
    ----------
    base, variant
        Two tables with the same kind of index, or two results that have one (`flows` of an assignment, `legs` of a
        plan).
    columns
        Number columns to compare; those that both have when None.

    Returns
    -------
    Table over the rows of both: `{column}_base`, `{column}_variant`, `{column}_change` for each column, and `only_in`
    (empty, "base" or "variant"): rows that only one side has are kept and marked, their change is NaN.
    """
    left, right = _table(base), _table(variant)
    if columns is None:
        columns = [c for c in left.columns if c in right.columns and _is_number(left[c]) and _is_number(right[c])]
    lost = [c for c in columns if c not in left.columns or c not in right.columns]
    if lost or not columns:
        raise DataError(
            f"compare: {', '.join(lost) or 'no number column'} is not in both results; name columns that are"
        )
    for side, table in (("base", left), ("variant", right)):
        if not table.index.is_unique:
            raise DataError(f"compare: the {side} has rows with the same id; give each its own")
    index = left.index.union(right.index, sort=False)
    result: dict[str, Any] = {}
    for column in columns:
        a, b = left[column].reindex(index), right[column].reindex(index)
        result[f"{column}_base"] = a
        result[f"{column}_variant"] = b
        result[f"{column}_change"] = b - a
    result["only_in"] = np.select([~index.isin(right.index), ~index.isin(left.index)], ["base", "variant"], "")
    return pd.DataFrame(result, index=index)


def _table(result: Any) -> pd.DataFrame:
    if isinstance(result, pd.Series):
        return result.to_frame(result.name or "value")
    if isinstance(result, pd.DataFrame):
        return result
    for name in _TABLES:
        table = getattr(result, name, None)
        if isinstance(table, pd.DataFrame):
            return table
    raise DataError(f"cannot compare {type(result).__name__}; give tables, assignments or plans")


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values)) and not pd.api.types.is_bool_dtype(values)
