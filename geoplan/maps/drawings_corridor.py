"""A strip along a corridor: traffic and speed on its road, time occupied on its railway, and where it hurts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.drawings_common import label_axes, new_figure, quiet_axes
from geoplan.maps.labels import Lang, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = {
    "road": Text("Väg", "Road"),
    "rail": Text("Järnväg", "Railway"),
    "sea": Text("Farled", "Fairway"),
    "flow": Text("fordon/h i maxtimmen\n(tyngre riktningen)", "vehicles/h in the peak hour\n(heavier direction)"),
    "speed": Text("km/h", "km/h"),
    "occupied": Text("belagd tid (%)", "time occupied (%)"),
    "day": Text("dygn", "day"),
    "peak": Text("två mest belastade timmarna", "busiest two hours"),
    "limit": Text("80 %: stora begränsningar", "80%: severe limitations"),
    "km": Text("km", "km"),
    "numbers": Text("siffror: flaskhalsarnas rang", "numbers: ranks of the bottlenecks"),
    "unknown": Text("trafiken är inte känd", "the traffic is not known"),
}
NAME_GAP = 0.055  # least distance between two names, share of the length
MARK_GAP = 0.022  # and between two numbers
LIMIT_PCT = 80.0


def draw_corridor(
    sections: pd.DataFrame, bottlenecks: pd.DataFrame, *, named: Collection[str] = (), lang: Lang = "en"
) -> Figure:
    """Strips of a corridor, one block a mode, each on its own kilometres.

    Parameters
    ----------
    sections
        `CorridorSheet.sections`: mode, from_km, to_km, from_name, to_name, speed_kmh, flow_vph, consumption_pct,
        peak_pct (optional).
    bottlenecks
        `CorridorSheet.bottlenecks`: mode, km, rank (NaN: outside the study area), kind.
    named
        Names of places that are written before others.
    """
    modes = list(dict.fromkeys(sections["mode"]))
    heights = [height for mode in modes for height in ((2.2, 1.1) if mode == "road" else (2.0,))]
    figure = new_figure(19.0, 3.1 * sum(heights))
    axes = iter(np.atleast_1d(figure.subplots(len(heights), 1, height_ratios=heights)))
    for mode in modes:
        part = sections[sections["mode"] == mode]
        own = bottlenecks[bottlenecks["mode"] == mode] if len(bottlenecks) else bottlenecks
        if mode == "road":
            flow, speed = next(axes), next(axes)
            _steps(flow, part, "flow_vph", s.BLUE, WORDS["flow"].of(lang))
            _steps(speed, part, "speed_kmh", s.INK, WORDS["speed"].of(lang))
            _marks(flow, part, own)
            _ends(flow, part, title=_title("road", part, own, lang))
            _ends(speed, part, names=named)
        elif mode == "rail":
            panel = next(axes)
            _occupied(panel, part, lang)
            _marks(panel, part, own)
            _ends(panel, part, title=_title("rail", part, own, lang), names=named)
        else:
            panel = next(axes)
            _steps(panel, part, "speed_kmh", s.INK, WORDS["speed"].of(lang))
            _ends(panel, part, title=_title(mode, part, own, lang), names=named)
    return figure


def _title(mode: str, part: pd.DataFrame, own: pd.DataFrame, lang: Lang) -> str:
    numbers = f" ({WORDS['numbers'].of(lang)})" if len(own) and own["rank"].notna().any() else ""
    return f"{WORDS[mode].of(lang)}, {part['to_km'].max():.0f} km{numbers}"


def _steps(axes: Any, part: pd.DataFrame, column: str, color: str, label: str) -> None:
    """A number of each section as a filled step."""
    quiet_axes(axes)
    values = part[column].to_numpy(dtype=float)
    edges = np.append(part["from_km"].to_numpy(), part["to_km"].to_numpy()[-1])
    axes.stairs(np.nan_to_num(values), edges, fill=True, color=color, alpha=0.25)
    axes.stairs(np.nan_to_num(values), edges, color=color, linewidth=1.4, baseline=None)
    axes.set_ylim(0, max(1.0, float(np.nanmax(values, initial=1.0))) * 1.25)
    axes.set_ylabel(label, fontsize=8, color=s.INK)


def _occupied(axes: Any, part: pd.DataFrame, lang: Lang) -> None:
    """Time occupied of the day, the busiest two hours as a line, and the class that begins at 80 %."""
    _steps(axes, part, "consumption_pct", s.BLUE, WORDS["occupied"].of(lang))
    day = part["consumption_pct"].to_numpy(dtype=float)
    peak = part["peak_pct"].to_numpy(dtype=float) if "peak_pct" in part else np.full(len(part), np.nan)
    edges = np.append(part["from_km"].to_numpy(), part["to_km"].to_numpy()[-1])
    if np.isfinite(peak).any():
        axes.stairs(peak, edges, color=s.VERMILION, linewidth=1.6, baseline=None, label=WORDS["peak"].of(lang))
        axes.plot([], [], color=s.BLUE, linewidth=5, alpha=0.5, label=WORDS["day"].of(lang))
    axes.axhline(LIMIT_PCT, color=s.INK, linewidth=1.0, linestyle=(0, (4, 3)), label=WORDS["limit"].of(lang))
    axes.set_ylim(0, max(100.0, float(np.nanmax(np.append(day, peak), initial=0.0)) * 1.15))
    for first, last in _runs(np.isnan(day)):
        start, end = float(part["from_km"].iloc[first]), float(part["to_km"].iloc[last])
        axes.axvspan(start, end, color=s.PALE, zorder=0)
        if end - start > 0.12 * edges[-1]:
            words = WORDS["unknown"].of(lang)
            axes.text((start + end) / 2, 6, words, ha="center", va="bottom", fontsize=7.5, color=s.INK)
    # Above the title, which may be as long as the panel is wide.
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.18), borderaxespad=0.0, fontsize=7.5, frameon=False, ncols=3)


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """First and last position of each run of True."""
    change = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(change[::2], change[1::2], strict=True)]


def _marks(axes: Any, part: pd.DataFrame, own: pd.DataFrame) -> None:
    """The best rank at each place along the corridor, in a circle on top."""
    if own.empty or not own["rank"].notna().any():
        return
    length = float(part["to_km"].max())
    spans = part[["from_km", "to_km"]].to_numpy(dtype=float)
    middle = {start: (start + end) / 2 for start, end in spans}
    ranked = own[own["rank"].notna()].sort_values("rank").drop_duplicates("km")
    taken: list[float] = []
    top = axes.get_ylim()[1]
    for km, rank in ranked[["km", "rank"]].to_numpy(dtype=float):
        at = middle.get(km, km)
        if any(abs(at - other) < MARK_GAP * length for other in taken):
            continue
        taken.append(at)
        bubble = {"boxstyle": "circle,pad=0.25", "facecolor": s.VERMILION, "edgecolor": "white"}
        axes.text(at, top * 0.93, f"{rank:.0f}", ha="center", va="center", fontsize=7, color="white", bbox=bubble)


def _ends(axes: Any, part: pd.DataFrame, *, title: str = "", names: Collection[str] | None = None) -> None:
    """The length as the axis, with the names of the places that have room."""
    length = float(part["to_km"].max())
    axes.set_xlim(0, length)
    if title:
        label_axes(axes, "", axes.get_ylabel(), title)
        axes.yaxis.label.set_fontsize(8)
    if names is None:
        axes.tick_params(labelbottom=False)
        return
    places = [(0.0, part["from_name"].iloc[0]), (length, part["to_name"].iloc[-1])]
    stops = part[["from_km", "from_name"]].to_numpy(dtype=object)
    for km, name in sorted(stops, key=lambda stop: stop[1] not in names):
        if all(abs(km - other) >= NAME_GAP * length for other, _ in places):
            places.append((float(km), name))
    places.sort()
    axes.set_xticks([km for km, _ in places])
    labels = [f"{_short(name)}\n{km:.0f} km" for km, name in places]
    axes.set_xticklabels(labels, fontsize=7, rotation=35, ha="right", rotation_mode="anchor")


def _short(name: str) -> str:
    """A place without what stands in brackets."""
    return re.sub(r"\s*\([^)]*\)", "", str(name))
