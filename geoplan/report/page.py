"""index.html: the start page of a report, one file that opens from disk and asks the network for nothing.

Both languages are in the page and switched by it; tables sort and give CSV; it reads without JavaScript and prints.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from geoplan.maps.formats import number_text
from geoplan.maps.labels import LANGS, Lang, Text, value_text
from geoplan.maps.standalone import CSP, write_whole
from geoplan.report.cells import cell_text, headings, is_unknown
from geoplan.report.charts import chart_rows
from geoplan.report.content import NO_TEXT, Figure, Meta, Section, Table
from geoplan.report.words import WORDS


def write_page(
    path: str | os.PathLike[str],
    sections: Sequence[Section],
    *,
    meta: Meta,
    headline: Text = NO_TEXT,
    lang: Lang = "sv",
) -> Path:
    """Write the start page.

    Parameters
    ----------
    sections
        In the order of the page. Figures of the first section stand at the top as cards.
    meta
        Name, date, sources and assumptions; the date is that of the data, so that the same input gives the same bytes.
    headline
        What was found, in one or two sentences.
    lang
        Language in which the page opens; the reader can switch.

    Returns
    -------
    The path; the page is whole or not there at all.

    Raises
    ------
    DataError
        The file cannot be written there.
    """
    return write_whole(path, page_html(sections, meta=meta, headline=headline, lang=lang).encode("utf-8"))


def page_html(sections: Sequence[Section], *, meta: Meta, headline: Text = NO_TEXT, lang: Lang = "sv") -> str:
    """The page of `write_page` as text."""
    environment = Environment(
        loader=PackageLoader("geoplan.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        t=both, w=WORDS, figure_value=figure_value, rests_on=rests_on, table_view=table_view, chart_rows=chart_rows,
        percent=percent, confidence=lambda key: _each(lambda one: value_text("confidence", key, one)),
        safe_svg=Markup,
    )  # fmt: skip
    assets = {
        name: Markup(environment.loader.get_source(environment, file)[0])  # type: ignore[union-attr]
        for name, file in (("css", "page.css"), ("js", "page.js"))
    }
    page = environment.get_template("page.html.j2")
    return page.render(sections=sections, meta=meta, headline=headline, lang=lang, csp=CSP, **assets)


def both(text: Text | str) -> Markup:
    """Words in both languages, of which the page shows one; the same words in both stand once."""
    if not isinstance(text, Text):
        return escape(text)
    if text.sv == text.en:
        return escape(text.sv)
    return Markup('<span lang="sv">{}</span><span lang="en">{}</span>').format(text.sv, text.en)


def figure_value(figure: Figure) -> Text:
    """The value of a figure in words."""
    value = figure.value
    return value if isinstance(value, Text) else _each(lambda lang: number_text(value, lang, digits=figure.digits))


def rests_on(figure: Figure) -> Text:
    """How much of a figure rests on values not known or assumed; empty when nobody counted."""
    if math.isnan(figure.share_unknown) and math.isnan(figure.share_assumed):
        return NO_TEXT

    def said(lang: Lang) -> str:
        parts = [
            WORDS[key].of(lang).format(share=_percent(share, lang))
            for key, share in (("rests_unknown", figure.share_unknown), ("rests_assumed", figure.share_assumed))
            if share > 0
        ]
        if not parts:
            return WORDS["rests_known"].of(lang)
        joined = f" {WORDS['and'].of(lang)} ".join(parts)
        return f"{WORDS['rests_on'].of(lang)} {joined}"

    return _each(said)


def table_view(table: Table) -> dict[str, Any]:
    """Headings and cells of a table for the template: words in both languages, and a plain value to sort by."""
    columns = {lang: headings(table, lang) for lang in LANGS}
    rows: list[list[dict[str, Any]]] = []
    for row in range(len(table.frame)):
        cells: list[dict[str, Any]] = []
        for column in range(len(columns["sv"])):
            sv, en = columns["sv"][column], columns["en"][column]
            text = Text(cell_text(table, row, sv, "sv"), cell_text(table, row, en, "en"))
            cells.append({"text": text, "sort": _sort_key(table.frame[sv.key].iloc[row])})
        rows.append(cells)
    looks = [_look(sv.number, [row[at]["text"] for row in rows]) for at, sv in enumerate(columns["sv"])]
    for cells in rows:
        for cell, look in zip(cells, looks, strict=True):
            cell["look"] = "number" if cell["sort"] else look
    heads = [
        {"text": Text(sv.text, en.text), "look": "number" if sv.number else ""}
        for sv, en in zip(columns["sv"], columns["en"], strict=True)
    ]
    return {"heads": heads, "rows": rows}


def _look(number: bool, texts: Sequence[Text]) -> str:
    """How wide a column wants to be: numbers and short words stay on one line, long texts get room."""
    longest = max((max(len(text.sv), len(text.en)) for text in texts), default=0)
    return "number" if number else "short" if longest <= 20 else "middle" if longest <= 60 else "long"


def percent(share: float) -> Text:
    """A share as a whole percentage, in both languages."""
    return _each(lambda lang: _percent(share, lang))


def _percent(share: float, lang: Lang) -> str:
    if math.isnan(share):
        return number_text(share, lang)
    whole = round(share * 100)
    # A little is not nothing, and nearly all is not all.
    if whole == 0 and share > 0:
        return "<\u00a01\u00a0%"
    if whole == 100 and share < 1:
        return ">\u00a099\u00a0%"
    return f"{whole}\u00a0%"


def _each(said: Any) -> Text:
    """Words made once for each language."""
    return Text(*(said(lang) for lang in LANGS))


def _sort_key(value: Any) -> str:
    """What a cell is sorted by; nothing for what is not known, which stays last."""
    if is_unknown(value) or isinstance(value, Text | str | bool):
        return ""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return repr(number) if math.isfinite(number) else ("1e999" if number > 0 else "-1e999")
