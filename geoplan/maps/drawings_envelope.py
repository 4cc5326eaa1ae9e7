"""The export envelope: largest weight against height, one line a scenario or mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.drawings_common import LINE_COLORS, label_axes, new_figure, quiet_axes, say
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, column_text, value_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DASHES = ("-", (0, (6, 2)), (0, (2, 2)), (0, (8, 2, 2, 2)), (0, (1, 1)), (0, (10, 4)))


def draw_envelope(
    envelope: pd.DataFrame, *, width_m: float, by: str = "scenario", top_height_m: float = 7.0, lang: Lang = "en"
) -> Figure:
    """Largest weight that gets out, against height, for loads of one width.

    Parameters
    ----------
    envelope
        Rows of `export_envelope`: scenario, mode, width_m, height_m, weight_t, weight_by, height_by.
    by
        "scenario" or "mode": what the lines are. The caller picks the rows of the other.
    top_height_m
        Where the drawing ends; a frontier without a known bound ends there in an arrow.
    """
    figure = new_figure(17.0, 11.5)
    axes = figure.add_subplot()
    quiet_axes(axes)
    table = envelope[envelope["width_m"] == width_m]
    named: set[tuple[float, float]] = set()
    words = {"best", "road", "rail", "sea"}
    for i, (name, rows) in enumerate(table.groupby(by, sort=False)):
        color, dash = LINE_COLORS[i % len(LINE_COLORS)], DASHES[i % len(DASHES)]
        label = say(str(name), lang) if by == "mode" and name in words else str(name)
        _frontier(axes, rows, color, dash, label, top_height_m, lang, named)
    if table.empty:
        axes.text(0.5, 0.5, say("nothing", lang), transform=axes.transAxes, ha="center", fontsize=10, color=s.INK)
    else:
        axes.legend(fontsize=8, frameon=False, loc="lower left")
    axes.set_xlim(0, top_height_m * 1.02)
    axes.set_ylim(0, (table["weight_t"].max() * 1.15) if len(table) else 1.0)
    title = f"{say('width', lang)} {number_text(width_m, lang, digits=2)} m"
    label_axes(axes, say("height", lang), say("weight", lang), title)
    return figure


def _frontier(
    axes: Axes,
    rows: pd.DataFrame,
    color: str,
    dash: Any,
    label: str,
    top: float,
    lang: Lang,
    named: set[tuple[float, float]],
) -> None:
    """One line: falls in steps from the heaviest to the highest load; `named` holds the corners that have words."""
    rows = rows.sort_values("height_m")
    height = np.minimum(rows["height_m"].to_numpy(), top)
    weight = rows["weight_t"].to_numpy()
    x = np.concatenate([[0.0], np.repeat(height, 2)])
    y = np.concatenate([np.repeat(weight, 2), [0.0]])
    open_end = np.isinf(rows["height_m"].iloc[-1])
    if open_end:
        x, y = x[:-1], y[:-1]
        axes.annotate(
            "",
            (top * 1.02, weight[-1]),
            (top * 0.985, weight[-1]),
            arrowprops={"arrowstyle": "->", "color": color, "lw": 1.8},
        )
    axes.plot(x, y, color=color, linestyle=dash, linewidth=2.0, label=label)
    axes.fill_between(x, y, color=color, alpha=0.06)
    for row, at in zip(rows.to_dict("records"), height, strict=True):
        axes.plot([at], [row["weight_t"]], "o", color=color, markersize=4)
        corner = (round(float(at), 2), round(float(row["weight_t"]), 1))
        if corner in named:
            continue
        named.add(corner)
        text = f"{_bound(row, 'weight', lang)}\n{_bound(row, 'height', lang)}"
        axes.annotate(
            text, (at, row["weight_t"]), (-4, 6), textcoords="offset points", fontsize=7, ha="right", color=s.INK
        )


def _bound(row: dict[Any, Any], what: str, lang: Lang) -> str:
    """What binds a corner, in words: the limit and the place."""
    place = value_text("vehicle", row[f"{what}_by"], lang)  # a pay-load is bound by the vehicle itself
    return f"{column_text(row[f'{what}_limit'], lang)}: {place}" if place else say("no_bound", lang)
