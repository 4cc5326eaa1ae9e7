"""The story of a study: its own steps with figures in them, or one for each section with a map."""

from types import SimpleNamespace

import pytest

from geoplan.errors import DataError
from geoplan.io.study_config import StoryConfig
from geoplan.maps.labels import Text, same
from geoplan.present.story import study_story
from geoplan.report.atlas import Atlas, MapState
from geoplan.report.content import Figure, MapLink, Section


@pytest.fixture
def atlas():
    return Atlas(
        {"plan": Text("Plan", "Plan"), "flows": Text("Flöden", "Flows")},
        {"today": Text("I dag", "Today"), "new": Text("Ny väg", "New road")},
        {},
        {},
    )


@pytest.fixture
def sections():
    def made(value):
        return Section(
            "heavy", Text("Tungt", "Heavy"), (Text("Så.", "So."),), (Figure("cost", same("c"), value, same("Mkr"), 1),)
        )

    base = made(1.5)
    link = MapLink("a.html", same("a"), state="view=flows")
    return (
        Section(base.id, base.title, base.text, base.figures, maps=(link,), by_scenario={"new": made(2.25)}),
        Section("other", same("Other")),
    )


def study_of(*steps):
    return SimpleNamespace(config=SimpleNamespace(story=tuple(StoryConfig(**step) for step in steps)))


def test_figures_stand_in_the_text_as_the_scenario_has_them(atlas, sections):
    step = {"headline": "Kostnad", "text": {"sv": "Den är {cost}.", "en": "It is {cost}."}, "view": "plan"}
    told = study_story(study_of(step, {**step, "scenario": "new"}), atlas, sections, lang="sv")
    assert [one.text.sv for one in told] == ["Den är 1,5\u00a0Mkr.", "Den är 2,2\u00a0Mkr."]
    assert told[1].text.en == "It is 2.2\u00a0Mkr."
    assert told[1].state == MapState("plan", "new")


def test_without_steps_each_section_with_a_map_is_one(atlas, sections):
    (step,) = study_story(study_of(), atlas, sections, lang="sv", headline=Text("Det går.", "It works."))
    assert (step.headline.sv, step.text.sv, step.state) == ("Tungt", "Det går.", MapState("flows"))


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"headline": "x", "text": "{cots}"}, r"story step 1: the report has no figure 'cots'.*cost"),
        ({"headline": "x", "view": "flow"}, r"story step 1: there is no map 'flow'.*flows"),
    ],
)
def test_what_is_not_there_is_named(atlas, sections, step, said):
    with pytest.raises(DataError, match=said):
        study_story(study_of(step), atlas, sections, lang="sv")
