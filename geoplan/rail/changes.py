"""What changes of the network do to the trains: scenarios side by side, and a bridge out of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geoplan.errors import DataError, NoRouteError, name_near
from geoplan.io.tables import split_list
from geoplan.io.timetable import Services
from geoplan.network.network import Network
from geoplan.rail.capacity import rail_capacity, worst_by_stretch
from geoplan.rail.layout import Layout, on_railway, rail_layout
from geoplan.rail.line import Line, rail_line
from geoplan.rail.questions import KnownServices
from geoplan.rail.rules import Rules
from geoplan.rail.slots import running_time_h
from geoplan.rail.traffic import TYPICAL, ends_of
from geoplan.rail.train import Train, train


def answer_scenarios(
    networks: Mapping[str, Network],
    services: Services,
    stretches: Mapping[str, tuple[str, ...]],
    *,
    special: Train | None = None,
    special_stops: Sequence[str] = (),
    rules: Rules | None = None,
) -> pd.DataFrame:
    """What scenarios change on the railway: one row a stretch and scenario.

    Parameters
    ----------
    networks
        The network of each scenario by name, the first is what the others are compared with.
    special, special_stops
        With both, limits that the special train exceeds on its way are counted.

    Returns
    -------
    scenario, stretch, section, day_pct, day_class, peak_pct, extra_trains_80, change_pct (against the first), and
    over_axle_load, over_metre_load (sections on the special train's way whose limit it exceeds; NaN when not asked or
    no way).
    """
    tables = []
    base: dict[str, float] = {}
    for name, network in networks.items():
        keep = [*ends_of(services.trains), *(stop for stops in stretches.values() for stop in stops)]
        layout = rail_layout(network, services.stations, keep=on_railway(network, keep))
        capacity = rail_capacity(layout, _that_run(layout, services), rules=rules)
        there = {key: stops for key, stops in stretches.items() if _connected(layout, stops)}
        table = worst_by_stretch(capacity, layout, there)
        base = base or dict(zip(table["stretch"], table["day_pct"], strict=True))
        table.insert(0, "scenario", name)
        table["change_pct"] = table["day_pct"] - table["stretch"].map(base)
        table["over_axle_load"], table["over_metre_load"] = _over_limits(layout, special, special_stops)
        tables.append(table)
    columns = ["scenario", "stretch", "section", "day_pct", "day_class", "peak_pct", "extra_trains_80", "change_pct"]
    return pd.concat(tables, ignore_index=True)[[*columns, "over_axle_load", "over_metre_load"]]


def _over_limits(layout: Layout, special: Train | None, stops: Sequence[str]) -> tuple[float, float]:
    """Sections on the way whose axle load, and whose metre load, is below the train's."""
    if special is None or len(stops) < 2 or not _connected(layout, tuple(stops)):
        return np.nan, np.nan
    sections = layout.sections.loc[list(rail_line(layout, list(stops)).sections)]
    axle = (sections["max_axle_load_t"] < special.axle_load_t).sum()
    metre = (sections["max_metre_load_tpm"] < special.metre_load_tpm).sum()
    return float(axle), float(metre)


def _connected(layout: Layout, stops: Sequence[str]) -> bool:
    try:
        rail_line(layout, list(stops))
    except (DataError, NoRouteError):
        return False
    return True


def _that_run(layout: Layout, services: Services) -> KnownServices:
    """Services whose way is open."""
    trains = services.trains
    open_way = [_connected(layout, _service_stops(row)) for row in trains.to_dict("records")]
    return KnownServices(trains[open_way], services.stations)


def _service_stops(row: Mapping[object, object]) -> list[str]:
    via = row.get("via_nodes", "")
    return [str(row["from_node"]), *(split_list(via) if isinstance(via, str) else []), str(row["to_node"])]


