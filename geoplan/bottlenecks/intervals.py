"""How firm is a rank: the register again and again with what is assumed drawn at random.

Only what the tables mark as assumed is drawn, and the study's own assumptions (closures a year, peak hours, the level
of demand). Measured values stay. Restrictions of heavy transports carry no vehicle hours and get no interval here.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as change

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.assignment.equilibrium import assign
from geoplan.bottlenecks.closures import Closures, find_closures, measure, pose
from geoplan.bottlenecks.congestion import congestion
from geoplan.demand.demand import Demand
from geoplan.errors import DataError
from geoplan.network.network import Network

FloatArray = NDArray[np.float64]
GAP = 1e-5  # relative gap of the drawn assignments: far finer than the spread
_KEEP = ("graph", "search_graph")  # of the network's cache: made of nodes, ends and turns only


@dataclass(frozen=True)
class AssumedSpread:
    """Standard deviation of the logarithm of what is assumed (0.2: about 20 %); themselves assumptions, to be shown.

    speed, capacity: edges whose own is assumed, one factor a way; activity: workers and jobs of zones where they are
    assumed; demand: level of all trips; peak_hours: hours a year; closures: closures a year, one factor a place.
    """

    speed: float = 0.10
    capacity: float = 0.20
    activity: float = 0.25
    demand: float = 0.15
    peak_hours: float = 0.20
    closures: float = 0.70


def rank_intervals(
    network: Network,
    demand: Demand,
    register: pd.DataFrame,
    *,
    peak_hours_per_year: float,
    closures_per_year: float,
    closure_hours: float,
    draws: int = 50,
    seed: int = 0,
    spread: AssumedSpread | None = None,
    coverage: float = 0.9,
) -> pd.DataFrame:
    """Interval of the rank of every place of a register, and of its loss a year.

    Parameters
    ----------
    register
        From `rank_bottlenecks`; ranks are counted among its rows with `annual_vehh`.
    peak_hours_per_year, closures_per_year, closure_hours
        As the register was made with.
    draws, seed
        Number of draws; the same seed gives the same table.
    coverage
        Share of the draws within the interval.

    Returns
    -------
    Table with the index of the register: rank_low, rank_high (the best and worst rank of the interval), annual_low,
    annual_high (vehicle hours a year), top_share (share of the draws in which the row is among the first five). NaN for
    rows without vehicle hours. `attrs`: draws, seed, coverage, spread, and the shares of edges and zones that were
    drawn.
    """
    if draws < 2 or not 0 < coverage < 1:
        raise DataError("rank_intervals: at least 2 draws, and a coverage between 0 and 1")
    spread = spread or AssumedSpread()
    ranked = register[register["annual_vehh"].notna()]
    rng = np.random.default_rng(seed)
    shares = _drawn_shares(network, demand)
    closed = _closures_of(network, ranked)
    annual = np.empty((draws, len(ranked)))
    for k in range(draws):
        drawn_network, drawn_demand = draw_inputs(network, demand, rng, spread)
        hours = peak_hours_per_year * float(_factors(rng, spread.peak_hours, 1)[0])
        closures = closures_per_year * _factors(rng, spread.closures, len(ranked))
        annual[k] = _annual_losses(drawn_network, drawn_demand, ranked, closed, hours, closures, closure_hours)
    ranks = (-annual).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
    low, high = (1 - coverage) / 2, (1 + coverage) / 2
    table = pd.DataFrame(
        {
            "rank_low": np.quantile(ranks, low, axis=0, method="lower"),
            "rank_high": np.quantile(ranks, high, axis=0, method="higher"),
            "annual_low": np.quantile(annual, low, axis=0),
            "annual_high": np.quantile(annual, high, axis=0),
            "top_share": (ranks <= 5).mean(axis=0),
        },
        index=ranked.index,
        dtype=np.float64,
    ).reindex(register.index)
    table.attrs = {"draws": draws, "seed": seed, "coverage": coverage, "spread": spread}
    table.attrs.update(shares)
    return table


def draw_inputs(
    network: Network, demand: Demand, rng: np.random.Generator, spread: AssumedSpread
) -> tuple[Network, Demand]:
    """A network and demand in which what is assumed has been drawn anew."""
    edges = network.edges.copy()
    way = pd.factorize(edges["way_id"])[0]
    for column, sigma in (("speed_kmh", spread.speed), ("capacity_vph", spread.capacity)):
        factor = _factors(rng, sigma, int(way.max(initial=-1)) + 1)[way]
        edges[column] = np.where(_assumed(edges, column), edges[column] * factor, edges[column])
    zones = demand.zones
    rows = np.where(_assumed(zones, "employed_residents"), _factors(rng, spread.activity, len(zones)), 1.0)
    columns = np.where(_assumed(zones, "jobs"), _factors(rng, spread.activity, len(zones)), 1.0)
    level = float(_factors(rng, spread.demand, 1)[0])
    matrices = {name: table * rows[:, None] * columns * level for name, table in demand.matrices.items()}
    # Factors above zero keep a checked table right; the graphs do not change.
    kept = {key: network._cache[key] for key in _KEEP if key in network._cache}
    return change(network, edges=edges, _cache=kept), change(demand, matrices=matrices)


def _drawn_shares(network: Network, demand: Demand) -> dict[str, float]:
    """Shares of edges and zones whose values are drawn."""
    return {
        "assumed_speed": float(_assumed(network.edges, "speed_kmh").mean()),
        "assumed_capacity": float(_assumed(network.edges, "capacity_vph").mean()),
        "assumed_zones": float(_assumed(demand.zones, "employed_residents").mean()),
    }


def _assumed(table: pd.DataFrame, column: str) -> NDArray[np.bool_]:
    """Rows that name the column among their assumed ones."""
    if "assumed" not in table:
        return np.zeros(len(table), dtype=bool)
    return table["assumed"].str.split(",").map(lambda names: column in names).to_numpy(dtype=bool)


def _closures_of(network: Network, rows: pd.DataFrame) -> list[tuple[NDArray[np.bool_], pd.Index, Closures]]:
    """Rows of the register that are closed, the id of the closure of each, and the closures; the same in every draw."""
    result = []
    for kind, by, column in (("vulnerability", "edge", "edge_id"), ("structure", "structure", "structure_id")):
        mine = (rows["kind"] == kind).to_numpy()
        if mine.any():
            ids = pd.Index(rows.loc[mine, column])
            found = find_closures(network, by=by, among=ids.unique().to_list())
            result.append((mine, pd.Index(network.edges.loc[ids, "way_id"]) if by == "edge" else ids, found))
    return result


def _annual_losses(
    network: Network,
    demand: Demand,
    rows: pd.DataFrame,
    closed: list[tuple[NDArray[np.bool_], pd.Index, Closures]],
    hours: float,
    closures: FloatArray,
    closure_hours: float,
) -> FloatArray:
    """Vehicle hours a year of each row of the register; `closed` as from `_closures_of`."""
    result_of_draw = assign(network, demand, gap=GAP)
    flows = result_of_draw.flows
    delay = congestion(result_of_draw, network=network)["delay_vehh"].groupby(network.edges["way_id"]).sum()
    question = pose(network, demand, cost=flows["time_s"].reindex(network.edges.index).to_numpy())
    result = np.zeros(len(rows))
    jammed = (rows["kind"] == "congestion").to_numpy()
    way = network.edges["way_id"]
    result[jammed] = delay.reindex(way.loc[rows["edge_id"][jammed]]).fillna(0.0).to_numpy() * hours
    for mine, ids, found in closed:
        loss = measure(question, found, duration_h=closure_hours).closure_vehh.sum(axis=0)
        result[mine] = loss[found.ids.get_indexer(ids)] * closures[mine]
    return result


def _factors(rng: np.random.Generator, sigma: float, n: int) -> FloatArray:
    """Log-normal factors with median 1."""
    return np.exp(rng.normal(0.0, sigma, n))
