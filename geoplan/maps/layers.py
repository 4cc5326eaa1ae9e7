"""Layers of a map from tables: lines, marks, areas and place names, each with the legend that follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoplan.maps.encode import (
    Drawn,
    draw_edges,
    encode_field,
    encode_lines,
    encode_points,
    encode_text,
)
from geoplan.maps.labels import Lang, capitalise
from geoplan.maps.style import LineStyle, PointStyle
from geoplan.maps.titles import Names, edge_headings, edge_subtitles, edge_titles, in_language, missing_limits
from geoplan.network.network import Network

Layer = dict[str, Any]

# What the popup of an edge shows when it is known, in this order.
EDGE_COLUMNS = (
    "line",
    "length_m",
    "speed_kmh",
    "lanes",
    "tracks",
    "electrified",
    "max_height_m",
    "max_width_m",
    "max_length_m",
    "max_weight_t",
    "max_axle_load_t",
    "max_metre_load_tpm",
    "max_load_t",
    "bk_class",
    "line_category",
    "loading_gauge",
    "capacity_vph",
    "aadt",
    "heavy_share_pct",
    "grade_pct",
    "width_m",
    "fixed_delay_s",
    "source",
    "confidence",
)
STRUCTURE_COLUMNS = (
    "kind",
    "clearance_height_m",
    "clearance_width_m",
    "max_height_m",
    "max_width_m",
    "max_length_m",
    "max_weight_t",
    "max_axle_load_t",
    "max_metre_load_tpm",
    "max_load_t",
    "proven_load_t",
    "span_m",
    "fix_cost_msek",
    "fix_note",
    "note",
    "source",
    "confidence",
)
PLACE_COLUMNS = ("kind", "crane_capacity_t", "source", "confidence")


def edge_layer(
    network: Network,
    edges: gpd.GeoDataFrame,
    *,
    key: str,
    title: str,
    lang: Lang,
    styles: Sequence[LineStyle],
    style: ArrayLike,
    legend: Sequence[dict[str, Any]] = (),
    columns: Sequence[str] = EDGE_COLUMNS,
    tips: Sequence[str] = (),
    always: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    signed: Sequence[str] = (),
    names: Names = None,
    drawn: Drawn | None = None,
    missing: bool = False,
    on: bool = True,
) -> Layer:
    """Edges as lines with a tooltip and a popup.

    Parameters
    ----------
    edges
        Rows of `network.edges`, or more of their kind, with any further columns that `columns` names.
    styles, style
        The ways of drawing and the number of one for each drawn line, shape (n_lines,) as in `drawn`.
    columns, tips, always
        What the popup shows when known, what the tooltip shows, and what the popup shows even when not known.
    labels, units, signed
        Words and units that differ from those of the column's name, and columns written with their sign.
    missing
        Whether the popup names the limits that are not known.
    """
    drawn = drawn or draw_edges(edges)
    rows = edges.iloc[drawn.rows]
    fields = []
    for column in columns:
        if column not in rows or not (column in always or _any_known(rows[column])):
            continue
        field = encode_field(
            column,
            in_language(rows, column, lang),
            lang,
            label=(labels or {}).get(column, ""),
            unit=(units or {}).get(column),
        )
        field.update(
            {flag: True for flag, named in (("tip", tips), ("always", always), ("sign", signed)) if column in named}
        )
        fields.append(field)
    return {
        "type": "lines",
        "key": key,
        "title": title,
        "on": on,
        "styles": [asdict(one) for one in styles],
        "style": np.asarray(style, dtype=int).tolist(),
        "xy": encode_lines(drawn.lines, network.crs),
        "legend": list(legend) or legend_of(styles),
        "first": drawn.starts.tolist(),
        "count": len(rows),
        "titles": encode_text(edge_titles(rows, lang=lang, names=names)),
        "subtitles": encode_text(edge_subtitles(rows, lang=lang)),
        "headings": encode_text(edge_headings(rows, network, lang=lang, names=names)),
        "assumed": encode_text(rows["assumed"].str.replace(" ", "")),
        "fields": fields,
        **({"missing": encode_text(missing_limits(rows, lang=lang))} if missing else {}),
    }


def point_layer(
    points: gpd.GeoDataFrame,
    *,
    key: str,
    title: str,
    lang: Lang,
    styles: Sequence[PointStyle],
    style: ArrayLike,
    titles: pd.Series,
    columns: Sequence[str],
    tips: Sequence[str] = (),
    legend: Sequence[dict[str, Any]] = (),
    signs: Sequence[str] | None = None,
    subtitles: pd.Series | None = None,
    labels: Mapping[str, str] | None = None,
    on: bool = True,
) -> Layer:
    """Marks with a tooltip and a popup; the first row lies on top. A line or area is marked at a point on it."""
    fields = []
    for column in columns:
        if column in points and _any_known(points[column]):
            field = encode_field(column, in_language(points, column, lang), lang, label=(labels or {}).get(column, ""))
            fields.append({**field, **({"tip": True} if column in tips else {})})
    return {
        "type": "points",
        "key": key,
        "title": title,
        "on": on,
        "styles": [_mark(one) for one in styles],
        "style": np.asarray(style, dtype=int).tolist(),
        "xy": encode_points(points.geometry.to_numpy(), points.crs),
        "legend": list(legend) or legend_of(styles),
        "titles": encode_text(titles),
        "fields": fields,
        **({"signs": [str(sign) for sign in signs]} if signs is not None else {}),
        **({"subtitles": encode_text(subtitles)} if subtitles is not None else {}),
    }


def legend_of(styles: Sequence[LineStyle | PointStyle]) -> list[dict[str, Any]]:
    """Legend entries of the styles that have words."""
    return [legend_entry(one) for one in styles if one.label]


def legend_entry(style: LineStyle | PointStyle, label: str = "") -> dict[str, Any]:
    """One legend entry, drawn with the very strokes of the map."""
    text = capitalise(label or style.label)
    if isinstance(style, PointStyle):
        return {"label": text, "mark": _mark(style)}
    return {"label": text, "strokes": [asdict(stroke) for stroke in style.strokes]}


def _mark(style: PointStyle) -> dict[str, Any]:
    mark = asdict(style)
    del mark["label"]
    return mark


def _any_known(values: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(values):
        return bool(values.notna().any())
    return bool((values.notna() & (values != "")).any())
