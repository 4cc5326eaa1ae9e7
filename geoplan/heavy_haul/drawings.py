"""Drawings of a plan: the load in the gauge, the worst turn, the strip of margins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.drawings_gauge import draw_gauge
from geoplan.maps.drawings_strip import draw_margin_strip
from geoplan.maps.drawings_swept import draw_swept_path
from geoplan.maps.labels import Lang, value_text
from geoplan.network.names import node_titles, place_title
from geoplan.network.network import Network
from geoplan.vehicles.gauge import find_gauge
from geoplan.vehicles.rules import read_rules
from geoplan.vehicles.turning import swept_path, turning_margins
from geoplan.vehicles.vehicle import Vehicle

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_load_in_gauge(plan: Plan, *, vehicle: str | None = None, lang: Lang = "en") -> Figure:
    """The load on its rail wagon against the gauge and the contact wire.

    Parameters
    ----------
    vehicle
        Name of a rail vehicle of the plan; None: that of its rail leg, or else the largest that was tried, so that a
        refusal can be shown too.

    Raises
    ------
    DataError
        The plan tried no rail vehicle.
    """
    rail = [v for v in plan.vehicles if v.mode == "rail" and vehicle in (None, v.name)]
    if not rail:
        raise DataError(f"{plan.load.name}: no rail vehicle was tried; name one in plan_transport")
    used = set(plan.legs["vehicle"])
    wagon = next((v for v in rail if v.name in used), max(rail, key=lambda v: v.payload_t))
    rules = read_rules(str(plan.options.get("rules", "SE")))
    gauges = plan.options.get("gauges")
    gauge = find_gauge(rules.text("rail_gauge"), gauges)
    if gauge is None:
        raise DataError(f"{plan.load.name}: no standard loading gauge is known here; give rules of a country")
    bottom = float(np.nan_to_num(wagon.deck_height_m))
    return draw_gauge(
        pd.DataFrame(gauge.outline, columns=["half_width_m", "height_m"]),
        load_width_m=plan.load.width_m,
        load_bottom_m=bottom,
        load_top_m=bottom + plan.load.height_m,
        gauge_name=gauge.name,
        load_name=plan.load.name,
        wire_m=rules.number("rail_contact_wire"),
        wire_top_m=rules.wire_top_m,
        lang=lang,
    )


def plan_turns(network: Network, plan: Plan) -> pd.DataFrame:
    """Room needed at every turn of the road legs against the room there, the widest need first.

    Columns of `turning_margins` with leg and vehicle.
    """
    tables = []
    for number, edges in plan.edges.groupby("leg", sort=False):
        mover = _mover(plan, str(edges["vehicle"].iloc[0]))
        if mover.mode == "road" and (edges["mode"] == "road").all():
            tables.append(turning_margins(network, mover, edges.index).assign(leg=number, vehicle=mover.name))
    filled = [table for table in tables if len(table)]
    if not filled:
        return tables[0] if tables else turning_margins(network, plan.vehicles[0], [])
    found = pd.concat(filled, ignore_index=True)
    return found.sort_values("need_width_m", ascending=False, kind="stable").reset_index(drop=True)


def draw_worst_turn(network: Network, plan: Plan, *, lang: Lang = "en") -> Figure:
    """The swept path at the turn of the plan that needs the most room.

    Raises
    ------
    DataError
        The plan has no turn by road.
    """
    turns = plan_turns(network, plan)
    turns = turns[turns["need_width_m"].notna()]
    if turns.empty:
        raise DataError(f"{plan.load.name}: the plan makes no turn by road; there is nothing to draw")
    worst = turns.iloc[0]
    swept = swept_path(_mover(plan, str(worst["vehicle"])), float(worst["angle_deg"]), float(worst["radius_m"]))
    junction = worst["kind"] == "junction"
    mover = value_text("vehicle", worst["vehicle"], lang)
    place = node_titles(network)[worst["node_id"]] if junction else place_title(network, "", worst["to_edge"])
    title = f"{place}: {worst['angle_deg']:.0f}°, R {worst['radius_m']:.0f} m, {mover}"
    return draw_swept_path(
        swept.path, swept.bodies, width_m=swept.width_m, room_m=float(worst["room_m"]), title=title, lang=lang
    )


def draw_strip(network: Network, plan: Plan, *, lang: Lang = "en") -> Figure:
    """Modes, elevation and margins along the plan.

    Raises
    ------
    DataError
        The plan is not feasible: it has no way to draw.
    """
    if not plan.feasible or plan.edges.empty:
        raise DataError(f"{plan.load.name}: the plan has no way; there is nothing to draw")
    names = plan.margins["structure_id"].map(network.structures["name"]).fillna("")
    ends = [node_titles(network)[node] for node in (plan.edges["u"].iloc[0], plan.edges["v"].iloc[-1])]
    title = f"{plan.load.name}: {ends[0]}–{ends[1]}"
    return draw_margin_strip(plan.edges, plan.margins.assign(name=names), title=title, lang=lang)


def _mover(plan: Plan, name: str) -> Vehicle:
    return next(v for v in plan.vehicles if v.name == name)
