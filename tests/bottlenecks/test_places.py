"""One place on one page: what it holds, what it leaves open, which measures it names."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.find import find_edges, find_structures
from geoplan.bottlenecks.measures import candidate_measures
from geoplan.bottlenecks.places import Place, place_sheet
from geoplan.bottlenecks.rank import rank_bottlenecks
from geoplan.demand.demand import build_demand
from geoplan.errors import DataError
from geoplan.heavy_haul.plan import plan_transport
from geoplan.maps.labels import Text
from geoplan.scenario.scenario import Scenario
from geoplan.vehicles.load import Load

GATE = Text("Porten", "The gate")


@pytest.fixture(scope="module")
def case(make_network):
    """
    .   A --road_1-- b --road_2-- C       gate: railway bridge, carries rail_1, stands over road_2
    .                 \\--- d ---/        rail_1: b-C
    """
    nodes = {"a": (0, 0), "b": (4000, 0), "c": (8000, 0), "d": (6000, 4000)}
    edges = [
        ("a", "b", {"id": "road_1", "assumed": "speed_kmh,lanes", "lanes": 1.0, "source": "S1", "confidence": "M"}),
        ("b", "c", {"id": "road_2", "max_height_m": 4.2, "source": "S1; S2", "confidence": "H"}),
        ("b", "d", {"id": "road_3"}),
        ("d", "c", {"id": "road_4"}),
        ("b", "c", {"id": "rail_1", "mode": "rail", "max_axle_load_t": 22.5}),
    ]
    gate = {"carries": ["rail_1"], "over": ["road_2"], "fix_cost_msek": 102.0, "fix_note": "new road", "source": "TRV"}
    network = make_network(nodes, edges, structures={"gate": gate})
    ids = ["A", "C"]
    zones = gpd.GeoDataFrame(
        {"name": ids, "node_id": ["a", "c"], "municipality_code": ["2085", "1864"]},
        index=pd.Index(ids, name="zone_id"),
        geometry=network.nodes.geometry[["a", "c"]].array,
    )
    demand = build_demand(zones, {"car": pd.DataFrame([[0.0, 40], [10, 0]], index=ids, columns=ids)})
    return network, demand


def sheet(case, place, **options):
    network, demand = case
    register = rank_bottlenecks(
        network,
        criticality=criticality(network, demand, duration_h=6.0),
        structures=criticality(network, demand, by="structure", duration_h=6.0),
        peak_hours_per_year=400,
        closures_per_year=1,
    )
    return place_sheet(network, place, demand=demand, register=register, duration_h=6.0, **options)


def test_a_structure_is_a_place_on_both_its_networks(case):
    found = sheet(case, Place("gate", GATE, structures=("gate",)))
    assert found.traffic.index.tolist() == ["road_2:f", "road_2:b", "rail_1:f", "rail_1:b"]
    facts = found.facts.set_index(["mode", "what"])
    assert facts.at[("road", "max_height_m"), "low"] == 4.2 and facts.at[("road", "max_height_m"), "state"] == "stated"
    assert (
        facts.at[("road", "max_height_m"), "source"] == "S1; S2"
        and facts.at[("rail", "max_axle_load_t"), "unit"] == "t"
    )
    assert facts.at[("structure", "fix_cost_msek"), "low"] == 102
    assert found.evidence["kind"].tolist() == ["vulnerability", "structure"]
    detour = 2 * np.hypot(2000, 4000) / 1000 / 60 - 4 / 60
    assert found.totals["loss_vehh"] == pytest.approx(50 * detour)
    assert found.hit["unsatisfied_trips"].sum() == 0 and found.hit.index.tolist() == ["2085", "1864"]
    unknown = set(zip(found.unknown["what"], found.unknown["column"], strict=True))
    assert ("gate", "clearance_height_m") in unknown and ("gate", "max_axle_load_t") in unknown
    assert ("road_2:f", "bk_class") in unknown and ("rail_1:f", "loading_gauge") in unknown


def test_assumed_and_stated_are_kept_apart(case):
    facts = sheet(case, Place("west", GATE, ways=("road_1",))).facts.set_index("what")
    assert facts.at["lanes", "state"] == "assumed" and facts.at["length_m", "high"] == 4000
    assert "bk_class" not in facts.index  # not known: told elsewhere


def test_transports_and_measures_of_a_place(case):
    network, _ = case
    options = {"vehicles": ["modular_16"], "unknown": "pass"}
    tall, flat = (Load("piece", weight_t=100, length_m=8.0, width_m=3.0, height_m=height) for height in (4.0, 2.0))
    plans = {
        name: plan_transport(network, "a", "c", load, **options) for name, load in (("tall", tall), ("flat", flat))
    }
    raise_it = Scenario("raise", [{"do": "set_structure", "structures": ["gate"], "column": "clearance_height_m", "value": 6.0}],
                        title={"sv": "Höj", "en": "Raise"}, step=3, cost_msek=20.0, source="S")  # fmt: skip
    other = Scenario("other", [{"do": "close", "ways": ["road_4"]}], step=2)
    no_measure = Scenario("closed", [{"do": "close", "structures": ["gate"]}])
    often = {"tall": 10.0}
    found = sheet(case, Place("gate", GATE, structures=("gate",)), plans=plans, trips_per_year=often,
                  scenarios=[raise_it, other, no_measure])  # fmt: skip
    rows = found.freight.set_index("transport")
    assert rows[["here", "verdict", "lifted", "closed"]].to_numpy().tolist() == [
        [False, "not_ok", "saves", ""],
        [True, rows.at["flat", "verdict"], "", "round"],
    ]
    assert rows.at["tall", "limit"] == "max_height_m" and rows.at["tall", "tonnes_per_year"] == 1000
    higher = network.replace(edges=network.edges.assign(max_height_m=np.inf))
    straight = plan_transport(higher, "a", "c", tall, **options)
    assert rows.at["tall", "saved_sek"] == pytest.approx(plans["tall"].cost_sek - straight.cost_sek)
    closed, _ = Scenario("", [{"do": "close", "ways": ["road_2"]}]).apply(network)
    assert rows.at["flat", "extra_sek"] == pytest.approx(
        plan_transport(closed, "a", "c", flat, **options).cost_sek - plans["flat"].cost_sek
    )
    assert rows.at["tall", "saved_sek_per_year"] == pytest.approx(10 * rows.at["tall", "saved_sek"])
    assert np.isnan(rows.at["flat", "extra_sek_per_year"])  # nobody has said how often it goes
    limits = found.transports[found.transports["verdict"] == "not_ok"]
    assert limits[["transport", "limit", "limit_value"]].to_numpy().tolist() == [["tall", "max_height_m", 4.2]]
    own = found.measures[found.measures["scenario"] != ""]
    assert own[["scenario", "step", "measure_en", "cost_msek"]].to_numpy().tolist() == [["raise", 3.0, "Raise", 20.0]]
    proposals = found.measures[found.measures["source"].str.contains("proposal")]
    assert {2.0, 3.0, 4.0} <= set(proposals["step"]) and "Lower the road or raise the structure" in set(
        proposals["measure_en"]
    )
    assert "new road" in set(found.measures["measure_en"])


def test_every_kind_has_proposals_in_the_order_of_the_steps():
    for kind in ("congestion", "vulnerability", "structure", "restriction", "rail_capacity"):
        table = candidate_measures(kind)
        assert len(table) and table["step"].between(1, 4).all() and table["step"].is_monotonic_increasing
        assert (table["measure_sv"] != "").all() and (table["measure_en"] != "").all()
    assert candidate_measures("restriction", "max_height_m")["measure_en"].iloc[0].startswith("Measure")


def test_patterns_and_faults(case):
    network, _ = case
    assert find_edges(network, ["road_[34]"]).tolist() == ["road_3:f", "road_3:b", "road_4:f", "road_4:b"]
    assert find_edges(network, ["road_1:f"]).tolist() == ["road_1:f"]
    assert find_structures(network, ["g*"]) == ["gate"]
    with pytest.raises(DataError, match=r"no way is called 'road_9'. Did you mean: road_"):
        find_edges(network, ["road_9"])
    with pytest.raises(DataError, match=r"no structure is called 'gat'. Did you mean: gate"):
        find_structures(network, ["gat"])
    with pytest.raises(DataError, match="place p: name ways or structures"):
        Place("p", GATE)
