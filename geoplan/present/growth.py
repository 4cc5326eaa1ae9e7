"""Growth: jobs, homes, residents and trips of the growth scenarios, and what changes on the roads."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.analyse.commuting_answers import GrowthAnswers
from geoplan.maps.drawings_changes import by_way
from geoplan.maps.labels import Text
from geoplan.network.names import edge_title
from geoplan.present.notes import told_note
from geoplan.report.content import Bar, Chart, Picture, Section, Table
from geoplan.study import Study

_COLUMNS = [
    "scenario", "local_supply_pct", "local_living_pct", "direct_jobs", "indirect_jobs", "indirect_jobs_elsewhere",
    "workers_from_outside", "houses", "flats", "residents", "trips_vph", "vehkm",
]  # fmt: skip
_LABELS = {
    "scenario": Text("tillväxtscenario", "growth scenario"),
    "local_supply_pct": Text("leverantörer i området", "suppliers in the area"),
    "local_living_pct": Text("anställda som bor i området", "staff who live in the area"),
    "direct_jobs": Text("direkta nya jobb", "direct new jobs"),
    "indirect_jobs": Text("andra nya jobb i området", "other new jobs in the area"),
    "indirect_jobs_elsewhere": Text("andra nya jobb utanför", "other new jobs elsewhere"),
    "workers_from_outside": Text("pendlar in", "commute in"),
    "houses": Text("småhus", "houses"),
    "flats": Text("lägenheter", "flats"),
    "residents": Text("nya invånare", "new residents"),
    "trips_vph": Text("fler bilresor i maxtimmen", "more car trips in the peak hour"),
    "vehkm": Text("mer trafik i maxtimmen", "more traffic in the peak hour"),
}


def growth_section(study: Study, answers: Answers, pictures: Sequence[Picture]) -> Section | None:
    """The growth scenarios; None when the study has none."""
    found = None if answers.commuting is None else answers.commuting.growth
    if found is None:
        return None
    words = found.totals[["scenario", "name_sv", "name_en"]].to_numpy()
    names = {str(key): Text(str(sv), str(en)) for key, sv, en in words}
    low, high = (found.totals.loc[found.totals["dwellings"].agg(pick)] for pick in ("idxmin", "idxmax"))
    return Section(
        id="growth",
        title=Text("Tillväxtscenarier", "Growth scenarios"),
        text=(
            Text(
                f"Från jobb till sysselsatta, bostäder, invånare och resor. Spannet går från {low['dwellings']:.0f} "
                f"nya bostäder ({low['name_sv']}) till {high['dwellings']:.0f} ({high['name_sv']}). Hur väl de nya "
                "jobben knyts till bygden väger tyngre än hur många de är.",
                f"From jobs to workers, homes, residents and trips. It ranges from {low['dwellings']:.0f} new "
                f"dwellings ({low['name_en']}) to {high['dwellings']:.0f} ({high['name_en']}). How well the new jobs "
                "are tied to the area weighs more than how many they are.",
            )
            if _ties_weigh_more(found)
            else Text(
                "Från jobb till sysselsatta, bostäder, invånare och resor.",
                "From jobs to workers, homes, residents and trips.",
            ),
        ),
        stays=Text(
            f"Tillväxtscenarierna jämförs med {answers.base.scenario.name('sv')}, oavsett vilket scenario som är valt.",
            f"The growth scenarios are compared with {answers.base.scenario.name('en')}, whichever scenario is chosen.",
        ),
        charts=(_chart(found, names),),
        pictures=tuple(picture for picture in pictures if picture.id == "growth_changes"),
        tables=(_totals(found, names), _links(answers, found, names), _places(found, names), _coefficients(found)),
    )


def _ties_weigh_more(found: GrowthAnswers) -> bool:
    """Whether the ties to the area change the dwellings more than the number of direct jobs does."""
    table = found.totals
    by_ties = table.groupby("direct_jobs")["dwellings"].agg(lambda column: column.max() - column.min()).max()
    by_jobs = table.groupby("local_living_share")["dwellings"].agg(lambda column: column.max() - column.min()).max()
    return bool(by_ties > by_jobs)


def _totals(found: GrowthAnswers, names: dict[str, Text]) -> Table:
    table = found.totals
    frame = table.assign(
        scenario=table["scenario"].map(names),
        local_supply_pct=100.0 * table["local_supply_share"],
        local_living_pct=100.0 * table["local_living_share"],
    )[_COLUMNS]
    return Table(
        "growth",
        Text("Tillväxtscenarierna", "The growth scenarios"),
        frame,
        labels=_LABELS,
        units={"trips_vph": Text("bilar/h", "cars/h"), "vehkm": Text("fordonskm/h", "vehicle km/h")},
        digits={name: 0 for name in _COLUMNS if name != "scenario"},
        note=Text(
            "Andelarna är scenariernas indata; talen som resten räknas med står med källa i en tabell nedan.",
            "The shares are the input of the scenarios; what the rest is worked out with stands below with its source.",
        ),
        few=None,
    )


def _chart(found: GrowthAnswers, names: dict[str, Text]) -> Chart:
    table = found.totals.set_index("scenario")["dwellings"]
    bars = tuple(Bar(name, float(table[key])) for key, name in names.items())
    return Chart(
        "growth_dwellings",
        Text("Nya bostäder i området", "New dwellings in the area"),
        bars,
        digits=0,
    )


def _links(answers: Answers, found: GrowthAnswers, names: dict[str, Text]) -> Table:
    """Links whose flow changes most, one column a scenario; both directions together by the larger one."""
    network = answers.base.network
    wide = pd.DataFrame({key: table["flow_vph_change"] for key, table in found.changes.items()})
    first = by_way(network, wide.abs().max(axis=1))
    order = first.sort_values(ascending=False, kind="stable").index[:40]
    frame = wide.loc[order].round(1)
    frame.insert(0, "name", [edge_title(network, edge) for edge in order])
    vehicles = Text("fordon/h", "veh/h")
    return Table(
        "growth_links",
        Text("Länkar där flödet ändras mest", "Links whose flow changes most"),
        frame.reset_index(drop=True),
        labels={"name": Text("länk", "link"), **names},
        units=dict.fromkeys(names, vehicles),
        digits=dict.fromkeys(names, 0),
        note=Text("Den riktning som ändras mest.", "The direction that changes most."),
    )


def _places(found: GrowthAnswers, names: dict[str, Text]) -> Table:
    """New residents by place and scenario."""
    wide = found.places.pivot_table(index="name", columns="scenario", values="residents", sort=False)
    wide = wide.reindex(columns=list(names)).sort_values(list(names)[-1], ascending=False, kind="stable")
    return Table(
        "growth_places",
        Text("Nya invånare per ort", "New residents by place"),
        wide.reset_index(),
        labels={"name": Text("ort", "place"), **names},
        units=dict.fromkeys(names, ""),
        digits=dict.fromkeys(names, 0),
        note=Text(
            "Bostäderna fördelas efter dagens befolkning (antaget).",
            "Homes are spread by today's population (assumed).",
        ),
    )


_MEANING = {
    "indirect_per_direct": Text("andra jobb per direkt jobb", "other jobs for one direct job"),
    "dwellings_per_worker": Text(
        "bostäder per ny förvärvsarbetande i området", "dwellings for one new worker in the area"
    ),
    "house_share": Text("andel småhus av bostäderna", "share of houses among the dwellings"),
    "residents_per_house": Text("boende per småhus", "people in a house"),
    "residents_per_flat": Text("boende per lägenhet", "people in a flat"),
}


def _coefficients(found: GrowthAnswers) -> Table:
    table = found.coefficients
    frame = pd.DataFrame(
        {
            "coefficient": [_MEANING[str(name)] for name in table.index],
            "value": table["value"].to_numpy(),
            "source": [told_note(source) for source in table["source"]],
            "confidence": table["confidence"].to_numpy(),
        }
    )
    return Table(
        "growth_coefficients",
        Text("Vad tillväxten räknas med", "What the growth rests on"),
        frame,
        labels={"coefficient": Text("tal", "number"), "value": Text("värde", "value")},
        digits={"value": 2},
        few=None,
    )
