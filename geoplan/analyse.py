"""Everything a study asks for, worked out: plans, flows, bottlenecks and comparisons, scenario by scenario."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from shapely import get_coordinates

from geoplan.assignment.equilibrium import assign
from geoplan.assignment.result import Assignment
from geoplan.bottlenecks.congestion import congestion
from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.rank import rank_bottlenecks
from geoplan.bottlenecks.restriction import restrictions
from geoplan.demand.demand import Demand
from geoplan.errors import DataError, name_near
from geoplan.heavy_haul.envelope import export_envelope
from geoplan.heavy_haul.plan import Plan, plan_transport
from geoplan.network.names import localise
from geoplan.network.network import Network
from geoplan.rail.answers import answer_ore_trains, answer_slots, on_rail
from geoplan.rail.capacity import rail_capacity, worst_by_stretch
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import rail_layout
from geoplan.rail.questions import known_services, read_questions
from geoplan.rail.traffic import ends_of
from geoplan.rail.train import train
from geoplan.routing.points import find_node
from geoplan.scenario.compare import compare
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study

log = logging.getLogger(__name__)

RAIL_SEED = 0  # of timetables that are made up
GAP = 1e-6  # relative gap of the assignments of a study

Step = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class ScenarioAnswer:
    """Results of one scenario: a plan for each transport by id, and the assignment (None without demand)."""

    scenario: Scenario
    network: Network
    demand: Demand | None
    plans: Mapping[str, Plan]
    assignment: Assignment | None


@dataclass(frozen=True, eq=False)
class RailAnswers:
    """The railway of the base: tables of `rail_capacity`, `worst_by_stretch`, `answer_slots`, `answer_ore_trains`."""

    capacity: pd.DataFrame
    stretches: pd.DataFrame
    slots: pd.DataFrame
    ore_trains: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Answers:
    """Results of a study. The first scenario of the file is the base that the others are compared with.

    scenarios : by id, in the order of the file
    links, structures : criticality of the base by edge and by structure (None without demand)
    bottlenecks : the register of the base
    changes : flows of each other scenario against the base, by id
    indicators : headline figures, one row a scenario and figure: scenario, id, value, unit, basis, transport
    rail : the railway of the base, None when the study asks nothing of it
    envelope : largest loads that reach a port of the study from the origin of its first transport, by scenario title
    """

    scenarios: Mapping[str, ScenarioAnswer]
    links: pd.DataFrame | None
    structures: pd.DataFrame | None
    bottlenecks: pd.DataFrame
    changes: Mapping[str, pd.DataFrame]
    indicators: pd.DataFrame
    envelope: pd.DataFrame | None = None
    rail: RailAnswers | None = None

    @property
    def base(self) -> ScenarioAnswer:
        return next(iter(self.scenarios.values()))


def count_steps(study: Study) -> int:
    """Steps that `analyse_study` will report."""
    timetable = study.config.timetable
    return max(1, len(study.scenarios)) + 1 + (timetable is not None and timetable.questions is not None)


def analyse_study(study: Study, *, lang: str | None = None, on_step: Step = log.info) -> Answers:
    """Work out a study.

    Parameters
    ----------
    lang
        Language of the names in the results; the study's own when None.
    on_step
        Called with a short text before each step; `count_steps` tells how many.
    """
    language = lang or study.config.study.language
    answers: dict[str, ScenarioAnswer] = {}
    for scenario in study.scenarios or (Scenario("base", title={"sv": "Nuläge", "en": "Base"}),):
        on_step(scenario.name(language))
        answers[scenario.id] = answer_scenario(study, scenario, lang=language)
    base = next(iter(answers.values()))
    on_step("flaskhalsar" if language == "sv" else "bottlenecks")
    links, structures = _vulnerability(study, base)
    changes = {
        key: compare(base.assignment, answer.assignment, columns=["flow_vph", "time_s", "delay_vehh"])
        for key, answer in list(answers.items())[1:]
        if base.assignment is not None and answer.assignment is not None
    }
    return Answers(
        scenarios=answers,
        links=links,
        structures=structures,
        bottlenecks=_register(study, base, links, structures, lang=language),
        changes=changes,
        indicators=pd.concat([_indicators(study, answer) for answer in answers.values()], ignore_index=True),
        envelope=_envelope(study, answers, language),
        rail=_rail(study, base, on_step, language),
    )


def answer_scenario(study: Study, scenario: Scenario, *, lang: str = "en") -> ScenarioAnswer:
    """Plans and flows of one scenario."""
    network, demand = scenario.apply(study.network, study.demand)
    network = localise(network, lang)
    if demand is not None and f"name_{lang}" in demand.zones:
        given = demand.zones[f"name_{lang}"].fillna("").astype("str")
        named = demand.zones.assign(name=given.where(given != "", demand.zones["name"]))
        demand = replace(demand, zones=named)
    plans = {transport.id: plan_best(study, network, transport.id) for transport in study.transports}
    assignment = assign(network, demand, gap=GAP) if demand is not None else None
    return ScenarioAnswer(scenario, network, demand, plans, assignment)


def _envelope(study: Study, answers: Mapping[str, ScenarioAnswer], lang: str) -> pd.DataFrame | None:
    """Frontier of the loads that get out, one a scenario, for the width and length of the first load."""
    if not study.transports:
        return None
    first = study.transports[0]
    ports = list(dict.fromkeys(port for row in study.transports if row.origin == first.origin for port in row.to))
    targets = [row for row in study.targets if row.indicator == "largest_load_t" and row.origin == first.origin]
    ports = list(dict.fromkeys((*ports, *(port for row in targets for port in row.ports))))
    ids = [study.network.nodes.index[find_node(study.network, place)] for place in (first.origin, *ports)]
    width = study.loads[first.load].width_m
    length = study.loads[first.load].length_m
    networks = {answer.scenario.name(lang): answer.network for answer in answers.values()}
    return export_envelope(networks, ids[0], ids[1:], widths_m=(width,), length_m=length)


def _rail(study: Study, base: ScenarioAnswer, on_step: Step, lang: str) -> RailAnswers | None:
    """What the study asks of its railway, on a timetable that is made up and says so."""
    config = study.config.timetable
    if config is None or config.questions is None or study.timetable is None:
        return None
    on_step("järnväg" if lang == "sv" else "railway")
    questions = read_questions(study.folder / config.questions)
    services = known_services(study.timetable, questions)
    routes = (*questions.transformer_routes, *questions.ore_routes)
    wanted = [stop for route in routes for stop in route.stops] + [questions.transformer_origin]
    wanted += [stop for stops in questions.stretches.values() for stop in stops]
    kept = on_rail(base.network, [*ends_of(services.trains), *wanted])
    layout = rail_layout(base.network, services.stations, keep=kept)
    capacity = rail_capacity(layout, services)
    year = study.config.study.data_date.year
    made = make_timetable(
        layout, services, first_day=dt.date(year, 1, 1), last_day=dt.date(year, 12, 31), seed=RAIL_SEED
    )
    return RailAnswers(
        capacity=capacity,
        stretches=worst_by_stretch(capacity, layout, questions.stretches),
        slots=answer_slots(
            layout,
            made,
            train(questions.transformer_train),
            questions.transformer_origin,
            questions.transformer_routes,
            weekdays=questions.transformer_weekdays,
            window=questions.transformer_window,
        ),
        ore_trains=answer_ore_trains(
            layout,
            services,
            questions.ore_routes,
            questions.ore_counts,
            there=questions.ore_train,
            back=questions.ore_train_back,
            seed=RAIL_SEED,
        ),
    )


def plan_best(study: Study, network: Network, transport_id: str) -> Plan:
    """The plan of a transport to the destination that costs least; the first one when none can be reached."""
    known = {transport.id: transport for transport in study.transports}
    if transport_id not in known:
        raise DataError(f"no transport {transport_id!r} in the study.{name_near(transport_id, list(known))}")
    transport = known[transport_id]
    # Places are named as the study names them, whatever language the network speaks.
    origin, *ports = (study.network.nodes.index[find_node(study.network, p)] for p in (transport.origin, *transport.to))
    plans = [
        plan_transport(network, origin, port, study.loads[transport.load], vehicles=transport.vehicles or None)
        for port in ports
    ]
    feasible = [plan for plan in plans if plan.feasible]
    return min(feasible, key=lambda plan: plan.cost_sek) if feasible else plans[0]


def study_bottlenecks(study: Study) -> pd.DataFrame:
    """The register of bottlenecks of the base scenario alone."""
    scenario = study.scenarios[0] if study.scenarios else Scenario("base")
    answer = answer_scenario(study, scenario)
    return _register(study, answer, *_vulnerability(study, answer))


def compare_scenarios(study: Study, base: str, variant: str) -> pd.DataFrame:
    """Indicators of two scenarios side by side: id, transport, unit, base, variant, change."""
    known = {scenario.id: scenario for scenario in study.scenarios}
    for name in (base, variant):
        if name not in known:
            raise DataError(f"no scenario {name!r}; the study has {', '.join(known)}.{name_near(name, list(known))}")
    tables = [_indicators(study, answer_scenario(study, known[name])) for name in (base, variant)]
    keys = ["id", "transport", "unit"]
    joined = tables[0].merge(tables[1], on=keys, how="outer", suffixes=("_base", "_variant"), sort=False)
    joined["change"] = joined["value_variant"] - joined["value_base"]
    return joined[[*keys, "value_base", "value_variant", "change"]].rename(
        columns={"value_base": base, "value_variant": variant}
    )


def _vulnerability(study: Study, base: ScenarioAnswer) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Loss of closing each link and structure, at the times of the loaded network."""
    if base.demand is None or base.assignment is None:
        return None, None
    times = base.assignment.flows["time_s"].reindex(base.network.edges.index).to_numpy()
    hours = study.config.bottlenecks.closure_hours
    links = criticality(base.network, base.demand, cost=times, duration_h=hours)
    if base.network.structures.empty:
        return links, None
    return links, criticality(base.network, base.demand, by="structure", cost=times, duration_h=hours)


