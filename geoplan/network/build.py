"""From loose lines to a network: explode, snap, cut, and say what did not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geoplan.errors import DataError, name_near, name_rows
from geoplan.network.build_report import issue_table, with_build_report
from geoplan.network.network import Network, build_network
from geoplan.network.schema import MODES, TABLES
from geoplan.network.snap import GRAIN_M, Pieces, cluster_points, crossing_points, cut_lines

SplitAt = Literal["ends", "nodes", "crossings"]

# Totals of a line, shared among its pieces; everything else holds for each piece as it does for the line.
SHARED_BY_LENGTH = ("length_m", "free_time_s", "fixed_delay_s", "one_lane_m")
# Made here; such columns of the lines are kept as `u_original` and so on.
OWN_COLUMNS = ("u", "v", "way_id", "line_id")
FORWARD = frozenset({"yes", "true", "1", "1.0", "forward", "ft"})
BACKWARD = frozenset({"-1", "-1.0", "reverse", "backward", "tf"})
BOTH = frozenset({"", "no", "false", "0", "0.0", "both", "b", "nan", "none"})


def network_from_lines(
    lines: gpd.GeoDataFrame,
    *,
    mode: str | None = None,
    nodes: gpd.GeoDataFrame | None = None,
    crs: Any = None,
    tolerance_m: float = 1.0,
    split_at: SplitAt = "nodes",
    oneway_column: str | None = None,
    keep: Sequence[str] | None = None,
    near_m: float = 10.0,
) -> Network:
    """A network from lines as they come from a GIS.

    MultiLineStrings are exploded; line ends within the tolerance of each other become one node (chains of
    such ends too), and lines are cut where nodes lie on them. What stays loose is reported, not hidden:
    `network.meta["build_report"]` holds the counts and `build_issues(network)` the places.

    Parameters
    ----------
    lines
        One row a line, any attributes. Schema columns are used as such, others are kept (`u`, `v`, `way_id`
        and `line_id` as `u_original` ...). An official `length_m`, and `free_time_s`, `fixed_delay_s` and
        `one_lane_m`, are shared among the pieces of a line by length; where `length_m` is missing it is that of
        the geometry. Limits go unchanged with every piece. `grade_pct` changes sign against the line.
    mode
        Mode of all lines; leave it out when the lines have a column `mode`.
    nodes
        Known nodes (stations, terminals), indexed by node id. They keep id, attributes and place; line ends
        within the tolerance come to them. A known node that meets no line is kept and reported.
    crs
        Projected system to work in; None keeps that of the lines.
    tolerance_m
        Gaps up to this are closed.
    split_at
        "ends": a line is one edge. "nodes": lines are also cut where an end of a line or a known node lies on
        them. "crossings": and where lines cross, bridges included: for data where every crossing is a
        junction.
    oneway_column
        Column that says which way traffic goes: yes/1 along the line, -1 against it, no/0/empty both.
    keep
        Columns of `lines` to keep; None keeps all.
    near_m
        Dead ends that miss another edge by less are reported as near misses.

    Returns
    -------
    Network with node and edge ids counted from 1 (node ids go on after those of `nodes`: numbers behind
    numbers, `n1, n2 ...` behind text) and the row label of the line in `edges.line_id`, as text.

    Raises
    ------
    DataError
        No coordinate system, degrees, geometry that is no line, an unknown mode, column or value of
        `oneway_column`.
    """
    lines, nodes = _in_metres(lines, nodes, crs)
    lines = _with_numbers(_with_mode(_with_columns(lines, keep, oneway_column), mode))
    if not tolerance_m >= 0:
        raise DataError(f"tolerance_m is {tolerance_m}; give a distance in metres, 0 or more")
    if split_at not in ("ends", "nodes", "crossings"):
        raise DataError(f"split_at is {split_at!r}; use 'ends', 'nodes' or 'crossings'")
    runs = _directions(lines, oneway_column)

    geometry, row, report, issues = _explode(lines)
    pieces, places, gaps = _noded(geometry, nodes, tolerance_m, split_at)
    issues.append(issue_table("gap_closed", lines.index[row[gaps[0]]], gaps[1], distance_m=gaps[2]))
    report["gaps_closed"] = len(gaps[0])
    report["cuts"] = len(pieces.line) - len(geometry)

    piece_length = shapely.length(pieces.geometry)
    short = (pieces.start == pieces.end) & (piece_length <= max(tolerance_m, GRAIN_M))
    if short.any():
        lost = shapely.get_coordinates(shapely.get_point(pieces.geometry[short], 0))
        labels = lines.index[row[pieces.line[short]]]
        issues.append(issue_table("shorter_than_tolerance", labels, lost, distance_m=piece_length[short]))
        pieces = Pieces(*(values[~short] for values in pieces))
    report["shorter_than_tolerance"] = int(short.sum())
    if short.all():
        raise DataError(f"lines: all are shorter than the tolerance of {tolerance_m:g} m; give a smaller one")

    node_table, node_ids = _node_table(nodes, places, pieces, lines.crs)
    edge_table = _edge_table(lines, row, geometry, pieces, node_ids, runs)
    network = build_network(node_table, edge_table)
    return with_build_report(network, report, issues, near_m=near_m)


def _in_metres(
    lines: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame | None, crs: Any
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None]:
    """Both tables in one projected system."""
    for what, table in (("lines", lines), ("nodes", nodes)):
        if table is not None and table.crs is None:
            raise DataError(f"{what} have no coordinate reference system; set it with .set_crs(...)")
    wanted = CRS.from_user_input(crs) if crs is not None else lines.crs
    if not wanted.is_projected:
        raise DataError(f"{wanted.name} is in degrees; give crs= in metres (EPSG:3006 in Sweden)")
    if wanted != lines.crs:
        lines = lines.to_crs(wanted)
    if nodes is not None and nodes.crs != wanted:
        nodes = nodes.to_crs(wanted)
    for what, table in (("lines", lines), ("nodes", nodes)):
        if table is None:
            continue
        infinite = ~np.isfinite(table.geometry.bounds.to_numpy()).all(axis=1) & ~_blank(table.geometry)
        if infinite.any():
            rows = name_rows(table.index[infinite].to_list())
            raise DataError(f"{what}: {rows} lie outside {wanted.name}; are longitude and latitude swapped?")
    if nodes is not None:
        if not nodes.index.is_unique:
            twice = nodes.index[nodes.index.duplicated()].unique().to_list()
            raise DataError(f"nodes: duplicate ids: {name_rows(twice)}; give each node its own id")
        wrong = (nodes.geometry.geom_type != "Point").to_numpy() | _blank(nodes.geometry)
        if wrong.any():
            raise DataError(f"nodes: {name_rows(nodes.index[wrong].to_list())} are no points; give points")
    return lines, nodes


def _with_columns(lines: gpd.GeoDataFrame, keep: Sequence[str] | None, oneway_column: str | None) -> gpd.GeoDataFrame:
    known = [str(name) for name in lines.columns if name != lines.geometry.name]
    asked = [*(keep or []), *([oneway_column] if oneway_column else [])]
    for name in asked:
        if name not in known:
            raise DataError(f"lines have no column {name!r}.{name_near(name, known)} There are: {', '.join(known)}")
    if keep is None:
        return lines
    own = [name for name in known if name in keep or name in (oneway_column, "mode")]
    return lines[[*own, lines.geometry.name]]


def _with_mode(lines: gpd.GeoDataFrame, mode: str | None) -> gpd.GeoDataFrame:
    if mode is None:
        if "mode" not in lines:
            raise DataError(f"say what runs on the lines: mode= one of {', '.join(MODES)}, or a column 'mode'")
        return lines
    if mode not in MODES:
        raise DataError(f"mode is {mode!r}; use one of {', '.join(MODES)}")
    return lines.assign(mode=mode)


def _with_numbers(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Number columns of the schema as numbers."""
    numbers: dict[str, pd.Series] = {}
    for column in TABLES["edges"]:
        if column.kind == "float" and column.name in lines:
            given = lines[column.name]
            numbers[column.name] = pd.to_numeric(given, errors="coerce").astype("float64")
            wrong = numbers[column.name].isna() & given.notna()
            if wrong.any():
                rows, shown = name_rows(lines.index[wrong].to_list()), given[wrong].iloc[0]
                raise DataError(f"lines: {rows} have {column.name} = {shown!r}; give numbers or leave it empty")
    return lines.assign(**numbers)


