"""A map as one file that opens from disk: nothing is fetched, and the browser is told to allow no fetching."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import folium
from branca.element import Element

from geoplan.errors import DataError
from geoplan.maps.assets import asset, leaflet_css, leaflet_js

# The browser itself refuses every request, also those of data or code that somebody adds to the map.
CSP = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_SCRIPT = re.compile(r'<script[^>]*\ssrc="([^"]+)"[^>]*>\s*</script>')
_STYLE = re.compile(r'<link[^>]*\shref="([^"]+)"[^>]*/?>')
# What folium links and a map without folium.Icon does not use; jQuery's two duties are in assets/shim.js.
_NOT_USED = ("bootstrap", "awesome", "fontawesome", "jquery")


def save_map(m: folium.Map, path: str | os.PathLike[str], *, standalone: bool = True) -> Path:
    """Write a map as one HTML file.

    Parameters
    ----------
    m
        A map of geoplan or any folium.Map.
    standalone
        Everything inside and every request forbidden, so that the page opens from disk without a network. Otherwise
        the page is as folium makes it and may fetch tiles.

    Returns
    -------
    The path. The file is whole or not there at all, and the same map gives the same bytes.

    Raises
    ------
    DataError
        The map needs the network (tiles, icon fonts, plugins) and `standalone` was asked for, or the file
        cannot be written there.
    """
    return write_whole(path, map_html(m, standalone=standalone).encode("utf-8"))


def map_html(m: folium.Map, *, standalone: bool = True) -> str:
    """The page of `save_map` as text."""
    if standalone:
        _refuse_tiles(m)
    html = _steady_names(m.get_root())
    if not standalone:
        return html
    html = _SCRIPT.sub(lambda found: _inline_script(found.group(1)), html)
    html = _STYLE.sub(lambda found: _inline_style(found.group(1)), html)
    return html.replace("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{CSP}">', 1)


def write_whole(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write beside the target and rename, so that a stop half-way leaves what was there."""
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=".geoplan-", dir=target.parent)
    except OSError as fault:
        raise DataError(f"{target}: cannot write there ({fault.strerror}); choose another folder") from fault
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as fault:
        raise DataError(f"{target}: cannot write there ({fault.strerror}); choose another name") from fault
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _umask() -> int:
    """The mask of new files; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _refuse_tiles(m: folium.Map) -> None:
    needs = [one for one in _elements(m) if isinstance(one, folium.TileLayer | folium.WmsTileLayer)]
    if needs:
        raise DataError(
            f"the map has {len(needs)} tile layer(s), which come from the network; "
            "make it with tiles=False, or save it with standalone=False"
        )
    icons = [one for one in _elements(m) if isinstance(one, folium.Icon)]
    if icons:
        raise DataError(
            f"the map has {len(icons)} folium.Icon, whose pictures come from the network; "
            "use folium.DivIcon or CircleMarker, or save it with standalone=False"
        )


def _inline_script(address: str) -> str:
    if "leaflet" in address and "awesome" not in address and address.endswith(("leaflet.js", "leaflet.min.js")):
        return f"<script>{leaflet_js()}</script>\n<script>{asset('shim.js')}</script>"
    return _drop(address)


def _inline_style(address: str) -> str:
    if address.endswith(("leaflet.css", "leaflet.min.css")):
        return f"<style>{leaflet_css()}</style>"
    return _drop(address)


def _drop(address: str) -> str:
    """Nothing, for a file that is not used; a plugin of unknown needs is refused."""
    if any(name in address for name in _NOT_USED):
        return ""
    raise DataError(
        f"the map loads {address} from the network; leave that plugin out, or save it with standalone=False"
    )


def _elements(element: Element) -> Iterator[Element]:
    """The element and all below it."""
    yield element
    for part in (*element._children.values(), *(getattr(element, name, None) for name in ("header", "html", "script"))):
        if isinstance(part, Element):
            yield from _elements(part)


def _steady_names(root: Element) -> str:
    """The rendered page with folium's random ids numbered in their order of appearance."""
    html = root.render()
    numbers = {one._id: f"{number:02d}" for number, one in enumerate(_elements(root))}
    return re.sub(r"[0-9a-f]{32}", lambda found: numbers.get(found.group(0), found.group(0)), html)
