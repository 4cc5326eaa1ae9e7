"""OMX: written and read again, what other programs write, and files that mean harm."""

from __future__ import annotations

import builtins

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError, MissingExtraError
from geoplan.io.omx import read_omx, read_omx_demand, write_omx


def square(zones, seed=0):
    values = np.random.default_rng(seed).uniform(0, 100, (len(zones), len(zones)))
    return pd.DataFrame(values, index=zones, columns=zones)


def test_without_h5py_it_says_what_to_install(tmp_path, monkeypatch):
    real = builtins.__import__

    def no_h5py(name, *args, **more):
        if name == "h5py":
            raise ImportError("no h5py")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", no_h5py)
    for call in (lambda: read_omx(tmp_path / "x.omx"), lambda: write_omx({"car": square([1])}, tmp_path / "x.omx")):
        with pytest.raises(MissingExtraError, match=r"pip install 'geoplan\[omx\]'"):
            call()


@pytest.mark.parametrize(
    "zones", [pd.Index([3, 1, 20], dtype="int64"), pd.Index(["0114", "2085", "Åmål"], dtype="str")]
)
def test_there_and_back(tmp_path, zones):
    pytest.importorskip("h5py")
    tables = {"car": square(zones), "truck": square(zones, 1)}
    tables["car"].iloc[0, 1] = np.nan
    write_omx(tables, tmp_path / "t.omx")
    found = read_omx(tmp_path / "t.omx")
    assert list(found) == ["car", "truck"]
    for name, table in tables.items():
        assert found[name].index.equals(pd.Index(zones)) and found[name].columns.equals(found[name].index)
        assert np.array_equal(found[name].to_numpy(), table.to_numpy(), equal_nan=True)
    assert list(read_omx(tmp_path / "t.omx", matrices=["truck"])) == ["truck"]
    with pytest.raises(DataError, match=r"no matrix 'trucks'; it has car, truck. Did you mean: truck"):
        read_omx(tmp_path / "t.omx", matrices=["trucks"])
    assert [p.name for p in tmp_path.iterdir()] == ["t.omx"]


def test_demand(tmp_path, make_network):
    pytest.importorskip("h5py")
    network = make_network({"a": (0, 0), "b": (100, 0)}, [("a", "b")])
    table = pd.DataFrame([[0, 40.0], [20, 0]], index=["a", "b"], columns=["a", "b"])
    write_omx({"AM_SOV": table}, tmp_path / "t.omx")
    demand = read_omx_demand(tmp_path / "t.omx", matrices={"AM_SOV": "car"}, network=network, factor=0.5)
    assert demand.classes == ("car",) and demand.matrices["car"].loc["a", "b"] == 20
    assert demand.zones["node_id"].to_list() == ["a", "b"]
    write_omx(demand, tmp_path / "back.omx")
    assert np.array_equal(read_omx(tmp_path / "back.omx")["car"], demand.matrices["car"])


def make(path, fill):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as store:
        store.attrs["OMX_VERSION"] = np.bytes_(b"0.2")
        fill(h5py, store, store.create_group("data"))
    return path


def test_what_other_programs_write(tmp_path):
    def fill(h5py, store, data):
        one = data.create_dataset("dist", data=np.array([[0, -999], [5, 0]], dtype="float32"))
        one.attrs["NA"] = -999.0
        lookup = store.create_group("lookup")
        lookup.create_dataset("TAZ", data=np.array([101.0, 102.0]))
        lookup.create_dataset("rows", data=np.array([1, 2]))

    path = make(tmp_path / "emme.omx", fill)
    with pytest.raises(DataError, match="several lists of zones"):
        read_omx(path)
    found = read_omx(path, lookup="TAZ")["dist"]
    assert found.index.to_list() == [101, 102] and np.isnan(found.loc[101, 102]) and found.loc[102, 101] == 5
    bare = make(tmp_path / "bare.omx", lambda h5py, store, data: data.create_dataset("m", data=np.eye(3)))
    assert read_omx(bare)["m"].index.to_list() == [1, 2, 3]


def test_hostile_files_end_in_one_clear_line(tmp_path):
    h5py = pytest.importorskip("h5py")
    good = tmp_path / "good.omx"
    write_omx({"car": square(range(40))}, good)
    data = good.read_bytes()
    secret = make(tmp_path / "secret.h5", lambda h5py, store, group: group.create_dataset("m", data=np.eye(2)))

    def raw(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    cases = [
        (raw("empty.omx", b""), "empty"),
        (raw("magic.omx", b"PK" + data[2:]), "no HDF5"),
        (raw("cut.omx", data[: len(data) // 2]), "damaged"),
        (make(tmp_path / "none.omx", lambda h5py, s, d: None), "holds no matrix"),
        (make(tmp_path / "flat.omx", lambda h5py, s, d: d.create_dataset("m", data=np.eye(3)[:2])), "square"),
        (make(tmp_path / "text.omx", lambda h5py, s, d: d.create_dataset("m", data=np.array([[b"a"]]))), "no numbers"),
        (make(tmp_path / "huge.omx", lambda h5py, s, d: d.create_dataset("m", (10**6, 10**6), "f8", chunks=(64, 64))), "GB"),
        (make(tmp_path / "block.omx", lambda h5py, s, d: d.create_dataset("m", (2 * 10**4, 2 * 10**4), "f8", chunks=(2 * 10**4, 2 * 10**4))), "blocks"),
        (make(tmp_path / "link.omx", lambda h5py, s, d: d.__setitem__("m", h5py.ExternalLink(str(secret), "/data/m"))), "another place"),
        (make(tmp_path / "soft.omx", lambda h5py, s, d: d.__setitem__("m", h5py.SoftLink("/elsewhere"))), "another place"),
        (make(tmp_path / "twice.omx", lambda h5py, s, d: (d.create_dataset("m", data=np.eye(2)), s.create_group("lookup").create_dataset("z", data=np.array([7, 7])))), "twice"),
    ]  # fmt: skip
    with h5py.File(tmp_path / "other.omx", "w") as store:
        store["x"] = 1
    cases.append((tmp_path / "other.omx", "no group 'data'"))
    for path, said in cases:
        with pytest.raises(DataError, match=said) as told:
            read_omx(path)
        assert "\n" not in str(told.value)
    with pytest.raises(DataError, match="no name for a matrix"):
        write_omx({"../../x": square([1])}, tmp_path / "out.omx")
    with pytest.raises(DataError, match="not the zones of the first"):
        write_omx({"a": square([1, 2]), "b": square([1, 3])}, tmp_path / "out.omx")
    assert not (tmp_path / "out.omx").exists()
