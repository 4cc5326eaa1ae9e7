"""The embedded study against the facts it was made from, and study.toml as people get it wrong."""

from __future__ import annotations

import csv
import os
import re
import shutil
import sys
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

import geoplan.io.study_folders
from geoplan.assignment.equilibrium import assign
from geoplan.errors import DataError
from geoplan.io import study_columns
from geoplan.io.study_records import unknown_sources
from geoplan.network.names import localise
from geoplan.routing.points import find_node
from geoplan.study import check_study, embedded_studies, init_study, read_study

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def study():
    return read_study("ludvika")


@pytest.fixture(scope="module")
def rows():
    """Every table of the study as it stands in its file."""
    return {file.stem: table_of(file) for file in (DATA / "ludvika").glob("*.csv")}


def table_of(file):
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def graph_of(network, mode):
    """The ways in use of one mode, weighted by length in metres; hubs count as part of every mode."""
    edges = network.edges[network.edges["mode"].isin([mode, "transfer"]) & (network.edges["status"] == "")]
    graph = nx.MultiDiGraph()
    graph.add_weighted_edges_from(zip(edges["u"], edges["v"], edges["length_m"], strict=True))
    return graph


# ---- the embedded study


@pytest.mark.parametrize(
    ("start", "end", "published_km"),
    [
        ("Ludvika", "Kolbäck", 110.0),
        ("Frövi", "Ludvika", 98.0),
        ("Falun", "Ludvika", 70.1),
        ("Ludvika", "Oxelösund", 240.0),
        ("Ludvika", "Göteborg C", 408.0),
        ("Ludvika", "Gävle C", 161.5),
    ],
)
def test_railway_distances_are_the_published_ones(study, start, end, published_km):
    names = study.network.nodes.reset_index().set_index("name")["node_id"]
    graph = graph_of(study.network, "rail")
    length = nx.shortest_path_length(graph, names[start], names[end], weight="weight") / 1000
    assert length == pytest.approx(published_km, rel=0.02)


def test_ludvika_oxelosund_runs_through_kolback(study):
    path = nx.shortest_path(graph_of(study.network, "rail"), "ludvika", "oxelosund", weight="weight")
    assert "kolback" in path and "eskilstuna_c" in path


@pytest.mark.parametrize("mode", ["road", "rail", "sea"])
def test_each_network_is_one_piece(study, mode):
    edges = study.network.edges[(study.network.edges["mode"] == mode) & (study.network.edges["status"] == "")]
    graph = nx.DiGraph(zip(edges["u"], edges["v"], strict=True))
    assert nx.is_strongly_connected(graph)


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("Hitachi Energy Ludvika", "hitachi"),
        ("Norrköping port", "norrkoping_pampus"),
        ("Oxelösund port", "oxelosund_port"),
        ("Köping port", "koping_port"),
        ("Västerås port", "vasteras_port"),
        ("Gävle port", "gavle_port"),
        ("Göteborg port", "goteborg_port"),
        ("Ludvika", "ludvika"),
        ("Kolbäck", "kolback"),
        ("Falun", "falun_c"),
        ("Rotebro", "rotebro"),
    ],
)
def test_promised_names_lead_to_one_node(study, name, node):
    names = study.network.nodes["name"]
    assert names.index[names == name].to_list() == [node]


@pytest.mark.parametrize("name", ["Norrköping port", "Norrköpings hamn", "norrköpings hamn", "Falun", "Falun C"])
def test_a_place_is_found_by_its_name_in_either_language(study, name):
    node = study.network.nodes.index[find_node(study.network, name)]
    assert node == ("falun_c" if name.startswith("Falun") else "norrkoping_pampus")


ENGLISH = [
    "north",
    "south",
    "west",
    "east",
    "junction",
    "village",
    "port",
    "mine",
    "lock",
    "mouth",
    "road",
    "bridge",
    "bridges",
    "crane",
    "quay",
    "line",
    "track",
    "siding",
    "link",
    "through",
    "past",
    "outside",
    "part",
    "municipality",
    "locality",
    "roundabout",
    "substation",
    "brewery",
    "off",
    "cape",
    "strait",
    "border",
    "level",
    "limit",
]


