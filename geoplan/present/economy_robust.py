"""Tables of the appraisal: break-even, sensitivity, who gains and pays, rows for an assessment of effects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.appraisal.distribution import PARTY_KINDS
from geoplan.appraisal.words import PERSPECTIVE_WORDS, item_word
from geoplan.maps.formats import number_text
from geoplan.maps.labels import LANGS, Text, same
from geoplan.present.economy_words import (
    LABELS,
    Titles,
    Worths,
    amount_words,
    effect_word,
    group_word,
    price_words,
    setting_words,
)
from geoplan.present.words import MSEK
from geoplan.report.content import Table
from geoplan.study import Study

_SMALL_SHARE_PCT = 1.0  # municipalities with less of the gain are added up
_NOTHING_MSEK = 0.05  # less is no row of an assessment


def break_even_sheet(study: Study, worth: Worths, titles: Titles) -> Table:
    """What it takes to pay, for the effects that speak for the measure."""
    rows = []
    for key, one in worth.items():
        for row in one.needed.to_dict("records"):
            if not float(row["amount"]) > 0:
                continue
            unit, needed, example = str(row["unit"]), float(row["needed_amount"]), float(row["example_cost_msek"])
            rows.append(
                {
                    "scenario": titles[key],
                    "effect": effect_word(study, str(row["item"]), str(row["group"])),
                    "amount": amount_words(float(row["amount"]), unit),
                    "value": price_words(float(row["value"]), unit),
                    "needed_amount": same("") if math.isnan(needed) else _times(needed, unit, float(row["times"])),
                    "needed_value": price_words(float(row["needed_value"]), unit),
                    "counted": same("")
                    if math.isnan(example)
                    else Text(f"om åtgärden kostar {example:g} Mkr", f"if the measure costs {example:g} MSEK"),
                }
            )
    return Table(
        "break_even",
        Text("Vad som krävs för att löna sig", "What it takes to pay"),
        pd.DataFrame(rows),
        labels=LABELS
        | {
            "amount": Text("beräknat", "worked out"),
            "value": Text("pris", "price"),
            "needed_amount": Text("krävs, till det priset", "needed, at that price"),
            "needed_value": Text("eller pris som krävs", "or price needed"),
            "counted": Text("räknat", "counted"),
        },
        note=Text(
            "En effekt i taget, allt annat lika. Tomt pris: effekten har inget kalkylvärde, och då är priset som krävs "
            "det som går att pröva mot erfarenhet.",
            "One effect at a time, all else as it is. Empty price: the effect has no value, and the price needed is "
            "what can be judged by experience.",
        ),
        few=None,
        name=Text("Brytpunkter", "Break-even"),
    )


def _times(needed: float, unit: str, times: float) -> Text:
    """An amount, and how many times the one worked out."""
    words = amount_words(needed, unit)
    if math.isnan(times):
        return words
    digits = 0 if times >= 10 else 1
    sv, en = number_text(times, "sv", digits=digits), number_text(times, "en", digits=digits)
    return Text(f"{words.sv} ({sv} gånger)", f"{words.en} ({en} times)")


def sensitivity_table(worth: Worths, titles: Titles) -> Table:
    """One assumption at a time."""
    rows = []
    for key, one in worth.items():
        rows += [
            {
                "scenario": titles[key],
                "what": item_word(str(row["what"])),
                "setting": setting_words(str(row["setting"])),
                **{name: row[name] for name in ("nnv_msek", "change_msek", "nnk", "nnk_idu")},
            }
            for row in one.tried.to_dict("records")
        ]
    return Table(
        "sensitivity",
        Text("Känslighetsanalys", "Sensitivity analysis"),
        pd.DataFrame(rows),
        labels=LABELS,
        digits={"nnk": 2, "nnk_idu": 2},
        name=Text("Känslighetsanalys", "Sensitivity"),
    )


def gains_table(study: Study, worth: Worths, titles: Titles) -> Table:
    """Who gains and who pays; municipalities with less than a hundredth of the gain are added up."""
    payers = {row.party.sv: Text(row.party.sv, row.party.en) for row in study.config.appraisal.payments}
    rows: list[dict[str, object]] = []

    def add(key: str, row: Mapping[Any, Any], party: Text) -> None:
        rows.append(
            {
                "scenario": titles[key],
                "party_kind": PARTY_KINDS[str(row["party_kind"])],
                "party": party,
                "gain_msek": row["gain_msek"],
                "share_pct": _share(float(row["share_pct"])),
                "pays_msek": _paid(float(row["pays_msek"])),
                "basis": row["basis"],
            }
        )

    for key, one in worth.items():
        table = one.gains
        towns = table[table["party_kind"] == "municipality"]
        small = table.index.isin(towns.index) & table["pays_msek"].isna() & table["gain_msek"].notna()
        small &= table["share_pct"].abs().fillna(0.0) < _SMALL_SHARE_PCT
        rest = table[small]
        for row in table[~small].to_dict("records"):
            name = str(row["party"])
            add(key, row, payers.get(name, group_word(study, name)))
            last_town = row["party_kind"] == "municipality"
            if not last_town and len(rest):
                rows.insert(len(rows) - 1, _added_up(titles[key], rest, named=len(rest) < len(towns)))
                rest = rest.iloc[:0]
    return Table(
        "gains",
        Text("Vem vinner och vem betalar", "Who gains and who pays"),
        pd.DataFrame(rows),
        labels=LABELS,
        units={"share_pct": "", "pays_msek": ""},
        digits={"gain_msek": 1},
        note=Text(
            "Nuvärden, underlag för medfinansiering. Okänd nytta är inte noll: ett pris eller en uppgift saknas. "
            "Betalar: som studien uppger; tomt är ingen uppgift.",
            "Present values, a basis for co-financing. A gain that is not known is not zero: a price or a figure is "
            "missing. Pays: as the study states; empty is nothing stated.",
        ),
        name=Text("Vem vinner och betalar", "Who gains and pays"),
    )


def _added_up(title: Text, rest: pd.DataFrame, *, named: bool) -> dict[str, object]:
    """The small municipalities in one row; `named`: others stand above it."""
    party = Text(f"{len(rest)} kommuner", f"{len(rest)} municipalities")
    return {
        "scenario": title,
        "party_kind": PARTY_KINDS["municipality"],
        "party": Text(f"{len(rest)} andra kommuner", f"{len(rest)} other municipalities") if named else party,
        "gain_msek": float(rest["gain_msek"].sum()),
        "share_pct": _share(float(rest["share_pct"].sum(min_count=1))),
        "pays_msek": same(""),
        "basis": rest["basis"].iloc[0],
    }


def _share(percent: float) -> Text:
    if math.isnan(percent):
        return same("")
    return Text(f"{number_text(percent, 'sv', digits=0)}\u00a0%", f"{number_text(percent, 'en', digits=0)} %")


def _paid(msek: float) -> Text:
    if math.isnan(msek):
        return same("")
    return Text(f"{number_text(msek, 'sv', digits=0)}\u00a0Mkr", f"{number_text(msek, 'en', digits=0)} MSEK")


def assessment_table(study: Study, worth: Worths, titles: Titles) -> Table:
    """Rows that feed an overall assessment of effects; what a measure leaves as it was has none."""
    rows = []
    for key, one in worth.items():
        for row in one.assessment.to_dict("records"):
            present, amount = float(row["present_value_msek"]), float(row["amount"])
            if abs(present) < _NOTHING_MSEK and row["perspective"] != "goals":
                continue
            rows.append(
                {
                    "scenario": titles[key],
                    "perspective": PERSPECTIVE_WORDS[str(row["perspective"])],
                    "effect": row["effect"],
                    "group": group_word(study, str(row["group"])),
                    "amount": same("") if math.isnan(amount) else amount_words(amount, str(row["unit"])),
                    "present_value_msek": _present(present),
                    "judgement": row["judgement"],
                    "basis": row["basis"],
                }
            )
    return Table(
        "assessment",
        Text("Underlag till samlad effektbedömning (SEB)", "Material for an overall assessment of effects (SEB)"),
        pd.DataFrame(rows),
        labels=LABELS,
        units={"present_value_msek": MSEK},
        note=Text(
            "Tre perspektiv: samhällsekonomisk analys, transportpolitisk målanalys, fördelningsanalys. Raderna är "
            "underlag som någon måste granska, inte en SEB. Effekter och parter med mindre än 0,05 Mkr står inte med.",
            "Three perspectives: economic analysis, transport policy goals, distribution. The rows are material that "
            "somebody has to examine, not an SEB. Effects and parties with less than 0.05 MSEK are left out.",
        ),
        name=same("SEB"),
    )


def _present(msek: float) -> Text:
    """A present value; empty where there is none."""
    return same("") if math.isnan(msek) else Text(*(number_text(msek, lang, digits=1) for lang in LANGS))
