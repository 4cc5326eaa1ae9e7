"""Answers for a study: slots for the special train, ore trains, scenarios, and a bridge out of use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from geoplan.errors import DataError, NoRouteError, name_near
from geoplan.io.tables import split_list
from geoplan.io.timetable import Services, Timetable
from geoplan.network.network import Network
from geoplan.rail.capacity import rail_capacity, worst_by_stretch
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout, on_railway, rail_layout
from geoplan.rail.line import Line, rail_line
from geoplan.rail.questions import KnownServices, Route, SpecialCase
from geoplan.rail.rules import Rules
from geoplan.rail.slot_plan import line_basis, plan_slots
from geoplan.rail.slot_price import price_slots
from geoplan.rail.slots import Conditions, SlotPlan, stops_of, train_table
from geoplan.rail.traffic import TYPICAL, ends_of
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
        run = _run_h(line, train(there), rules or Rules())
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


def _run_h(line: Line, kind: Train, rules: Rules) -> float:
    at, _, _ = stops_of(line, kind, Conditions(), rules)
    return float(train_table(line, kind, at, rules=rules)[0].max()) / 3600.0


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


def answer_scenarios(
    networks: Mapping[str, Network],
    services: Services,
    stretches: Mapping[str, tuple[str, ...]],
    *,
    special: Train | None = None,
    special_stops: Sequence[str] = (),
    rules: Rules | None = None,
) -> pd.DataFrame:
    """What scenarios change on the railway: one row a stretch and scenario.

    Parameters
    ----------
    networks
        The network of each scenario by name, the first is what the others are compared with.
    special, special_stops
        With both, limits that the special train exceeds on its way are counted.

    Returns
    -------
    scenario, stretch, section, day_pct, day_class, peak_pct, extra_trains_80, change_pct (against the first), and
    over_axle_load, over_metre_load (sections on the special train's way whose limit it exceeds; NaN when not asked or
    no way).
    """
    tables = []
    base: dict[str, float] = {}
    for name, network in networks.items():
        keep = [*ends_of(services.trains), *(stop for stops in stretches.values() for stop in stops)]
        layout = rail_layout(network, services.stations, keep=on_rail(network, keep))
        capacity = rail_capacity(layout, _that_run(layout, services), rules=rules)
        there = {key: stops for key, stops in stretches.items() if _connected(layout, stops)}
        table = worst_by_stretch(capacity, layout, there)
        base = base or dict(zip(table["stretch"], table["day_pct"], strict=True))
        table.insert(0, "scenario", name)
        table["change_pct"] = table["day_pct"] - table["stretch"].map(base)
        table["over_axle_load"], table["over_metre_load"] = _over_limits(layout, special, special_stops)
        tables.append(table)
    columns = ["scenario", "stretch", "section", "day_pct", "day_class", "peak_pct", "extra_trains_80", "change_pct"]
    return pd.concat(tables, ignore_index=True)[[*columns, "over_axle_load", "over_metre_load"]]


def _over_limits(layout: Layout, special: Train | None, stops: Sequence[str]) -> tuple[float, float]:
    """Sections on the way whose axle load, and whose metre load, is below the train's."""
    if special is None or len(stops) < 2 or not _connected(layout, tuple(stops)):
        return np.nan, np.nan
    sections = layout.sections.loc[list(rail_line(layout, list(stops)).sections)]
    axle = (sections["max_axle_load_t"] < special.axle_load_t).sum()
    metre = (sections["max_metre_load_tpm"] < special.metre_load_tpm).sum()
    return float(axle), float(metre)


def on_rail(network: Network, names: Sequence[str]) -> list[str]:
    """Those of the nodes that the railway in use has; see `on_railway`."""
    return on_railway(network, names)


def _connected(layout: Layout, stops: Sequence[str]) -> bool:
    try:
        rail_line(layout, list(stops))
    except (DataError, NoRouteError):
        return False
    return True


def _that_run(layout: Layout, services: Services) -> KnownServices:
    """Services whose way is open."""
    trains = services.trains
    open_way = [_connected(layout, _service_stops(row)) for row in trains.to_dict("records")]
    return KnownServices(trains[open_way], services.stations)


