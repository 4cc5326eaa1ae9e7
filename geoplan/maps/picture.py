"""A map as a still picture (SVG), drawn from the same layers and styles as its page."""

from __future__ import annotations

import math
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from geoplan.maps.encode import STEPS_PER_DEGREE
from geoplan.maps.page import GeoMap
from geoplan.maps.style import INK

_NEAR = 0.6  # points closer than this many pixels to the one before are left out
_LETTERS = 40  # of a name
_AROUND = 0.06  # room around what the map shows, as a share of its size


def map_svg(m: GeoMap, *, width_px: int = 640, height_px: int = 360, names: bool = False) -> str:
    """The map as it opens, without legend and panel: layers that are on, in their styles.

    Parameters
    ----------
    width_px, height_px
        Size of the drawing; 16:9 as it is.
    names
        Whether places have their names, where there is room.

    Returns
    -------
    An `svg` element with the map's title for a screen reader. The same map gives the same text.
    """
    frame = _Frame(m.spec["bounds"], width_px, height_px)
    parts = []
    for layer in m.spec["layers"]:
        if layer["on"]:
            parts += {"lines": _lines, "points": _points, "areas": _areas}[layer["type"]](layer, frame)
    if names and "labels" in m.spec:
        parts += _names(m.spec["labels"], frame)
    title = escape(str(m.spec["title"]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width_px} {height_px}" role="img" '
        f"aria-label={quoteattr(title)}><title>{title}</title>"
        f'<rect width="{width_px}" height="{height_px}" fill="#f7f9fb"/>{"".join(parts)}</svg>'
    )


class _Frame:
    """From degrees to pixels in Mercator's projection, what is shown in the middle."""

    def __init__(self, bounds: list[list[float]], width: int, height: int) -> None:
        (south, west), (north, east) = bounds
        low, high = _mercator(south), _mercator(north)
        room = 1 - 2 * _AROUND
        self.width, self.height = width, height
        self.scale = min(width * room / max(east - west, 1e-6), height * room / max(high - low, 1e-6))
        self.x0 = (west + east) / 2 - width / 2 / self.scale
        self.y0 = (low + high) / 2 + height / 2 / self.scale

    def pixels(self, steps: list[int]) -> NDArray[np.float64]:
        """Points (n, 2) in pixels from the integer steps of a layer."""
        degrees = np.cumsum(np.asarray(steps, dtype=np.int64).reshape(-1, 2), axis=0) / STEPS_PER_DEGREE
        y = np.degrees(np.log(np.tan(np.pi / 4 + np.radians(degrees[:, 1]) / 2)))
        return np.column_stack([(degrees[:, 0] - self.x0) * self.scale, (self.y0 - y) * self.scale])

    def path(self, points: NDArray[np.float64], *, closed: bool = False) -> str:
        """SVG path of one line; empty when it lies outside or in one point."""
        low, high = points.min(axis=0), points.max(axis=0)
        if high[0] < 0 or high[1] < 0 or low[0] > self.width or low[1] > self.height:
            return ""
        kept = [points[0]]
        for point in points[1:-1]:
            if math.hypot(*(point - kept[-1])) >= _NEAR:
                kept.append(point)
        kept.append(points[-1])
        text = "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)
        return f"M{text}{'Z' if closed else ''}"

    def inside(self, point: NDArray[np.float64]) -> bool:
        return 0 <= point[0] <= self.width and 0 <= point[1] <= self.height


def _lines(layer: dict[str, Any], frame: _Frame) -> list[str]:
    points = np.split(frame.pixels(layer["xy"]["d"]), np.cumsum(layer["xy"]["n"])[:-1])
    paths: dict[int, list[str]] = {}
    for number, line in zip(layer["style"], points, strict=True):
        paths.setdefault(number, []).append(frame.path(line))
    parts = []
    for level in range(max((len(style["strokes"]) for style in layer["styles"]), default=0)):
        for number, style in enumerate(layer["styles"]):
            data = "".join(paths.get(number, []))
            if level < len(style["strokes"]) and data:
                parts.append(f'<path d="{data}" fill="none" {_stroke(style["strokes"][level])}/>')
    return parts


