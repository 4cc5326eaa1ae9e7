"""Networks in files: what is written is what is read, and bad files get one line."""

from __future__ import annotations

import datetime as dt
import json
import math
import random
import sqlite3
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely.geometry import LineString, MultiPolygon, Point, box

from geoplan.errors import DataError, MissingExtraError
from geoplan.io import network_files
from geoplan.io.network_files import read_network, write_network
from geoplan.io.table_codec import decode_table, encode_table, from_json, to_json
from geoplan.network.network import Network, build_network

ENDINGS = (".gpkg", ".parquet")


@pytest.fixture
def network() -> Network:
    """A road below a railway bridge, with a banned turn.

              s --- rail --- t
                     |bridge
    a === road === b === road === c
    """
    nodes = gpd.GeoDataFrame(
        {
            "name": ["A", "", "Grängesberg", "S", "T"],
            "kind": "junction",
            "crane_capacity_t": [np.nan, 80, np.inf, 1, 2],
        },
        index=["a", "b", "c", "s", "t"],
        geometry=[Point(0, 0), Point(100.1, 0), Point(200, 1 / 3), Point(50, 50), Point(150, 50)],
        crs=3006,
    )
    ends = {"ab": ("a", "b"), "ba": ("b", "a"), "bc": ("b", "c"), "st": ("s", "t")}
    edges = gpd.GeoDataFrame(
        {
            "u": [u for u, _ in ends.values()],
            "v": [v for _, v in ends.values()],
            "way_id": ["w1", "w1", "w2", "w3"],
            "mode": ["road", "road", "road", "rail"],
            "length_m": [100.0, 100.0, 100.3, 100.0],
            "max_height_m": [4.5, np.nan, np.inf, np.nan],
            "municipality_code": ["0085", "2085", "", "2085"],
            "tags": [{"a": [1, 2]}, None, ["x"], ("y", 1)],
            "seen": pd.to_datetime(["2024-01-01", None, "2024-05-06 07:08:09.123456789", "2000-01-01"], format="mixed"),
        },
        index=list(ends),
        geometry=[LineString([nodes.geometry[u], nodes.geometry[v]]) for u, v in ends.values()],
        crs=3006,
    )
    structures = gpd.GeoDataFrame(
        {"kind": ["rail_bridge_over_road", "tunnel", "portal"], "clearance_height_m": [3.9, np.nan, np.inf]},
        index=["bridge", "tunnel", "area"],
        geometry=[box(40, 40, 60, 60), Point(3, 4), MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)])],
        crs=3006,
    )
    roles = pd.DataFrame({"structure_id": "bridge", "edge_id": ["st", "ab", "ba"], "role": ["carries", "over", "over"]})
    turns = pd.DataFrame({"from_edge": ["ab"], "to_edge": ["bc"], "penalty_s": [np.inf]})
    meta = {
        "name": "bridge",
        "data_date": dt.date(2024, 1, 2),
        "attribution": "© OpenStreetMap contributors",
        "limits": {"unknown": math.inf, "list": [1, "två"], "pair": (1, 2)},
    }
    return build_network(nodes, edges, structures, roles, turns, meta)


def assert_same(one: Network, two: Network) -> None:
    for table in ("nodes", "edges", "structures", "structure_edges", "turns"):
        left, right = getattr(one, table), getattr(two, table)
        assert_frame_equal(pd.DataFrame(left), pd.DataFrame(right), check_exact=True)
        assert left.index.dtype == right.index.dtype
        if isinstance(left, gpd.GeoDataFrame):
            assert left.crs == right.crs
            assert (shapely.to_wkb(left.geometry.array) == shapely.to_wkb(right.geometry.array)).all()
    assert dict(one.meta) == dict(two.meta)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("arrow", [True, False])