def _service_stops(row: Mapping[object, object]) -> list[str]:
    via = row.get("via_nodes", "")
    return [str(row["from_node"]), *(split_list(via) if isinstance(via, str) else []), str(row["to_node"])]


def without_structure(network: Network, structure_id: str) -> Network:
    """The network with every edge closed that a structure carries.

    Raises DataError when there is no such structure or it carries nothing.
    """
    if structure_id not in network.structures.index:
        near = name_near(structure_id, [str(key) for key in network.structures.index])
        raise DataError(f"no structure {structure_id!r}.{near}")
    roles = network.structure_edges
    carried = roles[(roles["structure_id"] == structure_id) & (roles["role"] == "carries")]["edge_id"]
    if carried.empty:
        raise DataError(f"structure {structure_id!r} carries no edge; name one that does")
    edges = network.edges.copy()
    edges.loc[edges.index.isin(carried), "status"] = "closed"
    return network.replace(edges=edges)


def answer_closure(
    network: Network,
    services: Services,
    structure_id: str,
    *,
    days: int = 30,
    rules: Rules | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A bridge out of use for some days: which trains run another way, and how full that gets.

    Returns
    -------
    trains : service_id, train_type, from_name, to_name, assumed, trains (in the days, both ways), length_km and
        run_min on the usual way, detour_km and detour_min (NaN: no way round), added_min, train_hours (added, all
        trains of the days), answer (as before, detour, no way)
    sections : sections whose consumption changes by a point or more: name, before_pct, after_pct (day),
        peak_after_pct (busiest two hours), class_before, class_after, extra_trains_80
    """
    rules = rules or Rules()
    closed_network = without_structure(network, structure_id)
    keep = ends_of(services.trains)
    usual = rail_layout(network, services.stations, keep=keep)
    closed = rail_layout(closed_network, services.stations, keep=on_rail(closed_network, keep))
    rows = []
    for service_id, row in services.trains.to_dict("index").items():
        scenario = row.get("scenario", "")
        if isinstance(scenario, str) and scenario:
            continue
        kind = train(TYPICAL.get(str(row["train_type"]), ("freight_1200",))[0])
        stops = _service_stops(row)
        before = rail_line(usual, stops)
        minutes = _run_h(before, kind, rules) * 60
        after: Line | None = None
        try:
            after = rail_line(closed, stops)
        except (DataError, NoRouteError):
            answer = "no way"
        else:
            same = abs(after.length_m - before.length_m) < 1.0
            answer = "as before" if same else "detour"
        around = _run_h(after, kind, rules) * 60 if after is not None else np.nan
        count = 2.0 * float(row["trains_per_day"]) * days
        rows.append(
            {
                "service_id": service_id,
                "train_type": row["train_type"],
                "from_name": before.names[0],
                "to_name": before.names[-1],
                "assumed": row.get("assumed", ""),
                "trains": count,
                "length_km": before.length_m / 1000.0,
                "run_min": minutes,
                "detour_km": after.length_m / 1000.0 if after is not None else np.nan,
                "detour_min": around,
                "added_min": around - minutes,
                "train_hours": count * (around - minutes) / 60.0,
                "answer": answer,
            }
        )
    now = rail_capacity(usual, services, rules=rules)
    then = rail_capacity(closed, _that_run(closed, services), rules=rules)
    return pd.DataFrame(rows), _changed(now, then)


def _changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    one = before[before["period"] == "day"].set_index("section_id")
    two = after[after["period"] == "day"].set_index("section_id")
    peak = after[after["period"] == "peak_2h"].set_index("section_id")
    later = two[["consumption_pct", "capacity_class", "extra_trains_80"]].add_suffix("_after")
    both = one.join(later, how="inner").join(peak["consumption_pct"].rename("peak_after"))
    change = both["consumption_pct_after"].fillna(0.0) - both["consumption_pct"].fillna(0.0)
    table = pd.DataFrame(
        {
            "name": both["name"],
            "before_pct": both["consumption_pct"],
            "after_pct": both["consumption_pct_after"],
            "peak_after_pct": both["peak_after"],
            "class_before": both["capacity_class"],
            "class_after": both["capacity_class_after"],
            "extra_trains_80": both["extra_trains_80_after"],
        }
    )[change.abs() >= 1.0]
    return table.sort_values("after_pct", ascending=False, kind="stable").reset_index()
