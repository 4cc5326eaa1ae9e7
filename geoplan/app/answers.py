"""Answers of the live page, in stages: the plan, its map, what would open the way, the envelope."""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analyse.periods import apply_periods, network_on, periods_on
from geoplan.app.choices import Choices, choices_of
from geoplan.app.state import State
from geoplan.app.tables import calendar_table, envelope_table, fix_tables, margin_table, table_of, why_table
from geoplan.app.words import word
from geoplan.errors import DataError
from geoplan.heavy_haul.costs import cost_rates
from geoplan.heavy_haul.dates import plan_dates
from geoplan.heavy_haul.envelope import export_envelope
from geoplan.heavy_haul.fixes import Fixes, cheapest_fixes
from geoplan.heavy_haul.places import load_place, load_places
from geoplan.heavy_haul.plan import Plan, best_way, fleet_for, plan_transport
from geoplan.heavy_haul.states import build_states
from geoplan.maps.formats import duration_text, length_text, money_text, number_text, short_text
from geoplan.maps.labels import Lang, Text, column_text, unit_word, value_text
from geoplan.maps.views import map_plan
from geoplan.network.names import localise
from geoplan.network.network import Network
from geoplan.present.words import MODE
from geoplan.scenario.edits import Close
from geoplan.study import Study
from geoplan.vehicles.catalogue import home_fleet, vehicle
from geoplan.vehicles.limits import make_terms
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS, check_permits, rules_for

NETWORKS_KEPT, EDGES_KEPT, PLANS_KEPT = 48, 200_000, 64  # of a large network a few only, for the memory
STAGES = ("plan", "map", "fixes", "envelope")
LAND = ("road", "rail")


