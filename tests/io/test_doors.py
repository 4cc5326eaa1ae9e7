"""Any network file: the content says what it is, whatever the name."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.doors import kind_of_file, read_any_network
from geoplan.io.network_files import write_network

OSM = """<?xml version='1.0'?><!-- <railML> is not what this is -->
<osm version="0.6">
<node id="1" lat="60.0" lon="15.0" version="1"/><node id="2" lat="60.0" lon="15.1" version="1"/>
<way id="7" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="maxweight" v="12"/></way>
</osm>"""
RINF = """<?xml version="1.0"?><RINFData>
<OperationalPoint><OPName Value="A"/><UniqueOPID Value="a"/><OPGeographicLocation Longitude="15.1" Latitude="60.1"/>
</OperationalPoint>
<OperationalPoint><OPName Value="B"/><UniqueOPID Value="b"/><OPGeographicLocation Longitude="15.0" Latitude="60.0"/>
</OperationalPoint>
<SectionOfLine><SOLOPStart Value="a"/><SOLOPEnd Value="b"/><SOLLength Value="12.6"/></SectionOfLine></RINFData>"""
POINTS = "Unique OP ID;Name of Operational Point;Geographical location of Operational Point\na;A;60,1, 15,1\nb;B;60,0, 15,0\n"
SECTIONS = "National line ID;Start Unique OP ID;End Unique OP ID;Length\n10;a;b;12,6\n"


def nvdb_package(path):
    rows = {"ELEMENT_ID": ["1000:1"], "STARTMATT": [0.0], "SLUTMATT": [1.0], "Nattyp": ["bilnät"]}
    line = shapely.LineString([(500_000, 6_670_000), (501_000, 6_670_000)])
    gpd.GeoDataFrame(rows, geometry=[line], crs=3006).to_file(path, layer="NVDB_DK_O_88_Vagtrafiknat", driver="GPKG")
    return path


def test_the_content_decides(tmp_path):
    (tmp_path / "map.xml").write_text(OSM)
    (tmp_path / "map.dat").write_bytes(gzip.compress(OSM.encode()))
    (tmp_path / "register.osm").write_text(RINF)
    road = read_any_network(tmp_path / "map.xml")
    assert road.edges["max_weight_t"].to_list() == [12, 12]
    assert len(read_any_network(tmp_path / "map.dat").edges) == 2
    rail = read_any_network(tmp_path / "register.osm")
    assert set(rail.edges["mode"]) == {"rail"} and rail.meta["attribution"].startswith("European Union Agency")
    package = write_network(road, tmp_path / "own.gpkg")
    assert kind_of_file(package) == "GeoPackage" and len(read_any_network(package).edges) == 2


def test_a_delivery_of_nvdb_is_known_by_its_layer_of_road_links(tmp_path):
    path = nvdb_package(tmp_path / "leverans.gpkg")
    assert kind_of_file(path) == "NVDB"
    network = read_any_network(path)
    assert network.meta["attribution"].startswith("Trafikverket, NVDB") and network.crs.to_epsg() == 3006


def test_tables_of_the_register_in_a_folder(tmp_path):
    folder = tmp_path / "rinf"
    folder.mkdir()
    (folder / "points.csv").write_text(POINTS)
    (folder / "sections.csv").write_text(SECTIONS)
    (folder / "notes.csv").write_text("who;what\n")
    network = read_any_network(folder)
    assert network.edges["length_m"].to_list() == [12_600, 12_600]
    with pytest.raises(DataError, match="give the table of operational points too"):
        read_any_network(folder / "sections.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.xml", "<railML version='3.2'/>", "timetable .*read_railml"),
        ("x_net.tntp", "<NUMBER OF ZONES> 24\n<END OF METADATA>\n", "read_tntp"),
        ("x.tif", b"II*\0" + b"\0" * 20, "raster"),
        ("x.xml", "<html/>", "no door for this kind of file; geoplan reads OpenStreetMap"),
        ("x.txt", "hello", "no door"),
        ("x.osm", "hello", "not an OpenStreetMap file"),
        ("x.zip", b"PK\x03\x04 but no archive", "no door"),
        ("x.xml", "<!-- never ends " + "<!-- " * 5000, "no door"),
        ("x.xml", '<!DOCTYPE a [<!ENTITY b "<osm>">]><lolz>&b;</lolz>', "no door"),
    ],
)
def test_what_is_no_network_is_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message) as caught:
        read_any_network(path)
    assert "\n" not in str(caught.value)


def test_other_packages_and_feeds_say_what_they_hold(tmp_path):
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        archive.writestr("stop_times.txt", "trip_id\n")
    with pytest.raises(DataError, match="read_gtfs"):
        read_any_network(tmp_path / "feed.zip")
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=3006)
    line.to_file(tmp_path / "other.gpkg", layer="lines", driver="GPKG")
    with pytest.raises(DataError, match=r"no layer nodes and edges.*lines \(LineString\)"):
        read_any_network(tmp_path / "other.gpkg")
    sqlite3.connect(tmp_path / "plain.gpkg").close()
    with pytest.raises(DataError, match="is empty"):
        read_any_network(tmp_path / "plain.gpkg")
    with pytest.raises(DataError, match="no such network"):
        read_any_network(tmp_path / "nowhere.gpkg")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("doors") / "x.bin"


@settings(max_examples=60, deadline=None)
@given(
    head=st.sampled_from([b"", b"\x1f\x8b\x08", b"BZh9", b"SQLite format 3\0", b"PK\x03\x04", b"<?xml ", b"\xff\xfe<"]),
    rest=st.binary(min_size=1, max_size=300),
)
def test_any_bytes_end_in_one_line(scratch, head, rest):
    scratch.write_bytes(head + rest)
    with pytest.raises(DataError) as caught:
        read_any_network(scratch)
    assert "\n" not in str(caught.value)
