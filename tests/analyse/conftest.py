"""The base of the embedded study with its bottlenecks, places and corridors, worked out once."""

from types import SimpleNamespace

import pandas as pd
import pytest

from geoplan.analyse.answers import Answers
from geoplan.analyse.places import corridor_sheets, place_sheets
from geoplan.analyse.register import bottleneck_register, find_bottlenecks, with_intervals
from geoplan.analyse.scenario import answer_scenario
from geoplan.study import read_study


@pytest.fixture(scope="session")
def hurts():
    """study, base, found (of each kind), and answers with the register, places and corridors of the base only."""
    study = read_study("ludvika")
    base = answer_scenario(study, study.scenarios[0], lang="sv")
    found = find_bottlenecks(study, base, lang="sv")
    register = with_intervals(study, base, bottleneck_register(study, base, found))
    answers = Answers(
        scenarios={base.scenario.id: base},
        links=found.links,
        structures=found.structures,
        bottlenecks=register,
        changes={},
        indicators=pd.DataFrame(),
        gains=found.gains,
        pairs=found.pairs,
        places=place_sheets(study, base, found, register),
        corridors=corridor_sheets(study, base, found, register),
    )
    return SimpleNamespace(study=study, base=base, found=found, answers=answers)
