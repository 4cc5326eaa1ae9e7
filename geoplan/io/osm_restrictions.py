"""Restrictions of ways and nodes as columns of limits, and the table of those not used."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.io.osm_data import Tags
from geoplan.io.osm_effects import BACKWARD, BOTH, FOLD, FORWARD, Effect, read_restriction
from geoplan.io.osm_tags import split_restriction_key

UNUSED_COLUMNS = ["osm_type", "osm_id", "key", "value", "reason"]


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of n objects in both directions.

    numbers : column -> (2, n) floats, forward and backward, NaN not known
    texts : column -> (2, n) words
    notes : row -> what is not plain about its limits
    assumed : column -> (2, n) bools
    found : number of restriction tags by key, used or not
    """

    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, NDArray[np.object_]]
    notes: dict[int, str]
    assumed: dict[str, NDArray[np.bool_]]
    unused: pd.DataFrame
    found: dict[str, int]


def read_limits(
    tags: Tags, osm_ids: NDArray[np.int64], *, osm_type: str, country: str = "", when: dt.date | None = None
) -> Limits:
    """The limits that the restriction tags of some objects set.

    Parameters
    ----------
    osm_ids
        Ids of the objects, shape (n,), in the rows of `tags`; named in the table of unused restrictions.
    country
        Two letters, for `default` and `below_default`.
    when
        Date, or date and time, for which conditional limits are evaluated; None counts each that may hold.
    """
    rows: list[int] = []
    effects: list[Effect] = []
    unused: list[tuple[str, int, str, str, str]] = []
    counts: dict[str, int] = {}
    for key in tags.keys:
        split = split_restriction_key(key)
        if split is None:
            continue
        key_rows, key_codes = tags.of(key)
        if len(key_rows):
            counts[key] = len(key_rows)
        for code in np.unique(key_codes):
            text = tags.words[code]
            found, reasons = read_restriction(*split, text, country=country, when=when, on_node=osm_type == "node")
            for row in key_rows[key_codes == code].tolist():
                rows += [row] * len(found)
                effects += found
                unused += [(osm_type, int(osm_ids[row]), key, text, reason) for reason in reasons]
    table = pd.DataFrame(unused, columns=UNUSED_COLUMNS)
    return _resolve(np.array(rows, dtype=np.int64), effects, len(osm_ids), table, counts)


def _resolve(
    rows: NDArray[np.int64],
    effects: list[Effect],
    n: int,
    unused: pd.DataFrame,
    found: dict[str, int],
) -> Limits:
    """Let the more specific tag of a group win, and the lowest of the groups count."""
    numbers: dict[str, NDArray[np.float64]] = {}
    texts: dict[str, NDArray[np.object_]] = {}
    assumed: dict[str, NDArray[np.bool_]] = {}
    notes: dict[int, list[str]] = {}
    best: dict[tuple[int, int, str, str], tuple[int, Effect]] = {}
    lower: list[tuple[int, int, Effect]] = []
    for row, effect in zip(rows.tolist(), effects, strict=True):
        if not effect.column:
            continue
        if effect.flag:
            notes.setdefault(row, []).append(f"{effect.column} {effect.group}: {effect.flag}")
        for side in (FORWARD, BACKWARD):
            if effect.direction not in (BOTH, side):
                continue
            if effect.rank == FOLD:
                lower.append((row, side - 1, effect))
                continue
            rank = 2 * effect.rank + (effect.direction != BOTH)
            place = (row, side - 1, effect.column, effect.group)
            if place not in best or rank >= best[place][0]:
                best[place] = (rank, effect)
    picked = [(row, side, effect) for (row, side, _, _), (_, effect) in best.items()] + lower
    # A number of a country's rule counts only where no sign and no measurement says more: known ones first.
    for row, side, effect in sorted(picked, key=lambda one: one[2].assumed):
        if effect.text:
            if effect.column not in texts:
                texts[effect.column] = np.full((2, n), "", dtype=object)
            texts[effect.column][side, row] = effect.text
            continue
        for column in _columns(effect):
            if column not in numbers:
                numbers[column] = np.full((2, n), np.nan)
                assumed[column] = np.zeros((2, n), dtype=bool)
            values, guess = numbers[column], assumed[column]
            if effect.assumed and not math.isnan(values[side, row]) and not guess[side, row]:
                continue
            if not values[side, row] <= effect.value:
                values[side, row], guess[side, row] = effect.value, effect.assumed
    return Limits(
        numbers=numbers,
        texts=texts,
        notes={row: "; ".join(dict.fromkeys(words)) for row, words in notes.items()},
        assumed=assumed,
        unused=unused,
        found=found,
    )


def _columns(effect: Effect) -> tuple[str, ...]:
    """The limit itself, and for heights whether it is the sign or the clear room, for ratings the rating."""
    if effect.column == "max_height_m" and effect.group in ("maxheight", "maxheight:physical"):
        kind = "max_height_physical_m" if effect.group.endswith("physical") else "max_height_signed_m"
        return (effect.column, *(() if effect.assumed else (kind,)))
    if effect.group in ("maxweightrating", "maxgcweightrating"):
        return (effect.column, "max_rating_t")
    return (effect.column,)