def test_everything_survives(network, tmp_path, monkeypatch, ending, arrow):
    if ending == ".gpkg":
        monkeypatch.setattr(network_files, "_has_arrow", lambda: arrow)
    path = write_network(network, tmp_path / f"x{ending}")
    again = read_network(path)
    assert_same(network, again)
    assert_same(again, read_network(write_network(again, path)))  # written over itself
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_number_ids_and_empty_tables_survive(tmp_path, ending):
    nodes = gpd.GeoDataFrame(index=np.array([2**53 + 1, 5]), geometry=[Point(0, 0, 7), Point(1, 1, 8)], crs=3006)
    edges = gpd.GeoDataFrame(
        {"u": [5], "v": [2**53 + 1], "mode": "sea", "length_m": 1.5},
        index=np.array([9], dtype="int32"),
        geometry=[LineString([(1, 1, 8), (0, 0, 7)])],
        crs=3006,
    )
    network = build_network(nodes, edges)
    again = read_network(write_network(network, tmp_path / f"x{ending}"))
    assert_same(network, again)
    assert again.nodes.geometry.iloc[0].z == 7
    assert again.edges.index.dtype == "int32"


def test_crs_without_a_code_survives(network, tmp_path):
    crs = "+proj=tmerc +lat_0=0 +lon_0=14.2 +k=1 +x_0=50000 +ellps=GRS80 +units=m"
    moved = {name: getattr(network, name).to_crs(crs) for name in ("nodes", "edges", "structures")}
    network = network.replace(**moved)
    assert_same(network, read_network(write_network(network, tmp_path / "x.gpkg")))


def test_layers_are_plain_for_other_programs(network, tmp_path):
    """QGIS sees numbers as numbers, text as text, and no lists."""
    path = write_network(network, tmp_path / "x.gpkg")
    edges = gpd.read_file(path, layer="edges")
    assert edges["edge_id"].to_list() == ["ab", "ba", "bc", "st"]
    assert edges["max_height_m"].dtype == "float64"
    assert edges["municipality_code"].to_list() == ["0085", "2085", "", "2085"]
    assert edges["tags"].iloc[0] == '{"a": [1, 2]}'
    with sqlite3.connect(path) as base:
        assert base.execute("select max_height_m from edges").fetchall() == [
            (4.5,),
            (None,),
            (math.inf,),
            (None,),
        ]
        kinds = dict(base.execute("select table_name, geometry_type_name from gpkg_geometry_columns").fetchall())
        assert dict(base.execute("select table_name, srs_id from gpkg_contents").fetchall())["edges"] == 3006
    base.close()
    assert kinds == {"nodes": "POINT", "edges": "LINESTRING", "structures": "GEOMETRY"}


names = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["fid", "geom", "Name", "NAME", "GEOMETRY_", 'a"b', "length m"]
)
plain_text = st.text(max_size=8)
moments = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))


def column(values: st.SearchStrategy, dtype: str | None) -> st.SearchStrategy:
    return st.lists(values, min_size=4, max_size=4).map(lambda items: pd.Series(items, dtype=dtype))


columns = st.one_of(
    column(st.floats(), "float64"),
    column(st.floats(width=32), "float32"),
    column(st.integers(-(2**63), 2**63 - 1), "int64"),
    column(st.integers(-128, 127), "int8"),
    column(st.integers(0, 2**64 - 1), "uint64"),
    column(st.booleans(), "bool"),
    column(plain_text | st.none(), "str"),
    column(plain_text | st.none(), "object"),
    column(plain_text | st.none(), "string"),
    column(st.integers(-100, 100) | st.none(), "Int32"),
    column(st.booleans() | st.none(), "boolean"),
    column(st.sampled_from(["a", "b", "ö"]) | st.none(), "category"),
    column(st.sampled_from([1, 2, 3]), "category"),
    column(moments | st.none(), "datetime64[us]"),
    column(moments, "datetime64[s]"),
    column(moments.map(lambda t: t.replace(tzinfo=dt.UTC)), "datetime64[us, UTC]"),
    column(st.timedeltas(dt.timedelta(-999), dt.timedelta(999)), "timedelta64[us]"),
    column(
        st.recursive(
            st.none() | st.integers() | st.floats(allow_nan=False) | plain_text | st.dates() | st.booleans(),
            lambda inner: (
                st.lists(inner, max_size=2) | st.tuples(inner) | st.dictionaries(plain_text, inner, max_size=2)
            ),
            max_leaves=4,
        ),
        "object",
    ),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, columns, max_size=6), st.sampled_from(ENDINGS))
