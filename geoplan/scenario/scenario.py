"""A scenario: named edits, applied in order to a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from geoplan.demand.demand import Demand
from geoplan.demand.trip_growth import grow_demand
from geoplan.errors import DataError
from geoplan.io.config_faults import said
from geoplan.network.network import Network
from geoplan.scenario.edits import AddHomes, AddJobs, AddService, AddTrips, Edit, ScaleDemand, SetService

_READ = TypeAdapter(Edit)


@dataclass(frozen=True)
class Scenario:
    """What changes, when, and what it costs.

    Parameters
    ----------
    id
        Short name, used in files and links.
    edits
        Edits (see `geoplan.scenario.edits`) or the plain dictionaries they are read from.
    title
        Name for people by language, such as {"sv": "Ny rv 50", "en": "New rv 50"}.
    year, cost_msek, step, source
        When, investment in million SEK, step 1-4 of the four-step principle, and where the figures come from; None is
        not known.
    """

    id: str
    edits: Sequence[Any] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    year: int | None = None
    cost_msek: float | None = None
    step: int | None = None
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "edits", tuple(_read(self.id, k, edit) for k, edit in enumerate(self.edits)))

    def name(self, lang: str = "en") -> str:
        """Name for people, the id when there is none."""
        return self.title.get(lang) or next(iter(self.title.values()), self.id)

    def apply(self, network: Network, demand: Demand | None = None) -> tuple[Network, Demand | None]:
        """Network and demand of the scenario; the input stays as it was.

        Raises
        ------
        DataError
            An edit names what does not exist, or changes trips where there is no demand; says which scenario and edit.
        """
        growth: list[AddJobs | AddHomes] = []
        for k, edit in enumerate(self.edits):
            try:
                if isinstance(edit, AddJobs | AddHomes):
                    growth.append(edit)
                elif isinstance(edit, ScaleDemand | AddTrips):
                    demand = edit.apply_to_demand(_require(demand))
                elif not isinstance(edit, SetService | AddService):
                    network = edit.apply_to_network(network)
            except DataError as fault:
                raise DataError(f"scenario {self.id}, edit {k + 1} ({edit.do}): {fault}") from fault
        if growth:
            try:
                demand = _grow(_require(demand), growth)
            except DataError as fault:
                raise DataError(f"scenario {self.id}: {fault}") from fault
        return network, demand

    @property
    def changes_services(self) -> bool:
        return any(isinstance(edit, SetService | AddService) for edit in self.edits)

    def apply_to_services(self, services: pd.DataFrame) -> pd.DataFrame:
        """Services of the timetable, by `service_id`, that run in the scenario, with its changes."""
        if "scenario" in services:
            services = services[services["scenario"].isin(["", self.id])]
        for k, edit in enumerate(self.edits):
            if isinstance(edit, SetService | AddService):
                try:
                    services = edit.apply_to_services(services)
                except DataError as fault:
                    raise DataError(f"scenario {self.id}, edit {k + 1} ({edit.do}): {fault}") from fault
        return services


def _require(demand: Demand | None) -> Demand:
    if demand is None:
        raise DataError("there is no demand to change; give the study zones and a demand")
    return demand


def _grow(demand: Demand, edits: Sequence[AddJobs | AddHomes]) -> Demand:
    """All new jobs and homes at once, so that their order does not matter."""
    jobs: dict[str, float] = {}
    homes: dict[str, float] = {}
    rates = {edit.workers_per_home for edit in edits if isinstance(edit, AddHomes)} or {1.0}
    if len(rates) > 1:
        raise DataError(f"add_homes: workers_per_home differs ({', '.join(map(str, sorted(rates)))}); use one value")
    for edit in edits:
        table, amount = (jobs, edit.jobs) if isinstance(edit, AddJobs) else (homes, edit.homes)
        table[edit.zone] = table.get(edit.zone, 0.0) + amount
    return grow_demand(demand, jobs=jobs, homes=homes, workers_per_home=rates.pop())


def _read(scenario: str, k: int, edit: Any) -> Any:
    if not isinstance(edit, Mapping):
        return edit
    try:
        return _READ.validate_python(dict(edit))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"scenario {scenario}, edit {k + 1}: {where or 'edit'} {said(first)}") from fault
