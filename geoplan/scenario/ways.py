"""Edits that build: ways by their nodes, from a drawn line or a table, and bans on turns."""

from __future__ import annotations

import json
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network
from geoplan.network.schema import EDGES
from geoplan.scenario.edit import BaseEdit, edges_of_ways, find_column

Mode = Literal["road", "rail", "sea", "transfer"]


class AddWay(BaseEdit):
    """Add a way, both directions, between two nodes or along a drawn line.

    The line is WKT in the network's CRS, or GeoJSON (a geometry or a feature, as text or table) in degrees; without one
    the way is straight. Ends that name no node come to the nearest node within `snap_m` of the ends of the line.
    """

    do: Literal["add_way"]
    id: str
    mode: Mode
    from_node: str = ""
    to_node: str = ""
    length_m: float | None = Field(default=None, gt=0)
    wkt: str = ""
    geojson: str | dict[str, Any] = ""
    snap_m: float = Field(default=50.0, ge=0)
    oneway: bool = False
    columns: dict[str, float | str] = Field(default_factory=dict)

    def apply_to_network(self, network: Network) -> Network:
        for node in (self.from_node, self.to_node):
            if node and node not in network.nodes.index:
                near = name_near(node, network.nodes.index.astype(str).to_list())
                raise DataError(f"add_way {self.id}: no node {node!r}.{near}")
        if (network.edges["way_id"] == self.id).any():
            raise DataError(f"add_way {self.id}: a way of that id exists; use set, or another id")
        values = {find_column(EDGES, name, "edges", value).name: value for name, value in self.columns.items()}
        start, end, line = self._ends(network)
        length = self.length_m if self.length_m is not None else line.length
        common = {"way_id": self.id, "mode": self.mode, "length_m": length, "source": self.source, **values}
        rows = [{**common, "edge_id": f"{self.id}:f", "u": start, "v": end, "geometry": line}]
        if not self.oneway:
            rows.append({**common, "edge_id": f"{self.id}:b", "u": end, "v": start, "geometry": line.reverse()})
        added = gpd.GeoDataFrame(rows, geometry="geometry", crs=network.crs).set_index("edge_id")
        table = pd.concat([pd.DataFrame(network.edges), pd.DataFrame(added)])
        return network.replace(edges=gpd.GeoDataFrame(table, geometry="geometry", crs=network.crs))

    def _ends(self, network: Network) -> tuple[Any, Any, shapely.LineString]:
        """Both nodes, and the line between them."""
        drawn = self._drawn(network)
        points = network.nodes.geometry
        if drawn is None:
            if not self.from_node or not self.to_node:
                raise DataError(f"add_way {self.id}: give from_node and to_node, or a line as wkt or geojson")
            return self.from_node, self.to_node, shapely.LineString([points[self.from_node], points[self.to_node]])
        coordinates = shapely.get_coordinates(drawn)
        start = self.from_node or self._near(network, coordinates[0], "start")
        end = self.to_node or self._near(network, coordinates[-1], "end")
        for at, node in ((0, start), (-1, end)):
            if shapely.distance(shapely.Point(coordinates[at]), points[node]) <= self.snap_m:
                coordinates[at] = points[node].x, points[node].y
        return start, end, shapely.LineString(coordinates)

    def _near(self, network: Network, point: np.ndarray, which: str) -> Any:
        """The nearest node to an end of the line."""
        away = shapely.distance(network.nodes.geometry.array, shapely.Point(point))
        nearest = int(np.argmin(away))
        node = network.nodes.index[nearest]
        if away[nearest] > self.snap_m:
            raise DataError(
                f"add_way {self.id}: the {which} of the line is {away[nearest]:,.0f} m from the nearest node {node!r}; "
                f"draw it to a node, name the node, or raise snap_m ({self.snap_m:g})"
            )
        return node

    def _drawn(self, network: Network) -> shapely.LineString | None:
        if self.wkt and self.geojson:
            raise DataError(f"add_way {self.id}: wkt and geojson are both given; keep one")
        if not self.wkt and not self.geojson:
            return None
        what = "wkt" if self.wkt else "geojson"
        try:
            line = shapely.from_wkt(self.wkt) if self.wkt else _from_geojson(self.geojson)
        except (shapely.errors.GEOSException, ValueError, KeyError, TypeError) as fault:
            raise DataError(f"add_way {self.id}: {what} cannot be read ({fault}); give a LineString") from fault
        if line.geom_type != "LineString":
            raise DataError(f"add_way {self.id}: {what} is a {line.geom_type}; give a LineString")
        if what == "geojson":
            (line,) = gpd.GeoSeries([line], crs=4326).to_crs(network.crs)
            if not np.isfinite(shapely.get_coordinates(line)).all():
                raise DataError(f"add_way {self.id}: geojson is not in degrees (lon, lat); RFC 7946 asks for that")
        return shapely.force_2d(line)


