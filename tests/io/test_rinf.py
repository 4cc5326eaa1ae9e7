"""The register of railway infrastructure in its XML and CSV forms, and files that mean harm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.rinf import read_rinf
from geoplan.io.rinf_read import number

POINT = """
<OperationalPoint ValidityDateStart="2015-01-01">
  <OPName Value="{name}"/><UniqueOPID Value="{op_id}"/><OPType Value="20" OptionalValue="{kind}"/>
  <OPGeographicLocation Longitude="{lon}" Latitude="{lat}"/>
  <OPTrack><OPTrackIdentification Value="1"/></OPTrack>
</OperationalPoint>"""
TRACK = """
<SOLTrack><SOLTrackIdentification Value="{name}"/><SOLTrackDirection Value="B"/>
  <SOLTrackParameter ID="IPP_LoadCap" IsApplicable="Y" Value="{load}" Set="1"/>
  <SOLTrackParameter ID="IPP_MaxSpeed" IsApplicable="Y" Value="{speed}"/>
  <SOLTrackParameter ID="ITP_NomGauge" IsApplicable="Y" Value="30" OptionalValue="1435"/>
  <SOLTrackParameter ID="ILL_Gauging" IsApplicable="Y" Value="320" OptionalValue="{gauge}"/>
  <SOLTrackParameter ID="ECS_SystemType" IsApplicable="Y" Value="{supply}"/>
  <SOLTrackParameter ID="IPP_NCLoadCap" IsApplicable="N" Value=""/>
</SOLTrack>"""
SECTION = """
<SectionOfLine ValidityDateStart="2016-06-01"><SOLIMCode Value="0074"/><SOLLineIdentification Value="{line}"/>
  <SOLOPStart Value="{start}"/><SOLOPEnd Value="{end}"/><SOLLength Value="{length}"/><SOLNature Value="10"/>{tracks}
