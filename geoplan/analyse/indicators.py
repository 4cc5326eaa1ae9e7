"""Headline figures of a scenario."""

from __future__ import annotations

import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.study import Study


def indicators(study: Study, answer: ScenarioAnswer) -> pd.DataFrame:
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
