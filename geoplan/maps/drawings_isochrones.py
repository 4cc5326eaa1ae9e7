"""Isochrones as small maps side by side: a row a mode, a column a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geoplan.maps import style as s
from geoplan.maps.drawings_common import new_figure
from geoplan.maps.drawings_ground import Box, draw_ground, keep_layout, name_points, path_of
from geoplan.maps.labels import Lang
from geoplan.network.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#0a426f", "#3a82bb", "#9cc5e5", "#d5e6f3")  # nearest first
ROUGH_M = 250.0


def draw_isochrones(
    network: Network,
    areas: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    modes: Mapping[str, str],
    box: Box,
    lang: Lang = "en",
) -> Figure:
    """What is in reach of some places, by mode.

    Parameters
    ----------
    areas
        Rows with mode, origin, to_min and areas, the whole of what is reached in that time.
    places
        Points with `name` to be named on the maps.
    modes
        Words for each mode of `areas`, in the order of the rows.
    """
    from matplotlib.patches import Patch

    origins = list(dict.fromkeys(areas["origin"]))
    rows = [mode for mode in modes if (areas["mode"] == mode).any()]
    shape = (box[3] - box[1]) / (box[2] - box[0])
    width = 17.0
    figure = new_figure(width, 0.94 * width / len(origins) * shape * len(rows) + 1.8)
    grid = figure.subplots(len(rows), len(origins), squeeze=False)
    limits = sorted(areas["to_min"].unique())
    for mode, line in zip(rows, grid, strict=True):
        for origin, axes in zip(origins, line, strict=True):
            draw_ground(axes, network, box, modes=("road",) if mode == "car" else ("rail",))
            mine = areas[(areas["mode"] == mode) & (areas["origin"] == origin)].sort_values("to_min", ascending=False)
            for area, limit in zip(mine.geometry, mine["to_min"], strict=True):
                _fill(axes, area, box, COLORS[limits.index(limit)])
                if mode != "car":
                    _mark(axes, area, COLORS[limits.index(limit)])
            own_first = places.loc[(places["name"] != origin).sort_values(kind="stable").index]
            names = own_first["name"].astype(str).to_dict()
            name_points(axes, own_first.geometry, names, size=5.5, across=len(origins))
            axes.set_title(f"{origin}, {modes[mode]}", fontsize=8, color=s.INK, y=1.0)
    marks = [Patch(facecolor=COLORS[k], label=f"{limit:g} min") for k, limit in enumerate(limits)]
    figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), fontsize=8, frameon=False)
    return keep_layout(figure)


def _fill(axes: Any, area: shapely.Geometry, box: Box, color: str) -> None:
    from matplotlib.patches import PathPatch

    inside = shapely.clip_by_rect(shapely.simplify(area, ROUGH_M), *box)
    rings = [ring for part in shapely.get_parts(inside) for ring in (part.exterior, *part.interiors)]
    path = path_of(np.array(rings, dtype=object))
    if path is not None:
        axes.add_patch(PathPatch(path, facecolor=color, edgecolor="white", linewidth=0.3, zorder=0))


def _mark(axes: Any, area: shapely.Geometry, color: str) -> None:
    """A mark on each part: the land around a station is too small to be seen on a map of a region."""
    points = shapely.get_coordinates(shapely.point_on_surface(shapely.get_parts(area)))
    axes.plot(points[:, 0], points[:, 1], "o", color=color, markersize=8, markeredgecolor="white", zorder=2)
