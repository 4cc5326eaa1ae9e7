"""Trains from a railML 3 file (3.2 and 3.3): the part of the timetable schema that says who runs where and when.

    infrastructure   operationalPoint: id, name
    timetable        validity with a bit mask of days; baseItinerary: points with times; itinerary: ranges of base
                     itineraries with offsets; operationalTrain with its variants (itinerary, validity, offset)

Everything else (tracks, formations, rostering, passengers' information) is left alone. Element names: wiki3.railml.org.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_rows
from geoplan.io.files import require_file
from geoplan.io.timetable import Timetable, build_timetable
from geoplan.io.timetable_days import DAY_S, BoolArray, format_days, parse_clock
from geoplan.network.network import Network

MAX_BYTES = 500_000_000
SCOPES = ("operational", "commercial", "published", "other")  # the first that a point has is taken

_DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")

Point = tuple[str, str, float, float, str]  # id, place, arrival, departure, track


def read_railml(
    path: str | os.PathLike[str],
    *,
    first_day: dt.date,
    last_day: dt.date,
    network: Network | None = None,
) -> Timetable:
    """Operational trains of a railML 3 file.

    Parameters
    ----------
    first_day, last_day
        Period of the timetable; days outside are left out.
    network
        Its stations are found by the id or the name of the operational points.

    Returns
    -------
    The timetable; a variant of a train is a row of its own. `meta`: source, cancelled (variants that are cancelled),
    trains_without_days.

    Raises
    ------
    DataError
        The file is no railML 3, is unsafe (it declares entities), or refers to what is not in it.
    """
    root = _parse(path)
    names = {point.get("id", ""): _name_of(point) for point in _all(root, "operationalPoint")}
    days = {v.get("id", ""): _days(v, first_day, last_day, path) for v in _all(root, "validity")}
    bases = {base.get("id", ""): _points(base, names, path) for base in _all(root, "baseItinerary")}
    ways = {way.get("id", ""): _joined(way, bases, path) for way in _all(root, "itinerary")}
    trains: dict[str, dict[str, object]] = {}
    rows: list[tuple[str, str, float, float, str]] = []
    cancelled = idle = 0
    faults: list[str] = []
    for item in _all(root, "operationalTrain"):
        number = _name_of(item) or item.get("id", "")
        for variant in _children(item, "operationalTrainVariant"):
            key = variant.get("id", "") or f"{number}/{len(trains)}"
            if _children(variant, "isCancelled"):
                cancelled += 1
                continue
            way, runs = ways.get(variant.get("itineraryRef", "")), days.get(variant.get("validityRef", ""))
            if way is None or runs is None:
                lost = "itineraryRef" if way is None else "validityRef"
                faults.append(f"variant {key}: {lost} {variant.get(lost)!r} is not in the file")
                continue
            if not runs.any():
                idle += 1
                continue
            shift = _seconds(variant.get("offset", "PT0S"), path)
            trains[key] = {"train": number, "train_type": "", "days": format_days(runs, first_day), "source": "railML"}
            rows += [(key, place, arrive + shift, depart + shift, track) for _, place, arrive, depart, track in way]
    if faults:
        raise DataError(f"{path}: {len(faults)} references lead nowhere: " + "; ".join(faults[:5]))
    if not trains:
        raise DataError(f"{path}: no operational train runs from {first_day} to {last_day}; check the period")
    stops = pd.DataFrame(rows, columns=["train_id", "place", "arrive_s", "depart_s", "track"])
    return build_timetable(
        pd.DataFrame.from_dict(trains, orient="index"),
        _from_midnight(stops),
        first_day=first_day,
        last_day=last_day,
        network=network,
        meta={"source": os.path.basename(os.fspath(path)), "cancelled": cancelled, "trains_without_days": idle},
    )


def _parse(path: str | os.PathLike[str]) -> ElementTree.Element:
    file = require_file(path, "railML file")
    if file.stat().st_size > MAX_BYTES:
        raise DataError(f"{file}: is larger than {MAX_BYTES / 1e6:.0f} MB; cut it to the area")
    data = file.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise DataError(f"{file}: declares a document type or entities, which railML never does; not read")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as fault:
        raise DataError(f"{file}: is no XML ({fault}); get the file again") from fault
    if _tag(root) != "railML" or not str(root.get("version", "3")).startswith("3"):
        raise DataError(
            f"{file}: is no railML 3 ({_tag(root)} {root.get('version', '')}); export it as railML 3.2 or 3.3"
        )
    return root


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if _tag(element) == name)


def _children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [child for child in element if _tag(child) == name]


def _name_of(element: ElementTree.Element) -> str:
    """Name of an element, in the attribute or in its child `name`."""
    found = [element.get("name", ""), *(child.get("name", "") for child in _children(element, "name"))]
    return next((text for text in found if text), "")


def _days(validity: ElementTree.Element, first_day: dt.date, last_day: dt.date, path: object) -> BoolArray:
    """Days of a validity in the period."""
    n_days = (last_day - first_day).days + 1
    runs = np.zeros(n_days, dtype=bool)
    for mask in _all(validity, "periodBitmask"):
        bits, start = mask.get("bitmask", ""), mask.get("fromDate", "")
        try:
            shift = (dt.date.fromisoformat(start[:10]) - first_day).days
        except ValueError:
            raise DataError(f"{path}: validity {validity.get('id')}: fromDate {start!r} is no date") from None
        if set(bits) - {"0", "1"}:
            raise DataError(f"{path}: validity {validity.get('id')}: its bitmask holds other signs than 0 and 1")
        for k, bit in enumerate(bits):
            if bit == "1" and 0 <= k + shift < n_days:
                runs[k + shift] = True
    return runs


def _points(base: ElementTree.Element, names: dict[str, str], path: object) -> list[Point]:
    """Points of a base itinerary in their order: id, place, arrival and departure in seconds, track."""
    rows: list[tuple[int, Point]] = []
    for point in _children(base, "baseItineraryPoint"):
        where = point.get("locationRef", "")
        if where not in names:
            raise DataError(f"{path}: base itinerary {base.get('id')}: locationRef {where!r} is no operational point")
        times = [t for t in point.iter() if _tag(t) == "times"]
        times.sort(
            key=lambda t: next((k for k, s in enumerate(SCOPES) if t.get("scope", "").startswith(s)), len(SCOPES))
        )
        arrive = depart = float("nan")
        for element in list(times[0]) if times else []:
            value = _clock(element, path)
            if _tag(element) == "arrival":
                arrive = value
            elif _tag(element) == "departure":
                depart = value
            elif _tag(element) == "passingTime":
                arrive = depart = value
        track = next((t.get("trackRef", t.get("ref", "")) for t in _children(point, "trackRef")), "")
        order = int(point.get("sequenceNumber", len(rows)))
        rows.append((order, (point.get("id", ""), names[where] or where, arrive, depart, track)))
    rows.sort(key=lambda row: row[0])
    return [row for _, row in rows]


def _scope_rank(times: ElementTree.Element) -> int:
    scope = times.get("scope", "")
    return next((k for k, word in enumerate(SCOPES) if scope.startswith(word)), len(SCOPES))


def _clock(element: ElementTree.Element, path: object) -> float:
    text = element.get("time", "")
    try:
        return parse_clock(text[:8]) + int(element.get("dayOffset", "0")) * DAY_S
    except ValueError:
        raise DataError(f"{path}: time {text!r} (dayOffset {element.get('dayOffset')}) is no time") from None


def _seconds(duration: str, path: object) -> float:
    """Seconds of an xs:duration such as PT30M or -PT1H5M."""
    match = _DURATION.fullmatch(duration.strip())
    if match is None:
        raise DataError(f"{path}: offset {duration!r} is no duration such as PT30M")
    sign, day, hour, minute, second = match.groups()
    total = int(day or 0) * DAY_S + int(hour or 0) * 3600 + int(minute or 0) * 60 + float(second or 0)
    return -total if sign else total


def _joined(way: ElementTree.Element, bases: dict[str, list[Point]], path: object) -> list[Point]:
    """Points of an itinerary: its ranges of base itineraries in their order, joined where they meet."""
    ranges = sorted(_children(way, "range"), key=lambda r: int(r.get("sequenceNumber", "0")))
    points: list[Point] = []
    for part in ranges:
        base = part.get("baseItineraryRef", "")
        if base not in bases:
            raise DataError(f"{path}: itinerary {way.get('id')}: baseItineraryRef {base!r} is not in the file")
        ids = [row[0] for row in bases[base]]
        ends = []
        for side, default in (("start", 0), ("end", len(ids) - 1)):
            named = part.get(side)
            if named is not None and named not in ids:
                raise DataError(f"{path}: itinerary {way.get('id')}: {side} {named!r} is no point of {base}")
            ends.append(default if named is None else ids.index(named))
        shift = _seconds(part.get("offset", "PT0S"), path)
        for key, place, arrive, depart, track in bases[base][ends[0] : ends[1] + 1]:
            if points and points[-1][1] == place:
                last = points[-1]
                points[-1] = (last[0], place, last[2], depart + shift, last[4] or track)
            else:
                points.append((key, place, arrive + shift, depart + shift, track))
    return points


def _from_midnight(stops: pd.DataFrame) -> pd.DataFrame:
    """Refuses times before the midnight of a train's own day, which an offset below zero can make."""
    early = stops[["arrive_s", "depart_s"]].min(axis=1) < 0
    if early.any():
        rows = name_rows(stops["train_id"][early].unique().tolist())
        raise DataError(f"offsets bring {rows} before midnight of the day they start; shift their validity a day back")
    return stops
