"""A map as a drawing of 16:9 for slides and reports: the layers that are on, names, and the legend beside them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geoplan.maps import style as s
from geoplan.maps.encode import STEPS_PER_DEGREE
from geoplan.maps.page import GeoMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 13.333, 7.2  # inches; the sheet adds a line of credits below
_PANEL = 0.25  # share of the width that the legend has
_POINTS = 0.75  # points a pixel of the screen
_MANY = 4000  # lines from which on a drawing holds them as a picture, whatever its format
_MARKS = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^"}
_CHARACTER = 0.56  # mean width of a letter, share of its size


def draw_map(m: GeoMap) -> Figure:
    """The map as it opens, with title, what it says, and the legend of what is on."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, _HEIGHT), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1 - _PANEL, 1.0))
    axes.set_facecolor("#f7f9fb")
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    _frame(axes, m.spec["bounds"])
    layers = [layer for layer in m.spec["layers"] if layer["on"]]
    for order, layer in enumerate(layers, start=1):
        {"lines": _lines, "points": _points, "areas": _areas}[layer["type"]](axes, layer, 10 * order)
    if "labels" in m.spec:
        _names(axes, m.spec["labels"], layers)
    panel = figure.add_axes((1 - _PANEL, 0.0, _PANEL, 1.0))
    panel.axis("off")
    _panel(panel, m.spec, layers)
    return figure


def _frame(axes: Axes, bounds: list[list[float]]) -> None:
    """What the map opens on, in Mercator degrees, with room around it and the shape of the axes."""
    (south, west), (north, east) = bounds
    low, high = (float(_mercator(np.asarray(lat))) for lat in (south, north))
    shape = _WIDTH * (1 - _PANEL) / _HEIGHT
    height = max((high - low) * 1.12, (east - west) * 1.12 / shape)
    middle_x, middle_y = (west + east) / 2, (low + high) / 2
    axes.set_xlim(middle_x - height * shape / 2, middle_x + height * shape / 2)
    axes.set_ylim(middle_y - height / 2, middle_y + height / 2)


def _places(steps: Sequence[int]) -> NDArray[np.float64]:
    degrees = np.cumsum(np.asarray(steps, dtype=np.int64).reshape(-1, 2), axis=0) / STEPS_PER_DEGREE
    return np.column_stack([degrees[:, 0], _mercator(degrees[:, 1])])


def _mercator(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.degrees(np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)))


def _split(xy: dict[str, Any]) -> list[NDArray[np.float64]]:
    return np.split(_places(xy["d"]), np.cumsum(xy["n"])[:-1]) if xy["n"] else []


def _lines(axes: Axes, layer: dict[str, Any], order: float) -> None:
    from matplotlib.collections import LineCollection

    lines = _split(layer["xy"])
    which = np.asarray(layer["style"], dtype=int)
    for level in range(max((len(style["strokes"]) for style in layer["styles"]), default=0)):
        for number, style in enumerate(layer["styles"]):
            members = [lines[at] for at in np.flatnonzero(which == number)]
            if level < len(style["strokes"]) and members:
                drawn = LineCollection(members, zorder=order + level, **_pen(style["strokes"][level]))
                drawn.set_rasterized(len(lines) > _MANY)
                axes.add_collection(drawn, autolim=False)


def _pen(stroke: dict[str, Any]) -> dict[str, Any]:
    """Colour, width and dashes; those of matplotlib count in widths of the line."""
    width = stroke["weight"] * _POINTS
    dashes = [float(part) / stroke["weight"] for part in stroke["dash"].split()] if stroke["dash"] else None
    round_ends = dashes is None or stroke["dash"].startswith(("0 ", "1 "))
    return {
        "colors": stroke["color"], "linewidths": width, "alpha": stroke["opacity"], "joinstyle": "round",
        "linestyles": [(0, dashes)] if dashes else "solid", "capstyle": "round" if round_ends else "butt",
    }  # fmt: skip


def _areas(axes: Axes, layer: dict[str, Any], order: float) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    rings = _split(layer["xy"])
    if not rings:
        return
    if "fill" in layer:
        shape = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
        axes.add_patch(PathPatch(shape, facecolor=layer["fill"], edgecolor="none", zorder=order))
    else:
        axes.add_collection(
            LineCollection(rings, colors=layer["color"], linewidths=0.9, linestyles=[(0, [2, 4])], zorder=order),
            autolim=False,
        )


def _points(axes: Axes, layer: dict[str, Any], order: float) -> None:
    signs = layer.get("signs") or [""] * len(layer["style"])
    points = _places(layer["xy"])
    # The first row is the most important and lies on top.
    for rank in reversed(range(len(points))):
        style = layer["styles"][layer["style"][rank]]
        above = order + 1 - rank / len(points)
        x, y = points[rank]
        _mark(axes, x, y, style, signs[rank], above)


def _mark(axes: Axes, x: float, y: float, style: dict[str, Any], sign: str, order: float, **more: Any) -> None:
    side = 2 * style["radius"] * _POINTS * (0.9 if style["shape"] == "square" else 1.0)
    axes.plot(
        [x], [y], _MARKS[style["shape"]], markersize=side, markerfacecolor=style["fill"], markeredgewidth=0.9,
        markeredgecolor=style["line"], zorder=order, scalex=False, scaley=False, **more,
    )  # fmt: skip
    if said := sign or style["sign"]:
        size = style["radius"] * (0.72 if len(said) > 2 else 0.9)
        axes.text(
            x, y, _safe(said), fontsize=size, color=style["sign_color"], weight="bold", ha="center",
            va="center_baseline", zorder=order, clip_on=True, family="DejaVu Sans", **more,
        )  # fmt: skip