class Live:
    """A study that answers states. Networks of scenarios, closures and periods are kept warm.

    Raises
    ------
    DataError
        The study has nothing to ask, or a period or scenario that cannot be applied.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.choices: Choices = choices_of(study)
        self._scenarios = {scenario.id: scenario for scenario in study.scenarios}
        self._nodes = {str(node): node for node in study.network.nodes.index}
        self._structures = {str(one): one for one in study.network.structures.index}
        self._networks: OrderedDict[Hashable, Network] = OrderedDict()
        self._networks_kept = max(2, min(NETWORKS_KEPT, EDGES_KEPT // max(1, len(study.network.edges))))
        self._plans: OrderedDict[State, tuple[Network, Plan]] = OrderedDict()
        self._lock = threading.Lock()
        apply_periods(study.network, study.config.periods)

    def warm(self, state: State) -> None:
        """Compile the kernels and build what every answer needs."""
        for stage in STAGES:
            self.answer(stage, state)

    def answer(self, stage: str, state: State) -> bytes:
        """The answer of a stage, one of `STAGES`; as JSON."""
        return {"plan": self.plan, "map": self.map, "fixes": self.fixes, "envelope": self.envelope}[stage](state)

    def network(self, state: State) -> Network:
        """The network of a state, in its language."""
        periods = periods_on(self.study, state.day)
        # Conditional limits of OpenStreetMap hold by the day, all else by the period.
        dated = state.day if self.study.config.network.osm is not None else None
        key = (dated, state.scenario, state.closed, tuple(row.id for row in periods if row.edits), state.lang)
        with self._lock:
            found = self._networks.get(key)
            if found is not None:
                self._networks.move_to_end(key)
                return found
        network = network_on(self.study, dated)
        if state.scenario in self._scenarios:
            network, _ = self._scenarios[state.scenario].apply(network, self.study.demand)
        network = apply_periods(network, tuple(row for row in periods if row.edits))
        if state.closed:
            ids = tuple(str(self._structures[one]) for one in state.closed)
            network = Close(do="close", structures=ids).apply_to_network(network)
        network = localise(network, state.lang)
        with self._lock:
            self._networks[key] = network
            while len(self._networks) > self._networks_kept:
                self._networks.popitem(last=False)
        return network

    def plan(self, state: State) -> bytes:
        """First stage: verdict, legs with dates, margins, permits, what stops the other ways; as JSON."""
        network, plan, lang = *self._planned(state), state.lang
        periods = periods_on(self.study, state.day)
        answer: dict[str, Any] = {
            "state": state.address(),
            "verdict": "no" if not plan.feasible else "ok" if plan.verdict == "ok" else "open",
            "title": word("no" if not plan.feasible else "ok" if plan.verdict == "ok" else "open", lang),
            "said": _way(plan, lang) if plan.feasible else _stops(plan, lang),
            "facts": _facts(plan, state),
            "notes": [{"title": row.name[lang], "text": row.note[lang] or row.source} for row in periods],
            "tables": {
                "calendar": calendar_table(plan, plan_dates(plan, state.day) if state.day else None, lang),
                "margins": margin_table(network, plan.margins, lang),
                "permits": table_of("permits", plan.permits, lang),
                "why": why_table(plan, lang),
            },
        }
        return _json(answer)

    def map(self, state: State) -> bytes:
        """Second stage: what `geoplan.start` of the maps draws; as JSON."""
        network, plan = self._planned(state)
        return _json(map_plan(network, plan, lang=state.lang, title=_title(self.choices, state)).spec)

    def fixes(self, state: State) -> bytes:
        """Third stage: the cheapest structures to change, for the whole chain and for each land mode; as JSON."""
        network, lang = self.network(state), state.lang
        groups = []
        for name, vehicles in self._groups(state):
            found = self._fixes(network, state, vehicles)
            if found is not None:
                groups.append({"name": name, **fix_tables(found, lang)})
        return _json({"state": state.address(), "groups": groups, "note": word("lines_stay", lang)})

    def envelope(self, state: State) -> bytes:
        """Fourth stage: the corners of weight against height for this width and length, by mode; as JSON."""
        network = self.network(state)
        vehicles = [state.vehicle] if state.vehicle else None
        table = export_envelope(
            network,
            self._nodes[state.origin],
            self._ports(state),
            widths_m=(state.width,),
            length_m=state.length,
            vehicles=vehicles,
            unknown=state.unknown,
        )
        lines = {
            mode: [[_finite(height), weight] for height, weight in rows[["height_m", "weight_t"]].to_numpy().tolist()]
            for mode, rows in table.groupby("mode", sort=False)
        }
        load = {"weight": state.weight, "height": state.height}
        shown = envelope_table(table, state.lang)
        return _json({"state": state.address(), "load": load, "lines": lines, "table": shown})

    def _ports(self, state: State) -> list[Any]:
        chosen = [state.destination] if state.destination else [p for p in self.choices.ports if p != state.origin]
        return [self._nodes[port] for port in chosen]

    def _planned(self, state: State) -> tuple[Network, Plan]:
        """Network and plan of a state, remembered from stage to stage."""
        with self._lock:
            if state in self._plans:
                return self._plans[state]
        network = self.network(state)
        found = network, self._plan(network, state)
        with self._lock:
            self._plans[state] = found
            while len(self._plans) > PLANS_KEPT:
                self._plans.popitem(last=False)
        return found

    def _plan(self, network: Network, state: State) -> Plan:
        load, vehicles = self._load(state), [state.vehicle] if state.vehicle else None
        port = self._cheapest_port(network, state, load, vehicles)
        return plan_transport(network, self._nodes[state.origin], port, load, vehicles=vehicles, unknown=state.unknown)

    def _cheapest_port(self, network: Network, state: State, load: Load, vehicles: list[str] | None) -> Any:
        """The port that costs least to reach; the first when none can be reached."""
        ports = self._ports(state)
        if len(ports) == 1:
            return ports[0]
        laden, _ = fleet_for(load, vehicles)
        states = build_states(
            network,
            laden,
            load_place(network, self._nodes[state.origin], laden),
            load_places(network, ports, laden),
            permits=check_permits(USUAL_PERMITS),
            terms=make_terms(rules=rules_for(network, None)),
            rates=cost_rates(),
        )
        way = best_way(states, "cost", state.unknown)
        if way is None or not (states.edge[way] >= 0).any():
            return ports[0]
        last = network.edges["v"].iloc[int(states.edge[way][states.edge[way] >= 0][-1])]
        reached = load_place(network, last, laden)
        return next((port for port in ports if load_place(network, port, laden) == reached), ports[0])

    def _load(self, state: State) -> Load:
        """The load; refused in words when the chosen vehicle cannot take it."""
        lang = state.lang
        load = Load(word("load", lang), state.weight, state.length, state.width, state.height)
        if state.vehicle:
            chosen = vehicle(state.vehicle)
            bounds = (
                ("takes_t", chosen.payload_t, load.weight_t),
                ("takes_long", chosen.load_length_max_m, load.length_m),
                ("takes_wide", chosen.load_width_max_m, load.width_m),
            )
            why = [word(k, lang).format(most=short_text(most, lang)) for k, most, need in bounds if need > most]
            if why:
                name = self.choices.vehicles[state.vehicle].of(lang)
                raise DataError(word("no_vehicle", lang).format(vehicle=name, why=", ".join(why)))
        return load

    def _groups(self, state: State) -> list[tuple[str, list[str] | None]]:
        """The chosen vehicle alone; else the whole fleet, and each land mode by itself."""
        if state.vehicle:
            return [(self.choices.vehicles[state.vehicle].of(state.lang), [state.vehicle])]
        groups: list[tuple[str, list[str] | None]] = [(word("best", state.lang), None)]
        for mode in LAND:
            names = [one.name for one in home_fleet() if one.mode == mode and not one.divisible]
            groups.append((word(mode, state.lang), names))
        return groups

    def _fixes(self, network: Network, state: State, vehicles: list[str] | None) -> Fixes | None:
        """None when no vehicle of the group takes the load."""
        try:
            return cheapest_fixes(
                network,
                self._nodes[state.origin],
                self._ports(state),
                self._load(state),
                vehicles=vehicles,
                unknown=state.unknown,
                runner_ups=2,
                with_plan=False,
            )
        except DataError:
            if state.vehicle or vehicles is None:
                raise
            return None


def _title(choices: Choices, state: State) -> str:
    ends = [choices.origins[state.origin], choices.ports.get(state.destination)]
    return " – ".join(end.of(state.lang) for end in ends if end is not None)


def _way(plan: Plan, lang: Lang) -> str:
    """Modes and places of the way in a sentence."""
    legs = plan.legs[plan.legs["mode"] != "transfer"]
    rows = legs.to_dict("records")
    text = ", ".join(f"{value_text('mode', leg['mode'], lang)} {leg['from_name']} – {leg['to_name']}" for leg in rows)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _stops(plan: Plan, lang: Lang) -> str:
    """What stops each mode first."""
    said = []
    for row in plan.why.drop_duplicates("mode").to_dict("records"):
        mode = MODE[str(row["mode"])].of(lang)
        if row["limit"] == "connection":
            said.append(f"{mode}: {word('no_connection', lang)}.")
            continue
        limit, unit = column_text(row["limit"], lang), unit_word(row["unit"], lang)
        values = [f"{number_text(row[key], lang)} {unit}".strip() for key in ("limit_value", "need_value")]
        if math.isnan(row["limit_value"]):
            values[0] = word("not_known", lang)
        need = Text("lasten kräver", "the load needs").of(lang)
        more = f", {need} {values[1]}" if math.isfinite(row["need_value"]) else ""
        name = value_text("vehicle", row["name"], lang)
        said.append(f"{mode}: {name}, {limit} {values[0]}{more}.")
    return " ".join(said)


def _facts(plan: Plan, state: State) -> list[dict[str, str]]:
    """Cost, time, distance, arrival, and how much rests on what is not known."""
    lang = state.lang
    if not plan.feasible:
        return []
    facts = [
        (word("cost", lang), money_text(plan.cost_sek, lang)),
        (word("time", lang), duration_text(plan.time_h * 3600, lang)),
        (word("distance", lang), length_text(float(plan.legs["length_m"].sum()), lang)),
    ]
    if state.day:
        dates = plan_dates(plan, state.day)
        facts.append((word("arrives", lang), f"{dates['ends'].iloc[-1]:%Y-%m-%d}"))
    share = f"{round(100 * plan.share_unknown)}\u00a0% {word('of_metres', lang)}"
    facts.append((word("rests", lang), share))
    return [{"name": name, "value": value} for name, value in facts]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _json(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode(
        "utf-8"
    )


def _plain(value: Any) -> Any:
    """Numbers of numpy as plain ones."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    raise TypeError(type(value).__name__)
