"""Gravity model and Furness: margins met, parameters found again, nothing lost in silence."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from shapely import Point

from geoplan.demand.demand import total
from geoplan.demand.furness import balance
from geoplan.demand.gravity import distribute, mean_trip_cost, shares_by_cost
from geoplan.errors import DataError, NotConvergedWarning


def make_zones(employed: list[float], jobs: list[float], **more: list) -> gpd.GeoDataFrame:
    ids = [f"z{k}" for k in range(len(employed))]
    return gpd.GeoDataFrame(
        {"node_id": [f"n{k}" for k in range(len(ids))], "employed_residents": employed, "jobs": jobs, **more},
        geometry=[Point(k, 0) for k in range(len(ids))],
        crs="EPSG:3006",
        index=pd.Index(ids, name="zone_id"),
    )


def make_skim(zones: gpd.GeoDataFrame, values: object) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(values, dtype=float), index=zones.index, columns=zones.index)


@pytest.fixture
def town() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Forty zones in a square of 60 x 60 minutes, seeded."""
    rng = np.random.default_rng(1)
    xy = rng.random((40, 2)) * 60
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 3 * np.eye(40)
    zones = make_zones(rng.gamma(1, 100, 40).tolist(), rng.gamma(0.5, 100, 40).tolist())
    zones["jobs"] *= zones["employed_residents"].sum() / zones["jobs"].sum()
    return zones, make_skim(zones, cost)


def test_two_by_two_by_hand() -> None:
    # f = [[1, r], [r, 1]] with margins (1, 1): by symmetry T = [[1, r], [r, 1]] / (1 + r).
    zones = make_zones([1, 1], [1, 1])
    r = np.exp(-0.5)
    demand = distribute(zones, make_skim(zones, [[2, 7], [7, 2]]), parameters={"beta": 0.1})
    expected = np.array([[1, r], [r, 1]]) / (1 + r)
    np.testing.assert_allclose(demand.matrices["car"], expected, rtol=1e-12)
    assert demand.meta["gravity"]["intrazonal_trips"] == pytest.approx(2 / (1 + r))
    assert demand.meta["gravity"]["mean_cost"] == pytest.approx((2 + 7 * r) / (1 + r))


def test_balance_equals_convex_program() -> None:
    # Furness minimises the relative entropy sum T log(T / F) - T over tables with the margins.
    rng = np.random.default_rng(3)
    seed, rows, columns = rng.random((3, 4)) + 0.1, np.array([3.0, 5, 2]), np.array([1.0, 4, 2, 3])
    result = balance(seed, rows, columns)
    ours = result.row_factor[:, None] * seed * result.column_factor
    margins = [lambda x, i=i: x.reshape(3, 4).sum(1)[i] - rows[i] for i in range(3)]
    margins += [lambda x, j=j: x.reshape(3, 4).sum(0)[j] - columns[j] for j in range(3)]
    best = minimize(
        lambda x: np.sum(x * np.log(x / seed.ravel()) - x),
        np.outer(rows, columns).ravel() / 10,
        constraints=[{"type": "eq", "fun": f} for f in margins],
        bounds=[(1e-9, None)] * 12,
        options={"ftol": 1e-14, "maxiter": 500},
    )
    np.testing.assert_allclose(ours.ravel(), best.x, atol=2e-5)
    assert result.converged and result.max_error <= 1e-10


@pytest.mark.parametrize(
    ("deterrence", "parameters"),
    [("exponential", {"beta": 0.08}), ("power", {"alpha": 1.7}), ("tanner", {"alpha": 0.6, "beta": 0.05})],
)
def test_finds_the_parameters_again(town, deterrence, parameters) -> None:
    zones, skim = town
    made = distribute(zones, skim, deterrence=deterrence, parameters=parameters)
    record = made.meta["gravity"]
    trips = made.matrices["car"].to_numpy()
    np.testing.assert_allclose(trips.sum(1), zones["employed_residents"], atol=1e-7)
    np.testing.assert_allclose(trips.sum(0), zones["jobs"], atol=1e-7)
    given = {name: value for name, value in parameters.items() if name == "alpha" and deterrence == "tanner"}
    by_mean = distribute(zones, skim, deterrence=deterrence, mean_cost=record["mean_cost"], parameters=given)
    assert by_mean.meta["gravity"]["parameters"] == pytest.approx(parameters, rel=1e-6)
    assert by_mean.meta["gravity"]["mean_cost"] == pytest.approx(record["mean_cost"], rel=1e-8)

    bands = pd.IntervalIndex.from_breaks([0, 5, 10, 15, 20, 30, 40, 90])
    shares = pd.Series(shares_by_cost(trips, skim.to_numpy(), bands), index=bands)
    by_shares = distribute(zones, skim, deterrence=deterrence, trip_shares=shares)
    assert by_shares.meta["gravity"]["parameters"] == pytest.approx(parameters, rel=1e-4)


def test_groups_share_the_jobs(town) -> None:
    zones, skim = town
    zones = zones.assign(women=zones["employed_residents"] * 0.4, men=zones["employed_residents"] * 0.6)
    demand = distribute(zones, skim, parameters={"beta": 0.1}, productions={"women": "women", "men": "men"})
    assert demand.classes == ("women", "men")
    assert total(demand, "women") == pytest.approx(zones["women"].sum())
    both = demand.matrices["women"] + demand.matrices["men"]
    np.testing.assert_allclose(both.sum(), zones["jobs"], atol=1e-6)
    together = distribute(zones, skim, parameters={"beta": 0.1})
    np.testing.assert_allclose(both, together.matrices["car"], atol=1e-6)


