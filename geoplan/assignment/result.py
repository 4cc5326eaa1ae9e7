"""What an assignment hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from geoplan.assignment.dead_ends import Core
from geoplan.demand.demand import Demand


@dataclass(frozen=True, eq=False)
class Paths:
    """The ways behind the flows: one bush for each origin and class. Select link, paths and warm starts read it."""

    core: Core
    bushes: tuple
    demand: Demand


@dataclass(frozen=True, eq=False)
class Assignment:
    """Flows on the network and how far they are from equilibrium. Frozen; a record of tables.

    Parameters
    ----------
    flows
        Indexed by `edge_id`: flow_vph (vehicles of all classes), time_s at this flow, vc_ratio (passenger car
        equivalents with preload over capacity, NaN where the capacity is not known), delay_vehh (vehicle hours
        an hour beyond the empty edge); with several classes also `flow_vph_{class}`; `preload_vph` if any.
    skims
        {class: table of seconds from zone to zone at these flows}, inf where there is no way.
    convergence
        One row an iteration: relative_gap, seconds, and what the method tells of itself.
    evaluation
        Series from the independent check (`evaluator.evaluate`): relative_gap, objective, node_balance,
        total_time, shortest_total_time, time_unit_s.
    converged
        Whether the relative gap asked for was reached, by the independent check.
    unassigned
        Trips that are not on the network: class, origin, destination, trips_vph, reason ("same node" or
        "no way").
    meta
        Method, accuracy asked for, and what the result rests on: shares of vehicle metres on edges of unknown
        or assumed capacity.
    """

    flows: pd.DataFrame
    skims: Mapping[str, pd.DataFrame]
    convergence: pd.DataFrame
    evaluation: pd.Series
    converged: bool
    unassigned: pd.DataFrame
    meta: Mapping[str, Any] = field(default_factory=dict)
    paths: Paths | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        figures, used = self.evaluation, int((self.flows["flow_vph"] > 0).sum())
        reached = "converged" if self.converged else "not converged"
        return (
            f"<Assignment by {self.meta.get('method', '?')!r}: {used} of {len(self.flows)} edges in use, "
            f"relative gap {figures['relative_gap']:.1e} ({reached}), "
            f"{self.unassigned['trips_vph'].sum():,.0f} trips an hour off the network>"
        )
