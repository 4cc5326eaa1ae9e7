"""The quality report as short rows of text, in Swedish or English, for a terminal or a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pandas as pd

from geoplan.errors import DataError
from geoplan.network.check import QualityReport
from geoplan.network.schema import LIMITS

Verdict = Literal["", "ok", "look"]
OLD_DAYS = 365  # a planner's judgement: a year of works and new signs
LONGEST_LIST = 10

# What makes no sense on a mode is not shown as unknown there.
_FOREIGN = {
    "road": {"electrified", "tracks", "loading_gauge", "line_category", "max_metre_load_tpm"},
    "rail": {"max_height_m", "max_width_m", "lanes", "capacity_vph", "bk_class", "aadt", "width_m"},
    "sea": {
        "electrified",
        "tracks",
        "loading_gauge",
        "line_category",
        "max_metre_load_tpm",
        "max_axle_load_t",
        "bk_class",
        "lanes",
    },
}

_WORDS: dict[str, tuple[str, str]] = {
    "content": ("Content", "Innehåll"),
    "length": ("Length, km", "Längd, km"),
    "topology": ("Topology", "Topologi"),
    "known": ("Known, % of length", "Känt, % av längden"),
    "values": ("Values", "Värden"),
    "age": ("Age", "Ålder"),
    "nodes": ("nodes", "noder"),
    "edges": ("edges (one a direction)", "länkar (en per riktning)"),
    "ways": ("ways", "vägar och banor"),
    "structures": ("structures", "byggnadsverk"),
    "turns": ("banned or slow turns", "förbjudna eller långsamma svängar"),
    "planned": ("planned", "planerade"),
    "closed": ("closed", "stängda"),
    "road": ("road", "väg"),
    "rail": ("rail", "järnväg"),
    "sea": ("sea", "sjö"),
    "transfer": ("transfer", "omlastning"),
    "islands": ("islands besides the largest part", "isolerade delnät utöver den största delen"),
    "largest": ("largest part, % of length", "största delen, % av längden"),
    "dead_ends": ("dead ends", "ändpunkter utan fortsättning"),
    "gaps": ("suspected gaps", "misstänkta glapp"),
    "crossings": ("crossing lines without a node", "korsande linjer utan nod"),
    "duplicates": ("duplicate edges", "dubbla länkar"),
    "shares": ("known / assumed / unknown", "känt / antaget / okänt"),
    "restrictions": ("restrictions found / used / not used", "begränsningar funna / använda / ej använda"),
    "unreadable": ("values not used, word for word", "värden som inte används, ordagrant"),
    "data_date": ("date of the data", "datum för data"),
    "days": ("days", "dagar"),
    "not_stated": ("not stated", "anges inte"),
    "more": ("and {} more", "och {} till"),
    "nearest": ("nearest: node {}, {:.1f} m", "närmast: nod {}, {:.1f} m"),
}


def quality_rows(report: QualityReport, *, lang: str = "en") -> list[tuple[str, str, str, Verdict]]:
    """Rows of (section, item, value, verdict); the verdict is "look" where somebody should.

    Parameters
    ----------
    lang
        "sv" or "en".
    """
    if lang not in ("en", "sv"):
        raise DataError(f"lang: {lang!r}; choose en or sv")
    words = {key: pair[lang == "sv"] for key, pair in _WORDS.items()}
    return [
        *_content_rows(report, words),
        *_topology_rows(report, words),
        *_known_rows(report, words),
        *_value_rows(report, words),
        _age_row(report, words),
    ]


def _content_rows(report: QualityReport, words: dict[str, str]) -> Iterator[tuple[str, str, str, Verdict]]:
    for item, count in zip(report.counts["item"], report.counts["count"], strict=True):
        head, _, tail = item.partition(": ")
        label = words.get(head, head) + (f": {words.get(tail, tail)}" if tail else "")
        yield words["content"], label, _number(count), ""
    for row in report.lengths.to_dict("records"):
        label = " ".join(part for part in (words.get(row["mode"], row["mode"]), row["road_class"]) if part)
        yield words["length"], label, _number(row["length_km"], 1), ""


def _topology_rows(report: QualityReport, words: dict[str, str]) -> Iterator[tuple[str, str, str, Verdict]]:
    section = words["topology"]
    for mode, islands in report.islands.groupby("mode", sort=False):
        name = words.get(str(mode), str(mode))
        share = float(islands["share_pct"].iloc[0])
        yield section, f"{words['largest']}: {name}", _number(share, 1), "ok" if share >= 95.0 else "look"
        yield section, f"{words['islands']}: {name}", _number(len(islands) - 1), "" if len(islands) == 1 else "look"
    yield section, words["dead_ends"], _number(len(report.dead_ends)), ""
    for name in ("gaps", "crossings", "duplicates"):
        table: pd.DataFrame = getattr(report, name)
        yield section, words[name], _number(len(table)), "look" if len(table) else "ok"
        for row in table.head(3).to_dict("records") if name == "gaps" else ():
            yield section, "", words["nearest"].format(row["node_id"], row["distance_m"]), ""


def telling_shares(report: QualityReport) -> pd.DataFrame:
    """Rows of `shares` that tell something: what nobody knows is left out unless it is a limit of that mode."""
    shares = report.shares
    known = (shares["unknown_pct"] < 100.0) | shares["attribute"].isin(LIMITS)
    modes = zip(shares["mode"], shares["attribute"], strict=True)
    own = [attribute not in _FOREIGN.get(mode, set()) for mode, attribute in modes]
    return shares[known & pd.Series(own, index=shares.index, dtype=bool)].reset_index(drop=True)


def _known_rows(report: QualityReport, words: dict[str, str]) -> Iterator[tuple[str, str, str, Verdict]]:
    for row in telling_shares(report).to_dict("records"):
        label = f"{words.get(row['mode'], row['mode'])} {row['attribute']} ({words['shares']})"
        value = f"{row['known_pct']:.1f} / {row['assumed_pct']:.1f} / {row['unknown_pct']:.1f}"
        yield words["known"], label, value, "look" if row["assumed_pct"] > 50.0 else ""


def _value_rows(report: QualityReport, words: dict[str, str]) -> Iterator[tuple[str, str, str, Verdict]]:
    section = words["values"]
    if len(report.restrictions):
        found, used, unused = (int(report.restrictions[name].sum()) for name in ("found", "used", "unused"))
        yield section, words["restrictions"], f"{found} / {used} / {unused}", "look" if unused else "ok"
    yield section, words["unreadable"], _number(len(report.unreadable)), "look" if len(report.unreadable) else "ok"
    for row in report.unreadable.head(LONGEST_LIST).to_dict("records"):
        said = f"{row['key']} = {row['value']!r}: {row['reason']}"
        yield section, f"{row['osm_type']} {row['osm_id']}", said, ""
    rest = len(report.unreadable) - LONGEST_LIST
    if rest > 0:
        yield section, "", words["more"].format(rest), ""


def _age_row(report: QualityReport, words: dict[str, str]) -> tuple[str, str, str, Verdict]:
    if report.age_days is None:
        return words["age"], words["data_date"], words["not_stated"], "look"
    value = f"{report.data_date} ({report.age_days} {words['days']})"
    return words["age"], words["data_date"], value, "look" if report.age_days > OLD_DAYS else "ok"


def _number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}".replace(",", " ")
