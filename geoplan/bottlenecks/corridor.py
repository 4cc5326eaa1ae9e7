"""A corridor (stråk): a named chain of places by road, rail and sea, with what happens along it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.bottlenecks.closures import group_closures, measure, pose
from geoplan.demand.demand import Demand
from geoplan.errors import DataError
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.labels import Text
from geoplan.network.names import edge_title, node_titles
from geoplan.network.network import Network
from geoplan.routing.cost import Cost, FloatArray, edge_costs, free_time
from geoplan.routing.points import Point, find_node
from geoplan.routing.route import cheapest_rows

MODES = ("road", "rail", "sea")
LIMIT_COLUMNS = ("max_axle_load_t", "max_weight_t", "max_height_m", "tracks", "lanes")


@dataclass(frozen=True)
class Corridor:
    """The places a corridor passes, by mode, in order: ids, names or (lon, lat)."""

    id: str
    title: Text
    places: Mapping[str, Sequence[Point]]

    def __post_init__(self) -> None:
        for mode, places in self.places.items():
            if mode not in MODES:
                raise DataError(f"corridor {self.id}: mode {mode!r} is not known; use {', '.join(MODES)}")
            if len(places) < 2:
                raise DataError(f"corridor {self.id}: {mode} needs at least two places")
        if not self.places:
            raise DataError(f"corridor {self.id}: name the places of at least one mode")


@dataclass(frozen=True, eq=False)
class CorridorSheet:
    """A corridor as tables.

    sections : one row a way in order: mode, edge_id, back_id (edge of the other direction, "" for none), name,
        from_name, to_name, from_km, to_km, free_min, time_min, back_min (minutes there and back, with the traffic),
        flow_vph and vc_ratio (of the fuller direction), delay_vehh (both), capacity_vph, trains, consumption_pct,
        peak_pct, the limits, rank (best of the register on it, NaN for none), assumed
    modes : a row a mode: length_km, free_min, time_min, back_min, mean_kmh, delay_vehh, max_flow_vph, max_vc_ratio,
        max_vc_at, max_consumption_pct, max_consumption_at, max_peak_pct, min_axle_load_t, assumed_share (of the length:
        speed)
    bottlenecks : rows of the register along it, in order: mode, km, and the columns of the register
    worth : a row a mode and "all": vehkm (an hour), vehkm_share (of all), closure_vehh and unsatisfied_trips (all of it
        closed for duration_h), all of road vehicles and NaN without road; transports (heavy ones), tonnes_per_year
    """

    corridor: Corridor
    sections: pd.DataFrame
    modes: pd.DataFrame
    bottlenecks: pd.DataFrame
    worth: pd.DataFrame


def corridor_sheet(
    network: Network,
    corridor: Corridor,
    *,
    flows: pd.DataFrame | None = None,
    demand: Demand | None = None,
    register: pd.DataFrame | None = None,
    rail: pd.DataFrame | None = None,
    plans: Mapping[str, Plan] | None = None,
    trips_per_year: Mapping[str, float] | None = None,
    duration_h: float = 24.0,
) -> CorridorSheet:
    """What a corridor is like from end to end, and what it is worth as a whole.

    Parameters
    ----------
    flows, register, rail
        Of an assignment, of `rank_bottlenecks`, of `rail_use`.
    demand
        Trips that lose when the corridor is closed; at the loaded times when there are flows.
    plans, trips_per_year
        Heavy transports by name.

    Raises
    ------
    DataError
        A place that the network has not, or two that no way of the mode connects.
    """
    parts = [_sections(network, corridor.id, mode, places, flows) for mode, places in corridor.places.items()]
    sections = pd.concat(parts, ignore_index=True)
    for column in ("trains", "consumption_pct", "peak_pct"):
        sections[column] = np.nan
        if rail is not None and column in rail:
            sections[column] = rail[column].reindex(sections["edge_id"]).to_numpy()
    found = _along(network, sections, register)
    if len(found):
        sections["rank"] = found.groupby("edge_at")["rank"].min().reindex(sections["edge_id"]).to_numpy()
    else:
        sections["rank"] = np.nan
    return CorridorSheet(
        corridor=corridor,
        sections=sections,
        modes=_modes(sections),
        bottlenecks=found.drop(columns=["edge_at"], errors="ignore"),
        worth=_worth(network, sections, flows, demand, plans or {}, trips_per_year or {}, duration_h),
    )


def chain_edges(network: Network, mode: str, places: Sequence[Point], *, what: str = "corridor") -> list[int]:
    """Edge rows of the quickest way by one mode through the places in order."""
    costs = edge_costs(network, modes=(mode, "transfer"))
    nodes = [find_node(network, place, modes=(mode, "transfer")) for place in places]
    rows: list[int] = []
    for a, b, start, end in zip(nodes, nodes[1:], places, places[1:], strict=False):
        total, way = cheapest_rows(network, costs, a, b)
        if not np.isfinite(total):
            raise DataError(f"{what}: no way by {mode} from {start} to {end}; name a place between, or other ends")
        rows += [int(row) for row in way]
    moving = (network.edges["mode"] == mode).to_numpy()
    return [row for row in rows if moving[row]]


def _sections(
    network: Network, name: str, mode: str, places: Sequence[Point], flows: pd.DataFrame | None
) -> pd.DataFrame:
    rows = chain_edges(network, mode, places, what=f"corridor {name}")
    edges = network.edges.iloc[rows]
    back = _other_way(network, edges)
    minutes = pd.Series(free_time(network) / 60.0, index=network.edges.index)
    loaded = minutes if flows is None else (flows["time_s"].reindex(network.edges.index) / 60.0).fillna(minutes)
    titles = node_titles(network)
    km = np.concatenate([[0.0], edges["length_m"].cumsum().to_numpy() / 1000.0])
    table = pd.DataFrame(
        {
            "mode": mode,
            "edge_id": edges.index,
            "back_id": back,
            "name": [edge_title(network, edge) for edge in edges.index],
            "from_name": [titles[node] for node in edges["u"]],
            "to_name": [titles[node] for node in edges["v"]],
            "from_km": km[:-1],
            "to_km": km[1:],
            "free_min": minutes.loc[edges.index].to_numpy(),
            "time_min": loaded.loc[edges.index].to_numpy(),
            "back_min": loaded.reindex(back).to_numpy(),
            "speed_kmh": edges["speed_kmh"].to_numpy(),
            "capacity_vph": edges["capacity_vph"].to_numpy(),
            "assumed": edges["assumed"].to_numpy(),
            **{column: edges[column].to_numpy() for column in LIMIT_COLUMNS},
        }
    )
    for column, rule in (("flow_vph", "max"), ("vc_ratio", "max"), ("delay_vehh", "sum")):
        if flows is None or mode != "road":
            table[column] = np.nan  # the flows are of road vehicles
            continue
        both = pd.DataFrame(
            {0: flows[column].reindex(edges.index).to_numpy(), 1: flows[column].reindex(back).to_numpy()}
        )
        table[column] = both.max(axis=1) if rule == "max" else both.sum(axis=1)
    return table


def _other_way(network: Network, edges: pd.DataFrame) -> list[object]:
    """Edge of the other direction of each edge, "" for none."""
    table = network.edges
    place = {(w, u, v): e for e, w, u, v in zip(table.index, table["way_id"], table["u"], table["v"], strict=True)}
    keys = zip(edges["way_id"], edges["v"], edges["u"], strict=True)
    return [place.get(key, "") for key in keys]


def _along(network: Network, sections: pd.DataFrame, register: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of the register that concern the corridor, in order along each mode."""
    if register is None or register.empty:
        return pd.DataFrame()
    way = network.edges["way_id"]
    spot = {way[edge]: (mode, km, edge) for mode, km, edge in sections[["mode", "from_km", "edge_id"]].to_numpy()}
    pairs = network.structure_edges.assign(way=way.reindex(network.structure_edges["edge_id"]).to_numpy())
    by_structure = pairs.groupby("structure_id")["way"].agg(lambda ways: [w for w in dict.fromkeys(ways) if w in spot])
    rows = []
    for row in register.to_dict("records"):
        if row["structure_id"] != "":
            ways = by_structure.get(row["structure_id"], [])
        else:
            ways = [way.get(row["edge_id"], None)]
        for found in ways:
            if found in spot:
                mode, km, edge = spot[found]
                rows.append({"mode": mode, "km": km, "edge_at": edge, **row})
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows)
    order = [list(dict.fromkeys(sections["mode"])).index(mode) for mode in table["mode"]]
    return table.iloc[np.lexsort((table["km"].to_numpy(), np.array(order)))].reset_index(drop=True)


