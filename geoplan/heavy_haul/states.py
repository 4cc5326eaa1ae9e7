"""Where the load is and what carries it: the graph of (node, vehicle) that every heavy-haul question is asked
on.

One copy of the network's nodes for each vehicle that can take the load, and one for the load on the ground.
Edges of a vehicle's mode join nodes of its copy. Transfer edges lead between copies: from the ground onto a
vehicle, off it, or straight from one vehicle to another.

    ground     hub                     hub'
                |  load (transfer)      ^  unload (transfer)
    vehicle 1  hub@rail ---- ... ---- hub'@rail

A start and an end state join all states at the origin and at the destination.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.heavy_haul.costs import edge_effort, handling, leg_start_cost
from geoplan.heavy_haul.turns import barred_turns, take_apart
from geoplan.network.graph import graph_from_positions
from geoplan.network.network import Network
from geoplan.routing.cost import in_use
from geoplan.routing.kernels import shortest_path
from geoplan.vehicles.check import Terms, edge_modes
from geoplan.vehicles.limits import NOT_OK, OK, worst_codes
from geoplan.vehicles.vehicle import Vehicle

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
CARRIERS = ("road", "rail", "sea")


@dataclass(frozen=True, eq=False)
class States:
    """The graph of states in CSR form. Arrays have shape (n_arcs,) unless said otherwise.

    first_out, head, tail : as in `Graph`
    edge : row of `network.edges`, -1 for the arcs of start and end
    vehicle : position in `vehicles` of what moves, is loaded (load = 1) or unloaded (load = -1); -1 for none
    load : 1 the arc takes the load up, -1 puts it down, 2 hands it from a vehicle (`other`) to another, 0
    moves it other : vehicle that hands the load over, -1 for none
    code : verdict of the vehicle on the edge, as in `limits`
    barred : the arc is a turn that the vehicle may not or cannot make; its code is NOT_OK
    driving_h, time_h, cost_sek : effort
    node : (n_states,) node of each state, -1 for start and end
    through : (n_states,) whether a way may go on from the state
    """

    network: Network
    vehicles: tuple[Vehicle, ...]
    first_out: IntArray
    head: IntArray
    tail: IntArray
    edge: IntArray
    vehicle: IntArray
    load: IntArray
    other: IntArray
    code: NDArray[np.int8]
    barred: NDArray[np.bool_]
    driving_h: FloatArray
    time_h: FloatArray
    cost_sek: FloatArray
    node: NDArray[np.int64]
    through: NDArray[np.bool_]
    start: int
    end: int

    def search(self, cost: FloatArray) -> IntArray | None:
        """Arcs of the cheapest way from start to end, None when there is none."""
        distance, arcs = shortest_path(
            self.first_out, self.head, self.tail, np.ascontiguousarray(cost), self.start, self.end, self.through
        )
        return arcs if np.isfinite(distance) else None


class _Arcs:
    """Collects arcs of equal kind, array by array."""

    def __init__(self) -> None:
        self.parts: list[tuple[NDArray, ...]] = []

    def add(
        self,
        tail: NDArray,
        head: NDArray,
        edge: NDArray | int,
        vehicle: int,
        load: int,
        code: NDArray | int,
        driving_h: NDArray | float,
        time_h: NDArray | float,
        cost_sek: NDArray | float,
        other: int = -1,
    ) -> None:
        shape = np.shape(tail)
        values = (tail, head, edge, vehicle, load, other, code, driving_h, time_h, cost_sek)
        self.parts.append(tuple(np.broadcast_to(value, shape) for value in values))

    def columns(self) -> list[NDArray]:
        return [np.concatenate([part[i] for part in self.parts]) for i in range(10)]


def build_states(
    network: Network,
    vehicles: tuple[Vehicle, ...],
    origin: int,
    destination: int | list[int],
    *,
    permits: tuple[str, ...],
    terms: Terms,
    rates: dict[str, float],
) -> States:
    """The states of laden vehicles between a node and one or several others (positions in `network.nodes`)."""
    n = len(network.nodes)
    destinations = [destination] if isinstance(destination, int) else destination
    edges = network.edges
    u = network.nodes.index.get_indexer(edges["u"]).astype(np.int64)
    v = network.nodes.index.get_indexer(edges["v"]).astype(np.int64)
    mode = edge_modes(network)
    usable = in_use(network)
    touches = {name: _touched(u, v, mode == name, n) for name in CARRIERS}
    on_ground = ~np.logical_or.reduce(list(touches.values()))
    transfer = np.flatnonzero(usable & (mode == "transfer"))
    start, end = (len(vehicles) + 1) * n, (len(vehicles) + 1) * n + 1

    arcs = _Arcs()
    codes = []
    for k, vehicle in enumerate(vehicles):
        base = (k + 1) * n
        code = worst_codes(network, vehicle, permits=permits, terms=terms)
        codes.append(code)
        effort = edge_effort(network, vehicle, rates)
        rows = np.flatnonzero(usable & (mode == vehicle.mode))
        arcs.add(
            base + u[rows],
            base + v[rows],
            rows,
            k,
            0,
            code[rows],
            effort.driving_h[rows],
            effort.time_h[rows],
            effort.cost_sek[rows],
        )
        hours, sek = handling(vehicle, rates)
        first = leg_start_cost(vehicle, rates)
        here = touches[vehicle.mode]
        up = transfer[on_ground[u[transfer]] & here[v[transfer]]]
        arcs.add(u[up], base + v[up], up, k, 1, code[up], 0.0, hours, sek + first)
        down = transfer[here[u[transfer]] & on_ground[v[transfer]]]
        arcs.add(base + u[down], v[down], down, k, -1, code[down], 0.0, hours, sek)
        if here[origin]:
            arcs.add(np.array([start]), np.array([base + origin]), -1, k, 1, OK, 0.0, hours, sek + first)
        for place in destinations:
            if here[place]:
                arcs.add(np.array([base + place]), np.array([end]), -1, k, -1, OK, 0.0, hours, sek)
    _hand_over(arcs, network, vehicles, u, v, transfer, touches, codes, rates)
    if on_ground[origin]:
        arcs.add(np.array([start]), np.array([origin]), -1, -1, 0, OK, 0.0, 0.0, 0.0)
    for place in destinations:
        if on_ground[place]:
            arcs.add(np.array([place]), np.array([end]), -1, -1, 0, OK, 0.0, 0.0, 0.0)
    if not arcs.parts:
        arcs.add(np.array([], dtype=np.int64), np.array([], dtype=np.int64), -1, -1, 0, OK, 0.0, 0.0, 0.0)
    goes_on = (network.nodes["kind"] != "centroid").to_numpy(dtype=bool, copy=True)
    goes_on[[origin, *destinations]] = True
    barred = {k: barred_turns(network, vehicle) for k, vehicle in enumerate(vehicles)}
    state_node = np.append(np.tile(np.arange(n), len(vehicles) + 1), [-1, -1])
    columns, state_node, closed = take_apart(arcs.columns(), state_node, barred)
    # Start and end stay the last two states.
    last = len(state_node)
    order = np.r_[0:start, end + 1 : last, start, end]
    number = np.empty(last, dtype=np.int64)
    number[order] = np.arange(last)
    columns[:2] = [number[columns[0].astype(np.int64)], number[columns[1].astype(np.int64)]]
    node = state_node[order]
    through = np.append(goes_on[node[:-2]], [True, True])
    return _sorted_states(network, vehicles, columns, closed, node, through)


def _sorted_states(
    network: Network,
    vehicles: tuple[Vehicle, ...],
    columns: list[NDArray],
    barred: NDArray[np.bool_],
    node: NDArray[np.int64],
    through: NDArray[np.bool_],
) -> States:
    tail, head, edge, vehicle, load, other, code, driving, time, cost = columns
    graph = graph_from_positions(pd.RangeIndex(len(node)), tail.astype(np.int32), head.astype(np.int32))
    order = graph.edge
    return States(
        network=network,
        vehicles=vehicles,
        first_out=graph.first_out,
        head=graph.head,
        tail=graph.tail,
        edge=edge[order].astype(np.int32),
        vehicle=vehicle[order].astype(np.int32),
        load=load[order].astype(np.int32),
        other=other[order].astype(np.int32),
        code=np.where(barred, NOT_OK, code)[order].astype(np.int8),
        barred=barred[order],
        driving_h=driving[order].astype(np.float64),
        time_h=time[order].astype(np.float64),
        cost_sek=cost[order].astype(np.float64),
        node=node,
        through=through,
        start=len(node) - 2,
        end=len(node) - 1,
    )


def _hand_over(
    arcs: _Arcs,
    network: Network,
    vehicles: tuple[Vehicle, ...],
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    transfer: NDArray[np.int64],
    touches: dict[str, NDArray[np.bool_]],
    codes: list[NDArray[np.int8]],
    rates: dict[str, float],
) -> None:
    """Arcs of transfers that join two modes without a hub between them: down from one vehicle, up onto another."""
    n = len(network.nodes)
    for i, giver in enumerate(vehicles):
        for k, taker in enumerate(vehicles):
            rows = transfer[touches[giver.mode][u[transfer]] & touches[taker.mode][v[transfer]]]
            if len(rows) == 0 or giver.mode == taker.mode:
                continue
            hours_down, sek_down = handling(giver, rates)
            hours_up, sek_up = handling(taker, rates)
            # A ship with gear of its own needs no crane, whichever of the two it is.
            code = np.minimum(codes[i][rows], codes[k][rows])
            arcs.add(
                (i + 1) * n + u[rows],
                (k + 1) * n + v[rows],
                rows,
                k,
                2,
                code,
                0.0,
                hours_down + hours_up,
                sek_down + sek_up + leg_start_cost(taker, rates),
                other=i,
            )


def open_arcs(states: States, worst_allowed: int) -> NDArray[np.bool_]:
    """Arcs whose verdict is no worse than allowed."""
    return states.code <= min(worst_allowed, NOT_OK - 1)


def _touched(u: NDArray[np.int64], v: NDArray[np.int64], which: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    touched = np.zeros(n, dtype=bool)
    touched[u[which]] = True
    touched[v[which]] = True
    return touched
