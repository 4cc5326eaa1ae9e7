"""Optimal strategies: the paper's example, a linear program as the twin, balance of flows."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from geoplan.errors import DataError
from geoplan.transit.frequency import assign_transit, transit_skim
from geoplan.transit.lines import check_lines, scale_headways
from geoplan.transit.skims import skim_matrix
from geoplan.transit.strategy_graph import Weights, build_strategy_graph, half_headway, wait_curve
from geoplan.transit.strategy_kernels import skim_strategies


def lines_of(spec, **columns):
    """{line: (headway, [(stop, run), ...])} as the table of lines."""
    rows = [
        {
            "line_id": line,
            "mode": "bus",
            "sequence": k,
            "stop_id": stop,
            "run_min": float(run),
            "headway_min": float(headway),
            **columns,
        }
        for line, (headway, calls) in spec.items()
        for k, (stop, run) in enumerate(calls)
    ]
    return pd.DataFrame(rows)


def doors(stops, seconds=0.0):
    """A zone at each stop, named as the stop in small letters."""
    return pd.DataFrame(
        {"zone_id": [s.lower() for s in stops], "stop_id": list(stops), "time_s": seconds, "mode": "walk"}
    )


@pytest.fixture
def paper():
    """Spiess & Florian (1989), section 2: minutes of riding, headways 12, 12, 30 and 6 minutes.

    line 1  A ------------25------------ B
    line 2  A ---7--- X ---6--- Y
    line 3            X ---4--- Y ---4-- B
    line 4                      Y --10-- B
    """
    return lines_of(
        {
            "1": (12, [("A", 0), ("B", 25)]),
            "2": (12, [("A", 0), ("X", 7), ("Y", 6)]),
            "3": (30, [("X", 0), ("Y", 4), ("B", 4)]),
            "4": (6, [("Y", 0), ("B", 10)]),
        }
    )


def test_example_of_the_paper(paper):
    skim = transit_skim(paper, doors("AXYB"))
    # At Y lines 3 and 4: 11.5; at X lines 2 and 3: (1 + 8/15 + 17.5/6) / (1/15 + 1/6); at A lines 1 and 2: 27.75.
    assert skim.loc[("a", "b"), "time_s"] == pytest.approx(27.75 * 60, abs=1e-9)
    assert skim.loc[("y", "b"), "time_s"] == pytest.approx(11.5 * 60, abs=1e-9)
    assert skim.loc[("x", "b"), "time_s"] == pytest.approx(60 * (1 + 8 / 15 + 17.5 / 6) / (1 / 15 + 1 / 6), abs=1e-9)
    # Wait: 3 minutes at A, and 2.5 at Y for the half that comes with line 2.
    assert skim.loc[("a", "b"), "wait_s"] == pytest.approx((3 + 0.5 * 2.5) * 60, abs=1e-9)
    assert skim.loc[("a", "b"), "transfers"] == pytest.approx(0.5, abs=1e-12)
    parts = skim[["wait_s", "walk_s", "drive_s", "ride_s"]].sum(axis=1)
    reached = np.isfinite(skim["time_s"])
    assert np.allclose(parts[reached], skim["time_s"][reached])
    assert skim.loc[("b", "a"), "time_s"] == np.inf
    assert skim.loc[("a", "a")].isna().all()


def test_volumes_of_the_paper(paper):
    trips = pd.DataFrame(0.0, index=list("axyb"), columns=list("axyb"))
    trips.loc["a", "b"] = 1.0
    result = assign_transit(paper, trips, doors("AXYB"))
    volume = result.segments.set_index(["line_id", "from_stop", "to_stop"])["volume_pph"]
    assert volume["1", "A", "B"] == pytest.approx(0.5)
    assert volume["2", "A", "X"] == pytest.approx(0.5)
    assert volume["2", "X", "Y"] == pytest.approx(0.5)
    assert volume["3", "X", "Y"] == 0.0
    assert volume["3", "Y", "B"] == pytest.approx(0.5 / 6)
    assert volume["4", "Y", "B"] == pytest.approx(0.5 * 5 / 6)
    assert result.evaluation["total_time_h"] == pytest.approx(27.75 / 60)
    assert result.evaluation["expected_time_h"] == pytest.approx(27.75 / 60)
    assert result.evaluation["node_balance"] < 1e-12
    at_y = result.stops.set_index(["line_id", "stop_id"])
    assert at_y.loc[("4", "Y"), "transfers_pph"] == pytest.approx(0.5 * 5 / 6)
    assert at_y.loc[("2", "Y"), "alightings_pph"] == pytest.approx(0.5)


def test_all_zones_and_matrices(paper):
    skim = transit_skim(paper, doors("AXYB"), zones=["a", "b", "nowhere"])
    assert (
        len(skim) == 9
        and np.isinf(skim.loc[("a", "nowhere"), "time_s"])
        and np.isnan(skim.loc[("a", "nowhere"), "ride_s"])
    )
    table = skim_matrix(skim)
    assert table.index.to_list() == ["a", "b", "nowhere"] and table.loc["a", "b"] == pytest.approx(27.75 * 60)
    assert np.isnan(np.diag(table)).all() and np.isinf(table.loc["nowhere", "a"])
    with pytest.raises(DataError, match="no column 'time'"):
        skim_matrix(skim, "time")


def random_case(seed):
    """Lines over 6 stops, walks between some of them, zones at each stop."""
    rng = np.random.default_rng(seed)
    stops = list("ABCDEF")
    spec = {}
    for k in range(int(rng.integers(3, 7))):
        calls = rng.permutation(stops)[: rng.integers(2, 5)]
        spec[f"l{k}"] = (float(rng.integers(4, 40)), [(s, float(rng.integers(0, 15))) for s in calls])
    pairs = rng.integers(0, 6, (4, 2))
    walks = pd.DataFrame(
        [(stops[a], stops[b], float(rng.integers(0, 900))) for a, b in pairs if a != b],
        columns=["from_stop", "to_stop", "walk_s"],
    )
    return lines_of(spec), doors(stops, 60.0), walks


@pytest.mark.parametrize("seed", range(25))
def test_equals_the_linear_program(seed):
    """min sum c v + sum w  with flow balance and v_a <= f_a w_i (problem (12)-(15) of the paper)."""
    lines, access, walks = random_case(seed)
    weights = Weights(wait=1.5, walk=1.25, transfer_s=120.0) if seed % 2 else Weights()
    graph = build_strategy_graph(
        check_lines(lines), access, access, walks, weights=weights, first_wait=half_headway, transfer_wait=half_headway
    )
    n, m = graph.n_nodes, len(graph.net.head)
    waits = np.isfinite(graph.net.rate)
    table = skim_strategies(graph.net, graph.values, graph.origin_nodes, graph.destination_nodes)
    for o, d in ((0, 1), (2, 4), (5, 3)):
        if max(o, d) >= min(len(graph.origins), len(graph.destinations)):
            continue
        balance = np.zeros((n, m + n))
        balance[graph.net.tail, np.arange(m)] += 1
        balance[graph.net.head, np.arange(m)] -= 1
        supply = np.zeros(n)
        supply[graph.origin_nodes[o]], supply[graph.destination_nodes[d]] = 1, -1
        limit = np.zeros((waits.sum(), m + n))
        limit[np.arange(waits.sum()), np.flatnonzero(waits)] = 1
        limit[np.arange(waits.sum()), m + graph.net.tail[waits]] = -graph.net.rate[waits]
        cost = np.concatenate([graph.net.cost, np.full(n, graph.net.wait_weight)])
        found = linprog(cost, A_ub=limit, b_ub=np.zeros(waits.sum()), A_eq=balance, b_eq=supply, method="highs")
        ours = table[o, d, 0]
        if found.status == 2:  # infeasible
            assert np.isinf(ours)
        else:
            assert ours == pytest.approx(found.fun, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_volumes_balance_and_cost_what_the_labels_say(seed):
    lines, access, walks = random_case(100 + seed)
    rng = np.random.default_rng(seed)
    zones = list("abcdef")
    trips = pd.DataFrame(rng.uniform(0, 50, (6, 6)), index=zones, columns=zones)
    result = assign_transit(lines, trips, access, walks=walks, weights=Weights(wait=2.0, transfer_s=300.0))
    value = result.evaluation
    assert value["node_balance"] < 1e-9
    assert value["total_time_h"] == pytest.approx(value["expected_time_h"], rel=1e-12)
    assert value["intrazonal_pph"] == pytest.approx(np.trace(trips))
    moving = value["trips_pph"] - value["intrazonal_pph"]
    arrived = result.links.query("kind == 'egress'")["volume_pph"].sum()
    assert arrived + value["unassigned_pph"] == pytest.approx(moving)
    again = assign_transit(lines, trips, access, walks=walks, weights=Weights(wait=2.0, transfer_s=300.0))
    pd.testing.assert_frame_equal(result.segments, again.segments)


def test_a_zone_without_a_stop_is_reported_not_lost(paper):
    trips = pd.DataFrame(1.0, index=["a", "far"], columns=["b", "far"])
    result = assign_transit(paper, trips, doors("AB"))
    assert set(zip(result.unassigned["origin"], result.unassigned["destination"], strict=True)) == {
        ("a", "far"),
        ("far", "b"),
    }
    assert result.evaluation["unassigned_pph"] == 2.0
    assert result.evaluation["intrazonal_pph"] == 1.0


def test_park_and_ride_has_a_drive_at_the_home_end_only(paper):
    drive = pd.DataFrame({"zone_id": ["farm"], "stop_id": ["Y"], "time_s": [600.0], "mode": ["drive"]})
    skim = transit_skim(paper, drive, egress=doors("B", 240.0))
    row = skim.loc[("farm", "b")]
    assert row["drive_s"] == pytest.approx(600) and row["walk_s"] == pytest.approx(240)
    assert row["time_s"] == pytest.approx(600 + 11.5 * 60 + 240)
    with pytest.raises(DataError, match="drive"):
        transit_skim(paper, drive)
    with pytest.raises(DataError, match="car stands at the other end"):
        transit_skim(paper, doors("A"), egress=drive)


def test_walks_between_stops_and_no_way_without_a_ride(paper):
    walks = pd.DataFrame({"from_stop": ["A"], "to_stop": ["Y"], "walk_s": [60.0]})
    skim = transit_skim(paper, doors("AXYB"), walks=walks)
    assert skim.loc[("a", "b"), "time_s"] == pytest.approx(60 + 11.5 * 60)
    assert skim.loc[("a", "b"), "walk_s"] == pytest.approx(60)
    # A and Y are a minute apart on foot: nobody waits for line 2.
    assert np.isinf(skim.loc[("a", "y"), "time_s"]) and np.isnan(skim.loc[("a", "y"), "ride_s"])
    trips = pd.DataFrame({"y": [5.0]}, index=["a"])
    assert assign_transit(paper, trips, doors("AXYB"), walks=walks).evaluation["on_foot_pph"] == pytest.approx(5.0)


def test_a_journey_longer_than_allowed_is_none(paper):
    assert np.isinf(transit_skim(paper, doors("AXYB"), longest_h=0.46).loc[("a", "b"), "time_s"])
    assert np.isfinite(transit_skim(paper, doors("AXYB"), longest_h=0.47).loc[("a", "b"), "time_s"])


def test_rules_for_the_wait(paper):
    known = wait_curve([5, 10, 60], [2.5, 5, 12])
    slow = scale_headways(paper, 5.0)
    plain = transit_skim(slow, doors("AXYB")).loc[("a", "b"), "wait_s"]
    looked_up = transit_skim(slow, doors("AXYB"), first_wait=known, transfer_wait=known).loc[("a", "b"), "wait_s"]
    assert looked_up < plain
    with pytest.raises(DataError, match="rise"):
        wait_curve([10, 5], [1, 2])


def test_a_line_that_does_not_run_and_one_not_known(paper):
    closed = paper.copy()
    closed.loc[closed["line_id"] == "1", "headway_min"] = np.inf
    skim = transit_skim(closed, doors("AXYB"))
    assert skim.loc[("a", "b"), "time_s"] == pytest.approx((6 + 13 + 11.5) * 60)
    closed.loc[closed["line_id"] == "1", "headway_min"] = np.nan
    with pytest.raises(DataError, match="unknown='leave_out'"):
        transit_skim(closed, doors("AXYB"))
    assert transit_skim(closed, doors("AXYB"), unknown="leave_out").loc[("a", "b"), "time_s"] == pytest.approx(
        30.5 * 60
    )


def test_places_and_load(paper):
    trips = pd.DataFrame({"b": [120.0]}, index=["a"])
    result = assign_transit(paper.assign(places=50.0), trips, doors("AB"))
    first = result.segments.set_index("line_id").loc["1"]
    assert first["places_pph"] == 250.0
    assert first["load_ratio"] == pytest.approx(60 / 250)


def test_faults_are_named_all_at_once(paper):
    bad = paper.copy()
    bad.loc[1, "run_min"] = np.nan
    bad.loc[bad["line_id"] == "4", "headway_min"] = -1
    with pytest.raises(DataError) as caught:
        check_lines(bad)
    assert "run_min" in str(caught.value) and "headway_min <= 0" in str(caught.value)
    with pytest.raises(DataError, match="Headways given: headway_min"):
        check_lines(paper, period="peak")
    with pytest.raises(DataError, match="stop ids"):
        transit_skim(paper, doors("PQ"))
    with pytest.raises(DataError, match="negative"):
        assign_transit(paper, pd.DataFrame({"b": [-1.0]}, index=["a"]), doors("AB"))
