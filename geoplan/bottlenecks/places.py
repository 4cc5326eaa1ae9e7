"""One place on one page: what it is, what speaks for it, who is hit, which transports, what to find out and do."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from geoplan.bottlenecks.exposure import who_is_hit
from geoplan.bottlenecks.find import find_edges, find_structures
from geoplan.bottlenecks.freight import place_freight
from geoplan.bottlenecks.measures import candidate_measures, study_measures
from geoplan.bottlenecks.queue import alternating_queues
from geoplan.demand.demand import Demand
from geoplan.errors import DataError
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.labels import Text
from geoplan.network.names import edge_title
from geoplan.network.network import Network
from geoplan.network.schema import EDGES, STRUCTURES
from geoplan.routing.cost import Cost, FloatArray

# What a planner needs to know of an edge and a structure; what is not known of it is a number to go and find.
EDGE_FACTS = {
    "road": ("speed_kmh", "lanes", "width_m", "capacity_vph", "aadt", "heavy_share_pct", "max_height_m", "bk_class"),
    "rail": ("speed_kmh", "tracks", "max_axle_load_t", "max_metre_load_tpm", "line_category", "loading_gauge"),
    "sea": ("speed_kmh", "max_width_m", "max_length_m"),
}
ALTERNATING_FACTS = ("one_lane_m", "fixed_delay_s")  # where one direction waits for the other
BELOW_FACTS = ("clearance_height_m", "clearance_width_m")
ABOVE_FACTS = ("max_axle_load_t", "max_weight_t", "span_m")


@dataclass(frozen=True)
class Place:
    """A place by the ways (ids or patterns such as `rail_bp_*`) and structures it consists of."""

    id: str
    title: Text
    ways: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.ways and not self.structures:
            raise DataError(f"place {self.id}: name ways or structures")


@dataclass(frozen=True, eq=False)
class PlaceSheet:
    """What is known of a place; each a table.

    facts : what, mode, low, high, text, unit, state (stated, assumed, not_known), n, source, confidence
    traffic : edge_id, name, mode, flow_vph, vc_ratio, delay_vehh; trains, consumption_pct for railways; where one
        direction waits for the other also towards (node), wait_s, queue_veh, queue95_veh, queue_assumed
    evidence : rows of the register that concern it
    hit : who is hit when all of it closes, by municipality (`who_is_hit`)
    transports : the tightest of each limit of the place for each heavy transport (`place_freight`)
    freight : each heavy transport here: stopped, let by, sent round; tonnes and SEK a year (`place_freight`)
    measures : step (1-4), measure_sv, measure_en, cost_msek, source, scenario (of the study, when it is one)
    unknown : what is not known and would decide: what, column, n, structure_id, edge_id
    """

    place: Place
    facts: pd.DataFrame
    traffic: pd.DataFrame
    evidence: pd.DataFrame
    hit: pd.DataFrame
    transports: pd.DataFrame
    freight: pd.DataFrame
    measures: pd.DataFrame
    unknown: pd.DataFrame
    totals: Mapping[str, float] = field(default_factory=dict)


def place_sheet(
    network: Network,
    place: Place,
    *,
    demand: Demand | None = None,
    flows: pd.DataFrame | None = None,
    register: pd.DataFrame | None = None,
    plans: Mapping[str, Plan] | None = None,
    trips_per_year: Mapping[str, float] | None = None,
    scenarios: Iterable[Any] = (),
    rail: pd.DataFrame | None = None,
    duration_h: float = 24.0,
) -> PlaceSheet:
    """Everything about one place that a planner can defend.

    Parameters
    ----------
    flows
        Of an assignment: the traffic, and the loaded times for who is hit.
    register
        From `rank_bottlenecks`.
    plans, trips_per_year
        Of the heavy transports, by name.
    scenarios
        Records with id, edits, step, cost_msek and title: those that touch the place are candidate measures.
    rail
        From `rail_use`.
    duration_h
        How long a closure of the whole place lasts.

    Raises
    ------
    DataError
        A way or structure of the place that the network has not.
    """
    structures = find_structures(network, place.structures)
    edges = edges_of_place(network, place)
    evidence = _evidence(network, register, edges, structures)
    freight, transports = place_freight(network, plans or {}, edges, structures, trips_per_year=trips_per_year)
    hit, totals = pd.DataFrame(), dict[str, float]()
    if demand is not None:
        cost: Cost | FloatArray = "time_s" if flows is None else flows["time_s"].reindex(network.edges.index).to_numpy()
        hit = who_is_hit(network, demand, list(edges), cost=cost, duration_h=duration_h)
        totals = {str(key): float(value) for key, value in hit.attrs.items()}
    return PlaceSheet(
        place=place,
        facts=_facts(network, edges, structures),
        traffic=_traffic(network, edges, flows, rail),
        evidence=evidence,
        hit=hit,
        transports=transports,
        freight=freight,
        measures=_measures(network, edges, structures, evidence, transports, rail, scenarios),
        unknown=_unknown(network, edges, structures),
        totals=totals,
    )


def edges_of_place(network: Network, place: Place) -> pd.Index:
    """Ids of the edges of the ways, and of all that the structures carry or stand over."""
    structures = find_structures(network, place.structures)
    pairs = network.structure_edges
    below = pairs.loc[pairs["structure_id"].isin(list(structures)), "edge_id"]
    own = find_edges(network, place.ways)
    return network.edges.index[network.edges.index.isin(own) | network.edges.index.isin(below)]


def _facts(network: Network, edges: pd.Index, structures: Sequence[Hashable]) -> pd.DataFrame:
    rows = []
    table = network.edges.loc[edges]
    for mode, part in table.groupby("mode", sort=False):
        first = part[~part["way_id"].duplicated()]
        rows.append(_fact("length_m", str(mode), first["length_m"], "stated", first, total=True))
        more = ALTERNATING_FACTS if (part["alternating"] != "").any() else ()
        for column in (*EDGE_FACTS.get(str(mode), ()), *more):
            assumed = part["assumed"].str.split(",").map(lambda names, c=column: c in names)
            for state, rows_of in (("stated", part[~assumed]), ("assumed", part[assumed])):
                if len(rows_of):
                    rows.append(_fact(column, str(mode), rows_of[column], state, rows_of))
    columns = [c.name for c in STRUCTURES if c.kind == "float"]
    for structure in structures:
        row = network.structures.loc[[structure]]
        rows += [_fact(c, "structure", row[c], "stated", row) for c in columns if row[c].notna().all()]
    names = ["what", "mode", "low", "high", "text", "unit", "state", "n", "source", "confidence"]
    return pd.DataFrame([row for row in rows if row["n"]], columns=names)


def _fact(
    column: str, mode: str, values: pd.Series, state: str, rows: pd.DataFrame, *, total: bool = False
) -> dict[str, object]:
    """One column of some rows: its range, or its words; what is not known has n 0 and is told elsewhere."""
    number = column in {c.name for c in (*EDGES, *STRUCTURES) if c.kind == "float"}
    known = values.notna() if number else values != ""
    kept = values[known]
    source = "; ".join(dict.fromkeys(part for text in rows.loc[known, "source"] for part in text.split("; ") if part))
    low = float(kept.sum() if total else kept.min()) if number and len(kept) else np.nan
    high = low if total else (float(kept.max()) if number and len(kept) else np.nan)
    return {
        "what": column,
        "mode": mode,
        "low": low,
        "high": high,
        "text": "" if number else ", ".join(dict.fromkeys(str(v) for v in kept)),
        "unit": column.rsplit("_", 1)[-1] if number and "_" in column else "",
        "state": state,
        "n": len(kept),
        "source": source,
        "confidence": "".join(sorted(set(rows.loc[known, "confidence"]) - {""})),
    }


def _traffic(network: Network, edges: pd.Index, flows: pd.DataFrame | None, rail: pd.DataFrame | None) -> pd.DataFrame:
    table = network.edges.loc[edges, ["mode"]].copy()
    table.insert(0, "name", [edge_title(network, edge) for edge in edges])
    table["towards"] = network.nodes["name"].reindex(network.edges.loc[edges, "v"]).to_numpy()
    for source, columns in (
        (flows, ("flow_vph", "vc_ratio", "delay_vehh")),
        (rail, ("trains", "consumption_pct", "peak_pct")),
    ):
        for column in columns:
            table[column] = source[column].reindex(edges) if source is not None and column in source else np.nan
    if flows is not None:
        queues = alternating_queues(network, flows).reindex(edges)
        if queues.notna().any(axis=None):
            assumed = network.edges.loc[edges, "assumed"].str.split(",")
            table["queue_assumed"] = assumed.map(lambda names: "capacity_vph" in names)
            table = table.join(queues)
            waited = table["flow_vph"] * table["wait_s"] / 3600.0
            table["delay_vehh"] = waited.where(np.isfinite(waited), table["delay_vehh"])  # as in `congestion`
    return table


def _evidence(
    network: Network, register: pd.DataFrame | None, edges: pd.Index, structures: Sequence[Hashable]
) -> pd.DataFrame:
    if register is None:
        return pd.DataFrame()
    ways = set(network.edges.loc[edges, "way_id"])
    way = network.edges["way_id"].reindex(pd.Index(register["edge_id"])).to_numpy()
    mine = register["structure_id"].isin(list(structures)).to_numpy() | np.isin(way.astype(object), list(ways))
    return register[mine]


def _measures(
    network: Network,
    edges: pd.Index,
    structures: Sequence[Hashable],
    evidence: pd.DataFrame,
    transports: pd.DataFrame,
    rail: pd.DataFrame | None,
    scenarios: Iterable[Any],
) -> pd.DataFrame:
    """Scenarios of the study that touch the place, the priced fix of its structures, and proposals for its kinds."""
    rows = [
        _row(float(m.step), m.name_sv, m.name_en, m.cost_msek, m.source) | {"scenario": m.id}
        for m in study_measures(network, scenarios)
        if m.touches(edges, structures)
    ]
    for structure in structures:
        found = network.structures.loc[structure]
        if not np.isnan(found["fix_cost_msek"]):
            english = str(found["fix_note"])
            swedish = str(found["fix_note_sv"]) if found.get("fix_note_sv") else english
            rows.append(_row(np.nan, swedish, english, found["fix_cost_msek"], found["source"]))
    kinds = _weighty(evidence)
    wanted = [(kind, "") for kind in kinds if kind != "restriction"]
    wanted += [("restriction", str(limit)) for limit in transports.loc[transports["verdict"] != "ok", "limit"].unique()]
    if rail is not None and rail.index.isin(edges).any():
        wanted.append(("rail_capacity", ""))
    for kind, limit in wanted:
        rows += [
            _row(float(found["step"]), found["measure_sv"], found["measure_en"], np.nan, found["source"])
            for found in candidate_measures(kind, limit).to_dict("records")
        ]
    names = ["step", "measure_sv", "measure_en", "cost_msek", "source", "scenario"]
    table = pd.DataFrame(rows, columns=names).drop_duplicates(["measure_sv", "scenario"])
    own = (table["scenario"] == "").to_numpy()
    return table.iloc[np.lexsort((table["step"].fillna(9), own))].reset_index(drop=True)


def _weighty(evidence: pd.DataFrame) -> list[str]:
    """Kinds of bottlenecks with at least a hundredth of the place's largest loss a year; restrictions always."""
    if evidence.empty:
        return []
    loss = evidence["annual_vehh"]
    kept = loss.isna() | (loss >= 0.01 * loss.max())
    return list(dict.fromkeys(evidence.loc[kept, "kind"]))


