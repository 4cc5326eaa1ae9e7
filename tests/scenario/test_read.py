"""Scenarios from study.toml: switches, combinations, files of ways, and slips told in one line."""

import geopandas as gpd
import pytest
import shapely

from geoplan.errors import DataError
from geoplan.io.study_config import ScenarioConfig
from geoplan.io.way_rows import read_way_rows
from geoplan.scenario.read import read_scenarios


def row(key, edits=(), **more):
    return ScenarioConfig.model_validate({"id": key, "name": key, "edits": list(edits), **more})


CLOSE = {"do": "close", "ways": ["w1"]}
OPEN = {"do": "open", "ways": ["w2"]}


def test_a_scenario_may_be_off_and_still_be_combined(tmp_path):
    rows = [
        row("today"),
        row("a", [CLOSE], on=False, cost_msek=100, year=2030, step=3, source="S1"),
        row("b", [OPEN], cost_msek=20, year=2035, step=4, source="S2; S1"),
        row("both", [{"do": "scale_demand", "factor": 1.1}], combine=["a", "b"], source="S3"),
        row("dearer", combine=["both"], cost_msek=150),
    ]
    found = {scenario.id: scenario for scenario in read_scenarios(rows, tmp_path)}
    assert list(found) == ["today", "b", "both", "dearer"]
    both = found["both"]
    assert [edit.do for edit in both.edits] == ["close", "open", "scale_demand"]
    assert (both.cost_msek, both.year, both.step, both.source) == (120.0, 2035, 4, "S1; S2; S3")
    assert found["dearer"].cost_msek == 150 and len(found["dearer"].edits) == 3


def test_a_cost_that_is_not_known_stays_not_known_in_a_combination(tmp_path):
    rows = [row("a", [CLOSE], cost_msek=100), row("b", [OPEN]), row("both", combine=["a", "b"])]
    assert read_scenarios(rows, tmp_path)[2].cost_msek is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("a", combine=["b"])], "scenario a: combine names 'b', which is none"),
        ([row("a", combine=["b"]), row("b", combine=["a"])], r"scenario a: combines itself \(a > b > a\)"),
        ([row("a", [{"do": "clos", "ways": ["w"]}])], "'clos' is no edit.* Did you mean: close"),
        ([row("a", [{"do": "close", "way": ["w"]}])], "unknown key 'way' in close"),
        ([row("a", [{"do": "add_ways", "file": "lost.csv"}])], "scenario a, edit 1: .*lost.csv"),
        ([row("a", [{"do": "scale_demand", "factor": "much"}])], "scenario a, edit 1: .*factor"),
    ],
)
def test_slips_get_one_line(rows, message, tmp_path):
    with pytest.raises(DataError, match=message) as told:
        read_scenarios(rows, tmp_path)
    assert "\n" not in str(told.value)


def test_ways_from_a_table_and_from_a_drawing(make_network, tmp_path):
    """
    .    a ----- b       new_1: table, a to b by its nodes; new_2: drawn, its ends near a and b
    """
    network = make_network({"a": (500_000, 6_600_000), "b": (503_000, 6_600_000)}, [("a", "b")])
    (tmp_path / "new.csv").write_text(
        "way_id,from_node,to_node,length_m,speed_kmh,lanes_both,source\nnew_1,a,b,2500,100,3,PLAN\n", encoding="utf-8"
    )
    line = shapely.LineString([(500_010, 6_600_010), (501_000, 6_601_000), (502_990, 6_600_000)])
    drawn = gpd.GeoDataFrame({"way_id": ["new_2"], "speed_kmh": [80.0]}, geometry=[line], crs=network.crs)
    drawn.to_crs(4326).to_file(tmp_path / "drawn.geojson", driver="GeoJSON")
    edits = [{"do": "add_ways", "file": name, "mode": "road"} for name in ("new.csv", "drawn.geojson")]
    (scenario,) = read_scenarios([row("built", edits)], tmp_path)
    edges = scenario.apply(network)[0].edges
    assert edges.loc["new_1:b", ["u", "v", "speed_kmh", "lanes", "source"]].tolist() == ["b", "a", 100.0, 1.5, "PLAN"]
    assert edges.loc["new_2:f", ["u", "v"]].tolist() == ["a", "b"]
    assert edges.loc["new_2:f", "length_m"] == pytest.approx(line.length, rel=0.01)


def test_files_of_ways_that_cannot_be_read(tmp_path):
    (tmp_path / "bad.csv").write_text("way_id,geometry\nw,LINE 3\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"bad.csv: geometry of line 2 cannot be read; give a LINESTRING in degrees"):
        read_way_rows(tmp_path / "bad.csv")
    (tmp_path / "none.geojson").write_text("no map", encoding="utf-8")
    with pytest.raises(DataError, match="is no table and no map file that can be read"):
        read_way_rows(tmp_path / "none.geojson")
