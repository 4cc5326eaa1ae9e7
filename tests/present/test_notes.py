"""Notes that are kept in English have Swedish words."""

import csv

import pandas as pd

from geoplan.present.notes import _FILE, told_note


def test_a_note_is_told_phrase_by_phrase():
    assert told_note("regional trip, one person; read for ASEK 7.0") == (
        "regional resa, en person; läst för ASEK 7.0",
        "regional trip, one person; read for ASEK 7.0",
    )
    assert told_note("VM004") == ("VM004", "VM004") and told_note(float("nan")) == ("", "")
    assert told_note("ASSUMED") == ("antaget", "assumed")


def test_every_note_of_the_newest_values_has_swedish_words():
    with _FILE.open(encoding="utf-8", newline="") as stream:
        known = {row["en"] for row in csv.DictReader(stream)}
    folder = _FILE.parents[1] / "appraisal" / "values"
    table = pd.concat([pd.read_csv(folder / name) for name in ("asek8.csv", "effects.csv")])
    notes = pd.concat([table["source"], table["note"]]).dropna()
    lost = {part for text in notes for part in text.split("; ") if part not in known}
    assert not lost
