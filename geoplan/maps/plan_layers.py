"""Layers and words of a heavy transport: legs, passages, ends."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.encode import Drawn, draw_edges
from geoplan.maps.formats import duration_text, length_text, short_text, value_with_unit
from geoplan.maps.labels import Lang, capitalise, column_text, unit_text, value_text
from geoplan.maps.layers import EDGE_COLUMNS, PLACE_COLUMNS, Layer, edge_layer, legend_entry, point_layer
from geoplan.maps.passages import edge_passages, limit_summaries
from geoplan.maps.titles import Names, node_titles
from geoplan.maps.words import word
from geoplan.network.ids import are_known
from geoplan.network.network import Network

FEW = 8  # passages in the list before "show all"


def leg_layer(network: Network, edges: gpd.GeoDataFrame, drawn: Drawn, lang: Lang, names: Names) -> Layer:
    """The way of the plan, by mode; `drawn` are the lines of `edges`."""
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
        columns=("leg", "vehicle", *EDGE_COLUMNS),
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
        part = network.edges.loc[said.index[are_known(said.index, network.edges.index)]].assign(said=said)
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


def obstacle_layers(found: gpd.GeoDataFrame, lang: Lang) -> list[Layer]:
    """Where a mode is refused."""
    places = found[found.geometry.notna()]
    if places.empty:
        return []
    style = s.VERDICTS["not_ok"]
    return [
        point_layer(
            places,
            key="obstacles",
            title=word("obstacles", lang),
            lang=lang,
            styles=[style],
            style=np.zeros(len(places)),
            titles=places["title"],
            columns=("said", "mode"),
            tips=("said",),
            labels={"said": column_text("limit", lang)},
            legend=[legend_entry(style, word("obstacles", lang))],
        )
    ]


def end_layers(network: Network, ends: Sequence[Hashable], lang: Lang, names: Names) -> list[Layer]:
    """Start A and destination B."""
    if not ends:
        return []
    points = network.nodes.loc[list(ends)]
    mark = s.PointStyle("circle", 10.0, s.INK)
    said = node_titles(network, ends, names=names)
    titles = [f"{word(key, lang)}: {name}" for key, name in zip(("start", "end"), said, strict=True)]
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


def plan_ends(network: Network, plan: Any) -> list[Hashable]:
    """Node of the start and of the destination; none when either is not in the network."""
    ends = [getattr(plan, "origin", None), getattr(plan, "destination", None)]
    if len(plan.legs):
        ends = [plan.legs["from_node"].iloc[0], plan.legs["to_node"].iloc[-1]]
    return ends if all(end in network.nodes.index for end in ends) else []


def plan_title(network: Network, plan: Any, lang: Lang, names: Names) -> str:
    """From where to where."""
    ends = plan_ends(network, plan)
    return " – ".join(node_titles(network, ends, names=names)) or word("plan", lang)


def load_text(plan: Any, lang: Lang) -> str:
    """Weight and size of the load, when the plan has one."""
    load = getattr(plan, "load", None)
    if load is None:
        return ""
    size = " × ".join(short_text(value, lang) for value in (load.length_m, load.width_m, load.height_m))
    return f"{short_text(load.weight_t, lang)}\u00a0{unit_text('weight_t', lang)}, {size}\u00a0m"


def plan_say(plan: Any, found: gpd.GeoDataFrame, lang: Lang) -> tuple[str, str]:
    """The answer in one sentence; a refusal names what binds."""
    if not plan.feasible:
        binding = found.drop_duplicates("mode")
        modes = [capitalise(value_text("mode", mode, lang)) for mode in binding["mode"]]
        told = zip(modes, binding["title"], binding["said"], strict=True)
        reasons = [f"{mode}: {'. '.join(part for part in parts if part)}." for mode, *parts in told]
        return "no", " ".join([f"{word('no_plan', lang)}.", *reasons])
    if len(plan.margins) and (plan.margins["verdict"] == "unknown").any():
        permits = "permit" in plan.margins and (plan.margins["permit"].fillna("") != "").any()
        return "maybe", word("plan_permits" if permits else "plan_unknown", lang) + "."
    return "ok", word("plan_ok", lang) + "."


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


def leg_list(network: Network, plan: Any, lang: Lang, names: Names) -> list[dict[str, Any]]:
    """Legs in order of travel."""
    legs = plan.legs
    if legs.empty:
        return []
    starts = node_titles(network, legs["from_node"], names=names)
    ends = node_titles(network, legs["to_node"], names=names)
    items = []
    for number, (row, a, b) in enumerate(zip(legs.itertuples(index=False), starts, ends, strict=True), start=1):
        mode = str(row.mode)
        vehicle = value_text("vehicle", getattr(row, "vehicle", "") or "", lang)
        facts = [length_text(float(row.length_m), lang)] if row.length_m > 0 else []
        facts += [duration_text(float(row.time_h) * 3600, lang), vehicle]
        items.append(
            {
                "badge": str(number),
                "color": s.plan_style(mode).strokes[1].color,
                "ink": s.INK if mode == "sea" else s.WHITE,
                "title": f"{capitalise(value_text('mode', mode, lang))}: {a if a == b else f'{a} – {b}'}",
                "sub": " · ".join(fact for fact in facts if fact),
            }
        )
    return [{"title": word("legs", lang), "items": items}]


def passage_list(passages: gpd.GeoDataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Structures on the way, the worst first."""
    items = [
        {**_verdict_badge(row.verdict), "title": row.title, "sub": row.summary, "layer": "passages", "at": at}
        for at, row in enumerate(passages.itertuples(index=False))
    ]
    return [{"title": word("passes", lang), "items": items, "few": FEW}] if items else []


def limit_list(edges: gpd.GeoDataFrame, drawn: Drawn, margins: pd.DataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Limits of the sections of the way, each on one line that leads to where it is worst."""
    line_of = np.empty(len(edges), dtype=int)
    line_of[drawn.rows] = np.repeat(np.arange(len(drawn.lines)), np.diff(np.append(drawn.starts, len(drawn.rows))))
    items = []
    for one in limit_summaries(margins, lang=lang):
        at = edges.index.get_indexer([one["edge_id"]])[0]
        place = {"layer": "legs", "at": int(line_of[at])} if at >= 0 else {}
        items.append({**_verdict_badge(one["verdict"]), "title": one["title"], "sub": one["sub"], **place})
    return [{"title": word("limits_on_way", lang), "items": items}] if items else []


def obstacle_lists(found: gpd.GeoDataFrame, lang: Lang) -> list[dict[str, Any]]:
    """What refuses each mode; an entry with a place leads there."""
    at = found.geometry.notna().cumsum() - 1
    lists = []
    for mode, group in found.groupby("mode", sort=False):
        title = word("obstacles_for", lang).format(mode=value_text("mode", mode, lang))
        items = [
            {
                **_verdict_badge("not_ok"),
                "title": row.title,
                "sub": row.said,
                **({"layer": "obstacles", "at": int(at[row.Index])} if row.geometry is not None else {}),
            }
            for row in group.itertuples()
        ]
        lists.append({"title": title, "items": items, "few": FEW})
    return lists


def _verdict_badge(verdict: str) -> dict[str, str]:
    mark = s.VERDICTS[verdict]
    return {"badge": mark.sign, "color": mark.fill, "ink": mark.sign_color}
