"""The command line: answers on stdout, one clear line on stderr, exit codes, nothing half-written."""

import json
import os
import shutil
from pathlib import Path

import pytest

import geoplan as gp
from geoplan.cli.app import main
from geoplan.study import embedded_studies


@pytest.fixture
def call(monkeypatch, capsys):
    """Run a command: (exit code, stdout, stderr)."""

    def run(*words):
        monkeypatch.setattr("sys.argv", ["geoplan", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.fixture
def study(tmp_path):
    """A copy of the embedded study that a test may spoil."""
    target = tmp_path / "study"
    shutil.copytree(embedded_studies()["ludvika"], target)
    return target


def one_line(err):
    lines = [line for line in err.splitlines() if line.startswith("geoplan:")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    return lines[0]


def test_route_as_table_csv_and_json(call):
    code, out, _ = call("route", "ludvika", "Ludvika", "Kolbäck", "--format", "json")
    facts = json.loads(out)
    assert code == 0 and facts["modes"] == ["rail"]
    assert facts["length_m"] == pytest.approx(110_000, rel=0.02)
    code, out, _ = call("route", "ludvika", "Ludvika", "Kolbäck", "--format", "csv")
    assert code == 0 and out.startswith("ref,name,mode,length_m")
    assert "110.3 km" in call("route", "ludvika", "Ludvika", "Kolbäck")[1]


def test_vehicles_and_permits_are_the_users_choice(call):
    places = ("ludvika", "Hitachi Energy Ludvika", "Norrköping port")
    size = ("--weight", 320, "--length", 10.5, "--width", 4.0, "--height", 4.6)
    code, out, _ = call("plan", *places, *size, "--vehicle", "modular_16", "--permit", "posted_weight", "--lang", "en")
    assert code == 0 and "modular" in out and "Q73" not in out
    code, out, _ = call("envelope", *places, "--vehicle", "q73", "--format", "csv")
    assert code == 0 and "rail" in out and "road" not in out
    code, _, err = call("fixes", *places, *size, "--vehicle", "q74")
    assert code == 2 and "no vehicle is called 'q74'. Did you mean: q73?" in one_line(err)
    code, _, err = call("plan", *places, *size, "--permit", "lorry")
    assert code == 2 and "no permit is called 'lorry'" in one_line(err)


def test_plan_says_why_and_how(call, tmp_path):
    words = ("plan", "ludvika", "Hitachi Energy Ludvika", "Köping port")
    size = ("--weight", 390, "--length", 12, "--width", 4.2, "--height", 5.5)
    code, out, _ = call(*words, *size, "--out", tmp_path / "plan.html")
    assert code == 0 and "road, " in out and "loading gauge" in out
    assert (tmp_path / "plan.html").stat().st_size > 50_000


def test_no_route_is_exit_1(call):
    code, _, err = call("route", "ludvika", "Ludvika", "Kolbäck", "--modes", "road")
    assert code == 1 and "not connected by road" in one_line(err)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["route", "ludvika", "Ludvik", "Kolbäck"], "no node is called 'Ludvik'. Did you mean: Ludvika"),
        (["route", "ludvika", "0,0", "Kolbäck"], "km from the nearest node"),
        (["route", "ludvika", "60.15,15.18", "Kolbäck"], "lon and lat look swapped"),
        (["route", "ludvika", "Ludvika", "Kolbäck", "--cost", "fuel"], "use one of time_s, length_m"),
        (["route", "ludvika", "Ludvika", "Kolbäck", "--vehicle", "bk4_74"], "bk4_74t"),
        (["route", "ludvika", "Ludvika", "Kolbäck", "--modes", "air"], "use road, rail, sea"),
        (["run", "ludvica"], "Did you mean: ludvika"),
        (["map", "nowhere.osm.pbf", "--out", "x.html"], "nowhere.osm.pbf: no such"),
        (["check", "notes.txt"], "no such network"),
        (["compare", "ludvika", "today", "tomorrow"], "no scenario 'tomorrow'"),
        (["plan", "ludvika", "Ludvika", "Kolbäck", "--weight", "-3", "--length", 1, "--width", 1, "--height", 1], "weight"),
    ],
)  # fmt: skip
def test_bad_words_are_exit_2_and_one_line(call, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*words)
    assert code == 2 and not out
    assert message in one_line(err)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.osm.pbf", b"not a pbf at all" * 50, "x.osm.pbf"),
        ("x.osm", b"<osm version='0.6'></osm>", "x.osm"),
        ("x.osm", b"<html>no map</html>", "x.osm"),
        ("x.gpkg", b"SQLite format 3\0" + b"\0" * 500, "x.gpkg"),
        ("x.txt", b"hello", "no door for this kind of file"),
        ("x.osm.gz", b"", "is empty"),
    ],
)
def test_files_that_are_not_networks(call, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    code, _, err = call("map", tmp_path / name, "--out", tmp_path / "map.html")
    assert code == 2 and message in one_line(err)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.shared_data
def test_a_cut_extract_is_refused(call, tmp_path, shared_data):
    whole = (shared_data / "osm" / "lund-station" / "lund-station-sweden.osm.pbf").read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[: len(whole) * 2 // 3])
    code, _, err = call("check", tmp_path / "cut.osm.pbf")
    assert code == 2 and "cut.osm.pbf" in one_line(err)


def spoil(path: Path, old: str, new: str):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("study.toml", "data_date =", "data_dat =", "unknown key 'data_dat'"),
        ("study.toml", 'crs = "EPSG:3006"', 'crs = "EPSG:4326"', "is not in metres"),
        ("study.toml", 'column = "max_axle_load_t"', 'column = "max_axel_load_t"', "Did you mean: max_axle_load_t"),
        ("study.toml", 'ways = ["road_50_gbg_new"]', 'ways = ["road_50_gbg_old"]', "no way is called"),
        ("roads.csv", "road_50_01,", "road_50_dalporten,", "road_50_dalporten"),
        ("roads.csv", ",1100,", ",-1100,", "length_m"),
        ("roads.csv", "r_lansgrans50,r_gbg_s", "r_lansgrans51,r_gbg_s", "r_lansgrans51"),
        ("nodes.csv", "way", "way", ""),
    ],
)
def test_a_spoilt_study_is_told_in_one_line_and_writes_nothing(call, study, file, old, new, message):
    if not message:
        lines = (study / file).read_text(encoding="utf-8").splitlines()
        header = lines[0].split(",")
        lon, lat = header.index("lon"), header.index("lat")
        cells = lines[1].split(",")
        cells[lon], cells[lat] = cells[lat], cells[lon]
        lines[1] = ",".join(cells)
        (study / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        message = "swapped"
    else:
        spoil(study / file, old, new)
    out = study.parent / "out"
    code, _, err = call("run", study / "study.toml", "--out", out)
    assert code == 2 and message in one_line(err)
    assert not out.exists()


def test_results_never_replace_somebodys_files(call, tmp_path):
    (tmp_path / "thesis.docx").write_text("three years of work")
    code, _, err = call("run", "ludvika", "--out", tmp_path)
    assert code == 2 and "holds files that are not results" in one_line(err)
    assert os.listdir(tmp_path) == ["thesis.docx"]


def test_init_makes_a_study_that_runs(call, tmp_path):
    code, out, _ = call("init", tmp_path / "my-study")
    assert code == 0
    code, out, err = call("run", out.strip(), "--out", tmp_path / "results")
    assert code == 0, err
    assert (tmp_path / "results" / "index.html").is_file()
    code, _, err = call("init", tmp_path / "my-study")
    assert code == 2 and "exists already" in one_line(err)


def test_appraise_tells_present_values_and_what_has_no_price(call, tmp_path):
    out = tmp_path / "worth.csv"
    code, told, err = call("appraise", "ludvika", "--scenario", "new_rv50", "--values", "asek7", "-o", out)
    assert code == 0 and told.strip() == str(out)
    header, *rows = out.read_text(encoding="utf-8").splitlines()
    assert header.startswith("scenario,item,group,present_value_msek,basis")
    assert any(row.startswith("new_rv50,travel_time,car,") for row in rows)
    assert "new_rv50: without a price: operating_cost car" in err and "nobody read at their source" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--scenario", "new_rv5"), "no scenario 'new_rv5' in the study; it has new_rv50"),
        (("--scenario", "today"), "scenario 'today' is no measure (no cost_msek and no step)"),
        (("--scenario", "new_rv50", "--values", "asek9"), "no values 'asek9'; use asek4"),
    ],
)
def test_appraise_refuses_in_one_line(call, words, message):
    code, told, err = call("appraise", "ludvika", *words)
    assert code == 2 and told == "" and message in one_line(err)


