"""Lines of public transport as a CSV or xlsx sheet: one row a line."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.io.files import atomic_path, require_file
from geoplan.io.tables import name_lines, parse_number, read_table, split_list
from geoplan.network.schema import Column

log = logging.getLogger(__name__)

LINE_COLUMNS = (
    Column("line_id", "id", "id of the line", required=True),
    Column("name", "text", "number or name of the line", ""),
    Column("mode", "text", "rail, bus, tram, boat ...", ""),
    Column("stops", "id", "ids of the stops in order of travel, parted by ;", required=True),
    Column(
        "run_min", "id", "minutes from the stop before to each stop, parted by ;: one fewer than stops", required=True
    ),
    Column("both_ways", "text", "yes: the line also runs back, with the same minutes", "", choices=("yes", "no", "")),
    Column("departures_per_day", "float", "departures a day in each direction", np.nan, low=0.0),
    Column("service_h", "float", "hours a day over which they are spread", np.nan, low=0.0, low_open=True),
    Column("places", "float", "places in a vehicle", np.nan, low=0.0, low_open=True),
    Column("assumed", "text", "names of columns of this row that were assumed, parted by commas", ""),
    Column("source", "text", "where the row comes from", ""),
    Column("year", "text", "year the values stand for", ""),
    Column("confidence", "text", "H official, M press, L memory or estimate, D derived", ""),
    Column("note", "text", "anything a planner must know", ""),
)
HEADWAY = "headway_min"


def read_transit_lines(
    path: str | os.PathLike[str], *, periods: Sequence[str] = (), sheet: str | None = None
) -> pd.DataFrame:
    """Lines from a table with one row a line.

    Parameters
    ----------
    path
        Table with the columns of `LINE_COLUMNS` and, for each period, `headway_min_<period>` (`headway_min` without
        periods): minutes between departures, `inf` where the line does not run, empty where it is not known.
    periods
        Names of the periods. Without any, an empty `headway_min` follows from departures_per_day and service_h, and
        is marked as assumed.

    Returns
    -------
    One row for each stop of each line and direction: line_id (with `_back` for the way back), name, mode, sequence,
    stop_id, run_min, the headways, and the other columns of the line.

    Raises
    ------
    DataError
        With file, lines of the file and the cure.
    """
    file = require_file(path, "table of lines")
    names = [f"{HEADWAY}_{period}" for period in periods] or [HEADWAY]
    columns = [Column(n, "float", "minutes between departures", np.nan, low=0.0, low_open=True) for n in names]
    table = read_table(file, [*LINE_COLUMNS, *columns], sheet=sheet)
    faults = []
    twice = table.index[table["line_id"].duplicated(keep=False)].to_list()
    if twice:
        faults.append(f"{name_lines(twice)} have a line_id that another has; give each line its own")
    stops = table["stops"].map(split_list)
    run, bad = _minutes(table["run_min"])
    if bad:
        faults.append(f"{name_lines(bad)} hold run_min that are no minutes >= 0; write them parted by ;")
    uneven = [line for line in table.index if line not in bad and len(run[line]) != len(stops[line]) - 1]
    if uneven:
        line = uneven[0]
        faults.append(
            f"{name_lines(uneven)} have {len(stops[line])} stops and {len(run[line])} run_min; "
            "give one fewer than stops"
        )
    if faults:
        raise DataError(f"{file}: " + "; ".join(faults))
    if not periods:
        table = _headways_from_departures(table)
    return _long(table, stops, run, names)


def write_transit_lines(lines: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write lines as the table that `read_transit_lines` reads: one row a direction, UTF-8 with BOM."""
    rows = []
    for line_id, calls in lines.sort_values(["line_id", "sequence"], kind="stable").groupby("line_id", sort=False):
        first = calls.iloc[0].drop(labels=["line_id", "sequence", "stop_id", "run_min"])
        rows.append(
            {
                "line_id": line_id,
                "stops": ";".join(str(stop) for stop in calls["stop_id"]),
                "run_min": ";".join(f"{minutes:g}" for minutes in calls["run_min"].iloc[1:]),
                "both_ways": "no",
                **first.to_dict(),
            }
        )
    with atomic_path(path) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False, encoding="utf-8-sig")


def _minutes(cells: pd.Series) -> tuple[dict[object, list[float]], list[object]]:
    """Minutes by line of the file, and the lines whose cell holds something else."""
    run: dict[object, list[float]] = {}
    bad = []
    for line, text in cells.items():
        try:
            run[line] = [parse_number(part) for part in split_list(text)]
        except ValueError:
            run[line] = []
        if not run[line] or not all(0 <= minutes < np.inf for minutes in run[line]):
            bad.append(line)
    return run, bad


def _headways_from_departures(table: pd.DataFrame) -> pd.DataFrame:
    """Even headways over the day where none is given, marked as assumed; unknown where departures or hours are."""
    done = table.copy()
    with np.errstate(divide="ignore"):
        even = done["service_h"] * 60.0 / done["departures_per_day"]
    filled = done[HEADWAY].isna() & even.notna()
    done[HEADWAY] = done[HEADWAY].where(~filled, even)
    marked = done["assumed"].where(done["assumed"] == "", done["assumed"] + ",") + HEADWAY
    done["assumed"] = done["assumed"].where(~filled, marked)
    log.info("lines: headways of %d lines from departures a day", filled.sum())
    return done


def _long(
    table: pd.DataFrame, stops: pd.Series, run: dict[object, list[float]], headways: Sequence[str]
) -> pd.DataFrame:
    """One row for each stop of each line and direction."""
    parts = []
    rest = [
        c for c in table.columns if c not in ("line_id", "name", "mode", "stops", "run_min", "both_ways", *headways)
    ]
    for line in table.index:
        row = table.loc[line]
        ways = [("", stops[line], run[line])]
        if row["both_ways"] == "yes":
            ways.append(("_back", stops[line][::-1], run[line][::-1]))
        for suffix, order, minutes in ways:
            part = {
                "line_id": f"{row['line_id']}{suffix}",
                "name": row["name"],
                "mode": row["mode"],
                "sequence": range(len(order)),
                "stop_id": order,
                "run_min": [0.0, *minutes],
            }
            parts.append(pd.DataFrame({**part, **{name: row[name] for name in (*headways, *rest)}}))
    return pd.concat(parts, ignore_index=True)
