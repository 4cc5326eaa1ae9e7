"""The layers of an NVDB GeoPackage as tables: rows that hold on a day, places on links, values in units."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from geoplan.errors import DataError, name_rows
from geoplan.io.files import first_line, require_geopackage, warnings_to_log
from geoplan.io.nvdb_mapping import ColumnRule, LayerRule, NvdbMapping, find_column, fold
from geoplan.io.nvdb_values import (
    OPEN_DAY,
    cell_text,
    fold_all,
    pressure_column,
    read_cells,
    read_days,
    read_directions,
)

logger = logging.getLogger(__name__)

SWEREF_99_TM = 3006
# Sweden with a margin in SWEREF 99 TM, metres: what lies outside is in another system than it says.
_SWEDEN = (150_000.0, 6_000_000.0, 1_050_000.0, 7_800_000.0)
UNUSED_COLUMNS = ["osm_type", "osm_id", "key", "value", "reason"]  # the columns of every door: layer, element, ...


@dataclass(eq=False)
class Report:
    """What was found, used and left over, by layer; filled while reading."""

    unused: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    unknown_layers: dict[str, int] = field(default_factory=dict)
    unknown_columns: dict[str, list[str]] = field(default_factory=dict)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    newest_day: int = 0

    def leave(self, layer: str, element: object, key: str, value: object, reason: str) -> None:
        self.unused.append((layer, str(element), key, cell_text(value), reason))
        self.lost[layer, key] += 1


@dataclass(frozen=True, eq=False)
class LayerTable:
    """Rows of one layer that hold: `frame` with element, start, end, length_m, along, against, geometry and values."""

    name: str
    rule: LayerRule
    frame: gpd.GeoDataFrame
    columns: tuple[ColumnRule, ...]
    raw: pd.DataFrame


def read_layers(file: Path, mapping: NvdbMapping, day: int, report: Report) -> list[LayerTable]:
    """Every layer that the mapping knows, in the order of its rules. Others are reported."""
    require_geopackage(file, cure="order it from Lastkajen as GeoPackage")
    try:
        with warnings_to_log(logger):
            layers = [str(name) for name, kind in pyogrio.list_layers(file) if kind]
    except (DataSourceError, DataLayerError) as fault:
        raise DataError(f"{file}: cannot be read ({first_line(fault)}); get the file again") from fault
    if not layers:
        raise DataError(f"{file}: holds no layer; order it again as GeoPackage")
    picked = []
    for layer in layers:
        rule = mapping.rule_of(layer)
        if rule is None:
            report.unknown_layers[layer] = _size(file, layer)
        else:
            picked.append((mapping.layers.index(rule), layer, rule))
    if report.unknown_layers:
        names = ", ".join(f"{name} ({rows} rows)" for name, rows in report.unknown_layers.items())
        logger.warning("%s: layers that the mapping does not know: %s", file.name, names)
    if not any(rule.role == "network" for _, _, rule in picked):
        wanted = ", ".join(rule.names[0] for rule in mapping.layers if rule.role == "network")
        raise DataError(
            f"{file}: no layer of road links ({wanted}); it has {', '.join(layers)}: order it too, or map it"
        )
    return [_read(file, layer, rule, mapping, day, report) for _, layer, rule in sorted(picked, key=lambda one: one[0])]


def _read(file: Path, layer: str, rule: LayerRule, mapping: NvdbMapping, day: int, report: Report) -> LayerTable:
    raw = _layer(file, layer)
    names = [str(name) for name in raw.columns if name != raw.geometry.name]
    common = {key: find_column(names, spelled) for key, spelled in mapping.common.items() if key not in _NOT_COLUMNS}
    report.counts["rows"] += len(raw)

    ignored = {fold(name) for name in mapping.common.get("ignore", ())}
    used = {name for name in common.values() if name}
    wanted = [(one, find_column(names, one.names)) for one in rule.columns]
    for one, found in wanted:
        used |= {found} if found else set()
        used |= {name for name in (find_column(names, one.type_names),) if name} if one.type_names else set()
    where = find_column(names, rule.where_names) if rule.where_names else None
    used |= {where} if where else set()
    if rule.role != "verbatim":
        strange = [name for name in names if name not in used and fold(name) not in ignored]
        strange = [name for name in strange if raw[name].map(cell_text).ne("").any()]
        if strange:
            report.unknown_columns[layer] = strange
            logger.warning("%s: columns of %s that the mapping does not know: %s", file.name, layer, ", ".join(strange))

    keep = _holds(raw, common, day, layer, report)
    if where:
        keep &= raw[where].map(cell_text).map(fold).isin([fold(value) for value in rule.where_values]).to_numpy()
    blank = np.asarray(raw.geometry.isna() | raw.geometry.is_empty)
    if (keep & blank).any():
        report.counts["rows_without_geometry"] += int((keep & blank).sum())
        if rule.role == "network":
            keep &= ~blank
    raw = raw[keep].reset_index(drop=True)
    frame = _placed(raw, common, mapping, layer, report)
    done = []
    missing = fold_all(mapping.common.get("missing", ()))
    for one, found in wanted:
        if found is None:
            continue
        done += _values(frame, raw, one, found, layer, missing, report, names)
    return LayerTable(layer, rule, frame, tuple(done), pd.DataFrame(raw.drop(columns=raw.geometry.name)))


_NOT_COLUMNS = ("ignore", "missing", "both", "along", "against")


def _values(
    frame: gpd.GeoDataFrame,
    raw: gpd.GeoDataFrame,
    rule: ColumnRule,
    found: str,
    layer: str,
    missing: frozenset[str],
    report: Report,
    names: list[str],
) -> list[ColumnRule]:
    """Fill the frame with one mapped column; a pressure becomes the limit that its kind says."""
    cells = read_cells(rule, raw[found], missing)
    stated = raw[found].map(cell_text)
    report.found[layer, found] += int((stated.ne("") & ~stated.isin(missing)).sum())
    for row, reason in cells.unread.items():
        report.leave(layer, frame["element"].iloc[row], found, raw[found].iloc[row], reason)
    if rule.kind != "pressure":
        frame[rule.to] = cells.values
        return [rule]
    kind_name = find_column(names, rule.type_names)
    kinds = raw[kind_name].map(pressure_column) if kind_name else pd.Series(None, index=raw.index, dtype=object)
    known = ~np.isnan(cells.values.astype(np.float64))
    for row in np.flatnonzero(known & kinds.isna().to_numpy()).tolist():
        kind = raw[kind_name].iloc[row] if kind_name else ""
        reason = f"does not say of what axles it is the pressure ({cell_text(kind) or 'empty'})"
        report.leave(layer, frame["element"].iloc[row], found, raw[found].iloc[row], reason)
    rules = []
    for limit in sorted(set(kinds.dropna())):
        name = f"{limit}.{rule.to}"
        frame[name] = np.where(kinds.eq(limit).to_numpy(), cells.values.astype(np.float64), np.nan)
        rules.append(ColumnRule(name, rule.names, "number", rule.unit, combine="min"))
    return rules


def _holds(
    raw: gpd.GeoDataFrame, common: dict[str, str | None], day: int, layer: str, report: Report
) -> NDArray[np.bool_]:
    """Rows that hold on the day: from its first day on, and not from its last on."""
    first, odd = read_days(raw[common["from"]] if common["from"] else None, len(raw), default=0)
    last, odd_too = read_days(raw[common["to"]] if common["to"] else None, len(raw), default=OPEN_DAY)
    wrong = int((odd | odd_too).sum())
    if wrong:
        report.counts["rows_with_unreadable_days"] += wrong
        logger.warning("%s: %d rows have days that cannot be read; they are taken to hold", layer, wrong)
    holds = (first <= day) & (day < last)
    report.counts["rows_not_in_force"] += int((~holds).sum())
    known = first[holds & ~odd]
    report.newest_day = max(report.newest_day, int(known.max(initial=0)))
    return holds


def _placed(
    raw: gpd.GeoDataFrame, common: dict[str, str | None], mapping: NvdbMapping, layer: str, report: Report
) -> gpd.GeoDataFrame:
    """Element, measures, directions and geometry of each row."""
    n = len(raw)

    def numbers(key: str) -> NDArray[np.float64]:
        name = common[key]
        column = pd.Series(np.nan, index=raw.index) if name is None else pd.to_numeric(raw[name], errors="coerce")
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan)

    element = raw[common["element"]].map(cell_text) if common["element"] else pd.Series([""] * n, dtype="str")
    along, against, strange = read_directions(raw[common["direction"]] if common["direction"] else None, n, mapping)
    if strange.any():
        report.counts["rows_with_unreadable_direction"] += int(strange.sum())
        logger.warning("%s: %d rows name no direction that is known; both are taken", layer, int(strange.sum()))
    start, end = numbers("start"), numbers("end")
    end = np.where(np.isnan(end), start, end)  # a point has one measure
    turned = start > end
    start, end = np.where(turned, end, start), np.where(turned, start, end)
    return gpd.GeoDataFrame(
        {
            "element": element.astype("str").to_numpy(dtype=object),
            "start": start,
            "end": end,
            "length_m": numbers("length"),
            "along": np.where(turned, against, along),
            "against": np.where(turned, along, against),
        },
        geometry=shapely.force_2d(raw.geometry.to_numpy()),
        crs=raw.crs,
    )


def _layer(file: Path, layer: str) -> gpd.GeoDataFrame:
    try:
        with warnings_to_log(logger):
            frame = pyogrio.read_dataframe(file, layer=layer)
    except (DataSourceError, DataLayerError, ValueError, OSError, shapely.errors.ShapelyError) as fault:
        raise DataError(f"{file}: layer {layer} cannot be read ({first_line(fault)}); get the file again") from fault
    if not isinstance(frame, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs=SWEREF_99_TM)
    if frame.crs is None:
        raise DataError(f"{file}: layer {layer} has no coordinate reference system; NVDB comes in EPSG:{SWEREF_99_TM}")
    if frame.crs.to_epsg() != SWEREF_99_TM:
        logger.warning("%s: layer %s is in %s; brought to EPSG:%d", file.name, layer, frame.crs.name, SWEREF_99_TM)
        frame = frame.to_crs(SWEREF_99_TM)
    _require_sweden(file, layer, frame)
    return frame


def _require_sweden(file: Path, layer: str, frame: gpd.GeoDataFrame) -> None:
    bounds = frame.geometry.bounds.to_numpy()
    has = ~np.asarray(frame.geometry.isna() | frame.geometry.is_empty)
    west, south, east, north = _SWEDEN
    with np.errstate(invalid="ignore"):
        inside = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    wrong = has & ~inside
    if wrong.any():
        rows = name_rows((np.flatnonzero(wrong) + 1).tolist())
        cure = "set the coordinate system it is really in, or turn east and north"
        raise DataError(f"{file}: layer {layer}: {rows} lie outside Sweden in EPSG:{SWEREF_99_TM}; {cure}")


def _size(file: Path, layer: str) -> int:
    try:
        return int(pyogrio.read_info(file, layer=layer)["features"])
    except (DataSourceError, DataLayerError) as fault:
        raise DataError(f"{file}: layer {layer} cannot be read ({first_line(fault)}); get the file again") from fault
