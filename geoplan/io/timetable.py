"""The timetable: which train is where and when, on which days of the year.

    trains    index train_id: train, operator, train_type, days, length_m, max_speed_kmh, made_up, source
    stops     train_id, place, arrive_s, depart_s, track: rows of a train in the order of its run
    works     index work_id: from_place, to_place, days, start_s, end_s, reason: track taken out of use

Times are seconds after the midnight of the day the train starts; above 86,400 is the next day. A train whose arrival
and departure are equal passes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near, name_rows
from geoplan.io.timetable_days import DAY_S, BoolArray, format_clock, parse_days
from geoplan.network.network import Network

HOURS_ON = "write the hours on: 24:10 for ten past midnight"
LONGEST_RUN_S = 3 * DAY_S  # a train that is longer under way is a slip of the keyboard

TRAIN_TEXT = ("train", "operator", "train_type", "days", "made_up", "source")
TRAIN_NUMBERS = ("length_m", "max_speed_kmh")
STOP_COLUMNS = ("train_id", "place", "arrive_s", "depart_s", "track")
WORK_COLUMNS = ("from_place", "to_place", "days", "start_s", "end_s", "reason")


@dataclass(frozen=True, eq=False)
class Timetable:
    """A checked timetable of the days `first_day` to `last_day`. Use `build_timetable` to make one.

    runs : whether train i starts on day k, shape (n_trains, n_days), in the rows of `trains`
    work_runs : the same of `works`
    """

    trains: pd.DataFrame
    stops: pd.DataFrame
    works: pd.DataFrame
    first_day: dt.date
    last_day: dt.date
    runs: BoolArray
    work_runs: BoolArray
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def made_up(self) -> bool:
        """Whether any train of it was invented by a generator."""
        return bool((self.trains["made_up"] == "yes").any())

    def with_meta(self, **meta: Any) -> Timetable:
        """The same timetable with more meta data."""
        return replace(self, meta={**self.meta, **meta})

    def __repr__(self) -> str:
        label = ", made up" if self.made_up else ""
        count = f"{len(self.trains)} trains, {len(self.works)} works"
        return f"<Timetable {self.first_day} to {self.last_day}: {count}{label}>"


class Services(Protocol):
    """Trains a day instead of a timetable, as a study has them.

    trains : index service_id: train_type, from_node, to_node, trains_per_day (each way; NaN is not known), and where
        there are some via_nodes (parted by `;`), scenario (empty: today), assumed
    stations : node_id, has_loop, loop_length_m (see `rail_layout`)
    """

    @property
    def trains(self) -> pd.DataFrame: ...

    @property
    def stations(self) -> pd.DataFrame: ...


def build_timetable(
    trains: pd.DataFrame,
    stops: pd.DataFrame,
    *,
    first_day: dt.date,
    last_day: dt.date,
    works: pd.DataFrame | None = None,
    network: Network | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Timetable:
    """Complete the tables, check them and put them together.

    Parameters
    ----------
    trains
        Indexed by train_id. `train` (the number shown) defaults to the id, `days` to daily.
    stops
        Rows in the order of each train's run. A row with one time only is a passing.
    works
        Track out of use from `start_s` to `end_s` of each of its `days`; `to_place` empty: the place itself.
    network
        Makes ids of names and refuses places it does not know.

    Raises
    ------
    DataError
        Every fault at once with its rows: unknown places, times that run backwards, a train in two places at once,
        the same train twice on a day, days that are no days.
    """
    if last_day < first_day:
        raise DataError(f"timetable: last_day {last_day} lies before first_day {first_day}; exchange them")
    faults: list[str] = []
    trains = _complete_trains(trains)
    stops = _complete_stops(stops)
    works = _complete_works(works)
    runs, new = _day_masks(trains["days"], first_day, last_day, "trains")
    faults += new
    work_runs, new = _day_masks(works["days"], first_day, last_day, "works")
    faults += new
    if network is not None:
        names = place_names(network)
        stops["place"], new = _resolve(stops["place"], names, "stops", stops.index)
        faults += new
        for side in ("from_place", "to_place"):
            works[side], new = _resolve(works[side], names, "works", works.index)
            faults += new
    faults += stop_faults(trains, stops)
    faults += _twice_on_a_day(trains, stops, runs, first_day)
    faults += _work_faults(works)
    if faults:
        raise DataError("timetable: " + "; ".join(faults))
    order = trains.index.get_indexer(pd.Index(stops["train_id"]))
    stops = stops.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    return Timetable(trains, stops, works, first_day, last_day, runs, work_runs, dict(meta or {}))


def place_names(network: Network) -> dict[str, str]:
    """Place id by id and by name (folded); the `@rail` that a join adds is left out."""
    nodes = network.nodes
    kinds = (nodes["kind"] != "centroid").to_numpy()
    ids = [str(node).removesuffix("@rail") for node in nodes.index]
    named = {str(name).casefold(): key for key, name, ok in zip(ids, nodes["name"], kinds, strict=True) if name and ok}
    named.update({key.casefold(): key for key, ok in zip(ids, kinds, strict=True) if ok})
    return named


def stop_faults(trains: pd.DataFrame, stops: pd.DataFrame) -> list[str]:
    """What is wrong with the rows of stops, in words; row labels are the index of `stops`."""
    faults = []
    twice = stops.duplicated([name for name in STOP_COLUMNS if name in stops]).to_numpy()
    if twice.any():
        faults.append(
            f"stops: {name_rows(stops.index[twice].tolist())} repeat an earlier row of the same train; delete them"
        )
        stops = stops[~twice]
    label = stops.index.to_numpy()

    def fault(wrong: np.ndarray, words: str) -> None:
        if wrong.any():
            faults.append(f"stops: {name_rows(label[wrong].tolist())} {words}")

    ids = stops["train_id"].to_numpy()
    fault(~stops["train_id"].isin(trains.index).to_numpy(), "belong to no train of the table trains; add the train")
    fault((stops["place"] == "").to_numpy(), "name no station; fill it in")
    arrive, depart = stops["arrive_s"].to_numpy(), stops["depart_s"].to_numpy()
    nothing = np.isnan(arrive) & np.isnan(depart)
    fault(nothing, "have neither arrival nor departure; give one time at least")
    fault(np.fmin(arrive, depart) < 0, "have a time before midnight of their day; write it on the day before")
    fault(np.fmax(arrive, depart) > LONGEST_RUN_S, "lie more than three days after the start; check the hours")
    back = depart < arrive
    fault(back & (arrive - depart > DAY_S / 2), f"depart after midnight; {HOURS_ON}")
    fault(back & (arrive - depart <= DAY_S / 2), "depart before they arrive; exchange or correct the times")

    order = np.argsort(pd.factorize(stops["train_id"])[0], kind="stable")
    first, second = order[:-1], order[1:]
    same = ids[first] == ids[second]
    first, second = first[same], second[same]
    leave, reach = np.fmax(arrive, depart)[first], np.fmin(arrive, depart)[second]
    wrong = np.zeros(len(stops), dtype=bool)
    wrong[second[leave - reach > DAY_S / 2]] = True
    fault(wrong, f"come after midnight of the row before; {HOURS_ON}")
    wrong = np.zeros(len(stops), dtype=bool)
    late = (reach < leave) & (leave - reach <= DAY_S / 2)
    wrong[second[late & (reach > np.fmin(arrive, depart)[first])]] = True
    fault(
        wrong,
        "arrive before the train has left the last station, so it is in two places at once; correct the times",
    )
    wrong = np.zeros(len(stops), dtype=bool)
    wrong[second[late & (reach <= np.fmin(arrive, depart)[first])]] = True
    fault(wrong, "are earlier than the row before: rows must follow the run; put them in order")
    wrong = np.zeros(len(stops), dtype=bool)
    place = stops["place"].to_numpy()
    wrong[second[(place[first] == place[second]) & (reach >= leave)]] = True
    fault(wrong, "repeat the station of the row before; make one row with arrival and departure of the two")
    wrong = np.zeros(len(stops), dtype=bool)
    wrong[second[(place[first] != place[second]) & (reach == leave)]] = True
    fault(wrong, "are reached in no time; give seconds or correct the times")
    count = stops["train_id"].value_counts()
    short = [t for t in trains.index if count.get(t, 0) < 2]
    if short:
        faults.append(f"trains: {name_rows(short)} have fewer than two stations; add rows or drop the train")
    return faults


def _complete_trains(trains: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame(index=pd.Index(trains.index.astype("str"), name="train_id"))
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()].unique().to_list()
        raise DataError(f"timetable: duplicate train_id: {name_rows(twice)}; give each train its own")
    for name in TRAIN_TEXT:
        values = trains[name] if name in trains else pd.Series("", index=trains.index)
        table[name] = values.astype("object").where(values.notna(), "").astype("str").to_numpy()
    table["train"] = table["train"].where(table["train"] != "", table.index.to_series())
    for name in TRAIN_NUMBERS:
        values = pd.to_numeric(trains[name]) if name in trains else pd.Series(np.nan, index=trains.index)
        table[name] = values.to_numpy(dtype=np.float64)
    for name in trains.columns:
        if name not in table:
            table[name] = trains[name].to_numpy()
    return table


def _complete_stops(stops: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in STOP_COLUMNS[:2] if name not in stops]
    if missing:
        raise DataError(f"timetable: stops have no column {', '.join(missing)}; add it")
    table = pd.DataFrame(index=stops.index)
    for name in ("train_id", "place", "track"):
        values = stops[name] if name in stops else pd.Series("", index=stops.index)
        table[name] = values.astype("object").where(values.notna(), "").astype("str")
    arrive = pd.to_numeric(stops["arrive_s"]) if "arrive_s" in stops else pd.Series(np.nan, index=stops.index)
    depart = pd.to_numeric(stops["depart_s"]) if "depart_s" in stops else pd.Series(np.nan, index=stops.index)
    table["arrive_s"] = arrive.astype("float64").fillna(depart)
    table["depart_s"] = depart.astype("float64").fillna(arrive)
    return table[list(STOP_COLUMNS)]


def _complete_works(works: pd.DataFrame | None) -> pd.DataFrame:
    if works is None:
        works = pd.DataFrame({name: [] for name in WORK_COLUMNS}, index=pd.Index([], dtype="str"))
    table = pd.DataFrame(index=pd.Index(works.index.astype("str"), name="work_id"))
    for name in WORK_COLUMNS:
        number = name.endswith("_s")
        values = works[name] if name in works else pd.Series(np.nan if number else "", index=works.index)
        if number:
            table[name] = pd.to_numeric(values).to_numpy(dtype=np.float64)
        else:
            table[name] = values.astype("object").where(values.notna(), "").astype("str").to_numpy()
    return table


def _day_masks(days: pd.Series, first_day: dt.date, last_day: dt.date, what: str) -> tuple[BoolArray, list[str]]:
    n_days = (last_day - first_day).days + 1
    masks = np.zeros((len(days), n_days), dtype=bool)
    faults = []
    known: dict[str, BoolArray] = {}
    for row, (key, text) in enumerate(days.items()):
        if text not in known:
            try:
                known[text] = parse_days(text, first_day, last_day)
            except ValueError as fault:
                faults.append(f"{what}: {key}: {fault}")
                known[text] = np.zeros(n_days, dtype=bool)
        masks[row] = known[text]
    return masks, faults


def _resolve(places: pd.Series, names: Mapping[str, str], what: str, labels: pd.Index) -> tuple[pd.Series, list[str]]:
    folded = places.str.casefold()
    lost = ((places != "") & ~folded.isin(list(names))).to_numpy()
    faults = []
    if lost.any():
        unknown = places[lost].unique()
        near = name_near(str(unknown[0]), list(names))
        faults.append(
            f"{what}: {name_rows(labels[lost].to_list())} name a station that the network does not have: "
            f"{', '.join(map(repr, unknown[:5]))}; correct the name or add the station.{near}"
        )
    found = folded.map(lambda name: names.get(name, ""))
    return found.where(~lost, places), faults


def _twice_on_a_day(trains: pd.DataFrame, stops: pd.DataFrame, runs: BoolArray, first_day: dt.date) -> list[str]:
    """Trains of one number that run twice on the same day."""
    faults = []
    start = stops.groupby("train_id", sort=False)["depart_s"].first()
    for number, rows in trains.groupby("train", sort=False).indices.items():
        if len(rows) < 2:
            continue
        days = runs[rows].sum(axis=0)
        if (days > 1).any():
            day = first_day + dt.timedelta(days=int(np.argmax(days > 1)))
            ids = trains.index[rows].to_list()
            times = ", ".join(format_clock(start.get(key, np.nan)) for key in ids)
            faults.append(
                f"trains: {number} runs {int(days.max())} times on {day} (and {int((days > 1).sum())} days in all): "
                f"{name_rows(ids)}, from {times}; keep one, or give the days of each"
            )
    return faults


def _work_faults(works: pd.DataFrame) -> list[str]:
    faults = []
    wrong = ~(works["end_s"] > works["start_s"]).to_numpy()
    if wrong.any():
        rows = name_rows(works.index[wrong].to_list())
        faults.append(f"works: {rows} do not end after they start; write the hours on: 22:00 to 29:00 for a night")
    empty = (works["from_place"] == "").to_numpy()
    if empty.any():
        faults.append(f"works: {name_rows(works.index[empty].to_list())} name no place; fill in from_place")
    return faults


def join_timetables(tables: Sequence[Timetable]) -> Timetable:
    """Several timetables of the same period as one; train ids must differ."""
    if not tables:
        raise DataError("join_timetables: no timetable given; give one at least")
    periods = {(t.first_day, t.last_day) for t in tables}
    if len(periods) > 1:
        shown = ", ".join(f"{a} to {b}" for a, b in sorted(periods))
        raise DataError(f"join_timetables: periods differ ({shown}); read them with the same first_day and last_day")
    works = pd.concat([t.works for t in tables])
    again = works.groupby(level=0).cumcount()
    works.index = pd.Index([f"{key}#{k}" if k else key for key, k in zip(works.index, again, strict=True)], dtype="str")
    return build_timetable(
        pd.concat([t.trains for t in tables]),
        pd.concat([t.stops for t in tables], ignore_index=True),
        first_day=tables[0].first_day,
        last_day=tables[0].last_day,
        works=works,
        meta={key: value for t in tables for key, value in t.meta.items()},
    )
