"""The ground of a map: water and borders, the network in grey, names of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps.encode import draw_edges, encode_areas, encode_lines, encode_points
from geoplan.maps.labels import Lang
from geoplan.maps.layers import Layer
from geoplan.maps.style import BORDER, WATER, ground_style, is_main_road
from geoplan.maps.titles import Names, hubs_of
from geoplan.maps.words import word
from geoplan.network.network import Network
from geoplan.network.schema import MODES

# Places that are named; all but stations in bold.
PLACE_KINDS = ("port", "plant", "mine", "terminal", "town", "station")
_SMALL_NETWORK = 4000  # lines; above it the grey ground is simplified


def ground_layers(
    network: Network, drawn: pd.Index, background: Mapping[str, gpd.GeoDataFrame] | None, lang: Lang
) -> list[Layer]:
    """Background areas and the network without the edges that are drawn in colour (nor their other direction)."""
    edges = network.edges
    way = pd.factorize(edges["way_id"])[0]
    at = edges.index.get_indexer(drawn)
    shown = np.isin(way, way[at[at >= 0]])
    rest = edges.loc[~shown, ["mode", "road_class", "geometry"]]
    layers = area_layers(background or {}, lang=lang)
    return [*layers, ground_layer(network, rest, lang=lang)] if len(rest) else layers


def area_layers(background: Mapping[str, gpd.GeoDataFrame], *, lang: Lang) -> list[Layer]:
    """Water and municipality borders as ground: tables `water` and `borders`, in any projected system."""
    from_key = {"water": {"fill": WATER}, "borders": {"color": BORDER}}
    layers = []
    for key, look in from_key.items():
        if key in background and len(background[key]):
            layers.append(
                {
                    "type": "areas",
                    "key": key,
                    "title": word(key, lang),
                    "on": True,
                    "xy": encode_areas(background[key], tolerance_m=20.0),
                    **look,
                }
            )
    return layers


def ground_layer(network: Network, edges: gpd.GeoDataFrame, *, lang: Lang) -> Layer:
    """Edges in grey, without popups, simplified when they are many: the ground of a map about something else."""
    drawn = draw_edges(edges)
    rows = edges.iloc[drawn.rows[drawn.starts]]
    mode = pd.Categorical(rows["mode"], categories=list(MODES)).codes.astype(int)
    main = rows["road_class"].map({name: is_main_road(name) for name in rows["road_class"].unique()})
    styles = [ground_style(name, main=flag) for name in MODES for flag in (False, True)]
    many = len(drawn.lines) > _SMALL_NETWORK
    return {
        "type": "lines",
        "key": "ground",
        "title": word("rest_of_network", lang),
        "on": True,
        "styles": [asdict(one) for one in styles],
        "style": (2 * mode + main.to_numpy(dtype=int)).tolist() if len(rows) else [],
        "xy": encode_lines(drawn.lines, network.crs, tolerance_m=5.0 if many else 0.0),
        "legend": [],
    }


def place_names(network: Network, *, names: Names = None, dots: bool = True) -> dict[str, Any] | None:
    """Names of ports, plants, stations ... for the map to place where there is room; None without any.

    `dots` marks each place that shows its name; not wanted where a layer marks them all.
    """
    places = named_places(network)
    if places.empty:
        return None
    own = names or {}
    strong = places["kind"].isin(PLACE_KINDS[:5])
    return {
        "xy": encode_points(places.geometry.to_numpy(), places.crs),
        "dots": dots,
        "names": [str(own.get(node, name)) for node, name in places["name"].items()],
        "strong": strong.astype(int).tolist(),
    }


def named_places(network: Network) -> gpd.GeoDataFrame:
    """Nodes with a name and a kind worth showing, the most important first, each name once.

    Ports and towns come first, then the rest by how many edges meet there, a place's own edges and those of its
    nodes of one mode alike.
    """
    if "named_places" not in network._cache:
        nodes = network.nodes
        worth = nodes[(nodes["name"] != "") & nodes["kind"].isin(PLACE_KINDS)]
        hubs = hubs_of(network)
        ends = pd.concat([network.edges["u"], network.edges["v"]])
        degree = worth.index.map(ends.map(lambda node: hubs.get(node, node)).value_counts()).fillna(0)
        first = worth["kind"].map({"port": 0, "town": 1}).fillna(2)
        by_rank = worth.iloc[np.lexsort((worth["mode"] != "", -degree.to_numpy(dtype=float), first))]
        network._cache["named_places"] = by_rank[~by_rank["name"].duplicated()]
    return network._cache["named_places"]
