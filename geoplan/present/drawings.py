"""Drawings of the heavy transports: load in the gauge, strip of margins, worst turn, envelope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.heavy_haul.drawings import draw_load_in_gauge, draw_strip, draw_worst_turn, plan_turns
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.drawings_envelope import draw_envelope
from geoplan.maps.labels import Lang, Text
from geoplan.network.network import Network
from geoplan.present.words import transport_names
from geoplan.study import Study
from geoplan.vehicles.rules import read_rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawn = tuple[str, Text, "Figure"]  # key for files and ids, title, drawing


def heavy_drawings(study: Study, answers: Answers, *, lang: Lang) -> list[Drawn]:
    """The envelope, and what can be drawn of each plan of the base."""
    network = answers.base.network
    names = transport_names(study)
    drawn: list[Drawn] = []
    if answers.envelope is not None and len(answers.envelope):
        drawn += _envelopes(answers, lang)
    loads = {row.id: _load_name(study, row.load, lang) for row in study.transports}
    for key, plan in answers.base.plans.items():
        name = names[key]
        plan = replace(plan, load=replace(plan.load, name=loads[key]))
        for kind, words, possible, draw in _KINDS:
            if possible(network, plan):
                title = Text(f"{name.sv}: {words.sv}", f"{name.en}: {words.en}")
                drawn.append((f"{kind}_{key}", title, draw(network, plan, lang)))
    return drawn


def _load_name(study: Study, load_id: str, lang: Lang) -> str:
    """Name of a load in the language, as its table gives it."""
    given = study.cases.loc[load_id].get(f"name_{lang}")
    return given if isinstance(given, str) and given else study.loads[load_id].name


def _envelopes(answers: Answers, lang: Lang) -> list[Drawn]:
    """By mode today, and by rail in each scenario that moves the frontier."""
    assert answers.envelope is not None
    table = answers.envelope
    width = float(table["width_m"].iloc[0])
    today = table[table["scenario"] == answers.base.scenario.name(lang)]
    by_mode = draw_envelope(today, width_m=width, by="mode", lang=lang)
    title = Text("Största last som kommer ut i dag, per trafikslag", "Largest load that gets out today, by mode")
    drawn = [("envelope_modes", title, by_mode)]
    rail = table[table["mode"] == "rail"]
    corners = rail.groupby("scenario", sort=False)[["height_m", "weight_t"]].apply(
        lambda rows: rows.to_numpy().tobytes()
    )
    moved = [name for name in corners.index if name == corners.index[0] or corners[name] != corners.iloc[0]]
    if len(moved) > 1:
        title = Text("Största last med tåg, per scenario", "Largest load by rail, by scenario")
        shown = rail[rail["scenario"].isin(moved)]
        drawn.append(("envelope_rail", title, draw_envelope(shown, width_m=width, lang=lang)))
    return drawn


def _has_rail(network: Network, plan: Plan) -> bool:
    """A wagon was tried on a railway whose country has a standard gauge."""
    known = read_rules(str(plan.options["rules"])).text("rail_gauge") != ""
    on_rails = any(vehicle.mode == "rail" for vehicle in plan.vehicles) and (network.edges["mode"] == "rail").any()
    return known and bool(on_rails)


def _has_way(_network: Network, plan: Plan) -> bool:
    return plan.feasible and len(plan.edges) > 0 and bool((plan.margins["permit"] == "").any())


def _has_turn(network: Network, plan: Plan) -> bool:
    if not (plan.edges["mode"] == "road").any():
        return False
    turns: pd.DataFrame = plan_turns(network, plan)
    return bool(turns["need_width_m"].notna().any())


_KINDS: tuple[tuple[str, Text, Callable[[Network, Plan], bool], Callable[[Network, Plan, Lang], Figure]], ...] = (
    (
        "gauge",
        Text("lasten i lastprofilen", "the load in the gauge"),
        _has_rail,
        lambda _network, plan, lang: draw_load_in_gauge(plan, lang=lang),
    ),
    (
        "strip",
        Text("marginaler längs vägen", "margins along the way"),
        _has_way,
        lambda network, plan, lang: draw_strip(network, plan, lang=lang),
    ),
    (
        "turn",
        Text("svepyta i den trängsta svängen", "swept path in the tightest turn"),
        _has_turn,
        lambda network, plan, lang: draw_worst_turn(network, plan, lang=lang),
    ),
)
