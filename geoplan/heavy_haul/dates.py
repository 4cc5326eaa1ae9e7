"""A plan in the calendar: when each leg starts and ends, the nights it moves, and the days it has to wait for."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from geoplan.heavy_haul.plan import Plan

SATURDAY = 5
WEEKEND_H = 48.0
COLUMNS = ["leg", "mode", "vehicle", "from_name", "to_name", "starts", "ends", "nights", "wait_h", "rule", "source"]


def plan_dates(plan: Plan, departure: dt.date | dt.datetime) -> pd.DataFrame:
    """When a plan's legs start and end if the load leaves on a day.

    A leg whose permit asks for a path at the weekend (permits of kind `weekend`) waits for Saturday, for as long as it
    is not the weekend already. A vehicle that may move some hours of the day only is on its way for as many nights as
    its driving fills.

    Parameters
    ----------
    departure
        Day, from its midnight, or day and time.

    Returns
    -------
    Table, one row a leg: leg, mode, vehicle, from_name, to_name, starts, ends (times of the clock), nights (NaN: moves
    at any hour), wait_h (hours waited before it), rule (weekend; weekend_too_short: the leg takes longer than one
    weekend lasts; night; empty), source (of the rule). Empty for a plan that is not feasible.
    """
    weekend = plan.permits[plan.permits["kind"] == "weekend"] if len(plan.permits) else plan.permits
    sources = dict(zip(weekend["leg"], weekend["source"], strict=True)) if len(weekend) else {}
    now = pd.Timestamp(departure)
    rows = []
    for leg in plan.legs.to_dict("records"):
        at_night = 0 < leg["hours_per_day"] < 24 and leg["driving_h"] > 0
        waited = 0.0
        if leg["leg"] in sources and now.weekday() < SATURDAY:
            saturday = now.normalize() + pd.Timedelta(days=SATURDAY - now.weekday())
            waited = (saturday - now) / pd.Timedelta(hours=1)
            now = saturday
        ends = now + pd.Timedelta(hours=leg["time_h"])
        rule = "night" if at_night else ""
        if leg["leg"] in sources:
            rule = "weekend" if leg["time_h"] <= WEEKEND_H else "weekend_too_short"
        rows.append(
            {
                **{key: leg[key] for key in ("leg", "mode", "vehicle", "from_name", "to_name")},
                "starts": now,
                "ends": ends,
                "nights": float(math.ceil(leg["driving_h"] / leg["hours_per_day"])) if at_night else np.nan,
                "wait_h": waited,
                "rule": rule,
                "source": sources.get(leg["leg"], ""),
            }
        )
        now = ends
    return pd.DataFrame(rows, columns=COLUMNS)
