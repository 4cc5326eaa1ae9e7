"""Tables of the live page as headings and rows of text, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.app.words import word
from geoplan.heavy_haul.fixes import Fixes
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text, column_text, value_text
from geoplan.network.names import place_title
from geoplan.network.network import Network
from geoplan.report.cells import cell_text, headings
from geoplan.report.content import Table
from geoplan.vehicles.rules import sources_sv

Shown = dict[str, Any]

COLUMNS = {
    "calendar": (
        "leg",
        "mode",
        "vehicle",
        "from_name",
        "to_name",
        "length_m",
        "starts",
        "ends",
        "time_h",
        "rule",
        "cost_sek",
    ),
    "margins": ("name", "limit", "limit_value", "need_value", "margin", "verdict", "basis", "unit", "source"),
    "permits": ("mode", "requirement", "measure", "value", "above", "source"),
    "why": ("mode", "vehicle", "name", "limit", "limit_value", "need_value", "excess", "unit", "source"),
    "sets": ("rank", "names", "cost_msek", "cost_assumed"),
    "changes": ("name", "limit", "limit_value", "need_value", "change", "unit", "cost_msek", "fix_note"),
    "envelope": ("mode", "height_m", "weight_t", "port", "weight_limit", "weight_by", "height_limit", "height_by"),
}
LABELS = {
    "name": Text("plats", "place"),
    "names": Text("byggnadsverk", "structures"),
    "leg": Text("etapp", "leg"),
    "starts": Text("börjar", "starts"),
    "ends": Text("slutar", "ends"),
    "rule": Text("villkor", "condition"),
    "rank": Text("nr", "no."),
    "change": Text("saknas", "lacks"),
    "cost_assumed": Text("antagen kostnad", "assumed cost"),
    "weight_limit": Text("det som begränsar vikten", "what binds the weight"),
    "weight_by": Text("plats", "place"),
    "height_limit": Text("det som begränsar höjden", "what binds the height"),
    "height_by": Text("plats", "place"),
    "port": Text("hamn", "port"),
}
OF_ROW = ("limit_value", "need_value", "margin", "excess", "change")


def table_of(key: str, frame: pd.DataFrame, lang: Lang) -> Shown:
    """A table by its key: heads with `number`, rows of text, and for each row the verdict that colours it."""
    told = _in_language(frame, lang)
    told = told[[column for column in COLUMNS[key] if column in told]]
    units = {column: "@unit" for column in OF_ROW if "unit" in told and column in told}
    table = Table(key, Text("", ""), told, labels=LABELS, units=units)
    heads = headings(table, lang)
    rows = [[cell_text(table, row, head, lang) for head in heads] for row in range(len(told))]
    marks = [str(verdict) for verdict in frame["verdict"]] if key == "margins" else []
    return {
        "heads": [{"text": head.text, "number": head.number} for head in heads],
        "rows": rows,
        "marks": marks,
    }


def margin_table(network: Network, margins: pd.DataFrame, lang: Lang) -> Shown:
    """Every limit once, stops first, then what is not known, then the smallest margin against its need.

    Sections in the same situation are one row that says how many they are.
    """
    keys = ["structure_id", "limit", "limit_value", "need_value", "verdict", "basis", "source"]
    groups = margins.groupby(keys, dropna=False, sort=False)
    once = groups.agg(edge_id=("edge_id", "first"), margin=("margin", "first"), unit=("unit", "first")).reset_index()
    more = groups["edge_id"].nunique().to_numpy() - 1
    names = _places(network, once)
    once["name"] = [
        word("and_more", lang).format(name=name, n=n) if n and not structure else name
        for name, n, structure in zip(names, more, once["structure_id"], strict=True)
    ]
    order = once["verdict"].map({"not_ok": 0, "unknown": 1, "ok": 2}).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (once["margin"] / once["need_value"]).fillna(np.inf).to_numpy()
    return table_of("margins", once.iloc[np.lexsort((share, order))], lang)


def why_table(plan: Plan, lang: Lang) -> Shown:
    """What stops the other ways; a vehicle that does not take the load has the load as its need."""
    told = plan.why
    refused = (told["limit"] == "payload_t").to_numpy()
    need = told["need_value"].mask(refused & told["need_value"].isna(), plan.load.weight_t)
    need = need.where(~refused | (need > told["limit_value"]))  # refused for its size, which the row does not hold
    name = [value_text("vehicle", name, lang) for name in told["name"]]
    told = told.assign(need_value=need, excess=need - told["limit_value"], name=name)
    apart = (told["limit"] == "connection").to_numpy()
    told["name"] = told["name"].mask(apart, word("no_connection", lang))
    told["limit"] = told["limit"].mask(apart, "")
    return table_of("why", told, lang)


def calendar_table(plan: Plan, dates: pd.DataFrame | None, lang: Lang) -> Shown:
    """Legs, with the days on which they start and end when a day of departure is given."""
    legs = plan.legs
    if dates is not None and len(legs):
        said = [_rule(row, lang) for row in dates.to_dict("records")]
        clock = {key: [f"{when:%Y-%m-%d %H:%M}" for when in dates[key]] for key in ("starts", "ends")}
        legs = legs.assign(**clock, rule=said)
    return table_of("calendar", legs, lang)


def fix_tables(found: Fixes, lang: Lang) -> Shown:
    """The sets of one group, what the first of them changes, and a sentence when there is nothing to show."""
    left = word("unpriced", lang).format(n=len(found.unpriced)) if found.unpriced else ""
    if not found.feasible:
        return {"said": f"{word('no_fix', lang)} {left}".strip()}
    if found.sets["n"].iloc[0] == 0:
        return {"said": word("way_open", lang)}
    first = found.changes[found.changes["rank"] == 1]
    return {
        "said": left,
        "sets": table_of("sets", found.sets, lang),
        "changes": table_of("changes", first, lang),
    }


def envelope_table(table: pd.DataFrame, lang: Lang) -> Shown:
    """The corners; a limit as its words."""
    told = table.assign(
        mode=[word(mode, lang) for mode in table["mode"]],
        **{
            key: [column_text(limit, lang) if limit else "" for limit in table[key]]
            for key in ("weight_limit", "height_limit")
        },
        **{key: [value_text("vehicle", name, lang) for name in table[key]] for key in ("weight_by", "height_by")},
    )
    return table_of("envelope", told, lang)


def _rule(row: dict[Any, Any], lang: Lang) -> str:
    parts = [word(f"rule_{row['rule']}", lang)] if row["rule"] else []
    if row["nights"] == row["nights"]:
        parts.append(f"{number_text(row['nights'], lang, digits=0)} {word('night', lang)}")
    if row["wait_h"] > 0:
        waits = Text("väntar", "waits").of(lang)
        parts.append(f"{waits} {number_text(row['wait_h'], lang, digits=0)} {Text('tim', 'h').of(lang)}")
    return ", ".join(parts)


def _places(network: Network, margins: pd.DataFrame) -> Sequence[str]:
    pairs = zip(margins["structure_id"], margins["edge_id"], strict=True)
    return [place_title(network, structure, edge) for structure, edge in pairs]


def _in_language(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Rules and sources in the language of the page."""
    if lang == "en":
        return frame
    told = frame
    if "requirement_sv" in told:
        told = told.assign(requirement=told["requirement_sv"])
    if "source" in told:
        words = sources_sv()
        told = told.assign(source=[words.get(text, text) for text in told["source"]])
    return told
