"""The maps of the study page: what there is, plans, flows, changes and bottlenecks, scenario by scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.maps.labels import LANGS, Lang, Text
from geoplan.maps.locality_view import map_localities
from geoplan.maps.page import GeoMap
from geoplan.maps.views import map_bottlenecks, map_comparison, map_flows, map_network, map_plan
from geoplan.network.network import Network
from geoplan.present.access import ROLES, locality_words
from geoplan.present.scenarios import scenario_title
from geoplan.present.words import transport_names
from geoplan.report.atlas import Atlas
from geoplan.study import Study

if TYPE_CHECKING:
    from geoplan.heavy_haul.plan import Plan

NETWORK = Text("Nätet", "The network")
PLAN = Text("Tunga transporter", "Heavy transports")
FLOWS = Text("Bilpendling i maxtimmen", "Car commuting in the peak hour")
CHANGE = Text("Förändring mot i dag", "Change against today")
BOTTLENECKS = Text("Flaskhalsar", "Bottlenecks")
LOCALITIES = Text("Orter och tillgänglighet", "Localities and accessibility")

Drawn = Mapping[Lang, GeoMap]
Ground = Mapping[str, gpd.GeoDataFrame]


def study_atlas(study: Study, answers: Answers) -> Atlas:
    """Every map of a study, in both languages, on one scale for all scenarios.

    A map that a scenario leaves as it is in the base is drawn once.
    """
    maps: dict[tuple[str, str, str], Drawn] = {}
    names, ground = transport_names(study), study.background
    largest = largest_flow(answers)
    top = largest_change(answers)
    base = answers.base
    for key, answer in answers.scenarios.items():
        same_network = answer is not base and _same_network(base.network, answer.network)
        maps["network", key, ""] = (
            maps["network", base.scenario.id, ""] if same_network else _network_map(ground, answer.network)
        )
        for transport, plan in answer.plans.items():
            first = base.plans.get(transport)
            if same_network and answer is not base and first is not None and _same_plan(first, plan):
                maps["plan", key, transport] = maps["plan", base.scenario.id, transport]
            else:
                maps["plan", key, transport] = _plan_map(ground, answer.network, plan, names[transport])
        if answer.assignment is not None:
            maps["flows", key, ""] = _flow_map(ground, answer, largest)
        if answers.changes:
            maps["change", key, ""] = _change_map(ground, answer, answers.changes.get(key), top)
    if len(answers.bottlenecks):
        maps["bottlenecks", "", ""] = _bottleneck_map(ground, base, answers.bottlenecks)
    reached = None if answers.commuting is None else answers.commuting.access
    localities = None if reached is None else reached.localities[base.scenario.id]
    if localities is not None and len(localities):
        maps["localities", "", ""] = _locality_map(ground, base, localities)
    words = {"plan": PLAN, "flows": FLOWS, "change": CHANGE, "bottlenecks": BOTTLENECKS}
    words |= {"localities": LOCALITIES, "network": NETWORK}
    drawn = {view for view, _, _ in maps}
    return Atlas(
        views={key: text for key, text in words.items() if key in drawn},
        scenarios={key: scenario_title(answer) for key, answer in answers.scenarios.items()},
        transports={key: names[key] for key in base.plans},
        maps=maps,
    )


def largest_flow(answers: Answers) -> float:
    """One scale for the flows of all scenarios."""
    tops = [float(a.assignment.flows["flow_vph"].max()) for a in answers.scenarios.values() if a.assignment]
    return max(tops, default=1.0)


def largest_change(answers: Answers) -> float | None:
    """One scale for what the scenarios change; links that one side lacks do not count."""
    tops = [float(change["flow_vph_change"].abs().max()) for change in answers.changes.values()]
    return max((top for top in tops if top > 0), default=None)


def _in_both(draw: Callable[[Lang], GeoMap]) -> Drawn:
    return {lang: draw(lang) for lang in LANGS}


def _network_map(ground: Ground, network: Network) -> Drawn:
    return _in_both(lambda lang: map_network(network, lang=lang, background=ground, title=NETWORK.of(lang)))


def _plan_map(ground: Ground, network: Network, plan: Plan, name: Text) -> Drawn:
    return _in_both(lambda lang: map_plan(network, plan, lang=lang, background=ground, title=name.of(lang)))


def _flow_map(ground: Ground, answer: ScenarioAnswer, largest: float) -> Drawn:
    assert answer.assignment is not None
    flows = answer.assignment.flows
    return _in_both(
        lambda lang: map_flows(
            answer.network, flows, largest_vph=largest, lang=lang, background=ground, title=FLOWS.of(lang)
        )
    )


def _change_map(ground: Ground, answer: ScenarioAnswer, change: pd.DataFrame | None, top: float | None) -> Drawn:
    """The base, which has no change, shows its network and says so."""
    columns = ("flow_vph_base", "flow_vph_variant", "flow_vph_change")
    shown = pd.DataFrame(columns=list(columns), dtype=float) if change is None else change
    scenario = answer.scenario
    titles = {
        lang: CHANGE.of(lang) if change is None else f"{CHANGE.of(lang)}: {scenario.name(lang)}" for lang in LANGS
    }
    return _in_both(
        lambda lang: map_comparison(
            answer.network, shown, largest=top, lang=lang, background=ground, title=titles[lang]
        )
    )


def _bottleneck_map(ground: Ground, base: ScenarioAnswer, register: pd.DataFrame) -> Drawn:
    """The register is that of the base, whatever scenario is chosen; its title says so."""
    names = {lang: f"{BOTTLENECKS.of(lang)}: {base.scenario.name(lang)}" for lang in LANGS}
    return _in_both(
        lambda lang: map_bottlenecks(base.network, register, lang=lang, background=ground, title=names[lang])
    )


def _locality_map(ground: Ground, base: ScenarioAnswer, localities: gpd.GeoDataFrame) -> Drawn:
    """The localities of the base by role; the title says that it is the base."""

    def draw(lang: Lang) -> GeoMap:
        return map_localities(
            base.network,
            localities,
            roles={key: text.of(lang) for key, text in ROLES.items()},
            labels={key: text.of(lang) for key, text in locality_words(localities).items()},
            columns=tuple(locality_words(localities)),
            lang=lang,
            title=f"{LOCALITIES.of(lang)}: {base.scenario.name(lang)}",
            background=ground,
        )

    return _in_both(draw)


def _same_network(a: Network, b: Network) -> bool:
    return a is b or (a.edges.equals(b.edges) and a.structures.equals(b.structures) and a.nodes.equals(b.nodes))


def _same_plan(a: Plan, b: Plan) -> bool:
    return a is b or all(getattr(a, part).equals(getattr(b, part)) for part in ("legs", "edges", "margins", "why"))
