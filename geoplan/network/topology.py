"""Where a network does not hang together: dead ends, islands, gaps, doubles and crossings without a node.

None of these is an error as such (a cul-de-sac ends, a bridge crosses), so they are tables to look at, not
faults to raise. With `in_use` planned and closed edges are left out.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.network.network import Network
from geoplan.network.snap import GRAIN_M, crossing_points


def dangling_ends(network: Network, *, in_use: bool = False) -> gpd.GeoDataFrame:
    """Nodes where one single way of a mode ends, indexed by `node_id`: its `edge_id` and `mode`, and the point.

    The two directions of a way count once, transfers not at all. Nodes without any edge are not among them.
    """
    ways = _one_row_a_way(network, in_use=in_use)
    ways = ways[(ways["mode"] != "transfer").to_numpy(dtype=bool)]
    ends = pd.DataFrame(
        {
            "node_id": np.concatenate([ways["u"], ways["v"]]),
            "edge_id": np.concatenate([ways.index, ways.index]),
            "mode": np.concatenate([ways["mode"], ways["mode"]]),
        }
    )
    ends = ends[~ends.duplicated(["node_id", "mode"], keep=False)].set_index("node_id")
    ends = ends[~ends.index.isin(network.nodes.index[network.nodes["kind"] == "centroid"])]
    points = network.nodes.geometry.loc[ends.index]
    return gpd.GeoDataFrame(ends, geometry=points.array, crs=network.crs)


def island_numbers(network: Network) -> pd.Series:
    """Island of each node, by `node_id`: 0 is the one with most nodes. Direction and status do not count."""
    graph = network.graph
    found = _parts(graph.tail, graph.head, graph.n_nodes)
    size = np.bincount(found)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return pd.Series(rank[found], index=network.nodes.index, name="island")


def islands(network: Network) -> pd.DataFrame:
    """One row an island, largest first, indexed by `island`.

    Columns `n_nodes`, `n_ways` and `length_m` (the two directions of a way once), `modes`, and one `node_id`
    in it. A node without any edge is an island of its own.
    """
    number = island_numbers(network)
    ways = _one_row_a_way(network)
    inside = ways.groupby(number.loc[ways["u"]].to_numpy())
    table = pd.DataFrame({"n_nodes": number.value_counts().sort_index()})
    table["n_ways"] = inside.size().reindex(table.index, fill_value=0)
    table["length_m"] = inside["length_m"].sum().reindex(table.index, fill_value=0.0)
    modes = inside["mode"].agg(lambda found: ",".join(sorted(found.unique())))
    table["modes"] = modes.reindex(table.index, fill_value="").astype("str")
    table["node_id"] = number.index.to_numpy()[np.unique(number.to_numpy(), return_index=True)[1]]
    table.index.name = "island"
    return table


def near_misses(network: Network, *, within_m: float = 10.0, in_use: bool = False) -> gpd.GeoDataFrame:
    """Dead ends that nearly touch another edge of their mode: suspected gaps.

    Returns
    -------
    `node_id` (the dead end), `mode`, `edge_id` (the edge it misses), `distance_m`, and the point; the nearest edge of
    each end only. Edges next to a stub shorter than twice `within_m` are near by nature and left out.
    """
    ends = dangling_ends(network, in_use=in_use)
    ways = _one_row_a_way(network, in_use=in_use)
    tree = shapely.STRtree(ways.geometry.array)
    end, way = tree.query(ends.geometry.array, predicate="dwithin", distance=within_m)

    u, v = (network.nodes.index.get_indexer(pd.Index(ways[side])) for side in ("u", "v"))
    own = ways.index.get_indexer(pd.Index(ends["edge_id"]))[end]
    here = network.nodes.index.get_indexer(ends.index)[end]
    far = np.where(u[own] == here, v[own], u[own])
    stub = ways["length_m"].to_numpy()[own] < 2 * within_m
    touches = (u[way] == here) | (v[way] == here) | (stub & ((u[way] == far) | (v[way] == far)))
    mode = ways["mode"].to_numpy()
    keep = ~touches & (mode[own] == mode[way])
    end, way = end[keep], way[keep]

    table = pd.DataFrame({"node_id": ends.index[end], "mode": mode[way], "edge_id": ways.index[way]})
    table["distance_m"] = shapely.distance(ends.geometry.array[end], ways.geometry.array[way])
    found = gpd.GeoDataFrame(table, geometry=ends.geometry.array[end], crs=network.crs)
    nearest = found.sort_values("distance_m", kind="stable").drop_duplicates(["node_id", "mode"])
    return nearest.reset_index(drop=True)


def crossings_without_node(network: Network, *, in_use: bool = False) -> gpd.GeoDataFrame:
    """Places where two edges cross but share no node: a bridge, a tunnel or a node that is missing.

    Returns
    -------
    `edge_id, other_edge_id, mode, other_mode` and the point; one direction of each way. Crossings that a
    structure explains are left out: it carries the one and stands over the other, or one of them runs on a bridge or in
    a tunnel.
    """
    ways = _one_row_a_way(network, in_use=in_use)
    coords, of_way = shapely.get_coordinates(ways.geometry.array, return_index=True)
    first = np.searchsorted(of_way, np.arange(len(ways) + 1))
    xy, one, two = crossing_points(coords, first)

    u, v = (network.nodes.index.get_indexer(pd.Index(ways[side])) for side in ("u", "v"))
    place = shapely.get_coordinates(network.nodes.geometry.array)
    at_node = np.zeros(len(one), dtype=bool)
    mode = ways["mode"].to_numpy()
    for mine in (u, v):
        for other in (u, v):
            # Where road and rail meet on a level both are cut and keep nodes of their own: a level crossing.
            shared = (mine[one] == other[two]) | (mode[one] != mode[two])
            both = np.maximum(*(np.hypot(*(xy - place[end]).T) for end in (mine[one], other[two])))
            at_node |= shared & (both <= GRAIN_M)
    explained = _share_structure(network, ways.index[one], ways.index[two])
    lifted = _off_the_ground(network, ways)
    explained |= lifted[one] | lifted[two]
    keep = (one != two) & ~at_node & ~explained
    one, two, xy = one[keep], two[keep], xy[keep]
    table = gpd.GeoDataFrame(
        {
            "edge_id": ways.index[one],
            "other_edge_id": ways.index[two],
            "mode": mode[one],
            "other_mode": mode[two],
        },
        geometry=shapely.points(xy),
        crs=network.crs,
    )
    grid = pd.DataFrame(np.round(xy / (10 * GRAIN_M)), columns=["x", "y"])  # a shared vertex is found up to four times
    twice = grid.assign(one=one, two=two).duplicated().to_numpy()
    return table[~twice].reset_index(drop=True)


def duplicate_ways(network: Network) -> pd.DataFrame:
    """Ways drawn twice: `edge_id`, and `same_as`, the first way of that mode and shape, in either direction."""
    ways = _one_row_a_way(network)
    ends = np.sort(np.stack([network.nodes.index.get_indexer(pd.Index(ways[side])) for side in ("u", "v")]), axis=0)
    key = pd.DataFrame({"low": ends[0], "high": ends[1], "mode": ways["mode"].to_numpy()})
    between_same = ways[key.duplicated(keep=False).to_numpy()]
    if between_same.empty:
        return pd.DataFrame({"edge_id": ways.index[:0], "same_as": ways.index[:0]})
    shape = shapely.to_wkb(shapely.normalize(np.asarray(between_same.geometry.array)))
    code = pd.factorize(pd.MultiIndex.from_arrays([shape, between_same["mode"]]))[0]
    first = np.unique(code, return_index=True)[1][code]
    again = first != np.arange(len(code))
    return pd.DataFrame({"edge_id": between_same.index[again], "same_as": between_same.index[first[again]]})


def mode_islands(network: Network, *, in_use: bool = False) -> pd.DataFrame:
    """Parts of each mode without connection, the longest first; transfers join nothing and are none.

    Returns
    -------
    `mode, island` (1 is the longest of its mode)`, nodes, length_km, share_pct` (of the length of the mode).
    """
    ways = _one_row_a_way(network, in_use=in_use)
    tables = [pd.DataFrame({name: [] for name in ("mode", "island", "nodes", "length_km", "share_pct")})]
    for mode, of_mode in ways[(ways["mode"] != "transfer").to_numpy(dtype=bool)].groupby("mode", observed=True):
        u, v = (network.nodes.index.get_indexer(pd.Index(of_mode[side])) for side in ("u", "v"))
        part = _parts(u, v, len(network.nodes))
        on_mode = np.unique(np.concatenate([u, v]))
        length_km = of_mode["length_m"].groupby(part[u]).sum() / 1000.0
        table = pd.DataFrame({"nodes": pd.Series(part[on_mode]).value_counts(), "length_km": length_km})
        table = table.sort_values(["length_km", "nodes"], ascending=False, ignore_index=True)
        table.insert(0, "mode", mode)
        table.insert(1, "island", np.arange(1, len(table) + 1))
        table["share_pct"] = 100.0 * table["length_km"] / max(float(length_km.sum()), 1e-12)
        tables.append(table)
    return pd.concat(tables[1:], ignore_index=True) if tables[1:] else tables[0]


def _parts(u: np.ndarray, v: np.ndarray, n: int) -> np.ndarray:
    """Number of the connected part of each of n nodes."""
    # Imported here: a study is opened, and most routes found, without it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(n, n))
    return np.asarray(connected_components(links, directed=False)[1])


def _one_row_a_way(network: Network, *, in_use: bool = False) -> gpd.GeoDataFrame:
    """The first edge of each way between the same two nodes."""
    edges = network.edges[(network.edges["status"] == "").to_numpy(dtype=bool)] if in_use else network.edges
    u, v = (network.nodes.index.get_indexer(pd.Index(edges[side])) for side in ("u", "v"))
    key = pd.DataFrame({"low": np.minimum(u, v), "high": np.maximum(u, v), "way": edges["way_id"].to_numpy()})
    return edges[~key.duplicated().to_numpy()]


def _off_the_ground(network: Network, ways: gpd.GeoDataFrame) -> np.ndarray:
    """Whether each way runs on a bridge or in a tunnel."""
    links = network.structure_edges
    kinds = network.structures["kind"].reindex(links["structure_id"]).astype("str")
    span = kinds.str.contains("bridge|tunnel|passage", regex=True).to_numpy(dtype=bool)
    carried = links.loc[span & (links["role"] == "carries").to_numpy(dtype=bool), "edge_id"]
    lifted = network.edges["way_id"].reindex(carried.unique())
    return ways["way_id"].isin(lifted).to_numpy(dtype=bool)


def _share_structure(network: Network, one: pd.Index, two: pd.Index) -> np.ndarray:
    """Whether one structure carries the one edge and stands over the other, for each pair."""
    roles = network.structure_edges
    carries = roles.loc[roles["role"] == "carries", ["structure_id", "edge_id"]]
    over = roles.loc[roles["role"] == "over", ["structure_id", "edge_id"]]
    both = carries.merge(over, on="structure_id", suffixes=("", "_below"))
    known = pd.MultiIndex.from_arrays([both["edge_id"], both["edge_id_below"]])
    if known.empty:
        return np.zeros(len(one), dtype=bool)
    there = pd.MultiIndex.from_arrays([one, two]).isin(known)
    return np.asarray(there | pd.MultiIndex.from_arrays([two, one]).isin(known))
