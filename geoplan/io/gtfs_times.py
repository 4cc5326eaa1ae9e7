"""Days and times of a GTFS feed: calendars with exceptions, stop times over midnight, trips that stand for many."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, name_rows
from geoplan.io.gtfs_feed import FILES, WEEK, Feed
from geoplan.io.timetable_days import BoolArray, parse_clock


def service_days(feed: Feed, first_day: dt.date, last_day: dt.date) -> dict[str, BoolArray]:
    """Days of each service in the period; services that never run in it are left out."""
    n_days = (last_day - first_day).days + 1
    weekday = (first_day.weekday() + np.arange(n_days)) % 7
    runs: dict[str, BoolArray] = {}
    calendar = feed.table("calendar")
    if len(calendar):
        start = _days_from(calendar["start_date"], first_day, feed.path, "calendar.txt: start_date")
        end = _days_from(calendar["end_date"], first_day, feed.path, "calendar.txt: end_date")
        week = (calendar[list(WEEK)] == "1").to_numpy()
        day = np.arange(n_days)
        for k, service in enumerate(calendar["service_id"]):
            runs[service] = week[k][weekday] & (day >= start[k]) & (day <= end[k])
    dates = feed.table("calendar_dates")
    if len(dates):
        day = _days_from(dates["date"], first_day, feed.path, "calendar_dates.txt: date")
        wrong = ~dates["exception_type"].isin(["1", "2"])
        if wrong.any():
            rows = name_rows((dates.index[wrong] + 2).to_list())
            raise DataError(f"{feed.path}: calendar_dates.txt: {rows} have an exception_type that is neither 1 nor 2")
        for service, k, added in zip(dates["service_id"], day.tolist(), dates["exception_type"] == "1", strict=True):
            if 0 <= k < n_days:
                runs.setdefault(service, np.zeros(n_days, dtype=bool))[k] = added
    return {service: days for service, days in runs.items() if days.any()}


def _days_from(dates: pd.Series, first_day: dt.date, path: Path, what: str) -> NDArray[np.int64]:
    """Days from the first day of the period to dates written 20260501."""
    parsed = pd.to_datetime(dates, format="%Y%m%d", errors="coerce")
    if parsed.isna().any():
        rows = name_rows((dates.index[parsed.isna()] + 2).to_list())
        raise DataError(f"{path}: {what}: {rows} are no dates such as 20260501")
    return np.asarray((parsed - pd.Timestamp(first_day)).dt.days, dtype=np.int64)


def stop_times(times: pd.DataFrame, path: str | os.PathLike[str]) -> tuple[pd.DataFrame, int]:
    """Rows train_id, place (the stop), arrive_s, depart_s, order in the order of the run; and how many had no time.

    Seconds count from midnight of the day of service, so that 25:10 is 90,600. Calls without a time are put evenly
    between their neighbours.
    """
    order = pd.to_numeric(times["stop_sequence"], errors="coerce")
    if order.isna().any():
        rows = name_rows(times["line"][order.isna()].to_list())
        raise DataError(f"{path}: stop_times.txt: {rows} have no stop_sequence; get the feed again")
    seconds = {}
    for name in ("arrival_time", "departure_time"):
        texts = times[name]
        values = {}
        wrong = []
        for text in texts.unique():
            try:
                values[text] = parse_clock(text)
            except ValueError:
                wrong.append(text)
        if wrong:
            lines = name_rows(times["line"][texts.isin(wrong)].to_list())
            raise DataError(f"{path}: stop_times.txt: {lines} hold no time but {wrong[0]!r} in {name}")
        seconds[name] = texts.map(values).astype("float64")
    table = pd.DataFrame(
        {
            "train_id": times["trip_id"],
            "place": times["stop_id"],
            "arrive_s": seconds["arrival_time"],
            "depart_s": seconds["departure_time"],
            "order": order,
        }
    ).sort_values(["train_id", "order"], kind="stable")
    twice = table.duplicated(["train_id", "order"])
    if twice.any():
        rows = name_rows(times["line"][table.index[twice]].to_list())
        raise DataError(f"{path}: stop_times.txt: {rows} repeat a stop_sequence of their trip; get the feed again")
    table["arrive_s"] = table["arrive_s"].fillna(table["depart_s"])
    table["depart_s"] = table["depart_s"].fillna(table["arrive_s"])
    gaps = table["arrive_s"].isna()
    for name in ("arrive_s", "depart_s"):
        table[name] = table.groupby("train_id")[name].transform(lambda values: values.interpolate()).round()
    return table, int(gaps.sum())


def spread_frequencies(feed: Feed, stops: pd.DataFrame, trips: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trips that stand for many, replaced by one trip for each departure."""
    table = feed.table("frequencies")
    table = table[table["trip_id"].isin(trips["trip_id"])]
    if table.empty:
        return stops, trips
    new_stops = [stops[~stops["train_id"].isin(table["trip_id"])]]
    new_trips = [trips[~trips["trip_id"].isin(table["trip_id"])]]
    count: dict[str, int] = {}
    columns = (table[name] for name in FILES["frequencies"])
    for line, trip, start, end, headway in zip(table.index + 2, *columns, strict=True):
        try:
            first, last, step = parse_clock(start), parse_clock(end), int(headway)
        except ValueError as fault:
            raise DataError(f"{feed.path}: frequencies.txt: line {line} holds no time or number: {fault}") from None
        if step <= 0 or not last > first or (last - first) / step > 1440:
            words = f"line {line} has a headway of {step} s from {start} to {end}"
            raise DataError(f"{feed.path}: frequencies.txt: {words}; correct it")
        rows, own = stops[stops["train_id"] == trip], trips[trips["trip_id"] == trip]
        begin = rows["depart_s"].iloc[0]
        for departure in np.arange(first, last, step):
            count[trip] = count.get(trip, 0) + 1
            name = f"{trip}_{count[trip]}"
            shift = departure - begin
            moved = rows.assign(train_id=name, arrive_s=rows["arrive_s"] + shift, depart_s=rows["depart_s"] + shift)
            new_stops.append(moved)
            new_trips.append(own.assign(trip_id=name, trip_short_name=""))
    return pd.concat(new_stops, ignore_index=True), pd.concat(new_trips, ignore_index=True)
