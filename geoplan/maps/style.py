"""How things are drawn: colours that hold for the colour-blind, widths and dashes that hold in grey print.

The hues are those of Okabe & Ito (2008), Color Universal Design. Change is blue against orange, never green against
red; ramps darken evenly, so that their order survives a black and white printer; and what a colour says, a width,
a dash or a sign says as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Shape = Literal["circle", "square", "diamond", "triangle"]

INK = "#1f2933"
GREY = "#bcc4cd"
PALE = "#d5dae0"
WHITE = "#ffffff"
BLUE = "#0072b2"
SKY = "#56b4e9"
ORANGE = "#e69f00"
VERMILION = "#d55e00"
PURPLE = "#8a5a9e"
WATER = "#dfe9f1"
BORDER = "#9aa5b1"


@dataclass(frozen=True)
class Stroke:
    """One pass of the pen: colour, width in pixels, dashes as in SVG."""

    color: str
    weight: float
    dash: str = ""
    opacity: float = 1.0


@dataclass(frozen=True)
class LineStyle:
    """A line as strokes from below to above, and its words in the legend (empty: not in the legend)."""

    strokes: tuple[Stroke, ...]
    label: str = ""


@dataclass(frozen=True)
class PointStyle:
    """A mark: shape, radius in pixels, colours and the sign inside it."""

    shape: Shape
    radius: float
    fill: str
    line: str = WHITE
    sign: str = ""
    sign_color: str = WHITE
    label: str = ""


def cased(color: str, weight: float, *, dash: str = "", label: str = "", casing: str = WHITE) -> LineStyle:
    """A line on a casing that keeps crossing lines apart."""
    return LineStyle((Stroke(casing, weight + 2.5), Stroke(color, weight, dash)), label)


def mode_style(mode: str, *, label: str = "", main: bool = True) -> LineStyle:
    """Road full, railway with sleepers, fairway dashed, transfer dotted."""
    if mode == "rail":
        return LineStyle((Stroke(INK, 3.4), Stroke(WHITE, 1.6, "7 7")), label)
    if mode == "sea":
        return LineStyle((Stroke(BLUE, 2.0, "9 7"),), label)
    if mode == "transfer":
        return LineStyle((Stroke(PURPLE, 3.0, "1 6"),), label)
    return LineStyle((Stroke("#7b8794", 2.6) if main else Stroke("#a9b3be", 1.2),), label)


def ground_style(mode: str, *, main: bool = True) -> LineStyle:
    """The same network in grey, as a ground for what the map is about."""
    if mode == "rail":
        return LineStyle((Stroke(GREY, 2.2), Stroke(WHITE, 1.0, "6 6")))
    if mode == "sea":
        return LineStyle((Stroke("#b7cbdc", 1.4, "7 7"),))
    if mode == "transfer":
        return LineStyle((Stroke(GREY, 1.6, "1 5"),))
    return LineStyle((Stroke(GREY, 1.8) if main else Stroke(PALE, 1.0),))


def plan_style(mode: str, *, label: str = "") -> LineStyle:
    """A leg of a plan: strong and cased, the mode told by colour and dash alike."""
    if mode == "rail":
        return LineStyle((Stroke(WHITE, 9.0), Stroke("#0b3c5d", 6.0), Stroke(WHITE, 2.2, "9 9")), label)
    if mode == "sea":
        return cased(SKY, 5.0, dash="12 8", label=label)
    if mode == "transfer":
        return cased(PURPLE, 5.0, dash="1 8", label=label)
    return cased(VERMILION, 5.5, label=label)


MAIN_CLASSES = ("motorway", "trunk", "national", "primary", "regional", "secondary")


def is_main_road(road_class: str) -> bool:
    """Whether a road class is drawn as a main road."""
    return road_class.removesuffix("_link") in MAIN_CLASSES


# Structures and places by shape, so that they differ without colour.
VERDICTS: dict[str, PointStyle] = {
    "ok": PointStyle("circle", 6.5, BLUE, sign="\u2713"),
    "unknown": PointStyle("triangle", 8.5, "#ffe08a", INK, "?", INK),
    "not_ok": PointStyle("square", 8.0, VERMILION, WHITE, "\u2715"),
}
STRUCTURES: dict[str, PointStyle] = {
    "bridge": PointStyle("square", 4.5, ORANGE, INK),
    "tunnel": PointStyle("diamond", 5.5, INK, WHITE),
    "crossing": PointStyle("triangle", 5.5, SKY, INK),
    "quay": PointStyle("circle", 5.0, BLUE, WHITE),
    "other": PointStyle("circle", 4.0, WHITE, INK),
}
PLACE = PointStyle("circle", 3.0, WHITE, INK)


def structure_group(kind: str) -> str:
    """The mark that a kind of structure shares with its likes."""
    if "bridge" in kind:
        return "bridge"
    if kind in ("tunnel", "portal", "height_restrictor", "underpass"):
        return "tunnel"
    if "crossing" in kind:
        return "crossing"
    return "quay" if kind in ("quay", "crane", "lock", "port") else "other"


# Volume over capacity: even steps from light to dark, orange from 70 % on. The limits are the customary ones of
# planning practice: free, busy, dense, near capacity, above it.
VC_BREAKS = (0.5, 0.7, 0.85, 1.0)
VC_COLORS = ("#a9cbe6", "#5f9fd3", "#c96500", "#943f00", "#4a1500")
VC_UNKNOWN = "#8d99a6"
FLOW_WIDTHS = (1.6, 3.2, 5.2, 8.0, 11.5)

DECREASE = ("#9cc5e5", "#3f8cc5", "#0b4f8a")
INCREASE = ("#f5bd85", "#e07b1c", "#974300")
CHANGE_WIDTHS = (2.4, 4.6, 7.5)
SEQUENCE = ("#9cc5e5", "#64a3d2", "#3a82bb", "#1c629c", "#0a426f", "#04213b")


def nice_number(value: float) -> float:
    """The nearest of 1, 2, 2.5, 5 times a power of ten (at least the smallest float above zero)."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(min((step * power for step in (1, 2, 2.5, 5, 10)), key=lambda step: abs(step - value)))


def nice_breaks(largest: float, n_classes: int) -> list[float]:
    """Round limits between `n_classes` classes from 0 to `largest`, narrower at the low end; rising strictly."""
    shares = [((k + 1) / n_classes) ** 1.6 for k in range(n_classes - 1)]
    breaks: list[float] = []
    for share in shares:
        step = nice_number(share * largest)
        if not breaks or step > breaks[-1]:
            breaks.append(step)
    return breaks


def class_of(values: ArrayLike, breaks: ArrayLike) -> np.ndarray:
    """Class number of each value, 0 below the first break; a value on a break belongs to the class above.

    NaN gives -1.
    """
    numbers = np.asarray(values, dtype=np.float64)
    classes = np.searchsorted(np.asarray(breaks, dtype=np.float64), numbers, side="right")
    return np.where(np.isnan(numbers), -1, classes)
