"""What one loop, one longer loop, one signal or a second track would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.io.timetable import Services, Timetable
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.layout import BLOCK_M, Layout, find_place


@dataclass(frozen=True)
class Measure:
    """One change of the track.

    Parameters
    ----------
    kind
        loop: a new one on a section; longer_loop: at a place; signal: one block more each way on a section;
        second_track: on a section.
    where
        Section id, or place for longer_loop.
    usable_m
        Longest train the (new or longer) loop takes.
    at_share
        Where a new loop lies on its section, 0 at from_place to 1.
    """

    kind: Literal["loop", "longer_loop", "signal", "second_track"]
    where: str
    usable_m: float = 750.0
    at_share: float = 0.5


def with_measure(layout: Layout, measure: Measure) -> Layout:
    """The layout with the measure built.

    Raises DataError for a place or section that is not there, or a share outside 0..1.
    """
    sections, places = layout.sections.copy(), layout.places.copy()
    if measure.kind == "longer_loop":
        place = find_place(layout, measure.where)
        places.loc[place, "usable_m"] = measure.usable_m
        places.loc[place, "can_hold"] = True
        places.loc[place, "n_tracks"] = max(int(layout.place(place)["n_tracks"]), 2)
        return replace(layout, places=places, cache={})
    if measure.where not in sections.index:
        near = name_near(measure.where, [str(key) for key in sections.index])
        raise DataError(f"measure {measure.kind}: no section {measure.where!r}.{near}")
    old = layout.section(measure.where)
    if measure.kind == "signal":
        sections.loc[measure.where, "blocks"] = int(old["blocks"]) + 1
        return replace(layout, sections=sections, cache={})
    if measure.kind == "second_track":
        sections.loc[measure.where, "tracks"] = max(int(old["tracks"]), 2)
        sections.loc[measure.where, "blocks"] = max(int(old["blocks"]), round(old["length_m"] / BLOCK_M), 1)
        for place in (old["from_place"], old["to_place"]):
            places.loc[place, "n_tracks"] = max(int(layout.place(place)["n_tracks"]), 2)
            places.loc[place, "can_hold"] = True  # trains wait on the double track before the single
            if np.isnan(layout.place(place)["usable_m"]):
                places.loc[place, "usable_m"] = old["length_m"]
        return replace(layout, places=places, sections=sections, cache={})
    return _with_loop(layout, measure, old)


def _with_loop(layout: Layout, measure: Measure, old: dict[str, Any]) -> Layout:
    """A section cut in two at a new place with a loop."""
    if not 0.0 < measure.at_share < 1.0:
        raise DataError(f"measure loop: at_share is {measure.at_share}; give a share between 0 and 1")
    new = f"{measure.where}+loop"
    if new in layout.places.index:
        raise DataError(f"measure loop: {measure.where!r} has a new loop already; name one of its halves")
    ends = [layout.place(old["from_place"]), layout.place(old["to_place"])]
    share = measure.at_share
    place = {
        "name": f"new loop {old['name']}",
        "x": ends[0]["x"] * (1 - share) + ends[1]["x"] * share,
        "y": ends[0]["y"] * (1 - share) + ends[1]["y"] * share,
        "kind": "station",
        "can_hold": True,
        "n_tracks": int(old["tracks"]) + 1,
        "usable_m": measure.usable_m,
        "loop": "yes",
        "assumed": "",
    }
    places = pd.concat([layout.places, pd.DataFrame([place], index=pd.Index([new], name="node_id"))])
    cut = old["length_m"] * share
    pieces = layout.pieces[layout.pieces["section_id"] != measure.where]
    rows = layout.section_rows(measure.where)
    end = rows["length_m"].cumsum().to_numpy()
    parts = []
    for half in (0, 1):
        low, high = (0.0, cut) if half == 0 else (cut, float(end[-1]))
        inside = np.minimum(end, high) - np.maximum(end - rows["length_m"].to_numpy(), low)
        part = rows[inside > 1e-6].copy()
        part["length_m"] = inside[inside > 1e-6]
        part["section_id"] = f"{measure.where}/{half + 1}"
        parts.append(part)
    halves = []
    for half, part in enumerate(parts):
        row = dict(old)
        row["name"] = f"{ends[0]['name']}–{place['name']}" if half == 0 else f"{place['name']}–{ends[1]['name']}"
        row["from_place"], row["to_place"] = (old["from_place"], new) if half == 0 else (new, old["to_place"])
        row["length_m"] = float(part["length_m"].sum())
        row["blocks"] = max(1, round(int(old["blocks"]) * row["length_m"] / old["length_m"]))
        halves.append(row)
    index = pd.Index([f"{measure.where}/1", f"{measure.where}/2"], name="section_id")
    sections = pd.concat([layout.sections.drop(index=measure.where), pd.DataFrame(halves, index=index)])
    return replace(
        layout, places=places, sections=sections, pieces=pd.concat([pieces, *parts], ignore_index=True), cache={}
    )


def value_measures(
    layout: Layout, timetable: Timetable | Services, measures: Sequence[Measure], *, period: str = "day", **options: Any
) -> pd.DataFrame:
    """Consumption and room for more trains where each measure is built, before and after it.

    Parameters
    ----------
    options
        Passed on to `rail_capacity`: services, scenarios, assumed_trains, extra, rules ...

    Returns
    -------
    One row a measure: kind, where, name, section (the fullest of those it touches), before_pct, after_pct,
    class_before, class_after, extra_80_before, extra_80_after (further trains until 80 %), gain_trains.
    """
    if not isinstance(timetable, Timetable):
        options = {"services": timetable.trains, **options}
    touched = {measure: _touched(layout, measure) for measure in measures}
    old_ids = frozenset(section for old, _ in touched.values() for section in old)
    before = rail_capacity(layout, timetable, only=old_ids, **options)
    before = before[before["period"] == period].set_index("section_id")
    rows = []
    for measure in measures:
        old, new = touched[measure]
        after = rail_capacity(with_measure(layout, measure), timetable, only=frozenset(new), **options)
        after = after[after["period"] == period].set_index("section_id")
        name = layout.place(find_place(layout, measure.where))["name"] if measure.kind == "longer_loop" else ""
        name = name or layout.section(measure.where)["name"]
        one, two = before.loc[old], after.loc[new]
        worst = one["consumption_pct"].fillna(-1.0).idxmax()
        last = two["consumption_pct"].fillna(-1.0).idxmax()
        rows.append(
            {
                "kind": measure.kind,
                "where": measure.where,
                "name": name,
                "section": one["name"].to_dict()[worst],
                "before_pct": one["consumption_pct"].max(),
                "after_pct": two["consumption_pct"].max(),
                "class_before": one["capacity_class"].to_dict()[worst],
                "class_after": two["capacity_class"].to_dict()[last],
                "extra_80_before": one["extra_trains_80"].min(),
                "extra_80_after": two["extra_trains_80"].min(),
            }
        )
    table = pd.DataFrame(rows)
    table["gain_trains"] = table["extra_80_after"] - table["extra_80_before"]
    return table


def _touched(layout: Layout, measure: Measure) -> tuple[list[str], list[str]]:
    """Sections that a measure touches, before and after it."""
    if measure.kind == "longer_loop":
        place = find_place(layout, measure.where)
        table = layout.sections
        old = table.index[(table["from_place"] == place) | (table["to_place"] == place)].to_list()
        return old, old
    new = [f"{measure.where}/1", f"{measure.where}/2"] if measure.kind == "loop" else [measure.where]
    return [measure.where], new
