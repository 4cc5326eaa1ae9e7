"""The register of bottlenecks: all four kinds, ranked, with how firm the ranks are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text, same
from geoplan.present.evidence import evidence_table, proposals_table, said_evidence
from geoplan.present.structures import lifted_limits, structure_pairs, two_networks
from geoplan.report.content import Bar, Chart, MapLink, Section, Table, by_scenario_of
from geoplan.study import Study

KINDS = {
    "congestion": Text("Trängsel", "Congestion"),
    "vulnerability": Text("Sårbarhet", "Vulnerability"),
    "restriction": Text("Hinder för tung transport", "Restriction of heavy transport"),
    "rail_capacity": Text("Spårkapacitet", "Track capacity"),
}
_AS = {"structure": "vulnerability"}  # a structure is vulnerability too
WORST = 3  # of each kind in the short table


_TITLE = Text("Flaskhalsar", "Bottlenecks")
_NOTHING_ASKED = Text(
    "Inget att rangordna: studien har varken områden med resor ([demand]), tunga transporter ([[transports]]) "
    "eller tåg ([timetable]).",
    "Nothing to rank: the study has neither zones with trips ([demand]), heavy transports ([[transports]]) nor trains "
    "([timetable]).",
)


def bottleneck_section(study: Study, answers: Answers, maps: Sequence[MapLink]) -> Section:
    """The register of every scenario, and beside it what is worked out for the base alone."""
    base = answers.base.scenario
    stays = Text(
        f"Gäller scenariot {base.name('sv')}, oavsett vilket som är valt.",
        f"Holds for the scenario {base.name('en')}, whichever is chosen.",
    )
    beside = [
        replace(table, stays=stays)
        for table in (*lifted_limits(study, answers), *two_networks(answers), *structure_pairs(answers))
    ]
    beside.append(replace(proposals_table(), stays=Text("Gäller alla scenarier.", "Holds for all scenarios.")))
    registers = answers.registers or {base.id: answers.bottlenecks}
    made = by_scenario_of({key: _section(study, one, maps, beside) for key, one in registers.items()})
    assert made is not None
    return made


def _section(study: Study, register: pd.DataFrame, maps: Sequence[MapLink], beside: Sequence[Table]) -> Section:
    """The section of one scenario."""
    if not (study.config.demand or study.transports or study.config.timetable):
        return Section(id="bottlenecks", title=_TITLE, text=(_NOTHING_ASKED,))
    config = study.config.bottlenecks
    scaled = register[register["annual_vehh"].notna()].head(10)
    bars = tuple(
        Bar(same(str(name)), float(value))
        for name, value in zip(scaled["name"], scaled["annual_vehh"].to_numpy(), strict=True)
    )
    chart = Chart(
        "annual_loss",
        Text("Restidsförlust per år", "Time lost a year"),
        bars,
        unit=Text("fordonstimmar", "vehicle hours"),
        digits=0,
    )
    text = [
        Text(
            f"Fyra slag i ett register. Trängsel räknas om till år med {config.peak_hours_per_year:g} maxtimmar, "
            f"sårbarhet med {_closures(config.closures_per_year, 'sv')} om {config.closure_hours:g} timmar per plats "
            "och år. Båda är studiens antaganden. En avstängning räknas med maxtimmens resor under alla sina timmar: "
            "det är för mycket för pendlingen, och annan trafik är inte med. Hinder för tung transport och "
            "spårkapacitet har ingen restidsförlust och står efter, i egen ordning.",
            f"Four kinds in one register. Congestion is put on a year by {config.peak_hours_per_year:g} peak hours, "
            f"vulnerability by {_closures(config.closures_per_year, 'en')} of {config.closure_hours:g} hours a place "
            "and year. Both are assumptions of the study. A closure is counted with the trips of the peak hour in each "
            "of its hours: too many for commuting, and other traffic is not in it. Restrictions of heavy transport and "
            "track capacity have no time lost and follow in their own order.",
        )
    ]
    left = int(register.attrs.get("left_out", 0))
    if left:
        text.append(
            Text(
                f"{left} vägsträckor med mindre än en fordonstimmes fördröjning per år är inte med.",
                f"{left} stretches of road with less than a vehicle hour of delay a year are left out.",
            )
        )
    title = Text("Register över flaskhalsar", "Register of bottlenecks")
    tables: tuple[Table, ...] = (
        () if register.empty else (_worst(register), evidence_table("bottlenecks", title, register, register.attrs))
    )
    return Section(
        id="bottlenecks",
        title=_TITLE,
        text=tuple(text),
        charts=(chart,) if bars else (),
        maps=tuple(maps),
        tables=(
            *tables,
            *beside,
        ),
    )


def _closures(count: float, lang: Lang) -> str:
    """`1 avstängning`, `2 avstängningar`."""
    one, many = ("avstängning", "avstängningar") if lang == "sv" else ("closure", "closures")
    return f"{number_text(count, lang)} {one if count == 1 else many}"


def _worst(register: pd.DataFrame) -> Table:
    """The worst of each kind, so that the kinds without vehicle hours are seen too."""
    kind = register["kind"].replace(_AS)
    rows = []
    for key, word in KINDS.items():
        mine = register[kind == key]
        rows += [
            {"kind": word, "name": row["name"], "evidence": said_evidence(row), "who_affected": row["who_affected"]}
            for row in mine.head(WORST).to_dict("records")
        ]
        if mine.empty:
            none = Text("inget funnet", "nothing found")
            rows.append({"kind": word, "name": "", "evidence": none, "who_affected": ""})
    return Table(
        "bottleneck_kinds",
        Text("De värsta av varje slag", "The worst of each kind"),
        pd.DataFrame(rows),
        labels={"kind": Text("slag", "kind"), "name": Text("plats", "place")},
        few=None,
    )
