"""What it would save if a limit were gone: SEK and tonnes a year of heavy transports that it stops or sends round."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from geoplan.heavy_haul.fixes import apply_fixes
from geoplan.heavy_haul.plan import Plan, plan_transport
from geoplan.network.network import Network
from geoplan.network.schema import LIMITS
from geoplan.vehicles.limits import margins

COLUMNS = (
    "transport",
    "structure_id",
    "mode",
    "limit",
    "need_value",
    "opens",
    "before_sek",
    "after_sek",
    "saved_sek",
    "trips_per_year",
    "saved_sek_per_year",
    "tonnes_per_year",
)


def lift_gains(
    network: Network, plans: Mapping[str, Plan], *, trips_per_year: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Each limit that refuses a transport or keeps it off its best way, lifted alone, and the transport planned again.

    A structure is lifted with all its limits; a limit of sections is lifted on all sections of the mode that are below
    what the transport needs. A loading gauge is a shape and is not lifted here.

    Parameters
    ----------
    plans
        By name, made on `network`.
    trips_per_year
        How often each transport goes; NaN for those left out.

    Returns
    -------
    Table with the columns `COLUMNS`, most saved first: need_value (NaN for a structure), opens (the transport gets
    through only then), saved_sek (NaN when it opens: what it costs today is not known), saved_sek_per_year,
    tonnes_per_year (of the transport). Limits that change nothing by themselves are left out.
    """
    often = trips_per_year or {}
    rows = []
    for name, plan in plans.items():
        if not plan.vehicles:
            continue
        for structure, mode, limit, need in _obstacles(network, plan):
            lifted = lift_limit(network, structure, mode, limit, need)
            if lifted is None:
                continue
            after = plan_again(lifted, plan)
            opens = after.feasible and not plan.feasible
            saved = plan.cost_sek - after.cost_sek if plan.feasible and after.feasible else np.nan
            if not opens and not saved > 0.5:  # less than one SEK is rounding
                continue
            trips = float(often.get(name, np.nan))
            rows.append(
                (
                    name,
                    structure,
                    mode,
                    limit,
                    need,
                    opens,
                    plan.cost_sek if plan.feasible else np.nan,
                    after.cost_sek,
                    saved,
                    trips,
                    saved * trips,
                    plan.load.weight_t * trips,
                )
            )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = np.lexsort((-table["saved_sek_per_year"].fillna(0.0).to_numpy(), ~table["opens"].to_numpy(dtype=bool)))
    return table.iloc[order].reset_index(drop=True)


def _obstacles(network: Network, plan: Plan) -> list[tuple[Hashable, str, str, float]]:
    """What stands between the transport and its best way: structures, and limits of sections with the most needed.

    The best way is that of a network without limits; what refuses other modes altogether counts too.
    """
    best = plan_again(_without_limits(network), plan)
    tables = [plan.why]
    for vehicle in best.vehicles:
        edges = best.edges.index[best.edges["vehicle"] == vehicle.name]
        if len(edges):
            found = margins(network, vehicle, edges, **plan.options)
            tables.append(found[found["verdict"] == "not_ok"])
    rows = pd.concat([t[["structure_id", "mode", "limit", "need_value"]] for t in tables if len(t)] or [plan.why])
    bridges = rows[rows["structure_id"] != ""].drop_duplicates("structure_id")
    result: list[tuple[Hashable, str, str, float]] = [
        (structure, str(mode), "", np.nan) for structure, mode in bridges[["structure_id", "mode"]].to_numpy()
    ]
    sections = rows[(rows["structure_id"] == "") & rows["limit"].isin(LIMITS)]
    most = sections.groupby(["mode", "limit"], as_index=False)["need_value"].max()
    return result + [("", str(mode), str(limit), float(need)) for mode, limit, need in most.to_numpy()]


def _without_limits(network: Network) -> Network:
    free = apply_fixes(network, network.structures.index)
    return free.replace(edges=free.edges.assign(**dict.fromkeys(LIMITS, np.inf)))


def lift_limit(network: Network, structure: Hashable, mode: str, limit: str, need: float) -> Network | None:
    """The network without a structure's limits, or without a limit of the mode's sections where it is below the need.

    None where no section is.
    """
    if structure != "":
        return apply_fixes(network, [structure])
    edges = network.edges
    below = (edges["mode"] == mode) & (edges[limit] < need)
    if not below.any():
        return None
    return network.replace(edges=edges.assign(**{limit: edges[limit].mask(below, np.inf)}))


def plan_again(network: Network, plan: Plan) -> Plan:
    return plan_transport(
        network,
        plan.origin,
        plan.destination,
        plan.load,
        vehicles=plan.vehicles,
        **plan.options,
    )
