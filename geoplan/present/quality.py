"""The data quality of a network as a page, and as rows for a terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from geoplan.maps.labels import COLUMNS, Lang, Text, capitalise, column_text, in_words, same, value_text
from geoplan.network.check import QualityReport
from geoplan.network.check_rows import quality_rows, telling_shares
from geoplan.present.reasons import reason_text
from geoplan.report.content import Figure, Meta, Section, Table
from geoplan.report.page import write_page

_LABELS = {
    "item": Text("uppgift", "item"),
    "count": Text("antal", "count"),
    "value": Text("värde", "value"),
    "mark": Text("bedömning", "mark"),
    "mode": Text("trafikslag", "mode"),
    "road_class": Text("klass", "class"),
    "ways": Text("vägar och banor", "ways"),
    "attribute": Text("uppgift", "attribute"),
    "known_pct": Text("känt", "known"),
    "assumed_pct": Text("antaget", "assumed"),
    "unknown_pct": Text("okänt", "not known"),
    "key": Text("tagg eller kolumn", "tag or column"),
    "found": Text("funna", "found"),
    "used": Text("använda", "used"),
    "unused": Text("ej använda", "not used"),
    "reason": Text("skäl", "reason"),
    "osm_type": Text("objekt", "object"),
    "osm_id": Text("id", "id"),
    "node_id": Text("nod", "node"),
    "edge_id": Text("länk", "edge"),
    "island": Text("delnät", "island"),
    "nodes": Text("noder", "nodes"),
    "length_km": Text("längd", "length"),
    "share_pct": Text("andel av längden", "share of the length"),
    "same_as": Text("samma som", "same as"),
    "other_edge_id": Text("annan länk", "other edge"),
    "other_mode": Text("annat trafikslag", "other mode"),
    "distance_m": Text("avstånd", "distance"),
    "x": Text("öst (x)", "east (x)"),
    "y": Text("nord (y)", "north (y)"),
}
_UNITS: dict[str, Text | str] = {
    **dict.fromkeys(("known_pct", "assumed_pct", "unknown_pct", "share_pct"), same("%")),
    "length_km": same("km"), "distance_m": same("m"), "x": "", "y": "",
}  # fmt: skip
_DIGITS = {
    **dict.fromkeys(("known_pct", "assumed_pct", "unknown_pct", "share_pct", "length_km"), 1),
    **dict.fromkeys(("count", "ways", "nodes", "found", "used", "unused", "x", "y", "island"), 0),
    "distance_m": 2,
}  # fmt: skip
_MARKS = {"look": Text("kontrollera", "look at it"), "ok": Text("utan anmärkning", "fine"), "": same("")}
_OBJECTS = {"node": Text("nod", "node"), "way": Text("väg", "way"), "relation": Text("relation", "relation")}
_DETAILS = (
    ("unreadable", Text("Värden som inte används, ordagrant", "Values not used, word for word")),
    ("gaps", Text("Misstänkta glapp", "Suspected gaps")),
    ("islands", Text("Delnät utan förbindelse", "Parts without connection")),
    ("crossings", Text("Korsande linjer utan nod", "Crossing lines without a node")),
    ("duplicates", Text("Dubbla länkar", "Duplicate edges")),
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
    quality = Section(
        "quality",
        Text("Kvalitet", "Quality"),
        figures=tuple(_figures(report)),
        tables=(*_summary(report), *_known(report), *_restrictions(report)),
    )
    details = tuple(_detail(name, title, getattr(report, name)) for name, title in _DETAILS)
    look = Section("details", Text("Att kontrollera", "To look at"), tables=tuple(d for d in details if len(d.frame)))
    meta = Meta(
        name=Text(f"Datakvalitet: {report.name}", f"Data quality: {report.name}"),
        data_date=report.data_date,
        version=version,
        command=command,
        attribution=report.attribution,
    )
    return write_page(path, [quality, look] if look.tables else [quality], meta=meta, lang=lang)


def _figures(report: QualityReport) -> Iterator[Figure]:
    """What a planner asks first: how much there is, how old it is, and what was not understood."""
    length = report.lengths.groupby("mode")["length_km"].sum()
    for mode, km in length[length > 0].items():
        yield Figure(f"length_{mode}_km", _both("mode", mode), float(km), same("km"), digits=0)
    days = float("nan") if report.age_days is None else float(report.age_days)
    yield Figure(
        "age_days", Text("Uppgifternas ålder", "Age of the data"), days, Text("dagar", "days"), digits=0,
        basis=same(report.data_date) if report.data_date else Text("källan anger inget datum", "no date in the source"),
    )  # fmt: skip
    if len(report.restrictions):
        found, unused = (int(report.restrictions[name].sum()) for name in ("found", "unused"))
        yield Figure(
            "restrictions", Text("Begränsningar i källan", "Restrictions in the source"), found, digits=0,
            basis=Text(f"{unused} går inte att använda, se nedan", f"{unused} cannot be used, see below"),
        )  # fmt: skip
    yield Figure("gaps", Text("Misstänkta glapp", "Suspected gaps"), len(report.gaps), digits=0)


def _summary(report: QualityReport) -> Iterator[Table]:
    items = [_item(name) for name in report.counts["item"]]
    content = pd.DataFrame({"item": items, "count": report.counts["count"]})
    yield _table("content", Text("Innehåll", "Content"), content)
    yield _table("length", Text("Längd", "Length"), report.lengths)
    pairs = zip(_rows(report, "sv"), _rows(report, "en"), strict=True)
    topology = [
        {"item": Text(sv[1], en[1]), "value": Text(sv[2], en[2]), "mark": _MARKS[sv[3]]}
        for sv, en in pairs
        if en[0] == "Topology" and en[1]  # gaps have a table of their own
    ]
    yield _table("topology", Text("Topologi", "Topology"), pd.DataFrame(topology))


def _known(report: QualityReport) -> Iterator[Table]:
    shares = telling_shares(report).drop(columns="length_km")
    if len(shares):
        shares["attribute"] = [_words(name) for name in shares["attribute"]]
        yield _table(
            "known",
            Text("Känt, antaget och okänt, andel av längden", "Known, assumed and not known, by length"),
            shares,
        )


def _restrictions(report: QualityReport) -> Iterator[Table]:
    if len(report.restrictions):
        title = Text("Begränsningar, efter tagg eller kolumn", "Restrictions, by tag or column")
        table = report.restrictions.sort_values("found", ascending=False, ignore_index=True)
        yield _table("restrictions", title, table.assign(osm_type=_objects(table["osm_type"])), few=12)


def _detail(name: str, title: Text, frame: pd.DataFrame) -> Table:
    if "osm_type" in frame:
        words = {reason: reason_text(str(reason)) for reason in frame["reason"].unique()}
        reasons = frame["reason"].map(words).astype("object")
        frame = frame.assign(osm_type=_objects(frame["osm_type"]), reason=reasons)
    for column in ("osm_id", "node_id", "edge_id", "other_edge_id", "same_as"):
        if column in frame:
            frame = frame.assign(**{column: frame[column].astype("str")})  # ids are no numbers to group by thousands
    return _table(name, title, frame, few=12)


def _table(name: str, title: Text, frame: pd.DataFrame, few: int | None = None) -> Table:
    return Table(name, title, frame, labels=_LABELS, units=_UNITS, digits=_DIGITS, few=few)


def _objects(kinds: pd.Series) -> pd.Series:
    return kinds.map(lambda kind: _OBJECTS.get(str(kind), same(str(kind)))).astype("object")


def _item(name: str) -> Text:
    """`structures: rail_tunnel` in words."""
    head, colon, tail = str(name).partition(": ")
    first = _COUNTED.get(head, same(head))
    if not colon:
        return first
    column = (
        "mode" if head == "edges" and tail not in ("planned", "closed") else "status" if head == "edges" else "kind"
    )
    return Text(*(f"{first.of(lang)}: {value_text(column, tail, lang)}" for lang in ("sv", "en")))


_COUNTED = {
    "nodes": Text("noder", "nodes"),
    "edges": Text("länkar (en per riktning)", "edges (one a direction)"),
    "ways": Text("vägar och banor", "ways"),
    "structures": Text("byggnadsverk", "structures"),
    "turns": Text("förbjudna eller långsamma svängar", "banned or slow turns"),
}


def _both(column: str, value: object) -> Text:
    return Text(*(capitalise(value_text(column, value, lang)) for lang in ("sv", "en")))


def _words(column: str) -> Text:
    return Text(column_text(column, "sv"), column_text(column, "en"))


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
    first, _, rest = tail.partition(" ")
    if space and first in COLUMNS and rest.startswith("("):
        return f"{head}, {column_text(first, lang)} {rest}"
    if space and not rest and "mode" not in first and value_text("road_class", tail, lang) != tail:
        return f"{head}, {value_text('road_class', tail, lang)}"
    return in_words(item, lang)


def _decimal(value: str, lang: Lang) -> str:
    """A decimal comma in what is numbers only, or a distance; other words and quoted values stay."""
    return re.sub(r"(?<=\d)\.(?=\d+( m)?$|\d+ /)", ",", value) if lang == "sv" else value
