"""One register of bottlenecks: congestion, vulnerability and restrictions side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.bottlenecks.evidence import (
    Sentence,
    closure_evidence,
    congestion_evidence,
    queue_evidence,
    rail_evidence,
    restriction_evidence,
)
from geoplan.bottlenecks.measures import StudyMeasure, candidate_measures, study_measures
from geoplan.bottlenecks.queue import QUEUE_COLUMNS
from geoplan.network.names import place_title
from geoplan.network.network import Network

COLUMNS = (
    "rank",
    "kind",
    "rank_in_kind",
    "name",
    "ref",
    "edge_id",
    "structure_id",
    "measure",
    "value",
    "unit",
    "annual_vehh",
    "evidence_sv",
    "evidence_en",
    "who_affected",
    "confidence",
    "basis",
    "annual_sek",
    "tonnes_per_year",
    "measures_sv",
    "measures_en",
)
LEAST_VEHH = 1.0  # a year: below it a delay is the model's curve, not a queue
RAIL_LIMIT_PCT = 60.0  # from here Trafikverket calls the capacity limitation medium (81: large)


def rank_bottlenecks(
    network: Network,
    *,
    congestion: pd.DataFrame | None = None,
    criticality: pd.DataFrame | None = None,
    structures: pd.DataFrame | None = None,
    restrictions: pd.DataFrame | None = None,
    gains: pd.DataFrame | None = None,
    rail: pd.DataFrame | None = None,
    peak_hours_per_year: float,
    closures_per_year: float,
    top: int = 20,
    scenarios: Iterable[Any] = (),
) -> pd.DataFrame:
    """Rank what the other parts found.

    Parameters
    ----------
    congestion
        From `congestion`: delay of each edge in the hour assigned.
    criticality, structures
        From `criticality` by edge and by structure: loss of closing it.
    restrictions
        From `restrictions`.
    gains
        From `lift_gains`: what lifting a restriction saves a year, and the tonnes that it concerns.
    rail
        From `rail_use`: sections that are occupied for at least `RAIL_LIMIT_PCT` of the day, and those whose traffic is
        not known.
    peak_hours_per_year
        Hours a year with the demand of the assignment; turns delay an hour into delay a year.
    closures_per_year
        Expected closures of each place a year, of the duration given to `criticality`. Both are assumptions of the
        study; show them beside the register.
    top
        Rows kept of each kind.
    scenarios
        Of the study: those that are measures (have a step) are named first where they touch the place.

    Returns
    -------
    Table with the columns `COLUMNS`. Rows that have `annual_vehh` come first, by it; the railway's capacity and
    restrictions of heavy transports have no vehicle hours and follow in their own order, restrictions with what they
    cost a year (annual_sek, NaN: not known) and the tonnes they concern. measures_sv and measures_en are proposals with
    their step of the four-step principle. Congestion of less than `LEAST_VEHH` a year is no bottleneck and left out;
    `attrs["left_out"]` counts those ways.
    """
    parts = []
    left_out = 0
    if congestion is not None:
        ways = _delayed_ways(network, congestion)
        waiting = ways[ways["delay_vehh"] * peak_hours_per_year >= LEAST_VEHH]
        left_out = len(ways) - len(waiting)
        parts.append(_congestion_rows(network, waiting, peak_hours_per_year, top))
    parts += [
        _closure_rows(network, table, closures_per_year, top)
        for table in (criticality, structures)
        if table is not None
    ]
    if rail is not None:
        parts.append(_rail_rows(network, rail, top))
    if restrictions is not None:
        parts.append(_restriction_rows(network, restrictions, gains, top))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    table["rank_in_kind"] = table.groupby("kind", sort=False).cumcount() + 1
    order = np.lexsort((np.arange(len(table)), -table["annual_vehh"].fillna(-1.0).to_numpy()))
    table = table.iloc[order].reset_index(drop=True)
    table["rank"] = np.arange(1, len(table) + 1)
    measures = study_measures(network, scenarios)
    places = zip(table["kind"], table["measure"], table["edge_id"], table["structure_id"], strict=True)
    said = [_measures(measures, *place) for place in places]
    table["measures_sv"], table["measures_en"] = [row[0] for row in said], [row[1] for row in said]
    table = table.reindex(columns=list(COLUMNS))
    table.attrs["left_out"] = left_out
    return table


def _by_way(network: Network, table: pd.DataFrame, total: list[str], worst: list[str]) -> pd.DataFrame:
    """Both directions of a way in one row: sums of `total`, largest of `worst`, first edge id."""
    way = network.edges["way_id"].reindex(table.index)
    joined = table.assign(way=way, edge_id=table.index)
    rules = {"edge_id": "first", **dict.fromkeys(total, "sum"), **dict.fromkeys(worst, "max")}
    return joined.groupby("way", sort=False).agg(rules).reset_index(drop=True)


def _delayed_ways(network: Network, table: pd.DataFrame) -> pd.DataFrame:
    """Ways with delay; the queue is that of the direction that waits longest."""
    table = table[table["delay_vehh"] > 0]
    if "wait_s" in table:
        table = table.sort_values("wait_s", ascending=False, kind="stable", na_position="last")
    waits = [column for column in QUEUE_COLUMNS if column in table]
    ways = _by_way(network, table, ["flow_vph", "delay_vehh"], ["vc_ratio", *waits])
    return ways.reindex(columns=[*ways.columns, *(column for column in QUEUE_COLUMNS if column not in waits)])


def _congestion_rows(network: Network, ways: pd.DataFrame, hours: float, top: int) -> pd.DataFrame:
    ways = ways.sort_values("delay_vehh", ascending=False, kind="stable").head(top)
    numbers = ways[["flow_vph", "delay_vehh", "vc_ratio", *QUEUE_COLUMNS]].to_numpy(np.float64)
    said = [
        _with_queue(network, edge, congestion_evidence(*row[:3]), *row[3:])
        for edge, row in zip(ways["edge_id"], numbers, strict=True)
    ]
    return _rows(
        network,
        ways,
        said,
        kind="congestion",
        measure="delay_vehh",
        value=ways["delay_vehh"],
        unit="vehh/h",
        annual_vehh=ways["delay_vehh"] * hours,
        who="",
        basis="modelled",
    )


def _with_queue(
    network: Network, edge: object, said: Sentence, wait_s: float, queue_veh: float, queue95_veh: float
) -> Sentence:
    """The sentence of a congested way with the queue where one direction waits for the other."""
    if np.isnan(wait_s):
        return said
    row = network.edges.loc[edge]
    towards = network.nodes["name"].get(row["v"], row["v"])
    assumed = "capacity_vph" in row["assumed"].split(",")
    more = queue_evidence(str(towards), wait_s, queue_veh, queue95_veh, assumed=assumed)
    return f"{said[0]}; {more[0]}", f"{said[1]}; {more[1]}"


def _closure_rows(network: Network, table: pd.DataFrame, closures: float, top: int) -> pd.DataFrame:
    """By edge (both directions of a way in one row) or by structure."""
    duration_h = float(table.attrs.get("duration_h", np.nan))
    hit = table[table["closure_vehh"] > 0]
    if table.index.name == "structure_id":
        rows = hit.reset_index()
    else:
        columns = ["unsatisfied_trips", "closure_vehh", "hit_zones", "worst_zone"]
        rows = _by_way(network, hit, [], columns)
    rows = rows.sort_values("closure_vehh", ascending=False, kind="stable").head(top)
    numbers = rows[["closure_vehh", "unsatisfied_trips", "hit_zones"]].to_numpy(dtype=np.float64)
    return _rows(
        network,
        rows,
        [closure_evidence(*row, duration_h=duration_h) for row in numbers],
        kind="structure" if table.index.name == "structure_id" else "vulnerability",
        measure="closure_vehh",
        value=rows["closure_vehh"],
        unit="vehh",
        annual_vehh=rows["closure_vehh"] * closures,
        who=rows["worst_zone"],
        basis="modelled",
    )


def _rail_rows(network: Network, table: pd.DataFrame, top: int) -> pd.DataFrame:
    """One row a section of railway: the full ones first, then those whose traffic is not known."""
    first = table.reset_index().drop_duplicates("section_id")
    if "peak_pct" not in first:
        first["peak_pct"] = np.nan
    first["worst_pct"] = first[["consumption_pct", "peak_pct"]].max(axis=1)
    full = first[first["worst_pct"] >= RAIL_LIMIT_PCT].sort_values("worst_pct", ascending=False)
    lost = first[(first["unknown_services"] > 0) & ~first.index.isin(full.index)]
    rows = pd.concat([full, lost]).head(top)
    columns = ["section", "trains", "consumption_pct", "unknown_services", "peak_pct"]
    numbers = rows[columns].to_numpy(dtype=object)
    return _rows(
        network,
        rows,
        [rail_evidence(*row) for row in numbers],
        kind="rail_capacity",
        measure="consumption_pct",
        value=rows["worst_pct"],
        unit="%",
        annual_vehh=np.nan,
        who="",
        basis=rows["basis"].fillna(""),
    )


def _restriction_rows(network: Network, table: pd.DataFrame, gains: pd.DataFrame | None, top: int) -> pd.DataFrame:
    table = table.head(top)
    columns = zip(table["limit"], table["verdict"], table["margin"], table["unit"], table["n_sections"], strict=True)
    saved = [_saved(gains, *row) for row in table[["structure_id", "mode", "limit"]].to_numpy()]
    return _rows(
        network,
        table,
        [restriction_evidence(*row) for row in columns],
        kind="restriction",
        measure=table["limit"],
        value=table["margin"],
        unit=table["unit"],
        annual_vehh=np.nan,
        annual_sek=[row[0] for row in saved],
        tonnes_per_year=[row[1] for row in saved],
        who=table["transports"],
        basis=table["basis"],
    )


def _saved(gains: pd.DataFrame | None, structure_id: object, mode: str, limit: str) -> tuple[float, float]:
    """SEK that lifting it saves a year, and tonnes a year it concerns; NaN where that is not known."""
    if gains is None:
        return np.nan, np.nan
    if structure_id != "":
        mine = gains[gains["structure_id"] == structure_id]
    else:
        mine = gains[(gains["structure_id"] == "") & (gains["mode"] == mode) & (gains["limit"] == limit)]
    return float(mine["saved_sek_per_year"].sum(min_count=1)), float(mine["tonnes_per_year"].sum(min_count=1))


def _measures(
    measures: Sequence[StudyMeasure], kind: str, measure: str, edge_id: object, structure_id: object
) -> Sentence:
    """Measures of the study that touch the place, then proposals; each with its step of the four-step principle."""
    edges = [] if structure_id != "" else [edge_id]
    bridges = [structure_id] if structure_id != "" else []
    own = [m for m in measures if m.touches(edges, bridges)]
    table = candidate_measures(kind, measure if kind == "restriction" else "")
    said = []
    for name, words in (("sv", "measure_sv"), ("en", "measure_en")):
        parts = [f"{m.step}: {m.name_sv if name == 'sv' else m.name_en}" for m in own]
        parts += [f"{step}: {text}" for step, text in zip(table["step"], table[words], strict=True)]
        said.append("; ".join(parts))
    return said[0], said[1]


def _rows(
    network: Network, rows: pd.DataFrame, said: Sequence[Sentence], *, who: object, **columns: object
) -> pd.DataFrame:
    structure = rows.get("structure_id", pd.Series("", index=rows.index)).fillna("")
    edge = rows.get("edge_id", pd.Series("", index=rows.index)).fillna("")
    names = [place_title(network, s, e) for s, e in zip(structure, edge, strict=True)]
    refs = [network.edges.at[e, "ref"] if s == "" else "" for s, e in zip(structure, edge, strict=True)]
    confidence = [
        network.edges.at[e, "confidence"] if s == "" else network.structures.at[s, "confidence"]
        for s, e in zip(structure, edge, strict=True)
    ]
    return pd.DataFrame(
        {
            "name": names,
            "ref": refs,
            "edge_id": edge.to_numpy(),
            "structure_id": structure.to_numpy(),
            "confidence": confidence,
            "who_affected": np.asarray(who),
            "evidence_sv": [sentence[0] for sentence in said],
            "evidence_en": [sentence[1] for sentence in said],
            **{name: (value.to_numpy() if isinstance(value, pd.Series) else value) for name, value in columns.items()},
        }
    )