def _areas(layer: dict[str, Any], frame: _Frame) -> list[str]:
    points = np.split(frame.pixels(layer["xy"]["d"]), np.cumsum(layer["xy"]["n"])[:-1])
    data = "".join(frame.path(line, closed="fill" in layer) for line in points)
    look = (
        f'fill="{layer["fill"]}" fill-rule="evenodd"' if "fill" in layer else f'fill="none" stroke="{layer["color"]}"'
    )
    return [f'<path d="{data}" {look}/>'] if data else []


def _points(layer: dict[str, Any], frame: _Frame) -> list[str]:
    parts = []
    signs = layer.get("signs") or [""] * len(layer["style"])
    for number, point, sign in reversed(list(zip(layer["style"], frame.pixels(layer["xy"]), signs, strict=True))):
        if frame.inside(point):
            parts.append(_mark(layer["styles"][number], point, sign))
    return parts


def _mark(style: dict[str, Any], point: NDArray[np.float64], sign: str) -> str:
    x, y = point
    r = style["radius"]
    corners = {
        "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
        "diamond": [(0, -1.2 * r), (1.2 * r, 0), (0, 1.2 * r), (-1.2 * r, 0)],
        "triangle": [(0, -1.15 * r), (1.1 * r, 0.85 * r), (-1.1 * r, 0.85 * r)],
    }.get(style["shape"])
    paint = f'fill="{style["fill"]}" stroke="{style["line"]}" stroke-width="1.3"'
    if corners is None:
        drawn = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" {paint}/>'
    else:
        drawn = f'<polygon points="{" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)}" {paint}/>'
    said = sign or style["sign"]
    if not said:
        return drawn
    look = f'fill="{style["sign_color"]}" font-size="{1.25 * r:.0f}" font-weight="700" text-anchor="middle"'
    return f'{drawn}<text x="{x:.1f}" y="{y + 0.42 * r:.1f}" {look}>{escape(said)}</text>'


def _names(labels: dict[str, Any], frame: _Frame) -> list[str]:
    """Names from the most important on, right of their place or left of it, where no other name stands."""
    taken: list[tuple[float, float, float, float]] = []
    parts = []
    for (x, y), name, strong in zip(frame.pixels(labels["xy"]), labels["names"], labels["strong"], strict=True):
        size = 14 if strong else 12
        said = name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
        wide = 0.58 * size * len(said)
        for left in (x + 6, x - 6 - wide):
            box = (left - 2, y - 0.7 * size, left + wide + 2, y + 0.7 * size)
            inside = box[0] > 0 and box[1] > 0 and box[2] < frame.width and box[3] < frame.height
            if (
                name
                and inside
                and not any(
                    box[0] < b[2] + 4 and b[0] < box[2] + 4 and box[1] < b[3] + 4 and b[1] < box[3] + 4 for b in taken
                )
            ):
                taken.append(box)
                weight = ' font-weight="650"' if strong else ""
                parts.append(
                    f'<text x="{left:.1f}" y="{y + 0.35 * size:.1f}" font-size="{size}"{weight}>{escape(said)}</text>'
                )
                break
    look = (
        f'font-family="system-ui, Arial, sans-serif" fill="{INK}" paint-order="stroke" stroke="#fff" stroke-width="3"'
    )
    return [f"<g {look}>{''.join(parts)}</g>"] if parts else []


def _stroke(stroke: dict[str, Any]) -> str:
    dash = f' stroke-dasharray="{stroke["dash"]}"' if stroke["dash"] else ""
    cap = "butt" if stroke["dash"] and not stroke["dash"].startswith(("0 ", "1 ")) else "round"
    faint = f' stroke-opacity="{stroke["opacity"]}"' if stroke["opacity"] < 1 else ""
    return (
        f'stroke="{stroke["color"]}" stroke-width="{stroke["weight"]}" stroke-linejoin="round" '
        f'stroke-linecap="{cap}"{dash}{faint}'
    )


def _mercator(lat: float) -> float:
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))
