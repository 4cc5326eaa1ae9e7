"""Bars as inline SVG that stretch with the page; their words stand beside them as text."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text
from geoplan.report.content import Bar, Chart

BLUE, STRONG, WEAK, ORANGE = "#3f8cc5", "#0b4f8a", "#9cc5e5", "#d97706"


@dataclass(frozen=True)
class Row:
    """A bar with its words: label, value in both languages, and the drawing."""

    label: Text
    value: Text
    svg: Markup


def chart_rows(chart: Chart) -> list[Row]:
    """The bars of a chart, all on one scale."""
    finite = [bar.value for bar in chart.bars if math.isfinite(bar.value)]
    ends = [0.0, *finite, *([chart.limit] if chart.limit is not None else [])]
    low, high = min(ends), max(ends)
    if high == low:
        high = low + 1.0
    return [Row(bar.label, _value(bar, chart), _bar(bar, chart.limit, low, high)) for bar in chart.bars]


def _value(bar: Bar, chart: Chart) -> Text:
    signed = any(other.value < 0 for other in chart.bars)
    texts = []
    for lang in ("sv", "en"):
        text = number_text(bar.value, lang, digits=chart.digits)
        unit = chart.unit.of(lang)
        plus = "+" if signed and bar.value > 0 else ""
        # A long unit stands once, in the title.
        behind = f"\u00a0{unit}" if 0 < len(unit) <= 3 and math.isfinite(bar.value) else ""
        texts.append(f"{plus}{text}{behind}")
    return Text(*texts)


def _bar(bar: Bar, limit: float | None, low: float, high: float) -> Markup:
    """One bar from zero, in a box of 0..1000 that the page stretches; less than zero is orange and hatched."""

    def x(value: float) -> float:
        return round((value - low) / (high - low) * 1000, 1)

    parts = []
    if math.isfinite(bar.value):
        a, b = sorted((x(0.0), x(bar.value)))
        colour = ORANGE if bar.value < 0 else {"strong": STRONG, "weak": WEAK}.get(bar.tone, BLUE)
        parts.append(f'<rect x="{a}" y="3" width="{max(b - a, 1.5):.1f}" height="14" fill="{colour}"/>')
        if bar.value < 0:
            parts.append(f'<rect x="{a}" y="3" width="{b - a:.1f}" height="14" fill="url(#hatch)"/>')
    elif bar.value > 0:
        parts.append(f'<rect x="{x(0.0)}" y="3" width="{1000 - x(0.0)}" height="14" fill="{BLUE}"/>')
    if low < 0:
        parts.append(f'<line x1="{x(0.0)}" x2="{x(0.0)}" y1="0" y2="20" stroke="#52606d" stroke-width="2"/>')
    if limit is not None:
        parts.append(
            f'<line x1="{x(limit)}" x2="{x(limit)}" y1="0" y2="20" stroke="#1f2933" stroke-width="2" '
            'stroke-dasharray="4 3" vector-effect="non-scaling-stroke"/>'
        )
    # Nothing but numbers goes into the drawing, so that it needs no escaping.
    return Markup(
        '<svg class="bar" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        + "".join(parts)
        + "</svg>"
    )
