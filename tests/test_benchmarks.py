"""The benchmarks' own machinery: made networks, rows, and the check that speaks up when a ratio is lost."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def harness():
    return load("harness")


def load(name):
    """A module of the benchmarks, which are no package."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


def row(harness, ratio, *, case="a tree", checked=True):
    return harness.Row(case, "scipy", own_s=0.5, peer_s=0.5 * ratio, aim=20, checked=checked, bench="routing")


def test_a_loss_of_more_than_30_percent_is_told(harness):
    kept = [row(harness, 30.0), row(harness, 10.0, case="a table")]
    assert harness.losses([row(harness, 21.1), row(harness, 12.0, case="a table")], kept) == []
    (told,) = harness.losses([row(harness, 20.9), row(harness, 12.0, case="a table")], kept)
    assert told == "routing: a tree against scipy: 20.9 times, was 30"
    assert harness.losses([row(harness, 30.0)], kept) == ["routing: a table against scipy is gone"]
    assert "no longer equal" in harness.losses([row(harness, 40.0, checked=False)], kept[:1])[0]


def test_kept_results_are_read_again_the_newest_of_each_benchmark(harness, tmp_path):
    rows = [row(harness, 30.0), harness.Row("read", "osmnx", 2.0, 20.0, memory_mb=7.5, bench="osm")]
    for stamp, quick, kept in (("1", False, rows), ("2", False, [row(harness, 40.0)]), ("3", True, [])):
        content = {"quick": quick, "rows": harness.to_records(kept)}
        (tmp_path / f"{stamp}.json").write_text(json.dumps(content))
    found = {found.bench: found for found in load("run").last_kept(False, tmp_path)}
    assert found["routing"].ratio == pytest.approx(40) and found["osm"] == rows[1]
    assert "reached" in harness.table(rows) and "**no**" in harness.table([row(harness, 3.0, checked=False)])


def test_what_is_kept_can_be_read(harness):
    """The results in the repository belong to benchmarks that exist."""
    names = {file.stem.removeprefix("bench_") for file in FOLDER.glob("bench_*.py")}
    for file in (FOLDER / "results").glob("*.json"):
        kept = json.loads(file.read_text(encoding="utf-8"))
        assert {"machine", "peers", "date"} <= kept.keys()
        assert {row.bench for row in harness.from_records(kept["rows"])} <= names


@pytest.mark.parametrize("barriers", [True, False])
def test_made_networks_connect_and_have_the_size_asked_for(barriers):
    streets = load("made_networks").make_streets(900, 2500, barriers=barriers)
    assert len(streets.x) == 900 and len(streets.tail) == 2500
    n = 900
    graph = csr_array((np.ones(2500), (streets.tail, streets.head)), shape=(n, n))
    assert connected_components(graph, connection="strong")[0] == 1
    assert (streets.time_ms > 0).all() and (streets.time_ms == np.round(streets.time_ms)).all()
