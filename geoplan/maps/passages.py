"""What a transport passes on its way and what stops it: margins and obstacles of a plan, in words and places."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps.formats import digits_of_unit, number_text
from geoplan.maps.labels import Lang, capitalise, column_text, unit_word, value_text
from geoplan.maps.titles import Names, edge_titles, structure_titles
from geoplan.maps.words import word
from geoplan.network.ids import are_known
from geoplan.network.network import Network

SEVERITY = {"ok": 0, "unknown": 1, "not_ok": 2}


def structure_passages(network: Network, margins: pd.DataFrame, *, lang: Lang, names: Names = None) -> gpd.GeoDataFrame:
    """One row for each structure in `margins`, the worst first.

    Columns: title, verdict (the worst of its limits), summary (the binding limit in words), then one text column
    for each limit, and the structure's own geometry.
    """
    own = worst_first(margins[_has_structure(margins)])
    if own.empty:
        return gpd.GeoDataFrame(
            {"title": [], "verdict": [], "summary": []}, geometry=gpd.GeoSeries([], crs=network.crs)
        )
    # The same structure may stand at several edges of the way; a limit is said once, at its worst.
    worst = own.drop_duplicates(["structure_id", "limit"])
    said = worst.assign(said=[margin_text(row, lang) for row in worst.itertuples(index=False)])
    by_limit = said.pivot_table(index="structure_id", columns="limit", values="said", aggfunc="first")
    first = said.drop_duplicates("structure_id").set_index("structure_id")
    structures = network.structures.loc[first.index]
    table = structures[[structures.geometry.name]].join(by_limit)
    table.insert(0, "title", structure_titles(structures, lang=lang, names=names))
    table.insert(1, "verdict", first["verdict"])
    limit_words = first["limit"].map(lambda limit: capitalise(column_text(str(limit), lang)))
    table.insert(2, "summary", limit_words + ": " + first["said"])
    return table


def edge_passages(margins: pd.DataFrame, verdict: str, *, lang: Lang) -> pd.Series:
    """Limits with the given verdict at edges without a structure, in words, indexed by edge_id."""
    rows = margins[~_has_structure(margins) & (margins["verdict"] == verdict)]
    words = [
        f"{capitalise(column_text(str(row.limit), lang))}: {margin_text(row, lang)}"
        for row in rows.itertuples(index=False)
    ]
    said = pd.Series(words, index=pd.Index(rows["edge_id"], name="edge_id"), dtype="object")
    return said.groupby(level=0, sort=False).agg("; ".join)


def limit_summaries(margins: pd.DataFrame, *, lang: Lang) -> list[dict[str, str]]:
    """Each limit of the sections of the way on one line: how many pass, how many not, the least margin, permits.

    Keys: title, sub, verdict (the worst), edge_id (where the worst is). The worst limit comes first.
    """
    rows = worst_first(margins[~_has_structure(margins)])
    found = []
    for limit, group in rows.groupby("limit", sort=False):
        parts = []
        for verdict in ("not_ok", "unknown", "ok"):
            of_verdict = group[group["verdict"] == verdict]
            if of_verdict.empty:
                continue
            count = of_verdict["edge_id"].nunique()
            said = (
                f"{count} {word('section' if count == 1 else 'sections', lang)} {value_text('verdict', verdict, lang)}"
            )
            permits = [str(permit) for permit in of_verdict.get("permit", pd.Series(dtype="object")).unique() if permit]
            if permits:
                needed = ", ".join(value_text("permit", permit, lang) for permit in permits)
                said += f" ({word('needs', lang)} {needed})"
            elif verdict == "ok" and of_verdict["margin"].notna().any():
                least = _figure(float(of_verdict["margin"].min()), str(group["unit"].iloc[0]), lang)
                said += f" ({word('least_margin', lang)} {least})"
            parts.append(said)
        found.append(
            {
                "title": capitalise(column_text(str(limit), lang)),
                "sub": "; ".join(parts),
                "verdict": str(group["verdict"].iloc[0]),
                "edge_id": group["edge_id"].iloc[0],
            }
        )
    return found


def obstacles(network: Network, why: pd.DataFrame, *, lang: Lang, names: Names = None) -> gpd.GeoDataFrame:
    """What refuses a mode, row by row of `Plan.why`, with the place where it does.

    Columns: mode, title, said, and the geometry of the structure or edge; None where a vehicle refuses the load.
    """
    structure = why["structure_id"].astype("object").fillna("")
    edge = why["edge_id"].astype("object").fillna("")
    at_structure, at_edge = are_known(structure, network.structures.index), are_known(edge, network.edges.index)
    named_structures = structure_titles(
        network.structures.loc[structure[at_structure].unique()], lang=lang, names=names
    )
    named_edges = edge_titles(network.edges.loc[edge[at_edge].unique()], lang=lang, names=names)
    titles, texts, geometry = [], [], []
    for row, st, ed in zip(why.itertuples(index=False), structure, edge, strict=True):
        limit = capitalise(column_text(str(row.limit), lang))
        if st in named_structures.index:
            titles.append(named_structures[st])
            geometry.append(network.structures.geometry[st])
        elif ed in named_edges.index:
            more = int(getattr(row, "edges", 1) or 1) - 1
            behind = " " + word("more_sections", lang).format(n=more) if more > 1 else ""
            own = (names or {}).get(ed) or getattr(row, "name", "") or named_edges[ed]
            titles.append(f"{own}{behind}")
            geometry.append(network.edges.geometry[ed])
        elif row.limit == "connection":
            titles.append(capitalise(word("no_connection", lang)))
            geometry.append(None)
            texts.append("")
            continue
        else:
            titles.append(capitalise(value_text("vehicle", row.vehicle, lang)))
            geometry.append(None)
        said = f"{limit}: {margin_text(row, lang)}"
        if geometry[-1] is None:
            given = _figure(row.limit_value, str(row.unit), lang)
            said = f"{capitalise(word('load_refused', lang))}. {limit}: {given}"
        texts.append(said)
    return gpd.GeoDataFrame(
        {"mode": why["mode"].to_numpy(), "title": titles, "said": texts},
        geometry=gpd.GeoSeries(geometry, crs=network.crs),
    )


def margin_text(row: object, lang: Lang) -> str:
    """A margin in words: verdict, need, limit and what is left between them, what it rests on, the permit it needs."""
    unit = str(getattr(row, "unit", "") or "")
    need = _figure(getattr(row, "need_value", None), unit, lang)
    limit = _figure(getattr(row, "limit_value", None), unit, lang)
    verdict = value_text("verdict", getattr(row, "verdict", ""), lang)
    parts = [f"{column_text('need_value', lang)} {need}", f"{column_text('limit_value', lang)} {limit}"]
    left = getattr(row, "margin", None)
    if isinstance(left, int | float | np.number) and np.isfinite(left):
        parts.append(f"{column_text('margin', lang)} {'+' if left > 0 else ''}{_figure(left, unit, lang)}")
    if permit := str(getattr(row, "permit", "") or ""):
        parts.append(f"{word('needs', lang)} {value_text('permit', permit, lang)}")
    basis = value_text("basis", getattr(row, "basis", "") or "", lang)
    return f"{verdict} – {', '.join(parts)}" + (f" ({basis})" if basis and basis != verdict else "")


def no_margins() -> pd.DataFrame:
    """A table of margins without rows."""
    columns = ("structure_id", "edge_id", "limit", "limit_value", "need_value", "margin", "unit", "verdict", "basis")
    return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})


def no_obstacles() -> pd.DataFrame:
    """A table of obstacles without rows."""
    columns = ("mode", "vehicle", "structure_id", "edge_id", "limit", "limit_value", "need_value", "unit", "verdict")
    return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})


def worst_first(margins: pd.DataFrame) -> pd.DataFrame:
    """By verdict, then by the margin as a share of the need."""
    severity = margins["verdict"].map(SEVERITY).astype("float64").fillna(1.0)
    margin = pd.to_numeric(margins["margin"], errors="coerce")
    need = pd.to_numeric(margins["need_value"], errors="coerce").abs()
    share = (margin / need.where(need > 0)).fillna(np.inf)
    return margins.iloc[np.lexsort((share, -severity))]


def _figure(value: object, unit: str, lang: Lang) -> str:
    """A number with the words for its unit; a text such as a loading gauge as it is."""
    if value is None or (isinstance(value, str) and not value):
        return number_text(float("nan"), lang)
    if not isinstance(value, int | float | np.number):
        return str(value)
    number = float(value)
    # Heights and widths always to the centimetre; 390 t needs no decimal.
    digits = 0 if number.is_integer() and unit != "m" else digits_of_unit(unit)
    text = number_text(number, lang, digits=digits)
    return f"{text}\u00a0{unit_word(unit, lang)}" if unit and np.isfinite(number) else text


def _has_structure(margins: pd.DataFrame) -> np.ndarray:
    ids = margins["structure_id"].astype("object")
    return (ids.notna() & (ids != "")).to_numpy(dtype=bool)
