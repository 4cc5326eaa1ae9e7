"""Edits of what travels: train services, jobs and homes, trips."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from geoplan.demand.demand import Demand, require_class, scale_demand, with_matrices
from geoplan.errors import DataError, name_near
from geoplan.scenario.edit import BaseEdit, match_ids


class SetService(BaseEdit):
    """Give services of the timetable more (or fewer) trains a day, or another running time.

    `between` names the two stops between which the time is saved (or lost); along the whole way when left out.
    """

    do: Literal["set_service"]
    services: tuple[str, ...] = Field(min_length=1)
    column: Literal["trains_per_day", "run_min"]
    value: float = Field(ge=0)
    between: tuple[str, str] | None = None

    @model_validator(mode="after")
    def _time_only(self) -> SetService:
        if self.between is not None and self.column != "run_min":
            raise ValueError("between goes with column = run_min only")
        return self

    def apply_to_services(self, services: pd.DataFrame) -> pd.DataFrame:
        ids = match_ids(self.services, services.index, "service")
        changed = services.copy()
        changed.loc[ids, self.column] = self.value
        if "assumed" in changed:  # a value that a scenario sets is no longer an assumption of the table
            marks = changed.loc[ids, "assumed"].str.split(",")
            changed.loc[ids, "assumed"] = [",".join(m for m in names if m.strip() != self.column) for names in marks]
        return changed


class AddService(BaseEdit):
    """Run trains that the table of services has not; `columns` gives its other columns, such as run_min or line."""

    do: Literal["add_service"]
    id: str
    train_type: Literal["passenger", "freight", "ore", "special"]
    from_node: str
    to_node: str
    trains_per_day: float = Field(ge=0)  # each way
    columns: dict[str, float | str] = Field(default_factory=dict)

    def apply_to_services(self, services: pd.DataFrame) -> pd.DataFrame:
        if self.id in services.index:
            raise DataError(f"a service of the id {self.id!r} exists; use set_service, or another id")
        for name in self.columns:
            if name not in services.columns:
                raise DataError(f"services have no column {name!r}.{name_near(name, list(services.columns))}")
        names = [str(name) for name in services.columns]
        empty = {name: np.nan if pd.api.types.is_numeric_dtype(services[name]) else "" for name in names}
        own = {"train_type": self.train_type, "from_node": self.from_node, "to_node": self.to_node}
        row = {**empty, **own, "trains_per_day": self.trains_per_day, "source": self.source, **self.columns}
        added = pd.DataFrame([row], index=pd.Index([self.id], name=services.index.name))[names]
        return pd.concat([services, added.astype(services.dtypes.to_dict())])


class AddJobs(BaseEdit):
    """More jobs in a zone; trips follow through the study's demand model."""

    do: Literal["add_jobs"]
    zone: str
    jobs: float


class AddHomes(BaseEdit):
    """More homes in a zone; residents and trips follow through the study's demand model."""

    do: Literal["add_homes"]
    zone: str
    homes: float
    workers_per_home: float = Field(default=1.0, ge=0)  # assumed: about 2.2 residents a home, 44 % of them employed


class ScaleDemand(BaseEdit):
    """Multiply trips by a factor: all, or those of some classes, from some zones or to some (ids or patterns)."""

    do: Literal["scale_demand"]
    factor: float = Field(gt=0)
    classes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()

    def apply_to_demand(self, demand: Demand) -> Demand:
        if not self.origins and not self.destinations:
            return scale_demand(demand, self.factor, classes=self.classes or None)
        zones = demand.zones.index
        rows = zones.isin(match_ids(self.origins, zones, "zone")) if self.origins else np.ones(len(zones), dtype=bool)
        columns = (
            zones.isin(match_ids(self.destinations, zones, "zone"))
            if self.destinations
            else np.ones(len(zones), dtype=bool)
        )
        factor = np.where(np.outer(rows, columns), self.factor, 1.0)
        chosen = [require_class(demand, name) for name in self.classes] if self.classes else demand.classes
        return with_matrices(demand, {name: demand.matrices[name] * factor for name in chosen})


class AddTrips(BaseEdit):
    """More trips an hour between two zones, such as those of a new works that the demand model does not know."""

    do: Literal["add_trips"]
    origin: str
    destination: str
    trips_vph: float = Field(gt=0)
    class_name: str | None = None  # the only one when left out

    def apply_to_demand(self, demand: Demand) -> Demand:
        for zone in (self.origin, self.destination):
            if zone not in demand.zones.index:
                near = name_near(zone, [str(known) for known in demand.zones.index])
                raise DataError(f"no zone {zone!r}.{near}")
        if self.class_name is None and len(demand.classes) > 1:
            raise DataError(f"the demand has the classes {', '.join(demand.classes)}; name one as class_name")
        name = require_class(demand, self.class_name or demand.classes[0])
        row, column = demand.zones.index.get_indexer([self.origin, self.destination])
        trips = demand.matrices[name].to_numpy(dtype=np.float64, copy=True)
        trips[row, column] += self.trips_vph
        matrix = pd.DataFrame(trips, index=demand.zones.index, columns=demand.zones.index)
        return with_matrices(demand, {name: matrix})