def test_any_column_survives(network, tmp_path_factory, extra, ending):
    """Names of all kinds, and values of all types a table may hold."""
    taken = set(network.edges.columns) | {"edge_id"}
    extra = {name: values.set_axis(network.edges.index) for name, values in extra.items() if name not in taken}
    richer = network.replace(edges=network.edges.assign(**extra))
    folder = tmp_path_factory.mktemp("any")
    assert_same(richer, read_network(write_network(richer, folder / f"x{ending}")))


def test_tables_in_meta_survive(network, tmp_path):
    """Readers put what they could not use into meta as tables."""
    unused = pd.DataFrame({"osm_id": [1, 2], "text": ["4,5 m?", None], "value": [np.nan, np.inf]})
    empty = pd.DataFrame({"a": pd.Series([], dtype="str")})
    named = pd.DataFrame({"index": [1.5]}, index=pd.Index(["x"], name="edge_id"))
    tables = {"unused": unused, "empty": empty, "named": named}
    for ending in ENDINGS:
        again = read_network(write_network(network.with_meta(**tables), tmp_path / f"x{ending}"))
        for name, table in tables.items():
            assert_frame_equal(again.meta[name], table)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(names | st.integers(0, 9), columns, max_size=6))
def test_codec_alone(table):
    frame = pd.DataFrame(table)
    plain, spec = encode_table(frame, "row" if "row" not in table else None)
    assert {str(dtype) for dtype in plain.dtypes} <= {"int64", "float64", "bool", "str"}
    assert len({name.casefold() for name in plain}) == len(plain.columns)
    back = decode_table(plain, json.loads(json.dumps(spec)), "row" if "row" not in table else None)
    assert_frame_equal(back, frame.rename_axis(index=back.index.name), check_exact=True, check_column_type=False)


def test_second_geometry_and_categories_survive():
    frame = pd.DataFrame({"way": gpd.GeoSeries([Point(1, 2), None], crs=3006)})
    frame["order"] = pd.Categorical(["low", None], ["low", "high"], ordered=True)
    back = decode_table(*encode_table(frame))
    assert back["way"].array.crs.to_epsg() == 3006
    assert back["way"].to_list() == [Point(1, 2), None]
    assert_frame_equal(back[["order"]], frame[["order"]])


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "columns named twice: a; rename one of each"),
        (
            pd.DataFrame({"a": [object()]}),
            "column a: holds a object, which cannot be written; turn it into text",
        ),
        (pd.DataFrame({"a": [1 + 2j]}), "column a: type complex128 cannot be written"),
        (pd.DataFrame({("a", "b"): [1]}), "its name is no text; rename it"),
        (pd.DataFrame({"a": [{(1, 2): 3}]}), "a dict with a key of type tuple"),
    ],
)
def test_what_no_file_holds_is_named(frame, words):
    with pytest.raises(DataError, match=words):
        encode_table(frame)


def test_json_keeps_what_it_can():
    value = {
        "a": (1, [2.5, None]),
        "b": dt.date(2020, 1, 2),
        "c": pd.Timestamp("2020-01-02T03"),
        "d": np.float32(0.5),
    }
    assert from_json(to_json(value)) == value
    assert from_json(to_json({"p": Path("a") / "b", "s": {2, 1}, "n": np.arange(2)})) == {
        "p": str(Path("a") / "b"), "s": [1, 2], "n": [0, 1],
    }  # fmt: skip