def test_swedish_names_have_no_english_words(study):
    network = localise(study.network, "sv")
    names = [*network.nodes["name"], *network.edges["name"], *network.structures["name"]]
    names += [own or name for name, own in zip(study.zones["name"], study.zones["name_sv"], strict=True)]
    lines = network.edges["line_sv"].where(network.edges["line_sv"] != "", network.edges["line"])
    words = {word for name in {*names, *lines} for word in re.findall(r"[a-zåäö]+", str(name))}
    assert words.isdisjoint(ENGLISH)


def test_names_of_joined_places_are_told_once_in_each_language(study):
    nodes, edges = study.network.nodes, study.network.edges
    assert nodes.index[nodes["name_sv"] == "Norrköpings hamn"].to_list() == ["norrkoping_pampus"]
    assert edges.loc["transfer_norrkoping_pampus@rail:f", ["name", "name_sv"]].to_list() == [
        "Norrköping port",
        "Norrköpings hamn",
    ]


def test_ways_called_after_two_places_are_so_in_both_languages(study):
    nodes, edges = study.network.nodes, study.network.edges

    def short(node, lang):
        name = (lang == "sv" and nodes["name_sv"][node]) or nodes["name"][node]
        return re.sub(r"( \(.*\)|, rv 50)$", "", name)

    forward = edges[edges.index.str.endswith(":f") & (edges["mode"] != "transfer")]
    for way, u, v, name, swedish in forward[["u", "v", "name", "name_sv"]].itertuples():
        u, v = (str(node).partition("@")[0] for node in (u, v))
        if name == f"{short(u, 'en')}–{short(v, 'en')}":
            assert (swedish or name) == f"{short(u, 'sv')}–{short(v, 'sv')}", way


def test_no_name_is_given_twice(study):
    names = study.network.nodes["name"]
    assert names[names != ""].is_unique


def test_bridges_of_grangesberg_are_one_structure_on_two_networks(study):
    network = study.network
    pairs = network.structure_edges.join(network.edges[["mode", "way_id"]], on="edge_id")
    for structure in ("st_dalporten", "st_stubinfabriksbron"):
        of_it = pairs[pairs["structure_id"] == structure]
        carried, below = (of_it[of_it["role"] == role] for role in ("carries", "over"))
        assert set(carried["mode"]) == {"rail"} and set(below["mode"]) == {"road"}
        assert set(below["way_id"]) == {"road_50_dalporten"}
        assert network.structures.loc[structure, ["clearance_height_m"]].isna().all()


def test_embankment_limits_the_train_on_every_section_it_carries(study):
    structures, pairs = study.network.structures, study.network.structure_edges
    assert structures.loc["st_bp_embankment", "max_weight_t"] == 1600
    assert (pairs["structure_id"] == "st_bp_embankment").sum() == 2 * 13


def test_unknown_limits_of_the_facts_are_unknown(study):
    edges = study.network.edges
    assert edges.loc[edges["mode"] == "road", ["max_height_m", "max_weight_t", "aadt"]].isna().all(axis=None)
    assert (edges["loading_gauge"] == "").all() and (edges["bk_class"] == "").all()
    assert edges["speed_kmh"].notna().sum() == (edges["mode"] != "transfer").sum()


def test_every_filled_speed_says_that_it_is_assumed(study, rows):
    given = {row["way_id"] for table in ("roads", "railways", "sea") for row in rows[table] if row["speed_kmh"]}
    edges = study.network.edges
    filled = edges[~edges["way_id"].isin(given) & (edges["mode"] != "transfer")]
    assert len(filled) > 50 and filled["assumed"].str.split(",").map(lambda names: "speed_kmh" in names).all()


def test_every_row_says_where_it_comes_from(rows):
    for table, content in rows.items():
        if table == "sources":
            continue
        for row in content:
            assert row["source"] and row["year"].isdigit() and row["confidence"] in ("H", "M", "L", "D"), (table, row)


def test_every_source_key_leads_somewhere(study, rows):
    cells = {table: [row["source"] for row in content] for table, content in rows.items() if table != "sources"}
    config = study.config
    named = [*config.scenarios, *config.transports, *config.targets, config.demand, config.bottlenecks]
    cells["study.toml"] = [row.source for row in named]
    cells["edits"] = [edit.source for scenario in study.scenarios for edit in scenario.edits]
    assert unknown_sources(study.sources, cells) == {}
    used = {key.strip() for table in cells.values() for cell in table for key in cell.split(";")}
    assert set(study.sources.index) <= used, "sources that nothing names"


