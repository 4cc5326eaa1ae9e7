"""Trains and capacity consumption of the edges of a railway, from the sections of the rail part."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from geoplan.io.timetable import Services, Timetable
from geoplan.network.network import Network
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.layout import Layout, rail_layout
from geoplan.rail.traffic import ends_of

COLUMNS = (
    "section_id",
    "section",
    "trains",
    "consumption_pct",
    "peak_pct",
    "capacity_class",
    "basis",
    "unknown_services",
)


def rail_use(network: Network, timetable: Timetable | Services, *, scenarios: Collection[str] = ()) -> pd.DataFrame:
    """Capacity consumption of the section that each railway edge is part of.

    Returns
    -------
    Table indexed by `edge_id` with the columns `COLUMNS` (see `rail_capacity`): trains both ways a day,
    consumption_pct of the day and peak_pct of its busiest two hours (NaN: the traffic is not known; a lower bound where
    unknown_services is above 0), capacity_class of the day.
    """
    table = rail_capacity(network, timetable, scenarios=scenarios)
    if isinstance(timetable, Timetable):
        layout = rail_layout(network, keep=ends_of(None, timetable))
    else:
        layout = rail_layout(network, timetable.stations, keep=ends_of(timetable.trains, None))
    return section_use(network, layout, table)


def section_use(network: Network, layout: Layout, capacity: pd.DataFrame) -> pd.DataFrame:
    """The table of `rail_use` from a layout and its `rail_capacity` that are there already."""
    table = capacity[capacity["period"] == "day"].set_index("section_id")
    peak = capacity[capacity["period"] == "peak_2h"].set_index("section_id")["consumption_pct"]
    pieces = layout.pieces
    both = pd.concat([pieces[["section_id", side]].rename(columns={side: "edge_id"}) for side in ("edge_f", "edge_b")])
    both = both[both["edge_id"].isin(network.edges.index)].drop_duplicates("edge_id").set_index("edge_id")
    found = table.reindex(both["section_id"]).set_axis(both.index)
    result = found.rename(columns={"name": "section"}).assign(section_id=both["section_id"])
    result["peak_pct"] = peak.reindex(both["section_id"]).to_numpy()
    result["trains"] = np.where(result["unknown_services"] > 0, np.nan, result["trains"])
    return result[list(COLUMNS)]
