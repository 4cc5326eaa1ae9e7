"""Sweeps over a study: closures, plans or flows for scenarios and demand years, on threads or a cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analyse.scenario import GAP, plan_best
from geoplan.analyse.transit import shift_modes
from geoplan.assignment.equilibrium import assign
from geoplan.batch.cluster import cluster_address
from geoplan.batch.fingerprint import fingerprint
from geoplan.batch.sweep import Job, Progress, sweep
from geoplan.bottlenecks.criticality import criticality
from geoplan.demand.demand import Demand, scale_demand
from geoplan.errors import DataError, name_near
from geoplan.network.network import Network
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study

SWEEPS = ("closures", "plans", "assignments")
PARTS = "parts"  # folder of the parts, in that of the results
WAYS_PER_PART = 200  # enough work for a part to be worth its journey


@dataclass(frozen=True, eq=False)
class _Case:
    """A scenario in a demand year, ready to be worked on."""

    scenario: str
    year: int
    network: Network
    demand: Demand | None

    @property
    def key(self) -> str:
        return f"{self.scenario}/{self.year}"


def sweep_study(
    study: Study,
    what: str,
    *,
    scenarios: Sequence[str] | None = None,
    years: Sequence[int] = (),
    growth_pct: float | None = None,
    ways_per_part: int = WAYS_PER_PART,
    cluster: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    on_done: Progress | None = None,
) -> pd.DataFrame:
    """One table of a sweep over a study.

    Parameters
    ----------
    what
        "closures": the loss of closing each road, at the loaded times of its scenario and year. "plans": each heavy
        transport. "assignments": flows and times of each edge.
    scenarios
        Ids; all when None.
    years
        Demand years; those of [[demand_years]] when empty, and without such rows the year of the data. Plans do not
        depend on them.
    growth_pct
        Growth of the demand a year from the year of the data. When None the factors of [[demand_years]], and for other
        years the growth of [appraisal].
    ways_per_part
        Roads that one part closes.
    cluster, folder, workers, on_done
        As in `sweep`; the parts are kept in `folder`/parts.

    Returns
    -------
    Table with scenario and year first. closures: edge_id, way_id and the columns of `criticality`. plans: transport,
    feasible, cost_sek, time_h, length_m, share_unknown, reason. assignments: edge_id and the columns of
    `Assignment.flows`, with the relative_gap reached.

    Raises
    ------
    DataError
        Unknown sweep or scenario, flows without a demand, and what `sweep` raises.
    """
    if what not in SWEEPS:
        raise DataError(f"no sweep {what!r}; use one of {', '.join(SWEEPS)}.{name_near(what, list(SWEEPS))}")
    if ways_per_part < 1:
        raise DataError(f"ways_per_part is {ways_per_part}; use 1 or more")
    if what != "plans" and study.demand is None:
        raise DataError(f"{study.folder.name}: {what} need trips; add [demand] to study.toml")
    if what == "plans" and not study.transports:
        raise DataError(f"{study.folder.name}: the study has no [[transports]] to plan")
    factors = {_first_year(study): 1.0} if what == "plans" else _factors(study, years, growth_pct)
    cases = _cases(study, scenarios, factors)
    options: dict[str, Any] = {"workers": workers, "on_done": on_done}
    options["folder"] = None if folder is None else Path(folder) / PARTS
    with cluster_address(cluster, workers=workers) as address:
        options["cluster"] = address
        if what == "plans":
            return _joined(cases, sweep(_plan_jobs(study, cases), **options).results)
        flows = sweep([_flow_job(case) for case in cases], **options).results
        if what == "assignments":
            return _joined(cases, flows)
        hours = study.config.bottlenecks.closure_hours
        jobs = [job for case in cases for job in _closure_jobs(case, flows[_flow_key(case)], hours, ways_per_part)]
        return _joined(cases, sweep(jobs, **options).results)


def flow_part(network: Network, demand: Demand) -> pd.DataFrame:
    """Flows and times of one case."""
    found = assign(network, demand, gap=GAP)
    return found.flows.reset_index().assign(relative_gap=float(found.evaluation["relative_gap"]))


def closure_part(
    network: Network, demand: Demand, times_s: np.ndarray, edges: tuple[str, ...], hours: float
) -> pd.DataFrame:
    """Loss of closing some ways, each named by one of its edges."""
    table = criticality(network, demand, cost=times_s, among=list(edges), duration_h=hours)
    table.insert(0, "way_id", network.edges.loc[table.index, "way_id"])
    return table.reset_index()


def plan_part(study: Study, network: Network, transport: str) -> pd.DataFrame:
    """The best plan of one transport, in one row."""
    plan = plan_best(study, network, transport)
    row = {"transport": transport, "feasible": plan.feasible, "cost_sek": plan.cost_sek, "time_h": plan.time_h}
    length = float(plan.legs["length_m"].sum()) if plan.feasible else np.nan
    return pd.DataFrame([row | {"length_m": length, "share_unknown": plan.share_unknown, "reason": plan.reason}])


def _first_year(study: Study) -> int:
    return study.config.study.data_date.year


def _factors(study: Study, years: Sequence[int], growth_pct: float | None) -> dict[int, float]:
    """Factor on the trips of the study in each demand year."""
    stated = {} if growth_pct is not None else {row.year: row.factor for row in study.config.demand_years}
    rate = study.config.appraisal.traffic_growth_pct if growth_pct is None else growth_pct
    first = _first_year(study)
    return {
        int(year): stated.get(year, (1.0 + rate / 100.0) ** (year - first))
        for year in (years or tuple(stated) or (first,))
    }


def _cases(study: Study, scenarios: Sequence[str] | None, factors: Mapping[int, float]) -> list[_Case]:
    """Networks and demands of all scenarios and years, in order."""
    known = {row.id: row for row in study.scenarios or (Scenario("base"),)}
    lost = [name for name in scenarios or () if name not in known]
    if lost:
        raise DataError(f"no scenario {lost[0]!r}; the study has {', '.join(known)}.{name_near(lost[0], list(known))}")
    cases = []
    for name in dict.fromkeys(scenarios or known):
        network, demand = known[name].apply(study.network, study.demand)
        demand = shift_modes(study, known[name], network, demand)
        for year, factor in factors.items():
            grown = demand if demand is None or factor == 1.0 else scale_demand(demand, factor)
            cases.append(_Case(name, year, network, grown))
    return cases


def _flow_key(case: _Case) -> str:
    return f"flows/{case.key}"


def _flow_job(case: _Case) -> Job:
    return Job(_flow_key(case), flow_part, (case.network, case.demand))


def _closure_jobs(case: _Case, flows: pd.DataFrame, hours: float, size: int) -> list[Job]:
    """Parts of the roads in use; the loaded times are those of the flows."""
    edges = case.network.edges
    times = flows.set_index("edge_id")["time_s"].reindex(edges.index).to_numpy(copy=True)
    roads = edges[(edges["mode"] == "road") & (edges["status"] == "")]
    ids = roads.index[~roads["way_id"].duplicated()].to_list()
    parts = [tuple(ids[at : at + size]) for at in range(0, len(ids), size)]
    shared = (case.network, case.demand, times)
    stamp = fingerprint([*shared, hours])  # read once, not for each part
    return [
        Job(f"closures/{case.key}/{k:05d}", closure_part, (*shared, part, hours), fingerprint([stamp, part]))
        for k, part in enumerate(parts)
    ]


def _plan_jobs(study: Study, cases: Sequence[_Case]) -> list[Job]:
    jobs = []
    for case in cases:
        on_network = fingerprint([case.network, study.network.nodes])
        for row in study.transports:
            stamp = fingerprint([on_network, row, study.loads[row.load]])
            jobs.append(Job(f"plans/{case.key}/{row.id}", plan_part, (study, case.network, row.id), stamp))
    return jobs


def _joined(cases: Sequence[_Case], results: Any) -> pd.DataFrame:
    """All parts under one another, with their scenario and year."""
    names = {case.key: case for case in cases}
    tables = []
    for key, part in results.items():
        case = names["/".join(key.split("/")[1:3])]
        table = part.copy()
        table.attrs = {}
        table.insert(0, "scenario", case.scenario)
        table.insert(1, "year", case.year)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
