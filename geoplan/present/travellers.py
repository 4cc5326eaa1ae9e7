"""Who travels where: desire lines, who uses the places of the study, and how exact the assignment is."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.maps.labels import Text
from geoplan.present.scenarios import BESIDE
from geoplan.present.words import TRIPS
from geoplan.report.content import Picture, Section, Table, by_scenario_of
from geoplan.study import Study

PAIRS_SHOWN = 6  # of each place
_YES, _NO = Text("ja", "yes"), Text("nej", "no")


def travellers_section(study: Study, answers: Answers, pictures: Sequence[Picture]) -> Section | None:
    """Who travels where in every scenario; None without demand."""
    if answers.commuting is None or answers.base.demand is None:
        return None
    convergence = _convergence(answers)
    made = {
        key: _section((*_users(study, answers, key), convergence), pictures)
        for key, answer in answers.scenarios.items()
        if answer.demand is not None
    }
    return by_scenario_of(made)


def _section(tables: tuple[Table, ...], pictures: Sequence[Picture]) -> Section:
    return Section(
        id="travellers",
        title=Text("Resrelationer", "Who travels where"),
        pictures=tuple(picture for picture in pictures if picture.id in ("desire_lines", "convergence")),
        tables=tables,
    )


def _users(study: Study, answers: Answers, scenario: str) -> list[Table]:
    """Who uses the places of the study: pairs of zones, and where their trips start; unused places are not there."""
    demand, found = answers.scenarios[scenario].demand, answers.commuting
    if found is None or demand is None or not found.users[scenario]:
        return []
    zones = demand.zones["name"]
    titles = {place.id: Text(place.name.sv, place.name.en) for place in study.config.places}
    pairs: list[dict[str, object]] = []
    origins: list[dict[str, object]] = []
    for key, users in found.users[scenario].items():
        table = users.pairs
        through = float(table["through_vph"].sum())
        pairs += [
            {
                "place": titles[key],
                "origin": zones[row["origin"]],
                "destination": zones[row["destination"]],
                "through_vph": row["through_vph"],
                "of_place_pct": 100.0 * row["through_vph"] / through,
                "of_pair_pct": 100.0 * row["share"],
            }
            for row in table.head(PAIRS_SHOWN).to_dict("records")
        ]
        for zone, amount in table.groupby("origin")["through_vph"].sum().nlargest(PAIRS_SHOWN).items():
            share = 100.0 * amount / through
            origins.append({"place": titles[key], "origin": zones[zone], "through_vph": amount, "of_place_pct": share})
    labels = {
        "place": Text("plats", "place"),
        "origin": Text("från", "from"),
        "destination": Text("till", "to"),
        "through_vph": Text("bilar över platsen", "cars over the place"),
        "of_place_pct": Text("andel av platsens trafik", "share of the place's traffic"),
        "of_pair_pct": Text("andel av resorna mellan orterna", "share of the trips between the two"),
    }
    units = {"through_vph": TRIPS}
    digits = {"through_vph": 0, "of_place_pct": 0, "of_pair_pct": 0}
    title = Text("Vem använder platsen", "Who uses the place")
    start = Text("Varifrån platsens trafik kommer", "Where the traffic of the place starts")
    note = Text(
        f"Pendlare med bil i maxtimmen, de {PAIRS_SHOWN} största relationerna på varje plats.",
        f"Commuters by car in the peak hour, the {PAIRS_SHOWN} largest pairs at each place.",
    )
    return [
        Table("users", title, pd.DataFrame(pairs), labels=labels, units=units, digits=digits, note=note),
        Table("user_origins", start, pd.DataFrame(origins), labels=labels, units=units, digits=digits, few=6),
    ]


def _convergence(answers: Answers) -> Table:
    """How exact the flows of each scenario are."""
    rows = [
        {
            "scenario": Text(answer.scenario.name("sv"), answer.scenario.name("en")),
            "iterations": len(answer.assignment.convergence),
            "relative_gap": float(answer.assignment.evaluation["relative_gap"]),
            "node_balance": float(answer.assignment.evaluation["node_balance"]),
            "converged": _YES if answer.assignment.converged else _NO,
        }
        for answer in answers.scenarios.values()
        if answer.assignment is not None
    ]
    return Table(
        "convergence",
        Text("Hur noggrann nätutläggningen är", "How exact the assignment is"),
        pd.DataFrame(rows),
        labels={
            "iterations": Text("iterationer", "iterations"),
            "relative_gap": Text("relativt gap", "relative gap"),
            "node_balance": Text("största obalans i en nod", "largest imbalance in a node"),
            "converged": Text("når kravet", "as exact as asked for"),
        },
        units={"node_balance": TRIPS},
        digits={"node_balance": 3},
        note=Text(
            "Krav: relativt gap högst en miljondel. Kontrollerat av en oberoende beräkning. En iteration räcker när "
            "ingen vinner på att ta en annan väg.",
            "Wanted: a relative gap of at most one millionth. Checked by an independent evaluator. One iteration is "
            "enough when nobody gains by another way.",
        ),
        few=None,
        stays=BESIDE,
    )
