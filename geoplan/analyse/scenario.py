"""One scenario of a study: plans and flows."""

from __future__ import annotations

from dataclasses import replace

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.transit import Supplies, shift_modes
from geoplan.assignment.equilibrium import assign
from geoplan.errors import DataError, name_near
from geoplan.heavy_haul.plan import Plan, plan_transport
from geoplan.network.names import localise
from geoplan.network.network import Network
from geoplan.routing.points import find_node
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study

GAP = 1e-6  # relative gap of the assignments of a study


def answer_scenario(
    study: Study, scenario: Scenario, *, lang: str = "en", supplies: Supplies | None = None
) -> ScenarioAnswer:
    """Plans and flows of one scenario."""
    network, demand = scenario.apply(study.network, study.demand)
    demand = shift_modes(study, scenario, network, demand, supplies=supplies)
    network = localise(network, lang)
    if demand is not None and f"name_{lang}" in demand.zones:
        given = demand.zones[f"name_{lang}"].fillna("").astype("str")
        named = demand.zones.assign(name=given.where(given != "", demand.zones["name"]))
        demand = replace(demand, zones=named)
    plans = {transport.id: plan_best(study, network, transport.id) for transport in study.transports}
    assignment = assign(network, demand, gap=GAP) if demand is not None else None
    return ScenarioAnswer(scenario, network, demand, plans, assignment)


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
