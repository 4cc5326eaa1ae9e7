"""Desire lines: who wants to go where, as straight lines between zones, wider where there are more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.drawings_common import new_figure
from geoplan.maps.drawings_ground import box_of, draw_ground, keep_layout, name_points
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text
from geoplan.network.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDEST_PT = 9.0
LEGEND = Text("båda riktningarna", "both directions together")


def desire_lines(trips: pd.DataFrame, *, most: int = 60) -> pd.DataFrame:
    """The pairs of zones with the most trips, both directions together: a, b, trips; trips within zones left out."""
    values = trips.to_numpy()
    both = np.triu(values + values.T, k=1)
    i, j = np.nonzero(both)
    table = pd.DataFrame({"a": trips.index[i], "b": trips.index[j], "trips": both[i, j]})
    return table.nlargest(most, "trips").reset_index(drop=True)


def draw_desire_lines(
    network: Network,
    zones: gpd.GeoDataFrame,
    trips: pd.DataFrame,
    *,
    focus: pd.Index,
    unit: str,
    most: int = 60,
    lang: Lang = "en",
) -> Figure:
    """Straight lines between zones.

    Parameters
    ----------
    zones
        Points with `name`, indexed by zone_id.
    trips
        Trips from zone to zone.
    focus
        Zones whose surroundings the map shows; lines that touch none of them are left out.
    unit
        What the trips are counted in, for the legend.
    """
    points = zones.geometry.centroid
    box = box_of(points[focus], margin_m=12_000.0)
    figure = new_figure(17.0, 16.6 * (box[3] - box[1]) / (box[2] - box[0]) + 1.4)
    axes = figure.add_subplot()
    draw_ground(axes, network, box)
    touched = trips.where(trips.index.isin(focus)[:, None] | trips.columns.isin(focus)[None, :], 0.0)
    lines = desire_lines(touched, most=most)
    top = float(lines["trips"].max()) if len(lines) else 1.0
    for a, b, amount in lines.iloc[::-1].itertuples(index=False):
        width = WIDEST_PT * np.sqrt(amount / top)
        axes.plot(
            [points[a].x, points[b].x],
            [points[a].y, points[b].y],
            color=s.BLUE,
            alpha=0.55,
            linewidth=max(width, 0.4),
            solid_capstyle="round",
            zorder=3,
        )
    for share in (0.05, 0.25, 1.0):
        amount = s.nice_number(share * top)
        text = f"{number_text(amount, lang, digits=0)} {unit}"
        axes.plot([], [], color=s.BLUE, alpha=0.55, linewidth=WIDEST_PT * np.sqrt(amount / top), label=text)
    figure.legend(
        loc="outside lower center", ncols=3, fontsize=8, frameon=False, title=LEGEND.of(lang), title_fontsize=8
    )
    order = zones.loc[focus].sort_values("population", ascending=False).index
    rest = zones.index.difference(order, sort=False)
    shown = order.append(rest)
    name_points(axes, points[shown], zones["name"].astype(str).to_dict(), size=7.5)
    return keep_layout(figure)
