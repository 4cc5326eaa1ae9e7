"""Layers for results.gpkg: the network and what was found, each with the style of its map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.formats import short_text
from geoplan.maps.labels import Lang, Text, capitalise, value_text
from geoplan.maps.words import word
from geoplan.network.ids import are_known
from geoplan.network.network import Network
from geoplan.network.schema import MODES
from geoplan.report.qml import Rule, between, equals, rules_qml


@dataclass(frozen=True, eq=False)
class GeoLayer:
    """A layer or table of the file: its name there, words for it, its rows, and its QGIS style (empty: none)."""

    name: str
    title: Text
    frame: gpd.GeoDataFrame | pd.DataFrame
    qml: str = ""


def network_layers(network: Network, *, lang: Lang = "sv") -> list[GeoLayer]:
    """The tables of the network; nodes, edges and structures with their styles."""
    modes = [
        Rule(equals("mode", mode), capitalise(value_text("mode", mode, lang)), s.mode_style(mode))
        for mode in MODES
        if mode != "road"
    ]
    main = " OR ".join(equals("road_class", name) for name in s.MAIN_CLASSES)
    roads = [
        Rule(f"{equals('mode', 'road')} AND ({main})", word("main_road", lang), s.mode_style("road")),
        Rule(equals("mode", "road"), word("minor_road", lang), s.mode_style("road", main=False)),
    ]
    # A road of a main class fits both rules; the narrow line lies below the wide one.
    edges = rules_qml([roads[1], roads[0], *modes])
    kinds = sorted({str(kind) for kind in network.structures["kind"]})
    structures = [
        Rule(equals("kind", kind), capitalise(value_text("kind", kind, lang)), s.STRUCTURES[s.structure_group(kind)])
        for kind in kinds
    ] or [Rule("", word("structures", lang), s.STRUCTURES["other"])]
    nodes = rules_qml([Rule("\"name\" <> ''", word("places", lang), s.PLACE)], label_column="name")
    return [
        GeoLayer("nodes", Text("Noder", "Nodes"), network.nodes.reset_index(), nodes),
        GeoLayer("edges", Text("Länkar", "Links"), network.edges.reset_index(), edges),
        GeoLayer(
            "structures",
            Text("Byggnadsverk", "Structures"),
            network.structures.reset_index(),
            rules_qml(structures, label_column="name"),
        ),
        GeoLayer("structure_edges", Text("Byggnadsverk på länkar", "Structures on links"), network.structure_edges),
        GeoLayer("turns", Text("Svängar", "Turns"), network.turns),
    ]


def plan_layer(network: Network, name: str, title: Text, plan: Any, *, lang: Lang = "sv") -> GeoLayer:
    """The way of a transport plan, one row an edge, by mode; a plan without a way gives a layer without rows."""
    table = pd.DataFrame(plan.edges)
    ids = pd.Index(table["edge_id"]) if "edge_id" in table else table.index
    columns = [column for column in ("leg", "vehicle", "time_h", "cost_sek", "verdict") if column in table]
    kept = network.edges.loc[ids, ["mode", "ref", "name", "line", "length_m", network.edges.geometry.name]]
    frame = kept.assign(**{column: table[column].to_numpy() for column in columns}).reset_index()
    rules = [
        Rule(equals("mode", mode), capitalise(value_text("mode", mode, lang)), s.plan_style(mode)) for mode in MODES
    ]
    return GeoLayer(name, title, frame, rules_qml(rules))


def flow_layer(
    network: Network,
    name: str,
    title: Text,
    flows: pd.DataFrame,
    *,
    largest_vph: float | None = None,
    lang: Lang = "sv",
) -> GeoLayer:
    """Loaded edges, one row a direction: colour by volume over capacity, width by flow."""
    loaded = flows[flows["flow_vph"] > 0]
    edges = network.edges.loc[loaded.index, ["mode", "ref", "name", "length_m", "capacity_vph", "geometry"]]
    frame = edges.assign(**{column: loaded[column] for column in loaded.columns}).reset_index()
    breaks = s.nice_breaks(largest_vph or float(loaded["flow_vph"].max() if len(loaded) else 1.0), len(s.FLOW_WIDTHS))
    rules = []
    for load, colour in [(None, s.VC_UNKNOWN), *zip(_classes(s.VC_BREAKS), s.VC_COLORS, strict=True)]:
        chosen = '"vc_ratio" IS NULL' if load is None else between("vc_ratio", *load)
        said = word("capacity_unknown", lang) if load is None else _class_text(load, lang)
        for flow, width in zip(_classes(breaks), s.FLOW_WIDTHS[-len(breaks) - 1 :], strict=True):
            words = f"{said} · {_class_text(flow, lang)} {Text('fordon/h', 'veh/h').of(lang)}"
            rules.append(Rule(f"{chosen} AND {between('flow_vph', *flow)}", words, s.cased(colour, width)))
    return GeoLayer(name, title, frame, rules_qml(rules))


def bottleneck_layer(network: Network, table: pd.DataFrame, *, lang: Lang = "sv") -> GeoLayer:
    """The register of bottlenecks as points at the structure or in the middle of the edge."""
    structure = table["structure_id"].astype("object").fillna("")
    edge = table["edge_id"].astype("object").fillna("")
    points = [
        network.structures.geometry[st].representative_point()
        if st in network.structures.index
        else network.edges.geometry[ed].interpolate(0.5, normalized=True)
        for st, ed in zip(structure, edge, strict=True)
    ]
    frame = gpd.GeoDataFrame(table.reset_index(drop=True), geometry=points, crs=network.crs)
    rules = [Rule("", word("bottlenecks", lang), s.PointStyle("circle", 8.0, s.VERMILION))]
    title = Text("Flaskhalsar", "Bottlenecks")
    return GeoLayer("bottlenecks", title, frame, rules_qml(rules, label_column="rank"))


def change_layer(
    network: Network,
    name: str,
    title: Text,
    changes: pd.DataFrame,
    *,
    measure: str = "flow_vph",
    largest: float | None = None,
    lang: Lang = "sv",
) -> GeoLayer:
    """Edges that a scenario changes: less in blue, more in orange; columns `{measure}_base` and so on."""
    column = f"{measure}_change"
    known = changes[are_known(changes.index, network.edges.index)]
    kept = known[known[column].isna() | (known[column].abs() > 0)]
    edges = network.edges.loc[kept.index, ["mode", "ref", "name", "length_m", "geometry"]]
    frame = edges.assign(**{str(one): kept[one] for one in kept.columns}).reset_index()
    top = largest or float(np.nanmax(np.abs(kept[column])) if kept[column].notna().any() else 1.0)
    breaks = s.nice_breaks(top, len(s.CHANGE_WIDTHS))
    n = len(breaks) + 1
    one_sided = f"{word('new_link', lang)} / {word('removed_link', lang)}"
    rules = [Rule(f'"{column}" IS NULL', one_sided, s.cased(s.PURPLE, 4.0))]
    for sign, colours, dash, key in (("<", s.DECREASE, "9 3", "decrease"), (">", s.INCREASE, "", "increase")):
        for ends, colour, width in zip(_classes(breaks), colours[-n:], s.CHANGE_WIDTHS[-n:], strict=True):
            chosen = f'"{column}" {sign} 0 AND {between(f"abs({column})", *ends)}'
            words = f"{word(key, lang)}, {_class_text(ends, lang)}"
            rules.append(Rule(chosen, words, s.cased(colour, width, dash=dash)))
    return GeoLayer(name, title, frame, rules_qml(rules))


def _classes(breaks: Sequence[float]) -> list[tuple[float | None, float | None]]:
    return list(pairwise([None, *breaks, None]))


def _class_text(ends: tuple[float | None, float | None], lang: Lang) -> str:
    low, high = ends
    if low is None:
        return f"{word('below', lang)} {short_text(high, lang)}" if high is not None else ""
    if high is None:
        return f"{word('at_least', lang)} {short_text(low, lang)}"
    return f"{short_text(low, lang)}–{short_text(high, lang)}"
