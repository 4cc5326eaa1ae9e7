"""Filling from the table of defaults, and how much is known.

a ==1000 m== b ==3000 m== c        primary, then a class of no row
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point

from geoplan.errors import DataError
from geoplan.network.attributes import FILLED, default_table, describe_share, fill_defaults
from geoplan.network.network import build_network


@pytest.fixture
def network():
    nodes = gpd.GeoDataFrame(index=["a", "b", "c"], geometry=[Point(0, 0), Point(1000, 0), Point(4000, 0)], crs=3006)
    edges = gpd.GeoDataFrame(
        {
            "u": ["a", "b", "b"],
            "v": ["b", "c", "a"],
            "mode": ["road", "road", "rail"],
            "road_class": ["primary", "unheard_of", ""],
            "length_m": [1000.0, 3000.0, 1000.0],
            "speed_kmh": [70.0, np.nan, np.nan],
            "lanes": [np.nan, 2.0, np.nan],
            "max_height_m": [np.nan, 4.2, np.nan],
            "assumed": ["", "width_m", ""],
        },
        index=["ab", "bc", "ba"],
        geometry=[LineString([(0, 0), (1000, 0)]), LineString([(1000, 0), (4000, 0)]), LineString([(1000, 0), (0, 0)])],
        crs=3006,
    )
    return build_network(nodes, edges)


def test_known_values_stay_and_filled_ones_are_named(network) -> None:
    edges = fill_defaults(network).edges
    assert edges["speed_kmh"].to_list() == [70.0, 50.0, 80.0]  # known; any road: 50; any railway: 80
    assert edges["lanes"].to_list() == pytest.approx([1.0, 2.0, np.nan], nan_ok=True)
    assert edges["capacity_vph"].to_list() == pytest.approx(
        [1700.0, 1600.0, np.nan], nan_ok=True
    )  # lanes x lane capacity
    assert edges["assumed"].to_list() == ["lanes,capacity_vph", "width_m,speed_kmh,capacity_vph", "speed_kmh"]
    assert network.edges["speed_kmh"].isna().sum() == 2


def test_filling_twice_changes_nothing(network) -> None:
    once = fill_defaults(network)
    assert fill_defaults(once).edges.equals(once.edges)


def test_only_the_columns_asked_for(network) -> None:
    edges = fill_defaults(network, columns=["speed_kmh"]).edges
    assert edges["lanes"].isna().sum() == 2
    assert edges["capacity_vph"].isna().all()
    assert edges["assumed"].to_list() == ["", "width_m,speed_kmh", "speed_kmh"]
    with pytest.raises(DataError, match="max_height_m cannot be filled"):
        fill_defaults(network, columns=["max_height_m"])


def test_the_table_is_the_user_s_to_change(network) -> None:
    table = default_table()
    table.loc[(table["mode"] == "road") & (table["road_class"] == ""), "speed_kmh"] = 40.0
    assert fill_defaults(network, table=table).edges["speed_kmh"].to_list() == [70.0, 40.0, 80.0]
    with pytest.raises(DataError, match="lane_capacity_vph is missing"):
        fill_defaults(network, table=table.drop(columns="lane_capacity_vph"))
    with pytest.raises(DataError, match=r"1 row .* repeat a mode and class"):
        fill_defaults(network, table=pd.concat([table, table.iloc[:1]], ignore_index=True))


def test_every_default_has_its_source() -> None:
    table = default_table()
    assert (table["speed_source"].str.len() > 20).all()
    assert (table.loc[table["lane_capacity_vph"].notna(), "capacity_source"].str.len() > 20).all()
    assert table["speed_kmh"].between(5, 110).all()
    assert set(FILLED) == {"speed_kmh", "lanes", "capacity_vph"}


def test_shares_by_length_add_up(network) -> None:
    shares = describe_share(fill_defaults(network)).set_index(["mode", "attribute"])
    assert shares.loc[("road", "speed_kmh"), ["length_km", "known_pct", "assumed_pct", "unknown_pct"]].to_list() == [
        4.0,
        25.0,
        75.0,
        0.0,
    ]
    assert shares.loc[("road", "max_height_m"), ["known_pct", "assumed_pct", "unknown_pct"]].to_list() == [
        75.0,
        0.0,
        25.0,
    ]
    assert shares.loc[("rail", "speed_kmh"), "assumed_pct"] == 100.0
    assert shares.loc[("rail", "electrified"), "unknown_pct"] == 100.0
    assert shares[["known_pct", "assumed_pct", "unknown_pct"]].sum(axis=1).to_list() == pytest.approx(
        [100.0] * len(shares)
    )


def test_an_empty_network_has_no_shares(network) -> None:
    empty = network.replace(edges=network.edges.iloc[:0])
    assert describe_share(empty).empty
    assert fill_defaults(empty).edges.empty
