"""Rolling stock: what a train is for running times, loops and limits."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.vehicles.vehicle import Vehicle

GRAVITY = 9.81  # m/s2


@dataclass(frozen=True)
class Train:
    """A train as it runs, laden.

    Parameters
    ----------
    train_type
        passenger, freight, ore, special or a word of one's own: how tables group trains.
    length_m, mass_t, max_speed_kmh
        Over everything, locomotives included.
    force_kn, power_kw
        Tractive effort at starting and power at the rail; at speed v the pull is min(force, power / v).
    brake_ms2
        Service braking.
    resist_a_npt, resist_b_npt, resist_c_npt
        Running resistance on level straight track, newton per tonne: a + b v + c v^2 with v in m/s (Davis).
    rotating_pct
        Extra inertia of wheels and motors.
    axle_load_t, metre_load_tpm
        Heaviest axle and wagon; NaN is not known.
    electric
        Needs the catenary.
    """

    name: str
    train_type: str = ""
    description: str = ""
    length_m: float = np.nan
    mass_t: float = np.nan
    max_speed_kmh: float = np.nan
    force_kn: float = np.nan
    power_kw: float = np.nan
    brake_ms2: float = 0.5
    resist_a_npt: float = 15.0
    resist_b_npt: float = 0.0
    resist_c_npt: float = 0.1
    rotating_pct: float = 6.0
    axle_load_t: float = np.nan
    metre_load_tpm: float = np.nan
    electric: bool = True
    source: str = ""
    confidence: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        above_0 = ("length_m", "mass_t", "max_speed_kmh", "force_kn", "power_kw", "brake_ms2")
        from_0 = ("resist_a_npt", "resist_b_npt", "resist_c_npt", "rotating_pct")
        wrong = [name for name in above_0 if not getattr(self, name) > 0]
        wrong += [name for name in from_0 if not getattr(self, name) >= 0]
        wrong += [name for name in ("axle_load_t", "metre_load_tpm") if getattr(self, name) <= 0]
        faults = [f"{name} is {getattr(self, name):g}" for name in wrong]
        if faults:
            raise DataError(f"train {self.name!r}: {', '.join(faults)}; give values above 0")

    @property
    def max_speed_ms(self) -> float:
        return self.max_speed_kmh / 3.6

    @property
    def max_grade_pct(self) -> float:
        """Steepest grade on which it starts: (F / (m g) - a / (1000 g)) x 100."""
        return (self.force_kn / (self.mass_t * GRAVITY) - self.resist_a_npt / (1000.0 * GRAVITY)) * 100.0


@cache
def _catalogue() -> dict[str, Train]:
    kinds = {field.name: str(field.type) for field in fields(Train)}
    trains = {}
    text = (files("geoplan.rail") / "data" / "trains.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        values: dict[str, Any] = {}
        for name, cell in row.items():
            if kinds[name] == "float":
                values[name] = float(cell) if cell else np.nan
            elif kinds[name] == "bool":
                values[name] = cell == "yes"
            else:
                values[name] = cell
        trains[row["name"]] = Train(**values)
    return trains


def train(name: str) -> Train:
    """A train of the catalogue `rail/data/trains.csv`, such as "regina_2", "freight_1200", "ore_22t", "transformer".

    Raises DataError that names the trains there are.
    """
    known = _catalogue()
    if name not in known:
        raise DataError(f"no train {name!r}; there are {', '.join(known)}.{name_near(name, list(known))}")
    return known[name]


def rolling_stock() -> pd.DataFrame:
    """The catalogue as a table indexed by name, with source, confidence and what is assumed."""
    rows = [{field.name: getattr(item, field.name) for field in fields(Train)} for item in _catalogue().values()]
    return pd.DataFrame(rows).set_index("name")


def train_from_vehicle(vehicle: Vehicle, *, locomotive: str = "transformer") -> Train:
    """The train that a rail vehicle (a laden girder wagon) makes with its locomotive and companions.

    Weight, length, axle and metre load and speed are the vehicle's; pull, braking and resistance are those of the
    catalogue train named by `locomotive`.

    Raises
    ------
    DataError
        It is no rail vehicle, or its weight, length or speed is not known.
    """
    if vehicle.mode != "rail":
        raise DataError(f"vehicle {vehicle.name!r} runs on {vehicle.mode}; give a rail vehicle")
    puller = train(locomotive)
    return Train(
        name=vehicle.name if vehicle.load is None else f"{vehicle.name} with {vehicle.load.name}",
        train_type="special",
        description=vehicle.description,
        length_m=vehicle.train_length_m,
        mass_t=vehicle.train_weight_t,
        max_speed_kmh=min(vehicle.max_speed_kmh, puller.max_speed_kmh if np.isinf(vehicle.max_speed_kmh) else np.inf),
        force_kn=puller.force_kn,
        power_kw=puller.power_kw,
        brake_ms2=puller.brake_ms2,
        resist_a_npt=puller.resist_a_npt,
        resist_b_npt=puller.resist_b_npt,
        resist_c_npt=puller.resist_c_npt,
        axle_load_t=vehicle.axle_load_t,
        metre_load_tpm=vehicle.metre_load_tpm,
        electric=puller.electric,
        source=vehicle.source,
        confidence=vehicle.confidence,
        note=f"pull, braking and resistance of {locomotive}; {vehicle.note}",
    )
