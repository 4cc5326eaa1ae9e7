"""Numbers with their source: what a model of growth rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near


@dataclass(frozen=True)
class Coefficient:
    """One number and where it comes from. A number without a source is not accepted.

    confidence : H official, M press, L memory, D derived, empty not stated
    """

    value: float
    source: str
    confidence: str = ""


@dataclass(frozen=True)
class _Meaning:
    text: str
    high: float = np.inf
    stated: Coefficient | None = None


# What the growth programme states, as shares of its totals, stands here; what nobody could read must be given.
_PROGRAMME = "Tillväxtpaketet Ludvika Smedjebacken, final report 2015"
GROWTH = {
    "indirect_per_direct": _Meaning(
        "jobs caused by one direct job",
        stated=Coefficient(800 / 700, f"{_PROGRAMME}: about 700 mine jobs, about 800 caused by them", "D"),
    ),
    "dwellings_per_worker": _Meaning(
        "new dwellings for one worker who lives in the area",
        stated=Coefficient(610 / 1500, f"{_PROGRAMME}: 290 houses and 320 flats at up to 1,500 employed", "D"),
    ),
    "house_share": _Meaning(
        "houses among the new dwellings",
        high=1.0,
        stated=Coefficient(290 / 610, f"{_PROGRAMME}: 290 houses and 320 flats", "D"),
    ),
    "residents_per_house": _Meaning("people in one new house"),
    "residents_per_flat": _Meaning("people in one new flat"),
}


def growth_coefficients(given: Mapping[str, Coefficient] | None = None) -> dict[str, Coefficient]:
    """The coefficients of `grow`: those given, and for the rest what the growth programme states.

    Raises
    ------
    DataError
        All at once: unknown names, values out of bounds, no source, and coefficients that nobody has stated.
    """
    given = dict(given or {})
    faults = [f"no coefficient {name!r}.{name_near(name, list(GROWTH))}" for name in given if name not in GROWTH]
    known: dict[str, Coefficient] = {}
    for name, meaning in GROWTH.items():
        coefficient = given.get(name, meaning.stated)
        if coefficient is None:
            faults.append(f"{name} ({meaning.text}) is stated nowhere; give it with its source")
            continue
        if not 0 <= coefficient.value <= meaning.high:
            faults.append(f"{name} = {coefficient.value} is not between 0 and {meaning.high:g}")
        if not coefficient.source.strip():
            faults.append(f"{name} has no source; say where {coefficient.value} comes from")
        known[name] = coefficient
    if faults:
        raise DataError("growth: " + "; ".join(faults))
    return known


def coefficient_table(coefficients: Mapping[str, Coefficient]) -> pd.DataFrame:
    """Value, meaning, source and confidence of each coefficient, for reports."""
    rows = {name: [c.value, GROWTH[name].text, c.source, c.confidence] for name, c in coefficients.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "meaning", "source", "confidence"])
    table.index.name = "coefficient"
    return table
