"""`find_slots`: the answer as a table, with who is in the way, how much slack there is, and what it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache, partial

import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.io.timetable import Services, Timetable, build_timetable
from geoplan.io.timetable_days import DAY_S, format_clock
from geoplan.network.network import Network
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import LIMITS, Layout, UnknownLoop, on_railway, rail_layout
from geoplan.rail.line import Line
from geoplan.rail.occupation import weeks_of
from geoplan.rail.rules import Rules
from geoplan.rail.slot_hits import Way, free_ways, hits_of, item_name, search_least, way_times, weeks_hit
from geoplan.rail.slot_why import explain
from geoplan.rail.slots import WEEKDAY_NAMES, Conditions, Found, SlotPlan, SlotTask, search, slot_task
from geoplan.rail.traffic import ends_of
from geoplan.rail.train import Train

YEAR = (dt.date(2025, 12, 15), dt.date(2026, 12, 13))  # 52 weeks of a made-up timetable
SLOT_COLUMNS = (
    "depart",
    "arrive",
    "weekday",
    "weeks_ok",
    "n_weeks",
    "wait_min",
    "run_min",
    "slack_min",
    "buffer_min",
    "stops",
    "conflicts",
    "depart_s",
    "arrive_s",
)
LIMIT_NEEDS = {
    "max_axle_load_t": "axle_load_t",
    "max_metre_load_tpm": "metre_load_tpm",
    "max_weight_t": "mass_t",
    "max_length_m": "length_m",
}


def find_slots(
    network: Network | Layout,
    timetable: Timetable | Services,
    train: Train,
    origin: object,
    destination: object,
    *,
    via: Sequence[object] = (),
    stations: pd.DataFrame | None = None,
    unknown_loop: UnknownLoop = "by_table",
    weekdays: Collection[int] = range(7),
    window: tuple[str, str] = ("0:00", "24:00"),
    weeks: Sequence[dt.date] | None = None,
    min_weeks: int | None = None,
    step_s: int = 60,
    max_journey_h: float = 24.0,
    rules: Rules | None = None,
    conditions: Conditions | None = None,
    avoid: Sequence[str] = (),
) -> pd.DataFrame:
    """Departures at which a train can run beside the timetable, the same weekday and time in every week.

    Exact: every departure of the window is answered, with the earliest arrival that any waiting at loops and any
    overtaking allows. A slot is one way (times and stops) that holds in all its weeks.

    Parameters
    ----------
    network
        The network, or a `rail_layout` of it made before.
    timetable
        What runs already. Services (trains a day, as a study has them) are made into a timetable first: 52 weeks,
        seed 0, labelled as made up.
    train
        The train to place.
    origin, destination, via
        Place ids or names. Without `via` the quickest way at line speed is taken.
    stations, unknown_loop
        Where trains can meet: see `rail_layout`.
    weekdays, window
        Days of departure, 0 = Monday, and the clock times between which it may depart; hours above 24 are the night
        after.
    weeks
        Mondays of the weeks that count; all whole weeks of the timetable when None.
    min_weeks
        Also list departures that fit in fewer weeks. When None and none fits every week, those with the fewest
        exceptions are listed. The table is empty when none fits in any week; see `plan_slots` for the reasons.
    step_s
        Departures are tried every so many seconds of the window.
    max_journey_h
        Longest time from the last departure of the window to the arrival.
    rules, conditions
        Times between trains; what is special about this train.
    avoid
        Section ids that are not used.

    Returns
    -------
    One row a departure, best first (most weeks, least waiting, most slack): depart and arrive (clock times; above 24
    the next day), weekday, weeks_ok of n_weeks, wait_min (standing and slowed by stops), run_min (non-stop), slack_min
    (how late the whole run may be before it meets another train), buffer_min (how late others may be before they hold
    it), stops (where and how long it waits), conflicts (who is in the way in the other weeks), weeks_not (positions of
    those weeks), depart_s and arrive_s (from Monday 0:00). `attrs`: route, made_up (the timetable holds invented
    trains), why and why_sv (one line when nothing is free, English and Swedish).

    Raises
    ------
    DataError, NoRouteError
        See `slot_task`.
    """
    return plan_slots(
        network,
        timetable,
        train,
        [origin, *via, destination],
        stations=stations,
        unknown_loop=unknown_loop,
        weekdays=weekdays,
        window=window,
        weeks=weeks,
        min_weeks=min_weeks,
        step_s=step_s,
        max_journey_h=max_journey_h,
        rules=rules,
        conditions=conditions,
        avoid=avoid,
    ).slots


def plan_slots(
    network: Network | Layout,
    timetable: Timetable | Services,
    train: Train,
    stops: Sequence[object],
    *,
    stations: pd.DataFrame | None = None,
    unknown_loop: UnknownLoop = "by_table",
    weekdays: Collection[int] = range(7),
    window: tuple[str, str] = ("0:00", "24:00"),
    weeks: Sequence[dt.date] | None = None,
    min_weeks: int | None = None,
    step_s: int = 60,
    max_journey_h: float = 24.0,
    rules: Rules | None = None,
    conditions: Conditions | None = None,
    avoid: Sequence[str] = (),
) -> SlotPlan:
    """`find_slots` with everything behind it: the ways, the reasons, the limits and what is assumed.

    `stops` are origin, places on the way, and destination; the other arguments are those of `find_slots`.
    """
    if not isinstance(timetable, Timetable):
        stations = timetable.stations if stations is None else stations
    keep = ends_of(timetable.trains) if not isinstance(timetable, Timetable) else ends_of(None, timetable)
    if isinstance(network, Layout):
        layout = network
    else:
        layout = rail_layout(network, stations, unknown_loop=unknown_loop, keep=on_railway(network, [*keep, *stops]))
    if not isinstance(timetable, Timetable):
        timetable = make_timetable(layout, timetable, first_day=YEAR[0], last_day=YEAR[1])
    chosen = list(weeks) if weeks is not None else weeks_of(timetable)
    task = slot_task(
        layout,
        timetable,
        train,
        stops,
        weekdays=weekdays,
        window=window,
        weeks=chosen,
        step_s=step_s,
        max_journey_h=max_journey_h,
        rules=rules,
        conditions=conditions,
        avoid=avoid,
    )
    found = search(task)
    slots, ways = _every_week(task, found, len(chosen))
    why = pd.DataFrame()
    if min_weeks is not None or slots.empty:
        known = set(slots["depart_s"])
        times = [int(t) for t in task.departures if int(t) not in known]
        most = None if min_weeks is None else len(chosen) - min_weeks
        others = search_least(task, departures=times, most=most)
        more, more_ways = _some_weeks(task, timetable, others, chosen, len(slots))
        slots, ways = pd.concat([slots, more]), pd.concat([ways, more_ways])
        if not (slots["weeks_ok"] == len(chosen)).any():
            why = explain(task, timetable, found, others)
    order = ["weeks_ok", "wait_min", "slack_min", "depart_s"]
    slots = slots.sort_values(order, ascending=[False, True, False, True], kind="stable")
    slots.index.name = "slot"
    slots.attrs = {
        "route": task.line.describe(),
        "made_up": timetable.made_up,
        "why": "" if why.empty else str(why["reason"].iloc[0]),
        "why_sv": "" if why.empty else str(why["reason_sv"].iloc[0]),
    }
    return SlotPlan(slots, ways, why, line_basis(task.line, train), task, tuple(chosen), timetable.made_up)


def slot_timetable(plan: SlotPlan, slot: int, timetable: Timetable, *, name: str = "new") -> Timetable:
    """The timetable with the train of one slot in it, in the weeks that the slot holds.

    Parameters
    ----------
    slot
        Index of a row of `plan.slots`.
    name
        Number of the new train.

    Raises DataError when there is no such slot or the name is taken.
    """
    if slot not in plan.slots.index:
        raise DataError(f"no slot {slot}; there are {len(plan.slots)}")
    rows = slot_rows(plan, slot)
    day = int(rows["depart_s"].iloc[0]) // DAY_S
    hit = set(plan.slots["weeks_not"].to_dict()[slot])
    dates = [week + dt.timedelta(days=day) for k, week in enumerate(plan.weeks) if k not in hit]
    train = pd.DataFrame(
        {
            "train": name,
            "train_type": plan.task.train.train_type,
            "days": " ".join(date.isoformat() for date in dates) or f"-{timetable.first_day}..{timetable.last_day}",
            "length_m": plan.task.train.length_m,
            "max_speed_kmh": plan.task.train.max_speed_kmh,
            "source": "slot search",
        },
        index=[name],
    )
    stops = pd.DataFrame(
        {
            "train_id": name,
            "place": rows["place"],
            "arrive_s": rows["arrive_s"] - day * DAY_S,
            "depart_s": rows["depart_s"] - day * DAY_S,
        }
    )
    return build_timetable(
        pd.concat([timetable.trains, train]),
        pd.concat([timetable.stops, stops], ignore_index=True),
        first_day=timetable.first_day,
        last_day=timetable.last_day,
        works=timetable.works,
        meta=timetable.meta,
    )


def slot_rows(plan: SlotPlan, slot: int) -> pd.DataFrame:
    """The train of one slot place by place: place, name, km, arrive_s, depart_s (from Monday 0:00), stop."""
    made = plan.ways[plan.ways["slot"] == slot]
    way = Way(
        int(made["depart_s"].iloc[0]),
        tuple(made["stop"]),
        tuple(made["arrive_s"]),
        tuple(made["depart_s"]),
        0,
    )
    rows = way_times(plan.task, way)
    line = plan.task.line
    rows.insert(2, "name", [line.names[k] for k in rows["k"]])
    rows.insert(3, "km", line.position_m[rows["k"].to_numpy()] / 1000.0)
    return rows.drop(columns="k")


def line_basis(line: Line, train: Train) -> pd.DataFrame:
    """What a slot rests on: limits of the line against the train, and values that are assumed.

    Returns
    -------
    where, value (name of the limit or column), limit_value, need_value, verdict: ok, not_ok (needs a special permit),
    unknown, or assumed (the value was put in where nothing is known).
    """
    sections = line.layout.sections.loc[list(line.sections)]
    rows: list[tuple[object, ...]] = []
    for limit in LIMITS:
        need = float(getattr(train, LIMIT_NEEDS[limit]))
        values, unknown = sections[limit].to_numpy(), sections[f"{limit}_unknown"].to_numpy(dtype=bool)
        for name, value, lacks in zip(sections["name"], values, unknown, strict=True):
            if np.isnan(value) and limit in ("max_weight_t", "max_length_m"):
                continue  # few lines have such a limit; silence about it is not worth a row a section
            verdict = "not_ok" if need > value else "unknown" if lacks or np.isnan(need) else "ok"
            if verdict != "ok":
                rows.append((name, limit, value, need, verdict))
    places = line.layout.places.loc[list(line.places)]
    for table, what in ((sections, "section"), (places, "place")):
        for name, words in zip(table["name"], table["assumed"], strict=True):
            rows += [(name, f"{what} {word}", np.nan, np.nan, "assumed") for word in words.split(",") if word]
    return pd.DataFrame(rows, columns=["where", "value", "limit_value", "need_value", "verdict"])


def _every_week(task: SlotTask, found: Found, n_weeks: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Slots that hold in all weeks, and the stops of their ways."""
    at = np.flatnonzero(found.free)
    ways = free_ways(task, found)
    slots, stops = _tables(task, ways, n_weeks, 0)
    slots["slack_min"] = np.minimum(found.late_s[at], DAY_S) / 60.0
    slots["buffer_min"] = np.minimum(found.early_s[at], DAY_S) / 60.0
    return slots, stops


