"""Where it hurts in the base of a study."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from shapely import get_coordinates

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.bottlenecks.congestion import congestion
from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.rank import rank_bottlenecks
from geoplan.bottlenecks.restriction import restrictions
from geoplan.errors import DataError
from geoplan.network.network import Network
from geoplan.study import Study


def vulnerability(study: Study, base: ScenarioAnswer) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Loss of closing each link and structure, at the times of the loaded network."""
    if base.demand is None or base.assignment is None:
        return None, None
    times = base.assignment.flows["time_s"].reindex(base.network.edges.index).to_numpy()
    hours = study.config.bottlenecks.closure_hours
    links = criticality(base.network, base.demand, cost=times, duration_h=hours)
    if base.network.structures.empty:
        return links, None
    return links, criticality(base.network, base.demand, by="structure", cost=times, duration_h=hours)


def bottleneck_register(
    study: Study,
    base: ScenarioAnswer,
    links: pd.DataFrame | None,
    structures: pd.DataFrame | None,
    *,
    lang: str = "en",
) -> pd.DataFrame:
    config = study.config.bottlenecks
    names = {transport.id: transport.name[lang] for transport in study.transports}
    plans = {names[key]: plan for key, plan in base.plans.items()}
    often = {names[t.id]: np.nan if t.per_year is None else t.per_year for t in study.transports}
    near = edges_in_area(study, base.network)
    delays = None if base.assignment is None else congestion(base.assignment)
    if structures is not None:
        pairs = base.network.structure_edges
        structures = _keep(structures, pairs.loc[pairs["edge_id"].isin(near), "structure_id"])
    return rank_bottlenecks(
        base.network,
        congestion=None if delays is None else _keep(delays, near),
        criticality=None if links is None else _keep(links, near),
        structures=structures,
        restrictions=restrictions(plans, trips_per_year=often) if plans else None,
        peak_hours_per_year=config.peak_hours_per_year,
        closures_per_year=config.closures_per_year,
        top=config.top,
    )


def edges_in_area(study: Study, network: Network) -> pd.Index:
    """Edges of the study area: those whose middle is nearest to a zone of its municipalities; all without an area."""
    area, zones = study.config.study.area, study.zones
    if not area or zones is None:
        return network.edges.index
    inside = zones["municipality_code"].isin(area).to_numpy()
    if not inside.any():
        raise DataError(f"study area: no zone lies in {', '.join(area)}; correct the municipality codes")
    middles = network.edges.geometry.interpolate(0.5, normalized=True)
    _, nearest = cKDTree(get_coordinates(zones.geometry.array)).query(get_coordinates(middles.array))
    return network.edges.index[inside[nearest]]


def _keep(table: pd.DataFrame, ids: pd.Index | pd.Series) -> pd.DataFrame:
    kept = table[table.index.isin(ids)]
    kept.attrs = table.attrs
    return kept
