"""Tables of the appraisal: present values by effect, what has no price, published figures, values used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.appraisal.cba import INVESTMENT, RESIDUAL
from geoplan.appraisal.words import COLUMN_WORDS, item_word, one_word
from geoplan.appraisal.worth import Worth
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text, capitalise, same
from geoplan.present.economy_words import (
    LABELS,
    Titles,
    Worths,
    amount_words,
    effect_word,
    open_rows,
    price_words,
)
from geoplan.present.notes import told_note
from geoplan.report.content import Table
from geoplan.study import Study

_YES, _NO = Text("ja", "yes"), Text("nej", "no")


def summary_table(frame: pd.DataFrame, worth: Worths, titles: Titles) -> Table:
    """One row a measure."""
    rows = []
    for row in frame.to_dict("records"):
        key = str(row["scenario"])
        low, high = float(row["nnv_low_msek"]), float(row["nnv_high_msek"])
        span = [
            "" if math.isnan(low) else f"{number_text(low, lang, digits=0)} – {number_text(high, lang, digits=0)}"
            for lang in ("sv", "en")
        ]
        names = [item_word(str(item)) for item in dict.fromkeys(open_rows(worth[key])["item"])]
        rows.append(
            {
                "scenario": titles[key],
                "investment_msek": row["investment_msek"],
                "maintenance_msek": row["maintenance_msek"],
                "benefits_msek": row["benefits_msek"],
                "nnv_msek": row["nnv_msek"],
                "nnk": row["nnk"],
                "nnk_idu": row["nnk_idu"],
                "interval": Text(*span),
                "positive_pct": 100.0 * float(row["share_positive"]),
                "largest_cost_msek": row["largest_cost_msek"],
                "not_priced": Text(", ".join(n.sv for n in names), ", ".join(n.en for n in names)),
                "unverified_pct": 100.0 * float(row["share_unverified"]),
            }
        )
    labels = LABELS | {
        "investment_msek": Text("investering", "investment"),
        "nnv_msek": same("NNV"),
        "nnk": same("NNK"),
        "maintenance_msek": Text("drift och underhåll", "operation and maintenance"),
        "benefits_msek": Text("prissatta nyttor", "priced benefits"),
        "interval": Text("NNV, 90 % av utfallen (Mkr)", "NNV, 90 % of the draws (MSEK)"),
        "positive_pct": Text("utfall över noll", "draws above zero"),
        "largest_cost_msek": Text("kostnad som nyttorna bär", "cost that the benefits carry"),
        "not_priced": Text("inte prissatt", "not priced"),
        "unverified_pct": Text(
            "andel av nuvärdena på värden som inte är kontrollerade", "share of present values on unchecked values"
        ),
    }
    return Table(
        "economy",
        Text("Vad åtgärderna är värda", "What the measures are worth"),
        pd.DataFrame(rows),
        labels=labels,
        digits={"nnk": 2, "nnk_idu": 2, "positive_pct": 0, "unverified_pct": 0},
        note=Text(
            "Nuvärden; NNV är nettonuvärdet och investeringen den samhällsekonomiska. NNK = NNV / investering; NNK-idu "
            "= NNV / (investering + drift och underhåll). Okänd drift ingår inte i NNV, och då är NNK-idu okänd.",
            "Present values; NNV is the net present value, and the investment is counted as its cost to society. NNK "
            "= NNV / investment; NNK-idu = NNV / (investment + operation and maintenance). Upkeep that is not known is "
            "left out of NNV, and NNK-idu is then not known.",
        ),
        few=None,
        name=Text("Samhällsekonomi", "Appraisal"),
    )


def items_table(study: Study, worth: Worths, titles: Titles) -> Table:
    """Present values of every effect that a measure changes."""
    rows: list[dict[str, object]] = []
    same_as_before = 0
    for key, one in worth.items():
        for row in one.values.to_dict("records"):
            amount, unit, price = float(row["amount"]), str(row["unit"]), price_words(float(row["value"]), row["unit"])
            if row["item"] not in (INVESTMENT, RESIDUAL) and (amount == 0.0 or float(row["value"]) == 0.0):
                same_as_before += 1
                continue
            rows.append(
                {
                    "scenario": titles[key],
                    "effect": effect_word(study, str(row["item"]), str(row["group"])),
                    "amount": amount_words(amount, unit) if unit else same(""),
                    "value": price if one_word(unit).en else same(""),
                    "present_value_msek": row["present_value_msek"],
                    "verified": _checked(row),
                    "basis": Text(str(row["basis_sv"]), str(row["basis"])),
                    "source": told_note(row["source"]),
                }
            )
    return Table(
        "economy_items",
        Text("Nuvärden per effekt och grupp", "Present values by effect and group"),
        pd.DataFrame(rows),
        labels=LABELS | {"verified": Text("läst i källan", "read at its source")},
        digits={"present_value_msek": 1},
        note=Text(
            "Vinster är över noll. Okänt nuvärde: effekten har inget pris och ingår inte i NNV. "
            f"{same_as_before} rader utan ändring är utelämnade.",
            "Gains are above zero. Present value not known: the effect has no price and is not in the NNV. "
            f"{same_as_before} rows without a change are left out.",
        ),
        few=None,
        name=Text("Nuvärden", "Present values"),
    )


def _checked(row: Mapping[Any, Any]) -> Text:
    if row["item"] in (INVESTMENT, RESIDUAL) or math.isnan(float(row["present_value_msek"])):
        return same("")
    return _YES if row["verified"] else _NO


def not_priced_table(study: Study, worth: Worths, titles: Titles) -> Table:
    """Effects without a price, in words: those with an amount, and those the study judges."""
    rows: list[dict[str, object]] = []
    for key, one in worth.items():
        needed = {(row["item"], row["group"]): float(row["needed_value"]) for row in one.needed.to_dict("records")}
        rows += [
            {
                "scenario": titles[key],
                "effect": effect_word(study, str(row["item"]), str(row["group"])),
                "amount": amount_words(float(row["amount"]), str(row["unit"])),
                "needed_value": _enough(needed.get((row["item"], row["group"]), math.nan), str(row["unit"])),
                "judgement": _direction(float(row["amount"])),
                "basis": Text(str(row["basis_sv"]), str(row["basis"])),
                "source": told_note(row["source"]),
            }
            for row in open_rows(one).to_dict("records")
        ]
        rows += [
            {
                "scenario": titles[key],
                "effect": Text(judged.effect.sv, judged.effect.en),
                "amount": same(""),
                "needed_value": same(""),
                "judgement": Text(judged.judgement.sv, judged.judgement.en),
                "basis": Text("bedömt i ord", "judged in words"),
                "source": judged.source,
            }
            for judged in study.config.appraisal.judged
            if judged.scenario == key
        ]
    return Table(
        "not_priced",
        Text("Effekter som inte är prissatta", "Effects that are not priced"),
        pd.DataFrame(rows),
        labels=LABELS | {"needed_value": Text("pris som krävs för att löna sig", "price needed to pay")},
        note=Text(
            "Priset som krävs: vad en enhet måste vara värd för att åtgärden precis ska löna sig, allt annat lika. Där "
            "kostnaden inte är känd är det räknat på 100 Mkr.",
            "The price needed: what one unit must be worth for the measure just to pay, all else as it is. Where the "
            "cost is not known it is counted for 100 MSEK.",
        ),
        few=None,
        name=Text("Ej prissatta effekter", "Not priced"),
    )


def _enough(value: float, unit: str) -> Text:
    return Text("inget pris räcker", "no price is enough") if math.isinf(value) else price_words(value, unit)


def _direction(amount: float) -> Text:
    if math.isnan(amount):
        return Text("inte bedömt", "not assessed")
    return Text("positiv", "positive") if amount > 0 else Text("negativ", "negative")


def published_table(study: Study, worth: Worths, titles: Titles) -> Table | None:
    """Figures of others beside those worked out here; None when the study states none."""
    rows = []
    for row in study.config.appraisal.published:
        if row.scenario not in worth:
            continue
        table = worth[row.scenario].values
        if row.item in table.attrs:
            ours = float(table.attrs[row.item])
        else:
            parts = table.loc[table["item"] == row.item, "present_value_msek"]
            ours = float(parts.sum()) if len(parts) and parts.notna().all() else math.nan
        word = COLUMN_WORDS.get(row.item, item_word(row.item))
        told = {
            "scenario": titles[row.scenario],
            "item": Text(capitalise(word.sv), capitalise(word.en)),
            "published": row.value,
            "here": ours,
        }
        rows.append(told | {"source": row.source})
    if not rows:
        return None
    return Table(
        "published",
        Text("Jämfört med publicerade kalkyler", "Beside published appraisals"),
        pd.DataFrame(rows),
        labels=LABELS | {"published": Text("publicerat", "published"), "here": Text("här", "here")},
        digits={"published": 2, "here": 2},
        note=Text(
            "Nuvärden i Mkr, var och en i sin egen prisnivå. Okänt: studien har inget pris eller ingen uppgift för "
            "effekten, och därför skiljer sig summorna.",
            "Present values in MSEK, each in its own prices. Not known: the study has no price or no figure for the "
            "effect, and so the sums differ.",
        ),
        few=None,
        name=Text("Publicerade kalkyler", "Published"),
    )


def values_table(worth: Worths) -> Table:
    """The values that were used, with source and whether anybody has read them there."""
    used: dict[str, Worth] = {}
    for one in worth.values():
        for item in ["discount_rate_pct", *one.values["value_item"]]:
            if item:
                used.setdefault(str(item), one)
    rows = []
    for item, one in used.items():
        table = one.case.values.table
        if item not in table.index:
            lack = Text("saknas i versionen", "not in this version")
            rows.append({"item": item_word(item), "value": math.nan, "unit": same(""), "verified": lack})
            continue
        row: dict[str, Any] = {str(name): cell for name, cell in table.loc[item].items()}
        year = "" if math.isnan(row["price_year"]) else str(int(row["price_year"]))
        rows.append(
            {
                "item": item_word(item),
                "value": float(row["value"]),
                "unit": _value_unit(str(row["unit"])),
                "verified": _YES if bool(row["verified"]) else _NO,
                "given": float(row["given"]),
                "price_year": same(year),
                "version": row["version"],
                "source": told_note(row["source"]),
                "note": told_note(row["note"]),
            }
        )
    first = next(iter(worth.values())).case.values
    return Table(
        "appraisal_values",
        Text("Kalkylvärden och deras källor", "Values used and their sources"),
        pd.DataFrame(rows),
        labels=LABELS
        | {
            "item": Text("kalkylvärde", "value"),
            "value": Text(f"använt, {first.price_year} års priser", f"used, prices of {first.price_year}"),
            "given": Text("i källan", "in the source"),
            "price_year": Text("källans prisnivå", "price year of the source"),
        },
        digits={"value": 2, "given": 2},
        note=Text(
            "Nej: ingen har läst värdet i källan; det är hämtat ur minnet eller ur en äldre version och måste "
            "kontrolleras.",
            "No: nobody has read the value at its source; it is from memory or from an earlier version and has to be "
            "checked.",
        ),
        few=None,
        name=Text("Kalkylvärden", "Values"),
    )


def _value_unit(unit: str) -> Text:
    return Text(unit.replace("SEK", "kr"), unit)