def _register(
    study: Study,
    base: ScenarioAnswer,
    links: pd.DataFrame | None,
    structures: pd.DataFrame | None,
    *,
    lang: str = "en",
) -> pd.DataFrame:
    config = study.config.bottlenecks
    names = {transport.id: transport.name[lang] for transport in study.transports}
    plans = {names[key]: plan for key, plan in base.plans.items()}
    often = {names[t.id]: np.nan if t.per_year is None else t.per_year for t in study.transports}
    near = edges_in_area(study, base.network)
    delays = None if base.assignment is None else congestion(base.assignment)
    if structures is not None:
        pairs = base.network.structure_edges
        structures = _keep(structures, pairs.loc[pairs["edge_id"].isin(near), "structure_id"])
    return rank_bottlenecks(
        base.network,
        congestion=None if delays is None else _keep(delays, near),
        criticality=None if links is None else _keep(links, near),
        structures=structures,
        restrictions=restrictions(plans, trips_per_year=often) if plans else None,
        peak_hours_per_year=config.peak_hours_per_year,
        closures_per_year=config.closures_per_year,
        top=config.top,
    )


def edges_in_area(study: Study, network: Network) -> pd.Index:
    """Edges of the study area: those whose middle is nearest to a zone of its municipalities; all without an area."""
    area, zones = study.config.study.area, study.zones
    if not area or zones is None:
        return network.edges.index
    inside = zones["municipality_code"].isin(area).to_numpy()
    if not inside.any():
        raise DataError(f"study area: no zone lies in {', '.join(area)}; correct the municipality codes")
    middles = network.edges.geometry.interpolate(0.5, normalized=True)
    _, nearest = cKDTree(get_coordinates(zones.geometry.array)).query(get_coordinates(middles.array))
    return network.edges.index[inside[nearest]]