</SectionOfLine>"""


def track(name="E", load="70 120", speed="140", gauge="SEa", supply="10"):
    return TRACK.format(name=name, load=load, speed=speed, gauge=gauge, supply=supply)


def document(*parts):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<RINFData><MemberStateCode Code="SE"/>{"".join(parts)}</RINFData>'


PLACES = [
    POINT.format(name="Ludvika", op_id="SELa", kind="station", lon="+15,1850", lat="+60,1490"),
    POINT.format(name="Klenshyttan", op_id="SEKhy", kind="junction", lon="15.1300", lat="60.0880"),
    POINT.format(name="Grängesberg", op_id="SEGg", kind="small station", lon="15.0010", lat="60.0760"),
]


@pytest.fixture
def register(tmp_path):
    def write(*sections, places=PLACES, name="rinf.xml"):
        path = tmp_path / name
        path.write_text(document(*places, *sections), encoding="utf-8")
        return path

    return write


def section(start="SELa", end="SEKhy", length="8.306", line="10", tracks=None):
    return SECTION.format(start=start, end=end, length=length, line=line, tracks=track() if tracks is None else tracks)


def test_sections_and_places(register):
    network = read_rinf(
        register(section(), section("SEKhy", "SEGg", "7,096", tracks=track("N") + track("U", load="110 100")))
    )
    assert network.crs.to_epsg() == 3006
    assert network.nodes["name"].to_list() == ["Ludvika", "Klenshyttan", "Grängesberg"]
    assert network.nodes["kind"].to_list() == ["station", "junction", "station"]
    assert len(network.edges) == 4 and set(network.edges["mode"]) == {"rail"}
    edge = network.edges.loc["10:SELa-SEKhy:f"]
    assert edge["length_m"] == pytest.approx(8306)
    assert (edge["line"], edge["tracks"], edge["speed_kmh"], edge["gauge_mm"]) == ("10", 1, 140, 1435)
    assert (edge["line_category"], edge["max_axle_load_t"], edge["max_metre_load_tpm"]) == ("D2", 22.5, 6.4)
    assert (edge["loading_gauge"], edge["electrified"]) == ("SE-A", "yes")
    double = network.edges.loc["10:SEKhy-SEGg:b"]
    assert (double["tracks"], double["line_category"], double["u"], double["v"]) == (2, "D2", "SEGg", "SEKhy")
    assert network.meta["data_date"] == "2016-06-01"
    assert network.meta["unused_restrictions"].empty


@pytest.mark.parametrize(
    ("load", "category", "axle"),
    [("70 120", "D2", 22.5), ("110 100", "E4", 25.0), ("D2", "D2", 22.5), ("E4 80", "E4", 25.0), ("10 000", "A", 16.0), ("130 100", "RA1", np.nan), ("xyz", "", np.nan)],
)  # fmt: skip
def test_load_capability(register, load, category, axle):
    network = read_rinf(register(section(tracks=track(load=load))))
    edge = network.edges.iloc[0]
    assert edge["line_category"] == category
    assert edge["max_axle_load_t"] == pytest.approx(axle, nan_ok=True)
    assert network.meta["unused_restrictions"].empty == (not np.isnan(axle))


def test_what_is_not_stated_is_not_known(register):
    bare = "<SOLTrack><SOLTrackIdentification Value='1'/></SOLTrack>"
    edge = read_rinf(register(section(tracks=bare))).edges.iloc[0]
    assert edge[["speed_kmh", "max_axle_load_t", "max_metre_load_tpm", "gauge_mm"]].isna().all()
    assert (edge["electrified"], edge["loading_gauge"], edge["line_category"], edge["tracks"]) == ("", "", "", 1)
    assert np.isnan(read_rinf(register(section(tracks=""))).edges["tracks"].iloc[0])
    mixed = read_rinf(register(section(tracks=track("1", supply="10") + track("2", supply="40"))))
    assert mixed.edges["electrified"].iloc[0] == ""
    odd = read_rinf(register(section(tracks=track(supply="77", gauge="SEa") + track("2", supply="77", gauge="GB"))))
    assert set(odd.meta["unused_restrictions"]["key"]) == {"ECS_SystemType", "ILL_Gauging"}


def test_impossible_lengths_are_told(register):
    # Ludvika to Klenshyttan are 7.4 km as the crow flies.
    network = read_rinf(
        register(section(length="5.1"), section("SEKhy", "SEGg", "48"), section("SELa", "SEGg", "viel"))
    )
    table = network.meta["impossible_lengths"].set_index("way_id")
    assert table["reason"].to_dict() == {
        "10:SELa-SEKhy": "shorter than the straight line",
        "10:SEKhy-SEGg": "over three times as long",
    }
    assert network.edges["length_m"]["10:SELa-SEKhy:f"] == 5100  # told, not mended
    assert network.edges["assumed"]["10:SELa-SEGg:f"] == "length_m"
    assert network.meta["unused_restrictions"]["value"].to_list() == ["viel"]


def test_sections_without_place_are_left_out_and_told(register, caplog):
    network = read_rinf(register(section(), section("SELa", "SEXx")))
    assert network.meta["counts"]["sections_without_place"] == 1
    assert network.meta["sections_without_place"] == ["SELa-SEXx"] and "SEXx" in caplog.text
    with pytest.raises(DataError, match="none of 1 sections"):
        read_rinf(register(section("SEAa", "SEXx")))


SECTIONS_CSV = """Section Of Line;Infrastructure Manager's Code;National line ID;Length;Name of start Operational Point;Start Unique OP ID;Name of end Operational Point;End Unique OP ID;Track URI;Normal running direction;Load capability line category;Gauging
Ludvika-Klenshyttan;0074;10;8,306 km;Ludvika;SELa;Klenshyttan;SEKhy;track:10_E;B;D2;SEa
Häggvik-Rotebro;0074;05;3,783 km;Häggvik;SEHgv;Rotebro;SER;track:1N;B;D2;SEa
Häggvik-Rotebro;0074;05;3,783 km;Häggvik;SEHgv;Rotebro;SER;track:1U;B;E4;SEa
"""
POINTS_CSV = """Operational Point;Type of operational point;Unique OP ID;Name of Operational point;OP TAF TAP primary code;Geographical location of Operational Point;Validity start date;Validity end date
Ludvika;small station;SELa;Ludvika;SE1;60,149, 15,185;1970-01-01;3100-12-31
Klenshyttan;junction;SEKhy;Klenshyttan;SE2;60,088, 15,13;1970-01-01;3100-12-31
Häggvik;small station;SEHgv;Häggvik;SE3;59,4446, 17,9332;1970-01-01;3100-12-31
Rotebro;small station;SER;Rotebro;SE4;59,4767, 17,9145;1970-01-01;3100-12-31
"""


def test_the_tables_of_the_search_page(tmp_path):
    lines, places = tmp_path / "section_of_line_se.csv", tmp_path / "operational_point_se.csv"
    lines.write_text(SECTIONS_CSV, encoding="utf-8")
    places.write_text(POINTS_CSV, encoding="utf-8")
    network = read_rinf([lines, places])
    edge = network.edges.loc["05:SEHgv-SER:f"]
    assert (edge["length_m"], edge["tracks"], edge["line_category"], edge["line"]) == (3783, 2, "D2", "05")
    assert network.edges.loc["10:SELa-SEKhy:f", "loading_gauge"] == "SE-A"
    place = network.nodes.to_crs(4326).geometry["SER"]
    assert (place.x, place.y) == pytest.approx((17.9145, 59.4767), abs=1e-6)
    with pytest.raises(DataError, match="give the table of operational points too"):
        read_rinf(lines)
    lines.write_text(SECTIONS_CSV.replace("End Unique OP ID", "Slut"), encoding="utf-8")
    with pytest.raises(DataError, match="enduniqueopid"):
        read_rinf([lines, places])
    places.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(DataError, match="Unique OP ID"):
        read_rinf(places)


LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;"><!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<RINFData><OperationalPoint><OPName Value="&lol3;"/></OperationalPoint></RINFData>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY leak SYSTEM "file:///etc/passwd">]>
<RINFData><OperationalPoint><OPName>&leak;</OPName></OperationalPoint></RINFData>"""
DTD = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://example.org/x.dtd"><RINFData/>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "document type or entities"),
        (OUTSIDE, "document type or entities"),
        (DTD, "document type or entities"),
        (document(*PLACES)[:700], "cut off"),
        ("<RINFData></RINFData>", "holds no OperationalPoint"),
        ("<a>" * 60, "nested deeper"),
        ("", "empty"),
        ('<RINFData><OperationalPoint><OPName Value="' + "x" * 3_000_000, "single value"),
        ("<RINFData><SectionOfLine>" + "<SOLTrack/>" * 250_000, "more than 200,000"),
        ("\x00\x01\x02", "zero bytes"),
    ],
)  # fmt: skip
def test_hostile_files_end_in_one_clear_line(tmp_path, text, said):
    path = tmp_path / "bad.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said) as told:
        read_rinf(path)
    assert "\n" not in str(told.value)


def test_places_outside_the_earth(register):
    far = [*PLACES[:2], POINT.format(name="?", op_id="SEGg", kind="", lon="150010", lat="600760")]
    with pytest.raises(DataError, match="nowhere on earth"):
        read_rinf(register(section(), places=far))


@given(st.binary(min_size=1, max_size=6), st.integers(0, 4000))
@settings(max_examples=80, deadline=None)
def test_flipped_bytes_never_end_in_anything_else(tmp_path_factory, noise, place):
    data = bytearray(document(*PLACES, section(), section("SEKhy", "SEGg", "7.1")).encode())
    data[place % len(data) : place % len(data) + len(noise)] = noise
    path = tmp_path_factory.getbasetemp() / "flipped.xml"
    path.write_bytes(data)
    try:
        read_rinf(path)
    except DataError as fault:
        assert "\n" not in str(fault)


@pytest.mark.parametrize(
    ("text", "value"), [("8,306 km", 8.306), ("+15.1850", 15.185), ("1 000", 1000), ("", np.nan), ("N/A", np.nan)]
)
def test_numbers_of_the_register(text, value):
    assert number(text) == pytest.approx(value, nan_ok=True)
