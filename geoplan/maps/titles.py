"""Names instead of ids: what a link, a direction or a structure is called on a map."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.maps.labels import Lang, capitalise, column_text, value_text
from geoplan.maps.words import word
from geoplan.network.names import local_names
from geoplan.network.names import node_titles as names_of_nodes
from geoplan.network.network import Network

# Words to show instead of an id: of a node, an edge or a structure.
Names: TypeAlias = Mapping[Hashable, str] | None

# What a planner would want to know of an edge of a mode; a missing one is named in the popup.
WANTED_LIMITS = {
    "road": ("max_height_m", "max_width_m", "max_weight_t", "max_axle_load_t"),
    "rail": ("max_axle_load_t", "max_metre_load_tpm", "loading_gauge"),
    "sea": ("max_length_m", "max_width_m"),
    "transfer": ("max_load_t",),
}
_COMPASS = np.array(["n", "ne", "e", "se", "s", "sw", "w", "nw"])


def edge_titles(edges: pd.DataFrame, *, lang: Lang, names: Names = None) -> pd.Series:
    """What each edge is called: the user's name, else road number and name, else the line, else its class."""
    name, ref, line = (in_language(edges, column, lang).astype("object") for column in ("name", "ref", "line"))
    titles = [
        _edge_title(*parts, lang) for parts in zip(name, ref, line, edges["road_class"], edges["mode"], strict=True)
    ]
    result = pd.Series(titles, index=edges.index, dtype="object")
    return _renamed(result, names)


def edge_subtitles(edges: pd.DataFrame, *, lang: Lang) -> pd.Series:
    """Mode and class of each edge, and its status unless it is in use."""
    keys = edges["mode"].astype(str) + "\x1f" + edges["road_class"].astype(str) + "\x1f" + edges["status"].astype(str)
    return keys.map({key: _subtitle(key.split("\x1f"), lang) for key in keys.unique()})


def edge_headings(edges: gpd.GeoDataFrame, network: Network, *, lang: Lang, names: Names = None) -> pd.Series:
    """Direction of each edge: towards the named place it ends in, else the compass."""
    ends = edges["v"].unique()
    said = dict(zip(ends, node_titles(network, ends, names=names), strict=True))
    towards = ["" if said[node] == str(node) else said[node] for node in edges["v"]]
    coordinates = shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), 0))
    ends = shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), -1))
    east, north = (ends - coordinates).T
    octant = np.round(np.degrees(np.arctan2(east, north)) / 45).astype(int) % 8
    compass = np.array([word(key, lang) for key in _COMPASS], dtype=object)[octant]
    named = [f"{word('towards', lang)} {name}" if name else point for name, point in zip(towards, compass, strict=True)]
    return pd.Series(named, index=edges.index, dtype="object")


def missing_limits(edges: pd.DataFrame, *, lang: Lang) -> pd.Series:
    """Names of the limits that matter on each edge and are not known, parted by commas."""
    result = np.full(len(edges), "", dtype=object)
    for mode, columns in WANTED_LIMITS.items():
        at = (edges["mode"] == mode).to_numpy()
        if not at.any():
            continue
        unknown = np.column_stack([_unknown(edges.loc[at, column]) for column in columns])
        words = [column_text(column, lang) for column in columns]
        code = unknown @ (1 << np.arange(len(columns)))
        texts = {k: ", ".join(w for bit, w in enumerate(words) if k >> bit & 1) for k in np.unique(code)}
        result[at] = [texts[k] for k in code]
    return pd.Series(result, index=edges.index)


def structure_titles(structures: pd.DataFrame, *, lang: Lang, names: Names = None) -> pd.Series:
    """Name of each structure, else its kind."""
    kinds = structures["kind"].map(lambda kind: capitalise(value_text("kind", kind, lang)))
    unnamed = kinds.where(kinds != "", word("structures", lang)) + ", " + word("unnamed", lang)
    return _renamed(structures["name"].astype("object").where(structures["name"] != "", unnamed), names)


def node_titles(network: Network, ids: Iterable[Hashable], *, names: Names = None) -> list[str]:
    """What to call nodes by id; a node of one mode by the name of its hub, one without a name by its id."""
    known = names_of_nodes(network)
    own = names or {}
    hubs = hubs_of(network)
    return [own.get(node) or own.get(hubs.get(node, node)) or known.get(node) or str(node) for node in ids]


def in_language(frame: pd.DataFrame, column: str, lang: Lang) -> pd.Series:
    """A column with the words of one language where the table has them (`note_sv` beside `note`)."""
    own = f"{column}_{lang}"
    if own not in frame:
        return frame[column]
    given = frame[own].astype("object").fillna("")
    return frame[column].astype("object").where(given == "", given)


def hubs_of(network: Network) -> dict[Hashable, Hashable]:
    """The place that each node of one mode belongs to."""
    if "hubs" not in network._cache:
        transfers = network.edges.loc[network.edges["mode"] == "transfer", ["u", "v"]]
        one_mode = transfers["v"].map(network.nodes["mode"]) != ""
        network._cache["hubs"] = dict(zip(transfers.loc[one_mode, "v"], transfers.loc[one_mode, "u"], strict=True))
    return network._cache["hubs"]


def reader_names(network: Network, lang: Lang, names: Names) -> dict[Hashable, str]:
    """Names by id in the reader's language where the tables have them (`name_sv`), and above them the user's own."""
    return {**local_names(network, lang), **(names or {})}


def _edge_title(name: object, ref: object, line: object, road_class: object, mode: object, lang: Lang) -> str:
    number = _road_number(str(ref), lang)
    if number and name and str(name) != str(ref):
        return f"{number}, {name}"
    first = number or str(name) or str(line)
    if first:
        return first
    kind = value_text("road_class", road_class, lang) or value_text("mode", mode, lang)
    return f"{capitalise(kind)}, {word('unnamed', lang)}"


def _road_number(ref: str, lang: Lang) -> str:
    """`50` as `Väg 50`; a number that says itself what it is (E18, Rv 50, B 37) stays."""
    road = "Väg" if lang == "sv" else "Road"
    ref = re.sub(r"\s*;\s*", "/", ref)
    return f"{road} {ref}" if re.match(r"^\d", ref) else capitalise(ref)


def _subtitle(key: list[str], lang: Lang) -> str:
    mode, road_class, status = key
    parts = [value_text("road_class", road_class, lang) if road_class else value_text("mode", mode, lang)]
    if status:
        parts.append(value_text("status", status, lang))
    return capitalise(", ".join(parts))


def _unknown(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values):
        return values.isna().to_numpy()
    return (values.isna() | (values == "")).to_numpy()


def _renamed(titles: pd.Series, names: Names) -> pd.Series:
    if not names:
        return titles
    own = pd.Series(titles.index, index=titles.index).map(names)
    return own.where(own.notna() & (own != ""), titles)
