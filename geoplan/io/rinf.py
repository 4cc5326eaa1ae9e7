"""Railways out of the European register of railway infrastructure (RINF, ERA): sections of line between places."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import DataError, name_rows
from geoplan.io.files import require_file
from geoplan.io.osm_place import centre_of, choose_crs
from geoplan.io.rinf_codes import (
    CATEGORY_LIMITS,
    ELECTRIFIED,
    ELECTRIFIED_WORDS,
    GAUGES,
    LINE_CATEGORIES,
    NOMINAL_GAUGES_MM,
)
from geoplan.io.rinf_read import OperationalPoint, Section, is_xml, number, read_csv, read_xml
from geoplan.network.network import Network, build_network

logger = logging.getLogger(__name__)

ATTRIBUTION = "European Union Agency for Railways, Register of Infrastructure (RINF)"
UNUSED_COLUMNS = ["osm_type", "osm_id", "key", "value", "reason"]
_ROUNDING_M = 50.0  # coordinates of the register have four decimals (11 m) and mean the middle of a station
_DETOUR = 3.0  # times the straight line: no section between neighbouring stations winds more


def read_rinf(path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], *, crs: Any = None) -> Network:
    """Railway network from an export of the register.

    Parameters
    ----------
    path
        The XML of the register; or the CSV tables of its search page, operational points and sections of line
        together, as `[points.csv, sections.csv]`.
    crs
        Projected system; None takes EPSG:3006 in Sweden and the UTM zone elsewhere.

    Returns
    -------
    Network of mode "rail": an edge each way for each section of line, straight between its places, with the official
    `length_m`, `tracks`, `speed_kmh`, `line`, `line_category`, `max_axle_load_t` and `max_metre_load_tpm` (of the
    category, EN 15528), `loading_gauge`, `electrified` and `gauge_mm`. Of several tracks the weakest counts for limits.
    What is not stated is not known. `meta` holds `impossible_lengths` (sections that are shorter than the straight line
    between their places, or more than three times as long), `unused_restrictions` and `counts`.

    Raises
    ------
    DataError
        No register, damaged, with entities, without places or sections, or sections whose places are all missing.
    """
    files = [require_file(one, "RINF file") for one in ([path] if isinstance(path, str | os.PathLike) else path)]
    if not files:
        raise DataError("RINF: no file given; name the XML, or the CSV tables of points and sections")
    points, sections = _read(files)
    shown = ", ".join(file.name for file in files)
    placed = {key: p for key, p in points.items() if key and np.isfinite(p.lon) and np.isfinite(p.lat)}
    wrong = [key for key, p in placed.items() if abs(p.lat) > 90 or abs(p.lon) > 180]
    if wrong:
        raise DataError(f"{shown}: {name_rows(wrong)} lie nowhere on earth; are longitude and latitude whole numbers?")
    whole = [s for s in sections if s.start in placed and s.end in placed and s.start != s.end]
    lost = [f"{s.start}-{s.end}" for s in sections if s.start not in placed or s.end not in placed]
    if lost:
        logger.warning("%s: %s of line lack a place and are left out", shown, name_rows(lost))
    if not whole:
        cure = "give the table of operational points too, or the whole XML"
        raise DataError(f"{shown}: none of {len(sections)} sections of line has both its places; {cure}")
    unused: list[tuple[str, str, str, str, str]] = []
    nodes = _nodes(placed, whole, crs)
    edges = _edges(whole, nodes, unused)
    impossible = _impossible(edges)
    if len(impossible):
        logger.warning(
            "%s: %d sections have a length that cannot be; see meta['impossible_lengths']", shown, len(impossible)
        )
    counts = {
        "operational_points": len(points),
        "points_without_place": len(points) - len(placed),
        "sections": len(sections),
        "sections_without_place": len(lost),
        "sections_from_a_point_to_itself": sum(s.start == s.end for s in sections),
        "impossible_lengths": len(impossible),
        "unused_values": len(unused),
    }
    logger.info("%s: %s", shown, ", ".join(f"{name} {count}" for name, count in counts.items()))
    meta = {
        "name": files[0].stem,
        "source": f"RINF, {shown}",
        "attribution": ATTRIBUTION,
        "data_date": max((s.valid[0] for s in whole), default="")[:10],
        "impossible_lengths": impossible,
        "sections_without_place": lost,
        "unused_restrictions": pd.DataFrame(unused, columns=UNUSED_COLUMNS),
        "counts": counts,
    }
    return build_network(nodes, edges, meta=meta)


def _read(files: list[Path]) -> tuple[dict[str, OperationalPoint], list[Section]]:
    points: dict[str, OperationalPoint] = {}
    sections: list[Section] = []
    tables = [file for file in files if not is_xml(file)]
    for file in files:
        if file not in tables:
            found, lines = read_xml(file)
            points = {**found, **points}
            sections += lines
    if tables:
        found, lines = read_csv(tables)
        points = {**found, **points}
        sections += lines
    return points, sections


def _nodes(placed: dict[str, OperationalPoint], sections: list[Section], crs: Any) -> gpd.GeoDataFrame:
    used = dict.fromkeys(place for s in sections for place in (s.start, s.end))
    rows = [placed[key] for key in used]
    lon, lat = np.array([p.lon for p in rows]), np.array([p.lat for p in rows])
    chosen = choose_crs(crs, *centre_of(lon, lat))
    kind = ["station" if any(w in p.kind.casefold() for w in ("station", "stop", "halt")) else "junction" for p in rows]
    table = gpd.GeoDataFrame(
        {"name": [p.name for p in rows], "kind": kind, "op_type": [p.kind for p in rows], "source": "RINF"},
        index=pd.Index(list(used), name="node_id", dtype="str"),
        geometry=gpd.points_from_xy(lon, lat, crs=4326).to_crs(chosen),
    )
    return table.assign(confidence="H")


def _edges(sections: list[Section], nodes: gpd.GeoDataFrame, unused: list[Any]) -> gpd.GeoDataFrame:
    place = nodes.geometry
    rows = []
    seen: dict[str, int] = {}
    for section in sections:
        name = f"{section.line}:{section.start}-{section.end}"
        seen[name] = seen.get(name, 0) + 1
        way = name if seen[name] == 1 else f"{name}#{seen[name]}"
        values = _values(section, way, unused)
        shape = shapely.LineString([place[section.start], place[section.end]])
        straight = shape.length
        length = number(section.length) * 1000.0  # the register counts in kilometres
        if not length > 0:
            unused.append(("section", way, "SOLLength", section.length, "is no length; the straight line is taken"))
            length, values["assumed"] = max(straight, 1.0), "length_m"
        common = {
            "way_id": way,
            "mode": "rail",
            "line": section.line,
            "length_m": length,
            "straight_m": straight,
            **values,
        }
        rows.append({"edge_id": f"{way}:f", "u": section.start, "v": section.end, "geometry": shape, **common})
        rows.append(
            {"edge_id": f"{way}:b", "u": section.end, "v": section.start, "geometry": shape.reverse(), **common}
        )
    frame = pd.DataFrame(rows).set_index("edge_id").assign(source="RINF", confidence="H")
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=nodes.crs)


def _values(section: Section, way: str, unused: list[Any]) -> dict[str, Any]:
    """Attributes of a section: of its tracks the weakest for limits, the fastest for speed, electrified if all are."""

    def each(key: str) -> list[list[str]]:
        return [parameters.get(key, []) for parameters in section.tracks.values()]

    def leave(key: str, value: str, reason: str) -> None:
        unused.append(("section", way, key, value, reason))

    categories = []
    for texts in each("IPP_LoadCap"):
        found = [_category(text) for text in texts]
        for text, one in zip(texts, found, strict=True):
            if one is None:
                leave("IPP_LoadCap", text, "is no line category of EN 15528")
        known = [one for one in found if one]
        if known:
            categories.append(
                min(known, key=lambda one: (one not in CATEGORY_LIMITS, CATEGORY_LIMITS.get(one, (0.0, 0.0))))
            )
        if len(set(known)) > 1:
            leave("IPP_LoadCap", "; ".join(texts), "depends on speed; the weakest category is taken")
    limited = [c for c in categories if c in CATEGORY_LIMITS]
    weakest = min(limited, key=lambda c: CATEGORY_LIMITS[c]) if limited else (categories[0] if categories else "")
    axle = min((CATEGORY_LIMITS[c][0] for c in limited), default=np.nan)
    metre = min((CATEGORY_LIMITS[c][1] for c in limited), default=np.nan)
    for category in set(categories) - set(limited):
        leave("IPP_LoadCap", category, "has no axle load of its own in EN 15528")

    speeds = [number(text.split("|")[0]) for texts in each("IPP_MaxSpeed") for text in texts]
    speeds = [speed for speed in speeds if speed > 0]
    gauges = {_gauge(text) for texts in each("ILL_Gauging") for text in texts}
    if len(gauges) > 1:
        leave("ILL_Gauging", "; ".join(sorted(gauges)), "several are stated; none is taken")
    mm = {_nominal(text) for texts in each("ITP_NomGauge") for text in texts}
    supply = {_electrified(text) for texts in each("ECS_SystemType") for text in texts}
    for key, found_any, stated in (
        ("ECS_SystemType", "" in supply, each("ECS_SystemType")),
        ("ITP_NomGauge", any(np.isnan(one) for one in mm), each("ITP_NomGauge")),
    ):
        if found_any:
            leave(key, "; ".join(sorted({text for one in stated for text in one})), "is no code that is known")
    mm = {one for one in mm if not np.isnan(one)}
    if section.bad_tracks:
        leave("SOLTrackIdentification", str(section.bad_tracks), "tracks of the same name; counted apart")
    return {
        "tracks": float(len(section.tracks)) if section.tracks else np.nan,
        "speed_kmh": max(speeds, default=np.nan),
        "line_category": weakest,
        "max_axle_load_t": axle,
        "max_metre_load_tpm": metre,
        "loading_gauge": gauges.pop() if len(gauges) == 1 else "",
        "electrified": "yes" if supply == {"yes"} else "no" if supply == {"no"} else "",
        "gauge_mm": mm.pop() if len(mm) == 1 else np.nan,
        "assumed": "",
    }


def _category(text: str) -> str | None:
    """`70 120|D2 120`, `D2 120`, `D2`: the line category."""
    code, _, words = text.partition("|")
    for part in (words, code):
        first = part.split()[0] if part.split() else ""
        name = first if first in LINE_CATEGORIES.values() else LINE_CATEGORIES.get(first.lstrip("0"))
        if name:
            return name
    return None


def _gauge(text: str) -> str:
    code, _, words = text.partition("|")
    name = (words or code).strip()
    return GAUGES.get(name.casefold(), name)


def _nominal(text: str) -> float:
    code, _, words = text.partition("|")
    if words and number(words) > 500:
        return number(words)
    value = number(code)
    return value if value > 500 else NOMINAL_GAUGES_MM.get(code.strip(), np.nan)


def _electrified(text: str) -> str:
    code, _, words = text.partition("|")
    return (
        ELECTRIFIED_WORDS.get(words.strip().casefold())
        or ELECTRIFIED_WORDS.get(code.strip().casefold())
        or (ELECTRIFIED.get(code.strip(), ""))
    )


def _impossible(edges: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sections whose length the places contradict: such errors are known (10.78 km for 7.7 km near Hallsberg)."""
    ways = edges[~edges["way_id"].duplicated()]
    short = ways["length_m"] < ways["straight_m"] - _ROUNDING_M
    long = (ways["length_m"] > _DETOUR * ways["straight_m"] + 2 * _ROUNDING_M) & (ways["assumed"] == "")
    table = ways.loc[short | long, ["way_id", "line", "u", "v", "length_m", "straight_m"]].reset_index(drop=True)
    reason = np.where(
        table["length_m"] < table["straight_m"], "shorter than the straight line", "over three times as long"
    )
    return pd.DataFrame(table).assign(reason=reason)
