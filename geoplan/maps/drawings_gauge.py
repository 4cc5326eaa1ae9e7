"""The load inside the gauge, as seen along the track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.drawings_common import label_axes, new_figure, quiet_axes, say
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, capitalise

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle


def draw_gauge(
    outline: pd.DataFrame,
    *,
    load_width_m: float,
    load_bottom_m: float,
    load_top_m: float,
    gauge_name: str = "",
    load_name: str = "",
    wire_m: float = np.nan,
    wire_top_m: float = np.nan,
    lang: Lang = "en",
) -> Figure:
    """The cross-section of a laden wagon against its loading gauge and the contact wire.

    Parameters
    ----------
    outline
        Half an outline from the bottom up: columns half_width_m, height_m.
    load_width_m, load_bottom_m, load_top_m
        The load as it hangs on the wagon, heights above rail.
    wire_m, wire_top_m
        Height of the contact wire, and what a load may reach below it; NaN leaves it out.
    """
    figure = new_figure(11.0, 12.0)
    axes = figure.add_subplot()
    quiet_axes(axes)
    half, height = outline["half_width_m"].to_numpy(), outline["height_m"].to_numpy()
    x, y = np.concatenate([half, -half[::-1]]), np.concatenate([height, height[::-1]])
    axes.fill(x, y, facecolor=s.WATER, edgecolor=s.BLUE, linewidth=1.6, zorder=2)
    axes.annotate(
        f"{say('gauge', lang)} {gauge_name}".strip(),
        (0, 0.5),
        ha="center",
        va="bottom",
        fontsize=9,
        color=s.BLUE,
        zorder=6,
    )
    verdict, color = _verdict(half, height, load_width_m, load_bottom_m, load_top_m, wire_top_m)
    left = -load_width_m / 2
    axes.add_patch(_box(left, load_bottom_m, load_width_m, load_top_m - load_bottom_m, color))
    size = f"{number_text(load_width_m, lang, digits=2)} × {number_text(load_top_m - load_bottom_m, lang, digits=2)} m"
    middle = (load_bottom_m + load_top_m) / 2
    axes.annotate(
        f"{load_name or say('load', lang)}\n{size}", (0, middle), ha="center", va="center", fontsize=9, zorder=6
    )
    _dimension(axes, load_width_m / 2 + 0.18, load_top_m, lang)
    widest = max(load_width_m / 2, half.max()) + 0.9
    if not np.isnan(wire_m):
        axes.plot([-0.45, 0.45], [wire_m, wire_m], color=s.INK, linewidth=2.2, zorder=5)
    if not np.isnan(wire_top_m):
        axes.axhline(wire_top_m, color=s.INK, linewidth=0.9, linestyle=(0, (5, 4)), zorder=3)
    # The rails and the track bed.
    axes.plot([-0.7175, 0.7175], [0, 0], "|", color=s.INK, markersize=9, markeredgewidth=3)
    axes.axhline(0, color=s.INK, linewidth=1.0)
    axes.set_xlim(-widest, widest)
    axes.set_ylim(-0.3, max(load_top_m, height.max(), np.nan_to_num(wire_m)) + 0.5)
    axes.set_aspect("equal")
    title = capitalise(say(verdict, lang)) + _wire_text(wire_m, wire_top_m, lang)
    label_axes(axes, say("across", lang), say("above_rail", lang), title)
    return figure


def _wire_text(wire_m: float, wire_top_m: float, lang: Lang) -> str:
    """Second line of the title: where the wire hangs and how near a load may come."""
    if np.isnan(wire_m):
        return ""
    text = f"\n{say('wire', lang)} {number_text(wire_m, lang, digits=2)} m"
    if np.isnan(wire_top_m):
        return text
    return f"{text}, {say('wire_top', lang)} {number_text(wire_top_m, lang, digits=2)} m"


def _verdict(
    half: np.ndarray, height: np.ndarray, width: float, bottom: float, top: float, wire_top: float
) -> tuple[str, str]:
    """Word and colour: inside, outside, or at the wire."""
    if top > wire_top:
        return "hits", s.VERMILION
    inside = top <= height.max()
    if inside:
        levels = np.concatenate([[bottom, top], height[(height >= bottom) & (height <= top)]])
        inside = bool((np.interp(levels, height, half) >= width / 2).all())
    return ("fits", s.BLUE) if inside else ("outside", s.ORANGE)


def _box(x: float, y: float, width: float, height: float, color: str) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=color + "40", edgecolor=color, linewidth=2.0, zorder=4)


def _dimension(axes: Axes, x: float, top: float, lang: Lang) -> None:
    """The height above rail as a dimension line beside the load."""
    axes.annotate(
        "",
        (x, top),
        (x, 0),
        arrowprops={"arrowstyle": "<->", "color": s.INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
    )
    axes.annotate(f"{number_text(top, lang, digits=2)} m", (x + 0.06, top / 2), rotation=90, va="center", fontsize=8)
