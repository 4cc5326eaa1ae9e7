"""All that a study asks about commuting beside the flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from geoplan.analyse.access import study_access
from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.commuting_answers import CommutingAnswers
from geoplan.analyse.growth import study_growth
from geoplan.analyse.transit import Supplies, study_transit
from geoplan.analyse.users import study_users
from geoplan.study import Study


def study_commuting(
    study: Study,
    answers: Mapping[str, ScenarioAnswer],
    on_step: Callable[[str], None],
    lang: str,
    *,
    supplies: Supplies | None = None,
) -> CommutingAnswers | None:
    """Public transport, what is in reach, growth and who uses the places; None without demand."""
    base = next(iter(answers.values()))
    if base.assignment is None:
        return None
    on_step("pendling" if lang == "sv" else "commuting")
    transit = study_transit(study, answers, supplies=supplies)
    return CommutingAnswers(
        transit=transit,
        access=study_access(study, answers, transit),
        growth=study_growth(study, base),
        users={key: study_users(study, answer) for key, answer in answers.items()},
    )
