"""Studies of other places: abroad, without a railway, without zones, with tables as other programs write them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geoplan.analyse.study import analyse_study
from geoplan.errors import DataError
from geoplan.present.about import knowledge_shares
from geoplan.present.bottlenecks import bottleneck_section
from geoplan.present.commuting import commuting_section
from geoplan.study import check_study, init_study, read_study

#   west ----- mid ----- east        one road near Vaduz; rail_1 runs west-mid only where a test asks for it
NODES = """node_id;name;kind;lon;lat
west;West;plant;9.50;47.10
mid;Mid;station;9.52;47.12
east;Östra "Hafen", 2;port;9.54;47.14
"""
ROADS = """way_id;from_node;to_node;road_class;speed_kmh;lanes_both;max_weight_t;bk_class
r1;west;mid;primary;60;2;;
r2;mid;east;primary;60;2;{limit};
"""
RAIL = "way_id;from_node;to_node;speed_kmh;tracks\nrail_1;west;mid;60;1\n"
LOADS = "load_id;name;use;weight_t;length_m;width_m;height_m\nbig;Big;study;120;7.5;3.3;3.6\n"
ZONES = """zone_id;name;municipality_code;lon;lat;population;employed_residents;jobs;node_id
z_w;West;7001;9.50;47.10;900;400;300;{node}
z_e;East;7002;9.54;47.14;700;300;400;
"""
STUDY = """
[study]
id = "vaduz"
name = "Vaduz"
crs = "EPSG:32632"
data_date = 2026-01-01
{about}
[network]
nodes = "nodes.csv"
roads = "roads.csv"
{network}
{more}
"""
HEAVY = """
[loads]
table = "loads.csv"