def test_unequal_totals_and_zero_margins_are_reported(caplog) -> None:
    zones = make_zones([10, 0, 30], [20, 60, 0])
    skim = make_skim(zones, np.full((3, 3), 5.0))
    with caplog.at_level(logging.INFO):
        demand = distribute(zones, skim, parameters={"beta": 0.1})
    record = demand.meta["gravity"]
    assert record["scaled"] == {"attractions": 0.5} and "80.0 end" in caplog.text
    assert record["zones_without_productions"] == ["z1"] and record["zones_without_attractions"] == ["z2"]
    np.testing.assert_allclose(demand.matrices["car"], [[2.5, 7.5, 0], [0, 0, 0], [7.5, 22.5, 0]])
    other = distribute(zones, skim, parameters={"beta": 0.1}, keep="attractions")
    assert total(other) == pytest.approx(80)
    assert total(distribute(zones, skim, parameters={"beta": 0.1}, keep="mean")) == pytest.approx(60)


def test_observed_cells_stay(town) -> None:
    zones, skim = town
    observed = pd.DataFrame(np.nan, index=zones.index, columns=zones.index)
    observed.loc["z0", "z5"] = 12.5
    observed.loc["z3", "z3"] = 0.0
    demand = distribute(zones, skim, parameters={"beta": 0.1}, observed=observed)
    trips = demand.matrices["car"]
    assert trips.loc["z0", "z5"] == 12.5 and trips.loc["z3", "z3"] == 0.0
    np.testing.assert_allclose(trips.sum(axis=1), zones["employed_residents"], atol=1e-6)
    np.testing.assert_allclose(trips.sum(axis=0), zones["jobs"], atol=1e-6)
    assert demand.meta["gravity"]["observed_cells"] == 2
    observed.loc["z0", "z5"] = zones.loc["z0", "employed_residents"] + 1
    over = distribute(zones, skim, parameters={"beta": 0.1}, observed=observed)
    assert over.meta["gravity"]["observed_above_productions"] == ["z0"]
    assert over.matrices["car"].loc["z0", "z5"] == observed.loc["z0", "z5"]


def test_disconnected_zones_warn_and_name_themselves() -> None:
    zones = make_zones([10, 10], [20, 0])
    skim = make_skim(zones, [[1, np.inf], [np.inf, 1]])
    with pytest.warns(NotConvergedWarning, match="1 zones reach none"):
        demand = distribute(zones, skim, parameters={"beta": 0.1})
    assert demand.meta["gravity"]["lost_productions"] == ["z1"]
    assert not demand.meta["gravity"]["converged"]


def test_costs_within_zones_and_shared_nodes() -> None:
    zones = make_zones([1, 1, 1], [1, 1, 1])
    zones["node_id"] = ["n0", "n0", "n2"]
    skim = pd.DataFrame([[0.0, 8], [8, 0.0]], index=["n0", "n2"], columns=["n0", "n2"])
    demand = distribute(zones, skim, deterrence="power", parameters={"alpha": 1.0})
    record = demand.meta["gravity"]
    assert record["intrazonal_by_rule"] == 3 and record["zero_cost_pairs_by_rule"] == 2
    assert np.isfinite(demand.matrices["car"].to_numpy()).all()
    own = pd.Series([2.0, 2.0, 2.0], index=zones.index)
    skim = make_skim(zones, [[0, 6, 6], [6, 0, 6], [6, 6, 0]])
    with_own = distribute(zones, skim, parameters={"beta": 0.1}, intrazonal_cost=own)
    assert "intrazonal_rule" not in with_own.meta["gravity"]


def test_refusals(town) -> None:
    zones, skim = town
    with pytest.raises(DataError, match=r"jobs is unknown in 1 row .*estimate_activity"):
        distribute(zones.assign(jobs=zones["jobs"].mask(zones.index == "z4")), skim, parameters={"beta": 1})
    with pytest.raises(DataError, match=r"no rows for zones: 1 row \(first: z0\)"):
        distribute(zones, skim.drop(index="z0"), parameters={"beta": 1})
    with pytest.raises(DataError, match="give beta in parameters"):
        distribute(zones, skim)
    with pytest.raises(DataError, match="without any deterrence"):
        distribute(zones, skim, mean_cost=500)
    with pytest.raises(DataError, match="larger mean cost"):
        distribute(zones, skim, mean_cost=0.01)
    with pytest.raises(DataError, match="not known; use one of exponential"):
        distribute(zones, skim, deterrence="gamma", parameters={})
    with pytest.raises(DataError, match="all attractions are 0"):
        distribute(zones.assign(jobs=0.0), skim, parameters={"beta": 1})


def test_one_zone_and_nobody() -> None:
    zones = make_zones([5], [5])
    demand = distribute(zones, make_skim(zones, [[0]]), parameters={"beta": 0.1})
    assert demand.matrices["car"].iloc[0, 0] == pytest.approx(5)
    nobody = distribute(make_zones([0], [0]), make_skim(zones, [[0]]), parameters={"beta": 0.1})
    assert total(nobody) == 0 and np.isnan(mean_trip_cost(np.zeros((1, 1)), np.ones((1, 1))))
