"""Edits of train services: a copy changes, and slips are told in one line."""

import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.scenario.scenario import Scenario


@pytest.fixture
def services():
    return pd.DataFrame(
        {
            "trains_per_day": [8.0, 14, 6],
            "run_min": [105.0, 40, float("nan")],
            "scenario": ["", "", "mines"],
            "assumed": ["run_min", "trains_per_day,run_min", ""],
        },
        index=pd.Index(["bp", "bb", "ore"], name="service_id"),
    )


def test_services_of_a_scenario(services):
    edit = {"do": "set_service", "services": ["b*"], "column": "run_min", "value": 98}
    scenario = Scenario("quicker", [edit])
    changed = scenario.apply_to_services(services)
    assert scenario.changes_services and not Scenario("base").changes_services
    assert changed.index.to_list() == ["bp", "bb"] and changed["run_min"].to_list() == [98, 98]
    assert changed["assumed"].to_list() == ["", "trains_per_day"]  # what a scenario sets is no assumption of the table
    assert services.loc["bp", "run_min"] == 105
    assert Scenario("mines").apply_to_services(services).index.to_list() == ["bp", "bb", "ore"]


def test_slips(services):
    with pytest.raises(DataError, match=r"scenario s, edit 1 \(set_service\): no service is called 'bq'"):
        Scenario("s", [{"do": "set_service", "services": ["bq"], "column": "run_min", "value": 1}]).apply_to_services(
            services
        )
    with pytest.raises(DataError, match="between goes with column = run_min only"):
        Scenario(
            "s",
            [
                {
                    "do": "set_service",
                    "services": ["bp"],
                    "column": "trains_per_day",
                    "value": 16,
                    "between": ["a", "b"],
                }
            ],
        )
