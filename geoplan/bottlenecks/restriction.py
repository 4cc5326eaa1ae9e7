"""Which heavy transports a structure or section stops, or lets pass only when something not known turns out well."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geoplan.heavy_haul.plan import Plan

COLUMNS = (
    "structure_id",
    "edge_id",
    "mode",
    "limit",
    "verdict",
    "margin",
    "unit",
    "n_sections",
    "transports",
    "n_transports",
    "trips_per_year",
    "basis",
    "source",
)


def restrictions(plans: Mapping[str, Plan], *, trips_per_year: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Places that bind the transports, worst first.

    Parameters
    ----------
    plans
        Plan of each transport by name; what it refuses (`why`) and what it passes (`margins`) both count.
    trips_per_year
        How often each goes; NaN (not known) for those left out.

    Returns
    -------
    Table with one row for each place and limit: structure_id, edge_id (the first of n_sections), mode, limit, verdict
    (not_ok or unknown), margin (the worst; NaN when the limit is not known), unit, n_sections, transports (names),
    n_transports, trips_per_year, basis, source.
    """
    often = trips_per_year or {}
    parts = []
    for name, plan in plans.items():
        passed = plan.margins[plan.margins["verdict"].isin(["not_ok", "unknown"])]
        refused = plan.why.assign(verdict="not_ok", margin=-plan.why["excess"])
        found = [table for table in (passed, refused) if len(table)]
        parts += [table.assign(transport=name, trips=float(often.get(name, np.nan))) for table in found]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = pd.concat(parts, ignore_index=True)
    # What is no place (no continuous railway, no wagon that takes the load) is told with the plan, not ranked here.
    rows = rows[(rows["structure_id"] != "") | (rows["edge_id"].astype("object") != "")].reset_index(drop=True)
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    # A structure is one place on all its edges, and a section that stops a transport is its own place. What is only
    # not known holds for whole roads (a bearing class that nobody has read): one row for all sections of a limit.
    structure = rows["structure_id"].astype("str")
    alone = (structure == "") & (rows["verdict"] == "not_ok")
    rows["place"] = np.where(
        structure != "", "s:" + structure, np.where(alone, "e:" + rows["edge_id"].astype("str"), "")
    )
    rows["edge_id"] = rows["edge_id"].astype(object).where(structure == "", "")
    keys = ["place", "mode", "limit"]
    worst = rows.assign(order=rows["verdict"].map({"not_ok": 0, "unknown": 1})).sort_values(["order", "margin"])
    first = worst.drop_duplicates(keys).set_index(keys)
    first["n_sections"] = rows.groupby(keys, sort=False)["edge_id"].nunique()
    once = rows.drop_duplicates([*keys, "transport"]).groupby(keys, sort=False)
    first["transports"] = once["transport"].agg(", ".join)
    first["n_transports"] = once["transport"].size()
    first["trips_per_year"] = once["trips"].sum(min_count=1)
    first = first.sort_values(["order", "n_transports"], ascending=[True, False], kind="stable")
    return first.reset_index()[list(COLUMNS)]
