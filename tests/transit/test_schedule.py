"""Connection scan against Dijkstra on the time-expanded graph (networkx), windows against brute force, midnight."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError, NoRouteError
from geoplan.transit.lines import lines_from_timetable
from geoplan.transit.scan_kernels import scan
from geoplan.transit.schedule import find_journey, stop_departures, timetable_skim
from geoplan.transit.timetable import build_connections, check_timetable, repeat_daily

H = 3600.0


def timetable_of(trips):
    """{trip: [(stop, arrival minute, departure minute), ...]}"""
    return pd.DataFrame(
        [
            {"trip_id": trip, "stop_id": stop, "arrival_s": 60.0 * a, "departure_s": 60.0 * d}
            for trip, calls in trips.items()
            for stop, a, d in calls
        ]
    )


@pytest.fixture
def valley():
    """Trains A-B-C each hour from 6:00, a bus from B to D six minutes later, the last one at 22.

    A --20-- B --15-- C
             |
             10 (bus)
             |
             D
    """
    trips = {}
    for h in range(6, 23):
        m = 60 * h
        trips[f"t{h}"] = [("A", m, m), ("B", m + 20, m + 21), ("C", m + 36, m + 36)]
        trips[f"b{h}"] = [("B", m + 27, m + 27), ("D", m + 37, m + 37)]
    return timetable_of(trips)


def doors(stops, seconds=0.0):
    return pd.DataFrame(
        {"zone_id": [s.lower() for s in stops], "stop_id": list(stops), "time_s": seconds, "mode": "walk"}
    )


def test_one_journey_with_a_change(valley):
    legs = find_journey(valley, "A", "D", 7 * H + 60)
    assert legs["trip_id"].to_list() == ["t8", "b8"]
    assert legs["departure_s"].to_list() == [8 * H, 8 * H + 27 * 60]
    assert legs["arrival_s"].iloc[-1] == 8 * H + 37 * 60
    # With ten minutes to change the bus of that hour is missed.
    assert find_journey(valley, "A", "D", 7 * H + 60, change_s=600)["trip_id"].to_list() == ["t8", "b9"]
    with pytest.raises(NoRouteError, match="within 24 h of 23:00"):
        find_journey(valley, "A", "C", 23 * H)
    with pytest.raises(NoRouteError, match=r"within 1\.5 h"):
        find_journey(valley, "A", "D", 7 * H + 60, longest_h=1.5)
    with pytest.raises(DataError, match="no stop 'Q'"):
        find_journey(valley, "Q", "A", 0)
    assert find_journey(valley, "A", "A", 0).empty


def test_over_midnight(valley):
    legs = find_journey(valley, "A", "C", 23 * H, repeat="daily")
    assert legs["departure_s"].iloc[0] == 30 * H and legs["trip_id"].iloc[0] == "t6@+1"
    night = timetable_of(
        {"n": [("A", 23 * 60 + 50, 23 * 60 + 50), ("B", 24 * 60 + 10, 24 * 60 + 12), ("C", 24 * 60 + 30, 24 * 60 + 30)]}
    )
    # At 0:05 the train of yesterday's service, 24:12 at B, is still to come.
    assert find_journey(night, "B", "C", 300.0, repeat="daily")["departure_s"].iloc[0] == 12 * 60
    assert repeat_daily(night)["trip_id"].nunique() == 3


def test_window_by_hand(valley):
    skim = timetable_skim(valley, doors("ACD"), (7 * H, 9 * H), zones=["a", "c", "d", "q"])
    assert np.isinf(skim.loc[("a", "q"), "time_s"]) and skim.loc[("q", "a"), "journeys"] == 0
    row = skim.loc[("a", "c")]
    # One train an hour of 36 minutes: half an hour at home on average.
    assert row["best_s"] == 36 * 60 and row["journeys"] == 2 and row["transfers"] == 0
    assert row["time_s"] == pytest.approx((36 + 30) * 60)
    assert row["reached_share"] == pytest.approx(1.0)
    assert row["ride_s"] == 35 * 60 + 60  # the minute in B is spent on board
    row = skim.loc[("a", "d")]
    assert row["best_s"] == 37 * 60 and row["transfers"] == 1 and row["wait_s"] == 7 * 60 and row["ride_s"] == 30 * 60
    assert skim.loc[("c", "a"), "time_s"] == np.inf and skim.loc[("c", "a"), "journeys"] == 0
    assert skim.loc[("a", "a")].isna().all()


def test_window_at_the_end_of_the_day(valley):
    row = timetable_skim(valley, doors("AC"), (21.5 * H, 23.5 * H)).loc[("a", "c")]
    # The last train leaves at 22: half an hour of the two has one, with 15 minutes' wait on average.
    assert row["reached_share"] == pytest.approx(0.25)
    assert row["time_s"] == pytest.approx((36 + 15) * 60)
    assert row["journeys"] == 1


def test_a_train_just_after_the_window_counts_for_the_mean_only(valley):
    row = timetable_skim(valley, doors("AC"), (7 * H + 600, 7 * H + 1200)).loc[("a", "c")]
    assert row["journeys"] == 0 and np.isinf(row["best_s"]) and np.isnan(row["ride_s"])
    assert row["time_s"] == pytest.approx((45 + 36) * 60)
    short = timetable_skim(valley, doors("AC"), (7 * H + 600, 7 * H + 1200), longest_h=0.5).loc[("a", "c")]
    assert np.isinf(short["time_s"]) and short["reached_share"] == 0


def test_park_and_ride_and_walks(valley):
    drive = pd.DataFrame({"zone_id": ["farm"], "stop_id": ["A"], "time_s": [900.0], "mode": ["drive"]})
    walks = pd.DataFrame({"from_stop": ["C"], "to_stop": ["E"], "walk_s": [240.0]})
    skim = timetable_skim(valley, drive, (7 * H, 8 * H), egress=doors("CE", 60.0), walks=walks)
    row = skim.loc[("farm", "e")]
    assert row["drive_s"] == 900 and row["walk_s"] == 300 and row["best_s"] == 900 + 36 * 60 + 300
    assert row[["ride_s", "walk_s", "drive_s", "wait_s"]].sum() == pytest.approx(row["best_s"])
    with pytest.raises(DataError, match="car stands at the other end"):
        timetable_skim(valley, drive, (7 * H, 8 * H))


def random_timetable(seed, n_stops=8, n_trips=30, zero=0.15):
    """Trips on whole minutes, some of no duration; walks; changes of 0 to 3 minutes."""
    rng = np.random.default_rng(seed)
    trips = {}
    for k in range(n_trips):
        time = int(rng.integers(0, 200))
        calls = []
        for stop in rng.permutation(n_stops)[: rng.integers(2, 6)]:
            stay = int(rng.integers(0, 3))
            calls.append((int(stop), time, time + stay))
            time += stay + (0 if rng.random() < zero else int(rng.integers(1, 25)))
        trips[f"trip{k}"] = calls
    pairs = rng.integers(0, n_stops, (5, 2))
    walks = pd.DataFrame(
        [(int(a), int(b), 60.0 * int(rng.integers(0, 12))) for a, b in pairs if a != b],
        columns=["from_stop", "to_stop", "walk_s"],
    ).drop_duplicates(["from_stop", "to_stop"])
    change = pd.Series(60.0 * rng.integers(0, 4, n_stops), index=range(n_stops))
    return timetable_of(trips), walks, change


def expanded_graph(table, walks, change):
    """The time-expanded graph: events of arriving, being ready and departing, weights in seconds."""
    graph = nx.DiGraph()
    foot = nx.DiGraph()
    foot.add_weighted_edges_from(walks.itertuples(index=False, name=None))
    feet = dict(nx.all_pairs_dijkstra_path_length(foot))
    ready: dict = {}
    for trip, calls in table.groupby("trip_id", sort=False):
        rows = list(calls.itertuples(index=False))
        for k in range(len(rows) - 1):
            a, b = rows[k], rows[k + 1]
            graph.add_edge(("on", trip, k), ("off", trip, k + 1), weight=b.arrival_s - a.departure_s)
            if k + 1 < len(rows) - 1:
                graph.add_edge(("off", trip, k + 1), ("on", trip, k + 1), weight=b.departure_s - b.arrival_s)
            ready.setdefault(a.stop_id, []).append((a.departure_s, ("on", trip, k)))
            places = {b.stop_id: change[b.stop_id]}
            places |= {other: s for other, s in feet.get(b.stop_id, {}).items() if other != b.stop_id}
            for stop, seconds in places.items():
                node = ("wait", stop, b.arrival_s + seconds)
                graph.add_edge(("off", trip, k + 1), node, weight=seconds)
                ready.setdefault(stop, []).append((b.arrival_s + seconds, node))
                reach = 0.0 if stop == b.stop_id else seconds
                graph.add_edge(("off", trip, k + 1), ("at", stop, b.arrival_s + reach), weight=reach)
    return graph, ready, feet


def brute_force(table, walks, change, source, time):
    """Earliest arrival after at least one ride at each stop."""
    graph, ready, feet = expanded_graph(table, walks, change)
    graph.add_node("home")
    begin = {source: time} | {s: time + w for s, w in feet.get(source, {}).items() if s != source}
    for stop, at in begin.items():
        node = ("wait", stop, at)
        graph.add_edge("home", node, weight=at - time)
        ready.setdefault(stop, []).append((at, node))
    for events in ready.values():
        waits = [e for e in events if e[1][0] == "wait"]
        ons = [e for e in events if e[1][0] == "on"]
        graph.add_weighted_edges_from((w, on, at - since) for since, w in waits for at, on in ons if since <= at)
    dist = nx.single_source_dijkstra_path_length(graph, "home")
    found: dict = {}
    for node, seconds in dist.items():
        if node[0] == "at":
            found[node[1]] = min(found.get(node[1], np.inf), time + seconds)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_scan_equals_dijkstra_on_the_time_expanded_graph(seed):
    table, walks, change = random_timetable(seed)
    net = build_connections(table, walks=walks, change_s=change.astype(float), longest_walk_s=1e6)
    zones = pd.DataFrame({"zone_id": [f"z{s}" for s in range(8)], "stop_id": range(8), "time_s": 0.0, "mode": "walk"})
    rng = np.random.default_rng(seed)
    start = 60.0 * float(rng.integers(0, 120))
    # A window of one second, so that the mean is the journey of that moment.
    skim = timetable_skim(net, zones, (start - 1.0, start), longest_h=100.0)
    for source in range(8):
        expected = brute_force(table, walks, change, source, start)
        at = net.stops.get_loc(source)
        feet = slice(*net.net.foot_first[at : at + 2])
        near, ways = np.r_[at, net.net.foot_to[feet]], np.r_[0.0, net.net.foot_s[feet]]
        single = scan(net.net, near, ways, start, 1e9).arrive.time_s
        for stop in range(8):
            if stop == source:
                continue
            row = skim.loc[(f"z{source}", f"z{stop}")]
            assert single[net.stops.get_loc(stop)] == expected.get(stop, np.inf)
            if stop not in expected:
                assert np.isinf(row["time_s"])
            else:
                assert row["time_s"] == pytest.approx(expected[stop] - start + 0.5, abs=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_window_equals_every_second_of_it(seed):
    table, walks, change = random_timetable(seed, n_stops=5, n_trips=20)
    net = build_connections(table, walks=walks, change_s=change)
    links = pd.DataFrame(
        {
            "zone_id": [f"z{s}" for s in range(5)] + ["z0"],
            "stop_id": [0, 1, 2, 3, 4, 1],
            "time_s": [120.0, 0, 60, 0, 30, 300.0],
            "mode": "walk",
        }
    )
    window = (60.0 * 20, 60.0 * 80)
    whole = timetable_skim(net, links, window, longest_h=1.0)
    # Arrival is a step function of the moment of leaving home: samples off the minutes meet no step.
    samples = np.arange(window[0] + 7.5, window[1], 30.0)
    times = {pair: [] for pair in whole.index}
    for moment in samples:
        part = timetable_skim(net, links, (moment - 1e-3, moment), longest_h=1.0)["time_s"]
        for pair, value in part.items():
            times[pair].append(value)
    for pair, values in times.items():
        if pair[0] == pair[1] or set(pair) == {"z0", "z1"}:  # those two share a stop: one walks
            continue
        values = np.array(values)
        reached = np.isfinite(values)
        assert whole.loc[pair, "reached_share"] == pytest.approx(reached.mean(), abs=0.04)
        if reached.any():
            assert whole.loc[pair, "time_s"] == pytest.approx(values[reached].mean(), abs=60.0)


@pytest.mark.parametrize("seed", range(3))
def test_shortest_journey_and_number_by_brute_force(seed):
    table, walks, change = random_timetable(seed, n_stops=5, n_trips=20)
    net = build_connections(table, walks=walks, change_s=change)
    zones = pd.DataFrame({"zone_id": [f"z{s}" for s in range(5)], "stop_id": range(5), "time_s": 0.0, "mode": "walk"})
    window = (60.0 * 20, 60.0 * 60)
    whole = timetable_skim(net, zones, window, longest_h=50.0)

    def arrivals(moment):  # leaving at that very second: a window of a blink before it
        return timetable_skim(net, zones, (moment - 1e-4, moment), longest_h=50.0)["time_s"] + moment - 0.5e-4

    events = list(60.0 * np.arange(20, 60))  # trips and walks take whole minutes
    at = pd.DataFrame({moment: arrivals(moment) for moment in [*events, window[1]]})
    for pair in whole.index:
        if pair[0] == pair[1]:
            continue
        row = at.loc[pair].to_numpy()
        worth = row[:-1] < row[1:] - 1e-3  # there is a later arrival when leaving a minute later
        assert whole.loc[pair, "journeys"] == worth.sum()
        best = (row[:-1] - events)[worth].min() if worth.any() else np.inf
        assert whole.loc[pair, "best_s"] == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize("seed", range(10))
def test_journeys_hang_together(seed):
    table, walks, change = random_timetable(seed)
    net = build_connections(table, walks=walks, change_s=change, longest_walk_s=1e6)
    calls = check_timetable(table)
    for source, target in ((0, 5), (3, 1), (6, 2)):
        expected = brute_force(table, walks, change, source, 0.0).get(target, np.inf)
        try:
            legs = find_journey(net, source, target, 0.0)
        except NoRouteError:
            assert np.isinf(expected)
            continue
        assert legs["arrival_s"].iloc[-1] <= expected
        assert legs["from_stop"].iloc[0] == source and legs["to_stop"].iloc[-1] == target
        assert (legs["from_stop"].to_numpy()[1:] == legs["to_stop"].to_numpy()[:-1]).all()
        assert (legs["departure_s"].to_numpy()[1:] >= legs["arrival_s"].to_numpy()[:-1]).all()
        assert (legs["arrival_s"] >= legs["departure_s"]).all()
        for leg in legs[legs["mode"] == "ride"].itertuples():
            trip = calls[calls["trip_id"] == leg.trip_id]
            assert leg.departure_s in trip.loc[trip["stop_id"] == leg.from_stop, "departure_s"].to_list()
            assert leg.arrival_s in trip.loc[trip["stop_id"] == leg.to_stop, "arrival_s"].to_list()


def test_parts_of_the_shortest_journey_add_up():
    table, walks, change = random_timetable(3, n_stops=6, n_trips=60)
    zones = pd.DataFrame({"zone_id": [f"z{s}" for s in range(6)], "stop_id": range(6), "time_s": 45.0, "mode": "walk"})
    skim = timetable_skim(build_connections(table, walks=walks, change_s=change), zones, (0.0, 2 * H))
    found = skim[np.isfinite(skim["best_s"])]
    parts = found[["ride_s", "walk_s", "drive_s", "wait_s"]]
    assert len(found) > 10 and (parts >= -1e-6).all().all()
    assert np.allclose(parts.sum(axis=1), found["best_s"])
    assert (found["time_s"] >= found["best_s"] - 1e-6).all()


def test_who_shares_a_stop_walks(valley):
    links = pd.concat(
        [doors("ABC", 60.0), pd.DataFrame({"zone_id": ["near"], "stop_id": ["A"], "time_s": [300.0], "mode": ["walk"]})]
    )
    skim = timetable_skim(valley, links, (7 * H, 9 * H))
    row = skim.loc[("near", "a")]
    assert np.isinf(row["time_s"]) and row["journeys"] == 0 and np.isnan(row["ride_s"])
    assert skim.loc[("near", "c"), "best_s"] == 300 + 36 * 60 + 60


def test_departures_and_lines_from_a_timetable(valley):
    counts = stop_departures(valley)
    assert counts["A"] == 17 and counts["B"] == 34 and counts["C"] == 0
    lines = lines_from_timetable(valley, (6 * H, 12 * H))
    by_line = lines.groupby("line_id")["headway_min"].first()
    assert sorted(by_line) == [60.0, 60.0]
    train = lines[lines["stop_id"] == "A"]["line_id"].iloc[0]
    assert lines.loc[lines["line_id"] == train, "run_min"].to_list() == [0.0, 21.0, 15.0]
    with pytest.raises(DataError, match="no trip leaves"):
        lines_from_timetable(valley, (0.0, 60.0))


def test_faults_of_a_timetable_are_named(valley):
    bad = valley.copy()
    bad.loc[1, "arrival_s"] = 0.0
    with pytest.raises(DataError, match="run backwards"):
        build_connections(bad)
    with pytest.raises(DataError, match="one call only"):
        check_timetable(valley.iloc[:1])
    with pytest.raises(DataError, match="change_s"):
        build_connections(valley, change_s=pd.Series({"A": 60.0}))
    with pytest.raises(DataError, match="daily or none"):
        build_connections(valley, repeat="weekly")
