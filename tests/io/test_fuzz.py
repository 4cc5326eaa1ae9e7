"""Spoilt files at every door: bytes flipped, ends cut, entities, bombs. One clear line, nothing written, no waiting.

Doors with fuzz tests of their own: PBF (test_osm), GeoPackage (test_network_files), RINF, PxWeb, TNTP, rasters, GTFS.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.demand_tables import read_demand
from geoplan.io.doors import read_any_network
from geoplan.io.nvdb import read_nvdb
from geoplan.io.omx import read_omx, write_omx
from geoplan.io.osm import read_osm
from geoplan.io.pxweb import read_pxweb
from geoplan.io.railml import read_railml
from geoplan.io.rinf import read_rinf

DAYS = {"first_day": dt.date(2026, 1, 5), "last_day": dt.date(2026, 1, 11)}
OSM = """<?xml version='1.0' encoding='UTF-8'?><osm version="0.6">
<node id="1" lat="60.0" lon="15.0"/><node id="2" lat="60.0" lon="15.1"/><node id="3" lat="60.1" lon="15.1"/>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="maxweight" v="12"/></way>
<way id="8"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="bridge" v="yes"/></way>
<relation id="9"><member type="way" ref="7" role="from"/><member type="node" ref="2" role="via"/>
<member type="way" ref="8" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
</osm>"""
RAILML = """<railML xmlns="https://www.railml.org/schemas/3.2" version="3.2">
<infrastructure><functionalInfrastructure><operationalPoints><operationalPoint id="a"><name name="A"/></operationalPoint>
<operationalPoint id="b"><name name="B"/></operationalPoint></operationalPoints></functionalInfrastructure></infrastructure>
<timetable><validities><validity id="w"><periodBitmask bitmask="1111111" fromDate="2026-01-05"/></validity></validities>
<baseItineraries><baseItinerary id="x">
<baseItineraryPoint id="1" locationRef="a" sequenceNumber="1"><times scope="operational"><departure time="06:00:00"/></times></baseItineraryPoint>
<baseItineraryPoint id="2" locationRef="b" sequenceNumber="2"><times scope="operational"><arrival time="06:30:00"/></times></baseItineraryPoint>
</baseItinerary></baseItineraries>
<itineraries><itinerary id="i"><range sequenceNumber="1" baseItineraryRef="x"/></itinerary></itineraries>
<operationalTrains><operationalTrain id="t"><operationalTrainVariant id="v" itineraryRef="i" validityRef="w"/></operationalTrain>
</operationalTrains></timetable></railML>"""


def osm_xml(path: Path) -> None:
    path.write_text(OSM)


def osm_gz(path: Path) -> None:
    path.write_bytes(gzip.compress(OSM.encode()))


def nvdb(path: Path) -> None:
    x, y = 500_000, 6_660_000
    rows = {"ELEMENT_ID": ["1000:1"], "START_MEASURE": [0.0], "END_MEASURE": [1.0], "VALID_FROM": [20200101]}
    line = [shapely.LineString([(x, y), (x + 900, y)])]
    for layer, more in (("Vagtrafiknat", {"Nattyp": ["bilnät"]}), ("Vagbredd", {"Bredd": [6.5]})):
        table = gpd.GeoDataFrame({**rows, **more}, geometry=line, crs=3006)
        table.to_file(path, layer=f"NVDB_DK_O_1_{layer}", driver="GPKG")


def railml(path: Path) -> None:
    path.write_text(RAILML)


def omx(path: Path) -> None:
    write_omx({"car": pd.DataFrame([[0.0, 4.0], [2.0, 0.0]], index=[1, 2], columns=[1, 2])}, path)


def xlsx(path: Path) -> None:
    table = pd.DataFrame({"origin": ["a", "b"], "destination": ["b", "a"], "trips": [3.0, 4.0]})
    table.to_excel(path, index=False)


def csv(path: Path) -> None:
    path.write_text("från;till;antal\n0114;Åmål;1 234,5\nÅmål;0114;7\n", encoding="cp1252")


# Name of the file, what writes a whole one, what reads it.
DOORS = {
    "osm": ("x.osm", osm_xml, read_osm),
    "osm.gz": ("x.osm.gz", osm_gz, read_osm),
    "nvdb": ("x.gpkg", nvdb, read_nvdb),
    "railml": ("x.xml", railml, lambda path: read_railml(path, **DAYS)),
    "omx": ("x.omx", omx, read_omx),
    "xlsx": ("x.xlsx", xlsx, read_demand),
    "csv": ("x.csv", csv, read_demand),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Bytes of a whole file of each door, made once, and the folder to spoil it in."""
    files = {}
    for door, (name, write, read) in DOORS.items():
        if door == "omx":
            pytest.importorskip("h5py")
        path = tmp_path_factory.mktemp("whole") / name
        write(path)
        read(path)
        files[door] = path.read_bytes()
    return files, tmp_path_factory.mktemp("spoilt")


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_spoilt_files_end_in_one_line(whole, door, data):
    files, folder = whole
    name, _, read = DOORS[door]
    spoilt = bytearray(files[door])
    for _ in range(data.draw(st.integers(0, 8))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    path = folder / name
    path.write_bytes(bytes(spoilt)[: data.draw(st.one_of(st.just(len(spoilt)), st.integers(0, len(spoilt))))])
    try:
        read(path)
    except DataError as fault:
        assert "\n" not in str(fault) and name in str(fault)
    assert {item.name for item in folder.iterdir()} <= {one[0] for one in DOORS.values()}


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize(
    ("name", "body", "read"),
    [
        ("x.osm", '<osm version="0.6"><node id="1" lat="60" lon="15"><tag k="name" v="&l9;"/></node></osm>', read_osm),
        ("x.osm", '<osm version="0.6">&l9;</osm>', read_any_network),
        ("x.xml", "<RINFData><OperationalPoint>&l9;</OperationalPoint></RINFData>", read_rinf),
        ("x.xml", '<railML version="3.2">&l9;</railML>', lambda path: read_railml(path, **DAYS)),
    ],
)
def test_a_billion_laughs(tmp_path, name, body, read):
    path = tmp_path / name
    path.write_text(LAUGHS + body)
    with pytest.raises(DataError) as caught:
        read(path)
    assert "\n" not in str(caught.value) and [item.name for item in tmp_path.iterdir()] == [name]


def test_a_workbook_that_unpacks_to_gigabytes(tmp_path):
    xlsx(tmp_path / "whole.xlsx")
    for name, part in (("sheet.xlsx", "xl/worksheets/sheet1.xml"), ("words.xlsx", "xl/sharedStrings.xml")):
        with zipfile.ZipFile(tmp_path / "whole.xlsx") as old, zipfile.ZipFile(tmp_path / name, "w", 8) as new:
            for item in old.namelist():
                if item != part:
                    new.writestr(item, old.read(item))
            with new.open(part, "w", force_zip64=True) as stream:
                for _ in range(70):
                    stream.write(b" " * 2**20)
        with pytest.raises(DataError, match="would unpack to"):
            read_demand(tmp_path / name)


def test_a_workbook_with_laughs_or_other_xml_inside(tmp_path):
    xlsx(tmp_path / "whole.xlsx")
    for body in (LAUGHS + "<worksheet>&l9;</worksheet>", "<worksheet><sheetData>", "hello"):
        with zipfile.ZipFile(tmp_path / "whole.xlsx") as old, zipfile.ZipFile(tmp_path / "bad.xlsx", "w", 8) as new:
            for item in old.namelist():
                new.writestr(item, body if item.endswith("sheet1.xml") else old.read(item))
        with pytest.raises(DataError, match=r"bad\.xlsx"):
            read_demand(tmp_path / "bad.xlsx")


def test_a_json_of_nested_lists(tmp_path):
    (tmp_path / "x.json").write_text("[" * 100_000)
    with pytest.raises(DataError) as caught:
        read_pxweb(tmp_path / "x.json")
    assert "\n" not in str(caught.value)


def test_a_layer_name_never_leads_out_of_the_folder(tmp_path):
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (9, 9)])], crs=3006)
    line.to_file(tmp_path / "x.gpkg", layer="plain", driver="GPKG", SPATIAL_INDEX="NO")
    name = "../../escaped"
    with contextlib.closing(sqlite3.connect(tmp_path / "x.gpkg")) as store:
        store.execute(f'ALTER TABLE plain RENAME TO "{name}"')
        for table in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"):
            store.execute(f"UPDATE {table} SET table_name = ?", (name,))
        store.commit()
    with pytest.raises(DataError, match=r"\.\./\.\./escaped"):
        read_any_network(tmp_path / "x.gpkg")
    assert [item.name for item in tmp_path.iterdir()] == ["x.gpkg"]
