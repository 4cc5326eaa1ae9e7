"""What a report says: figures, tables, charts, maps and sources, each with its words in both languages.

These records are all that page, workbook and summary know. Whoever has results fills them; nothing here computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import pandas as pd

from geoplan.maps.labels import Lang, Text, same

NO_TEXT = same("")
_SCENARIO = "scenario"


@dataclass(frozen=True)
class Figure:
    """A headline figure.

    Parameters
    ----------
    id
        Stable name for programs that read summary.json.
    value
        NaN is not known; `inf` is unlimited; a text (of both languages) when the answer is no number.
    digits
        Decimals; three significant figures when None.
    basis
        What it rests on, in one sentence.
    share_unknown, share_assumed
        Share, 0 to 1, of what it is made of (metres, trips ...) that is not known or assumed; NaN when nobody counted.
    source
        Where its inputs come from.
    tone
        "good", "bad" or "open" gives the card a mark of its own beside the words.
    """

    id: str
    label: Text
    value: float | Text
    unit: Text = NO_TEXT
    digits: int | None = None
    basis: Text = NO_TEXT
    share_unknown: float = float("nan")
    share_assumed: float = float("nan")
    source: str = ""
    tone: Literal["", "good", "bad", "open"] = ""


@dataclass(frozen=True, eq=False)
class Table:
    """A table with the words for its columns.

    Parameters
    ----------
    frame
        Shown as it is, without its index. A cell may be a number, a text, a `Text`, or a key that has words in
        `geoplan.maps.labels` (a mode, a verdict ...).
    labels, units, digits
        For the columns whose words, unit or decimals are not those of their name; a unit "" shows none. `units` may
        also name a column of the frame that holds the unit of each row: `{"value": "@unit"}`; that column is then
        not shown.
    few
        Rows shown at first on a page; all when None. Files have all.
    name
        Short name for a sheet or a file; `id` when empty.
    stays
        In a section that follows the scenario: what this table shows whichever is chosen, in one line.
    """

    id: str
    title: Text
    frame: pd.DataFrame
    labels: Mapping[str, Text] = field(default_factory=dict)
    units: Mapping[str, Text | str] = field(default_factory=dict)
    digits: Mapping[str, int] = field(default_factory=dict)
    note: Text = NO_TEXT
    few: int | None = 12
    name: Text = NO_TEXT
    stays: Text = NO_TEXT

    @cached_property
    def cells(self) -> dict[str, list[Any]]:
        """Values of the frame by column: every file of a run asks for each cell several times."""
        return {str(key): values.to_list() for key, values in self.frame.items()}


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; NaN has no bar and is said to be not known."""

    label: Text
    value: float
    tone: Literal["", "strong", "weak"] = ""


@dataclass(frozen=True)
class Chart:
    """Bars of one unit, drawn from zero; values below zero go the other way in another colour and pattern.

    `limit` draws a line across the bars, such as the 80 % of rail capacity.
    """

    id: str
    title: Text
    bars: tuple[Bar, ...]
    unit: Text = NO_TEXT
    digits: int | None = None
    limit: float | None = None
    limit_label: Text = NO_TEXT
    note: Text = NO_TEXT


@dataclass(frozen=True)
class MapLink:
    """A map page beside the report: its file name, and a small picture as SVG (`geoplan.maps.picture.map_svg`).

    `state` is what the map of the page itself has to show to be the same (`geoplan.report.atlas.MapState.hash`); the
    picture then leads there.
    """

    path: str
    title: Text
    text: Text = NO_TEXT
    picture: str = ""
    state: str = ""


@dataclass(frozen=True)
class Picture:
    """A drawing inside the page: an `svg` element (`geoplan.report.pictures.figure_svg`) and its words."""

    id: str
    title: Text
    svg: str
    note: Text = NO_TEXT


