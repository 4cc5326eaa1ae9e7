"""index.html: the start page of a report, one file that opens from disk and asks the network for nothing.

Both languages are in the page and switched by it; tables sort and give CSV; it reads without JavaScript and prints.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from geoplan.maps.assets import asset, leaflet_css, leaflet_js, script_json
from geoplan.maps.formats import number_text
from geoplan.maps.labels import LANGS, Lang, Text, value_text
from geoplan.maps.pack import pack
from geoplan.maps.standalone import CSP, write_whole
from geoplan.report.atlas import Atlas
from geoplan.report.cells import cell_text, headings, is_unknown
from geoplan.report.charts import chart_rows
from geoplan.report.content import NO_TEXT, Figure, Meta, Section, Table
from geoplan.report.words import WORDS

# Words that the script of the map needs, and the parts of a section that a scenario may change.
_ATLAS_WORDS = (
    "no_map", "too_old", "twin", "twin_which", "twin_note", "find", "name", "direction", "before", "after", "no_rows",
    "csv", "unlimited",
)  # fmt: skip
_WIDE = 1.7  # width over height from which a drawing takes the whole width of the page
_PARTS = ("text", "figures", "charts")


def write_page(
    path: str | os.PathLike[str],
    sections: Sequence[Section],
    *,
    meta: Meta,
    headline: Text = NO_TEXT,
    lang: Lang = "sv",
    atlas: Atlas | None = None,
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
    atlas
        The map of the page with its scenarios and story; a page without a map when None.

    Returns
    -------
    The path; the page is whole or not there at all.

    Raises
    ------
    DataError
        The file cannot be written there.
    """
    html = page_html(sections, meta=meta, headline=headline, lang=lang, atlas=atlas)
    return write_whole(path, html.encode("utf-8"))


def page_html(
    sections: Sequence[Section],
    *,
    meta: Meta,
    headline: Text = NO_TEXT,
    lang: Lang = "sv",
    atlas: Atlas | None = None,
) -> str:
    """The page of `write_page` as text."""
    environment = page_environment(sections, lang=lang, atlas=atlas)
    assert environment.loader is not None  # `page_environment` gives it one
    assets = {
        name: Markup(environment.loader.get_source(environment, file)[0])
        for name, file in (("css", "page.css"), ("js", "page.js"), ("atlas_js", "atlas.js"))
    }
    if atlas is not None:
        assets |= _atlas_assets(environment, sections, atlas)
    page = environment.get_template("page.html.j2")
    return page.render(sections=sections, meta=meta, headline=headline, csp=CSP, atlas=atlas, **assets)


def page_environment(sections: Sequence[Section], *, lang: Lang = "sv", atlas: Atlas | None = None) -> Environment:
    """The templates with the words and functions that they call."""
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
        safe_svg=drawing_of(sections, atlas), lang=lang, has_atlas=atlas is not None, is_wide=is_wide,
        tables_of=tables_of, switched=atlas is not None and len(atlas.scenarios) > 1,
        step_state=lambda step: json.dumps(asdict(step.state)),
    )  # fmt: skip
    return environment


def _atlas_assets(environment: Environment, sections: Sequence[Section], atlas: Atlas) -> dict[str, Markup]:
    """What the page with a map carries beside its own files: Leaflet, the maps, and what differs by scenario."""
    data = {
        "views": list(atlas.views),
        "viewNames": {key: list(text) for key, text in atlas.views.items()},
        "scenarios": list(atlas.scenarios),
        "names": {key: list(text) for key, text in atlas.scenarios.items()},
        "transports": list(atlas.transports),
        "words": {key: list(WORDS[key]) for key in _ATLAS_WORDS},
    }
    extra = {
        "parts": scenario_parts(environment, sections, atlas.headlines),
        "drawings": drawings_of(sections, atlas),
    }
    scripts = [leaflet_js(), asset("geoplan.js"), asset("unpack.js")]
    return {
        "map_css": Markup(leaflet_css() + "\n" + asset("geoplan.css")),
        "map_js": Markup("\n".join(scripts)),
        "atlas_data": Markup(script_json(data)),
        "atlas_block": Markup(pack(atlas.specs(), extra=extra)),
    }


def drawings_of(sections: Sequence[Section], atlas: Atlas) -> list[str]:
    """Drawings of a page, each once: maps, pictures, steps of the story."""
    drawn = [link.picture for section in sections for link in section.maps]
    drawn += [picture.svg for section in sections for picture in section.pictures]
    drawn += [step.picture for step in atlas.story]
    return list(dict.fromkeys(one for one in drawn if one))


def is_wide(svg: str) -> bool:
    """Whether a drawing is so much wider than high that half the width of the page makes it too small to read."""
    box = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', svg[:2000])
    return box is not None and float(box.group(1)) > _WIDE * float(box.group(2))


def drawing_of(sections: Sequence[Section], atlas: Atlas | None) -> Callable[[str], Markup]:
    """How a drawing stands in the page: as it is, or, where a script packs the page, as a place for the script."""
    if atlas is None:
        return Markup
    numbers = {text: number for number, text in enumerate(drawings_of(sections, atlas))}
    return lambda text: Markup('<span class="drawn" data-drawing="{}"></span>').format(numbers[text])


def scenario_parts(
    environment: Environment, sections: Sequence[Section], headlines: Mapping[str, Text]
) -> dict[str, dict[str, str]]:
    """Markup of the headline and of the parts of sections that differ from the base, by scenario and part."""
    make = environment.get_template("parts.html.j2").module
    found: dict[str, dict[str, str]] = {key: {"headline": str(both(text))} for key, text in headlines.items()}
    for section in sections:
        base = _drawn_parts(make, section, section) if section.by_scenario else {}
        for scenario, other in section.by_scenario.items():
            drawn = _drawn_parts(make, section, other)
            found.setdefault(scenario, {}).update({key: text for key, text in drawn.items() if text != base[key]})
    return found


def _drawn_parts(make: Any, section: Section, shown: Section) -> dict[str, str]:
    """Markup of what may differ by scenario: text, figures, charts, and each table that does not stay."""
    drawn = {f"{section.id}.{part}": str(getattr(make, f"section_{part}")(shown)) for part in _PARTS}
    own = {table.id: table for table in shown.tables}
    for table in tables_of(section):
        if table.stays == NO_TEXT:
            one = own.get(table.id)
            drawn[f"{section.id}.{table.id}"] = "" if one is None else str(make.datatable(one, section.id))
    return drawn


def tables_of(section: Section) -> list[Table]:
    """Tables of a section in all scenarios, each id once, as the first scenario that has it shows it."""
    found: dict[str, Table] = {}
    for shown in (section, *section.by_scenario.values()):
        for table in shown.tables:
            found.setdefault(table.id, table)
    return list(found.values())


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
        # Metres may hold an unknown limit and an assumed one.
        overlap = f" {WORDS['rests_both'].of(lang)}" if figure.share_unknown + figure.share_assumed > 1.0 else ""
        return f"{WORDS['rests_on'].of(lang)} {joined}{overlap}"

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
            cells.append({"text": text, "sort": _sort_key(table.cells[sv.key][row])})
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
    """What a cell is sorted by and a CSV file gets; nothing for what is not known, which stays last."""
    if is_unknown(value) or isinstance(value, Text | str | bool):
        return ""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return f"{number:.9g}" if math.isfinite(number) else ("1e999" if number > 0 else "-1e999")
