"""Who uses the places of a study: select link on its roads."""

from __future__ import annotations

import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.commuting_answers import LinkUsers
from geoplan.assignment.select_link import select_link, select_link_flows
from geoplan.network.network import Network
from geoplan.scenario.edits import edges_of_ways
from geoplan.study import Study


def study_users(study: Study, answer: ScenarioAnswer) -> dict[str, LinkUsers]:
    """Pairs of zones that pass each place of the study by road, and where they come from and go; unused places not."""
    if answer.assignment is None:
        return {}
    found = {}
    for place in study.config.places:
        edges = _roads(answer.network, place.ways, place.structures)
        used = [edge for edge in edges if answer.assignment.flows["flow_vph"].get(edge, 0.0) > 0]
        if used:
            pairs = select_link(answer.assignment, used)
            found[place.id] = LinkUsers(pairs, select_link_flows(answer.assignment, used))
    return found


def _roads(network: Network, ways: tuple[str, ...], structures: tuple[str, ...]) -> list[str]:
    """Road edges of a place: its ways, and what its structures carry or stand over."""
    ids = edges_of_ways(network, ways) if ways else pd.Index([])
    pairs = network.structure_edges
    ids = ids.union(pd.Index(pairs.loc[pairs["structure_id"].isin(structures), "edge_id"]), sort=False)
    return [str(edge) for edge in ids if network.edges.loc[edge, "mode"] == "road"]
