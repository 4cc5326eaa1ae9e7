"""The table of lines as planners write it: both directions, headways, faults with their lines."""

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.io.transit_tables import read_transit_lines, write_transit_lines
from geoplan.transit.lines import check_lines, line_summary

HEADER = "line_id;name;mode;stops;run_min;both_ways;departures_per_day;service_h;headway_min;source"


def written(path, *rows, header=HEADER):
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def test_both_ways_and_decimal_comma(tmp_path):
    file = written(tmp_path / "lines.csv", 'b1;Line 1;bus;"a;b;c";"4,5;10";yes;;;20;own')
    lines = read_transit_lines(file)
    assert lines["line_id"].to_list() == ["b1"] * 3 + ["b1_back"] * 3
    assert lines["stop_id"].to_list() == ["a", "b", "c", "c", "b", "a"]
    assert lines["run_min"].to_list() == [0.0, 4.5, 10.0, 0.0, 10.0, 4.5]
    assert (lines["headway_min"] == 20).all() and (lines["source"] == "own").all()
    assert line_summary(lines).loc["b1", "run_min"] == 14.5


def test_headways_from_departures_a_day_are_marked(tmp_path):
    file = written(
        tmp_path / "lines.csv",
        'x;;rail;"a;b";30;no;8;16;;own',
        'y;;rail;"a;b";30;no;;16;;own',
        'z;;rail;"a;b";30;no;0;16;;own',
    )
    lines = read_transit_lines(file).drop_duplicates("line_id").set_index("line_id")
    assert lines.loc["x", "headway_min"] == 120 and lines.loc["x", "assumed"] == "headway_min"
    assert np.isnan(lines.loc["y", "headway_min"]) and lines.loc["y", "assumed"] == ""
    assert np.isinf(lines.loc["z", "headway_min"])


def test_periods_and_back_again(tmp_path):
    header = "line_id,stops,run_min,headway_min_peak,headway_min_day"
    file = written(tmp_path / "lines.csv", 'x,"a;b",30,10,inf', header=header)
    lines = read_transit_lines(file, periods=("peak", "day"))
    assert check_lines(lines, period="peak")["headway_min"].to_list() == [10.0, 10.0]
    write_transit_lines(lines, tmp_path / "again.csv")
    again = read_transit_lines(tmp_path / "again.csv", periods=("peak", "day"))
    pd.testing.assert_frame_equal(lines, again)


def test_faults_name_the_lines(tmp_path):
    file = written(
        tmp_path / "lines.csv",
        'x;;rail;"a;b;c";30;no;8;16;;own',
        'x;;rail;"a;b";thirty;no;8;16;;own',
    )
    with pytest.raises(DataError, match=r"lines 2, 3.*line 3.*no minutes.*line 2.*3 stops and 1 run_min"):
        read_transit_lines(file)
    with pytest.raises(DataError, match="column stops is missing"):
        read_transit_lines(written(tmp_path / "short.csv", "x;3", header="line_id;run_min"))
