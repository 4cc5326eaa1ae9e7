"""Where traffic waits: edges by delay."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd


class Loaded(Protocol):
    """A result with flows, such as an assignment."""

    @property
    def flows(self) -> pd.DataFrame: ...


def congestion(result: Loaded, *, vc_limit: float = 0.0) -> pd.DataFrame:
    """Loaded edges of an assignment, those with the most delay first.

    Parameters
    ----------
    vc_limit
        Leave out edges whose volume is below this share of capacity. An edge whose capacity is not known has no share
        and is kept only when the limit is 0.

    Returns
    -------
    Table indexed by `edge_id`: flow_vph, time_s, vc_ratio (NaN where the capacity is not known), delay_vehh.
    """
    flows = result.flows
    loaded = flows[flows["flow_vph"] > 0]
    if vc_limit > 0:
        loaded = loaded[loaded["vc_ratio"].to_numpy() >= vc_limit]
    order = np.lexsort((-loaded["flow_vph"].to_numpy(), -loaded["delay_vehh"].to_numpy()))
    return loaded[["flow_vph", "time_s", "vc_ratio", "delay_vehh"]].iloc[order]