[[transports]]
id = "big"
name = "Big"
load = "big"
from = "West"
to = ['Östra "Hafen", 2']
"""
DEMAND = '[demand]\nzones = "zones.csv"\nparameters = { beta = 0.002 }\n'


@pytest.fixture
def write_study(tmp_path: Path):
    def write(more="", *, about="", network="", limit="", node="", encoding="utf-8", ends="\n", **tables):
        files = {
            "nodes.csv": NODES,
            "roads.csv": ROADS.format(limit=limit),
            "railways.csv": RAIL,
            "loads.csv": LOADS,
            "zones.csv": ZONES.format(node=node),
            **{f"{name}.csv": text for name, text in tables.items()},
        }
        for name, text in files.items():
            (tmp_path / name).write_bytes(text.replace("\n", ends).encode(encoding))
        (tmp_path / "study.toml").write_text(STUDY.format(about=about, network=network, more=more), encoding="utf-8")
        return read_study(tmp_path)

    return write


# ---- whose rules


def test_abroad_no_swedish_rule_speaks(write_study):
    """Bearing classes and permits are Swedish: elsewhere the answer is that they are not known."""
    answers = analyse_study(write_study(HEAVY), on_step=lambda _text: None)
    plan = next(iter(next(iter(answers.scenarios.values())).plans.values()))
    assert plan.options["rules"] == "none"
    assert set(plan.permits["kind"]) == {"unknown"}
    assert set(plan.margins["verdict"]) == {"unknown"} and set(plan.margins["source"]) == {"not known"}


def test_a_study_may_name_the_rules(write_study):
    assert write_study(about='rules = "SE"').network.meta["rules"] == "SE"
    assert write_study().network.meta["rules"] == "none"
    assert read_study("ludvika").network.meta["rules"] == "SE"


# ---- what a place does not have


def test_a_load_that_no_railway_can_take_is_no_place_in_the_register(write_study):
    answers = analyse_study(write_study(HEAVY, limit="40"), on_step=lambda _text: None)
    assert set(answers.bottlenecks["edge_id"]) <= {"r2:f", "r2:b"}
    assert set(answers.bottlenecks["kind"]) == {"restriction"}


def test_a_network_alone_says_that_there_is_nothing_to_rank(write_study):
    study = write_study()
    section = bottleneck_section(study, analyse_study(study, on_step=lambda _text: None), ())
    assert not section.tables and section.text[0].en.startswith("Nothing to rank: the study has neither zones")
    assert "bearing class" not in " ".join(share.label.en for share in knowledge_shares(study.network))


def test_links_without_delay_are_not_listed_as_the_worst(write_study):
    study = write_study(DEMAND)
    section = commuting_section(study, analyse_study(study, on_step=lambda _text: None), ())
    assert not section.charts and not section.tables and section.text[-1].en == "No link has a delay to speak of."


# ---- places by name


def test_zones_trains_and_stations_name_nodes_by_id_or_name(write_study):
    trains = "service_id;line;train_type;from_node;to_node;trains_per_day;run_min;scenario\n"
    trains += "a;L;freight;WEST;mid;3;5;\nb;L;freight;Nowhere yet;Mid;3;5;later\n"
    stations = "line;station;node_id;km;has_loop\nL;West;West;0;yes\nL;Halt;;1;\n"
    asked = '[timetable]\ntrains = "trains.csv"\nstations = "stations.csv"\n'
    study = write_study(
        DEMAND + asked, network='railways = "railways.csv"', node="West", trains=trains, stations=stations
    )
    assert study.timetable.trains[["from_node", "to_node"]].to_numpy().tolist() == [
        ["west", "mid"],
        ["Nowhere yet", "mid"],
    ]
    assert study.timetable.stations["node_id"].tolist() == ["west", ""]
    assert study.zones["node_id"].tolist() == ["west", "east"]
    bad = write_study(asked, trains=trains.replace("WEST", "Vest"), stations=stations)
    with pytest.raises(
        DataError, match=r"trains.csv: column from_node: 1 row .line 2.: no node is called .Vest..*Did you mean: West"
    ):
        check_study(bad)


def test_a_mean_time_that_cannot_be_is_told_once_and_in_minutes(write_study):
    scenarios = "".join(f'[[scenarios]]\nid = "s{k}"\nname = "S"\nedits = []\n' for k in range(3))
    study = write_study(DEMAND.replace("parameters = { beta = 0.002 }", "mean_time_min = 200") + scenarios)
    with pytest.raises(DataError) as fault:
        check_study(study)
    assert str(fault.value).count("mean_time_min = 200 cannot be reached") == 1
    assert "at most" in str(fault.value) and "min in the mean" in str(fault.value)


# ---- tables of other programs


@pytest.mark.parametrize(
    ("encoding", "ends", "comma"),
    [("utf-8-sig", "\r\n", False), ("cp1252", "\r\n", True), ("utf-16", "\n", True), ("latin-1", "\n", False)],
)
def test_a_study_whose_tables_came_from_a_spreadsheet(write_study, encoding, ends, comma):
    nodes = NODES.replace(".", ",") if comma else NODES
    study = write_study(encoding=encoding, ends=ends, nodes=nodes)
    assert study.network.nodes["name"]["east"] == 'Östra "Hafen", 2'
    assert study.network.nodes.geometry["west"].distance(study.network.nodes.geometry["mid"]) == pytest.approx(
        2690, abs=30
    )
    assert pd.isna(study.network.edges.loc["r1:f", "max_weight_t"])


# ---- slips in study.toml: said at once, with where and the cure


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "cost_msek = 25",
            "cost_msek = -25",
            "must be at least 0; correct it",
        ),
        ("cost_msek = 25", 'cost_msek = "25 MSEK"', "is no number; write it plain: no unit"),
        ('area = ["2101"]', "area = [2101]", "is no text; put it in quotation marks"),
        ("data_date = 2026-01-01", 'data_date = "in January"', "is no date; write it as 2026-01-31"),
        (
            'load = "generator"',
            'vehicles = ["q7"]\nload = "generator"',
            "transports generator: no vehicle is called 'q7'",
        ),
        (
            "[[targets]]",
            '[[places]]\nid = "p"\nname = "P"\nways = ["nope_*"]\n[[targets]]',
            "places p: no way is called",
        ),
        (
            "[[targets]]",
            '[[corridors]]\nid = "c"\nname = "C"\nroad = ["works", "no"]\n[[targets]]',
            "corridors c: no node is",
        ),
        ("[[targets]]", '[background]\nwater = "w.gpkg"\n[[targets]]', "background.water = 'w.gpkg': no such file"),
    ],
)
def test_slips_are_told_before_the_long_work(tmp_path, old, new, said):
    file = init_study(tmp_path / "own")
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as fault:
        check_study(read_study(file))
    assert said in str(fault.value) and "\n" not in str(fault.value)
