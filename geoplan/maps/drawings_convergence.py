"""How an assignment converged: relative gap by iteration, one line a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.maps.drawings_common import LINE_COLORS, label_axes, new_figure, quiet_axes
from geoplan.maps.labels import Lang, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS, UP = Text("iteration", "iteration"), Text("relativt gap", "relative gap")
WANTED = Text("krav", "wanted")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")


def draw_convergence(tables: Mapping[str, pd.DataFrame], *, wanted: float | None = None, lang: Lang = "en") -> Figure:
    """Relative gap against iteration on a logarithmic scale.

    Parameters
    ----------
    tables
        `Assignment.convergence` by name.
    wanted
        Gap that was asked for, as a dashed line.
    """
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(17.0, 8.0)
    axes = figure.add_subplot()
    quiet_axes(axes)
    for k, (name, table) in enumerate(tables.items()):
        shown = table[table["relative_gap"] > 0]
        axes.plot(
            shown["iteration"],
            shown["relative_gap"],
            color=LINE_COLORS[k % len(LINE_COLORS)],
            marker=MARKS[k % len(MARKS)],
            markersize=4,
            linewidth=1.4,
            label=name,
        )
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if wanted is not None:
        axes.axhline(
            wanted, color="#1f2933", linewidth=1.0, linestyle=(0, (4, 3)), label=f"{WANTED.of(lang)} {wanted:g}"
        )
    label_axes(axes, ACROSS.of(lang), UP.of(lang))
    axes.legend(fontsize=7.5, frameon=False, ncols=2)
    return figure
