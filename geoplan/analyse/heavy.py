"""The loads that get out, scenario by scenario."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.heavy_haul.envelope import export_envelope
from geoplan.routing.points import find_node
from geoplan.study import Study


def study_envelope(study: Study, answers: Mapping[str, ScenarioAnswer], lang: str) -> pd.DataFrame | None:
    """Frontier of the loads that get out, one a scenario, for the width and length of the first load."""
    if not study.transports:
        return None
    first = study.transports[0]
    ports = list(dict.fromkeys(port for row in study.transports if row.origin == first.origin for port in row.to))
    targets = [row for row in study.targets if row.indicator == "largest_load_t" and row.origin == first.origin]
    ports = list(dict.fromkeys((*ports, *(port for row in targets for port in row.ports))))
    ids = [study.network.nodes.index[find_node(study.network, place)] for place in (first.origin, *ports)]
    width = study.loads[first.load].width_m
    length = study.loads[first.load].length_m
    networks = {answer.scenario.name(lang): answer.network for answer in answers.values()}
    return export_envelope(networks, ids[0], ids[1:], widths_m=(width,), length_m=length)
