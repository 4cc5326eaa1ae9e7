"""Tables, their checks and the graph."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.errors import DataError
from geoplan.network.network import build_network
from geoplan.network.schema import TABLES


@pytest.fixture
def pair(make_network):
    return make_network({"a": (0, 0), "b": (100, 0)}, [("a", "b", {"colour": "blue"})])


def test_every_schema_column_is_there_and_typed(pair):
    for table, columns in TABLES.items():
        frame = getattr(pair, table)
        for column in columns:
            assert column.name in frame, (table, column.name)
            if column.kind == "float":
                assert frame[column.name].dtype == np.float64
    assert pair.edges["colour"].tolist() == ["blue", "blue"]
    assert pair.edges["max_height_m"].isna().all()  # not known, neither 0 nor inf


def test_unknown_and_unlimited_stay_apart(pair):
    edges = pair.edges.assign(max_height_m=[np.nan, np.inf])
    assert pair.replace(edges=edges).edges["max_height_m"].tolist()[1] == np.inf


def test_all_faults_are_told_at_once(pair):
    edges = pair.edges.assign(length_m=[-1.0, np.nan], mode=["air", "road"], v=["x", "a"], speed_kmh=0.0)
    with pytest.raises(DataError) as caught:
        pair.replace(edges=edges)
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        "1 row (first: a-b) have mode = 'air'; use one of road, rail, sea, transfer",
        "1 row (first: a-b) have length_m < 0",
        "1 row (first: b-a) have no length_m; set it",
        "2 rows (first: a-b, b-a) have speed_kmh <= 0",
        "1 row (first: a-b) name a v that does not exist, such as 'x'",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        (None, "no coordinate reference system"),
        (4326, "is in degrees; project to metres"),
        (2263, "is in US survey foot"),
    ],
)
def test_wrong_coordinate_systems_are_refused(crs, message):
    nodes = gpd.GeoDataFrame(index=["a", "b"], geometry=gpd.points_from_xy([0, 1], [0, 1]), crs=crs)
    edges = gpd.GeoDataFrame(
        {"u": ["a"], "v": ["b"], "mode": ["road"], "length_m": [1.0]},
        index=["e"],
        geometry=[shapely.LineString([(0, 0), (1, 1)])],
        crs=crs,
    )
    with pytest.raises(DataError, match=message):
        build_network(nodes, edges)


def test_duplicate_ids_and_wrong_geometry(pair):
    with pytest.raises(DataError, match="duplicate edge_id: 1 row"):
        pair.replace(edges=pd.concat([pair.edges, pair.edges.iloc[:1]]))
    multi = pair.edges.set_geometry(pair.edges.geometry.map(lambda line: shapely.MultiLineString([line])))
    with pytest.raises(DataError, match="are MultiLineString, not LineString; split them with network_from_lines"):
        pair.replace(edges=multi)


def test_the_graph_is_kept_while_the_topology_is(pair):
    graph = pair.graph
    assert pair.replace(edges=pair.edges.assign(max_height_m=4.0)).graph is graph
    assert pair.replace(edges=pair.edges.iloc[:1]).graph is not graph
    assert graph.node_ids[graph.tail[graph.arc[1]]] == pair.edges["u"].iloc[1]


def test_an_empty_network_is_valid_and_knows_it():
    nodes = gpd.GeoDataFrame(index=pd.Index([], dtype="str"), geometry=[], crs=3006)
    edges = gpd.GeoDataFrame({"u": [], "v": [], "mode": [], "length_m": []}, geometry=[], crs=3006)
    network = build_network(nodes, edges)
    assert network.graph.n_nodes == 0 and network.graph.n_arcs == 0
