"""Heavy transports: can each leave, which way, what stops the other ways, and under which conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.formats import number_text, short_text
from geoplan.maps.labels import LANGS, Text, column_text, same, unit_word
from geoplan.network.names import place_title
from geoplan.network.network import Network
from geoplan.present.words import (
    HOURS,
    MODE,
    MSEK,
    transport_names,
)
from geoplan.report.content import Figure, MapLink, Picture, Section, Table, by_scenario_of
from geoplan.study import Study
from geoplan.vehicles.rules import sources_sv


def heavy_section(study: Study, answers: Answers, maps: Sequence[MapLink], pictures: Sequence[Picture] = ()) -> Section:
    """Heavy transports: can each leave, which way, and what stops the other ways; in every scenario."""
    made = by_scenario_of({key: _section(study, answer, maps, pictures) for key, answer in answers.scenarios.items()})
    assert made is not None
    return made


def _section(study: Study, answer: ScenarioAnswer, maps: Sequence[MapLink], pictures: Sequence[Picture]) -> Section:
    """The section of one scenario."""
    plans, network = answer.plans, answer.network
    names = transport_names(study)
    return Section(
        id="heavy",
        title=Text("Tunga transporter", "Heavy transports"),
        text=tuple(_with_name(names[key], said) for key, said in _verdicts(plans)),
        figures=tuple(figure for key, plan in plans.items() for figure in _plan_figures(key, names[key], plan)),
        maps=tuple(maps),
        pictures=tuple(pictures),
        tables=(
            _joined("legs", Text("Etapper", "Legs"), {k: p.legs for k, p in plans.items()}, names, _LEG_COLUMNS),
            _joined("why", Text("Det som stoppar andra vägar", "What stops the other ways"),
                    {k: _in_both(p.why) for k, p in plans.items()}, names, _WHY_COLUMNS),
            _joined("permits", Text("Tillstånd och villkor", "Permits and conditions"),
                    {k: _with_amounts(_in_both(p.permits)) for k, p in plans.items()}, names, _PERMIT_COLUMNS),
            _joined("margins", Text("Marginal till varje gräns på vägen", "Margin to every limit on the way"),
                    {k: _placed(network, _in_both(p.margins)) for k, p in plans.items()}, names, _MARGIN_COLUMNS),
        ),
    )  # fmt: skip


def _placed(network: Network, margins: pd.DataFrame) -> pd.DataFrame:
    """The margins with the name of the place that each limit stands at."""
    places = zip(margins["structure_id"], margins["edge_id"], strict=True)
    return margins.assign(name=[place_title(network, structure, edge) for structure, edge in places])


def headlines_of(study: Study, answers: Answers) -> dict[str, Text]:
    """What was found on the heavy transports, in one sentence for each scenario, the base first."""
    return {key: headline_of(study, answers, key) for key in answers.scenarios}


def headline_of(study: Study, answers: Answers, scenario: str = "") -> Text:
    """What was found on the heavy transports in a scenario, in one sentence; in the base when none is named."""
    answer = answers.scenarios[scenario] if scenario else answers.base
    plans = answer.plans
    if not plans:
        return same("")
    out = [key for key, plan in plans.items() if plan.feasible]
    stuck = [transport_names(study)[key] for key in plans if key not in out]
    sv = f"{len(out)} av {len(plans)} tunga transporter kommer fram"
    en = f"{len(out)} of {len(plans)} heavy transports get through"
    if answer is answers.base:
        sv, en = f"{sv} i dag", f"{en} today"
    else:
        sv, en = f"{answer.scenario.name('sv')}: {sv}", f"{answer.scenario.name('en')}: {en}"
    if any(plan.verdict == "unknown" for plan in plans.values()):
        sv, en = f"{sv}, med förbehåll för okända gränser och tillstånd", f"{en}, subject to unknown limits and permits"
    if stuck:
        sv += "; det gör inte: " + ", ".join(name.sv for name in stuck)
        en += "; these do not: " + ", ".join(name.en for name in stuck)
    return Text(f"{sv}.", f"{en}.")


Tone = Literal["", "good", "bad", "open"]

_LEG_COLUMNS = ["transport", "leg", "mode", "vehicle", "from_name", "to_name", "length_m", "time_h", "cost_sek"]


_LEG_COLUMNS += ["gross_weight_t", "axle_load_t"]


_WHY_COLUMNS = [
    "transport",
    "mode",
    "vehicle",
    "name",
    "limit",
    "limit_value",
    "need_value",
    "excess",
    "unit",
    "source",
]


_PERMIT_COLUMNS = ["transport", "leg", "mode", "requirement", "amount", "source"]


_MARGIN_COLUMNS = [
    "transport",
    "leg",
    "name",
    "limit",
    "limit_value",
    "need_value",
    "margin",
    "unit",
    "verdict",
    "basis",
]


_MARGIN_COLUMNS += ["source"]


_VERDICT = {
    "ok": Text("går", "passes"),
    "unknown": Text("går med förbehåll", "passes with conditions"),
    "not_ok": Text("går inte", "does not pass"),
}
_SAID = {
    "ok": Text("går{by}.", "goes{by}."),
    "unknown": Text(
        "går{by}, om de okända gränserna räcker och tillstånden ges.",
        "goes{by}, if the unknown limits suffice and the permits are given.",
    ),
    "not_ok": Text("går inte.", "does not get there."),
}
_TONE: dict[str, Tone] = {"ok": "good", "unknown": "open", "not_ok": "bad"}


_OVER_LINE = Text("över banans gräns", "above the limit of the line")
_EXCESS = {
    "rail_gauge": (Text("", ""), "m", Text("utanför lastprofilen", "outside the loading gauge")),
    "rail_metre_load": (Text("metervikt", "metre load"), "tpm", _OVER_LINE),
    "rail_axle_load": (Text("axellast", "axle load"), "t", _OVER_LINE),
    "road_weight": (Text("vikt", "weight"), "t", Text("över bärighetsklassen", "above the bearing class")),
}
_SIZES = {
    "width_m": Text("bredd", "width"),
    "length_m": Text("längd", "length"),
    "height_m": Text("höjd", "height"),
}


_BY = {"road": Text("på väg", "by road"), "rail": Text("med tåg", "by rail"), "sea": Text("med fartyg", "by sea")}


def _verdicts(plans: Mapping[str, Plan]) -> list[tuple[str, Text]]:
    said = []
    for key, plan in plans.items():
        modes = [mode for mode in dict.fromkeys(plan.legs["mode"]) if mode != "transfer"]
        way_sv = " och ".join(_BY[mode].sv for mode in modes)
        way_en = " and ".join(_BY[mode].en for mode in modes)
        verdict = _SAID[plan.verdict]
        stop_sv, stop_en = _first_stop(plan)
        by_sv, by_en = (f" {way_sv}", f" {way_en}") if modes else ("", "")
        said.append((key, Text(verdict.sv.format(by=by_sv) + stop_sv, verdict.en.format(by=by_en) + stop_en)))
    return said


def _first_stop(plan: Plan) -> tuple[str, str]:
    """What stops the first mode that is refused, in a sentence."""
    if plan.why.empty:
        return "", ""
    row = plan.why.iloc[0]
    mode, limit = MODE[row["mode"]], row["limit"]
    if limit == "connection":
        return f" {mode.sv}: ingen sammanhängande väg.", f" {mode.en}: no continuous way."
    unit_sv, unit_en = unit_word(row["unit"], "sv"), unit_word(row["unit"], "en")
    return (
        f" {mode.sv} stoppas vid {row['name']}: {column_text(limit, 'sv')} "
        f"{number_text(row['limit_value'], 'sv')} {unit_sv}, "
        f"transporten behöver {number_text(row['need_value'], 'sv')} {unit_sv}.",
        f" {mode.en} is stopped at {row['name']}: {column_text(limit, 'en')} "
        f"{number_text(row['limit_value'], 'en')} {unit_en}, "
        f"needed {number_text(row['need_value'], 'en')} {unit_en}.",
    )


def _in_both(table: pd.DataFrame) -> pd.DataFrame:
    """The table with what rules and permits say in both languages."""
    told = table.copy()
    if "requirement_sv" in told:
        pairs = zip(told["requirement_sv"], told["requirement"], strict=True)
        told["requirement"] = pd.Series([Text(*pair) for pair in pairs], index=told.index, dtype="object")
    if "source" in told:
        words = sources_sv()
        cells = [Text(words[text], text) if text in words else text for text in told["source"]]
        told["source"] = pd.Series(cells, index=told.index, dtype="object")
    return told


def _with_amounts(permits: pd.DataFrame) -> pd.DataFrame:
    """The permits with the amount that asks for each in words: how far above a limit, or a size and its limit."""
    rows = permits[["measure", "value", "above"]].itertuples(index=False)
    cells = [_amount(str(measure), float(value), float(above)) for measure, value, above in rows]
    return permits.assign(amount=pd.Series(cells, index=permits.index, dtype="object"))


def _amount(measure: str, value: float, above: float) -> Text:
    """`bredd 5,70 m, gräns 4,50 m`; `axellast 1,8 ton över banans gräns`."""
    if measure in _EXCESS:
        name, unit, where = _EXCESS[measure]
        sv, en = (
            f"{name.of(lang)} {short_text(round(value, 2), lang)} {unit_word(unit, lang)} {where.of(lang)}".strip()
            for lang in LANGS
        )
        return Text(sv, en)
    if measure not in _SIZES:
        return same("")
    name = _SIZES[measure]
    in_sv, in_en = (tuple(short_text(round(x, 2), lang) for x in (value, above)) for lang in LANGS)
    return Text(f"{name.sv} {in_sv[0]} m, gräns {in_sv[1]} m", f"{name.en} {in_en[0]} m, limit {in_en[1]} m")


def _with_name(name: Text, said: Text) -> Text:
    return Text(f"{name.sv}: {said.sv}", f"{name.en}: {said.en}")


def _plan_figures(key: str, name: Text, plan: Plan) -> list[Figure]:
    figures = [Figure(f"{key}_verdict", name, _VERDICT[plan.verdict], tone=_TONE[plan.verdict])]
    if plan.feasible:
        cost = Text(f"{name.sv}: kostnad", f"{name.en}: cost")
        basis = Text("schabloner, se etapperna", "rates, see the legs")
        figures.append(Figure(f"{key}_cost", cost, plan.cost_sek / 1e6, MSEK, digits=2, basis=basis))
        figures.append(Figure(f"{key}_time", Text(f"{name.sv}: tid", f"{name.en}: time"), plan.time_h, HOURS, digits=0))
    return [replace(f, share_unknown=plan.share_unknown, share_assumed=plan.share_assumed) for f in figures]


def _joined(
    key: str, title: Text, tables: Mapping[str, pd.DataFrame], names: Mapping[str, Text], columns: Sequence[str]
) -> Table:
    parts = []
    for transport, table in tables.items():
        if len(table):
            transports = pd.Series([names[transport]] * len(table), index=table.index, dtype="object")
            parts.append(table.assign(transport=transports))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))
    frame = frame[[column for column in columns if column in frame]]
    units = {column: "@unit" for column in ("limit_value", "need_value", "margin", "excess") if "unit" in frame}
    units = {column: unit for column, unit in units.items() if column in frame}
    labels = {"transport": Text("transport", "transport"), "name": Text("plats", "place"), "leg": Text("etapp", "leg")}
    labels["amount"] = Text("skäl", "reason")
    return Table(key, title, frame, labels=labels, units=units)
