"""How many trains of which kind run over each section: from services (trains a day) or from a timetable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import DataError, NoRouteError, name_near
from geoplan.io.tables import split_list
from geoplan.io.timetable import Timetable
from geoplan.io.timetable_days import DAY_S
from geoplan.rail.layout import Layout
from geoplan.rail.line import Line, rail_line
from geoplan.rail.paths import train_paths, use_of_sections
from geoplan.rail.rules import Rules
from geoplan.rail.slots import train_table
from geoplan.rail.train import Train, train

# The train of the catalogue that stands for a type where a service does not name one: there and back.
TYPICAL = {
    "passenger": ("regina_2", "regina_2"),
    "freight": ("freight_1200", "freight_1200"),
    "ore": ("ore_22t", "ore_empty"),
    "special": ("transformer", "transformer"),
}
TRAFFIC_COLUMNS = ("section_id", "forward", "kind", "train_type", "trains", "run_s", "length_m", "service_id")


def service_traffic(
    layout: Layout,
    services: pd.DataFrame,
    *,
    scenarios: Collection[str] = (),
    assumed_trains: Mapping[str, float] | None = None,
    rules: Rules | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trains a day over each section, with running times of the typical train of each type.

    Parameters
    ----------
    services
        See `Services.trains`. `train` and `train_back` may name trains of the catalogue. A service of a scenario counts
        when that scenario is named.
    assumed_trains
        Trains a day of services whose number is not known, by service_id.

    Returns
    -------
    traffic : section_id, forward, kind (name of the train), train_type, trains (a day), run_s (passing both ends at
        speed where the train does not start or end), length_m, service_id
    unknown : services whose number is not known and not assumed, with their sections: service_id, section_id

    Raises
    ------
    DataError
        A train type without a typical train, or ends that are not connected.
    """
    rules = rules or Rules()
    assumed_trains = assumed_trains or {}
    lost = [key for key in assumed_trains if key not in services.index]
    if lost:
        near = name_near(str(lost[0]), [str(key) for key in services.index])
        raise DataError(f"assumed_trains: no service {lost[0]!r}.{near}")
    rows: list[tuple[object, ...]] = []
    unknown: list[tuple[str, str]] = []
    faults: list[str] = []
    for service_id, row in services.to_dict("index").items():
        if _text(row, "scenario") not in ("", *scenarios):
            continue
        via = split_list(_text(row, "via_nodes"))
        try:
            line = rail_line(layout, [row["from_node"], *via, row["to_node"]])
        except (DataError, NoRouteError) as fault:
            faults.append(f"{service_id}: {fault}")
            continue
        count = float(row["trains_per_day"])
        if np.isnan(count):
            count = assumed_trains.get(str(service_id), np.nan)
        if np.isnan(count):
            unknown += [(str(service_id), section) for section in line.sections]
            continue
        kind = str(row["train_type"])
        named, named_back = _text(row, "train"), _text(row, "train_back")
        if kind not in TYPICAL and not named:
            faults.append(f"{service_id}: no typical train of type {kind!r}; name one in column train")
            continue
        there, back = TYPICAL.get(kind, (named, named))
        there, back = named or there, named_back or named or back
        for name, way in ((there, line), (back, _back(line))):
            rows += _rows(way, train(name), kind, count, str(service_id), rules)
    if faults:
        raise DataError("services: " + "; ".join(faults))
    return pd.DataFrame(rows, columns=list(TRAFFIC_COLUMNS)), pd.DataFrame(
        unknown, columns=["service_id", "section_id"]
    )


def _text(row: Mapping[Any, Any], name: str) -> str:
    """A text cell; empty where the table lacks it."""
    value = row.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def ends_of(services: pd.DataFrame | None, timetable: Timetable | None = None) -> list[str]:
    """Nodes where trains start, end or are led through: they must be places of the layout."""
    found: set[str] = set()
    if services is not None:
        for row in services.to_dict("records"):
            found |= {str(row["from_node"]), str(row["to_node"]), *split_list(_text(row, "via_nodes"))}
    if timetable is not None:
        grouped = timetable.stops.groupby("train_id", sort=False)["place"]
        found |= {*grouped.first(), *grouped.last()}
    return sorted(found)


def _back(line: Line) -> Line:
    return Line(line.layout, line.places[::-1], line.sections[::-1], tuple(not ahead for ahead in line.forward[::-1]))


def _rows(
    line: Line, kind: Train, train_type: str, count: float, service_id: str, rules: Rules
) -> list[tuple[object, ...]]:
    last = len(line.places) - 1
    at = train_table(line, kind, np.array([0, last]), rules=rules)[0, last]
    if at.max() < 0:
        raise DataError(f"services: {service_id}: {kind.name} stalls between {line.names[0]} and {line.names[-1]}")
    return [
        (section, ahead, kind.name, train_type, count, float(at[k + 1] - at[k]), kind.length_m, service_id)
        for k, (section, ahead) in enumerate(zip(line.sections, line.forward, strict=True))
    ]


def busiest_day(timetable: Timetable) -> dt.date:
    """The first day with the most trains."""
    return timetable.first_day + dt.timedelta(days=int(np.argmax(timetable.runs.sum(axis=0))))


def day_use(layout: Layout, timetable: Timetable, day: dt.date, paths: pd.DataFrame | None = None) -> pd.DataFrame:
    """Entries into sections on one day: `use_of_sections` with enter_s in 0..86,399 of that day, and train_type,
    length_m. Trains that started the days before are among them."""
    use = use_of_sections(train_paths(layout, timetable) if paths is None else paths)
    position = timetable.trains.index.get_indexer(pd.Index(use["train_id"]))
    column = (day - timetable.first_day).days
    if not 0 <= column < timetable.n_days:
        raise DataError(f"{day} lies outside the timetable ({timetable.first_day} to {timetable.last_day})")
    parts = []
    for back in range(4):
        if column - back < 0:
            break
        part = use[timetable.runs[position, column - back]].copy()
        part["enter_s"] -= back * DAY_S
        part["leave_s"] -= back * DAY_S
        parts.append(part[(part["enter_s"] >= 0) & (part["enter_s"] < DAY_S)])
    table = pd.concat(parts, ignore_index=True)
    trains = timetable.trains.loc[table["train_id"]]
    return table.assign(train_type=trains["train_type"].to_numpy(), length_m=trains["length_m"].to_numpy())


def timetable_traffic(use: pd.DataFrame) -> pd.DataFrame:
    """Trains of one day by section, direction and type, with their mean running time and greatest length."""
    grouped = use.assign(run_s=use["leave_s"] - use["enter_s"]).groupby(
        ["section_id", "forward", "train_type"], as_index=False, sort=False
    )
    table = grouped.agg(trains=("train_id", "size"), run_s=("run_s", "mean"), length_m=("length_m", "max"))
    table["kind"] = table["train_type"]
    table["service_id"] = ""
    return table[list(TRAFFIC_COLUMNS)]
