"""Rows of the register of bottlenecks as a table for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.bottlenecks.measures import all_candidates
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text, in_words, same
from geoplan.report.content import Table

LABELS = {
    "rank_interval": Text("rang (90 %-intervall)", "rank (90 % interval)"),
    "name": Text("plats", "place"),
    "kind": Text("slag", "kind"),
    "annual": Text("fordonstimmar/år (90 %-intervall)", "vehicle hours/year (90 % interval)"),
    "annual_sek": Text("kr per år", "SEK a year"),
    "tonnes_per_year": Text("ton per år", "tonnes a year"),
    "evidence": Text("belägg", "evidence"),
    "measures": Text("åtgärder att pröva (steg 1–4)", "measures to examine (steps 1–4)"),
    "km": Text("km", "km"),
}

# Of a register without draws: that of a scenario other than the base.
_NOT_DRAWN = {
    "rank_interval": Text("rang", "rank"),
    "annual": Text("fordonstimmar/år", "vehicle hours/year"),
}
_BASE_ONLY = Text(
    "Osäkerhetsintervall, och vad ett hävt hinder sparar per år, är uträknade för nuläget och visas där.",
    "Intervals of uncertainty, and what lifting a limit saves a year, are worked out for the base and shown there.",
)


def evidence_table(
    key: str,
    title: Text,
    register: pd.DataFrame,
    attrs: Mapping[Any, Any],
    *,
    measures: bool = True,
    few: int | None = 12,
    note: Text | None = None,
) -> Table:
    """Rows of the register with their rank and its interval, loss, evidence, who is affected and measures.

    Parameters
    ----------
    register
        Rows of `rank_bottlenecks`, with rank_low .. annual_high where they were drawn; `mode` and `km` in front where
        the rows stand along a corridor.
    attrs
        Of the study's register: draws and coverage of the intervals.
    """
    frame = pd.DataFrame(
        {
            **{name: register[name].to_numpy() for name in ("mode", "km") if name in register},
            "rank_interval": _each(register, _rank),
            "kind": register["kind"].to_numpy(),
            "name": register["name"].to_numpy(),
            "annual": _each(register, _annual),
            "evidence": _each(register, said_evidence),
            "who_affected": register["who_affected"].to_numpy(),
            "annual_sek": _each(register, lambda row: _of_transports(row, "annual_sek")),
            "tonnes_per_year": _each(register, lambda row: _of_transports(row, "tonnes_per_year")),
            "confidence": register["confidence"].to_numpy(),
        }
    )
    if measures:
        frame["measures"] = pd.Series(_each(register, _measures), dtype="object")
    drawn = "rank_low" in register
    if not drawn or not (register["kind"] == "restriction").any():
        frame = frame.drop(columns=["annual_sek", "tonnes_per_year"])
    return Table(
        key,
        title,
        frame,
        labels=LABELS if drawn else LABELS | _NOT_DRAWN,
        units={"annual_sek": "", "tonnes_per_year": "", "km": ""},
        digits={"km": 1},
        note=(_note(attrs) if drawn else _BASE_ONLY) if note is None else note,
        few=few,
    )


def _each(register: pd.DataFrame, said: Any) -> list[Text]:
    return [said(row) for row in register.to_dict("records")]


def proposals_table() -> Table:
    """The proposals for each kind of bottleneck and limit, by step of the four-step principle."""
    rows = all_candidates()
    told = zip(rows["measure_sv"], rows["measure_en"], strict=True)
    frame = pd.DataFrame(
        {
            "kind": rows["kind"].to_numpy(),
            "limit": rows["limit"].to_numpy(),
            "step": [same(str(step)) for step in rows["step"]],
            "measures": [Text(sv, en) for sv, en in told],
        }
    )
    return Table(
        "proposals",
        Text("Förslag att pröva för varje slag", "Proposals to examine for each kind"),
        frame,
        labels=LABELS | {"step": Text("steg", "step"), "measures": Text("åtgärd", "measure")},
        note=Text(
            "Fyrstegsprincipen: 1 tänk om, 2 optimera, 3 bygg om, 4 bygg nytt. Allmänna förslag, inte utredda.",
            "Four-step principle: 1 rethink, 2 optimise, 3 rebuild, 4 build new. General proposals, not studied.",
        ),
        few=6,
    )


def _measures(row: Mapping[Any, Any]) -> Text:
    """Measures of the study with their step; of the proposals, which have a table of their own, the steps alone."""
    general = all_candidates()
    said = []
    for lang, word in (("sv", "förslag, steg"), ("en", "proposals, steps")):
        known = set(general[f"measure_{lang}"])
        own, steps = [], []
        for part in str(row[f"measures_{lang}"]).split("; "):
            step, _, text = part.partition(": ")
            if text in known:
                steps.append(step)
            else:
                own.append(part)
        said.append("; ".join([*own, *([f"{word} {', '.join(dict.fromkeys(steps))}"] if steps else [])]))
    return Text(*said)


def _rank(row: Mapping[Any, Any]) -> Text:
    """`4 (2–9)`; nothing where the row has no rank."""
    if math.isnan(row["rank"]):
        return same("–")
    low, high = row.get("rank_low", math.nan), row.get("rank_high", math.nan)
    return same(f"{row['rank']:.0f}" + ("" if math.isnan(low) else f" ({low:.0f}–{high:.0f})"))


def said_evidence(row: Mapping[Any, Any]) -> Text:
    """What speaks for a row, the names of limits in words."""
    return Text(in_words(row["evidence_sv"], "sv"), in_words(row["evidence_en"], "en"))


def _of_transports(row: Mapping[Any, Any], column: str) -> Text:
    """A number that only heavy transports have; for them it may be not known."""
    if row["kind"] != "restriction":
        return same("")
    return Text(number_text(row[column], "sv", digits=0), number_text(row[column], "en", digits=0))


def _annual(row: Mapping[Any, Any]) -> Text:
    """Vehicle hours a year and their interval; nothing for rows that have none."""
    if math.isnan(row["annual_vehh"]):
        return same("")
    low, high = row.get("annual_low", math.nan), row.get("annual_high", math.nan)
    sv, en = (number_text(row["annual_vehh"], lang, digits=0) for lang in ("sv", "en"))
    if math.isnan(low):
        return Text(sv, en)
    return Text(
        f"{sv} ({number_text(low, 'sv', digits=0)}–{number_text(high, 'sv', digits=0)})",
        f"{en} ({number_text(low, 'en', digits=0)}–{number_text(high, 'en', digits=0)})",
    )


def _note(attrs: Mapping[Any, Any]) -> Text:
    draws = attrs.get("draws")
    if not draws:
        return same("")
    return Text(
        f"Intervallet kommer av {draws} dragningar av det som är antaget: hastigheter, kapaciteter, arbetsplatser, "
        "efterfrågans nivå, maxtimmar och avstängningar per år. Begränsningar för tung transport och spårkapacitet har "
        "inga fordonstimmar och därför inget intervall.",
        f"The interval is that of {draws} draws of what is assumed: speeds, capacities, workplaces, the level "
        "of demand, "
        "peak hours and closures a year. Restrictions of heavy transport and track capacity have no vehicle hours and "
        "therefore no interval.",
    )
