"""Lines from a table of services (from, to, trains a day), with stops found along the railway."""

from __future__ import annotations

import logging
from collections.abc import Collection, Hashable

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network
from geoplan.routing.cost import free_time
from geoplan.routing.route import route

log = logging.getLogger(__name__)


def lines_from_services(
    network: Network,
    services: pd.DataFrame,
    stops: Collection[Hashable],
    *,
    service_h: float,
    source: str,
    train_type: str = "passenger",
    stop_min: float = 0.0,
    off_line: float = 2.0,
) -> pd.DataFrame:
    """Lines in both directions for each service, along its own line of the railway.

    The minutes of the whole service are shared out by the running time of the empty line; they come from the table,
    so an express stays as quick as it is stated to be.

    Parameters
    ----------
    network
        Network with rail edges; `from_node` and `to_node` of the services are nodes of it.
    services
        Columns (or index) service_id, and from_node, to_node, trains_per_day (in each direction), run_min,
        train_type; `line`, `assumed` and `source` where known.
    stops
        Nodes where passenger trains stop; the two ends of a service always are stops.
    service_h
        Hours of the day over which the trains are spread evenly: headway = service_h * 60 / trains_per_day.
    source
        Where `service_h` and the choice of stops come from; written to the lines.
    stop_min
        Minutes at each stop on the way, on top of the running time when `run_min` is not known.
    off_line
        A minute off the service's own `line` counts as so many when its way is searched, so that a train follows the
        line it is named after where another way looks quicker. The line of an edge is the service's own when one name
        begins with the other, what stands in brackets left out.

    Returns
    -------
    Lines as in geoplan.transit.lines. Services without trains_per_day get an unknown headway (NaN).

    Raises
    ------
    DataError
        Columns missing, or no service of that type.
    NoRouteError
        No railway between the ends of a service.
    """
    if services.index.name == "service_id":
        services = services.reset_index()
    lacking = [c for c in ("service_id", "from_node", "to_node", "trains_per_day", "run_min") if c not in services]
    if lacking:
        raise DataError(f"services: columns {', '.join(lacking)} are missing; add them")
    if not service_h > 0:
        raise DataError(f"service_h {service_h} is not above 0; give hours of traffic a day")
    chosen = services[services["train_type"] == train_type] if "train_type" in services else services
    if chosen.empty:
        raise DataError(
            f"services: none of train_type {train_type!r}; the table has {sorted(services['train_type'].unique())}"
        )
    parts = []
    for service in chosen.to_dict("records"):
        called, minutes = _stops_along(network, service, set(stops), stop_min, off_line)
        headway = service_h * 60.0 / service["trains_per_day"] if service["trains_per_day"] > 0 else np.nan
        if service["trains_per_day"] == 0:
            headway = np.inf
        # What the table does not say is assumed here: even spacing over the day, stops, times between stops.
        marks = [m for m in str(service.get("assumed", "") or "").split(",") if m]
        marks += [m for m in ("headway_min", "stops") if m not in marks]
        if len(called) > 2 or np.isnan(service["run_min"]):
            marks += ["run_min"] if "run_min" not in marks else []
        for way, order, run in (("out", called, minutes), ("back", called[::-1], np.r_[0.0, minutes[:0:-1]])):
            parts.append(
                pd.DataFrame(
                    {
                        "line_id": f"{service['service_id']}_{way}",
                        "name": f"{service.get('line', '')}: {order[0]}–{order[-1]}",
                        "mode": "rail",
                        "sequence": range(len(order)),
                        "stop_id": order,
                        "run_min": run,
                        "headway_min": headway,
                        "departures_per_day": service["trains_per_day"],
                        "assumed": ",".join(marks),
                        "source": "; ".join(s for s in (str(service.get("source", "") or ""), source) if s),
                    }
                )
            )
    lines = pd.concat(parts, ignore_index=True)
    lost = lines.loc[lines["headway_min"].isna(), "line_id"].unique().tolist()
    if lost:
        log.warning("services: trains a day not known of lines %s", name_rows(lost))
    return lines


def _stops_along(
    network: Network, service: dict, stops: set[Hashable], stop_min: float, off_line: float
) -> tuple[list[Hashable], np.ndarray]:
    """Stops of a service in order and minutes from the stop before each."""
    empty_s = free_time(network)
    own = _own_line(network.edges["line"], str(service.get("line", "") or ""))
    cost = np.where(own | ~own.any(), empty_s, off_line * empty_s)
    way = route(network, service["from_node"], service["to_node"], modes=("rail",), cost=cost).edges
    seconds = pd.Series(empty_s, index=network.edges.index)[way.index]
    here: Hashable = service["from_node"]
    called, minutes, since = [here], [0.0], 0.0
    for time_s, node in zip(seconds, way["v"], strict=True):
        since += time_s / 60.0
        place = node.split("@")[0] if isinstance(node, str) else node  # the hub of a node made by a join
        if place == service["to_node"] or (place in stops and place != called[-1]):
            if place == called[-1]:
                minutes[-1] += since
            else:
                called.append(place)
                minutes.append(since)
            since = 0.0
    run = np.array(minutes)
    if not np.isnan(service["run_min"]):
        run = run * service["run_min"] / run.sum()
    else:
        run[1:-1] += stop_min
    return called, run


def _own_line(lines: pd.Series, name: str) -> np.ndarray:
    """Edges whose line is the one named, shape (n_edges,)."""
    name = name.split("(")[0].strip().casefold()
    found = {line: _begins(line.split("(")[0].strip().casefold(), name) for line in lines.unique()}
    return lines.map(found).to_numpy(dtype=bool)


def _begins(a: str, b: str) -> bool:
    return bool(a and b) and (a.startswith(b) or b.startswith(a))
