"""The map of the locality analysis: each locality by its role, with what it has and what it reaches."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.encode import bounds_of, encode_points
from geoplan.maps.ground import ground_layers
from geoplan.maps.labels import Lang, capitalise
from geoplan.maps.layers import Layer, point_layer
from geoplan.maps.page import GeoMap, make_map
from geoplan.network.network import Network

# By shape as well as by colour; marks larger than 5 pixels would keep their own names away.
MARKS = {
    "centre": s.PointStyle("square", 5.0, s.BLUE, s.WHITE),
    "satellite": s.PointStyle("circle", 4.5, s.SKY, s.INK),
    "on_its_own": s.PointStyle("diamond", 5.0, s.ORANGE, s.INK),
    "unknown": s.PointStyle("triangle", 5.0, s.WHITE, s.INK),
}


def map_localities(
    network: Network,
    localities: gpd.GeoDataFrame,
    *,
    roles: Mapping[str, str],
    labels: Mapping[str, str] | None = None,
    columns: tuple[str, ...] = ("population", "jobs", "departures_per_day"),
    lang: Lang = "sv",
    title: str = "",
    background: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> GeoMap:
    """Localities by role.

    Parameters
    ----------
    localities
        Table of `locality_analysis`.
    roles
        Words for each role.
    labels, columns
        What the popup shows when it is known, and words that differ from those of the column's name.
    background
        Tables `water` and `borders` in any coordinate system.
    """
    keys = list(MARKS)
    styles = [s.PointStyle(m.shape, m.radius, m.fill, m.line, label=capitalise(roles[k])) for k, m in MARKS.items()]
    used = localities["role"].map({key: number for number, key in enumerate(keys)}).to_numpy(dtype=int)
    order = np.argsort(used, kind="stable")
    table = localities.iloc[order]
    present = sorted(set(used))
    layer: Layer = point_layer(
        table,
        key="localities",
        title=title,
        lang=lang,
        styles=[styles[k] for k in present],
        style=np.searchsorted(present, used[order]),
        titles=table["name"].astype(str),
        subtitles=pd.Series([capitalise(roles[role]) for role in table["role"]], index=table.index),
        columns=tuple(name for name in columns if name in table),
        tips=columns[:2],
        labels=labels,
    )
    return make_map(
        title=title,
        lang=lang,
        bounds=bounds_of(localities),
        layers=[*ground_layers(network, pd.Index([]), background, lang), layer],
        labels=_names(table),
        meta=network.meta,
    )


def _names(table: gpd.GeoDataFrame) -> dict[str, object]:
    """Names of the localities, the largest first."""
    from_large = table.sort_values("population", ascending=False, kind="stable")
    return {
        "xy": encode_points(from_large.geometry.centroid.to_numpy(), table.crs),
        "dots": False,
        "names": from_large["name"].astype(str).to_list(),
        "strong": (from_large["role"] == "centre").astype(int).to_list(),
    }
