"""The data quality of a network as a page, and as rows for a terminal."""

from __future__ import annotations

import os
import re
from itertools import groupby
from pathlib import Path

import pandas as pd

from geoplan.maps.labels import VALUES, Lang, Text, in_words, same, value_text
from geoplan.network.check import QualityReport
from geoplan.network.check_rows import quality_rows
from geoplan.report.content import Meta, Section, Table
from geoplan.report.page import write_page

_LABELS = {
    "item": Text("uppgift", "item"),
    "value": Text("värde", "value"),
    "mark": Text("bedömning", "mark"),
    "mode": Text("trafikslag", "mode"),
    "key": Text("tagg", "key"),
    "reason": Text("skäl", "reason"),
    "osm_type": Text("objekt", "object"),
    "osm_id": Text("id", "id"),
    "island": Text("ö", "island"),
    "nodes": Text("noder", "nodes"),
    "length_km": Text("längd", "length"),
    "share_pct": Text("andel", "share"),
    "same_as": Text("samma som", "same as"),
    "other_edge_id": Text("annan länk", "other link"),
    "other_mode": Text("annat trafikslag", "other mode"),
    "distance_m": Text("avstånd", "distance"),
}
_MARKS = {"look": Text("titta på", "look at it"), "ok": Text("bra", "fine"), "": same("")}
_DETAILS = (
    ("unreadable", Text("Värden som inte används, ordagrant", "Values not used, word for word")),
    ("gaps", Text("Misstänkta glapp", "Suspected gaps")),
    ("islands", Text("Delar utan förbindelse", "Parts without connection")),
    ("crossings", Text("Korsande linjer utan nod", "Crossing lines without a node")),
    ("duplicates", Text("Dubbla länkar", "Duplicate links")),
)


def quality_table(report: QualityReport, *, lang: Lang) -> pd.DataFrame:
    """Rows of the report for a terminal: section, item, value, mark (look, ok or empty)."""
    return pd.DataFrame(_rows(report, lang), columns=["section", "item", "value", "mark"])


def write_quality_page(
    report: QualityReport, path: str | os.PathLike[str], *, lang: Lang = "sv", version: str = "", command: str = ""
) -> Path:
    """Write the report as one page in both languages.

    Raises
    ------
    DataError
        The file cannot be written there.
    """
    pairs = list(zip(_rows(report, "sv"), _rows(report, "en"), strict=True))
    tables = []
    for k, (title, group) in enumerate(groupby(pairs, key=lambda pair: Text(pair[0][0], pair[1][0]))):
        rows = [{"item": Text(sv[1], en[1]), "value": Text(sv[2], en[2]), "mark": _MARKS[sv[3]]} for sv, en in group]
        tables.append(Table(f"part{k}", title, pd.DataFrame(rows), labels=_LABELS, few=None))
    sections = [Section("quality", Text("Kvalitet", "Quality"), tables=tuple(tables))]
    details = []
    for name, title in _DETAILS:
        frame: pd.DataFrame = getattr(report, name)
        if len(frame):
            shown = frame.drop(columns=[column for column in ("x", "y") if column in frame])
            details.append(Table(name, title, shown, labels=_LABELS))
    if details:
        title = Text("Att titta på", "To look at")
        sections.append(Section("details", title, tables=tuple(details)))
    meta = Meta(
        name=Text(f"Datakvalitet: {report.name}", f"Data quality: {report.name}"),
        data_date=report.data_date,
        version=version,
        command=command,
        attribution=report.attribution,
    )
    return write_page(path, sections, meta=meta, lang=lang)


def _rows(report: QualityReport, lang: Lang) -> list[tuple[str, str, str, str]]:
    """The rows in words: names of columns, kinds and classes, and numbers as the language writes them."""
    return [
        (section, _in_words(item, lang), _decimal(value, lang), mark)
        for section, item, value, mark in quality_rows(report, lang=lang)
    ]


def _in_words(item: str, lang: Lang) -> str:
    head, colon, tail = item.partition(": ")
    if colon:
        return f"{head}: {value_text('kind', tail, lang)}"
    head, space, tail = item.partition(" ")
    if space and tail in VALUES["road_class"]:
        return f"{head}, {value_text('road_class', tail, lang)}"
    return in_words(item, lang)


def _decimal(value: str, lang: Lang) -> str:
    """A decimal comma in what is numbers only; words and quoted values stay."""
    return value.replace(".", ",") if lang == "sv" and re.fullmatch(r"[\d\s./]+", value) else value
