"""Which ids a table has, and what a changed table is checked against."""

import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.network.ids import are_known


def test_known_ids_whatever_their_kind_and_however_often():
    known = pd.Index(["a", "b", "b"])
    assert are_known(pd.Series(["b", "c", None], dtype="object"), known).tolist() == [True, False, False]
    assert are_known([1, 2], known).tolist() == [False, False]
    assert are_known([2, 3], pd.Index([1, 2])).tolist() == [True, False]


def test_tables_that_stay_are_still_held_against_the_changed_one(make_network):
    # a ---x--- b: without b its edges lead nowhere, whichever table was changed
    network = make_network({"a": (0, 0), "b": (1, 0)}, [("a", "b", {"id": "x"})])
    with pytest.raises(DataError, match=r"edges: .* name a u that does not exist, such as 'b'"):
        network.replace(nodes=network.nodes.drop("b"))
    with pytest.raises(DataError, match=r"edges: .* speed_kmh"):
        network.replace(edges=network.edges.assign(speed_kmh=-1.0))
    assert network.replace(meta={"name": "other"}).edges is network.edges
