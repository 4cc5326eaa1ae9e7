"""Zones out of files, and the nodes where their trips enter the network."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import DataError, name_near, name_rows
from geoplan.io.files import require_file
from geoplan.io.osm_place import choose_crs
from geoplan.io.study_records import read_zones
from geoplan.network.network import Network, node_names

logger = logging.getLogger(__name__)

MAX_ZONES = 30_000  # a full matrix of more takes over 7 GB
ID_HEADS = ("zone_id", "zone", "zon", "id", "kod", "code", "deso", "regso", "municipality_code", "kommunkod")


def read_zone_file(
    path: str | os.PathLike[str], *, id_column: str | None = None, network: Network | None = None
) -> gpd.GeoDataFrame:
    """Zones, indexed by zone_id, from a layer (GeoPackage, GeoJSON, shapefile ...) or a CSV with lon and lat.

    Parameters
    ----------
    id_column
        Column of the ids; None takes the first of zone_id, zone, id, kod, code ...; text stays text.
    network
        Its coordinate system is taken over; without it, zones in degrees go to EPSG:3006 in Sweden, the UTM zone
        elsewhere.

    Raises
    ------
    DataError
        No layer, no column of ids, ids twice or missing, no coordinate system, no geometry.
    """
    file = require_file(path, "zone file")
    if file.suffix.lower() in (".csv", ".txt", ".tsv", ".xlsx", ".xlsm"):
        return read_zones(file, crs=network.crs if network is not None else "EPSG:3006")
    try:
        layer = gpd.read_file(file)
    except (RuntimeError, ValueError) as fault:
        raise DataError(f"{file}: cannot be read as a layer of zones; give GeoPackage, GeoJSON or CSV") from fault
    if not isinstance(layer, gpd.GeoDataFrame) or (layer.geometry.isna() | layer.geometry.is_empty).any():
        raise DataError(f"{file}: has zones without geometry; give each a point or an area")
    if layer.crs is None:
        raise DataError(f"{file}: no coordinate reference system; set it (EPSG:3006 in Sweden)")
    name = _id_column(str(file), layer, id_column)
    ids = layer[name]
    if ids.isna().any() or ids.duplicated().any():
        wrong = layer.index[ids.isna() | ids.duplicated()].to_list()
        raise DataError(f"{file}: {name_rows(wrong)} have no {name} or one that stands twice; give each its own")
    layer.index = pd.Index(ids.array, name="zone_id")
    layer = layer.drop(columns=[name]) if name == "zone_id" else layer
    if network is not None:
        return layer.to_crs(network.crs)
    if layer.crs.is_projected:
        return layer
    west, south, east, north = layer.total_bounds
    return layer.to_crs(choose_crs(None, (west + east) / 2, (south + north) / 2))


def place_zones(zones: gpd.GeoDataFrame, network: Network | None) -> gpd.GeoDataFrame:
    """Zones with a `node_id` each: the one they have, else the nearest node of a road in use, else their own id.

    Zones that were placed by distance have it in `node_distance_m`.

    Raises
    ------
    DataError
        A node_id that is not in the network.
    """
    # Imported here: a study is opened, and most routes found, without it.
    from scipy.spatial import cKDTree

    given = zones["node_id"] if "node_id" in zones else pd.Series(None, index=zones.index, dtype="object")
    empty = given.isna() | (given.astype("str") == "")
    if network is None:
        own = pd.Series(zones.index, index=zones.index)
        return zones.assign(node_id=given if not empty.any() else given.where(~empty, own).infer_objects())
    if zones.crs is not None and zones.crs != network.crs:
        zones = zones.to_crs(network.crs)
    nodes = network.nodes
    values = given.astype("object").to_list()
    if pd.api.types.is_integer_dtype(nodes.index.dtype):
        values = [int(v) if isinstance(v, str) and v.lstrip("-").isdigit() else v for v in values]
    lost = [v for v, e in zip(values, empty, strict=True) if not e and v not in nodes.index]
    if lost:
        near = name_near(str(lost[0]), [str(node) for node in nodes.index])
        raise DataError(f"zones: {name_rows(lost)} name a node that is not in the network; correct node_id.{near}")
    distance = np.full(len(zones), np.nan)
    if empty.any():
        usable = network.edges[(network.edges["mode"] == "road") & (network.edges["status"] == "")]
        candidates = nodes[nodes.index.isin(pd.unique(pd.concat([usable["u"], usable["v"]])))]
        if candidates.empty:
            raise DataError("zones: the network has no road in use to enter; set node_id for each zone")
        inside = shapely.point_on_surface(np.asarray(zones.geometry.array)[empty.to_numpy()])
        tree = cKDTree(shapely.get_coordinates(candidates.geometry.array))
        distance[empty.to_numpy()], at = tree.query(shapely.get_coordinates(inside))
        found = iter(candidates.index[at].to_list())
        values = [next(found) if e else v for v, e in zip(values, empty, strict=True)]
        logger.info("%d zones enter at their nearest node, %.0f m away at most", empty.sum(), np.nanmax(distance))
    index = pd.Index(values).astype(nodes.index.dtype)
    return zones.assign(node_id=index.array, node_distance_m=distance)


def zones_of_labels(labels: Sequence[str], network: Network | None) -> gpd.GeoDataFrame:
    """Zones that are nothing but the labels of a table, at the nodes of these ids or names."""
    whole = all(label.isdigit() and (label == "0" or not label.startswith("0")) for label in labels)
    if network is None:
        ids = pd.Index([int(label) for label in labels] if whole else labels, name="zone_id")
        return gpd.GeoDataFrame({"name": list(labels), "node_id": ids.array}, index=ids, geometry=[None] * len(ids))
    names = node_names(network)
    by_text = {str(node): node for node in network.nodes.index}
    lost = [label for label in labels if label not in by_text and label not in names]
    if lost:
        near = name_near(lost[0], [*names, *by_text])
        shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        raise DataError(f"no node is called {shown}; give the zones of the table with zones=.{near}")
    node_id = pd.Index([by_text.get(label, names.get(label)) for label in labels])
    ids = pd.Index([int(label) for label in labels] if whole else labels, name="zone_id")
    places = network.nodes.geometry.loc[node_id].array
    return gpd.GeoDataFrame(
        {"name": list(labels), "node_id": node_id.array}, index=ids, geometry=places, crs=network.crs
    )


def _id_column(file: str, layer: gpd.GeoDataFrame, wanted: str | None) -> str:
    columns = [str(name) for name in layer.columns if name != layer.geometry.name]
    if wanted is not None:
        if wanted not in columns:
            raise DataError(f"{file}: no column {wanted!r}.{name_near(wanted, columns)}")
        return wanted
    spelled = {name.casefold(): name for name in columns}
    found = next((spelled[head] for head in ID_HEADS if head in spelled), None)
    if found is None:
        raise DataError(f"{file}: no column zone_id; it has {', '.join(columns) or 'none'}: rename that of the ids")
    return found
