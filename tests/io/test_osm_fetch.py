"""Fetching a place, against a small server that speaks like the real one."""

from __future__ import annotations

import http.server
import threading
import urllib.parse
from collections.abc import Iterator

import geopandas as gpd
import osmnx
import pytest
import shapely
from osmnx._errors import InsufficientResponseError

from geoplan.cli.app import main
from geoplan.errors import DataError
from geoplan.io import osm_fetch
from geoplan.io.network_files import read_network
from geoplan.io.osm_fetch import fetch_osm

# Two roads that meet in node 2, a banned turn there, and a railway:   1 --- 2 --- 3,  2 --- 4,  5 --- 6
NODES = {1: (15.10, 60.10), 2: (15.11, 60.10), 3: (15.12, 60.10), 4: (15.11, 60.11), 5: (15.1, 60.2), 6: (15.2, 60.2)}
ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="Overpass API">\n'
    "<note>The data included in this document is from www.openstreetmap.org.</note>\n"
    '<meta osm_base="2025-03-04T05:06:07Z"/>\n'
    + "".join(f'<node id="{k}" lat="{lat}" lon="{lon}"/>' for k, (lon, lat) in NODES.items())
    + '<way id="11"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/>'
    '<tag k="maxheight" v="4.2"/></way>'
    '<way id="12"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>'
    '<way id="13"><nd ref="5"/><nd ref="6"/><tag k="railway" v="rail"/></way>'
    '<relation id="21"><member type="way" ref="11" role="from"/><member type="node" ref="2" role="via"/>'
    '<member type="way" ref="12" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/>'
    "</relation>\n</osm>\n"
)
PLACE = shapely.box(15.0, 60.05, 15.3, 60.3)


