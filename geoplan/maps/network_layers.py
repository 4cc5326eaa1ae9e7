"""Layers of what there is: edges by mode or by the value of a column, structures, places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.maps import style as s
from geoplan.maps.encode import draw_edges
from geoplan.maps.formats import short_text
from geoplan.maps.ground import named_places
from geoplan.maps.labels import Lang, capitalise, column_text, unit_text, value_text
from geoplan.maps.layers import (
    EDGE_COLUMNS,
    PLACE_COLUMNS,
    STRUCTURE_COLUMNS,
    Layer,
    edge_layer,
    legend_entry,
    point_layer,
)
from geoplan.maps.tables import class_words
from geoplan.maps.titles import Names, structure_titles
from geoplan.maps.words import word
from geoplan.network.network import Network
from geoplan.network.schema import LIMITS


def mode_layers(network: Network, lang: Lang, names: Names) -> list[Layer]:
    """One layer for each mode, and one for what is closed or planned."""
    edges = network.edges
    in_use = edges["status"] == ""
    layers = []
    for mode in ("sea", "road", "rail", "transfer"):
        part = edges[(edges["mode"] == mode) & in_use]
        if part.empty:
            continue
        drawn = draw_edges(part)
        if mode == "road":
            main_of = {name: s.is_main_road(name) for name in part["road_class"].unique()}
            main = drawn.largest(part["road_class"].map(main_of).to_numpy(dtype=bool))
            kinds = [("minor_road", False), ("main_road", True)]
            styles = [s.mode_style(mode, main=flag, label=word(key, lang)) for key, flag in kinds]
            legend = [legend_entry(styles[k]) for k in (1, 0) if (main == bool(k)).any()]
            which = main.astype(int)
        else:
            styles = [s.mode_style(mode, label=value_text("mode", mode, lang))]
            legend, which = [], np.zeros(len(drawn.lines), dtype=int)
        layers.append(
            edge_layer(
                network,
                part,
                key=mode,
                title=word(mode, lang),
                lang=lang,
                styles=styles,
                style=which,
                legend=legend,
                tips=("length_m", "speed_kmh"),
                names=names,
                drawn=drawn,
                missing=True,
            )
        )
    return layers + _not_in_use(network, lang, names)


def _not_in_use(network: Network, lang: Lang, names: Names) -> list[Layer]:
    part = network.edges[network.edges["status"] != ""]
    if part.empty:
        return []
    drawn = draw_edges(part)
    styles = [
        s.LineStyle((s.Stroke(s.INK, 2.4, "2 5"),), word("closed_link", lang)),
        s.LineStyle((s.Stroke(s.PURPLE, 3.2, "10 6"),), word("planned_link", lang)),
    ]
    which = drawn.largest((part["status"] == "planned").to_numpy(dtype=int))
    present = [legend_entry(style) for number, style in enumerate(styles) if (which == number).any()]
    return [
        edge_layer(
            network,
            part,
            key="closed",
            title=word("closed", lang),
            lang=lang,
            styles=styles,
            style=which,
            legend=present,
            tips=("length_m",),
            names=names,
            drawn=drawn,
        )
    ]


def value_layers(network: Network, column: str, lang: Lang, names: Names) -> list[Layer]:
    """One layer of all modes, coloured by a number column; of a limit the lowest values are the strongest."""
    edges = network.edges
    if column not in edges or not pd.api.types.is_numeric_dtype(edges[column]):
        raise DataError(
            f"edges have no number column {column!r} to colour by; use 'mode' or a column such as 'speed_kmh'"
        )
    part = edges[edges["mode"] != "transfer"]
    drawn = draw_edges(part)
    values = part[column].to_numpy(dtype=np.float64)
    breaks, words = _value_classes(values[np.isfinite(values)], lang)
    n = len(words)
    # Ways of drawing from the least to the most telling: not known, unlimited, then the classes. What binds is the
    # lowest of a limit and the highest of all else; where two directions differ, the more telling one speaks.
    binding_low = column in LIMITS
    rank = s.class_of(values, breaks) if not binding_low else n - 1 - s.class_of(values, breaks)
    which = drawn.largest(np.where(np.isnan(values), 0, np.where(np.isposinf(values), 1, rank + 2)))
    unit = unit_text(column, lang)
    styles = [s.LineStyle((s.Stroke("#8d99a6", 1.4, "3 4"),), word("unknown", lang))]
    styles.append(s.cased("#52606d", 1.4, label=word("unlimited", lang)))
    styles += [
        s.cased(s.SEQUENCE[_spread(k, n)], 2.2 + 0.7 * k, label=f"{text} {unit}".strip())
        for k, text in enumerate(reversed(words) if binding_low else words)
    ]
    legend = [legend_entry(style) for number, style in enumerate(styles) if (which == number).any()]
    return [
        edge_layer(
            network,
            part,
            key="value",
            title=capitalise(column_text(column, lang)),
            lang=lang,
            styles=styles,
            style=which,
            legend=legend[::-1],
            columns=(column, *(c for c in EDGE_COLUMNS if c != column)),
            tips=(column,),
            always=(column,),
            names=names,
            drawn=drawn,
        )
    ]


def structure_layers(network: Network, lang: Lang, names: Names) -> list[Layer]:
    """Structures by group of kinds; switched off at first when there are very many."""
    structures = network.structures
    if structures.empty:
        return []
    groups = structures["kind"].map({kind: s.structure_group(kind) for kind in structures["kind"].unique()})
    own = f"fix_note_{lang}"
    if own in structures:
        said = structures[own].fillna("").astype("str")
        structures = structures.assign(fix_note=said.where(said != "", structures["fix_note"]))
    keys = list(s.STRUCTURES)
    legend = [legend_entry(s.STRUCTURES[key], word(f"group_{key}", lang)) for key in keys if (groups == key).any()]
    styles = list(s.STRUCTURES.values())
    if len(structures) > 200:
        styles = [replace(style, radius=0.65 * style.radius) for style in styles]
    return [
        point_layer(
            structures,
            key="structures",
            title=word("structures", lang),
            lang=lang,
            styles=styles,
            style=groups.map({key: number for number, key in enumerate(keys)}),
            titles=structure_titles(structures, lang=lang, names=names),
            columns=STRUCTURE_COLUMNS,
            tips=("kind", "clearance_height_m", "max_axle_load_t"),
            legend=legend,
            on=len(structures) <= 1500,
        )
    ]


def place_layers(network: Network, lang: Lang, names: Names) -> list[Layer]:
    """Ports, plants, stations and towns with a name."""
    places = named_places(network)
    if places.empty:
        return []
    shown = pd.Series([str((names or {}).get(node, name)) for node, name in places["name"].items()], dtype="object")
    return [
        point_layer(
            places,
            key="places",
            title=word("places", lang),
            lang=lang,
            styles=[s.PLACE],
            style=np.zeros(len(places)),
            titles=shown,
            columns=PLACE_COLUMNS,
            tips=("kind",),
        )
    ]


def _value_classes(finite: np.ndarray, lang: Lang) -> tuple[list[float], list[str]]:
    """Breaks and words: a class for each value when they are few, else five of about the same size."""
    different = np.unique(finite)
    if len(different) <= len(s.SEQUENCE):
        return different[1:].tolist(), [short_text(float(value), lang) for value in different]
    breaks = sorted({float(f"{value:.2g}") for value in np.quantile(finite, [0.2, 0.4, 0.6, 0.8])})
    return breaks, class_words(breaks, lang)


def _spread(number: int, count: int) -> int:
    """Place of class `number` of `count` in the full ramp."""
    last = len(s.SEQUENCE) - 1
    return last if count == 1 else round(number * last / (count - 1))