def test_estimates_of_jobs_are_marked_and_follow_their_rule(study):
    zones = study.zones
    assert (zones["jobs_basis"] == "assumed").all()
    assert zones["assumed"].str.contains("jobs").all()
    # Jobs of a municipality are its workers plus the net commuting that SCB counts (rounding of each zone aside).
    sums = zones.groupby("municipality_code")[["employed_residents", "jobs"]].sum()
    net = study.municipalities["net_commuting"].reindex(sums.index)
    assert (sums["jobs"] - sums["employed_residents"] - net).abs().max() <= 1
    assert zones.loc["z_ludvika", "municipality"] == "Ludvika"


def commuters_between(study):
    """Commuters of the model from municipality to municipality."""
    config, code = study.config.demand, study.zones["municipality_code"]
    matrix = study.demand.matrices["car"] / (config.peak_share * config.driver_share)
    return matrix.groupby(code).sum().T.groupby(code).sum().T


def test_demand_meets_its_margins_less_those_from_outside(study):
    between = commuters_between(study)
    told = study.demand.meta["containment"]
    employed = study.zones.groupby("municipality_code")["employed_residents"].sum()
    assert between.sum(axis=1).to_dict() == pytest.approx(
        (employed - pd.Series(told["outside_out"])).to_dict(), rel=1e-6
    )
    jobs = study.zones.groupby("municipality_code")["jobs"].sum()
    wanted = pd.Series(told["wanted"])
    into = (jobs - wanted - pd.Series(told["outside_in"])) * told["commuters_in_scaled"]
    assert between.sum(axis=0).to_dict() == pytest.approx((wanted + into).to_dict(), rel=1e-6)
    assert study.demand.meta["gravity"]["converged"] and told["not_met"] == []
    # The assumed shares from outside should leave about as many who commute out as in.
    assert told["commuters_in_scaled"] == pytest.approx(1, abs=0.1)


def test_as_many_live_and_work_in_each_municipality_as_scb_counts(study):
    between = commuters_between(study)
    employed = study.zones.groupby("municipality_code")["employed_residents"].sum()
    for code, row in study.municipalities.iterrows():
        own = between.loc[code, code]
        out = employed[code] - own
        assert (2 * out + row["net_commuting"]) / own == pytest.approx(row["commuters_per_non_commuter"], rel=1e-5)
    assert between.loc["2085", "2085"] / employed["2085"] == pytest.approx(0.764, abs=0.001)
    assert between.loc["2061", "2061"] / employed["2061"] == pytest.approx(0.503, abs=0.001)
    # Ludvika is where Smedjebacken works: most of the 2,315 who commute out of it.
    assert 1500 < between.loc["2061", "2085"] < 2000


def test_no_road_into_a_town_of_one_zone_carries_more_than_it_can(study):
    flows = assign(study.network, study.demand, gap=1e-4).flows
    assert flows["vc_ratio"].max() < 1
    near = flows[flows.index.str.startswith(("road_50_0", "road_66_01", "road_66_02", "road_66_03"))]
    assert near["flow_vph"].max() > 300


def test_area_is_the_study_and_not_its_neighbours(study):
    assert study.config.study.area == ("2085", "2061")
    inside = study.zones[study.zones["municipality_code"].isin(study.config.study.area)]
    assert set(inside["municipality"]) == {"Ludvika", "Smedjebacken"}


def test_scenarios_apply_to_the_study(study):
    base = study.network
    variants = {scenario.id: scenario.apply(base, study.demand) for scenario in study.scenarios}
    assert list(variants) == ["today", "new_rv50", "axle_25t", "gbg_bridge_closed", "mines_open", "rv66_2plus1",
                              "bp_quicker"]  # fmt: skip
    assert variants["today"][0].edges.drop(columns="geometry").equals(base.edges.drop(columns="geometry"))
    status = variants["new_rv50"][0].edges["status"]
    assert (status["road_50_gbg_new:f"], status["road_50_dalporten:b"]) == ("", "closed")
    closed = variants["gbg_bridge_closed"][0].edges
    assert (closed.loc[["rail_bb_lg_04:f", "road_50_dalporten:f"], "status"] == "closed").all()
    raised = variants["axle_25t"][0]
    path = nx.shortest_path(graph_of(raised, "rail"), "ludvika", "frovi", weight="weight")
    on_path = raised.edges[
        raised.edges["u"].isin(path) & raised.edges["v"].isin(path) & (raised.edges["mode"] == "rail")
    ]
    assert len(on_path) == 2 * (len(path) - 1) and (on_path["max_axle_load_t"] == 25).all()
    jobs, homes = (sum(getattr(edit, name, 0) for edit in study.scenarios[4].edits) for name in ("jobs", "homes"))
    assert (jobs, homes) == (700 + 800, 290 + 320)


