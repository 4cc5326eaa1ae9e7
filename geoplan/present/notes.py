"""Notes and sources of tables that are kept in English, in the reader's language."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from geoplan.maps.labels import Text

_FILE = Path(__file__).with_name("notes_sv.csv")


def told_note(text: object) -> Text:
    """A note in both languages, phrase by phrase between `;`; a phrase without Swedish words stays as it is.

    The source key ASSUMED alone becomes a word.
    """
    said = text if isinstance(text, str) else ""
    if said == "ASSUMED":
        return Text("antaget", "assumed")
    words = _swedish()
    return Text("; ".join(words.get(part, part) for part in said.split("; ")), said)


@cache
def _swedish() -> dict[str, str]:
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {row["en"]: row["sv"] for row in csv.DictReader(stream)}