def without_structure(network: Network, structure_id: str) -> Network:
    """The network with every edge closed that a structure carries.

    Raises DataError when there is no such structure or it carries nothing.
    """
    if structure_id not in network.structures.index:
        near = name_near(structure_id, [str(key) for key in network.structures.index])
        raise DataError(f"no structure {structure_id!r}.{near}")
    roles = network.structure_edges
    carried = roles[(roles["structure_id"] == structure_id) & (roles["role"] == "carries")]["edge_id"]
    if carried.empty:
        raise DataError(f"structure {structure_id!r} carries no edge; name one that does")
    edges = network.edges.copy()
    edges.loc[edges.index.isin(carried), "status"] = "closed"
    return network.replace(edges=edges)


def answer_closure(
    network: Network,
    services: Services,
    structure_id: str,
    *,
    days: int = 30,
    rules: Rules | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A bridge out of use for some days: which trains run another way, and how full that gets.

    Returns
    -------
    trains : service_id, train_type, from_name, to_name, assumed, trains (in the days, both ways), length_km and
        run_min on the usual way, detour_km and detour_min (NaN: no way round), added_min, train_hours (added, all
        trains of the days), answer (as before, detour, no way)
    sections : sections whose consumption changes by a point or more, or is known on one side only: name, before_pct,
        after_pct (day), peak_after_pct (busiest two hours), class_before, class_after, extra_trains_80
    """
    rules = rules or Rules()
    closed_network = without_structure(network, structure_id)
    keep = ends_of(services.trains)
    usual = rail_layout(network, services.stations, keep=keep)
    closed = rail_layout(closed_network, services.stations, keep=on_railway(closed_network, keep))
    rows = []
    for service_id, row in services.trains.to_dict("index").items():
        scenario = row.get("scenario", "")
        if isinstance(scenario, str) and scenario:
            continue
        kind = train(TYPICAL.get(str(row["train_type"]), ("freight_1200",))[0])
        stops = _service_stops(row)
        before = rail_line(usual, stops)
        minutes = running_time_h(before, kind, rules) * 60
        after: Line | None = None
        try:
            after = rail_line(closed, stops)
        except (DataError, NoRouteError):
            answer = "no way"
        else:
            same = abs(after.length_m - before.length_m) < 1.0
            answer = "as before" if same else "detour"
        around = running_time_h(after, kind, rules) * 60 if after is not None else np.nan
        count = 2.0 * float(row["trains_per_day"]) * days
        rows.append(
            {
                "service_id": service_id,
                "train_type": row["train_type"],
                "from_name": before.names[0],
                "to_name": before.names[-1],
                "assumed": row.get("assumed", ""),
                "trains": count,
                "length_km": before.length_m / 1000.0,
                "run_min": minutes,
                "detour_km": after.length_m / 1000.0 if after is not None else np.nan,
                "detour_min": around,
                "added_min": around - minutes,
                "train_hours": count * (around - minutes) / 60.0,
                "answer": answer,
            }
        )
    now = rail_capacity(usual, services, rules=rules)
    then = rail_capacity(closed, _that_run(closed, services), rules=rules)
    return pd.DataFrame(rows), _changed(now, then)


def _changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    one = before[before["period"] == "day"].set_index("section_id")
    two = after[after["period"] == "day"].set_index("section_id")
    peak = after[after["period"] == "peak_2h"].set_index("section_id")
    later = two[["consumption_pct", "capacity_class", "extra_trains_80"]].add_suffix("_after")
    both = one.join(later, how="inner").join(peak["consumption_pct"].rename("peak_after"))
    change = both["consumption_pct_after"] - both["consumption_pct"]
    # What is not known on one side only has changed as well; by how much is not known.
    one_sided = both["consumption_pct_after"].isna() != both["consumption_pct"].isna()
    table = pd.DataFrame(
        {
            "name": both["name"],
            "before_pct": both["consumption_pct"],
            "after_pct": both["consumption_pct_after"],
            "peak_after_pct": both["peak_after"],
            "class_before": both["capacity_class"],
            "class_after": both["capacity_class_after"],
            "extra_trains_80": both["extra_trains_80_after"],
        }
    )[(change.abs() >= 1.0) | one_sided]
    return table.sort_values("after_pct", ascending=False, kind="stable").reset_index()
