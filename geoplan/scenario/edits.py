"""Edits as data: what a scenario does to a network and its demand, one small record each.

Ways and structures are named by id or by a shell-style pattern (`rail_bb_lg_*`). An edit that names nothing that
exists, or a column the schema does not have, is refused in one line.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, ConfigDict, Field, model_validator

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network
from geoplan.network.schema import EDGES, STRUCTURES, Column

_FIXED = frozenset({"u", "v", "way_id", "mode", "source", "confidence", "assumed"})


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str = ""


class Open(_Edit):
    """Take planned or closed ways into use."""

    do: Literal["open"]
    ways: tuple[str, ...] = Field(min_length=1)

    def apply_to_network(self, network: Network) -> Network:
        return _set_edges(network, edges_of_ways(network, self.ways), "status", "", "")


class Close(_Edit):
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
            ids = _match(self.structures, network.structures.index, "structure")
            pairs = network.structure_edges
            edges = edges.union(pd.Index(pairs.loc[pairs["structure_id"].isin(ids), "edge_id"]), sort=False)
        if self.networks:
            edges = edges[network.edges.loc[edges, "mode"].isin(self.networks)]
        return _set_edges(network, edges, "status", "closed", "")


class Set(_Edit):
    """Give a column of ways a new value."""

    do: Literal["set"]
    ways: tuple[str, ...] = Field(min_length=1)
    column: str
    value: float | str

    def apply_to_network(self, network: Network) -> Network:
        column = _column(EDGES, self.column, "edges", self.value)
        return _set_edges(network, edges_of_ways(network, self.ways), column.name, self.value, self.source)


class Scale(_Edit):
    """Multiply a number of ways by a factor; what is not known stays not known."""

    do: Literal["scale"]
    ways: tuple[str, ...] = Field(min_length=1)
    column: str
    factor: float = Field(gt=0)

    def apply_to_network(self, network: Network) -> Network:
        column = _column(EDGES, self.column, "edges", self.factor)
        edges = edges_of_ways(network, self.ways)
        return _set_edges(network, edges, column.name, network.edges.loc[edges, column.name] * self.factor, self.source)


class SetStructure(_Edit):
    """Give a column of structures a new value, such as a raised clearance."""

    do: Literal["set_structure"]
    structures: tuple[str, ...] = Field(min_length=1)
    column: str
    value: float | str

    def apply_to_network(self, network: Network) -> Network:
        column = _column(STRUCTURES, self.column, "structures", self.value)
        ids = _match(self.structures, network.structures.index, "structure")
        structures = network.structures.copy()
        structures.loc[ids, column.name] = self.value
        if self.source:
            structures.loc[ids, "source"] = self.source
        return network.replace(structures=structures)


class AddWay(_Edit):
    """Add a way, both directions, between two nodes; a straight line unless WKT in the network's CRS is given."""

    do: Literal["add_way"]
    id: str
    from_node: str
    to_node: str
    mode: Literal["road", "rail", "sea", "transfer"]
    length_m: float | None = Field(default=None, gt=0)
    wkt: str = ""
    oneway: bool = False
    columns: dict[str, float | str] = Field(default_factory=dict)

    def apply_to_network(self, network: Network) -> Network:
        for node in (self.from_node, self.to_node):
            if node not in network.nodes.index:
                near = name_near(node, network.nodes.index.astype(str).to_list())
                raise DataError(f"add_way {self.id}: no node {node!r}.{near}")
        if (network.edges["way_id"] == self.id).any():
            raise DataError(f"add_way {self.id}: a way of that id exists; use set, or another id")
        values = {_column(EDGES, name, "edges", value).name: value for name, value in self.columns.items()}
        line = self._line(network)
        length = self.length_m if self.length_m is not None else line.length
        common = {"way_id": self.id, "mode": self.mode, "length_m": length, "source": self.source, **values}
        rows = [{**common, "edge_id": f"{self.id}:f", "u": self.from_node, "v": self.to_node, "geometry": line}]
        if not self.oneway:
            rows.append(
                {
                    **common,
                    "edge_id": f"{self.id}:b",
                    "u": self.to_node,
                    "v": self.from_node,
                    "geometry": line.reverse(),
                }
            )
        added = gpd.GeoDataFrame(rows, geometry="geometry", crs=network.crs).set_index("edge_id")
        table = pd.concat([pd.DataFrame(network.edges), pd.DataFrame(added)])
        return network.replace(edges=gpd.GeoDataFrame(table, geometry="geometry", crs=network.crs))

    def _line(self, network: Network) -> shapely.LineString:
        if not self.wkt:
            return shapely.LineString([network.nodes.geometry[self.from_node], network.nodes.geometry[self.to_node]])
        try:
            line = shapely.from_wkt(self.wkt)
        except shapely.errors.GEOSException as fault:
            raise DataError(f"add_way {self.id}: wkt cannot be read ({fault}); give a LINESTRING") from fault
        if line.geom_type != "LineString":
            raise DataError(f"add_way {self.id}: wkt is a {line.geom_type}; give a LINESTRING")
        return line


