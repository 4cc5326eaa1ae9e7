"""What is in reach: isochrones, jobs and services by zone and group, localities and labour-market regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geoplan.analyse.access import in_area
from geoplan.analyse.answers import Answers
from geoplan.analyse.commuting_answers import AccessAnswers
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Lang, Text, same
from geoplan.present.scenarios import BESIDE, scenario_title
from geoplan.report.content import MapLink, Picture, Section, Table, by_scenario_of
from geoplan.study import Study

MODES = {"car": Text("bil", "car"), "transit": Text("kollektivt", "public transport")}
ROLES = {
    "centre": Text("centralort", "centre"),
    "satellite": Text("satellit", "satellite"),
    "on_its_own": Text("egen ort", "on its own"),
    "unknown": Text("okänt", "not known"),
}
KINDS = {
    "hospital": Text("sjukhus", "hospital"),
    "upper_secondary": Text("gymnasium", "upper secondary school"),
    "university": Text("högskola", "university"),
}
GROUPS = {
    "employed": Text("förvärvsarbetande", "employed residents"),
    "residents": Text("invånare", "residents"),
    "women": Text("kvinnor", "women"),
    "men": Text("män", "men"),
}
_PLACE = Text("ort", "place")


def access_section(
    study: Study, answers: Answers, maps: Sequence[MapLink], pictures: Sequence[Picture]
) -> Section | None:
    """What is in reach in every scenario; None when the study does not ask."""
    found = None if answers.commuting is None else answers.commuting.access
    if found is None:
        return None
    beside = [*_changes(study, answers, found), _regions(found)]
    made = {key: _section(study, answers, found, key, maps, pictures, beside) for key in answers.scenarios}
    return by_scenario_of(made)


def _section(
    study: Study,
    answers: Answers,
    found: AccessAnswers,
    scenario: str,
    maps: Sequence[MapLink],
    pictures: Sequence[Picture],
    beside: Sequence[Table],
) -> Section:
    """The section of one scenario, with the tables `beside` that hold all of them."""
    return Section(
        id="access",
        title=Text("Tillgänglighet och orter", "Accessibility and localities"),
        text=_text(study, answers, found),
        maps=tuple(maps),
        pictures=tuple(picture for picture in pictures if picture.id == "isochrones"),
        tables=(_localities(found, scenario), *_reach(study, answers, found, scenario), *beside),
    )


def _text(study: Study, answers: Answers, found: AccessAnswers) -> tuple[Text, ...]:
    lines = [
        Text(
            "Restider med bil är de i maxtimmen, kollektivt från dörr till dörr med väntan och byten. Kolumnerna för "
            "bil gäller den som har bil, de för kollektivtrafik den som inte har det. Jobben är till stor del antagna "
            "tal.",
            "Times by car are those of the peak hour, by public transport from door to door with waits and changes. "
            "The columns of the car hold for those who have one, those of public transport for those who have none. "
            "The jobs are assumed to a large part.",
        )
    ]
    access = study.config.access
    if access is not None and not access.groups:
        lines.append(
            Text(
                "Kvinnor och män, och åldrar, kan inte skiljas åt: områdestabellen har inte antal per grupp.",
                "Women and men, and ages, cannot be told apart: the table of zones has no numbers by group.",
            )
        )
    if found.nearest:
        lines.append(
            Text(
                "Serviceorterna är uppgifter ur minnet och inte fullständiga; de ska kontrolleras före användning.",
                "The places with services are from memory and not complete; check them before use.",
            )
        )
    inside = in_area(study, answers.base.demand.zones) if answers.base.demand is not None else None
    if inside is not None and answers.base.demand is not None:
        codes = answers.base.demand.zones.loc[inside, "municipality_code"].unique()
        rows = found.regions.reindex(codes).dropna(subset=["region_name"])
        if len(rows) and len(rows) < len(found.regions):
            sv = ", ".join(f"{row.name} till {row.region_name}" for row in rows.itertuples(index=False))
            en = ", ".join(f"{row.name} to {row.region_name}" for row in rows.itertuples(index=False))
            lines.append(
                Text(
                    f"Lokal arbetsmarknad enligt modellens pendling och SCB:s gränser: {sv}.",
                    f"Labour-market region by the model's commuting and the thresholds of Statistics Sweden: {en}.",
                )
            )
    return tuple(lines)


def _localities(found: AccessAnswers, scenario: str) -> Table:
    """The locality analysis: one row a locality, largest first."""
    table = found.localities[scenario].sort_values("population", ascending=False)
    columns = {"name": table["name"], "role": table["role"].map(ROLES)}
    columns |= {name: table[name] for name in locality_words(table) if name != "nearest_station"}
    rule = found.localities[scenario].attrs["rule"]
    return Table(
        "localities",
        Text("Ortsanalys", "Locality analysis"),
        pd.DataFrame(columns).reset_index(drop=True),
        labels={"name": _PLACE, **locality_words(table)},
        digits={"jobs_per_worker": 2, "departures_per_day": 0} | {name: 0 for name in columns if name.endswith("min")},
        note=Text(
            f"Centralort: minst {_number(rule['centre_jobs'], 'sv')} jobb och "
            f"{_number(rule['centre_jobs_per_worker'], 'sv')} per sysselsatt "
            f"som bor på orten. Satellit: högst {rule['satellite_min']:g} minuter med bil till en centralort. "
            "Reglerna är antagna och ska stämmas av med kommunen. Avgångar gäller tåg; utan station i närheten är de "
            "okända, eftersom bussar saknas i underlaget.",
            f"Centre: at least {_number(rule['centre_jobs'], 'en')} jobs and "
            f"{_number(rule['centre_jobs_per_worker'], 'en')} for each worker "
            f"who lives there. Satellite: at most {rule['satellite_min']:g} minutes by car from a centre. The rules "
            "are assumed, to be agreed on with the municipality. Departures are trains; without a station near they "
            "are not known, since buses are missing from the data.",
        ),
        few=None,
    )


def _number(value: float, lang: Lang) -> str:
    return number_text(value, lang, digits=0 if value >= 10 else 1)


def locality_words(table: pd.DataFrame) -> dict[str, Text]:
    """Columns of the locality analysis that a reader sees, in order, with their words."""
    words = {
        "population": Text("invånare", "residents"),
        "jobs": Text("jobb", "jobs"),
        "jobs_per_worker": Text("jobb per sysselsatt", "jobs per worker"),
        "nearest_centre_name": Text("närmaste andra centralort", "nearest other centre"),
        "centre_car_min": Text("dit med bil", "there by car"),
        "departures_per_day": Text("avgångar per dygn", "departures a day"),
        "nearest_station": Text("närmaste station", "nearest station"),
    }
    jobs = [name for name in map(str, table) if name.startswith("jobs_") and name.endswith("min")]
    limits = sorted({float(name.rsplit("_", 1)[1].removesuffix("min")) for name in jobs})
    for mode, text in MODES.items():
        if limits and f"jobs_{mode}_{limits[len(limits) // 2]:g}min" in table:
            minutes = f"{limits[len(limits) // 2]:g}"
            said = Text(f"jobb inom {minutes} min, {text.sv}", f"jobs within {minutes} min, {text.en}")
            words[f"jobs_{mode}_{minutes}min"] = said
    for kind, text in KINDS.items():
        words[f"{kind}_car_min"] = Text(f"{text.sv} med bil", f"{text.en} by car")
    return {name: text for name, text in words.items() if name in table}


def _reach(study: Study, answers: Answers, found: AccessAnswers, scenario: str) -> list[Table]:
    """Jobs and services in reach of each zone of the area, and the nearest service of each kind."""
    assert answers.base.demand is not None
    inside = in_area(study, answers.base.demand.zones)
    table = found.reach[scenario][inside]
    titles = {
        "jobs": Text("Jobb inom räckhåll", "Jobs in reach"),
        "services": Text("Service inom räckhåll", "Services in reach"),
    }
    least = Text(
        "Kollektivt är minst så mycket: utan bussar i underlaget når en ort utan station bara det som finns på orten.",
        "By public transport it is at least that: without buses in the data, a place without a station reaches only "
        "what is in the place.",
    )
    counted = Text(
        "Antal kända sjukhus, gymnasier och högskolor.", "Number of known hospitals, schools and universities."
    )
    notes = {"jobs": least, "services": Text(f"{counted.sv} {least.sv}", f"{counted.en} {least.en}")}
    tables = []
    for column, title in titles.items():
        names = [str(name) for name in table if str(name).startswith(f"{column}_") and str(name).endswith("min")]
        if not names:
            continue
        tables.append(
            Table(
                f"reach_{column}",
                title,
                table[["name", *names]].reset_index(drop=True),
                labels={"name": _PLACE, **{name: _reach_label(name) for name in names}},
                units=dict.fromkeys(names, ""),
                digits=dict.fromkeys(names, 0),
                note=notes[column],
            )
        )
    if found.nearest:
        nearest = found.nearest[scenario]
        nearest = nearest[inside.reindex(nearest.index)]
        labels = {}
        for name in nearest:
            kind, mode = str(name).removesuffix("_min").rsplit("_", 1)
            words = KINDS.get(kind, same(kind.replace("_", " ")))
            labels[str(name)] = Text(f"{words.sv}, {MODES[mode].sv}", f"{words.en}, {MODES[mode].en}")
        shown = nearest.replace(np.inf, np.nan)
        shown.insert(0, "name", table["name"].reindex(shown.index))
        tables.append(
            Table(
                "nearest_services",
                Text("Restid till närmaste service", "Time to the nearest service"),
                shown.reset_index(drop=True),
                labels={"name": _PLACE, **labels},
                digits=dict.fromkeys(labels, 0),
                note=Text(
                    "Okänt kollektivt: ingen resa med tåg.", "Not known by public transport: no journey by train."
                ),
            )
        )
    return tables


def _reach_label(name: str) -> Text:
    """`jobs_car_45min` in words."""
    _, mode, limit = name.rsplit("_", 2)
    minutes = limit.removesuffix("min")
    return Text(f"{MODES[mode].sv}, {minutes} min", f"{MODES[mode].en}, {minutes} min")


def _changes(study: Study, answers: Answers, found: AccessAnswers) -> list[Table]:
    """Means by group in each scenario, and the change in each zone where a scenario changes it."""
    first = answers.base.scenario.id
    titles = {key: scenario_title(answer) for key, answer in answers.scenarios.items()}
    rows = []
    for key, table in found.groups.items():
        names = [str(name) for name in table if str(name).startswith("jobs_")]
        moved = (table[names] - found.groups[first][names]).abs().to_numpy()
        if key != first and not np.nanmax(moved) > 0.5:
            continue
        for group, values in table.iterrows():
            rows.append({"scenario": titles[key], "group": GROUPS.get(str(group), same(str(group))), **values[names]})
    means = pd.DataFrame(rows)
    names = [name for name in map(str, means) if name.startswith("jobs_")]
    tables = [
        Table(
            "reach_groups",
            Text(
                "Jobb inom räckhåll i medeltal, per grupp och scenario",
                "Jobs in reach on average, by group and scenario",
            ),
            means,
            labels={"group": Text("grupp", "group"), **{name: _reach_label(name) for name in names}},
            units=dict.fromkeys(names, ""),
            digits=dict.fromkeys(names, 0),
            note=Text(
                "Medel för dem som bor i studieområdet. Scenarier som inte ändrar något är utelämnade.",
                "Mean of those who live in the study area. Scenarios that change nothing are left out.",
            ),
            few=None,
            stays=BESIDE,
        )
    ]
    change = _zone_changes(study, found, first)
    if len(change):
        tables.append(
            Table(
                "reach_change",
                Text("Förändrat antal jobb inom räckhåll, per ort", "Change of jobs in reach, by place"),
                change.assign(scenario=change["scenario"].map(titles)),
                labels={"name": _PLACE, **{name: _reach_label(name) for name in map(str, change) if "_" in name}},
                units=dict.fromkeys(map(str, change.columns), ""),
                digits={str(name): 0 for name in change if "_" in str(name)},
                stays=BESIDE,
            )
        )
    return tables


def _zone_changes(study: Study, found: AccessAnswers, first: str) -> pd.DataFrame:
    """Rows scenario and zone where the jobs in reach change, largest first."""
    parts = []
    for key, table in found.reach.items():
        names = [str(name) for name in table if str(name).startswith("jobs_") and str(name).endswith("min")]
        moved = table[names] - found.reach[first][names]
        moved = moved[(moved.abs() > 0.5).any(axis=1)]
        moved.insert(0, "name", table["name"].reindex(moved.index))
        moved.insert(0, "scenario", key)
        parts.append(moved)
    done = pd.concat(parts)
    zones = study.zones
    if zones is not None:
        done = done[in_area(study, zones).reindex(done.index).fillna(False)]
    largest = done.select_dtypes("number").abs().max(axis=1)
    return done.loc[largest.sort_values(ascending=False, kind="stable").index.unique()].reset_index(drop=True)


def _regions(found: AccessAnswers) -> Table:
    """Labour-market regions of the municipalities."""
    table = found.regions
    names: Mapping[object, str] = table["name"].to_dict()
    frame = pd.DataFrame(
        {
            "name": table["name"],
            "region_name": table["region_name"],
            "role": table["role"].map(ROLES),
            "stay_pct": table["stay_pct"],
            "out_pct": table["out_pct"],
            "largest_out_to": table["largest_out_to"].map(lambda code: names.get(code, "")),
            "largest_out_pct": table["largest_out_pct"],
        }
    ).sort_values(["region_name", "role"], key=lambda column: column.astype(str), kind="stable")
    return Table(
        "labour_market",
        Text("Lokala arbetsmarknader", "Labour-market regions"),
        frame.reset_index(drop=True),
        labels={
            "name": Text("kommun", "municipality"),
            "region_name": Text("arbetsmarknad", "labour-market region"),
            "stay_pct": Text("arbetar i kommunen", "work in the municipality"),
            "out_pct": Text("pendlar ut", "commute out"),
            "largest_out_to": Text("flest till", "most to"),
            "largest_out_pct": Text("andel dit", "share there"),
        },
        digits={"stay_pct": 0, "out_pct": 0, "largest_out_pct": 0},
        note=Text(
            "SCB:s regel på modellens pendling: en kommun är centrum när högst 20 % pendlar ut och högst 7,5 % till en "
            "enda kommun; annars hör den dit flest pendlar. Som högst två steg.",
            "The rule of Statistics Sweden on the commuting of the model: a municipality is a centre when at most 20 % "
            "commute out and at most 7.5 % to a single one; else it belongs where most go. At most two steps.",
        ),
        stays=Text(
            "Visar nuläget: regionerna följer av hur man pendlar i dag.",
            "Shows the base: the regions follow from how people commute today.",
        ),
    )
