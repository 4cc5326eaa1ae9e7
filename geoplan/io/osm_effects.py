"""One restriction tag: the limits it sets, or the reason why it sets none."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np

from geoplan.io.osm_conditional import Bound, Clause, holds, parse_conditional
from geoplan.io.osm_country import default_limit
from geoplan.io.osm_tags import (
    HEAVY_PARTS,
    HGV_KEYS,
    INFO_PARTS,
    LIMIT_KEYS,
    NO_ACCESS,
    OPEN_TO_ALL,
    OTHER_VEHICLE_PARTS,
    PHYSICAL_PARTS,
    SIGNED_PARTS,
)
from geoplan.io.osm_values import Reading, parse_limit

BOTH, FORWARD, BACKWARD = 0, 1, 2
_DIRECTIONS = {"forward": FORWARD, "backward": BACKWARD, "both": BOTH, "both_ways": BOTH}

# What a limit does to a value found earlier for the same key and direction.
GENERAL, SPECIFIC, CONDITIONAL, FOLD = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Effect:
    """One limit that a tag sets.

    group : the key it belongs to; of one group the highest `rank` counts, `FOLD` only ever lowers
    text : for the text columns `hgv` and `access`, and `hgv_maybe` and `access_maybe` for what may hold at some time;
        empty for numbers
    """

    column: str
    group: str
    direction: int = BOTH
    rank: int = GENERAL
    value: float = math.nan
    flag: str = ""
    assumed: bool = False
    text: str = ""


class Unused(Exception):
    """Why a tag could not be used."""


def read_restriction(
    base: str,
    parts: tuple[str, ...],
    text: str,
    *,
    country: str = "",
    when: dt.date | None = None,
    on_node: bool = False,
) -> tuple[list[Effect], list[str]]:
    """The effects of one tag, and the reasons why it, or a part of it, could not be used.

    `base` and `parts` are what `split_restriction_key` makes of the key. Never both empty.
    """
    try:
        place = _Place.of(base, parts)
        if on_node and (base in HGV_KEYS or base not in LIMIT_KEYS):
            raise Unused("access on a node, not on a way")
        if place.conditional:
            return _read_conditional(place, text, country, when)
        if base not in LIMIT_KEYS:
            return [_access_effect(place, text)], []
        if "@" in text:
            return _read_conditional(place, text, country, when)
        return [_limit_effect(place, text, country)], []
    except Unused as reason:
        return [], [str(reason)]


@dataclass(frozen=True, slots=True)
class _Place:
    """What the parts of a key say: direction, lanes, vehicle, sign or clear room."""

    base: str
    direction: int
    lanes: bool
    conditional: bool
    heavy: bool
    physical: bool
    signed: bool

    @classmethod
    def of(cls, base: str, parts: tuple[str, ...]) -> _Place:
        """Raises Unused for a key that binds other vehicles, says nothing about a limit, or is not known."""
        if base not in LIMIT_KEYS and base not in HGV_KEYS and "conditional" not in parts:
            raise Unused("no column holds a limit of this kind")
        if base == "hgv_articulated":
            raise Unused("binds articulated lorries only")
        direction, rest = BOTH, []
        for part in parts:
            if part in _DIRECTIONS:
                direction = _DIRECTIONS[part]
            elif part in OTHER_VEHICLE_PARTS:
                raise Unused(f"binds {part} only")
            elif part in INFO_PARTS:
                raise Unused("says nothing about a limit")
            elif part not in HEAVY_PARTS | SIGNED_PARTS | PHYSICAL_PARTS | {"lanes", "conditional"}:
                raise Unused(f"key not known: {part[:40]}")
            else:
                rest.append(part)
        return cls(
            base=base,
            direction=direction,
            lanes="lanes" in rest,
            conditional="conditional" in rest,
            heavy=any(part in HEAVY_PARTS for part in rest),
            physical=any(part in PHYSICAL_PARTS for part in rest),
            signed=any(part in SIGNED_PARTS for part in rest),
        )

    @property
    def group(self) -> str:
        return f"{self.base}:physical" if self.physical else self.base

    @property
    def rank(self) -> int:
        return SPECIFIC if self.heavy or self.lanes or self.signed else GENERAL


def _limit_effect(place: _Place, text: str, country: str, rank: int | None = None, flag: str = "") -> Effect:
    """The effect of a plain limit or of the value of a clause."""
    limit = LIMIT_KEYS[place.base]
    if place.signed and text.strip().lower() in ("yes", "no"):
        raise Unused("says whether there is a sign, no number")
    reading = _best_lane(text, place) if place.lanes or "|" in text else parse_limit(text, limit.kind)
    if reading.fault:
        raise Unused(f"not readable: {reading.fault}")
    value, assumed = reading.value, False
    if math.isnan(value):
        value = default_limit(country, limit.column)
        assumed = True
        if math.isnan(value):
            raise Unused(f"{reading.word} has no number for {limit.column}")
    flags = ", ".join(word for word in (reading.flag, flag) if word)
    return Effect(
        column=limit.column,
        group=place.group,
        direction=place.direction,
        rank=place.rank if rank is None else rank,
        value=value,
        flag=flags,
        assumed=assumed,
    )


def _best_lane(text: str, place: _Place) -> Reading:
    """The limit of the best lane: a vehicle may choose its lane."""
    lanes = [parse_limit(part, LIMIT_KEYS[place.base].kind) if part.strip() else None for part in text.split("|")]
    if any(lane is None for lane in lanes):
        raise Unused("a lane has no limit of its own, so that none binds the whole way")
    readings = [lane for lane in lanes if lane is not None]
    faults = [lane.fault for lane in readings if lane.fault]
    if faults:
        return Reading(fault=f"a lane is not readable: {faults[0]}")
    numbers = [lane.value for lane in readings if not math.isnan(lane.value)]
    if not numbers:
        return readings[0]
    return Reading(max(numbers), "best lane" if len(readings) > 1 else "")


def _access_effect(place: _Place, text: str) -> Effect:
    """hgv=no and its kin in the text column `hgv`."""
    if place.lanes:
        raise Unused("access by lane")
    word = text.strip().lower()[:40]
    if not word:
        raise Unused("empty")
    return Effect("hgv", "hgv", place.direction, SPECIFIC if place.base == "hgv" else GENERAL, text=word)


def _read_conditional(place: _Place, text: str, country: str, when: dt.date | None) -> tuple[list[Effect], list[str]]:
    clauses = parse_conditional(text)
    if not clauses:
        raise Unused("not readable: no value @ condition")
    if place.lanes:
        raise Unused("a condition by lane")
    effects: list[Effect] = []
    reasons: list[str] = []
    for clause in clauses:
        try:
            effects += _clause_effects(place, clause, country, when)
        except Unused as reason:
            if str(reason) not in reasons:
                reasons.append(str(reason))
    return effects, reasons


def _clause_effects(place: _Place, clause: Clause, country: str, when: dt.date | None) -> list[Effect]:
    """What one clause does. Raises Unused; a clause whose time is past counts as read and does nothing."""
    words = [word for word in clause.words if word not in HEAVY_PARTS]
    others = [word for word in words if word in OTHER_VEHICLE_PARTS]
    if others:
        raise Unused(f"binds {others[0]} only")
    now = holds(clause, when)
    if now is False:
        return [_NOTHING]
    sure = now is True and not words
    if place.base in LIMIT_KEYS:
        return [_conditional_limit(place, clause, country, sure)]
    return _conditional_access(place, clause, sure)


_NOTHING = Effect("", "", flag="")  # read, and without effect on the date asked for


def _conditional_limit(place: _Place, clause: Clause, country: str, sure: bool) -> Effect:
    """maxweight:conditional=7.5 @ (Mo-Fr): counts when it holds; when it may hold, only ever lowers."""
    if clause.bounds:
        raise Unused("a limit for some vehicle sizes only")
    effect = _limit_effect(place, clause.value, country, rank=CONDITIONAL if sure else FOLD, flag="conditional")
    if not sure and math.isinf(effect.value):
        on = ", ".join((*clause.words, *clause.when))[:60]
        raise Unused(f"an exemption that may not hold ({on}): the limit itself counts")
    return effect


def _conditional_access(place: _Place, clause: Clause, sure: bool) -> list[Effect]:
    """hgv:conditional=no @ (weight>60) is a limit of 60 t; no @ (Mar-May) closes on the date asked for."""
    value = clause.value.lower()
    if clause.bounds:
        if value not in NO_ACCESS:
            raise Unused(f"{value[:20]} for some vehicle sizes only")
        if len(clause.bounds) > 1:
            raise Unused("binds several dimensions at once; no column holds it")
        return [_bound_effect(place, clause.bounds[0])]
    column = "hgv" if place.base in HGV_KEYS or any(word in HEAVY_PARTS for word in clause.words) else "access"
    if sure:
        return [Effect(column, column, place.direction, CONDITIONAL, text=value[:40])]
    if value in OPEN_TO_ALL:
        raise Unused("depends on the time or the errand; give a date and time to evaluate it")
    # It may hold: kept word for word, so that the answer for a vehicle is not known.
    maybe = f"{value} @ ({' AND '.join((*clause.words, *clause.when))})"
    return [Effect(f"{column}_maybe", column, place.direction, CONDITIONAL, text=maybe[:120])]


def _bound_effect(place: _Place, bound: Bound) -> Effect:
    """`no @ (weight>60)` as the limit 60 t, `no @ (weight>=60)` as the next number below it."""
    if bound.sign not in (">", ">="):
        raise Unused(f"forbids small vehicles ({bound.sign}); no column holds it")
    value = bound.value if bound.sign == ">" else float(np.nextafter(bound.value, 0.0))
    return Effect(bound.column, f"{place.base}:conditional", place.direction, FOLD, value, "conditional")
