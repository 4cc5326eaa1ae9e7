"""Small maps as drawings: the network in grey below, names of places above, and lines between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geoplan.maps import style as s
from geoplan.network.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.path import Path

Box = tuple[float, float, float, float]  # west, south, east, north in metres
SIMPLIFY_M = 60.0


def box_of(points: gpd.GeoSeries, *, margin_m: float = 6000.0) -> Box:
    """The box around points, with a margin."""
    west, south, east, north = points.total_bounds
    return float(west - margin_m), float(south - margin_m), float(east + margin_m), float(north + margin_m)


def draw_ground(axes: Any, network: Network, box: Box, *, modes: Iterable[str] = ("road", "rail")) -> None:
    """Bare axes in true scale with the roads (full) and railways (dashed) inside the box in grey."""
    from matplotlib.patches import PathPatch

    axes.set_xlim(box[0], box[2])
    axes.set_ylim(box[1], box[3])
    axes.set_aspect("equal")
    axes.set_axis_off()
    looks = {"road": (s.GREY, 0.9, "-"), "rail": (s.BORDER, 0.9, (0, (3, 2)))}
    for mode in modes:
        edges = network.edges[(network.edges["mode"] == mode) & (network.edges["status"] == "")]
        first = edges[~edges["way_id"].duplicated()]
        path = path_of(_clipped(first.geometry.to_numpy(), box))
        if path is not None:
            color, width, dash = looks[mode]
            axes.add_patch(PathPatch(path, fill=False, edgecolor=color, linewidth=width, linestyle=dash, zorder=1))


def path_of(lines: NDArray[np.object_]) -> Path | None:
    """All lines as one path, so that the drawing stays small; None without any."""
    from matplotlib.path import Path

    points, codes = [], []
    for line in shapely.get_parts(lines):
        xy = shapely.get_coordinates(line)
        if len(xy) >= 2:
            points.append(xy)
            codes.append(np.r_[Path.MOVETO, np.full(len(xy) - 1, Path.LINETO)])
    if not points:
        return None
    return Path(np.round(np.concatenate(points)), np.concatenate(codes).astype(Path.code_type))


def keep_layout(figure: Figure) -> Figure:
    """The figure with its parts where they are now, however large a sheet it is put on later."""
    figure.set_layout_engine("constrained", rect=(0.0, 0.0, 1.0, 0.98))  # titles keep off the edge of the sheet
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def edge_lines(network: Network, edges: Iterable[Any], box: Box) -> NDArray[np.object_]:
    """Lines of edges inside the box, simplified."""
    return _clipped(network.edges.geometry[list(edges)].to_numpy(), box)


def name_points(
    axes: Any, points: gpd.GeoSeries, names: Mapping[Any, str], *, size: float = 7.0, across: int = 1
) -> None:
    """Dots with names; a name that would lie on an earlier one is left out, its dot is not.

    `across` is the number of maps side by side on the sheet: each is that much smaller, its letters are not.
    """
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    wide = across * (east - west) * 0.0092 * size / 7.0
    high = 2.2 * wide
    taken: list[Box] = []
    for key, point in points.items():
        if not (west <= point.x <= east and south <= point.y <= north):
            continue
        axes.plot([point.x], [point.y], "o", color=s.INK, markersize=2.5, markeredgecolor="white", zorder=6)
        text = names[key]
        left = point.x + 0.6 * wide
        right = left + wide * len(text)
        to_left = right > east
        if to_left:
            left, right = point.x - 0.6 * wide - wide * len(text), point.x - 0.6 * wide
        if left < west:
            continue
        here = (left, point.y - high / 2, right, point.y + high / 2)
        if any(here[0] < b[2] and b[0] < here[2] and here[1] < b[3] and b[1] < here[3] for b in taken):
            continue
        taken.append(here)
        # A box and no outline of the letters: those would become drawings, and the file ten times as large.
        ground = {"facecolor": "white", "alpha": 0.72, "edgecolor": "none", "pad": 0.4}
        words = axes.text(right if to_left else left, point.y, text, fontsize=size, color=s.INK, bbox=ground)
        words.set(va="center", ha="right" if to_left else "left", zorder=7)
        words.set_in_layout(False)
        words.set_clip_on(True)


def _clipped(lines: NDArray[np.object_], box: Box) -> NDArray[np.object_]:
    near = lines[shapely.intersects(lines, shapely.box(*box))] if len(lines) else lines
    return shapely.simplify(shapely.clip_by_rect(near, *box), SIMPLIFY_M)
