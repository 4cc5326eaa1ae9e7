"""The embedded study by train, bus tables aside: numbers that a planner of the area would recognise."""

import numpy as np
import pandas as pd
import pytest

from geoplan.access.locality import locality_analysis
from geoplan.routing.skim import skim
from geoplan.study import read_study
from geoplan.transit.access_links import drive_links, walk_links
from geoplan.transit.frequency import assign_transit, transit_skim
from geoplan.transit.lines import line_departures
from geoplan.transit.services import lines_from_services


@pytest.fixture(scope="module")
def study():
    return read_study("ludvika")


@pytest.fixture(scope="module")
def lines(study):
    stations = sorted(set(study.zones["station_id"]) - {""})
    return lines_from_services(study.network, study.timetable.trains, stations, service_h=17, source="ASSUMED")


def test_trains_run_on_their_own_lines_in_their_own_time(lines):
    by_line = lines.groupby("line_id")
    commuter = by_line.get_group("bp_pass_out")
    assert commuter["stop_id"].to_list()[:3] == ["ludvika", "smedjebacken", "soderbarke"]
    assert commuter["stop_id"].iloc[-1] == "vasteras_c" and commuter["run_min"].sum() == pytest.approx(105)
    assert by_line.get_group("bb_borlange_ludvika_out")["run_min"].sum() == pytest.approx(40)
    assert (lines["assumed"].str.contains("headway_min")).all()


def test_skims_and_park_and_ride(study, lines):
    zones, stops = study.zones, study.network.nodes.loc[sorted(set(lines["stop_id"]))]
    walks = walk_links(zones, stops, max_km=4, least_m=300)
    table = transit_skim(lines, walks, zones=zones.index, unknown="leave_out")
    assert np.isinf(table.loc[("z_ludvika", "z_nyhammar"), "time_s"])  # no station, and no bus in these lines
    there = table.loc[("z_ludvika", "z_borlange")]
    assert there["ride_s"] == pytest.approx(40 * 60) and there["transfers"] == pytest.approx(0.0, abs=1e-9)
    assert 50 * 60 < there["time_s"] < 130 * 60
    drives = drive_links(study.network, zones, stops, parking_s=300)
    ride = transit_skim(lines, drives, egress=walks, unknown="leave_out").loc[("z_nyhammar", "z_borlange")]
    assert 15 * 60 < ride["drive_s"] < 45 * 60 and np.isfinite(ride["time_s"])


def test_trips_and_localities(study, lines):
    zones, stops = study.zones, study.network.nodes.loc[sorted(set(lines["stop_id"]))]
    walks = walk_links(zones, stops, max_km=4, least_m=300)
    trips = 0.05 * study.demand.matrices["car"]
    result = assign_transit(lines, trips, walks, unknown="leave_out")
    value = result.evaluation
    assert value["node_balance"] < 1e-9 and value["total_time_h"] == pytest.approx(value["expected_time_h"])
    assert value["trips_pph"] == pytest.approx(trips.to_numpy().sum())
    assert value["unassigned_pph"] > 0 and len(result.unassigned)  # most places of the study have no station
    car = skim(study.network, list(zones["node_id"]), modes=("road",))
    car = pd.DataFrame(car.to_numpy(), index=zones.index, columns=zones.index)
    served = stops.assign(mode="rail", departures_per_day=line_departures(lines).reindex(stops.index))
    table = locality_analysis(zones, {"car": car}, stops=served)
    assert table.loc["z_ludvika", "role"] == "centre" and table.loc["z_nyhammar", "role"] == "satellite"
    assert table.loc["z_nyhammar", "nearest_centre_name"] == "Ludvika"
    assert np.isnan(table.loc["z_nyhammar", "departures_per_day"])  # trains alone do not tell that there is no bus
    assert table.loc["z_ludvika", "jobs_car_30min_assumed_pct"] > 90
