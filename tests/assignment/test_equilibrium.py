"""Algorithm B, Frank-Wolfe and a convex program agree on random networks; warm starts end where cold ones do."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from geoplan.assignment.equilibrium import assign
from geoplan.assignment.problem import TrafficClass
from geoplan.assignment.volume_delay import build_volume_delay, edge_integrals, edge_times
from geoplan.demand.demand import trip_table


@pytest.fixture(scope="module")
def make_case(make_network, make_demand):
    """Seeded random network with parallel, one-way, free and constant links, and trips between some nodes."""

    def make(seed, n=9, m=22, pairs=8, classes=("car",)):
        rng = np.random.default_rng(seed)
        nodes = {f"n{i}": tuple(rng.uniform(0, 9000, 2)) for i in range(n)}
        nodes["n0"] = (*nodes["n0"], {"kind": "centroid"})
        edges = []
        for k in range(m):
            u, v = rng.choice(n, 2, replace=False)
            values = {
                "id": f"e{k}",
                "oneway": bool(rng.random() < 0.5),
                "free_time_s": 0.0 if rng.random() < 0.15 else float(rng.integers(10, 200)),
                "capacity_vph": np.nan if rng.random() < 0.1 else float(rng.integers(20, 300)),
                "bpr_alpha": 0.0 if rng.random() < 0.1 else 0.5,
                "bpr_beta": float(rng.choice([1, 2, 4, 5.5])),
                "fixed_delay_s": float(rng.choice([np.nan, 20.0])),
            }
            edges.append((f"n{u}", f"n{v}", values))
        ends = [f"n{i}" for i in rng.permutation(n)[:5]]
        chosen = [(i, j) for i in ends for j in ends if i != j]
        trips = {
            name: {chosen[k]: float(rng.integers(10, 150)) for k in rng.permutation(len(chosen))[:pairs]}
            for name in classes
        }
        return make_network(nodes, edges), make_demand(trips)

    return make


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_bush_equals_frank_wolfe(make_case, seed):
    network, demand = make_case(seed, classes=("car", "lorry"))
    classes = {"lorry": TrafficClass(pce=2.5)}
    bush = assign(network, demand, gap=1e-11, classes=classes)
    twin = assign(network, demand, gap=1e-5, classes=classes, method="bfw", max_iterations=20_000)
    assert bush.converged and twin.converged
    assert bush.evaluation["relative_gap"] >= -1e-12
    assert max(bush.evaluation["node_balance"], twin.evaluation["node_balance"]) < 1e-9
    # Beckmann's objective is unique; the gap bounds how far above it the twin may be.
    least = bush.evaluation["objective"]
    slack = twin.evaluation["relative_gap"] * 2.5 * twin.evaluation["total_time"] + 1e-9
    assert least - 1e-9 <= twin.evaluation["objective"] <= least + slack
    pd.testing.assert_frame_equal(bush.unassigned, twin.unassigned)


@pytest.mark.parametrize("seed", range(8))
def test_bush_equals_a_convex_program(make_case, seed):
    """Beckmann's program over the flows of all simple paths (networkx), solved by scipy."""
    network, demand = make_case(seed, n=7, m=12, pairs=5)
    result = assign(network, demand, gap=1e-12)
    edges = network.edges
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(network.nodes.index)
    graph.add_edges_from((u, v, k) for k, (u, v) in enumerate(zip(edges["u"], edges["v"], strict=True)))
    lost = {(o, d) for o, d in zip(result.unassigned["origin"], result.unassigned["destination"], strict=True)}
    trips = [(o, d, x) for _, o, d, x in trip_table(demand).itertuples(index=False) if (o, d) not in lost]
    ways, pair_of = [], []
    for number, (o, d, _) in enumerate(trips):
        for way in nx.all_simple_edge_paths(graph, o, d):
            if all(v != "n0" for _, v, _ in way[:-1]):  # the centroid
                ways.append([k for _, _, k in way])
                pair_of.append(number)
    assert set(range(len(trips))) == set(pair_of)
    uses = np.array([[k in way for k in range(len(edges))] for way in ways], dtype=float)
    belongs = np.array([[number == p for p in pair_of] for number in range(len(trips))], dtype=float)
    amount = np.array([x for _, _, x in trips])
    delay = build_volume_delay(network)

    solved = minimize(
        lambda x: edge_integrals(delay, np.maximum(x @ uses, 0)).sum(),
        belongs.T @ (amount / belongs.sum(axis=1)),
        jac=lambda x: uses @ edge_times(delay, np.maximum(x @ uses, 0)),
        method="trust-constr",
        constraints=LinearConstraint(belongs, amount, amount),
        bounds=[(0, None)] * len(ways),
        options={"gtol": 1e-9, "xtol": 1e-12, "maxiter": 2000},
    )
    assert result.evaluation["objective"] * 3600 == pytest.approx(solved.fun, rel=1e-5)
    assert result.evaluation["objective"] * 3600 <= solved.fun * (1 + 1e-9)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_warm_start_ends_where_the_cold_one_does(make_case, seed):
    network, demand = make_case(seed)
    base = assign(network, demand, gap=1e-10)
    rng = np.random.default_rng(seed)
    edges = network.edges.copy()
    k = int(rng.integers(len(edges)))
    change = seed % 4
    if change == 0:  # another capacity
        edges.iloc[k, edges.columns.get_loc("capacity_vph")] = 30.0
    elif change == 1:  # an edge closed
        edges.iloc[k, edges.columns.get_loc("status")] = "closed"
    elif change == 2:  # an edge gone, so that all positions move
        edges = edges.drop(index=edges.index[k])
    else:  # a new edge, quicker than others
        new = edges.iloc[[k]].set_axis(["new"]).assign(u="n1", v="n2", free_time_s=5.0, capacity_vph=80.0)
        edges = pd.concat([edges.iloc[: k + 1], new, edges.iloc[k + 1 :]])
        edges.index = edges.index.rename("edge_id")
    changed = network.replace(edges=edges)
    cold = assign(changed, demand, gap=1e-11)
    warm = assign(changed, demand, gap=1e-11, warm_start=base)
    assert warm.converged and warm.evaluation["node_balance"] < 1e-9
    assert warm.evaluation["objective"] == pytest.approx(cold.evaluation["objective"], rel=1e-9)
    pd.testing.assert_frame_equal(warm.unassigned, cold.unassigned)
    back = assign(network, demand, gap=1e-11, warm_start=warm)
    assert back.evaluation["objective"] == pytest.approx(base.evaluation["objective"], rel=1e-9)


