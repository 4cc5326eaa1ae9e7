"""Layers of traffic flows: width by flow, colour by volume over capacity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from geoplan.maps import style as s
from geoplan.maps.encode import draw_edges
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, column_text, unit_word
from geoplan.maps.layers import Layer, edge_layer, legend_entry
from geoplan.maps.tables import class_words
from geoplan.maps.titles import Names, edge_titles
from geoplan.maps.words import word
from geoplan.network.network import Network


def flow_layer(network: Network, edges: gpd.GeoDataFrame, breaks: Sequence[float], lang: Lang, names: Names) -> Layer:
    """Edges with flow; `breaks` part the classes of width."""
    drawn = draw_edges(edges)
    widths = s.FLOW_WIDTHS[-len(breaks) - 1 :]
    colour = drawn.largest(s.class_of(edges["vc_ratio"], s.VC_BREAKS)) + 1
    width = drawn.largest(s.class_of(edges["flow_vph"], breaks))
    colours = (s.VC_UNKNOWN, *s.VC_COLORS)
    styles = [s.cased(c, w) for c in colours for w in widths]
    legend: list[dict[str, Any]] = [{"heading": word("vc_title", lang)}]
    middle = widths[len(widths) // 2]
    loads = class_words(s.VC_BREAKS, lang)
    legend += [legend_entry(s.cased(c, middle), t) for c, t in zip(s.VC_COLORS, loads, strict=True)]
    if (colour == 0).any():
        legend.append(legend_entry(s.cased(s.VC_UNKNOWN, middle), word("capacity_unknown", lang)))
    legend.append({"heading": word("flow_title", lang)})
    legend += [legend_entry(s.cased("#52606d", w), t) for w, t in zip(widths, class_words(breaks, lang), strict=True)]
    return edge_layer(
        network,
        edges,
        key="flows",
        title=word("flows", lang),
        lang=lang,
        styles=styles,
        style=colour * len(widths) + width,
        legend=legend,
        columns=("flow_vph", "vc_ratio", "capacity_vph", "time_s", "delay_vehh", "length_m", "speed_kmh", "lanes"),
        tips=("flow_vph", "vc_ratio"),
        always=("vc_ratio",),
        units={"delay_vehh": unit_word("vehh/h", lang)},
        names=names,
        drawn=drawn,
    )


def delay_text(delay_vehh: float, lang: Lang) -> str:
    """Vehicle hours an hour, with a decimal below a hundred."""
    shown = number_text(delay_vehh, lang, digits=1 if abs(delay_vehh) < 100 else 0)
    return f"{shown} {unit_word('vehh/h', lang)}"


def delay_list(
    network: Network, edges: gpd.GeoDataFrame, layers: list[Layer], lang: Lang, names: Names
) -> list[dict[str, Any]]:
    """The links with the most delay, both directions together."""
    waiting = edges[edges["delay_vehh"] > 0]
    if waiting.empty:
        return []
    drawn = draw_edges(edges)
    sums = np.add.reduceat(edges["delay_vehh"].fillna(0.0).to_numpy()[drawn.rows], drawn.starts)
    loads = drawn.largest(edges["vc_ratio"].fillna(-1.0).to_numpy())
    titles = edge_titles(edges.iloc[drawn.rows[drawn.starts]], lang=lang, names=names).to_numpy()
    first = [at for at in np.argsort(-sums, kind="stable")[:10] if sums[at] >= 0.05]
    items = []
    for number, at in enumerate(first, start=1):
        said = delay_text(float(sums[at]), lang)
        if loads[at] >= 0:
            said += f", {column_text('vc_ratio', lang)} {number_text(float(loads[at]), lang, digits=2)}"
        items.append({"badge": str(number), "title": str(titles[at]), "sub": said, "layer": "flows", "at": int(at)})
    return [{"title": word("most_delay", lang), "items": items, "few": 5}] if items else []
