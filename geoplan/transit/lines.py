"""The table of lines: one row for each stop of each line, in one direction.

    line_id  name                 mode  sequence  stop_id     run_min  headway_min_peak  ...
    tib_55   Borlänge-Ludvika     rail  0         borlange_c  0        30
    tib_55   Borlänge-Ludvika     rail  1         ludvika     40       30

`run_min` is minutes from the departure at the stop before to the departure here. A headway is the minutes between
departures in a period; `inf` is known not to run in that period, NaN is not known. What belongs to the line (name,
mode, headways, places, assumed, source) stands on each of its rows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near, name_rows

log = logging.getLogger(__name__)

KEYS = ("line_id", "sequence", "stop_id", "run_min")


def headway_column(period: str) -> str:
    """Name of the column of headways: `headway_min`, or `headway_min_<period>`."""
    return f"headway_min_{period}" if period else "headway_min"


def check_lines(
    lines: pd.DataFrame, *, period: str = "", unknown: Literal["error", "leave_out"] = "error"
) -> pd.DataFrame:
    """The lines in order of line and sequence, with the headway of the period in `headway_min`.

    Parameters
    ----------
    period
        Name behind `headway_min_`; empty for the column `headway_min`.
    unknown
        What to do with lines whose headway is not known: an error, or leave them out and say so in the log and in
        `.attrs["left_out"]`.

    Raises
    ------
    DataError
        Lists every fault at once with its lines and cure.
    """
    column = headway_column(period)
    lacking = [name for name in (*KEYS, column) if name not in lines]
    if lacking:
        known = [name for name in lines.columns if str(name).startswith("headway_min")]
        near = f" Headways given: {', '.join(known)}." if column in lacking and known else ""
        raise DataError(f"lines: columns {', '.join(lacking)} are missing; add them.{near}")
    if lines.empty:
        raise DataError("lines: the table is empty; add at least one line")
    table = lines.sort_values(["line_id", "sequence"], kind="stable").reset_index(drop=True)
    table["headway_min"] = table[column].astype("float64")
    first = ~table["line_id"].duplicated()
    table["run_min"] = table["run_min"].astype("float64").where(~first, 0.0)
    faults = _faults(table, column)
    if faults:
        raise DataError("lines: " + "; ".join(faults))
    lost = table.loc[table["headway_min"].isna(), "line_id"].unique().tolist()
    if lost and unknown == "error":
        raise DataError(
            f"lines: {name_rows(lost)} have no {column}; set it (inf where the line does not run), "
            "or pass unknown='leave_out'"
        )
    if lost:
        log.warning("lines: %s left out, their %s is not known", name_rows(lost), column)
        table = table[~table["line_id"].isin(lost)].reset_index(drop=True)
    table.attrs["left_out"] = lost
    return table


def _faults(table: pd.DataFrame, column: str) -> list[str]:
    faults = []
    by_line = table.groupby("line_id", sort=False)
    twice = table.loc[table.duplicated(["line_id", "sequence"]), "line_id"].unique().tolist()
    if twice:
        faults.append(f"{name_rows(twice)} have a sequence number twice; number the stops 0, 1, 2 ...")
    size = by_line.size()
    short = size[size < 2].index.tolist()
    if short:
        faults.append(f"{name_rows(short)} have one stop only; add the others")
    empty = table.loc[table["stop_id"].isna() | (table["stop_id"].astype("str") == ""), "line_id"].unique().tolist()
    if empty:
        faults.append(f"{name_rows(empty)} have a row without stop_id; fill it in")
    wrong = table.loc[~(table["run_min"] >= 0) | np.isinf(table["run_min"]), "line_id"].unique().tolist()
    if wrong:
        faults.append(
            f"{name_rows(wrong)} have run_min that is empty, negative or infinite; give minutes from stop to stop"
        )
    bad = table.loc[table["headway_min"] <= 0, "line_id"].unique().tolist()
    if bad:
        faults.append(f"{name_rows(bad)} have {column} <= 0; give minutes between departures, inf for none")
    kinds = by_line["headway_min"].nunique(dropna=False)
    uneven = kinds[kinds > 1].index.tolist()
    if uneven:
        faults.append(f"{name_rows(uneven)} have more than one {column}; a line has one")
    return faults


def line_summary(
    lines: pd.DataFrame, *, period: str = "", unknown: Literal["error", "leave_out"] = "leave_out"
) -> pd.DataFrame:
    """One row a line.

    Returns
    -------
    Indexed by line_id: name, mode, from_stop, to_stop, stops (number), run_min (end to end), headway_min,
    departures_per_h, assumed, source.
    """
    table = check_lines(lines, period=period, unknown=unknown)
    for name in ("name", "mode", "assumed", "source"):
        if name not in table:
            table[name] = ""
    summary = table.groupby("line_id", sort=False).agg(
        name=("name", "first"), mode=("mode", "first"), from_stop=("stop_id", "first"), to_stop=("stop_id", "last"),
        stops=("stop_id", "size"), run_min=("run_min", "sum"), headway_min=("headway_min", "first"),
        assumed=("assumed", "first"), source=("source", "first"),
    )  # fmt: skip
    summary.insert(7, "departures_per_h", 60.0 / summary["headway_min"])
    return summary


def line_departures(lines: pd.DataFrame) -> pd.Series:
    """Departures a day by stop, from the column departures_per_day of the lines; their last stops not counted.

    NaN where the number of a line that leaves there is not known.
    """
    if "departures_per_day" not in lines:
        raise DataError("lines: column departures_per_day is missing; add it (empty where not known)")
    last = lines.groupby("line_id")["sequence"].transform("max")
    leaves = lines[lines["sequence"] < last]
    counts = leaves.groupby("stop_id")["departures_per_day"].agg(lambda column: column.sum(skipna=False))
    return counts.reindex(pd.Index(lines["stop_id"].unique()), fill_value=0.0).rename_axis("stop_id")


def scale_headways(lines: pd.DataFrame, factor: float, *, line_ids: Sequence[object] | None = None) -> pd.DataFrame:
    """The lines with headways times `factor` (0.5 is twice as many departures), all or those named.

    Raises DataError when a line is not in the table or the factor is not above 0.
    """
    if not (np.isfinite(factor) and factor > 0):
        raise DataError(f"factor {factor} is not a number above 0; headways cannot be scaled by it")
    chosen = pd.Series(True, index=lines.index)
    if line_ids is not None:
        lost = [line for line in line_ids if line not in set(lines["line_id"])]
        if lost:
            near = name_near(str(lost[0]), [str(line) for line in lines["line_id"].unique()])
            raise DataError(f"lines: no line {', '.join(str(line) for line in lost)}.{near}")
        chosen = lines["line_id"].isin(list(line_ids))
    done = lines.copy()
    for name in done.columns:
        if str(name).startswith("headway_min"):
            done[name] = done[name].where(~chosen, done[name] * factor)
    return done


def lines_from_timetable(timetable: pd.DataFrame, window_s: tuple[float, float], *, period: str = "") -> pd.DataFrame:
    """Lines with mean headways, from the trips of a timetable that leave in a window.

    Trips with the same stops in the same order are one line; its run times are the means of its trips.

    Parameters
    ----------
    timetable
        Columns trip_id, stop_id, arrival_s, departure_s; `line_id` and `mode` where known.
    window_s
        Start and end of the period, seconds after midnight; a trip belongs to it by its first departure.

    Returns
    -------
    Lines as at the top of this file; `departures` is the number of trips in the window.
    """
    start, end = window_s
    if not end > start:
        raise DataError(f"window_s {window_s}: the end is not after the start")
    calls = timetable.sort_values(["trip_id", "departure_s"], kind="stable")
    first = calls.groupby("trip_id")["departure_s"].transform("min")
    calls = calls[(first >= start) & (first < end)]
    if calls.empty:
        raise DataError(f"timetable: no trip leaves between {start:g} and {end:g} s; choose another window")
    trips = calls.groupby("trip_id", sort=False)
    pattern = trips["stop_id"].agg(tuple)
    route = trips["line_id"].first() if "line_id" in calls else pd.Series("", index=pattern.index)
    mode = trips["mode"].first() if "mode" in calls else pd.Series("", index=pattern.index)
    groups = pd.DataFrame({"pattern": pattern, "route": route, "mode": mode})
    rows = []
    for number, (_, members) in enumerate(groups.groupby(["route", "mode", "pattern"], sort=False)):
        first_trip = members.iloc[0]
        stops, name = first_trip["pattern"], str(first_trip["route"])
        chosen = calls[calls["trip_id"].isin(members.index)]
        departs = chosen["departure_s"].to_numpy(dtype=np.float64).reshape(len(members), len(stops))
        run = np.diff(departs, axis=1).mean(axis=0) / 60.0
        rows.append(
            pd.DataFrame(
                {
                    "line_id": f"{name or 'line'}_{number}",
                    "name": name,
                    "mode": first_trip["mode"],
                    "sequence": range(len(stops)),
                    "stop_id": stops,
                    "run_min": [0.0, *run],
                    headway_column(period): (end - start) / 60.0 / len(members),
                    "departures": len(members),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)
