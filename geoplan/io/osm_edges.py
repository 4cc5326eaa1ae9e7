"""Segments and way attributes put together as the tables of nodes and edges."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from geoplan.io.osm_attributes import WayAttributes
from geoplan.io.osm_data import FERRY, RAIL, OsmData
from geoplan.io.osm_restrictions import Limits
from geoplan.io.osm_split import Segments, ranges
from geoplan.io.osm_tags import LEVEL_CROSSINGS, NO_ACCESS, OPEN_WORDS, STATION_NODES

SOURCE = "OSM"
# Ids of edges: way id x 10,000 + 2 x number of the first node within the way + 1 for the way back. They stay
# the same when the file is read again, with other modes or in another extract. A way has at most 2,000 nodes.
WAY_STEP = 10_000
_EXTRA_LIMITS = (
    "max_height_signed_m",
    "max_height_physical_m",
    "max_bogie_load_t",
    "max_triple_load_t",
    "max_rating_t",
)


@dataclass(frozen=True, eq=False)
class EdgeRows:
    """Where each row of the edge table comes from. Rows of one segment stand together.

    segment : row of the segment; side : 0 forward, 1 backward
    row : (2, n_segments) row of the edge, -1 where there is none
    """

    segment: NDArray[np.int64]
    side: NDArray[np.int64]
    row: NDArray[np.int64]
    edge_id: NDArray[np.int64]
    way_id: NDArray[np.int64]


def edge_rows(data: OsmData, segments: Segments, attributes: WayAttributes) -> EdgeRows:
    """The edges: one a segment and direction that may be driven."""
    open_ = attributes.open[:, segments.way].T.ravel()
    flat = np.flatnonzero(open_)
    row = np.full(len(open_), -1, dtype=np.int64)
    row[flat] = np.arange(len(flat))
    segment, side = flat // 2, flat % 2
    ids = data.way_id[segments.way]
    if (2 * segments.place + 1 < WAY_STEP).all():
        way_id = np.where(ids < 0, -1, 1) * (np.abs(ids) * WAY_STEP + 2 * segments.place)
        back = np.where(ids < 0, -1, 1)
    else:
        way_id, back = 2 * np.arange(len(ids)), np.ones(len(ids), dtype=np.int64)
    return EdgeRows(
        segment=segment,
        side=side,
        row=row.reshape(-1, 2).T,
        edge_id=way_id[segment] + side * back[segment],
        way_id=way_id[segment],
    )


def build_edges(
    data: OsmData,
    segments: Segments,
    rows: EdgeRows,
    attributes: WayAttributes,
    limits: Limits,
    lines: NDArray[np.object_],
    length_m: NDArray[np.float64],
    *,
    crs: CRS,
) -> gpd.GeoDataFrame:
    """The edge table. `lines` is the geometry of each segment in `crs`, `length_m` its length on the ground."""
    way = segments.way[rows.segment]
    kind = data.way_kind[way]
    u, v = segments.u[rows.segment], segments.v[rows.segment]
    ahead = rows.side == 0
    columns: dict[str, object] = {
        "u": segments.node_id[np.where(ahead, u, v)],
        "v": segments.node_id[np.where(ahead, v, u)],
        "way_id": rows.way_id,
        "mode": _words(np.where(kind == RAIL, 1, 0), ["road", "rail"]),
        "length_m": length_m[rows.segment],
    }
    for column, values in attributes.texts.items():
        columns[column] = _text_column(values, way)
    for column, numbers in {**attributes.numbers, **limits.numbers}.items():
        columns[column] = numbers[rows.side, way]
    for column in _EXTRA_LIMITS:
        columns.setdefault(column, np.full(len(way), np.nan))
    for column, words in _ruled_words(data.n_ways, attributes, limits).items():
        columns[column] = _text_column(words.ravel(), rows.side * data.n_ways + way)
    notes = np.full(data.n_ways, "", dtype=object)
    for row, note in limits.notes.items():
        notes[row] = note
    columns["limit_note"] = _text_column(notes, way)
    assumed = _assumed_column({**attributes.assumed, **limits.assumed}, data.n_ways)
    columns["assumed"] = _text_column(assumed, rows.side * data.n_ways + way)
    columns["osm_id"] = data.way_id[way]
    columns["source"] = _words(np.zeros(len(way), dtype=int), [SOURCE])
    columns["confidence"] = _words(np.zeros(len(way), dtype=int), ["M"])
    _ferry_times(columns, kind == FERRY)
    frame = pd.DataFrame(columns, index=pd.Index(rows.edge_id, name="edge_id"), copy=False)
    return gpd.GeoDataFrame(frame, geometry=_travelled(lines, rows), crs=crs, copy=False)


def build_nodes(segments: Segments, data: OsmData, lines: NDArray[np.object_], *, crs: CRS) -> gpd.GeoDataFrame:
    """The node table: ends of segments, with name and kind where the node says so."""
    used = np.flatnonzero(segments.is_end)
    ids, rail = segments.node_id[used], segments.is_rail[used]
    n, tags = len(data.node_id), data.node_tags
    # A node that a railway shares with a road (id negated) has the tags of the one node on the map.
    order = np.argsort(np.abs(ids), kind="stable")
    place = np.searchsorted(np.abs(ids), np.abs(data.node_id), sorter=order)
    kind, name = np.zeros(len(ids), dtype=np.int8), np.full(len(ids), "", dtype=object)
    railway, barrier, names = tags.text("railway", n), tags.text("barrier", n), tags.text("name", n)
    for row in range(n):
        for here in order[place[row] : place[row] + 2]:
            if abs(ids[here]) != abs(data.node_id[row]):
                continue
            if railway[row] in LEVEL_CROSSINGS:
                kind[here] = 1
            elif rail[here] and railway[row] in STATION_NODES:
                kind[here], name[here] = 2, names[row]
            elif barrier[row] and not rail[here]:
                kind[here] = 3
    frame = pd.DataFrame(
        {
            "name": pd.array(name.tolist(), dtype="str"),
            "kind": _words(kind, ["junction", "level_crossing", "station", "barrier"]),
            "source": _words(np.zeros(len(ids), dtype=np.int8), [SOURCE]),
            "confidence": _words(np.zeros(len(ids), dtype=np.int8), ["M"]),
        },
        index=pd.Index(ids, name="node_id"),
        copy=False,
    )
    return gpd.GeoDataFrame(frame, geometry=end_points(segments, used, lines), crs=crs, copy=False)


def end_points(segments: Segments, nodes: NDArray[np.int64], lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Point of each node (rows of `segments.node_id`): the end of a segment there."""
    segment = np.full(len(segments.node_id), -1, dtype=np.int64)
    place = np.zeros(len(segments.node_id), dtype=np.int64)
    for end, where in ((segments.u, 0), (segments.v, -1)):
        segment[end], place[end] = np.arange(len(segments.way)), where
    return shapely.get_point(lines[segment[nodes]], place[nodes])


