"""What changes from base to variant in a year: time by the rule of a half, traffic, emissions, heavy transports.

Every row is an amount a year with its unit, what one of it is worth (a value of the table, or of its own) and what it
rests on. Nothing is priced here; an effect without a price stays in the table and is told as not priced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.appraisal.values import Values, is_verified, value_of
from geoplan.assignment.equilibrium import assign
from geoplan.assignment.result import Assignment
from geoplan.demand.demand import Demand
from geoplan.errors import DataError, name_near
from geoplan.heavy_haul.plan import Plan
from geoplan.maps.formats import short_text
from geoplan.maps.labels import Lang, Text
from geoplan.network.network import Network

EFFECT_COLUMNS = (
    "item",
    "group",
    "amount",
    "unit",
    "value_item",
    "value",
    "grows",
    "wtp",
    "basis",
    "basis_sv",
    "verified",
    "source",
    "origin",
)
ITEMS = (
    "travel_time",
    "freight_time",
    "operating_cost",
    "accidents",
    "co2",
    "air_pollution",
    "heavy_transport",
    "maintenance",
    "other",
)
WTP_ITEMS = ("travel_time", "freight_time", "accidents", "air_pollution")  # grow with income
FIXED_ITEMS = ("maintenance",)  # the same each year, however the traffic grows: DoU_t of ASEK 5.1, chapter 3
FREIGHT_CLASSES = ("lorry", "truck", "freight")
TIME_ITEMS = {"car": "time_car_commute"}  # the demand of a study is commuting; others: time_<class>


class Transport(Protocol):
    """A yearly transport, such as `TransportConfig` of a study."""

    @property
    def id(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def per_year(self) -> float | None: ...


@dataclass(frozen=True, eq=False)
class Side:
    """Base or variant: its network, demand, flows and plans of heavy transports, as far as there are any."""

    network: Network | None
    demand: Demand | None
    assignment: Assignment | None
    plans: Mapping[str, Plan]


def as_side(given: Any) -> Side:
    """A side from an answer of a scenario, (network, demand), or an assignment by "bush"."""
    if isinstance(given, Side):
        return given
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], Network):
        network, demand = given
        return Side(network, demand, None if demand is None else assign(network, demand), {})
    if isinstance(given, Assignment):
        if given.paths is None:
            raise DataError("an assignment without its ways does not tell its demand; give (network, demand)")
        return Side(None, given.paths.demand, given, {})
    if all(hasattr(given, name) for name in ("network", "demand", "assignment")):
        return Side(given.network, given.demand, given.assignment, getattr(given, "plans", {}))
    raise DataError(
        f"cannot appraise {type(given).__name__}; give (network, demand), an assignment or a scenario's answer"
    )


def rule_of_half(
    trips0: NDArray[np.float64], trips1: NDArray[np.float64], cost0: NDArray[np.float64], cost1: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Benefit of each pair, 1/2 (x0 + x1)(c0 - c1), in the unit of cost times trips; arrays of one shape.

    NaN where there are trips and only one side has a way: the change of cost has no size then. 0 where neither has one.
    """
    neither = np.isinf(cost0) & np.isinf(cost1)
    with np.errstate(invalid="ignore"):
        change = np.where(neither, 0.0, cost0 - cost1)
        benefit = 0.5 * (trips0 + trips1) * change
    one = np.isinf(cost0) ^ np.isinf(cost1)
    return np.where(one, np.where(trips0 + trips1 > 0, np.nan, 0.0), benefit)


