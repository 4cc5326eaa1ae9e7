"""Roads with every limit out of the Swedish national road database (NVDB), as Lastkajen delivers it.

Lastkajen gives a GeoPackage with one layer a feature type. Its rows hold for a stretch of a reference link (ELEMENT_ID
and two measures), in one or both directions, from one day to another. A mapping file says which layer and column is
which; see nvdb_mapping.toml.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.io.files import require_file
from geoplan.io.nvdb_layers import SWEREF_99_TM, UNUSED_COLUMNS, LayerTable, Report, read_layers
from geoplan.io.nvdb_mapping import read_mapping
from geoplan.io.nvdb_reference import (
    SHORTEST_M,
    Links,
    Pieces,
    Places,
    cut_links,
    make_links,
    piece_lines,
    pieces_under,
    places_of,
)
from geoplan.io.nvdb_structures import add_structures
from geoplan.io.nvdb_values import BK_ORDER, cell_text, in_period
from geoplan.network.build import network_from_lines
from geoplan.network.network import Network

logger = logging.getLogger(__name__)

ATTRIBUTION = "Trafikverket, NVDB (CC0)"
COUNTIES = {
    "1": "AB", "3": "C", "4": "D", "5": "E", "6": "F", "7": "G", "8": "H", "9": "I", "10": "K", "12": "M", "13": "N",
    "14": "O", "17": "S", "18": "T", "19": "U", "20": "W", "21": "X", "22": "Y", "23": "Z", "24": "AC", "25": "BD",
}  # fmt: skip  # letters of the counties, as road signs of county roads from 500 on use them
_UNIQUE_NUMBERS = 499  # road numbers up to this are used once in the country: Trafikverket's road numbering


def read_nvdb(
    path: str | os.PathLike[str],
    *,
    mapping: str | os.PathLike[str] | None = None,
    date: dt.date | str | None = None,
    tolerance_m: float = 0.5,
) -> Network:
    """Roads from an NVDB GeoPackage of Lastkajen.

    Parameters
    ----------
    mapping
        TOML file that says which layer and column is which; None takes the one that comes with geoplan.
    date
        Day for which rows hold and for which winter or summer bearing classes count; None takes today for the rows, and
        the weaker class where it changes with the season.
    tolerance_m
        Ends of road links within this are one node.

    Returns
    -------
    Network in EPSG:3006. Where rows overlap the tightest limit counts. Edges keep `element_id` (reference link),
    `functional_class`, `max_bogie_load_t` and `max_triple_load_t` where stated. Height obstacles, barriers, bridges and
    tunnels are structures. `meta` holds `restrictions` (found and used by layer and column), `unused_restrictions`
    (each value that is in no column, word for word), `unknown_layers`, `unknown_columns` and `counts`.

    Raises
    ------
    DataError
        No GeoPackage, a damaged one, no layer of road links, places outside Sweden, or a mapping that is not
        understood.
    """
    day = _checked_day(date)
    rules = read_mapping(mapping)
    file = require_file(path, "GeoPackage")
    report = Report()
    tables = read_layers(file, rules, int((day or dt.date.today()).strftime("%Y%m%d")), report)
    network_layer = next(table for table in tables if table.rule.role == "network")
    for spare in (t for t in tables if t.rule.role == "network" and t is not network_layer):
        logger.info("%s: road links come from %s; %s is not needed", file.name, network_layer.name, spare.name)
    links = make_links(network_layer.frame)
    if len(links.length_m) == 0:
        raise DataError(
            f"{file}: layer {network_layer.name} has no road link in force on the day; check date and order"
        )

    lines = [t for t in tables if t.rule.role in ("line", "oneway")]
    points = [t for t in tables if t.rule.role == "point"]
    places = {t.name: _place(t, links, report) for t in [*lines, *points]}
    for table in tables:
        if table.rule.role == "verbatim":
            _leave_all(table, report, "no column holds this kind of restriction")
    pieces = cut_links(links, [places[t.name] for t in lines] + [_stretches(places[t.name]) for t in points])
    both = _assigned(lines, places, pieces, report)
    both = _derived(both, day)
    pieces, both = _merged(pieces, both, [_stretches(places[t.name]) for t in points])
    network, ahead, piece = _built(links, pieces, both, tolerance_m)
    network = network.replace(edges=_directed(network.edges, both, ahead, piece))
    network = add_structures(network, [(t, places[t.name]) for t in points], links, pieces, piece, ahead, report)
    _tell(file.name, report)
    return network.with_meta(
        name=file.stem,
        source=f"NVDB, {file.name}",
        attribution=ATTRIBUTION,
        data_date=_iso(report.newest_day),
        restrictions_for_date="" if day is None else day.isoformat(),
        restrictions=_counted(report),
        unused_restrictions=pd.DataFrame(report.unused, columns=UNUSED_COLUMNS),
        unknown_layers=dict(report.unknown_layers),
        unknown_columns={layer: list(names) for layer, names in report.unknown_columns.items()},
        counts=dict(report.counts),
    )


def _checked_day(date: dt.date | str | None) -> dt.date | None:
    if not isinstance(date, str):
        return date
    try:
        return dt.date.fromisoformat(date)
    except ValueError as fault:
        raise DataError(f"date: {date!r} is no date; write 2026-03-01") from fault


def _place(table: LayerTable, links: Links, report: Report) -> Places:
    """Where the rows lie; those that lie nowhere are left word for word."""
    places, lost = places_of(table.frame, links)
    report.counts["rows_placed"] += len(table.frame) - len(lost)
    report.counts["rows_on_no_road_link"] += len(lost)
    _leave_rows(table, lost, report, "lies on no road link of the network")
    return places


def _stretches(places: Places) -> Places:
    """The places without the points: a point cuts no link."""
    keep = places.to_m > places.from_m
    return Places(*(getattr(places, name)[keep] for name in Places.__dataclass_fields__))


def _leave_rows(table: LayerTable, rows: NDArray[np.int64], report: Report, reason: str) -> None:
    """Values of some rows, left word for word."""
    for rule in table.columns:
        values = table.frame[rule.to].to_numpy()[rows]
        stated = ~np.isnan(values.astype(np.float64)) if values.dtype.kind == "f" else values.astype(str) != ""
        for row, value in zip(rows[stated], values[stated], strict=True):
            shown = BK_ORDER[int(value)] if rule.kind == "bk" else value
            report.leave(table.name, table.frame["element"].iloc[row], _source_of(table, rule.names), shown, reason)


def _leave_all(table: LayerTable, report: Report, reason: str) -> None:
    for element, row in zip(table.frame["element"], table.raw.to_dict("records"), strict=True):
        words = "; ".join(f"{key}={cell_text(value)}" for key, value in row.items() if cell_text(value))
        report.found[table.name, "row"] += 1
        report.leave(table.name, element, "row", words, reason)


def _source_of(table: LayerTable, names: tuple[str, ...]) -> str:
    folded = {str(name).casefold(): str(name) for name in table.raw.columns}
    return next((folded[name.casefold()] for name in names if name.casefold() in folded), names[0])


def _assigned(
    tables: list[LayerTable], places: dict[str, Places], pieces: Pieces, report: Report
) -> dict[str, NDArray[Any]]:
    """Value of each column on each piece, (2, n_pieces): along and against. `closed` says where nobody may drive."""
    n = len(pieces.link)
    both: dict[str, NDArray[Any]] = {"closed": np.zeros((2, n), dtype=bool)}
    for table in tables:
        here = places[table.name]
        place, piece = pieces_under(pieces, here)
        row = here.row[place]
        sides = (here.along[place], here.against[place])
        if table.rule.role == "oneway":
            for side, holds in enumerate(sides):
                both["closed"][side, piece[holds]] = True
            continue
        for to, word in table.rule.constant.items():
            values = both.setdefault(to, np.full((2, n), "", dtype=object))
            for side, holds in enumerate(sides):
                spot = piece[holds]
                values[side, spot] = np.where(values[side, spot] == "", word, values[side, spot])
        for rule in table.columns:
            given = table.frame[rule.to].to_numpy()[row]
            target = rule.to.split(".")[0]
            number = given.dtype.kind == "f"
            empty = np.full((2, n), np.nan) if number else np.full((2, n), "", dtype=object)
            values = both.setdefault(target, empty)
            if target == "aadt" or target == "aadt_heavy":  # of a row for both directions each takes half
                given = np.where(sides[0] & sides[1], given / 2, given)
            for side, holds in enumerate(sides):
                _put(values[side], piece[holds], given[holds], rule.combine, report)
    return both


def _put(values: NDArray[Any], piece: NDArray[np.int64], given: NDArray[Any], combine: str, report: Report) -> None:
    """Values onto pieces: the smallest, or the first that is there."""
    if values.dtype.kind == "f":
        known = ~np.isnan(given.astype(np.float64))
        piece, given = piece[known], given[known].astype(np.float64)
        if combine == "min":
            np.fmin.at(values, piece, given)
            return
        empty = np.isnan(values)
    else:
        known = given.astype(str) != ""
        piece, given = piece[known], given[known]
        empty = values == ""
    first = np.unique(piece, return_index=True)[1]
    differ = values[piece] != given
    report.counts["stretches_with_two_values"] += int((differ & ~empty[piece]).sum())
    free = first[empty[piece[first]]]
    values[piece[free]] = given[free]


def _derived(both: dict[str, NDArray[Any]], day: dt.date | None) -> dict[str, NDArray[Any]]:
    """Columns of the schema out of the columns of the database."""
    done = dict(both)
    n = done["closed"].shape[1]
    nothing, unknown = np.full((2, n), "", dtype=object), np.full((2, n), np.nan)
    number = done.pop("road_number", nothing)
    sub, european = done.pop("road_sub_number", nothing), done.pop("european_road", nothing)
    done["ref"] = _refs(number, sub, european, done.pop("county_code", nothing))
    if "bk_class" in done:
        seasons = [done.pop(f"{s}_{end}", nothing) for s in ("winter", "summer") for end in ("from", "to")]
        done["bk_class"] = _bearing(done["bk_class"], done.pop("bk_winter", unknown), seasons, day)
    heavy, all_vehicles = done.pop("aadt_heavy", unknown), done.get("aadt", unknown)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100.0 * heavy / all_vehicles
    done["heavy_share_pct"] = np.where(np.isfinite(share) & (share <= 100.0), share, np.nan)
    lanes = done.pop("lanes_both", unknown)
    one_way = done["closed"][0] ^ done["closed"][1]
    done["lanes"] = np.where(one_way, lanes, np.maximum(np.floor(lanes / 2), 1.0))
    return done


def _refs(
    number: NDArray[np.object_], sub: NDArray[np.object_], european: NDArray[np.object_], county: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Road numbers as people write them: E4, 50, 66.01, W 604."""
    rows = pd.MultiIndex.from_arrays([part.ravel() for part in (number, sub, european, county)])
    code, kinds = pd.factorize(rows)
    written = np.array([_ref(*(str(part) for part in kind)) for kind in kinds], dtype=object)
    return written[code].reshape(number.shape)


