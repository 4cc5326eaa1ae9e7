"""Growth by hand: 700 mine jobs and what follows from them; pivot-point."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geoplan.demand.coefficients import Coefficient
from geoplan.demand.demand import build_demand, total
from geoplan.demand.gravity import distribute
from geoplan.demand.growth import grow, scenario_grid
from geoplan.demand.pivot_point import pivot_point
from geoplan.demand.trip_growth import grow_trips
from geoplan.demand.zones import peak_hour
from geoplan.errors import DataError

HOMES = {"residents_per_house": Coefficient(3.0, "made up"), "residents_per_flat": Coefficient(1.5, "made up")}


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    """Two towns in the area, one outside."""
    return gpd.GeoDataFrame(
        {
            "node_id": ["n1", "n2", "n3"],
            "population": [3000.0, 1000.0, 9000.0],
            "employed_residents": [1500.0, 500.0, 4000.0],
            "jobs": [1600.0, 400.0, 4000.0],
        },
        geometry=[Point(k, 0) for k in range(3)],
        crs="EPSG:3006",
        index=pd.Index(["town", "mine", "city"], name="zone_id"),
    )


@pytest.fixture
def skim(zones) -> pd.DataFrame:
    return pd.DataFrame([[5.0, 10, 40], [10, 5, 35], [40, 35, 8]], index=zones.index, columns=zones.index)


def table(supply=1.0, living=1.0, jobs=700.0):
    return pd.DataFrame(
        {"zone_id": ["mine"], "direct_jobs": [jobs], "local_supply_share": [supply], "local_living_share": [living]}
    )


def test_the_figures_of_the_growth_programme(zones):
    growth = grow(zones, table(), area=["town", "mine"], coefficients=HOMES)
    totals = growth.totals
    assert totals["direct_jobs"] == 700 and totals["indirect_jobs"] == pytest.approx(800)
    assert totals["houses"] == pytest.approx(290) and totals["flats"] == pytest.approx(320)
    assert totals["residents"] == pytest.approx(290 * 3 + 320 * 1.5)
    assert totals["workers"] == pytest.approx(1500) and totals["workers_from_outside"] == 0
    # Homes by residents (3 to 1), supplies by jobs (4 to 1), nothing outside.
    assert growth.change["houses"].to_list() == pytest.approx([217.5, 72.5, 0])
    assert growth.change["indirect_jobs"].to_list() == pytest.approx([640, 160, 0])
    assert growth.zones["jobs"].to_list() == pytest.approx([2240, 1260, 4000])
    assert zones["jobs"].to_list() == [1600, 400, 4000]
    assert growth.coefficients.loc["residents_per_house", "source"] == "made up"
    assert growth.coefficients.loc["indirect_per_direct", "confidence"] == "D"


def test_integration_decides(zones):
    # Half of the supplies are local: 700 + 400 jobs; 60 % of those live in the area, the rest come from the city.
    growth = grow(zones, table(0.5, 0.6), area=["town", "mine"], coefficients=HOMES, homes=pd.Series({"mine": 1.0}))
    assert growth.totals["indirect_jobs_elsewhere"] == pytest.approx(400)
    assert growth.change["workers"].to_list() == pytest.approx([0, 660, 440])
    assert growth.change["houses"].sum() + growth.change["flats"].sum() == pytest.approx(660 * 610 / 1500)
    assert growth.zones["employed_residents"].sum() - 6000 == pytest.approx(growth.zones["jobs"].sum() - 6000)


def test_six_scenarios(zones):
    inputs = scenario_grid(
        {"one mine": {"mine": 350.0}, "two mines": {"mine": 350.0, "town": 350.0}},
        {"low": (0.2, 0.3), "middle": (0.5, 0.6), "high": (0.8, 0.9)},
    )
    names = inputs["scenario"].unique()
    assert len(names) == 6
    residents = {
        n: grow(zones, inputs, area=["town", "mine"], coefficients=HOMES, scenario=n).totals["residents"] for n in names
    }
    # The programme: the outcome depends less on the number of companies than on integration.
    assert residents["one mine, high"] > residents["two mines, low"]
    with pytest.raises(DataError, match="several scenarios; name one of one mine, low"):
        grow(zones, inputs, area=["town", "mine"], coefficients=HOMES)
    with pytest.raises(DataError, match=r"no scenario 'three mines, low' in the inputs\. Did you mean"):
        grow(zones, inputs, area=["town"], coefficients=HOMES, scenario="three mines, low")


def test_trips_follow(zones, skim):
    base = distribute(zones, skim, mean_cost=12.0)
    observed = base.matrices["car"].copy()
    observed.loc["town", "city"] = 123.0
    base = build_demand(zones, {"car": observed}, base.meta)
    nothing = grow(zones, table(jobs=0.0), area=["town", "mine"], coefficients=HOMES)
    still = grow_trips(base, nothing.zones, skim=skim)
    np.testing.assert_allclose(still.matrices["car"], observed)
    growth = grow(zones, table(0.5, 0.6), area=["town", "mine"], coefficients=HOMES)
    after = grow_trips(base, growth.zones, skim=skim)
    assert total(after) - total(base) == pytest.approx(1100)
    assert after.matrices["car"]["mine"].sum() - observed["mine"].sum() == pytest.approx(
        growth.change.loc["mine", ["direct_jobs", "indirect_jobs"]].sum()
    )
    assert after.zones["jobs"].equals(growth.zones["jobs"]) and after.meta["growth"]["by"] == "model"
    # In cars of the busiest hour the change is that of the commuters, in cars.
    cars = grow_trips(peak_hour(base, peak_share=0.5, driver_share=0.8, source="made up"), growth.zones, skim=skim)
    np.testing.assert_allclose(cars.matrices["car"], 0.4 * after.matrices["car"])
    # By factors the total grows as the jobs do, and observed cells keep their share of the pattern.
    scaled = grow_trips(base, growth.zones)
    assert total(scaled) / total(base) == pytest.approx(growth.zones["jobs"].sum() / zones["jobs"].sum(), rel=1e-2)
    np.testing.assert_allclose(grow_trips(base, nothing.zones).matrices["car"], observed)
    with pytest.raises(DataError, match="no gravity model"):
        grow_trips(build_demand(zones, {"car": observed}), growth.zones, skim=skim)
    with pytest.raises(DataError, match="balanced by municipality"):
        grow_trips(build_demand(zones, {"car": observed}, {**base.meta, "containment": {}}), growth.zones, skim=skim)


def test_pivot_by_hand():
    def matrix(values):
        return pd.DataFrame(np.array(values, dtype=float), index=["a", "b"], columns=["a", "b"])

    observed, base = matrix([[10, 0], [8, 4]]), matrix([[5, 2], [0, 4]])
    scenario = matrix([[7, 1], [3, 40]])
    assert pivot_point(observed, base, scenario).to_numpy().tolist() == [[12, 0], [11, 40]]
    # 10 x 7/5; nothing observed: 0 + 1 - 2 -> 0; no base: 8 + 3; 4 x 20/4 and 20 more.
    assert pivot_point(observed, base, scenario, form="ratio").to_numpy().tolist() == [[14, 0], [11, 40]]
    pd.testing.assert_frame_equal(pivot_point(observed, base, base, form="ratio"), observed)
    with pytest.raises(DataError, match="scenario holds unknown or negative"):
        pivot_point(observed, base, -scenario)
    with pytest.raises(DataError, match="base has other zones"):
        pivot_point(observed, base.rename(index={"a": "c"}), scenario)


def test_refusals(zones):
    with pytest.raises(DataError, match=r"residents_per_house \(people in one new house\) is stated nowhere; give it"):
        grow(zones, table(), area=["town"])
    with pytest.raises(DataError, match="has no source"):
        grow(zones, table(), area=["town"], coefficients={**HOMES, "house_share": Coefficient(0.5, " ")})
    with pytest.raises(
        DataError,
        match=r"no coefficient 'houses'.*house_share = 1.5 is not between 0 and 1",
    ):
        grow(
            zones,
            table(),
            area=["town"],
            coefficients={**HOMES, "house_share": Coefficient(1.5, "x"), "houses": Coefficient(1, "x")},
        )
    with pytest.raises(DataError, match="zone 'pit' is not in the zones"):
        grow(zones, table().assign(zone_id="pit"), area=["town"], coefficients=HOMES)
    with pytest.raises(DataError, match="local_living_share is unknown or not between 0 and 1"):
        grow(zones, table(living=1.2), area=["town"], coefficients=HOMES)
    with pytest.raises(DataError, match="add zones outside"):
        grow(zones, table(living=0.5), area=zones.index, coefficients=HOMES)
    with pytest.raises(DataError, match=r"area names 'towm', which is no zone\. Did you mean: town"):
        grow(zones, table(), area=["towm"], coefficients=HOMES)
