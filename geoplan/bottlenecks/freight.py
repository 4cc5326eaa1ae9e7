"""What a place means to heavy transports: does it let them by, what lifting its limits saves, what closing costs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cache, partial

import numpy as np
import pandas as pd

from geoplan.bottlenecks.gains import plan_again
from geoplan.heavy_haul.fixes import apply_fixes
from geoplan.heavy_haul.plan import Plan
from geoplan.network.network import Network
from geoplan.network.schema import LIMITS
from geoplan.vehicles.limits import margins

WORST = {"ok": 0, "unknown": 1, "not_ok": 2}
LIMIT_COLUMNS = (
    "transport",
    "vehicle",
    "structure_id",
    "edge_id",
    "limit",
    "limit_value",
    "need_value",
    "margin",
    "unit",
    "verdict",
    "basis",
)
FREIGHT_COLUMNS = (
    "transport",
    "here",
    "mode",
    "vehicle",
    "verdict",
    "limit",
    "margin",
    "unit",
    "lifted",
    "saved_sek",
    "closed",
    "extra_sek",
    "trips_per_year",
    "tonnes_per_year",
    "saved_sek_per_year",
    "extra_sek_per_year",
)


def place_freight(
    network: Network,
    plans: Mapping[str, Plan],
    edges: pd.Index,
    structures: Sequence[Hashable],
    *,
    trips_per_year: Mapping[str, float] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each heavy transport at one place, and the tightest of each limit there.

    Of the vehicles that the plan tried, the one that goes here is looked at; where the transport does not go here, the
    one that comes nearest to passing.

    Parameters
    ----------
    plans
        By name, made on `network`.
    edges, structures
        Of the place.
    trips_per_year
        By name; NaN for those left out.

    Returns
    -------
    A table with `FREIGHT_COLUMNS`, one row a transport and mode that could come here: here (its plan does), verdict and
    the worst limit with its margin; lifted (opens: it gets out only when the limits of the place are gone; saves:
    its plan gets cheaper by saved_sek a trip; "" neither) and closed (stops: closing the place leaves it no way; round:
    it goes another way for extra_sek a trip more; "" it does not go here).
    A table with `LIMIT_COLUMNS`, one row a transport, vehicle and kind of limit.
    """
    often = trips_per_year or {}
    rows, limits = [], []
    freed, shut = cache(partial(_freed, network, edges, structures)), cache(partial(_shut, network, edges))
    for name, plan in plans.items():
        for mode, (vehicle, found) in _vehicles(network, plan, edges).items():
            tightest = _tightest(found)
            limits.append(tightest.assign(transport=name, vehicle=vehicle))
            worst = tightest.iloc[0]
            of_mode = edges[(network.edges.loc[edges, "mode"] == mode).to_numpy()]
            here = bool(len(plan.edges)) and bool(plan.edges.index.isin(of_mode).any())
            lifted, saved = _lifted(freed(), plan) if worst["verdict"] == "not_ok" else ("", np.nan)
            closed, extra = _closed(shut(), plan) if here else ("", np.nan)
            trips = float(often.get(name, np.nan))
            row = {"transport": name, "here": here, "mode": mode, "vehicle": vehicle, "trips_per_year": trips}
            row |= {column: worst[column] for column in ("verdict", "limit", "margin", "unit")}
            row |= {"lifted": lifted, "saved_sek": saved, "closed": closed, "extra_sek": extra}
            row |= {"saved_sek_per_year": saved * trips, "extra_sek_per_year": extra * trips}
            rows.append(row | {"tonnes_per_year": plan.load.weight_t * trips})
    filled = [table for table in limits if len(table)]
    told = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(LIMIT_COLUMNS))
    return pd.DataFrame(rows, columns=list(FREIGHT_COLUMNS)), told[list(LIMIT_COLUMNS)]


def _vehicles(network: Network, plan: Plan, edges: pd.Index) -> dict[str, tuple[str, pd.DataFrame]]:
    """By mode the vehicle that goes here, else the one that comes nearest to passing, and its margins here."""
    used = set(plan.edges.loc[plan.edges.index.isin(edges), "vehicle"]) if len(plan.edges) else set()
    best: dict[str, tuple[tuple[float, ...], str, pd.DataFrame]] = {}
    for vehicle in plan.vehicles:
        found = margins(network, vehicle, edges, **plan.options)
        if found.empty:
            continue
        mode = str(found["mode"].iloc[0])
        share = (found["margin"] / found["limit_value"]).min()
        key = (
            float(vehicle.name not in used),
            float(found["verdict"].map(WORST).max()),
            -float(share) if np.isfinite(share) else 0.0,
        )
        if mode not in best or key < best[mode][0]:
            best[mode] = (key, vehicle.name, found)
    return {mode: (name, found) for mode, (_, name, found) in best.items()}


def _tightest(found: pd.DataFrame) -> pd.DataFrame:
    """One row a limit, the worst verdict first and then the least margin for its limit."""
    order = np.lexsort(
        (
            (found["margin"] / found["limit_value"]).fillna(0.0).to_numpy(),
            -found["verdict"].map(WORST).to_numpy(dtype=np.float64),
        )
    )
    return found.iloc[order].drop_duplicates("limit")


def _freed(network: Network, edges: pd.Index, structures: Sequence[Hashable]) -> Network:
    """The network without the limits of the place."""
    table = network.edges.copy()
    table.loc[edges, list(LIMITS)] = np.inf
    return apply_fixes(network.replace(edges=table), structures)


def _shut(network: Network, edges: pd.Index) -> Network:
    """The network with the place closed."""
    table = network.edges.copy()
    table.loc[edges, "status"] = "closed"
    return network.replace(edges=table)


def _lifted(freed: Network, plan: Plan) -> tuple[str, float]:
    """What the transport does once no limit of the place is left."""
    after = plan_again(freed, plan)
    if not plan.feasible:
        return ("opens" if after.feasible else "", np.nan)
    saved = plan.cost_sek - after.cost_sek
    return ("saves", saved) if saved > 0.5 else ("", 0.0)


def _closed(shut: Network, plan: Plan) -> tuple[str, float]:
    """What the transport does when the place is closed."""
    after = plan_again(shut, plan)
    return ("round", after.cost_sek - plan.cost_sek) if after.feasible else ("stops", np.nan)
