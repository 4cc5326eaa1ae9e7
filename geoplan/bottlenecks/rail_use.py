"""Trains and capacity consumption of the edges of a railway, from the sections of the rail part."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from geoplan.io.timetable import Services, Timetable
from geoplan.network.network import Network
from geoplan.rail.capacity import rail_capacity
from geoplan.rail.layout import rail_layout
from geoplan.rail.traffic import ends_of

COLUMNS = ("section_id", "section", "trains", "consumption_pct", "capacity_class", "basis", "unknown_services")


def rail_use(
    network: Network, timetable: Timetable | Services, *, scenarios: Collection[str] = (), period: str = "day"
) -> pd.DataFrame:
    """Capacity consumption of the section that each railway edge is part of.

    Returns
    -------
    Table indexed by `edge_id` with the columns `COLUMNS` (see `rail_capacity`): trains both ways in the period,
    consumption_pct (NaN: the traffic is not known; a lower bound where unknown_services is above 0).
    """
    table = rail_capacity(network, timetable, scenarios=scenarios)
    table = table[table["period"] == period].set_index("section_id")
    if isinstance(timetable, Timetable):
        pieces = rail_layout(network, keep=ends_of(None, timetable)).pieces
    else:
        pieces = rail_layout(network, timetable.stations, keep=ends_of(timetable.trains, None)).pieces
    both = pd.concat([pieces[["section_id", side]].rename(columns={side: "edge_id"}) for side in ("edge_f", "edge_b")])
    both = both[both["edge_id"].isin(network.edges.index)].drop_duplicates("edge_id").set_index("edge_id")
    found = table.reindex(both["section_id"]).set_axis(both.index)
    result = found.rename(columns={"name": "section"}).assign(section_id=both["section_id"])
    result["trains"] = np.where(result["unknown_services"] > 0, np.nan, result["trains"])
    return result[list(COLUMNS)]
