"""The growth scenarios of a study: jobs, homes, residents, trips and what they do to the roads."""

from __future__ import annotations

import pandas as pd

from geoplan.analyse.access import in_area
from geoplan.analyse.answers import ScenarioAnswer
from geoplan.analyse.commuting_answers import GrowthAnswers
from geoplan.assignment.equilibrium import assign
from geoplan.demand.coefficients import Coefficient
from geoplan.demand.demand import total
from geoplan.demand.growth import grow
from geoplan.demand.trip_growth import grow_trips
from geoplan.scenario.compare import compare
from geoplan.study import Study

GAP = 1e-6  # relative gap, as in the scenarios


def study_growth(study: Study, base: ScenarioAnswer) -> GrowthAnswers | None:
    """Each growth scenario on the network of the base; None when the study has none."""
    config = study.config.growth
    if config is None or study.growth is None or base.demand is None or base.assignment is None:
        return None
    zones = base.demand.zones
    area = zones.index[in_area(study, zones)]
    given = {name: Coefficient(one.value, one.source, one.confidence) for name, one in config.coefficients.items()}
    length_km = base.network.edges["length_m"] / 1000.0
    rows, places, changes = [], [], {}
    for key, inputs in study.growth.groupby("scenario", sort=False):
        name = inputs[["name_sv", "name_en"]].iloc[0]
        growth = grow(zones, inputs, area=area, coefficients=given, scenario=str(key))
        demand = grow_trips(base.demand, growth.zones)
        result = assign(base.network, demand, gap=GAP)
        change = compare(base.assignment, result, columns=["flow_vph", "time_s", "delay_vehh"])
        changes[str(key)] = change
        first = inputs.iloc[0]
        totals = growth.totals
        rows.append(
            {
                "scenario": str(key),
                **name.to_dict(),
                "local_supply_share": first["local_supply_share"],
                "local_living_share": first["local_living_share"],
                **totals.to_dict(),
                "jobs": totals["direct_jobs"] + totals["indirect_jobs"],
                "dwellings": totals["houses"] + totals["flats"],
                "trips_vph": total(demand) - total(base.demand),
                "vehkm": float((change["flow_vph_change"] * length_km.reindex(change.index)).sum()),
                "delay_vehh": float(change["delay_vehh_change"].sum()),
                "source": "; ".join(dict.fromkeys("; ".join(inputs["source"]).split("; "))),
            }
        )
        places.append(growth.change.assign(scenario=str(key), name=zones["name"]).loc[area])
    return GrowthAnswers(
        totals=pd.DataFrame(rows),
        places=pd.concat(places).reset_index(),
        changes=changes,
        coefficients=growth.coefficients,
    )
