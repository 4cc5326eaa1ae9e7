"""The page itself: one template with the words, the choices and the first state; its script asks for the rest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geoplan.app.choices import Choices
from geoplan.app.state import FIRST_DAY, LAST_DAY, UNITS, State
from geoplan.app.words import OF_PAGE, WORDS
from geoplan.maps.assets import asset, leaflet_css, leaflet_js, script_json
from geoplan.maps.labels import Lang, Text
from geoplan.study import Study

# What the sliders reach over; the address takes more (see `State`).
SLIDERS = {
    "weight": (10, 800, 5),
    "height": (1.0, 7.0, 0.05),
    "width": (1.0, 7.0, 0.05),
    "length": (2.0, 30.0, 0.5),
}

CHOSEN = ("origins", "ports", "vehicles", "scenarios", "structures")


def page_html(study: Study, choices: Choices, state: State, *, version: str = "", fault: str = "") -> str:
    """The live page in the language of its state; `fault` is what was wrong with the address."""
    environment = Environment(
        loader=PackageLoader("geoplan.app", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    lang: Lang = state.lang
    about = study.config.study
    data = {
        "lang": lang,
        "fault": fault,
        "words": {key: WORDS[key].of(lang) for key in OF_PAGE},
        "presets": {key: dict(values) for key, (_, values) in choices.presets.items()},
        "first": {**choices.first, "closed": "", "day": "", "unknown": "pass"},
    }
    return environment.get_template("live.html.j2").render(
        w={key: text.of(lang) for key, text in WORDS.items()},
        lang=lang,
        state=state.model_dump(),
        name=about.name[lang],
        data_date=about.data_date.isoformat(),
        attribution=about.attribution,
        version=version,
        choices={key: _options(getattr(choices, key), lang) for key in CHOSEN},
        presets={key: words.of(lang) for key, (words, _) in choices.presets.items()},
        sliders=SLIDERS,
        units=UNITS,
        days=(FIRST_DAY.isoformat(), LAST_DAY.isoformat()),
        data=Markup(script_json(data)),
        mark=assets_mark(),
    )


@cache
def assets() -> dict[str, tuple[str, str]]:
    """Scripts and styles by the name they are served under: media type and text. There are no others."""
    script, style = "text/javascript", "text/css"
    return {
        "leaflet.js": (script, leaflet_js()),
        "leaflet.css": (style, leaflet_css()),
        "map.js": (script, asset("geoplan.js")),
        "map.css": (style, asset("geoplan.css")),
        "live.js": (script, _own("live.js")),
        "live.css": (style, _report_colours() + _own("live.css")),
    }


@cache
def assets_mark() -> str:
    """Changes when an asset does, so that a browser may keep them."""
    joined = "".join(text for _, text in assets().values())
    return hashlib.sha256(joined.encode("utf-8")).hexdigest()[:12]


def _own(name: str) -> str:
    return files("geoplan.app").joinpath("templates", name).read_text(encoding="utf-8")


def _report_colours() -> str:
    """The colours of the study page, so that both look alike."""
    css = files("geoplan.report").joinpath("templates", "page.css").read_text(encoding="utf-8")
    found = re.search(r":root\s*\{[^}]*\}", css)
    return f"{found.group(0)}\n" if found else ""


def _options(named: Mapping[str, Text], lang: Lang) -> dict[str, Any]:
    return {key: text.of(lang)[:1].upper() + text.of(lang)[1:] for key, text in named.items()}
