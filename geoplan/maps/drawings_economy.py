"""The tornado of an appraisal: which assumption moves the result most, and how far all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geoplan.maps import style as s
from geoplan.maps.drawings_common import label_axes, new_figure, quiet_axes
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ALL = Text("Allt på en gång (90 % av utfallen)", "All at once (90 % of the draws)")
_ACROSS = Text("nettonuvärde (Mkr)", "net present value (MSEK)")
_CENTRAL = Text("huvudkalkyl", "central case")
_ZERO = Text("lönar sig", "pays")


@dataclass(frozen=True)
class Swing:
    """One assumption and what the result becomes at each of its settings; `unverified` values carry a mark."""

    label: Text
    settings: tuple[tuple[Text, float], ...]
    unverified: bool = False


def draw_tornado(
    swings: Sequence[Swing],
    *,
    central_msek: float,
    interval_msek: tuple[float, float] | None = None,
    lang: Lang = "en",
) -> Figure:
    """Net present value at each setting, the widest bar on top, and below them all drawn at once.

    Parameters
    ----------
    swings
        Assumptions; their order is the caller's, the drawing sorts them by width.
    central_msek
        Result of the central case: the line that the bars start from.
    interval_msek
        Ends of the bar for everything at once; left out when None.
    """
    ordered = sorted(swings, key=lambda swing: max(abs(value - central_msek) for _, value in swing.settings))
    first = 0 if interval_msek is None else 1
    # As high at least that all of a study stand side by side on the page, and none takes its whole width.
    figure = new_figure(13.5, max(8.5, 2.4 + 0.68 * (len(ordered) + first)))
    axes = figure.add_subplot()
    quiet_axes(axes)
    axes.grid(axis="y", visible=False)
    if interval_msek is not None:
        low, high = interval_msek
        axes.barh(0, high - low, left=low, height=0.5, color=s.PURPLE, hatch="//", edgecolor=s.WHITE, linewidth=0)
        _write_ends(axes, 0, [(number_text(low, lang, digits=0), low), (number_text(high, lang, digits=0), high)],
                    (low + high) / 2)  # fmt: skip
    for row, swing in enumerate(ordered, start=first):
        for _, value in swing.settings:
            color = s.BLUE if value >= central_msek else s.ORANGE
            axes.barh(row, value - central_msek, left=central_msek, height=0.6, color=color)
        _write_ends(axes, row, [(setting.of(lang), value) for setting, value in swing.settings], central_msek)
    names = [] if interval_msek is None else [_ALL.of(lang)]
    names += [swing.label.of(lang) + (" *" if swing.unverified else "") for swing in ordered]
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.axvline(central_msek, color=s.INK, linewidth=1.2)
    axes.annotate(
        f"{_CENTRAL.of(lang)} {number_text(central_msek, lang, digits=0)}",
        (central_msek, 1.0), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
        ha="center", fontsize=8, color=s.INK,
    )  # fmt: skip
    _widen(axes)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.xaxis.set_major_formatter(lambda value, _: number_text(value, lang, digits=0))
    if axes.get_xlim()[0] < 0 < axes.get_xlim()[1]:
        axes.axvline(0.0, color=s.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(f"{_ZERO.of(lang)} →", (0.0, 0.0), (3, 3), xycoords=("data", "axes fraction"),
                      textcoords="offset points", fontsize=7, color=s.INK)  # fmt: skip
    label_axes(axes, _ACROSS.of(lang), "")
    return figure


def _write_ends(axes: Axes, row: int, ends: Sequence[tuple[str, float]], middle: float) -> None:
    """The setting at the outer end of each bar; two on the same side stand together at the outermost."""
    for side, shift, sign in (("right", -3, -1), ("left", 3, 1)):
        here = [(text, value) for text, value in ends if (value >= middle) == (sign > 0)]
        if here:
            outer = max(here, key=lambda end: sign * end[1])[1]
            words = " · ".join(text for text, _ in sorted(here, key=lambda end: sign * end[1]))
            axes.annotate(words, (outer, row), (shift, 0), textcoords="offset points", ha=side, va="center",
                          fontsize=7, color=s.INK)  # fmt: skip


def _widen(axes: Axes) -> None:
    """Room for the words at the ends of the bars."""
    low, high = axes.get_xlim()
    room = 0.18 * (high - low)
    axes.set_xlim(low - room, high + room)
