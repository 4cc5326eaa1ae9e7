"""Plans over road, rail and sea on a network small enough to check by hand."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from geoplan.errors import DataError
from geoplan.heavy_haul.alternatives import alternative_plans, worth_measuring
from geoplan.heavy_haul.costs import cost_rates, leg_start_cost
from geoplan.heavy_haul.plan import plan_transport
from geoplan.network.join import split_by_mode
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.limits import passable
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS
from geoplan.vehicles.vehicle import Vehicle

LEGS = ["leg", "mode", "vehicle", "from_node", "to_node", "length_m", "time_h", "cost_sek"]


def transformer(weight_t=320.0, height_m=4.6, width_m=4.0, length_m=10.5):
    return Load("transformer", weight_t, length_m, width_m, height_m)


@pytest.fixture(scope="module")
def country(make_network):
    """A works with road and rail, a port on the coast, another across the water.

           rail 200 km, 22.5 t, wired
    works =========================== port ~~~~~~~~~~ far
      |  \\                           / |     sea 300 km
      |   ------ road 250 km (bridge) --
      |
      ---- road 100 km ---- quay ~~~~~~~~~~~~~~~~~~~~ far
                                     sea 500 km
    """
    plain = make_network(
        {
            "works": (0, 0, {"name": "Works", "kind": "plant"}),
            "port": (200_000, 0, {"name": "Port", "kind": "port", "crane_capacity_t": 350.0}),
            "quay": (0, -100_000, {"name": "Quay", "kind": "port"}),
            "far": (400_000, 0, {"name": "Far", "kind": "port"}),
        },
        [
            ("works", "port", {"id": "rail", "mode": "rail", "length_m": 200_000, "speed_kmh": 90.0,
                               "max_axle_load_t": 22.5, "electrified": "yes"}),
            ("works", "port", {"id": "road", "length_m": 250_000, "speed_kmh": 80.0, "road_class": "national"}),
            ("works", "quay", {"id": "short", "length_m": 100_000, "speed_kmh": 80.0, "road_class": "national"}),
            ("port", "far", {"id": "sea1", "mode": "sea", "length_m": 300_000, "speed_kmh": 20.0}),
            ("quay", "far", {"id": "sea2", "mode": "sea", "length_m": 500_000, "speed_kmh": 20.0}),
        ],
        structures={
            "low": {"name": "Low bridge", "kind": "rail_bridge_over_road", "over": ["road"], "clearance_height_m": 5.0,
                    "fix_cost_msek": 12.0, "source": "measured"},
            "span": {"name": "Rail bridge", "kind": "rail_bridge", "carries": ["rail"], "max_axle_load_t": 25.0},
        },
    )  # fmt: skip
    return split_by_mode(plain)


def carriers(plan):
    return [mode for mode in plan.legs["mode"] if mode != "transfer"]


def test_a_load_that_fits_goes_by_rail(country):
    plan = plan_transport(country, "Works", "Port", transformer())
    assert plan.feasible
    assert carriers(plan) == ["rail"]
    assert set(LEGS) <= set(plan.legs)
    assert plan.legs["length_m"].sum() == 200_000
    assert plan.cost_sek == pytest.approx(plan.legs["cost_sek"].sum())
    assert plan.time_h == pytest.approx(plan.legs["time_h"].sum())
    assert plan.verdict == "unknown"  # outside the gauge: the railway has to look
    assert plan.why.empty
    assert plan.edges["leg"].tolist() == [1, 2, 3]


def test_a_high_load_is_refused_by_rail_because_of_the_gauge(country):
    for width in (4.0, 5.5):
        plan = plan_transport(country, "Works", "Far", transformer(390, 5.5, width))
        assert carriers(plan) == ["road", "sea"]
        assert plan.legs.loc[plan.legs["mode"] == "road", "to_node"].tolist() == ["quay@road"]
        first = plan.why[plan.why["mode"] == "rail"].iloc[0]
        assert first["limit"] == "loading_gauge"
        assert first["edge_id"] in ("rail:f", "rail:b")
        assert "gauge" in plan.reason


def test_25_t_axles_are_refused_on_a_22_t_line(country):
    plan = plan_transport(country, "Works", "Port", transformer(390), vehicles=["q73"])
    assert not plan.feasible
    assert plan.verdict == "not_ok"
    row = plan.why.iloc[0]
    assert (row["limit"], row["limit_value"], row["need_value"], row["edge_id"]) == (
        "max_axle_load_t",
        22.5,
        24.0,
        "rail:f",
    )
    assert row["excess"] == pytest.approx(1.5)
    assert row["permit"] == "rail_axle_load"
    assert np.isinf(plan.cost_sek)
    permitted = plan_transport(
        country, "Works", "Port", transformer(390), vehicles=["q73"], permits=(*USUAL_PERMITS, "rail_axle_load")
    )
    assert carriers(permitted) == ["rail"]
    assert "specialtransport" in set(permitted.permits["kind"])


def test_the_crane_binds_at_sea_only(country):
    # 390 t may come to the port by rail (with the permit), but the crane takes 350 t: to sea it goes by the quay.
    may = (*USUAL_PERMITS, "rail_axle_load")
    assert carriers(plan_transport(country, "Works", "Port", transformer(390), permits=may)) == ["rail"]
    out = plan_transport(country, "Works", "Far", transformer(390), permits=may)
    assert carriers(out) == ["road", "sea"]
    assert carriers(plan_transport(country, "Works", "Far", transformer(320), permits=may)) == ["rail", "sea"]


def test_margins_name_every_structure_passed(country):
    plan = plan_transport(country, "Works", "Port", transformer(100, 3.0), vehicles=["modular_14"])
    row = plan.margins[plan.margins["structure_id"] == "low"].iloc[0]
    assert row["margin"] == pytest.approx(5.0 - (3.0 + 1.2))
    assert (row["verdict"], row["basis"], row["source"]) == ("ok", "measured", "measured")
    assert 0.0 < plan.share_unknown <= 1.0


def test_the_low_bridge_is_the_reason_by_road(country):
    plan = plan_transport(country, "Works", "Port", transformer(100, 5.0), vehicles=["modular_14"])
    assert not plan.feasible
    row = plan.why.iloc[0]
    assert (row["structure_id"], row["name"], row["limit"]) == ("low", "Low bridge", "max_height_m")
    assert row["excess"] == pytest.approx(1.2)
    assert "Low bridge" in plan.reason


def test_permits_of_a_wide_convoy(country):
    plan = plan_transport(country, "Works", "Quay", transformer(390, 5.5))
    kinds = set(plan.permits["kind"])
    assert {"escort", "exemption", "route_certificate", "own_survey"} <= kinds
    assert (plan.permits["source"] != "").all()


def test_cost_and_time_are_different_questions(country):
    cheap = plan_transport(country, "Works", "Far", transformer(200), objective="cost")
    quick = plan_transport(country, "Works", "Far", transformer(200), objective="time")
    assert cheap.cost_sek <= quick.cost_sek + 1e-6
    assert quick.time_h <= cheap.time_h + 1e-6


def test_hours_by_hand(country):
    plan = plan_transport(country, "Works", "Quay", transformer(390, 5.5), vehicles=["girder_32"])
    road = plan.legs[plan.legs["mode"] == "road"].iloc[0]
    assert road["driving_h"] == pytest.approx(10.0)  # 100 km at 10 km/h
    assert road["time_h"] == pytest.approx(40.0)  # six hours a night
    assert plan.time_h == pytest.approx(40.0 + 2 * 8.0)


def test_no_vehicle_at_home_takes_it(country):
    plan = plan_transport(country, "Works", "Port", transformer(500))
    assert not plan.feasible
    assert set(plan.why["limit"]) == {"payload_t", "connection"}
    assert "takes 400 t" in plan.reason


@pytest.mark.parametrize(
    ("kwargs", "told"),
    [
        ({"vehicles": ["q73"], "load": transformer(410)}, "it takes 400 t, the load weighs 410 t"),
        ({"vehicles": ["q73"], "load": transformer(length_m=20.0)}, "it takes 16 m, the load is 20 m long"),
        ({"vehicles": ["q37"]}, "Did you mean: q73"),
        ({"vehicles": []}, "no vehicle was named"),
        ({"objective": "beauty"}, "use cost or time"),
        ({"unknown": "perhaps"}, "use pass or by_rule or block"),
        ({"permits": ("all",)}, "no permit is called 'all'"),
        ({"origin": "Wroks"}, "Did you mean: Works"),
        ({"origin": (18.0, 65.0)}, "km from the nearest node"),
        ({"clearance_m": -1.0}, "clearance_m is -1"),
    ],
)
def test_impossible_questions_get_one_line(country, kwargs, told):
    values = {"origin": "Works", "destination": "Port", "load": transformer(), **kwargs}
    with pytest.raises(DataError) as caught:
        plan_transport(country, values.pop("origin"), values.pop("destination"), values.pop("load"), **values)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_origin_is_destination(country):
    plan = plan_transport(country, "Works", "Works", transformer())
    assert plan.feasible
    assert plan.cost_sek == 0
    assert plan.legs.empty


def test_a_network_without_hubs_starts_on_the_vehicle(make_network):
    network = make_network({"A": (0, 0), "B": (10_000, 0)}, [("A", "B", {"road_class": "national"})])
    plan = plan_transport(network, "A", "B", transformer(100, 3.0), vehicles=["modular_14"])
    assert plan.legs["mode"].tolist() == ["transfer", "road", "transfer"]
    assert plan.legs["time_h"].tolist() == pytest.approx([8.0, 10 / 15 * 4, 8.0])


def test_closed_edges_are_not_used(country):
    edges = country.edges.copy()
    edges.loc[["rail:f", "rail:b"], "status"] = "closed"
    plan = plan_transport(country.replace(edges=edges), "Works", "Port", transformer(200))
    assert plan.feasible
    assert "rail" not in carriers(plan)


def test_alternatives_differ_in_structures(country):
    plans = alternative_plans(country, "Works", "Port", transformer(200, 3.0), count=3)
    used = [frozenset(plan.margins["structure_id"]) - {""} for plan in plans]
    assert used[0] == {"span"}  # by rail
    assert len(set(used)) == len(plans) == 3  # round by sea, and by road below the low bridge
    assert plans[0].cost_sek == min(plan.cost_sek for plan in plans)


def test_worth_measuring_names_what_would_change_the_plan(country):
    plan = plan_transport(country, "Works", "Port", transformer(320, 4.6))
    table = worth_measuring(country, plan)
    gauge = table[table["edge_id"] == "rail:f"].iloc[0]
    assert "loading_gauge" in gauge["limits"]
    # Without the railway the load goes by road and sea, which costs more.
    assert gauge["still_feasible"]
    assert gauge["extra_cost_sek"] > 0
    assert table["extra_cost_sek"].is_monotonic_decreasing


def by_networkx(network, load, vehicles, origin, destination):
    """The slow twin: states as networkx nodes, the quickest chain by brute Dijkstra over hours."""
    graph = nx.DiGraph()
    titles = network.nodes["mode"]
    hours = {"road": 8.0, "rail": 10.0, "sea": 12.0}

    def join(a, b, weight):
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > weight:
            graph.add_edge(a, b, weight=weight)

    for name in vehicles:
        one = vehicle(name).carrying(load)
        free = passable(network, one)
        for ok, (_, edge) in zip(free, network.edges.iterrows(), strict=True):
            if not ok:
                continue
            u, v = edge["u"], edge["v"]
            if edge["mode"] == one.mode:
                speed = min(edge["speed_kmh"], one.max_speed_kmh)
                join((name, u), (name, v), edge["length_m"] / 1000 / speed * 24 / one.hours_per_day)
            elif edge["mode"] == "transfer":
                if titles[u] == "" and titles[v] == one.mode:
                    join(("ground", u), (name, v), hours[one.mode])
                if titles[v] == "" and titles[u] == one.mode:
                    join((name, u), ("ground", v), hours[one.mode])
    try:
        return nx.dijkstra_path_length(graph, ("ground", origin), ("ground", destination))
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return np.inf


@pytest.mark.parametrize("seed", range(12))
def test_random_chains_equal_networkx(make_network, seed):
    rng = np.random.default_rng(seed)
    n = 8
    nodes = {f"n{i}": tuple(rng.uniform(0, 200_000, 2)) for i in range(n)}
    edges = []
    for k in range(22):
        u, v = rng.choice(n, 2, replace=False)
        mode = str(rng.choice(["road", "rail", "sea"]))
        limit = {"road": "max_height_m", "rail": "max_axle_load_t", "sea": "max_width_m"}[mode]
        value = {"road": (4.0, 6.0), "rail": (18.0, 25.0), "sea": (14.0, 20.0)}[mode]
        edges.append(
            (f"n{u}", f"n{v}", {"id": f"w{k}", "mode": mode, limit: float(rng.uniform(*value)), "speed_kmh": 50.0})
        )
    network = split_by_mode(make_network(nodes, edges), hubs=list(nodes)[:2])
    names = ["modular_14", "modular_16", "q73", "rail_low_16", "barge"]
    load = transformer(float(rng.uniform(50, 225)), float(rng.uniform(2.5, 4.5)), 3.2, 9.0)
    plan = plan_transport(network, "n0", "n1", load, vehicles=names, objective="time")
    expected = by_networkx(network, load, names, "n0", "n1")
    assert plan.feasible == np.isfinite(expected)
    if plan.feasible:
        assert plan.time_h == pytest.approx(expected)
        assert isinstance(plan.margins, pd.DataFrame)
    else:
        assert len(plan.why)


def test_a_coordinate_means_the_terminal_there(country):
    lon, lat = Transformer.from_crs(country.crs, 4326, always_xy=True).transform(5.0, 5.0)
    plan = plan_transport(country, (lon, lat), "Port", transformer())
    assert plan.origin == "works"
    assert carriers(plan) == ["rail"]


def test_own_rates_and_vehicles(country):
    cheap = replace(vehicle("girder_32"), name="lent", sek_per_km=0.0, sek_per_h=0.0, mobilisation_sek=0.0)
    rates = {"bridges_per_km": 0.0, "tall_sek_per_km": 0.0, "escort_sek_per_h": 0.0, "closure_sek_per_h": 0.0}
    plan = plan_transport(country, "Works", "Quay", transformer(390), vehicles=[cheap], rates=rates)
    # permit 150,000, road plates 90,000, two handlings of 150,000 + 300 x 390
    assert plan.cost_sek == pytest.approx(150_000 + 90_000 + 2 * (150_000 + 300 * 390))
    assert plan.legs["vehicle"].unique().tolist() == ["lent"]


def test_only_a_vehicle_that_needs_an_exemption_pays_for_one():
    def start(width_m, weight_t):
        load = Load("machine", weight_t=weight_t, length_m=6.0, width_m=width_m, height_m=2.0)
        return leg_start_cost(vehicle("semi_low_loader").carrying(load), cost_rates())

    # 30,000 SEK on the spot; the permits of a road leg cost 150,000. Up to 3.50 m wide no exemption is needed; 37.5 t on
    # seven axles are within BK1, 67.5 t are above its 64 t.
    assert [start(3.4, 10), start(3.6, 10), start(2.5, 40)] == [30_000, 180_000, 180_000]
    unknown = Vehicle("own", "road", gross_weight_t=20.0, tare_t=10.0, payload_t=20.0, mobilisation_sek=0.0)
    assert leg_start_cost(unknown, cost_rates()) == 150_000  # its size is not known
    # What it costs to bring it is not known either: the rate for such a vehicle, not nothing.
    assert leg_start_cost(replace(unknown, mobilisation_sek=np.nan), cost_rates()) == 150_000 + 400_000