class SetService(_Edit):
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
        ids = _match(self.services, services.index, "service")
        changed = services.copy()
        changed.loc[ids, self.column] = self.value
        if "assumed" in changed:  # a value that a scenario sets is no longer an assumption of the table
            marks = changed.loc[ids, "assumed"].str.split(",")
            changed.loc[ids, "assumed"] = [",".join(m for m in names if m.strip() != self.column) for names in marks]
        return changed


class AddJobs(_Edit):
    """More jobs in a zone; trips follow through the study's demand model."""

    do: Literal["add_jobs"]
    zone: str
    jobs: float


class AddHomes(_Edit):
    """More homes in a zone; residents and trips follow through the study's demand model."""

    do: Literal["add_homes"]
    zone: str
    homes: float
    workers_per_home: float = Field(default=1.0, ge=0)  # assumed: about 2.2 residents a home, 44 % of them employed


class ScaleDemand(_Edit):
    """Multiply all trips by a factor."""

    do: Literal["scale_demand"]
    factor: float = Field(gt=0)


NetworkEdit = Open | Close | Set | Scale | SetStructure | AddWay
DemandEdit = AddJobs | AddHomes | ScaleDemand
ServiceEdit = SetService
Edit = Annotated[NetworkEdit | DemandEdit | ServiceEdit, Field(discriminator="do")]


def edges_of_ways(network: Network, ways: tuple[str, ...]) -> pd.Index:
    """Ids of the edges of the named ways (way ids, edge ids or patterns)."""
    edges = network.edges
    found = _match(ways, pd.Index(edges["way_id"].astype(str).unique()), "way", also=edges.index)
    return edges.index[(edges["way_id"].astype(str).isin(found) | edges.index.isin(found)).to_numpy()]


def _match(patterns: tuple[str, ...], known: pd.Index, what: str, also: pd.Index | None = None) -> list[str]:
    """Ids that the patterns name; each pattern must name at least one."""
    found: dict[str, None] = {}
    for pattern in patterns:
        if pattern in known or (also is not None and pattern in also):
            found[pattern] = None
            continue
        matches = [name for name in known if fnmatchcase(str(name), pattern)] if set(pattern) & set("*?[") else []
        if not matches:
            near = name_near(pattern, [str(name) for name in known])
            raise DataError(f"no {what} is called {pattern!r}.{near}")
        found.update(dict.fromkeys(matches))
    return list(found)


def _column(table: tuple[Column, ...], name: str, what: str, value: float | str) -> Column:
    """The schema column, when it may be edited and the value is of its kind."""
    editable = {column.name: column for column in table if column.name not in _FIXED}
    if name not in editable:
        raise DataError(f"{what} have no column {name!r} that can be set.{name_near(name, list(editable))}")
    column = editable[name]
    if column.kind == "float" and isinstance(value, str):
        raise DataError(f"{name} is a number, not {value!r}; give it in the unit of its name")
    if column.kind == "text" and not isinstance(value, str):
        raise DataError(f"{name} is a text, not {value!r}; write it in quotes")
    return column


def _set_edges(network: Network, ids: pd.Index, column: str, value: object, source: str) -> Network:
    edges = network.edges.copy()
    edges.loc[ids, column] = value
    # A value that a scenario sets is no longer the door's assumption.
    edges.loc[ids, "assumed"] = [
        ",".join(part for part in text.split(",") if part and part != column) for text in edges.loc[ids, "assumed"]
    ]
    if source:
        old = edges.loc[ids, "source"]
        edges.loc[ids, "source"] = np.where(old == "", source, old + "; scenario: " + source)
    return network.replace(edges=edges)
