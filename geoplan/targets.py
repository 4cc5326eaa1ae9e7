"""The target picture (målbild): is each goal met in each scenario, yes, no or not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.analyse.railway import study_rail_use
from geoplan.analyse.transit import transit_minutes
from geoplan.heavy_haul.envelope import export_envelope, weight_at
from geoplan.io.study_config import TargetConfig
from geoplan.maps.labels import Text
from geoplan.routing.cost import edge_costs, free_time
from geoplan.routing.points import find_node
from geoplan.routing.route import cheapest_rows
from geoplan.study import Study
from geoplan.vehicles.limits import Unknown

COLUMNS = (
    "target",
    "name",
    "scenario",
    "value",
    "at_least",
    "at_most",
    "unit",
    "met",
    "reason",
    "source",
)
MET = ("yes", "no", "not_known")
NO_TEXT = Text("", "")


@dataclass(frozen=True)
class Reading:
    """Value of an indicator, NaN not known; `sure` False: it rests on what is not known; the reason is for people."""

    value: float
    reason: Text = NO_TEXT
    sure: bool = True


def evaluate_targets(study: Study, answers: Answers) -> pd.DataFrame:
    """Every target in every scenario.

    Returns
    -------
    Table with the columns `COLUMNS`, targets in the order of the file, scenarios within them: name (Text), value (NaN:
    not known), the threshold (at_least or at_most, the other NaN), met (yes, no, not_known) and reason (Text: what the
    value rests on, or why it is not known).
    """
    rows = []
    for target in study.targets:
        for key, answer in answers.scenarios.items():
            reading = _READERS[target.indicator](study, answers, answer, target)
            rows.append(
                {
                    "target": target.id,
                    "name": Text(target.name.sv, target.name.en),
                    "scenario": key,
                    "value": reading.value,
                    "at_least": np.nan if target.at_least is None else target.at_least,
                    "at_most": np.nan if target.at_most is None else target.at_most,
                    "unit": target.unit,
                    "met": is_met(reading, target),
                    "reason": reading.reason,
                    "source": target.source,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def target_table(targets: pd.DataFrame, column: str = "met") -> pd.DataFrame:
    """Targets as rows, scenarios as columns: met, value or reason."""
    cells = targets.set_index(["target", "scenario"])[column]
    wide = {scenario: cells.xs(scenario, level="scenario") for scenario in targets["scenario"].unique()}
    return pd.DataFrame(wide, index=pd.Index(targets["target"].unique(), name="target"))


def is_met(reading: Reading, target: TargetConfig) -> str:
    """Whether a reading reaches the threshold: yes, no or not_known.

    A value that is not sure settles a target only against it where it is a bound: see `Reading.sure`.
    """
    if np.isnan(reading.value):
        return "not_known"
    if target.at_least is not None:
        reached = reading.value >= target.at_least
    else:
        reached = reading.value <= float(target.at_most or 0.0)
    if not reached:
        return "no"
    return "yes" if reading.sure else "not_known"


def _transport(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """1 when the transport gets through; not sure while that rests on limits that are not known, or on permits."""
    plan = answer.plans[str(target.transport)]
    if not plan.feasible:
        return Reading(0.0, Text("kommer inte fram", "does not get through"))
    if plan.verdict == "ok":
        return Reading(1.0)
    return Reading(
        1.0, Text("om det okända räcker och tillstånd ges", "if the unknown suffices and permits are given"), False
    )


def _travel_time(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """Minutes by car in the hour assigned, or on the empty roads without demand."""
    network = answer.network
    times = free_time(network)
    if answer.assignment is not None:
        times = answer.assignment.flows["time_s"].reindex(network.edges.index).to_numpy()
    costs = edge_costs(network, cost=times, modes=("road", "transfer"))
    ends = [network.nodes.index.get_loc(_node(study, place)) for place in (target.origin, target.destination)]
    total, rows = cheapest_rows(network, costs, int(ends[0]), int(ends[1]))
    if not np.isfinite(total):
        return Reading(np.inf, Text("ingen väg", "no way"))
    edges = network.edges.iloc[rows]
    guessed = edges["assumed"].str.split(",").map(lambda names: "speed_kmh" in names).to_numpy(dtype=bool)
    share = float(edges.loc[guessed, "length_m"].sum() / edges["length_m"].sum()) if len(edges) else 0.0
    return Reading(
        total / 60.0,
        Text(f"hastigheten är antagen på {share:.0%} av vägen", f"the speed is assumed on {share:.0%} of the way"),
    )


def _largest_load(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """Tonnes that get out to any of the ports, for a load as wide, long and high as the first that starts there."""
    first = next((row for row in study.transports if row.origin == target.origin), None)
    if first is None:
        return Reading(np.nan, Text("ingen transport går därifrån", "no transport starts there"))
    load = study.loads[first.load]
    origin, ports = _node(study, target.origin), [_node(study, port) for port in target.ports]

    def heaviest(unknown: Unknown) -> float:
        table = export_envelope(
            answer.network,
            origin,
            ports,
            widths_m=(load.width_m,),
            length_m=load.length_m,
            modes=("best",),
            unknown=unknown,
        )
        return weight_at(table, load.height_m)

    most = heaviest("pass")
    sure = most < (target.at_least or 0.0) or heaviest("by_rule") >= most
    size = f"{load.length_m:g} x {load.width_m:g} x {load.height_m:g} m"
    if sure:
        return Reading(most, Text(f"last {size}", f"load {size}"))
    said = Text(f"last {size}; om okända gränser räcker", f"load {size}; if the limits not known suffice")
    return Reading(most, said, sure=False)


def _jobs_within(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """Jobs of the zones within so many minutes by car, in the hour assigned; those of the zone itself too."""
    if answer.demand is None or answer.assignment is None:
        return Reading(np.nan, Text("studien har ingen efterfrågan", "the study has no demand"))
    zones = answer.demand.zones
    skims = next(iter(answer.assignment.skims.values()))
    minutes = skims.loc[str(target.zone)] / 60.0
    near = (minutes <= float(target.minutes or 0.0)).reindex(zones.index).to_numpy(dtype=bool, na_value=False)
    jobs = zones.loc[near, "jobs"]
    if jobs.isna().any():
        lost = int(jobs.isna().sum())
        return Reading(
            float(jobs.sum()), Text(f"jobben är okända i {lost} områden", f"jobs not known in {lost} zones"), False
        )
    assumed = zones["assumed"] if "assumed" in zones else pd.Series("", index=zones.index)
    guessed = assumed[near].str.contains("jobs", regex=False)
    share = float(jobs[guessed].sum() / jobs.sum()) if jobs.sum() > 0 else 0.0
    return Reading(
        float(jobs.sum()), Text(f"{share:.0%} av jobben är antagna tal", f"{share:.0%} of the jobs are assumed numbers")
    )


def _delay(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """Vehicle hours of delay in the hour assigned."""
    if answer.assignment is None:
        return Reading(np.nan, Text("studien har ingen efterfrågan", "the study has no demand"))
    return Reading(float(answer.assignment.flows["delay_vehh"].sum()))


def _rail_use(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """Per cent of the day that the fullest section of a line is occupied, with the trains that the study assumes."""
    if study.timetable is None:
        return Reading(np.nan, Text("studien har ingen tidtabell", "the study has no timetable"))
    use = _use_of(study, answers, answer)
    if use is None:
        return Reading(np.nan, Text("nätet har ingen järnväg", "the network has no railway"))
    line = answer.network.edges["line"].reindex(use.index)
    # "Bergslagsbanan" has its branches with it: "Bergslagsbanan, Hörken track".
    own = (line == target.line) | line.str.startswith(f"{target.line},")
    table = use[own.to_numpy(dtype=bool)].drop_duplicates("section_id")
    if table.empty:
        return Reading(np.nan, Text(f"ingen bandel på {target.line}", f"no section of {target.line}"))
    known = table[table["consumption_pct"].notna()]
    lost = int((table["consumption_pct"].isna() | (table["unknown_services"] > 0)).sum())
    if known.empty:
        return Reading(np.nan, Text("trafiken är inte känd", "the traffic is not known"))
    worst = known.sort_values("consumption_pct").iloc[-1]
    said = Text(f"högst på {worst['section']}", f"most on {worst['section']}")
    if lost:
        more = Text(
            f"trafiken okänd på {lost} av {len(table)} bandelar",
            f"traffic not known on {lost} of {len(table)} sections",
        )
        said = Text(f"{said.sv}; {more.sv}", f"{said.en}; {more.en}")
    return Reading(float(worst["consumption_pct"]), said, sure=not lost)


def _use_of(study: Study, answers: Answers, answer: ScenarioAnswer) -> pd.DataFrame | None:
    """Use of the railway of a scenario; that of the base where neither track nor trains differ."""
    base = next(iter(answers.scenarios.values()))
    rail = getattr(answers, "rail", None)
    if rail is not None and rail.use is not None and (answer is base or _same_railway(base, answer)):
        return rail.use
    return study_rail_use(study, answer)


def _same_railway(base: ScenarioAnswer, answer: ScenarioAnswer) -> bool:
    if answer.scenario.changes_services:
        return False
    columns = ["u", "v", "length_m", "speed_kmh", "tracks", "status", "line"]
    tables = [one.network.edges.loc[one.network.edges["mode"] == "rail", columns] for one in (base, answer)]
    return bool(tables[0].equals(tables[1]))


def _tonnes_by_rail(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """Tonnes a year of the study's heavy transports whose plan goes by rail."""
    going = [
        row
        for row in study.transports
        if answer.plans[row.id].feasible and (answer.plans[row.id].legs["mode"] == "rail").any()
    ]
    if lost := [row for row in going if row.per_year is None]:
        name = lost[0].name
        return Reading(
            np.nan, Text(f"hur ofta {name['sv']} går är inte känt", f"how often {name['en']} goes is not known")
        )
    total = float(sum(answer.plans[row.id].load.weight_t * float(row.per_year or 0.0) for row in going))
    if all(answer.plans[row.id].verdict == "ok" for row in going):
        return Reading(total)
    said = Text("om det okända räcker och tillstånd ges", "if the unknown suffices and permits are given")
    return Reading(total, said, sure=False)


