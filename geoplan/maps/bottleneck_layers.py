"""Layers of a register of bottlenecks: numbered marks and the links that are bottlenecks themselves."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_rows
from geoplan.maps import style as s
from geoplan.maps.encode import draw_edges
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, capitalise, column_text, in_words, unit_word, value_text
from geoplan.maps.layers import Layer, edge_layer, legend_entry, point_layer
from geoplan.maps.tables import text_column
from geoplan.maps.titles import Names
from geoplan.maps.words import word
from geoplan.network.network import Network

FEW = 8  # entries of the list before "show all"

_KIND_MARKS = (
    s.PointStyle("circle", 10.0, s.VERMILION),
    s.PointStyle("square", 9.0, s.BLUE),
    s.PointStyle("diamond", 9.5, s.INK),
    s.PointStyle("triangle", 11.0, "#ffe08a", s.INK, sign_color=s.INK),
    s.PointStyle("circle", 10.0, s.PURPLE),
    s.PointStyle("square", 9.0, s.SKY, s.INK, sign_color=s.INK),
)


def bottleneck_list(register: gpd.GeoDataFrame, lang: Lang) -> dict[str, Any]:
    """The ranking for the panel; each entry leads to its mark."""
    kinds = list(dict.fromkeys(register["kind"]))
    at = register.groupby("kind", sort=False).cumcount()
    items = []
    for row, position in zip(register.itertuples(index=False), at, strict=True):
        mark = _kind_mark(kinds.index(row.kind))
        items.append(
            {
                "badge": str(row.rank),
                "color": mark.fill,
                "ink": mark.sign_color,
                "title": row.name_shown,
                "sub": f"{capitalise(value_text('kind', row.kind, lang))}: {row.evidence_shown}",
                "layer": f"kind-{row.kind}",
                "at": int(position),
            }
        )
    return {"title": word("ranked", lang), "items": items, "few": FEW}


def _kind_mark(number: int) -> s.PointStyle:
    return _KIND_MARKS[number % len(_KIND_MARKS)]


def place_register(network: Network, table: pd.DataFrame, lang: Lang, names: Names) -> gpd.GeoDataFrame:
    """The rows with a place on the map, in order of rank, with what is shown of them in words."""
    rows = table.sort_values("rank", kind="stable").reset_index(drop=True)
    structure = text_column(rows, "structure_id")
    edge = text_column(rows, "edge_id")
    at_structure = structure.isin(network.structures.index)
    at_edge = edge.isin(network.edges.index) & ~at_structure
    lost = rows.index[~(at_structure | at_edge)]
    if len(lost):
        raise DataError(
            f"bottlenecks: {name_rows(rows.loc[lost, 'rank'].to_list())} name no structure or edge of the network; "
            "draw them with the network they were found on"
        )
    geometry = pd.Series(index=rows.index, dtype="object")
    geometry[at_structure] = network.structures.geometry.reindex(structure[at_structure]).to_numpy()
    geometry[at_edge] = network.edges.geometry.reindex(edge[at_edge]).to_numpy()
    own = names or {}
    said = rows[f"evidence_{lang}"] if f"evidence_{lang}" in rows else text_column(rows, "evidence")
    frame = gpd.GeoDataFrame(
        {
            "rank": rows["rank"],
            "kind": text_column(rows, "kind"),
            "structure_id": structure,
            "edge_id": edge,
            "name_shown": [
                str(own.get(st) or own.get(ed) or name or st or ed)
                for st, ed, name in zip(structure, edge, text_column(rows, "name"), strict=True)
            ],
            "evidence_shown": [in_words(str(text), lang) for text in said],
            "evidence": [capitalise(in_words(str(text), lang)) for text in said],
            "who_affected": text_column(rows, "who_affected"),
            "basis": text_column(rows, "basis"),
            "confidence": text_column(rows, "confidence"),
        },
        geometry=gpd.GeoSeries(geometry.to_numpy(), crs=network.crs),
    )
    frame["measure_value"] = _measured(rows, lang)
    return frame


def _measured(rows: pd.DataFrame, lang: Lang) -> list[str]:
    """The measure of each bottleneck in words: what, how much, in which unit."""
    if "value" not in rows:
        return [""] * len(rows)
    texts = []
    measures, units = text_column(rows, "measure"), text_column(rows, "unit")
    for measure, value, unit in zip(measures, rows["value"], units, strict=True):
        number = number_text(float(value) if pd.notna(value) else np.nan, lang)
        said = f"{capitalise(column_text(str(measure), lang))}: " if measure else ""
        texts.append(said + number + (f" {unit_word(str(unit), lang)}" if unit and pd.notna(value) else ""))
    return texts


def bottleneck_edges(network: Network, register: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Both directions of the edges that are bottlenecks themselves; a structure is a mark only."""
    ids = register["edge_id"][~register["structure_id"].isin(network.structures.index)]
    ways = network.edges["way_id"].reindex(pd.Index(ids)).dropna()
    return network.edges[network.edges["way_id"].isin(ways).to_numpy()]


def bottleneck_lines(network: Network, lines: gpd.GeoDataFrame, lang: Lang) -> Layer:
    """Links that are bottlenecks, below their marks."""
    drawn = draw_edges(lines)
    style = s.LineStyle((s.Stroke(s.WHITE, 9.0), s.Stroke(s.INK, 6.5), s.Stroke("#f5bd85", 3.5)))
    return edge_layer(
        network,
        lines,
        key="bottleneck-links",
        title=word("bottleneck_links", lang),
        lang=lang,
        styles=[style],
        style=np.zeros(len(drawn.lines)),
        legend=[legend_entry(style, word("bottleneck_link", lang))],
        tips=("length_m",),
        drawn=drawn,
    )


def bottleneck_marks(rows: gpd.GeoDataFrame, number: int, lang: Lang) -> Layer:
    """Marks of one kind with their rank inside."""
    kind = str(rows["kind"].iloc[0])
    style = _kind_mark(number)
    said = capitalise(value_text("kind", kind, lang))
    return point_layer(
        rows,
        key=f"kind-{kind}",
        title=said,
        lang=lang,
        styles=[style],
        style=np.zeros(len(rows)),
        titles=rows["rank"].astype(str) + ". " + rows["name_shown"],
        columns=("evidence", "measure_value", "who_affected", "basis", "confidence"),
        tips=("evidence",),
        labels={"measure_value": column_text("measure", lang)},
        signs=rows["rank"].astype(str).tolist(),
        legend=[legend_entry(style, word("rank_number", lang))],
        subtitles=pd.Series([said] * len(rows)),
    )
