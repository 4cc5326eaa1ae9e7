"""One register of bottlenecks: congestion, vulnerability and restrictions side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoplan.bottlenecks.evidence import Sentence, closure_evidence, congestion_evidence, restriction_evidence
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
)


def rank_bottlenecks(
    network: Network,
    *,
    congestion: pd.DataFrame | None = None,
    criticality: pd.DataFrame | None = None,
    structures: pd.DataFrame | None = None,
    restrictions: pd.DataFrame | None = None,
    peak_hours_per_year: float,
    closures_per_year: float,
    top: int = 20,
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
    peak_hours_per_year
        Hours a year with the demand of the assignment; turns delay an hour into delay a year.
    closures_per_year
        Expected closures of each place a year, of the duration given to `criticality`. Both are assumptions of the
        study; show them beside the register.
    top
        Rows kept of each kind.

    Returns
    -------
    Table with the columns `COLUMNS`. Rows that have `annual_vehh` come first, by it; restrictions of heavy transports
    have no vehicle hours and follow in their own order.
    """
    parts = []
    if congestion is not None:
        parts.append(_congestion_rows(network, congestion, peak_hours_per_year, top))
    parts += [
        _closure_rows(network, table, closures_per_year, top)
        for table in (criticality, structures)
        if table is not None
    ]
    if restrictions is not None:
        parts.append(_restriction_rows(network, restrictions, top))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    table["rank_in_kind"] = table.groupby("kind", sort=False).cumcount() + 1
    order = np.lexsort((np.arange(len(table)), -table["annual_vehh"].fillna(-1.0).to_numpy()))
    table = table.iloc[order].reset_index(drop=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table[list(COLUMNS)]


def _by_way(network: Network, table: pd.DataFrame, total: list[str], worst: list[str]) -> pd.DataFrame:
    """Both directions of a way in one row: sums of `total`, largest of `worst`, first edge id."""
    way = network.edges["way_id"].reindex(table.index)
    joined = table.assign(way=way, edge_id=table.index)
    rules = {"edge_id": "first", **dict.fromkeys(total, "sum"), **dict.fromkeys(worst, "max")}
    return joined.groupby("way", sort=False).agg(rules).reset_index(drop=True)


def _congestion_rows(network: Network, table: pd.DataFrame, hours: float, top: int) -> pd.DataFrame:
    ways = _by_way(network, table[table["delay_vehh"] > 0], ["flow_vph", "delay_vehh"], ["vc_ratio"])
    ways = ways.sort_values("delay_vehh", ascending=False, kind="stable").head(top)
    said = [congestion_evidence(*row) for row in ways[["flow_vph", "delay_vehh", "vc_ratio"]].to_numpy()]
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


def _restriction_rows(network: Network, table: pd.DataFrame, top: int) -> pd.DataFrame:
    table = table.head(top)
    columns = zip(table["limit"], table["verdict"], table["margin"], table["unit"], table["n_sections"], strict=True)
    return _rows(
        network,
        table,
        [restriction_evidence(*row) for row in columns],
        kind="restriction",
        measure=table["limit"],
        value=table["margin"],
        unit=table["unit"],
        annual_vehh=np.nan,
        who=table["transports"],
        basis=table["basis"],
    )


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
