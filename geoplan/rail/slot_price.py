"""What a slot costs the others: which trains have to move, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S, format_clock
from geoplan.rail.moves import Moves, move_trains
from geoplan.rail.slot_hits import Way, search_items
from geoplan.rail.slot_plan import slot_timetable
from geoplan.rail.slots import WEEKDAY_NAMES, SlotPlan

TRIES = 2  # ways of one departure, each without the trains that could not be moved before
MOST_NODES = 500  # of the search tree of each program
PRICE_COLUMNS = ("depart", "weekday", "moved_trains", "moved_min", "cost", "moves", "feasible", "in_time", "depart_s")


def price_slots(
    plan: SlotPlan,
    timetable: Timetable,
    *,
    departures: int = 5,
    max_move_min: int = 15,
    cost_per_min: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """The cheapest moves of other trains that would give the train a slot in every week.

    For some departures spread over the window the way that meets the fewest trains is taken, and those trains (and the
    ones they push in turn) are shifted as little as possible. Trains that cannot be shifted far enough are kept out of
    the way in the next try.

    Parameters
    ----------
    plan
        The search that found no slot in every week.
    departures
        How many departures are priced.
    max_move_min, cost_per_min
        See `move_trains`.

    Returns
    -------
    One row a departure, cheapest first: depart, weekday, moved_trains, moved_min (sum over the trains, of one day),
    cost, moves in words, feasible (False where no shifts within the limit help), in_time (False where the
    search stopped before it knew whether any do), depart_s.
    """
    task = plan.task
    step = max(1, len(task.departures) // max(1, departures))
    rows = []
    for departure in task.departures[step // 2 :: step][:departures].tolist():
        moves = _cheapest(plan, timetable, departure, max_move_min, cost_per_min)
        if moves is None:
            continue
        day = departure // DAY_S
        words = [
            f"{train} {minutes:+g} min"
            for train, minutes in zip(moves.table["train"], moves.table["shift_min"], strict=True)
        ]
        rows.append(
            {
                "depart": format_clock(departure - day * DAY_S),
                "weekday": WEEKDAY_NAMES[day % 7],
                "moved_trains": len(moves.table) if moves.feasible else 0,
                "moved_min": moves.total_min,
                "cost": moves.cost,
                "moves": ", ".join(words) if moves.feasible else _not_moved(moves),
                "feasible": moves.feasible,
                "in_time": moves.in_time,
                "depart_s": departure,
            }
        )
    table = pd.DataFrame(rows, columns=list(PRICE_COLUMNS))
    return table.sort_values(["feasible", "cost", "depart_s"], ascending=[False, True, True]).reset_index(drop=True)


def _not_moved(moves: Moves) -> str:
    return "stuck: " + ", ".join(moves.blocked) if moves.in_time else "the search ran out of time"


def _cheapest(
    plan: SlotPlan, timetable: Timetable, departure: int, max_move_min: int, cost_per_min: Mapping[str, float] | None
) -> Moves | None:
    """Moves for the way of one departure that meets the fewest trains; again without those that cannot move so far."""
    task = plan.task
    stuck: set[int] = set()
    first: Moves | None = None
    for _ in range(TRIES):
        _, ways = search_items(task, departure, avoid=stuck)
        if not ways:
            return first
        moves = move_trains(
            task.line.layout,
            slot_timetable(_plan_of(plan, ways[0]), 0, timetable),
            fixed=["new"],
            max_move_min=max_move_min,
            cost_per_min=cost_per_min,
            rules=task.rules,
            alone=task.alone,
            most_nodes=MOST_NODES,
        )
        if moves.feasible:
            return moves
        # What one try did not finish may have had an answer: the whole is not known.
        first = replace(first or moves, in_time=moves.in_time and (first or moves).in_time)
        more = {int(k) for k in timetable.trains.index.get_indexer(pd.Index(moves.blocked)) if k >= 0}
        if more <= stuck:
            return first
        stuck |= more
    return first


def _plan_of(plan: SlotPlan, way: Way) -> SlotPlan:
    """A plan that holds one way, free in every week."""
    names = [plan.task.line.names[plan.task.stops[s]] for s in way.stop]
    places = [plan.task.line.places[plan.task.stops[s]] for s in way.stop]
    ways = pd.DataFrame(
        {
            "slot": np.zeros(len(way.stop), dtype=np.int64),
            "stop": way.stop,
            "place": places,
            "name": names,
            "arrive_s": way.arrive_s,
            "depart_s": way.depart_s,
        }
    )
    slots = pd.DataFrame({"weeks_not": [()], "depart_s": [way.departure_s]}, index=pd.Index([0], name="slot"))
    return SlotPlan(slots, ways, plan.why, plan.assumed, plan.task, plan.weeks, plan.made_up)