def build_effects(
    base: Any,
    variant: Any,
    values: Values,
    *,
    hours_per_year: float,
    time_items: Mapping[str, str] | None = None,
    persons_per_vehicle: Mapping[str, float] | None = None,
    transports: Iterable[Transport] = (),
    effects: Iterable[Mapping[str, Any]] = (),
) -> tuple[pd.DataFrame, pd.DataFrame | None, tuple[Text, ...]]:
    """Effects a year of the variant against the base, the hours saved by zone, and notes on what was left out.

    Parameters
    ----------
    base, variant
        Answers of scenarios, (network, demand) pairs (assigned here) or assignments.
    hours_per_year
        Hours like the one assigned in a year.
    time_items
        Item of the values for an hour of each class; `TIME_ITEMS` else "time_<class>".
    persons_per_vehicle
        Travellers in a vehicle of each class; 1 for those left out.
    transports
        Heavy transports with their number a year, for the plans of the two sides.
    effects
        Effects that the models do not work out: mappings with item, amount (a year, gains above zero), unit, and
        optionally group, value_item or value (SEK), basis, source, verified.

    Returns
    -------
    Effects with the columns `EFFECT_COLUMNS`; hours saved a year by zone (a column a class, None without demand);
    notes.
    """
    before, after = as_side(base), as_side(variant)
    rows: list[dict[str, Any]] = []
    notes: list[Text] = []
    zones = None
    if before.assignment is not None and after.assignment is not None:
        persons = dict(persons_per_vehicle or {})
        hours = {
            name: _hours_saved(before, after, name, hours_per_year * persons.get(name, 1.0), notes)
            for name in before.assignment.skims
        }
        assert before.demand is not None  # an assignment has one
        zones = before.demand.zones.drop(columns="geometry").assign(**{f"hours_{k}": v for k, v in hours.items()})
        rows += [
            _time_row(name, float(saved.sum()), time_items, hours_per_year, persons.get(name, 1.0))
            for name, saved in hours.items()
        ]
        rows += _traffic_rows(before, after, values, hours_per_year)
        if before.network is None or after.network is None:
            notes.append(_NO_LENGTHS)
    rows += _transport_rows(before, after, transports)
    rows += [_given(stated) for stated in effects]
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS)), zones, tuple(notes)


def effect(
    item: str,
    amount: float,
    unit: str,
    *,
    group: str = "",
    value_item: str = "",
    value: float = np.nan,
    grows: bool | None = None,
    basis: str | Text = "",
    verified: bool = True,
    source: str = "",
    origin: str = "",
) -> dict[str, Any]:
    """One row of effects. `value` in SEK for one of the unit; with neither value nor item an amount in MSEK counts.

    `grows`: the amount follows the traffic; None: all but upkeep do. `origin`: the place that a transport leaves.
    """
    if item not in ITEMS:
        raise DataError(f"no effect {item!r}; use one of {', '.join(ITEMS)}.{name_near(item, list(ITEMS))}")
    if unit.split("/")[0].strip().upper() == "MSEK" and np.isnan(value) and not value_item:
        value = 1e6
    told = basis if isinstance(basis, Text) else Text(basis, basis)
    grows = item not in FIXED_ITEMS if grows is None else grows
    number = (float(amount), unit, value_item, value, grows, item in WTP_ITEMS)
    return dict(zip(EFFECT_COLUMNS, (item, group, *number, told.en, told.sv, verified, source, origin), strict=True))


def _hours_saved(before: Side, after: Side, name: str, hours: float, notes: list[Text]) -> pd.Series:
    """Person hours a year by zone of origin."""
    assert before.assignment is not None and after.assignment is not None
    assert before.demand is not None and after.demand is not None
    ids = before.demand.zones.index
    if not ids.equals(after.demand.zones.index) or name not in after.demand.matrices:
        raise DataError(f"base and variant have other zones or no class {name!r}; appraise on the same zones")
    tables = [
        table.to_numpy()
        for table in (
            before.demand.matrices[name],
            after.demand.matrices[name],
            before.assignment.skims[name],
            after.assignment.skims[name],
        )
    ]
    benefit = rule_of_half(*tables)
    lost = np.isnan(benefit)
    if lost.any():
        trips = float((tables[0] + tables[1])[lost].sum() / 2)
        pairs = int(lost.sum())
        notes.append(
            Text(
                f"{name}: {_n(round(trips, 1), 'sv')} resor i timmen mellan {pairs} par av orter har en väg bara utan "
                "eller bara med åtgärden; de räknas inte",
                f"{name}: {_n(round(trips, 1), 'en')} trips an hour of {pairs} pairs have a way on one side only; "
                "left out",
            )
        )
    return pd.Series(np.nansum(benefit, axis=1) / 3600.0 * hours, index=ids)


def _time_row(
    name: str, saved: float, time_items: Mapping[str, str] | None, hours: float, persons: float
) -> dict[str, Any]:
    item = (time_items or {}).get(name) or TIME_ITEMS.get(name, f"time_{name}")
    kind = "freight_time" if name in FREIGHT_CLASSES else "travel_time"
    one = persons == 1.0
    basis = Text(
        f"trapetsregeln (rule of a half), {_n(hours, 'sv')} timmar per år som den beräknade, {_n(persons, 'sv')} "
        f"{'person' if one else 'personer'} per fordon",
        f"rule of a half, {_n(hours, 'en')} hours a year like the one assigned, {_n(persons, 'en')} "
        f"{'person' if one else 'persons'} a vehicle",
    )
    return effect(kind, saved, "h/year", group=name, value_item=item, basis=basis)