def _transit(study: Study, answers: Answers, answer: ScenarioAnswer, target: TargetConfig) -> Reading:
    """Minutes by public transport from zone to zone, waiting and walking with it."""
    commuting = getattr(answers, "commuting", None)
    transit = None if commuting is None else commuting.transit
    if transit is None or answer.scenario.id not in transit.skims:
        return Reading(np.nan, Text("studien har ingen kollektivtrafik", "the study has no public transport"))
    minutes = transit_minutes(transit.skims[answer.scenario.id])
    row, column = minutes.index.get_loc(str(target.zone)), minutes.columns.get_loc(str(target.to_zone))
    value = float(minutes.to_numpy()[row, column])
    if not np.isfinite(value):
        return Reading(np.inf, Text("ingen resa", "no journey"))
    return Reading(value, Text("med väntan och gång", "with waiting and walking"))


def _node(study: Study, place: str | None) -> Any:
    """Node id of a place as study.toml names it; the networks of the answers may have names in another language."""
    return study.network.nodes.index[find_node(study.network, str(place), modes=("road",))]


_READERS: dict[str, Callable[[Study, Answers, ScenarioAnswer, TargetConfig], Reading]] = {
    "transport_feasible": _transport,
    "travel_time_min": _travel_time,
    "largest_load_t": _largest_load,
    "jobs_within": _jobs_within,
    "delay_vehh": _delay,
    "rail_use_pct": _rail_use,
    "tonnes_by_rail": _tonnes_by_rail,
    "transit_min": _transit,
}
