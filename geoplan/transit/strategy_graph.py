"""Zones, stops and lines as the arcs that optimal strategies run on.

    zone (out) --access--> stop 0 --wait, board--> leaving --ride--> coming --alight--> stop 1 --egress--> zone (in)
                             |                        ^                |                 |   \\
                            walk                      +------stay------+               walk   wait, board again

A stop is two nodes: 0 before the first ride and 1 after one; a call of a line is two nodes as well, so that nobody
boards and alights at the same call. The wait for the first departure may follow another rule than the wait at a
change. Stop 0 leads to stop 1 without a ride too: who is better off on foot all the way is seen by boarding nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, name_rows
from geoplan.network.graph import graph_from_positions
from geoplan.transit.strategy_kernels import StrategyNet

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
WaitRule: TypeAlias = Callable[[FloatArray], FloatArray]

PARTS = ("walk_s", "drive_s", "ride_s", "boardings")  # what is summed along a strategy beside the wait


@dataclass(frozen=True)
class Weights:
    """What a minute is worth against a minute on board, and what a change costs on top of its time.

    The defaults weigh every minute alike: the expected time itself. Other weights are the caller's, with a source.
    """

    wait: float = 1.0
    walk: float = 1.0
    drive: float = 1.0
    ride: float = 1.0
    transfer_s: float = 0.0

    def __post_init__(self) -> None:
        values = {name: getattr(self, name) for name in ("wait", "walk", "drive", "ride", "transfer_s")}
        bad = [name for name, value in values.items() if not (np.isfinite(value) and value >= 0)]
        if bad:
            raise DataError(f"weights: {', '.join(bad)} are not finite numbers >= 0")


def half_headway(headway_min: FloatArray) -> FloatArray:
    """Mean wait in minutes of people who come at random to evenly spread departures: half the headway."""
    return 0.5 * headway_min


def wait_curve(headway_min: list[float], wait_min: list[float]) -> WaitRule:
    """A rule from a table of headways and waits, linear between its points and level beyond them.

    With rare departures people look at the timetable, and the wait at the stop stays far below half the headway.
    """
    x, y = np.asarray(headway_min, dtype=np.float64), np.asarray(wait_min, dtype=np.float64)
    if len(x) != len(y) or len(x) == 0 or (np.diff(x) <= 0).any() or not (y > 0).all():
        raise DataError("wait curve: headways must rise, and each have a wait above 0")
    return lambda headway: np.interp(headway, x, y)


@dataclass(frozen=True, eq=False)
class StrategyGraph:
    """Arrays of the kernels, and what each arc stands for (`arcs`, in the order of the kernels).

    values : (n_arcs, 4) the `PARTS` of each arc
    """

    net: StrategyNet
    values: FloatArray
    arcs: pd.DataFrame
    origins: pd.Index
    destinations: pd.Index
    origin_nodes: IntArray
    destination_nodes: IntArray

    @property
    def n_nodes(self) -> int:
        return len(self.net.first_out) - 1


def build_strategy_graph(
    lines: pd.DataFrame,
    access: pd.DataFrame,
    egress: pd.DataFrame,
    walks: pd.DataFrame | None,
    *,
    weights: Weights,
    first_wait: WaitRule,
    transfer_wait: WaitRule,
) -> StrategyGraph:
    """The graph from checked lines (`check_lines`), access and egress links and walks between stops.

    Raises
    ------
    DataError
        Access or egress links without usable times, or walks without.
    """
    stops = pd.Index(lines["stop_id"].unique())
    origins = pd.Index(access["zone_id"].unique())
    destinations = pd.Index(egress["zone_id"].unique())
    for name, table, column in (("access", access, "time_s"), ("egress", egress, "time_s"), ("walks", walks, "walk_s")):
        if table is not None and not (table[column] >= 0).all():
            bad = table.index[~(table[column] >= 0)].to_list()
            raise DataError(
                f"{name}: {name_rows(bad)} have {column} that is empty or negative; set it or drop the rows"
            )
    if egress["mode"].eq("drive").any():
        raise DataError("egress: holds links of mode drive; the car stands at the other end")
    n_zone, n_stop, n_call = len(origins), len(stops), len(lines)
    start = np.cumsum([0, n_zone, n_stop, n_stop, n_call, n_call, len(destinations)])
    before, after, leaving, coming, ends = start[1:6]

    call = np.arange(n_call)
    at = stops.get_indexer(pd.Index(lines["stop_id"]))
    same_line = (lines["line_id"].to_numpy()[1:] == lines["line_id"].to_numpy()[:-1]).nonzero()[0]
    not_last, not_first = call[same_line], call[same_line + 1]
    between = np.intersect1d(not_last, not_first)
    board, every = at[not_last], np.arange(n_stop)
    headway = lines["headway_min"].to_numpy(dtype=np.float64)[not_last]
    run_s = lines["run_min"].to_numpy(dtype=np.float64)[not_first] * 60.0
    none = pd.DataFrame({"from_stop": [], "to_stop": [], "walk_s": []})
    walk = (walks if walks is not None else none).query("from_stop in @stops and to_stop in @stops")
    come = access[access["stop_id"].isin(stops)]
    leave = egress[egress["stop_id"].isin(stops)]
    walk_a, walk_b = stops.get_indexer(walk["from_stop"]), stops.get_indexer(walk["to_stop"])
    walk_s = walk["walk_s"].to_numpy(dtype=np.float64)

    arcs = pd.concat(
        [
            _part("access", origins.get_indexer(come["zone_id"]), before + stops.get_indexer(come["stop_id"]),
                 come["time_s"].to_numpy(), item=come.index.to_numpy()),
            _part("walk", before + walk_a, before + walk_b, walk_s, item=walk.index.to_numpy()),
            _part("walk", after + walk_a, after + walk_b, walk_s, item=walk.index.to_numpy()),
            _part("board_first", before + board, leaving + not_last, 0.0, _rate(first_wait, headway), item=not_last),
            _part("board_again", after + board, leaving + not_last, 0.0, _rate(transfer_wait, headway), item=not_last),
            _part("ride", leaving + not_last, coming + not_first, run_s, item=not_first),
            _part("stay", coming + between, leaving + between, 0.0, item=between),
            _part("on_foot", before + every, after + every, 0.0, item=every),
            _part("alight", coming + not_first, after + at[not_first], 0.0, item=not_first),
            _part("egress", after + stops.get_indexer(leave["stop_id"]),
                  ends + destinations.get_indexer(leave["zone_id"]),
                 leave["time_s"].to_numpy(), item=leave.index.to_numpy()),
        ],
        ignore_index=True,
    )  # fmt: skip
    drive = np.zeros(len(arcs), dtype=bool)
    drive[: len(come)] = (come["mode"] == "drive").to_numpy()
    kind, time_s = arcs["kind"].to_numpy(), arcs["time_s"].to_numpy(dtype=np.float64)
    foot = np.isin(kind, ("access", "walk", "egress")) & ~drive
    boards = np.isin(kind, ("board_first", "board_again"))
    # Parking and the way to the platform are part of the drive's time; the car is what the traveller weighs.
    values = np.column_stack([time_s * foot, time_s * drive, time_s * (kind == "ride"), boards * 1.0])
    cost = values[:, :3] @ np.array([weights.walk, weights.drive, weights.ride]) + weights.transfer_s * (
        kind == "board_again"
    )
    graph = graph_from_positions(
        pd.RangeIndex(int(start[-1])), arcs["tail"].to_numpy(np.int32), arcs["head"].to_numpy(np.int32)
    )
    order = graph.edge
    in_arc = np.argsort(graph.head, kind="stable")
    first_in = np.concatenate([[0], np.cumsum(np.bincount(graph.head, minlength=graph.n_nodes))])
    net = StrategyNet(
        first_out=graph.first_out,
        head=graph.head,
        tail=graph.tail,
        first_in=first_in.astype(np.int64),
        in_arc=in_arc.astype(np.int64),
        cost=np.ascontiguousarray(cost[order]),
        rate=np.ascontiguousarray(arcs["rate"].to_numpy(dtype=np.float64)[order]),
        wait_weight=float(weights.wait),
    )
    return StrategyGraph(
        net=net,
        values=np.ascontiguousarray(values[order]),
        arcs=arcs.iloc[order].reset_index(drop=True),
        origins=origins,
        destinations=destinations,
        origin_nodes=np.arange(n_zone),
        destination_nodes=ends + np.arange(len(destinations)),
    )


def _part(
    kind: str,
    tail: IntArray,
    head: IntArray,
    time_s: FloatArray | float,
    rate: FloatArray | float = np.inf,
    *,
    item: IntArray,
) -> pd.DataFrame:
    """Arcs of one kind; `item` is the row of the table they come from."""
    size = len(tail)
    return pd.DataFrame(
        {
            "kind": kind, "tail": tail, "head": head, "time_s": np.broadcast_to(time_s, size),
            "rate": np.broadcast_to(rate, size), "item": item,
        }
    )  # fmt: skip


def _rate(rule: WaitRule, headway_min: FloatArray) -> FloatArray:
    """One over the mean wait in seconds; 0 for lines that do not run."""
    runs = np.isfinite(headway_min)
    wait_s = 60.0 * np.asarray(rule(np.where(runs, headway_min, 1.0)), dtype=np.float64)
    if not (wait_s > 0).all():
        raise DataError("wait rule: gives waits that are not above 0; a line with a headway has a wait")
    return np.where(runs, 1.0 / wait_s, 0.0)
