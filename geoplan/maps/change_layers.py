"""Layers of a comparison: less in blue and dashed, more in orange and full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.maps import style as s
from geoplan.maps.encode import draw_edges
from geoplan.maps.labels import Lang, capitalise, unit_text
from geoplan.maps.layers import Layer, edge_layer, legend_entry
from geoplan.maps.tables import class_words
from geoplan.maps.titles import Names
from geoplan.maps.words import word
from geoplan.network.network import Network


def changes_of(comparison: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Base, variant and change in columns of these names."""
    sides = ("base", "variant", "change")
    plain = all(side in comparison for side in sides)
    names = {side: side if plain else f"{measure}_{side}" for side in sides}
    missing = [name for name in names.values() if name not in comparison]
    if missing:
        raise DataError(f"comparison: no column {missing[0]}; name the measure that was compared (measure=...)")
    return pd.DataFrame({side: comparison[name] for side, name in names.items()}, index=comparison.index)


def change_layer(
    network: Network, edges: gpd.GeoDataFrame, breaks: Sequence[float], measure: str, lang: Lang, names: Names
) -> Layer:
    """Edges that change; `breaks` part the classes of width."""
    n = len(breaks) + 1
    widths = s.CHANGE_WIDTHS[-n:]
    size = s.class_of(edges["change"].abs(), breaks)
    # Number of the way of drawing: less 0 .. n-1, more n .. 2n-1, new 2n, gone 2n+1. On a line with two directions the
    # larger change speaks.
    code = np.where(edges["change"] < 0, size, n + size)
    code = np.where(edges["base"].isna(), 2 * n, np.where(edges["variant"].isna(), 2 * n + 1, code))
    drawn = draw_edges(edges)
    weight = np.where(code >= 2 * n, np.inf, edges["change"].abs().to_numpy())
    which = code[_largest_row(drawn.rows, drawn.starts, weight)]
    less = [s.cased(c, w, dash="9 3") for c, w in zip(s.DECREASE[-n:], widths, strict=True)]
    more = [s.cased(c, w) for c, w in zip(s.INCREASE[-n:], widths, strict=True)]
    new = s.cased(s.PURPLE, 5.0, label=word("new_link", lang))
    gone = s.LineStyle((s.Stroke(s.WHITE, 6.0), s.Stroke(s.INK, 3.0, "2 5")), word("removed_link", lang))
    styles = [*less, *more, new, gone]
    words = class_words(breaks, lang)
    unit = unit_text(measure, lang)
    behind = f" ({unit})" if unit else ""
    legend: list[dict[str, Any]] = [{"heading": capitalise(word("decrease", lang)) + behind}]
    legend += [legend_entry(less[k], words[k]) for k in reversed(range(n))]
    legend.append({"heading": capitalise(word("increase", lang)) + behind})
    legend += [legend_entry(more[k], words[k]) for k in range(n)]
    legend += [legend_entry(style) for number, style in ((2 * n, new), (2 * n + 1, gone)) if (which == number).any()]
    return edge_layer(
        network,
        edges,
        key="changes",
        title=word("comparison", lang),
        lang=lang,
        styles=styles,
        style=which,
        legend=legend,
        columns=("change", "base", "variant", "length_m"),
        tips=("change",),
        always=("base", "variant"),
        units=dict.fromkeys(("change", "base", "variant"), unit),
        signed=("change",),
        names=names,
        drawn=drawn,
    )


def _largest_row(rows: np.ndarray, starts: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Of each group of rows, the row with the largest weight (NaN counts as none)."""
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
    order = np.lexsort((-np.nan_to_num(weight[rows], nan=-1.0, posinf=np.inf), group))
    return rows[order[starts]]
