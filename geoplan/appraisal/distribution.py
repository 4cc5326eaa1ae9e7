"""Who gains and who pays, and rows that feed an overall assessment of effects (samlad effektbedömning).

The rows are material for such an assessment by the road and rail authority's method, with its three perspectives:
economic analysis (priced and not priced), transport policy goals, and distribution. They are not one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.appraisal.cba import INVESTMENT, MAINTENANCE, RESIDUAL, Case, evaluate
from geoplan.appraisal.words import ITEM_WORDS, item_word
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text

WOMEN_SHARE = "share_women"  # column of the zones: share of women among those who travel


@dataclass(frozen=True)
class _Goal:
    """A part of the transport policy goals and the items that speak for it."""

    name: Text
    items: tuple[str, ...]


GOALS = (
    _Goal(Text("Funktionsmålet: tillgänglighet för resor", "Functional goal: access for travellers"), ("travel_time",)),
    _Goal(
        Text("Funktionsmålet: näringslivets transporter", "Functional goal: transports of business"),
        ("freight_time", "heavy_transport"),
    ),
    _Goal(Text("Hänsynsmålet: säkerhet", "Consideration goal: safety"), ("accidents",)),
    _Goal(Text("Hänsynsmålet: klimat", "Consideration goal: climate"), ("co2",)),
    _Goal(Text("Hänsynsmålet: hälsa och miljö", "Consideration goal: health and environment"), ("air_pollution",)),
)
_JUDGEMENTS = {
    1: Text("positivt bidrag", "contributes"),
    -1: Text("negativt bidrag", "works against"),
    0: Text("inget bidrag", "no contribution"),
    None: Text("inte bedömt", "not assessed"),
}


def share_gains(case: Case, *, pays_msek: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Present value of the gains by municipality, by women and men, and by company: a basis for co-financing.

    Travel time falls to where the travellers live, heavy transports to the place they leave. Other gains (climate,
    accidents, freight) fall to all and stand as "everybody"; upkeep is a cost of the road or rail keeper. A gain is
    NaN while an effect in it has no price.

    Parameters
    ----------
    pays_msek
        What each party pays, by its name as it stands in the table.

    Returns
    -------
    Table: party_kind (municipality, sex, company, everybody), party (name), gain_msek, share_pct (of all gains of that
    kind), pays_msek (NaN where nothing is said), basis (Text). A split that the data does not allow has a row with NaN.
    """
    table = evaluate(case)
    rows = [*_by_municipality(case, table), *_by_sex(case, table), *_by_company(table)]
    common = table[~table["item"].isin(["travel_time", "heavy_transport", MAINTENANCE, INVESTMENT, RESIDUAL])]
    rows.append(
        _sum_of(
            "everybody",
            "",
            common,
            Text("fordonskostnader, klimat, olyckor, gods", "operating costs, climate, accidents, freight"),
        )
    )
    result = pd.DataFrame(rows, columns=["party_kind", "party", "gain_msek", "basis"])
    result["gain_msek"] = result["gain_msek"].astype("float64")
    total = result.groupby("party_kind")["gain_msek"].transform("sum")
    share = np.divide(result["gain_msek"], total, out=np.full(len(result), np.nan), where=(total != 0).to_numpy())
    result.insert(3, "share_pct", share * 100.0)
    paid = result["party"].map(dict(pays_msek or {})).astype("float64")
    result.insert(4, "pays_msek", paid)
    strange = [name for name in (pays_msek or {}) if name not in set(result["party"])]
    others = [
        {
            "party_kind": "payer",
            "party": name,
            "pays_msek": float((pays_msek or {})[name]),
            "basis": Text("betalar, ingen nytta funnen", "pays, no gain found"),
        }
        for name in strange
    ]
    return pd.concat([result, pd.DataFrame(others)], ignore_index=True) if others else result


def assessment_rows(case: Case, *, not_priced: Mapping[Text, Text] | None = None) -> pd.DataFrame:
    """Rows that feed an overall assessment of effects, in its three perspectives.

    Parameters
    ----------
    not_priced
        Effects without a price, by name, and what is judged of them in words: landscape, barriers, resilience ...

    Returns
    -------
    Table: perspective (economy, goals, distribution), effect (Text), group, amount, unit, present_value_msek (NaN: not
    priced), judgement (Text), basis (Text). Never an assessment by itself.
    """
    table = evaluate(case)
    rows: list[dict[str, object]] = []

    def add(perspective: str, effect: Text, judgement: Text, basis: Text, **more: object) -> None:
        row = {"group": "", "amount": np.nan, "unit": "", "present_value_msek": np.nan} | more
        rows.append({"perspective": perspective, "effect": effect, "judgement": judgement, "basis": basis, **row})

    for row in table.to_dict("records"):
        priced = not np.isnan(row["present_value_msek"])
        words = Text("prissatt", "priced") if priced else Text("inte prissatt", "not priced")
        if priced and not row["verified"]:
            words = Text("prissatt med värde som inte kontrollerats", "priced with a value that is not verified")
        cells = {key: row[key] for key in ("group", "amount", "unit", "present_value_msek")}
        add("economy", item_word(str(row["item"])), words, Text(str(row["basis_sv"]), str(row["basis"])), **cells)
    told = set(table["item"])
    for item in ITEM_WORDS:
        if item not in told and item not in (INVESTMENT, RESIDUAL, "other"):
            add("economy", ITEM_WORDS[item], _JUDGEMENTS[None], Text("inte beräknat", "not worked out"))
    for name, words in (not_priced or {}).items():
        add("economy", name, words, Text("bedömt i ord, inte prissatt", "judged in words, not priced"))
    for goal in GOALS:
        add("goals", goal.name, _judge(table, goal.items), _names(goal.items))
    for gain in share_gains(case).to_dict("records"):
        kind = PARTY_KINDS.get(str(gain["party_kind"]), Text(str(gain["party_kind"]), str(gain["party_kind"])))
        worth = float(gain["gain_msek"])
        words = _JUDGEMENTS[None] if np.isnan(worth) else _JUDGEMENTS[int(np.sign(round(worth, 6)))]
        add("distribution", kind, words, gain["basis"], group=str(gain["party"]), present_value_msek=worth)
    columns = ["perspective", "effect", "group", "amount", "unit", "present_value_msek", "judgement", "basis"]
    return pd.DataFrame(rows, columns=columns)


