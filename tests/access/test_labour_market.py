"""Labour-market regions by hand: centres, followers, chains, rings."""

import numpy as np
import pandas as pd
import pytest

from geoplan.access.labour_market import commuting_area, labour_market_regions
from geoplan.errors import DataError


def flows_of(rows):
    names = list(rows)
    return pd.DataFrame([rows[name] for name in names], index=names, columns=names, dtype=float)


def test_a_town_and_its_suburb():
    flows = flows_of({"town": [950, 30, 20], "suburb": [400, 500, 100], "far": [10, 10, 980]})
    table = labour_market_regions(flows, names=pd.Series({"town": "Town", "suburb": "Suburb", "far": "Far"}))
    assert table["role"].to_list() == ["centre", "satellite", "centre"]
    assert table.loc["suburb", "region"] == "town" and table.loc["suburb", "region_name"] == "Town"
    assert table.loc["suburb", "largest_out_pct"] == 40.0 and table.loc["suburb", "out_pct"] == 50.0
    assert table.loc["town", "by_rule"] == "shares" and table.loc["town", "jobs"] == 1360.0
    assert "SCB" in table.attrs["rule"]["source"]


def test_both_thresholds_count():
    # 10 % to one place is too much for a centre, though only 10 % leave in all.
    flows = flows_of({"a": [90, 10, 0], "b": [1, 99, 0], "c": [5, 7, 88]})
    table = labour_market_regions(flows)
    assert table["role"].to_list() == ["satellite", "centre", "centre"]
    loose = labour_market_regions(flows, max_out_to_one_pct=10.0)
    assert loose.loc["a", "role"] == "centre"
    strict = labour_market_regions(flows, max_out_pct=11.0)
    assert strict.loc["c", "role"] == "satellite" and strict.loc["c", "links"] == 1


def test_chains_and_rings():
    # d -> c -> b -> a: three links, one too many; the weakest (b to a) is cut.
    flows = flows_of({"a": [100, 0, 0, 0], "b": [25, 75, 0, 0], "c": [0, 50, 50, 0], "d": [0, 0, 60, 40]})
    table = labour_market_regions(flows)
    assert table.loc["b", "by_rule"] == "chain cut" and table.loc["d", "region"] == "b" and table.loc["d", "links"] == 2
    assert labour_market_regions(flows, max_links=3)["region"].to_list() == ["a"] * 4
    # Two that send most to each other: the one that sends less is the centre.
    pair = labour_market_regions(flows_of({"x": [70, 30], "y": [40, 60]}))
    assert pair["role"].to_list() == ["centre", "satellite"] and pair.loc["x", "by_rule"] == "mutual"


def test_places_outside_and_places_without_workers():
    flows = pd.DataFrame([[60.0, 0.0, 40.0], [0.0, 0.0, 0.0]], index=["a", "b"], columns=["a", "b", "outside"])
    table = labour_market_regions(flows)
    assert table.loc["a", "largest_out_to"] == "outside" and table.loc["a", "out_pct"] == 40.0
    assert table.loc["b", "role"] == "unknown" and np.isnan(table.loc["b", "out_pct"])


def test_faults():
    with pytest.raises(DataError, match="empty or negative"):
        labour_market_regions(pd.DataFrame([[np.nan]], index=["a"], columns=["a"]))
    with pytest.raises(DataError, match="are no columns"):
        labour_market_regions(pd.DataFrame([[1.0]], index=["a"], columns=["b"]))


def test_zones_within_a_commute():
    zones = pd.DataFrame({"name": ["A", "B", "C", "D"], "jobs": [10.0, np.nan, 5.0, 1.0]}, index=list("abcd"))
    time_s = pd.DataFrame({"a": [0.0, 1800.0, 3000.0, np.nan]}, index=list("abcd"))
    table = commuting_area(zones, time_s, "a", limit_min=45, source="assumed")
    assert table.index.to_list() == ["a", "b"] and table["time_min"].to_list() == [0.0, 30.0]
    assert np.isnan(table.attrs["totals"]["jobs"]) and table.attrs["unknown"] == ["d"]
    with pytest.raises(DataError, match="no column 'q'"):
        commuting_area(zones, time_s, "q", limit_min=45, source="assumed")


def test_those_who_work_elsewhere_leave_but_not_to_one_place():
    # 82 of 100 stay: a centre, though 10 work in all the places outside together; as one place those would be too many.
    flows = pd.DataFrame([[82.0, 7, 10], [40, 50, 10]], index=["a", "b"], columns=["a", "b", "elsewhere"])
    table = labour_market_regions(flows, elsewhere="elsewhere")
    assert table.loc["a", ["role", "by_rule", "largest_out_to"]].to_list() == ["centre", "shares", "b"]
    assert table.loc["a", "out_pct"] == pytest.approx(100 * 17 / 99)
    assert labour_market_regions(flows).loc["a", "by_rule"] == "mutual"
