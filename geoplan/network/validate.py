"""Checks at the door: all faults at once, with the rows and the cure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_rows
from geoplan.network.ids import are_known
from geoplan.network.schema import GEOMETRY_TYPES, TABLES, Column


def validate_tables(tables: Mapping[str, pd.DataFrame], *, changed: Collection[str] | None = None) -> None:
    """Raise DataError that lists every fault of the five tables of a network.

    `changed`: the tables whose rows are looked at, all when None; how the tables fit together is always checked.
    """
    faults: list[str] = []
    for table in tables if changed is None else changed:
        frame = tables[table]
        faults += [f"{table}: {fault}" for fault in _column_faults(table, frame)]
        if isinstance(frame, gpd.GeoDataFrame):
            faults += [f"{table}: {fault}" for fault in _geometry_faults(table, frame)]
    faults += _crs_faults(tables)
    faults += _reference_faults(tables)
    if faults:
        raise DataError("; ".join(faults))


def _column_faults(table: str, frame: pd.DataFrame) -> list[str]:
    faults = []
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()].unique().to_list()
        faults.append(f"duplicate {frame.index.name or 'index'}: {name_rows(twice)}; give each row its own id")
    for column in TABLES[table]:
        if column.name not in frame:
            if column.required:
                faults.append(f"column {column.name} is missing ({column.meaning}); add it")
            continue
        if column.kind == "float":
            faults += _number_faults(column, frame)
        elif column.choices:
            wrong = frame.index[~frame[column.name].isin(column.choices)].to_list()
            if wrong:
                shown = frame.loc[wrong[0], column.name] if frame.index.is_unique else "?"
                allowed = ", ".join(choice or "(empty)" for choice in column.choices)
                faults.append(f"{name_rows(wrong)} have {column.name} = {shown!r}; use one of {allowed}")
    return faults


def _number_faults(column: Column, frame: pd.DataFrame) -> list[str]:
    values = frame[column.name].to_numpy()
    faults = []
    if column.required and np.isnan(values).any():
        faults.append(f"{name_rows(frame.index[np.isnan(values)].to_list())} have no {column.name}; set it")
    if column.low is not None:
        wrong = values <= column.low if column.low_open else values < column.low
        if wrong.any():
            sign = "<=" if column.low_open else "<"
            rows = name_rows(frame.index[wrong].to_list())
            cure = "set the right value, or leave it empty when it is not known"
            faults.append(f"{rows} have {column.name} {sign} {column.low:g}; {cure}")
    return faults


def _geometry_faults(table: str, frame: gpd.GeoDataFrame) -> list[str]:
    faults = []
    missing = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    if missing.any():
        faults.append(f"{name_rows(frame.index[missing].to_list())} have no geometry; add it or drop the rows")
    wrong = ~frame.geometry.geom_type.isin(GEOMETRY_TYPES[table]).to_numpy() & ~missing
    if wrong.any():
        found = sorted(frame.geometry.geom_type[wrong].unique())
        cure = "; split them with network_from_lines" if table == "edges" else ""
        faults.append(
            f"{name_rows(frame.index[wrong].to_list())} are {', '.join(found)}, not {GEOMETRY_TYPES[table][0]}{cure}"
        )
    bounds = frame.geometry.bounds.to_numpy()
    infinite = ~np.isfinite(bounds).all(axis=1) & ~missing
    if infinite.any():
        faults.append(f"{name_rows(frame.index[infinite].to_list())} have coordinates that are not finite")
    return faults


def _crs_faults(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    crs = tables["nodes"].crs
    if crs is None:
        return ["nodes: no coordinate reference system; set it (EPSG:3006 in Sweden)"]
    if not crs.is_projected:
        return [f"nodes: {crs.name} is in degrees; project to metres (EPSG:3006 in Sweden)"]
    unit = crs.axis_info[0].unit_name if crs.axis_info else "metre"
    if unit not in ("metre", "meter", "m"):
        return [f"nodes: {crs.name} is in {unit}; project to metres (EPSG:3006 in Sweden)"]
    faults = []
    for table in ("edges", "structures"):
        other = tables[table].crs
        if len(tables[table]) and other != crs:
            faults.append(f"{table}: coordinate reference system {other} differs from that of the nodes ({crs.name})")
    return faults


def _reference_faults(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    nodes, edges = tables["nodes"], tables["edges"]
    faults = []
    for table, column, target in (
        ("edges", "u", nodes),
        ("edges", "v", nodes),
        ("structure_edges", "structure_id", tables["structures"]),
        ("structure_edges", "edge_id", edges),
        ("turns", "from_edge", edges),
        ("turns", "to_edge", edges),
    ):
        frame = tables[table]
        if column not in frame or frame.empty:
            continue
        lost = ~are_known(frame[column], target.index)
        if lost.any():
            name = frame.loc[lost, column].iloc[0]
            rows = name_rows(frame.index[lost].to_list())
            faults.append(
                f"{table}: {rows} name a {column} that does not exist, such as {name!r}; add it or correct the name"
            )
    return faults