def test_network_made_by_hand_in_a_gis(tmp_path):
    """Only nodes and edges, multi geometries of one part, an id that is a number column, no meta."""
    path = tmp_path / "hand.gpkg"
    nodes = gpd.GeoDataFrame({"node_id": [1, 2]}, geometry=[Point(0, 0), Point(9, 0)], crs=3006)
    edges = gpd.GeoDataFrame(
        {"edge_id": [7], "u": [1], "v": [2], "mode": ["road"], "length_m": [9]},
        geometry=[shapely.multilinestrings([LineString([(0, 0), (9, 0)])])],
        crs=3006,
    )
    nodes.to_file(path, layer="nodes")
    edges.to_file(path, layer="edges")
    network = read_network(path)
    assert network.edges.index.to_list() == [7]
    assert network.edges.geometry.geom_type.to_list() == ["LineString"]
    assert network.edges["length_m"].dtype == "float64"
    assert dict(network.meta) == {}


def test_rows_added_in_a_gis_are_read(network, tmp_path, caplog):
    """A user adds a node and a column: both arrive; a type that no longer fits is told."""
    path = write_network(network.replace(nodes=network.nodes.assign(rank=[1, 2, 3, 4, 5])), tmp_path / "x.gpkg")
    nodes = gpd.read_file(path, layer="nodes")
    new = gpd.GeoDataFrame({"node_id": ["new"], "note": ["mine"]}, geometry=[Point(7, 7)], crs=3006)
    pd.concat([nodes, new]).to_file(path, layer="nodes")
    again = read_network(path)
    assert again.nodes.index.to_list() == ["a", "b", "c", "s", "t", "new"]
    assert again.nodes.loc["new", "note"] == "mine"
    assert again.nodes.loc["new", "name"] == ""
    assert "column rank no longer holds int64" in caplog.text