def _ref(number: str, sub: str, european: str, county: str) -> str:
    if number in ("", "0"):
        return ""
    tail = f".{int(sub):02d}" if sub.isdigit() and int(sub) > 0 else ""
    if european == "yes":
        return f"E{number}{tail}"
    letters = COUNTIES.get(county.lstrip("0"), "")
    return (
        f"{letters} {number}{tail}" if letters and number.isdigit() and int(number) > _UNIQUE_NUMBERS else number + tail
    )


def _bearing(
    usual: NDArray[np.float64], winter: NDArray[np.float64], seasons: list[NDArray[np.object_]], day: dt.date | None
) -> NDArray[np.object_]:
    """Bearing class on the day; the weaker one of a road whose class changes with the season, without a day.

    A class with a summer period holds in that period only; outside it, without a winter class, it is not known.
    """
    parts = [usual.ravel(), winter.ravel(), *(season.ravel() for season in seasons)]
    code, kinds = pd.factorize(pd.MultiIndex.from_arrays([pd.Series(part, dtype=object) for part in parts]))
    names = np.array([_class_on(day, *kind) for kind in kinds], dtype=object)
    return np.where(code < 0, "", names[np.maximum(code, 0)]).reshape(usual.shape)


def _class_on(
    day: dt.date | None, usual: float, winter: float, winter_from: str, winter_to: str, summer_from: str, summer_to: str
) -> str:
    stated = [int(one) for one in (usual, winter) if not pd.isna(one)]
    if not stated:
        return ""
    weaker = BK_ORDER[min(stated)]
    if day is None or (pd.isna(winter) and not (summer_from and summer_to)):
        return weaker
    in_winter = in_period(day, winter_from, winter_to)
    in_summer = in_period(day, summer_from, summer_to)
    if in_winter is None and in_summer is not None:
        in_winter = not in_summer
    if in_winter is None:
        return weaker
    now = winter if in_winter else usual
    return "" if pd.isna(now) else BK_ORDER[int(now)]


