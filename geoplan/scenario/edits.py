"""Edits as data: what a scenario does to a network, its trips and its train services, one small record each.

Ways and structures are named by id or by a shell-style pattern (`rail_bb_lg_*`). An edit that names nothing that
exists, or a column the schema does not have, is refused in one line.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from geoplan.network.network import Network
from geoplan.network.schema import EDGES, STRUCTURES
from geoplan.scenario.edit import BaseEdit, edges_of_ways, find_column, match_ids, set_edges
from geoplan.scenario.traffic import AddHomes, AddJobs, AddService, AddTrips, ScaleDemand, SetService
from geoplan.scenario.ways import AddWay, AddWays, BanTurn

__all__ = [
    "AddHomes", "AddJobs", "AddService", "AddTrips", "AddWay", "AddWays", "BanTurn", "Close", "DemandEdit", "Edit",
    "NetworkEdit", "Open", "Scale", "ScaleDemand", "ServiceEdit", "Set", "SetService", "SetStructure", "edges_of_ways",
]  # fmt: skip


class Open(BaseEdit):
    """Take planned or closed ways into use."""

    do: Literal["open"]
    ways: tuple[str, ...] = Field(min_length=1)

    def apply_to_network(self, network: Network) -> Network:
        return set_edges(network, edges_of_ways(network, self.ways), "status", "", "")


class Close(BaseEdit):
    """Close ways, or structures with every edge they carry or stand over."""

    do: Literal["close"]
    ways: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    networks: tuple[Literal["road", "rail", "sea", "transfer"], ...] = ()

    @model_validator(mode="after")
    def _names_something(self) -> Close:
        if not self.ways and not self.structures:
            raise ValueError("close needs ways or structures")
        return self

    def apply_to_network(self, network: Network) -> Network:
        edges = edges_of_ways(network, self.ways) if self.ways else pd.Index([])
        if self.structures:
            ids = match_ids(self.structures, network.structures.index, "structure")
            pairs = network.structure_edges
            edges = edges.union(pd.Index(pairs.loc[pairs["structure_id"].isin(ids), "edge_id"]), sort=False)
        if self.networks:
            edges = edges[network.edges.loc[edges, "mode"].isin(self.networks)]
        return set_edges(network, edges, "status", "closed", "")


class Set(BaseEdit):
    """Give a column of ways a new value; `unit`, when it is written, must be the column's own."""

    do: Literal["set"]
    ways: tuple[str, ...] = Field(min_length=1)
    column: str
    value: float | str
    unit: str = ""

    def apply_to_network(self, network: Network) -> Network:
        column = find_column(EDGES, self.column, "edges", self.value, self.unit)
        return set_edges(network, edges_of_ways(network, self.ways), column.name, self.value, self.source)


class Scale(BaseEdit):
    """Multiply a number of ways by a factor; what is not known stays not known."""

    do: Literal["scale"]
    ways: tuple[str, ...] = Field(min_length=1)
    column: str
    factor: float = Field(gt=0)

    def apply_to_network(self, network: Network) -> Network:
        column = find_column(EDGES, self.column, "edges", self.factor)
        edges = edges_of_ways(network, self.ways)
        return set_edges(network, edges, column.name, network.edges.loc[edges, column.name] * self.factor, self.source)


class SetStructure(BaseEdit):
    """Give a column of structures a new value, such as a raised clearance; `unit` as in `set`."""

    do: Literal["set_structure"]
    structures: tuple[str, ...] = Field(min_length=1)
    column: str
    value: float | str
    unit: str = ""

    def apply_to_network(self, network: Network) -> Network:
        column = find_column(STRUCTURES, self.column, "structures", self.value, self.unit)
        ids = match_ids(self.structures, network.structures.index, "structure")
        structures = network.structures.copy()
        structures.loc[ids, column.name] = self.value
        if self.source:
            structures.loc[ids, "source"] = self.source
        return network.replace(structures=structures)


NetworkEdit = Open | Close | Set | Scale | SetStructure | AddWay | AddWays | BanTurn
DemandEdit = AddJobs | AddHomes | ScaleDemand | AddTrips
ServiceEdit = SetService | AddService
Edit = Annotated[NetworkEdit | DemandEdit | ServiceEdit, Field(discriminator="do")]