def project(
    lon: NDArray[np.float64], lat: NDArray[np.float64], crs: CRS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude in metres of `crs`."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return np.asarray(x), np.asarray(y)


def segment_lines(segments: Segments, crs: CRS) -> NDArray[np.object_]:
    """Geometry of each segment in `crs`."""
    x, y = project(segments.lon, segments.lat, crs)
    position, owner = ranges(segments.start, segments.end)
    return shapely.linestrings(np.column_stack([x[position], y[position]]), indices=owner)


def _travelled(lines: NDArray[np.object_], rows: EdgeRows) -> NDArray[np.object_]:
    """One line an edge, in the direction of travel."""
    edge_lines = lines[rows.segment]
    back = rows.side == 1
    edge_lines[back] = shapely.reverse(edge_lines[back])
    return edge_lines


def _text_column(values: NDArray[np.object_], take: NDArray[np.int64]) -> pd.api.extensions.ExtensionArray:
    """Words of ways spread to edges, made once a way."""
    return pd.array(values.tolist(), dtype="str").take(take)


def _words(codes: NDArray[np.integer], words: list[str]) -> pd.api.extensions.ExtensionArray:
    return pd.array(words, dtype="str").take(codes)


def _ruled_words(n_ways: int, attributes: WayAttributes, limits: Limits) -> dict[str, NDArray[np.object_]]:
    """`access`, `hgv` and `status` of each way forward and backward, shape (2, n_ways).

    A conditional rule that holds on the date asked for stands above the plain tag; it closes the way, or opens one
    that a plain tag closed. One that may hold is kept with its condition.
    """
    words = {name: np.stack([attributes.texts[name]] * 2) for name in ("access", "status")}
    words["hgv"] = np.full((2, n_ways), "", dtype=object)
    for column in ("access", "hgv"):
        if column in limits.texts:
            ruled = limits.texts[column]
            words[column] = np.where(ruled == "", words[column], ruled)
    for column in ("access", "hgv"):
        maybe = limits.texts.get(f"{column}_maybe")
        if maybe is not None:  # a plain `no` stands above what holds at times only
            words[column] = np.where((maybe != "") & ~np.isin(words[column], list(NO_ACCESS)), maybe, words[column])
    if "access" in limits.texts:
        ruled, status = limits.texts["access"], words["status"]
        by_tag = np.isin(attributes.texts["access"], list(NO_ACCESS))
        status[np.isin(ruled, list(NO_ACCESS)) & (status == "")] = "closed"
        status[np.isin(ruled, list(OPEN_WORDS)) & (status == "closed") & by_tag] = ""
    return words


def _assumed_column(assumed: dict[str, NDArray[np.bool_]], n_ways: int) -> NDArray[np.object_]:
    """Names of the assumed columns of each way, parted by commas, forward and then backward; shape (2 n_ways,)."""
    text = np.full(2 * n_ways, "", dtype=object)
    for column, flags in assumed.items():
        here = flags.ravel()
        text[here] = [f"{old},{column}" if old else column for old in text[here]]
    return text


def _ferry_times(columns: dict[str, object], ferry: NDArray[np.bool_]) -> None:
    """The crossing time of a ferry that states one, shared out over its edges by length."""
    duration = np.asarray(columns.pop("duration_s"), dtype=float)
    timed = ferry & (duration > 0.0)
    if not timed.any():
        return
    frame = pd.DataFrame({"way": columns["osm_id"], "length": columns["length_m"]})[timed]
    # Both directions of a way are rows: each direction sums to half of all rows.
    total = frame.groupby("way")["length"].transform("sum").to_numpy() / 2.0
    free = np.full(len(ferry), np.nan)
    free[timed] = duration[timed] * frame["length"].to_numpy() / np.maximum(total, 1e-9)
    columns["free_time_s"] = free