def _row(step: float, sv: str, en: str, cost: float | None, source: str) -> dict[str, object]:
    cells = {"step": step, "measure_sv": sv, "measure_en": en, "cost_msek": np.nan if cost is None else cost}
    return {**cells, "source": source, "scenario": ""}


def _unknown(network: Network, edges: pd.Index, structures: Sequence[Hashable]) -> pd.DataFrame:
    """Facts of the place that are not known, the structures first."""
    rows = []
    pairs = network.structure_edges
    for structure in structures:
        found = network.structures.loc[structure]
        roles = set(pairs.loc[pairs["structure_id"] == structure, "role"])
        for role, columns in (("over", BELOW_FACTS), ("carries", ABOVE_FACTS)):
            lost = [column for column in columns if role in roles and np.isnan(found[column])]
            rows += [(found["name"] or str(structure), column, 1, structure, "") for column in lost]
    table = network.edges.loc[edges]
    table = table[~table["way_id"].duplicated()]
    for mode, part in table.groupby("mode", sort=False):
        for column in EDGE_FACTS.get(str(mode), ()):
            lost = part[column].isna() if part[column].dtype == float else part[column] == ""
            if lost.any():
                first = part.index[lost][0]
                rows.append((edge_title(network, first), column, int(lost.sum()), "", first))
    return pd.DataFrame(rows, columns=["what", "column", "n", "structure_id", "edge_id"])
