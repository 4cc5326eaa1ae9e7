"""Where traffic waits: edges by delay."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from geoplan.bottlenecks.queue import alternating_queues
from geoplan.network.network import Network


class Loaded(Protocol):
    """A result with flows, such as an assignment."""

    @property
    def flows(self) -> pd.DataFrame: ...


def congestion(result: Loaded, *, network: Network | None = None, vc_limit: float = 0.0) -> pd.DataFrame:
    """Loaded edges of an assignment, those with the most delay first.

    Parameters
    ----------
    network
        The one assigned: where its links have alternating one-way working, their delay is that of the queue
        (`alternating_queues`), the wait at the empty signal with it, and no longer that of the curve.
    vc_limit
        Leave out edges whose volume is below this share of capacity. An edge whose capacity is not known has no share
        and is kept only when the limit is 0.

    Returns
    -------
    Table indexed by `edge_id`: flow_vph, time_s, vc_ratio (NaN where the capacity is not known), delay_vehh;
    with such links wait_s, queue_veh (mean) and queue95_veh too, NaN for all others.
    """
    flows, columns = result.flows, ["flow_vph", "time_s", "vc_ratio", "delay_vehh"]
    queues = pd.DataFrame() if network is None else alternating_queues(network, flows)
    if len(queues):
        flows = flows.join(queues)
        columns += queues.columns.to_list()
        waited = flows["flow_vph"] * flows["wait_s"] / 3600.0
        # A queue beyond all bounds has no mean; the curve's delay stands then.
        flows["delay_vehh"] = waited.where(np.isfinite(waited), flows["delay_vehh"])
    loaded = flows[flows["flow_vph"] > 0]
    if vc_limit > 0:
        loaded = loaded[loaded["vc_ratio"].to_numpy() >= vc_limit]
    order = np.lexsort((-loaded["flow_vph"].to_numpy(), -loaded["delay_vehh"].to_numpy()))
    return loaded[columns].iloc[order]
