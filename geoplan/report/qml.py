"""QGIS styles (QML) with the colours, widths and dashes of the maps, so that a layer opens as its map looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from geoplan.maps.style import LineStyle, PointStyle, Stroke

_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION = "3.34.0"
_MM_PER_PX = 0.264583  # 96 pixels an inch
_SHAPES = {"circle": "circle", "square": "square", "diamond": "diamond", "triangle": "equilateral_triangle"}


@dataclass(frozen=True)
class Rule:
    """One entry of a style: which rows (a QGIS expression; empty for all others), its words, how they are drawn."""

    filter: str
    label: str
    style: LineStyle | PointStyle


def rules_qml(rules: Sequence[Rule], *, label_column: str = "") -> str:
    """A rule-based style; `label_column` puts its values beside the marks."""
    qgis = ET.Element("qgis", version=_VERSION, styleCategories="Symbology|Labeling")
    renderer = ET.SubElement(
        qgis, "renderer-v2", {"type": "RuleRenderer", "symbollevels": "1", "enableorderby": "0", "forceraster": "0"}
    )
    tree = ET.SubElement(renderer, "rules", key="root")
    symbols = ET.SubElement(renderer, "symbols")
    for number, rule in enumerate(rules):
        attributes = {"key": f"rule{number}", "symbol": str(number), "label": rule.label}
        attributes["filter"] = rule.filter or "ELSE"
        if len(rules) == 1 and not rule.filter:
            del attributes["filter"]
        ET.SubElement(tree, "rule", attributes)
        _symbol(symbols, str(number), rule.style)
    if label_column:
        _labels(qgis, label_column)
    return _HEAD + ET.tostring(qgis, encoding="unicode")


def equals(column: str, value: str) -> str:
    """Expression for the rows whose text column has this value."""
    return f'"{column}" = ' + "'" + value.replace("'", "''") + "'"


def between(number: str, low: float | None, high: float | None) -> str:
    """Expression for the rows whose number (a column, or an expression) is at least `low` and below `high`."""
    parts = [f"{number} IS NOT NULL"]
    parts += [f"{number} >= {low:.10g}"] if low is not None else []
    parts += [f"{number} < {high:.10g}"] if high is not None else []
    return " AND ".join(parts)


def _symbol(parent: ET.Element, name: str, style: LineStyle | PointStyle) -> None:
    kind = "marker" if isinstance(style, PointStyle) else "line"
    symbol = ET.SubElement(
        parent, "symbol", {"name": name, "type": kind, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}
    )
    if isinstance(style, PointStyle):
        options = {
            "name": _SHAPES[style.shape],
            "size": f"{2 * style.radius * _MM_PER_PX:.2f}",
            "size_unit": "MM",
            "color": _colour(style.fill),
            "outline_color": _colour(style.line),
            "outline_width": "0.3",
            "outline_width_unit": "MM",
        }
        _layer(symbol, "SimpleMarker", options, level=0)
        return
    for level, stroke in enumerate(style.strokes):
        _layer(symbol, "SimpleLine", _line_options(stroke), level=level)


def _line_options(stroke: Stroke) -> dict[str, str]:
    options = {
        "line_color": _colour(stroke.color, stroke.opacity),
        "line_width": f"{stroke.weight * _MM_PER_PX:.2f}",
        "line_width_unit": "MM",
        "line_style": "solid",
        "capstyle": "flat" if stroke.dash else "round",
        "joinstyle": "round",
        "use_custom_dash": "0",
    }
    if stroke.dash:
        dashes = [max(float(part), 0.1) * _MM_PER_PX for part in stroke.dash.split()]
        options["customdash"] = ";".join(f"{length:.2f}" for length in dashes)
        options["customdash_unit"] = "MM"
        options["use_custom_dash"] = "1"
        if stroke.dash.startswith("1 "):
            options["capstyle"] = "round"
    return options


def _layer(symbol: ET.Element, kind: str, options: Mapping[str, str], *, level: int) -> None:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": str(level)})
    box = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(box, "Option", {"name": name, "type": "QString", "value": value})
        ET.SubElement(layer, "prop", k=name, v=value)


def _labels(qgis: ET.Element, column: str) -> None:
    labeling = ET.SubElement(qgis, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    style = ET.SubElement(
        settings,
        "text-style",
        {
            "fieldName": column,
            "isExpression": "0",
            "fontSize": "8",
            "fontFamily": "Sans Serif",
            "textColor": "31,41,51,255",
        },
    )
    ET.SubElement(style, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferColor="255,255,255,255")
    ET.SubElement(settings, "placement", {"placement": "6", "dist": "1"})
    ET.SubElement(settings, "rendering", {"obstacle": "1", "displayAll": "0"})


def _colour(hex_colour: str, opacity: float = 1.0) -> str:
    """`#rrggbb` as QGIS writes it: red, green, blue, alpha."""
    red, green, blue = (int(hex_colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"
