"""What a lawful passage needs: marking, warning car, escort, exemption, special transport. Rules are data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.vehicles.limits import TOLERANCE
from geoplan.vehicles.rules import DEFAULT_RULES
from geoplan.vehicles.vehicle import Vehicle

FOLDER = Path(__file__).parent
COLUMNS = (
    "mode",
    "vehicle",
    "kind",
    "requirement",
    "requirement_sv",
    "measure",
    "value",
    "above",
    "source",
    "confidence",
    "note",
)
TALL_M = 4.5  # above it the contact wire of a level crossing is switched off; Tovåsen 2022, facts 6.3
MEASURES = ("width_m", "length_m", "height_m")


def find_permits(
    vehicle: Vehicle,
    *,
    exceeded: Mapping[str, float] | None = None,
    level_crossings: int = 0,
    rules: str = DEFAULT_RULES,
) -> pd.DataFrame:
    """What the rules ask of a laden vehicle on its way.

    Parameters
    ----------
    exceeded
        Permit names (`road_weight`, `rail_gauge`, `rail_axle_load` ...) to the largest excess over the limit,
        as found in the margins of the way.
    level_crossings
        Electrified level crossings on the way.
    rules
        Country whose rules speak. Where it has none, one row says that what it asks for is not known.

    Returns
    -------
    Table: mode, vehicle, kind (marking, warning_car, escort, exemption, route_certificate, specialtransport,
    feeding_off, weekend ...), requirement in English and as `requirement_sv` in Swedish, measure, value, above, source,
    confidence, note.
    """
    values = {measure: float(getattr(vehicle, measure)) for measure in MEASURES}
    values.update(exceeded or {})
    values["level_crossing"] = float(level_crossings) if vehicle.height_m > TALL_M else 0.0
    table = _rules(rules)
    value = table["measure"].map(values).to_numpy(dtype=np.float64)
    above = table["above"].to_numpy()
    upto = table["upto"].fillna(np.inf).to_numpy()
    asked = (table["mode"] == vehicle.mode).to_numpy() & (value > above * (1 + TOLERANCE))
    asked &= value <= upto * (1 + TOLERANCE)
    asked |= ((table["mode"] == vehicle.mode) & (table["kind"] == "unknown")).to_numpy()
    found = table.assign(vehicle=vehicle.name, value=value)[asked]
    return found[list(COLUMNS)].reset_index(drop=True)


def needs_escort(vehicle: Vehicle) -> bool:
    """Whether the size of a road vehicle alone calls for an escort."""
    return vehicle.mode == "road" and bool((find_permits(vehicle)["kind"] == "escort").any())


@cache
def _rules(country: str) -> pd.DataFrame:
    """The rules of a country; where none are known, rows that say so."""
    file = FOLDER / f"permit_rules_{country.lower()}.csv"
    table = pd.read_csv(file if file.exists() else FOLDER / "permit_rules_none.csv")
    texts = dict.fromkeys(("measure", "note"), "")
    return table.astype({"above": "float64", "upto": "float64", **dict.fromkeys(texts, "object")}).fillna(texts)
