"""Sweeps: the same numbers on threads, in turn and on a cluster; a stop or a killed worker loses nothing."""

import numpy as np
import pandas as pd
import pytest
from batch_jobs import die_first, fail_on, runs, square, stop_on, weigh

from geoplan.batch.cluster import run_on_cluster
from geoplan.batch.parts import part_path
from geoplan.batch.sweep import Job, sweep
from geoplan.errors import DataError

TABLE = pd.DataFrame({"x": np.random.default_rng(7).uniform(0, 1, 5000)})


@pytest.fixture
def log(tmp_path):
    folder = tmp_path / "log"
    folder.mkdir()
    return str(folder)


def weights(log=""):
    return [Job(f"w{k}", weigh, (TABLE, k / 7, log)) for k in range(12)]


def test_in_turn_and_on_threads_bit_for_bit():
    told = []
    turn = sweep(weights(), workers=1, on_done=lambda *done: told.append(done))
    threads = sweep(weights(), workers=4)
    assert list(turn.results) == [f"w{k}" for k in range(12)] == list(threads.results)
    assert turn.results == threads.results  # equal floats, not nearly equal
    assert told == [(k + 1, 12, f"w{k}") for k in range(12)]
    assert turn.executed == tuple(turn.results) and turn.kept == ()


def test_on_a_cluster_bit_for_bit(cluster):
    assert sweep(weights(), cluster=cluster).results == sweep(weights(), workers=1).results


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path, log):
    jobs = [Job(f"s{k}", stop_on, (k, 3, log)) for k in range(6)]
    with pytest.raises(KeyboardInterrupt):
        sweep(jobs, workers=1, folder=tmp_path / "parts")
    assert runs(log) == {"0": 1, "1": 1, "2": 1, "3": 1}
    again = sweep(jobs, workers=1, folder=tmp_path / "parts")
    assert again.kept == ("s0", "s1", "s2") and again.executed == ("s3", "s4", "s5")
    assert runs(log) == {"0": 1, "1": 1, "2": 1, "3": 2, "4": 1, "5": 1}
    assert list(again.results.values()) == list(range(6))
    third = sweep(jobs, folder=tmp_path / "parts")
    assert third.executed == () and third.results == again.results


def test_another_input_is_worked_out_anew(tmp_path):
    folder = tmp_path / "parts"
    sweep([Job("a", square, (3,))], folder=folder)
    assert sweep([Job("a", square, (3,))], folder=folder).executed == ()
    changed = sweep([Job("a", square, (4,))], folder=folder)
    assert changed.executed == ("a",) and changed.results == {"a": 16}
    other = sweep([Job("a", fail_on, (3, 0))], folder=folder)  # another function
    assert other.executed == ("a",)


def test_a_part_that_cannot_be_read_is_worked_out_again(tmp_path, caplog):
    folder = tmp_path / "parts"
    sweep([Job("a/b: ö", square, (3,))], folder=folder)
    [part] = folder.iterdir()
    assert part.name.startswith("a-b-") and part.suffix == ".part"
    part.write_bytes(part.read_bytes()[:-5])
    again = sweep([Job("a/b: ö", square, (3,))], folder=folder)
    assert again.executed == ("a/b: ö",) and "is worked out again" in caplog.text
    assert part_path(folder, "..", "abc").name == "part-abc.part"


def test_one_bad_part_does_not_cost_the_others(tmp_path):
    jobs = [Job(f"j{k}", fail_on, (k, 1)) for k in range(4)]
    with pytest.raises(
        DataError, match=r"1 of 4 parts failed \(first: j1: ValueError: 1 is bad\); the others are kept"
    ):
        sweep(jobs, folder=tmp_path / "parts")
    mended = sweep([Job(f"j{k}", fail_on, (k, 1)) for k in (0, 2, 3)], folder=tmp_path / "parts")
    assert mended.executed == ()


def test_a_bad_part_on_a_cluster(cluster):
    with pytest.raises(DataError, match=r"1 of 3 parts failed \(first: j1: ValueError: 1 is bad\)"):
        sweep([Job(f"j{k}", fail_on, (k, 1)) for k in range(3)], cluster=cluster)


def test_a_killed_worker_loses_nothing(cluster, tmp_path, log):
    jobs = [Job(f"d{k}", die_first, (k, 2, log)) for k in range(6)]
    done = sweep(jobs, cluster=cluster, folder=tmp_path / "parts")
    assert list(done.results.values()) == [0, 1, 4, 9, 16, 25]
    ran = runs(log)
    assert ran["2"] >= 2 and set(ran) == set("012345")
    assert sweep(jobs, cluster=cluster, folder=tmp_path / "parts").executed == ()


def test_a_cluster_without_workers_is_told(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("geoplan.batch.cluster.NO_WORKER_S", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(DataError, match="the cluster has no worker left, 1 parts are to do; run again"),
    ):
        sweep([Job("a", square, (1,))], cluster=empty.scheduler_address)


def test_input_that_jobs_share_travels_once(cluster):
    weights_of = run_on_cluster([(weigh, (TABLE, 0.5)), (weigh, (TABLE, 0.25))], cluster)
    assert {number: fault for number, _, fault in weights_of} == {0: None, 1: None}


def test_faults_are_one_line(tmp_path):
    with pytest.raises(DataError, match=r"1 keys stand at more than one job \(first: a\)"):
        sweep([Job("a", square, (1,)), Job("a", square, (2,))])
    with pytest.raises(DataError, match="workers is 0; use 1 or more"):
        sweep([Job("a", square, (1,))], workers=0)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DataError, match="cannot keep parts there"):
        sweep([Job("a", square, (1,))], folder=file)
    pytest.importorskip("distributed")
    with pytest.raises(DataError, match="neither local nor an address; use local or tcp"):
        sweep([Job("a", square, (1,))], cluster="big")


def test_nothing_to_do():
    assert sweep([]).results == {}
