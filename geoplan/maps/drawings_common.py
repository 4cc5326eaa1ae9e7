"""What the drawings share: paper, colours, words, and saving."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from geoplan.maps import style as s
from geoplan.maps.labels import Lang, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS: dict[str, Text] = {
    "above_rail": Text("höjd över räls (m)", "height above rail (m)"),
    "across": Text("från spårets mitt (m)", "from the middle of the track (m)"),
    "gauge": Text("lastprofil", "loading gauge"),
    "load": Text("last", "load"),
    "wire": Text("kontaktledning", "contact wire"),
    "wire_top": Text("högst under ledningen", "highest below the wire"),
    "fits": Text("ryms", "fits"),
    "outside": Text("utanför profilen: prövas", "outside the gauge: to be examined"),
    "hits": Text("når ledningen: stopp", "reaches the wire: refused"),
    "path": Text("styrd väg", "guided path"),
    "swept": Text("svept yta", "swept area"),
    "room": Text("plats", "room"),
    "needs": Text("behöver", "needs"),
    "metres": Text("meter", "metres"),
    "along": Text("km från start", "km from the start"),
    "margin": Text("marginal", "margin"),
    "elevation": Text("höjd (m)", "elevation (m)"),
    "unknown": Text("okänt", "not known"),
    "ok": Text("klarar", "ok"),
    "not_ok": Text("klarar inte", "not ok"),
    "no_grades": Text("lutningar är inte kända", "grades are not known"),
    "share": Text("marginal i procent av gränsen", "margin, per cent of the limit"),
    "height": Text("lastens höjd (m)", "height of the load (m)"),
    "weight": Text("lastens vikt (t)", "weight of the load (t)"),
    "no_bound": Text("ingen känd gräns", "no known bound"),
    "nothing": Text("inget kommer ut", "nothing gets out"),
    "width": Text("bredd", "width"),
    "road": Text("väg", "road"),
    "rail": Text("järnväg", "rail"),
    "sea": Text("sjö", "sea"),
    "transfer": Text("omlastning", "transfer"),
    "best": Text("alla sätt", "any way"),
}
MODE_COLORS = {"road": s.VERMILION, "rail": "#0b3c5d", "sea": s.SKY, "transfer": s.PURPLE}
VERDICT_COLORS = {"ok": s.BLUE, "unknown": s.ORANGE, "not_ok": s.VERMILION}
VERDICT_MARKS = {"ok": "o", "unknown": "^", "not_ok": "s"}
LINE_COLORS = (s.BLUE, s.VERMILION, s.PURPLE, "#0b3c5d", s.ORANGE, s.SKY)


def say(key: str, lang: Lang) -> str:
    """The word of a drawing in a language."""
    return WORDS[key].of(lang)


def new_figure(width_cm: float, height_cm: float) -> Figure:
    """An empty sheet, white, with small type."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_cm / 2.54, height_cm / 2.54), layout="constrained", facecolor="white")


def quiet_axes(axes: Any) -> None:
    """Axes without a box, light grid behind the drawing."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(s.BORDER)
    axes.tick_params(colors=s.INK, labelsize=8)
    axes.grid(color=s.PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def label_axes(axes: Any, across: str, up: str, title: str = "") -> None:
    axes.set_xlabel(across, fontsize=9, color=s.INK)
    axes.set_ylabel(up, fontsize=9, color=s.INK)
    if title:
        axes.set_title(title, fontsize=10, color=s.INK, loc="left")


def drawing_svg(figure: Figure) -> str:
    """The drawing as SVG text, to be put into a page."""
    sheet = io.StringIO()
    figure.savefig(sheet, format="svg")
    text = sheet.getvalue()
    return text[text.index("<svg") :]


def save_drawing(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 160) -> None:
    """Write the drawing; the ending of the path says how (.svg, .png, .pdf)."""
    figure.savefig(path, dpi=dpi)
