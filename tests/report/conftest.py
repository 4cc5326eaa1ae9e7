"""A small report with every kind of content, and awkward names in it."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from geoplan.maps.labels import Text, same
from geoplan.report.content import Bar, Chart, Figure, MapLink, Meta, Section, Share, Source, Table

NASTY = "</script><script>window.hacked=1</script> \"'& 😀"


@pytest.fixture(scope="session")
def meta() -> Meta:
    return Meta(
        name=Text("Studien Ludvika", "The Ludvika study"),
        description=Text("Tunga transporter och pendling.", "Heavy transports and commuting."),
        data_date="2026-11-21",
        version="0.1.0",
        command="geoplan run ludvika",
        attribution="Trafikverket <CC0>",
        sources=(
            Source(
                "TRV", "Trafikverkets stationsregister", "CC0", "2026", "https://data.trafikverket.se/", "H", "ab" * 32
            ),
            Source("MEM", NASTY),
        ),
        assumptions=(Text("18 minuter till arbetet antas.", "18 minutes to work are assumed."),),
        shares=(Share(Text("Fri höjd på vägarna", "Clear height of the roads"), 0.004, 0.2, 0.796),),
        files=(("results.xlsx", Text("alla tabeller", "all tables")),),
    )


@pytest.fixture(scope="session")
def legs() -> Table:
    frame = pd.DataFrame(
        {
            "leg": [1, 2],
            "mode": ["rail", "transfer"],
            "vehicle": ["q73", NASTY],
            "length_m": [250_120.0, 0.0],
            "max_height_m": [4.65, math.nan],
            "max_weight_t": [math.inf, 22.5],
            "verdict": ["unknown", "ok"],
        }
    )
    return Table("legs", Text("Etapper", "Legs"), frame, note=Text("Med lastning.", "With loading."))


@pytest.fixture(scope="session")
def margins() -> Table:
    frame = pd.DataFrame(
        {
            "name": [f"Bro {k}" for k in range(30)],
            "limit": ["max_height_m", "max_axle_load_t"] * 15,
            "value": [4.3, 22.5] * 15,
            "unit": ["m", "t"] * 15,
            "said": [Text(f"rad {k}", f"row {k}") for k in range(30)],
        }
    )
    labels = {"said": Text("text", "text"), "value": Text("gränsvärde", "limit value")}
    return Table("margins", Text("Marginaler", "Margins"), frame, labels=labels, units={"value": "@unit"})


@pytest.fixture(scope="session")
def sections(legs: Table, margins: Table) -> tuple[Section, ...]:
    figures = (
        Figure("cost", Text("Kostnad", "Cost"), 1.421, Text("Mkr", "MSEK"), 2, share_unknown=0.0, share_assumed=0.004),
        Figure("gets_out", Text("Kommer fram", "Gets out"), Text("går inte", "not possible"), tone="bad"),
        Figure("height", Text("Fri höjd", "Clear height"), math.nan, same("m"), share_unknown=1.0, share_assumed=0.0),
        Figure(
            "gap", Text("Relativt gap", "Relative gap"), 6.24e-14, basis=Text("oberoende kontroll", "independent check")
        ),
    )
    bars = (Bar(same("Rv 50 <b>"), 120.0), Bar(same("Rv 66"), -40.0), Bar(Text("okänd", "unknown"), math.nan))
    chart = Chart(
        "loss",
        Text("Förlust", "Loss"),
        bars,
        Text("fordonstimmar", "vehicle hours"),
        0,
        100.0,
        Text("gräns 100", "limit 100"),
    )
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3"/></svg>'
    links = (
        MapLink("plan_a.html", Text("Transport A", "Transport A"), Text("till Norrköping", "to Norrköping"), picture),
    )
    return (
        Section("heavy", Text("Tunga transporter", "Heavy transports"), (Text("Så gick det.", "This was found."),),
                figures, (chart,), links, (legs, margins)),
        Section("empty", Text("Tomt", "Empty"), tables=(Table("none", Text("Inget", "Nothing"), pd.DataFrame({"name": []})),)),
    )  # fmt: skip