def _merged(
    pieces: Pieces, both: dict[str, NDArray[Any]], points: list[Places]
) -> tuple[Pieces, dict[str, NDArray[Any]]]:
    """Neighbours with the same values made one again, but for those that a bridge or tunnel parts."""
    n = len(pieces.link)
    same = np.zeros(n, dtype=bool)
    same[1:] = pieces.link[1:] == pieces.link[:-1]
    for values in both.values():
        one, two = values[:, 1:], values[:, :-1]
        equal = one == two
        if values.dtype.kind == "f":
            equal |= np.isnan(one) & np.isnan(two)
        same[1:] &= equal.all(axis=0)
    # Links laid end to end with a gap of 10 m: one number tells how near the next end of a structure is.
    begin = np.zeros(int(pieces.link.max(initial=0)) + 1)
    np.maximum.at(begin, pieces.link, pieces.to_m)
    begin = np.concatenate([[0.0], np.cumsum(begin + 10.0)])
    stops = [begin[p.link] + at for p in points for at in (p.from_m, p.to_m)]
    ends = np.sort(np.concatenate([[-np.inf], *stops, [np.inf]]))
    here = begin[pieces.link] + pieces.from_m
    after = np.searchsorted(ends, here)
    same &= np.minimum(ends[after] - here, here - ends[after - 1]) > SHORTEST_M
    first = np.flatnonzero(~same)
    last = np.append(first[1:], n) - 1
    joined = Pieces(pieces.link[first], pieces.from_m[first], pieces.to_m[last])
    return joined, {name: values[:, first] for name, values in both.items()}


