"""What the measures are worth: net present values, how sure they are, what is not priced, who gains and who pays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from geoplan.analyse.answers import Answers
from geoplan.analyse.economy import states_upkeep, worth_table
from geoplan.appraisal.appraise import HOURS_PER_YEAR
from geoplan.appraisal.values import is_verified
from geoplan.appraisal.words import item_word
from geoplan.appraisal.worth import Worth
from geoplan.maps.drawings_economy import Swing, draw_tornado
from geoplan.maps.formats import number_text, short_text
from geoplan.maps.labels import Lang, Text, same
from geoplan.present.economy_robust import assessment_table, break_even_sheet, gains_table, sensitivity_table
from geoplan.present.economy_tables import (
    items_table,
    not_priced_table,
    published_table,
    summary_table,
    values_table,
)
from geoplan.present.economy_words import open_rows, price_words, setting_words
from geoplan.present.scenarios import scenario_title
from geoplan.present.words import MSEK
from geoplan.report.content import Figure, Picture, Section
from geoplan.study import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

Tone = Literal["", "good", "bad", "open"]


def economy_section(study: Study, answers: Answers, pictures: Sequence[Picture] = ()) -> Section | None:
    """Appraisal of every scenario that is a measure; None when the study has none."""
    worth = answers.worth
    if not worth:
        return None
    titles = {key: scenario_title(answers.scenarios[key]) for key in worth}
    frame = worth_table(worth)
    tables = [
        summary_table(frame, worth, titles),
        items_table(study, worth, titles),
        not_priced_table(study, worth, titles),
        break_even_sheet(study, worth, titles),
        sensitivity_table(worth, titles),
        gains_table(study, worth, titles),
        published_table(study, worth, titles),
        assessment_table(study, worth, titles),
        values_table(worth),
    ]
    return Section(
        id="economy",
        title=Text("Samhällsekonomi", "Appraisal"),
        text=(*_introduction(study, worth), *(_verdict(titles[key], one) for key, one in worth.items())),
        figures=tuple(figure for key, one in worth.items() for figure in _figures(key, titles[key], one)),
        pictures=tuple(pictures),
        stays=Text(
            f"Alla åtgärder sida vid sida, var och en jämförd med {answers.base.scenario.name('sv')}.",
            f"All measures side by side, each compared with: {answers.base.scenario.name('en')}.",
        ),
        tables=tuple(table for table in tables if table is not None and len(table.frame)),
    )


def economy_drawings(answers: Answers, *, lang: Lang) -> list[tuple[str, Text, Drawing]]:
    """The tornado of each measure whose cost is known: key, title, drawing."""
    drawn = []
    for key, one in (answers.worth or {}).items():
        if one.interval is None:
            continue
        title = scenario_title(answers.scenarios[key])
        words = Text("vad resultatet hänger på", "what the result hangs on")
        drawing = draw_tornado(
            _swings(one),
            central_msek=float(one.values.attrs["nnv_msek"]),
            interval_msek=(one.interval.low_msek, one.interval.high_msek),
            lang=lang,
        )
        drawn.append((f"tornado_{key}", Text(f"{title.sv}: {words.sv}", f"{title.en}: {words.en}"), drawing))
    return drawn


TORNADO_NOTE = Text(
    "Ett antagande ändras åt gången; stapelns ändar säger till vad. * = kalkylvärde som ingen har kunnat läsa i "
    "källan. Lila stapel: allt som är osäkert dras samtidigt; spridningarna är antagna.",
    "One assumption is changed at a time; the ends of a bar say to what. * = a value that nobody could read at its "
    "source. Purple bar: everything uncertain is drawn at once; the spreads are assumed.",
)


def _swings(one: Worth) -> list[Swing]:
    rows = one.tried[one.tried["what"] != "central"]
    used = one.case.values.table
    return [
        Swing(
            item_word(str(what)),
            tuple(
                (setting_words(text), float(nnv)) for text, nnv in zip(part["setting"], part["nnv_msek"], strict=True)
            ),
            unverified=str(what) in used.index and not is_verified(one.case.values, str(what)),
        )
        for what, part in rows.groupby("what", sort=False)
    ]


def _introduction(study: Study, worth: Mapping[str, Worth]) -> list[Text]:
    """What was counted, with which values, and what that is not."""
    first = next(iter(worth.values()))
    totals, values = first.values.attrs, first.case.values
    config = study.config.appraisal
    terms = {
        lang: (
            short_text(float(totals["discount_rate_pct"]), lang),
            short_text(config.traffic_growth_pct, lang),
            short_text(config.hours_per_year or HOURS_PER_YEAR, lang),
        )
        for lang in ("sv", "en")
    }
    said = [
        Text(
            f"Nuvärden enligt {values.title} i {values.price_year} års priser, kalkylränta {terms['sv'][0]} %, "
            f"{totals['years']} år, trafiktillväxt {terms['sv'][1]} % per år. Detta är underlag till en samlad "
            "effektbedömning (SEB), inte en SEB: effekter utan pris står i ord och ingår inte i nettonuvärdet.",
            f"Present values by {values.title} in prices of {values.price_year}, discount rate {terms['en'][0]} %, "
            f"{totals['years']} years, traffic growth {terms['en'][1]} % a year. This is material for an overall "
            "assessment of effects (SEB), not one: effects without a price stand in words and are not in the net "
            "present value.",
        ),
        Text(
            f"Restidsvinsten är den beräknade maxtimmens, räknad {terms['sv'][2]} gånger om året (antaget). Övriga "
            "timmars trafik och godstrafiken ingår bara där studien uppger dem: effekterna är underskattade.",
            f"The time saved is that of the peak hour worked out, counted {terms['en'][2]} times a year (assumed). "
            "Traffic of other hours and freight are in it only where the study states them: the effects are "
            "understated.",
        ),
    ]
    used = list(dict.fromkeys(n for one in worth.values() for n in one.values.attrs["unverified"]))
    if used:
        names = [item_word(name) for name in used]
        said.append(
            Text(
                f"Ingen har kunnat läsa dessa kalkylvärden i källan: {'; '.join(n.sv.lower() for n in names)}. "
                "Kontrollera dem innan resultaten används; känslighetsanalysen visar vad de betyder.",
                f"Nobody could read these values at their source: {'; '.join(n.en.lower() for n in names)}. Check them "
                "before the results are used; the sensitivity analysis shows how much they matter.",
            )
        )
    return said


def _verdict(title: Text, one: Worth) -> Text:
    """One measure in a sentence or two: the result, how sure, and what could turn it."""
    totals, drawn = one.values.attrs, one.interval
    if drawn is None:
        said = Text("kostnaden är inte känd, så NNV kan inte räknas.", "the cost is not known, so there is no NNV.")
    else:
        nnv, low, high = float(totals["nnv_msek"]), drawn.low_msek, drawn.high_msek
        open_words = len(open_rows(one)) > 0
        profit = _PRICED if open_words else _PROFIT["yes" if low > 0 else "no" if high < 0 else "open"]
        said = Text(
            f"{profit.sv}: NNV {_msek(nnv, 'sv')} (90 % av utfallen {_msek(low, 'sv')} till {_msek(high, 'sv')}).",
            f"{profit.en}: NNV {_msek(nnv, 'en')} (90 % of the draws {_msek(low, 'en')} to {_msek(high, 'en')}).",
        )
    return Text(f"{title.sv}: {said.sv}{_open(one, 'sv')}", f"{title.en}: {said.en}{_open(one, 'en')}")


_PRICED = Text(
    "lönsamheten är inte avgjord, det som är prissatt ger", "profitability not settled, what is priced gives"
)
_PROFIT = {
    "yes": Text("lönsam", "profitable"),
    "no": Text("inte lönsam", "not profitable"),
    "open": Text("osäker lönsamhet", "profitability uncertain"),
}


def _open(one: Worth, lang: Lang) -> str:
    """What has no price, and what one of it must be worth for the measure to pay; empty when all has a price."""
    needed = {
        (row["item"], row["group"]): float(row["needed_value"])
        for row in one.needed.to_dict("records")
        if float(row["amount"]) > 0
    }
    told = []
    for row in open_rows(one).to_dict("records"):
        text = item_word(str(row["item"])).of(lang).lower()
        price = needed.get((row["item"], row["group"]), math.nan)
        if math.isfinite(price):
            at_least = Text("lönar sig om de är värda", "pays if worth").of(lang)
            text += f" ({at_least} {price_words(price, str(row['unit'])).of(lang)}{_example(one, lang)})"
        told.append(text)
    if not told:
        return ""
    return (
        f" {Text('Utan pris och därför inte med:', 'Without a price and so not counted:').of(lang)} {', '.join(told)}."
    )


def _example(one: Worth, lang: Lang) -> str:
    if one.interval is not None:
        return ""
    cost = number_text(float(one.needed["example_cost_msek"].iloc[0]), lang, digits=0)
    return Text(f" vid en kostnad av {cost}\u00a0Mkr", f" at a cost of {cost} MSEK").of(lang)


def _msek(value: float, lang: Lang) -> str:
    return f"{number_text(value, lang, digits=0)}\u00a0{MSEK.of(lang)}"


def _figures(key: str, title: Text, one: Worth) -> list[Figure]:
    """NNV, NNK and NNK-idu with what each rests on."""
    totals, drawn = one.values.attrs, one.interval
    assumed, unknown = float(totals["share_assumed"]), float(totals["share_not_priced"])
    # The version of the values, whose own sources stand in their table, and who says what the measure changes.
    sources = ", ".join(dict.fromkeys([one.case.values.title, *(str(cell) for cell in one.values["source"] if cell)]))
    if drawn is None:
        basis = Text("kostnaden är inte känd", "the cost is not known")
    else:
        basis = Text(
            f"prissatta effekter; 90 % av utfallen {_msek(drawn.low_msek, 'sv')} till {_msek(drawn.high_msek, 'sv')} "
            f"({number_text(drawn.draws, 'sv', digits=0)} dragningar, frö {drawn.seed})",
            f"priced effects; 90 % of the draws {_msek(drawn.low_msek, 'en')} to {_msek(drawn.high_msek, 'en')} "
            f"({number_text(drawn.draws, 'en', digits=0)} draws, seed {drawn.seed})",
        )
    cost, upkeep = float(totals["investment_msek"]), float(totals["maintenance_msek"])
    ratio = Text(f"NNV / investering {_msek(cost, 'sv')}", f"NNV / investment {_msek(cost, 'en')}")
    both = Text(
        f"NNV / (investering {_msek(cost, 'sv')} + drift och underhåll {_msek(upkeep, 'sv')})",
        f"NNV / (investment {_msek(cost, 'en')} + operation and maintenance {_msek(upkeep, 'en')})",
    )
    if not states_upkeep(one):
        both = Text(
            "drift och underhåll har ingen uppgift, och då är NNK-idu okänd",
            "operation and maintenance is not stated, so that NNK-idu is not known",
        )

    def figure(name: str, words: Text, value: float, unit: Text, digits: int, told: Text, tone: Tone = "") -> Figure:
        return Figure(
            f"{name}_{key}",
            Text(f"{title.sv}: {words.sv}", f"{title.en}: {words.en}"),
            value,
            unit=unit,
            digits=digits,
            basis=told,
            share_unknown=unknown,
            share_assumed=assumed,
            source=sources,
            tone=tone,
        )

    nnv, nnk, idu = (float(totals[name]) for name in ("nnv_msek", "nnk", "nnk_idu"))
    words = Text("nettonuvärde (NNV)", "net present value (NNV)")
    if drawn is None:
        return [figure("nnv_msek", words, nnv, same(""), 0, basis, "open")]
    return [
        figure("nnv_msek", words, nnv, MSEK, 0, basis, _tone(one)),
        figure("nnk", Text("nettonuvärdeskvot (NNK)", "net present value ratio (NNK)"), nnk, same(""), 2, ratio),
        figure("nnk_idu", Text("NNK-idu", "NNK-idu"), idu, same(""), 2, both),
    ]


def _tone(one: Worth) -> Tone:
    """Good or bad only where everything is priced and chance does not turn the sign."""
    if one.interval is None or len(open_rows(one)):
        return "open"
    if one.interval.low_msek > 0:
        return "good"
    return "bad" if one.interval.high_msek < 0 else "open"
