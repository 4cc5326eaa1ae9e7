"""The railway of the embedded study: what is not known of its passing loops stays a range."""

from geoplan.analyse.railway import study_capacity
from geoplan.maps.labels import Text
from geoplan.present.rail import _STRETCH_COLUMNS, rail_table
from geoplan.rail.capacity import worst_by_stretch
from geoplan.rail.questions import read_questions


def test_unknown_loops_are_a_range(hurts):
    study = hurts.study
    questions = read_questions(study.folder / "rail.toml")
    _, layout, capacity = study_capacity(study, study.network, questions, bounds=True)
    table = worst_by_stretch(capacity, layout, questions.stretches).set_index("stretch")
    assert (table["low_pct"] <= table["day_pct"]).all() and (table["day_pct"] <= table["high_pct"]).all()
    # Six new loops were built on Ställdalen-Kil, but their names were not found: the table lists no loop there.
    kil = table.loc["Ställdalen–Kil"]
    assert kil["low_pct"] < 0.5 * kil["day_pct"] and kil["day_pct"] == kil["high_pct"]
    shown = rail_table("stretches", Text("x", "x"), table.reset_index(), _STRETCH_COLUMNS)
    assert shown.labels["low_pct"].en == "if all unknown loops exist, day" and shown.units["high_pct"].sv == "%"


def test_a_double_track_section_takes_many_more_trains(hurts):
    study = hurts.study
    questions = read_questions(study.folder / "rail.toml")
    _, layout, capacity = study_capacity(study, study.network, questions)
    south = worst_by_stretch(capacity, layout, questions.stretches).set_index("stretch").loc["Frövi–Hallsberg"]
    assert south["extra_trains_60"] < south["extra_trains_80"] < south["extra_trains_100"]  # no cap in between
