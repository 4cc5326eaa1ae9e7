"""A strip along the way: modes, elevation, and the margin at every structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.drawings_common import (
    MODE_COLORS,
    VERDICT_COLORS,
    VERDICT_MARKS,
    label_axes,
    new_figure,
    quiet_axes,
    say,
)
from geoplan.maps.formats import digits_of_unit, number_text
from geoplan.maps.labels import Lang, column_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FULL_PCT = 60.0  # margins beyond this share of the limit are drawn at the edge
NAMED = 8  # tightest passages that are named


def draw_margin_strip(edges: pd.DataFrame, margins: pd.DataFrame, *, title: str = "", lang: Lang = "en") -> Figure:
    """Elevation and margins along a plan.

    Parameters
    ----------
    edges
        Edges in order of travel: index edge_id, columns mode, length_m, grade_pct.
    margins
        Rows of `Plan.margins`, with a column `name` where structures have one. A margin is drawn as a share of its
        limit, so that metres and tonnes stand side by side; what is not known stands on the line of zero. Legal
        limits that a permit covers are left to the table of permits.
    """
    figure = new_figure(24.0, 11.0)
    flat = edges["grade_pct"].isna().all()
    bands, profile, strip = figure.subplots(3, 1, sharex=True, height_ratios=[0.5, 0.5 if flat else 1.2, 3.0])
    end = np.cumsum(edges["length_m"].to_numpy()) / 1000.0
    start = end - edges["length_m"].to_numpy() / 1000.0
    _bands(bands, edges["mode"].to_numpy(dtype=object), start, end, lang)
    _profile(profile, edges, start, end, lang)
    _strip(strip, edges.index, margins, start, end, lang)
    label_axes(strip, say("along", lang), say("share", lang))
    bands.set_title(title, fontsize=10, color=s.INK, loc="left")
    return figure


def _bands(axes: Any, modes: np.ndarray, start: np.ndarray, end: np.ndarray, lang: Lang) -> None:
    """The mode of every kilometre as a coloured band."""
    axes.set_yticks([])
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False)
    change = np.flatnonzero(np.append(True, modes[1:] != modes[:-1]))
    for i, first in enumerate(change):
        last = change[i + 1] - 1 if i + 1 < len(change) else len(modes) - 1
        length = end[last] - start[first]
        if length <= 0:
            continue
        axes.barh(0, length, left=start[first], height=0.8, color=MODE_COLORS.get(modes[first], s.GREY))
        if length > 0.06 * end[-1]:
            axes.text(
                start[first] + length / 2,
                0,
                say(modes[first], lang),
                ha="center",
                va="center",
                color=s.WHITE,
                fontsize=9,
            )


def _profile(axes: Any, edges: pd.DataFrame, start: np.ndarray, end: np.ndarray, lang: Lang) -> None:
    """Elevation from the grades; where none is known the strip says so."""
    quiet_axes(axes)
    axes.tick_params(labelbottom=False)
    grade = edges["grade_pct"].to_numpy(dtype=float)
    if np.isnan(grade).all():
        axes.text(
            0.5,
            0.5,
            say("no_grades", lang),
            transform=axes.transAxes,
            ha="center",
            va="center",
            fontsize=9,
            color=s.INK,
        )
        axes.set_yticks([])
        return
    axes.set_ylabel(say("elevation", lang), fontsize=8, color=s.INK)
    rise = np.nan_to_num(grade) / 100.0 * edges["length_m"].to_numpy()
    height = np.concatenate([[0.0], np.cumsum(rise)])
    place = np.concatenate([[0.0], end])
    axes.fill_between(place, height, height.min(), color=s.PALE)
    axes.plot(place, height, color=s.INK, linewidth=1.0)


def _strip(axes: Any, index: pd.Index, margins: pd.DataFrame, start: np.ndarray, end: np.ndarray, lang: Lang) -> None:
    quiet_axes(axes)
    axes.axhline(0, color=s.INK, linewidth=1.0)
    axes.set_ylim(-FULL_PCT * 1.25, FULL_PCT * 1.25)
    row = index.get_indexer(pd.Index(margins["edge_id"]))
    keep = (row >= 0) & (margins["permit"] == "").to_numpy()
    rows, row = margins[keep], row[keep]
    place = (start[row] + end[row]) / 2
    share = (rows["margin"] / rows["limit_value"] * 100.0).to_numpy(dtype=float)
    share = np.clip(np.nan_to_num(share, nan=0.0, posinf=FULL_PCT, neginf=-FULL_PCT), -FULL_PCT, FULL_PCT)
    has_structure = (rows["structure_id"] != "").to_numpy()
    for verdict, color in VERDICT_COLORS.items():
        which = (rows["verdict"] == verdict).to_numpy()
        # What is not known has no height of its own: marks on the line of zero that must not be overlooked.
        small = (20, 0.8) if verdict == "unknown" else (9, 0.45)
        for own, size, opacity in ((has_structure, 44, 1.0), (~has_structure, *small)):
            axes.scatter(
                place[which & own],
                share[which & own],
                s=size,
                marker=VERDICT_MARKS[verdict],
                color=color,
                alpha=opacity,
                linewidths=0.6,
                edgecolors=s.WHITE if own is has_structure else "none",
                label=say(verdict, lang) if own is has_structure else None,
                zorder=4 if own is has_structure else 3,
            )
    _name_tightest(axes, rows, place, share, has_structure, lang)
    axes.legend(loc="upper right", fontsize=8, frameon=False, ncols=3)


def _name_tightest(
    axes: Any, rows: pd.DataFrame, place: np.ndarray, share: np.ndarray, own: np.ndarray, lang: Lang
) -> None:
    """Names at the structures with the least margin, one name a structure."""
    table = (
        rows.assign(place=place, share=share)[own].sort_values("share", kind="stable").drop_duplicates("structure_id")
    )
    for i, passage in enumerate(table.head(NAMED).sort_values("place").to_dict("records")):
        name = passage.get("name") or passage["structure_id"]
        digits = digits_of_unit(str(passage["unit"]))
        margin = number_text(passage["margin"], lang, digits=digits)
        figure = say("unknown", lang) if np.isnan(passage["margin"]) else f"{margin} {passage['unit']}"
        text = f"{name}: {column_text(str(passage['limit']), lang)} {figure}"
        axes.annotate(
            text,
            (passage["place"], passage["share"]),
            (0, 14 + 13 * (i % 3)),
            textcoords="offset points",
            fontsize=7.5,
            color=s.INK,
            ha="left",
            arrowprops={"arrowstyle": "-", "color": s.BORDER, "linewidth": 0.7},
        )
