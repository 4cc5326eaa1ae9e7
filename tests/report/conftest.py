"""A small report with every kind of content, and awkward names in it."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from geoplan.maps.labels import LANGS, Text, same
from geoplan.maps.picture import map_svg
from geoplan.maps.views import map_bottlenecks, map_comparison, map_flows, map_network, map_plan
from geoplan.report.atlas import Atlas, MapState, Step
from geoplan.report.content import Bar, Chart, Figure, MapLink, Meta, Section, Share, Source, Table, by_scenario_of

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


# -------------------------------------------------------------------- a page with a map, two scenarios and a story

LONG = "Ö" * 300
EMPTY = ""


@pytest.fixture(scope="session")
def town(make_network):
    """A road of three links through places with awkward names, a bridge over the second, and a bypass.

    a --w1-- b --w2-- c --w3-- d
             \\------w4-----/
    """
    at = {"a": (0, 0, NASTY), "b": (9000, 0, LONG), "c": (16000, 3000, EMPTY), "d": (26000, 1000, "Köping 'port' 😀")}
    nodes = {key: (500_000 + x, 6_650_000 + y, {"name": name, "kind": "town"}) for key, (x, y, name) in at.items()}
    edges = [
        ("a", "b", {"id": "w1", "ref": "50", "name": NASTY, "road_class": "primary", "capacity_vph": 1000.0}),
        ("b", "c", {"id": "w2", "name": LONG, "road_class": "primary", "capacity_vph": 800.0}),
        ("c", "d", {"id": "w3", "name": EMPTY, "road_class": "residential", "capacity_vph": 600.0}),
        ("b", "d", {"id": "w4", "ref": "66", "name": "Förbi", "road_class": "primary", "capacity_vph": 900.0}),
    ]
    bridge = {"st": {"name": f"Bro {NASTY}", "kind": "road_bridge", "clearance_height_m": 4.3, "over": ["w2"]}}
    meta = {"name": "Prov", "attribution": "© Prov <CC0>", "data_date": "2026-01-01"}
    network = make_network(nodes, edges, structures=bridge, meta=meta)
    structures = network.structures.copy()
    structures.geometry = structures.geometry.translate(512_000, 6_651_500)
    return network.replace(structures=structures)


def town_plan(edges: list[str]) -> SimpleNamespace:
    legs = pd.DataFrame(
        {
            "leg": [1], "mode": ["road"], "vehicle": [NASTY], "from_node": ["a"], "to_node": ["d"],
            "length_m": [26_000.0], "time_h": [1.0], "cost_sek": [1000.0],
        }
    )  # fmt: skip
    margins = pd.DataFrame(
        {
            "structure_id": ["st"], "edge_id": ["w2:f"], "limit": ["clearance_height_m"], "limit_value": [4.3],
            "need_value": [4.0], "margin": [0.3], "unit": ["m"], "verdict": ["ok"], "basis": ["measured"], "source": [""],
        }
    )  # fmt: skip
    return SimpleNamespace(
        legs=legs, edges=pd.DataFrame({"edge_id": edges, "leg": 1}), feasible=True, why=pd.DataFrame(), origin="a",
        margins=margins if "w2:f" in edges else margins.iloc[:0], destination="d",
        load=SimpleNamespace(weight_t=320.0, length_m=10.0, width_m=4.0, height_m=4.0),
    )  # fmt: skip


def town_flows(through: float, past: float) -> pd.DataFrame:
    flow = {"w1": through + past, "w2": through, "w3": through, "w4": past}
    index = pd.Index([f"{way}:{end}" for way in flow for end in "fb"], name="edge_id")
    values = [number for number in flow.values() for _ in "fb"]
    table = pd.DataFrame({"flow_vph": values, "time_s": 60.0, "delay_vehh": [number / 100 for number in values]}, index)
    return table.assign(vc_ratio=table["flow_vph"] / 1000.0)


@pytest.fixture(scope="session")
def atlas(town) -> Atlas:
    flows = {"today": town_flows(700, 100), "past": town_flows(150, 650)}
    ways = {"today": ["w1:f", "w2:f", "w3:f"], "past": ["w1:f", "w4:f"]}
    register = pd.DataFrame(
        {
            "rank": [1, 2], "kind": ["structure", "congestion"], "name": [NASTY, LONG], "structure_id": ["st", ""],
            "edge_id": ["", "w1:f"], "measure": ["delay_vehh"] * 2, "value": [2.0, 1.0], "unit": ["vehh/h"] * 2,
            "evidence_sv": ["svenska " + NASTY, "svenska"], "evidence_en": ["English " + NASTY, "English"],
            "who_affected": [NASTY, ""], "confidence": ["M", ""], "basis": ["", ""],
        }
    )  # fmt: skip
    base = flows["today"]["flow_vph"]
    maps = {("bottlenecks", "", ""): {lang: map_bottlenecks(town, register, lang=lang) for lang in LANGS}}
    for key, table in flows.items():
        change = pd.DataFrame({"base": base, "variant": table["flow_vph"], "change": table["flow_vph"] - base})
        maps["network", key, ""] = {lang: map_network(town, lang=lang) for lang in LANGS}
        maps["flows", key, ""] = {lang: map_flows(town, table, largest_vph=800.0, lang=lang) for lang in LANGS}
        maps["change", key, ""] = {lang: map_comparison(town, change, largest=550.0, lang=lang) for lang in LANGS}
        for transport, edges in (("big", ways[key]), ("small", ways["today"])):
            title = f"{transport} {key}"
            maps["plan", key, transport] = {
                lang: map_plan(town, town_plan(edges), lang=lang, title=title) for lang in LANGS
            }
    steps = (
        Step(Text("Första steget", "First step"), Text("Så här är det.", "So it is."), MapState("plan", "", "small")),
        Step(Text(NASTY, NASTY), Text("", ""), MapState("flows", "past")),
        Step(Text("Sista steget", "Last step"), Text("Flaskhalsar.", "Bottlenecks."), MapState("bottlenecks")),
    )
    told = tuple(replace(step, picture=map_svg(maps["flows", "today", ""]["sv"])) for step in steps)
    views = {
        "plan": Text("Tunga transporter", "Heavy transports"), "flows": Text("Flöden", "Flows"),
        "change": Text("Förändring", "Change"), "bottlenecks": Text("Flaskhalsar", "Bottlenecks"),
        "network": Text("Nätet", "The network"),
    }  # fmt: skip
    return Atlas(
        views,
        {"today": Text("I dag", "Today"), "past": Text("Förbi " + NASTY, "Past " + NASTY)},
        {"big": Text("Stor", "Big"), "small": Text("Liten", "Small")},
        maps,
        told,
        {"today": Text("I dag går det inte.", "Not possible today."), "past": Text("Förbi går det.", "Past it works.")},
    )


@pytest.fixture(scope="session")
def varying(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The sections, of which the first has another figure, chart, text and table in the scenario `past`."""
    heavy, *rest = sections
    legs = heavy.tables[0]
    other = replace(
        heavy,
        text=(Text("Så går det förbi.", "So it works past it."),),
        figures=(replace(heavy.figures[0], value=9.876), *heavy.figures[1:]),
        charts=(replace(heavy.charts[0], bars=(Bar(same("Rv 50 " + NASTY), 77.0),)),),
        tables=(replace(legs, frame=legs.frame.assign(length_m=[111_222.0, 0.0])), *heavy.tables[1:]),
    )
    section = by_scenario_of({"today": heavy, "past": other})
    assert section is not None
    rest = [replace(one, stays=Text("Gäller I dag.", "Holds for today.")) for one in rest]
    return (replace(section, maps=(replace(heavy.maps[0], state="view=plan&transport=small"),)), *rest)