def _some_weeks(
    task: SlotTask, timetable: Timetable, ways: list[Way], weeks: list[dt.date], first: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Slots with exceptions, and who is in the way in them."""
    slots, stops = _tables(task, ways, len(weeks), first)
    names = task.line.names
    named = cache(partial(item_name, timetable))
    shown = [f"week of {week.isoformat()}" for week in weeks]
    words = []
    for way in ways:
        hits = hits_of(task, way)
        parts: dict[int, tuple[int, str]] = {}
        for item, at, is_section, mask in zip(
            hits.item.tolist(), hits.at.tolist(), hits.is_section.tolist(), hits.mask.tolist(), strict=True
        ):
            where = f"{names[at]}–{names[at + 1]}" if is_section else names[at]
            bits, place = parts.get(item, (0, where))
            parts[item] = (bits | mask, place)
        words.append("; ".join(_meeting(named(item), *about, shown) for item, about in parts.items()))
    slots["conflicts"] = pd.Series(words, index=slots.index, dtype="str")
    return slots, stops


def _meeting(name: str, bits: int, where: str, weeks: list[str]) -> str:
    """Who is in the way, where, and in which weeks."""
    hit = weeks_hit(bits, len(weeks))
    more = f" and {len(hit) - 2} more" if len(hit) > 2 else ""
    return f"{name} at {where} ({', '.join(weeks[k] for k in hit[:2])}{more})"


def _tables(task: SlotTask, ways: list[Way], n_weeks: int, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    last = len(task.line.places) - 1
    run = float(task.table[0, last, last]) if task.table[0, last, last] >= 0 else np.nan
    names = [task.line.names[k] for k in task.stops]
    rows, stops = [], []
    for number, way in enumerate(ways, start=first):
        day = way.departure_s // DAY_S
        stands = [
            f"{names[s]} {round((d - a) / 60)} min"
            for s, a, d in zip(way.stop[1:-1], way.arrive_s[1:-1], way.depart_s[1:-1], strict=True)
        ]
        not_free = weeks_hit(way.hits, n_weeks)
        rows.append(
            {
                "slot": number,
                "depart": format_clock(way.departure_s - day * DAY_S),
                "arrive": format_clock(way.arrival_s - day * DAY_S),
                "weekday": WEEKDAY_NAMES[day % 7],
                "weeks_ok": n_weeks - len(not_free),
                "n_weeks": n_weeks,
                "wait_min": (way.arrival_s - way.departure_s - run) / 60.0,
                "run_min": run / 60.0,
                "slack_min": np.nan,
                "buffer_min": np.nan,
                "stops": ", ".join(stands),
                "conflicts": "",
                "depart_s": way.departure_s,
                "arrive_s": way.arrival_s,
                "weeks_not": tuple(not_free),
            }
        )
        stops += [
            (number, s, task.line.places[task.stops[s]], names[s], a, d)
            for s, a, d in zip(way.stop, way.arrive_s, way.depart_s, strict=True)
        ]
    table = pd.DataFrame(rows, columns=["slot", *SLOT_COLUMNS, "weeks_not"]).set_index("slot")
    whole = ("weeks_ok", "n_weeks", "depart_s", "arrive_s")
    texts = ("depart", "arrive", "weekday", "stops", "conflicts")
    kinds = {name: "int64" if name in whole else "str" if name in texts else "float64" for name in SLOT_COLUMNS}
    table = table.astype(kinds)
    return table, pd.DataFrame(stops, columns=["slot", "stop", "place", "name", "arrive_s", "depart_s"])
