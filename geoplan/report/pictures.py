"""Figures of matplotlib as pictures inside a page and as files beside it; the same figure gives the same bytes."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.transforms import Bbox

from geoplan.maps.standalone import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

PNG_DPI = 200
_FOOT_IN = 0.3  # height of the line of credits, inches


def figure_svg(drawing: Drawing, key: str) -> str:
    """The drawing as an `svg` element for a page; `key` keeps its ids apart from those of other drawings.

    Letters stay letters, so that a reader can search and a screen reader read them.
    """
    with _laid_out(drawing):
        text = _svg(drawing, key)
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', text)
    # The page decides how wide a drawing is; its view box keeps the shape.
    return re.sub(r'^<svg ([^>]*?)width="[^"]*"', r"<svg \1", re.sub(r'height="[^"]*pt"', "", text, count=1), count=1)


def write_picture(drawing: Drawing, path: str | os.PathLike[str], *, credit: str = "") -> Path:
    """Write a drawing as .svg or .png on a white sheet of 16:9, whole or not at all.

    Parameters
    ----------
    credit
        Attribution, date of the data and version, in small type at the bottom of the sheet.

    Raises
    ------
    DataError
        The file cannot be written there.
    """
    with _sheet(drawing, credit) as box:
        return _write(drawing, Path(path), box)


def write_pictures(drawing: Drawing, stem: Path, *, credit: str = "") -> None:
    """The drawing as .svg and as .png, as `write_picture` writes them, under one name without ending."""
    with _sheet(drawing, credit) as box:
        for ending in (".svg", ".png"):
            _write(drawing, stem.with_name(stem.name + ending), box)


def _write(drawing: Drawing, target: Path, box: Bbox) -> Path:
    """What lies in the box, inches, as a file."""
    if target.suffix == ".svg":
        return write_whole(target, _svg(drawing, target.stem, bbox_inches=box).encode("utf-8"))
    stream = io.BytesIO()
    drawing.savefig(stream, format="png", dpi=PNG_DPI, metadata={"Software": None}, bbox_inches=box)
    return write_whole(target, stream.getvalue())


@contextmanager
def _laid_out(drawing: Drawing) -> Iterator[None]:
    """The drawing with its layout worked out once and kept: saving it would draw it all a second time for that."""
    engine = drawing.get_layout_engine()
    if engine is not None:
        engine.execute(drawing)
    drawing.set_layout_engine("none")
    try:
        yield
    finally:
        drawing.set_layout_engine(engine)


@contextmanager
def _sheet(drawing: Drawing, credit: str) -> Iterator[Bbox]:
    """The box of a 16:9 sheet around the drawing, which has the credit at its foot meanwhile."""
    with _laid_out(drawing):
        # Legends stay where the layout has put them in the figure; in the sheet they would meet the credit.
        free = [legend for legend in drawing.legends if legend.get_bbox_to_anchor() is drawing.bbox]
        for legend in free:
            legend.set_bbox_to_anchor((0.0, 0.0, 1.0, 1.0), transform=drawing.transFigure)
        box = _sheet_box(drawing)
        # Small drawings get a small foot note: it grows with the sheet.
        width, height = drawing.get_size_inches()
        note = drawing.text(
            (box.x0 + 0.12) / width, (box.y0 + 0.07) / height, credit.replace("$", r"\$"),
            fontsize=7.0 * min(1.0, box.height / 6.0), color="#3e4c59", va="bottom", ha="left", in_layout=False,
        )  # fmt: skip
        try:
            yield box
        finally:
            note.remove()
            for legend in free:
                legend.set_bbox_to_anchor(None)


def _sheet_box(drawing: Drawing) -> Bbox:
    """16:9 around all that is drawn, inches: a legend may hang out below the figure; the credit has its own line."""
    inked = Bbox.union([Bbox.from_bounds(0, 0, *drawing.get_size_inches()), drawing.get_tightbbox()])
    high = max(inked.height + _FOOT_IN, inked.width * 9 / 16)
    wide = high * 16 / 9
    left = (inked.x0 + inked.x1 - wide) / 2
    bottom = inked.y0 - _FOOT_IN - (high - inked.height - _FOOT_IN) / 2
    return Bbox.from_bounds(left, bottom, wide, high)


def _svg(drawing: Drawing, salt: str, **more: Any) -> str:
    stream = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        drawing.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, **more)
    return stream.getvalue()
