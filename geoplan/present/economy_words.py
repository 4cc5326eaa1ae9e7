"""Words and units that the tables of the appraisal share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import pandas as pd

from geoplan.appraisal.cba import INVESTMENT, RESIDUAL
from geoplan.appraisal.words import COLUMN_WORDS, GROUP_WORDS, item_word, one_word, unit_words
from geoplan.appraisal.worth import Worth
from geoplan.maps.formats import UNKNOWN, money_text, number_text, short_text
from geoplan.maps.labels import Lang, Text, same
from geoplan.present.words import transport_names
from geoplan.study import Study

Worths = Mapping[str, Worth]
Titles = Mapping[str, Text]

LABELS: dict[str, Text] = {
    **COLUMN_WORDS,
    "scenario": Text("åtgärd", "measure"),
    "item": Text("effekt", "effect"),
    "effect": Text("effekt", "effect"),
    "group": Text("grupp", "group"),
    "unit": Text("enhet", "unit"),
    "present_value_msek": Text("nuvärde", "present value"),
    "basis": Text("vad det bygger på", "what it rests on"),
    "amount": Text("mängd per år", "amount a year"),
    "value": Text("kalkylvärde", "value of one"),
    "share_pct": Text("andel av nyttan i sitt slag", "share of the gain of its kind"),
}


def group_word(study: Study, group: str) -> Text:
    """A class of travellers, a transport or a party in words."""
    names = transport_names(study)
    return names.get(group) or GROUP_WORDS.get(group) or same(group)


def effect_word(study: Study, item: str, group: str) -> Text:
    """An effect with its group."""
    word, more = item_word(item), group_word(study, group)
    if not group:
        return word
    return Text(f"{word.sv}: {more.sv}", f"{word.en}: {more.en}")


def open_rows(one: Worth) -> pd.DataFrame:
    """Effects without a price."""
    rows = one.values
    return rows[rows["present_value_msek"].isna() & ~rows["item"].isin([INVESTMENT, RESIDUAL])]


def price_words(value_sek: float, unit: str = "") -> Text:
    """What one of a unit is worth: `103 kr/timme`; empty when not known."""
    if math.isnan(value_sek):
        return same("")
    one = one_word(unit)
    return Text(_price(value_sek, one.sv, "sv"), _price(value_sek, one.en, "en"))


def _price(value_sek: float, one: str, lang: Lang) -> str:
    if abs(value_sek) >= 100.0:
        text = money_text(value_sek, lang)
    else:
        digits = 0 if value_sek == round(value_sek) else 1
        text = f"{number_text(value_sek, lang, digits=digits)}\u00a0{Text('kr', 'SEK').of(lang)}"
    return f"{text}/{one}" if one else text


def amount_words(amount: float, unit: str) -> Text:
    """A yearly amount with its unit: `2 122 timmar/år`."""
    if math.isnan(amount):
        return UNKNOWN
    shown = amount if abs(amount) >= 100.0 else float(f"{amount:.3g}")
    word = unit_words(unit)
    return Text(f"{_number(shown, 'sv')}\u00a0{word.sv}", f"{_number(shown, 'en')}\u00a0{word.en}")


def _number(value: float, lang: Lang) -> str:
    return number_text(value, lang, digits=0) if abs(value) >= 100.0 else short_text(value, lang)


def setting_words(text: str) -> Text:
    """A setting of the sensitivity analysis as a reader writes it: `−30 %`."""
    told = text.replace("-", "\u2212")
    return Text(re.sub(r"(\d)%", "\\1\u00a0%", told).replace(".", ","), told)
