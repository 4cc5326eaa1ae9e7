"""The vehicles that are known by name, with the source of each."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.vehicles.load import Load
from geoplan.vehicles.vehicle import AxleGroup, Vehicle

FOLDER = Path(__file__).parent
NUMBERS = (
    "height_m",
    "width_m",
    "length_m",
    "tare_t",
    "payload_t",
    "deck_height_m",
    "side_m",
    "pivot_span_m",
    "max_speed_kmh",
    "hours_per_day",
    "tractive_force_kn",
    "draught_m",
    "sek_per_km",
    "sek_per_h",
    "mobilisation_sek",
)
ZERO_WHEN_EMPTY = ("train_extra_t", "train_extra_m", "own_lift_t")
TEXTS = ("name", "mode", "kind", "fleet", "description", "source", "confidence", "note")


def vehicle(name: str) -> Vehicle:
    """A vehicle of the catalogue by its name, such as `bk4_74t` or `q73`.

    A lorry combination stands fully laden (64 t or 74 t); a vehicle for single loads stands empty until it is
    `carrying` one.

    Raises
    ------
    DataError
        No vehicle has this name; near names are given.
    """
    known = _vehicles()
    if name in known:
        return known[name]
    folded = {key.casefold(): key for key in known}
    if isinstance(name, str) and name.casefold() in folded:
        return known[folded[name.casefold()]]
    raise DataError(f"no vehicle is called {name!r}.{name_near(str(name), list(known))} Known: {', '.join(known)}")


def vehicle_table() -> pd.DataFrame:
    """The catalogue as a table: one row a vehicle, indexed by name, with source, confidence and note."""
    return _read_vehicles().set_index("name")


def home_fleet() -> tuple[Vehicle, ...]:
    """Vehicles at hand that a plan tries when none is named."""
    return tuple(v for v in _vehicles().values() if v.fleet == "home")


@cache
def _vehicles() -> dict[str, Vehicle]:
    table = _read_vehicles()
    groups = _read_axles()
    return {row["name"]: _vehicle(row, groups.get(row["name"], ())) for row in table.to_dict("records")}


def _vehicle(row: dict[Hashable, Any], groups: tuple[AxleGroup, ...]) -> Vehicle:
    lengths = tuple(float(part) for part in str(row["turn_lengths_m"]).split(";") if part)
    empty = Vehicle(
        **{column: row[column] for column in TEXTS},
        **{column: row[column] for column in NUMBERS},
        **{column: np.nan_to_num(row[column]) for column in ZERO_WHEN_EMPTY},
        axle_groups=groups,
        gross_weight_t=row["tare_t"],
        load_between=row["load_between"] == "yes",
        load_length_max_m=_or_inf(row["load_length_max_m"]),
        load_width_max_m=_or_inf(row["load_width_max_m"]),
        turn_lengths_m=lengths,
        divisible=row["kind"] == "lorry_combination",
    )
    nominal = float(row["nominal_load_t"])
    if nominal == 0:
        return empty
    # A full box: as long and wide as the body, as high as the vehicle stands above its deck.
    goods = Load(
        "goods",
        nominal,
        empty.load_length_max_m,
        empty.load_width_max_m,
        empty.height_m - empty.deck_height_m,
    )
    return empty.carrying(goods)


def _or_inf(value: float) -> float:
    """Empty room means that the vehicle itself sets no bound."""
    return np.inf if np.isnan(value) else value


def _read_vehicles() -> pd.DataFrame:
    table = pd.read_csv(FOLDER / "catalogue.csv", dtype={"turn_lengths_m": "str"})
    text = [*TEXTS, "turn_lengths_m", "load_between"]
    return table.assign(**{column: table[column].fillna("").astype("str") for column in text})


def _read_axles() -> dict[str, tuple[AxleGroup, ...]]:
    table = pd.read_csv(FOLDER / "catalogue_axles.csv")
    groups: dict[str, tuple[AxleGroup, ...]] = {}
    for row in table.to_dict("records"):
        group = AxleGroup(
            name=row["group"],
            first_m=float(row["first_m"]),
            count=int(row["count"]),
            spacing_m=float(row["spacing_m"]),
            tare_t=float(row["tare_t"]),
            load_share=float(row["load_share"]),
            steered=row["steered"] == "yes",
            driven=row["driven"] == "yes",
            tyres=int(row["tyres"]),
            behind_load=row["behind_load"] == "yes",
        )
        groups[row["vehicle"]] = (*groups.get(row["vehicle"], ()), group)
    return groups
