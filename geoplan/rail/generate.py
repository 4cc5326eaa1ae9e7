"""A plausible timetable out of "so many trains a day": conflict-free, repeatable, and labelled as made up."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.io.tables import split_list
from geoplan.io.timetable import Services, Timetable, build_timetable
from geoplan.io.timetable_days import DAY_S
from geoplan.network.network import Network
from geoplan.rail.layout import Layout, UnknownLoop, rail_layout
from geoplan.rail.line import Line, rail_line
from geoplan.rail.occupation import FULL, OPPOSING, SAME, Occupation
from geoplan.rail.paths import train_paths, use_of_sections
from geoplan.rail.rules import Rules
from geoplan.rail.slot_hits import at_places, one_way
from geoplan.rail.slot_piece_kernels import full_spans
from geoplan.rail.slots import Conditions, SlotTask, search, stops_of, train_table
from geoplan.rail.traffic import TYPICAL, ends_of
from geoplan.rail.train import Train, train

log = logging.getLogger(__name__)

IntArray = NDArray[np.int64]

# Hours in which trains of a type set out, and the order in which types are placed: assumed.
HOURS = {"passenger": (5.5, 22.5), "freight": (0.0, 24.0), "ore": (0.0, 24.0), "special": (0.0, 24.0)}
ORDER = ("passenger", "freight", "ore", "special")
SHIFTS_MIN = (10, 30, 60, 180, 720)  # how far from its wished time a train is tried, in turn
LONGEST_S = 30 * 3600


@dataclass(eq=False)
class _Book:
    """Trains placed so far, in seconds of a day that repeats: uses of each section and stays at each place."""

    uses: dict[str, list[tuple[int, int, bool]]] = field(default_factory=dict)
    stays: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, line: Line, arrive: Sequence[int], depart: Sequence[int]) -> None:
        for k, place in enumerate(line.places):
            self.stays.setdefault(place, []).append((arrive[k], depart[k]))
            if k < len(line.sections):
                use = (depart[k], arrive[k + 1], line.forward[k])
                self.uses.setdefault(line.sections[k], []).append(use)

    def add_timetable(self, layout: Layout, timetable: Timetable) -> None:
        """Every train of a timetable, as if it ran each day."""
        paths = train_paths(layout, timetable)
        for place, arrive, depart in paths[["place", "arrive_s", "depart_s"]].itertuples(index=False):
            self.stays.setdefault(place, []).append((arrive, depart))
        use = use_of_sections(paths)[["section_id", "enter_s", "leave_s", "forward"]]
        for section, enter, leave, forward in use.itertuples(index=False):
            self.uses.setdefault(section, []).append((enter, leave, forward))

    def occupation(self, line: Line, rules: Rules) -> Occupation:
        """What is in the way along a line: every train on the day before, the day itself and the days after."""
        layout = line.layout
        enter: list[IntArray] = []
        leave: list[IntArray] = []
        kind: list[IntArray] = []
        first = [0]
        days = np.arange(-2, 3) * DAY_S
        for section, ahead in zip(line.sections, line.forward, strict=True):
            rows = np.array(self.uses.get(section, []), dtype=np.int64).reshape(-1, 3)
            if layout.section(section)["tracks"] >= 2:
                rows = rows[rows[:, 2] == ahead]
            enter.append((rows[:, 0][:, None] + days).ravel())
            leave.append((rows[:, 1][:, None] + days).ravel())
            kind.append(np.repeat(np.where(rows[:, 2] == ahead, SAME, OPPOSING), len(days)))
            first.append(first[-1] + len(rows) * len(days))
        low, high, pla_first = [], [], [0]
        for place in line.places:
            stays = np.array(self.stays.get(place, []), dtype=np.int64).reshape(-1, 2)
            arrive, depart = ((stays[:, c][:, None] + days).ravel() for c in (0, 1))
            ones = np.ones(len(arrive), dtype=np.uint64)
            start, end, _ = full_spans(arrive, depart, ones, layout.place(place)["n_tracks"], rules.track_s, 1)
            low.append(start - rules.track_s)
            high.append(end)
            pla_first.append(pla_first[-1] + len(start))
        starts = np.concatenate(enter)
        nothing = np.empty(0, dtype=np.int64)
        lows = np.concatenate(low)
        return Occupation(
            sec_first=np.array(first, dtype=np.int64),
            sec_enter=starts,
            sec_leave=np.concatenate(leave),
            sec_kind=np.concatenate(kind),
            sec_mask=np.ones(len(starts), dtype=np.uint64),
            sec_item=np.zeros(len(starts), dtype=np.int64),
            stay_first=np.zeros(len(line.places) + 1, dtype=np.int64),
            stay_arrive=nothing,
            stay_depart=nothing,
            stay_mask=np.empty(0, dtype=np.uint64),
            stay_item=nothing,
            pla_first=np.array(pla_first, dtype=np.int64),
            pla_low=lows,
            pla_high=np.concatenate(high),
            pla_mask=np.ones(len(lows), dtype=np.uint64),
            pla_item=np.full(len(lows), FULL, dtype=np.int64),
            blocks=np.array([layout.section(section)["blocks"] for section in line.sections], dtype=np.int64),
            n_bits=1,
        )


@dataclass(frozen=True, eq=False)
class _Wish:
    """A train to place: its service, its line, the running times and the time of day it would like to set out."""

    train_id: str
    service_id: str
    train_type: str
    train: Train
    line: Line
    stops: tuple[IntArray, IntArray, NDArray[np.bool_]]
    table: IntArray
    target_s: int


def make_timetable(
    network: Network | Layout,
    services: Services | pd.DataFrame,
    *,
    first_day: dt.date,
    last_day: dt.date,
    seed: int = 0,
    stations: pd.DataFrame | None = None,
    unknown_loop: UnknownLoop = "by_table",
    scenarios: Collection[str] = (),
    assumed_trains: Mapping[str, float] | None = None,
    days: Mapping[str, str] | None = None,
    rules: Rules | None = None,
    beside: Timetable | None = None,
) -> Timetable:
    """A made-up timetable for services: n trains a day each way between two places, free of conflicts.

    Every train is placed by the slot search beside those placed before it: passenger trains first, spread over their
    hours with some chance, then freight. The same seed gives the same timetable. Trains are labelled `made_up`.

    Parameters
    ----------
    services
        See `io.timetable.Services`. Numbers of trains are rounded (a weekly train to none); `run_min` stretches the
        running times of a service (its stops on the way are not known one by one).
    first_day, last_day, days
        Period of the timetable; days text by train type (daily when not given). Trains keep clear of each other as if
        all ran every day.
    stations, unknown_loop, scenarios, assumed_trains, rules
        See `rail_layout` and `service_traffic`.
    beside
        Trains that run already and stay where they are; they are not in the timetable that is made.

    Returns
    -------
    The timetable. `meta`: made_up, seed, not_placed (train ids that found no time), unknown (services whose number of
    trains is not known).

    Raises
    ------
    DataError, NoRouteError
        See `service_traffic`.
    """
    rules = rules or Rules()
    if not isinstance(services, pd.DataFrame):
        stations = services.stations if stations is None else stations
        services = services.trains
    if isinstance(network, Layout):
        layout = network
    else:
        layout = rail_layout(network, stations, unknown_loop=unknown_loop, keep=ends_of(services))
    rng = np.random.default_rng(seed)
    wishes, unknown = _wishes(layout, services, scenarios, assumed_trains or {}, rules, rng)
    book = _Book()
    if beside is not None:
        book.add_timetable(layout, beside)
    rows: list[tuple[str, Line, IntArray, IntArray]] = []
    placed: list[_Wish] = []
    lost: list[str] = []
    for wish in wishes:
        times = _place(wish, book, rules)
        if times is None:
            lost.append(wish.train_id)
            continue
        book.add(wish.line, times[0].tolist(), times[1].tolist())
        rows.append((wish.train_id, wish.line, *times))
        placed.append(wish)
    if lost:
        log.warning("%d of %d trains found no time: %s", len(lost), len(wishes), ", ".join(lost[:5]))
    table = pd.DataFrame(
        {
            "operator": "made up",
            "train_type": [wish.train_type for wish in placed],
            "days": [(days or {}).get(wish.train_type, "daily") for wish in placed],
            "length_m": [wish.train.length_m for wish in placed],
            "max_speed_kmh": [wish.train.max_speed_kmh for wish in placed],
            "made_up": "yes",
            "source": [f"made up from service {wish.service_id}, seed {seed}" for wish in placed],
        },
        index=[wish.train_id for wish in placed],
    )
    stops = {
        "train_id": [name for name, line, _, _ in rows for _ in line.places],
        "place": [place for _, line, _, _ in rows for place in line.places],
        "arrive_s": np.concatenate([arrive for _, _, arrive, _ in rows]) if rows else [],
        "depart_s": np.concatenate([depart for _, _, _, depart in rows]) if rows else [],
    }
    return build_timetable(
        table,
        pd.DataFrame(stops),
        first_day=first_day,
        last_day=last_day,
        meta={"made_up": True, "seed": seed, "not_placed": tuple(lost), "unknown": tuple(unknown)},
    )


def _wishes(
    layout: Layout,
    services: pd.DataFrame,
    scenarios: Collection[str],
    assumed: Mapping[str, float],
    rules: Rules,
    rng: np.random.Generator,
) -> tuple[list[_Wish], list[str]]:
    """Trains of all services in the order they are placed, and services of unknown number."""
    wishes: list[_Wish] = []
    unknown: list[str] = []
    for service_id, row in services.to_dict("index").items():
        scenario = row.get("scenario", "")
        if isinstance(scenario, str) and scenario not in ("", *scenarios):
            continue
        count = float(row["trains_per_day"])
        count = assumed.get(str(service_id), np.nan) if np.isnan(count) else count
        if np.isnan(count):
            unknown.append(str(service_id))
            continue
        kind = str(row["train_type"])
        names = [str(row[name]) if isinstance(row.get(name), str) else "" for name in ("train", "train_back")]
        if kind not in TYPICAL and not names[0]:
            raise DataError(f"services: {service_id}: no typical train of type {kind!r}; name one in column train")
        typical = TYPICAL.get(kind, (names[0], names[0]))
        via = split_list(row["via_nodes"]) if isinstance(row.get("via_nodes"), str) else []
        stops = [row["from_node"], *via, row["to_node"]]
        low, high = HOURS.get(kind, (0.0, 24.0))
        for way, ends, name in (
            ("u", stops, names[0] or typical[0]),
            ("d", stops[::-1], names[1] or names[0] or typical[1]),
        ):
            unit = train(name)
            line = rail_line(layout, ends)
            able = stops_of(line, unit, Conditions(), rules)
            table = _stretched(train_table(line, unit, able[0], rules=rules), row.get("run_min"))
            number = round(count)
            step = (high - low) * 3600 / max(number, 1)
            offset = rng.uniform(0.0, step)
            for k in range(number):
                target = low * 3600 + (offset + k * step) % ((high - low) * 3600) + rng.uniform(-0.1, 0.1) * step
                target_s = int(round(target / 60) * 60) % DAY_S
                name = f"{service_id}.{way}{k + 1:02d}"
                wishes.append(_Wish(name, str(service_id), kind, unit, line, able, table, target_s))
    rank = {kind: k for k, kind in enumerate(ORDER)}
    wishes.sort(key=lambda wish: (rank.get(wish.train_type, len(ORDER)), wish.target_s, wish.train_id))
    return wishes, unknown


def _stretched(table: IntArray, run_min: object) -> IntArray:
    """Running times lengthened to the published time of the whole run, when that is known and longer."""
    whole = int(table[0].max())
    if not isinstance(run_min, float | int) or not float(run_min) * 60 > whole:
        return table
    return np.where(table >= 0, np.ceil(table * (float(run_min) * 60 / whole)).astype(np.int64), table)


def _place(wish: _Wish, book: _Book, rules: Rules) -> tuple[IntArray, IntArray] | None:
    """Arrival and departure at every place, at the best time near the wished one: little waiting, little shift."""
    others = book.occupation(wish.line, rules)
    for shift in SHIFTS_MIN:
        low = max(0, wish.target_s - shift * 60)
        high = min(DAY_S, wish.target_s + shift * 60 + 60)
        departures = np.arange(low, high, 60, dtype=np.int64)
        latest = int(departures[-1]) + LONGEST_S
        task = SlotTask(wish.line, wish.train, rules, *wish.stops, wish.table, others, departures, latest)
        found = search(task)
        free = np.flatnonzero(found.free)
        # A train that is under way for a day would meet itself.
        free = free[found.arrival[free] - departures[free] < DAY_S]
        if len(free) == 0:
            continue
        cost = found.arrival[free] - departures[free] + 0.5 * np.abs(departures[free] - wish.target_s)
        way = one_way(task, found, int(free[np.argmin(cost)]))
        _, arrive, depart, _ = at_places(task, way)
        return arrive, depart
    return None
