"""The railway as trains use it: places where they can wait or meet, and the sections between them.

    ways of the network    A ---- halt ---- B ---- C ====== D        - one track, = two
    sections               A -------------- B ---- C ====== D

A place is a node where lines part or end, where a loop is, or where the number of tracks changes. What lies between
two places is one section. Loops are three-valued: known, known to be none, not known; a rule says what the unknown
counts as, and the table says where it did.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network, node_names
from geoplan.network.structures import effective_limits

UnknownLoop: TypeAlias = Literal["by_table", "none", "loop"]

DEFAULT_SPEED_KMH = 70.0  # assumed where the line speed is not known
DEFAULT_USABLE_M = 630.0  # longest train in general use (Trafikverket, longer and heavier trains); assumed for loops
BLOCK_M = 2500.0  # assumed length of a block on double track
YARD_TRACKS = 4  # assumed at the end of a line
JUNCTION_TRACKS = 3  # assumed at a station where lines meet
LIMITS = ("max_axle_load_t", "max_metre_load_tpm", "max_weight_t", "max_length_m")


@dataclass(frozen=True, eq=False)
class Layout:
    """Places, sections and the pieces sections are made of.

    places : index place_id (node id without `@rail`): name, x, y, kind, can_hold (trains may wait there), n_tracks,
        usable_m (longest train that may wait), loop (yes, no or empty: not known), assumed (names of assumed columns)
    sections : index section_id: name, from_place, to_place, length_m, tracks, blocks (signal blocks in each
        direction), speed_kmh (mean), line, the limits of the ways, assumed
    pieces : one row a way in the order from_place to to_place: section_id, way_id, length_m, speed_kmh, speed_back_kmh,
        grade_pct (rise from from_place), edge_f and edge_b (edges there and back), first_edge (the edge as drawn)
    halts : nodes inside sections, where a train may stop but neither wait nor meet
    cache : what was worked out from the tables before (lines, running times); never to be changed by a reader
    """

    places: pd.DataFrame
    sections: pd.DataFrame
    pieces: pd.DataFrame
    halts: tuple[str, ...]
    unknown_loop: str
    cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n_places(self) -> int:
        return len(self.places)

    def section(self, section_id: str) -> dict[str, Any]:
        """One section as a record."""
        if "sections" not in self.cache:
            self.cache["sections"] = self.sections.to_dict("index")
        return self.cache["sections"][section_id]

    def place(self, place_id: str) -> dict[str, Any]:
        """One place as a record."""
        if "places" not in self.cache:
            self.cache["places"] = self.places.to_dict("index")
        return self.cache["places"][place_id]

    def section_rows(self, section_id: str) -> pd.DataFrame:
        """Pieces of one section in the order from_place to to_place."""
        if "rows" not in self.cache:
            self.cache["rows"] = dict(list(self.pieces.groupby("section_id", sort=False)))
        return self.cache["rows"][section_id]


def rail_layout(
    network: Network,
    stations: pd.DataFrame | None = None,
    *,
    unknown_loop: UnknownLoop = "by_table",
    keep: Collection[str] = (),
) -> Layout:
    """Places and sections of the railway in use.

    Parameters
    ----------
    network
        Edges of mode rail with empty status. Columns `has_loop`, `loop_length_m` and `station_tracks` of the nodes and
        `blocks` of the edges are used where they are.
    stations
        Rows with `node_id`, `has_loop` (yes, no or empty) and `loop_length_m`; rows of one place are joined.
    unknown_loop
        What a station counts as whose loop is not known: "none", "loop", or "by_table": none when the table of stations
        lists it without an answer, a loop when no table lists it.
    keep
        Nodes that are places whatever they are (trains start or end there).

    Raises
    ------
    DataError
        There is no railway, or a station of the table is no node.
    """
    if unknown_loop not in ("by_table", "none", "loop"):
        raise DataError(f"unknown_loop is {unknown_loop!r}; use by_table, none or loop")
    ways = _ways(network)
    nodes = _nodes(network, ways)
    nodes = nodes.join(_loops(nodes, network, stations))
    ends = pd.concat([ways["a"], ways["b"]])
    degree = ends.value_counts().reindex(nodes.index, fill_value=0)
    tracks = pd.concat([ways.set_index("a")["tracks"], ways.set_index("b")["tracks"]]).fillna(1.0).groupby(level=0)
    most, least = tracks.max().reindex(nodes.index), tracks.min().reindex(nodes.index)
    lost = [key for key in keep if key not in nodes.index]
    if lost:
        near = name_near(str(lost[0]), [str(key) for key in nodes.index])
        raise DataError(f"no railway at {lost[0]!r} ({len(lost)} such places); name stations on the line.{near}")

    station = nodes["kind"].isin(["station", "terminal", "port", "plant", "mine"])
    unsure = station & (degree == 2) & (nodes["loop"] == "")
    assumed_loop = unsure & {"none": False, "loop": True, "by_table": ~nodes["listed"]}[unknown_loop]
    has_loop = (nodes["loop"] == "yes") | assumed_loop
    junction = (degree > 2) & station & (nodes["loop"] != "no")
    end = degree == 1
    can_hold = has_loop | junction | end

    n_tracks = most.copy()
    n_tracks[has_loop] = most[has_loop] + 1
    n_tracks[junction] = np.maximum(most[junction] + 1, JUNCTION_TRACKS)
    n_tracks[end] = YARD_TRACKS
    known = nodes["station_tracks"].notna()
    n_tracks[known] = nodes["station_tracks"][known]
    usable = nodes["usable_m"].where(nodes["usable_m"].notna() | ~can_hold, DEFAULT_USABLE_M).where(~end, np.inf)

    assumed = pd.Series("", index=nodes.index)
    assumed = assumed.where(~assumed_loop, assumed + "loop,")
    assumed = assumed.where(known | ~(can_hold | junction), assumed + "n_tracks,")
    assumed = assumed.where(~(can_hold & nodes["usable_m"].isna() & ~end), assumed + "usable_m,")
    places = pd.DataFrame(
        {
            "name": nodes["name"],
            "x": nodes["x"],
            "y": nodes["y"],
            "kind": nodes["kind"],
            "can_hold": can_hold,
            "n_tracks": n_tracks.astype("int64"),
            "usable_m": usable,
            "loop": nodes["loop"],
            "assumed": assumed.str.rstrip(","),
        }
    )
    is_place = (degree != 2) | has_loop | (most != least) | nodes.index.isin(list(keep))
    sections, pieces = _sections(ways, places, set(nodes.index[is_place]))
    placed = pd.unique(pd.concat([sections["from_place"], sections["to_place"]]))
    places = places.loc[places.index.isin(placed)]
    halts = tuple(key for key in nodes.index if key not in set(placed))
    return Layout(places, sections, pieces, halts, unknown_loop)


def on_railway(network: Network, places: Iterable[object]) -> list[str]:
    """Those of the places (ids or names) that are nodes of the railway in use, as ids."""
    rail = network.edges[(network.edges["mode"] == "rail") & (network.edges["status"] == "")]
    ends = {str(key).removesuffix("@rail") for key in [*rail["u"], *rail["v"]]}
    named = {name.casefold(): key for name, key in node_names(network).items()}
    found = {str(named.get(str(place).casefold(), place)).removesuffix("@rail") for place in places}
    return sorted(found & ends)


def find_place(layout: Layout, text: Hashable) -> str:
    """Place id of an id or a name; DataError with near ones when there is none."""
    key = str(text).removesuffix("@rail")
    if key in layout.places.index:
        return key
    named = layout.places.index[layout.places["name"].str.casefold() == key.casefold()]
    if len(named):
        return str(named[0])
    known = [*layout.places["name"], *layout.places.index]
    raise DataError(f"no place {text!r} on the railway.{name_near(key, known)}")


def _ways(network: Network) -> pd.DataFrame:
    """One row a railway way in use: its ends a, b and values from a to b (grade) and both ways (speed)."""
    edges = network.edges
    rail = edges[(edges["mode"] == "rail") & (edges["status"] == "")]
    if rail.empty:
        raise DataError("the network has no railway in use; add edges of mode rail")
    first = rail[~rail["way_id"].duplicated()]
    back = rail[rail["way_id"].duplicated()]
    back = back[~back["way_id"].duplicated()]
    table = pd.DataFrame({"way_id": first["way_id"].astype("str").to_numpy(), "edge_f": first.index.to_numpy()})
    table["a"] = first["u"].astype("str").str.removesuffix("@rail").to_numpy()
    table["b"] = first["v"].astype("str").str.removesuffix("@rail").to_numpy()
    for name in ("length_m", "speed_kmh", "grade_pct", "tracks"):
        table[name] = first[name].to_numpy(dtype=np.float64)
    rows = network.edges.index.get_indexer(first.index)
    bound = effective_limits(network)
    for name in LIMITS:  # of the track and of what carries it
        lowest = bound[name].known[rows]
        table[name] = np.fmin(first[name].to_numpy(dtype=np.float64), np.where(np.isinf(lowest), np.nan, lowest))
    table["blocks"] = first["blocks"].to_numpy(dtype=np.float64) if "blocks" in first else np.nan
    for name in ("line", "assumed", "name"):
        table[name] = first[name].to_numpy()
    other = back.set_index(back["way_id"].astype("str"))
    table["edge_b"] = table["way_id"].map(dict(zip(back["way_id"].astype("str"), back.index, strict=True)))
    table["edge_b"] = table["edge_b"].where(table["edge_b"].notna(), table["edge_f"])
    table["speed_back_kmh"] = table["way_id"].map(other["speed_kmh"]).fillna(table["speed_kmh"])
    return table[table["a"] != table["b"]].reset_index(drop=True)


def _nodes(network: Network, ways: pd.DataFrame) -> pd.DataFrame:
    nodes = network.nodes
    ids = nodes.index.astype("str")
    table = pd.DataFrame(
        {
            "name": nodes["name"].to_numpy(),
            "kind": nodes["kind"].to_numpy(),
            "x": nodes.geometry.x.to_numpy(),
            "y": nodes.geometry.y.to_numpy(),
            "raw": nodes.index.to_numpy(),
        },
        index=ids,
    )
    plain = ids.str.removesuffix("@rail")
    split = plain != ids
    # A hub and its rail node are one place: the name stands at the hub.
    named = dict(zip(table.index[~split], table["name"][~split], strict=True))
    table.index = plain
    table["name"] = [named.get(key, "") or name for key, name in zip(plain, table["name"], strict=True)]
    table = table.iloc[np.argsort(~split, kind="stable")]
    table = table[~table.index.duplicated()]
    table["name"] = table["name"].where(table["name"] != "", table.index.to_series())
    return table.loc[table.index.isin(set(ways["a"]) | set(ways["b"]))]


def _loops(nodes: pd.DataFrame, network: Network, stations: pd.DataFrame | None) -> pd.DataFrame:
    """What is known of loops: loop (yes, no, empty), usable_m, station_tracks, listed in a table."""
    table = pd.DataFrame({"loop": "", "usable_m": np.nan, "station_tracks": np.nan, "listed": False}, index=nodes.index)
    source = network.nodes.loc[nodes["raw"]]
    for column, name in (("loop", "has_loop"), ("usable_m", "loop_length_m"), ("station_tracks", "station_tracks")):
        if name in source:
            values = source[name].fillna("") if column == "loop" else pd.to_numeric(source[name])
            table[column] = values.to_numpy()
    table["listed"] = table["loop"] != ""
    if stations is None or stations.empty:
        return table
    rows = stations[stations["node_id"].fillna("").astype("str") != ""]
    lost = [
        str(key)
        for key in rows["node_id"]
        if str(key) not in {str(node).removesuffix("@rail") for node in network.nodes.index}
    ]
    if lost:
        raise DataError(f"stations: no node {lost[0]!r} ({len(lost)} such rows); correct node_id")
    rows = rows[rows["node_id"].astype("str").isin(table.index)]
    for key, group in rows.groupby(rows["node_id"].astype("str")):
        answers = set(group["has_loop"].fillna("").astype("str")) - {""}
        table.loc[key, "listed"] = True
        if answers:
            table.loc[key, "loop"] = "yes" if "yes" in answers else "no"
        length = group["loop_length_m"].max() if "loop_length_m" in group else np.nan
        if not np.isnan(length):
            table.loc[key, "usable_m"] = length
    return table


def _sections(ways: pd.DataFrame, places: pd.DataFrame, is_place: set[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Chains of ways between places. A ring without any place gets one at its first node."""
    a, b = ways["a"].to_list(), ways["b"].to_list()
    at: dict[str, list[int]] = {}
    for k in range(len(ways)):
        at.setdefault(a[k], []).append(k)
        at.setdefault(b[k], []).append(k)
    used = [False] * len(ways)
    chains: list[tuple[str, list[tuple[int, bool]]]] = []

    def follow(start: str, way: int) -> None:
        chain, node = [], start
        while True:
            used[way] = True
            forward = a[way] == node
            chain.append((way, forward))
            node = b[way] if forward else a[way]
            if node in is_place:
                break
            way = next((k for k in at[node] if not used[k]), -1)
            if way < 0:
                break
        chains.append((start, chain))

    for node in [key for key in at if key in is_place]:
        for way in at[node]:
            if not used[way]:
                follow(node, way)
    for way in range(len(ways)):
        if not used[way]:
            is_place.add(a[way])
            follow(a[way], way)
    return _section_tables(ways, places, chains)


