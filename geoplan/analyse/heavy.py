"""The loads that get out, scenario by scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.bottlenecks.gains import lift_limit
from geoplan.heavy_haul.envelope import export_envelope, weight_at
from geoplan.network.network import Network
from geoplan.routing.points import find_node
from geoplan.study import Study


def study_envelope(study: Study, answers: Mapping[str, ScenarioAnswer], lang: str) -> pd.DataFrame | None:
    """Frontier of the loads that get out, one a scenario, for the width and length of the first load."""
    if not study.transports:
        return None
    networks = {answer.scenario.name(lang): answer.network for answer in answers.values()}
    return _frontier(study, networks)


def envelope_gains(study: Study, network: Network, gains: pd.DataFrame) -> pd.DataFrame:
    """The table of `lift_gains` with the largest load, of the first load's size, that gets out before and after.

    Columns before_t and after_t; the limit is lifted for every transport, as far as the row's transport needs it.
    """
    if gains.empty or not study.transports:
        return gains.assign(before_t=np.nan, after_t=np.nan)
    height = study.loads[study.transports[0].load].height_m
    networks = {"": network}
    for k, row in enumerate(gains[["structure_id", "mode", "limit", "need_value"]].to_dict("records")):
        lifted = lift_limit(network, row["structure_id"], str(row["mode"]), str(row["limit"]), float(row["need_value"]))
        networks[str(k)] = network if lifted is None else lifted
    table = _frontier(study, networks, modes=("best",))
    most = [weight_at(table[table["scenario"] == key], height) for key in networks]
    return gains.assign(before_t=most[0], after_t=most[1:])


def _frontier(
    study: Study, networks: Mapping[str, Network], *, modes: Sequence[str] = ("best", "road", "rail")
) -> pd.DataFrame:
    """Envelope from the origin of the first transport to every port that the study names for it."""
    first = study.transports[0]
    ports = list(dict.fromkeys(port for row in study.transports if row.origin == first.origin for port in row.to))
    targets = [row for row in study.targets if row.indicator == "largest_load_t" and row.origin == first.origin]
    ports = list(dict.fromkeys((*ports, *(port for row in targets for port in row.ports))))
    ids = [study.network.nodes.index[find_node(study.network, place)] for place in (first.origin, *ports)]
    load = study.loads[first.load]
    return export_envelope(networks, ids[0], ids[1:], widths_m=(load.width_m,), length_m=load.length_m, modes=modes)
