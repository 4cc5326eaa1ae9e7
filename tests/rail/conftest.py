"""Small railways for the tests of rail."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from geoplan.io.timetable import build_timetable
from geoplan.rail.layout import rail_layout

MONDAY = dt.date(2026, 1, 5)


@pytest.fixture(scope="session")
def make_railway(make_network):
    """Builder of a railway: `make_railway(stations, sections)`.

    stations: id -> (x in km, {has_loop, loop_length_m, station_tracks, kind ...}); y is 0.
    sections: (u, v, {tracks, speed_kmh, length_m, blocks ...}); one track and 72 km/h (20 m/s) unless given.
    """

    def build(stations, sections, **options):
        nodes = {
            key: (
                value[0] * 1000,
                value[2] if len(value) > 2 else 0,
                {"kind": "station", **(value[1] if len(value) > 1 else {})},
            )
            for key, value in stations.items()
        }
        edges = [
            (u, v, {"mode": "rail", "tracks": 1.0, "speed_kmh": 72.0, **(rest[0] if rest else {})})
            for u, v, *rest in sections
        ]
        return make_network(nodes, edges)

    return build


@pytest.fixture(scope="session")
def single_line(make_railway):
    """One track, loops at B and C; sections of 12, 18 and 24 km: 10, 15 and 20 minutes at 72 km/h.

    A ---12--- B(loop) ---18--- C(loop) ---24--- D
    """
    loop = {"has_loop": "yes", "loop_length_m": 700.0}
    network = make_railway(
        {"A": (0,), "B": (12, loop), "C": (30, loop), "D": (54,)}, [("A", "B"), ("B", "C"), ("C", "D")]
    )
    return rail_layout(network)


@pytest.fixture(scope="session")
def make_timetable():
    """Builder of a timetable: `make_timetable({train: "A 6:00, B 6:10-6:15, C 6:30"}, days=..., **trains_columns)`."""

    def clock(text):
        hours, minutes = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60

    def build(trains, *, days=None, n_days=7, works=None, first_day=MONDAY, **columns):
        rows = []
        for train, way in trains.items():
            for item in way.split(","):
                place, times, *track = item.split()
                arrive, _, depart = times.partition("-")
                rows.append((train, place, clock(arrive), clock(depart or arrive), track[0] if track else ""))
        table = pd.DataFrame({"days": [(days or {}).get(t, "daily") for t in trains]}, index=list(trains))
        for name, values in columns.items():
            table[name] = [values.get(t) for t in trains] if isinstance(values, dict) else values
        return build_timetable(
            table,
            pd.DataFrame(rows, columns=["train_id", "place", "arrive_s", "depart_s", "track"]),
            first_day=first_day,
            last_day=first_day + dt.timedelta(days=n_days - 1),
            works=works,
        )

    return build
