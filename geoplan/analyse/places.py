"""Places and corridors of a study: one sheet each, in the base scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.register import Findings, bottleneck_register, trips_per_year
from geoplan.bottlenecks.corridor import Corridor, CorridorSheet, chain_edges, corridor_sheet
from geoplan.bottlenecks.places import Place, PlaceSheet, edges_of_place, place_sheet
from geoplan.maps.labels import Text
from geoplan.routing.points import find_node
from geoplan.study import Study

_SAME_ROW = ["kind", "structure_id", "edge_id", "measure"]


def place_sheets(study: Study, base: ScenarioAnswer, found: Findings, register: pd.DataFrame) -> dict[str, PlaceSheet]:
    """A sheet for each place of [[places]], by id; its evidence carries the ranks of the study's register."""
    sheets = {}
    for row in study.config.places:
        place = Place(row.id, Text(row.name.sv, row.name.en), row.ways, row.structures)
        edges = edges_of_place(base.network, place)
        sheets[row.id] = place_sheet(
            base.network,
            place,
            demand=base.demand,
            flows=None if base.assignment is None else base.assignment.flows,
            register=_ranked(bottleneck_register(study, base, found, among=edges), register),
            plans=base.plans,
            trips_per_year=trips_per_year(study),
            scenarios=study.scenarios,
            rail=found.rail,
            duration_h=study.config.bottlenecks.closure_hours,
        )
    return sheets


def corridor_sheets(
    study: Study, base: ScenarioAnswer, found: Findings, register: pd.DataFrame
) -> dict[str, CorridorSheet]:
    """A sheet for each corridor of [[corridors]], by id; outside the study area its bottlenecks have no rank."""
    sheets = {}
    for row in study.config.corridors:
        places = _nodes_of(study, row.places)
        chain = [edge for mode, stops in places.items() for edge in chain_edges(base.network, mode, stops)]
        ways = base.network.edges["way_id"]
        edges = base.network.edges.index[ways.isin(ways.iloc[chain])]
        sheets[row.id] = corridor_sheet(
            base.network,
            Corridor(row.id, Text(row.name.sv, row.name.en), places),
            flows=None if base.assignment is None else base.assignment.flows,
            demand=base.demand,
            register=_ranked(bottleneck_register(study, base, found, among=edges), register),
            rail=found.rail,
            plans=base.plans,
            trips_per_year=trips_per_year(study),
            duration_h=study.config.bottlenecks.closure_hours,
        )
    return sheets


def _nodes_of(study: Study, places: Mapping[str, tuple[str, ...]]) -> dict[str, list[Any]]:
    """Node ids by mode; names are those of the tables, the networks of the answers may speak another language."""
    ids = study.network.nodes.index
    return {
        mode: [ids[find_node(study.network, name, modes=(mode,))] for name in names] for mode, names in places.items()
    }


def _ranked(own: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Rows of a place or corridor with their rank (and its interval) in the study's register, NaN where it has none."""
    if own.empty or register.empty:
        return own
    columns = [name for name in ("rank", "rank_low", "rank_high") if name in register]
    ranks = register.drop_duplicates(_SAME_ROW).set_index(_SAME_ROW)[columns]
    keys = pd.MultiIndex.from_frame(own[_SAME_ROW])
    joined = own.drop(columns=columns, errors="ignore").join(ranks.reindex(keys).set_axis(own.index))
    return joined[[*columns, *(name for name in own.columns if name not in columns)]]