def test_sweep_writes_a_table_and_goes_on_where_it_was(call, tmp_path):
    out = tmp_path / "sweep"
    words = ("sweep", "ludvika", "--what", "plans", "--scenario", "today", "--out", out)
    code, told, _ = call(*words)
    assert code == 0 and told.strip() == str(out / "plans.csv")
    rows = (out / "plans.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("scenario,year,transport,feasible") and len(rows) == 4
    parts = {path.name: path.stat().st_mtime_ns for path in (out / "parts").iterdir()}
    assert call(*words)[0] == 0
    assert parts == {path.name: path.stat().st_mtime_ns for path in (out / "parts").iterdir()}  # none was written again
    code, told, err = call("sweep", "ludvika", "--what", "closing")
    assert code == 2 and "no sweep 'closing'; use one of closures, plans, assignments" in one_line(err)
    code, told, err = call("sweep", "ludvika", "--what", "plans", "--cluster", "nearby")
    assert code == 2 and "use local or tcp://host:port" in one_line(err)


BAD_ROWS = {
    "overlap": ("1;Ludvika;6:00;6:30\n1;Ställdalen;6:20;6:40\n", "line 3) arrive before the train has left"),
    "unordered": ("1;Ludvika;;6:30\n1;Ställdalen;6:00;\n", "line 3) are earlier than the row before"),
    "midnight": ("1;Ludvika;;23:50\n1;Ställdalen;0:20;\n", "line 3) come after midnight"),
    "duplicate": ("1;Ludvika;;6:00\n1;Frövi;7:00;\n1;Frövi;7:00;\n", "line 4) repeat an earlier row"),
    "unknown": ("1;Ludvika;;6:00\n1;Fröwi;7:00;\n", "line 3) name a station that the network does not have: 'Fröwi'"),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
@pytest.mark.parametrize(
    "words", [("slots", "ludvika", "Ludvika", "Frövi"), ("capacity", "ludvika")], ids=lambda w: w[0]
)
def test_bad_rows_of_a_timetable_are_one_clear_line(call, tmp_path, words, kind):
    rows, said = BAD_ROWS[kind]
    file = tmp_path / "trains.csv"
    file.write_text("train;station;arrival;departure\n" + rows, encoding="utf-8")
    code, out, err = call(*words, "--timetable", file, "--from", "2026-01-05", "--to", "2026-01-18")
    assert code == 2 and out == ""
    assert said in one_line(err)


def test_ctrl_c_says_one_line(call, monkeypatch):
    def stopped(_network):
        raise KeyboardInterrupt

    monkeypatch.setattr(gp, "check_network", stopped)
    assert call("check", "ludvika") == (130, "", "geoplan: stopped; nothing was changed\n")