class AddWays(BaseEdit):
    """Add several ways: rows with the keys of `add_way`, other keys are columns; a study reads them from a file."""

    do: Literal["add_ways"]
    file: str = ""
    mode: Mode | None = None
    rows: tuple[dict[str, Any], ...] = ()

    def apply_to_network(self, network: Network) -> Network:
        if not self.rows:
            raise DataError(
                f"add_ways: no rows{f' in {self.file}' if self.file else ''}; give rows or a file of a study"
            )
        for k, row in enumerate(self.rows):
            own = {key: value for key, value in row.items() if key in AddWay.model_fields}
            columns = {key: value for key, value in row.items() if key not in AddWay.model_fields}
            filled = {"mode": self.mode, "source": self.source, **own}
            if filled["mode"] is None or "id" not in filled:
                lost = "id" if "id" not in filled else "mode"
                raise DataError(f"add_ways: row {k + 1} has no {lost}; add it to the table or to the edit")
            try:
                network = AddWay(do="add_way", columns=columns, **filled).apply_to_network(network)
            except ValueError as fault:
                raise DataError(f"add_ways: row {k + 1}: {fault}") from fault
        return network


class BanTurn(BaseEdit):
    """Ban the turn from one way to another where they meet, or make it dearer; the same way twice is the U-turn.

    at : node where they meet, when they meet at several
    penalty_s : seconds that the turn takes from now on; banned when left out
    vehicle : whom it binds (hgv, goods, motorcar); everybody when left out
    """

    do: Literal["ban_turn"]
    from_way: str
    to_way: str
    at: str = ""
    penalty_s: float = Field(default=float("inf"), ge=0)
    vehicle: Literal["", "hgv", "goods", "motorcar"] = ""

    def apply_to_network(self, network: Network) -> Network:
        before = network.edges.loc[edges_of_ways(network, (self.from_way,))]
        after = network.edges.loc[edges_of_ways(network, (self.to_way,))]
        if self.at and self.at not in network.nodes.index:
            near = name_near(self.at, network.nodes.index.astype(str).to_list())
            raise DataError(f"no node {self.at!r}.{near}")
        pairs = [
            (a, b)
            for a, end in zip(before.index, before["v"], strict=True)
            for b, start in zip(after.index, after["u"], strict=True)
            if end == start and self.at in ("", end) and a != b
        ]
        if not pairs:
            where = f" at {self.at}" if self.at else ""
            raise DataError(f"{self.from_way} does not lead into {self.to_way}{where}; name ways that meet")
        turns = network.turns
        same = pd.MultiIndex.from_frame(turns[["from_edge", "to_edge"]]).isin(pairs)
        kept = turns[~(same & (turns["vehicle"] == self.vehicle).to_numpy())]
        rows = pd.DataFrame(pairs, columns=["from_edge", "to_edge"])
        added = rows.assign(penalty_s=self.penalty_s, vehicle=self.vehicle)
        return network.replace(turns=pd.concat([kept, added], ignore_index=True) if len(kept) else added)


def _from_geojson(given: str | dict[str, Any]) -> shapely.Geometry:
    """The geometry of a GeoJSON geometry, feature, or collection of one feature."""
    table = json.loads(given) if isinstance(given, str) else given
    if table["type"] == "FeatureCollection":
        (table,) = table["features"]
    if table["type"] == "Feature":
        table = table["geometry"]
    return shapely.geometry.shape(table)
