"""Cheapest and fewest fixes against all subsets, the envelope against many loads, redundancy against all pairs."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.heavy_haul.costs import cost_rates
from geoplan.heavy_haul.envelope import export_envelope, fix_gains, weight_at
from geoplan.heavy_haul.fixes import apply_fixes, cheapest_fixes, fewest_fixes
from geoplan.heavy_haul.plan import best_way, fleet_for
from geoplan.heavy_haul.redundancy import transport_redundancy
from geoplan.heavy_haul.states import build_states
from geoplan.network.join import split_by_mode
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.limits import make_terms, passable
from geoplan.vehicles.load import Load
from geoplan.vehicles.rules import USUAL_PERMITS


def transformer(weight_t=152.0, height_m=4.3, width_m=3.5, length_m=8.0):
    return Load("transformer", weight_t, length_m, width_m, height_m)


def subsets(items):
    return chain.from_iterable(combinations(items, k) for k in range(len(items) + 1))


def reaches(open_pairs, origin, destination):
    """Whether open edges join two nodes: the slow twin of every search."""
    reached, front = {origin}, [origin]
    while front:
        place = front.pop()
        for u, v in open_pairs:
            if u == place and v not in reached:
                reached.add(v)
                front.append(v)
    return destination in reached


# ---------------------------------------------------------------------------------------- the published case


@pytest.fixture(scope="module")
def tovasen(make_network):
    """Three bridges over the road to the site, each 0.40 m too low, and a way round with four.

    port --b1-- --b2-- --b3-- site
       \\--b4-- --b5-- --b6-- --b7--/
    """
    nodes = {"port": (0, 0), "site": (40_000, 0), **{f"a{i}": (10_000 * i, 100) for i in (1, 2)}}
    nodes |= {f"c{i}": (9_000 * i, -9_000) for i in (1, 2, 3)}
    ways = [("port", "a1"), ("a1", "a2"), ("a2", "site"), ("port", "c1"), ("c1", "c2"), ("c2", "c3"), ("c3", "site")]
    edges = [(u, v, {"id": f"w{i}", "road_class": "national"}) for i, (u, v) in enumerate(ways, start=1)]
    low = 5.65 - 0.40  # the convoy stands 5.65 m high with a 5.5 m load
    structures = {
        f"b{i}": {
            "kind": "road_bridge",
            "name": f"Bridge {i}",
            "over": [f"w{i}"],
            "clearance_height_m": low,
            "fix_cost_msek": 1.5,
        }
        for i in range(1, 8)
    }
    return make_network(nodes, edges, structures=structures)


def test_three_roads_are_lowered_by_forty_centimetres(tovasen):
    load = Load("transformer", 390, 10.5, 4.0, 5.5)
    for ask in (cheapest_fixes, fewest_fixes):
        fixes = ask(tovasen, "port", "site", load, vehicles=["girder_32"])
        assert fixes.feasible
        best = fixes.sets.iloc[0]
        assert (best["structures"], best["n"], best["cost_msek"]) == ("b1; b2; b3", 3, 4.5)
        first = fixes.changes[fixes.changes["rank"] == 1]
        assert first["change"].to_numpy() == pytest.approx([0.40] * 3)
        assert fixes.plan.feasible
        assert fixes.sets.iloc[1]["n"] == 4  # the runner-up is the way round
        assert not fixes.sets.iloc[0]["cost_assumed"]


def test_an_open_way_needs_nothing(tovasen):
    fixes = cheapest_fixes(tovasen, "port", "site", Load("low", 100, 8, 3, 3.0), vehicles=["girder_32"])
    assert fixes.sets["n"].tolist() == [0]
    assert "open" in fixes.reason


def test_a_section_cannot_be_fixed_as_a_structure(make_network):
    network = make_network({"A": (0, 0), "B": (1000, 0)}, [("A", "B", {"max_height_m": 4.0})])
    fixes = cheapest_fixes(network, "A", "B", transformer(), vehicles=["modular_14"])
    assert not fixes.feasible
    assert fixes.plan is None
    assert fixes.sets.empty


def test_structures_without_a_cost(make_network):
    network = make_network(
        {"A": (0, 0), "B": (1000, 0)},
        [("A", "B", {"id": "w"})],
        structures={"st": {"kind": "bridge", "over": ["w"], "clearance_height_m": 4.0}},
    )
    bare = cheapest_fixes(network, "A", "B", transformer(), vehicles=["modular_14"])
    assert not bare.feasible
    assert bare.unpriced == ("st",)
    assert "state no cost" in bare.reason
    assumed = cheapest_fixes(network, "A", "B", transformer(), vehicles=["modular_14"], assumed_cost_msek=7.0)
    assert assumed.sets.iloc[0][["structures", "cost_msek", "cost_assumed"]].tolist() == ["st", 7.0, True]
    counted = fewest_fixes(network, "A", "B", transformer(), vehicles=["modular_14"])
    assert counted.sets.iloc[0]["n"] == 1
    assert np.isnan(counted.sets.iloc[0]["cost_msek"])


def test_unknown_structure_cannot_be_fixed(tovasen):
    with pytest.raises(DataError, match="no structure has the id 'b9'"):
        apply_fixes(tovasen, ["b9"])


# ------------------------------------------------------------------------------------- random small networks


def obstacle_course(make_network, seed):
    """A random road network with few structures, each over one to three ways, and some ways too low themselves."""
    rng = np.random.default_rng(seed)
    n, m, s = int(rng.integers(4, 8)), int(rng.integers(6, 12)), int(rng.integers(3, 8))
    nodes = {f"n{i}": tuple(rng.uniform(0, 10_000, 2)) for i in range(n)}
    edges = []
    for k in range(m):
        u, v = rng.choice(n, 2, replace=False)
        own = {"max_height_m": 4.0} if rng.random() < 0.15 else {}
        edges.append((f"n{u}", f"n{v}", {"id": f"w{k}", "oneway": bool(rng.random() < 0.3), **own}))
    structures = {}
    for i in range(s):
        ways = [f"w{k}" for k in rng.choice(m, int(rng.integers(1, 4)), replace=False)]
        cost = {} if rng.random() < 0.15 else {"fix_cost_msek": float(rng.integers(0, 9))}
        structures[f"s{i}"] = {
            "kind": "bridge",
            "over": ways,
            "clearance_height_m": float(rng.choice([4.4, 5.0, 5.3, 6.0])),
            **cost,
        }
    return make_network(nodes, edges, structures=structures)


def too_low(network, height_m):
    """Edges that are high enough themselves, as (u, v, structures over them that are not), from the tables alone."""
    table, edges = network.structure_edges, network.edges
    low = network.structures["clearance_height_m"] < height_m
    over = {edge: set() for edge in edges.index}
    for structure, edge in zip(table["structure_id"], table["edge_id"], strict=True):
        if low[structure]:
            over[edge].add(structure)
    own = edges["max_height_m"].to_numpy() < height_m
    rows = zip(edges.index, edges["u"], edges["v"], own, strict=True)
    return [(u, v, over[edge]) for edge, u, v, short in rows if not short]


@pytest.mark.parametrize("block", range(10))
def test_all_subsets_confirm_the_cheapest_fixes(make_network, block):
    laden = vehicle("modular_14").carrying(transformer())
    for seed in range(block * 20, block * 20 + 20):
        network = obstacle_course(make_network, seed)
        prices = network.structures["fix_cost_msek"].to_dict()
        found: dict[str, dict[frozenset, float]] = {"cost": {}, "number": {}}
        edges = too_low(network, laden.height_m)
        for chosen in map(frozenset, subsets(network.structures.index.to_list())):
            if reaches([(u, v) for u, v, over in edges if over <= chosen], "n0", "n1"):
                found["number"][chosen] = len(chosen)
                if not any(np.isnan(prices[one]) for one in chosen):
                    found["cost"][chosen] = sum(prices[one] for one in chosen)
        for ask, kind in ((cheapest_fixes, "cost"), (fewest_fixes, "number")):
            if kind == "number" and seed % 4:
                continue
            fixes = ask(
                network, "n0", "n1", transformer(), vehicles=["modular_14"], runner_ups=2, with_plan=seed % 20 == 0
            )
            value = found[kind]
            assert fixes.feasible == bool(value), (seed, kind)
            if not fixes.feasible:
                continue
            sets = [frozenset(text.split("; ")) - {""} for text in fixes.sets["structures"]]
            # The first is the best of all; each runner-up is the best of the sets that hold no earlier one.
            for i, chosen in enumerate(sets):
                left = [number for other, number in value.items() if not any(early <= other for early in sets[:i])]
                assert value[chosen] == min(left), (seed, kind, i)
            assert len(sets) == 3 or not [1 for other in value if not any(early <= other for early in sets)]
            assert seed % 20 or fixes.plan.feasible


# -------------------------------------------------------------------------------------------------- envelope


def mixed(make_network, seed, known_share):
    """A random network of road, rail and sea with limits of every kind, works n0 and ports n1, n2."""
    rng = np.random.default_rng(1000 + seed)
    n = 7
    nodes = {f"n{i}": tuple(rng.uniform(0, 100_000, 2)) for i in range(n)}
    nodes["n1"] = (*nodes["n1"], {"crane_capacity_t": float(rng.uniform(100, 400))})
    pools = {
        "road": {"max_height_m": (3.5, 7.0), "max_weight_t": (80.0, 500.0), "max_axle_load_t": (8.0, 25.0), "grade_pct": (0.0, 6.0)},
        "rail": {"max_axle_load_t": (12.0, 25.0), "max_metre_load_tpm": (5.0, 12.0), "max_height_m": (4.0, 6.0), "max_weight_t": (300.0, 900.0)},
        "sea": {"max_width_m": (15.0, 20.0), "max_length_m": (75.0, 130.0), "max_weight_t": (100.0, 500.0)},
    }  # fmt: skip
    edges = []
    for k in range(24):
        u, v = rng.choice(n, 2, replace=False)
        mode = str(rng.choice(["road", "rail", "sea"], p=[0.45, 0.35, 0.2]))
        values = {name: float(rng.uniform(*span)) for name, span in pools[mode].items() if rng.random() < known_share}
        if mode == "rail":
            values["electrified"] = str(rng.choice(["yes", "no", ""]))
            values["loading_gauge"] = str(rng.choice(["", "", "SE-C"]))
            values["line_category"] = str(rng.choice(["", "D2", "E4"]))
        if mode == "road":
            values["bk_class"] = str(rng.choice(["", "", "BK1", "BK4"]))
            values |= {"max_width_m": 7.0, "max_length_m": 200.0} if rng.random() < known_share else {}
            values["road_class"] = str(rng.choice(["national", "track"]))
        edges.append((f"n{u}", f"n{v}", {"id": f"w{k}", "mode": mode, **values}))
    ways = [f"w{k}" for k in rng.choice(24, 6, replace=False)]
    structures = {
        "s0": {
            "kind": "bridge",
            "over": ways[:2],
            "clearance_height_m": float(rng.uniform(4, 6)),
            "fix_cost_msek": 5.0,
        },
        "s1": {"kind": "road_bridge", "carries": ways[2:4], "max_weight_t": float(rng.uniform(100, 400))},
        "s2": {"kind": "road_bridge", "carries": ways[4:], "span_m": 18.0},
        "s3": {"kind": "tunnel", "carries": [ways[5]]},
    }
    return split_by_mode(make_network(nodes, edges, structures=structures), hubs=["n0", "n1", "n2"])


def gets_out(network, load, ports, names, *, unknown="pass", permits=USUAL_PERMITS, clearance_m=0.0):
    """Whether a plan to one of the ports exists, without describing it."""
    try:
        laden, _ = fleet_for(load, names)
    except DataError:
        return False  # no vehicle takes it
    index = network.nodes.index
    states = build_states(
        network, laden, index.get_loc("n0"), [index.get_loc(port) for port in ports],
        permits=permits, terms=make_terms(clearance_m), rates=cost_rates(),
    )  # fmt: skip
    return best_way(states, "cost", unknown) is not None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"permits": ()},
        {"unknown": "by_rule", "permits": (*USUAL_PERMITS, "rail_axle_load", "posted_weight")},
        {"clearance_m": 0.2, "permits": (*USUAL_PERMITS, "rail_axle_load")},
        {"unknown": "block"},
    ],
)
def test_many_loads_confirm_the_envelope(make_network, seed, options):
    network = mixed(make_network, seed, 0.9 if "unknown" in options else 0.45)
    rng = np.random.default_rng(seed)
    names = ["modular_14", "girder_32", "q73", "rail_low_16", "barge", "heavy_lift_ship"]
    for width in (2.4, 3.5) if seed % 2 else (3.5, 5.2):
        envelope = export_envelope(
            network, "n0", ["n1", "n2"], widths_m=(width,), length_m=9.0, modes=("best",), vehicles=names, **options
        )
        assert envelope["weight_t"].is_monotonic_decreasing
        assert envelope["height_m"].is_monotonic_increasing
        trials = [(float(rng.uniform(1, 410)), float(rng.uniform(1, 7.5))) for _ in range(4)]
        for row in envelope.itertuples():  # and the corners themselves, from inside and from outside
            height = min(row.height_m, 7.5)
            trials += [(row.weight_t * (1 - 1e-7), height * (1 - 1e-7)), (row.weight_t * 1.001, height)]
        for weight, height in [(min(w, 1999.0), h) for w, h in trials]:
            out = gets_out(network, Load("trial", weight, 9.0, width, height), ("n1", "n2"), names, **options)
            inside = bool(((envelope["weight_t"] >= weight) & (envelope["height_m"] >= height)).any())
            assert inside == out, (width, weight, height)


def test_corners_name_what_binds(make_network):
    network = make_network(
        {"A": (0, 0), "B": (1000, 0), "C": (500, 900)},
        [
            ("A", "B", {"id": "low", "max_weight_t": 300.0}),
            ("A", "C", {"id": "w1"}),
            ("C", "B", {"id": "w2", "max_weight_t": 200.0}),
        ],
        structures={
            "st": {
                "kind": "bridge",
                "name": "Low bridge",
                "over": ["low"],
                "clearance_height_m": 5.0,
                "fix_cost_msek": 9.0,
            }
        },
    )
    envelope = export_envelope(network, "A", ["B"], widths_m=(3.0,), modes=("best",), vehicles=["modular_14"])
    # modular_14: tare 60 t, deck 1.2 m. By the bridge 300 - 60 = 240 t but 230 t pay-load, up to 5.0 - 1.2 = 3.8 m;
    # round by C 200 - 60 = 140 t at any height.
    assert envelope[["height_m", "weight_t"]].to_numpy() == pytest.approx(np.array([[3.8, 230.0], [np.inf, 140.0]]))
    assert envelope["height_structure_id"].tolist() == ["st", ""]
    assert envelope["height_by"].tolist() == ["Low bridge", ""]
    assert envelope["weight_limit"].tolist() == ["payload_t", "max_weight_t"]
    assert weight_at(envelope, 4.0) == pytest.approx(140.0)
    assert weight_at(envelope, 3.8) == pytest.approx(230.0)
    gains = fix_gains(network, "A", ["B"], widths_m=(3.0,), vehicles=["modular_14"])
    assert gains[["structure_id", "fix_cost_msek", "before_t", "after_t", "gain_t"]].to_numpy().tolist() == [
        ["st", 9.0, pytest.approx(140.0), 230.0, pytest.approx(90.0)]
    ]


def test_one_line_a_scenario(make_network):
    base = make_network({"A": (0, 0), "B": (1000, 0)}, [("A", "B", {"id": "w", "max_weight_t": 160.0})])
    edges = base.edges.copy()
    edges["max_weight_t"] = 200.0
    table = export_envelope(
        {"today": base, "stronger": base.replace(edges=edges)},
        "A",
        ["B"],
        widths_m=(3.0,),
        modes=("road",),
        vehicles=["modular_14"],
    )
    assert table.set_index("scenario")["weight_t"].to_dict() == pytest.approx({"today": 100.0, "stronger": 140.0})
    with pytest.raises(DataError, match="no port was given"):
        export_envelope(base, "A", [])
    with pytest.raises(DataError, match="'air' is not known"):
        export_envelope(base, "A", ["B"], modes=("air",))


# ------------------------------------------------------------------------------------------------ redundancy


@pytest.mark.parametrize("block", range(6))
def test_disjoint_ways_and_stranding_structures_by_hand(make_network, block):
    """All simple ways are listed; the largest family of ways that share no structure is found by trying all."""
    laden = vehicle("modular_14").carrying(transformer(100, 3.0))
    for seed in range(block * 10, block * 10 + 10):
        network = obstacle_course(make_network, 5000 + seed)
        free = passable(network, laden)
        touched = network.structure_edges.groupby("edge_id")["structure_id"].agg(set).to_dict()
        ways = sorted({frozenset(way) for way in _simple_ways(network, free, touched, "n0", "n1")}, key=len)
        result = transport_redundancy(network, "n0", "n1", transformer(100, 3.0), vehicles=["modular_14"])
        if not ways:
            assert result.ways == 0
            continue
        if frozenset() in ways:
            assert np.isinf(result.ways)
        else:
            most = max(len(family) for family in _families(ways))
            assert result.ways == min(most, 4), seed
        for row in result.structures.itertuples():
            assert row.strands == all(row.structure_id in way for way in ways), seed


def _simple_ways(network, free, touched, origin, destination):
    pairs = [
        (u, v, frozenset(touched.get(edge, ())))
        for edge, u, v, ok in zip(network.edges.index, network.edges["u"], network.edges["v"], free, strict=True)
        if ok
    ]
    stack = [(origin, frozenset([origin]), frozenset())]
    while stack:
        place, seen, used = stack.pop()
        if place == destination:
            yield used
            continue
        stack += [(v, seen | {v}, used | s) for u, v, s in pairs if u == place and v not in seen]


def _families(ways):
    families = [()]
    for way in ways:
        families += [
            (*family, way) for family in families if len(family) < 4 and not any(way & other for other in family)
        ]
    return families


def test_a_lost_structure_closes_both_networks(make_network):
    """Rail over road: the same bridge carries one way and stands over the other, so that they are one way to lose."""
    plain = make_network(
        {"A": (0, 0), "B": (1000, 0)},
        [("A", "B", {"id": "road"}), ("A", "B", {"id": "rail", "mode": "rail"})],
        structures={"st": {"kind": "rail_bridge_over_road", "carries": ["rail"], "over": ["road"]}},
    )
    result = transport_redundancy(split_by_mode(plain), "A", "B", transformer(100, 3.0))
    assert result.ways == 1
    assert result.structures[["structure_id", "strands"]].to_numpy().tolist() == [["st", True]]
    assert "strands" in result.reason
    assert isinstance(result.structures, pd.DataFrame)