def test_transports_and_loads(study):
    assert study.loads["transformer_320"].weight_t == 320
    assert study.loads["transformer_390"].height_m == 5.5
    assert study.cases.loc["transformer_25t_axles", "axle_load_t"] == 25
    assert study.cases.loc["case_e_tovasen", ["refused_mode", "reason"]].to_list() == ["rail", "too high for rail"]
    assert set(study.cases["use"]) == {"study", "reference"}
    assert {transport.load for transport in study.transports} <= set(study.loads)
    names = set(study.network.nodes["name"])
    assert {place for transport in study.transports for place in (transport.origin, *transport.to)} <= names
    nodes = set(study.network.nodes.index) | {""}
    assert set(study.cases[["from_node", "to_node", "via_node"]].to_numpy().ravel()) <= nodes


def test_timetable_names_nodes_of_the_network(study):
    nodes = set(study.network.nodes.index)
    assert set(study.timetable.trains[["from_node", "to_node"]].to_numpy().ravel()) <= nodes
    assert set(study.timetable.stations["node_id"]) <= nodes | {""}
    assert study.timetable.trains.loc["ore_grangesberg_oxelosund", "scenario"] == "mines_open"


def test_meta_travels_with_the_network(study):
    meta = study.network.meta
    assert meta["name"] == study.name == study.config.study.name.sv
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", meta["data_date"]) and "SCB" in meta["attribution"]
    assert meta["sources"]["BG-FROVI"]["url"].startswith("https://")


def test_columns_are_the_ones_of_the_readers_and_of_the_readme(rows):
    specs = {
        "nodes": "NODE", "roads": "WAY", "railways": "WAY", "sea": "WAY", "structures": "STRUCTURE", "zones": "ZONE",
        "commuting": "MUNICIPALITY", "trains": "TRAIN", "stations": "STATION", "services": "SERVICE",
        "growth": "GROWTH", "loads": "LOAD", "sources": "SOURCE",
    }  # fmt: skip
    assert set(specs) == set(rows)
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for table, name in specs.items():
        known = {column.name for column in getattr(study_columns, f"{name}_COLUMNS")}
        assert set(rows[table][0]) <= known, table
        assert all(f"`{column}`" in readme for column in rows[table][0])
        assert f"| {table}.csv | {len(rows[table])} |" in readme


# ---- against the facts the tables were made from


@pytest.fixture(scope="module")
def facts(shared_data):
    folder = shared_data.parent / "facts" / "network"
    if not folder.is_dir():
        pytest.skip(f"no facts at {folder}")
    return {file.stem: table_of(file) for file in folder.glob("*.csv")}


def number(text):
    return float(text) if text else None


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("fact", "table", "fact_id", "own_id", "left_out"),
    [
        ("nodes", "nodes", "node_id", "node_id", lambda row: row["node_id"].startswith("z_")),  # the points of zones
        ("rail_sections", "railways", "section_id", "way_id", None),
        ("road_sections", "roads", "section_id", "way_id", None),
        ("sea_legs", "sea", "leg_id", "way_id", None),
        ("structures", "structures", "structure_id", "structure_id", None),
        ("zones", "zones", "zone_id", "zone_id", None),
        ("municipal_commuting_observed", "commuting", "municipality_code", "municipality_code", None),
        ("stations_passing", "stations", "station", "station", None),
    ],
)
def test_every_fact_arrived(facts, rows, fact, table, fact_id, own_id, left_out):
    wanted = [row[fact_id] for row in facts[fact] if left_out is None or not left_out(row)]
    assert [row[own_id] for row in rows[table]] == wanted


ADDED_SERVICES = ("bb_falun_borlange",)


