"""Sweeps of the embedded study: the same table on threads, in turn and on a cluster; one fault, one line."""

import pandas as pd
import pytest

from geoplan.analyse.sweeps import PARTS, sweep_study
from geoplan.bottlenecks.criticality import criticality
from geoplan.errors import DataError
from geoplan.study import read_study

ASKED = {"scenarios": ["today"], "years": [2026, 2040], "growth_pct": 1.0, "ways_per_part": 60}


@pytest.fixture(scope="module")
def study():
    return read_study("ludvika")


@pytest.fixture(scope="module")
def closures(study, tmp_path_factory):
    """The sweep on threads, and its folder."""
    folder = tmp_path_factory.mktemp("sweep")
    return sweep_study(study, "closures", folder=folder, **ASKED), folder


def test_in_turn_and_on_a_cluster_bit_for_bit(study, closures, cluster):
    table, _ = closures
    pd.testing.assert_frame_equal(table, sweep_study(study, "closures", workers=1, **ASKED), check_exact=True)
    pd.testing.assert_frame_equal(table, sweep_study(study, "closures", cluster=cluster, **ASKED), check_exact=True)


def test_closures_are_those_of_the_network(study, closures):
    table, _ = closures
    today = table[(table["scenario"] == "today") & (table["year"] == 2026)].set_index("edge_id")
    flows = sweep_study(study, "assignments", scenarios=["today"], years=[2026])
    times = flows.set_index("edge_id")["time_s"].reindex(study.network.edges.index).to_numpy(copy=True)
    hours = study.config.bottlenecks.closure_hours
    whole = criticality(study.network, study.demand, cost=times, duration_h=hours).loc[today.index]
    pd.testing.assert_series_equal(today["closure_vehh"], whole["closure_vehh"], rtol=1e-12)
    assert not today["way_id"].duplicated().any()
    later = table[(table["scenario"] == "today") & (table["year"] == 2040)]
    assert later["closure_vehh"].sum() > today["closure_vehh"].sum()  # 15 % more cars


def test_the_next_run_takes_up_the_parts(study, closures, monkeypatch):
    table, folder = closures
    assert len(list((folder / PARTS).glob("*.part"))) > 8

    def work(*_, **__):
        raise AssertionError("a finished part was worked out again")

    for name in ("assign", "criticality"):
        monkeypatch.setattr(f"geoplan.analyse.sweeps.{name}", work)
    again = sweep_study(study, "closures", folder=folder, **ASKED)
    pd.testing.assert_frame_equal(table, again, check_exact=True)
    with pytest.raises(DataError, match="a finished part was worked out again"):
        sweep_study(study, "closures", folder=folder, **ASKED | {"years": [2030]})


def test_years_of_the_study_have_its_factors(study):
    flows = sweep_study(study, "assignments", scenarios=["today"])
    stated = {row.year: row.factor for row in study.config.demand_years}
    assert set(flows["year"]) == set(stated)
    km = flows.groupby("year")["flow_vph"].sum()
    assert km.max() / km.min() == pytest.approx(max(stated.values()) / min(stated.values()), rel=0.02)


def test_plans_of_every_scenario(study):
    table = sweep_study(study, "plans", scenarios=["today", "axle_25t"]).set_index(["scenario", "transport"])
    assert not table.at[("today", "transformer_25t_axles"), "feasible"]
    assert table.at[("axle_25t", "transformer_25t_axles"), "feasible"]
    assert table["reason"].str.len().gt(0).all()


@pytest.mark.parametrize(
    ("what", "more", "message"),
    [
        ("closing", {}, "no sweep 'closing'; use one of closures, plans, assignments"),
        ("plans", {"scenarios": ["todday"]}, "no scenario 'todday'; the study has today, .* Did you mean: today"),
        ("closures", {"ways_per_part": 0}, "ways_per_part is 0; use 1 or more"),
    ],
)
def test_faults_are_one_line(study, what, more, message):
    with pytest.raises(DataError, match=message):
        sweep_study(study, what, **more)
