r"""NVDB GeoPackages in the layout of Lastkajen: one layer a feature type, linear references, days, directions.

         E1 (0-1)            E2
a(0,0) ------------ b(1000,0) ---- c(1000,500)
                      \ E3
                       d(2000,0)
"""

from __future__ import annotations

import datetime as dt
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.nvdb import read_nvdb
from geoplan.io.nvdb_mapping import ColumnRule, fold, read_mapping
from geoplan.io.nvdb_values import in_period, read_cells

X, Y = 500_000.0, 6_660_000.0
OPEN = 99_991_231
A, B, C, D = (0, 0), (1000, 0), (1000, 500), (2000, 0)


def line(*points):
    return shapely.LineString([(X + x, Y + y) for x, y in points])


def point(x, y):
    return shapely.Point(X + x, Y + y)


LINKS = {"E1": (A, B), "E2": (B, C), "E3": (B, D)}


def rows(*given, default_from=20_200_101):
    """Rows (element, start, end, values) with the columns that every Lastkajen layer has."""
    table = []
    for element, start, end, values in given:
        values = dict(values)
        (x0, y0), (x1, y1) = LINKS[element]
        ends = [(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for share in (start, end)]
        shape = point(*ends[0]) if start == end else line(*ends)
        table.append(
            {
                "ELEMENT_ID": f"1000:{element}", "VALID_FROM": default_from, "VALID_TO": OPEN,
                "START_MEASURE": start, "END_MEASURE": end, "EXTENT_LENGTH": shape.length, "DIRECTION": None,
                "geometry": shape, **values,
            }
        )  # fmt: skip
    return gpd.GeoDataFrame(table, geometry="geometry", crs=3006)


def roads():
    net = rows(*((element, 0.0, 1.0, {"Nattyp": "bilnät"}) for element in LINKS))
    cycle = rows(("E2", 0.0, 1.0, {"Nattyp": "cykelnät"}))
    cycle["ELEMENT_ID"] = "1000:CYKEL"
    return pd.concat([net, cycle], ignore_index=True)


NETWORK = "NVDB_DK_O_88_Vagtrafiknat"


@pytest.fixture
def package(tmp_path):
    """Writer of a GeoPackage: `package({layer: rows})`, the road links added."""

    def write(layers, name="dalarna.gpkg", network=True):
        path = tmp_path / name
        path.unlink(missing_ok=True)
        for layer, table in ({NETWORK: roads(), **layers} if network else layers).items():
            table.to_file(path, layer=layer, driver="GPKG")
        return path

    return write


def edges_of(network, element, *, ahead=True):
    """Edges of a link in the order of its measures; `ahead` those along it."""
    edges = network.edges[network.edges["element_id"] == f"1000:{element}"]
    (x0, y0), (x1, y1) = LINKS[element]
    way = np.array([x1 - x0, y1 - y0])
    ends = np.stack([shapely.get_coordinates(shapely.get_point(edges.geometry.array, k)) for k in (0, -1)])
    runs = ((ends[1] - ends[0]) @ way) > 0
    along = (ends.mean(axis=0) - [X + x0, Y + y0]) @ way
    picked = edges.assign(_at=along)[runs == ahead]
    return picked.sort_values("_at").drop(columns="_at")


def test_bare_links_are_a_network(package):
    network = read_nvdb(package({}))
    assert len(network.nodes) == 4 and len(network.edges) == 6  # cycle ways are left out
    assert network.crs.to_epsg() == 3006
    assert network.edges["length_m"].sum() == pytest.approx(2 * 2500)
    assert network.edges["max_weight_t"].isna().all() and (network.edges["bk_class"] == "").all()
    assert network.meta["attribution"].startswith("Trafikverket")
    assert network.meta["data_date"] == "2020-01-01"


def test_values_hold_from_measure_to_measure(package):
    path = package(
        {
            "NVDB_DK_O_48_Hastighetsgrans": rows(
                ("E1", 0.0, 0.4, {"Hogsta_tillatna_hastighet": "70"}), ("E1", 0.4, 1.0, {"Hogsta_tillatna_hastighet": "50"})
            ),
            "NVDB_DK_O_13_Barighet": rows(("E1", 0.0, 0.7, {"Barighetsklass": "BK 1"}), ("E1", 0.7, 1.0, {"Barighetsklass": "BK 4 - Särskilda villkor"})),
            "NVDB_DK_O_9_BegrBruttovikt": rows(("E1", 0.2, 0.3, {"Hogsta_tillatna_bruttovikt": 12.0})),
        }
    )  # fmt: skip
    network = read_nvdb(path)
    for ahead in (True, False):
        edges = edges_of(network, "E1", ahead=ahead)
        assert edges["length_m"].to_list() == pytest.approx([200, 100, 100, 300, 300])
        assert edges["speed_kmh"].to_list() == [70, 70, 70, 50, 50]
        assert edges["bk_class"].to_list() == ["BK1", "BK1", "BK1", "BK1", "BK4"]
        assert edges["max_weight_t"].fillna(-1).to_list() == [-1, 12, -1, -1, -1]
    assert edges_of(network, "E2")["speed_kmh"].isna().all()
    told = network.meta["restrictions"].set_index("key")
    assert told.loc["Barighetsklass", ["found", "used", "unused"]].to_list() == [2, 2, 0]


def test_the_tightest_of_several_limits_counts(package):
    weight = "Hogsta_tillatna_bruttovikt"
    given = rows(("E3", 0.0, 1.0, {weight: 18}), ("E3", 0.5, 1.0, {weight: 3.5}), ("E3", 0.0, 1.0, {weight: 24}))
    edges = edges_of(read_nvdb(package({"NVDB_DK_O_9_BegrBruttovikt": given})), "E3")
    assert edges["max_weight_t"].to_list() == [18, 3.5]


def test_a_restriction_of_ten_centimetres_is_not_lost(package):
    given = rows(("E1", 0.5, 0.5001, {"Hogsta_tillatna_fordonsbredd": 2.6}))
    edges = edges_of(read_nvdb(package({"NVDB_DK_O_11_BegrFordBredd": given})), "E1")
    assert edges["max_width_m"].min() == 2.6


def test_directions(package):
    speed = "Hogsta_tillatna_hastighet"
    given = rows(
        ("E1", 0, 1, {speed: 80, "DIRECTION": "Med"}),
        ("E1", 0, 1, {speed: 60, "DIRECTION": "Mot"}),
        ("E3", 0, 1, {speed: 40, "DIRECTION": "Med och mot"}),
    )
    network = read_nvdb(package({"NVDB_DK_O_48_Hastighetsgrans": given}))
    assert edges_of(network, "E1")["speed_kmh"].to_list() == [80]
    assert edges_of(network, "E1", ahead=False)["speed_kmh"].to_list() == [60]
    assert (
        edges_of(network, "E3")["speed_kmh"].to_list()
        == edges_of(network, "E3", ahead=False)["speed_kmh"].to_list()
        == [40]
    )


def test_forbidden_directions(package):
    given = rows(
        ("E1", 0, 1, {"DIRECTION": "Mot"}),
        ("E2", 0, 1, {"DIRECTION": "Med"}),
        ("E3", 0, 1, {"DIRECTION": "Med och mot"}),
    )
    speed = rows(("E2", 0, 1, {"Hogsta_tillatna_hastighet": 30, "DIRECTION": "Mot"}))
    network = read_nvdb(package({"NVDB_DK_O_20_ForbjudenFardriktning": given, "NVDB_DK_O_48_Hastighetsgrans": speed}))
    assert len(edges_of(network, "E1")) == 1 and edges_of(network, "E1", ahead=False).empty
    assert edges_of(network, "E2").empty and edges_of(network, "E2", ahead=False)["speed_kmh"].to_list() == [30]
    assert (edges_of(network, "E3")["status"] == "closed").all()


def test_only_what_is_in_force_on_the_day_counts(package):
    weight = "Hogsta_tillatna_bruttovikt"
    given = rows(
        ("E1", 0, 1, {weight: 10, "VALID_FROM": 20_100_101, "VALID_TO": 20_200_101}),
        ("E1", 0, 1, {weight: 20, "VALID_FROM": 20_200_101}),
        ("E1", 0, 1, {weight: 5, "VALID_FROM": 20_990_101}),
    )
    path = package({"NVDB_DK_O_9_BegrBruttovikt": given})
    edges = edges_of(read_nvdb(path, date="2024-05-01"), "E1")
    assert edges["max_weight_t"].to_list() == [20]
    with pytest.raises(DataError, match="no road link in force"):
        read_nvdb(path, date="2015-05-01")
    old = given.rename(columns={"VALID_FROM": "FRAN_DATUM", "VALID_TO": "TILL_DATUM"})
    old["FRAN_DATUM"] = ["2010-01-01", "2020-01-01", "2099-01-01"]
    old["TILL_DATUM"] = ["2020-01-01", None, None]
    assert edges_of(read_nvdb(package({"BegrBruttovikt": old}), date=dt.date(2024, 5, 1)), "E1")[
        "max_weight_t"
    ].to_list() == [20]


def test_winter_classes(package):
    winter = {
        "Barighetsklass": "BK 2",
        "Barighetsklass_vinterperiod": "BK 1",
        "Startdatum_vinterperiod": "2020-12-01",
        "Slutdatum_vinterperiod": "2021-03-31",
    }
    summer = {"Barighetsklass": "BK 1", "Startdatum_sommarperiod": "2020-05-01", "Slutdatum_sommarperiod": "2020-10-31"}
    path = package({"NVDB_DK_O_13_Barighet": rows(("E1", 0, 1, winter), ("E3", 0, 1, summer))})

    def classes(**more):
        network = read_nvdb(path, **more)
        return [edges_of(network, element)["bk_class"].iloc[0] for element in ("E1", "E3")]

    assert classes() == ["BK2", "BK1"]  # without a day the weaker one
    assert classes(date="2026-01-15") == ["BK1", ""]  # the summer class does not hold; what does is not known
    assert classes(date="2026-07-15") == ["BK2", "BK1"]
    assert in_period(dt.date(2024, 12, 1), "1201", "0331") and not in_period(dt.date(2024, 4, 1), "12-01", "03-31")


def test_axle_bogie_and_triple_pressures(package):
    given = rows(
        (
            "E1",
            0,
            1,
            {
                "Hogsta_tillatna_tryck_1": 8,
                "Typ_av_tryck_1": "axeltryck",
                "Hogsta_tillatna_tryck_2": 12,
                "Typ_av_tryck_2": "boggitryck",
                "Hogsta_tillatna_tryck_3": 13,
                "Typ_av_tryck_3": "vad som helst",
            },
        )
    )
    network = read_nvdb(package({"NVDB_DK_O_10_BegrAxelBoggiTryck": given}))
    edge = edges_of(network, "E1").iloc[0]
    assert (edge["max_axle_load_t"], edge["max_bogie_load_t"]) == (8, 12)
    left = network.meta["unused_restrictions"]
    assert left["value"].to_list() == ["13"] and "vad som helst" in left["reason"].iloc[0]


def test_a_height_obstacle_stands_over_its_edges(package):
    given = rows(
        ("E1", 0.25, 0.25, {"Fri_hojd": 4.2, "Hojdhindertyp": "järnvägsbro", "Hojdhinderidentitet": "20-123-1"})
    )
    speed = rows(("E1", 0, 0.5, {"Hogsta_tillatna_hastighet": 70}), ("E1", 0.5, 1, {"Hogsta_tillatna_hastighet": 50}))
    network = read_nvdb(package({"NVDB_DK_O_24_Hojdhinder45dm": given, "NVDB_DK_O_48_Hastighetsgrans": speed}))
    only = network.structures.iloc[0]
    assert (only["kind"], only["clearance_height_m"], only["name"], only["note"]) == (
        "height_obstacle",
        4.2,
        "20-123-1",
        "järnvägsbro",
    )
    assert only.geometry.distance(point(250, 0)) < 0.01
    bound = network.structure_edges
    assert set(bound["role"]) == {"over"}
    first = [edges_of(network, "E1", ahead=ahead).index[0] for ahead in (True, False)]
    assert sorted(bound["edge_id"]) == sorted(first)


def test_an_obstacle_in_a_node_binds_all_that_meet_there(package):
    given = rows(("E1", 1.0, 1.0, {"Fri_hojd": 3.9, "DIRECTION": "Med"}))
    network = read_nvdb(package({"NVDB_DK_O_24_Hojdhinder45dm": given}))
    assert set(network.structure_edges["edge_id"]) == set(edges_of(network, "E1").index)


def test_bridges_tunnels_and_the_clearance_of_underpasses(package):
    bridges = rows(
        ("E1", 0.1, 0.2, {"Konstruktion": "överfart", "Namn": "Ån"}),
        ("E1", 0.5, 0.6, {"Konstruktion": "underfart"}),
        ("E3", 0.5, 0.6, {"Konstruktion": "tunnel"}),
        ("E3", 0.8, 0.9, {"Konstruktion": "rymdhiss"}),
    )
    low = rows(("E1", 0.55, 0.55, {"Fri_hojd": 4.1}))
    network = read_nvdb(package({"NVDB_DK_O_7_Bro_och_tunnel": bridges, "NVDB_DK_O_24_Hojdhinder45dm": low}))
    kinds = network.structures["kind"]
    assert sorted(kinds) == ["bridge", "road_bridge", "road_tunnel"]  # underpass and obstacle are one thing
    assert network.structures.loc[kinds == "bridge", "clearance_height_m"].to_list() == [4.1]
    lengths = network.structure_edges.merge(network.edges["length_m"], left_on="edge_id", right_index=True)
    assert lengths["length_m"].to_list() == pytest.approx([100] * 6)
    assert "rymdhiss" in network.meta["unused_restrictions"]["value"].to_list()


def test_without_measures_the_geometry_says_where(package):
    given = gpd.GeoDataFrame(
        {"Hogsta_tillatna_bruttovikt": [15.0, 7.0], "DIRECTION": ["Med", None]},
        geometry=[
            line((900, 0), (400, 0)),
            line((1000, 500), (1000, 0), (1500, 0)),
        ],  # drawn against E1; over E2 and E3
        crs=3006,
    )
    obstacle = gpd.GeoDataFrame({"Fri_hojd": [4.0]}, geometry=[point(200, 0.5)], crs=3006)
    network = read_nvdb(package({"X_BegrBruttovikt": given[:0], "BegrBruttovikt": given, "Hojdhinder45dm": obstacle}))
    against, along = edges_of(network, "E1", ahead=False), edges_of(network, "E1")
    assert against["max_weight_t"].fillna(-1).to_list() == [-1, 15, -1]
    assert along["max_weight_t"].isna().all()
    assert against["length_m"].to_list() == pytest.approx([400, 500, 100])
    assert edges_of(network, "E2")["max_weight_t"].to_list() == [7]
    assert edges_of(network, "E3")["max_weight_t"].fillna(-1).to_list() == [7, -1]
    assert len(network.structure_edges) == 2


def test_traffic_width_number_class_and_name(package):
    path = package(
        {
            "TRAFIK_DK_O_105_Trafik": rows(("E1", 0, 1, {"Adt_samtliga_fordon": 3000, "Adt_tunga_fordon": 300}), ("E2", 0, 1, {"Adt_samtliga_fordon": 700, "DIRECTION": "Med"})),
            "NVDB_DK_O_50_Vagbredd": rows(("E1", 0, 1, {"Bredd": "6,5"})),
            "NVDB_DK_O_54_Vagnummer": rows(("E1", 0, 1, {"Huvudnummer": 50, "Undernummer": 0, "Europavag": "0", "Lanstillhorighet": 20}), ("E2", 0, 1, {"Huvudnummer": 604, "Undernummer": 1, "Europavag": "0", "Lanstillhorighet": 20}), ("E3", 0, 1, {"Huvudnummer": 18, "Undernummer": 0, "Europavag": "-1", "Lanstillhorighet": 20})),
            "NVDB_DK_O_30_FunkVagklass": rows(("E1", 0, 1, {"Klass": "2"})),
            "NVDB_DK_O_31_Gatunamn": rows(("E1", 0, 1, {"Namn": "Storgatan"})),
            "NVDB_DK_O_5_Antal_korfalt2": rows(("E1", 0, 1, {"Korfaltsantal": 4})),
        }
    )  # fmt: skip
    network = read_nvdb(path)
    edge = edges_of(network, "E1").iloc[0]
    assert (edge["aadt"], edge["heavy_share_pct"], edge["width_m"]) == (1500, 10, 6.5)
    assert (edge["ref"], edge["road_class"], edge["functional_class"], edge["name"]) == (
        "50",
        "national",
        2,
        "Storgatan",
    )
    assert (edge["lanes"], edge["assumed"]) == (2, "lanes")
    assert (
        edges_of(network, "E2")["aadt"].to_list() == [700] and edges_of(network, "E2", ahead=False)["aadt"].isna().all()
    )
    assert edges_of(network, "E2")["ref"].to_list() == ["W 604.01"]
    assert edges_of(network, "E3")["ref"].to_list() == ["E18"]


def test_nothing_is_lost_in_silence(package, caplog):
    weight = "Hogsta_tillatna_bruttovikt"
    off_network = rows(("E1", 0, 1, {weight: 9}))
    off_network["ELEMENT_ID"], off_network.geometry = "1000:NOWHERE", [line((0, 5000), (100, 5000))]
    path = package(
        {
            "NVDB_DK_O_9_BegrBruttovikt": pd.concat([rows(("E1", 0, 1, {weight: "tolv ton"}), ("E1", 0, 1, {weight: "900"}), ("E1", 0, 1, {weight: "-1"}), ("E1", 0, 1, {weight: "12 ton", "Beslut": "LTF 1"})), off_network.astype({weight: str})], ignore_index=True),
            "NVDB_DK_O_22_ForbudTrafik": rows(("E2", 0, 1, {"Totalvikt": 3.5, "Galler": "tung lastbil"})),
            "NVDB_DK_O_99_Lekplats": rows(("E2", 0, 1, {"Typ": "gunga"})),
        }
    )  # fmt: skip
    network = read_nvdb(path)
    left = network.meta["unused_restrictions"]
    assert left["value"].to_list()[:2] == ["tolv ton", "900"]
    assert {"is no number", "is not between 0.5 and 200", "lies on no road link of the network"} <= set(left["reason"])
    assert left["value"].str.contains("tung lastbil").any()
    assert network.meta["unknown_layers"] == {"NVDB_DK_O_99_Lekplats": 1}
    assert network.meta["unknown_columns"] == {"NVDB_DK_O_9_BegrBruttovikt": ["Beslut"]}
    assert "Lekplats" in caplog.text and "Beslut" in caplog.text
    assert edges_of(network, "E1")["max_weight_t"].to_list() == [12]
    told = network.meta["restrictions"].set_index("key").loc[weight]
    assert (told["found"], told["used"], told["unused"]) == (4, 1, 3)  # -1 says nothing


def test_a_mapping_of_ones_own(package, tmp_path):
    given = rows(("E1", 0, 1, {"MaxVikt": 14000})).rename(columns={"ELEMENT_ID": "lank"})
    own = tmp_path / "own.toml"
    own.write_text(
        """
[common]
element = ["lank", "ELEMENT_ID"]
from = ["VALID_FROM"]
to = ["VALID_TO"]
start = ["START_MEASURE"]
end = ["END_MEASURE"]
length = ["EXTENT_LENGTH"]
direction = ["DIRECTION"]
[[layer]]
names = ["Vagtrafiknat"]
role = "network"
[[layer]]
names = ["Vikter"]
role = "line"
[[layer.column]]
to = "max_weight_t"
names = ["MaxVikt"]
kind = "number"
unit = "kg"
combine = "min"
""",
        encoding="utf-8",
    )
    network = read_nvdb(package({"Vikter": given}), mapping=own)
    assert edges_of(network, "E1")["max_weight_t"].to_list() == [14]
    own.write_text(own.read_text(encoding="utf-8").replace('kind = "number"', 'kind = "nummer"'), encoding="utf-8")
    with pytest.raises(DataError, match="kind 'nummer'; use one of number"):
        read_mapping(own)
    own.write_text("[common", encoding="utf-8")
    with pytest.raises(DataError, match="is no TOML"):
        read_mapping(own)


def test_layers_are_found_by_the_end_of_their_name():
    mapping = read_mapping()
    assert mapping.rule_of("TRAFIK_DK_O_105_Trafik").names[0] == "Trafik"
    assert mapping.rule_of("NVDB_DK_O_22_ForbudTrafik").role == "verbatim"
    assert mapping.rule_of("NVDB_DKHojdhinder45dm").role == "point"
    assert mapping.rule_of("nagot_helt_annat") is None
    assert fold("Höjdhinder_upp_till_45_dm") == "hojdhinderupptill45dm"


@pytest.mark.parametrize(
    ("text", "value"),
    [("4.2", 4.2), ("4,2 m", 4.2), ("42 dm", 4.2), ("420 cm", 4.2), ("", np.nan), ("-1", np.nan), (4.2, 4.2), (None, np.nan), ("4.2 t", "unit"), ("45", "between"), ("hög", "number")],
)  # fmt: skip
def test_heights_as_they_are_written(text, value):
    rule = ColumnRule("h", ("h",), "number", "m", 1, 10)
    cells = read_cells(rule, pd.Series([text], dtype=object), frozenset(["-1"]))
    if isinstance(value, str):
        assert value in cells.unread[0] and np.isnan(cells.values[0])
    else:
        assert cells.values[0] == pytest.approx(value, nan_ok=True) and not cells.unread


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.floats(), st.integers()), max_size=6))
def test_every_cell_is_a_number_missing_or_kept(values):
    rule = ColumnRule("w", ("w",), "number", "t", 0.5, 200)
    cells = read_cells(rule, pd.Series(values, dtype=object), frozenset())
    for row, value in enumerate(cells.values):
        assert np.isnan(value) or 0.5 <= value <= 200
        assert not (row in cells.unread and not np.isnan(value))


