"""The register of bottlenecks in every scenario: the same kinds and rules, without the draws of the base."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoplan.analyse.answers import RailAnswers, ScenarioAnswer
from geoplan.analyse.register import bottleneck_register, find_bottlenecks
from geoplan.study import Study


def scenario_registers(
    study: Study,
    answers: Mapping[str, ScenarioAnswer],
    register: pd.DataFrame,
    rails: Mapping[str, RailAnswers],
    *,
    lang: str = "en",
) -> dict[str, pd.DataFrame]:
    """Registers by scenario id, the base first with the register given.

    The others have no intervals (`with_intervals`) and say nothing of what lifting a limit gives: both are worked out
    for the base alone.
    """
    first, *others = answers
    registers = {first: register}
    for key in others:
        rail = rails[key].use if key in rails else None
        found = find_bottlenecks(study, answers[key], rail=rail, lang=lang, beside=False)
        registers[key] = bottleneck_register(study, answers[key], found)
    return registers