def _traffic_rows(before: Side, after: Side, values: Values, hours: float) -> list[dict[str, Any]]:
    """Vehicle kilometres saved, and the carbon dioxide with them."""
    if before.network is None or after.network is None:
        return []
    assert before.assignment is not None and after.assignment is not None
    rows = []
    for name in before.assignment.skims:
        saved = (_vehicle_km(before, name) - _vehicle_km(after, name)) * hours
        basis = Text(
            f"fordonskilometer enligt nätutläggningen, {_n(hours, 'sv')} timmar per år",
            f"vehicle kilometres of the assignments, {_n(hours, 'en')} hours a year",
        )
        # What new travellers pay to drive is in what they gain (rule of a half); kilometres alone do not tell it.
        fixed = _same_trips(before, after, name)
        own, told = (saved, basis) if fixed else (np.nan, _OTHER_TRIPS)
        item = f"operating_{name}_sek_per_km"
        rows.append(effect("operating_cost", own, "km/year", group=name, value_item=item, basis=told))
        factor = f"co2_kg_per_km_{name}"
        each = value_of(values, factor)
        told, source = basis, ""
        if not np.isnan(each):
            told = Text(f"{basis.sv}, {_n(each, 'sv')} kg/km", f"{basis.en}, {_n(each, 'en')} kg/km")
            source = str(values.table["source"][factor])
        rows.append(
            effect(
                "co2",
                saved * each,
                "kg/year",
                group=name,
                value_item="co2_sek_per_kg",
                basis=told,
                verified=is_verified(values, factor),
                source=source,
            )
        )
    return rows


def _same_trips(before: Side, after: Side, name: str) -> bool:
    assert before.demand is not None and after.demand is not None
    return np.array_equal(before.demand.matrices[name].to_numpy(), after.demand.matrices[name].to_numpy())


def _vehicle_km(side: Side, name: str) -> float:
    assert side.assignment is not None and side.network is not None
    flows = side.assignment.flows
    column = f"flow_vph_{name}" if f"flow_vph_{name}" in flows else "flow_vph"
    return float((flows[column] * side.network.edges["length_m"].reindex(flows.index)).sum() / 1000.0)


def _transport_rows(before: Side, after: Side, transports: Iterable[Transport]) -> list[dict[str, Any]]:
    """SEK that a heavy transport saves each time; not known while it gets through on one side only (a loss below 0)."""
    rows = []
    for transport in transports:
        if transport.id not in before.plans or transport.id not in after.plans:
            continue
        old, new = before.plans[transport.id], after.plans[transport.id]
        if not old.feasible and not new.feasible:
            continue
        often = np.nan if transport.per_year is None else float(transport.per_year)
        saved = old.cost_sek - new.cost_sek if old.feasible and new.feasible else np.nan
        basis = Text(
            "planer utan och med åtgärd; priserna är antagna", "plans of base and variant; their rates are assumed"
        )
        if old.feasible != new.feasible:
            basis = _ONLY_WITH if new.feasible else _NO_LONGER
        lost = old.feasible and not new.feasible
        rows.append(
            effect(
                "heavy_transport",
                -often if lost else often,
                "transports/year",
                group=transport.id,
                value=saved,
                grows=False,
                basis=basis,
                verified=False,
                origin=transport.origin,
            )
        )
    return rows


def _n(value: float, lang: Lang) -> str:
    return short_text(value, lang)


_OTHER_TRIPS = Text("resorna blir fler eller färre", "there are more or fewer trips")
_NO_LENGTHS = Text(
    "fordonskostnader och koldioxid är inte räknade: nätutläggningarna saknar sitt nät",
    "operating costs and carbon dioxide are not counted: the assignments come without their network; give "
    "(network, demand)",
)
_ONLY_WITH = Text("kommer fram bara med åtgärden", "gets through with the measure only")
_NO_LONGER = Text("kommer inte längre fram", "no longer gets through")


def _given(given: Mapping[str, Any]) -> dict[str, Any]:
    """An effect that the caller states."""
    lost = [name for name in ("item", "amount", "unit") if name not in given]
    if lost:
        raise DataError(f"effects: {', '.join(lost)} missing in {dict(given)!r}; state item, amount and unit")
    rest = {key: cell for key, cell in given.items() if key not in ("item", "amount", "unit")}
    strange = [key for key in rest if key not in EFFECT_COLUMNS]
    if strange:
        raise DataError(f"effects: unknown key {strange[0]!r}.{name_near(strange[0], list(EFFECT_COLUMNS))}")
    return effect(
        str(given["item"]),
        float(given["amount"]),
        str(given["unit"]),
        **{"basis": Text("uppgift i studien", "stated by the study"), **rest},
    )
