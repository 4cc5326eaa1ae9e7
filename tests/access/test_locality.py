"""Roles by hand, unknowns, public transport and services in reach; the published roles of Dalarna."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.access.locality import RoleRule, locality_analysis
from geoplan.errors import DataError


@pytest.fixture
def localities():
    """town --15 min-- village --50 min-- hamlet (65 min from the town), on a line 12 and 60 km long"""
    table = pd.DataFrame(
        {
            "name": ["Town", "Village", "Hamlet"],
            "population": [10_000.0, 800.0, 300.0],
            "employed_residents": [4_500.0, 350.0, 130.0],
            "jobs": [5_000.0, 100.0, 40.0],
            "assumed": ["jobs", "", ""],
        },
        index=["t", "v", "h"],
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy([0, 12_000, 60_000], [0, 0, 0]), crs=3006)


@pytest.fixture
def times():
    minutes = np.array([[0, 15, 65], [15, 0, 50], [65, 50, 0]], dtype=float)
    ids = ["t", "v", "h"]
    return {"car": pd.DataFrame(60 * minutes, index=ids, columns=ids)}


def test_roles_by_hand(localities, times):
    table = locality_analysis(localities, times)
    assert table["role"].to_list() == ["centre", "satellite", "on_its_own"]
    assert table.loc["v", "role_why"] == "15 min by car to Town"
    assert table.loc["t", "nearest_centre"] == "" and np.isnan(table.loc["t", "centre_car_min"])
    assert table.loc["h", "centre_car_min"] == 65.0
    assert table.loc["t", "jobs_per_worker"] == pytest.approx(5000 / 4500)
    assert table.loc["v", "jobs_car_30min"] == 5100.0 and table.loc["h", "jobs_car_30min"] == 40.0
    assert table.loc["v", "jobs_car_30min_assumed_pct"] == pytest.approx(100 * 5000 / 5100)
    assert "stops_in_reach" not in table and not any(c.startswith("services_") for c in table)
    assert table.attrs["rule"]["centre_jobs"] == 1000.0 and "assumed" in table.attrs["rule"]["source"]
    near = locality_analysis(localities, times, rule=RoleRule(satellite_min=60, source="test"))
    assert near["role"].to_list() == ["centre", "satellite", "on_its_own"]
    assert locality_analysis(localities, times, rule=RoleRule(centre_jobs=6000))["role"].to_list() == ["on_its_own"] * 3


def test_unknown_figures_make_unknown_roles(localities, times):
    localities.loc["t", "jobs"] = np.nan
    table = locality_analysis(localities, times)
    assert table["role"].to_list() == ["unknown", "unknown", "on_its_own"]
    assert table.loc["t", "role_why"] == "jobs not known" and "may be a centre" in table.loc["v", "role_why"]
    assert np.isnan(table.loc["t", "jobs_per_worker"]) and np.isnan(table.loc["v", "jobs_car_30min"])
    # Too few workers' jobs is a no, whatever the ratio.
    localities.loc["t", ["jobs", "employed_residents"]] = [50.0, np.nan]
    assert locality_analysis(localities, times)["role"].to_list() == ["on_its_own"] * 3
    times["car"].loc["v", "t"] = np.nan
    localities.loc["t", ["jobs", "employed_residents"]] = [5000.0, 4500.0]
    assert locality_analysis(localities, times).loc["v", "role"] == "unknown"


def test_departures_and_services_in_reach(localities, times):
    stops = gpd.GeoDataFrame(
        {
            "name": ["Square", "Square", "Church", "Station", "Road"],
            "departures_per_day": [20.0, 15.0, 30.0, 8.0, np.nan],
            "mode": ["bus", "bus", "bus", "rail", "bus"],
        },
        geometry=gpd.points_from_xy([0, 20, 500, 1_500, 12_100], [0, 0, 0, 0, 0]),
        crs=3006,
        index=pd.Index(["s1", "s2", "c", "st", "r"], name="stop_id"),
    )
    services = gpd.GeoDataFrame(
        {"kind": ["school", "school", "groceries"]},
        geometry=gpd.points_from_xy([100, 12_050, 200], [0, 0, 0]),
        crs=3006,
    )
    whole = {"stops_complete": True, "services_complete": True}
    table = locality_analysis(localities, times, stops=stops, services=services, stop_reach_m=1000.0, **whole)
    assert table["stops_in_reach"].to_list() == [2, 1, 0]
    assert table.loc["t", "best_stop"] == "Square" and table.loc["t", "departures_per_day"] == 35.0
    assert np.isnan(table.loc["v", "departures_per_day"])  # a stop, but nobody knows how many
    assert table.loc["h", "departures_per_day"] == 0.0  # no stop: none, and that is known
    assert table.loc["v", "nearest_station"] == "Station" and table.loc["v", "station_m"] == pytest.approx(10_500)
    assert table["services_school"].to_list() == [1, 1, 0] and table["services_groceries"].to_list() == [1, 0, 0]
    # A table that does not claim to hold everything says "not known", not "none".
    part = {"stops_complete": pd.Series({"t": True}), "services_complete": pd.Series({"v": True})}
    table = locality_analysis(localities, times, stops=stops, services=services, stop_reach_m=1000.0, **part)
    assert np.isnan(table.loc["h", "departures_per_day"]) and table.loc["t", "departures_per_day"] == 35.0
    assert table.loc["v", "services_groceries"] == 0 and np.isnan(table.loc["h", "services_groceries"])


def test_faults(localities, times):
    with pytest.raises(DataError, match="no mode 'car'"):
        locality_analysis(localities, {"bike": times["car"]})
    with pytest.raises(DataError, match="columns jobs are missing"):
        locality_analysis(localities.drop(columns="jobs"), times)
    with pytest.raises(DataError, match="to_crs"):
        locality_analysis(localities.to_crs(4326), times)


@pytest.mark.shared_data
def test_roles_against_those_published_by_the_region(shared_data):
    """Roles of 104 localities of Dalarna, with jobs from the day population and driving times from the straight line."""
    folder = shared_data / "dalarna" / "commuting"
    places = gpd.read_file(folder / "localities_tatorter.geojson").to_crs(3006).set_index("tatort_kod")
    cells = gpd.read_file(folder / "day_population_1km_grid.geojson").to_crs(3006)
    cells["geometry"] = cells.centroid
    found = gpd.sjoin_nearest(cells, places[["geometry", "area_ha"]], distance_col="m")
    found = found[found["m"] <= np.sqrt(found["area_ha"] * 1e4 / np.pi) + 1500]
    places["jobs"] = found.groupby("tatort_kod")["dagbef"].sum().reindex(places.index, fill_value=0).astype(float)
    places["population"] = places["bef"].astype(float)
    places["employed_residents"] = 0.45 * places["population"]
    places["name"] = places["tatort"]
    xy = np.column_stack([places.geometry.x, places.geometry.y])
    metres = 1.3 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    times = pd.DataFrame(metres / (70 / 3.6), index=places.index, columns=places.index)
    role = locality_analysis(places, {"car": times})["role"]
    published = places["role"].map({"LA": "centre", "Satelit": "satellite", "Solitare": "on_its_own"})
    one_centre = published.notna()  # the two secondary centres have no counterpart
    assert one_centre.sum() == 104
    assert (role == published)[one_centre].mean() > 0.85
    assert (role[published == "centre"] == "centre").sum() == 8  # all but Särna, with 291 jobs
