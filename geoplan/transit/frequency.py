"""Public transport by headways: what a journey takes, and how many ride on each part of each line.

Optimal strategies (Spiess & Florian 1989): departures come at random at the rate of their headways, travellers take the
first of the lines that are worth it, and everybody has a seat.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.transit.lines import check_lines
from geoplan.transit.skims import complete_pairs
from geoplan.transit.strategy_graph import (
    PARTS,
    StrategyGraph,
    WaitRule,
    Weights,
    build_strategy_graph,
    half_headway,
)
from geoplan.transit.strategy_kernels import load_strategies, skim_strategies

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TransitAssignment:
    """Who rides where. Passengers an hour (`pph`) when the trips are trips an hour.

    segments : line_id, name, mode, sequence, from_stop, to_stop, run_min, volume_pph, places_pph, load_ratio
    stops : line_id, stop_id, sequence, boardings_pph, transfers_pph (boardings after another ride), alightings_pph
    links : kind (access, walk, egress), from_id, to_id, mode, volume_pph
    unassigned : origin, destination, trips_pph of pairs without a way
    evaluation : trips_pph, unassigned_pph, intrazonal_pph, on_foot_pph (better off without a ride), total_time_h
        (weighted, from the volumes), expected_time_h (weighted, from the labels), node_balance (largest inflow less
        outflow); the two times agree when the volumes are right
    """

    segments: pd.DataFrame
    stops: pd.DataFrame
    links: pd.DataFrame
    unassigned: pd.DataFrame
    evaluation: dict[str, float]


def transit_skim(
    lines: pd.DataFrame,
    access: pd.DataFrame,
    *,
    egress: pd.DataFrame | None = None,
    walks: pd.DataFrame | None = None,
    zones: Iterable[Hashable] | None = None,
    period: str = "",
    weights: Weights | None = None,
    first_wait: WaitRule = half_headway,
    transfer_wait: WaitRule = half_headway,
    unknown: Literal["error", "leave_out"] = "error",
    longest_h: float = 4.0,
) -> pd.DataFrame:
    """Expected time from zone to zone by lines with headways.

    Parameters
    ----------
    lines
        As in geoplan.transit.lines.
    access, egress
        Links between zones and stops (`walk_links`, `drive_links`): zone_id, stop_id, time_s, mode. Egress is the
        access on foot when None; give both for park and ride (`access=drive_links(...)`, `egress=walk_links(...)`).
    walks
        Walks between stops: from_stop, to_stop, walk_s.
    zones
        All zones to answer for: those without a link to a stop have no way. The zones of the links when None.
    period
        Which headways count, see `check_lines`.
    weights
        What a minute of each part is worth; the strategy is the best by these.
    first_wait, transfer_wait
        Mean wait in minutes by headway, for the first ride and for the others.
    unknown
        What to do with lines whose headway is not known, see `check_lines`.
    longest_h
        A journey that takes longer is none.

    Returns
    -------
    Table indexed by (origin, destination): `time_s` (expected, unweighted), `wait_s, walk_s, drive_s, ride_s`,
    `transfers` (expected number), `cost_s` (weighted). No way by public transport: time_s and cost_s are inf, parts
    NaN; so it is where walking to the stops and on is better than waiting for a ride. A zone to itself is NaN
    throughout: lines say nothing about trips within a zone.
    """
    graph = _graph(lines, access, egress, walks, period, weights, first_wait, transfer_wait, unknown)
    table = skim_strategies(graph.net, graph.values, graph.origin_nodes, graph.destination_nodes)
    index = pd.MultiIndex.from_product([graph.origins, graph.destinations], names=["origin", "destination"])
    flat = table.reshape(-1, table.shape[2])
    done = pd.DataFrame(flat[:, 2:], index=index, columns=list(PARTS))
    done.insert(0, "wait_s", flat[:, 1])
    time_s = done[["wait_s", "walk_s", "drive_s", "ride_s"]].sum(axis=1)
    done.insert(0, "time_s", time_s.where(np.isfinite(flat[:, 0]), np.inf))
    boardings = done.pop("boardings")
    done["transfers"] = (boardings - 1.0).clip(lower=0.0)
    done["cost_s"] = flat[:, 0]
    none = (boardings == 0.0) | (done["time_s"] > longest_h * 3600.0)
    done[none] = np.nan
    done.loc[none, ["time_s", "cost_s"]] = np.inf
    done = complete_pairs(done, zones, {"time_s": np.inf, "cost_s": np.inf})
    log.info("transit skim: %d of %d pairs of zones have a way", np.isfinite(done["time_s"]).sum(), len(done))
    return done


def assign_transit(
    lines: pd.DataFrame,
    trips: pd.DataFrame,
    access: pd.DataFrame,
    *,
    egress: pd.DataFrame | None = None,
    walks: pd.DataFrame | None = None,
    period: str = "",
    weights: Weights | None = None,
    first_wait: WaitRule = half_headway,
    transfer_wait: WaitRule = half_headway,
    unknown: Literal["error", "leave_out"] = "error",
) -> TransitAssignment:
    """Trips from zone to zone on the lines, by optimal strategies.

    Parameters
    ----------
    trips
        Table of trips an hour, origins as index and destinations as columns. The diagonal is not assigned.
    access, egress, walks, period, weights, first_wait, transfer_wait, unknown
        As in `transit_skim`. A column `places` of the lines (places in a vehicle) gives the load ratio.

    Raises
    ------
    DataError
        Unknown or negative trips, or faults in the tables.
    """
    values = trips.to_numpy(dtype=np.float64)
    if np.isnan(values).any() or (values < 0).any() or np.isinf(values).any():
        raise DataError("trips: holds cells that are empty, negative or infinite; set them")
    graph = _graph(lines, access, egress, walks, period, weights, first_wait, transfer_wait, unknown)
    checked = check_lines(lines, period=period, unknown=unknown)
    inner = np.equal.outer(trips.index.to_numpy(), trips.columns.to_numpy())
    moving = pd.DataFrame(np.where(inner, 0.0, values), index=trips.index, columns=trips.columns)
    demand = moving.reindex(index=graph.origins, columns=graph.destinations, fill_value=0.0)
    volume, waiting, reached = load_strategies(
        graph.net,
        demand.to_numpy(copy=True),
        graph.origin_nodes,
        graph.destination_nodes,
    )
    served = (demand * reached).reindex(index=trips.index, columns=trips.columns, fill_value=0.0)
    unassigned = _long(moving - served)
    if len(unassigned):
        log.warning("transit: %.1f trips of %d pairs have no way", unassigned["trips_pph"].sum(), len(unassigned))
    arcs = graph.arcs.assign(volume_pph=volume)
    return TransitAssignment(
        segments=_segments(checked, arcs),
        stops=_stop_table(checked, arcs),
        links=_link_table(arcs, access, _egress(access, egress), walks),
        unassigned=unassigned,
        evaluation=_evaluate(graph, demand.to_numpy() * reached, volume, waiting)
        | {
            "trips_pph": float(values.sum()),
            "unassigned_pph": float(unassigned["trips_pph"].sum()),
            "intrazonal_pph": float(values[inner].sum()),
            "on_foot_pph": float(arcs.loc[arcs["kind"] == "on_foot", "volume_pph"].sum()),
        },
    )


def _graph(
    lines: pd.DataFrame,
    access: pd.DataFrame,
    egress: pd.DataFrame | None,
    walks: pd.DataFrame | None,
    period: str,
    weights: Weights | None,
    first_wait: WaitRule,
    transfer_wait: WaitRule,
    unknown: Literal["error", "leave_out"],
) -> StrategyGraph:
    checked = check_lines(lines, period=period, unknown=unknown)
    out = _egress(access, egress)
    for name, table in (("access", access), ("egress", out)):
        if not table["stop_id"].isin(checked["stop_id"]).any():
            raise DataError(f"{name}: no link leads to a stop of the lines; check the stop ids")
    return build_strategy_graph(
        checked,
        access.reset_index(drop=True),
        out.reset_index(drop=True),
        walks.reset_index(drop=True) if walks is not None else None,
        weights=weights or Weights(),
        first_wait=first_wait,
        transfer_wait=transfer_wait,
    )


def _egress(access: pd.DataFrame, egress: pd.DataFrame | None) -> pd.DataFrame:
    """Egress links: those given, or the access on foot."""
    if egress is not None:
        return egress
    foot = access[access["mode"] != "drive"]
    if foot.empty:
        raise DataError("access: all links are of mode drive; give the walks at the other end as egress")
    return foot


def _evaluate(graph: StrategyGraph, demand: np.ndarray, volume: np.ndarray, waiting: np.ndarray) -> dict[str, float]:
    """Totals from the volumes against totals from the labels, and the balance of the nodes."""
    labels = skim_strategies(graph.net, graph.values[:, :0], graph.origin_nodes, graph.destination_nodes)[:, :, 0]
    expected = float(np.sum(np.where(demand > 0, labels, 0.0) * demand))
    n = graph.n_nodes
    balance = np.bincount(graph.net.head, volume, n) - np.bincount(graph.net.tail, volume, n)
    balance[graph.origin_nodes] += demand.sum(axis=1)
    balance[graph.destination_nodes] -= demand.sum(axis=0)
    used = volume > 0
    total = float(volume[used] @ graph.net.cost[used] + graph.net.wait_weight * waiting.sum())
    return {
        "total_time_h": total / 3600.0,
        "expected_time_h": expected / 3600.0,
        "node_balance": float(np.abs(balance).max(initial=0.0)),
    }


def _segments(lines: pd.DataFrame, arcs: pd.DataFrame) -> pd.DataFrame:
    """Volume between the stops of each line."""
    ride = arcs[arcs["kind"] == "ride"].sort_values("item")
    rows = ride["item"].to_numpy()
    here = lines.iloc[rows]
    table = pd.DataFrame(
        {
            "line_id": here["line_id"].to_numpy(),
            "name": here["name"].to_numpy() if "name" in lines else "",
            "mode": here["mode"].to_numpy() if "mode" in lines else "",
            "sequence": here["sequence"].to_numpy(),
            "from_stop": lines["stop_id"].to_numpy()[rows - 1],
            "to_stop": here["stop_id"].to_numpy(),
            "run_min": here["run_min"].to_numpy(),
            "volume_pph": ride["volume_pph"].to_numpy(),
        }
    )
    places = here["places"].to_numpy(dtype=np.float64) if "places" in lines else np.full(len(here), np.nan)
    table["places_pph"] = places * 60.0 / here["headway_min"].to_numpy()
    table["load_ratio"] = table["volume_pph"] / table["places_pph"].where(table["places_pph"] > 0)
    return table


def _stop_table(lines: pd.DataFrame, arcs: pd.DataFrame) -> pd.DataFrame:
    """Who gets on and off at each stop of each line."""

    def at_call(*kinds: str) -> np.ndarray:
        chosen = arcs[arcs["kind"].isin(kinds)]
        return np.bincount(chosen["item"].to_numpy(), chosen["volume_pph"].to_numpy(), len(lines))

    table = lines[["line_id", "stop_id", "sequence"]].copy()
    table["boardings_pph"] = at_call("board_first", "board_again")
    table["transfers_pph"] = at_call("board_again")
    table["alightings_pph"] = at_call("alight")
    return table


def _link_table(
    arcs: pd.DataFrame, access: pd.DataFrame, egress: pd.DataFrame, walks: pd.DataFrame | None
) -> pd.DataFrame:
    """Volume on the ways to, from and between stops; those without anybody are left out."""
    parts = []
    for kind, table, ends, mode in (
        ("access", access, ("zone_id", "stop_id"), None),
        ("walk", walks, ("from_stop", "to_stop"), "walk"),
        ("egress", egress, ("stop_id", "zone_id"), None),
    ):
        if table is None:
            continue
        chosen = arcs[(arcs["kind"] == kind) & (arcs["volume_pph"] > 0)]
        rows = table.reset_index(drop=True).iloc[chosen["item"].to_numpy()]
        part = pd.DataFrame(
            {
                "kind": kind, "from_id": rows[ends[0]].to_numpy(), "to_id": rows[ends[1]].to_numpy(),
                "mode": mode or rows["mode"].to_numpy(), "volume_pph": chosen["volume_pph"].to_numpy(),
            }
        )  # fmt: skip
        parts.append(part)
    done = pd.concat(parts, ignore_index=True)
    return done.groupby(["kind", "from_id", "to_id", "mode"], sort=False)["volume_pph"].sum().reset_index()


def _long(trips: pd.DataFrame) -> pd.DataFrame:
    """Cells above zero as rows."""
    values = trips.to_numpy()
    i, j = np.nonzero(values > 0)
    return pd.DataFrame({"origin": trips.index[i], "destination": trips.columns[j], "trips_pph": values[i, j]})
