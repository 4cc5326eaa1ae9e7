"""The load: what has to get there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from geoplan.errors import DataError

# Largest values that are taken for a load and not for a slip of the keyboard. The heaviest transformer on
# Swedish roads weighed 390 t (Tovåsen 2022); single pieces of 2,000 t and more are moved in yards, never
# over a network.
MAXIMA = {"weight_t": 2_000.0, "length_m": 100.0, "width_m": 20.0, "height_m": 20.0}


@dataclass(frozen=True)
class Load:
    """An indivisible piece.

    Parameters
    ----------
    name
        What it is called in tables and maps.
    weight_t, length_m, width_m, height_m
        As it travels (a transformer without oil, with its frame), positive and finite.

    Raises
    ------
    DataError
        One line that names every value that cannot be.
    """

    name: str
    weight_t: float
    length_m: float
    width_m: float
    height_m: float

    def __post_init__(self) -> None:
        faults = []
        for field, top in MAXIMA.items():
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
                faults.append(f"{field} is {value!r}, not a number")
            elif float(value) <= 0:
                faults.append(f"{field} is {value:g}, not above 0")
            elif float(value) > top:
                faults.append(f"{field} is {value:g}, above {top:g} (check the unit)")
        if faults:
            raise DataError(f"load {self.name!r}: {'; '.join(faults)}; give tonnes and metres")
        for field in MAXIMA:
            object.__setattr__(self, field, float(getattr(self, field)))