@pytest.mark.shared_data
def test_every_train_service_arrived_and_the_weekly_path_with_them(facts, rows):
    wanted = [
        number(row["passenger_trains_per_day_per_direction"]) or number(row["freight_trains_per_day_per_direction"])
        for row in facts["train_services"]
    ]
    # Services that no table of facts has are assumed, and say so.
    told = [row for row in rows["trains"][:-1] if row["service_id"] not in ADDED_SERVICES]
    assert [number(row["trains_per_day"]) for row in told] == wanted
    added = [row for row in rows["trains"] if row["service_id"] in ADDED_SERVICES]
    assert all("trains_per_day" in row["assumed"].split(",") and row["confidence"] == "L" for row in added)
    assert rows["trains"][-1]["service_id"] == "transformer_weekly"  # ludvika.md 1.1 H, no row of train_services.csv


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("fact", "table", "pairs"),
    [
        (
            "rail_sections",
            "railways",
            {
                "speed_kmh": "speed_kmh",
                "tracks": "tracks",
                "stax_t": "max_axle_load_t",
                "stvm_tpm": "max_metre_load_tpm",
            },
        ),
        ("road_sections", "roads", {"speed_kmh": "speed_kmh", "lanes": "lanes_both", "width_m": "width_m"}),
        ("sea_legs", "sea", {"max_ship_length_m": "max_length_m", "max_ship_beam_m": "max_width_m"}),
        ("zones", "zones", {"population": "population", "lon": "lon", "lat": "lat"}),
        ("municipal_commuting_observed", "commuting", {"net_commuting": "net_commuting"}),
        ("structures", "structures", {"max_axle_load_t": "max_axle_load_t", "fix_cost_msek": "fix_cost_msek"}),
        ("stations_passing", "stations", {"km": "km", "usable_loop_length_m": "loop_length_m"}),
    ],
)
def test_numbers_are_the_ones_of_the_facts(facts, rows, fact, table, pairs):
    for theirs, ours in zip(facts[fact], rows[table], strict=True):
        for their_column, our_column in pairs.items():
            if number(theirs[their_column]) is None and number(ours[our_column]) is not None:
                # A value where the facts have none is assumed, and says so.
                assert our_column in ours["assumed"].split(","), (ours, our_column)
                continue
            assert number(theirs[their_column]) == number(ours[our_column]), (ours, our_column)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("fact", "table"), [("rail_sections", "railways"), ("road_sections", "roads"), ("sea_legs", "sea")]
)
def test_ways_keep_ends_and_official_length(facts, rows, fact, table):
    for theirs, ours in zip(facts[fact], rows[table], strict=True):
        assert (theirs["from_node"], theirs["to_node"]) == (ours["from_node"], ours["to_node"])
        assert float(ours["length_m"]) == pytest.approx(1000 * float(theirs["length_km"]), abs=0.1)


@pytest.mark.shared_data
def test_values_from_memory_say_so(facts, rows):
    for theirs, ours in zip(facts["road_sections"], rows["roads"], strict=True):
        if "speed and lanes memory" in theirs["source"] and ours["way_id"] != "road_50_gbg_new":
            assert {"speed_kmh", "lanes"} <= set(ours["assumed"].split(","))


# ---- finding a study


@pytest.mark.parametrize("where", ["ludvika", DATA / "ludvika", DATA / "ludvika" / "study.toml"])
def test_study_by_name_folder_or_file(where):
    assert read_study(where).config.study.id == "ludvika"


def test_unknown_study_names_the_near_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError, match=r"no study 'ludvka' here.*embedded studies: ludvika\)\. Did you mean: ludvika\?"
    ):
        read_study("ludvka")
    with pytest.raises(DataError, match=r"no such study file; check the path \(embedded studies: ludvika\)"):
        read_study("mine/study.toml")
    with pytest.raises(DataError, match=r"holds no study\.toml"):
        read_study(tmp_path)


def test_embedded_study_in_a_wheel(tmp_path, monkeypatch):
    """In an installed wheel the data lie inside the package, as pyproject's force-include puts them."""
    package = tmp_path / "site" / "geoplan"
    shutil.copytree(DATA / "ludvika", package / "_data" / "ludvika")
    monkeypatch.setattr(geoplan.io.study_folders.resources, "files", lambda _: package)
    assert embedded_studies() == {"ludvika": package / "_data" / "ludvika"}


# ---- study.toml with slips


@pytest.fixture
def own(tmp_path):
    """A study of the template, to be spoiled."""
    init_study(tmp_path / "own", name="Own place")
    return tmp_path / "own"