def _section_tables(
    ways: pd.DataFrame, places: pd.DataFrame, chains: list[tuple[str, list[tuple[int, bool]]]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    number = np.concatenate([np.full(len(chain), k) for k, (_, chain) in enumerate(chains)])
    way = np.array([w for _, chain in chains for w, _ in chain])
    forward = np.array([f for _, chain in chains for _, f in chain])
    pieces = ways.iloc[way].reset_index(drop=True)
    pieces["number"], pieces["forward"] = number, forward
    unknown_speed = pieces["speed_kmh"].isna()
    speed, back = (pieces[name].fillna(DEFAULT_SPEED_KMH).to_numpy() for name in ("speed_kmh", "speed_back_kmh"))
    pieces["speed_kmh"], pieces["speed_back_kmh"] = np.where(forward, speed, back), np.where(forward, back, speed)
    pieces["grade_pct"] = np.where(forward, 1.0, -1.0) * pieces["grade_pct"]
    pieces["first_edge"] = pieces["edge_f"]
    edge_f, edge_b = pieces["edge_f"].copy(), pieces["edge_b"].copy()
    pieces["edge_f"], pieces["edge_b"] = edge_f.where(forward, edge_b), edge_b.where(forward, edge_f)

    start = [node for node, _ in chains]
    last = [chain[-1] for _, chain in chains]
    end = [ways["b"].iloc[w] if f else ways["a"].iloc[w] for w, f in last]
    grouped = pieces.groupby("number", sort=True)
    ids = pd.Series([f"{u}-{v}" for u, v in zip(start, end, strict=True)])
    again = ids.groupby(ids).cumcount()
    ids = ids + np.where(again > 0, "/" + (again + 1).astype(str), "")
    length = grouped["length_m"].sum()
    tracks = grouped["tracks"].min()
    seconds = (pieces["length_m"] / pieces["speed_kmh"]).groupby(pieces["number"]).sum()
    blocks = grouped["blocks"].sum(min_count=1)
    double = np.maximum(np.round(length / BLOCK_M), 1.0)
    filled = np.where(tracks.fillna(1.0) >= 2, double, 1.0)
    assumed = pd.Series("", index=length.index)
    assumed += np.where(unknown_speed.groupby(pieces["number"]).any(), "speed_kmh,", "")
    assumed += np.where(tracks.isna(), "tracks,", "")
    assumed += np.where(blocks.isna(), "blocks,", "")
    for name in ("speed_kmh", "tracks", "length_m"):
        hit = pieces["assumed"].str.split(",").map(lambda names, word=name: word in [n.strip() for n in names])
        hit = hit.groupby(pieces["number"]).any() & ~assumed.str.contains(name)
        assumed += np.where(hit, f"{name},", "")
    names = places["name"]
    sections = pd.DataFrame(
        {
            "name": [f"{names[u]}–{names[v]}" for u, v in zip(start, end, strict=True)],
            "from_place": start,
            "to_place": end,
            "length_m": length.to_numpy(),
            "tracks": tracks.fillna(1.0).astype("int64").to_numpy(),
            "blocks": np.where(blocks.isna(), filled, blocks).astype("int64"),
            "speed_kmh": (length / seconds).to_numpy(),
            "line": grouped["line"].first().to_numpy(),
            **{name: grouped[name].min().to_numpy() for name in LIMITS},
            "assumed": assumed.str.rstrip(",").to_numpy(),
        },
        index=pd.Index(ids, name="section_id"),
    )
    # The lowest known limit binds; where a part is not known, nothing above that limit is known to pass.
    for name in LIMITS:
        sections[f"{name}_unknown"] = grouped[name].apply(lambda values: values.isna().any()).to_numpy()
    pieces["section_id"] = ids.to_numpy()[number]
    keep = [
        "section_id",
        "way_id",
        "length_m",
        "speed_kmh",
        "speed_back_kmh",
        "grade_pct",
        "edge_f",
        "edge_b",
        "first_edge",
    ]
    return sections, pieces[keep]
