"""Why there is no slot every week: the trains, works, loops or sections in the way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S, format_clock
from geoplan.rail.slot_hits import Way, item_name, search_items, who_is_hit
from geoplan.rail.slots import WEEKDAY_NAMES, Found, SlotTask

Row = tuple[str, str, str, str, str]
TRIED = 1  # departures for which the smallest set of trains is sought

WEEKDAYS_SV = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
WHY_COLUMNS = ("kind", "what", "where", "reason", "reason_sv")


def explain(task: SlotTask, timetable: Timetable, found: Found, ways: list[Way]) -> pd.DataFrame:
    """What stands in the way of a slot in every week.

    Parameters
    ----------
    found
        What `search` found of the ways that are free every week.
    ways
        Ways with the fewest exceptions, as `search_least` found them; may be empty.

    Returns
    -------
    kind (section: nothing gets past it; train or work: the smallest set found that leaves a slot when it is moved;
    loop: too short for the train, or none for a long way), what, where, reason (English) and reason_sv (Swedish). The
    first row sums up.
    """
    rows: list[Row] = []
    names = task.line.names
    reached = int(task.stops[max(int(found.furthest.max(initial=0)), 0)])
    if reached < len(task.line.places) - 1:
        where = f"{names[reached]}–{names[min(reached + 1, len(names) - 1)]}"
        words = f"no departure of the window gets past {names[reached]} in every week"
        sv = f"ingen avgång i fönstret kommer förbi {names[reached]} varje vecka"
        rows.append(("section", where, where, words, sv))
    rows += _smallest_set(task, timetable, ways)
    rows += _loops(task)
    if not rows:
        en = "every departure of the window meets another train in some week"
        rows.append(("section", "", "", en, "varje avgång i fönstret möter ett annat tåg någon vecka"))
    return pd.DataFrame(rows, columns=list(WHY_COLUMNS))


def _smallest_set(task: SlotTask, timetable: Timetable, ways: list[Way]) -> list[Row]:
    """The fewest trains and works whose moving would leave a slot, over a few departures."""
    if ways:
        step = max(1, len(ways) // TRIED)
        tried = [way.departure_s for way in ways[::step]][:TRIED]
    else:
        tried = [int(t) for t in task.departures[:: max(1, len(task.departures) // TRIED)]][:TRIED]
    best: tuple[int, int, pd.DataFrame] | None = None
    for departure in tried:
        item_task, meeting = search_items(task, departure)
        for way in meeting:
            hits = who_is_hit(item_task, way)
            count = int(hits["item"].nunique())
            if best is None or count < best[0]:
                best = (count, departure, hits)
    if best is None:
        return []
    count, departure, hits = best
    layout = task.line.layout
    clock, weekday = format_clock(departure % DAY_S), departure // DAY_S % 7
    on = f"{WEEKDAY_NAMES[weekday]} {clock}"
    on_sv = f"{WEEKDAYS_SV[weekday]} {clock}"
    rows = []
    for item in hits["item"].unique().tolist():
        part = hits[hits["item"] == item]
        key = str(part["where"].iloc[0])
        where = str((layout.sections if bool(part["is_section"].iloc[0]) else layout.places).at[key, "name"])
        name = item_name(timetable, item)
        second = int(part["other_s"].iloc[0]) % DAY_S
        words = f"departing {on}, it meets {name} at {where}, there at {format_clock(second)}"
        others = f" and {count - 1} more" if count > 1 else ""
        own = name.replace("train ", "tåg ", 1).replace("work ", "banarbete ", 1)
        sv = f"med avgång {on_sv} möter det {own} vid {where}, som är där {format_clock(second)}"
        more = f" och {count - 1} till" if count > 1 else ""
        rows.append(
            (
                "work" if item < 0 else "train",
                name,
                where,
                f"{words}; moving {name}{others} would leave a slot",
                f"{sv}; om {own}{more} flyttas finns ett läge",
            )
        )
    return rows


def _loops(task: SlotTask) -> list[Row]:
    """Loops that are too short, and the longest way without one."""
    layout, train = task.line.layout, task.train
    places = layout.places.loc[list(task.line.places)]
    short = places[places["can_hold"] & (places["usable_m"] < train.length_m)]
    rows = [
        (
            "loop",
            name,
            name,
            f"{name}: {usable:g} m fit, the train is {train.length_m:g} m long",
            f"{name}: {usable:g} m ryms, tåget är {train.length_m:g} m långt",
        )
        for name, usable in zip(short["name"], short["usable_m"], strict=True)
    ]
    at = task.line.position_m[task.stops]
    gap = np.diff(at)
    if len(gap):
        k = int(np.argmax(gap))
        names = [task.line.names[task.stops[k]], task.line.names[task.stops[k + 1]]]
        where = f"{names[0]}–{names[1]}"
        run = task.table[task.stops[k], task.stops[k + 1], task.stops[k + 1]]
        minutes = f", {run / 60:.0f} min" if run >= 0 else ""
        words = f"{where}, {gap[k] / 1000:.1f} km{minutes}"
        en, sv = f"longest way without a place to wait: {words}", f"längst utan plats att vänta: {words}"
        rows.append(("loop", where, where, en, sv))
    return rows