def spoil(folder, old, new):
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('crs = "EPSG:3006" ', 'csr = "EPSG:3006" ', "unknown key 'csr' in study (line 17). Did you mean: crs?"),
        ('[demand]\n', '[demand]\nzonez = "z.csv"\n', "unknown key 'zonez' in demand (line 47). Did you mean: zones?"),
        ("[timetable]", "[timtable]", "unknown key 'timtable' in the file"),
        ('cost_msek = 25', 'cost_mskr = 25', "unknown key 'cost_mskr' in scenarios number 2 (higher_bridge)"),
        ('id = "higher_bridge"', 'id = "today"', "scenarios use the id today more than once"),
        ('edits = [{ do = "set_structure"', 'edits = [{ do = "set_structur"', "scenario higher_bridge, edit 1: do = 'set_structur' is no edit"),
        ('["bridge"], column =', '["bridge"], colum =', "scenario higher_bridge, edit 1: unknown key 'colum' in set_structure. Did you mean: column?"),
        ('"bridge"], column = "clearance_height_m"', '"bridge"], column = "clearance_m"', "set_structure names the column 'clearance_m', which is none. Did you mean: clearance_"),
        (', value = 5.5', '', "scenario higher_bridge, edit 1: set_structure.value is missing; add it"),
        ("step = 3", "step = 5", "step = 5 in scenarios number 2 (higher_bridge)"),
        ('crs = "EPSG:3006" ', 'crs = "EPSG:4326" ', "study, crs (WGS 84) is not in metres"),
        ('crs = "EPSG:3006" ', 'crs = "EPSG:99999" ', "study, crs is no coordinate reference system"),
        ('nodes = "nodes.csv"', 'nodes = "node.csv"', "network.nodes = 'node.csv': no such file. Did you mean: nodes.csv"),
        ('nodes = "nodes.csv"', 'osm = "x.osm.pbf"', "network roads, railways, sea, structures and assume go with nodes only"),
        ('load = "generator"', 'load = "genrator"', "no load 'genrator'; add it to the table of loads. Did you mean: generator?"),
        ('to = ["Harbour"]', 'to = []', "to = [] in transports number 1 (generator)"),
        ('indicator = "travel_time_min"', 'indicator = "travel_time"', "Did you mean: travel_time_min?"),
        ("at_most = 30", "at_most = 30\nat_least = 2", "needs exactly one of at_least and at_most"),
        ("peak_share = 0.35", "peak_share = 35", "peak_share = 35 in demand"),
        ("# containment = true ", "containment = true ", "demand needs municipalities (net_commuting, commuters_per_non_commuter) for containment"),
        ('language = "sv"', 'language = "se"', "language = 'se' in study"),
        ("[study]", "[study", "is not TOML"),
        ("data_date = 2026-01-01 ", "# ", "study has no data_date; add it"),
    ],
)  # fmt: skip
def test_slips_get_one_line_that_says_where(own, old, new, message):
    spoil(own, old, new)
    with pytest.raises(DataError) as fault:
        read_study(own)
    assert message in str(fault.value), str(fault.value)
    assert str(own / "study.toml") in str(fault.value) and "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('from = "Works" ', 'from = "Werks" ', "transports generator: no node is called 'Werks'. Did you mean: Works?"),
        ('to = "Coast junction"', 'to = "Cost junction"', "targets minutes_to_coast: no node is called 'Cost junction'"),
        ('structures = ["bridge"], column', 'structures = ["brige"], column', "scenario higher_bridge, edit 1 (set_structure):"),
        ('area = ["2101"]', 'area = ["2110"]', "study area: no zone lies in municipality '2110'. Did you mean: 210"),
    ],
)  # fmt: skip
def test_names_that_lead_nowhere_are_found_before_the_long_work(own, old, new, message):
    spoil(own, old, new)
    with pytest.raises(DataError) as fault:
        check_study(read_study(own))
    assert message in str(fault.value), str(fault.value)


def test_embedded_study_and_template_hold_together(study, own):
    check_study(study)
    check_study(read_study(own))


def test_load_whose_weight_is_not_known_cannot_be_planned(own):
    text = (own / "loads.csv").read_text(encoding="utf-8")
    (own / "loads.csv").write_text(text.replace(";study;120;", ";study;;"), encoding="utf-8")
    with pytest.raises(DataError, match="load 'generator' lacks its weight or a size"):
        read_study(own)


