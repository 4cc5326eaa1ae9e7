"""Roads and railways of a place from the OpenStreetMap servers, with everything that a file would hold.

The place is looked up by osmnx (Nominatim). The data come from the Overpass API as OpenStreetMap XML and go through
`read_osm`, because a graph made by osmnx has no limits at nodes and no turn restrictions. Large places are asked for in
squares; every answer is kept in the user's cache folder, so that a stopped fetch goes on where it stood.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import re
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import osmnx
import platformdirs
import shapely
from osmnx._errors import InsufficientResponseError

from geoplan.errors import DataError
from geoplan.io.files import atomic_path
from geoplan.io.osm import read_osm
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

FILTERS = {
    "road": ('way["highway"]', 'way["route"="ferry"]'),
    "rail": ('way["railway"]',),
}
BRIDGES = ('way["bridge"]["bridge"!="no"]', 'way["man_made"~"^(pipeline|goods_conveyor)$"]')
SQUARE_KM = 50.0  # side of a square asked for at once, as osmnx does
BORDER_DEG = 0.001  # about 100 m round the place, so that roads on its border are whole
TIMEOUT_S = 180  # for the server; the default of the Overpass API
CONNECT_S = 15  # for the first answer of a server when looking up a place
WAITS_S: tuple[float, ...] = (15.0, 30.0, 60.0)  # when a server is busy
BUSY = frozenset({429, 502, 503, 504})
USER_AGENT = "geoplan (infrastructure planning; https://pypi.org/project/geoplan)"


def fetch_osm(
    place: str | shapely.Polygon | shapely.MultiPolygon,
    *,
    modes: Sequence[str] = ("road", "rail"),
    cache: bool = True,
    **options: Any,
) -> Network:
    """Fetch the roads and railways of a place from OpenStreetMap. Needs a connection, unless all is in the cache.

    Parameters
    ----------
    place
        Name of a place with an area ("Ludvika kommun"), or a polygon in longitude and latitude.
    modes
        "road", "rail", or both.
    cache
        Use answers kept in `osm_cache_folder()` and keep new ones there; False asks anew.
    options
        Further options of `read_osm`: crs, date, country, fill_speed.

    Returns
    -------
    Network as `read_osm` gives it; `meta` holds the place, the attribution and the date of the data.

    Raises
    ------
    DataError
        One line: no such place, no connection, a server that stays busy or breaks off, nothing found.
    """
    wanted = [modes] if isinstance(modes, str) else list(modes)
    unknown = [mode for mode in wanted if mode not in FILTERS]
    if unknown or not wanted:
        raise DataError(f"modes: {', '.join(map(repr, unknown)) or 'none given'}; choose of {', '.join(FILTERS)}")
    name = place if isinstance(place, str) else "polygon"
    with _folder(cache) as folder:
        area = _area(place, folder, cache)
        squares = _squares(area)
        files = []
        for number, square in enumerate(squares, start=1):
            logger.info("%s: part %d of %d", name, number, len(squares))
            files.append(_fetch(_query(square, wanted), folder, name))
        date = min(filter(None, (_data_date(file) for file in files)), default="")
        try:
            network = read_osm(_merged(files, folder), modes=wanted, **options)
        except DataError as fault:
            raise DataError(f"{name}: {fault}") from fault
    return network.with_meta(
        name=name,
        place=name,
        data_date=date,
        source=f"OpenStreetMap by the Overpass API, {osmnx.settings.overpass_url}",
    )


def osm_cache_folder() -> Path:
    """Folder of the answers that `fetch_osm` keeps; delete it to fetch anew."""
    return Path(platformdirs.user_cache_dir("geoplan")) / "osm"


@contextmanager
def _folder(cache: bool) -> Iterator[Path]:
    """The folder of answers; one that goes away again when nothing is to be kept."""
    if not cache:
        with tempfile.TemporaryDirectory(prefix="geoplan-") as passing:
            yield Path(passing)
        return
    folder = osm_cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise DataError(f"{folder}: cannot be made ({fault.strerror}); free it, or use cache=False") from fault
    yield folder


def _area(place: str | shapely.Polygon | shapely.MultiPolygon, folder: Path, cache: bool) -> Any:
    """The area of the place in longitude and latitude, a little larger."""
    if isinstance(place, str):
        if not place.strip():
            raise DataError("place is empty; give a name such as 'Ludvika kommun'")
        outline = _look_up(place, folder, cache)
    else:
        outline = place
    if outline.is_empty or outline.geom_type not in ("Polygon", "MultiPolygon"):
        raise DataError(f"place is a {outline.geom_type}, not an area; give a polygon in longitude and latitude")
    west, south, east, north = outline.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise DataError("place: the polygon lies outside longitude and latitude; project it to EPSG:4326")
    return outline.buffer(BORDER_DEG).simplify(BORDER_DEG / 2)


def _look_up(place: str, folder: Path, cache: bool) -> Any:
    """Outline of a named place by osmnx, its settings put back afterwards."""
    ours = {"cache_folder": folder, "use_cache": cache, "requests_timeout": CONNECT_S, "http_user_agent": USER_AGENT}
    before = {key: getattr(osmnx.settings, key) for key in ours}
    try:
        for key, value in ours.items():
            setattr(osmnx.settings, key, value)
        return osmnx.geocode_to_gdf(place).union_all()
    except InsufficientResponseError as fault:
        raise DataError(
            f"no place named {place!r} in OpenStreetMap; check the spelling, or add the country: '{place}, Sweden'"
        ) from fault
    except TypeError as fault:
        raise DataError(
            f"{place!r} is a point, not an area, in OpenStreetMap; name a municipality or give a polygon"
        ) from fault
    except (OSError, ValueError) as fault:  # requests raises its own kinds of OSError
        raise DataError(_offline(osmnx.settings.nominatim_url, fault)) from fault
    finally:
        for key, value in before.items():
            setattr(osmnx.settings, key, value)


def _squares(area: Any) -> list[Any]:
    """The area in parts that a server answers at once."""
    west, south, east, north = area.bounds
    height = SQUARE_KM / 111.2  # degrees of latitude
    width = height / max(np.cos(np.radians((south + north) / 2)), 0.05)
    columns, rows = (max(int(np.ceil(span)), 1) for span in ((east - west) / width, (north - south) / height))
    if columns * rows == 1:
        return [area]
    xs, ys = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    cells = [shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1]) for j in range(rows) for i in range(columns)]
    parts = shapely.intersection(cells, area)
    return [part for part in parts if part.area > 0]


def _query(square: Any, modes: Sequence[str]) -> str:
    """Overpass query for ways of the modes in the square, their nodes and turn restrictions."""
    rings = [part.exterior for part in shapely.get_parts(square) if part.geom_type == "Polygon"]
    texts = [" ".join(f"{lat:.6f} {lon:.6f}" for lon, lat in ring.coords[:-1]) for ring in rings]
    wanted = [*(kind for mode in modes for kind in FILTERS[mode]), *BRIDGES]
    ways = "".join(f'{kind}(poly:"{text}");' for text in texts for kind in wanted)
    return (
        f"[out:xml][timeout:{TIMEOUT_S}];({ways})->.w;node(w.w)->.n;"
        'rel(bw.w)["type"~"^restriction"]->.r;(.n;.w;.r;);out body;'
    )


def _fetch(query: str, folder: Path, name: str) -> Path:
    """The answer to the query as a file: the one in the folder, or a new one."""
    file = folder / f"{hashlib.sha256(query.encode()).hexdigest()[:40]}.osm"
    if file.exists():
        return file
    with atomic_path(file) as temporary:
        _download(query, temporary)
        _require_whole(temporary, name)
    return file


def _download(query: str, target: Path) -> None:
    """Post the query and write the answer, with patience when the server is busy."""
    url = f"{osmnx.settings.overpass_url.rstrip('/')}/interpreter"
    body = urllib.parse.urlencode({"data": query}).encode()
    request = urllib.request.Request(url, data=body, headers={"User-Agent": USER_AGENT})
    for wait_s in (*WAITS_S, None):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S + CONNECT_S) as answer, target.open("wb") as file:
                while block := answer.read(1 << 20):
                    file.write(block)
            return
        except urllib.error.HTTPError as fault:
            told = f"{fault.code} {fault.reason}"
            if fault.code not in BUSY:
                raise DataError(f"{url} refuses the request ({told}); try again later") from fault
            if wait_s is None:
                raise DataError(f"{url} stays busy ({told}); try again later, parts fetched so far are kept") from fault
        except (OSError, http.client.HTTPException) as fault:
            raise DataError(_offline(url, fault)) from fault
        logger.warning("%s is busy (%s): waiting %.0f s before the next try", url, told, wait_s)
        time.sleep(wait_s)


def _require_whole(file: Path, name: str) -> None:
    """DataError unless the answer is complete OpenStreetMap XML without a complaint of the server."""
    with file.open("rb") as stream:
        stream.seek(max(file.stat().st_size - 4096, 0))
        tail = stream.read().decode("utf-8", errors="replace")
    remark = re.search(r"<remark>(.*?)</remark>", tail, re.DOTALL)
    if remark:
        told = " ".join(remark[1].split())[:200]
        raise DataError(f"{name}: the server gave up ({told}); ask for a smaller place or fewer modes")
    if not tail.rstrip().endswith("</osm>"):
        raise DataError(f"{name}: the answer of the server was cut short; fetch again, parts fetched so far are kept")


def _merged(files: Sequence[Path], folder: Path) -> Path:
    """One file of all parts; what lies in several parts is in it once."""
    if len(files) == 1:
        return files[0]
    digest = hashlib.sha256("".join(file.name for file in files).encode()).hexdigest()[:40]
    target = folder / f"{digest}.osm.pbf"
    if not target.exists():
        merger = osmium.MergeInputReader()
        for file in files:
            merger.add_file(str(file))
        with atomic_path(target) as temporary, osmium.SimpleWriter(str(temporary)) as writer:
            merger.apply(writer)
    return target


def _data_date(file: Path) -> str:
    """Date of the data in an answer; empty when it does not say."""
    with file.open("rb") as stream:
        head = stream.read(2048).decode("utf-8", errors="replace")
    found = re.search(r'osm_base="(\d{4}-\d{2}-\d{2})', head)
    return found[1] if found else ""


def _offline(url: str, fault: BaseException) -> str:
    host = urllib.parse.urlsplit(url).hostname
    text = " ".join(str(getattr(fault, "reason", "") or fault).split()) or type(fault).__name__
    system = re.search(r"\[Errno -?\d+\] ([^'\")]+)", text)  # what the system says, deep inside the words of requests
    reason = system[1] if system else text[:160]
    return f"no answer from {host} ({reason}); check the connection, or read a downloaded extract with read_osm"
