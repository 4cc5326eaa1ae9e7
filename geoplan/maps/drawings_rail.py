"""Railway drawings: trains over time and distance, capacity in colours, loops along the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps import style as s
from geoplan.maps.drawings_common import label_axes, new_figure, quiet_axes
from geoplan.maps.labels import Lang, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Trafikverket's colours of capacity use; the width says it as well, so that the order survives grey print.
CAPACITY_COLORS = {"low": "#4c9f50", "medium": "#f2c230", "high": "#c9302c", "": s.GREY}
CAPACITY_WIDTHS = {"low": 2.0, "medium": 3.6, "high": 5.4, "": 1.2}
TYPE_STROKES = {
    "passenger": (s.BLUE, 0.9, "-"),
    "freight": (s.INK, 0.9, "-"),
    "ore": (s.PURPLE, 1.2, "-"),
    "special": (s.ORANGE, 1.2, "-"),
}
OTHER_STROKE = (s.BORDER, 0.9, "--")

WORDS: dict[str, Text] = {
    "time": Text("klockslag", "time of day"),
    "passenger": Text("persontåg", "passenger trains"),
    "freight": Text("godståg", "freight trains"),
    "ore": Text("malmtåg", "ore trains"),
    "special": Text("specialtransport", "special transports"),
    "other": Text("andra tåg", "other trains"),
    "slot": Text("tåget som söks", "the train that is placed"),
    "waits": Text("väntar", "waits"),
    "free": Text("lediga avgångar varje vecka", "departures free every week"),
    "works": Text("banarbete", "works"),
    "conflict": Text("konflikt", "conflict"),
    "made_up": Text("PÅHITTAD TIDTABELL: inga verkliga tåg", "MADE-UP TIMETABLE: no real trains"),
    "low": Text("högst 60 % (liten)", "up to 60 % (low)"),
    "medium": Text("61–80 % (medel)", "61–80 % (medium)"),
    "high": Text("81 % och mer (hög)", "81 % and more (high)"),
    "": Text("trafiken är inte känd", "traffic not known"),
    "loops": Text("längsta tåg som ryms (m)", "longest train that fits (m)"),
    "along": Text("km längs banan", "km along the line"),
    "known": Text("känd längd", "known length"),
    "assumed": Text("antagen längd", "assumed length"),
    "no_loop": Text("kan inte mötas", "no meeting"),
    "unknown": Text("inte känt om tåg kan mötas", "not known whether trains can meet"),
    "train": Text("tåget", "the train"),
    "consumption": Text("kapacitetsutnyttjande", "capacity used"),
    "single": Text("enkelspår", "one track"),
    "double": Text("dubbelspår", "two tracks"),
}


def _say(key: str, lang: Lang) -> str:
    return WORDS[key].of(lang)


def draw_string_diagram(
    places: pd.DataFrame,
    trains: pd.DataFrame,
    *,
    slot: pd.DataFrame | None = None,
    free: pd.DataFrame | None = None,
    works: pd.DataFrame | None = None,
    conflicts: pd.DataFrame | None = None,
    hours: tuple[float, float] | None = None,
    title: str = "",
    lang: Lang = "en",
) -> Figure:
    """Trains over time (across) and distance (up), with the train that is placed among them.

    Parameters
    ----------
    places
        name, km, can_hold; in the order of the line.
    trains
        train, train_type, made_up, part, km, time_s (seconds from midnight): one line a `part`.
    slot
        km, time_s, name: the way of the new train, two rows where it stands.
    free
        start_s, end_s: departures that are free every week, drawn as a band at the start.
    works
        km_from, km_to, start_s, end_s.
    conflicts
        km, time_s, label.
    hours
        Hours that are shown; from the slot (an hour before to an hour after) or the whole day when None.
    """
    low, high = hours if hours is not None else _hours(slot)
    figure = new_figure(min(46.0, max(24.0, 2.2 * (high - low))), 15.0)
    axes: Any = figure.subplots()
    quiet_axes(axes)
    _place_lines(axes, places)
    if works is not None:
        for row in works.to_dict("records"):
            start, end = row["start_s"] / 3600, row["end_s"] / 3600
            if end > low and start < high:
                axes.fill_between(
                    [start, end], row["km_from"], row["km_to"], color=s.PALE, hatch="///", edgecolor=s.BORDER, lw=0,
                    label=_say("works", lang),
                )  # fmt: skip
    for kind in [*TYPE_STROKES, "other"]:
        chosen = (
            trains[~trains["train_type"].isin(list(TYPE_STROKES))]
            if kind == "other"
            else trains[trains["train_type"] == kind]
        )
        _strings(axes, chosen, kind, low, high, lang)
    if free is not None and len(free):
        start_km = float(places["km"].iloc[0])
        span = float(np.ptp(places["km"].to_numpy())) or 1.0
        for begin, end in zip(free["start_s"] / 3600, free["end_s"] / 3600, strict=True):
            axes.fill_between(
                [begin, end],
                start_km - 0.012 * span,
                start_km - 0.035 * span,
                color=s.SKY,
                lw=0,
                label=_say("free", lang),
            )
    if slot is not None and len(slot):
        hour = slot["time_s"].to_numpy() / 3600
        pen: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round"}
        axes.plot(hour, slot["km"], color="white", lw=5.0, zorder=5, **pen)
        axes.plot(hour, slot["km"], color=s.VERMILION, lw=2.6, zorder=6, label=_say("slot", lang), **pen)
        _waits(axes, slot, lang)
    if conflicts is not None and len(conflicts):
        at = (conflicts["time_s"] / 3600, conflicts["km"])
        mark: dict[str, Any] = {"marker": "X", "s": 70, "color": s.VERMILION, "edgecolor": "white", "zorder": 8}
        axes.scatter(*at, label=_say("conflict", lang), **mark)
        for hour, km, label in zip(*at, conflicts["label"], strict=True):
            _note(axes, label, (hour, km), (6, 4), color=s.INK, fontsize=7)
    axes.set_xlim(low, high)
    step = 1 if high - low <= 14 else 2
    ticks = np.arange(np.ceil(low), np.floor(high) + 1, step)
    axes.set_xticks(ticks, [f"{int(t) % 24:02d}" + ("" if t < 24 else "⁺¹" if t < 48 else "⁺²") for t in ticks])
    label_axes(axes, _say("time", lang), "", title)
    axes.grid(axis="y", visible=False)
    _legend(axes)
    if len(trains) and (trains["made_up"] == "yes").any():
        axes.text(
            0.995,
            1.012,
            _say("made_up", lang),
            transform=axes.transAxes,
            ha="right",
            fontsize=8,
            color=s.VERMILION,
            weight="bold",
        )
    return figure


def _hours(slot: pd.DataFrame | None) -> tuple[float, float]:
    if slot is None or slot.empty:
        return 0.0, 24.0
    return float(np.floor(slot["time_s"].min() / 3600 - 1.0)), float(np.ceil(slot["time_s"].max() / 3600 + 1.0))


def _place_lines(axes: Any, places: pd.DataFrame) -> None:
    """A line for each place, full where trains can wait; names that would lie on each other are left out."""
    km, names = places["km"].to_numpy(), places["name"].to_list()
    span = float(np.ptp(km)) or 1.0
    ticks: list[float] = []
    words: list[str] = []
    for k, (at, name) in enumerate(zip(km, names, strict=True)):
        hold = bool(places["can_hold"].iloc[k])
        axes.axhline(at, color=s.GREY if hold else s.PALE, lw=0.9 if hold else 0.6, ls="-" if hold else ":", zorder=0)
        if all(abs(at - other) > 0.028 * span for other in ticks) or k == len(km) - 1:
            if k == len(km) - 1 and ticks and abs(at - ticks[-1]) <= 0.028 * span:
                ticks.pop()
                words.pop()
            ticks.append(float(at))
            words.append(f"{_short(name)}  {at:.0f}")
    axes.set_yticks(ticks, words)
    axes.set_ylim(km.max() + 0.02 * span, km.min() - 0.045 * span)


def _short(name: str) -> str:
    """A place without what stands in brackets."""
    return name.partition(" (")[0][:26]


def _strings(axes: Any, trains: pd.DataFrame, kind: str, low: float, high: float, lang: Lang) -> None:
    color, width, dash = TYPE_STROKES.get(kind, OTHER_STROKE)
    named = False
    for _, part in trains.groupby("part", sort=False):
        hour = part["time_s"].to_numpy() / 3600
        if hour.max() < low or hour.min() > high:
            continue
        axes.plot(
            hour,
            part["km"],
            color=color,
            lw=width,
            ls=dash,
            alpha=0.85,
            zorder=3,
            label=None if named else _say(kind, lang),
        )
        named = True


def _waits(axes: Any, slot: pd.DataFrame, lang: Lang) -> None:
    """Names the places where the new train stands for more than a minute, and its ends."""
    hour, km = slot["time_s"].to_numpy() / 3600, slot["km"].to_numpy()
    names = slot["name"].to_list()
    for k in range(0, len(slot) - 1, 2):
        minutes = (hour[k + 1] - hour[k]) * 60
        if minutes >= 1.5 and 0 < k < len(slot) - 2:
            words = f"{_short(names[k])}: {_say('waits', lang)} {minutes:.0f} min"
            _note(axes, words, (hour[k], km[k]), (-4, -11), color=s.VERMILION, fontsize=7.5, ha="right")
    for k, side, ha in ((0, (5, 6), "left"), (len(slot) - 1, (-5, -12), "right")):
        clock = f"{int(hour[k]) % 24:02d}:{round(hour[k] * 60) % 60:02d}"
        _note(axes, clock, (hour[k], km[k]), side, color=s.VERMILION, fontsize=8.5, ha=ha, weight="bold")


def _note(axes: Any, words: str, at: tuple[float, float], shift: tuple[float, float], **pen: Any) -> None:
    """Words beside a point, on white so that lines do not run through them."""
    box = {"fc": "white", "ec": "none", "alpha": 0.8, "pad": 0.8}
    axes.annotate(words, at, xytext=shift, textcoords="offset points", zorder=7, bbox=box, **pen)


def _legend(axes: Any, **options: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    if once:
        place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.075), "ncols": 6}
        axes.legend(once.values(), once.keys(), fontsize=8, frameon=False, **{**place, **options})


def draw_capacity_map(
    sections: gpd.GeoDataFrame,
    *,
    places: gpd.GeoDataFrame | None = None,
    top: int = 6,
    title: str = "",
    lang: Lang = "en",
) -> Figure:
    """Capacity use in green, yellow and red; the fullest sections are named.

    Parameters
    ----------
    sections
        One period of `rail_capacity` with geometry: name, consumption_pct, capacity_class, basis.
    places
        name and points that are written on the map, in the coordinates of the sections.
    top
        Sections that are named with their share.
    """
    figure = new_figure(22.0, 20.0)
    axes: Any = figure.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    for name in ("", "low", "medium", "high"):
        part = sections[sections["capacity_class"] == name]
        if part.empty:  # every class is in the legend
            axes.plot([], [], color=CAPACITY_COLORS[name], lw=CAPACITY_WIDTHS[name], label=_say(name, lang))
            continue
        part.plot(ax=axes, color="white", linewidth=CAPACITY_WIDTHS[name] + 1.6, zorder=2)
        part.plot(
            ax=axes, color=CAPACITY_COLORS[name], linewidth=CAPACITY_WIDTHS[name], zorder=3,
            linestyle=(0, (2, 1.5)) if name == "" else "-", label=_say(name, lang),
        )  # fmt: skip
    if places is not None:
        axes.scatter(places.geometry.x, places.geometry.y, s=14, color=s.INK, zorder=5)
        for x, y, name in zip(places.geometry.x, places.geometry.y, places["name"], strict=True):
            _note(axes, _short(name), (x, y), (4, 4), color=s.INK, fontsize=8)
    known = sections[sections["consumption_pct"].notna()].nlargest(top, "consumption_pct")
    if len(known):  # lines far away whose traffic is not known do not shrink the rest
        west, south, east, north = sections[sections["consumption_pct"].notna()].total_bounds
        rim = 0.06 * max(east - west, north - south)
        axes.set_xlim(west - rim, east + rim)
        axes.set_ylim(south - rim, north + rim)
    rows = []
    for number, row in enumerate(known.to_dict("records"), start=1):
        point = row["geometry"].interpolate(0.5, normalized=True)
        pen = {"ha": "center", "va": "center", "fontsize": 7.5, "color": "white", "weight": "bold", "zorder": 8}
        ring = {"boxstyle": "circle,pad=0.25", "fc": s.INK, "ec": "white"}
        axes.annotate(str(number), (point.x, point.y), bbox=ring, **pen)
        rows.append(f"{number}  {row['name']}: {row['consumption_pct']:.0f} %")
    box = {"fc": "white", "ec": s.PALE, "pad": 5}
    pen = {"fontsize": 8.5, "color": s.INK, "va": "bottom", "linespacing": 1.5}
    axes.text(0.0, 0.0, "\n".join(rows), transform=axes.transAxes, bbox=box, **pen)
    axes.set_title(title, fontsize=10, color=s.INK, loc="left")
    _legend(
        axes, loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=1, title=_say("consumption", lang), title_fontsize=8
    )
    return figure


def draw_loops(
    places: pd.DataFrame,
    sections: pd.DataFrame,
    *,
    train_lengths_m: dict[str, float] | None = None,
    title: str = "",
    lang: Lang = "en",
) -> Figure:
    """Where trains can meet along a line, and how long a train the loops take.

    Parameters
    ----------
    places
        name, km, can_hold, usable_m, loop, assumed.
    sections
        km_from, km_to, tracks, and where there are some consumption_pct and capacity_class.
    train_lengths_m
        Lengths drawn as lines across, by name.
    """
    figure = new_figure(26.0, 11.0)
    bars, strip = figure.subplots(2, 1, sharex=True, height_ratios=[4.0, 0.8])
    quiet_axes(bars)
    finite = places["usable_m"].replace(np.inf, np.nan)
    tallest = float(np.nanmax([finite.max(), *(train_lengths_m or {}).values(), 100.0]))
    width = max(0.004 * float(np.ptp(places["km"].to_numpy())), 0.3)
    styles = {
        "known": {"color": s.BLUE},
        "assumed": {"color": "white", "edgecolor": s.BLUE, "hatch": "///"},
        "unknown": {"color": "white", "edgecolor": s.ORANGE, "linestyle": ":"},
    }
    for row in places.to_dict("records"):
        holds, usable = bool(row["can_hold"]), row["usable_m"]
        if not holds:
            mark = "unknown" if row["loop"] == "" and "loop" not in str(row["assumed"]) else "no_loop"
            sign, color = ("?", s.ORANGE) if mark == "unknown" else ("×", s.BORDER)
            bars.text(row["km"], 0.01 * tallest, sign, ha="center", fontsize=11, color=color)
            continue
        basis = "assumed" if "usable_m" in str(row["assumed"]) or "loop" in str(row["assumed"]) else "known"
        height = min(usable, 1.05 * tallest) if np.isfinite(usable) else 1.05 * tallest
        if np.isinf(usable):
            bars.plot([row["km"]], [1.02 * tallest], marker="^", color=s.BLUE, ms=7)
            continue
        bars.bar(row["km"], height, width=width, linewidth=0.9, label=_say(basis, lang), **styles[basis])
    for name, metres in (train_lengths_m or {}).items():
        bars.axhline(metres, color=s.VERMILION, lw=1.1, ls="--")
        bars.text(
            0.985, metres, f"{name} {metres:.0f} m", fontsize=8, color=s.VERMILION, ha="right", va="bottom",
            transform=bars.get_yaxis_transform(), bbox={"fc": "white", "ec": "none", "alpha": 0.85, "pad": 1.0},
            zorder=6,
        )  # fmt: skip
    bars.set_ylim(0, 1.12 * tallest)
    label_axes(bars, "", _say("loops", lang), title)
    bars.grid(axis="x", visible=False)
    _loop_names(bars, places)
    strip.set_ylim(0, 1)
    for side in ("top", "right", "left"):
        strip.spines[side].set_visible(False)
    strip.set_yticks([])
    strip.tick_params(labelsize=8, colors=s.INK)
    for row in sections.to_dict("records"):
        name = row.get("capacity_class", "")
        color = CAPACITY_COLORS.get(name if isinstance(name, str) else "", s.GREY)
        for y in (0.35, 0.65) if row["tracks"] >= 2 else (0.5,):
            strip.plot([row["km_from"], row["km_to"]], [y, y], color=color, lw=4.0, solid_capstyle="butt")
        share = row.get("consumption_pct", np.nan)
        if share == share and row["km_to"] - row["km_from"] > 4:
            middle = (row["km_from"] + row["km_to"]) / 2
            strip.text(middle, 0.95, f"{share:.0f} %", ha="center", va="top", fontsize=7, color=s.INK)
    strip.scatter(places["km"], np.full(len(places), 0.5), s=9, color=s.INK, zorder=4)
    strip.set_xlabel(_say("along", lang), fontsize=9, color=s.INK)
    handles, labels = bars.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    if once:
        figure.legend(once.values(), once.keys(), loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _loop_names(axes: Any, places: pd.DataFrame) -> None:
    """Names along the top, slanted; those that would lie on each other are left out."""
    span = float(np.ptp(places["km"].to_numpy())) or 1.0
    last = -np.inf
    ticks, words = [], []
    for at, name in zip(places["km"], places["name"], strict=True):
        if at - last > 0.017 * span:
            ticks.append(at)
            words.append(_short(name))
            last = at
    top = axes.secondary_xaxis("top")
    top.set_xticks(ticks, words, rotation=55, ha="left", fontsize=7.5, color=s.INK)
    top.tick_params(length=0)
    top.spines["top"].set_visible(False)
