"""A folium map that carries all it needs: Leaflet, the script that draws the layers, title, legend and credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import folium
from branca.element import Figure
from folium.template import Template

from geoplan.maps.assets import asset, leaflet_css, leaflet_js, script_json
from geoplan.maps.labels import Lang
from geoplan.maps.layers import Layer
from geoplan.maps.words import WORDS, word

# The script of the page needs these words; the rest are put into the layers before.
_SCRIPT_WORDS = (
    "map", "show", "hide", "legend", "zoom_in", "zoom_out", "whole",
    "unknown", "unlimited", "assumed", "not_known", "hour", "more",
)  # fmt: skip


class MapFigure(Figure):
    """The HTML document around a map: language, title, and the script last in the body."""

    _template = Template(
        "<!DOCTYPE html>\n"
        '<html lang="{{ this.lang }}">\n<head>\n<meta charset="utf-8">\n'
        "<title>{{ this.title|e }}</title>\n"
        "{{ this.header.render(**kwargs) }}\n"
        "</head>\n<body>\n{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, lang: Lang) -> None:
        super().__init__(title=title)
        self.lang = lang
        self.header._children.clear()  # folium's own charset line; the template has it in the short form


class GeoMap(folium.Map):
    """A folium.Map drawn by the script in `assets/geoplan.js`; anything of folium can be added to it.

    Parameters
    ----------
    spec
        Title, layers, legend, lists and credits, ready for the script.
    tiles
        Whether OpenStreetMap's tiles lie below; they come from the network.
    """

    _template = Template(
        """
        {% macro header(this, kwargs) %}
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{{ this.leaflet_css }}</style>
<style>{{ this.page_css }}</style>
<style>html, body, main { width: 100%; height: 100%; margin: 0; }
.folium-map { position: {{ this.position }};
  width: {{ this.width[0] }}{{ this.width[1] }}; height: {{ this.height[0] }}{{ this.height[1] }}; }
@media print { @page { size: A4 landscape; margin: 8mm; } html, body, main { height: auto !important; } }</style>
<script>{{ this.leaflet_js }}</script>
<script>{{ this.shim_js }}</script>
<script>{{ this.page_js }}</script>
        {% endmacro %}
        {% macro html(this, kwargs) %}
<main><div class="folium-map" id="{{ this.get_name() }}"></div></main>
<noscript><p>{{ this.needs_script }}</p></noscript>
        {% endmacro %}
        {% macro script(this, kwargs) %}
var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
  preferCanvas: true, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90, maxZoom: 19
});
geoplan.start({{ this.get_name() }}, {{ this.spec_json }});
        {% endmacro %}
        """
    )

    def __init__(self, spec: Mapping[str, Any], *, tiles: bool = False) -> None:
        south_west, north_east = spec["bounds"]
        centre = [(south_west[k] + north_east[k]) / 2 for k in (0, 1)]
        super().__init__(location=centre, tiles=None, prefer_canvas=True, zoom_control=False)
        self.default_js, self.default_css = [], []
        self.spec = spec
        self.leaflet_css, self.leaflet_js = leaflet_css(), leaflet_js()
        self.page_css, self.page_js, self.shim_js = asset("geoplan.css"), asset("geoplan.js"), asset("shim.js")
        self.needs_script = word("needs_script", spec["lang"])
        MapFigure(spec["title"], spec["lang"]).add_child(self)
        if tiles:
            self.add_child(folium.TileLayer("OpenStreetMap", control=False))

    @property
    def spec_json(self) -> str:
        """The spec as it stands in the page."""
        return script_json(self.spec)


def make_map(
    *,
    title: str,
    lang: Lang,
    bounds: list[list[float]],
    layers: Sequence[Layer],
    meta: Mapping[str, Any],
    subtitle: str = "",
    say: tuple[str, str] | None = None,
    facts: Sequence[tuple[str, str]] = (),
    lists: Sequence[Mapping[str, Any]] = (),
    labels: Mapping[str, Any] | None = None,
    tiles: bool = False,
) -> GeoMap:
    """Put a map together.

    Parameters
    ----------
    layers
        From the lowest to the highest.
    meta
        `attribution`, `data_date` of the network, for the credits.
    say
        What the map says in one sentence, as (kind, text); kind is "ok", "no" or "maybe".
    facts, lists
        Figures in the panel as (words, value), and lists whose entries lead to a place on the map.
    """
    spec: dict[str, Any] = {
        "title": title,
        "subtitle": subtitle,
        "lang": lang,
        "bounds": bounds,
        "words": {key: WORDS[key].of(lang) for key in _SCRIPT_WORDS},
        "credits": credits_of(meta, lang),
        "facts": [list(fact) for fact in facts],
        "lists": [dict(one) for one in lists],
        "layers": list(layers),
    }
    if say:
        spec["say"] = {"kind": say[0], "text": say[1]}
    if labels:
        spec["labels"] = dict(labels)
    return GeoMap(spec, tiles=tiles)


def credits_of(meta: Mapping[str, Any], lang: Lang) -> list[str]:
    """Attribution of the data, its date, and the program with its version."""
    attribution = meta.get("attribution", "")
    parts = [attribution] if isinstance(attribution, str) else [str(one) for one in attribution]
    if meta.get("data_date"):
        parts.append(f"{word('data_date', lang)} {meta['data_date']}")
    parts.append(f"geoplan {program_version()}".strip())
    return [part for part in parts if part]


def program_version() -> str:
    """The installed version of geoplan; empty when it runs from a folder that was not installed."""
    try:
        return version("geoplan")
    except PackageNotFoundError:
        return ""
