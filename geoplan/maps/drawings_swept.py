"""The swept path of a combination in a turn, from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geoplan.maps import style as s
from geoplan.maps.drawings_common import label_axes, new_figure, quiet_axes, say
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 9  # positions of the vehicle drawn in outline


def draw_swept_path(
    path: NDArray[np.float64],
    bodies: NDArray[np.float64],
    *,
    width_m: float,
    room_m: float = np.nan,
    title: str = "",
    lang: Lang = "en",
) -> Figure:
    """What a vehicle sweeps in a turn.

    Parameters
    ----------
    path
        (n, 2) the guided front point in metres.
    bodies
        (k, n, 4, 2) corners of each of the k bodies at each point of the path.
    width_m, room_m
        Room needed, and room there (NaN: not known).
    """
    import shapely

    figure = new_figure(13.0, 13.0)
    axes = figure.add_subplot()
    quiet_axes(axes)
    area = shapely.union_all(shapely.polygons(bodies.reshape(-1, 4, 2)))
    for part in getattr(area, "geoms", [area]):
        x, y = part.exterior.xy
        axes.fill(x, y, facecolor=s.ORANGE + "55", edgecolor=s.ORANGE, linewidth=1.0, zorder=2)
    if not np.isnan(room_m):
        for side in (-room_m / 2, room_m / 2):
            line = shapely.LineString(path).offset_curve(side)
            if not line.is_empty and line.geom_type == "LineString":
                x, y = line.xy
                axes.plot(x, y, color=s.INK, linewidth=1.2, zorder=5)
    axes.plot(path[:, 0], path[:, 1], color=s.INK, linewidth=0.9, linestyle=(0, (6, 4)), zorder=4)
    for i in np.linspace(0, len(path) - 1, SHOWN).astype(int):
        for body in bodies[:, i]:
            x, y = np.append(body[:, 0], body[0, 0]), np.append(body[:, 1], body[0, 1])
            axes.plot(x, y, color=s.VERMILION, linewidth=0.8, zorder=3)
    axes.set_aspect("equal")
    # The straights go on for long; what matters is around the bend.
    length = float(np.linalg.norm(bodies[:, :, 0] - bodies[:, :, 3], axis=-1).max())
    near = bodies[np.linalg.norm(bodies - path[len(path) // 2], axis=-1) < 1.4 * length + 10.0]
    low, high = near.min(axis=0) - 3.0, near.max(axis=0) + 3.0
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    need = f"{say('needs', lang)} {number_text(width_m, lang, digits=1)} m"
    room = f"{say('room', lang)}: " + (
        say("unknown", lang) if np.isnan(room_m) else f"{number_text(room_m, lang, digits=1)} m"
    )
    label_axes(axes, say("metres", lang), say("metres", lang), f"{title}\n{need}, {room}".strip())
    return figure
