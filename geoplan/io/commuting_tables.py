"""Tables of a study about services in its places and about growth."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.io.tables import name_lines, read_table
from geoplan.network.schema import Column

NAN = float("nan")
_ORIGIN = (
    Column("source", "text", "where the row comes from", ""),
    Column("year", "text", "year the values stand for", ""),
    Column("confidence", "text", "H official, M press, L memory or estimate, D derived", ""),
    Column("note", "text", "anything a planner must know", ""),
)
SERVICE_COLUMNS = (
    Column("zone_id", "id", "zone where it is", required=True),
    Column("kind", "id", "kind of service, such as hospital or upper_secondary", required=True),
    Column("name", "text", "what it is called", ""),
    *_ORIGIN,
)
GROWTH_COLUMNS = (
    Column("scenario", "id", "id of the growth scenario; one row a place", required=True),
    Column("name_sv", "text", "its name in Swedish", ""),
    Column("name_en", "text", "its name in English", ""),
    Column("zone_id", "id", "zone where the direct jobs come", required=True),
    Column("direct_jobs", "float", "new jobs in that place", NAN, required=True, low=0.0),
    Column("local_supply_share", "float", "share of the indirect jobs that come to the area", NAN, required=True),
    Column(
        "local_living_share", "float", "share of those who take the new jobs who live in the area", NAN, required=True
    ),
    *_ORIGIN,
)


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
