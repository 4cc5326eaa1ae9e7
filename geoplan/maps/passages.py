"""What a transport passes on its way: the margins of a plan as marks at structures and as stretches of line."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, capitalise, column_text, unit_word, value_text
from geoplan.maps.titles import structure_titles
from geoplan.network.network import Network

SEVERITY = {"ok": 0, "unknown": 1, "not_ok": 2}


def structure_passages(
    network: Network, margins: pd.DataFrame, *, lang: Lang, names: Mapping[Hashable, str] | None = None
) -> gpd.GeoDataFrame:
    """One row for each structure in `margins`, the worst first.

    Columns: title, verdict (the worst of its limits), `text` (all limits in words), `summary` (the binding one), one
    text column for each limit, and the structure's own geometry.
    """
    own = margins[_has_structure(margins)]
    structures = network.structures.loc[own["structure_id"].drop_duplicates()]
    if own.empty:
        return gpd.GeoDataFrame(
            {"title": [], "verdict": [], "summary": []}, geometry=gpd.GeoSeries([], crs=network.crs)
        )
    # The same structure may stand at several edges of the way; a limit is said once, at its worst.
    worst = _worst_first(own).drop_duplicates(["structure_id", "limit"])
    said = worst.assign(said=[margin_text(row, lang) for row in worst.itertuples(index=False)])
    by_limit = said.pivot_table(index="structure_id", columns="limit", values="said", aggfunc="first")
    first = said.drop_duplicates("structure_id").set_index("structure_id")
    order = first.index
    table = structures.loc[order, [network.structures.geometry.name]].join(by_limit)
    table.insert(0, "title", structure_titles(network.structures.loc[order], lang=lang, names=names))
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
    return (
        pd.Series(words, index=pd.Index(rows["edge_id"], name="edge_id"), dtype="object")
        .groupby(level=0, sort=False)
        .agg("; ".join)
    )


def margin_text(row: object, lang: Lang) -> str:
    """A margin in words: verdict, need, limit and what is left between them, and what the limit rests on."""
    unit = unit_word(str(getattr(row, "unit", "") or ""), lang)
    need = _figure(getattr(row, "need_value", None), unit, lang)
    limit = _figure(getattr(row, "limit_value", None), unit, lang)
    left = getattr(row, "margin", None)
    verdict = value_text("verdict", getattr(row, "verdict", ""), lang)
    parts = [f"{column_text('need_value', lang)} {need}", f"{column_text('limit_value', lang)} {limit}"]
    if isinstance(left, int | float | np.number) and np.isfinite(left):
        sign = "+" if left > 0 else ""
        parts.append(f"{column_text('margin', lang)} {sign}{_figure(left, unit, lang)}")
    basis = value_text("basis", getattr(row, "basis", "") or "", lang)
    return f"{verdict} – {', '.join(parts)}" + (f" ({basis})" if basis and basis != verdict else "")


def _figure(value: object, unit: str, lang: Lang) -> str:
    """A number with its unit; a text such as a loading gauge as it is."""
    if value is None or (isinstance(value, str) and not value):
        return number_text(float("nan"), lang)
    if not isinstance(value, int | float | np.number):
        return str(value)
    text = number_text(float(value), lang)
    return f"{text}\u00a0{unit}" if unit and np.isfinite(value) else text


def _has_structure(margins: pd.DataFrame) -> np.ndarray:
    return (margins["structure_id"].notna() & (margins["structure_id"].astype("object") != "")).to_numpy()


def _worst_first(margins: pd.DataFrame) -> pd.DataFrame:
    """By verdict, then by the margin as a share of the need."""
    severity = margins["verdict"].map(SEVERITY).fillna(1)
    margin = pd.to_numeric(margins["margin"], errors="coerce")
    need = pd.to_numeric(margins["need_value"], errors="coerce").abs()
    share = (margin / need.where(need > 0)).fillna(np.inf)
    return margins.iloc[np.lexsort((share, -severity))]
