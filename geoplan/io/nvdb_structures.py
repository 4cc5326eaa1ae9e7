"""Height obstacles, barriers, bridges and tunnels of NVDB as structures on the edges that they bind."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.io.nvdb_layers import LayerTable, Report
from geoplan.io.nvdb_mapping import fold
from geoplan.io.nvdb_reference import Links, Pieces, Places, pieces_under
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

_AT_M = 1.0  # a point this near to the end of an edge binds the edge behind it too
# Words of Bro_och_tunnel: what the road is to the construction. överfart: the road runs on a bridge; underfart: below.
_CONSTRUCTIONS = {
    "overfart": (("road_bridge", "carries"),),
    "bro": (("road_bridge", "carries"),),
    "underfart": (("bridge", "over"),),
    "tunnel": (("road_tunnel", "carries"),),
    "overfartochunderfart": (("road_bridge", "carries"), ("bridge", "over")),
}
_COLUMNS = ("clearance_height_m", "clearance_width_m", "max_width_m", "max_height_m", "name", "note")


def add_structures(
    network: Network,
    tables: list[tuple[LayerTable, Places]],
    links: Links,
    pieces: Pieces,
    piece_of_edge: NDArray[np.int64],
    ahead: NDArray[np.bool_],
    report: Report,
) -> Network:
    """The network with the structures of the point layers and the edges that each binds.

    A height obstacle within the stretch of an underpass gives that one its clearance: it is one thing, not two.
    """
    rows, pairs = [], []
    for table, places in tables:
        place, piece = pieces_under(pieces, places, touching_m=_AT_M)
        edge_of_piece = pd.DataFrame({"piece": piece_of_edge, "edge": np.arange(len(piece_of_edge)), "ahead": ahead})
        hits = pd.DataFrame({"place": place, "piece": piece}).merge(edge_of_piece, on="piece")
        spot = hits["place"].to_numpy(dtype=np.int64)
        side = np.where(hits["ahead"], places.along[spot], places.against[spot])
        edge = hits["edge"].to_numpy(dtype=np.int64)
        shape = _shapes(links, places)
        near = shapely.dwithin(network.edges.geometry.to_numpy()[edge], shape[spot], _AT_M)
        spot, edge = spot[side & near], edge[side & near]
        for row, kinds in _kinds(table, report):
            mine = np.isin(places.row[spot], row)
            if not mine.any():
                continue
            for number, (kind, role) in enumerate(kinds):
                name = f"nvdb-{fold(table.rule.names[0])}-{row}" + (f"-{number + 1}" if number else "")
                values = {one: table.frame[one].iloc[row] for one in _COLUMNS if one in table.frame}
                where = shape[spot[mine][0]]
                rows.append({"structure_id": name, "kind": kind, **values, "geometry": where})
                pairs += [(name, one, role) for one in np.unique(edge[mine])]
    if not rows:
        return network
    frame = pd.DataFrame(rows).set_index("structure_id")
    frame["source"], frame["confidence"] = "NVDB", "H"
    structures = gpd.GeoDataFrame(frame, geometry="geometry", crs=network.crs)
    relation = pd.DataFrame(pairs, columns=["structure_id", "edge", "role"])
    structures, relation = _one_thing(structures, relation)
    relation["edge_id"] = network.edges.index.to_numpy()[relation["edge"]]
    report.counts["structures"] = len(structures)
    return network.replace(structures=structures, structure_edges=relation[["structure_id", "edge_id", "role"]])


def _kinds(table: LayerTable, report: Report) -> list[tuple[int, tuple[tuple[str, str], ...]]]:
    """Row of the table, and the kinds and roles of the structures it stands for."""
    given = table.rule.structure
    source = given.get("kind_from")
    if source is None:
        both = ((given.get("kind", "structure"), given.get("role", "carries")),)
        return [(row, both) for row in range(len(table.frame))]
    found = []
    words = table.frame[source] if source in table.frame else pd.Series([""] * len(table.frame))
    for row, word in enumerate(words):
        kinds = _CONSTRUCTIONS.get(fold(word))
        if kinds is None:
            report.leave(table.name, table.frame["element"].iloc[row], source, word, "is no construction that is known")
            kinds = ()
        found.append((row, kinds))
    return found


def _shapes(links: Links, places: Places) -> NDArray[np.object_]:
    """Geometry of each place: the point, or the stretch of the link."""
    lines = links.geometry[places.link]
    shape = shapely.line_interpolate_point(lines, places.from_m)
    for k in np.flatnonzero(places.to_m > places.from_m):
        shape[k] = shapely.ops.substring(lines[k], places.from_m[k], places.to_m[k])
    return shape


def _one_thing(structures: gpd.GeoDataFrame, relation: pd.DataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Height obstacles that lie in an underpass of the same edge give it their clearance and go."""
    if "clearance_height_m" not in structures:
        return structures, relation
    over = relation[relation["role"] == "over"]
    low = structures.index[(structures["kind"] == "height_obstacle")]
    pass_under = structures.index[(structures["kind"] == "bridge") & structures["clearance_height_m"].isna()]
    both = over[over["structure_id"].isin(low)].merge(
        over[over["structure_id"].isin(pass_under)], on="edge", suffixes=("", "_bridge")
    )
    both = both.drop_duplicates(["structure_id", "structure_id_bridge"])
    shape = structures.geometry
    apart = shapely.distance(
        shape.loc[both["structure_id"]].to_numpy(), shape.loc[both["structure_id_bridge"]].to_numpy()
    )
    both = both[apart <= _AT_M]
    if both.empty:
        return structures, relation
    least = structures["clearance_height_m"].loc[both["structure_id"]].groupby(both["structure_id_bridge"].to_numpy())
    structures = structures.copy()
    structures.loc[least.min().index, "clearance_height_m"] = least.min()
    gone = both["structure_id"].unique()
    return structures.drop(index=gone), relation[~relation["structure_id"].isin(gone)].reset_index(drop=True)
