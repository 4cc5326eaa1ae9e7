"""Change of flow as small maps side by side, one a scenario: less in blue and dashed, more in orange, one scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.drawings_common import new_figure
from geoplan.maps.drawings_ground import Box, draw_ground, edge_lines, keep_layout, name_points, path_of
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text
from geoplan.network.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MORE, LESS = Text("fler", "more"), Text("färre", "fewer")
WIDTHS = (1.2, 2.4, 4.0)


def draw_changes(
    network: Network,
    changes: Mapping[str, pd.DataFrame],
    places: gpd.GeoDataFrame,
    *,
    box: Box,
    columns: int = 3,
    lang: Lang = "en",
) -> Figure:
    """Small maps of `flow_vph_change`, in the order of `changes` ({title: table of `compare`}), on one scale."""
    rows = -(-len(changes) // columns)
    shape = (box[3] - box[1]) / (box[2] - box[0])
    figure = new_figure(17.0, 16.0 / columns * shape * rows + 0.6 * rows + 1.2)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    top = max((float(table["flow_vph_change"].abs().max()) for table in changes.values()), default=1.0)
    breaks = s.nice_breaks(top, len(WIDTHS))
    for axes, (title, table) in zip(grid, changes.items(), strict=False):
        draw_ground(axes, network, box, modes=("road",))
        _lines(axes, network, by_way(network, table["flow_vph_change"]), breaks, box)
        name_points(axes, places.geometry, places["name"].astype(str).to_dict(), size=5.5, across=columns)
        axes.set_title(title, fontsize=8, color=s.INK, y=1.0)
    for axes in grid[len(changes) :]:
        axes.set_axis_off()
    figure.legend(handles=_legend(breaks, lang), loc="outside lower center", ncols=3, fontsize=7.5, frameon=False)
    return keep_layout(figure)


def by_way(network: Network, change: pd.Series) -> pd.Series:
    """The larger change of the two directions of each way, indexed by one edge of the way."""
    ways = network.edges["way_id"].reindex(change.index)
    order = change.abs().sort_values(ascending=False, kind="stable").index
    first = order[~ways.reindex(order).duplicated().to_numpy()]
    return change.reindex(first)


def _lines(axes: Any, network: Network, change: pd.Series, breaks: list[float], box: Box) -> None:
    from matplotlib.patches import PathPatch

    size = s.class_of(change.abs(), breaks)
    for more, colors in ((False, s.DECREASE), (True, s.INCREASE)):
        for k, width in enumerate(WIDTHS):
            # Less than a hundredth of the smallest class is round-off.
            mine = change.index[(size == k) & ((change > 0) == more) & (change.abs() > 0.01 * breaks[0]).to_numpy()]
            path = path_of(edge_lines(network, mine, box)) if len(mine) else None
            if path is not None:
                look = {"edgecolor": colors[k], "linewidth": width, "linestyle": "-" if more else (0, (3, 1))}
                # Round ends would close the gaps of the dashes, which grey print depends on.
                ends = "round" if more else "butt"
                axes.add_patch(PathPatch(path, fill=False, capstyle=ends, zorder=3 + k, **look))


def _legend(breaks: list[float], lang: Lang) -> list[Any]:
    from matplotlib.lines import Line2D

    limits = [0.0, *breaks]
    marks = []
    for word, colors, dash in ((MORE, s.INCREASE, "-"), (LESS, s.DECREASE, (0, (3, 1)))):
        for k, width in enumerate(WIDTHS):
            low = number_text(limits[k], lang, digits=0)
            text = f"{low}–{number_text(limits[k + 1], lang, digits=0)}" if k + 1 < len(limits) else f"≥ {low}"
            look: dict[str, Any] = {"color": colors[k], "linewidth": width, "linestyle": dash}
            marks.append(Line2D([], [], label=f"{text} {word.of(lang)}", **look))
    return [marks[k] for k in np.arange(6).reshape(2, 3).T.ravel()]
