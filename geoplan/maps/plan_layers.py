"""Layers and words of a heavy transport: legs, passages, ends."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.encode import draw_edges
from geoplan.maps.formats import duration_text, length_text, value_with_unit
from geoplan.maps.labels import Lang, capitalise, column_text, value_text
from geoplan.maps.layers import PLACE_COLUMNS, Layer, edge_layer, legend_entry, point_layer
from geoplan.maps.passages import edge_passages
from geoplan.maps.titles import node_titles
from geoplan.maps.words import word
from geoplan.network.network import Network

Names = Mapping[Hashable, str] | None
FEW = 8  # passages in the list before "show all"


def leg_layer(network: Network, edges: gpd.GeoDataFrame, plan: Any, lang: Lang, names: Names) -> Layer:
    """The way of the plan, by mode."""
    drawn = draw_edges(edges)
    modes = [mode for mode in ("road", "rail", "sea", "transfer") if (edges["mode"] == mode).any()]
    styles = [s.plan_style(mode, label=value_text("mode", mode, lang)) for mode in modes]
    which = drawn.largest(edges["mode"].map({mode: number for number, mode in enumerate(modes)}).to_numpy(dtype=int))
    return edge_layer(
        network,
        edges,
        key="legs",
        title=word("plan", lang),
        lang=lang,
        styles=styles,
        style=which,
        tips=("length_m",),
        names=names,
        drawn=drawn,
        missing=True,
    )


def stretch_layers(network: Network, margins: pd.DataFrame, lang: Lang, names: Names) -> list[Layer]:
    """Edges of the way whose own limits are not known or not met."""
    looks = {
        "unknown": ("unknown_limits", s.LineStyle((s.Stroke("#b58900", 11.0, "2 9", 0.55),)), False),
        "not_ok": ("blocked_limits", s.LineStyle((s.Stroke(s.WHITE, 8.0), s.Stroke(s.VERMILION, 5.0, "5 4"))), True),
    }
    layers = []
    for verdict, (key, style, on) in looks.items():
        said = edge_passages(margins, verdict, lang=lang)
        part = network.edges.loc[said.index[said.index.isin(network.edges.index)]].assign(said=said)
        if part.empty:
            continue
        drawn = draw_edges(part)
        layers.append(
            edge_layer(
                network,
                part,
                key=key,
                title=word(key, lang),
                lang=lang,
                styles=[style],
                style=np.zeros(len(drawn.lines)),
                legend=[legend_entry(style, value_text("verdict", verdict, lang))],
                columns=("said", "length_m", "source", "confidence"),
                tips=("said",),
                labels={"said": column_text("limit", lang)},
                names=names,
                drawn=drawn,
                on=on,
            )
        )
    return layers


def passage_layer(passages: gpd.GeoDataFrame, lang: Lang) -> Layer:
    """Structures on the way, by verdict."""
    order = ("not_ok", "unknown", "ok")
    legend = [
        legend_entry(s.VERDICTS[verdict], value_text("verdict", verdict, lang))
        for verdict in order
        if (passages["verdict"] == verdict).any()
    ]
    limits = [column for column in passages.columns if column not in ("title", "verdict", "summary", "geometry")]
    return point_layer(
        passages,
        key="passages",
        title=word("passes", lang),
        lang=lang,
        styles=[s.VERDICTS[v] for v in order],
        style=passages["verdict"].map({verdict: number for number, verdict in enumerate(order)}),
        titles=passages["title"],
        columns=limits,
        tips=limits,
        legend=legend,
    )


def end_layers(network: Network, plan: Any, lang: Lang, names: Names) -> list[Layer]:
    """Start A and destination B."""
    ends = _plan_ends(plan)
    places = [node for node in ends if node in network.nodes.index]
    if len(places) != 2:
        return []
    points = network.nodes.loc[places]
    mark = s.PointStyle("circle", 10.0, s.INK)
    titles = [
        f"{word(key, lang)}: {name}"
        for key, name in zip(("start", "end"), node_titles(network.nodes, pd.Series(places), names=names), strict=True)
    ]
    return [
        point_layer(
            points,
            key="ends",
            title=f"{word('start', lang)} (A), {word('end', lang).lower()} (B)",
            lang=lang,
            styles=[mark],
            style=[0, 0],
            titles=pd.Series(titles),
            columns=PLACE_COLUMNS,
            tips=("kind",),
            signs=("A", "B"),
        )
    ]


def plan_title(network: Network, plan: Any, lang: Lang, names: Names) -> str:
    """From where to where."""
    ends = _plan_ends(plan)
    if len(ends) != 2:
        return word("plan", lang)
    return " – ".join(node_titles(network.nodes, pd.Series(ends), names=names))


def _plan_ends(plan: Any) -> list[Hashable]:
    """First and last node of the legs."""
    return [plan.legs["from_node"].iloc[0], plan.legs["to_node"].iloc[-1]] if len(plan.legs) else []


def plan_say(plan: Any, margins: pd.DataFrame, passages: gpd.GeoDataFrame, lang: Lang) -> tuple[str, str]:
    """The answer in one sentence; a refusal names what binds."""
    if not plan.feasible:
        binding = passages[passages["verdict"] == "not_ok"] if len(passages) else passages
        reason = f": {binding['title'].iloc[0]}. {binding['summary'].iloc[0]}" if len(binding) else ""
        return "no", f"{word('no_plan', lang)}{reason}."
    unknown = bool((margins["verdict"] == "unknown").any())
    return ("maybe", word("plan_unknown", lang) + ".") if unknown else ("ok", word("plan_ok", lang) + ".")


def plan_facts(plan: Any, lang: Lang) -> list[tuple[str, str]]:
    """Distance, time and cost of all legs; a sum with an unknown part is not known."""
    legs = plan.legs
    if legs.empty:
        return []
    cost = float(legs["cost_sek"].sum(min_count=len(legs)))
    return [
        (word("distance", lang), length_text(float(legs["length_m"].sum()), lang)),
        (word("time", lang), duration_text(float(legs["time_h"].sum(min_count=len(legs))) * 3600, lang)),
        (word("cost", lang), value_with_unit("cost_sek", cost, lang)),
    ]


def plan_lists(
    network: Network, plan: Any, passages: gpd.GeoDataFrame, lang: Lang, names: Names
) -> list[dict[str, Any]]:
    """Legs in order, and passages with the worst first."""
    lists: list[dict[str, Any]] = []
    legs = plan.legs
    if len(legs):
        starts = node_titles(network.nodes, legs["from_node"], names=names)
        ends = node_titles(network.nodes, legs["to_node"], names=names)
        items = []
        for number, (row, a, b) in enumerate(zip(legs.itertuples(index=False), starts, ends, strict=True), start=1):
            mode = str(row.mode)
            facts = [length_text(float(row.length_m), lang)] if row.length_m > 0 else []
            facts.append(duration_text(float(row.time_h) * 3600, lang))
            where = a if a == b else f"{a} – {b}"
            vehicle = str(getattr(row, "vehicle", "") or "")
            items.append(
                {
                    "badge": str(number),
                    "color": s.plan_style(mode).strokes[1].color,
                    "ink": s.INK if mode == "sea" else s.WHITE,
                    "title": f"{capitalise(value_text('mode', mode, lang))}: {where}",
                    "sub": " · ".join([*facts, *([vehicle] if vehicle else [])]),
                }
            )
        lists.append({"title": word("legs", lang), "items": items})
    if len(passages):
        marks: list[dict[str, Any]] = [
            {
                "badge": s.VERDICTS[row.verdict].sign,
                "color": s.VERDICTS[row.verdict].fill,
                "ink": s.VERDICTS[row.verdict].sign_color,
                "title": row.title,
                "sub": row.summary,
                "layer": "passages",
                "at": at,
            }
            for at, row in enumerate(passages.itertuples(index=False))
        ]
        lists.append({"title": word("passes", lang), "items": marks, "few": FEW})
    return lists


def no_margins() -> pd.DataFrame:
    """A table of margins without rows."""
    columns = ("structure_id", "edge_id", "limit", "limit_value", "need_value", "margin", "unit", "verdict", "basis")
    return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})
