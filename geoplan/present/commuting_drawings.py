"""Drawings of commuting: desire lines, isochrones, convergence and growth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.analyse.access import in_area
from geoplan.analyse.answers import Answers
from geoplan.analyse.scenario import GAP
from geoplan.maps.drawings_changes import draw_changes
from geoplan.maps.drawings_convergence import draw_convergence
from geoplan.maps.drawings_desire import draw_desire_lines
from geoplan.maps.drawings_ground import Box, box_of
from geoplan.maps.drawings_isochrones import draw_isochrones
from geoplan.maps.labels import Lang, Text
from geoplan.present.access import MODES
from geoplan.present.drawings import Drawn
from geoplan.present.words import TRIPS
from geoplan.study import Study

NOTES = {
    "isochrones": Text(
        "Blått visar vad som nås inom teckenförklaringens minuter: vägar med en remsa land, och stationer med "
        "gångavstånd.",
        "Blue shows what is reached within the minutes of the legend: roads with a strip of land, and stations with "
        "the walk around them.",
    ),
    "growth_changes": Text(
        "Fordon i maxtimmen mot i dag, samma skala på alla kartor; den riktning som ändras mest.",
        "Vehicles in the peak hour against today, one scale on all maps; the direction that changes most.",
    ),
}


def commuting_drawings(study: Study, answers: Answers, *, lang: Lang) -> list[Drawn]:
    """What can be drawn of the commuting of a study."""
    base = answers.base
    if base.demand is None or base.assignment is None:
        return []
    zones = base.demand.zones
    inside = zones.index[in_area(study, zones)]
    trips = pd.DataFrame(
        np.sum([matrix.to_numpy() for matrix in base.demand.matrices.values()], axis=0), zones.index, zones.index
    )
    title = Text("Önskelinjer: bilresor i maxtimmen", "Desire lines: car trips in the peak hour")
    figure = draw_desire_lines(base.network, zones, trips, focus=inside, unit=TRIPS.of(lang), lang=lang)
    drawn: list[Drawn] = [("desire_lines", title, figure)]
    tables = {
        answer.scenario.name(lang): answer.assignment.convergence
        for answer in answers.scenarios.values()
        if answer.assignment is not None and (answer.assignment.convergence["relative_gap"] > 0).sum() > 1
    }
    if tables:
        title = Text("Hur nätutläggningen konvergerar", "How the assignment converges")
        drawn.append(("convergence", title, draw_convergence(tables, wanted=GAP, lang=lang)))
    found = answers.commuting
    if found is not None and found.access is not None and len(found.access.isochrones):
        drawn.append(_isochrones(answers, found.access.isochrones, zones, inside, lang))
    if found is not None and found.growth is not None:
        main = _main_places(study, zones, inside)
        names = found.growth.totals.set_index("scenario")[f"name_{lang}"]
        changes = {str(names[key]): change for key, change in found.growth.changes.items()}
        box = _box_around(zones.loc[main])
        title = Text("Bilflöden i tillväxtscenarierna mot i dag", "Car flows of the growth scenarios against today")
        figure = draw_changes(base.network, changes, zones.loc[main], box=box, lang=lang)
        drawn.append(("growth_changes", title, figure))
    return drawn


def _isochrones(
    answers: Answers, areas: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, inside: pd.Index, lang: Lang
) -> Drawn:
    origins = list(dict.fromkeys(areas["zone_id"]))
    outside = zones.index.difference(inside, sort=False)
    places = zones.loc[[*origins, *outside]]
    figure = draw_isochrones(
        answers.base.network,
        areas,
        places,
        modes={mode: text.of(lang) for mode, text in MODES.items()},
        box=_box_around(zones.loc[origins], margin_m=45_000.0),
        lang=lang,
    )
    return (
        "isochrones",
        Text("Vad som nås med bil och kollektivt", "What is reached by car and public transport"),
        figure,
    )


def _main_places(study: Study, zones: gpd.GeoDataFrame, inside: pd.Index) -> list[str]:
    """The places of the isochrones, or the largest zones of the area."""
    access = study.config.access
    if access is not None and access.around:
        return list(access.around)
    return zones.loc[inside].nlargest(3, "population").index.to_list()


def _box_around(places: gpd.GeoDataFrame, *, margin_m: float = 18_000.0) -> Box:
    return box_of(places.geometry.centroid, margin_m=margin_m)