def _names(axes: Axes, labels: dict[str, Any], layers: Sequence[dict[str, Any]]) -> None:
    """Names where there is room, the most important first: right of the place, or left, below, above."""
    inches = np.asarray([_WIDTH * (1 - _PANEL), _HEIGHT])
    corner = np.asarray([axes.get_xlim()[0], axes.get_ylim()[0]])
    scale = inches / (np.asarray([axes.get_xlim()[1], axes.get_ylim()[1]]) - corner)
    taken = [
        (*(spot - radius), *(spot + radius))
        for layer in layers
        if layer["type"] == "points" and len(layer["style"]) < 300
        for spot, radius in zip(
            (_places(layer["xy"]) - corner) * scale,
            (layer["styles"][number]["radius"] / 96 for number in layer["style"]),
            strict=True,
        )
        if radius > 5 / 96
    ]
    for place, name, strong in zip(_places(labels["xy"]), labels["names"], labels["strong"], strict=True):
        spot = (place - corner) * scale
        if not name or (spot < 0.08).any() or (spot > inches - 0.08).any():
            continue
        size = 8.5 if strong else 7.5
        text = textwrap.shorten(name, 42, placeholder="…")
        wide, high = len(text) * size * _CHARACTER / 72, size * 1.25 / 72
        for dx, dy in ((0.07, -high / 2), (-0.07 - wide, -high / 2), (-wide / 2, -0.08 - high), (-wide / 2, 0.08)):
            box = (spot[0] + dx, spot[1] + dy, spot[0] + dx + wide, spot[1] + dy + high)
            inside = box[0] > 0.03 and box[1] > 0.03 and box[2] < inches[0] - 0.03 and box[3] < inches[1] - 0.03
            air = 0.02 if strong else 0.06
            if inside and not any(
                box[0] - air < b[2] and b[0] < box[2] + air and box[1] - air < b[3] and b[1] < box[3] + air
                for b in taken
            ):
                taken.append(box)
                x, y = corner + np.asarray(box[:2]) / scale
                axes.text(
                    x, y, _safe(text), fontsize=size, color=s.INK, weight="bold" if strong else "normal", va="bottom",
                    zorder=900, bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
                )  # fmt: skip
                if labels["dots"]:
                    axes.plot(*place, "o", markersize=4, mfc="white", mec=s.INK, mew=0.9, zorder=899, scalex=False,
                              scaley=False)  # fmt: skip
                break


def _panel(axes: Axes, spec: Mapping[str, Any], layers: Sequence[dict[str, Any]]) -> None:
    """Title, what the map says, figures, and the legends of the layers, from the top down."""
    axes.set_xlim(0, _WIDTH * _PANEL)
    axes.set_ylim(0, _HEIGHT)
    at = _Cursor(axes)
    at.write(spec["title"], 15, weight="bold", letters=24)
    if spec["subtitle"]:
        at.write(spec["subtitle"], 10, color="#52606d", letters=40)
    if "say" in spec:
        at.gap(0.08)
        at.write(spec["say"]["text"], 10, letters=42)
    for words, value in spec["facts"]:
        at.gap(0.02)
        at.write(f"{words}: {value}", 10, letters=42)
    for layer in reversed(layers):
        legend = layer["legend"] if layer["type"] != "areas" else [{"label": layer["title"], "area": layer}]
        if not legend:
            continue
        at.gap(0.1)
        if len(legend) == 1 and layer["type"] != "areas":
            legend = [{**legend[0], "label": layer["title"]}]
        elif len(legend) > 1:
            at.write(layer["title"], 10, weight="bold", letters=40)
        for entry in legend:
            at.entry(entry)


class _Cursor:
    """Where the next line of the panel goes."""

    def __init__(self, axes: Axes) -> None:
        self.axes, self.y = axes, _HEIGHT - 0.25

    def gap(self, inches: float) -> None:
        self.y -= inches

    def write(self, text: str, size: float, *, letters: int, x: float = 0.22, **look: Any) -> None:
        lines = textwrap.wrap(text, letters) or [""]
        for line in lines[:8]:
            self.y -= size * 1.32 / 72
            if self.y > 0.1:
                self.axes.text(x, self.y, _safe(line), fontsize=size, va="bottom", **{"color": s.INK, **look})

    def entry(self, entry: dict[str, Any]) -> None:
        if "heading" in entry:
            self.write(entry["heading"], 8.5, letters=48, color="#52606d")
            return
        self.write(entry["label"], 9.5, letters=38, x=0.75)
        middle = self.y + 0.09
        if middle < 0.12:
            return
        if "mark" in entry:
            _mark(self.axes, 0.46, middle, entry["mark"], "", 5)
        elif "area" in entry:
            colour = entry["area"].get("fill") or entry["area"]["color"]
            self.axes.plot([0.26, 0.64], [middle, middle], color=colour, linewidth=8 if "fill" in entry["area"] else 1)
        else:
            for order, stroke in enumerate(entry["strokes"]):
                pen = _pen({**stroke, "weight": min(stroke["weight"], 12)})
                style = pen["linestyles"] if pen["linestyles"] == "solid" else pen["linestyles"][0]
                self.axes.plot(
                    [0.26, 0.64], [middle, middle], color=pen["colors"], linewidth=pen["linewidths"], linestyle=style,
                    alpha=pen["alpha"], zorder=order, solid_capstyle="butt", dash_capstyle=pen["capstyle"],
                )  # fmt: skip


def _safe(text: str) -> str:
    """Text that matplotlib takes as it is: dollars would be formulas."""
    return text.replace("$", r"\$")
