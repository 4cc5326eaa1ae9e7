"""As many live and work in each municipality as statistics say: the figures by hand, and the balance by a solver."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from shapely import Point

from geoplan.demand.containment import balance_blocks, distribute_contained, self_containment
from geoplan.demand.gravity import distribute
from geoplan.errors import DataError, NotConvergedWarning

COUNT = st.floats(1, 1e5)


def make_zones(codes: str, employed: list[float], jobs: list[float]) -> gpd.GeoDataFrame:
    ids = [f"z{k}" for k in range(len(employed))]
    return gpd.GeoDataFrame(
        {"node_id": ids, "municipality_code": list(codes), "employed_residents": employed, "jobs": jobs},
        geometry=[Point(k, 0) for k in range(len(ids))],
        crs="EPSG:3006",
        index=pd.Index(ids, name="zone_id"),
    )


def make_skim(zones: gpd.GeoDataFrame, values: object) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(values, dtype=float), index=zones.index, columns=zones.index)


def shares(own: dict[str, float], **outside: float) -> pd.DataFrame:
    return pd.DataFrame({"own_share": own, "outside_share": pd.Series({**dict.fromkeys(own, 0.0), **outside})})


def figures(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=list("abcd")[: len(next(iter(columns.values())))])


def own_trips(demand, zones: gpd.GeoDataFrame) -> dict[str, float]:
    matrix, code = demand.matrices["car"].to_numpy(), zones["municipality_code"].to_numpy()
    return {m: matrix[np.ix_(code == m, code == m)].sum() for m in dict.fromkeys(code)}


# Five zones in three municipalities:   a: z0 z1 | b: z2 z3 | c: z4
@pytest.fixture
def region():
    zones = make_zones("aabbc", [60, 40, 80, 20, 50], [50, 30, 60, 50, 60])
    rng = np.random.default_rng(7)
    xy = rng.random((5, 2)) * 30
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 4 * np.eye(5)
    return zones, make_skim(zones, cost), shares({"a": 0.6, "b": 0.7, "c": 0.8})


# ---- what the statistics say


def test_ludvika_by_hand():
    # 849 more come in than go out, 0.7151 commuters for each who works at home, 11,487 employed residents:
    # out = (0.7151 x 11487 - 849) / 2.7151 = 2712.7, own = 8774.3 (76 %), in = 3561.7.
    told = figures(net_commuting=[849.0], commuters_per_non_commuter=[0.7151])
    row = self_containment(told, pd.Series({"a": 11487.0})).loc["a"]
    assert row["commute_out"] == pytest.approx(2712.74, abs=0.01)
    assert row["live_and_work"] == pytest.approx(8774.26, abs=0.01)
    assert row["commute_in"] == pytest.approx(3561.74, abs=0.01)
    assert row["own_share"] == pytest.approx(0.7638, abs=1e-4) and row["met"]


@given(own=COUNT, out=COUNT, into=COUNT)
def test_finds_the_commuters_behind_the_figures_again(own, out, into):
    told = figures(net_commuting=[into - out], commuters_per_non_commuter=[(into + out) / own])
    row = self_containment(told, pd.Series({"a": own + out})).loc["a"]
    assert row["live_and_work"] == pytest.approx(own, rel=1e-6, abs=1e-6 * (own + out + into))
    assert row["commute_out"] == pytest.approx(out, rel=1e-6, abs=1e-6 * (own + out + into))
    assert row["commute_in"] == pytest.approx(into, rel=1e-6, abs=1e-6 * (own + out + into))


def test_figures_that_contradict_each_other_are_named(caplog):
    # a: nobody commutes, yet 10 more come in than go out. b: 150 more leave than come, of 100 residents.
    told = figures(net_commuting=[10.0, -150.0, 0.0], commuters_per_non_commuter=[0.0, 1.0, 1.0])
    with caplog.at_level(logging.WARNING):
        table = self_containment(told, pd.Series({"a": 100.0, "b": 100.0, "c": 100.0}))
    assert "the figures of a, b contradict each other" in caplog.text
    assert table["met"].to_list() == [False, False, True]
    assert table.loc["a", ["commute_out", "commute_in"]].to_list() == [0, 10]
    assert table.loc["b", ["live_and_work", "commute_out", "commute_in"]].to_list() == [0, 100, 0]


def test_what_is_not_known_stays_so():
    told = figures(net_commuting=[5.0, np.nan], commuters_per_non_commuter=[np.nan, 1.0])
    table = self_containment(told, pd.Series({"a": 100.0, "b": 100.0, "x": 100.0}))
    assert table[["live_and_work", "commute_out", "commute_in", "own_share"]].isna().all(axis=None)
    assert table.index.to_list() == ["a", "b", "x"] and (table["outside_share"] == 0).all()


def test_refused_figures():
    told = figures(net_commuting=[0.0, 0.0], commuters_per_non_commuter=[-1.0, 1.0], outside_share=[0.1, 1.2])
    with pytest.raises(DataError, match=r"b have an outside_share that is not between 0 and 1; .*a have commuters_per"):
        self_containment(told, pd.Series({"a": 1.0, "b": 1.0}))


# ---- the balance


def test_two_municipalities_of_one_zone_by_hand():
    # 70 of 100 and 30 of 50 work where they live, jobs 90 and 60: nothing is left to chance, whatever the costs.
    zones = make_zones("ab", [100, 50], [90, 60])
    demand = distribute_contained(
        zones, make_skim(zones, [[5, 9], [9, 5]]), shares({"a": 0.7, "b": 0.6}), parameters={"beta": 3.0}
    )
    np.testing.assert_allclose(demand.matrices["car"], [[70, 30], [20, 30]], rtol=1e-6)


def test_all_sums_are_met(region):
    zones, skim, told = region
    demand = distribute_contained(zones, skim, told, parameters={"beta": 0.1})
    matrix = demand.matrices["car"]
    np.testing.assert_allclose(matrix.sum(axis=1), zones["employed_residents"], rtol=1e-6)
    np.testing.assert_allclose(matrix.sum(axis=0), zones["jobs"], rtol=1e-6)
    assert own_trips(demand, zones) == pytest.approx({"a": 60, "b": 70, "c": 40}, rel=1e-6)
    told = demand.meta["containment"]
    assert told["reached"] == pytest.approx(told["wanted"], rel=1e-6) and told["not_met"] == []
    assert told["commuters_in_scaled"] == pytest.approx(1.0) and demand.meta["gravity"]["converged"]


def test_balance_equals_convex_program():
    # The three families of factors minimise the relative entropy sum T log(T / F) - T over tables with these sums.
    rng = np.random.default_rng(5)
    seed = rng.random((5, 5)) + 0.1
    rows, columns = np.array([60.0, 40, 80, 20, 50]) / 50, np.array([50.0, 30, 60, 50, 60]) / 50
    block, own = np.array([0, 0, 1, 1, 2]), np.array([60.0, 70, 40]) / 50
    found = balance_blocks(seed, rows, columns, block, own, tolerance=1e-12)
    k = np.where(block[:, None] == block, found.block_factor[block][:, None], 1.0)
    ours = seed * found.row_factor[:, None] * found.column_factor * k
    sums = [lambda x, i=i: x.reshape(5, 5).sum(1)[i] - rows[i] for i in range(5)]
    sums += [lambda x, j=j: x.reshape(5, 5).sum(0)[j] - columns[j] for j in range(4)]
    sums += [lambda x, m=m: x.reshape(5, 5)[np.ix_(block == m, block == m)].sum() - own[m] for m in range(3)]
    best = minimize(
        lambda x: np.sum(x * np.log(x / seed.ravel()) - x),
        np.outer(rows, columns).ravel() / rows.sum(),
        jac=lambda x: np.log(x / seed.ravel()),
        constraints=[{"type": "eq", "fun": f} for f in sums],
        bounds=[(1e-9, None)] * 25,
        options={"ftol": 1e-15, "maxiter": 500},
    )
    assert best.success
    np.testing.assert_allclose(ours.ravel(), best.x, atol=2e-5)


def test_own_trips_of_the_plain_gravity_need_no_factor(region):
    zones, skim, _ = region
    plain = distribute(zones, skim, parameters={"beta": 0.1})
    own = own_trips(plain, zones)
    made = zones.groupby("municipality_code")["employed_residents"].sum()
    told = shares({code: own[code] / made[code] for code in own})
    demand = distribute_contained(zones, skim, told, parameters={"beta": 0.1})
    np.testing.assert_allclose(demand.matrices["car"], plain.matrices["car"], rtol=1e-5)
    # Factors are found up to one common to all blocks only where nothing else ties them: here they are tied.
    assert list(demand.meta["containment"]["k_factor"].values()) == pytest.approx([1, 1, 1], rel=1e-4)


def test_municipality_without_figures_is_left_to_the_gravity(region):
    zones, skim, _ = region
    demand = distribute_contained(zones, skim, shares({"a": 0.6, "b": 0.7}), parameters={"beta": 0.1})
    told = demand.meta["containment"]
    assert told["municipalities_without_share"] == ["c"] and told["k_factor"]["c"] == 1.0
    assert np.isnan(told["wanted"]["c"]) and told["not_met"] == []
    np.testing.assert_allclose(demand.matrices["car"].sum(axis=1), zones["employed_residents"], rtol=1e-6)


def test_commuters_from_outside_are_no_trips_of_the_model(region):
    zones, skim, _ = region
    demand = distribute_contained(zones, skim, shares({"a": 0.6, "b": 0.7, "c": 0.8}, c=0.5), parameters={"beta": 0.1})
    # c: 40 of 50 work there, 10 leave and 5 of them the zones; 20 of its 60 jobs are held from elsewhere, 10 from outside.
    # So 40 + 30 + 5 commute out within the zones and 20 + 40 + 10 in: those times 75 / 70.
    told = demand.meta["containment"]
    assert told["outside_out"] == pytest.approx({"a": 0, "b": 0, "c": 5})
    assert told["outside_in"] == pytest.approx({"a": 0, "b": 0, "c": 10})
    assert told["commuters_in_scaled"] == pytest.approx(75 / 70)
    made, drawn = demand.matrices["car"].sum(axis=1), demand.matrices["car"].sum(axis=0)
    np.testing.assert_allclose(made, [60, 40, 80, 20, 45], rtol=1e-6)
    assert drawn["z4"] == pytest.approx(40 + 10 * 75 / 70, rel=1e-6)
    assert own_trips(demand, zones) == pytest.approx({"a": 60, "b": 70, "c": 40}, rel=1e-6)


def test_more_who_stay_than_jobs_is_reported():
    zones = make_zones("abc", [100, 50, 50], [60, 80, 60])
    skim = make_skim(zones, [[5, 9, 9], [9, 5, 9], [9, 9, 5]])
    demand = distribute_contained(zones, skim, shares({"a": 0.9, "b": 0.5, "c": 0.5}), parameters={"beta": 0.1})
    assert demand.meta["containment"]["more_residents_than_jobs"] == ["a"]
    assert own_trips(demand, zones)["a"] == pytest.approx(60, rel=1e-6)


def test_contradicting_figures_stay_in_the_record(region):
    zones, skim, _ = region
    zones = zones.assign(jobs=[50, 35, 60, 45, 60])
    # c: nobody commutes, yet 10 more come in than go out.
    told = figures(net_commuting=[-20.0, 10.0, 10.0], commuters_per_non_commuter=[1.0, 1.0, 0.0])
    table = self_containment(told, zones.groupby("municipality_code")["employed_residents"].sum())
    demand = distribute_contained(zones, skim, table, parameters={"beta": 0.1})
    assert demand.meta["containment"]["contradicting_figures"] == ["c"]
    assert own_trips(demand, zones) == pytest.approx({"a": 60, "b": 70, "c": 50}, rel=1e-6)


def test_sums_that_cannot_be_met_are_told():
    # Nobody leaves b or c, so that nobody can come to a for its 30 jobs; the 30 who leave a must go somewhere.
    zones = make_zones("abc", [100, 50, 50], [100, 50, 50])
    skim = make_skim(zones, [[5, 9, 9], [9, 5, 9], [9, 9, 5]])
    with pytest.warns(NotConvergedWarning, match="containment: sums met to"):
        demand = distribute_contained(
            zones, skim, shares({"a": 0.7, "b": 1.0, "c": 1.0}), parameters={"beta": 0.1}, max_iterations=200
        )
    assert not demand.meta["gravity"]["converged"] and "a" in demand.meta["containment"]["not_met"]


def test_mean_cost_is_met(region):
    zones, skim, told = region
    demand = distribute_contained(zones, skim, told, mean_cost=9.0)
    assert demand.meta["gravity"]["mean_cost"] == pytest.approx(9.0, rel=1e-5)
    assert own_trips(demand, zones) == pytest.approx({"a": 60, "b": 70, "c": 40}, rel=1e-6)


def test_observed_cells_stay(region):
    zones, skim, told = region
    observed = make_skim(zones, np.full((5, 5), np.nan))
    observed.loc["z0", "z1"], observed.loc["z0", "z4"] = 12.0, 3.0
    demand = distribute_contained(zones, skim, told, parameters={"beta": 0.1}, observed=observed)
    matrix = demand.matrices["car"]
    assert matrix.loc["z0", ["z1", "z4"]].to_list() == [12.0, 3.0]
    assert own_trips(demand, zones) == pytest.approx({"a": 60, "b": 70, "c": 40}, rel=1e-6)
    np.testing.assert_allclose(matrix.sum(axis=1), zones["employed_residents"], rtol=1e-6)


def test_refusals(region):
    zones, skim, told = region
    with pytest.raises(DataError, match="give beta in parameters, or mean_cost"):
        distribute_contained(zones, skim, told)
    with pytest.raises(DataError, match=r"jobs is unknown in 1 row .first: z1"):
        distribute_contained(zones.assign(jobs=[1, np.nan, 1, 1, 1]), skim, told, parameters={"beta": 0.1})
    with pytest.raises(DataError, match="commute out of their municipality and no jobs are left"):
        distribute_contained(zones.assign(jobs=[36, 24, 56, 14, 40]), skim, told, parameters={"beta": 0.1})