def _modes(sections: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for mode, part in sections.groupby("mode", sort=False):
        length = (part["to_km"] - part["from_km"]).to_numpy()
        assumed = part["assumed"].str.split(",").map(lambda names: "speed_kmh" in names).to_numpy()
        time = float(part["time_min"].sum())
        rows.append(
            {
                "mode": mode,
                "length_km": float(length.sum()),
                "free_min": float(part["free_min"].sum()),
                "time_min": time,
                "back_min": float(part["back_min"].sum(skipna=False)),
                "mean_kmh": length.sum() / time * 60.0 if time > 0 else np.nan,
                "delay_vehh": float(part["delay_vehh"].sum(min_count=1)),
                "max_flow_vph": float(part["flow_vph"].max()),
                "max_vc_ratio": float(part["vc_ratio"].max()),
                "max_vc_at": _at(part, "vc_ratio"),
                "max_consumption_pct": float(part["consumption_pct"].max()),
                "max_consumption_at": _at(part, "consumption_pct"),
                "max_peak_pct": float(part["peak_pct"].max()),
                "min_axle_load_t": float(part["max_axle_load_t"].min()),
                "assumed_share": float(length[assumed].sum() / length.sum()) if length.sum() > 0 else 0.0,
            }
        )
    return pd.DataFrame(rows)


def _at(part: pd.DataFrame, column: str) -> str:
    """Name of the section with the largest value, "" where none is known."""
    known = part[part[column].notna()]
    return str(known.sort_values(column)["name"].iloc[-1]) if len(known) else ""


def _worth(
    network: Network,
    sections: pd.DataFrame,
    flows: pd.DataFrame | None,
    demand: Demand | None,
    plans: Mapping[str, Plan],
    often: Mapping[str, float],
    duration_h: float,
) -> pd.DataFrame:
    """What each mode of the corridor, and all of it, carries and would cost if it were closed."""
    way = network.edges["way_id"]
    groups = {str(mode): set(way.loc[part["edge_id"]]) for mode, part in sections.groupby("mode", sort=False)}
    if len(groups) > 1:
        groups["all"] = set().union(*groups.values())
    length = network.edges["length_m"] / 1000.0
    rows = []
    for name, ways in groups.items():
        edges = network.edges.index[way.isin(ways)]
        row: dict[str, object] = {"mode": name, "vehkm": np.nan, "vehkm_share": np.nan}
        if flows is not None and (network.edges.loc[edges, "mode"] == "road").any():
            driven = (flows["flow_vph"] * length.reindex(flows.index)).fillna(0.0)
            total = float(driven.sum())
            row["vehkm"] = float(driven.reindex(edges).sum())
            row["vehkm_share"] = float(driven.reindex(edges).sum()) / total if total > 0 else np.nan
        row |= _closed(network, edges, flows, demand, duration_h)
        users = [key for key, plan in plans.items() if len(plan.edges) and plan.edges.index.isin(edges).any()]
        tonnes = [plans[key].load.weight_t * float(often.get(key, np.nan)) for key in users]
        row |= {"transports": ", ".join(users), "tonnes_per_year": float(np.sum(tonnes)) if tonnes else 0.0}
        rows.append(row)
    return pd.DataFrame(rows)


def _closed(
    network: Network, edges: pd.Index, flows: pd.DataFrame | None, demand: Demand | None, duration_h: float
) -> dict[str, object]:
    on_road = (network.edges.loc[edges, "mode"] == "road").any()
    if demand is None or not on_road:
        return {"closure_vehh": np.nan, "unsatisfied_trips": np.nan}
    cost: Cost | FloatArray = "time_s" if flows is None else flows["time_s"].reindex(network.edges.index).to_numpy()
    rows = network.edges.index.get_indexer(edges)
    closure = group_closures(pd.Index(["all"]), np.zeros(len(rows), dtype=np.intp), rows.astype(np.intp))
    losses = measure(pose(network, demand, cost=cost), closure, duration_h=duration_h)
    return {"closure_vehh": float(losses.closure_vehh.sum()), "unsatisfied_trips": float(losses.lost_vph.sum())}