def _keep(table: pd.DataFrame, ids: pd.Index | pd.Series) -> pd.DataFrame:
    kept = table[table.index.isin(ids)]
    kept.attrs = table.attrs
    return kept


def _indicators(study: Study, answer: ScenarioAnswer) -> pd.DataFrame:
    """Headline figures of a scenario."""
    rows: list[dict[str, object]] = []

    def add(name: str, value: float, unit: str, transport: str = "", basis: str = "modelled") -> None:
        rows.append({"id": name, "value": value, "unit": unit, "transport": transport, "basis": basis})

    for key, plan in answer.plans.items():
        add("feasible", float(plan.feasible), "", key)
        if plan.feasible:
            add("cost_sek", plan.cost_sek, "SEK", key)
            add("time_h", plan.time_h, "h", key)
            add("length_m", float(plan.legs["length_m"].sum()), "m", key)
            add("share_unknown", plan.share_unknown, "", key)
    if answer.assignment is not None:
        flows, evaluation = answer.assignment.flows, answer.assignment.evaluation
        length_m = answer.network.edges["length_m"].reindex(flows.index)
        add("vehh", float((flows["flow_vph"] * flows["time_s"]).sum() / 3600.0), "vehh/h")
        add("delay_vehh", float(flows["delay_vehh"].sum()), "vehh/h")
        add("vehkm", float((flows["flow_vph"] * length_m).sum() / 1000.0), "vehkm/h")
        add("relative_gap", float(evaluation["relative_gap"]), "")
        add("node_balance", float(evaluation["node_balance"]), "")
    if answer.demand is not None:
        add("trips_vph", float(sum(matrix.to_numpy().sum() for matrix in answer.demand.matrices.values())), "trips/h")
    table = pd.DataFrame(rows)
    table.insert(0, "scenario", answer.scenario.id)
    return table
