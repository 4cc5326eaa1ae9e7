"""What moves: a lorry combination, a modular trailer, a rail wagon with its train, a ship."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.vehicles.load import Load

FloatArray = NDArray[np.float64]

GRAVITY = 9.81  # m/s2
ROLLING_RESISTANCE = 0.012  # share of the weight on paved road at walking speed; textbook value for lorry tyres


@dataclass(frozen=True)
class AxleGroup:
    """Axles at equal spacing that share one weight evenly.

    Parameters
    ----------
    first_m
        Distance from the front of the vehicle to the first axle of the group, as it stands empty.
    count, spacing_m
        Number of axles (for a modular trailer: axle lines) and the distance between them.
    tare_t
        Weight of the empty vehicle on the whole group.
    load_share
        Share of the load's weight on the whole group; the shares of a vehicle sum to 1.
    behind_load
        The group stands behind a load that hangs between two halves, and moves back by its length.
    """

    name: str
    first_m: float
    count: int
    spacing_m: float
    tare_t: float
    load_share: float
    steered: bool = False
    driven: bool = False
    tyres: int = 4
    behind_load: bool = False


@dataclass(frozen=True)
class Vehicle:
    """A vehicle as it stands, empty or laden; `carrying(load)` gives the laden one.

    Only `name` and `mode` are needed; a measure that is left out is not known (NaN), and so is every verdict
    that needs it. Measures of a rail vehicle are those of the wagon; its train adds `train_extra_t` and
    `train_extra_m`.

    Parameters
    ----------
    mode
        road, rail or sea.
    height_m, width_m, length_m
        Outer measures above road, rail or (a ship) water, over everything. A ship's `width_m` is its beam.
    gross_weight_t
        Weight as it stands; of a road vehicle the whole combination with its tractors.
    axle_groups
        Axles from the front. Without them the axle loads are `axle_load` for all, when that is given.
    axle_load
        Highest axle load in tonnes where the axles are not given one by one.
    tare_t, payload_t
        Empty weight and the heaviest load it takes.
    deck_height_m
        Underside of the load above road or rail, as low as it travels.
    side_m
        What the vehicle adds on each side of the load (the beams of a girder frame).
    load_between
        The load hangs between two halves: it adds its own length to the vehicle's.
    load_length_max_m, load_width_max_m
        Room for the load; a longer or wider one is refused.
    pivot_span_m
        Distance between the two pivots that carry the load's ends (empty; grows by the load's length when the
        load hangs between them): throw on curves, swept path.
    turn_lengths_m
        Lengths of the units behind the steered front axle, for the swept path: each from its hitch to its
        fixed axle. Steered units are shorter than they look.
    max_speed_kmh, hours_per_day
        Speed with the load; hours a day it may move (a slow convoy moves at night).
    tractive_force_kn
        Pull of all tractors at walking speed; gives the steepest grade.
    own_lift_t
        Heaviest load it takes aboard without the crane of the port.
    divisible
        Its goods can be shared out among more vehicles, so that it gets no exemption from any limit.
    fleet
        `home` is at hand and tried by a plan; `hire` is tried when it is named.
    sek_per_km, sek_per_h, mobilisation_sek
        Cost rates, laden; hours are hours of the calendar, waiting for the night included.
    source, confidence, note
        Where the measures come from; L is an estimate.
    load
        What it carries.
    """

    name: str
    mode: str
    kind: str = ""
    description: str = ""
    height_m: float = np.nan
    width_m: float = np.nan
    length_m: float = np.nan
    gross_weight_t: float = np.nan
    axle_groups: tuple[AxleGroup, ...] = ()
    axle_load: float = np.nan
    tare_t: float = np.nan
    payload_t: float = np.nan
    deck_height_m: float = np.nan
    side_m: float = 0.0
    load_between: bool = False
    load_length_max_m: float = np.inf
    load_width_max_m: float = np.inf
    pivot_span_m: float = np.nan
    turn_lengths_m: tuple[float, ...] = ()
    max_speed_kmh: float = np.inf
    hours_per_day: float = 24.0
    tractive_force_kn: float = np.nan
    train_extra_t: float = 0.0
    train_extra_m: float = 0.0
    draught_m: float = np.nan
    own_lift_t: float = 0.0
    divisible: bool = False
    fleet: str = "home"
    sek_per_km: float = np.nan
    sek_per_h: float = np.nan
    mobilisation_sek: float = np.nan
    source: str = ""
    confidence: str = ""
    note: str = ""
    load: Load | None = None

    def __post_init__(self) -> None:
        if self.mode not in ("road", "rail", "sea"):
            raise DataError(f"vehicle {self.name!r}: mode is {self.mode!r}; use road, rail or sea")
        for field in ("height_m", "width_m", "length_m", "gross_weight_t", "axle_load", "max_speed_kmh"):
            value = getattr(self, field)
            if value <= 0:
                cure = "leave it out when it is not known"
                raise DataError(f"vehicle {self.name!r}: {field} is {value:g}, not above 0; {cure}")

    def carrying(self, load: Load) -> Vehicle:
        """The vehicle with this load on it.

        Raises
        ------
        DataError
            With every reason why it cannot take the load; nothing is replaced by a default.
        """
        reasons = self.refuses(load)
        if reasons:
            raise DataError(f"{self.name} cannot take {load.name!r}: {'; '.join(reasons)}; choose another vehicle")
        added_m = load.length_m if self.load_between else 0.0
        moved = tuple(replace(g, first_m=g.first_m + added_m) if g.behind_load else g for g in self.axle_groups)
        return replace(
            self,
            load=load,
            axle_groups=moved,
            height_m=float(np.fmax(self.height_m, self.deck_height_m + load.height_m)),
            width_m=float(np.fmax(self.width_m, load.width_m + 2 * self.side_m)),
            length_m=self.length_m + added_m if self.load_between else float(np.fmax(self.length_m, load.length_m)),
            gross_weight_t=self.tare_t + load.weight_t,
            pivot_span_m=self.pivot_span_m + added_m,
        )

    def refuses(self, load: Load) -> list[str]:
        """Why it cannot take the load, empty when it can."""
        if self.load is not None:
            return [f"it carries {self.load.name!r} already"]
        if np.isnan(self.tare_t) or np.isnan(self.payload_t):
            return ["its tare and pay-load are not known"]
        reasons = []
        if load.weight_t > self.payload_t:
            reasons.append(f"it takes {self.payload_t:g} t, the load weighs {load.weight_t:g} t")
        if load.length_m > self.load_length_max_m:
            reasons.append(f"it takes {self.load_length_max_m:g} m, the load is {load.length_m:g} m long")
        if load.width_m > self.load_width_max_m:
            reasons.append(f"it takes {self.load_width_max_m:g} m, the load is {load.width_m:g} m wide")
        return reasons

    @property
    def load_weight_t(self) -> float:
        """Weight of the load, 0 without one."""
        return 0.0 if self.load is None else self.load.weight_t

    @cached_property
    def axle_x_m(self) -> FloatArray:
        """Positions of the axles from the front, shape (n_axles,), ascending."""
        positions = [g.first_m + g.spacing_m * np.arange(g.count) for g in self.axle_groups]
        return np.concatenate(positions) if positions else np.empty(0)

    @cached_property
    def axle_loads_t(self) -> FloatArray:
        """Load of each axle, shape (n_axles,), in the order of `axle_x_m`."""
        loads = [np.full(g.count, (g.tare_t + g.load_share * self.load_weight_t) / g.count) for g in self.axle_groups]
        return np.concatenate(loads) if loads else np.empty(0)

    @cached_property
    def axle_driven(self) -> NDArray[np.bool_]:
        """Whether each axle is driven, shape (n_axles,)."""
        return np.concatenate([np.full(g.count, g.driven) for g in self.axle_groups] or [np.empty(0, dtype=bool)])

    @property
    def axle_load_t(self) -> float:
        """Highest axle load (of a modular trailer: load of an axle line)."""
        return float(self.axle_loads_t.max()) if self.axle_groups else self.axle_load

    @property
    def metre_load_tpm(self) -> float:
        """Weight per metre of length, of a rail wagon over its buffers."""
        return self.gross_weight_t / self.length_m

    @property
    def train_weight_t(self) -> float:
        """Weight of the train: the wagon, its locomotive and companions. Of a road vehicle its gross weight."""
        return self.gross_weight_t + self.train_extra_t

    @property
    def train_length_m(self) -> float:
        return self.length_m + self.train_extra_m

    @property
    def max_grade_pct(self) -> float:
        """Steepest grade the tractors pull it up: (F / (m g) - rolling resistance) x 100."""
        return (self.tractive_force_kn / (self.gross_weight_t * GRAVITY) - ROLLING_RESISTANCE) * 100.0