def test_warm_start_with_other_trips(make_case, make_demand):
    network, demand = make_case(5)
    base = assign(network, demand, gap=1e-10)
    again = assign(network, demand, gap=1e-10, warm_start=base)
    assert len(again.convergence) == 1
    pd.testing.assert_frame_equal(again.flows, base.flows)
    other = make_demand({(f"n{i}", f"n{j}"): 20.0 * (1 + i) for i in range(3) for j in range(9) if i != j})
    cold, warm = assign(network, other, gap=1e-11), assign(network, other, gap=1e-11, warm_start=base)
    assert warm.evaluation["objective"] == pytest.approx(cold.evaluation["objective"], rel=1e-9)


@pytest.mark.parametrize("seed", [*range(15), 200, 1233, 1320])
def test_bushes_are_acyclic_trees_of_links_that_carry_the_trips(make_case, seed):
    network, demand = make_case(seed)
    result = assign(network, demand, gap=1e-12)
    assert result.converged and len(result.convergence) < 60
    problem = result.paths.core.problem
    node_ptr, node, in_ptr, arc, from_pos, share = result.paths.bushes
    _, head, tail, _ = problem.graph
    for b, (first, last) in enumerate(pairwise(node_ptr)):
        nodes, links = node[first:last], np.arange(in_ptr[first], in_ptr[last])
        assert nodes[0] == problem.origin[b] and len(set(nodes)) == len(nodes)
        assert len(set(arc[links])) == len(links)
        balance = np.zeros(len(nodes))
        for k in range(first + 1, last):
            into = slice(in_ptr[k], in_ptr[k + 1])
            assert in_ptr[k + 1] > in_ptr[k]
            assert (from_pos[into] < k - first).all()
            assert (head[arc[into]] == node[k]).all() and (tail[arc[into]] == nodes[from_pos[into]]).all()
            balance[k - first] += share[into].sum()
            np.subtract.at(balance, from_pos[into], share[into])
        rows = slice(problem.ptr[b], problem.ptr[b + 1])
        place = {v: i for i, v in enumerate(nodes)}
        for v, amount in zip(problem.to_node[rows], problem.amount[rows], strict=True):
            if amount:
                balance[place[v]] -= amount
                balance[0] += amount
        np.testing.assert_allclose(balance, 0, atol=1e-9)


def test_warm_start_on_the_same_ways_leaves_the_first_result_alone(make_case):
    network, demand = make_case(3)
    base = assign(network, demand, gap=1e-10)
    before = [part.copy() for part in base.paths.bushes]
    edges = network.edges.copy()
    edges["capacity_vph"] *= 0.7
    warm = assign(network.replace(edges=edges), demand, gap=1e-11, warm_start=base)
    cold = assign(network.replace(edges=edges), demand, gap=1e-11)
    assert warm.evaluation["objective"] == pytest.approx(cold.evaluation["objective"], rel=1e-9)
    for old, new in zip(before, base.paths.bushes, strict=True):
        np.testing.assert_array_equal(old, new)
