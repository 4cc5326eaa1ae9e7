"""Answers for a study: slots for the special train and its cases, and room for ore trains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from geoplan.errors import NoRouteError
from geoplan.io.timetable import Services, Timetable
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout
from geoplan.rail.line import rail_line
from geoplan.rail.questions import KnownServices, Route, SpecialCase
from geoplan.rail.rules import Rules
from geoplan.rail.slot_plan import line_basis, plan_slots
from geoplan.rail.slot_price import price_slots
from geoplan.rail.slots import Conditions, SlotPlan, running_time_h
from geoplan.rail.train import Train, train
from geoplan.rail.zones import area_between

ORE = "ore"  # id of the service that stands for ore trains in what is asked
WEEK = (dt.date(2026, 1, 5), dt.date(2026, 1, 11))  # any week: a made-up timetable is the same each day


def answer_slots(
    layout: Layout,
    timetable: Timetable,
    special: Train,
    origin: object,
    routes: Sequence[Route],
    *,
    weekdays: Collection[int] = (5, 6),
    window: tuple[str, str] = ("0:00", "24:00"),
    rules: Rules | None = None,
    conditions: Conditions | None = None,
    plans: dict[int, SlotPlan] | None = None,
) -> pd.DataFrame:
    """Is there a track and a time for the special train: one row a route.

    Parameters
    ----------
    plans
        Filled with the search of each route that there is, by position, for drawings.

    Returns
    -------
    port, route, length_km, run_h, slots (departures a week that are free in every week), weekday, depart, arrive,
    wait_min, slack_min and stops of the best one, weeks_ok of n_weeks of the best, over_limits (limits of the line
    that it exceeds: a special permit is needed) and over (the same as rows of limit, need, least limit, sections),
    unknown_limits (sections where a limit is not known), assumed_values
    (loops, tracks, speeds ... on the way that are assumed), made_up, why.
    """
    rows: list[dict[str, object]] = []
    for number, route in enumerate(routes):
        try:
            plan = plan_slots(
                layout,
                timetable,
                special,
                [origin, *route.stops],
                weekdays=weekdays,
                window=window,
                rules=rules,
                conditions=conditions,
                step_s=60,
            )
        except NoRouteError as fault:
            rows.append({"port": route.port, "route": route.name, "slots": 0, "why": str(fault)})
            continue
        if plans is not None:
            plans[number] = plan
        slots = plan.slots
        best = slots.iloc[0].to_dict() if len(slots) else {}
        verdicts = plan.assumed["verdict"].value_counts().to_dict()
        rows.append(
            {
                "port": route.port,
                "route": route.name,
                "length_km": plan.task.line.length_m / 1000.0,
                "run_h": best.get("run_min", np.nan) / 60.0,
                "slots": int((slots["weeks_ok"] == slots["n_weeks"]).sum()),
                **{
                    name: best.get(name)
                    for name in ("weekday", "depart", "arrive", "wait_min", "slack_min", "stops", "weeks_ok", "n_weeks")
                },
                "over_limits": _over_words(plan.assumed),
                "over": limits_exceeded(plan.assumed),
                "unknown_limits": int(verdicts.get("unknown", 0)),
                "assumed_values": int(verdicts.get("assumed", 0)),
                "made_up": plan.made_up,
                "why": slots.attrs.get("why", ""),
            }
        )
    return pd.DataFrame(rows)


Exceeded: TypeAlias = tuple[str, float, float, int]


def limits_exceeded(basis: pd.DataFrame) -> tuple[Exceeded, ...]:
    """Limits that a train exceeds (`line_basis`): name of the limit, need, least limit, number of sections."""
    over = basis[basis["verdict"] == "not_ok"]
    found = []
    for limit in over["value"].unique().tolist():
        rows = over[over["value"] == limit]
        found.append((str(limit), float(rows["need_value"].max()), float(rows["limit_value"].min()), len(rows)))
    return tuple(found)


def _over_words(basis: pd.DataFrame) -> str:
    """The same in words."""
    words = []
    for limit, need, low, count in limits_exceeded(basis):
        name = limit.removeprefix("max_").replace("_tpm", "").replace("_t", "").replace("_", " ")
        words.append(f"{name} {need:.4g} above {low:.4g} on {count} sections")
    return "; ".join(words)


def answer_cases(
    layout: Layout,
    made: Timetable,
    special: Train,
    origin: object,
    routes: Sequence[Route],
    cases: Sequence[SpecialCase],
    *,
    max_move_min: int = 30,
) -> tuple[pd.DataFrame, tuple[SlotPlan, ...]]:
    """Harder wishes of the special train: is there a time, why not, and what moving other trains would cost.

    Returns
    -------
    rows : case (position), port, route, slots (departures free in every week), weekday, depart, arrive and wait_min of
        the best, weeks_ok of n_weeks, why and why_sv; where nothing is free in every week the cheapest way found to
        make room: at_weekday and at (departure), moved_trains, moved_min (minutes they are moved in all), moves;
        stuck: trains that stand in the way of the cheapest way and cannot be moved so far; in_time: False where the
        search for moves stopped before it knew
    plans : the searches, one a row
    """
    rows, plans = [], []
    for number, case in enumerate(cases):
        alone = [area_between(layout, stops) for stops in case.alone]
        for route in [routes[k] for k in case.routes]:
            plan = plan_slots(
                layout,
                made,
                special,
                [origin, *route.stops],
                weekdays=case.weekdays,
                window=case.window,
                max_journey_h=case.max_journey_h,
                conditions=Conditions(alone=alone),
            )
            slots = plan.slots
            best = slots.iloc[0].to_dict() if len(slots) else {}
            free = int((slots["weeks_ok"] == slots["n_weeks"]).sum())
            row = {
                "case": number,
                "port": route.port,
                "route": route.name,
                "slots": free,
                **{name: best.get(name) for name in ("weekday", "depart", "arrive", "wait_min", "weeks_ok", "n_weeks")},
                "why": slots.attrs.get("why", ""),
                "why_sv": slots.attrs.get("why_sv", ""),
                "at_weekday": "",
                "at": "",
                "moved_trains": np.nan,
                "moved_min": np.nan,
                "moves": "",
                "stuck": 0,
                "in_time": True,
            }
            if not free:
                price = price_slots(plan, made, departures=3, max_move_min=max_move_min)
                cheapest = price.iloc[0].to_dict() if len(price) else {"feasible": False}
                row["in_time"] = bool(cheapest["feasible"]) or bool(price["in_time"].all())
                if not cheapest["feasible"] and row["in_time"]:
                    row["stuck"] = str(cheapest.get("moves", "")).count(",") + 1
                if cheapest["feasible"]:
                    row |= {name: cheapest[name] for name in ("moved_trains", "moved_min", "moves")}
                    row |= {"at_weekday": cheapest["weekday"], "at": cheapest["depart"]}
            rows.append(row)
            plans.append(plan)
    return pd.DataFrame(rows), tuple(plans)


def with_ore(services: Services, route: Route, count: float, *, there: str, back: str) -> KnownServices:
    """Services with so many ore trains a day each way on a route; ore services of scenarios are left out."""
    trains = services.trains
    trains = trains[trains["train_type"] != "ore"]
    row = {
        "service_id": ORE,
        "train_type": "ore",
        "from_node": route.stops[0],
        "to_node": route.stops[-1],
        "via_nodes": "; ".join(route.stops[1:-1]),
        "trains_per_day": float(count),
        "train": there,
        "train_back": back,
        "scenario": "",
    }
    return KnownServices(pd.concat([trains, pd.DataFrame([row]).set_index("service_id")]), services.stations)


def answer_ore_trains(
    layout: Layout,
    services: Services,
    routes: Sequence[Route],
    counts: Sequence[int],
    *,
    there: str = "ore_22t",
    back: str = "ore_empty",
    rules: Rules | None = None,
    seed: int = 0,
    made: Timetable | None = None,
) -> pd.DataFrame:
    """Is there room for so many ore trains a day: one row a route and number.

    Parameters
    ----------
    there, back
        Trains of the catalogue, laden and empty.
    made
        The made-up timetable of the services without ore trains, when there is one already.

    Returns
    -------
    route, trains (a day each way), movements, length_km, run_h (laden, non-stop), section (the fullest on the route)
    with day_pct, day_class, peak_pct and peak_class from the estimate, before_pct (the same section without ore
    trains), sections_high (sections above 80 % in the busiest two hours), extra_trains_80, placed (ore trains that
    found a conflict-free time in a made-up timetable, of 2 x trains), mean_h (their mean journey), over_limits (limits
    of the line that the laden train exceeds), unknown_services.
    """
    rows = []
    if made is None:
        others = services.trains[services.trains["train_type"] != "ore"]
        made = make_timetable(layout, others, first_day=WEEK[0], last_day=WEEK[1], seed=seed, rules=rules)
    for route in routes:
        line = rail_line(layout, route.stops)
        run = running_time_h(line, train(there), rules or Rules())
        basis = line_basis(line, train(there))
        over, exceeded = _over_words(basis), limits_exceeded(basis)
        own = frozenset(line.sections)
        none = rail_capacity(layout, with_ore(services, route, 0, there=there, back=back), rules=rules, only=own)
        before = none.set_index(["section_id", "period"])["consumption_pct"]
        for count in counts:
            mix = with_ore(services, route, count, there=there, back=back)
            part = rail_capacity(layout, mix, rules=rules, only=own)
            day = part[part["period"] == "day"]
            worst = day.nlargest(1, "consumption_pct").to_dict("records")[0]
            peaks = part[part["period"] == "peak_2h"].set_index("section_id")
            peak = peaks.loc[worst["section_id"]].to_dict()
            placed, hours = _placed(layout, mix.trains.loc[[ORE]], made, rules, seed)
            rows.append(
                {
                    "route": route.name,
                    "trains": count,
                    "movements": 2 * count,
                    "length_km": line.length_m / 1000.0,
                    "run_h": run,
                    "section": worst["name"],
                    "before_pct": before.get((worst["section_id"], "day"), np.nan),
                    "day_pct": worst["consumption_pct"],
                    "day_class": worst["capacity_class"],
                    "peak_pct": peak["consumption_pct"],
                    "peak_class": peak["capacity_class"],
                    "sections_high": int((peaks["consumption_pct"] > 80).sum()),
                    "extra_trains_80": day["extra_trains_80"].min(),
                    "placed": placed,
                    "mean_h": hours,
                    "over_limits": over,
                    "over": exceeded,
                    "unknown_services": int(day["unknown_services"].max()),
                }
            )
    return pd.DataFrame(rows)


def _placed(layout: Layout, ore: pd.DataFrame, made: Timetable, rules: Rules | None, seed: int) -> tuple[int, float]:
    """Ore trains that find a time beside a made-up timetable, and the mean of their journeys in hours."""
    table = make_timetable(layout, ore, first_day=WEEK[0], last_day=WEEK[1], seed=seed, rules=rules, beside=made)
    stops = table.stops.groupby("train_id")
    hours = (stops["arrive_s"].last() - stops["depart_s"].first()) / 3600.0
    return len(table.trains), float(hours.mean()) if len(hours) else np.nan


def ore_trains_needed(tonnes_per_year: Sequence[float], trains: Sequence[str], *, days: int = 365) -> pd.DataFrame:
    """Trains a day for a tonnage: tonnes_per_year, train, net_t, trains_per_day, movements_per_day, every_h (hours
    between trains of one direction).

    Net tonnes are those that the note of the catalogue derives: gross less locomotives and wagons; see `rolling_stock`.
    """
    rows = []
    for tonnes in tonnes_per_year:
        for name in trains:
            net = net_tonnes(train(name))
            count = tonnes / days / net
            rows.append((tonnes, name, net, count, 2 * count, 24.0 / count))
    columns = ["tonnes_per_year", "train", "net_t", "trains_per_day", "movements_per_day", "every_h"]
    return pd.DataFrame(rows, columns=columns)


LOCOMOTIVES_T = 2 * 78.0  # two Rc4 of 78 t
WAGON_TARE_T = 22.0
AXLES = 4


def net_tonnes(ore: Train) -> float:
    """Ore in a train of the catalogue: wagons at full axle load less their tare."""
    gross = AXLES * ore.axle_load_t
    wagons = round((ore.mass_t - LOCOMOTIVES_T) / gross)
    return wagons * (gross - WAGON_TARE_T)
