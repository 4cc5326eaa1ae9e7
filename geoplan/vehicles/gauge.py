"""Loading gauges: does the cross-section of a laden wagon fit inside, and by how much.

A gauge is the outline, on one side of the track's middle, that a standing wagon on straight track must keep
within. The structure gauge around it leaves room for the throw of ordinary wagons in curves; a longer wagon
throws more, and that excess is the caller's to add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geoplan.errors import DataError


@dataclass(frozen=True)
class Gauge:
    """Half an outline: points (half width, height above rail) from the bottom up; the top point closes it.

    Heights must not fall. Widths between points follow straight lines.
    """

    name: str
    outline: tuple[tuple[float, float], ...]
    source: str = ""
    confidence: str = ""

    def __post_init__(self) -> None:
        heights = [height for _, height in self.outline]
        if len(self.outline) < 2 or heights != sorted(heights) or min(width for width, _ in self.outline) < 0:
            raise DataError(f"gauge {self.name!r}: give two or more points (half width, height) from the bottom up")

    @property
    def height_m(self) -> float:
        return self.outline[-1][1]

    @property
    def width_m(self) -> float:
        return 2 * max(width for width, _ in self.outline)

    def half_width_m(self, bottom_m: float, top_m: float) -> float:
        """Narrowest half width between two heights; -inf when the top is above the gauge."""
        if top_m > self.height_m:
            return -np.inf
        widths, heights = (np.array(column) for column in zip(*self.outline, strict=True))
        low = max(bottom_m, heights[0])
        inside = (heights >= low) & (heights <= top_m)
        ends = np.interp([low, top_m], heights, widths)
        # At a step (two points of one height) the narrower side counts.
        return float(min([*ends, *widths[inside]]))

    def top_m(self, width_m: float, bottom_m: float = 0.0) -> float:
        """Greatest height that a load of this width may reach; -inf when it is too wide at its foot."""
        widths, heights = (np.array(column) for column in zip(*self.outline, strict=True))
        half = width_m / 2
        low = max(bottom_m, float(heights[0]))
        if half > np.interp(low, heights, widths):
            return -np.inf
        for (w0, h0), (w1, h1) in zip(self.outline[:-1], self.outline[1:], strict=True):
            if h1 <= low or w1 >= half:
                continue
            return float(h0 + (h1 - h0) * (w0 - half) / (w0 - w1)) if w0 > w1 else float(h0)
        return self.height_m


# Widths and heights: sv.wikipedia Lastprofil and Green Cargo's wagon handbook (M). SE-A keeps its full 3.40 m up to
# 3.64 m and then narrows; where the top corner lies was not readable, a half width of 0.70 m at 4.65 m is assumed.
# SE-C is near rectangular; its corner is drawn square. The foot (below 0.40 m) of neither was readable.
GAUGES: dict[str, Gauge] = {
    "SE-A": Gauge(
        "SE-A",
        ((1.70, 0.0), (1.70, 3.64), (0.70, 4.65)),
        "sv.wikipedia Lastprofil; Green Cargo; top corner assumed",
        "M",
    ),
    "SE-C": Gauge("SE-C", ((1.80, 0.0), (1.80, 4.83)), "sv.wikipedia Lastprofil; Green Cargo", "M"),
}


def find_gauge(name: str, own: Mapping[str, Gauge] | None = None) -> Gauge | None:
    """The gauge of this name, the study's own before the built-in ones; None when it is not known."""
    return (own or {}).get(name) or GAUGES.get(name)


def curve_throw(radius_m: float, pivots_m: float, length_m: float) -> tuple[float, float]:
    """Sideways throw (middle, ends) in metres of a wagon on a curve.

    Middle p^2 / 8R to the inside, ends (L^2 - p^2) / 8R to the outside; p pivot distance, L length between
    the ends that throw. Textbook chord geometry, bogies taken as points on the track's middle line.
    """
    return pivots_m**2 / (8 * radius_m), max(length_m**2 - pivots_m**2, 0.0) / (8 * radius_m)


def gauge_room(
    gauge: Gauge, width_m: float, bottom_m: float, top_m: float, *, throw_m: float = 0.0
) -> tuple[float, float, str]:
    """What binds a rectangular section: (limit, need, "height" or "width"), in metres; it fits when need <=
    limit.

    The height binds when the section is not too wide at its foot: the limit is the height the gauge allows at
    this width. Otherwise the width binds, at full height where that is known.
    """
    wide = width_m + 2 * throw_m
    top = gauge.top_m(wide, bottom_m)
    if np.isfinite(top):
        return top, top_m, "height"
    return (
        2 * float(np.interp(bottom_m, [h for _, h in gauge.outline], [w for w, _ in gauge.outline])),
        wide,
        "width",
    )