@dataclass(frozen=True)
class Section:
    """A part of the page: what was found, in words first, then figures, charts, maps, pictures and tables.

    `by_scenario` holds the same section for the other scenarios by id (see `by_scenario_of`); its text, figures,
    charts and tables take the place of these when the reader chooses that scenario, but for tables that say they stay.
    A section that does not follow the scenario says in `stays` what it shows, and why.
    """

    id: str
    title: Text
    text: tuple[Text, ...] = ()
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    maps: tuple[MapLink, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    by_scenario: Mapping[str, Section] = field(default_factory=dict)
    stays: Text = NO_TEXT


@dataclass(frozen=True)
class Source:
    """An input: who made it, of which date, under which licence; `sha256` of the file that was read."""

    key: str
    title: Text | str
    licence: Text | str = ""
    date: str = ""
    url: str = ""
    confidence: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class InputFile:
    """A file that was read: its name, size and sha256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Share:
    """How much of something is measured, assumed and not known, as shares that sum to 1."""

    label: Text
    measured: float
    assumed: float
    unknown: float


@dataclass(frozen=True)
class Meta:
    """What every file of a report carries.

    Parameters
    ----------
    name, description
        Of the study.
    data_date
        Date of the data; not of the run, so that the same input gives the same file.
    version, command
        Of geoplan, and the command line that makes the report again.
    sources, inputs, assumptions, shares
        For the panel of assumptions and sources: where the data come from, and the files that were read.
    files
        Files beside the page that a reader can take along: name and words.
    """

    name: Text
    description: Text = NO_TEXT
    data_date: str = ""
    version: str = ""
    command: str = ""
    attribution: str = ""
    sources: tuple[Source, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    assumptions: tuple[Text, ...] = ()
    shares: tuple[Share, ...] = ()
    files: tuple[tuple[str, Text], ...] = ()


def by_scenario_of(sections: Mapping[str, Section | None]) -> Section | None:
    """One section from the same section made for each scenario, the base first; None when the base has none."""
    base, *_ = sections.values()
    if base is None:
        return None
    others = {key: one for key, one in list(sections.items())[1:] if one is not None}
    return replace(base, by_scenario=others)


def all_figures(sections: tuple[Section, ...] | list[Section]) -> list[Figure]:
    """Figures of all sections, each id once, in order."""
    found: dict[str, Figure] = {}
    for section in sections:
        for figure in section.figures:
            found.setdefault(figure.id, figure)
    return list(found.values())


def all_tables(
    sections: tuple[Section, ...] | list[Section], *, scenarios: Mapping[str, Text] | None = None
) -> list[Table]:
    """Tables of all sections, in order.

    With `scenarios`, the words of each by id with the base first, the tables of a section that follows the scenario
    hold the rows of all of them, with the scenario in their first column.
    """
    if not scenarios:
        return [table for section in sections for table in section.tables]
    return [_of_all(table, section, scenarios) for section in sections for table in section.tables]


def _of_all(table: Table, section: Section, scenarios: Mapping[str, Text]) -> Table:
    """A table with the rows of every scenario that its section has."""
    base, *_ = scenarios
    shown = {base: section, **section.by_scenario}
    frames = []
    for key, words in scenarios.items():
        own = next((one for one in shown[key].tables if one.id == table.id), None) if key in shown else None
        if own is not None and len(own.frame):
            column = pd.Series([words] * len(own.frame), index=own.frame.index, dtype="object")
            frames.append(own.frame.assign(**{_SCENARIO: column})[[_SCENARIO, *own.frame.columns]])
    if not section.by_scenario or table.stays != NO_TEXT or not frames or _SCENARIO in table.frame:
        return table
    labels = {**table.labels, _SCENARIO: Text("scenario", "scenario")}
    return replace(table, frame=pd.concat(frames, ignore_index=True), labels=labels)


def text_of(value: Text | str, lang: Lang) -> str:
    """Words in one language; a plain text is the same in both."""
    return value.of(lang) if isinstance(value, Text) else str(value)
