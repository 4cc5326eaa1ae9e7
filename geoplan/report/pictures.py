"""Figures of matplotlib as pictures inside a page and as files beside it; the same figure gives the same bytes."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

from geoplan.maps.standalone import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

PNG_DPI = 200


def figure_svg(drawing: Drawing, key: str) -> str:
    """The drawing as an `svg` element for a page; `key` keeps its ids apart from those of other drawings.

    Letters stay letters, so that a reader can search and a screen reader read them.
    """
    text = _svg(drawing, key)
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', text)
    # The page decides how wide a drawing is; its view box keeps the shape.
    return re.sub(r'^<svg ([^>]*?)width="[^"]*"', r"<svg \1", re.sub(r'height="[^"]*pt"', "", text, count=1), count=1)


def write_picture(drawing: Drawing, path: str | os.PathLike[str]) -> Path:
    """Write a drawing as .svg or .png, whole or not at all.

    Raises
    ------
    DataError
        The file cannot be written there.
    """
    target = Path(path)
    if target.suffix == ".svg":
        return write_whole(target, _svg(drawing, target.stem).encode("utf-8"))
    stream = io.BytesIO()
    drawing.savefig(stream, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return write_whole(target, stream.getvalue())


def _svg(drawing: Drawing, salt: str) -> str:
    stream = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        drawing.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()