def _built(
    links: Links, pieces: Pieces, both: dict[str, NDArray[Any]], tolerance_m: float
) -> tuple[Network, NDArray[np.bool_], NDArray[np.int64]]:
    """The network of the pieces; of each edge whether it runs along its link, and its piece."""
    closed = both["closed"]
    shut = closed.all(axis=0)
    oneway = np.where(shut, "no", np.where(closed[1], "yes", np.where(closed[0], "-1", "no")))
    drawn = pieces.to_m - pieces.from_m
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = links.official_m / links.length_m
    # An official length tells hills and generalised bends; beyond a tenth it belongs to something else.
    stretch = np.where((stretch > 0.9) & (stretch < 1.1), stretch, 1.0)[pieces.link]
    frame = gpd.GeoDataFrame(
        {"oneway": oneway, "element_id": links.element[pieces.link].astype(str), "length_m": drawn * stretch},
        geometry=piece_lines(links, pieces),
        crs=SWEREF_99_TM,
        index=pd.RangeIndex(len(drawn)),
    )
    network = network_from_lines(frame, mode="road", oneway_column="oneway", tolerance_m=tolerance_m)
    piece = network.edges["line_id"].astype("int64").to_numpy()
    again = network.edges["way_id"].duplicated().to_numpy()
    ahead = ~again & (oneway[piece] != "-1")
    edges = network.edges.drop(columns=["oneway", "line_id"])
    return network.replace(edges=edges), ahead, piece


def _directed(
    edges: gpd.GeoDataFrame, both: dict[str, NDArray[Any]], ahead: NDArray[np.bool_], piece: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """Values of the direction of each edge."""
    side = np.where(ahead, 0, 1)
    new: dict[str, Any] = {name: values[side, piece] for name, values in both.items() if name != "closed"}
    shut = (both["closed"][0] & both["closed"][1])[piece]
    one_way = (both["closed"][0] ^ both["closed"][1])[piece]
    guessed = ~np.isnan(new["lanes"].astype(np.float64)) & ~one_way
    new["assumed"] = np.where(guessed, "lanes", "").astype(object)
    new["status"] = np.where(shut, "closed", "")
    new["source"], new["confidence"] = "NVDB", "H"
    return edges.assign(**new)


def _counted(report: Report) -> pd.DataFrame:
    rows = [
        (layer, key, found, found - min(report.lost[layer, key], found), min(report.lost[layer, key], found))
        for (layer, key), found in report.found.items()
        if found
    ]
    return pd.DataFrame(rows, columns=["osm_type", "key", "found", "used", "unused"])


def _tell(name: str, report: Report) -> None:
    logger.info("%s: %s", name, ", ".join(f"{key} {value}" for key, value in report.counts.items()))
    if report.unused:
        logger.warning("%s: %d values are used nowhere; see meta['unused_restrictions']", name, len(report.unused))


def _iso(day: int) -> str:
    text = f"{day:08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if day else ""
