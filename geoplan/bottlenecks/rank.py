"""One register of bottlenecks: congestion, vulnerability and restrictions side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
        study and are written into `basis`.
    top
        Rows kept of each kind.

    Returns
    -------
    Table with the columns `COLUMNS`. Rows that have `annual_vehh` come first, by it; restrictions of heavy transports
    have no vehicle hours and follow in their own order.
    """
    parts = []
    if congestion is not None:
        parts.append(_congestion_rows(network, congestion, peak_hours_per_year).head(top))
    if criticality is not None:
        parts.append(_closure_rows(network, criticality, closures_per_year, peak_hours_per_year).head(top))
    if structures is not None:
        parts.append(_structure_rows(network, structures, closures_per_year, peak_hours_per_year).head(top))
    if restrictions is not None:
        parts.append(_restriction_rows(network, restrictions).head(top))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    table["rank_in_kind"] = table.groupby("kind", sort=False).cumcount() + 1
    order = np.lexsort((np.arange(len(table)), -table["annual_vehh"].fillna(-1.0).to_numpy()))
    table = table.iloc[order].reset_index(drop=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table[list(COLUMNS)]


def edge_label(network: Network, edge_id: object) -> str:
    """Name of an edge for people: number and name, else the names of its ends, else its id."""
    edge = network.edges.loc[edge_id]
    words = [text for text in (edge["ref"], edge["name"] or edge["line"]) if text]
    ends = [network.nodes.at[edge[end], "name"] for end in ("u", "v")]
    if all(ends):
        words.append("–".join(ends))
    return " ".join(words) if words else str(edge_id)


def _by_way(network: Network, table: pd.DataFrame, total: list[str], worst: list[str]) -> pd.DataFrame:
    """Both directions of a way in one row: sums of `total`, largest of `worst`, first edge id."""
    way = network.edges["way_id"].reindex(table.index)
    joined = table.assign(way=way, edge_id=table.index)
    rules = {"edge_id": "first", **dict.fromkeys(total, "sum"), **dict.fromkeys(worst, "max")}
    return joined.groupby("way", sort=False).agg(rules).reset_index(drop=True)


def _congestion_rows(network: Network, table: pd.DataFrame, hours: float) -> pd.DataFrame:
    ways = _by_way(network, table[table["delay_vehh"] > 0], ["flow_vph", "delay_vehh"], ["vc_ratio"])
    ways = ways.sort_values("delay_vehh", ascending=False, kind="stable")
    known = ways["vc_ratio"].notna()
    load_sv = np.where(known, "belastningsgrad " + (ways["vc_ratio"] * 100).round().astype("Int64").astype(str) + " %", "kapacitet ej känd")
    load_en = np.where(known, "volume/capacity " + (ways["vc_ratio"] * 100).round().astype("Int64").astype(str) + "%", "capacity not known")
    delay = ways["delay_vehh"].map("{:.2f}".format)
    return _rows(
        network,
        ways,
        kind="congestion",
        measure="delay_vehh",
        value=ways["delay_vehh"],
        unit="vehh/h",
        annual_vehh=ways["delay_vehh"] * hours,
        evidence_sv="fördröjning " + delay + " fordonstimmar i maxtimmen, " + load_sv,
        evidence_en="delay " + delay + " vehicle hours in the peak hour, " + load_en,
        who=ways["flow_vph"].map("{:.0f}".format) + " f/h",
        basis=f"modelled; {hours:g} peak hours a year assumed",
    )


def _closure_rows(network: Network, table: pd.DataFrame, closures: float, hours: float) -> pd.DataFrame:
    ways = _by_way(
        network,
        table[table["closure_vehh"] > 0],
        [],
        ["loss_vehh", "unsatisfied_trips", "closure_vehh", "hit_zones", "worst_zone"],
    )
    return _loss_rows(network, ways, "vulnerability", table.attrs.get("duration_h", np.nan), closures)


def _structure_rows(network: Network, table: pd.DataFrame, closures: float, hours: float) -> pd.DataFrame:
    kept = table[table["closure_vehh"] > 0].rename_axis("structure_id").reset_index()
    return _loss_rows(network, kept, "structure", table.attrs.get("duration_h", np.nan), closures)


def _loss_rows(network: Network, rows: pd.DataFrame, kind: str, duration_h: float, closures: float) -> pd.DataFrame:
    rows = rows.sort_values("closure_vehh", ascending=False, kind="stable")
    loss = rows["closure_vehh"].map("{:,.0f}".format).str.replace(",", "\u202f")
    lost = rows["unsatisfied_trips"].map("{:.0f}".format)
    return _rows(
        network,
        rows,
        kind=kind,
        measure="closure_vehh",
        value=rows["closure_vehh"],
        unit="vehh",
        annual_vehh=rows["closure_vehh"] * closures,
        evidence_sv=f"stängd {duration_h:g} h kostar " + loss + " fordonstimmar; " + lost + " resor/h utan annan väg",
        evidence_en=f"closed for {duration_h:g} h costs " + loss + " vehicle hours; " + lost + " trips/h have no other way",
        who=rows["hit_zones"].map("{:.0f}".format) + " zones, most: " + rows["worst_zone"].astype(str),
        basis=f"modelled; {closures:g} closures a year assumed",
    )


def _restriction_rows(network: Network, table: pd.DataFrame) -> pd.DataFrame:
    margin = table["margin"].map(lambda m: "" if pd.isna(m) else f" ({m:+.2f} ")
    margin = margin + np.where(table["margin"].notna(), table["unit"] + ")", "")
    stops = (table["verdict"] == "not_ok").to_numpy()
    return _rows(
        network,
        table,
        kind="restriction",
        measure=table["limit"],
        value=table["margin"],
        unit=table["unit"],
        annual_vehh=np.nan,
        evidence_sv=np.where(stops, "stoppar: ", "uppgift saknas, mät: ") + table["limit"] + margin,
        evidence_en=np.where(stops, "stops: ", "not known, measure: ") + table["limit"] + margin,
        who=table["transports"],
        basis=table["basis"],
    )


def _rows(network: Network, rows: pd.DataFrame, *, who: object, **columns: object) -> pd.DataFrame:
    structure = rows.get("structure_id", pd.Series("", index=rows.index)).fillna("")
    edge = rows.get("edge_id", pd.Series("", index=rows.index)).fillna("")
    names, refs, confidence = [], [], []
    for structure_id, edge_id in zip(structure, edge, strict=True):
        if structure_id != "":
            names.append(network.structures.at[structure_id, "name"] or str(structure_id))
            refs.append("")
            confidence.append(network.structures.at[structure_id, "confidence"])
        else:
            names.append(edge_label(network, edge_id))
            refs.append(network.edges.at[edge_id, "ref"])
            confidence.append(network.edges.at[edge_id, "confidence"])
    return pd.DataFrame(
        {
            "name": names,
            "ref": refs,
            "edge_id": edge.to_numpy(),
            "structure_id": structure.to_numpy(),
            "confidence": confidence,
            "who_affected": np.asarray(who),
            **{name: (value.to_numpy() if isinstance(value, pd.Series) else value) for name, value in columns.items()},
        }
    )
