"""What an hour, a kilogram or a life counts as: versioned tables, never constants in code.

A value that nobody could read at its source is marked as not verified, and so is every result that rests on it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near, name_rows

FOLDER = Path(__file__).parent / "values"
COLUMNS = ("value", "unit", "price_year", "version", "source", "confidence", "verified", "note")


@dataclass(frozen=True, eq=False)
class Values:
    """Values of one version in the prices of one year.

    Parameters
    ----------
    version, title
        Key and name, such as "asek8" and "ASEK 8".
    price_year
        Year of all prices in `table`.
    table
        Index `item`: value, unit, price_year (of the source), version (that the number belongs to), source,
        confidence, verified (bool), note, given (the value in the prices of its source).
    """

    version: str
    title: str
    price_year: int
    table: pd.DataFrame


def value_versions() -> pd.DataFrame:
    """The versions that are embedded: index `version`; title, price_year, source, confidence, verified, note."""
    return _versions().copy()


def read_values(
    version: str | os.PathLike[str] = "asek8",
    *,
    price_year: int | None = None,
    own: Mapping[str, float] | None = None,
) -> Values:
    """The values of a version, brought to the prices of one year by the consumer price index.

    Parameters
    ----------
    version
        "asek4", "asek5", "asek6_1", "asek7", "asek8", or a CSV file with the columns item, value, unit, price_year,
        version, source, confidence, verified (yes or no) and note.
    price_year
        Year of the prices; that of the version (or the newest of the file) when None.
    own
        Values of the caller's by item, in prices of that year; they count as verified by the caller.

    Raises
    ------
    DataError
        No such version (with near ones), a file with faults, a year without a price index.
    """
    name = str(version).casefold().replace(" ", "").replace(".", "_")
    if name in _versions().index:
        path, title = FOLDER / f"{name}.csv", str(_versions()["title"][name])
        year = int(_versions()["price_year"][name])
    elif Path(version).is_file():
        name = str(version)
        path, title, year = Path(version), Path(version).stem, 0
    else:
        known = _versions().index.to_list()
        raise DataError(f"no values {str(version)!r}; use {', '.join(known)} or a CSV file.{name_near(name, known)}")
    table = pd.concat([_read(path), _read(FOLDER / "effects.csv")])
    table = table[~table.index.duplicated()]  # the version's own first
    year = price_year or year or int(np.nanmax([0.0, *table["price_year"].to_numpy(dtype=np.float64)]))
    table["given"] = table["value"]
    priced = table["price_year"].notna()
    table.loc[priced, "value"] *= [price_change(int(old), year) for old in table.loc[priced, "price_year"]]
    for item, value in (own or {}).items():
        unit = table.at[item, "unit"] if item in table.index else ""
        row = [value, unit, year, "own", "the caller's own value", "", True, "", value]
        table.loc[item] = pd.Series(row, index=[*COLUMNS, "given"], dtype=object)
    return Values(name, title, year, table.infer_objects())


def value_of(values: Values, item: str) -> float:
    """One value; NaN when the version has none."""
    return float(values.table["value"][item]) if item in values.table.index else np.nan


def is_verified(values: Values, item: str) -> bool:
    """Whether somebody has read the value at its source; an item without a value rests on nothing unverified."""
    return bool(values.table["verified"][item]) if item in values.table.index else True


def price_change(year: int, to: int) -> float:
    """Factor from the prices of one year to those of another, by the Swedish consumer price index (SCB).

    Raises
    ------
    DataError
        A year that the table of the index does not have.
    """
    index = _price_index()
    lost = [str(y) for y in (year, to) if y not in index.index]
    if year == to:
        return 1.0
    if lost:
        raise DataError(
            f"no price index for {' and '.join(lost)}; the table has {index.index.min()} to {index.index.max()}"
        )
    return float(index[to] / index[year])


@cache
def _versions() -> pd.DataFrame:
    table = pd.read_csv(FOLDER / "versions.csv", index_col="version").fillna({"note": ""})
    table["verified"] = table["verified"] == "yes"
    return table


@cache
def _price_index() -> pd.Series:
    return pd.read_csv(FOLDER / "cpi.csv", index_col="year")["index_1980_100"]


def _read(path: Path) -> pd.DataFrame:
    """A table of values, checked."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    lost = [name for name in ("item", *COLUMNS) if name not in raw.columns]
    if lost:
        raise DataError(f"{path}: columns {', '.join(lost)} are missing; see the embedded tables")
    faults = []
    if raw["item"].duplicated().any():
        faults.append(f"{name_rows(raw.loc[raw['item'].duplicated(), 'item'].to_list())} stand twice; keep one of each")
    numbers = pd.to_numeric(raw["value"], errors="coerce")
    if numbers.isna().any():
        faults.append(f"{name_rows(raw.loc[numbers.isna(), 'item'].to_list())} have no number; leave the row out")
    strange = ~raw["verified"].isin(["yes", "no"])
    if strange.any():
        faults.append(f"{name_rows(raw.loc[strange, 'item'].to_list())}: verified is yes or no")
    if faults:
        raise DataError(f"{path}: " + "; ".join(faults))
    years = pd.to_numeric(raw["price_year"], errors="coerce")
    table = raw.assign(value=numbers, price_year=years, verified=raw["verified"] == "yes")
    return table.set_index("item")[list(COLUMNS)]
