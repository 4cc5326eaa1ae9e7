"""Base and variant side by side, whatever kind of result they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.network.ids import are_known

# Columns that tell the rows of a table apart, where its index does not; the first that a table has all of.
_KEYS = (
    ("section_id", "period"),
    ("class", "origin", "destination"),
    ("origin", "destination"),
    ("stretch",),
    ("edge_id",),
    ("zone_id",),
    ("scenario", "id", "transport"),
)


def compare(
    base: Any, variant: Any, *, columns: Sequence[str] | None = None, on: Sequence[str] | None = None
) -> pd.DataFrame:
    """Difference of two results of the same kind.

    Parameters
    ----------
    base, variant
        Two results: assignments (their flows), plans (what they use, edge by edge), demands (trips by class and pair),
        networks (their edges), or two tables: skims (one row a pair of zones), rail capacity (a section and period),
        accessibility (a zone), or any other.
    columns
        Number columns to compare; those that both have when None.
    on
        Columns that tell the rows apart, when neither the index nor the known ones of the kinds above do.

    Returns
    -------
    Table over the rows of both: `{column}_base`, `{column}_variant`, `{column}_change` for each column, and `only_in`
    (empty, "base" or "variant"): rows that only one side has are kept and marked, their change is NaN. A change from or
    to `inf` (not reachable) is infinite, and zero where both sides are the same.

    Raises
    ------
    DataError
        Results of different kinds, a column that is not in both, or rows that nothing tells apart.
    """
    left, right = _table(base, on), _table(variant, on)
    if list(left.index.names) != list(right.index.names) and left.index.nlevels != right.index.nlevels:
        raise DataError(
            f"compare: rows by {_names(left)} on one side and by {_names(right)} on the other; give one kind"
        )
    if columns is None:
        columns = [c for c in left.columns if c in right.columns and _is_number(left[c]) and _is_number(right[c])]
    lost = [c for c in columns if c not in left.columns or c not in right.columns]
    if lost or not columns:
        raise DataError(
            f"compare: {', '.join(lost) or 'no number column'} is not in both results; name columns that are"
        )
    for side, table in (("base", left), ("variant", right)):
        if not table.index.is_unique:
            raise DataError(f"compare: the {side} has rows with the same id; give each its own, or name columns as on")
    index = left.index.union(right.index, sort=False)
    result: dict[str, Any] = {}
    for column in columns:
        a, b = left[column].reindex(index), right[column].reindex(index)
        result[f"{column}_base"] = a
        result[f"{column}_variant"] = b
        result[f"{column}_change"] = (b - a).where(a != b, 0.0).where(a.notna() & b.notna())
    result["only_in"] = np.select(
        [~are_known(index, right.index), ~are_known(index, left.index)], ["base", "variant"], ""
    )
    return pd.DataFrame(result, index=index)


def _table(result: Any, on: Sequence[str] | None) -> pd.DataFrame:
    """The table that speaks for a result, its rows told apart by the index."""
    if isinstance(result, pd.Series):
        return result.to_frame(result.name or "value")
    if isinstance(result, pd.DataFrame):
        return _keyed(result, on)
    if isinstance(getattr(result, "flows", None), pd.DataFrame):
        return _keyed(result.flows, on)
    if isinstance(getattr(result, "legs", None), pd.DataFrame):
        return _used_edges(result)
    if isinstance(getattr(result, "matrices", None), Mapping):
        return _trips(result.matrices)
    if isinstance(getattr(result, "edges", None), pd.DataFrame):
        return pd.DataFrame(result.edges)
    raise DataError(f"cannot compare {type(result).__name__}; give tables, assignments, plans, demands or networks")


def _keyed(table: pd.DataFrame, on: Sequence[str] | None) -> pd.DataFrame:
    if on is not None:
        if lost := [name for name in on if name not in table]:
            raise DataError(f"compare: no column {lost[0]!r}.{name_near(lost[0], list(map(str, table.columns)))}")
        return table.set_index(list(on))
    if table.columns.name == "destination" or (len(table) and set(table.columns) == set(table.index)):
        return _pairs(table, "value")
    if isinstance(table.index, pd.RangeIndex):
        for keys in _KEYS:
            if all(name in table for name in keys):
                return table.set_index(list(keys))
    return table


def _pairs(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A square table of zones as one row a pair."""
    index = pd.MultiIndex.from_product([table.index, table.columns], names=["origin", "destination"])
    return pd.DataFrame({name: table.to_numpy(dtype=np.float64).ravel()}, index=index)


def _trips(matrices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    parts = {name: _pairs(matrix, "trips_vph") for name, matrix in matrices.items()}
    return pd.concat(parts, names=["class"])


def _used_edges(plan: Any) -> pd.DataFrame:
    """What a plan uses: times and costs of each edge, all its passages together."""
    edges = pd.DataFrame(plan.edges)
    numbers = [name for name in ("time_h", "cost_sek") if name in edges]
    if edges.empty or not numbers:
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in ("time_h", "cost_sek")}, dtype=np.float64)
    return edges.groupby(level=0, sort=False)[numbers].sum()


def _names(table: pd.DataFrame) -> str:
    return ", ".join(str(name) for name in table.index.names)


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values)) and not pd.api.types.is_bool_dtype(values)
