"""The same input, the same text; another input, another text; in every process."""

import datetime as dt
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from batch_jobs import square
from hypothesis import given
from hypothesis import strategies as st

from geoplan.batch.fingerprint import code_fingerprint, fingerprint
from geoplan.errors import DataError
from geoplan.vehicles.load import Load

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda more: st.lists(more, max_size=3) | st.dictionaries(st.text(), more, max_size=3),
    max_leaves=8,
)


@given(PLAIN, PLAIN)
def test_different_values_differ(a, b):
    assert (fingerprint(a) == fingerprint(b)) == (repr(a) == repr(b) or _same(a, b))


def _same(a, b):
    """Equal with equal types all the way down; mappings whatever their order."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return repr(a) == repr(b)


@dataclass(frozen=True)
class Record:
    x: int
    table: pd.DataFrame
    _cache: dict = field(default_factory=dict)


def table(x=1.0):
    return pd.DataFrame({"x": [x, np.nan], "name": ["a", None]}, index=pd.Index(["e1", "e2"], name="edge_id"))


def test_tables_records_and_geometry():
    shapes = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([1.0], [2.0]), crs=3006)
    moved = shapes.set_geometry(gpd.points_from_xy([1.0], [2.5]), crs=3006)
    assert fingerprint(shapes) == fingerprint(shapes.copy()) != fingerprint(moved)
    assert fingerprint(shapes) != fingerprint(shapes.set_crs(3007, allow_override=True))
    assert fingerprint(table()) == fingerprint(table()) != fingerprint(table(1.0 + 1e-15))
    assert fingerprint(table()) != fingerprint(table().rename_axis("other"))
    one = Record(1, table())
    other = Record(1, table())
    other._cache["graph"] = object()  # a cache is no input
    assert fingerprint(one) == fingerprint(other) != fingerprint(Record(2, table()))
    assert fingerprint(Load("a", 1, 1, 1, 1)) != fingerprint(Load("a", 1, 1, 1, 2))
    assert fingerprint({1, 2, 3}) == fingerprint({3, 2, 1}) and fingerprint(("a", "b")) != fingerprint(("ab", ""))
    assert fingerprint(dt.date(2026, 1, 1)) != fingerprint("2026-01-01")
    assert fingerprint(Path("a")) == fingerprint(Path("a"))
    far = [shapely.LineString([(k, 0) for k in range(99)] + [(99, end)]) for end in (0, 1)]
    assert fingerprint(pd.Series(far[:1], dtype=object)) != fingerprint(pd.Series(far[1:], dtype=object))
    assert fingerprint([pd.NA, pd.NaT]) == fingerprint([pd.NA, pd.NaT]) != fingerprint([pd.NaT, pd.NA])


def test_what_cannot_be_told_is_refused():
    with pytest.raises(DataError, match=r"cannot tell the content of a builtins.object; give the job a stamp"):
        fingerprint([object()])


def test_another_process_tells_the_same():
    code = (
        "import pandas as pd; from geoplan.batch.fingerprint import fingerprint\n"
        "print(fingerprint({'b': {'y', 'x'}, 'a': pd.DataFrame({'x': [0.1, 0.2]})}))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == fingerprint({"a": pd.DataFrame({"x": [0.1, 0.2]}), "b": {"x", "y"}})


def test_the_code_counts():
    assert code_fingerprint(square) != code_fingerprint(fingerprint)