def spoil(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "flip":
        data[4096:9000] = bytes(255 - b for b in data[4096:9000])
        path.write_bytes(data)
    elif how == "text":
        path.write_text("hello")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "head only":
        path.write_bytes(b"SQLite format 3\0")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("cut", "is damaged or cut short"),
        ("flip", "is damaged or cut short"),
        ("head only", "is damaged or cut short"),
        ("text", "is not a GeoPackage"),
        ("empty", "is empty"),
    ],
)
def test_damaged_geopackage(network, tmp_path, how, words):
    path = write_network(network, tmp_path / "x.gpkg")
    spoil(path, how)
    with pytest.raises(DataError, match=words) as caught:
        read_network(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_flipped_bytes_never_end_in_a_traceback(network, tmp_path):
    path = write_network(network, tmp_path / "x.gpkg")
    whole = path.read_bytes()
    chance = random.Random(7)
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            read_network(path)
        except DataError as fault:
            assert "\n" not in str(fault)


def test_plain_database_is_no_network(tmp_path):
    path = tmp_path / "x.gpkg"
    with sqlite3.connect(path) as base:
        base.execute("create table t (a)")
    base.close()
    with pytest.raises(DataError, match=r"no layer nodes and edges|cannot be read"):
        read_network(path)


def test_foreign_geopackage_says_what_it_holds(tmp_path):
    path = tmp_path / "roads.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[LineString([(0, 0), (1, 1)])], crs=3006).to_file(path, layer="vägar")
    words = r"it holds vägar \(LineString\); make one with network_from_lines\(geopandas.read_file\('roads.gpkg', layer='vägar'"
    with pytest.raises(DataError, match=words):
        read_network(path)


@pytest.mark.parametrize(
    ("layer", "edit", "words"),
    [
        (
            "edges",
            lambda f: f.drop(columns=["length_m", "u"]),
            "columns are missing: edges.u, edges.length_m; add them",
        ),
        ("nodes", lambda f: f.drop(columns="node_id"), "nodes has no column node_id"),
        ("nodes", lambda f: f.assign(node_id="a"), "duplicate node_id: 1 row"),
        ("edges", lambda f: f.assign(length_m=-1.0), r"4 rows \(first: ab, ba, bc, st\) have length_m < 0"),
        ("nodes", lambda f: f.to_crs(4326), "is in degrees; project to metres"),
        ("nodes", lambda f: f.set_crs(None, allow_override=True), "no coordinate reference system|Undefined"),
        ("edges", lambda f: pd.DataFrame(f.drop(columns="geometry")), "layer edges has no geometry"),
    ],
)
def test_faults_of_content_get_one_line(network, tmp_path, layer, edit, words):
    path = write_network(network, tmp_path / "x.gpkg")
    frame = edit(gpd.read_file(path, layer=layer))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyogrio warns of the missing system
        pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")
    with pytest.raises(DataError, match=words) as caught:
        read_network(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_wrong_paths(network, tmp_path):
    with pytest.raises(DataError, match=r"unknown ending '.shp'; write to .gpkg or .parquet"):
        write_network(network, tmp_path / "x.shp")
    with pytest.raises(DataError, match="cannot write there"):
        write_network(network, tmp_path / "nowhere" / "x.gpkg")
    with pytest.raises(DataError, match="no such GeoPackage"):
        read_network(tmp_path / "x.gpkg")
    with pytest.raises(DataError, match="no such network"):
        read_network(tmp_path / "x.osm.pbf")
    (tmp_path / "y.shp").write_text("x")
    with pytest.raises(DataError, match=r"a network is a \.gpkg file or a \.parquet folder"):
        read_network(tmp_path / "y.shp")
    with pytest.raises(DataError, match=r"no nodes.parquet and edges.parquet in the folder"):
        read_network(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["y.shp"]


def test_folder_that_is_no_network_is_not_overwritten(network, tmp_path):
    target = tmp_path / "x.parquet"
    target.mkdir()
    (target / "thesis.docx").write_text("years of work")
    with pytest.raises(DataError, match="holds other files"):
        write_network(network, target)
    assert (target / "thesis.docx").read_text() == "years of work"


def test_a_failed_write_leaves_the_old_file(network, tmp_path):
    path = write_network(network, tmp_path / "x.gpkg")
    before = path.read_bytes()
    with pytest.raises(DataError, match="edges: column odd: holds a object"):
        write_network(network.replace(edges=network.edges.assign(odd=[object()] * 4)), path)
    with pytest.raises(DataError, match="meta holds a object"):
        write_network(network.with_meta(odd=object()), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.gpkg"]


def test_parquet_faults(network, tmp_path, monkeypatch):
    path = write_network(network, tmp_path / "x.parquet")
    (path / "edges.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(DataError, match=r"edges.parquet: cannot be read"):
        read_network(path)
    (path / "meta.json").write_text("[1")
    write_network(network, tmp_path / "y.parquet")
    (tmp_path / "y.parquet" / "meta.json").write_text("[1")
    with pytest.raises(DataError, match=r"meta.json: is no JSON"):
        read_network(tmp_path / "y.parquet")
    monkeypatch.setattr(network_files, "_has_arrow", lambda: False)
    with pytest.raises(MissingExtraError, match=r"pip install 'geoplan\[parquet\]'"):
        write_network(network, tmp_path / "z.parquet")


def test_large_tables_come_in_parts(network, tmp_path, monkeypatch):
    whole = read_network(write_network(network, tmp_path / "whole.parquet"))
    monkeypatch.setattr(network_files, "PART_ROWS", 3)
    path = write_network(network, tmp_path / "x.parquet")
    assert {file.name for file in path.glob("*.0*.parquet")} == {"nodes.00001.parquet", "edges.00001.parquet"}
    parts = read_network(path)
    for table in ("nodes", "edges", "structures", "structure_edges", "turns"):
        assert_frame_equal(getattr(parts, table), getattr(whole, table))
    write_network(network, path)  # may be replaced: it holds nothing but a network
    (path / "edges.00001.parquet").rename(path / "edges.00002.parquet")
    with pytest.raises(DataError, match=r"edges.00001.parquet"):
        read_network(path)


def test_newer_format_is_refused(network, tmp_path):
    path = write_network(network, tmp_path / "x.parquet")
    meta = json.loads((path / "meta.json").read_text(encoding="utf-8"))
    meta["geoplan_format"]["version"] = 99
    (path / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    with pytest.raises(DataError, match=r"written by a newer geoplan \(format 99\); update geoplan"):
        read_network(path)
