"""The standard assignment networks (TNTP files): links, trips and, where there is one, a file of node
coordinates.

Format: Transportation Networks for Research Core Team, Transportation Networks for Research,
https://github.com/bstabler/TransportationNetworks. Units differ from network to network and stand in its
README.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demand.demand import Demand, build_demand
from geoplan.errors import DataError
from geoplan.io.demand_zones import MAX_ZONES
from geoplan.io.files import require_file
from geoplan.io.tables import name_lines
from geoplan.io.tntp_nodes import node_places, read_text
from geoplan.network.network import Network, build_network

logger = logging.getLogger(__name__)

LINK_COLUMNS = ("u", "v", "capacity", "length", "time", "b", "power", "speed", "toll", "link_type")
N_REQUIRED = 7  # speed, toll and type are left out in some files
# Column heads as files spell them, in lower case and without blanks and underscores.
_HEADS = {
    "u": ("initnode", "tailnode", "tail", "from", "fromnode", "init"),
    "v": ("termnode", "headnode", "head", "to", "tonode", "term"),
    "capacity": ("capacity",),
    "length": ("length",),
    "time": ("freeflowtime", "fftt", "fft", "freeflowtraveltime"),
    "b": ("b",),
    "power": ("power",),
    "speed": ("speed", "speedlimit"),
    "toll": ("toll",),
    "link_type": ("linktype", "type"),
}
_TAG = re.compile(r"\s*<([^>]*)>\s*(.*)")
_ORIGIN = re.compile(r"\s*origin\s+(\S+)\s*", re.IGNORECASE)
TOTAL_TOLERANCE = 1e-3  # totals in headers are rounded; a file cut short lacks more


def read_tntp(
    net_path: str | os.PathLike[str],
    trips_path: str | os.PathLike[str],
    *,
    nodes_path: str | os.PathLike[str] | None = None,
    nodes_crs: Any = None,
    crs: Any = None,
    time_unit_s: float = 60.0,
    length_unit_m: float = 1609.344,
    toll_weight: float = 0.0,
    distance_weight: float = 0.0,
    class_name: str = "car",
) -> tuple[Network, Demand]:
    """A network and its trips from TNTP files.

    Parameters
    ----------
    net_path, trips_path
        `x_net.tntp` and `x_trips.tntp`.
    nodes_path
        Coordinates: `x_node.tntp`, or GeoJSON and the like with a column id or node. Without it the nodes are
        drawn on a circle; `meta["layout"]` says which it was.
    nodes_crs
        System of the coordinates of a `.tntp` node file, such as 4326. Without it they are a drawing without
        a place, scaled so that straight lines and stated lengths agree in total.
    crs
        System of the network; None takes that of the nodes when it is in metres, otherwise the UTM zone.
    time_unit_s, length_unit_m
        What one unit of time and length of the file is; minutes and miles unless told.
    toll_weight, distance_weight
        Weights of a generalized cost, in time units per toll unit and per length unit (ChicagoSketch: 0.02
        min/cent and 0.04 min/mile). They become a constant `fixed_delay_s`, so that the cost of a link is its
        time plus both.
    class_name
        Name of the one class of trips; the cells are taken as trips an hour.

    Returns
    -------
    Network: node ids 1 .. n and edge ids (link numbers) from 1, both int64. Nodes below the first through
    node are of kind centroid. `free_time_s, capacity_vph, bpr_alpha` (B) and `bpr_beta` (power); `toll`,
    `link_type` and `file_speed` as in the file. Opposite links share a `way_id`. Demand: zones 1 .. n, each
    at the node of its number.

    Raises
    ------
    DataError
        With line numbers: not a TNTP file, cut short, other counts than its header states, negative numbers,
        unknown zones or nodes.
    """
    net_file, trips_file = Path(net_path), Path(trips_path)
    links, head = _read_links(net_file)
    matrix, total = _read_trips(trips_file, head.n_zones)
    node_ids = _node_ids(net_file, links, head)
    places, layout = node_places(nodes_path, nodes_crs, crs, node_ids, links, length_unit_m)

    nodes = gpd.GeoDataFrame({"kind": np.where(node_ids < head.first_thru, "centroid", "junction")}, index=node_ids)
    nodes = nodes.set_geometry(places)
    weights = links["toll"].fillna(0.0) * toll_weight + links["length"] * distance_weight
    drawn = np.asarray(places.array)[
        np.stack([node_ids.get_indexer(pd.Index(links[end])) for end in ("u", "v")], axis=1)
    ]
    edges = gpd.GeoDataFrame(
        {
            "u": links["u"],
            "v": links["v"],
            "way_id": _ways(links),
            "mode": "road",
            "length_m": links["length"] * length_unit_m,
            "capacity_vph": links["capacity"],
            "free_time_s": links["time"] * time_unit_s,
            "fixed_delay_s": weights * time_unit_s if toll_weight or distance_weight else np.nan,
            "bpr_alpha": links["b"],
            "bpr_beta": links["power"],
            "source": net_file.name,
            "toll": links["toll"],
            "link_type": links["link_type"],
            "file_speed": links["speed"],
        },
        geometry=shapely.linestrings(shapely.get_coordinates(drawn).reshape(-1, 2, 2)),
        crs=places.crs,
    )
    edges.index = pd.RangeIndex(1, len(edges) + 1).astype("int64")

    meta = {
        "name": re.sub(r"_net$", "", net_file.stem),
        "source": f"{net_file.name}, {trips_file.name}",
        "layout": layout,
        "time_unit_s": time_unit_s,
        "length_unit_m": length_unit_m,
        "first_thru_node": head.first_thru,
        "generalized_cost": {"toll_weight": toll_weight, "distance_weight": distance_weight},
    }
    zone_ids = pd.RangeIndex(1, head.n_zones + 1).astype("int64")
    zones = gpd.GeoDataFrame(
        {"name": [str(zone) for zone in zone_ids], "node_id": zone_ids},
        index=zone_ids,
        geometry=places.loc[zone_ids].array,
    )
    trips = pd.DataFrame(matrix, index=zone_ids, columns=zone_ids)
    logger.info("read %s: %d zones, %d links, %.1f trips", meta["name"], head.n_zones, len(edges), matrix.sum())
    demand_meta = {"name": meta["name"], "source": trips_file.name, "total_od_flow_stated": total}
    try:
        return build_network(nodes, edges, meta=meta), build_demand(zones, {class_name: trips}, demand_meta)
    except DataError as fault:
        raise DataError(f"{net_file}: {fault}") from fault


@dataclass(frozen=True)
class _Head:
    """Counts that the header of a network file states."""

    n_zones: int
    n_nodes: int
    n_links: int
    first_thru: int


def _read_links(file: Path) -> tuple[pd.DataFrame, _Head]:
    """Links as the file has them, in its units, and the header."""
    tags, lines = _split_head(file, "NUMBER OF LINKS")
    head = _Head(
        n_zones=_count(file, tags, "NUMBER OF ZONES"),
        n_nodes=_count(file, tags, "NUMBER OF NODES"),
        n_links=_count(file, tags, "NUMBER OF LINKS"),
        first_thru=_count(file, tags, "FIRST THRU NODE") if "FIRST THRU NODE" in tags else 1,
    )
    if head.n_zones > min(2 * head.n_links, MAX_ZONES) or head.n_nodes > 2 * head.n_links + head.n_zones:
        raise DataError(
            f"{file}: the header states {head.n_zones} zones and {head.n_nodes} nodes for {head.n_links} links, "
            f"which cannot be (nor can more than {MAX_ZONES} zones); correct it"
        )
    order = list(LINK_COLUMNS)
    rows: list[list[str]] = []
    at: list[int] = []
    for number, line in lines:
        text = line.strip()
        if text.startswith("~") or (not rows and text[:1].isalpha()):
            order = _column_order(text) or order
            continue
        cells = text.split(";")[0].split()
        if cells:
            rows.append(cells)
            at.append(number)
    short = [line for line, cells in zip(at, rows, strict=True) if len(cells) < N_REQUIRED]
    if short:
        raise DataError(
            f"{file}: {name_lines(short)} with fewer than {N_REQUIRED} columns; the file is cut short or spoilt"
        )
    if len(rows) != head.n_links:
        raise DataError(
            f"{file}: holds {len(rows)} links but <NUMBER OF LINKS> states {head.n_links}; "
            "get the file again, or correct it"
        )
    padded = [(cells + ["nan"] * len(order))[: len(order)] for cells in rows]
    text_table = pd.DataFrame(padded, columns=order, index=pd.Index(at, name="line"))
    return _checked(file, text_table.reindex(columns=list(LINK_COLUMNS), fill_value="nan")), head


def _checked(file: Path, text: pd.DataFrame) -> pd.DataFrame:
    """Numbers out of text; every fault at once, with lines."""
    links = text.apply(pd.to_numeric, errors="coerce").astype("float64")
    faults = []
    for name in links:
        wrong = links[name].isna() & (text[name] != "nan")
        if name in LINK_COLUMNS[:N_REQUIRED]:
            wrong |= links[name].isna() | np.isinf(links[name])
        if wrong.any():
            faults.append(f"{name} {text.loc[wrong, name].iloc[0]!r} in {name_lines(wrong.index[wrong].to_list())}")
        low = links[name] < 0
        if low.any() and name != "toll":
            faults.append(f"{name} below 0 in {name_lines(low.index[low].to_list())}")
    dead = (links["capacity"] == 0) & (links["b"] > 0)
    if dead.any():
        faults.append(f"capacity 0 (B above 0) in {name_lines(dead.index[dead].to_list())}")
    broken = (links[["u", "v"]] % 1 != 0).any(axis=1) & links[["u", "v"]].notna().all(axis=1)
    if broken.any():
        faults.append(f"node numbers that are not whole in {name_lines(broken.index[broken].to_list())}")
    if faults:
        raise DataError(f"{file}: {'; '.join(faults)}; correct the file")
    return links.reset_index(drop=True).astype({"u": "int64", "v": "int64"})


def _read_trips(file: Path, n_zones: int) -> tuple[np.ndarray, float]:
    """Trips from zone to zone, (n_zones, n_zones), and the total that the header states (NaN where it does not)."""
    tags, lines = _split_head(file, "NUMBER OF ZONES")
    if _count(file, tags, "NUMBER OF ZONES") != n_zones:
        raise DataError(
            f"{file}: has {tags['NUMBER OF ZONES'][0]} zones but the network has {n_zones}; are they a pair?"
        )
    origin, line_of, pairs = 0, [], []
    origins: list[int] = []
    for number, line in lines:
        if line.lstrip().startswith("~"):
            continue
        if found := _ORIGIN.fullmatch(line):
            origin = _zone(file, number, found[1], n_zones)
            continue
        cells = [cell for cell in line.split(";") if cell.strip()]
        if cells and not origin:
            raise DataError(f"{file}: line {number} stands before the first 'Origin'; the file is spoilt")
        pairs += cells
        origins += [origin] * len(cells)
        line_of += [number] * len(cells)
    destination, trips = _pairs(file, pairs, line_of, n_zones)
    matrix = np.zeros((n_zones, n_zones))
    np.add.at(matrix, (np.array(origins, dtype=int) - 1, destination - 1), trips)
    stated = _stated_total(file, tags)
    lacking = abs(matrix.sum() - stated)
    if lacking > TOTAL_TOLERANCE * max(abs(stated), 1.0):
        raise DataError(
            f"{file}: the trips sum to {matrix.sum():.10g} but <TOTAL OD FLOW> states {stated:.10g}; "
            "the file is cut short: get it again, or correct the header"
        )
    return matrix, stated


def _pairs(file: Path, pairs: list[str], lines: list[int], n_zones: int) -> tuple[np.ndarray, np.ndarray]:
    """Destination and trips of every `destination : trips`."""
    split = [pair.split(":") for pair in pairs]
    odd = [line for line, parts in zip(lines, split, strict=True) if len(parts) != 2]
    if odd:
        raise DataError(f"{file}: {name_lines(odd)} are not 'destination : trips;'; the file is cut short or spoilt")
    table = pd.DataFrame(split, columns=["destination", "trips"], dtype="object").apply(pd.to_numeric, errors="coerce")
    table = table.astype("float64")
    at = np.array(lines, dtype=int)
    strange = ~table["destination"].isin(range(1, n_zones + 1))
    faults = []
    for what, wrong in (
        ("hold no number", table.isna().any(axis=1) | np.isinf(table).any(axis=1)),
        (f"name a zone outside 1 .. {n_zones}", strange & table["destination"].notna()),
        ("have trips below 0", table["trips"] < 0),
    ):
        if wrong.any():
            faults.append(f"{name_lines(sorted(set(at[wrong.to_numpy()].tolist())))} {what}")
    if faults:
        raise DataError(f"{file}: {'; '.join(faults)}; correct the file")
    return table["destination"].to_numpy(dtype=int), table["trips"].to_numpy()


def _node_ids(file: Path, links: pd.DataFrame, head: _Head) -> pd.Index:
    """Numbers of all nodes: 1 .. n, or what the links and zones name when these go beyond n."""
    named = np.union1d(links[["u", "v"]].to_numpy().ravel(), np.arange(1, head.n_zones + 1))
    if len(named) > head.n_nodes:
        raise DataError(
            f"{file}: links and zones name {len(named)} nodes but <NUMBER OF NODES> states {head.n_nodes}; "
            "correct the file"
        )
    if len(named) and (named[-1] > head.n_nodes or named[0] < 1):
        return pd.Index(named, dtype="int64")
    return pd.RangeIndex(1, head.n_nodes + 1).astype("int64")


def _ways(links: pd.DataFrame) -> np.ndarray:
    """One number for the two directions: the k-th link a-b goes with the k-th link b-a."""
    ends = np.sort(links[["u", "v"]].to_numpy(), axis=1)
    turn = links.groupby(["u", "v"]).cumcount().to_numpy()
    key = pd.DataFrame({"low": ends[:, 0], "high": ends[:, 1], "turn": turn})
    return key.groupby(["low", "high", "turn"], sort=False).ngroup().to_numpy() + 1


def _split_head(file: Path, telling: str) -> tuple[dict[str, tuple[str, int]], list[tuple[int, str]]]:
    """Tags of the header (value and line), and the numbered lines behind it."""
    tags: dict[str, tuple[str, int]] = {}
    lines = read_text(require_file(file, "TNTP file")).splitlines()
    for number, line in enumerate(lines, start=1):
        if found := _TAG.match(line):
            key = " ".join(found[1].split()).upper()
            tags[key] = (found[2].strip(), number)
            if key == "END OF METADATA":
                break
    if telling not in tags or "END OF METADATA" not in tags:
        lost = telling if telling not in tags else "END OF METADATA"
        raise DataError(f"{file}: is not a TNTP file of this kind (no <{lost}> in its header); check the path")
    end = tags["END OF METADATA"][1]
    return tags, list(enumerate(lines[end:], start=end + 1))


def _count(file: Path, tags: dict[str, tuple[str, int]], key: str) -> int:
    if key not in tags:
        raise DataError(f"{file}: <{key}> is missing in the header; add it")
    text, line = tags[key]
    first = (text.split() or [""])[0].replace(",", "")
    if not first.isdigit() or int(first) < 1:
        raise DataError(f"{file}: line {line}: <{key}> is {text!r}; give a whole number above 0")
    return int(first)


def _stated_total(file: Path, tags: dict[str, tuple[str, int]]) -> float:
    text, line = tags.get("TOTAL OD FLOW", ("nan", 0))
    try:
        return float((text.split() or ["nan"])[0].replace(",", ""))
    except ValueError as fault:
        raise DataError(f"{file}: line {line}: <TOTAL OD FLOW> is {text!r}; give a number") from fault


def _zone(file: Path, line: int, text: str, n_zones: int) -> int:
    if not text.isdigit() or not 1 <= int(text) <= n_zones:
        raise DataError(f"{file}: line {line}: origin {text!r} is no zone (1 .. {n_zones}); correct it")
    return int(text)


def _column_order(text: str) -> list[str] | None:
    """Order of the columns when every head of the line is known; otherwise None."""
    known = {spelling: name for name, spellings in _HEADS.items() for spelling in spellings}
    body = text.lstrip("~").replace(";", "\t").strip()
    cells = [cell for cell in re.split(r"\t+" if "\t" in body else r"\s+", body) if cell.strip()]
    order = [known.get(re.sub(r"\(.*?\)|[\s_]", "", cell).lower(), "") for cell in cells]
    return order if set(LINK_COLUMNS[:N_REQUIRED]) <= set(order) and len(set(order)) == len(order) else None