def _directions(lines: gpd.GeoDataFrame, column: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Whether traffic runs along, and against, each line."""
    if column is None:
        return np.ones(len(lines), dtype=bool), np.ones(len(lines), dtype=bool)
    text = lines[column].astype("object").where(lines[column].notna(), "").astype("str").str.strip().str.casefold()
    wrong = ~text.isin(FORWARD | BACKWARD | BOTH)
    if wrong.any():
        rows = lines.index[wrong].to_list()
        shown = lines[column][wrong].iloc[0]
        raise DataError(f"lines: {name_rows(rows)} have {column} = {shown!r}; use yes, no or -1")
    return ~text.isin(BACKWARD).to_numpy(), ~text.isin(FORWARD).to_numpy()


def _explode(lines: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray, dict[str, Any], list[pd.DataFrame]]:
    """Single lines and the row each comes from; blank and zero-length ones are reported and left out."""
    types = lines.geometry.geom_type
    blank = _blank(lines.geometry)
    wrong = ~types.isin(["LineString", "MultiLineString", "LinearRing"]).to_numpy() & ~blank
    if wrong.any():
        rows = name_rows(lines.index[wrong].to_list())
        raise DataError(f"lines: {rows} are {', '.join(sorted(types[wrong].unique()))}; give lines only")
    parts, row = shapely.get_parts(np.asarray(lines.geometry.array)[~blank], return_index=True)
    row = np.flatnonzero(~blank)[row]
    parts = shapely.remove_repeated_points(parts, 0.0)
    flat = shapely.length(parts) == 0
    if flat.all():
        raise DataError(f"lines: none of {len(lines)} rows is a line of some length; there is no network in it")
    spots = shapely.get_coordinates(shapely.get_point(parts[flat], 0))
    nowhere = np.full((int(blank.sum()), 2), np.nan)
    report = {
        "lines": len(lines),
        "multi_lines_exploded": int((np.bincount(row, minlength=len(lines)) > 1).sum()),
        "empty_dropped": int(blank.sum()),
        "zero_length_dropped": int(flat.sum()),
    }
    issues = [
        issue_table("empty_dropped", lines.index[blank], nowhere),
        issue_table("zero_length_dropped", lines.index[row[flat]], spots),
    ]
    return parts[~flat], row[~flat], report, issues


def _noded(
    geometry: np.ndarray, nodes: gpd.GeoDataFrame | None, tolerance_m: float, split_at: SplitAt
) -> tuple[Pieces, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Pieces between points, the position of each point, and the gaps closed (line, where, how far)."""
    with_z = bool(shapely.has_z(geometry).any())
    coords, of_line = shapely.get_coordinates(geometry, include_z=with_z, return_index=True)
    first = np.searchsorted(of_line, np.arange(len(geometry) + 1))
    tips = np.stack([first[:-1], first[1:] - 1], axis=1)
    fixed = shapely.get_coordinates(nodes.geometry.array) if nodes is not None else np.empty((0, 2))
    crossed = crossing_points(coords, first)[0] if split_at == "crossings" else np.empty((0, 2))
    reach_m = max(tolerance_m, GRAIN_M)

    tip_xy = coords[tips.reshape(-1), :2]
    labels, places = cluster_points(np.concatenate([fixed, tip_xy, crossed]), reach_m, len(fixed))
    ends = labels[len(fixed) : len(fixed) + len(tip_xy)].reshape(-1, 2)
    moved = np.hypot(*(places[ends.reshape(-1)] - tip_xy).T)
    coords[tips.reshape(-1), :2] = places[ends.reshape(-1)]
    gap = np.flatnonzero(moved > GRAIN_M)

    apart = np.unique(places, axis=0, return_index=True)[1]  # of two known nodes in one place the first one is used
    cut_at = apart if split_at != "ends" else apart[:0]
    pieces = cut_lines(coords, first, ends, cut_at, places[cut_at], reach_m)
    return pieces, places, (gap // 2, tip_xy[gap], moved[gap])


def _node_table(
    nodes: gpd.GeoDataFrame | None, places: np.ndarray, pieces: Pieces, crs: CRS
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Known nodes, then the points that pieces use; and the id of each point."""
    n_known = 0 if nodes is None else len(nodes)
    used = np.zeros(len(places), dtype=bool)
    used[pieces.start] = used[pieces.end] = True
    used[:n_known] = False
    new = np.arange(1, int(used.sum()) + 1)
    ids = np.empty(len(places), dtype=object)
    if nodes is None or nodes.empty:
        own_ids: pd.Index = pd.Index(new, dtype="int64")
    elif pd.api.types.is_integer_dtype(nodes.index.dtype):
        own_ids = pd.Index(new + max(int(nodes.index.max()), 0), dtype="int64")
    else:
        taken = set(nodes.index)
        stem = "n" if not any(f"n{number}" in taken for number in new) else "new_n"
        own_ids = pd.Index([f"{stem}{number}" for number in new], dtype="str")
    ids[used] = own_ids.to_numpy()
    table = gpd.GeoDataFrame({"kind": "junction"}, index=own_ids, geometry=shapely.points(places[used]), crs=crs)
    if nodes is not None:
        ids[:n_known] = nodes.index.to_numpy()
        known = nodes.rename_geometry("geometry") if nodes.geometry.name != "geometry" else nodes
        table = gpd.GeoDataFrame(pd.concat([known, table]), geometry="geometry", crs=crs)
    table.index.name = "node_id"
    return table, ids


def _edge_table(
    lines: gpd.GeoDataFrame,
    row: np.ndarray,
    geometry: np.ndarray,
    pieces: Pieces,
    node_ids: np.ndarray,
    runs: tuple[np.ndarray, np.ndarray],
) -> gpd.GeoDataFrame:
    """One row a direction: attributes of the line, totals shared by length."""
    own_row = row[pieces.line]
    whole = np.bincount(row, weights=shapely.length(geometry), minlength=len(lines))
    share = pieces.share * shapely.length(geometry)[pieces.line] / whole[own_row]
    drawn = shapely.length(pieces.geometry)

    table = pd.DataFrame(lines.drop(columns=lines.geometry.name)).iloc[own_row].reset_index(drop=True)
    table = table.rename(columns={name: f"{name}_original" for name in OWN_COLUMNS})
    table["line_id"] = np.asarray([str(label) for label in lines.index], dtype=object)[own_row]
    for column in SHARED_BY_LENGTH:
        if column in table:
            table[column] = table[column] * share
    official = table["length_m"] if "length_m" in table else pd.Series(np.nan, index=table.index)
    table["length_m"] = official.fillna(pd.Series(drawn, index=table.index))
    table["way_id"] = np.arange(1, len(table) + 1)

    along, against = (np.flatnonzero(runs[side][own_row]) for side in (0, 1))
    back = table.iloc[against].copy()
    if "grade_pct" in back:
        back["grade_pct"] = -back["grade_pct"]
    both = pd.concat([table.iloc[along], back], ignore_index=True)
    shape = np.concatenate([pieces.geometry[along], shapely.reverse(pieces.geometry[against])])
    index_type = pd.Index(node_ids[np.r_[pieces.start, pieces.end]]).infer_objects().dtype
    both["u"] = pd.array(node_ids[np.r_[pieces.start[along], pieces.end[against]]], dtype=index_type)
    both["v"] = pd.array(node_ids[np.r_[pieces.end[along], pieces.start[against]]], dtype=index_type)
    order = np.argsort(both["way_id"].to_numpy(), kind="stable")  # the directions of a way side by side
    both = both.iloc[order]
    both.index = pd.RangeIndex(1, len(both) + 1).astype("int64")
    return gpd.GeoDataFrame(both, geometry=shape[order], crs=lines.crs)


def _blank(geometry: gpd.GeoSeries) -> np.ndarray:
    return np.asarray(geometry.isna() | geometry.is_empty)
