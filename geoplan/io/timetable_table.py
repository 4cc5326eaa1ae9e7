"""Timetables as a CSV or xlsx sheet: one row a train and station."""

from __future__ import annotations

import datetime as dt
import os

import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.io.files import atomic_path
from geoplan.io.tables import name_lines, read_table
from geoplan.io.timetable import Timetable, build_timetable
from geoplan.io.timetable_days import format_clock, parse_clock
from geoplan.network.network import Network
from geoplan.network.schema import Column

TIMETABLE_COLUMNS = (
    Column("train", "id", "number or name of the train", required=True),
    Column("station", "id", "id or name of the station it stops at or passes", required=True),
    Column("arrival", "text", "clock time such as 6:05 or 24:10; empty where it starts or passes", ""),
    Column("departure", "text", "clock time; empty where it ends", ""),
    Column("days", "text", "days it runs, such as Mo-Fr or 2026-02-01..2026-06-12; empty: every day", ""),
    Column("operator", "text", "who runs it", ""),
    Column("track", "text", "station track", ""),
    Column("train_type", "text", "passenger, freight, ore, special ...", ""),
    Column("length_m", "float", "length of the train", np.nan, low=0.0, low_open=True),
    Column("max_speed_kmh", "float", "top speed of the train", np.nan, low=0.0, low_open=True),
    Column("made_up", "text", "yes when it was invented", ""),
    Column("source", "text", "where the row comes from", ""),
)
WORKS_COLUMNS = (
    Column("work_id", "id", "name of the work or closed night", required=True),
    Column("from_station", "id", "place, or start of the closed section", required=True),
    Column("to_station", "text", "end of the closed section; empty: the place itself", ""),
    Column("days", "text", "days it begins on; empty: every day", ""),
    Column("start", "id", "clock time such as 22:00", required=True),
    Column("end", "id", "clock time such as 29:00 for five in the morning", required=True),
    Column("reason", "text", "why", ""),
)
PER_TRAIN = ("operator", "train_type", "length_m", "max_speed_kmh", "made_up", "source")


def read_timetable(
    path: str | os.PathLike[str],
    *,
    first_day: dt.date,
    last_day: dt.date,
    network: Network | None = None,
    works: str | os.PathLike[str] | None = None,
    sheet: str | None = None,
) -> Timetable:
    """A timetable from a table with one row a train and station, in the order of the run.

    Parameters
    ----------
    path
        Table with the columns of `TIMETABLE_COLUMNS`; train, station and one of arrival and departure are needed.
        The rows of a train stand together; the same train with other days is a variant of it.
    first_day, last_day
        The period of the timetable, both included.
    network
        Its station names are taken for their ids, and unknown ones refused.
    works
        Table with the columns of `WORKS_COLUMNS`.

    Raises
    ------
    DataError
        Every fault at once, with the lines of the file.
    """
    table = read_table(path, TIMETABLE_COLUMNS, sheet=sheet)
    faults: list[str] = []
    for name in ("arrival", "departure"):
        table[f"{name}_s"], new = _clocks(table[name], name)
        faults += new
    # A train is a run of lines with one number and one days text: a number that comes back later is a second train.
    key = table["train"] + "\x1f" + table["days"]
    block = (key != key.shift()).cumsum()
    torn = key.groupby(key).apply(lambda rows: block[rows.index].nunique()) > 1
    if torn.any():
        lines = table.index[key.isin(torn.index[torn]) & (key != key.shift())].to_list()
        name = torn.index[torn][0].partition("\x1f")[0]
        faults.append(
            f"the rows of train {name} stand in several places or the train is there twice: {name_lines(lines)}; "
            "put its rows together, or give the second its own number or days"
        )
    trains = table.groupby(key, sort=False)[["train", "days", *PER_TRAIN]].first()
    for name in PER_TRAIN:
        several = table.groupby(key)[name].agg(lambda values: len(set(values.dropna()))) > 1
        if several.any():
            lines = table.index[key.isin(several.index[several])].to_list()
            faults.append(f"column {name}: differs within a train: {name_lines(lines)}; give one value a train")
    if faults:
        raise DataError(f"{path}: " + "; ".join(faults))
    count = trains.groupby("train").cumcount()
    ids = trains["train"] + np.where(count > 0, "/" + (count + 1).astype(str), "")
    stops = pd.DataFrame(
        {
            "train_id": key.map(ids).to_numpy(),
            "place": table["station"].to_numpy(),
            "arrive_s": table["arrival_s"].to_numpy(),
            "depart_s": table["departure_s"].to_numpy(),
            "track": table["track"].to_numpy(),
        },
        index="line " + table.index.astype(str),
    )
    work_table = _read_works(works) if works is not None else None
    try:
        return build_timetable(
            trains.set_index(ids),
            stops,
            first_day=first_day,
            last_day=last_day,
            works=work_table,
            network=network,
            meta={"source": os.path.basename(os.fspath(path))},
        )
    except DataError as fault:
        raise DataError(f"{path}: {fault}") from None


def _read_works(path: str | os.PathLike[str]) -> pd.DataFrame:
    table = read_table(path, WORKS_COLUMNS, allow_empty=True)
    start, faults = _clocks(table["start"], "start")
    end, more = _clocks(table["end"], "end")
    if faults or more:
        raise DataError(f"{path}: " + "; ".join([*faults, *more]))
    done = table.rename(columns={"from_station": "from_place", "to_station": "to_place"})
    done = done.assign(start_s=start, end_s=end)
    return done.set_index("work_id")


def _clocks(texts: pd.Series, name: str) -> tuple[pd.Series, list[str]]:
    """Seconds of clock times, and what is wrong with them."""
    seconds = np.full(len(texts), np.nan)
    wrong: list[tuple[object, str]] = []
    for k, (line, text) in enumerate(texts.items()):
        try:
            seconds[k] = parse_clock(text)
        except ValueError:
            wrong.append((line, text))
    faults = []
    if wrong:
        lines = name_lines([line for line, _ in wrong])
        faults.append(f"column {name}: {lines} hold no time but {wrong[0][1]!r}; write such as 6:05 or 24:10")
    return pd.Series(seconds, index=texts.index), faults


def write_timetable(timetable: Timetable, path: str | os.PathLike[str]) -> None:
    """Write the trains as CSV that `read_timetable` reads back, and the works beside it as `<name>_works.csv`.

    Raises
    ------
    DataError
        The place cannot be written.
    """
    stops = timetable.stops
    trains = timetable.trains.loc[stops["train_id"]]
    arrive = [format_clock(value) for value in stops["arrive_s"]]
    depart = [format_clock(value) for value in stops["depart_s"]]
    table = pd.DataFrame(
        {
            "train": trains["train"].to_numpy(),
            "station": stops["place"].to_numpy(),
            "arrival": arrive,
            "departure": depart,
            "track": stops["track"].to_numpy(),
            **{name: trains[name].to_numpy() for name in ("days", *PER_TRAIN)},
        }
    )
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False)
    if timetable.works.empty:
        return
    works = timetable.works
    sheet = pd.DataFrame(
        {
            "work_id": works.index,
            "from_station": works["from_place"].to_numpy(),
            "to_station": works["to_place"].to_numpy(),
            "days": works["days"].to_numpy(),
            "start": [format_clock(value) for value in works["start_s"]],
            "end": [format_clock(value) for value in works["end_s"]],
            "reason": works["reason"].to_numpy(),
        }
    )
    base, _ = os.path.splitext(os.fspath(path))
    with atomic_path(f"{base}_works.csv") as temporary:
        sheet.to_csv(temporary, index=False)
