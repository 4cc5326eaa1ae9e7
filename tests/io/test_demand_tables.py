"""Trips from tables as people send them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from geoplan.errors import DataError
from geoplan.io.demand_tables import read_demand
from geoplan.io.demand_zones import read_zone_file
from geoplan.network.network import Network, build_network

LIST = "origin;destination;trips\n0114;0115;1 234,5\n0115;0114;10\n0114;0114;2\n"


@pytest.fixture
def network() -> Network:
    """Nodes a, b, c in a row, 1 km apart, and a railway node r; the road b-c is closed.

    a === b -x- c      r (rail only)
    """
    nodes = gpd.GeoDataFrame(
        {"name": ["Alfa", "Beta", "", ""]},
        index=["a", "b", "c", "r"],
        geometry=[Point(0, 0), Point(1000, 0), Point(2000, 0), Point(2000, 10)],
        crs=3006,
    )
    edges = gpd.GeoDataFrame(
        {"u": ["a", "b", "c"], "v": ["b", "c", "r"], "mode": ["road", "road", "rail"], "length_m": 1000.0},
        index=["ab", "bc", "cr"],
        geometry=[LineString([(0, 0), (1000, 0)])] * 3,
        crs=3006,
    ).assign(status=["", "closed", ""])
    return build_network(nodes, edges)


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ["Upplands Väsby", "Vallentuna"], "population": [100, 200]},
        index=pd.Index(["0114", "0115"], name="zone_id"),
        geometry=[Point(10, 0), box(1900, -10, 2100, 10)],
        crs=3006,
    )


def write(path, text: str, encoding: str = "utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (LIST, "utf-8"),
        (LIST, "utf-8-sig"),
        (LIST.replace(";", "\t"), "cp1252"),
        ('From,To,Flow\n0114,0115,"1 234,5"\n0115,0114,10\n0114,0114,2\n', "utf-8"),
        ("\ufefffrån;till;antal\n0114;0115;1\u00a0234,5\n0115;0114;10\n0114;0114;2\n", "utf-8"),
        ("home;work;year total\n0114;0115;1234,5\n0115;0114;10\n0114;0114;2\n", "utf-8"),
        (";0114;0115\n0114;2;1234,5\n0115;10;0\n", "utf-8"),
        ("zone;0115;0114;Summa\n0114;1234.5;2;1236.5\n0115;0;10;10\nTotal;1234.5;12;1246.5\n", "utf-8"),
    ],
)
def test_spellings_of_the_same_trips(tmp_path, zones, text, encoding):
    demand = read_demand(write(tmp_path / "od.csv", text, encoding), zones=zones)
    assert demand.matrices["car"].loc["0114", ["0114", "0115"]].to_list() == [2, 1234.5]
    assert demand.matrices["car"].loc["0115", ["0114", "0115"]].to_list() == [10, 0]
    assert demand.zones.index.to_list() == ["0114", "0115"]
    assert demand.zones["node_id"].to_list() == ["0114", "0115"]
    assert demand.meta["source"] == "od.csv"


def test_workbook_and_parquet(tmp_path, zones):
    book = openpyxl.Workbook()
    book.active.title = "read me"
    page = book.create_sheet("OD")
    for row in (["origin", "destination", "trips"], ["0114", "0115", 1234.5], ["0115", "0114", 10]):
        page.append(row)
    book.save(tmp_path / "od.xlsx")
    frame = pd.DataFrame({"origin": ["0114", "0115"], "destination": ["0115", "0114"], "trips": [1234.5, 10]})
    frame.to_parquet(tmp_path / "od.parquet")
    one = read_demand(tmp_path / "od.xlsx", zones=zones, sheet="OD").matrices["car"]
    two = read_demand(tmp_path / "od.parquet", zones=zones).matrices["car"]
    assert one.to_numpy().tolist() == two.to_numpy().tolist() == [[0, 1234.5], [10, 0]]


def test_classes_and_factor(tmp_path, zones):
    text = "origin,destination,class,trips\n0114,0115,lorry,10\n0114,0115,,20\n"
    demand = read_demand(write(tmp_path / "od.csv", text), zones=zones, factor=0.1)
    assert {name: matrix.loc["0114", "0115"] for name, matrix in demand.matrices.items()} == {"lorry": 1, "car": 2}


@pytest.mark.parametrize("dash", ["-", "–", "—"])
def test_a_dash_is_a_true_zero(tmp_path, zones, dash):
    demand = read_demand(write(tmp_path / "od.csv", f";0114;0115\n0114;2;{dash}\n0115;10;0\n"), zones=zones)
    assert demand.matrices["car"].loc["0114", "0115"] == 0 and demand.meta["suppressed"].empty


@pytest.mark.parametrize("hidden", ["..", ".", "", "x", "U", ":"])
def test_hidden_cells_are_not_zero(tmp_path, zones, hidden):
    path = write(tmp_path / "od.csv", f";0114;0115\n0114;2;{hidden}\n0115;10;0\n")
    words = r"1 cells hide their number \(such as '.*'\) in 1 row \(line 2\); fill them, or pass unknown='zero'"
    with pytest.raises(DataError, match=words):
        read_demand(path, zones=zones)
    demand = read_demand(path, zones=zones, unknown="zero")
    assert demand.matrices["car"].loc["0114", "0115"] == 0
    assert demand.meta["unknown_cells"] == {"car": 1}
    told = demand.meta["suppressed"]
    assert told[["origin", "destination", "text"]].to_numpy().tolist() == [["0114", "0115", hidden]]


def test_labels_may_be_names(tmp_path, zones):
    text = "home,work,commuters\nUpplands Väsby,Vallentuna,5\nVallentuna,Upplands Väsby,7\n"
    demand = read_demand(write(tmp_path / "od.csv", text), zones=zones)
    assert demand.matrices["car"].loc["0115", "0114"] == 7


def test_zones_from_a_geopackage_and_nodes_from_the_network(tmp_path, zones, network):
    """The area lies on node c, whose only road is closed: its trips enter at b."""
    path = tmp_path / "zones.gpkg"
    zones.reset_index().to_crs(4326).to_file(path)
    demand = read_demand(write(tmp_path / "od.csv", LIST), zones=path, network=network)
    assert demand.zones["node_id"].to_list() == ["a", "b"]
    assert demand.zones["node_distance_m"].to_list() == pytest.approx([10, 1000], abs=0.01)
    assert demand.zones.crs.to_epsg() == 3006
    assert demand.zones["population"].to_list() == [100, 200]
    alone = read_demand(tmp_path / "od.csv", zones=path)
    assert alone.zones.crs.is_projected


def test_nodes_that_zones_name_are_kept_and_checked(tmp_path, zones, network):
    path = write(tmp_path / "od.csv", LIST)
    demand = read_demand(path, zones=zones.assign(node_id=["c", None]), network=network)
    assert demand.zones["node_id"].to_list() == ["c", "b"]
    with pytest.raises(
        DataError, match=r"1 row \(first: bb\) name a node that is not in the network.* Did you mean: b"
    ):
        read_demand(path, zones=zones.assign(node_id=["bb", "a"]), network=network)


def test_labels_as_zones(tmp_path, network):
    path = write(tmp_path / "od.csv", "origin,destination,trips\na,Beta,5\n")
    demand = read_demand(path, network=network)
    assert demand.zones["node_id"].to_list() == ["a", "b"]
    assert demand.zones.geometry["Beta"] == Point(1000, 0)
    with pytest.raises(DataError, match=r"no node is called Bta; give the zones .* Did you mean: Beta"):
        read_demand(write(path, "origin,destination,trips\na,Bta,5\n"), network=network)
    numbers = read_demand(write(path, "origin,destination,trips\n1,20,5\n"))
    assert numbers.zones["node_id"].to_list() == [1, 20]
    codes = read_demand(write(path, "origin,destination,trips\n0114,20,5\n"))
    assert codes.zones.index.to_list() == ["0114", "20"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("origin;destination;trips\n0114;0116;1\n", r"no zone is called 0116; correct .* Did you mean: 011"),
        ("origin;destination;trips\n0114;0115;-1\n", r"1 row \(line 2\) hold trips that are below 0"),
        ("origin;destination;trips\n0114;0115;inf\n", r"1 row \(line 2\) hold trips that are infinite"),
        ("origin;destination;trips\n0114;0115;many\n", r"1 row \(line 2\) hold no number of trips but 'many'"),
        ("origin;destination;trips\n0114;;1\n", r"1 row \(line 2\) have no origin or no destination"),
        ("origin;destination;trips\n0114;0115;1\n0114;0115;2\n", r"1 row \(line 3\) repeat a pair of zones"),
        ("origin;destination;a;b\n0114;0115;1;2\n", "no column 'trips' beside origin and destination"),
        (";0114;0115\n0114;1;2\n0116;3;4\n", r"neither a list .* nor a square matrix .*\(0115, 0116 stand only in"),
        (";0114;0114\n0114;1;2\n", "neither a list"),
        ("a;b\n1;2\n", "neither a list"),
        ("origin;destination;trips\n", "holds no rows of trips"),
    ],
)
def test_faults_get_one_line(tmp_path, zones, text, words):
    path = write(tmp_path / "od.csv", text)
    with pytest.raises(DataError, match=words) as caught:
        read_demand(path, zones=zones)
    assert "\n" not in str(caught.value)


def test_zones_called_like_columns(tmp_path):
    demand = read_demand(write(tmp_path / "od.csv", ";O;D\nO;1;2\nD;3;4\n"))
    assert demand.matrices["car"].loc["O", "D"] == 2


def test_wrong_arguments_and_files(tmp_path, zones):
    with pytest.raises(DataError, match="no such demand table"):
        read_demand(tmp_path / "od.csv", zones=zones)
    path = write(tmp_path / "od.csv", LIST)
    with pytest.raises(DataError, match="factor is -1"):
        read_demand(path, zones=zones, factor=-1)
    write(tmp_path / "od.parquet", "PAR1")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_demand(tmp_path / "od.parquet", zones=zones)
    with pytest.raises(DataError, match="no such zone file"):
        read_demand(path, zones=tmp_path / "zones.gpkg")


def test_zone_files(tmp_path, zones):
    path = tmp_path / "zones.gpkg"
    zones.reset_index(names="DeSO").to_file(path)
    assert read_zone_file(path).index.to_list() == ["0114", "0115"]
    assert read_zone_file(path, id_column="name").index.to_list() == ["Upplands Väsby", "Vallentuna"]
    with pytest.raises(DataError, match=r"no column 'nam'. Did you mean: name"):
        read_zone_file(path, id_column="nam")
    zones.reset_index(drop=True).to_file(path)
    with pytest.raises(DataError, match="no column zone_id; it has name, population: rename"):
        read_zone_file(path)
    zones.assign(kod="1").to_file(path)
    with pytest.raises(DataError, match=r"1 row \(first: 1\) have no kod|stands twice"):
        read_zone_file(path, id_column="kod")
    csv = write(tmp_path / "zones.csv", "zone_id;name;lon;lat;population;node_id\nz1;Ett;15.1;60.1;5;n\n")
    assert read_zone_file(csv).geometry.iloc[0].x == pytest.approx(505561, abs=5)
    with pytest.raises(DataError, match="cannot be read as a layer of zones"):
        read_zone_file(write(tmp_path / "z.gpkg", "x"))


labels = st.lists(
    st.text("abcåö019 _", min_size=1, max_size=5).map(str.strip).filter(bool), min_size=1, max_size=5, unique=True
)


@settings(max_examples=40, deadline=None)
@given(labels, st.data())
def test_lists_and_matrices_read_the_same(tmp_path_factory, names, data):
    """Write random trips both ways; both are read as they were."""
    size = len(names)
    cells = data.draw(st.lists(st.floats(0, 1e6).map(lambda x: round(x, 3)), min_size=size**2, max_size=size**2))
    trips = np.array(cells).reshape(size, size)
    folder = tmp_path_factory.mktemp("od")
    zones = gpd.GeoDataFrame(index=pd.Index(names, name="zone_id"), geometry=[Point(0, 0)] * size, crs=3006)
    square = pd.DataFrame(trips, index=names, columns=names)
    square.to_csv(folder / "square.csv", sep=";", decimal=",")
    long = square.rename_axis(index="origin").reset_index().melt("origin", var_name="destination", value_name="trips")
    long.to_csv(folder / "long.csv", index=False)
    for name in ("square.csv", "long.csv"):
        assert read_demand(folder / name, zones=zones).matrices["car"].to_numpy() == pytest.approx(trips)


@pytest.mark.shared_data
def test_real_pairs_of_municipalities(shared_data):
    path = shared_data / "dalarna" / "commuting" / "municipality_od_subset_2022.csv"
    demand = read_demand(path)
    table = pd.read_csv(path)
    assert len(table) == 156
    assert demand.matrices["car"].to_numpy().sum() == table["commuters"].sum()
    assert demand.matrices["car"].loc["Avesta", "Borlänge"] == 18
