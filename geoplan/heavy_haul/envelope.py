"""The export envelope: how heavy a load of each height and width gets out, by which mode, and what binds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.heavy_haul.capacity import TINY, Capacity, edge_capacity
from geoplan.heavy_haul.costs import cost_rates
from geoplan.heavy_haul.fixes import apply_fixes
from geoplan.heavy_haul.places import load_place, load_places
from geoplan.heavy_haul.plan import emptied
from geoplan.heavy_haul.states import States, build_states
from geoplan.heavy_haul.widest import widest_path
from geoplan.network.names import node_titles, place_title
from geoplan.network.network import Network
from geoplan.routing.points import Point
from geoplan.vehicles.catalogue import home_fleet, vehicle
from geoplan.vehicles.checks import Terms
from geoplan.vehicles.gauge import Gauge
from geoplan.vehicles.limits import Unknown, make_terms
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS, check_permits, rules_for
from geoplan.vehicles.vehicle import Vehicle

FloatArray = NDArray[np.float64]
WIDTHS_M = (3.0, 3.6, 4.0, 4.5, 5.0)
MODES = ("best", "road", "rail")

NO_GAIN = {"width_m": np.nan, "height_m": np.nan, "before_t": np.nan, "after_t": np.nan, "gain_t": 0.0}
COLUMNS = [
    "scenario",
    "mode",
    "width_m",
    "height_m",
    "weight_t",
    "port",
    "chain",
    "weight_limit",
    "weight_by",
    "weight_structure_id",
    "height_limit",
    "height_by",
    "height_structure_id",
]


def export_envelope(
    network: Network | Mapping[str, Network],
    origin: Point,
    ports: Sequence[Point],
    *,
    widths_m: Sequence[float] = WIDTHS_M,
    length_m: float = 10.5,
    modes: Sequence[str] = MODES,
    vehicles: Iterable[str | Vehicle] | None = None,
    unknown: Unknown = "pass",
    permits: tuple[str, ...] = USUAL_PERMITS,
    clearance_m: float = 0.0,
    rules: str | None = None,
    gauges: Mapping[str, Gauge] | None = None,
) -> pd.DataFrame:
    """The frontier of loads that reach any of the ports: the corners of weight against height, for each
    width.

    For one width the largest weight falls in steps as the height grows, and can only step where the height
    reaches the limit of some edge for some vehicle. At each of these heights the widest way over all vehicles
    and transfers gives the largest weight exactly.

    Parameters
    ----------
    network
        A network, or several by the name of their scenario.
    ports
        Points of which any will do.
    widths_m, length_m
        Widths of the load to sweep, and its length.
    modes
        "best" (any chain), "road" and "rail" (that mode on land, with sea behind it).
    vehicles, unknown, permits, clearance_m, rules, gauges
        As in `plan_transport`.

    Returns
    -------
    Table, one row a corner: scenario, mode, width_m, height_m (inf: no known limit binds), weight_t, port,
    chain (vehicles), and what binds the weight and the height there: limit, name of the place, structure_id
    (empty for a section or for the vehicle itself). A load of that width passes when its weight and height
    are no larger than those of some corner.
    """
    networks = network if isinstance(network, Mapping) else {"": network}
    may = check_permits(permits)
    if not len(ports):
        raise DataError("ports: no port was given; name one")
    wrong = [mode for mode in modes if mode not in MODES]
    if wrong:
        raise DataError(f"modes: {wrong[0]!r} is not known; use {', '.join(MODES)}")
    tables = []
    for scenario, one in networks.items():
        terms = make_terms(clearance_m, rules_for(one, rules), gauges)
        for width in widths_m:
            sweep = _sweep(one, origin, ports, width, length_m, vehicles, unknown, may, terms)
            tables += [_corners(sweep, mode).assign(scenario=scenario, mode=mode, width_m=width) for mode in modes]
    filled = [table for table in tables if len(table)]
    return (pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS))[COLUMNS]


def fix_gains(
    network: Network,
    origin: Point,
    ports: Sequence[Point],
    structure_ids: Sequence[object] | None = None,
    *,
    mode: str = "best",
    **options: Any,
) -> pd.DataFrame:
    """What each fix adds to the envelope: the largest weight before and after it, at every corner it moves.

    Parameters
    ----------
    structure_ids
        Structures to try; None: those that bind a corner today.
    mode, options
        As in `export_envelope`.

    Returns
    -------
    Table: structure_id, name, fix_cost_msek, width_m, height_m, before_t, after_t, gain_t. Structures whose
    fix moves no corner have one row with gain 0.
    """
    today = export_envelope(network, origin, ports, modes=(mode,), **options)
    if structure_ids is None:
        binding = pd.concat([today["weight_structure_id"], today["height_structure_id"]])
        structure_ids = [i for i in dict.fromkeys(binding) if i != ""]
    rows = []
    for structure in structure_ids:
        fixed = apply_fixes(network, [structure])
        then = export_envelope(fixed, origin, ports, modes=(mode,), **options)
        found = [row for row in _gains(today, then) if row["gain_t"] > TINY]
        about = {
            "structure_id": structure,
            "name": place_title(network, structure, ""),
            "fix_cost_msek": float(network.structures.loc[structure, "fix_cost_msek"]),
        }
        rows += [{**about, **row} for row in found or [NO_GAIN]]
    columns = ["structure_id", "name", "fix_cost_msek", "width_m", "height_m", "before_t", "after_t", "gain_t"]
    return pd.DataFrame(rows, columns=columns)


def weight_at(envelope: pd.DataFrame, height_m: float) -> float:
    """Largest weight at a height from the corners of one width, mode and scenario; 0 when nothing of it gets out."""
    fits = envelope["height_m"] >= height_m
    return float(envelope.loc[fits, "weight_t"].max()) if fits.any() else 0.0


def _gains(today: pd.DataFrame, then: pd.DataFrame) -> list[dict[str, float]]:
    rows = []
    for width in sorted(set(then["width_m"])):
        before, after = today[today["width_m"] == width], then[then["width_m"] == width]
        for height in sorted(set(before["height_m"]) | set(after["height_m"])):
            old, new = weight_at(before, height), weight_at(after, height)
            rows.append({"width_m": width, "height_m": height, "before_t": old, "after_t": new, "gain_t": new - old})
    return rows


@dataclass(frozen=True, eq=False)
class _Sweep:
    """One width: the states, and what each arc lets through."""

    states: States
    capacities: list[Capacity]
    weight_t: FloatArray
    height_m: FloatArray
    giver: NDArray[np.bool_]


def _sweep(
    network: Network,
    origin: Point,
    ports: Sequence[Point],
    width_m: float,
    length_m: float,
    vehicles: Iterable[str | Vehicle] | None,
    unknown: Unknown,
    permits: tuple[str, ...],
    terms: Terms,
) -> _Sweep:
    light = Load("light", TINY, length_m, width_m, TINY)
    fleet = home_fleet() if vehicles is None else [vehicle(v) if isinstance(v, str) else v for v in vehicles]
    empty = [emptied(v) if v.divisible else v for v in fleet if not (v.divisible and vehicles is None)]
    fit = [v for v in empty if not v.refuses(light)]
    states = build_states(
        network,
        tuple(v.carrying(light) for v in fit),
        load_place(network, origin, fit),
        load_places(network, list(ports), fit),
        permits=permits,
        terms=terms,
        rates=cost_rates(),
    )
    capacities = [
        edge_capacity(network, v, width_m, length_m, unknown=unknown, permits=permits, terms=terms) for v in fit
    ]
    n_arcs = len(states.edge)
    weight, height = np.full(n_arcs, np.inf), np.full(n_arcs, np.inf)
    giver = np.zeros(n_arcs, dtype=bool)
    for k, capacity in enumerate(capacities):
        own = (states.vehicle == k) & (states.edge >= 0)
        weight[own] = capacity.weight_t[states.edge[own]]
        height[own] = capacity.height_m[states.edge[own]]
        # Where the load begins or ends on a vehicle without a hub, the vehicle's pay-load is all that binds.
        bare = (states.vehicle == k) & (states.edge < 0)
        weight[bare] = states.vehicles[k].payload_t
    for k, capacity in enumerate(capacities):
        other = (states.other == k) & (states.edge >= 0)
        wider = capacity.weight_t[states.edge[other]] > weight[other]
        rows = np.flatnonzero(other)[wider]
        # Handed over by the gear of either; each vehicle's own pay-load binds on its own edges.
        weight[rows] = capacity.weight_t[states.edge[rows]]
        giver[rows] = True
    weight[states.barred] = 0.0
    return _Sweep(states, capacities, weight, height, giver)


def _corners(sweep: _Sweep, mode: str) -> pd.DataFrame:
    """Corners of one width and mode, from the highest weight to the greatest height."""
    states = sweep.states
    allowed = np.array([mode in ("best", v.mode) or v.mode == "sea" for v in states.vehicles] + [True])
    open_to = allowed[states.vehicle] & allowed[states.other]
    heights = np.unique(sweep.height_m[open_to & (sweep.height_m > 0)])
    rows: list[dict[str, object]] = []
    heaviest = np.inf
    for height in heights:
        wide = np.where(open_to & (sweep.height_m >= height), sweep.weight_t, 0.0)
        weight = widest_path(states.first_out, states.head, wide, states.start, states.end, states.through)
        if weight <= TINY:
            break
        row = _corner(sweep, open_to, float(height), float(weight))
        if rows and weight >= heaviest * (1 - 1e-12):
            rows[-1] = row
        else:
            rows.append(row)
        heaviest = weight
    return pd.DataFrame(rows, columns=[column for column in COLUMNS if column not in ("scenario", "mode", "width_m")])


def _corner(sweep: _Sweep, open_to: NDArray[np.bool_], height: float, weight: float) -> dict[str, object]:
    """One corner: the cheapest way that reaches it, and what binds on it."""
    states = sweep.states
    wide_enough = open_to & (sweep.height_m >= height) & (sweep.weight_t >= weight)
    way = states.search(np.where(wide_enough, states.cost_sek, np.inf))
    assert way is not None  # the search for the weight has just found one
    tightest = way[np.argmin(sweep.weight_t[way])]
    lowest = way[np.argmin(sweep.height_m[way])]
    weight_limit, weight_by, weight_structure = _binding(sweep, int(tightest), "weight")
    height_limit, height_by, height_structure = ("", "", "")
    if np.isfinite(height):
        height_limit, height_by, height_structure = _binding(sweep, int(lowest), "height")
    moving = [int(k) for k in dict.fromkeys(states.vehicle[way]) if k >= 0]
    port = states.network.nodes.index[states.node[states.tail[way[-1]]]]
    return {
        "height_m": height,
        "weight_t": weight,
        "port": node_titles(states.network)[port],
        "chain": " - ".join(states.vehicles[k].name for k in moving),
        "weight_limit": weight_limit,
        "weight_by": weight_by,
        "weight_structure_id": weight_structure,
        "height_limit": height_limit,
        "height_by": height_by,
        "height_structure_id": height_structure,
    }


def _binding(sweep: _Sweep, arc: int, what: str) -> tuple[str, str, str]:
    """Limit, name of the place and structure id that bind an arc."""
    states = sweep.states
    k = int(states.other[arc]) if sweep.giver[arc] else int(states.vehicle[arc])
    if k < 0:
        return "", "", ""
    capacity = sweep.capacities[k]
    edge = int(states.edge[arc])
    row = -1 if edge < 0 else int((capacity.weight_by if what == "weight" else capacity.height_by)[edge])
    if row < 0:
        return ("payload_t", states.vehicles[k].name, "") if what == "weight" else ("", "", "")
    limit, structure, place = capacity.limit[row], int(capacity.structure[row]), int(capacity.edge[row])
    network = states.network
    structure_id = network.structures.index[structure] if structure >= 0 else ""
    return limit, place_title(network, structure_id, network.edges.index[place]), str(structure_id)