def test_mean_time_that_cannot_be_reached_names_the_section(own):
    spoil(own, "mean_time_min = 4 ", "mean_time_min = 400 ")
    with pytest.raises(
        DataError, match=r"study\.toml: demand: mean_time_min = 400 cannot be reached: .* takes at most [0-9.]+ min"
    ):
        _ = read_study(own).demand


def test_estimates_from_the_employed_share_keep_the_marks_of_the_table(own):
    text = (own / "zones.csv").read_text(encoding="utf-8")
    (own / "zones.csv").write_text(text.replace("1900;assumed;2600;assumed;", "1900;assumed;;;"), encoding="utf-8")
    zones = read_study(own).demand.zones
    assert set(zones.loc["z_alby", "assumed"].split(",")) == {"employed_residents", "jobs"}
    # Workers 1,900 + 700 of the municipality, less the 300 jobs known in its other zone.
    assert zones.loc["z_alby", "jobs"] == pytest.approx(2300)


def test_time_within_zones_is_given_for_all_or_for_none(own):
    text = (own / "zones.csv").read_text(encoding="utf-8")
    first, *others = text.replace("station_id;", "").splitlines()
    lines = [first, *(line + (";intrazonal_min" if line.startswith("zone_id") else ";2") for line in others)]
    (own / "zones.csv").write_text("\n".join(lines), encoding="utf-8")
    matrix = read_study(own).demand.matrices["car"]
    assert matrix.to_numpy().trace() > 0
    (own / "zones.csv").write_text("\n".join(lines)[:-1], encoding="utf-8")
    with pytest.raises(DataError, match=r"demand: zones: 1 row .first: z_coast. have no intrazonal_min"):
        _ = read_study(own).demand


def test_sections_may_be_left_out(own):
    text = (own / "study.toml").read_text(encoding="utf-8")
    head = text[: text.index("[demand]")]
    (own / "study.toml").write_text(head, encoding="utf-8")
    study = read_study(own)
    assert study.demand is None and study.zones is None and study.timetable is None
    assert study.scenarios == () and study.loads == {} and study.cases.empty
    assert len(study.network.edges) == 26


OSM_STUDY = """
[study]
id = "lund"
name = "Lund"
data_date = 2020-01-01

[network]
osm = "{osm}"
modes = ["road"]
"""


@pytest.mark.shared_data
def test_network_from_an_osm_extract(tmp_path, shared_data):
    osm = shared_data / "osm" / "lund-station" / "lund-station-sweden.osm.pbf"
    (tmp_path / "study.toml").write_text(OSM_STUDY.replace("{osm}", osm.as_posix()), encoding="utf-8")
    network = read_study(tmp_path).network
    assert set(network.edges["mode"]) == {"road"} and network.crs.to_epsg() == 3006
    assert network.meta["name"] == "Lund" and "OpenStreetMap" in network.meta["attribution"]
    assert network.edges["speed_kmh"].notna().all()


# ---- the template


def test_template_is_a_small_study_that_works(tmp_path):
    file = init_study(tmp_path / "my-study", name='Vår "kommun" \\ åäö')
    study = read_study(file)
    assert study.name == 'Vår "kommun" \\ åäö' and study.config.study.id == "var_kommun_aao"
    network = study.network
    assert set(network.edges["mode"]) == {"road", "rail", "sea", "transfer"}
    assert study.demand.matrices["car"].to_numpy().sum() > 0
    for scenario in study.scenarios:
        scenario.apply(network, study.demand)
    assert not unknown_sources(study.sources, {"edges": network.edges["source"], "zones": study.zones["source"]})
    bridge = network.structure_edges[network.structure_edges["structure_id"] == "bridge"]
    assert set(bridge["role"]) == {"carries", "over"}


def test_template_is_named_after_its_folder(tmp_path):
    assert read_study(init_study(tmp_path / "Falun 2030")).config.study.id == "falun_2030"


def test_init_refuses_to_overwrite(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="exists already; choose a new folder"):
        init_study(folder)
    assert [item.name for item in folder.iterdir()] == ["notes.txt"]
    assert init_study(tmp_path / "empty").exists()


def test_init_where_nothing_may_be_written(tmp_path):
    with pytest.raises(DataError, match="cannot write there"):
        init_study(tmp_path / "no" / "such" / "folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind here")
def test_init_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match="cannot write there"):
        init_study(tmp_path / "own")


def test_study_is_read_when_it_is_asked_for(study):
    assert study.network is study.network and study.zones is study.zones
    assert isinstance(study.sources, pd.DataFrame)
