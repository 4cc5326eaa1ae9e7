"""Tables of a study about services in its places and about growth."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.io.study_columns import GROWTH_COLUMNS, SERVICE_COLUMNS
from geoplan.io.tables import name_lines, read_table


def read_services(path: str | os.PathLike[str], zone_ids: Iterable[object]) -> pd.DataFrame:
    """Services, one row each: zone_id, kind, name, source.

    Raises
    ------
    DataError
        A zone that does not exist, with the line of the file.
    """
    return _in_zones(read_table(path, SERVICE_COLUMNS), zone_ids, path)


def read_growth(path: str | os.PathLike[str], zone_ids: Iterable[object]) -> pd.DataFrame:
    """Inputs of the growth scenarios as `geoplan.demand.growth.grow` takes them, with names in two languages."""
    return _in_zones(read_table(path, GROWTH_COLUMNS), zone_ids, path)


def _in_zones(table: pd.DataFrame, zone_ids: Iterable[object], path: str | os.PathLike[str]) -> pd.DataFrame:
    known = [str(zone) for zone in zone_ids]
    lost = table.index[~table["zone_id"].isin(known)].to_list()
    if lost:
        first = str(table.loc[lost[0], "zone_id"])
        raise DataError(
            f"{path}: {name_lines(lost)} name a zone that does not exist ({first!r}); correct it."
            f"{name_near(first, known)}"
        )
    return table.reset_index(drop=True)
