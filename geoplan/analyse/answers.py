"""What a study answers: records that hold tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from geoplan.analyse.commuting_answers import CommutingAnswers
from geoplan.analyse.rail_effects import RailEffects
from geoplan.appraisal.worth import Worth
from geoplan.assignment.result import Assignment
from geoplan.bottlenecks.corridor import CorridorSheet
from geoplan.bottlenecks.places import PlaceSheet
from geoplan.demand.demand import Demand
from geoplan.heavy_haul.plan import Plan
from geoplan.io.timetable import Timetable
from geoplan.network.network import Network
from geoplan.rail.layout import Layout
from geoplan.rail.questions import RailQuestions
from geoplan.rail.slot_plan import SlotPlan
from geoplan.scenario.scenario import Scenario


@dataclass(frozen=True, eq=False)
class ScenarioAnswer:
    """Results of one scenario: a plan for each transport by id, and the assignment (None without demand)."""

    scenario: Scenario
    network: Network
    demand: Demand | None
    plans: Mapping[str, Plan]
    assignment: Assignment | None


@dataclass(frozen=True, eq=False)
class RailAnswers:
    """The railway of the base: tables of `rail_capacity`, `worst_by_stretch`, `answer_slots`, `answer_ore_trains`;
    `use` of each railway edge (`rail_use`). questions, layout, made (the timetable, made up) : what they were asked of;
    plans : searches for the special train by position of the route; effects : changes, measures, closures and
    harder wishes.
    """

    capacity: pd.DataFrame
    stretches: pd.DataFrame
    slots: pd.DataFrame
    ore_trains: pd.DataFrame
    use: pd.DataFrame | None = None
    questions: RailQuestions | None = None
    layout: Layout | None = None
    made: Timetable | None = None
    plans: Mapping[int, SlotPlan] = field(default_factory=dict)
    effects: RailEffects | None = None


@dataclass(frozen=True, eq=False)
class Answers:
    """Results of a study. The first scenario of the file is the base that the others are compared with.

    scenarios : by id, in the order of the file
    links, structures : criticality of the base by edge and by structure (None without demand)
    bottlenecks : the register of the base, its ranks with intervals
    registers : the register of every scenario by id (`scenario_registers`)
    gains : what lifting each limit saves the heavy transports of the base a year, and adds to the envelope
    pairs : structures closed two by two, the worst first (`pair_criticality`)
    places, corridors : sheets of [[places]] and [[corridors]] in the base, by id
    changes : flows of each other scenario against the base, by id
    indicators : headline figures, one row a scenario and figure: scenario, id, value, unit, basis, transport
    rail : the railway of the base, None when the study asks nothing of it
    rails : the railway of every scenario by id (`scenario_rails`)
    envelope : largest loads that reach a port of the study from the origin of its first transport, by scenario title
    commuting : public transport, what is in reach, growth and who uses the places; None without demand
    matrix : every scenario in every demand year for every heavy transport (`scenario_matrix`)
    worth : what each scenario that is a measure is worth against the base, by id; None when none is one
    """

    scenarios: Mapping[str, ScenarioAnswer]
    links: pd.DataFrame | None
    structures: pd.DataFrame | None
    bottlenecks: pd.DataFrame
    changes: Mapping[str, pd.DataFrame]
    indicators: pd.DataFrame
    envelope: pd.DataFrame | None = None
    rail: RailAnswers | None = None
    rails: Mapping[str, RailAnswers] = field(default_factory=dict)
    registers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    gains: pd.DataFrame | None = None
    pairs: pd.DataFrame | None = None
    places: Mapping[str, PlaceSheet] = field(default_factory=dict)
    corridors: Mapping[str, CorridorSheet] = field(default_factory=dict)
    worth: Mapping[str, Worth] | None = None
    commuting: CommutingAnswers | None = None
    matrix: pd.DataFrame | None = None

    @property
    def base(self) -> ScenarioAnswer:
        return next(iter(self.scenarios.values()))
