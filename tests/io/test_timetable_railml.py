"""railML 3: variants, offsets, ranges, days, and files that mean harm."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from geoplan.errors import DataError
from geoplan.io.railml import read_railml

FIRST, LAST = dt.date(2026, 1, 5), dt.date(2026, 1, 11)

INFRASTRUCTURE = """
  <infrastructure><functionalInfrastructure><operationalPoints>
    <operationalPoint id="op1"><name name="Ludvika" language="sv"/></operationalPoint>
    <operationalPoint id="op2"><name name="Ställdalen" language="sv"/></operationalPoint>
    <operationalPoint id="op3"><name name="Frövi" language="sv"/></operationalPoint>
  </operationalPoints></functionalInfrastructure></infrastructure>"""
TIMES_32 = """
    <baseItineraries>
      <baseItinerary id="bi1">
        <baseItineraryPoint id="p2" locationRef="op2" sequenceNumber="2">
          <times scope="commercial"><arrival time="23:59:00"/></times>
          <times scope="operational"><arrival time="00:05:00" dayOffset="1"/><departure time="00:07:30" dayOffset="1"/></times>
        </baseItineraryPoint>
        <baseItineraryPoint id="p1" locationRef="op1" sequenceNumber="1"><times scope="operational"><departure time="23:40:00"/></times></baseItineraryPoint>
      </baseItinerary>
      <baseItinerary id="bi2">
        <baseItineraryPoint id="q0" locationRef="op1" sequenceNumber="0"><times scope="operational"><departure time="00:00:00"/></times></baseItineraryPoint>
        <baseItineraryPoint id="q1" locationRef="op2" sequenceNumber="1"><times scope="operational"><arrival time="00:30:00"/><departure time="00:32:30"/></times></baseItineraryPoint>
        <baseItineraryPoint id="q2" locationRef="op3" sequenceNumber="2"><times scope="operational"><arrival time="01:15:00"/></times></baseItineraryPoint>
      </baseItinerary>
    </baseItineraries>"""
TIMES_33 = TIMES_32.replace(
    '<times scope="operational"><departure time="00:00:00"/></times>',
    '<stop><times scope="operational"><departure time="00:00:00"/></times></stop>',
).replace(
    '<times scope="operational"><arrival time="00:30:00"/><departure time="00:32:30"/></times>',
    '<pass><times scope="operational"><passingTime time="00:32:30"/></times></pass>',
)
TRAINS = """
    <itineraries><itinerary id="way">
      <range sequenceNumber="2" baseItineraryRef="bi2" start="q1" end="q2" offset="P1DT-25M"/>
      <range sequenceNumber="1" baseItineraryRef="bi1"/>
    </itinerary></itineraries>
    <operationalTrains>
      <operationalTrain id="ot1"><name name="4711"/>
        <operationalTrainVariant id="v1" itineraryRef="way" validityRef="week"/>
        <operationalTrainVariant id="v2" itineraryRef="way" validityRef="weekend" offset="-PT10M"/>
        <operationalTrainVariant id="v3" itineraryRef="way" validityRef="week"><isCancelled/></operationalTrainVariant>
        <operationalTrainVariant id="v4" itineraryRef="way" validityRef="gone"/>
      </operationalTrain>
    </operationalTrains>"""
VALID = """
    <validities>
      <validity id="week"><periodBitmask bitmask="11111001111100" fromDate="2025-12-29"/></validity>
      <validity id="weekend"><validityTime><periodBitmask bitmask="11" fromDate="2026-01-10"/></validityTime></validity>
      <validity id="gone"><periodBitmask bitmask="1111111" fromDate="2025-01-01"/></validity>
    </validities>"""


def document(times=TIMES_32, trains=TRAINS, version="3.2"):
    trains = trains.replace("P1DT-25M", "P1D").replace('offset="P1D"', 'offset="PT23H35M"')
    return f'<?xml version="1.0"?><railML xmlns="https://www.railml.org/schemas/3.2" version="{version}">{INFRASTRUCTURE}<timetable>{VALID}{times}{trains}</timetable></railML>'


@pytest.fixture
def line(make_network):
    rail = {"mode": "rail"}
    return make_network(
        {
            "lu": (0, 0, {"name": "Ludvika"}),
            "st": (30_000, 0, {"name": "Ställdalen"}),
            "fr": (90_000, 0, {"name": "Frövi"}),
        },
        [("lu", "st", rail), ("st", "fr", rail)],
    )


def read(tmp_path, text, network=None):
    file = tmp_path / "x.railml"
    file.write_text(text, encoding="utf-8")
    return read_railml(file, first_day=FIRST, last_day=LAST, network=network)


def test_variants_offsets_and_days(tmp_path, line):
    timetable = read(tmp_path, document(), line)
    assert timetable.trains["train"].to_dict() == {"v1": "4711", "v2": "4711"}
    assert np.flatnonzero(timetable.runs[0]).tolist() == [0, 1, 2, 3, 4] and np.flatnonzero(
        timetable.runs[1]
    ).tolist() == [5, 6]
    assert timetable.meta["cancelled"] == 1 and timetable.meta["trains_without_days"] == 1
    first = timetable.stops[timetable.stops["train_id"] == "v1"]
    assert first["place"].to_list() == ["lu", "st", "fr"]
    # 23:40, 24:05 - 24:07:30 (the operational times count), and the second base itinerary 23 h 35 min on: 24:50.
    assert (first["depart_s"] / 60).to_list() == [1420, 1447.5, 1490] and first["arrive_s"].iloc[1] == 86_700
    second = timetable.stops[timetable.stops["train_id"] == "v2"]
    assert (second["depart_s"].to_numpy() - first["depart_s"].to_numpy()).tolist() == [-600] * 3


def test_version_33_says_stop_and_pass(tmp_path, line):
    old, new = (read(tmp_path, document(times), line).stops for times in (TIMES_32, TIMES_33))
    assert new.equals(old)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<railML version='2.4'/>", r"is no railML 3 \(railML 2\.4\)"),
        ("<kml/>", "is no railML 3"),
        ("<railML", "is no XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><railML version="3.2">&a;</railML>', "declares a document type or entities"),
        (document().replace('locationRef="op2"', 'locationRef="op9"'), "locationRef 'op9' is no operational point"),
        (
            document().replace('itineraryRef="way" validityRef="week"/>', 'itineraryRef="wy" validityRef="week"/>'),
            "variant v1: itineraryRef 'wy' is not in the file",
        ),
        (
            document().replace('baseItineraryRef="bi2"', 'baseItineraryRef="bi7"'),
            "baseItineraryRef 'bi7' is not in the file",
        ),
        (document().replace('start="q1"', 'start="p1"'), "start 'p1' is no point of bi2"),
        (document().replace('time="23:40:00"', 'time="late"'), "time 'late'"),
        (document().replace("PT23H35M", "soon"), "offset 'soon' is no duration"),
        (document().replace("11111001111100", "1111x"), "other signs than 0 and 1"),
        (document().replace("-PT10M", "-PT24H"), "before midnight of the day they start"),
        (document(trains=TRAINS.replace("weekend", "gone").replace("week", "gone")), "no operational train runs"),
    ],
    ids=[
        "version 2",
        "kml",
        "cut",
        "entities",
        "place",
        "itinerary",
        "base",
        "start",
        "time",
        "offset",
        "mask",
        "early",
        "no day",
    ],
)
def test_bad_files_are_named(tmp_path, line, text, words):
    with pytest.raises(DataError, match=words):
        read(tmp_path, text, line)
