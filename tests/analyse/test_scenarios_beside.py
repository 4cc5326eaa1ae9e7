"""What follows the scenario beside plans and flows: the railway and the register of bottlenecks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.analyse.answers import RailAnswers
from geoplan.analyse.railway import RAIL_SEED, study_capacity
from geoplan.analyse.railway_scenarios import scenario_rails
from geoplan.analyse.register_scenarios import scenario_registers
from geoplan.analyse.scenario import answer_scenario
from geoplan.maps.labels import same
from geoplan.present.evidence import evidence_table
from geoplan.rail.capacity import worst_by_stretch
from geoplan.rail.generate import make_timetable
from geoplan.rail.questions import read_questions


@pytest.fixture(scope="module")
def answers(hurts):
    """The base, one scenario that leaves the railway as it is, and one that closes a line of it."""
    known = {scenario.id: scenario for scenario in hurts.study.scenarios}
    others = {key: answer_scenario(hurts.study, known[key], lang="sv") for key in ("bp_quicker", "gbg_bridge_closed")}
    return {hurts.base.scenario.id: hurts.base, **others}


@pytest.fixture(scope="module")
def rails(hurts, answers):
    study = hurts.study
    questions = read_questions(study.folder / "rail.toml")
    services, layout, capacity = study_capacity(study, hurts.base.network, questions, bounds=True)
    year = study.config.study.data_date
    first, last = year.replace(month=1, day=1), year.replace(month=12, day=31)
    rail = RailAnswers(
        capacity=capacity,
        stretches=worst_by_stretch(capacity, layout, questions.stretches),
        slots=pd.DataFrame(),
        ore_trains=pd.DataFrame(),
        questions=questions,
        layout=layout,
        made=make_timetable(layout, services, first_day=first, last_day=last, seed=RAIL_SEED),
    )
    return scenario_rails(study, answers, rail)


def test_the_railway_of_the_base_holds_where_a_scenario_leaves_it(rails):
    assert list(rails) == ["today", "bp_quicker", "gbg_bridge_closed"]
    assert rails["bp_quicker"] is rails["today"]
    assert scenario_rails(None, {}, None) == {}


def test_trains_of_a_closed_line_load_the_way_that_is_open(rails):
    before, after = (rails[key].stretches.set_index("stretch") for key in ("today", "gbg_bridge_closed"))
    assert np.isnan(after.loc["Grängesberg–Ställdalen", "trains"])  # nobody says none
    assert after.loc["Fagersta–Frövi", "day_pct"] > 1.5 * before.loc["Fagersta–Frövi", "day_pct"]
    slots = rails["gbg_bridge_closed"].slots.set_index("route")["slots"]
    assert slots["Frövi–Hallsberg"] == 0 and slots["Borlänge–Falun–Storvik"] > 0


def test_registers_follow_the_scenario_without_the_draws_of_the_base(hurts, answers, rails):
    base = hurts.answers.bottlenecks
    registers = scenario_registers(hurts.study, answers, base, rails, lang="sv")
    assert registers["today"] is base
    closed = registers["gbg_bridge_closed"]
    worst = "50 Grängesberg norra–Grängesberg Kyrkbacken"
    now, then = (table.set_index("name").loc[worst, "annual_vehh"] for table in (base, closed))
    assert np.max(then) > 3 * np.max(now)  # the other way out of Grängesberg is gone
    assert "rank_low" not in closed
    table = evidence_table("r", same("r"), closed, closed.attrs)
    assert table.labels["rank_interval"].sv == "rang" and "annual_sek" not in table.frame
    assert "base" in table.note.en
