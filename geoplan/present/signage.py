"""Signage of the heavy transports that go by road: one table of decision points."""

from __future__ import annotations

import pandas as pd

from geoplan.analyse.answers import Answers, ScenarioAnswer
from geoplan.analyse.signage import TURNS_EN, TURNS_SV, signage
from geoplan.maps.labels import Text, same
from geoplan.present.words import transport_names
from geoplan.report.content import Section, Table, by_scenario_of
from geoplan.study import Study

COLUMNS = ["transport", "km", "junction", "turn", "ref", "towards", "sign"]
LABELS = {
    "transport": Text("transport", "transport"),
    "km": Text("km", "km"),
    "junction": Text("korsning", "junction"),
    "turn": Text("körriktning", "turn"),
    "towards": Text("mot", "towards"),
    "sign": Text("skyltens text", "text of the sign"),
}

TITLE = Text("Skyltning", "Signage")
_NOTHING = Section(
    "signage",
    TITLE,
    text=(
        Text(
            "I scenariot går ingen av de tunga transporterna på väg.", "None of the heavy transports goes by road here."
        ),
    ),
)


def signage_section(study: Study, answers: Answers) -> Section | None:
    """Where the road legs need signs, in every scenario; None when nothing ever goes by road."""
    made = {key: _section(study, answer) for key, answer in answers.scenarios.items()}
    return by_scenario_of({key: one or _NOTHING for key, one in made.items()}) if any(made.values()) else None


def _section(study: Study, answer: ScenarioAnswer) -> Section | None:
    """Decision points of one scenario; None when nothing goes by road."""
    names = transport_names(study)
    parts = {
        key: signage(answer.network, plan) for key, plan in answer.plans.items() if (plan.edges["mode"] == "road").any()
    }
    if not parts:
        return None
    table = pd.concat(parts.values(), ignore_index=True)
    table["transport"] = pd.Series(
        [names[key] for key, part in parts.items() for _ in range(len(part))], dtype="object"
    )
    turns = [Text(TURNS_SV[turn], TURNS_EN[turn]) if turn else Text("start", "start") for turn in table["turn"]]
    signs = [Text(sv, en) for sv, en in zip(table["sign_sv"], table["sign_en"], strict=True)]
    frame = table.assign(turn=pd.Series(turns, dtype="object"), sign=pd.Series(signs, dtype="object"))
    count = int((table["turn"] != "").sum())
    told = Text(
        f"{count} beslutspunkter på vägsträckorna: korsningar där den som kör kan välja fel. Texten är ett förslag.",
        f"{count} decision points on the road legs: junctions where the driver could go wrong. The text is a proposal.",
    )
    signs_table = Table(
        "signage",
        Text("Beslutspunkter längs vägen", "Decision points along the way"),
        frame[COLUMNS],
        labels=LABELS,
        units={"km": same("")},
        digits={"km": 1},
        name=TITLE,
    )
    return Section("signage", TITLE, text=(told,), tables=(signs_table,))
