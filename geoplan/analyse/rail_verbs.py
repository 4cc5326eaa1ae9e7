"""Slots and capacity for anybody's question: a study or a network, with its services or a timetable file."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from geoplan.errors import DataError
from geoplan.io.gtfs import read_gtfs
from geoplan.io.railml import read_railml
from geoplan.io.timetable import Services, Timetable
from geoplan.io.timetable_table import read_timetable
from geoplan.network.network import Network
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout, on_railway, rail_layout
from geoplan.rail.questions import known_services, read_questions
from geoplan.rail.slot_plan import SlotPlan, plan_slots
from geoplan.rail.slots import Conditions
from geoplan.rail.traffic import ends_of
from geoplan.rail.train import train
from geoplan.rail.zones import area_between
from geoplan.study import Study

READERS = (".csv", ".xlsx", ".xml", ".railml", ".zip")


def read_any_timetable(
    path: str | os.PathLike[str], network: Network, *, first_day: dt.date, last_day: dt.date
) -> Timetable:
    """A timetable by the ending of its file: a table (.csv, .xlsx), railML 3 (.xml, .railml) or GTFS (.zip, a folder).

    Raises DataError for another ending, and what the readers raise.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".zip" or Path(path).is_dir():
        return read_gtfs(path, network, first_day=first_day, last_day=last_day)
    if suffix in (".xml", ".railml"):
        return read_railml(path, first_day=first_day, last_day=last_day, network=network)
    if suffix in (".csv", ".xlsx"):
        return read_timetable(path, first_day=first_day, last_day=last_day, network=network)
    raise DataError(f"{path}: no timetable ends in {suffix or 'nothing'}; give {', '.join(READERS)} or a GTFS folder")


def rail_traffic(
    place: Study | Network,
    stops: Sequence[object] = (),
    *,
    timetable: str | os.PathLike[str] | None = None,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
) -> tuple[Layout, Timetable | Services, tuple[dt.date, dt.date]]:
    """The railway, what runs on it, and the period.

    Parameters
    ----------
    stops
        Ids or names that must be places of the railway.
    timetable
        File; the services of the study, with what its questions assume, when None.
    first_day, last_day
        Period; the year of the study's data when None.

    Raises
    ------
    DataError
        A network without a timetable, no period, or a study without trains.
    """
    if timetable is None and (not isinstance(place, Study) or place.timetable is None):
        raise DataError("no trains are known; give a study with trains, or a timetable (--timetable) and its period")
    network = place.network if isinstance(place, Study) else place
    period = _period(place, first_day, last_day)
    if timetable is not None:
        read = read_any_timetable(timetable, network, first_day=period[0], last_day=period[1])
        stations = place.timetable.stations if isinstance(place, Study) and place.timetable is not None else None
        keep = on_railway(network, [*ends_of(None, read), *stops])
        return rail_layout(network, stations, keep=keep), read, period
    assert isinstance(place, Study) and place.timetable is not None
    services: Services = place.timetable
    config = place.config.timetable
    if config is not None and config.questions is not None:
        services = known_services(services, read_questions(place.folder / config.questions))
    keep = on_railway(network, [*ends_of(services.trains), *stops])
    return rail_layout(network, services.stations, keep=keep), services, period


def study_slots(
    place: Study | Network,
    train_name: str,
    stops: Sequence[object],
    *,
    timetable: str | os.PathLike[str] | None = None,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    weekdays: Collection[int] = range(7),
    window: tuple[str, str] = ("0:00", "24:00"),
    alone: Sequence[Sequence[object]] = (),
    no_stop: Collection[str] = (),
    min_weeks: int | None = None,
    max_journey_h: float = 24.0,
    seed: int = 0,
) -> SlotPlan:
    """Departures of a train of the catalogue beside the trains of a study or of a timetable file: see `find_slots`.

    alone : stretches (places in their order) on which no other train may be meanwhile. The services of a study are made
    into a timetable first, with the seed, and labelled as made up.
    """
    layout, traffic, period = rail_traffic(place, stops, timetable=timetable, first_day=first_day, last_day=last_day)
    if not isinstance(traffic, Timetable):
        traffic = make_timetable(layout, traffic, first_day=period[0], last_day=period[1], seed=seed)
    return plan_slots(
        layout,
        traffic,
        train(train_name),
        stops,
        weekdays=weekdays,
        window=window,
        min_weeks=min_weeks,
        max_journey_h=max_journey_h,
        conditions=Conditions(no_stop=no_stop, alone=[area_between(layout, stretch) for stretch in alone]),
    )


def capacity_of(
    place: Study | Network,
    *,
    timetable: str | os.PathLike[str] | None = None,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    extra: str = "freight_1200",
) -> pd.DataFrame:
    """`rail_capacity` of a study's services or of a timetable file; further trains are of the kind `extra`."""
    layout, traffic, _ = rail_traffic(place, timetable=timetable, first_day=first_day, last_day=last_day)
    return rail_capacity(layout, traffic, extra=extra)


def _period(place: Study | Network, first_day: dt.date | None, last_day: dt.date | None) -> tuple[dt.date, dt.date]:
    if isinstance(place, Study):
        year = place.config.study.data_date.year
        first_day, last_day = first_day or dt.date(year, 1, 1), last_day or dt.date(year, 12, 31)
    if first_day is None or last_day is None:
        raise DataError("no period; give the first and the last day of the timetable (--from, --to)")
    if last_day < first_day:
        raise DataError(f"the period {first_day} to {last_day} ends before it starts; turn the days round")
    return first_day, last_day
