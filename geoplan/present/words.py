"""Words and units that the sections share."""

from __future__ import annotations

import math

from geoplan.analyse.answers import Answers
from geoplan.maps.labels import Text, same
from geoplan.study import Study

KM = same("km")


HOURS = Text("tim", "h")


MSEK = Text("Mkr", "MSEK")


TRIPS = Text("bilar/h", "cars/h")


VEHH = Text("fordonstimmar/h", "vehicle hours/h")


MODELLED = Text("beräknat", "modelled")


MODE = {
    "road": Text("Väg", "Road"),
    "rail": Text("Järnväg", "Rail"),
    "sea": Text("Sjöfart", "Sea"),
    "transfer": Text("Omlastning", "Transfer"),
}


def transport_names(study: Study) -> dict[str, Text]:
    return {transport.id: Text(transport.name.sv, transport.name.en) for transport in study.transports}


def value_of(answers: Answers, indicator: str, scenario: str | None = None, transport: str = "") -> float:
    """One indicator, NaN when it was not worked out."""
    key = scenario or next(iter(answers.scenarios))
    table = answers.indicators
    found = table[(table["scenario"] == key) & (table["id"] == indicator) & (table["transport"] == transport)]
    return float(found["value"].iloc[0]) if len(found) else math.nan