PARTY_KINDS = {
    "municipality": Text("Kommun där resenärerna bor", "Municipality where the travellers live"),
    "sex": Text("Kvinnor och män", "Women and men"),
    "company": Text("Företag", "Company"),
    "everybody": Text("Alla, det som inte kan delas upp", "Everybody, what cannot be split"),
    "payer": Text("Finansiär", "Payer"),
}


def _judge(table: pd.DataFrame, items: tuple[str, ...]) -> Text:
    """Sign of the yearly amounts; an amount without a price still has a sign."""
    found = table[table["item"].isin(items)]
    size = found["present_value_msek"].where(found["present_value_msek"].notna(), found["amount"])
    if not len(found) or size.isna().all():
        return _JUDGEMENTS[None]
    signs = {int(np.sign(round(value, 6))) for value in size.dropna()} - {0}
    if len(signs) == 2:
        return Text("bidrar åt båda håll", "works both ways")
    return _JUDGEMENTS[signs.pop() if signs else 0]


def _names(items: tuple[str, ...]) -> Text:
    words = [item_word(item) for item in items]
    return Text(", ".join(w.sv for w in words), ", ".join(w.en for w in words))


_NO_SHARES = Text(
    "studien säger inte hur stor andel av resenärerna som är kvinnor",
    "the study does not tell the share of women among the travellers",
)


def _time_by_zone(case: Case, table: pd.DataFrame) -> pd.Series | None:
    """Present value of the travel time by zone."""
    if case.zone_benefits is None:
        return None
    total = pd.Series(0.0, index=case.zone_benefits.index)
    for row in table[table["item"] == "travel_time"].to_dict("records"):
        hours = case.zone_benefits.get(f"hours_{row['group']}")
        if hours is not None and row["amount"]:
            total += hours / row["amount"] * row["present_value_msek"]
    return total


def _gain(kind: str, party: str, worth: float, basis: Text) -> dict[str, object]:
    return {"party_kind": kind, "party": party, "gain_msek": worth, "basis": basis}


def _by_municipality(case: Case, table: pd.DataFrame) -> list[dict[str, object]]:
    worth = _time_by_zone(case, table)
    if worth is None or case.zone_benefits is None:
        return [
            _gain(
                "municipality",
                "",
                np.nan,
                Text("ingen efterfrågan: vilka som reser är inte känt", "no demand: who travels is not known"),
            )
        ]
    zones = case.zone_benefits
    name = zones["municipality"] if "municipality" in zones else zones["municipality_code"]
    sums = worth.groupby(name.where(name != "", "")).sum().sort_values(ascending=False)
    return [
        _gain(
            "municipality",
            str(key),
            float(value),
            Text("restid för dem som bor där", "travel time of those who live there"),
        )
        for key, value in sums.items()
    ]


def _by_sex(case: Case, table: pd.DataFrame) -> list[dict[str, object]]:
    worth = _time_by_zone(case, table)
    if worth is None or case.zone_benefits is None or WOMEN_SHARE not in case.zone_benefits:
        return [
            _gain(
                "sex",
                "",
                np.nan,
                _NO_SHARES,
            )
        ]
    share = case.zone_benefits[WOMEN_SHARE].astype("float64")
    lost = int(share.isna().sum())
    if lost:
        return [
            _gain(
                "sex",
                "",
                np.nan,
                Text(
                    f"andelen kvinnor bland resenärerna är inte känd i {lost} områden",
                    f"the share of women among the travellers is not known in {lost} zones",
                )
                if lost < len(share)
                else _NO_SHARES,
            )
        ]
    basis = Text("restid efter andelen kvinnor i områdena", "travel time by the share of women in the zones")
    women = float((worth * share).sum())
    return [_gain("sex", "women", women, basis), _gain("sex", "men", float(worth.sum()) - women, basis)]


def _by_company(table: pd.DataFrame) -> list[dict[str, object]]:
    heavy = table[table["item"] == "heavy_transport"]
    if heavy.empty:
        return [_gain("company", "", np.nan, Text("inga tunga transporter", "no heavy transports"))]
    words = Text("tunga transporter därifrån", "heavy transports from there")
    return [_sum_of("company", str(key), rows, words) for key, rows in heavy.groupby("origin", sort=False)]


def _sum_of(kind: str, party: str, rows: pd.DataFrame, basis: Text) -> dict[str, object]:
    """A gain of several effects; not known while one of them has no price, and then the basis says which."""
    priced = rows["present_value_msek"].notna()
    if priced.all():
        return _gain(kind, party, float(rows["present_value_msek"].sum()), basis)
    known = float(rows["present_value_msek"].sum())
    names = [item_word(str(item)) for item in dict.fromkeys(rows.loc[~priced, "item"])]
    return _gain(
        kind,
        party,
        np.nan,
        Text(
            f"{basis.sv}: {number_text(known, 'sv', digits=1)} Mkr är prissatt; utan pris: "
            f"{', '.join(name.sv for name in names).lower()}",
            f"{basis.en}: {number_text(known, 'en', digits=1)} MSEK is priced; without a price: "
            f"{', '.join(name.en for name in names).lower()}",
        ),
    )