def test_hostile_files_end_in_one_clear_line(package, tmp_path):
    good = package({}).read_bytes()

    def refused(data, said, name="bad.gpkg"):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(DataError, match=said) as told:
            read_nvdb(path)
        assert "\n" not in str(told.value)

    refused(b"", "empty")
    refused(b"PK\x03\x04" + good[4:], "not a GeoPackage")
    refused(good[: len(good) // 2], "damaged or cut short|cannot be read")
    refused(good[:100] + b"\xff" * 4096 + good[4196:], "damaged or cut short|cannot be read")
    with pytest.raises(DataError, match="no such"):
        read_nvdb(tmp_path / "none.gpkg")
    sqlite3.connect(tmp_path / "plain.gpkg").execute("create table t (a)").connection.close()
    with pytest.raises(DataError, match=r"holds no layer|cannot be read"):
        read_nvdb(tmp_path / "plain.gpkg")
    with pytest.raises(DataError, match="no layer of road links"):
        read_nvdb(package({"NVDB_DK_O_50_Vagbredd": rows(("E1", 0, 1, {"Bredd": 6}))}, "none2.gpkg", network=False))


def test_wrong_coordinate_systems(package):
    turned = roads()
    turned.geometry = shapely.transform(turned.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    with pytest.raises(DataError, match="outside Sweden"):
        read_nvdb(package({NETWORK: turned}, network=False))
    degrees = read_nvdb(package({NETWORK: roads().to_crs(4326)}, network=False))
    assert degrees.edges["length_m"].sum() == pytest.approx(5000, rel=1e-6)


@given(st.integers(0, 2**31))
def test_pieces_cover_every_link_once(seed):
    from geoplan.io.nvdb_reference import Links, Places, cut_links, pieces_under

    rng = np.random.default_rng(seed)
    n, m = 4, 12
    length = rng.uniform(0.3, 40, n)
    geometry = np.array([line((0, 0), (size, 0)) for size in length])
    links = Links(
        geometry, length, np.array([f"e{k}" for k in range(n)], dtype=object), np.zeros(n), np.ones(n), length
    )
    link = rng.integers(0, n, m)
    ends = np.sort(rng.uniform(0, 1, (m, 2)), axis=1) * length[link][:, None]
    places = Places(np.arange(m), link, ends[:, 0], ends[:, 1], np.ones(m, bool), np.ones(m, bool))
    pieces = cut_links(links, [places])
    assert np.bincount(pieces.link, weights=pieces.to_m - pieces.from_m, minlength=n) == pytest.approx(length)
    assert (pieces.to_m > pieces.from_m).all()
    assert set(pieces_under(pieces, places)[0]) == set(range(m))  # no stretch is lost
