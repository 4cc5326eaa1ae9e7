"""Where it hurts in the base of a study: all four kinds in one register, and how firm its ranks are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from shapely import get_coordinates

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.heavy import envelope_gains
from geoplan.analyse.railway import study_rail_use
from geoplan.assignment.select_link import select_link
from geoplan.bottlenecks.congestion import congestion
from geoplan.bottlenecks.criticality import criticality
from geoplan.bottlenecks.exposure import hit_areas
from geoplan.bottlenecks.find import find_edges, find_structures
from geoplan.bottlenecks.gains import lift_gains
from geoplan.bottlenecks.intervals import rank_intervals
from geoplan.bottlenecks.pairs import pair_criticality
from geoplan.bottlenecks.rank import rank_bottlenecks
from geoplan.bottlenecks.restriction import restrictions
from geoplan.errors import DataError
from geoplan.network.network import Network
from geoplan.study import Study

INTERVAL_COLUMNS = ("rank_low", "rank_high", "annual_low", "annual_high", "top_share")
PAIRED = 30  # structures that are closed two by two
LEAST_SHARE = 0.05  # municipalities that bear less of a row are not named


@dataclass(frozen=True, eq=False)
class Findings:
    """What the kinds of bottleneck rest on, None where the study has no such part.

    delays : of each edge in the hour assigned (`congestion`)
    links, structures : loss of closing each (`criticality`), at the times of the loaded network
    limits : places that bind the heavy transports (`restrictions`)
    gains : what lifting each of them saves a year (`lift_gains`) and adds to the envelope (`envelope_gains`)
    pairs : structures that are closed together (`pair_criticality`), the worst first
    rail : use of the section that each railway edge is part of (`rail_use`)
    """

    delays: pd.DataFrame | None
    links: pd.DataFrame | None
    structures: pd.DataFrame | None
    limits: pd.DataFrame | None
    gains: pd.DataFrame | None
    pairs: pd.DataFrame | None
    rail: pd.DataFrame | None


def find_bottlenecks(
    study: Study, base: ScenarioAnswer, *, rail: pd.DataFrame | None = None, lang: str = "en", beside: bool = True
) -> Findings:
    """Work out all kinds for one scenario.

    Parameters
    ----------
    rail
        Use of the railway that is known already; worked out from the study's trains when None.
    beside
        Also what stands beside the register: what lifting each limit gives, and structures closed two by two.
    """
    links = structures = pairs = None
    if base.demand is not None and base.assignment is not None:
        times = loaded_times(base)
        hours = study.config.bottlenecks.closure_hours
        links = criticality(base.network, base.demand, cost=times, duration_h=hours)
        if not base.network.structures.empty:
            structures = criticality(base.network, base.demand, by="structure", cost=times, duration_h=hours)
        hurt = [] if structures is None else structures.index[structures["closure_vehh"] > 0].to_list()
        if beside and len(hurt) > 1:
            pairs = pair_criticality(base.network, base.demand, among=hurt, top=PAIRED, cost=times, duration_h=hours)
    names = {transport.id: transport.name[lang] for transport in study.transports}
    plans = {names[key]: plan for key, plan in base.plans.items()}
    often = {names[key]: value for key, value in trips_per_year(study).items()}
    return Findings(
        delays=None if base.assignment is None else congestion(base.assignment, network=base.network),
        links=links,
        structures=structures,
        limits=restrictions(plans, trips_per_year=often) if plans else None,
        gains=envelope_gains(study, base.network, lift_gains(base.network, plans, trips_per_year=often))
        if plans and beside
        else None,
        pairs=pairs,
        rail=rail if rail is not None else study_rail_use(study, base),
    )


def bottleneck_register(
    study: Study, base: ScenarioAnswer, found: Findings, *, among: pd.Index | None = None
) -> pd.DataFrame:
    """The register of a scenario (see `rank_bottlenecks`), with who is affected by municipality.

    Parameters
    ----------
    among
        Edges to look at; those of the study area and of its places when None.
    """
    config = study.config.bottlenecks
    near = among if among is not None else edges_of_interest(study, base.network)
    structures = found.structures
    if structures is not None:
        pairs = base.network.structure_edges
        structures = _keep(structures, pairs.loc[pairs["edge_id"].isin(near), "structure_id"])
    register = rank_bottlenecks(
        base.network,
        congestion=None if found.delays is None else _keep(found.delays, near),
        criticality=None if found.links is None else _keep(found.links, near),
        structures=structures,
        restrictions=found.limits,
        gains=found.gains,
        rail=None if found.rail is None else _keep(found.rail, near),
        peak_hours_per_year=config.peak_hours_per_year,
        closures_per_year=config.closures_per_year,
        top=config.top,
        scenarios=study.scenarios,
    )
    return _with_who(study, base, register)


def with_intervals(study: Study, base: ScenarioAnswer, register: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """The register with the columns `INTERVAL_COLUMNS` (see `rank_intervals`), NaN where there is nothing to draw."""
    config = study.config.bottlenecks
    if base.demand is None or config.draws < 2 or register.empty:
        return register.assign(**dict.fromkeys(INTERVAL_COLUMNS, np.nan))
    intervals = rank_intervals(
        base.network,
        base.demand,
        register,
        peak_hours_per_year=config.peak_hours_per_year,
        closures_per_year=config.closures_per_year,
        closure_hours=config.closure_hours,
        draws=config.draws,
        seed=seed,
    )
    joined = pd.concat([register, intervals[list(INTERVAL_COLUMNS)]], axis=1)
    joined.attrs = {**register.attrs, **intervals.attrs}
    return joined


def edges_of_interest(study: Study, network: Network) -> pd.Index:
    """Edges of the study area, and of the places that the study names wherever they lie."""
    named = [find_edges(network, row.ways) for row in study.config.places]
    pairs = network.structure_edges
    bridges = [find_structures(network, row.structures) for row in study.config.places]
    of_bridges = pairs.loc[pairs["structure_id"].isin([one for row in bridges for one in row]), "edge_id"]
    wanted = set(edges_in_area(study, network)).union(*map(set, named), set(of_bridges))
    return network.edges.index[network.edges.index.isin(list(wanted))]


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


def loaded_times(answer: ScenarioAnswer) -> np.ndarray:
    """Seconds of each edge in the hour assigned."""
    assert answer.assignment is not None
    times: np.ndarray = answer.assignment.flows["time_s"].reindex(answer.network.edges.index).to_numpy()
    return times


def trips_per_year(study: Study) -> dict[str, float]:
    """How often each heavy transport goes, NaN where that is not known."""
    return {row.id: np.nan if row.per_year is None else float(row.per_year) for row in study.transports}


def _with_who(study: Study, base: ScenarioAnswer, register: pd.DataFrame) -> pd.DataFrame:
    """Municipalities in place of the worst zone: who waits in the queue, and who bears the closure."""
    if base.demand is None or base.assignment is None or register.empty:
        return register
    who = register["who_affected"].astype("object").copy()
    cost, hours = loaded_times(base), study.config.bottlenecks.closure_hours
    zones = base.demand.zones
    # Without a table of municipalities their codes would say nothing to a reader: the zones themselves then.
    level = "municipality" if "municipality" in zones else "zone"
    for kind, by, column in (("vulnerability", "edge", "edge_id"), ("structure", "structure", "structure_id")):
        mine = register.loc[register["kind"] == kind, column]
        if len(mine):
            hit = hit_areas(
                base.network,
                base.demand,
                mine.to_list(),
                by=by,
                level=level,
                cost=cost,
                duration_h=hours,
                least_share=LEAST_SHARE,
            )
            said = {key: _shares(part["name"], part["share"]) for key, part in hit.groupby("id", sort=False)}
            who.loc[mine.index] = mine.map(said).fillna("")
    names = zones["municipality"] if "municipality" in zones else zones["name"]
    both = base.network.edges.groupby("way_id", sort=False).groups
    for row in register.index[register["kind"] == "congestion"]:
        way = base.network.edges.at[register.at[row, "edge_id"], "way_id"]
        users = select_link(base.assignment, list(both[way]))
        trips = users["through_vph"].groupby(names.reindex(users["origin"]).to_numpy()).sum()
        shares = (trips / trips.sum()).sort_values(ascending=False, kind="stable")
        shares = shares[shares >= LEAST_SHARE]
        who.loc[row] = _shares(shares.index.to_series(), shares)
    return register.assign(who_affected=who)


def _shares(names: pd.Series, shares: pd.Series) -> str:
    """`Ludvika 41 %, Hällefors 18 %`, the same words in both languages."""
    return ", ".join(f"{name} {share * 100:.0f} %" for name, share in zip(names, shares, strict=True))


def _keep(table: pd.DataFrame, ids: pd.Index | pd.Series) -> pd.DataFrame:
    kept = table[table.index.isin(ids)]
    kept.attrs = table.attrs
    return kept
