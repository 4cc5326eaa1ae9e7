import os

import pytest

from geoplan.errors import DataError
from geoplan.io.files import atomic_path, require_file


def test_a_failed_write_leaves_the_earlier_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        path.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    with atomic_path(target) as path:
        path.write_text("new")
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_folders_are_replaced_whole(tmp_path):
    target = tmp_path / "out"
    for text in ("one", "two"):
        with atomic_path(target) as path:
            path.mkdir()
            (path / f"{text}.txt").write_text(text)
    assert os.listdir(target) == ["two.txt"]
    assert os.listdir(tmp_path) == ["out"]


def test_no_place_to_write_is_one_line(tmp_path):
    with pytest.raises(DataError, match="cannot write there"), atomic_path(tmp_path / "no" / "a.txt"):
        pass


@pytest.mark.parametrize(("make", "message"), [(None, "no such map"), ("dir", "is a folder"), ("empty", "is empty")])
def test_require_file_says_what_is_wrong(tmp_path, make, message):
    path = tmp_path / "x"
    if make == "dir":
        path.mkdir()
    elif make == "empty":
        path.touch()
    with pytest.raises(DataError, match=message):
        require_file(path, "map")