class Server(http.server.BaseHTTPRequestHandler):
    """Answers what the test put into `replies` (status, body), the last one again and again."""

    replies: list[tuple[int, str]] = []  # noqa: RUF012
    queries: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.queries.append(urllib.parse.parse_qs(body)["data"][0])
        status, text = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch, tmp_path) -> Iterator[type[Server]]:
    Server.replies, Server.queries = [(200, ANSWER)], []
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=service.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(osmnx.settings, "overpass_url", f"http://127.0.0.1:{service.server_port}/api")
    monkeypatch.setattr(osm_fetch, "osm_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(osm_fetch, "WAITS_S", (0.0, 0.0))
    outline = gpd.GeoDataFrame(geometry=[PLACE], crs=4326)
    monkeypatch.setattr(osmnx, "geocode_to_gdf", lambda place: outline)
    yield Server
    service.shutdown()
    service.server_close()


def test_a_place_with_limits_and_turns(server):
    network = fetch_osm("Ludvika kommun")
    assert network.edges["mode"].value_counts().to_dict() == {"road": 6, "rail": 2}
    assert (network.edges["max_height_m"] == 4.2).sum() == 4
    assert len(network.turns) > 0
    assert network.crs.to_epsg() == 3006
    assert network.meta["name"] == "Ludvika kommun"
    assert network.meta["data_date"] == "2025-03-04"
    assert "OpenStreetMap contributors" in network.meta["attribution"]
    (query,) = server.queries
    for part in ('way["highway"](poly:"', 'way["railway"](poly:"', 'rel(bw.w)["type"~"^restriction"]', "out body;"):
        assert part in query
    assert '"60.0' in query  # latitude first


def test_second_time_comes_from_the_cache(server, tmp_path):
    fetch_osm("Ludvika kommun")
    server.replies = [(400, "")]
    fetch_osm("Ludvika kommun")
    assert len(server.queries) == 1
    with pytest.raises(DataError, match="refuses the request"):
        fetch_osm("Ludvika kommun", cache=False)


def test_nothing_is_kept_without_cache(server, tmp_path):
    assert len(fetch_osm(PLACE, modes="rail", cache=False).edges) == 2
    assert not (tmp_path / "cache").exists()
    assert 'way["highway"]' not in server.queries[0]


def test_busy_server_is_waited_for(server, caplog):
    server.replies = [(429, ""), (504, ""), (200, ANSWER)]
    fetch_osm(PLACE)
    assert len(server.queries) == 3
    assert "is busy (429 Too Many Requests): waiting 0 s" in caplog.text


def test_the_command_tells_why_it_waits_and_writes_the_attribution(server, tmp_path, monkeypatch, capsys, caplog):
    server.replies = [(504, ""), (200, ANSWER)]
    target = tmp_path / "ludvika.gpkg"
    monkeypatch.setattr("sys.argv", ["geoplan", "fetch", "Ludvika kommun", "--out", str(target)])
    try:
        main()
    except SystemExit as end:
        assert not end.code
    assert "is busy (504 Gateway Timeout): waiting 0 s" in caplog.text
    assert capsys.readouterr().out.strip() == str(target)
    meta = read_network(target).meta
    assert "OpenStreetMap contributors" in meta["attribution"] and meta["data_date"] == "2025-03-04"


def test_server_that_stays_busy(server):
    server.replies = [(429, "")]
    with pytest.raises(DataError, match=r"stays busy \(429 Too Many Requests\); try again later, parts fetched so far"):
        fetch_osm(PLACE)


def test_large_place_is_asked_in_squares_and_goes_on_where_it_stopped(server, tmp_path):
    """Three squares side by side; the second answer is cut short, the next run asks for the other two only."""
    wide = shapely.box(15.0, 60.05, 17.4, 60.3)
    server.replies = [(200, ANSWER), (200, ANSWER[:600]), (200, ANSWER)]
    with pytest.raises(DataError, match=r"polygon: the answer of the server was cut short"):
        fetch_osm(wide)
    assert len(list((tmp_path / "cache").iterdir())) == 1
    network = fetch_osm(wide)
    assert len(server.queries) == 4
    assert len(network.edges) == 8  # what is in all three answers is there once
    assert network.meta["data_date"] == "2025-03-04"


def test_server_that_gives_up(server, tmp_path):
    server.replies = [(200, '<osm><remark> runtime error: Query timed out in "query" at line 1. </remark></osm>')]
    with pytest.raises(DataError, match=r"the server gave up .*Query timed out.*smaller place"):
        fetch_osm(PLACE)
    assert list((tmp_path / "cache").iterdir()) == []


def test_place_without_roads(server):
    server.replies = [(200, '<osm version="0.6">\n</osm>')]
    with pytest.raises(DataError, match=r"^polygon: .*holds no road or rail way"):
        fetch_osm(PLACE)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (InsufficientResponseError("0 results"), "no place named 'Ludvka' in OpenStreetMap; check the spelling"),
        (TypeError("no polygon"), "'Ludvka' is a point, not an area"),
        (ConnectionError("Name or service not known"), r"no answer from nominatim.openstreetmap.org \(Name or service"),
    ],
)
def test_places_that_cannot_be_looked_up(server, monkeypatch, fault, words):
    def fail(place: str) -> None:
        raise fault

    monkeypatch.setattr(osmnx, "geocode_to_gdf", fail)
    before = osmnx.settings.cache_folder
    with pytest.raises(DataError, match=words) as caught:
        fetch_osm("Ludvka")
    assert "\n" not in str(caught.value)
    assert osmnx.settings.cache_folder == before


def test_no_connection(server, monkeypatch):
    monkeypatch.setattr(osmnx.settings, "overpass_url", "http://127.0.0.1:9/api")
    with pytest.raises(DataError, match=r"no answer from 127.0.0.1 .*read a downloaded extract with read_osm"):
        fetch_osm(PLACE)


def test_wrong_questions():
    with pytest.raises(DataError, match="'air'; choose of road, rail"):
        fetch_osm("Ludvika", modes=("air",))
    with pytest.raises(DataError, match="place is empty"):
        fetch_osm(" ")
    with pytest.raises(DataError, match="place is a Point, not an area"):
        fetch_osm(shapely.Point(15, 60))
    with pytest.raises(DataError, match="lies outside longitude and latitude"):
        fetch_osm(shapely.box(500000, 6600000, 500100, 6600100))
