"""To and from the graphs of osmnx and networkx."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Hashable, Sequence, Set
from functools import partial
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoplan.errors import DataError, name_near, name_rows
from geoplan.io.osm import ATTRIBUTION
from geoplan.io.osm_place import choose_crs
from geoplan.io.osm_tags import ROAD_CLASSES
from geoplan.io.osm_values import Kind, parse_count, parse_limit, parse_speed_kmh
from geoplan.network.attributes import fill_edges
from geoplan.network.network import Network, build_network
from geoplan.network.schema import TABLES

logger = logging.getLogger(__name__)

LIMIT_TAGS: dict[str, tuple[str, Kind]] = {
    "maxheight": ("max_height_m", "height"),
    "maxwidth": ("max_width_m", "width"),
    "maxlength": ("max_length_m", "length"),
    "maxweight": ("max_weight_t", "weight"),
    "maxaxleload": ("max_axle_load_t", "axle_load"),
}
_TAGS = {"highway", "railway", "maxspeed", "lanes", "oneway", "reversed", "speed_kph", "osm_id", "way_id", *LIMIT_TAGS}
_BOOKKEEPING = {"length", "geometry", "osmid", "u", "v", "x", "y", "edge_id", "length_m", "node_id"}
_UNREADABLE = ("osm_id", "key", "value", "reason")


def from_osmnx(graph: nx.MultiDiGraph, *, crs: Any = None, fill_speed: bool = True) -> Network:
    """A network from a graph of osmnx.

    Where osmnx has merged ways of different values into a list, the lowest limit, speed and number of lanes and the
    first class count, and texts are joined by `;`; `meta["merged_values"]` counts them. Paths that are no roads
    (footway, cycleway ...) and ways with access=no have the status closed. Such a graph has no limits at nodes and no
    turn restrictions: `read_osm` and `fetch_osm` have.

    Parameters
        ----------
        graph
            With `crs` in its attributes, `x` and `y` at nodes; simplified or not, projected or not.
        crs
            Projected system; None keeps that of a graph in metres, and takes EPSG:3006 in Sweden, the UTM zone
            elsewhere.
        fill_speed
            Take `speed_kph` of `osmnx.add_edge_speeds` and then usual speeds by class where none is tagged; the rows
            say so in `assumed`.

        Returns
        -------
        Network: node ids are those of the graph, edges are counted from 1 with the ids of their ways in `osm_id`
        (text), the two directions of a street share a `way_id`. Other attributes of edges are kept as text or numbers.

        Raises
        ------
        DataError
            Not a graph of osmnx: no edges, no system, nodes without place.
    """
    nodes = _node_table(graph)
    ends = pd.DataFrame(list(graph.edges(keys=True)), columns=["u", "v", "key"])
    data = pd.DataFrame([attributes for *_, attributes in graph.edges(data=True)], dtype="object")
    target = _target_crs(nodes, crs)
    places = nodes.to_crs(target)

    unread: list[tuple[str, str, str, str]] = []
    merged: dict[str, int] = {}
    edges = pd.DataFrame({"u": ends["u"].array, "v": ends["v"].array})
    ours = "edge_id" in data  # made by `to_networkx`: columns of the schema, not tags
    if not ours:
        _read_tags(data, edges, unread, merged)
    _keep_others(data, edges, "edges", _BOOKKEEPING if ours else _BOOKKEEPING | _TAGS)
    shape = _shapes(data, edges, nodes, places)
    edges["length_m"] = _numbers(data, "length").fillna(pd.Series(shapely.length(shape)))
    if "way_id" not in edges:
        edges["way_id"] = _ways(edges)
    edges.index = pd.Index(data["edge_id"].to_list()) if ours else pd.RangeIndex(1, len(edges) + 1).astype("int64")
    table = gpd.GeoDataFrame(edges, geometry=shape, crs=target)
    if fill_speed:
        table = fill_edges(table, columns=("speed_kmh",))
    meta = {
        "name": str(graph.graph.get("name", "")),
        "source": "OpenStreetMap, graph of osmnx",
        "attribution": ATTRIBUTION,
        "data_date": str(graph.graph.get("created_date", ""))[:10],
        "merged_values": merged,
        "edges_closed": int((table["status"] == "closed").sum()) if "status" in table else 0,
        "unreadable_values": pd.DataFrame(unread, columns=_UNREADABLE, dtype="object"),
        "not_in_graph": "limits at nodes, turn restrictions",
    }
    if unread:
        logger.warning("%d values could not be read; see meta['unreadable_values']", len(unread))
    return build_network(places, table, meta=meta)


def to_networkx(network: Network, *, columns: Sequence[str] | None = None) -> nx.MultiDiGraph:
    """The network as a graph that networkx and osmnx work on.

    Parameters
    ----------
    columns
        Columns of edges to take along; None takes all.

    Returns
    -------
    MultiDiGraph with `crs`, `x` and `y` at nodes, and at edges `length` (metres), `geometry`, `osmid`, `edge_id` and
    the columns. Keys count the parallel edges between two nodes from 0. Structures and turns are not in it.

    Raises
    ------
    DataError
        A column that edges do not have.
    """
    edges = network.edges
    known = [str(name) for name in edges.columns if name not in ("u", "v", "geometry")]
    for name in columns or ():
        if name not in known:
            raise DataError(f"edges have no column {name!r}.{name_near(name, known)}")
    code = network.crs.to_epsg()
    system = f"EPSG:{code}" if code else network.crs.to_wkt()
    graph: nx.MultiDiGraph = nx.MultiDiGraph(crs=system, name=str(network.meta.get("name", "")))

    nodes = pd.DataFrame(network.nodes.drop(columns="geometry"))
    place = shapely.get_coordinates(network.nodes.geometry.array)
    nodes.insert(0, "y", place[:, 1])
    nodes.insert(0, "x", place[:, 0])
    graph.add_nodes_from(zip(nodes.index.to_list(), nodes.to_dict("records"), strict=True))

    wanted = known if columns is None else list(columns)
    table = pd.DataFrame(edges[wanted])
    table["osmid"] = (edges["osm_id"] if "osm_id" in edges else edges["way_id"]).map(_way_number)
    table["edge_id"] = edges.index
    table["length"] = edges["length_m"]
    table["geometry"] = list(edges.geometry.array)
    keys = pd.DataFrame(edges[["u", "v"]]).groupby(["u", "v"]).cumcount()
    rows: Any = zip(edges["u"].to_list(), edges["v"].to_list(), keys.to_list(), table.to_dict("records"), strict=True)
    graph.add_edges_from(rows)
    return graph


def _way_number(way: Any) -> Any:
    """A way id as osmnx has it: a number, a list of them where ways were merged; other text as it is."""
    parts = str(way).split(";")
    if not all(part.lstrip("-").isdigit() for part in parts):
        return way
    return int(parts[0]) if len(parts) == 1 else [int(part) for part in parts]


def _node_table(graph: nx.MultiDiGraph) -> gpd.GeoDataFrame:
    """Nodes of the graph in its own system."""
    if not isinstance(graph, nx.Graph) or not graph.is_multigraph() or not graph.is_directed():
        raise DataError(f"graph is a {type(graph).__name__}; give the MultiDiGraph that osmnx makes")
    if not graph.number_of_edges():
        raise DataError("graph has no edges; there is no network in it")
    if graph.graph.get("crs") is None:
        raise DataError("graph has no crs attribute; set graph.graph['crs'], such as 'EPSG:4326'")
    try:
        system = CRS.from_user_input(graph.graph["crs"])
    except CRSError as fault:
        raise DataError(f"graph: crs {graph.graph['crs']!r} is not known; set graph.graph['crs']") from fault
    table = pd.DataFrame([at for _, at in graph.nodes(data=True)], index=_ids(graph))
    for axis in ("x", "y"):
        values = table.get(axis, pd.Series(np.nan, index=table.index))
        table[axis] = pd.to_numeric(values, errors="coerce").astype("float64")
    lost = table.index[table[["x", "y"]].isna().any(axis=1)].to_list()
    if lost:
        raise DataError(f"nodes: {name_rows(lost)} have no x and y; give every node its place")
    if not system.is_projected and not (table["x"].between(-180, 180) & table["y"].between(-90, 90)).all():
        raise DataError("nodes: x and y lie outside longitude and latitude; is x longitude and y latitude?")
    kept = pd.DataFrame({"kind": "junction"}, index=table.index)
    _keep_others(table, kept, "nodes", _BOOKKEEPING)
    return gpd.GeoDataFrame(kept, geometry=gpd.points_from_xy(table["x"], table["y"]), crs=system)


def _ids(graph: nx.MultiDiGraph) -> pd.Index:
    index = pd.Index(list(graph.nodes), name="node_id", tupleize_cols=False)
    return index.astype("str") if index.inferred_type == "string" else index


def _target_crs(nodes: gpd.GeoDataFrame, crs: Any) -> CRS:
    metric = nodes.crs.is_projected and nodes.crs.axis_info[0].unit_name == "metre"
    if crs is None and metric:
        return nodes.crs
    centre = nodes.to_crs(4326) if nodes.crs.is_projected else nodes
    return choose_crs(crs, float(centre.geometry.x.median()), float(centre.geometry.y.median()))


def _read_tags(
    data: pd.DataFrame, edges: pd.DataFrame, unread: list[tuple[str, str, str, str]], merged: dict[str, int]
) -> None:
    """Tags of OpenStreetMap as columns of the schema."""
    ids = data["osmid"].map(_text) if "osmid" in data else pd.Series("", index=data.index)
    edges["osm_id"] = ids.astype("str")

    def lowest(key: str, parse: Callable[[str], tuple[float, str]]) -> pd.Series:
        values = []
        for osm_id, given in zip(ids, data[key], strict=True):
            texts = _parts(given)
            readings = [parse(text) for text in texts]
            unread.extend((osm_id, key, text, why) for text, (_, why) in zip(texts, readings, strict=True) if why)
            merged[key] = merged.get(key, 0) + (len(texts) > 1)
            values.append(min((number for number, why in readings if not why), default=math.nan))
        return pd.Series(values, dtype="float64")

    for key, (column, kind) in LIMIT_TAGS.items():
        if key in data:
            edges[column] = lowest(key, partial(_limit, kind=kind))
    if "maxspeed" in data:
        speed = lowest("maxspeed", _speed)
        edges["speed_kmh"] = speed.where(np.isfinite(speed))
    if "lanes" in data:
        both = ~data["oneway"].map(_yes).to_numpy(dtype=bool) if "oneway" in data else np.ones(len(data), dtype=bool)
        lanes = lowest("lanes", _count)
        edges["lanes"] = lanes.where(~both, lanes / 2).where(lanes > 0)
    if "speed_kph" in data:
        speed = edges["speed_kmh"] if "speed_kmh" in edges else pd.Series(np.nan, index=edges.index)
        guess = _numbers(data, "speed_kph")
        taken = speed.isna() & (guess > 0)
        edges["speed_kmh"] = speed.where(~taken, guess)
        edges["assumed"] = np.where(taken, "speed_kmh", "")
    edges["mode"] = "road"
    classes = data["highway"].map(_parts) if "highway" in data else pd.Series([[]] * len(data))
    merged["highway"] = int((classes.map(len) > 1).sum())
    if "railway" in data:
        rails = data["railway"].map(_parts)
        is_rail = (rails.map(len) > 0) & (classes.map(len) == 0)
        edges.loc[is_rail.to_numpy(), "mode"] = "rail"
        classes = classes.where(~is_rail, rails)
    edges["road_class"] = classes.map(lambda found: found[0] if found else "")
    closed = ~edges["road_class"].isin(ROAD_CLASSES) & (edges["mode"] == "road") & (edges["road_class"] != "")
    if "access" in data:
        closed |= data["access"].map(_text) == "no"
    edges["status"] = np.where(closed, "closed", "")


def _keep_others(data: pd.DataFrame, table: pd.DataFrame, kind: str, used: Set[str]) -> None:
    """Columns of the schema that the graph has by name, and all other attributes, as numbers or text."""
    schema = {column.name: column.kind for column in TABLES[kind]}
    for key in data:
        name = str(key)
        if name in used:
            continue
        numeric = schema.get(name, "") == "float" or data[key].map(_is_number).all()
        if schema.get(name) == "id":
            table[name] = data[key].to_list()
        elif numeric:
            numbers = _numbers(data, key)
            whole = name not in schema and data[key].map(lambda item: isinstance(item, int)).all()
            table[name] = numbers.astype("int64") if whole else numbers
        else:
            table[name] = data[key].map(_text).astype("str")


def _shapes(data: pd.DataFrame, edges: pd.DataFrame, nodes: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> np.ndarray:
    """Geometry of the edges in the target system; straight where the graph has none."""
    at = np.stack([places.index.get_indexer(pd.Index(edges[end], tupleize_cols=False)) for end in ("u", "v")], axis=1)
    shape = shapely.linestrings(shapely.get_coordinates(places.geometry.array)[at])
    if "geometry" in data:
        drawn = data["geometry"].map(lambda item: isinstance(item, shapely.LineString)).to_numpy(dtype=bool)
        lines = gpd.GeoSeries(list(data["geometry"][drawn]), crs=nodes.crs)
        shape[drawn] = np.asarray(lines.to_crs(places.crs).array) if len(lines) else shape[drawn]
    return shape


def _ways(edges: pd.DataFrame) -> np.ndarray:
    """One number for the two directions of a street: same way, opposite ends, the k-th with the k-th."""
    u, v = pd.factorize(pd.concat([edges["u"], edges["v"]], ignore_index=True))[0].reshape(2, -1)
    way = edges["osm_id"].map(lambda text: ";".join(sorted(text.split(";"))))
    key = pd.DataFrame({"low": np.minimum(u, v), "high": np.maximum(u, v), "way": way.to_numpy()})
    key["turn"] = key.assign(u=u).groupby(["u", "low", "high", "way"]).cumcount()
    return key.groupby(["low", "high", "way", "turn"], sort=False).ngroup().to_numpy() + 1


def _limit(text: str, kind: Kind) -> tuple[float, str]:
    """The limit, and why there is none."""
    reading = parse_limit(text, kind)
    return reading.value, reading.fault or (reading.word and math.isnan(reading.value) and "no number of its own") or ""


def _speed(text: str) -> tuple[float, str]:
    reading = parse_speed_kmh(text)
    return reading.value, reading.fault


def _count(text: str) -> tuple[float, str]:
    number = parse_count(text)
    return number, "no number" if math.isnan(number) else ""


def _parts(value: Any) -> list[str]:
    """The texts of a tag: one, several where ways were merged, none where it is missing."""
    items = value if isinstance(value, list | tuple | set) else [value]
    return [str(item).strip() for item in items if not _missing(item) and str(item).strip()]


def _text(value: Any) -> str:
    return ";".join(_parts(value))


def _yes(value: Any) -> bool:
    return value is True or str(value).casefold() in ("yes", "true", "1", "-1")


def _missing(value: Hashable) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _is_number(value: Any) -> bool:
    return _missing(value) or (isinstance(value, int | float | np.number) and not isinstance(value, bool))


def _numbers(data: pd.DataFrame, key: Any) -> pd.Series:
    values = data[key] if key in data else pd.Series(np.nan, index=data.index)
    return pd.to_numeric(values.map(lambda item: np.nan if isinstance(item, list) else item), errors="coerce").astype(
        "float64"
    )
