"""One limit on many edges: what a vehicle needs against what each edge and structure allows, before any verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.network.structures import LimitRows
from geoplan.vehicles.gauge import Gauge
from geoplan.vehicles.rules import Rules

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Check:
    """A limit on many edges. Arrays have one entry a row; a single number stands for all rows.

    Parameters
    ----------
    limit, unit
        Name of the limit in tables, unit of its values.
    edge, structure
        Positions in the tables of the network; structure -1 is the edge itself.
    value
        What is allowed, NaN when it is not known, inf when it is known to be unlimited.
    need
        What the vehicle needs; NaN when the vehicle's measure is not known.
    rule_ok
        Where the value is not known: a need up to this passes by rule (-inf: the rule says nothing).
    rule_bad
        Where the value is not known or a permit covers it: a need above this does not pass, by rule.
    permit, permit_top
        The permit that covers a need above a known value, up to `permit_top`.
    rule_permit
        The permit that covers a need above `rule_ok`; empty where no law stands behind the rule.
    legal_top, legal_permit
        A need above `legal_top` is unlawful anywhere without this permit, whatever the edge has room for.
    rule_source
        Source of the rule.
    said
        The sign or tag behind every row, word for word; empty when the value says it all.
    """

    limit: str
    unit: str
    edge: IntArray
    structure: IntArray
    value: FloatArray
    need: FloatArray | float
    rule_ok: FloatArray | float = -np.inf
    rule_bad: FloatArray | float = np.inf
    permit: str = ""
    permit_top: float = np.inf
    rule_permit: str = ""
    legal_top: float = np.inf
    legal_permit: str = ""
    rule_source: str = ""
    kind: str = field(default="edge")
    said: str = ""


@dataclass(frozen=True, eq=False)
class Terms:
    """What the checks are made under: rules, clearance to keep, gauges of the study's own."""

    rules: Rules
    clearance_m: float = 0.0
    gauges: Mapping[str, Gauge] = field(default_factory=dict)
    curve_radius_m: float = np.inf


def pick(
    rows: LimitRows,
    own: NDArray[np.bool_],
    *,
    known_only: bool = False,
    with_structures: bool = False,
    structures_known_only: bool = False,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Edge, structure and value of the rows on the wanted edges.

    known_only: leave out what is not known, but with_structures keeps the unknown limits of structures.
    structures_known_only: leave out the unknown limits of structures, because the line's own limit covers
    them.
    """
    keep = own[rows.edge]
    unknown = np.isnan(rows.value)
    if known_only:
        keep = keep & (~unknown | (with_structures & (rows.structure >= 0)))
    if structures_known_only:
        keep = keep & (~unknown | (rows.structure < 0))
    return rows.edge[keep], rows.structure[keep], rows.value[keep]


def edge_modes(network: Network) -> NDArray[np.object_]:
    """Mode of each edge, (n_edges,), kept with the network."""
    if "edge_modes" not in network._cache:
        network._cache["edge_modes"] = network.edges["mode"].to_numpy(dtype=object)
    return network._cache["edge_modes"]


def below_any(number: float) -> float:
    """A rule's number, -inf where there is no such rule."""
    return -np.inf if np.isnan(number) else number


def above_any(number: float) -> float:
    """A rule's number, inf where there is no such rule."""
    return np.inf if np.isnan(number) else number


def permit_if(number: float, permit: str) -> str:
    """The permit, where the rule behind it exists."""
    return "" if np.isnan(number) else permit
